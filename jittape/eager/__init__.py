"""Eager tensors, as in PyTorch: the tape of a thread, tensors and their memory, methods, functions, backward passes."""
