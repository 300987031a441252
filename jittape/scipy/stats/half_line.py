"""Continuous distributions of positive numbers, and of an interval: their standard forms. Formulas are those of scipy.stats' reference pages."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from jittape.scipy.stats.distribution import continuous
from jittape.scipy.stats.formulas import EULER, LOG2, LOG_2PI, LOG_PI, above, log1mexp, normal

SQRT2, GAMMA = float(np.sqrt(2.0)), special.gamma
LOG_2_BY_PI = LOG2 - LOG_PI

uniform = continuous(
    "uniform", lower=0.0, upper=1.0, logpdf=lambda y: 0.0 * y, cdf=lambda y: y, sf=lambda y: 1.0 - y, ppf=lambda q: q, isf=lambda q: 1.0 - q,
    mean=0.5, var=1.0 / 12.0, skew=0.0, kurt=-1.2, entropy=0.0,
)  # fmt: skip
expon = continuous(
    "expon", lower=0.0, logpdf=lambda y: -y, cdf=lambda y: -np.expm1(-y), sf=lambda y: np.exp(-y), logcdf=log1mexp, logsf=lambda y: -y,
    ppf=lambda q: -np.log1p(-q), isf=lambda q: -np.log(q), mean=1.0, var=1.0, skew=2.0, kurt=6.0, entropy=1.0,
)  # fmt: skip
halfnorm = continuous(
    "halfnorm", lower=0.0, logpdf=lambda y: LOG2 + normal(y), cdf=lambda y: special.erf(y / SQRT2), sf=lambda y: special.erfc(y / SQRT2),
    logsf=lambda y: np.where(y < 1.0, np.log1p(-special.erf(y / SQRT2)), LOG2 + special.log_ndtr(-y)), ppf=lambda q: special.ndtri(0.5 * (1.0 + q)), isf=lambda q: -special.ndtri(0.5 * q),
    mean=np.sqrt(2.0 / np.pi), var=1.0 - 2.0 / np.pi, skew=SQRT2 * (4.0 - np.pi) / (np.pi - 2.0) ** 1.5, kurt=8.0 * (np.pi - 3.0) / (np.pi - 2.0) ** 2, entropy=0.5 * np.log(np.pi / 2.0) + 0.5,
)  # fmt: skip
halfcauchy = continuous(
    "halfcauchy", lower=0.0, logpdf=lambda y: LOG_2_BY_PI - np.log1p(np.square(y)), cdf=lambda y: 2.0 / np.pi * np.arctan(y), sf=lambda y: 2.0 / np.pi * np.arctan2(1.0, y),
    ppf=lambda q: np.where(q > 0.5, 1.0 / np.tan(0.5 * np.pi * (1.0 - q)), np.tan(0.5 * np.pi * q)), isf=lambda q: 1.0 / np.tan(0.5 * np.pi * q), mean=np.inf, var=np.inf, skew=np.nan, kurt=np.nan, entropy=LOG_2PI,
)  # fmt: skip
rayleigh = continuous(
    "rayleigh", lower=0.0, logpdf=lambda y: np.log(y) - 0.5 * np.square(y), cdf=lambda y: -np.expm1(-0.5 * np.square(y)), sf=lambda y: np.exp(-0.5 * np.square(y)),
    logcdf=lambda y: log1mexp(0.5 * np.square(y)), logsf=lambda y: -0.5 * np.square(y), ppf=lambda q: np.sqrt(-2.0 * np.log1p(-q)), isf=lambda q: np.sqrt(-2.0 * np.log(q)),
    mean=np.sqrt(np.pi / 2.0), var=2.0 - np.pi / 2.0, skew=2.0 * (np.pi - 3.0) * np.sqrt(np.pi) / (4.0 - np.pi) ** 1.5, kurt=6.0 * np.pi / (4.0 - np.pi) - 16.0 / (4.0 - np.pi) ** 2,
    entropy=EULER / 2.0 + 1.0 - 0.5 * LOG2,
)  # fmt: skip
maxwell = continuous(
    "maxwell", lower=0.0, logpdf=lambda y: 0.5 * LOG_2_BY_PI + 2.0 * np.log(y) - 0.5 * np.square(y), cdf=lambda y: special.gammainc(1.5, 0.5 * np.square(y)), sf=lambda y: special.gammaincc(1.5, 0.5 * np.square(y)),
    ppf=lambda q: np.sqrt(2.0 * special.gammaincinv(1.5, q)), isf=lambda q: np.sqrt(2.0 * special.gammainccinv(1.5, q)),
    mean=2.0 * np.sqrt(2.0 / np.pi), var=3.0 - 8.0 / np.pi, skew=SQRT2 * (32.0 - 10.0 * np.pi) / (3.0 * np.pi - 8.0) ** 1.5, kurt=(-12.0 * np.pi**2 + 160.0 * np.pi - 384.0) / (3.0 * np.pi - 8.0) ** 2,
    entropy=EULER + 0.5 * LOG_2PI - 0.5,
)  # fmt: skip


# --- gamma and its kin ---------------------------------------------------------------------------------------------------------------


def _gamma_entropy(a: Any) -> Any:
    return special.psi(a) * (1.0 - a) + a + special.gammaln(a)


_GAMMA: dict[str, Any] = {
    "lower": 0.0, "logpdf": lambda y, a: special.xlogy(a - 1.0, y) - y - special.gammaln(a), "cdf": lambda y, a: special.gammainc(a, y), "sf": lambda y, a: special.gammaincc(a, y),
    "ppf": lambda q, a: special.gammaincinv(a, q), "isf": lambda q, a: special.gammainccinv(a, q),
    "mean": lambda a: a, "var": lambda a: a, "skew": lambda a: 2.0 / np.sqrt(a), "kurt": lambda a: 6.0 / a, "entropy": _gamma_entropy,
}  # fmt: skip
gamma = continuous("gamma", "x, a, loc, scale", **_GAMMA)
erlang = continuous("erlang", "x, a, loc, scale", **_GAMMA)
chi2 = continuous(
    "chi2", "x, df, loc, scale", lower=0.0, logpdf=lambda y, df: special.xlogy(0.5 * df - 1.0, y) - 0.5 * y - special.gammaln(0.5 * df) - 0.5 * LOG2 * df,
    cdf=lambda y, df: special.gammainc(0.5 * df, 0.5 * y), sf=lambda y, df: special.gammaincc(0.5 * df, 0.5 * y), ppf=lambda q, df: 2.0 * special.gammaincinv(0.5 * df, q), isf=lambda q, df: 2.0 * special.gammainccinv(0.5 * df, q),
    mean=lambda df: df, var=lambda df: 2.0 * df, skew=lambda df: np.sqrt(8.0 / df), kurt=lambda df: 12.0 / df, entropy=lambda df: LOG2 + _gamma_entropy(0.5 * df),
)  # fmt: skip
invgamma = continuous(
    "invgamma", "x, a, loc, scale", lower=0.0, open=True, logpdf=lambda y, a: -(a + 1.0) * np.log(y) - special.gammaln(a) - 1.0 / y,
    cdf=lambda y, a: special.gammaincc(a, 1.0 / y), sf=lambda y, a: special.gammainc(a, 1.0 / y), ppf=lambda q, a: 1.0 / special.gammainccinv(a, q), isf=lambda q, a: 1.0 / special.gammaincinv(a, q),
    mean=lambda a: above(a, 1.0, 1.0 / (a - 1.0)), var=lambda a: above(a, 2.0, 1.0 / np.square(a - 1.0) / (a - 2.0)), skew=lambda a: above(a, 3.0, 4.0 * np.sqrt(np.where(a > 3.0, a - 2.0, 1.0)) / (a - 3.0), np.nan),
    kurt=lambda a: above(a, 4.0, 6.0 * (5.0 * a - 11.0) / (a - 3.0) / (a - 4.0), np.nan), entropy=lambda a: a - (a + 1.0) * special.psi(a) + special.gammaln(a),
)  # fmt: skip


def _weibull_skew(c: Any) -> Any:
    g1, g2, g3 = (GAMMA(1.0 + n / c) for n in (1.0, 2.0, 3.0))
    return (2.0 * g1**3 - 3.0 * g1 * g2 + g3) / (g2 - np.square(g1)) ** 1.5


def _weibull_kurt(c: Any) -> Any:
    g1, g2, g3, g4 = (GAMMA(1.0 + n / c) for n in (1.0, 2.0, 3.0, 4.0))
    return (-3.0 * g1**4 + 6.0 * np.square(g1) * g2 - 4.0 * g1 * g3 + g4) / np.square(g2 - np.square(g1)) - 3.0


def _weibull_var(c: Any) -> Any:
    return GAMMA(1.0 + 2.0 / c) - np.square(GAMMA(1.0 + 1.0 / c))


weibull_min = continuous(
    "weibull_min", "x, c, loc, scale", lower=0.0, logpdf=lambda y, c: np.log(c) + special.xlogy(c - 1.0, y) - y**c,
    cdf=lambda y, c: -np.expm1(-(y**c)), sf=lambda y, c: np.exp(-(y**c)), logcdf=lambda y, c: log1mexp(y**c), logsf=lambda y, c: -(y**c),
    ppf=lambda q, c: (-np.log1p(-q)) ** (1.0 / c), isf=lambda q, c: (-np.log(q)) ** (1.0 / c),
    mean=lambda c: GAMMA(1.0 + 1.0 / c), var=_weibull_var, skew=_weibull_skew, kurt=_weibull_kurt, entropy=lambda c: EULER - EULER / c - np.log(c) + 1.0,
)  # fmt: skip
weibull_max = continuous(
    "weibull_max", "x, c, loc, scale", upper=0.0, logpdf=lambda y, c: np.log(c) + special.xlogy(c - 1.0, -y) - (-y) ** c,
    cdf=lambda y, c: np.exp(-((-y) ** c)), sf=lambda y, c: -np.expm1(-((-y) ** c)), logcdf=lambda y, c: -((-y) ** c), logsf=lambda y, c: log1mexp((-y) ** c),
    ppf=lambda q, c: -((-np.log(q)) ** (1.0 / c)), isf=lambda q, c: -((-np.log1p(-q)) ** (1.0 / c)),
    mean=lambda c: -GAMMA(1.0 + 1.0 / c), var=_weibull_var, skew=lambda c: -_weibull_skew(c), kurt=_weibull_kurt, entropy=lambda c: EULER - EULER / c - np.log(c) + 1.0,
)  # fmt: skip
lognorm = continuous(
    "lognorm", "x, s, loc, scale", lower=0.0, open=True, logpdf=lambda y, s: normal(np.log(y) / s) - np.log(s) - np.log(y),
    cdf=lambda y, s: special.ndtr(np.log(y) / s), sf=lambda y, s: special.ndtr(-np.log(y) / s), logcdf=lambda y, s: special.log_ndtr(np.log(y) / s), logsf=lambda y, s: special.log_ndtr(-np.log(y) / s),
    ppf=lambda q, s: np.exp(s * special.ndtri(q)), isf=lambda q, s: np.exp(-s * special.ndtri(q)),
    mean=lambda s: np.exp(0.5 * np.square(s)), var=lambda s: np.exp(np.square(s)) * np.expm1(np.square(s)), skew=lambda s: np.sqrt(np.expm1(np.square(s))) * (2.0 + np.exp(np.square(s))),
    kurt=lambda s: np.exp(4.0 * np.square(s)) + 2.0 * np.exp(3.0 * np.square(s)) + 3.0 * np.exp(2.0 * np.square(s)) - 6.0, entropy=lambda s: 0.5 * (1.0 + LOG_2PI) + np.log(s),
)  # fmt: skip
pareto = continuous(
    "pareto", "x, b, loc, scale", lower=1.0, logpdf=lambda y, b: np.log(b) - (b + 1.0) * np.log(y), cdf=lambda y, b: -np.expm1(-b * np.log(y)), sf=lambda y, b: np.exp(-b * np.log(y)),
    logcdf=lambda y, b: log1mexp(b * np.log(y)), logsf=lambda y, b: -b * np.log(y), ppf=lambda q, b: np.exp(-np.log1p(-q) / b), isf=lambda q, b: np.exp(-np.log(q) / b),
    mean=lambda b: above(b, 1.0, b / (b - 1.0)), var=lambda b: above(b, 2.0, b / (b - 2.0) / np.square(b - 1.0)),
    skew=lambda b: above(b, 3.0, 2.0 * (b + 1.0) * np.sqrt(np.where(b > 3.0, b - 2.0, 1.0)) / ((b - 3.0) * np.sqrt(b)), np.nan),
    kurt=lambda b: above(b, 4.0, 6.0 * (b**3 + np.square(b) - 6.0 * b - 2.0) / (b * (np.square(b) - 7.0 * b + 12.0)), np.nan), entropy=lambda b: 1.0 + 1.0 / b - np.log(b),
)  # fmt: skip


def _crossing(y: Any, mu: Any, sign: float) -> tuple[Any, Any]:
    """The logarithms of both terms of the inverse Gaussian distribution function (sign 1.0), or of its complement."""
    root = 1.0 / np.sqrt(y)
    return special.log_ndtr(sign * root * (y / mu - 1.0)), 2.0 / mu + special.log_ndtr(-root * (y / mu + 1.0))


def _crossed(y: Any, mu: Any) -> Any:
    a, b = _crossing(y, mu, 1.0)
    return a + np.log1p(np.exp(b - a))


def _not_crossed(y: Any, mu: Any) -> Any:
    a, b = _crossing(y, mu, -1.0)
    return a + np.log1p(-np.exp(b - a))


def _scaled_exp1(x: Any) -> Any:
    """exp(x) E1(x), of large x by its asymptotic series (DLMF 6.12.1)."""
    large = x > 100.0
    y = 1.0 / np.where(large, x, 100.0)
    series = y * (1.0 - y * (1.0 - y * (2.0 - y * (6.0 - y * (24.0 - y * (120.0 - y * 720.0))))))
    small = np.where(large, 1.0, x)
    return np.where(large, series, np.exp(small) * special.exp1(small))


invgauss = continuous(
    "invgauss", "x, mu, loc, scale", lower=0.0, open=True, logpdf=lambda y, mu: -0.5 * LOG_2PI - 1.5 * np.log(y) - np.square(y / mu - 1.0) / (2.0 * y),
    cdf=lambda y, mu: np.exp(_crossed(y, mu)), sf=lambda y, mu: np.exp(_not_crossed(y, mu)), logcdf=_crossed, logsf=_not_crossed,
    mean=lambda mu: mu, var=lambda mu: mu**3, skew=lambda mu: 3.0 * np.sqrt(mu), kurt=lambda mu: 15.0 * mu, entropy=lambda mu: 0.5 * (1.0 + LOG_2PI) + 1.5 * (np.log(mu) - _scaled_exp1(2.0 / mu)),
)  # fmt: skip


# --- beta and F ------------------------------------------------------------------------------------------------------------------------


def _beta_kurt(a: Any, b: Any) -> Any:
    s = a + b
    return 6.0 * (np.square(a - b) * (s + 1.0) - a * b * (s + 2.0)) / (a * b * (s + 2.0) * (s + 3.0))


beta = continuous(
    "beta", "x, a, b, loc, scale", lower=0.0, upper=1.0, logpdf=lambda y, a, b: special.xlog1py(b - 1.0, -y) + special.xlogy(a - 1.0, y) - special.betaln(a, b),
    cdf=lambda y, a, b: special.betainc(a, b, y), sf=lambda y, a, b: special.betaincc(a, b, y), ppf=lambda q, a, b: special.betaincinv(a, b, q), isf=lambda q, a, b: special.betainccinv(a, b, q),
    mean=lambda a, b: a / (a + b), var=lambda a, b: a * b / (np.square(a + b) * (a + b + 1.0)), skew=lambda a, b: 2.0 * (b - a) * np.sqrt(1.0 + a + b) / (np.sqrt(a * b) * (2.0 + a + b)), kurt=_beta_kurt,
    entropy=lambda a, b: special.betaln(a, b) - (a - 1.0) * special.psi(a) - (b - 1.0) * special.psi(b) + (a + b - 2.0) * special.psi(a + b),
)  # fmt: skip


def _f_skew(n: Any, m: Any) -> Any:
    return above(m, 6.0, np.sqrt(8.0) * (2.0 * n + m - 2.0) / (m - 6.0) * np.sqrt(np.where(m > 6.0, m - 4.0, 1.0) / (n * np.where(m > 6.0, n + m - 2.0, 1.0))), np.nan)


f = continuous(
    "f", "x, dfn, dfd, loc, scale", lower=0.0,
    logpdf=lambda y, n, m: 0.5 * m * np.log(m) + 0.5 * n * np.log(n) + special.xlogy(0.5 * n - 1.0, y) - 0.5 * (n + m) * np.log(m + n * y) - special.betaln(0.5 * n, 0.5 * m),
    cdf=lambda y, n, m: special.betainc(0.5 * n, 0.5 * m, n * y / (m + n * y)), sf=lambda y, n, m: special.betainc(0.5 * m, 0.5 * n, m / (m + n * y)),
    mean=lambda n, m: above(m, 2.0, m / (m - 2.0)), var=lambda n, m: above(m, 4.0, 2.0 * np.square(m) * (n + m - 2.0) / (n * np.square(m - 2.0) * (m - 4.0))), skew=_f_skew,
    kurt=lambda n, m: above(m, 8.0, 1.5 * (8.0 + np.square(_f_skew(n, m)) * (m - 6.0)) / (m - 8.0), np.nan),
    entropy=lambda n, m: np.log(m) - np.log(n) + special.betaln(0.5 * n, 0.5 * m) + (1.0 - 0.5 * n) * special.psi(0.5 * n) - (1.0 + 0.5 * m) * special.psi(0.5 * m) + 0.5 * (n + m) * special.psi(0.5 * (n + m)),
)  # fmt: skip

__all__ = [
    "beta", "chi2", "erlang", "expon", "f", "gamma", "halfcauchy", "halfnorm", "invgamma", "invgauss", "lognorm", "maxwell", "pareto", "rayleigh", "uniform",
    "weibull_max", "weibull_min",
]  # fmt: skip
