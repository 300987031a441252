"""Products with constant sparse matrices of SciPy: every class and operator beside the same program with a dense matrix, by every route."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from draws import FACTOR
from scipy.sparse.linalg import aslinearoperator

import jittape as jt
from jittape.errors import DerivativeLostError, RecordingError, TapeFileError
from jittape.ops.layout import CONSTANT, OPERATION, RUN, SPARSE_MATMUL
from jittape.sparse.pattern import hessian_pattern, jacobian_pattern
from jittape.tape.tape import Tape

FORMATS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
M, N = 5, 7
RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=N), RNG.normal(size=M)


def drawn(rng: Any, m: int, n: int, density: float = 0.4) -> Any:
    return rng.normal(size=(m, n)) * (rng.random((m, n)) < density)


D = drawn(np.random.default_rng(8), M, N)


def same(a: Any, b: Any, tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


# --- operators and classes ---------------------------------------------------------------------------------------------------

PRODUCTS = {
    "A @ x": (lambda A, x: A @ x, X),
    "A.dot(x)": (lambda A, x: A.dot(x), X),
    "A.T @ y": (lambda A, y: A.T @ y, Y),
    "y @ A": (lambda A, y: y @ A, Y),
    "x @ A.T": (lambda A, x: x @ A.T, X),
    "A @ B": (lambda A, x: A @ np.stack([x, x * x, np.sin(x)]).T, X),
    "A @ B.T": (lambda A, x: A @ np.outer(x[:3], x).T, X),
    "B @ A": (lambda A, y: np.outer(y[1:], y) @ A, Y),
    "A @ column": (lambda A, x: A @ x[:, None], X),
    "row @ A": (lambda A, y: y[None] @ A, Y),
    "strided": (lambda A, x: A @ np.concatenate([x, x**2])[::2], X),
    "backwards": (lambda A, x: A @ x[::-1], X),
    "gathered": (lambda A, x: A @ x[[0, 3, 3, 1, 6, 2, 0]], X),
    "broadcast": (lambda A, x: A @ np.broadcast_to(x[2], N), X),
    "in place": (lambda A, y: _in_place(y, A), Y),
}
MATRIX_ONLY = {"A * x": (lambda A, x: A * x, X), "y * A": (lambda A, y: y * A, Y), "A * B": (lambda A, x: A * np.outer(x, x[:2]), X)}


def _in_place(y: Any, A: Any) -> Any:
    z = first = y * 1.0
    z @= A
    return np.concatenate([z, first])  # which stays as it was


DENSE = {"A * x": lambda A, x: A @ x, "y * A": lambda A, y: y @ A, "A * B": lambda A, x: A @ np.outer(x, x[:2]), "A.dot(x)": lambda A, x: A @ x,
         "in place": lambda A, y: np.concatenate([y @ A, y])}
"""How the product of a dense matrix is written, where that is otherwise."""


@pytest.mark.parametrize("name", [*PRODUCTS, *MATRIX_ONLY])
def test_products_are_those_of_dense_matrices(name: str) -> None:
    f, x = (PRODUCTS | MATRIX_ONLY)[name]
    dense = DENSE.get(name, f)
    for kind in FORMATS:
        for family in ("matrix",) if name in MATRIX_ONLY else ("array", "matrix"):
            A = getattr(sp, f"{kind}_{family}")(D)
            plain = f(A, x)
            value, pull = jt.vjp(lambda x, A=A: f(A, x), x)
            assert np.shape(value) == plain.shape
            same(value, plain)
            same(value, dense(D, x))
            g = np.cos(np.arange(float(np.size(value)))).reshape(np.shape(value))
            same(pull(g)[0], jt.vjp(lambda x: dense(D, x), x)[1](g)[0])


def test_vectors_of_one_axis() -> None:
    a = sp.coo_array(D[0])
    if a.ndim == 1:
        same(jt.grad(lambda x: a @ x)(X), D[0])
        same(jt.jacobian(lambda x: a @ np.outer(x, x[:2]))(X), jt.jacobian(lambda x: D[0] @ np.outer(x, x[:2]))(X))
        same(jt.grad(lambda x: x @ a)(X), D[0])


def test_empty_matrices() -> None:
    for shape in ((0, N), (M, N), (M, 0)):
        A = sp.csr_array(shape)
        x = X[: shape[1]]
        out = jt.vjp(lambda x, A=A: np.concatenate([A @ x, x]), x)[0]
        same(out, np.concatenate([np.zeros(shape[0]), x]))
        if x.size:
            assert not jt.jacobian(lambda x, A=A: A @ x + 0.0 * x[0])(x).any()


# --- drawn programs, by every route -----------------------------------------------------------------------------------------


def program(seed: int) -> tuple[Any, int]:
    """(f(matrices, x), numbers of x): a chain of products with drawn matrices and elementwise functions, and the matrices, dense."""
    rng = np.random.default_rng(seed)
    sizes = [int(rng.integers(2, 7)) for _ in range(3)]
    width = int(rng.integers(1, 3))
    matrices = [drawn(rng, b, a, 0.6) for a, b in zip(sizes, sizes[1:], strict=False)]
    matrices = [m if rng.random() < 0.5 else m.T for m in matrices]
    kinds = rng.integers(0, 4, 2)

    def f(take: Any, x: Any) -> Any:
        z = x.reshape(sizes[0], width)[:, 0] if width == 1 else x.reshape(sizes[0], width)
        for m, kind, to in zip(matrices, kinds.tolist(), sizes[1:], strict=True):
            A = take(m)
            turned = m.shape[0] != to or (m.shape[1] != z.shape[0])
            if turned:
                z = z @ A if z.ndim == 1 else (z.T @ A).T
            else:
                z = A @ z
            z = (np.tanh(z), z * z, np.sin(z) + z, np.exp(0.3 * z))[kind]
        return z.ravel()

    return f, sizes[0] * width


def sparse(m: Any) -> Any:
    return sp.csr_array(m) if m.sum() > 0 else sp.csc_array(m)


@pytest.mark.parametrize("seed", range(6 * FACTOR))
def test_drawn_programs_by_every_route(seed: int) -> None:
    f, n = program(seed)
    rng = np.random.default_rng(seed + 100)
    x, y, v = rng.normal(size=(3, n))

    def by(take: Any) -> tuple[Any, Any]:
        return (lambda x: f(take, x)), (lambda x: np.sum(f(take, x) ** 2) + x[0] * f(take, x)[-1])

    (vector, scalar), (plain_vector, plain_scalar) = by(sparse), by(lambda m: m)
    same(jt.grad(scalar)(x), jt.grad(plain_scalar)(x))
    same(jt.jvp(vector, (x,), (v,))[1], jt.jvp(plain_vector, (x,), (v,))[1])
    same(jt.jacobian(vector)(x), jt.jacobian(plain_vector)(x))
    same(jt.hessian(scalar)(x), jt.hessian(plain_scalar)(x))
    same(jt.grad(lambda x: np.sum(jt.grad(scalar)(x) ** 2))(x), jt.grad(lambda x: np.sum(jt.grad(plain_scalar)(x) ** 2))(x), 1e-9)
    F, G, J, K = (jt.record(g, x) for g in (scalar, plain_scalar, vector, plain_vector))
    for at in (y, x):
        same(F(at), G(at))
        same(F.grad(at), G.grad(at))
        same(F.hessian(at), G.hessian(at))
        same(F.hvp(at, v), G.hvp(at, v))
        same(F.sparse_hessian(at).toarray(), G.hessian(at))
        same(J.jacobian(at), K.jacobian(at))
        same(J.sparse_jacobian(at).toarray(), K.jacobian(at))
    points = rng.normal(size=(20, n))
    for math in ("fast", "precise"):
        same(F.batch_grad(points, math=math), [G.grad(p) for p in points], 1e-11)
    same(F.batch_hessian(points[:3]), [G.hessian(p) for p in points[:3]], 1e-11)
    assert jacobian_pattern(J.tape, np.arange(n), J.paths[0].outputs[0].slots)[1].size >= np.count_nonzero(K.jacobian(x))
    H = pickle.loads(pickle.dumps(F))
    same(H.grad(y), G.grad(y))
    same(H.batch_grad(points), F.batch_grad(points))
    single = jt.grad(scalar)(x.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, jt.grad(plain_scalar)(x), rtol=2e-3, atol=2e-3 * np.abs(single).max())


def test_beside_jax() -> None:
    jax = pytest.importorskip("jax")
    from jax.experimental import sparse as jsp

    jax.config.update("jax_enable_x64", True)
    A, B = sp.csr_array(D), jsp.BCOO.fromdense(D)

    def f(np_: Any, A: Any, x: Any) -> Any:
        return np_.sum(np_.exp(np_.sin(A @ (x * x))) * np_.arange(float(M)))

    same(jt.grad(lambda x: f(np, A, x))(X), jax.grad(lambda x: f(jax.numpy, B, x))(X))
    same(jt.hessian(lambda x: f(np, A, x))(X), jax.hessian(lambda x: f(jax.numpy, B, x))(X), 1e-10)


# --- what is recorded ---------------------------------------------------------------------------------------------------------


def test_one_instruction_a_product_and_one_copy_of_a_matrix() -> None:
    A = sp.csr_array(D[:, :M])

    def f(x: Any) -> Any:
        for _ in range(20):
            x = np.tanh(A @ x) + A.T @ x
        return np.sum(x)

    tape = jt.record(f, Y).tape
    opcode = tape.opcode[: tape.count]
    assert np.count_nonzero(opcode == RUN + SPARSE_MATMUL) == 40
    assert np.count_nonzero(opcode == RUN + CONSTANT) == 1
    assert len(tape.index) < 40 * A.nnz
    assert f"sparse_matmul {M} x {M} of {A.nnz} entries" in tape.listing()


def test_a_matrix_that_changes_between_products_is_another_one() -> None:
    A = sp.csr_array(D)
    before, after = D.copy(), 3.0 * D

    def f(x: Any) -> Any:
        A.data[:] = sp.csr_array(before).data
        first = A @ x
        A.data[:] *= 3.0
        return np.sum(first**2) + np.sum((A @ x) ** 3)

    same(jt.grad(f)(X), jt.grad(lambda x: np.sum((before @ x) ** 2) + np.sum((after @ x) ** 3))(X))


def test_patterns_hold_the_entries_and_no_explicit_zeros() -> None:
    A = sp.csr_array(D[:, :M] + np.eye(M))
    A.data[2] = 0.0
    expected = A.copy()
    expected.eliminate_zeros()
    F = jt.record(lambda x: np.tanh(A @ x), Y)
    assert F.sparse_jacobian(Y).nnz == expected.nnz
    assert jacobian_pattern(F.tape, np.arange(M), F.paths[0].outputs[0].slots)[1].tolist() == sorted_rows(expected)
    G = jt.record(lambda x: 0.5 * (x @ (A @ x)), Y)
    H = expected + expected.T
    assert G.sparse_hessian(Y).nnz == H.nnz
    assert hessian_pattern(G.tape, np.arange(M), G.paths[0].seed)[1].tolist() == sorted_rows(H)
    same(G.sparse_hessian(Y).toarray(), 0.5 * H.toarray())


def sorted_rows(A: Any) -> list[int]:
    A = sp.csr_array(A)
    A.sort_indices()
    return A.indices.tolist()  # type: ignore[no-any-return]


def test_an_adjoint_of_zero_gives_zero_whatever_the_matrix_holds() -> None:
    E = D.copy()
    E[1, 2], E[3, 0] = np.inf, np.nan
    A = sp.csr_array(E)
    keep = np.array([0, 2, 4])
    for f in (lambda x: np.sum((A @ x)[keep] ** 2), lambda x: np.sum((A @ np.outer(x, x[:2]))[keep])):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = jt.grad(f)(X)
        assert np.isfinite(found).all()
    F = jt.record(lambda x: (A @ x)[keep], X)
    same(F.jacobian(X), D[keep])


def test_stop_gradient_and_constants() -> None:
    A = sp.csr_array(D)
    F = jt.record(lambda x: np.sum(A @ jt.stop_gradient(x) * (A @ x)), X)
    for x in (X, 2.0 * X):
        same(F(x), np.sum((D @ x) ** 2))
        same(F.grad(x), D.T @ (D @ x))


# --- bad input ------------------------------------------------------------------------------------------------------------------

WRONG = {
    "integers": (lambda x: sp.csr_array(np.eye(N, dtype=int)) @ x, RecordingError, r"dtype int64.*A\.astype\(float\)"),
    "truth values": (lambda x: x @ sp.csc_matrix(np.eye(N, dtype=bool)), RecordingError, r"dtype bool.*A\.astype\(float\)"),
    "complex": (lambda x: sp.coo_array(np.eye(N, dtype=complex)) @ x, RecordingError, r"dtype complex128.*A\.real"),
    "shape": (lambda x: sp.csr_array(D.T) @ x, ValueError, r"inner lengths 5 and 7 differ.*\(7, 5\) and \(7,\)"),
    "shape on the right": (lambda x: x @ sp.csr_array(D), ValueError, r"inner lengths 7 and 5 differ"),
    "three axes": (lambda x: x[None, None] @ sp.csr_array(D.T), ValueError, "vectors and matrices, not with an array of shape"),
    "a number": (lambda x: sp.csr_matrix(D) * x[0], DerivativeLostError, r"A @ x, x @ A and A\.dot\(x\)"),
    "elementwise": (lambda x: sp.csr_array(D) * x, DerivativeLostError, r"A\.toarray\(\) \* x"),
    "entries": (lambda x: sp.csr_array((x, (np.arange(N), np.arange(N)))) @ x, DerivativeLostError, "from jittape.scipy import sparse"),
    "diagonals": (lambda x: sp.diags([x], [0]) @ x, DerivativeLostError, "from jittape.scipy import sparse"),
    "a sum": (lambda x: sp.csr_array(np.eye(N)) + np.outer(x, x), RecordingError, r"A\.toarray\(\)"),
    "a difference": (lambda x: np.outer(x, x) - sp.csr_matrix(np.eye(N)), RecordingError, r"A\.toarray\(\)"),
    "linear operator": (lambda x: aslinearoperator(sp.csr_array(D)) @ x, DerivativeLostError, "was given a recorded array"),
    "numpy.matmul": (lambda x: np.matmul(sp.csr_array(D), x), RecordingError, "write A @ x"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_and_the_next_call_works(name: str) -> None:
    f, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        jt.grad(lambda x: np.sum(f(x)))(X)
    same(jt.grad(lambda x: np.sum(sp.csr_array(D) @ x))(X), D.sum(axis=0))


def test_damaged_matrices_are_refused() -> None:
    A = sp.csr_array(D)
    A.indices[0] = N + 3
    with pytest.raises(ValueError, match="outside its shape"):
        jt.grad(lambda x: np.sum(A @ x))(X)
    A = sp.csr_array(D)
    A.indptr[1] = A.nnz + 5
    with pytest.raises(ValueError, match="do not fit"):
        jt.grad(lambda x: np.sum(A @ x))(X)


def test_damaged_records_are_refused(tmp_path: Any) -> None:
    tape = jt.record(lambda x: np.sum(sp.csr_array(D) @ x), X).tape
    k = int(np.flatnonzero(tape.opcode[: tape.count] & OPERATION == SPARSE_MATMUL)[0])
    at = int(tape.arg0[k])
    for place, bad in ((0, 2), (1, 0), (2, M + 1), (3, 2), (4, 10**6), (5, -1), (6, 10**6), (7, 10**6), (8, 3), (9, -1), (11, 4)):
        other = tape.copy()
        other.meta[at + place] = bad
        other.save(tmp_path / "damaged")
        with pytest.raises(TapeFileError):
            Tape.load(tmp_path / "damaged")
