"""Methods of ufuncs: np.add.reduce, np.multiply.accumulate, np.subtract.outer, np.add.at, np.add.reduceat and their like."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, plain_key
from jittape.array.constants import only_constants, plain_values
from jittape.array.layout import axes_of
from jittape.array.protocols import UFUNC_METHODS
from jittape.array.state import lost
from jittape.errors import RecordingError
from jittape.functions import reductions, scans
from jittape.functions.lift import (
    as_mask,
    check_dtype,
    chosen,
    fresh,
    join,
    kept_shape,
    leading,
    lift,
    normal_axes,
    normal_axis,
    reduced,
    tape_of,
)
from jittape.functions.statistics import grouped_sums

DIRECT: dict[np.ufunc, Callable[..., Any]] = {
    np.add: reductions.sum, np.multiply: reductions.prod, np.maximum: reductions.max, np.minimum: reductions.min,
}  # fmt: skip
LN2 = 0.6931471805599453
REORDERABLE = {np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.hypot,
               np.logical_and, np.logical_or, np.logical_xor, np.bitwise_and, np.bitwise_or, np.bitwise_xor}  # fmt: skip
"""Associative and commutative operations, whose reductions may be done as a tree."""

TRUTH = {np.logical_and, np.logical_or, np.logical_xor, np.bitwise_and, np.bitwise_or, np.bitwise_xor}


def method(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: this rule serves the ufunc method of its name."""
    UFUNC_METHODS[rule.__name__] = rule
    return rule


def _recorded(x: Any, *others: Any) -> Any:
    if isinstance(x, Array):
        return x
    tape = tape_of(*others)
    assert tape is not None
    return lift(tape, x)


def _binary(ufunc: np.ufunc, name: str) -> None:
    if ufunc.nin != 2 or ufunc.nout != 1:
        raise ValueError(f"{name} only supported for binary functions")


@method
def reduce(ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    _binary(ufunc, "reduce")
    x = _recorded(array, initial, where)
    check_dtype(x, dtype, f"np.{ufunc.__name__}.reduce")
    direct = DIRECT.get(ufunc)
    if direct is not None:
        return direct(x, axis, keepdims=keepdims, initial=initial, where=where)
    axes = normal_axes(axis, x.ndim)
    if len(axes) > 1 and ufunc not in REORDERABLE:
        raise ValueError(f"reduction operation '{ufunc.__name__}' is not reorderable, so at most one axis may be specified")
    if where is not True:
        neutral = initial if ufunc.identity is None else ufunc.identity
        if neutral is None:
            raise ValueError(f"reduction operation '{ufunc.__name__}' does not have an identity, so to use a where mask one has to specify 'initial'")
        if ufunc not in REORDERABLE:
            raise RecordingError(f"np.{ufunc.__name__}.reduce of recorded values takes no where=; choose the elements by indexing")
        x = chosen(where, x, neutral)  # of those without identity only fmax and fmin come here: idempotent
    if reductions.any_empty(x, axes):
        result = _of_nothing(ufunc, x, axes, keepdims, initial)
    elif ufunc in (np.logaddexp, np.logaddexp2):
        scale = 1.0 if ufunc is np.logaddexp else LN2
        result = reductions.logsumexp(x if scale == 1.0 else x * scale, axes, keepdims=keepdims)
        result = reduced(result if scale == 1.0 else result / scale, x.slots, axes, keepdims)
    elif ufunc in (np.logical_and, np.bitwise_and):
        result = reductions.all(x, axes, keepdims=keepdims)
    elif ufunc in (np.logical_or, np.bitwise_or):
        result = reductions.any(x, axes, keepdims=keepdims)
    elif ufunc in REORDERABLE:
        result = reductions.reduce_tree(ufunc, x != 0 if ufunc in TRUTH else x, axes, keepdims)
        if ufunc is np.hypot and math.prod(x.shape[a] for a in axes) == 1:
            result = np.abs(result)  # NumPy begins with 0
    else:
        return _fold(ufunc, x, axes, keepdims, initial)
    return result if initial is None else ufunc(initial, result)


def _of_nothing(ufunc: np.ufunc, x: Array, axes: tuple[int, ...], keepdims: bool, initial: Any) -> Any:
    start = ufunc.identity if ufunc.identity is not None else initial
    if start is None and reductions.all_positive(x, axes):
        raise ValueError(f"zero-size array to reduction operation {ufunc.__name__} which has no identity")
    shape = kept_shape(x.shape, axes) if keepdims else [n for a, n in enumerate(x.shape) if a not in axes]
    out = lift(x.tape, np.zeros(shape)) + (0.0 if start is None else start)
    return as_mask(out != 0) if ufunc in TRUTH else out


def _fold(ufunc: np.ufunc, x: Any, axes: tuple[int, ...], keepdims: bool, initial: Any) -> Any:
    """Left to right, as the operation is not associative; differences and quotients by a sum and a product."""
    if not axes:
        return +x if initial is None else ufunc(initial, x)
    y = Array.of(x.tape, leading(x.slots, axes))
    if initial is not None:
        first = lift(x.tape, initial)
        y = join([first.view(np.broadcast_to(first.slots, (1, *y.shape[1:]))), y])
    if y.shape[0] > 1 and ufunc in (np.subtract, np.divide):
        out = ufunc(y[0], reductions.sum(y[1:], 0) if ufunc is np.subtract else reductions.prod(y[1:], 0))
    else:
        out = y[0]
        for i in range(1, y.shape[0]):
            out = ufunc(out, y[i])
    out = reduced(out, x.slots, axes)
    return lift(x.tape, out).reshape(kept_shape(x.shape, axes)) if keepdims else out


@method
def accumulate(ufunc: np.ufunc, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    _binary(ufunc, "accumulate")
    x: Any = array
    if x.ndim == 0:
        raise TypeError("cannot accumulate on a scalar")
    check_dtype(x, dtype, f"np.{ufunc.__name__}.accumulate")
    axis = normal_axis(axis, x.ndim)
    if ufunc is np.add:
        return scans.running_sum(x, axis)
    if ufunc in TRUTH:
        x = x != 0
    work = scans.scan if ufunc in REORDERABLE else scans.fold
    result = scans.along(x, axis, lambda y: work(ufunc, y))
    return as_mask(result) if ufunc in TRUTH else result


@method
def outer(ufunc: np.ufunc, a: Any, b: Any, **kwargs: Any) -> Any:
    _binary(ufunc, "outer")
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **kwargs)


@method
def reduceat(ufunc: np.ufunc, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    _binary(ufunc, "reduceat")
    x: Any = array
    check_dtype(x, dtype, f"np.{ufunc.__name__}.reduceat")
    axis = normal_axis(axis, x.ndim)
    starts = np.asarray(plain_key(indices))
    n = x.shape[axis]
    if starts.size and (starts.min() < 0 or starts.max() >= n):
        bad = starts[(starts < 0) | (starts >= n)][0]
        raise IndexError(f"index {bad} out-of-bounds in {ufunc.__name__}.reduceat [0, {n})")
    ends = np.append(starts[1:], n)
    lengths = np.maximum(ends - starts, 1)
    slots = np.moveaxis(x.slots, axis, 0)
    result = np.empty((starts.size, *slots.shape[1:]), np.int32)
    for length in np.unique(lengths):  # pieces of one length are reduced together
        rows = np.flatnonzero(lengths == length)
        pieces = x.view(slots[starts[rows] + np.arange(length)[:, None]])
        result[rows] = reduce(ufunc, pieces, 0).slots
    order = axes_of(x.slots)
    return fresh(Array.of(x.tape, np.moveaxis(result, 0, axis)), (axis, *(a for a in order if a != axis)))


# --- assignment in place -------------------------------------------------------------------------------------------------


@method
def at(ufunc: np.ufunc, array: Any, indices: Any, *operands: Any) -> None:
    """In place: an element that is named repeatedly is worked on as often."""
    if isinstance(array, np.ndarray) and only_constants(operands):
        ufunc.at(array, plain_key(indices), *plain_values(operands))  # type: ignore[call-overload]
        return
    if not isinstance(array, Array):
        raise lost(
            tape_of([operands]),
            f"np.{ufunc.__name__}.at cannot store recorded values in a plain ndarray; make the array with "
            "`import jittape.numpy as np`, or use np.bincount(index, weights)"
        )
    if len(operands) != ufunc.nin - 1:
        raise ValueError("second operand needed for ufunc" if ufunc.nin == 2 else "second operand provided when ufunc is unary")
    places = np.arange(array.size).reshape(array.shape)[plain_key(indices)]
    flat = np.ravel(places)
    values: Any = None
    if operands:
        given = lift(array.tape, operands[0])
        values = given.view(np.broadcast_to(given.slots, np.shape(places)).reshape(-1))
    if not flat.size:
        return
    if ufunc in (np.add, np.subtract):
        changed, sums = grouped_sums(values, flat)
        _assign(array, changed, ufunc(_elements(array, changed), sums))
        return
    order = np.argsort(flat, kind="stable")
    turn = np.empty(flat.size, np.intp)
    turn[order] = _occurrence(flat[order])
    for k in range(int(turn.max()) + 1):
        now = np.flatnonzero(turn == k)
        current = _elements(array, flat[now])
        _assign(array, flat[now], ufunc(current) if values is None else ufunc(current, values[now]))


def _occurrence(ordered: NDArray[Any]) -> NDArray[Any]:
    """How many equal elements stand before each one of an ordered array."""
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return np.arange(ordered.size) - np.repeat(first, np.diff(np.append(first, ordered.size)))


def _elements(x: Array, places: NDArray[Any]) -> Any:
    return x.view(x.slots.reshape(-1)[places])


def _assign(x: Array, places: NDArray[Any], new: Any) -> None:
    x[np.unravel_index(places, x.shape)] = new
