"""Pieces: lists of slots in which most slots follow each other are gone through piece by piece, in replays of one point.

What is put together of parts (a boundary and the cells inside, a padded or shifted grid) is read by a list of slots. Where the list is made
of a few pieces of arrays, as it mostly is, values are copied and adjoints added piece by piece, as vectors. A piece may be repeated, as in
x[:, None, :] - x[None, :, :]. Slots, values and the order in
which contributions are added up stay what they are.
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import CHUNK, FIRST_OPERATION, FIRST_STRUCTURAL, GATHER_REF, KIND, PIECE, REF, RUN
from jittape.tape.decode import ARITY
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

LONG = 32
"""Elements from which a list is looked at."""
SHORTEST = 8
"""Slots of a piece, repeated ones with it, on the average."""


def table(slots: NDArray[np.int32], at: int) -> NDArray[np.int32] | None:
    """The pieces of a list, as they stand from number `at` of a tape's index on; None where they are short.

    First stands for each chunk of elements where its pieces begin, and where the last ones end, and then PIECE numbers for each.
    """
    breaks = np.flatnonzero(slots[1:] - slots[:-1] != 1) + 1
    if 3 * (breaks.size + 1) > 2 * slots.size:  # mostly single slots
        return None
    chunks = np.arange(0, slots.size, CHUNK)
    starts = np.union1d(chunks, breaks) if chunks.size > 1 else np.concatenate([chunks, breaks])
    first, size = slots[starts], np.diff(starts, append=slots.size)
    new = np.ones(starts.size, np.bool_)
    new[1:] = (first[1:] != first[:-1]) | (size[1:] != size[:-1]) | (starts[1:] % CHUNK == 0)
    which = np.flatnonzero(new)
    if which.size * SHORTEST > slots.size:
        return None
    rows = np.stack([starts[which] % CHUNK, first[which], size[which], np.diff(which, append=starts.size)], axis=1)
    heads = at + chunks.size + 1 + PIECE * np.searchsorted(starts[which], [*chunks, slots.size])
    return np.concatenate([heads, rows.ravel()]).astype(np.int32)


def pieced(tape: Tape) -> Tape | None:
    """A tape of the same instructions and values (the same memory) whose runs read such lists by their pieces; None where it has none."""
    opcode, arg1 = tape.opcode[: tape.count], tape.arg1[: tape.count]
    runs = np.flatnonzero((opcode >= RUN + FIRST_OPERATION) & (opcode < RUN + FIRST_STRUCTURAL) & (arg1 >= LONG))
    if not runs.size or not tape.index:
        return None
    known: dict[tuple[int, int], int] = {}
    """Where the pieces of a list stand, by where it stands and its length; 0 where it has none."""
    index, more = np.array(tape.index, np.int32), array("i")
    found: dict[int, int] = {}
    for at, n, code in zip(tape.arg0[runs].tolist(), arg1[runs].tolist(), opcode[runs].tolist(), strict=True):
        for ref in range(at, at + REF * ARITY[code - RUN], REF):
            if tape.meta[ref] & KIND != GATHER_REF:
                continue
            key = first, _ = tape.meta[ref + 1], n
            if key not in known:
                place = index.size + len(more)
                pieces = table(index[first : first + n], place)
                known[key] = 0 if pieces is None else place
                more.frombytes(b"" if pieces is None else pieces.tobytes())
            if known[key]:
                found[ref] = known[key]
    if not found:
        return None
    new = workspace(tape, own=False)
    new.meta, new.index = tape.meta[:], tape.index[:] + more
    for ref, place in found.items():
        new.meta[ref + REF - 1] = -place
    return new
