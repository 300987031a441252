"""Functions that make arrays of Vars from others: spaced values, joins, products of vectors, moments."""

from __future__ import annotations

import math

import numpy as np
from numba.extending import register_jitable

from jittape.native.numpy.allocation import dtype_of
from jittape.native.numpy.composite import array, composite, none, scalar
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_complex_array, is_var_array


@composite(np.linspace)
def _linspace(start, stop, num=50):
    out = np.zeros(num)
    if num == 1:
        out[0] = start
    for i in range(num):
        if num > 1:
            out[i] = start + (stop - start) * (i / (num - 1))
    return out


@composite(np.logspace)
def _logspace(start, stop, num=50):
    return 10.0 ** np.linspace(start, stop, num)


@composite(np.geomspace)
def _geomspace(start, stop, num=50):
    if start == 0 or stop == 0:
        raise ValueError("Geometric sequence cannot include zero")
    return start * (stop / start) ** np.linspace(0.0, 1.0, num)


@composite(np.append, when=lambda arr, values, axis=None: none(axis) and array(arr) and array(values), complexes=True)
def _append(arr, values, axis=None):
    return np.concatenate((arr.ravel(), values.ravel()))


@composite(np.append, when=lambda arr, values, axis=None: none(axis) and array(arr) and scalar(values), complexes=True)
def _append_scalar(arr, values, axis=None):
    out = np.zeros(arr.size + 1, dtype_of(arr, values))
    out[: arr.size] = arr.ravel()
    out[arr.size] = values
    return out


@composite(np.cross, when=lambda a, b: array(a) and array(b) and a.ndim == 1 and b.ndim == 1)
def _cross(a, b):
    if len(a) != 3 or len(b) != 3:
        raise ValueError("np.cross in a Numba function takes vectors of length 3; use numba.np.extensions.cross2d")
    out = np.zeros(3)
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]
    return out


@composite(np.cross, when=lambda a, b: not array(a) or not array(b))
def _cross_lists(a, b):
    return np.cross(np.asarray(a), np.asarray(b))


@composite(np.cross, when=lambda a, b: array(a) and array(b) and a.ndim == 2 and b.ndim == 2)
def _cross_rows(a, b):
    out = np.zeros((max(len(a), len(b)), 3))
    for i in range(len(out)):
        out[i] = np.cross(a[i if len(a) > 1 else 0], b[i if len(b) > 1 else 0])
    return out


@composite(np.cross, when=lambda a, b: array(a) and array(b) and a.ndim + b.ndim == 3)
def _cross_mixed(a, b):
    return np.cross(np.atleast_2d(a), np.atleast_2d(b))


@composite(np.vander)
def _vander(x, N=None, increasing=False):
    n = len(x) if N is None else N
    out = np.ones((len(x), n))
    for i in range(len(x)):
        for j in range(1, n):
            if increasing:
                out[i, j] = out[i, j - 1] * x[i]
            else:
                out[i, n - 1 - j] = out[i, n - j] * x[i]
    return out


@composite(np.convolve, when=lambda a, v, mode="full": array(a) and array(v), complexes=True)
def _convolve(a, v, mode="full"):
    n, m = len(a), len(v)
    if n == 0 or m == 0:
        raise ValueError("arguments of np.convolve cannot be empty")
    out = np.zeros(n + m - 1, dtype_of(a, v))
    for i in range(n):
        for j in range(m):
            out[i + j] = out[i + j] + a[i] * v[j]
    if mode == "full":
        return out
    if mode == "same":
        first = (min(n, m) - 1) // 2
        return out[first : first + max(n, m)]
    if mode != "valid":
        raise ValueError("Invalid 'mode'")
    return out[min(n, m) - 1 : max(n, m)]


@composite(np.correlate, when=lambda a, v, mode="valid": array(a) and array(v))
def _correlate(a, v, mode="valid"):
    if len(v) > len(a):
        return np.convolve(v, a[::-1], mode)[::-1]
    return np.convolve(a, v[::-1], mode)


def _variables(m, rowvar): ...
@overload(_variables)
def _variables_overload(m, rowvar):
    """Observations as a matrix with a row a variable."""
    if m.ndim == 1:
        return lambda m, rowvar: m.reshape((1, m.size))

    def rows(m, rowvar):
        return np.ascontiguousarray(m if rowvar else m.T)

    return rows


def _joined(m, y, rowvar): ...
@overload(_joined)
def _joined_overload(m, y, rowvar):
    if none(y):
        return lambda m, y, rowvar: _variables(m, rowvar)
    return lambda m, y, rowvar: np.concatenate((_variables(m, rowvar), _variables(y, rowvar)))


def _moments(m, y):
    return array(m) and (none(y) or array(y)) and not (none(y) and m.ndim == 1)


def _single(m, y):
    return array(m) and m.ndim == 1 and none(y)


@composite(np.cov, when=lambda m, y=None, rowvar=True, bias=False, ddof=None: _moments(m, y))
def _cov(m, y=None, rowvar=True, bias=False, ddof=None):
    z = _joined(m, y, rowvar)
    k, n = z.shape
    less = (0 if bias else 1) if ddof is None else ddof
    out = np.zeros((k, k))
    c = np.zeros((k, n))
    for i in range(k):
        c[i] = z[i] - np.mean(z[i])
    for i in range(k):
        for j in range(i + 1):
            out[i, j] = np.dot(c[i], c[j]) / max(n - less, 0)
            out[j, i] = out[i, j]
    return out


@composite(np.cov, when=lambda m, y=None, rowvar=True, bias=False, ddof=None: _single(m, y))
def _cov_single(m, y=None, rowvar=True, bias=False, ddof=None):
    less = (0 if bias else 1) if ddof is None else ddof
    out = np.zeros(1)
    out[0] = np.var(m) * m.size / max(m.size - less, 0)
    return out.reshape(())


@composite(np.corrcoef, when=lambda x, y=None, rowvar=True: _moments(x, y))
def _corrcoef(x, y=None, rowvar=True):
    c = np.cov(x, y, rowvar)
    s = np.sqrt(np.diag(c))
    return c / np.outer(s, s)


TRAPEZOID = [getattr(np, name) for name in ("trapezoid", "trapz") if hasattr(np, name)]


@composite(*TRAPEZOID, when=lambda y, x=None, dx=1.0: array(y) and y.ndim == 1 and none(x), complexes=True)
def _trapezoid(y, x=None, dx=1.0):
    return np.sum(y[1:] + y[:-1]) * 0.5 * dx


@composite(*TRAPEZOID, when=lambda y, x=None, dx=1.0: array(y) and y.ndim == 1 and array(x) and x.ndim == 1, complexes=True)
def _trapezoid_at(y, x=None, dx=1.0):
    return np.sum((y[1:] + y[:-1]) * (x[1:] - x[:-1])) * 0.5


@composite(np.diff, when=lambda a, n=1: (is_var_array(a) or is_complex_array(a)) and a.layout == "A", complexes=True)
def _diff_of_strided(a, n=1):
    return np.diff(a.copy(), n)


@composite(np.ediff1d, when=lambda ary, to_end=None, to_begin=None: array(ary) and none(to_end) and none(to_begin), complexes=True)
def _ediff1d(ary, to_end=None, to_begin=None):
    return np.diff(ary.ravel())


@composite(np.ediff1d, when=lambda ary, to_end=None, to_begin=None: array(ary) and array(to_begin))
def _ediff1d_after(ary, to_end=None, to_begin=None):
    return np.concatenate((to_begin.ravel(), np.ediff1d(ary, to_end)))


@composite(np.ediff1d, when=lambda ary, to_end=None, to_begin=None: array(ary) and array(to_end) and none(to_begin))
def _ediff1d_before(ary, to_end=None, to_begin=None):
    return np.concatenate((np.diff(ary.ravel()), to_end.ravel()))


@composite(np.fill_diagonal, when=lambda a, val, wrap=False: (is_var_array(a) or is_complex_array(a)) and a.ndim == 2, complexes=True)
def _fill_diagonal(a, val, wrap=False):
    rows, columns = a.shape
    for k in range(rows):
        if k < columns:
            a[k, k] = _turn(val, k)
        elif wrap and k % (columns + 1) < columns:
            a[k, k % (columns + 1)] = _turn(val, k - k // (columns + 1))


def _turn(x, k): ...
@overload(_turn)
def _turn_overload(x, k):
    """The value whose turn it is."""
    return (lambda x, k: x.flat[k % x.size]) if array(x) else (lambda x, k: x)


@composite(np.insert, when=lambda arr, obj, values, axis=None: array(arr) and scalar(obj) and scalar(values) and none(axis))
def _insert(arr, obj, values, axis=None):
    if obj < -arr.size or obj > arr.size:
        raise IndexError("index out of bounds")
    at = obj + arr.size if obj < 0 else obj
    out = np.zeros(arr.size + 1)
    flat = arr.ravel()
    out[:at] = flat[:at]
    out[at] = values
    out[at + 1 :] = flat[at:]
    return out


@composite(np.repeat, when=lambda a, repeats: scalar(a), complexes=True)
def _repeat(a, repeats):
    return np.full(repeats, a)


@composite(np.arange, when=lambda start, stop=None, step=None, dtype=None: none(dtype) and scalar(start) and not none(stop))
def _arange(start, stop=None, step=None, dtype=None):
    return _steps(start, stop, 1.0 if step is None else step)


@composite(np.arange, when=lambda start, stop=None, step=None, dtype=None: none(dtype) and scalar(start) and none(stop) and none(step))
def _arange_to(start, stop=None, step=None, dtype=None):
    return _steps(0.0, start, 1.0)


@register_jitable
def _steps(start, stop, step):
    n = max(math.ceil((stop - start) / step), 0)
    return start + step * np.arange(n)


@composite(np.unwrap, when=lambda p, discont=None, axis=-1, period=6.283185307179586: array(p) and p.ndim == 1)
def _unwrap(p, discont=None, axis=-1, period=6.283185307179586):
    out = p.copy()
    turns = 0
    for i in range(1, len(p)):
        step = p[i] - p[i - 1]
        n = math.floor((step + period / 2) / period)
        if step > 0 and step + period / 2 == n * period:
            n -= 1
        if abs(step) >= (period / 2 if discont is None else discont):
            turns -= n
        out[i] = p[i] + turns * period
    return out


@composite(np.asarray_chkfinite, when=lambda a, dtype=None: array(a) and none(dtype))
def _asarray_chkfinite(a, dtype=None):
    for x in a.flat:
        if not np.isfinite(x):
            raise ValueError("array must not contain infs or NaNs")
    return a


@composite(np.trace, when=lambda a, offset=0: array(a) and a.ndim == 2, complexes=True)
def _trace(a, offset=0):
    s = 0.0
    for i in range(a.shape[0]):
        if 0 <= i + offset < a.shape[1]:
            s = s + a[i, i + offset]
    return s

