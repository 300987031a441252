"""Triangular systems across the lanes."""

from jittape.compiler.pointers import at, i4_pointer
from jittape.instructions.solve.lanes import move, substitute
from jittape.sweep.lanes.driver import ERROR, H_FAILED, H_LISTS, H_ROWS, head, size_in
from jittape.sweep.lanes.fields import L_RESULT, L_RESULT_VALUES, LOWER, TRANSPOSED, UNIT
from jittape.sweep.lanes.memory import add, load, mul, number, parts, store, sub
from jittape.sweep.lanes.rows import fields

__all__ = ["move", "solve", "subtract"]


def solve(v, record):
    """result = the solution for the matrix on the left, row by row, and the right-hand sides on the right."""
    a, right, n, _, mode, lines = fields(v, record)
    memory = head(v)
    out, m = at(i4_pointer(memory[H_LISTS]), record[L_RESULT]), record[L_RESULT_VALUES]
    failed, per_line = i4_pointer(memory[H_FAILED]), size_in(v[0])
    transposed, unit = mode & TRANSPOSED != 0, mode & UNIT != 0
    lower = (mode & LOWER != 0) != transposed
    row, col = (1, n) if transposed else (n, 1)
    for line in range(lines):
        for part in range(parts()):
            for i in range(n * m):
                store(v, out[i] + line, part, load(v, right[i] + line, part))
            for c in range(m):
                substitute(v, a, row, col, out, n, m, c, lower, unit, line, part)
    if not unit and not transposed:
        for i in range(n):
            x = at(v, a[i * (n + 1)] * per_line)
            for lane in range(memory[H_ROWS]):
                if x[lane] == 0.0:
                    failed[lane] = ERROR


def subtract(v, record):
    """A triangle of the result -= left @ right'."""
    left, right, n, _, mode, lines = fields(v, record)
    out, m = at(i4_pointer(head(v)[H_LISTS]), record[L_RESULT]), record[L_RESULT_VALUES]
    zero = number(v, 0)
    lower, unit = mode & LOWER != 0, mode & UNIT != 0
    for line in range(lines):
        for part in range(parts()):
            for i in range(n):
                for j in range(0 if lower else i, i + 1 if lower else n):
                    if i != j or not unit:
                        acc = zero
                        for c in range(m):
                            acc = add(acc, mul(load(v, left[i * m + c] + line, part), load(v, right[j * m + c] + line, part)))
                        store(v, out[i * n + j] + line, part, sub(load(v, out[i * n + j] + line, part), acc))
