"""Turns of a scalar loop that do not depend on each other, as vectors: cells of a time step, terms of a sum.

They read what stands side by side in memory turn after turn, as elements of an array do and columns of earlier loops
(passes/columns.py), or so far apart, as columns of a matrix do: these numbers are loaded, and their adjoints added, one by one. From turn to turn there may be sums, chains of additions alone: these are added up term by term, in the order of the
loop, while what the terms are made of, and all of the reverse sweep, is vectors. Contributions to operands in memory, which may overlap (a
cell and its neighbours), are left in buffers for a chunk of turns and added in the interpreter's order: later turns first, so operands
that stand first in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.expressions import calls_functions
from jittape.ops.layout import CHUNK, FIRST_OPERATION
from jittape.ops.spec import OPERANDS, by_code
from jittape.sweep.loops.body import (
    D_OPERANDS,
    D_TURNS,
    FIXED,
    LAG,
    STREAM,
    TURN,
    Body,
    Operand,
    contributing,
    data_operands,
    in_memory,
    reads,
    widest,
)
from jittape.sweep.loops.elements import has_form
from jittape.sweep.point.runs import Vectors
from jittape.sweep.vectors import LONG, used

LEAST = 16
"""Turns from which vectors are worth their while."""
MOST_BUFFERS = 48
"""Chunks of memory that a kernel works in, so that they stay in the first-level cache or near it."""
ADDED, SUBTRACTED = "x + y", "x - y"
UNROLLED = 4
SHORT = 40
"""Instructions of a body whose turns may be gone through twice."""


@dataclass(frozen=True)
class Chain:
    """A sum that goes from turn to turn.

    Attributes:
        links: the instructions that add to it in a turn, in order; the result of the last one goes on.
        terms: what each of them adds, and whether it is subtracted.
    """

    links: tuple[int, ...]
    terms: tuple[tuple[Operand, bool], ...]


@cache
def written(code: int, dtype: np.dtype[Any] = np.dtype(np.float64)) -> bool:  # noqa: B008
    """Whether an operation is the same in vectors as by itself, and takes less time: it calls no functions."""
    return code >= FIRST_OPERATION and has_form(code, dtype) and not any(map(calls_functions, (by_code(code).z, *by_code(code).partials)))


def chains(body: Body) -> list[Chain] | None:
    """The sums of a body; None where something else goes from turn to turn."""
    readers: dict[Any, list[int]] = {}
    for j, row in enumerate(body.operands):
        for o in row:
            if o.kind in (TURN, LAG):
                readers.setdefault((o.kind, o.number), []).append(j)
    found = []
    for j, lag in widest(body):
        links: list[int] = []
        terms: list[tuple[Operand, bool]] = []
        before = LAG, j
        while not links or links[-1] != j:
            at = readers.get(before, [])
            if lag != 1 or len(at) != 1:
                return None
            link = at[0]
            term = _term(body, link, before)
            if term is None:
                return None
            links.append(link)
            terms.append(term)
            before = TURN, link
        if (TURN, j) in readers or not body.operands[links[0]]:
            return None
        found.append(Chain(tuple(links), tuple(terms)))
    return found


def _term(body: Body, link: int, before: tuple[str, int]) -> tuple[Operand, bool] | None:
    """What an instruction adds to the sum that it reads, and whether it is subtracted."""
    op, row = by_code(body.codes[link]), body.operands[link]
    if op.z not in (ADDED, SUBTRACTED):
        return None
    mine = [(o.kind, o.number) == before for o in row]
    if mine == [True, False]:
        return row[1], op.z == SUBTRACTED
    return (row[0], False) if mine == [False, True] and op.z == ADDED else None


def streams_of(body: Body) -> tuple[frozenset[int], frozenset[int]]:
    """Numbers of the operands that move from turn to turn, and of those of them that have adjoints."""
    moving = [o for row in body.operands for o in row if o.kind == STREAM]
    return frozenset(o.number for o in moving), frozenset(o.number for o in moving if o.active)


def disjoint(operands: Sequence[tuple[int, int]], turns: int) -> bool:
    """Whether operands of different steps, each with its first slot and its step, share no slot."""
    reached, with_step = -1, 0
    for first, step in sorted(operands):
        if first <= reached and step != with_step:
            return False
        reached, with_step = max((reached, with_step), (first + step * (turns - 1), step))
    return True


def as_vectors(body: Body, operands: Sequence[tuple[int, int]], stored: Mapping[int, tuple[int, int]], early: frozenset[int], separate: bool) -> Body | None:
    """The body for kernels in vectors; None where a loop is none for them.

    Args:
        operands: where each operand that is data stands in the first turn, and the step.
        stored: the same of results in memory.
        early: instructions whose results something reads before the last turn.
        separate: whether operands of different steps that have adjoints share no slot.
    """
    kinds = {o.kind for row in body.operands for o in row}
    if not kinds <= {TURN, LAG, FIXED, STREAM} or not all(map(written, body.codes)):
        return None
    sums = chains(body)
    if sums is None:
        return None
    links = {j for chain in sums for j in chain.links}
    ends = {chain.links[-1] for chain in sums}
    if links & early or links & body.outside or links & body.kept - ends or not any(j not in links for j in range(body.size)):
        return None
    if any(step != 1 for j, (_, step) in stored.items() if j not in links):
        return None
    streams, active = streams_of(body)
    if any(operands[n][1] < 1 for n in streams) or not separate:
        return None
    strided = frozenset(n for n in streams if operands[n][1] != 1)
    body = replace(body, order=tuple(sorted(active, key=lambda n: (n in strided, operands[n][0]))), strided=strided)
    return body if buffers(body) <= MOST_BUFFERS else None


def posted(body: Body) -> list[Operand]:
    """The operands outside a turn to which contributions go, one a contribution, in the order in which they are made."""
    sums = chains(body)
    assert sums is not None
    links = {j: k for chain in sums for k, j in enumerate(chain.links)}
    reached = set(body.outside) | {chain.links[-1] for chain in sums}
    found = []
    for j in range(body.size - 1, -1, -1):
        if j in reached:
            for p in contributing(body.codes[j]):
                o = body.operands[j][p]
                if o.kind == TURN:
                    reached |= {o.number} if o.active else set()
                elif o.active and not (j in links and o.kind == LAG):
                    found.append(o)
    return found


def buffers(body: Body) -> int:
    """How many chunks of memory the kernels work in."""
    sums = chains(body)
    assert sums is not None
    return max(len(posted(body)), sum(len(chain.links) for chain in sums))


def at_once(body: Body) -> int | None:
    """The operand in memory to whose adjoints contributions go at once, without a buffer: that with most of them, or the first one.

    What goes to operands that stand before it is computed and added before, so the turns are gone through twice; where that saves little,
    it is the first one.
    """
    count = dict.fromkeys(body.order or (), 0)
    for o in posted(body):
        if o.kind == STREAM:
            count[o.number] += 1
    reached = [n for n, times in count.items() if times and n not in body.strided]
    if not reached:
        return None
    most = max(reached, key=lambda n: count[n])
    return most if count[most] > count[reached[0]] + 1 and body.size <= SHORT else reached[0]


class _Turns:
    """A kernel under construction: left = kernel(values, adjoints, data, buffers); none are ever left."""

    def __init__(self, body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
        real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        array = real.as_pointer()
        function = ir.Function(module, ir.FunctionType(LONG, [array, array, LONG.as_pointer(), array]), name)
        function.attributes.add("nounwind")
        for argument in function.args:
            argument.add_attribute("noalias")
        self.v, self.g, self.data, self.buffers = function.args
        self.body, self.dtype, self.real = body, dtype, real
        self.b = b = ir.IRBuilder(function.append_basic_block("entry"))
        self.k = Vectors(b, dtype, ir.Constant(LONG, 0))
        sums = chains(body)
        assert sums is not None
        self.sums = sums
        self.turns = self.datum(D_TURNS)
        kinds = {o.number: o.kind for row in body.operands for o in row if o.kind in (FIXED, STREAM)}
        self.bases = {n: self.datum(D_OPERANDS + 2 * n) for n in kinds}
        self.steps = {n: self.datum(D_OPERANDS + 2 * n + 1) for n in body.strided}
        self.fixed = {n: self.k.emit.splat(b.load(b.gep(self.v, [self.bases[n]]))) for n, kind in kinds.items() if kind == FIXED}
        at = D_OPERANDS + 2 * data_operands(body)
        self.results: dict[int, Any] = {}
        self.last: dict[int, Any] = {}
        """Where a result of the last turn stands."""
        for q, j in enumerate(in_memory(body)):
            self.results[j], step = self.datum(at + 2 * q), self.datum(at + 2 * q + 1)
            if body.lags[j]:
                self.last[j] = b.add(self.results[j], b.mul(step, b.sub(self.turns, ir.Constant(LONG, 1))))
        at += 2 * len(self.results)
        self.before = {j: self.datum(at + q) for q, (j, _) in enumerate(widest(body))}
        self.t0: Any = None
        """The first turn of the chunk."""
        self.known: dict[Any, Any] = {}

    def datum(self, i: int) -> Any:
        return self.b.load(self.b.gep(self.data, [ir.Constant(LONG, i)]))

    def buffer(self, q: int) -> Any:
        return self.b.gep(self.buffers, [ir.Constant(LONG, q * CHUNK)])

    def at(self, array: Any, base: Any) -> Any:
        """Where the chunk begins in memory."""
        return self.b.gep(array, [self.b.add(base, self.t0)])

    def slot(self, n: int, i: Any) -> Any:
        """The slot of an operand that moves by other steps than one, in turn i of the chunk."""
        return self.b.add(self.bases[n], self.b.mul(self.steps[n], self.b.add(self.t0, i)))

    def room(self, start: Any) -> Any:
        """A number that is kept from chunk to chunk, in a register once LLVM has seen it."""
        place = self.b.alloca(self.real)
        self.b.store(start, place)
        return place

    def chunks(self, backwards: bool, write: Callable[[Any], None]) -> None:
        """Call `write` for the chunks of turns with how many turns one has."""
        b, chunk, one = self.b, ir.Constant(LONG, CHUNK), ir.Constant(LONG, 1)
        count = b.sdiv(b.add(self.turns, ir.Constant(LONG, CHUNK - 1)), chunk)
        before, inside, after = b.block, b.append_basic_block("chunk"), b.append_basic_block("after")
        b.branch(inside)
        b.position_at_end(inside)
        number = b.phi(LONG)
        number.add_incoming(ir.Constant(LONG, 0), before)
        following = b.add(number, one)
        self.t0 = b.mul(b.sub(count, following) if backwards else number, chunk)
        left = b.sub(self.turns, self.t0)
        write(b.select(b.icmp_signed("<", left, chunk), left, chunk))
        number.add_incoming(following, b.block)
        b.cbranch(b.icmp_signed("<", following, count), inside, after)
        b.position_at_end(after)

    def each(self, m: Any, totals: Sequence[Any], backwards: bool, add: Callable[[list[Any], Any], list[Any]]) -> None:
        """Go through m turns one by one with numbers that stand in `totals`: `add` gives the new ones."""
        b, one = self.b, ir.Constant(LONG, 1)
        starts = [b.load(place) for place in totals]
        before, inside, after = b.block, b.append_basic_block("each"), b.append_basic_block("after")
        b.branch(inside)
        b.position_at_end(inside)
        turn = b.phi(LONG)
        turn.add_incoming(ir.Constant(LONG, 0), before)
        held = []
        for x in starts:
            held.append(b.phi(self.real))
            held[-1].add_incoming(x, before)
        following = b.add(turn, one)
        found = add(held, b.sub(m, following) if backwards else turn)
        for phi, x in zip(held, found, strict=True):
            phi.add_incoming(x, b.block)
        turn.add_incoming(following, b.block)
        b.cbranch(b.icmp_signed("<", following, m), inside, after)
        b.position_at_end(after)
        for place, x in zip(totals, found, strict=True):
            b.store(x, place)

    def number(self, q: int, i: Any) -> Any:
        """Number i of a buffer."""
        return self.b.load(self.b.gep(self.buffer(q), [i]))

    def value(self, o: Operand, i: Any) -> Any:
        if o.kind == FIXED:
            return self.fixed[o.number]
        key = o.kind, o.number
        if key not in self.known:
            if o.number in self.body.strided and o.kind == STREAM:
                self.known[key] = self.k.gathered(self.v, self.slot(o.number, i), self.steps[o.number], i)
            elif o.kind == STREAM:
                self.known[key] = self.k.load(self.at(self.v, self.bases[o.number]), i)
            elif o.number in self.body.kept:
                self.known[key] = self.k.load(self.at(self.v, self.results[o.number]), i)
            else:
                self.known[key] = self.computed(o.number, i)
        return self.known[key]

    def computed(self, j: int, i: Any) -> Any:
        op = by_code(self.body.codes[j])
        return self.k.emit.expression(op.z, {v: self.value(self.body.operands[j][OPERANDS.index(v)], i) for v in used(op, op.z)})


def forward(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the forward kernel."""
    c = _Turns(body, dtype, module, name)
    b = c.b
    links = {j for chain in c.sums for j in chain.links}
    totals = [c.room(b.load(b.gep(c.v, [c.before[chain.links[-1]]]))) for chain in c.sums]
    terms = [term for chain in c.sums for term in chain.terms]

    def chunk(m: Any) -> None:
        c.k = Vectors(b, dtype, m)

        def turn(indices: list[Any]) -> None:
            (i,) = indices
            c.known = {}
            for j in sorted(body.kept - links):
                _forward_one(c, j, i)
            for q, (o, _) in enumerate(terms):
                c.k.store(c.value(o, i), c.buffer(q), i)

        def add(held: list[Any], i: Any) -> list[Any]:
            found, q = [], 0
            for x, chain in zip(held, c.sums, strict=True):
                for _, subtracted in chain.terms:
                    x = (b.fsub if subtracted else b.fadd)(x, c.number(q, i))
                    q += 1
                found.append(x)
            return found

        c.k.loop(1, turn)
        if c.sums:
            c.each(m, totals, False, add)

    c.chunks(False, chunk)
    for place, chain in zip(totals, c.sums, strict=True):
        b.store(b.load(place), b.gep(c.v, [c.last[chain.links[-1]]]))
    b.ret(ir.Constant(LONG, 0))


def _forward_one(c: _Turns, j: int, i: Any) -> None:
    """A result that is stored."""
    c.known[TURN, j] = z = c.computed(j, i)
    c.k.store(z, c.at(c.v, c.results[j]), i)


def reverse(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the reverse kernel."""
    c = _Turns(body, dtype, module, name)
    b = c.b
    assert body.order is not None
    targets = posted(body)
    fixed = sorted({o.number for o in targets if o.kind == FIXED})
    totals = [c.room(b.load(b.gep(c.g, [c.bases[n]]))) for n in fixed]
    seeds: dict[int, Any] = {}
    """The adjoints of the sums, which are the same in every turn."""
    links = {j: chain for chain in c.sums for j in chain.links}
    for chain in c.sums:
        end = chain.links[-1]
        place = b.gep(c.g, [c.last[end]])
        seeds[end] = b.load(place)
        b.store(ir.Constant(c.real, 0.0), place)

    streams = body.order or ()
    parts = {n: [q for q, o in enumerate(targets) if (o.kind, o.number) == (STREAM, n)] for n in streams}
    direct = at_once(body)
    early = {q for n in streams[: streams.index(direct)] for q in parts[n]} if direct is not None else set()

    def contributions(i: Any) -> list[Any]:
        """Those of a vector of turns, in the order of `targets`."""
        found = []
        c.known = {}
        emit = c.k.emit
        adjoints: dict[int, Any] = {j: c.k.load(c.at(c.g, c.results[j]), i) for j in sorted(body.outside)}
        for j, chain in links.items():
            adjoints[j] = emit.splat(seeds[chain.links[-1]])
        for j in range(body.size - 1, -1, -1):
            r = adjoints.get(j)
            if r is None:
                continue
            op, row = by_code(body.codes[j]), body.operands[j]
            wanted = [p for p in contributing(body.codes[j]) if row[p].active and not _goes_on(row[p], j, links)]
            needed = {v for p in wanted for v in reads(body.codes[j], p)}
            values = {v: c.value(Operand(TURN, j) if v == "z" else row[OPERANDS.index(v)], i) for v in (*op.operands, "z") if v in needed}
            for p in wanted:
                o, part = row[p], emit.contribution(op, op.partials[p], r, values)
                if o.kind == TURN:
                    adjoints[o.number] = b.fadd(adjoints[o.number], part) if o.number in adjoints else part
                else:
                    found.append(part)
        return found

    def chunk(m: Any) -> None:
        c.k = Vectors(b, dtype, m)

        def first(indices: list[Any]) -> None:
            """What stands before the operand that gets its contributions at once."""
            (i,) = indices
            for q, part in enumerate(contributions(i)):
                if q in early:
                    c.k.store(part, c.buffer(q), i)

        def turn(indices: list[Any]) -> None:
            (i,) = indices
            x: Any = None
            for q, part in enumerate(contributions(i)):
                if direct is not None and q in parts[direct]:
                    x = b.fadd(c.k.load(c.at(c.g, c.bases[direct]), i) if x is None else x, part)
                elif q not in early:
                    c.k.store(part, c.buffer(q), i)
            if direct is not None and x is not None:
                c.k.store(x, c.at(c.g, c.bases[direct]), i)
            for j in sorted(body.outside):
                c.k.store(c.k.emit.number(0.0), c.at(c.g, c.results[j]), i)

        if early:
            c.k.loop(1, first)
        if direct is None:
            c.k.loop(1, turn)
        for n in streams:
            if n == direct:
                c.k.loop(1, turn)
            elif n in body.strided:
                _add_apart(c, n, parts[n], m)
            else:
                _add(c, n, parts[n])

        def add(held: list[Any], i: Any) -> list[Any]:
            found = []
            for n, x in zip(fixed, held, strict=True):
                for q, o in enumerate(targets):
                    if (o.kind, o.number) == (FIXED, n):
                        x = b.fadd(x, c.number(q, i))
                found.append(x)
            return found

        if fixed:
            c.each(m, totals, True, add)

    c.chunks(True, chunk)
    for n, place in zip(fixed, totals, strict=True):
        b.store(b.load(place), b.gep(c.g, [c.bases[n]]))
    for chain in c.sums:
        end = chain.links[-1]
        place = b.gep(c.g, [c.before[end]])
        b.store(b.fadd(b.load(place), seeds[end]), place)
    b.ret(ir.Constant(LONG, 0))


def _goes_on(o: Operand, j: int, links: Mapping[int, Chain]) -> bool:
    """Whether an operand of a link is the sum itself, whose adjoint is known."""
    return j in links and (o.kind == LAG or (o.kind == TURN and o.number in links))


def _add(c: _Turns, n: int, parts: list[int]) -> None:
    """Add contributions of a chunk to the adjoints of an operand in memory."""
    to = c.at(c.g, c.bases[n])

    def body(indices: list[Any]) -> None:
        sums = [c.k.load(to, i) for i in indices]
        for q in parts:
            sums = [c.b.fadd(x, c.k.load(c.buffer(q), i)) for x, i in zip(sums, indices, strict=True)]
        for x, i in zip(sums, indices, strict=True):
            c.k.store(x, to, i)

    if parts:
        c.k.loop(UNROLLED, body)


def _add_apart(c: _Turns, n: int, parts: list[int], m: Any) -> None:
    """The same for m turns of an operand that moves by other steps than one."""

    def body(_: list[Any], i: Any) -> list[Any]:
        to = c.b.gep(c.g, [c.slot(n, i)])
        x = c.b.load(to)
        for q in parts:
            x = c.b.fadd(x, c.number(q, i))
        c.b.store(x, to)
        return []

    if parts:
        c.each(m, [], False, body)
