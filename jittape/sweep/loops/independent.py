"""Turns of a scalar loop that do not depend on each other, as vectors: cells of a time step, terms of a sum.

They read what stands side by side in memory turn after turn, as elements of an array do and columns of earlier loops
(passes/columns.py), or so far apart, as columns of a matrix do: these numbers are loaded, and their adjoints added, one by one. From turn to turn there may be sums, chains of additions alone: these are added up term by term, in the order of the
loop, while what the terms are made of, and all of the reverse sweep, is vectors. A few other instructions may go turn by turn, too (parts.py): they
follow the vectors of a chunk of turns, and in reverse go before them. Contributions to operands in memory, which may overlap (a
cell and its neighbours), are left in buffers for a chunk of turns and added in the interpreter's order: later turns first, so operands
that stand first in memory. Where operands share no slot, they are added at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.layout import CHUNK
from jittape.ops.spec import OPERANDS, by_code
from jittape.sweep.loops.body import (
    D_OPERANDS,
    D_TURNS,
    FIXED,
    STREAM,
    TURN,
    Body,
    Operand,
    data_operands,
    in_memory,
    made_of,
    reads,
    widest,
)
from jittape.sweep.loops.parts import at_once, clears, flow, parts, posted, rooms
from jittape.sweep.loops.serial import SerialForward, SerialReverse
from jittape.sweep.point.runs import Vectors
from jittape.sweep.vectors import LONG, used

UNROLLED = 4


class Turns:
    """A kernel under construction: left = kernel(values, adjoints, data, buffers, argument, gradient, zeroed); none are ever left.

    `zeroed` is the slot from which on the gradient is zeros or more; what lies below it is zeroed on the way as far as it is added to,
    while it is on its way into the cache.
    """

    def __init__(self, body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
        real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        array = real.as_pointer()
        function = ir.Function(module, ir.FunctionType(LONG, [array, array, LONG.as_pointer(), array, array, array, LONG]), name)
        function.attributes.add("nounwind")
        for argument in function.args[:4]:
            argument.add_attribute("noalias")
        self.v, self.g, self.data, self.buffers, self.x, self.out, self.zeroed = function.args
        self.body, self.dtype, self.real = body, dtype, real
        self.b = b = ir.IRBuilder(function.append_basic_block("entry"))
        self.k = Vectors(b, dtype, ir.Constant(LONG, 0))
        found = parts(body)
        assert found is not None
        self.parts, self.sums, self.links, self.serial = found, found.sums, found.links, set(found.serial)
        self.rooms = rooms(body, found)
        self.turns = self.datum(D_TURNS)
        kinds = {o.number: o.kind for row in body.operands for o in row if o.kind in (FIXED, STREAM)}
        self.bases = {n: self.datum(D_OPERANDS + 2 * n) for n in kinds}
        self.steps = {n: self.datum(D_OPERANDS + 2 * n + 1) for n in body.strided}
        self.fixed = {n: self.k.emit.splat(b.load(b.gep(self.values(n), [self.bases[n]]))) for n, kind in kinds.items() if kind == FIXED}
        at = D_OPERANDS + 2 * data_operands(body)
        self.results: dict[int, Any] = {}
        self.result_steps: dict[int, Any] = {}
        self.last: dict[int, Any] = {}
        """Where a result of the last turn stands."""
        for q, j in enumerate(in_memory(body)):
            self.results[j], self.result_steps[j] = self.datum(at + 2 * q), self.datum(at + 2 * q + 1)
            if body.lags[j]:
                self.last[j] = b.add(self.results[j], b.mul(self.result_steps[j], b.sub(self.turns, ir.Constant(LONG, 1))))
        at += 2 * len(self.results)
        self.before: dict[int, list[Any]] = {}
        """Of each result that goes to later turns where it stands in the turns before the first one, the last of them first."""
        for j, lag in widest(body):
            self.before[j] = [self.datum(at + d) for d in range(lag)]
            at += lag
        self.t0: Any = None
        """The first turn of the chunk."""
        self.known: dict[Any, Any] = {}

    def values(self, n: int) -> Any:
        """The array that an operand which is data stands in."""
        return self.x if n in self.body.given else self.v

    def adjoints(self, n: int) -> Any:
        """That of its adjoints."""
        return self.out if n in self.body.given else self.g

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
                self.known[key] = self.k.gathered(self.values(o.number), self.slot(o.number, i), self.steps[o.number], i)
            elif o.kind == STREAM:
                self.known[key] = self.k.load(self.at(self.values(o.number), self.bases[o.number]), i)
            elif o.number in self.body.kept:
                self.known[key] = self.k.load(self.at(self.v, self.results[o.number]), i)
            else:
                for j in made_of(self.body, o.number, lambda j: (TURN, j) in self.known):
                    self.known[TURN, j] = self.computed(j, i)
                self.known[key] = self.computed(o.number, i)
        return self.known[key]

    def computed(self, j: int, i: Any) -> Any:
        op = by_code(self.body.codes[j])
        return self.k.emit.expression(op.z, {v: self.value(self.body.operands[j][OPERANDS.index(v)], i) for v in used(op, op.z)})

    def contributions(self, r: Any, j: int, ps: Sequence[int], value: Callable[[Operand], Any]) -> list[Any]:
        """What an instruction's adjoint contributes to those of some of its operands."""
        code, row = self.body.codes[j], self.body.operands[j]
        op = by_code(code)
        needed = {v for p in ps for v in reads(code, p)}
        values = {v: value(Operand(TURN, j) if v == "z" else row[OPERANDS.index(v)]) for v in (*op.operands, "z") if v in needed}
        return [self.k.emit.contribution(op, op.partials[p], r, values) for p in ps]


def forward(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the forward kernel."""
    c = Turns(body, dtype, module, name)
    b = c.b
    totals = [c.room(b.load(b.gep(c.v, [c.before[chain.links[-1]][0]]))) for chain in c.sums]
    terms = [term for chain in c.sums for term in chain.terms]
    serial = SerialForward(c) if c.serial else None

    def chunk(m: Any) -> None:
        c.k = Vectors(b, dtype, m)

        def turn(indices: list[Any]) -> None:
            (i,) = indices
            c.known = {}
            for j in sorted(body.kept - set(c.links) - c.serial):
                _forward_one(c, j, i)
            for q, (o, _) in enumerate(terms):
                c.k.store(c.value(o, i), c.buffer(q), i)
            for j, q in c.rooms.forward.items():
                c.k.store(c.value(Operand(TURN, j), i), c.buffer(q), i)

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
        if serial is not None:
            serial.chunk(m)

    c.chunks(False, chunk)
    for place, chain in zip(totals, c.sums, strict=True):
        b.store(b.load(place), b.gep(c.v, [c.last[chain.links[-1]]]))
    b.ret(ir.Constant(LONG, 0))


def _forward_one(c: Turns, j: int, i: Any) -> None:
    """A result that is stored."""
    c.known[TURN, j] = z = c.computed(j, i)
    c.k.store(z, c.at(c.v, c.results[j]), i)


class _Reverse:
    """A reverse kernel under construction."""

    def __init__(self, c: Turns) -> None:
        self.c, self.body = c, c.body
        self.targets = posted(c.body, c.parts)
        self.flow: dict[int, list[int]] = {}
        """For each instruction to which of its operands it contributes."""
        for j, p in flow(c.body, c.parts):
            self.flow.setdefault(j, []).append(p)
        self.seeds: dict[int, Any] = {}
        """The adjoints of the sums, which are the same in every turn."""

    def posts(self, i: Any, again: bool = False) -> list[Any]:
        """The contributions of a vector of turns to operands in memory, in the order of `targets`; adjoints stay for when it is asked `again`."""
        c, body = self.c, self.body
        c.known = {}
        outside = sorted(body.outside - c.serial)
        adjoints: dict[int, Any] = {j: c.k.load(c.at(c.g, c.results[j]), i) for j in outside}
        for j, chain in c.links.items():
            adjoints[j] = c.k.emit.splat(self.seeds[chain.links[-1]])
        found = []
        for j in range(body.size - 1, -1, -1):
            ps = self.flow.get(j, [])
            if j in c.serial:
                ps = [p for p in ps if (j, p) in c.rooms.made]
                made = [c.k.load(c.buffer(c.rooms.made[j, p]), i) for p in ps]
            else:
                made = c.contributions(adjoints[j], j, ps, lambda o: c.value(o, i)) if ps else []
            for p, part in zip(ps, made, strict=True):
                o = body.operands[j][p]
                if o.kind == TURN:
                    adjoints[o.number] = c.b.fadd(adjoints[o.number], part) if o.number in adjoints else part
                else:
                    found.append(part)
        for j in () if again else outside:
            c.k.store(c.k.emit.number(0.0), c.at(c.g, c.results[j]), i)
        return found

    def chunk_apart(self) -> None:
        """The turns of a chunk whose operands share no slots."""
        c = self.c

        def turn(indices: list[Any]) -> None:
            (i,) = indices
            made: dict[int, list[Any]] = {}
            for q, (o, part) in enumerate(zip(self.targets, self.posts(i), strict=True)):
                if o.kind == STREAM:
                    made.setdefault(o.number, []).append(part)
                else:
                    c.k.store(part, c.buffer(c.rooms.posted[q]), i)
            for n, mine in made.items():
                to = c.at(c.adjoints(n), c.bases[n])
                c.k.store(functools.reduce(c.b.fadd, mine, c.k.load(to, i)), to, i)

        c.k.loop(1, turn)

    def chunk(self, m: Any) -> None:
        """Those of a chunk whose operands may share some."""
        c, body = self.c, self.body
        streams = body.order or ()
        mine = {n: [q for q, o in enumerate(self.targets) if (o.kind, o.number) == (STREAM, n)] for n in streams}
        direct = at_once(body, self.targets)
        early = {q for n in streams[: streams.index(direct)] for q in mine[n]} if direct is not None else set()

        def first(indices: list[Any]) -> None:
            """What stands before the operand that gets its contributions at once."""
            (i,) = indices
            for q, part in enumerate(self.posts(i, True)):
                if q in early:
                    c.k.store(part, c.buffer(c.rooms.posted[q]), i)

        def turn(indices: list[Any]) -> None:
            (i,) = indices
            x: Any = None
            for q, part in enumerate(self.posts(i)):
                if direct is not None and q in mine[direct]:
                    x = c.b.fadd(c.k.load(c.at(c.adjoints(direct), c.bases[direct]), i) if x is None else x, part)
                elif q not in early:
                    c.k.store(part, c.buffer(c.rooms.posted[q]), i)
            if direct is not None and x is not None:
                c.k.store(x, c.at(c.adjoints(direct), c.bases[direct]), i)

        if early:
            c.k.loop(1, first)
        if direct is None:
            c.k.loop(1, turn)
        for n in streams:
            if n == direct:
                c.k.loop(1, turn)
            elif n in body.strided:
                _add_apart(c, n, mine[n], m)
            else:
                _add(c, n, mine[n])


def reverse(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the reverse kernel."""
    c = Turns(body, dtype, module, name)
    b = c.b
    assert body.order is not None
    r = _Reverse(c)
    fixed = sorted({o.number for o in r.targets if o.kind == FIXED})
    totals = [c.room(b.load(b.gep(c.adjoints(n), [c.bases[n]]))) for n in fixed]
    clear = _cleared(c)
    for chain in c.sums:
        end = chain.links[-1]
        place = b.gep(c.g, [c.last[end]])
        r.seeds[end] = b.load(place)
        b.store(ir.Constant(c.real, 0.0), place)
    serial = SerialReverse(c) if c.serial else None

    def chunk(m: Any) -> None:
        c.k = Vectors(b, dtype, m)
        clear()
        if serial is not None:
            if c.rooms.backward:
                c.k.loop(1, again)
            serial.chunk(m)
        if body.apart:
            r.chunk_apart()
        else:
            r.chunk(m)

        def add(held: list[Any], i: Any) -> list[Any]:
            found = []
            for n, x in zip(fixed, held, strict=True):
                for q, o in enumerate(r.targets):
                    if (o.kind, o.number) == (FIXED, n):
                        x = b.fadd(x, c.number(c.rooms.posted[q], i))
                found.append(x)
            return found

        if fixed:
            c.each(m, totals, True, add)

    def again(indices: list[Any]) -> None:
        """What the serial part reads of the vectors."""
        (i,) = indices
        c.known = {}
        for j, q in c.rooms.backward.items():
            c.k.store(c.value(Operand(TURN, j), i), c.buffer(q), i)

    c.chunks(True, chunk)
    for n, place in zip(fixed, totals, strict=True):
        b.store(b.load(place), b.gep(c.adjoints(n), [c.bases[n]]))
    for chain in c.sums:
        end = chain.links[-1]
        place = b.gep(c.g, [c.before[end][0]])
        b.store(b.fadd(b.load(place), r.seeds[end]), place)
    if serial is not None:
        serial.end()
    b.ret(ir.Constant(LONG, 0))


def posting(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the kernel that leaves a chunk's contributions to adjoints in buffers, in the order of `targets`; the first turn of the chunk stands in place of `zeroed`.

    Adjoints of sums are left where they are. What several threads sweep has no serial part, and contributes to no operand that stays.
    """
    c = Turns(replace(body, apart=False), dtype, module, name)
    b, chunk = c.b, ir.Constant(LONG, CHUNK)
    c.t0 = c.zeroed
    left = b.sub(c.turns, c.t0)
    c.k = Vectors(b, dtype, b.select(b.icmp_signed("<", left, chunk), left, chunk))
    r = _Reverse(c)
    for chain in c.sums:
        r.seeds[chain.links[-1]] = b.load(b.gep(c.g, [c.last[chain.links[-1]]]))

    def turn(indices: list[Any]) -> None:
        (i,) = indices
        for q, part in enumerate(r.posts(i)):
            c.k.store(part, c.buffer(c.rooms.posted[q]), i)

    c.k.loop(1, turn)
    b.ret(ir.Constant(LONG, 0))


def _cleared(c: Turns) -> Callable[[], None]:
    """What zeroes the gradient as far as a chunk adds to it, of what is not zeroed yet; see `clears`."""
    if not clears(c.body):
        return lambda: None
    b, bases = c.b, [c.bases[n] for n in c.body.order or () if n in c.body.given]
    lowest = functools.reduce(lambda x, y: b.select(b.icmp_signed("<", x, y), x, y), bases)
    place = b.alloca(LONG)
    b.store(c.zeroed, place)

    def clear() -> None:
        end, start = b.load(place), b.add(lowest, c.t0)
        size = b.sub(end, start)
        some, after = b.append_basic_block("some"), b.append_basic_block("cleared")
        b.cbranch(b.icmp_signed(">", size, ir.Constant(LONG, 0)), some, after)
        b.position_at_end(some)
        byte = ir.IntType(8)
        memset = c.k.emit.declared("llvm.memset.p0i8.i64", ir.VoidType(), [byte.as_pointer(), byte, LONG, ir.IntType(1)])
        to = b.bitcast(b.gep(c.out, [start]), byte.as_pointer())
        b.call(memset, [to, byte(0), b.mul(size, ir.Constant(LONG, c.dtype.itemsize)), ir.IntType(1)(0)])
        b.store(start, place)
        b.branch(after)
        b.position_at_end(after)

    return clear


def _add(c: Turns, n: int, parts: list[int]) -> None:
    """Add contributions of a chunk to the adjoints of an operand in memory."""
    to = c.at(c.adjoints(n), c.bases[n])

    def body(indices: list[Any]) -> None:
        sums = [c.k.load(to, i) for i in indices]
        for q in parts:
            sums = [c.b.fadd(x, c.k.load(c.buffer(c.rooms.posted[q]), i)) for x, i in zip(sums, indices, strict=True)]
        for x, i in zip(sums, indices, strict=True):
            c.k.store(x, to, i)

    if parts:
        c.k.loop(UNROLLED, body)


def _add_apart(c: Turns, n: int, parts: list[int], m: Any) -> None:
    """The same for m turns of an operand that moves by other steps than one."""

    def body(_: list[Any], i: Any) -> list[Any]:
        to = c.b.gep(c.adjoints(n), [c.slot(n, i)])
        x = c.b.load(to)
        for q in parts:
            x = c.b.fadd(x, c.number(c.rooms.posted[q], i))
        c.b.store(x, to)
        return []

    if parts:
        c.each(m, [], False, body)
