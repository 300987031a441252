"""CHOLESKY: the lower triangular factors of stacks of positive definite matrices, of which the lower triangle is read.

The record is batch, rows, and the matrices as a product has them (instructions/matmul), as LU's. A matrix that is not positive definite
is left to Python, which raises NumPy's error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import register
from jittape.instructions.lu.matrices import OfMatrices
from jittape.instructions.lu.record import read
from jittape.instructions.matmul import over_stacks, readable
from jittape.instructions.references import Slots
from jittape.instructions.ruled import Ruled, Seen
from jittape.ops.layout import CHOLESKY, INACTIVE
from jittape.sweep.lanes.fields import product


def _native() -> Any:
    from jittape.instructions.cholesky import native  # start-up: Numba's functions are made when they are first needed

    return native


def _lanes() -> Any:
    from jittape.instructions.cholesky import lanes  # start-up, as above

    return lanes


class Cholesky(OfMatrices, Ruled):
    nonlinear = saves = saves_result = refuses = True

    # --- the record --------------------------------------------------------------------------------------------------------

    def results(self, n: int) -> int:
        return n * n

    def append(self, tape: Any, a: Slots, constant: bool) -> int:
        """Append the factors of matrices [batch, n, n]; returns the first slot."""
        batch, n = a.shape[:2]
        return int(tape.append_run(CHOLESKY, batch * n * n, (batch, n, *readable(tape, a), INACTIVE if constant else 0)))

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        record = read(tape.meta, at)
        return self.append(tape, over_stacks(operands[0], points, record.batch), bool(record.matrix.flags & INACTIVE))

    def seen(self, tape: Any, at: int, n: int) -> Seen:
        record = read(tape.meta, at)
        return Seen("cholesky", self.operands(tape, at, n), (), [(record.batch, record.n, record.n)])

    # --- words -------------------------------------------------------------------------------------------------------------

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        record = read(tape.meta, at)
        return (record.n, record.n) if record.batch == 1 else (record.batch, record.n, record.n), place

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        record = read(tape.meta, at)
        a = self.operands(tape, at, n)[0].slots[np.minimum(places // record.n**2, record.batch - 1)]
        found: NDArray[np.int64] = a[..., np.tri(record.n, dtype=bool)].reshape(-1).astype(np.int64)
        return found

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_parts(self, builder: Any, k: int) -> tuple[int, Any]:
        """Rows, and for each matrix its slots."""
        record = read(builder.tape.meta, int(builder.tape.arg0[k]))
        return record.n, builder.operands[k][0].slots.reshape(record.batch, -1)

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        n, a = self.lanes_parts(builder, k)
        z = np.arange(builder.place[k], builder.place[k] + builder.size[k]).reshape(len(a), -1)
        records = []
        for out, slots in zip(z, a, strict=True):
            numbers = product(result=builder.keep(out), left=builder.keep(builder.places(slots)), right=0, inner=n, columns=n, rows=n)
            records.append(builder.record(("structural", CHOLESKY, "factor"), (), numbers))
        return records

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        if not p.passes[k]:
            return
        n, a = self.lanes_parts(p, k)
        g = np.arange(reverse.adjoint[k], reverse.adjoint[k] + p.size[k]).reshape(len(a), -1)
        z = np.arange(p.place[k], p.place[k] + p.size[k]).reshape(len(a), -1)
        first = reverse.allocator.take(n * n)
        room = p.keep(np.arange(first, first + n * n))
        for i, slots in enumerate(a):
            reverse.fill(slots)
            target, _ = reverse.targets(slots)
            both = p.keep(np.concatenate([g[i], z[i]]))
            numbers = product(result=target, left=both, right=room, inner=n, columns=n, rows=n)
            reverse.records.append(p.record(("structural", CHOLESKY, "adjoint"), (), numbers))
        reverse.allocator.give(first, n * n)


INSTRUCTION = Cholesky(CHOLESKY)
register(INSTRUCTION, _native, _lanes)
