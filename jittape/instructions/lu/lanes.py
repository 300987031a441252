"""Factors across the lanes, each with its own pivots."""

from numba import njit

from jittape.compiler.pointers import at, i4_pointer
from jittape.instructions.factors_native import rounding
from jittape.sweep.lanes.driver import ERROR, H_FAILED, H_LISTS, H_ROWS, head, size_in
from jittape.sweep.lanes.fields import L_RESULT
from jittape.sweep.lanes.memory import add, div, load, mul, number, parts, store, sub, where_equal, where_greater
from jittape.sweep.lanes.rows import fields

REFUSED = -1
"""In place of the first pivot: this lane is to be computed by itself."""


@njit
def length(x, zero):
    return where_greater(x, zero, x, sub(zero, x))


@njit
def pivot(v, out, n, k, line, part):
    """The row of the largest element of column k below the diagonal, in each lane, and that element."""
    zero = number(v, 0)
    p, best = number(v, k), length(load(v, out[k * n + k] + line, part), zero)
    for i in range(k + 1, n):
        x = length(load(v, out[k * n + i] + line, part), zero)
        p = where_greater(x, best, number(v, i), p)
        best = where_greater(x, best, x, best)
    return p, best


@njit
def eliminate(v, out, n, line, part):
    """L and U in place; returns for each lane 1 where every pivot was larger than rounding, 0 elsewhere."""
    zero = number(v, 0)
    one = number(v, 1)
    eps = rounding(v[0])
    largest, acc = zero, zero
    for i in range(n * n):
        x = load(v, out[i] + line, part)
        acc = add(acc, mul(x, zero))  # NaN where an element is not finite
        x = length(x, zero)
        largest = where_greater(x, largest, x, largest)
    tiny = add(mul(largest, number(v, n * eps)), acc)
    good = one
    for k in range(n):
        p, best = pivot(v, out, n, k, line, part)
        good = where_greater(best, tiny, good, zero)
        store(v, out[n * n + k] + line, part, p)
        for i in range(k + 1, n):
            q = number(v, i)
            for j in range(n):
                x, y = load(v, out[j * n + k] + line, part), load(v, out[j * n + i] + line, part)
                store(v, out[j * n + k] + line, part, where_equal(p, q, y, x))
                store(v, out[j * n + i] + line, part, where_equal(p, q, x, y))
        inverse = div(one, load(v, out[k * n + k] + line, part))
        for i in range(k + 1, n):
            store(v, out[k * n + i] + line, part, mul(load(v, out[k * n + i] + line, part), inverse))
        for j in range(k + 1, n):
            x = load(v, out[j * n + k] + line, part)
            for i in range(k + 1, n):
                y = mul(load(v, out[k * n + i] + line, part), x)
                store(v, out[j * n + i] + line, part, sub(load(v, out[j * n + i] + line, part), y))
    return good


def factor(v, record):
    """The factors of a matrix a lane; what rounding may decide is left to the sweep of one point."""
    left, _, n, _, _, lines = fields(v, record)
    memory = head(v)
    out = at(i4_pointer(memory[H_LISTS]), record[L_RESULT])
    failed = i4_pointer(memory[H_FAILED])
    zero = number(v, 0)
    per_line = size_in(v[0])
    for line in range(lines):
        for part in range(parts()):
            for i in range(n):
                for j in range(n):
                    store(v, out[j * n + i] + line, part, load(v, left[i * n + j] + line, part))
            good = eliminate(v, out, n, line, part)
            first = load(v, out[n * n] + line, part)
            store(v, out[n * n] + line, part, where_equal(good, zero, number(v, REFUSED), first))
    pivots = at(v, out[n * n] * per_line)
    for lane in range(memory[H_ROWS]):
        if pivots[lane] == REFUSED:
            failed[lane] = ERROR
