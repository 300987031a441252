"""The eager tape of a thread: leaves that are imported, graphs that are freed, tapes that are begun anew.

Eager tensors of one dtype are recorded on one tape a thread. A leaf keeps its own ndarray and is copied to the tape as an
input when it is first used there, and again after it was changed. A backward pass frees instructions; when all are freed
and the tape is no longer small, the thread begins a new one, and the old one lives as long as a tensor looks at it.
"""

from __future__ import annotations

import sys
import threading
import weakref
from array import array
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.append import check, mismatch, state
from jittape.array.array import Array, apply
from jittape.errors import SharedSlotsError, TapeMismatchError
from jittape.instructions import BY_CODE
from jittape.ops._generated.opcodes import POS
from jittape.ops.expressions import names
from jittape.ops.layout import C_COUNT, C_INDEX, C_META, C_SLOTS, C_VISITED, FREED, INPUT, RUN
from jittape.ops.spec import OPS
from jittape.sweep.engine import find_useful, find_varied
from jittape.sweep.point.flags import SET, WHOLE
from jittape.tape.memory import SHORT, pages
from jittape.tape.references import Slots, is_shared, strided
from jittape.tape.tape import Tape

CUT_COUNT, CUT_SLOTS = 1 << 8, 1 << 13
"""A tape of which everything was freed is ended when it holds so many instructions or slots."""
COMPACT_COUNT, COMPACT_SLOTS = 1 << 16, 1 << 22
"""A tape is compacted when it holds so many instructions or slots, or twice as many as survived the last time."""
WORTHWHILE = 0.25
"""What share of the instructions or of the slots must be droppable for a tape that is full to be compacted."""
BLOCK = 1 << 16
"""Elements of a long array that are worked on at a time, so that no second long array is needed."""
SPARE = 4
"""Ended tapes that are kept to be used again."""
OLD_BYTES = 1 << 25
"""Ended tapes that tensors still look at are reduced to what these need, when they hold so much together."""


IS_FREED, IS_LINEAR = 1, 2

class Storage:
    """What tensors that share memory share: its version, and the recorded elements that were read off it.

    Attributes:
        version: grows with every change that is made through a tensor.
        exposed: the memory was handed out as an ndarray, so that it can change unseen and is compared at each use.
        elements: weak references to recorded scalars that are elements of this memory.
    """

    __slots__ = ("elements", "exposed", "version")

    def __init__(self) -> None:
        self.version = 0
        self.exposed = False
        self.elements: list[weakref.ref[Any]] = []

    def change(self) -> None:
        """The memory was written to: what was read off it must be read anew."""
        self.version += 1
        self.release()

    def release(self) -> None:
        for ref in self.elements:
            element = ref()
            if element is not None:
                element.slot, element.tape = -1, None
        self.elements.clear()


class Import:
    """A leaf's values on a tape, as an input.

    Attributes:
        leaf: weak reference to the tensor.
        at: the instruction.
        slot, size: the run of slots.
        version: of the leaf's storage when it was copied.
        token: of the tape.
    """

    __slots__ = ("at", "leaf", "size", "slot", "token", "version")

    def __init__(self, leaf: Any, slot: int, size: int, version: int, tape: EagerTape) -> None:
        self.leaf = weakref.ref(leaf)
        self.slot, self.size, self.version, self.token = slot, size, version, tape.token
        self.at = tape.count - 1


class EagerTape(Tape):
    """A tape that eager tensors are recorded on.

    Attributes:
        imports, import_at: every leaf that was copied here, and the instructions.
        empty_imports: those of leaves without elements.
        marks: one byte an instruction: IS_FREED by a backward pass without retain_graph, IS_LINEAR if its backward pass
            needs no values although its operation's does in general.
        retained: weak references to recorded tensors that keep their gradient.
        token: names this recording; a tape that is used again gets another.
        era: names the present numbers of slots and instructions; another after each compaction.
        ceiling, slot_ceiling: where the tape is compacted.
    """

    __slots__ = ("_flags", "_flags_at", "_known", "ceiling", "empty_imports", "era", "import_at", "imports", "marks", "retained", "slot_ceiling", "token")

    def __init__(self, dtype: Any) -> None:
        super().__init__(dtype)
        self._known: tuple[Any, ...] = ()
        self._flags: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._flags_at = 0
        self.marks: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.begin()

    def begin(self) -> None:
        """Forget everything, and be ready to record. Memory is kept."""
        self.count = self.extra = self.done = self.done_slots = 0
        self.bound_count = -1
        self.constants.clear()
        del self.meta[:], self.index[:]
        self.imports: list[Import] = []
        self.import_at = array("i")
        self.empty_imports: list[Import] = []
        if self.visited is None and self.marks.size >= SHORT:
            self.visited = self.marks  # see `free`
        self.marks = np.zeros(0, np.uint8)
        self.retained: list[weakref.ref[Any]] = []
        self.token = self.era = object()
        self.ceiling, self.slot_ceiling = COMPACT_COUNT, COMPACT_SLOTS
        self.ended = False
        if state.grad:
            self.resume()

    def marked(self) -> NDArray[np.uint8]:
        """`marks` with one byte for each of the present instructions."""
        if self.marks.size < self.count:
            grown = pages(self.capacity, np.uint8)
            grown[: self.marks.size] = self.marks
            self.marks = grown
        return self.marks[: self.count]

    def free(self, visited: NDArray[np.uint8]) -> None:
        """Mark the instructions that a backward pass visited, as `needed` returned them, as freed."""
        if not self.marks.size and visited.size >= SHORT:  # a long tape's first pass, and mostly its only one: no array more
            self.marks, self.visited = visited, None
            self.bound_count = -1
        else:
            self.marked()[: visited.size] |= visited

    def bind(self, values: bool = True) -> None:
        """As `Tape.bind`; addresses are asked for anew only where an array is another one."""
        if self.bound_count == self.count:
            return
        if not values:
            self._known = ()
            super().bind(False)
            return
        self.reserve_slots(self.slots)
        arrays = (self.opcode, self.value, self.adjoint, self.tangent_, self.visited)
        if len(self._known) != len(arrays) or any(a is not b for a, b in zip(arrays, self._known, strict=True)):
            self.bound_count = -1
            super().bind()
            self._known = arrays
            return
        c = self.control
        c[C_COUNT], c[C_SLOTS] = self.count, self.slots
        c[C_META], c[C_INDEX] = self.meta.buffer_info()[0], self.index.buffer_info()[0]
        self.bound_count = self.count

    def adjoints(self) -> Any:
        """As `Tape.adjoints`, with room to grow."""
        if self.adjoint is None or self.adjoint.size < self.slots:
            size = max(self.slots, self.value.size)
            self.check_limit("adjoints", self.slots, self.nbytes + self.dtype.itemsize * size)
            self.adjoint = np.zeros(size, self.dtype)
            self.bound_count = -1
        return self.adjoint

    def needed(self, slots: list[Slots], *, ends: NDArray[np.uint8] | None = None, whole: bool = False) -> tuple[Any, Any]:
        """(flags of slots, flags of instructions) that the given slots depend on, valid until the next call.

        Args:
            slots: the slots that are wanted.
            ends: one byte an instruction, set where the operands are not needed.
            whole: flag what lies between the slots of strided operands too, and constants, for a compaction.
        """
        if self._flags.size < self.slots:
            self._flags = pages(2 * self.slots if self.slots < SHORT else self.slots, np.uint8)
            self._flags_at = self._flags.ctypes.data
        else:
            self._flags[: self.slots] = 0
        if self.visited is None or self.visited.size < self.count:
            self.visited = pages(self.capacity, np.uint8)
            self.bound_count = -1
        for s in slots:
            self._flags[s] = 1
        self.bind(not whole)  # a compaction may find that it has nothing to do
        find_useful(self, self._flags_at, int(self.control[C_VISITED]), 0 if ends is None else ends.ctypes.data, WHOLE if whole else SET)
        return self._flags, self.visited[: self.count]

    def forget_flags(self) -> None:
        """Give back the memory of the flags of the slots, where that is not little and the tape is about to grow."""
        if self._flags.size > SHORT:
            self._flags = np.zeros(0, np.uint8)

    def active(self, slots: list[Slots], visited: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Flags of the slots that depend on the given ones; clears `visited` where an instruction does not."""
        flags = np.zeros(self.slots, np.uint8)
        for s in slots:
            flags[s] = 1
        self.bind()
        find_varied(self, flags.ctypes.data, visited.ctypes.data)
        return flags

    def reverse_between(self, k: int, s: int, stop: int) -> None:
        """Reverse sweep of the instructions before k, whose slots end at s, down to `stop`; runs as `needed` found."""
        try:
            self.bind()
            self.sweep("reverse", k, stop, s)
        except BaseException:
            self.adjoint = None  # half-swept adjoints must not leak into the next sweep
            self.bound_count = -1
            raise

    def saves(self, k: NDArray[np.intp] | slice) -> NDArray[np.bool_]:
        """Whether a backward pass through these instructions needs values, which freeing takes away."""
        return saving()[self.opcode[k]] & (self.marks[k] & IS_LINEAR == 0)

    def sizes(self, k: slice) -> NDArray[np.int32]:
        """How many slots these instructions write."""
        return np.where(self.opcode[k] >= RUN, self.arg1[k], np.int32(1))

    def starts(self) -> NDArray[np.int32]:
        """The first slot of every instruction, and the end. Where all are scalars, slots are the instructions' numbers."""
        if not self.extra:
            return np.arange(self.count + 1, dtype=np.int32)
        starts = np.zeros(self.count + 1, np.int32)
        np.cumsum(self.sizes(slice(self.count)), out=starts[1:])
        return starts

    def blocks(self) -> Iterator[slice]:
        """The instructions, some at a time."""
        for k in range(0, self.count, BLOCK):
            yield slice(k, min(k + BLOCK, self.count))

    def all_freed(self) -> bool:
        """Whether every instruction is a leaf or was freed by a backward pass."""
        marks = self.marked()
        return all(bool(((marks[k] & IS_FREED) | (self.opcode[k] & (RUN - 1) <= FREED)).all()) for k in self.blocks())


@cache
def saving() -> NDArray[np.bool_]:
    """For each opcode whether its derivative needs the value of an operand or of the result."""
    table = np.zeros(256, bool)
    for op in OPS:
        needs = any(names(p) & {"x", "y", "w", "z"} for p in op.partials)
        table[op.code] = table[RUN + op.code] = needs
    for code, instruction in BY_CODE.items():
        table[RUN + code] = instruction.saves
    table[FREED] = table[RUN + FREED] = True
    return table


# --- the tapes of a thread -----------------------------------------------------------------------------------------------


class _Spare(threading.local):
    def __init__(self) -> None:
        self.tapes: list[EagerTape] = []
        self.old: list[EagerTape] = []


_spare = _Spare()


def _references(tapes: list[Any], k: int) -> int:
    return sys.getrefcount(tapes[k])


_UNUSED = _references([object()], 0)


def tape_for(dtype: np.dtype[Any]) -> EagerTape:
    """The tape that tensors of this dtype are recorded on in this thread; no slot number may be held across a call."""
    tape = state.eager.get(dtype)
    if tape is None:
        tape = state.eager[dtype] = _fresh(dtype)
    elif tape.count >= tape.ceiling or tape.slots >= tape.slot_ceiling:
        if not tape.busy:
            from jittape.eager.compact import compact

            compact(tape, WORTHWHILE)
    return tape  # type: ignore[return-value]


def _fresh(dtype: np.dtype[Any]) -> EagerTape:
    """A tape to record on: one that was used and that nothing refers to any more, or a new one."""
    tapes = _spare.tapes
    for k in range(len(tapes)):
        if tapes[k].dtype == dtype and _references(tapes, k) <= _UNUSED:
            tape = tapes.pop(k)
            tape.begin()
            return tape
    tape = EagerTape(dtype)
    if not state.grad:
        tape.pause()
    return tape


def cut(tape: EagerTape) -> None:
    """End a tape of which everything was freed, if it is no longer small."""
    if (tape.count < CUT_COUNT and tape.slots < CUT_SLOTS) or tape.busy or state.eager.get(tape.dtype) is not tape:
        return
    if not tape.all_freed():
        return
    for entry in tape.imports:
        unlink(entry)
    tape.end()
    del state.eager[tape.dtype]
    _spare.tapes.append(tape)
    _spare.old += _spare.tapes[:-SPARE]
    del _spare.tapes[:-SPARE]
    if sum(t.nbytes for t in _spare.old) > OLD_BYTES:
        from jittape.eager.compact import reduce

        reduce(_spare.old)
        _spare.old.clear()


def unlink(entry: Import) -> None:
    """Let a leaf forget its import, so that it is imported anew when it is used."""
    leaf = entry.leaf()
    if leaf is not None and leaf.info.imported is not None and leaf.info.imported[0] is entry:
        leaf.info.imported = leaf.tape = None
        leaf.slot = -1


def set_recording(grad: bool) -> None:
    """Switch the recording of this thread's eager tensors on or off."""
    state.grad = grad
    for tape in state.eager.values():
        if grad:
            tape.resume()
        else:
            tape.pause()


# --- tensors on a tape ---------------------------------------------------------------------------------------------------


def operand(tape: EagerTape, t: Any) -> Any:
    """What a tensor is on a tape: an Array, or its ndarray where it does not require grad."""
    if t.tape is tape:
        if t.slot >= 0:
            return Array(tape, t.slot)
        info = getattr(t, "_info", None)
        return t._array if info is None or info.source is None else _view_of_leaf(tape, t, info)
    data = getattr(t, "_data", None)
    if data is not None:
        if t.requires_grad:
            return import_leaf(tape, t)[1]
        if data.ndim and data.dtype.kind == "f" and data.dtype.itemsize > tape.dtype.itemsize:
            raise TapeMismatchError(mismatched(tape.dtype, data.dtype))
        return data
    info = getattr(t, "_info", None)
    if info is not None and info.source is not None:
        return _view_of_leaf(tape, t, info)
    return _foreign(tape, t)


def mismatched(a: Any, b: Any) -> str:
    return f"tensors of dtype {a} and {b} were mixed, and a derivative is computed in one dtype; convert one of them: t.detach().to(dtype)"


def import_leaf(tape: EagerTape, t: Any) -> tuple[Import, Array]:
    """A leaf that requires grad as an input of the tape, copied there unless its present values are."""
    info, data = t.info, t._data
    if data.dtype != tape.dtype:
        raise TapeMismatchError(mismatched(tape.dtype, data.dtype))
    imported: tuple[Import, Array | None] | None = info.imported
    if imported is not None and imported[0].token is tape.token and _same(tape, imported[0], info, data):
        entry, array = imported
        return entry, Array(tape, entry.slot) if array is None else array
    check(tape)
    storage = info.storage
    entry = Import(t, tape.append_leaf(data, INPUT), data.size, 0 if storage is None else storage.version, tape)
    tape.imports.append(entry)
    tape.import_at.append(entry.at)
    if not entry.size:
        tape.empty_imports.append(entry)
    array = Array.of_run(tape, entry.slot, data.shape)
    info.imported = (entry, array if data.ndim else None)
    if not data.ndim and storage is None and tape.thread == info.thread:
        t.tape, t.slot = tape, entry.slot  # from here on it takes the fast way
    return entry, array


def _same(tape: EagerTape, entry: Import, info: Any, data: NDArray[Any]) -> bool:
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


def _view_of_leaf(tape: EagerTape, t: Any, info: Any) -> Array:
    """A view of a leaf: of the leaf's present import."""
    leaf, source = info.parent, info.source
    entry, _ = import_leaf(tape, leaf)
    if info.own is not None:
        return _own_slots(tape, t, info, entry)
    mine, storage = tape.thread == leaf.info.thread, leaf.info.storage
    if info.position >= 0:
        slot = entry.slot + info.position
        if mine and not storage.exposed:
            t.tape, t.slot = tape, slot
            storage.elements.append(weakref.ref(t))
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
        tape.retained.append(weakref.ref(t))
    return info.own[1]  # type: ignore[no-any-return]


def shifted(slots: Slots, by: int) -> Slots:
    """The same slots, `by` further on; a view of the shared arange stays one."""
    if not is_shared(slots) or not slots.size:
        return slots + np.int32(by)
    return strided(int(slots.flat[0]) + by, slots.shape, tuple(st // slots.itemsize for st in slots.strides))


def _foreign(tape: EagerTape, t: Any) -> Array:
    """A tensor of an ended tape as a leaf whose graph was freed."""
    other = t.tape
    if other.thread != tape.thread or other.dtype != tape.dtype or not other.ended:
        raise TapeMismatchError(mismatch(tape, other))
    check(tape)
    values = t.values()
    array = Array.of_run(tape, tape.append_leaf(values, FREED), values.shape)
    tape.marked()[tape.count - 1] = IS_FREED
    return array
