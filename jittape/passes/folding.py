"""Constant folding: what depends on constants only is computed once, when a path is compiled, by the interpreter.

Parameters are no constants: they are bound to other numbers later on. Nothing that a result's derivative reads changes, so this is the same to
the last bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import CONSTANT, OPERATION
from jittape.passes.dead import RAISING
from jittape.passes.leaves import as_leaves, of_slots, operations
from jittape.sweep.engine import find_varied
from jittape.tape.tape import Tape


def constant(tape: Tape) -> NDArray[np.bool_]:
    """The operations that depend on constants only. Those that may raise an error are none, nor what depends on them."""
    opcode = tape.opcode[: tape.count]
    raising = np.isin(opcode, RAISING)
    flags = of_slots(tape, raising | (~operations(tape) & ((opcode & OPERATION) != CONSTANT))).view(np.uint8)
    visited = np.ones(max(tape.count, 1), np.uint8)
    tape.bind()
    find_varied(tape, 0, tape.count, 0, flags.ctypes.data, visited.ctypes.data)
    found: NDArray[np.bool_] = operations(tape) & (visited[: tape.count] == 0) & ~raising
    return found


def fold(tape: Tape) -> Tape:
    """The tape with constants in place of what depends on constants only; itself where there is nothing of the kind."""
    which = constant(tape)
    if not which.any():
        return tape
    alone = as_leaves(tape, operations(tape) & ~which)
    alone.plan = None
    alone.evaluate()
    return as_leaves(tape, which)
