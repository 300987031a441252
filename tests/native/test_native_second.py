"""Second derivatives inside native code: Hessians, Jacobians and their products, beside those of the same function in Python."""

from __future__ import annotations

from math import lgamma
from typing import Any

import numba
import numpy as np
import pytest

import jittape as jt
from jittape.errors import TapeLimitError


@numba.njit
def curve(x: Any, a: Any) -> Any:
    s = 0.0
    for i in range(x.size - 1):
        s += a * (x[i + 1] - x[i] ** 2) ** 2 + np.exp(-x[i]) * np.sin(x[i + 1]) / (1.0 + x[i] * x[i])
        if x[i] > 0.5:
            s -= np.log(x[i]) * x[i + 1]
    return s


@numba.njit
def mixed(x: Any, k: Any, A: Any) -> Any:
    """Of an array, a number and a matrix."""
    s = k**3
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            s += np.tanh(A[i, j] * x[i]) * k
    return s


@numba.njit
def fields(x: Any, c: Any) -> Any:
    y = np.empty((2, x.size))
    for i in range(x.size):
        y[0, i] = x[i] * x[(i + 1) % x.size] * c
        y[1, i] = np.cos(x[i]) + c
    return y


hessian, product, everything = jt.native.hessian(curve), jt.native.hvp(curve), jt.native.value_grad_and_hessian(curve)


def point(n: int, k: int = 0) -> Any:
    return 0.6 * np.cos(1.3 * np.arange(n) + k) + 0.1


def differences(f: Any, x: Any, h: float = 1e-6) -> Any:
    """Central differences of a function of an array."""
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.stack([(f(x + e) - f(x - e)) / (2.0 * h) for e in steps], axis=-1)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9, 20])
def test_hessian_and_products_are_those_of_python(n: int) -> None:
    """Blocks of every width of directions, on both sides of the branch."""
    x, v = point(n), np.sin(np.arange(n))
    wanted = jt.hessian(curve.py_func)(x, 3.0)
    found = hessian(x, 3.0)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    assert (found == found.T).all()
    np.testing.assert_allclose(product(x, v, 3.0), wanted @ v, rtol=1e-12, atol=1e-12)
    value, gradient, again = everything(x, 3.0)
    assert value == curve(x, 3.0) and (again == found).all()
    np.testing.assert_allclose(gradient, jt.grad(curve)(x, 3.0), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(found, differences(lambda y: jt.native.grad(curve)(y, 3.0), x), rtol=1e-6, atol=1e-6)


def test_arguments_of_every_kind() -> None:
    x, k, A = point(3), 0.7, point(12).reshape(3, 4)
    A = np.asfortranarray(A)  # of every call here: each form of an argument is another compilation
    found = jt.native.hessian(mixed, argnums=(0, 1, 2))(x, k, A)
    wanted = jt.hessian(mixed.py_func, argnums=(0, 1, 2))(x, k, A)
    for row, wanted_row in zip(found, wanted, strict=True):
        for block, wanted_block in zip(row, wanted_row, strict=True):
            assert np.shape(block) == np.shape(wanted_block)
            np.testing.assert_allclose(block, wanted_block, rtol=1e-12, atol=1e-13)
    v = np.cos(np.arange(3.0)), 2.0, np.sin(np.arange(12.0)).reshape(3, 4)
    got = jt.native.hvp(mixed, argnums=(0, 1, 2))(x, v, k, A)
    by_x = wanted[0][0] @ v[0] + wanted[0][1] * v[1] + np.tensordot(wanted[0][2], v[2])
    np.testing.assert_allclose(got[0], by_x, rtol=1e-12)
    assert np.shape(got[1]) == () and got[2].shape == (3, 4)
    second = jt.native.hessian(mixed, argnums=1)(x, k, A)
    assert isinstance(second, float) and second == pytest.approx(6.0 * k, rel=1e-13)


def test_jacobian_and_jvp() -> None:
    x, c = point(5), 1.5
    by_x, by_c = jt.jacobian(fields, argnums=(0, 1))(x, c)
    for argnums, wanted in ((1, (by_c,)), ((0, 1), (by_x, by_c))):
        value, found = jt.native.value_and_jacobian(fields, argnums)(x, c)
        np.testing.assert_allclose(value, fields(x, c))
        for a, b in zip(found if isinstance(argnums, tuple) else (found,), wanted, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(jt.native.jacobian(fields)(x, c), by_x, rtol=1e-13, atol=1e-14)
    out, tangent = jt.native.jvp(fields)((x, c), (np.ones(5), 2.0))
    np.testing.assert_allclose(out, fields(x, c))
    np.testing.assert_allclose(tangent, by_x.sum(axis=-1) + 2.0 * by_c, rtol=1e-13)
    np.testing.assert_allclose(jt.native.jvp(fields, 0)((x, c), (np.ones(5),))[1], by_x.sum(axis=-1), rtol=1e-13)


@pytest.mark.slow
def test_jacobian_of_fewer_results_than_arguments_and_of_tuples() -> None:
    @numba.njit
    def several(x, y):  # type: ignore[no-untyped-def]
        return np.sum(x * y), 2.5, (x[1:] * x[0], 3)

    x, y = point(4), point(4, 1)
    found = jt.native.jacobian(several, (0, 1))(x, y)
    np.testing.assert_allclose(found[0][0], y)
    np.testing.assert_allclose(found[0][1], x)
    assert found[1][0].tolist() == [0.0] * 4 and found[2][1][0].tolist() == [0.0] * 4
    wanted = np.hstack([x[1:, None], x[0] * np.eye(3)])
    np.testing.assert_allclose(found[2][0][0], wanted)


def test_in_native_loops_and_in_parallel() -> None:
    @numba.njit
    def newton(x, a, steps):  # type: ignore[no-untyped-def]
        for _ in range(steps):
            _, g, h = everything(x, a)
            x = x - np.linalg.solve(h + 3.0 * np.eye(x.size), g)
        return x

    @numba.njit(parallel=True)
    def many(X, a):  # type: ignore[no-untyped-def]
        out = np.empty(X.shape + X.shape[1:])
        sums = np.empty(X.shape)
        for i in numba.prange(X.shape[0]):
            out[i] = hessian(X[i], a)
            sums[i] = product(X[i], np.ones(X.shape[1]), a)
        return out, sums

    x = newton(point(4), 3.0, 200)
    assert abs(jt.grad(curve)(x, 3.0)).max() < 1e-8
    X = np.stack([point(7, k) for k in range(200)])
    found, sums = many(X, 2.0)
    for k in (0, 63, 199):
        np.testing.assert_allclose(found[k], hessian(X[k], 2.0), rtol=1e-14)
    np.testing.assert_allclose(sums, found.sum(axis=2), rtol=1e-10, atol=1e-12)


def test_empty_and_constant() -> None:
    assert hessian(np.empty(0), 1.0).shape == (0, 0) and product(np.empty(0), np.empty(0), 1.0).shape == (0,)

    @numba.njit
    def constant(x):  # type: ignore[no-untyped-def]
        return 3.0

    assert jt.native.hessian(constant)(np.ones(2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert jt.native.jacobian(constant)(np.ones(2)).tolist() == [0.0, 0.0]

    @numba.njit
    def first(x):  # type: ignore[no-untyped-def]
        return x[0]

    value, gradient, h = jt.native.value_grad_and_hessian(first)(np.ones(2))
    assert value == 1.0 and gradient.tolist() == [1.0, 0.0] and not h.any()


@numba.njit
def corner(x: Any, kind: Any) -> Any:
    """One function, that it is compiled once."""
    if kind == 0:
        return np.sqrt(x[0] * x[0] + x[1] * x[1]) ** 2
    if kind == 1:
        return abs(x[0]) ** 1.5 + x[1] ** 2
    if kind == 2:
        return np.log(x[0]) * x[1]
    return x[0] ** 3 + np.abs(x[1]) * x[1] + max(x[0], x[1])


CORNERS = ("length squared", "size to the", "logarithm", "cubes")


@pytest.mark.parametrize("kind", range(4), ids=CORNERS)
@pytest.mark.parametrize("x", [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [-1.0, 2.0], [np.nan, 1.0]], ids=str)
def test_corners_and_nan_are_those_of_python(kind: int, x: Any) -> None:
    """Where a root, a size or a power is zero, and where derivatives are infinite or NaN."""
    x = np.array(x)
    wanted = jt.hessian(corner)(x, kind)
    for _ in range(2):  # what was left to Python leaves the tape as it was
        np.testing.assert_allclose(jt.native.hessian(corner)(x, kind), wanted, rtol=1e-12)
    v = np.array([2.0, 1.0])
    np.testing.assert_allclose(jt.native.hvp(corner)(x, v, kind), jt.hvp(corner)(x, v, kind), rtol=1e-12)
    y, dy = jt.native.jvp(corner, 0)((x, kind), (v,))
    wanted_y, wanted_dy = jt.jvp(lambda y: corner.py_func(y, kind), (x,), (v,))
    np.testing.assert_allclose([y, dy], [wanted_y, wanted_dy], rtol=1e-12)


@pytest.mark.slow
def test_functions_without_a_scalar_form() -> None:
    @numba.njit
    def f(x):  # type: ignore[no-untyped-def]
        return lgamma(x[0] * x[1]) * np.sinc(x[0]) + np.cbrt(x[1]) * x[0]

    x = np.array([1.3, 2.4])
    np.testing.assert_allclose(jt.native.hessian(f)(x), jt.hessian(f)(x), rtol=1e-11)


@pytest.mark.slow
def test_recorded_runs_are_left_to_python() -> None:
    @numba.njit
    def f(x, A):  # type: ignore[no-untyped-def]
        y = A @ x
        return np.sum(y**4) + x[0] * x[1]

    x, A = point(40), np.cos(np.arange(1600.0)).reshape(40, 40)
    y = A @ x
    wanted = A.T @ np.diag(12.0 * y**2) @ A
    wanted[0, 1] += 1.0
    wanted[1, 0] += 1.0
    np.testing.assert_allclose(jt.native.hessian(f)(x, A), wanted, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(jt.native.hvp(f)(x, np.ones(40), A), wanted.sum(axis=1), rtol=1e-10, atol=1e-10)

    @numba.njit
    def g(x, A):  # type: ignore[no-untyped-def]
        return (A @ x) * x[0]

    np.testing.assert_allclose(jt.native.jacobian(g)(x, A), A * x[0] + np.outer(A @ x, np.eye(40)[0]), rtol=1e-11, atol=1e-12)


@pytest.mark.slow
def test_float32() -> None:
    x = point(6).astype(np.float32)
    exact = everything(x.astype(np.float64), 3.0)
    value, gradient, h = everything(x, 3.0)
    assert isinstance(value, float) and gradient.dtype == h.dtype == product(x, np.ones(6, np.float32), 3.0).dtype == np.float32
    np.testing.assert_allclose(gradient, exact[1], rtol=1e-6)
    np.testing.assert_allclose(h, exact[2], rtol=1e-6, atol=1e-6)
    strided = hessian(np.repeat(x, 2)[::2], 3.0)
    assert strided.dtype == np.float32
    np.testing.assert_allclose(strided, h, rtol=1e-6, atol=1e-6)
    out, jacobian = jt.native.value_and_jacobian(fields)(x, 2.0)
    assert out.dtype == np.float32 and jacobian.dtype == np.float32


def test_errors() -> None:
    with pytest.raises(ValueError, match="does not have the shape"):
        product(np.ones(3), np.ones(2), 1.0)
    with pytest.raises(numba.TypingError, match="a direction has the form of its argument"):
        product(np.ones(3), 1.0, 1.0)
    with pytest.raises(numba.TypingError, match="arrays of float64"):
        hessian(np.ones(3, np.int64), 1.0)
    with pytest.raises(numba.TypingError, match="two tuples"):
        jt.native.jvp(fields)(np.ones(3), np.ones(3))
    with pytest.raises(TypeError, match=r"numba\.njit"):
        jt.native.hessian(np.sum)

    @numba.njit
    def inside(x):  # type: ignore[no-untyped-def]
        return jt.native.hessian(curve)(x, 1.0)

    with pytest.raises(numba.TypingError):
        inside(np.ones(3))

    @numba.njit
    def raises(x):  # type: ignore[no-untyped-def]
        if x[0] > 0.0:
            raise ValueError("positive")
        return x[0]

    with pytest.raises(ValueError, match="positive"):
        jt.native.hessian(raises)(np.ones(1))


def test_nothing_is_left_on_the_tapes() -> None:
    """Adjoints of constants among them: gradients of another function would have them."""
    x = point(9)
    hessian(x, 1.0), product(x, x, 1.0), jt.native.jacobian(fields)(x, 2.0)
    for kind in (CORNERS.index("length squared"), CORNERS.index("logarithm")):
        jt.native.hessian(corner)(np.zeros(2), kind)
    np.testing.assert_allclose(jt.native.grad(curve)(x, 1.0), jt.grad(curve.py_func)(x, 1.0), rtol=1e-12)


def test_memory_limit() -> None:
    x = point(1000)
    before = hessian(x[:5], 1.0)
    jt.set_memory_limit(200_000)
    try:
        with pytest.raises(TapeLimitError):
            hessian(x, 1.0)
    finally:
        jt.set_memory_limit(None)
    assert (hessian(x[:5], 1.0) == before).all()
    assert product(x, np.ones(1000), 1.0).shape == (1000,)
