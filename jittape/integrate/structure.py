"""The places of a sparse matrix's entries that an optimiser was told once, and matrices of any path put into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import PatternChanged

PATTERNS = 64
"""Patterns of other paths whose places are kept."""


class Structure:
    """Places of entries, row by row, fixed until `join` is called.

    Args:
        name: of the matrix, for messages.
        shape: of the matrix.
        lower: whether only entries on and below the diagonal count.
    """

    def __init__(self, name: str, shape: tuple[int, int], lower: bool = False) -> None:
        self.name, self.shape, self.lower = name, shape, lower
        self._keys = np.zeros(0, np.int64)
        self._known: list[tuple[Any, Any, Any]] = []
        """(matrix of a pattern, which of its entries count, where they stand), the last used first."""

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._keys.size

    def places(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(rows, columns), int32, row by row."""
        width = max(self.shape[1], 1)
        return (self._keys // width).astype(np.int32), (self._keys % width).astype(np.int32)

    def _entries(self, matrix: Any) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """Keys of a matrix's entries in ascending order, and which of its data they are of; None for all."""
        if matrix.shape != self.shape:
            raise ValueError(
                f"the {self.name} is of shape {matrix.shape} at this point, {self.shape} where it was recorded"
            )
        rows = np.repeat(np.arange(self.shape[0], dtype=np.int64), np.diff(matrix.indptr))
        keys = rows * self.shape[1] + matrix.indices
        if not self.lower:
            return keys, None
        counts = np.flatnonzero(matrix.indices <= rows)
        return keys[counts], counts

    def join(self, matrix: Any) -> None:
        """Add the places of a `csr_array`'s entries."""
        self._keys = np.union1d(self._keys, self._entries(matrix)[0])
        self._known.clear()

    def values(self, compute: Callable[[Any], Any], x: Any) -> NDArray[np.float64]:
        """Numbers at the places, of the matrix that `compute(out)` returns; `out` is one that it returned before, or None.

        Raises:
            PatternChanged: the matrix has an entry elsewhere.
        """
        matrix = None
        if self._known:
            try:
                matrix = compute(self._known[0][0])
            except ValueError:  # another pattern; or an error of the function, which is raised again
                pass
        if matrix is None:
            matrix = compute(None)
        if not self._known or matrix is not self._known[0][0]:
            self._first(matrix, x)
        _, counts, where = self._known[0]
        data: NDArray[np.float64] = matrix.data.copy() if counts is None else matrix.data[counts]
        if where is None:
            return data
        out = np.zeros(self._keys.size)
        out[where] = data
        return out

    def _first(self, matrix: Any, x: Any) -> None:
        """Put the way of a matrix's pattern before those of the others."""
        for k, (other, counts, where) in enumerate(self._known):
            if np.array_equal(other.indptr, matrix.indptr) and np.array_equal(other.indices, matrix.indices):
                del self._known[k]
                break
        else:
            keys, counts = self._entries(matrix)
            place = np.searchsorted(self._keys, keys)
            if keys.size and (
                not self._keys.size or (self._keys[np.minimum(place, self._keys.size - 1)] != keys).any()
            ):
                raise PatternChanged(
                    f"the {self.name} has entries at this point that it had not where its structure was given to the optimiser: the "
                    "function takes another path here. Call Problem.cover(x) with this x (the error has it) and start the "
                    "optimiser anew, as Problem.solve does",
                    f"the {self.name}", np.array(x),
                )  # fmt: skip
            where = None if keys.size == self._keys.size else place
        self._known = [(matrix, counts, where), *self._known[: PATTERNS - 1]]
