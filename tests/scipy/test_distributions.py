"""Distributions of one variable: values beside SciPy's, derivatives beside differences, at every edge of their support."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats as plain
from scipy_checks import check

import jittape as jt
from jittape.scipy import stats

CONTINUOUS: dict[str, list[tuple[float, ...]]] = {
    "norm": [()], "laplace": [()], "logistic": [()], "cauchy": [()], "gumbel_r": [()], "gumbel_l": [()], "t": [(3.3,), (0.7,)], "skewnorm": [(2.0,), (-0.7,)],
    "gennorm": [(1.7,), (0.8,)], "truncnorm": [(-1.0, 2.0), (1.0, 3.0), (-3.0, -0.5)], "vonmises": [(3.0,), (0.5,)], "uniform": [()], "expon": [()], "halfnorm": [()],
    "halfcauchy": [()], "rayleigh": [()], "maxwell": [()], "gamma": [(4.3,), (0.6,)], "erlang": [(3.0,)], "chi2": [(7.0,), (1.5,)], "invgamma": [(5.5,), (0.8,)],
    "weibull_min": [(2.2,), (0.7,)], "weibull_max": [(2.2,), (0.7,)], "lognorm": [(0.4,), (1.3,)], "pareto": [(5.2,), (0.8,)], "invgauss": [(0.6,), (2.0,)],
    "beta": [(3.0, 4.5), (0.6, 0.7)], "f": [(3.0, 9.5), (6.0, 2.2)],
}  # fmt: skip
DISCRETE: dict[str, list[tuple[float, ...]]] = {"poisson": [(14.0,), (0.6,)], "bernoulli": [(0.3,), (0.8,)], "binom": [(7.0, 0.3), (7.0, 0.8)], "nbinom": [(3.3, 0.4), (1.2, 0.9)], "geom": [(0.3,), (0.8,)]}
LOC, SCALE = 0.3, 1.7
LIMITED = {"vonmises": ("logpdf", "pdf")}
WITHOUT: dict[str, tuple[str, ...]] = {"vonmises": ("var", "std", "median"), "skewnorm": ("entropy",), "poisson": ("entropy",), "nbinom": ("entropy",)}
"""What is refused."""


def ways(name: str) -> tuple[str, ...]:
    return LIMITED.get(name, ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf"))


def all_of(dist: Any, methods: tuple[str, ...]) -> Callable[..., Any]:
    return lambda x, *parameters: np.stack([getattr(dist, m)(x, *parameters) for m in methods])


def recorded(f: Callable[[Any], Any], at: Any) -> np.ndarray:
    """The value that is recorded."""
    return np.asarray(jt.record(f, at)(at))


@pytest.mark.parametrize("name", CONTINUOUS)
def test_densities_and_probabilities(name: str) -> None:
    ours, theirs = getattr(stats, name), getattr(plain, name)
    points = [(theirs.ppf([0.2, 0.55, 0.9], *shapes, LOC, SCALE), *shapes, LOC, SCALE) for shapes in CONTINUOUS[name]]
    check(all_of(ours, ways(name)), all_of(theirs, ways(name)), points, batch=name in ("norm", "gamma", "t"))


@pytest.mark.parametrize("name", [name for name in CONTINUOUS if name not in LIMITED])
def test_quantiles(name: str) -> None:
    ours, theirs = getattr(stats, name), getattr(plain, name)
    q = np.array([0.2, 0.55, 0.9])
    check(
        all_of(ours, ("ppf", "isf")), all_of(theirs, ("ppf", "isf")), [(q, *shapes, LOC, SCALE) for shapes in CONTINUOUS[name]],
        value=1e-11, first=1e-7, batch=name in ("gamma", "invgauss"),
    )  # fmt: skip


@pytest.mark.parametrize("name", DISCRETE)
def test_masses(name: str) -> None:
    ours, theirs = getattr(stats, name), getattr(plain, name)
    k = np.array([-1.0, 0.0, 1.0, 2.0, 2.5, 5.0, 9.0])
    methods = ("logpmf", "cdf", "sf")

    def finite(dist: Any) -> Callable[..., Any]:
        return lambda *shapes: np.stack([np.where(np.isfinite(v), v, -7.0) for v in (getattr(dist, m)(k, *shapes) for m in methods)])

    fixed = (lambda f: lambda p: f(7.0, p)) if name == "binom" else lambda f: f
    points = [shapes[-1:] if name == "binom" else shapes for shapes in DISCRETE[name]]
    check(fixed(finite(ours)), fixed(finite(theirs)), points, batch=False)
    for shapes in DISCRETE[name]:
        for m in ("logpmf", "pmf", "cdf", "sf", "logcdf", "logsf"):
            np.testing.assert_allclose(recorded(lambda p: getattr(ours, m)(k + 2.0, *p, 2.0), np.array(shapes)), getattr(theirs, m)(k + 2.0, *shapes, 2.0), rtol=1e-11, atol=1e-15)
        np.testing.assert_array_equal(recorded(lambda p: ours.ppf([0.3, 0.8], *p), np.array(shapes)), theirs.ppf([0.3, 0.8], *shapes))


@pytest.mark.parametrize("name", [*CONTINUOUS, *DISCRETE])
def test_moments(name: str) -> None:
    ours, theirs = getattr(stats, name), getattr(plain, name)
    for shapes in {**CONTINUOUS, **DISCRETE}[name]:
        fixed, p = (shapes[:1], np.array(shapes[1:])) if name == "binom" else ((), np.array([*shapes, LOC, SCALE] if name in CONTINUOUS else shapes))
        if not p.size:
            continue
        for m in ("mean", "var", "std", "median", "entropy"):
            if m in WITHOUT.get(name, ()):
                with pytest.raises(jt.GradientError, match=f"scipy.stats.{name}"):
                    recorded(lambda p: getattr(ours, m)(*fixed, *p), p)
            else:
                found = recorded(lambda p: getattr(ours, m)(*fixed, *p) + 0.0 * p[0], p)
                np.testing.assert_allclose(found, getattr(theirs, m)(*fixed, *p), rtol=1e-11, atol=1e-15, err_msg=m)
        if "var" not in WITHOUT.get(name, ()):
            found = recorded(lambda p: np.stack([v + 0.0 * p[0] for v in ours.stats(*fixed, *p, moments="mvsk")]), p)
            np.testing.assert_allclose(found, theirs.stats(*fixed, *p, moments="mvsk"), rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("name", [*CONTINUOUS, *DISCRETE])
def test_edges_of_the_support_and_invalid_parameters(name: str) -> None:
    """Outside it is -inf, 0 or 1, with derivatives that are zero and no NaN, by every route; invalid parameters make NaN."""
    ours, theirs = getattr(stats, name), getattr(plain, name)
    shapes = np.array({**CONTINUOUS, **DISCRETE}[name][0])
    low, high = theirs.support(*shapes)
    x = np.array([low - 1.0, high + 1.0, -np.inf, np.inf])
    x = x[(x <= low) | (x >= high)]
    methods = ways(name) if name in CONTINUOUS else ("logpmf", "pmf", "cdf", "sf", "logcdf", "logsf")
    for m in methods:
        if name != "vonmises":
            full = np.append(shapes, [LOC, SCALE] if name in CONTINUOUS else [])
            given = x * SCALE + LOC if name in CONTINUOUS else x
            f = lambda p: getattr(ours, m)(given, *p)
            value, expected = recorded(f, full), getattr(theirs, m)(given, *full)
            np.testing.assert_array_equal(value, np.where(np.isnan(expected), value, expected), err_msg=m)  # SciPy has NaN for some densities at infinity
            assert not np.isnan(value).any(), m
            total = lambda p: np.sum(np.where(np.isfinite(f(p)), f(p), 0.0))
            assert not jt.grad(total)(full).any() and not jt.hessian(total)(full).any()
            assert jt.jvp(total, (full,), (np.ones(full.size),))[1] == 0.0
        if name in CONTINUOUS:
            assert np.isnan(recorded(lambda s: getattr(ours, m)(np.array([0.5, -1.0]), *shapes, 0.0, s), np.array(-1.0))).all()
        if shapes.size and name != "skewnorm":
            wrong = shapes * 0.0 + (1.5 if name in DISCRETE and name != "poisson" else -1.0)
            assert np.isnan(recorded(lambda p: getattr(ours, m)(np.array([0.5, 1.0]), *p), wrong)).all(), m


@pytest.mark.parametrize("name", ["norm", "uniform", "laplace", "lognorm", "weibull_min", "t", "gamma", "truncnorm"])
def test_random_numbers(name: str) -> None:
    """Those that SciPy draws, which follow the parameters along their quantiles."""
    ours, theirs = getattr(stats, name), getattr(plain, name)
    p = np.array([*CONTINUOUS[name][0], LOC, SCALE])
    draw = lambda p: ours.rvs(*p, size=(2, 3), random_state=7)
    F = jt.record(draw, p)
    np.testing.assert_allclose(F(p), theirs.rvs(*p, size=(2, 3), random_state=7), rtol=1e-11)
    u = theirs.cdf(F(p), *p)
    np.testing.assert_allclose(F(p * 1.1), theirs.ppf(u, *(p * 1.1)), rtol=1e-9)
    np.testing.assert_allclose(F.jacobian(p), jt.jacobian(lambda p: ours.ppf(u, *p))(p), rtol=1e-7, atol=1e-9)
    assert ours.rvs(0.5, size=3, random_state=1).tolist() == theirs.rvs(0.5, size=3, random_state=1).tolist() if p.size == 3 else True


def test_what_has_no_reparametrisation() -> None:
    with pytest.raises(jt.GradientError, match="integers"):
        jt.grad(lambda mu: np.sum(stats.poisson.rvs(mu, size=3)))(2.0)
    with pytest.raises(jt.GradientError, match="trials"):
        jt.grad(lambda n: stats.binom.entropy(n, 0.3))(7.0)


def test_tails() -> None:
    """Logarithms where the probabilities themselves have vanished, or are near one."""
    import mpmath

    with mpmath.workdps(40):
        for z in (-40.0, -8.0, 9.0, 30.0):
            assert jt.grad(lambda m: stats.norm.logcdf(z, m))(0.0) == pytest.approx(float(-mpmath.npdf(z) / mpmath.ncdf(z)), rel=1e-12)
            assert recorded(lambda m: stats.norm.logsf(z, m), np.array(0.0)) == pytest.approx(float(mpmath.log(mpmath.ncdf(-z))), rel=1e-12)
        for name, log_sf in {"expon": lambda y: -y, "logistic": lambda y: -mpmath.log1p(mpmath.exp(y)), "laplace": lambda y: -y - mpmath.log(2), "gumbel_r": lambda y: mpmath.log(-mpmath.expm1(-mpmath.exp(-y)))}.items():
            for y in (30.0, 300.0):
                assert recorded(lambda s: getattr(stats, name).logsf(y, 0.0, s), np.array(1.0)) == pytest.approx(float(log_sf(mpmath.mpf(y))), rel=1e-13)
                assert recorded(lambda s: getattr(stats, name).logcdf(y, 0.0, s), np.array(1.0)) == pytest.approx(float(mpmath.log1p(-mpmath.exp(log_sf(mpmath.mpf(y))))), rel=1e-12)


def test_frozen() -> None:
    x = np.array([0.3, 1.2])

    def f(p: Any) -> Any:
        d = stats.gamma(p[0], scale=p[1])
        low, high = d.interval(0.9)
        return np.sum(d.logpdf(x)) + d.mean() * d.std() + d.stats("v") + d.median() + low * high + d.entropy() + np.sum(d.rvs(3, random_state=0))

    def g(p: Any) -> Any:
        return (
            np.sum(stats.gamma.logpdf(x, p[0], scale=p[1])) + p[0] * p[1] * np.sqrt(p[0]) * p[1] + p[0] * p[1] ** 2 + stats.gamma.ppf(0.5, p[0], scale=p[1])
            + stats.gamma.ppf(0.05, p[0], scale=p[1]) * stats.gamma.ppf(0.95, p[0], scale=p[1]) + stats.gamma.entropy(p[0], scale=p[1]) + np.sum(stats.gamma.rvs(p[0], scale=p[1], size=3, random_state=0))
        )

    p = np.array([2.2, 0.7])
    np.testing.assert_allclose(jt.grad(f)(p), jt.grad(g)(p), rtol=1e-10)
    plainly = stats.gamma(2.2, scale=0.7)
    assert plainly.logpdf(1.0) == plain.gamma(2.2, scale=0.7).logpdf(1.0) and plainly.expect(lambda v: v) == pytest.approx(1.54)
    assert jt.grad(plainly.logpdf)(1.0) == pytest.approx(1.2 - 1.0 / 0.7)
    named = jt.grad(lambda p: stats.poisson.logpmf(k=2, mu=p) + stats.poisson(p).cdf(k=1) + stats.expon(scale=p).interval(confidence=0.5)[0])(1.5)
    assert named == pytest.approx(float(jt.grad(lambda p: stats.poisson.logpmf(2, p) + stats.poisson.cdf(1, p) + stats.expon.ppf(0.25, 0.0, p))(1.5)))
    with pytest.raises(AttributeError, match="recorded parameters"):
        jt.grad(lambda a: stats.gamma(a).expect())(2.0)


def test_plain_values_give_plain_values() -> None:
    for name in CONTINUOUS:
        ours, theirs = getattr(stats, name), getattr(plain, name)
        shapes = {**CONTINUOUS, **DISCRETE}[name][0]
        assert ours.cdf([1.0, 2.0], *shapes).tolist() == theirs.cdf([1.0, 2.0], *shapes).tolist() and ours.name == name


def test_broadcasting_and_lists() -> None:
    data = np.array([[1.0], [2.0]])
    g = jt.grad(lambda p: np.sum(stats.norm.logpdf(data, [p[0], p[1], 0.0], scale=p[2])))(np.array([0.1, 0.2, 1.5]))
    expected = jt.grad(lambda p: np.sum(stats.norm.logpdf(data[:, 0], p[0], p[2]) + stats.norm.logpdf(data[:, 0], p[1], p[2]) + stats.norm.logpdf(data[:, 0], 0.0, p[2])))(np.array([0.1, 0.2, 1.5]))
    np.testing.assert_allclose(g, expected, rtol=1e-12)


def test_scipys_own_names_the_import() -> None:
    with pytest.raises(jt.DerivativeLostError, match=r"from jittape.scipy import stats`, whose norm.logpdf"):
        jt.grad(lambda m: plain.norm.logpdf(1.0, m))(0.5)
    with pytest.raises(jt.DerivativeLostError) as refused:
        jt.grad(lambda m: stats.norm.fit(m * np.ones(3))[0])(0.5)
    assert "from jittape" not in str(refused.value)


def test_saved_quantiles(tmp_path: Any) -> None:
    """A saved recording finds the quantiles of a distribution in a process that has not imported it."""
    F = jt.record(lambda a: stats.gamma.ppf(0.3, a), 2.2)
    F.save(tmp_path / "quantile.npz")
    code = f"import jittape as jt; F = jt.load({str(tmp_path / 'quantile.npz')!r}); print(float(F(2.5)), float(F.grad(2.5)))"
    value, slope = map(float, subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert value == pytest.approx(plain.gamma.ppf(0.3, 2.5), rel=1e-12) and slope == pytest.approx(float(F.grad(2.5)), rel=1e-12)
