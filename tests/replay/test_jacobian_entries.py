"""Sparse Jacobians by their entries, beside dense ones and those by colours; constant zeros in the patterns of both kinds of entries."""

from __future__ import annotations

import pickle
import threading
import warnings
from typing import Any

import numpy as np
import pytest
from drawn_arrays import arrays
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.passes import eliminate
from jittape.sparse.pattern import hessian_pattern, jacobian_pattern

N = 6
RNG = np.random.default_rng(1)
X = RNG.normal(size=N)


def same(a: Any, b: Any, tolerance: float = 1e-11) -> None:
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def slots_of(F: Any) -> tuple[Any, Any]:
    path = F.paths[0]
    return np.concatenate([np.arange(first, end) for first, end, _ in path.inputs]), path.outputs[0].slots.ravel()


def dense(pattern: Any, shape: tuple[int, int]) -> Any:
    indptr, indices = pattern
    out = np.zeros(shape, bool)
    out[np.repeat(np.arange(shape[0]), np.diff(indptr)), indices] = True
    return out


@examples(25)
@given(st.integers(0, 10**6))
def test_drawn_programs(seed: int) -> None:
    """The gradient of a drawn program, which has all kinds of operations, and the program beside it."""
    f = arrays(seed)

    def vector(x: Any) -> Any:
        return np.concatenate([np.tanh(x) * f(x), x[1:] * x[:-1], np.stack([f(x[::-1]), x[2]])])

    F = jt.record(vector, X)
    for x in (X, X[::-1] * 0.7):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            J, expected = F.sparse_jacobian(x), F.jacobian(x)
        finite = np.isfinite(expected).all(axis=1)
        same(J.toarray()[finite], expected[finite], 1e-9)
    inputs, outputs = slots_of(F)
    own = dense((J.indptr, J.indices), J.shape)
    assert not (own & ~dense(jacobian_pattern(F.tape, inputs, outputs), J.shape)).any()


PROGRAMS = {
    "stencil": lambda x: x[2:] * x[:-2] - np.sin(x[1:-1]),
    "one variable often": lambda x: np.stack([x[0] * x[0], x[0], 2.0 * x[0] + x[0] ** 3]),
    "no variable": lambda x: np.stack([x[0], 0.0 * x[1], x[2] - x[2]]),
    "the same result twice": lambda x: np.concatenate([x[:2], x[:2], (x * x)[[1, 1]]]),
    "inputs": lambda x: x[::-1],
    "steps": lambda x: np.floor(x) + np.sign(x) * x,
    "sums": lambda x: np.stack([np.sum(x * x), np.max(x), x @ x, np.prod(x[:3])]),
    "linear algebra": lambda x: np.linalg.solve(np.diag(1.0 + x[:2] ** 2), x[2:4]),
    "matrices": lambda x: (x[:4].reshape(2, 2) @ x[2:].reshape(2, 2)).T,
    "branches": lambda x: x * x if x[0] > 0 else np.sin(x),
    "running sums": lambda x: np.cumsum(x * x),
    "where": lambda x: np.where(x > 0, x * x, -x),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str) -> None:
    f = PROGRAMS[name]
    F = jt.record(f, X)
    for x in (X, -X, X[::-1].copy()):
        J = F.sparse_jacobian(x)
        expected = F.jacobian(x).reshape(-1, N)
        same(J.toarray(), expected)
        assert J.has_sorted_indices and not J.indices.flags.writeable
        again = F.sparse_jacobian(2.0 * x, out=J)
        assert again is J
        same(J.toarray(), F.jacobian(2.0 * x).reshape(-1, N))


def test_by_colours_where_elimination_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eliminate, "MOST", 0)
    for f in PROGRAMS.values():
        F = jt.record(f, X)
        same(F.sparse_jacobian(X).toarray(), F.jacobian(X).reshape(-1, N))
        assert F._jacobian is False


def test_several_arguments_parameters_and_binding() -> None:
    F = jt.record(lambda x, y, a, b: a * x[1:] * y + b[:2].sum(), X[:3], X[3:5], a=np.zeros(2), b=np.ones(3))

    def by_hand(x: Any, y: Any, a: Any) -> Any:
        J = np.zeros((2, 5))
        J[[0, 1], [1, 2]], J[[0, 1], [3, 4]] = a * y, a * x[1:]
        return J

    J = F.sparse_jacobian(X[:3], X[3:5])
    assert J.nnz == 4  # a parameter that is zero is no constant
    same(J.toarray(), 0.0)
    a = np.array([2.0, -3.0])
    same(F.sparse_jacobian(X[:3], X[3:5], a=a).toarray(), by_hand(X[:3], X[3:5], a))
    F.bind(a=a)
    same(F.sparse_jacobian(X[:3], X[3:5]).toarray(), by_hand(X[:3], X[3:5], a))
    same(F.sparse_jacobian(X[:3], X[3:5], a=2.0 * a).toarray(), by_hand(X[:3], X[3:5], 2.0 * a))


def test_a_length_of_zero() -> None:
    F = jt.record(lambda x: np.stack([np.linalg.norm(x[:3]), x[3] ** 2]), X)
    for x in (X, np.zeros(N), X):
        same(F.sparse_jacobian(x).toarray(), F.jacobian(x))


def test_float32_files_and_threads() -> None:
    F = jt.record(PROGRAMS["stencil"], X.astype(np.float32))
    assert F.sparse_jacobian(X.astype(np.float32)).dtype == np.float32
    F = jt.record(PROGRAMS["stencil"], X)
    same(pickle.loads(pickle.dumps(F)).sparse_jacobian(X).toarray(), F.jacobian(X))
    points = RNG.normal(size=(8, N))
    found: list[Any] = [None] * len(points)

    def work(i: int) -> None:
        for _ in range(20):
            found[i] = F.sparse_jacobian(points[i]).toarray()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(points))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for x, J in zip(points, found, strict=True):
        same(J, F.jacobian(x))


def test_results_without_derivatives() -> None:
    assert jt.record(lambda x: np.array([1.0, 2.0]), X).sparse_jacobian(X).nnz == 0
    with pytest.raises(jt.GradientError, match="one recorded array"):
        jt.record(lambda x: (x, x), X).sparse_jacobian(X)
    with pytest.raises(jt.GradientError, match="one recorded array"):
        jt.record(lambda x: x > 0, X).sparse_jacobian(X)


# --- constant zeros -----------------------------------------------------------------------------------------------------------

BAND = np.diag(np.full(N, 2.0)) + np.diag(np.full(N - 1, -1.0), 1) + np.diag(np.full(N - 1, -1.0), -1)
QUADRATIC = {
    "x @ (A @ x)": lambda x: 0.5 * (x @ (BAND @ x)),
    "x @ A @ x": lambda x: x @ BAND @ x,
    "einsum": lambda x: np.einsum("i,ij,j", x, BAND, x),
    "elementwise": lambda x: np.sum(BAND * np.outer(x, x)),
    "a weighted sum": lambda x: np.sum((BAND != 0) * 3.0 * (x * x[:, None])),
    "a product of products": lambda x: np.sum((BAND * x) * (BAND.T * x[:, None]).T.T * 1.0),
    "squares": lambda x: np.sum((np.tril(BAND) @ x) ** 2),
    "exponentials": lambda x: np.sum(np.exp(np.tril(BAND) @ x)),
    "stacked": lambda x: np.sum((np.stack([np.tril(BAND), np.eye(N)]) @ x) ** 3),
    "loop": lambda x: sum((BAND[i, j] * x[i] * x[j] for i in range(N) for j in range(N)), 0.0),
}


@pytest.mark.parametrize("name", QUADRATIC)
def test_factors_of_zero_leave_out_what_they_are_multiplied_with(name: str) -> None:
    f = QUADRATIC[name]
    F = jt.record(f, X)
    H = F.sparse_hessian(X)
    same(H.toarray(), jt.hessian(f)(X))
    assert H.nnz <= 3 * N - 2
    inputs, _ = slots_of(F)
    assert not (dense((H.indptr, H.indices), (N, N)) & ~dense(hessian_pattern(F.tape, inputs, F.paths[0].seed), (N, N))).any()
    points = RNG.normal(size=(5, N))
    same(F.batch_hessian(points), [jt.hessian(f)(x) for x in points])
    same(F.hvp(X, points[0]), jt.hessian(f)(X) @ points[0])
    G = jt.record(jt.grad(f), X)
    assert G.sparse_jacobian(X).nnz <= 3 * N - 2
    same(G.sparse_jacobian(points[1]).toarray(), jt.hessian(f)(points[1]))


def test_zeros_beside_infinities() -> None:
    """What a zero leaves out may be infinite or NaN."""
    A = np.array([[0.0, 1.0], [1.0, 0.0]])
    F = jt.record(lambda x: A @ np.sqrt(x), np.ones(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        J = F.sparse_jacobian(np.array([0.0, 4.0]))
    assert J.nnz == 2
    assert J.data.tolist() == [0.25, np.inf]


def test_zeros_that_may_change_are_none() -> None:
    F = jt.record(lambda x, A: 0.5 * (x @ (A @ x)), X, A=np.zeros((N, N)))
    assert F.sparse_hessian(X).nnz == N * N
    same(F.sparse_hessian(X, A=BAND).toarray(), BAND)
    G = jt.record(lambda x, A: np.sum((A @ x) ** 2), X, BAND)
    assert G.sparse_hessian(X, BAND).shape == (N + N * N, N + N * N)
    same(G.sparse_hessian(X, 2.0 * BAND).toarray()[:N, :N], 8.0 * BAND.T @ BAND)
