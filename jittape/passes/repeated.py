"""Recorded sweeps that repeat: what the rules wrote for a graph is copied where the same graph stands on a tape again.

A training step with second derivatives, or a nested gradient, is written by the rules of passes/reverse.py an operation at a time, and comes out
the same each time. So the instructions of a graph and those that its sweep has written are remembered. A graph is the same where its instructions
are, but for where they stand: slots, places of records and of gather lists that all moved by one distance each. Then the sweep is copied, moved
by the same distances. What the rules have looked at besides is compared, too: the values of constants, and whether a root is zero; sweeps that met
anything else whose value decided what they wrote are not remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.instructions.matmul.record import A_AT, B_AT
from jittape.instructions.references import Slots, is_shared, run_slots, shifted
from jittape.ops._generated.opcodes import POWC
from jittape.ops.layout import (
    CONSTANT,
    CUMSUM,
    FIRST_OPERATION,
    GATHER_REF,
    INACTIVE,
    KIND,
    MATMUL,
    MAX,
    MIN,
    OPERATION,
    REF,
    RUN,
    SCALAR_REF,
    SEGMENT_SUM,
    SUM,
)
from jittape.tape.decode import ARITIES, ARITY, lengths
from jittape.tape.tape import Tape

if TYPE_CHECKING:
    from jittape.passes.reverse import ReverseSweep

MOST = 1 << 12
"""Instructions of a graph, those of its sweep included, up to which it is remembered."""
VALUES = 1 << 12
"""Numbers in the constants that a sweep has written up to which it is remembered."""
BYTES = 1 << 23
"""So much is remembered in all; what was not met for the longest time is forgotten."""
SEVERAL = 4
"""Graphs that are asked for alike."""

FIXED, SLOT, PLACE, LIST = range(4)
"""What a number of an instruction is: itself, a slot, a place in the records, a place in the gather lists."""
Ints = NDArray[np.int32]
Kinds = NDArray[np.uint8]


class End(NamedTuple):
    """Where a tape ends: the next instruction, slot, and places in the records and the gather lists."""

    k: int
    slot: int
    meta: int
    list: int


def end_of(tape: Tape) -> End:
    """Where a tape ends now."""
    return End(tape.count, tape.slots, len(tape.meta), len(tape.index))


def described(slots: Slots, end: int) -> Hashable:
    """Slots as a key of what is asked for, by how far they are from the end of a tape."""
    if slots.size == 1 or (slots.size and is_shared(slots)):
        return int(slots.flat[0]) - end, slots.shape, slots.strides
    return slots.shape, (slots - np.int32(end)).tobytes()


class _Block(NamedTuple):
    """Instructions that follow each other on a tape.

    Attributes:
        numbers: both arguments of all of them, their records, and their gather lists.
        kinds: what these numbers are.
        below: (place among the numbers, constant) where they name a constant that stands before the graph.
    """

    start: End
    length: End
    opcode: NDArray[np.uint16]
    numbers: Ints
    kinds: Kinds
    below: tuple[tuple[int, float], ...]

    def moved(self, tape: Tape, by: Ints) -> Ints | None:
        """The numbers, moved by a distance for each kind; None where the tape lacks a constant."""
        if not by.any() and not self.below:
            return self.numbers
        found = self.numbers + by[self.kinds]
        for place, number in self.below:
            slot = tape.constants.get(number)
            if slot is None:
                return None
            found[place] = slot
        return found  # type: ignore[no-any-return]


def _numbers(tape: Tape, start: End, end: End) -> Ints:
    """The numbers of a block as they stand on a tape; zero for a second argument that is none, where anything may stand."""
    here = slice(start.k, end.k)
    opcode = tape.opcode[here]
    second = tape.arg1[here] * ((opcode >= RUN) | (ARITIES[opcode] > 1))
    parts = (tape.arg0[here], second, tape.meta[start.meta : end.meta], tape.index[start.list : end.list])
    return np.frombuffer(b"".join([p.tobytes() for p in parts]), np.int32)


def _between(start: End, end: End) -> End:
    return End(*[b - a for a, b in zip(start, end, strict=True)])


class Known:
    """A graph, and what its sweep has written.

    Attributes:
        graph, written: the instructions of both.
        read: slots whose values the rules have read, and these values.
        roots: (first slot, how many) of roots, none of which was zero.
        values: places among the slots that were written, and the values of the constants there.
        constants: (number, slot) of constants that the tape knows since.
        results: the gradients.
        aside: what the caller noted.
    """

    def __init__(self, graph: _Block, written: _Block, read: Slots, values: tuple[Slots, NDArray[Any]], roots: Any, constants: Any, results: list[Array], aside: Any) -> None:
        self.graph, self.written = graph, written
        self.read, self.values, self.roots, self.constants, self.aside = read, values, roots, constants, aside
        # What the caller stores into a gradient renames its own slots: these are the sweep's.
        self.results = [(a.slot, None) if a.slot >= 0 else (-1, a.slots if is_shared(a.slots) else a.slots.copy("K")) for a in results]
        self.read_values = b""

    @property
    def nbytes(self) -> int:
        blocks = sum(b.opcode.nbytes + b.numbers.nbytes + b.kinds.nbytes for b in (self.graph, self.written))
        return blocks + self.read.nbytes + sum(a.nbytes for a in self.values) + sum(0 if s is None or is_shared(s) else s.nbytes for _, s in self.results)

    def matches(self, tape: Tape) -> Match | None:
        """Whether a tape ends with this graph."""
        graph, end = self.graph, end_of(tape)
        start = _between(graph.length, end)
        if min(start) < 0 or not np.array_equal(tape.opcode[start.k : end.k], graph.opcode):
            return None
        by = np.array([0, *[b - a for a, b in zip(graph.start[1:], start[1:], strict=True)]], np.int32)
        expected = graph.moved(tape, by)
        if expected is None or not np.array_equal(_numbers(tape, start, end), expected):
            return None
        if self.read.size and tape.value[self.read + by[SLOT]].tobytes() != self.read_values:
            return None
        if self.roots:
            tape.evaluate()
            if any(not tape.value[s + by[SLOT] : s + by[SLOT] + n].all() for s, n in self.roots):
                return None
        return Match(self, tape, start.k, by)


class Match(NamedTuple):
    """A known graph that stands at the end of a tape.

    Attributes:
        first: its first instruction there.
        by: what is added to numbers of each kind.
    """

    known: Known
    tape: Tape
    first: int
    by: Ints

    def write(self) -> list[Array] | None:
        """Append what the sweep wrote; returns the gradients."""
        known, tape = self.known, self.tape
        block, n = known.written, known.written.length.k
        numbers = block.moved(tape, self.by)
        if numbers is None:
            return None
        shift, meta = int(self.by[SLOT]), 2 * n + block.length.meta
        slot = tape.slots
        where, values = known.values
        tape.append_block(block.opcode, numbers[:n], numbers[n : 2 * n], block.length.slot, numbers[2 * n : meta], numbers[meta:], where + slot, values)
        for number, s in known.constants:
            tape.constants.setdefault(number, s + shift)
        return [Array(tape, s + shift) if slots is None else Array.of(tape, shifted(slots, shift)) for s, slots in known.results]


_known: OrderedDict[Hashable, list[Known]] = OrderedDict()
_held = [0]
"""Bytes of them."""


def find(tape: Tape, key: Hashable) -> Match | None:
    """The sweep that a graph at the end of a tape had when it was asked for alike, if that is known."""
    for known in _known.get(key, ()):
        match = known.matches(tape)
        if match is not None:
            try:
                _known.move_to_end(key)
            except KeyError:  # another thread has forgotten it
                pass
            return match
    return None


def remember(key: Hashable, sweep: ReverseSweep, first: int, slot: int, end: End, results: Sequence[Array], aside: Any = None) -> None:
    """Remember what a sweep has written.

    Args:
        key: what was asked for, the tape's dtype included.
        sweep: it is over.
        first, slot: the first instruction of the graph and its slot.
        end: of the graph, where the tape ended before the sweep.
        results: the gradients.
        aside: for the caller, `Match.known.aside`.
    """
    tape = sweep.tape
    before, tape.at_work = tape.at_work, True  # what a signal handler records goes elsewhere
    try:
        known = _made(sweep, first, slot, end, results, aside)
    finally:
        tape.at_work = before
    if known is None:
        return
    alike = _known.setdefault(key, [])
    alike.insert(0, known)
    _held[0] += known.nbytes - sum(k.nbytes for k in alike[SEVERAL:])
    del alike[SEVERAL:]
    while _held[0] > BYTES and len(_known) > 1:
        _held[0] -= sum(k.nbytes for k in _known.popitem(last=False)[1])


def _made(sweep: ReverseSweep, first: int, slot: int, end: End, results: Sequence[Array], aside: Any) -> Known | None:
    tape = sweep.tape
    roots = sweep.decided()
    if roots is None or tape.count - first > MOST or tape.lines is not None or tape.careful is not None:
        return None
    runs = np.flatnonzero(tape.opcode[first : end.k] >= RUN)
    meta = int(tape.arg0[first + runs[0]]) if runs.size else end.meta
    last = end_of(tape)
    kinds = _Kinds(tape, first, last.k, meta, last.meta)
    if not kinds.fit or any(a < b for a, b in zip(last, end, strict=True)):
        return None
    start = End(first, slot, meta, min([end.list, *[a for a, _, _ in kinds.lists]]))
    listed = kinds.listed(start.list, last.list)
    blocks = []
    names = {s: number for number, s in tape.constants.items() if s < slot}
    n, m = last.k - first, end.k - first
    for a, b, here in ((start, end, slice(0, m)), (end, last, slice(m, n))):
        kind = np.concatenate((kinds.arg0[here], kinds.arg1[here], kinds.meta[a.meta - meta : b.meta - meta], listed[a.list - start.list : b.list - start.list]))
        numbers = _numbers(tape, a, b)
        low = np.flatnonzero((kind == SLOT) & (numbers < slot))
        below = [(int(p), names.get(int(numbers[p]))) for p in low.tolist()]
        if any(number is None for _, number in below) or (low.size and int(low[-1]) >= 2 * (b.k - a.k) + b.meta - a.meta):
            return None
        kind[low] = FIXED
        blocks.append(_Block(a, _between(a, b), tape.opcode[a.k : b.k].copy(), numbers, kind, tuple(below)))  # type: ignore[arg-type]
    if any(a.size and int(a.slots.min()) < slot for a in results):
        return None
    opcode = tape.opcode[first : last.k]
    sizes = lengths(opcode, tape.arg1[first : last.k])
    starts = slot + np.cumsum(sizes) - sizes
    read = _read(tape, kinds, opcode, starts, m, slot)
    leaves = np.flatnonzero(opcode[m:] & OPERATION < FIRST_OPERATION) + m
    new = leaves[opcode[leaves] & OPERATION == CONSTANT]
    if read is None or new.size < leaves.size or int(sizes[new].sum()) > VALUES:
        return None
    places = [run_slots(s, n) for s, n in zip(starts[new].tolist(), sizes[new].tolist(), strict=True)]
    where = np.concatenate(places) if places else np.zeros(0, np.int32)
    constants = [(number, s) for number, s in tape.constants.items() if s >= end.slot]
    known = Known(blocks[0], blocks[1], read, (where - np.int32(end.slot), tape.value[where].copy()), roots, constants, list(results), aside)
    known.read_values = tape.value[read].tobytes()
    return known


def _read(tape: Tape, kinds: _Kinds, opcode: NDArray[np.uint16], starts: NDArray[np.int64], m: int, slot: int) -> Slots | None:
    """The slots whose values the rules may have read: of single constants, of m instructions; None where some are computed."""
    found = {int(s) for s in starts[:m][opcode[:m] == CONSTANT].tolist()}
    for s in kinds.numbers:
        if s < slot or s in found:
            continue
        owner = int(starts.searchsorted(s, "right")) - 1
        if opcode[owner] & OPERATION != CONSTANT:
            return None
        if owner < m:
            found.add(s)
    return np.array(sorted(found), np.int32)


class _Kinds:
    """What the numbers of some instructions are.

    Attributes:
        fit: whether that is known of all of them.
        arg0, arg1, meta: kinds of the arguments and of the numbers of the records.
        lists: (first place, end, kind of the numbers) of the gather lists that they read.
        numbers: slots of single constants that are operands of runs.
    """

    def __init__(self, tape: Tape, first: int, end: int, start: int, stop: int) -> None:
        opcode = tape.opcode[first:end]
        scalar = opcode < RUN
        arities = np.where(scalar, ARITIES[opcode], 0)
        self.arg0 = np.where(scalar, np.where(arities > 0, SLOT, FIXED), PLACE).astype(np.uint8)
        self.arg1 = np.where(arities > 1, SLOT, FIXED).astype(np.uint8)
        self.meta = np.zeros(stop - start, np.uint8)
        self.lists: list[tuple[int, int, int]] = []
        self.numbers: list[int] = []
        self.fit = True
        self._tape, self._start = tape, start
        self.numbers += tape.arg1[first:end][opcode == POWC].tolist()
        for k in np.flatnonzero(opcode >= RUN + FIRST_OPERATION).tolist():
            self.fit = self.fit and self._run(int(opcode[k]) - RUN, int(tape.arg0[first + k]), int(tape.arg1[first + k]))

    def _run(self, op: int, at: int, n: int) -> bool:
        """Look at the record of a run; whether it is understood."""
        if at < self._start:
            return False
        if not n:
            return True
        meta, own = self._tape.meta, at - self._start
        if op == POWC and meta[at + REF] != SCALAR_REF | INACTIVE:  # whose exponents the rules look at
            return False
        if op in ARITY:
            return all(self._reference(at + REF * p) for p in range(ARITY[op]))
        if op in (SUM, MAX, MIN, CUMSUM):
            return self._reference(at + 1)
        if op == MATMUL:
            self.meta[own + A_AT] = self.meta[own + B_AT] = SLOT
            return True
        if op == SEGMENT_SUM:
            where, slots = meta[at], meta[at + 1]
            self.meta[own : own + 2] = LIST
            self.lists += [(where, where + n + 1, FIXED), (slots, slots + self._tape.index[where + n], SLOT)]
            return True
        return False

    def _reference(self, at: int) -> bool:
        """The same of the reference to an operand."""
        kind, base, _, _, length = self._tape.meta[at : at + REF]
        own = at - self._start
        if kind & KIND == GATHER_REF:
            self.meta[own + 1] = LIST
            self.meta[own + 2 : own + 4] = SLOT
            self.lists.append((base, base + length, SLOT))
            return length > 0
        if length or kind & KIND == SCALAR_REF:
            self.meta[own + 1] = SLOT
        if kind == SCALAR_REF | INACTIVE:
            self.numbers.append(base)
        return True

    def listed(self, start: int, stop: int) -> Kinds:
        """The kinds of the gather lists from one place to another."""
        found = np.zeros(stop - start, np.uint8)
        for a, b, kind in self.lists:
            found[a - start : b - start] = kind
        return found
