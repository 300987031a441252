"""Nested differentiation: the reverse sweep written as instructions on the same tape.

What it records can be swept, differentiated and replayed like anything else; that is `create_graph`, and how Hessians and
nested calls of `jittape.grad` work. The derivative rules are those of the operation table (`ops/_generated/rules.py`) and,
for structural operations, the functions here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape import recording
from jittape.array import Array, apply
from jittape.ops._generated import opcodes as ops
from jittape.ops._generated.rules import CONTRIBUTIONS
from jittape.ops.spec import BY_NAME, OPS
from jittape.tape import calls
from jittape.tape.layout import (
    ADJOINT,
    CALL,
    CUMSUM,
    INACTIVE,
    KIND,
    MATMUL,
    MAX,
    MIN,
    REF,
    RUN,
    RUN_REF,
    SCALAR_REF,
    SEGMENT_SUM,
    SUM,
)
from jittape.tape.references import Slots, progression, referenced, run_slots, strided
from jittape.tape.tape import Tape

ARITY = {op.code: op.arity for op in OPS}


class _Functions:
    """The namespace F of symbolic rules: operations of the table, over recorded arrays and plain numbers."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        op = BY_NAME[name]

        def call(*args: Any) -> Any:
            if any(isinstance(a, Array) for a in args):
                return apply(op.code, *args)
            from jittape.functions.dispatch import numpy_function

            return numpy_function(op.numpy)(*args)

        setattr(self, name, call)
        return call

    @staticmethod
    def mulz(g: Any, partial: Any) -> Any:
        """An adjoint times a partial, where an adjoint of zero gives zero."""
        if not isinstance(partial, Array) and partial in (1.0, -1.0):
            return g if partial == 1.0 else -g
        return apply(ops.MULZ, g, partial)

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        if not isinstance(condition, Array):
            return a if condition else b
        return apply(ops.WHERE, condition, a, b)


F = _Functions()


def compact(slots: Slots) -> Slots:
    """The same slots as a view of the shared arange where they are consecutive."""
    if slots.size > 1:
        found = progression(slots)
        if found is not None and found[0] == RUN_REF:
            return run_slots(found[1], slots.size).reshape(slots.shape)
    return slots


class ReverseSweep:
    """Writes adjoints of instructions [start, end) of a tape onto the tape.

    Args:
        tape: the tape, complete up to its present end.
        start: the first instruction that is differentiated; what lies before is constant.
        inputs: slots whose adjoints are wanted: only what depends on them is swept.
    """

    def __init__(self, tape: Tape, start: int, start_slot: int, inputs: Sequence[Slots]) -> None:
        self.tape = tape
        self.start, self.start_slot = start, start_slot
        self.end, self.end_slot = tape.count, tape.slots
        self.adjoint: Slots = np.full(self.end_slot, -1, np.int32)
        """Slot -> slot of its adjoint, -1 for zero."""
        self.active = self._activity(inputs)

    def _activity(self, inputs: Sequence[Slots]) -> NDArray[np.bool_]:
        """Which slots depend on the inputs (a run wholly or not at all)."""
        tape = self.tape
        active = np.zeros(self.end_slot, bool)
        for s in inputs:
            active[s] = True
        slot = self.start_slot
        for k in range(self.start, self.end):
            op, n = int(tape._opcode[k]), 1
            if op < RUN:
                if op in ARITY:
                    active[slot] |= active[tape._arg0[k]] or (ARITY[op] > 1 and active[tape._arg1[k]])
            else:
                n = int(tape._arg1[k])
                if any(active[s].any() for s, const in operand_slots(tape, k) if not const):
                    active[slot : slot + n] = True
            slot += n
        return active

    def seed(self, slots: Slots, adjoint: Any) -> None:
        """Add `adjoint` (recorded or plain, of the shape of `slots`) to the adjoint of an output."""
        if not isinstance(adjoint, Array):
            adjoint = Array.of(self.tape, recording.constant_operand(self.tape, np.broadcast_to(adjoint, slots.shape))[0])
        self.add(slots.ravel(), Array.of(self.tape, adjoint.slots.reshape(-1)))

    def add(self, slots: Slots, part: Any) -> None:
        """Add the elements of `part` to the adjoints of `slots` (both of one axis); a slot may stand there repeatedly."""
        if slots.size > 1:
            order = np.argsort(slots, kind="stable")
            ranked = slots[order]
            first = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
            if first.size < slots.size:
                base = recording.segment_run(self.tape, part.slots[order], np.append(first, slots.size))
                self.add(ranked[first], Array.of(self.tape, run_slots(base, first.size)))
                return
        known = self.adjoint[slots]
        have = known >= 0
        new = part.slots
        if have.all() and known.size:
            new = (Array.of(self.tape, compact(known)) + part).slots
        elif have.any():
            both = Array.of(self.tape, known[have]) + Array.of(self.tape, new[have])
            new = new.copy()
            new[have] = both.slots
        self.adjoint[slots] = new

    def add_scalar(self, slot: int, part: Array) -> None:
        known = int(self.adjoint[slot])
        self.adjoint[slot] = part.slot if known < 0 else (Array(self.tape, known) + part).slots

    def gradient(self, slots: Slots) -> Array:
        """The adjoint of `slots`, zeros included, as a recorded array of their shape."""
        out = self.adjoint[slots]
        if (out < 0).any():
            zero = self.tape.constant(0.0)
            out = np.where(out < 0, np.int32(zero), out).astype(np.int32)
        if slots.shape == ():
            return Array(self.tape, int(out))
        return Array.of(self.tape, compact(out))

    def run(self) -> None:
        """The sweep itself, from the seeds."""
        with np.errstate(all="ignore"):  # partials of plain numbers may be infinite, as in a native sweep
            self._run_all()

    def _run_all(self) -> None:
        tape = self.tape
        tape.busy += 1
        slot = self.end_slot
        try:
            for k in range(self.end - 1, self.start - 1, -1):
                op = int(tape._opcode[k])
                n = int(tape._arg1[k]) if op >= RUN else 1
                slot -= n
                if n and self.active[slot] and (self.adjoint[slot : slot + n] >= 0).any():
                    if op < RUN:
                        self._scalar(k, slot, op)
                    else:
                        self._run(k, slot, op - RUN, n)
        finally:
            tape.busy -= 1

    def _scalar(self, k: int, slot: int, op: int) -> None:
        if op not in CONTRIBUTIONS:
            return
        tape = self.tape
        g = Array(tape, int(self.adjoint[slot]))
        slots = (int(tape._arg0[k]), int(tape._arg1[k]))
        x, y = Array(tape, slots[0]), Array(tape, slots[1])
        for target, rule in zip(slots, CONTRIBUTIONS[op], strict=False):
            if rule is not None and self.active[target]:
                self.add_scalar(target, rule(F, g, x, y, None, Array(tape, slot)))

    def _run(self, k: int, slot: int, op: int, n: int) -> None:
        tape = self.tape
        if op < SUM:
            if op in CONTRIBUTIONS:
                self._elementwise(k, slot, op, n)
            return
        g = self.gradient(run_slots(slot, n))
        at = int(tape._arg0[k])
        if op in (SUM, MAX, MIN):
            r = tape.meta[at]
            if tape.meta[at + 1] & INACTIVE:
                return
            slots = row_slots(tape, at, n)
            spread = Array.of(tape, np.broadcast_to(g.slots[:, None], (n, r)))
            if op != SUM:
                ties = apply(ops.EQUAL, Array.of(tape, slots), Array.of(tape, run_slots(slot, n)).reshape(n, 1))
                spread = apply(ops.MULZ, spread, ties / np.sum(ties, axis=1, keepdims=True))
            self.add(slots.reshape(-1), spread.reshape(-1))
        elif op == CUMSUM:
            r = tape.meta[at]
            slots = row_slots(tape, at, n // max(r, 1))
            base = recording.cumsum_run(tape, g.slots.reshape(-1, r)[:, ::-1])
            self.add(slots.reshape(-1), Array.of(tape, run_slots(base, n).reshape(-1, r)[:, ::-1].reshape(-1)))
        elif op == SEGMENT_SUM:
            (slots, _), offsets = operand_slots(tape, k)[0], segment_offsets(tape, at, n)
            self.add(slots, Array.of(tape, np.repeat(g.slots, np.diff(offsets))))
        elif op == MATMUL:
            self._matmul(at, g)
        elif op == CALL:
            self._call(k, slot, g)

    def _elementwise(self, k: int, slot: int, op: int, n: int) -> None:
        tape = self.tape
        at = int(tape._arg0[k])
        g = self.gradient(run_slots(slot, n))
        operands: list[Any] = []
        refs = [at + REF * p for p in range(ARITY[op])]
        for ref in refs:
            kind, base = tape.meta[ref], tape.meta[ref + 1]
            if kind == SCALAR_REF | INACTIVE:  # a constant, whose value stands there since it was recorded
                operands.append(np.float64(tape.value[base]))
            elif kind & KIND == SCALAR_REF:
                operands.append(Array(tape, base))
            else:
                operands.append(Array.of(tape, referenced(tape, ref, n)))
        x, y, w = (*operands, None, None)[:3]
        z = Array.of(tape, run_slots(slot, n))
        for ref, rule in zip(refs, CONTRIBUTIONS[op], strict=True):
            if rule is None or tape.meta[ref] & INACTIVE:
                continue
            slots = referenced(tape, ref, n)
            if not self.active[slots].any():
                continue
            part = rule(F, g, x, y, w, z)
            if not isinstance(part, Array):  # a choice by a constant, and the arm is zero
                continue
            if tape.meta[ref] & KIND == SCALAR_REF:
                self.add_scalar(tape.meta[ref + 1], np.sum(part))
            else:
                self.add(slots, part)

    def _matmul(self, at: int, g: Array) -> None:
        tape = self.tape
        batch, m, k, n = tape.meta[at : at + 4]
        (a, a_const), (b, b_const) = matmul_operands(tape, at)
        out = g.slots.reshape(batch, m, n)
        for slots, const, left, right, flags in (
            (a, a_const, out, b.transpose(0, 2, 1), (False, b_const, ADJOINT, 0)),
            (b, b_const, a.transpose(0, 2, 1), out, (a_const, False, 0, ADJOINT)),
        ):
            if const or not self.active[slots].any():
                continue
            shape = (batch, left.shape[1], right.shape[2])
            part = Array.of_run(tape, recording.matmul_run(tape, left, right, *flags), shape)
            if slots.shape[0] == 1 and batch > 1:
                part = np.sum(part, axis=0, keepdims=True)
            self.add(slots.reshape(-1), part.reshape(-1))

    def _call(self, k: int, slot: int, g: Array) -> None:
        tape = self.tape
        record = calls.read(tape, k)
        results, adjoints, offset = [], [], 0
        for shape in record.results:
            size = int(np.prod(shape, dtype=np.int64))
            results.append(Array.of_run(tape, slot + offset, shape))
            adjoints.append(g[offset : offset + size].reshape(shape))
            offset += size
        operands, places = [], []
        for shape, ref in record.operands:
            places.append(referenced(tape, ref, int(np.prod(shape, dtype=np.int64))))
            operands.append(Array.of(tape, places[-1].reshape(shape)))
        parts = record.call.vjp(adjoints, results, operands, record.attributes)
        for (shape, ref), slots, part in zip(record.operands, places, parts, strict=True):
            if part is not None and not tape.meta[ref] & INACTIVE:
                self.add(slots, np.broadcast_to(part, shape).reshape(-1))


def row_slots(tape: Tape, at: int, m: int) -> Slots:
    """The slots that a reduction reads, as m rows (see sweep/reductions.py)."""
    r, kind, base, s0, s1 = tape.meta[at : at + 5]
    kind &= KIND
    if kind == 2:
        return strided(base, (m, r), (s0, s1))
    return referenced(tape, at + 1, m * r).reshape(m, r)


def segment_offsets(tape: Tape, at: int, m: int) -> NDArray[np.int32]:
    first = tape.meta[at]
    return np.array(tape.index[first : first + m + 1], np.int32)


def matmul_operands(tape: Tape, at: int) -> list[tuple[Slots, bool]]:
    batch, m, k, n = tape.meta[at : at + 4]
    out = []
    for place, rows, cols in ((at + 4, m, k), (at + 9, k, n)):
        base, sb, sr, sc, flags = tape.meta[place : place + 5]
        out.append((strided(base, (1 if sb == 0 else batch, rows, cols), (sb, sr, sc)), bool(flags & INACTIVE)))
    return out


def operand_slots(tape: Tape, k: int) -> list[tuple[Slots, bool]]:
    """(slots, whether constant) of every operand of instruction k."""
    op, at, n = int(tape._opcode[k]), int(tape._arg0[k]), int(tape._arg1[k])
    if op < RUN:
        slots = [at, n][: ARITY.get(op, 0)]
        return [(np.array([s], np.int32), False) for s in slots]
    op -= RUN
    if op in ARITY:
        refs = [at + REF * p for p in range(ARITY[op])]
        return [(referenced(tape, r, n), bool(tape.meta[r] & INACTIVE)) for r in refs]
    if op in (SUM, MAX, MIN, CUMSUM):
        m = n if op != CUMSUM else n // max(tape.meta[at], 1)
        return [(row_slots(tape, at, m).reshape(-1), bool(tape.meta[at + 1] & INACTIVE))]
    if op == SEGMENT_SUM:
        offsets, first = segment_offsets(tape, at, n), tape.meta[at + 1]
        return [(np.array(tape.index[first : first + int(offsets[-1])], np.int32), False)]
    if op == MATMUL:
        return [(s.reshape(-1), const) for s, const in matmul_operands(tape, at)]
    if op == CALL:
        record = calls.read(tape, k)
        return [(referenced(tape, ref, int(np.prod(shape, dtype=np.int64))), bool(tape.meta[ref] & INACTIVE)) for shape, ref in record.operands]
    return []
