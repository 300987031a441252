"""Ufuncs of complex recorded arrays: NumPy's values, differences for derivatives of first and second order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy_oracle import agree, recorded

import jittape as jt
from jittape.array.complexes import ComplexArray

RE = np.array([[0.3, -1.2, 0.7], [-0.4, 1.5, -2.1]])
IM = np.array([[0.5, 0.7, -0.9], [-0.6, -1.1, 0.2]])
W = np.array([[1.0 + 0.5j, -0.3 + 2.0j, -0.7j], [0.4 - 1.2j, -1.5, 2.0 - 0.25j]])


def parts(z):
    return np.real(z), np.imag(z)


UNARY = {
    "negative": np.negative, "positive": np.positive, "square": np.square, "reciprocal": np.reciprocal, "conjugate": np.conjugate, "conj": lambda z: z.conjugate(),
    "sign": np.sign, "exp": np.exp, "log": np.log, "absolute": lambda z: np.abs(z) + 0j, "angle": lambda z: np.angle(z) + 0j, "degrees": lambda z: np.angle(z, deg=True) + 0j,
    "real": lambda z: z.real * 1j + z.imag, "unary operators": lambda z: -z + abs(z) - (+z) / 3,
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number(name):
    agree(lambda x, y: parts(UNARY[name](x + 1j * y)), RE, IM, order=2)
    agree(lambda x, y: parts(UNARY[name](x + 1j * y)), 0.3, -0.7, order=2)


ANALYTIC = ["sqrt", "log2", "log10", "log1p", "exp2", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"]


@pytest.mark.parametrize("name", ["exp", "log", "square", "reciprocal", *ANALYTIC])
def test_analytic_functions(name):
    f = getattr(np, name)
    agree(lambda x, y: parts(f(x + 1j * y)), RE, IM, rtol=1e-11)
    z = RE + 1j * IM
    g = jt.elementwise_grad(f, holomorphic=True)
    h = 1e-5
    np.testing.assert_allclose(g(z), (f(z - 2 * h) - 8 * f(z - h) + 8 * f(z + h) - f(z + 2 * h)) / (12 * h), rtol=1e-8)
    np.testing.assert_allclose(jt.elementwise_grad(g, holomorphic=True)(z), (g(z - 2 * h) - 8 * g(z - h) + 8 * g(z + h) - g(z + 2 * h)) / (12 * h), rtol=1e-7)


ON_AXES = [complex(a, b) for a in (0.0, -0.0, 0.5, -0.5, 2.0, -2.0) for b in (0.0, -0.0, 0.5, -0.5, 2.0, -2.0)]


@pytest.mark.parametrize("name", ["exp", "log", "square", "sign", *ANALYTIC])
def test_cuts_and_axes(name):
    """Values and zeros' signs as NumPy's; the derivative on a cut is that of the side that the zero's sign tells."""
    f = getattr(np, name)
    z = np.array(ON_AXES)
    with np.errstate(all="ignore"):
        expected = f(z)
        found, pull = jt.vjp(f, z)
    for mine, theirs in ((found.real, expected.real), (found.imag, expected.imag)):
        np.testing.assert_allclose(mine, theirs, rtol=1e-14, atol=1e-15)
        np.testing.assert_array_equal(np.signbit(mine)[abs(theirs) > 1e-15], np.signbit(theirs)[abs(theirs) > 1e-15])
    if name in ("sign", "square", "exp"):
        return
    singular = {"sqrt": [0], "log": [0], "log2": [0], "log10": [0], "arccosh": [1, -1]}.get(name, [])
    for k, at in enumerate(z):
        if at in singular:
            continue
        aside = complex(at.real + np.copysign(1e-9, at.real), at.imag + np.copysign(1e-9, at.imag))
        seed = np.zeros(len(z), complex)
        seed[k] = 1.0
        near = jt.grad(f, holomorphic=True)(aside)
        np.testing.assert_allclose(pull(seed)[0][k], near, rtol=1e-6, atol=1e-7, err_msg=f"{name} at {at}")


POWERS = [2, 3, -1, -2, 0, 7, 0.5, 1.5, -0.7, 1j, 0.3 - 1.2j, 150]


@pytest.mark.parametrize("w", POWERS)
def test_powers(w):
    agree(lambda x, y: parts((x + 1j * y) ** w), RE / 2, IM / 2, order=2 if w != 150 else 0, rtol=1e-11)
    agree(lambda x, y: parts(np.power(w, x + 1j * y)), RE, IM, rtol=1e-11) if w not in (0, 150) else None


def test_powers_of_arrays_and_zero():
    agree(lambda x, y: parts((x + 1j * y) ** (y - 1j * x)), RE, IM, rtol=1e-11)
    agree(lambda x, y: parts(np.power(x + 1j * y, np.array([0, 1, 2.5]))), RE, IM, rtol=1e-11)
    agree(lambda x: parts(np.power(x + 0j, np.array([-0.5, 1 / 3, 1j]))), RE)
    z = np.zeros(4, complex)
    found, pull = jt.vjp(lambda z: z ** np.array([0, 1, 2, 1.5]), z)
    assert found.tolist() == [1, 0, 0, 0] and pull(np.ones(4))[0].tolist() == [0, 1, 0, 0]
    assert jt.grad(lambda z: z**2 + z, holomorphic=True)(0j) == 1


def test_choices():
    w = np.array([[0.3 + 0.5j, 1j, 0.7 - 2j], [1, np.nan, -2.1 + 0.2j]])
    for f in (np.maximum, np.minimum, np.fmax, np.fmin):
        agree(lambda x, y: parts(np.nan_to_num(f(x + 1j * y, w))), RE, IM, order=0)  # noqa: B023
    agree(lambda x, y: parts(np.rint(x + 1j * y) + np.round(3 * x + 2j * y, 1)) + (np.logical_and(x + 1j * y, 1j) * 1.0, np.logical_xor(x * 0j, y + 0j) * 1.0), RE, IM, order=0)


BINARY = {"+": lambda z, w: z + w, "-": lambda z, w: z - w, "*": lambda z, w: z * w, "/": lambda z, w: z / w}


@pytest.mark.parametrize("name", BINARY)
def test_arithmetic(name):
    f = BINARY[name]
    agree(lambda x, y: parts(f(x + 1j * y, W)), RE, IM, order=2)
    agree(lambda x, y: parts(f(W, x + 1j * y)), RE, IM, order=2)
    agree(lambda x, y: parts(f(x + 1j * y, y[0] - 2j)), RE, IM, order=2)
    agree(lambda x, y: parts(f(x, y * 1j + 2.0)), RE, IM)
    agree(lambda x, y: parts(f(x * 1j + y, y)), RE, IM)
    agree(lambda x: parts(f(2.0, x * (1 + 1j)) + f(x * (1 + 1j), 3) + f(1j, x) + f(x, 2 - 1j)), RE)
    agree(lambda x, y: parts(f(x + 1j * y, 2.0 - 1j)), 0.3, -0.7)


def test_a_complex_constant_is_not_the_real_one_of_its_value():
    def f(x):
        y = x * 2.0 + 0.0
        return np.sqrt(np.abs(x + 0j)) + (x * (2 + 0j)).imag + np.real(0j + x) * y

    agree(f, 0.7)
    assert isinstance(jt.vjp(lambda x: (x * 2.0 * (2 + 0j)).imag, 1.0)[0], np.floating)


SPECIAL = [complex(a, b) for a in (0.0, -0.0, 1.0, -2.0, np.inf, -np.inf, np.nan) for b in (0.0, -0.0, 1.0, -1.5, np.inf, np.nan)]


def same(found, expected):
    """Equal with the signs of zeros."""
    for f, e in ((np.real(found), np.real(expected)), (np.imag(found), np.imag(expected))):
        np.testing.assert_allclose(f, e, rtol=1e-14)
        np.testing.assert_array_equal(np.signbit(f)[e == 0], np.signbit(e)[e == 0])


@pytest.mark.parametrize("name", BINARY)
def test_zeros_signs_and_infinities(name):
    z = np.array(SPECIAL)[:, None] + np.zeros((1, 8))
    w = np.array([1.0, -2.0, 1j, -1j, 1 - 2j, -0.0 - 3j, 2.0 - 0.0j, -0.5 - 0.0j])
    f = BINARY[name]
    with np.errstate(all="ignore"):
        expected = f(z, w), f(w, z)
        re, im = z.real.copy(), z.imag.copy()
        for k, g in enumerate((lambda x, y: f(ComplexArray.of_parts(x, y), w), lambda x, y: f(w, ComplexArray.of_parts(x, y)))):
            same(jt.vjp(g, re, im)[0], expected[k])
        for r in (2.0, -1.5):
            same(jt.vjp(lambda x, y: f(ComplexArray.of_parts(x, y), r), re, im)[0], f(z, r))  # noqa: B023
            same(jt.vjp(lambda x, y: f(r, ComplexArray.of_parts(x, y)), re, im)[0], f(r, z))  # noqa: B023


def test_order_and_questions():
    z = np.array([1 + 2j, 1 - 2j, 2.0, 0.0, np.nan, 1 + 1j * np.nan, np.inf + 1j])[:, None]
    w = z.T.copy()
    w[0, 0] = 3.0
    for f in (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal):
        np.testing.assert_array_equal(recorded(lambda x, y: f(ComplexArray.of_parts(x, y), w), z.real.copy(), z.imag.copy())[0], f(z, w))  # noqa: B023
    for g in (np.isnan, np.isinf, np.isfinite, np.logical_not, np.isreal, np.iscomplex):
        np.testing.assert_array_equal(recorded(lambda x, y: g(ComplexArray.of_parts(x, y)), z.real.copy(), z.imag.copy())[0], g(z))  # noqa: B023
    with pytest.raises(ValueError, match="complex modulo"):
        jt.grad(lambda x: pow(x * 1j, 2, 3).real)(1.0)
