"""MAX and MIN: the largest and the smallest of each row. Ties share an adjoint evenly; a NaN is handed on."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.instructions.base import register
from jittape.instructions.blocks import Block, NotFinite, finite, flat, row_sums
from jittape.instructions.references import run_slots
from jittape.instructions.rows import Reduction
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import INACTIVE, MAX, MIN
from jittape.sweep.lanes.fields import ADD, structural


def _native() -> Any:
    from jittape.instructions.extremes import native  # start-up: Numba's functions are made when they are first needed

    return native


def _lanes() -> Any:
    from jittape.instructions.extremes import lanes  # start-up, as above

    return lanes


class Extreme(Reduction):
    nonlinear = saves = saves_result = True

    def check_rows(self, reader: Any, k: int, row: int, n: int) -> None:
        if row < 0 or (row == 0 and n):
            reader.refuse(k, f"reduces rows of {row} elements")

    def restated(self, *args: Any) -> None:
        return None

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        tape = sweep.tape
        if tape.meta[at + 1] & INACTIVE:
            return
        slots = self.slots(tape, at, n)
        spread = sweep.array(np.broadcast_to(sweep.gradient(run_slots(slot, n)).slots[:, None], slots.shape))
        ties = sweep.apply(ops.EQUAL, sweep.array(slots), sweep.array(run_slots(slot, n)).reshape(n, 1))
        sweep.add_array(slots, sweep.apply(ops.MULZ, spread, ties / np.sum(ties, axis=1, keepdims=True)))

    # --- blocks of seeds -----------------------------------------------------------------------------------------------------

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return True

    def shares(self, tape: Any, step: Any, value: Any) -> Any:
        """What each element of each row has of its adjoint.

        Raises:
            NotFinite: an extreme is NaN.
        """
        rows, extremes = value[self.slots(tape, step.at, step.n)], value[step.first : step.first + step.n, None]
        ties = (rows == extremes).astype(value.dtype)
        count = ties.sum(axis=1, keepdims=True)
        if not count.all():
            raise NotFinite
        return ties / count

    def pull_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        shares, g = self.shares(tape, step, value), flat(block)
        found = g[:, :, None] * shares
        if not finite(g):
            found[:, shares == 0.0] = 0.0
        return found.reshape(len(g), -1)

    def push_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        shares, t = self.shares(tape, step, value), flat(block)
        if not finite(t):
            t = np.where(shares.reshape(-1) != 0.0, t, 0.0)
        return row_sums(t * shares.reshape(-1), *shares.shape)

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        row, n = p.tape.meta[int(p.tape.arg0[k])], p.size[k]
        if not n or not row:
            return
        slots = p.operands[k][0].slots
        first, add = reverse.targets(slots)
        numbers = structural(values=p.keep(p.places(slots)), adjoints=first, row=row, rows=n, mode=ADD if add else 0)
        reverse.records.append(p.record(self.kernel("reverse"), (reverse.adjoint[k], 0, 0, 0, p.place[k]), numbers))

    def kernel(self, direction: str) -> Any:
        return "structural", self.code, f"{self.name}_forward" if direction == "forward" else direction


for _code in (MAX, MIN):
    register(Extreme(_code), _native, _lanes)
