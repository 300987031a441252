"""Hessians of functions that hold products of matrices and linear algebra, by blocks of directions: against JAX on drawn shapes, by every route."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.instructions.base import Refused
from jittape.ops.layout import FIRST_OPERATION, FIRST_STRUCTURAL, GATHER_REF, KIND, REF, RUN, SEGMENT_SUM
from jittape.passes import blocks, eliminate
from jittape.replay import hessians
from jittape.tape.decode import ARITIES


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Blocks are taken whatever they cost, some seeds at a time; the list has one element a Hessian that they found."""
    monkeypatch.setattr(blocks, "SWEEP", 1.0)
    monkeypatch.setattr(eliminate, "MULTIPLIED", 0)
    monkeypatch.setattr(eliminate, "SHARE", 1 << 60)
    found: list[Any] = []
    real = blocks.Blocks.hessian

    def hessian(own: Any, *args: Any) -> Any:
        out = real(own, *args)
        found.append(own)
        return out

    monkeypatch.setattr(blocks.Blocks, "hessian", hessian)
    return found


def network(m: Any, x: Any, sizes: list[int], data: Any) -> Any:
    h, at = data, 0
    for i, (rows, columns) in enumerate(zip(sizes, sizes[1:], strict=False)):
        w, at = x[at : at + rows * columns].reshape(rows, columns), at + rows * columns
        h, at = h @ w + x[at : at + columns], at + columns
        if i < len(sizes) - 2:
            h = m.tanh(h) if i % 2 else h / (1.0 + m.exp(-h))
    return m.mean(h * h * m.sin(h))


def drawn(seed: int) -> tuple[Callable[[Any, Any], Any], Any]:
    """A function of (a module with NumPy's names, one array), with products of matrices in it, and a point."""
    rng = np.random.default_rng(seed)
    rows, n = int(rng.integers(2, 9)), int(rng.integers(2, 7))
    A, B, y = rng.normal(size=(rows, n)), rng.normal(size=(n, rows)), rng.normal(size=rows)
    x = rng.normal(size=n)
    match seed % 8:
        case 0:
            return lambda m, x: m.sum(m.log(1.0 + m.exp(A @ x)) - y * (A @ x)), x
        case 1:
            sizes = [int(k) for k in rng.integers(1, 5, 4)]
            data = rng.normal(size=(rows, sizes[0]))
            count = sum((a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False))
            return lambda m, x: network(m, x, sizes, data), rng.normal(size=count)
        case 2:
            return lambda m, x: m.sum(m.tanh(A @ x) * m.sin(x @ B) + (A @ x) ** 2 * m.sum(x)), x
        case 3:
            S = A @ A.T + rows * np.eye(rows)
            return lambda m, x: y @ m.linalg.solve(S * m.exp(x[0]) + m.outer(A @ x, A @ x), y * x[1]), x
        case 4:
            S = B @ B.T + n * np.eye(n)
            return lambda m, x: m.sum(m.log(m.diagonal(m.linalg.cholesky(S + m.outer(x, x))))) + m.sum(m.linalg.cholesky(S * m.exp(x[0])) @ x), x
        case 5:
            return lambda m, x: m.linalg.slogdet(m.eye(n) * 5.0 + m.outer(m.sin(x), x) @ (B @ A))[1] + m.linalg.det(m.outer(x, x) + m.eye(n)), x
        case 6:
            places, M = rng.integers(0, n, 2 * n), rng.normal(size=(2 * n, 3))
            return lambda m, x: m.sum(m.cos(m.outer(x, x[places]) @ M) ** 2) + m.sum(m.exp((A @ x)[:, None] - x[None, :])), x
        case _:
            return lambda m, x: m.sum((m.exp(-m.outer(A @ x, x)) @ B[:, :2]) ** 2), x


def near(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10 * max(np.abs(b).max(initial=0.0), 1.0))


@pytest.mark.parametrize("seed", range(8))
def test_against_jax(seed: int, taken: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    jax = pytest.importorskip("jax")
    f, x = drawn(seed)
    few = int(np.random.default_rng(seed).choice([1, 2, 32]))
    monkeypatch.setattr(blocks, "FEWEST", few)
    monkeypatch.setattr(blocks, "CACHE", few)

    def of_numpy(x: Any) -> Any:
        return f(np, x)

    with jax.enable_x64(True):
        expected = np.asarray(jax.hessian(lambda x: f(jax.numpy, x))(jax.numpy.asarray(x)))
    F = jt.record(of_numpy, x)
    H = F.hessian(x)
    assert len(taken) == 1
    near(H, expected)
    np.testing.assert_array_equal(H, H.T)
    out = np.full((x.size, x.size), np.nan)
    assert F.hessian(x, out=out) is out
    np.testing.assert_array_equal(out, H)
    strided = np.zeros((x.size, 2 * x.size))[:, ::2]
    np.testing.assert_array_equal(F.hessian(x, out=strided), H)
    near(jt.hessian(of_numpy)(x), expected)
    V = np.random.default_rng(seed).normal(size=(3, x.size))
    near(F.hvp(x, V), V @ expected)
    near(F.hvp(x, V[0]), expected @ V[0])
    near(jt.hvp(of_numpy)(x, V[0]), expected @ V[0])
    near(F.sparse_hessian(x).toarray(), expected)
    near(F.batch_hessian(np.stack([x, x]))[1], expected)
    near(F.hessian(0.9 * x), jt.hessian(of_numpy)(0.9 * x))
    np.testing.assert_array_equal(F.hessian(x), H)


def test_by_elimination_and_by_products(taken: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """All three ways find the same."""
    f, x = drawn(2)
    by_blocks = jt.record(lambda x: f(np, x), x).hessian(x)
    with monkeypatch.context() as patch:
        patch.setattr(eliminate, "MULTIPLIED", 1 << 20)
        near(jt.record(lambda x: f(np, x), x).hessian(x), by_blocks)
    assert len(taken) == 1

    def refuse(*args: Any, **options: Any) -> None:
        raise Refused

    monkeypatch.setattr(blocks.Blocks, "__init__", refuse)
    near(jt.record(lambda x: f(np, x), x).hessian(x), by_blocks)
    assert len(taken) == 1


def test_several_arguments_parameters_and_branches(taken: list[Any], rng: np.random.Generator) -> None:
    A, y = rng.normal(size=(7, 3)), rng.normal(size=7)

    def f(w: Any, b: Any, A: Any) -> Any:
        z = A @ w + b
        return np.sum(np.tanh(z) ** 2) if b > 0.0 else np.sum(np.cumsum(np.exp(z)))

    F = jt.record(f, y[:3], 0.5, A=A)
    for b, M in ((0.5, A), (0.7, 2 * A), (-0.5, A), (0.5, A)):
        found = F.hessian(y[:3], b, A=M)
        for mine, right in zip(found, jt.hessian(lambda w, b: f(w, b, M), (0, 1))(y[:3], b), strict=True):  # noqa: B023
            for p, q in zip(mine, right, strict=True):
                near(p, q)
    assert F.statistics["paths"] == 2
    F.bind(A=3 * A)
    near(F.hessian(y[:3], 0.5)[0][0], jt.hessian(lambda w: f(w, 0.5, 3 * A))(y[:3]))
    assert taken


def test_zeros_that_meet_infinities(taken: list[Any], rng: np.random.Generator) -> None:
    """A root at zero in one row: entries of other rows stay finite."""
    A = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    x = np.array([0.0, 4.0, 1.0])
    H = jt.record(lambda x: np.sum(np.where(x > 0.0, np.sqrt(A @ x), 1.0) ** 3), x).hessian(x)
    assert taken
    np.testing.assert_allclose(H[1:, 1:], np.diag([0.75 / 2.0, 0.75]), atol=1e-15)
    np.testing.assert_array_equal(H[0], 0.0)


def test_a_result_that_does_not_depend_on_the_argument(taken: list[Any]) -> None:
    F = jt.record(lambda x: 3.0, np.ones(2))
    np.testing.assert_array_equal(F.hessian(np.ones(2)), np.zeros((2, 2)))
    with pytest.raises(jt.GradientError, match="scalar"):
        jt.record(lambda x: np.eye(2) @ x, np.ones(2)).hessian(np.ones(2))


def test_long_sums_are_not_expanded(rng: np.random.Generator) -> None:
    """Logistic regression goes by blocks; a quadratic form with a matrix, which is its own Hessian, by elimination."""
    A, y = rng.normal(size=(3000, 10)), rng.normal(size=3000)
    x = rng.normal(size=10)
    F = jt.record(lambda x: np.sum(np.log(1.0 + np.exp(A @ x)) - y * (A @ x)), x)
    assert eliminate.expands(F.tape, [(0, 10)])
    s = 1.0 / (1.0 + np.exp(-A @ x))
    near(F.hessian(x), A.T @ ((s * (1.0 - s))[:, None] * A))
    B = rng.normal(size=(300, 300))
    z = rng.normal(size=300)
    G = jt.record(lambda x: x @ (B @ x), z)
    assert not eliminate.expands(G.tape, [(0, 300)])
    near(G.hessian(z), B + B.T)


def test_threads_share_a_function(taken: list[Any]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    f, x = drawn(0)
    F = jt.record(lambda x: f(np, x), x)
    points = [x * (1.0 + 0.1 * k) for k in range(8)]
    expected = [F.hessian(p) for p in points]
    with ThreadPoolExecutor(4) as pool:
        for H, right in zip(pool.map(F.hessian, points), expected, strict=True):
            np.testing.assert_array_equal(H, right)
    assert hessians.by_blocks(F, [x], None) is not None


@pytest.mark.parametrize("shape", [(2, 2), (3, 2, 2)])
def test_exponentials_of_matrices(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    W = rng.normal(size=shape)

    def f(x: Any) -> Any:
        return np.sum(W * jt.linalg.expm(0.5 * x.reshape(shape)) ** 2)

    x, y = rng.normal(size=(2, W.size))
    F = jt.record(f, x)
    want = np.array([jt.hvp(f)(y, v) for v in np.eye(y.size)])
    np.testing.assert_allclose(F.hessian(y), want, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(jt.hessian(f)(y), want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("transposed", [False, True])
def test_products_along_a_vector_read_no_lists(transposed: bool) -> None:
    """Adjoints lie as what they are adjoints of, whatever order they are found in: biases are summed over rows, matrices read transposed."""
    rng = np.random.default_rng(2)
    data = rng.normal(size=(70, 5))

    def f(x: Any) -> Any:
        w, b = x[:25].reshape(5, 5), x[25:30]
        h = np.tanh(data @ (w.T if transposed else w) + b)
        return np.mean((h @ w + b) ** 2)

    x, v = rng.normal(size=30), rng.normal(size=30)
    F = jt.record(f, x)
    np.testing.assert_allclose(F.hvp(x, v), jt.hessian(f)(x) @ v, rtol=1e-10)
    tape = hessians.derived(F)._path.tape
    runs = np.flatnonzero((tape.opcode[: tape.count] >= RUN + FIRST_OPERATION) & (tape.opcode[: tape.count] < RUN + FIRST_STRUCTURAL))
    for k in runs:
        for ref in range(tape.arg0[k], tape.arg0[k] + REF * int(ARITIES[tape.opcode[k]]), REF):
            assert tape.meta[ref] & KIND != GATHER_REF
    assert not (tape.opcode[: tape.count] == RUN + SEGMENT_SUM).any()


def test_extremes_and_cofactors_go_by_blocks(taken: list[Any]) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(4)
    data, labels = rng.normal(size=(9, 3)), rng.integers(0, 4, 9)

    def softmax(m: Any, w: Any) -> Any:
        z = data @ w.reshape(3, 4)
        z = z - m.max(z, axis=1, keepdims=True)
        return m.mean(m.log(m.sum(m.exp(z), axis=1)) - z[np.arange(9), labels]) + m.min(w) ** 3

    def volume(m: Any, a: Any) -> Any:
        return m.linalg.det(a.reshape(4, 4)) ** 2 + m.sum(a**3)

    for f, n in ((softmax, 12), (volume, 16)):
        x = rng.normal(size=n)
        want = np.asarray(jax.hessian(lambda x, f=f: f(jax.numpy, x))(x))
        F = jt.record(lambda x, f=f: f(np, x), x)
        before = len(taken)
        for found in (F.hessian(x), jt.hessian(lambda x, f=f: f(np, x))(x)):
            np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-9 * np.abs(want).max())
        assert len(taken) == before + 2
    singular = np.diag([1.0, 2.0, 3.0, 0.0]).reshape(-1)  # cofactors by singular values, stacks of directions too
    want = np.asarray(jax.hessian(lambda x: jax.numpy.linalg.det(x.reshape(4, 4)))(singular + 1e-9 * np.eye(4).reshape(-1)))
    np.testing.assert_allclose(jt.record(lambda x: np.linalg.det(x.reshape(4, 4)), singular).hessian(singular), want, atol=1e-6)


def test_ties_share_tangents_in_blocks(taken: list[Any]) -> None:
    def f(x: Any) -> Any:
        return np.sum(np.max(x.reshape(2, 3) ** 2, axis=1) * x[:2])

    for x in ([1.0, 1.0, -1.0, 2.0, 0.5, 1.0], [3.0, 1.0, 2.0, np.nan, 0.5, 1.0], [3.0, np.inf, 2.0, 1.0, 0.5, 1.0]):
        F, v = jt.record(f, np.array(x)), np.eye(6)
        along = np.array([F.hvp(np.array(x), row) for row in v])
        np.testing.assert_allclose(F.hessian(np.array(x)), (along + along.T) / 2.0)
