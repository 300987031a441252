"""How a sparse matrix is read off its products with a few directions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.sparse.pattern import Ints


@dataclass(frozen=True, eq=False)
class SymmetricPlan:
    """How a symmetric matrix is read off its products with `count` directions.

    Attributes:
        indptr, indices: the pattern, both triangles.
        colour: int32 [n], the direction of each row and column.
        count: number of directions.
        order: the order of colouring that gave it.
        hubs: rows with a direction of their own.
        source: int [entries], where in the compressed matrix [count, n], flat, each entry stands; int64 where int32 is
            too short.
    """

    indptr: Ints
    indices: Ints
    colour: Ints
    count: int
    order: str
    hubs: Ints
    source: NDArray[Any] = field(repr=False)

    @property
    def n(self) -> int:
        return self.colour.size

    def seeds(self) -> NDArray[np.float64]:
        """The directions, [count, n]: row c is 1 at the rows and columns of colour c."""
        return _seeds(self.colour, self.count)

    def lower(self) -> tuple[Ints, Ints, NDArray[Any]]:
        """(rows, columns, source) of the entries of the lower triangle, diagonal included, row by row."""
        rows = np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.indptr))
        below = self.indices <= rows
        return rows[below], self.indices[below], self.source[below]


@dataclass(frozen=True, eq=False)
class JacobianPlan:
    """How a Jacobian is read off products with directions: on the right (columns), on the left (rows), or both.

    The compressed matrix is one flat array: `columns` products J @ seed of m numbers, then `rows` products seed @ J of n.

    Attributes:
        indptr, indices, shape: the pattern.
        column_colour: int32 [n], the direction of each column, -1 where it has none.
        row_colour: int32 [m], the same of the rows.
        columns, rows: numbers of directions on the right and on the left.
        order: the order of colouring that gave it.
        source: int [entries], where in the compressed matrix each entry stands.
    """

    indptr: Ints
    indices: Ints
    shape: tuple[int, int]
    column_colour: Ints
    row_colour: Ints
    columns: int
    rows: int
    order: str
    source: NDArray[Any] = field(repr=False)

    @property
    def count(self) -> int:
        """Number of directions in all."""
        return self.columns + self.rows

    @property
    def size(self) -> int:
        """Numbers in the compressed matrix."""
        return self.columns * self.shape[0] + self.rows * self.shape[1]

    def column_seeds(self) -> NDArray[np.float64]:
        """The directions on the right, [columns, n]."""
        return _seeds(self.column_colour, self.columns)

    def row_seeds(self) -> NDArray[np.float64]:
        """The directions on the left, [rows, m]."""
        return _seeds(self.row_colour, self.rows)

    def parts(self, compressed: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Views of a flat compressed matrix: products on the right [columns, m], on the left [rows, n]."""
        m, n = self.shape
        cut = self.columns * m
        return compressed[:cut].reshape(self.columns, m), compressed[cut:].reshape(self.rows, n)


Plan = SymmetricPlan | JacobianPlan


def _seeds(colour: Ints, count: int) -> NDArray[np.float64]:
    out = np.zeros((count, colour.size))
    (where,) = np.nonzero(colour >= 0)
    out[colour[where], where] = 1.0
    return out


def recover(compressed: Any, plan: Plan, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """The entries of a matrix from its compressed form.

    Args:
        compressed: [count, n] products of a symmetric matrix with `plan.seeds()`, or flat; of a Jacobian, flat, filled by
            `plan.parts`.
        plan: a SymmetricPlan or a JacobianPlan.
        out: [entries], where to put the result.

    Returns:
        [entries], in the order of the plan's `indices`.

    Example:
        >>> import numpy as np
        >>> from jittape.sparse.colouring import recover, star_plan
        >>> H = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 5.0], [0.0, 5.0, 4.0]])
        >>> plan = star_plan(np.array([0, 2, 5, 7], np.int32), np.array([0, 1, 0, 1, 2, 1, 2], np.int32))
        >>> recover(plan.seeds() @ H, plan).tolist()
        [2.0, 1.0, 1.0, 3.0, 5.0, 5.0, 4.0]
    """
    flat = np.asarray(compressed).reshape(-1)
    size = plan.count * plan.n if isinstance(plan, SymmetricPlan) else plan.size
    if flat.size != size:
        raise ValueError(f"the compressed matrix has {flat.size:,} numbers, and the plan needs {size:,}")
    return np.take(flat, plan.source, out=out, mode="clip")  # "raise" would buffer `out`
