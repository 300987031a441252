"""The operators and methods that Tensor is given, and the functions of tensors, for type checkers.

Written by `python -m jittape.tools.declare`: do not edit. At run time there is no such module."""

from builtins import bool as Bool
from builtins import float as Float
from builtins import int as Int
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeAlias, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from jittape.eager.hooks import Handle
from jittape.eager.results import MinMax
from jittape.eager.tensor import Tensor

Operand: TypeAlias = Tensor | NDArray[Any] | np.generic | Float | list[Any] | tuple[Any, ...]
Dims: TypeAlias = Int | Sequence[Int] | None

__all__ = [
    "absolute", "acos", "acosh", "add", "allclose", "amax", "amin", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctan2", "arctanh", "argmax", "argmin", "asin", "asinh", "atan", "atan2", "atanh", "bmm", "cat", "ceil", "chunk",
    "clamp", "clip", "clone", "concat", "concatenate", "copysign", "cos", "cosh", "cumprod", "cumsum", "deg2rad",
    "detach", "diag", "diagonal", "digamma", "div", "divide", "dot", "einsum", "eq", "equal", "erf", "erfc", "erfinv",
    "exp", "exp2", "expm1", "fix", "flatten", "flip", "floor", "fmax", "fmin", "fmod", "gather", "ge", "ger", "greater",
    "gt", "hypot", "index_select", "is_floating_point", "is_tensor", "isfinite", "isinf", "isnan", "le", "lerp", "less",
    "lgamma", "log", "log10", "log1p", "log2", "log_softmax", "logaddexp", "logical_not", "logit", "logsumexp", "lt",
    "masked_fill", "matmul", "maximum", "mean", "minimum", "mm", "mul", "multiply", "mv", "ne", "neg", "negative",
    "norm", "numel", "outer", "permute", "positive", "prod", "rad2deg", "reciprocal", "relu", "remainder", "reshape",
    "roll", "rsqrt", "sgn", "sigmoid", "sign", "sin", "sinc", "sinh", "softmax", "softplus", "split", "sqrt", "square",
    "squeeze", "stack", "std", "sub", "subtract", "swapaxes", "t", "tan", "tanh", "tensordot", "trace", "transpose",
    "tril", "triu", "true_divide", "trunc", "unbind", "unsqueeze", "var", "where", "xlogy",
]

class Methods:
    @property
    def H(self) -> Tensor: ...
    @property
    def T(self) -> Tensor: ...
    def __abs__(self) -> Tensor: ...
    def __add__(self, other: Operand, /) -> Tensor: ...
    def __and__(self, other: Operand, /) -> Tensor: ...
    def __ceil__(self) -> Tensor: ...
    def __divmod__(self, other: Operand, /) -> tuple[Tensor, Tensor]: ...
    def __eq__(self, other: object, /) -> Tensor: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
    def __floor__(self) -> Tensor: ...
    def __floordiv__(self, other: Operand, /) -> Tensor: ...
    def __ge__(self, other: Operand, /) -> Tensor: ...
    def __getitem__(self, key: Any) -> Tensor: ...
    def __gt__(self, other: Operand, /) -> Tensor: ...
    def __iadd__(self, other: Operand, /) -> Self: ...
    def __iand__(self, other: Operand, /) -> Self: ...
    def __ifloordiv__(self, other: Operand, /) -> Self: ...
    def __imatmul__(self, other: Operand, /) -> Self: ...
    def __imod__(self, other: Operand, /) -> Self: ...
    def __imul__(self, other: Operand, /) -> Self: ...
    def __invert__(self) -> Tensor: ...
    def __ior__(self, other: Operand, /) -> Self: ...
    def __ipow__(self, other: Operand, /) -> Self: ...
    def __isub__(self, other: Operand, /) -> Self: ...
    def __itruediv__(self, other: Operand, /) -> Self: ...
    def __ixor__(self, other: Operand, /) -> Self: ...
    def __le__(self, other: Operand, /) -> Tensor: ...
    def __lt__(self, other: Operand, /) -> Tensor: ...
    def __matmul__(self, other: Operand, /) -> Tensor: ...
    def __mod__(self, other: Operand, /) -> Tensor: ...
    def __mul__(self, other: Operand, /) -> Tensor: ...
    def __ne__(self, other: object, /) -> Tensor: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
    def __neg__(self) -> Tensor: ...
    def __or__(self, other: Operand, /) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, other: Operand, /) -> Tensor: ...
    def __radd__(self, other: Operand, /) -> Tensor: ...
    def __rand__(self, other: Operand, /) -> Tensor: ...
    def __rdivmod__(self, other: Operand, /) -> tuple[Tensor, Tensor]: ...
    def __rfloordiv__(self, other: Operand, /) -> Tensor: ...
    def __rmatmul__(self, other: Operand, /) -> Tensor: ...
    def __rmod__(self, other: Operand, /) -> Tensor: ...
    def __rmul__(self, other: Operand, /) -> Tensor: ...
    def __ror__(self, other: Operand, /) -> Tensor: ...
    def __round__(self, digits: Int = 0, /) -> Tensor: ...
    def __rpow__(self, other: Operand, /) -> Tensor: ...
    def __rsub__(self, other: Operand, /) -> Tensor: ...
    def __rtruediv__(self, other: Operand, /) -> Tensor: ...
    def __rxor__(self, other: Operand, /) -> Tensor: ...
    def __setitem__(self, key: Any, value: Operand) -> None: ...
    def __sub__(self, other: Operand, /) -> Tensor: ...
    def __truediv__(self, other: Operand, /) -> Tensor: ...
    def __trunc__(self) -> Tensor: ...
    def __xor__(self, other: Operand, /) -> Tensor: ...
    def _adopt(self, *args: Any, **kwargs: Any) -> Any: ...
    def _as_dtype(self, *args: Any, **kwargs: Any) -> Any: ...
    def _become(self, *args: Any, **kwargs: Any) -> Any: ...
    def _begin_recording(self, *args: Any, **kwargs: Any) -> Any: ...
    def _cell(self, *args: Any, **kwargs: Any) -> Any: ...
    def _check_fits(self, *args: Any, **kwargs: Any) -> Any: ...
    def _check_in_place(self, *args: Any, **kwargs: Any) -> Any: ...
    def _copied(self, *args: Any, **kwargs: Any) -> Any: ...
    def _counted(self, *args: Any, **kwargs: Any) -> Any: ...
    def _detached(self, *args: Any, **kwargs: Any) -> Any: ...
    def _element(self, *args: Any, **kwargs: Any) -> Any: ...
    def _forget(self, *args: Any, **kwargs: Any) -> Any: ...
    def _hold(self, *args: Any, **kwargs: Any) -> Any: ...
    def _looked_at(self, *args: Any, **kwargs: Any) -> Any: ...
    def _memory(self, *args: Any, **kwargs: Any) -> Any: ...
    def _move_to(self, *args: Any, **kwargs: Any) -> Any: ...
    def _on(self, *args: Any, **kwargs: Any) -> Any: ...
    def _outside(self, *args: Any, **kwargs: Any) -> Any: ...
    def _overwrite(self, *args: Any, **kwargs: Any) -> Any: ...
    def _reshape_in_place(self, *args: Any, **kwargs: Any) -> Any: ...
    def _selected(self, *args: Any, **kwargs: Any) -> Any: ...
    def _set(self, *args: Any, **kwargs: Any) -> Any: ...
    def _share(self, *args: Any, **kwargs: Any) -> Any: ...
    def _sharing(self, *args: Any, **kwargs: Any) -> Any: ...
    @property
    def _version(self) -> Int: ...
    def _viewing(self, *args: Any, **kwargs: Any) -> Any: ...
    def _witness(self, *args: Any, **kwargs: Any) -> Any: ...
    def _wrote(self, *args: Any, **kwargs: Any) -> Any: ...
    def abs(self) -> Tensor:
        """Absolute value, element by element; abs'(0) = 0.

        Derivative: sign(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.abs()
            tensor([1.5, 0. , 1.5])
        """
    def abs_(self) -> Self: ...
    def absolute(self) -> Tensor:
        """Absolute value, element by element; abs'(0) = 0.

        Derivative: sign(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.absolute()
            tensor([1.5, 0. , 1.5])
        """
    def absolute_(self) -> Self: ...
    def acos(self) -> Tensor:
        """Inverse cosine, element by element.

        Domain: abs(x) <= 1; NaN elsewhere. Derivative: -1 / sqrt(unit_gap(x)).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.acos()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (1.047198, -1.154701)
        """
    def acos_(self) -> Self: ...
    def acosh(self) -> Tensor:
        """Inverse hyperbolic cosine, element by element.

        Domain: x >= 1; NaN elsewhere. Derivative: 1 / (sqrt(x - 1) * sqrt(x + 1)).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(1.5, requires_grad=True)
            >>> y = x.acosh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.962424, 0.894427)
        """
    def acosh_(self) -> Self: ...
    def add(self, other: Operand, *, alpha: Operand = 1) -> Tensor:
        """The sum x + alpha * other, of shapes that broadcast: `other` is a tensor or a number.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.add(10.0), x.add(x, alpha=2)
            (tensor([11., 12.]), tensor([3., 6.]))
        """
    def add_(self, other: Operand, *, alpha: Operand = 1) -> Self: ...
    def addbmm(self, batch1: Any, batch2: Any, *, beta: Operand = 1, alpha: Operand = 1) -> Tensor:
        """beta * x + alpha * the sum of the products batch1 @ batch2 of two stacks of matrices, (b, m, k) and (b, k, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(1, 1)
            >>> x.addbmm(jt.ones(2, 1, 4), jt.ones(2, 4, 1))
            tensor([[8.]])
        """
    def addbmm_(self, batch1: Any, batch2: Any, *, beta: Operand = 1, alpha: Operand = 1) -> Self: ...
    def addcdiv(self, tensor1: Operand, tensor2: Operand, *, value: Operand = 1) -> Tensor:
        """x + value * tensor1 / tensor2, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcdiv(jt.tensor([1.0, 2.0]), jt.tensor([2.0, 2.0]), value=10)
            tensor([ 6., 11.])
        """
    def addcdiv_(self, tensor1: Operand, tensor2: Operand, *, value: Operand = 1) -> Self:
        """Add tensor1 / tensor2 * value, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcdiv_(jt.tensor([1.0, 2.0]), jt.tensor([2.0, 2.0]), value=10)
            tensor([ 6., 11.])
        """
    def addcmul(self, tensor1: Operand, tensor2: Operand, *, value: Operand = 1) -> Tensor:
        """x + value * tensor1 * tensor2, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcmul(jt.tensor([1.0, 2.0]), jt.tensor([3.0, 4.0]), value=10)
            tensor([31., 81.])
        """
    def addcmul_(self, tensor1: Operand, tensor2: Operand, *, value: Operand = 1) -> Self:
        """Add tensor1 * tensor2 * value, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addcmul_(jt.tensor([1.0, 2.0]), jt.tensor([3.0, 4.0]), value=10)
            tensor([31., 81.])
        """
    def addmm(self, mat1: Any, mat2: Operand, *, beta: Operand = 1, alpha: Operand = 1) -> Tensor:
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
    def addmm_(self, mat1: Any, mat2: Operand, *, beta: Operand = 1, alpha: Operand = 1) -> Self: ...
    def addmv(self, mat: Any, vec: Operand, *, beta: Operand = 1, alpha: Operand = 1) -> Tensor:
        """beta * x + alpha * (mat @ vec), of a matrix and a vector.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.addmv(jt.eye(2), jt.tensor([1.0, 2.0]), alpha=10)
            tensor([11., 21.])
        """
    def addmv_(self, mat: Any, vec: Operand, *, beta: Operand = 1, alpha: Operand = 1) -> Self: ...
    def addr(self, vec1: Any, vec2: Operand, *, beta: Operand = 1, alpha: Operand = 1) -> Tensor:
        """beta * x + alpha * outer(vec1, vec2), of two vectors.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 2)
            >>> x.addr(jt.tensor([1.0, 2.0]), jt.tensor([1.0, 10.0]))
            tensor([[ 2., 11.],
                    [ 3., 21.]])
        """
    def addr_(self, vec1: Any, vec2: Operand, *, beta: Operand = 1, alpha: Operand = 1) -> Self: ...
    def adjoint(self) -> Tensor:
        """The conjugate transpose of each matrix.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([[1.0, 2j]]).adjoint()
            tensor([[1.-0.j],
                    [0.-2.j]])
        """
    def all(self, dim: Dims = None, keepdim: Bool = False) -> Tensor:
        """Whether all elements are true, or those along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 0.0], [3.0, 4.0]])
            >>> x.all(), x.all(1)
            (tensor(False), tensor([False,  True]))
        """
    def allclose(self, other: Operand, rtol: Float = 1e-05, atol: Float = 1e-08, equal_nan: Bool = False) -> Bool:
        """Whether no element differs from that of `other` by more than atol + rtol * abs(other); with `equal_nan`, NaN is close to NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.allclose(x + 1e-9)
            True
        """
    def amax(self, dim: Dims = None, keepdim: Bool = False) -> Tensor:
        """The largest of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one; equal ones share the derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.amax(), x.amax(0)
            (tensor(5.), tensor([3., 5.]))
        """
    def amin(self, dim: Dims = None, keepdim: Bool = False) -> Tensor:
        """The smallest of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one; equal ones share the derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.amin(), x.amin(0)
            (tensor(1.), tensor([1., 4.]))
        """
    def aminmax(self, *, dim: Dims = None, keepdim: Bool = False) -> Any:
        """(smallest, largest) of all elements, or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0, 1.0, 3.0])
            >>> x.aminmax()
            torch.return_types.aminmax(
            min=tensor(1.),
            max=tensor(3.))
        """
    def angle(self) -> Tensor:
        """The angle in the complex plane, in (-pi, pi]; of a real number zero or pi.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([1 + 1j, -2.0]).angle() / jt.tensor(3.141592653589793)
            tensor([0.25, 1.  ])
        """
    def any(self, dim: Dims = None, keepdim: Bool = False) -> Tensor:
        """Whether any element is true, or any of those along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 0.0], [0.0, 0.0]])
            >>> x.any(), x.any(1)
            (tensor(True), tensor([ True, False]))
        """
    def apply_(self, f: Any) -> Self:
        """Replace each element by what a function of Python, `f`, gives of it, in place.

        Raises:
            RuntimeError: the tensor requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.apply_(lambda v: v + 10)
            tensor([11., 12.])
        """
    def arccos(self) -> Tensor:
        """Inverse cosine, element by element.

        Domain: abs(x) <= 1; NaN elsewhere. Derivative: -1 / sqrt(unit_gap(x)).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.arccos()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (1.047198, -1.154701)
        """
    def arccos_(self) -> Self: ...
    def arccosh(self) -> Tensor:
        """Inverse hyperbolic cosine, element by element.

        Domain: x >= 1; NaN elsewhere. Derivative: 1 / (sqrt(x - 1) * sqrt(x + 1)).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(1.5, requires_grad=True)
            >>> y = x.arccosh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.962424, 0.894427)
        """
    def arccosh_(self) -> Self: ...
    def arcsin(self) -> Tensor:
        """Inverse sine, element by element.

        Domain: abs(x) <= 1; NaN elsewhere. Derivative: 1 / sqrt(unit_gap(x)).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.arcsin()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.523599, 1.154701)
        """
    def arcsin_(self) -> Self: ...
    def arcsinh(self) -> Tensor:
        """Inverse hyperbolic sine, element by element.

        Derivative: 1 / hypot(1, x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.arcsinh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.481212, 0.894427)
        """
    def arcsinh_(self) -> Self: ...
    def arctan(self) -> Tensor:
        """Inverse tangent, element by element.

        Derivative: 1 / (1 + x * x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.arctan()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.463648, 0.8)
        """
    def arctan2(self, other: Operand) -> Tensor:
        """Angle of the point (other, x), element by element; derivative zero at the origin, where it has no second one: NaN.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.arctan2(jt.tensor([3.0, 2.0, 1.5]))
            tensor([0.32175055, 0.78539816, 1.10714872])
        """
    def arctan2_(self, other: Operand) -> Self: ...
    def arctan_(self) -> Self: ...
    def arctanh(self) -> Tensor:
        """Inverse hyperbolic tangent, element by element.

        Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: 1 / unit_gap(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.arctanh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.549306, 1.333333)
        """
    def arctanh_(self) -> Self: ...
    def argmax(self, dim: Dims = None, keepdim: Bool = False) -> Tensor:
        """Where the largest element stands: in the flattened tensor, or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.argmax(), x.argmax(1)
            (tensor(1), tensor([1, 1]))
        """
    def argmin(self, dim: Dims = None, keepdim: Bool = False) -> Tensor:
        """Where the smallest element stands: in the flattened tensor, or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
            >>> x.argmin(), x.argmin(1)
            (tensor(0), tensor([0, 0]))
        """
    def argsort(self, dim: Dims = -1, descending: Bool = False, stable: Bool = False) -> Tensor:
        """Where the elements in order stand along `dim`; `descending` and `stable` are those of `sort`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0])
            >>> x.argsort(), x.argsort(descending=True)
            (tensor([1, 2, 0]), tensor([0, 2, 1]))
        """
    def argwhere(self) -> Tensor:
        """The places of what is not zero, a row each.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 5.0]])
            >>> x.argwhere()
            tensor([[0, 1]])
        """
    def as_strided(self, size: Int | Sequence[Int], stride: Any, storage_offset: Int | None = None) -> Tensor:
        """A view of the memory of this tensor: dimensions of lengths `size`, elements `stride` apart, from element `storage_offset` of the whole memory on.

        Raises:
            RuntimeError: it would have elements before the first or after the last one of this tensor; or the tensor requires grad, and is a
                view that begins elsewhere or a leaf that does not lie in order.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.as_strided((3, 3), (1, 1))
            tensor([[0, 1, 2],
                    [1, 2, 3],
                    [2, 3, 4]])
        """
    def as_strided_(self, size: Int | Sequence[Int], stride: Any, storage_offset: Int | None = None) -> Self:
        """In place: the tensor takes the shape of `as_strided`. RuntimeError where it requires grad."""
    def as_strided_scatter(self, src: Operand, size: Int | Sequence[Int], stride: Any, storage_offset: Int | None = None) -> Tensor:
        """A copy whose elements that `as_strided` with `size`, `stride` and `storage_offset` views are `src`.

        Raises:
            ShapeError: `src` has another shape.
            RuntimeError: some would be before the first or after the last element of this tensor.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(4)
            >>> x.as_strided_scatter(jt.ones(2), (2,), (2,))
            tensor([1., 0., 1., 0.])
        """
    def asin(self) -> Tensor:
        """Inverse sine, element by element.

        Domain: abs(x) <= 1; NaN elsewhere. Derivative: 1 / sqrt(unit_gap(x)).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.asin()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.523599, 1.154701)
        """
    def asin_(self) -> Self: ...
    def asinh(self) -> Tensor:
        """Inverse hyperbolic sine, element by element.

        Derivative: 1 / hypot(1, x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.asinh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.481212, 0.894427)
        """
    def asinh_(self) -> Self: ...
    def atan(self) -> Tensor:
        """Inverse tangent, element by element.

        Derivative: 1 / (1 + x * x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.atan()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.463648, 0.8)
        """
    def atan2(self, other: Operand) -> Tensor:
        """Angle of the point (other, x), element by element; derivative zero at the origin, where it has no second one: NaN.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.atan2(jt.tensor([3.0, 2.0, 1.5]))
            tensor([0.32175055, 0.78539816, 1.10714872])
        """
    def atan2_(self, other: Operand) -> Self: ...
    def atan_(self) -> Self: ...
    def atanh(self) -> Tensor:
        """Inverse hyperbolic tangent, element by element.

        Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: 1 / unit_gap(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.atanh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.549306, 1.333333)
        """
    def atanh_(self) -> Self: ...
    def backward(self, gradient: Any = None, retain_graph: Bool | None = None, create_graph: Bool = False, inputs: Any = None) -> None:
        """Add the derivatives of this tensor to the `.grad` of the leaves that it was computed from.

        Args:
            gradient: the adjoint of this tensor, of its shape; may be left away for a scalar.
            retain_graph: keep the graph, so that a further backward pass is possible; by default as `create_graph`.
            create_graph: record the pass itself, so that gradients can be differentiated.
            inputs: tensors whose gradients are wanted; by default all leaves.

        Raises:
            RuntimeError: the tensor does not require grad, is no scalar and no gradient is given, or its graph was freed
                by an earlier backward pass (FreedGraphError).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(3.0, requires_grad=True)
            >>> (x * x).backward()
            >>> x.grad
            tensor(6.)
        """
    def baddbmm(self, batch1: Any, batch2: Any, *, beta: Operand = 1, alpha: Operand = 1) -> Tensor:
        """beta * x + alpha * (batch1 @ batch2), of two stacks of matrices, (b, m, k) and (b, k, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 3)
            >>> x.baddbmm(jt.ones(2, 3, 4), jt.ones(2, 4, 3)).shape
            jittape.Size([2, 3, 3])
        """
    def baddbmm_(self, batch1: Any, batch2: Any, *, beta: Operand = 1, alpha: Operand = 1) -> Self: ...
    def bernoulli(self, p: Float | str | None = None, *, generator: Any = None) -> Tensor:
        """Zeros and ones, ones with the probabilities that the elements are, or with `p` everywhere.

        Args:
            p: a probability in place of the elements.
            generator: a `jittape.torch.Generator`; that of `manual_seed` if None.

        Raises:
            RuntimeError: a probability is not in [0, 1].

        Example:
            >>> import jittape as jt
            >>> jt.tensor([0.0, 1.0]).bernoulli().tolist()
            [0.0, 1.0]
        """
    def bernoulli_(self, p: Float | str = 0.5, *, generator: Any = None) -> Self:
        """Fill with ones with probability `p`, a number or a tensor, and zeros elsewhere, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.bernoulli_(1.0)
            tensor([1., 1., 1.])
        """
    def bincount(self, weights: Any = None, minlength: Int = 0) -> Tensor:
        """How often each of 0, 1, 2, ... stands in a vector of integers, or the sums of their `weights`; at least `minlength` numbers.

        Raises:
            TypeError: the elements are no integers.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0, 2, 2])
            >>> x.bincount()
            tensor([1, 0, 2])
        """
    def bitwise_and(self, other: Operand) -> Tensor:
        """The bits that x and `other` have in common: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_and(3)
            tensor([2])
        """
    def bitwise_and_(self, other: Operand) -> Self: ...
    def bitwise_left_shift(self, other: Operand) -> Tensor:
        """Integers with their bits moved to the left by `other` places.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 3])
            >>> x.bitwise_left_shift(2)
            tensor([ 4, 12])
        """
    def bitwise_left_shift_(self, other: Operand) -> Self: ...
    def bitwise_not(self) -> Tensor:
        """The bits turned over: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, False])
            >>> x.bitwise_not()
            tensor([False,  True])
        """
    def bitwise_not_(self) -> Self: ...
    def bitwise_or(self, other: Operand) -> Tensor:
        """The bits that x or `other` has: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_or(3)
            tensor([7])
        """
    def bitwise_or_(self, other: Operand) -> Self: ...
    def bitwise_right_shift(self, other: Operand) -> Tensor:
        """Integers with their bits moved to the right by `other` places.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([4, 12])
            >>> x.bitwise_right_shift(2)
            tensor([1, 3])
        """
    def bitwise_right_shift_(self, other: Operand) -> Self: ...
    def bitwise_xor(self, other: Operand) -> Tensor:
        """The bits that just one of x and `other` has: of integers and truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([6])
            >>> x.bitwise_xor(3)
            tensor([5])
        """
    def bitwise_xor_(self, other: Operand) -> Self: ...
    def bmm(self, mat2: Operand) -> Tensor:
        """The products of two stacks of matrices, (b, m, k) and (b, k, n).

        Raises:
            ShapeError: x or `mat2` has other than three dimensions, or they do not fit.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.bmm(jt.ones(2, 4, 5)).shape
            jittape.Size([2, 3, 5])
        """
    def bool(self) -> Tensor:
        """Truth values: whether each element differs from zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 2.0])
            >>> x.bool()
            tensor([False,  True])
        """
    def broadcast_to(self, *size: Int | Sequence[Int]) -> Tensor:
        """Dimensions of length one made longer without a copy: as `expand`, `size` is given as numbers or as one sequence.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0], [2.0]])
            >>> x.broadcast_to(2, 3).shape
            jittape.Size([2, 3])
        """
    def byte(self) -> Tensor:
        """The tensor in uint8.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.byte().dtype
            dtype('uint8')
        """
    def cauchy_(self, median: Float = 0.0, sigma: Float = 1.0, *, generator: Any = None) -> Self:
        """Fill with Cauchy random numbers of this `median` and scale, `sigma`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.cauchy_(5.0, 0.0)
            tensor([5., 5.])
        """
    def cdouble(self) -> Tensor:
        """The tensor as complex128."""
    def ceil(self) -> Tensor:
        """Round up, element by element; derivative zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.ceil()
            tensor([-1.,  0.,  2.])
        """
    def ceil_(self) -> Self: ...
    def cfloat(self) -> Tensor:
        """The tensor as complex64.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.cfloat().dtype, x.cdouble().dtype
            (dtype('complex64'), dtype('complex128'))
        """
    def char(self) -> Tensor:
        """The tensor in int8.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.char().dtype
            dtype('int8')
        """
    def cholesky(self, upper: Bool = False) -> Tensor:
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
    def cholesky_inverse(self, upper: Bool = False) -> Tensor:
        """The inverse of L L', of a lower Cholesky factor L; of U' U where the factor is `upper`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[2.0, 0.0], [0.0, 1.0]])
            >>> x.cholesky_inverse()
            tensor([[0.25, 0.  ],
                    [0.  , 1.  ]])
        """
    def cholesky_solve(self, input2: Operand, upper: Bool = False) -> Tensor:
        """X with L L' X = x, of a lower Cholesky factor L, `input2`; of U' U X = x where it is `upper`.

        Raises:
            RuntimeError: x or `input2` has less than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[4.0], [1.0]])
            >>> x.cholesky_solve(jt.tensor([[2.0, 0.0], [0.0, 1.0]]))
            tensor([[1.],
                    [1.]])
        """
    def chunk(self, chunks: Int, dim: Int = 0) -> tuple[Tensor, ...]:
        """At most `chunks` parts of equal size along `dim`, the last one may be smaller; views.

        Raises:
            RuntimeError: the tensor has no dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.chunk(2)
            (tensor([0, 1, 2]), tensor([3, 4]))
        """
    def clamp(self, min: Operand | None = None, max: Operand | None = None) -> Tensor:
        """The values limited to [min, max], numbers or tensors, of which one may be left away; the derivative at a bound is one.

        Raises:
            RuntimeError: neither `min` nor `max` is given.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 0.5, 2.0])
            >>> x.clamp(-1.0, 1.0)
            tensor([-1. ,  0.5,  1. ])
        """
    def clamp_(self, min: Operand | None = None, max: Operand | None = None) -> Self: ...
    def clamp_max(self, max: Operand) -> Tensor:
        """The values, at most `max`; the derivative at the bound is one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 2.0])
            >>> x.clamp_max(0.0)
            tensor([-2.,  0.])
        """
    def clamp_max_(self, max: Operand) -> Self: ...
    def clamp_min(self, min: Operand) -> Tensor:
        """The values, at least `min`; the derivative at the bound is one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 2.0])
            >>> x.clamp_min(0.0)
            tensor([0., 2.])
        """
    def clamp_min_(self, min: Operand) -> Self: ...
    def clip(self, min: Operand | None = None, max: Operand | None = None) -> Tensor:
        """The values limited to [min, max], numbers or tensors, of which one may be left away; the derivative at a bound is one.

        Raises:
            RuntimeError: neither `min` nor `max` is given.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 0.5, 2.0])
            >>> x.clip(-1.0, 1.0)
            tensor([-1. ,  0.5,  1. ])
        """
    def clip_(self, min: Operand | None = None, max: Operand | None = None) -> Self: ...
    def clone(self) -> Tensor:
        """A copy; derivatives flow through it.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.clone()
            tensor([1., 2.])
        """
    def conj(self) -> Tensor:
        """The complex conjugate, a view of a complex tensor; a real tensor itself.

        Example:
            >>> import jittape as jt
            >>> z = jt.tensor([1 + 2j])
            >>> z.conj()[0] = 3 + 4j
            >>> z, z.conj().is_conj(), z.conj().resolve_conj().is_conj()
            (tensor([3.-4.j]), True, False)
        """
    def conj_physical(self) -> Tensor:
        """The complex conjugate in memory of its own; a real tensor itself.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([1 + 2j]).conj_physical().numpy()
            array([1.-2.j])
        """
    def conj_physical_(self) -> Self:
        """In place: the tensor becomes the result of `conj_physical`, and is returned. RuntimeError for a leaf that requires grad."""
    def contiguous(self) -> Tensor:
        """The tensor itself where its elements lie in order in memory, else a copy.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.contiguous() is x, x.t().contiguous().is_contiguous()
            (True, True)
        """
    def copy_(self, src: Operand, non_blocking: Any = False) -> Self:
        """Take the elements of another tensor, `src`, of a shape that broadcasts, in place; derivatives flow to it. `non_blocking` is accepted.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.copy_(jt.tensor([1.0, 2.0]))
            tensor([1., 2.])
        """
    def copysign(self, other: Operand) -> Tensor:
        """Magnitude of x with the sign of other, element by element; derivative zero at 0.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.copysign(jt.tensor([3.0, 2.0, 1.5]))
            tensor([1., 2., 3.])
        """
    def copysign_(self, other: Operand) -> Self: ...
    def corrcoef(self) -> Tensor:
        """The correlations of variables, a row each, over observations, a column each: (n, m) gives (n, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0, 4.0], [4.0, 2.0, 1.0]])
            >>> x.corrcoef().round(decimals=3)
            tensor([[ 1.   , -0.929],
                    [-0.929,  1.   ]])
        """
    def cos(self) -> Tensor:
        """Cosine, element by element.

        Derivative: -sin(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.cos()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.877583, -0.479426)
        """
    def cos_(self) -> Self: ...
    def cosh(self) -> Tensor:
        """Hyperbolic cosine, element by element.

        Derivative: sinh(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.cosh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (1.127626, 0.521095)
        """
    def cosh_(self) -> Self: ...
    def count_nonzero(self, dim: Dims = None) -> Tensor:
        """How many elements differ from zero, of all or along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 5.0], [1.0, 1.0]])
            >>> x.count_nonzero(), x.count_nonzero(1)
            (tensor(3), tensor([1, 2]))
        """
    def cov(self, *, correction: Int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
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
    def cpu(self, memory_format: Any = None) -> Tensor:
        """The tensor itself, as all of them are on the CPU; `memory_format` is accepted and does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.cpu() is x
            True
        """
    def cross(self, other: Operand, dim: Dims = None) -> Tensor:
        """The cross product with `other` along `dim`, a dimension of length 3: the first one of that length by default.

        Raises:
            RuntimeError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 0.0, 0.0])
            >>> x.cross(jt.tensor([0.0, 1.0, 0.0]))
            tensor([0., 0., 1.])
        """
    def cuda(self, device: Any = None) -> Tensor:
        """Refused, whatever the `device`: jittape computes on the CPU.

        Raises:
            AssertionError: always.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.cuda()
            Traceback (most recent call last):
            AssertionError: Torch not compiled with CUDA enabled: jittape computes on the CPU
        """
    def cummax(self, dim: Dims) -> Any:
        """(values, indices) of the largest element up to each one along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 3.0, 2.0])
            >>> x.cummax(0).values
            tensor([1., 3., 3.])
        """
    def cummin(self, dim: Dims) -> Any:
        """(values, indices) of the smallest element up to each one along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0, 1.0, 3.0])
            >>> x.cummin(0).values
            tensor([2., 1., 1.])
        """
    def cumprod(self, dim: Int, *, dtype: DTypeLike | None = None) -> Tensor:
        """The products of the elements up to each one along `dim`; `dtype` is what they are converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.cumprod(0)
            tensor([1., 2., 6.])
        """
    def cumprod_(self, dim: Int, *, dtype: DTypeLike | None = None) -> Self: ...
    def cumsum(self, dim: Int, *, dtype: DTypeLike | None = None) -> Tensor:
        """The sums of the elements up to each one along `dim`; `dtype` is what they are converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.cumsum(0)
            tensor([1., 3., 6.])
        """
    def cumsum_(self, dim: Int, *, dtype: DTypeLike | None = None) -> Self: ...
    def data_ptr(self) -> Int:
        """The address of the values in memory.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.data_ptr() == x.view(2).data_ptr()
            True
        """
    def deg2rad(self) -> Tensor:
        """Degrees to radians, element by element.

        Derivative: pi / 180.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.deg2rad()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.008727, 0.017453)
        """
    def deg2rad_(self) -> Self: ...
    def det(self) -> Tensor:
        """The determinants of square matrices (..., n, n).

        Raises:
            LinAlgError: the matrices are not square.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[2.0, 0.0], [0.0, 3.0]])
            >>> x.det()
            tensor(6.)
        """
    def diag(self, diagonal: Int = 0) -> Tensor:
        """The diagonal of a matrix, or the matrix with a vector on its diagonal: number `diagonal` above the main one, below it if negative.

        Raises:
            ShapeError: the tensor has neither one nor two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.diag()
            tensor([[1., 0.],
                    [0., 2.]])
            >>> x.diag().diag()
            tensor([1., 2.])
        """
    def diag_embed(self, offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor:
        """Matrices with the last dimension on their diagonals, number `offset` above the main one; `dim1` and `dim2` are where their dimensions stand.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.diag_embed()
            tensor([[1., 0.],
                    [0., 2.]])
        """
    def diagflat(self, offset: Int = 0) -> Tensor:
        """A matrix with all elements on its diagonal, number `offset` above the main one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.diagflat(1)
            tensor([[0., 1., 0.],
                    [0., 0., 2.],
                    [0., 0., 0.]])
        """
    def diagonal(self, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor:
        """The diagonal of the dimensions `dim1` and `dim2` as a last dimension, a view: number `offset` above the main one.

        Raises:
            ShapeError: the tensor has less than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6).reshape(2, 3)
            >>> x.diagonal(1)
            tensor([1, 5])
        """
    def diagonal_scatter(self, src: Operand, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor:
        """A copy whose diagonal of the dimensions `dim1` and `dim2`, number `offset` above the main one, is `src`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.diagonal_scatter(jt.ones(2))
            tensor([[1., 0.],
                    [0., 1.]])
        """
    def diff(self, n: Int = 1, dim: Dims = -1, prepend: Any = None, append: Any = None) -> Tensor:
        """The differences of neighbours along `dim`, taken `n` times, after `prepend` and `append` are put to the ends.

        Raises:
            RuntimeError: `n` is negative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 4.0, 9.0])
            >>> x.diff(), x.diff(n=2)
            (tensor([3., 5.]), tensor([2.]))
        """
    def digamma(self) -> Tensor:
        """Logarithmic derivative of the gamma function, element by element.

        Derivative: polygamma(1, x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.digamma()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (-1.96351, 4.934802)
        """
    def digamma_(self) -> Self: ...
    def dim_order(self) -> tuple[Int, ...]:
        """The dimensions from the outermost one in memory to the innermost one.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 3)
            >>> x.t().dim_order()
            (1, 0)
        """
    def dist(self, other: Operand, p: Float = 2) -> Tensor:
        """The p-norm of the difference x - other, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 4.0])
            >>> x.dist(jt.zeros(2)), x.dist(jt.zeros(2), p=1)
            (tensor(5.), tensor(7.))
        """
    def div(self, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
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
    def div_(self, other: Operand, *, rounding_mode: str | None = None) -> Self: ...
    def divide(self, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """The quotient x / other, of shapes that broadcast.

        With `rounding_mode` "floor" it is rounded down, with "trunc" towards zero: the derivative is zero then.

        Raises:
            RuntimeError: another `rounding_mode`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -3.0])
            >>> x.divide(2.0), x.divide(2.0, rounding_mode="trunc")
            (tensor([ 0.5, -1.5]), tensor([ 0., -1.]))
        """
    def divide_(self, other: Operand, *, rounding_mode: str | None = None) -> Self: ...
    def dot(self, tensor: Operand) -> Tensor:
        """The inner product with another vector, `tensor`, both (n,).

        Raises:
            ShapeError: other shapes.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.dot(jt.tensor([3.0, 4.0]))
            tensor(11.)
        """
    def double(self) -> Tensor:
        """The tensor in float64.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 2])
            >>> x.double().dtype
            dtype('float64')
        """
    def dsplit(self, sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along the third dimension: `sections` is a number of parts, or indices.

        Raises:
            IndexError: the tensor has less than three dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(1, 1, 4)
            >>> [part.shape for part in x.dsplit(2)]
            [jittape.Size([1, 1, 2]), jittape.Size([1, 1, 2])]
        """
    def element_size(self) -> Int:
        """How many bytes an element takes.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.element_size()
            8
        """
    def eq(self, other: Operand) -> Tensor:
        """Whether x == other, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.eq(jt.tensor([3.0, 2.0, 1.5]))
            tensor([False,  True, False])
        """
    def eq_(self, other: Operand) -> Self: ...
    def equal(self, other: Operand) -> Bool:
        """Whether shape and elements are those of `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.equal(jt.ones(2)), x.equal(jt.ones(3))
            (True, False)
        """
    def erf(self) -> Tensor:
        """Error function, element by element.

        Derivative: 2 / sqrt(pi) * exp(-x * x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.erf()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.5205, 0.878783)
        """
    def erf_(self) -> Self: ...
    def erfc(self) -> Tensor:
        """Complementary error function, element by element.

        Derivative: -2 / sqrt(pi) * exp(-x * x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.erfc()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.4795, -0.878783)
        """
    def erfc_(self) -> Self: ...
    def erfinv(self) -> Tensor:
        """Inverse error function, element by element.

        Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: sqrt(pi) / 2 * exp(z * z), where z is the result.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.erfinv()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.476936, 1.112585)
        """
    def erfinv_(self) -> Self: ...
    def exp(self) -> Tensor:
        """Exponential, element by element.

        Derivative: z, where z is the result.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.exp()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (1.648721, 1.648721)
        """
    def exp2(self) -> Tensor:
        """Power of two, element by element.

        Derivative: z * log(2), where z is the result.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.exp2()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (1.414214, 0.980258)
        """
    def exp2_(self) -> Self: ...
    def exp_(self) -> Self: ...
    def expand(self, *size: Int | Sequence[Int]) -> Tensor:
        """Dimensions of length one made longer without a copy: `size` are the lengths, -1 for one that stays.

        Raises:
            ShapeError: a dimension that is not of length one would change.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0], [2.0]])
            >>> x.expand(2, 3)
            tensor([[1., 1., 1.],
                    [2., 2., 2.]])
        """
    def expand_as(self, other: Operand) -> Tensor:
        """`expand` to the shape of another tensor, `other`, whose errors these are.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0], [2.0]])
            >>> x.expand_as(jt.zeros(2, 3)).shape
            jittape.Size([2, 3])
        """
    def expm1(self) -> Tensor:
        """exp(x) - 1, accurate near zero, element by element.

        Derivative: exp(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.expm1()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.648721, 1.648721)
        """
    def expm1_(self) -> Self: ...
    def exponential_(self, lambd: Float = 1.0, *, generator: Any = None) -> Self:
        """Fill with exponential random numbers of rate `lambd`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.exponential_().min() >= 0
            tensor(True)
        """
    def fill_(self, value: Operand) -> Self:
        """Set all elements to a number, `value`, or a tensor of one, in place.

        Raises:
            RuntimeError: `value` is a tensor with dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.fill_(5.0)
            tensor([5., 5.])
        """
    def fill_diagonal_(self, fill_value: Any, wrap: Bool = False) -> Self:
        """Put a number, `fill_value`, on the diagonal, in place; with `wrap`, of a tall matrix, on those of its further squares, too.

        Raises:
            RuntimeError: the tensor has less than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.fill_diagonal_(5.0)
            tensor([[5., 0.],
                    [0., 5.]])
        """
    def fix(self) -> Tensor:
        """Round towards zero, element by element; derivative zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.fix()
            tensor([-1.,  0.,  1.])
        """
    def fix_(self) -> Self: ...
    def flatten(self, start_dim: Int = 0, end_dim: Int = -1) -> Tensor:
        """The dimensions from `start_dim` to `end_dim`, both included, as one: all of them by default.

        Raises:
            IndexError: a dimension that there is not.
            RuntimeError: `end_dim` comes before `start_dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.flatten(1).shape
            jittape.Size([2, 12])
        """
    def flip(self, *dims: Int | Sequence[Int]) -> Tensor:
        """The elements in reverse order along the dimensions `dims`, a copy.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(3)
            >>> x.flip(0)
            tensor([2, 1, 0])
        """
    def fliplr(self) -> Tensor:
        """The elements in reverse order along the second dimension, a copy.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1, 2], [3, 4]])
            >>> x.fliplr()
            tensor([[2, 1],
                    [4, 3]])
        """
    def flipud(self) -> Tensor:
        """The elements in reverse order along the first dimension, a copy.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1, 2], [3, 4]])
            >>> x.flipud()
            tensor([[3, 4],
                    [1, 2]])
        """
    def float(self) -> Tensor:
        """The tensor in float32.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 2])
            >>> x.float().dtype
            dtype('float32')
        """
    def float_power(self, exponent: Operand) -> Tensor:
        """The power x**exponent in float64, or complex128.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2, 3])
            >>> x.float_power(2)
            tensor([4., 9.])
        """
    def float_power_(self, exponent: Operand) -> Self: ...
    def floor(self) -> Tensor:
        """Round down, element by element; derivative zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.floor()
            tensor([-2.,  0.,  1.])
        """
    def floor_(self) -> Self: ...
    def floor_divide(self, other: Operand) -> Tensor:
        """The quotient x / other rounded down; the derivative is zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([7.0, -7.0])
            >>> x.floor_divide(2.0)
            tensor([ 3., -4.])
        """
    def floor_divide_(self, other: Operand) -> Self: ...
    def fmax(self, other: Operand) -> Tensor:
        """Larger of two, a NaN is passed over, element by element; ties share halves.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.fmax(jt.tensor([3.0, 2.0, 1.5]))
            tensor([3., 2., 3.])
        """
    def fmin(self, other: Operand) -> Tensor:
        """Smaller of two, a NaN is passed over, element by element; ties share halves.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.fmin(jt.tensor([3.0, 2.0, 1.5]))
            tensor([1. , 2. , 1.5])
        """
    def fmod(self, other: Operand) -> Tensor:
        """Remainder with the sign of the dividend, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Derivative: 1 by x, -trunc(x / other) by other.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.fmod(jt.tensor([3.0, 2.0, 1.5]))
            tensor([1., 0., 0.])
        """
    def fmod_(self, other: Operand) -> Self: ...
    def frac(self) -> Tensor:
        """The part behind the point of each element, with its sign: x - trunc(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.5, -1.5])
            >>> x.frac()
            tensor([ 0.5, -0.5])
        """
    def frac_(self) -> Self: ...
    def frexp(self) -> Any:
        """(mantissa, exponent) of each element: x = mantissa * 2**exponent with 0.5 <= abs(mantissa) < 1.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([8.0])
            >>> mantissa, exponent = x.frexp()
            >>> mantissa.item(), exponent.item()
            (0.5, 4)
        """
    def gather(self, dim: Int, index: Operand) -> Tensor:
        """Elements by their place along `dim`: the result has the shape of `index`, integers.

        Raises:
            IndexError: a place that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.gather(1, jt.tensor([[1], [0]]))
            tensor([[2.],
                    [3.]])
        """
    def gcd(self, other: Operand) -> Tensor:
        """The greatest common divisors of integers x and `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([12, 7])
            >>> x.gcd(8)
            tensor([4, 1])
        """
    def gcd_(self, other: Operand) -> Self: ...
    def ge(self, other: Operand) -> Tensor:
        """Whether x >= other, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.ge(jt.tensor([3.0, 2.0, 1.5]))
            tensor([False,  True,  True])
        """
    def ge_(self, other: Operand) -> Self: ...
    def geometric_(self, p: Float, *, generator: Any = None) -> Self:
        """Fill with geometric random numbers, how many trials of success probability `p` it takes, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.geometric_(1.0)
            tensor([1., 1., 1.])
        """
    def geqrf(self) -> Any:
        """(R and the reflections that make Q, their factors) of matrices (..., m, n), as LAPACK packs them; there is no derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [4.0, 2.0]])
            >>> packed, tau = x.geqrf()
            >>> (packed.orgqr(tau) @ packed.triu()).allclose(x)
            True
        """
    def ger(self, vec2: Operand) -> Tensor:
        """The products of each element with each one of `vec2`: (m,) and (n,) give (m, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.ger(jt.tensor([3.0, 4.0]))
            tensor([[3., 4.],
                    [6., 8.]])
        """
    def get_device(self) -> Int:
        """-1, as of all tensors of a CPU.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.get_device()
            -1
        """
    @property
    def grad_fn(self) -> Any: ...
    def greater(self, other: Operand) -> Tensor:
        """Whether x > other, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.greater(jt.tensor([3.0, 2.0, 1.5]))
            tensor([False, False,  True])
        """
    def greater_(self, other: Operand) -> Self: ...
    def greater_equal(self, other: Operand) -> Tensor:
        """Whether x >= other, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.greater_equal(2.0)
            tensor([False,  True,  True])
        """
    def greater_equal_(self, other: Operand) -> Self: ...
    def gt(self, other: Operand) -> Tensor:
        """Whether x > other, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.gt(jt.tensor([3.0, 2.0, 1.5]))
            tensor([False, False,  True])
        """
    def gt_(self, other: Operand) -> Self: ...
    def hardshrink(self, lambd: Float = 0.5) -> Tensor:
        """The tensor, with zeros where it is between -lambd and lambd.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 0.2])
            >>> x.hardshrink()
            tensor([-2.,  0.])
        """
    def heaviside(self, values: Any) -> Tensor:
        """The step function of each element: 0 below zero, 1 above, `values` at zero. It has no derivative.

        Raises:
            RuntimeError: `values` of another dtype.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.0, 0.0, 1.0])
            >>> x.heaviside(jt.tensor(0.5))
            tensor([0. , 0.5, 1. ])
        """
    def heaviside_(self, values: Any) -> Self: ...
    def histc(self, bins: Int = 100, min: Operand = 0, max: Operand = 0) -> Tensor:
        """The numbers of elements in `bins` of equal width between `min` and `max`, by default the ends of the elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 2.5, 4.0])
            >>> x.histc(3, 1.0, 4.0)
            tensor([1., 2., 1.])
        """
    def hsplit(self, sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along the second dimension, of a vector along the first: `sections` is a number of parts, or indices.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(4)
            >>> x.hsplit(2)
            (tensor([0, 1]), tensor([2, 3]))
        """
    def hypot(self, other: Operand) -> Tensor:
        """Euclidean length, element by element; derivative zero at the origin, where it has no second one: NaN.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.hypot(jt.tensor([3.0, 2.0, 1.5]))
            tensor([3.16227766, 2.82842712, 3.35410197])
        """
    def hypot_(self, other: Operand) -> Self: ...
    def i0(self) -> Tensor:
        """The modified Bessel function of the first kind of order zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 1.0])
            >>> x.i0()
            tensor([1.        , 1.26606588])
        """
    def i0_(self) -> Self: ...
    def igamma(self, other: Operand) -> Tensor:
        """The regularised lower incomplete gamma function P(x, other), of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.igamma(jt.tensor([1.0]))
            tensor([0.63212056])
        """
    def igamma_(self, other: Operand) -> Self: ...
    def igammac(self, other: Operand) -> Tensor:
        """The regularised upper incomplete gamma function Q(x, other) = 1 - P(x, other), of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.igammac(jt.tensor([1.0]))
            tensor([0.36787944])
        """
    def igammac_(self, other: Operand) -> Self: ...
    @property
    def imag(self) -> Tensor: ...
    def index_add(self, dim: Dims, index: Operand, source: Operand, *, alpha: Operand = 1) -> Tensor:
        """A copy with slices of `source`, times `alpha`, added to those of the numbers `index` along `dim`.

        Raises:
            RuntimeError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.index_add(0, jt.tensor([0, 0]), jt.tensor([5.0, 6.0]))
            tensor([11.,  0.,  0.])
        """
    def index_add_(self, dim: Dims, index: Operand, source: Operand, *, alpha: Operand = 1) -> Self:
        """In place: the tensor becomes the result of `index_add`, and is returned."""
    def index_copy(self, dim: Dims, index: Operand, source: Operand) -> Tensor:
        """A copy with slices of `source` at those of the numbers `index` along `dim`.

        Raises:
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.index_copy(0, jt.tensor([0, 2]), jt.tensor([5.0, 6.0]))
            tensor([5., 0., 6.])
        """
    def index_copy_(self, dim: Dims, index: Operand, source: Operand) -> Self:
        """In place: the tensor becomes the result of `index_copy`, and is returned."""
    def index_fill(self, dim: Dims, index: Operand, value: Operand) -> Tensor:
        """A copy with a number, `value`, in the slices of the numbers `index` along `dim`.

        Raises:
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.index_fill(0, jt.tensor([0, 2]), 7.0)
            tensor([7., 0., 7.])
        """
    def index_fill_(self, dim: Dims, index: Operand, value: Operand) -> Self:
        """In place: the tensor becomes the result of `index_fill`, and is returned."""
    def index_put(self, indices: Any, values: Any, accumulate: Bool = False) -> Tensor:
        """A copy with `values` at the places `indices`, a tuple of tensors: x[indices] = values, or, with `accumulate`, added where places repeat.

        Raises:
            IndexError: a place that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.index_put((jt.tensor([0, 1]), jt.tensor([1, 0])), jt.tensor([5.0, 6.0]))
            tensor([[0., 5.],
                    [6., 0.]])
        """
    def index_put_(self, indices: Any, values: Any, accumulate: Bool = False) -> Self:
        """In place: the tensor becomes the result of `index_put`, and is returned."""
    def index_reduce(self, dim: Int, index: Operand, source: Operand, reduce: str, *, include_self: Bool = True) -> Tensor:
        """A copy in which slices of `source` are put together with those of the numbers `index` along `dim`.

        `reduce` is "prod", "mean", "amax" or "amin"; what stood at a place counts, too, unless `include_self` is False.

        Raises:
            RuntimeError: another `reduce`, or dtypes that differ.
            ShapeError: there is not one slice for each number.
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(3)
            >>> x.index_reduce(0, jt.tensor([0, 0]), jt.tensor([5.0, 6.0]), "prod")
            tensor([30.,  1.,  1.])
        """
    def index_reduce_(self, dim: Int, index: Operand, source: Operand, reduce: str, *, include_self: Bool = True) -> Self:
        """In place: the tensor becomes the result of `index_reduce`, and is returned."""
    def index_select(self, dim: Int, index: Operand) -> Tensor:
        """Slices along `dim` by their numbers: `index` is a vector of integers.

        Raises:
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.index_select(1, jt.tensor([1, 1]))
            tensor([[2., 2.],
                    [4., 4.]])
        """
    def inner(self, other: Operand) -> Tensor:
        """Sums of products over the last dimensions of x and `other`: (m, k) and (n, k) give (m, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.inner(jt.tensor([3.0, 4.0]))
            tensor(11.)
        """
    def int(self) -> Tensor:
        """The tensor in int32: real numbers are cut off towards zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7, -1.7])
            >>> x.int().tolist()
            [1, -1]
        """
    def inverse(self) -> Tensor:
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
    def is_complex(self) -> Any:
        """False: tensors hold no complex numbers.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.is_complex()
            False
        """
    def is_conj(self) -> Any:
        """Whether this is a conjugate view.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1 + 2j])
            >>> x.is_conj(), x.conj().is_conj()
            (False, True)
        """
    def is_contiguous(self, memory_format: Any = None) -> Any:
        """Whether the elements lie in order in memory; `memory_format` is accepted and does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.is_contiguous(), x.t().is_contiguous()
            (True, False)
        """
    @property
    def is_cpu(self) -> Any: ...
    @property
    def is_cuda(self) -> Any: ...
    def is_floating_point(self) -> Bool:
        """Whether the elements are real numbers, and not integers or truth values.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.is_floating_point(), x.long().is_floating_point()
            (True, False)
        """
    def is_inference(self) -> Bool:
        """Whether it was made in inference mode, which is `no_grad` here: never.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.is_inference()
            False
        """
    @property
    def is_meta(self) -> Bool: ...
    def is_neg(self) -> Any:
        """Whether this is a view with negative signs: none is here.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([-1.0]).is_neg()
            False
        """
    @property
    def is_nested(self) -> Bool: ...
    def is_nonzero(self) -> Any:
        """Whether the element of a tensor of one differs from zero.

        Raises:
            RuntimeError: the tensor has another number of elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0])
            >>> x.is_nonzero()
            True
        """
    def is_pinned(self, device: Any = None) -> Bool:
        """Whether the memory is pinned for a graphics processor, `device`: never.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.is_pinned()
            False
        """
    @property
    def is_quantized(self) -> Bool: ...
    def is_same_size(self, other: Operand) -> Any:
        """Whether the shape is that of `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.is_same_size(jt.zeros(2))
            True
        """
    def is_set_to(self, tensor: Operand) -> Bool:
        """Whether this tensor and another one look at the same memory in the same way.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.is_set_to(x.detach())
            True
        """
    def is_shared(self) -> Bool:
        """Whether other processes share the memory: never.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.is_shared()
            False
        """
    def is_signed(self) -> Any:
        """Whether the dtype has negative numbers.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.is_signed(), x.bool().is_signed()
            (True, False)
        """
    @property
    def is_sparse(self) -> Any: ...
    def isclose(self, other: Operand, rtol: Float = 1e-05, atol: Float = 1e-08, equal_nan: Bool = False) -> Tensor:
        """Whether abs(x - other) <= atol + rtol * abs(other), of each element; with `equal_nan`, NaN is close to NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.isclose(jt.tensor([1.0 + 1e-9, 2.1]))
            tensor([ True, False])
        """
    def isfinite(self) -> Tensor:
        """Whether each element is neither infinite nor NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("inf")])
            >>> x.isfinite()
            tensor([ True, False])
        """
    def isin(self, test_elements: Any) -> Tensor:
        """Whether each element is among `test_elements`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 2, 3])
            >>> x.isin(jt.tensor([2, 5]))
            tensor([False,  True, False])
        """
    def isinf(self) -> Tensor:
        """Whether each element is infinite, of either sign.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("-inf")])
            >>> x.isinf()
            tensor([False,  True])
        """
    def isnan(self) -> Tensor:
        """Whether each element is NaN.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("nan")])
            >>> x.isnan()
            tensor([False,  True])
        """
    def isneginf(self) -> Tensor:
        """Whether each element is minus infinity.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("inf"), float("-inf")])
            >>> x.isneginf()
            tensor([False,  True])
        """
    def isposinf(self) -> Tensor:
        """Whether each element is plus infinity.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("inf"), float("-inf")])
            >>> x.isposinf()
            tensor([ True, False])
        """
    def isreal(self) -> Tensor:
        """Where imaginary parts are zero.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([1j, 2.0]).isreal()
            tensor([False,  True])
        """
    def istft(self, n_fft: Int, hop_length: Int | None = None, win_length: Int | None = None, window: Any = None, center: Any = True, normalized: Any = False, onesided: Any = None, length: Int | None = None, return_complex: Any = False) -> Tensor:
        """The signal of which `stft` gave this, from windows that overlap: the best one by least squares.

        Args:
            n_fft, hop_length, win_length, window, center, normalized, onesided: as they were given to `stft`.
            length: of the signal, where it is not the windows'.
            return_complex: whether the signal is complex; of transforms with all frequencies.

        Raises:
            RuntimeError: PyTorch's, of arguments that do not fit; the windows leave gaps.

        Example:
            >>> import jittape.torch as torch
            >>> x, w = torch.tensor([1.0, 0.0, 0.0, 2.0, 1.0, 0.0]), torch.hann_window(4)
            >>> z = torch.stft(x, 4, window=w, return_complex=True)
            >>> torch.istft(z, 4, window=w, length=6).round().abs().tolist()
            [1.0, 0.0, 0.0, 2.0, 1.0, 0.0]
        """
    @property
    def itemsize(self) -> Int: ...
    def kron(self, other: Operand) -> Tensor:
        """The Kronecker product with another tensor, `other`: lengths of dimensions are multiplied.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 10.0])
            >>> x.kron(jt.tensor([1.0, 2.0]))
            tensor([ 1.,  2., 10., 20.])
        """
    def kthvalue(self, k: Int, dim: Dims = -1, keepdim: Bool = False) -> Any:
        """(value, index) of the k-th smallest element along `dim`, which `keepdim` keeps with length one.

        Raises:
            RuntimeError: `k` is below 1 or above the length of the dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0])
            >>> x.kthvalue(2).values
            tensor(2.)
        """
    @property
    def layout(self) -> str: ...
    def lcm(self, other: Operand) -> Tensor:
        """The least common multiples of integers x and `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([4, 7])
            >>> x.lcm(6)
            tensor([12, 42])
        """
    def lcm_(self, other: Operand) -> Self: ...
    def ldexp(self, other: Operand) -> Tensor:
        """x * 2**other, of integers or real numbers `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 3.0])
            >>> x.ldexp(jt.tensor([3, 1]))
            tensor([8., 6.])
        """
    def ldexp_(self, other: Operand) -> Self: ...
    def le(self, other: Operand) -> Tensor:
        """Whether x <= other, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.le(jt.tensor([3.0, 2.0, 1.5]))
            tensor([ True,  True, False])
        """
    def le_(self, other: Operand) -> Self: ...
    def lerp(self, end: Operand, weight: Operand) -> Tensor:
        """Between x and `end`: x + weight * (end - x), of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 10.0])
            >>> x.lerp(jt.tensor([1.0, 20.0]), 0.5)
            tensor([ 0.5, 15. ])
        """
    def lerp_(self, end: Operand, weight: Operand) -> Self: ...
    def less(self, other: Operand) -> Tensor:
        """Whether x < other, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.less(jt.tensor([3.0, 2.0, 1.5]))
            tensor([ True, False, False])
        """
    def less_(self, other: Operand) -> Self: ...
    def less_equal(self, other: Operand) -> Tensor:
        """Whether x <= other, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.less_equal(2.0)
            tensor([ True,  True, False])
        """
    def less_equal_(self, other: Operand) -> Self: ...
    def lgamma(self) -> Tensor:
        """Logarithm of the absolute value of the gamma function, element by element.

        Derivative: digamma(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.lgamma()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.572365, -1.96351)
        """
    def lgamma_(self) -> Self: ...
    def log(self) -> Tensor:
        """Natural logarithm, element by element.

        Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / x.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.log()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (-0.693147, 2.0)
        """
    def log10(self) -> Tensor:
        """Logarithm to base ten, element by element.

        Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / (x * log(10)).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.log10()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (-0.30103, 0.868589)
        """
    def log10_(self) -> Self: ...
    def log1p(self) -> Tensor:
        """log(1 + x), accurate near zero, element by element.

        Domain: x > -1 (minus infinity at -1); NaN elsewhere. Derivative: 1 / (1 + x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.log1p()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.405465, 0.666667)
        """
    def log1p_(self) -> Self: ...
    def log2(self) -> Tensor:
        """Logarithm to base two, element by element.

        Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / (x * log(2)).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.log2()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (-1.0, 2.88539)
        """
    def log2_(self) -> Self: ...
    def log_(self) -> Self: ...
    def log_normal_(self, mean: Float = 1.0, std: Float = 2.0, *, generator: Any = None) -> Self:
        """Fill with random numbers whose logarithms are normal, of this `mean` and standard deviation, `std`, in place; `generator` is that of `random_`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.log_normal_().min() > 0
            tensor(True)
        """
    def log_softmax(self, dim: Int, dtype: DTypeLike | None = None) -> Tensor:
        """The logarithm of `softmax` along `dim`, without overflow; `dtype` is what the elements are converted to first.

        Raises:
            NotImplementedError: the elements are integers.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.log_softmax(0).exp()
            tensor([0.5, 0.5])
        """
    def logaddexp(self, other: Operand) -> Tensor:
        """log(exp(x) + exp(other)) without overflow, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.logaddexp(jt.tensor([3.0, 2.0, 1.5]))
            tensor([3.12692801, 2.69314718, 3.20141328])
        """
    def logaddexp2(self, other: Operand) -> Tensor:
        """log2(2**x + 2**other) of each element, without overflow.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0])
            >>> x.logaddexp2(jt.tensor([3.0]))
            tensor([4.])
        """
    def logcumsumexp(self, dim: Int) -> Tensor:
        """log(cumsum(exp(x))) along `dim`, without overflow.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1000.0, 1000.0])
            >>> x.logcumsumexp(0) - 1000.0
            tensor([0.        , 0.69314718])
        """
    def logdet(self) -> Tensor:
        """The logarithms of the determinants of square matrices (..., n, n); NaN where these are negative.

        Raises:
            LinAlgError: the matrices are not square.

        Example:
            >>> import jittape as jt
            >>> x = jt.eye(2)
            >>> x.logdet()
            tensor(0.)
        """
    def logical_and(self, other: Operand) -> Tensor:
        """Whether both x and `other` differ from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_and(jt.tensor([True, False, False]))
            tensor([ True, False, False])
        """
    def logical_and_(self, other: Operand) -> Self: ...
    def logical_not(self) -> Tensor:
        """Whether each element is zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 2.0])
            >>> x.logical_not()
            tensor([ True, False])
        """
    def logical_not_(self) -> Self: ...
    def logical_or(self, other: Operand) -> Tensor:
        """Whether x or `other` differs from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_or(jt.tensor([True, False, False]))
            tensor([ True,  True, False])
        """
    def logical_or_(self, other: Operand) -> Self: ...
    def logical_xor(self, other: Operand) -> Tensor:
        """Whether just one of x and `other` differs from zero, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([True, True, False])
            >>> x.logical_xor(jt.tensor([True, False, False]))
            tensor([False,  True, False])
        """
    def logical_xor_(self, other: Operand) -> Self: ...
    def logit(self) -> Tensor:
        """log(x / (1 - x)), of each element, which is taken between `eps` and 1 - `eps` where that is given.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.5, 1.0])
            >>> x.logit(eps=0.5)
            tensor([0., 0.])
        """
    def logit_(self) -> Self: ...
    def logsumexp(self, dim: Dims, keepdim: Bool = False) -> Tensor:
        """log(sum(exp(x))) along `dim`, a dimension or several, without overflow; `keepdim` keeps them with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1000.0, 1000.0])
            >>> x.logsumexp(0)
            tensor(1000.69314718)
        """
    def long(self) -> Tensor:
        """The tensor in int64: real numbers are cut off towards zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7, -1.7])
            >>> x.long()
            tensor([ 1, -1])
        """
    def lt(self, other: Operand) -> Tensor:
        """Whether x < other, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.lt(jt.tensor([3.0, 2.0, 1.5]))
            tensor([ True, False, False])
        """
    def lt_(self, other: Operand) -> Self: ...
    def lu(self, pivot: Bool = True, get_infos: Bool = False) -> Any:
        """(L and U in one matrix, pivots) of matrices (..., m, n), with rows exchanged, whether `pivot` or not; with `get_infos`, zeros besides.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 2.0], [1.0, 0.0]])
            >>> packed, pivots = x.lu()
            >>> packed, pivots.tolist()
            (tensor([[1., 0.],
                    [0., 2.]]), [2, 2])
        """
    def lu_solve(self, LU_data: Operand, LU_pivots: Operand) -> Tensor:
        """X with A X = x, of the factors that `lu` gave of A, `LU_data` and `LU_pivots`.

        Raises:
            ShapeError: the matrices are not square.

        Example:
            >>> import jittape as jt
            >>> A, x = jt.tensor([[0.0, 2.0], [1.0, 0.0]]), jt.tensor([[4.0], [5.0]])
            >>> x.lu_solve(*A.lu())
            tensor([[5.],
                    [2.]])
        """
    @property
    def mH(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    def map_(self, tensor: Operand, callable: Any) -> Self:
        """In place: each element and that of `tensor` beside it become what a function of Python, `callable`, gives of them.

        Raises:
            RuntimeError: a tensor requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.map_(jt.tensor([5.0, 6.0]), lambda a, b: a * b)
            tensor([ 5., 12.])
        """
    def masked_fill(self, mask: Operand, value: Operand) -> Tensor:
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
    def masked_fill_(self, mask: Operand, value: Operand) -> Self: ...
    def masked_scatter(self, mask: Operand, source: Operand) -> Tensor:
        """A copy with the elements where `mask` is true replaced by those of `source`, one after the other.

        Raises:
            RuntimeError: `source` has less elements than are replaced.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.masked_scatter(jt.tensor([True, False, True]), jt.tensor([5.0, 6.0]))
            tensor([5., 0., 6.])
        """
    def masked_scatter_(self, mask: Operand, source: Operand) -> Self:
        """In place: the tensor becomes the result of `masked_scatter`, and is returned."""
    def masked_select(self, mask: Operand) -> Tensor:
        """The elements where `mask` is true, in one dimension; shapes broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -2.0, 3.0])
            >>> x.masked_select(x > 0)
            tensor([1., 3.])
        """
    def matmul(self, other: Operand) -> Tensor:
        """The product of matrices x @ other: vectors, matrices, and stacks of them, (..., m, k) and (..., k, n).

        Raises:
            ShapeError: shapes that do not fit.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.matmul(jt.tensor([1.0, 1.0]))
            tensor([3., 7.])
        """
    def matrix_exp(self) -> Tensor:
        """The exponentials of square matrices (..., n, n).

        Raises:
            RuntimeError: the tensor is no stack of square matrices.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.matrix_exp()
            tensor([[1., 0.],
                    [0., 1.]])
        """
    def matrix_power(self, n: Int) -> Tensor:
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
    @overload
    def max(self, dim: None = None, keepdim: Bool = False) -> Tensor: ...
    @overload
    def max(self, dim: Int, keepdim: Bool = False) -> MinMax: ...
    @overload
    def max(self, dim: Tensor) -> Tensor: ...
    def maximum(self, other: Operand) -> Tensor:
        """Larger of two, NaN if either is, element by element; ties share halves.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.maximum(jt.tensor([3.0, 2.0, 1.5]))
            tensor([3., 2., 3.])
        """
    def mean(self, dim: Dims = None, keepdim: Bool = False, *, axis: Dims = None, keepdims: Bool | None = None, dtype: DTypeLike | None = None) -> Tensor:
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
    def median(self, dim: Dims = None, keepdim: Bool = False) -> Any:
        """The lower one of the middle elements; along `dim`, (value, index), where `keepdim` keeps the dimension with length one. NaN where there is any.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0, 4.0])
            >>> x.median(), x.median(0).indices
            (tensor(2.), tensor(2))
        """
    @overload
    def min(self, dim: None = None, keepdim: Bool = False) -> Tensor: ...
    @overload
    def min(self, dim: Int, keepdim: Bool = False) -> MinMax: ...
    @overload
    def min(self, dim: Tensor) -> Tensor: ...
    def minimum(self, other: Operand) -> Tensor:
        """Smaller of two, NaN if either is, element by element; ties share halves.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.minimum(jt.tensor([3.0, 2.0, 1.5]))
            tensor([1. , 2. , 1.5])
        """
    def mm(self, mat2: Operand) -> Tensor:
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
    def mode(self, dim: Dims = -1, keepdim: Bool = False) -> Any:
        """(value, index) of the most frequent element along `dim`, which `keepdim` keeps with length one; the smallest of several.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2, 1, 2, 3])
            >>> x.mode().values
            tensor(2)
        """
    def moveaxis(self, source: Operand, destination: Any) -> Tensor:
        """The dimensions `source`, a number or several, at the places `destination`; the others keep their order. A view.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.movedim(0, -1).shape
            jittape.Size([3, 4, 2])
        """
    def movedim(self, source: Operand, destination: Any) -> Tensor:
        """The dimensions `source`, a number or several, at the places `destination`; the others keep their order. A view.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.movedim(0, -1).shape
            jittape.Size([3, 4, 2])
        """
    def msort(self) -> Tensor:
        """The elements in rising order along the first dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [2.0, 4.0]])
            >>> x.msort()
            tensor([[2., 1.],
                    [3., 4.]])
        """
    def mul(self, other: Operand) -> Tensor:
        """Product, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Derivative: other by x, x by other.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.mul(jt.tensor([3.0, 2.0, 1.5]))
            tensor([3. , 4. , 4.5])
        """
    def mul_(self, other: Operand) -> Self: ...
    def multinomial(self, num_samples: Int, replacement: Bool = False, *, generator: Any = None) -> Tensor:
        """Indices drawn with the elements, or those of each row, as weights.

        Args:
            num_samples: how many are drawn from each row.
            replacement: whether an index may be drawn again.
            generator: a `jittape.torch.Generator`; that of `manual_seed` if None.

        Raises:
            RuntimeError: as `jittape.torch.multinomial`.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([0.0, 3.0, 0.0]).multinomial(1)
            tensor([1])
        """
    def multiply(self, other: Operand) -> Tensor:
        """Product, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Derivative: other by x, x by other.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.multiply(jt.tensor([3.0, 2.0, 1.5]))
            tensor([3. , 4. , 4.5])
        """
    def multiply_(self, other: Operand) -> Self: ...
    def mv(self, vec: Operand) -> Tensor:
        """The product of a matrix (m, n) and a vector (n,), `vec`.

        Raises:
            ShapeError: other shapes.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.mv(jt.tensor([1.0, 10.0]))
            tensor([21., 43.])
        """
    def mvlgamma(self, p: Int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension `p`, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2.0])
            >>> x.mvlgamma(2)
            tensor([0.45158271])
        """
    def mvlgamma_(self, p: Int) -> Self: ...
    def nan_to_num(self, nan: Float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
        """Numbers in place of NaN and infinities: `nan`, `posinf` and `neginf`, by default zero and the largest and least there are.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([float("nan"), float("inf"), 1.0])
            >>> x.nan_to_num(posinf=9.0)
            tensor([0., 9., 1.])
        """
    def nan_to_num_(self, nan: Float = 0.0, posinf: Any = None, neginf: Any = None) -> Self: ...
    def nanmean(self, dim: Dims = None, keepdim: Bool = False) -> Tensor:
        """The mean of what is not NaN, of all elements or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("nan"), 3.0])
            >>> x.nanmean()
            tensor(2.)
        """
    def nanmedian(self, dim: Dims = None, keepdim: Bool = False) -> Any:
        """The `median` of what is not NaN; along `dim`, (value, index), where `keepdim` keeps the dimension with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, float("nan")])
            >>> x.nanmedian()
            tensor(1.)
        """
    def nanquantile(self, q: Any, dim: Dims = None, keepdim: Bool = False, *, interpolation: str = 'linear') -> Tensor:
        """The `quantile` of what is not NaN; arguments are those of `quantile`: `q`, `dim`, `keepdim`, `interpolation`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0, float("nan")])
            >>> x.nanquantile(0.5)
            tensor(2.)
        """
    def nansum(self, dim: Dims = None, keepdim: Bool = False) -> Tensor:
        """The sum of what is not NaN, of all elements or along `dim`, which `keepdim` keeps with length one.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, float("nan"), 3.0])
            >>> x.nansum()
            tensor(4.)
        """
    def narrow(self, dim: Dims, start: Any, length: Int) -> Tensor:
        """The slices along `dim` from number `start` on, `length` of them; a view.

        Raises:
            RuntimeError: they end beyond the dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.narrow(0, 1, 3)
            tensor([1, 2, 3])
        """
    def narrow_copy(self, dim: Int, start: Int, length: Int) -> Tensor:
        """`narrow` as a copy: `length` slices along `dim` from number `start` on.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(3)
            >>> x.narrow_copy(0, 1, 2)
            tensor([1, 2])
        """
    @property
    def nbytes(self) -> Int: ...
    def ndimension(self) -> Int:
        """How many dimensions the tensor has.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.ndimension()
            2
        """
    def ne(self, other: Operand) -> Tensor:
        """Whether x != other, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.ne(jt.tensor([3.0, 2.0, 1.5]))
            tensor([ True, False,  True])
        """
    def ne_(self, other: Operand) -> Self: ...
    def neg(self) -> Tensor:
        """Negation, element by element.

        Derivative: -1.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.neg()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (-0.5, -1.0)
        """
    def neg_(self) -> Self: ...
    def negative(self) -> Tensor:
        """Negation, element by element.

        Derivative: -1.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.negative()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (-0.5, -1.0)
        """
    def negative_(self) -> Self: ...
    def new(self, *data: Any) -> Tensor:
        """A tensor of these sizes, or of the numbers in `data`, in this tensor's dtype: PyTorch's old way.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.new(2, 3).shape, x.new([1.0])
            (jittape.Size([2, 3]), tensor([1.]))
        """
    def new_empty(self, *size: Int | Sequence[Int], dtype: DTypeLike | None = None, device: Any = None, requires_grad: Bool = False) -> Tensor:
        """A tensor of shape `size` whose values are to be set, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.new_empty(2, 3).shape
            jittape.Size([2, 3])
        """
    def new_full(self, size: Int | Sequence[Int], fill_value: Any, *, dtype: DTypeLike | None = None, device: Any = None, requires_grad: Bool = False) -> Tensor:
        """A tensor of shape `size` filled with `fill_value`, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.new_full((3,), 7)
            tensor([7., 7., 7.])
        """
    def new_ones(self, *size: Int | Sequence[Int], dtype: DTypeLike | None = None, device: Any = None, requires_grad: Bool = False) -> Tensor:
        """Ones of shape `size`, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> x.new_ones(3)
            tensor([1., 1., 1.])
        """
    def new_tensor(self, data: Any, *, dtype: DTypeLike | None = None, device: Any = None, requires_grad: Bool = False) -> Tensor:
        """A tensor with a copy of `data`, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, dtype=jt.float32)
            >>> x.new_tensor([1, 2]).dtype
            dtype('float32')
        """
    def new_zeros(self, *size: Int | Sequence[Int], dtype: DTypeLike | None = None, device: Any = None, requires_grad: Bool = False) -> Tensor:
        """Zeros of shape `size`, in this tensor's dtype or another `dtype`; `device` and `requires_grad` are those of `jittape.tensor`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.new_zeros(3)
            tensor([0., 0., 0.])
        """
    def nextafter(self, other: Operand) -> Tensor:
        """The number next to each element towards `other`; it has no derivative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> (x.nextafter(jt.tensor([2.0])) - x).item()
            2.220446049250313e-16
        """
    def nextafter_(self, other: Operand) -> Self: ...
    def nonzero(self, *, as_tuple: Bool = False) -> Any:
        """The places of what is not zero, a row each; with `as_tuple` a tensor a dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 5.0, 6.0])
            >>> x.nonzero()
            tensor([[1],
                    [2]])
        """
    def nonzero_static(self, *, size: Int, fill_value: Int = -1) -> Tensor:
        """The indices of the elements that are not zero, as `size` rows: the first ones, or `fill_value` behind the last one.

        Raises:
            RuntimeError: `size` is negative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 5.0])
            >>> x.nonzero_static(size=2)
            tensor([[ 1],
                    [-1]])
        """
    def norm(self, p: Float | str = 2, dim: Dims = None, keepdim: Bool = False, dtype: DTypeLike | None = None) -> Tensor:
        """The p-norm of all elements, or along `dim`, which `keepdim` keeps with length one: (sum of abs(x)**p)**(1/p).

        `p` may be infinite, or "fro", the same as 2, or "nuc", the sum of the singular values of matrices; `dtype` is what the elements are
        converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, -4.0])
            >>> x.norm(), x.norm(1), x.norm(float("inf"))
            (tensor(5.), tensor(7.), tensor(4.))
        """
    def normal_(self, mean: Float = 0.0, std: Float = 1.0) -> Self:
        """Fill with normal random numbers of this `mean` and standard deviation, `std`, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.normal_(5.0, 0.0)
            tensor([5., 5., 5.])
        """
    def not_equal(self, other: Operand) -> Tensor:
        """Whether x and `other` differ, of each element.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.not_equal(2.0)
            tensor([ True, False])
        """
    def not_equal_(self, other: Operand) -> Self: ...
    def orgqr(self, input2: Operand) -> Tensor:
        """The first columns of the product of reflections, which x has below its diagonal, with factors `input2`: Q of `geqrf`.

        Raises:
            RuntimeError: there are more columns than rows, or more factors than columns.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [4.0, 2.0]])
            >>> packed, tau = x.geqrf()
            >>> (packed.orgqr(tau) @ packed.triu()).allclose(x)
            True
        """
    def outer(self, vec2: Operand) -> Tensor:
        """The products of each element with each one of `vec2`: (m,) and (n,) give (m, n).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.outer(jt.tensor([3.0, 4.0]))
            tensor([[3., 4.],
                    [6., 8.]])
        """
    def permute(self, *dims: Int | Sequence[Int]) -> Tensor:
        """The dimensions in another order, a view: `dims` are their numbers, one by one or in a sequence.

        Raises:
            ShapeError: `dims` does not name each dimension once.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.permute(2, 0, 1).shape
            jittape.Size([4, 2, 3])
        """
    def pin_memory(self) -> Tensor:
        """Accepted; the tensor itself."""
    def pinverse(self, rcond: Float = 1e-15) -> Tensor:
        """The pseudoinverses of matrices (..., m, n), (..., n, m): singular values below `rcond` times the largest one count as zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[2.0, 0.0], [0.0, 0.0]])
            >>> x.pinverse()
            tensor([[0.5, 0. ],
                    [0. , 0. ]])
        """
    def polygamma(self, n: Any) -> Tensor:
        """The derivative of order n of `digamma`, at each element: x.polygamma(n), and torch.polygamma(n, x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.polygamma(1)
            tensor([1.64493407])
        """
    def polygamma_(self, n: Any) -> Self: ...
    def positive(self) -> Tensor:
        """The tensor itself.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -2.0])
            >>> x.positive()
            tensor([ 1., -2.])
        """
    def pow(self, exponent: Operand) -> Tensor:
        """The power x**exponent, of shapes that broadcast: `exponent` is a tensor or a number.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.pow(2)
            tensor([1., 4., 9.])
        """
    def pow_(self, exponent: Operand) -> Self: ...
    def prelu(self, weight: Operand) -> Tensor:
        """The tensor where it is positive, `weight` times it elsewhere: one number, or one for each channel.

        Raises:
            ShapeError: the weights are not so many.
            RuntimeError: they are of another dtype.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-2.0, 2.0])
            >>> x.prelu(jt.tensor([0.5]))
            tensor([-1.,  2.])
        """
    def prod(self, dim: Dims = None, keepdim: Bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
        """The product of all elements, or along `dim`, which `keepdim` keeps with length one; `dtype` is what the elements are converted to first.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.prod(), x.prod(0)
            (tensor(24.), tensor([3., 8.]))
        """
    def put(self, index: Operand, source: Operand, accumulate: Bool = False) -> Tensor:
        """A copy with the elements of `source` at the places `index` of the flattened tensor; with `accumulate`, added there.

        Raises:
            IndexError: a place that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.put(jt.tensor([1, 2]), jt.tensor([5.0, 6.0]))
            tensor([[0., 5.],
                    [6., 0.]])
        """
    def put_(self, index: Operand, source: Operand, accumulate: Bool = False) -> Self: ...
    def qr(self, some: Bool = True) -> Any:
        """(Q, R) of matrices (..., m, n): x = Q R with orthonormal columns of Q, min(m, n) of them, or m without `some`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [4.0, 2.0]])
            >>> Q, R = x.qr()
            >>> (Q @ R).allclose(x)
            True
        """
    def quantile(self, q: Any, dim: Dims = None, keepdim: Bool = False, *, interpolation: str = 'linear') -> Tensor:
        """The q-th quantile, 0 <= q <= 1, of all elements or along `dim`, which `keepdim` keeps with length one; of several `q` along a new first dimension.

        `interpolation` between two elements is "linear", "lower", "higher", "midpoint" or "nearest".

        Raises:
            ShapeError: `q` is outside of [0, 1].

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0, 4.0])
            >>> x.quantile(0.5), x.quantile(0.5, interpolation="lower")
            (tensor(2.5), tensor(2.))
        """
    def rad2deg(self) -> Tensor:
        """Radians to degrees, element by element.

        Derivative: 180 / pi.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.rad2deg()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (28.64789, 57.29578)
        """
    def rad2deg_(self) -> Self: ...
    def random_(self, low: Float = 0, high: Float | None = None, *, generator: Any = None) -> Self:
        """Fill with random integers of [low, high), in place; without `high`, of [0, low), and without both up to the largest that the dtype holds exactly.

        `generator` is a `jittape.torch.Generator`, by default that of all random tensors.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.random_(2, 4).unique()
            tensor([2., 3.])
        """
    def ravel(self) -> Tensor:
        """All elements in one dimension: a view of what lies in order in memory, else a copy.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.ravel().shape
            jittape.Size([6])
        """
    @property
    def real(self) -> Tensor: ...
    def reciprocal(self) -> Tensor:
        """Reciprocal, element by element.

        Derivative: -z * z, where z is the result.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.reciprocal()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (2.0, -4.0)
        """
    def reciprocal_(self) -> Self: ...
    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Handle:
        """Call hook(gradient) in each backward pass that comes by this tensor; what it returns, if anything, is the gradient from there on.

        A hook belongs to the graph: it is called whether the tensor lives or not, and after a change in place with the gradient of
        the values before it.

        Returns:
            A handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: the tensor does not require grad; or it is a view whose elements were used already (SharedSlotsError).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(3.0, requires_grad=True)
            >>> handle = x.register_hook(lambda g: 10 * g)
            >>> (x * x).backward()
            >>> x.grad
            tensor(60.)
        """
    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Handle:
        """Call hook(tensor) after a backward pass has added to this leaf's `.grad`.

        Returns:
            A handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: the tensor is no leaf that requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(3.0, requires_grad=True)
            >>> handle = x.register_post_accumulate_grad_hook(lambda t: print("got", t.grad.item()))
            >>> (x * x).backward()
            got 6.0
        """
    def relu(self) -> Tensor:
        """max(x, 0), element by element; relu'(0) = 0.

        Derivative: where(x > 0, 1, 0).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.relu()
            tensor([0. , 0. , 1.5])
        """
    def relu_(self) -> Self: ...
    def remainder(self, other: Operand) -> Tensor:
        """Remainder with the sign of the divisor, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Derivative: 1 by x, -floor_divide(x, other) by other.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.remainder(jt.tensor([3.0, 2.0, 1.5]))
            tensor([1., 0., 0.])
        """
    def remainder_(self, other: Operand) -> Self: ...
    def renorm(self, p: Float, dim: Int, maxnorm: Float) -> Tensor:
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
    def renorm_(self, p: Float, dim: Int, maxnorm: Float) -> Self: ...
    def repeat(self, *repeats: Int | Sequence[Int]) -> Tensor:
        """The tensor repeated along each dimension, a copy: `repeats` say how often, new dimensions in front.

        Raises:
            RuntimeError: there are fewer numbers than dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.repeat(2, 2)
            tensor([[1., 2., 1., 2.],
                    [1., 2., 1., 2.]])
        """
    def repeat_interleave(self, repeats: Int | Sequence[Int], dim: Dims = None, *, output_size: Any = None) -> Tensor:
        """Each slice along `dim` several times: `repeats` is a number, or one a slice. Of the flattened tensor by default; `output_size` is accepted.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.repeat_interleave(2)
            tensor([1., 1., 2., 2.])
        """
    def reshape(self, *shape: Int | Sequence[Int]) -> Tensor:
        """The elements in another shape, a view where the memory allows it.

        `shape` is given as numbers or as one sequence; one length may be -1, and follows from the others.

        Raises:
            ShapeError: the shape is of another number of elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6)
            >>> x.reshape(2, -1)
            tensor([[0, 1, 2],
                    [3, 4, 5]])
        """
    def reshape_as(self, other: Operand) -> Tensor:
        """`reshape` in the shape of another tensor, `other`, whose errors these are.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6)
            >>> x.reshape_as(jt.zeros(2, 3)).shape
            jittape.Size([2, 3])
        """
    def resize_(self, *sizes: Int | Sequence[Int], memory_format: Any = None) -> Self:
        """In place: the tensor takes the shape `sizes`, and keeps its first elements; further ones are zeros. `memory_format` does nothing.

        Raises:
            RuntimeError: it requires grad.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(4)
            >>> x.resize_(2)
            tensor([0, 1])
        """
    def resize_as_(self, the_template: Any, memory_format: Any = None) -> Self:
        """In place: the tensor takes the shape of another one, `the_template`, as `resize_` does. `memory_format` does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(4)
            >>> x.resize_as_(jt.zeros(2))
            tensor([0, 1])
        """
    def resolve_conj(self) -> Tensor:
        """The tensor itself; of what `conj` gave a copy, whose memory has the conjugates.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1 + 2j]).conj()
            >>> x.resolve_conj().is_conj()
            False
        """
    def resolve_neg(self) -> Tensor:
        """The tensor itself: no tensor is negated lazily here.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.resolve_neg() is x, x.is_neg()
            (True, False)
        """
    def retain_grad(self) -> None:
        """Let a backward pass keep the gradient of this recorded tensor in `.grad`.

        A view of another tensor is copied on the tape for that, so that its uses can be told from those of the other.

        Raises:
            RuntimeError: the tensor does not require grad; or it is a view whose elements were used already (SharedSlotsError).

        Example:
            >>> import jittape as jt
            >>> y = 2 * jt.ones(2, requires_grad=True)
            >>> y.retain_grad()
            >>> y.sum().backward()
            >>> y.grad
            tensor([1., 1.])
        """
    @property
    def retains_grad(self) -> Bool: ...
    def roll(self, shifts: Int | Sequence[Int], dims: Dims = None) -> Tensor:
        """The elements moved by `shifts` places along the dimensions `dims`, those at the end to the front; without `dims`, in the flattened tensor.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(4)
            >>> x.roll(1)
            tensor([3, 0, 1, 2])
        """
    def rot90(self, k: Int = 1, dims: Int | Sequence[Int] = (0, 1)) -> Tensor:
        """Turned by 90 degrees `k` times, from the first of `dims` towards the second; a copy.

        Raises:
            RuntimeError: `dims` are not two different dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1, 2], [3, 4]])
            >>> x.rot90()
            tensor([[2, 4],
                    [1, 3]])
        """
    def round(self, *, decimals: Int = 0) -> Tensor:
        """The nearest integers, of two as near the even one; with `decimals`, the nearest numbers of so many digits after the point. The derivative is zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.5, 1.5, 2.26])
            >>> x.round(), x.round(decimals=1)
            (tensor([0., 2., 2.]), tensor([0.5, 1.5, 2.3]))
        """
    def round_(self, *, decimals: Int = 0) -> Self: ...
    def rsqrt(self) -> Tensor:
        """One over the square root of each element; NaN where that is negative.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 4.0])
            >>> x.rsqrt()
            tensor([1. , 0.5])
        """
    def rsqrt_(self) -> Self: ...
    def rsub(self, other: Operand, *, alpha: Operand = 1) -> Tensor:
        """The difference other - alpha * x.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.rsub(10.0)
            tensor([9., 8.])
        """
    def scatter(self, dim: Dims, index: Operand, src: Operand | None = None, value: Operand | None = None, *, reduce: str | None = None) -> Tensor:
        """A copy with elements of `src`, or a number, `value`, put at the places that `index` gives along `dim`; with `reduce` "add" or "multiply", joined with what is there.

        `index` has as many dimensions as the tensor; an element of it at (i, j) puts src[i, j] at (index[i, j], j) where `dim` is 0.

        Raises:
            RuntimeError: a place that there is not, another number of dimensions, or another `reduce`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.scatter(0, jt.tensor([0, 2]), jt.tensor([5.0, 6.0]))
            tensor([5., 0., 6.])
        """
    def scatter_(self, dim: Dims, index: Operand, src: Operand | None = None, value: Operand | None = None, *, reduce: str | None = None) -> Self:
        """In place: the tensor becomes the result of `scatter`, and is returned.

        Raises:
            RuntimeError: another `reduce`, and those of `scatter`.
        """
    def scatter_add(self, dim: Dims, index: Operand, src: Operand) -> Tensor:
        """A copy with elements of `src` added at the places that `index` gives along `dim`, as `scatter` puts them.

        Raises:
            RuntimeError: those of `scatter`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(3)
            >>> x.scatter_add(0, jt.tensor([0, 0]), jt.tensor([5.0, 6.0]))
            tensor([11.,  0.,  0.])
        """
    def scatter_add_(self, dim: Dims, index: Operand, src: Operand) -> Self:
        """In place: the tensor becomes the result of `scatter_add`, and is returned."""
    def scatter_reduce(self, dim: Dims, index: Operand, src: Operand, reduce: str, *, include_self: Bool = True) -> Tensor:
        """A copy in which the elements of `src` that meet at a place, as `index` gives it along `dim`, are put together.

        `reduce` is "sum", "prod", "mean", "amax" or "amin"; what stood at the place counts, too, unless `include_self` is False.

        Raises:
            RuntimeError: another `reduce`, and those of `scatter`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2)
            >>> x.scatter_reduce(0, jt.tensor([0, 0]), jt.tensor([5.0, 6.0]), "amax")
            tensor([6., 1.])
        """
    def scatter_reduce_(self, dim: Dims, index: Operand, src: Operand, reduce: str, *, include_self: Bool = True) -> Self: ...
    def select(self, dim: Dims, index: Int) -> Tensor:
        """The slice of number `index` along `dim`, a view.

        Raises:
            IndexError: there is no such slice.
            RuntimeError: the tensor has no dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.select(1, 0)
            tensor([1., 3.])
        """
    def select_scatter(self, src: Operand, dim: Int, index: Int) -> Tensor:
        """A copy whose slice number `index` along `dim` is `src`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2, 2)
            >>> x.select_scatter(jt.ones(2), 0, 1)
            tensor([[0., 0.],
                    [1., 1.]])
        """
    def set_(self, source: Operand | None = None) -> Self:
        """In place: the tensor shares the memory, and has the shape, of another one; without `source` it has no elements.

        Raises:
            RuntimeError: it requires grad, or the dtypes differ.

        Example:
            >>> import jittape as jt
            >>> x, y = jt.zeros(3), jt.ones(2)
            >>> x.set_(y)
            tensor([1., 1.])
        """
    def sgn(self) -> Tensor:
        """Sign, element by element; derivative zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.sgn()
            tensor([-1.,  0.,  1.])
        """
    def sgn_(self) -> Self: ...
    def share_memory_(self) -> Self:
        """Accepted; the tensor itself."""
    def share_memory_of(self, source: Tensor) -> None:
        """Begin as a leaf that does not require grad, with the memory of another tensor, `source`: for the `__init__` of subclasses.

        Example:
            >>> import jittape as jt
            >>> class Named(jt.Tensor):
            ...     def __init__(self, source, name):
            ...         self.share_memory_of(source)
            ...         self.name = name
            >>> Named(jt.ones(2), "ones").sum()
            tensor(2.)
        """
    def short(self) -> Tensor:
        """The tensor in int16.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.7])
            >>> x.short().dtype
            dtype('int16')
        """
    def sigmoid(self) -> Tensor:
        """Logistic function, element by element.

        Derivative: 0.25 * sech_squared(0.5 * x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.sigmoid()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.622459, 0.235004)
        """
    def sigmoid_(self) -> Self: ...
    def sign(self) -> Tensor:
        """Sign, element by element; derivative zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.sign()
            tensor([-1.,  0.,  1.])
        """
    def sign_(self) -> Self: ...
    def signbit(self) -> Tensor:
        """Whether the sign of each element is minus, that of -0.0 included.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-0.0, 0.0])
            >>> x.signbit()
            tensor([ True, False])
        """
    def sin(self) -> Tensor:
        """Sine, element by element.

        Derivative: cos(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.sin()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.479426, 0.877583)
        """
    def sin_(self) -> Self: ...
    def sinc(self) -> Tensor:
        """sin(pi x) / (pi x), element by element.

        Derivative: sincn(1, x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.sinc()
            tensor([-0.21220659,  1.        , -0.21220659])
        """
    def sinc_(self) -> Self: ...
    def sinh(self) -> Tensor:
        """Hyperbolic sine, element by element.

        Derivative: cosh(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.sinh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.521095, 1.127626)
        """
    def sinh_(self) -> Self: ...
    def slice_scatter(self, src: Operand, dim: Int = 0, start: Any = None, end: Operand | None = None, step: Int = 1) -> Tensor:
        """A copy whose slices start:end:step along `dim` are `src`.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(4)
            >>> x.slice_scatter(jt.ones(2), 0, 1, 3)
            tensor([0., 1., 1., 0.])
        """
    def slogdet(self) -> Any:
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
    def softmax(self, dim: Int, dtype: DTypeLike | None = None) -> Tensor:
        """exp(x) / sum(exp(x)) along `dim`, without overflow; `dtype` is what the elements are converted to first.

        Raises:
            NotImplementedError: the elements are integers.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.softmax(0)
            tensor([0.5, 0.5])
        """
    def softmin(self, dim: Int) -> Tensor:
        """The softmax of -x along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.0])
            >>> x.softmin(0)
            tensor([0.5, 0.5])
        """
    def softplus(self) -> Tensor:
        """log(1 + exp(x)) of each element, without overflow; the derivative is sigmoid(x).

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 1000.0])
            >>> x.softplus()
            tensor([6.93147181e-01, 1.00000000e+03])
        """
    def sort(self, dim: Dims = -1, descending: Bool = False, stable: Bool = False) -> Any:
        """(values, indices) in order along `dim`; NaN is the largest, and equal elements stay as they were, whether `stable` or not.

        `descending` reverses the order. Derivatives go to the elements where they stood.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0])
            >>> values, indices = x.sort()
            >>> values, indices
            (tensor([1., 2., 3.]), tensor([1, 2, 0]))
        """
    def split(self, split_size: Int | Sequence[Int], dim: Int = 0) -> tuple[Tensor, ...]:
        """Parts along `dim` of `split_size` slices each, the last one may be smaller; or of the sizes in a sequence. Views.

        Raises:
            ShapeError: the sizes do not sum to the length of the dimension.
            RuntimeError: the tensor has no dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.split(2)
            (tensor([0, 1]), tensor([2, 3]), tensor([4]))
            >>> x.split([1, 4])
            (tensor([0]), tensor([1, 2, 3, 4]))
        """
    def split_with_sizes(self, split_sizes: Any, dim: Int = 0) -> tuple[Tensor, ...]:
        """Parts along `dim` of the sizes `split_sizes`; views.

        Raises:
            ShapeError: the sizes do not sum to the length of the dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(3)
            >>> x.split_with_sizes([1, 2])
            (tensor([0]), tensor([1, 2]))
        """
    def sqrt(self) -> Tensor:
        """Square root, element by element; sqrt'(0) = inf.

        Domain: x >= 0; NaN elsewhere. Derivative: 0.5 / z, where z is the result.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 0.25, 1.0])
            >>> x.sqrt()
            tensor([0. , 0.5, 1. ])
        """
    def sqrt_(self) -> Self: ...
    def square(self) -> Tensor:
        """Square, element by element.

        Derivative: 2 * x.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.square()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.25, 1.0)
        """
    def square_(self) -> Self: ...
    def squeeze(self, dim: Dims = None) -> Tensor:
        """The tensor without dimensions of length one: all of them, or those of `dim`, a number or several; a view.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(1, 2, 1)
            >>> x.squeeze().shape, x.squeeze(0).shape
            (jittape.Size([2]), jittape.Size([2, 1]))
        """
    def squeeze_(self, *dim: Dims) -> Self:
        """In place: the tensor takes the shape of `squeeze`. RuntimeError where it requires grad."""
    def std(self, dim: Dims = None, unbiased: Bool | None = None, keepdim: Bool = False, *, correction: Float = 1) -> Tensor:
        """The standard deviation of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one.

        It is the root of `var`, whose arguments `unbiased` and `correction` it has.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.std()
            tensor(1.)
        """
    def std_mean(self, dim: Dims = None, unbiased: Bool | None = None, keepdim: Bool = False, *, correction: Float = 1) -> Any:
        """(`std`, `mean`) of all elements, or along `dim`, which `keepdim` keeps with length one; `unbiased` and `correction` are those of `var`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> deviation, mean = x.std_mean()
            >>> deviation, mean
            (tensor(1.), tensor(2.))
        """
    def stft(self, n_fft: Int, hop_length: Int | None = None, win_length: Int | None = None, window: Any = None, center: Any = True, pad_mode: str = 'reflect', normalized: Any = False, onesided: Any = None, return_complex: Any = None) -> Tensor:
        """Fourier transforms of windows of a signal, or of several, of shape (..., time): (..., frequencies, windows), complex.

        Args:
            n_fft: the length of a transform.
            hop_length: the distance between windows, by default a quarter of it.
            win_length: the length of a window, by default `n_fft`; there are zeros around shorter ones.
            window: a tensor of that length, by default of ones.
            center: whether windows are centred at the multiples of `hop_length`, with the signal continued at both ends.
            pad_mode: how it is: "reflect", "constant", "replicate" or "circular".
            normalized: divide by the root of `n_fft`.
            onesided: only the frequencies that are not negative; by default of real signals.
            return_complex: needed of a real signal; False gives pairs of real numbers in a last axis.

        Raises:
            RuntimeError: PyTorch's, of arguments that do not fit.
            NotImplementedError: there is no such `pad_mode`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([0.0, 1.0, 0.0, -1.0, 0.0, 1.0])
            >>> x.stft(4, 2, return_complex=True).shape
            jittape.Size([3, 4])
            >>> bool((x.stft(4, 2, return_complex=True).istft(4, 2) - x).abs().max() < 1e-15)
            True
        """
    def storage_offset(self) -> Int:
        """The place of the first element in the memory that the tensor is a view of, in elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x[2:].storage_offset()
            2
        """
    def stride(self, dim: Dims = None) -> Any:
        """How many elements lie from one to the next along each dimension, or along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.stride(), x.t().stride(0)
            ((3, 1), 1)
        """
    def sub(self, other: Operand, *, alpha: Operand = 1) -> Tensor:
        """The difference x - alpha * other, of shapes that broadcast: `other` is a tensor or a number.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.sub(1.0)
            tensor([0., 1.])
        """
    def sub_(self, other: Operand, *, alpha: Operand = 1) -> Self: ...
    def subtract(self, other: Operand, *, alpha: Operand = 1) -> Tensor:
        """The difference x - alpha * other, of shapes that broadcast: `other` is a tensor or a number.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.subtract(1.0)
            tensor([0., 1.])
        """
    def subtract_(self, other: Operand, *, alpha: Operand = 1) -> Self: ...
    def sum(self, dim: Dims = None, keepdim: Bool = False, *, axis: Dims = None, keepdims: Bool | None = None, dtype: DTypeLike | None = None) -> Tensor:
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
    def sum_to_size(self, *size: Int | Sequence[Int]) -> Tensor:
        """The sum over the dimensions along which a tensor of this `size` would be broadcast to that of x: what `expand` undoes.

        Raises:
            RuntimeError: a tensor of this size does not broadcast to that of x.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.sum_to_size(1, 3)
            tensor([[2., 2., 2.]])
        """
    def svd(self, some: Bool = True, compute_uv: Bool = True) -> Any:
        """(U, S, V) of matrices (..., m, n), with x = U diag(S) V' and S in descending order.

        Without `some`, U and V are square; the columns that x does not determine have no derivative. `compute_uv` is accepted, and they are always computed.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[0.0, 2.0], [1.0, 0.0]])
            >>> U, S, V = x.svd()
            >>> S
            tensor([2., 1.])
        """
    def swapaxes(self, dim0: Int, dim1: Int) -> Tensor:
        """The dimensions `dim0` and `dim1` change places, a view.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.swapaxes(0, 2).shape
            jittape.Size([4, 3, 2])
        """
    def swapaxes_(self, axis0: Int, axis1: Int) -> Self:
        """In place: the tensor takes the shape of `swapaxes`. RuntimeError where it requires grad."""
    def swapdims(self, dim0: Int, dim1: Int) -> Tensor:
        """The dimensions `dim0` and `dim1` change places, a view: as `transpose`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.swapdims(0, 1).shape
            jittape.Size([3, 2])
        """
    def swapdims_(self, dim0: Int, dim1: Int) -> Self:
        """In place: the tensor takes the shape of `swapdims`. RuntimeError where it requires grad."""
    def t(self) -> Tensor:
        """The transpose of a matrix, a view; a tensor of fewer dimensions is itself.

        Raises:
            ShapeError: the tensor has more than two dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.t().shape
            jittape.Size([3, 2])
        """
    def t_(self) -> Self:
        """In place: the tensor takes the shape of `t`. RuntimeError where it requires grad."""
    def take(self, index: Operand) -> Tensor:
        """Elements by their number in the flattened tensor; the result has the shape of `index`.

        Raises:
            IndexError: a number that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
            >>> x.take(jt.tensor([0, 3]))
            tensor([1., 4.])
        """
    def take_along_dim(self, indices: Any, dim: Dims = None) -> Tensor:
        """Elements by their places along `dim`, whose other dimensions broadcast with those of `indices`; without `dim`, in the flattened tensor.

        Raises:
            IndexError: a place that there is not.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0, 1.0], [2.0, 4.0]])
            >>> x.take_along_dim(x.argsort(1), 1)
            tensor([[1., 3.],
                    [2., 4.]])
        """
    def tan(self) -> Tensor:
        """Tangent, element by element.

        Derivative: 1 + z * z, where z is the result.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.tan()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.546302, 1.298446)
        """
    def tan_(self) -> Self: ...
    def tanh(self) -> Tensor:
        """Hyperbolic tangent, element by element.

        Derivative: 1 - z * z, where z is the result.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor(0.5, requires_grad=True)
            >>> y = x.tanh()
            >>> y.backward()
            >>> round(y.item(), 6), round(x.grad.item(), 6)
            (0.462117, 0.786448)
        """
    def tanh_(self) -> Self: ...
    def tensor_split(self, indices_or_sections: Any, dim: Int = 0) -> tuple[Tensor, ...]:
        """Parts along `dim`: so many of nearly the same size, or those that end at the indices, which `indices_or_sections` is; views.

        Raises:
            RuntimeError: a number of parts below one.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.tensor_split(2)
            (tensor([0, 1, 2]), tensor([3, 4]))
            >>> x.tensor_split((1, 3))
            (tensor([0]), tensor([1, 2]), tensor([3, 4]))
        """
    def tile(self, *dims: Int | Sequence[Int]) -> Tensor:
        """The tensor repeated along each dimension, a copy: `dims` say how often, the last number the last dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[1.0, 2.0]])
            >>> x.tile(2)
            tensor([[1., 2., 1., 2.]])
        """
    def to(self, *args: Any, dtype: DTypeLike | None = None, device: Any = None, copy: Bool = False, non_blocking: Bool = False, memory_format: Any = None) -> Tensor:
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
    def topk(self, k: Int, dim: Dims = -1, largest: Bool = True, sorted: Bool = True) -> Any:
        """(values, indices) of the `k` largest elements along `dim`, or of the smallest without `largest`; in order, whether `sorted` or not.

        Raises:
            RuntimeError: there are less than `k` elements.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([3.0, 1.0, 2.0])
            >>> values, indices = x.topk(2)
            >>> values, indices
            (tensor([3., 2.]), tensor([0, 2]))
        """
    def trace(self) -> Tensor:
        """The sum of the diagonal of a matrix.

        Raises:
            ShapeError: it is no matrix.

        Example:
            >>> import jittape as jt
            >>> x = jt.eye(3)
            >>> x.trace()
            tensor(3.)
        """
    def transpose(self, dim0: Int, dim1: Int) -> Tensor:
        """The dimensions `dim0` and `dim1` change places, a view.

        Raises:
            IndexError: there is no such dimension.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3, 4)
            >>> x.transpose(0, 2).shape
            jittape.Size([4, 3, 2])
        """
    def transpose_(self, dim0: Int, dim1: Int) -> Self:
        """In place: the tensor takes the shape of `transpose`. RuntimeError where it requires grad."""
    def triangular_solve(self, A: Operand, upper: Bool = True, transpose: Bool = False, unitriangular: Bool = False) -> Any:
        """(X with A X = x, a copy of A), where one triangle of `A` is read: the `upper` one, or the lower.

        With `transpose`, A' X = x is solved; with `unitriangular`, the diagonal is taken as ones.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([[3.0], [1.0]])
            >>> x.triangular_solve(jt.tensor([[1.0, 1.0], [0.0, 1.0]])).solution
            tensor([[2.],
                    [1.]])
        """
    def tril(self, diagonal: Int = 0) -> Tensor:
        """The lower triangles of matrices, zeros above: up to number `diagonal` above the main one.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(3, 3)
            >>> x.tril()
            tensor([[1., 0., 0.],
                    [1., 1., 0.],
                    [1., 1., 1.]])
        """
    def tril_(self, diagonal: Int = 0) -> Self:
        """In place: the tensor becomes the result of `tril`, and is returned."""
    def triu(self, diagonal: Int = 0) -> Tensor:
        """The upper triangles of matrices, zeros below: from number `diagonal` above the main one on.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(3, 3)
            >>> x.triu(1)
            tensor([[0., 1., 1.],
                    [0., 0., 1.],
                    [0., 0., 0.]])
        """
    def triu_(self, diagonal: Int = 0) -> Self:
        """In place: the tensor becomes the result of `triu`, and is returned."""
    def true_divide(self, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """The quotient x / other, of shapes that broadcast.

        With `rounding_mode` "floor" it is rounded down, with "trunc" towards zero: the derivative is zero then.

        Raises:
            RuntimeError: another `rounding_mode`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -3.0])
            >>> x.true_divide(2.0), x.true_divide(2.0, rounding_mode="trunc")
            (tensor([ 0.5, -1.5]), tensor([ 0., -1.]))
        """
    def true_divide_(self, other: Operand, *, rounding_mode: str | None = None) -> Self: ...
    def trunc(self) -> Tensor:
        """Round towards zero, element by element; derivative zero.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([-1.5, 0.0, 1.5])
            >>> x.trunc()
            tensor([-1.,  0.,  1.])
        """
    def trunc_(self) -> Self: ...
    def type(self, dtype: DTypeLike | None = None, non_blocking: Any = False) -> Any:
        """The tensor in another `dtype`, which a typed constructor may name; without one, the name of its type. `non_blocking` does nothing.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.type(), x.type(jt.int64)
            ('torch.DoubleTensor', tensor([1, 2]))
        """
    def type_as(self, other: Operand) -> Tensor:
        """The tensor in the dtype of another one, `other`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.type_as(jt.tensor([1])).dtype
            dtype('int64')
        """
    def unbind(self, dim: Int = 0) -> tuple[Tensor, ...]:
        """The slices along `dim`, one by one; views.

        Raises:
            RuntimeError: the tensor has no dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.eye(2)
            >>> x.unbind()
            (tensor([1., 0.]), tensor([0., 1.]))
        """
    def unflatten(self, dim: Int, sizes: Int | Sequence[Int]) -> Tensor:
        """The dimension `dim` as several, of the lengths `sizes`.

        Raises:
            ShapeError: the product of the sizes is another number.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 6)
            >>> x.unflatten(1, (2, 3)).shape
            jittape.Size([2, 2, 3])
        """
    def unfold(self, dimension: Int, size: Int, step: Int) -> Tensor:
        """Windows of `size` elements along `dimension`, every `step` elements one, as a new last dimension; a view.

        Raises:
            RuntimeError: the dimension is shorter than a window, or `step` is not positive.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(5)
            >>> x.unfold(0, 3, 2)
            tensor([[0, 1, 2],
                    [2, 3, 4]])
        """
    def uniform_(self, low: Float = 0.0, high: Float = 1.0) -> Self:
        """Fill with uniform random numbers between `low` and `high`, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(100)
            >>> x.uniform_(2.0, 3.0).min() >= 2.0
            tensor(True)
        """
    def unique(self, sorted: Bool = True, return_inverse: Bool = False, return_counts: Bool = False, dim: Dims = None) -> Any:
        """The different elements in order, whether `sorted` or not; along `dim`, the different slices.

        `return_inverse` gives besides which of them each element is, `return_counts` how often each stands there.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([2, 1, 2])
            >>> x.unique()
            tensor([1, 2])
            >>> x.unique(return_counts=True)
            (tensor([1, 2]), tensor([1, 2]))
        """
    def unique_consecutive(self, return_inverse: Bool = False, return_counts: Bool = False, dim: Dims = None) -> Any:
        """The elements without those that equal their neighbour before; along `dim`, the slices. `return_inverse` and `return_counts` are those of `unique`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1, 1, 2, 1])
            >>> x.unique_consecutive()
            tensor([1, 2, 1])
        """
    def unsafe_chunk(self, chunks: Int, dim: Int = 0) -> tuple[Tensor, ...]:
        """`chunk`: into `chunks` parts along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(2)
            >>> x.unsafe_chunk(2)
            (tensor([0]), tensor([1]))
        """
    def unsafe_split(self, split_size: Int | Sequence[Int], dim: Int = 0) -> tuple[Tensor, ...]:
        """`split`: into parts of `split_size` along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(2)
            >>> x.unsafe_split(1)
            (tensor([0]), tensor([1]))
        """
    def unsafe_split_with_sizes(self, split_sizes: Any, dim: Int = 0) -> tuple[Tensor, ...]:
        """`split_with_sizes`: into parts of the sizes `split_sizes` along `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(2)
            >>> x.unsafe_split_with_sizes([1, 1])
            (tensor([0]), tensor([1]))
        """
    def unsqueeze(self, dim: Int) -> Tensor:
        """A new dimension of length one at place `dim` of the result, a view.

        Raises:
            IndexError: `dim` is no place among the dimensions.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.unsqueeze(0).shape, x.unsqueeze(-1).shape
            (jittape.Size([1, 2, 3]), jittape.Size([2, 3, 1]))
        """
    def unsqueeze_(self, dim: Int) -> Self:
        """In place: the tensor takes the shape of `unsqueeze`. RuntimeError where it requires grad."""
    def var(self, dim: Dims = None, unbiased: Bool | None = None, keepdim: Bool = False, *, correction: Float = 1) -> Tensor:
        """The variance of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one.

        The squares are divided by n - correction: by n - 1 by default, by n where `unbiased` is False.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.var(), x.var(correction=0)
            (tensor(1.), tensor(0.66666667))
        """
    def var_mean(self, dim: Dims = None, unbiased: Bool | None = None, keepdim: Bool = False, *, correction: Float = 1) -> Any:
        """(`var`, `mean`) of all elements, or along `dim`, which `keepdim` keeps with length one; `unbiased` and `correction` are those of `var`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> variance, mean = x.var_mean()
            >>> variance, mean
            (tensor(1.), tensor(2.))
        """
    def vdot(self, other: Operand) -> Tensor:
        """The inner product with another vector, `other`: as `dot`.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.vdot(jt.tensor([3.0, 4.0]))
            tensor(11.)
        """
    def view(self, *shape: Int | Sequence[Int] | np.dtype[Any]) -> Tensor:
        """`reshape` that never copies; `shape` is given as numbers or as one sequence, one of which may be -1.

        Of a dtype in the place of the shape: the same memory as complex numbers, of half the length along the last axis, or as their parts, of twice the length.

        Raises:
            ShapeError: the shape is of another number of elements, or the memory's order does not allow a view.
            RuntimeError: the dtype is not that of the complex numbers of these parts, or of the parts of these numbers; or they do not lie side by side.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6)
            >>> x.view(3, 2).shape
            jittape.Size([3, 2])
        """
    def view_as(self, other: Operand) -> Tensor:
        """`view` in the shape of another tensor, `other`, whose errors these are.

        Example:
            >>> import jittape as jt
            >>> x = jt.arange(6)
            >>> x.view_as(jt.zeros(2, 3)).shape
            jittape.Size([2, 3])
        """
    def vsplit(self, sections: Any) -> tuple[Tensor, ...]:
        """`tensor_split` along the first dimension: `sections` is a number of parts, or indices.

        Example:
            >>> import jittape as jt
            >>> x = jt.eye(2)
            >>> x.vsplit(2)
            (tensor([[1., 0.]]), tensor([[0., 1.]]))
        """
    def where(self, condition: Operand, other: Operand) -> Tensor:
        """Elements of x where `condition` is true, of `other` elsewhere, of shapes that broadcast.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, -2.0])
            >>> x.where(x > 0, 0.0)
            tensor([1., 0.])
        """
    def write_(self, function: Callable[..., Any], *args: Any) -> None:
        """Change a leaf by function(memory, *args), which is given the leaf's ndarray and writes to it.

        For optimisers: nothing is recorded, whether the leaf requires grad or not. Views of the leaf see the change, and so does
        whatever is computed from it later; the graphs that it was used in before keep the values that they were recorded with.

        Raises:
            RuntimeError: the tensor is no leaf.

        Example:
            >>> import numpy as np, jittape as jt
            >>> x = jt.tensor([1.0, 2.0], requires_grad=True)
            >>> x.write_(lambda values, step: np.subtract(values, step, out=values), 0.5)
            >>> x
            tensor([0.5, 1.5], requires_grad=True)
        """
    def xlogy(self, other: Operand) -> Tensor:
        """x log(other), zero where x is, element by element.

        `other` is a tensor or a number, of a shape that broadcasts.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0, 3.0])
            >>> x.xlogy(jt.tensor([3.0, 2.0, 1.5]))
            tensor([1.09861229, 1.38629436, 1.21639532])
        """
    def xlogy_(self, other: Operand) -> Self: ...
    def zero_(self) -> Self:
        """Set all elements to zero, in place.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0])
            >>> x.zero_()
            tensor([0., 0.])
        """

def abs(x: Operand) -> Tensor:
    """Absolute value, element by element; abs'(0) = 0.

    Derivative: sign(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.abs()
        tensor([1.5, 0. , 1.5])
    """
def absolute(x: Operand) -> Tensor:
    """Absolute value, element by element; abs'(0) = 0.

    Derivative: sign(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.absolute()
        tensor([1.5, 0. , 1.5])
    """
def acos(x: Operand) -> Tensor:
    """Inverse cosine, element by element.

    Domain: abs(x) <= 1; NaN elsewhere. Derivative: -1 / sqrt(unit_gap(x)).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.acos()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (1.047198, -1.154701)
    """
def acosh(x: Operand) -> Tensor:
    """Inverse hyperbolic cosine, element by element.

    Domain: x >= 1; NaN elsewhere. Derivative: 1 / (sqrt(x - 1) * sqrt(x + 1)).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(1.5, requires_grad=True)
        >>> y = x.acosh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.962424, 0.894427)
    """
def add(x: Operand, other: Operand, *, alpha: Operand = 1) -> Tensor:
    """The sum x + alpha * other, of shapes that broadcast: `other` is a tensor or a number.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.add(10.0), x.add(x, alpha=2)
        (tensor([11., 12.]), tensor([3., 6.]))
    """
def all(x: Operand, dim: Dims = None, keepdim: Bool = False) -> Tensor:
    """Whether all elements are true, or those along `dim`, which `keepdim` keeps with length one.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 0.0], [3.0, 4.0]])
        >>> x.all(), x.all(1)
        (tensor(False), tensor([False,  True]))
    """
def allclose(x: Operand, other: Operand, rtol: Float = 1e-05, atol: Float = 1e-08, equal_nan: Bool = False) -> Bool:
    """Whether no element differs from that of `other` by more than atol + rtol * abs(other); with `equal_nan`, NaN is close to NaN.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2)
        >>> x.allclose(x + 1e-9)
        True
    """
def amax(x: Operand, dim: Dims = None, keepdim: Bool = False) -> Tensor:
    """The largest of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one; equal ones share the derivative.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
        >>> x.amax(), x.amax(0)
        (tensor(5.), tensor([3., 5.]))
    """
def amin(x: Operand, dim: Dims = None, keepdim: Bool = False) -> Tensor:
    """The smallest of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one; equal ones share the derivative.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
        >>> x.amin(), x.amin(0)
        (tensor(1.), tensor([1., 4.]))
    """
def any(x: Operand, dim: Dims = None, keepdim: Bool = False) -> Tensor:
    """Whether any element is true, or any of those along `dim`, which `keepdim` keeps with length one.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 0.0], [0.0, 0.0]])
        >>> x.any(), x.any(1)
        (tensor(True), tensor([ True, False]))
    """
def arccos(x: Operand) -> Tensor:
    """Inverse cosine, element by element.

    Domain: abs(x) <= 1; NaN elsewhere. Derivative: -1 / sqrt(unit_gap(x)).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.arccos()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (1.047198, -1.154701)
    """
def arccosh(x: Operand) -> Tensor:
    """Inverse hyperbolic cosine, element by element.

    Domain: x >= 1; NaN elsewhere. Derivative: 1 / (sqrt(x - 1) * sqrt(x + 1)).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(1.5, requires_grad=True)
        >>> y = x.arccosh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.962424, 0.894427)
    """
def arcsin(x: Operand) -> Tensor:
    """Inverse sine, element by element.

    Domain: abs(x) <= 1; NaN elsewhere. Derivative: 1 / sqrt(unit_gap(x)).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.arcsin()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.523599, 1.154701)
    """
def arcsinh(x: Operand) -> Tensor:
    """Inverse hyperbolic sine, element by element.

    Derivative: 1 / hypot(1, x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.arcsinh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.481212, 0.894427)
    """
def arctan(x: Operand) -> Tensor:
    """Inverse tangent, element by element.

    Derivative: 1 / (1 + x * x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.arctan()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.463648, 0.8)
    """
def arctan2(x: Operand, other: Operand) -> Tensor:
    """Angle of the point (other, x), element by element; derivative zero at the origin, where it has no second one: NaN.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.arctan2(jt.tensor([3.0, 2.0, 1.5]))
        tensor([0.32175055, 0.78539816, 1.10714872])
    """
def arctanh(x: Operand) -> Tensor:
    """Inverse hyperbolic tangent, element by element.

    Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: 1 / unit_gap(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.arctanh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.549306, 1.333333)
    """
def argmax(x: Operand, dim: Dims = None, keepdim: Bool = False) -> Tensor:
    """Where the largest element stands: in the flattened tensor, or along `dim`, which `keepdim` keeps with length one.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
        >>> x.argmax(), x.argmax(1)
        (tensor(1), tensor([1, 1]))
    """
def argmin(x: Operand, dim: Dims = None, keepdim: Bool = False) -> Tensor:
    """Where the smallest element stands: in the flattened tensor, or along `dim`, which `keepdim` keeps with length one.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 5.0], [3.0, 4.0]])
        >>> x.argmin(), x.argmin(1)
        (tensor(0), tensor([0, 0]))
    """
def asin(x: Operand) -> Tensor:
    """Inverse sine, element by element.

    Domain: abs(x) <= 1; NaN elsewhere. Derivative: 1 / sqrt(unit_gap(x)).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.asin()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.523599, 1.154701)
    """
def asinh(x: Operand) -> Tensor:
    """Inverse hyperbolic sine, element by element.

    Derivative: 1 / hypot(1, x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.asinh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.481212, 0.894427)
    """
def atan(x: Operand) -> Tensor:
    """Inverse tangent, element by element.

    Derivative: 1 / (1 + x * x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.atan()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.463648, 0.8)
    """
def atan2(x: Operand, other: Operand) -> Tensor:
    """Angle of the point (other, x), element by element; derivative zero at the origin, where it has no second one: NaN.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.atan2(jt.tensor([3.0, 2.0, 1.5]))
        tensor([0.32175055, 0.78539816, 1.10714872])
    """
def atanh(x: Operand) -> Tensor:
    """Inverse hyperbolic tangent, element by element.

    Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: 1 / unit_gap(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.atanh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.549306, 1.333333)
    """
def bmm(x: Operand, mat2: Operand) -> Tensor:
    """The products of two stacks of matrices, (b, m, k) and (b, k, n).

    Raises:
        ShapeError: x or `mat2` has other than three dimensions, or they do not fit.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, 3, 4)
        >>> x.bmm(jt.ones(2, 4, 5)).shape
        jittape.Size([2, 3, 5])
    """
def cat(tensors: Sequence[Operand], dim: Int = 0, *, out: Any = None) -> Tensor:
    """Join tensors along a dimension that they have.

    Args:
        tensors: a sequence of tensors, whose other dimensions are of the same lengths.
        dim: the dimension.
        out: a tensor that the result is written to.

    Raises:
        ShapeError: shapes that do not fit, or no tensors.

    Example:
        >>> import jittape as jt
        >>> jt.cat([jt.zeros(2), jt.ones(1)])
        tensor([0., 0., 1.])
    """
def ceil(x: Operand) -> Tensor:
    """Round up, element by element; derivative zero.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.ceil()
        tensor([-1.,  0.,  2.])
    """
def chunk(x: Operand, chunks: Int, dim: Int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts of equal size along `dim`, the last one may be smaller; views.

    Raises:
        RuntimeError: the tensor has no dimensions.

    Example:
        >>> import jittape as jt
        >>> x = jt.arange(5)
        >>> x.chunk(2)
        (tensor([0, 1, 2]), tensor([3, 4]))
    """
def clamp(x: Operand, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """The values limited to [min, max], numbers or tensors, of which one may be left away; the derivative at a bound is one.

    Raises:
        RuntimeError: neither `min` nor `max` is given.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-2.0, 0.5, 2.0])
        >>> x.clamp(-1.0, 1.0)
        tensor([-1. ,  0.5,  1. ])
    """
def clip(x: Operand, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """The values limited to [min, max], numbers or tensors, of which one may be left away; the derivative at a bound is one.

    Raises:
        RuntimeError: neither `min` nor `max` is given.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-2.0, 0.5, 2.0])
        >>> x.clip(-1.0, 1.0)
        tensor([-1. ,  0.5,  1. ])
    """
def clone(x: Operand) -> Tensor:
    """A copy; derivatives flow through it.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.clone()
        tensor([1., 2.])
    """
def concat(tensors: Sequence[Operand], dim: Int = 0, *, out: Any = None) -> Tensor:
    """Join tensors along a dimension that they have.

    Args:
        tensors: a sequence of tensors, whose other dimensions are of the same lengths.
        dim: the dimension.
        out: a tensor that the result is written to.

    Raises:
        ShapeError: shapes that do not fit, or no tensors.

    Example:
        >>> import jittape as jt
        >>> jt.cat([jt.zeros(2), jt.ones(1)])
        tensor([0., 0., 1.])
    """
def concatenate(tensors: Sequence[Operand], dim: Int = 0, *, out: Any = None) -> Tensor:
    """Join tensors along a dimension that they have.

    Args:
        tensors: a sequence of tensors, whose other dimensions are of the same lengths.
        dim: the dimension.
        out: a tensor that the result is written to.

    Raises:
        ShapeError: shapes that do not fit, or no tensors.

    Example:
        >>> import jittape as jt
        >>> jt.cat([jt.zeros(2), jt.ones(1)])
        tensor([0., 0., 1.])
    """
def copysign(x: Operand, other: Operand) -> Tensor:
    """Magnitude of x with the sign of other, element by element; derivative zero at 0.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.copysign(jt.tensor([3.0, 2.0, 1.5]))
        tensor([1., 2., 3.])
    """
def cos(x: Operand) -> Tensor:
    """Cosine, element by element.

    Derivative: -sin(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.cos()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.877583, -0.479426)
    """
def cosh(x: Operand) -> Tensor:
    """Hyperbolic cosine, element by element.

    Derivative: sinh(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.cosh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (1.127626, 0.521095)
    """
def cumprod(x: Operand, dim: Int, *, dtype: DTypeLike | None = None) -> Tensor:
    """The products of the elements up to each one along `dim`; `dtype` is what they are converted to first.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.cumprod(0)
        tensor([1., 2., 6.])
    """
def cumsum(x: Operand, dim: Int, *, dtype: DTypeLike | None = None) -> Tensor:
    """The sums of the elements up to each one along `dim`; `dtype` is what they are converted to first.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.cumsum(0)
        tensor([1., 3., 6.])
    """
def deg2rad(x: Operand) -> Tensor:
    """Degrees to radians, element by element.

    Derivative: pi / 180.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.deg2rad()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.008727, 0.017453)
    """
def detach(x: Operand) -> Tensor:
    """The same values outside of the graph, in the same memory: a change of one tensor in place is one of the other.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, requires_grad=True)
        >>> (2 * x).detach().requires_grad
        False
    """
def diag(x: Operand, diagonal: Int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal: number `diagonal` above the main one, below it if negative.

    Raises:
        ShapeError: the tensor has neither one nor two dimensions.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.diag()
        tensor([[1., 0.],
                [0., 2.]])
        >>> x.diag().diag()
        tensor([1., 2.])
    """
def diagonal(x: Operand, offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor:
    """The diagonal of the dimensions `dim1` and `dim2` as a last dimension, a view: number `offset` above the main one.

    Raises:
        ShapeError: the tensor has less than two dimensions.

    Example:
        >>> import jittape as jt
        >>> x = jt.arange(6).reshape(2, 3)
        >>> x.diagonal(1)
        tensor([1, 5])
    """
def digamma(x: Operand) -> Tensor:
    """Logarithmic derivative of the gamma function, element by element.

    Derivative: polygamma(1, x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.digamma()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (-1.96351, 4.934802)
    """
def div(x: Operand, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
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
def divide(x: Operand, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """The quotient x / other, of shapes that broadcast.

    With `rounding_mode` "floor" it is rounded down, with "trunc" towards zero: the derivative is zero then.

    Raises:
        RuntimeError: another `rounding_mode`.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, -3.0])
        >>> x.divide(2.0), x.divide(2.0, rounding_mode="trunc")
        (tensor([ 0.5, -1.5]), tensor([ 0., -1.]))
    """
def dot(x: Operand, tensor: Operand) -> Tensor:
    """The inner product with another vector, `tensor`, both (n,).

    Raises:
        ShapeError: other shapes.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.dot(jt.tensor([3.0, 4.0]))
        tensor(11.)
    """
def einsum(equation: str, *operands: Operand) -> Tensor:
    """Sums of products by Einstein's convention.

    Args:
        equation: "ij,jk->ik": a letter for each axis of each operand, and those of the result.
        operands: tensors, as many as the equation names.

    Raises:
        ValueError: an equation that does not fit the operands.

    Example:
        >>> import jittape as jt
        >>> jt.einsum("ij,j->i", jt.ones(2, 3), jt.tensor([1.0, 2.0, 3.0]))
        tensor([6., 6.])
    """
def eq(x: Operand, other: Operand) -> Tensor:
    """Whether x == other, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.eq(jt.tensor([3.0, 2.0, 1.5]))
        tensor([False,  True, False])
    """
def equal(x: Operand, other: Operand) -> Bool:
    """Whether shape and elements are those of `other`.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2)
        >>> x.equal(jt.ones(2)), x.equal(jt.ones(3))
        (True, False)
    """
def erf(x: Operand) -> Tensor:
    """Error function, element by element.

    Derivative: 2 / sqrt(pi) * exp(-x * x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.erf()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.5205, 0.878783)
    """
def erfc(x: Operand) -> Tensor:
    """Complementary error function, element by element.

    Derivative: -2 / sqrt(pi) * exp(-x * x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.erfc()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.4795, -0.878783)
    """
def erfinv(x: Operand) -> Tensor:
    """Inverse error function, element by element.

    Domain: abs(x) < 1 (infinite at -1 and 1); NaN elsewhere. Derivative: sqrt(pi) / 2 * exp(z * z), where z is the result.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.erfinv()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.476936, 1.112585)
    """
def exp(x: Operand) -> Tensor:
    """Exponential, element by element.

    Derivative: z, where z is the result.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.exp()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (1.648721, 1.648721)
    """
def exp2(x: Operand) -> Tensor:
    """Power of two, element by element.

    Derivative: z * log(2), where z is the result.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.exp2()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (1.414214, 0.980258)
    """
def expm1(x: Operand) -> Tensor:
    """exp(x) - 1, accurate near zero, element by element.

    Derivative: exp(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.expm1()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.648721, 1.648721)
    """
def fix(x: Operand) -> Tensor:
    """Round towards zero, element by element; derivative zero.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.fix()
        tensor([-1.,  0.,  1.])
    """
def flatten(x: Operand, start_dim: Int = 0, end_dim: Int = -1) -> Tensor:
    """The dimensions from `start_dim` to `end_dim`, both included, as one: all of them by default.

    Raises:
        IndexError: a dimension that there is not.
        RuntimeError: `end_dim` comes before `start_dim`.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, 3, 4)
        >>> x.flatten(1).shape
        jittape.Size([2, 12])
    """
def flip(x: Operand, *dims: Int | Sequence[Int]) -> Tensor:
    """The elements in reverse order along the dimensions `dims`, a copy.

    Raises:
        IndexError: there is no such dimension.

    Example:
        >>> import jittape as jt
        >>> x = jt.arange(3)
        >>> x.flip(0)
        tensor([2, 1, 0])
    """
def floor(x: Operand) -> Tensor:
    """Round down, element by element; derivative zero.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.floor()
        tensor([-2.,  0.,  1.])
    """
def fmax(x: Operand, other: Operand) -> Tensor:
    """Larger of two, a NaN is passed over, element by element; ties share halves.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.fmax(jt.tensor([3.0, 2.0, 1.5]))
        tensor([3., 2., 3.])
    """
def fmin(x: Operand, other: Operand) -> Tensor:
    """Smaller of two, a NaN is passed over, element by element; ties share halves.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.fmin(jt.tensor([3.0, 2.0, 1.5]))
        tensor([1. , 2. , 1.5])
    """
def fmod(x: Operand, other: Operand) -> Tensor:
    """Remainder with the sign of the dividend, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Derivative: 1 by x, -trunc(x / other) by other.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.fmod(jt.tensor([3.0, 2.0, 1.5]))
        tensor([1., 0., 0.])
    """
def gather(x: Operand, dim: Int, index: Operand) -> Tensor:
    """Elements by their place along `dim`: the result has the shape of `index`, integers.

    Raises:
        IndexError: a place that there is not.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> x.gather(1, jt.tensor([[1], [0]]))
        tensor([[2.],
                [3.]])
    """
def ge(x: Operand, other: Operand) -> Tensor:
    """Whether x >= other, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.ge(jt.tensor([3.0, 2.0, 1.5]))
        tensor([False,  True,  True])
    """
def ger(x: Operand, vec2: Operand) -> Tensor:
    """The products of each element with each one of `vec2`: (m,) and (n,) give (m, n).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.ger(jt.tensor([3.0, 4.0]))
        tensor([[3., 4.],
                [6., 8.]])
    """
def greater(x: Operand, other: Operand) -> Tensor:
    """Whether x > other, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.greater(jt.tensor([3.0, 2.0, 1.5]))
        tensor([False, False,  True])
    """
def gt(x: Operand, other: Operand) -> Tensor:
    """Whether x > other, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.gt(jt.tensor([3.0, 2.0, 1.5]))
        tensor([False, False,  True])
    """
def hypot(x: Operand, other: Operand) -> Tensor:
    """Euclidean length, element by element; derivative zero at the origin, where it has no second one: NaN.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.hypot(jt.tensor([3.0, 2.0, 1.5]))
        tensor([3.16227766, 2.82842712, 3.35410197])
    """
def index_select(x: Operand, dim: Int, index: Operand) -> Tensor:
    """Slices along `dim` by their numbers: `index` is a vector of integers.

    Raises:
        IndexError: a number that there is not.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> x.index_select(1, jt.tensor([1, 1]))
        tensor([[2., 2.],
                [4., 4.]])
    """
def is_floating_point(x: Operand) -> Bool:
    """Whether the elements are real numbers, and not integers or truth values.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.is_floating_point(), x.long().is_floating_point()
        (True, False)
    """
def is_tensor(x: Any) -> Bool:
    """Whether an object is a tensor of jittape.

    Args:
        x: anything.

    Example:
        >>> import jittape as jt
        >>> jt.is_tensor(jt.ones(2)), jt.is_tensor(1.0)
        (True, False)
    """
def isfinite(x: Operand) -> Tensor:
    """Whether each element is neither infinite nor NaN.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, float("inf")])
        >>> x.isfinite()
        tensor([ True, False])
    """
def isinf(x: Operand) -> Tensor:
    """Whether each element is infinite, of either sign.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, float("-inf")])
        >>> x.isinf()
        tensor([False,  True])
    """
def isnan(x: Operand) -> Tensor:
    """Whether each element is NaN.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, float("nan")])
        >>> x.isnan()
        tensor([False,  True])
    """
def le(x: Operand, other: Operand) -> Tensor:
    """Whether x <= other, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.le(jt.tensor([3.0, 2.0, 1.5]))
        tensor([ True,  True, False])
    """
def lerp(x: Operand, end: Operand, weight: Operand) -> Tensor:
    """Between x and `end`: x + weight * (end - x), of shapes that broadcast.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.0, 10.0])
        >>> x.lerp(jt.tensor([1.0, 20.0]), 0.5)
        tensor([ 0.5, 15. ])
    """
def less(x: Operand, other: Operand) -> Tensor:
    """Whether x < other, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.less(jt.tensor([3.0, 2.0, 1.5]))
        tensor([ True, False, False])
    """
def lgamma(x: Operand) -> Tensor:
    """Logarithm of the absolute value of the gamma function, element by element.

    Derivative: digamma(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.lgamma()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.572365, -1.96351)
    """
def log(x: Operand) -> Tensor:
    """Natural logarithm, element by element.

    Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / x.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.log()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (-0.693147, 2.0)
    """
def log10(x: Operand) -> Tensor:
    """Logarithm to base ten, element by element.

    Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / (x * log(10)).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.log10()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (-0.30103, 0.868589)
    """
def log1p(x: Operand) -> Tensor:
    """log(1 + x), accurate near zero, element by element.

    Domain: x > -1 (minus infinity at -1); NaN elsewhere. Derivative: 1 / (1 + x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.log1p()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.405465, 0.666667)
    """
def log2(x: Operand) -> Tensor:
    """Logarithm to base two, element by element.

    Domain: x > 0 (minus infinity at 0); NaN elsewhere. Derivative: 1 / (x * log(2)).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.log2()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (-1.0, 2.88539)
    """
def log_softmax(x: Operand, dim: Int, dtype: DTypeLike | None = None) -> Tensor:
    """The logarithm of `softmax` along `dim`, without overflow; `dtype` is what the elements are converted to first.

    Raises:
        NotImplementedError: the elements are integers.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.0, 0.0])
        >>> x.log_softmax(0).exp()
        tensor([0.5, 0.5])
    """
def logaddexp(x: Operand, other: Operand) -> Tensor:
    """log(exp(x) + exp(other)) without overflow, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.logaddexp(jt.tensor([3.0, 2.0, 1.5]))
        tensor([3.12692801, 2.69314718, 3.20141328])
    """
def logical_not(x: Operand) -> Tensor:
    """Whether each element is zero.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.0, 2.0])
        >>> x.logical_not()
        tensor([ True, False])
    """
def logit(x: Operand) -> Tensor:
    """log(x / (1 - x)), of each element, which is taken between `eps` and 1 - `eps` where that is given.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.5, 1.0])
        >>> x.logit(eps=0.5)
        tensor([0., 0.])
    """
def logsumexp(x: Operand, dim: Dims, keepdim: Bool = False) -> Tensor:
    """log(sum(exp(x))) along `dim`, a dimension or several, without overflow; `keepdim` keeps them with length one.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1000.0, 1000.0])
        >>> x.logsumexp(0)
        tensor(1000.69314718)
    """
def lt(x: Operand, other: Operand) -> Tensor:
    """Whether x < other, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.lt(jt.tensor([3.0, 2.0, 1.5]))
        tensor([ True, False, False])
    """
def masked_fill(x: Operand, mask: Operand, value: Operand) -> Tensor:
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
def matmul(x: Operand, other: Operand) -> Tensor:
    """The product of matrices x @ other: vectors, matrices, and stacks of them, (..., m, k) and (..., k, n).

    Raises:
        ShapeError: shapes that do not fit.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> x.matmul(jt.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
@overload
def max(x: Operand, dim: None = None, keepdim: Bool = False) -> Tensor: ...
@overload
def max(x: Operand, dim: Int, keepdim: Bool = False) -> MinMax: ...
@overload
def max(x: Operand, dim: Tensor) -> Tensor: ...
def maximum(x: Operand, other: Operand) -> Tensor:
    """Larger of two, NaN if either is, element by element; ties share halves.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.maximum(jt.tensor([3.0, 2.0, 1.5]))
        tensor([3., 2., 3.])
    """
def mean(x: Operand, dim: Dims = None, keepdim: Bool = False, *, axis: Dims = None, keepdims: Bool | None = None, dtype: DTypeLike | None = None) -> Tensor:
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
@overload
def min(x: Operand, dim: None = None, keepdim: Bool = False) -> Tensor: ...
@overload
def min(x: Operand, dim: Int, keepdim: Bool = False) -> MinMax: ...
@overload
def min(x: Operand, dim: Tensor) -> Tensor: ...
def minimum(x: Operand, other: Operand) -> Tensor:
    """Smaller of two, NaN if either is, element by element; ties share halves.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.minimum(jt.tensor([3.0, 2.0, 1.5]))
        tensor([1. , 2. , 1.5])
    """
def mm(x: Operand, mat2: Operand) -> Tensor:
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
def mul(x: Operand, other: Operand) -> Tensor:
    """Product, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Derivative: other by x, x by other.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.mul(jt.tensor([3.0, 2.0, 1.5]))
        tensor([3. , 4. , 4.5])
    """
def multiply(x: Operand, other: Operand) -> Tensor:
    """Product, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Derivative: other by x, x by other.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.multiply(jt.tensor([3.0, 2.0, 1.5]))
        tensor([3. , 4. , 4.5])
    """
def mv(x: Operand, vec: Operand) -> Tensor:
    """The product of a matrix (m, n) and a vector (n,), `vec`.

    Raises:
        ShapeError: other shapes.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> x.mv(jt.tensor([1.0, 10.0]))
        tensor([21., 43.])
    """
def ne(x: Operand, other: Operand) -> Tensor:
    """Whether x != other, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.ne(jt.tensor([3.0, 2.0, 1.5]))
        tensor([ True, False,  True])
    """
def neg(x: Operand) -> Tensor:
    """Negation, element by element.

    Derivative: -1.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.neg()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (-0.5, -1.0)
    """
def negative(x: Operand) -> Tensor:
    """Negation, element by element.

    Derivative: -1.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.negative()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (-0.5, -1.0)
    """
def norm(x: Operand, p: Float | str = 2, dim: Dims = None, keepdim: Bool = False, dtype: DTypeLike | None = None) -> Tensor:
    """The p-norm of all elements, or along `dim`, which `keepdim` keeps with length one: (sum of abs(x)**p)**(1/p).

    `p` may be infinite, or "fro", the same as 2, or "nuc", the sum of the singular values of matrices; `dtype` is what the elements are
    converted to first.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([3.0, -4.0])
        >>> x.norm(), x.norm(1), x.norm(float("inf"))
        (tensor(5.), tensor(7.), tensor(4.))
    """
def numel(x: Operand) -> Int:
    """How many elements the tensor has.

    Example:
        >>> import jittape as jt
        >>> jt.ones(2, 3).numel()
        6
    """
def outer(x: Operand, vec2: Operand) -> Tensor:
    """The products of each element with each one of `vec2`: (m,) and (n,) give (m, n).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.outer(jt.tensor([3.0, 4.0]))
        tensor([[3., 4.],
                [6., 8.]])
    """
def permute(x: Operand, *dims: Int | Sequence[Int]) -> Tensor:
    """The dimensions in another order, a view: `dims` are their numbers, one by one or in a sequence.

    Raises:
        ShapeError: `dims` does not name each dimension once.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, 3, 4)
        >>> x.permute(2, 0, 1).shape
        jittape.Size([4, 2, 3])
    """
def positive(x: Operand) -> Tensor:
    """The tensor itself.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, -2.0])
        >>> x.positive()
        tensor([ 1., -2.])
    """
def pow(x: Operand, exponent: Operand) -> Tensor:
    """The power x**exponent, of shapes that broadcast: `exponent` is a tensor or a number.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.pow(2)
        tensor([1., 4., 9.])
    """
def prod(x: Operand, dim: Dims = None, keepdim: Bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
    """The product of all elements, or along `dim`, which `keepdim` keeps with length one; `dtype` is what the elements are converted to first.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> x.prod(), x.prod(0)
        (tensor(24.), tensor([3., 8.]))
    """
def rad2deg(x: Operand) -> Tensor:
    """Radians to degrees, element by element.

    Derivative: 180 / pi.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.rad2deg()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (28.64789, 57.29578)
    """
def reciprocal(x: Operand) -> Tensor:
    """Reciprocal, element by element.

    Derivative: -z * z, where z is the result.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.reciprocal()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (2.0, -4.0)
    """
def relu(x: Operand) -> Tensor:
    """max(x, 0), element by element; relu'(0) = 0.

    Derivative: where(x > 0, 1, 0).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.relu()
        tensor([0. , 0. , 1.5])
    """
def remainder(x: Operand, other: Operand) -> Tensor:
    """Remainder with the sign of the divisor, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Derivative: 1 by x, -floor_divide(x, other) by other.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.remainder(jt.tensor([3.0, 2.0, 1.5]))
        tensor([1., 0., 0.])
    """
def reshape(x: Operand, *shape: Int | Sequence[Int]) -> Tensor:
    """The elements in another shape, a view where the memory allows it.

    `shape` is given as numbers or as one sequence; one length may be -1, and follows from the others.

    Raises:
        ShapeError: the shape is of another number of elements.

    Example:
        >>> import jittape as jt
        >>> x = jt.arange(6)
        >>> x.reshape(2, -1)
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
def roll(x: Operand, shifts: Int | Sequence[Int], dims: Dims = None) -> Tensor:
    """The elements moved by `shifts` places along the dimensions `dims`, those at the end to the front; without `dims`, in the flattened tensor.

    Example:
        >>> import jittape as jt
        >>> x = jt.arange(4)
        >>> x.roll(1)
        tensor([3, 0, 1, 2])
    """
def round(x: Operand, *, decimals: Int = 0) -> Tensor:
    """The nearest integers, of two as near the even one; with `decimals`, the nearest numbers of so many digits after the point. The derivative is zero.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.5, 1.5, 2.26])
        >>> x.round(), x.round(decimals=1)
        (tensor([0., 2., 2.]), tensor([0.5, 1.5, 2.3]))
    """
def rsqrt(x: Operand) -> Tensor:
    """One over the square root of each element; NaN where that is negative.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 4.0])
        >>> x.rsqrt()
        tensor([1. , 0.5])
    """
def sgn(x: Operand) -> Tensor:
    """Sign, element by element; derivative zero.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.sgn()
        tensor([-1.,  0.,  1.])
    """
def sigmoid(x: Operand) -> Tensor:
    """Logistic function, element by element.

    Derivative: 0.25 * sech_squared(0.5 * x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.sigmoid()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.622459, 0.235004)
    """
def sign(x: Operand) -> Tensor:
    """Sign, element by element; derivative zero.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.sign()
        tensor([-1.,  0.,  1.])
    """
def sin(x: Operand) -> Tensor:
    """Sine, element by element.

    Derivative: cos(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.sin()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.479426, 0.877583)
    """
def sinc(x: Operand) -> Tensor:
    """sin(pi x) / (pi x), element by element.

    Derivative: sincn(1, x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.sinc()
        tensor([-0.21220659,  1.        , -0.21220659])
    """
def sinh(x: Operand) -> Tensor:
    """Hyperbolic sine, element by element.

    Derivative: cosh(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.sinh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.521095, 1.127626)
    """
def softmax(x: Operand, dim: Int, dtype: DTypeLike | None = None) -> Tensor:
    """exp(x) / sum(exp(x)) along `dim`, without overflow; `dtype` is what the elements are converted to first.

    Raises:
        NotImplementedError: the elements are integers.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.0, 0.0])
        >>> x.softmax(0)
        tensor([0.5, 0.5])
    """
def softplus(x: Operand) -> Tensor:
    """log(1 + exp(x)) of each element, without overflow; the derivative is sigmoid(x).

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.0, 1000.0])
        >>> x.softplus()
        tensor([6.93147181e-01, 1.00000000e+03])
    """
def split(x: Operand, split_size: Int | Sequence[Int], dim: Int = 0) -> tuple[Tensor, ...]:
    """Parts along `dim` of `split_size` slices each, the last one may be smaller; or of the sizes in a sequence. Views.

    Raises:
        ShapeError: the sizes do not sum to the length of the dimension.
        RuntimeError: the tensor has no dimensions.

    Example:
        >>> import jittape as jt
        >>> x = jt.arange(5)
        >>> x.split(2)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
        >>> x.split([1, 4])
        (tensor([0]), tensor([1, 2, 3, 4]))
    """
def sqrt(x: Operand) -> Tensor:
    """Square root, element by element; sqrt'(0) = inf.

    Domain: x >= 0; NaN elsewhere. Derivative: 0.5 / z, where z is the result.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([0.0, 0.25, 1.0])
        >>> x.sqrt()
        tensor([0. , 0.5, 1. ])
    """
def square(x: Operand) -> Tensor:
    """Square, element by element.

    Derivative: 2 * x.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.square()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.25, 1.0)
    """
def squeeze(x: Operand, dim: Dims = None) -> Tensor:
    """The tensor without dimensions of length one: all of them, or those of `dim`, a number or several; a view.

    Raises:
        IndexError: there is no such dimension.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(1, 2, 1)
        >>> x.squeeze().shape, x.squeeze(0).shape
        (jittape.Size([2]), jittape.Size([2, 1]))
    """
def stack(tensors: Sequence[Operand], dim: Int = 0, *, out: Any = None) -> Tensor:
    """Join tensors of one shape along a new dimension.

    Args:
        tensors: a sequence of tensors, of one shape.
        dim: where the new dimension stands in the result.
        out: a tensor that the result is written to.

    Raises:
        ShapeError: shapes that differ, or no tensors.

    Example:
        >>> import jittape as jt
        >>> jt.stack([jt.zeros(2), jt.ones(2)])
        tensor([[0., 0.],
                [1., 1.]])
    """
def std(x: Operand, dim: Dims = None, unbiased: Bool | None = None, keepdim: Bool = False, *, correction: Float = 1) -> Tensor:
    """The standard deviation of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one.

    It is the root of `var`, whose arguments `unbiased` and `correction` it has.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.std()
        tensor(1.)
    """
def sub(x: Operand, other: Operand, *, alpha: Operand = 1) -> Tensor:
    """The difference x - alpha * other, of shapes that broadcast: `other` is a tensor or a number.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.sub(1.0)
        tensor([0., 1.])
    """
def subtract(x: Operand, other: Operand, *, alpha: Operand = 1) -> Tensor:
    """The difference x - alpha * other, of shapes that broadcast: `other` is a tensor or a number.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0])
        >>> x.subtract(1.0)
        tensor([0., 1.])
    """
def sum(x: Operand, dim: Dims = None, keepdim: Bool = False, *, axis: Dims = None, keepdims: Bool | None = None, dtype: DTypeLike | None = None) -> Tensor:
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
def swapaxes(x: Operand, dim0: Int, dim1: Int) -> Tensor:
    """The dimensions `dim0` and `dim1` change places, a view.

    Raises:
        IndexError: there is no such dimension.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, 3, 4)
        >>> x.swapaxes(0, 2).shape
        jittape.Size([4, 3, 2])
    """
def t(x: Operand) -> Tensor:
    """The transpose of a matrix, a view; a tensor of fewer dimensions is itself.

    Raises:
        ShapeError: the tensor has more than two dimensions.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, 3)
        >>> x.t().shape
        jittape.Size([3, 2])
    """
def tan(x: Operand) -> Tensor:
    """Tangent, element by element.

    Derivative: 1 + z * z, where z is the result.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.tan()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.546302, 1.298446)
    """
def tanh(x: Operand) -> Tensor:
    """Hyperbolic tangent, element by element.

    Derivative: 1 - z * z, where z is the result.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor(0.5, requires_grad=True)
        >>> y = x.tanh()
        >>> y.backward()
        >>> round(y.item(), 6), round(x.grad.item(), 6)
        (0.462117, 0.786448)
    """
def tensordot(a: Operand, b: Operand, dims: Any = 2) -> Tensor:
    """Sums of products over some axes of two tensors.

    Args:
        a, b: the tensors.
        dims: how many of the last axes of a meet the first ones of b, or two sequences of axes that meet.

    Raises:
        ShapeError: axes of different lengths meet.

    Example:
        >>> import jittape as jt
        >>> jt.tensordot(jt.ones(2, 3), jt.ones(3, 4), 1).shape
        jittape.Size([2, 4])
    """
def trace(x: Operand) -> Tensor:
    """The sum of the diagonal of a matrix.

    Raises:
        ShapeError: it is no matrix.

    Example:
        >>> import jittape as jt
        >>> x = jt.eye(3)
        >>> x.trace()
        tensor(3.)
    """
def transpose(x: Operand, dim0: Int, dim1: Int) -> Tensor:
    """The dimensions `dim0` and `dim1` change places, a view.

    Raises:
        IndexError: there is no such dimension.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, 3, 4)
        >>> x.transpose(0, 2).shape
        jittape.Size([4, 3, 2])
    """
def tril(x: Operand, diagonal: Int = 0) -> Tensor:
    """The lower triangles of matrices, zeros above: up to number `diagonal` above the main one.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(3, 3)
        >>> x.tril()
        tensor([[1., 0., 0.],
                [1., 1., 0.],
                [1., 1., 1.]])
    """
def triu(x: Operand, diagonal: Int = 0) -> Tensor:
    """The upper triangles of matrices, zeros below: from number `diagonal` above the main one on.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(3, 3)
        >>> x.triu(1)
        tensor([[0., 1., 1.],
                [0., 0., 1.],
                [0., 0., 0.]])
    """
def true_divide(x: Operand, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """The quotient x / other, of shapes that broadcast.

    With `rounding_mode` "floor" it is rounded down, with "trunc" towards zero: the derivative is zero then.

    Raises:
        RuntimeError: another `rounding_mode`.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, -3.0])
        >>> x.true_divide(2.0), x.true_divide(2.0, rounding_mode="trunc")
        (tensor([ 0.5, -1.5]), tensor([ 0., -1.]))
    """
def trunc(x: Operand) -> Tensor:
    """Round towards zero, element by element; derivative zero.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([-1.5, 0.0, 1.5])
        >>> x.trunc()
        tensor([-1.,  0.,  1.])
    """
def unbind(x: Operand, dim: Int = 0) -> tuple[Tensor, ...]:
    """The slices along `dim`, one by one; views.

    Raises:
        RuntimeError: the tensor has no dimensions.

    Example:
        >>> import jittape as jt
        >>> x = jt.eye(2)
        >>> x.unbind()
        (tensor([1., 0.]), tensor([0., 1.]))
    """
def unsqueeze(x: Operand, dim: Int) -> Tensor:
    """A new dimension of length one at place `dim` of the result, a view.

    Raises:
        IndexError: `dim` is no place among the dimensions.

    Example:
        >>> import jittape as jt
        >>> x = jt.ones(2, 3)
        >>> x.unsqueeze(0).shape, x.unsqueeze(-1).shape
        (jittape.Size([1, 2, 3]), jittape.Size([2, 3, 1]))
    """
def var(x: Operand, dim: Dims = None, unbiased: Bool | None = None, keepdim: Bool = False, *, correction: Float = 1) -> Tensor:
    """The variance of all elements, or along `dim`, a dimension or several, which `keepdim` keeps with length one.

    The squares are divided by n - correction: by n - 1 by default, by n where `unbiased` is False.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.var(), x.var(correction=0)
        (tensor(1.), tensor(0.66666667))
    """
@overload
def where(condition: Operand) -> tuple[Tensor, ...]: ...
@overload
def where(condition: Operand, x: Operand, y: Operand) -> Tensor: ...
def xlogy(x: Operand, other: Operand) -> Tensor:
    """x log(other), zero where x is, element by element.

    `other` is a tensor or a number, of a shape that broadcasts.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0, 3.0])
        >>> x.xlogy(jt.tensor([3.0, 2.0, 1.5]))
        tensor([1.09861229, 1.38629436, 1.21639532])
    """
