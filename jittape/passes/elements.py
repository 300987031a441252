"""Runs of one length as loops: the turns are their elements, which do not depend on each other.

Runs are taken together as the interpreter takes them together in its reverse sweep, with a final sum of one of them, so that adjoints
are added up in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from jittape.compiler.jit import function
from jittape.instructions.references import referenced
from jittape.ops.layout import (
    BLOCK_REF,
    CHUNK,
    CONSTANT,
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    INACTIVE,
    KIND,
    OPERATION,
    PARAMETER,
    REF,
    RUN,
    RUN_REF,
    SCALAR_REF,
    SUM,
)
from jittape.ops.spec import OPERANDS, by_code
from jittape.passes.common import Repeated
from jittape.passes.switches import COMMON, switched_on
from jittape.sweep.loops.body import BUFFER, FIXED, STREAM, TURN, Body, Operand, contributing, loaded, reads, stored
from jittape.sweep.loops.elements import fetched, fetched_again, has_form, in_memory, posted, received
from jittape.tape.decode import ARITIES, lengths
from jittape.tape.loops import Row
from jittape.tape.tape import Tape

VALUE, ADJOINT = 1, 2
"""Flags of a slot: its value is read elsewhere; its adjoint gets contributions from elsewhere."""
COPIED = -1
"""In place of a reference: what stands there are values that a run of the group would compute again."""
MOST_BUFFERS = 64
"""Chunks of memory that a kernel works in, which stay in the second-level cache."""


SEARCHES = {
    "find": 8, "goes_on": 4, "reading": 5, "groups": 4, "mark_spans": 4, "fits": 8, "turn_before": 7, "held_apart": 8, "seen": 6, "counts": 3, "placed": 5,
}  # fmt: skip
"""Functions of sweep/loops/finding.py, and how many arguments each has."""


@cache
def native(name: str) -> Any:
    """One of them, compiled."""
    from jittape.sweep.loops import finding  # for start-up

    result = types.void if name in ("reading", "groups", "mark_spans", "seen", "counts", "placed") else types.int64
    return function(getattr(finding, name), result(*(types.int64,) * SEARCHES[name]))


def counted(flags: NDArray[Any]) -> NDArray[np.int64]:
    """How many of the flags before each are set, and of all of them."""
    found = np.empty(flags.size + 1, np.int64)
    native("counts")(flags.ctypes.data, flags.size, found.ctypes.data)
    return found


@dataclass
class Elements:
    """A group of runs of one length.

    Attributes:
        first, end: its instructions, constants between them and a final sum included.
        slot, length: its first slot, and how many it writes.
        n: elements of a run.
        body: what is done with an element.
        slots: of each run of the body the first slot.
        total: the slot of the final sum, or -1.
        data: of each operand (where its reference stands in the run records, or COPIED, its first slot), by number.
    """

    tape: Tape
    first: int
    end: int
    slot: int
    length: int
    n: int
    body: Body
    slots: list[int]
    total: int
    data: list[tuple[int, int]] = field(default_factory=list)
    active: list[bool] = field(default_factory=list)
    """Of each operand whether adjoints go there."""
    reach: int = -1
    """See tape/loops.py."""

    @property
    def emitted(self) -> Body:
        """The body as it is compiled."""
        return self.body

    def reads(self) -> Iterator[NDArray[Any]]:
        """The slots outside the group that it reads."""
        for ref, _ in self.data:
            if ref != COPIED:
                yield referenced(self.tape, ref, self.n).ravel()

    def copied(self) -> Iterator[slice]:
        """The slots outside the group whose values it reads, and to whose adjoints it does not contribute."""
        for ref, base in self.data:
            if ref == COPIED:
                yield slice(base, base + self.n)

    def loads(self) -> Iterator[Any]:
        """The slots that its reverse sweep has values from, as indices."""
        for o in loaded(self.body):
            if o.kind == TURN:
                yield slice(self.slot, self.slot + self.length)
            elif self.data[o.number][0] == COPIED:
                yield slice(self.data[o.number][1], self.data[o.number][1] + self.n)
            else:
                yield referenced(self.tape, self.data[o.number][0], self.n).ravel()

    def settle(self, flags: NDArray[np.uint8]) -> None:
        """Find out which values are stored, and to which adjoints others contribute, by the flags of all slots."""
        body = self.body
        found = [int(np.bitwise_or.reduce(flags[s : s + self.n])) for s in self.slots]
        read = {j for j, bits in enumerate(found) if bits & VALUE}
        outside = frozenset(j for j, bits in enumerate(found) if bits & ADJOINT)
        kept = stored(body.codes, body.operands, read) - ({j for j, _ in body.copies} - read)
        self.body = replace(body, kept=kept, outside=outside)

    def of_argument(self, start: int, stop: int, seed: int) -> bool:
        """Whether the final sum is a function of the argument that stands in these slots and of constants, and the result: then
        value and gradient can be found in one pass."""
        body = self.body
        kinds = {o.number: o.kind for row in body.operands for o in row if o.kind != TURN}
        reached = {o.number for o in received(body)}  # of what is only rounded, say, nothing is found, and zeros have to be written
        ends = [(base, base + self.n) for number, (_, base) in enumerate(self.data) if kinds[number] == STREAM and number in reached]
        fixed = all(kind == STREAM or (kind == FIXED and not self.active[number]) for number, kind in kinds.items())
        if seed < 0 or self.total != seed or not fixed or body.outside or not all(start <= low and high <= stop for low, high in ends):
            return False
        given = frozenset(n for n, kind in kinds.items() if kind == STREAM and start <= self.data[n][1] and self.data[n][1] + self.n <= stop)
        self.body = replace(body, kept=frozenset(), given=given)
        self.reach = -1 if ends == [(start, stop)] and not body.overlapping else max((low - start for low, _ in ends), default=0)
        return True

    def is_all_of(self, seed: int) -> bool:
        """Whether the result of the recording is the final sum, or is made of it with partial derivatives that do not depend on values,
        and nobody else reads the group."""
        if self.total < 0 or self.body.outside or (self.body.kept - stored(self.body.codes, self.body.operands, set())):
            return False
        tape, slot, made = self.tape, self.total, {self.total}
        opcode = tape.opcode[: tape.count]
        fixed = np.repeat(np.isin(opcode & OPERATION, (CONSTANT, PARAMETER)), lengths(opcode, tape.arg1[: tape.count]))
        for k in range(self.end, tape.count):
            code = int(opcode[k])
            slot += 1
            if code in (CONSTANT, PARAMETER):
                continue
            if not FIRST_OPERATION <= code < FIRST_STRUCTURAL:
                return False
            args = (int(tape.arg0[k]), int(tape.arg1[k]))[: int(ARITIES[code])]
            if not all(a in made or fixed[a] for a in args):
                return False
            if any(v == "z" or args[OPERANDS.index(v)] in made for p in contributing(code) if args[p] in made for v in reads(code, p)):
                return False
            made.add(slot)
        return slot == seed

    @property
    def together(self) -> Body:
        """What is done with an element where both sweeps go through the group at once: nothing is stored on the way."""
        return replace(self.body, kept=frozenset())

    def row(self, forward: int, reverse: int, whole: int = 0, slopes: int = 0) -> Row:
        """What the sweeps read of it, with its kernels at these addresses."""
        body = self.body
        lists = [np.array([self.data[n][0] for n in numbers], np.int64) for numbers in (fetched(body), posted(body))]
        places = [self.slots[j] for j in in_memory(body)]
        lengths = [x for a in lists for x in (a.size, a.ctypes.data)]
        data = np.array([self.n, self.total, *lengths, len(fetched_again(body)), *(base for _, base in self.data), *places], np.int64)
        buffers = 1 + lists[0].size + max(a.size for a in lists)
        return Row(self.first, self.end, self.slot, self.length, True, forward, reverse, data, tuple(lists), buffers, whole, slopes, bool(body.given), self.reach,
                   refs=tuple(ref for ref, _ in self.data))  # fmt: skip

    def words(self) -> Iterator[str]:
        body = self.body
        yield f"%{self.slot}:{self.slot + self.length} {self.n:,} elements of {body.size:,} runs: stored {len(body.kept)}"
        for j, (code, row) in enumerate(zip(body.codes, body.operands, strict=True)):
            more = "  summed up" * (j == body.summed) + "".join(f"  as %{self.data[o.number][1]}" for i, o in body.copies if i == j)
            yield f"  {j} = {by_code(code).name} {', '.join(map(self._word, row))}{more}"

    def _word(self, o: Operand) -> str:
        if o.kind == TURN:
            return f"{o.number}"
        base = self.data[o.number][1]
        text = {FIXED: f"%{base}", STREAM: f"%{base}:{base + self.n}", BUFFER: "fetched"}[o.kind]
        return text if o.active else f"{text} const"


def groups(tape: Tape) -> NDArray[np.int32]:
    """For each instruction where the group of runs begins that the interpreter sweeps it with in reverse, or -1; of a bound tape."""
    visited, group = np.ones(tape.count, np.uint8), np.empty(tape.count, np.int32)
    native("groups")(tape.address, tape.plan is not None, visited.ctypes.data, group.ctypes.data)
    return group


def find_elements(tape: Tape, starts: NDArray[np.int64], constant: NDArray[np.bool_]) -> list[Elements]:
    """The groups of runs of a tape that can be compiled.

    Args:
        tape: bound.
        starts: the first slot of each instruction.
        constant: for each slot whether it is a constant or a parameter.
    """
    opcode = tape.opcode[: tape.count]
    runs = (opcode >= RUN + FIRST_OPERATION) & (opcode < RUN + FIRST_STRUCTURAL)
    if not runs.any() or tape.math != "fast" or not tape.engine.fast:
        return []
    group = groups(tape)
    repeated = Repeated(tape, starts) if switched_on(COMMON) else None
    found = []
    whole = True
    for first in np.unique(group[runs]).tolist():
        ks = np.flatnonzero(runs & (group == first)).tolist()
        loop = _elements(tape, ks, starts, constant, repeated)
        if loop is not None:
            found.append(loop)
        elif len(ks) > 1 and int(tape.arg1[ks[0]]) > CHUNK:
            whole = False
    return found if whole or tape.plan is None else []  # a plan sweeps what is long and not compiled


def _elements(tape: Tape, ks: list[int], starts: NDArray[np.int64], constant: NDArray[np.bool_], repeated: Repeated | None) -> Elements | None:
    """The runs `ks` of a group; None where they cannot be compiled, or where there is but one, for which a kernel is there."""
    codes = tuple(int(tape.opcode[k]) - RUN for k in ks)
    n = int(tape.arg1[ks[0]])
    if n == 0 or not all(has_form(code, tape.dtype) for code in codes):
        return None
    slots = [int(starts[k]) for k in ks]
    own = {s: j for j, s in enumerate(slots)}
    numbers: dict[tuple[int, ...], int] = {}
    kinds: list[str] = []
    data: list[tuple[int, int]] = []
    active: list[bool] = []
    rows: list[tuple[Operand, ...]] = []
    for k in ks:
        row = []
        for p in range(int(ARITIES[tape.opcode[k]])):
            ref = int(tape.arg0[k]) + REF * p
            flags, base, s0, s1, n1 = tape.meta[ref : ref + REF].tolist()
            kind = flags & KIND
            if kind == RUN_REF and base in own:
                row.append(Operand(TURN, own[base], 0, any(o.active for o in rows[own[base]])))
                continue
            if kind == BLOCK_REF and n1 >= n and s1 == 1:
                kind = RUN_REF
            key = (kind, base, s0, s1, n1) if kind not in (RUN_REF, SCALAR_REF) else (kind, base)
            if key not in numbers:
                numbers[key] = len(data)
                kinds.append({RUN_REF: STREAM, SCALAR_REF: FIXED}.get(kind, BUFFER))
                data.append((ref, base))
                read = slice(base, base + 1) if kind == SCALAR_REF else slice(base, base + n)
                active.append(False if kinds[-1] != BUFFER and constant[read].all() else not flags & INACTIVE)
            number = numbers[key]
            row.append(Operand(kinds[number], number, 0, active[number] and not flags & INACTIVE))
        rows.append(tuple(row))
    end, total = ks[-1] + 1, -1
    summed = -1
    if end < tape.count and tape.opcode[end] == RUN + SUM and tape.arg1[end] == 1:
        at = int(tape.arg0[end])
        r, flags, base, _, s1, n1 = tape.meta[at : at + 1 + REF].tolist()
        row_ref = flags & KIND == RUN_REF or (flags & KIND == BLOCK_REF and n1 >= n and s1 == 1)
        if r == n and row_ref and base in own:
            summed, total = own[base], int(starts[end])
            end += 1
    if len(ks) == 1 and summed < 0:
        return None
    overlapping = _overlapping(tape, kinds, data, active, n)
    copies = []
    for j, code in enumerate(codes):
        source = None if repeated is None else repeated.source(code, slots[j])
        if source is not None and source not in own:
            copies.append((j, Operand(STREAM, len(data), 0, False)))
            data.append((COPIED, source))
            active.append(False)
    body = Body(codes, tuple(rows), True, (0,) * len(ks), frozenset(), frozenset(), summed, overlapping, copies=tuple(copies))
    if len(fetched(body)) + sum(len(row) for row in rows) > MOST_BUFFERS:
        return None
    first = ks[0]
    stop = int(starts[end]) if end < tape.count else tape.slots
    return Elements(tape, first, end, slots[0], stop - slots[0], n, body, slots, total, data, active)


def _overlapping(tape: Tape, kinds: list[str], data: list[tuple[int, int]], active: list[bool], n: int) -> frozenset[int]:
    """Numbers of the operands in memory whose adjoints, or some of them, are also those of others."""
    ranges = []
    for i, (kind, (ref, base)) in enumerate(zip(kinds, data, strict=True)):
        if active[i]:
            slots = referenced(tape, ref, n) if kind == BUFFER else np.array([base, base + (n if kind == STREAM else 1) - 1])
            ranges.append((int(slots.min()), int(slots.max()), i))
    return frozenset(
        i for low, high, i in ranges if kinds[i] == STREAM and any(j != i and a <= high and low <= b for a, b, j in ranges)
    )  # fmt: skip
