"""Reductions of arrays of Vars, over all elements or along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import register_jitable

from jittape.errors import GradientError
from jittape.native.numpy.allocation import is_float
from jittape.native.numpy.composite import array, composite, method, none
from jittape.native.numpy.operations import length
from jittape.native.recording.callbacks import DONE, call_operation, operation
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_complex_array, is_var_array, var_dtype
from jittape.native.vars.var import VarType, replayed, value_of


@register_jitable
def _axis(axis, ndim):
    if axis < -ndim or axis >= ndim:
        raise ValueError("axis is out of bounds for array")
    return axis % ndim


@register_jitable
def _along(shape, axis):
    """Elements before, along and after an axis."""
    before, after = 1, 1
    for i in range(len(shape)):
        if i < axis:
            before *= shape[i]
        elif i > axis:
            after *= shape[i]
    return before, shape[axis], after


def _without(shape, axis): ...
@overload(_without)
def _without_overload(shape, axis):
    """A shape without one of its axes."""
    if len(shape) == 2:
        return lambda shape, axis: (shape[1 - axis],)
    if len(shape) == 3:
        return lambda shape, axis: (shape[0 if axis > 0 else 1], shape[1 if axis > 1 else 2])
    if len(shape) == 4:
        return lambda shape, axis: (shape[0 if axis > 0 else 1], shape[1 if axis > 1 else 2], shape[2 if axis > 2 else 3])
    return None


def _own(a, dtype):
    """Whether a reduction is in the dtype of the array."""
    return array(a) and (none(dtype) if is_complex_array(a) else is_float(dtype))


def _many(a, axis, dtype=None):
    return _own(a, dtype) and a.ndim > 1 and isinstance(axis, types.Integer)


def _row(a, axis, dtype=None):
    return _own(a, dtype) and a.ndim == 1 and isinstance(axis, types.Integer)


def _whole(a, axis=None, dtype=None):
    return _own(a, dtype) and none(axis)


def _converted(f):
    """A reduction in another dtype than that of the array: Numba's own would leave out that each element is converted."""

    @composite(f, when=lambda a, axis=None, dtype=None: array(a) and none(axis) and not none(dtype) and not _own(a, dtype), complexes=True)
    def whole_array(a, axis=None, dtype=None):
        return f(a.astype(dtype))

    @composite(f, when=lambda a, axis=None, dtype=None: array(a) and not none(axis) and not none(dtype) and not _own(a, dtype), complexes=True)
    def along(a, axis=None, dtype=None):
        return f(a.astype(dtype), axis)


_converted(np.sum)
_converted(np.cumsum)


@composite(np.sum, when=_whole, complexes=True)
def _sum(a, axis=None, dtype=None):
    s = 0.0
    for x in a.flat:
        s = s + x
    return s


@composite(np.sum, when=_row, complexes=True)
def _sum_row(a, axis=None, dtype=None):
    _axis(axis, 1)
    return np.sum(a)


@composite(np.sum, when=_many, complexes=True)
def _sum_along(a, axis=None, dtype=None):
    k = _axis(axis, a.ndim)
    before, n, after = _along(a.shape, k)
    b = np.ascontiguousarray(a).reshape((before, n, after))
    out = np.empty((before, after), b.dtype)
    for i in range(before):
        for j in range(after):
            s = 0.0
            for m in range(n):
                s = s + b[i, m, j]
            out[i, j] = s
    return out.reshape(_without(a.shape, k))


def _two_axes(a, axis, dtype=None):
    return _own(a, dtype) and a.ndim > 1 and isinstance(axis, types.BaseTuple) and len(axis) == 2


@composite(np.sum, when=_two_axes, complexes=True)
def _sum_two(a, axis=None, dtype=None):
    first, second = _axis(axis[0], a.ndim), _axis(axis[1], a.ndim)
    if first == second:
        raise ValueError("duplicate value in 'axis'")
    return np.sum(np.sum(a, max(first, second)), min(first, second))
@composite(np.sum, when=lambda a, axis=None, dtype=None: isinstance(a, VarType) and none(axis))
def _sum_of_one(a, axis=None, dtype=None):
    return a


@composite(np.prod, np.mean, when=lambda a: isinstance(a, VarType))
def _of_one(a):
    return a


@composite(np.prod, when=lambda a: array(a), complexes=True)
def _prod(a):
    s = 1.0
    for x in a.flat:
        s = s * x
    return s


@composite(np.mean, when=lambda a: array(a), complexes=True)
def _mean(a):
    return np.sum(a) / a.size


@composite(np.var, when=lambda a: array(a))
def _var(a):
    m = np.sum(a) / a.size
    s = 0.0
    for x in a.flat:
        s = s + (x - m) ** 2
    return s / a.size


@composite(np.std, when=lambda a: array(a))
def _std(a):
    return length(np.var(a))


def _one_instruction(number):
    """The reduction of all elements as one instruction of the tape, whose rule shares among ties evenly."""

    def reduce(a): ...

    @overload(reduce)
    def typed(a):
        def apply(a):
            out = np.empty(1, var_dtype)
            if call_operation(number, (np.ascontiguousarray(a),), (out.reshape(()),)) != DONE:
                raise GradientError("a reduction failed while it was recorded; the log of jittape says why")
            return out[0]

        return apply

    return reduce


def _extreme(step, names, number):
    together = _one_instruction(number)

    @composite(*names, when=lambda a: array(a))
    def reduce(a):
        if a.size == 0:
            raise ValueError("zero-size array to reduction operation not possible")
        best = value_of(a.flat[0])
        for x in a.flat:
            best = step(best, value_of(x))
        ties, kept = 0, False
        for x in a.flat:
            ties += value_of(x) == best
            kept |= replayed(x)
        if ties > 1 or kept:  # pairs would share by halves: 1/4, 1/4, 1/2
            return together(a)
        s = a.flat[0]
        for i in range(1, a.size):
            s = step(s, a.flat[i])
        return s


_extreme(np.maximum, (np.max, np.amax), operation("max", np.max))
_extreme(np.minimum, (np.min, np.amin), operation("min", np.min))


@composite(np.ptp, when=lambda a: array(a))
def _ptp(a):
    return np.max(a) - np.min(a)


@register_jitable
def greater(a, b):
    return a > b


@register_jitable
def less(a, b):
    return a < b


def _place(better, f):
    @composite(f, when=_whole)
    def find(a, axis=None):
        if a.size == 0:
            raise ValueError("attempt to get argmin or argmax of an empty sequence")
        best = 0
        for i in range(1, a.size):
            if better(a.flat[i], a.flat[best]):
                best = i
        return best

    @composite(f, when=_row)
    def find_row(a, axis=None):
        _axis(axis, 1)
        return f(a)

    @composite(f, when=_many)
    def find_along(a, axis=None):
        k = _axis(axis, a.ndim)
        before, n, after = _along(a.shape, k)
        b = np.ascontiguousarray(a).reshape((before, n, after))
        out = np.empty((before, after), np.int64)
        for i in range(before):
            for j in range(after):
                out[i, j] = f(b[i, :, j])
        return out.reshape(_without(a.shape, k))


_place(greater, np.argmax)
_place(less, np.argmin)


@composite(np.cumsum, when=_whole, complexes=True)
def _cumsum(a, axis=None, dtype=None):
    out = np.empty(a.size, a.dtype)
    s = 0.0
    for i in range(a.size):
        s = s + a.flat[i]
        out[i] = s
    return out


@composite(np.cumsum, when=_row, complexes=True)
def _cumsum_row(a, axis=None, dtype=None):
    _axis(axis, 1)
    return np.cumsum(a)


@composite(np.cumsum, when=_many, complexes=True)
def _cumsum_along(a, axis=None, dtype=None):
    k = _axis(axis, a.ndim)
    before, n, after = _along(a.shape, k)
    b = np.ascontiguousarray(a).reshape((before, n, after))
    out = np.empty((before, n, after), b.dtype)
    for i in range(before):
        for j in range(after):
            s = 0.0
            for m in range(n):
                s = s + b[i, m, j]
                out[i, m, j] = s
    return out.reshape(a.shape)


@composite(np.cumprod, when=lambda a: array(a), complexes=True)
def _cumprod(a):
    out = np.empty(a.size, a.dtype)
    s = 1.0
    for i in range(a.size):
        s = s * a.flat[i]
        out[i] = s
    return out


# --- without NaN ----------------------------------------------------------------------------------------------------------------


@register_jitable
def known(a):
    """The elements that are no NaN."""
    return a.ravel()[~np.isnan(a.ravel())]


@composite(np.nansum)
def _nansum(a):
    return np.sum(known(a))


@composite(np.nanprod)
def _nanprod(a):
    return np.prod(known(a))


@composite(np.nanmean)
def _nanmean(a):
    return np.mean(known(a))


@composite(np.nanvar)
def _nanvar(a):
    return np.var(known(a))


@composite(np.nanstd)
def _nanstd(a):
    return np.std(known(a))


@composite(np.nanmax)
def _nanmax(a):
    return np.max(known(a))


@composite(np.nanmin)
def _nanmin(a):
    return np.min(known(a))


@composite(np.nancumsum)
def _nancumsum(a):
    b = a.ravel()
    return np.cumsum(np.where(np.isnan(b), 0.0, b))


@composite(np.nancumprod)
def _nancumprod(a):
    b = a.ravel()
    return np.cumprod(np.where(np.isnan(b), 1.0, b))


@composite(np.count_nonzero, when=lambda a: is_var_array(a) or is_complex_array(a), complexes=True)
def _count_nonzero(a):
    n = 0
    for x in a.flat:
        if x != 0:
            n += 1
    return n


_f: Any
for _f in (np.prod, np.mean, np.var, np.std, np.max, np.min, np.cumprod):
    method(_f.__name__.replace("amax", "max").replace("amin", "min"), _f)
for _f in (np.sum, np.cumsum):  # type: ignore[assignment]
    method(_f.__name__, _f, "a, axis=None, dtype=None")
for _f in (np.argmax, np.argmin):  # type: ignore[assignment]
    method(_f.__name__, _f, "a, axis=None")
