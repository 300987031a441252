"""From a period of a tape's instructions to loops: kinds of operands turn by turn, and where a loop has to be cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import CONSTANT, FIRST_OPERATION, PARAMETER
from jittape.passes.periods import REGISTERS, Columns
from jittape.passes.turns import Loop
from jittape.sweep.loops.body import FAR, FIXED, GATHER, LAG, STREAM, TURN, Body, Operand
from jittape.sweep.loops.scalars import has_form
from jittape.tape.decode import ARITIES

LEAST_APART = 16
"""Turns between one and the first that depends on it, from which they are loops of their own."""
MOST_PEELED = 3
"""Turns that a loop whose operands are listed may begin later for other operands to move by equal steps."""


def writable(code: int, dtype: np.dtype[Any]) -> bool:
    """Whether a body may hold an instruction of this opcode."""
    return code in (CONSTANT, PARAMETER) or has_form(code, dtype)


class _Ranges:
    """Slots that a loop reads by memory: (slot in the first turn, step)."""

    def __init__(self, turns: int, listed: set[int]) -> None:
        self.turns = turns
        self.known: set[tuple[int, int]] = set()
        self.listed = listed
        self.low, self.high = 0, -1

    def add(self, base: int, step: int) -> None:
        self.known.add((base, step))
        ends = base, base + step * (self.turns - 1)
        self.low = min(self.low, *ends) if self.high >= 0 else min(ends)
        self.high = max(self.high, *ends)

    def hit(self, slot: int) -> bool:
        if slot in self.listed:
            return True
        if not self.low <= slot <= self.high:
            return False
        for base, step in self.known:
            q, rest = divmod(slot - base, step) if step else (0, slot - base)
            if not rest and 0 <= q < self.turns:
                return True
        return False


def peeled(columns: Columns, first: int, period: int, turns: int) -> int:
    """How many turns at the beginning of a loop have operands that move by equal steps only later on, as what is read before it does."""
    found = 0
    for arg in columns.args:
        steps = np.diff(arg[first : first + turns * period].reshape(turns, period).astype(np.int64), axis=0)
        changed = steps[1:] != steps[:-1]
        early = changed.any(axis=0) & ~changed[MOST_PEELED:].any(axis=0)
        if early.any():
            found = max(found, int(np.flatnonzero(changed[:, early].any(axis=1))[-1]) + 1)
    return found


def made(columns: Columns, first: int, period: int, turns: int, loose: bool, shift: int, constant: NDArray[np.bool_]) -> Loop | None:
    """The loop of a stretch whose operands move by equal steps; None where it cannot be compiled.

    Args:
        shift: the slot that an instruction of the stretch writes, less its number.
        constant: for each slot whether it is a constant or a parameter.
    """
    codes = tuple(columns.opcode[first : first + period].tolist())
    if not all(writable(code, columns.dtype) for code in codes) or max(codes) < FIRST_OPERATION:
        return None
    if loose:
        late = peeled(columns, first, period, turns)
        first, turns = first + late * period, turns - late
    slot = first + shift
    args = [[arg[first + k * period : first + (k + 1) * period].tolist() for k in (0, 1)] for arg in columns.args]
    lists: list[NDArray[np.int64]] = []
    every = [arg[first : first + turns * period].reshape(turns, period).astype(np.int64) for arg in columns.args] if loose else []
    rows: list[list[tuple[str, int, int]]] = []
    """Operands as (kind, number or slot, lag or step)."""
    for j, code in enumerate(codes):
        row: list[tuple[str, int, int]] = []
        for p in range(int(ARITIES[code])):
            a, step = args[p][0][j], args[p][1][j] - args[p][0][j]
            if loose and (np.diff(every[p][:, j]) != step).any():
                if every[p][:, j].max() >= slot:
                    return None
                row.append((GATHER, len(lists), 0))
                lists.append(every[p][:, j].copy())
                continue
            lag = (slot - a + period - 1) // period if a < slot else 0
            if step == period and lag < turns:
                number = a - slot + lag * period
                if lag == 0 and number >= j:
                    return None
                row.append((TURN if lag == 0 else LAG if lag <= REGISTERS else FAR, number, lag))
            elif step == 0 and a < slot:
                row.append((FIXED, a, 0))
            elif step and max(a, a + step * (turns - 1)) < slot:
                row.append((STREAM, a, step))
            else:
                return None
        rows.append(row)
    rows = _apart(rows, lists, slot, period, turns)
    return numbered(codes, rows, first, slot, turns, constant, lists)


def far_apart(loop: Loop) -> list[Loop]:
    """A loop whose turns depend on much earlier ones only, as loops of so many turns that do not depend on each other."""
    far = loop.body.far
    lag = min((o.lag for o in far), default=0)
    if lag < LEAST_APART or any(o.kind in (LAG, GATHER) for row in loop.body.operands for o in row):
        return [loop]
    numbers = {o: len(loop.data) + i for i, o in enumerate(sorted(far, key=lambda o: (o.number, o.lag)))}
    rows = tuple(tuple(Operand(STREAM, numbers[o], 0, o.active) if o in numbers else o for o in row) for row in loop.body.operands)
    size = loop.body.size
    found = []
    for begin in range(0, loop.turns, lag):
        part = loop.part(begin, min(lag, loop.turns - begin))
        part.data = np.concatenate([part.data, [(part.slot + o.number - o.lag * size, size) for o in numbers]])
        part.lists += [None] * len(numbers)
        part.body = replace(loop.body, operands=rows)
        found.append(part)
    return found


def _apart(rows: list[list[tuple[str, int, int]]], lists: list[NDArray[np.int64]], slot: int, period: int, turns: int) -> list[list[tuple[str, int, int]]]:
    """The same operands, with those in memory whose slots, or some of them, others of the loop reach by another way.

    Registers hold the adjoints of FIXED operands and of results of turns before the first one (LAG) until the loop ends.
    """
    ranges = _Ranges(turns, {s for slots in lists for s in slots.tolist()})
    for row in rows:
        for kind, a, step in row:
            if kind == STREAM:
                ranges.add(a, step)
            elif kind == FAR:
                ranges.add(slot - step * period + a, period)
    fixed = {a for row in rows for kind, a, _ in row if kind == FIXED}
    lags: dict[int, int] = {}
    for row in rows:
        for kind, a, lag in row:
            if kind == LAG:
                lags[a] = max(lags.get(a, 0), lag)
    far = {a for row in rows for kind, a, _ in row if kind == FAR}
    changed = True
    while changed:
        changed = False
        for j, lag in list(lags.items()):
            before = [slot - d * period + j for d in range(1, lag + 1)]
            if j in far or any(s in fixed or ranges.hit(s) for s in before):
                del lags[j]
                far.add(j)
                for d in range(1, lag + 1):
                    ranges.add(slot - d * period + j, period)
                changed = True
        for a in list(fixed):
            if ranges.hit(a):
                fixed.discard(a)
                ranges.add(a, 0)
                changed = True

    def where(kind: str, a: int, step: int) -> tuple[str, int, int]:
        if kind == LAG and a in far:
            return FAR, a, step
        if kind == FIXED and a not in fixed:
            return STREAM, a, 0
        return kind, a, step

    return [[where(*o) for o in row] for row in rows]


def numbered(codes: tuple[int, ...], rows: list[list[tuple[str, int, int]]], first: int, slot: int, turns: int, constant: NDArray[np.bool_],
              lists: Sequence[NDArray[np.int64]] = ()) -> Loop:  # fmt: skip
    """The loop of these operands: those that are data get numbers, in the order in which they are met."""
    period = len(codes)
    data: dict[tuple[str, int, int], int] = {}
    places: list[tuple[int, int]] = []
    loop = Loop(first, slot, turns, Body(codes, (), turns > 1, (), frozenset(), frozenset()))
    for kind, a, step in (operand for row in rows for operand in row):
        if kind in (FIXED, STREAM, GATHER) and (kind, a, step) not in data:
            data[kind, a, step] = len(data)
            places.append((a, step) if kind != GATHER else (lists[a].ctypes.data, 0))
            loop.lists.append(lists[a] if kind == GATHER else None)
    if places:
        loop.data = np.array(places, np.int64)
    varies = [False] * period
    known: dict[tuple[str, int, int], Operand] = {}
    """What does not depend on what was met before."""
    found: list[tuple[Operand, ...]] = []
    for j, row in enumerate(rows):
        new = []
        for key in row:
            o = known.get(key)
            if o is None:
                kind, a, step = key
                n = data.get(key)
                number, lag = (a, step) if n is None else (n, 0)
                if kind == TURN:
                    active = varies[a]
                elif kind in (LAG, FAR) and codes[a] >= FIRST_OPERATION:
                    active = True
                elif kind == FIXED:
                    active = not constant[a]
                else:
                    active = not constant[loop.earlier(Operand(kind, number, lag))].all()
                o = known[key] = Operand(kind, number, lag, active)
            new.append(o)
            varies[j] = varies[j] or o.active
        found.append(tuple(new))
    loop.body = replace(loop.body, operands=tuple(found))
    return loop
