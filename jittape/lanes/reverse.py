"""Reverse programs of lanes: adjoints of one output's inputs, each contribution stored or added (see lanes/program.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.instructions import of
from jittape.lanes.program import BY_CODE, TRASH, ZERO, Allocator, Builder, Ints, Program, Record, copies
from jittape.ops.spec import Op
from jittape.tape.tape import Tape


class Reverse:
    """The reverse sweep of one output under construction."""

    def __init__(self, builder: Builder, seed: int, allocator: Allocator) -> None:
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
                    of(p.code[q]).lanes_reverse(self, q)
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
            if len(pieces) == 1 and len(groups) == 1 and targets and p.joint(op, tuple(e for e, _ in targets)) and self._in_place(targets, m):
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

    def _in_place(self, targets: list[tuple[int, int]], m: int) -> bool:
        """Whether adjoints that are opened now may take places that m elements are loaded from.

        A kernel loads an element before it stores it, and not all elements first: the element must stand at the same place of its
        block. Blocks are used again by others of their size, so that whole ones fit.
        """
        return m == 1 or all(self.p.size[q] == m for _, q in targets if self.adjoint[q] < 0)

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

    def fill(self, slots: Any) -> None:
        """Open the adjoints of whatever owns these slots, zero where nothing was contributed: more is added to them later."""
        p = self.p
        for q in np.unique(p.owner[np.asarray(slots)]).tolist():
            if p.active[q]:
                self.open(q)
                self.zero(q, ~self.touched[q])
                self.touched[q][:] = True

    def adjoint_places(self, slots: Any) -> Any:
        """Places of the adjoints of slots; those of constants are the trash."""
        p = self.p
        owners = p.owner[np.asarray(slots)]
        adjoint = np.array(self.adjoint, np.int64)[owners] + np.asarray(slots) - p.starts[owners]
        return np.where(np.array(p.active)[owners], adjoint, TRASH)


def build(tape: Tape, inputs: Ints, outputs: Ints, guards: Ints, joint: Callable[[Op, tuple[int, ...]], bool], gradients: bool) -> Program:  # fmt: skip
    """The lane program of a recorded tape.

    Args:
        inputs: slots that are differentiated; of leaves, each one once.
        outputs, guards: slots whose values are wanted.
        joint: (operation, operands) -> whether one kernel makes the contributions to all these operands, which loads
            everything before it stores anything.
        gradients: whether reverse programs are made.
    """
    b = Builder(tape, inputs, outputs, guards, joint)
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
        records, place, into = Reverse(b, s, own).build()
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
