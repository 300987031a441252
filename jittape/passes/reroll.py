"""Re-rolling: scalar operations of one shape become runs.

A loop that was recorded scalar by scalar holds the same expression many times over. Instructions whose expressions have the
same shape down to the leaves (the operations, and which constants they share) do not depend on each other, so they can
stand side by side and be one run instruction. A function of a thousand terms then is as short as one that was written over
arrays. Nothing is computed in another way: sums that were chains of scalars stay chains.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from jittape.compiler.jit import function
from jittape.instructions import of
from jittape.instructions.references import Slots, inactive, reference, referenced, run_slots
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, FREED, INPUT, OPERATION, PARAMETER, REF, RUN
from jittape.passes.renumber import Renumbering
from jittape.tape.decode import ARITIES, is_structural, lengths, operands
from jittape.tape.files import copy
from jittape.tape.tape import Tape

LEAST = 4
"""Scalar operations that make a run."""
SHARED = 8
"""Uses from which a constant is one that expressions share; others are data."""
WORTHWHILE = 64
"""Scalar instructions from which re-rolling pays."""
Ints = NDArray[np.int32]


GROWTH = 4
"""Room for values that a copy has, for each slot that is computed: what a reverse sweep writes. To copy constants again would take longer."""


def writable(tape: Tape) -> tuple[Tape, Ints]:
    """A copy of a tape for more to be recorded on, re-rolled where that makes it shorter, and the new slot of each old one (read-only)."""
    rolled = reroll(tape) if np.count_nonzero(tape.opcode[: tape.count] < RUN) >= WORTHWHILE else None
    if rolled is None:
        opcode = tape.opcode[: tape.count]
        computed = int(lengths(opcode, tape.arg1[: tape.count])[opcode & OPERATION > FREED].sum())
        rolled = copy(tape, GROWTH * computed), run_slots(0, tape.slots)
    new, to = rolled
    new.thread = threading.get_ident()
    new.ended = False
    new.plan = None
    new.resume()
    return new, to


@cache
def _shapes() -> Any:
    """`rolling.shapes`, compiled."""
    from jittape.sweep.point import rolling

    return function(rolling.shapes, types.int64(*(types.int64,) * 6))


def reroll(tape: Tape) -> tuple[Tape, Ints] | None:
    """The same recording with scalar operations rolled into runs.

    Returns:
        The new tape, evaluated as the old one, and the new slot of each old one; or None where nothing can be rolled.
    """
    count = tape.count
    opcode = tape.opcode[:count]
    a, b = tape.arg0[:count], tape.arg1[:count]
    plain = (opcode >= FIRST_OPERATION) & (opcode < RUN)
    if np.count_nonzero(plain) < LEAST:
        return None
    tape.evaluate()
    sizes = lengths(opcode, b)
    starts = np.cumsum(sizes) - sizes
    digest, level = _digests(tape, opcode, a, b, plain, starts, sizes)
    slot = starts[plain]
    order = np.lexsort((digest[slot], level[slot]))  # stable: the order of recording within a shape
    members = np.flatnonzero(plain)[order]
    d, v, o = digest[slot][order], level[slot][order], opcode[members]
    new = np.concatenate(([True], (d[1:] != d[:-1]) | (v[1:] != v[:-1]) | (o[1:] != o[:-1])))
    first = np.flatnonzero(new)
    counts = np.diff(np.append(first, members.size))
    rolled = counts >= LEAST
    if not rolled.any():
        return None
    group = np.full(count, -1, np.int64)
    group[members] = np.repeat(np.where(rolled, np.arange(first.size), -1), counts)
    # leaves first, then by level; rolled groups stay together
    levels = np.zeros(count, np.int64)
    some = sizes > 0
    levels[some] = level[starts[some]]
    rank = np.empty(count, np.int64)
    rank[members] = np.where(np.repeat(rolled, counts), np.arange(members.size), members.size + members)  # the rest in the order of recording
    rank[~plain] = members.size + np.flatnonzero(~plain)
    order = np.lexsort((rank, levels))
    return _Rolling(tape, order, group, starts, sizes).build()


def _digests(tape: Tape, opcode: NDArray[Any], a: Ints, b: Ints, plain: NDArray[np.bool_], starts: Any, sizes: Any) -> tuple[Any, Any]:
    """For each slot the digest of its expression's shape, and its level."""
    digest, level = np.zeros(tape.slots, np.int64), np.zeros(tape.slots, np.int32)
    kinds = np.repeat(opcode & OPERATION, sizes)
    for kind, number in ((INPUT, 0x5851F42D4C957F2D), (CONSTANT, 0x14057B7EF767814F), (PARAMETER, 0x2545F4914F6CDD1D)):
        digest[kinds == kind] = number
    uses = np.bincount(a[plain], minlength=tape.slots)
    uses += np.bincount(b[plain & (ARITIES[opcode] > 1)], minlength=tape.slots)
    shared = np.flatnonzero((kinds == CONSTANT) & (uses >= SHARED))
    digest[shared] = (shared + 1) * np.int64(0x61C8864680B583EB)
    tape.bind()
    k = 0
    runs = [*np.flatnonzero(opcode >= RUN).tolist(), tape.count]
    for run in runs:
        _shapes()(tape.address, k, run, int(starts[k]) if k < tape.count else 0, digest.ctypes.data, level.ctypes.data)
        if run < tape.count and opcode[run] >= RUN + FIRST_OPERATION:
            n, s = int(sizes[run]), int(starts[run])
            read = [level[slots].max() for slots, _ in operands(tape, run) if slots.size]
            level[s : s + n] = max(read, default=0) + 1
            digest[s : s + n] = np.array([run + 1]) * np.int64(0x7C3A5B1F0D2E4F69 >> 1)  # wraps around; a scalar would warn
        k = run + 1
    return digest, level


class _Rolling:
    def __init__(self, tape: Tape, order: NDArray[np.int64], group: NDArray[np.int64], starts: Any, sizes: Any) -> None:
        self.old, self.order, self.group = tape, order, group
        moved = np.empty(tape.count, np.int64)
        moved[order] = np.cumsum(sizes[order]) - sizes[order]
        self.to = (np.repeat(moved - starts, sizes) + np.arange(tape.slots)).astype(np.int32)
        """Old slot -> new slot."""
        opcode = tape.opcode[: tape.count]
        self.constant = np.repeat((opcode & OPERATION) == CONSTANT, sizes)

    def build(self) -> tuple[Tape, Ints] | None:
        old, order, to = self.old, self.order, self.to
        opcode = old.opcode[: old.count][order]
        group = self.group[order]
        alone = (group < 0) & (opcode < RUN)
        new = Tape(old.dtype, old.count, old.math)
        new.reserve_slots(old.slots)
        new.value[to] = old.value[: old.slots]
        cuts = np.concatenate(([0], np.flatnonzero((group[1:] != group[:-1]) | ~alone[1:] & (group[1:] < 0) | (alone[1:] != alone[:-1])) + 1, [old.count]))
        by = to - np.arange(to.size, dtype=np.int32)
        records = Renumbering(new, by, np.array(old.meta, np.int32), np.array(old.index, np.int32))
        for start, stop in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            members = order[start:stop]
            if alone[start]:
                self._scalars(new, members)
            elif group[start] >= 0:
                self._group(new, members)
            elif not self._run(new, int(members[0]), records):
                return None
            if old.lines is not None:
                new.lines = [*(new.lines or []), *([old.lines[i] for i in members.tolist()] if alone[start] else [old.lines[int(members[0])]])]
        new.constants = {x: int(to[s]) for x, s in old.constants.items()}
        new.guards = None if old.guards is None else old.guards.renumbered(by)
        new.replayable, new.parts = old.replayable, old.parts
        new.done, new.done_slots = new.count, new.slots
        return new, to

    def _scalars(self, new: Tape, members: NDArray[np.int64]) -> None:
        old, k, n = self.old, new.count, members.size
        new.opcode[k : k + n] = codes = old.opcode[members]
        for least, mine, theirs in ((1, new.arg0, old.arg0), (2, new.arg1, old.arg1)):
            args = theirs[members]
            reads = ARITIES[codes] >= least
            args[reads] = self.to[args[reads]]
            mine[k : k + n] = args
        new.count += n

    def _group(self, new: Tape, members: NDArray[np.int64]) -> None:
        old, code = self.old, int(self.old.opcode[members[0]])
        record: list[int] = []
        for args in (old.arg0, old.arg1)[: ARITIES[code]]:
            record += self._reference(new, args[members])
        lines, new.lines = new.lines, None
        new.append_run(code, members.size, record)
        new.lines = lines

    def _reference(self, new: Tape, slots: Slots) -> tuple[int, ...]:
        to = self.to[slots]
        if to.size and (to == to[0]).all():
            to = np.broadcast_to(to[:1], to.shape)
        ref = reference(new, to, to.shape)
        return inactive(ref) if self.constant[slots].all() else ref

    def _run(self, new: Tape, k: int, records: Renumbering) -> bool:
        """Copy a run instruction; False where its operands are moved in a way that it cannot name."""
        old = self.old
        code, at, n = int(old.opcode[k]), int(old.arg0[k]), int(old.arg1[k])
        lines, new.lines = new.lines, None
        first = len(new.meta)
        moved = [] if code < RUN + FIRST_OPERATION else [records.by[_span(s)] for s, _ in operands(old, k) if s.size]
        if all((by == by[0]).all() for by in moved):
            records.record(code - RUN, at, n)
            record = new.meta[first:].tolist()
            del new.meta[first:]
        elif not is_structural(code):
            record = []
            for p in range(ARITIES[code - RUN]):
                record += self._reference(new, referenced(old, at + REF * p, n))
        else:
            found = of(code - RUN).restated(new, [self.to[x.slots] for x in operands(old, k)], old, at, n)
            if found is None:
                return False
            record = list(found)
        new.append_run(code - RUN, n, record)
        new.lines = lines
        return True


def _span(slots: Slots) -> Any:
    """All slots between the lowest and the highest of some."""
    return slice(int(slots.min()), int(slots.max()) + 1)
