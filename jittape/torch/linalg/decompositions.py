"""Decompositions of stacks of matrices, by torch.linalg's names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.linalg.lapack as _lapack

from jittape.array.complexes import COMPLEX
from jittape.eager import matrices, results
from jittape.eager.calls import call
from jittape.eager.complex_calls import called
from jittape.eager.kinds import floats
from jittape.eager.products import symmetric
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.functions import NAMESPACE

where = NAMESPACE["where"]


@floats("linalg.cholesky: ")
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


@floats("linalg.cholesky: ")
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
    flat = values.reshape(math.prod(values.shape[:-2]), *values.shape[-2:])
    factor = _lapack.zpotrf if values.dtype.kind == "c" else _lapack.dpotrf
    info = np.array([factor(m, lower=not upper)[1] for m in flat], np.int32).reshape(values.shape[:-2])
    wrong = (info != 0) & (not check_errors)  # else computing raises the error
    return results.linalg_cholesky_ex(nan_where(wrong, A, lambda m: cholesky(m, upper=upper)), concrete(info))


@floats("lu_cpu")
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


@floats("lu_cpu")
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


@floats("lu_cpu")
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


def _lu_factor(name: str, A: Any, check: bool) -> Any:
    LU, pivots = matrices.factored(A)[1:]
    info = first_zero(LU.detach().values())
    if check and info.any():
        k = int(info[info > 0].flat[0])
        raise RuntimeError(
            f"torch.linalg.{name}: U[{k},{k}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
            "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )
    return results.linalg_lu_factor_ex(LU, pivots, concrete(info))


def first_zero(LU: Any) -> Any:
    """The number of the first zero on the diagonal of U of each of a stack of factors, counted from 1, or 0: LAPACK's info."""
    zero = LU.diagonal(axis1=-2, axis2=-1) == 0
    return np.where(zero.any(-1), zero.argmax(-1) + 1 if zero.shape[-1] else 0, 0).astype(np.int32)


@floats("linalg_eigh_cpu")
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


@floats("linalg_eigh_cpu")
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


@floats("linalg.eig: ")
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


@floats("linalg.eig: ")
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


@floats("linalg.svd: ")
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


@floats("linalg.svd: ")
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


@floats("linalg.qr: ")
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


def nan_where(wrong: Any, A: Any, compute: Any) -> Any:
    """A result of matrices, NaN for those that are wrong: of stacks A, and of results that are stacks of matrices or of vectors."""
    if not wrong.any():
        return compute(A)

    def over(shape: Any) -> Tensor:
        axes = min(len(shape) - wrong.ndim, 2)
        return concrete(np.broadcast_to(wrong.reshape(wrong.shape + (1,) * axes), tuple(shape)))

    out = compute(where(over(A.shape), np.eye(A.shape[-1], dtype=A.dtype), A))
    return where(over(out.shape), math.nan, out)
