"""Smoothing by local polynomials, trends, and other rates of sampling: what is linear in the samples, with plain coefficients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.products import as_array, recorded
from jittape.scipy.convolutions import DIRECT, FOURIER, full
from jittape.scipy.declare import like, original
from jittape.scipy.ndimage.filters import along


@like("scipy.signal.savgol_filter", by="x, cval")
def savgol_filter(x: Any, window_length: Any, polyorder: Any, deriv: Any = 0, delta: Any = 1.0, axis: Any = -1, mode: Any = "interp", cval: Any = 0.0) -> Any:
    """The values (or derivatives) of polynomials fitted to the window around each sample along an axis."""
    if mode not in ("mirror", "constant", "nearest", "wrap", "interp"):
        raise ValueError("mode must be 'mirror', 'constant', 'nearest' 'wrap' or 'interp'.")
    x = as_array(x)
    weights = original("scipy.signal.savgol_coeffs")(window_length, polyorder, deriv=deriv, delta=delta)
    out = along("savgol_filter", x, weights[::-1], axis, "constant" if mode == "interp" else mode, cval, 0 if window_length % 2 else -1)
    if mode != "interp":
        return out
    if window_length > x.shape[axis]:
        raise ValueError("If mode is 'interp', window_length must be less than or equal to the size of x.")
    # the first and last samples are those of the polynomials of the first and last window: a matrix, which SciPy makes of the identity
    ends = original("scipy.signal.savgol_filter")(np.eye(window_length), window_length, polyorder, deriv, delta, axis=0)
    half = window_length // 2
    out, x = np.moveaxis(out, axis, -1), np.moveaxis(x, axis, -1)
    first, last = x[..., :window_length] @ ends[:half].T, x[..., -window_length:] @ ends[window_length - half :].T
    return np.moveaxis(np.concatenate([first, out[..., half : out.shape[-1] - half], last], axis=-1), -1, axis)


@like("scipy.signal.detrend", by="data")
def detrend(data: Any, axis: Any = -1, type: Any = "linear", bp: Any = 0, overwrite_data: Any = False) -> Any:
    """The samples less their mean, or less the lines fitted between break points, along an axis."""
    if type not in ("linear", "l", "constant", "c"):
        raise ValueError("Trend type must be 'linear' or 'constant'.")
    x = as_array(data)
    if type in ("constant", "c"):
        return x - np.mean(x, axis=axis, keepdims=True)
    n = x.shape[axis]
    ends = np.sort(np.unique(np.concatenate([[0], np.atleast_1d(bp), [n]]))).astype(int)
    if np.any(ends > n):
        raise ValueError("Breakpoints must be less than length of data along given axis.")
    x = np.moveaxis(x, axis, -1)
    parts = []
    for low, high in zip(ends[:-1], ends[1:], strict=True):
        m = high - low
        line = np.stack([np.arange(1, m + 1) / m, np.ones(m)], axis=1)
        piece = x[..., low:high]
        parts.append(piece - (piece @ np.linalg.pinv(line).T) @ line.T)
    return np.moveaxis(np.concatenate(parts, axis=-1), -1, axis)


@like("scipy.signal.upfirdn", by="h, x", note="mode='constant' with cval=0")
def upfirdn(h: Any, x: Any, up: Any = 1, down: Any = 1, axis: Any = -1, mode: Any = "constant", cval: Any = 0) -> Any:
    """The samples with zeros between them, filtered by h, of which every `down`-th is kept, along an axis."""
    if mode not in ("constant", None) or recorded(cval) or cval != 0:
        raise RecordingError("scipy.signal.upfirdn of recorded values has mode='constant' and cval=0; pad the samples by np.pad")
    h, x = as_array(h), as_array(x)
    if h.ndim != 1 or not h.shape[0] or up < 1 or down < 1:
        raise ValueError(f"scipy.signal.upfirdn: h is a vector that is not empty, up and down at least 1, not shape {h.shape}, {up} and {down}")
    return np.moveaxis(_resampled(h, np.moveaxis(x, axis, -1), int(up), int(down)), -1, axis)


def _resampled(h: Any, x: Any, up: int, down: int) -> Any:
    n = x.shape[-1]
    spread = np.concatenate([x[..., None], np.zeros((*x.shape, up - 1))], axis=-1).reshape(*x.shape[:-1], n * up)[..., : (n - 1) * up + 1]
    return full(spread, np.reshape(h, (*(1,) * (x.ndim - 1), -1)), (FOURIER, x.ndim - 1) if min(spread.shape[-1], h.shape[0]) > 500 else (DIRECT,))[..., ::down]


@like("scipy.signal.resample_poly", by="x", note="padtype 'constant'")
def resample_poly(x: Any, up: Any, down: Any, axis: Any = 0, window: Any = ("kaiser", 5.0), padtype: Any = "constant", cval: Any = None) -> Any:
    """The samples at up / down times their rate along an axis, by a filter of linear phase."""
    if padtype != "constant" or cval:
        raise RecordingError("scipy.signal.resample_poly of recorded values has padtype='constant' and no cval: take the trend away before, and add it afterwards")
    x = as_array(x)
    if up != int(up) or down != int(down) or min(up, down) < 1:
        raise ValueError("up and down must be integers >= 1")
    common = math.gcd(int(up), int(down))
    up, down = int(up) // common, int(down) // common
    if up == down == 1:
        return 1.0 * x
    n = x.shape[axis]
    count = n * up // down + bool(n * up % down)
    if isinstance(window, (list, np.ndarray)):
        h = np.asarray(window, float)
        half = (h.size - 1) // 2
    else:
        largest = max(up, down)
        half = 10 * largest
        h = original("scipy.signal.firwin")(2 * half + 1, 1.0 / largest, window=window)
    h = h * up
    before = down - half % down
    skipped = (before + half) // down
    length: Callable[[int], int] = lambda after: ((n - 1) * up + h.size + before + after - 1) // down + 1
    after = 0
    while length(after) < count + skipped:
        after += 1
    h = np.concatenate([np.zeros(before), h, np.zeros(after)])
    y = _resampled(h, np.moveaxis(x, axis, -1), up, down)
    return np.moveaxis(y[..., skipped : skipped + count], -1, axis)
