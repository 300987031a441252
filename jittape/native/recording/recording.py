"""A tape while native code appends to it: native code has its arrays and limits in the address block, Python takes over what is there."""

from __future__ import annotations

import threading
import weakref

import numpy as np

from jittape.errors import GradientError
from jittape.instructions.appending_native import KNOWN
from jittape.native.recording.symbols import symbol
from jittape.native.vars.var import GROW
from jittape.ops.layout import (
    C_APPENDED,
    C_CACHE,
    C_COUNT,
    C_DECIDED,
    C_DECISION_COUNT,
    C_DECISION_LIMIT,
    C_DECISIONS,
    C_EXTRA,
    C_FULL,
    C_INDEX_COUNT,
    C_INDEX_LIMIT,
    C_LIMIT,
    C_META_COUNT,
    C_META_LIMIT,
    C_WANTED,
    RECENT,
)
from jittape.tape.limits import memory_limit
from jittape.tape.lines import calling_line
from jittape.tape.tape import Tape

DECISIONS = 64
"""Decisions that there is room for at first."""
AHEAD = 1 << 8
"""Instructions that there is room for at first, and after Python recorded."""
STEP = 1 << 10
"""Instructions that a tape grows by at least, where native code filled it; otherwise it doubles."""
LAST_SLOT = 2**31 - 1
"""Slots are numbered in 32 bits."""

_tapes: weakref.WeakValueDictionary[int, Recording] = weakref.WeakValueDictionary()


class Recording:
    """A tape while native code appends to it."""

    def __init__(self, tape: Tape) -> None:
        if tape.dtype != np.float64:
            raise GradientError(f"native functions are recorded in float64, and this recording is in {tape.dtype}; pass float64 arguments")
        self.tape = tape
        self.error: BaseException | None = None
        tape.evaluate()
        self.start, self.start_slots = tape.count, tape.slots
        self.cache = np.full(2 * RECENT, -1, np.int64)
        self.appended = np.empty(KNOWN, np.int64)
        self.ahead = 0
        """Numbers in records and gather lists that there is room for ahead: none until native code wants some."""
        self.decisions = np.empty(DECISIONS if tape.replayable else 0, np.int32)
        self.address = tape.address
        tape.at_work = True
        try:
            self.room(AHEAD)
        except BaseException:
            tape.at_work = False
            raise
        c = tape.control
        c[C_CACHE], c[C_DECIDED], c[C_DECISION_COUNT], c[C_FULL], c[C_WANTED] = self.cache.ctypes.data, tape.replayable, 0, 0, 0
        self._decisions()
        _tapes[self.address] = self

    def room(self, more: int) -> None:
        """Make the tape longer, and tell native code how long it is; where that fails, it is told of what there is."""
        tape = self.tape
        try:
            tape.reserve(more)
            tape.reserve_slots(min(tape.capacity + tape.extra, LAST_SLOT))
        finally:
            self.told()

    def told(self) -> None:
        """Native code knows where the arrays are now, and how long."""
        tape, c, count = self.tape, self.tape.control, self.tape.count
        try:
            self.lists()
        finally:
            tape.bound_count = -1
            tape.bind(values=False)
            c[C_COUNT], c[C_EXTRA] = count, tape.extra
            c[C_LIMIT] = self.limit()

    def limit(self) -> int:
        """Instructions that there is room for."""
        return min(self.tape.capacity, self.tape.value.size - self.tape.extra)

    def lists(self) -> None:
        """Make records and gather lists longer, before the tape is bound."""
        c, held = self.tape.control, (self.tape.meta, self.tape.index)
        places = ((C_META_COUNT, C_META_LIMIT), (C_INDEX_COUNT, C_INDEX_LIMIT))
        for numbers, (count, limit) in zip(held, places, strict=True):
            c[count] = c[limit] = len(numbers)
        self.appended[:] = -1
        c[C_APPENDED] = self.appended.ctypes.data
        for numbers, (_, limit) in zip(held, places, strict=True):
            numbers.frombytes(bytes(numbers.itemsize * self.ahead))
            c[limit] = len(numbers)

    def take(self) -> None:
        """Take over what native code appended."""
        tape, c = self.tape, self.tape.control
        tape.count, tape.extra = int(c[C_COUNT]), int(c[C_EXTRA])
        self.cut()
        tape.done, tape.done_slots = tape.count, tape.slots

    def cut(self) -> None:
        """Records and gather lists end where they are in use."""
        tape, c = self.tape, self.tape.control
        del tape.meta[int(c[C_META_COUNT]) :], tape.index[int(c[C_INDEX_COUNT]) :]
        c[C_META_LIMIT] = c[C_INDEX_LIMIT] = 0
        tape.bound_count = -1

    def _decisions(self) -> None:
        c = self.tape.control
        c[C_DECISIONS], c[C_DECISION_LIMIT] = self.decisions.ctypes.data, self.decisions.size

    def leave(self) -> None:
        """Python records on the tape until `enter`: it takes over what native code appended."""
        tape = self.tape
        self.take()
        tape.thread = threading.get_ident()
        self._lines()
        self._decided()
        tape.at_work = False

    def failed_with(self, error: BaseException) -> None:
        """An error that is raised when native code has ended; what it records until then is dropped."""
        self.error = error

    def enter(self) -> None:
        """Native code goes on appending."""
        tape, c = self.tape, self.tape.control
        tape.at_work = True
        self._lines()
        wanted, c[C_WANTED] = int(c[C_WANTED]), 0
        if wanted:
            self.ahead = max(2 * wanted, len(tape.meta), len(tape.index), STEP)
            if memory_limit() is None:
                wanted += max(tape.slots, STEP)
        try:
            self.room(AHEAD + wanted)
        except BaseException as error:
            self.failed_with(error)
            self._begin_again()

    def _begin_again(self) -> None:
        """What native code appends from now on is dropped: over and over the same memory."""
        c = self.tape.control
        c[C_COUNT], c[C_EXTRA], c[C_DECISION_COUNT] = self.start, self.start_slots - self.start, 0

    def grow(self) -> None:
        """Called from native code, which cannot be told of an error: then everything that it appends is dropped again."""
        tape, c = self.tape, self.tape.control
        try:
            if self.error is None:
                if c[C_DECISION_COUNT] >= c[C_DECISION_LIMIT] and c[C_DECIDED]:
                    self.decisions = np.resize(self.decisions, 2 * max(self.decisions.size, DECISIONS))
                    self._decisions()
                if c[C_COUNT] >= c[C_LIMIT]:
                    self.take()
                    self.room(max(tape.count, STEP))
                return
        except BaseException as error:
            self.error = error
        self._begin_again()

    def end(self, failed: bool) -> None:
        """Take over what was appended; after an exception, nothing."""
        tape, c = self.tape, self.tape.control
        _tapes.pop(self.address, None)
        if failed or self.error is not None:
            tape.count = max(self.start, int(tape.count))
            self.cut()
            tape.truncate(self.start, self.start_slots)
            tape.at_work = False
            c[C_COUNT] = self.start
            if self.error is not None:
                raise self.error
            return
        self.leave()

    def _lines(self) -> None:
        """The source line of what was appended is the call's."""
        tape = self.tape
        if tape.lines is not None:
            tape.lines.extend([calling_line()] * (tape.count - len(tape.lines)))

    def _decided(self) -> None:
        """Note the decisions of native code as guards."""
        tape, c = self.tape, self.tape.control
        if tape.replayable and c[C_DECISION_COUNT]:
            slots = self.decisions[: int(c[C_DECISION_COUNT])]
            for slot, value in zip(slots.tolist(), tape.value[slots].tolist(), strict=True):
                tape.guard(slot, value, "a comparison in a native function")
            c[C_DECISION_COUNT] = 0


def forget(address: int) -> None:
    """A tape that was kept for native code goes."""
    _tapes.pop(address, None)


def running(address: int) -> Recording:
    """The recording of a tape, by the address that its Vars hold."""
    return _tapes[address]


@symbol(GROW)
def _grow(address: int) -> None:
    _tapes[address].grow()
