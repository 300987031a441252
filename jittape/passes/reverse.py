"""Nested differentiation: the reverse sweep written as instructions on the same tape.

What it records can be swept, differentiated and replayed like anything else; that is `create_graph`, and how Hessians and
nested calls of `jittape.grad` work. The derivative rules are those of the operation table (`ops/_generated/rules.py`) and,
for structural operations, the functions here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from jittape.array import append as recording
from jittape.array.array import Array, apply
from jittape.instructions import matmul, of, segments
from jittape.instructions.references import Slots, is_shared, lattice, progression, referenced, run_slots, strided
from jittape.ops._generated import opcodes as ops
from jittape.ops._generated.rules import CONTRIBUTIONS
from jittape.ops.layout import (
    FIRST_STRUCTURAL,
    INACTIVE,
    KIND,
    OPERATION,
    REF,
    RUN,
    RUN_REF,
    SCALAR_REF,
)
from jittape.passes import kinks
from jittape.passes.algebra import Algebra, Value
from jittape.passes.renumber import prune
from jittape.passes.singular import Singular
from jittape.passes.writer import Writer
from jittape.sweep.engine import find_varied
from jittape.sweep.templates import PYTHON, templates
from jittape.tape.decode import ARITY, Stretch
from jittape.tape.tape import Tape


def _distinct(slots: Slots) -> bool:
    """Whether it is plain that no slot of an array of one axis stands there twice."""
    if slots.size < 2 or (is_shared(slots) and slots.strides[0]):
        return True
    return bool((slots[1:] > slots[:-1]).all())


def compact(slots: Slots) -> Slots:
    """The same slots as a view of the shared arange where they are consecutive."""
    if slots.size > 1 and not is_shared(slots):
        found = progression(slots)
        if found is not None and found[0] == RUN_REF:
            return run_slots(found[1], slots.size).reshape(slots.shape)
    return slots


def seed_on(tape: Tape, adjoint: Any, shape: tuple[int, ...]) -> Any:
    """What a sweep begins with: a recorded array or a number as it is, an ndarray as constants of the tape."""
    if isinstance(adjoint, Array) or np.ndim(adjoint) == 0:
        return adjoint
    return Array.of(tape, recording.constant_operand(tape, np.broadcast_to(adjoint, shape))[0])


class ReverseSweep:
    """Writes adjoints of instructions [start, end) of a tape onto the tape.

    Args:
        tape: the tape, complete up to its present end.
        start: the first instruction that is differentiated; what lies before is constant.
        inputs: slots whose adjoints are wanted: only what depends on them is swept.
        numbers: slots of scalar constants, besides those that the tape knows itself, and their values.
    """

    def __init__(self, tape: Tape, start: int, start_slot: int, inputs: Sequence[Slots], numbers: Mapping[int, float] | None = None) -> None:
        self.tape = tape
        self.algebra = Algebra(tape)
        self.numbers = {slot: number for number, slot in tape.constants.copy().items()}
        self.numbers.update(numbers or {})
        self.start, self.start_slot = start, start_slot
        self.inputs = inputs
        before, tape.at_work = tape.at_work, True  # native code relies on the tape's length
        try:
            self.end, self.end_slot = tape.count, tape.slots
            self.adjoint = self._adjoints()
            """Slot -> slot of its adjoint, -1 for zero."""
            self.active = self._activity(inputs)
        finally:
            tape.at_work = before
        self.look = np.zeros(max(self.end, 1), np.uint8)
        """Scalar instructions that are swept by `run_instruction` whatever they are."""
        self._native: Writer | None = None
        self.singular: Singular | None = None

    treats_roots = True
    """Whether roots that are zero have rules of their own: passes/singular.py."""
    has_numbers_between = False
    """Whether the result may be differentiated by what is no variable: passes/kinks.py."""

    def guard(self) -> None:
        """Guard, after the sweep, that its rules hold."""
        if self.singular is not None:
            self.singular.guard()

    def decided(self) -> list[tuple[int, int]] | None:
        """(first slot, how many) of the roots that the sweep went through, none of which was zero; None where values have decided what it wrote."""
        singular = self.singular
        if not isinstance(singular, Singular) or singular.at or singular.still or singular.kinks or singular.expected or singular.corners.found:
            return None
        return singular.roots

    def close(self) -> None:
        """Let go of what the sweep has noted: it refers to itself, and would hold tape and arrays until the garbage collector comes by."""
        if isinstance(self.singular, Singular):
            self.singular.__dict__.clear()
        self.algebra.__dict__.clear()
        self.__dict__.clear()

    @cached_property
    def wanted(self) -> frozenset[int]:
        """The slots whose adjoints are wanted."""
        return frozenset(s for slots in self.inputs for s in slots.reshape(-1).tolist())

    def inner(self, start: int, start_slot: int, inputs: Sequence[Slots], ends: Mapping[int, NDArray[np.bool_]] | None = None) -> ReverseSweep:
        """A sweep of what stands on the tape by now, in which no root is looked at; it ends where `ends` (instruction -> elements) says."""
        return _Slopes(self.tape, start, start_slot, inputs, self.numbers, ends or {})

    def codes(self) -> NDArray[np.uint8]:
        """For each opcode whether its scalar form is swept by `run_instruction`: there is no list of its steps."""
        return (templates().table[:, :, 0] == PYTHON).any(axis=1).astype(np.uint8)

    def _adjoints(self) -> Slots:
        """No adjoint yet of any slot."""
        return np.full(self.end_slot, -1, np.int32)

    def stretches(self) -> list[Stretch]:
        """What the sweep goes through, from the front."""
        return [Stretch(self.start, self.end, self.start_slot, self.end_slot)]

    def _activity(self, inputs: Sequence[Slots]) -> NDArray[np.bool_]:
        """Which slots depend on the inputs (a run wholly or not at all)."""
        tape = self.tape
        active, visited = np.zeros(self.end_slot, np.uint8), self.looked_at()
        for slots in inputs:
            active[slots] = 1
        tape.bind(values=False)
        find_varied(tape, self.start, self.end, self.start_slot, active.ctypes.data, visited.ctypes.data)
        return active.view(np.bool_)

    def looked_at(self) -> NDArray[np.uint8]:
        """Which instructions are looked at."""
        visited = np.ones(self.end, np.uint8)
        visited[: self.start] = 0
        return visited

    def seed(self, slots: Slots, adjoint: Any) -> None:
        """Add `adjoint` (recorded or plain, of the shape of `slots`) to the adjoint of an output."""
        adjoint = seed_on(self.tape, adjoint, slots.shape)
        if not isinstance(adjoint, Array):
            self.add(slots.ravel(), self.algebra.value(float(adjoint)))
            return
        self.add(slots.ravel(), self.algebra.value(Array.of(self.tape, adjoint.slots.reshape(-1))))

    # --- values and adjoints as operands of rules --------------------------------------------------------------------------

    def value(self, slots: Slots) -> Value:
        """What stands in these slots: a number, one recorded scalar for all of them, or a recorded array."""
        if slots.size:
            first = int(slots.flat[0])
            if slots.size == 1 or not any(slots.strides) or (int(slots.flat[-1]) == first and bool((slots == first).all())):
                return self.scalar(first)
        return self.algebra.known(Array.of(self.tape, compact(slots)))

    def slots_of(self, part: Value, shape: tuple[int, ...]) -> Slots:
        """The slots of a value that is broadcast to a shape."""
        a = self.algebra.recorded(part)
        if part.array is None:
            self.numbers[a.slot] = part.number  # type: ignore[assignment]
        return a.slots if a.shape == shape else np.broadcast_to(a.slots, shape)

    def adjoint_of(self, slots: Slots) -> Value:
        """The adjoint of some slots, zeros included."""
        found = self.adjoint[slots]
        missing = found < 0
        if missing.all():
            return self.algebra.zero
        if missing.any():
            found = np.where(missing, np.int32(self.slots_of(self.algebra.zero, ())), found).astype(np.int32)
        return self.value(found)

    def gradient(self, slots: Slots) -> Array:
        """The adjoint of `slots`, zeros included, as a recorded array of their shape: in C order, as all derivatives are."""
        found = self.slots_of(self.adjoint_of(slots), slots.shape)
        if not slots.shape:
            return Array(self.tape, int(found))
        return Array.of(self.tape, found if found.flags.c_contiguous and 0 not in found.strides else found.copy())  # 0: users may store into it

    def add(self, slots: Slots, part: Value) -> None:
        """Add a value to the adjoints of `slots` (of one axis); a slot may stand there repeatedly."""
        if part.number == 0.0:
            return
        if not _distinct(slots):
            order = np.argsort(slots, kind="stable")
            ranked = slots[order]
            first = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
            if first.size < slots.size:
                self.add(ranked[first], self._totals(self.slots_of(part, slots.shape)[order], first))
                return
        known = self.adjoint[slots]
        have = known >= 0
        if have.all() and known.size:
            if part.array is not None and part.array.shape and slots.size > 1 and not bool((slots[1:] > slots[:-1]).all()):
                order = np.argsort(slots)  # results lie as what they are adjoints of: as read by what reads that
                slots, known, part = slots[order], known[order], self.value(part.array.slots.reshape(-1)[order])
            self.adjoint[slots] = self.slots_of(self.value(known) + part, slots.shape)
            return
        new = self.slots_of(part, slots.shape)
        if have.any():
            both = self.value(known[have]) + self.value(new[have])
            new = new.copy()
            new[have] = self.slots_of(both, (int(have.sum()),))
        self.adjoint[slots] = new

    def _totals(self, slots: Slots, first: NDArray[np.intp]) -> Value:
        """Sums over pieces of a list of slots that begin there: over the rows of a matrix, where the slots are one."""
        grid = lattice(slots) if slots.size % first.size == 0 else None
        if grid is not None and grid[1][0] == first.size and bool((first == grid[1][1] * np.arange(first.size)).all()):
            return self.algebra.value(np.sum(self.array(strided(*grid)), axis=1))
        base = segments.INSTRUCTION.append(self.tape, slots, np.append(first, slots.size))
        return self.value(run_slots(base, first.size))

    def add_scalar(self, slot: int, part: Value) -> None:
        known = int(self.adjoint[slot])
        if known >= 0:
            part = self.scalar(known) + part
        elif part.number == 0.0:
            return
        self.adjoint[slot] = self.slots_of(part, ())

    def scalar(self, slot: int) -> Value:
        """One slot as an operand."""
        number = self.numbers.get(slot)
        return Value(self.algebra, number) if number is not None else self.algebra.known(Array(self.tape, slot))

    def run(self) -> None:
        """The sweep itself, from the seeds."""
        if self.singular is None:
            self.singular = Singular(self, self.treats_roots)
        with np.errstate(all="ignore"):  # partials of plain numbers may be infinite, as in a native sweep
            self._run_all()
            if self.singular.kinks:
                kinks.write(self, self.singular)

    def _run_all(self) -> None:
        tape = self.tape
        tape.busy += 1
        k, slot = self.end, self.end_slot
        try:
            while k > self.start:
                if tape.opcode[k - 1] < RUN and tape.lines is None:
                    k, slot = self._write(k, slot, self.start)
                    if k == self.start:
                        break
                k -= 1
                op = int(tape.opcode[k])
                n = int(tape.arg1[k]) if op >= RUN else 1
                slot -= n
                if n and self.active[slot]:
                    self.run_instruction(k, slot, op, n)
        finally:
            tape.busy -= 1

    def _write(self, k: int, slot: int, stop: int) -> tuple[int, int]:
        """Sweep scalar instructions natively, down to one that Python must look at; returns the instruction and slot reached."""
        tape = self.tape
        if self._native is None:
            self._native = Writer(self)
        while True:
            before = k
            k, slot = self._native.write(k, slot, stop)
            if k == stop or tape.opcode[k - 1] >= RUN or k == before or not self._native.full:
                return k, slot

    def run_instruction(self, k: int, slot: int, op: int, n: int) -> None:
        """Pass the adjoints of an instruction, whose results depend on the inputs, on to its operands."""
        if op < RUN:
            if self.adjoint[slot] >= 0:
                self._scalar(k, slot, op)
        elif (self.adjoint[slot : slot + n] >= 0).any():
            self._run(k, slot, op - RUN, n)

    def _scalar(self, k: int, slot: int, op: int) -> None:
        if op not in CONTRIBUTIONS:
            return
        tape = self.tape
        if k in self.singular.at:  # type: ignore[union-attr]
            self.singular.move(slot, 1)  # type: ignore[union-attr]
            if self.adjoint[slot] < 0:
                return
        g = self.scalar(int(self.adjoint[slot]))
        slots = (int(tape.arg0[k]), int(tape.arg1[k]))[: ARITY[op]]
        x, y, z = self.scalar(slots[0]), self.scalar(slots[-1]), Value(self.algebra, None, Array(tape, slot))
        self.algebra.note(op, (x, y)[: ARITY[op]], z.array)
        if k in self.singular.corners.at:  # type: ignore[union-attr]
            self.singular.corners.meet(k, slot, 1, g)  # type: ignore[union-attr]
        if k in self.singular.at:  # type: ignore[union-attr]
            for target, part in zip(slots, self.singular.parts(k, slot, 1, g, (x, y)[: ARITY[op]], [np.array([s], np.int32) for s in slots]), strict=True):  # type: ignore[union-attr]
                if self.active[target]:
                    self.add_scalar(target, part)
            return
        for target, rule in zip(slots, CONTRIBUTIONS[op], strict=False):
            if rule is not None and self.active[target]:
                self.add_scalar(target, rule(self.algebra, g, x, y, None, z))

    def _run(self, k: int, slot: int, op: int, n: int) -> None:
        tape = self.tape
        if op < FIRST_STRUCTURAL:
            if op in CONTRIBUTIONS:
                self._elementwise(k, slot, op, n)
            return
        of(op).write_reverse(self, k, slot, int(tape.arg0[k]), n)

    # --- what structural instructions write with ---------------------------------------------------------------------------

    def array(self, slots: Slots) -> Array:
        """A recorded array of these slots."""
        return Array.of(self.tape, slots)

    def run_array(self, base: int, shape: tuple[int, ...]) -> Array:
        """A recorded array of consecutive slots."""
        return Array.of_run(self.tape, base, shape)

    def apply(self, op: int, *operands: Any) -> Any:
        """An elementwise operation."""
        return apply(op, *operands)

    def matmul(self, left: Slots, right: Slots, *flags: Any) -> Array:
        """A matrix product, as `MatrixProduct.append` takes it."""
        base = matmul.INSTRUCTION.append(self.tape, left, right, *flags)
        return self.run_array(base, (max(left.shape[0], right.shape[0]), left.shape[1], right.shape[2]))

    def add_array(self, slots: Slots, part: Array) -> None:
        """Add an array to the adjoints of slots of its shape."""
        self.add(slots.reshape(-1), self.value(part.slots.reshape(-1)))

    def operands(self, k: int, op: int, n: int) -> list[Value]:
        """The operands of an elementwise run."""
        tape = self.tape
        at = int(tape.arg0[k])
        found = []
        for ref in range(at, at + REF * ARITY[op], REF):
            kind, base = tape.meta[ref], tape.meta[ref + 1]
            if kind == SCALAR_REF | INACTIVE:  # a constant, whose value stands there since it was recorded
                found.append(Value(self.algebra, float(tape.value[base])))
            elif kind & KIND == SCALAR_REF:
                found.append(self.scalar(base))
            else:
                found.append(self.value(referenced(tape, ref, n)))
        return found

    def _elementwise(self, k: int, slot: int, op: int, n: int) -> None:
        tape = self.tape
        at = int(tape.arg0[k])
        if k in self.singular.at:  # type: ignore[union-attr]
            self.singular.move(slot, n)  # type: ignore[union-attr]
            if (self.adjoint[slot : slot + n] < 0).all():
                return
        g = self.adjoint_of(run_slots(slot, n))
        operands = self.operands(k, op, n)
        x, y, w = (*operands, None, None)[:3]
        z = self.value(run_slots(slot, n))
        if z.array is not None:
            self.algebra.note(op, tuple(operands), z.array)
        parts = None
        if k in self.singular.corners.at:  # type: ignore[union-attr]
            self.singular.corners.meet(k, slot, n, g)  # type: ignore[union-attr]
        if k in self.singular.at:  # type: ignore[union-attr]
            places = [referenced(tape, at + REF * p, n) for p in range(len(operands))]
            parts = self.singular.parts(k, slot, n, g, operands, places)  # type: ignore[union-attr]
        for p, rule in enumerate(CONTRIBUTIONS[op]):
            ref = at + REF * p
            if rule is None or tape.meta[ref] & INACTIVE:
                continue
            slots = referenced(tape, ref, n)
            if not self.active[slots].any():
                continue
            part = parts[p] if parts is not None else self.algebra.value(rule(self.algebra, g, x, y, w, z))
            if tape.meta[ref] & KIND == SCALAR_REF:
                self.add_scalar(tape.meta[ref + 1], self.total(part, n))
            else:
                self.add(slots, part)

    def total(self, part: Value, n: int) -> Value:
        """The sum of a value over n elements."""
        if part.array is None or part.array.shape == ():
            return part * float(n)
        return self.algebra.value(np.sum(part.array))


class _NoCorners:
    """Nothing is looked at but roots."""

    at: ClassVar[dict[int, Any]] = {}


class _Ends:
    """Roots that a sweep does not go beyond where they are zero; what a `Singular` is asked in a sweep."""

    def __init__(self, sweep: ReverseSweep, at: Mapping[int, NDArray[np.bool_]]) -> None:
        self.sweep, self.at, self.kinks, self.corners = sweep, at, (), _NoCorners

    def move(self, slot: int, n: int) -> None:
        pass

    def parts(self, k: int, slot: int, n: int, g: Value, operands: Sequence[Value], places: Sequence[Slots]) -> list[Value]:
        F, z = self.sweep.algebra, self.sweep.value(run_slots(slot, n))
        if self.at[k].all():
            return [F.zero] * len(operands)
        rules = CONTRIBUTIONS[int(self.sweep.tape.opcode[k] & OPERATION)]
        return [F.where(z == 0.0, 0.0, rule(F, g, operands[0], operands[-1], None, z)) for rule in rules]  # type: ignore[misc]


class _Slopes(ReverseSweep):
    """A sweep that finds slopes of adjoints by lengths and variables, for passes/singular.py; NaN where there is a corner."""

    treats_roots = False

    def __init__(self, tape: Tape, start: int, start_slot: int, inputs: Sequence[Slots], numbers: Mapping[int, float], ends: Mapping[int, NDArray[np.bool_]]) -> None:
        self.ends = ends
        super().__init__(tape, start, start_slot, inputs, numbers)
        self.look[list(ends)] = 1
        self.singular = _Ends(self, ends)

    def looked_at(self) -> NDArray[np.uint8]:
        visited = super().looked_at()
        visited[[k for k, zero in self.ends.items() if zero.all()]] = 0
        return visited

    def codes(self) -> NDArray[np.uint8]:
        found = super().codes()
        found[list(CORNERS)] = 1
        return found

    def _scalar(self, k: int, slot: int, op: int) -> None:
        if op not in CORNERS:
            super()._scalar(k, slot, op)
            return
        x = int(self.tape.arg0[k])
        if self.active[x]:
            self.add_scalar(x, _corner(op, self.scalar(int(self.adjoint[slot])), self.scalar(x)))

    def _elementwise(self, k: int, slot: int, op: int, n: int) -> None:
        if op not in CORNERS:
            super()._elementwise(k, slot, op, n)
            return
        slots = referenced(self.tape, int(self.tape.arg0[k]), n)
        if self.active[slots].any():
            self.add(slots, _corner(op, self.adjoint_of(run_slots(slot, n)), self.value(slots)))


CORNERS = (ops.CORNER, ops.ABS, ops.SIGN)


def _corner(op: int, g: Value, x: Value) -> Value:
    """What an operation with a corner at zero contributes to the adjoint of its operand: NaN there, but for a function of the corner whose
    own derivative is zero (a sign jumps, whatever it is multiplied with)."""
    F = g.algebra
    if op == ops.SIGN:
        return F.where(x == 0.0, float("nan"), 0.0)
    off = F.where(g == 0.0, 0.0, float("nan"))
    return off if op == ops.CORNER else F.where(x == 0.0, off, F.mulz(g, F.sign(x)))


def differentiate(tape: Tape, outputs: Slots, inputs: Sequence[Slots], adjoints: Any = 1.0) -> tuple[Tape, list[Slots]]:
    """A tape that computes the gradient of what another one computes; it can be differentiated again.

    Args:
        tape: a recording; it is left as it is.
        outputs: int32 slots, of any shape.
        inputs: arrays of slots that the gradient is taken by: of inputs, or of anything else on the tape.
        adjoints: of the outputs; a number, or an array of their shape.

    Returns:
        The new tape, evaluated, with what does not matter for the gradient left out and with the guards of the old one; and
        for each array of `inputs` the slots of its gradient on the new tape, of the same shape.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.passes.reverse import differentiate
        >>> F = jt.record(lambda x: x[0] ** 3, np.array([2.0]))
        >>> first, (g,) = differentiate(F.tape, np.array([F.tape.slots - 1], np.int32), [np.array([0], np.int32)])
        >>> second, (h,) = differentiate(first, g, [np.array([0], np.int32)])
        >>> first.value[g].tolist(), second.value[h].tolist()
        ([12.0], [12.0])
    """
    new = tape.copy()
    new.thread, new.ended, new.plan = threading.get_ident(), False, None
    new.resume()
    sweep = ReverseSweep(new, 0, 0, inputs)
    sweep.seed(np.asarray(outputs, np.int32), adjoints)
    sweep.run()
    found = [sweep.gradient(np.asarray(slots, np.int32)).slots for slots in inputs]
    sweep.close()
    new, by = prune(new, found)
    new.evaluate()
    return new, [(slots + by[slots]).astype(np.int32) for slots in found]
