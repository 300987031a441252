"""Numbers that tell about matrices and vectors: norms, determinants, conditions and ranks, by torch.linalg's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager import results
from jittape.eager.calls import call
from jittape.eager.creation import as_tensor
from jittape.eager.indexing import plain
from jittape.eager.kinds import EXPECTED, INTEGERS, Refusal, floats, refuse
from jittape.eager.reductions import norm_of_several
from jittape.eager.shapes import axis_of
from jittape.eager.tensor import Tensor, concrete
from jittape.torch.functions import NAMESPACE
from jittape.torch.linalg.decompositions import svdvals

inv = NAMESPACE["inverse"]
OF_VECTORS, OF_MATRICES = (Refusal(INTEGERS, EXPECTED.format(name=f"linalg.{of}_norm")) for of in ("vector", "matrix"))


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
    refuse(OF_VECTORS, x)
    if dim is None:
        out = call(np.linalg.norm, x.reshape(-1), ord)
        return out.reshape((1,) * x.dim()) if keepdim else out  # type: ignore[no-any-return]
    axes = axis_of(x, dim)
    axes = axes if isinstance(axes, tuple) else (axes,)
    if len(axes) == 1:
        return call(np.linalg.norm, x, ord, axis=axes[0], keepdims=keepdim)  # type: ignore[no-any-return]
    return norm_of_several(x, ord, axes, keepdim)


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
    refuse(OF_MATRICES, A)
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


@floats("linalg.svd: ")
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


@floats("linalg.svd: ")
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
    return concrete(np.asarray((sizes > tolerance(sizes, values, tol if atol is None else atol, rtol)[..., None]).sum(-1)))


def tolerance(sizes: Any, values: Any, atol: Any, rtol: Any) -> Any:
    """What singular values of matrices must exceed to count."""
    least = np.asarray(0.0 if atol is None else plain(atol))
    part = max(values.shape[-2:]) * float(np.finfo(values.dtype).eps) if rtol is None and not np.any(least > 0) else 0.0 if rtol is None else plain(rtol)
    return np.maximum(least, part * sizes.max(-1, initial=0.0))
