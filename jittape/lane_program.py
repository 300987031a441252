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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.expressions import constant, names, native
from jittape.ops.spec import OPS, Op
from jittape.sweep.lane_reductions import ADD, INTERLEAVED, LEAVES, LEFT, PLAIN, PLUS, RIGHT
from jittape.tape import calls
from jittape.tape.layout import (
    ADJOINT,
    BLOCK_REF,
    CALL,
    CUMSUM,
    GATHER_REF,
    INACTIVE,
    KIND,
    MATMUL,
    MAX,
    MIN,
    REF,
    RUN,
    RUN_REF,
    SEGMENT_SUM,
    SUM,
)
from jittape.tape.references import referenced, strided
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

    Forward: places (z, x, y, w), size (elements), numbers (aux,). Reverse: places (r, x, y, w, z, gx, gy, gw), size,
    numbers (add,). Structural kernels read lists of places; these are named by where they begin in `Program.lists`.
    """

    what: tuple[Any, ...]
    places: tuple[int, ...]
    size: int
    number: int = 0
    raw: dict[int, int] | None = None


@dataclass
class CallPlaces:
    """Places of the values of a Python operation's operands and results."""

    operands: list[Any]
    result: slice


@dataclass
class Program:
    """A lane program, in units of slots.

    Attributes:
        forward: records of values. reverse: for each output, records of adjoints.
        seeds: place of each output's adjoint, or -1 where it depends on no input.
        inputs, outputs, guards: places of values. adjoints: (outputs, inputs) places of adjoints.
        constants: (place, slots) of the leaves that are written once.
        lists: places that structural kernels read. calls: those of Python operations, by instruction.
        size: slots of memory.
    """

    forward: list[Record]
    reverse: list[list[Record]]
    seeds: Ints
    inputs: Ints
    outputs: Ints
    guards: Ints
    adjoints: Ints
    constants: list[tuple[int, Any]]
    lists: list[int]
    calls: dict[int, CallPlaces]
    size: int


class _Builder:
    def __init__(self, tape: Tape, inputs: Ints, outputs: Ints, guards: Ints, joint: Any) -> None:
        self.tape = tape
        self.joint = joint
        self.count = n = tape.count
        code = tape._opcode[:n].astype(np.int64)
        self.run = code >= RUN
        self.code: list[int] = (code & (RUN - 1)).tolist()
        sizes = np.where(self.run, tape._arg1[:n], 1).astype(np.int64)
        self.size: list[int] = sizes.tolist()
        self.starts = np.cumsum(sizes) - sizes
        self.start: list[int] = self.starts.tolist()
        self.owner = np.repeat(np.arange(n, dtype=np.int32), sizes)
        self.inputs, self.outputs, self.guards = inputs, outputs, guards
        self.single = len(outputs) == 1
        self.operands: list[list[Operand]] = [self._operands(k) for k in range(n)]
        self.lists: list[int] = []
        self.calls: dict[int, CallPlaces] = {}
        self.last = [-1] * n
        self.place = [-1] * n
        self._places = np.full(n, -1)

    # --- reading the tape -----------------------------------------------------------------------------------------------

    def _operands(self, k: int) -> list[Operand]:
        tape, code = self.tape, self.code[k]
        if code < 4:
            return []
        a, n = int(tape._arg0[k]), int(tape._arg1[k])
        if not self.run[k]:
            owner = self.owner
            return [Operand(s, False, (int(owner[s]),)) for s in (a, n)[: BY_CODE[code].arity]]
        meta = tape.meta
        if code in BY_CODE:
            return [self._reference(a + REF * p, n) for p in range(BY_CODE[code].arity)]
        if code in (SUM, MAX, MIN):
            return [self._rows(a, n)]
        if code == CUMSUM:
            return [self._rows(a, n // max(meta[a], 1))]
        if code == SEGMENT_SUM:
            at, first = meta[a], meta[a + 1]
            offsets = np.array(tape.index[at : at + n + 1], np.int64)
            return [self._operand(np.array(tape.index[first : first + int(offsets[-1])], np.int32), 0)]
        if code == MATMUL:
            batch, m, inner, q = meta[a : a + 4]
            return [
                self._operand(strided(base, (batch, rows, cols), (sb, sr, sc)).reshape(-1), flags)
                for (rows, cols), (base, sb, sr, sc, flags) in zip(((m, inner), (inner, q)), (meta[a + 4 : a + 9], meta[a + 9 : a + 14]))
            ]
        assert code == CALL
        record = calls.read(tape, k)
        return [self._reference(at, int(np.prod(shape, dtype=np.int64))) for shape, at in record.operands]

    def _reference(self, at: int, n: int) -> Operand:
        return self._operand(referenced(self.tape, at, n), self.tape.meta[at])

    def _rows(self, a: int, m: int) -> Operand:
        """The operand of a reduction, m rows of meta[a] elements (see sweep/reductions.py)."""
        r, (kind, base, s0, s1, _) = self.tape.meta[a], self.tape.meta[a + 1 : a + 1 + REF]
        if kind & KIND == BLOCK_REF:
            return self._operand(strided(base, (m, r), (s0, s1)).reshape(-1), kind)
        return self._reference(a + 1, m * r)

    def _operand(self, slots: Ints, flags: int) -> Operand:
        return Operand(slots, bool(flags & INACTIVE), np.unique(self.owner[slots]).tolist() if slots.size else [])

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
        elif code in (MAX, MIN, CALL, MATMUL):
            if code != MATMUL:
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
            if self.needed[k] and self.code[k] >= 4:
                expire[self.last[k]].append(k)
        for k in range(self.count):  # first, since leaves keep their places
            if k in given or (self.needed[k] and self.code[k] < 4):
                self.take(k, allocator)
                leaves.append((self.place[k], slice(self.start[k], self.start[k] + self.size[k])))
        for k in range(self.count):
            if not self.needed[k] or self.code[k] < 4:
                continue
            elementwise = self.code[k] in BY_CODE
            pieces = self.pieces(k) if elementwise else []
            dead = [q for q in expire.pop(k, ()) if q != k]
            if len(pieces) == 1:  # the result may stand where an operand stood
                self.expire(allocator, dead)
                dead = []
            self.take(k, allocator)
            if elementwise:
                op = BY_CODE[self.code[k]]
                for i, m in pieces:
                    xs = [self.at(self.slot(k, p, i)) for p in range(op.arity)]
                    records.append(Record(("forward", op), (self.place[k] + i, *xs, *[0] * (3 - op.arity)), m))
            else:
                records.extend(self.structural(k))
            self.expire(allocator, dead)
            if self.last[k] <= k:
                allocator.give(self.place[k], self.size[k])
        self.expire(allocator, expire.pop(self.count, ()))
        self._expire = expire
        return records, leaves

    def expire(self, allocator: Allocator, dead: Iterable[int]) -> None:
        for q in dead:
            allocator.give(self.place[q], self.size[q])

    def keep(self, places: Any) -> int:
        """Keep a list of places for structural kernels; returns where it begins."""
        self.lists.extend(np.asarray(places).tolist())
        return len(self.lists) - len(places)

    def structural(self, k: int) -> list[Record]:
        """The forward records of a structural instruction."""
        code, z, meta = self.code[k], self.place[k], self.tape.meta
        if code == CALL:
            self.calls[k] = CallPlaces([self.places(operand.slots) for operand in self.operands[k]], slice(z, z + self.size[k]))
            return [Record(("call", k), (), 0)]
        a, n = int(self.tape._arg0[k]), self.size[k]
        read = [self.places(operand.slots) for operand in self.operands[k]]
        if code == MATMUL:
            batch, m, inner, q = meta[a : a + 4]
            mode = (LEFT if meta[a + 8] & ADJOINT else 0) | (RIGHT if meta[a + 13] & ADJOINT else 0)
            out = np.arange(z, z + n).reshape(batch, m * q)
            left, right = read[0].reshape(batch, m * inner), read[1].reshape(batch, inner * q)
            return [self.matmul(out[b], left[b], right[b], m, inner, q, mode) for b in range(batch)] if n else []
        if code == SEGMENT_SUM:
            at = meta[a]
            offsets = self.tape.index[at : at + n + 1]
            pieces = [read[0][i:j] for i, j in zip(offsets, offsets[1:])]
            return [Record(("native", "sum_forward"), (z + j,), 0, raw={3: self.keep(x), 4: 0, 5: len(x), 7: 8 | PLAIN}) for j, x in enumerate(pieces)]
        r = meta[a]
        rows = n // max(r, 1) if code == CUMSUM else n
        if not n:
            return []
        name = {SUM: "sum", MAX: "max", MIN: "min", CUMSUM: "cumsum"}[code] + "_forward"
        mode = self.order(a, rows) if code == SUM else 0
        return [Record(("native", name), (z,), 0, raw={3: self.keep(read[0]), 4: 0, 5: r, 7: rows * 8 | mode})]

    def matmul(self, out: Any, left: Any, right: Any, m: int, inner: int, n: int, mode: int) -> Record:
        raw = {2: self.keep(out), 3: self.keep(left), 4: self.keep(right), 5: inner, 6: n, 7: m * 8 | mode}
        return Record(("native", "matmul"), (), 0, raw=raw)

    def order(self, a: int, rows: int) -> int:
        """The order in which the sweep of one point adds up a row (see sweep/reductions.py)."""
        r, (kind, _, s0, s1, _) = self.tape.meta[a], self.tape.meta[a + 1 : a + 1 + REF]
        kind &= KIND
        if kind == GATHER_REF:
            return PLAIN
        so, si = (s0, s1) if kind == BLOCK_REF else (r, 1) if kind == RUN_REF else (0, 0)
        if so == 1 and si != 1 and rows > 4:
            return PLAIN
        return INTERLEAVED if si == 1 else LEAVES

    # --- reverse --------------------------------------------------------------------------------------------------------

    def reverse(self, seed: int, allocator: Allocator) -> tuple[list[Record], int, list[int]]:
        """(records, place of the seed, places of the inputs' adjoints) of one output."""
        return _Reverse(self, seed, allocator).build()


class _Reverse:
    """The reverse sweep of one output under construction."""

    def __init__(self, builder: _Builder, seed: int, allocator: Allocator) -> None:
        self.p = builder
        self.seed = seed
        self.allocator = allocator
        self.records: list[Record] = []
        self.adjoint = [-1] * builder.count
        self.touched: dict[int, Any] = {}
        self.owners: dict[int, int] = defaultdict(int)
        """Place of an adjoint block -> how many instructions it belongs to."""

    def open(self, q: int) -> None:
        """Find a place for the adjoints of instruction q, if they have none."""
        if self.adjoint[q] < 0:
            place = self.adjoint[q] = self.allocator.take(self.p.size[q])
            self.owners[place] = 1
            self.touched[q] = np.zeros(self.p.size[q], bool)

    def close(self, k: int) -> None:
        """The adjoints of instruction k are not needed any more."""
        place = self.adjoint[k]
        self.owners[place] -= 1
        if not self.owners[place]:
            self.allocator.give(place, self.p.size[k])

    def zero(self, q: int, untouched: Any) -> None:
        """Set those elements of the adjoints of q to zero."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], untouched, [False]]).astype(np.int8)))
        for i, j in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            self.records.append(Record(("zero",), (self.adjoint[q] + i, 0, 0, 0, 0, 0, 0, 0), j - i))

    def contribute(self, q: int, i: int, n: int) -> bool:
        """Note a contribution to elements i to i + n of q's adjoints; returns whether it is to be added."""
        self.open(q)
        part = self.touched[q][i : i + n]
        if not part.any():
            part[:] = True
            return False
        if not part.all():
            untouched = np.zeros(self.p.size[q], bool)
            untouched[i : i + n] = ~part
            self.zero(q, untouched)
            part[:] = True
        return True

    def build(self) -> tuple[list[Record], int, list[int]]:
        p = self.p
        k = int(p.owner[self.seed])
        if not p.active[k]:
            return [], -1, [ZERO] * len(p.inputs)
        reached = p.reached(k)
        pieces = {q: p.pieces(q) for q in range(p.count) if reached[q] and p.code[q] in BY_CODE}
        self.uses = [0] * p.count
        self.uses[k] = 1
        for q in range(p.count):
            if reached[q]:
                for edge in p.passes[q]:
                    for owner in p.operands[q][edge].owners:
                        self.uses[owner] += len(pieces.get(q, (0,)))
        self.open(k)
        seed = self.adjoint[k] + self.seed - p.start[k]
        self.touched[k][self.seed - p.start[k]] = True
        for q in range(k, -1, -1):
            dead: Sequence[int] = p._expire.get(2 * p.count - q, ()) if p.single else ()
            if reached[q] and p.operands[q]:
                assert self.adjoint[q] >= 0
                if q in self.touched and not self.touched[q].all():
                    self.zero(q, ~self.touched[q])
                if q in pieces:
                    dead = self.elementwise(q, pieces[q], dead)
                else:
                    self.structural(q)
                    self.close(q)
            p.expire(self.allocator, dead)
        places = []
        for s in p.inputs.tolist():
            q = int(p.owner[s])
            if self.adjoint[q] >= 0 and q in self.touched and not self.touched[q].all():
                self.zero(q, ~self.touched[q])
                self.touched[q][:] = True
            places.append(ZERO if self.adjoint[q] < 0 else self.adjoint[q] + s - p.start[q])
        return self.records, seed, places

    def elementwise(self, k: int, pieces: list[tuple[int, int]], dead: Sequence[int]) -> Sequence[int]:
        """The contributions of an elementwise instruction; returns the values that die after it."""
        p, op = self.p, BY_CODE[self.p.code[k]]
        edges = list(p.passes[k])
        if len(pieces) == 1:
            for edge in p.passes[k]:
                s = p.slot(k, edge, 0)
                q = int(p.owner[s])
                if copies(op, edge) and self.uses[q] == 1 and p.size[q] == p.size[k] and p.active[q]:
                    self.adjoint[q] = self.adjoint[k]
                    self.owners[self.adjoint[k]] += 1
                    edges.remove(edge)
        r = self.adjoint[k]
        closed = False
        for i, m in pieces:
            slots = [p.slot(k, q, i) for q in range(op.arity)]
            xs = [max(p.at(s), 0) for s in slots]
            targets = [(e, int(p.owner[slots[e]])) for e in edges if p.active[p.owner[slots[e]]]]
            together = m == 1 or not self._overlap([(slots[e], m) for e, _ in targets])
            groups = [targets] if together and p.joint(op, tuple(e for e, _ in targets)) else [[t] for t in targets]
            if len(pieces) == 1 and len(groups) == 1 and targets and p.joint(op, tuple(e for e, _ in targets)):
                # everything is loaded before anything is stored: adjoints may stand where the result's or a value stood
                p.expire(self.allocator, dead)
                self.close(k)
                dead, closed = (), True
            for group in groups:
                out, add = [0, 0, 0], 0
                for e, q in group:
                    offset = slots[e] - p.start[q]
                    add |= self.contribute(q, offset, m) << e
                    out[e] = self.adjoint[q] + offset
                if group:
                    what = ("reverse", op, tuple(e for e, _ in group))
                    z = max(p.place[k], 0) + i
                    self.records.append(Record(what, (r + i, *xs, *[0] * (3 - op.arity), z, *out), m, add))
        if not closed:
            self.close(k)
        return dead

    @staticmethod
    def _overlap(spans: list[tuple[int, int]]) -> bool:
        """Whether two of the spans overlap without being the same."""
        return any(a != b and abs(a - b) < m for i, (a, m) in enumerate(spans) for b, _ in spans[:i])

    def targets(self, slots: Any) -> tuple[int, bool]:
        """Open the adjoints of an operand's slots for one contribution each.

        Returns (where the list of their places begins, whether the contributions are to be added).
        """
        p = self.p
        slots = np.asarray(slots)
        owners = p.owner[slots]
        places = np.full(slots.size, TRASH)
        touched, count = 0, 0
        chosen = []
        for q in np.unique(owners).tolist():
            if p.active[q]:
                which = np.flatnonzero(owners == q)
                self.open(q)
                inside = slots[which] - p.start[q]
                places[which] = self.adjoint[q] + inside
                chosen.append((q, inside))
                touched += int(self.touched[q][inside].sum())
                count += int(np.unique(inside).size != inside.size)
        add = bool(touched or count)
        for q, inside in chosen:
            if add:
                fresh = np.zeros(p.size[q], bool)
                fresh[inside] = True
                fresh &= ~self.touched[q]
                self.zero(q, fresh)
            self.touched[q][inside] = True
        return p.keep(places), add

    def structural(self, k: int) -> None:
        """The contributions of a structural instruction."""
        p, code, meta = self.p, self.p.code[k], self.p.tape.meta
        operands, r = p.operands[k], self.adjoint[k]
        a, n = int(p.tape._arg0[k]), p.size[k]
        if not n:
            return
        if code == CALL:
            for e in p.passes[k]:
                slots = np.asarray(operands[e].slots)
                for q in np.unique(p.owner[slots]).tolist():
                    if p.active[q]:
                        self.open(q)
                        self.zero(q, ~self.touched[q])
                        self.touched[q][:] = True
            parts = [None if e not in p.passes[k] else self._adjoint_places(operands[e].slots) for e in range(len(operands))]
            self.records.append(Record(("call", k, r, parts), (), 0))
            return
        if code == MATMUL:
            self.matmul(k)
            return
        if code == SEGMENT_SUM:
            at = meta[a]
            offsets = p.tape.index[at : at + n + 1]
            for j in range(n):
                if offsets[j + 1] > offsets[j]:
                    first, add = self.targets(operands[0].slots[offsets[j] : offsets[j + 1]])
                    raw = {3: first, 4: 0, 5: offsets[j + 1] - offsets[j], 7: 8 | add}
                    self.records.append(Record(("native", "sum_reverse"), (r + j,), 0, raw=raw))
            return
        row = meta[a]
        rows = n // max(row, 1) if code == CUMSUM else n
        if not row:
            return
        first, add = self.targets(operands[0].slots)
        raw = {3: first, 4: 0, 5: row, 7: rows * 8 | (ADD if add else 0)}
        if code in (MAX, MIN):
            raw[3], raw[4] = p.keep(p.places(operands[0].slots)), first
            self.records.append(Record(("native", "extreme_reverse"), (r, 0, 0, 0, p.place[k]), 0, raw=raw))
        else:
            self.records.append(Record(("native", "sum_reverse" if code == SUM else "cumsum_reverse"), (r,), 0, raw=raw))

    def _adjoint_places(self, slots: Any) -> Any:
        """Places of the adjoints of slots; those of constants are the trash."""
        p = self.p
        owners = p.owner[np.asarray(slots)]
        adjoint = np.array(self.adjoint, np.int64)[owners] + np.asarray(slots) - p.starts[owners]
        return np.where(np.array(p.active)[owners], adjoint, TRASH)

    def matmul(self, k: int) -> None:
        """Adjoint of A += G B', adjoint of B += A' G, where zeros of G give zero."""
        p, meta = self.p, self.p.tape.meta
        a = int(p.tape._arg0[k])
        batch, m, inner, q = meta[a : a + 4]
        left, right = (np.asarray(operand.slots) for operand in p.operands[k])
        g = np.arange(self.adjoint[k], self.adjoint[k] + p.size[k]).reshape(batch, m, q)
        for e in p.passes[k]:
            slots = (left if e == 0 else right).reshape(batch, -1)
            values = p.places(right if e == 0 else left).reshape((batch, inner, q) if e == 0 else (batch, m, inner))
            for b in range(batch):
                if not slots[b].size:
                    continue
                first, add = self.targets(slots[b])
                other = values[b].T.ravel()
                out, plus = p.lists[first : first + slots[b].size], PLUS if add else 0
                if e == 0:
                    self.records.append(p.matmul(out, g[b].ravel(), other, m, q, inner, LEFT | plus))
                else:
                    self.records.append(p.matmul(out, other, g[b].ravel(), inner, m, q, RIGHT | plus))


def build(tape: Tape, inputs: Ints, outputs: Ints, guards: Ints, joint: Callable[[Op, tuple[int, ...]], bool], gradients: bool) -> Program:  # fmt: skip
    """The lane program of a recorded tape.

    Args:
        inputs: slots that are differentiated; of leaves, each one once.
        outputs, guards: slots whose values are wanted.
        joint: (operation, operands) -> whether one kernel makes the contributions to all these operands, which loads
            everything before it stores anything.
        gradients: whether reverse programs are made.
    """
    b = _Builder(tape, inputs, outputs, guards, joint)
    b.analyse()
    results = outputs.tolist()
    seeds = results if gradients else []
    for s in seeds:
        if b.active[b.owner[s]]:
            b.read_in_reverse(b.reached(int(b.owner[s])))
    allocator = Allocator(2)
    forward, leaves = b.forward(allocator)
    reverse, places, adjoints = [], [], []
    top = allocator.top
    for s in seeds:
        own = allocator if b.single else allocator.copy()
        records, place, into = b.reverse(s, own)
        reverse.append(records)
        places.append(place)
        adjoints.append(into)
        top = max(top, own.top)

    def ints(x: Any) -> Ints:
        return np.array(x, np.int32)

    return Program(
        forward, reverse, ints(places), ints([b.at(s) for s in inputs.tolist()]), ints([b.at(s) for s in results]),
        ints([b.at(s) for s in guards.tolist()]), ints(adjoints).reshape(len(seeds), len(inputs)), leaves, b.lists, b.calls, top,
    )  # fmt: skip
