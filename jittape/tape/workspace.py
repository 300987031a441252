"""Memory for replaying a tape several times at once: copies that share everything but values, adjoints and scratch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import CTL, FIRST_OPERATION, OPERATION
from jittape.tape.arrays import Arrays
from jittape.tape.decode import lengths
from jittape.tape.memory import pages
from jittape.tape.tape import Tape


def workspace(tape: Tape, own: bool = True) -> Tape:
    """A tape of the same instructions, which must not change any more, with values and sweeps of its own; unless `own`, with the same values."""
    new: Tape = object.__new__(Tape)
    for name in Arrays.__slots__:
        if name != "__weakref__":
            setattr(new, name, getattr(tape, name))
    if own:
        new.value = values(tape)
    new.adjoint = new.tangent_ = new.visited = new.scratch = None
    new.control = np.zeros(CTL, np.int64)
    new.control_view = memoryview(new.control)  # type: ignore[arg-type]
    new.address = new.control.ctypes.data
    new.bound_count = -1
    new._sweeps = {}
    new.done = new.done_slots = 0
    new.partial = False
    if tape.plan is not None:
        new.plan = tape.plan.copy()
    return new


def values(tape: Tape) -> NDArray[Any]:
    """Values of its own for one more replay. Of a tape with compiled loops only those of leaves: memory that nobody writes to takes no room."""
    if tape.loops is None:
        return tape.value[: tape.slots].copy()
    opcode, arg1 = tape.opcode[: tape.count], tape.arg1[: tape.count]
    sizes = lengths(opcode, arg1)
    leaves = np.flatnonzero((opcode & OPERATION) < FIRST_OPERATION)
    starts, sizes = (np.cumsum(sizes) - sizes)[leaves], sizes[leaves]
    found = pages(tape.slots, tape.dtype)
    single = starts[sizes == 1]
    found[single] = tape.value[single]
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        found[start : start + size] = tape.value[start : start + size]
    return found
