"""The multivariate normal, t, Dirichlet and multinomial distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special
from scipy.stats import multivariate_normal as plain_normal
from scipy.stats import multivariate_t as plain_t

from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.functions.lift import stop
from jittape.scipy.stats.arguments import choose, every, is_number, real, spoilt
from jittape.scipy.stats.formulas import LOG_2PI, LOG_PI
from jittape.scipy.stats.half_line import gamma
from jittape.scipy.stats.law import Law
from jittape.scipy.stats.several import Spread, current, exponential_of, squeezed


def _normal_logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    s = Spread("multivariate_normal", mean, cov)
    z = s.whitened(s.points(x))
    return squeezed(-0.5 * (s.dim * LOG_2PI + s.log_det + np.sum(np.square(z), axis=-1)))


def _normal_rvs(mean: Any = None, cov: Any = 1, size: Any = 1, random_state: Any = None) -> Any:
    s = Spread("multivariate_normal", mean, cov)
    return s.like_drawn("multivariate_normal", plain_normal.rvs(current(s.mean), _matrix(s), size, random_state))


def _matrix(s: Spread) -> Any:
    """The covariance as it is now."""
    factor = current(s.factor)
    return factor @ factor.T if len(s.shape) == 2 else factor**2 * np.eye(s.dim)


def _normal_entropy(mean: Any = None, cov: Any = 1) -> Any:
    s = Spread("multivariate_normal", mean, cov)
    return 0.5 * (s.dim * (LOG_2PI + 1.0) + s.log_det)


multivariate_normal = Law(
    "multivariate_normal", "x, mean, cov", {"logpdf": _normal_logpdf, "pdf": exponential_of(_normal_logpdf)}, {"rvs": _normal_rvs, "entropy": _normal_entropy},
    "cov positive definite, of which the lower triangle is read; cdf of plain values",
)  # fmt: skip


def _t_logpdf(x: Any, loc: Any = None, shape: Any = 1, df: Any = 1, allow_singular: bool = False) -> Any:
    s, df = Spread("multivariate_t", loc, shape), real(df)
    squares = np.sum(np.square(s.whitened(s.points(x))), axis=-1)
    if is_number(df, np.inf):
        return squeezed(-0.5 * (s.dim * LOG_2PI + s.log_det + squares))
    df = spoilt(df, df > 0.0)
    t = 0.5 * (df + s.dim)
    return squeezed(special.gammaln(t) - special.gammaln(0.5 * df) - 0.5 * s.dim * (np.log(df) + LOG_PI) - 0.5 * s.log_det - t * np.log1p(squares / df))


def _t_rvs(loc: Any = None, shape: Any = 1, df: Any = 1, size: Any = 1, random_state: Any = None) -> Any:
    if isinstance(df, Array) and not df.constant:
        raise GradientError("scipy.stats.multivariate_t.rvs has no derivative by df; pass jittape.stop_gradient(df)")
    s = Spread("multivariate_t", loc, shape)
    return s.like_drawn("multivariate_t", plain_t.rvs(current(s.mean), _matrix(s), df, size, random_state))


def _t_entropy(loc: Any = None, shape: Any = 1, df: Any = 1) -> Any:
    s, df = Spread("multivariate_t", loc, shape), real(df)
    if is_number(df, np.inf):
        return 0.5 * (s.dim * (LOG_2PI + 1.0) + s.log_det)
    t, half = 0.5 * (df + s.dim), 0.5 * df
    return special.gammaln(half) - special.gammaln(t) + 0.5 * s.dim * (np.log(df) + LOG_PI) + t * (special.psi(t) - special.psi(half)) + 0.5 * s.log_det


multivariate_t = Law(
    "multivariate_t", "x, loc, shape, df", {"logpdf": _t_logpdf, "pdf": exponential_of(_t_logpdf)}, {"rvs": _t_rvs, "entropy": _t_entropy},
    "shape positive definite, of which the lower triangle is read; rvs by loc and shape; cdf of plain values",
)  # fmt: skip


# --- Dirichlet -------------------------------------------------------------------------------------------------------------------------


def _concentrations(alpha: Any) -> Any:
    alpha = real(alpha)
    if np.ndim(alpha) != 1:
        raise ValueError(f"scipy.stats.dirichlet: alpha is a vector, not of shape {np.shape(alpha)}")
    return spoilt(alpha, alpha > 0.0)


def _shares(x: Any, size: int) -> Any:
    """Points [size, ...], whose last share may be left out; those that are now no shares are refused."""
    x = real(x)
    if np.shape(x)[:1] == (size - 1,):
        x = np.concatenate([x, 1.0 - np.sum(x, axis=0, keepdims=True)])
    now = np.asarray(current(x))
    if now.shape[:1] != (size,):
        raise ValueError(f"scipy.stats.dirichlet: x has {now.shape[0] if now.ndim else 1} shares (first axis), and alpha {size}")
    if (now < 0.0).any() or (np.abs(now.sum(0) - 1.0) > 1e-8).any():
        raise ValueError("scipy.stats.dirichlet: the shares x (first axis) are between 0 and 1, and add up to 1")
    return x


def _dirichlet_logpdf(x: Any, alpha: Any) -> Any:
    alpha = _concentrations(alpha)
    x = _shares(x, alpha.shape[0])
    powers = special.xlogy(np.reshape(alpha - 1.0, (-1,) + (1,) * (np.ndim(x) - 1)), x)
    return squeezed(np.sum(powers, axis=0) - _log_beta(alpha))


def _log_beta(alpha: Any) -> Any:
    return np.sum(special.gammaln(alpha)) - special.gammaln(np.sum(alpha))


def _dirichlet_entropy(alpha: Any) -> Any:
    alpha = _concentrations(alpha)
    total = np.sum(alpha)
    return _log_beta(alpha) + (total - alpha.shape[0]) * special.psi(total) - np.sum((alpha - 1.0) * special.psi(alpha))


def _dirichlet_mean(alpha: Any) -> Any:
    alpha = _concentrations(alpha)
    return alpha / np.sum(alpha)


def _dirichlet_var(alpha: Any) -> Any:
    mean, total = _dirichlet_mean(alpha), np.sum(_concentrations(alpha))
    return mean * (1.0 - mean) / (total + 1.0)


def _dirichlet_cov(alpha: Any) -> Any:
    mean, total = _dirichlet_mean(alpha), np.sum(_concentrations(alpha))
    return (np.diag(mean) - np.outer(mean, mean)) / (total + 1.0)


def _dirichlet_rvs(alpha: Any, size: Any = 1, random_state: Any = None) -> Any:
    alpha = _concentrations(alpha)
    shape = (size,) if np.ndim(size) == 0 else tuple(size)
    drawn = gamma.rvs(alpha, size=(*shape, alpha.shape[0]), random_state=random_state)
    return drawn / np.sum(drawn, axis=-1, keepdims=True)


dirichlet = Law(
    "dirichlet", "x, alpha", {"logpdf": _dirichlet_logpdf, "pdf": exponential_of(_dirichlet_logpdf)},
    {"entropy": _dirichlet_entropy, "mean": _dirichlet_mean, "var": _dirichlet_var, "cov": _dirichlet_cov, "rvs": _dirichlet_rvs}, "rvs by shares of gamma variables, other numbers than SciPy draws",
)  # fmt: skip


# --- multinomial -----------------------------------------------------------------------------------------------------------------------


def _probabilities(p: Any) -> tuple[Any, Any]:
    """Probabilities, and whether they are some."""
    p = real(p)
    return p, every(np.all(p >= 0.0, axis=-1), np.abs(1.0 - np.sum(p, axis=-1)) < 1e-9)


def _multinomial_logpmf(x: Any, n: Any, p: Any) -> Any:
    (p, valid), x, n = _probabilities(p), stop(real(x)), stop(real(n))
    if not (p.ndim and x.ndim and p.shape[-1] == x.shape[-1]):
        raise ValueError(f"scipy.stats.multinomial: counts of shape {x.shape} and probabilities of shape {p.shape} have one length along their last axis")
    outside = np.logical_or(np.any(np.logical_or(x < 0.0, x != np.floor(x)), axis=-1), np.sum(x, axis=-1) != n)
    inside = np.where(outside[..., None], 0.0, x) if np.ndim(outside) else choose(outside, 0.0 * x, x)
    logs = special.gammaln(n + 1.0) + np.sum(special.xlogy(inside, p) - special.gammaln(inside + 1.0), axis=-1)
    return spoilt(choose(outside, -np.inf, logs), valid)


def _multinomial_mean(n: Any, p: Any) -> Any:
    p, valid = _probabilities(p)
    return real(n)[..., None] * spoilt(p, valid[..., None] if np.ndim(valid) else valid)


def _multinomial_cov(n: Any, p: Any) -> Any:
    p, _ = _probabilities(p)
    return real(n)[..., None, None] * (p[..., None] * np.eye(np.shape(p)[-1]) - p[..., None] * p[..., None, :])


multinomial = Law(
    "multinomial", "p", {"logpmf": _multinomial_logpmf, "pmf": exponential_of(_multinomial_logpmf)}, {"mean": _multinomial_mean, "cov": _multinomial_cov},
    "p that does not add up to 1 gives NaN, as in SciPy from 1.18",
)  # fmt: skip

__all__ = ["dirichlet", "multinomial", "multivariate_normal", "multivariate_t"]
