"""The largest and the smallest of each row, across the lanes."""

from numba import njit

from jittape.compiler.pointers import at
from jittape.sweep.lanes.fields import ADD, L_RESULT, L_RESULT_VALUES
from jittape.sweep.lanes.memory import add, div, load, mul, number, parts, store, where_equal, where_greater, where_nan
from jittape.sweep.lanes.rows import fields


def max_forward(v, record):
    extreme(v, record, 1)


def min_forward(v, record):
    extreme(v, record, -1)


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
                store(v, record[L_RESULT] + j * lines + line, part, best)


def reverse(v, record):
    """Ties share an adjoint evenly; a row whose extreme is NaN passes NaN to all its elements."""
    places, targets, r, rows, mode, lines = fields(v, record)
    zero, one = number(v, 0), number(v, 1)
    nan = div(zero, zero)
    for j in range(rows):
        row, out = at(places, j * r), at(targets, j * r)
        for line in range(lines):
            for part in range(parts()):
                z = load(v, record[L_RESULT_VALUES] + j * lines + line, part)
                a = load(v, record[L_RESULT] + j * lines + line, part)
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
