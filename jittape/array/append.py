"""Appending operations to a tape from slots: what every front end's arrays are recorded through.

Operands are slots on the tape; plain numbers and ndarrays become constants of it first (`constant_operand`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.state import plain
from jittape.ops._generated.opcodes import POS, SWITCH
from jittape.ops.layout import (
    BLOCK_REF,
    CALL,
    CONSTANT,
    CUMSUM,
    GATHER_REF,
    INACTIVE,
    MATMUL,
    RUN_REF,
    SCALAR_REF,
    SEGMENT_SUM,
)
from jittape.tape.calls import Call, write
from jittape.tape.references import Slots, collapse, inactive, is_shared, progression, reference, run_slots
from jittape.tape.tape import Tape

Shape = tuple[int, ...]
Ref = tuple[int, int, int, int, int]


def constant_operand(tape: Tape, x: Any) -> tuple[Slots, Shape]:
    """(slots, shape) of a number or ndarray stored as a constant."""
    a = plain(x)
    if a.ndim == 0:
        return np.full((), tape.constant(float(a)), np.int32), ()
    if a.size > 1 and 0 in a.strides:  # broadcast data is stored once
        core = a[tuple(slice(0, 1) if st == 0 else slice(None) for st in a.strides)]
        base = tape.append_leaf(core, CONSTANT)
        return np.broadcast_to(run_slots(base, core.size).reshape(core.shape), a.shape), a.shape
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


def contiguous(tape: Tape, slots: Slots) -> int:
    """The base of slots as a contiguous run, copied on the tape where they are none."""
    if is_shared(slots) and slots.flags.c_contiguous and slots.size:
        return int(slots.flat[0])
    return apply(tape, POS, [(slots, False)], slots.shape) if slots.size != 1 else int(slots.flat[0])


def rows(tape: Tape, slots: Slots, axes: int) -> tuple[Ref, Shape, int]:
    """How a reduction reads `slots`, whose last `axes` axes are reduced: (reference, shape of the rest, row length)."""
    split = slots.ndim - axes
    shape, inner = slots.shape[:split], math.prod(slots.shape[split:])
    if not slots.size:
        return (RUN_REF, 0, 1, 1, 0), shape, inner
    base = int(slots.flat[0])
    if slots.size == 1:
        return (BLOCK_REF, base, 0, 0, 1), shape, inner
    if is_shared(slots):
        strides = [st // slots.itemsize for st in slots.strides]
        lead, tail = collapse(shape, strides[:split]), collapse(slots.shape[split:], strides[split:])
        if len(lead) <= 1 and len(tail) <= 1:
            so, si = (lead[0][1] if lead else 0), (tail[0][1] if tail else 0)
            return (BLOCK_REF, base, so, si, max(inner, 1)), shape, inner
    found = progression(slots)
    if found is not None:
        step = found[3]
        return (BLOCK_REF, base, step * inner, step, inner), shape, inner
    return (GATHER_REF, tape.gather_list(slots), int(slots.max()), int(slots.min()), slots.size), shape, inner


def reduce_run(tape: Tape, op: int, slots: Slots, axes: int, const: bool = False) -> tuple[int, Shape]:
    """Append sum, max or min over the last `axes` axes of `slots`; returns (first slot, shape of the result)."""
    ref, shape, inner = rows(tape, slots, axes)
    return tape.append_run(op, math.prod(shape), (inner, *(inactive(ref) if const else ref))), shape


def cumsum_run(tape: Tape, slots: Slots) -> int:
    """Append the running sums along the last axis of `slots`, whose shape the result has."""
    ref, _, inner = rows(tape, slots, 1)
    return tape.append_run(CUMSUM, slots.size, (inner, *ref))


def matmul_run(tape: Tape, a: Slots, b: Slots, a_const: bool, b_const: bool, a_flags: int = 0, b_flags: int = 0) -> int:
    """Append C = A @ B for stacks of matrices [batch, m, k] and [batch, k, n] (a batch of one is repeated).

    `a_flags` and `b_flags` may be ADJOINT (see ops/layout.py).
    """
    batch = max(a.shape[0], b.shape[0])
    m, k, n = a.shape[1], a.shape[2], b.shape[2]
    record = [batch, m, k, n]
    for slots, const, flags in ((a, a_const, a_flags), (b, b_const, b_flags)):
        record += [*matrix(tape, slots), (INACTIVE if const else 0) | flags]
    return tape.append_run(MATMUL, batch * m * n, record)


def matrix(tape: Tape, slots: Slots) -> tuple[int, int, int, int]:
    """(base, batch stride, row stride, column stride) that BLAS can read; copied on the tape where they are not so."""
    count, rows_, cols = slots.shape
    if slots.size and is_shared(slots):
        sb, sr, sc = (st // slots.itemsize for st in slots.strides)
        if cols == 1:
            sc = 1 if sr != 1 else rows_
        if rows_ == 1:
            sr = cols if sc == 1 else 1
        if (sc == 1 and sr >= cols) or (sr == 1 and sc >= rows_):
            return int(slots.flat[0]), sb if count > 1 else 0, sr, sc
    base = contiguous(tape, slots)
    return base, rows_ * cols if count > 1 else 0, cols, 1


def segment_run(tape: Tape, slots: Slots, offsets: NDArray[Any]) -> int:
    """Append the sums of consecutive pieces of `slots`: sum j is over slots[offsets[j] : offsets[j + 1]]."""
    first = tape.gather_list(slots)
    at = tape.gather_list(np.asarray(offsets, np.int32))
    return tape.append_run(SEGMENT_SUM, len(offsets) - 1, (at, first))


def call_run(tape: Tape, call: Call, attributes: Sequence[int], operands: Sequence[tuple[Slots, bool]], results: Sequence[Shape]) -> list[int]:
    """Append a call of a Python operation; returns the first slot of each result."""
    described = []
    for slots, const in operands:
        ref = reference(tape, slots, slots.shape)
        described.append((slots.shape, inactive(ref) if const else ref))
    sizes = [math.prod(shape) for shape in results]
    base = tape.append_run(CALL, sum(sizes), write(call, attributes, described, results))
    return [base + sum(sizes[:i]) for i in range(len(sizes))]
