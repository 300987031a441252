"""Where loops begin: with turns of which only what comes from the turn before stands elsewhere.

A sum begins with a constant, a state with what was given: the first turn is one of the others' body, as where a turn finds what comes from the turn
before is data. In a search for operands that move by equal steps it is left over, and where a loop stands in a loop, it is so in every turn of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jittape.passes.elements import native
from jittape.passes.periods import Columns
from jittape.passes.turns import Loop, lags_of
from jittape.sweep.loops.body import FAR, FIXED, LAG, STREAM, TURN, Body
from jittape.sweep.loops.finding import ANY, DATA, HELD, OWN, PLAIN

Ints = NDArray[np.int64]
LEAST_ALONE = 8
"""Instructions of a turn from which it may be a loop of its own."""


@dataclass
class _Carried:
    """What a body has to do with other turns.

    Attributes:
        lags: (instruction, how many turns back its result is read).
        places: (column, instruction) of the operands that are such results, and (result, how many turns back) of each.
        others, alone: the other operands, as `turn_before` of sweep/loops/finding.py has them for a turn by the same steps, and for one by itself.
        own: all operands, as it has them for a turn that reads what such turns read of the turns before.
        marks: for each operand that is data HELD where its adjoint is in a register from turn to turn, and PLAIN where it moves and has none.
        active: whether it has adjoints.
        moves: whether it moves.
        windows: how far the slots of the turns before, which registers hold, stand from a turn's first slot.
        far: how far results that are read of much earlier turns stand from it, and how far turns are apart.
        loops: how many loops of the body there are so far.
    """

    body: Body
    lags: list[tuple[int, int]]
    places: list[tuple[int, int, int, int]]
    others: Ints
    alone: Ints
    own: Ints
    marks: NDArray[np.uint8]
    active: NDArray[np.bool_]
    moves: list[bool]
    windows: list[int]
    far: Ints
    loops: int = 0

    @staticmethod
    def of(body: Body) -> _Carried:
        operands = [(p, j, o) for j, row in enumerate(body.operands) for p, o in enumerate(row)]
        places = [(p, j, o.number, o.lag) for p, j, o in operands if o.kind == LAG]
        others = np.array([(p, j, ANY, 0) for p, j, o in operands if o.kind != LAG], np.int64)
        alone = np.array([(p, j, OWN if o.kind == TURN else DATA, o.number) for p, j, o in operands if o.kind in (TURN, STREAM, FIXED)], np.int64)
        own = np.array([(p, j, DATA, o.number) if o.kind in (STREAM, FIXED) else (p, j, OWN, o.number - o.lag * body.size) for p, j, o in operands], np.int64)
        data = sorted({(o.number, o.kind, o.active) for _, _, o in operands if o.kind in (STREAM, FIXED)})
        marks = np.array([HELD * (kind == FIXED and active) + PLAIN * (kind == STREAM and not active) for _, kind, active in data], np.uint8)
        far = sorted({(o.number - o.lag * body.size, body.size) for _, _, o in operands if o.kind == FAR})
        lags = sorted(lags_of(body).items())
        return _Carried(body, lags, places, others, alone, own, marks, np.array([active for _, _, active in data], np.bool_), [kind == STREAM for _, kind, _ in data],
                        [j - d * body.size for j, lag in lags for d in range(1, lag + 1)], np.array(far, np.int64).reshape(-1, 2))  # fmt: skip


class Beginnings:
    """Turns before the loops of a tape that are turns of the same body.

    Args:
        columns: the scalar instructions.
        constant: for each slot whether it is a constant or a parameter.
    """

    def __init__(self, columns: Columns, constant: NDArray[np.bool_]) -> None:
        self._columns, self._constant = columns, constant
        self._known: dict[int, _Carried] = {}

    def _of(self, body: Body) -> _Carried:
        if id(body) not in self._known:
            self._known[id(body)] = _Carried.of(body)
        return self._known[id(body)]

    def between(self, before: Loop, after: Loop) -> Iterator[Loop]:
        """The turns between two loops of one body, at the ends of a grid, say, as loops of one turn each of the same body."""
        body, period = after.body, after.body.size
        if (after.first - before.end) % period or any(listed is not None for listed in after.lists):
            return
        carried = self._of(body)
        for first in range(before.end, after.first - period + 1, period):
            slot = after.slot - (after.first - first)
            data = np.full((len(after.data), 2), -1, np.int64)
            if not self._like(carried.own, first, slot, period, data):
                return
            slots = data[:, 0].tolist()
            fixed, moving = ({s for s, moves in zip(slots, carried.moves, strict=True) if moves == which} for which in (False, True))
            windows = {slot + w for w in carried.windows}
            plain = (carried.active | self._constant[data[:, 0]]).all() and max(slots, default=-1) < slot
            if plain and not (fixed & moving or windows & (fixed | moving)):
                yield Loop(first, slot, 1, body, data, [None] * len(data))

    def found(self, loop: Loop, least: int) -> list[Loop]:
        """The loop with such turns before its first one, not below instruction `least`.

        Where a turn before that has the operands of the body, but not by the same steps, it is a loop of one turn, if there was a loop of this
        body before: it is found again and again then, and else it is cheaper among what is in a row with it.
        """
        body = loop.body
        if any(listed is not None for listed in loop.lists):
            return [loop]
        carried = self._of(body)
        carried.loops += 1
        while carried.lags and loop.first - body.size >= least:
            earlier = self._earlier(loop, carried)
            if earlier is None:
                break
            loop = earlier
        single = None
        if carried.loops > 1 and body.size >= LEAST_ALONE and loop.first - body.size >= least:
            single = self._single(loop, carried)
        return [loop] if single is None else [single, loop]

    def _single(self, loop: Loop, carried: _Carried) -> Loop | None:
        """The turn before a loop as a loop of its own; None where it is no turn of the same body."""
        size = loop.body.size
        first, slot = loop.first - size, loop.slot - size
        given = np.full((len(loop.data), 2), -1, np.int64)
        if carried.far.size or not self._like(carried.alone, first, slot, size, given):
            return None
        if (carried.active < ~self._constant[given[:, 0]]).any():
            return None
        starts = self._starts({j: [-1] * lag for j, lag in carried.lags}, carried, first, slot)
        if starts is None or any(s < 0 for found in starts.values() for s in found):
            return None
        single = replace(loop, first=first, slot=slot, turns=1, data=given, starts=starts)
        return single if self._apart(single, carried) else None

    def _like(self, places: Ints, first: int, slot: int, size: int, given: Ints) -> bool:
        """Whether the instructions from `first` on are a turn of the same body as those after them, see `turn_before` of sweep/loops/finding.py."""
        arrays = self._columns.addresses.ctypes.data, places.ctypes.data
        return bool(native("turn_before")(*arrays, len(places), first, slot, size, given.ctypes.data))

    def _starts(self, starts: dict[int, list[int]], carried: _Carried, first: int, slot: int) -> dict[int, list[int]] | None:
        """Where what comes from turn to turn stands before the turn that begins with instruction `first`, where some is known; -1 is not."""
        for p, j, number, lag in carried.places:
            a = int(self._columns.args[p][first + j])
            if starts[number][lag - 1] not in (-1, a) or a >= slot:
                return None
            starts[number][lag - 1] = a
        return starts

    def _earlier(self, loop: Loop, carried: _Carried) -> Loop | None:
        """The loop with the turn before it; None where that is none of its turns."""
        size = loop.body.size
        first, slot = loop.first - size, loop.slot - size
        if not self._like(carried.others, first, slot, size, loop.data):
            return None
        starts: dict[int, list[int]] = {}
        for j, lag in carried.lags:
            before = loop.before(j, lag)
            if before[0] != slot + j:
                return None
            starts[j] = [*before[1:], -1]
        found = self._starts(starts, carried, first, slot)
        if found is None:
            return None
        earlier = replace(loop, first=first, slot=slot, turns=loop.turns + 1, data=loop.data - loop.data[:, 1:] * np.array([1, 0]), starts=found)
        return earlier if self._apart(earlier, carried) else None

    def _apart(self, loop: Loop, carried: _Carried) -> bool:
        """Whether the adjoints that registers hold while the loop is swept are reached in no other way, and constants are constants."""
        starts = np.array([s for slots in loop.starts.values() for s in slots], np.int64)
        far = carried.far + np.array([loop.slot, 0])
        tables = np.array([carried.marks.ctypes.data, self._constant.ctypes.data], np.int64)
        return bool(native("held_apart")(loop.data.ctypes.data, len(loop.data), loop.turns, loop.slot, tables.ctypes.data, starts.ctypes.data, starts.size,
                                         np.array([far.ctypes.data, len(far)], np.int64).ctypes.data))  # fmt: skip
