"""Stacks of matrices in records (instructions/matmul/record.py), natively: their flags and what they contribute to sets."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, u1_pointer
from jittape.ops.layout import INACTIVE, WHOLE
from jittape.sweep.point.flags import block
from jittape.sweep.sets.sets import (
    FINISHED,
    NODES,
    PAIRS_ROOM,
    POOL,
    REACHES,
    S_AT_ELEMENT,
    S_FLAGS,
    S_LAST,
    S_NEED,
    S_NODE_ROOM,
    S_NODES,
    S_PAIRS,
    S_SETS,
    WANTED,
    listed,
    note,
    reached,
    room_for_lists,
    union,
    use,
)

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


@part
def copy_matrix(meta, v, ref, b, rows, cols, out):
    """Copy matrix b of a stack, row by row."""
    x, row, col = matrix(meta, v, ref, b)
    for i in range(rows):
        for j in range(cols):
            out[i * cols + j] = x[i * row + j * col]


@part
def add_to_matrix(meta, v, ref, b, rows, cols, x):
    """Add what stands row by row to matrix b of a stack."""
    out, row, col = matrix(meta, v, ref, b)
    for i in range(rows):
        for j in range(cols):
            out[i * row + j * col] += x[i * cols + j]


# --- sparsity


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


@part
def need_whole(S, meta, ref, batch, n, size, k, s):
    """Note that the results of instruction k, `size` slots a matrix from slot s, need the whole of their matrices of n rows."""
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    for b in range(batch):
        what = reached(flags, s + b * size, size)
        if what & REACHES:
            what |= WANTED
        if what:
            use_matrix(flags, last, meta, ref, b, n, n, what, k)


@part
def spread_whole(S, meta, ref, batch, n, size, triangle, s):
    """The sets of results that depend on the whole of their matrices of n rows: `size` slots a matrix from slot s, or the lower triangle of
    as many rows."""
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    zero = np.int64(0)
    for b in range(S[S_AT_ELEMENT], batch):
        S[S_AT_ELEMENT] = b
        out = s + b * size
        what = reached(flags, out, size)
        if what == 0:
            continue
        if S[S_NODES] + n * n + 1 > S[S_NODE_ROOM]:
            S[S_NEED] = n * n + 1
            return NODES
        if not room_for_lists(S, 3):
            return POOL
        x = united(S, meta, ref, b, n, zero, n, zero)
        if x:
            x = listed(S, x)
            if S[S_PAIRS] and what & REACHES and not note(S, x, x):
                return PAIRS_ROOM
            for i in range(size):
                if flags[out + i] & WANTED and not (triangle and i % n > i // n):
                    sets[out + i] = x
    return FINISHED
