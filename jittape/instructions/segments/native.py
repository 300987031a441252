"""Sums of pieces of a gather list, natively."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer, i8_pointer, real_pointer, u1_pointer
from jittape.ops.layout import C_ADJOINT, C_TANGENT, C_VALUE
from jittape.sweep.point.flags import listed
from jittape.sweep.point.steps import record
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


@part
def segment_forward(meta, index, v, at_meta, s, m):
    """Sum j is over the slots of gather list elements offsets[j] to offsets[j + 1]."""
    offsets, first = np.int64(meta[at_meta]), np.int64(meta[at_meta + 1])
    for j in range(m):
        acc = 0.0
        for i in range(index[offsets + j], index[offsets + j + 1]):
            acc += v[np.int64(index[first + i])]
        v[s + j] = acc


@part
def segment_reverse(meta, index, g, at_meta, s, m):
    offsets, first = np.int64(meta[at_meta]), np.int64(meta[at_meta + 1])
    for j in range(m):
        a = g[s + j]
        if a != 0.0:
            for i in range(index[offsets + j], index[offsets + j + 1]):
                g[np.int64(index[first + i])] += a


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    segment_forward(meta, index, real_pointer(ctl[C_VALUE], like), m0, s, n)


def reverse(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    segment_reverse(meta, index, real_pointer(ctl[C_ADJOINT], like), m0, s, n)


def tangent(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    segment_forward(meta, index, real_pointer(ctl[C_TANGENT], like), m0, s, n)


def flags(address, k, flags_address, mode):
    meta, index, m0, n = record(i8_pointer(address), k)
    last = np.int64(index[np.int64(meta[m0]) + n])
    return np.int64(listed(index, u1_pointer(flags_address), np.int64(meta[m0 + 1]), last, mode))


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, n = record(i8_pointer(S[S_TAPE]), k)
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    offsets, first = np.int64(meta[m0]), np.int64(meta[m0 + 1])
    for j in range(n):
        if flags[s + j]:
            for i in range(np.int64(index[offsets + j]), np.int64(index[offsets + j + 1])):
                use(flags, last, np.int64(index[first + i]), np.int64(flags[s + j]), k)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, n = record(i8_pointer(S[S_TAPE]), k)
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    offsets, first = np.int64(meta[m0]), np.int64(meta[m0 + 1])
    for j in range(S[S_AT_ELEMENT], n):
        if not flags[s + j] & WANTED:
            continue
        S[S_AT_ELEMENT] = j
        begin, end = np.int64(index[offsets + j]), np.int64(index[offsets + j + 1])
        if not room_for_lists(S, 3):
            return POOL
        if S[S_NODES] + end - begin > S[S_NODE_ROOM]:
            S[S_NEED] = end - begin
            return NODES
        x = np.int64(0)
        for i in range(begin, end):
            x = union(S, x, np.int64(sets[np.int64(index[first + i])]))
        sets[s + j] = x
    return FINISHED
