"""Structural operations of lane programs: sums, extremes, cumulative sums and matrix products, across the lanes.

A record names lists of places (lines of the lane memory), one an element, so that every reference of a tape is the same
here. Its fields, in forward and reverse programs alike:

    2  first line of the result, or of its adjoints (matrix products: list of the places of the result)
    3  list of the operand's values, or where nothing else is read of its adjoints (matrix products: left operand)
    4  list of the operand's adjoints (matrix products: right operand)
    5  elements of a row
    6  first line of the result's values (matrix products: columns)
    7  rows * 8 + mode
"""

from numba import njit

from jittape.compiler.pointers import at, i4_pointer
from jittape.ops.layout import CHUNK
from jittape.sweep.lanes.driver import H_LINES, H_LISTS, head
from jittape.sweep.lanes.memory import (
    add,
    div,
    load,
    mul,
    number,
    parts,
    product,
    product_of_two,
    store,
    where_equal,
    where_greater,
    where_nan,
)

LEAF = CHUNK
"""Elements that are summed at a time, as in sweep/point/reductions.py; the sums of leaves are added one after another."""
PLAIN, LEAVES, INTERLEAVED = range(3)
"""How a sum is taken: one by one; by leaves, one by one; by leaves in eight interleaved sums."""
ADD = 1
"""Mode of a reverse record: adjoints are added to, not stored."""
LEFT, RIGHT, PLUS = 1, 2, 4
"""Mode of a matrix product: zeros of the left or the right operand give zero, whatever the other; the result is added."""


@njit
def leaf_sum(v, places, line, part, n, interleaved):
    """The sum of n elements: in eight interleaved sums (as `operands.total` takes it), or one by one."""
    zero = number(v, v[0] * 0)
    rest = zero
    if not interleaved:
        for i in range(n):
            rest = add(rest, load(v, places[i] + line, part))
        return rest
    a = b = c = d = e = f = g = h = zero
    full = n - n % 8
    for i in range(0, full, 8):
        a = add(a, load(v, places[i] + line, part))
        b = add(b, load(v, places[i + 1] + line, part))
        c = add(c, load(v, places[i + 2] + line, part))
        d = add(d, load(v, places[i + 3] + line, part))
        e = add(e, load(v, places[i + 4] + line, part))
        f = add(f, load(v, places[i + 5] + line, part))
        g = add(g, load(v, places[i + 6] + line, part))
        h = add(h, load(v, places[i + 7] + line, part))
    for i in range(full, n):
        rest = add(rest, load(v, places[i] + line, part))
    return add(add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h))), rest)


@njit
def fields(v, record):
    """(list of operands, second list, elements of a row, rows, mode, lines of a slot)."""
    memory = head(v)
    lists = i4_pointer(memory[H_LISTS])
    return at(lists, record[3]), at(lists, record[4]), record[5], record[7] >> 3, record[7] & 7, memory[H_LINES]


def sum_forward(v, record):
    places, _, r, rows, mode, lines = fields(v, record)
    for j in range(rows):
        row = at(places, j * r)
        z = record[2] + j * lines
        for line in range(lines):
            for part in range(parts()):
                total = leaf_sum(v, row, line, part, r if mode == PLAIN else min(r, LEAF), mode == INTERLEAVED)
                if mode != PLAIN:
                    for i in range(LEAF, r, LEAF):
                        total = add(total, leaf_sum(v, at(row, i), line, part, min(LEAF, r - i), mode == INTERLEAVED))
                store(v, z + line, part, total)


def sum_reverse(v, record):
    places, _, r, rows, mode, lines = fields(v, record)
    for j in range(rows):
        row = at(places, j * r)
        for line in range(lines):
            for part in range(parts()):
                a = load(v, record[2] + j * lines + line, part)
                for i in range(r):
                    place = row[i] + line
                    store(v, place, part, add(load(v, place, part), a) if mode & ADD else a)


def max_forward(v, record):
    extreme(v, record, v[0] * 0 + 1)


def min_forward(v, record):
    extreme(v, record, v[0] * 0 - 1)


@njit
def extreme(v, record, sign):
    """Largest (sign 1) or smallest (sign -1) of each row; NaN if one is."""
    places, _, r, rows, _, lines = fields(v, record)
    s = number(v, sign)
    for j in range(rows):
        row = at(places, j * r)
        for line in range(lines):
            for part in range(parts()):
                best = load(v, row[0] + line, part)
                for i in range(1, r):
                    x = load(v, row[i] + line, part)
                    best = where_nan(x, x, where_greater(mul(s, x), mul(s, best), x, best))
                store(v, record[2] + j * lines + line, part, best)


def extreme_reverse(v, record):
    """Ties share an adjoint evenly; a row whose extreme is NaN passes NaN to all its elements."""
    places, targets, r, rows, mode, lines = fields(v, record)
    zero, one = number(v, v[0] * 0), number(v, v[0] * 0 + 1)
    nan = div(zero, zero)
    for j in range(rows):
        row, out = at(places, j * r), at(targets, j * r)
        for line in range(lines):
            for part in range(parts()):
                z = load(v, record[6] + j * lines + line, part)
                a = load(v, record[2] + j * lines + line, part)
                count = zero
                for i in range(r):
                    count = add(count, where_equal(load(v, row[i] + line, part), z, one, zero))
                share, other = div(a, count), where_equal(count, zero, nan, zero)
                share = where_equal(a, zero, zero, share)
                other = where_equal(a, zero, zero, other)
                for i in range(r):
                    d = where_equal(load(v, row[i] + line, part), z, share, other)
                    place = out[i] + line
                    store(v, place, part, add(load(v, place, part), d) if mode & ADD else d)


def cumsum_forward(v, record):
    places, _, r, rows, _, lines = fields(v, record)
    for j in range(rows):
        row = at(places, j * r)
        for line in range(lines):
            for part in range(parts()):
                acc = number(v, v[0] * 0)
                for i in range(r):
                    acc = add(acc, load(v, row[i] + line, part))
                    store(v, record[2] + (j * r + i) * lines + line, part, acc)


def cumsum_reverse(v, record):
    places, _, r, rows, mode, lines = fields(v, record)
    for j in range(rows):
        row = at(places, j * r)
        for line in range(lines):
            for part in range(parts()):
                acc = number(v, v[0] * 0)
                for i in range(r - 1, -1, -1):
                    acc = add(acc, load(v, record[2] + (j * r + i) * lines + line, part))
                    place = row[i] + line
                    store(v, place, part, add(load(v, place, part), acc) if mode & ADD else acc)


@njit
def term(acc, a, b, mode):
    if mode & LEFT:
        if mode & RIGHT:  # zero where a is, and where b is
            return add(acc, product_of_two(a, b))
        return add(acc, product(a, b))
    if mode & RIGHT:
        return add(acc, product(b, a))
    return add(acc, mul(a, b))


@njit
def put(v, place, part, x, mode):
    store(v, place, part, add(load(v, place, part), x) if mode & PLUS else x)


def matmul(v, record):
    """result (+)= left @ right, every element by its place, four columns at a time."""
    left, right, inner, m, mode, lines = fields(v, record)
    out, n = at(i4_pointer(head(v)[H_LISTS]), record[2]), record[6]
    zero = number(v, v[0] * 0)
    for line in range(lines):
        for part in range(parts()):
            for i in range(m):
                a, c = at(left, i * inner), at(out, i * n)
                j = 0
                while j + 4 <= n:
                    s0 = s1 = s2 = s3 = zero
                    for q in range(inner):
                        x = load(v, a[q] + line, part)
                        b = at(right, q * n + j)
                        s0 = term(s0, x, load(v, b[0] + line, part), mode)
                        s1 = term(s1, x, load(v, b[1] + line, part), mode)
                        s2 = term(s2, x, load(v, b[2] + line, part), mode)
                        s3 = term(s3, x, load(v, b[3] + line, part), mode)
                    put(v, c[j] + line, part, s0, mode)
                    put(v, c[j + 1] + line, part, s1, mode)
                    put(v, c[j + 2] + line, part, s2, mode)
                    put(v, c[j + 3] + line, part, s3, mode)
                    j += 4
                while j < n:
                    s0 = zero
                    for q in range(inner):
                        s0 = term(s0, load(v, a[q] + line, part), load(v, right[q * n + j] + line, part), mode)
                    put(v, c[j] + line, part, s0, mode)
                    j += 1
