"""The methods of tensors that compute element by element, and products of matrices; each is a NumPy function or an operation of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager import batched, conversions, graph, reductions, sparse_operands  # noqa: F401  (these give Tensor further methods)
from jittape.eager.batched import Batched
from jittape.eager.calls import call, elementwise, factor, of_integers, promoted, recording_tape, to_power
from jittape.eager.defaults import defaults
from jittape.eager.element_docs import DOCUMENTED
from jittape.eager.indexing import plain
from jittape.eager.kinds import BOOLS, INTEGERS, OPERATIONS, Refusal, refuse
from jittape.eager.layout import dense
from jittape.eager.named import name_methods, named
from jittape.eager.shapes import moved
from jittape.eager.tensor import C_NAMES, Tensor, concrete, extend, tensor_given
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
LIMITED, ROUNDED, WHOLE_ROUNDED = Refusal(BOOLS, "clamp_cpu"), Refusal(INTEGERS, "round_cpu"), OPERATIONS[ops.RINT]
"""What a few methods do not take, some of whose arguments decide."""
WHOLE = {ops.FLOOR, ops.CEIL, ops.RINT, ops.TRUNC}
"""Operations that leave integers as they are."""
INTEGER_RESULT = {ops.FLOOR, ops.CEIL, ops.RINT, ops.TRUNC, ops.ABS, ops.NEG, ops.SIGN, ops.SQUARE, ops.POS, ops.RELU}


def _unary(op: int) -> Callable[[Tensor], Tensor]:
    def method(self: Tensor) -> Tensor:
        if self.tape is None and (kind := self.dtype.kind) in "iub":
            if op in WHOLE and kind != "b" or op == ops.SIGN and kind == "b":
                return self.clone()
            if op not in INTEGER_RESULT:
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
            refuse(WHOLE_ROUNDED if decimals == 0 else ROUNDED, self)
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
        if self.dtype.kind == "b":
            self = _limited(self, [x for x in (min, max) if x is not None])
        if self.dtype.kind in "iub" and recording_tape((min, max)) is None:
            values = promoted([x.values() if isinstance(x, Tensor) else x for x in (self, min, max)])
            return concrete(of_integers(np.clip(*values), values))
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
        if isinstance(value, complex) and not value.imag and not self.has_parts:
            value = value.real
        if (isinstance(value, complex) or getattr(value, "has_parts", False)) and not self.has_parts:
            raise RuntimeError(f"value cannot be converted to type {C_NAMES.get(self.dtype, self.dtype)} without overflow")
        found = where(mask, value, self)
        if found.dtype != self.dtype:  # that of the value counts for nothing, though it stands before a tensor without axes
            if not isinstance(value, bool) and self.dtype.kind in "iu" and found.dtype.kind == "f":
                raise RuntimeError(f"value cannot be converted to type {self.dtype} without overflow")
            found = found.to(self.dtype)
        return found.contiguous()  # type: ignore[no-any-return]

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
        copy = np.empty_like(dense(values))
        copy[...] = values
        return concrete(copy)

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


IN_PLACE = (*dict.fromkeys(("add", "sub", "mul", "div", "pow", "clamp", "masked_fill", "lerp", "cumsum", "cumprod", "rsqrt", "round", "logical_not", *UNARY,
            "mul", "atan2", "fmod", "remainder", "hypot", "copysign", "lt", "le", "gt", "ge", "eq", "ne")),)  # fmt: skip
"""Methods that have an in-place form, name + "_"."""
ALIASES = {"subtract": "sub", "divide": "div", "true_divide": "div", "clip": "clamp",
           "swapaxes": "transpose", "ger": "outer"}  # fmt: skip


def _limited(x: Any, ends: list[Any]) -> Any:
    """Truth values that are to be limited, as the numbers that they become beside numbers."""
    if any(type(end) is float for end in ends):
        return x.to(defaults.real)
    if any(type(end) is int for end in ends):
        return x.to(np.int64)
    if len(ends) > 1 or not isinstance(ends[0], Tensor):
        refuse(LIMITED, *ends, x)
    return x


def _times(x: Any, other: Any, alpha: Any) -> Any:
    if not isinstance(alpha, (int, float, complex, np.generic, Tensor)):
        raise TypeError(f"argument 'alpha' must be Number, not {type(alpha).__name__}")
    if isinstance(alpha, float) and x.dtype.kind in "biu" and isinstance(other, Tensor) and other.dtype.kind in "biu":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if (isinstance(alpha, complex) or getattr(alpha, "has_parts", False)) and not (x.has_parts or getattr(other, "has_parts", False)):
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return other * factor(alpha, x, other)


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
        setattr(Tensor, f"__{name}__", lambda self, other, f=bitwise: concrete(f(*promoted([self.values(), plain(other)]))))
        setattr(Tensor, f"__r{name}__", lambda self, other, f=bitwise: concrete(f(*promoted([plain(other), self.values()]))))
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
