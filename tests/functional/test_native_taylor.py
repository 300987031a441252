"""Taylor coefficients inside native code, beside those of Python, closed forms, and other integrators."""

import math

import numba
import numpy as np
import pytest

import jittape as jt


@numba.njit
def oscillator(y):
    out = np.empty(2)
    out[0] = y[1]
    out[1] = -y[0]
    return out


def test_flows_are_solutions():
    flow = jt.native.taylor_flow(oscillator, np.ones(2), 18)
    k = np.arange(19)
    factorials = np.array([math.factorial(i) for i in k], float)
    expected = np.stack([np.sin(0.3 + k * np.pi / 2), np.cos(0.3 + k * np.pi / 2)], 1) / factorials[:, None]
    point = np.array([np.sin(0.3), np.cos(0.3)])
    np.testing.assert_allclose(flow(point), expected, rtol=1e-12, atol=1e-30)
    decay = jt.native.taylor_flow(lambda y: -y * y, 1.0, 10)
    np.testing.assert_allclose(decay(2.0), [2.0 * (-2.0) ** i for i in range(11)], rtol=1e-14)  # 2 / (1 + 2 t)
    drift = jt.native.taylor_flow(lambda y: 3.0, 1.0, 3)
    assert drift(2.0).tolist() == [2.0, 3.0, 0.0, 0.0]


def test_native_code_calls_it_in_threads():
    flow = jt.native.taylor_flow(oscillator, np.ones(2), 18)

    @numba.njit(parallel=True, nogil=True)
    def quarter(points):
        out = np.empty_like(points)
        for i in numba.prange(len(points)):
            y = points[i]
            for _ in range(4):
                c = flow(y)
                s = c[18].copy()
                for k in range(17, -1, -1):
                    s = c[k] + 0.125 * np.pi * s
                y = s
            out[i] = y
        return out

    points = np.random.default_rng(0).normal(size=(50, 2))
    np.testing.assert_allclose(quarter(points), np.stack([points[:, 1], -points[:, 0]], 1), rtol=1e-13, atol=1e-14)


def test_curves_are_those_of_python():
    def f(x):
        return np.exp(x[0]) @ x[1] + np.sum(np.sin(x[0] * x[1])) / (1 + x[1, 0] ** 2)

    x, v = np.random.default_rng(1).normal(size=(2, 2, 3))
    native = jt.native.taylor(f, np.ones((2, 3)), 6)
    curve = np.zeros((7, 2, 3))
    curve[0], curve[1] = x, v
    np.testing.assert_allclose(native(curve), jt.taylor(f, x, 6, v), rtol=1e-13)
    curve[2] = v**2  # a curve that bends: by the chain rule
    bent = native(curve)
    np.testing.assert_allclose(bent[2], jt.taylor(f, x, 6, v)[2] + jt.grad(f)(x).ravel() @ (v**2).ravel(), rtol=1e-12)
    rows = jt.native.taylor(lambda x: x[:, 0] * x[:, 1], np.ones((2, 3)), 6)(curve)
    assert rows.shape == (7, 2)


def test_where_another_path_is_due_it_is_recorded():
    def field(y):
        return -2.0 * y * y if y < 0 else y

    flow = jt.native.taylor_flow(field, 1.0, 3)
    assert flow(2.0).tolist() == pytest.approx([2.0, 2.0, 1.0, 1.0 / 3.0])
    assert flow(-1.0).tolist() == pytest.approx([-1.0, -2.0, -4.0, -8.0])
    c = jt.native.taylor(lambda x: x**2 if x > 0 else -x, 1.0, 2)
    assert c(np.array([-3.0, 1.0, 0.0])).tolist() == [3.0, -1.0, 0.0]


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: jt.native.taylor_flow(lambda y: y[0], np.ones(2), 3), jt.GradientError, "as many results"),
    (lambda: jt.native.taylor(lambda y: (y, y), 1.0, 3), jt.GradientError, "one number or array"),
    (lambda: jt.native.taylor(lambda y: np.linalg.det(y), np.eye(2), 3), jt.GradientError, "by way of Python"),
    (lambda: jt.native.taylor(np.exp, 1.0, -1), ValueError, "0 or more"),
    (lambda: jt.native.taylor_flow(oscillator, np.ones(2), 3)(np.ones(3)), ValueError, r"a point of shape \(2,\)"),
    (lambda: jt.native.taylor(np.exp, 1.0, 3)(np.ones(3)), ValueError, "the 4 coefficients"),
])  # fmt: skip
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
