"""Where loops begin: with turns of which only what comes from the turn before stands elsewhere.

A sum begins with a constant, a state with what was given: the first turn is one of the others' body, as where a turn finds what comes from the turn
before is data. In a search for operands that move by equal steps it is left over, and where a loop stands in a loop, it is so in every turn of that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jittape.passes.elements import native
from jittape.passes.periods import Columns
from jittape.passes.turns import Loop, lags_of
from jittape.sweep.loops.body import FAR, FIXED, LAG, STREAM, TURN, Body
from jittape.sweep.loops.finding import ANY, DATA, OWN

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
        held: for each operand that is data whether its adjoint is in a register from turn to turn.
        active: whether it has adjoints.
        constant: the numbers of those that move and have none.
        far: (result, how many turns back) of operands that are read of much earlier turns.
        loops: how many loops of the body there are so far.
    """

    body: Body
    lags: list[tuple[int, int]]
    places: list[tuple[int, int, int, int]]
    others: Ints
    alone: Ints
    held: NDArray[np.bool_]
    active: NDArray[np.bool_]
    constant: list[int]
    far: list[tuple[int, int]]
    loops: int = 0

    @staticmethod
    def of(body: Body) -> _Carried:
        operands = [(p, j, o) for j, row in enumerate(body.operands) for p, o in enumerate(row)]
        places = [(p, j, o.number, o.lag) for p, j, o in operands if o.kind == LAG]
        others = np.array([(p, j, ANY, 0) for p, j, o in operands if o.kind != LAG], np.int64)
        alone = np.array([(p, j, OWN if o.kind == TURN else DATA, o.number) for p, j, o in operands if o.kind in (TURN, STREAM, FIXED)], np.int64)
        data = sorted({(o.number, o.kind, o.active) for _, _, o in operands if o.kind in (STREAM, FIXED)})
        return _Carried(body, sorted(lags_of(body).items()), places, others, alone, np.array([kind == FIXED and active for _, kind, active in data], np.bool_),
                        np.array([active for _, _, active in data], np.bool_), [n for n, kind, active in data if kind == STREAM and not active],
                        sorted({(o.number, o.lag) for _, _, o in operands if o.kind == FAR}))  # fmt: skip


class Beginnings:
    """Turns before the loops of a tape that are turns of the same body.

    Args:
        columns: the scalar instructions.
        constant: for each slot whether it is a constant or a parameter.
    """

    def __init__(self, columns: Columns, constant: NDArray[np.bool_]) -> None:
        self._columns, self._constant = columns, constant
        self._known: dict[int, _Carried] = {}

    def found(self, loop: Loop, least: int) -> list[Loop]:
        """The loop with such turns before its first one, not below instruction `least`.

        Where a turn before that has the operands of the body, but not by the same steps, it is a loop of one turn, if there was a loop of this
        body before: it is found again and again then, and else it is cheaper among what is in a row with it.
        """
        body = loop.body
        if any(listed is not None for listed in loop.lists):
            return [loop]
        if id(body) not in self._known:
            self._known[id(body)] = _Carried.of(body)
        carried = self._known[id(body)]
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
        if carried.far or not self._like(carried.alone, first, slot, size, given):
            return None
        if (carried.active < ~self._constant[given[:, 0]]).any():
            return None
        starts = self._starts({j: [-1] * lag for j, lag in carried.lags}, carried, first, slot)
        if starts is None or any(s < 0 for found in starts.values() for s in found):
            return None
        single = replace(loop, first=first, slot=slot, turns=1, data=[(a, 0) for a in given[:, 0].tolist()], starts=starts)
        single.given = given
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
        if not self._like(carried.others, first, slot, size, loop.given):
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
        data = [(a - step, step) for a, step in loop.data]
        earlier = replace(loop, first=first, slot=slot, turns=loop.turns + 1, data=data, starts=found)
        earlier.given = loop.given - loop.given[:, 1:] * np.array([1, 0])
        return earlier if self._apart(earlier, carried) else None

    def _apart(self, loop: Loop, carried: _Carried) -> bool:
        """Whether the adjoints that registers hold while the loop is swept are reached in no other way, and constants are constants."""
        base = loop.given[:, 0]
        last = base + loop.given[:, 1] * (loop.turns - 1)
        if base.size and (max(base.max(), last.max()) >= loop.slot or min(base.min(), last.min()) < 0):
            return False
        if not self._constant[base[carried.constant]].all():
            return False
        windows = [s for slots in loop.starts.values() for s in slots if not self._constant[s]]  # nobody asks for the adjoint of a constant
        held = windows + base[carried.held].tolist()
        if len(set(held)) != len(held):
            return False
        far = [(loop.slot + j - lag * loop.body.size, loop.body.size) for j, lag in carried.far]
        others = np.concatenate([loop.given[~carried.held], np.array(far, np.int64).reshape(-1, 2)])
        slots = np.array(held, np.int64)
        return not native("reached")(slots.ctypes.data, slots.size, others.ctypes.data, len(others), loop.turns)
