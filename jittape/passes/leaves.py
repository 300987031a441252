"""Instructions of a tape that need not be carried out any more: they become leaves, and every slot stays what it is.

So the passes that find such instructions (dead.py, folding.py) can run on the tape of a path that is compiled: inputs, results and guards
stand where the recording has them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops._generated import opcodes
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, FIRST_STRUCTURAL, INACTIVE, OPERATION, RUN, SCALAR_REF
from jittape.passes.elements import groups
from jittape.passes.periods import LONGEST
from jittape.tape.decode import lengths
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace


def operations(tape: Tape) -> NDArray[np.bool_]:
    """Which instructions are no leaves."""
    found: NDArray[np.bool_] = (tape.opcode[: tape.count] & OPERATION) >= FIRST_OPERATION
    return found


def computing(tape: Tape) -> NDArray[np.bool_]:
    """Which instructions compute something: no leaves, no runs of nothing."""
    found: NDArray[np.bool_] = operations(tape) & ((tape.opcode[: tape.count] < RUN) | (tape.arg1[: tape.count] > 0))
    return found


def of_slots(tape: Tape, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The slots that some instructions write."""
    return np.repeat(which, lengths(tape.opcode[: tape.count], tape.arg1[: tape.count]))


def as_leaves(tape: Tape, which: NDArray[np.bool_]) -> Tape:
    """A tape of the same slots and values (the same memory) on which some instructions are constants."""
    count = tape.count
    opcode, arg1 = tape.opcode[:count], tape.arg1[:count]
    sizes = lengths(opcode, arg1)
    parted = _parted(tape, which)
    long = _long(opcode, which)
    new = workspace(tape, own=False)
    new.opcode = np.where(which, np.where(opcode < RUN, CONSTANT, RUN + CONSTANT), opcode).astype(np.uint16)
    new.arg0, new.arg1 = tape.arg0[:count].copy(), arg1.copy()
    kept = np.ones(count, np.bool_)
    for first, end in long:
        new.opcode[first], new.arg1[first] = RUN + CONSTANT, sizes[first:end].sum()
        kept[first + 1 : end] = False
    nothing = len(tape.meta)
    if parted.size:
        new.meta = tape.meta[:]
        new.meta.extend((SCALAR_REF | INACTIVE, 0, 0, 0, 1))
    at: Any = np.cumsum(kept)[parted] - kept[parted]
    new.opcode = np.insert(new.opcode[kept], at, RUN + opcodes.POS)
    new.arg0 = np.insert(new.arg0[kept], at, nothing)
    new.arg1 = np.insert(new.arg1[kept], at, 0)
    new.count = new.capacity = new.opcode.size
    new.extra = tape.slots - new.count
    new.lines = None
    return new


def _parted(tape: Tape, which: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where runs are parted that would be swept together without what becomes a leaf: a run of nothing goes there.

    Adjoints would be added up in another order otherwise. What parts two groups is an instruction between them, or one of either that reads
    the other's slots in another order than element by element.
    """
    opcode, arg1 = tape.opcode[: tape.count], tape.arg1[: tape.count]
    elementwise = (opcode >= RUN + FIRST_OPERATION) & (opcode < RUN + FIRST_STRUCTURAL)
    left = np.flatnonzero(((opcode & OPERATION) >= FIRST_OPERATION) & ~which)
    a, b = left[:-1], left[1:]
    near = elementwise[a] & elementwise[b] & (arg1[a] == arg1[b])
    a, b = a[near], b[near]
    if not a.size or not which.any():
        return np.zeros(0, np.int64)
    tape.bind(values=False)
    group = groups(tape)
    apart = group[a] != group[b]
    a, b = a[apart], b[apart]
    begins = group[a].astype(np.int64)
    members = np.flatnonzero(group >= 0)
    last = np.full(tape.count + 1, -1, np.int64)
    np.maximum.at(last, group[members], members)
    dropped = np.concatenate(([0], np.cumsum(which)))
    found: NDArray[np.int64] = b[dropped[last[group[b]] + 1] > dropped[begins]]
    return found


def _long(opcode: NDArray[Any], which: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of nothing but constants that are longer than a body: in a loop's turns each instruction has its place."""
    plain = np.concatenate(([False], which | ((opcode & OPERATION) == CONSTANT), [False]))
    edges = np.flatnonzero(plain[1:] != plain[:-1])
    return [(a, b) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True) if b - a > LONGEST and which[a:b].any()]
