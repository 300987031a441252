"""Sums, products, moments, orders and products of matrices of complex recorded arrays: NumPy's values, differences for derivatives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy_oracle import agree

import jittape as jt

RE = np.array([[0.3, -1.2, 0.7], [-0.4, 1.5, -2.1]])
IM = np.array([[0.5, 0.7, -0.9], [-0.6, -1.1, 0.2]])
K = np.array([[1.0 + 0.5j, -0.3 + 2.0j, -0.7j], [0.4 - 1.2j, -1.5, 2.0 - 0.25j]])


def parts(z):
    return np.real(z), np.imag(z)


def added(np, z, ufunc=np.add):
    w = z * 1.0
    ufunc.at(w, (np.array([0, 1, 0]), np.array([1, 2, 1])), np.array([2j, 1.0, 1 - 1j]))
    return w


REDUCTIONS = {
    "sum": lambda z: np.sum(z), "sum of rows": lambda z: z.sum(1, keepdims=True), "where": lambda z: np.sum(z, 0, where=RE > 0, initial=1j), "mean": lambda z: z.mean(0), "cumsum": lambda z: np.cumsum(z, 1),
    "prod": lambda z: np.prod(z), "prod of columns": lambda z: z.prod(0), "prod where": lambda z: np.prod(z, 1, where=RE > 0, keepdims=True, initial=2j), "cumprod": lambda z: np.cumprod(z, 1), "cumprod of all": lambda z: z.cumprod(),
    "diff": lambda z: np.diff(z, prepend=1j), "ediff1d": lambda z: np.ediff1d(z, 1j, 2.0), "gradient": lambda z: np.gradient(z, 0.5, axis=1), "trapezoid": lambda z: np.trapezoid(z, np.array([0.0, 0.5, 2.0])),
    "trace": lambda z: np.trace(z, 1), "var": lambda z: np.var(z, 1) + 0j, "std": lambda z: z.std(ddof=1) + 0j, "var about": lambda z: z.var(0, mean=np.mean(z, 0, keepdims=True), keepdims=True) + 0j,
    "average": lambda z: np.average(z, 1, weights=np.abs(K)), "interp": lambda z: np.interp([0.3, 1.7, 5.0], [0.0, 1.0, 2.0], z[0], left=1j), "nansum": lambda z: np.nansum(z * np.array([np.nan, 1, 1])), "nanmean": lambda z: np.nanmean(z * np.array([np.nan, 1, 1]), 1),
    "add.reduce": lambda z: np.add.reduce(z, 1), "add.accumulate": lambda z: np.add.accumulate(z, 0), "add.reduceat": lambda z: np.add.reduceat(z, [0, 2], 1), "multiply.reduce": lambda z: np.multiply.reduce(z, 1),
    "multiply.outer": lambda z: np.multiply.outer(z, K[0]), "multiply.accumulate": lambda z: np.multiply.accumulate(z, 1), "add.at": lambda z: added(np, z), "multiply.at": lambda z: added(np, z, np.multiply),
    "max": lambda z: np.max(z), "max of rows": lambda z: z.max(1, keepdims=True), "min": lambda z: np.min(z, 0), "sort": lambda z: np.sort(z, 1), "sort of all": lambda z: np.sort(z, None), "sort_complex": lambda z: np.sort_complex(z),
    "argsort": lambda z: z[0][np.argsort(z[0])] * np.argmax(z), "ptp": lambda z: np.ptp(z, 1), "any": lambda z: z * np.any(z, 1, keepdims=True) * np.all(z) * np.count_nonzero(z) * z.any(),
    "isclose": lambda z: z * np.isclose(z, z + 1e-9) * np.allclose(z, K) + np.array_equal(z, z),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name):
    agree(lambda x, y: parts(REDUCTIONS[name](x + 1j * y)), RE, IM)


@pytest.mark.parametrize("axis", [0, (), (0,), None])
def test_products_of_one_factor_are_copies(axis):
    def stored(x, y):
        z = (x + 1j * y).reshape(1, -1)
        found = [np.prod(z, axis, keepdims=True), np.prod(z[:, :1], axis), np.multiply.reduce(z[:, :1], axis)]
        z[...] = z * 2.0
        return parts(np.sum(found[0]) + np.sum(found[1]) * 1j - np.sum(found[2]) * z)

    agree(stored, RE[0], IM[0])


def test_order_with_ties_and_nan():
    re, im = np.array([1.0, 0.5, 1.0, 1.0, 0.5]), np.array([2.0, 1.0, -1.0, 2.0, np.nan])
    agree(lambda x, y: parts(np.sort(x + 1j * y)) + parts(np.max(x + 1j * y)) + parts(np.min(x + 1j * y)), re[:4], im[:4], order=0)
    found, pull = jt.vjp(lambda x, y: np.sort(x + 1j * y), re, im)
    np.testing.assert_array_equal(found, np.sort(re + 1j * im))
    assert pull(np.arange(5.0))[0].tolist() == [2.0, 0.0, 1.0, 3.0, 4.0]
    F = jt.record(lambda x, y: np.real(np.sort(x + 1j * y))[0] * 2 + np.argmax(x + 1j * y), re[:4], im[:4])
    for x, y in ((re[:4], im[:4]), (re[:4], im[:4][::-1]), (re[3::-1].copy(), im[:4]), (np.ones(4), np.array([1.0, 3.0, 3.0, 0.0]))):
        assert F(x, y) == np.real(np.sort(x + 1j * y))[0] * 2 + np.argmax(x + 1j * y)


ORDERS = {
    "sort": lambda z: np.sort(z), "argsort": lambda z: z[np.argsort(z)] * np.arange(1.0, 4.0), "max": lambda z: np.max(z), "min": lambda z: np.min(z), "argmax": lambda z: z[np.argmax(z)] + np.argmax(z),
    "argmin": lambda z: z[np.argmin(z)] + np.argmin(z), "of rows": lambda z: np.sort(np.stack([z, z[::-1] * 1j]), 0) + np.max(np.stack([z, z[::-1] * 2]), 0),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERS)
def test_replays_of_all_orders(name):
    """What is chosen where as many comparisons hold is another path all the same."""
    points = [np.array(p) for parts in ((1.0, 2.0, 3.0), (1.0, 1.0, 2.0)) for p in itertools.permutations(parts)]
    points += [1.0 + 1j * p for p in points[:6]] + [np.array([1.0, np.nan, 0.5]), np.array([np.nan, 2.0, 1.0])]
    F = jt.record(ORDERS[name], points[0] + 0j)
    for p in points + points:
        np.testing.assert_array_equal(F(p + 0j), ORDERS[name](p + 0j))


PRODUCTS = {
    "matmul": lambda z: z @ K.T, "matmul by real": lambda z: z @ RE.T, "real by": lambda z: RE.T @ z, "vectors": lambda z: z[0] @ z[1], "both": lambda z: z @ z.T, "dot": lambda z: np.dot(z, z.conj().T), "z.dot": lambda z: z.dot(K[0]),
    "vdot": lambda z: np.vdot(z, K) + np.vdot(K, z) + np.vdot(RE, z) + np.vdot(z, RE), "vecdot": lambda z: np.vecdot(z, K) + np.vecdot(K, z), "inner": lambda z: np.inner(z, K), "outer": lambda z: np.outer(z, K[0]),
    "tensordot": lambda z: np.tensordot(z, K, ([0], [0])), "kron": lambda z: np.kron(z, K), "cross": lambda z: np.cross(z, K), "convolve": lambda z: np.convolve(z[0], K[1]), "correlate": lambda z: np.correlate(z[0], K[1], "full"),
    "correlate of": lambda z: np.correlate(K[0], z[1], "full"), "einsum": lambda z: np.einsum("ij,kj->ik", z, K), "einsum of three": lambda z: np.einsum("ij,kj,kl->il", z, K, z * 2), "einsum of one": lambda z: np.einsum("ij->j", z),
    "einsum by lists": lambda z: np.einsum(z, [0, 1], RE, [0, 2], [1, 2]), "einsum by lists of three": lambda z: np.einsum(z, [0, 1], RE, [0, 2], K[0], [2]), "einsum with dots": lambda z: np.einsum("...j,...j,j", z, K, K[0]),
    "einsum without pairs": lambda z: np.einsum("j,j,j,j->j", z[0], K[0], z[1], K[1]), "einsum of three to a number": lambda z: np.einsum("j,j,j", z[0], z[1], K[1]) * z,
    "multi_dot": lambda z: np.linalg.multi_dot([z, K.T, RE]), "polyval": lambda z: np.polyval(K[0], z) + np.polyval(z[0], RE[0, 0]), "stack": lambda z: np.stack([z, K]) @ z.T, "vecmat": lambda z: np.vecmat(z[:, 0], K) + np.matvec(z, K[0])[0],
    "in place": lambda z: (z @ z.T).__imatmul__(K[:, :2]),
}  # fmt: skip


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name):
    agree(lambda x, y: parts(PRODUCTS[name](x + 1j * y)), RE, IM, order=2 if name == "both" else 1)


def test_refusals():
    for f, match in ((lambda z: np.median(z), "no order but NumPy's"), (lambda z: np.floor(z), "floor is not supported for complex"), (lambda z: np.histogram(z), "no order"), (lambda z: z // 2, "floordiv is not for complex")):
        with pytest.raises(TypeError, match=match):
            jt.grad(lambda x: np.real(f(x * 1j)))(RE)  # noqa: B023


def test_orders_of_equal_elements_are_the_plain_runs() -> None:
    """NumPy's sort is not stable beyond sixteen elements."""
    z = np.random.default_rng(0).normal(size=20) + 1j * np.random.default_rng(1).normal(size=20)

    def f(z):
        twice = np.hstack([z, z])
        return np.cumsum(np.abs(twice) * np.argsort(twice))

    np.testing.assert_allclose(jt.vjp(f, z)[0], f(z), rtol=1e-12)

    def ordered(z):
        return np.sum(np.array([1.0, 2.0, 3.0, 4.0]) * np.abs(z[np.argsort(z)]) + np.abs(z[np.argsort(z, kind="stable")]) * np.argsort(z, kind="stable"))

    F = jt.record(ordered, z[:4])
    for k in range(4):
        w = z[4 * k : 4 * k + 4].copy()
        w[3] = w[k % 2]
        assert np.isclose(F(w), ordered(w), rtol=1e-12)
