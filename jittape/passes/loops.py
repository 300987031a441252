"""Loops of a tape: stretches of scalar instructions that are one body, so many turns, with operands that move by equal steps.

A function that was recorded scalar by scalar is long because its loops were unrolled; here they are found again
(by periods.py). What is left of a short tape is bodies of one turn. `find` says what every body reads and
writes, by which it can be compiled (sweep/loops/body.py); nothing is changed on the tape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import (
    FIRST_OPERATION,
    INPUT,
    OPCODES,
    OPERATION,
    RUN,
    SUM,
)
from jittape.passes.alike import Alike
from jittape.passes.beginning import Beginnings
from jittape.passes.columns import Layout, apart, arrange, as_vectors, compact, moved_operands
from jittape.passes.cutting import far_apart, made, numbered, writable
from jittape.passes.elements import ADJOINT, VALUE, Elements, find_elements, native
from jittape.passes.leaves import computing
from jittape.passes.packing import pack
from jittape.passes.periods import LONGEST, Columns, search, stretches
from jittape.passes.sums import short_sums
from jittape.passes.turns import Loop, mark
from jittape.sweep.loops.body import NEAR, TURN, Body
from jittape.tape.decode import ARITIES, lengths, operands
from jittape.tape.drawing import find_spans
from jittape.tape.listing import find_loops
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

SHORTEST = 8
"""Instructions of a body of one turn."""
STRAIGHT = 2000
"""Instructions outside loops up to which they become bodies of one turn."""


@dataclass
class Found:
    """The loops of a tape, in order."""

    tape: Tape
    loops: list[Loop | Elements]
    seen: NDArray[np.uint8]
    """Flags of the slots that neither loops nor scalar instructions read."""
    layout: Layout = field(init=False)
    """Where loops have what they store."""
    args: tuple[NDArray[np.int32], ...] = ()
    """The operands of the scalar instructions that are left, by where they stand; none where that is in their slots."""

    def __post_init__(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        tape = self.tape
        for loop in self.loops:
            if isinstance(loop, Loop):
                loop.direct = None
        rows, self.layout = arrange([loop for loop in self.loops if isinstance(loop, Loop)], self.seen)
        self.loops = sorted([*rows, *(loop for loop in self.loops if isinstance(loop, Elements))], key=lambda loop: loop.first)
        repeated = [loop for loop in rows if loop.body.loop]
        pack(tape, self.loops, repeated, self.layout)
        as_vectors(repeated)
        left = np.ones(tape.count, np.bool_)
        for loop in self.loops:
            left[loop.first : loop.end] = False
        at = np.flatnonzero(left)
        given = [tape.arg0[at], tape.arg1[at]]
        found = [moved_operands(self.layout, tape.opcode[at], arg, least) for least, arg in enumerate(given, 1)]
        self.args = ()
        if any((a != b).any() for a, b in zip(given, found, strict=True)):
            self.args = np.empty(tape.count, np.int32), np.empty(tape.count, np.int32)  # what is compiled is never read
            for arg, new in zip(self.args, found, strict=True):
                arg[at] = new

    def gradient_alone(self) -> bool:
        """Whether adjoints can be found without a forward sweep: loops are all there is, and in reverse they read leaves only."""
        opcode = self.tape.opcode[: self.tape.count]
        real = (opcode & OPERATION) >= FIRST_OPERATION
        leaf = np.repeat(~real, lengths(opcode, self.tape.arg1[: self.tape.count]))
        left = real.copy()
        for loop in self.loops:
            left[loop.first : loop.end] = False
        return not left.any() and all(loop.pack is None for loop in self.loops if isinstance(loop, Loop)) and all(leaf[slots].all() for loop in self.loops for slots in loop.loads())

    def leave(self, refused: Sequence[Loop | Elements]) -> None:
        """Leave some of the loops to the interpreter, which has all slots in their places."""
        self.loops = [loop for loop in self.loops if loop not in refused]
        for loop in refused:
            for slots in loop.reads():
                self.seen[slots] = VALUE | ADJOINT
        self._arrange()


def find(tape: Tape, outputs: Sequence[NDArray[Any]] = (), guarded: NDArray[Any] | None = None, lanes: bool = False) -> Found:
    """The loops of a recording.

    Args:
        tape: the recording.
        outputs: slots whose values are wanted, and whose adjoints are given.
        guarded: slots whose values are looked at after the forward sweep.
        lanes: turns are computed for many points at once.
    """
    tape.bind(values=False)
    count = tape.count
    opcode = tape.opcode[:count]
    starts, constant = np.empty(count, np.int64), np.zeros(tape.slots, np.bool_)
    native("placed")(tape.opcode.ctypes.data, tape.arg1.ctypes.data, count, starts.ctypes.data, constant.ctypes.data)
    columns = Columns.of(tape)
    loops: list[Loop | Elements] = list(find_elements(tape, starts, constant))
    alike, beginnings = Alike(columns, constant), Beginnings(columns, constant)
    for begin, end in stretches(columns.opcode):
        shift = int(starts[begin]) - begin
        found: list[Loop] = []
        for first, period, turns in search(columns, begin, end, shift, False):
            loop = alike.made(first, period, turns, shift)
            if loop is not None:
                *early, loop = beginnings.found(loop, found[-1].end if found else begin)
                if found and found[-1].body.codes == loop.body.codes:
                    found += beginnings.between(found[-1], (*early, loop)[0])
                found += [*early, *far_apart(loop)]
        loops += found
        edges = [begin, *(k for loop in found for k in (loop.first, loop.end)), end]
        for start, stop in zip(edges[::2], edges[1::2], strict=True):  # what is left, where operands may be listed
            for first, period, turns in search(columns, start, stop, shift, True):
                loop = made(columns, first, period, turns, True, shift, constant)
                loops += [] if loop is None else [loop]
    loops += _straight(tape, columns, loops, starts, constant)
    loops.sort(key=lambda loop: loop.first)
    for each in loops:
        if isinstance(each, Loop):
            each.table = tape.engine.table_address
    loops, seen = _tell_apart(tape, loops, outputs, guarded, opcode, lanes)
    tape.bound_count = -1
    return Found(tape, loops, seen)


class Repeated:
    """The loops of a recording whose turns are instructions, and more than one, for memory of their own.

    Attributes:
        loops: see `find`.
        slots: of that memory.
    """

    def __init__(self, tape: Tape, outputs: Sequence[NDArray[Any]], guarded: NDArray[Any] | None) -> None:
        self._found = find(tape, outputs, guarded, True)
        self._arrange()

    def _arrange(self) -> None:
        found = self._found
        self.loops = [loop for loop in found.loops if isinstance(loop, Loop) and loop.body.loop]
        self._places = compact(self.loops, found.layout, found.tape.slots)
        self.slots = self._places.slots

    def moved(self, slots: NDArray[Any]) -> NDArray[np.int64]:
        """Where what has these slots stands there."""
        return self._places.moved(slots)

    def leave(self, loops: Sequence[Loop]) -> None:
        """Do without some loops."""
        self._found.leave(loops)
        self._arrange()


def _straight(tape: Tape, columns: Columns, loops: Sequence[Loop | Elements], starts: NDArray[np.int64], constant: NDArray[np.bool_]) -> list[Loop]:
    """What is left, as bodies of one turn, where it is short."""
    opcode = columns.opcode
    rest = (opcode < RUN) & (opcode != INPUT)
    sums = short_sums(tape)
    rest[list(sums)] = True
    for loop in loops:
        rest[loop.first : loop.end] = False
    if np.count_nonzero(rest) > STRAIGHT:
        return []
    written = rest & np.array([writable(code, columns.dtype) or code == RUN + SUM for code in range(OPCODES)])[opcode]
    found = []
    edges = np.flatnonzero(np.diff(np.concatenate(([False], written, [False])).astype(np.int8)))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        for first in range(begin, end, LONGEST):
            stop, slot = min(first + LONGEST, end), int(starts[first])
            if np.count_nonzero(opcode[first:stop] >= FIRST_OPERATION) < SHORTEST:
                continue
            codes = tuple((opcode[first:stop] & OPERATION).tolist())
            args = [arg[first:stop].tolist() for arg in columns.args]
            offsets = [[a - slot for a in sums.get(first + j) or [arg[j] for arg in args[: ARITIES[code]]]] for j, code in enumerate(codes)]
            rows = [[(NEAR if a < 0 else TURN, a, 0) for a in row] for row in offsets]
            found.append(numbered(codes, rows, first, slot, 1, constant))
    return found


def _tell_apart(tape: Tape, loops: Sequence[Loop | Elements], outputs: Sequence[NDArray[Any]], guarded: NDArray[Any] | None,
                opcode: NDArray[np.uint16], lanes: bool) -> tuple[list[Loop | Elements], NDArray[np.uint8]]:  # fmt: skip
    """Find out which values a loop has to store, and to which adjoints others contribute.

    Returns:
        The loops, some of them cut in two, and flags of the slots that neither these nor scalar instructions read.
    """
    flags = np.zeros(tape.slots, np.uint8)
    for slots in outputs:
        flags[slots] = VALUE | ADJOINT
    if guarded is not None:
        flags[guarded] |= VALUE
    inside = np.zeros(tape.count, np.bool_)
    edges = [0, *(k for loop in loops for k in (loop.first, loop.end)), tape.count]
    for loop in loops:
        inside[loop.first : loop.end] = True
        if isinstance(loop, Elements):
            for slots in loop.reads():
                flags[slots] |= VALUE | ADJOINT
            for copied in loop.copied():
                flags[copied] |= VALUE
    for k in np.flatnonzero((opcode >= RUN + FIRST_OPERATION) & ~inside).tolist():
        for slots, _ in operands(tape, k):
            flags[slots.ravel()] |= VALUE | ADJOINT
    loops, seen = apart(loops, flags), flags.copy()
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if begin < end:
            native("reading")(tape.address, begin, end, flags.ctypes.data, VALUE | ADJOINT)
    mark([loop for loop in loops if isinstance(loop, Loop)], flags, VALUE | ADJOINT)
    known: dict[Any, Any] = {}
    for loop in loops:
        if isinstance(loop, Loop):
            loop.settle(flags, known, lanes)
        else:
            loop.settle(flags)
    _unite([loop for loop in loops if isinstance(loop, Loop) and loop.body.loop])
    return loops, seen


def _unite(loops: list[Loop]) -> None:
    """Let loops whose bodies differ in what they store only, as cells at the ends of a grid do, be of one body: what all of them need."""
    bodies = {id(loop.body): loop.body for loop in loops}
    alike: dict[tuple[Any, ...], list[Body]] = {}
    for body in bodies.values():
        alike.setdefault((body.codes, body.operands, body.lags), []).append(body)
    united: dict[int, Body] = {}
    for group in alike.values():
        kept = frozenset().union(*(body.kept for body in group))
        outside = frozenset().union(*(body.outside for body in group))
        one = replace(group[0], kept=kept, outside=outside)
        united |= {id(body): one for body in group}
    for loop in loops:
        loop.body = united[id(loop.body)]


def words(found: Found) -> Iterator[str]:
    """What the loops of a tape are, a line each, and what is left over."""
    for loop in found.loops:
        yield from loop.words()
    opcode = found.tape.opcode[: found.tape.count]
    inside = np.zeros(opcode.size, np.bool_)
    for loop in found.loops:
        inside[loop.first : loop.end] = True
    real = computing(found.tape)
    scalar = real & (opcode < RUN)
    yield (f"left to the interpreter: {np.count_nonzero(scalar & ~inside):,} of {np.count_nonzero(scalar):,} scalar operations, "
           f"{np.count_nonzero(real & ~scalar & ~inside):,} of {np.count_nonzero(real & ~scalar):,} runs")  # fmt: skip


find_loops.append(lambda tape: words(find(workspace(tape))))
find_spans.append(lambda tape: [(loop.first, loop.end, next(iter(loop.words())).strip()) for loop in find(workspace(tape)).loops])
