"""The memory of tensors: what shares it, and what changes it in place.

Assignment to a recorded tensor replaces slot numbers, so no value that a derivative needs is ever overwritten. Views (eager/indexing.py)
follow: those of several elements because they look at the same slot numbers, single elements because the tensors that
they were taken of know them, and views of a leaf because they are taken anew when the leaf has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, apply
from jittape.array.state import state
from jittape.eager.family import Family, begin, differences, mirrored, overwrite, overwritten
from jittape.eager.hollow import empties, is_hollow, sources, witness
from jittape.eager.info import Info
from jittape.eager.lending import recall
from jittape.eager.operands import NO_LEAF, Storage, check_ended, mismatched, note, operand
from jittape.eager.ownership import Origin, check_apart, exclusive, keep_node, separate, share
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import C_NAMES, Tensor, concrete, dtype_in_words, extend, recorded, tensor_given
from jittape.eager.threads import tape_for
from jittape.errors import RecordingError, ShapeError, SharedSlotsError, TapeMismatchError
from jittape.instructions.references import is_shared
from jittape.ops._generated import opcodes as ops

LEAF_IN_PLACE = "a leaf Variable that requires grad is being used in an in-place operation."
UNRECORDED = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Take the view outside of no_grad(), or x.detach() "
    "instead of it."
)
OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() "
    "the tensor before performing the operation."
)


@extend
class Memory:
    """The methods of Tensor that share its memory and change it in place."""

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
        recall(self)
        try:
            function(data, *args)
        finally:
            self._wrote()

    def share_memory_of(self: Any, source: Tensor) -> None:
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
        self.tape, self.slot = None, -1
        self._hold(tensor_given(source, "share_memory_of", "source"))

    def _hold(self: Any, memory: Tensor) -> None:
        """Be a plain tensor that holds the memory of another one."""
        if hasattr(self, "_array"):
            del self._array
        recall(memory)
        self.tape, self.slot, self._data = None, -1, memory._data
        info = getattr(memory, "_info", None)
        if info is not None and info.storage is not None:
            self.info.storage, self._info.group, self._info.base = info.storage, info.group, None
            note(info.storage.members, self)
        elif getattr(self, "_info", None) is not None:
            self._info.storage = self._info.group = self._info.base = None

    def _share(self: Any) -> Storage:
        """The storage of a tensor whose memory somebody else is about to see."""
        info = self.info
        if info.borrower is not None:
            recall(self)
        if info.storage is None:
            info.storage = Storage(info.version)
            info.storage.members.append(ref(self))
            if self.tape is not None and self.is_leaf:  # no longer the fast way: the memory may be changed elsewhere
                self.tape, self.slot = None, -1
        return info.storage  # type: ignore[no-any-return]

    def _sharing(self: Any, data: NDArray[Any], detached: bool = False) -> Tensor:
        """A concrete tensor whose ndarray is (a view of) this one's."""
        new = concrete(data)
        info = new._info = Info()
        storage = info.storage = self._share()
        note(storage.members, new)
        mine = self._info
        if mine.unseen:
            info.unseen = True
        if detached:
            info.group = object()
        else:
            info.view = True
            info.group = mine.group
            info.base = self if mine.base is None else mine.base
            if mine.requires_grad:  # under no_grad(): it says so, and passes no gradient on
                info.requires_grad, info.thread, info.unrecorded = True, get_ident(), storage.version - storage.unseen
        return new

    def _outside(self: Any) -> Tensor:
        """The memory of this tensor, of which views are taken under no_grad()."""
        memory: Tensor = self._detached()
        memory.info.requires_grad = self.requires_grad
        return memory

    def _detached(self: Any) -> Tensor:
        """A concrete tensor with the same memory."""
        data = getattr(self, "_data", None)
        if data is not None:
            return self._sharing(data, True)  # type: ignore[no-any-return]
        info = getattr(self, "_info", None)
        if info is not None and info.source is not None:
            return info.parent._sharing(self._memory(info), True)  # type: ignore[no-any-return]
        values, storage = mirrored(self)
        new = concrete(values)
        new._info = Info()
        new._info.storage, new._info.group = storage, object()
        storage.members.append(ref(new))
        return new

    def _forget(self: Any) -> None:
        """Drop a leaf's import."""
        if self.is_leaf:
            if self.info.imported is not None:
                self.info.imported = None
            self.tape, self.slot = None, -1

    def _wrote(self: Any) -> None:
        """The memory of this leaf was written to."""
        if state.step is not None:
            state.step.changed()
        info = getattr(self, "_info", None)
        if info is None:
            self._info = Info()
            self._info.version = 1
        else:
            if info.storage is not None:
                info.storage.change(None, info.unseen)
            else:
                info.version += 1
            if info.imported is not None:  # as `_forget`, without a call: every step of an optimiser comes by
                info.imported = None
            self.tape, self.slot = None, -1

    def _move_to(self: Any, place: NDArray[Any]) -> None:
        """Have the memory of a leaf at `place`, unless somebody else looks at it, or it is laid out otherwise."""
        data = self._data
        info = getattr(self, "_info", None)
        storage = None if info is None else info.storage
        if storage is not None and not storage.alone(self):
            return
        if place.shape == data.shape and place.dtype == data.dtype and place.strides == data.strides:
            place[...] = data
            self._data = place

    def _memory(self: Any, info: Any) -> NDArray[Any]:
        """The part of a leaf's memory that a view of the leaf looks at."""
        data = getattr(info.parent, "_data", None)
        if data is None:
            raise SharedSlotsError(NO_LEAF)
        flat: NDArray[Any] = data.reshape(-1)
        if info.position >= 0:
            return flat[info.position : info.position + 1].reshape(())
        slots = self._array.slots
        if not slots.size:
            return flat[:0].reshape(slots.shape)
        strides = [st // slots.itemsize * flat.strides[0] for st in slots.strides]
        return np.lib.stride_tricks.as_strided(flat[int(slots.flat[0]) - info.source.slot :], slots.shape, strides)

    @property
    def _version(self: Any) -> int:
        """How often the memory was written to, in whatever tensor of it; through `.data` does not count."""
        info = getattr(self, "_info", None)
        if info is None:
            return 0
        if self.is_leaf or info.source is not None:
            own = info if info.source is None else info.parent.info
            return own.version if own.storage is None else own.storage.version - own.storage.unseen  # type: ignore[no-any-return]
        return info.version if info.family is None else info.family.version  # type: ignore[no-any-return]

    def _counted(self: Any, version: int) -> None:
        """Set the count of a recorded tensor."""
        info = self.info
        if info.family is None:
            info.version = version
        else:
            info.family.version = version

    # --- in place --------------------------------------------------------------------------------------------------------

    def _check_in_place(self: Any) -> None:
        if not state.grad:
            return
        info = getattr(self, "_info", None)
        if self.requires_grad:
            if self.is_leaf:
                raise RuntimeError(LEAF_IN_PLACE if self.info.unrecorded < 0 else UNRECORDED)
            if info is not None and (info.source is not None or (info.base is not None and info.base.is_leaf and info.base.requires_grad)):
                raise RuntimeError("a view of " + LEAF_IN_PLACE)
            if info is not None and info.family is not None and info.family.left:
                raise RuntimeError("a view of a tensor that left the graph by detach_() is being used in an in-place operation; take the view anew.")
        elif info is not None and info.base is not None and info.base.is_leaf and info.base.requires_grad:
            raise RuntimeError("a view of " + LEAF_IN_PLACE)

    def _set(self: Any, new: Any, key: Any = ..., own: bool = False) -> Any:
        """Put `new` (a tensor, ndarray or number) into elements of this tensor.

        Args:
            own: `new` is a result that nobody else has, and replaces everything.
        """
        self._check_in_place()
        if isinstance(new, Tensor):
            if new.dtype != self.dtype and (new.has_parts or new.dtype.kind == self.dtype.kind == "f"):
                new, own = new.to(self.dtype), False  # type: ignore[attr-defined]
        elif isinstance(new, complex) and not new.imag:
            new = new.real
        elif isinstance(new, complex) or (isinstance(new, np.ndarray) and new.dtype.kind == "c"):
            raise RuntimeError(f"value cannot be converted to type {C_NAMES.get(self.dtype, self.dtype)} without overflow")
        version = self._version + 1
        if self.is_leaf:
            if state.grad and isinstance(new, Tensor) and new.requires_grad:
                self._check_fits(new, key)
                self._begin_recording(new.dtype)
            else:
                values = new.values() if isinstance(new, Tensor) else np.asarray(new)
                if self._data.dtype.kind in "iub" and values.dtype.kind == "f":
                    raise RuntimeError(f"result type {values.dtype} can't be cast to the desired output type {self._data.dtype}")
                if 0 in self._data.strides and values.size > 1:
                    check_overlap(self._data, key)
                recall(self)
                try:
                    self._data[key] = values
                except ValueError as error:
                    raise ShapeError(str(error)) from None
                self._wrote()
                return self
        info = self.info
        if not state.grad:
            if info.source is not None:
                memory = self.detach()
                if memory.numel() and not np.may_share_memory(memory._data, info.parent._data):
                    raise RecordingError("a view of a leaf that does not lie in order in memory cannot be written to under no_grad(); write to the leaf")
                memory._set(new, key)
                return self
            return self._overwrite(new, key)
        tape = tape_for(self.dtype)
        check_apart(self)
        family: Family | None = info.family
        value = operand(tape, new) if isinstance(new, Tensor) else new
        mine = self._on(tape)
        if self.slot >= 0:
            if not isinstance(value, Array):
                value = Array(tape, tape.constant(float(np.asarray(value).item())))
            if value.size != 1:
                raise ShapeError(f"output with shape [] doesn't match the broadcast shape {list(value.shape)}")
            self.slot = int(value.slots.flat[0])
            if info.key is not None:
                info.parent._array[info.key] = Array(tape, self.slot)
                own = False
        elif own and mine.store is None and is_shared(mine.slots):  # nothing else looks at this run
            mine.rename(value.slots)
        else:
            own = False
            if mine.run is None and 0 in mine.slots.strides and np.size(value) > 1:
                check_overlap(mine.slots, key)
            count = tape.count
            try:
                mine[key] = value
            except ValueError as error:
                raise ShapeError(str(error)) from None
            if tape.count > count:
                tape.note_mixed(count)
        info.origin = None if own else Origin(tape)
        if not own and isinstance(new, Tensor):
            share(tape, None, [new])
        info.node = None
        if family is not None:
            family.renewed()
            family.changed(tape)
        if info.hollow or (isinstance(new, Tensor) and is_hollow(new)):
            self._witness(tape, new)
        if info.retain and not own:
            separate(self)
        self._counted(version)
        return self

    def _witness(self: Any, tape: EagerTape, new: Any) -> None:
        """What stores no elements depends on what these come from, too, whatever is stored into it later."""
        info = self.info
        known = dict.fromkeys((*info.hollow, *sources(empties((new,)))))
        info.hollow = ()
        if self.numel() and (zero := witness(tape, known)) is not None:
            self._set(recorded(apply(ops.SUB, operand(tape, self), zero)), own=True)
        info.hollow = tuple(known)

    def _on(self: Any, tape: EagerTape) -> Any:
        """The array of a recorded tensor (None for a scalar) on the present tape, where its memory is moved if need be."""
        family = self.info.family
        if family is not None and family.exposed:
            family.look()
        if self.tape is not tape:
            if family is None:
                self._adopt(operand(tape, self))
            else:
                check_ended(tape, self.tape)
                family.move(tape)
        return self._array if self.slot < 0 else None

    def _overwrite(self: Any, new: Any, key: Any) -> Any:
        """Other values for a recorded tensor, behind the graph's back: what is done to it under no_grad()."""
        check_apart(self)
        tape = tape_for(self.dtype)
        info = self.info
        mine = self._on(tape)
        cut = info.family is not None and info.family.left
        if not cut:
            for t in [self] if info.family is None else info.family.living():
                keep_node(t)
        before = self.values()
        values = np.array(before)
        try:
            values[key] = new.values() if isinstance(new, Tensor) else new
        except ValueError as error:
            raise ShapeError(str(error)) from None
        if mine is None:
            new = overwritten(tape, Array(tape, self.slot), values, cut)
            self.slot = new.slot
            if info.key is not None:
                info.parent._array[info.key] = new
        else:
            overwrite(tape, mine, differences(values, before) | cut, values, cut)
        self._counted(self._version + 1)
        if info.family is not None:
            info.family.changed(tape)
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
        if self._data.dtype != dtype:
            raise TapeMismatchError(mismatched(dtype, self._data.dtype))
        if self.info.viewed:
            raise RecordingError(
                "values that require grad are stored into a tensor that required grad itself when views of it were taken, which would "
                "not follow; store into x.clone()"
            )
        begin(self)

    def _check_fits(self: Any, new: Tensor, key: Any) -> None:
        """Refuse values that do not fit, before anything changes."""
        if 0 in self._data.strides and new.numel() > 1:
            check_overlap(self._data, key)
        shape = np.shape(self._data[key])
        try:
            fits = np.broadcast_shapes(shape, new.shape) == shape
        except ValueError:
            fits = False
        if not fits:
            raise ShapeError(f"could not broadcast input array from shape {tuple(new.shape)} into shape {shape}")

    def _become(self: Any, new: Any) -> Any:
        """In-place arithmetic: `new` is the result."""
        if not isinstance(new, Tensor):
            return new
        if new.has_parts:
            self._check_in_place()
            raise RuntimeError(f"result type {dtype_in_words(new.dtype)} can't be cast to the desired output type {dtype_in_words(self.dtype)}")
        if new.shape != self.shape:
            self._check_in_place()
            raise ShapeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(new.shape)}")
        return self._set(new, own=new.slot >= 0 or (not new.is_leaf and exclusive(new)))


def check_overlap(layout: NDArray[Any], key: Any) -> None:
    """Refuse to write to elements that stand for several at once (of expand())."""
    target = layout[key]
    if isinstance(target, np.ndarray) and any(n > 1 and st == 0 for n, st in zip(target.shape, target.strides, strict=True)):
        raise RuntimeError(OVERLAP)
