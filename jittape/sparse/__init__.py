"""Sparsity patterns of derivatives, and their colourings."""
