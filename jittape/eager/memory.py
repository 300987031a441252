"""The memory of tensors: what shares it, what changes it in place, and the views that indexing makes.

Assignment to a recorded tensor replaces slot numbers, so no value that a derivative needs is ever overwritten. Views
follow: those of several elements because they look at the same slot numbers, single elements because the tensors that
they were taken of know them, and views of a leaf because they are taken anew when the leaf has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import Any, Literal
from weakref import ref

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.state import state
from jittape.eager.family import Family, begin, differences, element, family_of, join, mirrored, overwrite, overwritten
from jittape.eager.operands import Storage, check_ended, mismatched, note, operand
from jittape.eager.ownership import Origin, check_apart, exclusive, name, origin_of_view, separate, share
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Info, Tensor, concrete, extend, recorded, tensor_given
from jittape.eager.threads import tape_for
from jittape.errors import RecordingError, ShapeError, TapeMismatchError
from jittape.instructions.references import is_shared, strided

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
        self.tape, self.slot = None, -1
        self._hold(tensor_given(source, "share_memory_of", "source"))

    def _hold(self: Any, memory: Tensor) -> None:
        """Be a plain tensor that holds the memory of another one."""
        if hasattr(self, "_array"):
            del self._array
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
        if info.storage is None:
            info.storage = Storage()
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
        if detached:
            info.group = object()
        else:
            info.view = True
            info.group = mine.group
            info.base = self if mine.base is None else mine.base
            if mine.requires_grad:  # under no_grad(): it says so, and passes no gradient on
                info.requires_grad, info.thread, info.unrecorded = True, get_ident(), storage.version
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
        new._info.storage = storage
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
        strides = [st // slots.itemsize * flat.strides[0] for st in slots.strides]
        return np.lib.stride_tricks.as_strided(flat[int(slots.flat[0]) - info.source.slot :], slots.shape, strides)

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
                try:
                    self._data[key] = values
                except ValueError as error:
                    raise ShapeError(str(error)) from None
                self._wrote()
                return self
        info = self.info
        if not state.grad:
            if info.source is not None:
                self.detach()._set(new, key)
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
        if family is not None:
            family.changed(tape)
        if info.retain and not own:
            separate(self)
        return self

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
        before = self.values()
        values = np.array(before)
        try:
            values[key] = new.values() if isinstance(new, Tensor) else new
        except ValueError as error:
            raise ShapeError(str(error)) from None
        if mine is None:
            new = overwritten(tape, Array(tape, self.slot), values)
            self.slot = new.slot
            if info.key is not None:
                info.parent._array[info.key] = new
        else:
            overwrite(tape, mine, differences(values, before), values)
        info.origin = Origin(tape)
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
        if new.shape != self.shape:
            self._check_in_place()
            raise ShapeError(f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(new.shape)}")
        return self._set(new, own=new.slot >= 0 or (not new.is_leaf and exclusive(new)))

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        if self.slot >= 0 and not self.is_leaf and key not in ((), Ellipsis):
            raise IndexError("a 0-d tensor has no elements to index; use x[()] or x[...]")
        if state.grad and self.requires_grad and self.is_leaf:
            raise RuntimeError(("a view of " + LEAF_IN_PLACE) if self.info.unrecorded < 0 else UNRECORDED)
        key = plain(key)
        if is_mixed(key):
            chosen, key = parted(key)
            self[chosen][key] = value
            return
        if isinstance(value, (Tensor, np.ndarray)) and value.ndim and value.shape[0] == 1 and self.slot < 0:
            value = value.reshape(without_ones(value.shape, np.ndim(self.values()[key])))
        self._set(value, key)

    def __getitem__(self: Any, key: Any) -> Any:
        if type(key) is not int:
            key = plain(key)
            if not isinstance(key, tuple):
                key = (key,)
            if any(isinstance(k, (list, np.ndarray)) for k in key):
                if is_mixed(key):
                    chosen, key = parted(key)
                    return self[chosen][key]
                return self._selected(key)
            if not any(k is Ellipsis for k in key):
                key = (*key, ...)
        data = getattr(self, "_data", None)
        if data is not None and not (state.grad and self.requires_grad):
            out = data[(key, ...) if type(key) is int else key]
            return self._sharing(out) if isinstance(out, np.ndarray) and shares(out, data) else concrete(np.asarray(out))
        if not state.grad:
            return self._outside()[key]
        array = self._looked_at()
        if array.ndim == 0:
            found = np.asarray(array.slots)[key]
            return self._viewing(array.view(np.asarray(found)))
        found = array.slots[key]
        if not isinstance(found, np.ndarray) or (not found.ndim and is_element(key)):
            return self._element(array.tape, array, int(found), key)
        return self._viewing(array.view(found))

    def _selected(self: Any, key: Any) -> Any:
        """A copy of the elements that an index with lists or masks chooses."""
        data = getattr(self, "_data", None)
        if data is not None and not (state.grad and self.requires_grad):
            return concrete(selected(data, key))
        if not state.grad:
            return self.detach()[key]
        array = self._looked_at()
        return self._viewing(array.view(selected(np.asarray(array.slots), key)))

    def _looked_at(self: Any) -> Any:
        """The array of which a view is taken; a leaf's, and that of a view of a leaf, on the present tape."""
        info = getattr(self, "_info", None)
        if self.is_leaf or (info is not None and info.source is not None):
            return operand(tape_for(self.dtype), self)
        return Array(self.tape, self.slot) if self.slot >= 0 else self._array

    def _element(self: Any, tape: EagerTape, array: Array, slot: int, key: Any) -> Any:
        """One element as a recorded scalar that follows changes of this tensor."""
        new = recorded(Array(tape, slot))
        info = new.info
        info.view = True
        mine = self.info
        if mine.own is not None:
            info.origin, info.base = Origin(tape), mine.parent
            return new
        leaf = self if self.is_leaf else mine.parent if mine.source is not None else None
        if leaf is not None:
            if self is not leaf:
                name(mine)
            info.requires_grad = leaf.info.viewed = True
            info.parent, info.source = leaf, leaf.info.imported[0]
            info.position = slot - info.source.slot
            info.origin = Origin(tape)
            storage = leaf._share()
            if storage.exposed:
                new.tape, new.slot = None, -1
            else:
                note(storage.elements, new)
            return new
        info.origin = Origin(tape)
        name(mine)
        family = mine.family
        if family is None:
            family = family_of(self)
        info.family = family
        if family.exposed:
            new._array, new.slot = element(self, key), -1
        else:
            info.parent, info.key = self, key
        note(family.members, new)
        return new

    def _viewing(self: Any, array: Array) -> Any:
        """A view of this tensor's elements."""
        mine = self.info
        if mine.own is not None:  # these elements are a copy, which no memory belongs to
            new = recorded(array)
            new.info.origin, new.info.view, new.info.base = Origin(new.tape), True, mine.parent
            return new
        leaf = self if self.is_leaf else mine.parent if mine.source is not None else None
        memory = self._data if self.is_leaf else getattr(self, "_array", None)  # an element of exposed memory has none
        if self.slot >= 0 or memory is None or not memory.ndim:
            array = self._cell(array, leaf)
        new = recorded(array)
        new.info.origin = Origin(new.tape) if leaf is not None else origin_of_view(self)
        if leaf is not None:
            if self is not leaf:
                name(mine)
            if is_shared(array.slots):
                leaf._share()
                info = new.info
                info.view = True
                info.requires_grad = leaf.info.viewed = True
                info.parent, info.source = leaf, leaf.info.imported[0]
        elif self.slot >= 0 or np.shares_memory(array.slots, self._array.slots):
            new.info.view = True
            join(new, family_of(self))
        return new

    def _copied(self: Any, array: Array, order: Literal["C", "K"]) -> Any:
        """A tensor of this one's elements that does not share its memory."""
        leaf = self.is_leaf or self.info.source is not None
        new = recorded(copied(array, order))
        new.info.origin = Origin(new.tape) if leaf else origin_of_view(self)
        return new

    def _cell(self: Any, array: Array, leaf: Any) -> Array:
        """A view of the one element of a tensor without axes, as slots that know where it stands."""
        still = (0,) * array.ndim
        if leaf is not None:
            return Array.of(array.tape, strided(int(array.slots.flat[0]), array.shape, still)) if array.size else array
        if self.slot < 0:
            return array
        family_of(self)
        parent = self._info.parent
        return parent._array.view(as_strided(element(parent, self._info.key).slots, array.shape, still))  # type: ignore[no-any-return]


def shares(view: NDArray[Any], data: NDArray[Any]) -> bool:
    """Whether what was made of an ndarray looks at its memory; without elements, whether it would."""
    return view.base is not None and (not view.size or np.may_share_memory(view, data))


def selected(layout: NDArray[Any], key: Any) -> NDArray[Any]:
    """Chosen elements; the axes that were not chosen from lie in memory as those of the whole do, as in PyTorch."""
    found = np.asarray(layout[key])
    if found.ndim != layout.ndim or layout.flags.c_contiguous:
        return np.asarray(found, order="C")
    strides = [abs(st) for st in layout.strides]
    for i, k in enumerate(key):
        if isinstance(k, (list, np.ndarray)) and not any(each is Ellipsis for each in key):
            strides[i] = 0  # its place among the axes is open
    order = list(reversed(range(found.ndim)))  # innermost first
    for i in range(1, found.ndim):
        for j in reversed(range(i)):
            a, b = strides[order[j]], strides[order[i]]
            if a and b and a <= b:
                break
            if a and b:
                order[i], order[j] = order[j], order[i]
                i = j
    order.reverse()
    return np.asarray(found.transpose(order), order="C").transpose(np.argsort(order))


def copied(array: Array, order: Literal["C", "K"] = "K") -> Array:
    """The same elements under names of their own; a later assignment to one array does not reach the other."""
    if array.slot >= 0:
        return array
    slots = array.slots
    return Array.of(array.tape, slots if is_shared(slots) and (order == "K" or slots.flags.c_contiguous) else slots.copy(order))


def check_overlap(layout: NDArray[Any], key: Any) -> None:
    """Refuse to write to elements that stand for several at once (of expand())."""
    target = layout[key]
    if isinstance(target, np.ndarray) and any(n > 1 and st == 0 for n, st in zip(target.shape, target.strides, strict=True)):
        raise RuntimeError(OVERLAP)


def is_mixed(key: Any) -> bool:
    """Whether an index has both integers and lists: the integers choose first, as in PyTorch; NumPy makes lists of them."""
    if not isinstance(key, tuple):
        return False
    return any(isinstance(k, (list, np.ndarray)) for k in key) and any(map(_is_integer, key))


def _is_integer(k: Any) -> bool:
    """Whether part of an index is an integer; a truth value is a mask."""
    return isinstance(k, (int, np.integer)) and not isinstance(k, bool)


def parted(key: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """A mixed index as two: that of its integers, and the rest."""
    first: list[Any] = []
    rest: list[Any] = []
    for k in key:
        if _is_integer(k):
            first.append(int(k))
            continue
        rest.append(k)
        if k is Ellipsis:
            first.append(k)
        elif k is not None:
            mask = np.asarray(k) if isinstance(k, (list, np.ndarray)) else None
            first += [slice(None)] * (mask.ndim if mask is not None and mask.dtype == bool else 1)
    return tuple(first), tuple(rest)


def without_ones(shape: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """A shape without as many leading ones as it has axes too many."""
    spare = len(shape) - ndim
    while spare > 0 and shape[0] == 1:
        shape, spare = shape[1:], spare - 1
    return shape


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
