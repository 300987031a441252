"""Flags of the slots that operands name, one byte a slot: asked for, or set. What activity (activity.py) is made of."""

import numpy as np

from jittape.compiler.jit import part
from jittape.ops.layout import BLOCK_REF, GATHER_REF, INACTIVE, KIND, RUN_REF, TEST, WHOLE

TOGETHER = 1 << 9
"""Flags that are looked at without asking after each of them, in vectors."""


@part
def marked(flags, first, end):
    """Whether a flag of the slots first to end is set, which is found out from the end."""
    while first < end:
        start = max(first, end - TOGETHER)
        found = np.uint8(0)
        for i in range(start, end):
            found |= flags[i]
        if found != 0:
            return True
        end = start
    return False


@part
def span(flags, first, n, mode):
    """n consecutive slots."""
    if mode == TEST:
        if n > TOGETHER:
            return marked(flags, first, first + n)
        for i in range(first, first + n):
            if flags[i]:
                return True
        return False
    for i in range(first, first + n):
        flags[i] = 1
    return False


@part
def block(flags, base, rows, s0, cols, s1, mode):
    """The slots base + i * s0 + j * s1."""
    if rows <= 0 or cols <= 0:
        return False
    if mode == WHOLE:
        low = base + min(s0, 0) * (rows - 1) + min(s1, 0) * (cols - 1)
        high = base + max(s0, 0) * (rows - 1) + max(s1, 0) * (cols - 1)
        return span(flags, low, high - low + 1, mode)
    if s0 == 0:
        rows = 1
    if s1 == 0:
        cols = 1
    for i in range(rows):
        first = base + i * s0
        if s1 == 1:
            if span(flags, first, cols, mode):
                return True
            continue
        for j in range(cols):
            if span(flags, first + j * s1, 1, mode):
                return True
    return False


@part
def listed(index, flags, first, n, mode):
    """The n slots of a gather list."""
    for i in range(first, first + n):
        if mode == TEST:
            if flags[np.int64(index[i])]:
                return True
        else:
            flags[np.int64(index[i])] = 1
    return False


@part
def operand(meta, index, flags, ref, n, rows, mode):
    """A reference's n elements; with rows > 0 they are read as that many rows (see instructions/rows.py)."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if n == 0 or (meta[ref] & INACTIVE and mode != WHOLE):
        return False
    if kind == RUN_REF:
        return span(flags, base, n, mode)
    if kind == GATHER_REF:
        return listed(index, flags, base, n, mode)
    if kind == BLOCK_REF:
        s0, s1, n1 = np.int64(meta[ref + 2]), np.int64(meta[ref + 3]), np.int64(meta[ref + 4])
        if rows > 0:
            return block(flags, base, rows, s0, n // rows, s1, mode)
        return block(flags, base, (n + n1 - 1) // n1, s0, min(n, n1), s1, mode)
    return span(flags, base, 1, mode)
