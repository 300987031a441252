"""Methods of tensors that are sums and differences along dimensions: variances, covariances, integrals."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.calls import call
from jittape.eager.defaults import defaults
from jittape.eager.methods import where
from jittape.eager.named import extend_named
from jittape.eager.shapes import along, axis_of
from jittape.eager.tensor import Tensor
from jittape.errors import ShapeError


@extend_named
class Statistics:
    """The methods of Tensor that are statistics."""

    def var_mean(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Any:
        """(`var`, `mean`) of all elements, or along `dim`, which `keepdim` keeps with length one; `unbiased` and `correction` are those of `var`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> variance, mean = x.var_mean()
            >>> variance, mean
            (tensor(1.), tensor(2.))
        """
        return _with_mean(self, self.var(dim, unbiased, keepdim, correction=correction), dim, keepdim)

    def std_mean(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Any:
        """(`std`, `mean`) of all elements, or along `dim`, which `keepdim` keeps with length one; `unbiased` and `correction` are those of `var`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> deviation, mean = x.std_mean()
            >>> deviation, mean
            (tensor(1.), tensor(2.))
        """
        return _with_mean(self, self.std(dim, unbiased, keepdim, correction=correction), dim, keepdim)

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


def _with_mean(x: Any, spread: Any, dim: Any, keepdim: bool) -> tuple[Any, Any]:
    """A variance or standard deviation, and the mean beside it; a truth value for `dim` is PyTorch's `unbiased`."""
    return spread, x.mean(None if isinstance(dim, bool) else dim, keepdim)


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
        width = x.diff(dim=-1 if x.dim() == 1 else axis)
        if x.dim() == 1:
            width = width.reshape([-1 if k == axis else 1 for k in range(y.dim())])
    return ((y.narrow(axis, 0, n - 1) + y.narrow(axis, 1, n - 1)) * 0.5 * width).cumsum(axis)  # type: ignore[no-any-return]
