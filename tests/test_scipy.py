"""scipy.optimize with exact derivatives: published optima, derivatives against finite differences, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse

import jittape as jt
from jittape.integrate.scipy import Objective, constraint, least_squares, minimize

inf = np.inf
# Problems of Hock and Schittkowski, Test Examples for Nonlinear Programming Codes (1981): number, objective, first guess,
# constraints (c, lower, upper), bounds, optimum.
PROBLEMS: dict[int, Any] = {
    1: (lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2, [-2, 1], [], [(None, None), (-1.5, None)], 0.0),
    6: (lambda x: (1 - x[0]) ** 2, [-1.2, 1], [(lambda x: 10 * (x[1] - x[0] ** 2), 0, 0)], None, 0.0),
    7: (lambda x: np.log(1 + x[0] ** 2) - x[1], [2, 2], [(lambda x: (1 + x[0] ** 2) ** 2 + x[1] ** 2, 4, 4)], None, -np.sqrt(3)),
    9: (lambda x: np.sin(np.pi * x[0] / 12) * np.cos(np.pi * x[1] / 16), [0, 0], [(lambda x: 4 * x[0] - 3 * x[1], 0, 0)], None, -0.5),
    12: (lambda x: 0.5 * x[0] ** 2 + x[1] ** 2 - x[0] * x[1] - 7 * x[0] - 7 * x[1], [0, 0], [(lambda x: 4 * x[0] ** 2 + x[1] ** 2, -inf, 25)], None, -30.0),
    14: (lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2, [2, 2],
         [(lambda x: 0.25 * x[0] ** 2 + x[1] ** 2, -inf, 1), (lambda x: x[0] - 2 * x[1], -1, -1)], None, 9 - 2.875 * np.sqrt(7)),
    26: (lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4, [-2.6, 2, 2], [(lambda x: (1 + x[1] ** 2) * x[0] + x[2] ** 4, 3, 3)], None, 0.0),
    27: (lambda x: 0.01 * (x[0] - 1) ** 2 + (x[1] - x[0] ** 2) ** 2, [2, 2, 2], [(lambda x: x[0] + x[2] ** 2, -1, -1)], None, 0.04),
    28: (lambda x: (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2, [-4, 1, 1], [(lambda x: x[0] + 2 * x[1] + 3 * x[2], 1, 1)], None, 0.0),
    39: (lambda x: -x[0], [2, 2, 2, 2], [(lambda x: np.stack([x[1] - x[0] ** 3 - x[2] ** 2, x[0] ** 2 - x[1] - x[3] ** 2]), 0, 0)], None, -1.0),
    48: (lambda x: (x[0] - 1) ** 2 + (x[1] - x[2]) ** 2 + (x[3] - x[4]) ** 2, [3, 5, -3, 2, -2],
         [(lambda x: np.stack([np.sum(x) - 5, x[2] - 2 * (x[3] + x[4]) + 3]), 0, 0)], None, 0.0),
    77: (lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6, [2, 2, 2, 2, 2],
         [(lambda x: np.stack([x[0] ** 2 * x[3] + np.sin(x[3] - x[4]), x[1] + x[2] ** 4 * x[3] ** 2]), [2 * np.sqrt(2), 8 + np.sqrt(2)], [2 * np.sqrt(2), 8 + np.sqrt(2)])], None, 0.24150513),
}  # fmt: skip


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("number", PROBLEMS)
@pytest.mark.filterwarnings("ignore:delta_grad == 0", "ignore:Singular Jacobian matrix")
def test_published_optima(number: int, sparse: bool) -> None:
    f, x0, constraints, bounds, optimum = PROBLEMS[number]
    options = {"maxiter": 3000, "gtol": 1e-9, "xtol": 1e-12}
    found = minimize(f, np.array(x0, float), constraints=constraints, bounds=bounds, method="trust-constr", sparse=sparse, options=options)
    assert found.fun == pytest.approx(optimum, rel=1e-4, abs=2e-4)


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize("method", ["trust-exact", "trust-krylov", "trust-ncg", "Newton-CG", "L-BFGS-B", "BFGS", "trust-constr", None])
def test_methods(method: str | None) -> None:
    found = minimize(rosenbrock, np.full(8, 0.5), method=method, tol=1e-10)
    np.testing.assert_allclose(found.x, np.ones(8), atol=1e-4)


def test_many_variables() -> None:
    n = 2000
    target = np.sin(np.arange(n))
    f = lambda x: 0.5 * np.sum((x - target) ** 2 + 0.1 * (x - target) ** 4) + 0.5 * np.sum((x[1:] - x[:-1] - np.diff(target)) ** 2)  # noqa: E731
    found = minimize(f, np.zeros(n), tol=1e-8)
    np.testing.assert_allclose(found.x, target, atol=1e-3)


def test_an_objective_computes_each_point_once() -> None:
    o = Objective(rosenbrock, np.zeros(3))
    x = np.array([0.5, 1.0, 2.0])
    value = o.fun(x)
    hits = o.function.paths[0].hits
    g = o.jac(x)
    assert o.function.paths[0].hits == hits and value == rosenbrock(x)
    g[:] = 0.0
    np.testing.assert_allclose(o.jac(x), jt.grad(rosenbrock)(x))
    x[0] = 0.75  # in place, as SciPy does
    assert o.fun(x) == rosenbrock(x)
    np.testing.assert_allclose(o.hess(x), jt.hessian(rosenbrock)(x))
    np.testing.assert_allclose(o.hessp(x, x), jt.hessian(rosenbrock)(x) @ x)
    assert scipy.sparse.issparse(Objective(rosenbrock, x, sparse=True).hess(x))


def test_parameters_of_an_objective() -> None:
    o = Objective(lambda x, a=None: np.sum(a * x**2), np.ones(2), a=np.ones(2))
    x = np.array([1.0, 2.0])
    assert o.fun(x) == 5.0
    o.function.bind(a=np.array([2.0, 1.0]))
    assert o.fun(x) == 6.0


def test_constraints() -> None:
    c = constraint(lambda x: np.stack([x[0] * x[1] ** 2, np.sin(x[2])]), np.ones(3), 0.0, 1.0)
    x, v = np.array([0.3, 0.7, 1.1]), np.array([2.0, -1.0])
    np.testing.assert_allclose(c.fun(x), [0.3 * 0.49, np.sin(1.1)])
    np.testing.assert_allclose(c.jac(x), [[0.49, 0.42, 0.0], [0.0, 0.0, np.cos(1.1)]])
    np.testing.assert_allclose(c.hess(x, v), [[0, 2.8, 0], [2.8, 1.2, 0], [0, 0, np.sin(1.1)]], atol=1e-15)
    number = constraint(lambda x: x @ x, np.ones(3), 0.0, 1.0, sparse=True)
    np.testing.assert_allclose(number.hess(x, np.array([0.5])).toarray(), np.eye(3))


def test_least_squares() -> None:
    t = np.linspace(0.0, 2.0, 40)
    data = 1.5 * np.exp(-0.7 * t) + 0.25
    for sparse in (False, True):
        found = least_squares(lambda p: p[0] * np.exp(p[1] * t) + p[2] - data, np.array([1.0, -0.1, 0.0]), sparse=sparse)
        np.testing.assert_allclose(found.x, [1.5, -0.7, 0.25], rtol=1e-6)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="one axis"):
        minimize(rosenbrock, np.zeros((2, 2)))
    with pytest.raises(TypeError, match="derivatives are its own"):
        minimize(rosenbrock, np.zeros(3), jac=True)
    with pytest.raises(TypeError, match="bind them"):
        Objective(jt.record(rosenbrock, np.zeros(3)), np.zeros(3), a=1.0)
    with pytest.raises(jt.errors.GradientError, match="one recorded scalar"):
        minimize(lambda x: x, np.zeros(3))
