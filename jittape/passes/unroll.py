"""Unrolling: short runs become scalar operations, for replays of one point.

A run costs some 25 ns to begin, each way, and a scalar operation some 3: runs of a few elements are swept faster one by one
(chained Rosenbrock, n = 10: 0.71 us a gradient in place of 1.03). The slots stay what they are: the elements of a run are
consecutive, and so are the results of as many scalar instructions. Runs of functions that vectors round otherwise stay runs, so that a
replay decides by the same numbers as the recording did; beyond three elements they are faster so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.references import ranges
from jittape.ops._generated import opcodes
from jittape.ops.layout import BLOCK_REF, GATHER_REF, KIND, REF, RUN, RUN_REF
from jittape.tape.decode import ARITIES
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

SHORT = 16
"""Elements of a run up to which it is unrolled."""
FEW = 64
"""Short runs up to which what lies between is copied piece by piece."""
SAME: frozenset[int] = getattr(opcodes, "SAME", frozenset())  # absent while the generator runs on files of an older form


def unroll(tape: Tape) -> Tape | None:
    """A tape of the same slots and values (the same memory) whose short runs are scalar instructions; None where it has none."""
    opcode, arg0, arg1 = (a[: tape.count] for a in (tape.opcode, tape.arg0, tape.arg1))
    codes = opcodes.SWITCH & SAME if tape.math == "fast" else opcodes.SWITCH
    runs = np.flatnonzero(opcode >= RUN)
    lengths = arg1[runs]
    which = runs[(lengths > 0) & (lengths <= SHORT) & np.isin(opcode[runs], [RUN + code for code in codes])]
    if not which.size:
        return None
    counts = arg1[which].astype(np.int64)
    new = workspace(tape, own=False)
    new.opcode, new.arg0, new.arg1 = (_spread(a, which, counts) for a in (opcode, arg0, arg1))
    places = ranges(which + np.cumsum(counts - 1) - (counts - 1), counts)
    new.opcode[places] = np.repeat(opcode[which] - np.uint16(RUN), counts)
    meta, index = np.array(tape.meta, np.int64), np.array(tape.index, np.int64)
    new.arg0[places] = _operands(meta, index, arg0[which].astype(np.int64), counts)
    new.arg1[places] = 0
    two = ARITIES[opcode[which]] > 1
    new.arg1[places[np.repeat(two, counts)]] = _operands(meta, index, arg0[which[two]].astype(np.int64) + REF, counts[two])
    new.count = new.capacity = new.opcode.size
    new.extra = tape.slots - new.count
    new.lines = None
    return new


def _spread(x: NDArray[Any], which: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[Any]:
    """An array with some elements repeated so many times each."""
    if which.size > FEW:
        sizes = np.ones(x.size, np.int64)
        sizes[which] = counts
        return np.repeat(x, sizes)
    out = np.empty(x.size + int((counts - 1).sum()), x.dtype)
    at = to = 0
    for k, n in zip(which.tolist(), counts.tolist(), strict=True):
        out[to : to + k - at] = x[at:k]
        to += k - at
        out[to : to + n] = x[k]
        at, to = k + 1, to + n
    out[to:] = x[at:]
    return out


def _operands(meta: NDArray[np.int64], index: NDArray[np.int64], refs: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The slots that references name, so many each, one after the other."""
    if not refs.size:
        return refs
    kind, base, s0, s1, n1 = (np.repeat(meta[refs + field], counts) for field in range(REF))
    kind &= KIND
    i = ranges(np.zeros(refs.size, np.int64), counts)
    row, column = np.divmod(i, np.where(kind == BLOCK_REF, np.maximum(n1, 1), 1))
    slots = base + np.select([kind == RUN_REF, kind == BLOCK_REF], [i, row * s0 + column * s1], 0)
    listed = kind == GATHER_REF
    slots[listed] = index[(base + i)[listed]]
    return slots
