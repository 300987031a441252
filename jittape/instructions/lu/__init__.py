"""LU: the factors of stacks of square matrices, P A = L U, which solutions and determinants of these matrices share.

The record is batch, rows, and five numbers of the matrices as a product has them (instructions/matmul). A matrix of n rows gives n n
slots, L and U in columns, and n pivots: row i was exchanged with row pivots[i]. Factors have no derivative of their own: what is
computed with them passes adjoints on to the matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import register
from jittape.instructions.lu.matrices import OfMatrices
from jittape.instructions.lu.record import RECORD, Matrices, read, size
from jittape.instructions.matmul import over_stacks, readable
from jittape.instructions.matmul.record import Matrix
from jittape.instructions.references import Slots, strided
from jittape.ops.layout import CONSTANT, INACTIVE, LU
from jittape.sweep.lanes.fields import product


def _native() -> Any:
    from jittape.instructions.lu import native  # start-up: Numba's functions are made when they are first needed

    return native


def _lanes() -> Any:
    from jittape.instructions.lu import lanes  # start-up, as above

    return lanes


def factor_slots(base: int, stride: int, batch: int, n: int) -> Slots:
    """The slots of factors, [batch or 1, as many as a matrix has]."""
    return strided(base, (batch if stride else 1, size(n)), (stride, 1))


def validate_factors(reader: Any, k: int, base: int, stride: int, batch: int, n: int) -> None:
    """Refuse a record whose factors are neither constants nor what an instruction made of matrices of n rows."""
    if stride not in (0, size(n)):
        reader.refuse(k, "has a damaged reference")
    reader.spend(k, batch * size(n))
    if reader.constant(base, (batch if stride else 1) * size(n), k):
        return
    made = reader.made_by(k, base, LU, (batch if stride else 1) * size(n))
    if read(reader.record(k, made, RECORD), 0).n != n:
        reader.refuse(k, "has factors of other matrices")


def factored(a: Any) -> Any:
    """The factors of ndarrays, as the instruction writes them."""
    from scipy.linalg.lapack import get_lapack_funcs  # for start-up

    n = a.shape[-1]
    (getrf,) = get_lapack_funcs(("getrf",), (a,))
    out = np.empty((len(a), size(n)), a.dtype)
    for one, matrix in zip(out, a, strict=True):
        lu, pivots, _ = getrf(matrix)
        one[: n * n], one[n * n :] = lu.T.ravel(), pivots
    return out


REMEMBERED = 1000
"""Factors that a tape knows the matrices of."""


class Factors(OfMatrices):
    # --- the record --------------------------------------------------------------------------------------------------------

    def results(self, n: int) -> int:
        return size(n)

    def append(self, tape: Any, a: Slots, constant: bool, fixed: bool = False) -> Matrices:
        """The factors of matrices [batch, n, n]: those that the tape has, or appended.

        Args:
            fixed: they are constants of the tape, whose factors are constants, too, where it is replayed.
        """
        batch, n = a.shape[:2]
        matrix = (*readable(tape, a), INACTIVE if constant else 0)
        key = (batch, n, *matrix[:-1])
        base = tape.factors.get(key, -1)
        if base < 0:
            if fixed and tape.replayable:
                base = tape.append_leaf(factored(tape.value[a]), CONSTANT)
            else:
                base = int(tape.append_run(LU, batch * size(n), (batch, n, *matrix)))
            if tape.keeps:
                if len(tape.factors) >= REMEMBERED:
                    tape.factors.clear()
                tape.factors[key] = base
        return Matrices(batch, n, base, size(n) if batch > 1 else 0, Matrix(*matrix))

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        record = read(tape.meta, at)
        return self.append(tape, over_stacks(operands[0], points, record.batch), bool(record.matrix.flags & INACTIVE)).lu

    # --- words -------------------------------------------------------------------------------------------------------------

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        return self.operands(tape, at, n)[0].slots.reshape(-1).astype(np.int64)

    # --- derivatives as instructions ---------------------------------------------------------------------------------------

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        pass

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        record = read(builder.tape.meta, int(builder.tape.arg0[k]))
        places = builder.places(builder.operands[k][0].slots).reshape(-1, record.n**2)
        one = size(record.n)
        results = np.arange(builder.place[k], builder.place[k] + builder.size[k]).reshape(record.batch, one)
        records = []
        for out, matrix in zip(results, np.broadcast_to(places, (record.batch, record.n**2)), strict=True):
            numbers = product(result=builder.keep(out), left=builder.keep(matrix), right=0, inner=record.n, columns=record.n, rows=record.n)
            records.append(builder.record(("structural", LU, "factor"), (), numbers))
        return records

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        pass


INSTRUCTION = Factors(LU)
register(INSTRUCTION, _native, _lanes)
