"""Second derivatives that do not exist: numbers that are zero, and whose derivative by some variables is NaN.

Where a length is zero and has no limit (passes/singular.py), the chain rule of second derivatives is full of zeros, each of which would
hide a NaN: the derivative of a square is zero there, and of its square, too. So NaN does not go through the chain rule. To the
gradient by a variable that such a length depends on, zero times the movement of all variables that it meets there is added, where
zero is NaN (x - stop_gradient(x) is zero, and moves with x): values stay as they are, derivatives by these variables are NaN. Where
somebody may ask for derivatives by numbers between a variable and the length, the movement of the length itself is added, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import apply
from jittape.errors import DensePatternError
from jittape.instructions import segments
from jittape.instructions.references import Slots
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import FIRST_OPERATION, OPERATION
from jittape.sparse.pattern import jacobian_pattern
from jittape.tape.decode import lengths

if TYPE_CHECKING:
    from jittape.passes.reverse import ReverseSweep
    from jittape.passes.singular import Singular
    from jittape.tape.tape import Tape

ENTRIES = 1 << 24
"""Numbers that a pattern may hold; beyond them, everything depends on everything."""


Mask = NDArray[np.bool_]


class Kink(NamedTuple):
    """Roots that are zero, of one instruction, for whose adjoints there is no limit.

    Attributes:
        roots: their slots.
        operands: those of the operand of a root that may have a slope itself, as sqrt(x) at zero; None for a length.
        adjoints: slots of the adjoints; None for one number.
        flat: which of the adjoints are zero.
        moves: variables that some of these adjoints move with.
    """

    roots: Slots
    operands: Slots | None
    adjoints: Slots | None
    flat: Mask
    moves: Slots


class Patterns:
    """Which of some variables numbers on a tape depend on, whatever the values.

    Args:
        variables: slots; what is computed from others of them is met where they are.
    """

    def __init__(self, tape: Tape, variables: Slots) -> None:
        self.tape, self.variables = tape, variables
        stops = np.cumsum(lengths(tape.opcode[: tape.count], tape.arg1[: tape.count]))
        leaf = tape.opcode[np.searchsorted(stops, variables, side="right")] & OPERATION < FIRST_OPERATION
        self.leaves = variables[leaf]
        self.above: dict[int, list[int]] = {}
        """Leaf -> the variables that are computed from it."""
        computed = variables[~leaf]
        for s, row in zip(computed.tolist(), self._rows(computed), strict=True):
            for t in row:
                self.above.setdefault(t, []).append(s)

    def _rows(self, slots: Slots) -> list[list[int]]:
        if not slots.size:
            return []
        try:
            indptr, indices = jacobian_pattern(self.tape, self.leaves, slots, limit=ENTRIES)
        except DensePatternError:
            return [self.leaves.tolist()] * slots.size
        found = self.leaves[indices]
        return [found[i:j].tolist() for i, j in zip(indptr[:-1], indptr[1:], strict=True)]

    def of(self, slots: Slots) -> list[list[int]]:
        """For each slot the variables."""
        if not self.above:
            return self._rows(slots)
        return [sorted({*row, *(s for t in row for s in self.above.get(t, ()))}) for row in self._rows(slots)]


def write(sweep: ReverseSweep, singular: Singular) -> None:
    """Make the derivatives that have no limit NaN, after a sweep that has met such points."""
    tape = sweep.tape
    patterns = Patterns(tape, singular.variables)
    sets: list[list[int]] = []
    met: dict[int, list[int]] = {}
    """Variable -> numbers of the sets that its gradient has no derivative by."""

    def between(rows: list[int], columns: list[int]) -> None:
        if rows and columns:
            for s in rows:
                met.setdefault(s, []).append(len(sets))
            sets.append(columns)

    for kink in singular.kinks:
        reach = patterns.of(kink.roots)
        steep = _steep(sweep, singular, kink, reach)
        moves = set(kink.moves.tolist())
        adjoints: list[set[int]] = [set()] * len(reach)
        through: list[list[int]] = [[]] * len(reach)
        if kink.adjoints is not None and moves:
            below = [set(p) for p in patterns.of(kink.adjoints)]
            adjoints = [moves & p for p in below]
            if sweep.has_numbers_between:
                tape.evaluate()
                through = [[g] if p <= moves and np.isfinite(tape.value[g]) else [] for g, p in zip(kink.adjoints.tolist(), below, strict=True)]
        roots = [[r] for r in kink.roots.tolist()] if sweep.has_numbers_between else [[]] * len(reach)
        for d, flat, with_, s, root, adjoint in zip(reach, kink.flat.tolist(), adjoints, steep, roots, through, strict=True):
            meeting = d if flat else [t for t in d if t not in s]
            others = sorted(with_)
            between(meeting, d + root)
            if not flat and s:
                between(sorted(s), meeting)
            between(meeting, others and others + adjoint)
            between(others, meeting + root if len(meeting) == len(d) else meeting)
    wanted = sorted(met.keys() & sweep.wanted)
    groups: dict[tuple[int, ...], list[int]] = {}
    for row in wanted:
        groups.setdefault(tuple(met[row]), []).append(row)
    if not groups:
        return
    columns = [np.unique(np.concatenate([np.array(sets[i], np.int32) for i in key])) for key in groups]
    every = np.unique(np.concatenate(columns)).astype(np.int32)
    x = sweep.array(every)
    still = apply(ops.SUB, x, apply(ops.STOP_GRADIENT, x))
    slots = still.slots.reshape(-1)
    base = segments.INSTRUCTION.append(
        tape, np.concatenate([slots[np.searchsorted(every, c)] for c in columns]).astype(np.int32), np.cumsum([0, *(c.size for c in columns)])
    )
    sums = sweep.run_array(base, (len(columns),))
    zero = apply(ops.PRODUCT, apply(ops.MUL, float("nan"), apply(ops.EXP, sums)), sums).slots.reshape(-1)
    for i, rows in enumerate(groups.values()):
        sweep.add(np.array(rows, np.int32), sweep.value(np.broadcast_to(zero[i : i + 1], (len(rows),))))


def _steep(sweep: ReverseSweep, singular: Singular, kink: Kink, reach: list[list[int]]) -> list[set[int]]:
    """For each root the variables by which its operand has a derivative: there the table's rules are right (sqrt(x) at zero)."""
    if kink.operands is None:
        return [set()] * len(reach)
    inner = sweep.inner(0, 0, [singular.variables], singular.at)
    inner.seed(kink.operands, 1.0)
    inner.run()
    have = singular.variables[inner.adjoint[singular.variables] >= 0]
    sweep.tape.evaluate()
    slopes = sweep.tape.value[inner.adjoint[have]]
    steep = (slopes != 0.0) & ~np.isnan(slopes)  # NaN: the operand has a corner there
    singular.expect(inner.adjoint[have], None, steep)
    have = have[steep]
    counts: NDArray[np.int64] = np.zeros(sweep.tape.slots, np.int64)
    for row in reach:
        counts[row] += 1
    only = {s for s in have.tolist() if counts[s] == 1}
    return [only & set(row) for row in reach]
