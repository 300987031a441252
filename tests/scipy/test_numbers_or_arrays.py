"""Results without axes are numbers where NumPy's and SciPy's are, and arrays where theirs are: a change in place is seen by other names, or not."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.interpolate
import scipy.optimize
import scipy.special
import scipy.stats

import jittape as jt
import jittape.numpy
import jittape.scipy as jittape_scipy
import jittape.scipy.interpolate
import jittape.scipy.optimize
import jittape.scipy.special
import jittape.scipy.stats
from jittape.array.array import Array

NODES, X = np.arange(5.0), np.array([0.4, -0.3, 0.8, 0.1, 0.6])
RESULTS = [
    lambda S, x: np.vecdot(x, x), lambda S, x: np.linalg.vecdot(x, x), lambda S, x: np.linalg.multi_dot([x, np.outer(x, x), x]), lambda S, x: np.dot(x, x), lambda S, x: np.einsum("i,i", x, x),
    lambda S, x: np.tensordot(x, x, 1), lambda S, x: np.squeeze(x[:1]), lambda S, x: np.where(True, x[0], 2.0), lambda S, x: np.median(x), lambda S, x: np.interp(0.4, NODES, x),
    lambda S, x: S.special.huber(1.0, x[0]), lambda S, x: S.special.multigammaln(x[0] + 3.0, 2), lambda S, x: S.special.expit(x[0]), lambda S, x: S.special.logsumexp(x),
    lambda S, x: S.stats.gamma.cdf(x[0] + 1.0, 1.7), lambda S, x: S.stats.beta.logpdf(0.3, 2.0 + x[0], 1.5), lambda S, x: S.stats.norm.interval(0.9, x[0])[1], lambda S, x: S.stats.expon.stats(x[0])[0],
    lambda S, x: S.stats.lognorm(0.8).logpdf(x[0]), lambda S, x: S.stats.poisson.logpmf(2, x[0] + 1.0), lambda S, x: S.stats.norm.ppf(0.3, x[0]),
    lambda S, x: S.interpolate.CubicSpline(NODES, x)(0.3), lambda S, x: S.interpolate.CubicSpline(NODES, x).integrate(0.3, 1.2), lambda S, x: S.interpolate.PchipInterpolator(NODES, x)(0.3),
    lambda S, x: S.interpolate.make_interp_spline(NODES, x)(x[0]), lambda S, x: S.interpolate.make_interp_spline(NODES, x).integrate(0.3, 1.2), lambda S, x: S.interpolate.interp1d(NODES, x)(0.4),
    lambda S, x: S.interpolate.interp1d(NODES, x, bounds_error=False, fill_value=1.0)(0.4), lambda S, x: S.interpolate.splev(0.3, S.interpolate.splrep(NODES, x)), lambda S, x: S.interpolate.BarycentricInterpolator(NODES, x)(0.3),
    lambda S, x: S.interpolate.Akima1DInterpolator(NODES, x)(0.3), lambda S, x: S.interpolate.InterpolatedUnivariateSpline(NODES, x)(0.3),
    lambda S, x: S.optimize.fixed_point(lambda t: np.cos(t) * 0.5 + 0.2 * x[0], 0.3), lambda S, x: S.optimize.fixed_point(lambda t: np.cos(t) * 0.5 + 0.2 * x[0], 0.3, method="iteration"),
    lambda S, x: S.optimize.brentq(lambda t: t**3 + t - x[0], -9.0, 9.0),
]  # fmt: skip


@pytest.mark.parametrize("result", RESULTS, ids=range(len(RESULTS)))
def test_what_a_change_in_place_changes(result) -> None:
    def changed(S, x):
        y = z = result(S, x)
        z += 1.5
        return y * 2.0 + z * x[0]

    value, gradient = jt.value_and_grad(lambda x: changed(jittape_scipy, x))(X.copy())
    np.testing.assert_allclose(value, changed(scipy, X.copy()), rtol=1e-7)
    nudged = [changed(scipy, X + d * np.eye(5)[0]) for d in (1e-6, -1e-6)]
    np.testing.assert_allclose(gradient[0], (nudged[0] - nudged[1]) / 2e-6, rtol=1e-5, atol=1e-5)


def test_arrays_without_axes_are_stored_into() -> None:
    def f(x):
        y = jittape_scipy.interpolate.CubicSpline(NODES, x)(0.3)
        assert isinstance(y, Array)
        y[...] += x[1]
        return y

    spline = scipy.interpolate.CubicSpline(NODES, np.eye(5))(0.3)
    np.testing.assert_allclose(jt.grad(f)(X), spline + np.eye(5)[1], rtol=1e-10, atol=1e-12)


def test_reductions_of_numbers_into_an_output_give_numbers() -> None:
    """NumPy's numbers give a number beside what they store; arrays without axes give the output."""

    def f(np, x, take):
        total = np.zeros(())
        found = np.sum(take(np, x), out=total)
        found += 3.0
        return total + 2.0 * found

    for take in (lambda np, x: x[0], lambda np, x: np.squeeze(x[:1]), lambda np, x: x):
        assert jt.vjp(lambda x, take=take: f(jittape.numpy, x, take), X)[0] == f(np, X, take)

    def inner(np, x, method):
        a = np.squeeze(x[:1]).copy()
        found = a.dot(a, out=a) if method else np.dot(a, a, out=a)
        found += x[1]
        total = np.zeros(())
        clipped = np.clip(x[0], 0.0, 0.2, out=total)
        clipped += np.dot(x, x, out=np.zeros(()))
        return 2.0 * a + found + 3.0 * clipped + total

    for method in (False, True):
        assert np.isclose(jt.vjp(lambda x, method=method: inner(jittape.numpy, x, method), X)[0], inner(np, X, method), rtol=1e-14)


def test_quantiles_of_nothing() -> None:
    def f(x):
        return np.quantile(x[x > 0], 0.3)

    F = jt.record(f, X)
    for function in (F, jt.grad(f), f):
        with pytest.raises(IndexError, match="out of bounds"):
            function(-np.abs(X))
    assert jt.vjp(lambda x: np.percentile(x.reshape(0, 2), 30, axis=1), np.zeros(0))[0].shape == (0,)
