"""The largest and the smallest of each row, natively."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i8_pointer, real_pointer, u2_pointer
from jittape.instructions.rows_native import flags, need, spread
from jittape.ops.layout import C_ADJOINT, C_OPCODE, C_TANGENT, C_VALUE, MAX, RUN
from jittape.sweep.point.steps import record
from jittape.sweep.point.sums import row_slot

__all__ = ["flags", "forward", "need", "reverse", "spread", "tangent"]


@part
def extreme_forward(meta, index, v, at_meta, s, m, sign):
    """Largest (sign 1) or smallest (sign -1) of each row; NaN if one is."""
    r = np.int64(meta[at_meta])
    for j in range(m):
        best = v[row_slot(meta, index, at_meta + 1, r, j, 0)]
        for i in range(1, r):
            x = v[row_slot(meta, index, at_meta + 1, r, j, i)]
            if sign * x > sign * best or x != x:
                best = x
            if best != best:
                break
        v[s + j] = best


@part
def ties(meta, index, v, at_meta, s, j):
    """How many elements of row j equal its extreme value."""
    r = np.int64(meta[at_meta])
    count = 0
    for i in range(r):
        if v[row_slot(meta, index, at_meta + 1, r, j, i)] == v[s + j]:
            count += 1
    return count


@part
def extreme_reverse(meta, index, v, g, at_meta, s, m):
    """Ties share an adjoint evenly; a row whose extreme is NaN passes NaN to all its elements."""
    r = np.int64(meta[at_meta])
    for j in range(m):
        if g[s + j] == 0.0:
            continue
        count = ties(meta, index, v, at_meta, s, j)
        share = g[s + j] / count
        for i in range(r):
            slot = row_slot(meta, index, at_meta + 1, r, j, i)
            if count == 0 or v[slot] == v[s + j]:
                g[slot] += share if count else np.nan


@part
def extreme_tangent(meta, index, v, t, at_meta, s, m):
    r = np.int64(meta[at_meta])
    for j in range(m):
        count = ties(meta, index, v, at_meta, s, j)
        acc = 0.0
        for i in range(r):
            slot = row_slot(meta, index, at_meta + 1, r, j, i)
            if v[slot] == v[s + j]:
                acc += t[slot]
        t[s + j] = acc / count if count else np.nan


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    sign = 1.0 if u2_pointer(ctl[C_OPCODE])[k] == RUN + MAX else -1.0
    extreme_forward(meta, index, real_pointer(ctl[C_VALUE], like), m0, s, n, sign)


def reverse(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    extreme_reverse(meta, index, real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), m0, s, n)


def tangent(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, index, m0, n = record(ctl, k)
    extreme_tangent(meta, index, real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), m0, s, n)
