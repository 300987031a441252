"""Powers without a root, and their kin, at zero: corners that the chain rule of second derivatives does not see.

A power below one of what is zero, (x @ x)**0.75, has an infinite slope as a root has, and so have its cube root and xlogy(s, s): where s is a length
squared, zero times infinity stands for a second derivative that there is not. A power between one and two has an infinite
curvature: times the squared derivative of s this is zero where s is smooth, (x @ x)**1.5, and where it is steep, x**1.5, infinite;
but abs has derivative zero at zero by convention, and maximum shares halves, so that abs(x)**1.5 and maximum(x, 0)**1.5 would be zero, too.
What has no second derivative is told to passes/kinks.py, as roots without a limit are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.references import Slots, referenced, run_slots
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import OPERATION, REF, RUN
from jittape.passes.kinks import Kink
from jittape.passes.readings import Readings
from jittape.tape.decode import lengths

if TYPE_CHECKING:
    from jittape.passes.algebra import Value
    from jittape.passes.reverse import ReverseSweep
    from jittape.passes.singular import Singular

Mask = NDArray[np.bool_]
NONE = np.zeros(0, np.intp)
NO_SLOTS = np.zeros(0, np.int32)
NO_STARTS = np.zeros(0, np.int64)


def table(*codes: int) -> Mask:
    """For each operation whether it is one of these."""
    found = np.zeros(OPERATION + 1, np.bool_)
    found[list(codes)] = True
    return found


def instructions(sweep: ReverseSweep, wanted: Mask) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """(instructions, first slots) of the operations that a sweep goes through, of a `table` of them."""
    tape = sweep.tape
    at, slots = [NONE], [NO_STARTS]
    for st in sweep.stretches():
        opcode = tape.opcode[st.first : st.end]
        found = np.flatnonzero(wanted[opcode & OPERATION])
        if not found.size:
            continue
        sizes = lengths(opcode, tape.arg1[st.first : st.end])
        starts = st.slot + np.cumsum(sizes, dtype=np.int64) - sizes
        found = found[sizes[found] > 0]
        found = found[sweep.active[starts[found]]]
        at.append(found + st.first)
        slots.append(starts[found])
    return (np.concatenate(at), np.concatenate(slots)) if len(at) > 1 else (NONE, NO_STARTS)


class Corners:
    """The powers, logarithms and sizes of a sweep that may be such corners.

    Attributes:
        at: instruction -> where it is a corner at the values that the tape has.
    """

    def __init__(self, singular: Singular) -> None:
        self.singular, self.sweep = singular, singular.sweep
        self.at: dict[int, Mask] = {}
        self.found: list[tuple[int, int, int]] = []
        """(instruction, first slot, operation) of what would be a corner if it were zero."""
        treated = singular.treated
        powers, starts = instructions(self.sweep, POWERS)
        curved = False
        for k, s in zip(powers.tolist(), starts.tolist(), strict=True):
            op = int(self.sweep.tape.opcode[k] & OPERATION)
            if singular.of_leaves(k, singular.size(k)):  # the table's rules are right
                continue
            steep, bent = self.kind(k, op)
            curved |= bent
            if steep or (bent and not treated):
                self.found.append((k, s, op))
        if not treated:
            return
        sizes, starts = instructions(self.sweep, SIZES if curved else ABSOLUTE)
        if sizes.size and (curved or instructions(self.sweep, SQUARE_ROOTS)[0].size):
            codes = (self.sweep.tape.opcode[sizes] & OPERATION).tolist()
            self.found += list(zip(sizes.tolist(), starts.tolist(), codes, strict=True))
        if self.found:
            self.sweep.tape.evaluate()
        for k, s, op in tuple(self.found):
            zero = self.zero(k, s, op)
            if not zero.any():
                continue
            if op == ops.ABS and singular.never(k, zero.size, strictly=False):  # the size of a size
                self.found.remove((k, s, op))
                continue
            self.at[k] = zero
            self.sweep.look[k] = 1

    def kind(self, k: int, op: int) -> tuple[bool, bool]:
        """Whether an operation has an infinite slope at zero, and whether it has a finite one and an infinite curvature."""
        tape = self.sweep.tape
        if op == ops.XLOGY:
            return bool(self.sweep.active[self.operands(k, 0)].any()), False
        if op == ops.CBRT:
            return True, False
        p = tape.value[self.operands(k, 1)]
        return bool(((p > 0.0) & (p < 1.0)).any()), bool(((p > 1.0) & (p < 2.0)).any())

    def operands(self, k: int, place: int) -> Slots:
        tape, at = self.sweep.tape, int(self.sweep.tape.arg0[k])
        if tape.opcode[k] < RUN:
            return np.array([(at, int(tape.arg1[k]))[place]], np.int32)
        n = int(tape.arg1[k])
        return np.broadcast_to(referenced(tape, at + REF * place, n), (n,))

    def zero(self, k: int, s: int, op: int) -> Mask:
        """Where an operation is a corner."""
        tape = self.sweep.tape
        zero: Mask = tape.value[s : s + self.singular.size(k)] == 0.0
        if op == ops.XLOGY:
            zero = zero & (tape.value[self.operands(k, 0)] == 0.0) & (tape.value[self.operands(k, 1)] == 0.0)
        elif op == ops.POWC:
            zero = zero & (tape.value[self.operands(k, 1)] < 1.0)
        elif op in CHOICES:
            zero = zero & (tape.value[self.operands(k, 0)] == tape.value[self.operands(k, 1)])
        return zero

    def tie(self, k: int, slot: int, here: Slots, op: int) -> Value | None:
        """Whether both operands of a choice are the same; None for what is no choice."""
        if op not in CHOICES:
            return None
        x, y = (self.sweep.value(self.operands(k, p)[here - slot]) for p in (0, 1))
        return x == y

    def meet(self, k: int, slot: int, n: int, g: Value) -> None:
        """Note where there is no second derivative, for the adjoint of an operation."""
        singular, sweep = self.singular, self.sweep
        op = int(sweep.tape.opcode[k] & OPERATION)
        which = np.flatnonzero(self.at[k])
        which = which[sweep.adjoint[slot + which] >= 0]
        own = (slot + which).astype(np.int32)
        if g.array is None:
            if g.number != 0.0 and not SIZES[op]:
                self.kink(own, self.operands(k, 0)[which])
            return
        adjoints = sweep.slots_of(g, (n,))[which]
        sweep.tape.evaluate()
        read = Readings(sweep.tape, sweep.wanted)
        flat = sweep.tape.value[adjoints] == 0.0
        singular.expect(adjoints, own, ~flat)
        asks = np.array([not (f and read.untaken(s)) for s, f in zip(adjoints.tolist(), flat.tolist(), strict=True)], np.bool_)
        if not SIZES[op]:
            self.kink(own[asks], self.operands(k, 0)[which[asks]])
            return
        asks &= flat
        own, adjoints = own[asks], adjoints[asks]
        if own.size:
            inner = sweep.inner(0, 0, [own], singular.at)
            inner.seed(adjoints, 1.0)
            inner.run()
            slopes = inner.adjoint[own]
            sweep.tape.evaluate()
            own = own[(slopes >= 0) & ~np.isfinite(sweep.tape.value[slopes])]
            tie = self.tie(k, slot, own, op) if own.size else None
            if tie is not None:  # the larger of x and zero is zero on one side of the tie, too
                singular.expect(sweep.slots_of(tie, own.shape), None, np.ones(own.size, np.bool_))
            self.kink(own, None)

    def kink(self, own: Slots, operands: Slots | None) -> None:
        if own.size:
            self.singular.kinks.append(Kink(own, operands, None, np.zeros(own.size, np.bool_), NO_SLOTS))
            self.singular.expect(own, None, np.zeros(own.size, np.bool_))

    def asked(self, k: int, here: Slots, op: int, g: Value) -> Value | None:
        """As `Singular.asked`."""
        if SIZES[op]:
            return None if g.array is None and g.number != 0.0 else g
        return None if self.singular.never(k, here.size) else self.sweep.algebra.zero

    def watched(self, k: int, slot: int) -> Slots:
        """Elements of an operation that are no corners, and whose becoming zero may make them such."""
        here = run_slots(slot, self.singular.size(k))
        return here[~self.at[k]] if k in self.at else here


CHOICES = (ops.MAXIMUM, ops.MINIMUM, ops.FMAX, ops.FMIN)
POWERS, SQUARE_ROOTS, ABSOLUTE, SIZES = table(ops.POWC, ops.CBRT, ops.XLOGY), table(ops.SQRT), table(ops.ABS), table(ops.ABS, *CHOICES)
