"""torch.linalg: linear algebra of stacks of matrices, differentiable."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg.lapack as _lapack

from jittape.array.complexes import COMPLEX
from jittape.autograd import is_grad_enabled
from jittape.eager import matrices
from jittape.eager.calls import call
from jittape.eager.complex_calls import called
from jittape.eager.creation import as_tensor
from jittape.eager.shapes import axis_of
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.functions import NAMESPACE

__all__ = [
    "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "inv_ex", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank",
    "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip

where = NAMESPACE["where"]
cross, det, slogdet, inv, matrix_power, matrix_exp = (NAMESPACE[n] for n in ("cross", "det", "slogdet", "inverse", "matrix_power", "matrix_exp"))


class Eigen(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


class Svd(NamedTuple):
    """Factors of a singular value decomposition."""

    U: Any
    S: Any
    Vh: Any


class Qr(NamedTuple):
    """Factors of a QR decomposition."""

    Q: Any
    R: Any


class Lstsq(NamedTuple):
    """What lstsq() gives."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def solve(A: Any, B: Any, *, left: bool = True) -> Tensor:
    """X with A X = B, or X A = B; B is a vector, a matrix or stacks of these."""
    if not left:
        return solve(A.mT, B.mT).mT  # type: ignore[attr-defined, no-any-return]
    vector = B.dim() == 1 or (B.dim() == A.dim() - 1 and tuple(B.shape) == tuple(A.shape[:-1]))
    return call(np.linalg.solve, A, B.unsqueeze(-1)).squeeze(-1) if vector else call(np.linalg.solve, A, B)  # type: ignore[no-any-return]


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """X with A X = B (or X A = B) for a triangular A, of which one triangle is read."""
    if not left:
        return solve_triangular(A.mT, B.mT, upper=not upper, unitriangular=unitriangular).mT  # type: ignore[attr-defined, no-any-return]
    A = A.triu() if upper else A.tril()
    if unitriangular:
        eye = np.eye(A.shape[-1], dtype=A.dtype)
        A = A * (1 - eye) + eye
    return call(np.linalg.solve, A, B)  # type: ignore[no-any-return]


def _symmetric(A: Any, UPLO: str = "L") -> Any:
    """Matrices of which one triangle is read, so that a derivative is one by a symmetric matrix."""
    if not (A.requires_grad and is_grad_enabled()):
        return A
    known = A.detach()
    lower = known.tril() if UPLO == "L" else known.triu().mH
    change = A - known  # zero
    return lower + lower.tril(-1).mH + (change + change.mH) / 2


def cholesky(A: Any, *, upper: bool = False) -> Tensor:
    """L with L L' = A, of A's lower triangle, or its transpose, of the upper one."""
    factor = call(np.linalg.cholesky, _symmetric(A.mH if upper else A))
    return factor.mH if upper else factor  # type: ignore[no-any-return]


class WithInfo(NamedTuple):
    """A result, and info: zero where there is one."""

    result: Any
    info: Any


class LuFactor(NamedTuple):
    """L and U in one matrix, and LAPACK's pivots."""

    LU: Any
    pivots: Any


class LuFactorEx(NamedTuple):
    """As LuFactor, and info."""

    LU: Any
    pivots: Any
    info: Any


def lu(A: Any, *, pivot: bool = True) -> Any:
    """(P, L, U) with A = P L U."""
    P, packed, _ = matrices.factored(A)
    return matrices.Factors(P, *matrices.parts(packed))


def lu_factor(A: Any, *, pivot: bool = True) -> LuFactor:
    """The factors of A, for `lu_solve`.

    Raises:
        RuntimeError: A is singular: a number on the diagonal of U is zero.
    """
    return LuFactor(*_lu_factor("lu_factor", A, True)[:2])


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> LuFactorEx:
    """As `lu_factor`, with the number of the first zero on the diagonal of U, or 0; where `check_errors` is set, that is an error, too."""
    return _lu_factor("lu_factor_ex", A, check_errors)


def _first_zero(LU: Any) -> Any:
    """The number of the first zero on the diagonal of U of each of a stack of factors, counted from 1, or 0: LAPACK's info."""
    zero = LU.diagonal(axis1=-2, axis2=-1) == 0
    return np.where(zero.any(-1), zero.argmax(-1) + 1 if zero.shape[-1] else 0, 0).astype(np.int32)


def _lu_factor(name: str, A: Any, check: bool) -> LuFactorEx:
    LU, pivots = matrices.factored(A)[1:]
    info = _first_zero(LU.detach().values())
    if check and info.any():
        k = int(info[info > 0].flat[0])
        raise RuntimeError(
            f"torch.linalg.{name}: U[{k},{k}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
            "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )
    return LuFactorEx(LU, pivots, concrete(info))


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """X with A X = B (X A = B; A' X = B) for the factors of A."""
    if adjoint or not left:
        L, U = matrices.parts(LU)
        A = matrices.permutation(pivots, LU.shape[-1], LU.dtype) @ L @ U
        return solve(A.mH if adjoint else A, B, left=left)
    return B.lu_solve(LU, pivots)  # type: ignore[no-any-return]


def _nan_where(wrong: Any, A: Any, compute: Any) -> Any:
    """A result of matrices, NaN for those that are wrong: of stacks A, and of results that are stacks of matrices or of vectors."""
    if not wrong.any():
        return compute(A)

    def over(shape: Any) -> Tensor:
        axes = min(len(shape) - wrong.ndim, 2)
        return concrete(np.broadcast_to(wrong.reshape(wrong.shape + (1,) * axes), tuple(shape)))

    out = compute(where(over(A.shape), np.eye(A.shape[-1], dtype=A.dtype), A))
    return where(over(out.shape), math.nan, out)


def _with_info(A: Any, compute: Any, check_errors: bool) -> WithInfo:
    """A result of matrices, NaN for those that are singular; where errors are to be checked, computing raises them."""
    values = A.detach().values()
    if check_errors:
        return WithInfo(compute(A), concrete(np.zeros(values.shape[:-2], np.int32)))
    info = _first_zero(matrices.pivoted(values)[0])
    return WithInfo(_nan_where(info > 0, A, compute), concrete(info))


def inv_ex(A: Any, *, check_errors: bool = False) -> WithInfo:
    """(the inverse, info)."""
    return _with_info(A, inv, check_errors)


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> WithInfo:
    """(X with A X = B, info)."""
    return _with_info(A, lambda m: solve(m, B, left=left), check_errors)


def matmul(input: Any, other: Any) -> Tensor:
    return input @ other  # type: ignore[no-any-return]


def tensorinv(A: Any, ind: int = 2) -> Tensor:
    """The inverse of a tensor for tensordot over `ind` axes."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    rows, columns = A.shape[:ind], A.shape[ind:]
    return inv(A.reshape((math.prod(rows), -1))).reshape((*columns, *rows))  # type: ignore[no-any-return]


def tensorsolve(A: Any, B: Any, dims: Any = None) -> Tensor:
    """X with tensordot(A, X, X.ndim) = B."""
    if dims is not None:
        rest = [k for k in range(A.dim()) if k not in dims]
        A = A.permute(*rest, *dims)
    shape = A.shape[B.dim() :]
    return solve(A.reshape((B.numel(), -1)), B.reshape(-1)).reshape(shape)


class CholeskyEx(NamedTuple):
    """What cholesky_ex() gives."""

    L: Any
    info: Any


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """(factor, info): info is 0, or says which leading minor is not positive; the factor is NaN there."""
    values = A.detach().values()
    flat = values.reshape(-1, *values.shape[-2:])
    factor = _lapack.zpotrf if values.dtype.kind == "c" else _lapack.dpotrf
    info = np.array([factor(m, lower=not upper)[1] for m in flat], np.int32).reshape(values.shape[:-2])
    wrong = (info != 0) & (not check_errors)  # else computing raises the error
    return CholeskyEx(_nan_where(wrong, A, lambda m: cholesky(m, upper=upper)), concrete(info))


def eigh(A: Any, UPLO: str = "L") -> Eigen:
    """(eigenvalues, eigenvectors) of symmetric matrices."""
    return Eigen(*call(np.linalg.eigh, _symmetric(A, UPLO), UPLO))


def eigvalsh(A: Any, UPLO: str = "L") -> Tensor:
    return call(np.linalg.eigvalsh, _symmetric(A, UPLO), UPLO)  # type: ignore[no-any-return]


def eig(A: Any) -> Eigen:
    """(eigenvalues, eigenvectors) of any square matrices, complex; vectors have length one, and their derivative is that of one choice of phases."""
    return Eigen(*called(np.linalg.eig, (_in_complex(A),), {}, made="LinalgEigBackward0"))


def eigvals(A: Any) -> Tensor:
    """The eigenvalues of any square matrices, complex."""
    return called(np.linalg.eigvals, (_in_complex(A),), {}, made="LinalgEigBackward0")  # type: ignore[no-any-return]


def _in_complex(A: Any) -> Any:
    return A if A.has_parts else A.to(COMPLEX[A.dtype])


def svd(A: Any, full_matrices: bool = True) -> Svd:
    """(U, S, Vh). Where a derivative is wanted, of square matrices, or with full_matrices=False."""
    if A.requires_grad and full_matrices and A.shape[-1] != A.shape[-2]:
        raise RuntimeError("svd_backward: the derivative of the full factors is not defined; pass full_matrices=False")
    return Svd(*call(np.linalg.svd, A, full_matrices and not A.requires_grad))


def svdvals(A: Any) -> Tensor:
    return svd(A, False).S  # type: ignore[no-any-return]


def qr(A: Any, mode: str = "reduced") -> Qr:
    """(Q, R)."""
    return Qr(*call(np.linalg.qr, A, mode))


def pinv(A: Any, *, rtol: float | None = None, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse; with hermitian=True that of the symmetric matrix whose lower triangle is given."""
    if hermitian:
        A = _symmetric(A) if A.requires_grad and is_grad_enabled() else A.tril() + A.tril(-1).mT
    cut = max(A.shape[-2:]) * float(np.finfo(A.dtype).eps) if rtol is None else rtol
    return call(np.linalg.pinv, A, cut)  # type: ignore[no-any-return]


def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: Any = None) -> Lstsq:
    """The least-squares solution of A X = B, for full rank."""
    X = pinv(A) @ B if A.dim() > 2 else call(np.linalg.lstsq, A, B, rcond)[0]
    empty = concrete(np.empty(0, A.real.dtype))
    m, n = A.shape[-2:]
    residuals = ((A @ X - B).abs() ** 2).sum(-2 if X.dim() > 1 else 0) if m > n else empty
    return Lstsq(X, residuals, matrix_rank(A), empty)


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of vectors along dimensions, by default of all elements."""
    x = as_tensor(x) if dtype is None else as_tensor(x).to(dtype)
    if dim is None:
        out = call(np.linalg.norm, x.reshape(-1), ord)
        return out.reshape((1,) * x.dim()) if keepdim else out  # type: ignore[no-any-return]
    axes = axis_of(x, dim)
    axes = axes if isinstance(axes, tuple) else (axes,)
    if len(axes) == 1:
        return call(np.linalg.norm, x, ord, axis=axes[0], keepdims=keepdim)  # type: ignore[no-any-return]
    rest = [k for k in range(x.dim()) if k not in axes]
    flat = x.permute(*rest, *axes).reshape((*[x.shape[k] for k in rest], -1))
    out = call(np.linalg.norm, flat, ord, axis=-1)
    return out.reshape([1 if k in axes else n for k, n in enumerate(x.shape)]) if keepdim else out  # type: ignore[no-any-return]


def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of matrices: "fro", "nuc", 1, -1, 2, -2, inf or -inf."""
    A = as_tensor(A) if dtype is None else as_tensor(A).to(dtype)
    axes = axis_of(A, tuple(dim))
    if ord == "fro":
        return vector_norm(A, 2, axes, keepdim)
    if ord in ("nuc", 2, -2):
        values = svdvals(A.movedim(axes, (-2, -1)))
        out: Any = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)  # type: ignore[attr-defined]
        return out.unsqueeze(axes[0]).unsqueeze(axes[1]) if keepdim else out  # type: ignore[no-any-return]
    return call(np.linalg.norm, A, ord, axis=axes, keepdims=keepdim)  # type: ignore[no-any-return]


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of a vector, or of a matrix where an order of matrices or two dimensions are given."""
    several = isinstance(dim, (tuple, list)) and len(dim) == 2
    if ord is not None and (several or (dim is None and as_tensor(A).dim() == 2)):
        return matrix_norm(A, ord, dim if several else (-2, -1), keepdim, dtype=dtype)
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


def cond(A: Any, p: Any = None) -> Tensor:
    """The condition number by a norm, the largest over the smallest singular value by default."""
    if p in (None, 2, -2):
        values = svdvals(A)
        top, low = values.amax(-1), values.amin(-1)  # type: ignore[attr-defined]
        return low / top if p == -2 else top / low  # type: ignore[no-any-return]
    return matrix_norm(A, p) * matrix_norm(inv(A), p)  # type: ignore[operator, no-any-return]


def matrix_rank(A: Any, *, tol: Any = None, hermitian: bool = False) -> Tensor:
    return concrete(np.asarray(np.linalg.matrix_rank(A.detach().values(), tol, hermitian)))


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices, in the cheapest order."""
    return call(np.linalg.multi_dot, list(tensors))  # type: ignore[no-any-return]


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Tensor:
    return (x.conj() * y).sum(dim)  # type: ignore[no-any-return]


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    return A.diagonal(offset, dim1, dim2)  # type: ignore[no-any-return]


def vander(x: Any, *, N: int | None = None) -> Tensor:
    """Powers of each element, in rising order."""
    n = x.shape[-1] if N is None else N
    return NAMESPACE["stack"]([x**k for k in range(n)], -1)  # type: ignore[no-any-return]


def __dir__() -> list[str]:
    return list(__all__)
