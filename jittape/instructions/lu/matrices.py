"""The record of instructions over a stack of matrices and nothing else (factors): what of them does not depend on the results."""

from __future__ import annotations

from typing import Any

from jittape.instructions.base import Instruction, Operand
from jittape.instructions.lu.record import MATRIX_AT, RECORD, read
from jittape.instructions.matmul import slots_of
from jittape.ops.layout import INACTIVE


class OfMatrices(Instruction):
    def results(self, n: int) -> int:
        """Slots that a matrix of n rows gives."""
        raise NotImplementedError

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = read(tape.meta, at)
        return [Operand(slots_of(record.matrix, record.batch, record.n, record.n), bool(record.matrix.flags & INACTIVE))]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        record = by.meta[at : at + RECORD].copy()
        record[MATRIX_AT] = by.slot(int(record[MATRIX_AT]))
        return record

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        found = read(reader.record(k, at, RECORD), 0)
        if min(found.batch, found.n) < 1 or found.batch * self.results(found.n) != n:
            reader.refuse(k, f"factors {found.batch} matrices of {found.n} rows, but has {n} slots")
        reader.matrix(k, found.matrix, found.batch, found.n, found.n, own)
        return at + RECORD

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = read(reader.tape.meta, at)
        return str(reader.matrix(record.matrix, record.batch, record.n, record.n))
