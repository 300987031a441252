"""Methods of tensors that put elements in order, count them, or find where they stand. Where elements are chosen, derivatives go to those."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.eager.calls import call
from jittape.eager.indexing import plain
from jittape.eager.named import extend_named
from jittape.eager.shapes import as_it_lies, axis_of
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError


class Ordered(NamedTuple):
    """What a sort or a choice gives: elements, and where they stood."""

    values: Any
    indices: Any


def chosen(x: Any, at: NDArray[Any], axis: int) -> Tensor:
    """The elements of a tensor at these places along an axis."""
    return call(np.take_along_axis, x, at, axis)  # type: ignore[no-any-return]


def _order(values: NDArray[Any], axis: int, descending: bool) -> NDArray[Any]:
    """The places of elements in order; NaN is the largest, and equal ones stay as they were."""
    if not descending:
        return np.argsort(values, axis=axis, kind="stable")
    turned = np.flip(values, axis)
    order = np.flip(np.argsort(turned, axis=axis, kind="stable"), axis)
    return values.shape[axis] - 1 - order  # type: ignore[no-any-return]


def _single(x: Any, dim: Any) -> tuple[Any, int, bool]:
    """(tensor with dimensions, axis, whether it had none)."""
    axis = axis_of(x, dim)
    return (x.reshape(1), 0, True) if axis == () else (x, axis, False)


@extend_named
class Ordering:
    """The methods of Tensor that order and choose."""

    def sort(self: Any, dim: Any = -1, descending: bool = False, stable: bool = False) -> Any:
        """(elements in order, their places) along a dimension."""
        x, axis, scalar = _single(self, dim)

        def of(x: Any, axis: int) -> tuple[Tensor, Tensor]:
            at = _order(x.values(), axis, descending)
            return chosen(x, at, axis), concrete(at)

        values, places = as_it_lies(x, axis, of)
        return Ordered(values.reshape(()), places.reshape(())) if scalar else Ordered(values, places)

    def argsort(self: Any, dim: Any = -1, descending: bool = False, stable: bool = False) -> Tensor:
        x, axis, scalar = _single(self, dim)
        at = as_it_lies(x, axis, lambda x, axis: concrete(_order(x.values(), axis, descending)))
        return at.reshape(()) if scalar else at  # type: ignore[no-any-return]

    def topk(self: Any, k: int, dim: Any = -1, largest: bool = True, sorted: bool = True) -> Any:
        """(the k largest elements, their places) along a dimension, or the smallest."""
        x, axis, scalar = _single(self, dim)
        if not 0 <= k <= x.shape[axis]:
            raise RuntimeError(f"selected index k out of range: {k} of {x.shape[axis]} elements")
        at = np.take(_order(x.values(), axis, largest), range(k), axis)
        values, places = chosen(x, at, axis), concrete(at)
        return Ordered(values.reshape(()), places.reshape(())) if scalar and k == 1 else Ordered(values, places)

    def kthvalue(self: Any, k: int, dim: Any = -1, keepdim: bool = False) -> Any:
        """(the k-th smallest element, its place) along a dimension."""
        x, axis, scalar = _single(self, dim)
        if not 1 <= k <= x.shape[axis]:
            raise IndexError(f"kthvalue(): selected number k out of range for dimension {axis}: {k} of {x.shape[axis]}")
        return _one(x, np.take(_order(x.values(), axis, False), [k - 1], axis), axis, keepdim, scalar)

    def median(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        """The lower one of the middle elements; along a dimension with its place."""
        if dim is None:
            return _middle_of_all(self, False)
        x, axis, scalar = _single(self, dim)
        return _middle(x, axis, keepdim, scalar, False)

    def nanmedian(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        """The median of what is not NaN."""
        if dim is None:
            return _middle_of_all(self, True)
        x, axis, scalar = _single(self, dim)
        return _middle(x, axis, keepdim, scalar, True)

    def mode(self: Any, dim: Any = -1, keepdim: bool = False) -> Any:
        """(the most frequent element, a place of it) along a dimension; the smallest of several."""
        x, axis, scalar = _single(self, dim)

        def of(row: NDArray[Any]) -> int:
            found, counts = np.unique(row, return_counts=True)
            return int(np.flatnonzero(row == found[counts.argmax()])[-1])

        at = np.expand_dims(np.apply_along_axis(of, axis, x.values()), axis)
        return _one(x, at, axis, keepdim, scalar)

    def quantile(self: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Tensor:
        """The q-th quantile, of all elements or along a dimension; of several q along a new first dimension."""
        return call(np.quantile, self, plain(q), axis=axis_of(self, dim), keepdims=keepdim, method=interpolation)  # type: ignore[no-any-return]

    def nanquantile(self: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Tensor:
        return call(np.nanquantile, self, plain(q), axis=axis_of(self, dim), keepdims=keepdim, method=interpolation)  # type: ignore[no-any-return]

    def cummax(self: Any, dim: Any) -> Any:
        """(the largest element so far, its place) along a dimension."""
        return _so_far(self, dim, np.greater_equal)

    def cummin(self: Any, dim: Any) -> Any:
        return _so_far(self, dim, np.less_equal)

    def aminmax(self: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
        """(smallest, largest)."""
        return MinMaxPair(self.amin(dim, keepdim), self.amax(dim, keepdim))

    # --- without derivatives ---------------------------------------------------------------------------------------------------

    def unique(self: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None) -> Any:
        """The different elements in order, or the different slices along a dimension."""
        axis = None if dim is None else axis_of(self, dim)
        found: Any = np.unique(self.values(), return_inverse=return_inverse, return_counts=return_counts, axis=axis)  # type: ignore[call-overload]
        if not isinstance(found, tuple):
            return concrete(found)
        parts = list(found)
        if return_inverse and dim is None:
            parts[1] = parts[1].reshape(self.shape)
        return tuple(map(concrete, parts))

    def unique_consecutive(self: Any, return_inverse: bool = False, return_counts: bool = False, dim: Any = None) -> Any:
        """The elements without those that equal their neighbour before."""
        x = self.values().reshape(-1) if dim is None else np.moveaxis(self.values(), axis_of(self, dim), 0)
        new = np.ones(len(x), bool)
        new[1:] = (x[1:] != x[:-1]).reshape(len(x) - 1, -1).any(1) if len(x) else True
        out: list[Any] = [x[new] if dim is None else np.moveaxis(x[new], 0, axis_of(self, dim))]
        if return_inverse:
            inverse = np.cumsum(new) - 1
            out.append(inverse.reshape(self.shape) if dim is None else inverse)
        if return_counts:
            out.append(np.diff(np.append(np.flatnonzero(new), len(x))))
        return concrete(out[0]) if len(out) == 1 else tuple(map(concrete, out))

    def nonzero(self: Any, *, as_tuple: bool = False) -> Any:
        """The places of what is not zero, a row each, or a tensor a dimension."""
        found = np.nonzero(np.atleast_1d(self.values()))
        if as_tuple:
            return tuple(map(concrete, found))
        rows = np.stack(found, 1)
        return concrete(rows if self.dim() else rows[:, :0])

    def argwhere(self: Any) -> Tensor:
        return self.nonzero()  # type: ignore[no-any-return]

    def count_nonzero(self: Any, dim: Any = None) -> Tensor:
        return concrete(np.asarray(np.count_nonzero(self.values(), axis=axis_of(self, dim)), order="C"))

    def bincount(self: Any, weights: Any = None, minlength: int = 0) -> Tensor:
        """How often each of 0, 1, 2, ... stands there, or the sums of their weights."""
        return concrete(np.bincount(self.values(), None if weights is None else plain(weights), minlength))

    def histc(self: Any, bins: int = 100, min: Any = 0, max: Any = 0) -> Tensor:
        """The numbers of elements in bins of equal width between min and max, by default the ends of the elements."""
        x = self.values()
        low, high = (x.min(), x.max()) if min == max == 0 and x.size else (min, max)
        if low == high:
            low, high = low - 1, high + 1
        return concrete(np.histogram(x, bins, (float(low), float(high)))[0].astype(x.dtype))

    def isin(self: Any, test_elements: Any) -> Tensor:
        return concrete(np.isin(self.values(), plain(test_elements)))


class MinMaxPair(NamedTuple):
    """What aminmax() gives."""

    min: Any
    max: Any


def _one(x: Any, at: NDArray[Any], axis: int, keepdim: bool, scalar: bool) -> Ordered:
    """One element along an axis."""
    values, places = chosen(x, at, axis), at
    if scalar:
        return Ordered(values.reshape(()), concrete(places.reshape(())))
    if not keepdim:
        values, places = call(np.squeeze, values, axis=axis), np.squeeze(places, axis)
    return Ordered(values, concrete(places))


def _middle(x: Any, axis: int, keepdim: bool, scalar: bool, skip: bool) -> Ordered:
    values = x.values()
    if not values.shape[axis]:
        raise IndexError(f"median(): Expected reduction dim {axis} to have non-zero size.")
    order = _order(values, axis, False)
    if values.dtype.kind != "f":
        k: Any = (values.shape[axis] - 1) // 2
        return _one(x, np.take(order, [k], axis), axis, keepdim, scalar)
    missing = np.isnan(values)
    count = (~missing).sum(axis, keepdims=True)
    k = np.maximum(count - 1, 0) // 2
    if not skip:  # NaN stands last: its first place
        k = np.where(missing.any(axis, keepdims=True), np.minimum(count, values.shape[axis] - 1), k)
    return _one(x, np.take_along_axis(order, k, axis), axis, keepdim, scalar)


def _middle_of_all(x: Any, skip: bool) -> Tensor:
    """The median of all elements; equal ones share its derivative, as in PyTorch."""
    x = x.reshape(-1)
    found: Tensor = _middle(x, 0, False, False, skip)[0]
    equal = np.flatnonzero(x.values() == found.values())
    return x[concrete(equal)].amax() if equal.size > 1 else found  # type: ignore[no-any-return]


def _so_far(x: Any, dim: Any, better: Any) -> Ordered:
    x, axis, scalar = _single(x, dim)
    values = np.moveaxis(x.values(), axis, 0)
    at = np.zeros(values.shape, np.int64)
    best, place = values[:1].copy(), np.zeros(values[:1].shape, np.int64)
    for k in range(1, len(values)):
        now = values[k : k + 1]
        take = better(now, best) | np.isnan(now) if values.dtype.kind == "f" else better(now, best)
        best, place = np.where(take, now, best), np.where(take, k, place)
        at[k] = place[0]
    places = np.moveaxis(at, 0, axis)
    found = chosen(x, places, axis)
    return Ordered(found.reshape(()), concrete(places.reshape(()))) if scalar else Ordered(found, concrete(places))


def searchsorted(sorted_sequence: Any, values: Any, *, out_int32: bool = False, right: bool = False, side: Any = None, sorter: Any = None) -> Tensor:
    """Where values belong in rows that are in order."""
    rows, v = np.asarray(plain(sorted_sequence)), np.asarray(plain(values))
    how: Any = "right" if right or side == "right" else "left"
    if sorter is not None:
        rows = np.take_along_axis(rows, np.asarray(plain(sorter)), -1)
    if rows.ndim == 1:
        found = np.asarray(np.searchsorted(rows, v, how))
    else:
        if v.shape[:-1] != rows.shape[:-1]:
            raise ShapeError(f"searchsorted(): rows of shape {rows.shape} and values of shape {v.shape} differ in their first dimensions")
        flat, wanted = rows.reshape(-1, rows.shape[-1]), v.reshape(-1, v.shape[-1])
        found = np.stack([np.searchsorted(a, b, how) for a, b in zip(flat, wanted, strict=True)]).reshape(v.shape)
    return concrete(found.astype(np.int32 if out_int32 else np.int64))


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the bucket between boundaries of each element."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
