"""Stacks of matrices in records (instructions/matmul/record.py), natively: their flags and what they contribute to sets."""

import numpy as np

from jittape.compiler.jit import part
from jittape.ops.layout import INACTIVE, WHOLE
from jittape.sweep.point.flags import block

FLAGS = 4
"""Where a matrix's flags stand among its five numbers."""


@part
def flag_matrix(meta, flags, ref, batch, rows, cols, mode):
    """Activity of a stack of matrices: see sweep/point/flags.py."""
    if meta[ref + FLAGS] & INACTIVE and mode != WHOLE:
        return False
    stride = np.int64(meta[ref + 1])
    for b in range(batch if stride != 0 else min(batch, 1)):
        if block(flags, meta[ref] + b * stride, rows, np.int64(meta[ref + 2]), cols, np.int64(meta[ref + 3]), mode):
            return True
    return False


@part
def matrix_slot(meta, ref, b, i, j):
    return np.int64(meta[ref]) + b * meta[ref + 1] + i * meta[ref + 2] + j * meta[ref + 3]
