"""Unrolling: short runs become scalar operations, for replays of one point.

A run costs some 25 ns to begin, each way, and a scalar operation some 3: runs of a few elements are swept faster one by one
(chained Rosenbrock, n = 10: 0.71 us a gradient in place of 1.03). The slots stay what they are: the elements of a run are
consecutive, and so are the results of as many scalar instructions. Runs of functions that vectors round otherwise stay runs, so that a
replay decides by the same numbers as the recording did; beyond three elements they are faster so.
"""

from __future__ import annotations

import numpy as np

from jittape.instructions.references import referenced
from jittape.ops._generated import opcodes
from jittape.ops.layout import REF, RUN
from jittape.tape.decode import ARITY
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

SHORT = 16
"""Elements of a run up to which it is unrolled."""
SAME: frozenset[int] = getattr(opcodes, "SAME", frozenset())  # absent while the generator runs on files of an older form


def unroll(tape: Tape) -> Tape | None:
    """A tape of the same slots and values (the same memory) whose short runs are scalar instructions; None where it has none."""
    opcode, arg0, arg1 = (a[: tape.count] for a in (tape.opcode, tape.arg0, tape.arg1))
    codes = opcodes.SWITCH & SAME if tape.math == "fast" else opcodes.SWITCH
    short = np.isin(opcode, [RUN + code for code in codes]) & (arg1 > 0) & (arg1 <= SHORT)
    if not short.any():
        return None
    sizes = np.where(short, arg1, 1)
    ends = np.cumsum(sizes, dtype=np.int64)
    new = workspace(tape)
    new.value = tape.value
    new.opcode = np.repeat(np.where(short, opcode - np.uint16(RUN), opcode), sizes)
    new.arg0, new.arg1 = np.repeat(arg0, sizes), np.repeat(arg1, sizes)
    for k in np.flatnonzero(short).tolist():
        end, n, at = int(ends[k]), int(arg1[k]), int(arg0[k])
        operands = [referenced(tape, at + REF * p, n) for p in range(ARITY[int(opcode[k]) - RUN])]
        new.arg0[end - n : end] = operands[0]
        new.arg1[end - n : end] = operands[1] if len(operands) > 1 else 0
    new.count = new.capacity = int(ends[-1])
    new.extra = tape.slots - new.count
    new.lines = None
    return new
