"""Operands of sums, natively; the sweeps themselves are the drivers' (sweep/point/sums.py)."""

from jittape.instructions.rows_native import flags, need, spread

__all__ = ["flags", "need", "spread"]
