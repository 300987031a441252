"""Functions that the formulas of distributions share, of recorded and plain values alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

EULER, ZETA3 = float(np.euler_gamma), 1.2020569031595942
LOG2, LOG_PI, LOG_2PI = float(np.log(2.0)), float(np.log(np.pi)), float(np.log(2.0 * np.pi))


def normal(y: Any) -> Any:
    """The logarithm of the standard normal density."""
    return -0.5 * np.square(y) - 0.5 * LOG_2PI


def log1mexp(t: Any) -> Any:
    """log(1 - exp(-t)) for t > 0, accurate for small and for large ones (Maechler 2012)."""
    small = t < LOG2
    return np.where(small, np.log(-np.expm1(-np.where(small, t, LOG2))), np.log1p(-np.exp(-np.where(small, LOG2, t))))


def complement(log_p: Any) -> Any:
    """log(1 - p) of log(p)."""
    return log1mexp(-log_p)


def log_choose(n: Any, k: Any) -> Any:
    """The logarithm of the binomial coefficient."""
    return special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)


def above(x: Any, bound: float, value: Any, otherwise: Any = np.inf) -> Any:
    """`value` where x > bound, as a moment exists there only; a formula's pole at the bound makes no NaN in derivatives."""
    return np.where(x > bound, value, otherwise)
