"""Many problems of least squares at a time, against known minima, SciPy and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from standard_problems import MISRA1A, MISRA1A_CERTIFIED, MISRA1A_STARTS, PROBLEMS

import jittape as jt
from jittape.errors import BranchChanged, GradientError
from jittape.integrate import batch
from jittape.replay import models

T = np.linspace(0.0, 4.0, 25)


def double(p: Any, y: Any) -> Any:
    return p[0] * np.exp(-p[1] * T) + p[2] * np.exp(-p[3] * T) - y


def decays(count: int, seed: int = 0) -> tuple[Any, Any]:
    """Parameters and noisy data of so many decays."""
    rng = np.random.default_rng(seed)
    P = rng.uniform([1.0, 0.3, 1.0, 1.5], [3.0, 0.6, 2.0, 3.0], (count, 4))
    Y = P[:, [0]] * np.exp(-P[:, [1]] * T) + P[:, [2]] * np.exp(-P[:, [3]] * T)
    return P, Y + 0.01 * rng.standard_normal(Y.shape)


@pytest.fixture(scope="module")
def decay() -> Any:
    return jt.record(double, np.ones(4), y=T)


@pytest.mark.parametrize("name", PROBLEMS)
def test_standard_problems(name: str) -> None:
    residuals, start, minima = PROBLEMS[name]
    F = jt.record(lambda x: np.stack(residuals(x)), np.array(start))
    x0 = np.array(start)
    X0 = np.stack([x0, x0 - 0.05])
    found = batch.least_squares(F, X0, max_nfev=2000)
    assert found.success.all(), found
    for k in range(2):
        assert min(abs(2.0 * found.fun[k] - best) / max(best, 1.0) for best in minima) < 1e-6
        r = np.array(residuals(found.x[k]))
        assert found.fun[k] == pytest.approx(0.5 * float(r @ r), rel=1e-9, abs=1e-25)
    one = scipy.optimize.least_squares(lambda x: np.array(residuals(x)), x0, method="lm", x_scale="jac", max_nfev=5000)
    assert found.nfev[0] <= 3 * one.nfev + 10  # SciPy counts those of differences apart


def test_estimates_of_nist_with_their_errors() -> None:
    x, y = MISRA1A
    F = jt.record(lambda b: b[0] * (1.0 - np.exp(-b[1] * x)) - y, MISRA1A_STARTS[0])
    found = batch.least_squares(F, MISRA1A_STARTS, ftol=1e-14, xtol=1e-12)
    estimates, deviations, squares = MISRA1A_CERTIFIED
    np.testing.assert_allclose(found.x, [estimates] * 2, rtol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.einsum("pii->pi", found.covariance())), [deviations] * 2, rtol=1e-7)
    np.testing.assert_allclose(2.0 * found.fun, squares, rtol=1e-9)


def test_each_problem_is_the_one_that_scipy_solves(decay: Any) -> None:
    P, Y = decays(3000)
    found = batch.least_squares(decay, P * 1.2, y=Y)
    assert found.success.all() and len(found) == 3000
    for k in range(0, 3000, 300):
        one = scipy.optimize.curve_fit(lambda t, *p: double(p, 0.0), T, Y[k], P[k], full_output=True)
        np.testing.assert_allclose(found.x[k], one[0], rtol=2e-5)
        np.testing.assert_allclose(found.covariance()[k], one[1], rtol=1e-3)
        J = decay.jacobian(found.x[k], y=Y[k])
        r = decay(found.x[k], y=Y[k])
        np.testing.assert_allclose(found.hessian[k], J.T @ J, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(found.grad[k], J.T @ r, atol=1e-11)
        assert found.optimality[k] == abs(found.grad[k]).max()
        assert found.fun[k] == pytest.approx(0.5 * r @ r, rel=1e-11)


def test_a_problem_does_not_depend_on_its_neighbours_and_on_threads(decay: Any) -> None:
    P, Y = decays(5000, 1)
    one, two = (batch.least_squares(decay, P * 1.2, y=Y, threads=k) for k in (1, 2))
    np.testing.assert_array_equal(one.x, two.x)
    np.testing.assert_array_equal(one.status, two.status)
    some = batch.least_squares(decay, P[4000:4100] * 1.2, y=Y[4000:4100])
    np.testing.assert_allclose(some.x, one.x[4000:4100], rtol=1e-12)
    np.testing.assert_array_equal(some.nfev, one.nfev[4000:4100])


@st.composite
def linear_problems(draw: Any) -> Any:
    seed, n, m = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 5)), draw(st.integers(1, 7))
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((m, n))
    if draw(st.booleans()) and n > 1:  # of a lower rank
        A[:, -1] = A[:, 0]
    if draw(st.booleans()):
        A *= 10.0 ** rng.integers(-4, 4, n)
    b = rng.standard_normal((6, m))
    lower, upper = np.sort(rng.uniform(-1.0, 1.0, (2, 6, n)) * 10.0 ** rng.integers(-2, 3, n), axis=0)
    lower[rng.random((6, n)) < 0.3] = -np.inf
    upper[rng.random((6, n)) < 0.3] = np.inf
    return A, b, lower, upper


@given(linear_problems())
@examples(25)
def test_linear_problems_with_bounds(problem: Any) -> None:
    A, b, lower, upper = problem
    F = jt.record(lambda x, b: A @ x - b, np.zeros(A.shape[1]), b=b[0])
    X0 = np.clip(np.zeros(lower.shape), lower, upper)
    found = batch.least_squares(F, X0, bounds=(lower, upper), b=b, gtol=1e-12, ftol=1e-12, xtol=1e-12)
    assert found.success.all()
    assert (found.x >= lower).all() and (found.x <= upper).all()
    for k in range(len(b)):
        fixed = lower[k] == upper[k]
        if fixed.any():
            continue
        one = scipy.optimize.lsq_linear(A, b[k], (lower[k], upper[k]), method="bvls", tol=1e-14)
        assert found.fun[k] <= one.cost * (1.0 + 1e-9) + 1e-12 * float(b[k] @ b[k])


def test_bounds_that_are_active(decay: Any) -> None:
    P, Y = decays(40, 2)
    lower, upper = np.array([0.0, 0.45, 0.0, 0.0]), np.array([10.0, 5.0, 1.4, 5.0])
    found = batch.least_squares(decay, np.array([1.0, 0.5, 1.0, 2.0]), bounds=(lower, upper), y=Y, ftol=1e-12, xtol=1e-12)
    assert found.success.all() and ((found.x == lower) | (found.x == upper)).any(1).sum() > 10
    for k in range(40):
        near = np.clip(found.x[k], lower + 1e-6, upper - 1e-6)  # there are several minima
        one = scipy.optimize.least_squares(lambda p, k=k: double(p, Y[k]), near, bounds=(lower, upper), ftol=1e-13, xtol=1e-13, gtol=1e-12, x_scale="jac")
        assert found.fun[k] <= one.cost * (1.0 + 1e-7)
        np.testing.assert_allclose(found.x[k], one.x, rtol=1e-4, atol=1e-6)
        free = np.where((found.x[k] == lower) & (found.grad[k] > 0) | (found.x[k] == upper) & (found.grad[k] < 0), 0.0, found.grad[k])
        assert abs(free).max() < 1e-5
        assert found.optimality[k] <= abs(free).max() + 1e-15


def test_what_diverges_or_meets_nan_says_so_and_keeps_its_last_good_point() -> None:
    def residuals(x: Any, c: Any) -> Any:  # a root of the square root where c is 1; a straight line to infinity where it is 2
        return np.stack([np.where(c == 2.0, np.exp(-x[0]), np.sqrt(x[0]) + 1.0), 0.5 * np.where(c == 0.0, x[1] - 1.0, x[1])])

    F = jt.record(residuals, np.ones(2), c=0.0)
    c = np.array([0.0, 1.0, 2.0, 0.0])
    X0 = np.array([[4.0, 3.0], [4.0, 3.0], [4.0, 3.0], [-1.0, 3.0]])
    found = batch.least_squares(F, X0, c=c, max_nfev=200)
    assert found.status[3] == -1 and found.nfev[3] == 1 and found.message(3).startswith("the function or its derivatives are not finite at the first")
    np.testing.assert_array_equal(found.x[3], X0[3])
    assert np.isfinite(found.x).all() and np.isfinite(found.fun[:3]).all()
    assert found.status[0] == -2 and 0.0 <= found.x[0, 0] < 1e-3 and found.fun[0] < 2.0 and "around the last good one" in found.message(0)
    assert found.success[2] and found.x[2, 0] > 9.0
    assert found.success.tolist() == (found.status > 0).tolist()
    assert "1 of status -1" in repr(found)


def test_an_error_of_arithmetic_is_that_of_one_problem() -> None:
    def residuals(x: Any) -> Any:
        if x[0] < 0.5:
            return np.stack([x[0] + 1.0 / (0.0 if x[0] < 0.25 else 1.0), x[1]])
        return np.stack([x[0] - 1.0, x[1]])

    F = jt.record(residuals, np.ones(2))
    found = batch.least_squares(F, np.array([[3.0, 1.0], [0.1, 1.0], [0.3, 1.0]]))
    assert found.status.tolist()[:2] == [1, -1]
    np.testing.assert_allclose(found.x[0], [1.0, 0.0], atol=1e-9)

    G = jt.record(lambda x: np.stack([x[0] - (1.0 if x[0] > 0 else 2.0)]), np.ones(1), on_branch="raise")
    with pytest.raises(BranchChanged):
        batch.least_squares(G, np.array([[1.0], [-5.0]]))


def test_each_point_takes_its_own_branch() -> None:
    def residuals(x: Any, a: Any) -> Any:
        return np.stack([x[0] - a, x[1] - (x[0] ** 2 if x[0] > 0 else 3.0 * x[0])])

    F = jt.record(residuals, np.ones(2), a=1.0)
    a = np.array([2.0, -2.0, 0.5, -0.5])
    found = batch.least_squares(F, np.array([1.0, 1.0]), a=a)
    assert found.success.all()
    np.testing.assert_allclose(found.x, np.stack([a, np.where(a > 0, a**2, 3.0 * a)], axis=1), atol=1e-7)


def test_degenerate_problems() -> None:
    F = jt.record(lambda x: np.stack([x[0] + x[1] - 1.0, 2.0 * (x[0] + x[1]) - 2.0]), np.zeros(2))  # one rank less than variables
    found = batch.least_squares(F, np.array([[0.0, 0.0], [0.25, 0.75], [5.0, 1.0]]))
    assert found.success.all() and (found.fun < 1e-20).all() and found.nfev[1] == 1  # the second one is a solution
    assert np.isinf(found.covariance()).all()
    constant = jt.record(lambda x: np.stack([0.0 * x[0] + 3.0, x[1]]), np.zeros(2))
    at_optimum = batch.least_squares(constant, np.array([[1.0, 0.0]]))
    assert at_optimum.status.tolist() == [1] and at_optimum.fun.tolist() == [4.5]
    nothing = batch.least_squares(F, np.empty((0, 2)))
    assert len(nothing) == 0 and nothing.x.shape == (0, 2) and nothing.covariance().shape == (0, 2, 2)


def test_jacobians_that_are_too_large_to_be_recorded(decay: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    P, Y = decays(50, 3)
    recorded = batch.least_squares(decay, P * 1.2, y=Y)
    monkeypatch.setattr(batch, "MOST", 10)
    swept = batch.least_squares(decay, P * 1.2, y=Y)
    np.testing.assert_allclose(swept.x, recorded.x, rtol=1e-7)
    np.testing.assert_allclose(swept.hessian, recorded.hessian, rtol=1e-5)


def test_several_arguments_and_containers() -> None:
    def residuals(p: Any, offset: Any, y: Any) -> Any:
        return {"fit": p["a"] * np.exp(-p["k"] * T) + offset - y, "prior": 1e-3 * offset}

    p0 = {"a": np.array([2.0]), "k": np.array([1.0])}
    F = jt.record(residuals, p0, 0.5, y=T)
    y = np.array([[3.0], [2.0]]) * np.exp(-np.array([[0.5], [1.5]]) * T)
    found = batch.least_squares(F, ({"a": np.full((2, 1), 2.0), "k": np.full((2, 1), 1.0)}, np.full(2, 0.5)), y=y)
    assert found.success.all() and found.residuals == T.size + 1
    np.testing.assert_allclose(found.x[0]["a"][:, 0], [3.0, 2.0], atol=1e-6)
    np.testing.assert_allclose(found.x[0]["k"][:, 0], [0.5, 1.5], atol=1e-6)
    np.testing.assert_allclose(found.x[1], 0.0, atol=1e-6)


def test_float32() -> None:
    t, y = T[:6].astype(np.float32), np.array([[1.0, 2.0, 3.5, 1.0, 0.5, 2.0], [3.0, 2.0, 2.5, 1.0, 4.5, 2.0]], np.float32)
    F = jt.record(lambda p, y: p[0] * t + p[1] ** 2 - y, np.ones(2, np.float32), y=y[0])
    found = batch.least_squares(F, np.ones(2, np.float32), y=y)
    assert found.x.dtype == np.float32 and found.success.all()
    for k in range(2):
        one = scipy.optimize.least_squares(lambda p, k=k: p[0] * t + p[1] ** 2 - y[k].astype(float), np.ones(2))
        assert found.fun[k] == pytest.approx(one.cost, rel=1e-5)


def test_a_model_is_recorded_once_and_its_parameters_may_be_bound_anew(decay: Any) -> None:
    F = jt.record(double, np.ones(4), y=decays(1)[1][0])
    one = batch.least_squares(F, np.array([[1.0, 0.5, 1.0, 2.0]]))
    kept = F._models[models.NormalEquations]
    F.bind(y=decays(1, 7)[1][0])
    two = batch.least_squares(F, np.array([[1.0, 0.5, 1.0, 2.0]]))
    assert F._models[models.NormalEquations] is kept and abs(one.x - two.x).max() > 0.1
    np.testing.assert_allclose(two.x, batch.least_squares(decay, np.array([1.0, 0.5, 1.0, 2.0]), y=decays(1, 7)[1]).x, rtol=1e-6)


def test_progress_is_told(decay: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "PIECE", 100)
    P, Y = decays(300)
    told: list[tuple[int, int]] = []
    batch.least_squares(decay, P * 1.2, y=Y, threads=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(100, 300), (200, 300), (300, 300)]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((np.ones((2, 3)), {}), ValueError, r"has shape \(points, 4\), not \(2, 3\)"),
        ((np.ones((2, 4)), {"bounds": (2.0, 3.0)}), ValueError, "the first guess of problem 0 is not within its bounds: variable 0 is 1.0"),
        ((np.ones((2, 4)), {"bounds": (np.array([[0.0] * 4, [0.0, 2.0, 0.0, 0.0]]), 3.0)}), ValueError, "of problem 1 is not within its bounds: variable 1"),
        ((np.ones((2, 4)), {"bounds": (3.0, 2.0)}), ValueError, "lower bound 3.0 is not at most the upper bound 2.0, of variable 0 of problem 0"),
        ((np.ones((2, 4)), {"bounds": (np.nan, 2.0)}), ValueError, "lower bound nan is not at most"),
        ((np.ones((2, 4)), {"bounds": (np.zeros(3), 2.0)}), ValueError, r"lower bounds are a number, or an array of shape \(4,\) or \(2, 4\), not \(3,\)"),
        ((np.ones((2, 4)), {"bounds": 3.0}), ValueError, r"bounds is \(lower, upper\)"),
        ((np.ones((2, 4)), {"y": np.ones((3, 25))}), ValueError, "was recorded for a parameter of shape"),
        ((np.ones((2, 4)), {"z": 1.0}), TypeError, "without a parameter 'z'"),
        ((np.ones((2, 4)), {"ftol": -1.0}), ValueError, "ftol is a number of zero or more"),
        ((np.ones((2, 4)), {"max_nfev": 0}), ValueError, "max_nfev is a number of evaluations"),
        ((np.ones((2, 4)), {"threads": 0}), ValueError, "threads is a number of threads"),
        ((np.ones((2, 4)), {"math": "wild"}), ValueError, "math"),
        ((np.ones((2, 4)), {"progress": 3}), TypeError, "progress is a function"),
    ],
)
def test_what_is_refused(decay: Any, arguments: Any, error: type[Exception], words: str) -> None:
    X0, options = arguments
    with pytest.raises(error, match=words):
        batch.least_squares(decay, X0, **options)


def test_what_is_no_recording_of_residuals_is_refused() -> None:
    with pytest.raises(TypeError, match=r"F = jittape.record\(f, x0\)"):
        batch.least_squares(double, np.ones((2, 4)))
    with pytest.raises(GradientError, match="residuals are real numbers, and .* returns truth values"):
        batch.least_squares(jt.record(lambda x: x > 0.0, np.ones(2)), np.ones((3, 2)))
