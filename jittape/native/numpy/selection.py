"""Choices among values, closeness and rounding, of Vars and arrays of them."""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import overload_method

from jittape.native.numpy.allocation import dtype_of
from jittape.native.numpy.composite import array, composite, none, scalar
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_var_array
from jittape.native.vars.var import VarArrays


def _get(x, i): ...
@overload(_get)
def _get_overload(x, i):
    return (lambda x, i: x[i]) if array(x) else (lambda x, i: x)


def _spread(x, shape): ...
@overload(_spread)
def _spread_overload(x, shape):
    return (lambda x, shape: np.broadcast_to(x, shape)) if array(x) else (lambda x, shape: x)


def _shape(x): ...
@overload(_shape)
def _shape_overload(x):
    return (lambda x: x.shape) if array(x) else (lambda x: ())


def _dims(*kinds):
    return {t.ndim for t in kinds if array(t)}


def _operands(*kinds):
    return all(scalar(t) or array(t) for t in kinds)


@composite(np.where, when=lambda condition, x, y: all(map(scalar, (condition, x, y))), complexes=True)
def _where_scalar(condition, x, y):
    out = np.zeros(1, dtype_of(x, y))
    if condition:
        out[0] = x
    else:
        out[0] = y
    return out[0]


@composite(np.where, when=lambda condition, x, y: _operands(condition, x, y) and bool(_dims(condition, x, y)), complexes=True)
def _where(condition, x, y):
    shape = np.broadcast_shapes(_shape(condition), _shape(x), _shape(y))
    out = np.zeros(shape, dtype_of(x, y))
    c, p, q = _spread(condition, shape), _spread(x, shape), _spread(y, shape)
    for i in np.ndindex(shape):
        if _get(c, i):
            out[i] = _get(p, i)
        else:
            out[i] = _get(q, i)
    return out


def _clips(a, a_min, a_max, out=None):
    return all(none(t) or scalar(t) or array(t) for t in (a_min, a_max)) and (scalar(a) or array(a)) and none(out) and not (none(a_min) and none(a_max))


def _below(x, high): ...
@overload(_below)
def _below_overload(x, high):
    """A number that is at most `high`; at the bound the derivative is that of the number."""
    if none(high):
        return lambda x, high: x
    return lambda x, high: min(x, high) if high == high else x + high


def _above(x, low): ...
@overload(_above)
def _above_overload(x, low):
    if none(low):
        return lambda x, low: x
    return lambda x, low: max(x, low) if low == low else x + low


@composite(np.clip, when=lambda a, a_min, a_max, out=None: _clips(a, a_min, a_max, out) and not _dims(a, a_min, a_max))
def _clip_number(a, a_min, a_max, out=None):
    return _below(_above(a, a_min), a_max)


@composite(np.clip, when=lambda a, a_min, a_max, out=None: _clips(a, a_min, a_max, out) and bool(_dims(a, a_min, a_max)))
def _clip_array(a, a_min, a_max, out=None):
    shape = np.broadcast_shapes(_shape(a), _shape(a_min), _shape(a_max))
    x, low, high = _spread(a, shape), _spread(a_min, shape), _spread(a_max, shape)
    out = np.zeros(shape)
    for i in np.ndindex(shape):
        out[i] = _below(_above(_get(x, i), _get(low, i)), _get(high, i))
    return out


@overload_method(VarArrays, "clip")
def _clip_method(a, a_min=None, a_max=None, out=None):
    if not _clips(a, a_min, a_max, out):
        return None
    return lambda a, a_min=None, a_max=None, out=None: np.clip(a, a_min, a_max)


@composite(np.isclose, when=lambda a, b, rtol=1e-05, atol=1e-08, equal_nan=False: scalar(a) and scalar(b))
def _isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    if np.isnan(a) or np.isnan(b):
        return equal_nan and np.isnan(a) and np.isnan(b)
    if np.isinf(a) or np.isinf(b):
        return a == b
    return abs(a - b) <= atol + rtol * abs(b)


@composite(np.isclose, when=lambda a, b, rtol=1e-05, atol=1e-08, equal_nan=False: array(a) or array(b))
def _isclose_all(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    shape = np.broadcast_shapes(_shape(a), _shape(b))
    out = np.zeros(shape, np.bool_)
    p, q = _spread(a, shape), _spread(b, shape)
    for i in np.ndindex(shape):
        out[i] = np.isclose(_get(p, i), _get(q, i), rtol, atol, equal_nan)
    return out


@composite(np.allclose, when=lambda a, b, rtol=1e-05, atol=1e-08, equal_nan=False: array(a) or array(b))
def _allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return np.all(np.isclose(a, b, rtol, atol, equal_nan))


@composite(np.array_equal, when=lambda a1, a2: array(a1) and array(a2) and a1.ndim == a2.ndim, complexes=True)
def _array_equal(a1, a2):
    return a1.shape == a2.shape and np.all(a1 == a2)


@composite(np.round, np.around, when=lambda a, decimals=0, out=None: scalar(a) and none(out))
def _round(a, decimals=0, out=None):
    """By Numba's rule, which `round` has, too."""
    if decimals < 0:
        scale = 10.0 ** (-decimals)
        return np.rint(a / scale) * scale
    above = 10.0 ** (decimals - 22) if decimals > 22 else 1.0
    scale = 10.0 ** min(decimals, 22)
    moved = a * above * scale
    if np.isinf(moved):
        return np.rint(a)
    return np.rint(moved) / scale / above


@composite(np.round, np.around, when=lambda a, decimals=0, out=None: array(a) and none(out))
def _round_all(a, decimals=0, out=None):
    rounded = np.zeros(a.shape)
    for i in np.ndindex(a.shape):
        rounded[i] = np.round(a[i], decimals)
    return rounded


@composite(round, when=lambda number, ndigits=None: none(ndigits))
def _round_whole(number, ndigits=None):
    return int(np.rint(number))


@composite(round, when=lambda number, ndigits=None: isinstance(ndigits, types.Integer))
def _round_digits(number, ndigits=None):
    return np.round(number, ndigits)


@composite(np.nan_to_num, when=lambda x, copy=True, nan=0.0, posinf=None, neginf=None: is_var_array(x))
def _nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    high = 1.7976931348623157e308 if posinf is None else posinf
    low = -1.7976931348623157e308 if neginf is None else neginf
    out = np.zeros(x.shape) if copy else x
    for i in np.ndindex(x.shape):
        if np.isnan(x[i]):
            out[i] = nan
        elif np.isinf(x[i]):
            out[i] = high if x[i] > 0 else low
        else:
            out[i] = x[i]
    return out


@composite(np.nan_to_num, when=lambda x, copy=True, nan=0.0, posinf=None, neginf=None: scalar(x))
def _nan_to_num_scalar(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if np.isnan(x):
        return nan
    if np.isinf(x):
        high = 1.7976931348623157e308 if posinf is None else posinf
        low = -1.7976931348623157e308 if neginf is None else neginf
        return high if x > 0 else low
    return x


@composite(np.select, when=lambda condlist, choicelist, default=0: scalar(default))
def _select(condlist, choicelist, default=0):
    out = np.zeros(choicelist[0].shape)
    out[...] = default
    for k in range(len(condlist) - 1, -1, -1):
        for i in np.ndindex(out.shape):
            if condlist[k][i]:
                out[i] = choicelist[k][i]
    return out


@composite(divmod, np.divmod)
def _divmod(x, y):
    return x // y, x % y


@composite(math.ldexp, when=lambda x, i: scalar(x))
def _ldexp(x, i):
    return x * 2.0**i


@composite(np.ldexp)
def _ldexp_all(x1, x2):
    return x1 * 2.0**x2
