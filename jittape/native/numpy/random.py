"""Random numbers whose parameters are recorded: a draw of the standard distribution, shifted and scaled.

The draw is Numba's own, of the same stream, and a constant; the derivative is that of the number for this draw.
"""

from __future__ import annotations

import random

import numpy as np
from numba import njit, types

from jittape.native.numpy.composite import composite, none, scalar


def _number(t):
    """Whether a parameter is a number, or left out."""
    return scalar(t) or isinstance(t, (float, types.Omitted))


def _one(loc, scale, size):
    return _number(loc) and _number(scale) and none(size)


def _several(loc, scale, size):
    return _number(loc) and _number(scale) and not none(size)


def _shifted(f, standard):
    """A distribution of two parameters, one of them the unit of length."""
    standard = njit(standard)

    @composite(f, when=_one)
    def one(loc=0.0, scale=1.0, size=None):
        return loc + scale * standard()

    @composite(f, when=_several)
    def several(loc=0.0, scale=1.0, size=None):
        out = np.zeros(size)
        for i in np.ndindex(out.shape):
            out[i] = loc + scale * standard()
        return out


_shifted(np.random.normal, lambda: np.random.normal(0.0, 1.0))
_shifted(np.random.laplace, lambda: np.random.laplace(0.0, 1.0))
_shifted(np.random.logistic, lambda: np.random.logistic(0.0, 1.0))
_shifted(np.random.gumbel, lambda: np.random.gumbel(0.0, 1.0))


def _scaled(f, standard):
    """A distribution whose one parameter is the unit of length."""
    standard = njit(standard)

    @composite(f, when=lambda scale, size=None: scalar(scale) and none(size))
    def one(scale=1.0, size=None):
        return scale * standard()

    @composite(f, when=lambda scale, size=None: scalar(scale) and not none(size))
    def several(scale=1.0, size=None):
        out = np.zeros(size)
        for i in np.ndindex(out.shape):
            out[i] = scale * standard()
        return out


_scaled(np.random.exponential, lambda: np.random.exponential(1.0))
_scaled(np.random.rayleigh, lambda: np.random.rayleigh(1.0))


@composite(np.random.uniform, when=_one)
def _uniform(low=0.0, high=1.0, size=None):
    return low + (high - low) * np.random.uniform(0.0, 1.0)


@composite(np.random.uniform, when=_several)
def _uniforms(low=0.0, high=1.0, size=None):
    out = np.zeros(size)
    for i in np.ndindex(out.shape):
        out[i] = low + (high - low) * np.random.uniform(0.0, 1.0)
    return out


@composite(np.random.lognormal, when=_one)
def _lognormal(mean=0.0, sigma=1.0, size=None):
    return np.exp(np.random.normal(mean, sigma))


@composite(np.random.lognormal, when=_several)
def _lognormals(mean=0.0, sigma=1.0, size=None):
    return np.exp(np.random.normal(mean, sigma, size))


@composite(random.gauss, random.normalvariate)
def _gauss(mu, sigma):
    return mu + sigma * random.gauss(0.0, 1.0)


@composite(random.uniform)
def _between(a, b):
    return a + (b - a) * random.random()


@composite(random.expovariate)
def _expovariate(lambd):
    return random.expovariate(1.0) / lambd
