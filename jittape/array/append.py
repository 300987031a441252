"""Appending operations to a tape from slots: what every front end's arrays are recorded through.

Operands are either `Operand`s (slots on the tape) or plain numbers and ndarrays, which become constants of the tape.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.errors import RecordingError, TapeMismatchError
from jittape.instructions import calls, cumsum, matmul, of, segments
from jittape.ops._generated.opcodes import SWITCH
from jittape.ops.layout import (
    CONSTANT,
    SCALAR_REF,
)
from jittape.tape.references import Slots, inactive, reference, run_slots
from jittape.tape.tape import Tape

Shape = tuple[int, ...]
Ref = tuple[int, int, int, int, int]


class State(threading.local):
    """What the current thread is doing.

    Attributes:
        tapes: the tapes being recorded by the functional front end, innermost last.
        grad: whether eager tensors are recorded (no_grad switches it off).
    """

    def __init__(self) -> None:
        self.tapes: list[Tape] = []
        self.grad = True
        self.eager: dict[Any, Tape] = {}


state = State()


def mismatch(a: Tape, b: Tape) -> str:
    if a.thread != b.thread:
        return (
            "recorded arrays of two threads were mixed; a recording belongs to the thread that began it. "
            "Pass plain values (jittape.stop_gradient(x), tensor.detach()) between threads"
        )
    if a.dtype != b.dtype:
        return f"recorded arrays of dtype {a.dtype} and {b.dtype} were mixed; make all of them of one dtype"
    return (
        "arrays of two recordings were mixed: one of them was kept from an earlier call, whose recording has ended. "
        "Return what you need from the differentiated function instead of storing it"
    )


def check(tape: Tape) -> None:
    """Refuse to record on a tape of another thread, or on one whose recording has ended."""
    if tape.thread != threading.get_ident():
        raise TapeMismatchError(
            "a recorded array is used in another thread than the one that recorded it; pass plain values "
            "(jittape.stop_gradient(x), tensor.detach()) between threads"
        )
    if tape.ended:
        raise TapeMismatchError(
            "this array's recording has ended: it was kept from an earlier call of the differentiated function. "
            "Return what you need from the function instead of storing it"
        )


def refuse_subclass(x: Any) -> None:
    """An error for classes of NumPy whose arithmetic is not an ndarray's."""
    if isinstance(x, np.matrix):
        raise RecordingError("np.matrix means other products than an ndarray; pass np.asarray(M), and write products with @")
    if isinstance(x, np.ma.MaskedArray):
        raise RecordingError(
            "a masked array would lose its mask; pass the values with np.ma.filled(x, 0.0), or choose the elements by "
            "np.where(mask, ..., ...)"
        )


def plain(x: Any) -> NDArray[Any]:
    """A number or array-like as a real ndarray that can become a constant of a tape."""
    refuse_subclass(x)
    a = np.asarray(x)
    if a.dtype.kind in "fiub":
        return a
    if a.dtype.kind == "c":
        raise RecordingError(
            f"complex numbers cannot be recorded yet (got an operand of dtype {a.dtype}); "
            "pass real and imaginary parts as two real arrays"
        )
    if a.dtype == object:
        raise RecordingError(
            "an object array or a nested list of recorded values cannot be an operand; build the array with "
            "`import jittape.numpy as np; np.array([...])` or np.stack"
        )
    raise RecordingError(f"an operand of dtype {a.dtype} cannot be recorded; convert it to float64 first")


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


def reduce_run(tape: Tape, op: int, slots: Slots, axes: int, const: bool = False) -> tuple[int, Shape]:
    return of(op).append(tape, slots, axes, const)  # type: ignore[attr-defined, no-any-return]


def cumsum_run(tape: Tape, slots: Slots) -> int:
    return cumsum.INSTRUCTION.append_scan(tape, slots)


def matmul_run(tape: Tape, a: Slots, b: Slots, a_const: bool, b_const: bool, a_flags: int = 0, b_flags: int = 0) -> int:
    return matmul.INSTRUCTION.append(tape, a, b, a_const, b_const, a_flags, b_flags)


def matrix(tape: Tape, slots: Slots) -> tuple[int, int, int, int]:
    return matmul.readable(tape, slots)


def segment_run(tape: Tape, slots: Slots, offsets: NDArray[Any]) -> int:
    return segments.INSTRUCTION.append(tape, slots, offsets)


def call_run(tape: Tape, call: Any, attributes: Sequence[int], operands: Sequence[tuple[Slots, bool]], results: Sequence[Shape]) -> list[int]:
    return calls.INSTRUCTION.append(tape, call, attributes, operands, results)
