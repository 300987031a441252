"""CUMSUM: running sums of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import Counts, Ints, register
from jittape.instructions.references import Slots, ranges, run_slots
from jittape.instructions.rows import Reduction, rows
from jittape.ops.layout import CUMSUM, INACTIVE
from jittape.sweep.lanes.fields import ADD, structural


def _native() -> Any:
    from jittape.instructions.cumsum import native  # start-up: Numba's functions are made when they are first needed

    return native


def _lanes() -> Any:
    from jittape.instructions.cumsum import lanes  # start-up, as above

    return lanes


class CumulativeSum(Reduction):
    def count(self, row: int, n: int) -> int:
        return n // max(row, 1)

    def append_scan(self, tape: Any, slots: Slots) -> int:
        """Append the running sums along the last axis of `slots`, whose shape the result has; returns its first slot."""
        ref, _, row = rows(tape, slots, 1)
        return int(tape.append_run(CUMSUM, slots.size, (row, *ref)))

    def restated(self, *args: Any) -> None:
        return None

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        return self.append_scan(tape, operands[0])

    def check_rows(self, reader: Any, k: int, row: int, n: int) -> None:
        super().check_rows(reader, k, row, n)
        if n and (row == 0 or n % row):
            reader.refuse(k, f"has {n} elements in rows of {row}")

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        row = max(int(tape.meta[at]), 1)
        slots = self.slots(tape, at, n)
        return np.concatenate([np.empty(0, np.int64), *(slots[p // row, : p % row + 1] for p in places.tolist())]).astype(np.int64)

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        row = sweep.tape.meta[at]
        if sweep.tape.meta[at + 1] & INACTIVE:
            return
        g = sweep.gradient(run_slots(slot, n))
        base = self.append_scan(sweep.tape, g.slots.reshape(-1, row)[:, ::-1])
        sweep.add_array(self.slots(sweep.tape, at, n), sweep.array(run_slots(base, n).reshape(-1, row)[:, ::-1]))

    def rows(self, elimination: Any, at: int, n: int, which: Ints) -> tuple[Counts, Slots, Any]:
        row = elimination.tape.meta[at]
        slots = self.slots(elimination.tape, at, n).reshape(-1)
        counts = which % row + 1
        elimination.spend(int(counts.sum()))
        return counts, slots[ranges(which - which % row, counts)], elimination.one

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        row, n = p.tape.meta[int(p.tape.arg0[k])], p.size[k]
        if not n or not row:
            return
        first, add = reverse.targets(p.operands[k][0].slots)
        numbers = structural(values=first, row=row, rows=self.count(row, n), mode=ADD if add else 0)
        reverse.records.append(p.record(self.kernel("reverse"), (reverse.adjoint[k],), numbers))

    def kernel(self, direction: str) -> Any:
        return "structural", CUMSUM, direction


INSTRUCTION = CumulativeSum(CUMSUM)
register(INSTRUCTION, _native, _lanes)
