"""The record of triangular systems."""

from __future__ import annotations

from typing import Any, NamedTuple

from jittape.instructions.matmul.record import Matrix

A_AT, B_AT, RECORD = 5, 10, 15
"""Where the five numbers of A and of B begin in a record, and where it ends."""


class Triangular(NamedTuple):
    """A record, read back."""

    batch: int
    n: int
    columns: int
    lower: int
    unit: int
    a: Matrix
    b: Matrix


def read(meta: Any, at: int) -> Triangular:
    """The record at `meta[at]`."""
    numbers = [int(x) for x in meta[at : at + RECORD]]
    batch, n, columns, lower, unit = numbers[:A_AT]
    return Triangular(batch, n, columns, lower, unit, Matrix(*numbers[A_AT:B_AT]), Matrix(*numbers[B_AT:]))
