"""The record of factors."""

from __future__ import annotations

from typing import Any, NamedTuple

from jittape.instructions.matmul.record import Matrix

MATRIX_AT, RECORD = 2, 7
"""Where the five numbers of the matrices begin in a record, and where it ends."""
FACTORED = 7
"""Numbers of factors and their matrices in the records of what is computed with them."""


class Factored(NamedTuple):
    """A record, read back."""

    batch: int
    n: int
    matrix: Matrix


class Matrices(NamedTuple):
    """Matrices and their factors: how many, rows, where the factors begin and how far each is from the next, and the matrices."""

    batch: int
    n: int
    lu: int
    lu_stride: int
    matrix: Matrix

    def numbers(self) -> tuple[int, ...]:
        """As records of what is computed with factors have them: factors, then matrices."""
        return self.lu, self.lu_stride, *self.matrix


def read(meta: Any, at: int) -> Factored:
    """The record at `meta[at]`."""
    batch, n, *matrix = (int(x) for x in meta[at : at + RECORD])
    return Factored(batch, n, Matrix(*matrix))


def size(n: int) -> int:
    """Slots of the factors of a matrix of n rows: L and U, and the pivots."""
    return n * n + n
