"""The record of determinants."""

from __future__ import annotations

from typing import Any, NamedTuple

from jittape.instructions.matmul.record import Matrix

LU_AT, A_AT, RECORD = 3, 5, 10
"""Where the two numbers of the factors and the five of the matrices begin in a record, and where it ends."""


class Determinants(NamedTuple):
    """A record, read back."""

    batch: int
    n: int
    logarithms: int
    lu: int
    lu_stride: int
    a: Matrix


def read(meta: Any, at: int) -> Determinants:
    """The record at `meta[at]`."""
    batch, n, logarithms, lu, lu_stride, *a = (int(x) for x in meta[at : at + RECORD])
    return Determinants(batch, n, logarithms, lu, lu_stride, Matrix(*a))
