"""Sparse matrices of recorded entries on a fixed pattern: products, sums, scaling, transposes.

A `SparseRecorded` is the coordinates of its entries, which are plain, and their values, which may be recorded. Everything that is
computed of it are gathers, products and sums by index, so that the cost is that of the entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.sparse_operands import is_sparse
from jittape.errors import RecordingError
from jittape.functions.products import as_array, shape_of
from jittape.scipy.declare import has_recorded, recorded_call

Index = NDArray[np.intp]


def summed(values: Any, index: Index, size: int) -> Any:
    """The sums [size, ...] of the values [n, ...] that have the same index."""
    values = as_array(values)
    if values.ndim == 1:
        return np.bincount(index, values, size)
    width = int(np.prod(values.shape[1:]))
    flat = (index[:, None] * width + np.arange(width)).ravel()
    return np.reshape(np.bincount(flat, np.ravel(values), size * width), (size, *values.shape[1:]))


def ends(row: Any, col: Any, transposed: int) -> tuple[Index, Index]:
    """(rows, columns) of the entries of a matrix or its transpose, from coordinates that an operation has as operands."""
    i, j = (np.asarray(x.value() if isinstance(x, Array) else x).astype(np.intp) for x in (row, col))
    return (j, i) if transposed else (i, j)


def settled(x: Any) -> Any:
    """A list, which may hold recorded numbers, as an array."""
    return x if not isinstance(x, (list, tuple)) else recorded_call(as_array, x) if has_recorded(x) else np.asarray(x)


def _product(data: Any, row: Index, column: Index, rows: int, x: Any) -> Any:
    x = as_array(x)
    return summed(np.reshape(data, (-1,) + (1,) * (x.ndim - 1)) * x[column], row, rows)


class SparseRecorded:
    """A sparse array of recorded entries, with the operators of SciPy's sparse arrays.

    Attributes:
        data: the entries, in the order in which they were given (of "csr" by rows, of "csc" by columns).
        row, col: their coordinates.
        shape: (rows, columns).
        format: "csr", "csc" or "coo", as which it was made.
    """

    __array_priority__ = 1e6
    __array_ufunc__ = None
    ndim = 2

    def __init__(self, data: Any, row: Index, col: Index, shape: tuple[int, int], format: str) -> None:
        self.data, self.row, self.col, self.shape, self.format = data, row, col, shape, format

    def __repr__(self) -> str:
        return f"<{self.format} sparse array of {self.nnz} recorded entries and shape {self.shape}>"

    @property
    def nnz(self) -> int:
        return self.row.size

    size = nnz

    # --- forms --------------------------------------------------------------------------------------------------------------------

    def toarray(self) -> Any:
        """The dense array."""
        m, n = self.shape
        return recorded_call(lambda d: np.reshape(np.bincount(self.row * n + self.col, as_array(d), m * n), (m, n)), self.data)

    todense = toarray

    def transpose(self) -> SparseRecorded:
        return SparseRecorded(self.data, self.col, self.row, self.shape[::-1], {"csr": "csc", "csc": "csr"}.get(self.format, "coo"))

    @property
    def T(self) -> SparseRecorded:
        return self.transpose()

    def _ordered(self, format: str, order: Index) -> SparseRecorded:
        return SparseRecorded(self.data[order], self.row[order], self.col[order], self.shape, format)

    def tocsr(self) -> SparseRecorded:
        return self if self.format == "csr" else self._ordered("csr", np.lexsort((self.col, self.row)))

    def tocsc(self) -> SparseRecorded:
        return self if self.format == "csc" else self._ordered("csc", np.lexsort((self.row, self.col)))

    def tocoo(self) -> SparseRecorded:
        return SparseRecorded(self.data, self.row, self.col, self.shape, "coo")

    def copy(self) -> SparseRecorded:
        return self._with(1.0 * self.data)

    def asformat(self, format: str) -> SparseRecorded:
        return {"csr": self.tocsr, "csc": self.tocsc, "coo": self.tocoo}[format]()

    def _with(self, data: Any) -> SparseRecorded:
        return SparseRecorded(data, self.row, self.col, self.shape, self.format)

    # --- products ------------------------------------------------------------------------------------------------------------------

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, SparseRecorded) or is_sparse(other):
            return self._times(sparse(other))
        other = settled(other)
        shape = shape_of(other)
        if len(shape) not in (1, 2) or shape[0] != self.shape[1]:
            raise ValueError(f"matmul: dimension mismatch with signature (n,k),(k,m)->(n,m): a sparse array of shape {self.shape} times an array of shape {shape}")
        return recorded_call(lambda d, x: _product(d, self.row, self.col, self.shape[0], x), self.data, other)

    def __rmatmul__(self, other: Any) -> Any:
        if is_sparse(other):
            return sparse(other) @ self
        other = settled(other)
        if len(shape_of(other)) == 1:
            return self.T @ other
        return recorded_call(lambda d, x: _product(d, self.col, self.row, self.shape[1], as_array(x).T).T, self.data, other)

    def dot(self, other: Any) -> Any:
        return self * other if np.ndim(other) == 0 and not isinstance(other, SparseRecorded) else self @ other

    def _times(self, other: SparseRecorded) -> SparseRecorded:
        if self.shape[1] != other.shape[0]:
            raise ValueError(f"matmul: dimension mismatch: sparse arrays of shapes {self.shape} and {other.shape}")
        order = np.argsort(other.row, kind="stable")
        start = np.searchsorted(other.row[order], np.arange(other.shape[0] + 1))
        counts = np.diff(start)[self.col]
        left = np.repeat(np.arange(self.nnz), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        right = order[np.repeat(start[self.col], counts) + within]
        n = other.shape[1]
        places, index = np.unique(self.row[left] * n + other.col[right], return_inverse=True)
        data = recorded_call(lambda a, b: summed(as_array(a)[left] * as_array(b)[right], index, places.size), self.data, other.data)
        return SparseRecorded(data, places // n, places % n, (self.shape[0], n), "csr")

    # --- element by element -----------------------------------------------------------------------------------------------------------

    def multiply(self, other: Any) -> SparseRecorded:
        """The products with the elements of a number or of a dense array that is broadcast to the shape."""
        if isinstance(other, SparseRecorded) or is_sparse(other):
            return self._common(sparse(other))
        other = settled(other)
        if not len(shape_of(other)):
            return self._with(self.data * other)
        return self._with(recorded_call(lambda d, x: as_array(d) * np.broadcast_to(as_array(x), self.shape)[self.row, self.col], self.data, other))

    def _common(self, other: SparseRecorded) -> SparseRecorded:
        a, b = self._summed(), other._summed()
        if a.shape != b.shape:
            raise ValueError(f"inconsistent shapes: {a.shape} and {b.shape}")
        _, i, j = np.intersect1d(a.row * a.shape[1] + a.col, b.row * b.shape[1] + b.col, return_indices=True)
        return SparseRecorded(recorded_call(lambda x, y: x[i] * y[j], a.data, b.data), a.row[i], a.col[i], a.shape, a.format)

    def _summed(self) -> SparseRecorded:
        """Entries of one place added up, by rows."""
        n = self.shape[1]
        places, index = np.unique(self.row * n + self.col, return_inverse=True)
        return SparseRecorded(recorded_call(lambda d: summed(d, index, places.size), self.data), places // n, places % n, self.shape, "csr")

    def __mul__(self, other: Any) -> SparseRecorded:
        return self.multiply(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> SparseRecorded:
        if isinstance(other, SparseRecorded) or is_sparse(other):
            raise RecordingError("a sparse array over a sparse one is dense: divide the arrays that toarray() gives")
        return self.multiply(1.0 / as_array(other) if not has_recorded(other) else 1.0 / other)

    def __neg__(self) -> SparseRecorded:
        return self._with(-self.data)

    def __add__(self, other: Any) -> Any:
        if not (isinstance(other, SparseRecorded) or is_sparse(other)):
            if np.ndim(other) == 0 and not has_recorded(other) and other == 0:  # sum() begins with it
                return self
            return self.toarray() + other
        other = sparse(other)
        if other.shape != self.shape:
            raise ValueError(f"inconsistent shapes: {self.shape} and {other.shape}")
        data = recorded_call(lambda a, b: np.concatenate([as_array(a), as_array(b)]), self.data, other.data)
        row, col = np.concatenate([self.row, other.row]), np.concatenate([self.col, other.col])
        return SparseRecorded(data, row, col, self.shape, "coo")._summed()

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + (-sparse(other) if isinstance(other, SparseRecorded) or is_sparse(other) else -1.0 * other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def power(self, n: Any) -> SparseRecorded:
        """The entries to a power."""
        each = self._summed() if self._repeated() else self
        return each._with(each.data**n)

    def _repeated(self) -> bool:
        return np.unique(self.row * self.shape[1] + self.col).size < self.nnz

    # --- reductions ---------------------------------------------------------------------------------------------------------------------

    def sum(self, axis: int | None = None) -> Any:
        """The sum of all entries, or along an axis."""
        if axis is None:
            return recorded_call(lambda d: np.sum(as_array(d)), self.data)
        index, size = (self.col, self.shape[1]) if axis % 2 == 0 else (self.row, self.shape[0])
        return recorded_call(lambda d: summed(d, index, size), self.data)

    def mean(self, axis: int | None = None) -> Any:
        """The mean of all elements, or along an axis."""
        return self.sum(axis) / (self.shape[0] * self.shape[1] if axis is None else self.shape[axis % 2])

    def diagonal(self, k: int = 0) -> Any:
        """The k-th diagonal."""
        m, n = self.shape
        here = np.flatnonzero(self.col - self.row == k)
        size = max(min(m + min(k, 0), n - max(k, 0)), 0)
        return recorded_call(lambda d: summed(as_array(d)[here], self.row[here] + min(k, 0), size), self.data)

    def trace(self, offset: int = 0) -> Any:
        return recorded_call(lambda d: np.sum(as_array(d)[np.flatnonzero(self.col - self.row == offset)]), self.data)


def sparse(x: Any) -> SparseRecorded:
    """A sparse array of SciPy's, or of recorded entries, as the latter."""
    if isinstance(x, SparseRecorded):
        return x
    coo = x.tocoo()
    if coo.ndim != 2:
        raise RecordingError(f"sparse arrays of recorded entries have two axes, not {coo.ndim}")
    return SparseRecorded(np.asarray(coo.data, float), coo.row.astype(np.intp), coo.col.astype(np.intp), tuple(coo.shape), coo.format)
