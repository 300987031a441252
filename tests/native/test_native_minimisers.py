"""Minimisers inside native code, against known minima, SciPy and the minimisers of many recorded problems."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
import scipy.optimize
from numba.core.errors import TypingError
from standard_problems import PROBLEMS

import jittape as jt
from jittape.integrate import batch

STANDARD = ("wood", "brown_badly_scaled")
LOWER, UPPER = np.array([-10.0, -5.0]), np.array([0.5, 4.0])


@numba.njit
def valley(x, a):
    return 100.0 * (x[1] - x[0] ** 2) ** 2 + (a - x[0]) ** 2


@numba.njit
def decay(p, t, y):
    return p[0] * np.exp(-p[1] * t) + p[2] - y


@numba.njit
def circle(x, radius):
    return np.array([x[0] * x[0] + x[1] * x[1] - radius * radius, x[0] - x[1]])


BFGS, NEWTON = jt.native.minimize(valley), jt.native.minimize(valley, method="newton")
FIT, ROOT = jt.native.least_squares(decay), jt.native.root(circle)


@numba.njit(parallel=True)
def fits(X0, t, Y, lower, upper):
    x, cost = np.empty(X0.shape), np.empty(len(X0))
    for k in numba.prange(len(X0)):
        found = FIT(X0[k], (t, Y[k]), (lower, upper))
        x[k] = found.x
        cost[k] = found.cost if found.success else np.nan
    return x, cost


@pytest.mark.parametrize("solve", [BFGS, NEWTON])
def test_minima(solve: Any) -> None:
    found = solve(np.array([-1.2, 1.0]), (1.0,))
    np.testing.assert_allclose(found.x, 1.0, atol=1e-5)
    assert found.success and found.status == 1 and found.optimality <= 1e-6 and found.nfev >= found.nit > 0
    assert found.fun == pytest.approx(valley(found.x, 1.0), rel=1e-12)
    np.testing.assert_allclose(found.grad, jt.grad(valley)(found.x, 1.0), atol=1e-12)
    x0 = np.array([-1.2, 1.0])
    bounded = solve(x0, (1.0,), (LOWER, UPPER))
    one = scipy.optimize.minimize(valley, x0, (1.0,), bounds=list(zip(LOWER, UPPER, strict=True)), options={"ftol": 1e-15, "gtol": 1e-9})
    np.testing.assert_allclose(bounded.x, one.x, atol=1e-5)
    assert bounded.x[0] == 0.5 and bounded.success
    assert x0.tolist() == [-1.2, 1.0]
    assert solve(np.ones(2), (1.0,)).nfev == 1


def test_fits_in_parallel_loops_are_those_of_recorded_problems_and_of_scipy() -> None:
    rng = np.random.default_rng(0)
    t = np.linspace(0.0, 3.0, 20)
    P = rng.uniform([1.0, 0.5, -1.0], [3.0, 2.0, 1.0], (60, 3))
    Y = P[:, [0]] * np.exp(-P[:, [1]] * t) + P[:, [2]] + 0.01 * rng.standard_normal((60, 20))
    lower, upper = np.array([0.0, 0.6, -np.inf]), np.array([10.0, 5.0, 0.7])
    X0 = np.tile([1.0, 1.0, 0.0], (60, 1))
    x, cost = fits(X0, t, Y, lower, upper)
    recorded = batch.least_squares(jt.record(decay.py_func, X0[0], t=t, y=Y[0]), X0, y=Y, bounds=(lower, upper))
    np.testing.assert_allclose(cost, recorded.fun, rtol=1e-6)
    np.testing.assert_allclose(x, recorded.x, rtol=1e-4, atol=1e-6)
    for k in range(0, 60, 15):
        one = scipy.optimize.least_squares(decay, X0[k], bounds=(lower, upper), args=(t, Y[k]), ftol=1e-12, xtol=1e-12)
        assert cost[k] <= one.cost * (1.0 + 1e-6)
    whole = FIT(X0[0], (t, Y[0]))
    J = jt.jacobian(decay)(whole.x, t, Y[0])
    np.testing.assert_allclose(whole.hessian, J.T @ J, rtol=1e-9)
    assert whole.optimality == abs(whole.grad).max()


def test_roots() -> None:
    found = ROOT(np.array([1.0, 3.0]), (2.0,))
    np.testing.assert_allclose(found.x, np.sqrt(2.0), rtol=1e-12)
    assert found.success and found.norm < 1e-12 and found.nfev < 20
    bounded = ROOT(np.array([-1.0, -0.5]), (2.0,), (-np.inf, 0.0))
    np.testing.assert_allclose(bounded.x, -np.sqrt(2.0), rtol=1e-12)
    none = ROOT(np.array([1.0, 0.9]), (2.0,), (0.0, 1.0))  # the nearest point within the bounds is no root
    assert not none.success and none.status == -3 and none.norm > 1.0
    at_once = ROOT(np.sqrt(np.array([2.0, 2.0])), (2.0,))
    assert at_once.success


@pytest.mark.slow
@pytest.mark.parametrize("name", STANDARD)
def test_standard_problems(name: str) -> None:
    residuals, start, minima = PROBLEMS[name]
    inner = numba.njit(residuals)

    @numba.njit
    def f(x):
        found = inner(x)
        out = np.empty(len(found))
        for i in range(len(found)):
            out[i] = found[i]
        return out

    found = jt.native.least_squares(f, max_nfev=2000)(np.array(start))
    assert found.success and 2.0 * found.cost == pytest.approx(minima[0], abs=1e-9)


def test_what_is_not_finite_says_so() -> None:
    found = FIT(np.array([1.0, -1e4, 0.0]), (np.ones(4), np.ones(4)))
    assert found.status == -1 and not found.success and found.nfev == 1
    found = BFGS(np.array([np.nan, 0.0]), (1.0,))
    assert found.status == -1


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="x0 is not within its bounds"):
        BFGS(np.ones(2), (1.0,), (LOWER, UPPER))
    with pytest.raises(ValueError, match="as many numbers as x0"):
        BFGS(np.zeros(2), (1.0,), (np.zeros(3), 1.0))
    with pytest.raises(ValueError, match="a lower bound is not at most"):
        BFGS(np.zeros(2), (1.0,), (1.0, -1.0))
    with pytest.raises(TypingError, match="begins at an array of float64 of one axis"):
        BFGS(np.zeros(2, np.float32), (1.0,))
    with pytest.raises(TypeError, match="function of numba.njit"):
        jt.native.minimize(np.sum)
    with pytest.raises(ValueError, match='method is "bfgs" or "newton"'):
        jt.native.minimize(valley, method="powell")
    with pytest.raises(ValueError, match="gtol is a number of zero or more"):
        jt.native.minimize(valley, gtol=-1.0)
    assert jt.native.minimize(valley) is jt.native.minimize(valley)  # another one than BFGS, once a function was given rules in between
