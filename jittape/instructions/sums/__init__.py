"""SUM: sums of rows. The sweeps' drivers know it: they add up a run chunk by chunk while it is in the cache (sweep/point/sums.py)."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.instructions.base import Counts, Ints, register
from jittape.instructions.blocks import Block, Picked, dense, flat, row_sums
from jittape.instructions.references import Slots, run_slots
from jittape.instructions.rows import Reduction
from jittape.ops.layout import BLOCK_REF, GATHER_REF, INACTIVE, KIND, REF, RUN_REF, SUM
from jittape.sweep.lanes.fields import ADD, INTERLEAVED, LEAVES, PLAIN, structural


def _native() -> Any:
    from jittape.instructions.sums import native  # start-up: Numba's functions are made when they are first needed

    return native


class Sum(Reduction):
    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        row = sweep.tape.meta[at]
        if not sweep.tape.meta[at + 1] & INACTIVE:
            g = sweep.adjoint_of(run_slots(slot, n))
            spread = np.broadcast_to(sweep.slots_of(g, (n,))[:, None], (n, row)).reshape(-1)
            sweep.add(self.slots(sweep.tape, at, n).reshape(-1), sweep.value(spread))

    def rows(self, elimination: Any, at: int, n: int, which: Ints) -> tuple[Counts, Slots, Any]:
        slots = self.slots(elimination.tape, at, n)[which]
        return np.full(len(slots), slots.shape[1]), slots.reshape(-1), elimination.one

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return True

    def pull_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        row = tape.meta[step.at]
        if isinstance(block, Picked):
            return block._replace(rows=np.repeat(block.rows, row), values=np.repeat(block.values, row))
        return np.repeat(flat(block), row, axis=1)

    def push_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        return row_sums(dense(block), step.n, tape.meta[step.at])

    def lanes_order(self, tape: Any, at: int, m: int) -> int:
        row, (kind, _, s0, s1, _) = tape.meta[at], tape.meta[at + 1 : at + 1 + REF]
        kind &= KIND
        if kind == GATHER_REF:
            return PLAIN
        so, si = (s0, s1) if kind == BLOCK_REF else (row, 1) if kind == RUN_REF else (0, 0)
        if so == 1 and si != 1 and m > 4:
            return PLAIN
        return INTERLEAVED if si == 1 else LEAVES

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        row, n = reverse.p.tape.meta[int(reverse.p.tape.arg0[k])], reverse.p.size[k]
        if n and row:
            self.lanes_spread(reverse, reverse.p.operands[k][0].slots, reverse.adjoint[k], row, n)

    def lanes_piece(self, builder: Any, slots: Slots, place: int) -> Any:
        """The record of the sum of some slots, one after the other."""
        numbers = structural(values=builder.keep(builder.places(slots)), row=len(slots), rows=1, mode=PLAIN)
        return builder.record(self.kernel("forward"), (place,), numbers)

    def lanes_spread(self, reverse: Any, slots: Slots, adjoint: int, row: int, m: int) -> None:
        """Append the record that hands m adjoints on to m rows."""
        first, add = reverse.targets(slots)
        numbers = structural(values=first, row=row, rows=m, mode=ADD if add else 0)
        reverse.records.append(reverse.p.record(self.kernel("reverse"), (adjoint,), numbers))

    def kernel(self, direction: str) -> Any:
        return "structural", SUM, direction


def _lanes() -> Any:
    from jittape.instructions.sums import lanes  # start-up, as above

    return lanes


INSTRUCTION = Sum(SUM)
register(INSTRUCTION, _native, _lanes)
