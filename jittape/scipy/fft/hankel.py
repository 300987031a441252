"""Fast Hankel transforms of logarithmically spaced functions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from jittape.functions.fourier import BACKWARD, C2R, FORWARD, R2C, transform
from jittape.scipy.declare import like, original


def _kernel(n: int, dln: float, mu: float, offset: float, bias: float, inverse: bool) -> Any:
    """What half a spectrum is multiplied with (Hamilton, 2000)."""
    from scipy.special import loggamma

    plus, minus = (mu + 1 + bias) / 2, (mu + 1 - bias) / 2
    y = np.linspace(0, np.pi * (n // 2) / (n * dln), n // 2 + 1)
    phase = 2 * (np.log(2) - offset) * y + np.imag(loggamma(plus + 1j * y)) + np.imag(loggamma(minus + 1j * y))
    size = np.real(loggamma(plus + 1j * y)) - np.real(loggamma(minus + 1j * y)) + np.log(2) * bias
    u = np.exp(size + 1j * phase)
    if not n % 2:
        u[-1] = u[-1].real
    if not np.isfinite(u[0]):
        u[0] = 2**bias * original("scipy.special.poch")(minus, plus - minus)
    if np.isinf(u[0]) and not inverse:
        warnings.warn("singular transform; consider changing the bias", stacklevel=5)
        u[0] = 0
    elif u[0] == 0 and inverse:
        warnings.warn("singular inverse transform; consider changing the bias", stacklevel=5)
        u[0] = np.inf
    return 1 / np.conj(u) if inverse else u


def _hankel(a: Any, dln: float, mu: float, offset: float, bias: float, inverse: bool) -> Any:
    n = a.shape[-1]
    center = (n - 1) / 2
    j = np.arange(n)
    if bias:
        a = a * (np.exp(bias * ((j - center) * dln + offset)) if inverse else np.exp(-bias * (j - center) * dln))
    u = _kernel(n, dln, mu, offset, bias, inverse)
    re, im = transform((a,), R2C, FORWARD, 0, [a.ndim - 1], [n])
    found = transform((re * u.real - im * u.imag, re * u.imag + im * u.real), C2R, BACKWARD, 2, [a.ndim - 1], [n])[0][..., ::-1]
    if bias:
        found = found * (np.exp(bias * (j - center) * dln) if inverse else np.exp(-bias * ((j - center) * dln + offset)))
    return found


@like("scipy.fft.fht", by="a", note="the numbers are plain")
def fht(a: Any, dln: float, mu: float, offset: float = 0.0, bias: float = 0.0) -> Any:
    """As scipy.fft.fht."""
    return _hankel(a, dln, mu, offset, bias, False)


@like("scipy.fft.ifht", by="A", note="the numbers are plain")
def ifht(A: Any, dln: float, mu: float, offset: float = 0.0, bias: float = 0.0) -> Any:
    """As scipy.fft.ifht."""
    return _hankel(A, dln, mu, offset, bias, True)
