"""Which inputs each slot depends on, and which pairs of inputs meet in a nonlinear operation: sweeps over a tape.

`need` goes back from the results: which slots they depend on, and of which the sets are wanted. `spread` goes forward, gives
those slots their sets of inputs (see sets.py), and notes the pairs of inputs that an operation makes a second derivative
of. It comes back where memory is short, and goes on from the same place. A slot's set is a node's number.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import call_visit, i4_pointer, i8_pointer, u1_pointer, u2_pointer
from jittape.ops.layout import (
    C_ARG0,
    C_ARG1,
    C_COUNT,
    C_INDEX,
    C_KERNELS,
    C_META,
    C_OPCODE,
    C_SLOTS,
    FIRST_STRUCTURAL,
    INACTIVE,
    K_NEED,
    K_SPREAD,
    KINDS,
    OPERATION,
    REF,
    RUN,
)
from jittape.sweep.sets.sets import (
    FACTORS,
    FINISHED,
    FIRST,
    NODES,
    PAIRS,
    PAIRS_ROOM,
    POOL,
    REACHES,
    S_AT,
    S_AT_ELEMENT,
    S_AT_SLOT,
    S_FLAGS,
    S_LAST,
    S_NEED,
    S_NODE_ROOM,
    S_NODES,
    S_PAIRS,
    S_SETS,
    S_TABLE,
    S_TAPE,
    SECOND,
    THIRD,
    UNCOMPILED,
    WANTED,
    ZERO,
    element,
    listed,
    note,
    room_for_lists,
    union,
    use,
)

# --- which slots matter -----------------------------------------------------------------------------------------------------


@part
def meets(bits, p):
    """Whether operand p takes part in a nonlinear pair."""
    return bits >> PAIRS & (FIRST if p == 0 else (SECOND if p == 1 else THIRD)) != 0


@part
def pairs_between(x, y, w):
    """The pairs of operands whose sets are not empty, as bits."""
    there = np.int64(0b111111)
    if x == 0:
        there &= ~FIRST
    if y == 0:
        there &= ~SECOND
    if w == 0:
        there &= ~THIRD
    return there


@part
def operand_slot(scalar, meta, index, a, n, p, i):
    """The slot of element i of operand p of an elementwise instruction, -1 where it is constant."""
    if scalar:
        return a if p == 0 else n
    if meta[a + p * REF] & INACTIVE:
        return np.int64(-1)
    return element(meta, index, a + p * REF, i)


@part
def vanishes(flags, scalar, meta, index, a, n, i):
    """Whether element i of a product has a constant factor of zero."""
    if scalar:
        return (np.int64(flags[a]) | np.int64(flags[n])) & ZERO != 0
    x, y = element(meta, index, a, i), element(meta, index, a + REF, i)
    return (np.int64(flags[x]) | np.int64(flags[y])) & ZERO != 0


def need(address):
    """Flags go from the results, where they are set, to operands."""
    S = i8_pointer(address)
    ctl = i8_pointer(S[S_TAPE])
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(S[S_TABLE])
    steps = i8_pointer(ctl[C_KERNELS])
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    s = ctl[C_SLOTS]
    for k in range(ctl[C_COUNT] - 1, -1, -1):
        o, a, n = np.int64(opcode[k]), np.int64(arg0[k]), np.int64(arg1[k])
        scalar = o < RUN
        m = np.int64(1) if scalar else n
        s -= m
        code = o & OPERATION
        if code < FIRST_STRUCTURAL:
            bits = table[code]
            if bits == 0:
                continue
            for i in range(m):
                what = np.int64(flags[s + i])
                if what == 0 or (bits & FACTORS and vanishes(flags, scalar, meta, index, a, n, i)):
                    continue
                for p in range(3):
                    if bits >> p & 1:
                        slot = operand_slot(scalar, meta, index, a, n, p, i)
                        if slot >= 0:
                            use(flags, last, slot, what | (WANTED if what & REACHES and meets(bits, p) else 0), k)
            continue
        if n:
            if steps[code * KINDS + K_NEED] == 0:
                S[S_NEED] = code * KINDS + K_NEED
                return UNCOMPILED
            call_visit(steps[code * KINDS + K_NEED], address, k, s, np.int64(0))
    return 0


# --- sets and pairs ----------------------------------------------------------------------------------------------------------


@part
def pairs_of(S, bits, x, y, w):
    """Note these pairs of inputs of the operands' lists; False where memory is short."""
    number = 0
    for p in range(3):
        for q in range(p, 3):
            if bits >> number & 1:
                a = x if p == 0 else (y if p == 1 else w)
                b = x if q == 0 else (y if q == 1 else w)
                if not note(S, a, b):
                    return False
            number += 1
    return True


@part
def spread_elementwise(S, ctl, bits, scalar, a, n, s, m):
    """The sets of an elementwise instruction's results, from the element where it stood."""
    meta, index, sets = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i4_pointer(S[S_SETS])
    flags = u1_pointer(S[S_FLAGS])
    hessian = S[S_PAIRS] != 0
    for i in range(S[S_AT_ELEMENT], m):
        what = np.int64(flags[s + i])
        if what == 0 or (bits & FACTORS and vanishes(flags, scalar, meta, index, a, n, i)):
            continue
        x = operand_slot(scalar, meta, index, a, n, 0, i) if bits & 1 else np.int64(-1)
        y = operand_slot(scalar, meta, index, a, n, 1, i) if bits & 2 else np.int64(-1)
        w = operand_slot(scalar, meta, index, a, n, 2, i) if bits & 4 else np.int64(-1)
        X = np.int64(sets[x]) if x >= 0 else np.int64(0)
        Y = np.int64(sets[y]) if y >= 0 else np.int64(0)
        W = np.int64(sets[w]) if w >= 0 else np.int64(0)
        if X == 0 and Y == 0 and W == 0:
            continue
        if not room_for_lists(S, 3):
            S[S_AT_ELEMENT] = i
            return POOL
        if hessian and what & REACHES and bits >> PAIRS:
            there = bits >> PAIRS & pairs_between(X, Y, W)
            if there & FIRST:
                sets[x] = X = listed(S, X)
            if there & SECOND:
                sets[y] = Y = listed(S, Y)
            if there & THIRD:
                sets[w] = W = listed(S, W)
            if not pairs_of(S, there, X, Y, W):
                S[S_AT_ELEMENT] = i
                return PAIRS_ROOM
        if what & WANTED:
            if S[S_NODES] + 2 > S[S_NODE_ROOM]:
                S[S_AT_ELEMENT] = i
                S[S_NEED] = 2 * (m - i)
                return NODES
            sets[s + i] = union(S, union(S, X, Y), W)
    return FINISHED


def spread(address):
    """Sets go from operands to results, and pairs of inputs that meet are noted; returns FINISHED or what is short."""
    S = i8_pointer(address)
    ctl = i8_pointer(S[S_TAPE])
    opcode, arg0, arg1 = u2_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    table, steps = i8_pointer(S[S_TABLE]), i8_pointer(ctl[C_KERNELS])
    s = S[S_AT_SLOT]
    for k in range(S[S_AT], ctl[C_COUNT]):
        o, a, n = np.int64(opcode[k]), np.int64(arg0[k]), np.int64(arg1[k])
        m = np.int64(1) if o < RUN else n
        code = o & OPERATION
        status = FINISHED
        if code < FIRST_STRUCTURAL:
            if table[code]:
                status = spread_elementwise(S, ctl, table[code], o < RUN, a, n, s, m)
        elif n:
            if steps[code * KINDS + K_SPREAD] == 0:
                S[S_NEED], S[S_AT], S[S_AT_SLOT] = code * KINDS + K_SPREAD, k, s
                return UNCOMPILED
            status = call_visit(steps[code * KINDS + K_SPREAD], address, k, s, np.int64(0))
        if status != FINISHED:
            S[S_AT], S[S_AT_SLOT] = k, s
            return status
        S[S_AT_ELEMENT] = 0
        s += m
    S[S_AT], S[S_AT_SLOT] = ctl[C_COUNT], s
    return FINISHED
