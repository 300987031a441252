"""A loop's body: what one turn computes, as text, with slots, turns and addresses as data; and which values of a turn are stored.

Kernels are written from it turn by turn (turnwise.py), or for turns that do not depend on each other in vectors (independent.py).
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from jittape.ops.expressions import constant, native, parse
from jittape.ops.layout import FIRST_OPERATION, SUM
from jittape.ops.spec import OPERANDS, by_code
from jittape.sweep.vectors import used

TURN, LAG, FAR, FIXED, STREAM, GATHER, NEAR, BUFFER = "turn", "lag", "far", "fixed", "stream", "gather", "near", "buffer"
"""Kinds of operands; see `Operand`."""
D_SLOT, D_TURNS, D_TABLE, D_OPERANDS = range(4)
"""Of a loop's data: the first slot of its first turn, the number of turns, the address of the table of kernels, and from there on two numbers
an operand of the kinds FIXED (its slot), STREAM (its slot in the first turn, and the step) and GATHER (the address of its slots, and nothing).
After these, where there may be more than one turn, two numbers for each result in memory (`in_memory`): where it stands in the first turn, and
the step; then for each result that goes to later turns where it stands of the turn before the first one, of the one before that, and so on."""
REACH = 4
"""Operations that a reverse sweep of turns that depend on each other carries out anew from what is stored, one after the other."""


class Operand(NamedTuple):
    """Where an operand of a body's instruction stands.

    Attributes:
        kind: TURN: result `number` of the same turn. LAG, FAR: of the turn `lag` turns before, in a register or in memory. FIXED: the
            same slot in every turn. STREAM: a slot that moves by the same step every turn. GATHER: a slot of a list. NEAR: of a body of one turn,
            the slot `number` slots from its own first one. BUFFER: of runs, what the driver has fetched.
        number: see above; of the kinds that are data, which of the loop's operands it is.
        active: whether adjoints go there: it is no constant and no parameter.
    """

    kind: str
    number: int
    lag: int = 0
    active: bool = True


@dataclass(frozen=True)
class Body:
    """What a turn computes: the text of two kernels.

    Attributes:
        codes: the opcodes, in order; each instruction writes one slot. Leaves among them stand in memory already. SUM, in a body of one turn
            only, adds up all its operands.
        operands: those of each instruction.
        loop: whether there may be more than one turn.
        lags: for each instruction how many later turns read its result from registers.
        kept: instructions whose values are stored.
        outside: instructions to whose adjoints others contribute: later instructions, or this loop's by memory.
        summed: of runs (elements.py), the instruction whose results are added up, or -1.
        overlapping: of runs, numbers of the operands that share slots with others.
        given: numbers of the operands that stand where the caller has the argument, and their adjoints where he has the gradient.
        order: of turns that are swept as vectors (independent.py), numbers of the operands in memory that have adjoints, in the order in
            which these stand there; None of others.
        strided: of such turns, numbers of the operands that move by other steps than one.
        apart: of such turns, whether operands that have adjoints stand side by side turn by turn, and no two of them share a slot.
        shared: of runs, whether all contributions to operands that share slots with others are left in buffers, as several threads sweep them.
        copies: of runs, (instruction, operand that has its value already) of those that are not computed.
    """

    codes: tuple[int, ...]
    operands: tuple[tuple[Operand, ...], ...]
    loop: bool
    lags: tuple[int, ...]
    kept: frozenset[int]
    outside: frozenset[int]
    summed: int = -1
    overlapping: frozenset[int] = frozenset()
    given: frozenset[int] = frozenset()
    order: tuple[int, ...] | None = None
    copies: tuple[tuple[int, Operand], ...] = ()
    strided: frozenset[int] = frozenset()
    apart: bool = False
    shared: bool = False

    @property
    def size(self) -> int:
        return len(self.codes)

    @cached_property
    def widest(self) -> list[tuple[int, int]]:
        """(instruction, how many turns back its result is read from registers) of those that are."""
        return [(j, lag) for j, lag in enumerate(self.lags) if lag]

    @cached_property
    def far(self) -> frozenset[Operand]:
        """The operands that are results of much earlier turns."""
        return frozenset(o for row in self.operands for o in row if o.kind == FAR)

    @property
    def text(self) -> str:
        """What the kernels are a function of."""
        parts = (self.codes, [[(o.kind, o.number, o.lag, o.active) for o in row] for row in self.operands], self.loop, self.lags)
        return repr((parts, sorted(self.kept), sorted(self.outside), self.summed, sorted(self.overlapping), sorted(self.given), self.order, [(j, o.number) for j, o in self.copies], sorted(self.strided), self.apart, self.shared))


def is_given(body: Body, o: Operand) -> bool:
    """Whether an operand is one of those that stand where the caller has them."""
    return o.kind in (FIXED, STREAM, GATHER, NEAR) and o.number in body.given


def loaded(body: Body) -> set[Operand]:
    """The operands, and results of the same turn, whose values a reverse sweep has from memory."""
    return _read_back(body)[0]


@cache
def recomputed(body: Body) -> frozenset[int]:
    """The instructions whose results a reverse sweep computes a second time: what partial derivatives read, and what that is made of."""
    return frozenset(_read_back(body)[1])


def _read_back(body: Body) -> tuple[set[Operand], set[int]]:
    """What a reverse sweep has from memory, and what it computes anew."""
    asked = [
        Operand(TURN, j) if v == "z" else row[OPERANDS.index(v)]
        for j, (code, row) in enumerate(zip(body.codes, body.operands, strict=True))
        if code >= FIRST_OPERATION and code != SUM
        for p in contributing(code)
        if row[p].active
        for v in reads(code, p)
    ]
    seen: set[Operand] = set()
    found: set[Operand] = set()
    anew: set[int] = set()
    copies = dict(body.copies)
    while asked:
        o = asked.pop()
        if o in seen:
            continue
        seen.add(o)
        if o.kind != TURN or o.number in body.kept:
            found.add(o)
        elif o.number in copies:
            found.add(copies[o.number])
        elif body.codes[o.number] == SUM:
            anew.add(o.number)
            asked += body.operands[o.number]
        elif body.codes[o.number] >= FIRST_OPERATION:
            anew.add(o.number)
            op = by_code(body.codes[o.number])
            asked += [body.operands[o.number][OPERANDS.index(v)] for v in used(op, op.z)]
    return found, anew


def made_of(body: Body, j: int, known: Callable[[int], bool]) -> list[int]:
    """The results of a turn that are computed before instruction j's, as it is made of them and they are neither stored nor known, in order.

    Kernels compute these first: a chain of hundreds of operations would be as deep a recursion.
    """
    asked, found = [j], set()
    while asked:
        row, code = body.operands[i := asked.pop()], body.codes[i]
        which = row if code == SUM else [row[OPERANDS.index(v)] for v in used(by_code(code), by_code(code).z)]
        for o in which:
            n = o.number
            if o.kind == TURN and n not in found and n not in body.kept and body.codes[n] >= FIRST_OPERATION and not known(n):
                found.add(n)
                asked.append(n)
    return sorted(found)


def data_operands(body: Body) -> int:
    """How many operands of a body are data."""
    return 1 + max((o.number for row in body.operands for o in row if o.kind in (FIXED, STREAM, GATHER)), default=-1)


def in_memory(body: Body) -> list[int]:
    """The instructions whose results or adjoints a loop has in memory, in order."""
    far = {o.number for o in body.far}
    leaves = {j for j, code in enumerate(body.codes) if code < FIRST_OPERATION}
    return sorted(body.kept | body.outside | far | leaves | {j for j, lag in enumerate(body.lags) if lag})


def widest(body: Body) -> list[tuple[int, int]]:
    """(instruction, how many turns back its result is read from registers) of those that are."""
    return body.widest


@cache
def computed_anew(code: int) -> bool:
    """The rule for values that a reverse sweep reads: those of plain sums, differences, products and choices are computed anew, as a load
    takes no less time; quotients, roots and functions are stored and loaded."""
    nodes = ast.walk(parse(native(by_code(code).z)))
    return not any(isinstance(n, (ast.Call, ast.Pow)) or (isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Div, ast.FloorDiv, ast.Mod))) for n in nodes)


@cache
def contributing(code: int) -> tuple[int, ...]:
    """The operands to which an operation passes adjoints on."""
    op = by_code(code)
    return tuple(p for p, text in enumerate(op.partials) if constant(text) != 0.0)


@cache
def reads(code: int, p: int) -> tuple[str, ...]:
    """Operands and result that an operation's partial derivative by operand p reads."""
    op = by_code(code)
    return tuple(used(op, op.partials[p]))


def stored(codes: tuple[int, ...], operands: tuple[tuple[Operand, ...], ...], read: set[int]) -> frozenset[int]:
    """The instructions whose values are stored: those in `read`, and what the reverse sweep needs and does not compute anew."""
    return _stored(codes, operands, frozenset(read))


@functools.lru_cache(256)  # of loops that are alike
def _stored(codes: tuple[int, ...], operands: tuple[tuple[Operand, ...], ...], read: frozenset[int]) -> frozenset[int]:
    needed = [False] * len(codes)
    kept = set(read)
    for j, code in enumerate(codes):
        if code < FIRST_OPERATION or code == SUM:
            continue
        for p in contributing(code):
            if not operands[j][p].active:
                continue
            for v in reads(code, p):
                if v == "z":
                    needed[j] = True
                elif operands[j][OPERANDS.index(v)].kind == TURN:
                    needed[operands[j][OPERANDS.index(v)].number] = True
    for j in range(len(codes) - 1, -1, -1):
        if not needed[j] or j in kept or codes[j] < FIRST_OPERATION:
            continue
        if codes[j] != SUM and computed_anew(codes[j]):
            for o in operands[j]:
                if o.kind == TURN:
                    needed[o.number] = True
        else:
            kept.add(j)
    return frozenset(kept)


def beyond_reach(codes: tuple[int, ...], operands: tuple[tuple[Operand, ...], ...], kept: frozenset[int]) -> frozenset[int]:
    """What is stored besides, of turns that depend on each other: results that partial derivatives read and that are more than REACH operations away from
    what is stored. Such turns wait for what goes from one to the next, in both sweeps. Stores cost nothing forward, and in reverse a chain of operations that
    computes values anew would not be done before adjoints wait for them."""
    read = {
        row[OPERANDS.index(v)].number if v != "z" else j
        for j, (code, row) in enumerate(zip(codes, operands, strict=True))
        if code >= FIRST_OPERATION and code != SUM
        for p in contributing(code)
        if row[p].active
        for v in reads(code, p)
        if v == "z" or row[OPERANDS.index(v)].kind == TURN
    }
    found = set(kept)
    away: list[int] = []
    for j, (code, row) in enumerate(zip(codes, operands, strict=True)):
        if code < FIRST_OPERATION or j in found:
            away.append(0)
            continue
        away.append(1 + max((away[o.number] for o in row if o.kind == TURN), default=0))
        if away[j] > REACH and j in read:
            found.add(j)
            away[j] = 0
    return frozenset(found)
