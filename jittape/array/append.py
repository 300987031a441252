"""Appending operations to a tape from slots: what every front end's arrays are recorded through.

Operands are slots on the tape; plain numbers and ndarrays become constants of it first (`constant_operand`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from jittape.array.layout import ascending, axes_of, in_order, inverse
from jittape.array.state import plain
from jittape.instructions.references import Slots, inactive, reference, run_slots
from jittape.ops._generated.opcodes import SWITCH
from jittape.ops.layout import (
    CONSTANT,
    SCALAR_REF,
)
from jittape.tape.tape import Tape

Shape = tuple[int, ...]
Ref = tuple[int, int, int, int, int]


def constant_operand(tape: Tape, x: Any) -> tuple[Slots, Shape]:
    """(slots, shape) of a number or ndarray stored as a constant; the slots lie in its order in memory."""
    a = plain(x)
    if a.ndim == 0:
        return np.full((), tape.constant(float(a)), np.int32), ()
    if a.size > 1 and 0 in a.strides:  # broadcast data is stored once
        core = a[tuple(slice(0, 1) if st == 0 else slice(None) for st in a.strides)]
        base = tape.append_leaf(core, CONSTANT)
        return np.broadcast_to(run_slots(base, core.size).reshape(core.shape), a.shape), a.shape
    if not in_order(a):  # as it lies in memory
        axes = axes_of(a)
        if not ascending(axes):
            return constant_operand(tape, a.transpose(axes))[0].transpose(inverse(axes)), a.shape
    return run_slots(tape.append_leaf(a, CONSTANT), a.size).reshape(a.shape), a.shape


def apply(tape: Tape, op: int, operands: Sequence[tuple[Slots | int, bool]], shape: Shape) -> int:
    """Append operation `op` over operands (slots or one slot, whether constant), broadcast to `shape`.

    Returns the first slot.
    """
    if shape == () and op in SWITCH:
        first, second = operands[0][0], operands[-1][0]
        if not isinstance(first, int):
            first = int(first.flat[0])
        if len(operands) == 1:
            return tape.append_scalar(op, first)
        return tape.append_scalar(op, first, second if isinstance(second, int) else int(second.flat[0]))
    record: list[int] = []
    for s, const in operands:
        ref = (SCALAR_REF, s, 0, 0, 1) if isinstance(s, int) else reference(tape, s, shape)
        record += inactive(ref) if const else ref
    return tape.append_run(op, math.prod(shape), record)
