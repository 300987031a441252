"""DECOMPOSITION: functions of whole matrices that LAPACK computes (eigh, svd, ...): kinds.py has a table of them.

record.py describes the record. The results of a stack stand one after another, each for all of its matrices. Each kind has routines of its
own, which are compiled when they are first needed; sweeps find them by their addresses behind the table of kernels. What a routine does not
do (a matrix that is not finite, or that LAPACK refuses) is left to the rules of the call, from which NumPy's error comes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import Operand, register
from jittape.instructions.decompositions.kinds import EIGH, EXPM, KINDS, LSTSQ, PINV, QR, SVD, described, routines
from jittape.instructions.decompositions.record import HEAD, MATRIX, OPERAND, Decomposition, Factor, read
from jittape.instructions.matmul import contiguous, over_stacks, readable, slots_of
from jittape.instructions.matmul.record import Matrix
from jittape.instructions.references import Slots, run_slots
from jittape.instructions.ruled import Ruled, Seen
from jittape.ops.layout import DECOMPOSITION, INACTIVE, ROUTINE_KINDS
from jittape.sweep.lanes.fields import product

__all__ = ["EIGH", "EXPM", "INSTRUCTION", "KINDS", "LSTSQ", "PINV", "QR", "SVD"]

SWEEPS = ("forward", "reverse", "tangent")


def _native() -> Any:
    from jittape.instructions.decompositions import native  # start-up: Numba is imported when it is needed

    return native


def _lanes() -> Any:
    from jittape.instructions.decompositions import lanes  # start-up, as above

    return lanes


class Routine(NamedTuple):
    """What a record of lanes keeps besides places: a routine, and the record of the decomposition."""

    which: int
    sweep: str
    numbers: tuple[int, ...]

    def words(self, engine: Any) -> list[int]:
        """The routine's address, and the record in pairs of numbers."""
        numbers = np.zeros(len(self.numbers) + len(self.numbers) % 2, np.int32)
        numbers[: len(self.numbers)] = self.numbers
        return [address(engine, self.which, self.sweep), *numbers.view(np.int64).tolist()]


def address(engine: Any, which: int, sweep: str) -> int:
    """The address of a routine, compiled if it was not yet."""
    number = ROUTINE_KINDS * which + SWEEPS.index(sweep)
    return engine.routine(number, lambda: getattr(routines(which), sweep))  # type: ignore[no-any-return]


class Decompositions(Ruled):
    nonlinear = saves = saves_result = refuses = True

    # --- the record --------------------------------------------------------------------------------------------------------

    def append(self, tape: Any, which: int, attribute: int, operands: Sequence[tuple[Slots, bool]]) -> list[int]:
        """Append the decomposition of (slots [batch, rows, columns], whether constant); returns the first slot of each result."""
        batch = max(slots.shape[0] for slots, _ in operands)
        found = tuple(Factor(slots.shape[1], slots.shape[2], Matrix(*readable(tape, slots), INACTIVE if constant else 0)) for slots, constant in operands)
        record = Decomposition(which, batch, attribute, 0, found, ())
        kind, shapes = described(record)
        sizes = tuple(math.prod(shape) for shape in shapes)
        record = record._replace(work=kind.work(record.shapes, attribute), results=sizes)
        base = int(tape.append_run(DECOMPOSITION, batch * sum(sizes), record.numbers()))
        return [base + batch * sum(sizes[:i]) for i in range(len(sizes))]

    def again(self, tape: Any, operands: Sequence[Slots], at: int, n: int) -> int:
        record = read(tape.meta, at)
        constant = [bool(x.matrix.flags & INACTIVE) for x in record.operands]
        return self.append(tape, record.which, record.attribute, list(zip(operands, constant, strict=True)))[0]

    def over_points(self, tape: Any, operands: Sequence[Slots], points: int, at: int, n: int) -> int:
        record = read(tape.meta, at)
        if not described(record)[0].stacks:
            return super().over_points(tape, operands, points, at, n)
        given = [(over_stacks(x, points, record.batch), bool(y.matrix.flags & INACTIVE)) for x, y in zip(operands, record.operands, strict=True)]
        first = self.append(tape, record.which, record.attribute, given)
        ends = [*first[1:], first[0] + points * n]
        parts = [run_slots(a, b - a).reshape(points, -1) for a, b in zip(first, ends, strict=True)]
        return contiguous(tape, np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0])

    def seen(self, tape: Any, at: int, n: int) -> Seen:
        record = read(tape.meta, at)
        kind, shapes = described(record)
        operands = []
        for e, (slots, constant) in enumerate(self.operands(tape, at, n)):
            if not kind.stacks:
                slots = slots[0]
            operands.append(Operand(slots[..., 0, 0] if e in kind.numbers else slots, constant))
        results = [(record.batch, *shape) if kind.stacks else shape for shape in shapes]
        return Seen(kind.call, operands, (record.attribute,) if kind.attributes else (), results)

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = read(tape.meta, at)
        return [Operand(slots_of(x.matrix, record.batch, x.rows, x.columns), bool(x.matrix.flags & INACTIVE)) for x in record.operands]

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return super().by_blocks(tape, at, forwards) and described(read(tape.meta, at))[0].blocks

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        found = read(by.meta, at)
        record = by.meta[at : at + found.length].copy()
        for e in range(len(found.operands)):
            place = HEAD + e * OPERAND + MATRIX
            record[place] = by.slot(int(record[place]))
        return record

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        head = reader.record(k, at, HEAD)
        length = reader.few(k, head[-2]) * OPERAND + reader.few(k, head[-1])
        found = read(reader.record(k, at, HEAD + length), 0)
        if not 0 <= found.which < len(KINDS) or found.batch < 1 or not 0 <= found.attribute <= length:
            reader.refuse(k, "has a damaged record")
        kind, shapes = KINDS[found.which], found.shapes
        if len(shapes) != kind.operands(found.attribute) or min(map(min, shapes)) < 1 or not kind.fits(shapes, found.attribute):
            reader.refuse(k, f"is {kind.call} of matrices of shapes {shapes}")
        sizes = tuple(math.prod(shape) for shape in kind.results(shapes, found.attribute))
        if found.results != sizes or found.batch * sum(sizes) != n or found.work != kind.work(shapes, found.attribute):
            reader.refuse(k, f"is {kind.call} of {found.batch} matrices of shapes {shapes}, but has {n} slots")
        for x in found.operands:
            reader.matrix(k, x.matrix, found.batch, x.rows, x.columns, own)
        return at + found.length

    # --- words -------------------------------------------------------------------------------------------------------------

    def title(self, tape: Any, at: int) -> str:
        return described(read(tape.meta, at))[0].call

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = read(reader.tape.meta, at)
        return ", ".join(reader.matrix(x.matrix, record.batch, x.rows, x.columns) for x in record.operands)

    def place(self, record: Decomposition, place: int) -> tuple[tuple[int, ...], int, int]:
        """(shape of the result that has the element at a place, place in it, which matrix it is of)."""
        for shape in described(record)[1]:
            size = math.prod(shape)
            if place < record.batch * size:
                return ((record.batch,) if record.batch > 1 else ()) + shape, place, place // size
            place -= record.batch * size
        raise IndexError(place)

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        shape, inside, _ = self.place(read(tape.meta, at), place)
        return shape, inside

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        record = read(tape.meta, at)
        matrices = np.array([self.place(record, int(i))[2] for i in np.ravel(places)], np.int64)
        found = [x.slots[np.minimum(matrices, x.slots.shape[0] - 1)].reshape(-1) for x in self.operands(tape, at, n)]
        return np.concatenate(found).astype(np.int64)

    # --- what native code leaves to Python -----------------------------------------------------------------------------------

    def _natively(self, sweep: str, tape: Any, k: int, s: int) -> bool:
        """Whether it was for want of a routine that native code left the instruction, and has done it now."""
        which = read(tape.meta, int(tape.arg0[k])).which
        if tape.engine.has_routine(ROUTINE_KINDS * which + SWEEPS.index(sweep)):
            return False
        address(tape.engine, which, sweep)
        tape.sweep(sweep, *((k + 1, k, s + int(tape.arg1[k])) if sweep == "reverse" else (k, k + 1, s)))
        return True

    def forward(self, tape: Any, k: int, s: int) -> None:
        if not self._natively("forward", tape, k, s):
            super().forward(tape, k, s)

    def reverse(self, tape: Any, k: int, s: int) -> None:
        if not self._natively("reverse", tape, k, s):
            super().reverse(tape, k, s)

    def tangent(self, tape: Any, k: int, s: int) -> None:
        if not self._natively("tangent", tape, k, s):
            super().tangent(tape, k, s)

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_parts(self, builder: Any, k: int, first: int) -> tuple[Decomposition, list[Any], list[Any]]:
        """The record of instruction k, and for each matrix the slots of its operands and the places of its results, from `first` on."""
        at = int(builder.tape.arg0[k])
        record = read(builder.tape.meta, at)
        operands = self.operands(builder.tape, at, builder.size[k])
        slots = [np.broadcast_to(x.slots, (record.batch, *x.slots.shape[1:])).reshape(record.batch, -1) for x in operands]
        places = []
        for size in record.results:
            places.append(np.arange(first, first + record.batch * size).reshape(record.batch, size))
            first += record.batch * size
        return record, list(np.concatenate(slots, axis=1)), list(np.concatenate(places, axis=1))

    @staticmethod
    def lanes_record(builder: Any, record: Decomposition, name: str, result: int, read: Any) -> Any:
        routine = Routine(record.which, "forward" if name == "compute" else "reverse", record.numbers())
        numbers = product(result=result, left=builder.keep(read), right=0, inner=0, columns=0, rows=0)
        return builder.record(("structural", DECOMPOSITION, name, routine), (), numbers)

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        record, operands, results = self.lanes_parts(builder, k, builder.place[k])
        return [self.lanes_record(builder, record, "compute", builder.keep(z), builder.places(x)) for x, z in zip(operands, results, strict=True)]

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        if not p.passes[k]:
            return
        record, operands, results = self.lanes_parts(p, k, p.place[k])
        adjoints = self.lanes_parts(p, k, reverse.adjoint[k])[2]
        for x, z, g in zip(operands, results, adjoints, strict=True):
            reverse.fill(x)
            target, _ = reverse.targets(x)
            reverse.records.append(self.lanes_record(p, record, "adjoint", target, np.concatenate([p.places(x), z, g])))


INSTRUCTION = Decompositions(DECOMPOSITION)
register(INSTRUCTION, _native, _lanes)
