"""jittape.scipy.linalg beside scipy.linalg: values, derivatives of two orders and every route."""

from __future__ import annotations

import importlib
import subprocess
import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from scipy_checks import check, joined

import jittape as jt
from jittape.errors import DerivativeLostError, RecordingError
from jittape.instructions.calls import operations
from jittape.scipy import linalg

RNG = np.random.default_rng(3)


def draw(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape)


def regular(n: int) -> np.ndarray:
    """A matrix far from singular, with positive real parts of its eigenvalues."""
    return 0.3 * draw(n, n) + np.diag(2.0 + 0.7 * np.arange(n))


def positive(n: int) -> np.ndarray:
    a = draw(n, n)
    return 0.3 * a @ a.T + np.diag(1.0 + 0.7 * np.arange(n))


def indefinite(n: int) -> np.ndarray:
    a = draw(n, n)
    a = a + a.T
    a[0, 0] = 0.01
    return a


def banded(rows: int, n: int, main: int) -> np.ndarray:
    ab = 0.3 * draw(rows, n)
    ab[main] += 3.0
    return ab


def tall() -> np.ndarray:
    """Two columns of different lengths, away from where LAPACK takes other signs."""
    return 0.3 * draw(4, 2) + np.array([[2.0, 0.5], [0.3, 4.0], [1.0, 1.0], [0.5, -1.0]])


def rebuilt(u: Any, s: Any, vh: Any) -> Any:
    """What does not depend on the signs of singular vectors."""
    return (u * np.cos(s)) @ vh


def spectrum(found: Any) -> Any:
    """Eigenvalues and the products of the elements of their vectors, which do not depend on the signs of these."""
    w, v = map(np.real, found)
    return joined([w, v[:, None, :] * v[None, :, :]])


CASES = {
    "solve": (lambda L, a, b: L.solve(a, b), lambda: (regular(3), draw(3))),
    "solve transposed": (lambda L, a, b: L.solve(a, b, transposed=True), lambda: (regular(3), draw(3, 2))),
    "solve sym": (lambda L, a, b: L.solve(a, b, assume_a="sym", lower=True), lambda: (indefinite(3), draw(3))),
    "solve pos": (lambda L, a, b: L.solve(a, b, assume_a="pos"), lambda: (positive(3), draw(3))),
    "solve diagonal": (lambda L, a, b: L.solve(a, b, assume_a="diagonal"), lambda: (np.diag(2.0 + draw(3) ** 2), draw(3))),
    "solve tridiagonal": (lambda L, a, b: L.solve(np.triu(np.tril(a, 1), -1), b, assume_a="tridiagonal"), lambda: (regular(4), draw(4))),
    "solve upper": (lambda L, a, b: L.solve(a, b, assume_a="upper triangular", transposed=True), lambda: (np.triu(regular(3)), draw(3))),
    "inv": (lambda L, a: L.inv(a), lambda: (regular(3),)),
    "det": (lambda L, a: L.det(a), lambda: (regular(3),)),
    "pinv": (lambda L, a: L.pinv(a), lambda: (draw(4, 2),)),
    "pinv atol": (lambda L, a: L.pinv(a, atol=1e-3, rtol=1e-9), lambda: (draw(2, 3),)),
    "pinvh": (lambda L, a: L.pinvh(a), lambda: (positive(3),)),
    "lstsq": (lambda L, a, b: joined(L.lstsq(a, b)[:2]), lambda: (draw(5, 2), draw(5))),
    "norms": (lambda L, a: joined([L.norm(a), L.norm(a, "nuc"), L.norm(a, 2), L.norm(a, 1), L.norm(a[0], 3), L.norm(a, axis=1)]), lambda: (draw(3, 2),)),
    "cholesky": (lambda L, a: L.cholesky(a), lambda: (positive(3),)),
    "cho_solve": (lambda L, a, b: L.cho_solve(L.cho_factor(a, lower=True), b), lambda: (positive(3), draw(3, 2))),
    "cho_factor": (lambda L, a: np.triu(L.cho_factor(a)[0]), lambda: (positive(3),)),
    "lu square": (lambda L, a: joined(L.lu(a)[1:]), lambda: (regular(3)[[2, 0, 1]],)),
    "lu tall": (lambda L, a: joined(L.lu(a, permute_l=True)), lambda: (np.array([[0.1, 1.0], [3.0, 0.5], [1.0, 2.0]]) + 0.1 * draw(3, 2),)),
    "lu wide": (lambda L, a: joined(L.lu(a)), lambda: (np.array([[0.1, 1.0, 2.0], [3.0, 0.5, 1.0]]) + 0.1 * draw(2, 3),)),
    "lu_solve": (lambda L, a, b: joined([L.lu_solve(L.lu_factor(a), b), L.lu_solve(L.lu_factor(a), b, trans=1)]), lambda: (regular(3)[[1, 2, 0]], draw(3))),
    "lu_factor": (lambda L, a: L.lu_factor(a)[0], lambda: (regular(3)[[1, 2, 0]],)),
    "ldl": (lambda L, a: joined(L.ldl(a)[:2]), lambda: (np.array([[0.01, 2.0, 0.3], [2.0, 0.1, 0.5], [0.3, 0.5, 3.0]]) + 0.05 * np.diag(draw(3)),)),
    "ldl upper": (lambda L, a: joined(L.ldl(a, lower=False)[:2]), lambda: (positive(3),)),
    "qr": (lambda L, a: joined(L.qr(a, mode="economic")), lambda: (tall(),)),
    "qr r": (lambda L, a: L.qr(a, mode="r")[0], lambda: (tall(),)),
    "qr pivoting": (lambda L, a: joined(L.qr(a, pivoting=True)[:2]), lambda: (draw(3, 3) * [1.0, 9.0, 3.0],)),
    "svd": (lambda L, a: rebuilt(*L.svd(a, full_matrices=False)), lambda: (tall(),)),
    "svdvals": (lambda L, a: L.svdvals(a), lambda: (draw(2, 4),)),
    "polar": (lambda L, a: joined(L.polar(a)), lambda: (draw(4, 3),)),
    "polar left": (lambda L, a: joined(L.polar(a, side="left")), lambda: (draw(2, 3),)),
    "procrustes": (lambda L, a, b: joined(L.orthogonal_procrustes(a, b)), lambda: (draw(4, 2), draw(4, 2))),
    "eigh": (lambda L, a: spectrum(L.eigh(a)), lambda: (indefinite(3),)),
    "eigh subset": (lambda L, a: spectrum(L.eigh(a, subset_by_index=(1, 2), lower=True)), lambda: (indefinite(4),)),
    "eigh by value": (lambda L, a: L.eigh(a, eigvals_only=True, subset_by_value=(-np.inf, 0.0)), lambda: (np.diag([-2.0, -1.0, 3.0]) + 0.1 * draw(3, 3),)),
    "eigh generalised": (lambda L, a, b: spectrum(L.eigh(a, b)), lambda: (indefinite(3), positive(3))),
    "eigh generalised subset": (lambda L, a, b: spectrum(L.eigh(a, b, subset_by_index=(0, 1))), lambda: (indefinite(3), positive(3))),
    "eigvalsh": (lambda L, a: L.eigvalsh(a, lower=False), lambda: (indefinite(3),)),
    "eig": (lambda L, a: spectrum(L.eig(a)), lambda: (np.diag([1.0, 2.5, 4.0]) + 0.1 * draw(3, 3),)),
    "eigvals": (lambda L, a: np.real(L.eigvals(a)), lambda: (np.diag([1.0, 2.5, 4.0]) + 0.1 * draw(3, 3),)),
    "solve_banded": (lambda L, ab, b: L.solve_banded((1, 2), ab, b), lambda: (banded(4, 5, 2), draw(5))),
    "solveh_banded": (lambda L, ab, b: L.solveh_banded(ab, b), lambda: (banded(3, 5, 2), draw(5, 2))),
    "solveh_banded lower": (lambda L, ab, b: L.solveh_banded(ab, b, lower=True), lambda: (banded(2, 4, 0), draw(4))),
    "solve_toeplitz": (lambda L, c, r, b: L.solve_toeplitz((c, r), b), lambda: (0.5 * draw(4) + [4, 0, 0, 0], draw(4), draw(4, 2))),
    "solve_toeplitz symmetric": (lambda L, c, b: L.solve_toeplitz(c, b), lambda: (0.5 * draw(4) + [4, 0, 0, 0], draw(4))),
    "solve_circulant": (lambda L, c, b: L.solve_circulant(c, b), lambda: (0.5 * draw(4) + [4, 0, 0, 0], draw(4, 2))),
    "solve_sylvester": (lambda L, a, b, q: L.solve_sylvester(a, b, q), lambda: (regular(3), regular(2), draw(3, 2))),
    "continuous_lyapunov": (lambda L, a, q: L.solve_continuous_lyapunov(a, q), lambda: (regular(3), draw(3, 3))),
    "discrete_lyapunov": (lambda L, a, q: L.solve_discrete_lyapunov(a, q), lambda: (0.3 * draw(3, 3), draw(3, 3))),
    "discrete_lyapunov bilinear": (lambda L, a, q: L.solve_discrete_lyapunov(a, q, "bilinear"), lambda: (0.2 * draw(3, 3), draw(3, 3))),
    "care": (lambda L, a, b, c, d: L.solve_continuous_are(a, b, c @ c.T + np.eye(3), d @ d.T + np.eye(2)), lambda: (draw(3, 3), draw(3, 2), draw(3, 3), draw(2, 2))),
    "dare": (lambda L, a, b, c, d: L.solve_discrete_are(a, b, c @ c.T + np.eye(3), d @ d.T + np.eye(2)), lambda: (draw(3, 3), draw(3, 2), draw(3, 3), draw(2, 2))),
    "sqrtm": (lambda L, a: L.sqrtm(a), lambda: (regular(3),)),
    "logm": (lambda L, a: L.logm(a), lambda: (regular(3),)),
    "expm": (lambda L, a: L.expm(a), lambda: (draw(3, 3),)),
    "expm_frechet": (lambda L, a, e: joined(L.expm_frechet(a, e)), lambda: (draw(3, 3), draw(3, 3))),
    "circular": (lambda L, a: joined([L.cosm(a), L.sinm(a), L.tanm(0.3 * a)]), lambda: (draw(3, 3),)),
    "hyperbolic": (lambda L, a: joined([L.coshm(a), L.sinhm(a), L.tanhm(a)]), lambda: (draw(3, 3),)),
    "power": (lambda L, a: L.fractional_matrix_power(a, 0.7), lambda: (regular(3),)),
    "toeplitz": (lambda L, c, r: joined([L.toeplitz(c, r), L.hankel(r, c), L.toeplitz(c), L.circulant(c), L.leslie(r, c[1:]), L.convolution_matrix(c, 3)]), lambda: (draw(4), draw(4))),
    "blocks": (lambda L, a, b: joined([L.block_diag(a, b, 2.0), L.khatri_rao(a, b)]), lambda: (draw(2, 3), draw(4, 3))),
    "matmul_toeplitz": (lambda L, c, x: L.matmul_toeplitz((c, 2.0 * c), x), lambda: (draw(3), draw(3, 2))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name: str) -> None:
    f, make = CASES[name]
    points = [make(), make()]
    if "pivoting" in name or name.startswith(("ldl", "lu")):  # nearby, where the orders are the same
        points[1] = tuple(x + 1e-3 * draw(*x.shape) for x in points[0])
    every = len(name.split()) == 1  # what differs from it by an option goes the same ways
    wide = name.split()[0] in ("sqrtm", "logm", "power", "dare", "care", "eigh", "lu", "procrustes")
    check(partial(f, linalg), partial(f, scipy.linalg), points, value=1e-10 if wide else 1e-12, first=1e-7, second=1e-5, batch=every)


def test_stacks_are_matrix_by_matrix() -> None:
    """Leading axes are those of SciPy's newer releases: each matrix by itself."""
    a, b = np.stack([regular(3), regular(3)]), draw(2, 3, 2)
    symmetric = a + a.mT
    for f, x in [
        (lambda a: linalg.solve(a, b), a), (lambda a: linalg.lu_solve(linalg.lu_factor(a), b), a), (lambda a: joined(linalg.lu(a)[1:]), a),
        (linalg.sqrtm, a), (linalg.logm, a), (lambda a: joined(linalg.polar(a)), a), (lambda a: spectrum_of_stack(linalg.eigh(a)), symmetric),
        (lambda a: linalg.eigvalsh(a, subset_by_index=(0, 1)), symmetric), (lambda a: joined(linalg.qr(a)), a), (linalg.cho_factor, a @ a.mT),
    ]:  # fmt: skip
        first = lambda a, i: np.sum(joined(f(a)) ** 3 if not isinstance(f(a), tuple) else f(a)[0] ** 3)
        whole = jt.grad(lambda a: first(a, 0))(x)
        for i in range(2):
            alone = x.copy()
            alone[1 - i] = x[i]
            np.testing.assert_allclose(jt.grad(lambda a: first(a, 0))(alone)[i], whole[i], rtol=1e-9, atol=1e-9)


def spectrum_of_stack(found: Any) -> Any:
    w, v = found
    return joined([w, v[..., :, None, :] * v[..., None, :, :]])


def test_what_is_refused_says_so() -> None:
    a = draw(3, 3)
    for f, error, words in [
        (lambda a: linalg.solve(a, np.ones(2)), ValueError, "scipy.linalg.solve: incompatible dimensions"),
        (lambda a: linalg.solve(a, np.ones(3), assume_a="round"), ValueError, "assume_a='round'"),
        (lambda a: linalg.eigh(a[:0, :0])[0], ValueError, "scipy.linalg.eigh .* a row at least"),
        (lambda a: linalg.cholesky(a - 9.0 * np.eye(3)), np.linalg.LinAlgError, "positive definite"),
        (lambda a: linalg.sqrtm(a - 9.0 * np.eye(3)), RecordingError, "scipy.linalg.sqrtm .* complex"),
        (lambda a: linalg.eig(a - a.T), RecordingError, "scipy.linalg.eig .* real eigenvalues"),
        (lambda a: linalg.qr(a[:, :2]), RecordingError, "mode='economic'"),
        (lambda a: linalg.svd(a[:, :2]), RecordingError, "full_matrices=False"),
        (lambda a: linalg.polar(a[:2]), RecordingError, "side='right'"),
        (lambda a: linalg.solve_sylvester(a, a, a[:2]), ValueError, "q has shape"),
        (lambda a: linalg.solve_banded((1, 0), a, a[0]), ValueError, "l_and_u"),
        (lambda a: linalg.eigh(a, a @ a.T, type=2), RecordingError, "type=1"),
        (lambda a: linalg.expm(a[0]), np.linalg.LinAlgError, "scipy.linalg.expm"),
        (lambda a: linalg.schur(a), DerivativeLostError, "schur"),
    ]:
        with pytest.raises(error, match=words):
            jt.record(lambda a: np.sum(f(a)), a)


def test_a_recording_finds_other_pivots_anew() -> None:
    f = lambda L: lambda a: L.lu_factor(a)[0]
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[3.0, 2.0], [1.0, 4.0]])
    F = jt.record(f(linalg), a)
    for x in (a, b, a):
        np.testing.assert_allclose(F(x), f(scipy.linalg)(x), rtol=1e-14)


def test_operations_are_named_after_their_modules() -> None:
    """By which a process that loads a saved recording finds them."""
    importlib.import_module("jittape.scipy.signal"), importlib.import_module("jittape.scipy.sparse")
    made = {name: call.forward.__module__ for name, call in operations.BY_NAME.items()}
    named = {name: where for name, where in made.items() if where.startswith("jittape.scipy.") and not name.startswith("scipy.stats.")}  # those have SciPy's own names
    assert len(named) > 20
    assert named == {name: "jittape." + name.rpartition(".")[0] for name in named}


def test_a_saved_recording_finds_its_operations(tmp_path: Any) -> None:
    """In a process that has not asked for jittape.scipy."""
    a = regular(3)
    F = jt.record(lambda a: np.sum(linalg.logm(a)) + np.sum(linalg.solve_toeplitz(a[0], a[1])), a)
    F.save(tmp_path / "f.npz")
    code = f"import jittape as jt, numpy as np; a = np.array({a.tolist()}); print(repr(float(jt.load(r'{tmp_path / 'f.npz'}')(a))))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(found) == F(a)
