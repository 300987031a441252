"""Tapes that native code takes, records on and gives back: one for each gradient under way, whatever thread it is in.

Idle tapes stand in a table that native code takes them from and puts them into (sweep/point/idle.py). Callbacks make a tape where
none is idle, make it longer, finish a sweep that needs Python, and drop a tape that is too large to keep. No address of this
process is written into compiled code, so that it can be cached: callbacks are symbols, and the table's address is asked for by
each library once.
"""

from __future__ import annotations

import ctypes
import logging
import threading
from typing import Any

import numpy as np

from jittape.native.recording.recording import AHEAD, LAST_SLOT, Recording, forget
from jittape.native.recording.symbols import symbol
from jittape.native.vars.var import RECORD
from jittape.ops.layout import (
    C_ADJOINT,
    C_BUFFER,
    C_BUFFERED,
    C_COUNT,
    C_EDGES,
    C_EXTRA,
    C_FULL,
    C_INPUTS,
    C_LIMIT,
    C_LIMITED,
    C_REVERSE,
    C_SEED,
    C_VISITED,
    K_REVERSE,
    KINDS,
    SWITCH,
)
from jittape.sweep.engine import engine
from jittape.sweep.point.idle import FUNCTIONS, IDLE, LIMIT_NUMBER, compiled, remove
from jittape.tape.arrays import FIRST_CAPACITY
from jittape.tape.limits import WATCHERS, memory_limit
from jittape.tape.memory import CLEARED, SHORT, all_zero, kept
from jittape.tape.tape import Tape

log = logging.getLogger("jittape")
LIMITED, FAILED = 1, 2
"""In C_FULL: the tape could not grow; the sweep raised an error."""
REAL = np.dtype(np.float64)

table = np.zeros(LIMIT_NUMBER + 1 + len(FUNCTIONS), np.int64)
"""Addresses of idle tapes' blocks, 0 where there is none; the number of the memory limit; addresses of the functions of
sweep/point/idle.py, once native code asked for the table."""
_functions: list[Any] = []
_all: dict[int, Workspace] = {}
_long = {"instructions": 0}
"""How long the last tape was that was too long to be kept: the next one that grows has room for as many at once."""


class _Quiet(threading.local):
    """Whether this thread's native gradient is `jittape.grad`'s, which tells of errors itself."""

    on = False


quiet = _Quiet()


class Workspace(Recording):
    """A tape of native gradients, with its adjoints and the memory in which arguments are handed over."""

    def __init__(self) -> None:
        self.buffer = np.empty(0, RECORD)
        self.failed = False
        self.linearized: Any = None
        """What second derivatives have asked for: recording/second.py."""
        super().__init__(Tape(REAL))
        self.start = self.start_slots = 0
        own = engine(REAL)
        own.compile_kernel(SWITCH * KINDS + K_REVERSE)
        self.tape.control[C_REVERSE] = own.address("reverse")
        self.tape.control[C_LIMITED] = table[LIMIT_NUMBER]

    def room(self, more: int) -> None:
        """Make the tape longer, its adjoints too; where that fails, what native code may use stays what there is."""
        tape = self.tape
        try:
            if tape.count + more > tape.capacity >= SHORT and memory_limit() is None:
                more = max(more, _long["instructions"] - tape.count)
            tape.reserve(more)
            tape.reserve_slots(min(tape.capacity + tape.extra, LAST_SLOT))
            if tape.adjoint is None or tape.adjoint.size < tape.value.size:
                tape.adjoint = None
                size = tape.value.size
                tape.check_limit("adjoints", tape.slots, tape.nbytes + 8 * size)
                tape.adjoint = kept(size, tape.dtype, zero=True)
            if tape.visited is None or tape.visited.size < tape.capacity:
                tape.visited = np.ones(tape.capacity, np.uint8)
        finally:
            self.told()

    def limit(self) -> int:
        tape = self.tape
        adjoints = 0 if tape.adjoint is None else tape.adjoint.size
        visited = 0 if tape.visited is None else tape.visited.size
        return min(super().limit(), visited, adjoints - tape.extra)

    def enter(self) -> None:
        super().enter()
        self.reset()

    def grow(self) -> None:
        c = self.tape.control
        if c[C_FULL]:  # what is recorded on is lost, over and over the same memory
            c[C_COUNT] = 0
            return
        super().grow()
        if self.error is not None:
            self.fail(self.error, LIMITED)

    def fail(self, error: BaseException, why: int) -> None:
        """Native code sees that something went wrong, and raises."""
        self.error = None
        if quiet.on:
            log.debug("a native gradient failed; it is taken again, for its error", exc_info=error)
        elif why == FAILED or not isinstance(error, Exception) or not str(error).startswith(("no memory", "the tape would need")):
            log.error("a native gradient failed", exc_info=error)
        self.failed = True
        tape, c = self.tape, self.tape.control
        c[C_LIMIT] = min(tape.capacity, tape.value.size - tape.extra)
        c[C_FULL], c[C_BUFFERED] = why, -1  # so that the next user makes it anew

    def failed_with(self, error: BaseException) -> None:
        self.fail(error, FAILED)

    def ready(self, n: int) -> None:
        """Room for n inputs, on an empty tape."""
        tape, c = self.tape, self.tape.control
        tape.truncate(0, 0)
        del tape.meta[:], tape.index[:]
        self.ahead = 0
        limit = memory_limit()
        if self.failed or (limit is not None and tape.nbytes > limit):
            self.shrink()
        c[C_LIMITED] = table[LIMIT_NUMBER]
        c[C_COUNT] = c[C_EXTRA] = 0
        if self.buffer.size < n:
            self.buffer = np.empty(max(n, 2 * self.buffer.size), RECORD)
        c[C_BUFFER], c[C_BUFFERED] = self.buffer.ctypes.data, self.buffer.size
        self.room(max(n + AHEAD, 0))

    def shrink(self) -> None:
        """Give the memory of a long tape back."""
        tape, size = self.tape, FIRST_CAPACITY
        short = np.empty(size, np.uint16), np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size)
        tape.capacity = size
        tape.opcode, tape.arg0, tape.arg1, tape.value = short
        tape.adjoint = tape.visited = None
        tape.resume()
        self.buffer = np.empty(0, RECORD)
        self.linearized, tape.control[C_EDGES] = None, 0
        self.failed = False

    def reset(self) -> None:
        """What was recorded is cleared away before the next gradient."""
        self.tape.control[C_BUFFERED] = -1

    def finish(self) -> None:
        """A reverse sweep with what native code cannot do: kernels to be compiled, operations of Python, runs."""
        tape, c = self.tape, self.tape.control
        self.take()
        if tape.adjoint is None or tape.adjoint.size < tape.slots:
            tape.adjoint = None
            tape.adjoints()
        assert tape.adjoint is not None
        tape.adjoint.fill(0.0)
        tape.adjoint[int(c[C_SEED])] = 1.0
        if tape.visited is None or tape.visited.size < tape.count:
            tape.visited = np.ones(tape.count, np.uint8)
        tape.bind()
        tape.sweep("reverse", tape.count, int(c[C_INPUTS]), tape.slots)
        c[C_ADJOINT], c[C_VISITED] = tape.adjoint.ctypes.data, tape.visited.ctypes.data


def workspace(address: int) -> Workspace:
    """The tape of native gradients at an address."""
    return _all[address]


def _changed() -> None:
    table[LIMIT_NUMBER] += 1


WATCHERS.append(_changed)


def _clear() -> None:
    """Drop the idle tapes."""
    if _functions:
        call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(_functions[FUNCTIONS.index(remove)].address)
        for k in range(IDLE):
            if table[k]:
                _drop_tape(call(table.ctypes.data, k))


def _drop_tape(address: int) -> None:
    own = _all.pop(address, None)
    if own is not None:
        forget(address)
        if not own.failed:  # else half-swept adjoints may be left over
            all_zero(own.tape.adjoint)


CLEARED.append(_clear)


# --- callbacks: nothing that they raise may reach native code -------------------------------------------------------------


@symbol("jittape_table")
def _table() -> int:
    """The address of the table; 0 where the functions could not be compiled (an interrupt, or no memory)."""
    try:
        if not _functions:
            made = compiled()  # type: ignore[no-untyped-call]
            table[LIMIT_NUMBER + 1 :] = [f.address for f in made]
            _functions.extend(made)
        return int(table.ctypes.data)
    except BaseException as error:
        log.error("no native gradient", exc_info=error)
        return 0


@symbol("jittape_new")
def _new() -> int:
    """The address block of a new tape; 0 where there is no memory."""
    try:
        new = Workspace()
        _all[new.address] = new
        return new.address
    except BaseException as error:
        log.error("no tape for a native gradient", exc_info=error)
        return 0


@symbol("jittape_room")
def _room(address: int, n: int) -> None:
    own = _all[address]
    try:
        own.ready(n)
    except BaseException as error:
        own.fail(error, LIMITED)


@symbol("jittape_finish")
def _finish(address: int) -> None:
    own = _all[address]
    try:
        own.finish()
    except BaseException as error:
        own.fail(error, FAILED)


@symbol("jittape_drop")
def _drop(address: int) -> None:
    _long["instructions"] = int(_all[address].tape.control[C_COUNT])
    _drop_tape(address)

