"""The methods of tensors, by PyTorch's names; each is a NumPy function or an operation of the table."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager import batched, graph, results, sparse_operands  # noqa: F401  (give Tensor backward() and its kin, and products with sparse matrices)
from jittape.eager.batched import Batched
from jittape.eager.calls import as_one, call, check_operand, elementwise, of_integers, recording_tape, to_power, total
from jittape.eager.casting import cast
from jittape.eager.complexes import converted
from jittape.eager.creation import check_device, generator
from jittape.eager.defaults import defaults
from jittape.eager.devices import device as Device
from jittape.eager.element_docs import DOCUMENTED
from jittape.eager.indexing import plain
from jittape.eager.named import name_methods, named
from jittape.eager.shapes import along, axis_of, moved
from jittape.eager.tensor import FLOATS, NAMES, Tensor, concrete, extend, tensor_given, type_name
from jittape.errors import ShapeError
from jittape.ops._generated import opcodes as ops

UNARY = {
    "abs": ops.ABS, "absolute": ops.ABS, "neg": ops.NEG, "negative": ops.NEG, "sign": ops.SIGN, "sgn": ops.SIGN, "sqrt": ops.SQRT, "square": ops.SQUARE,
    "reciprocal": ops.RECIPROCAL, "exp": ops.EXP, "exp2": ops.EXP2, "expm1": ops.EXPM1, "log": ops.LOG, "log2": ops.LOG2,
    "log10": ops.LOG10, "log1p": ops.LOG1P, "sin": ops.SIN, "cos": ops.COS, "tan": ops.TAN, "asin": ops.ARCSIN,
    "arcsin": ops.ARCSIN, "acos": ops.ARCCOS, "arccos": ops.ARCCOS, "atan": ops.ARCTAN, "arctan": ops.ARCTAN,
    "sinh": ops.SINH, "cosh": ops.COSH, "tanh": ops.TANH, "asinh": ops.ARCSINH, "arcsinh": ops.ARCSINH,
    "acosh": ops.ARCCOSH, "arccosh": ops.ARCCOSH, "atanh": ops.ARCTANH, "arctanh": ops.ARCTANH, "sinc": ops.SINC,
    "floor": ops.FLOOR, "ceil": ops.CEIL, "trunc": ops.TRUNC, "fix": ops.TRUNC, "erf": ops.ERF,
    "erfc": ops.ERFC, "erfinv": ops.ERFINV, "lgamma": ops.LGAMMA, "digamma": ops.DIGAMMA, "sigmoid": ops.SIGMOID,
    "logit": ops.LOGIT, "relu": ops.RELU, "deg2rad": ops.DEG2RAD, "rad2deg": ops.RAD2DEG,
}  # fmt: skip
"""Method name -> operation of one operand."""
BINARY = {
    "mul": ops.MUL, "multiply": ops.MUL, "maximum": ops.MAXIMUM, "minimum": ops.MINIMUM, "fmax": ops.FMAX,
    "fmin": ops.FMIN, "atan2": ops.ARCTAN2, "arctan2": ops.ARCTAN2, "hypot": ops.HYPOT, "logaddexp": ops.LOGADDEXP,
    "xlogy": ops.XLOGY, "copysign": ops.COPYSIGN, "fmod": ops.FMOD, "remainder": ops.MOD, "lt": ops.LESS,
    "less": ops.LESS, "le": ops.LESS_EQUAL, "gt": ops.GREATER, "greater": ops.GREATER, "ge": ops.GREATER_EQUAL,
    "eq": ops.EQUAL, "ne": ops.NOT_EQUAL,
}  # fmt: skip
"""Method name -> operation of two operands."""
WHOLE = {ops.FLOOR, ops.CEIL, ops.RINT, ops.TRUNC}
"""Operations that leave integers as they are."""
INTEGER_RESULT = {ops.FLOOR, ops.CEIL, ops.RINT, ops.TRUNC, ops.ABS, ops.NEG, ops.SIGN, ops.SQUARE, ops.POS, ops.RELU}


def _unary(op: int) -> Callable[[Tensor], Tensor]:
    def method(self: Tensor) -> Tensor:
        if op in WHOLE and self.tape is None and self.dtype.kind in "iub":
            return self.clone()
        if self.tape is None and self.dtype.kind in "iub" and op not in INTEGER_RESULT:
            return elementwise(op, concrete(self.values().astype(defaults.real)))
        return elementwise(op, self)

    return method


def _named(name: str, method: Any) -> Any:
    """A method that was made here, under the name by which errors of Python show it, with what the table says of it."""
    if method.__name__ in ("method", "<lambda>"):
        method.__name__, method.__qualname__, method.__doc__ = name, f"{Tensor.__qualname__}.{name}", DOCUMENTED.get(name)
    return method


def _binary(op: int) -> Callable[[Tensor, Any], Tensor]:
    return lambda self, other: elementwise(op, self, other)


@extend
class Methods:
    """The methods of Tensor that compute."""

    # --- arithmetic ------------------------------------------------------------------------------------------------------

    def add(self: Any, other: Any, *, alpha: Any = 1) -> Tensor:
        """The sum x + alpha * other, of shapes that broadcast: `other` is a tensor or a number.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.add(10.0), x.add(x, alpha=2)
            (tensor([11., 12.]), tensor([3., 6.]))
        """
        return self + (other if alpha == 1 else _times(self, other, alpha))  # type: ignore[no-any-return]

    def sub(self: Any, other: Any, *, alpha: Any = 1) -> Tensor:
        """The difference x - alpha * other, of shapes that broadcast: `other` is a tensor or a number.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.sub(1.0)
            tensor([0., 1.])
        """
        return self - (other if alpha == 1 else _times(self, other, alpha))  # type: ignore[no-any-return]

    def div(self: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
        """The quotient x / other, of shapes that broadcast.

        With `rounding_mode` "floor" it is rounded down, with "trunc" towards zero: the derivative is zero then.

        Raises:
            RuntimeError: another `rounding_mode`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -3.0])
            >>> x.div(2.0), x.div(2.0, rounding_mode="trunc")
            (tensor([ 0.5, -1.5]), tensor([ 0., -1.]))
        """
        if rounding_mode is None:
            return self / other  # type: ignore[no-any-return]
        if rounding_mode not in ("floor", "trunc"):
            raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}")
        if rounding_mode == "floor":
            return self // other  # type: ignore[no-any-return]
        if self.dtype.kind in "iu" and np.result_type(plain(other)).kind in "iu":
            return (self - self.fmod(other)) // other  # type: ignore[no-any-return]
        return (self / other).trunc()  # type: ignore[no-any-return]

    def pow(self: Any, exponent: Any) -> Tensor:
        """The power x**exponent, of shapes that broadcast: `exponent` is a tensor or a number.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.pow(2)
            tensor([1., 4., 9.])
        """
        return to_power(self, exponent)  # type: ignore[no-any-return]

    def positive(self: Any) -> Tensor:
        """The tensor itself.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -2.0])
            >>> x.positive()
            tensor([ 1., -2.])
        """
        return self  # type: ignore[no-any-return]

    def rsqrt(self: Any) -> Tensor:
        """One over the square root of each element; NaN where that is negative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 4.0])
            >>> x.rsqrt()
            tensor([1. , 0.5])
        """
        return self.sqrt().reciprocal()  # type: ignore[no-any-return]

    def round(self: Any, *, decimals: int = 0) -> Tensor:
        """The nearest integers, of two as near the even one; with `decimals`, the nearest numbers of so many digits after the point. The derivative is zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.5, 1.5, 2.26])
            >>> x.round(), x.round(decimals=1)
            (tensor([0., 2., 2.]), tensor([0.5, 1.5, 2.3]))
        """
        if self.dtype.kind in "iub":
            return self.clone()  # type: ignore[no-any-return]
        if decimals == 0:
            return elementwise(ops.RINT, self)
        scale = 10.0 ** abs(decimals)
        return elementwise(ops.RINT, self * scale) / scale if decimals > 0 else elementwise(ops.RINT, self / scale) * scale  # type: ignore[no-any-return]

    def clamp(self: Any, min: Any = None, max: Any = None) -> Tensor:
        """The values limited to [min, max], numbers or tensors, of which one may be left away; the derivative at a bound is one.

        Raises:
            RuntimeError: neither `min` nor `max` is given.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 0.5, 2.0])
            >>> x.clamp(-1.0, 1.0)
            tensor([-1. ,  0.5,  1. ])
        """
        if min is None and max is None:
            raise RuntimeError("clamp: At least one of 'min' or 'max' must not be None")
        low = -np.inf if min is None else min
        high = np.inf if max is None else max
        if self.dtype.kind in "iu" and recording_tape((min, max)) is None:
            return concrete(of_integers(np.clip(self.values(), plain(min), plain(max)), [min, max]))
        return elementwise(ops.CLIP, self, low, high)

    def lerp(self: Any, end: Any, weight: Any) -> Tensor:
        """Between x and `end`: x + weight * (end - x), of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 10.0])
            >>> x.lerp(jt.tensor([1.0, 20.0]), 0.5)
            tensor([ 0.5, 15. ])
        """
        return self + weight * (end - self)  # type: ignore[no-any-return]

    def softplus(self: Any) -> Tensor:
        """log(1 + exp(x)) of each element, without overflow; the derivative is sigmoid(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 1000.0])
            >>> x.softplus()
            tensor([6.93147181e-01, 1.00000000e+03])
        """
        return elementwise(ops.SOFTPLUS, self)

    def logical_not(self: Any) -> Tensor:
        """Whether each element is zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 2.0])
            >>> x.logical_not()
            tensor([ True, False])
        """
        return concrete(np.logical_not(self.values()))

    def isnan(self: Any) -> Tensor:
        """Whether each element is NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("nan")])
            >>> x.isnan()
            tensor([False,  True])
        """
        return concrete(np.isnan(self.values()))

    def isinf(self: Any) -> Tensor:
        """Whether each element is infinite, of either sign.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("-inf")])
            >>> x.isinf()
            tensor([False,  True])
        """
        return concrete(np.isinf(self.values()))

    def isfinite(self: Any) -> Tensor:
        """Whether each element is neither infinite nor NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("inf")])
            >>> x.isfinite()
            tensor([ True, False])
        """
        return concrete(np.isfinite(self.values()))

    def where(self: Any, condition: Any, other: Any) -> Tensor:
        """Elements of x where `condition` is true, of `other` elsewhere, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -2.0])
            >>> x.where(x > 0, 0.0)
            tensor([1., 0.])
        """
        return where(condition, self, other)  # type: ignore[no-any-return]

    def masked_fill(self: Any, mask: Any, value: Any) -> Tensor:
        """A copy with a number, `value`, where `mask` is true.

        Raises:
            TypeError: `value` is None.
            RuntimeError: it is complex, and the tensor is real.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.masked_fill(x > 1, 0.0)
            tensor([1., 0.])
        """
        if value is None:
            raise TypeError("masked_fill(): argument 'value' must be a number or Tensor, not NoneType")
        if isinstance(value, complex) and not self.has_parts:
            raise RuntimeError("value cannot be converted to type float without overflow")
        return where(mask, value, self).contiguous()  # type: ignore[no-any-return]

    def clone(self: Any) -> Tensor:
        """A copy; derivatives flow through it.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.clone()
            tensor([1., 2.])
        """
        if state.grad and self.requires_grad:
            return elementwise(ops.POS, self)
        values = self.values()
        if self.has_parts:
            return concrete(values.copy("C"))
        repeats = any(n > 1 and stride == 0 for n, stride in zip(values.shape, values.strides, strict=True))
        return concrete(values.copy("C" if repeats else "K"))  # an expanded tensor's copy is contiguous, as in PyTorch

    # --- products ----------------------------------------------------------------------------------------------------------

    def matmul(self: Any, other: Any) -> Tensor:
        """The product of matrices x @ other: vectors, matrices, and stacks of them, (..., m, k) and (..., k, n).

        Raises:
            ShapeError: shapes that do not fit.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.matmul(jt.tensor([1.0, 1.0]))
            tensor([3., 7.])
        """
        return self @ other  # type: ignore[no-any-return]

    def mm(self: Any, mat2: Any) -> Tensor:
        """The product of two matrices, (m, k) and (k, n).

        Raises:
            ShapeError: x or `mat2` is no matrix, or they do not fit.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.mm(x)
            tensor([[ 7., 10.],
                    [15., 22.]])
        """
        tensor_given(mat2, "mm", "mat2")
        for name, t in (("self", self), ("mat2", mat2)):
            if t.dim() != 2:
                raise ShapeError(f"{name} must be a matrix")
        return self @ mat2  # type: ignore[no-any-return]

    def bmm(self: Any, mat2: Any) -> Tensor:
        """The products of two stacks of matrices, (b, m, k) and (b, k, n).

        Raises:
            ShapeError: x or `mat2` has other than three dimensions, or they do not fit.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.bmm(jt.ones(2, 4, 5)).shape
            jittape.Size([2, 3, 5])
        """
        tensor_given(mat2, "bmm", "mat2")
        if self.dim() != 3 or mat2.dim() != 3:
            raise ShapeError("batch1 and batch2 must be 3D tensors")
        return self @ mat2  # type: ignore[no-any-return]

    def mv(self: Any, vec: Any) -> Tensor:
        """The product of a matrix (m, n) and a vector (n,), `vec`.

        Raises:
            ShapeError: other shapes.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.mv(jt.tensor([1.0, 10.0]))
            tensor([21., 43.])
        """
        tensor_given(vec, "mv", "vec")
        if self.dim() != 2 or vec.dim() != 1:
            raise ShapeError(f"vector + matrix @ vector expected, got {self.dim()}, {vec.dim()}")
        return self @ vec  # type: ignore[no-any-return]

    def dot(self: Any, tensor: Any) -> Tensor:
        """The inner product with another vector, `tensor`, both (n,).

        Raises:
            ShapeError: other shapes.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.dot(jt.tensor([3.0, 4.0]))
            tensor(11.)
        """
        tensor_given(tensor, "dot", "tensor")
        if self.dim() != 1 or tensor.dim() != 1:
            raise ShapeError(f"1D tensors expected, but got {self.dim()}D and {tensor.dim()}D tensors")
        return self @ tensor  # type: ignore[no-any-return]

    def outer(self: Any, vec2: Any) -> Tensor:
        """The products of each element with each one of `vec2`: (m,) and (n,) give (m, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.outer(jt.tensor([3.0, 4.0]))
            tensor([[3., 4.],
                    [6., 8.]])
        """
        tensor_given(vec2, "outer", "vec2")
        return call(np.outer, self, vec2)  # type: ignore[no-any-return]

    # --- reductions --------------------------------------------------------------------------------------------------------

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
        return as_one("sum along", (dim, keepdim), (self,), _sum_along)  # type: ignore[no-any-return]

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
        return call(np.prod, self, axis=axis_of(self, dim), keepdims=keepdim)  # type: ignore[no-any-return]

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
        if isinstance(axis, tuple):  # of the elements along several dimensions, as of one vector
            rest = [k for k in range(self.dim()) if k not in axis]
            out = call(np.linalg.norm, self.permute((*rest, *axis)).reshape((*(self.shape[k] for k in rest), -1)), order, axis=-1)
            return out.reshape(tuple(1 if k in axis else n for k, n in enumerate(self.shape))) if keepdim else out  # type: ignore[no-any-return]
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
        return call(np.cumsum, self, axis=axis_of(self, dim))  # type: ignore[no-any-return]

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
        return call(np.cumprod, self, axis=axis_of(self, dim))  # type: ignore[no-any-return]

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
        return concrete(np.asarray(np.all(self.values(), axis=axis_of(self, dim), keepdims=keepdim), order="C"))

    def any(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Whether any element is true, or any of those along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 0.0], [0.0, 0.0]])
            >>> x.any(), x.any(1)
            (tensor(True), tensor([ True, False]))
        """
        return concrete(np.asarray(np.any(self.values(), axis=axis_of(self, dim), keepdims=keepdim), order="C"))

    def logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Tensor:
        """log(sum(exp(x))) along `dim`, a dimension or several, without overflow; `keepdim` keeps them with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1000.0, 1000.0])
            >>> x.logsumexp(0)
            tensor(1000.69314718)
        """
        axes = axis_of(self, dim)
        top = _largest(self, axes)
        top = np.where(np.isfinite(top), top, 0).astype(self.dtype) if isinstance(top, np.ndarray) else top
        out = (self - top).exp().sum(axes, keepdim=True).log() + top
        return out if keepdim else call(np.squeeze, out, axis=axes)  # type: ignore[no-any-return]

    def softmax(self: Any, dim: int, dtype: Any = None) -> Tensor:
        """exp(x) / sum(exp(x)) along `dim`, without overflow; `dtype` is what the elements are converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.softmax(0)
            tensor([0.5, 0.5])
        """
        if dtype is not None:
            self = self.to(dtype)
        axis = axis_of(self, dim)
        e = (self - _largest(self, axis)).exp()
        return (e / e.sum(axis, keepdim=True)).contiguous()  # type: ignore[no-any-return]

    def log_softmax(self: Any, dim: int, dtype: Any = None) -> Tensor:
        """The logarithm of `softmax` along `dim`, without overflow; `dtype` is what the elements are converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.log_softmax(0).exp()
            tensor([0.5, 0.5])
        """
        if dtype is not None:
            self = self.to(dtype)
        return (self - self.logsumexp(dim, keepdim=True)).contiguous()  # type: ignore[no-any-return]

    # --- conversions -----------------------------------------------------------------------------------------------------------

    def to(self: Any, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
        """The tensor in another dtype, `to(jt.float32)` or `to(dtype=...)`, or that of another tensor; itself where it has that.

        `copy` makes a copy in any case. "cpu" is the one `device` there is; `non_blocking` and `memory_format` are accepted and do nothing. Derivatives flow
        through a conversion to another real dtype.

        Raises:
            RuntimeError: another device.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.to(jt.float32).dtype
            dtype('float32')
        """
        for arg in args:
            if isinstance(arg, Tensor):
                dtype = arg.dtype
            elif isinstance(arg, Device) or (isinstance(arg, str) and not _is_dtype(arg)):
                check_device(arg)
            elif isinstance(arg, builtins.bool):
                continue  # non_blocking, by place
            else:
                dtype = arg
        check_device(device)
        if dtype is None or np.dtype(dtype) == self.dtype:
            return self.clone() if copy else self  # type: ignore[no-any-return]
        if self.has_parts or np.dtype(dtype).kind == "c":
            return converted(self, np.dtype(dtype))  # type: ignore[no-any-return]
        if self.requires_grad and state.grad and np.dtype(dtype) in FLOATS:
            return cast(self, np.dtype(dtype))
        return concrete(self.values().astype(dtype))

    def type_as(self: Any, other: Any) -> Tensor:
        """The tensor in the dtype of another one, `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.type_as(jt.tensor([1])).dtype
            dtype('int64')
        """
        return self.to(tensor_given(other, "type_as", "other").dtype)  # type: ignore[no-any-return]

    def double(self: Any) -> Tensor:
        """The tensor in float64.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 2])
            >>> x.double().dtype
            dtype('float64')
        """
        return self.to(np.float64)  # type: ignore[no-any-return]

    def float(self: Any) -> Tensor:
        """The tensor in float32.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 2])
            >>> x.float().dtype
            dtype('float32')
        """
        return self.to(np.float32)  # type: ignore[no-any-return]

    def long(self: Any) -> Tensor:
        """The tensor in int64: real numbers are cut off towards zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7, -1.7])
            >>> x.long()
            tensor([ 1, -1])
        """
        return self.to(np.int64)  # type: ignore[no-any-return]

    def int(self: Any) -> Tensor:
        """The tensor in int32: real numbers are cut off towards zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7, -1.7])
            >>> x.int().tolist()
            [1, -1]
        """
        return self.to(np.int32)  # type: ignore[no-any-return]

    def bool(self: Any) -> Tensor:
        """Truth values: whether each element differs from zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 2.0])
            >>> x.bool()
            tensor([False,  True])
        """
        return self.to(np.bool_)  # type: ignore[no-any-return]

    def type(self: Any, dtype: Any = None, non_blocking: Any = False) -> Any:
        """The tensor in another `dtype`, which a typed constructor may name; without one, the name of its type. `non_blocking` does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.type(), x.type(jt.int64)
            ('torch.DoubleTensor', tensor([1, 2]))
        """
        if dtype is None:
            return type_name(self.dtype)
        return self.to(dtype_of(dtype))

    def cpu(self: Any, memory_format: Any = None) -> Tensor:
        """The tensor itself, as all of them are on the CPU; `memory_format` is accepted and does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.cpu() is x
            True
        """
        return self  # type: ignore[no-any-return]

    def is_floating_point(self: Any) -> Any:
        """Whether the elements are real numbers, and not integers or truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.is_floating_point(), x.long().is_floating_point()
            (True, False)
        """
        return self.dtype.kind == "f"

    # --- in place --------------------------------------------------------------------------------------------------------------

    def zero_(self: Any) -> Tensor:
        """Set all elements to zero, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.zero_()
            tensor([0., 0.])
        """
        return self._set(0)  # type: ignore[no-any-return]

    def fill_(self: Any, value: Any) -> Tensor:
        """Set all elements to a number, `value`, or a tensor of one, in place.

        Raises:
            RuntimeError: `value` is a tensor with dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.fill_(5.0)
            tensor([5., 5.])
        """
        check_operand("fill_", value)
        if isinstance(value, Tensor) and value.ndim:
            raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
        return self._set(value)  # type: ignore[no-any-return]

    def copy_(self: Any, src: Any, non_blocking: Any = False) -> Tensor:
        """Take the elements of another tensor, `src`, of a shape that broadcasts, in place; derivatives flow to it. `non_blocking` is accepted.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.copy_(jt.tensor([1.0, 2.0]))
            tensor([1., 2.])
        """
        check_operand("copy_", src)
        return self._set(src)  # type: ignore[no-any-return]

    def addcmul_(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """Add tensor1 * tensor2 * value, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcmul_(jt.tensor([1.0, 2.0]), jt.tensor([3.0, 4.0]), value=10)
            tensor([31., 81.])
        """
        return self.add_(tensor1 * tensor2 * value)  # type: ignore[no-any-return]

    def addcdiv_(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """Add tensor1 / tensor2 * value, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcdiv_(jt.tensor([1.0, 2.0]), jt.tensor([2.0, 2.0]), value=10)
            tensor([ 6., 11.])
        """
        return self.add_(tensor1 / tensor2 * value)  # type: ignore[no-any-return]

    def uniform_(self: Any, low: Any = 0.0, high: Any = 1.0) -> Tensor:
        """Fill with uniform random numbers between `low` and `high`, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.uniform_(2.0, 3.0).min() >= 2.0
            tensor(True)
        """
        return self._set(generator().uniform(low, high, self.shape).astype(self.dtype))  # type: ignore[no-any-return]

    def normal_(self: Any, mean: Any = 0.0, std: Any = 1.0) -> Tensor:
        """Fill with normal random numbers of this `mean` and standard deviation, `std`, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.normal_(5.0, 0.0)
            tensor([5., 5., 5.])
        """
        return self._set(generator().normal(mean, std, self.shape).astype(self.dtype))  # type: ignore[no-any-return]


IN_PLACE = (*dict.fromkeys(("add", "sub", "mul", "div", "pow", "clamp", "masked_fill", "lerp", "cumsum", "cumprod", "rsqrt", "round", "logical_not", *UNARY,
            "mul", "atan2", "fmod", "remainder", "hypot", "copysign", "lt", "le", "gt", "ge", "eq", "ne")),)  # fmt: skip
"""Methods that have an in-place form, name + "_"."""
ALIASES = {"subtract": "sub", "divide": "div", "true_divide": "div", "clip": "clamp",
           "swapaxes": "transpose", "ger": "outer"}  # fmt: skip


TYPES = {name: dtype for dtype, name in NAMES.items() if dtype.kind != "c"}
"""PyTorch's names of types of tensors: FloatTensor, ..."""


def dtype_of(given: Any) -> Any:
    """A dtype, which may be given by the name of a type of tensors, or by the type."""
    name = given if isinstance(given, str) else getattr(given, "__name__", "")
    return TYPES.get(name.removeprefix("torch.").removesuffix("Tensor"), getattr(given, "of", given))


def _is_dtype(name: str) -> bool:
    try:
        np.dtype(name)
    except TypeError:
        return False
    return True


def _ddof(dim: Any, unbiased: Any, correction: Any) -> tuple[Any, Any]:
    """(degrees of freedom, dim): var(False) means unbiased=False."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return ((1 if correction is None else correction) if unbiased is None else int(unbiased)), dim


def _times(x: Any, other: Any, alpha: Any) -> Any:
    if isinstance(alpha, complex) and not (x.has_parts or getattr(other, "has_parts", False)):
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return other * alpha


def _sum_along(x: Any, option: tuple[Any, bool]) -> Tensor:
    return call(np.sum, x, axis=option[0], keepdims=option[1])  # type: ignore[no-any-return]


def _mean_along(x: Any, option: tuple[Any, bool]) -> Tensor:
    return call(np.mean, x, axis=option[0], keepdims=option[1], linear=True)  # type: ignore[no-any-return]


def _largest(x: Tensor, axes: Any) -> Any:
    """What is taken off x before exp, which changes no derivative: numbers, or of a step that is recorded a copy of the largest elements."""
    if state.step is not None and x.requires_grad:
        return elementwise(ops.STOP_GRADIENT, call(np.max, x, axis=axes, keepdims=True))
    return np.max(x.values(), axis=axes, keepdims=True, initial=-np.inf)


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


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Elements of x where `condition` is true, of y elsewhere, of shapes that broadcast; of one argument, the places where it is true.

    Args:
        condition: truth values.
        x, y: tensors or numbers.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, -2.0])
        >>> jt.where(x > 0, x, 0.0)
        tensor([1., 0.])
        >>> jt.where(x > 0)
        (tensor([0]),)
    """
    if isinstance(condition, Batched):
        return batched.elementwise(where, (condition, x, y))
    mask = plain(condition)
    if x is None:
        return tuple(concrete(i) for i in np.nonzero(mask))
    if not isinstance(x, Tensor) and not isinstance(y, Tensor) and not isinstance(x, complex) and not isinstance(y, complex):
        return concrete(of_integers(np.where(mask, x, y), [x, y]))
    return elementwise(ops.WHERE, np.asarray(mask), x, y)


def transposed(x: Tensor) -> Tensor:
    """The dimensions in reverse order, a view: the transpose of a matrix."""
    return moved(x, np.transpose)


def transposed_matrices(x: Tensor) -> Tensor:
    """The transposes of matrices (..., m, n), a view; itself where it has no dimensions, as in PyTorch.

    Raises:
        ShapeError: the tensor has one dimension.
    """
    if x.dim() == 1:
        raise ShapeError("tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return moved(x, lambda layout: layout.swapaxes(-1, -2) if layout.ndim else layout)


def install() -> None:
    """Give Tensor the methods that tables name, and the operators that NumPy computes."""
    for name, op in UNARY.items():
        setattr(Tensor, name, _named(name, _unary(op)))
    for name, op in BINARY.items():
        setattr(Tensor, name, _named(name, _binary(op)))
    for name, known in ALIASES.items():
        setattr(Tensor, name, getattr(Tensor, known))
    for name in IN_PLACE:
        setattr(Tensor, name + "_", in_place_form(name))
    Tensor.T = property(transposed)  # type: ignore[assignment, method-assign]
    Tensor.mT = property(transposed_matrices)  # type: ignore[assignment, method-assign]
    for name, bitwise in (("and", np.bitwise_and), ("or", np.bitwise_or), ("xor", np.bitwise_xor), ("lshift", np.left_shift), ("rshift", np.right_shift)):
        setattr(Tensor, f"__{name}__", lambda self, other, f=bitwise: concrete(f(self.values(), plain(other))))
        setattr(Tensor, f"__r{name}__", lambda self, other, f=bitwise: concrete(f(plain(other), self.values())))
    Tensor.__invert__ = lambda self: concrete(np.invert(self.values()))  # type: ignore[attr-defined, method-assign]
    name_methods(list(vars(Tensor)))
    for name, known in ALIASES.items():  # by now functions of their own, whose examples call them
        alias = getattr(Tensor, name)
        alias.__doc__ = (alias.__doc__ or "").replace(f"x.{known}(", f"x.{name}(")
    Tensor.__pos__ = Tensor.positive  # type: ignore[attr-defined, method-assign]
    Tensor.__abs__ = Tensor.abs  # type: ignore[method-assign]


def in_place_form(name: str) -> Callable[..., Tensor]:
    """The method that stores in a tensor what the method of this name gives."""
    return named(getattr(Tensor, name), name + "_", in_place=True)  # type: ignore[no-any-return]


install()
