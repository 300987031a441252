"""Sparse matrices of recorded entries beside SciPy's of plain ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
import scipy_checks
from scipy_checks import check

import jittape as jt
from jittape.errors import RecordingError
from jittape.scipy import sparse
from jittape.scipy.sparse import linalg

RNG = np.random.default_rng(17)
N = 4
OFFSETS, COLUMNS = np.array([0, 2, 3, 5, 7]), np.array([0, 1, 1, 0, 2, 1, 3])
ROWS = np.repeat(np.arange(N), np.diff(OFFSETS))


def draw(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


def entries() -> np.ndarray:
    return np.where(ROWS == COLUMNS, 3.0, 0.0) + 0.5 * draw(7)


def csr(S: Any, d: Any) -> Any:
    return S.csr_array((d, COLUMNS, OFFSETS), shape=(N, N))


def coo(S: Any, d: Any) -> Any:
    return S.coo_array((d, (ROWS, COLUMNS)), shape=(N, N))


def repeated(S: Any, d: Any) -> Any:
    """Entries of which two have one place."""
    return S.coo_array((d, (ROWS, [0, 1, 1, 1, 1, 3, 3])), shape=(N, N))


def dense(x: Any) -> Any:
    return x.toarray() if hasattr(x, "toarray") else x


def joined(parts: Any) -> Any:
    return scipy_checks.joined([dense(p) for p in parts])


FIXED = scipy.sparse.random_array((N, N), density=0.5, rng=np.random.default_rng(2), format="csr")
SPARSE = {
    "products": lambda S, d, x: joined([csr(S, d) @ x, x.T @ csr(S, d), csr(S, d) @ x[:, 0], x[:, 1] @ csr(S, d), csr(S, d).T @ x, coo(S, d).dot(x)]),
    "sparse products": lambda S, d, x: joined([csr(S, d) @ csr(S, d).T, csr(S, d) @ FIXED, FIXED @ csr(S, d), S.csc_array((d, COLUMNS, OFFSETS), shape=(N, N)) @ coo(S, d)]),
    "sums": lambda S, d, x: joined([csr(S, d).sum(axis=0), csr(S, d).sum(axis=1), csr(S, d).sum().reshape(1), csr(S, d).mean(axis=0), csr(S, d).diagonal(), csr(S, d).diagonal(-1), csr(S, d).trace().reshape(1)]),
    "elementwise": lambda S, d, x: joined([csr(S, d).multiply(x[:, :1]), csr(S, d) * 2.0, csr(S, d) / 3.0, -csr(S, d), csr(S, d) + FIXED, csr(S, d) - csr(S, d).T, csr(S, d).power(2), csr(S, d).multiply(FIXED)]),
    "forms": lambda S, d, x: joined([coo(S, d).tocsr(), coo(S, d).tocsc().T, repeated(S, d), repeated(S, d).power(2)]),
    "diagonals": lambda S, d, x: joined([S.diags([d[:4], d[4:]], [0, 1]), S.diags_array([d[:4], d[4:]], offsets=[0, -1]), S.diags(d)]),
    "from dense": lambda S, d, x: joined([S.csr_array(x), S.csr_array(coo(S, d))]),
}  # fmt: skip


@pytest.mark.parametrize("name", SPARSE)
def test_arrays_of_recorded_entries(name: str) -> None:
    f = SPARSE[name]
    make = lambda: (entries(), draw(N, 3))
    check(partial(f, sparse), partial(f, scipy.sparse), [make(), make()])


def test_solutions() -> None:
    def f(S: Any, d: Any, b: Any) -> Any:
        solve = S.linalg.factorized(csr(S, d).tocsc())
        lu = S.linalg.splu(csr(S, d).tocsc())
        return joined([S.linalg.spsolve(csr(S, d), b), S.linalg.spsolve(csr(S, d).tocsc(), b[:, 0]), solve(b[:, 1]), lu.solve(b), lu.solve(b[:, 0], trans="T")])

    make = lambda: (entries(), draw(N, 2))
    check(partial(f, sparse), partial(f, scipy.sparse), [make(), make()])


@pytest.mark.parametrize("method", ["cg", "bicgstab", "gmres", "minres"])
def test_iterative_solutions(method: str) -> None:
    """Of a symmetric, positive definite matrix; by plain matrices, too."""

    def f(S: Any, d: Any, b: Any) -> Any:
        a = S.diags_array([2.0 + d[:4] ** 2, d[4:], d[4:]], offsets=[0, 1, -1], format="csr")
        return joined([getattr(S.linalg, method)(a, b, rtol=1e-13)[0], getattr(S.linalg, method)(FIXED @ FIXED.T + scipy.sparse.eye_array(N), b, rtol=1e-13)[0]])

    make = lambda: (0.3 * draw(7), draw(N))
    check(partial(f, sparse), partial(f, scipy.sparse), [make(), make()], value=1e-9)


def test_one_factorisation_serves_both_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    count = [0]
    splu = scipy.sparse.linalg.splu
    monkeypatch.setattr(scipy.sparse.linalg, "splu", lambda *args, **kwargs: (count.__setitem__(0, count[0] + 1), splu(*args, **kwargs))[1])
    linalg.original.cache_clear()
    try:
        F = jt.record(lambda d: np.sum(linalg.spsolve(csr(sparse, d), np.ones(N)) ** 2), entries())
        d = entries()
        count[0] = 0
        F.grad(d)
        assert count[0] == 1
        F.hvp(d, draw(7))
        assert count[0] == 1
    finally:
        linalg.original.cache_clear()


@pytest.mark.parametrize("given", [
    lambda x: sparse.diags_array([x], offsets=[1]), lambda x: sparse.diags_array(x, offsets=1), lambda x: sparse.diags([x, [x[0], x[1]]], [0, 1]),
    lambda x: sparse.diags([x[0], x[1]], [0, -1], shape=(3, 3)), lambda x: sparse.diags([x[0], x[1], 3.0], 0),
])  # fmt: skip
def test_diagonals_of_arrays_lists_and_tensors(given: Any) -> None:
    x, w = draw(3), np.arange(1.0, 5.0)
    plain, f = given(x), lambda x: np.sum((given(x) @ w[: plain.shape[1]]) ** 2)
    np.testing.assert_allclose(jt.record(f, x)(x), np.sum((plain @ w[: plain.shape[1]]) ** 2), rtol=1e-13)
    jt.testing.check_grad(f, x)
    t = jt.tensor(x, requires_grad=True)
    f(t).backward()
    np.testing.assert_allclose(t.grad.numpy(), jt.grad(f)(x), rtol=1e-13)


def test_lists_of_recorded_numbers() -> None:
    f = lambda x: np.sum((2.0 * sparse.csr_matrix(([x, 1.0, x], ([0, 1, 1], [0, 0, 1])), shape=(2, 2))).T @ [1.0, x])
    assert jt.grad(f)(1.3) == pytest.approx(4.0 + 4.0 * 1.3)
    g = lambda x: linalg.spsolve(sparse.csc_matrix(([x, 1.0, x], ([0, 1, 1], [0, 0, 1])), shape=(2, 2)), [1.0, x])[1]
    assert jt.grad(g)(2.0) == pytest.approx(2.0 / 8.0)


def test_plain_matrices_are_scipys() -> None:
    a = csr(sparse, entries())
    assert type(a) is scipy.sparse.csr_array
    assert isinstance(a, sparse.csr_array)
    b = draw(N)
    np.testing.assert_allclose(jt.grad(lambda b: np.sum(linalg.spsolve(a.tocsc(), b)))(b), np.linalg.solve(a.toarray().T, np.ones(N)), rtol=1e-12)
    np.testing.assert_allclose(jt.grad(lambda b: np.sum(linalg.splu(a.tocsc()).solve(b)))(b), np.linalg.solve(a.toarray().T, np.ones(N)), rtol=1e-12)
    assert sum([a, a]).nnz == a.nnz


def test_what_is_refused_says_so() -> None:
    d = entries()
    for f, error, words in [
        (lambda d: csr(sparse, d) @ np.ones(3), ValueError, "dimension mismatch"),
        (lambda d: csr(sparse, d[:5]), ValueError, "as many entries as coordinates"),
        (lambda d: sparse.coo_array((d, (ROWS, COLUMNS)), shape=(2, 2)), ValueError, "outside of it"),
        (lambda d: linalg.spsolve(csr(sparse, d), np.ones(3)), ValueError, "rhs dimension mismatch"),
        (lambda d: linalg.cg(csr(sparse, d), np.ones(3)), ValueError, "scipy.sparse.linalg.cg: a matrix"),
        (lambda d: linalg.cg(csr(sparse, d), np.ones(N), M=FIXED), RecordingError, "M="),
        (lambda d: csr(sparse, d) / csr(sparse, d), RecordingError, "toarray"),
        (lambda d: csr(sparse, d) + FIXED[:2], ValueError, "inconsistent shapes"),
    ]:
        with pytest.raises(error, match=words):
            jt.record(lambda d: (f(d), np.sum(d))[1], d)
