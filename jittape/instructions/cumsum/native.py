"""Running sums of rows, natively."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer, i8_pointer, real_pointer, u1_pointer
from jittape.ops.layout import C_ADJOINT, C_TANGENT, C_VALUE, INACTIVE
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


@part
def cumsum_forward(meta, index, v, at_meta, s, n):
    r = np.int64(meta[at_meta])
    for j in range(n // max(r, 1)):
        acc = 0.0
        for i in range(r):
            acc += v[row_slot(meta, index, at_meta + 1, r, j, i)]
            v[s + j * r + i] = acc


@part
def cumsum_reverse(meta, index, g, at_meta, s, n):
    r = np.int64(meta[at_meta])
    for j in range(n // max(r, 1)):
        acc = 0.0
        for i in range(r - 1, -1, -1):
            acc += g[s + j * r + i]
            g[row_slot(meta, index, at_meta + 1, r, j, i)] += acc


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    cumsum_forward(meta, index, real_pointer(ctl[C_VALUE], like), m0, s, n)


def reverse(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    cumsum_reverse(meta, index, real_pointer(ctl[C_ADJOINT], like), m0, s, n)


def tangent(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    cumsum_forward(meta, index, real_pointer(ctl[C_TANGENT], like), m0, s, n)


def flags(address, k, flags_address, mode):
    meta, index, m0, n = record(i8_pointer(address), k)
    return np.int64(operand(meta, index, u1_pointer(flags_address), m0 + 1, n, n // max(np.int64(meta[m0]), 1), mode))


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, n = record(i8_pointer(S[S_TAPE]), k)
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    r = np.int64(meta[m0])
    if meta[m0 + 1] & INACTIVE or n == 0:
        return 0
    for j in range(n // r):
        what = np.int64(0)
        for i in range(r - 1, -1, -1):
            what |= np.int64(flags[s + j * r + i])
            if what:
                use(flags, last, row_slot(meta, index, m0 + 1, r, j, i), what, k)
    return 0


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, index, m0, n = record(i8_pointer(S[S_TAPE]), k)
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    r = np.int64(meta[m0])
    if meta[m0 + 1] & INACTIVE or n == 0:
        return FINISHED
    for j in range(S[S_AT_ELEMENT], n // r):
        S[S_AT_ELEMENT] = j
        if not room_for_lists(S, 3):
            return POOL
        if S[S_NODES] + r > S[S_NODE_ROOM]:
            S[S_NEED] = r
            return NODES
        x = np.int64(0)
        for i in range(r):
            x = union(S, x, np.int64(sets[row_slot(meta, index, m0 + 1, r, j, i)]))
            if flags[s + j * r + i] & WANTED:
                sets[s + j * r + i] = x
    return FINISHED
