"""Stacks of matrices in records (instructions/matmul/record.py), natively: their flags and what they contribute to sets."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer
from jittape.ops.layout import INACTIVE, WHOLE
from jittape.sweep.point.flags import block
from jittape.sweep.sets.sets import S_SETS, union, use

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
def matrix(meta, v, ref, b):
    """(matrix b of a stack, row stride, column stride)."""
    return at(v, np.int64(meta[ref]) + b * np.int64(meta[ref + 1])), np.int64(meta[ref + 2]), np.int64(meta[ref + 3])


@part
def matrix_slot(meta, ref, b, i, j):
    return np.int64(meta[ref]) + b * meta[ref + 1] + i * meta[ref + 2] + j * meta[ref + 3]


# --- sparsity


@part
def reached(flags, s, n):
    """The flags of n slots together."""
    what = np.int64(0)
    for i in range(n):
        what |= np.int64(flags[s + i])
    return what


@part
def use_matrix(flags, last, meta, ref, b, rows, cols, what, k):
    """Note that instruction k needs a matrix."""
    if not meta[ref + FLAGS] & INACTIVE:
        for i in range(rows):
            for j in range(cols):
                use(flags, last, matrix_slot(meta, ref, b, i, j), what, k)


@part
def united(S, meta, ref, b, rows, first, cols, x):
    """The union of x and the sets of some columns of a matrix."""
    sets = i4_pointer(S[S_SETS])
    if not meta[ref + FLAGS] & INACTIVE:
        for i in range(rows):
            for j in range(first, first + cols):
                x = union(S, x, np.int64(sets[matrix_slot(meta, ref, b, i, j)]))
    return x
