"""Eager tensors, as in PyTorch: recorded on the thread's eager tape where they require grad, plain NumPy elsewhere.

A tensor is one of three things. A *concrete* tensor holds an ndarray and does not require grad. A *leaf* that requires
grad holds an ndarray too, and is copied to the tape where it is used. A *recorded* tensor is a result on the tape; its
values are computed when they are asked for.
"""

from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Callable, Iterator
from functools import cache
from threading import get_ident
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.array import Array, apply, install_operators, power
from jittape.eager import IS_LINEAR, EagerTape, Storage, mismatched, operand, tape_for
from jittape.errors import RecordingError, ShapeError, TapeMismatchError
from jittape.ops._generated import opcodes as ops
from jittape.ops.spec import OPS
from jittape.recording import Shape, state
from jittape.tape.references import is_shared
from jittape.tape.tape import Tape

LEAF_IN_PLACE = "a leaf Variable that requires grad is being used in an in-place operation."
FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


class Info:
    """What few tensors have: each attribute stands here as the class's until it is set.

    Attributes:
        requires_grad, grad: as the tensor's.
        retain: whether a recorded tensor keeps its gradient.
        storage: of memory that is shared; None while it is not.
        imported: a leaf's last import and its Array.
        thread: where a leaf was made.
        parent: the tensor of which this one is a view, and the leaf itself for a view of a leaf.
        source, position: of a view of a leaf, the import it was taken from, and the place of an element there.
        key: of an element of a recorded tensor, its index in `parent`.
        elements: weak references to the elements taken of a recorded tensor and its views.
    """

    requires_grad = False
    grad: Tensor | None = None
    retain = False
    storage: Storage | None = None
    imported: Any = None
    thread = 0
    parent: Tensor | None = None
    source: Any = None
    position = -1
    key: Any = None
    elements: list[Any] | None = None


class Tensor:
    """An array of numbers that remembers how it was computed, as `torch.Tensor`. Make one with `jittape.tensor`.

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

    def __init__(self, tape: Tape, slot: int) -> None:
        # The way of every recorded scalar: nothing else is set here.
        self.tape: Any = tape
        self.slot = slot

    # --- what it is ------------------------------------------------------------------------------------------------------

    @property
    def info(self) -> Info:
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
        data = getattr(self, "_data", None)
        if data is not None:
            return Size(data.shape)
        array = getattr(self, "_array", None)
        return Size(() if array is None else array.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        data = getattr(self, "_data", None)
        if data is not None:
            return data.dtype  # type: ignore[no-any-return]
        if self.tape is None:
            return self.info.parent.dtype  # type: ignore[union-attr]
        return self.tape.dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def dim(self) -> int:
        return len(self.shape)

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        return math.prod(self.shape)

    nelement = numel

    @property
    def device(self) -> str:
        return "cpu"

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

    if TYPE_CHECKING:  # the methods of tensor_methods.py and Python's operators

        def __getattr__(self, name: str) -> Any: ...

    # --- values ----------------------------------------------------------------------------------------------------------

    def values(self) -> NDArray[Any]:
        """The present values: the memory itself of a tensor that holds some, else a new ndarray."""
        data = getattr(self, "_data", None)
        if data is not None:
            return data  # type: ignore[no-any-return]
        info = getattr(self, "_info", None)
        if info is not None and info.source is not None:
            return self._memory(info)
        tape = self.tape
        if tape.done < tape.count and tape.thread != get_ident():
            raise TapeMismatchError("the value of a tensor that another thread is recording was asked for; ask for it there")
        if self.slot < 0:
            return self._array.value()
        tape.evaluate()
        return np.array(tape.value[self.slot])

    def _memory(self, info: Info) -> NDArray[Any]:
        """The part of a leaf's memory that a view of the leaf looks at."""
        flat = info.parent._data.reshape(-1)  # type: ignore[union-attr]
        if info.position >= 0:
            return flat[info.position : info.position + 1].reshape(())
        slots = self._array.slots
        if not slots.size:
            return flat[:0].reshape(slots.shape)
        strides = [st // slots.itemsize * flat.itemsize for st in slots.strides]
        return np.lib.stride_tricks.as_strided(flat[int(slots.flat[0]) - info.source.slot :], slots.shape, strides)

    def item(self) -> Any:
        """The value of a tensor of one element as a Python number; its derivative ends there."""
        if self.numel() != 1:
            raise RuntimeError(f"a Tensor with {self.numel()} elements cannot be converted to Scalar")
        return self.values().item()

    def tolist(self) -> Any:
        return self.values().tolist()

    def numpy(self, *, force: bool = False) -> NDArray[Any]:
        """The values as an ndarray, which shares the tensor's memory.

        Raises:
            RuntimeError: the tensor requires grad; use x.detach().numpy().
        """
        if self.requires_grad:
            if force:
                return self.values().copy()
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        self._share().exposed = True
        self._share().release()
        return self.values()

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
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
        return bool(self.item())

    def __repr__(self) -> str:
        v = self.values()
        text = np.array2string(v, separator=", ", prefix="tensor(")
        if v.dtype not in (np.float64, np.int64, np.bool_):
            text += f", dtype={v.dtype}"
        if not self.is_leaf:
            text += f", grad_fn=<{self.grad_fn.name()}>"
        elif self.requires_grad:
            text += ", requires_grad=True"
        return f"tensor({text})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and self.numel() == 1 else format(repr(self), spec)

    # --- leaves and gradients --------------------------------------------------------------------------------------------

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Let derivatives flow through this leaf, or no longer."""
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
        info.thread = get_ident()
        if not requires_grad:
            self._forget()
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes accumulated, a tensor of this one's shape, or None."""
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
            if value.shape != self.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size '{list(self.shape)}'. "
                    "Please ensure that the gradient and the tensor are the same size"
                )
        self.info.grad = value

    def retain_grad(self) -> None:
        """Let a backward pass keep the gradient of this recorded tensor in `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf and not self.info.retain:
            from jittape.autograd import place

            self.info.retain = True
            place(self).retained.append(weakref.ref(self))

    @property
    def retains_grad(self) -> bool:
        return not self.is_leaf and self.info.retain

    @property
    def grad_fn(self) -> Any:
        """An object that names the operation this tensor comes from, or None for a leaf."""
        if self.is_leaf:
            return None
        from jittape.autograd import Node

        return Node(self)

    def backward(self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None) -> None:
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
        from jittape.autograd import backward

        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def detach(self) -> Tensor:
        """The same values outside of the graph; shares the memory of a leaf."""
        if self.is_leaf:
            return self._sharing(self._data)
        info = getattr(self, "_info", None)
        if info is not None and info.source is not None:
            return info.parent._sharing(self._memory(info))
        return concrete(self.values())

    def detach_(self) -> Tensor:
        """Take this tensor out of the graph: it becomes a leaf that does not require grad."""
        data = self.values()
        self._forget()
        self._data, self._info = data, Info()
        self.tape, self.slot = None, -1
        return self

    @property
    def data(self) -> Tensor:
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        if not self.is_leaf:
            raise RecordingError("x.data can be set for a leaf only; this tensor was computed from tensors that require grad")
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        self._wrote()
        if getattr(self, "_info", None) is not None:
            self._info.storage = value._share() if value.is_leaf else None
        self._data = value.values()

    # --- memory ----------------------------------------------------------------------------------------------------------

    def _share(self) -> Storage:
        """The storage of a tensor whose memory somebody else is about to see."""
        info = self.info
        if info.storage is None:
            info.storage = Storage()
            if self.tape is not None and self.is_leaf:  # no longer the fast way: the memory may be changed elsewhere
                self.tape, self.slot = None, -1
        return info.storage

    def _sharing(self, data: NDArray[Any]) -> Tensor:
        """A concrete tensor whose ndarray is (a view of) this one's."""
        new = concrete(data)
        new.info.storage = self._share()
        return new

    def _forget(self) -> None:
        """Drop a leaf's import."""
        if self.is_leaf:
            if self.info.imported is not None:
                self.info.imported = None
            self.tape, self.slot = None, -1

    def _wrote(self) -> None:
        """The memory of this tensor was written to."""
        info = getattr(self, "_info", None)
        if info is not None:
            if info.storage is not None:
                info.storage.change()
            self._forget()

    # --- in place --------------------------------------------------------------------------------------------------------

    def _check_in_place(self) -> None:
        if state.grad and self.requires_grad:
            if self.is_leaf:
                raise RuntimeError(LEAF_IN_PLACE)
            if self.info.source is not None:
                raise RuntimeError("a view of " + LEAF_IN_PLACE)

    def _set(self, new: Any, key: Any = ...) -> Tensor:
        """Put `new` (a tensor, ndarray or number) into elements of this tensor."""
        self._check_in_place()
        if self.is_leaf:
            if state.grad and isinstance(new, Tensor) and new.requires_grad:
                self._begin_recording(new.dtype)
            else:
                values = new.values() if isinstance(new, Tensor) else np.asarray(new)
                if self._data.dtype.kind in "iub" and values.dtype.kind == "f":
                    raise RuntimeError(f"result type {values.dtype} can't be cast to the desired output type {self._data.dtype}")
                try:
                    self._data[key] = values
                except ValueError as error:
                    raise ShapeError(str(error)) from None
                self._wrote()
                return self
        if not state.grad:
            if self.info.source is not None:
                self.detach()._set(new, key)
                return self
            raise RecordingError(
                "a tensor that was computed from others is changed in place under no_grad(), which would break its "
                "derivative; take x.detach(), or change it with grad enabled"
            )
        tape = tape_for(self.dtype)
        value = operand(tape, new) if isinstance(new, Tensor) else new
        mine = operand(tape, self)
        if self.tape is not tape:
            self._adopt(mine)
        if self.slot >= 0:
            if not isinstance(value, Array):
                value = Array(tape, tape.constant(float(np.asarray(value).item())))
            if value.size != 1:
                raise ShapeError(f"output with shape [] doesn't match the broadcast shape {list(value.shape)}")
            self.slot = int(value.slots.flat[0])
            info = getattr(self, "_info", None)
            if info is not None and info.key is not None:
                info.parent._array[info.key] = Array(tape, self.slot)
        else:
            try:
                self._array[key] = value
            except ValueError as error:
                raise ShapeError(str(error)) from None
        info = getattr(self, "_info", None)
        for ref in (info.elements or ()) if info is not None else ():
            element = ref()
            if element is not None and element.info.parent._array.tape is element.tape:
                element.slot = int(element.info.parent._array.slots[element.info.key])
        return self

    def _adopt(self, array: Array) -> None:
        """Become a recorded tensor of these slots."""
        self.tape, self.slot = array.tape, array.slot
        if array.slot < 0:
            self._array = array
        if self.is_leaf:
            del self._data

    def _begin_recording(self, dtype: np.dtype[Any]) -> None:
        """A concrete tensor that recorded values are stored into becomes a recorded one."""
        info = self.info
        if info.storage is not None:
            raise RecordingError(
                "values that require grad are stored into a tensor whose memory others share (a view, detach() or numpy()), "
                "and they would not see it; store into x.clone()"
            )
        if self._data.dtype != dtype:
            raise TapeMismatchError(mismatched(dtype, self._data.dtype))
        from jittape.tape.layout import CONSTANT

        tape = tape_for(dtype)
        self._adopt(Array.of_run(tape, tape.leaf(self._data, CONSTANT), self._data.shape))

    def _replace(self, new: Any) -> Any:
        """In-place arithmetic: `new` is the result."""
        if not isinstance(new, Tensor):
            return new
        if new.shape != self.shape:
            self._check_in_place()
            raise ShapeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(new.shape)}")
        return self._set(new)

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.slot >= 0 and not self.is_leaf and key not in ((), Ellipsis):
            raise IndexError("a 0-d tensor has no elements to index; use x[()] or x[...]")
        if state.grad and self.requires_grad and self.is_leaf:
            raise RuntimeError("a view of " + LEAF_IN_PLACE)
        self._set(value, plain(key))

    def __getitem__(self, key: Any) -> Tensor:
        if type(key) is not int:
            key = plain(key)
            if not isinstance(key, tuple):
                key = (key,)
            if not any(k is Ellipsis for k in key) and not any(isinstance(k, (list, np.ndarray)) for k in key):
                key = (*key, ...)
        data = getattr(self, "_data", None)
        if data is not None and not (state.grad and self.requires_grad):
            out = data[(key, ...) if type(key) is int else key]
            return self._sharing(out) if isinstance(out, np.ndarray) and out.base is not None else concrete(np.asarray(out))
        tape = tape_for(self.dtype)
        array = operand(tape, self)
        if self.shape == ():
            found = np.asarray(array.slots)[key]
            return self._viewing(array.view(np.asarray(found))) if found.ndim else self
        found = array.slots[key]
        if not isinstance(found, np.ndarray) or (not found.ndim and is_element(key)):
            return self._element(tape, array, int(found), key)
        return self._viewing(array.view(found))

    def _element(self, tape: EagerTape, array: Array, slot: int, key: Any) -> Tensor:
        """One element as a recorded scalar that follows changes of this tensor."""
        new = Tensor(tape, slot)
        info = new._info = Info()
        mine = self.info
        leaf = self if self.is_leaf else mine.parent if mine.source is not None else None
        if leaf is not None:
            info.requires_grad = True
            info.parent, info.source = leaf, leaf.info.imported[0]
            info.position = slot - info.source.slot
            storage = leaf._share()
            if storage.exposed:
                new.tape, new.slot = None, -1
            else:
                note(storage.elements, new)
            return new
        info.parent, info.key = self, key
        if mine.elements is None:
            mine.elements = []
        note(mine.elements, new)
        return new

    def _viewing(self, array: Array) -> Tensor:
        """A view of this tensor's elements."""
        new = recorded(array)
        mine = self.info
        if is_shared(array.slots):
            leaf = self if self.is_leaf else mine.parent if mine.source is not None else None
            if leaf is not None:
                leaf._share()
                info = new.info
                info.requires_grad = True
                info.parent, info.source = leaf, leaf.info.imported[0]
                return new
        if not self.is_leaf and np.shares_memory(array.slots, self._array.slots) if self.shape else False:
            if mine.elements is None:
                mine.elements = []
            new.info.elements = mine.elements
        return new

    # --- protocols -------------------------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return call(getattr(ufunc, method), *inputs, **kwargs)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        return call(func, *args, **kwargs)

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

    def clone(self) -> Tensor:
        """A copy; derivatives flow through it."""
        if state.grad and self.requires_grad:
            return elementwise(ops.POS, self)
        return concrete(self.values().copy())


class Size(tuple[int, ...]):
    """The shape of a tensor."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"jittape.Size({list(self)})"

    def numel(self) -> int:
        return math.prod(self)


def _unpickle(cls: type[Tensor], data: NDArray[Any], requires_grad: bool) -> Tensor:
    return cls._of(data).requires_grad_(requires_grad)


def concrete(data: Any) -> Tensor:
    """A tensor that does not require grad and holds this ndarray."""
    new = Tensor.__new__(Tensor)
    new.tape, new.slot, new._data = None, -1, data if isinstance(data, np.ndarray) else np.asarray(data)
    return new


def recorded(array: Array) -> Tensor:
    """The tensor of a recorded array."""
    new = Tensor(array.tape, array.slot)
    if array.slot < 0:
        new._array = array
    return new


def note(refs: list[Any], tensor: Tensor) -> None:
    """Remember an element, and now and then forget those that are gone."""
    n = len(refs)
    if n >= 64 and n & (n - 1) == 0:
        refs[:] = [r for r in refs if r() is not None]
    refs.append(weakref.ref(tensor))


def is_element(key: Any) -> bool:
    """Whether an index of integers names one element."""
    return isinstance(key, int) or all(isinstance(k, (int, np.integer)) or k is Ellipsis for k in key)


def plain(x: Any) -> Any:
    """An index or argument with tensors replaced by their values."""
    if isinstance(x, Tensor):
        v = x.values()
        return v if v.ndim else v[()]
    if isinstance(x, (tuple, list)) and not isinstance(x, Size):
        return type(x)(plain(v) for v in x)
    return x


# --- computing -----------------------------------------------------------------------------------------------------------


def tensors_in(x: Any, found: list[Tensor]) -> list[Tensor]:
    if isinstance(x, Tensor):
        found.append(x)
    elif isinstance(x, (tuple, list)):
        for v in x:
            tensors_in(v, found)
    elif isinstance(x, dict):
        for v in x.values():
            tensors_in(v, found)
    return found


def recording_dtype(tensors: list[Tensor]) -> np.dtype[Any] | None:
    """The dtype of the tensors that require grad while that counts, else None."""
    if not state.grad:
        return None
    for t in tensors:
        if t.requires_grad:
            return t.dtype
    return None


def replaced(x: Any, how: Callable[[Tensor], Any]) -> Any:
    """Nested arguments with their tensors replaced."""
    if isinstance(x, Tensor):
        return how(x)
    if type(x) in (tuple, list):
        return type(x)(replaced(v, how) for v in x)
    if type(x) is dict:
        return {k: replaced(v, how) for k, v in x.items()}
    return x


def wrapped(out: Any) -> Any:
    if isinstance(out, Array):
        return concrete(out.value()) if out.is_mask else recorded(out)
    if isinstance(out, (np.ndarray, np.generic, bool, int, float)):
        return concrete(np.asarray(out))
    if isinstance(out, (tuple, list)):
        return type(out)(*map(wrapped, out)) if hasattr(out, "_fields") else tuple(wrapped(v) for v in out)
    return out


def call(f: Callable[..., Any], *args: Any, linear: bool = False, **kwargs: Any) -> Any:
    """A NumPy function of tensors: recorded where one requires grad, computed at once elsewhere.

    Args:
        linear: its backward pass needs no values, although its instructions' may.
    """
    tensors = tensors_in((args, kwargs), [])
    dtype = recording_dtype(tensors)
    try:
        if dtype is None:
            return _call_concrete(f, tensors, args, kwargs)
        tape = tape_for(dtype)
        tape.busy += 1
        try:
            args, kwargs = replaced(args, lambda t: operand(tape, t)), replaced(kwargs, lambda t: operand(tape, t))
            count = tape.count
            out = f(*args, **kwargs)
        finally:
            tape.busy -= 1
        if linear:
            tape.marked()[count:] |= IS_LINEAR
        if tape.count == count and isinstance(out, Array) and len(tensors) == 1 and out.slot < 0:
            return tensors[0]._viewing(out)
        return wrapped(out)
    except ValueError as error:
        if isinstance(error, (ShapeError, IndexError, TapeMismatchError, np.linalg.LinAlgError)):
            raise
        raise ShapeError(str(error)) from None


def _call_concrete(f: Callable[..., Any], tensors: list[Tensor], args: Any, kwargs: Any) -> Any:
    args, kwargs = replaced(args, Tensor.values), replaced(kwargs, Tensor.values)
    with np.errstate(all="ignore"):
        out = f(*args, **kwargs)
    if isinstance(out, np.ndarray) and out.base is not None:
        for t in tensors:
            if t.is_leaf and np.may_share_memory(out, t._data):
                return t._sharing(out)
    return wrapped(out)


@cache
def ufunc(op: int) -> Any:
    """The NumPy function of an operation."""
    from jittape.functions.dispatch import numpy_function

    own = {
        ops.RELU: lambda x: np.where(np.isnan(x), x, np.maximum(x, x.dtype.type(0))),
        ops.SOFTPLUS: lambda x: np.logaddexp(x.dtype.type(0), x),
        ops.POWC: np.power,
        ops.WHERE: np.where,
        ops.CLIP: np.clip,
    }
    return own.get(op) or numpy_function(next(o for o in OPS if o.code == op).numpy)


def elementwise(op: int, *operands: Any) -> Tensor:
    """An operation of the table on tensors, arrays and numbers."""
    if state.grad and op not in ops.MASKS:
        for t in operands:
            if isinstance(t, Tensor) and t.requires_grad:
                tape = tape_for(t.dtype)
                try:
                    return recorded(apply(op, *[operand(tape, x) if isinstance(x, Tensor) else checked(tape, x) for x in operands]))
                except ValueError as error:
                    if isinstance(error, TapeMismatchError):
                        raise
                    raise ShapeError(str(error)) from None
    values = [x.values() if isinstance(x, Tensor) else x for x in operands]
    if any(isinstance(v, Array) for v in values):
        return ufunc(op)(*values)  # type: ignore[no-any-return]
    if len(values) > 1:
        values = promoted(values)
    try:
        with np.errstate(all="ignore"):
            return concrete(ufunc(op)(*values))
    except ValueError as error:
        raise ShapeError(str(error)) from None


def promoted(values: list[Any]) -> list[Any]:
    """0-d float operands in the dtype of the others, as PyTorch has it."""
    kinds = {v.dtype for v in values if isinstance(v, np.ndarray) and v.ndim and v.dtype.kind == "f"}
    if not kinds:
        return values
    dtype = np.result_type(*kinds)
    return [v.astype(dtype) if isinstance(v, np.ndarray) and not v.ndim and v.dtype.kind == "f" else v for v in values]


def checked(tape: EagerTape, x: Any) -> Any:
    """An operand that is no tensor."""
    if isinstance(x, Array):
        raise TapeMismatchError(
            "a tensor that requires grad met an array that jittape.grad and its kin record; use x.detach() of the tensor, "
            "or pass its values to the function as an argument"
        )
    if isinstance(x, np.ndarray) and x.ndim and x.dtype.kind == "f" and x.dtype.itemsize > tape.dtype.itemsize:
        raise TapeMismatchError(mismatched(tape.dtype, x.dtype))
    return x


def to_power(x: Any, y: Any) -> Any:
    if isinstance(x, Tensor) and not isinstance(y, Tensor):
        if x.requires_grad and state.grad:
            tape = tape_for(x.dtype)
            return recorded(power(operand(tape, x), checked(tape, y)))
        return elementwise(ops.POW, x, y)
    if isinstance(y, Tensor) and not y.requires_grad and isinstance(x, Tensor) and x.requires_grad:
        return to_power(x, y.values())
    return elementwise(ops.POW, x, y)


install_operators(Tensor, elementwise, to_power, lambda a, b: call(np.matmul, a, b))
