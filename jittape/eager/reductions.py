"""Methods of tensors that make one number of many, of all elements or along dimensions: sums, means, extremes, norms, softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager import results
from jittape.eager.calls import as_one, call, elementwise, total
from jittape.eager.defaults import defaults
from jittape.eager.kinds import BOOLS, Refusal, refuse
from jittape.eager.shapes import along, axis_of
from jittape.eager.tensor import Tensor, concrete, dtype_in_words, extend
from jittape.ops._generated import opcodes as ops

CUMULATED = Refusal(BOOLS, "cumsum_out_cpu")
"""What sums so far are not stored as."""


@extend
class Reductions:
    """The methods of Tensor that go along dimensions."""

    def sum(self: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: Any = None, dtype: Any = None) -> Tensor:
        """The sum of all elements, or along `dim`, a dimension or several.

        `keepdim` keeps these dimensions, with length one; `dtype` is what the elements are converted to first. `axis` and `keepdims` are NumPy's names.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.sum(), x.sum(0), x.sum(1, keepdim=True).shape
            (tensor(10.), tensor([4., 6.]), jittape.Size([2, 1]))
        """
        if dtype is not None:
            self = self.to(dtype)
        keepdim = bool(keepdim if keepdims is None else keepdims)
        if dim is axis is None and not keepdim and (out := total(self)) is not None:
            return out
        dim = axis_of(self, dim, axis)
        out = as_one("sum along", (dim, keepdim), (self,), _sum_along)
        return out if dtype is None and out.dtype.kind != "u" else _counted(out, dtype)  # type: ignore[no-any-return]

    def mean(self: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: Any = None, dtype: Any = None) -> Tensor:
        """The mean of all elements, or along `dim`, a dimension or several; other arguments are those of `sum`: `keepdim`, `dtype`, `axis`, `keepdims`.

        Raises:
            RuntimeError: the elements are integers or truth values.
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.mean(), x.mean(0)
            (tensor(2.5), tensor([2., 3.]))
        """
        if dtype is not None:
            self = self.to(dtype)
        if self.dtype.kind not in "fc":
            raise RuntimeError(
                f"mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {self.dtype}"
            )
        keepdim = bool(keepdim if keepdims is None else keepdims)
        if dim is axis is None and not keepdim and (out := total(self, mean=True)) is not None:
            return out
        dim = axis_of(self, dim, axis)
        return as_one("mean along", (dim, keepdim), (self,), _mean_along)  # type: ignore[no-any-return]

    def prod(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
        """The product of all elements, or along `dim`, which `keepdim` keeps with length one; `dtype` is what the elements are converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.prod(), x.prod(0)
            (tensor(24.), tensor([3., 8.]))
        """
        if dtype is not None:
            self = self.to(dtype)
        return _counted(call(np.prod, self, axis=axis_of(self, dim), keepdims=keepdim), dtype)

    def var(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Tensor:
        """The variance of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one.

        The squares are divided by n - correction: by n - 1 by default, by n where `unbiased` is False.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.var(), x.var(correction=0)
            (tensor(1.), tensor(0.66666667))
        """
        ddof, dim = _ddof(dim, unbiased, correction)
        return call(np.var, self, axis=axis_of(self, dim), keepdims=keepdim, ddof=ddof)  # type: ignore[no-any-return]

    def std(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Tensor:
        """The standard deviation of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one.

        It is the root of `var`, whose arguments `unbiased` and `correction` it has.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.std()
            tensor(1.)
        """
        ddof, dim = _ddof(dim, unbiased, correction)
        return call(np.std, self, axis=axis_of(self, dim), keepdims=keepdim, ddof=ddof)  # type: ignore[no-any-return]

    def norm(self: Any, p: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
        """The p-norm of all elements, or along `dim`, which `keepdim` keeps with length one: (sum of abs(x)**p)**(1/p).

        `p` may be infinite, or "fro", the same as 2, or "nuc", the sum of the singular values of matrices; `dtype` is what the elements are
        converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, -4.0])
            >>> x.norm(), x.norm(1), x.norm(float("inf"))
            (tensor(5.), tensor(7.), tensor(4.))
        """
        if dtype is not None:
            self = self.to(dtype)
        order = 2 if p is None or p == "fro" else p
        if order == "nuc":
            return _nuclear(self, (-2, -1) if dim is None else dim, keepdim)  # type: ignore[no-any-return]
        if isinstance(dim, (tuple, list)) and len(dim) == 1:
            (dim,) = dim
        if dim is None:
            out = call(np.linalg.norm, self.reshape(-1), order)
            return out.reshape((1,) * self.dim()) if keepdim else out  # type: ignore[no-any-return]
        axis = axis_of(self, dim)
        if axis == ():
            return self.norm(order)  # type: ignore[no-any-return]
        if isinstance(axis, tuple):
            return norm_of_several(self, order, axis, keepdim)
        return call(np.linalg.norm, self, order, axis=axis, keepdims=keepdim)  # type: ignore[no-any-return]

    @along
    def cumsum(self: Any, dim: int, *, dtype: Any = None) -> Tensor:
        """The sums of the elements up to each one along `dim`; `dtype` is what they are converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.cumsum(0)
            tensor([1., 3., 6.])
        """
        if dtype is not None:
            self = self.to(dtype)
            refuse(CUMULATED, self)
        return _counted(call(np.cumsum, self, axis=axis_of(self, dim)), dtype)

    @along
    def cumprod(self: Any, dim: int, *, dtype: Any = None) -> Tensor:
        """The products of the elements up to each one along `dim`; `dtype` is what they are converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.cumprod(0)
            tensor([1., 2., 6.])
        """
        if dtype is not None:
            self = self.to(dtype)
            refuse(CUMULATED, self)
        return _counted(call(np.cumprod, self, axis=axis_of(self, dim)), dtype)

    def amax(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """The largest of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one; equal ones share the derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.amax(), x.amax(0)
            (tensor(5.), tensor([3., 5.]))
        """
        return call(np.max, self, axis=axis_of(self, dim), keepdims=keepdim)  # type: ignore[no-any-return]

    def amin(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """The smallest of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one; equal ones share the derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.amin(), x.amin(0)
            (tensor(1.), tensor([1., 4.]))
        """
        return call(np.min, self, axis=axis_of(self, dim), keepdims=keepdim)  # type: ignore[no-any-return]

    def max(self: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        """The largest of all elements; along `dim` (values, indices), whose derivative goes to one element; with a tensor as `dim` or `other`, the larger of two.

        `keepdim` keeps the dimension, with length one.

        Raises:
            RuntimeError: the tensor has no elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.max()
            tensor(5.)
            >>> values, indices = x.max(1)
            >>> values, indices
            (tensor([5., 4.]), tensor([1, 1]))
        """
        return _extreme(self, dim if other is None else other, keepdim, np.max, np.argmax, ops.MAXIMUM)

    def min(self: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        """The smallest of all elements; along `dim` (values, indices), whose derivative goes to one element; with a tensor as `dim` or `other`, the smaller of two.

        `keepdim` keeps the dimension, with length one.

        Raises:
            RuntimeError: the tensor has no elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.min()
            tensor(1.)
            >>> x.min(1).indices
            tensor([0, 0])
        """
        return _extreme(self, dim if other is None else other, keepdim, np.min, np.argmin, ops.MINIMUM)

    @along
    def argmax(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Where the largest element stands: in the flattened tensor, or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.argmax(), x.argmax(1)
            (tensor(1), tensor([1, 1]))
        """
        return concrete(np.argmax(self.values(), axis=axis_of(self, dim), keepdims=keepdim))

    @along
    def argmin(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Where the smallest element stands: in the flattened tensor, or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.argmin(), x.argmin(1)
            (tensor(0), tensor([0, 0]))
        """
        return concrete(np.argmin(self.values(), axis=axis_of(self, dim), keepdims=keepdim))

    def all(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Whether all elements are true, or those along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 0.0], [3.0, 4.0]])
            >>> x.all(), x.all(1)
            (tensor(False), tensor([False,  True]))
        """
        return _truth(self, np.all(self.values(), axis=axis_of(self, dim), keepdims=keepdim))

    def any(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Whether any element is true, or any of those along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 0.0], [0.0, 0.0]])
            >>> x.any(), x.any(1)
            (tensor(True), tensor([ True, False]))
        """
        return _truth(self, np.any(self.values(), axis=axis_of(self, dim), keepdims=keepdim))

    def logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Tensor:
        """log(sum(exp(x))) along `dim`, a dimension or several, without overflow; `keepdim` keeps them with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1000.0, 1000.0])
            >>> x.logsumexp(0)
            tensor(1000.69314718)
        """
        self = _real(self)
        axes = axis_of(self, dim)
        top = _largest(self, axes)
        top = np.where(np.isfinite(top), top, 0).astype(self.dtype) if isinstance(top, np.ndarray) else top
        out = (self - top).exp().sum(axes, keepdim=True).log() + top
        return out if keepdim else call(np.squeeze, out, axis=axes)  # type: ignore[no-any-return]

    def softmax(self: Any, dim: int, dtype: Any = None) -> Tensor:
        """exp(x) / sum(exp(x)) along `dim`, without overflow; `dtype` is what the elements are converted to first.

        Raises:
            NotImplementedError: the elements are integers.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.softmax(0)
            tensor([0.5, 0.5])
        """
        if dtype is not None:
            self = self.to(dtype)
        if self.dtype.kind in "iub":
            raise NotImplementedError(f"\"softmax_lastdim_kernel_impl\" not implemented for '{dtype_in_words(self.dtype)}'")
        axis = axis_of(self, dim)
        e = (self - _largest(self, axis)).exp()
        return (e / e.sum(axis, keepdim=True)).contiguous()  # type: ignore[no-any-return]

    def log_softmax(self: Any, dim: int, dtype: Any = None) -> Tensor:
        """The logarithm of `softmax` along `dim`, without overflow; `dtype` is what the elements are converted to first.

        Raises:
            NotImplementedError: the elements are integers.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.log_softmax(0).exp()
            tensor([0.5, 0.5])
        """
        if dtype is not None:
            self = self.to(dtype)
        if self.dtype.kind in "iub":
            raise NotImplementedError(f"\"log_softmax_lastdim_kernel_impl\" not implemented for '{dtype_in_words(self.dtype)}'")
        return (self - self.logsumexp(dim, keepdim=True)).contiguous()  # type: ignore[no-any-return]


def _real(x: Any) -> Any:
    """Integers and booleans as real numbers."""
    return x.to(defaults.real) if x.dtype.kind in "iub" else x


def _counted(out: Any, dtype: Any) -> Tensor:
    """A sum or product, NumPy's of integers, in the dtype that was asked for, or else in int64."""
    if dtype is None:
        return out.to(np.int64) if out.dtype.kind == "u" else out  # type: ignore[no-any-return]
    return out if out.dtype == dtype else out.to(dtype)  # type: ignore[no-any-return]


def _truth(x: Any, found: Any) -> Tensor:
    """Truth values, of bytes as bytes."""
    return concrete(np.asarray(found, np.uint8 if x.dtype == np.uint8 else np.bool_, order="C"))


def _ddof(dim: Any, unbiased: Any, correction: Any) -> tuple[Any, Any]:
    """(degrees of freedom, dim): var(False) means unbiased=False."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return ((1 if correction is None else correction) if unbiased is None else int(unbiased)), dim


def _sum_along(x: Any, option: tuple[Any, bool]) -> Tensor:
    return call(np.sum, x, axis=option[0], keepdims=option[1])  # type: ignore[no-any-return]


def _mean_along(x: Any, option: tuple[Any, bool]) -> Tensor:
    return call(np.mean, x, axis=option[0], keepdims=option[1], linear=True)  # type: ignore[no-any-return]


def _largest(x: Tensor, axes: Any) -> Any:
    """What is taken off x before exp, which changes no derivative: numbers, or of a step that is recorded a copy of the largest elements."""
    if state.step is not None and x.requires_grad:
        return elementwise(ops.STOP_GRADIENT, call(np.max, x, axis=axes, keepdims=True))
    return np.max(x.values(), axis=axes, keepdims=True, initial=-np.inf)


def norm_of_several(x: Any, order: Any, axes: tuple[int, ...], keepdim: bool) -> Tensor:
    """The norm of the elements along several dimensions, as of one vector."""
    rest = [k for k in range(x.dim()) if k not in axes]
    out = call(np.linalg.norm, x.permute((*rest, *axes)).reshape((*(x.shape[k] for k in rest), -1)), order, axis=-1)
    return out.reshape(tuple(1 if k in axes else n for k, n in enumerate(x.shape))) if keepdim else out  # type: ignore[no-any-return]


def _nuclear(x: Any, dim: Any, keepdim: bool) -> Any:
    if x.dim() < 2 or len(dim) != 2:
        raise RuntimeError(f"norm: the nuclear norm is one of matrices, along two dimensions, not of a tensor of shape {list(x.shape)} along {dim}")
    axes = axis_of(x, tuple(dim))
    out = call(np.linalg.svd, x.movedim(axes, (-2, -1)), False)[1].sum(-1)
    return out.reshape(tuple(1 if k in axes else n for k, n in enumerate(x.shape))) if keepdim else out


def _extreme(x: Tensor, dim: Any, keepdim: bool, reduce: Any, arg: Any, op: int) -> Any:
    if isinstance(dim, Tensor):
        return elementwise(op, x, dim)
    if dim is None:
        if x.numel() == 0:
            raise RuntimeError("max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.")
        return call(reduce, x)
    made = results.RETURN_TYPES[reduce.__name__]
    axis = axis_of(x, dim)
    if axis == ():
        return made(x.clone(), concrete(np.zeros((), np.int64)))
    at = arg(x.values(), axis=axis, keepdims=True)  # the gradient goes to this element alone, as in PyTorch
    values = call(np.take_along_axis, x, at, axis)
    if not keepdim:
        values, at = call(np.squeeze, values, axis=axis), np.squeeze(at, axis)
    return made(values, concrete(at))
