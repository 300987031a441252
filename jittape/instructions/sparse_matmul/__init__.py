"""SPARSE_MATMUL: products of a constant sparse matrix, or of its transpose, with a matrix: C = S @ B or C = S' @ B.

The record is whether S is transposed, how many columns B has, S by rows (its shape, where the offsets of its rows and the columns of its
entries are in the gather lists, and the first slot of their values), and B as a product of matrices has it (instructions/matmul), with any
strides that are not negative. A reverse sweep needs the transpose, which is the same S: it is gone through by rows either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import Counts, Instruction, Ints, Operand, register
from jittape.instructions.blocks import Block, NotFinite, Picked, dense, finite
from jittape.instructions.matmul import contiguous, slots_of
from jittape.instructions.references import Slots, is_shared, ranges, run_slots
from jittape.instructions.sparse_matmul.record import B_AT, RECORD, Sparse, SparseProduct, read
from jittape.ops.layout import ADJOINT, INACTIVE, SPARSE_MATMUL
from jittape.sweep.lanes.fields import PLUS, RIGHT, product

MATRIX = -1
"""Under this number a step of a block keeps the matrix: see `SparseMatrixProduct.matrix`."""


def _native() -> Any:
    from jittape.instructions.sparse_matmul import (
        native,  # start-up: Numba's functions are made when they are first needed
    )

    return native


def _lanes() -> Any:
    from jittape.instructions.sparse_matmul import lanes  # start-up, as above

    return lanes


def _placed(tape: Any, slots: Slots) -> tuple[int, int, int, int]:
    """(base, 0, row stride, column stride) of a matrix; copied on the tape where its slots have none, or they are negative."""
    if slots.size > 1 and is_shared(slots) and min(slots.strides) >= 0:
        row, column = (st // slots.itemsize for st in slots.strides)
        return int(slots[0, 0]), 0, row, column
    return contiguous(tape, slots), 0, slots.shape[1], 1


class SparseMatrixProduct(Instruction):
    # --- the record --------------------------------------------------------------------------------------------------------

    def append(self, tape: Any, s: Sparse, transposed: bool, b: Slots, flags: int = 0) -> int:
        """Append S @ B, or S' @ B, for B [inner, width], neither empty; returns its first slot. `flags` as in ops/layout.py."""
        width = b.shape[1]
        lines = s.columns if transposed else s.rows
        return int(tape.append_run(SPARSE_MATMUL, lines * width, (int(transposed), width, *s, *_placed(tape, b), flags)))

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        """One product, of the points' matrices beside each other."""
        record = read(tape.meta, at)
        b = operands[0].transpose(1, 0, 2).reshape(record.inner, -1)
        base = self.append(tape, record.s, bool(record.transposed), b, record.b.flags)
        return contiguous(tape, run_slots(base, points * n).reshape(record.lines, points, record.width).transpose(1, 0, 2))

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = read(tape.meta, at)
        b = slots_of(record.b, 1, record.inner, record.width)[0]
        return [Operand(b, bool(record.b.flags & INACTIVE)), Operand(self.data(tape, record), True)]

    def lists(self, tape: Any, record: SparseProduct) -> tuple[Ints, Ints]:
        """(offsets of the rows of S, columns of its entries)."""
        s = record.s
        offsets = np.array(tape.index[s.offsets : s.offsets + s.rows + 1], np.int32)
        return offsets, np.array(tape.index[s.indices : s.indices + int(offsets[-1])], np.int32)

    def data(self, tape: Any, record: SparseProduct) -> Slots:
        """The slots of the entries' values."""
        return run_slots(record.s.data, int(tape.index[record.s.offsets + record.s.rows]))

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        record = by.meta[at : at + RECORD].copy()
        found = read(record, 0)
        s = found.s
        count = int(by.index[s.offsets + s.rows])
        moved = s._replace(
            offsets=by.listed(s.offsets, s.rows + 1), indices=by.listed(s.indices, count), data=by.slot(s.data) if count else 0
        )
        record[2:B_AT] = moved
        record[B_AT] = by.slot(found.b.base)
        return record

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        found = read(reader.record(k, at, RECORD), 0)
        s, width = found.s, found.width
        if min(s.rows, s.columns, width) < 1 or found.transposed not in (0, 1) or found.lines * width != n:
            reader.refuse(k, f"multiplies a matrix of {s.rows} x {s.columns} with {width} columns, but has {n} slots")
        offsets = reader.listed(k, s.offsets, s.rows + 1)
        if offsets[0] != 0 or (np.diff(offsets.astype(np.int64)) < 0).any():
            reader.refuse(k, "has rows that do not follow each other")
        count = int(offsets[-1])
        reader.spend(k, (count + s.rows) * width)
        indices = reader.listed(k, s.indices, count)
        if count:
            if int(indices.min()) < 0 or int(indices.max()) >= s.columns:
                reader.refuse(k, "has entries outside its matrix")
            reader.inside(k, s.data, s.data + count - 1, own)
        b = found.b
        if b.batch_stride or min(b.row_stride, b.column_stride) < 0:
            reader.refuse(k, "has a damaged reference")
        reader.matrix(k, b, 1, found.inner, width, own, any_strides=True)
        return at + RECORD

    # --- words -------------------------------------------------------------------------------------------------------------

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = read(reader.tape.meta, at)
        s, data = record.s, self.data(reader.tape, record)
        place = f" %{s.data}:{s.data + data.size}" if data.size else ""
        matrix = f"{s.rows} x {s.columns} of {data.size} entries{place}{' transposed' if record.transposed else ''}"
        return f"{matrix} @ {reader.matrix(record.b, 1, record.inner, record.width)}"

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        record = read(tape.meta, at)
        return (record.lines,) if record.width == 1 else (record.lines, record.width), place

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        _, slots, data = self.terms(tape, at, n, places)
        return np.stack([data, slots], axis=-1).reshape(-1).astype(np.int64)

    def by_lines(self, tape: Any, record: SparseProduct) -> tuple[Ints, Ints, Slots]:
        """S, or its transpose, by the lines of the result: (offsets, row of B of each entry, slot of its value)."""
        offsets, indices = self.lists(tape, record)
        data = self.data(tape, record)
        if not record.transposed:
            return offsets, indices, data
        order = np.argsort(indices, kind="stable")
        rows = np.repeat(np.arange(record.s.rows, dtype=np.int32), np.diff(offsets))
        return np.searchsorted(indices[order], np.arange(record.lines + 1)).astype(np.int32), rows[order], data[order]

    def terms(self, tape: Any, at: int, n: int, which: NDArray[Any]) -> tuple[Counts, Slots, Slots]:
        """Of these elements: how many products each is the sum of, and the slots of B and of S in them."""
        record = read(tape.meta, at)
        offsets, rows, data = self.by_lines(tape, record)
        line, column = which // record.width, which % record.width
        counts = np.diff(offsets)[line]
        entries = ranges(offsets[line], counts)
        b = self.operands(tape, at, n)[0].slots
        return counts, b[rows[entries], np.repeat(column, counts)], data[entries]

    # --- derivatives as instructions ---------------------------------------------------------------------------------------

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        tape = sweep.tape
        record = read(tape.meta, at)
        b, constant = self.operands(tape, at, n)[0]
        if constant or not sweep.active[b].any():
            return
        g = sweep.gradient(run_slots(slot, n)).slots.reshape(record.lines, record.width)
        base = self.append(tape, record.s, not record.transposed, g, ADJOINT)
        sweep.add_array(b, sweep.run_array(base, b.shape))

    def rows(self, elimination: Any, at: int, n: int, which: Ints) -> tuple[Counts, Slots, Any]:
        counts, slots, data = self.terms(elimination.tape, at, n, which)
        elimination.spend(slots.size)
        return counts, slots, elimination.value(data)

    # --- blocks of seeds -----------------------------------------------------------------------------------------------------

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return True

    def matrix(self, tape: Any, step: Any, value: NDArray[Any]) -> tuple[SparseProduct, Any]:
        """The record, and the matrix that B is multiplied with.

        Raises:
            NotFinite: it has infinities or NaN.
        """
        record = read(tape.meta, step.at)
        found = step.known.get(MATRIX)
        if found is None:
            from scipy.sparse import csr_array  # for start-up

            offsets, indices = self.lists(tape, record)
            entries = value[self.data(tape, record)]
            if not finite(entries):
                raise NotFinite
            found = csr_array((entries, indices, offsets), shape=(record.s.rows, record.s.columns))
            if record.transposed:
                found = found.T.tocsr()
            if step.fixed[1]:
                step.known[MATRIX] = found
        return record, found

    def pull_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        record, m = self.matrix(tape, step, value)
        if isinstance(block, Picked) and record.width == 1:
            from scipy.sparse import csr_array  # for start-up

            there = np.flatnonzero(block.rows >= 0)
            seeds = csr_array((block.values[there], (block.rows[there], there)), shape=(block.seeds, block.size))
            return (seeds @ m).toarray()
        return _each(m.T, dense(block), record.width)

    def push_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        record, m = self.matrix(tape, step, value)
        return _each(m, dense(block), record.width)

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_lines(self, builder: Any, k: int, turned: bool) -> tuple[SparseProduct, Ints, Ints, Slots]:
        """The record of instruction k, and its matrix, or the transpose of that, by lines."""
        at = int(builder.tape.arg0[k])
        record = read(builder.tape.meta, at)
        by = record._replace(transposed=1 - record.transposed) if turned else record
        return record, *self.by_lines(builder.tape, by)

    def lanes_records(self, builder: Any, lines: tuple[Ints, Ints, Slots], out: Any, given: Any, mode: int) -> list[Any]:
        """The records of a product, one for all lines of as many entries; `out` [lines, width] and `given` [inner, width] are places."""
        offsets, rows, data = lines
        counts = np.diff(offsets)
        values = builder.places(data)
        records = []
        for n in np.unique(counts).tolist():
            which = np.flatnonzero(counts == n)
            entries = (offsets[which][:, None] + np.arange(n)).astype(np.int64)
            width = given.shape[1]
            left = np.broadcast_to(values[entries][:, None, :], (which.size, width, n))
            right = given[rows[entries]].transpose(0, 2, 1)
            numbers = product(
                result=builder.keep(out[which].ravel()), left=builder.keep(left.ravel()), right=builder.keep(right.ravel()), inner=n,
                columns=1, rows=which.size * width, mode=mode,
            )  # fmt: skip
            records.append(builder.record(("structural", SPARSE_MATMUL, "lines"), (), numbers))
        return records

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        record, *lines = self.lanes_lines(builder, k, False)
        z = np.arange(builder.place[k], builder.place[k] + builder.size[k]).reshape(record.lines, record.width)
        b = builder.places(self.operands(builder.tape, int(builder.tape.arg0[k]), builder.size[k])[0].slots)
        return self.lanes_records(builder, tuple(lines), z, b, RIGHT if record.b.flags & ADJOINT else 0)  # type: ignore[arg-type]

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        if 0 not in p.passes[k]:
            return
        record, *lines = self.lanes_lines(p, k, True)
        g = np.arange(reverse.adjoint[k], reverse.adjoint[k] + p.size[k]).reshape(record.lines, record.width)
        b = self.operands(p.tape, int(p.tape.arg0[k]), p.size[k])[0].slots
        first, add = reverse.targets(b.ravel())
        out = np.array(p.lists[first : first + b.size]).reshape(b.shape)
        reverse.records += self.lanes_records(p, tuple(lines), out, g, RIGHT | (PLUS if add else 0))  # type: ignore[arg-type]


def _each(m: Any, block: NDArray[Any], width: int) -> NDArray[Any]:
    """A sparse matrix times each row of a block, which is a matrix of so many columns itself."""
    seeds = len(block)
    columns = block.reshape(seeds, -1, width).transpose(1, 0, 2).reshape(-1, seeds * width)
    found: NDArray[Any] = (m @ columns).reshape(-1, seeds, width).transpose(1, 0, 2).reshape(seeds, -1)
    return found


INSTRUCTION = SparseMatrixProduct(SPARSE_MATMUL)
register(INSTRUCTION, _native, _lanes)
