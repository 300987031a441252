"""The plan of a replay, from Python's side: making it, and sweeping by it (see sweep/point/planning.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import C_GROUP, C_LOCAL, C_META, C_PLACE, CHUNK, GROUP, KIND, LOCAL_REF, REF, RUN, STORED, SUM
from jittape.sweep.engine import CHEAP, planner
from jittape.tape.decode import ARITIES, lengths

Ints = NDArray[np.int32]

WORTHWHILE = 50_000
"""Slots from which a plan pays: below, all values and adjoints stay in the second-level cache anyway."""


class Plan:
    """What a replay may leave out of main memory: see sweep/point/planning.py."""

    def __init__(self, meta: Ints, group: Ints, place: Ints, local: NDArray[Any]) -> None:
        self.arrays = (meta, group, place, local)
        self.local = local
        self._addresses = tuple(a.ctypes.data for a in self.arrays)
        self._ending: Any = None

    @property
    def groups(self) -> Ints:
        """For the first instruction of each group where it ends."""
        return self.arrays[1]

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

    def ending(self, tape: Any, slot: int) -> Ending | None:
        """The group that the tape ends with, where its sum is `slot`; else None."""
        if self._ending is None:
            last, group = tape.count - 1, self.arrays[1]
            first = int(group[last])
            found = tape.opcode[last] == RUN + SUM and tape.arg1[last] == 1 and first < last
            self._ending = Ending(self, tape, first) if found else False
        return self._ending if self._ending and slot == tape.slots - 1 else None

    def sweep(self, tape: Any, name: str, k: int, end: int, s: int) -> None:
        """A sweep of the tape that follows the plan."""
        self.sweep_by(self._addresses, tape, name, k, end, s)

    @staticmethod
    def sweep_by(addresses: tuple[int, ...], tape: Any, name: str, k: int, end: int, s: int) -> None:
        c = tape.control
        meta = c[C_META]
        c[C_META], c[C_GROUP], c[C_PLACE], c[C_LOCAL] = addresses
        try:
            tape.sweep(name, k, end, s)
        finally:
            c[C_META], c[C_GROUP] = meta, 0


class Ending:
    """A group that a tape ends with and whose sum is all that is wanted: swept forward and back in one pass, it stores no values of its own."""

    def __init__(self, plan: Plan, tape: Any, first: int) -> None:
        self.first, self.count, self.slots = first, tape.count, tape.slots
        self.start = tape.slots - int(lengths(tape.opcode[first : tape.count], tape.arg1[first : tape.count]).sum())
        meta, _, place, _ = plan.arrays
        meta, place = meta.copy(), place.copy()
        mine = place[first:]
        mine[mine >= 0] &= ~STORED
        for k in range(first, tape.count):
            at, code = int(tape.arg0[k]), int(tape.opcode[k])
            for ref in range(at, at + REF * ARITIES[code], REF) if code != RUN + SUM else [at + 1]:
                if meta[ref] & KIND == LOCAL_REF:
                    meta[ref + 3] = 0
        self._arrays = meta, place
        self._addresses = (meta.ctypes.data, plan._addresses[1], place.ctypes.data, plan._addresses[3])
        self._plan = plan

    def sweep(self, tape: Any, adjoint: Any) -> None:
        """Values, and adjoints of the inputs, for an adjoint of one of the sum."""
        by = self._plan.sweep_by
        by(self._addresses, tape, "forward", 0, self.first, 0)
        adjoint[self.slots - 1] = 1.0
        by(self._addresses, tape, "together", self.count, self.first, self.slots)
        by(self._addresses, tape, "reverse", self.first, 0, self.start)
