"""Loops that are alike: the same instructions with the same pattern of operands, as cells are in every time step.

The first one is taken apart operand by operand (cutting.py). Whether another one has its pattern is a matter of some comparisons of arrays; then
it has the same body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import FIRST_OPERATION
from jittape.passes.beginning import met
from jittape.passes.cutting import made
from jittape.passes.periods import Columns
from jittape.passes.turns import Loop
from jittape.sweep.loops.body import FIXED, LAG, STREAM, TURN, Body, Operand
from jittape.tape.decode import ARITIES

Ints = NDArray[np.int64]
KEPT = 4
"""Patterns that are known of one sequence of opcodes."""


@dataclass
class Pattern:
    """What a loop has to have in common with a known one.

    Attributes:
        body: of the known one.
        own: of all operands, in order, whether it is a result of this turn or of an earlier one.
        offsets: of those that are, how far they stand from the turn's first slot.
        lag: the largest number of turns between.
        numbers: of the others, which of the operands that are data each is.
        heads: for each of these which of the others it is first.
        moving, active: for each of these whether its slot moves, and whether it has adjoints.
        windows: how far slots whose adjoints registers hold besides those of operands that stay stand from the first turn's first slot.
    """

    body: Body
    own: NDArray[np.bool_]
    offsets: Ints
    lag: int
    numbers: Ints
    heads: Ints
    moving: NDArray[np.bool_]
    active: NDArray[np.bool_]
    windows: Ints

    @staticmethod
    def of(loop: Loop) -> Pattern | None:
        """That of a loop; None where it has something that is seldom."""
        body, period = loop.body, loop.body.size
        operands = [o for row in body.operands for o in row]
        if any(o.kind not in (TURN, LAG, FIXED, STREAM) for o in operands) or any(step == 0 for kind, (_, step) in _data(loop, operands) if kind == STREAM):
            return None
        if any(o.kind == LAG and body.codes[o.number] < FIRST_OPERATION for o in operands):
            return None
        own = np.array([o.kind in (TURN, LAG) for o in operands], np.bool_)
        offsets = np.array([o.number - o.lag * period for o in operands if o.kind in (TURN, LAG)], np.int64)
        others = [o for o in operands if o.kind not in (TURN, LAG)]
        numbers = np.array([o.number for o in others], np.int64)
        _, heads = np.unique(numbers, return_index=True)
        lags: dict[int, int] = {}
        for o in operands:
            if o.kind == LAG:
                lags[o.number] = max(lags.get(o.number, 0), o.lag)
        windows = np.array([j - d * period for j, lag in lags.items() for d in range(1, lag + 1)], np.int64)
        first = [others[i] for i in heads.tolist()]
        moving, active = np.array([o.kind == STREAM for o in first], np.bool_), np.array([o.active for o in first], np.bool_)
        return Pattern(body, own, offsets, max(lags.values(), default=0), numbers, heads, moving, active, windows)


def _data(loop: Loop, operands: list[Operand]) -> list[tuple[str, tuple[int, int]]]:
    return [(o.kind, loop.data[o.number]) for o in operands if o.kind in (FIXED, STREAM)]


class Alike:
    """The loops of a tape, as they are found.

    Args:
        columns: the scalar instructions.
        constant: for each slot whether it is a constant or a parameter.
    """

    def __init__(self, columns: Columns, constant: NDArray[np.bool_]) -> None:
        self.columns, self.constant = columns, constant
        self.variable = np.concatenate(([0], np.cumsum(~constant)))
        """How many slots before each are no constants."""
        self.known: dict[bytes, list[Pattern]] = {}
        self.places: dict[bytes, tuple[Ints, Ints]] = {}
        """For each sequence of opcodes which operands there are: (column, instruction)."""

    def made(self, first: int, period: int, turns: int, shift: int) -> Loop | None:
        """The loop of a stretch whose operands move by equal steps, as `made` of cutting.py has it."""
        codes = self.columns.opcode[first : first + period]
        key = codes.tobytes()
        patterns = self.known.setdefault(key, [])
        if patterns:
            found = self._like(patterns, self.places[key], first, period, turns, shift)
            if found is not None:
                return found
        loop = made(self.columns, first, period, turns, False, shift, self.constant)
        pattern = None if loop is None else Pattern.of(loop)
        if pattern is not None:
            if key not in self.places:
                j, p = np.nonzero(np.arange(int(ARITIES[codes].max()))[None, :] < ARITIES[codes][:, None])
                self.places[key] = p, j
            patterns.append(pattern)
            del patterns[:-KEPT]
        return loop

    def _like(self, patterns: list[Pattern], places: tuple[Ints, Ints], first: int, period: int, turns: int, shift: int) -> Loop | None:
        p, j = places
        slot = first + shift
        columns = self.columns.args[: int(p.max()) + 1]
        a, b = (np.stack([arg[k : k + period] for arg in columns])[p, j].astype(np.int64) for k in (first, first + period))
        steps = b - a
        for pattern in reversed(patterns):
            loop = self._fitted(pattern, a, steps, first, slot, turns)
            if loop is not None:
                return loop
        return None

    def _fitted(self, pattern: Pattern, a: Ints, steps: Ints, first: int, slot: int, turns: int) -> Loop | None:
        """The loop of these operands in the first turn and steps, if it has the pattern."""
        own, period = pattern.own, pattern.body.size
        if pattern.lag >= turns or not (np.array_equal(a[own] - slot, pattern.offsets) and (steps[own] == period).all()):
            return None
        others, moved = a[~own], steps[~own]
        base, step = others[pattern.heads], moved[pattern.heads]
        if not (np.array_equal(others, base[pattern.numbers]) and np.array_equal(moved, step[pattern.numbers])):
            return None
        last = base + step * (turns - 1)
        low, high = np.minimum(base, last), np.maximum(base, last)
        near = (step == period) & (slot - base <= (turns - 1) * period)
        if (high >= slot).any() or near.any() or not np.array_equal(step != 0, pattern.moving):
            return None
        if np.unique(base + step * (1 << 32)).size != base.size:
            return None
        free = self.variable[high + 1] - self.variable[low]
        active = free > 0
        for i in np.flatnonzero(pattern.moving & active & (free < high + 1 - low)).tolist():  # what stands between may be either
            active[i] = not self.constant[low[i] : high[i] + 1 : abs(step[i])].all()
        if not np.array_equal(active, pattern.active):
            return None
        held = np.concatenate([base[~pattern.moving], slot + pattern.windows])
        if met(held, base[pattern.moving], step[pattern.moving], turns) or np.intersect1d(slot + pattern.windows, base[~pattern.moving]).size:
            return None
        data: list[Any] = list(zip(base.tolist(), step.tolist(), strict=True))
        loop = Loop(first, slot, turns, pattern.body, data, [None] * len(data))
        loop.given = np.column_stack((base, step))
        return loop
