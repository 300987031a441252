"""Results that are arrays of one number have derivatives by every route, those of the number; values keep their shape."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

import jittape as jt
from jittape import tree
from jittape.integrate.scipy import Objective

X, Y, V = np.array([0.3, 1.2, -0.7]), np.array([1.5, -0.4, 2.0]), np.array([1.0, 2.0, 3.0])
POINTS = np.stack([X, Y])


def number(x: Any) -> Any:
    return np.sum(x**3) * np.sin(x[0])


def of_shape(shape: tuple[int, ...]) -> Any:
    return lambda x: np.reshape(number(x), shape)


ROUTES = {
    "grad": lambda f: jt.grad(f)(X),
    "hessian": lambda f: jt.hessian(f)(X),
    "hvp": lambda f: jt.hvp(f)(X, V),
    "grad of grad": lambda f: jt.grad(lambda x: np.sum(jt.grad(f)(x) * V))(X),
    "record": lambda f: jt.record(f, X).grad(Y),
    "record, hessian": lambda f: jt.record(f, X).hessian(Y),
    "record, hvp": lambda f: jt.record(f, X).hvp(Y, V),
    "record, sparse": lambda f: jt.record(f, X).sparse_hessian(Y).toarray(),
    "record, branches": lambda f: [F := jt.record(lambda x: f(x) if x[1] > 0 else 2.0 * f(x), X), F.grad(Y), F.grad(X)][1:],
    "batch": lambda f: jt.record(f, X).batch_grad(POINTS),
    "batch, precise": lambda f: jt.record(f, X).batch_grad(POINTS, math="precise"),
    "batch, hessian": lambda f: jt.record(f, X).batch_hessian(POINTS),
    "batch, hvp": lambda f: jt.record(f, X).batch_hvp(POINTS, POINTS),
    "executor": lambda f: jt.integrate.executor.map_grad(jt.record(f, X), POINTS, executor=None),
    "sum": lambda f: jt.integrate.executor.sum_grad(jt.record(lambda p, x: p[0] * f(x), X, Y), X, POINTS, executor=None),
    "objective": lambda f: [Objective(f, X).fun(Y), Objective(f, X).jac(Y), Objective(f, X).hess(Y), Objective(f, X).hessp(Y, V)],
    "lagrangian": lambda f: jt.integrate.Lagrangian(f, lambda x: x[0] * x[1], X).hessian(Y, [2.0]),
    "containers": lambda f: jt.grad(lambda p: f(p["x"]) * p["s"])({"x": X, "s": 2.0}),
    "single": lambda f: jt.grad(f)(X.astype(np.float32)),
    "constant": lambda f: jt.grad(lambda x: f(Y))(X),
    "constant, record": lambda f: jt.record(lambda x: f(Y), X).grad(X),
}  # fmt: skip


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
@pytest.mark.parametrize("route", ROUTES)
def test_derivatives_are_those_of_the_number(route: str, shape: tuple[int, ...]) -> None:
    found, expected = ROUTES[route](of_shape(shape)), ROUTES[route](number)
    assert tree.same_structure(found, expected)
    for a, b in zip(tree.flatten(found)[0], tree.flatten(expected)[0], strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-6 if route == "single" else 1e-12)


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_values_keep_their_shape(shape: tuple[int, ...]) -> None:
    f = of_shape(shape)
    F = jt.record(f, X)
    for found in (jt.value_and_grad(f)(Y)[0], F(Y), F.value_and_grad(Y)[0], F(Y), jt.jvp(f, (Y,), (V,))[0], jt.jvp(f, (Y,), (V,))[1], jt.vjp(f, Y)[0]):
        assert np.shape(found) == shape
    np.testing.assert_allclose(F.value_and_grad(Y)[0], f(Y))
    values, gradients = F.batch_value_and_grad(POINTS)
    assert values.shape == (2, *shape) and gradients.shape == (2, 3)
    assert jt.jacobian(f)(Y).shape == (*shape, 3) and F.jacobian(Y).shape == (*shape, 3)
    assert jt.testing.check_grad(f, Y) and jt.testing.check_hessian(f, Y)


def test_numba_functions() -> None:
    @numba.njit
    def squares(x):
        out = np.zeros(1)
        for v in x:
            out[0] += v**2 * x[0]
        return out

    plain = lambda x: np.sum(x**2) * x[0]  # noqa: E731
    value, gradient = jt.value_and_grad(squares)(X)
    assert value.shape == (1,)
    np.testing.assert_allclose(value, [plain(X)])
    np.testing.assert_allclose(gradient, jt.grad(plain)(X))
    np.testing.assert_allclose(jt.hessian(squares)(X), jt.hessian(plain)(X))
    np.testing.assert_allclose(jt.record(squares, X).batch_grad(POINTS), jt.record(plain, X).batch_grad(POINTS))
    np.testing.assert_allclose(jt.grad(jt.grad(numba.njit(lambda x: x**3)))(np.array([2.0])), [12.0])  # a gradient of shape (1,)


@pytest.mark.parametrize("f", [lambda x: x[:2], lambda x: x[:0], lambda x: [x[0]], lambda x: (x[:1],)])
def test_others_are_refused(f: Any) -> None:
    for driver in (jt.grad, jt.value_and_grad, jt.hessian):
        with pytest.raises(jt.GradientError, match="needs a function that returns"):
            driver(f)(X)
