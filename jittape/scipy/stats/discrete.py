"""Distributions over integers: their standard forms."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.scipy.stats.arguments import every
from jittape.scipy.stats.distribution import discrete
from jittape.scipy.stats.formulas import log1mexp, log_choose


def _probability(p: Any) -> Any:
    return every(p >= 0.0, p <= 1.0)


poisson = discrete(
    "poisson", "mu", valid=lambda mu: mu >= 0.0, logpmf=lambda k, mu: special.xlogy(k, mu) - special.gammaln(k + 1.0) - mu,
    cdf=lambda k, mu: special.gammaincc(k + 1.0, mu), sf=lambda k, mu: special.gammainc(k + 1.0, mu),
    mean=lambda mu: mu, var=lambda mu: mu, skew=lambda mu: 1.0 / np.sqrt(mu), kurt=lambda mu: 1.0 / mu,
)  # fmt: skip
bernoulli = discrete(
    "bernoulli", "p", upper=1.0, valid=_probability, logpmf=lambda k, p: special.xlogy(k, p) + special.xlog1py(1.0 - k, -p), cdf=lambda k, p: 1.0 - p, sf=lambda k, p: p,
    logcdf=lambda k, p: np.log1p(-p), logsf=lambda k, p: np.log(p), mean=lambda p: p, var=lambda p: p * (1.0 - p), skew=lambda p: (1.0 - 2.0 * p) / np.sqrt(p * (1.0 - p)),
    kurt=lambda p: (1.0 - 6.0 * p * (1.0 - p)) / (p * (1.0 - p)), entropy=lambda p: special.entr(p) + special.entr(1.0 - p),
)  # fmt: skip


def _binomial(k: Any, n: Any, p: Any) -> Any:
    return log_choose(n, k) + special.xlogy(k, p) + special.xlog1py(n - k, -p)


def _binomial_entropy(n: Any, p: Any) -> Any:
    """The sum over all counts of trials, whose number is plain."""
    if isinstance(n, Array):
        raise GradientError("scipy.stats.binom.entropy has no derivative by the number of trials; pass plain n, or jittape.stop_gradient(n)")
    k = np.arange(np.max(n) + 1.0)
    trials, p = np.asarray(n)[..., None], np.asarray(p)[..., None] if not isinstance(p, Array) else p[..., None]
    inside = k <= trials
    logs = _binomial(np.where(inside, k, 0.0), trials, p)
    return np.sum(np.where(inside, -np.exp(logs) * np.where(np.isfinite(logs), logs, 0.0), 0.0), axis=-1)


binom = discrete(
    "binom", "p; n in logpmf", upper=lambda n, p: n, valid=lambda n, p: every(n >= 0.0, n == np.floor(n), _probability(p)), logpmf=_binomial,
    cdf=lambda k, n, p: special.betaincc(k + 1.0, n - k, p), sf=lambda k, n, p: special.betainc(k + 1.0, n - k, p),
    mean=lambda n, p: n * p, var=lambda n, p: n * p * (1.0 - p), skew=lambda n, p: (1.0 - 2.0 * p) / np.sqrt(n * p * (1.0 - p)),
    kurt=lambda n, p: (1.0 - 6.0 * p * (1.0 - p)) / (n * p * (1.0 - p)), entropy=_binomial_entropy,
)  # fmt: skip
nbinom = discrete(
    "nbinom", "n, p", valid=lambda n, p: every(n > 0.0, p > 0.0, p <= 1.0),
    logpmf=lambda k, n, p: special.gammaln(n + k) - special.gammaln(k + 1.0) - special.gammaln(n) + n * np.log(p) + special.xlog1py(k, -p),
    cdf=lambda k, n, p: special.betainc(n, k + 1.0, p), sf=lambda k, n, p: special.betaincc(n, k + 1.0, p),
    mean=lambda n, p: n * (1.0 - p) / p, var=lambda n, p: n * (1.0 - p) / np.square(p), skew=lambda n, p: (2.0 - p) / np.sqrt(n * (1.0 - p)), kurt=lambda n, p: (np.square(p) - 6.0 * p + 6.0) / (n * (1.0 - p)),
)  # fmt: skip
geom = discrete(
    "geom", "p", lower=1.0, valid=lambda p: every(p > 0.0, p <= 1.0), logpmf=lambda k, p: special.xlog1py(k - 1.0, -p) + np.log(p), cdf=lambda k, p: -np.expm1(k * np.log1p(-p)),
    sf=lambda k, p: np.exp(k * np.log1p(-p)), logcdf=lambda k, p: log1mexp(-k * np.log1p(-p)), logsf=lambda k, p: k * np.log1p(-p), mean=lambda p: 1.0 / p, var=lambda p: (1.0 - p) / np.square(p),
    skew=lambda p: (2.0 - p) / np.sqrt(1.0 - p), kurt=lambda p: (np.square(p) - 6.0 * p + 6.0) / (1.0 - p), entropy=lambda p: -np.log(p) - np.log1p(-p) * (1.0 - p) / p,
)  # fmt: skip

__all__ = ["bernoulli", "binom", "geom", "nbinom", "poisson"]
