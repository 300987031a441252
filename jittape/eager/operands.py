"""What a tensor is on a tape: a recorded one an array, a leaf an input that is copied there, a view of a leaf a part of it.

A leaf is copied when it is first used on a tape, and again after it was changed. Its views follow: they are taken anew of the
leaf's present copy.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, apply
from jittape.array.state import ComplexOperand, check, mismatch, state
from jittape.eager.lending import recall
from jittape.eager.tape import IS_FREED, EagerTape, Import
from jittape.errors import SharedSlotsError, TapeMismatchError
from jittape.instructions.references import shifted
from jittape.ops._generated.opcodes import POS
from jittape.ops.layout import FREED, INPUT

CHANGED = (
    "A view was created in no_grad mode and its base or another view of its base has been modified inplace since; take the view "
    "outside of no_grad(), or x.detach() instead of it."
)
CLEARED = 64
"""A list of weak references is cleared of dead ones at this length, and whenever it has doubled."""


def note(refs: list[Any], tensor: Any) -> None:
    """Remember a tensor, and now and then forget those that are gone."""
    n = len(refs)
    if n >= CLEARED and n & (n - 1) == 0:
        refs[:] = [r for r in refs if r() is not None]
    refs.append(weakref.ref(tensor))


class Storage:
    """What tensors that share plain memory share: its version, and what was read off it.

    Attributes:
        version: grows with every change that is made through a tensor.
        unseen: how many of these were made through `.data`, which views taken under no_grad() do not mind.
        exposed: the memory was handed out as an ndarray, so that it can change unseen and is compared at each use.
        elements: weak references to recorded scalars that are elements of this memory.
        members: weak references to the tensors that hold a part of it.
        mirrors: weak references to what ties it to recorded tensors (eager/family.py).
        family: of a tensor that left the graph by detach_(), what ties it to the memory of its detached views.
    """

    __slots__ = ("__weakref__", "elements", "exposed", "family", "members", "mirrors", "unseen", "version")

    def __init__(self, version: int = 0) -> None:
        self.version, self.unseen = version, 0
        self.exposed = False
        self.elements: list[weakref.ref[Any]] = []
        self.members: list[weakref.ref[Any]] = []
        self.mirrors: list[weakref.ref[Any]] = []
        self.family: Any = None

    def change(self, by: Any = None, unseen: bool = False) -> None:
        """The memory was written to (by a mirror, through `.data`): what was read off it must be read anew."""
        self.version += 1
        self.unseen += unseen
        if self.elements:
            self.release()
        if self.mirrors:
            self._pulled(by, unseen)

    def _pulled(self, by: Any, unseen: bool) -> None:
        for ref in self.mirrors:
            mirror = ref()
            if mirror is not None and mirror is not by:
                mirror.pull(unseen)

    def alone(self, tensor: Any) -> bool:
        """Whether nobody but this tensor looks at the memory."""
        if self.exposed or self.family is not None:
            return False
        for refs in (self.members, self.mirrors):
            for ref in refs:
                other = ref()
                if other is not None and other is not tensor:
                    return False
        return True

    def expose(self) -> None:
        """The memory is handed out as an ndarray."""
        self.exposed = True
        self.release()
        for ref in self.mirrors:
            mirror = ref()
            if mirror is not None and (family := mirror.family()) is not None:
                family.expose()

    def release(self) -> None:
        for ref in self.elements:
            element = ref()
            if element is not None:
                element.slot, element.tape = -1, None
        self.elements.clear()


def operand(tape: EagerTape, t: Any) -> Any:
    """What a tensor is on a tape: an Array, or its ndarray where it does not require grad."""
    if t.tape is tape:
        if t.slot >= 0:
            return Array(tape, t.slot)
        info = getattr(t, "_info", None)
        if info is None:
            return t._array
        if info.source is not None:
            return _view_of_leaf(tape, t, info)
        if info.family is not None and info.family.exposed:
            info.family.look()
        return t._array
    data = getattr(t, "_data", None)
    if data is not None:
        if t.requires_grad:
            return import_leaf(tape, t)[1]
        if data.ndim and data.dtype.kind == "f" and data.dtype.itemsize > tape.dtype.itemsize:
            raise TapeMismatchError(mismatched(tape.dtype, data.dtype))
        return data if state.step is None else state.step.constant(tape, t, data)
    info = getattr(t, "_info", None)
    if info is not None and info.source is not None:
        return _view_of_leaf(tape, t, info)
    return _foreign(tape, t)


def mismatched(a: Any, b: Any) -> str:
    return f"tensors of dtype {a} and {b} were mixed, and a derivative is computed in one dtype; convert one of them: t.to(dtype), or an array by astype"


def import_leaf(tape: EagerTape, t: Any) -> tuple[Import, Array]:
    """A leaf that requires grad as an input of the tape, copied there unless its present values are."""
    info, data = t.info, t._data
    if data.dtype != tape.dtype:
        raise TapeMismatchError(mismatched(tape.dtype, data.dtype))
    imported: tuple[Import, Array | None] | None = info.imported
    if imported is not None and imported[0].token is tape.token and same(tape, imported[0], info, data):
        entry, array = imported
        if info.borrower is not None:
            recall(t)
        return entry, Array(tape, entry.slot) if array is None else array
    check(tape)
    storage = info.storage
    if info.unrecorded >= 0 and info.unrecorded != storage.version - storage.unseen:
        raise RuntimeError(CHANGED)
    before = tape.count
    slot = tape.append_leaf(data, INPUT)
    at = tape.count - 1
    if at != before:  # a signal handler has recorded meanwhile
        at = int(tape.owners(np.array([slot]))[0]) if data.size else before
    entry = Import(t, at, slot, data.size, info.version if storage is None else storage.version, tape)
    tape.note_import(entry)
    array = Array.of_run(tape, entry.slot, data.shape)
    info.imported = (entry, array if data.ndim else None)
    if not data.ndim and storage is None and tape.thread == info.thread:
        t.tape, t.slot = tape, entry.slot  # from here on it takes the fast way
    return entry, array


def same(tape: EagerTape, entry: Import, info: Any, data: NDArray[Any]) -> bool:
    """Whether an import holds a leaf's present values."""
    storage = info.storage
    if storage is None:
        return True
    if entry.version != storage.version:
        return False
    if not storage.exposed:
        return True
    copied = tape.value[entry.slot : entry.slot + entry.size].reshape(data.shape)
    return bool(((copied == data) & (np.signbit(copied) == np.signbit(data)) | (np.isnan(copied) & np.isnan(data))).all())


NO_LEAF = "a view of a leaf is used after recorded values were stored into the leaf, which is none any more; take the view anew"


def _view_of_leaf(tape: EagerTape, t: Any, info: Any) -> Array:
    """A view of a leaf: of the leaf's present import."""
    leaf, source = info.parent, info.source
    if not leaf.is_leaf:
        raise SharedSlotsError(NO_LEAF)
    entry, _ = import_leaf(tape, leaf)
    if info.own is not None:
        return _own_slots(tape, t, info, entry)
    mine, storage = tape.thread == leaf.info.thread, leaf.info.storage
    if info.position >= 0:
        slot = entry.slot + info.position
        if mine and not storage.exposed:
            t.tape, t.slot = tape, slot
            note(storage.elements, t)
        return Array(tape, slot)
    if entry is source and t._array.tape is tape:
        return t._array  # type: ignore[no-any-return]
    array = Array.of(tape, shifted(t._array.slots, entry.slot - source.slot))
    if mine:
        t._array, t.tape, info.source = array, tape, entry
    return array


def _own_slots(tape: EagerTape, t: Any, info: Any, entry: Import) -> Array:
    """A view of a leaf that has slots of its own, since it keeps its gradient: copied anew on another tape."""
    if info.own[0] is not entry:
        if info.own[0].token is tape.token:
            raise SharedSlotsError(
                "a view of a leaf whose gradient is retained is used after the leaf was changed in place; take the view anew"
            )
        info.own = None
        new = apply(POS, _view_of_leaf(tape, t, info))
        info.own = (entry, new)
        t.tape, t.slot = tape, new.slot
        if new.slot >= 0:
            note(info.parent.info.storage.elements, t)
        tape.retained.append(weakref.ref(t))
        if info.hooks:
            tape.note_hooks(new.slots, info.hooks)
    return info.own[1]  # type: ignore[no-any-return]


def _foreign(tape: EagerTape, t: Any) -> Array:
    """A tensor of an ended tape as a leaf whose graph was freed."""
    if t.has_parts:
        raise ComplexOperand("a complex tensor is not taken here, where numbers are real; pass z.real and z.imag")
    if t.tape is None:  # a batch, which has no values
        return t.values()  # type: ignore[no-any-return]
    check_ended(tape, t.tape)
    info = getattr(t, "_info", None)
    if info is not None and info.family is not None and info.family.exposed:
        info.family.look()
        if t.tape is tape:  # it was changed, and stands here now
            return operand(tape, t)  # type: ignore[no-any-return]
    if info is not None and info.recast is not None and (again := info.recast(tape, t)) is not None:
        return again  # type: ignore[no-any-return]
    values = t.values()
    array = Array.of_run(tape, tape.append_leaf(values, FREED), values.shape)
    tape.marked()[tape.count - 1] = IS_FREED
    tape.copies.append((t.tape.token, array.slots))
    return array


def check_ended(tape: EagerTape, other: EagerTape) -> None:
    """Refuse the tensors of another tape, unless it is one of this thread and dtype that has ended."""
    if other.thread != tape.thread or other.dtype != tape.dtype or not other.ended:
        raise TapeMismatchError(mismatch(tape, other))
    check(tape)


def unlink(entry: Import) -> None:
    """Let a leaf forget its import, so that it is imported anew when it is used."""
    leaf = entry.leaf()
    if leaf is not None and leaf.info.imported is not None and leaf.info.imported[0] is entry:
        leaf.info.imported = leaf.tape = None
        leaf.slot = -1
