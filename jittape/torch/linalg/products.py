"""Products of matrices and vectors, and what is read off or written into matrices, by torch.linalg's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.calls import call
from jittape.eager.kinds import floats, one_dtype
from jittape.eager.tensor import Tensor
from jittape.torch.functions import NAMESPACE

stack = NAMESPACE["stack"]


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


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices, in the cheapest order.

    Args:
        tensors: a list of matrices; the first and the last may be vectors.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.multi_dot([torch.ones(1, 2), torch.ones(2, 3), torch.ones(3, 1)]).tolist()
        [[6.0]]
    """
    given = list(tensors)
    for t in given:
        one_dtype(given[0], t)
    return call(np.linalg.multi_dot, given)  # type: ignore[no-any-return]


@floats("linalg.vecdot: ")
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

    Raises:
        RuntimeError: the elements are truth values.

    Example:
        >>> import jittape.torch as torch
        >>> torch.linalg.vander(torch.tensor([2.0, 3.0]), N=3).tolist()
        [[1.0, 2.0, 4.0], [1.0, 3.0, 9.0]]
    """
    if x.dtype.kind == "b":
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got Bool")
    x = x.to(np.int64) if x.dtype.kind in "iu" else x
    x = x if x.dim() else x.reshape(1)
    n = x.shape[-1] if N is None else N
    return stack([x**k for k in range(n)], -1)  # type: ignore[no-any-return]
