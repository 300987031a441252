"""Recorded functions of complex arguments and results: replayed elsewhere, in batches, saved, beside the functional front end."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import jittape as jt

Z = np.array([0.3 + 0.5j, -1.2 + 0.7j, 2.0 - 0.9j])
W = Z[::-1] * 1j
MANY = np.stack([W, Z, W + 1.0, -Z])


def real(z):
    return np.sum(np.abs(z * z / (z + 2)) ** 2 * np.angle(z)) + np.real(z[0] * z[1])


def pair(z):
    return {"w": z * np.exp(z[0]), "r": np.abs(z)}


def spectrum(x, y):
    return np.exp(1j * x) * y


def same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_real_results():
    F = jt.record(real, Z)
    same(F(W), real(W))
    same(F.grad(W), jt.grad(real)(W))
    value, g = F.value_and_grad(W)
    same(value, real(W))
    same(g, F.grad(W))
    same(F.hvp(W, Z), jt.hvp(real)(W, Z))
    same(F.jvp((W,), (Z,))[1], jt.jvp(real, (W,), (Z,))[1])
    same(F.vjp(W)[1](2.0)[0], 2 * F.grad(W))
    same(F.batch_value(MANY), [real(z) for z in MANY])
    same(F.batch_grad(MANY), [jt.grad(real)(z) for z in MANY])
    same(F.batch_hvp(MANY, MANY[::-1]), [jt.hvp(real)(z, v) for z, v in zip(MANY, MANY[::-1], strict=True)])
    same(F.grad(W.real.copy()), jt.grad(real)(W.real + 0j))
    same(F.compile().grad(W), g)


def test_complex_results():
    G = jt.record(pair, Z)
    for name in ("w", "r"):
        same(G(W)[name], pair(W)[name])
        same(G.jvp((W,), (Z,))[1][name], jt.jvp(pair, (W,), (Z,))[1][name])
        same(G.batch_value(MANY)[name], [pair(z)[name] for z in MANY])
    seed = {"w": Z, "r": np.ones(3)}
    same(G.vjp(W)[1](seed)[0], jt.vjp(pair, W)[1](seed)[0])
    H = jt.record(spectrum, Z.real.copy(), Z.imag.copy())
    for mine, theirs in zip(H.jacobian(W.real, W.imag), jt.jacobian(spectrum, (0, 1))(W.real.copy(), W.imag.copy()), strict=True):
        same(mine, theirs)
    same(H.batch_jacobian(MANY.real, MANY.imag)[0][0], H.jacobian(W.real, W.imag)[0])
    K = jt.record(lambda z: np.abs(z) ** 2, Z)
    same(K.jacobian(W), np.diag(2 * np.conj(W)))
    same(K.batch_jacobian(MANY)[1], np.diag(2 * np.conj(Z)))
    S = jt.record(lambda x: np.sum(np.abs(np.exp(1j * x) + x) ** 2), Z.real.copy())
    same(S.hessian(W.real), jt.hessian(lambda x: np.sum(np.abs(np.exp(1j * x) + x) ** 2))(W.real.copy()))


def test_analytic_derivatives_are_recorded():
    def f(z):
        return z[0] * np.exp(z[1] * z[2])

    for derivative in (jt.grad(f, holomorphic=True), jt.hessian(f, holomorphic=True), jt.jacobian(lambda z: z * f(z), holomorphic=True)):
        same(jt.record(derivative, Z)(W), derivative(W))


def test_paths_containers_and_numbers():
    def f(d):
        return np.sum(np.abs(d["a"] * d["b"]) ** 2) if d["a"].real[0] > 0 else np.sum(np.abs(d["a"]))

    F = jt.record(f, {"a": Z, "b": 2.0})
    for a in (W, Z, -Z):
        g, expected = F.grad({"a": a, "b": 3.0}), jt.grad(f)({"a": a, "b": 3.0})
        same(g["a"], expected["a"])
        same(g["b"], expected["b"])
    assert len(F.paths) == 2
    S = jt.record(lambda z, t: abs(z * t) ** 2, 1 + 2j, 1.0)
    assert S.grad(2j, 2.0) == (-16j, 16.0) and isinstance(S.grad(2j, 2.0)[0], np.complex128)
    A = jt.record(lambda z, c: np.sum(np.abs(z * c) ** 2), Z, np.ones(3), argnums=0)
    same(A.grad(W, W.imag), 2 * np.conj(W) * W.imag**2)
    single = jt.record(real, Z.astype(np.complex64))
    assert single.grad(W.astype(np.complex64)).dtype == np.complex64
    np.testing.assert_allclose(single.grad(W.astype(np.complex64)), jt.grad(real)(W), rtol=1e-4)


def test_saved(tmp_path):
    for f, args in ((real, (Z,)), (pair, (Z,)), (spectrum, (Z.real.copy(), Z.imag.copy()))):
        F = jt.record(f, *args)
        F.save(tmp_path / "f.tape")
        for copy in (jt.load(tmp_path / "f.tape"), pickle.loads(pickle.dumps(F))):
            mine, theirs = jt.tree.leaves(copy(*args)), jt.tree.leaves(f(*args))
            for a, b in zip(mine, theirs, strict=True):
                same(a, b)
    F = jt.record(real, Z)
    F.save(tmp_path / "f.tape")
    same(jt.load(tmp_path / "f.tape").grad(W), F.grad(W))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda F, G: F.hessian(W), TypeError, "hessian is for functions of real numbers"), (lambda F, G: F.sparse_hessian(W), TypeError, "sparse_hessian is for"),
    (lambda F, G: F.batch_hessian(MANY), TypeError, "hessian is for"), (lambda F, G: G.grad(W), TypeError, "returns complex numbers.*holomorphic"),
    (lambda F, G: G.jacobian(W), TypeError, "four real derivatives"), (lambda F, G: F.grad(W, out=np.zeros(3, complex)), TypeError, "out= is for"),
    (lambda F, G: F(W[:2]), ValueError, r"shape \(3,\), called with shape \(2,\)"), (lambda F, G: F((W,)), ValueError, "complex"),
    (lambda F, G: jt.record(lambda x: x.sum(), np.ones(3))(W), TypeError, "takes real arrays"), (lambda F, G: F.vjp(W)[1](1j), TypeError, "real there"),
])  # fmt: skip
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call(jt.record(real, Z), jt.record(pair, Z))


def test_the_plain_function_is_compared():
    with pytest.warns(RuntimeWarning, match=r"returns \(?1j"):
        jt.record(lambda z: z * 1j if isinstance(z, np.generic) else z * 2, np.complex128(1.0))
