"""Memory for replaying a tape several times at once: copies that share everything but values, adjoints and scratch."""

from __future__ import annotations

import numpy as np

from jittape.ops.layout import CTL
from jittape.tape.arrays import Arrays
from jittape.tape.tape import Tape


def workspace(tape: Tape) -> Tape:
    """A tape of the same instructions, which must not change any more, with values and sweeps of its own."""
    new: Tape = object.__new__(Tape)
    for name in Arrays.__slots__:
        if name != "__weakref__":
            setattr(new, name, getattr(tape, name))
    new.value = tape.value[: tape.slots].copy()
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
