"""Numbers that are the same whatever the variables are, though they are computed from them: x - x, the deviation of one number, round(x).

A length that is zero everywhere has derivative zero to every order, where the second one of a length that is zero at a point has no limit.
Numbers are read as sums of multiples of others: those of which all multiples cancel are still. What is computed twice counts as two.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, FIRST_STRUCTURAL, MATMUL, SEGMENT_SUM, SUM
from jittape.ops.spec import OPS
from jittape.passes.readings import DEPTH, VISITS, Readings
from jittape.tape.decode import ARITY

if TYPE_CHECKING:
    from jittape.tape.tape import Tape

Multiples = dict[int, float]
"""Slot -> the factor that it has."""
MASKS = frozenset(op.code for op in OPS if op.mask)
STEPS = frozenset(op.code for op in OPS if not op.mask and set(op.partials) == {"0"} and op.code != ops.STOP_GRADIENT)
"""Operations that are constant between jumps: floor, sign, ... ."""
ROUNDING = 1e-13
"""What is left of a factor that cancels, relative to what it is made of."""


class Still(Readings):
    """Which numbers on a tape are still.

    Attributes:
        masks: comparisons that this rests on, by their slots, and other numbers that rest on steps.
        stepped: still numbers whose value another replay may find otherwise: what rests on a step.
    """

    def __init__(self, tape: Tape, variables: frozenset[int] = frozenset()) -> None:
        super().__init__(tape, variables)
        self.multiples: dict[int, Multiples] = {}
        self.masks: set[int] = set()
        self.stepped: set[int] = set()
        self.work = 0

    def root(self, slot: int) -> bool:
        """Whether all operands of an elementwise operation are still."""
        k, op = self._instruction(slot)
        return not any(self._moves(s) or self.of(s) for s in self._operands(k, slot, ARITY[op]))

    def _moves(self, slot: int) -> bool:
        """Whether a sum of squares, or a multiple of one, plainly is not still: its first square is not."""
        k, op = self._instruction(slot)
        if op == ops.DIV:
            return self._moves(self._operands(k, slot, 1)[0])
        if op not in (SUM, MATMUL) or not (read := self._read(k, slot)):
            return False
        if op == MATMUL:
            return read[0] == read[1] and bool(self.of(read[0]))
        k, op = self._instruction(read[0])
        return op == ops.SQUARE and bool(self.of(self._operands(k, read[0], 1)[0]))

    def of(self, slot: int, depth: int = 0) -> Multiples:
        found = self.multiples.get(slot)
        if found is None:
            found = {slot: 1.0} if depth > DEPTH or self.work > VISITS else self._of(slot, depth + 1)
            self.work += 1 + len(found)
            self.multiples[slot] = found
            if not found and self._steps(slot):
                self.stepped.add(slot)
        return found

    def _steps(self, slot: int) -> bool:
        """Whether the value of what is still rests on a step, and on no comparison alone."""
        k, op = self._instruction(slot)
        if op in STEPS:
            return True
        if not self.stepped or op in MASKS or op < FIRST_OPERATION:
            return False
        read = self._read(k, slot) if op >= FIRST_STRUCTURAL else self._operands(k, slot, ARITY[op])
        return not self.stepped.isdisjoint(read)

    def _of(self, slot: int, depth: int) -> Multiples:
        k, op = self._instruction(slot)
        itself = {slot: 1.0}
        if op == CONSTANT:
            return itself if slot in self.variables else {}
        if op < FIRST_OPERATION or op in (ops.POS, ops.STOP_GRADIENT):  # copies are variables of sweeps around this one
            return itself
        if op in MASKS:
            self.masks.add(slot)
            return {}
        if op in STEPS:
            return {}
        if op in (SUM, SEGMENT_SUM):
            return self._total(((s, 1.0) for s in self._read(k, slot)), depth)
        if op == MATMUL:
            read = self._read(k, slot)
            parts = [self._product(a, b, depth) for a, b in zip(read[::2], read[1::2], strict=True)]
            return itself if None in parts else self._total((p for p in parts if p is not None), depth)
        if op >= FIRST_STRUCTURAL:
            return itself if any(self.of(s, depth) for s in self._read(k, slot)) else {}
        read = self._operands(k, slot, ARITY[op])
        if op in (ops.ADD, ops.SUB):
            return self._total(zip(read, (1.0, 1.0 if op == ops.ADD else -1.0), strict=True), depth)
        if op == ops.NEG:
            return self._total([(read[0], -1.0)], depth)
        if op in (ops.MUL, ops.MULZ, ops.PRODUCT):
            part = self._product(read[0], read[1], depth)
            return itself if part is None else self._total([part], depth)
        if op == ops.DIV and not self.of(read[1], depth) and read[1] not in self.stepped and (by := self._value(read[1])):
            return self._total([(read[0], 1.0 / by)], depth)
        if op == ops.WHERE and not self.of(read[0], depth):
            if read[0] in self.stepped:
                self.masks.add(read[0])
            return self.of(read[1 if self._value(read[0]) else 2], depth)
        return itself if any(self.of(s, depth) for s in read) else {}

    def _value(self, slot: int) -> float:
        return float(self.tape.value[slot])

    def _product(self, a: int, b: int, depth: int) -> tuple[int, float] | None:
        """A product as a multiple of one of its factors, if the other is still."""
        factors = [(s, t) for s, t in ((a, b), (b, a)) if not self.of(s, depth)]
        for s, t in factors:
            if s not in self.stepped:
                return t, self._value(s)
        if len(factors) == 2:
            return a, 1.0
        for s, t in factors:
            self.masks.add(s)
            if self._value(s) == 0.0:
                return t, 0.0
        return None

    def _total(self, parts: Iterable[tuple[int, float]], depth: int) -> Multiples:
        total: Multiples = {}
        size: Multiples = {}
        for s, factor in parts:
            if self.work > VISITS:
                return {s: 1.0}
            for t, c in self.of(s, depth).items():
                total[t] = total.get(t, 0.0) + c * factor
                size[t] = size.get(t, 0.0) + abs(c * factor)
                self.work += 1
        return {t: c for t, c in total.items() if not abs(c) <= ROUNDING * size[t]}
