"""Sums of rows, natively: the one structural instruction that the drivers carry out themselves, chunk by chunk in a group."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at
from jittape.ops.layout import BLOCK_REF, CHUNK, GATHER_REF, INACTIVE, KIND, RUN_REF
from jittape.sweep.point.operands import total
from jittape.sweep.point.short_rows import LONGEST, SHORTEST, short_forward, short_reverse

SHORT = 8
"""Elements of a row from which `total` adds up partial sums."""
LEAF = CHUNK
"""Elements that are summed without halving: a chunk, so that a sum taken chunk by chunk is the same to the last bit."""


@part
def row_slot(meta, index, ref, r, j, i):
    """The slot of element i of row j."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == BLOCK_REF:
        return base + j * meta[ref + 2] + i * meta[ref + 3]
    if kind == RUN_REF:
        return base + j * r + i
    if kind == GATHER_REF:
        return np.int64(index[base + j * r + i])
    return base


@part
def strides(meta, ref, r):
    """(row stride, element stride) of a reference that is no gather list."""
    kind = meta[ref] & KIND
    if kind == BLOCK_REF:
        return np.int64(meta[ref + 2]), np.int64(meta[ref + 3])
    if kind == RUN_REF:
        return np.int64(r), np.int64(1)
    return np.int64(0), np.int64(0)


@part
def push(stack, depth, leaves, part):
    """Add the sum of one more leaf to partial sums that are combined like a binary counter; returns the new depth."""
    while leaves % 2 == 0:
        depth -= 1
        part = stack[depth] + part
        leaves //= 2
    stack[depth] = part
    return depth + 1


@part
def combine(stack, depth):
    """The sum of what is left on the stack."""
    result = 0.0
    while depth > 0:
        depth -= 1
        result = stack[depth] + result
    return result


@part
def pairwise(v, base, step, n, stack):
    """Pairwise sum of n values, `step` apart."""
    depth = 0
    leaves = 0
    i = 0
    while i < n:
        m = min(LEAF, n - i)
        if step == 1:
            part = total(at(v, base + i), m)
        else:
            part = 0.0
            for k in range(m):
                part += v[base + (i + k) * step]
        i += m
        leaves += 1
        depth = push(stack, depth, leaves, part)
    return combine(stack, depth)


@part
def sum_forward(meta, index, v, at_meta, s, m, stack):
    r = np.int64(meta[at_meta])
    ref = at_meta + 1
    base = np.int64(meta[ref + 1])
    if meta[ref] & KIND == GATHER_REF:
        for j in range(m):
            acc = 0.0
            for i in range(r):
                acc += v[np.int64(index[base + j * r + i])]
            v[s + j] = acc
        return
    so, si = strides(meta, ref, r)
    if so == 1 and si != 1 and m > 4:  # columns side by side: row after row
        for j in range(m):
            v[s + j] = 0.0
        for i in range(r):
            row = at(v, base + i * si)
            out = at(v, s)
            for j in range(m):
                out[j] += row[j]
        return
    if si == 1 and so == r and SHORTEST <= r <= LONGEST:
        short_forward(at(v, base), at(v, s), m, r)
        return
    if si == 1 and r < SHORT:  # what `total` makes of so few
        for j in range(m):
            acc = 0.0
            for i in range(r):
                acc += v[base + j * so + i]
            v[s + j] = acc
        return
    for j in range(m):
        v[s + j] = pairwise(v, base + j * so, si, r, stack)


@part
def sum_reverse(meta, index, g, at_meta, s, m):
    r = np.int64(meta[at_meta])
    ref = at_meta + 1
    if meta[ref] & INACTIVE:
        return
    base = np.int64(meta[ref + 1])
    if meta[ref] & KIND == GATHER_REF:
        for j in range(m):
            a = g[s + j]
            for i in range(r):
                g[np.int64(index[base + j * r + i])] += a
        return
    so, si = strides(meta, ref, r)
    if so == 1 and si != 1:
        for i in range(r):
            row = at(g, base + i * si)
            adjoint = at(g, s)
            for j in range(m):
                row[j] += adjoint[j]
        return
    if si == 1 and so == r and SHORTEST <= r <= LONGEST:
        short_reverse(at(g, base), at(g, s), m, r)
        return
    for j in range(m):
        a = g[s + j]
        first = base + j * so
        if a == 0.0:
            continue
        if si == 1:
            row = at(g, first)
            for i in range(r):
                row[i] += a
        else:
            for i in range(r):
                g[first + i * si] += a
