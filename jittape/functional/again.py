"""Recordings that come again: a function that is differentiated at one point after the other is recorded on the tape of its last recording.

What tells functions is their code, mathematics and the arrays that they are given: a hint only, since the tape compares what is recorded
(array/repeating.py). A tape is used again where nobody refers to it, or to its values, any more: no array that the function has kept, no pullback.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from functools import partial
from types import CodeType
from typing import Any

import numpy as np

from jittape.array.copies import FLOATS
from jittape.array.repeating import LARGEST, begin, ends_alike, keeps, mark
from jittape.tape.limits import memory_limit
from jittape.tape.memory import CLEARED
from jittape.tape.tape import Tape
from jittape.tape.unused import unused

FOLLOWS = True
"""Whether recordings are compared with the last ones: so that tests can look at both (docs/decisions/025-recorded-anew.md)."""
KNOWN = 1 << 5
"""Recordings of a thread that are known."""
FAILURES, REST = 4, 1 << 6
"""Recordings one after the other that were others than the last one, after which none is compared for a while, and how many that is; as many where a
recording is not such as can be recorded on again."""


class Recording:
    """A function's, at arrays of some shapes.

    Attributes:
        code: the function's, which is kept so that its number stays its own.
        idle: its tape, while nothing is recorded on it.
        failures: recordings that were others than the ones before, one after the other.
        rest: those that are not to be compared.
        begun: whether the last one was recorded on a tape again.
        comes_again: whether there has been more than one.
        inputs: slots and shape of the one array that it is of, once they are known.
    """

    __slots__ = ("begun", "code", "comes_again", "failures", "idle", "inputs", "rest")

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.idle: list[Tape] = []
        self.failures = self.rest = 0
        self.inputs: list[tuple[Any, Any]] | None = None
        self.begun = self.comes_again = False

    def tape(self) -> Tape | None:
        """The tape to record on again; None where it is to be a new one."""
        self.begun = False
        if self.rest:
            self.rest -= 1
            return None
        try:
            held = [self.idle.pop()]
        except IndexError:
            return None
        if not unused(held, 0) or not _unseen(held[0]):
            return None
        begin(held[0])
        self.begun = True
        return held[0]

    def met(self, tape: Tape) -> None:
        """The function has been run; what comes now is its derivatives."""
        if tape.repeats and not tape.complete:  # type: ignore[attr-defined]
            tape.unfollow()
        if tape.previous is not None:
            if ends_alike(tape):
                self.failures = 0
                return
            tape.previous = None  # it has gone on where the last one ended
        if self.begun:
            self.failures += 1
        if not self.comes_again:
            self.comes_again = True
        elif not self.rest and (self.failures >= FAILURES or not mark(tape)):
            self.failures, self.rest = 0, REST

    def end(self, tape: Tape) -> None:
        """A recording has ended."""
        if not self.rest and not self.idle and keeps(tape):
            self.idle.append(tape)


class _Recordings(dict[Any, Recording]):
    """Those of a thread, by what tells them."""

    __slots__ = ("__weakref__",)


class _Known(threading.local):
    """What this thread knows."""

    def __init__(self) -> None:
        self.recordings = _Recordings()
        _all.append(weakref.ref(self.recordings, _all.remove))


_all: list[weakref.ref[_Recordings]] = []
_known = _Known()


def _clear() -> None:
    """Forget the recordings of all threads: their tapes go, but for those that are recorded on just now."""
    for of in tuple(_all):
        recordings = of()
        if recordings is not None:
            recordings.clear()


CLEARED.append(_clear)


def _unseen(tape: Tape) -> bool:
    """Whether nobody but the tape has its values and adjoints."""
    return unused([tape.value], 0, 1) and (tape.adjoint is None or unused([tape.adjoint], 0, 1))


def recording_of(f: Any, math: str, leaves: Sequence[Any]) -> Recording | None:
    """What is known of a function's recording at these arrays; None where there is to be nothing."""
    if not FOLLOWS:
        return None
    size = 0
    for x in leaves:
        if type(x) is not np.ndarray or x.dtype not in FLOATS or not x.ndim or not x.flags.c_contiguous:
            return None
        size += x.size
    if not 0 < size <= LARGEST:
        return None
    while type(f) is partial:
        f = f.func
    code = getattr(f, "__code__", None)
    if type(code) is not CodeType or memory_limit() is not None:
        return None
    told = (id(code), math, *[(x.shape, x.dtype.char) for x in leaves])
    recordings = _known.recordings
    found = recordings.get(told)
    if found is None:
        if len(recordings) >= KNOWN:
            recordings.clear()
        found = recordings[told] = Recording(code)
    return found
