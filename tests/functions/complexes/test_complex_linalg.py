"""Linear algebra of complex recorded matrices: NumPy's values, differences for derivatives of first and second order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy_oracle import agree

import jittape as jt

rng = np.random.default_rng(3)
RE, IM = rng.standard_normal((2, 3, 3))
TALL_RE, TALL_IM = rng.standard_normal((2, 4, 3))
B = rng.standard_normal((3, 2)) + 1j * rng.standard_normal((3, 2))
T = rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4))


def parts(z):
    return np.real(z), np.imag(z)


def positive(z):
    return z @ np.conj(z.T) + np.eye(len(z))


def phases(v, r):
    """What does not depend on the phase of a column."""
    return np.abs(np.conj(v.T) @ r) ** 2


SQUARE = {
    "solve": lambda z: np.linalg.solve(z, B), "solve vector": lambda z: np.linalg.solve(z, B[:, 0]), "solve of real": lambda z: np.linalg.solve(RE, z), "inv": lambda z: np.linalg.inv(z), "det": lambda z: np.linalg.det(z),
    "slogdet": lambda z: np.linalg.slogdet(z)[0] * np.linalg.slogdet(z)[1], "cholesky": lambda z: np.linalg.cholesky(positive(z)), "upper": lambda z: np.linalg.cholesky(positive(z), upper=True),
    "eigvalsh": lambda z: np.linalg.eigvalsh(z + np.conj(z.T)) + 0j, "triangle": lambda z: np.linalg.eigvalsh(z, "U") + 0j, "eigh": lambda z: phases(np.linalg.eigh(z + np.conj(z.T))[1], B) + 0j,
    "function by eigh": lambda z: (lambda e: (e[1] * np.sqrt(e[0])) @ np.conj(e[1].T))(np.linalg.eigh(positive(z))), "svd": lambda z: np.linalg.svd(z, compute_uv=False) + 0j,
    "svd vectors": lambda z: (lambda d: (d[0] * np.sqrt(d[1])) @ d[2])(np.linalg.svd(z)), "eigvals": lambda z: np.sum(np.exp(np.linalg.eigvals(z)) ** 2 * np.array(1 + 2j)), "eig": lambda z: (lambda e: (e[1] * np.exp(e[0])) @ np.linalg.inv(e[1]))(np.linalg.eig(z)),
    "vectors of eig": lambda z: phases(np.linalg.eig(z)[1], B) + 0j,
    "qr": lambda z: np.linalg.qr(z)[0] @ np.diag(np.arange(3.0)) + np.linalg.qr(z)[1], "pinv": lambda z: np.linalg.pinv(z[:, :2]), "power": lambda z: np.linalg.matrix_power(z, 3) + np.linalg.matrix_power(z, -2) + np.linalg.matrix_power(z, 0),
    "norms": lambda z: np.stack([np.linalg.norm(z), np.linalg.norm(z, 1), np.linalg.norm(z, np.inf), np.linalg.norm(z, 2), np.linalg.norm(z, "nuc"), np.linalg.norm(z[0], 3), np.linalg.norm(z, axis=0)[1], np.linalg.cond(z), np.linalg.vector_norm(z)]) + 0j,
    "stacks": lambda z: np.linalg.inv(np.stack([z, z * 2j])) * np.linalg.det(np.stack([z, z + 1]))[:, None, None], "tensors": lambda z: np.linalg.tensorsolve(z.reshape(3, 1, 3), B[:, :1]) * np.linalg.tensorinv(z, 1)[0],
}  # fmt: skip
SECOND = ("solve", "inv", "det", "slogdet", "eigvalsh", "svd", "cholesky", "function by eigh")


@pytest.mark.parametrize("name", SQUARE)
def test_square_matrices(name):
    agree(lambda x, y: parts(SQUARE[name](x + 1j * y)), RE, IM, order=2 if name in SECOND else 1, rtol=1e-9)


TALL = {
    "svd": lambda z: (lambda d: (d[0] * np.sqrt(d[1])) @ d[2])(np.linalg.svd(z, full_matrices=False)), "wide": lambda z: (lambda d: (d[0] * np.exp(d[1])) @ d[2])(np.linalg.svd(z.T, full_matrices=False)),
    "projection": lambda z: (lambda u: u @ np.conj(u.T))(np.linalg.svd(z, full_matrices=False)[0][:, :2]), "pinv": lambda z: np.linalg.pinv(z), "lstsq": lambda z: np.linalg.lstsq(z, T[:, :2])[0], "lstsq vector": lambda z: np.linalg.lstsq(z, T[:, 0])[0],
    "qr": lambda z: np.linalg.qr(z)[0], "r": lambda z: np.linalg.qr(z, "r"), "qr of wide": lambda z: np.linalg.qr(z.T)[1], "residuals": lambda z: np.linalg.lstsq(z, T[:, :2])[1] + np.linalg.lstsq(z, T)[2] + np.linalg.lstsq(z, T)[3][0] + 0j,
}  # fmt: skip


@pytest.mark.parametrize("name", TALL)
def test_tall_matrices(name):
    agree(lambda x, y: parts(TALL[name](x + 1j * y)), TALL_RE, TALL_IM, rtol=1e-9)


def test_equal_eigenvalues_and_singular_matrices():
    a = np.diag([1.0, 1.0, 2.0]).astype(complex)
    g = jt.grad(lambda z: np.sum(np.exp(np.linalg.eigvalsh(z))))(a)
    np.testing.assert_allclose(g, np.diag(np.exp([1.0, 1.0, 2.0])), atol=1e-14)
    g = jt.grad(lambda z: np.sum(np.linalg.svd(z, compute_uv=False) ** 2))(a)
    np.testing.assert_allclose(g, 2 * a, atol=1e-14)
    single = np.outer([1.0, 2j, 0.5], [1j, 1.0, 2.0])
    single[0, 0] += 1.0
    e = rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3))
    g = jt.grad(np.linalg.det, holomorphic=True)(single)
    h = 1e-6
    np.testing.assert_allclose(np.sum(g * e), (np.linalg.det(single + h * e) - np.linalg.det(single - h * e)) / (2 * h), rtol=1e-6)
    with pytest.raises(np.linalg.LinAlgError):
        jt.grad(lambda z: np.abs(np.linalg.inv(z)).sum())(np.zeros((2, 2), complex))


def test_jax():
    jax = pytest.importorskip("jax")
    enabled = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        j = jax.numpy
        z = RE + 1j * IM
        for f in (
            lambda np, z: np.abs(np.linalg.det(z)) ** 2 + np.linalg.norm(np.linalg.inv(z)), lambda np, z: np.sum(np.abs(np.linalg.solve(z, B)) ** 2), lambda np, z: np.sum(np.linalg.eigh(z @ np.conj(z.T))[0] ** 3),
            lambda np, z: np.sum(np.abs(np.linalg.svd(z)[0] ** 2)) + np.sum(np.linalg.svd(z, compute_uv=False)), lambda np, z: np.sum(np.abs(np.linalg.cholesky(z @ np.conj(z.T) + 3 * np.eye(3)))),
        ):  # fmt: skip
            np.testing.assert_allclose(jt.grad(lambda z: f(np, z))(z), jax.grad(lambda z: f(j, z))(z), rtol=1e-9, atol=1e-11)  # noqa: B023
    finally:
        jax.config.update("jax_enable_x64", enabled)


def test_batches_and_replays():
    def f(z):
        w, v = np.linalg.eigh(z @ np.conj(z.T))
        return np.sum(w**1.5) + np.real(np.linalg.det(z)) + np.abs(np.linalg.solve(z, B)).sum() + np.sum(phases(v, B))

    z = RE + 1j * IM
    F = jt.record(f, z)
    many = np.stack([z, z * 1j + 1.0, z.T])
    np.testing.assert_allclose(F.batch_grad(many), [jt.grad(f)(m) for m in many], rtol=1e-9)
    np.testing.assert_allclose(F.grad(z.T.copy()), jt.grad(f)(z.T.copy()), rtol=1e-9)


def test_real_matrices_with_complex_spectra():
    a = RE + np.diag([0.0, 1.0, -1.0])
    agree(lambda x: parts(np.sum(np.exp(np.linalg.eigvals(x)) * 2j) + np.sum(np.linalg.eig(x)[0] ** 2)), a, rtol=1e-9)
    agree(lambda p: parts(np.sum(np.roots(p) ** 3)) + parts(np.roots(p[:2])), np.array([1.0, -0.3, 2.0, 0.7]), rtol=1e-9)
    agree(lambda x, y: parts(np.sum(np.roots(x[0] + 1j * y[0]) ** 2)) + parts(np.sort_complex(x[1])) + (np.angle(x), np.angle(x, deg=True)), RE, IM, rtol=1e-9)


def test_functions_of_matrices():
    from jittape.scipy import linalg

    h = np.array([[1.0, 0.3 - 0.2j], [0.3 + 0.2j, -0.5]])
    for f in (lambda t: np.abs(linalg.expm(-1j * t * h)[0, 1]) ** 2, lambda t: np.sum(np.abs(linalg.logm(np.eye(2) * 2 + t * h)))):
        agree(f, 0.7, order=2)


def test_check_grad_takes_complex_arguments():
    assert jt.testing.check_grad(lambda z: (np.sum(np.abs(z) ** 2), z * z), np.array([1j, 2.0 - 1j]))
    with pytest.raises(TypeError, match="complex numbers of real ones"):
        jt.testing.check_grad(lambda x: x * 1j, 1.0)
