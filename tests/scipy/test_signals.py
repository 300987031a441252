"""jittape.scipy.signal beside scipy.signal: values, and derivatives by signals and coefficients."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.signal
from scipy_checks import check, joined

import jittape as jt
from jittape.errors import RecordingError
from jittape.scipy import signal

RNG = np.random.default_rng(11)


def draw(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


def modes(name: str, **options: Any) -> Any:
    """A function in all its modes, the arguments in both orders."""
    return lambda S, a, b: joined([getattr(S, name)(*args, mode=m, **options) for m in ("full", "same", "valid") for args in ((a, b), (b, a))])


B, A = np.array([0.4, 0.3, -0.1]), np.array([1.3, -0.5, 0.2, 0.1])
SOS = scipy.signal.butter(4, 0.3, output="sos")
def normal(sos: Any) -> Any:
    """Sections with one as the first coefficient of their denominators, which SciPy asks for."""
    import jittape.numpy as jnp

    return jnp.concatenate([sos[:, :3], np.ones((2, 1)), sos[:, 4:]], axis=1)


CASES = {
    "convolve": (modes("convolve"), lambda: (draw(7), draw(4))),
    "convolve fft": (modes("convolve", method="fft"), lambda: (draw(5, 4), draw(3, 4))),
    "correlate": (modes("correlate"), lambda: (draw(5, 4), draw(3, 2))),
    "fftconvolve": (modes("fftconvolve", axes=1), lambda: (draw(3, 7), draw(1, 4))),
    "oaconvolve": (lambda S, a, b: S.oaconvolve(a, b), lambda: (draw(9), draw(4))),
    "convolve2d": (lambda S, a, b: joined([S.convolve2d(a, b, m, w, fillvalue=v) for m in ("full", "same", "valid") for w, v in (("fill", 0), ("fill", 1.5), ("wrap", 0), ("symm", 0))]), lambda: (draw(5, 6), draw(2, 3))),
    "correlate2d": (lambda S, a, b: joined([S.correlate2d(a, b, m, w) for m in ("full", "same", "valid") for w in ("fill", "wrap", "symm")]), lambda: (draw(5, 6), draw(2, 3))),
    "lfilter": (lambda S, b, a, x: S.lfilter(b, a, x), lambda: (B + 0.05 * draw(3), A + 0.05 * draw(4), draw(2, 8))),
    "lfilter state": (lambda S, b, a, x, z: joined(S.lfilter(b, a, x, axis=0, zi=z)), lambda: (B + 0.05 * draw(3), A + 0.05 * draw(4), draw(6, 2), draw(3, 2))),
    "lfilter short": (lambda S, b, a, x, z: joined(S.lfilter(b, a, x, zi=z)), lambda: (B + 0.05 * draw(3), A + 0.05 * draw(4), draw(2), draw(3))),
    "lfilter fir": (lambda S, b, x: S.lfilter(b, [2.0], x), lambda: (B + 0.05 * draw(3), draw(8))),
    "filtfilt": (lambda S, b, a, x: S.filtfilt(b, a, x), lambda: (B + 0.05 * draw(3), A + 0.05 * draw(4), draw(2, 16))),
    "filtfilt even": (lambda S, x: joined([S.filtfilt(B, A, x, axis=0, padtype=p, padlen=3) for p in ("even", "constant", None)]), lambda: (draw(8, 2),)),
    "sosfilt": (lambda S, sos, x: S.sosfilt(normal(sos), x), lambda: (SOS * (1.0 + 0.01 * draw(2, 6)), draw(9))),
    "sosfilt state": (lambda S, x, z: joined(S.sosfilt(SOS, x, axis=0, zi=z)), lambda: (draw(7, 3), draw(2, 2, 3))),
    "sosfiltfilt": (lambda S, sos, x: S.sosfiltfilt(normal(sos), x), lambda: (SOS * (1.0 + 0.01 * draw(2, 6)), draw(20))),
    "states": (lambda S, b, a, sos: joined([S.lfilter_zi(b, a), S.sosfilt_zi(sos)]), lambda: (B + 0.05 * draw(3), A + 0.05 * draw(4), SOS * (1.0 + 0.01 * draw(2, 6)))),
    "savgol_filter": (lambda S, x: joined([S.savgol_filter(x, 5, 2, mode=m) for m in ("interp", "mirror", "constant", "nearest", "wrap")]), lambda: (draw(2, 9),)),
    "savgol_filter deriv": (lambda S, x: joined([S.savgol_filter(x, 5, 3, deriv=1, delta=0.5, axis=0), S.savgol_filter(x, 4, 2, axis=0, mode="nearest")]), lambda: (draw(8, 2),)),
    "detrend": (lambda S, x: joined([S.detrend(x), S.detrend(x, type="constant", axis=0), S.detrend(x, bp=[3])]), lambda: (draw(2, 8),)),
    "upfirdn": (lambda S, h, x: joined([S.upfirdn(h, x, 3, 2), S.upfirdn(h, x, axis=0)]), lambda: (draw(5), draw(2, 7))),
    "periodogram": (lambda S, x: joined([S.periodogram(x)[1], S.periodogram(x, 3.0, "hann", nfft=12, detrend="linear", scaling="spectrum", axis=0)[1], S.periodogram(x, nfft=5, return_onesided=False)[1]]), lambda: (draw(9, 6),)),
    "welch": (lambda S, x: joined([S.welch(x, nperseg=8)[1], S.welch(x, 2.0, "hamming", 5, 3, 9, False, average="median")[1], S.welch(x, window=np.arange(1.0, 5.0), axis=0, detrend=lambda d: 2.0 * d)[1]]), lambda: (draw(4, 21),)),
    "csd": (lambda S, x, y: joined([f(S.csd(x, y, nperseg=6, **o)[1]) for f in (np.real, np.imag) for o in ({}, {"average": "median"}, {"return_onesided": False, "scaling": "spectrum"})]), lambda: (draw(2, 19), draw(2, 14))),
    "coherence": (lambda S, x, y: S.coherence(x, y, 2.0, nperseg=6, noverlap=2)[1], lambda: (draw(20), draw(2, 20))),
    "spectrogram": (lambda S, x: joined([S.spectrogram(x, 4.0, nperseg=8, noverlap=3, mode=m)[2] ** 2 for m in ("psd", "magnitude")] + [S.spectrogram(x, nperseg=5, axis=0)[2]]), lambda: (draw(19, 9),)),
    "spectrogram phase": (lambda S, x: joined([np.cos(S.spectrogram(x, nperseg=8, mode=m, detrend=False, return_onesided=False)[2][1:3]) for m in ("angle", "phase")]), lambda: (draw(20),)),
    "stft": (lambda S, x: joined([f(S.stft(x, nperseg=n, **o)[2]) for f in (np.real, np.imag) for n in (6, 7) for o in ({}, {"boundary": "odd", "padded": False, "scaling": "psd", "fs": 3.0, "detrend": "constant"}, {"boundary": "even", "noverlap": 4}, {"boundary": None}, {"boundary": "constant", "return_onesided": False})]), lambda: (draw(2, 17),)),
    "istft": (lambda S, a, b: joined([S.istft(a + 1j * b, 2.0, nperseg=n, **o)[1] for n, o in ((8, {}), (9, {"noverlap": 6}), (8, {"scaling": "psd", "boundary": False, "window": np.arange(1.0, 9.0)}))] + [np.real(S.istft(a + 1j * b, input_onesided=False, time_axis=0, freq_axis=1)[1])]), lambda: (draw(4, 5, 6), draw(4, 5, 6))),
    "hilbert": (lambda S, x: joined([f(S.hilbert(x, n, axis=a)) for f in (np.real, np.imag) for n, a in ((None, -1), (None, 0), (5, 0), (12, 1))]), lambda: (draw(6, 7),)),
    "resample_poly": (lambda S, x: joined([S.resample_poly(x, 3, 2), S.resample_poly(x, 2, 6, axis=1)]), lambda: (draw(7, 9),)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name: str) -> None:
    f, make = CASES[name]
    check(partial(f, signal), partial(f, scipy.signal), [make(), make()], value=1e-11, first=1e-7, second=1e-6)


def test_long_signals_go_by_transforms() -> None:
    x, h = draw(20_000), draw(3_000)
    F = jt.record(lambda h: signal.convolve(x, h, "same"), h)
    np.testing.assert_allclose(F(h), scipy.signal.convolve(x, h, "same"), atol=1e-10)
    g = jt.grad(lambda h: np.sum(signal.convolve(x, h, "same") ** 2))(h)
    y = 2.0 * scipy.signal.convolve(x, h, "same")
    full = np.zeros(x.size + h.size - 1)
    full[(h.size - 1) // 2 :][: x.size] = y
    np.testing.assert_allclose(g, scipy.signal.correlate(full, x, "valid"), rtol=1e-8)


def test_what_is_refused_says_so() -> None:
    x = draw(6)
    for f, error, words in [
        (lambda x: signal.convolve(x, x[None]), ValueError, "same dimensionality"),
        (lambda x: signal.convolve(x, x, "round"), ValueError, "acceptable mode flags"),
        (lambda x: signal.convolve2d(x[None], np.ones((2, 2)), "valid"), ValueError, "at least as large"),
        (lambda x: signal.lfilter([1.0], [1.0, 0.5], x, zi=np.zeros(3)), ValueError, "unexpected shape for zi"),
        (lambda x: signal.sosfilt(x, x), ValueError, "n_sections, 6"),
        (lambda x: signal.filtfilt([1.0], [1.0, 0.5], x, padlen=9), ValueError, "greater than padlen"),
        (lambda x: signal.filtfilt([1.0], [1.0, 0.5], x, method="gust"), RecordingError, "method='pad'"),
        (lambda x: signal.savgol_filter(x, 7, 2), ValueError, "window_length"),
        (lambda x: signal.welch(x, nperseg=4, noverlap=4)[1], ValueError, "noverlap must be less than nperseg, 4"),
        (lambda x: signal.welch(x, nperseg=4, nfft=3)[1], ValueError, "nfft must be greater"),
        (lambda x: signal.welch(x, window=np.ones(7))[1], ValueError, "longer than the input signal"),
        (lambda x: signal.csd(np.stack([x, x]), np.stack([x, x, x]), nperseg=4)[1], ValueError, "cannot be broadcast"),
        (lambda x: signal.periodogram(x, scaling="power")[1], ValueError, "scaling is 'density' or 'spectrum'"),
        (lambda x: signal.stft(x, nperseg=4, boundary="periodic")[2], ValueError, "boundary is 'even'"),
        (lambda x: signal.spectrogram(x, nperseg=4, mode="power")[2], ValueError, "mode is 'psd'"),
        (lambda x: signal.istft(x)[1], ValueError, "two axes at least"),
        (lambda x: signal.hilbert(x + 1j), ValueError, "x must be real"),
        (lambda x: signal.resample_poly(x, 2, 1, padtype="line"), RecordingError, "padtype='constant'"),
    ]:
        with pytest.raises(error, match=words):
            jt.record(lambda x: np.sum(f(x)), x)
