"""Dropping instructions of a tape: those that are kept get new slots, and their records and operands name these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import of
from jittape.instructions.references import Slots
from jittape.ops.layout import (
    FIRST_STRUCTURAL,
    GATHER_REF,
    INPUT,
    KIND,
    OPCODES,
    OPERATION,
    PARAMETER,
    REF,
    RUN,
    WHOLE,
)
from jittape.sweep.engine import find_useful
from jittape.tape.decode import ARITY, lengths
from jittape.tape.tape import Tape

BLOCK = 1 << 16
"""Instructions, or slots, that are gone through at a time, so that no second array of a tape's length is made."""


def shifts(kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """What is added to each slot that is kept when the others are dropped; zero for these."""
    by = np.cumsum(~kept, dtype=np.int32)
    np.negative(by, out=by)
    by *= kept
    return by


def prune(tape: Tape, roots: Sequence[Slots]) -> tuple[Tape, NDArray[np.int32]]:
    """A tape of only those instructions that some slots depend on; leaves that are no constants are kept too.

    It may have the old one's memory for values, which is not to be used any more.

    Returns:
        The tape, and what is to be added to a slot of the old one for its number on the new one.
    """
    needed, visited = np.zeros(tape.slots, np.uint8), np.zeros(tape.count, np.uint8)
    for slots in roots:
        needed[slots] = 1
    if tape.guards is not None:
        needed[tape.guards.slots] = 1
    tape.bind()
    whole, touched = np.array([0, tape.slots]), np.zeros(1, np.uint8)  # one block: all of it
    find_useful(tape, max(tape.count, 1), whole.ctypes.data, touched.ctypes.data, needed.ctypes.data, visited.ctypes.data, 0, WHOLE)
    opcode = tape.opcode[: tape.count]
    kept = visited.view(np.bool_) | ((opcode & OPERATION) == INPUT) | ((opcode & OPERATION) == PARAMETER)
    sizes = lengths(opcode, tape.arg1[: tape.count])
    by = np.repeat(np.where(kept, -np.cumsum(np.where(kept, 0, sizes)), 0).astype(np.int32), sizes)
    new = Tape(tape.dtype, max(int(np.count_nonzero(kept)), 1), tape.math)
    new.opcode, new.arg0, new.arg1 = opcode[kept], tape.arg0[: tape.count][kept], tape.arg1[: tape.count][kept]
    new.value = _kept_values(tape.value[: tape.slots], kept, sizes)
    new.count = new.capacity = new.opcode.size
    new.extra = new.value.size - new.count
    new.parts = tape.parts
    if tape.lines is not None:
        new.lines = [line for line, keep in zip(tape.lines, kept.tolist(), strict=True) if keep]
    starts = np.cumsum(sizes) - sizes
    new.constants = {x: s + int(by[s]) for x, s in tape.constants.items() if kept[starts.searchsorted(s, "right") - 1]}
    Renumbering(new, by, np.array(tape.meta, np.int32), np.array(tape.index, np.int32)).instructions(new.count)
    new.guards = None if tape.guards is None else tape.guards.renumbered(by)
    new.done, new.done_slots = (new.count, new.slots) if tape.done == tape.count else (0, 0)
    return new, by


def _kept_values(value: NDArray[Any], kept: NDArray[np.bool_], sizes: NDArray[np.int64]) -> NDArray[Any]:
    """The values of the instructions that are kept; where these are long they are moved in place, and most need not be moved at all."""
    if value.size < LONG * kept.size:
        return value[np.repeat(kept, sizes)]
    ends, at = np.cumsum(sizes), 0
    edges = np.flatnonzero(np.diff(np.concatenate(([False], kept, [False]))))
    for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        first, end = int(ends[a] - sizes[a]), int(ends[b - 1])
        if first != at:
            value[at : at + end - first] = value[first:end]
        at += end - first
    return value[:at]


LONG = 64
"""Slots an instruction from which values are moved by stretches."""


class Renumbering:
    """The operands of the instructions of a tape, named by new slots.

    Args:
        tape: whose instructions are those that are kept, with the operands that they had; its run records are empty.
        by: what is added to each old slot.
        meta, index: the run records that there were.
    """

    def __init__(self, tape: Tape, by: NDArray[np.int32], meta: NDArray[np.int32], index: NDArray[np.int32]) -> None:
        self.tape, self.by, self.meta, self.index = tape, by, meta, index
        self._lists: dict[tuple[int, int], int] = {}

    def instructions(self, n: int) -> None:
        """Renumber the operands of the first n instructions."""
        tape = self.tape
        for arg, least in ((tape.arg0, 1), (tape.arg1, 2)):
            reading = np.array([c < RUN and ARITY.get(c, 0) >= least for c in range(OPCODES)])
            for k in range(0, n, BLOCK):
                part = arg[k : min(k + BLOCK, n)]
                reads = reading[tape.opcode[k : k + part.size]]
                old = part[reads]
                part[reads] = old + self.by[old]
        for k in np.flatnonzero(tape.opcode[:n] >= RUN).tolist():
            first = len(tape.meta)
            self.record(int(tape.opcode[k]) - RUN, int(tape.arg0[k]), int(tape.arg1[k]))
            tape.arg0[k] = first

    def record(self, op: int, at: int, n: int) -> None:
        """Copy the record of a run to the new tape."""
        meta = self.meta
        if op in ARITY:
            record = meta[at : at + REF * ARITY[op]].copy()
            for p in range(ARITY[op]):
                self.reference(record, REF * p, n)
        elif op >= FIRST_STRUCTURAL:
            record = of(op).renumbered(self, at, n)
        else:
            return
        self.tape.meta.frombytes(np.ascontiguousarray(record, np.int32).tobytes())

    def reference(self, record: NDArray[np.int32], at: int, n: int) -> None:
        """Renumber the reference to n elements that stands in a record."""
        if n == 0:
            return
        if record[at] & KIND == GATHER_REF:
            slots = self.index[record[at + 1] : record[at + 1] + n]
            slots = (slots + self.by[slots]).astype(np.int32)
            record[at + 1] = self.tape.gather_list(slots)
            record[at + 2], record[at + 3] = slots.max(), slots.min()
        else:
            record[at + 1] += self.by[record[at + 1]]

    def slot(self, slot: int) -> int:
        """The new number of a slot."""
        return int(slot + self.by[slot])

    def listed(self, first: int, n: int) -> int:
        """Where n numbers of the gather lists stand that are no slots; instructions that shared them go on doing so."""
        place = self._lists.get((first, n))
        if place is None:
            place = self._lists[first, n] = self.tape.gather_list(self.index[first : first + n])
        return place

    def gathered(self, slots: NDArray[Any]) -> int:
        """Where the list of the new numbers of some slots begins."""
        return self.tape.gather_list((slots + self.by[slots]).astype(np.int32))


def squeeze(a: NDArray[Any], kept: NDArray[np.bool_]) -> int:
    """Move the kept elements of an array to its beginning; returns how many. No second array of its length is made."""
    n = 0
    for k in range(0, kept.size, BLOCK):
        flags = kept[k : k + BLOCK]
        part = a[k : k + flags.size][flags]
        a[n : n + part.size] = part
        n += part.size
    return n
