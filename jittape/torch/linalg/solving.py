"""Solutions, inverses and least squares, by torch.linalg's names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.autograd import is_grad_enabled
from jittape.eager import matrices, results
from jittape.eager.calls import call
from jittape.eager.kinds import floats
from jittape.eager.products import symmetric
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.functions import NAMESPACE
from jittape.torch.linalg.decompositions import first_zero, nan_where
from jittape.torch.linalg.measures import matrix_rank, tolerance

inv = NAMESPACE["inverse"]


@floats("linalg.solve: ")
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


@floats("triangular_solve_cpu")
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


@floats("torch.linalg.lu_solve: ")
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


@floats("linalg.solve: ")
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


@floats("linalg.inv: ")
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


def _with_info(made: Any, A: Any, compute: Any, check_errors: bool) -> Any:
    """A result of matrices in its class, NaN for those that are singular; where errors are to be checked, computing raises them."""
    values = A.detach().values()
    if check_errors:
        return made(compute(A), concrete(np.zeros(values.shape[:-2], np.int32)))
    info = first_zero(matrices.pivoted(values)[0])
    return made(nan_where(info > 0, A, compute), concrete(info))


@floats("linalg.pinv({}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types")
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
        lower = A.tril(-1)
        A = symmetric(A) if A.requires_grad and is_grad_enabled() else lower + lower.mH + A.real.tril().triu()
    rtol = rcond if rtol is None else rtol
    if atol is None and not isinstance(rtol, Tensor):
        cut: Any = max(A.shape[-2:]) * float(np.finfo(A.dtype).eps) if rtol is None else rtol
    else:  # as a part of the largest singular value, of each matrix
        values = A.detach().values()
        sizes = np.linalg.svd(values, compute_uv=False)
        cut = tolerance(sizes, values, atol, rtol) / np.maximum(sizes.max(-1, initial=0.0), np.finfo(values.dtype).tiny)
    return call(np.linalg.pinv, A, cut)  # type: ignore[no-any-return]


@floats("torch.linalg.lstsq: ")
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
