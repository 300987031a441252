"""The record of a product with a sparse matrix."""

from __future__ import annotations

from typing import Any, NamedTuple

from jittape.instructions.matmul.record import Matrix

B_AT, RECORD = 7, 12
"""Where the five numbers of B begin in a record, and where it ends."""


class Sparse(NamedTuple):
    """A constant matrix by rows, as a tape holds it.

    Attributes:
        rows, columns: its shape.
        offsets, indices: where in the tape's gather lists the rows begin (rows + 1 numbers), and the columns of the entries stand.
        data: the first slot of the entries' values.
    """

    rows: int
    columns: int
    offsets: int
    indices: int
    data: int


class SparseProduct(NamedTuple):
    """A record, read back."""

    transposed: int
    width: int
    s: Sparse
    b: Matrix

    @property
    def lines(self) -> int:
        """Rows of the result."""
        return self.s.columns if self.transposed else self.s.rows

    @property
    def inner(self) -> int:
        """Rows of B."""
        return self.s.rows if self.transposed else self.s.columns


def read(meta: Any, at: int) -> SparseProduct:
    """The record at `meta[at]`."""
    transposed, width, *rest = (int(x) for x in meta[at : at + RECORD])
    return SparseProduct(transposed, width, Sparse(*rest[: B_AT - 2]), Matrix(*rest[B_AT - 2 :]))
