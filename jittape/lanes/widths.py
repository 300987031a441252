"""How many points are swept together in lanes."""

CACHE = 1 << 20
"""Bytes of lane memory that stay near the processor."""
WIDTHS = (64, 32, 16)
WIDE = (4096, 2048, 1024, 512, 256, 128)
"""The same of a program with calls of Python that are carried out for all points together."""
LONG = 2500
"""Operations from which a program of scalar ones is made natively (lanes/scalars.py); shorter ones may become one kernel (lanes/fusing.py),
which is written from records."""
