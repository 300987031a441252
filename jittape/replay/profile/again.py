"""Which operations a compiled loop computes a second time, in its reverse sweep, as their values are not stored."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import FIRST_OPERATION, SUM
from jittape.ops.spec import OPERANDS, by_code
from jittape.sweep.loops.body import TURN, Body, Operand, contributing, reads
from jittape.sweep.vectors import used
from jittape.tape.loops import Loops


@cache
def again(body: Body) -> frozenset[int]:
    """The instructions of a body that its reverse kernel computes anew: what partial derivatives read, and what that is made of."""
    asked = [
        Operand(TURN, j) if v == "z" else row[OPERANDS.index(v)]
        for j, (code, row) in enumerate(zip(body.codes, body.operands, strict=True))
        if code >= FIRST_OPERATION and code != SUM
        for p in contributing(code)
        if row[p].active
        for v in reads(code, p)
    ]
    copies, found = dict(body.copies), set()
    while asked:
        o = asked.pop()
        if o.kind != TURN or o.number in body.kept or o.number in copies or o.number in found or body.codes[o.number] < FIRST_OPERATION:
            continue
        found.add(o.number)
        if body.codes[o.number] == SUM:
            asked += body.operands[o.number]
        else:
            op = by_code(body.codes[o.number])
            asked += [body.operands[o.number][OPERANDS.index(v)] for v in used(op, op.z)]
    return frozenset(found)


def of_slots(loops: Loops, rows: tuple[int, int], first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which instructions, by their first slots, some of the loops compute twice."""
    found = np.zeros(first.size, np.bool_)
    for row, body in zip(loops.rows[slice(*rows)], loops.bodies[slice(*rows)], strict=True):
        inside = (first >= row.slot) & (first < row.slot + row.slots)
        j = (first - row.slot) // max(row.slots // body.size, 1) if row.elements else (first - row.slot) % body.size  # a run is many slots, a sum comes after them
        found |= inside & np.isin(j, list(again(body)))
    return found
