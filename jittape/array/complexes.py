"""Recorded complex arrays: a pair of recorded real ones, of real and imaginary parts.

`ComplexArray.of_parts(re, im)` makes one of two real arrays of the same shape (recorded, plain, or numbers, as long as one of them is
recorded), and `z.re`, `z.im` are its parts. `split(x)` takes anything apart: (re, im) of a recorded or plain, complex or real operand;
`pair(tape, re, im)` puts two results together, of which both may be plain. The rules for NumPy's functions are in
`jittape/functions/complexes`; there, `implements(np.f, ...)` registers one.

Each part has its slots, its layout and its store, so that tapes, sweeps, guards, lanes and loops are real ones. Where a rule for real numbers
comes upon a complex array (it asks for its slots), `ComplexOperand` is raised, and whoever called the rule asks those for complex numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Rational
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from jittape.array.append import Shape, constant_operand
from jittape.array.array import Array, Mask, plain_key
from jittape.array.constants import OTHERS, constants
from jittape.array.layout import lies_in
from jittape.array.operators import defer
from jittape.array.state import ComplexOperand, check, complexly, lost, mismatch
from jittape.errors import RecordingError, TapeMismatchError
from jittape.tape.tape import Tape

Part = Any
"""A real or an imaginary part: a recorded real array, an ndarray, or a number."""
COMPLEX: dict[Any, Any] = {np.dtype(np.float64): np.dtype(np.complex128), np.dtype(np.float32): np.dtype(np.complex64)}
"""The dtype of complex numbers whose parts are of a tape's dtype."""
NO_COMPLEX = (
    "complex recorded values are not taken here, where numbers are real; take real and imaginary part (z.real, z.imag, np.abs(z), "
    "np.angle(z)), or make the array complex that they are stored in: np.zeros(n, complex) of jittape.numpy"
)


class ComplexArray(Array):
    """A recorded array of complex numbers.

    It behaves as an ndarray of complex numbers in arithmetic, indexing (assignment included) and NumPy's functions.
    """

    __slots__ = ("im", "re")
    re: Array
    """The real part, which `real` is, too; assignments to it are seen here."""
    im: Array
    is_complex: ClassVar[bool] = True

    def __init__(self, re: Array, im: Array) -> None:
        self.tape = re.tape
        self.re, self.im = re, im

    @classmethod
    def of_parts(cls, re: Part, im: Part) -> ComplexArray:
        """The complex array of a real and an imaginary part of one shape, of which one at least is recorded; recorded ones are kept, not copied.

        Raises:
            ValueError: the shapes differ.
            TapeMismatchError: the parts are of two recordings.

        Example:
            >>> import numpy as np, jittape as jt
            >>> from jittape.array.complexes import ComplexArray
            >>> jt.grad(lambda x: np.sum(np.abs(ComplexArray.of_parts(x, x + 1.0)) ** 2))(np.array([1.0, 2.0])).tolist()
            [6.0, 10.0]
        """
        tape = re.tape if isinstance(re, Array) else im.tape
        parts = lifted(tape, re), lifted(tape, im)
        if parts[0].shape != parts[1].shape:
            raise ValueError(f"real part of shape {parts[0].shape} and imaginary part of shape {parts[1].shape}")
        if parts[0].tape is not parts[1].tape:
            raise TapeMismatchError(mismatch(parts[0].tape, parts[1].tape))
        return cls(*parts)

    # --- what a rule for real numbers asks for -----------------------------------------------------------------------------

    @property
    def slots(self) -> NoReturn:
        raise ComplexOperand(NO_COMPLEX)

    slot = store = run = _slots = slots  # type: ignore[assignment]

    def _refused(self, *args: Any) -> NoReturn:
        raise ComplexOperand(NO_COMPLEX)

    @classmethod
    def of(cls, *args: Any) -> NoReturn:
        raise ComplexOperand(NO_COMPLEX)

    of_run = of  # type: ignore[assignment]
    rename = writable_slots = elements = storing = _refused  # type: ignore[assignment]

    # --- what it looks like ------------------------------------------------------------------------------------------------

    @property
    def constant(self) -> bool:
        return self.re.constant and self.im.constant

    @property
    def shape(self) -> Shape:
        return self.re.shape

    @property
    def size(self) -> int:
        return self.re.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return COMPLEX[self.tape.dtype]  # type: ignore[no-any-return]

    @property
    def real(self) -> Array:
        """The real part, a view."""
        return self.re

    @real.setter
    def real(self, value: Any) -> None:
        self.re[...] = value

    @property
    def imag(self) -> Array:
        """The imaginary part, a view."""
        return self.im

    @imag.setter
    def imag(self, value: Any) -> None:
        self.im[...] = value

    # --- values ------------------------------------------------------------------------------------------------------------

    def value(self, evaluate: bool = True) -> NDArray[Any]:
        return joined(self.re.value(evaluate), self.im.value(evaluate))

    def decide(self, what: str) -> NDArray[Any]:
        return joined(self.re.decide(what), self.im.decide(what))

    def truth(self, what: str) -> NDArray[np.bool_]:
        found: Any = self != 0
        return found.truth(what) if isinstance(found, Array) else found  # type: ignore[no-any-return]

    def whole(self, what: str) -> NoReturn:
        raise TypeError(f"{what} of complex recorded values; take the real part first: z.real")

    def is_count(self) -> bool:
        return False

    def counted(self, what: str) -> None:
        return None

    def underived(self, what: str) -> None:
        return None

    def __complex__(self) -> complex:
        if self.constant and self.size == 1:
            return complex(self.value().item())
        raise lost(self.tape, LOST)

    def __float__(self) -> float:
        if self.constant and self.size == 1:
            return float(self.value().item())
        raise lost(self.tape, "float() of a complex recorded value would drop its derivative and its imaginary part in silence; take z.real")

    def __hash__(self) -> int:  # type: ignore[override]
        raise TypeError("unhashable type: 'ComplexArray'; a recorded number is no key")

    def __index__(self) -> int:
        raise TypeError("a complex recorded value cannot be interpreted as an integer")

    # --- indexing ----------------------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        key = plain_key(key)
        return pair(self.tape, self.re[key], self.im[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.re.slot >= 0:
            self.re[key] = value  # its error
        if not isinstance(key, Mask):
            key = plain_key(key)
        re, im = split(value)
        self.re[key], self.im[key] = re, im

    def view(self, slots: Any = None, read_only: bool = False) -> Any:
        """ndarray.view(): this array's elements under another name."""
        if slots is not None and (not isinstance(slots, (type, str, np.dtype)) or np.dtype(slots) != self.dtype):
            raise RecordingError(
                f"a complex recorded array cannot be viewed as {slots!r}: its parts lie in two arrays; take z.real and z.imag, or "
                "np.stack([z.real, z.imag], -1)"
            )
        return ComplexArray(self.re.view(), self.im.view())

    @property
    def flat(self) -> Any:
        return complexly().by_method(self, "flat")

    @flat.setter
    def flat(self, value: Any) -> None:
        self.re.flat, self.im.flat = split(value)  # type: ignore[attr-defined]

    # --- copies ------------------------------------------------------------------------------------------------------------

    def copy(self, order: Any = "C") -> Self:
        return type(self)(self.re.copy(order), self.im.copy(order))

    def astype(self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True) -> Any:
        """A copy for a complex dtype; the real part for a real one, with NumPy's warning."""
        dtype = np.dtype(dtype)
        if dtype.kind == "c":
            return self.copy(order) if copy or not lies_in(self.re.slots, order) else self
        if dtype.kind == "b":
            return self.truth(f"astype({dtype})")
        warnings.warn("Casting complex values to real discards the imaginary part", np.exceptions.ComplexWarning, stacklevel=2)
        return self.re.astype(dtype, order, casting, subok, True)

    def become(self, new: Any) -> Any:
        """In-place arithmetic: this array (and its views) gets the parts of `new`."""
        if new is NotImplemented or self.re.slot >= 0:
            return new
        if np.shape(new) != self.shape:
            raise ValueError(f"non-broadcastable output operand with shape {self.shape} doesn't match the broadcast shape {np.shape(new)}")
        re, im = split(new)
        self.re, self.im = self.re.become(re), self.im.become(im)
        return self

    # --- protocols ---------------------------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return complexly().by_ufunc(self.tape, ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return complexly().by_function(self.tape, func, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("re", "im"):
            raise AttributeError(name)
        return complexly().by_method(self, name)


def _operand(other: Any) -> Any:
    """The other operand, a fraction as a float; NotImplemented of a class that knows better."""
    if not defer(other, Array):
        return other
    return float(other) if isinstance(other, Rational) else NotImplemented


def _binary(ufunc: np.ufunc, flip: bool) -> Callable[[Any, Any], Any]:
    def operator(self: Any, other: Any) -> Any:
        other = _operand(other)
        if other is NotImplemented:
            return other
        return complexly().operate(self.tape, ufunc, (other, self) if flip else (self, other))

    return operator


def _unary(ufunc: np.ufunc) -> Callable[[Any], Any]:
    return lambda self: complexly().operate(self.tape, ufunc, (self,))


def _in_place(name: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.become(getattr(self, f"__{name}__")(other))


def _to_power(self: Any, other: Any, modulo: Any = None) -> Any:
    if modulo is not None:
        raise ValueError("complex modulo")
    other = _operand(other)
    return other if other is NotImplemented else complexly().operate(self.tape, np.power, (self, other))


def _refused(name: str) -> Callable[..., Any]:
    def operator(self: Any, *others: Any) -> Any:
        raise TypeError(f"{name} is not for complex numbers; take the real or the imaginary part (z.real, z.imag)")

    return operator


for _name, _ufunc in {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "pow": np.power, "matmul": np.matmul}.items():
    setattr(ComplexArray, f"__{_name}__", _binary(_ufunc, False))
    setattr(ComplexArray, f"__r{_name}__", _binary(_ufunc, True))
    setattr(ComplexArray, f"__i{_name}__", _in_place(_name))
ComplexArray.__pow__ = _to_power  # type: ignore[method-assign]
for _name, _ufunc in {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal}.items():
    setattr(ComplexArray, f"__{_name}__", _binary(_ufunc, False))
for _name, _ufunc in {"neg": np.negative, "pos": np.positive, "abs": np.absolute}.items():
    setattr(ComplexArray, f"__{_name}__", _unary(_ufunc))
for _name in ("floordiv", "mod", "divmod", "and", "or", "xor", "lshift", "rshift"):
    for _prefix in ("", "r", "i") if _name != "divmod" else ("", "r"):
        setattr(ComplexArray, f"__{_prefix}{_name}__", _refused(f"the operator {_name}"))
for _name in ("invert", "floor", "ceil", "trunc", "int"):
    setattr(ComplexArray, f"__{_name}__", _refused(f"the operator {_name}"))
ComplexArray.__round__ = lambda self, digits=0: np.round(self, digits or 0)  # type: ignore


LOST = (
    "complex() of a recorded value would drop its derivative in silence. Use the value as it is; the functions of `cmath` call complex(), use "
    "NumPy's, which take numbers, too; where the derivative is not wanted, call complex(jittape.stop_gradient(z))"
)


def joined(re: NDArray[Any], im: NDArray[Any]) -> NDArray[Any]:
    """The complex ndarray of two real ones, in the layout of the first."""
    out: NDArray[Any] = np.empty_like(re, COMPLEX.get(re.dtype, np.dtype(np.complex128)))
    out.real, out.imag = re, im
    return out


def is_complex(x: Any) -> bool:
    """Whether an operand is complex: a recorded array, a number, or an array of NumPy's."""
    if isinstance(x, Array):
        return x.is_complex
    return isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", "") == "c"


def split(x: Any) -> tuple[Part, Part]:
    """(real part, imaginary part) of an operand, of a real one a plain zero; recorded parts are the operand's own."""
    if isinstance(x, ComplexArray):
        return x.re, x.im
    if isinstance(x, (Array, float, int)):
        return x, 0.0
    if isinstance(x, complex):
        return float(x.real), float(x.imag)
    if isinstance(x, (list, tuple)):
        return split(complexly().listed(x))
    a = np.asarray(x)
    if a.dtype.kind != "c":
        return x, 0.0
    if not a.ndim:
        return a.real[()], a.imag[()]
    return a.real.copy("K"), a.imag.copy("K")


def lifted(tape: Tape, x: Part, shape: Shape | None = None) -> Any:
    """A part as a recorded array, a plain one as a constant; broadcast to a shape where one is given."""
    if not isinstance(x, Array):
        check(tape)
        if shape:
            x = np.broadcast_to(x, shape)
        if np.ndim(x):
            x = constants(tape, np.asarray(x, tape.dtype))
        else:
            x = Array(tape, int(constant_operand(tape, x)[0]))
    elif shape is not None and x.shape != shape:
        x = np.broadcast_to(x, shape)
        x = x.copy() if isinstance(x, Array) else lifted(tape, x)
    return x


def pair(tape: Tape, re: Part, im: Part) -> Any:
    """A complex result: a recorded array where a part is recorded, else NumPy's."""
    if isinstance(re, Array) or isinstance(im, Array):
        shape = np.broadcast_shapes(np.shape(re), np.shape(im))
        return ComplexArray(lifted(tape, re, shape), lifted(tape, im, shape))
    if isinstance(re, np.ndarray) or isinstance(im, np.ndarray):
        return joined(np.asarray(re), np.asarray(im))
    return COMPLEX.get(getattr(re, "dtype", None), np.dtype(np.complex128)).type(complex(re, im))


def complex_constants(tape: Tape, values: Any) -> ComplexArray:
    """A recorded array that holds these complex numbers, to be assigned to."""
    values = np.asarray(values)
    return ComplexArray(constants(tape, values.real.copy("K")), constants(tape, values.imag.copy("K")))


def _recordable(tape: Tape, made: Any) -> Any:
    return complex_constants(tape, made) if made.dtype in (np.complex128, np.complex64) else made


OTHERS.append(_recordable)
