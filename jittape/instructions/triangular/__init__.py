"""TRIANGULAR: solutions of A[b] X[b] = B[b], where of A the lower or the upper triangle is read.

The record is batch, rows, columns of B, whether the lower triangle is read, whether its diagonal is taken for ones, and A and B as a
product has them (instructions/matmul). A zero on the diagonal is left to Python, which raises an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import Operand, register
from jittape.instructions.matmul import over_stacks, readable, slots_of
from jittape.instructions.references import Slots
from jittape.instructions.ruled import Ruled, Seen
from jittape.instructions.triangular.record import A_AT, B_AT, RECORD, Triangular, read
from jittape.ops.layout import INACTIVE, TRIANGULAR
from jittape.sweep.lanes.fields import LOWER, PLUS, TRANSPOSED, UNIT, product


def _native() -> Any:
    from jittape.instructions.triangular import native  # start-up: Numba is imported when it is needed

    return native


def _lanes() -> Any:
    from jittape.instructions.triangular import lanes  # start-up, as above

    return lanes


class TriangularSolve(Ruled):
    nonlinear = saves = saves_result = refuses = True

    # --- the record --------------------------------------------------------------------------------------------------------

    def append(self, tape: Any, a: Slots, b: Slots, a_constant: bool, b_constant: bool, lower: int, unit: int) -> int:
        """Append the solution for A [batch, n, n] and B [batch, n, m] (a batch of one is repeated); returns its first slot."""
        batch, n, columns = max(a.shape[0], b.shape[0]), a.shape[1], b.shape[2]
        left = (*readable(tape, a), INACTIVE if a_constant else 0)
        right = (*readable(tape, b), INACTIVE if b_constant else 0)
        return int(tape.append_run(TRIANGULAR, batch * n * columns, (batch, n, columns, lower, unit, *left, *right)))

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        record = read(tape.meta, at)
        a, b = (over_stacks(x, points, record.batch) for x in operands)
        return self.append(tape, a, b, bool(record.a.flags & INACTIVE), bool(record.b.flags & INACTIVE), record.lower, record.unit)

    def seen(self, tape: Any, at: int, n: int) -> Seen:
        record = read(tape.meta, at)
        return Seen("solve_triangular", self.operands(tape, at, n), (record.lower, record.unit), [(record.batch, record.n, record.columns)])

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = read(tape.meta, at)
        sides = ((record.a, record.n), (record.b, record.columns))
        return [Operand(slots_of(x, record.batch, record.n, columns), bool(x.flags & INACTIVE)) for x, columns in sides]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        record = by.meta[at : at + RECORD].copy()
        for place in (A_AT, B_AT):
            record[place] = by.slot(int(record[place]))
        return record

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        found = read(reader.record(k, at, RECORD), 0)
        if min(found.batch, found.n, found.columns) < 1 or found.batch * found.n * found.columns != n or not {found.lower, found.unit} <= {0, 1}:
            reader.refuse(k, f"solves {found.batch} systems of {found.n} x {found.columns}, but has {n} slots")
        reader.matrix(k, found.a, found.batch, found.n, found.n, own)
        reader.matrix(k, found.b, found.batch, found.n, found.columns, own)
        return at + RECORD

    # --- words -------------------------------------------------------------------------------------------------------------

    def title(self, tape: Any, at: int) -> str:
        return "solve_triangular"

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = read(reader.tape.meta, at)
        what = f"{'lower' if record.lower else 'upper'}{', unit diagonal' if record.unit else ''}"
        return f"{reader.matrix(record.a, record.batch, record.n, record.n)} {what}, {reader.matrix(record.b, record.batch, record.n, record.columns)}"

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        record = read(tape.meta, at)
        return tuple(length for length in (record.batch, record.n, record.columns) if length != 1), place

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        record = read(tape.meta, at)
        a, b = (x.slots for x in self.operands(tape, at, n))
        matrix, column = places // (record.n * record.columns), places % record.columns
        left = a[np.minimum(matrix, a.shape[0] - 1)].reshape(-1)
        return np.concatenate([left, b[np.minimum(matrix, b.shape[0] - 1), :, column].reshape(-1)]).astype(np.int64)

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_parts(self, builder: Any, k: int) -> tuple[Triangular, list[Any]]:
        """The record of instruction k, and the slots of A and B for each matrix of the stack."""
        at = int(builder.tape.arg0[k])
        record = read(builder.tape.meta, at)
        return record, [np.broadcast_to(x.slots, (record.batch, *x.slots.shape[1:])) for x in self.operands(builder.tape, at, builder.size[k])]

    def lanes_solve(self, builder: Any, record: Triangular, result: Any, a: Any, right: Any, transposed: int) -> Any:
        mode = (LOWER if record.lower else 0) | (UNIT if record.unit else 0) | transposed
        numbers = product(
            result=builder.keep(result.ravel()), left=builder.keep(builder.places(a).ravel()), right=builder.keep(right.ravel()),
            inner=record.n, columns=record.columns, rows=record.n, mode=mode,
        )  # fmt: skip
        return builder.record(("structural", TRIANGULAR, "solve"), (), numbers)

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        record, (a, b) = self.lanes_parts(builder, k)
        z = np.arange(builder.place[k], builder.place[k] + builder.size[k]).reshape(record.batch, -1)
        return [self.lanes_solve(builder, record, z[i], a[i], builder.places(b[i]), 0) for i in range(record.batch)]

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        record, (a, b) = self.lanes_parts(p, k)
        shape = (record.batch, record.n * record.columns)
        g = np.arange(reverse.adjoint[k], reverse.adjoint[k] + p.size[k]).reshape(shape)
        x = np.arange(p.place[k], p.place[k] + p.size[k]).reshape(shape)
        room = shape[1]
        first = reverse.allocator.take(room)
        left = np.arange(first, first + room)
        for i in range(record.batch):
            reverse.records.append(self.lanes_solve(p, record, left, a[i], g[i], TRANSPOSED))
            if 1 in p.passes[k]:
                target, add = reverse.targets(b[i].ravel())
                numbers = product(result=target, left=p.keep(left), right=0, inner=room, columns=1, rows=1, mode=PLUS if add else 0)
                reverse.records.append(p.record(("structural", TRIANGULAR, "move"), (), numbers))
            if 0 in p.passes[k]:
                reverse.fill(a[i].ravel())
                target, _ = reverse.targets(a[i].ravel())
                mode = (LOWER if record.lower else 0) | (UNIT if record.unit else 0)
                numbers = product(result=target, left=p.keep(left), right=p.keep(x[i]), inner=record.n, columns=record.columns, rows=record.n, mode=mode)
                reverse.records.append(p.record(("structural", TRIANGULAR, "subtract"), (), numbers))
        reverse.allocator.give(first, room)


INSTRUCTION = TriangularSolve(TRIANGULAR)
register(INSTRUCTION, _native, _lanes)
