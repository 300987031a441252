"""Native gradients of functions that call native gradients, and recordings of such; functions of numba.vectorize in recordings."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

import jittape as jt


@numba.njit
def energy(q: Any, c: Any) -> Any:
    s = 0.0
    for i in range(q.size - 1):
        s += c * np.exp(q[i] * q[i + 1]) + q[i] ** 4
    return s


force = jt.native.value_and_grad(energy)


@numba.njit
def moved(q: Any, c: Any) -> Any:
    """One step down the slope, and what is left of the energy."""
    v, g = force(q, c)
    return energy(q - 0.1 * g, c) + v * c


def moved_in_python(q: Any, c: Any) -> Any:
    v, g = jt.value_and_grad(energy.py_func)(q, c)
    return energy.py_func(q - 0.1 * g, c) + v * c


slope = jt.native.grad(moved, (0, 1))


def test_gradients_of_functions_of_gradients() -> None:
    q, c = 0.5 * np.cos(np.arange(4.0)), 0.7
    wanted = jt.grad(moved_in_python, (0, 1))(q, c)

    @numba.njit
    def inside(q, c):  # type: ignore[no-untyped-def]
        return slope(q, c)

    for found in (inside(q, c), inside(q, c), jt.grad(moved, (0, 1))(q, c)):
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-12)
        np.testing.assert_allclose(found[1], wanted[1], rtol=1e-12)
    h = 1e-6
    assert found[1] == pytest.approx((moved(q, c + h) - moved(q, c - h)) / (2.0 * h), rel=1e-7)
    hessian = jt.native.hessian(moved)(q, c)
    np.testing.assert_allclose(hessian, jt.hessian(moved_in_python)(q, c), rtol=1e-10, atol=1e-11)
    F = jt.record(moved, q, c=c)
    np.testing.assert_allclose(F.grad(1.1 * q), jt.grad(moved_in_python)(1.1 * q, c), rtol=1e-12)


def test_three_deep_and_outer_variables() -> None:
    """Each derivative is by its own argument, though the inner functions have outer ones."""

    @numba.njit
    def inner(x, y):  # type: ignore[no-untyped-def]
        return x**3 * y**2

    by_x = jt.native.grad(inner)

    @numba.njit
    def middle(y, x):  # type: ignore[no-untyped-def]
        return by_x(x, y) * x

    by_y = jt.native.grad(middle)

    @numba.njit
    def outer(x):  # type: ignore[no-untyped-def]
        return by_y(x, x) + by_x(2.0, 3.0)  # by_y(y, x) = 6 y x^3, and numbers are plain

    assert jt.native.grad(outer)(1.5) == pytest.approx(24.0 * 1.5**3, rel=1e-13)
    assert outer(1.5) == pytest.approx(6.0 * 1.5**4 + 108.0, rel=1e-13)


def test_what_is_on_no_tape() -> None:
    @numba.njit
    def f(q):  # type: ignore[no-untyped-def]
        start = np.zeros(3)
        _, g = force(start, 1.0)
        return np.sum(q * g) + q[0]

    assert jt.native.grad(f)(np.ones(3)).tolist() == [1.0, 0.0, 0.0]


def test_vectorized_functions_are_wrapped() -> None:
    @numba.vectorize
    def ramp(x, y):  # type: ignore[no-untyped-def]
        return x * y if x > 0.0 else 0.5 * y

    wrapped = jt.native.wrap(ramp)
    x = np.array([-1.0, 2.0, 3.0])
    assert wrapped(x, 2.0).tolist() == [1.0, 4.0, 6.0] and wrapped.__name__ == "ramp"
    g = jt.grad(lambda x, y: np.sum(wrapped(x, y) ** 2), (0, 1))(x, 2.0)
    assert g[0].tolist() == [0.0, 16.0, 24.0] and g[1] == 2.0 * (0.25 * 2.0 + 4.0 * 2.0 + 9.0 * 2.0)
    with pytest.raises(TypeError, match=r"numba\.vectorize"):
        jt.native.wrap(np.sin)
