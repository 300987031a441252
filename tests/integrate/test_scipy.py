"""scipy.optimize with exact derivatives: methods, derivatives written by hand, bad input. Published optima: test_hock_schittkowski.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse

import jittape as jt
from jittape.integrate.ipopt import Problem
from jittape.integrate.scipy import Objective, Residuals, constraint, least_squares, minimize, root


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize("method", ["trust-exact", "trust-krylov", "trust-ncg", "Newton-CG", "L-BFGS-B", "BFGS", "trust-constr", "SLSQP", "TNC", "CG", "COBYQA", None])
def test_methods(method: str | None) -> None:
    found = minimize(rosenbrock, np.full(8, 0.5), method=method, tol=1e-10)
    np.testing.assert_allclose(found.x, np.ones(8), atol=1e-4)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("method", ["trust-constr", "SLSQP", "COBYLA"])
def test_methods_with_constraints(method: str, sparse: bool) -> None:
    """The closest point of a circle, in a half plane."""
    far = lambda x, goal: np.sum((x - goal) ** 2)  # noqa: E731
    circle, plane = (lambda x: x @ x, 4.0, 4.0), (lambda x, most: [x[0], x[0] - x[1]], [-np.inf, -10.0], [1.0, 10.0])
    found = minimize(far, np.array([0.5, 0.6]), constraints=[circle, plane], method=method, sparse=sparse, tol=1e-9,
                     parameters={"goal": np.array([3.0, 1.0]), "most": 1.0})  # fmt: skip
    np.testing.assert_allclose(found.x, [1.0, np.sqrt(3.0)], atol=1e-5)


def test_a_constant_objective() -> None:
    found = minimize(lambda x: 1.0, np.ones(2), constraints=[(lambda x: x, 3.0, 3.0)])
    np.testing.assert_allclose(found.x, 3.0)
    assert Objective(lambda x: 1.0, np.ones(2), sparse=True).hess(np.ones(2)).nnz == 0


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


    found = least_squares(lambda p, t: p[0] * np.exp(p[1] * t) + p[2] - data, np.array([1.0, -0.1, 0.0]), method="lm", sparse=True, parameters={"t": t})
    np.testing.assert_allclose(found.x, [1.5, -0.7, 0.25], rtol=1e-6)


def test_residuals() -> None:
    """Broyden's tridiagonal function, number 30 of More, Garbow and Hillstrom (1981), by root and by least squares."""
    n = 300
    zero, first = np.zeros(1), -np.ones(n)

    def f(x: Any) -> Any:
        y = np.concatenate([zero, x, zero])
        return (3 - 2 * x) * x - y[:-2] - 2 * y[2:] + 1

    r = Residuals(f, first)
    x = np.cos(np.arange(n))
    J = np.diag(3 - 4 * x) - np.eye(n, k=-1) - 2 * np.eye(n, k=1)
    assert scipy.sparse.issparse(r.jac(x))
    np.testing.assert_allclose(r.jac(x).toarray(), J, atol=1e-14)
    np.testing.assert_allclose(Residuals(r.function, x, sparse=False).jac(x), J, atol=1e-14)
    solved = root(f, first, tol=1e-12).x
    assert np.abs(f(solved)).max() < 1e-10
    np.testing.assert_allclose(least_squares(r.function, first).x, solved, atol=1e-5)


def test_parameters_of_a_constraint() -> None:
    c = constraint(lambda x, r: x @ x - r, np.ones(2), 0.0, 0.0, r=1.0)
    recorded = c.lagrangian.function.statistics["recorded"]
    assert c.fun(np.ones(2)).tolist() == [1.0]
    c.lagrangian.bind(r=2.0)
    assert c.fun(np.ones(2)).tolist() == [0.0]
    assert c.lagrangian.function.statistics["recorded"] == recorded


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="array of 2 numbers"):
        constraint(lambda x: x, np.ones(2), [0.0, 0.0, 0.0], 1.0)
    with pytest.raises(TypeError, match="none of these functions takes a parameter 'b'"):
        minimize(rosenbrock, np.ones(2), constraints=[(lambda x, a: a * x, 0.0, 1.0)], parameters={"a": 1.0, "b": 2.0})
    with pytest.raises(ValueError, match="one axis, not of shape \\(\\)"):
        Residuals(rosenbrock, np.ones(2))
    with pytest.raises(ValueError, match='"hybr" and "lm"'):
        root(lambda x: x, np.ones(2), method="krylov")
    for solve in (root, least_squares):
        with pytest.raises(TypeError, match="has its own"):
            solve(lambda x: x, np.ones(2), jac=lambda x: np.eye(2))
    with pytest.raises(TypeError, match="a function is needed: the arguments are minimize"):
        minimize(3.0, np.ones(2))
    with pytest.raises(ValueError, match="one array of shape \\(3,\\)"):
        Objective(jt.record(rosenbrock, np.ones(2)), np.ones(3))
    with pytest.raises(TypeError, match="derivatives are its own"):
        minimize(rosenbrock, np.zeros(3), jac=True)
    with pytest.raises(TypeError, match="bind them"):
        Objective(jt.record(rosenbrock, np.zeros(3)), np.zeros(3), a=1.0)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x, r"one recorded scalar but an array of shape \(3,\); np.sum"),
        (lambda x: x[:2] ** 2, r"an array of shape \(2,\); np.sum"),
        (lambda x: (x[0], x[1]), "2 results"),
        (lambda x: None, "a return is missing"),
        (lambda x: np.ones(2), r"an array of shape \(2,\)"),
    ],
)
def test_objectives_that_return_no_number(f: Any, message: str) -> None:
    for use in (minimize, Objective, Problem):
        with pytest.raises(jt.errors.GradientError, match="the objective, .*" + message):
            use(f, np.zeros(3))
    with pytest.raises(jt.errors.GradientError, match="the objective, .*" + message):
        Objective(jt.record(f, np.zeros(3)), np.zeros(3))
