"""Methods of tensors that put elements in order, count them, or find where they stand. Where elements are chosen, derivatives go to those."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.eager import results
from jittape.eager.calls import call
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.named import extend_named
from jittape.eager.shapes import as_it_lies, axis_of
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError


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
        """(values, indices) in order along `dim`; NaN is the largest, and equal elements stay as they were, whether `stable` or not.

        `descending` reverses the order. Derivatives go to the elements where they stood.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0])
            >>> values, indices = x.sort()
            >>> values, indices
            (tensor([1., 2., 3.]), tensor([1, 2, 0]))
        """
        x, axis, scalar = _single(self, dim)

        def of(x: Any, axis: int) -> tuple[Tensor, Tensor]:
            at = _order(x.values(), axis, descending)
            return chosen(x, at, axis), concrete(at)

        values, places = as_it_lies(x, axis, of)
        return results.sort(values.reshape(()), places.reshape(())) if scalar else results.sort(values, places)

    def argsort(self: Any, dim: Any = -1, descending: bool = False, stable: bool = False) -> Tensor:
        """Where the elements in order stand along `dim`; `descending` and `stable` are those of `sort`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0])
            >>> x.argsort(), x.argsort(descending=True)
            (tensor([1, 2, 0]), tensor([0, 2, 1]))
        """
        x, axis, scalar = _single(self, dim)
        at = as_it_lies(x, axis, lambda x, axis: concrete(_order(x.values(), axis, descending)))
        return at.reshape(()) if scalar else at  # type: ignore[no-any-return]

    def topk(self: Any, k: int, dim: Any = -1, largest: bool = True, sorted: bool = True) -> Any:
        """(values, indices) of the `k` largest elements along `dim`, or of the smallest without `largest`; in order, whether `sorted` or not.

        Raises:
            RuntimeError: there are less than `k` elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0])
            >>> values, indices = x.topk(2)
            >>> values, indices
            (tensor([3., 2.]), tensor([0, 2]))
        """
        x, axis, scalar = _single(self, dim)
        if not 0 <= k <= x.shape[axis]:
            raise RuntimeError(f"selected index k out of range: {k} of {x.shape[axis]} elements")
        at = np.take(_order(x.values(), axis, largest), range(k), axis)
        values, places = chosen(x, at, axis), concrete(at)
        return results.topk(values.reshape(()), places.reshape(())) if scalar and k == 1 else results.topk(values, places)

    def kthvalue(self: Any, k: int, dim: Any = -1, keepdim: bool = False) -> Any:
        """(value, index) of the k-th smallest element along `dim`, which `keepdim` keeps with length one.

        Raises:
            RuntimeError: `k` is below 1 or above the length of the dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0])
            >>> x.kthvalue(2).values
            tensor(2.)
        """
        x, axis, scalar = _single(self, dim)
        if not 1 <= k <= x.shape[axis]:
            raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}: {k} of {x.shape[axis]}")
        return results.kthvalue(*_one(x, np.take(_order(x.values(), axis, False), [k - 1], axis), axis, keepdim, scalar))

    def median(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        """The lower one of the middle elements; along `dim`, (value, index), where `keepdim` keeps the dimension with length one. NaN where there is any.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0, 4.0])
            >>> x.median(), x.median(0).indices
            (tensor(2.), tensor(2))
        """
        if dim is None:
            return _middle_of_all(self, False)
        x, axis, scalar = _single(self, dim)
        return results.median(*_middle(x, axis, keepdim, scalar, False))

    def nanmedian(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        """The `median` of what is not NaN; along `dim`, (value, index), where `keepdim` keeps the dimension with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, float("nan")])
            >>> x.nanmedian()
            tensor(1.)
        """
        if dim is None:
            return _middle_of_all(self, True)
        x, axis, scalar = _single(self, dim)
        return results.nanmedian(*_middle(x, axis, keepdim, scalar, True))

    def mode(self: Any, dim: Any = -1, keepdim: bool = False) -> Any:
        """(value, index) of the most frequent element along `dim`, which `keepdim` keeps with length one; the smallest of several.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2, 1, 2, 3])
            >>> x.mode().values
            tensor(2)
        """
        x, axis, scalar = _single(self, dim)

        def of(row: NDArray[Any]) -> int:
            found, counts = np.unique(row, return_counts=True)
            return int(np.flatnonzero(row == found[counts.argmax()])[-1])

        at = np.expand_dims(np.apply_along_axis(of, axis, x.values()), axis)
        return results.mode(*_one(x, at, axis, keepdim, scalar))

    def quantile(self: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Tensor:
        """The q-th quantile, 0 <= q <= 1, of all elements or along `dim`, which `keepdim` keeps with length one; of several `q` along a new first dimension.

        `interpolation` between two elements is "linear", "lower", "higher", "midpoint" or "nearest".

        Raises:
            ShapeError: `q` is outside of [0, 1].

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0, 4.0])
            >>> x.quantile(0.5), x.quantile(0.5, interpolation="lower")
            (tensor(2.5), tensor(2.))
        """
        return _quantile(np.quantile, self, q, dim, keepdim, interpolation)

    def nanquantile(self: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Tensor:
        """The `quantile` of what is not NaN; arguments are those of `quantile`: `q`, `dim`, `keepdim`, `interpolation`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0, float("nan")])
            >>> x.nanquantile(0.5)
            tensor(2.)
        """
        return _quantile(np.nanquantile, self, q, dim, keepdim, interpolation)

    def cummax(self: Any, dim: Any) -> Any:
        """(values, indices) of the largest element up to each one along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 3.0, 2.0])
            >>> x.cummax(0).values
            tensor([1., 3., 3.])
        """
        return results.cummax(*_so_far(self, dim, np.greater_equal))

    def cummin(self: Any, dim: Any) -> Any:
        """(values, indices) of the smallest element up to each one along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0, 1.0, 3.0])
            >>> x.cummin(0).values
            tensor([2., 1., 1.])
        """
        return results.cummin(*_so_far(self, dim, np.less_equal))

    def aminmax(self: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
        """(smallest, largest) of all elements, or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0, 1.0, 3.0])
            >>> x.aminmax()
            torch.return_types.aminmax(
            min=tensor(1.),
            max=tensor(3.))
        """
        return results.aminmax(self.amin(dim, keepdim), self.amax(dim, keepdim))

    # --- without derivatives ---------------------------------------------------------------------------------------------------

    def unique(self: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None) -> Any:
        """The different elements in order, whether `sorted` or not; along `dim`, the different slices.

        `return_inverse` gives besides which of them each element is, `return_counts` how often each stands there.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2, 1, 2])
            >>> x.unique()
            tensor([1, 2])
            >>> x.unique(return_counts=True)
            (tensor([1, 2]), tensor([1, 2]))
        """
        axis = None if dim is None else axis_of(self, dim)
        found: Any = np.unique(self.values(), return_inverse=return_inverse, return_counts=return_counts, axis=axis)  # type: ignore[call-overload]
        if not isinstance(found, tuple):
            return concrete(found)
        parts = list(found)
        if return_inverse and dim is None:
            parts[1] = parts[1].reshape(self.shape)
        return tuple(map(concrete, parts))

    def msort(self: Any) -> Tensor:
        """The elements in rising order along the first dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [2.0, 4.0]])
            >>> x.msort()
            tensor([[2., 1.],
                    [3., 4.]])
        """
        return self.sort(0).values  # type: ignore[no-any-return]

    def unique_consecutive(self: Any, return_inverse: bool = False, return_counts: bool = False, dim: Any = None) -> Any:
        """The elements without those that equal their neighbour before; along `dim`, the slices. `return_inverse` and `return_counts` are those of `unique`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 1, 2, 1])
            >>> x.unique_consecutive()
            tensor([1, 2, 1])
        """
        x = self.values().reshape(-1) if dim is None else np.moveaxis(self.values(), axis_of(self, dim), 0)
        new = np.ones(len(x), bool)
        if len(x) > 1:
            new[1:] = (x[1:] != x[:-1]).reshape(len(x) - 1, -1).any(1)
        out: list[Any] = [x[new] if dim is None else np.moveaxis(x[new], 0, axis_of(self, dim))]
        if return_inverse:
            inverse = np.cumsum(new) - 1
            out.append(inverse.reshape(self.shape) if dim is None else inverse)
        if return_counts:
            out.append(np.diff(np.append(np.flatnonzero(new), len(x))))
        return concrete(out[0]) if len(out) == 1 else tuple(map(concrete, out))

    def nonzero(self: Any, *, as_tuple: bool = False) -> Any:
        """The places of what is not zero, a row each; with `as_tuple` a tensor a dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 5.0, 6.0])
            >>> x.nonzero()
            tensor([[1],
                    [2]])
        """
        found = np.nonzero(np.atleast_1d(self.values()))
        if as_tuple:
            return tuple(map(concrete, found))
        rows = np.stack(found, 1)
        return concrete(rows if self.dim() else rows[:, :0])

    def argwhere(self: Any) -> Tensor:
        """The places of what is not zero, a row each.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 5.0]])
            >>> x.argwhere()
            tensor([[0, 1]])
        """
        return self.nonzero()  # type: ignore[no-any-return]

    def count_nonzero(self: Any, dim: Any = None) -> Tensor:
        """How many elements differ from zero, of all or along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 5.0], [1.0, 1.0]])
            >>> x.count_nonzero(), x.count_nonzero(1)
            (tensor(3), tensor([1, 2]))
        """
        return concrete(np.asarray(np.count_nonzero(self.values(), axis=axis_of(self, dim)), order="C"))

    def bincount(self: Any, weights: Any = None, minlength: int = 0) -> Tensor:
        """How often each of 0, 1, 2, ... stands in a vector of integers, or the sums of their `weights`; at least `minlength` numbers.

        Raises:
            TypeError: the elements are no integers.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0, 2, 2])
            >>> x.bincount()
            tensor([1, 0, 2])
        """
        return concrete(np.bincount(self.values(), None if weights is None else plain(weights), minlength))

    def histc(self: Any, bins: int = 100, min: Any = 0, max: Any = 0) -> Tensor:
        """The numbers of elements in `bins` of equal width between `min` and `max`, by default the ends of the elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 2.5, 4.0])
            >>> x.histc(3, 1.0, 4.0)
            tensor([1., 2., 1.])
        """
        x = self.values()
        low, high = (x.min(), x.max()) if min == max and x.size else (min, max)
        if low == high:
            low, high = low - 1, high + 1
        return concrete(np.histogram(x, bins, (float(low), float(high)))[0].astype(x.dtype))

    def isin(self: Any, test_elements: Any) -> Tensor:
        """Whether each element is among `test_elements`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 2, 3])
            >>> x.isin(jt.tensor([2, 5]))
            tensor([False,  True, False])
        """
        return concrete(np.isin(self.values(), plain(test_elements)))


def _quantile(f: Any, x: Any, q: Any, dim: Any, keepdim: bool, interpolation: str) -> Tensor:
    axis = axis_of(x, dim)

    def by(method: str) -> Any:
        return call(f, x, plain(q), axis=axis, keepdims=keepdim, method=method)

    out = by(interpolation)
    if not (isinstance(q, Tensor) and q.requires_grad and interpolation == "linear"):
        return out  # type: ignore[no-any-return]
    low, high = by("lower"), by("higher")
    steps = np.maximum((~np.isnan(x.values())).sum(axis, keepdims=keepdim) - 1, 0).astype(x.dtype)
    slope = where(concrete(low.values() == high.values()), 0.0, (high - low) * steps)
    return out + slope * (q - q.detach()).reshape((*q.shape, *(1,) * (out.dim() - q.dim())))  # type: ignore[no-any-return]


def _one(x: Any, at: NDArray[Any], axis: int, keepdim: bool, scalar: bool) -> tuple[Any, Tensor]:
    """One element along an axis."""
    values, places = chosen(x, at, axis), at
    if scalar:
        return values.reshape(()), concrete(places.reshape(()))
    if not keepdim:
        values, places = call(np.squeeze, values, axis=axis), np.squeeze(places, axis)
    return values, concrete(places)


def _middle(x: Any, axis: int, keepdim: bool, scalar: bool, skip: bool) -> tuple[Any, Tensor]:
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


def _so_far(x: Any, dim: Any, better: Any) -> tuple[Any, Tensor]:
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
    return (found.reshape(()), concrete(places.reshape(()))) if scalar else (found, concrete(places))


def searchsorted(sorted_sequence: Any, values: Any, *, out_int32: bool = False, right: bool = False, side: Any = None, sorter: Any = None) -> Tensor:
    """Where `values` belong in rows that are in order, `sorted_sequence`: before equal ones, or after them with `right` or side="right".

    `sorter` are the places of the elements in order, where the rows are not; `out_int32` gives int32.

    Raises:
        RuntimeError: another `side`, or a `sorter` that points beyond its rows.
        ShapeError: the first dimensions of several rows and of the values differ, or `sorter` has another shape than the rows.

    Example:
        >>> import jittape.torch as torch
        >>> torch.searchsorted(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([3.0, 4.0]))
        tensor([1, 2])
    """
    rows, v = np.asarray(plain(sorted_sequence)), np.asarray(plain(values))
    how: Any = "right" if right or side == "right" else "left"
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if sorter is not None:
        places = np.asarray(plain(sorter))
        if places.shape != rows.shape or places.dtype != np.int64:
            raise ShapeError(f"torch.searchsorted(): boundary and sorter must have the same size, and sorter the dtype long, but got {list(rows.shape)}, {list(places.shape)} and {places.dtype}")
        if places.size and (places.min() < 0 or places.max() >= rows.shape[-1]):
            raise RuntimeError("torch.searchsorted(): sorter index out of range")
        rows = np.take_along_axis(rows, np.asarray(plain(sorter)), -1)
    if rows.ndim == 1:
        found = np.asarray(np.searchsorted(rows, v, how))
    else:
        if v.shape[:-1] != rows.shape[:-1]:
            raise ShapeError(f"searchsorted(): rows of shape {rows.shape} and values of shape {v.shape} differ in their first dimensions")
        if not v.size:
            return concrete(np.zeros(v.shape, np.int32 if out_int32 else np.int64))
        flat, wanted = rows.reshape(-1, rows.shape[-1]), v.reshape(-1, v.shape[-1])
        found = np.stack([np.searchsorted(a, b, how) for a, b in zip(flat, wanted, strict=True)]).reshape(v.shape)
    return concrete(found.astype(np.int32 if out_int32 else np.int64))


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the bucket between `boundaries`, in order, of each element of `input`; `right` and `out_int32` are those of `searchsorted`.

    Example:
        >>> import jittape.torch as torch
        >>> torch.bucketize(torch.tensor([0.0, 3.0, 9.0]), torch.tensor([1.0, 3.0, 5.0]))
        tensor([0, 1, 3])
    """
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
