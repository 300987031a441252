"""Where compiled loops have the results that they store: in columns, each of them side by side for all turns.

A turn writes as many slots as it has instructions, of which others read a few. So adjacent turns of one body use the slots that they have
together otherwise: those of the first result that is stored, turn by turn, stand at the beginning, then those of the second one, and so on.
Nothing else moves, and what is left of their slots is never touched. This is so where loops read the results, by equal steps within
such a stretch or by lists, and scalar instructions, whose operands are rewritten. What runs, guards or the results of the path read stands in
its slots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import FIRST_OPERATION, RUN
from jittape.passes.elements import counted
from jittape.sweep.loops.body import FAR, NEAR, STREAM, Body, in_memory, widest
from jittape.sweep.loops.parts import LEAST, NONE, possible, sharing, streams_of, vectors
from jittape.tape.decode import ARITIES

if TYPE_CHECKING:
    from jittape.passes.turns import Loop

MOST_CUTS = 3
"""How often a loop is cut so that what it reads moves by equal steps in columns, too."""
MOST_LAST = 4
"""Turns at the end of a loop that are a loop of their own where something else reads their results."""


@dataclass(frozen=True)
class Stretch:
    """Adjacent turns of one body, whose results stand in columns.

    Attributes:
        slot: the first slot.
        turns, size: how many turns of how many instructions.
        columns: the instructions whose results are stored.
    """

    slot: int
    turns: int
    size: int
    columns: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.slot + self.turns * self.size


@dataclass
class Layout:
    """The stretches of a tape, in order."""

    stretches: list[Stretch]

    def __post_init__(self) -> None:
        found = self.stretches
        self.starts, self.ends, self.turns, self.sizes = (
            np.array([getattr(s, name) for s in found], np.int64) for name in ("slot", "end", "turns", "size")
        )
        first = np.cumsum(self.sizes) - self.sizes
        self._first = first
        self._ranks = np.full(int(self.sizes.sum()), -1, np.int64)
        for s, at in zip(found, first.tolist(), strict=True):
            self._ranks[at + np.array(s.columns, np.int64)] = np.arange(len(s.columns))

    def within(self, slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The stretch that each slot lies in, or lies after, and whether it lies in it."""
        i = np.searchsorted(self.starts, slots, "right") - 1
        inside = i >= 0
        inside[inside] = slots[inside] < self.ends[i[inside]]
        return i, inside

    def moved(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where what has these slots stands."""
        i, inside = self.within(slots)
        if not inside.any():
            return slots
        at = i[inside]
        turn, j = np.divmod(slots[inside] - self.starts[at], self.sizes[at])
        found = slots.copy()
        found[inside] = self.starts[at] + self._ranks[self._first[at] + j] * self.turns[at] + turn
        return found


class Compact:
    """Places in memory that holds nothing but what is read: columns, without what is left of their slots.

    Attributes:
        slots: how many there are.
    """

    def __init__(self, layout: Layout, slots: int) -> None:
        self._layout = layout
        gaps = np.array([(s.size - len(s.columns)) * s.turns for s in layout.stretches], np.int64)
        self._left_out = np.concatenate(([0], np.cumsum(gaps)))
        self.slots = slots - int(self._left_out[-1])

    def moved(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where what has these slots stands."""
        slots = np.asarray(slots, np.int64)
        i, inside = self._layout.within(slots)
        return self._layout.moved(slots) - self._left_out[np.where(inside, i, i + 1)]


def compact(loops: Sequence[Loop], layout: Layout, slots: int) -> Compact:
    """Let the loops of so many turns find operands and results in such memory."""
    places = Compact(layout, slots)
    _move(loops, places)
    return places


def apart(loops: Sequence[Any], seen: NDArray[np.uint8]) -> list[Any]:
    """The same loops, with last turns as loops of their own where something else sees only these.

    Args:
        seen: flags of slots that neither loops nor scalar instructions read.
    """
    found: list[Any] = []
    for loop in loops:
        if loop.body.loop and loop.body.summed < 0 and hasattr(loop, "part"):
            at = np.flatnonzero(seen[loop.slot : loop.slot + loop.length])
            last = loop.turns - int(at[0]) // loop.body.size if at.size else 0
            if 0 < last <= MOST_LAST and last < loop.turns:
                found += [loop.part(0, loop.turns - last), loop.part(loop.turns - last, last)]
                continue
        found.append(loop)
    return found


def arrange(loops: Sequence[Any], seen: NDArray[np.uint8]) -> tuple[list[Any], Layout]:
    """Give results columns where that can be.

    Args:
        loops: of turns, in order.
        seen: flags of slots that neither these nor scalar instructions read.

    Returns:
        The loops, of which some are cut where what they read is not in the same stretch any more; and the stretches.
    """
    rows, layout = _layout([loop for loop in loops if loop.body.loop], seen)
    _move(rows, layout)
    straight = [loop for loop in loops if not loop.body.loop]
    for loop in straight:
        loop.moved = _moved_body(loop, layout)
    return [*straight, *rows], layout


def _layout(rows: list[Loop], seen: NDArray[np.uint8]) -> tuple[list[Loop], Layout]:
    """The stretches of adjacent turns whose results may have columns, and the loops cut by them."""
    count = counted(seen)
    fixed = np.array([count[row.slot + row.length] > count[row.slot] or min(row.body.codes) < FIRST_OPERATION for row in rows], np.bool_)
    while rows:
        low = np.array([row.slot for row in rows], np.int64)
        high = low + np.array([row.length for row in rows], np.int64)
        same = np.array([i > 0 and rows[i].body is rows[i - 1].body and rows[i].first == rows[i - 1].end for i in range(len(rows))])
        owners, spans = _spans(rows, fixed)
        cuts: dict[int, set[int]] = {}
        while True:
            layout = _stretches(rows, fixed, same)
            known: dict[tuple[int, int, int], list[int] | None] = {}
            if not layout.stretches or not spans.size:
                return rows, layout
            first, first_in = layout.within(spans[:, 0])
            last, last_in = layout.within(spans[:, 1])
            steps = np.where(first_in, layout.sizes[first], 1)
            bad = np.flatnonzero((first != last) | (first_in != last_in) | (first_in & ((spans[:, 2] % steps != 0) | (spans[:, 2] < 0))))
            cuts, pinned = {}, []
            for q in bad.tolist():
                r, number = owners[q].tolist()
                at = None
                if number >= 0:
                    (a, step), turns = rows[r].data[number].tolist(), rows[r].turns
                    if (a, step, turns) not in known:
                        known[a, step, turns] = _crossings(a, step, turns, layout)
                    at = known[a, step, turns]
                if at is None:
                    pinned.append(q)
                else:
                    cuts.setdefault(r, set()).update(at)
            if not pinned:
                break
            edges = np.zeros(len(rows) + 1, np.int64)
            np.add.at(edges, np.searchsorted(high, spans[pinned, 0], "right"), 1)
            np.add.at(edges, np.searchsorted(low, spans[pinned, 1], "right"), -1)
            fixed |= np.cumsum(edges)[:-1] > 0
        if not cuts:
            return rows, layout
        parts = [_cut(row, sorted(cuts.get(r, ()))) for r, row in enumerate(rows)]
        fixed = np.repeat(fixed, [len(some) for some in parts])
        rows = [row for some in parts for row in some]
    return rows, Layout([])


def _by_body(rows: Sequence[Loop]) -> list[tuple[list[int], list[Loop], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Loops by their bodies: their numbers, these themselves, their operands that are data [loop, operand, 2], first slots and turns."""
    found: dict[int, list[int]] = {}
    for r, row in enumerate(rows):
        found.setdefault(id(row.body), []).append(r)
    groups = []
    for numbers in found.values():
        some = [rows[r] for r in numbers]
        slot, turns = (np.array([getattr(row, name) for row in some], np.int64) for name in ("slot", "turns"))
        groups.append((numbers, some, np.stack([row.data for row in some]), slot, turns))
    return groups


def _spans(rows: Sequence[Loop], fixed: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What loops read by equal steps: whose and which operand it is, or -1, and first and last slot and step. What is read of turns long before
    stays in its slots, and so do loops that do so."""
    owners: list[NDArray[np.int64]] = []
    ranges: list[NDArray[np.int64]] = []

    def add(r: NDArray[np.int64], number: Any, low: NDArray[np.int64], high: NDArray[np.int64], step: NDArray[np.int64]) -> None:
        owners.append(np.stack(np.broadcast_arrays(r, number), axis=-1).reshape(-1, 2))
        ranges.append(np.stack(np.broadcast_arrays(low, high, step), axis=-1).reshape(-1, 3))

    for numbers, some, given, slot, turns in _by_body(rows):
        body, r = some[0].body, np.array(numbers, np.int64)
        operands = {o for row in body.operands for o in row}
        moving = np.array(sorted({o.number for o in operands if o.kind == STREAM}), np.int64)
        a, step = given[:, moving, 0], given[:, moving, 1]
        last = a + step * (turns[:, None] - 1)
        add(r[:, None], moving, np.minimum(a, last), np.maximum(a, last), np.abs(step))
        for o in operands:
            if o.kind == FAR:
                fixed[r] = True
                add(r, -1, slot - o.lag * body.size, slot - 1, np.full(r.size, -1))
    return np.concatenate(owners), np.concatenate(ranges)


def _crossings(a: int, step: int, turns: int, layout: Layout) -> list[int] | None:
    """The turns in which an operand comes into another stretch, or out of one; None where that is no use."""
    i, inside = layout.within(a + step * np.arange(turns, dtype=np.int64))
    if not inside.any() or (step % layout.sizes[i[inside]]).any():
        return None
    where = np.where(inside, i, -1)
    found: list[int] = (np.flatnonzero(where[1:] != where[:-1]) + 1).tolist()
    return found if 0 < len(found) <= MOST_CUTS else None


def _cut(row: Loop, turns: list[int]) -> list[Loop]:
    """A loop cut before these turns."""
    if not turns:
        return [row]
    found = []
    for begin, end in zip([0, *turns], [*turns, row.turns], strict=True):
        part = row.part(begin, end - begin)
        part.early = row.early
        found.append(part)
    return found


def _stretches(rows: Sequence[Loop], fixed: NDArray[np.bool_], same: NDArray[np.bool_]) -> Layout:
    """Adjacent turns of one body that nothing else sees."""
    found: list[Stretch] = []
    columns: dict[int, tuple[int, ...]] = {}
    free = ~fixed
    begin = np.flatnonzero(free & ~(same & np.concatenate(([False], free[:-1]))))
    goes_on = np.concatenate((free[1:] & same[1:], [False]))
    end = np.flatnonzero(free & ~goes_on)
    for i, k in zip(begin.tolist(), end.tolist(), strict=True):
        row = rows[i]
        turns = (rows[k].slot + rows[k].length - row.slot) // row.body.size
        if id(row.body) not in columns:
            columns[id(row.body)] = tuple(in_memory(row.body))
        found.append(Stretch(row.slot, turns, row.body.size, columns[id(row.body)]))
    return Layout(found)


def _move(rows: Sequence[Loop], layout: Layout | Compact) -> None:
    """Tell the loops where their operands and results stand."""
    groups = _by_body(rows)
    asked: list[NDArray[np.int64]] = []
    for _, some, given, slot, turns in groups:
        body = some[0].body
        if any(a is not None for a in some[0].lists):
            given[:, [a is not None for a in some[0].lists]] = 0  # addresses
        more = (turns > 1)[:, None]
        stored = slot[:, None] + np.array(in_memory(body), np.int64)
        before = np.array([[s for j, lag in widest(body) for s in row.before(j, lag)] for row in some], np.int64)
        asked += [given[:, :, 0], given[:, :, 0] + given[:, :, 1] * more, stored, stored + body.size * more, before]
    moved = layout.moved(np.concatenate([a.ravel() for a in asked])) if asked else np.empty(0, np.int64)
    parts = iter(a.reshape(shape.shape) for a, shape in zip(np.split(moved, np.cumsum([a.size for a in asked])[:-1]), asked, strict=True))
    for _, some, _, _, turns in groups:
        first, second, stored, after, before = (next(parts) for _ in range(5))
        operands = np.stack((first, second - first), axis=-1)
        results = np.stack((stored, np.where((turns > 1)[:, None], after - stored, some[0].body.size)), axis=-1)
        for r, row in enumerate(some):
            row.operands, row.stored, row.previous = operands[r], results[r], before[r]
            row.moved_lists = tuple(layout.moved(a) for a in row.lists if a is not None)
            listed = [n for n, a in enumerate(row.lists) if a is not None]
            for n, a in zip(listed, row.moved_lists, strict=True):
                row.operands[n] = a.ctypes.data, 0


def as_vectors(rows: Sequence[Loop]) -> None:
    """Find out which loops are swept as vectors."""
    known: dict[Any, Body | None] = {}
    shared: dict[Any, int] = {}
    active: dict[int, list[int]] = {}
    """Of each body the operands that move and have adjoints."""
    for row in rows:
        row.vectors = None
        if row.turns < LEAST:
            continue
        assert row.operands is not None and row.stored is not None
        if id(row.body) not in active:
            active[id(row.body)] = sorted(streams_of(row.body)[1]) if possible(row.body) else []
        mine = row.operands[active[id(row.body)]]
        place = mine.tobytes(), row.turns
        if place not in shared:
            shared[place] = sharing(list(map(tuple, mine.tolist())), row.turns)
        common = shared[place]
        key: Any = id(row.body), row.operands[:, 1].tobytes(), row.stored[:, 1].tobytes(), row.early, common
        if common != NONE:
            key = *key, tuple(np.argsort(row.operands[:, 0], kind="stable").tolist())
        if key not in known:
            stored = dict(zip(in_memory(row.body), row.stored[:, 1].tolist(), strict=True))
            known[key] = vectors(row.body, list(map(tuple, row.operands.tolist())), stored, row.early, common)
        row.vectors = known[key]


def _moved_body(loop: Loop, layout: Layout) -> Body | None:
    """The body of one turn by where its operands stand; None where that is in their slots."""
    near = sorted({o.number for row in loop.body.operands for o in row if o.kind == NEAR})
    places = layout.moved(np.array(near, np.int64) + loop.slot) - loop.slot
    if not near or places.tolist() == near:
        return None
    place = dict(zip(near, places.tolist(), strict=True))
    rows = tuple(tuple(o._replace(number=place[o.number]) if o.kind == NEAR else o for o in row) for row in loop.body.operands)
    return replace(loop.body, operands=rows)


def moved_operands(layout: Layout, opcode: NDArray[np.uint16], arg: NDArray[np.int32], least: int) -> NDArray[np.int32]:
    """A column of operands by where they stand, of scalar instructions that have at least so many of them."""
    found = arg.copy()
    reading = (opcode >= FIRST_OPERATION) & (opcode < RUN) & (ARITIES[opcode] >= least)
    found[reading] = layout.moved(arg[reading].astype(np.int64))
    return found
