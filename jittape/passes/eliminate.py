"""The entries of a Hessian by elimination of intermediate variables, over whole runs.

The Hessian of a function is a sum of terms C[i] * e(A[i]) e(B[i])^T over pairs of slots. Going backwards over the tape, an
instruction with a second partial adds terms in its operands (its adjoint times that partial), and the slots that it wrote
are replaced in all terms by its operands, times its first partials. What is left in the end are terms in the inputs: the
entries. That is edge pushing (Gower and Mello, "A new framework for the computation of Hessians", Optim. Methods Softw.
27(2), 2012), here with whole runs in place of single slots, and written as instructions onto the tape, so that the
coefficients are recorded arrays: constant ones are folded, and the rest is replayed natively, in lanes and by plans.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.errors import TapeLimitError
from jittape.instructions import BY_CODE, of
from jittape.instructions.base import Refused
from jittape.instructions.references import Slots, is_shared, ranges, referenced, run_slots
from jittape.ops._generated import opcodes as ops
from jittape.ops._generated.rules import CONTRIBUTIONS, SECOND
from jittape.ops.layout import CONSTANT, INACTIVE, INPUT, MATMUL, OPCODES, OPERATION, PARAMETER, REF, RUN
from jittape.passes.algebra import Value
from jittape.passes.reverse import ReverseSweep, compact
from jittape.sparse.pattern import zero_constants
from jittape.tape.decode import ARITY, is_structural, lengths, operands
from jittape.tape.tape import Tape

FACTOR, EACH = 24, 4
"""Elements that all coefficients may have, for each slot of the tape; and at most so many for each variable: a product
with a vector takes about as many, and there are no more directions than variables."""
LARGE = 1 << 25
"""Elements beyond which they may have four for each slot only: memory."""
SMALL = 1 << 16
"""Elements that they may have in any case."""
MULTIPLIED, SHARE = 1 << 13, 8
"""Elements that products of matrices may be expanded to in any case, and otherwise: so many times fewer than all values that depend on the
variables have tangents along all of these. Blocks of seeds (passes/blocks.py) go through a product by BLAS, many times faster an element."""
VANISHING = (ops.MUL, ops.MULZ, ops.PRODUCT, ops.NEG)
"""Operations whose result is a constant of zero where an operand is."""
DEPTH = 4
"""Operations that are looked through for such an operand."""
GROWTH = 8
"""Room for values, for each slot of the tape, that is made before instructions are appended."""
MOST = 20_000
"""Terms and instructions with terms that are gone through in Python."""
TRIED, BEYOND = 2000, 5
"""After so many of them it is seen how far that has come: where the rest would take so many times what there may be, it is given up."""


class Term(NamedTuple):
    """C[i] at (A[i], B[i]), and at (B[i], A[i]) where that is another place.

    Attributes:
        a, b: int32, one axis: slots; in one term all pairs are of a slot with itself, or none is.
        c: a number, a recorded scalar, or a recorded array of their length.
    """

    a: Slots
    b: Slots
    c: Value

    @property
    def diagonal(self) -> bool:
        return self.a is self.b


class Elimination(ReverseSweep):
    """The reverse sweep onto the tape of a path, with the terms of its Hessian; see `entries`."""

    treats_roots = False

    def __init__(self, tape: Tape, inputs: Sequence[Slots], numbers: dict[int, float]) -> None:
        super().__init__(tape, 0, 0, inputs, numbers)
        opcode = tape.opcode[: self.end]
        sizes = lengths(opcode, tape.arg1[: self.end])
        self.owner = np.repeat(np.arange(self.end, dtype=np.int32), sizes)
        self.waiting: dict[int, list[Term]] = {}
        self.found: list[Term] = []
        variables = sum(slots.size for slots in inputs)
        most = min(min(FACTOR, EACH * variables) * self.end_slot, max(LARGE, 4 * self.end_slot))
        self.left = max(most, SMALL)
        self.products = max(variables * int(np.count_nonzero(self.active[: self.end_slot])) // SHARE, MULTIPLIED)
        self.steps = MOST
        self.at = self.end
        """The instruction that is swept."""
        self.curved = np.zeros(OPCODES, bool)
        """For each opcode whether it has a second partial, or needs a look of its own."""
        for code in SECOND:
            self.curved[code] = self.curved[RUN + code] = True
        for code, instruction in BY_CODE.items():
            self.curved[RUN + code] = instruction.nonlinear
        self.one = self.algebra.value(1.0)
        self.zero = np.zeros(self.end_slot, bool)
        """Which slots are constants of zero: as factors they leave out what they are multiplied with."""
        found = zero_constants(tape, np.cumsum(sizes, dtype=np.int64))
        self.zero[found] = True
        self.zeros_there = found.size > 0

    def codes(self) -> NDArray[np.uint8]:
        return super().codes() | self.curved[:RUN]

    def run_instruction(self, k: int, slot: int, op: int, n: int) -> None:
        """What `_run_all` calls for an instruction whose results depend on the inputs."""
        self.at = k
        known = bool((self.adjoint[slot : slot + n] >= 0).any())
        terms = self.waiting.pop(k, None)
        if terms is not None:
            self.replace(k, slot, op, n, terms)
        if known:
            if self.curved[op]:
                self.curvature(k, slot, op, n)
            super().run_instruction(k, slot, op, n)

    def spend(self, elements: int) -> None:
        self.left -= elements
        self.steps -= 1
        hopeless = self.steps == MOST - TRIED and TRIED * self.at > BEYOND * MOST * (self.end - self.at)
        if self.left < 0 or self.steps < 0 or hopeless:
            raise Refused

    def multiply(self, elements: int) -> None:
        """A product of matrices is to be expanded to so many elements."""
        self.products -= elements
        if self.products < 0:
            raise Refused

    # --- terms -------------------------------------------------------------------------------------------------------------

    def vanishing(self, c: Value, size: int, depth: int = DEPTH) -> NDArray[np.bool_] | None:
        """Which of so many coefficients are products with a constant of zero; None where none is."""
        if not self.zeros_there or c.array is None:
            return None
        slots = c.array.slots.reshape(-1)
        inside = slots < self.zero.size
        found = self.zero[np.where(inside, slots, 0)] & inside
        if depth and c.op in VANISHING:
            for x in c.operands:
                more = self.vanishing(x, size, depth - 1)
                if more is not None and more.size in (1, size):
                    found = found | more
        if not found.any():
            return None
        return found if found.size == size else np.broadcast_to(found, (size,))

    def put(self, a: Slots, b: Slots, c: Value) -> None:
        """Add a term; a pair of a slot with itself counts twice, as both places of such a pair do."""
        if c.number == 0.0 or not a.size:
            return
        nothing = self.vanishing(c, a.size)
        if nothing is not None:
            left = ~nothing
            c = self.take(c, left)
            a, b = _both(a, b, left)
            if not a.size:
                return
        if a is not b:
            equal = a == b
            if equal.all():
                self.put(a, a, c * 2.0)
                return
            if equal.any():
                same = a[equal]
                self.put(same, same, self.take(c, equal) * 2.0)
                rest = ~equal
                a, b, c = a[rest], b[rest], self.take(c, rest)
        active = self.active[a] if a is b else self.active[a] & self.active[b]
        if not active.all():
            c = self.take(c, active)
            a, b = _both(a, b, active)
            if not a.size:
                return
        self.spend(a.size)
        first, second = self.owner[a], self.owner[b]
        later = second > first
        if later.any():
            if not later.all():
                self.put(a[later], b[later], self.take(c, later))
                self.put(a[~later], b[~later], self.take(c, ~later))
                return
            a, b, first = b, a, second
        k = int(first[0])
        if not (first == k).all():
            for each in np.unique(first).tolist():
                here = first == each
                self.put(*_both(a, b, here), self.take(c, here))
            return
        if a.size > 1 and _one(a) and _one(b):
            c = self.total(c, a.size)
            a, b = _both(a, b, slice(1))
        same = a is b
        a = compact(a)
        term = Term(a, a if same else compact(b), c)
        opcode = int(self.tape.opcode[k])
        if opcode & OPERATION == INPUT:
            self.found.append(term)
        else:
            self.look[k] = 1
            self.waiting.setdefault(k, []).append(term)

    def take(self, c: Value, which: NDArray[np.generic]) -> Value:
        """The coefficients of some elements."""
        if c.array is None or c.array.shape == ():
            return c
        return self.value(c.array.slots[which])

    def merged(self, terms: list[Term]) -> list[Term]:
        """Terms of the same pairs added up."""
        found: dict[object, Term] = {}
        for t in terms:
            key = (_key(t.a), None if t.diagonal else _key(t.b))
            old = found.get(key)
            found[key] = t if old is None else old._replace(c=old.c + t.c)
        return list(found.values())

    # --- instructions ------------------------------------------------------------------------------------------------------

    def replace(self, k: int, slot: int, op: int, n: int, terms: list[Term]) -> None:
        """Replace the slots of an instruction by its operands in the terms that hold them."""
        while terms:
            batch = self.merged(terms)
            for t in batch:
                if op < RUN:
                    self.replace_elementwise(k, slot, op, 1, t)
                elif not is_structural(op):
                    self.replace_elementwise(k, slot, op - RUN, n, t)
                else:
                    at = int(self.tape.arg0[k])
                    each = of(op - RUN).inner(self.tape, at)
                    self.multiply(t.a.size * each * (each + 1) // 2 if t.diagonal else t.a.size * each)
                    self.replace_rows(t, *of(op - RUN).rows(self, at, n, t.a - slot))
            terms = self.waiting.pop(k, [])

    def operand_places(self, k: int, op: int, n: int) -> list[tuple[Slots, bool]]:
        """(slots, whether derivatives go there) of the operands of an elementwise instruction."""
        tape, at = self.tape, int(self.tape.arg0[k])
        if tape.opcode[k] < RUN:
            slots = [np.array([s], np.int32) for s in (at, int(tape.arg1[k]))[: ARITY[op]]]
            return [(s, bool(self.active[s[0]])) for s in slots]
        refs = range(at, at + REF * ARITY[op], REF)
        return [(referenced(tape, ref, n), not tape.meta[ref] & INACTIVE) for ref in refs]

    def elements(self, k: int, slot: int, op: int, n: int, which: NDArray[np.int32] | None) -> tuple[list[tuple[Slots, bool]], list[Value | None]]:
        """The operands' places, and x, y, w, z of a rule, for some of an instruction's elements (None for all)."""
        places = self.operand_places(k, op, n)
        if self.tape.opcode[k] < RUN:
            values = [self.scalar(int(s[0])) for s, _ in places]
        else:
            values = self.operands(k, op, n)
        z = self.value(run_slots(slot, n))
        if z.array is not None:
            self.algebra.note(op, tuple(values), self.algebra.recorded(z))
        if which is not None:
            places = [(s[which], go) for s, go in places]
            values = [self.take(v, which) for v in values]
            z = self.take(z, which)
            self.algebra.note(op, tuple(values), self.algebra.recorded(z))
        return places, [*values, *(None,) * (3 - len(values)), z]

    def replace_elementwise(self, k: int, slot: int, op: int, n: int, t: Term) -> None:
        rules = CONTRIBUTIONS.get(op)
        if rules is None:
            return
        which = None if t.a.size == n and is_shared(t.a) and t.a.strides[0] > 0 else t.a - slot
        places, operands = self.elements(k, slot, op, n, which)
        F = self.algebra
        if op & OPERATION == ops.SQUARE:  # infinite times zero is NaN here, as in other products
            rules = (lambda F, g, x, *_: F.mulz(g, 2 * x),)
        ways = [(s, rule) for (s, go), rule in zip(places, rules, strict=True) if go and rule is not None]
        for i, (a, rule) in enumerate(ways):
            c = F.value(rule(F, t.c, *operands))
            if not t.diagonal:
                self.put(a, t.b, c)
                continue
            self.put(a, a, F.value(rule(F, c, *operands)))
            for b, other in ways[i + 1 :]:
                self.put(a, b, F.value(other(F, c, *operands)))

    def replace_rows(self, t: Term, counts: NDArray[Any], slots: Slots, factors: Value) -> None:
        each = np.repeat(np.arange(counts.size), counts)
        nothing = self.vanishing(factors, slots.size)
        if nothing is not None:
            left = ~nothing
            each, slots, factors = each[left], slots[left], self.take(factors, left)
            counts = np.bincount(each, minlength=counts.size)
        self.spend(int((counts * counts).sum()) if t.diagonal else each.size)
        F = self.algebra
        c = F.mulz(self.take(t.c, each), factors)
        if not t.diagonal:
            self.put(slots, t.b[each], c)
            return
        self.put(slots, slots, F.mulz(c, factors))
        # all pairs i < j of one row
        after = ranges(np.zeros(counts.size, np.int64), counts)  # place within the row
        pairs = np.repeat(counts, counts) - after - 1
        i = np.repeat(np.arange(slots.size), pairs)
        j = ranges(np.arange(slots.size) + 1, pairs)
        self.put(slots[i], slots[j], F.mulz(self.take(c, i), self.take(factors, j)))

    def curvature(self, k: int, slot: int, op: int, n: int) -> None:
        """The terms that an instruction adds: its adjoint times its second partials."""
        if is_structural(op):
            of(op - RUN).write_curvature(self, slot, int(self.tape.arg0[k]), n)
            return
        self.spend(n)
        op &= OPERATION
        g = self.adjoint_of(run_slots(slot, n))
        places, operands = self.elements(k, slot, op, n, None)
        F = self.algebra
        for p, q, rule in SECOND[op]:
            (a, go), (b, went) = places[p], places[q]
            if go and went:
                c = F.value(rule(F, g, *operands))
                if p != q:
                    self.put(a, b, c)
                else:
                    self.put(a, a, c)


def _both(a: Slots, b: Slots, which: Any) -> tuple[Slots, Slots]:
    """Some elements of both; of one array for both, one array."""
    first = a[which]
    return first, first if a is b else b[which]


def _one(slots: Slots) -> bool:
    """Whether all elements are the same slot."""
    return bool(slots[0] == slots[-1]) and bool((slots == slots[0]).all())


def _key(slots: Slots) -> object:
    return (int(slots[0]), slots.size, slots.strides) if is_shared(slots) else slots.tobytes()


def expands(tape: Tape, inputs: Sequence[tuple[int, int]]) -> bool:
    """Whether products of matrices would be expanded too far, as far as that is seen without going through elements.

    A product is expanded in pairs where a later instruction is curved in its results: has a second partial by one operand twice.
    """
    opcode = tape.opcode[: tape.count]
    if tape.count > LOOKED_AT or not (opcode == RUN + MATMUL).any():
        return False
    sizes = lengths(opcode, tape.arg1[: tape.count])
    starts = np.cumsum(sizes) - sizes
    leaves = np.isin(opcode & OPERATION, (INPUT, PARAMETER, CONSTANT))
    left = max(sum(stop - start for start, stop in inputs) * int(sizes[~leaves].sum()) // SHARE, MULTIPLIED)
    curved = np.zeros(tape.count, bool)
    for k in range(tape.count - 1, -1, -1):
        op, at, n = int(opcode[k]), int(tape.arg0[k]), int(sizes[k])
        read = [owners(x.slots, starts) if not x.constant and x.slots.size else None for x in operands(tape, k)]
        if is_structural(op):
            rule = of(op - RUN)
            each = rule.inner(tape, at)
            if each and curved[k]:
                left -= n * each * (each + 1) // 2
                if left < 0:
                    return True
            both = rule.nonlinear and (not each or (len(read) > 1 and read[0] is not None and read[1] is not None and bool(np.isin(*read).any())))
            twice = set(range(len(read))) if both else set()
        else:
            pairs = [(p, q) for p, q, _ in SECOND.get(op & OPERATION, ())]
            twice = {p for p, q in pairs if p == q or (read[p] is not None and read[q] is not None and bool(np.isin(read[p], read[q]).any()))}
        for p, found in enumerate(read):
            if found is not None and (curved[k] or p in twice):
                curved[found] = True
    return False


LOOKED_AT = 2000
"""Instructions up to which a tape is looked at for products that would be expanded."""


def owners(slots: Slots, starts: NDArray[Any]) -> NDArray[np.intp]:
    """The instructions, whose first slots are given, that wrote some slots."""
    if is_shared(slots) and min(slots.strides, default=0) >= 0:
        ends = starts.searchsorted([slots.flat[0], slots[(-1,) * slots.ndim]], "right") - 1
        if ends[0] == ends[1]:
            return ends[:1]
    return np.unique(starts.searchsorted(slots.reshape(-1), "right") - 1)


def entries(tape: Tape, seed: int, inputs: Sequence[Slots]) -> list[Term]:
    """The terms of the Hessian of slot `seed` in the inputs, whose coefficients are appended to the tape.

    Raises:
        Refused: that takes more than products with vectors would, or more than a tape may hold, or an operation is not
            known here. The tape may have grown.
    """

    def begin(sweep: Elimination) -> None:
        sweep.seed(np.array([seed], np.int32), 1.0)

    return _terms(tape, inputs, begin)


def jacobian_entries(tape: Tape, outputs: Slots, inputs: Sequence[Slots]) -> list[Term]:
    """The terms of the Jacobian of slots: C[i] at row B[i] - end and the variable of slot A[i], where the tape had `end` slots before.

    The Jacobian is what the Hessian of the sum of multipliers times results has in the multipliers and the inputs. These multipliers are
    slots after the tape's last that nobody reads, owned by no instruction; so the one factor of a term that is replaced is the other.

    Raises:
        Refused: as above.
    """

    def begin(sweep: Elimination) -> None:
        m = outputs.size
        rows = np.arange(sweep.end_slot, sweep.end_slot + m, dtype=np.int32)
        sweep.owner = np.append(sweep.owner, np.full(m, -1, np.int32))
        sweep.active = np.append(sweep.active, np.ones(m, bool))
        sweep.put(outputs, rows, sweep.one)

    return _terms(tape, inputs, begin)


def _terms(tape: Tape, inputs: Sequence[Slots], begin: Callable[[Elimination], None]) -> list[Term]:
    """What is found from the seed or the terms that `begin` gives a sweep."""
    opcode = tape.opcode[: tape.count]
    sizes = lengths(opcode, tape.arg1[: tape.count])
    ends = np.cumsum(sizes, dtype=np.int64)
    constants = ends[opcode == CONSTANT] - 1
    tape.evaluate()
    numbers = dict(zip(constants.tolist(), tape.value[constants].tolist(), strict=True))
    with contextlib.suppress(TapeLimitError):  # at once, for copying is what takes time; memory that is not written to is not taken
        tape.reserve_slots(GROWTH * tape.slots)
    try:
        sweep = Elimination(tape, inputs, numbers)
        begin(sweep)
        sweep.run()
        found = sweep.merged(sweep.found)
        sweep.guard()
        sweep.close()
        return found
    except TapeLimitError:
        raise Refused from None
