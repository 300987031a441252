"""SOLVE: solutions of A[b] X[b] = B[b], or of A[b]' X[b] = B[b], for square matrices that LU has factored.

The record is batch, rows, columns of B, whether A is transposed, where the factors of the first matrix stand and how far those of the
next are from them, and A and B as a product has them (instructions/matmul). A itself is not read: its adjoint is that of its factors.
A matrix with a pivot of zero is left to Python, which raises NumPy's error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import lu, matmul
from jittape.instructions.base import Instruction, Operand, register
from jittape.instructions.blocks import Block, dense
from jittape.instructions.lu.record import Matrices
from jittape.instructions.matmul import over_stacks, readable, slots_of
from jittape.instructions.references import Slots, run_slots
from jittape.instructions.solve.record import A_AT, B_AT, LU_AT, RECORD, Solution, read
from jittape.ops._generated.opcodes import NEG
from jittape.ops.layout import ADJOINT, INACTIVE, SOLVE
from jittape.sweep.lanes.fields import LEFT, MINUS, PLUS, RIGHT, TRANSPOSED, product


def _native() -> Any:
    from jittape.instructions.solve import native  # start-up: Numba's functions are made when they are first needed

    return native


def _lanes() -> Any:
    from jittape.instructions.solve import lanes  # start-up, as above

    return lanes


class Solve(Instruction):
    nonlinear = saves = saves_result = refuses = True

    # --- the record --------------------------------------------------------------------------------------------------------

    def append(self, tape: Any, a: Slots, b: Slots, a_constant: bool, b_constant: bool, fixed: bool = False) -> int:
        """Append the solution for A [batch, n, n] and B [batch, n, m] (a batch of one is repeated); returns its first slot.

        `fixed`: A are constants of the tape.
        """
        return self.append_factored(tape, lu.INSTRUCTION.append(tape, a, a_constant, fixed), b, b_constant)

    def append_factored(self, tape: Any, a: Matrices, b: Slots, b_constant: bool, transposed: int = 0) -> int:
        """The same for matrices that are factored."""
        batch, columns = max(a.batch, b.shape[0]), b.shape[2]
        right = (*readable(tape, b), INACTIVE if b_constant else 0)
        return int(tape.append_run(SOLVE, batch * a.n * columns, (batch, a.n, columns, transposed, *a.numbers(), *right)))

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        record = read(tape.meta, at)
        a, b = operands[:2]
        if len(a) == 1 and record.batch == 1:  # its factors are there
            found = Matrices(1, record.n, record.lu, 0, record.a)
        else:
            found = lu.INSTRUCTION.append(tape, over_stacks(a, points, record.batch), bool(record.a.flags & INACTIVE))
        return self.append_factored(tape, found, over_stacks(b, points, record.batch), bool(record.b.flags & INACTIVE), record.transposed)

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = read(tape.meta, at)
        a = slots_of(record.a, record.batch, record.n, record.n)
        b = slots_of(record.b, record.batch, record.n, record.columns)
        factors = lu.factor_slots(record.lu, record.lu_stride, record.batch, record.n)
        return [Operand(a, bool(record.a.flags & INACTIVE)), Operand(b, bool(record.b.flags & INACTIVE)), Operand(factors, True)]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        record = by.meta[at : at + RECORD].copy()
        for place in (LU_AT, A_AT, B_AT):
            record[place] = by.slot(int(record[place]))
        return record

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        found = read(reader.record(k, at, RECORD), 0)
        if min(found.batch, found.n, found.columns) < 1 or found.batch * found.n * found.columns != n or found.transposed not in (0, 1):
            reader.refuse(k, f"solves {found.batch} systems of {found.n} x {found.columns}, but has {n} slots")
        lu.validate_factors(reader, k, found.lu, found.lu_stride, found.batch, found.n)
        reader.matrix(k, found.a, found.batch, found.n, found.n, own)
        reader.matrix(k, found.b, found.batch, found.n, found.columns, own)
        return at + RECORD

    # --- words -------------------------------------------------------------------------------------------------------------

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = read(reader.tape.meta, at)
        a = reader.matrix(record.a, record.batch, record.n, record.n)
        return f"{a}{' transposed' if record.transposed else ''}, {reader.matrix(record.b, record.batch, record.n, record.columns)}"

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        record = read(tape.meta, at)
        return tuple(length for length in (record.batch, record.n, record.columns) if length != 1), place

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        record = read(tape.meta, at)
        a, b, _ = (x.slots for x in self.operands(tape, at, n))
        matrix, column = places // (record.n * record.columns), places % record.columns
        left = a[np.minimum(matrix, a.shape[0] - 1)].reshape(-1)
        return np.concatenate([left, b[np.minimum(matrix, b.shape[0] - 1), :, column].reshape(-1)]).astype(np.int64)

    # --- what native code leaves to Python -----------------------------------------------------------------------------------

    def values(self, tape: Any, k: int) -> tuple[Solution, Any, Any]:
        """The record, and the values of the matrices (as they are solved with) and right-hand sides."""
        at, n = int(tape.arg0[k]), int(tape.arg1[k])
        record = read(tape.meta, at)
        a, b, _ = (tape.value[x.slots] for x in self.operands(tape, at, n))
        return record, a.mT if record.transposed else a, b

    def forward(self, tape: Any, k: int, s: int) -> None:
        record, a, b = self.values(tape, k)
        tape.value[s : s + int(tape.arg1[k])] = np.broadcast_to(np.linalg.solve(a, b), (record.batch, record.n, record.columns)).ravel()

    def reverse(self, tape: Any, k: int, s: int) -> None:
        record, a, b = self.values(tape, k)
        n = int(tape.arg1[k])
        shape = (record.batch, record.n, record.columns)
        g, x = tape.adjoint[s : s + n].reshape(shape).copy(), tape.value[s : s + n].reshape(shape)
        tape.adjoint[s : s + n] = 0.0
        for i in np.flatnonzero(g.any(axis=(1, 2))).tolist():
            left = np.linalg.solve(a[min(i, len(a) - 1)].T, g[i])
            outer = x[i] @ left.T if record.transposed else left @ x[i].T
            for operand, part in zip(self.operands(tape, int(tape.arg0[k]), n), (-outer, left), strict=False):
                if not operand.constant:
                    tape.adjoint[operand.slots[min(i, len(operand.slots) - 1)]] += part

    def tangent(self, tape: Any, k: int, s: int) -> None:
        record, a, b = self.values(tape, k)
        n = int(tape.arg1[k])
        ta, tb = (tape.tangent_[x.slots] for x in self.operands(tape, int(tape.arg0[k]), n)[:2])
        x = tape.value[s : s + n].reshape(record.batch, record.n, record.columns)
        tape.tangent_[s : s + n] = np.linalg.solve(a, tb - (ta.mT if record.transposed else ta) @ x).ravel()

    # --- derivatives as instructions ---------------------------------------------------------------------------------------

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        tape = sweep.tape
        record = read(tape.meta, at)
        (a, a_constant), (b, b_constant), _ = self.operands(tape, at, n)
        shape = (record.batch, record.n, record.columns)
        g, x = sweep.gradient(run_slots(slot, n)).slots.reshape(shape), run_slots(slot, n).reshape(shape)
        matrices = Matrices(a.shape[0], record.n, record.lu, record.lu_stride, record.a)
        base = self.append_factored(tape, matrices, g, False, 1 - record.transposed)
        left = run_slots(base, n).reshape(shape)
        if not b_constant and sweep.active[b].any():
            self.contribute(sweep, b, sweep.array(left))
        if not a_constant and sweep.active[a].any():
            if record.transposed:
                part = sweep.matmul(x, left.transpose(0, 2, 1), False, False, 0, ADJOINT)
            else:
                part = sweep.matmul(left, x.transpose(0, 2, 1), False, False, ADJOINT, 0)
            self.contribute(sweep, a, sweep.apply(NEG, part))

    @staticmethod
    def contribute(sweep: Any, slots: Slots, part: Any) -> None:
        """Add adjoints to an operand, of which one matrix may serve all."""
        sweep.add_array(slots, np.sum(part, axis=0, keepdims=True) if slots.shape[0] == 1 and part.shape[0] > 1 else part)

    # --- blocks of seeds -----------------------------------------------------------------------------------------------------

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return forwards

    def push_blocks(self, tape: Any, step: Any, value: Any, blocks: dict[int, Block]) -> Block:
        """The tangents of B less those of A times X, a system with as many columns for all seeds."""
        from scipy.linalg.lapack import get_lapack_funcs  # for start-up

        record = read(tape.meta, step.at)
        shape = (record.batch, record.n, record.columns)
        x, right = value[step.first : step.first + step.n].reshape(shape), None
        if 1 in blocks:
            right = dense(blocks[1]).reshape(-1, shape[0] if record.b.batch_stride else 1, *shape[1:])
        if 0 in blocks:
            a = dense(blocks[0]).reshape(-1, shape[0] if record.a.batch_stride else 1, record.n, record.n)
            part = (a.mT if record.transposed else a) @ x
            right = -part if right is None else right - part
        assert right is not None
        found = np.empty((len(right), *shape), value.dtype)
        (getrs,) = get_lapack_funcs(("getrs",), (value,))
        factors = value[lu.factor_slots(record.lu, record.lu_stride, record.batch, record.n)]
        for i in range(record.batch):
            own = factors[min(i, len(factors) - 1)]
            matrix, pivots = own[: record.n**2].reshape(record.n, record.n).T, own[record.n**2 :].astype(np.int32)
            columns = right[:, min(i, right.shape[1] - 1)].transpose(1, 0, 2).reshape(record.n, -1)
            solved, _ = getrs(matrix, pivots, columns, trans=record.transposed)
            found[:, i] = solved.reshape(record.n, -1, record.columns).transpose(1, 0, 2)
        return found.reshape(len(found), -1)

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_solve(self, builder: Any, record: Solution, result: Any, factors: Any, right: Any, transposed: int) -> Any:
        """The record that solves for matrices of places."""
        numbers = product(
            result=builder.keep(result.ravel()), left=builder.keep(factors), right=builder.keep(right.ravel()),
            inner=record.n, columns=record.columns, rows=record.n, mode=TRANSPOSED if transposed else 0,
        )  # fmt: skip
        return builder.record(("structural", SOLVE, "solve"), (), numbers)

    def lanes_parts(self, builder: Any, k: int) -> tuple[Solution, Any, Any, Any]:
        """The record of instruction k, and for each matrix of the stack the slots of A and B and the places of the factors."""
        at = int(builder.tape.arg0[k])
        record = read(builder.tape.meta, at)
        a, b, factors = (x.slots for x in self.operands(builder.tape, at, builder.size[k]))
        a, b = (np.broadcast_to(x, (record.batch, *x.shape[1:])) for x in (a, b))
        return record, a, b, np.broadcast_to(builder.places(factors), (record.batch, factors.shape[1]))

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        record, _, b, factors = self.lanes_parts(builder, k)
        z = np.arange(builder.place[k], builder.place[k] + builder.size[k]).reshape(record.batch, -1)
        return [self.lanes_solve(builder, record, z[i], factors[i], builder.places(b[i]), record.transposed) for i in range(record.batch)]

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        record, a, b, factors = self.lanes_parts(p, k)
        shape = (record.batch, record.n, record.columns)
        g = np.arange(reverse.adjoint[k], reverse.adjoint[k] + p.size[k]).reshape(shape)
        x = np.arange(p.place[k], p.place[k] + p.size[k]).reshape(shape)
        room = record.n * record.columns
        first = reverse.allocator.take(room)
        left = np.arange(first, first + room).reshape(shape[1:])
        for i in range(record.batch):
            reverse.records.append(self.lanes_solve(p, record, left, factors[i], g[i], 1 - record.transposed))
            if 1 in p.passes[k]:
                target, add = reverse.targets(b[i].ravel())
                self.lanes_move(reverse, target, left, PLUS if add else 0)
            if 0 in p.passes[k]:
                self.lanes_move(reverse, p.keep(left.ravel()), left, MINUS)
                target, add = reverse.targets(a[i].ravel())
                out, plus = np.array(p.lists[target : target + a[i].size]), PLUS if add else 0
                pair = (x[i], left.T, RIGHT | plus) if record.transposed else (left, x[i].T, LEFT | plus)
                reverse.records.append(matmul.INSTRUCTION.lanes_record(p, out, *pair))
        reverse.allocator.give(first, room)

    @staticmethod
    def lanes_move(reverse: Any, target: int, source: Any, mode: int) -> None:
        numbers = product(result=target, left=reverse.p.keep(source.ravel()), right=0, inner=source.size, columns=1, rows=1, mode=mode)
        reverse.records.append(reverse.p.record(("structural", SOLVE, "move"), (), numbers))


INSTRUCTION = Solve(SOLVE)
register(INSTRUCTION, _native, _lanes)
