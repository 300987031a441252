"""A tape read back a number at a time: which numbers are zero to any derivative, and which are the same expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jittape.instructions import of
from jittape.instructions.references import referenced
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import (
    CONSTANT,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    MATMUL,
    MAX,
    MIN,
    OPERATION,
    REF,
    RUN,
    SEGMENT_SUM,
    SUM,
)
from jittape.tape.decode import ARITY, lengths

if TYPE_CHECKING:
    from jittape.tape.tape import Tape

DEPTH, VISITS = 200, 100_000
"""How far a number is followed, and through how many others."""
ORDERED = (SUM, MAX, MIN, MATMUL, SEGMENT_SUM)
"""Structural operations of which an element is the same function of the slots that it reads, in their order, wherever it stands."""
EVEN = (ops.SQUARE, ops.ABS, ops.HYPOT)
"""Operations to which the signs of their operands do not matter."""


class Readings:
    """What stands on a tape by now.

    Args:
        variables: constants that a derivative is taken by, so that they are none here.
    """

    def __init__(self, tape: Tape, variables: frozenset[int] = frozenset()) -> None:
        self.tape, self.variables = tape, variables
        self.stops = np.cumsum(lengths(tape.opcode[: tape.count], tape.arg1[: tape.count]), dtype=np.int64)
        self.known: dict[int, bool] = {}
        self.keys: dict[int, int] = {}
        self.numbers: dict[Any, int] = {}
        self.signs: dict[tuple[int, bool], bool] = {}

    def untaken(self, slot: int, depth: int = 0) -> bool:
        """Whether a number is zero to any derivative: a choice was not taken, or a factor is a constant zero."""
        found = self.known.get(slot)
        if found is None:
            zero = self.tape.value[slot] == 0.0 and depth < DEPTH and len(self.known) < VISITS
            found = self.known[slot] = bool(zero and self._untaken(slot, depth + 1))
        return found

    def _untaken(self, slot: int, depth: int) -> bool:
        tape = self.tape
        k, op = self._instruction(slot)
        if op == CONSTANT:
            return slot not in self.variables
        if op == ops.WHERE:
            condition, a, b = self._operands(k, slot, 3)
            return self.untaken(a if tape.value[condition] != 0.0 else b, depth)
        if op in (ops.ADD, ops.SUB):
            return all(self.untaken(s, depth) for s in self._operands(k, slot, 2))
        if op in (ops.MUL, ops.MULZ, ops.PRODUCT):
            return any(self.untaken(s, depth) for s in self._operands(k, slot, 2))
        return op in (ops.NEG, ops.DIV) and self.untaken(self._operands(k, slot, 1)[0], depth)

    def positive(self, slot: int, strictly: bool = True, depth: int = 0) -> bool:
        """Whether a number is positive whatever the variables are, or not negative: as far as that is plain."""
        known = (slot, strictly)
        if known not in self.signs:
            self.signs[known] = depth < DEPTH and len(self.signs) < VISITS and self._positive(slot, strictly, depth + 1)
        return self.signs[known]

    def _positive(self, slot: int, strictly: bool, depth: int) -> bool:
        k, op = self._instruction(slot)
        if op == CONSTANT:
            x = self.tape.value[slot]
            return slot not in self.variables and bool(x > 0.0 or (not strictly and x == 0.0))
        if op == ops.ADD:
            a, b = self._operands(k, slot, 2)
            if not strictly:
                return self.positive(a, False, depth) and self.positive(b, False, depth)
            return any(self.positive(s, True, depth) and self.positive(t, False, depth) for s, t in ((a, b), (b, a)))
        if op == ops.MUL:
            a, b = self._operands(k, slot, 2)
            return (not strictly and a == b) or (self.positive(a, strictly, depth) and self.positive(b, strictly, depth))
        if op in (SUM, MATMUL) and not strictly:
            read = self._read(k, slot)
            if op == MATMUL:
                return read[::2] == read[1::2]
            return all(self.positive(s, False, depth) for s in read)
        return op in (ops.EXP, ops.COSH) or (not strictly and op in (ops.SQUARE, ops.ABS, ops.SQRT, ops.ROOT, ops.HYPOT))

    def key(self, slot: int, depth: int = 0) -> int:
        """A number that is the same for slots that are the same expression, as far as that is followed."""
        found = self.keys.get(slot)
        if found is None:
            what: Any = ("slot", slot)
            k, op = self._instruction(slot)
            if op == CONSTANT:
                if slot not in self.variables:
                    what = ("constant", float(self.tape.value[slot]))
            elif depth < DEPTH and len(self.keys) < VISITS and op >= FIRST_OPERATION:
                operands = None
                if op < FIRST_STRUCTURAL:
                    operands = self._operands(k, slot, ARITY[op])
                elif op in ORDERED:
                    operands = self._read(k, slot)
                if operands is not None:
                    what = (op, *(self.size_key(s, depth + 1) if op in EVEN else self.key(s, depth + 1) for s in operands))
            found = self.keys[slot] = self.numbers.setdefault(what, len(self.numbers))
        return found

    def size_key(self, slot: int, depth: int = 0) -> int:
        """The same of what differs by no more than its sign: x - y and y - x."""
        k, op = self._instruction(slot)
        if op == ops.NEG and depth < DEPTH:
            return self.size_key(self._operands(k, slot, 1)[0], depth + 1)
        if op == ops.SUB and depth < DEPTH:
            difference = tuple(sorted(self.key(s, depth + 1) for s in self._operands(k, slot, 2)))
            return self.numbers.setdefault(("difference", *difference), len(self.numbers))
        return self.key(slot, depth)

    def _instruction(self, slot: int) -> tuple[int, int]:
        k = int(np.searchsorted(self.stops, slot, "right"))
        return k, int(self.tape.opcode[k] & OPERATION)

    def _read(self, k: int, slot: int) -> list[int]:
        """What an element of a structural operation is computed from."""
        tape, n = self.tape, int(self.tape.arg1[k])
        place = np.array([slot - (int(self.stops[k]) - n)])
        found: list[int] = of(int(tape.opcode[k] & OPERATION)).read_by(tape, int(tape.arg0[k]), n, place).tolist()
        return found

    def _operands(self, k: int, slot: int, count: int) -> list[int]:
        tape = self.tape
        if tape.opcode[k] < RUN:
            return [int(tape.arg0[k]), int(tape.arg1[k])][:count]
        n, at = int(tape.arg1[k]), int(tape.arg0[k])
        i = slot - (int(self.stops[k]) - n)
        return [int(referenced(tape, at + REF * p, n)[i]) for p in range(count)]
