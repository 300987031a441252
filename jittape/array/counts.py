"""Whether recorded numbers are counts, integers in the plain run: what np.sum(x > 0) gives, and arithmetic of such numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT, CUMSUM, FIRST_OPERATION, MATMUL, MAX, MIN, RUN, SEGMENT_SUM, SUM
from jittape.tape.decode import lengths, operands
from jittape.tape.tape import Tape

INTEGRAL = frozenset((
    SUM, MAX, MIN, CUMSUM, MATMUL, SEGMENT_SUM, ops.ADD, ops.SUB, ops.MUL, ops.NEG, ops.POS, ops.ABS, ops.SQUARE, ops.POW, ops.POWC, ops.MAXIMUM, ops.MINIMUM,
    ops.FLOOR_DIVIDE, ops.MOD, ops.CLIP, ops.WHERE, ops.STOP_GRADIENT,
))  # fmt: skip
"""Operations that make integers of integers."""


def are_counts(tape: Tape, slots: NDArray[Any]) -> bool:
    """Whether values follow from truth values and whole constants by operations that keep to integers."""
    slots = slots.reshape(-1)
    return bool((tape.value[slots] == np.rint(tape.value[slots])).all()) and _follow(tape, slots, True)


def are_flat(tape: Tape, slots: NDArray[Any]) -> bool:
    """Whether values follow from truth values and constants, so that they have no derivative: a share such as np.mean(x > 0)."""
    return _follow(tape, slots.reshape(-1), False)


def _follow(tape: Tape, slots: NDArray[Any], whole: bool) -> bool:
    """Whether values follow from truth values and constants; with `whole` from whole ones, by operations that keep to integers."""
    count = tape.count
    first = np.concatenate([[0], np.cumsum(lengths(tape.opcode[:count], tape.arg1[:count]))])
    seen: set[int] = set()
    asked, truths = [slots], False  # truth values themselves are no counts, but what counts are made of
    while asked:
        slots = asked.pop()
        for k in np.unique(np.searchsorted(first, slots, "right") - 1).tolist():
            op = int(tape.opcode[k]) % RUN
            if op == CONSTANT:
                values = tape.value[slots[(slots >= first[k]) & (slots < first[k + 1])]]
                if whole and not (values == np.rint(values)).all():
                    return False
            elif k in seen or (truths and op in ops.MASKS):
                continue
            elif op < FIRST_OPERATION or (whole and op not in INTEGRAL):
                return False
            else:
                asked += [x.slots.reshape(-1) for x in operands(tape, k)]
            seen.add(k)
        truths = True
    return True
