"""Native code that writes the sweep of scalar instructions (sweep/point/writing.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jittape.ops._generated import opcodes as ops
from jittape.sweep.engine import writing
from jittape.sweep.point.writing import STATE, STEPS, W_AT, W_COUNT, W_SLOT
from jittape.sweep.templates import templates

if TYPE_CHECKING:
    from jittape.passes.reverse import ReverseSweep

LEAST, EACH, AHEAD = 4 * STEPS, 4, 1 << 16
"""Instructions that the tape has room for when native code begins: at least, for each one that is swept, of so many of these."""


class Writer:
    """What the native code needs, for one sweep.

    Attributes:
        full: whether the tape had no room for more.
    """

    def __init__(self, sweep: ReverseSweep) -> None:
        self.sweep = sweep
        self.codes = sweep.codes()
        self.state = np.zeros(STATE, np.int64)
        self.rules = templates()
        self.slots = np.zeros(STEPS + len(self.rules.constants), np.int32)
        opcodes = np.concatenate([sweep.tape.opcode[st.first : st.end] for st in sweep.stretches()])
        for i in self.rules.used(opcodes):
            number = self.rules.constants[i]
            self.slots[STEPS + i] = slot = sweep.algebra.slot(number)
            sweep.numbers[slot] = number
        self.one = sweep.algebra.slot(1.0)
        if (opcodes == ops.POWC).any():
            sweep.tape.evaluate()  # exponents may be computed from constants, and native code looks at them
        self.full = False

    def write(self, k: int, slot: int, stop: int) -> tuple[int, int]:
        sweep, tape, state = self.sweep, self.sweep.tape, self.state
        room = LEAST + EACH * min(k - stop, AHEAD)
        addresses = [a.ctypes.data for a in (state, sweep.adjoint, sweep.active, sweep.look, self.codes, self.rules.table, self.rules.steps, self.slots)]
        native, before = writing(tape.dtype), tape.at_work
        tape.at_work = True
        try:
            tape.reserve(room)
            tape.bind()
            state[:] = k, slot, tape.count, tape.slots
            capacity = tape.count + room
            native(tape.address, stop, capacity, *addresses, self.one, ops.ADD, ops.MULZ, ops.PRODUCT, tape.typed_zero)
            tape.count = int(state[W_COUNT])
        finally:
            tape.at_work = before
        self.full = tape.count + 2 * STEPS >= capacity
        return int(state[W_AT]), int(state[W_SLOT])
