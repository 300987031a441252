"""What the thread is doing, and whether one may record here: which tape, in which thread, of which operands."""

from __future__ import annotations

import importlib
import itertools
import threading
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.replacements import MASKED
from jittape.errors import DerivativeLostError, RecordingError, TapeMismatchError
from jittape.tape.tape import Tape


class State(threading.local):
    """What the current thread is doing.

    Attributes:
        tapes: the tapes being recorded by the functional front end, innermost last.
        grad: whether eager tensors are recorded (no_grad switches it off).
        eager: dtype -> the tape that eager tensors of it are recorded on.
        followed: the tape among these that follows its last recording (eager/following.py); None while none does.
        step: what watches a training step of tensors while it is recorded (jittape/steps); None elsewhere.
    """

    def __init__(self) -> None:
        self.tapes: list[Tape] = []
        self.grad = True
        self.eager: dict[Any, Tape] = {}
        self.followed: Any = None
        self.step: Any = None


state = State()


class Changes:
    """Counts what is done to modules, to hooks and to what requires grad, so that a recorded step need look again after a change only.

    Attributes:
        last: another number after each change.
    """

    def __init__(self) -> None:
        self.last = 0
        self._numbers = itertools.count(1)

    def note(self) -> None:
        self.last = next(self._numbers)


changes = Changes()


def current_tape() -> Tape | None:
    """The tape that the running code records on; None outside functions that are differentiated.

    What the interpreter calls while a sweep or native code is at work on a tape (a signal handler, a destructor, a callback of the
    garbage collector) is no part of the function that is recorded there.
    """
    tapes = state.tapes
    return None if not tapes or tapes[-1].at_work else tapes[-1]


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


def lost(tape: Tape | None, message: str) -> DerivativeLostError:
    """The error of a conversion that would drop a derivative; the recording remembers it, should somebody catch it."""
    if tape is not None and not tape.ended:
        tape.lose(message)
    return DerivativeLostError(message)


def refuse_subclass(x: Any) -> None:
    """An error for classes of NumPy whose arithmetic is not an ndarray's."""
    if isinstance(x, np.matrix):
        raise RecordingError("np.matrix means other products than an ndarray; pass np.asarray(M), and write products with @")
    if isinstance(x, np.ma.MaskedArray):
        raise RecordingError(f"a masked array would lose its mask; {MASKED}")


class ComplexOperand(RecordingError):
    """A complex operand came to a rule for real numbers. Whoever called the rule hands it to `complexly`; what nobody takes is an error."""


@cache
def complexly() -> Any:
    """The rules for complex numbers, which are imported when the first one is met."""
    return importlib.import_module("jittape.functions.complexes.dispatch")


def plain(x: Any) -> NDArray[Any]:
    """A number or array-like as a real ndarray that can become a constant of a tape.

    Raises:
        ComplexOperand: it is complex.
        RecordingError: it is something else that cannot be recorded.
    """
    refuse_subclass(x)
    a = np.asarray(x)
    if a.dtype.kind in "fiub":
        return a
    if a.dtype.kind == "c":
        raise ComplexOperand(
            f"a complex operand (of dtype {a.dtype}) is not taken here, where recorded values are real; take real and imaginary part "
            "(z.real, z.imag), or make the array complex that it is stored in: np.zeros(n, complex) of jittape.numpy"
        )
    if a.dtype == object:
        raise RecordingError(
            "an object array or a nested list of recorded values cannot be an operand; build the array with "
            "`import jittape.numpy as np; np.array([...])` or np.stack"
        )
    raise RecordingError(f"an operand of dtype {a.dtype} cannot be recorded; convert it to float64 first")
