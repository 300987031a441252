"""CALL: an operation that is a Python function of whole arrays (a factorisation, a primitive): operations.py has its record and sweeps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.base import Instruction, Operand, register
from jittape.instructions.blocks import Block, dense
from jittape.instructions.calls import operations
from jittape.instructions.references import Slots, inactive, reference, referenced
from jittape.ops.layout import CALL, INACTIVE, REF

Shape = tuple[int, ...]
MOST_AXES = 32
"""Axes of an array in a file."""


def _native() -> Any:
    from jittape.instructions.calls import native  # start-up: Numba's functions are made when they are first needed

    return native


class PythonCall(Instruction):
    nonlinear = saves = saves_result = refuses = True

    forward = staticmethod(operations.forward)
    reverse = staticmethod(operations.reverse)
    tangent = staticmethod(operations.tangent)

    # --- the record --------------------------------------------------------------------------------------------------------

    def append(self, tape: Any, call: operations.Call, attributes: Sequence[int], operands: Sequence[tuple[Slots, bool]], results: Sequence[Shape]) -> list[int]:
        """Append a call of a Python operation over (slots, whether constant); returns the first slot of each result."""
        described = []
        for slots, constant in operands:
            ref = reference(tape, slots, slots.shape)
            described.append((slots.shape, inactive(ref) if constant else ref))
        sizes = [math.prod(shape) for shape in results]
        base = tape.append_run(CALL, sum(sizes), operations.write(call, attributes, described, results))
        return [base + sum(sizes[:i]) for i in range(len(sizes))]

    def operands(self, tape: Any, at: int, n: int) -> list[Operand]:
        record = operations.read_meta(tape.meta, at)
        return [Operand(referenced(tape, ref, math.prod(shape)).reshape(shape), bool(tape.meta[ref] & INACTIVE)) for shape, ref in record.operands]

    def again(self, tape: Any, operands: Sequence[Slots], at: int, n: int) -> int:
        record = operations.read_meta(tape.meta, at)
        constant = [bool(tape.meta[ref] & INACTIVE) for _, ref in record.operands]
        return self.append(tape, record.call, record.attributes, list(zip(operands, constant, strict=True)), record.results)[0]

    def renumbered(self, by: Any, at: int, n: int) -> Any:
        found = operations.read_meta(by.meta, at)
        record = by.meta[at : found.end].copy()
        for shape, ref in found.operands:
            by.reference(record, ref - at, math.prod(shape))
        return record

    def validate(self, reader: Any, k: int, at: int, own: int, n: int) -> int:
        cursor = at

        def take(size: int) -> list[int]:
            nonlocal cursor
            if size < 0:
                reader.refuse(k, "has a damaged record")
            numbers: list[int] = reader.record(k, cursor, size)
            cursor += size
            return numbers

        def shape() -> tuple[int, ...]:
            (axes,) = take(1)
            if axes > MOST_AXES:
                reader.refuse(k, f"has an array of {axes} axes")
            found = tuple(take(axes))
            if min(found, default=0) < 0:
                reader.refuse(k, f"has an array of shape {found}")
            return found

        (number,) = take(1)
        if not 0 <= number < len(operations.CALLS):
            reader.refuse(k, f"calls operation {number}, which there is not")
        call = operations.CALLS[number]
        (length,) = take(1)
        attributes = tuple(take(length))
        operands = []
        (length,) = take(1)
        for _ in range(reader.few(k, length)):
            operands.append(shape())
            size = math.prod(operands[-1])
            if size > reader.room:
                reader.refuse(k, f"has an operand of {size:,} elements, more than is allowed for a file of this size; if you trust the file, load it with memory_limit= (bytes)")
            reader.reference(k, take(REF), 1, size, own, rows=False)
        results = []
        (length,) = take(1)
        for _ in range(reader.few(k, length)):
            results.append(shape())
        if sum(map(math.prod, results)) != n:
            reader.refuse(k, f"has results of shapes {results}, but {n} slots")
        found = operations.result_shapes(call, operands, attributes)
        if found != results:
            reader.refuse(k, f"calls {call.name} of shapes {operands} with attributes {attributes}, which does not give results of shapes {results}")
        return cursor

    # --- words -------------------------------------------------------------------------------------------------------------

    def title(self, tape: Any, at: int) -> str:
        return operations.read_meta(tape.meta, at).call.name

    def listed(self, reader: Any, at: int, n: int) -> str:
        record = operations.read_meta(reader.tape.meta, at)
        shown = [f"{reader.reference(ref, math.prod(shape))} {reader.times(shape)}" for shape, ref in record.operands]
        return ", ".join([*shown, *map(str, record.attributes)])

    def element(self, tape: Any, at: int, n: int, place: int) -> tuple[tuple[int, ...], int]:
        for shape in operations.read_meta(tape.meta, at).results:
            size = math.prod(shape)
            if place < size:
                return shape, place
            place -= size
        return (n,), place

    def read_by(self, tape: Any, at: int, n: int, places: NDArray[Any]) -> NDArray[np.int64]:
        return np.concatenate([x.slots.reshape(-1) for x in self.operands(tape, at, n)]).astype(np.int64)

    # --- derivatives as instructions ---------------------------------------------------------------------------------------

    def write_reverse(self, sweep: Any, k: int, slot: int, at: int, n: int) -> None:
        tape = sweep.tape
        record = operations.read_meta(tape.meta, at)
        g = sweep.gradient(np.arange(slot, slot + n, dtype=np.int32))
        results, adjoints, offset = [], [], 0
        for shape in record.results:
            size = math.prod(shape)
            results.append(sweep.run_array(slot + offset, shape))
            adjoints.append(g[offset : offset + size].reshape(shape))
            offset += size
        operands = self.operands(tape, at, n)
        parts = record.call.parts(adjoints, results, [sweep.array(x.slots) for x in operands], record.attributes, [not x.constant for x in operands])
        for x, part in zip(operands, parts, strict=True):
            if part is not None and not x.constant:
                sweep.add_array(x.slots, np.broadcast_to(part, x.slots.shape))

    # --- blocks of seeds -----------------------------------------------------------------------------------------------------

    def by_blocks(self, tape: Any, at: int, forwards: bool) -> bool:
        return forwards and operations.read_meta(tape.meta, at).call.stacks

    def push_blocks(self, tape: Any, step: Any, value: Any, blocks: dict[int, Block]) -> Block:
        record = operations.read_meta(tape.meta, step.at)
        values = [value[x.slots] for x in self.operands(tape, step.at, step.n)]
        tangents = {e: dense(block).reshape(-1, *values[e].shape) for e, block in blocks.items()}
        return record.call.push(tangents, values, operations.split(value[step.first :], record.results), record.attributes)

    # --- lanes -------------------------------------------------------------------------------------------------------------

    def lanes_forward(self, builder: Any, k: int) -> list[Any]:
        z = builder.place[k]
        builder.calls[k] = Places(builder, k, slice(z, z + builder.size[k]))
        return [builder.record(("python", builder.calls[k]), ())]

    def lanes_reverse(self, reverse: Any, k: int) -> None:
        p = reverse.p
        if not p.size[k]:
            return
        operands = p.operands[k]
        for e in p.passes[k]:
            reverse.fill(operands[e].slots)
        parts = [None if e not in p.passes[k] else reverse.adjoint_places(operands[e].slots) for e in range(len(operands))]
        first = reverse.adjoint[k]
        reverse.records.append(p.record(("python", p.calls[k].with_adjoints(slice(first, first + p.size[k]), parts)), ()))


class Places:
    """A call in lanes: where its operands, results and their adjoints stand. It is computed one lane at a time."""

    def __init__(self, builder: Any, k: int, result: slice) -> None:
        self.record = operations.read(builder.tape, k)
        self.operands = [builder.places(operand.slots).reshape(-1) for operand in builder.operands[k]]
        self.result = result
        self.adjoint = slice(0, 0)
        self.parts: list[Any] = []

    def with_adjoints(self, adjoint: slice, parts: list[Any]) -> Places:
        other = object.__new__(Places)
        other.record, other.operands, other.result, other.adjoint, other.parts = self.record, self.operands, self.result, adjoint, parts
        return other

    def _operands(self, slots: Any, lane: int) -> list[Any]:
        return [slots[places, lane].reshape(shape) for places, (shape, _) in zip(self.operands, self.record.operands, strict=True)]

    @property
    def together(self) -> bool:
        """Whether it may be carried out for many lanes at once."""
        return self.record.call.forward_together is not None

    def _together(self, slots: Any, rows: int) -> list[Any]:
        return [slots[places, :rows].reshape(*shape, rows) for places, (shape, _) in zip(self.operands, self.record.operands, strict=True)]

    def forward_together(self, slots: Any, rows: int) -> Any:
        """The first lanes at once; which of them were computed, None where none can be."""
        rule = self.record.call.forward_together
        found = None if rule is None else rule(self._together(slots, rows), self.record.attributes)
        if found is None:
            return None
        results, done = found
        every = np.concatenate([np.reshape(z, (-1, rows)) for z in results])
        slots[self.result, :rows] = np.where(done, every, slots[self.result, :rows])
        return done

    def reverse_together(self, slots: Any, rows: int) -> Any:
        """The same of adjoints."""
        rule = self.record.call.reverse_together
        if rule is None:
            return None

        def of_results(at: slice) -> list[Any]:
            flat = slots[at, :rows]
            return [part.reshape(*shape, rows) for part, shape in zip(np.split(flat, np.cumsum([math.prod(s) for s in self.record.results])[:-1]), self.record.results, strict=True)]

        found = rule(of_results(self.adjoint), of_results(self.result), self._together(slots, rows), self.record.attributes)
        if found is None:
            return None
        parts, done = found
        lanes = np.flatnonzero(done)
        for part, places in zip(parts, self.parts, strict=True):
            if part is not None and places is not None:
                np.add.at(slots, (np.reshape(places, (-1, 1)), lanes), np.reshape(part, (-1, rows))[:, lanes])
        return done

    def forward(self, slots: Any, lane: int) -> None:
        results = self.record.call.forward(*self._operands(slots, lane), *self.record.attributes)
        slots[self.result, lane] = np.concatenate([np.ravel(z) for z in results])

    def reverse(self, slots: Any, lane: int) -> None:
        adjoint = slots[self.adjoint, lane].copy()
        if not adjoint.any():
            return
        shapes = self.record.results
        results = operations.split(slots[self.result, lane].copy(), shapes)
        needed = [places is not None for places in self.parts]
        parts = self.record.call.parts(operations.split(adjoint, shapes), results, self._operands(slots, lane), self.record.attributes, needed)
        for (shape, _), part, places in zip(self.record.operands, parts, self.parts, strict=True):
            if part is not None and places is not None:
                np.add.at(slots, (places, lane), np.broadcast_to(part, shape).ravel())


INSTRUCTION = PythonCall(CALL)
register(INSTRUCTION, _native)
