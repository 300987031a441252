"""Digits of complex functions, and of their derivatives, where the plain formulas lose them: near |z| = 1, near poles, far from the axes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import jittape as jt

NEAR_ONE = [1 + 1e-5j, 1 + 1e-9j, -1 + 1e-9j, 1e-9 + 1j, -1e-9 - 1j, 1 + 1e-12 + 0j, 0.75 + 0.25j, 1e200 + 1e200j, 1e-200j, 1e-170 + 1e-175j, 3 + 4j]
NEAR_POLES = [1 + 1e-200j, -1 - 1e-300j, 1e200 + 2e200j, 1 + 1e-9j, -1 + 1e-10 + 1e-11j, -1 + 1e-10j, 1 - 1e-10 - 1e-12j, 1e-9 + 1e-12j, -1e-10 + 2j, 1e-9 - 1j, 1e-11 + (1 + 1e-10) * 1j, -1e-11 - (1 - 1e-10) * 1j, 0.5 + 2j]
NEAR_MINUS_TWO = [-2 + 1e-9j, -1 + (1 + 1e-10) * 1j, -1 + 1e-11 - 1j, 1e-9 + 1e-10j, -2 - 1e-11 - 1e-6j, 1e200 - 1e200j]
FAR = [20 + 20j, -20 + 20j, 40 - 3j, 1.5 + 1.5j, 0.9 + 1.5j, -1.01 + 0.3j, 300 + 1j, 0.0 + 0.5j, 1e-9 + (np.pi / 2 + 1e-3) * 1j]
CASES = {
    "log": (mpmath.log, NEAR_ONE), "log2": (lambda z: mpmath.log(z) / mpmath.log(2), NEAR_ONE), "log10": (lambda z: mpmath.log(z) / mpmath.log(10), NEAR_ONE),
    "log1p": (lambda z: mpmath.log(1 + z), NEAR_MINUS_TWO), "arctanh": (mpmath.atanh, NEAR_POLES), "arctan": (mpmath.atan, [1j * z for z in NEAR_POLES]),
    "arcsinh": (mpmath.asinh, NEAR_POLES[3:]), "arccosh": (mpmath.acosh, NEAR_POLES[3:]), "arcsin": (mpmath.asin, NEAR_POLES[3:]), "tanh": (mpmath.tanh, FAR), "tan": (mpmath.tan, [1j * z for z in FAR]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_digits(name):
    """Both parts of values to 13 digits; derivatives of first and second order to 11 as complex numbers, of inverse functions' second ones to 15 decimals."""
    true, places = CASES[name]
    f, z = getattr(np, name), np.array(places)
    first = jt.elementwise_grad(f, holomorphic=True)
    second = jt.elementwise_grad(first, holomorphic=True)
    with mpmath.workdps(320), np.errstate(all="ignore"):
        exact = np.array([complex(true(mpmath.mpc(x))) for x in z])
        found = jt.vjp(f, z)[0]
        np.testing.assert_allclose(found.real, exact.real, rtol=1e-13, atol=1e-300)
        np.testing.assert_allclose(found.imag, exact.imag, rtol=1e-13, atol=1e-300)
        tame = z[(np.abs(z) < 1e100) & (np.abs(z) > 1e-100) & (np.abs(exact) < 100)]
        for order, g in ((1, first), (2, second)):
            slopes = np.array([complex(mpmath.diff(true, mpmath.mpc(x), order, h=mpmath.mpf(10) ** -30)) for x in tame])
            np.testing.assert_allclose(g(tame), slopes, rtol=1e-11, atol=1e-15 if order == 2 and name.startswith("arc") else 0, err_msg=f"order {order}")


@pytest.mark.parametrize("name", ["sqrt", "log", "log2", "log10", "log1p", "exp", "exp2", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "square", "reciprocal"])
def test_at_infinities_parts_are_numpys_or_nan(name):
    z = np.array([complex(a, b) for a in (0.0, -0.5, 3.0, np.inf, -np.inf) for b in (0.0, -0.0, 2.0, np.inf, -np.inf) if np.isinf(a) or np.isinf(b)])
    f = getattr(np, name)
    with np.errstate(all="ignore"):
        found, expected = jt.vjp(f, z)[0], f(z)
    for p, q in ((found.real, expected.real), (found.imag, expected.imag)):
        known = ~np.isnan(p) & ~np.isnan(q)
        np.testing.assert_allclose(p[known], q[known], rtol=1e-13, err_msg=name)


def test_a_power_of_zero_is_one_everywhere():
    z = np.array([1 - 1j, -2.0 + 0j, 0j, complex(np.inf, 1.0), complex(np.nan, -np.inf)])
    found, pull = jt.vjp(lambda z: z**0, z)
    assert (found == 1).all() and not np.signbit(found.imag).any()
    assert (pull(np.ones(5, complex))[0] == 0).all()


def test_no_formula_that_is_not_taken_makes_a_derivative_nan():
    z = np.array([0.5 + 0j, 1.0 + 0j, -1.0 + 0j, 1j, -1j, 1.5 + 0j, 1e-3 + 0j, 3.0 + 0j])
    for f, slope, curve in ((np.log, 1 / z, -1 / z**2), (np.log1p, None, None), (np.tanh, 1 / np.cosh(z) ** 2, -2 * np.tanh(z) / np.cosh(z) ** 2)):
        x = z if slope is not None else z - 1
        slope, curve = (1 / z, -1 / z**2) if slope is None else (slope, curve)
        first = jt.elementwise_grad(f, holomorphic=True)
        np.testing.assert_allclose(first(x), slope, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(jt.elementwise_grad(first, holomorphic=True)(x), curve, rtol=1e-12, atol=1e-15)


def test_sign_of_zero_is_constant():
    def f(x, y):
        w = np.sign(x + 1j * y)
        return np.sum(w.real + 2 * w.imag)

    x, y = np.array([0.0, 3.0]), np.array([0.0, 4.0])
    g = jt.grad(f, (0, 1))(x, y)
    np.testing.assert_allclose(g, [[0.0, (16 - 24) / 125], [0.0, (18 - 12) / 125]], atol=1e-16)
    assert np.isfinite(jt.hessian(lambda p: f(p[:2], p[2:]))(np.concatenate([x, y]))).all()
    z = jt.tensor([0j, 3 + 4j], requires_grad=True)
    z.sgn().real.sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), [0, 16 / 125 - 12j / 125], atol=1e-16)


def test_tensors_have_these_digits():
    z = jt.tensor([1 + 1e-9j], requires_grad=True)
    np.testing.assert_allclose(z.log().real.detach().numpy(), [5e-19], rtol=1e-13)
    z = jt.tensor([20 + 20j], requires_grad=True)
    z.tanh().backward(jt.tensor([1 + 0j]))
    np.testing.assert_allclose(np.conj(z.grad.numpy()), 1 / np.cosh(20 + 20j) ** 2, rtol=1e-13)
