"""Second-order rules of roots at zero, where the chain rule meets an infinite factor.

A length r = sqrt(s) passes the adjoint g / (2 r) on. Where r is zero and g is, too, as that of a function of r whose derivative
vanishes there (r**2, cosh(r), a kernel of a distance), the limit of g / r is the slope of g in r. A reverse sweep that finds
such a point when it is written computes the slope by a sweep of its own, from g down to r, and writes it for the quotient: so the
Hessian of norm(x)**2 at zero is 2 I. Where there is no limit (g is not zero; or g depends on another length that is zero,
too, as that of norm(x) * norm(y) does), second derivatives are NaN, and first ones follow the conventions of the table.

What makes that work for products with vectors, nested sweeps and replays alike: the derivative of s is zero there, and
a factor of exactly zero gives exactly zero. Only the value of the quotient counts, and its own derivative may be unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions.references import Slots, referenced, run_slots
from jittape.ops._generated import opcodes as ops
from jittape.ops._generated.rules import CONTRIBUTIONS
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, FIRST_STRUCTURAL, OPERATION, REF, RUN, SUM
from jittape.tape.decode import ARITY, lengths
from jittape.tape.guards import HOLDS, KEY

if TYPE_CHECKING:
    from jittape.passes.algebra import Value
    from jittape.passes.reverse import ReverseSweep
    from jittape.tape.tape import Tape

ROOTS = np.array([ops.SQRT, ops.ROOT, ops.HYPOT], np.uint8)
WORK, LEAST = 64, 1 << 22
"""Slots that the sweeps of slopes may go through, for each slot of the tape, and in any case."""
NEAR = 1e-9
DEPTH, VISITS = 200, 100_000
"""How far an adjoint is followed to the choice that makes it zero."""
NAN = float("nan")
NONE = np.zeros(0, np.intp)


def _taken(g: Value) -> Value | None:
    """The condition of the choice that an adjoint comes from, where it is zero if that was not taken."""
    while g.op in (ops.MULZ, ops.PRODUCT, ops.MUL, ops.NEG):
        g = next((x for x in g.operands if x.op == ops.WHERE), g.operands[0])
    if g.op == ops.WHERE and g.operands[2].number == 0.0 and g.operands[0].array is not None:
        return g.operands[0]
    return None


class Readings:
    """A tape read back, a number at a time: which are zero because a choice was not taken, and which are the same expression."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.stops = np.cumsum(lengths(tape.opcode[: tape.count], tape.arg1[: tape.count]), dtype=np.int64)
        self.known: dict[int, bool] = {}
        self.keys: dict[int, int] = {}
        self.numbers: dict[Any, int] = {}

    def untaken(self, slot: int, depth: int = 0) -> bool:
        """Whether a number is zero to any derivative: a choice was not taken, or a factor is a constant zero."""
        found = self.known.get(slot)
        if found is None:
            zero = self.tape.value[slot] == 0.0 and depth < DEPTH and len(self.known) < VISITS
            found = self.known[slot] = bool(zero and self._untaken(slot, depth + 1))
        return found

    def _untaken(self, slot: int, depth: int) -> bool:
        tape = self.tape
        k, op = self._instruction(slot)
        if op == CONSTANT:
            return True
        if op == ops.WHERE:
            condition, a, b = self._operands(k, slot, 3)
            return self.untaken(a if tape.value[condition] != 0.0 else b, depth)
        if op in (ops.ADD, ops.SUB):
            return all(self.untaken(s, depth) for s in self._operands(k, slot, 2))
        if op in (ops.MUL, ops.MULZ, ops.PRODUCT):
            return any(self.untaken(s, depth) for s in self._operands(k, slot, 2))
        return op in (ops.NEG, ops.DIV) and self.untaken(self._operands(k, slot, 1)[0], depth)

    def key(self, slot: int, depth: int = 0) -> int:
        """A number that is the same for slots that are the same expression, as far as that is followed."""
        found = self.keys.get(slot)
        if found is None:
            what: Any = ("slot", slot)
            k, op = self._instruction(slot)
            if op == CONSTANT:
                what = ("constant", float(self.tape.value[slot]))
            elif depth < DEPTH and len(self.keys) < VISITS and op >= FIRST_OPERATION:
                operands = None
                if op < FIRST_STRUCTURAL:
                    operands = self._operands(k, slot, ARITY[op])
                elif op == SUM:
                    operands = self._summands(k, slot)
                if operands is not None:
                    what = (op, *(self.key(s, depth + 1) for s in operands))
            found = self.keys[slot] = self.numbers.setdefault(what, len(self.numbers))
        return found

    def _instruction(self, slot: int) -> tuple[int, int]:
        k = int(np.searchsorted(self.stops, slot, "right"))
        return k, int(self.tape.opcode[k] & OPERATION)

    def _operands(self, k: int, slot: int, count: int) -> list[int]:
        tape = self.tape
        if tape.opcode[k] < RUN:
            return [int(tape.arg0[k]), int(tape.arg1[k])][:count]
        n, at = int(tape.arg1[k]), int(tape.arg0[k])
        i = slot - (int(self.stops[k]) - n)
        return [int(referenced(tape, at + REF * p, n)[i]) for p in range(count)]

    def _summands(self, k: int, slot: int) -> list[int]:
        tape = self.tape
        n, at = int(tape.arg1[k]), int(tape.arg0[k])
        row, i = int(tape.meta[at]), slot - (int(self.stops[k]) - n)
        return referenced(tape, at + 1, n * row)[i * row : (i + 1) * row].tolist()  # type: ignore[no-any-return]


def roots(sweep: ReverseSweep) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """(instructions, first slots) of the roots that a sweep goes through."""
    tape = sweep.tape
    at, slots = [NONE], [np.zeros(0, np.int64)]
    for st in sweep.stretches():
        opcode = tape.opcode[st.first : st.end]
        found = np.flatnonzero(np.isin(opcode & OPERATION, ROOTS))
        if not found.size:
            continue
        sizes = lengths(opcode, tape.arg1[st.first : st.end])
        starts = st.slot + np.cumsum(sizes, dtype=np.int64) - sizes
        found = found[sweep.active[starts[found]] & (sizes[found] > 0)]
        at.append(found + st.first)
        slots.append(starts[found])
    return np.concatenate(at), np.concatenate(slots)


class Singular:
    """The roots of a sweep that are zero somewhere, at the values that the tape has.

    Args:
        treated: find them now; else nothing is done about them (but `guard` may be asked).

    Attributes:
        at: instruction -> where it is zero.
    """

    def __init__(self, sweep: ReverseSweep, treated: bool = True) -> None:
        self.sweep = sweep
        self.at: dict[int, NDArray[np.bool_]] = {}
        self.zeros: dict[int, Slots] = {}
        """Instruction -> slots that are zero."""
        self.stops: dict[int, int] = {}
        """Instruction -> the slot after those that it wrote."""
        self.left = max(WORK * sweep.end_slot, LEAST)
        instructions, starts = roots(sweep) if treated else (NONE, NONE)
        if not instructions.size:
            return
        tape = sweep.tape
        tape.evaluate()
        for k, s in zip(instructions.tolist(), starts.tolist(), strict=True):
            zero = tape.value[s : s + self.size(k)] == 0.0
            if zero.any():
                self.at[k] = zero
                self.zeros[k], self.stops[k] = s + np.flatnonzero(zero), s + self.size(k)
                sweep.look[k] = 1

    def size(self, k: int) -> int:
        tape = self.sweep.tape
        return int(tape.arg1[k]) if tape.opcode[k] >= RUN else 1

    def guard(self) -> None:
        """Guard, after the sweep, that no other root becomes zero where this would need a rule of its own: then a path is due that has it.

        An adjoint that is zero because a choice was not taken (np.where) asks for nothing.
        """
        sweep = self.sweep
        F, tape = sweep.algebra, sweep.tape
        lengths_, seconds = [], []
        instructions, starts = roots(sweep)
        for k, s in zip(instructions.tolist(), starts.tolist(), strict=True):
            here = run_slots(s, self.size(k))
            if k in self.at:
                here = here[~self.at[k]]
            here = here[sweep.adjoint[here] >= 0]
            if not here.size:
                continue
            g = sweep.value(sweep.adjoint[here])
            second = F.value(0.0) if tape.opcode[k] & OPERATION == ops.ROOT else g
            if second.array is None and second.number != 0.0:
                continue
            taken = _taken(g)
            if taken is not None:
                second = F.where(taken, second, NAN)
            lengths_.append(here)
            seconds.append(np.array(sweep.slots_of(second, here.shape)))
        if not lengths_:
            return
        found = sweep.value(np.concatenate(lengths_)) == 0.0
        found = found * (sweep.value(np.concatenate(seconds)) == 0.0)
        fine = F.value(sweep.total(found, sum(x.size for x in lengths_))) == 0.0
        pattern = repr([(k, zero.tobytes()) for k, zero in self.at.items()]).encode()
        slot = int(F.recorded(fine).slots.reshape(-1)[0])
        tape.guard(slot, 1.0, "that no length is zero", HOLDS, hashlib.blake2b(pattern, digest_size=KEY).digest())

    def parts(self, k: int, slot: int, n: int, g: Value, operands: Sequence[Value]) -> list[Value]:
        """What a root that is zero somewhere contributes to the adjoints of its operands: by the table's rules where it is not zero."""
        sweep = self.sweep
        F, op = sweep.algebra, int(sweep.tape.opcode[k] & OPERATION)
        z = sweep.value(run_slots(slot, n))
        x, y = operands[0], operands[-1]
        rules = [F.value(rule(F, g, x, y, None, z)) for rule in CONTRIBUTIONS[op][: len(operands)]]  # type: ignore[misc]
        if g.array is None and g.number != 0.0:
            slope = F.zero
        else:
            slope = self.slope(k, slot, g, np.flatnonzero(self.at[k]))
        if op == ops.HYPOT:
            limits, kinks = [F.product(slope, x), F.product(slope, y)], rules
        else:
            half = slope * 0.5
            if self.moves(slope, k, slot, n):  # how the quotient moves is not known, and counts where x moves
                half = half + F.product(NAN, x)
            limits, kinks = [half], [F.product(NAN, x) + NAN] if op == ops.ROOT else rules
        return [F.where(z == 0.0, F.where(g == 0.0, limit, kink), rule) for limit, kink, rule in zip(limits, kinks, rules, strict=True)]

    def moves(self, slope: Value, k: int, slot: int, n: int) -> bool:
        """Whether a slope depends on the root itself."""
        if slope.array is None:
            return False
        inner = self.sweep.inner(k + 1, slot + n, [run_slots(slot, n)])
        return bool(inner.active[slope.array.slots].any())

    def slope(self, k: int, slot: int, g: Value, which: NDArray[np.intp]) -> Value:
        """The derivatives of adjoints by the roots that they belong to, where a root is zero; NaN where they depend on others that are.

        A root that is the same expression is the same root: norm(x) * norm(x).
        """
        sweep = self.sweep
        F, tape = sweep.algebra, sweep.tape
        if g.array is None:
            return F.zero
        n, own = self.size(k), (slot + which).astype(np.int32)
        adjoints = sweep.slots_of(g, (n,))[which]
        tape.evaluate()
        read = Readings(tape)
        if all(read.untaken(s) for s in adjoints[tape.value[adjoints] == 0.0].tolist()):
            return F.zero
        place = {read.key(s): i for i, s in enumerate(own.tolist())}
        twins, owners, start, first_slot = [], [], k + 1, slot + n
        for j, slots in self.zeros.items():
            found = [(s, place[read.key(s)]) for s in slots.tolist() if j != k and read.key(s) in place]
            twins += [s for s, _ in found]
            owners += [i for _, i in found]
            if found and j < k:
                start, first_slot = min((start, first_slot), (j + 1, self.stops[j]))
        others = [slots for j, slots in self.zeros.items() if j > k]
        rest = np.setdiff1d(np.concatenate(others), twins).astype(np.int32) if others else np.zeros(0, np.int32)
        roots_ = np.append(own, twins).astype(np.int32)
        owner = np.append(np.arange(own.size), owners).astype(np.intp)
        weights = 1.0 + (np.arange(own.size) * 0.6180339887498949) % 1.0
        first, cross = self.derivatives(start, first_slot, adjoints, roots_, rest, None)
        second: Value | None = first
        if own.size > 1 and (first is None or first.number != 0.0 or cross is not None):
            second, _ = self.derivatives(start, first_slot, adjoints, roots_, rest, weights)
        if first is None or second is None:
            return F.value(NAN)
        if second is not first:  # each depends on its own roots only, or the weights are not found again
            expected = first * F.value(self.constant(weights[owner]))
            off = F.abs(second - expected) > NEAR * (F.abs(second) + F.abs(expected))
            first = F.where(off, NAN, first)
        if roots_.size > own.size and first.array is not None:
            slots = sweep.slots_of(first, roots_.shape)
            total = sweep.value(slots[: own.size])
            for i, s in zip(owners, slots[own.size :].tolist(), strict=True):
                if own.size == 1:
                    total = total + sweep.scalar(s)
                else:
                    total = total + F.value(self.constant(np.arange(own.size) == i)) * sweep.scalar(s)
            first = total
        if cross is not None:
            first = F.where(cross == 0.0, first, NAN)
        if first.array is None or own.size == n:
            return first
        found_ = np.full(n, F.slot(NAN), np.int32)
        found_[which] = sweep.slots_of(first, own.shape)
        return sweep.value(found_)

    def constant(self, numbers: NDArray[Any]) -> Any:
        from jittape.array.append import constant_operand

        return self.sweep.array(constant_operand(self.sweep.tape, numbers)[0])

    def derivatives(self, start: int, start_slot: int, adjoints: Slots, own: Slots, others: Slots, weights: Any) -> tuple[Value | None, Value | None]:
        """The gradient of the (weighted) sum of adjoints by some roots, and a number that is zero where it is by others; None for NaN."""
        sweep = self.sweep
        self.left -= sweep.tape.slots
        if self.left < 0:
            return None, None
        inner = sweep.inner(start, start_slot, [own, others])
        inner.seed(adjoints, 1.0 if weights is None else weights)
        inner.run()
        F = sweep.algebra
        found = F.zero if (inner.adjoint[own] < 0).all() else sweep.value(inner.gradient(own).slots)
        if not others.size or not (inner.adjoint[others] >= 0).any():
            return found, None
        return found, F.value(np.sum(np.abs(inner.gradient(others))))
