"""Fields of the records of structural lane kernels, in forward and reverse programs alike (int32, the first two the address)."""

from jittape.ops.layout import CHUNK

L_RESULT = 2
"""First line of the result, or of its adjoints; of a matrix product the list of the result's places."""
L_VALUES = 3
"""List of the operand's values, or where nothing else is read of its adjoints; of a matrix product the left operand's."""
L_ADJOINTS = 4
"""List of the operand's adjoints; of a matrix product the right operand's."""
L_ROW = 5
"""Elements of a row; of a matrix product the inner length."""
L_RESULT_VALUES = 6
"""First line of the result's values; of a matrix product its columns."""
L_ROWS = 7
"""Rows, and what is particular (the mode) in the lowest bits."""
MODE_BITS = 3
MODE = (1 << MODE_BITS) - 1

LEAF = CHUNK
"""Elements that are summed at a time, as in sweep/point/sums.py; the sums of leaves are added one after another."""
PLAIN, LEAVES, INTERLEAVED = range(3)
"""Mode of a sum: one by one; by leaves, one by one; by leaves in eight interleaved sums."""
ADD = 1
"""Mode of a reverse record: adjoints are added to, not stored."""
LEFT, RIGHT, PLUS = 1, 2, 4
"""Mode of a matrix product: zeros of the left or the right operand give zero, whatever the other; the result is added."""
TRANSPOSED, MINUS = 1, 2
"""Mode of a solution: with the transpose; and of a move: minus what is moved. PLUS as above."""
LOWER, UNIT = 2, 4
"""Mode of a triangular system: the lower triangle is read; its diagonal is taken for ones. TRANSPOSED as above."""


def structural(*, values: int, adjoints: int = 0, row: int, rows: int, mode: int = 0) -> dict[int, int]:
    """The fields of a reduction's record: lists by where they begin, lengths, and the mode."""
    return {L_VALUES: values, L_ADJOINTS: adjoints, L_ROW: row, L_ROWS: rows << MODE_BITS | mode}


def product(*, result: int, left: int, right: int, inner: int, columns: int, rows: int, mode: int = 0) -> dict[int, int]:
    """The fields of a matrix product's record."""
    return {L_RESULT: result, L_VALUES: left, L_ADJOINTS: right, L_ROW: inner, L_RESULT_VALUES: columns, L_ROWS: rows << MODE_BITS | mode}
