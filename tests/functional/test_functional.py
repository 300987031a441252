"""The functional front end: grad and its kin, their structures and dtypes, and nesting without confusion."""

from __future__ import annotations

import threading
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import jittape as jt

Pair = namedtuple("Pair", "a b")


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_grad(x: np.ndarray) -> np.ndarray:
    g = np.zeros_like(x)
    g[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return g


def rosenbrock_hessian(x: np.ndarray) -> np.ndarray:
    n = x.size
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        h[i + 1, i + 1] += 200
        h[i, i + 1] = h[i + 1, i] = -400 * x[i]
    return h


X = np.array([-1.2, 1.0, 0.7, 2.0])
V = np.array([0.3, -1.0, 2.0, 0.5])

# --- each driver -------------------------------------------------------------------------------------------------------------


def test_grad_of_rosenbrock() -> None:
    np.testing.assert_allclose(jt.grad(rosenbrock)(X), rosenbrock_grad(X), rtol=1e-14)
    value, g = jt.value_and_grad(rosenbrock)(X)
    assert value == rosenbrock(X) and isinstance(value, np.float64)
    np.testing.assert_array_equal(g, jt.grad(rosenbrock)(X))


def test_hessian_and_hvp_of_rosenbrock() -> None:
    h = rosenbrock_hessian(X)
    np.testing.assert_allclose(jt.hessian(rosenbrock)(X), h, rtol=1e-13, atol=1e-12)
    np.testing.assert_allclose(jt.hvp(rosenbrock)(X, V), h @ V, rtol=1e-13)
    np.testing.assert_allclose(jt.jacobian(jt.grad(rosenbrock))(X), h, rtol=1e-13, atol=1e-12)
    np.testing.assert_allclose(jt.jvp(jt.grad(rosenbrock), (X,), (V,))[1], h @ V, rtol=1e-13)
    np.testing.assert_allclose(jt.vjp(jt.grad(rosenbrock), X)[1](V)[0], h @ V, rtol=1e-13)
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(jt.grad(rosenbrock)(x) * V))(X), h @ V, rtol=1e-13)


@pytest.mark.parametrize(("m", "n"), [(2, 5), (5, 2), (1, 3), (3, 1), (4, 4)])
def test_jacobian_wide_and_tall(m: int, n: int) -> None:
    """More variables than results goes by reverse sweeps, fewer by forward sweeps."""
    rng = np.random.default_rng(m * 10 + n)
    a, x = rng.normal(size=(m, n)), rng.normal(size=n)

    def f(x: Any) -> Any:
        return np.sin(a @ x)

    want = np.cos(a @ x)[:, None] * a
    np.testing.assert_allclose(jt.jacobian(f)(x), want, rtol=1e-13)
    np.testing.assert_allclose(jt.jvp(f, (x,), (np.ones(n),))[1], want.sum(1), rtol=1e-12)
    np.testing.assert_allclose(jt.vjp(f, x)[1](np.ones(m))[0], want.sum(0), rtol=1e-12)


def test_jacobian_shapes() -> None:
    x = np.arange(6.0).reshape(2, 3)
    j = jt.jacobian(lambda x: x.T * 2.0)(x)
    assert j.shape == (3, 2, 2, 3)
    want = np.zeros((3, 2, 2, 3))
    for i, k in np.ndindex(3, 2):
        want[i, k, k, i] = 2
    np.testing.assert_array_equal(j, want)
    assert jt.jacobian(lambda x: np.sum(x))(x).shape == (2, 3)
    assert jt.jacobian(lambda s: s * np.ones(3))(2.0).shape == (3,)
    assert np.shape(jt.jacobian(lambda s: s * s)(2.0)) == ()
    np.testing.assert_array_equal(jt.jacobian(lambda x: np.ones(2))(x), np.zeros((2, 2, 3)))


def test_jacobian_with_an_element_returned_twice() -> None:
    np.testing.assert_array_equal(jt.jacobian(lambda x: np.stack([x[0], x[0], x[1] * 2]))(np.ones(2)), [[1, 0], [1, 0], [0, 2]])
    np.testing.assert_array_equal(jt.vjp(lambda x: np.stack([x[0], x[0]]), np.ones(2))[1](np.array([2.0, 3.0]))[0], [5, 0])
    np.testing.assert_array_equal(jt.jacobian(lambda x: x)(np.ones(2)), np.eye(2))


# --- arguments ---------------------------------------------------------------------------------------------------------------


def test_argnums() -> None:
    def f(x: Any, y: Any, z: Any = 1.0) -> Any:
        return np.sum(x * y**2) * z

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(jt.grad(f)(x, y), y**2)
    np.testing.assert_array_equal(jt.grad(f, argnums=1)(x, y), 2 * x * y)
    both = jt.grad(f, argnums=(1, 0))(x, y, 2.0)
    assert isinstance(both, tuple)
    np.testing.assert_array_equal(both[0], 4 * x * y)
    np.testing.assert_array_equal(both[1], 2 * y**2)
    one = jt.grad(f, argnums=[1])(x, y)
    assert isinstance(one, tuple) and len(one) == 1
    np.testing.assert_array_equal(jt.grad(f, argnums=-1)(x, y), 2 * x * y)
    np.testing.assert_array_equal(jt.grad(f)(x, y, z=3.0), 3 * y**2)
    h = jt.hessian(f, argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(h[0][1], np.diag(2 * y))
    np.testing.assert_array_equal(h[1][1], np.diag(2 * x))
    np.testing.assert_array_equal(h[0][0], np.zeros((2, 2)))
    j = jt.jacobian(lambda x, y: x * y, argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(j[1], np.diag(x))


def test_arguments_that_are_not_differentiated_may_be_anything() -> None:
    def f(x: Any, kind: str, table: dict[str, int], k: int) -> Any:
        return x ** table[kind] * k

    assert jt.grad(f)(2.0, "cube", {"cube": 3}, 5) == 60.0


def test_nested_containers_keep_their_structure() -> None:
    def f(p: Any) -> Any:
        w, (b, c) = p["w"], p["rest"]
        return np.sum(w @ w.T) + b * c.a + np.sum(c.b[0] ** 2) * p["more"][0]

    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    p = {"w": w, "rest": (2.0, Pair(3.0, [np.ones(3)])), "more": [np.float64(4.0)], "nothing": None}
    value, g = jt.value_and_grad(f)(p)
    assert value == f(p)
    assert list(g) == list(p) and g["nothing"] is None
    assert isinstance(g["rest"], tuple) and isinstance(g["rest"][1], Pair) and isinstance(g["more"], list)
    np.testing.assert_array_equal(g["w"], 2 * np.ones((2, 2)) @ w)
    assert g["rest"][0] == 3.0 and g["rest"][1].a == 2.0
    np.testing.assert_array_equal(g["rest"][1].b[0], np.full(3, 8.0))
    assert g["more"][0] == 3.0


def test_jacobian_of_containers() -> None:
    def f(p: Any) -> Any:
        return {"sum": p.a + p.b, "product": (p.a * p.b,), "constant": 1.0}

    a, b = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    j = jt.jacobian(f)(Pair(a, b))
    assert isinstance(j["sum"], Pair) and isinstance(j["product"], tuple)
    np.testing.assert_array_equal(j["sum"].a, np.eye(2))
    np.testing.assert_array_equal(j["product"][0].a, np.diag(b))
    np.testing.assert_array_equal(j["product"][0].b, np.diag(a))
    np.testing.assert_array_equal(j["constant"].a, np.zeros(2))
    h = jt.hessian(lambda p: np.sum(p.a * p.b**2))(Pair(a, b))
    assert isinstance(h, Pair) and isinstance(h.a, Pair)
    np.testing.assert_array_equal(h.a.b, np.diag(2 * b))
    np.testing.assert_array_equal(h.b.b, np.diag(2 * a))
    hv = jt.hvp(lambda p: np.sum(p.a * p.b**2))(Pair(a, b), Pair(np.ones(2), np.zeros(2)))
    assert isinstance(hv, Pair)
    np.testing.assert_array_equal(hv.b, 2 * b)


def test_vjp_and_jvp_of_containers() -> None:
    def f(p: Any, s: Any) -> Any:
        return [p["x"] * s, {"y": np.sum(p["x"]) + s}]

    x = np.array([1.0, 2.0])
    out, pull = jt.vjp(f, {"x": x}, 3.0)
    np.testing.assert_array_equal(out[0], 3 * x)
    assert out[1]["y"] == 6.0
    for _ in range(2):  # a pullback may be called again
        gp, gs = pull([np.array([1.0, 10.0]), {"y": 100.0}])
        np.testing.assert_array_equal(gp["x"], [103.0, 130.0])
        assert gs == 1 + 20 + 100
    out, t = jt.jvp(f, ({"x": x}, 3.0), ({"x": np.array([1.0, 0.0])}, 2.0))
    np.testing.assert_array_equal(t[0], [3 + 2, 4])
    assert t[1]["y"] == 3.0


def test_what_comes_back_is_plain_numpy() -> None:
    for dtype in (np.float64, np.float32):
        x = np.array([1.0, 2.0], dtype)
        s = dtype(2.0)
        results = [
            jt.grad(rosenbrock)(x),
            *jt.value_and_grad(rosenbrock)(x),
            jt.hessian(rosenbrock)(x),
            jt.jacobian(np.sin)(x),
            jt.hvp(rosenbrock)(x, x),
            *jt.jvp(np.sin, (x,), (x,)),
            jt.vjp(np.sin, x)[0],
            *jt.vjp(np.sin, x)[1](x),
        ]
        for r in results:
            assert isinstance(r, (np.ndarray, np.floating)) and r.dtype == dtype
        for r in (jt.grad(np.sin)(s), *jt.value_and_grad(np.sin)(s), jt.hessian(np.sin)(s), jt.hvp(np.sin)(s, s), *jt.jvp(np.sin, (s,), (s,))):
            assert isinstance(r, dtype), type(r)
    assert isinstance(jt.grad(np.sin)(2.0), np.float64)
    assert isinstance(jt.value_and_grad(lambda x: 3.0)(2.0)[0], np.float64)


def test_float32_is_swept_in_float32() -> None:
    x = X.astype(np.float32)
    np.testing.assert_allclose(jt.grad(rosenbrock)(x), rosenbrock_grad(X), rtol=1e-5)
    np.testing.assert_allclose(jt.hessian(rosenbrock)(x), rosenbrock_hessian(X), rtol=1e-5, atol=1e-3)
    assert jt.grad(lambda x: np.sum(x * np.ones(4)))(x).dtype == np.float32  # a constant of another dtype
    assert jt.grad(lambda x: np.sum(x) + 1e-9 - 1e-9)(x).dtype == np.float32
    mixed = jt.grad(lambda p: np.sum(p[0]) * p[1])([x, 2.0])
    assert mixed[0].dtype == np.float32
    wide = jt.grad(lambda p: np.sum(p[0]) * np.sum(p[1]))([x, X])
    assert wide[0].dtype == wide[1].dtype == np.float64
    g = jt.grad(lambda x: np.sum(jt.grad(rosenbrock)(x) * x))(x)
    np.testing.assert_allclose(g, rosenbrock_hessian(X) @ X + rosenbrock_grad(X), rtol=1e-4)


def test_arguments_are_not_changed_nor_kept() -> None:
    x = X.copy()

    def f(x: Any) -> Any:
        x = x * 1.0
        x[0] = x[1] * 2.0
        return np.sum(x**2)

    g = jt.grad(f)(x)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_allclose(g, [0, 2 * X[1] + 8 * X[1], 2 * X[2], 2 * X[3]])
    g[...] = 7
    np.testing.assert_allclose(jt.grad(f)(x)[1], 10 * X[1])
    out, pull = jt.vjp(lambda x: x, x)
    out[...] = 0
    np.testing.assert_array_equal(x, X)


def test_an_assignment_to_the_argument_stays_inside() -> None:
    x = np.array([1.0, 2.0])

    def f(x: Any) -> Any:
        x[0] = x[1] ** 2
        x *= 3.0
        return np.sum(x)

    np.testing.assert_array_equal(jt.grad(f)(x), [0.0, 3 * (2 * 2 + 1)])
    np.testing.assert_array_equal(jt.hessian(f)(x), [[0, 0], [0, 6]])
    np.testing.assert_array_equal(x, [1.0, 2.0])


def test_constant_and_unused() -> None:
    assert jt.grad(lambda x: 3.0)(1.0) == 0.0
    assert jt.grad(lambda x: np.float32(3.0))(1.0) == 0.0
    np.testing.assert_array_equal(jt.grad(lambda x, y: np.sum(x), argnums=1)(X, X), np.zeros(4))
    np.testing.assert_array_equal(jt.hessian(lambda x: np.sum(x))(X), np.zeros((4, 4)))
    np.testing.assert_array_equal(jt.hessian(lambda x: 3.0)(X), np.zeros((4, 4)))
    assert jt.grad(jt.grad(jt.grad(lambda x: x**2)))(3.0) == 0.0
    assert jt.jvp(lambda x: 3.0, (1.0,), (1.0,)) == (3.0, 0.0)


def test_stop_gradient() -> None:
    assert jt.grad(lambda x: x * jt.stop_gradient(x))(3.0) == 3.0
    assert jt.grad(jt.grad(lambda x: x**2 * jt.stop_gradient(x)))(3.0) == 6.0
    assert jt.grad(lambda x: x * float(jt.stop_gradient(x)))(3.0) == 3.0
    np.testing.assert_array_equal(jt.grad(lambda x: np.sum(x * jt.stop_gradient({"a": (x,)})["a"][0]))(X), X)


def test_branches_are_taken_anew_at_each_call() -> None:
    def f(x: Any) -> Any:
        return x**2 if x > 0 else -3.0 * x

    g = jt.grad(f)
    assert (g(2.0), g(-2.0), g(0.0)) == (4.0, -3.0, -3.0)

    def loop(x: Any) -> Any:
        n = 0
        while x < 100.0:
            x, n = x * x, n + 1
        return x

    assert jt.grad(loop)(3.0) == 8 * 3.0**7
    assert jt.grad(loop)(200.0) == 1.0
    np.testing.assert_array_equal(jt.grad(lambda x: np.sum(x[x > 0]))(np.array([1.0, -1.0])), [1.0, 0.0])


def test_the_wrapped_function_keeps_its_name() -> None:
    """A driver is a function that says what it is."""
    assert jt.grad(rosenbrock).__name__ == "grad(rosenbrock)"
    assert jt.hessian(np.sin)(1.0) == -np.sin(1.0)  # a ufunc has none to keep


# --- nesting -----------------------------------------------------------------------------------------------------------------


def test_nesting_to_order_six() -> None:
    import mpmath as mp

    def f(x: Any) -> Any:
        return np.exp(np.sin(x)) * x**3 / (1.0 + x * x)

    g: Any = f
    for order in range(1, 7):
        g = jt.grad(g)
        want = float(mp.diff(lambda x: mp.exp(mp.sin(x)) * x**3 / (1 + x * x), 0.7, order))
        np.testing.assert_allclose(g(0.7), want, rtol=1e-10)
        np.testing.assert_allclose(jt.jvp(f, (0.7,), (1.0,))[1], jt.grad(f)(0.7), rtol=1e-14)


def test_nesting_over_arrays() -> None:
    n = 3
    x = np.array([0.3, -0.7, 1.1])

    def f(x: Any) -> Any:
        return np.sin(x[0] * x[1]) * np.exp(x[2]) + x[0] ** 2 * x[2]

    third = jt.jacobian(jt.hessian(f))(x)
    assert third.shape == (n, n, n)
    fourth = jt.jacobian(jt.jacobian(jt.hessian(f)))(x)
    h = 1e-5
    for k in range(n):
        e = np.eye(n)[k] * h
        np.testing.assert_allclose(third[:, :, k], (jt.hessian(f)(x + e) - jt.hessian(f)(x - e)) / (2 * h), rtol=1e-6, atol=1e-7)
        slope = (jt.jacobian(jt.hessian(f))(x + e) - jt.jacobian(jt.hessian(f))(x - e)) / (2 * h)
        np.testing.assert_allclose(fourth[..., k], slope, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(third, third.transpose(2, 0, 1), rtol=1e-12, atol=1e-13)


def test_forward_over_forward_and_mixtures() -> None:
    def f(x: Any) -> Any:
        return np.sin(x) * x**2

    def forward(f: Any) -> Any:
        return lambda x: jt.jvp(f, (x,), (1.0,))[1]

    def backward(f: Any) -> Any:
        return lambda x: jt.vjp(f, x)[1](1.0)[0]

    x = 0.8
    want = -np.sin(x) * x**2 + 4 * x * np.cos(x) + 2 * np.sin(x)
    third = -np.cos(x) * x**2 - 6 * x * np.sin(x) + 6 * np.cos(x)
    for a in (forward, backward, jt.grad):
        for b in (forward, backward, jt.grad):
            np.testing.assert_allclose(a(b(f))(x), want, rtol=1e-13)
            for c in (forward, backward, jt.grad):
                np.testing.assert_allclose(a(b(c(f)))(x), third, rtol=1e-12)


def test_perturbation_confusion() -> None:
    """Siskind and Pearlmutter, "Perturbation confusion and referential transparency" (2005), and variations on it."""
    grad = jt.grad
    # d/dx (x * d/dy (x + y)) = 1, not 2
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    # the inner point depends on the outer variable
    assert grad(lambda x: grad(lambda y: x * y**2)(x))(3.0) == 12.0
    assert grad(lambda x: x * grad(lambda y: y * y)(x))(5.0) == 20.0
    assert grad(lambda x: grad(lambda y: y**3)(x) * x)(2.0) == 36.0
    # the inner function does not use its variable, or the outer one
    assert grad(lambda x: x * grad(lambda y: x * x)(1.0))(3.0) == 0.0
    assert grad(lambda x: x * grad(lambda y: y * y)(1.0))(3.0) == 2.0
    # three levels
    assert grad(lambda x: x * grad(lambda y: y * grad(lambda z: x * y * z)(1.0))(2.0))(3.0) == 24.0
    # forward mode within forward mode
    d = lambda f, x: jt.jvp(f, (x,), (1.0,))[1]  # noqa: E731
    assert d(lambda x: x * d(lambda y: x + y, 1.0), 1.0) == 1.0
    assert d(lambda x: x * d(lambda y: x * y, 2.0), 3.0) == 6.0
    assert grad(lambda x: x * d(lambda y: x * y, 2.0))(3.0) == 6.0
    assert d(lambda x: x * grad(lambda y: x * y)(2.0), 3.0) == 6.0


def test_perturbation_confusion_of_a_higher_order_function() -> None:
    """Manzyuk et al., "Perturbation confusion in forward automatic differentiation of higher-order functions" (2019)."""

    def derivative(f: Any, x: float) -> Any:
        return jt.jvp(f, (x,), (1.0,))[1]

    def s(u: Any) -> Any:
        return lambda f: lambda x: f(x + u)

    # D (s applied to 0), then to the identity's derivative at y: 1, the second derivative of exp at 0 done by hand
    d_hat = derivative(lambda u: s(u)(lambda x: derivative(lambda y: s(0.0)(np.exp)(y + x), 1.0))(1.0), 0.0)
    np.testing.assert_allclose(d_hat, np.exp(2.0), rtol=1e-15)


def test_closures_over_outer_variables() -> None:
    a = np.array([1.0, 2.0, 3.0])

    def outer(x: Any) -> Any:
        y = np.sin(x)
        inner = jt.grad(lambda w: np.sum(w**2 * y))  # 2 w y
        return np.sum(inner(x) * a)  # 2 a x sin x

    np.testing.assert_allclose(jt.grad(outer)(X[:3]), 2 * a * (np.sin(X[:3]) + X[:3] * np.cos(X[:3])), rtol=1e-14)


@pytest.mark.parametrize("n", [3, 700])
def test_drivers_inside_a_differentiated_function(n: int) -> None:
    """d/dx of sums of each driver's result, against the closed form."""
    rng = np.random.default_rng(n)
    x, v = rng.normal(size=n), rng.normal(size=n)
    small = n < 10

    def f(y: Any) -> Any:
        return np.sin(y) * y

    def total(y: Any) -> Any:
        return np.sum(np.sin(y) * y)

    first = np.cos(x) * x + np.sin(x)
    second = 2 * np.cos(x) - x * np.sin(x)
    third = -3 * np.sin(x) - x * np.cos(x)
    cases = {
        "grad": (lambda x: np.sum(jt.grad(total)(x) * v), second * v),
        "value_and_grad": (lambda x: (vg := jt.value_and_grad(total)(x))[0] + np.sum(vg[1]), first + second),
        "jvp": (lambda x: np.sum(jt.jvp(f, (x,), (v,))[1]), second * v),
        "jvp value": (lambda x: np.sum(jt.jvp(f, (x,), (v,))[0]), first),
        "jvp along x": (lambda x: np.sum(jt.jvp(f, (x,), (x,))[1]), second * x + first),
        "vjp": (lambda x: np.sum(jt.vjp(f, x)[1](v)[0]), second * v),
        "vjp along x": (lambda x: np.sum(jt.vjp(f, x)[1](x)[0]), second * x + first),
        "hvp": (lambda x: np.sum(jt.hvp(total)(x, v)), third * v),
        "hvp along x": (lambda x: np.sum(jt.hvp(total)(x, x)), third * x + second),
    }
    if small:
        cases["jacobian"] = (lambda x: np.sum(jt.jacobian(f)(x) * v), second * v)
        cases["hessian"] = (lambda x: np.sum(jt.hessian(total)(x) * v), third * v)
    for name, (g, want) in cases.items():
        np.testing.assert_allclose(jt.grad(g)(x), want, rtol=1e-12, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(jt.jvp(g, (x,), (v,))[1], want @ v, rtol=1e-11, atol=1e-11, err_msg=name)


def test_an_inner_newton_solve() -> None:
    """An inner iteration that decides by values, differentiated through: y(x) with y**3 + y = x."""

    def solve(x: Any) -> Any:
        y = 1.0
        residual = lambda y: y**3 + y - x  # noqa: E731
        steps = 0
        while abs(residual(y)) > 1e-12 and steps < 50:
            y = y - residual(y) / jt.grad(residual)(y)
            steps += 1
        return y - residual(y) / jt.grad(residual)(y)

    for x in (0.5, 2.5, 30.0):
        y = float(solve(x))
        np.testing.assert_allclose(y**3 + y, x, rtol=1e-12)
        np.testing.assert_allclose(jt.grad(solve)(x), 1 / (3 * y**2 + 1), rtol=1e-9)
        np.testing.assert_allclose(jt.grad(jt.grad(solve))(x), -6 * y / (3 * y**2 + 1) ** 3, rtol=1e-6)


def test_an_inner_numeric_use_is_plain() -> None:
    """Inside a differentiated function, a derivative at plain values is plain: float() of it drops nothing."""

    def f(x: Any) -> Any:
        t = 4.0
        while True:
            step = jt.grad(lambda t: (t - 3.0) ** 2)(t)
            assert isinstance(step, float), type(step)
            t = t - 0.25 * float(step)
            if abs(step) < 1e-3:
                break
        return x * t

    np.testing.assert_allclose(jt.grad(f)(2.0), 3.0, atol=1e-3)


def test_gradient_descent_is_differentiated_through() -> None:
    """The sensitivity of a fitted parameter to the data, by unrolling the descent."""
    data = np.array([1.0, 2.0, 4.0])

    def fit(d: Any) -> Any:
        m = 0.0
        for _ in range(40):
            m = m - 0.1 * jt.grad(lambda m: np.sum((m - d) ** 2))(m)
        return m

    np.testing.assert_allclose(jt.grad(fit)(data), np.full(3, (1 - 0.4**40) / 3), rtol=1e-12)


def test_recursion() -> None:
    def power(x: Any, n: int) -> Any:
        return 1.0 if n == 0 else x * power(x, n - 1)

    assert jt.grad(power)(2.0, 10) == 10 * 2.0**9
    assert jt.hessian(power)(2.0, 10) == 90 * 2.0**8


def test_an_exception_inside_a_nested_call_is_the_users() -> None:
    def f(x: Any) -> Any:
        try:
            jt.grad(lambda y: y * {}["no such key"])(x)
        except KeyError:
            return x * 2.0
        raise AssertionError

    assert jt.grad(f)(1.0) == 2.0
    assert jt.grad(lambda x: x * x)(3.0) == 6.0


def test_infinite_partials_of_constants_are_quiet_and_right() -> None:
    """Nested sweeps evaluate partials of plain numbers by NumPy, which must not warn or raise where native code does not."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = np.array([2.0, 3.0])
        np.testing.assert_array_equal(jt.hessian(lambda y: np.sum(0.0**y))(y), np.zeros((2, 2)))
        np.testing.assert_array_equal(jt.hessian(lambda y: np.sum(y / 0.0))(y), np.zeros((2, 2)))
        np.testing.assert_array_equal(jt.grad(lambda y: np.sum(jt.grad(lambda z: np.sum(z / 0.0))(y) * 0.0 + y))(y), np.ones(2))
        np.testing.assert_array_equal(jt.hessian(lambda y: np.sum(np.power(y, 0.0)))(y), np.zeros((2, 2)))
        np.testing.assert_array_equal(jt.hessian(lambda y: np.sum(np.logaddexp(y, -np.inf)))(y), np.zeros((2, 2)))


def test_hvp_takes_the_other_arguments_as_scipy_passes_them() -> None:
    f = lambda x, a, *, power=2: a * np.sum(x**power)
    x, v = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    np.testing.assert_allclose(jt.hvp(f)(x, v, 3.0), 6.0 * v)
    np.testing.assert_allclose(jt.hvp(f)(x, v, 3.0, power=3), 18.0 * x * v)


def test_results_that_are_outer_values_keep_their_derivative() -> None:
    """The inner call records nothing of its own: its result is a slot of the outer recording."""
    assert jt.grad(lambda x: jt.value_and_grad(lambda y: x)(1.0)[0])(2.0) == 1.0
    assert jt.grad(lambda x: jt.vjp(lambda y: y, 1.0)[1](x)[0])(2.0) == 1.0
    assert jt.grad(lambda x: jt.jvp(lambda y: y, (1.0,), (x,))[1])(2.0) == 1.0
    g = jt.grad(lambda x: np.sum(jt.vjp(lambda y: x[:2], 1.0)[0]))(np.ones(3))
    np.testing.assert_array_equal(g, [1.0, 1.0, 0.0])
    F = jt.record(lambda x: x * jt.value_and_grad(lambda y: x)(1.0)[0], 2.0)
    assert F.value_and_grad(5.0) == (25.0, 10.0)


def test_a_pullback_may_be_called_by_several_threads() -> None:
    n = 50_000
    _, pull = jt.vjp(np.cumsum, np.ones(n))
    wrong = []

    def work() -> None:
        for _ in range(10):
            (g,) = pull(np.ones(n))
            if g[0] != n or g[-1] != 1.0:
                wrong.append(g)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
