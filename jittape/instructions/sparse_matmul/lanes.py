"""Products with a constant sparse matrix across the lanes."""

from jittape.compiler.pointers import at, i4_pointer, real_size
from jittape.instructions.matmul.lanes import put, term
from jittape.sweep.lanes.driver import H_LISTS, head
from jittape.sweep.lanes.fields import L_RESULT
from jittape.sweep.lanes.memory import load, number, parts
from jittape.sweep.lanes.rows import fields


def lines(v, record):
    """result (+)= left @ right for rows of left and columns of right that belong together, every element by its place.

    Left is constant, the same in all lanes: one number of each place is read.
    """
    left, right, inner, rows, mode, lines_ = fields(v, record)
    out = at(i4_pointer(head(v)[H_LISTS]), record[L_RESULT])
    numbers = 64 // real_size(v[0])  # a line
    for line in range(lines_):
        for part in range(parts()):
            for i in range(rows):
                acc = number(v, 0)
                for q in range(inner):
                    a, b = left[i * inner + q], right[i * inner + q]
                    acc = term(acc, number(v, v[a * numbers]), load(v, b + line, part), mode)
                put(v, out[i] + line, part, acc, mode)
