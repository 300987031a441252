"""Functions that move elements of complex recorded arrays, and assignments in place, with NumPy's views."""

from __future__ import annotations

import numpy as np
import pytest
from numpy_oracle import agree

import jittape as jt
import jittape.numpy as jnp

RE = np.array([[0.3, -1.2, 0.7], [-0.4, 1.5, -2.1]])
IM = np.array([[0.5, 0.7, -0.9], [-0.6, -1.1, 0.2]])
K = np.array([[1.0 + 0.5j, -0.3 + 2.0j, -0.7j], [0.4 - 1.2j, -1.5, 2.0 - 0.25j]])


def parts(z):
    return np.real(z), np.imag(z)


MOVES = {
    "reshape": lambda z: z.reshape(3, 2), "np.reshape": lambda z: np.reshape(z, (3, -1)), "ravel": lambda z: z.ravel("F"), "T": lambda z: z.T, "transpose": lambda z: np.transpose(z, (1, 0)),
    "flatten": lambda z: z.flatten(), "moveaxis": lambda z: np.moveaxis(z, 0, 1), "roll": lambda z: np.roll(z, 1, 1), "flip": lambda z: np.flip(z, 1), "tile": lambda z: np.tile(z, (2, 1)),
    "repeat": lambda z: z.repeat(2, 1), "take": lambda z: z.take([0, 2, 2], 1), "squeeze": lambda z: z[None].squeeze(0), "diagonal": lambda z: np.diagonal(z), "diag": lambda z: np.diag(z[0]),
    "tril": lambda z: np.tril(z), "triu": lambda z: np.triu(z, 1), "broadcast_to": lambda z: np.broadcast_to(z[0], (2, 3)), "split": lambda z: np.split(z, 3, 1)[1], "delete": lambda z: np.delete(z, 1, 1),
    "concatenate": lambda z: np.concatenate([z, K, np.abs(z)]), "stack": lambda z: np.stack([z, z.real], -1), "hstack": lambda z: np.hstack([K, z]), "block": lambda z: np.block([[z, K], [z.imag, z]]),
    "append": lambda z: np.append(z, [1.0, 2j]), "insert": lambda z: np.insert(z, 1, 2j, 1), "where": lambda z: np.where(RE > 0, z, K) + np.where(RE > 1, 1.0, z), "where real": lambda z: np.where(z.real > 0, z, 1j),
    "select": lambda z: np.select([RE > 0, RE < -1], [z, 2j], z * 2), "choose": lambda z: np.choose([0, 1, 0], [z, z * 1j]), "compress": lambda z: np.compress([True, False, True], z, 1), "extract": lambda z: np.extract(RE > 0, z),
    "pad": lambda z: np.pad(z, 1, constant_values=2 - 1j), "pad reflect": lambda z: np.pad(z, ((1, 0), (2, 1)), mode="reflect"), "meshgrid": lambda z: np.meshgrid(z[0], z[1], indexing="ij")[1],
    "atleast_3d": lambda z: np.atleast_3d(z), "indices": lambda z: z[:, [0, 2]] * z[1, 0], "masks": lambda z: z[RE > 0], "newaxis": lambda z: z[:, None, ::-1], "flat": lambda z: z.flat[2:5],
    "take_along_axis": lambda z: np.take_along_axis(z, np.argsort(RE, 1), 1), "full_like": lambda z: np.full_like(z, 2j) + z, "zeros_like": lambda z: np.zeros_like(z) + np.ones_like(z) * z, "copy": lambda z: np.copy(z) + z.copy(),
    "list": lambda z: list(z)[1], "rot90": lambda z: np.rot90(z), "fftshift": lambda z: np.fft.fftshift(z), "resize": lambda z: np.resize(z, (3, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVES)
def test_moves(name):
    agree(lambda x, y: parts(MOVES[name](x + 1j * y)), RE, IM)


def of(np, x, y, f):
    z = x + 1j * y
    f(np, z)
    return z


def _views(np, z):
    v, t = z[0], z.T
    v[1] = 3.0
    t[2, 1] *= 2j
    z.real[0] = z.imag[1]
    z.imag += 1.0
    v.imag[...] = np.abs(z[1])


def _stores(np, z):
    z[0] = z[1] * 1j
    z[z.real > 0.5] = 2 - 1j
    z[:, 1] /= 1 + 1j
    z[[0, 1], [0, 2]] = [1j, z[0, 1]]
    z -= 0.5
    z.flat[3] = z[0, 0]
    z.real = z.imag * 2.0


def _functions(np, z):
    np.put(z, [0, 4], [1j, 2.0])
    np.copyto(z[1], z[0] * 2)
    np.fill_diagonal(z, 1 - 1j)
    np.putmask(z, RE < -1, z * 3)
    np.place(z, RE > 1, [4j])
    np.put_along_axis(z, np.array([[1], [2]]), z[:, :1] * 2, 1)
    np.multiply(z, 2j, out=z)


@pytest.mark.parametrize("f", [_views, _stores, _functions], ids=lambda f: f.__name__)
def test_stores_and_views(f):
    agree(lambda x, y: parts(of(np, x, y, f)), RE, IM)


def test_allocated_arrays_take_complex_values():
    def f(x):
        z = jnp.zeros(3, complex)
        z[0] = x[0] * 1j
        z[1] = x[1]
        w = jnp.array([x[0] + 1j * x[1], 2.0, x[1]])
        u = jnp.ones((2, 3), dtype=complex) * 1j
        u[1] = w
        v = jnp.zeros_like(w)
        v[2] = x[0] - 1j
        k = jnp.full(3, 1j) + jnp.array([1.0, 2j, 3.0])
        k[0] = z[0]
        return parts(z * w + u[0] * u[1] + v + k)

    agree(f, np.array([0.3, -0.7]))


def test_conversions():
    agree(lambda x: parts(x.astype(complex) * 1j + jnp.asarray(x, complex) * jnp.array(x, dtype=complex)), RE)
    with pytest.warns(np.exceptions.ComplexWarning):
        agree(lambda x: (x * (1 + 1j)).astype(float), RE)
    with pytest.raises(TypeError, match="viewed as.*z.real and z.imag"):
        jt.grad(lambda x: (x * 1j).view(float).sum())(RE)
    with pytest.raises(ValueError, match="read-only"):
        jt.grad(lambda x: np.broadcast_to(x * 1j, (2, 2)).__setitem__(0, 1))(1.0)


@pytest.mark.parametrize("axis", [0, 1])
def test_apply_along_axis(axis):
    functions = {"vectors": lambda q: q * q.sum(), "numbers": lambda q: (q * 1j).sum(), "matrices": lambda q: np.outer(q, q[:2]), "real ones": np.abs}
    for f in functions.values():
        agree(lambda x, y, f=f: parts(np.apply_along_axis(f, axis, x + 1j * y)), RE, IM)
    agree(lambda x: np.abs(np.apply_along_axis(lambda q: q * np.exp(1j * q).sum(), axis, x)), RE)
    with pytest.raises(ValueError, match="returned arrays of shapes"):
        lengths = iter((1, 2, 3))
        jt.grad(lambda x: np.abs(np.apply_along_axis(lambda q: q[: next(lengths)] * 1j, 1, x)).sum())(np.ones((2, 3)))
