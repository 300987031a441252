"""Determinants across the lanes."""

import math

from jittape.compiler.pointers import at, i4_pointer
from jittape.instructions.factors_native import rounding
from jittape.instructions.lu.lanes import length
from jittape.instructions.solve.lanes import solve_column
from jittape.sweep.lanes.driver import ERROR, H_FAILED, H_LISTS, H_ROWS, head, size_in
from jittape.sweep.lanes.fields import L_RESULT
from jittape.sweep.lanes.memory import add, load, mul, number, parts, store, where_equal, where_greater
from jittape.sweep.lanes.rows import fields


def determinant(v, record):
    """Determinant, or sign and logarithm, of the factors on the left."""
    lu, _, n, _, logarithms, lines = fields(v, record)
    out = at(i4_pointer(head(v)[H_LISTS]), record[L_RESULT])
    per_line = size_in(v[0])
    for lane in range(lines * per_line):
        sign, total = 1.0, 0.0
        for i in range(n):
            a = v[lu[i * n + i] * per_line + lane]
            if v[lu[n * n + i] * per_line + lane] != i:
                sign = -sign
            if a < 0.0:
                sign, a = -sign, -a
            total += math.log(a)
        if logarithms:
            v[out[0] * per_line + lane], v[out[1] * per_line + lane] = sign, total
        else:
            v[out[0] * per_line + lane] = sign * math.exp(total)


def cofactors(v, record):
    """The adjoint of a matrix: the inverse of its transpose times that of the logarithm, or of the determinant times this.

    The left list holds places of the adjoint, of the value, and of the factors; the right one those of the matrix.
    """
    left, matrix, n, _, logarithms, lines = fields(v, record)
    memory = head(v)
    out, lu = at(i4_pointer(memory[H_LISTS]), record[L_RESULT]), at(left, 2)
    failed, per_line = i4_pointer(memory[H_FAILED]), size_in(v[0])
    zero, one = number(v, 0), number(v, 1)
    root = math.sqrt(math.sqrt(rounding(v[0])))
    for line in range(lines):
        for part in range(parts()):
            mine = inverse = spoilt = zero
            for i in range(n):
                for j in range(n):
                    store(v, out[j * n + i] + line, part, one if i == j else zero)
            for i in range(n):
                acc = zero
                for j in range(n):
                    acc = add(acc, length(load(v, matrix[i * n + j] + line, part), zero))
                mine = where_greater(acc, mine, acc, mine)
            for c in range(n):
                solve_column(v, lu, out, n, n, c, True, line, part)
                acc = zero
                for i in range(n):
                    acc = add(acc, length(load(v, out[i * n + c] + line, part), zero))
                inverse = where_greater(acc, inverse, acc, inverse)
                spoilt = add(spoilt, mul(acc, zero))
            g = load(v, left[0] + line, part)
            factor = g if logarithms else mul(g, load(v, left[1] + line, part))
            bad = zero if logarithms else where_greater(one, mul(mul(mine, inverse), number(v, root)), zero, one)
            bad = where_equal(g, zero, zero, bad if logarithms else where_equal(spoilt, zero, bad, one))
            for i in range(n * n):
                x = where_equal(g, zero, zero, mul(factor, load(v, out[i] + line, part)))
                store(v, out[i] + line, part, where_equal(bad, zero, x, number(v, math.inf)))
    if not logarithms:  # an infinity says that this lane is to be computed by itself
        x = at(v, out[0] * per_line)
        for lane in range(memory[H_ROWS]):
            if x[lane] == math.inf:
                failed[lane] = ERROR
