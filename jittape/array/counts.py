"""Whether a recorded number is a count, an integer in the plain run: what np.sum(x > 0) gives, and arithmetic of such numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT, MAX, MIN, RUN, SUM
from jittape.tape.decode import lengths, operands
from jittape.tape.tape import Tape

INTEGRAL = frozenset((SUM, MAX, MIN, ops.ADD, ops.SUB, ops.MUL, ops.NEG, ops.POS, ops.ABS, ops.SQUARE, ops.MAXIMUM, ops.MINIMUM, ops.FLOOR_DIVIDE, ops.MOD, ops.CLIP))
"""Operations that make integers of integers."""


def is_count(tape: Tape, slot: int) -> bool:
    """Whether a value follows from truth values and whole constants by operations that keep to integers."""
    count = tape.count
    first = np.concatenate([[0], np.cumsum(lengths(tape.opcode[:count], tape.arg1[:count]))])
    return _counts(tape, first, np.array([slot]), False, set())


def _counts(tape: Tape, first: NDArray[Any], slots: NDArray[Any], truths: bool, seen: set[int]) -> bool:
    for k in np.unique(np.searchsorted(first, slots, "right") - 1).tolist():
        op = int(tape.opcode[k]) % RUN
        if k in seen or (truths and op in ops.MASKS):
            continue
        seen.add(k)
        if op == CONSTANT:
            values = tape.value[slots[(slots >= first[k]) & (slots < first[k + 1])]]
            if not (values == np.rint(values)).all():
                return False
        elif op not in INTEGRAL or not all(_counts(tape, first, x.slots.reshape(-1), True, seen) for x in operands(tape, k)):
            return False
    return True
