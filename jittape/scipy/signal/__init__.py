"""`scipy.signal` for recorded values: convolutions, linear filters, smoothing and other rates of sampling of real signals."""

from __future__ import annotations

from jittape.scipy.declare import falling_through
from jittape.scipy.signal.convolution import convolve, convolve2d, correlate, correlate2d, fftconvolve, oaconvolve
from jittape.scipy.signal.filters import filtfilt, lfilter, lfilter_zi, sosfilt, sosfilt_zi, sosfiltfilt
from jittape.scipy.signal.smoothing import detrend, resample_poly, savgol_filter, upfirdn

__all__ = [
    "convolve", "convolve2d", "correlate", "correlate2d", "detrend", "fftconvolve", "filtfilt", "lfilter", "lfilter_zi", "oaconvolve", "resample_poly",
    "savgol_filter", "sosfilt", "sosfilt_zi", "sosfiltfilt", "upfirdn",
]  # fmt: skip

__getattr__, __dir__ = falling_through("scipy.signal")
