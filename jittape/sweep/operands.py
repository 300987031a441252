"""Operands of run instructions: fetching values through a reference, adding adjoints back, grouping runs into chunks."""

import numpy as np
from numba import njit

from jittape.sweep.pointers import at
from jittape.tape.layout import (
    BLOCK_REF,
    CHUNK,
    GATHER_REF,
    KIND,
    MATMUL,
    REF,
    RUN,
    RUN_REF,
    SCALAR_REF,
    SUM,
)

GROUP = 64
"""Most instructions swept chunk by chunk together."""


@njit
def slot_of(meta, index, ref, i):
    """The slot of element i of a reference."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == SCALAR_REF:
        return base
    if kind == RUN_REF:
        return base + i
    if kind == GATHER_REF:
        return np.int64(index[base + i])
    n1 = np.int64(meta[ref + 4])
    return base + (i // n1) * meta[ref + 2] + (i % n1) * meta[ref + 3]


@njit
def fetch(meta, index, v, ref, i0, m, scratch):
    """A pointer to elements i0 to i0 + m of an operand: its own memory for a run, else a copy in scratch."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == RUN_REF:
        return at(v, base + i0)
    if kind == SCALAR_REF:
        x = v[base]
        for i in range(m):
            scratch[i] = x
    elif kind == GATHER_REF:
        for i in range(m):
            scratch[i] = v[np.int64(index[base + i0 + i])]
    else:
        s0, s1, n1 = np.int64(meta[ref + 2]), np.int64(meta[ref + 3]), np.int64(meta[ref + 4])
        row, col = i0 // n1, i0 % n1
        i = 0
        while i < m:
            piece = min(n1 - col, m - i)
            first = base + row * s0 + col * s1
            if s1 == 0:
                x = v[first]
                for k in range(piece):
                    scratch[i + k] = x
            else:
                for k in range(piece):
                    scratch[i + k] = v[first + k * s1]
            i += piece
            row, col = row + 1, 0
    return scratch


@njit
def total(x, m):
    """Sum of m contiguous values in eight interleaved partial sums."""
    a = b = c = d = e = f = g = h = 0.0
    full = m - m % 8
    for i in range(0, full, 8):
        a += x[i]
        b += x[i + 1]
        c += x[i + 2]
        d += x[i + 3]
        e += x[i + 4]
        f += x[i + 5]
        g += x[i + 6]
        h += x[i + 7]
    rest = 0.0
    for i in range(full, m):
        rest += x[i]
    return ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest


@njit
def scatter(meta, index, g, ref, i0, m, x):
    """Add m values x to the slots of elements i0 to i0 + m of an operand that is no run."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == SCALAR_REF:
        g[base] += total(x, m)
    elif kind == GATHER_REF:
        for i in range(m):
            g[np.int64(index[base + i0 + i])] += x[i]
    else:
        s0, s1, n1 = np.int64(meta[ref + 2]), np.int64(meta[ref + 3]), np.int64(meta[ref + 4])
        row, col = i0 // n1, i0 % n1
        i = 0
        while i < m:
            piece = min(n1 - col, m - i)
            first = base + row * s0 + col * s1
            if s1 == 0:
                g[first] += total(at(x, i), piece)
            else:
                for k in range(piece):
                    g[first + k * s1] += x[i + k]
            i += piece
            row, col = row + 1, 0


@njit
def chunkable(meta, ref, first, n):
    """Whether chunk by chunk is right for an operand, in a group of runs of n slots that starts at slot `first`.

    It is when the operand lies wholly before the group, or is just one run of the group, element by element.
    """
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == SCALAR_REF:
        return base < first
    if kind == RUN_REF:
        return base + n <= first or (base >= first and (base - first) % n == 0)
    s0, s1 = np.int64(meta[ref + 2]), np.int64(meta[ref + 3])
    if kind == GATHER_REF:
        return s0 < first
    n1 = np.int64(meta[ref + 4])
    return base + max(s0, 0) * ((n - 1) // n1) + max(s1, 0) * (n1 - 1) < first


@njit
def elementwise(opcode):
    return RUN + 4 <= opcode < RUN + SUM


@njit
def group_ok(opcode, arg0, arg1, meta, arities, k, last, first):
    """Whether runs k to last, of which the first begins at slot `first`, can be swept chunk by chunk together."""
    n = np.int64(arg1[k])
    for q in range(k, last):
        if not elementwise(opcode[q]) or arg1[q] != n:
            return False
        ref = np.int64(arg0[q])
        for _ in range(arities[opcode[q] - RUN]):
            if not chunkable(meta, ref, first, n):
                return False
            ref += REF
    return True


@njit
def group_forward(opcode, arg0, arg1, meta, arities, k, end, s):
    """The end of the longest group of runs that starts with instruction k at slot s."""
    last = k + 1
    n = np.int64(arg1[k])
    while last < end and last - k < GROUP:
        if not elementwise(opcode[last]) or arg1[last] != n:
            break
        ref = np.int64(arg0[last])
        good = True
        for _ in range(arities[opcode[last] - RUN]):
            good = good and chunkable(meta, ref, s, n)
            ref += REF
        if not good:
            break
        last += 1
    return last


@njit
def group_reverse(opcode, arg0, arg1, meta, arities, visited, k, end, s):
    """The first instruction of the longest group of runs that ends with instruction k - 1, whose slots end at s."""
    n = np.int64(arg1[k - 1])
    first = k - 1
    while first > end and k - first < GROUP:
        if visited[first - 1] == 0 or not group_ok(opcode, arg0, arg1, meta, arities, first - 1, k, s - (k - first + 1) * n):
            break
        first -= 1
    return first


