"""MATMUL: products of stacks of matrices, C[b] = A[b] @ B[b].

The record is batch, m, inner length, columns, and for A and for B five numbers: base, batch stride (0 where one matrix
serves all), row stride, column stride, flags. One stride of a matrix is 1 and the other at least the length of a line, so that
BLAS can read it, or the product is small and any strides will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import Counts, Instruction, Ints, Operand, register
from jittape.instructions.blocks import Block, NotFinite, Picked, dense, finite, multiplied
from jittape.instructions.matmul.record import A_AT, B_AT, RECORD, SMALL, Matrix, Product, read
from jittape.instructions.references import Slots, is_shared, reference, run_slots, strided
from jittape.ops._generated.opcodes import POS
from jittape.ops.layout import ADJOINT, INACTIVE, MATMUL
from jittape.sweep.lanes.fields import LEFT, PLUS, RIGHT, product


def _native() -> Any:
    from jittape.instructions.matmul import native  # start-up: Numba's functions are made when they are first needed

    return native


def _lanes() -> Any:
    from jittape.instructions.matmul import lanes  # start-up, as above

    return lanes


def slots_of(matrix: Matrix, batch: int, rows: int, columns: int) -> Slots:
    """The slots of a factor, [batch or 1, rows, columns]."""
    shape = (batch if matrix.batch_stride else 1, rows, columns)
    return strided(matrix.base, shape, (matrix.batch_stride, matrix.row_stride, matrix.column_stride))


def over_stacks(slots: Slots, points: int, batch: int) -> Slots:
    """The slots [points or 1, batch or 1, rows, columns] of many points' matrices as one stack, whose one matrix may serve all."""
    stack: Slots
    if slots.shape[:2] == (1, 1):
        stack = slots[0]
        return stack
    stack = np.broadcast_to(slots, (points, batch, *slots.shape[2:])).reshape(points * batch, *slots.shape[2:])
    return stack


def readable(tape: Any, slots: Slots) -> tuple[int, int, int, int]:
    """(base, batch stride, row stride, column stride) that BLAS can read; copied on the tape where they are not so."""
    count, rows, columns = slots.shape
    if slots.size and is_shared(slots):
        batch, row, column = (st // slots.itemsize for st in slots.strides)
        if columns == 1:
            column = 1 if row != 1 else rows
        if rows == 1:
            row = columns if column == 1 else 1
        if (column == 1 and row >= columns) or (row == 1 and column >= rows):
            return int(slots.flat[0]), batch if count > 1 else 0, row, column
    return contiguous(tape, slots), rows * columns if count > 1 else 0, columns, 1


def contiguous(tape: Any, slots: Slots) -> int:
    """The base of slots as a contiguous run, copied on the tape where they are none."""
    if slots.size == 1 or (slots.size and is_shared(slots) and slots.flags.c_contiguous):
        return int(slots.flat[0])
    return int(tape.append_run(POS, slots.size, reference(tape, slots, slots.shape)))


def rows_times(block: Block, matrix: NDArray[Any], rows: int) -> NDArray[Any]:
    """A block whose elements are matrices of so many rows, each multiplied with a matrix from the right."""
    if rows == 1:
        if isinstance(block, Picked):
            there = slice(None) if block.full else np.flatnonzero(block.rows >= 0)
            row, values = block.rows[there], block.values[there]
            if row.size == block.seeds and (row == np.arange(row.size)).all():  # a diagonal
                if isinstance(there, np.ndarray) and there[-1] - there[0] == there.size - 1:
                    there = slice(int(there[0]), int(there[-1]) + 1)
                found: NDArray[Any] = matrix[there]
                return found if (values == 1.0).all() else values[:, None] * found
        return multiplied(block, matrix)
    g = dense(block)
    if not g.flags.c_contiguous:  # a transposed matrix a seed, which BLAS reads as it is
        found = np.matmul(g.reshape(len(g), rows, -1), matrix)
    else:
        found = g.reshape(len(g) * rows, -1) @ matrix
    return found.reshape(len(g), -1)


class MatrixProduct(Instruction):
    nonlinear = saves = True

    # --- the record --------------------------------------------------------------------------------------------------------

    def append(self, tape: Any, a: Slots, b: Slots, a_constant: bool, b_constant: bool, a_flags: int = 0, b_flags: int = 0) -> int:
        """Append A @ B for stacks of matrices [batch, m, k] and [batch, k, n] (a batch of one is repeated); returns its first slot.

        `a_flags` and `b_flags` may be ADJOINT (see ops/layout.py).
        """
        batch = max(a.shape[0], b.shape[0])
        m, k, n = a.shape[1], a.shape[2], b.shape[2]
        first = (*readable(tape, a), (INACTIVE if a_constant else 0) | a_flags)
        second = (*readable(tape, b), (INACTIVE if b_constant else 0) | b_flags)
        return self.append_read(tape, (batch, m, k, n), first, second)

    def append_read(self, tape: Any, lengths: tuple[int, int, int, int], a: Sequence[int], b: Sequence[int]) -> int:
        """The same of factors that are given as `Matrix` has it; `lengths` are batch, m, inner length and columns."""
        return int(tape.append_run(MATMUL, lengths[0] * lengths[1] * lengths[3], (*lengths, *a, *b)))

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        record = read(tape.meta, at)
        (a, b), flags = operands, (record.a.flags, record.b.flags)
        if record.batch == 1 and len(a) == 1 and record.columns == 1:  # the points' vectors as the rows of one matrix
            (a, b), flags = (b.reshape(1, points, -1), a[0].transpose(0, 2, 1)), flags[::-1]
        elif record.batch == 1 and len(b) == 1:
            a, b = a.reshape(1, -1, record.inner), b[0]
        else:
            a, b = over_stacks(a, points, record.batch), over_stacks(b, points, record.batch)
        constant, kept = [bool(f & INACTIVE) for f in flags], [f & ADJOINT for f in flags]
        return self.append(tape, a, b, *constant, *kept)

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = read(tape.meta, at)
        return [Operand(slots_of(x, record.batch, rows, columns), bool(x.flags & INACTIVE)) for x, rows, columns in record.sides()]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        record = by.meta[at : at + RECORD].copy()
        found = read(record, 0)
        for place, (matrix, rows, columns) in zip((A_AT, B_AT), found.sides(), strict=True):
            if found.batch and rows and columns:
                record[place] = by.slot(matrix.base)
        return record

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        found = read(reader.record(k, at, RECORD), 0)
        batch, m, inner, columns = found[:4]
        if min(batch, m, inner, columns) < 0 or batch * m * columns != n:
            reader.refuse(k, f"multiplies {batch} matrices of {m} x {inner} x {columns}, but has {n} slots")
        work = m * inner * columns
        for x, r, c in found.sides():
            reader.matrix(k, x, batch, r, c, own, any_strides=work <= SMALL)
        return at + RECORD

    # --- words -------------------------------------------------------------------------------------------------------------

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = read(reader.tape.meta, at)
        return " @ ".join(reader.matrix(x, record.batch, rows, columns) for x, rows, columns in record.sides())

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        record = read(tape.meta, at)
        return tuple(length for length in (record.batch, record.m, record.columns) if length != 1), place

    def places(self, record: Product, which: Any) -> tuple[Any, Any, Any]:
        """(matrix of the stack, row, column) of elements."""
        return which // (record.m * record.columns), which // record.columns % record.m, which % record.columns

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        left, right = self.lines(tape, at, n, places)
        return np.stack([left, right], axis=-1).reshape(-1).astype(np.int64)

    def lines(self, tape: Any, at: int, n: int, which: Any) -> tuple[Slots, Slots]:
        """For each of these elements the row of A and the column of B that it is computed from."""
        (a, _), (b, _) = self.operands(tape, at, n)
        matrix, row, column = self.places(read(tape.meta, at), which)
        return a[np.minimum(matrix, a.shape[0] - 1), row], b[np.minimum(matrix, b.shape[0] - 1), :, column]

    # --- derivatives as instructions ---------------------------------------------------------------------------------------

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        tape = sweep.tape
        record = read(tape.meta, at)
        (a, a_constant), (b, b_constant) = self.operands(tape, at, n)
        out = sweep.gradient(run_slots(slot, n)).slots.reshape(record.batch, record.m, record.columns)
        for slots, constant, left, right, flags in (
            (a, a_constant, out, b.transpose(0, 2, 1), (False, b_constant, ADJOINT, 0)),
            (b, b_constant, a.transpose(0, 2, 1), out, (a_constant, False, 0, ADJOINT)),
        ):
            if constant or not sweep.active[slots].any():
                continue
            if slots.strides[1] < slots.strides[2] and 1 not in slots.shape[1:]:  # column by column: what is added to the adjoints lies as they do
                slots, left, right, flags = slots.transpose(0, 2, 1), right.transpose(0, 2, 1), left.transpose(0, 2, 1), (*flags[1::-1], *flags[:1:-1])
            part = sweep.matmul(left, right, *flags)
            if slots.shape[0] == 1 and record.batch > 1:
                part = np.sum(part, axis=0, keepdims=True)
            sweep.add_array(slots, part)

    def rows(self, elimination: Any, at: int, n: int, which: Ints) -> tuple[Counts, Slots, Any]:
        """Each element reads a row of one factor, times a column of the other, and the other way round."""
        left, right = self.lines(elimination.tape, at, n, which)
        (_, a_constant), (_, b_constant) = self.operands(elimination.tape, at, n)
        sides = [pair for pair, constant in (((left, right), a_constant), ((right, left), b_constant)) if not constant]
        slots, factors = (np.concatenate([pair[i] for pair in sides], axis=1) for i in range(2))
        elimination.spend(slots.size)
        return np.full(which.size, slots.shape[1]), slots.reshape(-1), elimination.value(factors.reshape(-1))

    def inner(self, tape: Any, at: int) -> int:
        record = read(tape.meta, at)
        return record.inner * sum(not matrix.flags & INACTIVE for matrix, _, _ in record.sides())

    def write_curvature(self, elimination: Any, slot: int, at: int, n: int) -> None:
        record = read(elimination.tape.meta, at)
        (a, a_constant), (b, b_constant) = self.operands(elimination.tape, at, n)
        if a_constant or b_constant:
            return
        shape = (record.batch, record.m, record.inner, record.columns)
        elements = record.batch * record.m * record.inner * record.columns
        elimination.multiply(elements)
        elimination.spend(elements)
        g = np.broadcast_to(elimination.gradient(run_slots(slot, n)).slots.reshape(record.batch, record.m, 1, record.columns), shape)
        pairs = np.broadcast_to(a[:, :, :, None], shape), np.broadcast_to(b[:, None], shape)
        left, right = (np.ascontiguousarray(s).reshape(-1) for s in pairs)
        elimination.put(left, right, elimination.value(g.reshape(-1)))

    # --- blocks of seeds -----------------------------------------------------------------------------------------------------

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return read(tape.meta, at).batch == 1

    def other(self, tape: Any, step: Any, e: int, value: NDArray[Any]) -> tuple[Product, NDArray[Any]]:
        """The record, and the values of the factor that operand e is multiplied with.

        Raises:
            NotFinite: it has infinities or NaN.
        """
        record = read(tape.meta, step.at)
        matrix, rows, columns = record.sides()[1 - e]
        if matrix.row_stride > 0 and matrix.column_stride > 0:
            strides = matrix.row_stride * value.itemsize, matrix.column_stride * value.itemsize
            found: NDArray[Any] = np.ndarray((rows, columns), value.dtype, value, matrix.base * value.itemsize, strides)
        else:
            found = value[slots_of(matrix, 1, rows, columns)[0]]
        good = step.known.get(e)
        if good is None:
            good = finite(found.ravel(order="K"))
            if step.fixed[1 - e]:
                step.known[e] = good
        if not good:
            raise NotFinite
        return record, found

    def pull_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        record, other = self.other(tape, step, e, value)
        if e == 0:
            return rows_times(block, other.T, record.m)
        if record.columns == 1:
            return rows_times(block, other, 1)
        g = dense(block).reshape(-1, record.m, record.columns)
        return np.matmul(other.T, g).reshape(len(g), -1)

    def push_block(self, tape: Any, step: Any, e: int, value: Any, block: Block) -> Block:
        record, other = self.other(tape, step, e, value)
        if e == 0:
            return rows_times(block, other, record.m)
        if record.columns == 1:
            return rows_times(block, other.T, 1)
        t = dense(block).reshape(-1, record.inner, record.columns)
        return np.matmul(other, t).reshape(len(t), -1)

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_record(self, builder: Any, result: Any, left: Any, right: Any, mode: int) -> Any:
        """The record of a product of matrices of places; `result` may be places that `builder.keep` keeps or where it keeps them."""
        m, inner = left.shape
        numbers = product(
            result=builder.keep(result.ravel()), left=builder.keep(left.ravel()), right=builder.keep(right.ravel()), inner=inner,
            columns=right.shape[1], rows=m, mode=mode,
        )  # fmt: skip
        return builder.record(("structural", MATMUL, "product"), (), numbers)

    def factors(self, builder: Any, k: int) -> tuple[Product, list[Any]]:
        """The record of instruction k, and the slots of its factors, a matrix for each of the stack."""
        at = int(builder.tape.arg0[k])
        record = read(builder.tape.meta, at)
        return record, [np.broadcast_to(x.slots, (record.batch, *x.slots.shape[1:])) for x in self.operands(builder.tape, at, builder.size[k])]

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        if not builder.size[k]:
            return []
        record, (a, b) = self.factors(builder, k)
        mode = (LEFT if record.a.flags & ADJOINT else 0) | (RIGHT if record.b.flags & ADJOINT else 0)
        z, size = builder.place[k], record.m * record.columns
        left, right = builder.places(a), builder.places(b)
        return [self.lanes_record(builder, np.arange(z + i * size, z + (i + 1) * size), left[i], right[i], mode) for i in range(record.batch)]

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        """Adjoint of A += G B', adjoint of B += A' G, where zeros of G give zero."""
        p = reverse.p
        if not p.size[k]:
            return
        record, (a, b) = self.factors(p, k)
        g = np.arange(reverse.adjoint[k], reverse.adjoint[k] + p.size[k]).reshape(record.batch, record.m, record.columns)
        for e in p.passes[k]:
            slots, other = (a, p.places(b)) if e == 0 else (b, p.places(a))
            for i in range(record.batch):
                if not slots[i].size:
                    continue
                first, add = reverse.targets(slots[i].ravel())
                out, plus = np.array(p.lists[first : first + slots[i].size]), PLUS if add else 0
                if e == 0:
                    reverse.records.append(self.lanes_record(p, out, g[i], other[i].T, LEFT | plus))
                else:
                    reverse.records.append(self.lanes_record(p, out, other[i].T, g[i], RIGHT | plus))


INSTRUCTION = MatrixProduct(MATMUL)
register(INSTRUCTION, _native, _lanes)
