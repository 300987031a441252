"""Loops that are alike: the same instructions with the same pattern of operands, as cells are in every time step.

The first one is taken apart operand by operand (cutting.py). Whether another one has its pattern is found out natively; then it has the same body.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import FIRST_OPERATION
from jittape.passes.cutting import made
from jittape.passes.elements import counted, native
from jittape.passes.periods import Columns
from jittape.passes.turns import Loop, lags_of
from jittape.sweep.loops.body import FIXED, LAG, STREAM, TURN, Body, Operand

Ints = NDArray[np.int64]
F_MASK = 5
KEPT = 4
"""Patterns that are known of one sequence of opcodes."""


@dataclass
class Pattern:
    """What a loop has to have in common with a known one.

    Attributes:
        body: of the known one.
        numbers: the same in numbers, as `fits` of sweep/loops/finding.py has them.
        count: how many operands are data.
    """

    body: Body
    numbers: Ints
    count: int

    @staticmethod
    def of(loop: Loop) -> Pattern | None:
        """That of a loop; None where it has something that is seldom."""
        body, period = loop.body, loop.body.size
        operands = [o for row in body.operands for o in row]
        if any(o.kind not in (TURN, LAG, FIXED, STREAM) for o in operands) or any(step == 0 for kind, (_, step) in _data(loop, operands) if kind == STREAM):
            return None
        if any(o.kind == LAG and body.codes[o.number] < FIRST_OPERATION for o in operands):
            return None
        rows = [(p, j, o.kind in (TURN, LAG), o.number - o.lag * period if o.kind in (TURN, LAG) else o.number)
                for j, row in enumerate(body.operands) for p, o in enumerate(row)]  # fmt: skip
        lags = lags_of(body)
        kinds = {o.number: (o.kind == STREAM, o.active) for o in operands if o.kind in (FIXED, STREAM)}
        windows = [j - d * period for j, lag in lags.items() for d in range(1, lag + 1)]
        mask = (1 << (2 * len(kinds)).bit_length()) - 1
        head = len(rows), len(kinds), max(lags.values(), default=0), len(windows), period, mask
        numbers = [*head, *(x for row in rows for x in row), *(x for n in range(len(kinds)) for x in kinds[n]), *windows]
        return Pattern(body, np.array(numbers, np.int64), len(kinds))


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
        self._variable = counted(~constant)
        self._constants = np.array([self._variable.ctypes.data, constant.ctypes.data], np.int64)
        self._room = np.empty(0, np.int64)
        self.known: dict[bytes, list[Pattern]] = {}

    def made(self, first: int, period: int, turns: int, shift: int) -> Loop | None:
        """The loop of a stretch whose operands move by equal steps, as `made` of cutting.py has it."""
        patterns = self.known.setdefault(self.columns.opcode[first : first + period].tobytes(), [])
        found = self._like(patterns, first, turns, shift)
        if found is not None:
            return found
        loop = made(self.columns, first, period, turns, False, shift, self.constant)
        pattern = None if loop is None else Pattern.of(loop)
        if pattern is not None:
            patterns.append(pattern)
            del patterns[:-KEPT]
            self._room = np.empty(max(self._room.size, int(pattern.numbers[F_MASK]) + 1), np.int64)
        return loop

    def _like(self, patterns: list[Pattern], first: int, turns: int, shift: int) -> Loop | None:
        slot = first + shift
        for pattern in reversed(patterns):
            given = np.empty((pattern.count, 2), np.int64)
            arrays = self.columns.addresses.ctypes.data, pattern.numbers.ctypes.data
            if native("fits")(*arrays, first, slot, turns, self._constants.ctypes.data, given.ctypes.data, self._room.ctypes.data):
                return Loop(first, slot, turns, pattern.body, given, [None] * pattern.count)
        return None
