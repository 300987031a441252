"""The terms of a recording's derivative: for each slot the sum of products, partial derivative times tangent of what it reads, that its tangent is.

Of scalar instructions, of elements of runs, and of structural instructions that know their elements as sums of products (`Instruction.rows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import of
from jittape.instructions.base import Instruction, Refused
from jittape.ops.expressions import calls_functions, constant
from jittape.ops.layout import (
    ARITIES,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    K_STORE,
    KINDS,
    NO_KERNEL,
    OPERATION,
    RUN,
)
from jittape.ops.spec import OPERANDS, OPS, by_code
from jittape.sweep.linear.building import MINUS_ONE, ONE
from jittape.sweep.scalars import active
from jittape.tape.decode import lengths, operands

Ints = NDArray[Any]
Reals = NDArray[Any]

TERMS = 1 << 21
"""Terms beyond which there is no program."""
TOGETHER = 48
"""Scalar instructions of one operation from which on their partial derivatives are computed as an array's."""
NOTHING, UNIT, NEGATED, VALUE, PARTIAL = range(5)
"""Partial derivatives: there is none, 1, -1, the value of an operand or of the result, or another expression."""


class _Factor(NamedTuple):
    """What a partial derivative of an operation is: its kind; of a value the operand, where 3 is the result."""

    kind: int
    which: int = 0


@cache
def _factors() -> dict[tuple[int, int], _Factor]:
    """By operation and operand."""
    found = {}
    for op in OPS:
        for p in active(op):
            text = op.partials[p]
            number = constant(text)
            if number in (1.0, -1.0):
                found[op.code, p] = _Factor(UNIT if number == 1.0 else NEGATED)
            elif text == "z" or text in OPERANDS[: op.arity]:
                found[op.code, p] = _Factor(VALUE, 3 if text == "z" else OPERANDS.index(text))
            else:
                found[op.code, p] = _Factor(PARTIAL)
    return found


@cache
def _tables() -> NDArray[np.int8]:
    """The same as an array [kind or operand, operation, operand]."""
    table = np.zeros((2, RUN, len(OPERANDS)), np.int8)
    for (code, p), factor in _factors().items():
        table[:, code, p] = factor
    return table


def length(tape: Any) -> int:
    """About how many terms there are.

    Raises:
        Refused: there is an instruction of which it is not known which sums of products its elements are.
    """
    opcode, arg1 = tape.opcode[: tape.count].astype(np.int64), tape.arg1[: tape.count]
    code = opcode & OPERATION
    count = np.zeros(RUN, np.int64)
    count[:] = np.count_nonzero(_tables()[0], axis=1)
    plain = (code >= FIRST_OPERATION) & (code < FIRST_STRUCTURAL)
    found = int((count[code[plain]] * lengths(opcode, arg1)[plain]).sum())
    for k in np.flatnonzero(opcode >= RUN + FIRST_STRUCTURAL).tolist():
        instruction, at, n = of(int(code[k])), int(tape.arg0[k]), int(arg1[k])
        if type(instruction).rows is Instruction.rows:
            raise Refused
        each = instruction.inner(tape, at)
        found += each * n or sum(slots.size for slots, _ in instruction.operands(tape, at, n))
        if found > TERMS:
            break
    if found > TERMS:
        raise Refused
    return found


class _Rows:
    """What `Instruction.rows` asks, as elimination answers it: factors are slots."""

    one = None

    def __init__(self, tape: Any) -> None:
        self.tape = tape
        self.left = TERMS

    def spend(self, n: int) -> None:
        self.left -= n
        if self.left < 0:
            raise Refused

    def value(self, slots: Ints) -> Ints:
        return slots


class Job(NamedTuple):
    """Partial derivatives that one call of a kernel computes: of an instruction's elements, or of several scalar instructions.

    Attributes:
        kernel: its number.
        operands: slots of each: the first where they follow each other, else an array.
        result: likewise.
        first, size: where they go, and how many there are.
    """

    kernel: int
    operands: list[Any]
    result: Any
    first: int
    size: int


def _places(slots: Ints) -> Any:
    """The first of slots that follow each other; else the slots."""
    return int(slots[0]) if slots[-1] - slots[0] == slots.size - 1 and (np.diff(slots) == 1).all() else slots.astype(np.intp)


class Terms:
    """The terms of all slots, by arrays side by side: the slot, what it reads, the number of the factor, and the instruction.

    Factors are numbered: 1, -1, then slots whose values they are, from 2 on, then partial derivatives, from 2 + slots on.
    """

    def __init__(self, tape: Any) -> None:
        self.tape, self.count = tape, tape.count
        self.opcode = tape.opcode[: self.count]
        self.size = lengths(self.opcode, tape.arg1[: self.count])
        self.start = np.zeros(self.count + 1, np.int64)
        np.cumsum(self.size, out=self.start[1:])
        self.slots = int(self.start[-1])
        self.partials = 0
        self.jobs: list[Job] = []
        self.scalars: list[tuple[Ints, Ints, Ints, int]] = []
        """Instructions, their slots, and those of the operands, whose partial derivatives go from a number on."""
        self.parts: list[tuple[Ints, Ints, Ints, Any]] = []
        self.left = TERMS
        self._of_scalars()
        self._of_runs()

    def add(self, slots: Ints, sources: Ints, factors: Any, k: Any) -> None:
        self.left -= slots.size
        if self.left < 0:
            raise Refused
        self.parts.append((slots, sources, np.broadcast_to(factors, slots.shape), np.broadcast_to(k, slots.shape)))

    def number_of(self, factor: _Factor, operands: Sequence[Ints], own: Ints) -> Any:
        """The numbers of factors that are no partial derivatives to be computed."""
        if factor.kind == VALUE:
            return 2 + (own if factor.which == len(OPERANDS) else operands[factor.which]).astype(np.int64)
        return ONE if factor.kind == UNIT else MINUS_ONE

    def reserve(self, count: int) -> int:
        """Where so many partial derivatives go."""
        self.partials += count
        return self.partials - count

    def _of_scalars(self) -> None:
        tape, table = self.tape, self.tape.engine.table
        ks = np.flatnonzero((self.opcode < RUN) & (self.opcode >= FIRST_OPERATION))
        codes = self.opcode[ks].astype(np.int64)
        own, args = self.start[ks], (tape.arg0[: self.count][ks], tape.arg1[: self.count][ks])
        kinds, which = _tables()
        of_both = kinds[codes][:, :2].copy()
        same = (args[0] == args[1]) & (tape.engine.table[ARITIES + codes] == 2) & (of_both == PARTIAL).any(axis=1)
        of_both[same] = PARTIAL, NOTHING  # of x / x, say: the sweep over the instruction finds the sum of both
        for p in range(2):
            kind = of_both[:, p]
            for value, number in ((UNIT, ONE), (NEGATED, MINUS_ONE)):
                some = np.flatnonzero(kind == value)
                self.add(own[some], args[p][some], number, ks[some])
            some = np.flatnonzero(kind == VALUE)
            at = which[codes[some], p]
            values = np.where(at == 0, args[0][some], np.where(at == 1, args[1][some], own[some]))
            self.add(own[some], args[p][some], 2 + values.astype(np.int64), ks[some])
            some = np.flatnonzero(kind == PARTIAL)
            for code in np.unique(codes[some]).tolist():
                mine = some[codes[some] == code]
                op, number = by_code(code), code * KINDS + K_STORE + p
                first = self.reserve(mine.size)
                self.add(own[mine], args[p][mine], 2 + self.slots + first + np.arange(mine.size), ks[mine])
                if mine.size >= TOGETHER and not same[mine].any() and table[number] != NO_KERNEL and not calls_functions(op.partials[p]):
                    self.jobs.append(Job(number, [_places(a[mine]) for a in args[: op.arity]], _places(own[mine]), first, mine.size))
                else:
                    self.scalars.append((ks[mine], own[mine], args[p][mine], first))

    def _of_runs(self) -> None:
        tape, factors = self.tape, _factors()
        for k in np.flatnonzero((self.opcode >= RUN + FIRST_OPERATION) & (self.size > 0)).tolist():
            code, n, first = int(self.opcode[k]) - RUN, int(self.size[k]), int(self.start[k])
            own = np.arange(first, first + n)
            if code >= FIRST_STRUCTURAL:
                adapter = _Rows(tape)
                counts, sources, slots = of(code).rows(adapter, int(tape.arg0[k]), n, np.arange(n, dtype=np.int32))
                self.add(np.repeat(own, counts), sources, ONE if slots is None else 2 + slots.astype(np.int64), k)
                continue
            read = operands(tape, k)
            flat = [slots.reshape(-1) for slots, _ in read]
            for p, (_, constant_) in enumerate(read):
                factor = factors.get((code, p))
                if factor is None or constant_:
                    continue
                if factor.kind == PARTIAL:
                    number = code * KINDS + K_STORE + p
                    at = self.reserve(n)
                    self.jobs.append(Job(number, [_places(slots) for slots in flat], first, at, n))
                    self.add(own, flat[p], 2 + self.slots + at + np.arange(n), k)
                else:
                    self.add(own, flat[p], self.number_of(factor, flat, own), k)

    def columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        """(slot, source, factor, instruction) of all terms."""
        if not self.parts:
            raise Refused
        slot, source, factor, k = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        return slot, source, factor, k
