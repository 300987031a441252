"""Eager tensors, as in PyTorch: recorded on the thread's eager tape where they require grad, plain NumPy elsewhere.

A tensor is one of three things. A *concrete* tensor holds an ndarray and does not require grad. A *leaf* that requires
grad holds an ndarray too, and is copied to the tape where it is used. A *recorded* tensor is a result on the tape; its
values are computed when they are asked for.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from threading import get_ident
from types import FunctionType
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.sparse_operands import asked_by_sparse
from jittape.array.state import changes, state
from jittape.eager.defaults import defaults
from jittape.eager.devices import CPU
from jittape.eager.devices import device as Device
from jittape.eager.info import Info
from jittape.eager.printing import table_of
from jittape.eager.printing import text as printed
from jittape.errors import RecordingError, ShapeError, TapeMismatchError
from jittape.tape.tape import Tape

if TYPE_CHECKING:  # Python's operators, and the methods that other modules of this room give it
    from jittape.eager.declared import Methods
else:
    Methods = object

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


class Tensor(Methods):
    """An array of numbers that remembers how it was computed, as `torch.Tensor`. Made by `jittape.tensor`.

    Example:
        >>> import jittape as jt
        >>> x = jt.tensor([1.0, 2.0], requires_grad=True)
        >>> (x**2).sum().backward()
        >>> x.grad
        tensor([2., 4.])
    """

    __slots__ = ("__weakref__", "_array", "_data", "_info", "slot", "tape")
    __array_priority__ = 2000.0
    is_mask = False
    has_parts = False
    """Whether it is complex: a pair of real numbers each (eager/complexes.py)."""
    tape: Any
    """Of a recorded tensor, and of a leaf's element or number that stands on it; else None."""
    slot: int
    """Of a recorded scalar, or -1."""
    _data: NDArray[Any]
    """Of a leaf, requiring grad or not."""
    _array: Array
    """Of a recorded tensor that is no scalar."""
    _info: Info
    """Made when it is needed."""

    def __init__(self, tape: Tape, slot: int) -> None:
        # The way of every recorded scalar: nothing else is set here.
        self.tape = tape
        self.slot = slot

    # --- what it is ------------------------------------------------------------------------------------------------------

    @property
    def info(self) -> Info:
        """What few tensors have: `t.info.grad` is `t.grad` without its warning."""
        try:
            return self._info  # type: ignore[has-type, no-any-return]
        except AttributeError:
            self._info = Info()
            return self._info

    @property
    def requires_grad(self) -> bool:
        """Whether a derivative flows through this tensor."""
        if self.tape is not None:
            return True
        info = getattr(self, "_info", None)
        return info is not None and info.requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user, and not computed from tensors that require grad."""
        return hasattr(self, "_data")

    @property
    def shape(self) -> Size:
        """The lengths of the dimensions, a `Size`."""
        data = getattr(self, "_data", None)
        if data is not None:
            return Size(data.shape)
        array = getattr(self, "_array", None)
        return Size(() if array is None else array.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of the elements, a NumPy dtype."""
        data = getattr(self, "_data", None)
        if data is not None:
            return data.dtype  # type: ignore[no-any-return]
        if self.tape is None:
            return self.info.parent.dtype  # type: ignore[union-attr]
        return self.tape.dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """How many dimensions the tensor has."""
        return len(self.shape)

    def dim(self) -> int:
        """How many dimensions the tensor has.

        Example:
            >>> import jittape as jt
            >>> jt.ones(2, 3).dim()
            2
        """
        return len(self.shape)

    @overload
    def size(self) -> Size: ...
    @overload
    def size(self, dim: int) -> int: ...
    def size(self, dim: int | None = None) -> Size | int:
        """The shape, or the length of the dimension `dim`.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, 3)
            >>> x.size(), x.size(1)
            (jittape.Size([2, 3]), 3)
        """
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        """How many elements the tensor has.

        Example:
            >>> import jittape as jt
            >>> jt.ones(2, 3).numel()
            6
        """
        return math.prod(self.shape)

    nelement = numel

    @property
    def device(self) -> Device:
        """Where the elements are: on the CPU."""
        return CPU

    def __len__(self) -> int:
        shape = self.shape
        if not shape:
            raise TypeError("len() of a 0-d tensor")
        return shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self)))

    __hash__ = object.__hash__

    # --- values ----------------------------------------------------------------------------------------------------------

    def values(self) -> NDArray[Any]:
        """The present values: the memory itself of a tensor that holds some, else a new ndarray.

        Raises:
            TapeMismatchError: another thread is recording the tensor.

        Example:
            >>> import jittape as jt
            >>> x = jt.tensor([1.0, 2.0], requires_grad=True)
            >>> (2 * x).values().tolist()
            [2.0, 4.0]
        """
        data = getattr(self, "_data", None)
        if data is not None:
            return data  # type: ignore[no-any-return]
        info = getattr(self, "_info", None)
        if info is not None:
            if info.source is not None:
                return self._memory(info)  # type: ignore[no-any-return]
            if info.family is not None and info.family.exposed:
                info.family.look()
        tape = self.tape
        if tape.done < tape.count and tape.thread != get_ident():
            raise TapeMismatchError("the value of a tensor that another thread is recording was asked for; ask for it there")
        if self.slot < 0:
            return np.asarray(self._array.value())
        tape.evaluate()
        return np.array(tape.value[self.slot])

    def item(self) -> Any:
        """The value of a tensor of one element as a Python number; its derivative ends there.

        Raises:
            RuntimeError: the tensor has another number of elements.

        Example:
            >>> import jittape as jt
            >>> jt.tensor([1.0, 2.0]).sum().item()
            3.0
        """
        if self.numel() != 1:
            raise RuntimeError(f"a Tensor with {self.numel()} elements cannot be converted to Scalar")
        if state.step is not None:
            state.step.refuse("the value of a tensor is read")
        return self.values().item()

    def tolist(self) -> Any:
        """The values as a nested list of Python numbers, of a tensor without dimensions as a number.

        Example:
            >>> import jittape as jt
            >>> jt.eye(2).tolist()
            [[1.0, 0.0], [0.0, 1.0]]
        """
        if state.step is not None:
            state.step.refuse("the values of a tensor are read")
        return self.values().tolist()

    def numpy(self, *, force: bool = False) -> NDArray[Any]:
        """The values as an ndarray, which shares the tensor's memory; with `force`, a copy of a tensor that requires grad.

        Raises:
            RuntimeError: the tensor requires grad; use x.detach().numpy().

        Example:
            >>> import jittape as jt
            >>> x = jt.zeros(2)
            >>> a = x.numpy()
            >>> a[0] = 5.0
            >>> x
            tensor([5., 0.])
        """
        if self.requires_grad:
            if force:
                return self.values().copy()
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if state.step is not None:
            state.step.refuse("the values of a tensor are read")
        self._share().expose()
        return self.values()

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What PyTorch's functions ask who is among their arguments."""
        name = getattr(function, "__name__", "Tensor")
        raise TypeError(f"torch.{name} was given a tensor of jittape: `import jittape.torch as torch` has the functions for it; PyTorch's own take "
                        "torch.from_numpy(x.detach().numpy()), which loses the derivative")  # fmt: skip

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        if (stand_in := asked_by_sparse(self)) is not None:
            return stand_in
        a = self.numpy()
        if dtype is not None and a.dtype != dtype:
            return a.astype(dtype)
        return a.copy() if copy else a

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise ShapeError("Boolean value of Tensor with more than one value is ambiguous")
        if state.step is not None and self.tape is not None:
            return state.step.truth(self)  # type: ignore[no-any-return]
        return bool(self.item())

    def __repr__(self) -> str:
        v = self.values()
        if defaults.torch:
            return printed(v, None if self.is_leaf else self.grad_fn.name(), self.requires_grad)
        text = np.array2string(v, separator=", ", prefix="tensor(")
        if v.dtype not in (np.float64, np.int64, np.bool_):
            text += f", dtype={v.dtype}"
        if not self.is_leaf:
            text += f", grad_fn=<{self.grad_fn.name()}>"
        elif self.requires_grad:
            text += ", requires_grad=True"
        return f"tensor({text})"

    def _repr_html_(self) -> str:
        v = self.values()
        grad = f", grad_fn=<{self.grad_fn.name()}>" if not self.is_leaf else ", requires_grad=True" if self.requires_grad else ""
        return table_of(v, f"tensor of shape {tuple(v.shape)}, {v.dtype}{grad}")

    def __format__(self, spec: str) -> str:
        if defaults.torch and not self.shape:
            return format(self.item(), spec)
        return format(self.item(), spec) if spec and self.numel() == 1 else format(repr(self), spec)

    # --- leaves and gradients --------------------------------------------------------------------------------------------

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Let derivatives flow through this leaf, or no longer without `requires_grad`; in place.

        Raises:
            RuntimeError: the tensor is no leaf, and `requires_grad` is False; or its elements are no real numbers.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2).requires_grad_()
            >>> x.sum().backward()
            >>> x.grad
            tensor([1., 1.])
        """
        if not self.is_leaf:
            if requires_grad:
                return self
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
                "subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if requires_grad and self._data.dtype not in FLOATS:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        info = self.info
        info.requires_grad = bool(requires_grad)
        changes.note()
        info.thread = get_ident()
        if info.unrecorded >= 0:
            info.asked = info.requires_grad
            self._forget()  # graphs that it is in already give it none
        if not requires_grad:
            self._forget()
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes accumulated, a tensor of this one's shape, or None; it may be set."""
        info = getattr(self, "_info", None)
        if not self.is_leaf and not (info is not None and info.retain):
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
                "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
                "Tensor, use .retain_grad() on the non-leaf Tensor.",
                UserWarning,
                stacklevel=2,
            )
        return None if info is None else info.grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
            check_gradient(value, self)
        if state.step is not None:
            state.step.graded(self, value)
        self.info.grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def detach(self) -> Tensor:
        """The same values outside of the graph, in the same memory: a change of one tensor in place is one of the other.

        Example:
            >>> import jittape as jt
            >>> x = jt.ones(2, requires_grad=True)
            >>> (2 * x).detach().requires_grad
            False
        """
        return self._detached()  # type: ignore[attr-defined, no-any-return]

    def detach_(self) -> Tensor:
        """Take this tensor out of the graph: it becomes a leaf that does not require grad.

        Raises:
            RuntimeError: it is a view of another tensor.
        """
        if self.info.view:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        if self.is_leaf:
            return self.requires_grad_(False)
        memory, grad, family = self.detach(), self.info.grad, self.info.family
        if family is not None:
            family.leave(self, memory.info.storage)
        self._info = Info()
        self._info.grad = grad
        self._hold(memory)  # type: ignore[attr-defined]
        return self

    @property
    def data(self) -> Tensor:
        """The values, as `detach` gives them, whose changes in place are not counted; a leaf may be given others.

        Raises:
            RecordingError: it is set for a tensor that was computed from others.
            TypeError: it is set to something that is no tensor.
            RuntimeError: integers are set for a tensor that requires grad.
        """
        new = self.detach()
        new._info.unseen = True
        return new

    @data.setter
    def data(self, value: Any) -> None:
        if not self.is_leaf:
            raise RecordingError("x.data can be set for a leaf only; this tensor was computed from tensors that require grad")
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if value.has_parts:
            raise RuntimeError("data of a real tensor is set to a complex one, which another tensor is to hold")
        if self.requires_grad and value.dtype not in FLOATS:
            raise RuntimeError(f"data set to a tensor that requires gradients must be floating point or complex dtype, not {value.dtype}")
        self._wrote()
        self._hold(value.detach())  # type: ignore[attr-defined]

    # --- protocols -------------------------------------------------------------------------------------------------------

    def __copy__(self) -> Tensor:
        return self.detach().clone() if self.is_leaf else self

    def __deepcopy__(self, memo: Any) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment")
        new = type(self)._of(self._data.copy())
        if self.requires_grad:
            new.requires_grad_()
        if self.info.grad is not None:
            new.info.grad = concrete(self.info.grad.values().copy())
        memo[id(self)] = new
        return new

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise RuntimeError("a tensor that was computed from others cannot be pickled; pickle x.detach()")
        return _unpickle, (type(self), self._data, self.requires_grad)

    @classmethod
    def _of(cls, data: NDArray[Any]) -> Tensor:
        """A concrete tensor that holds this ndarray."""
        new = cls.__new__(cls)
        new.tape, new.slot, new._data = None, -1, data
        return new

class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple of lengths of axes.

    Example:
        >>> import jittape as jt
        >>> jt.ones(2, 3).shape
        jittape.Size([2, 3])
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{'torch' if defaults.torch else 'jittape'}.Size({list(self)})"

    def numel(self) -> int:
        """How many elements a tensor of this shape has.

        Example:
            >>> import jittape as jt
            >>> jt.ones(2, 3).shape.numel()
            6
        """
        return math.prod(self)


def _unpickle(cls: type[Tensor], data: NDArray[Any], requires_grad: bool) -> Tensor:
    return cls._of(data).requires_grad_(requires_grad)


def concrete(data: Any) -> Tensor:
    """A tensor that does not require grad and holds this ndarray."""
    if not isinstance(data, np.ndarray):
        data = np.asarray(data)
    if data.dtype.kind == "c":
        return _complex[0](data)  # type: ignore[no-any-return]
    new = Tensor.__new__(Tensor)
    new.tape, new.slot, new._data = None, -1, data
    return new


_complex: list[Any] = []
"""What makes a tensor of complex numbers, which eager/complexes.py puts here."""


def complex_by(make: Any) -> Any:
    """Decorator of what makes a tensor of complex numbers."""
    _complex.append(make)
    return make


def recorded(array: Array) -> Tensor:
    """The tensor of a recorded array."""
    new = Tensor(array.tape, array.slot)
    if array.slot < 0:
        new._array = array
    return new


NAMES: dict[np.dtype[Any], str] = {np.dtype(np.complex64): "ComplexFloat", np.dtype(np.complex128): "ComplexDouble", np.dtype(np.float32): "Float", np.dtype(np.float64): "Double",
         np.dtype(np.int64): "Long", np.dtype(np.int32): "Int", np.dtype(np.int16): "Short", np.dtype(np.int8): "Char", np.dtype(np.uint8): "Byte",
         np.dtype(np.bool_): "Bool"}  # fmt: skip
"""What PyTorch calls dtypes, in messages and in the names of types of tensors."""
C_NAMES: dict[np.dtype[Any], str] = {np.dtype(np.float32): "float", np.dtype(np.float64): "double", np.dtype(np.int64): "int64_t", np.dtype(np.int32): "int", np.dtype(np.bool_): "bool",
           np.dtype(np.complex64): "c10::complex<float>", np.dtype(np.complex128): "c10::complex<double>"}  # fmt: skip
"""The same in messages of its C++."""


def dtype_in_words(dtype: Any) -> str:
    return NAMES.get(dtype, str(dtype))


def type_name(dtype: Any) -> str:
    """What x.type() says of a tensor of this dtype."""
    return f"torch.{NAMES[dtype]}Tensor" if dtype in NAMES else f"torch.{dtype}"


def check_gradient(value: Tensor, tensor: Tensor) -> None:
    """Refuse as a gradient the tensor itself, one that is real where the tensor is complex, or the other way round, and one of another shape."""
    if value is tensor:
        raise RuntimeError("can't assign Variable as its own grad")
    if value.has_parts != tensor.has_parts:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{C_NAMES.get(value.dtype, value.dtype)}' to a tensor with grad_dtype '{dtype_in_words(tensor.dtype)}'. "
            "The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype)."
        )
    if value.shape != tensor.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size '{list(tensor.shape)}'. "
            "Please ensure that the gradient and the tensor are the same size"
        )


def check_hooked(hook: Any, new: Tensor, g: Tensor) -> None:
    """Refuse a gradient that a hook made complex, or real."""
    if new.has_parts != g.has_parts:
        was, got = (type_name(t.dtype) for t in (g, new))
        raise RuntimeError(f"hook '{getattr(hook, '__name__', hook)}' has changed the type of value (was {was} got {got})")


def tensor_given(x: Any, function: str, argument: str) -> Tensor:
    """An argument that must be a tensor."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{function}(): argument '{argument}' must be Tensor, not {type(x).__name__}")
    return x


def sequence_given(x: Any, function: str, argument: str) -> list[Any]:
    """An argument that must be a sequence of tensors, as a list."""
    if not isinstance(x, Iterable) or isinstance(x, (str, bytes)):
        raise TypeError(f"{function}(): argument '{argument}' must be a sequence of Tensors, not {type(x).__name__}")
    return list(x)


def in_range(dim: Any, n: int) -> int:
    """Which of n dimensions (or places of one) a number is, counted from the first one."""
    if not -n <= dim < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return int(dim) % n


def integer_given(x: Any, function: str, argument: str) -> Any:
    """An argument that must be an integer."""
    if not hasattr(type(x), "__index__"):
        raise TypeError(f"{function}(): argument '{argument}' must be int, not {type(x).__name__}")
    return x


def extend(methods: type) -> type:
    """Class decorator: Tensor gets the methods of a class of a module above, as if they stood in its own."""
    for name, member in vars(methods).items():
        if isinstance(member, FunctionType):
            member.__qualname__ = f"{Tensor.__qualname__}.{name}"
        if isinstance(member, (FunctionType, property)):
            setattr(Tensor, name, member)
    return methods
