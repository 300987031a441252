"""Reading instructions back: what they read, and where they write."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import of
from jittape.instructions.base import Operand
from jittape.instructions.references import referenced
from jittape.ops.layout import FIRST_STRUCTURAL, INACTIVE, OPCODES, REF, RUN
from jittape.ops.spec import OPS

ARITY: dict[int, int] = {op.code: op.arity for op in OPS}
"""Operands of each elementwise operation, by its code."""
ARITIES: NDArray[np.int64] = np.zeros(OPCODES, np.int64)
"""The same for each opcode, of scalar instructions and of runs; zero for leaves and structural instructions."""
for _code, _n in ARITY.items():
    ARITIES[_code] = ARITIES[RUN + _code] = _n


class Stretch(NamedTuple):
    """Instructions first to end of a tape, which write the slots slot to stop."""

    first: int
    end: int
    slot: int
    stop: int


def lengths(opcode: NDArray[np.uint16], arg1: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many slots each instruction writes."""
    return np.where(opcode >= RUN, arg1, 1).astype(np.int64)


def is_structural(opcode: int) -> bool:
    """Whether an instruction is one of jittape/instructions."""
    return opcode >= RUN + FIRST_STRUCTURAL


def operands(tape: Any, k: int) -> list[Operand]:
    """What instruction k reads; of a run, slots of the shape that it sees them in."""
    op, at, n = int(tape.opcode[k]), int(tape.arg0[k]), int(tape.arg1[k])
    if op < RUN:
        return [Operand(np.array([s], np.int32), False) for s in (at, n)[: ARITY.get(op, 0)]]
    if is_structural(op):
        return of(op - RUN).operands(tape, at, n)
    refs = range(at, at + REF * ARITY.get(op - RUN, 0), REF)
    return [Operand(referenced(tape, ref, n), bool(tape.meta[ref] & INACTIVE)) for ref in refs]
