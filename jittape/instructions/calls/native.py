"""Operands of calls of Python, natively; the sweeps are Python's (operations.py)."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer, i8_pointer, u1_pointer
from jittape.ops.layout import INACTIVE, REF
from jittape.sweep.point.flags import operand
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import (
    FINISHED,
    NODES,
    PAIRS_ROOM,
    POOL,
    REACHES,
    S_FLAGS,
    S_LAST,
    S_NEED,
    S_NODE_ROOM,
    S_NODES,
    S_PAIRS,
    S_SETS,
    S_TAPE,
    WANTED,
    element,
    listed,
    note,
    reached,
    room_for_lists,
    union,
    use,
)


@part
def operands(meta, m0):
    """(how many operands a call has, where the first is described)."""
    place = m0 + 2 + np.int64(meta[m0 + 1])
    return np.int64(meta[place]), place + 1


@part
def described(meta, place):
    """(elements of the operand that is described at a place, where its reference stands)."""
    rank = np.int64(meta[place])
    n = np.int64(1)
    for d in range(rank):
        n *= np.int64(meta[place + 1 + d])
    return n, place + 1 + rank


def flags(address, k, flags_address, mode):
    meta, index, m0, _ = record(i8_pointer(address), k)
    found = u1_pointer(flags_address)
    count, place = operands(meta, m0)
    for _ in range(count):
        n, place = described(meta, place)
        if operand(meta, index, found, place, n, np.int64(0), mode):
            return 1
        place += REF
    return 0


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, n = record(i8_pointer(S[S_TAPE]), k)
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    what = reached(flags, s, n)
    if what == 0:
        return 0
    if what & REACHES:
        what |= WANTED
    count, place = operands(meta, m0)
    for _ in range(count):
        n, place = described(meta, place)
        if not meta[place] & INACTIVE:
            for i in range(n):
                use(flags, last, element(meta, index, place, i), what, k)
        place += REF
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, n = record(i8_pointer(S[S_TAPE]), k)
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    what = reached(flags, s, n)
    if what == 0:
        return FINISHED
    if not room_for_lists(S, 3):
        return POOL
    x = np.int64(0)
    count, place = operands(meta, m0)
    for _ in range(count):
        size, place = described(meta, place)
        if not meta[place] & INACTIVE:
            if S[S_NODES] + size + 1 > S[S_NODE_ROOM]:
                S[S_NEED] = size + 1
                return NODES
            for i in range(size):
                x = union(S, x, np.int64(sets[element(meta, index, place, i)]))
        place += REF
    if x == 0:
        return FINISHED
    if not room_for_lists(S, 3):
        return POOL
    x = listed(S, x)
    if S[S_PAIRS] and what & REACHES and not note(S, x, x):
        return PAIRS_ROOM
    for i in range(n):
        if sets[s + i] == 0 and flags[s + i] & WANTED:
            sets[s + i] = x
    return FINISHED
