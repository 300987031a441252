"""Methods of tensors that multiply matrices and vectors, and what is made of products. Each is made of those in methods.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager import results
from jittape.eager.calls import call, factor, recording_tape
from jittape.eager.kinds import METHODS, floats, one_dtype, refuse
from jittape.eager.methods import where
from jittape.eager.named import extend_named
from jittape.eager.shapes import axis_of
from jittape.eager.tensor import C_NAMES, Tensor, dtype_in_words, tensor_given
from jittape.errors import ShapeError


@extend_named
class Products:
    """The methods of Tensor that are made of products."""

    def addmm(self: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """beta * x + alpha * (mat1 @ mat2), of two matrices.

        Raises:
            ShapeError: `mat1` or `mat2` is no matrix, or shapes do not fit.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 2)
            >>> x.addmm(jt.eye(2), jt.eye(2), alpha=10)
            tensor([[11.,  1.],
                    [ 1., 11.]])
        """
        return _mixed(self, mat1.mm(mat2), beta, alpha, product_first=True)

    def addmv(self: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """beta * x + alpha * (mat @ vec), of a matrix and a vector.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addmv(jt.eye(2), jt.tensor([1.0, 2.0]), alpha=10)
            tensor([11., 21.])
        """
        return _mixed(self, one_dtype(self, mat.mv(vec)), beta, alpha)

    def addr(self: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """beta * x + alpha * outer(vec1, vec2), of two vectors.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 2)
            >>> x.addr(jt.tensor([1.0, 2.0]), jt.tensor([1.0, 10.0]))
            tensor([[ 2., 11.],
                    [ 3., 21.]])
        """
        return _mixed(self, vec1.outer(vec2), beta, alpha)

    def baddbmm(self: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """beta * x + alpha * (batch1 @ batch2), of two stacks of matrices, (b, m, k) and (b, k, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 3)
            >>> x.baddbmm(jt.ones(2, 3, 4), jt.ones(2, 4, 3)).shape
            jittape.Size([2, 3, 3])
        """
        return _mixed(self, batch1.bmm(batch2), beta, alpha, product_first=True)

    def addbmm(self: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """beta * x + alpha * the sum of the products batch1 @ batch2 of two stacks of matrices, (b, m, k) and (b, k, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(1, 1)
            >>> x.addbmm(jt.ones(2, 1, 4), jt.ones(2, 4, 1))
            tensor([[8.]])
        """
        return _mixed(self, batch1.bmm(batch2).sum(0, dtype=batch1.dtype), beta, alpha, product_first=True)

    def addcmul(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """x + value * tensor1 * tensor2, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcmul(jt.tensor([1.0, 2.0]), jt.tensor([3.0, 4.0]), value=10)
            tensor([31., 81.])
        """
        return _mixed(self, tensor_given(tensor1, "addcmul", "tensor1") * tensor_given(tensor2, "addcmul", "tensor2"), 1, value)

    def addcdiv(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """x + value * tensor1 / tensor2, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcdiv(jt.tensor([1.0, 2.0]), jt.tensor([2.0, 2.0]), value=10)
            tensor([ 6., 11.])
        """
        return _mixed(self, tensor_given(tensor1, "addcdiv", "tensor1") / tensor_given(tensor2, "addcdiv", "tensor2"), 1, value)

    def inner(self: Any, other: Any) -> Tensor:
        """Sums of products over the last dimensions of x and `other`: (m, k) and (n, k) give (m, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.inner(jt.tensor([3.0, 4.0]))
            tensor(11.)
        """
        if not self.dim() or not other.dim():
            return self * other  # type: ignore[no-any-return]
        one_dtype(self, other)
        return call(np.inner, self, other)  # type: ignore[no-any-return]

    def vdot(self: Any, other: Any) -> Tensor:
        """The inner product with another vector, `other`: as `dot`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.vdot(jt.tensor([3.0, 4.0]))
            tensor(11.)
        """
        return self.dot(other)  # type: ignore[no-any-return]

    def kron(self: Any, other: Any) -> Tensor:
        """The Kronecker product with another tensor, `other`: lengths of dimensions are multiplied.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 10.0])
            >>> x.kron(jt.tensor([1.0, 2.0]))
            tensor([ 1.,  2., 10., 20.])
        """
        ndim = max(self.dim(), other.dim())
        a, b = ([*(1,) * (ndim - t.dim()), *t.shape] for t in (self, other))
        x = self.reshape([n for m in a for n in (m, 1)])
        y = other.reshape([n for m in b for n in (1, m)])
        return (x * y).reshape([m * n for m, n in zip(a, b, strict=True)])  # type: ignore[no-any-return]

    def cross(self: Any, other: Any, dim: Any = None) -> Tensor:
        """The cross product with `other` along `dim`, a dimension of length 3: the first one of that length by default.

        Raises:
            RuntimeError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 0.0, 0.0])
            >>> x.cross(jt.tensor([0.0, 1.0, 0.0]))
            tensor([0., 0., 1.])
        """
        axis = next((k for k, n in enumerate(self.shape) if n == 3), None) if dim is None else axis_of(self, dim)
        if axis is None or self.shape[axis] != 3 or other.shape[axis] != 3:
            raise RuntimeError(f"linalg.cross: inputs dimension {axis} must have length 3. Got {tuple(self.shape)} and {tuple(other.shape)}")
        if other.dtype != self.dtype:
            raise RuntimeError(f"expected scalar type {dtype_in_words(self.dtype)} but found {dtype_in_words(other.dtype)}")
        return call(np.cross, self, other, axis=axis)  # type: ignore[no-any-return]

    def matrix_power(self: Any, n: int) -> Tensor:
        """The n-th powers of square matrices (..., k, k); of their inverses where `n` is negative.

        Raises:
            LinAlgError: the matrices are not square, or singular where `n` is negative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 1.0], [0.0, 1.0]])
            >>> x.matrix_power(3)
            tensor([[1., 3.],
                    [0., 1.]])
        """
        if n < 0:
            refuse(METHODS["inverse"], self)
        one_dtype(self, self)
        return call(np.linalg.matrix_power, self, n)  # type: ignore[no-any-return]

    def det(self: Any) -> Tensor:
        """The determinants of square matrices (..., n, n).

        Raises:
            LinAlgError: the matrices are not square.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[2.0, 0.0], [0.0, 3.0]])
            >>> x.det()
            tensor(6.)
        """
        return call(np.linalg.det, self)  # type: ignore[no-any-return]

    def logdet(self: Any) -> Tensor:
        """The logarithms of the determinants of square matrices (..., n, n); NaN where these are negative.

        Raises:
            LinAlgError: the matrices are not square.

        Example:
            >>> import jittape as jt
            >>> x = jt.eye(2)
            >>> x.logdet()
            tensor(0.)
        """
        sign, log = call(np.linalg.slogdet, self)
        return where(sign.detach() < 0, math.nan, log)  # type: ignore[no-any-return]

    def slogdet(self: Any) -> Any:
        """(sign, logarithm of the absolute value) of the determinants of square matrices (..., n, n).

        Raises:
            LinAlgError: the matrices are not square.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 1.0], [1.0, 0.0]])
            >>> sign, log = x.slogdet()
            >>> sign, log
            (tensor(-1.), tensor(0.))
        """
        return results.slogdet(*call(np.linalg.slogdet, self))

    def inverse(self: Any) -> Tensor:
        """The inverses of square matrices (..., n, n).

        Raises:
            LinAlgError: a matrix is singular, or not square.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[2.0, 0.0], [0.0, 4.0]])
            >>> x.inverse()
            tensor([[0.5 , 0.  ],
                    [0.  , 0.25]])
        """
        return call(np.linalg.inv, self)  # type: ignore[no-any-return]

    def pinverse(self: Any, rcond: float = 1e-15) -> Tensor:
        """The pseudoinverses of matrices (..., m, n), (..., n, m): singular values below `rcond` times the largest one count as zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[2.0, 0.0], [0.0, 0.0]])
            >>> x.pinverse()
            tensor([[0.5, 0. ],
                    [0. , 0. ]])
        """
        return call(np.linalg.pinv, self, rcond)  # type: ignore[no-any-return]

    def cholesky(self: Any, upper: bool = False) -> Tensor:
        """The Cholesky factors L of positive definite matrices (..., n, n), x = L L', of which the lower triangle is read; with `upper` their transposes, of the upper one.

        Raises:
            LinAlgError: a matrix is not positive definite, or not square.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[4.0, 2.0], [2.0, 5.0]])
            >>> x.cholesky()
            tensor([[2., 0.],
                    [1., 2.]])
        """
        factor = call(np.linalg.cholesky, symmetric(self.mH if upper else self))
        return factor.mH if upper else factor  # type: ignore[no-any-return]

    def dist(self: Any, other: Any, p: float = 2) -> Tensor:
        """The p-norm of the difference x - other, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 4.0])
            >>> x.dist(jt.zeros(2)), x.dist(jt.zeros(2), p=1)
            (tensor(5.), tensor(7.))
        """
        return (self - other).norm(p)  # type: ignore[no-any-return]


def symmetric(A: Any, UPLO: str = "L") -> Any:
    """Matrices of which one triangle is read, so that a derivative is one by a symmetric matrix."""
    if recording_tape((A,)) is None:
        return A
    known = A.detach()
    lower = known.tril() if UPLO == "L" else known.triu().mH
    change = A - known  # zero
    return lower + lower.tril(-1).mH + (change + change.mH) / 2


def _mixed(x: Any, y: Any, beta: Any, alpha: Any, product_first: bool = False) -> Tensor:
    """beta * x + alpha * y, which lies in memory as x does, or as y, a product of matrices."""
    if product_first:
        one_dtype(x, y)
    for given in (beta, alpha):
        if isinstance(given, (list, tuple)):
            raise TypeError(f"a factor must be a number, not a {type(given).__name__}")
        if isinstance(given, complex) and not (x.has_parts or y.has_parts):
            raise RuntimeError(f"value cannot be converted to type {C_NAMES.get(y.dtype, y.dtype)} without overflow")
    if y.dtype.kind not in "fc":  # factors of integers are integers
        beta, alpha = int(beta), int(alpha)
    y = y if alpha == 1 else y * factor(alpha, x, y)
    if beta == 0:
        return y  # type: ignore[no-any-return]
    x = x if beta == 1 else x * factor(beta, x, y)
    return y + x if product_first else x + y  # type: ignore[no-any-return]


@floats("cdist only supports floating-point dtypes, X1 got: {}", "biuc")
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Tensor:
    """Distances by the p-norm between the rows of `x1`, (..., m, k), and of `x2`, (..., n, k): (..., m, n).

    No derivative flows where rows are equal; `compute_mode` is accepted and does nothing.

    Raises:
        RuntimeError: a tensor has less than two dimensions.
        ShapeError: rows of different lengths.

    Example:
        >>> import jittape.torch as torch
        >>> torch.cdist(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
        tensor([[5., 1.]])
    """
    for name, x in (("X1", x1), ("X2", x2)):
        if x.dim() < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.dim()}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    d = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    if p == 2:
        square = (d * d).sum(-1)
        apart = square.detach() > 0  # no derivative where rows are equal
        return where(apart, where(apart, square, 1.0).sqrt(), 0.0)  # type: ignore[no-any-return]
    return d.norm(p, -1)  # type: ignore[no-any-return]


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of several `matrices`, in the order that takes the fewest operations.

    Example:
        >>> import jittape.torch as torch
        >>> torch.chain_matmul(torch.ones(2, 3), torch.ones(3, 4), torch.ones(4, 1))
        tensor([[12.],
                [12.]])
    """
    for t in matrices:
        one_dtype(matrices[0], t)
    return call(np.linalg.multi_dot, list(matrices)) if len(matrices) > 1 else matrices[0]  # type: ignore[no-any-return]
