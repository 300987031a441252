"""Which operations a compiled loop computes a second time, in its reverse sweep, as their values are not stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jittape.sweep.loops.body import recomputed
from jittape.tape.loops import Loops


def of_slots(loops: Loops, rows: tuple[int, int], first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which instructions, by their first slots, some of the loops compute twice."""
    found = np.zeros(first.size, np.bool_)
    for row, body in zip(loops.rows[slice(*rows)], loops.bodies[slice(*rows)], strict=True):
        inside = (first >= row.slot) & (first < row.slot + row.slots)
        j = (first - row.slot) // max(row.slots // body.size, 1) if row.elements else (first - row.slot) % body.size  # a run is many slots, a sum comes after them
        found |= inside & np.isin(j, list(recomputed(body)))
    return found
