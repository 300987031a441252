"""A loop: so many turns of one body, and where its operands stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import (
    FIRST_OPERATION,
    STRUCTURAL,
)
from jittape.ops.spec import by_code
from jittape.passes.elements import ADJOINT, VALUE
from jittape.sweep.loops.body import FAR, FIXED, GATHER, LAG, STREAM, TURN, Body, Operand, loaded, stored
from jittape.sweep.loops.parts import buffers
from jittape.tape.loops import Pack, Row


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
    operands: list[tuple[int, int]] = field(default_factory=list)
    """Where the operands that are data stand for the kernels, slot in the first turn and step, as D_OPERANDS of sweep/loops/body.py has them."""
    stored: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Where results in memory stand, likewise."""
    previous: list[int] = field(default_factory=list)
    """Where what comes from the turns before the first one stands."""
    pack: Pack | None = None
    """The copies of operands that it reads."""
    moved_lists: tuple[NDArray[np.int64], ...] = ()
    """The lists of operands likewise."""
    vectors: Body | None = None
    """The body as it is compiled where its turns are swept as vectors."""
    moved: Body | None = None
    """The same where there is one turn, of which some operands stand elsewhere."""
    starts: dict[int, list[int]] = field(default_factory=dict)
    """Of results that go to later turns where they stand of the turn before the first one, of the one before that, and so on, if that is not
    where such turns would have them."""

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
        data = [(a + step * begin, step) if x is None else (x.ctypes.data, 0) for (a, step), x in zip(self.data, lists, strict=True)]
        return Loop(self.first + by, self.slot + by, turns, self.body, data, lists, starts=starts)

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
        places = (x for pair in (*(self.operands or self.data), *self.stored.values()) for x in pair)
        data = np.array([self.slot, self.turns, self.table, *places, *self.previous], np.int64)
        room = 0 if self.vectors is None else buffers(self.vectors)
        return Row(self.first, self.end, self.slot, self.length, False, forward, reverse, data, self.moved_lists, room, pack=self.pack)

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
