"""Matrices that are made of the elements of others: Toeplitz, circulant and Hankel matrices, blocks. Nothing is computed for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.functions.products import as_array
from jittape.scipy.declare import like, original
from jittape.scipy.operations import placed


@like("scipy.linalg.toeplitz", by="c, r")
def toeplitz(c: Any, r: Any = None) -> Any:
    """A Toeplitz matrix of its first column and first row (by default the column).

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import linalg
        >>> jt.grad(lambda c: np.sum(linalg.toeplitz(c)))(np.ones(3)).tolist()
        [3.0, 4.0, 2.0]
    """
    return _of_one_or_two(original("scipy.linalg.toeplitz"), c, r)


@like("scipy.linalg.hankel", by="c, r")
def hankel(c: Any, r: Any = None) -> Any:
    """A Hankel matrix of its first column and last row (by default zeros)."""
    return _of_one_or_two(original("scipy.linalg.hankel"), c, r)


def _of_one_or_two(function: Callable[..., Any], c: Any, r: Any) -> Any:
    return placed(function, c) if r is None else placed(function, c, r)


@like("scipy.linalg.circulant", by="c")
def circulant(c: Any) -> Any:
    """A circulant matrix of its first column."""
    return placed(original("scipy.linalg.circulant"), c)


@like("scipy.linalg.leslie", by="f, s")
def leslie(f: Any, s: Any) -> Any:
    """A Leslie matrix of fecundity and survival coefficients."""
    return placed(original("scipy.linalg.leslie"), f, s)


@like("scipy.linalg.convolution_matrix", by="a")
def convolution_matrix(a: Any, n: Any, mode: Any = "full") -> Any:
    """The matrix A for which A @ v is np.convolve(a, v, mode) of vectors of length n."""
    return placed(lambda x: original("scipy.linalg.convolution_matrix")(x, n, mode), a)


@like("scipy.linalg.block_diag", by="arrs")
def block_diag(*arrs: Any) -> Any:
    """A matrix with these on its diagonal, and zeros elsewhere."""
    return placed(original("scipy.linalg.block_diag"), *arrs)


@like("scipy.linalg.khatri_rao", by="a, b")
def khatri_rao(a: Any, b: Any) -> Any:
    """The Kronecker products of the columns of a [..., n, k] and b [..., m, k], as columns [..., n m, k]."""
    a, b = as_array(a), as_array(b)
    if min(a.ndim, b.ndim) < 2 or a.shape[-1] != b.shape[-1]:
        raise ValueError(f"scipy.linalg.khatri_rao takes matrices with the same number of columns, not shapes {a.shape} and {b.shape}")
    c = a[..., :, None, :] * b[..., None, :, :]
    return c.reshape(*c.shape[:-3], -1, c.shape[-1])


@like("scipy.linalg.matmul_toeplitz", by="c_or_cr, x", note="by the matrix itself, in n^2 operations a column", several=("c_or_cr",))
def matmul_toeplitz(c_or_cr: Any, x: Any, check_finite: Any = False, workers: Any = None) -> Any:
    """A Toeplitz matrix, given by its first column or by (column, row), times x."""
    c, r = column_and_row(c_or_cr)
    return np.matmul(_of_one_or_two(original("scipy.linalg.toeplitz"), c, r), as_array(x))


def column_and_row(c_or_cr: Any) -> tuple[Any, Any]:
    """(first column, first row) of a Toeplitz matrix that is given by both, or by its column."""
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, c_or_cr)
    return np.ravel(as_array(c)), np.ravel(as_array(r))
