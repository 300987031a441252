"""The record of a matrix product."""

from __future__ import annotations

from typing import Any, NamedTuple

A_AT, B_AT, RECORD = 4, 9, 14
"""Where the five numbers of A and of B begin in a record, and where it ends."""
SMALL = 512
"""Products of fewer multiplications are done by loops: a call of BLAS costs more."""


class Matrix(NamedTuple):
    """A stack of matrices as a record has it: strides in slots; `flags` of INACTIVE and ADJOINT."""

    base: int
    batch_stride: int
    row_stride: int
    column_stride: int
    flags: int = 0


class Product(NamedTuple):
    """A record, read back."""

    batch: int
    m: int
    inner: int
    columns: int
    a: Matrix
    b: Matrix

    def sides(self) -> tuple[tuple[Matrix, int, int], tuple[Matrix, int, int]]:
        """(matrix, rows, columns) of both factors."""
        return (self.a, self.m, self.inner), (self.b, self.inner, self.columns)


def read(meta: Any, at: int) -> Product:
    """The record at `meta[at]`."""
    batch, m, inner, columns, *factors = (int(x) for x in meta[at : at + RECORD])
    return Product(batch, m, inner, columns, Matrix(*factors[: B_AT - A_AT]), Matrix(*factors[B_AT - A_AT :]))
