"""Which inputs each slot depends on, and which pairs of inputs meet in a nonlinear operation: sweeps over a tape.

`need` goes back from the results: which slots they depend on, and of which the sets are wanted. `spread` goes forward, gives
those slots their sets of inputs (see sets.py), and notes the pairs of inputs that an operation makes a second derivative
of. It comes back where memory is short, and goes on from the same place. A slot's set is a node's number.
"""

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import i4_pointer, i8_pointer, u1_pointer
from jittape.ops.layout import (
    BLOCK_REF,
    C_ARG0,
    C_ARG1,
    C_COUNT,
    C_INDEX,
    C_META,
    C_OPCODE,
    C_SLOTS,
    CALL,
    CUMSUM,
    GATHER_REF,
    INACTIVE,
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
from jittape.sweep.point.reductions import row_slot
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
    WANTED,
    ZERO,
    listed,
    note,
    room_for_lists,
    union,
)

CAREFUL = 1 << 24
"""Multiplications up to which a product with a constant matrix is looked at number by number."""


@part
def element(meta, index, ref, i):
    """The slot of element i of an elementwise operand."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == RUN_REF:
        return base + i
    if kind == GATHER_REF:
        return np.int64(index[base + i])
    if kind == BLOCK_REF:
        n1 = np.int64(meta[ref + 4])
        row = i // n1
        return base + row * meta[ref + 2] + (i - row * n1) * meta[ref + 3]
    return base


# --- which slots matter -----------------------------------------------------------------------------------------------------


@part
def use(flags, last, slot, what, k):
    """Note that instruction k hands flags on to an operand."""
    flags[slot] = np.int64(flags[slot]) | what
    if last[slot] == 0:
        last[slot] = k + 1


@part
def need_call(S, meta, index, m0, what, k):
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    place = m0 + 2 + np.int64(meta[m0 + 1])
    count = np.int64(meta[place])
    place += 1
    for _ in range(count):
        rank = np.int64(meta[place])
        n = np.int64(1)
        for d in range(rank):
            n *= np.int64(meta[place + 1 + d])
        place += 1 + rank
        if not meta[place] & INACTIVE:
            for i in range(n):
                use(flags, last, element(meta, index, place, i), what, k)
        place += REF


@part
def matrix_slot(meta, ref, b, i, j):
    return np.int64(meta[ref]) + b * meta[ref + 1] + i * meta[ref + 2] + j * meta[ref + 3]


@part
def need_matmul(S, meta, m0, s, k):
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    batch, m, r, q = np.int64(meta[m0]), np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), np.int64(meta[m0 + 3])
    A, B = m0 + 4, m0 + 9
    extra = 0 if (meta[A + 4] | meta[B + 4]) & INACTIVE else WANTED
    for b in range(batch):
        out = s + b * m * q
        for p in range(2):
            ref = A if p == 0 else B
            if meta[ref + 4] & INACTIVE:
                continue
            for i in range(m if p == 0 else q):
                what = np.int64(0)
                for j in range(q if p == 0 else m):
                    what |= np.int64(flags[out + (i * q + j if p == 0 else j * q + i)])
                if what & REACHES:
                    what |= extra
                if what:
                    for j in range(r):
                        slot = matrix_slot(meta, ref, b, i if p == 0 else j, j if p == 0 else i)
                        use(flags, last, slot, what, k)


@part
def need_rows(S, meta, index, m0, s, n, k):
    """Operands of sum, max and min."""
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    r = np.int64(meta[m0])
    if meta[m0 + 1] & INACTIVE:
        return
    for j in range(n):
        if flags[s + j]:
            for i in range(r):
                use(flags, last, row_slot(meta, index, m0 + 1, r, j, i), np.int64(flags[s + j]), k)


@part
def need_scan(S, meta, index, m0, s, n, k):
    """Operands of running sums."""
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    r = np.int64(meta[m0])
    if meta[m0 + 1] & INACTIVE or n == 0:
        return
    for j in range(n // r):
        what = np.int64(0)
        for i in range(r - 1, -1, -1):
            what |= np.int64(flags[s + j * r + i])
            if what:
                use(flags, last, row_slot(meta, index, m0 + 1, r, j, i), what, k)


@part
def need_segments(S, meta, index, m0, s, n, k):
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    offsets, first = np.int64(meta[m0]), np.int64(meta[m0 + 1])
    for j in range(n):
        if flags[s + j]:
            for i in range(np.int64(index[offsets + j]), np.int64(index[offsets + j + 1])):
                use(flags, last, np.int64(index[first + i]), np.int64(flags[s + j]), k)


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
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(S[S_TABLE])
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    s = ctl[C_SLOTS]
    for k in range(ctl[C_COUNT] - 1, -1, -1):
        o, a, n = np.int64(opcode[k]), np.int64(arg0[k]), np.int64(arg1[k])
        scalar = o < RUN
        m = np.int64(1) if scalar else n
        s -= m
        code = o & (RUN - 1)
        if code < SUM:
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
        if code == SUM or code == MAX or code == MIN:
            need_rows(S, meta, index, a, s, n, k)
        elif code == CUMSUM:
            need_scan(S, meta, index, a, s, n, k)
        elif code == SEGMENT_SUM:
            need_segments(S, meta, index, a, s, n, k)
        elif code == MATMUL:
            need_matmul(S, meta, a, s, k)
        elif code == CALL:
            what = np.int64(0)
            for i in range(n):
                what |= np.int64(flags[s + i])
            if what:
                need_call(S, meta, index, a, what | (WANTED if what & REACHES else 0), k)
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


@part
def spread_rows(S, meta, index, m0, s, n):
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    r = np.int64(meta[m0])
    if meta[m0 + 1] & INACTIVE:
        return FINISHED
    for j in range(S[S_AT_ELEMENT], n):
        if not flags[s + j] & WANTED:
            continue
        S[S_AT_ELEMENT] = j
        if not room_for_lists(S, 3):
            return POOL
        if S[S_NODES] + r > S[S_NODE_ROOM]:
            S[S_NEED] = r
            return NODES
        x = np.int64(0)
        for i in range(r):
            x = union(S, x, np.int64(sets[row_slot(meta, index, m0 + 1, r, j, i)]))
        sets[s + j] = x
    return FINISHED


@part
def spread_scan(S, meta, index, m0, s, n):
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


@part
def spread_segments(S, meta, index, m0, s, n):
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


@part
def line(S, meta, ref, b, r, i, column):
    """The union of row i (or column i) of r elements of a matrix product's operand."""
    sets = i4_pointer(S[S_SETS])
    x = np.int64(0)
    if meta[ref + 4] & INACTIVE:
        return x
    for j in range(r):
        x = union(S, x, np.int64(sets[matrix_slot(meta, ref, b, j if column else i, i if column else j)]))
    return x


@part
def has_zeros(S, meta, ref, batch, rows, cols):
    """Whether a matrix product's operand is constant and has zeros."""
    flags = u1_pointer(S[S_FLAGS])
    if not meta[ref + 4] & INACTIVE:
        return False
    for b in range(batch if meta[ref + 1] else 1):
        for i in range(rows):
            for j in range(cols):
                if flags[matrix_slot(meta, ref, b, i, j)] & ZERO:
                    return True
    return False


@part
def without_zeros(S, meta, m0, b, s):
    """The sets of a product with a constant matrix, whose zeros leave out what they are multiplied with."""
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    m, r, q = np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), np.int64(meta[m0 + 3])
    A, B = m0 + 4, m0 + 9
    left = meta[A + 4] & INACTIVE != 0  # the constant one
    for i in range(m):
        for j in range(q):
            if flags[s + i * q + j] & WANTED:
                x = np.int64(0)
                for k in range(r):
                    p, u = matrix_slot(meta, A, b, i, k), matrix_slot(meta, B, b, k, j)
                    if not flags[p if left else u] & ZERO:
                        x = union(S, x, np.int64(sets[u if left else p]))
                sets[s + i * q + j] = x


@part
def spread_matmul(S, meta, m0, s):
    """Results are unions of a row and a column; each column of A meets the row of B of the same number."""
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    batch, m, r, q = np.int64(meta[m0]), np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), np.int64(meta[m0 + 3])
    A, B = m0 + 4, m0 + 9
    both = not (meta[A + 4] | meta[B + 4]) & INACTIVE
    most = 2 * m * r + 2 * r * q + m * q
    careful = m * r * q <= CAREFUL and (has_zeros(S, meta, A, batch, m, r) or has_zeros(S, meta, B, batch, r, q))
    if careful:
        most = m * r * q
    for b in range(S[S_AT_ELEMENT], batch):
        S[S_AT_ELEMENT] = b
        out = s + b * m * q
        what = np.int64(0)
        for i in range(m * q):
            what |= np.int64(flags[out + i])
        if what == 0:
            continue
        if S[S_NODES] + most > S[S_NODE_ROOM]:
            S[S_NEED] = most
            return NODES
        if not room_for_lists(S, 3):
            return POOL
        if both and S[S_PAIRS] and what & REACHES:
            for i in range(r):
                x, y = line(S, meta, A, b, m, i, True), line(S, meta, B, b, q, i, False)
                if x and y:
                    if not room_for_lists(S, 3):
                        return POOL
                    if not note(S, listed(S, x), listed(S, y)):
                        return PAIRS_ROOM
        if careful:
            if not both and what & WANTED:
                without_zeros(S, meta, m0, b, out)
        elif what & WANTED:
            for j in range(q):  # the columns' unions wait in the first row of the result
                sets[out + j] = line(S, meta, B, b, r, j, True)
            for i in range(m - 1, -1, -1):
                x = line(S, meta, A, b, r, i, False)
                for j in range(q):
                    sets[out + i * q + j] = (
                        union(S, x, np.int64(sets[out + j])) if flags[out + i * q + j] & WANTED or i == 0 else 0
                    )
    return FINISHED


@part
def spread_call(S, meta, index, m0, s, n):
    """Every result depends on every operand, and nonlinearly."""
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    what = np.int64(0)
    for i in range(n):
        what |= np.int64(flags[s + i])
    if what == 0:
        return FINISHED
    if not room_for_lists(S, 3):
        return POOL
    x = np.int64(0)
    place = m0 + 2 + np.int64(meta[m0 + 1])
    count = np.int64(meta[place])
    place += 1
    for _ in range(count):
        rank = np.int64(meta[place])
        size = np.int64(1)
        for d in range(rank):
            size *= np.int64(meta[place + 1 + d])
        place += 1 + rank
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


def spread(address):
    """Sets go from operands to results, and pairs of inputs that meet are noted; returns FINISHED or what is short."""
    S = i8_pointer(address)
    ctl = i8_pointer(S[S_TAPE])
    opcode, arg0, arg1 = u1_pointer(ctl[C_OPCODE]), i4_pointer(ctl[C_ARG0]), i4_pointer(ctl[C_ARG1])
    meta, index, table = i4_pointer(ctl[C_META]), i4_pointer(ctl[C_INDEX]), i8_pointer(S[S_TABLE])
    s = S[S_AT_SLOT]
    for k in range(S[S_AT], ctl[C_COUNT]):
        o, a, n = np.int64(opcode[k]), np.int64(arg0[k]), np.int64(arg1[k])
        m = np.int64(1) if o < RUN else n
        code = o & (RUN - 1)
        status = FINISHED
        if code < SUM:
            if table[code]:
                status = spread_elementwise(S, ctl, table[code], o < RUN, a, n, s, m)
        elif code == SUM or code == MAX or code == MIN:
            status = spread_rows(S, meta, index, a, s, n)
        elif code == CUMSUM:
            status = spread_scan(S, meta, index, a, s, n)
        elif code == SEGMENT_SUM:
            status = spread_segments(S, meta, index, a, s, n)
        elif code == MATMUL:
            status = spread_matmul(S, meta, a, s)
        elif code == CALL:
            status = spread_call(S, meta, index, a, s, n)
        if status != FINISHED:
            S[S_AT], S[S_AT_SLOT] = k, s
            return status
        S[S_AT_ELEMENT] = 0
        s += m
    S[S_AT], S[S_AT_SLOT] = ctl[C_COUNT], s
    return FINISHED
