"""The eager tapes of a thread, one a dtype: the one that is recorded on, its end, and tapes that are used again.

When all instructions of a tape are freed and it is no longer small, the thread begins another one, and the old one lives as
long as a tensor looks at it. A tape that is full is compacted.

What the interpreter calls in the middle of an operation (a signal handler, a destructor, a callback of the garbage collector) may
compute with tensors, too. Its instructions stand between those of the operation, but while native code is at work on the tape they go to
one aside; and no tape is compacted or ended under an operation that holds slot numbers.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from jittape.array.state import state
from jittape.eager import following
from jittape.eager.operands import unlink
from jittape.eager.tape import EagerTape
from jittape.eager.uses import interrupts
from jittape.errors import RecordingError
from jittape.tape.unused import unused

CUT_COUNT, CUT_SLOTS = 1 << 8, 1 << 13
"""A tape of which everything was freed is ended when it holds so many instructions or slots."""
WORTHWHILE = 0.25
"""What share of the instructions or of the slots must be droppable for a tape that is full to be compacted."""
SPARE = 4
"""Ended tapes that are kept to be used again."""
OLD_BYTES = 1 << 25
"""Ended tapes that tensors still look at are reduced to what these need, when they hold so much together."""


class _Spare(threading.local):
    """Ended tapes: those that may be used again, and older ones that are kept while a tensor looks at them. And the tapes aside, by dtype."""

    def __init__(self) -> None:
        self.tapes: list[EagerTape] = []
        self.old: list[EagerTape] = []
        self.aside: dict[Any, EagerTape] = {}


_spare = _Spare()


def tape_for(dtype: np.dtype[Any]) -> EagerTape:
    """The tape that tensors of this dtype are recorded on in this thread; no slot number may be held across a call."""
    tape: EagerTape | None = state.eager.get(dtype)  # type: ignore[assignment]  # a lower room knows it as a tape
    if tape is None:
        if dtype.kind == "c":  # of complex tensors the parts are recorded
            return tape_for(np.dtype(f"f{dtype.itemsize // 2}"))
        fresh = tape = _fresh(dtype, follow=True)
        if (known := state.eager.setdefault(dtype, fresh)) is not fresh:  # a signal handler has begun one meanwhile
            _spare.tapes.append(fresh)
            tape = known  # type: ignore[assignment]
        state.followed = tape if tape.follows else None
    elif tape.count >= tape.ceiling or tape.slots >= tape.slot_ceiling:
        if not tape.busy and not interrupts():
            from jittape.eager.compact import compact, deserted  # for start-up time: loads the sources of native code

            short = tape.ceiling == 0  # of memory
            if short and deserted(tape):  # a compaction would want room for values that were not computed yet
                tape = _another(tape)
            else:
                compact(tape, WORTHWHILE)
                if short:
                    _shorten(tape)
    return _aside(tape) if tape.at_work else tape


def _another(tape: EagerTape) -> EagerTape:
    """A tape in place of one that only leaves refer to."""
    for entry in tape.imports:
        unlink(entry)
    tape.end()
    state.eager[tape.dtype] = another = _fresh(tape.dtype)
    return another


def _shorten(tape: EagerTape) -> None:
    """Give back what memory a tape that is recorded on has beyond what it holds."""
    tape.pause()
    try:
        tape.trim()
    finally:
        if state.grad:
            tape.resume()


def _aside(tape: EagerTape) -> EagerTape:
    """The tape for what comes while native code is at work on this one."""
    known = _spare.aside.get(tape.dtype)
    if known is None or (known.count >= CUT_COUNT and not known.busy and known.all_freed()):
        _spare.aside[tape.dtype] = known = _fresh(tape.dtype)
    if known.at_work:
        raise RecordingError("a tensor is computed with in a signal handler (or destructor) that came in the middle of another one's backward pass")
    return known


def _fresh(dtype: np.dtype[Any], follow: bool = False) -> EagerTape:
    """A tape to record on: one that was used and that nothing refers to any more, which may `follow` its last recording, or a new one."""
    tapes = _spare.tapes
    for k in [k for k, tape in enumerate(tapes) if tape.dtype == dtype]:
        try:
            taken = [tapes.pop(k)]  # out of a signal handler's reach
        except IndexError:  # which has taken some itself
            break
        if taken[0].dtype == dtype and unused(taken, 0):
            tape = taken.pop()
            if follow:
                following.begin(tape)
            else:
                tape.forget()
                tape.begin()
            return tape
        tapes.insert(k, taken.pop())
    tape = EagerTape(dtype)
    if not state.grad:
        tape.pause()
    return tape


def cut(tape: EagerTape, freed: bool = False) -> None:
    """End a tape of which everything was freed, which is asked unless it is known by `freed`, if it is no longer small."""
    if (tape.count < CUT_COUNT and tape.slots < CUT_SLOTS) or tape.busy or tape.at_work or state.eager.get(tape.dtype) is not tape:
        return
    tape.at_work = True  # what a signal handler records in between goes elsewhere
    try:
        if not (freed or tape.all_freed()) or interrupts():
            return
        for entry in tape.imports:
            unlink(entry)
        if tape.outside is not None:
            if tape.done < tape.count:  # somebody may ask for what depends on what was freed
                tape.call_in()
            tape.outside.give_back()
        tape.end()
        del state.eager[tape.dtype]
    finally:
        tape.at_work = False
    _spare.tapes.append(tape)
    _spare.old += _spare.tapes[:-SPARE]
    del _spare.tapes[:-SPARE]
    if sum(t.nbytes for t in _spare.old) > OLD_BYTES:
        from jittape.eager.compact import reduce  # for start-up time

        reduce(_spare.old)
        _spare.old.clear()


def set_recording(grad: bool) -> None:
    """Switch the recording of this thread's eager tensors on or off."""
    state.grad = grad
    for tape in (*state.eager.values(), *_spare.aside.values()):
        if grad:
            tape.resume()
        else:
            tape.pause()
