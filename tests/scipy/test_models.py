"""Log posteriors as users write them with jittape.scipy.stats, beside the same written out: values, gradients, Hessians, replays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import jittape as jt
import jittape.numpy as jnp
from jittape.scipy import stats

RNG = np.random.default_rng(5)
LOG_2PI = np.log(2.0 * np.pi)
EFFECTS, ERRORS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]), np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
DESIGN = np.column_stack([np.ones(30), RNG.standard_normal((30, 2))])
CHOICES, COUNTS = (RNG.random(30) < special.expit(DESIGN @ [0.3, 1.0, -0.6])).astype(float), RNG.poisson(np.exp(DESIGN @ [0.5, 0.4, -0.3])).astype(float)
SERIES = np.cumsum(RNG.standard_normal(25)) * 0.3
TIMES, CENSORED = RNG.weibull(1.6, 30) * 2.0, RNG.random(30) < 0.3
GROUPS = RNG.integers(0, 4, 30)


def normal(x: Any, m: Any, s: Any) -> Any:
    return -0.5 * ((x - m) / s) ** 2 - np.log(s) - 0.5 * LOG_2PI


def eight_schools(p: Any) -> Any:
    mu, tau, theta = p[0], np.exp(p[1]), p[2:]
    return stats.norm.logpdf(mu, 0.0, 5.0) + stats.halfcauchy.logpdf(tau, scale=5.0) + p[1] + np.sum(stats.norm(mu, tau).logpdf(theta)) + np.sum(stats.norm.logpdf(EFFECTS, theta, ERRORS))


def eight_schools_plainly(p: Any) -> Any:
    mu, tau, theta = p[0], np.exp(p[1]), p[2:]
    return normal(mu, 0.0, 5.0) + np.log(2.0 / np.pi) - np.log1p((tau / 5.0) ** 2) - np.log(5.0) + p[1] + np.sum(normal(theta, mu, tau)) + np.sum(normal(EFFECTS, theta, ERRORS))


def logistic_regression(b: Any) -> Any:
    return np.sum(stats.bernoulli.logpmf(CHOICES, special.expit(DESIGN @ b))) + np.sum(stats.t.logpdf(b, 3.0, scale=2.5))


def logistic_regression_plainly(b: Any) -> Any:
    eta = DESIGN @ b
    prior = special.gammaln(2.0) - special.gammaln(1.5) - 0.5 * np.log(3.0 * np.pi) - np.log(2.5) - 2.0 * np.log1p((b / 2.5) ** 2 / 3.0)
    return np.sum(CHOICES * eta - np.logaddexp(0.0, eta)) + np.sum(prior)


def poisson_regression(b: Any) -> Any:
    return np.sum(stats.poisson.logpmf(COUNTS, np.exp(DESIGN @ b))) + stats.multivariate_normal.logpdf(b, np.zeros(3), 4.0)


def poisson_regression_plainly(b: Any) -> Any:
    eta = DESIGN @ b
    return np.sum(COUNTS * eta - np.exp(eta) - special.gammaln(COUNTS + 1.0)) + np.sum(normal(b, 0.0, 2.0))


def hierarchical(p: Any) -> Any:
    mean, spread, noise, groups = p[0], np.exp(p[1]), np.exp(p[2]), p[3:]
    prior = stats.norm.logpdf(mean) + stats.gamma.logpdf(spread, 2.0, scale=0.5) + stats.invgamma.logpdf(noise, 3.0, scale=2.0)
    return prior + np.sum(stats.norm.logpdf(groups, mean, spread)) + np.sum(stats.norm.logpdf(TIMES, groups[GROUPS], noise))


def hierarchical_plainly(p: Any) -> Any:
    mean, spread, noise, groups = p[0], np.exp(p[1]), np.exp(p[2]), p[3:]
    prior = normal(mean, 0.0, 1.0) + np.log(spread) - 2.0 * spread + 2.0 * np.log(2.0) - 4.0 * np.log(noise) - 2.0 / noise + 3.0 * np.log(2.0) - np.log(2.0)
    return prior + np.sum(normal(groups, mean, spread)) + np.sum(normal(TIMES, groups[GROUPS], noise))


def mixture(p: Any) -> Any:
    weights = special.expit(p[0])
    parts = np.stack([np.log(weights) + stats.norm.logpdf(SERIES, p[1], np.exp(p[2])), np.log1p(-weights) + stats.laplace.logpdf(SERIES, p[3], np.exp(p[4]))])
    return np.sum(np.logaddexp.reduce(parts, axis=0))


def mixture_plainly(p: Any) -> Any:
    w = special.expit(p[0])
    return np.sum(np.log(w * np.exp(normal(SERIES, p[1], np.exp(p[2]))) + (1.0 - w) * 0.5 * np.exp(-np.abs(SERIES - p[3]) / np.exp(p[4]) - p[4])))


def garch(p: Any) -> Any:
    constant, a, b = np.exp(p[0]), 0.5 * special.expit(p[1]), 0.5 * special.expit(p[2])
    variances = jnp.zeros(SERIES.size)
    variances[0] = 1.0
    for i in range(1, SERIES.size):
        variances[i] = constant + a * SERIES[i - 1] ** 2 + b * variances[i - 1]
    return np.sum(stats.t(5.0, scale=np.sqrt(variances)).logpdf(SERIES))


def garch_plainly(p: Any) -> Any:
    constant, a, b = np.exp(p[0]), 0.5 * special.expit(p[1]), 0.5 * special.expit(p[2])
    v, found = 1.0, 0.0
    for i in range(SERIES.size):
        found = found - 0.5 * np.log(v) - 3.0 * np.log1p(SERIES[i] ** 2 / (5.0 * v)) + special.gammaln(3.0) - special.gammaln(2.5) - 0.5 * np.log(5.0 * np.pi)
        v = constant + a * SERIES[i] ** 2 + b * v
    return found


def autoregression(p: Any) -> Any:
    return np.sum(stats.norm.logpdf(SERIES[2:], p[0] + p[1] * SERIES[1:-1] + p[2] * SERIES[:-2], np.exp(p[3]))) + stats.expon.logpdf(np.exp(p[3]))


def autoregression_plainly(p: Any) -> Any:
    return np.sum(normal(SERIES[2:], p[0] + p[1] * SERIES[1:-1] + p[2] * SERIES[:-2], np.exp(p[3]))) - np.exp(p[3])


def survival(p: Any) -> Any:
    law = stats.weibull_min(np.exp(p[0]), scale=np.exp(p[1]))
    return np.sum(np.where(CENSORED, law.logsf(TIMES), law.logpdf(TIMES))) + stats.lognorm.logpdf(np.exp(p[0]), 0.5)


def survival_plainly(p: Any) -> Any:
    c, s = np.exp(p[0]), np.exp(p[1])
    risk = (TIMES / s) ** c
    return np.sum(np.where(CENSORED, 0.0, np.log(c) + (c - 1.0) * np.log(TIMES / s) - p[1]) - risk) + normal(p[0] / 0.5, 0.0, 1.0) - np.log(0.5) - p[0]


MODELS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], int]] = {
    "eight schools": (eight_schools, eight_schools_plainly, 10), "logistic regression": (logistic_regression, logistic_regression_plainly, 3),
    "Poisson regression": (poisson_regression, poisson_regression_plainly, 3), "hierarchical": (hierarchical, hierarchical_plainly, 7), "mixture": (mixture, mixture_plainly, 5),
    "GARCH": (garch, garch_plainly, 3), "autoregression": (autoregression, autoregression_plainly, 4), "survival": (survival, survival_plainly, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_models(name: str) -> None:
    ours, plainly, n = MODELS[name]
    F = jt.record(ours, np.full(n, 0.1))
    for p in (np.full(n, 0.1), RNG.standard_normal(n) * 0.4):
        value, gradient = jt.value_and_grad(ours)(p)
        expected, by_hand = jt.value_and_grad(plainly)(p)
        np.testing.assert_allclose([value, F(p), ours(p)], expected, rtol=1e-12)
        np.testing.assert_allclose(gradient, by_hand, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(F.grad(p), by_hand, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(F.hessian(p), jt.hessian(plainly)(p), rtol=1e-7, atol=1e-7)
