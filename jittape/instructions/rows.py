"""Reductions over rows: a record of (row length, reference), whose operand is read as rows of that length.

The reference of a block has s0 from row to row and s1 within one, whatever its n1; a gather list is row after row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import Instruction, Operand, of
from jittape.instructions.references import Slots, collapse, inactive, is_shared, progression, referenced, strided
from jittape.ops.layout import BLOCK_REF, GATHER_REF, INACTIVE, KIND, REF, RUN_REF
from jittape.sweep.lanes.fields import structural

Ref = tuple[int, int, int, int, int]


def rows(tape: Any, slots: Slots, axes: int) -> tuple[Ref, tuple[int, ...], int]:
    """(reference, shape of the result, row length) of a reduction over the last `axes` axes of `slots`."""
    split = slots.ndim - axes
    shape, inner = slots.shape[:split], math.prod(slots.shape[split:])
    if not slots.size:
        return (RUN_REF, 0, 1, 1, 0), shape, inner
    base = int(slots.flat[0])
    if slots.size == 1:
        return (BLOCK_REF, base, 0, 0, 1), shape, inner
    if is_shared(slots):
        strides = [st // slots.itemsize for st in slots.strides]
        lead, tail = collapse(shape, strides[:split]), collapse(slots.shape[split:], strides[split:])
        if len(lead) <= 1 and len(tail) <= 1:
            so, si = (lead[0][1] if lead else 0), (tail[0][1] if tail else 0)
            return (BLOCK_REF, base, so, si, max(inner, 1)), shape, inner
    found = progression(slots)
    if found is not None:
        step = found[3]
        return (BLOCK_REF, base, step * inner, step, inner), shape, inner
    return (GATHER_REF, tape.gather_list(slots), int(slots.max()), int(slots.min()), slots.size), shape, inner


def row_slots(tape: Any, at: int, m: int) -> Slots:
    """The slots that a reduction reads, as m rows."""
    r, kind, base, s0, s1 = tape.meta[at : at + REF]
    if kind & KIND == BLOCK_REF:
        return strided(base, (m, r), (s0, s1))
    return referenced(tape, at + 1, m * r).reshape(m, r)


def reduction(code: int) -> Reduction:
    """The instruction SUM, MAX or MIN."""
    found = of(code)
    assert isinstance(found, Reduction)
    return found


class Reduction(Instruction):
    """What reductions of rows to one element each have in common; `CumulativeSum` overrides how many rows there are."""

    def count(self, row: int, n: int) -> int:
        """How many rows an instruction of n slots reads."""
        return n

    def append(self, tape: Any, slots: Slots, axes: int, constant: bool = False) -> tuple[int, tuple[int, ...]]:
        """Append the reduction over the last `axes` axes of `slots`; returns (first slot, shape of the result)."""
        ref, shape, row = rows(tape, slots, axes)
        return tape.append_run(self.code, math.prod(shape), (row, *(inactive(ref) if constant else ref))), shape

    def append_whole(self, tape: Any, base: int, size: int) -> int:
        """The same over all of a run of slots, not empty: one result."""
        return int(tape.append_run(self.code, 1, (size, BLOCK_REF, base, 0, 1, size)))

    def slots(self, tape: Any, at: int, n: int) -> Slots:
        """The slots that are read, a row of them for each row."""
        return row_slots(tape, at, self.count(tape.meta[at], n))

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        return [Operand(self.slots(tape, at, n), bool(tape.meta[at + 1] & INACTIVE))]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        record = by.meta[at : at + 1 + REF].copy()
        row = int(record[0])
        by.reference(record, 1, self.count(row, n) * row)
        return record

    def restated(self, tape: Any, operands: Sequence[Slots], old: Any, at: int, n: int) -> Sequence[int] | None:
        ref, _, row = rows(tape, operands[0], 1)
        return [row, *ref]

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        return self.append(tape, operands[0], 1, bool(tape.meta[at + 1] & INACTIVE))[0]

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        row, *ref = reader.record(k, at, 1 + REF)
        self.check_rows(reader, k, row, n)
        reader.reference(k, ref, self.count(row, n), row, own, rows=True)
        return at + 1 + REF

    def check_rows(self, reader: Any, k: int, row: int, n: int) -> None:
        if row < 0:
            reader.refuse(k, f"reduces rows of {row} elements")

    def listed(self, reader: Any, at: int, n: int) -> str:
        return str(reader.rows(at, self.count(reader.tape.meta[at], n)))

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self.slots(tape, at, n)[places].reshape(-1).astype(np.int64)
        return found

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_order(self, tape: Any, at: int, m: int) -> int:
        """How the lanes take a row, as the sweep of one point does."""
        return 0

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        tape, n = builder.tape, builder.size[k]
        if not n:
            return []
        at = int(tape.arg0[k])
        row = tape.meta[at]
        m = self.count(row, n)
        numbers = structural(values=builder.keep(builder.places(builder.operands[k][0].slots)), row=row, rows=m, mode=self.lanes_order(tape, at, m))
        return [builder.record(self.kernel("forward"), (builder.place[k],), numbers)]

    def kernel(self, direction: str) -> Any:
        """The lane kernel, named as (module of kernels, function)."""
        raise NotImplementedError
