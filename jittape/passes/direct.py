"""Loops that have the argument, and its gradient, where the caller has them: neither is copied then.

What is left to the interpreter, a first turn, say, reads some of the argument's elements in their slots: these are copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import FIRST_OPERATION, OPERATION, RUN
from jittape.passes.turns import Loop
from jittape.sweep.loops.body import FAR, FIXED, GATHER, NEAR, STREAM, Body, Operand
from jittape.tape.decode import ARITIES, operands
from jittape.tape.tape import Tape

Ints = NDArray[np.int64]
LEAST = 256
"""Elements of an argument from which copies take longer than what loops are told of it."""


def direct(tape: Tape, loops: Sequence[Any], start: int, stop: int) -> Ints | None:
    """Let loops find the argument, in slots from `start` to `stop`, where the caller has it.

    Args:
        tape: bound.
        loops: all loops of the tape.

    Returns:
        The slots of the argument that the interpreter reads; None where loops cannot, or it is no use.
    """
    if stop - start < LEAST or not loops or not all(isinstance(loop, Loop) and loop.pack is None for loop in loops):
        return None
    found, left = [_of_argument(loop, start, stop) for loop in loops], _left(tape, loops, start, stop)
    if left.size * (len(loops) + 1) >= stop - start or any(each is None for each in found):  # they are copied before and after each loop
        return None
    known: dict[Any, Body] = {}
    for loop, each in zip(loops, found, strict=True):
        numbers, loop.reach = each  # type: ignore[misc]
        body = loop.emitted
        key = id(body), numbers
        if numbers and key not in known:
            known[key] = replace(body, given=numbers)
        loop.direct = known[key] if numbers else None
    return left


def _left(tape: Tape, loops: Sequence[Loop], start: int, stop: int) -> Ints:
    """The slots of the argument that instructions outside of the loops read."""
    left = (tape.opcode[: tape.count] & OPERATION) >= FIRST_OPERATION
    for loop in loops:
        left[loop.first : loop.end] = False
    at = np.flatnonzero(left)
    opcode = tape.opcode[at]
    scalar = opcode < RUN
    found = [column[at[scalar & (ARITIES[opcode & OPERATION] > p)]] for p, column in enumerate((tape.arg0, tape.arg1))]
    found += [slots.ravel() for k in at[~scalar].tolist() for slots, _ in operands(tape, k)]
    slots = np.unique(np.concatenate(found)).astype(np.int64)
    return slots[(slots >= start) & (slots < stop)]


def _of_argument(loop: Loop, start: int, stop: int) -> tuple[frozenset[int], int] | None:
    """The numbers of a loop's operands that are elements of the argument, and the lowest slot of these that gets contributions, or `stop`; None where
    something is such an element in some turns only."""
    if loop.previous is not None and ((loop.previous >= start) & (loop.previous < stop)).any():
        return None
    numbers, reach = set(), stop
    lists = iter(loop.moved_lists)
    listed = {n: next(lists) for n, a in enumerate(loop.lists) if a is not None}
    for o in {o for row in loop.emitted.operands for o in row}:
        slots = _slots(loop, o, listed)
        inside = (slots >= start) & (slots < stop)
        if not inside.any():
            continue
        if not inside.all() or o.kind == FAR:
            return None
        numbers.add(o.number)
        if o.active:
            reach = min(reach, int(slots.min()))
    return frozenset(numbers), reach


def _slots(loop: Loop, o: Operand, listed: dict[int, Ints]) -> Ints:
    """Slots of an operand outside of the loop: all of them, or the ends where it moves by equal steps."""
    if o.kind == GATHER:
        return listed[o.number]
    if o.kind in (FIXED, STREAM):
        places = loop.data if loop.operands is None else loop.operands
        first, step = places[o.number].tolist()
        return np.array([first, first + step * (loop.turns - 1)])
    if o.kind == NEAR:
        return np.array([loop.slot + o.number])
    if o.kind == FAR:
        return loop.slot + o.number + loop.body.size * np.arange(-o.lag, min(0, loop.turns - o.lag))
    return np.empty(0, np.int64)
