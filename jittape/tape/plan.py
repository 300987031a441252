"""The plan of a replay, from Python's side: making it, and sweeping by it (see sweep/point/planning.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import C_GROUP, C_LOCAL, C_META, C_PLACE, CHUNK, GROUP
from jittape.sweep.engine import CHEAP, planner
from jittape.tape.decode import lengths

Ints = NDArray[np.int32]

WORTHWHILE = 50_000
"""Slots from which a plan pays: below, all values and adjoints stay in the second-level cache anyway."""


class Plan:
    """What a replay may leave out of main memory: see sweep/point/planning.py."""

    def __init__(self, meta: Ints, group: Ints, place: Ints, local: NDArray[Any]) -> None:
        self.arrays = (meta, group, place, local)
        self.local = local
        self._addresses = tuple(a.ctypes.data for a in self.arrays)

    def copy(self) -> Plan:
        """The same plan with local memory of its own, for a sweep at the same time."""
        return Plan(*self.arrays[:3], np.zeros_like(self.local))

    @staticmethod
    def make(tape: Any, keep: Sequence[Ints]) -> Plan | None:
        """The plan of a tape, or None where it would be of no use."""
        if tape.slots < WORTHWHILE:
            return None
        tape.bind()
        sizes = lengths(tape.opcode[: tape.count], tape.arg1[: tape.count])
        starts = np.zeros(tape.count, np.int32)
        np.cumsum(sizes[:-1], out=starts[1:])
        firsts = starts.searchsorted(np.arange(0, tape.slots + CHUNK, CHUNK), "right") - 1
        owners = np.concatenate([[len(firsts)], firsts, starts]).astype(np.int32)
        shared = np.zeros(tape.count, np.uint8)
        for slots in keep:
            shared[starts.searchsorted(slots, "right") - 1] = 1
        meta = np.array(tape.meta, np.int32)
        group, place = np.empty(tape.count, np.int32), np.empty(tape.count, np.int32)
        arrays = (CHEAP, meta, owners[1:], shared, np.zeros(tape.slots, np.uint8), np.zeros(tape.count, np.int32), group, place)
        while (found := planner()(tape.address, *(a.ctypes.data for a in arrays))) < 0:
            tape.engine.compile_kernel(-found)
        if not found:
            return None
        return Plan(meta, group, place, np.zeros(2 * GROUP * CHUNK, tape.dtype))

    def sweep(self, tape: Any, name: str, k: int, end: int, s: int) -> None:
        """A sweep of the tape that follows the plan."""
        c = tape.control
        meta = c[C_META]
        c[C_META], c[C_GROUP], c[C_PLACE], c[C_LOCAL] = self._addresses
        try:
            tape.sweep(name, k, end, s)
        finally:
            c[C_META], c[C_GROUP] = meta, 0
