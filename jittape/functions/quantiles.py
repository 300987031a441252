"""Medians, percentiles and quantiles: the order is data, the interpolation an operation.

Positions follow Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), with
NumPy's names.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.layout import axes_of, without
from jittape.array.protocols import implements
from jittape.errors import RecordingError
from jittape.functions.decisions import guarded, pivots
from jittape.functions.lift import as_zero_d, fresh, kept_shape, leading, lift, strict_axes, takes_out

Reals = NDArray[Any]


def _continuous(alpha: float, beta: float) -> Callable[[Reals, Reals], Reals]:
    def position(n: Reals, q: Reals) -> Reals:
        return np.asarray(n * q + (alpha + q * (1 - alpha - beta)) - 1)

    return position


def _nearest_odd(position: Reals, stay: Reals) -> Reals:
    """The position rounded down where `stay`, else to the next; never below the first element."""
    return np.maximum(np.where(stay, np.floor(position), np.floor(position) + 1), 0)


def _inverted_cdf(n: Reals, q: Reals) -> Reals:
    position = n * q - 1
    return _nearest_odd(position, position == np.floor(position))


def _closest_observation(n: Reals, q: Reals) -> Reals:
    position = n * q - 1.5
    return _nearest_odd(position, (position == np.floor(position)) & (np.floor(position) % 2 == 1))


def _midpoint(n: Reals, q: Reals) -> Reals:
    return np.asarray(0.5 * (np.floor((n - 1) * q) + np.ceil((n - 1) * q)))


POSITIONS: dict[str, Callable[[Reals, Reals], Reals]] = {
    "inverted_cdf": _inverted_cdf,
    "averaged_inverted_cdf": lambda n, q: n * q - 1,
    "closest_observation": _closest_observation,
    "interpolated_inverted_cdf": _continuous(0, 1),
    "hazen": _continuous(0.5, 0.5),
    "weibull": _continuous(0, 0),
    "linear": lambda n, q: (n - 1) * q,
    "median_unbiased": _continuous(1 / 3, 1 / 3),
    "normal_unbiased": _continuous(3 / 8, 3 / 8),
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "midpoint": _midpoint,
    "nearest": lambda n, q: np.around((n - 1) * q),
}
"""Method -> position (from 0) of quantile q among n ordered elements; a fraction lies between two."""


def _weight(method: str, fraction: Reals) -> Reals:
    """The weight of the upper neighbour."""
    if method == "averaged_inverted_cdf":
        return np.where(fraction == 0, 0.5, 1.0)
    if method == "midpoint":
        return np.where(fraction == 0, 0.0, 0.5)
    return fraction


def neighbours(x: Array, q: Reals, axes: tuple[int, ...], method: str, skip_nan: bool, name: str) -> tuple[Any, Any, Reals]:
    """(lower neighbour, upper neighbour, weight of the upper) of every quantile, of shape q.shape + the rest's."""
    if method not in POSITIONS:
        raise ValueError(f"{method!r} is not a valid method. Use one of: {', '.join(POSITIONS)}")
    slots, values = leading(x.slots, axes), leading(x.value(), axes)
    order = np.argsort(values, axis=0, kind="stable")
    ordered, nan = np.take_along_axis(slots, order, 0), np.isnan(values)
    n = len(slots) - (nan.sum(axis=0) if skip_nan else 0 * nan.sum(axis=0))
    at = q.reshape(q.shape + (1,) * (slots.ndim - 1))
    position = np.broadcast_to(POSITIONS[method](n, at), q.shape + slots.shape[1:])
    low = np.floor(position)
    weight = np.array(_weight(method, position - low))
    last = np.maximum(n - 1, 0)
    high = np.where(position >= last, last, np.where(position < 0, 0, low + 1)).astype(np.intp)
    low = np.where(position >= last, last, np.where(position < 0, 0, low)).astype(np.intp)
    if skip_nan:
        if (n == 0).any():
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=6)
    else:  # NaN is ordered last, and makes every quantile NaN
        has_nan = np.broadcast_to(nan.any(axis=0), position.shape)
        low, high = np.where(has_nan, len(slots) - 1, low), np.where(has_nan, len(slots) - 1, high)
    weight[low == high] = 0.0
    columns = tuple(np.ix_(*(np.arange(k) for k in slots.shape[1:]))) if slots.ndim > 1 else ()
    if guarded(x):
        chosen = np.zeros(slots.shape, bool)
        for places in (low, np.where(weight == 0, low, high)):
            np.put_along_axis(chosen, places.reshape(-1, *slots.shape[1:]), True, 0)
        pivots(x, ordered, np.take_along_axis(values, order, 0), order, chosen, f"the order that {name} finds")
    low_slots = ordered[(low, *columns)]
    high_slots = np.where(weight == 0, low_slots, ordered[(high, *columns)])
    return x.view(np.asarray(low_slots)), x.view(np.asarray(high_slots)), weight  # arrays without axes, not numbers


def _quantile(x: Any, q: Any, axis: Any, method: str, keepdims: bool, weights: Any, skip_nan: bool, name: str, scale: float = 1.0) -> Any:
    if isinstance(q, Array):
        raise RecordingError(f"{name} of recorded values takes plain q; pass jittape.stop_gradient(q) where its derivative is not wanted")
    if weights is not None:
        raise RecordingError(f"{name} of recorded values takes no weights=; repeat the elements (np.repeat), or interpolate the weights' running sums with np.interp")
    if not isinstance(x, Array):
        raise RecordingError(f"{name} takes no recorded argument but the array itself")
    if np.asarray(q).dtype.kind not in "fiub":
        raise TypeError(f"{name}: q is a number or an array of them, not {type(q).__name__}")
    q = np.true_divide(q, scale)
    if not ((q >= 0) & (q <= 1)).all():
        raise ValueError("Percentiles must be in the range [0, 100]" if scale == 100 else "Quantiles must be in the range [0, 1]")
    axes = strict_axes(axis, x.ndim)
    shape = q.shape + (kept_shape(x.shape, axes) if keepdims else tuple(n for a, n in enumerate(x.shape) if a not in axes))
    if not x.size:
        if math.prod(shape) and not skip_nan:
            raise IndexError("index -1 is out of bounds for axis 0 with size 0")  # NumPy's
        return _of_nothing(x, shape)
    low, high, weight = neighbours(x, q, axes, method, skip_nan, name)
    if not weight.any():
        return fresh(_shaped(low, shape, keepdims))
    return fresh(_shaped(lift(x.tape, low + (high - low) * weight), shape, keepdims))  # of constants it is a number


def _shaped(x: Any, shape: tuple[int, ...], keepdims: bool) -> Any:
    """A result in its shape: a number where there are no axes, and with keepdims an array without axes, as NumPy has it."""
    if not shape:
        return as_zero_d(x) if keepdims else x[()] if x.slot < 0 else x
    return x.reshape(shape)


def _of_nothing(x: Array, shape: tuple[int, ...]) -> Any:
    warnings.warn("Mean of empty slice", RuntimeWarning, stacklevel=6)
    return lift(x.tape, np.full(shape, np.nan))


@implements(np.quantile)
@takes_out
def quantile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
             keepdims: bool = False, *, weights: Any = None) -> Any:  # fmt: skip
    return _quantile(a, q, axis, method, keepdims, weights, False, "np.quantile")


@implements(np.percentile)
@takes_out
def percentile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
               keepdims: bool = False, *, weights: Any = None) -> Any:  # fmt: skip
    return _quantile(a, q, axis, method, keepdims, weights, False, "np.percentile", 100)


@implements(np.nanquantile)
@takes_out
def nanquantile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
                keepdims: bool = False, *, weights: Any = None) -> Any:  # fmt: skip
    return _quantile(a, q, axis, method, keepdims, weights, True, "np.nanquantile")


@implements(np.nanpercentile)
@takes_out
def nanpercentile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
                  keepdims: bool = False, *, weights: Any = None) -> Any:  # fmt: skip
    return _quantile(a, q, axis, method, keepdims, weights, True, "np.nanpercentile", 100)


def _median(x: Array, axis: Any, keepdims: bool, skip_nan: bool, name: str) -> Any:
    axes = strict_axes(axis, x.ndim)
    shape = kept_shape(x.shape, axes) if keepdims else tuple(n for a, n in enumerate(x.shape) if a not in axes)
    if not x.size:
        return _of_nothing(x, shape)
    low, high, weight = neighbours(x, np.array(0.5), axes, "linear", skip_nan, name)
    out = low if not weight.any() else lift(x.tape, (low + high) / 2)
    rest = [a for a in range(x.ndim) if a not in axes]
    if len(rest) > 1:  # as NumPy, which moves and merges several axes before it partitions a copy
        moved = x.slots.transpose(*rest, *axes)
        out = fresh(out, without(axes_of(moved.reshape(*moved.shape[: len(rest)], -1) if len(axes) > 1 else moved), range(len(rest), moved.ndim)))
    else:
        out = fresh(out)
    return _shaped(out, shape, keepdims)


@implements(np.median)
@takes_out
def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    return _median(a, axis, keepdims, False, "np.median")


@implements(np.nanmedian)
@takes_out
def nanmedian(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    return _median(a, axis, keepdims, True, "np.nanmedian")
