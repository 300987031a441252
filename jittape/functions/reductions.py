"""Reductions over axes: sums, products, extremes, moments, truth."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.layout import axes_of, in_order, inverse, without
from jittape.array.protocols import IN_STEPS, implements
from jittape.functions.decisions import guarded
from jittape.functions.lift import (
    as_mask,
    check_dtype,
    chosen,
    kept_shape,
    leading,
    lift,
    normal_axes,
    reduced,
    safe_sqrt,
    select,
    settle,
    stop,
    strict_axes,
    takes_out,
    tape_of,
)
from jittape.instructions.rows import reduction
from jittape.ops.layout import MAX, MIN, SUM


def reduce_axes(op: int, x: Any, axis: Any, keepdims: bool) -> Any:
    """Record a reduction instruction over some axes."""
    axes = normal_axes(axis, x.ndim)
    if not axes:
        return +x
    run, store = x.run if x.slot < 0 else None, x.store
    if run is not None and run[1] and len(axes) == x.ndim and not keepdims and (store is None or store.private is None):
        return Array(x.tape, reduction(op).append_whole(x.tape, run[0], run[1]))
    slots = x.slots
    order = without(axes_of(slots), axes) if not in_order(slots) else None
    rest = [a for a in range(slots.ndim) if a not in axes]
    if order is not None:  # as NumPy lays it out
        rest = [rest[a] for a in order]
    base, shape = reduction(op).append(x.tape, slots.transpose(*rest, *axes), len(axes))
    if keepdims and order is None:
        return Array.of_run(x.tape, base, kept_shape(slots.shape, axes))
    out = Array.of_run(x.tape, base, shape)
    if order is not None and out.slot < 0:
        out = Array.of(x.tape, out.slots.transpose(inverse(order)))
    if keepdims:
        out = Array.of(x.tape, out.slots.reshape(kept_shape(slots.shape, axes)))
    return out


def tree(combine: Callable[[Any, Any], Any], x: Any) -> Any:
    """Combine the elements of the first axis pairwise, in 2 log(n) operations at most; `combine` must commute."""
    left = []
    while (n := x.shape[0]) > 1:
        half = n // 2
        if n % 2:
            left.append(x[n - 1])
        x = combine(x[:half], x[half : 2 * half])
    out = x[0]
    for part in left:
        out = combine(out, part)
    return out


def reduce_tree(combine: Callable[[Any, Any], Any], x: Any, axis: Any, keepdims: bool) -> Any:
    """Reduce some axes, none of them empty, by `tree`."""
    axes = normal_axes(axis, x.ndim)
    if not axes:
        return +x
    out = reduced(tree(combine, x.view(leading(x.slots, axes))), x.slots, axes)
    return lift(x.tape, out).reshape(kept_shape(x.shape, axes)) if keepdims else out


def counted(x: Any, axis: Any, keepdims: bool, where: Any) -> Any:
    """How many elements each result of a reduction takes in: a number, or an array where `where` chooses."""
    if where is True:
        return math.prod(x.shape[a] for a in strict_axes(axis, x.ndim))
    if not isinstance(where, Array):
        return np.sum(np.broadcast_to(where, x.shape), axis, keepdims=keepdims)
    return sum(where.view(np.broadcast_to(where.slots, x.shape)), axis, keepdims=keepdims)


def _recorded(x: Any, where: Any) -> Array:
    """The operand of a reduction, of which only `where` may be recorded."""
    return x if isinstance(x, Array) else lift(where.tape, x)


@implements(np.sum, method=True)
@takes_out
def sum(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    x = _recorded(x, where)
    if dtype is not None:
        check_dtype(x, dtype, "np.sum")
    if where is not True:
        x = chosen(where, x, 0.0)
    total = reduce_axes(SUM, x, axis, keepdims)
    return total if initial is None else total + initial


@implements(np.mean, method=True)
@takes_out
def mean(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    n = counted(x, axis, keepdims, where)
    if not n if isinstance(n, int) else not isinstance(n, Array) and np.any(np.equal(n, 0)):
        warnings.warn("Mean of empty slice.", RuntimeWarning, stacklevel=4)
    return sum(x, axis, dtype, None, keepdims, None, where) / n


@implements(np.average)
def average(x: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    if weights is None:
        out = mean(x, axis, keepdims=keepdims)
        scale: Any = np.full(out.shape, counted(x, axis, keepdims, True), float)
    else:
        tape = tape_of(x, weights)
        assert tape is not None
        x, weights = lift(tape, x), settle(weights)
        weights = aligned_weights(x.shape, axis, weights)
        scale = np.sum(weights, axis, keepdims=keepdims)
        if not isinstance(scale, Array) and np.any(scale == 0.0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        out = sum(x * weights, axis, keepdims=keepdims) / scale
    if not returned:
        return out
    shape = np.shape(scale)
    return out, scale if shape == out.shape else np.broadcast_to(scale, out.shape).copy()


def aligned_weights(shape: tuple[int, ...], axis: Any, weights: Any) -> Any:
    """Weights that broadcast against an array of `shape`, as np.average checks them."""
    if weights.shape == shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = np.lib.array_utils.normalize_axis_tuple(axis, len(shape), argname="axis")
    if weights.shape != tuple(shape[a] for a in axes):
        raise ValueError(f"Shape of weights must be consistent with shape of a along specified axis: {weights.shape} and {shape}, axis={axis}.")
    full = np.transpose(weights, np.argsort(axes)).reshape(tuple(n if a in axes else 1 for a, n in enumerate(shape)))
    return full


@implements(np.prod, method=True)
@takes_out
def prod(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    x = _recorded(x, where)
    check_dtype(x, dtype, "np.prod")
    if where is not True:
        x = chosen(where, x, 1.0)
    axes = normal_axes(axis, x.ndim)
    if any_empty(x, axes):
        shape = kept_shape(x.shape, axes)
        result: Any = lift(x.tape, np.ones(shape if keepdims else [n for a, n in enumerate(x.shape) if a not in axes]))
    else:
        result = reduce_tree(np.multiply, x, axes, keepdims)
    return result if initial is None else result * initial


def any_empty(x: Any, axes: tuple[int, ...]) -> bool:
    """Whether one of the axes has no elements."""
    return 0 in [x.shape[a] for a in axes]


def _extreme(op: int, x: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    x = _recorded(x, where)
    combine, name, worst = (np.maximum, "maximum", -np.inf) if op == MAX else (np.minimum, "minimum", np.inf)
    if where is not True:
        if initial is None:
            raise ValueError(f"reduction operation '{name}' does not have an identity, so to use a where mask one has to specify 'initial'")
        x = chosen(where, x, worst)
    axes = normal_axes(axis, x.ndim)
    if any_empty(x, axes) and all_positive(x, axes):
        if initial is None:
            raise ValueError(f"zero-size array to reduction operation {name} which has no identity")
        shape = kept_shape(x.shape, axes)
        return lift(x.tape, np.full(shape if keepdims else [n for a, n in enumerate(x.shape) if a not in axes], 0.0)) + initial
    result = reduce_axes(op, x, axes, keepdims)
    if x.is_mask:
        result = as_mask(result)
    return result if initial is None else combine(result, initial)


def all_positive(x: Any, axes: tuple[int, ...]) -> bool:
    """Whether a reduction over these axes has results at all."""
    return 0 not in [n for a, n in enumerate(x.shape) if a not in axes]


@implements(np.max, np.amax, method="max")
@takes_out
def max(x: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return _extreme(MAX, x, axis, keepdims, initial, where)


@implements(np.min, np.amin, method="min")
@takes_out
def min(x: Any, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return _extreme(MIN, x, axis, keepdims, initial, where)


@implements(np.ptp, method=True)
@takes_out
def ptp(x: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    return max(x, axis, keepdims=keepdims) - min(x, axis, keepdims=keepdims)


def _ptp_in_steps(out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> None:
    """As NumPy: the smallest elements are looked for when the largest ones stand in `out`, which may be a part of the operand."""
    out[...] = max(x, axis, keepdims=keepdims)
    out[...] = out - min(x, axis, keepdims=keepdims)


IN_STEPS[np.ptp] = _ptp_in_steps


def degrees(ddof: Any, correction: Any) -> Any:
    """The number that a variance's divisor is lessened by, of its two spellings."""
    if correction is None:
        return ddof
    if ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    return correction


@implements(np.var, method=True)
@takes_out
def var(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
        where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
    tape = tape_of(x, mean, where)
    assert tape is not None
    x = lift(tape, x)
    check_dtype(x, dtype, "np.var")
    if undefined(x, axis, ddof, where, mean, correction):
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=4)
        return -math.nan * np.exp(sum(x, axis, dtype, None, keepdims))  # so are its derivatives, of every order; the sign is that of 0 / 0
    freedom = counted(x, axis, keepdims, where) - degrees(ddof, correction)
    if not isinstance(freedom, Array) and np.any(np.less_equal(freedom, 0)):
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=4)
    return squared_deviations(x, axis, keepdims, where, mean) / np.maximum(freedom, 0)


def squared_deviations(x: Any, axis: Any, keepdims: bool, where: Any, mean: Any) -> Any:
    """The sum of squared distances to the mean, which is computed unless it is given."""
    if mean is None:
        mean = sum(x, axis, None, None, True, None, where) / counted(x, axis, True, where)
    return sum(np.square(x - mean), axis, None, None, keepdims, None, where)


@implements(np.std, method=True)
@takes_out
def std(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False, *,
        where: Any = True, mean: Any = None, correction: Any = None) -> Any:  # fmt: skip
    if of_one_number(x, axis, ddof, where, mean, correction):
        s = sum(x, axis, dtype, None, keepdims)
        return s - s
    return safe_sqrt(var(x, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction))


def of_one_number(x: Any, axis: Any, ddof: Any, where: Any, mean: Any, correction: Any) -> bool:
    """Whether a deviation is that of one number: zero wherever that lies, no root of what varies."""
    return where is True and mean is None and bool(np.size(x) and np.all(np.equal(counted(x, axis, True, True), 1)) and not degrees(ddof, correction))


def undefined(x: Any, axis: Any, ddof: Any, where: Any, mean: Any, correction: Any) -> bool:
    """Whether a variance is that of one number without a degree of freedom, NaN wherever that lies."""
    return where is True and mean is None and bool(np.size(x) and np.all(np.equal(counted(x, axis, True, True), 1)) and np.all(np.greater_equal(degrees(ddof, correction), 1)))


# --- truth ---------------------------------------------------------------------------------------------------------------


@implements(np.any, method=True)
@takes_out
def any(x: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    x = _recorded(x, where)
    return as_mask(sum(x != 0, axis, keepdims=keepdims, where=where) != 0)


@implements(np.all, method=True)
@takes_out
def all(x: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    x = _recorded(x, where)
    return as_mask(sum(x == 0, axis, keepdims=keepdims, where=where) == 0)


@implements(np.count_nonzero)
def count_nonzero(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    plain = np.count_nonzero(x.value(), axis, keepdims=keepdims)
    if guarded(x):
        sum(x != 0, axis, keepdims=keepdims).decide("the number that np.count_nonzero finds")
    return plain


@implements(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    near = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b)
    near = near | (a == b)
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


@implements(np.allclose)
def allclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> bool:
    return bool(all(isclose(a, b, rtol, atol, equal_nan)))


# --- sums of exponentials --------------------------------------------------------------------------------------------------


def _shift(x: Any, axis: Any) -> Any:
    """The largest element as data, or 0 where it is infinite: what is taken off before exponentials."""
    largest = stop(np.max(x, axis, keepdims=True))
    return select(np.isfinite(largest), largest, 0.0)


def logsumexp(x: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """log(sum(b * exp(x))) over some axes, without overflow, differentiable to any order.

    Args:
        x: an array, recorded or not.
        axis: an axis, a tuple of them, or None for all.
        b: factors that broadcast against x, by default one.
        keepdims: keep the reduced axes with length one.

    Example:
        >>> import numpy as np
        >>> from jittape.functions.reductions import logsumexp
        >>> round(float(logsumexp(np.array([1000.0, 1000.0]))), 4)
        1000.6931
    """
    shift = _shift(x, axis)
    terms = np.exp(x - shift)
    total = np.sum(terms if b is None else b * terms, axis, keepdims=keepdims)
    shift = np.reshape(shift, np.shape(total))
    with np.errstate(divide="ignore"):
        return select(total == 0, -np.inf, np.log(total)) + shift


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """Logarithm of `softmax`, accurate where that underflows."""
    shifted = x - _shift(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True))


def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x) / sum(exp(x)) over an axis, without overflow; shape of x."""
    terms = np.exp(x - _shift(x, axis))
    return terms / np.sum(terms, axis, keepdims=True)
