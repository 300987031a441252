"""The record of factors."""

from __future__ import annotations

from typing import Any, NamedTuple

from jittape.instructions.matmul.record import Matrix

MATRIX_AT, RECORD = 2, 7
"""Where the five numbers of the matrices begin in a record, and where it ends."""


class Factored(NamedTuple):
    """A record, read back."""

    batch: int
    n: int
    matrix: Matrix


def read(meta: Any, at: int) -> Factored:
    """The record at `meta[at]`."""
    batch, n, *matrix = (int(x) for x in meta[at : at + RECORD])
    return Factored(batch, n, Matrix(*matrix))


def size(n: int) -> int:
    """Slots of the factors of a matrix of n rows: L and U, and the pivots."""
    return n * n + n
