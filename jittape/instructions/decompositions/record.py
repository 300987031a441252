"""The record of a decomposition.

It is: which kind, batch, a number that the kind knows the meaning of, elements of memory to work in, how many operands and results
there are; for each operand rows, columns, and five numbers of the matrices as a product has them (instructions/matmul); for each
result how many slots a matrix gives.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from jittape.instructions.matmul.record import Matrix

WHICH, BATCH, ATTRIBUTE, WORK, OPERANDS, RESULTS, HEAD = range(7)
"""Where these stand in a record, and where its operands begin."""
ROWS, COLUMNS, MATRIX, OPERAND = 0, 1, 2, 7
"""Where an operand's numbers stand, and how many it has."""


class Factor(NamedTuple):
    """An operand: as many rows and columns, and the matrices."""

    rows: int
    columns: int
    matrix: Matrix


class Decomposition(NamedTuple):
    """A record, read back."""

    which: int
    batch: int
    attribute: int
    work: int
    operands: tuple[Factor, ...]
    results: tuple[int, ...]

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        return tuple((x.rows, x.columns) for x in self.operands)

    @property
    def length(self) -> int:
        return HEAD + OPERAND * len(self.operands) + len(self.results)

    def numbers(self) -> tuple[int, ...]:
        """As `meta` has them."""
        operands = [number for x in self.operands for number in (x.rows, x.columns, *x.matrix)]
        return (self.which, self.batch, self.attribute, self.work, len(self.operands), len(self.results), *operands, *self.results)


def read(meta: Any, at: int) -> Decomposition:
    """The record at `meta[at]`."""
    which, batch, attribute, work, count, results = (int(x) for x in meta[at : at + HEAD])
    at += HEAD
    operands = []
    for _ in range(count):
        rows, columns, *matrix = (int(x) for x in meta[at : at + OPERAND])
        operands.append(Factor(rows, columns, Matrix(*matrix)))
        at += OPERAND
    return Decomposition(which, batch, attribute, work, tuple(operands), tuple(int(x) for x in meta[at : at + results]))
