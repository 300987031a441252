"""Convolutions and correlations of signals and images."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.functions.products import as_array
from jittape.scipy.convolutions import DIRECT, FOURIER, flipped, full, valid, way
from jittape.scipy.declare import like
from jittape.scipy.operations import Shape

MODES = ("full", "same", "valid")
BOUNDARIES = {"fill": "constant", "wrap": "wrap", "circular": "wrap", "symm": "symmetric", "symmetric": "symmetric"}
"""SciPy's names of what lies beyond the borders of an image -> np.pad's."""


def _centred(x: Any, shape: Shape) -> Any:
    """The middle part of this shape."""
    start = [(n - m) // 2 for n, m in zip(x.shape, shape, strict=True)]
    return x[tuple(slice(s, s + m) for s, m in zip(start, shape, strict=True))]


def convolved(name: str, a: Any, b: Any, mode: str, at: tuple[int, ...]) -> Any:
    """A convolution, in one of SciPy's modes, over the axes of the attributes of the operation."""
    if mode not in MODES:
        raise ValueError(f"scipy.signal.{name}: acceptable mode flags are 'valid', 'same', or 'full', not {mode!r}")
    axes = range(a.ndim) if at[0] == DIRECT else at[1:]
    if mode == "valid":
        if any(a.shape[i] < b.shape[i] for i in axes):
            if any(a.shape[i] > b.shape[i] for i in axes):
                raise ValueError(f"scipy.signal.{name}: for 'valid' mode, one must be at least as large as the other in every dimension, not shapes {a.shape} and {b.shape}")
            a, b = b, a
        return valid(a, b, at)
    out = full(a, b, at)
    return out if mode == "full" else _centred(out, a.shape)  # SciPy's, where other axes are broadcast, too


def _pair(name: str, in1: Any, in2: Any) -> tuple[Any, Any]:
    a, b = as_array(in1), as_array(in2)
    if a.ndim != b.ndim:
        raise ValueError(f"scipy.signal.{name}: in1 and in2 should have the same dimensionality, not shapes {a.shape} and {b.shape}")
    return a, b


def _method(name: str, a: Any, b: Any, mode: str, method: str) -> tuple[int, ...]:
    if method not in ("auto", "direct", "fft"):
        raise ValueError(f"scipy.signal.{name}: acceptable method flags are 'auto', 'direct', or 'fft', not {method!r}")
    return way(a, b, mode if mode in MODES else "full", method)


@like("scipy.signal.convolve", by="in1, in2")
def convolve(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """The convolution of two arrays with the same number of axes.

    Raises:
        ValueError: other modes or methods, or shapes that do not fit.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import signal
        >>> jt.grad(lambda w: np.sum(signal.convolve(np.arange(4.0), w, mode="valid")))(np.ones(2)).tolist()
        [6.0, 3.0]
    """
    a, b = _pair("convolve", in1, in2)
    if not a.ndim:
        return a * b
    if not (a.size and b.size):
        return np.zeros(0)
    return convolved("convolve", a, b, mode, _method("convolve", a, b, mode, method))


@like("scipy.signal.correlate", by="in1, in2")
def correlate(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto") -> Any:
    """The correlation of two arrays with the same number of axes."""
    a, b = _pair("correlate", in1, in2)
    if not a.ndim:
        return a * b
    at = _method("correlate", a, b, mode, method)
    return convolved("correlate", a, flipped(b), mode, at)


def _by_transforms(name: str, in1: Any, in2: Any, mode: str, axes: Any) -> Any:
    a, b = _pair(name, in1, in2)
    if not a.ndim:
        return a * b
    if not (a.size and b.size):
        return np.zeros(0)
    chosen = sorted({int(i) % a.ndim for i in np.atleast_1d(range(a.ndim) if axes is None else axes)})
    for i in range(a.ndim):
        if i not in chosen and a.shape[i] != b.shape[i] and 1 not in (a.shape[i], b.shape[i]):
            raise ValueError(f"scipy.signal.{name}: incompatible shapes for in1 and in2: {a.shape} and {b.shape}")
    return convolved(name, a, b, mode, (FOURIER, *chosen))


@like("scipy.signal.fftconvolve", by="in1, in2")
def fftconvolve(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
    """The convolution over some axes by Fourier transforms; the other axes are broadcast."""
    return _by_transforms("fftconvolve", in1, in2, mode, axes)


@like("scipy.signal.oaconvolve", by="in1, in2", note="computed as fftconvolve")
def oaconvolve(in1: Any, in2: Any, mode: Any = "full", axes: Any = None) -> Any:
    """The convolution over some axes by Fourier transforms; the other axes are broadcast."""
    return _by_transforms("oaconvolve", in1, in2, mode, axes)


def _of_images(name: str, in1: Any, in2: Any, mode: str, boundary: str, fillvalue: Any, turn: bool) -> Any:
    a, b = as_array(in1), as_array(in2)
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError(f"scipy.signal.{name}: inputs must both be 2-D arrays, not of shapes {a.shape} and {b.shape}")
    if boundary not in BOUNDARIES:
        raise ValueError(f"scipy.signal.{name}: acceptable boundary flags are 'fill', 'circular' (or 'wrap'), and 'symmetric' (or 'symm'), not {boundary!r}")
    size = a.shape
    if turn:
        b = flipped(b)
    plain_zeros = boundary == "fill" and isinstance(fillvalue, (int, float)) and fillvalue == 0
    if mode not in ("full", "same") or plain_zeros:
        out = convolved(name, a, b, "full" if mode == "same" else mode, (DIRECT,))
    else:
        widths = [(n - 1, n - 1) for n in b.shape]
        out = valid(np.pad(a, widths, constant_values=fillvalue) if boundary == "fill" else np.pad(a, widths, BOUNDARIES[boundary]), b)  # type: ignore[call-overload]
    if mode != "same":
        return out
    start = [n // 2 if turn else (n - 1) // 2 for n in b.shape]
    return out[tuple(slice(s, s + n) for s, n in zip(start, size, strict=True))]


@like("scipy.signal.convolve2d", by="in1, in2, fillvalue")
def convolve2d(in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0) -> Any:
    """The convolution of two images, in1 continued beyond its borders as `boundary` says."""
    return _of_images("convolve2d", in1, in2, mode, boundary, fillvalue, False)


@like("scipy.signal.correlate2d", by="in1, in2, fillvalue")
def correlate2d(in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0) -> Any:
    """The correlation of two images, in1 continued beyond its borders as `boundary` says."""
    return _of_images("correlate2d", in1, in2, mode, boundary, fillvalue, True)
