"""SEGMENT_SUM: sums of consecutive pieces of a gather list. Its record is (where the offsets begin, where the list does), in `index`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import sums
from jittape.instructions.base import Counts, Instruction, Ints, Operand, register
from jittape.instructions.blocks import Block, Picked, dense, flat, row_sums
from jittape.instructions.references import Slots, ranges, run_slots
from jittape.ops.layout import SEGMENT_SUM

RECORD = 2
"""Numbers of a record."""


def _native() -> Any:
    from jittape.instructions.segments import native  # start-up: Numba's functions are made when they are first needed

    return native


class SegmentSum(Instruction):
    def append(self, tape: Any, slots: Slots, offsets: Ints) -> int:
        """Append the sums over slots[offsets[j] : offsets[j + 1]]; returns the first slot."""
        first = tape.gather_list(slots)
        at = tape.gather_list(np.asarray(offsets, np.int32))
        return int(tape.append_run(SEGMENT_SUM, len(offsets) - 1, (at, first)))

    def pieces(self, tape: Any, at: int, n: int) -> tuple[Slots, Ints]:
        """(slots, offsets of the n pieces)."""
        where, first = tape.meta[at], tape.meta[at + 1]
        offsets = np.array(tape.index[where : where + n + 1], np.int32)
        return np.array(tape.index[first : first + int(offsets[-1])], np.int32), offsets

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        return [Operand(self.pieces(tape, at, n)[0], False)]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        offsets = by.index[by.meta[at] : by.meta[at] + n + 1]
        first = int(by.meta[at + 1])
        slots = by.gathered(by.index[first : first + int(offsets[-1])])
        return np.array([by.tape.gather_list(offsets), slots], np.int32)

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        _, offsets = self.pieces(tape, at, n)
        size = int(offsets[-1])
        ends = offsets[1:] + size * np.arange(points, dtype=np.int32)[:, None]
        return self.append(tape, operands[0].reshape(-1), np.concatenate([offsets[:1], ends.reshape(-1)]))

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        where, first = reader.record(k, at, RECORD)
        offsets = reader.listed(k, where, n + 1)
        if offsets[0] != 0 or (np.diff(offsets.astype(np.int64)) < 0).any():
            reader.refuse(k, "has segments that do not follow each other")
        size = int(offsets[-1])
        reader.spend(k, size + n)
        slots = reader.listed(k, first, size)
        if size:
            reader.inside(k, int(slots.min()), int(slots.max()), own)
        return at + RECORD

    def listed(self, reader: Any, at: int, n: int) -> str:
        slots, _ = self.pieces(reader.tape, at, n)
        return f"{reader.gathered(slots)} in {n} pieces"

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        slots, offsets = self.pieces(tape, at, n)
        return np.concatenate([np.empty(0, np.int64), *(slots[offsets[p] : offsets[p + 1]] for p in places.tolist())]).astype(np.int64)

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        slots, offsets = self.pieces(sweep.tape, at, n)
        g = sweep.gradient(run_slots(slot, n))
        sweep.add_array(slots, sweep.array(np.repeat(g.slots, np.diff(offsets))))

    def rows(self, elimination: Any, at: int, n: int, which: Ints) -> tuple[Counts, Slots, Any]:
        slots, offsets = self.pieces(elimination.tape, at, n)
        starts, counts = offsets[which], np.diff(offsets)[which]
        return counts, slots[ranges(starts, counts)], elimination.one

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return True

    def pull_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        counts = np.diff(self.offsets(tape, step))
        if isinstance(block, Picked):
            return block._replace(rows=np.repeat(block.rows, counts), values=np.repeat(block.values, counts))
        return np.repeat(flat(block), counts, axis=1)

    def push_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        offsets = self.offsets(tape, step)
        counts = np.diff(offsets)
        if counts.size and counts[0] and (counts == counts[0]).all():
            return row_sums(dense(block), step.n, int(counts[0]))
        part, some = flat(block), counts > 0
        out = np.zeros((len(part), step.n), part.dtype)
        if some.any():
            out[:, some] = np.add.reduceat(part, offsets[:-1][some], axis=1)
        return out

    def offsets(self, tape: Any, step: Any) -> Ints:
        where = tape.meta[step.at]
        return np.array(tape.index[where : where + step.n + 1], np.int32)

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        slots, offsets = self.pieces(builder.tape, int(builder.tape.arg0[k]), builder.size[k])
        z = builder.place[k]
        return [sums.INSTRUCTION.lanes_piece(builder, slots[i:j], z + p) for p, (i, j) in enumerate(zip(offsets, offsets[1:], strict=False))]

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        slots, offsets = self.pieces(reverse.p.tape, int(reverse.p.tape.arg0[k]), reverse.p.size[k])
        for p, (i, j) in enumerate(zip(offsets.tolist(), offsets[1:].tolist(), strict=False)):
            if j > i:
                sums.INSTRUCTION.lanes_spread(reverse, slots[i:j], reverse.adjoint[k] + p, j - i, 1)


INSTRUCTION = SegmentSum(SEGMENT_SUM)
register(INSTRUCTION, _native)
