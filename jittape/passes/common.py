"""Common subexpressions of a loop's body: a turn computes what is written twice once, and what is the same in every turn before them all.

What is shared is the value. Each instruction keeps an adjoint of its own, and its contributions go where they went, in the same order: added
up before they are multiplied, two of them might round otherwise, and cancel where a partial derivative is infinite, so that a NaN would come
out as zero. So derivatives are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jittape.ops._generated import opcodes
from jittape.ops.layout import FIRST_OPERATION
from jittape.sweep.loops.body import FIXED, TURN, Operand

COMMUTING = frozenset((opcodes.ADD, opcodes.MUL, opcodes.PRODUCT))
"""Operations that give the same bits for operands that change places."""


def shared(codes: Sequence[int], operands: Sequence[Sequence[Operand]]) -> tuple[int, ...]:
    """For each instruction of a body the first one that has the same value."""
    first: dict[Any, int] = {}
    same: list[int] = []
    for j, (code, row) in enumerate(zip(codes, operands, strict=True)):
        places = [(o.kind, same[o.number] if o.kind == TURN else o.number, o.lag) for o in row]
        key = (code, *(sorted(places) if code in COMMUTING else places))
        same.append(first.setdefault(key, j) if code >= FIRST_OPERATION else j)
    return tuple(same)


def ahead(codes: Sequence[int], operands: Sequence[Sequence[Operand]]) -> frozenset[int]:
    """The instructions of a loop's body whose value is the same in every turn."""
    found: set[int] = set()
    for j, (code, row) in enumerate(zip(codes, operands, strict=True)):
        if code >= FIRST_OPERATION and all(o.kind == FIXED or (o.kind == TURN and o.number in found) for o in row):
            found.add(j)
    return frozenset(found)
