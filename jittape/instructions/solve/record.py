"""The record of a solution."""

from __future__ import annotations

from typing import Any, NamedTuple

from jittape.instructions.matmul.record import Matrix

LU_AT, A_AT, B_AT, RECORD = 4, 6, 11, 16
"""Where the two numbers of the factors and the five of A and of B begin in a record, and where it ends."""


class Solution(NamedTuple):
    """A record, read back."""

    batch: int
    n: int
    columns: int
    transposed: int
    lu: int
    lu_stride: int
    a: Matrix
    b: Matrix


def read(meta: Any, at: int) -> Solution:
    """The record at `meta[at]`."""
    numbers = [int(x) for x in meta[at : at + RECORD]]
    batch, n, columns, transposed, lu, lu_stride = numbers[:A_AT]
    return Solution(batch, n, columns, transposed, lu, lu_stride, Matrix(*numbers[A_AT:B_AT]), Matrix(*numbers[B_AT:]))
