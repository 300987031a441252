"""Lane programs: what the native driver of batches carries out for a recorded path, made once a recording.

Everything is resolved here: which instructions an output or a guard needs, which a derivative needs, where in the lane
memory values and adjoints stand, which contribution to an adjoint is the first one (it is stored, the others are added),
and which adjoints are another's (a sum passes its adjoint on as it is). Memory of values and adjoints that nobody reads
any more is used again, so that the lanes of a long recording stay in the cache.

Time runs through a block of rows: instruction k is carried out forward at time k, guards and outputs are read at time
`count`, and instruction k is carried out in reverse at time 2 count - k.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import of
from jittape.ops.expressions import constant, names, native
from jittape.ops.layout import (
    FIRST_OPERATION,
    FIRST_STRUCTURAL,
    OPERATION,
    RUN,
)
from jittape.ops.spec import OPS, Op
from jittape.tape import decode
from jittape.tape.tape import Tape

Ints = NDArray[np.int32]
BY_CODE = {op.code: op for op in OPS}
NOTHING: tuple[int, ...] = ()
FOREVER = 1 << 60
TRASH, ZERO = 0, 1
"""The first slots of the lane memory: where adjoints of constants go, and the adjoint of what has none."""


@cache
def active_operands(op: Op) -> tuple[int, ...]:
    """Operands whose partial is not zero everywhere."""
    return tuple(p for p in range(op.arity) if p not in op.constant and constant(op.partials[p]) != 0.0)


@cache
def reads(op: Op, p: int) -> tuple[tuple[int, ...], bool]:
    """(operands, whether the result) that the partial of operand p reads."""
    found = names(native(op.partials[p]))
    return tuple(q for q, v in enumerate(op.operands) if v in found), "z" in found


@cache
def copies(op: Op, p: int) -> bool:
    """Whether an adjoint is passed on to operand p as it is."""
    return constant(op.partials[p]) == 1.0


class Allocator:
    """Places in the lane memory, in slots. A block that was given back is used again by the next of its size."""

    def __init__(self, top: int) -> None:
        self.top = top
        self.free: dict[int, list[int]] = defaultdict(list)

    def take(self, size: int) -> int:
        found = self.free[size]
        if found:
            return found.pop()
        self.top += size
        return self.top - size

    def give(self, place: int, size: int) -> None:
        self.free[size].append(place)

    def copy(self) -> Allocator:
        other = Allocator(self.top)
        other.free.update({size: list(places) for size, places in self.free.items()})
        return other


@dataclass
class Operand:
    """What an instruction reads: slots, and the instructions that own them."""

    slots: Any
    constant: bool
    owners: Sequence[int]


@dataclass
class Record:
    """An entry of a program. `what` names the kernel; `places` are in slots, `numbers` are not.

    Forward: places (z, x, y, w), size (elements). Reverse: places (r, x, y, w, z, gx, gy, gw), size, number (of the operands
    whose adjoints are added to, bit by bit). Structural kernels, named ("structural", code, function), read lists of places; these
    are named by where they begin in `Program.lists`. ("python", places) is a record that Python carries out, ("kernel", address) one of a loop.
    """

    what: tuple[Any, ...]
    places: tuple[int, ...]
    size: int
    number: int = 0
    fields: dict[int, int] | None = None


@dataclass
class Program:
    """A lane program, in units of slots.

    Attributes:
        forward: records of values. reverse: for each output, records of adjoints.
        seeds: place of each output's adjoint, or -1 where it depends on no input.
        inputs, outputs, guards: places of values. adjoints: (outputs, inputs) places of adjoints.
        constants: (place, slots) of the leaves that are written once; of many by their numbers, (places, slots).
        lists: places that structural kernels read. calls: those of Python operations, by instruction.
        size: slots of memory.
        rows: in place of records, forward and reverse ones as arrays (lanes/scalars.py).
        alive: what records have the addresses of.
    """

    forward: list[Record]
    reverse: list[list[Record]]
    seeds: Ints
    inputs: Ints
    outputs: Ints
    guards: Ints
    adjoints: Ints
    constants: list[tuple[Any, Any]]
    lists: list[int]
    calls: dict[int, Any]
    size: int
    rows: tuple[Ints, Ints] | None = None
    alive: Any = None


class Builder:
    """A tape read back, what of it is needed, and the forward program."""

    def __init__(self, tape: Tape, inputs: Ints, outputs: Ints, guards: Ints, joint: Any) -> None:
        self.tape = tape
        self.joint = joint
        self.count = n = tape.count
        code = tape.opcode[:n].astype(np.int64)
        self.run = code >= RUN
        self.code: list[int] = (code & OPERATION).tolist()
        sizes = np.where(self.run, tape.arg1[:n], 1).astype(np.int64)
        self.size: list[int] = sizes.tolist()
        self.starts = np.cumsum(sizes) - sizes
        self.start: list[int] = self.starts.tolist()
        self.owner = np.repeat(np.arange(n, dtype=np.int32), sizes)
        self.inputs, self.outputs, self.guards = inputs, outputs, guards
        self.single = len(outputs) == 1
        self.operands: list[list[Operand]] = [self._operands(k) for k in range(n)]
        self.lists: list[int] = []
        self.calls: dict[int, Any] = {}
        self.last = [-1] * n
        self.place = [-1] * n
        self._places = np.full(n, -1)

    # --- reading the tape -----------------------------------------------------------------------------------------------

    def _operands(self, k: int) -> list[Operand]:
        tape, code = self.tape, self.code[k]
        if code < FIRST_OPERATION:
            return []
        if not self.run[k]:
            owner = self.owner
            return [Operand(s, False, (int(owner[s]),)) for s in (int(tape.arg0[k]), int(tape.arg1[k]))[: BY_CODE[code].arity]]
        return [self._operand(x.slots.reshape(-1), x.constant) for x in decode.operands(tape, k)]

    def _operand(self, slots: Ints, constant: bool) -> Operand:
        return Operand(slots, constant, np.unique(self.owner[slots]).tolist() if slots.size else [])

    # --- what is needed -------------------------------------------------------------------------------------------------

    def edges(self, k: int) -> list[int]:
        """Operands of instruction k that adjoints are passed on to."""
        code = self.code[k]
        possible = active_operands(BY_CODE[code]) if code in BY_CODE else range(len(self.operands[k]))
        return [p for p in possible if self._takes(self.operands[k][p])]

    def _takes(self, operand: Operand) -> bool:
        return not operand.constant and any(self.active[q] for q in operand.owners)

    def analyse(self) -> None:
        n, owner = self.count, self.owner
        self.active = active = [False] * n
        for s in self.inputs.tolist():
            active[owner[s]] = True
        self.passes: list[list[int]] = [NOTHING] * n  # type: ignore[list-item]
        for k in range(n):
            if self.operands[k]:
                self.passes[k] = self.edges(k)
                active[k] = bool(self.passes[k])
        self.needed = needed = [False] * n
        for s in (*self.outputs.tolist(), *self.guards.tolist()):
            needed[owner[s]] = True
            self.last[owner[s]] = n
        for k in range(n - 1, -1, -1):
            if needed[k]:
                for operand in self.operands[k]:
                    for q in operand.owners:
                        needed[q] = True
                        self.last[q] = max(self.last[q], k)

    def reached(self, seed: int) -> list[bool]:
        """The instructions whose adjoints the gradient of this output needs."""
        reached = [False] * self.count
        reached[seed] = self.active[seed]
        for k in range(seed, -1, -1):
            if reached[k]:
                for p in self.passes[k]:
                    for q in self.operands[k][p].owners:
                        reached[q] |= self.active[q]
        return reached

    def read_in_reverse(self, reached: list[bool]) -> None:
        """Values that a reverse sweep reads live until then; for ever where there are several sweeps."""
        for k in range(self.count):
            if not reached[k]:
                continue
            time = 2 * self.count - k if self.single else FOREVER
            for q in self._read(k):
                self.last[q] = max(self.last[q], time)

    def _read(self, k: int) -> Iterable[int]:
        code, operands = self.code[k], self.operands[k]
        if code in BY_CODE:
            for p in self.passes[k]:
                which, result = reads(BY_CODE[code], p)
                for i in which:
                    yield from operands[i].owners
                if result:
                    yield k
        elif code >= FIRST_STRUCTURAL and of(code).saves:
            if of(code).saves_result:
                yield k
            for operand in operands:
                yield from operand.owners

    # --- places ---------------------------------------------------------------------------------------------------------

    def at(self, slot: int) -> int:
        """The place of a slot's value."""
        k = int(self.owner[slot])
        return self.place[k] + slot - self.start[k]

    def places(self, slots: Any) -> Any:
        slots = np.asarray(slots)
        k = self.owner[slots]
        return self._places[k] + slots - self.starts[k]

    def take(self, k: int, allocator: Allocator) -> None:
        """Find a place for the values of instruction k."""
        self.place[k] = self._places[k] = allocator.take(self.size[k])

    def pieces(self, k: int) -> list[tuple[int, int]]:
        """The longest stretches (first element, length) of an elementwise run that are runs in every operand."""
        n = self.size[k]
        if n <= 1:
            return [(0, n)] if n else []
        breaks = np.zeros(n, bool)
        for operand in self.operands[k]:
            slots, owners = operand.slots, self.owner[operand.slots]
            breaks[1:] |= (slots[1:] - slots[:-1] != 1) | (owners[1:] != owners[:-1])
        first = [0, *np.flatnonzero(breaks).tolist()]
        return [(i, j - i) for i, j in zip(first, [*first[1:], n], strict=True)]

    def slot(self, k: int, p: int, i: int) -> int:
        slots = self.operands[k][p].slots
        return slots if isinstance(slots, int) else int(slots[i])

    # --- forward --------------------------------------------------------------------------------------------------------

    def forward(self, allocator: Allocator) -> tuple[list[Record], list[tuple[int, Any]]]:
        records: list[Record] = []
        leaves: list[tuple[int, Any]] = []
        given = set(self.owner[self.inputs].tolist())
        expire: dict[int, list[int]] = defaultdict(list)
        for k in range(self.count):
            if self.needed[k] and self.code[k] >= FIRST_OPERATION:
                expire[self.last[k]].append(k)
        for k in range(self.count):  # first, since leaves keep their places
            if k in given or (self.needed[k] and self.code[k] < FIRST_OPERATION):
                self.take(k, allocator)
                leaves.append((self.place[k], slice(self.start[k], self.start[k] + self.size[k])))
        for k in range(self.count):
            if not self.needed[k] or self.code[k] < FIRST_OPERATION:
                continue
            elementwise = self.code[k] in BY_CODE
            pieces = self.pieces(k) if elementwise else []
            dead = [q for q in expire.pop(k, ()) if q != k]
            if len(pieces) == 1:  # the result may stand where an operand stood
                self.expire(allocator, dead)
                dead = []
            self.take(k, allocator)
            if elementwise:
                records += self.elementwise(k, pieces)
            else:
                records.extend(of(self.code[k]).lanes_forward(self, k))
            self.expire(allocator, dead)
            if self.last[k] <= k:
                allocator.give(self.place[k], self.size[k])
        self.expire(allocator, expire.pop(self.count, ()))
        self._expire = expire
        return records, leaves

    def elementwise(self, k: int, pieces: list[tuple[int, int]]) -> list[Record]:
        """The records that compute an elementwise instruction."""
        op = BY_CODE[self.code[k]]
        found = []
        for i, m in pieces:
            xs = [self.at(self.slot(k, p, i)) for p in range(op.arity)]
            found.append(Record(("forward", op), (self.place[k] + i, *xs, *[0] * (3 - op.arity)), m))
        return found

    def expire(self, allocator: Allocator, dead: Iterable[int]) -> None:
        for q in dead:
            allocator.give(self.place[q], self.size[q])

    def keep(self, places: Any) -> int:
        """Keep a list of places for structural kernels; returns where it begins."""
        self.lists.extend(np.asarray(places).tolist())
        return len(self.lists) - len(places)

    @staticmethod
    def record(what: tuple[Any, ...], places: tuple[int, ...], fields: dict[int, int] | None = None) -> Record:
        """The record of a structural instruction; `fields` are made by sweep/lanes/fields.py."""
        return Record(what, places, 0, fields=fields)
