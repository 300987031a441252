"""The memory of tensors: what shares it, what changes it in place, and the views that indexing makes.

Assignment to a recorded tensor replaces slot numbers, so no value that a derivative needs is ever overwritten. Views
follow: those of several elements because they look at the same slot numbers, single elements because the tensors that
they were taken of know them, and views of a leaf because they are taken anew when the leaf has changed.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager.operands import Storage, mismatched, operand
from jittape.eager.ownership import Origin, check_apart, exclusive, name, origin_of_view, separate, share
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor, concrete, extend, recorded
from jittape.eager.threads import tape_for
from jittape.errors import RecordingError, ShapeError, TapeMismatchError
from jittape.instructions.references import is_shared
from jittape.ops.layout import CONSTANT

LEAF_IN_PLACE = "a leaf Variable that requires grad is being used in an in-place operation."
CLEARED = 64
"""A list of weak references is cleared of dead ones at this length, and whenever it has doubled."""


@extend
class Memory:
    """The methods of Tensor that share its memory, change it in place and index it."""

    # --- shared memory ---------------------------------------------------------------------------------------------------

    def write_(self: Any, function: Callable[..., Any], *args: Any) -> None:
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
        try:
            data = self._data
        except AttributeError:
            raise RuntimeError("only a leaf has memory to write to; this tensor was computed from tensors that require grad") from None
        try:
            function(data, *args)
        finally:
            self._wrote()

    def share_memory_of(self: Any, source: Tensor) -> None:
        """Begin as a leaf that does not require grad, with the memory of another one: for the `__init__` of subclasses."""
        self.tape, self.slot, self._data = None, -1, source._data
        info = getattr(source, "_info", None)
        if info is not None and info.storage is not None:
            self.info.storage = info.storage

    def _share(self: Any) -> Storage:
        """The storage of a tensor whose memory somebody else is about to see."""
        info = self.info
        if info.storage is None:
            info.storage = Storage()
            if self.tape is not None and self.is_leaf:  # no longer the fast way: the memory may be changed elsewhere
                self.tape, self.slot = None, -1
        return info.storage  # type: ignore[no-any-return]

    def _sharing(self: Any, data: NDArray[Any]) -> Tensor:
        """A concrete tensor whose ndarray is (a view of) this one's."""
        new = concrete(data)
        new.info.storage = self._share()
        return new

    def _forget(self: Any) -> None:
        """Drop a leaf's import."""
        if self.is_leaf:
            if self.info.imported is not None:
                self.info.imported = None
            self.tape, self.slot = None, -1

    def _wrote(self: Any) -> None:
        """The memory of this leaf was written to."""
        info = getattr(self, "_info", None)
        if info is not None:
            if info.storage is not None:
                info.storage.change()
            if info.imported is not None:  # as `_forget`, without a call: every step of an optimiser comes by
                info.imported = None
            self.tape, self.slot = None, -1

    def _memory(self: Any, info: Any) -> NDArray[Any]:
        """The part of a leaf's memory that a view of the leaf looks at."""
        flat: NDArray[Any] = info.parent._data.reshape(-1)
        if info.position >= 0:
            return flat[info.position : info.position + 1].reshape(())
        slots = self._array.slots
        if not slots.size:
            return flat[:0].reshape(slots.shape)
        strides = [st // slots.itemsize * flat.itemsize for st in slots.strides]
        return np.lib.stride_tricks.as_strided(flat[int(slots.flat[0]) - info.source.slot :], slots.shape, strides)

    # --- in place --------------------------------------------------------------------------------------------------------

    def _check_in_place(self: Any) -> None:
        if state.grad and self.requires_grad:
            if self.is_leaf:
                raise RuntimeError(LEAF_IN_PLACE)
            if self.info.source is not None:
                raise RuntimeError("a view of " + LEAF_IN_PLACE)

    def _set(self: Any, new: Any, key: Any = ..., own: bool = False) -> Any:
        """Put `new` (a tensor, ndarray or number) into elements of this tensor.

        Args:
            own: `new` is a result that nobody else has, and replaces everything.
        """
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
        info = self.info
        check_apart(info)
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
            if info.key is not None:
                info.parent._array[info.key] = Array(tape, self.slot)
                own = False
        elif own and self._array.store is None and is_shared(self._array.slots):  # nothing else looks at this run
            self._array.rename(value.slots)
        else:
            own = False
            try:
                self._array[key] = value
            except ValueError as error:
                raise ShapeError(str(error)) from None
        info.origin = None if own else Origin(tape)
        if not own and isinstance(new, Tensor):
            share(tape, None, [new])
        for ref in info.elements or ():
            element = ref()
            if element is not None and element.info.parent._array.tape is element.tape:
                element.slot = int(element.info.parent._array.slots[element.info.key])
                element.info.origin = Origin(tape)
        if info.retain and not own:
            separate(self)
        return self

    def _adopt(self: Any, array: Array) -> None:
        """Become a recorded tensor of these slots."""
        self.tape, self.slot = array.tape, array.slot
        if array.slot < 0:
            self._array = array
        if self.is_leaf:
            del self._data

    def _begin_recording(self: Any, dtype: np.dtype[Any]) -> None:
        """A concrete tensor that recorded values are stored into becomes a recorded one."""
        info = self.info
        if info.storage is not None:
            raise RecordingError(
                "values that require grad are stored into a tensor whose memory others share (a view, detach() or numpy()), "
                "and they would not see it; store into x.clone()"
            )
        if self._data.dtype != dtype:
            raise TapeMismatchError(mismatched(dtype, self._data.dtype))
        tape = tape_for(dtype)
        self._adopt(Array.of_run(tape, tape.append_leaf(self._data, CONSTANT), self._data.shape))

    def _become(self: Any, new: Any) -> Any:
        """In-place arithmetic: `new` is the result."""
        if not isinstance(new, Tensor):
            return new
        if new.shape != self.shape:
            self._check_in_place()
            raise ShapeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(new.shape)}")
        return self._set(new, own=new.slot >= 0 or (not new.is_leaf and exclusive(new)))

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        if self.slot >= 0 and not self.is_leaf and key not in ((), Ellipsis):
            raise IndexError("a 0-d tensor has no elements to index; use x[()] or x[...]")
        if state.grad and self.requires_grad and self.is_leaf:
            raise RuntimeError("a view of " + LEAF_IN_PLACE)
        self._set(value, plain(key))

    def __getitem__(self: Any, key: Any) -> Any:
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
            return self._viewing(array.view(np.asarray(found)))
        found = array.slots[key]
        if not isinstance(found, np.ndarray) or (not found.ndim and is_element(key)):
            return self._element(tape, array, int(found), key)
        return self._viewing(array.view(found))

    def _element(self: Any, tape: EagerTape, array: Array, slot: int, key: Any) -> Any:
        """One element as a recorded scalar that follows changes of this tensor."""
        new = recorded(Array(tape, slot))
        info = new.info
        mine = self.info
        leaf = self if self.is_leaf else mine.parent if mine.source is not None else None
        if leaf is not None:
            info.requires_grad = True
            info.parent, info.source = leaf, leaf.info.imported[0]
            info.position = slot - info.source.slot
            info.origin = Origin(tape)
            storage = leaf._share()
            if storage.exposed:
                new.tape, new.slot = None, -1
            else:
                note(storage.elements, new)
            return new
        info.parent, info.key = self, key
        info.origin = Origin(tape)
        name(mine)
        if mine.elements is None:
            mine.elements = []
        note(mine.elements, new)
        return new

    def _viewing(self: Any, array: Array) -> Any:
        """A view of this tensor's elements."""
        new = recorded(array)
        mine = self.info
        new.info.origin = Origin(new.tape) if self.is_leaf or mine.source is not None else origin_of_view(self)
        if is_shared(array.slots):
            leaf = self if self.is_leaf else mine.parent if mine.source is not None else None
            if leaf is not None:
                leaf._share()
                info = new.info
                info.requires_grad = True
                info.parent, info.source = leaf, leaf.info.imported[0]
                return new
        if self.is_leaf or (self.slot < 0 and not np.shares_memory(array.slots, self._array.slots)):
            return new
        if mine.elements is None:
            mine.elements = []
        new.info.elements = mine.elements
        if self.slot >= 0:
            new.info.apart = True
            note(mine.elements, new)
        return new


def note(refs: list[Any], tensor: Any) -> None:
    """Remember an element, and now and then forget those that are gone."""
    n = len(refs)
    if n >= CLEARED and n & (n - 1) == 0:
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
    if isinstance(x, (tuple, list)):
        return (tuple if isinstance(x, tuple) else list)(plain(v) for v in x)
    return x
