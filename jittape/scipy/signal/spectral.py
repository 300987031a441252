"""Spectra of signals: windowed segments, their Fourier transforms, and what is averaged of them; the analytic signal."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, NamedTuple

import numpy as np

from jittape.functions.products import as_array
from jittape.scipy.declare import like, original
from jittape.scipy.signal.smoothing import detrend as without_trend

HANN, TUKEY = (inspect.signature(original(f"scipy.signal.{name}")).parameters["window"].default for name in ("welch", "spectrogram"))
"""Windows by SciPy's names, which are others from release 1.17 on."""


def _is_complex(x: Any) -> bool:
    return bool(np.dtype(x.dtype).kind == "c")


class Segments(NamedTuple):
    """How a signal is cut into windowed segments, and these are transformed."""

    window: Any
    length: int
    step: int
    nfft: int


def _segments(name: str, window: Any, nperseg: Any, noverlap: Any, nfft: Any, samples: int, share: int = 2) -> Segments:
    if isinstance(window, (str, tuple)):
        length = 256 if nperseg is None else int(nperseg)
        if length < 1:
            raise ValueError(f"scipy.signal.{name}: nperseg must be a positive integer, not {nperseg!r}")
        if length > samples:
            warnings.warn(f"scipy.signal.{name}: nperseg = {length} is greater than the input length, {samples}, which is used instead", stacklevel=6)
            length = samples
        values = original("scipy.signal.get_window")(window, length)
    else:
        values = np.asarray(window)
        if values.ndim != 1:
            raise ValueError(f"scipy.signal.{name}: window must be 1-D, not of shape {values.shape}")
        length = len(values) if nperseg is None else int(nperseg)
        if length != len(values):
            raise ValueError(f"scipy.signal.{name}: nperseg = {length} is not the length of the window, {len(values)}")
        if length > samples:
            raise ValueError(f"scipy.signal.{name}: the window, of {length}, is longer than the input signal, of {samples}")
    over = length // share if noverlap is None else int(noverlap)
    if over >= length:
        raise ValueError(f"scipy.signal.{name}: noverlap must be less than nperseg, {length}, not {over}")
    n = length if nfft is None else int(nfft)
    if n < length:
        raise ValueError(f"scipy.signal.{name}: nfft must be greater than or equal to nperseg, {length}, not {n}")
    return Segments(values, length, length - over, n)


def _scale(name: str, window: Any, fs: float, scaling: str) -> float:
    if scaling == "density":
        return float(1.0 / (fs * np.sum(np.abs(window) ** 2)))
    if scaling == "spectrum":
        return float(1.0 / np.abs(np.sum(window)) ** 2)
    raise ValueError(f"scipy.signal.{name}: scaling is 'density' or 'spectrum', not {scaling!r}")


def _transforms(x: Any, how: Segments, trend: Any, axis: int, onesided: bool) -> Any:
    """Fourier transforms of the segments of the last axis: (..., segments, frequencies)."""
    starts = np.arange(0, x.shape[-1] - how.length + 1, how.step)
    parts = x[..., starts[:, None] + np.arange(how.length)]
    if callable(trend):  # it expects segments along the axis of the signal
        parts = trend(parts) if axis in (-1, x.ndim - 1) else np.moveaxis(trend(np.moveaxis(parts, -1, axis)), axis, -1)
    elif trend:
        parts = without_trend(parts, type=trend)
    return (np.fft.rfft if onesided else np.fft.fft)(parts * how.window, n=how.nfft, axis=-1)


def _frequencies(how: Segments, fs: float, onesided: bool) -> Any:
    return (np.fft.rfftfreq if onesided else np.fft.fftfreq)(how.nfft, 1.0 / fs)


def _doubled(how: Segments, count: int, onesided: bool) -> Any:
    """Two where a frequency stands for itself and its negative."""
    twice = np.ones(count)
    if onesided:
        twice[1 : None if how.nfft % 2 else -1] = 2.0
    return twice


def _lengthened(x: Any, samples: int) -> Any:
    """A signal along the last axis with zeros behind it."""
    more = samples - x.shape[-1]
    return x if not more else np.concatenate([x, np.zeros((*x.shape[:-1], more))], axis=-1)


def _powers(X: Any, Y: Any) -> Any:
    """conj(X) Y; real where both are the same."""
    if X is Y:
        return np.real(X) * np.real(X) + np.imag(X) * np.imag(X)
    return np.conj(X) * Y


def _cross(name: str, x: Any, y: Any, fs: Any, window: Any, nperseg: Any, noverlap: Any, nfft: Any, trend: Any, onesided: bool, scaling: str, axis: int,
           average: str) -> tuple[Any, Any]:  # fmt: skip
    """(frequencies, cross spectral density)."""
    same, x = y is x, as_array(x)
    y = x if same else as_array(y)
    axis = int(axis)
    if not (x.size and y.size):
        raise ValueError(f"scipy.signal.{name}: there are no samples, in shapes {x.shape} and {y.shape}")
    a = np.moveaxis(x, axis, -1)
    b = a if same else np.moveaxis(y, axis, -1)
    try:
        np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    except ValueError:
        raise ValueError(f"scipy.signal.{name}: x and y cannot be broadcast together, of shapes {x.shape} and {y.shape}") from None
    samples = max(a.shape[-1], b.shape[-1])
    how = _segments(name, window, nperseg, noverlap, nfft, samples)
    onesided = bool(onesided) and not (_is_complex(a) or _is_complex(b))
    X = _transforms(_lengthened(a, samples), how, trend, axis, onesided)
    Y = X if same else _transforms(_lengthened(b, samples), how, trend, axis, onesided)
    P = _powers(X, Y) * (_scale(name, how.window, fs, scaling) * _doubled(how, X.shape[-1], onesided))
    count = P.shape[-2]
    if average == "median" and count > 1:
        bias = 1.0 + sum(1.0 / (k + 1) - 1.0 / k for k in range(2, count, 2))
        P = (np.median(P, axis=-2) if same else np.median(np.real(P), axis=-2) + 1j * np.median(np.imag(P), axis=-2)) / bias
    elif average in ("mean", "median"):
        P = np.mean(P, axis=-2)
    else:
        raise ValueError(f"scipy.signal.{name}: average is 'mean' or 'median', not {average!r}")
    return _frequencies(how, fs, onesided), np.moveaxis(P, -1, axis)


@like("scipy.signal.periodogram", by="x")
def periodogram(x: Any, fs: Any = 1.0, window: Any = "boxcar", nfft: Any = None, detrend: Any = "constant", return_onesided: Any = True,
                scaling: Any = "density", axis: Any = -1) -> Any:  # fmt: skip
    """(frequencies, power spectral density) of a whole signal."""
    x = as_array(x)
    samples = x.shape[axis]
    if nfft is not None and nfft < samples:
        x, samples, nfft = np.moveaxis(np.moveaxis(x, axis, -1)[..., :nfft], -1, axis), int(nfft), None
    if hasattr(window, "size") and window.size != samples:
        raise ValueError(f"scipy.signal.periodogram: the window, of {window.size}, must have the length of the signal, {samples}")
    return _cross("periodogram", x, x, fs, "boxcar" if window is None else window, samples, 0, nfft, detrend, return_onesided, scaling, axis, "mean")


@like("scipy.signal.welch", by="x")
def welch(x: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = None, noverlap: Any = None, nfft: Any = None, detrend: Any = "constant",
          return_onesided: Any = True, scaling: Any = "density", axis: Any = -1, average: Any = "mean") -> Any:  # fmt: skip
    """(frequencies, power spectral density) by the mean, or median, over windowed segments.

    Raises:
        ValueError: options that SciPy does not know, or lengths that do not fit.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import signal
        >>> x = np.sin(np.arange(64.0))
        >>> g = jt.grad(lambda x: np.log(signal.welch(x, nperseg=16)[1][3]))(x)
        >>> round(float(g @ x), 6)
        2.0
    """
    return _cross("welch", x, x, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average)


@like("scipy.signal.csd", by="x, y")
def csd(x: Any, y: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = None, noverlap: Any = None, nfft: Any = None, detrend: Any = "constant",
        return_onesided: Any = True, scaling: Any = "density", axis: Any = -1, average: Any = "mean") -> Any:  # fmt: skip
    """(frequencies, cross power spectral density) by the mean, or median, over windowed segments; the shorter signal has zeros behind it."""
    return _cross("csd", x, y, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, axis, average)


@like("scipy.signal.coherence", by="x, y")
def coherence(x: Any, y: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = None, noverlap: Any = None, nfft: Any = None,
              detrend: Any = "constant", axis: Any = -1) -> Any:  # fmt: skip
    """(frequencies, magnitude squared coherence), |Pxy|^2 / (Pxx Pyy) by Welch's method."""
    given = (fs, window, nperseg, noverlap, nfft, detrend, True, "density", axis, "mean")
    frequencies, Pxx = _cross("coherence", x, x, *given)
    _, Pyy = _cross("coherence", y, y, *given)
    _, Pxy = _cross("coherence", x, y, *given)
    if not _is_complex(Pxy):  # x is y
        return frequencies, Pxy * Pxy / Pxx / Pyy
    return frequencies, (np.real(Pxy) ** 2 + np.imag(Pxy) ** 2) / Pxx / Pyy


def _extended(name: str, x: Any, n: int, boundary: Any) -> Any:
    """A signal along the last axis with n samples before and behind it."""
    if boundary is None or not n:
        return x
    if boundary not in ("even", "odd", "constant", "zeros"):
        raise ValueError(f"scipy.signal.{name}: boundary is 'even', 'odd', 'constant', 'zeros' or None, not {boundary!r}")
    if boundary in ("even", "odd") and n > x.shape[-1] - 1:
        raise ValueError(f"scipy.signal.{name}: boundary = {boundary!r} needs more than {n} samples, not {x.shape[-1]}")
    first, last, more = x[..., :1], x[..., -1:], np.ones(n)
    if boundary == "zeros":
        before = after = np.zeros((*x.shape[:-1], n))
    elif boundary == "constant":
        before, after = first * more, last * more
    else:
        before, after = x[..., n:0:-1], x[..., -2 : -(n + 2) : -1]
        if boundary == "odd":
            before, after = 2.0 * first - before, 2.0 * last - after
    return np.concatenate([before, x, after], axis=-1)


def _over_time(name: str, x: Any, how: Segments, fs: float, trend: Any, onesided: bool, scaling: str, axis: int, power: bool, boundary: Any = None,
               padded: bool = False) -> tuple[Any, Any, Any]:  # fmt: skip
    """(frequencies, times, what there is of each segment)."""
    a = _extended(name, np.moveaxis(x, axis, -1), how.length // 2, boundary)
    if padded:
        a = _lengthened(a, a.shape[-1] + -(a.shape[-1] - how.length) % how.step % how.length)
    onesided = bool(onesided) and not _is_complex(a)
    X = _transforms(a, how, trend, axis, onesided)
    scale = _scale(name, how.window, fs, scaling)
    found = _powers(X, X) * (scale * _doubled(how, X.shape[-1], onesided)) if power else X * np.sqrt(scale)
    times = np.arange(how.length / 2, a.shape[-1] - how.length / 2 + 1, how.step) / float(fs)
    if boundary is not None:
        times = times - how.length / 2 / fs
    return _frequencies(how, fs, onesided), times, np.moveaxis(found, -1, axis - 1 if axis < 0 else axis)


@like("scipy.signal.spectrogram", by="x")
def spectrogram(x: Any, fs: Any = 1.0, window: Any = TUKEY, nperseg: Any = None, noverlap: Any = None, nfft: Any = None,
                detrend: Any = "constant", return_onesided: Any = True, scaling: Any = "density", axis: Any = -1, mode: Any = "psd") -> Any:  # fmt: skip
    """(frequencies, times, power spectral density of each segment), or its transform, its magnitude or its phase, by `mode`."""
    if mode not in ("psd", "complex", "magnitude", "angle", "phase"):
        raise ValueError(f"scipy.signal.spectrogram: mode is 'psd', 'complex', 'magnitude', 'angle' or 'phase', not {mode!r}")
    x, axis = as_array(x), int(axis)
    how = _segments("spectrogram", window, nperseg, noverlap, nfft, x.shape[axis], 8)
    frequencies, times, S = _over_time("spectrogram", x, how, fs, detrend, return_onesided, scaling, axis, mode == "psd")
    if mode == "magnitude":
        S = np.abs(S)
    elif mode in ("angle", "phase"):
        S = np.angle(S)
        if mode == "phase":
            S = np.unwrap(S, axis=axis - 1 if axis < 0 else axis)
    return frequencies, times, S


@like("scipy.signal.stft", by="x")
def stft(x: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = 256, noverlap: Any = None, nfft: Any = None, detrend: Any = False,
         return_onesided: Any = True, boundary: Any = "zeros", padded: Any = True, axis: Any = -1, scaling: Any = "spectrum") -> Any:  # fmt: skip
    """(frequencies, times, Fourier transform of each windowed segment)."""
    if scaling not in ("spectrum", "psd"):
        raise ValueError(f"scipy.signal.stft: scaling is 'spectrum' or 'psd', not {scaling!r}")
    x, axis = as_array(x), int(axis)
    how = _segments("stft", window, nperseg, noverlap, nfft, x.shape[axis])
    return _over_time("stft", x, how, fs, detrend, return_onesided, "density" if scaling == "psd" else scaling, axis, False, boundary, bool(padded))


def _overlapped(parts: Any, step: int) -> Any:
    """Segments (..., segments, samples), each `step` behind the one before, added up."""
    count, length = parts.shape[-2:]
    blocks = -(-length // step)
    pieces = _lengthened(parts, blocks * step)
    lead = parts.shape[:-2]
    pieces = pieces.reshape(*lead, count, blocks, step)
    out: Any = 0.0
    for k in range(blocks):
        before, after = np.zeros((*lead, k, step)), np.zeros((*lead, blocks - 1 - k, step))
        out = out + np.concatenate([before, pieces[..., k, :], after], axis=-2)
    return out.reshape(*lead, -1)[..., : (count - 1) * step + length]


@like("scipy.signal.istft", by="Zxx")
def istft(Zxx: Any, fs: Any = 1.0, window: Any = HANN, nperseg: Any = None, noverlap: Any = None, nfft: Any = None, input_onesided: Any = True,
          boundary: Any = True, time_axis: Any = -1, freq_axis: Any = -2, scaling: Any = "spectrum") -> Any:  # fmt: skip
    """(times, the signal that has this short-time Fourier transform)."""
    Z = as_array(Zxx)
    if Z.ndim < 2:
        raise ValueError(f"scipy.signal.istft: the input must have two axes at least, not shape {Z.shape}")
    over_time, over_frequency = int(time_axis) % Z.ndim, int(freq_axis) % Z.ndim
    if over_time == over_frequency:
        raise ValueError("scipy.signal.istft: time_axis and freq_axis must differ")
    default = 2 * (Z.shape[over_frequency] - 1) if input_onesided else Z.shape[over_frequency]
    length = default if nperseg is None else int(nperseg)
    if length < 1:
        raise ValueError(f"scipy.signal.istft: nperseg must be a positive integer, not {nperseg!r}")
    n = nfft if nfft is not None else length if input_onesided and length == default + 1 else default
    if scaling not in ("spectrum", "psd"):
        raise ValueError(f"scipy.signal.istft: scaling is 'spectrum' or 'psd', not {scaling!r}")
    how = _segments("istft", window, length, noverlap, max(n, length) if nfft is None else n, max(length, 1))
    Z = np.moveaxis(Z, (over_time, over_frequency), (-2, -1))
    parts = (np.fft.irfft if input_onesided else np.fft.ifft)(Z, n=n, axis=-1)[..., :length]
    factor = np.sum(how.window) if scaling == "spectrum" else np.sqrt(fs * np.sum(how.window**2))
    x = _overlapped(parts * (how.window * factor), how.step)
    norm = _overlapped(np.tile(how.window**2, (Z.shape[-2], 1)), how.step)
    if boundary:
        half = length // 2
        x, norm = x[..., half : x.shape[-1] - half], norm[half : len(norm) - half]
    if np.any(norm <= 1e-10):
        warnings.warn("scipy.signal.istft: NOLA condition failed, STFT may not be invertible" + ("" if boundary else ", possibly due to a missing boundary"), stacklevel=5)
    x = x / np.where(norm > 1e-10, norm, 1.0)
    if x.ndim > 1:
        x = np.moveaxis(x, -1, over_time - (over_frequency < over_time))
    return np.arange(x.shape[0]) / float(fs), x


@like("scipy.signal.hilbert", by="x")
def hilbert(x: Any, N: Any = None, axis: Any = -1) -> Any:
    """The analytic signal: its real part is the signal, its imaginary part the Hilbert transform."""
    x = as_array(x)
    if _is_complex(x):
        raise ValueError("scipy.signal.hilbert: x must be real")
    n = x.shape[axis] if N is None else int(N)
    if n <= 0:
        raise ValueError(f"scipy.signal.hilbert: N must be positive, not {n}")
    weights = np.zeros(n)
    weights[0] = 1.0
    weights[1 : (n + 1) // 2] = 2.0
    if n % 2 == 0:
        weights[n // 2] = 1.0
    return np.moveaxis(np.fft.ifft(np.fft.fft(np.moveaxis(x, axis, -1), n=n, axis=-1) * weights, axis=-1), -1, axis)
