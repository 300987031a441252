"""Where loops begin: with turns of which only what comes from the turn before stands elsewhere.

A sum begins with a constant, a state with what was given: the first turn is one of the others' body, as where a turn finds what comes from the turn
before is data. In a search for operands that move by equal steps it is left over, and where a loop stands in a loop, it is so in every turn of that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jittape.passes.periods import Columns
from jittape.passes.turns import Loop
from jittape.sweep.loops.body import FAR, FIXED, LAG, STREAM, TURN, Body
from jittape.tape.decode import ARITIES

Ints = NDArray[np.int64]
LEAST_ALONE = 8
"""Instructions of a turn from which it may be a loop of its own."""


@dataclass
class _Carried:
    """What a body has to do with other turns.

    Attributes:
        lags: (instruction, how many turns back its result is read).
        places: (column, instruction) of the operands that are such results, and (result, how many turns back) of each.
        others: for each column the instructions whose operand there is none.
        held: numbers of the operands whose adjoints are in registers from turn to turn.
        far: (result, how many turns back) of operands that are read of much earlier turns.
        constant: numbers of the moving operands that have no adjoints.
        own: (columns, instructions, results) of the operands that are results of the same turn.
        data: (columns, instructions, numbers) of those that are data.
        active: for each number whether it has adjoints.
        loops: how many loops of the body there are so far.
    """

    body: Body
    lags: list[tuple[int, int]]
    places: list[tuple[int, int, int, int]]
    others: list[Ints]
    held: list[int]
    far: list[tuple[int, int]]
    constant: list[int]
    own: Ints
    data: Ints
    active: NDArray[np.bool_]
    loops: int = 0

    @staticmethod
    def of(body: Body, columns: int) -> _Carried:
        operands = {o for row in body.operands for o in row}
        places = [(p, j, o.number, o.lag) for j, row in enumerate(body.operands) for p, o in enumerate(row) if o.kind == LAG]
        mine = {(p, j) for p, j, _, _ in places}
        others = [np.array([j for j, code in enumerate(body.codes) if ARITIES[code] > p and (p, j) not in mine], np.int64) for p in range(columns)]
        lags: dict[int, int] = {}
        for _, _, j, lag in places:
            lags[j] = max(lags.get(j, 0), lag)
        held = sorted({o.number for o in operands if o.kind == FIXED and o.active})
        far = sorted({(o.number, o.lag) for o in operands if o.kind == FAR})
        active = {o.number: o.active for o in operands if o.kind in (STREAM, FIXED)}
        constant = sorted({o.number for o in operands if o.kind == STREAM and not o.active})

        def standing(*kinds: str) -> Ints:
            return np.array([(p, j, o.number) for j, row in enumerate(body.operands) for p, o in enumerate(row) if o.kind in kinds], np.int64).reshape(-1, 3).T

        return _Carried(body, sorted(lags.items()), places, others, held, far, constant, standing(TURN), standing(STREAM, FIXED),
                        np.array([active[n] for n in range(len(active))], np.bool_))  # fmt: skip


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
            self._known[id(body)] = _Carried.of(body, len(self._columns.args))
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
        if carried.far or not np.array_equal(self._columns.opcode[first : loop.first], self._columns.opcode[loop.first : loop.first + size]):
            return None
        args = np.stack([arg[first : loop.first] for arg in self._columns.args]).astype(np.int64)
        p, j, number = carried.own
        if not np.array_equal(args[p, j], slot + number):
            return None
        p, j, number = carried.data
        slots = np.zeros(len(loop.data), np.int64)
        slots[number] = args[p, j]
        if not np.array_equal(slots[number], args[p, j]) or (carried.active < ~self._constant[slots]).any():
            return None
        starts = self._starts({j: [-1] * lag for j, lag in carried.lags}, carried, first, slot)
        if starts is None or any(s < 0 for found in starts.values() for s in found):
            return None
        data: list[tuple[int, int]] = [(a, 0) for a in slots.tolist()]
        single = replace(loop, first=first, slot=slot, turns=1, data=data, starts=starts)
        return single if self._apart(single, carried) else None

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
        size, k = loop.body.size, loop.first
        first, slot = k - size, loop.slot - size
        opcode, args = self._columns.opcode, self._columns.args
        if not np.array_equal(opcode[first:k], opcode[k : k + size]):
            return None
        for arg, js in zip(args, carried.others, strict=True):
            a, b, c = arg[first + js], arg[k + js], arg[k + size + js]
            if not np.array_equal(b - a, c - b):
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
        return earlier if self._apart(earlier, carried) else None

    def _apart(self, loop: Loop, carried: _Carried) -> bool:
        """Whether the adjoints that registers hold while the loop is swept are reached in no other way, and constants are constants."""
        base, step = loop.given.T
        last = base + step * (loop.turns - 1)
        if max(base.max(initial=0), last.max(initial=0)) >= loop.slot or min(base.min(initial=0), last.min(initial=0)) < 0:
            return False
        if not self._constant[base[carried.constant]].all():
            return False
        windows = [s for slots in loop.starts.values() for s in slots if not self._constant[s]]  # nobody asks for the adjoint of a constant
        held = windows + base[carried.held].tolist()
        if len(set(held)) != len(held):
            return False
        mine = np.ones(base.size, np.bool_)
        mine[carried.held] = False
        far = np.array([(loop.slot + j - lag * loop.body.size, loop.body.size) for j, lag in carried.far], np.int64).reshape(-1, 2)
        return not met(np.array(held, np.int64), np.concatenate([base[mine], far[:, 0]]), np.concatenate([step[mine], far[:, 1]]), loop.turns)


def met(slots: Ints, base: Ints, step: Ints, turns: int) -> bool:
    """Whether operands that move, or stay, come to one of these slots."""
    if not slots.size or not base.size:
        return False
    last = base + step * (turns - 1)
    low, high = np.minimum(base, last), np.maximum(base, last)
    near = (slots[:, None] >= low) & (slots[:, None] <= high)
    if not near.any():
        return False
    q, n = np.nonzero(near)
    return bool(((slots[q] - base[n]) % np.maximum(np.abs(step[n]), 1) == 0).any())
