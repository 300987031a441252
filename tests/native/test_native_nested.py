"""Derivatives of derivatives of Numba functions, and functions that hold one: drivers, partials, methods, wrappers of users."""

from __future__ import annotations

import functools
import types
from typing import Any

import numba
import numpy as np
import pytest

import jittape as jt
from jittape import tree

X, V = np.array([0.3, 1.2, -0.7]), np.array([1.0, 2.0, 3.0])
AT = np.array([0.8, -0.4, 1.5])


@numba.njit
def wave(x: Any) -> Any:
    s = 0.0
    for i in range(x.size):
        s += x[i] ** 3 * np.sin(x[0])
    return s


def python_wave(x: Any) -> Any:
    return np.sum(x**3) * np.sin(x[0])


def same(a: Any, b: Any) -> None:
    assert tree.same_structure(a, b)
    for u, v in zip(tree.flatten(a)[0], tree.flatten(b)[0], strict=True):
        assert np.shape(u) == np.shape(v)
        np.testing.assert_allclose(u, v, rtol=1e-10, atol=1e-13)


NESTED = {
    "jacobian of grad": lambda f: jt.jacobian(jt.grad(f))(X),
    "jacobian of value_and_grad": lambda f: jt.jacobian(jt.value_and_grad(f))(X),
    "jacobian of jacobian": lambda f: jt.jacobian(jt.jacobian(f))(X),
    "grad of grad": lambda f: jt.grad(lambda x: jt.grad(f)(x) @ V)(X),
    "jvp of grad": lambda f: jt.jvp(jt.grad(f), (X,), (V,)),
    "vjp of grad": lambda f: jt.vjp(jt.grad(f), X)[1](V),
    "hessian": lambda f: jt.hessian(f)(X),
    "jacobian of hessian": lambda f: jt.jacobian(jt.hessian(f))(X),
    "jacobian of hvp": lambda f: jt.jacobian(lambda x: jt.hvp(f)(x, V))(X),
    "hessian of grad": lambda f: jt.hessian(lambda x: jt.grad(f)(x) @ V)(X),
    "grad of jvp": lambda f: jt.grad(lambda x: jt.jvp(f, (x,), (V,))[1])(X),
    "grad of vjp": lambda f: jt.jacobian(lambda x: jt.vjp(f, x)[1](1.0)[0])(X),
    "record of grad": lambda f: jt.record(jt.grad(f), X)(AT),
    "jacobian of a record of grad": lambda f: jt.record(jt.grad(f), X).jacobian(AT),
    "record of hessian": lambda f: jt.record(jt.hessian(f), X)(AT),
    "batch of a record of grad": lambda f: jt.record(jt.grad(f), X).batch_jacobian(np.stack([X, AT])),
}


@pytest.mark.parametrize("name", NESTED)
def test_nested_drivers(name: str) -> None:
    same(NESTED[name](wave), NESTED[name](python_wave))


def test_grad_of_grad_of_a_number() -> None:
    @numba.njit
    def g(x):
        return x**3 * np.sin(x)

    f = jt.grad
    for depth in (2, 3):
        nested, plain = g, lambda x: x**3 * np.sin(x)
        for _ in range(depth):
            nested, plain = f(nested), f(plain)
        np.testing.assert_allclose(nested(0.7), plain(0.7), rtol=1e-12)
    assert jt.grad(g).__name__ == "grad(g)" and not hasattr(jt.grad(g), "py_func")


def test_a_wrapper_of_the_users_is_no_numba_function() -> None:
    """functools.wraps copies what a dispatcher has, `py_func` too."""

    @functools.wraps(wave)
    def doubled(x: Any) -> Any:
        return 2.0 * jt.native.wrap(wave)(x)

    assert hasattr(doubled, "py_func")
    np.testing.assert_allclose(jt.grad(doubled)(X), 2.0 * jt.grad(python_wave)(X))
    np.testing.assert_allclose(jt.record(doubled, X).hessian(X), 2.0 * jt.hessian(python_wave)(X))
    for make in (jt.native.wrap, jt.native.grad):
        with pytest.raises(TypeError, match="numba.njit"):
            make(doubled)


# --- bound arguments ---------------------------------------------------------------------------------------------------------


@numba.njit
def weighted(x: Any, a: Any, b: float = 2.0) -> Any:
    return np.sum(a * x**b)


def python_weighted(x: Any, a: Any, b: float = 2.0) -> Any:
    return np.sum(a * x**b)


A, POSITIVE = np.array([1.0, 2.0, 3.0]), np.abs(X)
BOUND = {
    "by keyword": lambda f: jt.grad(functools.partial(f, a=A))(POSITIVE),
    "by position": lambda f: jt.grad(functools.partial(f, POSITIVE))(A),
    "twice": lambda f: jt.hessian(functools.partial(functools.partial(f, a=A), b=3.0))(POSITIVE),
    "value_and_grad": lambda f: jt.value_and_grad(functools.partial(f, b=3.0), argnums=(0, 1))(POSITIVE, A),
    "record": lambda f: jt.record(functools.partial(f, a=A), POSITIVE).grad(2.0 * POSITIVE),
    "nested": lambda f: jt.jacobian(jt.grad(functools.partial(f, a=A)))(POSITIVE),
    "hvp": lambda f: jt.hvp(functools.partial(f, a=A))(POSITIVE, V),
    "jvp": lambda f: jt.jvp(functools.partial(f, a=A), (POSITIVE,), (V,)),
}


@pytest.mark.parametrize("name", BOUND)
def test_partials(name: str) -> None:
    same(BOUND[name](weighted), BOUND[name](python_weighted))


def test_what_holds_a_numba_function() -> None:
    class Model:
        scaled = weighted

        def loss(self, x: Any) -> Any:
            return jt.native.wrap(functools.partial(weighted, a=A))(x)

        __call__ = loss

    expected = jt.grad(functools.partial(python_weighted, a=A))(POSITIVE)
    for f in (Model().loss, Model(), functools.partial(Model().loss)):
        np.testing.assert_allclose(jt.grad(f)(POSITIVE), expected)
    method = types.MethodType(weighted, POSITIVE)  # the object is the first argument
    np.testing.assert_allclose(jt.grad(method)(A), POSITIVE**2)
    assert jt.record(functools.partial(weighted, a=A), POSITIVE).name == "weighted"


def test_numba_functions_are_checked() -> None:
    assert jt.testing.check_grad(weighted, POSITIVE, A)
    assert jt.testing.check_grad(functools.partial(weighted, a=A), POSITIVE)
    assert jt.testing.check_hessian(wave, X)

    @numba.njit
    def wrong(x):
        return np.sum(x) * int(x[0])

    with pytest.raises(jt.errors.CheckFailed, match=r"^wrong: the derivative with respect to argument 0\[0\] is wrong"):
        jt.testing.check_grad(wrong, np.array([2.0, 3.0]))


# --- try and except ----------------------------------------------------------------------------------------------------------


def finite(f: Any, p: Any) -> Any:
    return np.array([(f(p + h) - f(p - h)) / 2e-6 for h in 1e-6 * np.eye(len(p))])


@numba.njit
def fails(p):
    if p[0] > 0.0:
        raise ValueError("positive")
    return 3.0 * p


def solved(p):
    B = np.array([[2.0, 1.0], [1.0, 3.0]])
    try:
        s = np.linalg.solve(B, p)
    except Exception:
        s = np.zeros(2)
    return np.sum(s * s)


def allocated(p):
    """Arrays that are made in the try, and plain ones in the except."""
    try:
        s = np.zeros(2)
        s[0] = p[0] ** 2
        s[1] = p[1] + fails(p)[0]
    except Exception:
        s = np.arange(2.0) + 1.0
    return np.sum(s * p)


def nested(p):
    try:
        try:
            s = fails(p)
        except Exception:
            s = np.ones(2)
            s += fails(2.0 * p)
    except Exception:
        s = np.array([p[1], 3.0])
    return s[0] * p[0] + s[1]


@pytest.mark.parametrize("f", [solved, allocated, nested])
def test_try_and_except(f: Any) -> None:
    native = numba.njit(f)
    for p in (np.array([0.8, 1.7]), np.array([-0.8, 1.7])):
        np.testing.assert_allclose(jt.grad(native)(p), finite(native, p), rtol=1e-7, atol=1e-8)


def test_an_intrinsic_is_called_what_it_is() -> None:
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def doubled(typingctx, a):
        return types.float64(types.float64), lambda context, b, sig, args: b.fadd(args[0], args[0])

    @numba.njit
    def f(x):
        return doubled(x[0]) * x[1]

    with pytest.raises(jt.RecordingError, match=r"doubled, an @intrinsic,.* in f \(.*jittape.primitive"):
        jt.grad(f)(X)
