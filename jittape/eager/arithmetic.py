"""More methods of tensors that compute: sums of products, matrices, statistics, and functions of elements. Each is made of those in methods.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jittape.eager import results
from jittape.eager.calls import by_elements, call, elementwise, recording_tape
from jittape.eager.defaults import defaults
from jittape.eager.indexing import plain
from jittape.eager.methods import where
from jittape.eager.named import extend_named
from jittape.eager.shapes import along, axis_of, sizes_of
from jittape.eager.tensor import Tensor, concrete
from jittape.errors import ShapeError
from jittape.ops._generated import opcodes as ops


def _special() -> Any:
    """scipy.special, for start-up time loaded when it is asked for."""
    import scipy.special

    return scipy.special


@extend_named
class Arithmetic:
    """The methods of Tensor that are made of others."""

    # --- sums of products ------------------------------------------------------------------------------------------------------

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
        return _mixed(self, mat.mv(vec), beta, alpha)

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
        return _mixed(self, batch1.bmm(batch2).sum(0), beta, alpha, product_first=True)

    def addcmul(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """x + value * tensor1 * tensor2, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcmul(jt.tensor([1.0, 2.0]), jt.tensor([3.0, 4.0]), value=10)
            tensor([31., 81.])
        """
        return _mixed(self, tensor1 * tensor2, 1, value)

    def addcdiv(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """x + value * tensor1 / tensor2, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcdiv(jt.tensor([1.0, 2.0]), jt.tensor([2.0, 2.0]), value=10)
            tensor([ 6., 11.])
        """
        return _mixed(self, tensor1 / tensor2, 1, value)

    def inner(self: Any, other: Any) -> Tensor:
        """Sums of products over the last dimensions of x and `other`: (m, k) and (n, k) give (m, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.inner(jt.tensor([3.0, 4.0]))
            tensor(11.)
        """
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

    # --- statistics ------------------------------------------------------------------------------------------------------------

    def var_mean(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Any:
        """(`var`, `mean`) of all elements, or along `dim`, which `keepdim` keeps with length one; `unbiased` and `correction` are those of `var`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> variance, mean = x.var_mean()
            >>> variance, mean
            (tensor(1.), tensor(2.))
        """
        return (self.var(dim, unbiased, keepdim, correction=correction), self.mean(None if isinstance(dim, bool) else dim, keepdim))

    def std_mean(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Any:
        """(`std`, `mean`) of all elements, or along `dim`, which `keepdim` keeps with length one; `unbiased` and `correction` are those of `var`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> deviation, mean = x.std_mean()
            >>> deviation, mean
            (tensor(1.), tensor(2.))
        """
        return (self.std(dim, unbiased, keepdim, correction=correction), self.mean(None if isinstance(dim, bool) else dim, keepdim))

    def nansum(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """The sum of what is not NaN, of all elements or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("nan"), 3.0])
            >>> x.nansum()
            tensor(4.)
        """
        if self.dtype.kind not in "fc":
            return self.sum(dim, keepdim)  # type: ignore[no-any-return]
        return where(self.isnan(), 0.0, self).sum(dim, keepdim)  # type: ignore[no-any-return]

    def nanmean(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """The mean of what is not NaN, of all elements or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("nan"), 3.0])
            >>> x.nanmean()
            tensor(2.)
        """
        count = (~self.isnan()).to(self.dtype).sum(dim, keepdim)
        return self.nansum(dim, keepdim) / count  # type: ignore[no-any-return]

    @along
    def logcumsumexp(self: Any, dim: int) -> Tensor:
        """log(cumsum(exp(x))) along `dim`, without overflow.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1000.0, 1000.0])
            >>> x.logcumsumexp(0) - 1000.0
            tensor([0.        , 0.69314718])
        """
        axis = axis_of(self, dim)
        parts, total = [], None
        for k in range(self.shape[axis]):
            now = self.narrow(axis, k, 1)
            total = now if total is None else total.logaddexp(now)
            parts.append(total)
        return call(np.concatenate, parts, axis=axis) if parts else self.clone()  # type: ignore[no-any-return]

    def diff(self: Any, n: int = 1, dim: Any = -1, prepend: Any = None, append: Any = None) -> Tensor:
        """The differences of neighbours along `dim`, taken `n` times, after `prepend` and `append` are put to the ends.

        Raises:
            RuntimeError: `n` is negative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 4.0, 9.0])
            >>> x.diff(), x.diff(n=2)
            (tensor([3., 5.]), tensor([2.]))
        """
        if n < 0:
            raise RuntimeError(f"order must be non-negative but got {n}")
        if self.dim() == 0:
            raise RuntimeError("diff expects input to be at least one-dimensional")
        if n == 0:
            return self.clone()  # type: ignore[no-any-return]
        axis = axis_of(self, -1 if dim is None else dim)
        ends = [t for t in (prepend, self, append) if t is not None]
        whole = self if len(ends) == 1 else call(np.concatenate, ends, axis=axis)
        return call(np.diff, whole, min(n, whole.shape[axis]), axis=axis, ordered=False)  # type: ignore[no-any-return]

    def cov(self: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
        """The covariances of variables, a row each, over observations, a column each: (n, m) gives (n, n). Sums are divided by m - correction.

        `fweights` say how often an observation counts, integers; `aweights` are weights of any size. Both have one number a column.

        Raises:
            RuntimeError: weights of another shape, dtype or sign.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
            >>> x.cov()
            tensor([[ 1., -1.],
                    [-1.,  1.]])
        """
        if fweights is None and aweights is None:
            return call(np.cov, self, ddof=correction).to(self.dtype if self.dtype.kind in "fc" else defaults.real)  # type: ignore[no-any-return]
        return _weighted_cov(self, correction, fweights, aweights)

    def corrcoef(self: Any) -> Tensor:
        """The correlations of variables, a row each, over observations, a column each: (n, m) gives (n, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0, 4.0], [4.0, 2.0, 1.0]])
            >>> x.corrcoef().round(decimals=3)
            tensor([[ 1.   , -0.929],
                    [-0.929,  1.   ]])
        """
        x = self if self.dtype.kind in "fc" else self.to(defaults.real)
        return call(np.corrcoef, x).to(x.dtype)  # type: ignore[no-any-return]

    def renorm(self: Any, p: float, dim: int, maxnorm: float) -> Tensor:
        """The slices along `dim`, those whose p-norm is above `maxnorm` made that long.

        Raises:
            ShapeError: fewer than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 4.0], [0.3, 0.4]])
            >>> x.renorm(2, 0, 1.0).round(decimals=4)
            tensor([[0.6, 0.8],
                    [0.3, 0.4]])
        """
        if self.dim() < 2:
            raise ShapeError(f"renorm: input needs at least 2 dimensions, got {self.dim()} dimensions")
        axis = axis_of(self, dim)
        others = tuple(k for k in range(self.dim()) if k != axis)
        length = self.norm(p, others, keepdim=True)
        return self.contiguous() * where(length.detach() > maxnorm, maxnorm / (length + 1e-7), 1.0)  # type: ignore[no-any-return]

    # --- functions of elements -------------------------------------------------------------------------------------------------

    def logit(self: Any, eps: Any = None) -> Tensor:
        """log(x / (1 - x)), of each element, which is taken between `eps` and 1 - `eps` where that is given.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.5, 1.0])
            >>> x.logit(eps=0.5)
            tensor([0., 0.])
        """
        return elementwise(ops.LOGIT, self if eps is None else self.clamp(eps, 1 - eps))

    def polygamma(self: Any, n: Any) -> Tensor:
        """The derivative of order n of `digamma`, at each element: x.polygamma(n), and torch.polygamma(n, x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.polygamma(1)
            tensor([1.64493407])
        """
        if recording_tape((self,)) is not None:
            return elementwise(ops.POLYGAMMA, n, self)
        return concrete(np.asarray(_special().polygamma(n, self.values())).astype(self.dtype if self.dtype.kind == "f" else defaults.real))

    def igamma(self: Any, other: Any) -> Tensor:
        """The regularised lower incomplete gamma function P(x, other), of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.igamma(jt.tensor([1.0]))
            tensor([0.63212056])
        """
        return call(_special().gammainc, self, other)  # type: ignore[no-any-return]

    def igammac(self: Any, other: Any) -> Tensor:
        """The regularised upper incomplete gamma function Q(x, other) = 1 - P(x, other), of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.igammac(jt.tensor([1.0]))
            tensor([0.36787944])
        """
        return call(_special().gammaincc, self, other)  # type: ignore[no-any-return]

    def i0(self: Any) -> Tensor:
        """The modified Bessel function of the first kind of order zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 1.0])
            >>> x.i0()
            tensor([1.        , 1.26606588])
        """
        return call(_special().i0, self if self.dtype.kind == "f" else self.to(defaults.real))  # type: ignore[no-any-return]

    def mvlgamma(self: Any, p: int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension `p`, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0])
            >>> x.mvlgamma(2)
            tensor([0.45158271])
        """
        total: Any = p * (p - 1) / 4 * math.log(math.pi)
        for k in range(p):
            total = total + (self - k / 2).lgamma()
        return total  # type: ignore[no-any-return]

    def nextafter(self: Any, other: Any) -> Tensor:
        """The number next to each element towards `other`; it has no derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> (x.nextafter(jt.tensor([2.0])) - x).item()
            2.220446049250313e-16
        """
        return by_elements(np.nextafter, self, other)

    def frexp(self: Any) -> Any:
        """(mantissa, exponent) of each element: x = mantissa * 2**exponent with 0.5 <= abs(mantissa) < 1.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([8.0])
            >>> mantissa, exponent = x.frexp()
            >>> mantissa.item(), exponent.item()
            (0.5, 4)
        """
        _, exponent = np.frexp(self.values())
        return results.frexp(self * np.ldexp(np.ones((), self.dtype), -exponent), concrete(exponent))

    def bitwise_left_shift(self: Any, other: Any) -> Tensor:
        """Integers with their bits moved to the left by `other` places.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 3])
            >>> x.bitwise_left_shift(2)
            tensor([ 4, 12])
        """
        return by_elements(np.left_shift, self, other)

    def bitwise_right_shift(self: Any, other: Any) -> Tensor:
        """Integers with their bits moved to the right by `other` places.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([4, 12])
            >>> x.bitwise_right_shift(2)
            tensor([1, 3])
        """
        return by_elements(np.right_shift, self, other)

    def sum_to_size(self: Any, *size: Any) -> Tensor:
        """The sum over the dimensions along which a tensor of this `size` would be broadcast to that of x: what `expand` undoes.

        Raises:
            RuntimeError: a tensor of this size does not broadcast to that of x.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.sum_to_size(1, 3)
            tensor([[2., 2., 2.]])
        """
        wanted = sizes_of(size, "sum_to_size")
        lead = self.dim() - len(wanted)
        if lead < 0 or any(w not in (1, n) for w, n in zip(wanted, self.shape[lead:], strict=True)):
            raise RuntimeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(self.shape)}}}.")
        axes = (*range(lead), *(lead + k for k, w in enumerate(wanted) if w == 1 and self.shape[lead + k] != 1))
        return self.sum(axes, keepdim=True).reshape(wanted) if axes else self  # type: ignore[no-any-return]

    def clamp_min(self: Any, min: Any) -> Tensor:
        """The values, at least `min`; the derivative at the bound is one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 2.0])
            >>> x.clamp_min(0.0)
            tensor([0., 2.])
        """
        return self.clamp(min=min)  # type: ignore[no-any-return]

    def clamp_max(self: Any, max: Any) -> Tensor:
        """The values, at most `max`; the derivative at the bound is one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 2.0])
            >>> x.clamp_max(0.0)
            tensor([-2.,  0.])
        """
        return self.clamp(max=max)  # type: ignore[no-any-return]

    def frac(self: Any) -> Tensor:
        """The part behind the point of each element, with its sign: x - trunc(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.5, -1.5])
            >>> x.frac()
            tensor([ 0.5, -0.5])
        """
        return self - self.trunc()  # type: ignore[no-any-return]

    def floor_divide(self: Any, other: Any) -> Tensor:
        """The quotient x / other rounded down; the derivative is zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([7.0, -7.0])
            >>> x.floor_divide(2.0)
            tensor([ 3., -4.])
        """
        return self // other  # type: ignore[no-any-return]

    def float_power(self: Any, exponent: Any) -> Tensor:
        """The power x**exponent in float64.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2, 3])
            >>> x.float_power(2)
            tensor([4., 9.])
        """
        return self.double() ** exponent  # type: ignore[no-any-return]

    def logaddexp2(self: Any, other: Any) -> Tensor:
        """log2(2**x + 2**other) of each element, without overflow.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0])
            >>> x.logaddexp2(jt.tensor([3.0]))
            tensor([4.])
        """
        return call(np.logaddexp2, self, other)  # type: ignore[no-any-return]

    def ldexp(self: Any, other: Any) -> Tensor:
        """x * 2**other, of integers or real numbers `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 3.0])
            >>> x.ldexp(jt.tensor([3, 1]))
            tensor([8., 6.])
        """
        x = self if self.dtype.kind in "fc" else self.to(defaults.real)
        if isinstance(other, Tensor) and other.requires_grad:
            return x * 2.0**other  # type: ignore[no-any-return]
        return x * np.asarray(2.0 ** plain(other), x.real.dtype)  # type: ignore[no-any-return]

    def nan_to_num(self: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
        """Numbers in place of NaN and infinities: `nan`, `posinf` and `neginf`, by default zero and the largest and least there are.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("nan"), float("inf"), 1.0])
            >>> x.nan_to_num(posinf=9.0)
            tensor([0., 9., 1.])
        """
        if self.dtype.kind not in "fc":
            return self.clone()  # type: ignore[no-any-return]
        limits = np.finfo(self.dtype)
        x = where(self.isnan(), nan, self)
        x = where(x.detach() == math.inf, float(limits.max) if posinf is None else posinf, x)
        return where(x.detach() == -math.inf, float(limits.min) if neginf is None else neginf, x)  # type: ignore[no-any-return]

    def heaviside(self: Any, values: Any) -> Tensor:
        """The step function of each element: 0 below zero, 1 above, `values` at zero. It has no derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.0, 0.0, 1.0])
            >>> x.heaviside(jt.tensor(0.5))
            tensor([0. , 0.5, 1. ])
        """
        x, at_zero = self.values(), plain(values)
        if x.dtype != np.asarray(at_zero).dtype:
            raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
        return concrete(np.heaviside(x, at_zero).astype(x.dtype))

    def signbit(self: Any) -> Tensor:
        """Whether the sign of each element is minus, that of -0.0 included.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-0.0, 0.0])
            >>> x.signbit()
            tensor([ True, False])
        """
        return concrete(np.signbit(self.values()))

    def isclose(self: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
        """Whether abs(x - other) <= atol + rtol * abs(other), of each element; with `equal_nan`, NaN is close to NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.isclose(jt.tensor([1.0 + 1e-9, 2.1]))
            tensor([ True, False])
        """
        return by_elements(lambda x, y: np.isclose(x, y, rtol, atol, equal_nan), self, other)

    def isposinf(self: Any) -> Tensor:
        """Whether each element is plus infinity.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("inf"), float("-inf")])
            >>> x.isposinf()
            tensor([ True, False])
        """
        return concrete(np.isposinf(self.values()))

    def isneginf(self: Any) -> Tensor:
        """Whether each element is minus infinity.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("inf"), float("-inf")])
            >>> x.isneginf()
            tensor([False,  True])
        """
        return concrete(np.isneginf(self.values()))

    def logical_and(self: Any, other: Any) -> Tensor:
        """Whether both x and `other` differ from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_and(jt.tensor([True, False, False]))
            tensor([ True, False, False])
        """
        return by_elements(np.logical_and, self, other)

    def logical_or(self: Any, other: Any) -> Tensor:
        """Whether x or `other` differs from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_or(jt.tensor([True, False, False]))
            tensor([ True,  True, False])
        """
        return by_elements(np.logical_or, self, other)

    def logical_xor(self: Any, other: Any) -> Tensor:
        """Whether just one of x and `other` differs from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_xor(jt.tensor([True, False, False]))
            tensor([False,  True, False])
        """
        return by_elements(np.logical_xor, self, other)

    def bitwise_and(self: Any, other: Any) -> Tensor:
        """The bits that x and `other` have in common: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_and(3)
            tensor([2])
        """
        return self & other  # type: ignore[no-any-return]

    def bitwise_or(self: Any, other: Any) -> Tensor:
        """The bits that x or `other` has: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_or(3)
            tensor([7])
        """
        return self | other  # type: ignore[no-any-return]

    def bitwise_xor(self: Any, other: Any) -> Tensor:
        """The bits that just one of x and `other` has: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_xor(3)
            tensor([5])
        """
        return self ^ other  # type: ignore[no-any-return]

    def bitwise_not(self: Any) -> Tensor:
        """The bits turned over: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, False])
            >>> x.bitwise_not()
            tensor([False,  True])
        """
        return ~self  # type: ignore[no-any-return]

    def gcd(self: Any, other: Any) -> Tensor:
        """The greatest common divisors of integers x and `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([12, 7])
            >>> x.gcd(8)
            tensor([4, 1])
        """
        return by_elements(np.gcd, self, other)

    def lcm(self: Any, other: Any) -> Tensor:
        """The least common multiples of integers x and `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([4, 7])
            >>> x.lcm(6)
            tensor([12, 42])
        """
        return by_elements(np.lcm, self, other)

    def not_equal(self: Any, other: Any) -> Tensor:
        """Whether x and `other` differ, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.not_equal(2.0)
            tensor([ True, False])
        """
        return elementwise(ops.NOT_EQUAL, self, other)

    def greater_equal(self: Any, other: Any) -> Tensor:
        """Whether x >= other, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.greater_equal(2.0)
            tensor([False,  True,  True])
        """
        return elementwise(ops.GREATER_EQUAL, self, other)

    def less_equal(self: Any, other: Any) -> Tensor:
        """Whether x <= other, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.less_equal(2.0)
            tensor([ True,  True, False])
        """
        return elementwise(ops.LESS_EQUAL, self, other)

    def rsub(self: Any, other: Any, *, alpha: Any = 1) -> Tensor:
        """The difference other - alpha * x.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.rsub(10.0)
            tensor([9., 8.])
        """
        return other - self * alpha  # type: ignore[no-any-return]

    def softmin(self: Any, dim: int) -> Tensor:
        """The softmax of -x along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.softmin(0)
            tensor([0.5, 0.5])
        """
        return (-self).softmax(dim)  # type: ignore[no-any-return]


def symmetric(A: Any, UPLO: str = "L") -> Any:
    """Matrices of which one triangle is read, so that a derivative is one by a symmetric matrix."""
    if recording_tape((A,)) is None:
        return A
    known = A.detach()
    lower = known.tril() if UPLO == "L" else known.triu().mH
    change = A - known  # zero
    return lower + lower.tril(-1).mH + (change + change.mH) / 2


def _weighted_cov(x: Any, correction: int, fweights: Any, aweights: Any) -> Tensor:
    """The covariances of rows over columns that count several times, or have weights."""
    rows = x if x.dim() == 2 else x.reshape(1, -1)
    for name, w, kinds, words in (("fweights", fweights, "iu", "integral"), ("aweights", aweights, "f", "floating point")):
        if w is None:
            continue
        if w.dim() > 1:
            raise RuntimeError(f"cov(): expected {name} to have one or fewer dimensions but got {name} with {w.dim()} dimensions")
        if w.dtype.kind not in kinds:
            raise RuntimeError(f"cov(): expected {name} to have {words} dtype but got {name} with {w.dtype} dtype")
        if w.numel() != rows.shape[1]:
            raise RuntimeError(f"cov(): expected {name} to have the same numel as there are observations in the input but got {w.numel()} != {rows.shape[1]}")
        if bool((w < 0).any()):
            raise RuntimeError(f"cov(): {name} cannot be negative")
    w = fweights if aweights is None else aweights if fweights is None else fweights * aweights
    total = w.sum()
    if total.item() == 0:
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    count = total - correction * (1 if aweights is None else (w * aweights).sum() / total)
    centred = rows - ((rows * w).sum(1) / total).unsqueeze(1)
    found = (centred * w) @ centred.mH / count.clamp(min=0)
    return found.squeeze()  # type: ignore[no-any-return]


def _mixed(x: Any, y: Any, beta: Any, alpha: Any, product_first: bool = False) -> Tensor:
    """beta * x + alpha * y, which lies in memory as x does, or as y, a product of matrices."""
    if y.dtype.kind not in "fc":  # factors of integers are integers
        beta, alpha = int(beta), int(alpha)
    y = y if alpha == 1 else y * alpha
    if beta == 0:
        return y  # type: ignore[no-any-return]
    x = x if beta == 1 else x * beta
    return y + x if product_first else x + y  # type: ignore[no-any-return]


# --- functions of several tensors --------------------------------------------------------------------------------------------------


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


def trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The integral of `y` by trapezoids along `dim`: at the points `x`, or at points `dx` apart.

    Example:
        >>> import jittape.torch as torch
        >>> torch.trapezoid(torch.tensor([0.0, 1.0, 4.0]), dx=0.5).item()
        1.5
    """
    return call(np.trapezoid, y, x, dx, axis=axis_of(y, dim))  # type: ignore[no-any-return]


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The integrals of `y` by trapezoids up to each point along `dim`, without the first: at the points `x`, or at points `dx` apart.

    Example:
        >>> import jittape.torch as torch
        >>> torch.cumulative_trapezoid(torch.tensor([0.0, 1.0, 4.0]), dx=0.5).tolist()
        [0.25, 1.5]
    """
    axis = axis_of(y, dim)
    n = y.shape[axis]
    width: Any = dx
    if x is not None:
        width = x.diff(-1 if x.dim() == 1 else axis)
        if x.dim() == 1:
            width = width.reshape([-1 if k == axis else 1 for k in range(y.dim())])
    return ((y.narrow(axis, 0, n - 1) + y.narrow(axis, 1, n - 1)) * 0.5 * width).cumsum(axis)  # type: ignore[no-any-return]


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of several `matrices`, in the order that takes the fewest operations.

    Example:
        >>> import jittape.torch as torch
        >>> torch.chain_matmul(torch.ones(2, 3), torch.ones(3, 4), torch.ones(4, 1))
        tensor([[12.],
                [12.]])
    """
    return call(np.linalg.multi_dot, list(matrices)) if len(matrices) > 1 else matrices[0]  # type: ignore[no-any-return]

