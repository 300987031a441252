"""The tape that eager tensors of one dtype are recorded on: a tape whose graphs are freed, and which knows its leaves.

A leaf keeps its own ndarray and is copied to the tape as an input where it is used (an `Import`). A backward pass frees the
instructions that it visited; their marks say so until a compaction drops them or the tape ends.
"""

from __future__ import annotations

import weakref
from array import array
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.state import state
from jittape.instructions import BY_CODE
from jittape.instructions.references import Slots
from jittape.ops.expressions import names
from jittape.ops.layout import C_COUNT, C_INDEX, C_META, C_SLOTS, C_VISITED, CONSTANT, FREED, OPERATION, RUN, SET, WHOLE
from jittape.ops.spec import OPS
from jittape.sweep.engine import find_useful, find_varied
from jittape.tape.memory import SHORT, kept, pages
from jittape.tape.tape import Tape

COMPACT_COUNT, COMPACT_SLOTS = 1 << 16, 1 << 22
"""A tape is compacted when it holds so many instructions or slots, or twice as many as survived the last time."""
GRAPH_COUNT = 1 << 13
"""The same after a backward pass that was recorded, since no later pass frees all that it leaves behind."""
BLOCK = 1 << 16
"""Elements of a long array that are worked on at a time, so that no second long array is needed."""
IS_FREED, IS_LINEAR = 1, 2
"""Marks of instructions, bits of a byte. The flag of an instruction that a backward pass visits is IS_FREED, so that flags
of visits become marks as they are."""


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
        kept: how many instructions survived the last compaction.
        mixed: (slot, size) of constants that stand among recorded elements, so that adjoints reach them, too.
    """

    __slots__ = ("_flags", "_flags_at", "_known", "ceiling", "empty_imports", "era", "import_at", "imports", "kept", "marks", "mixed", "retained", "slot_ceiling", "token")

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
        self.kept = 0
        self.mixed: list[tuple[int, int]] = []
        self.ended = False
        if state.grad:
            self.resume()

    def note_mixed(self, count: int) -> None:
        """Note the arrays of constants that were recorded since the tape had `count` instructions."""
        for k in np.flatnonzero(self.opcode[count : self.count] == RUN + CONSTANT).tolist():
            n = int(self.arg1[count + k])
            self.mixed.append((self.slots - int(self.sizes(slice(count + k, self.count)).sum()), n))

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
            self.adjoint = kept(size, self.dtype, zero=True)
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

    def trim(self) -> None:
        """Give back what memory an ended tape has beyond what it holds."""
        n = self.count
        self.opcode, self.arg0, self.arg1 = self.opcode[:n].copy(), self.arg0[:n].copy(), self.arg1[:n].copy()
        self.capacity = n
        self.value, self.marks = self.value[: self.slots].copy(), self.marks[:n].copy()
        self.adjoint = self.visited = None
        self._flags = np.zeros(0, np.uint8)
        self.bound_count = -1

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
        found: NDArray[np.bool_] = saving()[self.opcode[k]] & (self.marks[k] & IS_LINEAR == 0)
        return found

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
        return all(bool(((marks[k] & IS_FREED) | (self.opcode[k] & OPERATION <= FREED)).all()) for k in self.blocks())


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
