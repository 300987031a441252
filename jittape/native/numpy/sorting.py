"""Functions of arrays of Vars that depend on the order of their values. The order is a decision; the values are differentiated."""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import register_jitable

from jittape.native.numpy.composite import array, composite, none, scalar
from jittape.native.numpy.reductions import greater, known, less


@composite(np.median)
def _median(a):
    n = a.size
    if n == 0:
        return np.nan
    b = np.sort(a.ravel())
    if n % 2:
        return b[n // 2]
    return (b[n // 2 - 1] + b[n // 2]) * 0.5


@composite(np.nanmedian)
def _nanmedian(a):
    return np.median(known(a))


@register_jitable
def _quantile(b, q):
    """Of sorted values, linear between them."""
    if q < 0.0 or q > 1.0:
        raise ValueError("Quantiles must be in the range [0, 1]")
    n = b.size
    at = q * (n - 1)
    low = min(int(at), n - 2) if n > 1 else 0
    high = min(low + 1, n - 1)
    return b[low] + (b[high] - b[low]) * (at - low)


def _of_one(a, q):
    return array(a) and scalar(q)


def _of_several(a, q):
    return array(a) and array(q) and q.ndim == 1


def _of_list(a, q):
    return array(a) and isinstance(q, (types.List, types.ListType, types.UniTuple))


def _quantiles(one, scale, clean):
    @composite(one, when=_of_one)
    def single(a, q):
        return _quantile(np.sort(clean(a)), q * scale)

    @composite(one, when=_of_several)
    def several(a, q):
        b = np.sort(clean(a))
        out = np.zeros(q.size)
        for i in range(q.size):
            out[i] = _quantile(b, q[i] * scale)
        return out

    @composite(one, when=_of_list)
    def listed(a, q):
        return one(a, np.asarray(q))


@register_jitable
def _flat(a):
    return a.ravel()


_quantiles(np.quantile, 1.0, _flat)
_quantiles(np.percentile, 0.01, _flat)
_quantiles(np.nanquantile, 1.0, known)
_quantiles(np.nanpercentile, 0.01, known)


@register_jitable
def _search(a, v, right):
    low, high = 0, len(a)
    while low < high:
        middle = (low + high) // 2
        if a[middle] < v or (right and a[middle] <= v):
            low = middle + 1
        else:
            high = middle
    return low


@composite(np.searchsorted, when=lambda a, v, side="left": scalar(v))
def _searchsorted(a, v, side="left"):
    if side != "left" and side != "right":
        raise ValueError("side must be 'left' or 'right'")
    return _search(a, v, side == "right")


@composite(np.searchsorted, when=lambda a, v, side="left": array(v))
def _searchsorted_all(a, v, side="left"):
    if side != "left" and side != "right":
        raise ValueError("side must be 'left' or 'right'")
    out = np.empty(v.size, np.int64)
    for i in range(v.size):
        out[i] = _search(a, v.flat[i], side == "right")
    return out.reshape(v.shape)


@composite(np.digitize, when=lambda x, bins, right=False: array(x))
def _digitize(x, bins, right=False):
    out = np.empty(x.size, np.int64)
    n = len(bins)
    falling = n > 1 and bins[0] > bins[n - 1]
    for i in range(x.size):
        out[i] = n - _search(bins[::-1], x.flat[i], right) if falling else _search(bins, x.flat[i], not right)
    return out.reshape(x.shape)


@register_jitable
def _interpolate(x, xp, fp, out, i):
    """At a node the derivative is that of the interval to its right, at the last one to its left, as in functions/analysis.py."""
    n = len(xp)
    if x < xp[0] or n == 1:
        out[i] = fp[0]
    elif x > xp[n - 1]:
        out[i] = fp[n - 1]
    else:
        low = n - 2 if np.isnan(x) else min(max(_search(xp, x, True) - 1, 0), n - 2)
        at = n - 1 if x == xp[n - 1] else low
        if xp[low] == xp[low + 1]:  # the end of a jump
            out[i] = fp[at] + (x - x)
        else:
            slope = (fp[low + 1] - fp[low]) / (xp[low + 1] - xp[low])
            out[i] = fp[at] if x == xp[at] and not np.isfinite(slope) else slope * (x - xp[at]) + fp[at]


@register_jitable
def _table(xp, fp):
    if len(xp) == 0:
        raise ValueError("array of sample points is empty")
    if len(xp) != len(fp):
        raise ValueError("fp and xp are not of the same size.")


@composite(np.interp, when=lambda x, xp, fp: scalar(x))
def _interp(x, xp, fp):
    _table(xp, fp)
    out = np.zeros(1)
    _interpolate(x, xp, fp, out, 0)
    return out[0]


@composite(np.interp, when=lambda x, xp, fp: array(x))
def _interp_all(x, xp, fp):
    _table(xp, fp)
    out = np.zeros(x.size)
    for i in range(x.size):
        _interpolate(x.flat[i], xp, fp, out, i)
    return out.reshape(x.shape)


@composite(np.unique)
def _unique(ar):
    b = np.sort(ar.ravel())
    n = 0
    for i in range(b.size):
        if i == 0 or b[i] != b[n - 1]:
            b[n] = b[i]
            n += 1
    return b[:n]


@composite(np.histogram, when=lambda a, bins=10, range=None: array(a) and array(bins))
def _histogram(a, bins=10, range=None):
    counts = np.zeros(len(bins) - 1, np.int64)
    for x in a.flat:
        if x >= bins[0] and x <= bins[-1]:
            counts[min(_search(bins, x, True), len(bins) - 1) - 1] += 1
    return counts, bins


@composite(np.histogram, when=lambda a, bins=10, range=None: array(a) and isinstance(bins, types.Integer) and none(range))
def _histogram_even(a, bins=10, range=None):
    return _even(a, bins, np.min(a), np.max(a))


@composite(np.histogram, when=lambda a, bins=10, range=None: array(a) and isinstance(bins, types.Integer) and isinstance(range, types.BaseTuple))
def _histogram_range(a, bins=10, range=None):
    return _even(a, bins, range[0], range[1])


@register_jitable
def _even(a, bins, low, high):
    """Counts in bins of one width, and their edges."""
    if bins <= 0:
        raise ValueError("histogram(): `bins` should be a positive integer")
    if not low <= high:
        raise ValueError("histogram(): max must be larger than min in range parameter")
    counts = np.zeros(bins, np.int64)
    if high > low:
        ratio = bins / (high - low)
        for x in a.flat:
            at = math.floor((x - low) * ratio)
            if 0 <= at < bins:
                counts[at] += 1
            elif x == high:
                counts[bins - 1] += 1
    return counts, np.linspace(low, high, bins + 1)


@composite(np.argpartition)
def _argpartition(a, kth):
    return np.argsort(a)


def _nanplace(better, f):
    @composite(f, when=lambda a, axis=None: array(a) and none(axis))
    def find(a, axis=None):
        best = -1
        for i in range(a.size):
            if not np.isnan(a.flat[i]) and (best < 0 or better(a.flat[i], a.flat[best])):
                best = i
        if best < 0:
            raise ValueError("All-NaN slice encountered")
        return best


_nanplace(greater, np.nanargmax)
_nanplace(less, np.nanargmin)


@composite(np.extract)
def _extract(condition, arr):
    return arr.ravel()[condition.ravel() != 0]


@composite(np.bincount, when=lambda a, weights=None, minlength=0: array(a) and isinstance(a.dtype, types.Integer) and array(weights))
def _bincount(a, weights=None, minlength=0):
    if len(a) != len(weights):
        raise ValueError("bincount(): weights and list don't have the same length")
    n = minlength
    for i in a:
        if i < 0:
            raise ValueError("bincount(): first argument must be non-negative")
        n = max(n, i + 1)
    out = np.zeros(n)
    for i in range(len(a)):
        out[a[i]] = out[a[i]] + weights[i]
    return out
