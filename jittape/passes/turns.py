"""A loop: so many turns of one body, and where its operands stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import (
    FIRST_OPERATION,
    STRUCTURAL,
)
from jittape.ops.spec import by_code
from jittape.passes.elements import ADJOINT, VALUE, native
from jittape.sweep.loops.body import FAR, FIXED, GATHER, LAG, STREAM, TURN, Body, Operand, beyond_reach, loaded, stored
from jittape.sweep.loops.parts import buffers, clears, possible
from jittape.tape.loops import Pack, Row


@dataclass(eq=False)
class Loop:
    """One loop of a tape.

    Attributes:
        first, slot: its first instruction, and the slot that this writes.
        turns: how often the body is gone through.
        body: what a turn computes.
        data: for each operand of the body that is data its slot in the first turn and its step, int64 [operands, 2].
    """

    first: int
    slot: int
    turns: int
    body: Body
    data: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), np.int64))
    lists: list[NDArray[np.int64] | None] = field(default_factory=list)
    """For each operand that is data its slots turn by turn, where these move otherwise; then data has the address."""
    table: int = 0
    """Address of the table of kernels."""
    early: frozenset[int] = frozenset()
    """Instructions whose results something reads that is no later turn, and not of the last turn only."""
    operands: NDArray[np.int64] | None = None
    """Where the operands that are data stand for the kernels, slot in the first turn and step, as D_OPERANDS of sweep/loops/body.py has them."""
    stored: NDArray[np.int64] | None = None
    """Where results in memory stand, likewise."""
    previous: NDArray[np.int64] | None = None
    """Where what comes from the turns before the first one stands."""
    pack: Pack | None = None
    """The copies of operands that it reads."""
    moved_lists: tuple[NDArray[np.int64], ...] = ()
    """The lists of operands likewise."""
    vectors: Body | None = None
    """The body as it is compiled where its turns are swept as vectors."""
    moved: Body | None = None
    """The same where there is one turn, of which some operands stand elsewhere."""
    direct: Body | None = None
    """The body as it is compiled where some operands stand where the caller has the argument (direct.py), and `reach`, the lowest slot of them that
    gets contributions."""
    reach: int = -1
    starts: dict[int, list[int]] = field(default_factory=dict)
    """Of results that go to later turns where they stand of the turn before the first one, of the one before that, and so on, if that is not
    where such turns would have them."""

    @property
    def emitted(self) -> Body:
        """The body as it is compiled."""
        return self.direct or self.vectors or self.moved or self.body

    @property
    def end(self) -> int:
        return self.first + self.turns * self.body.size

    def first_slot(self, o: Operand) -> int:
        """The slot of an operand in the first turn."""
        if o.kind == GATHER:
            listed = self.lists[o.number]
            assert listed is not None
            return int(listed[0])
        return int(self.data[o.number, 0]) if o.kind in (FIXED, STREAM) else self.slot + o.number - o.lag * self.body.size

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
            step = int(self.data[o.number, 1])
            last = first + step * (self.turns - 1)
            return slice(min(first, last), max(first, last) + 1, abs(step) or 1)
        if o.kind == LAG and o.number in self.starts:
            return np.array(self.before(o.number, o.lag)[max(o.lag - self.turns, 0) :], np.int64)
        return slice(first, first + self.body.size * (min(o.lag, self.turns) - 1) + 1, self.body.size) if o.lag else slice(first, first + 1)

    def before(self, j: int, lag: int) -> list[int]:
        """The slots of instruction j's result in so many turns before the first one, the last of them first."""
        return self.starts[j][:lag] if j in self.starts else [self.slot + j - d * self.body.size for d in range(1, lag + 1)]

    def part(self, begin: int, turns: int) -> Loop:
        """Some of its turns, as a loop of the same body."""
        by = begin * self.body.size
        starts = {j: [*(self.slot + by + j - d * self.body.size for d in range(1, begin + 1)), *slots][: len(slots)] for j, slots in self.starts.items()}
        lists = [None if a is None else a[begin : begin + turns] for a in self.lists]
        data = self.data + self.data[:, 1:] * np.array([begin, 0])
        for n, x in enumerate(lists):
            if x is not None:
                data[n] = x.ctypes.data, 0
        return Loop(self.first + by, self.slot + by, turns, self.body, data, lists, starts=starts)

    def loads(self) -> Iterator[Any]:
        """The slots that its reverse sweep has values from, as indices."""
        for o in loaded(self.body):
            yield slice(self.slot, self.slot + self.length) if o.kind == TURN else self.earlier(o)

    def settle(self, flags: NDArray[np.uint8], known: dict[Any, Any], lanes: bool = False) -> None:
        """Find out which values are stored, and to which adjoints others contribute, by the flags of all slots.

        Args:
            known: what was found of bodies before.
            lanes: turns are computed for many points side by side, which do not wait for each other.
        """
        body, period = self.body, self.body.size
        if id(body) not in known:
            known[id(body)] = body, *_between_turns(body)
        _, lags, far, real, each = known[id(body)]
        found = np.empty(2 * period + len(each), np.uint8)
        native("seen")(flags[self.slot :].ctypes.data, self.turns, period, each.ctypes.data, len(each), found.ctypes.data)
        looks = id(body), found.tobytes()
        if looks not in known:
            known[looks] = self._settled(found, lags, far, real, known, lanes)
        self.early, self.body = known[looks]

    def _settled(self, found: NDArray[np.uint8], lags: dict[int, int], far: set[int], real: set[int], known: dict[Any, Any], lanes: bool) -> tuple[frozenset[int], Body]:
        """Of which instructions results are read before the last turn, and the body that says what is stored; see `settle`, and `seen` of
        sweep/loops/finding.py."""
        body, period = self.body, self.body.size
        before, seen = found[:period], found[:period] | found[period : 2 * period]
        read = set(np.flatnonzero(seen & VALUE).tolist()) | far | set(lags)
        outside = set(np.flatnonzero(seen & ADJOINT).tolist()) | far
        for j, bits in zip(lags, found[2 * period :].tolist(), strict=True):
            if j not in far and not bits & ADJOINT:
                outside.discard(j)
        key = id(body), frozenset(read & real), frozenset(outside & real)
        if key not in known:
            kept = stored(body.codes, body.operands, set(key[1]))
            new = replace(body, lags=tuple(lags.get(j, 0) for j in range(period)), kept=kept, outside=key[2])
            if lags and not lanes and not possible(new):
                new = replace(new, kept=beyond_reach(body.codes, body.operands, kept))
            known[key] = new
        return frozenset(np.flatnonzero(before & VALUE).tolist()), known[key]

    def row(self, forward: int, reverse: int) -> Row:
        """What the sweeps read of it, with its kernels at these addresses."""
        places = [a.ravel() for a in (self.data if self.operands is None else self.operands, self.stored, self.previous) if a is not None]
        data = np.concatenate([np.array([self.slot, self.turns, self.table], np.int64), *places])
        room = 0 if self.vectors is None else buffers(self.vectors)
        zeroing = self.vectors is not None and clears(self.emitted)
        return Row(self.first, self.end, self.slot, self.length, False, forward, reverse, data, self.moved_lists, room, zeroing, reach=self.reach, pack=self.pack)

    def words(self) -> Iterator[str]:
        body = self.body
        what = f"{self.turns:,} turn{'' if self.turns == 1 else 's'} of {body.size:,}{' as vectors' if self.vectors else ''}" if body.loop else f"{body.size:,} in a row"
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
            text += f" by {self.data[o.number, 1]}"
        if o.kind == GATHER:
            text += ", ... listed"
        return text if o.active else f"{text} const"


def lags_of(body: Body) -> dict[int, int]:
    """How many turns later each result is read from registers, if it is."""
    lags: dict[int, int] = {}
    for row in body.operands:
        for o in row:
            if o.kind == LAG:
                lags[o.number] = max(lags.get(o.number, 0), o.lag)
    return lags


def _between_turns(body: Body) -> tuple[dict[int, int], set[int], set[int], NDArray[np.int64]]:
    """`lags_of`; the results that are read much later; the instructions that are no leaves; and the first one as an array."""
    far = {o.number for row in body.operands for o in row if o.kind == FAR}
    lags = lags_of(body)
    return lags, far, {j for j, code in enumerate(body.codes) if code >= FIRST_OPERATION}, np.array([*lags.items()], np.int64).reshape(-1, 2)


def mark(loops: Sequence[Loop], flags: NDArray[np.uint8], bits: int) -> None:
    """Note for the slots outside of their turns that loops read that they do."""
    others: dict[int, tuple[Body, list[Operand]]] = {}
    found, turns = [], []
    for loop in loops:
        if id(loop.body) not in others:
            others[id(loop.body)] = loop.body, [o for o in {o for row in loop.body.operands for o in row} if o.kind not in (TURN, FIXED, STREAM)]
        data, listed = loop.data, [n for n, a in enumerate(loop.lists) if a is not None]
        found.append(np.delete(data, listed, axis=0) if listed else data)
        turns.append(loop.turns)
        for o in others[id(loop.body)][1]:
            flags[loop.earlier(o)] |= bits
    if found:
        mark_spans(np.column_stack((np.concatenate(found), np.repeat(turns, [len(data) for data in found]))), flags, bits)


def mark_spans(spans: NDArray[np.int64], flags: NDArray[np.uint8], bits: int) -> None:
    """The same for spans of slots: first slot, step, and how many."""
    spans = np.ascontiguousarray(spans, np.int64)
    native("mark_spans")(spans.ctypes.data, len(spans), flags.ctypes.data, bits)
