"""DETERMINANT: determinants of square matrices that LU has factored, or their signs and then the logarithms of their magnitudes.

The record is batch, rows, whether logarithms are wanted, where the factors of the first matrix stand and how far those of the next
are from them, and the matrices as a product has them (instructions/matmul). The adjoint of a matrix is that of its determinant times
the cofactors. These are the determinant times the inverse where that is far from singular; else the rule in Python finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import lu, solve
from jittape.instructions.base import Operand, register
from jittape.instructions.determinant.record import A_AT, LU_AT, RECORD, Determinants, read
from jittape.instructions.lu.record import Matrices
from jittape.instructions.matmul import contiguous, over_stacks, slots_of
from jittape.instructions.references import Slots, run_slots
from jittape.instructions.ruled import Ruled, Seen
from jittape.ops._generated.opcodes import MULZ
from jittape.ops.layout import CONSTANT, DETERMINANT, INACTIVE
from jittape.sweep.lanes.fields import PLUS, product


def _native() -> Any:
    from jittape.instructions.determinant import (
        native,  # start-up: Numba's functions are made when they are first needed
    )

    return native


def _lanes() -> Any:
    from jittape.instructions.determinant import lanes  # start-up, as above

    return lanes


class Determinant(Ruled):
    nonlinear = saves = saves_result = True

    # --- the record --------------------------------------------------------------------------------------------------------

    def append(self, tape: Any, a: Slots, constant: bool, logarithms: int) -> int:
        """Append determinants of matrices [batch, n, n], or signs and logarithms; returns their first slot."""
        found = lu.INSTRUCTION.append(tape, a, constant)
        return int(tape.append_run(DETERMINANT, found.batch * (1 + logarithms), (found.batch, found.n, logarithms, *found.numbers())))

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        record = read(tape.meta, at)
        base = self.append(tape, over_stacks(operands[0], points, record.batch), bool(record.a.flags & INACTIVE), record.logarithms)
        found = run_slots(base, points * n).reshape(1 + record.logarithms, points, record.batch)
        return contiguous(tape, found.transpose(1, 0, 2))

    def seen(self, tape: Any, at: int, n: int) -> Seen:
        record = read(tape.meta, at)
        results = [(record.batch,)] * (1 + record.logarithms)
        return Seen("slogdet" if record.logarithms else "det", self.operands(tape, at, n)[:1], (), results)  # type: ignore[arg-type]

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = read(tape.meta, at)
        a = slots_of(record.a, record.batch, record.n, record.n)
        return [Operand(a, bool(record.a.flags & INACTIVE)), Operand(lu.factor_slots(record.lu, record.lu_stride, record.batch, record.n), True)]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        record = by.meta[at : at + RECORD].copy()
        for place in (LU_AT, A_AT):
            record[place] = by.slot(int(record[place]))
        return record

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        found = read(reader.record(k, at, RECORD), 0)
        if min(found.batch, found.n) < 1 or found.logarithms not in (0, 1) or found.batch * (1 + found.logarithms) != n:
            reader.refuse(k, f"finds determinants of {found.batch} matrices of {found.n} rows, but has {n} slots")
        lu.validate_factors(reader, k, found.lu, found.lu_stride, found.batch, found.n)
        reader.matrix(k, found.a, found.batch, found.n, found.n, own)
        return at + RECORD

    # --- words -------------------------------------------------------------------------------------------------------------

    def title(self, tape: Any, at: int) -> str:
        return "slogdet" if read(tape.meta, at).logarithms else "det"

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = read(reader.tape.meta, at)
        return str(reader.matrix(record.a, record.batch, record.n, record.n))

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        record = read(tape.meta, at)
        a = self.operands(tape, at, n)[0].slots
        found: NDArray[np.int64] = a[np.minimum(places % record.batch, a.shape[0] - 1)].reshape(-1).astype(np.int64)
        return found

    # --- derivatives as instructions ---------------------------------------------------------------------------------------

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        record = read(sweep.tape.meta, at)
        if not record.logarithms:
            super().write_reverse(sweep, k, slot, at, n)
            return
        a, constant = self.operands(sweep.tape, at, n)[0]
        known = (sweep.adjoint[slot + record.batch : slot + n] >= 0).any()  # a sign passes nothing on
        if constant or not known or not sweep.active[a].any():
            return
        g = sweep.gradient(run_slots(slot + record.batch, record.batch))
        inverses = self.inverses(sweep.tape, record)
        sweep.add_array(a, sweep.apply(MULZ, g.reshape(record.batch, 1, 1), sweep.array(inverses)))

    @staticmethod
    def inverses(tape: Any, record: Determinants) -> Slots:
        """The slots of the inverses of the transposed matrices, appended."""
        identity = tape.append_leaf(np.eye(record.n, dtype=tape.dtype), CONSTANT)
        matrices = Matrices(record.batch, record.n, record.lu, record.lu_stride, record.a)
        base = solve.INSTRUCTION.append_factored(tape, matrices, run_slots(identity, record.n**2).reshape(1, record.n, record.n), True, 1)
        return run_slots(base, record.batch * record.n**2).reshape(record.batch, record.n, record.n)

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        record, factors, _ = self.lanes_parts(builder, k)
        z = np.arange(builder.place[k], builder.place[k] + builder.size[k]).reshape(-1, record.batch)
        records = []
        for i in range(record.batch):
            numbers = product(
                result=builder.keep(z[:, i]), left=builder.keep(factors[i]), right=0, inner=record.n, columns=1, rows=1, mode=record.logarithms
            )  # fmt: skip
            records.append(builder.record(("structural", DETERMINANT, "determinant"), (), numbers))
        return records

    def lanes_parts(self, builder: Any, k: int) -> tuple[Determinants, Any, Any]:
        """The record of instruction k, and for each matrix the places of the factors and the slots of the matrix."""
        at = int(builder.tape.arg0[k])
        record = read(builder.tape.meta, at)
        a, factors = (x.slots for x in self.operands(builder.tape, at, builder.size[k]))
        places = np.broadcast_to(builder.places(factors), (record.batch, factors.shape[1]))
        return record, places, np.broadcast_to(a, (record.batch, *a.shape[1:]))

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        """Adjoint of A += a factor times the inverse of A', which is solved for in lanes, too."""
        p = reverse.p
        if not p.passes[k]:
            return
        record, factors, a = self.lanes_parts(p, k)
        g = np.arange(reverse.adjoint[k], reverse.adjoint[k] + p.size[k]).reshape(-1, record.batch)
        z = np.arange(p.place[k], p.place[k] + p.size[k]).reshape(-1, record.batch)
        room = record.n**2
        first = reverse.allocator.take(room)
        inverse = np.arange(first, first + room)
        for i in range(record.batch):
            sources = [g[-1, i], z[-1, i], *factors[i]]
            numbers = product(result=p.keep(inverse), left=p.keep(sources), right=p.keep(p.places(a[i]).ravel()), inner=record.n, columns=1, rows=1, mode=record.logarithms)
            reverse.records.append(p.record(("structural", DETERMINANT, "cofactors"), (), numbers))
            target, add = reverse.targets(a[i].ravel())
            solve.INSTRUCTION.lanes_move(reverse, target, inverse, PLUS if add else 0)
        reverse.allocator.give(first, room)


INSTRUCTION = Determinant(DETERMINANT)
register(INSTRUCTION, _native, _lanes)
