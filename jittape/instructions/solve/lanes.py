"""Solutions across the lanes."""

from numba import njit

from jittape.compiler.pointers import at, i4_pointer
from jittape.sweep.lanes.driver import H_LISTS, head
from jittape.sweep.lanes.fields import L_RESULT, L_RESULT_VALUES, MINUS, PLUS, TRANSPOSED
from jittape.sweep.lanes.memory import add, div, load, mul, number, parts, store, sub, where_equal
from jittape.sweep.lanes.rows import fields


@njit
def exchange(v, pivots, out, n, m, i, c, line, part):
    """Exchange row i with that of its pivot, in column c."""
    p, mine = load(v, pivots[i] + line, part), load(v, out[i * m + c] + line, part)
    for q in range(i + 1, n):
        other = load(v, out[q * m + c] + line, part)
        here = number(v, q)
        store(v, out[q * m + c] + line, part, where_equal(p, here, mine, other))
        mine = where_equal(p, here, other, mine)
    store(v, out[i * m + c] + line, part, mine)


@njit
def substitute(v, lu, row, col, out, n, m, c, lower, unit, line, part):
    """Column c by a triangular factor with these steps from row to row and from column to column."""
    for done in range(n):
        i = done if lower else n - 1 - done
        acc = load(v, out[i * m + c] + line, part)
        for j in range(0 if lower else i + 1, i if lower else n):
            acc = sub(acc, mul(load(v, lu[i * row + j * col] + line, part), load(v, out[j * m + c] + line, part)))
        if not unit:
            acc = div(acc, load(v, lu[i * (row + col)] + line, part))
        store(v, out[i * m + c] + line, part, acc)


@njit
def solve_column(v, lu, out, n, m, c, transposed, line, part):
    """Column c of m, in place."""
    pivots = at(lu, n * n)
    row, col = (n, 1) if transposed else (1, n)
    if not transposed:
        for i in range(n):
            exchange(v, pivots, out, n, m, i, c, line, part)
    substitute(v, lu, row, col, out, n, m, c, True, not transposed, line, part)
    substitute(v, lu, row, col, out, n, m, c, False, transposed, line, part)
    if transposed:
        for i in range(n):
            exchange(v, pivots, out, n, m, n - 1 - i, c, line, part)


def solve(v, record):
    """result = the solution for the factors on the left and the right-hand sides on the right."""
    lu, right, n, _, mode, lines = fields(v, record)
    out, m = at(i4_pointer(head(v)[H_LISTS]), record[L_RESULT]), record[L_RESULT_VALUES]
    for line in range(lines):
        for part in range(parts()):
            for i in range(n * m):
                store(v, out[i] + line, part, load(v, right[i] + line, part))
            for c in range(m):
                solve_column(v, lu, out, n, m, c, mode & TRANSPOSED != 0, line, part)


def move(v, record):
    """result (+)= what stands on the left, or minus that."""
    left, _, n, _, mode, lines = fields(v, record)
    out = at(i4_pointer(head(v)[H_LISTS]), record[L_RESULT])
    zero = number(v, 0)
    for i in range(n):
        for line in range(lines):
            for part in range(parts()):
                x = load(v, left[i] + line, part)
                if mode & MINUS:
                    x = sub(zero, x)
                if mode & PLUS:
                    x = add(load(v, out[i] + line, part), x)
                store(v, out[i] + line, part, x)
