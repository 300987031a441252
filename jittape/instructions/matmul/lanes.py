"""Products of matrices across the lanes, every element by its place."""

from numba import njit

from jittape.compiler.pointers import at, i4_pointer
from jittape.sweep.lanes.driver import H_LISTS, head
from jittape.sweep.lanes.fields import L_RESULT, L_RESULT_VALUES, LEFT, PLUS, RIGHT
from jittape.sweep.lanes.memory import add, load, mul, number, parts, product_of_two, store
from jittape.sweep.lanes.memory import product as times
from jittape.sweep.lanes.rows import fields


@njit
def term(acc, a, b, mode):
    if mode & LEFT:
        if mode & RIGHT:  # zero where a is, and where b is
            return add(acc, product_of_two(a, b))
        return add(acc, times(a, b))
    if mode & RIGHT:
        return add(acc, times(b, a))
    return add(acc, mul(a, b))


@njit
def put(v, place, part, x, mode):
    store(v, place, part, add(load(v, place, part), x) if mode & PLUS else x)


def product(v, record):
    """result (+)= left @ right, every element by its place, four columns at a time."""
    left, right, inner, m, mode, lines = fields(v, record)
    out, n = at(i4_pointer(head(v)[H_LISTS]), record[L_RESULT]), record[L_RESULT_VALUES]
    zero = number(v, 0)
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
