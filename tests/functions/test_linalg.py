"""Linear algebra: values against NumPy, derivatives against finite differences and PyTorch, to second order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import jittape as jt
from jittape.errors import BranchChanged, RecordingError
from jittape.functions.triangles import triangular_solve
from jittape.testing import check_grad

Make = Callable[..., np.ndarray]


@pytest.fixture
def draw(rng: np.random.Generator) -> Make:
    return lambda *shape: np.asarray(rng.normal(size=shape))


def close(a: Any, b: Any, tolerance: float = 1e-10) -> None:
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * max(1.0, np.abs(b).max(initial=0.0)))


def regular(x: Any) -> Any:
    """Well-conditioned matrices from any."""
    return x + 3.0 * np.eye(x.shape[-1])


def positive(x: Any) -> Any:
    """Symmetric positive definite matrices from any."""
    return x @ x.mT + np.eye(x.shape[-1])


def apart(x: Any) -> Any:
    """Symmetric matrices with eigenvalues that are well apart."""
    return (x + x.mT) * 0.3 + np.diag(np.arange(x.shape[-1]) * 2.0)


def sign_free(q: Any) -> Any:
    """What of orthogonal factors does not depend on their signs."""
    return q[..., :, None, :] * q[..., None, :, :]


CASES: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "solve vector": (lambda a, b: np.linalg.solve(regular(a), b), ((3, 3), (3,))),
    "solve matrix": (lambda a, b: np.linalg.solve(regular(a), b), ((3, 3), (3, 2))),
    "solve stacks": (lambda a, b: np.linalg.solve(regular(a), b), ((2, 3, 3), (2, 3, 2))),
    "solve stack, one right side": (lambda a, b: np.linalg.solve(regular(a), b), ((2, 3, 3), (3,))),
    "solve one matrix, a stack": (lambda a, b: np.linalg.solve(regular(a), b), ((3, 3), (2, 1, 3, 2))),
    "solve broadcast": (lambda a, b: np.linalg.solve(regular(a), b), ((2, 1, 2, 2), (3, 2, 1))),
    "solve constant matrix": (lambda b: np.linalg.solve(np.array([[2.0, 1.0], [0.5, 3.0]]), b), ((2, 2),)),
    "solve constant right side": (lambda a: np.linalg.solve(regular(a), np.array([1.0, 2.0])), ((2, 2),)),
    "solve transposed": (lambda a, b: np.linalg.solve(regular(a).T, b[::-1]), ((3, 3), (3,))),
    "inv": (lambda a: np.linalg.inv(regular(a)), ((3, 3),)),
    "inv stack": (lambda a: np.linalg.inv(regular(a)), ((2, 3, 3),)),
    "inv of one": (lambda a: np.linalg.inv(a + 3.0), ((1, 1),)),
    "det": (np.linalg.det, ((3, 3),)),
    "det stack": (np.linalg.det, ((2, 3, 4, 4),)),
    "det of one": (np.linalg.det, ((1, 1),)),
    "slogdet": (lambda a: np.linalg.slogdet(regular(a))[1], ((3, 3),)),
    "slogdet stack": (lambda a: np.linalg.slogdet(regular(a)).logabsdet, ((2, 3, 3),)),
    "slogdet of a negative determinant": (lambda a: np.linalg.slogdet(regular(a) * np.array([[-1.0], [1.0], [1.0]])), ((3, 3),)),
    "cholesky": (lambda a: np.linalg.cholesky(positive(a)), ((3, 3),)),
    "cholesky stack": (lambda a: np.linalg.cholesky(positive(a)), ((2, 3, 3),)),
    "cholesky upper": (lambda a: np.linalg.cholesky(positive(a), upper=True), ((3, 3),)),
    "cholesky and solve": (lambda a, b: np.linalg.solve(np.linalg.cholesky(positive(a)), b), ((3, 3), (3,))),
    "eigh": (lambda a: (lambda w, v: (w, sign_free(v)))(*np.linalg.eigh(apart(a))), ((3, 3),)),
    "eigh upper": (lambda a: (lambda w, v: (w, sign_free(v)))(*np.linalg.eigh(apart(a), UPLO="U")), ((3, 3),)),
    "eigh stack": (lambda a: (lambda w, v: (w, sign_free(v)))(*np.linalg.eigh(apart(a))), ((2, 3, 3),)),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(apart(a)), ((4, 4),)),
    "matrix function": (lambda a: (lambda w, v: (v * np.exp(0.2 * w)[..., None, :]) @ v.mT)(*np.linalg.eigh(apart(a))), ((3, 3),)),
    "qr tall": (lambda a: np.linalg.qr(a), ((4, 3),)),
    "qr square": (lambda a: np.linalg.qr(a, "complete"), ((3, 3),)),
    "qr wide": (lambda a: np.linalg.qr(a), ((2, 4),)),
    "qr stack": (lambda a: np.linalg.qr(a), ((2, 4, 2),)),
    "qr r": (lambda a: np.linalg.qr(a, mode="r"), ((4, 3),)),
    "svd tall": (lambda a: (lambda u, s, vh: (sign_free(u), s, (u * s) @ vh, u @ vh))(*np.linalg.svd(a, full_matrices=False)), ((4, 3),)),
    "svd wide": (lambda a: (lambda u, s, vh: (sign_free(vh.mT), s, u @ vh))(*np.linalg.svd(a, full_matrices=False)), ((2, 4),)),
    "svd square": (lambda a: (lambda u, s, vh: (sign_free(u), s, u @ vh))(*np.linalg.svd(a)), ((3, 3),)),
    "svd stack": (lambda a: (lambda u, s, vh: (s, u @ vh))(*np.linalg.svd(a, full_matrices=False)), ((2, 3, 2),)),
    "singular values": (lambda a: np.linalg.svd(a, compute_uv=False), ((2, 4, 3),)),
    "svdvals": (np.linalg.svdvals, ((3, 4),)),
    "pinv tall": (np.linalg.pinv, ((4, 2),)),
    "pinv wide": (np.linalg.pinv, ((2, 4),)),
    "pinv stack": (np.linalg.pinv, ((2, 3, 2),)),
    "pinv of rank one": (lambda u, v: np.linalg.pinv(u[:, None] * v, rcond=1e-10), ((3,), (2,))),
    "pinv hermitian": (lambda a: np.linalg.pinv(apart(a) + np.eye(3), hermitian=True), ((3, 3),)),
    "lstsq": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], ((5, 3), (5,))),
    "lstsq matrix": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], ((5, 3), (5, 2))),
    "lstsq of least norm": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], ((2, 4), (2,))),
    "lstsq residuals": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[1], ((5, 3), (5, 2))),
    "cond": (lambda a: np.linalg.cond(regular(a)), ((3, 3),)),
    "cond -2": (lambda a: np.linalg.cond(a, -2), ((3, 2),)),
    "cond 1": (lambda a: np.linalg.cond(regular(a), 1), ((3, 3),)),
    "cond fro": (lambda a: np.linalg.cond(regular(a), "fro"), ((3, 3),)),
    "cond stack": (lambda a: np.linalg.cond(regular(a)), ((2, 3, 3),)),
    "spectral norm": (lambda a: np.linalg.norm(a, 2), ((3, 4),)),
    "nuclear norm": (lambda a: np.linalg.norm(a, "nuc"), ((3, 3),)),
    "tensorsolve": (lambda a, b: np.linalg.tensorsolve(a + 3.0 * np.eye(6).reshape(2, 3, 6), b), ((2, 3, 6), (2, 3))),
    "tensorsolve axes": (lambda a, b: np.linalg.tensorsolve(a + 3.0 * np.eye(6).reshape(2, 3, 6).transpose(2, 0, 1), b, axes=(0,)), ((6, 2, 3), (2, 3))),
    "tensorinv": (lambda a: np.linalg.tensorinv(a + 3.0 * np.eye(4).reshape(4, 2, 2), ind=1), ((4, 2, 2),)),
    "triangular lower": (lambda a, b: triangular_solve(a * 0.1 + np.eye(3), b, True) if not isinstance(a, np.ndarray) else np.linalg.solve(np.tril(a * 0.1 + np.eye(3)), b), ((3, 3), (3, 2))),
    "triangular unit upper stack": (lambda a, b: triangular_solve(a, b, False, True) if not isinstance(a, np.ndarray) else np.linalg.solve(np.triu(a, 1) + np.eye(3), b), ((2, 3, 3), (3, 2))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivatives(name: str, draw: Make) -> None:
    f, shapes = CASES[name]
    check_grad(f, *[draw(*shape) for shape in shapes], rtol=1e-5)


@pytest.mark.parametrize("name", ["solve vector", "inv stack", "det", "cholesky", "eigvalsh", "qr tall", "singular values", "pinv tall", "lstsq"])
def test_float32(name: str, draw: Make) -> None:
    f, shapes = CASES[name]
    args = [draw(*shape) for shape in shapes]
    out, pull = jt.vjp(f, *[a.astype(np.float32) for a in args])
    leaves = out if isinstance(out, tuple) else (out,)
    assert all(x.dtype == np.float32 for x in leaves)
    exact, pull64 = jt.vjp(f, *args)
    for x, y in zip(leaves, exact if isinstance(exact, tuple) else (exact,), strict=True):
        close(x, y, 1e-4)
    seed = type(out)(*(np.ones(x.shape) for x in leaves)) if isinstance(out, tuple) else np.ones(out.shape)
    for mine, theirs in zip(pull(seed), pull64(seed), strict=True):
        assert mine.dtype == np.float32
        close(mine, theirs, 1e-3)


try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

TORCH: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "solve": (lambda a, b: np.linalg.solve(a, b), lambda *x: torch.linalg.solve(*x), ((5, 5), (5, 2))),
    "inv": (np.linalg.inv, lambda *x: torch.linalg.inv(*x), ((2, 4, 4),)),
    "det": (np.linalg.det, lambda *x: torch.linalg.det(*x), ((2, 4, 4),)),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1], lambda a: torch.linalg.slogdet(a)[1], ((4, 4),)),
    "cholesky": (lambda a: np.linalg.cholesky(a @ a.mT + np.eye(4)), lambda a: torch.linalg.cholesky(a @ a.mT + torch.eye(4, dtype=a.dtype)), ((2, 4, 4),)),
    "cholesky of a triangle": (lambda a: np.linalg.cholesky(np.tril(a) + np.tril(a, -1).mT + 9 * np.eye(4)), lambda a: torch.linalg.cholesky(torch.tril(a) + torch.tril(a, -1).mT + 9 * torch.eye(4, dtype=a.dtype)), ((2, 4, 4),)),
    "eigvalsh": (np.linalg.eigvalsh, lambda a: torch.linalg.eigvalsh(torch.tril(a) + torch.tril(a, -1).mT), ((5, 5),)),
    "eigvalsh upper": (lambda a: np.linalg.eigvalsh(a, "U"), lambda a: torch.linalg.eigvalsh(torch.triu(a) + torch.triu(a, 1).mT), ((2, 5, 5),)),
    "svdvals": (lambda a: np.linalg.svd(a, compute_uv=False), lambda *x: torch.linalg.svdvals(*x), ((2, 5, 3),)),
    "qr": (lambda a: sum(np.sum(np.sin(x)) for x in np.linalg.qr(a)), lambda a: sum(torch.sum(torch.sin(x)) for x in torch.linalg.qr(a)), ((5, 3),)),
    "pinv": (np.linalg.pinv, lambda *x: torch.linalg.pinv(*x), ((5, 3),)),
    "lstsq": (lambda a, b: np.linalg.lstsq(a, b)[0], lambda a, b: torch.linalg.lstsq(a, b, driver="gelsd").solution, ((5, 3), (5, 2))),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, 5), lambda a: torch.linalg.matrix_power(a, 5), ((3, 3),)),
    "multi_dot": (lambda *x: np.linalg.multi_dot(x), lambda *x: torch.linalg.multi_dot(x), ((3, 5), (5, 2), (2, 4))),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_against_torch(name: str, draw: Make) -> None:
    if torch is None:
        pytest.skip("torch is not installed")
    """The adjoint of a general matrix, where conventions (which triangle, symmetric or not) would show."""
    mine, theirs, shapes = TORCH[name]
    args = [draw(*shape) for shape in shapes]
    tensors = [torch.tensor(x, requires_grad=True) for x in args]
    expected = theirs(*tensors)
    seed = draw(*expected.shape)
    expected.backward(torch.tensor(seed))
    out, pull = jt.vjp(mine, *args)
    close(out, expected.detach().numpy())
    for g, t in zip(pull(np.float64(seed) if not seed.shape else seed), tensors, strict=True):
        close(g, t.grad.numpy())


# --- the same kinds of results as NumPy ------------------------------------------------------------------------------------------------


def test_results_are_numpys_named_tuples(draw: Make) -> None:
    seen: list[Any] = []

    def f(a: Any) -> Any:
        s = a @ a.T + np.eye(3)
        seen[:] = [np.linalg.slogdet(s), np.linalg.eigh(s), np.linalg.qr(s), np.linalg.svd(s)]
        sign, logdet = seen[0]
        return logdet + seen[1].eigenvalues[0] + seen[2].R[0, 0] + seen[3].S[0] + sign

    a = draw(3, 3)
    jt.grad(f)(a)
    for mine, theirs in zip(seen, [np.linalg.slogdet(a), np.linalg.eigh(a), np.linalg.qr(a), np.linalg.svd(a)], strict=True):
        assert type(mine) is type(theirs)


def test_lstsq_returns_what_numpy_returns(draw: Make) -> None:
    for m, n, dependent in ((5, 3, False), (2, 4, False), (5, 3, True)):
        a, b = draw(m, n), draw(m)
        if dependent:
            a[:, 2] = a[:, 0] + a[:, 1]
        expected = np.linalg.lstsq(a, b, rcond=None)
        ranks = []

        def f(a: Any, b: Any, ranks: Any = ranks) -> Any:
            x, residuals, rank, s = np.linalg.lstsq(a, b, rcond=None)
            ranks.append(rank)
            return x, residuals, s

        x, residuals, s = jt.vjp(f, a, b)[0]
        close(x, expected[0])
        close(residuals, expected[1])
        close(s, expected[3])
        assert ranks == [expected[2]]


# --- determinants of singular matrices ---------------------------------------------------------------------------------------------------


def minors(a: np.ndarray) -> np.ndarray:
    """The cofactors by their definition."""
    n = len(a)
    out = np.empty((n, n))
    for i, j in np.ndindex(n, n):
        rest = [[a[p, q] for q in range(n) if q != j] for p in range(n) if p != i]
        out[i, j] = (-1) ** (i + j) * leibniz(rest)
    return out


def leibniz(a: Any) -> float:
    if not len(a):
        return 1.0
    return sum((-1) ** j * a[0][j] * leibniz([[x for q, x in enumerate(row) if q != j] for row in a[1:]]) for j in range(len(a)))


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_det_of_singular_matrices(rank: int, draw: Make) -> None:
    a = np.rint(5 * draw(4, rank)) @ np.rint(5 * draw(rank, 4)) if rank < 4 else draw(4, 4)
    close(jt.grad(np.linalg.det)(a), minors(a))
    second = jt.hessian(np.linalg.det)(a)
    expected = np.empty((4, 4, 4, 4))
    for p, q in np.ndindex(4, 4):
        e = np.zeros((4, 4))
        e[p, q] = 1.0
        expected[:, :, p, q] = (minors(a + e) - minors(a - e)) / 2 if rank < 4 else (minors(a + 1e-3 * e) - minors(a - 1e-3 * e)) / 2e-3
    close(second, expected, 1e-9)  # a minor is linear in each element, so the difference is exact


def test_det_of_nearly_singular_and_stacked(draw: Make) -> None:
    a = draw(3, 3, 3)
    a[1, 2] = a[1, 0] + 1e-13 * a[1, 2]
    a[2, :, 1] = 0.0
    close(jt.grad(lambda a: np.sum(np.linalg.det(a)))(a), np.stack([minors(x) for x in a]), 1e-9)


def test_det_whose_inverse_overflows() -> None:
    for a in (np.diag([3.0, 1e-310]), np.diag([1e-323, 2.0, 5.0]), np.array([[3.0, 1.0], [0.0, 1e-311]])):
        want = minors(a)
        F = jt.record(np.linalg.det, 2.0 * np.eye(len(a)) + 0.1)
        stack = np.stack([np.eye(len(a)), a, a])
        for found in (jt.grad(np.linalg.det)(a), F.grad(a), F.batch_grad(stack)[1], F.batch_grad(stack, math="precise")[2]):
            np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-300)
        assert jt.jvp(np.linalg.det, (a,), (np.ones_like(a),))[1] == pytest.approx(want.sum())


def test_det_of_nearly_singular_float32(draw: Make) -> None:
    a = draw(4, 4)
    a[3] = a[0] - a[1] + 1e-3 * a[3]
    g = jt.grad(np.linalg.det)(a.astype(np.float32))
    assert g.dtype == np.float32
    close(g, minors(a), 1e-5)


def test_third_derivative_of_det(draw: Make) -> None:
    a = np.eye(3)  # equal singular values
    v, w, x = draw(3, 3), draw(3, 3), draw(3, 3)

    def along(f: Any, direction: Any) -> Any:
        return lambda y: np.sum(jt.grad(f)(y) * direction)

    third = along(along(along(np.linalg.det, v), w), x)(a)
    close(third, np.sum(x * minors(v + w) - x * minors(v) - x * minors(w)))


# --- repeated eigenvalues and singular values ----------------------------------------------------------------------------------------------


def test_functions_of_repeated_eigenvalues(draw: Make) -> None:
    q = np.linalg.qr(draw(4, 4))[0]
    for a in (np.eye(4), q @ np.diag([1.0, 1.0, 1.0, 2.0]) @ q.T):
        w, v = np.linalg.eigh(a)
        g = jt.grad(lambda a: np.sum(np.exp(np.linalg.eigvalsh(a))))(a)
        expected = (v * np.exp(w)) @ v.T
        close(g, np.tril(expected) + np.tril(expected, -1))
        t = draw(4, 4)
        _, tangent = jt.jvp(lambda a: np.sum(np.exp(np.linalg.eigvalsh(a))), (a,), (t,))
        close(tangent, np.sum(g * t))


def test_repeated_and_zero_singular_values(draw: Make) -> None:
    a = np.zeros((4, 3))
    a[0, 0] = a[1, 1] = 2.0
    g = jt.grad(lambda a: np.sum(np.linalg.svd(a, compute_uv=False)[:2] ** 2))(a)
    close(g, 2 * a)
    g = jt.grad(lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 2))(np.eye(3))
    close(g, 2 * np.eye(3))


def test_vectors_of_equal_eigenvalues_have_no_derivative(draw: Make) -> None:
    weights = draw(3, 3)
    g = jt.grad(lambda a: np.sum(weights * np.linalg.eigh(a).eigenvectors))(np.eye(3))
    assert not np.isfinite(g).all()


# --- matrices of which one triangle is read --------------------------------------------------------------------------------------------------


def in_one_triangle(p: Any, upper: bool, other: bool) -> Any:
    """A positive definite matrix in one triangle; the other one holds zeros, or numbers that nobody reads."""
    a = jt.numpy.zeros((2, 2))
    a[0, 0], a[1, 1] = p[0] + 3.0, p[2] + 4.0
    a[(0, 1) if upper else (1, 0)] = p[1]
    if other:
        a[(1, 0) if upper else (0, 1)] = 7.0 * p[0] * p[2]
    return a


TRIANGLES: dict[str, tuple[bool, Callable[[Any], Any]]] = {
    "eigh": (False, lambda a: (lambda w, v: w[0] * 1.3 + w[1] ** 2 + v[0, 0] * v[1, 0])(*np.linalg.eigh(a))),
    "eigh upper": (True, lambda a: (lambda w, v: w[0] * 1.3 + w[1] ** 2 + v[0, 0] * v[1, 0])(*np.linalg.eigh(a, UPLO="u"))),
    "eigvalsh": (False, lambda a: np.linalg.eigvalsh(a)[0]),
    "eigvalsh upper": (True, lambda a: np.linalg.eigvalsh(a, "U")[0]),
    "eigvalsh of a stack": (False, lambda a: np.sum(np.linalg.eigvalsh(np.stack([a, a * a]))[:, 0])),
    "cholesky": (False, lambda a: np.sum(TRIANGLE_WEIGHTS * np.linalg.cholesky(a))),
    "cholesky upper": (True, lambda a: np.sum(TRIANGLE_WEIGHTS * np.linalg.cholesky(a, upper=True))),
    "cho_factor": (True, lambda a: np.sum(TRIANGLE_WEIGHTS * jt.linalg.cho_factor(a)[0])),
    "cho_factor lower": (False, lambda a: np.sum(TRIANGLE_WEIGHTS * jt.linalg.cho_factor(a, lower=True)[0])),
    "cho_solve": (False, lambda a: np.sum(jt.linalg.cho_solve(jt.linalg.cho_factor(a, lower=True), np.array([1.0, 2.0])))),
    "svd": (False, lambda a: np.linalg.svd(a, hermitian=True)[1][1]),
    "pinv": (False, lambda a: np.sum(TRIANGLE_WEIGHTS * np.linalg.pinv(a, hermitian=True))),
    "matrix_rank": (False, lambda a: a[0, 0] ** 2 * np.linalg.matrix_rank(a, hermitian=True)),
}  # fmt: skip
TRIANGLE_WEIGHTS = np.array([[0.5, -1.5], [2.0, 1.0]])


@pytest.mark.parametrize("other", [False, True], ids=["zeros", "numbers"])
@pytest.mark.parametrize("name", TRIANGLES)
def test_the_derivative_is_that_of_the_triangle_that_is_read(name: str, other: bool) -> None:
    """By every route, to second order, where the matrix stands in one triangle alone."""
    upper, f = TRIANGLES[name]
    p, h = np.array([0.3, 0.7, -0.2]), 1e-5 * np.eye(3)

    def of(p: Any) -> Any:
        return f(in_one_triangle(p, upper, other))

    def differences(f: Any) -> Any:
        return np.stack([(f(p + e) - f(p - e)) / 2e-5 for e in h], axis=-1)

    first = differences(of)
    gradient = jt.grad(of)
    close(gradient(p), first, 1e-7)
    close([jt.jvp(of, (p,), (e,))[1] for e in np.eye(3)], first, 1e-7)
    second = differences(gradient)
    close(jt.hessian(of)(p), second, 1e-7)
    recorded = jt.record(of, 1.1 * p)
    close(recorded.grad(p), first, 1e-7)
    close(recorded.batch_grad(np.stack([0.5 * p, p]))[1], first, 1e-7)
    close(recorded.hessian(p), second, 1e-7)
    x = jt.tensor(p, requires_grad=True)
    a = jt.zeros(2, 2)
    a[0, 0], a[1, 1] = x[0] + 3.0, x[2] + 4.0
    a[(0, 1) if upper else (1, 0)] = x[1]
    f(a).backward()
    close(x.grad.numpy(), first, 1e-7)


def test_the_other_triangle_has_no_derivative(draw: Make) -> None:
    """Not even where the matrix is symmetric; PyTorch's adjoint is the symmetric part of this one."""
    a, weights = positive(draw(3, 3)), draw(3, 3)
    for f in (np.linalg.cholesky, lambda a: np.linalg.eigh(a).eigenvectors, lambda a: np.linalg.eigvalsh(a)[:, None]):
        g = jt.grad(lambda a, f=f: np.sum(weights * f(a)))(a)
        assert g[1, 0] and not np.triu(g, 1).any()
    g = jt.grad(lambda a: np.sum(weights * np.linalg.cholesky(a, upper=True)))(a)
    assert g[0, 1] and not np.tril(g, -1).any()
    if torch is not None:
        t = torch.tensor(a, requires_grad=True)
        torch.sum(torch.tensor(weights) * torch.linalg.cholesky(t)).backward()
        g = jt.grad(lambda a: np.sum(weights * np.linalg.cholesky(a)))(a)
        close((g + g.T) / 2, t.grad.numpy())


# --- errors --------------------------------------------------------------------------------------------------------------------------------


def test_a_singular_matrix_raises_where_it_is_used_and_leaves_the_recording_usable() -> None:
    def f(a: Any) -> Any:
        with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
            np.linalg.inv(a - a)
        with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
            np.linalg.cholesky(-a @ a.T)
        try:
            return np.sum(np.linalg.solve(a * 0.0, a))
        except np.linalg.LinAlgError:
            return np.sum(a**2)

    a = np.array([[2.0, 1.0], [0.0, 1.0]])
    close(jt.grad(f)(a), 2 * a)
    close(jt.hessian(f)(a).reshape(4, 4), 2 * np.eye(4))


def test_a_singular_matrix_in_a_replay_leaves_the_recording_usable() -> None:
    recorded = jt.record(lambda a: np.sum(np.linalg.inv(a)), np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        recorded.grad(np.ones((2, 2)))
    a = np.array([[2.0, 1.0], [0.0, 1.0]])
    close(recorded.grad(a), jt.grad(lambda a: np.sum(np.linalg.inv(a)))(a))


def test_a_singular_matrix_in_a_reverse_sweep_leaves_the_recording_usable() -> None:
    recorded = jt.record(lambda a: np.linalg.slogdet(a)[1], np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        recorded.grad(np.ones((2, 2)))
    close(recorded.grad(2 * np.eye(2)), np.eye(2) / 2)


@pytest.mark.parametrize(
    ("f", "shape", "error", "words"),
    [
        (np.linalg.inv, (2, 3), np.linalg.LinAlgError, r"inv takes square matrices .* shape \(2, 3\)"),
        (np.linalg.det, (3,), np.linalg.LinAlgError, r"det takes square matrices .* shape \(3,\)"),
        (np.linalg.svd, (3,), np.linalg.LinAlgError, "svd takes matrices"),
        (lambda a: np.linalg.solve(a, np.ones(3)), (2, 2), ValueError, r"2 rows and the right-hand sides 3; the shapes are \(2, 2\) and \(3,\)"),
        (lambda a: np.linalg.solve(np.stack([a] * 2), np.ones((3, 2, 1))), (2, 2), ValueError, "leading axes"),
        (np.linalg.svd, (3, 2), RecordingError, "full_matrices=False"),
        (lambda a: np.linalg.qr(a, "complete"), (3, 2), RecordingError, "mode='reduced'"),
        (lambda a: np.linalg.qr(a, "raw"), (3, 2), RecordingError, "not mode='raw'"),
        (lambda a: np.linalg.eigh(a, "X"), (2, 2), ValueError, "not 'X'"),
        (lambda a: np.linalg.tensorinv(a, 1), (2, 3), np.linalg.LinAlgError, "as many elements"),
        (lambda a: np.linalg.tensorsolve(a, np.ones(2)), (2, 3), np.linalg.LinAlgError, "does not map"),
        (lambda a: np.linalg.lstsq(a, np.ones(3)), (2, 3), np.linalg.LinAlgError, r"not shapes \(2, 3\) and \(3,\)"),
    ],
)  # fmt: skip
def test_errors(f: Any, shape: tuple[int, ...], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        jt.vjp(f, np.ones(shape))


def test_matrix_rank_is_a_decision(draw: Make) -> None:
    ranks = []

    def f(a: Any) -> Any:
        ranks.append(np.linalg.matrix_rank(a))
        return np.sum(a)

    jt.grad(f)(draw(4, 2))
    assert ranks == [2]
    ranks.clear()
    recorded = jt.record(f, draw(4, 2), on_branch="raise")
    assert recorded(draw(4, 2)) and ranks == [2, 2]  # recorded, and plain
    with pytest.raises(BranchChanged, match="the rank.*was 2 and is 1 here"):
        recorded(np.ones((4, 2)))


@pytest.mark.parametrize("f", [np.linalg.inv, np.linalg.det, np.linalg.eigvalsh, lambda a: np.linalg.solve(a, a), np.linalg.cholesky, lambda a: np.linalg.slogdet(a)[1]])
@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2), (2, 0, 0)])
def test_empty(f: Any, shape: tuple[int, ...]) -> None:
    a = np.zeros(shape)
    out, pull = jt.vjp(f, a)
    close(out, f(a))
    (g,) = pull(np.ones(np.shape(out))[()])
    assert g.shape == shape


@pytest.mark.parametrize("name", ["slogdet", "inv", "solve", "det"])
def test_an_unused_matrix_of_a_stack_has_no_derivative(name: str, draw: Make) -> None:
    """The zero rule: what np.where leaves out does not count, be it singular or NaN."""
    f = {
        "slogdet": lambda a: np.linalg.slogdet(a)[1],
        "inv": lambda a: np.linalg.inv(a)[..., 0, 0],
        "solve": lambda a: np.linalg.solve(a, a[..., :1] ** 2)[..., 0, 0],
        "det": np.linalg.det,
    }[name]
    a = regular(draw(3, 2, 2))
    a[1] = 1.0 if name == "slogdet" else np.nan
    used = np.array([True, False, True])
    g = jt.grad(lambda a: np.sum(np.where(used, f(a), 0.0)))(a)
    assert not g[1].any()
    close(g[used], jt.grad(lambda a: np.sum(f(a)))(a[used]))


def test_nan_propagates() -> None:
    a = np.array([[np.nan, 1.0], [0.0, 1.0]])
    assert np.isnan(jt.vjp(np.linalg.inv, a)[0]).any()
    assert np.isnan(jt.grad(np.linalg.det)(a)).any()


# --- jittape.linalg ------------------------------------------------------------------------------------------------------------------------

SCIPY: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "solve_triangular": (lambda a, b: jt.linalg.solve_triangular(a, b), lambda a, b: scipy.linalg.solve_triangular(a, b), ((3, 3), (3,))),
    "solve_triangular transposed": (lambda a, b: jt.linalg.solve_triangular(a, b, trans=1, lower=True), lambda a, b: scipy.linalg.solve_triangular(a, b, trans=1, lower=True), ((3, 3), (3, 2))),
    "solve_triangular unit": (lambda a, b: jt.linalg.solve_triangular(a, b, "T", unit_diagonal=True), lambda a, b: scipy.linalg.solve_triangular(a, b, "T", unit_diagonal=True), ((3, 3), (3, 2))),
    "cho_solve": (lambda a, b: jt.linalg.cho_solve(jt.linalg.cho_factor(positive(a)), b), lambda a, b: scipy.linalg.cho_solve(scipy.linalg.cho_factor(positive(a)), b), ((3, 3), (3,))),
    "cho_solve lower": (lambda a, b: jt.linalg.cho_solve(jt.linalg.cho_factor(positive(a), lower=True), b), lambda a, b: scipy.linalg.solve(positive(a), b), ((3, 3), (3, 2))),
    "expm": (lambda a: jt.linalg.expm(a), scipy.linalg.expm, ((3, 3),)),
    "expm stack": (lambda a: jt.linalg.expm(a), scipy.linalg.expm, ((2, 2, 2),)),
}  # fmt: skip


@pytest.mark.parametrize("name", SCIPY)
def test_scipys_functions(name: str, draw: Make) -> None:
    mine, theirs, shapes = SCIPY[name]
    args = [draw(*shape) for shape in shapes]
    args[0] = args[0] + 2.0 * np.eye(shapes[0][-1])
    expected = theirs(*args)
    close(mine(*args), expected)
    close(jt.vjp(mine, *args)[0], expected)
    check_grad(mine, *args)
    tensors = [jt.tensor(x, requires_grad=True) for x in args]
    seed = draw(*expected.shape)
    out = mine(*tensors)
    close(out.detach().numpy(), expected)
    np.sum(out * seed).backward()
    for t, g in zip(tensors, jt.vjp(mine, *args)[1](seed), strict=True):
        close(t.grad.numpy(), g)


def test_scipys_functions_refuse(draw: Make) -> None:
    with pytest.raises(np.linalg.LinAlgError, match="element 1 of the diagonal"):
        jt.vjp(lambda a: jt.linalg.solve_triangular(a, np.ones(2), lower=True), np.array([[1.0, 0.0], [1.0, 0.0]]))
    with pytest.raises(ValueError, match=r"shape \(2, 2\) do not fit a right-hand side of shape \(3,\)"):
        jt.linalg.solve_triangular(np.eye(2), np.ones(3))
    with pytest.raises(ValueError, match="not 'X'"):
        jt.linalg.solve_triangular(np.eye(2), np.ones(2), trans="X")


# --- eager ---------------------------------------------------------------------------------------------------------------------------------


def test_tensors(draw: Make) -> None:
    a, b = draw(3, 3), draw(3)
    x, y = jt.tensor(a, requires_grad=True), jt.tensor(b, requires_grad=True)
    for bad in (lambda: np.linalg.inv(x * 0.0), lambda: np.linalg.cholesky(-x @ x.T)):
        with pytest.raises(np.linalg.LinAlgError):
            bad()

    def f(a: Any, b: Any) -> Any:
        return np.sum(np.linalg.solve(a, b)) + np.linalg.slogdet(a).logabsdet + np.sum(np.linalg.eigh(a @ a.T).eigenvalues ** 2)

    f(x, y).backward()
    for t, g in zip((x, y), jt.grad(f, (0, 1))(a, b), strict=True):
        close(t.grad.numpy(), g)
    (g,) = jt.autograd.grad(np.linalg.det(x), x, create_graph=True)
    (h,) = jt.autograd.grad(np.sum(g * g), x)
    close(h.numpy(), jt.grad(lambda a: np.sum(jt.grad(np.linalg.det)(a) ** 2))(a))


# --- replay --------------------------------------------------------------------------------------------------------------------------------


def test_replay_of_a_gaussian_likelihood(draw: Make) -> None:
    """The negative log-likelihood of a Gaussian process, by a Cholesky factor, in its three hyperparameters."""
    x = np.linspace(0.0, 3.0, 12)
    y = np.sin(2 * x) + 0.1 * draw(12)
    squares = (x[:, None] - x) ** 2

    def nll(p: Any) -> Any:
        k = np.exp(p[0]) * np.exp(-0.5 * squares * np.exp(p[1])) + np.exp(p[2]) * np.eye(12)
        factor = np.linalg.cholesky(k)
        z = np.linalg.solve(factor, y)
        return 0.5 * z @ z + np.sum(np.log(np.diagonal(factor)))

    recorded = jt.record(nll, np.array([0.0, 0.0, -2.0]))
    for p in (np.array([0.0, 0.0, -2.0]), np.array([0.5, 0.8, -1.0]), np.array([-0.3, 0.2, -3.0])):
        value, g = recorded.value_and_grad(p)
        close(value, nll(p))
        close(g, jt.grad(nll)(p))
        k = np.exp(p[0]) * np.exp(-0.5 * squares * np.exp(p[1])) + np.exp(p[2]) * np.eye(12)
        alpha = np.linalg.solve(k, y)
        close(g[2], 0.5 * np.exp(p[2]) * (np.trace(np.linalg.inv(k)) - alpha @ alpha), 1e-8)
    check_grad(nll, np.array([0.2, 0.3, -1.5]))
    close(jt.hessian(lambda p: 0.5 * (y @ np.linalg.solve(np.exp(p) * np.eye(12) + squares * 0, y)))(np.float64(0.3)), 0.5 * np.exp(-0.3) * y @ y)


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_norm_is_a_number_where_numpy_gives_one(ord, keepdims):
    def f(x):
        size = np.linalg.norm(x, ord, keepdims=keepdims)
        other = size
        other += 1.0  # another number, but the same array
        return np.sum(size * 3.0)

    x = np.array([[1.0, 2.0], [3.0, 4.5]])
    assert jt.value_and_grad(f)(x)[0] == pytest.approx(f(x), rel=1e-14)
    assert jt.record(f, x)(2.0 * x) == pytest.approx(f(2.0 * x), rel=1e-14)


# --- values that are equal to within rounding ---------------------------------------------------------------------------------------------------


def symmetric(x: Any) -> Any:
    return (x + x.mT) * 0.5


def exponential(a: Any) -> Any:
    w, v = np.linalg.eigh(a)
    return (v * np.exp(w)) @ v.mT


def complex_exponential(a: Any) -> Any:
    w, v = np.linalg.eigh(a + 0.1j * (a - a.T))
    return ((v * np.exp(w)) @ np.conj(v).mT).real


def generalised(a: Any) -> Any:
    w, v = jt.scipy.linalg.eigh(symmetric(a), np.diag([1.0, 2.0, 3.0]))
    return (v * np.exp(w)) @ v.mT


def reflected(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return (u * np.tanh(s)) @ vh


SPECTRAL: dict[str, Callable[[Any], Any]] = {
    "eigvalsh": lambda a: np.sum(np.exp(np.linalg.eigvalsh(symmetric(a)))),
    "eigh": lambda a: np.sum(WEIGHTS * exponential(symmetric(a))),
    "complex eigh": lambda a: np.sum(WEIGHTS * complex_exponential(symmetric(a))),
    "scipy eigh": lambda a: np.sum(WEIGHTS * generalised(a)),
    "svdvals": lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 3),
    "nuclear": lambda a: np.linalg.norm(a, "nuc"),
    "svd": lambda a: np.sum(WEIGHTS * reflected(a)),
}
WEIGHTS = np.arange(9.0).reshape(3, 3) - 3.0
REPEATED = {"two": (2.0, 2.0, 0.7), "three": (1.5, 1.5, 1.5), "none": (3.0, 1.8, 0.6)}


@pytest.mark.parametrize("values", REPEATED)
@pytest.mark.parametrize("name", SPECTRAL)
def test_derivatives_at_repeated_values_are_right_or_no_numbers(name: str, values: str, draw: Make) -> None:
    """The adjoints of vectors do not hold what such a function depends on, and a difference of values that rounding made is none."""
    f, h = SPECTRAL[name], 1e-5
    for exact in (True, False):
        q = np.eye(3) if exact else np.linalg.qr(draw(3, 3))[0]
        a = (q * np.array(REPEATED[values])) @ q.T
        if name == "scipy eigh":
            a = np.diag(np.sqrt([1.0, 2.0, 3.0])) @ a @ np.diag(np.sqrt([1.0, 2.0, 3.0]))
        t = draw(3, 3)
        slope = (f(a + h * t) - f(a - h * t)) / (2 * h)
        first = {"grad": np.sum(jt.grad(f)(a) * t), "record": np.sum(jt.record(f, a).grad(a) * t), "jvp": jt.jvp(f, (a,), (t,))[1]}
        for route, found in first.items():
            assert np.isnan(found) or found == pytest.approx(slope, rel=1e-6), route
        far = a + 0.3 * draw(3, 3)
        g = jt.grad(lambda x: np.sum(jt.grad(f)(x) * t))(a)
        second = {"grad of grad": g, "record": jt.record(f, far).hvp(a, t), "hessian": np.tensordot(jt.hessian(f)(a), t)}
        curve = (f(a + 1e-4 * t) - 2 * f(a) + f(a - 1e-4 * t)) / 1e-8
        for route, found in second.items():
            assert not np.isfinite(found).all() or np.sum(found * t) == pytest.approx(curve, rel=1e-3, abs=1e-5), route
        if values == "none":
            assert np.isfinite([*first.values()]).all() and all(np.isfinite(x).all() for x in second.values())
        if name in ("eigvalsh", "svdvals", "nuclear"):
            assert np.isfinite([*first.values()]).all()


def test_rotations_of_nearly_equal_singular_values(draw: Make) -> None:
    """Differences of squares would lose all digits."""
    u, v = np.linalg.qr(draw(3, 3))[0], np.linalg.qr(draw(3, 3))[0]
    a = (u * np.array([2.0, 2.0 - 1e-9, 1.0])) @ v

    def rotation(a: Any) -> Any:
        u, _, vh = np.linalg.svd(a)
        return np.sum(WEIGHTS * (u @ vh))

    t, h = draw(3, 3), 1e-5
    expected = (rotation(a + h * t) - rotation(a - h * t)) / (2 * h)
    assert np.sum(jt.grad(rotation)(a) * t) == pytest.approx(expected, rel=1e-5)
    assert jt.jvp(rotation, (a,), (t,))[1] == pytest.approx(expected, rel=1e-5)
