"""Complex arguments and results: JAX's conventions, compared with JAX where it is installed, and with differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit

import jittape as jt
import jittape.numpy as jnp

Z = np.array([0.3 + 0.5j, -1.2 + 0.7j, 2.0 - 0.9j])
V = np.array([1.0 - 2.0j, 0.5j, -0.7 + 0.2j])


def differences(f: Callable[[Any], Any], z: Any, h: float = 1e-6) -> Any:
    """df/dx - i df/dy of a real function."""
    z = np.asarray(z, complex)
    g = np.zeros_like(z)
    for i in np.ndindex(z.shape):
        for step in (1.0, 1j):
            e = np.zeros_like(z)
            e[i] = h * step
            g[i] += (f(z + e) - f(z - e)) / (2 * h) * np.conj(step)
    return g


def real(np: Any, z: Any) -> Any:
    return np.sum(np.abs(z * z / (z + 2.0)) ** 2 * np.angle(z)) + np.real(z[0] * np.conj(z[1])) - np.imag(np.exp(z[2]))


def analytic(np: Any, z: Any) -> Any:
    return z[0] * np.exp(z[1]) / z[2] + z[1] * z[1]


def both(np: Any, z: Any) -> Any:
    return np.stack([z[0] * np.exp(np.conj(z[1])), z[1] * np.abs(z[2]), z[2]])


def several(np: Any, z: Any) -> Any:
    return np.stack([z[0] * np.exp(z[1]), z[1] * z[2] * 1j])


def test_gradients_of_real_results():
    np.testing.assert_allclose(jt.grad(lambda z: real(np, z))(Z), differences(lambda z: real(np, z), Z), rtol=1e-7)
    value, g = jt.value_and_grad(lambda z: real(np, z))(Z)
    assert value == pytest.approx(real(np, Z)) and g.dtype == np.complex128
    assert jt.grad(lambda z: abs(z) ** 2)(1 + 2j) == 2 - 4j
    g = jt.grad(lambda d, x: np.abs(d["a"] * d["b"][0] * x) ** 2, argnums=(0, 1))({"a": 1 + 1j, "b": (2.0,)}, 1j)
    assert g[0]["a"] == 8 - 8j and g[0]["b"][0] == 8.0 and g[1] == -16j
    assert isinstance(g[0]["b"][0], np.float64) and isinstance(g[1], np.complex128)


def test_gradients_of_single_precision():
    z = Z.astype(np.complex64)
    g = jt.grad(lambda z: np.sum(np.abs(z) ** 2))(z)
    assert g.dtype == np.complex64
    np.testing.assert_allclose(g, 2 * np.conj(z))
    assert jt.jacobian(lambda x: x * 1j)(np.ones(2, np.float32)).dtype == np.complex64


def test_analytic_functions():
    g = jt.grad(lambda z: analytic(np, z), holomorphic=True)(Z)
    h = 1e-6
    for k, e in enumerate(np.eye(3)):
        assert g[k] == pytest.approx((analytic(np, Z + h * e) - analytic(np, Z - h * e)) / (2 * h), rel=1e-7)
    for driver in (jt.jacobian, jt.jacfwd, jt.jacrev):
        J = driver(lambda z: several(np, z), holomorphic=True)(Z)
        np.testing.assert_allclose(J, [[np.exp(Z[1]), Z[0] * np.exp(Z[1]), 0], [0, Z[2] * 1j, Z[1] * 1j]])
    assert jt.value_and_grad(lambda z: z * z, holomorphic=True)(1 + 2j) == (-3 + 4j, 2 + 4j)
    assert jt.hessian(lambda z: z * z * z, holomorphic=True)(1 + 2j) == pytest.approx(6 * (1 + 2j))
    assert jt.grad(jt.grad(lambda z: z * z * z, holomorphic=True), holomorphic=True)(1 + 2j) == pytest.approx(6 * (1 + 2j))
    np.testing.assert_allclose(jt.hvp(lambda z: analytic(np, z), holomorphic=True)(Z, V), jt.hessian(lambda z: analytic(np, z), holomorphic=True)(Z) @ V)
    np.testing.assert_allclose(jt.elementwise_grad(lambda z: z * z, holomorphic=True)(Z), 2 * Z)


def test_jacobians_of_complex_results():
    x = Z.real.copy()
    found = jt.jacobian(lambda x, y: {"a": several(np, x + 1j * y), "b": x * y}, argnums=(0, 1))(x, x + 1)
    h = 1e-6
    for k, e in enumerate(np.eye(3)):
        for n, d in enumerate((h * e, 1j * h * e)):
            np.testing.assert_allclose(found["a"][n][:, k], (several(np, x + 1j * (x + 1) + d) - several(np, x + 1j * (x + 1) - d)) / (2 * h), atol=1e-8)
    np.testing.assert_array_equal(found["b"][0], np.diag(x + 1))
    J = jt.jacobian(lambda z: np.stack([np.abs(z[0]) ** 2, np.real(z[1] * z[2])]))(Z)
    np.testing.assert_allclose(J, [[2 * np.conj(Z[0]), 0, 0], [0, Z[2], Z[1]]])


def test_pairings():
    out, pull = jt.vjp(lambda z: both(np, z), Z)
    _, tangent = jt.jvp(lambda z: both(np, z), (Z,), (V,))
    seed = np.array([1 + 2j, -0.5j, 0.3])
    np.testing.assert_allclose(out, both(np, Z))
    assert np.real(seed @ tangent) == pytest.approx(np.real(pull(seed)[0] @ V))
    h = 1e-6
    np.testing.assert_allclose(tangent, (both(np, Z + h * V) - both(np, Z - h * V)) / (2 * h), rtol=1e-7)
    product = jt.hvp(lambda z: real(np, z))(Z, V)
    np.testing.assert_allclose(product, (differences(lambda z: real(np, z), Z + 1e-4 * V) - differences(lambda z: real(np, z), Z - 1e-4 * V)) / 2e-4, atol=1e-4)
    np.testing.assert_allclose(pull(np.ones(3))[0], pull(np.ones(3, complex))[0])


def test_jax():
    jax = pytest.importorskip("jax")
    enabled = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        j = jax.numpy
        same = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)  # noqa: E731
        same(jt.grad(lambda z: real(np, z))(Z), jax.grad(lambda z: real(j, z))(Z))
        same(jt.grad(lambda z: analytic(np, z), holomorphic=True)(Z), jax.grad(lambda z: analytic(j, z), holomorphic=True)(Z))
        same(jt.hessian(lambda z: analytic(np, z), holomorphic=True)(Z), jax.hessian(lambda z: analytic(j, z), holomorphic=True)(Z))
        same(jt.jacrev(lambda z: several(np, z), holomorphic=True)(Z), jax.jacrev(lambda z: several(j, z), holomorphic=True)(Z))
        same(jt.jacrev(lambda z: np.abs(z) ** 2)(Z), jax.jacrev(lambda z: j.abs(z) ** 2)(Z))
        same(jt.jacfwd(lambda x: both(np, x * (1 + 1j)))(Z.real.copy()), jax.jacfwd(lambda x: both(j, x * (1 + 1j)))(Z.real))
        seed = np.array([1 + 2j, -0.5j, 0.3])
        same(jt.vjp(lambda z: both(np, z), Z)[1](seed)[0], jax.vjp(lambda z: both(j, z), Z)[1](seed)[0])
        for mine, theirs in zip(jt.jvp(lambda z: both(np, z), (Z,), (V,)), jax.jvp(lambda z: both(j, z), (Z,), (V,)), strict=True):
            same(mine, theirs)
        same(jt.hvp(lambda z: real(np, z))(Z, V), jax.jvp(jax.grad(lambda z: real(j, z)), (Z,), (V,))[1])
    finally:
        jax.config.update("jax_enable_x64", enabled)


def test_nested():
    def inner(t: Any) -> Any:  # a gradient by a complex number within a function of a real one
        g = jt.grad(lambda z: np.abs(z * t) ** 2)(1 + 2j)
        return g.real * g.imag + np.abs(g)

    assert jt.grad(inner)(0.5) == pytest.approx(-32 * 0.5**3 + 4 * 0.5 * np.sqrt(5))
    g = jt.grad(lambda z: np.sum(np.abs(jt.jacobian(lambda x: x * z[0])(np.array([1.0, 2.0])))))(Z[:1])
    assert g[0] == pytest.approx(2 * np.conj(Z[0]) / abs(Z[0]))
    assert jt.jacobian(lambda x: jt.jvp(lambda z: z * z * x, (1j,), (1.0,))[1])(2.0) == 2j


def test_has_aux_and_layouts():
    g, aux = jt.grad(lambda z: (np.sum(np.abs(z) ** 2), {"z": z * 2, "n": 1j}), has_aux=True)(np.asfortranarray(np.outer(Z, Z)))
    np.testing.assert_allclose(g, 2 * np.conj(np.outer(Z, Z)))
    np.testing.assert_allclose(aux["z"], 2 * np.outer(Z, Z))
    np.testing.assert_allclose(jt.grad(lambda z: np.sum(np.abs(z) ** 2))(np.outer(Z, Z)[::2, 1:]), 2 * np.conj(np.outer(Z, Z)[::2, 1:]))

    def stores(z: Any) -> Any:
        z[0] = z[1] * 2
        w = jnp.zeros(3, complex)
        w[1:] = z[:2]
        return np.sum(np.abs(w) ** 2)

    np.testing.assert_allclose(jt.grad(stores)(Z.copy()), [0, 10 * np.conj(Z[1]), 0])


@pytest.mark.parametrize(("call", "message"), [
    (lambda: jt.grad(lambda z: z * z)(1 + 2j), "returned a complex number.*holomorphic=True"), (lambda: jt.value_and_grad(lambda x: x * 1j)(1.0), "returned a complex number.*jacobian"),
    (lambda: jt.jacobian(lambda z: z * z)(Z), "holomorphic=True.*jittape.vjp"), (lambda: jt.hessian(lambda z: np.abs(z[0]))(Z), "hessian.*holomorphic=True"),
    (lambda: jt.grad(lambda x: x, holomorphic=True)(1.0), "holomorphic.*real ones"), (lambda: jt.grad(lambda z: z.real, holomorphic=True)(1j), "holomorphic.*result holds real"),
    (lambda: jt.jvp(lambda x: x, (1.0,), (1j,)), "jvp: leaf 0 is complex, but the primals"), (lambda: jt.vjp(lambda x: x, 1.0)[1](1j), "vjp_fn: leaf 0 is complex"),
    (lambda: jt.grad(lambda z: z[0].real)(np.array([1j], object)), "float64"), (lambda: jt.grad(lambda z: np.sum(z * z))(Z), "returned a complex number"),
])  # fmt: skip
def test_refusals(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def _doubling(z: Any, w: Any) -> Any:
    if z[0].real > 0:
        z[0] = 2 * z[0]
    return np.sum(np.abs(z) ** 2) + np.sum((w * w).real)


def _imaginary(z: Any, w: Any) -> Any:
    z.imag[-1] = 5.0
    return np.sum(np.abs(z) ** 2) + np.sum((w * w).real)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("f", [_doubling, _imaginary])
def test_complex_arguments_that_share_memory_are_refused_where_they_are_stored_into(f: Any, compiled: bool) -> None:
    always = f is _imaginary
    f = njit(f) if compiled else f
    z = np.array([1 + 1j, 2.0, 1 + 3j])
    for others in ((z, z), (z, z[:]), (z[::-1], z), (z, z.real)):
        for derivative in (jt.grad(f), jt.grad(f, argnums=(0, 1)), lambda *args: jt.record(f, *args), jt.jacobian(f)):
            with pytest.raises(jt.GradientError, match="share memory"):
                derivative(*others)
    if always:
        return
    x = -z  # nothing is stored
    for a, b in zip(jt.grad(f, argnums=(0, 1))(x, x[:]), jt.grad(f, argnums=(0, 1))(x.copy(), x.copy()), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(jt.grad(f, argnums=(0, 1))(z[:1], z[1:])[0], 8 * np.conj(z[:1]))  # side by side
