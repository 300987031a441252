"""The table of operations, what is generated from it, and the numbers of the instruction set."""
