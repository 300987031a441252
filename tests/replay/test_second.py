"""Second derivatives of recorded functions: products, dense and sparse Hessians, sparse Jacobians."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import jittape as jt
from jittape.errors import GradientError


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def loop(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        j, k = (i + 1) % len(x), (i + 3) % len(x)
        total = total + np.exp(-0.1 * x[i] * x[j]) * np.sin(x[k]) + np.log(1 + x[i] * x[i]) * x[j]
    return total


def branches(x: Any) -> Any:
    y = np.sort(x) if x[0] > 0 else x**2
    return np.sum(y[:-1] ** 3 * y[1:]) + (np.tanh(x[1]) if x[1] > x[2] else x[2] ** 4)


def algebra(x: Any) -> Any:
    a = np.outer(x, x) + 3.0 * np.eye(len(x))
    return np.log(np.linalg.det(a)) + np.sum(np.linalg.solve(a, x) ** 2)


FUNCTIONS = [rosenbrock, loop, branches, algebra, lambda x: np.sum(x) * 2.0, lambda x: np.prod(x) + np.max(x), lambda x: x[0] * 0.0 + x[1]]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_hessian_is_that_of_recording_anew(f: Any) -> None:
    rng = np.random.default_rng(0)
    F = jt.record(f, rng.normal(size=6))
    for _ in range(4):
        x, v = rng.normal(size=(2, 6))
        want = jt.hessian(f)(x)
        H = F.hessian(x)
        np.testing.assert_allclose(H, want, rtol=1e-10, atol=1e-11)
        np.testing.assert_array_equal(H, H.T)
        np.testing.assert_allclose(F.hvp(x, v), want @ v, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(F.hvp(x, np.stack([v, 2 * v, x])), np.stack([want @ v, 2 * (want @ v), want @ x]), rtol=1e-9, atol=1e-10)
        sparse = F.sparse_hessian(x)
        assert isinstance(sparse, scipy.sparse.csr_array) and sparse.indices.dtype == np.int32
        np.testing.assert_allclose(sparse.toarray(), want, rtol=1e-10, atol=1e-11)


def test_several_arguments_and_containers() -> None:
    def f(p: Any, y: Any) -> Any:
        return np.sum(p["w"] ** 3 * y) * p["b"] + y[0] ** 2

    rng = np.random.default_rng(1)
    args = ({"w": rng.normal(size=3), "b": 0.5}, rng.normal(size=3))
    F = jt.record(f, *args)
    want = jt.hessian(f, argnums=(0, 1))(*args)
    got = F.hessian(*args)
    for row in (lambda h: h[0]["w"], lambda h: h[0]["b"], lambda h: h[1]):
        for cell in (lambda h: h[0]["w"], lambda h: h[0]["b"], lambda h: h[1]):
            np.testing.assert_allclose(cell(row(got)), cell(row(want)), rtol=1e-12)
    v = ({"w": np.ones(3), "b": 1.0}, np.zeros(3))
    product = F.hvp(args, v)
    np.testing.assert_allclose(product[0]["w"], got[0]["w"][0]["w"] @ np.ones(3) + got[0]["w"][0]["b"], rtol=1e-12)
    whole = F.sparse_hessian(*args).toarray()
    assert whole.shape == (7, 7)
    np.testing.assert_allclose(whole[:3, :3], got[0]["w"][0]["w"], rtol=1e-12)


def test_parameters_of_a_hessian() -> None:
    F = jt.record(lambda x, a=None: np.sum(a * x**3), np.ones(3), a=np.ones(3))
    x, a = np.array([1.0, 2.0, 3.0]), np.array([2.0, 0.5, 1.0])
    np.testing.assert_allclose(F.hessian(x), np.diag(6 * x))
    np.testing.assert_allclose(F.hessian(x, a=a), np.diag(6 * x * a))
    np.testing.assert_allclose(F.hvp(x, x), 6 * x * x)
    F.bind(a=a)
    np.testing.assert_allclose(F.hvp(x, x), 6 * x * x * a)
    np.testing.assert_allclose(F.sparse_hessian(x).toarray(), np.diag(6 * x * a))


@pytest.mark.parametrize("n", [30, 3000, 60_000])
def test_a_sparse_hessian_is_refilled(n: int) -> None:
    x = 0.5 + 0.3 * np.sin(1.7 * np.arange(n) + 0.3)
    F = jt.record(rosenbrock, x)
    H = F.sparse_hessian(x)
    for point in (x, x + 0.25):
        assert F.sparse_hessian(point, out=H) is H
        d = np.full(n, 202.0)
        d[0], d[-1] = 2.0, 200.0
        d[:-1] += 1200 * point[:-1] ** 2 - 400 * point[1:]
        want = scipy.sparse.diags_array([d, -400 * point[:-1], -400 * point[:-1]], offsets=[0, 1, -1]).tocsr()
        assert H.nnz == 3 * n - 2 and abs(H - want).max() < 1e-9
    with pytest.raises(ValueError, match="a matrix that an earlier call returned"):
        F.sparse_hessian(x, out=np.zeros(3))
    other = scipy.sparse.csr_array(([1.0], [0], np.minimum(np.arange(n + 1), 1)), shape=(n, n))
    with pytest.raises(ValueError, match="another pattern"):
        F.sparse_hessian(x, out=other)


def test_an_arrowhead() -> None:
    f = lambda x: np.sum(x[1:] ** 2) * x[0] + np.sum(x[:-1] * x[1:])  # noqa: E731
    x = np.random.default_rng(0).normal(size=3000)
    H = jt.record(f, np.ones(3000)).sparse_hessian(x)
    assert H.nnz < 6 * 3000
    want = scipy.sparse.lil_array((3000, 3000))
    i = np.arange(3000)
    want[i[1:], i[1:]] = 2 * x[0]
    want[0, i[1:]] = want[i[1:], 0] = 2 * x[1:]
    want[i[:-1], i[1:]] += np.ones(2999)
    want[i[1:], i[:-1]] += np.ones(2999)
    assert abs(H - want.tocsr()).max() < 1e-12


@pytest.mark.parametrize("f", [
    lambda x: x[1:] * x[:-1] + np.sin(x[:-1]), lambda x: np.cumsum(x), lambda x: np.concatenate([x * x[0], x[:2]]),
    lambda x: np.floor(x) * 2.0, lambda x: x[::-1] ** 2 if x[0] > 0 else x,
])  # fmt: skip
def test_sparse_jacobians(f: Any) -> None:
    rng = np.random.default_rng(2)
    F = jt.record(f, np.ones(7))
    for _ in range(3):
        x = rng.normal(size=7)
        J = F.sparse_jacobian(x)
        np.testing.assert_allclose(J.toarray(), jt.jacobian(f)(x), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(F.sparse_jacobian(x, out=J).toarray(), J.toarray())


def test_a_loaded_function_has_hessians() -> None:
    F = pickle.loads(pickle.dumps(jt.record(loop, np.ones(6))))
    x = np.linspace(0.1, 1.0, 6)
    np.testing.assert_allclose(F.hessian(x), jt.hessian(loop)(x), rtol=1e-11, atol=1e-12)


def test_float32() -> None:
    x = np.linspace(0.1, 1.0, 5).astype(np.float32)
    H = jt.record(rosenbrock, x).hessian(x)
    assert H.dtype == np.float32
    np.testing.assert_allclose(H, jt.hessian(rosenbrock)(x.astype(float)), rtol=1e-4, atol=1e-3)


def test_refusals() -> None:
    F = jt.record(lambda x: x * 2.0, np.ones(3))
    for call in (lambda: F.hessian(np.ones(3)), lambda: F.hvp(np.ones(3), np.ones(3)), lambda: F.sparse_hessian(np.ones(3))):
        with pytest.raises(GradientError, match="does not return one recorded scalar"):
            call()
    G = jt.record(rosenbrock, np.ones(3))
    for v in (np.ones(4), np.ones((2, 4)), 1.0, np.ones((2, 2, 3)), np.ones(3, int)):
        with pytest.raises((ValueError, GradientError), match="direction|shape|real"):
            G.hvp(np.ones(3), v)
    with pytest.raises(GradientError, match="one recorded array"):
        jt.record(lambda x: (x, x), np.ones(3)).sparse_jacobian(np.ones(3))
    np.testing.assert_allclose(G.hvp(np.ones(3), np.ones(3)), jt.hvp(rosenbrock)(np.ones(3), np.ones(3)))


def test_batches_of_hessians() -> None:
    rng = np.random.default_rng(3)
    X, V = rng.normal(size=(2, 50, 6))
    for f in (loop, branches):
        F = jt.record(f, X[0])
        H, P = F.batch_hessian(X), F.batch_hvp(X, V)
        np.testing.assert_array_equal(H, H.transpose(0, 2, 1))
        for x, v, h, p in zip(X, V, H, P, strict=True):
            np.testing.assert_allclose(h, jt.hessian(f)(x), rtol=1e-9, atol=1e-10)
            np.testing.assert_allclose(p, h @ v, rtol=1e-8, atol=1e-9)
    G = jt.record(lambda x, y: np.sum(x**2) * y**3, np.ones(2), 1.0)
    h = G.batch_hessian(X[:, :2], V[:, 0])
    np.testing.assert_allclose(h[0][1], 6 * X[:, :2] * V[:, :1] ** 2, rtol=1e-12)
    assert h[1][1].shape == (50,) and G.batch_hessian(X[:0, :2], V[:0, 0])[0][0].shape == (0, 2, 2)


@pytest.mark.parametrize("how", ["entries", "colours", "jacobian"])
def test_a_pattern_cannot_be_changed_by_the_matrix(how: str) -> None:
    """Matrices of one path share its pattern; dropping the zeros of one must not change the others."""
    x = np.array([1.0, 0.0, 2.0])
    terms = lambda x: x**3 * x[0]  # noqa: E731
    F = jt.record(terms if how == "jacobian" else lambda x: np.sum(terms(x)), x)
    if how == "colours":
        F._entries = False
    derive = F.sparse_jacobian if how == "jacobian" else F.sparse_hessian
    H = derive(x)
    want = derive(x + 1.0).toarray()
    with pytest.raises(ValueError, match="read-only"):
        H.eliminate_zeros()
    with pytest.raises(ValueError, match="read-only"):
        H.indices[:] = 0
    other = H.copy()
    other.eliminate_zeros()
    assert other.nnz < H.nnz
    np.testing.assert_array_equal(derive(x + 1.0).toarray(), want)


@pytest.mark.parametrize("first", [1.0, -1.0])
@pytest.mark.parametrize("f", [lambda x: x[0] ** 2 * x[1] if x[1] > 0 else 3.0, lambda x: np.max(x) * x[0] * x[1] if x[1] > 0 else 3.0])
@pytest.mark.parametrize("what", ["hessian", "sparse_hessian", "hvp", "batch_hessian", "batch_hvp"])
def test_paths_on_which_nothing_depends_on_the_argument(f: Any, first: float, what: str) -> None:
    """Their Hessian is zero, whichever path is met first, by entries and by products."""
    F = jt.record(f, first * np.ones(2))
    for sign in (first, -first, first):
        x = sign * np.array([2.0, 1.5])
        want = jt.hessian(f)(x) if sign > 0 else np.zeros((2, 2))
        match what:
            case "hessian":
                np.testing.assert_allclose(F.hessian(x), want)
            case "sparse_hessian":
                np.testing.assert_allclose(F.sparse_hessian(x).toarray(), want)
            case "hvp":
                np.testing.assert_allclose(F.hvp(x, np.ones(2)), want.sum(axis=1))
            case "batch_hessian":
                np.testing.assert_allclose(F.batch_hessian(np.array([x, x])), [want, want])
            case _:
                np.testing.assert_allclose(F.batch_hvp(np.array([x, x]), np.ones((2, 2))), [want.sum(axis=1)] * 2)


def test_a_block_of_no_directions() -> None:
    for f in (rosenbrock, lambda x: np.max(x) * x[0]):
        F = jt.record(f, np.ones(3))
        assert F.hvp(np.ones(3), np.zeros((0, 3))).shape == (0, 3)
    G = jt.record(lambda x, y: np.sum(x) * y**2, np.ones(3), 1.0)
    assert [p.shape for p in G.hvp((np.ones(3), 1.0), (np.zeros((0, 3)), np.zeros(0)))] == [(0, 3), (0,)]
