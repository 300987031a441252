"""The methods of tensors, by PyTorch's names; each is a NumPy function or an operation of the table."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager import batched, graph, sparse_operands  # noqa: F401  (give Tensor backward() and its kin, and products with sparse matrices)
from jittape.eager.batched import Batched
from jittape.eager.calls import call, check_operand, elementwise, of_integers, recording_tape, to_power, total
from jittape.eager.casting import cast
from jittape.eager.creation import check_device, generator
from jittape.eager.defaults import defaults
from jittape.eager.devices import device as Device
from jittape.eager.indexing import plain
from jittape.eager.named import name_methods, named
from jittape.eager.shapes import along, axis_of, moved
from jittape.eager.tensor import FLOATS, Tensor, concrete, extend, tensor_given
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
    """A method that was made here, under the name by which errors of Python show it."""
    if method.__name__ in ("method", "<lambda>"):
        method.__name__, method.__qualname__ = name, f"{Tensor.__qualname__}.{name}"
    return method


def _binary(op: int) -> Callable[[Tensor, Any], Tensor]:
    return lambda self, other: elementwise(op, self, other)


@extend
class Methods:
    """The methods of Tensor that compute."""

    # --- arithmetic ------------------------------------------------------------------------------------------------------

    def add(self: Any, other: Any, *, alpha: Any = 1) -> Tensor:
        return self + (other if alpha == 1 else other * alpha)  # type: ignore[no-any-return]

    def sub(self: Any, other: Any, *, alpha: Any = 1) -> Tensor:
        return self - (other if alpha == 1 else other * alpha)  # type: ignore[no-any-return]

    def div(self: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
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
        return to_power(self, exponent)  # type: ignore[no-any-return]

    def positive(self: Any) -> Tensor:
        """The tensor itself."""
        return self  # type: ignore[no-any-return]

    def rsqrt(self: Any) -> Tensor:
        return self.sqrt().reciprocal()  # type: ignore[no-any-return]

    def round(self: Any, *, decimals: int = 0) -> Tensor:
        """The nearest integers, of two as near the even one; with `decimals`, the nearest numbers of so many digits after the point."""
        if self.dtype.kind in "iub":
            return self.clone()  # type: ignore[no-any-return]
        if decimals == 0:
            return elementwise(ops.RINT, self)
        scale = 10.0 ** abs(decimals)
        return elementwise(ops.RINT, self * scale) / scale if decimals > 0 else elementwise(ops.RINT, self / scale) * scale  # type: ignore[no-any-return]

    def clamp(self: Any, min: Any = None, max: Any = None) -> Tensor:
        """The values limited to [min, max]; the derivative at a bound is one."""
        if min is None and max is None:
            raise RuntimeError("clamp: At least one of 'min' or 'max' must not be None")
        low = -np.inf if min is None else min
        high = np.inf if max is None else max
        if self.dtype.kind in "iu" and recording_tape((min, max)) is None:
            return concrete(of_integers(np.clip(self.values(), plain(min), plain(max)), [min, max]))
        return elementwise(ops.CLIP, self, low, high)

    def lerp(self: Any, end: Any, weight: Any) -> Tensor:
        return self + weight * (end - self)  # type: ignore[no-any-return]

    def softplus(self: Any) -> Tensor:
        return elementwise(ops.SOFTPLUS, self)

    def logical_not(self: Any) -> Tensor:
        return concrete(np.logical_not(self.values()))

    def isnan(self: Any) -> Tensor:
        return concrete(np.isnan(self.values()))

    def isinf(self: Any) -> Tensor:
        return concrete(np.isinf(self.values()))

    def isfinite(self: Any) -> Tensor:
        return concrete(np.isfinite(self.values()))

    def where(self: Any, condition: Any, other: Any) -> Tensor:
        return where(condition, self, other)  # type: ignore[no-any-return]

    def masked_fill(self: Any, mask: Any, value: Any) -> Tensor:
        if value is None:
            raise TypeError("masked_fill(): argument 'value' must be a number or Tensor, not NoneType")
        return where(mask, value, self).contiguous()  # type: ignore[no-any-return]

    def clone(self: Any) -> Tensor:
        """A copy; derivatives flow through it."""
        if state.grad and self.requires_grad:
            return elementwise(ops.POS, self)
        values = self.values()
        repeats = any(n > 1 and stride == 0 for n, stride in zip(values.shape, values.strides, strict=True))
        return concrete(values.copy("C" if repeats else "K"))  # an expanded tensor's copy is contiguous, as in PyTorch

    # --- products ----------------------------------------------------------------------------------------------------------

    def matmul(self: Any, other: Any) -> Tensor:
        return self @ other  # type: ignore[no-any-return]

    def mm(self: Any, other: Any) -> Tensor:
        tensor_given(other, "mm", "mat2")
        for name, t in (("self", self), ("mat2", other)):
            if t.dim() != 2:
                raise ShapeError(f"{name} must be a matrix")
        return self @ other  # type: ignore[no-any-return]

    def bmm(self: Any, other: Any) -> Tensor:
        tensor_given(other, "bmm", "mat2")
        if self.dim() != 3 or other.dim() != 3:
            raise ShapeError("batch1 and batch2 must be 3D tensors")
        return self @ other  # type: ignore[no-any-return]

    def mv(self: Any, other: Any) -> Tensor:
        tensor_given(other, "mv", "vec")
        if self.dim() != 2 or other.dim() != 1:
            raise ShapeError(f"vector + matrix @ vector expected, got {self.dim()}, {other.dim()}")
        return self @ other  # type: ignore[no-any-return]

    def dot(self: Any, other: Any) -> Tensor:
        tensor_given(other, "dot", "tensor")
        if self.dim() != 1 or other.dim() != 1:
            raise ShapeError(f"1D tensors expected, but got {self.dim()}D and {other.dim()}D tensors")
        return self @ other  # type: ignore[no-any-return]

    def outer(self: Any, other: Any) -> Tensor:
        tensor_given(other, "outer", "vec2")
        return call(np.outer, self, other)  # type: ignore[no-any-return]

    # --- reductions --------------------------------------------------------------------------------------------------------

    def sum(self: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: Any = None, dtype: Any = None) -> Tensor:
        if dtype is not None:
            self = self.to(dtype)
        keepdim = bool(keepdim if keepdims is None else keepdims)
        if dim is axis is None and not keepdim and (out := total(self)) is not None:
            return out
        dim = axis_of(self, dim, axis)
        return call(np.sum, self, axis=dim, keepdims=keepdim)  # type: ignore[no-any-return]

    def mean(self: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: Any = None, dtype: Any = None) -> Tensor:
        if dtype is not None:
            self = self.to(dtype)
        if self.dtype.kind != "f":
            raise RuntimeError(
                f"mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {self.dtype}"
            )
        keepdim = bool(keepdim if keepdims is None else keepdims)
        if dim is axis is None and not keepdim and (out := total(self, mean=True)) is not None:
            return out
        dim = axis_of(self, dim, axis)
        return call(np.mean, self, axis=dim, keepdims=keepdim, linear=True)  # type: ignore[no-any-return]

    def prod(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
        if dtype is not None:
            self = self.to(dtype)
        return call(np.prod, self, axis=axis_of(self, dim), keepdims=keepdim)  # type: ignore[no-any-return]

    def var(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Tensor:
        ddof, dim = _ddof(dim, unbiased, correction)
        return call(np.var, self, axis=axis_of(self, dim), keepdims=keepdim, ddof=ddof)  # type: ignore[no-any-return]

    def std(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = 1) -> Tensor:
        ddof, dim = _ddof(dim, unbiased, correction)
        return call(np.std, self, axis=axis_of(self, dim), keepdims=keepdim, ddof=ddof)  # type: ignore[no-any-return]

    def norm(self: Any, p: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
        if dtype is not None:
            self = self.to(dtype)
        order = {"fro": 2}.get(p, p)
        if dim is None:
            out = call(np.linalg.norm, self.reshape(-1), order)
            return out.reshape((1,) * self.dim()) if keepdim else out  # type: ignore[no-any-return]
        axis = axis_of(self, dim)
        return self.norm(p) if axis == () else call(np.linalg.norm, self, order, axis=axis, keepdims=keepdim)  # type: ignore[no-any-return]

    @along
    def cumsum(self: Any, dim: int, *, dtype: Any = None) -> Tensor:
        if dtype is not None:
            self = self.to(dtype)
        return call(np.cumsum, self, axis=axis_of(self, dim))  # type: ignore[no-any-return]

    @along
    def cumprod(self: Any, dim: int, *, dtype: Any = None) -> Tensor:
        if dtype is not None:
            self = self.to(dtype)
        return call(np.cumprod, self, axis=axis_of(self, dim))  # type: ignore[no-any-return]

    def amax(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        return call(np.max, self, axis=axis_of(self, dim), keepdims=keepdim)  # type: ignore[no-any-return]

    def amin(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        return call(np.min, self, axis=axis_of(self, dim), keepdims=keepdim)  # type: ignore[no-any-return]

    def max(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return _extreme(self, dim, keepdim, np.max, np.argmax, ops.MAXIMUM)

    def min(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return _extreme(self, dim, keepdim, np.min, np.argmin, ops.MINIMUM)

    @along
    def argmax(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        return concrete(np.argmax(self.values(), axis=axis_of(self, dim), keepdims=keepdim))

    @along
    def argmin(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        return concrete(np.argmin(self.values(), axis=axis_of(self, dim), keepdims=keepdim))

    def all(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        return concrete(np.asarray(np.all(self.values(), axis=axis_of(self, dim), keepdims=keepdim), order="C"))

    def any(self: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
        return concrete(np.asarray(np.any(self.values(), axis=axis_of(self, dim), keepdims=keepdim), order="C"))

    def logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Tensor:
        """log of the sum of exp along some axes, without overflow."""
        axes = axis_of(self, dim)
        top = _largest(self, axes)
        top = np.where(np.isfinite(top), top, 0).astype(self.dtype) if isinstance(top, np.ndarray) else top
        out = (self - top).exp().sum(axes, keepdim=True).log() + top
        return out if keepdim else call(np.squeeze, out, axis=axes)  # type: ignore[no-any-return]

    def softmax(self: Any, dim: int, dtype: Any = None) -> Tensor:
        """exp(x) / sum(exp(x)) along an axis."""
        if dtype is not None:
            self = self.to(dtype)
        axis = axis_of(self, dim)
        e = (self - _largest(self, axis)).exp()
        return (e / e.sum(axis, keepdim=True)).contiguous()  # type: ignore[no-any-return]

    def log_softmax(self: Any, dim: int, dtype: Any = None) -> Tensor:
        if dtype is not None:
            self = self.to(dtype)
        return (self - self.logsumexp(dim, keepdim=True)).contiguous()  # type: ignore[no-any-return]

    # --- conversions -----------------------------------------------------------------------------------------------------------

    def to(self: Any, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
        """The tensor in another dtype; "cpu" is the one device there is."""
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
        if self.requires_grad and state.grad and np.dtype(dtype) in FLOATS:
            return cast(self, np.dtype(dtype))
        return concrete(self.values().astype(dtype))

    def type_as(self: Any, other: Any) -> Tensor:
        return self.to(tensor_given(other, "type_as", "other").dtype)  # type: ignore[no-any-return]

    def double(self: Any) -> Tensor:
        return self.to(np.float64)  # type: ignore[no-any-return]

    def float(self: Any) -> Tensor:
        return self.to(np.float32)  # type: ignore[no-any-return]

    def long(self: Any) -> Tensor:
        return self.to(np.int64)  # type: ignore[no-any-return]

    def int(self: Any) -> Tensor:
        return self.to(np.int32)  # type: ignore[no-any-return]

    def bool(self: Any) -> Tensor:
        return self.to(np.bool_)  # type: ignore[no-any-return]

    def type(self: Any, dtype: Any = None, non_blocking: Any = False) -> Any:
        """The tensor in another dtype, which a typed constructor may name; without one, the name of its type."""
        if dtype is None:
            return type_name(self.dtype)
        return self.to(dtype_of(dtype))

    def cpu(self: Any, memory_format: Any = None) -> Tensor:
        return self  # type: ignore[no-any-return]

    def is_floating_point(self: Any) -> Any:
        return self.dtype.kind == "f"

    # --- in place --------------------------------------------------------------------------------------------------------------

    def zero_(self: Any) -> Tensor:
        return self._set(0)  # type: ignore[no-any-return]

    def fill_(self: Any, value: Any) -> Tensor:
        check_operand("fill_", value)
        if isinstance(value, Tensor) and value.ndim:
            raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
        return self._set(value)  # type: ignore[no-any-return]

    def copy_(self: Any, source: Any) -> Tensor:
        check_operand("copy_", source)
        return self._set(source)  # type: ignore[no-any-return]

    def addcmul_(self: Any, a: Any, b: Any, *, value: Any = 1) -> Tensor:
        return self.add_(a * b * value)  # type: ignore[no-any-return]

    def addcdiv_(self: Any, a: Any, b: Any, *, value: Any = 1) -> Tensor:
        return self.add_(a / b * value)  # type: ignore[no-any-return]

    def uniform_(self: Any, low: Any = 0.0, high: Any = 1.0) -> Tensor:
        return self._set(generator().uniform(low, high, self.shape).astype(self.dtype))  # type: ignore[no-any-return]

    def normal_(self: Any, mean: Any = 0.0, std: Any = 1.0) -> Tensor:
        return self._set(generator().normal(mean, std, self.shape).astype(self.dtype))  # type: ignore[no-any-return]


IN_PLACE = (*dict.fromkeys(("add", "sub", "mul", "div", "pow", "clamp", "masked_fill", "lerp", "cumsum", "cumprod", "rsqrt", "round", "logical_not", *UNARY,
            "mul", "atan2", "fmod", "remainder", "hypot", "copysign", "lt", "le", "gt", "ge", "eq", "ne")),)  # fmt: skip
"""Methods that have an in-place form, name + "_"."""
ALIASES = {"subtract": "sub", "divide": "div", "true_divide": "div", "clip": "clamp",
           "swapaxes": "transpose", "ger": "outer"}  # fmt: skip


TYPES = {"Float": np.float32, "Double": np.float64, "Long": np.int64, "Int": np.int32, "Short": np.int16, "Char": np.int8, "Byte": np.uint8, "Bool": np.bool_}
"""PyTorch's names of types of tensors: FloatTensor, ..."""


def type_name(dtype: Any) -> str:
    """What x.type() says of a tensor of this dtype."""
    return next((f"torch.{name}Tensor" for name, of in TYPES.items() if np.dtype(of) == dtype), f"torch.{dtype}")


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
    return (correction if unbiased is None else int(unbiased)), dim


class MinMax(tuple[Tensor, Tensor]):
    """(values, indices) of a max or min along a dimension."""

    @property
    def values(self) -> Tensor:
        return self[0]

    @property
    def indices(self) -> Tensor:
        return self[1]


def _largest(x: Tensor, axes: Any) -> Any:
    """What is taken off x before exp, which changes no derivative: numbers, or of a step that is recorded a copy of the largest elements."""
    if state.step is not None and x.requires_grad:
        return elementwise(ops.STOP_GRADIENT, call(np.max, x, axis=axes, keepdims=True))
    return np.max(x.values(), axis=axes, keepdims=True, initial=-np.inf)


def _extreme(x: Tensor, dim: Any, keepdim: bool, reduce: Any, arg: Any, op: int) -> Any:
    if isinstance(dim, Tensor):
        return elementwise(op, x, dim)
    if dim is None:
        if x.numel() == 0:
            raise RuntimeError("max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.")
        return call(reduce, x)
    axis = axis_of(x, dim)
    if axis == ():
        return MinMax((x.clone(), concrete(np.zeros((), np.int64))))
    at = arg(x.values(), axis=axis, keepdims=True)  # the gradient goes to this element alone, as in PyTorch
    values = call(np.take_along_axis, x, at, axis)
    if not keepdim:
        values, at = call(np.squeeze, values, axis=axis), np.squeeze(at, axis)
    return MinMax((values, concrete(at)))


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Elements of x where the condition is true, of y elsewhere."""
    if isinstance(condition, Batched):
        return batched.elementwise(where, (condition, x, y))
    mask = plain(condition)
    if x is None:
        return tuple(concrete(i) for i in np.nonzero(mask))
    if not isinstance(x, Tensor) and not isinstance(y, Tensor):
        return concrete(of_integers(np.where(mask, x, y), [x, y]))
    return elementwise(ops.WHERE, np.asarray(mask), x, y)


def transposed(x: Tensor) -> Tensor:
    """x.T"""
    return moved(x, np.transpose)


def transposed_matrices(x: Tensor) -> Tensor:
    """x.mT: itself where it has no dimensions, as in PyTorch."""
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
    Tensor.__pos__ = Tensor.positive  # type: ignore[attr-defined, method-assign]
    Tensor.__abs__ = Tensor.abs  # type: ignore[method-assign]


def in_place_form(name: str) -> Callable[..., Tensor]:
    """The method that stores in a tensor what the method of this name gives."""
    return named(getattr(Tensor, name), name + "_", in_place=True)  # type: ignore[no-any-return]


install()
