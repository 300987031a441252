"""The methods of tensors that are about complex numbers, those of complex tensors that differ from real ones', and PyTorch's errors for what it has not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.complexes import COMPLEX, ComplexArray
from jittape.array.state import complexly
from jittape.eager import inplace  # noqa: F401  (whose methods some here take the place of)
from jittape.eager.batched import Batched
from jittape.eager.calls import call
from jittape.eager.complex_calls import called, complex_dtype
from jittape.eager.complexes import CONJUGATED, ComplexTensor, as_complex_tensor, put_together
from jittape.eager.creation import generator
from jittape.eager.functions import into
from jittape.eager.methods import in_place_form, where
from jittape.eager.named import extend_named, named
from jittape.eager.shapes import axis_of, sizes_of
from jittape.eager.tensor import C_NAMES, FLOATS, NAMES, Tensor, concrete, tensor_given
from jittape.errors import ShapeError


@extend_named
class Complex:
    """The methods of Tensor that are about complex numbers; of a real tensor the conjugate is itself."""

    @property
    def real(self: Any) -> Tensor:
        """The real part, a view; a real tensor itself."""
        return self  # type: ignore[no-any-return]

    @real.setter
    def real(self: Any, value: Any) -> None:
        self.real.copy_(value)

    @property
    def imag(self: Any) -> Tensor:
        """The imaginary part of a complex tensor, a view.

        Raises:
            RuntimeError: the tensor is real.
        """
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")

    @imag.setter
    def imag(self: Any, value: Any) -> None:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")

    def _as_dtype(self: Any, dtype: Any) -> Tensor:
        """The same memory as numbers of another dtype."""
        if dtype == self.dtype:
            return self[...]  # type: ignore[no-any-return]
        if (self.dtype, dtype) not in COMPLEX.items() and (dtype, self.dtype) not in COMPLEX.items():
            raise RuntimeError(f"view of {NAMES[self.dtype]} as {dtype}: memory is looked at as complex numbers of its dtype, or as their parts; x.to(dtype) converts")
        words = f"to view {NAMES[self.dtype]} as {NAMES[dtype]} (different element sizes)"
        if not self.dim():
            raise RuntimeError(f"self.dim() cannot be 0 {words}")
        *rest, n = self.shape
        if self.has_parts:
            if self.conjugated:
                raise RuntimeError("torch.Tensor.view is not supported for conjugate view tensors when converting to a different dtype.")
            try:
                return self._in_pairs().view((*rest, 2 * n))  # type: ignore[no-any-return]
            except ShapeError:
                raise RuntimeError(f"self.stride(-1) must be 1 {words}, but got {self.stride(-1)}") from None
        if n % 2:
            raise RuntimeError(f"self.size(-1) must be divisible by 2 {words}, but got {n}")
        if self.is_leaf:
            if self.stride(-1) != 1:
                raise RuntimeError(f"self.stride(-1) must be 1 {words}, but got {self.stride(-1)}")
            for k, s in enumerate(self.stride()[:-1]):
                if s % 2:
                    raise RuntimeError(f"self.stride({k}) must be divisible by 2 {words}, but got {s}")
            if self.storage_offset() % 2:
                raise RuntimeError(f"self.storage_offset() must be divisible by 2 {words}, but got {self.storage_offset()}")
        return ComplexTensor(self.view((*rest, n // 2, 2)), made="ViewBackward0")

    @property
    def H(self: Any) -> Tensor:  # noqa: N802
        """The conjugate transpose of a matrix.

        Raises:
            RuntimeError: the tensor has one dimension, or more than two.
        """
        if self.dim() not in (0, 2):
            raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.dim()}-D tensor.")
        return self.T.conj()  # type: ignore[no-any-return]

    @property
    def mH(self: Any) -> Tensor:  # noqa: N802
        """The conjugate transpose of each matrix; the conjugate of a tensor without dimensions."""
        return (self.mT if self.dim() else self).conj()  # type: ignore[no-any-return]

    def adjoint(self: Any) -> Tensor:
        """The conjugate transpose of each matrix.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([[1.0, 2j]]).adjoint()
            tensor([[1.-0.j],
                    [0.-2.j]])
        """
        return self.mH  # type: ignore[no-any-return]

    def conj(self: Any) -> Tensor:
        """The complex conjugate, a view of a complex tensor; a real tensor itself.

        Example:
            >>> import jittape as jt
            >>> z = jt.tensor([1 + 2j])
            >>> z.conj()[0] = 3 + 4j
            >>> z, z.conj().is_conj(), z.conj().resolve_conj().is_conj()
            (tensor([3.-4.j]), True, False)
        """
        return self  # type: ignore[no-any-return]

    def conj_physical(self: Any) -> Tensor:
        """The complex conjugate in memory of its own; a real tensor itself.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([1 + 2j]).conj_physical().numpy()
            array([1.-2.j])
        """
        return self.conj().resolve_conj() if self.has_parts else self  # type: ignore[no-any-return]

    def resolve_conj(self: Any) -> Tensor:
        """The tensor itself; of what `conj` gave a copy, whose memory has the conjugates.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1 + 2j]).conj()
            >>> x.resolve_conj().is_conj()
            False
        """
        return self  # type: ignore[no-any-return]

    def resolve_neg(self: Any) -> Tensor:
        """The tensor itself: no tensor is negated lazily here.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.resolve_neg() is x, x.is_neg()
            (True, False)
        """
        return self  # type: ignore[no-any-return]

    def is_conj(self: Any) -> Any:
        """Whether this is a conjugate view.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1 + 2j])
            >>> x.is_conj(), x.conj().is_conj()
            (False, True)
        """
        return False

    def is_neg(self: Any) -> Any:
        """Whether this is a view with negative signs: none is here.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([-1.0]).is_neg()
            False
        """
        return False

    def angle(self: Any) -> Tensor:
        """The angle in the complex plane, in (-pi, pi]; of a real number zero or pi.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([1 + 1j, -2.0]).angle() / jt.tensor(3.141592653589793)
            tensor([0.25, 1.  ])
        """
        if self.has_parts:
            return call(np.angle, self)  # type: ignore[no-any-return]
        x = self.to(self.dtype if self.dtype in FLOATS else np.float32)
        return where(x.detach() < 0, math.pi, x * 0.0)  # type: ignore[no-any-return]

    def isreal(self: Any) -> Tensor:
        """Where imaginary parts are zero.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([1j, 2.0]).isreal()
            tensor([False,  True])
        """
        return concrete(np.isreal(self.values()))

    def cfloat(self: Any) -> Tensor:
        """The tensor as complex64.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0])
            >>> x.cfloat().dtype, x.cdouble().dtype
            (dtype('complex64'), dtype('complex128'))
        """
        return self.to(np.complex64)  # type: ignore[no-any-return]

    def cdouble(self: Any) -> Tensor:
        """The tensor as complex128."""
        return self.to(np.complex128)  # type: ignore[no-any-return]


class OfComplex:
    """The methods of complex tensors that differ from those of real ones."""

    @property
    def real(self: Any) -> Tensor:
        return self._viewed()[..., 0]  # type: ignore[no-any-return]

    @real.setter
    def real(self: Any, value: Any) -> None:
        self.parts[..., 0] = value

    @property
    def imag(self: Any) -> Tensor:
        im = self._viewed()[..., 1]
        return -im if self.conjugated else im  # type: ignore[no-any-return]

    @imag.setter
    def imag(self: Any, value: Any) -> None:
        self.parts[..., 1] = -value if self.conjugated else value

    def conj(self: Any) -> Tensor:
        return ComplexTensor(self._viewed()[...], not self.conjugated, "ConjBackward0")

    def resolve_conj(self: Any) -> Tensor:
        return called(np.positive, (self,), {}, ordered=False, made="CloneBackward0") if self.conjugated else self  # type: ignore[no-any-return]

    def is_conj(self: Any) -> Any:
        return self.conjugated

    def is_complex(self: Any) -> Any:
        return True

    def is_signed(self: Any) -> Any:
        return True

    # --- how it lies -----------------------------------------------------------------------------------------------------------

    def view(self: Any, *shape: Any) -> Tensor:
        if len(shape) == 1 and isinstance(shape[0], np.dtype):
            return self._as_dtype(shape[0])  # type: ignore[no-any-return]
        return ComplexTensor(self._in_pairs().view((*sizes_of(shape, "view"), 2)), self.conjugated, "ViewBackward0")

    def stride(self: Any, dim: Any = None) -> Any:
        lies = self._lies()
        strides = tuple(s // lies.itemsize for s in lies.strides)
        return strides if dim is None else strides[axis_of(self, dim)]

    def storage_offset(self: Any) -> int:
        return self.parts.storage_offset() // 2  # type: ignore[no-any-return]

    def data_ptr(self: Any) -> int:
        return self.parts.data_ptr()  # type: ignore[no-any-return]

    def as_strided(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
        parts = self._in_pairs().as_strided((*size, 2), (*(2 * s for s in stride), 1), None if storage_offset is None else 2 * storage_offset)
        return ComplexTensor(parts, self.conjugated, "AsStridedBackward0")

    # --- what computes otherwise --------------------------------------------------------------------------------------------------

    def vdot(self: Any, other: Any) -> Tensor:
        """The product with the conjugate of this vector."""
        return self.conj().dot(tensor_given(other, "vdot", "other"))  # type: ignore[no-any-return]

    def logaddexp(self: Any, other: Any) -> Tensor:
        dtype = complex_dtype((self, other))
        x, y = (as_complex_tensor(t, dtype) for t in (self, other))
        larger = x.detach().real >= y.detach().real
        high, low = where(larger, x, y), where(larger, y, x)
        return high + (low - high).exp().log1p()  # type: ignore[no-any-return]

    def logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Tensor:
        axes = axis_of(self, dim)
        top = np.max(self.detach().values().real, axis=axes, keepdims=True, initial=-np.inf)
        top = np.where(np.isfinite(top), top, 0).astype(self.parts.dtype)
        out = (self - top).exp().sum(axes, keepdim=True).log() + top
        return out if keepdim else out.squeeze(axes)  # type: ignore[no-any-return]

    def sinc(self: Any) -> Tensor:
        at = self.detach() == 0
        z = where(at, 1.0, self) * math.pi
        return where(at, 1.0, z.sin() / z)  # type: ignore[no-any-return]

    def nan_to_num(self: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
        x = self.resolve_conj()
        return put_together(x.real.nan_to_num(nan, posinf, neginf), x.imag.nan_to_num(nan, posinf, neginf), "NanToNumBackward0")  # type: ignore[no-any-return]

    def matrix_exp(self: Any) -> Tensor:
        from jittape.functions.decompositions import exponential  # for start-up time

        if self.dim() < 2 or self.shape[-1] != self.shape[-2]:
            raise RuntimeError(f"linalg.matrix_exp: A must be batches of square matrices, but it has shape {list(self.shape)}")

        def of_matrices(a: Any) -> Any:
            return complexly().by_blocks(exponential, a) if isinstance(a, ComplexArray) else exponential(a)

        return call(of_matrices, self)  # type: ignore[no-any-return]

    def logdet(self: Any) -> Tensor:
        sign, log = self.slogdet()
        return sign.log() + log  # type: ignore[no-any-return]

    def cov(self: Any, *, correction: int = 1) -> Tensor:
        """Covariances of the rows."""
        rows = self.reshape(1, -1) if self.dim() < 2 else self
        apart = rows - rows.mean(1, keepdim=True)
        return (apart @ apart.mH / (rows.shape[1] - correction)).squeeze()  # type: ignore[no-any-return]

    def corrcoef(self: Any) -> Tensor:
        """Correlations of the rows."""
        c = self.cov()
        if not c.dim():
            return c / c  # type: ignore[no-any-return]
        length = c.diagonal().real.sqrt()
        return c / length[:, None] / length[None, :]  # type: ignore[no-any-return]

    def uniform_(self: Any, low: Any = 0.0, high: Any = 1.0) -> Tensor:
        self.parts.uniform_(low, high)
        return self  # type: ignore[no-any-return]

    def normal_(self: Any, mean: Any = 0.0, std: Any = 1.0) -> Tensor:
        """Normal numbers, of which real and imaginary part have half the variance each."""
        pairs = generator().normal(0.0, std * math.sqrt(0.5), (*self.shape, 2)).astype(self.parts.dtype)
        return self._set(pairs[..., 0] + mean + 1j * pairs[..., 1])  # type: ignore[no-any-return]

    def apply_(self: Any, f: Any) -> Tensor:
        if self.requires_grad:
            raise RuntimeError("apply_() cannot be called on a tensor that requires grad; write the function with tensors")
        return self._set(np.vectorize(f, otypes=[self.dtype])(self.values()))  # type: ignore[no-any-return]


KERNELS = {
    "amax": "max_values_cpu", "amin": "min_values_cpu", "aminmax": "aminmax_cpu", "max": "max_all", "min": "min_all", "bincount": "bincount_cpu", "histc": "aminmax_cpu",
    "bitwise_and": "bitwise_and_cpu", "bitwise_or": "bitwise_or_cpu", "bitwise_xor": "bitwise_xor_cpu", "bitwise_not": "bitwise_not_cpu",
    "bitwise_left_shift": "lshift_cpu", "bitwise_right_shift": "rshift_cpu", "clamp_max": "minimum_cpu", "clamp_min": "maximum_cpu", "cummax": "cummax_cpu",
    "cummin": "cummin_cpu", "frac": "frac_cpu", "gcd": "gcd_cpu", "lcm": "lcm_cpu", "i0": "i0_vml_cpu", "igamma": "igamma_cpu", "igammac": "igammac_cpu",
    "kthvalue": "kthvalue_cpu", "log_softmax": "log_softmax_kernel_impl", "softmax": "softmax_kernel_impl", "softmin": "softmax_kernel_impl",
    "logaddexp2": "logaddexp2_cpu", "median": "median_cpu", "nanmedian": "median_cpu", "mode": "mode_cpu", "mvlgamma": "arange_cpu", "nextafter": "nextafter_cpu",
    "polygamma": "digamma", "unique": "unique", "unique_consecutive": "unique", "bernoulli_": "bernoulli_scalar_cpu_", "log_normal_": "log_normal_cpu",
    "random_": "random_kernel_cpu", "softplus": "softplus_cpu", "__and__": "bitwise_and_cpu", "__or__": "bitwise_or_cpu", "__xor__": "bitwise_xor_cpu",
    "__rand__": "bitwise_and_cpu", "__ror__": "bitwise_or_cpu", "__rxor__": "bitwise_xor_cpu", "__lshift__": "lshift_cpu", "__rshift__": "rshift_cpu",
}  # fmt: skip
"""Methods that PyTorch refuses for complex numbers -> the name that its message gives."""
REFUSED: dict[str, Exception] = {
    "sign": NotImplementedError("Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."),
    "signbit": NotImplementedError("signbit is not implemented for complex tensors."),
    "abs_": RuntimeError("In-place abs is not supported for complex tensors."),
    "absolute_": RuntimeError("In-place abs is not supported for complex tensors."),
    "argmax": RuntimeError("argmax(): does not support complex input"),
    "argmin": RuntimeError("argmin(): does not support complex input"),
    "argsort": RuntimeError(" Sort does not support complex dtypes on CPU"),
    "sort": RuntimeError(" Sort does not support complex dtypes on CPU"),
    "msort": RuntimeError(" Sort does not support complex dtypes on CPU"),
    "topk": RuntimeError(" topk does not support complex dtypes on CPU"),
    "heaviside": RuntimeError("heaviside is not yet implemented for complex tensors."),
    "isneginf": RuntimeError("isneginf does not support complex inputs."),
    "isposinf": RuntimeError("isposinf does not support complex inputs."),
    "nansum": RuntimeError("nansum on CPU does not support complex inputs"),
    "nanmean": RuntimeError("nansum on CPU does not support complex inputs"),
    "frexp": RuntimeError("torch.frexp() only supports floating-point dtypes"),
    "quantile": RuntimeError("quantile() input tensor must be either float or double dtype"),
    "nanquantile": RuntimeError("nanquantile() input tensor must be either float or double dtype"),
    "cauchy_": RuntimeError("Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you specified {c10}"),
    "exponential_": RuntimeError("Exponential distribution is a continuous probability distribution. dtype must be a floating point but you specified {name}"),
    "geometric_": NotImplementedError("\"geometric_cpu\" not implemented for '{name}'"),
    "__invert__": TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors"),
    "__round__": TypeError("type Tensor doesn't define __round__ method"),
}
"""Those with other errors."""


def _refused(error: Exception) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise type(error)(str(error).replace("{name}", NAMES[self.dtype]).replace("{c10}", C_NAMES[self.dtype]))

    return method


def install() -> None:
    """Give ComplexTensor its methods, and those that are errors."""
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "and", "or", "xor", "pow", "matmul"):
        setattr(ComplexTensor, f"__i{name}__", lambda self, other, name=name: self._become(getattr(self, f"__{name}__")(other)))
    for name, member in vars(OfComplex).items():
        if callable(member) and not name.startswith("__"):
            member.__qualname__ = f"{Tensor.__qualname__}.{name}"
            setattr(ComplexTensor, name, named(member, name) if member.__code__.co_argcount > 1 else member)
            if hasattr(Tensor, f"{name}_") and not name.endswith("_"):
                setattr(ComplexTensor, f"{name}_", named(member, f"{name}_", in_place=True))
        elif isinstance(member, property):
            setattr(ComplexTensor, name, member)
    errors = {name: NotImplementedError(f"\"{kernel}\" not implemented for '{{name}}'") for name, kernel in KERNELS.items()} | REFUSED
    for name, error in errors.items():
        for form in (name, f"{name}_"):
            if (form == name or not name.endswith("_")) and hasattr(Tensor, form) and form not in vars(ComplexTensor):
                method = _refused(error)
                method.__name__, method.__qualname__ = form, f"{Tensor.__qualname__}.{form}"
                setattr(ComplexTensor, form, method)


Tensor.conj_physical_ = in_place_form("conj_physical")  # type: ignore[method-assign, assignment]


# --- functions -----------------------------------------------------------------------------------------------------------------


def view_as_real(input: Any) -> Tensor:
    """The pairs of real and imaginary parts of a complex tensor, of shape (*shape, 2): a view.

    Args:
        input: the complex tensor.

    Raises:
        RuntimeError: the tensor is real, or a conjugate view.

    Example:
        >>> import jittape.torch as torch
        >>> z = torch.tensor([1 + 2j])
        >>> torch.view_as_real(z)[0, 1] = 5.0
        >>> z
        tensor([1.+5.j])
    """
    z = tensor_given(input, "view_as_real", "input")
    if not isinstance(z, ComplexTensor):
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if z.conjugated:
        raise RuntimeError(CONJUGATED)
    return z._in_pairs()[...]  # type: ignore[no-any-return]


def view_as_complex(input: Any) -> Tensor:
    """The complex tensor whose real and imaginary parts stand in the last axis of a real one: a view.

    Args:
        input: the real tensor, of shape (*shape, 2).

    Raises:
        RuntimeError: the last axis is not of length two, or its elements do not stand side by side in memory; the tensor is no real one.

    Example:
        >>> import jittape.torch as torch
        >>> torch.view_as_complex(torch.tensor([[1.0, 2.0], [0.0, -1.0]]))
        tensor([1.+2.j, 0.-1.j])
    """
    x = tensor_given(input, "view_as_complex", "input")
    if x.dtype not in FLOATS:
        raise RuntimeError(f"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: {NAMES[x.dtype]}")
    if not x.dim():
        raise RuntimeError("Input tensor must have one or more dimensions")
    if x.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if x.numel() and not isinstance(x, Batched):
        if x.stride(-1) != 1:  # type: ignore[attr-defined]
            raise RuntimeError("Tensor must have a last dimension with stride 1")
        if any(s % 2 for s in x.stride()[:-1]):  # type: ignore[attr-defined]
            raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
        if x.storage_offset() % 2:  # type: ignore[attr-defined]
            raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return ComplexTensor(x[...], made="ViewAsComplexBackward0")


def _of_one_dtype(a: Any, b: Any, function: str) -> None:
    if a.dtype not in FLOATS or b.dtype not in FLOATS:
        words = " and ".join(NAMES[t.dtype] for t in (a, b))
        raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {words}")
    if a.dtype != b.dtype:
        raise RuntimeError(f"Expected object of scalar type {NAMES[a.dtype]} but got scalar type {NAMES[b.dtype]} for second argument")


def complex(real: Any, imag: Any, *, out: Any = None) -> Tensor:
    """The complex tensor of a real and an imaginary part, which broadcast.

    Args:
        real, imag: real tensors of one dtype.
        out: a tensor for the result, or None.

    Raises:
        RuntimeError: these are no real tensors of one dtype.

    Example:
        >>> import jittape.torch as torch
        >>> torch.complex(torch.tensor([1.0, 2.0]), torch.tensor(3.0))
        tensor([1.+3.j, 2.+3.j])
    """
    _of_one_dtype(tensor_given(real, "complex", "real"), tensor_given(imag, "complex", "imag"), "complex")
    result = put_together(real, imag, "ComplexBackward0")
    return result if out is None else into("complex", out, result)  # type: ignore[no-any-return]


def polar(abs: Any, angle: Any, *, out: Any = None) -> Tensor:
    """The complex tensor of lengths and angles: abs * exp(i angle).

    Args:
        abs, angle: real tensors of one dtype, which broadcast.
        out: a tensor for the result, or None.

    Raises:
        RuntimeError: these are no real tensors of one dtype.

    Example:
        >>> import jittape.torch as torch
        >>> torch.polar(torch.tensor([2.0]), torch.tensor([0.0]))
        tensor([2.+0.j])
    """
    _of_one_dtype(tensor_given(abs, "polar", "abs"), tensor_given(angle, "polar", "angle"), "polar")
    result = put_together(abs * angle.cos(), abs * angle.sin(), "PolarBackward0")
    return result if out is None else into("polar", out, result)  # type: ignore[no-any-return]


install()

