"""Complex numbers in Numba functions: values of the plain function, derivatives by differences, by Python's route and by mpmath."""

from __future__ import annotations

import cmath
import math
import subprocess
import sys
from collections import namedtuple

import numpy as np
import pytest
from numba import njit, prange, typed, vectorize

import jittape as jt
from jittape.errors import DerivativeLostError, GradientError, RecordingError

X = np.array([0.3, 0.7, -0.4, 1.2])
ELSEWHERE = X * np.array([-1.1, 0.4, 1.7, -0.6])


def differences(f, x, h=1e-4):
    found = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        found[i] = (8.0 * (f(x + e) - f(x - e)) - f(x + 2 * e) + f(x - 2 * e)) / (12 * h)
    return found


def agree(f, x=X, elsewhere=ELSEWHERE, rtol=1e-7):
    """Values and gradients of one recording, and of one that is replayed at another point."""
    value, pull = jt.vjp(f, x)  # the same code that jt.record runs: it is compiled once
    np.testing.assert_allclose(value, f(x), rtol=1e-13)
    np.testing.assert_allclose(pull(1.0)[0], differences(f, x), rtol=rtol, atol=1e-9)
    F = jt.record(f, x)
    for at in (x, elsewhere):
        np.testing.assert_allclose(F(at), f(at), rtol=1e-13)
        np.testing.assert_allclose(F.grad(at), differences(f, at), rtol=rtol, atol=1e-9)
    return F


Pair = namedtuple("Pair", "left right")


@njit
def _turned(z, k):
    return z * 1j**k if k < 3 else _turned(z, k - 1) * 1j


@njit
def language(x):
    """Operators, conversions, containers, calls, recursion and loops."""
    c = complex(x[0], x[1])
    z = 0j
    for _ in range(3):
        z = z * z + c
    w = np.complex128(x[2]) + np.complex128(x[3]) * 1j
    w += 2
    w -= x[0] * 1j
    w *= z
    w /= 1 + c.conjugate()
    both = Pair(w, 1j)
    listed = [z, w, 2j]
    listed.append(x[0] * 1j)
    many = typed.List()
    many.append(c)
    many.append(c * w)
    named = {1: w, 2: 1j * x[3]}
    s = 0.0
    for v in listed:
        s = s + abs(v)
    mixed = x[1]
    if x[0] > 0:
        u = mixed
    else:
        u = 1j * mixed
    for k in range(2):
        u = (u, 3j)[k] * many[k]
    t = _turned(w, 4) if w != z and z else 0j
    tuples = (z, w, c)
    for k in range(3):
        t = t + tuples[k] * (k + 1)
    return s + t.real + 2.0 * t.imag + (both.left * both.right).real + named[1].imag + named[2].imag + u.imag + (-z).real + (+z).imag + abs(2 - 3j * c) / (1j / c).imag


@njit
def allocated(x):
    n = x.size
    z, w = np.zeros(n, np.complex128), np.empty((n, 2), np.complex128)
    o, u = np.ones(n, dtype=np.complex128), np.full(n, 1j)
    for i in prange(n):
        z[i] = complex(x[i], x[i] ** 2)
        w[i, 0] = z[i] * 1j
        w[i, 1] = x[i]
    a = np.array([z[0] * x[0] + 1j * x[1], x[2], 3.0 + 1j])
    m = np.array([[z[0], 1j], [x[1] * 1j, 2.0 * z[1]]])
    b = x.astype(np.complex128) * z
    c, e = np.zeros_like(z), np.empty_like(z)
    c[:] = z * o + u
    e[1:] = c[:-1]
    e[0] = 1
    return abs(np.sum(a)) + np.sum(np.abs(w) ** 2) + np.sum(np.abs(b) ** 2) + np.sum(np.real(c * e)) + (z.real * z.imag).sum() + np.sum(np.angle(c)) + m[1, 0].imag + np.full_like(z, x[0])[1].real + w.itemsize


@njit
def viewed(x):
    z = x * (1 + 2j)
    z.real[1] = x[0] ** 2
    z.imag[:] = x * x
    v = z[::2]
    v[0] = 2j * x[3]
    m = z.reshape(2, 2)
    t = m.T.copy()
    t[0, 1] += 1j
    m *= 2j
    m[0] -= x[0]
    out = np.zeros((2, 2), np.complex128)
    np.dot(m, t, out)
    return np.sum((m @ t).real) + np.dot(z, z).imag + np.vdot(z, z * 1j).imag + np.sum(np.outer(z, x).imag) + np.sum(np.conj(z) * z).real + np.linalg.norm(z) + np.linalg.norm(m, 1) + out[0, 1].imag


@njit
def reduced(x):
    z = np.exp(1j * x).reshape(2, 2)
    s = z.sum() + np.prod(z) + z.mean() + np.sum(z, 0)[1] + np.sum(z, axis=1)[0] + np.cumsum(z)[2] + np.cumprod(z)[1] + np.cumsum(z, 1)[1, 0]
    a = np.where(x > 0.5, z.ravel(), 2j)
    d = np.convolve(a, np.array([1j, 2.0]))
    e = np.correlate(a, np.array([1j, 2.0, 1 - 1j]))
    s += np.sum(np.concatenate((a, z.ravel()))) + np.append(a, 1j)[4] + np.sum(d) + np.sum(e) + np.diff(a)[1] + np.roll(a, 1)[2] + np.repeat(a, 2)[3] + np.flip(a)[0] + np.trace(z)
    return s.real + 3 * s.imag + np.var(z * x[0]) + np.std(x[1] * z) + np.count_nonzero(z) + np.isrealobj(z)


@njit
def ufuncs(x):
    z = (x + 1j * x[::-1]) * 0.5
    s = np.exp(z) + np.exp2(z) + np.expm1(z) + np.log(z) + np.log2(z) + np.log10(z) + np.log1p(z) + np.sqrt(z) + np.square(z) + np.reciprocal(z) + np.sin(z) + np.cos(z) + np.tan(z)
    s += np.sinh(z) + np.cosh(z) + np.tanh(z) + np.arcsin(z) + np.arccos(z) + np.arctan(z) + np.arcsinh(z) + np.arccosh(z) + np.arctanh(z) + np.power(z, 3) + z**2 + z / (z + 1) - z
    s += z.conj() + np.conjugate(z) + x / z + 2 / z + np.positive(z)
    return np.sum(s.real * x) + np.sum(s.imag) + np.sum(np.abs(s)) + np.sum(np.isnan(s)) + np.sum(z == z[0]) + np.all(np.isfinite(s))


@njit
def systems(x):
    a = np.array([[x[0] + 1j, x[1] * 2j], [x[2] - 1j * x[3], 3.0]])
    s, i = np.linalg.solve(a, np.array([1j * x[0], x[1]])), np.linalg.inv(a)
    return np.sum(np.abs(s) ** 2) + np.sum(i).real + np.linalg.det(a).imag + np.sum(np.linalg.matrix_power(a, 3)).imag


@njit
def decomposed(x):
    a = np.array([[x[0] + 1j, x[1] * 2j], [x[2] - 1j * x[3], 3.0]])
    h = a + np.conj(a).T
    w, v = np.linalg.eigh(h)
    q, r = np.linalg.qr(a)
    sign, log = np.linalg.slogdet(a)
    u, s, t = np.linalg.svd(a)
    low = np.linalg.cholesky(h @ h + np.eye(2))
    e, vectors = np.linalg.eig(a)
    found = np.sum(w * np.arange(1, 3)) + np.sum(s * np.arange(1, 3)) + np.sum(np.abs(r)) + np.sum(np.abs(np.linalg.eigvals(a)) ** 3) + log + sign.real + np.sum(np.abs(np.linalg.pinv(a)))
    return found + np.sum(np.linalg.eigvalsh(h) ** 2) + np.abs(low).sum() + np.sum(np.abs(v) * np.arange(4).reshape(2, 2)) + np.abs(np.sum(e * e))


@vectorize
def squared(z, y):
    return z * z + 1j * y


@njit
def optional(x, flag):
    if flag:
        return 1j * x
    return None


@njit
def parts_of(x):
    for k in range(x.size):
        yield 1j * x[k]


GLOBAL = np.array([1j, 2.0, 3 - 1j, 0.5])


@njit
def turning(x):
    """Methods of a number that is a plain one at first."""
    z, s = 1j, x.conj().sum() + x[1].conjugate()
    for _ in range(3):
        s += z.conjugate().imag
        z = z * x[0] + 0.5
    return s


@njit
def numbas(x):
    """What Numba has besides: ufuncs of one's own, optional values, generators, globals, arrays without axes, conversions, orders."""
    z = x * (1 + 1j)
    w = np.array(1j * x[0])
    s = np.sum(np.abs(squared(z, x))) + abs(squared(1j * x[0], x[1])) + np.sum(np.abs(squared(x, x)))
    found = optional(x[0], x[1] > 0)
    if found is not None:
        s += abs(found * found + x[2])
    for v in parts_of(x):
        s += (v * v.conjugate() + v).imag
    s += np.sum(np.abs(GLOBAL * x + 1j)) + (w * 2).imag + w[()].imag + np.complex128(z[0]).imag + (np.complex128(1j) * x[1]).imag
    y = np.ones(3) * 1j
    y[1] = x[0]
    u = z + 1j * x[::-1] ** 2
    ordered, places = np.sort(u), np.argsort(u)
    u.sort()
    s += np.correlate(x, GLOBAL)[0].imag + np.convolve(x, GLOBAL)[2].imag + np.trapezoid(GLOBAL, x).imag
    return s + turning(x) + abs(y[1] * y[0]) + ordered[1].imag + u[0].real + places[0] * x[0] + np.max(z).imag + z.min().real + np.sign(z)[0].real


@pytest.mark.parametrize("f", [language, allocated, viewed, reduced, ufuncs, numbas, *(pytest.param(f, marks=pytest.mark.slow) for f in (systems, decomposed))])
def test_programs(f):
    F = agree(f, rtol=1e-6)
    points = np.stack([X, ELSEWHERE, 0.9 * X])
    value, gradients = F.batch_value_and_grad(points)
    np.testing.assert_allclose(value, [f(p) for p in points], rtol=1e-12)
    np.testing.assert_allclose(gradients, [jt.vjp(f, p)[1](1.0)[0] for p in points], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(F.hessian(X)[1], differences(lambda x: F.grad(x)[1], X), rtol=1e-5, atol=1e-7)
    if f is language:
        value, gradient = jt.value_and_grad(f)(X)
        np.testing.assert_allclose((value, *gradient), (F(X), *F.grad(X)), rtol=1e-13)


# --- functions of a number ------------------------------------------------------------------------------------------------------

CMATH = ("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "asinh", "acosh", "atanh")
RULES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}


@njit
def elementary(z):
    out = np.zeros(24, np.complex128)
    out[0], out[1], out[2], out[3] = cmath.exp(z), cmath.log(z), cmath.log10(z), cmath.sqrt(z)
    out[4], out[5], out[6], out[7] = cmath.sin(z), cmath.cos(z), cmath.tan(z), cmath.sinh(z)
    out[8], out[9], out[10], out[11] = cmath.cosh(z), cmath.tanh(z), cmath.asin(z), cmath.acos(z)
    out[12], out[13], out[14], out[15] = cmath.atan(z), cmath.asinh(z), cmath.acosh(z), cmath.atanh(z)
    out[16], out[17], out[18], out[19] = z**2, z**-3, z**0.5, z ** (1 + 2j)
    out[20], out[21], out[22], out[23] = 2.0**z, cmath.log(z, 2j), 1 / z, z ** np.conjugate(z).conjugate()
    return out


def truth(k, z, mp):
    """The exact function of a number of mpmath's."""
    if k < len(CMATH):
        name = CMATH[k]
        return getattr(mp, name)(z)
    others = (lambda z: z**2, lambda z: z**-3, mp.sqrt, lambda z: z ** mp.mpc(1, 2), lambda z: mp.mpf(2) ** z, lambda z: mp.log(z) / mp.log(mp.mpc(0, 2)), lambda z: 1 / z, lambda z: z**z)
    return others[k - len(CMATH)](z)


INSIDE = [0.3 + 0.7j, -1.4 + 0.2j, 2.5 - 3.5j, -0.6 - 0.8j, 0.6 + 0.8000001j, 1e-3 - 1e-4j, 3.0 + 1e-9j, 1 - 1e-7j]


def test_functions_of_a_number_at_their_hard_places():
    mp = pytest.importorskip("mpmath").mp
    jacobian = jt.jacobian(elementary, holomorphic=True)
    with mp.workdps(60):
        for z in INSIDE:
            value = jt.jvp(elementary, (z,), (0j,))[0]
            exact = [complex(truth(k, mp.mpc(z), mp)) for k in range(24)]
            slopes = [complex(mp.diff(lambda u, k=k: truth(k, u, mp), mp.mpc(z), h=mp.mpf(10) ** -25)) for k in range(24)]
            np.testing.assert_allclose(value, elementary(z), rtol=1e-8)  # Numba's own lose digits near |z| = 1
            np.testing.assert_allclose(value, exact, rtol=3e-14)
            np.testing.assert_allclose(jacobian(z), slopes, rtol=1e-11)


AXES = [complex(a, b) for a in (0.5, -0.5, 2.0, -2.0) for b in (0.0, -0.0)] + [complex(a, b) for b in (0.5, -0.5, 2.0, -2.0) for a in (0.0, -0.0)]


def test_on_branch_cuts_values_are_numbas_and_slopes_those_of_the_side():
    jacobian = jt.jacobian(elementary, holomorphic=True)
    F = jt.record(elementary, 0.3 + 0.2j)
    for z in AXES:
        value, plain = jt.jvp(elementary, (z,), (0j,))[0], elementary(z)
        np.testing.assert_allclose(value, plain, rtol=1e-12, atol=1e-15, err_msg=str(z))
        np.testing.assert_allclose(F(z), plain, rtol=1e-12, atol=1e-15, err_msg=str(z))
        aside = complex(z.real + math.copysign(1e-9, z.real), z.imag + math.copysign(1e-9, z.imag))
        np.testing.assert_allclose(jacobian(z), jacobian(aside), rtol=1e-6, atol=1e-6, err_msg=str(z))


@njit
def signs(z, x):
    """Zeros that sums, products and powers make, whose signs choose the side of a cut."""
    out = np.zeros(12, np.complex128)
    out[0], out[1], out[2], out[3] = z + 3, x + z, 1j * z, z * 1j
    out[4], out[5], out[6], out[7] = z - (0.5 - 0j), 0j - z, z**2.5, z**0
    out[8], out[9], out[10], out[11] = z + 0j, -z, (z * z) ** 3.5, z.conjugate() + x
    return out


def test_zeros_have_the_plain_functions_signs():
    """Values that leave native code are those that it went on with: Python chooses the same side of a cut."""
    F = jt.record(signs, 0.3 + 0.2j, 0.5)
    for z in [*AXES, 0j, complex(-0.0, 0.0), complex(-0.0, -0.0)]:
        for x in (0.0, -0.0, 1.5):
            want = signs(z, x)
            for found in (jt.vjp(signs, z, x)[0], F(z, x)):
                np.testing.assert_allclose(found, want, rtol=1e-14)
                for p, q in ((found.real, want.real), (found.imag, want.imag)):
                    np.testing.assert_array_equal(np.signbit(p)[q == 0], np.signbit(q)[q == 0], err_msg=f"{z} {x}")
            roots = jt.vjp(lambda z, x: np.sqrt(jt.native.wrap(signs)(z, x)), z, x)[0]
            np.testing.assert_allclose(roots, np.sqrt(want), rtol=1e-14)


def test_real_recorded_numbers_are_complex_ones_to_cmath():
    @njit
    def roots(x):
        r, phi = cmath.polar(complex(x[0], x[1]))
        w = cmath.rect(x[2], x[3])
        return cmath.sqrt(x[2]).imag + r * phi + w.real * w.imag + cmath.phase(w) + cmath.isfinite(w) + cmath.isnan(w) + cmath.isinf(w)

    agree(roots, elsewhere=X * 1.1)


# --- arguments and results ---------------------------------------------------------------------------------------------------------


@njit
def energy(z, a):
    s = 0.0
    for k in range(z.size):
        s += abs(z.flat[k] * a) ** 2 + (z.flat[k] ** 3).real
    return s


Z, A = np.array([1 + 2j, 0.3 - 0.5j, -1j, 2.0]), 0.5 + 1j


def by_python(z, a):
    return np.sum(np.abs(z * a) ** 2) + np.sum((z**3).real)


@pytest.mark.parametrize("z", [Z, np.repeat(Z, 2)[::2], np.asfortranarray(Z.reshape(2, 2)), Z.reshape(2, 2)])
def test_complex_arguments_as_in_python(z):
    want = jt.grad(by_python, argnums=(0, 1))(z, A)
    for found in (jt.grad(energy, argnums=(0, 1))(z, A), jt.native.grad(energy, argnums=(0, 1))(z, A), jt.record(energy, z, A).grad(z, A)):
        for g, w in zip(found, want, strict=True):
            np.testing.assert_allclose(g, w, rtol=1e-13)
    value, gradient = jt.native.value_and_grad(energy)(z, A)
    np.testing.assert_allclose(value, by_python(z, A))
    np.testing.assert_allclose(gradient, want[0], rtol=1e-13)


def test_drivers_of_complex_arguments_and_results():
    v = Z[::-1] * 1j
    np.testing.assert_allclose(jt.jvp(energy, (Z, A), (v, 2j)), jt.jvp(by_python, (Z, A), (v, 2j)))
    np.testing.assert_allclose(jt.hvp(energy)(Z, v, A), jt.hvp(by_python)(Z, v, A))
    F = jt.record(energy, Z, A)
    np.testing.assert_allclose(F.batch_grad(np.stack([Z, v]), np.array([A, 1.0]))[0], [jt.grad(by_python)(Z, A), jt.grad(by_python)(v, 1.0 + 0j)])

    @njit
    def cubes(z):
        return z**3 * (1 + 2j)

    assert np.isclose(jt.grad(cubes, holomorphic=True)(1 + 1j), 3 * (1 + 1j) ** 2 * (1 + 2j))
    assert np.isclose(jt.hessian(cubes, holomorphic=True)(1 + 1j), 6 * (1 + 1j) * (1 + 2j))
    with pytest.raises(GradientError, match="returned a complex number.*holomorphic"):
        jt.grad(cubes)(1 + 1j)

    @njit
    def waves(x):
        return np.exp(1j * x) * x[0]

    x = X[:2]
    np.testing.assert_allclose(jt.jacobian(waves)(x), jt.jacobian(waves.py_func)(x))
    np.testing.assert_allclose(jt.vjp(waves, x)[1](np.array([1j, 2.0])), jt.vjp(waves.py_func, x)[1](np.array([1j, 2.0])))


def test_single_precision_of_native_gradients():
    value, g = jt.native.value_and_grad(energy)(Z.astype(np.complex64), A)
    assert g.dtype == np.complex64
    np.testing.assert_allclose(g, jt.grad(by_python)(Z, A), rtol=1e-6)


def test_inside_native_code():
    gradient = jt.native.grad(energy, argnums=(0, 1))

    @njit
    def descend(z, a):
        for _ in range(3):
            z = z - 0.01 * np.conj(gradient(z, a)[0])
        return z

    z = Z
    for _ in range(3):
        z = z - 0.01 * np.conj(jt.grad(by_python)(z, A))
    np.testing.assert_allclose(descend(Z, A), z)


def test_stores_into_arguments_and_views_of_them():
    @njit
    def parts(z):
        z[0] = 2 * z[1]
        z.real[2] = 5.0
        return z, z.real, z[1:], z.imag[::2]

    whole = jt.native.wrap(parts)

    def program(z):
        w, re, rest, im = whole(z) if not isinstance(z, np.ndarray) else parts(z)
        w[1] = 7 * w[3]
        return np.sum(np.abs(z) ** 2) + re[1] * rest[0].imag + im[1] * re[0]

    z, h = Z.copy(), 1e-6
    g = jt.grad(program)(z.copy())
    for k in range(4):
        e = np.zeros(4)
        e[k] = h
        slope = [(program(z + d * e) - program(z - d * e)) / (2 * h) for d in (1, 1j)]
        assert np.isclose(g[k], slope[0] - 1j * slope[1], rtol=1e-6, atol=1e-8)
    with pytest.raises(GradientError, match="shares memory.*copy"):
        jt.grad(lambda z: jt.native.wrap(store)(z, z.real))(Z)


@njit
def store(z, x):
    z[0] = x[1]
    return abs(z[0]) + x[0]


# --- what is refused ------------------------------------------------------------------------------------------------------------

G = jt.native.grad(energy)
REFUSED = [
    (lambda x, w: w.__setitem__(0, x[0]) or x[0], DerivativeLostError, "array of plain numbers"),
    (lambda x, w: np.sort((x * 1j).reshape(2, 2))[0, 0].real, RecordingError, "sort.*complex"),
    (lambda x, w: float(x[0] * 1j), RecordingError, r"float\(differentiated complex128\)"),
    (lambda x, w: int(x[0] * 1j), RecordingError, r"int\(differentiated complex128\).*real and imaginary"),
    (lambda x, w: 1.0 if x[0] * 1j < 2j else x[0], RecordingError, r"lt\(differentiated complex128, complex128\).*z.real"),
    (lambda x, w: (x * 1j).view(np.float64)[0], RecordingError, "z.real and z.imag"),
    (lambda x, w: (x * 1j).astype(np.float64)[0], RecordingError, "drop the imaginary part"),
    (lambda x, w: np.vander(x * 1j)[0, 0].real, RecordingError, "vander.*complex"),
    (lambda x, w: np.cov(x * 1j).real, RecordingError, "cov.*complex"),
    (lambda x, w: G(x * 1j, x[0])[0].real, RecordingError, "nested for real arguments only"),
    (lambda x, w: np.array([1j * x[0]], np.float64)[0], (RecordingError, DerivativeLostError), "complex|plain"),
]


@pytest.mark.parametrize("k", range(len(REFUSED)))
def test_refused_in_words(k):
    f, error, match = REFUSED[k]
    if k == 0:

        def f(x, w):
            w[0] = x[0] * 1j
            return x[0]

    with pytest.raises(error, match=match):
        jt.grad(njit(f))(X, np.zeros(2, complex))


def test_what_native_code_refuses_of_complex_numbers():
    with pytest.raises(Exception, match="with respect to real numbers"):
        jt.native.hessian(energy)(Z, A)
    with pytest.raises(Exception, match="returned a complex one"):
        jt.native.grad(njit(lambda z: z * z))(1j)


def test_division_by_zero_is_an_error_as_in_the_plain_function():
    @njit
    def divided(x):
        return abs(1 / complex(x[0], x[1]))

    with pytest.raises(ZeroDivisionError):
        jt.grad(divided)(np.zeros(2))


def test_nothing_is_imported_for_real_functions():
    code = (
        "import sys, numpy as np, numba, jittape as jt\n"
        "f = numba.njit(lambda x: np.sum(np.sin(x) * x))\n"
        "jt.grad(f)(np.ones(3)); jt.record(f, np.ones(3))\n"
        "assert 'jittape.native' in sys.modules and not [m for m in sys.modules if m.startswith('jittape.native.complexes')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
