"""`scipy.signal` for recorded values: convolutions, linear filters, smoothing and other rates of sampling of real signals, spectra."""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.signal.convolution import convolve, convolve2d, correlate, correlate2d, fftconvolve, oaconvolve
from jittape.scipy.signal.filters import filtfilt, lfilter, lfilter_zi, sosfilt, sosfilt_zi, sosfiltfilt
from jittape.scipy.signal.smoothing import detrend, resample_poly, savgol_filter, upfirdn
from jittape.scipy.signal.spectral import coherence, csd, hilbert, istft, periodogram, spectrogram, stft, welch

__all__ = [
    "coherence", "convolve", "convolve2d", "correlate", "correlate2d", "csd", "detrend", "fftconvolve", "filtfilt", "hilbert", "istft",
    "lfilter", "lfilter_zi", "oaconvolve", "periodogram", "resample_poly", "savgol_filter", "sosfilt", "sosfilt_zi", "sosfiltfilt",
    "spectrogram", "stft", "upfirdn", "welch",
]  # fmt: skip

__getattr__, __dir__ = falling_through("scipy.signal")
