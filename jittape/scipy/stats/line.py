"""Continuous distributions on the whole line, and truncated ones: their standard forms. Formulas are those of scipy.stats' reference pages."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from jittape.scipy.stats.distribution import continuous
from jittape.scipy.stats.formulas import EULER, LOG2, LOG_2PI, LOG_PI, ZETA3, above, log1mexp, normal

SKEW_GUMBEL = 12.0 * np.sqrt(6.0) / np.pi**3 * ZETA3

norm = continuous(
    "norm", logpdf=normal, cdf=special.ndtr, sf=lambda y: special.ndtr(-y), logcdf=special.log_ndtr, logsf=lambda y: special.log_ndtr(-y),
    ppf=special.ndtri, isf=lambda q: -special.ndtri(q), mean=0.0, var=1.0, skew=0.0, kurt=0.0, entropy=0.5 * (LOG_2PI + 1.0),
)  # fmt: skip
laplace = continuous(
    "laplace", logpdf=lambda y: -LOG2 - np.abs(y),
    cdf=lambda y: np.where(y > 0.0, 1.0 - 0.5 * np.exp(-y), 0.5 * np.exp(y)), sf=lambda y: np.where(y > 0.0, 0.5 * np.exp(-y), 1.0 - 0.5 * np.exp(y)),
    logcdf=lambda y: np.where(y > 0.0, np.log1p(-0.5 * np.exp(-y)), y - LOG2), logsf=lambda y: np.where(y > 0.0, -y - LOG2, np.log1p(-0.5 * np.exp(y))),
    ppf=lambda q: np.where(q > 0.5, -np.log(2.0 * (1.0 - q)), np.log(2.0 * q)), isf=lambda q: np.where(q > 0.5, np.log(2.0 * (1.0 - q)), -np.log(2.0 * q)),
    mean=0.0, var=2.0, skew=0.0, kurt=3.0, entropy=LOG2 + 1.0,
)  # fmt: skip
logistic = continuous(
    "logistic", logpdf=lambda y: special.log_expit(y) + special.log_expit(-y), cdf=special.expit, sf=lambda y: special.expit(-y),
    logcdf=special.log_expit, logsf=lambda y: special.log_expit(-y), ppf=special.logit, isf=lambda q: -special.logit(q),
    mean=0.0, var=np.pi**2 / 3.0, skew=0.0, kurt=1.2, entropy=2.0,
)  # fmt: skip
cauchy = continuous(
    "cauchy", logpdf=lambda y: -LOG_PI - np.log1p(np.square(y)), cdf=lambda y: np.arctan2(1.0, -y) / np.pi, sf=lambda y: np.arctan2(1.0, y) / np.pi,
    ppf=lambda q: np.where(q > 0.5, 1.0 / np.tan(np.pi * (1.0 - q)), -1.0 / np.tan(np.pi * q)), isf=lambda q: np.where(q > 0.5, -1.0 / np.tan(np.pi * (1.0 - q)), 1.0 / np.tan(np.pi * q)),
    mean=np.nan, var=np.nan, skew=np.nan, kurt=np.nan, entropy=float(np.log(4.0 * np.pi)),
)  # fmt: skip
gumbel_r = continuous(
    "gumbel_r", logpdf=lambda y: -y - np.exp(-y), cdf=lambda y: np.exp(-np.exp(-y)), sf=lambda y: -np.expm1(-np.exp(-y)), logcdf=lambda y: -np.exp(-y),
    logsf=lambda y: log1mexp(np.exp(-y)), ppf=lambda q: -np.log(-np.log(q)), isf=lambda q: -np.log(-np.log1p(-q)),
    mean=EULER, var=np.pi**2 / 6.0, skew=SKEW_GUMBEL, kurt=2.4, entropy=EULER + 1.0,
)  # fmt: skip
gumbel_l = continuous(
    "gumbel_l", logpdf=lambda y: y - np.exp(y), cdf=lambda y: -np.expm1(-np.exp(y)), sf=lambda y: np.exp(-np.exp(y)), logsf=lambda y: -np.exp(y),
    logcdf=lambda y: log1mexp(np.exp(y)), ppf=lambda q: np.log(-np.log1p(-q)), isf=lambda q: np.log(-np.log(q)),
    mean=-EULER, var=np.pi**2 / 6.0, skew=-SKEW_GUMBEL, kurt=2.4, entropy=EULER + 1.0,
)  # fmt: skip


def _student(y: Any, df: Any) -> Any:
    infinite = df == np.inf
    d = np.where(infinite, 1.0, df)
    finite = np.log(special.poch(0.5 * d, 0.5)) - 0.5 * (np.log(d) + LOG_PI) - 0.5 * (d + 1.0) * np.log1p(np.square(y) / d)
    return np.where(infinite, normal(y), finite)


t = continuous(
    "t", "x, df, loc, scale", logpdf=_student, cdf=lambda y, df: special.stdtr(df, y), sf=lambda y, df: special.stdtr(df, -y), ppf=lambda q, df: special.stdtrit(df, q), isf=lambda q, df: -special.stdtrit(df, q),
    mean=lambda df: above(df, 1.0, 0.0), var=lambda df: above(df, 2.0, df / (df - 2.0), np.where(df > 1.0, np.inf, np.nan)),
    skew=lambda df: above(df, 3.0, 0.0, np.nan), kurt=lambda df: above(df, 4.0, 6.0 / (df - 4.0), np.where(df > 2.0, np.inf, np.nan)),
    entropy=lambda df: 0.5 * (df + 1.0) * (special.psi(0.5 * (df + 1.0)) - special.psi(0.5 * df)) + 0.5 * np.log(df) + special.betaln(0.5 * df, 0.5),
)  # fmt: skip


def _delta(a: Any) -> Any:
    return np.sqrt(2.0 / np.pi) * a / np.sqrt(1.0 + np.square(a))


skewnorm = continuous(
    "skewnorm", "x, a, loc, scale", valid=np.isfinite, logpdf=lambda y, a: LOG2 + normal(y) + special.log_ndtr(a * y),
    cdf=lambda y, a: special.ndtr(y) - 2.0 * special.owens_t(y, a), sf=lambda y, a: special.ndtr(-y) + 2.0 * special.owens_t(y, a),
    mean=_delta, var=lambda a: 1.0 - np.square(_delta(a)), skew=lambda a: (4.0 - np.pi) / 2.0 * (_delta(a) / np.sqrt(1.0 - np.square(_delta(a)))) ** 3,
    kurt=lambda a: 2.0 * (np.pi - 3.0) * np.square(np.square(_delta(a)) / (1.0 - np.square(_delta(a)))),
    note="cdf and sf to 1e-15 of 1, not of themselves, where they are small",
)  # fmt: skip


def _generalised(y: Any, beta: Any) -> Any:
    """The logarithm of the density; at its middle the derivative by y is zero."""
    middle = y == 0.0
    return np.log(0.5 * beta) - special.gammaln(1.0 / beta) - np.where(middle, 0.0, np.abs(np.where(middle, 1.0, y)) ** beta)


def _below(y: Any, beta: Any) -> Any:
    """The probability of x < y; near the middle, which is none of the incomplete gamma function's regular points, the tangent."""
    middle = y == 0.0
    half = 0.5 * special.gammaincc(1.0 / beta, np.abs(np.where(middle, 1.0, y)) ** beta)
    return np.where(middle, 0.5 + y * np.exp(_generalised(0.0, beta)), np.where(y > 0.0, 1.0 - half, half))


gennorm = continuous(
    "gennorm", "x, beta, loc, scale", logpdf=_generalised, cdf=_below, sf=lambda y, beta: _below(-y, beta),
    mean=0.0, var=lambda beta: np.exp(special.gammaln(3.0 / beta) - special.gammaln(1.0 / beta)), skew=0.0,
    kurt=lambda beta: np.exp(special.gammaln(5.0 / beta) + special.gammaln(1.0 / beta) - 2.0 * special.gammaln(3.0 / beta)) - 3.0,
    entropy=lambda beta: 1.0 / beta - np.log(0.5 * beta) + special.gammaln(1.0 / beta),
)  # fmt: skip


def _log_difference(x: Any, y: Any) -> Any:
    """log(exp(x) - exp(y)) for x > y."""
    return x + log1mexp(x - y)


def _log_mass(a: Any, b: Any) -> Any:
    """The logarithm of the standard normal probability of [a, b], by the tail that is small."""
    left, right = b <= 0.0, a > 0.0
    inner = np.logical_not(np.logical_or(left, right))
    upper, lower = np.where(left, b, -1.0), np.where(left, a, -2.0)
    first = _log_difference(special.log_ndtr(upper), special.log_ndtr(lower))
    lower, upper = np.where(right, a, 1.0), np.where(right, b, 2.0)
    second = _log_difference(special.log_ndtr(-lower), special.log_ndtr(-upper))
    middle = np.log1p(-special.ndtr(np.where(inner, a, -1.0)) - special.ndtr(-np.where(inner, b, 1.0)))
    return np.where(left, first, np.where(right, second, middle))


def _truncated(part: Any, rest: Any, whole: Any) -> Any:
    """The logarithm of a part's share; by the rest where that is small."""
    share = part - whole
    near = share > -0.1
    return np.where(near, np.log1p(-np.exp(np.where(near, rest - whole, -1.0))), share)


def _ends(a: Any, b: Any) -> tuple[Any, Any, Any, Any]:
    """Both ends and the truncated density there, which is zero at infinite ones."""
    mass = _log_mass(a, b)
    return np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0), np.exp(normal(a) - mass), np.exp(normal(b) - mass)


def _truncated_var(a: Any, b: Any) -> Any:
    first, last, at_a, at_b = _ends(a, b)
    mean = at_a - at_b
    return 1.0 + (first - mean) * at_a - (last - mean) * at_b


def _truncated_moments(a: Any, b: Any) -> tuple[Any, ...]:
    """The first four moments."""
    first, last, at_a, at_b = _ends(a, b)
    m1, m2 = at_a - at_b, 1.0 + first * at_a - last * at_b
    return m1, m2, 2.0 * m1 + np.square(first) * at_a - np.square(last) * at_b, 3.0 * m2 + first**3 * at_a - last**3 * at_b


def _truncated_skew(a: Any, b: Any) -> Any:
    m1, m2, m3, _ = _truncated_moments(a, b)
    return (m3 + m1 * (-3.0 * m2 + 2.0 * np.square(m1))) / _truncated_var(a, b) ** 1.5


def _truncated_kurt(a: Any, b: Any) -> Any:
    m1, m2, m3, m4 = _truncated_moments(a, b)
    return (m4 + m1 * (-4.0 * m3 + 3.0 * m1 * (2.0 * m2 - np.square(m1)))) / np.square(_truncated_var(a, b)) - 3.0


def _truncated_entropy(a: Any, b: Any) -> Any:
    first, last, at_a, at_b = _ends(a, b)
    return 0.5 * (LOG_2PI + 1.0) + _log_mass(a, b) + 0.5 * (first * at_a - last * at_b)


truncnorm = continuous(
    "truncnorm", "x, a, b, loc, scale", lower=lambda a, b: a, upper=lambda a, b: b, valid=lambda a, b: a < b, middle=lambda a, b: np.clip(0.0, a, b),
    logpdf=lambda y, a, b: normal(y) - _log_mass(a, b),
    cdf=lambda y, a, b: np.exp(_truncated(_log_mass(a, y), _log_mass(y, b), _log_mass(a, b))), sf=lambda y, a, b: np.exp(_truncated(_log_mass(y, b), _log_mass(a, y), _log_mass(a, b))),
    logcdf=lambda y, a, b: _truncated(_log_mass(a, y), _log_mass(y, b), _log_mass(a, b)), logsf=lambda y, a, b: _truncated(_log_mass(y, b), _log_mass(a, y), _log_mass(a, b)),
    mean=lambda a, b: _truncated_moments(a, b)[0], var=_truncated_var, skew=_truncated_skew, kurt=_truncated_kurt, entropy=_truncated_entropy,
)  # fmt: skip
vonmises = continuous(
    "vonmises", "x, kappa, loc, scale", valid=lambda kappa: kappa >= 0.0, logpdf=lambda y, kappa: kappa * special.cosm1(y) - LOG_2PI - np.log(special.i0e(kappa)),
    mean=0.0, entropy=lambda kappa: kappa * (1.0 - special.i1e(kappa) / special.i0e(kappa)) + LOG_2PI + np.log(special.i0e(kappa)), note="logpdf, pdf, mean and entropy only",
)  # fmt: skip

__all__ = [
    "cauchy", "gennorm", "gumbel_l", "gumbel_r", "laplace", "logistic", "norm", "skewnorm", "t", "truncnorm", "vonmises",
]  # fmt: skip
