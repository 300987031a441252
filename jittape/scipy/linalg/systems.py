"""Linear systems, inverses, determinants, least squares and norms: what NumPy has, with SciPy's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape import linalg as triangles
from jittape.errors import RecordingError
from jittape.functions.lift import select
from jittape.functions.linalg import from_triangle, matrices, square
from jittape.functions.products import as_array, shape_of
from jittape.functions.triangles import triangular_solve
from jittape.scipy.declare import like
from jittape.scipy.operations import integers

STRUCTURES = {
    None: "general", "gen": "general", "general": "general", "banded": "general",
    "sym": "symmetric", "symmetric": "symmetric", "her": "symmetric", "hermitian": "symmetric",
    "pos": "positive", "positive definite": "positive",
    "diagonal": "diagonal", "tridiagonal": "tridiagonal", "upper triangular": "upper", "lower triangular": "lower",
}  # fmt: skip
"""SciPy's names of `assume_a` -> what of a matrix is read."""


def read(name: str, a: Any, assume_a: Any, lower: bool) -> tuple[str, Any]:
    """(structure, square matrices with what of `a` is read)."""
    a = square(f"scipy.linalg.{name}", a)
    if assume_a not in STRUCTURES:
        raise ValueError(f"scipy.linalg.{name}: assume_a={assume_a!r} is none of {', '.join(repr(x) for x in STRUCTURES)}")
    structure = STRUCTURES[assume_a]
    if structure in ("symmetric", "positive"):
        return structure, from_triangle(a, "L" if lower else "U")
    widths = {"diagonal": (0, 0), "tridiagonal": (1, 1), "upper": (0, None), "lower": (None, 0)}.get(structure)
    if widths is None:
        return structure, a
    below, above = widths
    n = a.shape[-1]
    kept = np.ones((n, n), bool)
    if below is not None:
        kept = np.triu(kept, -below)
    if above is not None:
        kept = np.tril(kept, above)
    return structure, select(kept, a, 0.0)


def right_side(name: str, a: Any, b: Any) -> tuple[Any, Any]:
    """(b as an array, b as matrices) of a system with matrices of n rows."""
    b = as_array(b)
    if b.ndim == 0 or b.shape[0 if b.ndim == 1 else -2] != a.shape[-2]:
        raise ValueError(f"scipy.linalg.{name}: incompatible dimensions: matrices of shape {a.shape} do not fit a right-hand side of shape {b.shape}")
    return b, b[:, None] if b.ndim == 1 else b


def vector_like(b: Any, x: Any) -> Any:
    """The solution x, a vector where the right-hand side b is one."""
    return x[..., 0] if b.ndim == 1 else x


@like("scipy.linalg.solve", by="a, b")
def solve(a: Any, b: Any, lower: Any = False, overwrite_a: Any = False, overwrite_b: Any = False, check_finite: Any = True, assume_a: Any = None, transposed: Any = False) -> Any:
    """The solution of a @ x = b for matrices [..., n, n] and b [n] or [..., n, k], with what is known of `a`.

    Raises:
        LinAlgError: the matrix is singular, or not positive definite where it was said to be.
        ValueError: shapes that do not fit, or another `assume_a`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import linalg
        >>> k = np.array([[4.0, 2.0], [2.0, 5.0]])
        >>> jt.grad(lambda b: linalg.solve(k, b, assume_a="pos")[0])(np.ones(2)).tolist()
        [0.3125, -0.125]
    """
    structure, a = read("solve", a, assume_a, lower)
    b, right = right_side("solve", a, b)
    if transposed:
        a, structure = a.mT, {"upper": "lower", "lower": "upper"}.get(structure, structure)
    if structure == "positive":
        factor = np.linalg.cholesky(a)
        x = triangular_solve(factor.mT, triangular_solve(factor, right, True), False)
    elif structure == "diagonal":
        x = right / np.diagonal(a, axis1=-2, axis2=-1)[..., None]
    elif structure in ("upper", "lower"):
        x = triangular_solve(a, right, structure == "lower")
    else:
        x = np.linalg.solve(a, right)
    return vector_like(b, x)


@like("scipy.linalg.solve_triangular", by="a, b")
def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    """The solution of a @ x = b (or of the transpose) for triangular matrices [..., n, n], of which the other triangle is not read."""
    return triangles.solve_triangular(a, b, trans, bool(lower), bool(unit_diagonal))


@like("scipy.linalg.inv", by="a")
def inv(a: Any, overwrite_a: Any = False, check_finite: Any = True, *, assume_a: Any = None, lower: Any = False) -> Any:
    """The inverse of matrices [..., n, n]."""
    return np.linalg.inv(read("inv", a, assume_a, lower)[1])


@like("scipy.linalg.det", by="a")
def det(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """The determinant of matrices [..., n, n]; its derivative is finite for singular ones, too."""
    return np.linalg.det(square("scipy.linalg.det", a))


def _cutoff(a: Any, atol: Any, rtol: Any) -> Any:
    """The relative size below which singular values count as zero."""
    if rtol is None:
        rtol = max(a.shape[-2:]) * np.finfo(a.dtype).eps if not atol else 0.0
    if not atol:
        return rtol
    return rtol + atol / np.max(np.linalg.svd(a, compute_uv=False), axis=-1)


def _inverse_of_rank(a: Any, atol: Any, rtol: Any, return_rank: bool) -> Any:
    relative = _cutoff(a, atol, rtol)
    found = np.linalg.pinv(a, rcond=relative)
    if not return_rank:
        return found
    s = np.linalg.svd(a, compute_uv=False)
    ranks = integers(np.sum(s > np.max(s, axis=-1, keepdims=True) * np.asarray(relative)[..., None], axis=-1), "the rank that scipy.linalg.pinv returns")
    return found, ranks[()]


@like("scipy.linalg.pinv", by="a", note="the rank must stay as it is nearby")
def pinv(a: Any, *, atol: Any = None, rtol: Any = None, return_rank: Any = False, check_finite: Any = True) -> Any:
    """The Moore-Penrose inverse of matrices [..., m, n]."""
    return _inverse_of_rank(matrices("scipy.linalg.pinv", a), atol, rtol, return_rank)


@like("scipy.linalg.pinvh", by="a", note="the rank must stay as it is nearby")
def pinvh(a: Any, atol: Any = None, rtol: Any = None, lower: Any = True, return_rank: Any = False, check_finite: Any = True) -> Any:
    """The Moore-Penrose inverse of symmetric matrices [..., n, n], of which one triangle is read."""
    return _inverse_of_rank(from_triangle(square("scipy.linalg.pinvh", a), "L" if lower else "U"), atol, rtol, return_rank)


@like("scipy.linalg.lstsq", by="a, b", note="the rank must stay as it is nearby")
def lstsq(a: Any, b: Any, cond: Any = None, overwrite_a: Any = False, overwrite_b: Any = False, check_finite: Any = True, lapack_driver: Any = None) -> Any:
    """(x, residues, rank, singular values) of the least-squares solution of a @ x = b, for a [m, n] and b [m] or [m, k]."""
    if len(shape_of(a)) > 2:
        raise RecordingError(f"scipy.linalg.lstsq of recorded values takes one matrix, not a stack of shape {shape_of(a)}")
    a, b = as_array(a), as_array(b)
    x, residues, rank, s = np.linalg.lstsq(a, b, rcond=float(np.finfo(a.dtype if a.dtype.kind == "f" else float).eps) if cond is None else cond)
    if b.ndim == 1 and np.size(residues):
        residues = residues[0]
    return x, residues, rank, None if lapack_driver == "gelsy" else s


@like("scipy.linalg.norm", by="a")
def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, check_finite: Any = True) -> Any:
    """A norm of vectors or matrices; its derivative at zero is zero."""
    return np.linalg.norm(a, ord, axis, keepdims)
