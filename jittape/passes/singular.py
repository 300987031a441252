"""Second-order rules of roots at zero, where the chain rule meets an infinite factor.

A length r = sqrt(s) passes the adjoint g / (2 r) on. Where r is zero and g is, too, as that of a function of r whose derivative
vanishes there (r**2, cosh(r), a kernel of a distance), the limit of g / r is the slope of g in r. A reverse sweep that finds
such a point when it is written computes the slope by a sweep of its own, from g down to r, and writes it for the quotient: so the
Hessian of norm(x)**2 at zero is 2 I. A length that is written twice is one length: what is due to its twins is added to the
adjoint of the first of them.

There is no limit where g is not zero, as that of norm(x) itself; where g moves with anything else, as that of x[0] * norm(x) or of
norm(x) * norm(y) does; or where its slope is unknown. First derivatives follow the conventions of the table there, and the
second ones that have no limit are NaN, whatever else is zero: passes/kinks.py.

What makes limits work for products with vectors, nested sweeps and replays alike: the derivative of s is zero there, and
a factor of exactly zero gives exactly zero. Only the value of the quotient counts, and its own derivative may be unknown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.append import constant_operand
from jittape.instructions.references import Slots, referenced, run_slots
from jittape.ops._generated import opcodes as ops
from jittape.ops._generated.rules import CONTRIBUTIONS
from jittape.ops.layout import INPUT, OPERATION, RUN
from jittape.passes.corners import Corners, instructions, table
from jittape.passes.kinks import Kink, Patterns
from jittape.passes.readings import Readings
from jittape.passes.still import Still
from jittape.tape.decode import lengths
from jittape.tape.guards import HOLDS, KEY

if TYPE_CHECKING:
    from jittape.passes.algebra import Value
    from jittape.passes.reverse import ReverseSweep

ROOTS = table(ops.SQRT, ops.ROOT, ops.HYPOT)
WORK, LEAST = 64, 1 << 22
"""Slots that the sweeps of slopes may go through, for each slot of the tape, and in any case."""
NEAR = 1e-9
LOOKED_AT = 1000
"""Elements of an instruction that are looked at one by one."""
NAN = float("nan")
NONE = np.zeros(0, np.intp)
Mask = NDArray[np.bool_]


def _taken(g: Value) -> Value | None:
    """The condition of the choice that an adjoint comes from, where it is zero if that was not taken."""
    while g.op in (ops.MULZ, ops.PRODUCT, ops.MUL, ops.NEG):
        g = next((x for x in g.operands if x.op == ops.WHERE), g.operands[0])
    if g.op == ops.WHERE and g.operands[2].number == 0.0 and g.operands[0].array is not None:
        return g.operands[0]
    return None


class Singular:
    """The roots of a sweep that are zero somewhere, at the values that the tape has.

    Args:
        treated: find them now; else nothing is done about them (but `guard` may be asked).

    Attributes:
        at: instruction -> where it is zero, of those that are looked at.
        still: instruction -> where it is zero whatever the variables are.
        kinks: what there is no limit for, as far as the sweep has come.
    """

    def __init__(self, sweep: ReverseSweep, treated: bool = True) -> None:
        self.sweep, self.treated = sweep, treated
        self.at: dict[int, Mask] = {}
        self.still: dict[int, Mask] = {}
        self.kinks: list[Kink] = []
        self.zeros: Slots = np.zeros(0, np.int32)
        """Slots that are zero."""
        self.first: dict[int, int] = {}
        """Slot -> the first one of the same expression, for those that are not the first one."""
        self.same: dict[int, list[int]] = {}
        """The first one -> the others."""
        self.expected: list[tuple[Slots, Slots | None, Mask]] = []
        """(numbers, roots, which are not zero): what was decided; where roots are given, for those that are zero only."""
        self._steep: dict[int, bool] = {}
        self.left = max(WORK * sweep.end_slot, LEAST)
        self.corners = Corners(self)
        self.roots: list[tuple[int, int]] = []
        """(first slot, how many) of the roots that were looked at."""
        found, starts = instructions(sweep, ROOTS) if treated else (NONE, NONE)
        if not found.size:
            return
        self.roots = [(s, self.size(k)) for k, s in zip(found.tolist(), starts.tolist(), strict=True)]
        tape = sweep.tape
        tape.evaluate()
        zeros = []
        for k, s in zip(found.tolist(), starts.tolist(), strict=True):
            zero = tape.value[s : s + self.size(k)] == 0.0
            if zero.any():
                self.at[k] = zero = zero & ~self.stand_still(k, s, zero)
                zeros.append(s + np.flatnonzero(zero))
                sweep.look[k] = 1
        if zeros:
            self.zeros = np.concatenate(zeros).astype(np.int32)
            self.twins()

    def stand_still(self, k: int, slot: int, zero: Mask) -> Mask:
        """Which of the roots that are zero are so wherever the variables are, and have no derivative of any order."""
        found = np.zeros(zero.size, np.bool_)
        if self.sweep.tape.opcode[k] & OPERATION != ops.SQRT:  # whose slope is infinite
            which = np.flatnonzero(zero)[:LOOKED_AT]
            found[which] = [self.read_still.root(slot + i) for i in which.tolist()]
            masks = np.array(sorted(self.read_still.masks), np.int32)
            self.expect(masks, None, self.sweep.tape.value[masks] != 0.0)
        if found.any():
            self.still[k] = found
        return found

    @cached_property
    def read_still(self) -> Still:
        return Still(self.sweep.tape, self.sweep.wanted)

    @cached_property
    def variables(self) -> Slots:
        """What second derivatives may be taken by."""
        return variables(self.sweep)

    def twins(self) -> None:
        """Find the roots that are the same expression."""
        if self.zeros.size == 1:
            return
        known: dict[int, int] = {}
        for s in self.zeros.tolist():
            first = known.setdefault(self.read.key(s), s)
            if first != s:
                self.first[s] = first
                self.same.setdefault(first, []).append(s)

    @cached_property
    def read(self) -> Readings:
        """The tape as it is before the sweep."""
        return Readings(self.sweep.tape, self.sweep.wanted)

    @cached_property
    def repeated(self) -> set[int]:
        """First slots of instructions whose roots may be written more than once: together they may have a limit that none has alone."""
        _, starts = instructions(self.sweep, ROOTS)
        if starts.size < 2:
            return set()
        keys = np.array([self.read.key(s) for s in starts.tolist()])
        _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
        return set(starts[counts[place] > 1].tolist())

    def size(self, k: int) -> int:
        tape = self.sweep.tape
        return int(tape.arg1[k]) if tape.opcode[k] >= RUN else 1

    def guard(self) -> None:
        """Guard, after the sweep, that no other root becomes zero where this would need a rule of its own, and that for those that are
        zero the same is found: else a path is due that has it.

        An adjoint that is zero because a choice was not taken (np.where) asks for nothing.
        """
        sweep = self.sweep
        F, tape = sweep.algebra, sweep.tape
        off: list[Value] = []
        rooted: list[Slots] = []

        def watch(here: Slots, second: Value | None, tie: Value | None = None) -> None:
            if second is None:
                return
            taken = _taken(sweep.value(sweep.adjoint[here]))
            if taken is not None:
                second = F.where(taken, second, NAN)
            if second.number == 0.0 and tie is None:
                rooted.append(here)
            else:
                zero = sweep.value(here) == 0.0
                off.append(F.value(sweep.total((zero if tie is None else zero * tie) * (second == 0.0), here.size)))

        found, starts = instructions(sweep, ROOTS)
        for k, s in zip(found.tolist(), starts.tolist(), strict=True):
            here = run_slots(s, self.size(k))
            if k in self.at:
                here = here[~(self.at[k] | self.still.get(k, False))]
            here = here[sweep.adjoint[here] >= 0]
            if here.size:
                watch(here, self.asked(k, here, sweep.value(sweep.adjoint[here])))
        for k, s, op in self.corners.found:
            here = self.corners.watched(k, s)
            here = here[sweep.adjoint[here] >= 0]
            if here.size:
                watch(here, self.corners.asked(k, here, op, sweep.value(sweep.adjoint[here])), self.corners.tie(k, s, here, op))
        if rooted:
            off.append(F.value(sweep.total(sweep.value(np.concatenate(rooted)) == 0.0, sum(x.size for x in rooted))))
        for slots, where, there in self.expected:
            same = sweep.value(slots) == 0.0
            same = F.where(F.value(self.constant(there)), same, same == 0.0)
            if where is not None:  # a kink stays one; another root may cease to be zero
                zero = sweep.value(where) == 0.0
                same = F.where(F.value(self.constant(there)), F.where(zero, same, 1.0), F.where(zero, same, 0.0))
            off.append(F.value(sweep.total(same, slots.size)))
        if not off:
            return
        total = off[0]
        for part in off[1:]:
            total = total + part
        fine = total == 0.0
        pattern = repr([(k, zero.tobytes()) for k, zero in (*self.at.items(), *self.corners.at.items())] + [there.tobytes() for _, _, there in self.expected]).encode()
        slot = int(F.recorded(fine).slots.reshape(-1)[0])
        tape.guard(slot, 1.0, "that no length is zero", HOLDS, hashlib.blake2b(pattern, digest_size=KEY).digest())

    def asked(self, k: int, here: Slots, g: Value) -> Value | None:
        """A number that is zero where a root that is zero would need a rule of its own; None where none would.

        What is not written to be differentiated again has infinite factors in place of rules for square roots: these are NaN times zero.
        """
        sweep, op = self.sweep, int(self.sweep.tape.opcode[k] & OPERATION)
        if op != ops.SQRT:
            return sweep.algebra.zero
        if self.never(k, here.size):
            return None
        if not self.treated and int(here[0]) not in self.repeated:
            return None if g.array is None and g.number != 0.0 else g
        return None if g.array is None and g.number != 0.0 and self.of_leaves(k, here.size) else sweep.algebra.zero

    def of_leaves(self, k: int, n: int) -> bool:
        """Whether all operands of a root (or a copy) are leaves or copies of them: no lengths, and the table's rules are right where they are
        zero."""
        tape, at = self.sweep.tape, int(self.sweep.tape.arg0[k])
        operands = np.array([at]) if tape.opcode[k] < RUN else referenced(tape, at, n)
        stops = np.cumsum(lengths(tape.opcode[:k], tape.arg1[:k]), dtype=np.int64)
        above = np.unique(np.searchsorted(stops, operands, side="right"))
        codes = tape.opcode[above] & OPERATION
        return bool(np.isin(codes, (INPUT, ops.POS)).all()) and all(self.of_leaves(c, self.size(c)) for c in above[codes == ops.POS].tolist())

    def never(self, k: int, n: int, strictly: bool = True) -> bool:
        """Whether it is plain that no operand of an instruction is zero, as of sqrt(1 + x**2), or negative."""
        tape, at = self.sweep.tape, int(self.sweep.tape.arg0[k])
        operands = [at] if tape.opcode[k] < RUN else referenced(tape, at, n).tolist() if n <= LOOKED_AT else []
        return bool(operands) and all(self.read.positive(s, strictly) for s in operands)

    # --- rules -------------------------------------------------------------------------------------------------------------

    def move(self, slot: int, n: int) -> None:
        """Add the adjoints of roots that are the same as an earlier one to the adjoint of that one."""
        sweep = self.sweep
        moved = [s for s in range(slot, slot + n) if s in self.first and sweep.adjoint[s] >= 0]
        if moved:
            sweep.add(np.array([self.first[s] for s in moved], np.int32), sweep.value(sweep.adjoint[moved]))
            sweep.adjoint[moved] = -1

    def parts(self, k: int, slot: int, n: int, g: Value, operands: Sequence[Value], places: Sequence[Slots]) -> list[Value]:
        """What a root that is zero somewhere contributes to the adjoints of its operands: by the table's rules where it is not zero."""
        sweep = self.sweep
        F, op = sweep.algebra, int(sweep.tape.opcode[k] & OPERATION)
        z = sweep.value(run_slots(slot, n))
        x, y = operands[0], operands[-1]
        rules = [F.value(rule(F, g, x, y, None, z)) for rule in CONTRIBUTIONS[op][: len(operands)]]  # type: ignore[misc]
        if not self.at[k].any():
            return [self.moving(k, rule) for rule in rules]
        slope = self.slope(k, slot, g, np.flatnonzero(self.at[k]), None if op != ops.SQRT else np.broadcast_to(places[0], (n,)))
        if op == ops.HYPOT:
            limits = [F.product(slope, x), F.product(slope, y)]
        else:
            half = slope * 0.5
            if self.moves(slope, k, slot, n):  # how the quotient moves counts where x does
                bend = self.bend(k, slot, n, slope)
                half = (half if bend.number is not None else F.stop_gradient(half)) + F.product(bend, x)
            limits = [half]
        return [self.moving(k, F.where(z == 0.0, F.where(g == 0.0, limit, rule), rule)) for limit, rule in zip(limits, rules, strict=True)]

    def moving(self, k: int, part: Value) -> Value:
        """What a root contributes, but where it stands still."""
        F, still = self.sweep.algebra, self.still.get(k)
        if still is None:
            return part
        return F.zero if still.all() else F.where(F.value(self.constant(still)), 0.0, part)

    def moves(self, slope: Value, k: int, slot: int, n: int) -> bool:
        """Whether a slope depends on the root itself."""
        if slope.array is None:
            return False
        twins = [t for s in range(slot, slot + n) for t in self.same.get(s, ())] if self.same else []
        inner = self.sweep.inner(k + 1, slot + n, [run_slots(slot, n), np.array(twins, np.int32)])
        return bool(inner.active[slope.array.slots].any())

    def slope(self, k: int, slot: int, g: Value, which: NDArray[np.intp], operands: Slots | None) -> Value:
        """The derivatives of adjoints by the roots that they belong to, where a root is zero; where there is no limit, zero and a kink."""
        sweep = self.sweep
        F, tape = sweep.algebra, sweep.tape
        which = which[sweep.adjoint[slot + which] >= 0]
        own = (slot + which).astype(np.int32)
        if operands is not None:
            operands = operands[which]
        if g.array is None:
            if g.number != 0.0:
                self.kinks.append(Kink(own, operands, None, np.zeros(own.size, np.bool_), NONE.astype(np.int32)))
                self.expect(own, None, np.zeros(own.size, np.bool_))
            return F.zero
        n = self.size(k)
        adjoints = sweep.slots_of(g, (n,))[which]
        tape.evaluate()
        read = Readings(tape, sweep.wanted)
        flat = tape.value[adjoints] == 0.0
        if all(f and read.untaken(s) for s, f in zip(adjoints.tolist(), flat.tolist(), strict=True)):
            self.expect(adjoints, own, ~flat)
            return F.zero
        first, off, moves = self.derivatives(own, adjoints)
        kink = off | ~flat | self.met(adjoints, moves)
        others = self.steep(np.setdiff1d(self.zeros, [*own.tolist(), *(t for s in own.tolist() for t in self.same.get(s, ()))]))
        if first.array is not None and others.size and sweep.inner(0, 0, [others]).active[first.array.slots].any():
            kink[:] = True  # how the slope moves with them is not known
            moves = np.union1d(moves, [t for p in Patterns(tape, self.variables).of(others) for t in p]).astype(np.int32)
        self.expect(adjoints, own, ~flat)
        if kink.any():
            self.kinks.append(Kink(own[kink], None if operands is None else operands[kink], adjoints[kink], flat[kink], moves))
            self.expect(own[kink], None, np.zeros(int(kink.sum()), np.bool_))
            if kink.all():
                return F.zero
            first = F.where(F.value(self.constant(kink)), 0.0, first)
        if first.array is None or own.size == n:
            return first
        found = np.full(n, F.slot(NAN), np.int32)
        found[self.at[k]] = F.slot(0.0)
        found[which] = sweep.slots_of(first, own.shape)
        return sweep.value(found)

    def bend(self, k: int, slot: int, n: int, slope: Value) -> Value:
        """The derivatives of g / (2 r) by s = r * r at zero: a twelfth of the third derivative of g by r, if the second one is zero; else NaN."""
        which = np.flatnonzero(self.at[k])
        own = run_slots(slot, n)
        if slope.array is None or which.size < n or not (self.of_leaves(k, n) or self.steep(own).size):  # a length does not move
            return self.sweep.algebra.value(NAN)
        found = slope
        for order in (2, 3):
            found, unknown, moves = self.derivatives(own, self.sweep.slots_of(found, (n,)))
            if unknown.any() or moves.size:
                return self.sweep.algebra.value(NAN)
            self.sweep.tape.evaluate()
            if order == 2:
                second = self.sweep.slots_of(found, (n,))
                if self.sweep.tape.value[second].any():
                    return self.sweep.algebra.value(NAN)
                self.expect(second, None, np.zeros(n, np.bool_))
        return found * (1.0 / 12.0)

    def steep(self, slots: Slots) -> Slots:
        """Those of the roots that are no lengths: their squares have derivatives at zero."""
        sweep, tape = self.sweep, self.sweep.tape
        stops = np.cumsum(lengths(tape.opcode[: sweep.end], tape.arg1[: sweep.end]), dtype=np.int64)
        found = [NONE]
        for k in np.unique(np.searchsorted(stops, slots, side="right")).tolist():
            if tape.opcode[k] & OPERATION != ops.SQRT:
                continue
            n = self.size(k)
            own = slots[(slots < stops[k]) & (slots >= stops[k] - n)]
            if k not in self._steep:
                inner = sweep.inner(0, 0, [self.variables], self.at)
                operands = np.array([int(tape.arg0[k])], np.int32) if tape.opcode[k] < RUN else referenced(tape, int(tape.arg0[k]), n)
                inner.seed(operands[self.at[k]], 1.0)
                inner.run()
                there = inner.adjoint[self.variables]
                there = there[there >= 0]
                tape.evaluate()
                self.expect(there, None, tape.value[there] != 0.0)
                self._steep[k] = bool(tape.value[there].any())
            if self._steep[k]:
                found.append(own)
        return np.concatenate(found).astype(np.int32)

    def met(self, adjoints: Slots, moves: Slots) -> Mask:
        """Which adjoints may move with some variables."""
        if not moves.size:
            return np.zeros(adjoints.size, np.bool_)
        if adjoints.size == 1:
            return np.ones(1, np.bool_)
        wanted = set(moves.tolist())
        return np.array([not wanted.isdisjoint(p) for p in Patterns(self.sweep.tape, self.variables).of(adjoints)], np.bool_)

    def expect(self, slots: Slots, where: Slots | None, there: Mask) -> None:
        """Note that the same numbers are zero at every point that this sweep is for."""
        if slots.size:
            self.expected.append((slots, where, there))

    def constant(self, numbers: NDArray[Any]) -> Any:
        return self.sweep.array(constant_operand(self.sweep.tape, np.asarray(numbers, np.float64))[0])

    def derivatives(self, own: Slots, adjoints: Slots) -> tuple[Value, Mask, Slots]:
        """The slopes of adjoints by their own roots, where these are not known, and the variables that any of the adjoints moves with.

        All are swept together, with weights that are found again where each adjoint depends on its own root only.
        """
        sweep = self.sweep
        F, tape = sweep.algebra, sweep.tape
        unknown = np.ones(own.size, np.bool_)
        owners = np.array([i for i, s in enumerate(own.tolist()) for _ in self.same.get(s, ())], np.intp)
        twins = np.array([t for s in own.tolist() for t in self.same.get(s, ())], np.int32)
        mine = np.append(own, twins).astype(np.int32)
        rest = np.setdiff1d(self.zeros, mine).astype(np.int32)
        weights = 1.0 + (np.arange(own.size) * 0.6180339887498949) % 1.0
        self.left -= tape.slots * (1 + (own.size > 1))
        if self.left < 0:
            return F.zero, unknown, self.variables
        inner = sweep.inner(0, 0, [mine, rest, self.variables], self.at)
        inner.seed(adjoints, weights if own.size > 1 else 1.0)
        inner.run()
        both = np.append(rest, self.variables)
        both = both[inner.adjoint[both] >= 0]
        found = inner.adjoint[both]
        value = F.zero if (inner.adjoint[mine] < 0).all() else sweep.value(inner.gradient(mine).slots)
        if own.size > 1 and value.array is not None:
            plain = sweep.inner(0, 0, [mine, rest, self.variables], self.at)
            plain.seed(adjoints, 1.0)
            plain.run()
            first = F.zero if (plain.adjoint[mine] < 0).all() else sweep.value(plain.gradient(mine).slots)
        else:
            first = value
        tape.evaluate()
        moving = tape.value[found] != 0.0
        self.expect(found, None, moving)
        moves = both[moving]
        if moves.size and rest.size:
            lengths_ = np.intersect1d(moves, rest)
            moves = np.setdiff1d(moves, rest)
            moves = np.union1d(moves, [t for p in Patterns(tape, self.variables).of(lengths_) for t in p])
        if first.number == 0.0:
            return first, ~unknown, moves.astype(np.int32)
        slopes = tape.value[sweep.slots_of(first, mine.shape)]
        off = ~np.isfinite(slopes)
        if own.size > 1:
            expected = slopes * weights[np.append(np.arange(own.size), owners)]
            other = tape.value[sweep.slots_of(value, mine.shape)]
            off |= ~(np.abs(other - expected) <= NEAR * (np.abs(other) + np.abs(expected)))
        unknown = off[: own.size].copy()
        np.logical_or.at(unknown, owners, off[own.size :])
        if unknown.any() and own.size > 1:  # the roots that they depend on
            moves = np.union1d(moves, [t for p in Patterns(tape, self.variables).of(own[unknown]) for t in p])
        if twins.size:
            slots = sweep.slots_of(first, mine.shape)
            total = sweep.value(slots[: own.size])
            for i, s in zip(owners.tolist(), slots[own.size :].tolist(), strict=True):
                total = total + (sweep.scalar(s) if own.size == 1 else F.value(self.constant(np.arange(own.size) == i)) * sweep.scalar(s))
            first = total
        return first, unknown, moves.astype(np.int32)


def variables(sweep: ReverseSweep) -> Slots:
    """What second derivatives may be taken by: the leaves of the tape, what the sweep goes down to, and copies, which arguments of
    sweeps around it are."""
    tape = sweep.tape
    opcode = tape.opcode[: sweep.end]
    sizes = lengths(opcode, tape.arg1[: sweep.end])
    starts = np.cumsum(sizes, dtype=np.int64) - sizes
    some = np.flatnonzero(np.isin(opcode & OPERATION, (INPUT, ops.POS)))
    found = [np.arange(s, s + m) for s, m in zip(starts[some].tolist(), sizes[some].tolist(), strict=True)]
    return np.unique(np.concatenate([np.array(sorted(sweep.wanted), np.int64), *found])).astype(np.int32)
