"""A tape cut into stretches whose sweeps are timed one after the other, where it may be cut: between groups of a plan, compiled loops, runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import CALL, CHUNK, FIRST_OPERATION, FIRST_STRUCTURAL, OPERATION, RUN, SUM
from jittape.tape.decode import lengths
from jittape.tape.tape import Tape

LONG = 4096
"""Scalar instructions of a stretch, at least: some ten microseconds each way."""
MOST = 256
"""Stretches that long ones of scalar instructions are cut into."""
SHORT = 5e-6
"""Seconds below which neighbours are timed together: a timed sweep is known to some 0.1 us."""


class Stretch(NamedTuple):
    """Instructions k to end of a replayed tape, which write the slots `slot` to `stop`.

    Attributes:
        rows: the compiled loops that it is, as (first, end) of the tape's; None of what is interpreted.
        alone: whether it is timed by itself, however short: an operation that is a Python function.
    """

    k: int
    end: int
    slot: int
    stop: int
    rows: tuple[int, int] | None
    alone: bool


def cut(tape: Tape) -> list[Stretch]:
    """The stretches of a tape, each as short as it may be; scalar instructions are not parted but where they are thousands."""
    count = tape.count
    opcode, arg1 = tape.opcode[:count], tape.arg1[:count]
    sizes = lengths(opcode, arg1)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    key = np.zeros((count, 3), np.int64)  # instructions that are alike in this follow each other in a stretch
    operation = (opcode & OPERATION).astype(np.int64)
    run = (opcode >= RUN) & (operation >= FIRST_OPERATION)
    structural = run & (operation >= FIRST_STRUCTURAL) & (operation != SUM)
    long = run & ~structural & (operation != SUM) & (arg1 > CHUNK)
    key[long, 0] = arg1[long]
    key[structural, 1] = 1 + np.flatnonzero(structural)
    if tape.plan is not None:
        first, size = _groups(tape)
        key[size > 1] = -1
        key[size > 1, 1] = first[size > 1]
    rows = [] if tape.loops is None else tape.loops.rows
    for i, row in enumerate(rows):
        key[row.first : row.end] = 0, 0, 1 + i
    edges = np.concatenate([[0], np.flatnonzero((key[1:] != key[:-1]).any(axis=1)) + 1, [count]])
    piece = max(LONG, count // MOST)
    found = []
    for k, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        loop = int(key[k, 2]) - 1
        whole = loop >= 0 or key[k].any()
        for a in range(k, end, end - k if whole else piece):
            b = end if whole else min(a + piece, end)
            found.append(Stretch(a, b, int(starts[a]), int(starts[b]), (loop, loop + 1) if loop >= 0 else None, int(opcode[a]) == RUN + CALL))
    return found


def _groups(tape: Tape) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each instruction the first one of its group of a plan, and how many that has."""
    ends: Any = tape.plan.groups  # type: ignore[union-attr]
    first, size = np.empty(tape.count, np.int64), np.empty(tape.count, np.int64)
    k = 0
    while k < tape.count:
        end = int(ends[k])
        first[k:end], size[k:end] = k, end - k
        k = end
    return first, size


def merged(stretches: Sequence[Stretch], seconds: NDArray[np.float64]) -> list[Stretch]:
    """Neighbours that are short together, compiled loops with loops and what is interpreted with its like."""
    found: list[Stretch] = []
    taken = 0.0
    for stretch, t in zip(stretches, seconds.tolist(), strict=True):
        last = found[-1] if found else None
        if last is None or taken + t > SHORT or last.alone or stretch.alone or (last.rows is None) != (stretch.rows is None):
            found.append(stretch)
            taken = t
            continue
        rows = None if last.rows is None or stretch.rows is None else (last.rows[0], stretch.rows[1])
        found[-1] = Stretch(last.k, stretch.end, last.slot, stretch.stop, rows, False)
        taken += t
    return found
