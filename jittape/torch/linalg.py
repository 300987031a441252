"""torch.linalg: linear algebra of stacks of matrices, differentiable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.linalg.lapack as _lapack

from jittape.array.complexes import COMPLEX
from jittape.autograd import is_grad_enabled
from jittape.eager import matrices, results
from jittape.eager.calls import call
from jittape.eager.complex_calls import called
from jittape.eager.creation import as_tensor
from jittape.eager.indexing import plain
from jittape.eager.products import symmetric
from jittape.eager.shapes import axis_of
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.functions import NAMESPACE

__all__ = [
    "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "inv_ex", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank",
    "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip

where = NAMESPACE["where"]
cross, det, inv, matrix_power, matrix_exp = (NAMESPACE[n] for n in ("cross", "det", "inverse", "matrix_power", "matrix_exp"))


def slogdet(A: Any) -> Any:
    """(sign, logarithm of the absolute value) of the determinants of square matrices.

    Args:
        A: (n, n), or a stack of these.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.slogdet(torch.tensor([[0.0, 1.0], [1.0, 0.0]])).sign.item()
        -1.0
    """
    return results.linalg_slogdet(*A.slogdet())


def solve(A: Any, B: Any, *, left: bool = True) -> Tensor:
    """X with A X = B, or X A = B; B is a vector, a matrix or stacks of these.

    Args:
        A: (n, n), or a stack of these.
        B: (n,) or (n, k), or a stack of these.
        left: False for X A = B.

    Example:
        >>> import jittape.torch as torch
        >>> A, b = torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([2.0, 2.0])
        >>> torch.linalg.solve(A, b).tolist()
        [1.0, 0.5]
    """
    if not left:
        return solve(A.mT, B.mT).mT  # type: ignore[attr-defined, no-any-return]
    vector = B.dim() == 1 or (B.dim() == A.dim() - 1 and tuple(B.shape) == tuple(A.shape[:-1]))
    return call(np.linalg.solve, A, B.unsqueeze(-1)).squeeze(-1) if vector else call(np.linalg.solve, A, B)  # type: ignore[no-any-return]


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """X with A X = B (or X A = B) for a triangular A, of which one triangle is read.

    Args:
        A: (n, n), or a stack of these.
        B: (n, k), or a stack of these.
        upper: whether the upper triangle is read; else the lower one.
        left: False for X A = B.
        unitriangular: take the diagonal as ones.

    Example:
        >>> import jittape.torch as torch
        >>> A, B = torch.tensor([[2.0, 9.0], [2.0, 4.0]]), torch.tensor([[2.0], [6.0]])
        >>> torch.linalg.solve_triangular(A, B, upper=False).tolist()
        [[1.0], [1.0]]
    """
    if not left:
        return solve_triangular(A.mT, B.mT, upper=not upper, unitriangular=unitriangular).mT  # type: ignore[attr-defined, no-any-return]
    A = A.triu() if upper else A.tril()
    if unitriangular:
        eye = np.eye(A.shape[-1], dtype=A.dtype)
        A = A * (1 - eye) + eye
    return call(np.linalg.solve, A, B)  # type: ignore[no-any-return]


def cholesky(A: Any, *, upper: bool = False) -> Tensor:
    """L with L L' = A, of A's lower triangle, or its transpose, of the upper one.

    Args:
        A: symmetric (Hermitian where complex) and positive definite, (n, n), or a stack of these.
        upper: return the transpose of L.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.cholesky(torch.tensor([[4.0, 0.0], [0.0, 9.0]])).tolist()
        [[2.0, 0.0], [0.0, 3.0]]
    """
    factor = call(np.linalg.cholesky, symmetric(A.mH if upper else A))
    return factor.mH if upper else factor  # type: ignore[no-any-return]


def lu(A: Any, *, pivot: bool = True) -> Any:
    """(P, L, U) with A = P L U.

    Args:
        A: (m, n), or a stack of these.
        pivot: accepted; rows are always exchanged.

    Example:
        >>> import jittape.torch as torch
        >>> P, L, U = torch.linalg.lu(torch.tensor([[1.0, 2.0], [4.0, 3.0]]))
        >>> U.tolist()
        [[4.0, 3.0], [0.0, 1.25]]
    """
    P, packed, _ = matrices.factored(A)
    return results.linalg_lu(P, *matrices.parts(packed))


def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """The factors of A, for `lu_solve`: (LU, pivots).

    Args:
        A: (n, n), or a stack of these.
        pivot: accepted; rows are always exchanged.

    Raises:
        RuntimeError: A is singular: a number on the diagonal of U is zero.

    Example:
        >>> import jittape.torch as torch
        >>> LU, pivots = torch.linalg.lu_factor(torch.tensor([[1.0, 2.0], [4.0, 3.0]]))
        >>> LU.tolist(), pivots.tolist()
        ([[4.0, 3.0], [0.25, 1.25]], [2, 2])
    """
    return results.linalg_lu_factor(*_lu_factor("lu_factor", A, True)[:2])


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """As `lu_factor`, with the number of the first zero on the diagonal of U, or 0: (LU, pivots, info).

    Args:
        A: (n, n), or a stack of these.
        pivot: accepted; rows are always exchanged.
        check_errors: raise where there is a zero.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.lu_factor_ex(torch.tensor([[1.0, 0.0], [0.0, 0.0]])).info.item()
        2
    """
    return _lu_factor("lu_factor_ex", A, check_errors)


def _first_zero(LU: Any) -> Any:
    """The number of the first zero on the diagonal of U of each of a stack of factors, counted from 1, or 0: LAPACK's info."""
    zero = LU.diagonal(axis1=-2, axis2=-1) == 0
    return np.where(zero.any(-1), zero.argmax(-1) + 1 if zero.shape[-1] else 0, 0).astype(np.int32)


def _lu_factor(name: str, A: Any, check: bool) -> Any:
    LU, pivots = matrices.factored(A)[1:]
    info = _first_zero(LU.detach().values())
    if check and info.any():
        k = int(info[info > 0].flat[0])
        raise RuntimeError(
            f"torch.linalg.{name}: U[{k},{k}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
            "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )
    return results.linalg_lu_factor_ex(LU, pivots, concrete(info))


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """X with A X = B (X A = B; A' X = B) for the factors of A.

    Args:
        LU, pivots: what `lu_factor` gave.
        B: (n, k), or a stack of these.
        left: False for X A = B.
        adjoint: solve with the transpose of A.

    Example:
        >>> import jittape.torch as torch
        >>> factors = torch.linalg.lu_factor(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
        >>> torch.linalg.lu_solve(*factors, torch.tensor([[2.0], [2.0]])).tolist()
        [[1.0], [0.5]]
    """
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


def _with_info(made: Any, A: Any, compute: Any, check_errors: bool) -> Any:
    """A result of matrices in its class, NaN for those that are singular; where errors are to be checked, computing raises them."""
    values = A.detach().values()
    if check_errors:
        return made(compute(A), concrete(np.zeros(values.shape[:-2], np.int32)))
    info = _first_zero(matrices.pivoted(values)[0])
    return made(_nan_where(info > 0, A, compute), concrete(info))


def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """(inverse, info): info is 0, or the number of the first zero on the diagonal of U; the inverse is NaN there.

    Args:
        A: (n, n), or a stack of these.
        check_errors: raise where one is singular.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.inv_ex(torch.tensor([[1.0, 0.0], [0.0, 0.0]])).info.item()
        2
    """
    return _with_info(results.linalg_inv_ex, A, inv, check_errors)


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """(X with A X = B, info): info is 0, or the number of the first zero on the diagonal of U; X is NaN there.

    Args:
        A: (n, n), or a stack of these.
        B: (n,) or (n, k), or a stack of these.
        left: False for X A = B.
        check_errors: raise where one is singular.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.solve_ex(torch.tensor([[2.0]]), torch.tensor([4.0])).result.tolist()
        [2.0]
    """
    return _with_info(results.linalg_solve_ex, A, lambda m: solve(m, B, left=left), check_errors)


def matmul(input: Any, other: Any) -> Tensor:
    """The matrix product, of stacks of matrices, too.

    Args:
        input: (…, m, k).
        other: (…, k, n).

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.matmul(torch.ones(2, 3), torch.ones(3, 1)).tolist()
        [[3.0], [3.0]]
    """
    return input @ other  # type: ignore[no-any-return]


def tensorinv(A: Any, ind: int = 2) -> Tensor:
    """The inverse of a tensor for tensordot over `ind` axes.

    Args:
        A: its first `ind` dimensions and the others have equally many elements.
        ind: how many dimensions of A are the rows.

    Raises:
        RuntimeError: `ind` is not positive.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.tensorinv(torch.eye(4).reshape(2, 2, 4)).shape
        torch.Size([4, 2, 2])
    """
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    rows, columns = A.shape[:ind], A.shape[ind:]
    return inv(A.reshape((math.prod(rows), -1))).reshape((*columns, *rows))  # type: ignore[no-any-return]


def tensorsolve(A: Any, B: Any, dims: Any = None) -> Tensor:
    """X with tensordot(A, X, X.ndim) = B.

    Args:
        A: of the shape of B followed by that of X.
        B: a tensor.
        dims: dimensions of A that are moved to its end before.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.tensorsolve(2 * torch.eye(4).reshape(2, 2, 4), torch.ones(2, 2)).tolist()
        [0.5, 0.5, 0.5, 0.5]
    """
    if dims is not None:
        rest = [k for k in range(A.dim()) if k not in dims]
        A = A.permute(*rest, *dims)
    shape = A.shape[B.dim() :]
    return solve(A.reshape((B.numel(), -1)), B.reshape(-1)).reshape(shape)


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """(L, info): info is 0, or says which leading minor is not positive; the factor is NaN there.

    Args:
        A: symmetric (Hermitian where complex), (n, n), or a stack of these.
        upper: return the transpose of L.
        check_errors: raise where one is not positive definite.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.cholesky_ex(torch.tensor([[4.0, 0.0], [0.0, -1.0]])).info.item()
        2
    """
    values = A.detach().values()
    flat = values.reshape(-1, *values.shape[-2:])
    factor = _lapack.zpotrf if values.dtype.kind == "c" else _lapack.dpotrf
    info = np.array([factor(m, lower=not upper)[1] for m in flat], np.int32).reshape(values.shape[:-2])
    wrong = (info != 0) & (not check_errors)  # else computing raises the error
    return results.linalg_cholesky_ex(_nan_where(wrong, A, lambda m: cholesky(m, upper=upper)), concrete(info))


def eigh(A: Any, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of symmetric, or Hermitian, matrices: values in rising order, and vectors as columns.

    Args:
        A: (n, n), or a stack of these.
        UPLO: "L" or "U": which triangle is read.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.eigh(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues.tolist()
        [1.0, 2.0]
    """
    return results.linalg_eigh(*call(np.linalg.eigh, symmetric(A, UPLO), UPLO))


def eigvalsh(A: Any, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric, or Hermitian, matrices, in rising order.

    Args:
        A: (n, n), or a stack of these.
        UPLO: "L" or "U": which triangle is read.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.eigvalsh(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).tolist()
        [1.0, 2.0]
    """
    return call(np.linalg.eigvalsh, symmetric(A, UPLO), UPLO)  # type: ignore[no-any-return]


def eig(A: Any) -> Any:
    """(eigenvalues, eigenvectors) of any square matrices, complex; vectors have length one, and their derivative is that of one choice of phases.

    Args:
        A: (n, n), or a stack of these.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.eig(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues.tolist()
        [(2+0j), (1+0j)]
    """
    return results.linalg_eig(*called(np.linalg.eig, (_in_complex(A),), {}, made="LinalgEigBackward0"))


def eigvals(A: Any) -> Tensor:
    """The eigenvalues of any square matrices, complex.

    Args:
        A: (n, n), or a stack of these.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.eigvals(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).tolist()
        [(2+0j), (1+0j)]
    """
    return called(np.linalg.eigvals, (_in_complex(A),), {}, made="LinalgEigBackward0")  # type: ignore[no-any-return]


def _in_complex(A: Any) -> Any:
    return A if A.has_parts else A.to(COMPLEX[A.dtype])


def svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """(U, S, Vh) with A = U diag(S) Vh, the singular values in falling order.

    Args:
        A: (m, n), or a stack of these.
        full_matrices: whether U and Vh are square. The columns of U and rows of Vh that A does not determine have no derivative.
        driver: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S.tolist()
        [4.0, 3.0]
    """
    return results.linalg_svd(*matrices.svd(A, full_matrices))


def svdvals(A: Any, *, driver: str | None = None) -> Tensor:
    """The singular values, in falling order.

    Args:
        A: (m, n), or a stack of these.
        driver: accepted; it does nothing.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.svdvals(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).tolist()
        [4.0, 3.0]
    """
    return svd(A, False).S  # type: ignore[no-any-return]


def qr(A: Any, mode: str = "reduced") -> Any:
    """(Q, R) with A = Q R, the columns of Q orthonormal and R upper triangular.

    Args:
        A: (m, n), or a stack of these.
        mode: "reduced" or "complete".

    Example:
        >>> import jittape.torch as torch
        >>> Q, R = torch.linalg.qr(torch.tensor([[0.0, 2.0], [3.0, 0.0]]))
        >>> R.abs().tolist()
        [[3.0, 0.0], [0.0, 2.0]]
    """
    return results.linalg_qr(*call(np.linalg.qr, A, mode))


def pinv(A: Any, rcond: Any = None, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse; with hermitian=True that of the symmetric matrix whose lower triangle is given.

    Args:
        A: (m, n), or a stack of these.
        rcond: PyTorch's old name of `rtol`.
        atol: singular values that are not above it count as zero; 0 if None.
        rtol: and those that are not above this part of the largest: the larger of m and n times eps if both are None, or else 0.
        hermitian: take A as symmetric.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.pinv(torch.tensor([[2.0, 0.0], [0.0, 0.0]])).tolist()
        [[0.5, 0.0], [0.0, 0.0]]
    """
    if hermitian:
        A = symmetric(A) if A.requires_grad and is_grad_enabled() else A.tril() + A.tril(-1).mT
    rtol = rcond if rtol is None else rtol
    if atol is None and not isinstance(rtol, Tensor):
        cut: Any = max(A.shape[-2:]) * float(np.finfo(A.dtype).eps) if rtol is None else rtol
    else:  # as a part of the largest singular value, of each matrix
        values = A.detach().values()
        sizes = np.linalg.svd(values, compute_uv=False)
        cut = _tolerance(sizes, values, atol, rtol) / np.maximum(sizes.max(-1, initial=0.0), np.finfo(values.dtype).tiny)
    return call(np.linalg.pinv, A, cut)  # type: ignore[no-any-return]


def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: Any = None) -> Any:
    """The least-squares solution of A X = B, for full rank: (solution, residuals, rank, singular_values).

    Args:
        A: (m, n), or a stack of these.
        B: (m, k), or a stack of these.
        rcond: singular values below this part of the largest count as zero.
        driver: accepted; it does nothing.

    Returns:
        `residuals` are the sums of squares of each column, empty unless m > n; `singular_values` is empty.

    Example:
        >>> import jittape.torch as torch
        >>> A, B = torch.tensor([[1.0], [1.0]]), torch.tensor([[1.0], [3.0]])
        >>> torch.linalg.lstsq(A, B).solution.round(decimals=3).tolist()
        [[2.0]]
    """
    X = pinv(A) @ B if A.dim() > 2 else call(np.linalg.lstsq, A, B, rcond)[0]
    empty = concrete(np.empty(0, A.real.dtype))
    m, n = A.shape[-2:]
    residuals = ((A @ X - B).abs() ** 2).sum(-2 if X.dim() > 1 else 0) if m > n else empty
    return results.linalg_lstsq(X, residuals, matrix_rank(A), empty)


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of vectors along dimensions, by default of all elements.

    Args:
        x: a tensor.
        ord: the order, a number, inf or -inf.
        dim: a dimension or several; all if None.
        keepdim: keep the dimensions, with length one.
        dtype: in which is computed.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0])).item()
        5.0
    """
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
    """The norm of matrices.

    Args:
        A: (m, n), or a stack of these.
        ord: "fro", "nuc", 1, -1, 2, -2, inf or -inf.
        dim: the dimensions of rows and columns.
        keepdim: keep the dimensions, with length one.
        dtype: in which is computed.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.matrix_norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).item()
        5.0
    """
    A = as_tensor(A) if dtype is None else as_tensor(A).to(dtype)
    axes = axis_of(A, tuple(dim))
    if ord == "fro":
        return vector_norm(A, 2, axes, keepdim)
    if ord in ("nuc", 2, -2):
        values = svdvals(A.movedim(axes, (-2, -1)))
        out: Any = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)  # type: ignore[attr-defined]
        return out.reshape(tuple(1 if k in axes else n for k, n in enumerate(A.shape))) if keepdim else out  # type: ignore[no-any-return]
    return call(np.linalg.norm, A, ord, axis=axes, keepdims=keepdim)  # type: ignore[no-any-return]


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of a vector, or of a matrix where an order of matrices or two dimensions are given.

    Args:
        A: a tensor.
        ord: the order, as of `vector_norm` or `matrix_norm`; that of all elements as one vector if None.
        dim: one dimension for vectors, two for matrices.
        keepdim: keep the dimensions, with length one.
        dtype: in which is computed.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.norm(torch.tensor([3.0, 4.0])).item()
        5.0
    """
    several = isinstance(dim, (tuple, list)) and len(dim) == 2
    if ord is not None and (several or (dim is None and as_tensor(A).dim() == 2)):
        return matrix_norm(A, ord, dim if several else (-2, -1), keepdim, dtype=dtype)
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


def cond(A: Any, p: Any = None) -> Tensor:
    """The condition number by a norm, the largest over the smallest singular value by default.

    Args:
        A: (m, n), or a stack of these; square for other norms.
        p: None, 2 and -2 of the singular values; another order of `matrix_norm`.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.cond(torch.tensor([[2.0, 0.0], [0.0, 8.0]])).item()
        4.0
    """
    if p in (None, 2, -2):
        values = svdvals(A)
        top, low = values.amax(-1), values.amin(-1)  # type: ignore[attr-defined]
        return low / top if p == -2 else top / low  # type: ignore[no-any-return]
    return matrix_norm(A, p) * matrix_norm(inv(A), p)  # type: ignore[operator, no-any-return]


def matrix_rank(A: Any, *, atol: Any = None, rtol: Any = None, hermitian: bool = False, tol: Any = None) -> Tensor:
    """The rank of matrices: how many singular values are above the tolerance, the larger of `atol` and `rtol` times the largest of them.

    Args:
        A: (m, n), or a stack of these.
        atol: 0 if None.
        rtol: the larger of m and n times eps if both are None, or else 0.
        hermitian: take A as symmetric.
        tol: PyTorch's old name of `atol`.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.matrix_rank(torch.tensor([[1.0, 1.0], [1.0, 1.0]])).item()
        1
    """
    values = A.detach().values()
    if min(values.shape[-2:]) == 0:
        return concrete(np.zeros(values.shape[:-2], np.int64))
    sizes = np.abs(np.linalg.eigvalsh(values)) if hermitian else np.linalg.svd(values, compute_uv=False)
    return concrete(np.asarray((sizes > _tolerance(sizes, values, tol if atol is None else atol, rtol)[..., None]).sum(-1)))


def _tolerance(sizes: Any, values: Any, atol: Any, rtol: Any) -> Any:
    """What singular values of matrices must exceed to count."""
    least = np.asarray(0.0 if atol is None else plain(atol))
    part = max(values.shape[-2:]) * float(np.finfo(values.dtype).eps) if rtol is None and not np.any(least > 0) else 0.0 if rtol is None else plain(rtol)
    return np.maximum(least, part * sizes.max(-1, initial=0.0))


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices, in the cheapest order.

    Args:
        tensors: a list of matrices; the first and the last may be vectors.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.multi_dot([torch.ones(1, 2), torch.ones(2, 3), torch.ones(3, 1)]).tolist()
        [[6.0]]
    """
    return call(np.linalg.multi_dot, list(tensors))  # type: ignore[no-any-return]


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Tensor:
    """The scalar products of vectors along a dimension; of complex ones the first is conjugated.

    Args:
        x, y: tensors that broadcast.
        dim: the dimension.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.vecdot(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])).item()
        11.0
    """
    return (x.conj() * y).sum(dim)  # type: ignore[no-any-return]


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices, as a view.

    Args:
        A: (m, n), or a stack of these.
        offset: which diagonal; 0 for the main one, below it negative.
        dim1, dim2: the dimensions of rows and columns.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.diagonal(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
        [1.0, 4.0]
    """
    return A.diagonal(offset, dim1, dim2)  # type: ignore[no-any-return]


def vander(x: Any, *, N: int | None = None) -> Tensor:
    """Powers of each element, a row each, in rising order.

    Args:
        x: (…, m).
        N: how many powers; m if None.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.vander(torch.tensor([2.0, 3.0]), N=3).tolist()
        [[1.0, 2.0, 4.0], [1.0, 3.0, 9.0]]
    """
    x = x if x.dim() else x.reshape(1)
    n = x.shape[-1] if N is None else N
    return NAMESPACE["stack"]([x**k for k in range(n)], -1)  # type: ignore[no-any-return]


def __dir__() -> list[str]:
    return list(__all__)
