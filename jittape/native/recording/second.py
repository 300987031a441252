"""Second derivatives, and those along directions, of what native code recorded on the tapes of workspace.py: memory, and what is left to Python.

A tape that is linearized (sweep/point/edges.py) has a list of edges, and tangents of its slots and of their adjoints. They are made when they are
asked for first, and kept with the tape. What is not linearized goes the way of the other drivers: the reverse sweep is recorded (passes/reverse.py),
with its rules for corners, and tangents go through both.
"""

from __future__ import annotations

import ctypes
import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.native.recording.symbols import symbol
from jittape.native.recording.workspace import FAILED, LIMITED, REAL, Workspace, workspace
from jittape.ops.layout import C_EDGES, C_INPUTS
from jittape.sweep.engine import engine
from jittape.sweep.point.edges import (
    B_CURVATURES,
    B_EDGES,
    B_REACHED,
    B_ROOM,
    B_TANGENTS,
    B_VECTORS,
    BLOCK,
    EDGE,
)
from jittape.sweep.point.second import HESSIAN, JACOBIAN, PRODUCT, SIZE, compiled

log = logging.getLogger("jittape")
table = np.zeros(SIZE, np.int64)
"""Addresses of what sweep/point/second.py compiles, once native code asked for the table."""
_functions: list[Any] = []


class Linearized:
    """What a tape has beside it to be linearized.

    Args:
        own: the tape of native gradients.
    """

    def __init__(self, own: Workspace) -> None:
        self.own = own
        self.block = np.zeros(BLOCK, np.int64)
        self.edges, self.reached = np.empty(0, np.int64), np.empty(0, np.uint8)
        self.tangents, self.curvatures = np.empty(0), np.empty(0)
        own.tape.control[C_EDGES] = self.block.ctypes.data

    @property
    def nbytes(self) -> int:
        return self.edges.nbytes + self.reached.nbytes + self.tangents.nbytes + self.curvatures.nbytes

    def room(self, count: int, width: int) -> None:
        """Room for edges of `count` instructions, and for `width` directions, with some to spare."""
        tape, block = self.own.tape, self.block
        rows = min(2 * count, max(count, int(tape.capacity)))
        held = tape.nbytes + self.nbytes
        if self.reached.size < count:
            tape.check_limit("second derivatives", count, held + (8 * EDGE + 1) * rows)
            block[B_ROOM] = 0
            self.edges, self.reached = np.empty(EDGE * rows, np.int64), np.zeros(rows, np.uint8)
            block[B_EDGES], block[B_REACHED], block[B_ROOM] = self.edges.ctypes.data, self.reached.ctypes.data, rows
        if self.tangents.size < count * width:
            tape.check_limit("tangents", count, held + 16 * rows * width)
            block[B_VECTORS] = 0
            self.tangents, self.curvatures = np.empty(rows * width), np.zeros(rows * width)
            block[B_TANGENTS], block[B_CURVATURES], block[B_VECTORS] = self.tangents.ctypes.data, self.curvatures.ctypes.data, rows * width


def _numbers(address: int, n: int, dtype: Any = REAL) -> NDArray[Any]:
    """Memory of native code as an array."""
    if not n:
        return np.empty(0, dtype)
    return np.frombuffer((ctypes.c_char * (n * np.dtype(dtype).itemsize)).from_address(address), dtype)


def by_python(own: Workspace, what: int, n: int, slots: NDArray[np.int64], v: NDArray[Any], out: NDArray[Any]) -> None:
    """What `second.py` asks for: written into `out`. The tape is not used any more afterwards but to be cleared."""
    tape = own.tape
    own.leave()
    try:
        if what in (HESSIAN, PRODUCT):
            slots = _gradient(own, int(slots[0]), n)
            out[:n] = tape.value[slots]
            _push(own, n, slots, v if what == PRODUCT else None, out[n:])
        else:
            _push(own, n, slots, None if what == JACOBIAN else v, out)
    finally:
        tape.at_work = True
        own.reset()


def _gradient(own: Workspace, slot: int, n: int) -> NDArray[Any]:
    """The slots of a gradient that is recorded."""
    from jittape.instructions.references import run_slots  # what is left to Python only needs these
    from jittape.passes.reverse import ReverseSweep

    inputs = run_slots(0, n)
    sweep = ReverseSweep(own.tape, int(own.tape.control[C_INPUTS]), n, [inputs])
    sweep.seed(np.array([slot], np.int32), 1.0)
    sweep.run()
    found = sweep.gradient(inputs).slots.reshape(-1)
    sweep.close()
    own.tape.evaluate()
    return found


def _push(own: Workspace, n: int, slots: NDArray[Any], v: NDArray[Any] | None, out: NDArray[Any]) -> None:
    """Tangents of slots (zero, where one is negative) along a direction, or along each input: a row a slot."""
    tape = own.tape
    t = tape.tangents()
    rows = out.reshape(len(slots), -1) if out.size else out
    for i, seed in enumerate([v] if v is not None else np.eye(n)):
        t[:n] = seed
        tape.tangent()
        rows[:, i] = np.where(slots < 0, 0.0, t[slots])


@symbol("jittape_second")
def _table() -> int:
    """The address of the table; 0 where the functions could not be compiled (an interrupt, or no memory)."""
    try:
        if not _functions:
            made = compiled()  # type: ignore[no-untyped-call]
            table[:] = [f.address for f in made]
            _functions.extend(made)
        return int(table.ctypes.data)
    except BaseException as error:
        log.error("no native second derivatives", exc_info=error)
        return 0


@symbol("jittape_directions")
def _room(address: int, count: int, width: int) -> None:
    own = workspace(address)
    try:
        if own.linearized is None:
            own.linearized = Linearized(own)
        own.linearized.room(count, width)
    except BaseException as error:
        own.fail(error, LIMITED)


@symbol("jittape_kernel")
def _kernel(address: int, number: int) -> None:
    try:
        engine(REAL).compile_kernel(number)
    except BaseException as error:
        workspace(address).fail(error, FAILED)


@symbol("jittape_by_python")
def _by_python(address: int, what: int, n: int, slots: int, m: int, given: int, out: int) -> None:
    own = workspace(address)
    sizes = {HESSIAN: n + n * n, PRODUCT: n + n, JACOBIAN: m * n}
    try:
        by_python(own, what, n, _numbers(slots, m, np.int64), _numbers(given, n if given else 0), _numbers(out, sizes.get(what, m)))
    except BaseException as error:
        own.fail(error, FAILED)
