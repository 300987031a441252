"""Second derivatives, Jacobians and products inside native code by complex numbers, beside the same drivers in Python and finite differences."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

import jittape as jt

rng = np.random.default_rng(3)


def numbers(*shape: int) -> Any:
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


Z, V, C = numbers(4), numbers(4), 0.7 - 0.4j


@numba.njit
def energy(z: Any, c: Any) -> Any:
    """A real function that is not analytic."""
    s = 0.0
    for i in range(z.size):
        w = z[i] * c + np.exp(-z[i - 1]) / (2.0 + z[i] * np.conj(z[i]))
        s += (w * np.conj(w)).real + z[i].imag * abs(z[i - 2])
    return s


@numba.njit
def analytic(z: Any, c: Any) -> Any:
    s = 0j
    for i in range(z.size):
        s += c * z[i] ** 3 * z[i - 1] + np.sin(z[i] * c)
    return s


@numba.njit
def field(z: Any, c: Any) -> Any:
    out = np.zeros((2, z.size), np.complex128)
    for i in range(z.size):
        out[0, i] = z[i] * z[i - 1] * c
        out[1, i] = np.exp(z[i]) + c
    return out, out[0, 0] * c


@numba.njit
def spectrum(x: Any, a: Any) -> Any:
    """Complex results of real numbers."""
    out = np.zeros(x.size, np.complex128)
    for i in range(x.size):
        out[i] = np.exp(1j * x[i] * a) * x[i - 1]
    return out, out[0] * x[1], a * x


@numba.njit
def lengths(z: Any, c: Any) -> Any:
    """Real results of complex numbers."""
    return np.abs(z * c), z[0].real * z[1].imag


def same(got: Any, want: Any) -> None:
    if isinstance(want, tuple):
        assert len(got) == len(want)
        for a, b in zip(got, want, strict=True):
            same(a, b)
        return
    assert np.shape(got) == np.shape(want) and np.iscomplexobj(got) == np.iscomplexobj(want)
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_products_with_hessians() -> None:
    same(jt.native.hvp(energy)(Z, V, C), jt.hvp(energy)(Z, V, C))
    h = 1e-6
    slope = jt.native.grad(energy)
    np.testing.assert_allclose(jt.native.hvp(energy)(Z, V, C), (slope(Z + h * V, C) - slope(Z - h * V, C)) / (2 * h), atol=1e-7)
    recorded = jt.native.wrap(energy)
    same(jt.native.hvp(energy, (0, 1))(Z, (V, 1j), C), jt.hvp(lambda both: recorded(*both))((Z, C), (V, 1j)))
    same(jt.native.hvp(energy)(Z, V.real, C), jt.hvp(energy)(Z, V.real + 0j, C))
    same(jt.native.hvp(analytic, holomorphic=True)(Z, V, C), jt.hvp(analytic, holomorphic=True)(Z, V, C))


def test_hessians_of_analytic_functions() -> None:
    same(jt.native.hessian(analytic, holomorphic=True)(Z, C), jt.hessian(analytic, holomorphic=True)(Z, C))
    value, g, h = jt.native.value_grad_and_hessian(analytic, holomorphic=True)(Z, C)
    same((value, g, h), (analytic(Z, C), jt.grad(analytic, holomorphic=True)(Z, C), jt.hessian(analytic, holomorphic=True)(Z, C)))
    same(jt.native.hessian(analytic, (0, 1), holomorphic=True)(Z, C), jt.hessian(analytic, (0, 1), holomorphic=True)(Z, C))


@pytest.mark.parametrize(("f", "x", "c", "holomorphic"), [(spectrum, Z.real.copy(), 0.3, False), (lengths, Z, C, False), (field, Z, C, True)])
@pytest.mark.parametrize("argnums", [0, (0, 1)])
def test_jacobians(f: Any, x: Any, c: Any, holomorphic: bool, argnums: Any) -> None:
    want = jt.jacobian(f, argnums, holomorphic=holomorphic)(x, c)
    same(jt.native.jacobian(f, argnums, holomorphic=holomorphic)(x, c), want)
    value, found = jt.native.value_and_jacobian(f, argnums, holomorphic=holomorphic)(x, c)
    same(value, f(x, c))
    same(found, want)


@pytest.mark.parametrize(("f", "x", "c"), [(spectrum, Z.real.copy(), 0.3), (lengths, Z, C), (field, Z, C), (energy, np.asfortranarray(Z), C)])
def test_directional_derivatives(f: Any, x: Any, c: Any) -> None:
    v, d = (V, 0.2 + 0.1j) if np.iscomplexobj(x) else (V.real.copy(), 0.2)
    value, tangent = jt.native.jvp(f)((x, c), (v, d))
    same(value, f(x, c))
    same(tangent, jt.jvp(f, (x, c), (v, d))[1])


def test_in_native_loops_of_single_precision_and_of_matrices() -> None:
    push = jt.native.hvp(energy)

    @numba.njit(parallel=True)
    def all_of(Z: Any, V: Any, c: Any) -> Any:
        out = np.empty_like(Z)
        for k in numba.prange(len(Z)):
            out[k] = push(Z[k], V[k], c)
        return out

    many, along = numbers(20, 4), numbers(20, 4)
    same(all_of(many, along, C), np.array([jt.hvp(energy)(z, v, C) for z, v in zip(many, along, strict=True)]))
    single = push(Z.astype(np.complex64), V.astype(np.complex64), C)
    assert single.dtype == np.complex64
    np.testing.assert_allclose(single, push(Z, V, C), rtol=1e-5, atol=1e-5)
    jac = jt.native.jacobian(lengths)(Z.astype(np.complex64), C)
    assert jac[0].dtype == jac[1].dtype == np.complex64

    @numba.njit
    def product(A: Any, b: Any) -> Any:
        return A @ b

    A, b = numbers(3, 2), numbers(2)
    same(jt.native.jacobian(product, (0, 1), holomorphic=True)(A, b), jt.jacobian(product, (0, 1), holomorphic=True)(A, b))


def test_what_is_refused() -> None:
    for driver in (jt.native.hessian, jt.native.value_grad_and_hessian):
        with pytest.raises(TypingError, match="second derivatives are no complex matrix.*holomorphic=True"):
            driver(energy)(Z, C)
    with pytest.raises(TypingError, match="four real derivatives.*holomorphic=True"):
        jt.native.jacobian(field)(Z, C)
    with pytest.raises(TypingError, match="holomorphic=True is for functions of complex numbers.*the argument holds real ones"):
        jt.native.jacobian(spectrum, holomorphic=True)(Z.real.copy(), 0.3)
    with pytest.raises(TypingError, match="holomorphic=True is for functions of complex numbers.*the result holds real ones"):
        jt.native.jacobian(lengths, holomorphic=True)(Z, C)
    with pytest.raises(TypingError, match="holomorphic=True is for functions of complex numbers to complex numbers; energy returned"):
        jt.native.hessian(energy, holomorphic=True)(Z, C)
    with pytest.raises(TypingError, match="returned a complex one.*holomorphic=True"):
        jt.native.hvp(analytic)(Z, V, C)
    with pytest.raises(TypingError, match="real numbers"):
        jt.native.jvp(spectrum)((Z.real.copy(), 0.3), (V, 0.1))
    with pytest.raises(ValueError, match="does not have the shape"):
        jt.native.hvp(energy)(Z, V[:2], C)


def test_residuals_are_real() -> None:
    @numba.njit
    def waves(p: Any) -> Any:
        return np.exp(1j * p) * p

    for driver in (jt.native.least_squares, jt.native.root):
        with pytest.raises(TypingError, match="return real numbers, not complex ones"):
            driver(waves)(np.ones(2))
