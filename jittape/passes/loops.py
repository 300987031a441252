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
    CONSTANT,
    FIRST_OPERATION,
    INPUT,
    OPERATION,
    PARAMETER,
    RUN,
    STRUCTURAL,
    SUM,
)
from jittape.ops.spec import by_code
from jittape.passes.columns import Layout, apart, arrange, compact, moved_operands
from jittape.passes.elements import ADJOINT, VALUE, Elements, find_elements, native
from jittape.passes.periods import LONGEST, REGISTERS, Columns, search, stretches
from jittape.passes.sums import short_sums
from jittape.sweep.loops.body import FAR, FIXED, GATHER, LAG, NEAR, STREAM, TURN, Body, Operand, loaded, stored
from jittape.sweep.loops.independent import buffers
from jittape.sweep.loops.scalars import has_form
from jittape.tape.decode import ARITIES, lengths, operands
from jittape.tape.listing import find_loops
from jittape.tape.loops import Row
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

SHORTEST = 8
"""Instructions of a body of one turn."""
STRAIGHT = 2000
"""Instructions outside loops up to which they become bodies of one turn."""
LEAST_APART = 16
"""Turns between one and the first that depends on it, from which they are loops of their own."""
MOST_PEELED = 3
"""Turns that a loop whose operands are listed may begin later for other operands to move by equal steps."""


@dataclass
class Loop:
    """One loop of a tape.

    Attributes:
        first, slot: its first instruction, and the slot that this writes.
        turns: how often the body is gone through.
        body: what a turn computes.
        data: for each operand of the body that is data its slot in the first turn and its step.
    """

    first: int
    slot: int
    turns: int
    body: Body
    data: list[tuple[int, int]] = field(default_factory=list)
    lists: list[NDArray[np.int64] | None] = field(default_factory=list)
    """For each operand that is data its slots turn by turn, where these move otherwise; then data has the address."""
    table: int = 0
    """Address of the table of kernels."""
    early: frozenset[int] = frozenset()
    """Instructions whose results something reads that is no later turn, and not of the last turn only."""
    places: list[int] = field(default_factory=list)
    """Where operands and results stand for the kernels, see D_OPERANDS of sweep/loops/body.py, if columns have moved some."""
    moved_lists: tuple[NDArray[np.int64], ...] = ()
    """The lists of operands likewise."""
    vectors: Body | None = None
    """The body as it is compiled where its turns are swept as vectors."""
    moved: Body | None = None
    """The same where there is one turn, of which some operands stand elsewhere."""

    @property
    def emitted(self) -> Body:
        """The body as it is compiled."""
        return self.vectors or self.moved or self.body

    @property
    def end(self) -> int:
        return self.first + self.turns * self.body.size

    def first_slot(self, o: Operand) -> int:
        """The slot of an operand in the first turn."""
        if o.kind == GATHER:
            listed = self.lists[o.number]
            assert listed is not None
            return int(listed[0])
        return self.data[o.number][0] if o.kind in (FIXED, STREAM) else self.slot + o.number - o.lag * self.body.size

    @property
    def length(self) -> int:
        """How many slots it writes."""
        return self.turns * self.body.size

    def reads(self) -> Iterator[Any]:
        """The slots outside the loop that it reads, as indices."""
        return map(self.earlier, {o for row in self.body.operands for o in row if o.kind != TURN})

    def earlier(self, o: Operand) -> Any:
        """The slots of an operand that lie before the loop, as an index."""
        if o.kind == GATHER:
            return self.lists[o.number]
        first = self.first_slot(o)
        if o.kind == STREAM:
            step = self.data[o.number][1]
            last = first + step * (self.turns - 1)
            return slice(min(first, last), max(first, last) + 1, abs(step) or 1)
        return slice(first, first + self.body.size * (min(o.lag, self.turns) - 1) + 1, self.body.size) if o.lag else slice(first, first + 1)

    def part(self, begin: int, turns: int) -> Loop:
        """Some of its turns, as a loop of the same body."""
        by = begin * self.body.size
        lists = [None if a is None else a[begin : begin + turns] for a in self.lists]
        data = [(a + step * begin, step) if x is None else (x.ctypes.data, 0) for (a, step), x in zip(self.data, lists, strict=True)]
        return Loop(self.first + by, self.slot + by, turns, self.body, data, lists)

    def loads(self) -> Iterator[Any]:
        """The slots that its reverse sweep has values from, as indices."""
        for o in loaded(self.body):
            yield slice(self.slot, self.slot + self.length) if o.kind == TURN else self.earlier(o)

    def settle(self, flags: NDArray[np.uint8]) -> None:
        """Find out which values are stored, and to which adjoints others contribute, by the flags of all slots."""
        body, period, turns = self.body, self.body.size, self.turns
        mine = flags[self.slot : self.slot + self.length].reshape(turns, period)
        lags, far = [0] * period, set()
        for row in body.operands:
            for o in row:
                if o.kind == LAG:
                    lags[o.number] = max(lags[o.number], o.lag)
                elif o.kind == FAR:
                    far.add(o.number)
        read = set(np.flatnonzero((mine & VALUE).any(axis=0)).tolist()) | far | {j for j, lag in enumerate(lags) if lag}
        outside = set(np.flatnonzero((mine & ADJOINT).any(axis=0)).tolist()) | far
        for j, lag in enumerate(lags):
            if lag and j not in far and not (mine[: turns - lag, j] & ADJOINT).any():
                outside.discard(j)
        self.early = frozenset(np.flatnonzero((mine[:-1] & VALUE).any(axis=0)).tolist())
        real = {j for j, code in enumerate(body.codes) if code >= FIRST_OPERATION}
        self.body = replace(body, lags=tuple(lags), kept=stored(body.codes, body.operands, read & real), outside=frozenset(outside & real))

    def row(self, forward: int, reverse: int) -> Row:
        """What the sweeps read of it, with its kernels at these addresses."""
        data = np.array([self.slot, self.turns, self.table, *(self.places or (x for pair in self.data for x in pair))], np.int64)
        room = 0 if self.vectors is None else buffers(self.vectors)
        return Row(self.first, self.end, self.slot, self.length, False, forward, reverse, data, self.moved_lists, room)

    def words(self) -> Iterator[str]:
        body = self.body
        what = f"{self.turns:,} turns of {body.size:,}{' as vectors' if self.vectors else ''}" if body.loop else f"{body.size:,} in a row"
        yield f"%{self.slot}:{self.slot + self.length} {what}: stored {len(body.kept)}, carried {sum(lag > 0 for lag in body.lags)}"
        for j, (code, row) in enumerate(zip(body.codes, body.operands, strict=True)):
            name = STRUCTURAL.get(code) or (by_code(code).name if code >= FIRST_OPERATION else "constant")
            yield f"  {j} = {name} {', '.join(map(self._word, row))}".rstrip()

    def _word(self, o: Operand) -> str:
        if o.kind == TURN:
            return f"{o.number}"
        if o.kind in (LAG, FAR):
            return f"{o.number} of {o.lag} turn{'s' if o.lag > 1 else ''} before"
        text = f"%{self.first_slot(o)}"
        if o.kind == STREAM:
            text += f" by {self.data[o.number][1]}"
        if o.kind == GATHER:
            text += ", ... listed"
        return text if o.active else f"{text} const"


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
        loops, self.layout = arrange([loop for loop in self.loops if isinstance(loop, Loop)], self.seen)
        loops += [loop for loop in self.loops if isinstance(loop, Elements)]
        self.loops = sorted(loops, key=lambda loop: loop.first)
        tape = self.tape
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
        return not left.any() and all(leaf[slots].all() for loop in self.loops for slots in loop.loads())

    def leave(self, refused: Sequence[Loop | Elements]) -> None:
        """Leave some of the loops to the interpreter, which has all slots in their places."""
        self.loops = [loop for loop in self.loops if loop not in refused]
        for loop in refused:
            for slots in loop.reads():
                self.seen[slots] = VALUE | ADJOINT
        self._arrange()


def find(tape: Tape, outputs: Sequence[NDArray[Any]] = (), guarded: NDArray[Any] | None = None) -> Found:
    """The loops of a recording.

    Args:
        tape: the recording.
        outputs: slots whose values are wanted, and whose adjoints are given.
        guarded: slots whose values are looked at after the forward sweep.
    """
    tape.bind(values=False)
    count = tape.count
    opcode, arg1 = tape.opcode[:count], tape.arg1[:count]
    sizes = lengths(opcode, arg1)
    starts = np.cumsum(sizes) - sizes
    columns = Columns.of(tape)
    leaf = np.repeat(opcode & OPERATION, sizes)
    constant = (leaf == CONSTANT) | (leaf == PARAMETER)
    constant &= np.repeat((opcode >= RUN) | (opcode < FIRST_OPERATION), sizes)
    loops: list[Loop | Elements] = list(find_elements(tape, starts, constant))
    for begin, end in stretches(columns.opcode):
        shift = int(starts[begin]) - begin
        found: list[Loop] = []
        for first, period, turns in search(columns, begin, end, shift, False):
            loop = _loop(columns, first, period, turns, False, shift, constant)
            if loop is not None:
                if found and found[-1].body.codes == loop.body.codes:
                    found += _between(columns, found[-1], loop, constant)
                found += _far_apart(loop)
        loops += found
        edges = [begin, *(k for loop in found for k in (loop.first, loop.end)), end]
        for start, stop in zip(edges[::2], edges[1::2], strict=True):  # what is left, where operands may be listed
            for first, period, turns in search(columns, start, stop, shift, True):
                loop = _loop(columns, first, period, turns, True, shift, constant)
                loops += [] if loop is None else [loop]
    loops += _straight(tape, columns, loops, starts, constant)
    loops.sort(key=lambda loop: loop.first)
    for each in loops:
        if isinstance(each, Loop):
            each.table = tape.engine.table_address
    loops, seen = _tell_apart(tape, loops, outputs, guarded, opcode)
    tape.bound_count = -1
    return Found(tape, loops, seen)


class Repeated:
    """The loops of a recording whose turns are instructions, and more than one, for memory of their own.

    Attributes:
        loops: see `find`.
        slots: of that memory.
    """

    def __init__(self, tape: Tape, outputs: Sequence[NDArray[Any]], guarded: NDArray[Any] | None) -> None:
        self._found = find(tape, outputs, guarded)
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


def _written(code: int, dtype: np.dtype[Any]) -> bool:
    """Whether a body may hold an instruction of this opcode."""
    return code in (CONSTANT, PARAMETER) or has_form(code, dtype)


class _Ranges:
    """Slots that a loop reads by memory: (slot in the first turn, step)."""

    def __init__(self, turns: int, listed: set[int]) -> None:
        self.turns = turns
        self.known: set[tuple[int, int]] = set()
        self.listed = listed
        self.low, self.high = 0, -1

    def add(self, base: int, step: int) -> None:
        self.known.add((base, step))
        ends = base, base + step * (self.turns - 1)
        self.low = min(self.low, *ends) if self.high >= 0 else min(ends)
        self.high = max(self.high, *ends)

    def hit(self, slot: int) -> bool:
        if slot in self.listed:
            return True
        if not self.low <= slot <= self.high:
            return False
        for base, step in self.known:
            q, rest = divmod(slot - base, step) if step else (0, slot - base)
            if not rest and 0 <= q < self.turns:
                return True
        return False


def _peeled(columns: Columns, first: int, period: int, turns: int) -> int:
    """How many turns at the beginning of a loop have operands that move by equal steps only later on, as what is read before it does."""
    found = 0
    for arg in columns.args:
        steps = np.diff(arg[first : first + turns * period].reshape(turns, period).astype(np.int64), axis=0)
        changed = steps[1:] != steps[:-1]
        early = changed.any(axis=0) & ~changed[MOST_PEELED:].any(axis=0)
        if early.any():
            found = max(found, int(np.flatnonzero(changed[:, early].any(axis=1))[-1]) + 1)
    return found


def _loop(columns: Columns, first: int, period: int, turns: int, loose: bool, shift: int, constant: NDArray[np.bool_]) -> Loop | None:
    """The loop of a stretch whose operands move by equal steps; None where it cannot be compiled.

    Args:
        shift: the slot that an instruction of the stretch writes, less its number.
        constant: for each slot whether it is a constant or a parameter.
    """
    codes = tuple(columns.opcode[first : first + period].tolist())
    if not all(_written(code, columns.dtype) for code in codes) or max(codes) < FIRST_OPERATION:
        return None
    if loose:
        peeled = _peeled(columns, first, period, turns)
        first, turns = first + peeled * period, turns - peeled
    slot = first + shift
    args = [[arg[first + k * period : first + (k + 1) * period].tolist() for k in (0, 1)] for arg in columns.args]
    lists: list[NDArray[np.int64]] = []
    every = [arg[first : first + turns * period].reshape(turns, period).astype(np.int64) for arg in columns.args] if loose else []
    rows: list[list[tuple[str, int, int]]] = []
    """Operands as (kind, number or slot, lag or step)."""
    for j, code in enumerate(codes):
        row: list[tuple[str, int, int]] = []
        for p in range(int(ARITIES[code])):
            a, step = args[p][0][j], args[p][1][j] - args[p][0][j]
            if loose and (np.diff(every[p][:, j]) != step).any():
                if every[p][:, j].max() >= slot:
                    return None
                row.append((GATHER, len(lists), 0))
                lists.append(every[p][:, j].copy())
                continue
            lag = (slot - a + period - 1) // period if a < slot else 0
            if step == period and lag < turns:
                number = a - slot + lag * period
                if lag == 0 and number >= j:
                    return None
                row.append((TURN if lag == 0 else LAG if lag <= REGISTERS else FAR, number, lag))
            elif step == 0 and a < slot:
                row.append((FIXED, a, 0))
            elif step and max(a, a + step * (turns - 1)) < slot:
                row.append((STREAM, a, step))
            else:
                return None
        rows.append(row)
    rows = _apart(rows, lists, slot, period, turns)
    return _numbered(codes, rows, first, slot, turns, constant, lists)


def _between(columns: Columns, before: Loop, after: Loop, constant: NDArray[np.bool_]) -> Iterator[Loop]:
    """The turns between two loops of one body, at the ends of a grid, say, as loops of one turn each of the same body."""
    body, period = after.body, after.body.size
    for first in range(before.end, after.first - period + 1, period):
        if (after.first - first) % period or tuple(columns.opcode[first : first + period].tolist()) != body.codes:
            return
        slot = after.slot - (after.first - first)
        data: dict[int, tuple[int, int]] = {}
        same = True
        for j, row in enumerate(body.operands):
            for o, arg in zip(row, columns.args, strict=False):
                a = int(arg[first + j])
                if o.kind in (FIXED, STREAM):
                    same &= a < slot and data.setdefault(o.number, (a, 0)) == (a, 0) and o.active >= (not constant[a])
                else:
                    same &= a == slot + o.number - o.lag * period
        fixed = {data[o.number][0] for row in body.operands for o in row if o.kind == FIXED and o.number in data}
        moving = {data[o.number][0] for row in body.operands for o in row if o.kind == STREAM and o.number in data}
        windows = {slot + o.number - d * period for row in body.operands for o in row if o.kind == LAG for d in range(1, o.lag + 1)}
        if same and not (fixed & moving or windows & (fixed | moving)):
            yield Loop(first, slot, 1, body, [data[n] for n in range(len(data))], [None] * len(data))


def _far_apart(loop: Loop) -> list[Loop]:
    """A loop whose turns depend on much earlier ones only, as loops of so many turns that do not depend on each other."""
    far = {o for row in loop.body.operands for o in row if o.kind == FAR}
    lag = min((o.lag for o in far), default=0)
    if lag < LEAST_APART or any(o.kind in (LAG, GATHER) for row in loop.body.operands for o in row):
        return [loop]
    numbers = {o: len(loop.data) + i for i, o in enumerate(sorted(far, key=lambda o: (o.number, o.lag)))}
    rows = tuple(tuple(Operand(STREAM, numbers[o], 0, o.active) if o in numbers else o for o in row) for row in loop.body.operands)
    size = loop.body.size
    found = []
    for begin in range(0, loop.turns, lag):
        part = loop.part(begin, min(lag, loop.turns - begin))
        part.data += [(part.slot + o.number - o.lag * size, size) for o in numbers]
        part.lists += [None] * len(numbers)
        part.body = replace(loop.body, operands=rows)
        found.append(part)
    return found


def _apart(rows: list[list[tuple[str, int, int]]], lists: list[NDArray[np.int64]], slot: int, period: int, turns: int) -> list[list[tuple[str, int, int]]]:
    """The same operands, with those in memory whose slots, or some of them, others of the loop reach by another way.

    Registers hold the adjoints of FIXED operands and of results of turns before the first one (LAG) until the loop ends.
    """
    ranges = _Ranges(turns, {s for slots in lists for s in slots.tolist()})
    for row in rows:
        for kind, a, step in row:
            if kind == STREAM:
                ranges.add(a, step)
            elif kind == FAR:
                ranges.add(slot - step * period + a, period)
    fixed = {a for row in rows for kind, a, _ in row if kind == FIXED}
    lags: dict[int, int] = {}
    for row in rows:
        for kind, a, lag in row:
            if kind == LAG:
                lags[a] = max(lags.get(a, 0), lag)
    far = {a for row in rows for kind, a, _ in row if kind == FAR}
    changed = True
    while changed:
        changed = False
        for j, lag in list(lags.items()):
            before = [slot - d * period + j for d in range(1, lag + 1)]
            if j in far or any(s in fixed or ranges.hit(s) for s in before):
                del lags[j]
                far.add(j)
                for d in range(1, lag + 1):
                    ranges.add(slot - d * period + j, period)
                changed = True
        for a in list(fixed):
            if ranges.hit(a):
                fixed.discard(a)
                ranges.add(a, 0)
                changed = True

    def where(kind: str, a: int, step: int) -> tuple[str, int, int]:
        if kind == LAG and a in far:
            return FAR, a, step
        if kind == FIXED and a not in fixed:
            return STREAM, a, 0
        return kind, a, step

    return [[where(*o) for o in row] for row in rows]


def _numbered(codes: tuple[int, ...], rows: list[list[tuple[str, int, int]]], first: int, slot: int, turns: int, constant: NDArray[np.bool_],
              lists: Sequence[NDArray[np.int64]] = ()) -> Loop:  # fmt: skip
    """The loop of these operands: those that are data get numbers, in the order in which they are met."""
    period = len(codes)
    data: dict[tuple[str, int, int], int] = {}
    loop = Loop(first, slot, turns, Body(codes, (), turns > 1, (), frozenset(), frozenset()))
    varies = [False] * period
    known: dict[Operand, bool] = {}
    found: list[tuple[Operand, ...]] = []
    for j, row in enumerate(rows):
        new = []
        for kind, a, step in row:
            if kind in (FIXED, STREAM, GATHER):
                n = data.setdefault((kind, a, step), len(data))
                if n == len(loop.data):
                    loop.data.append((a, step) if kind != GATHER else (lists[a].ctypes.data, 0))
                    loop.lists.append(lists[a] if kind == GATHER else None)
                o = Operand(kind, n)
            else:
                o = Operand(kind, a, step)
            if kind == TURN:
                active = varies[a]
            elif kind in (LAG, FAR) and codes[a] >= FIRST_OPERATION:
                active = True
            else:
                active = known.get(o)  # type: ignore[assignment]
                if active is None:
                    active = known[o] = not constant[loop.earlier(o)].all()
            new.append(o._replace(active=active))
        found.append(tuple(new))
        varies[j] = any(o.active for o in new)
    loop.body = replace(loop.body, operands=tuple(found))
    return loop


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
    written = rest & np.array([_written(code, columns.dtype) or code == RUN + SUM for code in range(256)])[opcode]
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
            found.append(_numbered(codes, rows, first, slot, 1, constant))
    return found


def _tell_apart(tape: Tape, loops: Sequence[Loop | Elements], outputs: Sequence[NDArray[Any]], guarded: NDArray[Any] | None,
                opcode: NDArray[np.uint8]) -> tuple[list[Loop | Elements], NDArray[np.uint8]]:  # fmt: skip
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
    for loop in loops:
        if isinstance(loop, Loop):
            for slots in loop.reads():
                flags[slots] |= VALUE | ADJOINT
    for loop in loops:
        loop.settle(flags)
    _unite([loop for loop in loops if isinstance(loop, Loop) and loop.body.loop])
    return loops, seen


def _unite(loops: list[Loop]) -> None:
    """Let loops whose bodies differ in what they store only, as cells at the ends of a grid do, be of one body: what all of them need."""
    alike: dict[tuple[Any, ...], list[Loop]] = {}
    for loop in loops:
        alike.setdefault((loop.body.codes, loop.body.operands, loop.body.lags), []).append(loop)
    for group in alike.values():
        kept = frozenset().union(*(loop.body.kept for loop in group))
        outside = frozenset().union(*(loop.body.outside for loop in group))
        body = replace(group[0].body, kept=kept, outside=outside)
        for loop in group:
            loop.body = body


def words(found: Found) -> Iterator[str]:
    """What the loops of a tape are, a line each, and what is left over."""
    for loop in found.loops:
        yield from loop.words()
    opcode = found.tape.opcode[: found.tape.count]
    inside = np.zeros(opcode.size, np.bool_)
    for loop in found.loops:
        inside[loop.first : loop.end] = True
    real = (opcode & OPERATION) >= FIRST_OPERATION
    scalar = real & (opcode < RUN)
    yield (f"left to the interpreter: {np.count_nonzero(scalar & ~inside):,} of {np.count_nonzero(scalar):,} scalar operations, "
           f"{np.count_nonzero(real & ~scalar & ~inside):,} of {np.count_nonzero(real & ~scalar):,} runs")  # fmt: skip


find_loops.append(lambda tape: words(find(workspace(tape))))
