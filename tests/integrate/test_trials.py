"""Trial points outside a function's domain: every method of scipy.optimize steps back from them, and from errors that mean the same."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import scipy.optimize

import jittape as jt
from jittape.integrate.scipy import Objective, Residuals, least_squares, minimize, root

METHODS = (
    "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "COBYLA", "COBYQA", "SLSQP", "trust-constr", "dogleg", "trust-ncg",
    "trust-krylov", "trust-exact",
)  # fmt: skip
C = np.array([1.0, 2.0])


def covariance(x: Any) -> Any:
    L = np.linalg.cholesky(np.stack([np.stack([x[0], x[2]]), np.stack([x[2], x[1]])]))  # raises where it is not positive definite
    return -2.0 * np.sum(np.log(np.diag(L))) + x[0] + 2.0 * x[1] + 0.5 * x[2]


CONVEX: dict[str, Any] = {
    "x - log": (lambda x: np.sum(x - np.log(x)), [5.0, 9.0], [1.0, 1.0]),
    "far": (lambda x: np.sum(x - np.log(x)), [500.0, 0.01], [1.0, 1.0]),
    "entropy": (lambda x: np.sum(x * np.log(x) - x), [5.0, 9.0, 0.1], [1.0, 1.0, 1.0]),
    "barrier": (lambda x: C @ x - np.log(4.0 - x @ x), [1.2, 1.4], None),
    "circle": (lambda x: np.sum(-np.sqrt(4.0 - x**2) - 0.3 * x), [1.9, -1.9], np.full(2, 0.6 / np.sqrt(1.09))),
    "infinite outside": (lambda x: np.sum(np.where(x > 0.0, x - np.log(np.where(x > 0.0, x, 1.0)), np.inf)), [5.0, 9.0], [1.0, 1.0]),
    "an error outside": (covariance, [5.0, 4.0, 3.0], None),
}


@pytest.mark.parametrize("name", CONVEX)
@pytest.mark.filterwarnings("ignore")
def test_convex_problems_by_all_methods(name: str) -> None:
    f, start, best = CONVEX[name]
    F = jt.record(f, np.array(start))
    found = {m: minimize(F, start, method=m) for m in METHODS}
    least = min(float(r.fun) for r in found.values()) if best is None else float(f(np.array(best)))
    for method, r in found.items():
        assert np.isfinite(r.x).all() and float(f(r.x)) == pytest.approx(r.fun, rel=1e-9), method  # what is told outside is no result
        assert float(f(r.x)) <= least + 1e-5 * (1.0 + abs(least)), method


def test_the_first_point_outside_is_announced_once() -> None:
    with pytest.warns(RuntimeWarning, match=r"(?s)the objective is NaN at a trial point.*log") as caught:
        minimize(CONVEX["x - log"][0], [5.0, 9.0], method="L-BFGS-B")
    assert len(caught) == 1
    with pytest.warns(RuntimeWarning, match="the objective raises LinAlgError") as caught:
        minimize(covariance, [5.0, 4.0, 3.0], method="BFGS")
    assert len(caught) == 1
    with pytest.raises(np.linalg.LinAlgError):  # no optimiser can begin there
        minimize(covariance, [1.0, 1.0, 3.0])


@pytest.mark.parametrize("method", ["trust-constr", "SLSQP", "COBYLA", "COBYQA"])
@pytest.mark.filterwarnings("ignore")
def test_constraints_with_a_domain(method: str) -> None:
    """The constraint has no value left of 0, where the objective draws."""
    constraints = [(lambda x: np.log(x[0]) + x[1], 0.0, np.inf)]
    check = scipy.optimize.minimize_scalar(lambda a: (a + 3.0) ** 2 + max(-np.log(a), 0.0) ** 2, bounds=(1e-3, 2.0), method="bounded", options={"xatol": 1e-10})
    for start in ([4.0, 3.0], [4.0, 2.0], [3.0, 3.0], [5.0, 1.0]):
        found = minimize(lambda x: (x[0] + 3.0) ** 2 + x[1] ** 2, start, method=method, constraints=constraints)
        np.testing.assert_allclose(found.x[0], check.x, rtol=2e-3)


@pytest.mark.filterwarnings("ignore")
def test_bounds_where_the_derivative_is_infinite() -> None:
    for method in ("L-BFGS-B", "SLSQP"):
        found = minimize(lambda x: np.sum(np.sqrt(x)) + x[0], [0.5, 0.7], method=method, bounds=[(0.0, 1.0)] * 2)
        assert found.fun < 5e-3, method


@pytest.mark.filterwarnings("ignore")
def test_residuals_with_a_domain() -> None:
    t = np.array([1.0, 2.0, 3.0])
    data = np.log(2.0 * t + 0.5)
    for method in ("trf", "dogbox", "lm"):
        np.testing.assert_allclose(least_squares(lambda p: np.log(p[0] * t + p[1]) - data, [50.0, -40.0], method=method).x, [2.0, 0.5], rtol=1e-4)
    for method in ("hybr", "lm"):
        np.testing.assert_allclose(root(lambda x: np.sqrt(x) - np.array([1.0, 2.0]), [9.0, 0.1], method=method).x, [1.0, 4.0], rtol=1e-6)
        np.testing.assert_allclose(root(lambda x: np.log(x) + x - 1.0, [5.0, 9.0], method=method).x, 1.0, rtol=1e-6)


def test_one_number() -> None:
    """A first guess that is a number, and objectives that return an array of one."""
    for method in METHODS:
        if method not in ("dogleg",):
            np.testing.assert_allclose(minimize(lambda x: (x - 2.0) ** 2, 0.5, method=method).x, [2.0], atol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a conversion of an array to a number, say
        for shape in ((1,), (1, 1)):
            f = lambda x, shape=shape: np.reshape(x @ x, shape)  # noqa: E731
            np.testing.assert_allclose(minimize(f, [1.0, 2.0], constraints=[(lambda x: x[:1], 0.5, 0.5)]).x, [0.5, 0.0], atol=1e-6)
            np.testing.assert_allclose(jt.integrate.ipopt.Problem(f, [1.0, 2.0]).hessian(np.ones(2), np.zeros(0), 1.0), [2.0, 2.0])


def scaled(x: Any, a: Any, b: float = 1.0) -> Any:
    return np.sum((a * x - b) ** 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Objective(scaled, {"w": np.ones(2), "b": 1.0}), r"\{'w': ndarray\[2\], 'b': float\}: join its parts, np.concatenate\(\[np.ravel\(v\) for v in x0.values"),
        (lambda: Residuals(scaled, [np.ones(2), [1.0]]), r"one array of numbers.*np.concatenate"),
        (lambda: minimize(scaled, "abc"), "one array of numbers, as scipy.optimize has it, not str"),
        (lambda: minimize(scaled, np.ones(2), args=(2.0, 3.0)), r"parameters=\{'a': a, 'b': b\}"),
        (lambda: minimize(scaled, np.ones(2), args=2.0), r"parameters=\{'a': a\}"),
        (lambda: minimize(jt.record(scaled, np.ones(2), a=2.0), np.ones(2), args=(3.0,)), r"F\.bind"),
        (lambda: least_squares(lambda x, a: a * x, np.ones(2), args=(2.0,)), r"least_squares: in its place write parameters=\{'a': a\}"),
        (lambda: least_squares(lambda x, a: a * x, np.ones(2), kwargs={"a": 2.0}), "parameters="),
        (lambda: root(lambda x, a: a * x, np.ones(2), args=(2.0,)), r"root: in its place write parameters=\{'a': a\}"),
        (lambda: minimize(scaled, np.ones(2), constraints=[scaled]), r"a constraint is a tuple \(c, lower, upper\), not scaled: \(c, 0.0, 0.0\)"),
        (lambda: minimize(scaled, np.ones(2), constraints=scaled), r"a constraint is a tuple \(c, lower, upper\), not scaled"),
        (lambda: minimize(scaled, np.ones(2), constraints=(scaled, 0.0)), r"a constraint is a tuple \(c, lower, upper\)"),
        (lambda: minimize(scaled, np.ones(2), constraints=[[scaled, 0.0, 1.0]]), r"a constraint is a tuple"),
    ],
)  # fmt: skip
def test_bad_calls(call: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


def test_numba_functions_as_parts() -> None:
    import functools

    import numba

    @numba.njit
    def far(x, goal):
        return np.sum((x - goal) ** 2)

    @numba.njit
    def ring(x):
        return x[0] ** 2 + x[1] ** 2

    goal = np.array([3.0, 4.0])
    found = minimize(functools.partial(far, goal=goal), [0.5, 0.6], constraints=[(ring, -np.inf, 1.0)])
    np.testing.assert_allclose(found.x, [0.6, 0.8], atol=1e-3)
    L = jt.integrate.Lagrangian(functools.partial(far, goal=goal), ring, np.ones(2))
    np.testing.assert_allclose(L.hessian(np.ones(2), [3.0]), 8.0 * np.eye(2))


@pytest.mark.parametrize("method", ["trust-exact", "trust-ncg", "trust-krylov", "dogleg", "Newton-CG", "trust-constr"])
@pytest.mark.filterwarnings("ignore")
def test_a_first_guess_without_a_hessian(method: str) -> None:
    """There, the first step goes along the gradient."""
    found = minimize(lambda x: np.linalg.norm(x) + np.sum((x - 1.0) ** 2), np.zeros(2), method=method)
    np.testing.assert_allclose(found.x, np.full(2, 1.0 - np.sqrt(0.125)), rtol=1e-5)


def test_values_without_bound_give_no_warning() -> None:
    """Barriers: where the value is infinite, nobody asks what the derivatives are."""
    o = Objective(lambda x: 1.0 / x[0] ** 2 + x @ x, np.ones(2))
    x = np.array([0.0, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        assert o.fun(x) == np.inf
        o.jac(x), o.hess(x)


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "trust-exact", "SLSQP", None])
def test_a_first_guess_without_a_derivative_is_refused(method: str | None) -> None:
    with pytest.raises(ValueError, match="gradient is not finite at the first guess: -inf by variable 0"):
        minimize(lambda x: np.sum(x**2 - np.sqrt(x)), np.array([0.0, 1.0]), method=method)
