"""More methods of tensors that compute: sums of products, matrices, statistics, and functions of elements. Each is made of those in methods.py."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from jittape.eager.calls import by_elements, call, elementwise, recording_tape
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


class Frexp(NamedTuple):
    """What frexp() gives."""

    mantissa: Any
    exponent: Any


class Spread(NamedTuple):
    """What var_mean() and std_mean() give."""

    spread: Any
    mean: Any


@extend_named
class Arithmetic:
    """The methods of Tensor that are made of others."""

    # --- sums of products ------------------------------------------------------------------------------------------------------

    def addmm(self: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """beta * x + alpha * mat1 @ mat2."""
        return _mixed(self, mat1.mm(mat2), beta, alpha, product_first=True)

    def addmv(self: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        return _mixed(self, mat.mv(vec), beta, alpha)

    def addr(self: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        return _mixed(self, vec1.outer(vec2), beta, alpha)

    def baddbmm(self: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        return _mixed(self, batch1.bmm(batch2), beta, alpha, product_first=True)

    def addbmm(self: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        return _mixed(self, batch1.bmm(batch2).sum(0), beta, alpha, product_first=True)

    def addcmul(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        return _mixed(self, tensor1 * tensor2, 1, value)

    def addcdiv(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        return _mixed(self, tensor1 / tensor2, 1, value)

    def inner(self: Any, other: Any) -> Tensor:
        return call(np.inner, self, other)  # type: ignore[no-any-return]

    def vdot(self: Any, other: Any) -> Tensor:
        return self.dot(other)  # type: ignore[no-any-return]

    def kron(self: Any, other: Any) -> Tensor:
        ndim = max(self.dim(), other.dim())
        a, b = ([*(1,) * (ndim - t.dim()), *t.shape] for t in (self, other))
        x = self.reshape([n for m in a for n in (m, 1)])
        y = other.reshape([n for m in b for n in (1, m)])
        return (x * y).reshape([m * n for m, n in zip(a, b, strict=True)])  # type: ignore[no-any-return]

    def cross(self: Any, other: Any, dim: Any = None) -> Tensor:
        """The cross product along a dimension of length 3."""
        axis = next((k for k, n in enumerate(self.shape) if n == 3), None) if dim is None else axis_of(self, dim)
        if axis is None or self.shape[axis] != 3 or other.shape[axis] != 3:
            raise RuntimeError(f"linalg.cross: inputs dimension {axis} must have length 3. Got {tuple(self.shape)} and {tuple(other.shape)}")
        return call(np.cross, self, other, axis=axis)  # type: ignore[no-any-return]

    def matrix_power(self: Any, n: int) -> Tensor:
        return call(np.linalg.matrix_power, self, n)  # type: ignore[no-any-return]

    def det(self: Any) -> Tensor:
        return call(np.linalg.det, self)  # type: ignore[no-any-return]

    def logdet(self: Any) -> Tensor:
        """The logarithm of the determinant; NaN where that is negative."""
        sign, log = call(np.linalg.slogdet, self)
        return where(sign.detach() < 0, math.nan, log)  # type: ignore[no-any-return]

    def slogdet(self: Any) -> Any:
        return call(np.linalg.slogdet, self)

    def inverse(self: Any) -> Tensor:
        return call(np.linalg.inv, self)  # type: ignore[no-any-return]

    def pinverse(self: Any, rcond: float = 1e-15) -> Tensor:
        return call(np.linalg.pinv, self, rcond)  # type: ignore[no-any-return]

    def cholesky(self: Any, upper: bool = False) -> Tensor:
        factor = call(np.linalg.cholesky, self)
        return factor.mT if upper else factor  # type: ignore[no-any-return]

    def dist(self: Any, other: Any, p: float = 2) -> Tensor:
        """The p-norm of the difference."""
        return (self - other).norm(p)  # type: ignore[no-any-return]

    # --- statistics ------------------------------------------------------------------------------------------------------------

    def var_mean(self: Any, dim: Any = None, *, correction: Any = 1, keepdim: bool = False) -> Any:
        return Spread(self.var(dim, correction=correction, keepdim=keepdim), self.mean(dim, keepdim))

    def std_mean(self: Any, dim: Any = None, *, correction: Any = 1, keepdim: bool = False) -> Any:
        return Spread(self.std(dim, correction=correction, keepdim=keepdim), self.mean(dim, keepdim))

    def nansum(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        return where(self.isnan(), 0.0, self).sum(dim, keepdim)  # type: ignore[no-any-return]

    def nanmean(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        count = (~self.isnan()).to(self.dtype).sum(dim, keepdim)
        return self.nansum(dim, keepdim) / count  # type: ignore[no-any-return]

    @along
    def logcumsumexp(self: Any, dim: int) -> Tensor:
        """log(cumsum(exp(x))) along a dimension, without overflow."""
        axis = axis_of(self, dim)
        parts, total = [], None
        for k in range(self.shape[axis]):
            now = self.narrow(axis, k, 1)
            total = now if total is None else total.logaddexp(now)
            parts.append(total)
        return call(np.concatenate, parts, axis=axis) if parts else self.clone()  # type: ignore[no-any-return]

    @along
    def diff(self: Any, dim: Any = -1, n: int = 1) -> Tensor:
        return call(np.diff, self, n, axis=axis_of(self, -1 if dim is None else dim), ordered=False)  # type: ignore[no-any-return]

    def cov(self: Any, *, correction: int = 1) -> Tensor:
        return call(np.cov, self, ddof=correction)  # type: ignore[no-any-return]

    def corrcoef(self: Any) -> Tensor:
        return call(np.corrcoef, self)  # type: ignore[no-any-return]

    def renorm(self: Any, p: float, dim: int, maxnorm: float) -> Tensor:
        """Slices along a dimension, those of larger norm made shorter."""
        axis = axis_of(self, dim)
        others = tuple(k for k in range(self.dim()) if k != axis)
        length = (self.abs() ** p).sum(others, keepdim=True) ** (1.0 / p)
        return self.contiguous() * where(length.detach() > maxnorm, maxnorm / (length + 1e-7), 1.0)  # type: ignore[no-any-return]

    # --- functions of elements -------------------------------------------------------------------------------------------------

    def polygamma(self: Any, n: Any) -> Tensor:
        """Derivative number n of digamma: x.polygamma(n), and torch.polygamma(n, x)."""
        if recording_tape((self,)) is not None:
            return elementwise(ops.POLYGAMMA, n, self)
        return concrete(np.asarray(_special().polygamma(n, self.values())).astype(self.dtype))

    def igamma(self: Any, other: Any) -> Tensor:
        """The regularised lower incomplete gamma function of shape `self`, at `other`."""
        return call(_special().gammainc, self, other)  # type: ignore[no-any-return]

    def igammac(self: Any, other: Any) -> Tensor:
        return call(_special().gammaincc, self, other)  # type: ignore[no-any-return]

    def i0(self: Any) -> Tensor:
        """The modified Bessel function of the first kind of order zero."""
        return call(_special().i0, self)  # type: ignore[no-any-return]

    def mvlgamma(self: Any, p: int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension p."""
        total: Any = p * (p - 1) / 4 * math.log(math.pi)
        for k in range(p):
            total = total + (self - k / 2).lgamma()
        return total  # type: ignore[no-any-return]

    def nextafter(self: Any, other: Any) -> Tensor:
        return by_elements(np.nextafter, self, other)

    def frexp(self: Any) -> Any:
        """(m, e) with x = m 2**e and 0.5 <= |m| < 1."""
        _, exponent = np.frexp(self.values())
        return Frexp(self * np.ldexp(np.ones((), self.dtype), -exponent), concrete(exponent))

    def bitwise_left_shift(self: Any, other: Any) -> Tensor:
        return by_elements(np.left_shift, self, other)

    def bitwise_right_shift(self: Any, other: Any) -> Tensor:
        return by_elements(np.right_shift, self, other)

    def sum_to_size(self: Any, *size: Any) -> Tensor:
        """The sum over axes along which a tensor of this size would be broadcast."""
        wanted = sizes_of(size, "sum_to_size")
        lead = self.dim() - len(wanted)
        if lead < 0 or any(w not in (1, n) for w, n in zip(wanted, self.shape[lead:], strict=True)):
            raise RuntimeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(self.shape)}}}.")
        axes = (*range(lead), *(lead + k for k, w in enumerate(wanted) if w == 1 and self.shape[lead + k] != 1))
        return self.sum(axes, keepdim=True).reshape(wanted) if axes else self  # type: ignore[no-any-return]

    def clamp_min(self: Any, min: Any) -> Tensor:
        return self.clamp(min=min)  # type: ignore[no-any-return]

    def clamp_max(self: Any, max: Any) -> Tensor:
        return self.clamp(max=max)  # type: ignore[no-any-return]

    def frac(self: Any) -> Tensor:
        return self - self.trunc()  # type: ignore[no-any-return]

    def floor_divide(self: Any, other: Any) -> Tensor:
        return self // other  # type: ignore[no-any-return]

    def float_power(self: Any, exponent: Any) -> Tensor:
        return self.double() ** exponent  # type: ignore[no-any-return]

    def logaddexp2(self: Any, other: Any) -> Tensor:
        return call(np.logaddexp2, self, other)  # type: ignore[no-any-return]

    def ldexp(self: Any, other: Any) -> Tensor:
        return self * 2.0 ** plain(other)  # type: ignore[no-any-return]

    def nan_to_num(self: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
        """Numbers in place of NaN and infinities: by default zero and the largest there are."""
        limits = np.finfo(self.dtype)
        x = where(self.isnan(), nan, self)
        x = where(x.detach() == math.inf, float(limits.max) if posinf is None else posinf, x)
        return where(x.detach() == -math.inf, float(limits.min) if neginf is None else neginf, x)  # type: ignore[no-any-return]

    def heaviside(self: Any, values: Any) -> Tensor:
        return by_elements(np.heaviside, self, values)

    def signbit(self: Any) -> Tensor:
        return concrete(np.signbit(self.values()))

    def isclose(self: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
        return by_elements(lambda x, y: np.isclose(x, y, rtol, atol, equal_nan), self, other)

    def isposinf(self: Any) -> Tensor:
        return concrete(np.isposinf(self.values()))

    def isneginf(self: Any) -> Tensor:
        return concrete(np.isneginf(self.values()))

    def logical_and(self: Any, other: Any) -> Tensor:
        return by_elements(np.logical_and, self, other)

    def logical_or(self: Any, other: Any) -> Tensor:
        return by_elements(np.logical_or, self, other)

    def logical_xor(self: Any, other: Any) -> Tensor:
        return by_elements(np.logical_xor, self, other)

    def bitwise_and(self: Any, other: Any) -> Tensor:
        return self & other  # type: ignore[no-any-return]

    def bitwise_or(self: Any, other: Any) -> Tensor:
        return self | other  # type: ignore[no-any-return]

    def bitwise_xor(self: Any, other: Any) -> Tensor:
        return self ^ other  # type: ignore[no-any-return]

    def bitwise_not(self: Any) -> Tensor:
        return ~self  # type: ignore[no-any-return]

    def gcd(self: Any, other: Any) -> Tensor:
        return by_elements(np.gcd, self, other)

    def lcm(self: Any, other: Any) -> Tensor:
        return by_elements(np.lcm, self, other)

    def not_equal(self: Any, other: Any) -> Tensor:
        return elementwise(ops.NOT_EQUAL, self, other)

    def greater_equal(self: Any, other: Any) -> Tensor:
        return elementwise(ops.GREATER_EQUAL, self, other)

    def less_equal(self: Any, other: Any) -> Tensor:
        return elementwise(ops.LESS_EQUAL, self, other)

    def rsub(self: Any, other: Any, *, alpha: Any = 1) -> Tensor:
        return other - self * alpha  # type: ignore[no-any-return]

    def softmin(self: Any, dim: int) -> Tensor:
        return (-self).softmax(dim)  # type: ignore[no-any-return]


def _mixed(x: Any, y: Any, beta: Any, alpha: Any, product_first: bool = False) -> Tensor:
    """beta * x + alpha * y, which lies in memory as x does, or as y, a product of matrices."""
    y = y if alpha == 1 else y * alpha
    if beta == 0:
        return y  # type: ignore[no-any-return]
    x = x if beta == 1 else x * beta
    return y + x if product_first else x + y  # type: ignore[no-any-return]


# --- functions of several tensors --------------------------------------------------------------------------------------------------


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Tensor:
    """Distances by the p-norm between the rows of (..., P, M) and of (..., R, M): (..., P, R)."""
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
    """The integral by trapezoids along a dimension."""
    return call(np.trapezoid, y, x, dx, axis=axis_of(y, dim))  # type: ignore[no-any-return]


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The integrals up to each point, without the first."""
    axis = axis_of(y, dim)
    n = y.shape[axis]
    width: Any = dx
    if x is not None:
        width = x.diff(-1 if x.dim() == 1 else axis)
        if x.dim() == 1:
            width = width.reshape([-1 if k == axis else 1 for k in range(y.dim())])
    return ((y.narrow(axis, 0, n - 1) + y.narrow(axis, 1, n - 1)) * 0.5 * width).cumsum(axis)  # type: ignore[no-any-return]


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of several matrices, in the cheapest order."""
    return call(np.linalg.multi_dot, list(matrices)) if len(matrices) > 1 else matrices[0]  # type: ignore[no-any-return]

