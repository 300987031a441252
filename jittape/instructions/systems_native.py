"""Sparsity of solutions of systems A X = B, natively, whatever they are solved by."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer, u1_pointer
from jittape.instructions.matrices_native import FLAGS, united, use_matrix
from jittape.ops.layout import INACTIVE
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
)


@part
def need_solution(S, meta, A, B, batch, n, m, k, s):
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    for b in range(batch):
        what = reached(flags, s + b * n * m, n * m)
        if what & REACHES and not meta[A + FLAGS] & INACTIVE:
            what |= WANTED
        if what:
            use_matrix(flags, last, meta, A, b, n, n, what, k)
            use_matrix(flags, last, meta, B, b, n, m, what, k)


@part
def spread_solution(S, meta, A, B, batch, n, m, s):
    """A solution depends on all of A, and on its own column of B where A is constant."""
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    constant = meta[A + FLAGS] & INACTIVE != 0
    most, zero = n * n + n * m + 1, np.int64(0)
    for b in range(S[S_AT_ELEMENT], batch):
        S[S_AT_ELEMENT] = b
        out = s + b * n * m
        what = reached(flags, out, n * m)
        if what == 0:
            continue
        if S[S_NODES] + most > S[S_NODE_ROOM]:
            S[S_NEED] = most
            return NODES
        if not room_for_lists(S, 3):
            return POOL
        for first in range(0, m, 1 if constant else m):
            cols = np.int64(1) if constant else m
            x = united(S, meta, B, b, n, first, cols, united(S, meta, A, b, n, zero, n, zero))
            if x == 0:
                continue
            if not constant:
                x = listed(S, x)
                if S[S_PAIRS] and what & REACHES and not note(S, x, x):
                    return PAIRS_ROOM
            for i in range(n):
                for j in range(first, first + cols):
                    if flags[out + i * m + j] & WANTED:
                        sets[out + i * m + j] = x
    return FINISHED
