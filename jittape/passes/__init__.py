"""From tape to tape: reverse sweeps written as instructions, elimination, re-rolling, unrolling, renumbering."""
