"""np.polynomial.polynomial of coefficients or arguments that are recorded."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable
from numpy.polynomial import polynomial

from jittape.native.numpy.composite import array, composite, scalar


@register_jitable
def _trimmed(c):
    """Without zeros at the end, but for one coefficient."""
    n = len(c)
    while n > 1 and c[n - 1] == 0:
        n -= 1
    return c[:n]


def _vectors(c1, c2):
    return array(c1) and array(c2) and c1.ndim == 1 and c2.ndim == 1


@composite(polynomial.polyadd, when=_vectors)
def _polyadd(c1, c2):
    out = np.zeros(max(len(c1), len(c2)))
    out[: len(c1)] = c1
    out[: len(c2)] += c2
    return _trimmed(out)


@composite(polynomial.polysub, when=_vectors)
def _polysub(c1, c2):
    out = np.zeros(max(len(c1), len(c2)))
    out[: len(c1)] = c1
    out[: len(c2)] -= c2
    return _trimmed(out)


@composite(polynomial.polymul, when=_vectors)
def _polymul(c1, c2):
    return _trimmed(np.convolve(_trimmed(c1), _trimmed(c2)))


@composite(polynomial.polyval, when=lambda x, c, tensor=True: (scalar(x) or array(x)) and array(c) and c.ndim == 1)
def _polyval(x, c, tensor=True):
    out = c[len(c) - 1] + x * 0
    for i in range(len(c) - 2, -1, -1):
        out = c[i] + out * x
    return out


@composite(polynomial.polyint, when=lambda c, m=1: array(c) and c.ndim == 1)
def _polyint(c, m=1):
    for _ in range(m):
        out = np.zeros(len(c) + 1)
        for i in range(len(c)):
            out[i + 1] = c[i] / (i + 1)
        c = out
    return c
