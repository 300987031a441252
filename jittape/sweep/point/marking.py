"""Which instructions a result depends on, and which depend on an input: flags of slots sent through the tape natively.

The eager front end asks before each backward pass (what is swept, what is freed), and when it compacts a tape (what is
still reached). A flag is one byte a slot.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, i4_pointer, i8_pointer, u1_pointer
from jittape.ops.layout import (
    BLOCK_REF,
    C_ARG0,
    C_ARG1,
    C_COUNT,
    C_INDEX,
    C_KERNELS,
    C_META,
    C_OPCODE,
    C_SLOTS,
    CALL,
    CONSTANT,
    CUMSUM,
    GATHER_REF,
    INACTIVE,
    KERNELS,
    KIND,
    MATMUL,
    MAX,
    MIN,
    REF,
    RUN,
    RUN_REF,
    SEGMENT_SUM,
    SUM,
)
from jittape.sweep.point.operands import elementwise

TEST, SET, WHOLE = range(3)
"""What is done with the flags of an operand's slots: asked whether one is set; set; set, and those between them too, and
those of constants (so that a strided block stays one when instructions are dropped)."""


@part
def span(flags, first, n, mode):
    """n consecutive slots."""
    if mode == TEST:
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
    """A reference's n elements; with rows > 0 they are read as that many rows (see sweep/point/reductions.py)."""
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


@part
def call_operands(meta, index, flags, m0, mode):
    """The operands of a call (its record is described in tape/calls.py)."""
    place = m0 + 2 + np.int64(meta[m0 + 1])
    count = np.int64(meta[place])
    place += 1
    for _ in range(count):
        rank = np.int64(meta[place])
        n = np.int64(1)
        for d in range(rank):
            n *= np.int64(meta[place + 1 + d])
        place += 1 + rank
        if operand(meta, index, flags, place, n, np.int64(0), mode):
            return True
        place += REF
    return False


@part
def operands(opcode, a, n, meta, index, arities, flags, mode):
    """The operands of one instruction; the answer of TEST."""
    if opcode < RUN:
        arity = arities[opcode]
        if arity > 0 and span(flags, a, 1, mode):
            return True
        return arity > 1 and span(flags, n, 1, mode)
    o = np.int64(opcode) - RUN
    none = np.int64(0)
    if elementwise(opcode):
        for p in range(arities[o]):
            if operand(meta, index, flags, a + p * REF, n, none, mode):
                return True
    elif o == SUM or o == MAX or o == MIN:
        return operand(meta, index, flags, a + 1, n * np.int64(meta[a]), n, mode)
    elif o == CUMSUM:
        return operand(meta, index, flags, a + 1, n, n // max(np.int64(meta[a]), 1), mode)
    elif o == SEGMENT_SUM:
        last = np.int64(index[np.int64(meta[a]) + n])
        return listed(index, flags, np.int64(meta[a + 1]), last, mode)
    elif o == MATMUL:
        batch, m, k, q = np.int64(meta[a]), np.int64(meta[a + 1]), np.int64(meta[a + 2]), np.int64(meta[a + 3])
        for p in range(2):
            ref = a + 4 + 5 * p
            rows, cols = (m, k) if p == 0 else (k, q)
            if meta[ref + 4] & INACTIVE and mode != WHOLE:
                continue
            sb = np.int64(meta[ref + 1])
            for b in range(batch if sb != 0 else 1):
                if block(flags, meta[ref] + b * sb, rows, np.int64(meta[ref + 2]), cols, np.int64(meta[ref + 3]), mode):
                    return True
    elif o == CALL:
        return call_operands(meta, index, flags, a, mode)
    return False


def mark(address, needed_, visited_, barrier_, mode):
    """Flags go from results to operands.

    Args:
        address: the tape's address block.
        needed_: address of the flags of the slots, set at the results.
        visited_: address of one byte an instruction, which is set to whether it is needed (never of constants, by SET).
        barrier_: address of one byte an instruction: where it is set, the operands are not needed. 0 for none.
        mode: SET or WHOLE.
    """
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, arities = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), at(i8_pointer(ctl[C_KERNELS]), 2 * KERNELS)
    needed, visited = u1_pointer(needed_), u1_pointer(visited_)
    s = ctl[C_SLOTS]
    for k in range(ctl[C_COUNT] - 1, -1, -1):
        n = np.int64(arg1[k]) if opcode[k] >= RUN else np.int64(1)
        s -= n
        visited[k] = 0
        if span(needed, s, n, TEST):
            visited[k] = mode == WHOLE or opcode[k] & (RUN - 1) != CONSTANT
            if barrier_ == 0 or u1_pointer(barrier_)[k] == 0:
                operands(opcode[k], np.int64(arg0[k]), np.int64(arg1[k]), meta, index, arities, needed, mode)


def reach(address, active_, visited_):
    """Flags go from operands to results, through the instructions whose `visited` byte is set.

    Afterwards `visited` is set only where a result is active.
    """
    ctl = i8_pointer(address)
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, arities = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), at(i8_pointer(ctl[C_KERNELS]), 2 * KERNELS)
    active, visited = u1_pointer(active_), u1_pointer(visited_)
    s = np.int64(0)
    for k in range(ctl[C_COUNT]):
        n = np.int64(arg1[k]) if opcode[k] >= RUN else np.int64(1)
        if visited[k]:
            if operands(opcode[k], np.int64(arg0[k]), np.int64(arg1[k]), meta, index, arities, active, TEST):
                span(active, s, n, SET)
            elif not span(active, s, n, TEST):
                visited[k] = 0
        s += n
