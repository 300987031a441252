"""How many points are swept together in lanes."""

CACHE = 1 << 20
"""Bytes of lane memory that stay near the processor."""
WIDTHS = (64, 32, 16)
