"""Operands of run instructions: fetching values through a reference, adding adjoints back, grouping runs into chunks."""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, u2_pointer
from jittape.ops.layout import (
    BLOCK_REF,
    C_GROUP,
    C_OPCODE,
    CHUNK,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    GATHER_REF,
    GROUP,
    KIND,
    LOCAL_REF,
    PIECE,
    REF,
    RUN,
    RUN_REF,
    SCALAR_REF,
    SUM,
)
from jittape.sweep.point.pieces import fetch_piece, scatter_piece


@part
def fetch(meta, index, v, ref, i0, m, scratch, local):
    """A pointer to elements i0 to i0 + m of an operand: its own memory for a run, else a copy in scratch."""
    if meta[ref] & KIND == RUN_REF:  # the most frequent one, without a call
        return at(v, np.int64(meta[ref + 1]) + i0)
    return elsewhere(meta, index, v, ref, i0, m, scratch, local)


@part
def elsewhere(meta, index, v, ref, i0, m, scratch, local):
    """The same of an operand that is no run."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == LOCAL_REF:
        return at(v, base + i0) if meta[ref + 3] else at(local, np.int64(meta[ref + 2]) * CHUNK)
    if kind == SCALAR_REF:
        x = v[base]
        for i in range(m):
            scratch[i] = x
    elif kind == GATHER_REF and meta[ref + 4] < 0:
        heads = at(index, i0 // CHUNK - np.int64(meta[ref + 4]))
        for p in range(heads[0], heads[1], PIECE):
            fetch_piece(v, at(index, p), scratch)
    elif kind == GATHER_REF:
        for i in range(m):
            scratch[i] = v[np.int64(index[base + i0 + i])]
    else:
        s0, s1, n1 = np.int64(meta[ref + 2]), np.int64(meta[ref + 3]), np.int64(meta[ref + 4])
        first = row_of(meta, ref, i0, m)
        if first >= 0:
            return at(v, first)
        row, col = i0 // n1, i0 % n1
        i = 0
        while i < m:
            piece = min(n1 - col, m - i)
            first = base + row * s0 + col * s1
            if s1 == 0:
                x = v[first]
                for k in range(piece):
                    scratch[i + k] = x
            elif s1 == 1:  # in vectors
                for k in range(piece):
                    scratch[i + k] = v[first + k]
            else:
                for k in range(piece):
                    scratch[i + k] = v[first + k * s1]
            i += piece
            row, col = row + 1, 0
    return scratch


@part
def row_of(meta, ref, i0, m):
    """The slot from which elements i0 to i0 + m of an operand that is no run follow each other within a row of a block, or -1."""
    if meta[ref] & KIND != BLOCK_REF or meta[ref + 3] != 1:
        return np.int64(-1)
    n1 = np.int64(meta[ref + 4])
    row, col = i0 // n1, i0 % n1
    return np.int64(meta[ref + 1]) + row * np.int64(meta[ref + 2]) + col if col + m <= n1 else np.int64(-1)


@part
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


@part
def scatter(meta, index, g, ref, i0, m, x):
    """Add m values x to the slots of elements i0 to i0 + m of an operand that is no run."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == SCALAR_REF:
        g[base] += total(x, m)
    elif kind == GATHER_REF and meta[ref + 4] < 0:
        heads = at(index, i0 // CHUNK - np.int64(meta[ref + 4]))
        for p in range(heads[0], heads[1], PIECE):
            scatter_piece(g, at(index, p), x)
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
            elif s1 == 1:
                for k in range(piece):
                    g[first + k] += x[i + k]
            else:
                for k in range(piece):
                    g[first + k * s1] += x[i + k]
            i += piece
            row, col = row + 1, 0


@part
def elementwise(opcode):
    return RUN + FIRST_OPERATION <= opcode < RUN + FIRST_STRUCTURAL


@part
def leaf(opcode):
    return opcode % RUN < FIRST_OPERATION


@part
def slots_of(opcode, arg1, k):
    """How many slots instruction k writes."""
    return np.int64(arg1[k]) if opcode[k] >= RUN else np.int64(1)


@part
def ends_group(ctl, k):
    """Whether instruction k is a sum that a plan sweeps with the group of long runs before it."""
    return u2_pointer(ctl[C_OPCODE])[k] == RUN + SUM and ctl[C_GROUP] != 0 and i4_pointer(ctl[C_GROUP])[k] < k


@part
def extent(meta, ref, n):
    """The smallest and the largest slot that an operand of n elements touches."""
    kind = meta[ref] & KIND
    base, s0, s1 = np.int64(meta[ref + 1]), np.int64(meta[ref + 2]), np.int64(meta[ref + 3])
    if kind == SCALAR_REF:
        return base, base
    if kind == RUN_REF:
        return base, base + n - 1
    if kind == GATHER_REF:
        return s1, s0
    n1 = np.int64(meta[ref + 4])
    a, b = s0 * ((n - 1) // n1), s1 * (n1 - 1)
    return base + min(a, 0) + min(b, 0), base + max(a, 0) + max(b, 0)


@part
def chunkable(opcode, arg1, meta, ref, n, first, k, s):
    """Whether chunk by chunk is right for an operand of run k, in a group that begins with instruction first at slot s.

    It is when the operand lies wholly before the group or in one of its leaves, or is just one run of the group,
    element by element.
    """
    low, high = extent(meta, ref, n)
    if high < s:
        return True
    for q in range(first, k):
        size = slots_of(opcode, arg1, q)
        if s <= low and high < s + size:
            return leaf(opcode[q]) or (meta[ref] & KIND == RUN_REF and low == s and size == n)
        s += size
    return False


@part
def fits(opcode, arg0, arg1, meta, arities, first, k, s):
    """Whether instruction k can belong to the group of runs that begins with instruction first at slot s."""
    if leaf(opcode[k]):
        return True
    n = np.int64(arg1[k])
    ref = np.int64(arg0[k])
    for _ in range(arities[opcode[k] - RUN]):
        if not chunkable(opcode, arg1, meta, ref, n, first, k, s):
            return False
        ref += REF
    return True


@part
def group_forward(opcode, arg0, arg1, meta, arities, k, end, s):
    """The end of the longest group of runs that starts with instruction k at slot s (it ends with a run)."""
    n = np.int64(arg1[k])
    last = q = k + 1
    while q < end and q - k < GROUP:
        if not leaf(opcode[q]) and not (elementwise(opcode[q]) and arg1[q] == n):
            break
        if not fits(opcode, arg0, arg1, meta, arities, k, q, s):
            break
        q += 1
        if not leaf(opcode[q - 1]):
            last = q
    return last


@part
def group_reverse(opcode, arg0, arg1, meta, arities, visited, k, end, s):
    """The first instruction of the longest group of runs that ends with instruction k - 1, whose slots end at s."""
    n = np.int64(arg1[k - 1])
    first = q = k - 1
    s -= n
    while q > end and k - q < GROUP:
        q -= 1
        s -= slots_of(opcode, arg1, q)
        if leaf(opcode[q]):
            continue
        if not elementwise(opcode[q]) or arg1[q] != n or visited[q] == 0:
            break
        good = True
        for p in range(q, k):
            good = good and fits(opcode, arg0, arg1, meta, arities, q, p, s)
        if not good:
            break
        first = q
    return first
