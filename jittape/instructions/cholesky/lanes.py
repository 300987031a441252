"""Cholesky factors across the lanes."""

from jittape.compiler.pointers import at, i4_pointer
from jittape.sweep.lanes.driver import ERROR, H_FAILED, H_LISTS, H_ROWS, head, size_in
from jittape.sweep.lanes.fields import L_RESULT
from jittape.sweep.lanes.memory import add, div, load, mul, number, parts, root, store, sub
from jittape.sweep.lanes.rows import fields


def factor(v, record):
    """The factor of the matrix on the left, row by row; a matrix that is not positive definite is left to the sweep of one point."""
    a, _, n, _, _, lines = fields(v, record)
    memory = head(v)
    out = at(i4_pointer(memory[H_LISTS]), record[L_RESULT])
    failed, per_line = i4_pointer(memory[H_FAILED]), size_in(v[0])
    zero = number(v, 0)
    for line in range(lines):
        for part in range(parts()):
            for j in range(n):
                for i in range(j + 1):
                    acc = load(v, a[j * n + i] + line, part)
                    for q in range(i):
                        acc = sub(acc, mul(load(v, out[j * n + q] + line, part), load(v, out[i * n + q] + line, part)))
                    x = root(acc) if i == j else div(acc, load(v, out[i * n + i] + line, part))
                    store(v, out[j * n + i] + line, part, x)
                for i in range(j + 1, n):
                    store(v, out[j * n + i] + line, part, zero)
    for j in range(n):
        pivots = at(v, out[j * n + j] * per_line)
        for lane in range(memory[H_ROWS]):
            if not pivots[lane] > 0.0:
                failed[lane] = ERROR


def adjoint(v, record):
    """The result += the adjoint of the lower triangle, found on the right from those of the factor, which come before it on the left."""
    left, g, n, _, _, lines = fields(v, record)
    out, l = at(i4_pointer(head(v)[H_LISTS]), record[L_RESULT]), at(left, n * n)
    half = number(v, 0.5)
    for line in range(lines):
        for part in range(parts()):
            for i in range(n * n):
                store(v, g[i] + line, part, load(v, left[i] + line, part))
            for done in range(n):
                j = n - 1 - done
                d, acc = load(v, l[j * n + j] + line, part), load(v, g[j * n + j] + line, part)
                for i in range(j + 1, n):
                    c = div(load(v, g[i * n + j] + line, part), d)
                    acc = sub(acc, mul(load(v, l[i * n + j] + line, part), c))
                    store(v, g[i * n + j] + line, part, c)
                acc = div(acc, d)
                for q in range(j):
                    row = load(v, l[j * n + q] + line, part)
                    mine = sub(load(v, g[j * n + q] + line, part), mul(acc, row))
                    for i in range(j + 1, n):
                        c = load(v, g[i * n + j] + line, part)
                        mine = sub(mine, mul(c, load(v, l[i * n + q] + line, part)))
                        store(v, g[i * n + q] + line, part, sub(load(v, g[i * n + q] + line, part), mul(c, row)))
                    store(v, g[j * n + q] + line, part, mine)
                store(v, g[j * n + j] + line, part, mul(acc, half))
            for i in range(n):
                for j in range(i + 1):
                    store(v, out[i * n + j] + line, part, add(load(v, out[i * n + j] + line, part), load(v, g[i * n + j] + line, part)))
