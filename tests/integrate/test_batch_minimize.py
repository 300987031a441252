"""Many problems of minimisation at a time, against known minima, SciPy and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from standard_problems import PROBLEMS

import jittape as jt
from jittape.errors import GradientError
from jittape.integrate import batch

METHODS = ("bfgs", "newton")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", [name for name in PROBLEMS if "scaled" not in name])
def test_standard_problems(name: str, method: str) -> None:
    residuals, start, minima = PROBLEMS[name]
    F = jt.record(lambda x: np.sum(np.stack(residuals(x)) ** 2), np.array(start))
    X0 = np.stack([start, np.array(start) - 0.02])
    found = batch.minimize(F, X0, method=method)
    assert found.success.all(), found
    for k in range(2):
        assert min(abs(found.fun[k] - best) / max(best, 1.0) for best in minima) < 1e-6
        np.testing.assert_allclose(found.grad[k], F.grad(found.x[k]), rtol=1e-9, atol=1e-12)
        if method == "newton":
            np.testing.assert_allclose(found.hessian[k], F.hessian(found.x[k]), rtol=1e-9, atol=1e-9)


@st.composite
def quadratic_problems(draw: Any) -> Any:
    seed, n = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 5))
    rng = np.random.default_rng(seed)
    L = rng.standard_normal((n, n)) + 2.0 * np.eye(n)
    lower, upper = np.sort(rng.uniform(-1.0, 1.0, (2, 5, n)) * 10.0 ** rng.integers(-1, 3, n), axis=0)
    lower[rng.random((5, n)) < 0.3] = -np.inf
    upper[rng.random((5, n)) < 0.3] = np.inf
    return L, rng.standard_normal((5, n)), lower, upper


@pytest.mark.parametrize("method", METHODS)
@given(problem=quadratic_problems())
@examples(15)
def test_quadratic_problems_with_bounds(method: str, problem: Any) -> None:
    L, b, lower, upper = problem
    F = jt.record(lambda x, b: 0.5 * np.sum((L @ x - b) ** 2), np.zeros(len(L)), b=b[0])
    found = batch.minimize(F, np.clip(np.zeros(b.shape), lower, upper), bounds=(lower, upper), b=b, method=method, gtol=1e-9)
    assert found.success.all() and (found.x >= lower).all() and (found.x <= upper).all()
    for k in range(len(b)):
        one = scipy.optimize.lsq_linear(L, b[k], (lower[k], upper[k]), method="bvls", tol=1e-14)
        assert found.fun[k] <= one.cost * (1.0 + 1e-8) + 1e-12
        np.testing.assert_allclose(found.x[k], one.x, atol=1e-5 * np.linalg.cond(L) * (1.0 + abs(one.x).max()))


@pytest.mark.parametrize("method", METHODS)
def test_away_from_saddles_and_maxima(method: str) -> None:
    F = jt.record(lambda x, a: np.cos(x[0]) + a * np.cos(2.0 * x[1]) + 0.01 * (x[0] ** 2 + x[1] ** 2), np.ones(2), a=1.0)
    X0 = np.random.default_rng(0).uniform(-3.0, 3.0, (60, 2))
    found = batch.minimize(F, X0, a=np.linspace(0.5, 2.0, 60), method=method)
    assert found.success.all()
    for k in range(60):
        H = F.hessian(found.x[k], a=np.linspace(0.5, 2.0, 60)[k])
        assert np.linalg.eigvalsh(H)[0] > -1e-6
    assert batch.minimize(F, np.array([[1e-9, 0.3]]), method=method).fun[0] < -1.5


@pytest.mark.parametrize("method", METHODS)
def test_bounds_are_kept_where_the_function_is_not_defined_beyond(method: str) -> None:
    F = jt.record(lambda x, a: x[0] - a * np.log(x[0]) + np.sqrt(x[1]) * a, np.ones(2), a=1.0)
    a = np.array([1.0, 0.2, 3.0])
    found = batch.minimize(F, np.array([2.0, 1.0]), bounds=([0.5, 0.25], np.inf), a=a, method=method)
    assert found.success.all()
    np.testing.assert_allclose(found.x, np.stack([np.maximum(a, 0.5), np.full(3, 0.25)], axis=1), rtol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_what_has_no_minimum_says_so(method: str) -> None:
    F = jt.record(lambda x, a: np.where(a == 0.0, x[0] ** 2, np.where(a == 1.0, -x[0] * x[0] * x[0], np.log(x[0]))) + x[1] ** 2, np.ones(2), a=0.0)
    found = batch.minimize(F, np.array([[1.0, 1.0]] * 3 + [[-1.0, 1.0]]), a=np.array([0.0, 1.0, 2.0, 2.0]), method=method, max_nfev=100)
    assert found.success.tolist()[0] and found.status[3] == -1
    assert not found.success[1] and not found.success[2]
    assert np.isfinite(found.x).all() and np.isfinite(found.fun[:3]).all()
    np.testing.assert_allclose(found.x[0], 0.0, atol=1e-5)


def test_branches_and_threads() -> None:
    F = jt.record(lambda x, a: (x[0] - a) ** 2 + (x[1] - 1.0) ** 2 if x[0] > 0 else (x[0] - a) ** 4 + (x[1] + 1.0) ** 2, np.ones(2), a=1.0)
    a = np.where(np.arange(3000) % 2, 2.0, -2.0)
    for method in METHODS:
        one, two = (batch.minimize(F, np.stack([a, a], axis=1) * 0.5, a=a, method=method, threads=k) for k in (1, 2))
        assert one.success.all()
        np.testing.assert_array_equal(one.x, two.x)
        np.testing.assert_allclose(one.x[:, 1], np.sign(a), atol=1e-5)


def test_several_arguments_and_one_guess_for_all() -> None:
    F = jt.record(lambda x, y, c: np.sum((x - c) ** 2) + (y - x[0]) ** 2, np.zeros(3), 0.0, c=np.zeros(3))
    c = np.arange(6.0).reshape(2, 3)
    found = batch.minimize(F, (np.zeros((2, 3)), np.zeros(2)), c=c)
    np.testing.assert_allclose(found.x[0], c, atol=1e-6)
    np.testing.assert_allclose(found.x[1], c[:, 0], atol=1e-6)
    G = jt.record(lambda x, c: np.sum((x - c) ** 4), np.zeros(3), c=np.zeros(3))
    np.testing.assert_allclose(batch.minimize(G, np.full(3, 5.0), c=c, gtol=1e-12).x, c, atol=1e-3)


def test_what_is_refused() -> None:
    F = jt.record(lambda x: np.sum(x**2), np.ones(3))
    with pytest.raises(ValueError, match='method is "bfgs" or "newton", not "powell"'.replace('"powell"', "'powell'")):
        batch.minimize(F, np.ones((2, 3)), method="powell")
    with pytest.raises(GradientError, match="for an array of residuals there is least_squares"):
        batch.minimize(jt.record(lambda x: x**2, np.ones(3)), np.ones((2, 3)))
    with pytest.raises(TypeError, match="minimize of many problems takes a recorded function"):
        batch.minimize(np.sum, np.ones((2, 3)))
    with pytest.raises(ValueError, match='"newton" is for up to 64 variables'):
        batch.minimize(jt.record(lambda x: np.sum(x**2), np.ones(65)), np.ones((2, 65)), method="newton")
    with pytest.raises(ValueError, match="the first guess of problem 1 is not within its bounds: variable 2 is 1.0"):
        batch.minimize(F, np.ones((2, 3)), bounds=([[0.0] * 3, [0.0, 0.0, 1.5]], np.inf))
