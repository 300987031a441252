"""Linear algebra that a user's native function records: its instructions are appended, and computed by their steps, without Python.

`append` is handed what the callback in Python is (native/recording/callbacks.py): an operation's number and its operands and results.
Whatever it does not do is left to that callback, and the tape is as it was: other operations, matrices without a recorded
element, what LAPACK refuses (the error is NumPy's then), steps that are not compiled yet, and a tape that is full.
"""

import zlib
from functools import cache

import numpy as np
from numba import types

from jittape.compiler.jit import callback, part
from jittape.compiler.pointers import at, call_step, i4_pointer, i8_pointer, real_pointer, u2_pointer
from jittape.instructions.lu.record import size as lu_size
from jittape.ops._generated.opcodes import POS
from jittape.ops.layout import (
    C_APPENDED,
    C_ARG0,
    C_ARG1,
    C_CACHE,
    C_COUNT,
    C_EXTRA,
    C_INDEX,
    C_INDEX_COUNT,
    C_INDEX_LIMIT,
    C_KERNELS,
    C_LIMIT,
    C_META,
    C_META_COUNT,
    C_META_LIMIT,
    C_OPCODE,
    C_STATUS,
    C_VALUE,
    C_WANTED,
    CHOLESKY,
    CONSTANT,
    DETERMINANT,
    DONE,
    GATHER_REF,
    IN_PYTHON,
    INACTIVE,
    K_FORWARD,
    KINDS,
    LU,
    MATMUL,
    RECENT,
    REF,
    RUN,
    SOLVE,
)

VAR, FLOAT, INTEGER, TRUTH = range(4)
"""Kinds of elements of an operand."""
COUNTS, HEAD = 2, 3
"""What an operation is handed: the numbers of operands and of results; of each array its kind, its axes, its address, and its shape."""
LEFT_OVER = -1
"""In place of the answer of the callback: it is to be asked."""
FIELDS, SLOT, TAPE = 3, 1, 2
"""Words of a Var: value, slot, tape."""
NOWHERE = -1
"""In place of a slot."""
FACTORED = 3
"""Where what is known of factors stands (matrix, rows, first slot), behind what is known of a copied operand (gather list, elements, first slot)."""
KNOWN = 2 * FACTORED
"""Words at C_APPENDED."""


def number_of(name):
    """The number that native code names an operation by, the same in every process, as code is cached on disk."""
    return zlib.crc32(name.encode())


APPENDED = tuple(map(number_of, ("solve", "inv", "det", "slogdet", "cholesky", "matmul")))
N_SOLVE, N_INV, N_DET, N_SLOGDET, N_CHOLESKY, N_MATMUL = APPENDED
MATRIX_NUMBERS = 5
"""Numbers of a matrix in a record: see instructions/matmul/record.py."""
LONGEST = 4 + 2 * MATRIX_NUMBERS + 2
"""The most numbers in a record that is written here."""

factor_slots = part(lu_size)


@part
def run(tape, code, n, length):
    """Append a run of n slots whose record of so many numbers is written next; returns its first slot."""
    ctl = i8_pointer(tape)
    k = ctl[C_COUNT]
    s = k + ctl[C_EXTRA]
    u2_pointer(ctl[C_OPCODE])[k] = RUN + code
    i4_pointer(ctl[C_ARG0])[k] = ctl[C_META_COUNT]
    i4_pointer(ctl[C_ARG1])[k] = n
    ctl[C_COUNT] = k + 1
    ctl[C_EXTRA] += n - 1
    ctl[C_LIMIT] -= n - 1
    ctl[C_META_COUNT] += length
    return s


@part
def record(tape, length):
    """Where the record of so many numbers stands that was begun last."""
    ctl = i8_pointer(tape)
    return at(i4_pointer(ctl[C_META]), ctl[C_META_COUNT] - length)


@part
def computed(tape, code, s):
    """Compute what was appended last; returns whether it was done."""
    ctl = i8_pointer(tape)
    step = i8_pointer(ctl[C_KERNELS])[code * KINDS + K_FORWARD]
    k = ctl[C_COUNT] - 1
    ctl[C_STATUS] = DONE
    call_step(step, tape, k, k + 1, s, 0.0)
    return ctl[C_STATUS] == DONE


@part
def compiled(tape, code):
    """Whether a step has an address. One that Python carries out has none."""
    return i8_pointer(i8_pointer(tape)[C_KERNELS])[code * KINDS + K_FORWARD] > IN_PYTHON


@part
def constant(tape, data, i):
    """The slot of a constant for a plain number, element i of an array of Vars."""
    ctl = i8_pointer(tape)
    values, bits = real_pointer(data, 0.0), i8_pointer(data)[FIELDS * i]
    recent = i8_pointer(ctl[C_CACHE])
    for q in range(RECENT):
        if recent[2 * q + 1] >= 0 and recent[2 * q] == bits:
            return recent[2 * q + 1]
    k = ctl[C_COUNT]
    s = k + ctl[C_EXTRA]
    u2_pointer(ctl[C_OPCODE])[k] = CONSTANT
    i4_pointer(ctl[C_ARG0])[k] = i4_pointer(ctl[C_ARG1])[k] = 0
    real_pointer(ctl[C_VALUE], 0.0)[s] = values[FIELDS * i]
    ctl[C_COUNT] = k + 1
    free = bits % RECENT
    recent[2 * free], recent[2 * free + 1] = bits, s
    return s


@part
def leaf(tape, n):
    """Append constants; returns their first slot. They are to be filled in."""
    return run(tape, CONSTANT, n, 0)


@part
def on_tape(data, n):
    """(the tape that elements are on, whether all of them that are on one are on the same)."""
    words, tape = i8_pointer(data), 0
    for i in range(n):
        own = words[FIELDS * i + TAPE]
        if own != 0:
            if tape != 0 and own != tape:
                return tape, False
            tape = own
    return tape, True


@part
def slots_of(tape, kind, data, n):
    """(first slot of the elements in a row, INACTIVE of constants): where they stand, else in a copy."""
    ctl = i8_pointer(tape)
    v = real_pointer(ctl[C_VALUE], 0.0)
    if kind == FLOAT:
        s, given = leaf(tape, n), real_pointer(data, 0.0)
        for i in range(n):
            v[s + i] = given[i]
        return s, INACTIVE
    values, words = real_pointer(data, 0.0), i8_pointer(data)
    recorded, in_a_row = 0, True
    for i in range(n):
        own = words[FIELDS * i + TAPE] != 0
        recorded += own
        in_a_row = in_a_row and own and words[FIELDS * i + SLOT] == words[SLOT] + i
    if recorded == 0:
        s = leaf(tape, n)
        for i in range(n):
            v[s + i] = values[FIELDS * i]
        return s, INACTIVE
    if in_a_row:
        return words[SLOT], 0
    first = ctl[C_INDEX_COUNT]
    listed = at(i4_pointer(ctl[C_INDEX]), first)
    low, high = 2**62, 0
    for i in range(n):
        slot = words[FIELDS * i + SLOT] if words[FIELDS * i + TAPE] != 0 else constant(tape, data, i)
        listed[i] = slot
        low, high = min(low, slot), max(high, slot)
    known = i8_pointer(ctl[C_APPENDED])
    if known[1] == n:  # the operand that was copied last
        before = at(i4_pointer(ctl[C_INDEX]), known[0])
        same = True
        for i in range(n):
            same = same and before[i] == listed[i]
        if same:
            return known[2], 0
    ctl[C_INDEX_COUNT] += n
    s = run(tape, POS, n, REF)
    numbers = record(tape, REF)
    numbers[0], numbers[1], numbers[2], numbers[3], numbers[4] = GATHER_REF, first, high, low, n
    for i in range(n):
        v[s + i] = v[listed[i]]
    known[0], known[1], known[2] = first, n, s
    return s, 0


@part
def put_matrix(numbers, base, columns, flags):
    numbers[0], numbers[1], numbers[2], numbers[3], numbers[4] = base, 0, columns, 1, flags


@part
def factors(tape, base, n, flags):
    """The first slot of the factors of a matrix, those that were appended last or new ones."""
    ctl = i8_pointer(tape)
    known = at(i8_pointer(ctl[C_APPENDED]), FACTORED)
    if known[0] == base and known[1] == n:
        return known[2]
    length = 2 + MATRIX_NUMBERS
    s = run(tape, LU, factor_slots(n), length)
    numbers = record(tape, length)
    numbers[0], numbers[1] = 1, n
    put_matrix(at(numbers, 2), base, n, flags)
    computed(tape, LU, s)
    known[0], known[1], known[2] = base, n, s
    return s


@part
def solution(tape, a, n, flags, b, columns, b_flags):
    """The first slot of the solution; NOWHERE where the matrix has a pivot of zero."""
    lu = factors(tape, a, n, flags)
    length = 6 + 2 * MATRIX_NUMBERS
    s = run(tape, SOLVE, n * columns, length)
    numbers = record(tape, length)
    numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5] = 1, n, columns, 0, lu, 0
    put_matrix(at(numbers, 6), a, n, flags)
    put_matrix(at(numbers, 6 + MATRIX_NUMBERS), b, columns, b_flags)
    return s if computed(tape, SOLVE, s) else NOWHERE


@part
def determinants(tape, a, n, flags, logarithms):
    lu = factors(tape, a, n, flags)
    length = 5 + MATRIX_NUMBERS
    s = run(tape, DETERMINANT, 1 + logarithms, length)
    numbers = record(tape, length)
    numbers[0], numbers[1], numbers[2], numbers[3], numbers[4] = 1, n, logarithms, lu, 0
    put_matrix(at(numbers, 5), a, n, flags)
    return s if computed(tape, DETERMINANT, s) else NOWHERE


@part
def triangle(tape, a, n, flags):
    length = 2 + MATRIX_NUMBERS
    s = run(tape, CHOLESKY, n * n, length)
    numbers = record(tape, length)
    numbers[0], numbers[1] = 1, n
    put_matrix(at(numbers, 2), a, n, flags)
    return s if computed(tape, CHOLESKY, s) else NOWHERE


@part
def product(tape, a, a_flags, b, b_flags, m, inner, columns):
    length = 4 + 2 * MATRIX_NUMBERS
    s = run(tape, MATMUL, m * columns, length)
    numbers = record(tape, length)
    numbers[0], numbers[1], numbers[2], numbers[3] = 1, m, inner, columns
    put_matrix(at(numbers, 4), a, inner, a_flags)
    put_matrix(at(numbers, 4 + MATRIX_NUMBERS), b, columns, b_flags)
    return s if computed(tape, MATMUL, s) else NOWHERE


@part
def identity(tape, n):
    s = leaf(tape, n * n)
    v = real_pointer(i8_pointer(tape)[C_VALUE], 0.0)
    for i in range(n * n):
        v[s + i] = 1.0 if i % (n + 1) == 0 else 0.0
    return s


@part
def write(tape, s, data, n):
    """Vars of slots in a row."""
    v = real_pointer(i8_pointer(tape)[C_VALUE], 0.0)
    values, words = real_pointer(data, 0.0), i8_pointer(data)
    for i in range(n):
        values[FIELDS * i] = v[s + i]
        words[FIELDS * i + SLOT], words[FIELDS * i + TAPE] = s + i, tape


@part
def forget(tape):
    """Nothing that was appended is known any more."""
    ctl = i8_pointer(tape)
    known, recent = i8_pointer(ctl[C_APPENDED]), i8_pointer(ctl[C_CACHE])
    for i in range(KNOWN):
        known[i] = NOWHERE
    for i in range(2 * RECENT):
        recent[i] = NOWHERE


@part
def next_array(words, w):
    """Where the next array is described."""
    return w + HEAD + words[w + 1]


@part
def elements(words, w):
    """How many elements an array has."""
    n = 1
    for axis in range(words[w + 1]):
        n *= words[w + HEAD + axis]
    return n


@part
def axis(words, w, i):
    """An axis of an array as a matrix: a vector is a column."""
    return words[w + HEAD + i] if i < words[w + 1] else 1


def append(number, address):
    words = i8_pointer(address)
    given = words[0]
    a = COUNTS
    b = next_array(words, a) if given > 1 else a
    out = next_array(words, b)
    solves, sole = number == N_SOLVE or number == N_MATMUL, number == N_INV or number == N_DET or number == N_SLOGDET or number == N_CHOLESKY
    if not (solves and given == 2 or sole and given == 1) or words[a] != VAR or words[b] > FLOAT or words[a + 1] != 2:
        return LEFT_OVER
    m, inner, columns = words[a + HEAD], words[a + HEAD + 1], axis(words, b, 1)
    n_a, n_b = m * inner, elements(words, b)
    tape, one = on_tape(words[a + 2], n_a)
    if tape == 0 or not one or n_b == 0 or (number != N_MATMUL and m != inner) or axis(words, b, 0) != inner:
        return LEFT_OVER
    if words[b] == VAR:
        other, one = on_tape(words[b + 2], n_b)
        if not one or (other != 0 and other != tape):
            return LEFT_OVER
    ctl = i8_pointer(tape)
    slots = 2 * (n_a + n_b) + factor_slots(m) + m * max(columns, m) + 2
    numbers = 2 * REF + 2 * LONGEST
    if (
        ctl[C_COUNT] + slots > ctl[C_LIMIT]
        or ctl[C_META_COUNT] + numbers > ctl[C_META_LIMIT]
        or ctl[C_INDEX_COUNT] + n_a + n_b > ctl[C_INDEX_LIMIT]
    ):
        ctl[C_WANTED] = slots
        return LEFT_OVER
    code = MATMUL if number == N_MATMUL else CHOLESKY if number == N_CHOLESKY else DETERMINANT if number == N_DET or number == N_SLOGDET else SOLVE
    if not compiled(tape, code) or not (code == MATMUL or code == CHOLESKY or compiled(tape, LU)):
        return LEFT_OVER
    count, extra, limit, meta_count, index_count = ctl[C_COUNT], ctl[C_EXTRA], ctl[C_LIMIT], ctl[C_META_COUNT], ctl[C_INDEX_COUNT]
    left, a_flags = slots_of(tape, words[a], words[a + 2], n_a)
    if code == MATMUL or number == N_SOLVE:
        right, b_flags = slots_of(tape, words[b], words[b + 2], n_b)
        if code == MATMUL:
            s = product(tape, left, a_flags, right, b_flags, m, inner, columns)
        else:
            s = solution(tape, left, m, a_flags, right, columns, b_flags)
    elif number == N_INV:
        s = solution(tape, left, m, a_flags, identity(tape, m), m, INACTIVE)
    elif code == CHOLESKY:
        s = triangle(tape, left, m, a_flags)
    else:
        s = determinants(tape, left, m, a_flags, np.int64(number == N_SLOGDET))
    if s == NOWHERE:
        ctl[C_COUNT], ctl[C_EXTRA], ctl[C_LIMIT], ctl[C_META_COUNT], ctl[C_INDEX_COUNT] = count, extra, limit, meta_count, index_count
        forget(tape)
        return LEFT_OVER
    for _ in range(words[1]):
        n = elements(words, out)
        write(tape, s, words[out + 2], n)
        s += n
        out = next_array(words, out)
    return 0


@cache
def compiled_append():
    """`append`, compiled."""
    return callback(append, types.int64(types.int64, types.int64), slow=True)
