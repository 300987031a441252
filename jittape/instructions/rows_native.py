"""Operands of reductions of rows, natively: their flags and sets, which sums and extremes share."""

import numpy as np

from jittape.compiler.pointers import i4_pointer, i8_pointer, u1_pointer
from jittape.ops.layout import INACTIVE
from jittape.sweep.point.flags import operand
from jittape.sweep.point.steps import record
from jittape.sweep.point.sums import row_slot
from jittape.sweep.sets.sets import (
    FINISHED,
    NODES,
    POOL,
    S_AT_ELEMENT,
    S_FLAGS,
    S_LAST,
    S_NEED,
    S_NODE_ROOM,
    S_NODES,
    S_SETS,
    S_TAPE,
    WANTED,
    room_for_lists,
    union,
    use,
)


def flags(address, k, flags_address, mode):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    return np.int64(operand(meta, index, u1_pointer(flags_address), m0 + 1, n * np.int64(meta[m0]), n, mode))


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, n = record(i8_pointer(S[S_TAPE]), k)
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    r = np.int64(meta[m0])
    if meta[m0 + 1] & INACTIVE:
        return 0
    for j in range(n):
        if flags[s + j]:
            for i in range(r):
                use(flags, last, row_slot(meta, index, m0 + 1, r, j, i), np.int64(flags[s + j]), k)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, n = record(i8_pointer(S[S_TAPE]), k)
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    r = np.int64(meta[m0])
    if meta[m0 + 1] & INACTIVE:
        return FINISHED
    for j in range(S[S_AT_ELEMENT], n):
        if not flags[s + j] & WANTED:
            continue
        S[S_AT_ELEMENT] = j
        if not room_for_lists(S, 3):
            return POOL
        if S[S_NODES] + r > S[S_NODE_ROOM]:
            S[S_NEED] = r
            return NODES
        x = np.int64(0)
        for i in range(r):
            x = union(S, x, np.int64(sets[row_slot(meta, index, m0 + 1, r, j, i)]))
        sets[s + j] = x
    return FINISHED
