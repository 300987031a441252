"""Splitting: runs over pieces of arrays become runs over each piece, for replays of one point.

What is stacked, or cut out of the rows of a matrix, are pieces of other runs: a run over them reads its operands piece by piece by a list
(pieces.py), or copies them row by row, and no group of runs of another length goes on with it in the cache. One run a piece reads them where they
stand, and goes on with those of its length, if all pieces are of one. The slots stay what they are: the pieces of a run are consecutive, and so are the results of as many runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.instructions.references import Slots, progression, referenced
from jittape.ops.layout import (
    BLOCK_REF,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    GATHER_REF,
    INACTIVE,
    KIND,
    REF,
    RUN,
    RUN_REF,
    SCALAR_REF,
)
from jittape.tape.decode import ARITY, lengths
from jittape.tape.tape import Tape
from jittape.tape.workspace import workspace

LONG = 256
"""Elements that pieces have on average, at least: a run costs some 25 ns to begin, each way."""
MOST = 32
"""Pieces of a run."""


def _cuts(tape: Tape, ref: int, n: int) -> set[int]:
    """Where the pieces of an operand begin, but for the first; empty where they are too many, or it is one."""
    kind = tape.meta[ref] & KIND
    if kind == BLOCK_REF:
        row = tape.meta[ref + 4]
        cuts = range(row, n, row) if row >= LONG and tape.meta[ref + 3] == 1 else range(0)
        return set(cuts) if len(cuts) < MOST else set()
    if kind == GATHER_REF:
        first = tape.meta[ref + 1]
        found = np.flatnonzero(np.diff(np.array(tape.index[first : first + n], np.int32)) != 1) + 1
        return set(found.tolist()) if found.size < MOST and n >= LONG * (found.size + 1) else set()
    return set()


def _pieces(tape: Tape) -> dict[int, set[int]]:
    """The cuts of each run that is to be split; runs that read one another element by element are split alike."""
    opcode, arg1 = tape.opcode[: tape.count], tape.arg1[: tape.count]
    candidates = np.flatnonzero((opcode >= RUN + FIRST_OPERATION) & (opcode < RUN + FIRST_STRUCTURAL) & (arg1 >= 2 * LONG))
    if not candidates.size:
        return {}
    runs = list(zip(candidates.tolist(), tape.arg0[candidates].tolist(), arg1[candidates].tolist(), opcode[candidates].tolist(), strict=True))
    found: dict[int, set[int]] = {}
    for k, at, n, code in runs:
        for ref in range(at, at + REF * ARITY[code - RUN], REF):
            if cuts := _cuts(tape, ref, n):
                found[k] = found.get(k, set()) | cuts
    if not found:
        return {}
    sizes = lengths(opcode, arg1)
    starts = (np.cumsum(sizes) - sizes)[candidates].tolist()
    made_by: dict[tuple[int, int], int] = {}
    of = {k: k for k, *_ in runs}
    for (k, at, n, code), start in zip(runs, starts, strict=True):
        for ref in range(at, at + REF * ARITY[code - RUN], REF):
            if tape.meta[ref] & KIND == RUN_REF and (q := made_by.get((tape.meta[ref + 1], n))) is not None:
                of[_root(of, q)] = _root(of, k)
        made_by[start, n] = k
    whole: dict[int, set[int]] = {}
    for k, own in found.items():
        whole.setdefault(_root(of, k), set()).update(own)
    good = {r: cuts for r, cuts in whole.items() if len(cuts) < MOST and int(arg1[r]) >= LONG * (len(cuts) + 1) and _alike(cuts, int(arg1[r]))}
    return {k: good[r] for k in of if (r := _root(of, k)) in good} if good else {}


def _alike(cuts: set[int], n: int) -> bool:
    """Whether pieces of n elements are of one length."""
    length = n // (len(cuts) + 1)
    return cuts == set(range(length, n, length)) and n % length == 0


def _root(of: dict[int, int], k: int) -> int:
    while of[k] != k:
        of[k] = of[of[k]]
        k = of[k]
    return k


def _piece(tape: Tape, ref: int, slots: Slots, i: int, j: int) -> list[int]:
    """The reference to elements i to j of an operand."""
    kind, base, s0, s1, n1 = tape.meta[ref : ref + REF]
    flag = kind & INACTIVE
    if kind & KIND == SCALAR_REF:
        return [kind, base, s0, s1, n1]
    if kind & KIND == RUN_REF:
        return [kind, base + i, 1, 1, j - i]
    part = slots[i:j]
    if (part == part[0]).all():
        return [SCALAR_REF | flag, int(part[0]), 0, 0, 1]
    close = progression(part)
    if close is not None:
        return [close[0] | flag, *close[1:]]
    return [GATHER_REF | flag, tape.gather_list(part), int(part.max()), int(part.min()), j - i]


def split(tape: Tape) -> Tape | None:
    """A tape of the same slots and values (the same memory) whose runs over pieces are a run a piece; None where it has none."""
    pieces = _pieces(tape)
    if not pieces:
        return None
    new = workspace(tape, own=False)
    new.meta, new.index = tape.meta[:], tape.index[:]
    counts = np.ones(tape.count, np.int64)
    counts[list(pieces)] = [len(cuts) + 1 for cuts in pieces.values()]
    ends = np.cumsum(counts)
    new.opcode, new.arg0, new.arg1 = (np.repeat(a[: tape.count], counts) for a in (tape.opcode, tape.arg0, tape.arg1))  # type: ignore[assignment]
    for k, cuts in pieces.items():
        n, at = int(tape.arg1[k]), int(tape.arg0[k])
        refs = range(at, at + REF * ARITY[int(tape.opcode[k]) - RUN], REF)
        slots: list[Any] = [referenced(tape, ref, n) for ref in refs]
        bounds = [0, *sorted(cuts), n]
        for p, (i, j) in enumerate(zip(bounds, bounds[1:], strict=False)):
            record = [word for ref, s in zip(refs, slots, strict=True) for word in _piece(new, ref, s, i, j)]
            place = int(ends[k] - counts[k]) + p
            new.arg0[place], new.arg1[place] = len(new.meta), j - i
            new.meta.extend(record)
    new.count = new.capacity = int(ends[-1])
    new.extra = tape.slots - new.count
    new.lines = None
    return new
