"""jt.implicit: derivatives of solutions against those of the solver's steps, written out."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import jittape as jt
from jittape.functions.primitive import registered

A = np.array([[3.0, 1.0, 0.0], [0.2, 2.0, 0.1], [0.3, 0.4, 2.5]])
B = np.array([1.0, 2.0, -1.0])


def steps(A: object, b: object) -> object:
    """x with A x + x**3 / 10 = b by Newton's method."""
    x = np.zeros(3)
    for _ in range(8):
        x = x - np.linalg.solve(A + np.diag(0.3 * x**2), A @ x + 0.1 * x**3 - b)
    return x


def pairs(A: object, b: object) -> object:
    """The same, as a container of unknowns."""
    x = steps(A, b)
    return {"first": x[0], "rest": x[1:]}


def residual(y: object, A: object, b: object) -> object:
    x = np.concatenate([np.reshape(y["first"], 1), y["rest"]]) if isinstance(y, dict) else y
    r = A @ x + 0.1 * x**3 - b
    return (r[:2], r[2])


@pytest.mark.parametrize("linear", ["dense", "iterative"])
def test_derivatives_of_systems(linear: str) -> None:
    solve, contained = jt.implicit(residual, steps, linear=linear), jt.implicit(residual, pairs, linear=linear)
    f, g = lambda A, b: np.sum(np.sin(solve(A, b))), lambda A, b: np.sum(np.sin(steps(A, b)))
    for argnum in (0, 1):
        np.testing.assert_allclose(jt.grad(f, argnum)(A, B), jt.grad(g, argnum)(A, B), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(jt.hessian(f, argnum)(A, B), jt.hessian(g, argnum)(A, B), rtol=1e-9, atol=1e-11)
    c = lambda b: np.sum(np.sin(contained(A, b)["rest"])) + np.sin(contained(A, b)["first"])
    np.testing.assert_allclose(jt.hessian(c)(B), jt.hessian(g, 1)(A, B), rtol=1e-9, atol=1e-11)
    F, G = jt.record(f, A, B), jt.record(g, A, B)
    for k in (1.0, 1.5, -0.7):
        np.testing.assert_allclose(F(A, k * B), G(A, k * B), rtol=1e-12)
        for x, y in zip(F.grad(A, k * B), G.grad(A, k * B)):
            np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-12)
        for x, y in zip(F.hvp((A, k * B), (0.1 * A, B)), G.hvp((A, k * B), (0.1 * A, B))):
            np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-11)
    H = jt.record(lambda b: solve(A, b), B)
    np.testing.assert_allclose(H.jacobian(2 * B), jt.jacobian(lambda b: steps(A, b))(2 * B), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(H.batch_value(np.stack([B, 2 * B])), [steps(A, B), steps(A, 2 * B)], rtol=1e-12)


def test_third_order_and_jvp() -> None:
    solve = jt.implicit(residual, steps)
    f, g = lambda t: np.sum(solve(A, t * B)), lambda t: np.sum(steps(A, t * B))
    third = lambda f: jt.grad(jt.grad(jt.grad(f)))(1.0)
    np.testing.assert_allclose(third(f), third(g), rtol=1e-8)
    slope = lambda f: jt.jvp(jt.grad(f), (1.0,), (1.0,))[1]
    np.testing.assert_allclose(slope(f), slope(g), rtol=1e-9)


def test_equations_one_by_one() -> None:
    """A diagonal derivative: as many unknowns as one likes."""
    root = jt.implicit(lambda y, a: y**3 + y - a, lambda a: np.cbrt(a / 2 + np.sqrt(a**2 / 4 + 1 / 27)) + np.cbrt(a / 2 - np.sqrt(a**2 / 4 + 1 / 27)), linear="diagonal")
    a = np.linspace(0.5, 9.0, 3000)
    y = root(a)
    np.testing.assert_allclose(jt.grad(lambda a: np.sum(root(a)))(a), 1 / (3 * y**2 + 1), rtol=1e-9)
    np.testing.assert_allclose(jt.hvp(lambda a: np.sum(root(a)))(a, np.ones_like(a)), -6 * y / (3 * y**2 + 1) ** 3, rtol=1e-8, atol=1e-12)


def test_the_solver_runs_anew_with_plain_values() -> None:
    seen = []

    def solver(a: object) -> float:
        seen.append(a)
        return float(np.sqrt(a))

    F = jt.record(jt.implicit(lambda y, a: y**2 - a, solver), 4.0)
    seen.clear()
    assert abs(F.grad(9.0) - 1 / 6) < 1e-12
    assert seen == [9.0] and isinstance(seen[0], float)
    assert jt.implicit(lambda y, a: y**2 - a, solver)(16.0) == 4.0


def test_in_functions_of_numba() -> None:
    """A solver of numba.njit with its residual is a primitive of recorded compiled functions, and itself in others."""

    @numba.njit
    def newton(a):
        y = np.zeros(a.size)
        for _ in range(50):
            y -= (y**3 + y - a) / (3 * y**2 + 1)
        return y

    root = jt.implicit(numba.njit(lambda y, a: y**3 + y - a), newton)
    assert registered(newton) is None  # called by itself it is differentiated as any other function is

    @numba.njit
    def f(x):
        return np.sum(root(x * x) ** 2)

    def g(x):
        y = x * x
        for _ in range(50):
            y = y - (y**3 + y - x * x) / (3 * y**2 + 1)
        return np.sum(y**2)

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(f(x), g(x), rtol=1e-12)
    np.testing.assert_allclose(jt.grad(f)(x), jt.grad(g)(x), rtol=1e-10)
    F = jt.record(f, x)
    np.testing.assert_allclose(F.hessian(1.1 * x), jt.hessian(g)(1.1 * x), rtol=1e-8, atol=1e-12)


def test_refusals() -> None:
    with pytest.raises(jt.GradientError, match="2 equations for 1 unknowns"):
        jt.grad(jt.implicit(lambda y, a: np.stack([y - a, y]), lambda a: a))(1.0)
    with pytest.raises(jt.GradientError, match="does not vanish"):
        jt.grad(jt.implicit(lambda y, a: y - 2.0 * a, lambda a: a))(1.0)
    with pytest.raises(jt.GradientError, match="singular"):
        jt.grad(jt.implicit(lambda y, a: (y - a) ** 2, lambda a: a))(1.0)
    with pytest.raises(jt.GradientError, match="singular"):
        jt.grad(lambda a: np.sum(jt.implicit(lambda y, a: np.stack([y[0] + y[1] - a, y[0] + y[1] - a]), lambda a: np.array([a, 0.0]))(a)))(1.0)
    with pytest.raises(ValueError, match="linear is one of"):
        jt.implicit(np.sin, np.sin, linear="lu")
    F = jt.record(lambda a: np.sum(jt.implicit(lambda y, a: y - a, lambda a: np.full(2 if a > 1 else 1, a))(a)), 2.0)
    with pytest.raises(jt.RecordingError, match="a solution of 1 numbers here"):
        F(0.5)
