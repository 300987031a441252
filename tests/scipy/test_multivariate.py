"""Distributions of several variables, and statistics of samples: beside SciPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats as plain
from scipy_checks import check

import jittape as jt
from jittape.scipy import stats

RNG = np.random.default_rng(3)
POINTS, MEAN = RNG.standard_normal((4, 3)), np.array([0.1, -0.4, 0.7])
FACTOR = np.array([1.2, 0.3, 0.9, -0.4, 0.2, 1.5])


def spread(v: Any) -> Any:
    """A positive definite matrix of six numbers."""
    rows = np.concatenate([v, np.zeros(1)])[np.array([[0, -1, -1], [1, 2, -1], [3, 4, 5]])]
    return rows @ rows.T


def plain_spread(v: Any) -> Any:
    rows = np.zeros((3, 3))
    rows[np.tril_indices(3)] = v
    return rows @ rows.T


def both(f: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A function of (stats, spread, *arguments) with ours and with SciPy's."""
    return lambda *args: f(stats, spread, *args), lambda *args: f(plain, plain_spread, *args)


CASES: dict[str, tuple[Callable[..., Any], list[tuple[Any, ...]]]] = {
    "normal": (lambda s, m, x, mean, v: s.multivariate_normal.logpdf(x, mean, m(v)), [(POINTS, MEAN, FACTOR), (POINTS * 2.0, MEAN, FACTOR + 0.1)]),
    "normal, a diagonal": (lambda s, m, x, mean, v: s.multivariate_normal.pdf(x, mean, v), [(POINTS, MEAN, FACTOR[[0, 2, 5]])]),
    "normal, a number": (lambda s, m, x, mean, v: s.multivariate_normal.logpdf(x, mean, v), [(POINTS, MEAN, 1.4)]),
    "normal, one variable": (lambda s, m, x, mean, v: s.multivariate_normal.logpdf(x, mean, v), [(POINTS[0], 0.3, 1.4)]),
    "normal, entropy": (lambda s, m, v: s.multivariate_normal(MEAN, m(v)).entropy() * np.ones(1), [(FACTOR,)]),
    "t": (lambda s, m, x, loc, v, df: s.multivariate_t.logpdf(x, loc, m(v), df), [(POINTS, MEAN, FACTOR, 4.3), (POINTS * 2.0, MEAN, FACTOR, 0.7)]),
    "t, entropy": (lambda s, m, v, df: s.multivariate_t.entropy(MEAN, m(v), df) * np.ones(1), [(FACTOR, 4.3)]),
    "Dirichlet": (lambda s, m, alpha: s.dirichlet.logpdf(np.array([[0.2, 0.1], [0.5, 0.3], [0.3, 0.6]]), alpha), [(np.array([1.4, 0.8, 3.0]),)]),
    "Dirichlet, shares": (lambda s, m, x: s.dirichlet.pdf(x, [1.4, 0.8, 3.0]) * np.ones(1), [(np.array([0.2, 0.5]),)]),
    "Dirichlet, moments": (lambda s, m, a: np.concatenate([s.dirichlet.mean(a), s.dirichlet.var(a), np.ravel(s.dirichlet.cov(a)), np.reshape(s.dirichlet.entropy(a), 1)]), [(np.array([1.4, 0.8, 3.0]),)]),
    "Wishart": (lambda s, m, x, df, v: s.wishart.logpdf(m(x), df, m(v)) * np.ones(1), [(FACTOR * 1.3, 5.5, FACTOR)]),
    "Wishart, moments": (lambda s, m, df, v: np.concatenate([np.ravel(s.wishart.mean(df, m(v))), np.ravel(s.wishart.var(df, m(v))), np.reshape(s.wishart.entropy(df, m(v)), 1)]), [(5.5, FACTOR)]),
    "inverse Wishart": (lambda s, m, x, df, v: s.invwishart.logpdf(m(x), df, m(v)) * np.ones(1), [(FACTOR * 1.3, 5.5, FACTOR)]),
    "inverse Wishart, moments": (
        lambda s, m, df, v: np.concatenate([*(np.ravel(f(df, m(v))) for f in (s.invwishart.mean, s.invwishart.mode, s.invwishart.var)), np.reshape(s.invwishart.entropy(df, m(v)), 1)]), [(7.5, FACTOR)],
    ),
    "zscore": (lambda s, m, a: s.zscore(a, axis=1, ddof=1), [(POINTS,)]), "zmap": (lambda s, m, a, b: s.zmap(a, b), [(POINTS, POINTS[::-1] * 1.5)]),
    "moments": (lambda s, m, a: np.stack([s.skew(a), s.skew(a, bias=False), s.kurtosis(a), s.kurtosis(a, bias=False, fisher=False), s.moment(a, 3), s.moment(a, 2, center=0.2), s.sem(a), s.variation(a)]), [(POINTS,)]),
    "moments of all": (lambda s, m, a: np.stack([s.skew(a, axis=None), s.kurtosis(a, axis=None), s.moment(a, 3, axis=None), s.sem(a, axis=None)]), [(POINTS,)]),
    "means": (lambda s, m, a, w: np.stack([s.gmean(a), s.hmean(a), s.pmean(a, 2.5), s.gmean(a, weights=w), s.hmean(a, weights=w)]), [(np.exp(POINTS), np.exp(POINTS[::-1]))]),
    "entropy": (lambda s, m, p, q: np.stack([s.entropy(p), s.entropy(p, q), s.entropy(p, q, base=2)]), [(np.exp(POINTS), np.exp(POINTS[::-1]))]),
    "pearsonr": (lambda s, m, x, y: np.stack([s.pearsonr(x, y).statistic, s.pearsonr(x, y).pvalue]), [(POINTS[:, 0], POINTS[:, 1])]),
    "kernels": (lambda s, m, data, x, w: np.stack([s.gaussian_kde(data, weights=w).logpdf(x), s.gaussian_kde(data, "silverman")(x)]), [(POINTS[:, 0], POINTS[:3, 1], np.exp(POINTS[:, 2]))]),
    "kernels in the plane": (lambda s, m, data, x: s.gaussian_kde(data, 0.7).pdf(x), [(POINTS[:, :2].T, POINTS[:3, 1:].T)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_beside_scipy(name: str) -> None:
    f, points = CASES[name]
    check(*both(f), points, value=1e-11, first=1e-7, second=1e-5)


def test_multinomial() -> None:
    x = np.array([[1, 2, 3], [6, 0, 0], [1, 1, 1], [-1, 4, 3]])
    for p in (np.array([0.2, 0.5, 0.3]), np.array([1.0, 0.0, 0.0])):
        for m in ("logpmf", "pmf"):
            np.testing.assert_allclose(jt.record(lambda p: getattr(stats.multinomial, m)(x, 6, p), p)(p), getattr(plain.multinomial, m)(x, 6, p), rtol=1e-12)
    p = np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(jt.grad(lambda p: stats.multinomial.logpmf([1, 2, 3], 6, p))(p), [1 / 0.2, 2 / 0.5, 3 / 0.3], rtol=1e-12)
    np.testing.assert_allclose(jt.record(lambda p: stats.multinomial(6, p).cov(), p)(p), plain.multinomial.cov(6, p), rtol=1e-12)
    assert np.isnan(jt.record(lambda p: stats.multinomial.logpmf([1, 2, 3], 6, p), p)(p * 1.1))


@pytest.mark.parametrize("name", ["multivariate_normal", "multivariate_t"])
@pytest.mark.parametrize("cov", [FACTOR, FACTOR[[0, 2, 5]]])
def test_random_vectors(name: str, cov: Any) -> None:
    """SciPy's numbers, which move with mean and factor."""
    ours, theirs = getattr(stats, name), getattr(plain, name)
    more = (4.0,) if name == "multivariate_t" else ()
    m = (spread, plain_spread) if cov.size == 6 else (lambda v: v, np.diag)
    draw = lambda mean, v: ours.rvs(mean, m[0](v), *more, size=4, random_state=2)
    F = jt.record(draw, MEAN, cov)
    expected = theirs.rvs(MEAN, m[1](cov), *more, size=4, random_state=2)
    np.testing.assert_allclose(F(MEAN, cov), expected, rtol=1e-11)
    np.testing.assert_allclose(F(MEAN + 1.0, cov), expected + 1.0, rtol=1e-11)
    if cov.size == 6:
        z = np.linalg.solve(np.linalg.cholesky(plain_spread(cov)), (expected - MEAN).T)
        np.testing.assert_allclose(F(MEAN, cov * 1.1), MEAN + (np.linalg.cholesky(plain_spread(cov * 1.1)) @ z).T, rtol=1e-10)


def test_random_shares() -> None:
    alpha = np.array([1.4, 0.8, 3.0])
    F = jt.record(lambda a: stats.dirichlet.rvs(a, size=5, random_state=2), alpha)
    assert F(alpha).shape == (5, 3) and F(alpha * 2.0).sum(axis=1) == pytest.approx(np.ones(5))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="does not fit a mean of length 3"):
        jt.grad(lambda m: stats.multivariate_normal.logpdf(POINTS[0], m, np.eye(2)))(MEAN)
    with pytest.raises(ValueError, match="add up to 1"):
        jt.grad(lambda a: stats.dirichlet.logpdf([0.2, 0.2, 0.2], a))(np.ones(3))
    for p in ([1.0], [0.5, 0.5]):
        with pytest.raises(ValueError, match="multinomial: counts of shape"):
            jt.grad(lambda p: stats.multinomial.logpmf([1, 2, 3], 6, p))(np.array(p))
    for sample in (np.ones(0), np.ones(1)):
        with pytest.raises(ValueError, match="gaussian_kde: a sample has at least two points"):
            jt.grad(lambda a: np.sum(stats.gaussian_kde(a)(0.3)))(sample)
    with pytest.raises(jt.RecordingError, match="nan_policy"):
        jt.grad(lambda a: np.sum(stats.zscore(a, nan_policy="omit")))(MEAN)
    with pytest.raises(np.linalg.LinAlgError):
        jt.grad(lambda c: stats.multivariate_normal.logpdf(np.zeros(2), None, c))(-np.eye(2))


def test_plain_values_and_frozen() -> None:
    assert stats.multivariate_normal.cdf([0.0, 0.0], cov=np.eye(2)) == pytest.approx(0.25)
    d = stats.multivariate_normal(np.zeros(2), np.eye(2), seed=3)
    assert d.rvs(2).tolist() == plain.multivariate_normal(np.zeros(2), np.eye(2), seed=3).rvs(2).tolist()
    assert jt.grad(d.logpdf)(np.array([1.0, 2.0])).tolist() == [-1.0, -2.0]
    assert stats.gaussian_kde([0.0, 1.0, 3.0]).factor == plain.gaussian_kde([0.0, 1.0, 3.0]).factor
