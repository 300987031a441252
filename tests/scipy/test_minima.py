"""Roots of systems, minima and fits: derivatives of first and second order against differences of the solutions, by every route."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import scipy.optimize as theirs
from scipy_checks import close, slope

import jittape as jt
from jittape.scipy import optimize as o
from jittape.scipy.integrate import solve_ivp

P = np.array([1.2, 0.7])
T = np.linspace(0.0, 2.0, 9)
TIGHT = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}


def pair(x, a, b):
    return np.stack([x[0] + x[1] ** 3 - a, np.exp(x[0]) - b - x[1]])


def bowl(x, p):
    return (x[0] - p[0]) ** 4 + (x[0] - p[0]) ** 2 + (x[1] - p[0] * p[1]) ** 2 * (1 + x[0] ** 2) + np.sin(x[0])


def decay(x, p):
    return x[0] * np.exp(-x[1] * T) - p[0] * np.exp(-p[1] * T) - 0.1 * np.sin(5 * T)


CASES = {
    "root": lambda p: o.root(lambda x: pair(x, p[0], p[1]), np.ones(2), tol=1e-13).x,
    "root, lm": lambda p: o.root(pair, np.ones(2), args=(p[0], p[1]), method="lm", tol=1e-13).x,
    "root, jac=True": lambda p: o.root(lambda x: (x**3 - p, np.diag(3 * x**2)), np.ones(2), jac=True, tol=1e-13).x,
    "fsolve": lambda p: o.fsolve(pair, [1.0, 1.0], args=(p[0], p[1]), xtol=1e-13),
    "fixed_point": lambda p: o.fixed_point(lambda x: np.cos(p * x), np.full(2, 0.5), xtol=1e-14),
    "minimize": lambda p: o.minimize(bowl, np.zeros(2), args=(p,), method="trust-exact", tol=1e-12).x,
    "minimize, Newton": lambda p: o.minimize(bowl, np.zeros(2), args=(p,), method="Newton-CG", tol=1e-14).x,
    "minimize, bounds": lambda p: o.minimize(bowl, np.zeros(2) + 0.1, args=(p,), bounds=[(0, None), (None, p[1] * 0.5)], tol=1e-14).x,
    "minimize, equations": lambda p: o.minimize(bowl, np.ones(2), args=(p,), constraints={"type": "eq", "fun": lambda x: x[0] ** 2 + x[1] - p[1]}, tol=1e-14).x,
    "minimize, inequalities": lambda p: o.minimize(
        bowl, np.ones(2), (p,), tol=1e-14, constraints=[{"type": "ineq", "fun": lambda x, b: b * 0.8 - x[0] ** 2 - x[1], "args": (p[1],)}, {"type": "ineq", "fun": lambda x: x + 10.0}]
    ).x,
    "minimize, fun": lambda p: o.minimize(bowl, np.zeros(2), args=(p,), tol=1e-12).fun,
    "minimize_scalar, bounds": lambda p: o.minimize_scalar(lambda x: (x - p[0]) ** 4 + x**2 * p[1], bounds=(0.0, p[1] / 4.0), options={"xatol": 1e-13}).x,
    "least_squares": lambda p: o.least_squares(decay, np.ones(2), args=(p,), **TIGHT).x,
    "least_squares, loss": lambda p: o.least_squares(decay, np.ones(2), args=(p,), loss="soft_l1", f_scale=0.5, **TIGHT).x,
    "least_squares, bounds": lambda p: o.least_squares(decay, np.ones(2) * 0.3, args=(p,), bounds=([0.0, 0.0], [10.0, 0.6 * p[1]]), **TIGHT).cost,
    "curve_fit": lambda p: np.concatenate([np.ravel(z) for z in o.curve_fit(lambda t, a, b: a * np.exp(-b * t), T, p[0] * np.exp(-p[1] * T) + 0.1 * np.sin(5 * T), sigma=0.3 + 0.1 * T, **TIGHT)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_derivatives_of_solutions(name: str) -> None:
    weigh = lambda z: np.sum(np.sin(np.ravel(z)))
    f = lambda p: weigh(CASES[name](p))
    F = jt.record(f, P)
    v = np.array([0.6, -0.8])
    g = jt.grad(f)(P)
    close(g @ v, slope(lambda p: F(p), P, v, 1e-2), 2e-7)
    close(F.grad(1.05 * P) @ v, slope(lambda p: F(p), 1.05 * P, v, 1e-2), 2e-7)
    close(jt.hvp(f)(P, v), slope(jt.grad(f), P, v, 1e-2), 1e-5, 1.0)
    close(F.hvp(P, v), jt.hvp(f)(P, v), 1e-8)
    x = jt.tensor(P, requires_grad=True)
    f(x).backward()
    close(x.grad.numpy(), g, 1e-9)


def test_closed_forms() -> None:
    """The mean, the line through points, and a box: to 1e-8 and 1e-6."""
    y = np.array([1.0, 3.0, 2.0])
    mean = lambda y: o.minimize(lambda m: np.sum((m - y) ** 2), np.zeros(1)).x[0]
    close(jt.grad(mean)(y), np.full(3, 1 / 3), 1e-8)
    scaled = lambda a: o.least_squares(lambda x: x * a[0] - a[1:], np.ones(1)).x[0]
    close(jt.grad(scaled)(np.array([2.0, 1.0, 4.0])), [-0.625, 0.25, 0.25], 1e-8)
    close(jt.hessian(scaled)(np.array([2.0, 1.0, 4.0]))[0], [0.625, -0.125, -0.125], 1e-6)
    held = lambda b: np.sum(o.minimize(lambda x: np.sum((x - 2.0) ** 2), np.zeros(2), bounds=[(None, b), (None, None)]).x)
    close(jt.grad(held)(1.0), 1.0, 1e-12)
    line = lambda y: o.curve_fit(lambda x, a, b: a * x + b, np.arange(3.0), y)[1]
    _, pcov = theirs.curve_fit(lambda x, a, b: a * x + b, np.arange(3.0), y)
    close(jt.record(line, y)(y), pcov, 1e-6)


@pytest.mark.filterwarnings("ignore:delta_grad")
@pytest.mark.parametrize("method", ["SLSQP", "trust-constr"])
@pytest.mark.parametrize("kind", ["eq", "ineq"])
@pytest.mark.parametrize("mu", [[1.0, 0.9, -5.0], [1.3, 0.5, -3.0], [1.0, 0.5, -1.0], [3.0, 0.5, 0.2]])
def test_bounds_beside_constraints(method: str, kind: str, mu: list[float]) -> None:
    """Of the shares of a portfolio those at zero stay, wherever within rounding of their bounds a method leaves them."""
    shares = lambda mu: o.minimize(lambda w: 0.5 * w @ w - mu @ w, np.full(3, 1 / 3), bounds=[(0.0, 1.0)] * 3, method=method, tol=1e-12,
                                   constraints={"type": kind, "fun": lambda w: 1.0 - w.sum()}).x  # fmt: skip
    held = shares(np.array(mu)) > 1e-4
    exact = np.diag(held.astype(float)) - np.outer(held, held) / held.sum()
    np.testing.assert_allclose(jt.jacobian(shares)(np.array(mu)), exact, atol=1e-6)
    F = jt.record(shares, np.array([0.6, 0.5, 0.4]))
    np.testing.assert_allclose(F.jacobian(np.array(mu)), exact, atol=1e-6)


def test_refusals_and_decisions() -> None:
    with pytest.raises(jt.GradientError, match="as dictionaries"):
        jt.grad(lambda a: o.minimize(lambda x: np.sum((x - a) ** 2), np.zeros(1), constraints=o.LinearConstraint([[1.0]], 0, 1)).fun)(1.0)
    with pytest.raises(jt.GradientError, match="nan_policy"):
        jt.grad(lambda y: o.curve_fit(lambda x, a: a * x, T, y, nan_policy="omit")[0][0])(T)
    C = np.array([[1.0, 3.0], [2.0, 1.0]])
    F = jt.record(lambda C: np.sum(C[o.linear_sum_assignment(C)]), C)
    assert F(C) == 2.0 and F(C[::-1].copy()) == 2.0
    np.testing.assert_array_equal(F.grad(C[::-1].copy()), np.eye(2)[::-1])


@pytest.mark.parametrize("f", [
    lambda a: o.brentq(lambda x: x**3 - a, 0.0, 5.0),
    lambda a: o.minimize(lambda x: np.sum((x - a) ** 2), np.zeros(1)).x[0],
    lambda a: solve_ivp(lambda t, y: -a * y, (0.0, 1.0), [2.0], events=lambda t, y: y[0] - a).t_events[0][0],
])  # fmt: skip
def test_recordings_are_free_when_they_end(f: object) -> None:
    """Without the garbage collector: what solves anew in replays does not refer to the recording that it stands in."""
    tapes = []

    def g(a: object) -> object:
        tapes.append(weakref.ref(a.tape))
        return f(a)

    gc.collect()
    gc.disable()
    try:
        jt.grad(g)(1.0)
        assert tapes[0]() is None
    finally:
        gc.enable()
