"""Loops whose turns do not depend on each other: runs of one length, element by element, as vectors with values in registers.

A kernel sweeps a chunk. What lies in memory one element after the other it loads and stores itself; other operands are fetched into
buffers before it, and contributions to them, and to operands that overlap, are left in buffers that the driver adds up afterwards
(sweep/loops/driver.py): in the order of the interpreter, so that sums are the same to the last bit.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.layout import CHUNK, FIRST_OPERATION
from jittape.ops.spec import OPERANDS, OPS, by_code
from jittape.sweep.loops.body import BUFFER, FIXED, STREAM, TURN, Body, Operand, contributing, loaded, reads
from jittape.sweep.point.runs import Vectors
from jittape.sweep.vectors import LONG, Emitter, Unsupported, used

E_SIZE, E_SUM, E_FETCHED, E_FETCHES, E_POSTED, E_POSTS, E_AGAIN, E_OPERANDS = range(8)
"""Of a loop's data: elements; the slot of the sum of the results in `summed`, or -1; how many operands are fetched into buffers, and the
address of their references; the same of contributions; how many of those operands, the first ones, adjoints need; then the first slots of
operands, and after these those of results in memory."""
SUMMANDS = 0
"""The buffer that values to be summed up are left in; those of fetched operands follow, then those of contributions."""


def in_memory(body: Body) -> list[int]:
    """The instructions whose results or adjoints lie in memory: their first slots are data, in this order."""
    return sorted(body.kept | body.outside)


def fetched(body: Body) -> list[int]:
    """Numbers of the operands that are fetched into buffers, in order: first those that adjoints need, too."""
    again = fetched_again(body)
    return [*again, *sorted({o.number for row in body.operands for o in row if o.kind == BUFFER} - set(again))]


def fetched_again(body: Body) -> list[int]:
    """Numbers of those that adjoints need, where nothing is stored on the way."""
    return sorted({o.number for o in loaded(replace(body, kept=frozenset())) if o.kind == BUFFER})


def received(body: Body) -> list[Operand]:
    """The operands outside the body to which contributions go, one a contribution, in the order in which they are added."""
    reached = {body.summed} | set(body.outside)
    found = []
    for j in range(body.size - 1, -1, -1):
        if j not in reached or body.codes[j] < FIRST_OPERATION:
            continue
        for p in contributing(body.codes[j]):
            o = body.operands[j][p]
            if not o.active or p in by_code(body.codes[j]).constant:
                continue
            if o.kind == TURN:
                reached.add(o.number)
            else:
                found.append(o)
    return found


def posted(body: Body) -> list[int]:
    """Numbers of the operands whose contributions are left in buffers, one a contribution, in the order in which they are added."""
    found = received(body)
    return [o.number for o, left in zip(found, by_memory(body, found), strict=True) if left]


def by_memory(body: Body, found: list[Operand]) -> list[bool]:
    """For each contribution whether it goes through a buffer. Those to operands that share no slot with others do not, and of those to the
    others all that come before the first that does, if they are to one operand; of a body that threads share, none."""
    left: list[bool] = []
    first: int | None = None
    for o in found:
        if o.kind == STREAM and o.number in body.overlapping and not body.shared and not any(left) and first in (None, o.number):
            first = o.number
        left.append(o.kind != STREAM or (o.number in body.overlapping and (any(left) or o.number != first)))
    return left


class Chunk:
    """A kernel under construction: (values, values of the argument, adjoints, data, buffers, first element, elements).

    The argument's values stand among the others, or where the caller has them.
    """

    def __init__(self, body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
        real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        array = real.as_pointer()
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [array, array, array, LONG.as_pointer(), array, LONG, LONG]), name)
        function.attributes.add("nounwind")
        for argument in function.args[2:5]:
            argument.add_attribute("noalias")
        self.v, self.x, self.g, self.data, self.buffers, self.first, size = function.args
        self.body = body
        self.k = Vectors(ir.IRBuilder(function.append_basic_block("entry")), dtype, size)
        self.b = self.k.b
        self.fixed: dict[int, Any] = {}
        self.bases: dict[int, Any] = {}
        """Where operands of the kind STREAM begin in memory, in this chunk."""
        self.copies = dict(body.copies)
        outer = {o.number: o for row in (*body.operands, self.copies.values()) for o in row if o.kind != TURN}
        for o in outer.values():
            if o.kind == FIXED:
                self.fixed[o.number] = self.k.emit.splat(self.b.load(self.at(self.v, self.place(o.number))))
            elif o.kind == STREAM:
                self.bases[o.number] = self.b.add(self.place(o.number), self.first)
        places = E_OPERANDS + 1 + max(outer, default=-1)
        self.results = {j: self.b.add(self.datum(places + q), self.first) for q, j in enumerate(in_memory(body))}
        self.buffer = {n: self.b.gep(self.buffers, [ir.Constant(LONG, (1 + q) * CHUNK)]) for q, n in enumerate(fetched(body))}
        self.known: dict[Any, Any] = {}

    def datum(self, i: int) -> Any:
        return self.b.load(self.b.gep(self.data, [ir.Constant(LONG, i)]))

    def place(self, n: int) -> Any:
        """The first slot of an operand."""
        return self.datum(E_OPERANDS + n)

    def at(self, array: Any, base: Any) -> Any:
        return self.b.gep(array, [base])

    def value(self, o: Operand, i: Any) -> Any:
        if o.kind == FIXED:
            return self.fixed[o.number]
        key = o.kind == TURN, o.number
        if key not in self.known:
            if o.kind == TURN:
                in_memory = o.number in self.body.kept
                self.known[key] = self.k.load(self.at(self.v, self.results[o.number]), i) if in_memory else self.computed(o.number, i)
            elif o.kind == STREAM:
                array = self.x if o.number in self.body.given else self.v
                self.known[key] = self.k.load(self.at(array, self.bases[o.number]), i)
            else:
                self.known[key] = self.k.load(self.buffer[o.number], i)
        return self.known[key]

    def computed(self, j: int, i: Any) -> Any:
        if j in self.copies:
            return self.value(self.copies[j], i)
        op = by_code(self.body.codes[j])
        return self.k.emit.expression(op.z, {v: self.value(self.body.operands[j][OPERANDS.index(v)], i) for v in used(op, op.z)})


def forward(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the forward kernel."""
    c = Chunk(body, dtype, module, name)

    def turn(indices: list[Any]) -> None:
        (i,) = indices
        c.known = {}
        for j in range(body.size):
            if j in body.kept or j == body.summed:
                c.known[True, j] = z = c.computed(j, i)
                if j in body.kept:
                    c.k.store(z, c.at(c.v, c.results[j]), i)
                if j == body.summed:
                    c.k.store(z, c.buffers, i)

    c.k.loop(1, turn)
    c.b.ret_void()


def whole(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the kernel of a function that is the sum: values to be summed up and the sum's gradient, in one pass.

    Where each number of the argument is read by one operand, what is found for it is stored and not added.
    """
    reverse(body, dtype, module, name, True, True, True)


def whole_slopes(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """The same without the values, and without what only they need."""
    reverse(body, dtype, module, name, True, False, True)


def ending(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the kernel of a group that a recording ends with: `whole`, but of a sum whose adjoint stands in its slot."""
    reverse(body, dtype, module, name, True, True)


def ending_slopes(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """The same without the values."""
    reverse(body, dtype, module, name, True)


def reverse(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str, fresh: bool = False, summed: bool = False, one: bool = False) -> None:
    """Emit the reverse kernel.

    Args:
        fresh: nothing was contributed yet to adjoints of what shares no slot with others: they are stored and not added to.
        summed: values to be summed up are computed, too.
        one: the sum's adjoint is one.
    """
    c = Chunk(body, dtype, module, name)
    b, emit = c.b, c.k.emit
    of_sum: Any = None
    if body.summed >= 0:
        of_sum = emit.number(1.0) if one else emit.splat(b.load(b.gep(c.g, [c.datum(E_SUM)])))
    free = 1 + len(fetched(body))
    room = [b.gep(c.buffers, [ir.Constant(LONG, (free + q) * CHUNK)]) for q in range(len(posted(body)))]
    by_buffer = by_memory(body, received(body))

    def turn(indices: list[Any]) -> None:
        (i,) = indices
        c.known = {}
        adjoints: dict[int, Any] = {}
        totals: dict[int, Any] = {}
        left, buffered = iter(room), iter(by_buffer)
        if summed:
            c.k.store(c.value(Operand(TURN, body.summed), i), c.buffers, i)
        for j in sorted(body.outside):
            adjoints[j] = c.k.load(c.at(c.g, c.results[j]), i)
        if of_sum is not None:
            adjoints[body.summed] = b.fadd(adjoints[body.summed], of_sum) if body.summed in adjoints else of_sum
        for j in range(body.size - 1, -1, -1):
            r = adjoints.get(j)
            if r is None:
                continue
            op, row = by_code(body.codes[j]), body.operands[j]
            targets = [p for p in contributing(body.codes[j]) if row[p].active and p not in op.constant]
            needed = {v for p in targets for v in reads(body.codes[j], p)}
            values = {v: c.value(Operand(TURN, j) if v == "z" else row[OPERANDS.index(v)], i) for v in (*op.operands, "z") if v in needed}
            for p in targets:
                o, part = row[p], emit.contribution(op, op.partials[p], r, values)
                if o.kind == TURN:
                    adjoints[o.number] = b.fadd(adjoints[o.number], part) if o.number in adjoints else part
                elif next(buffered):
                    c.k.store(part, next(left), i)
                else:
                    if o.number not in totals:
                        new = fresh and o.number not in body.overlapping
                        totals[o.number] = emit.number(0.0) if new else c.k.load(c.at(c.g, c.bases[o.number]), i)
                    totals[o.number] = b.fadd(totals[o.number], part)
        for n, x in totals.items():
            c.k.store(x, c.at(c.g, c.bases[n]), i)
        for j in sorted(body.outside):
            c.k.store(emit.number(0.0), c.at(c.g, c.results[j]), i)

    c.k.loop(1, turn)
    b.ret_void()


@cache
def has_form(code: int, dtype: np.dtype[Any]) -> bool:
    """Whether an elementwise operation has a form in vectors, its value and its partials."""
    if not FIRST_OPERATION <= code < FIRST_OPERATION + len(OPS):
        return False
    op = by_code(code)
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), []), "tried")
    emit = Emitter(ir.IRBuilder(function.append_basic_block()), dtype, True, or_libm=False)
    operands = dict.fromkeys((*OPERANDS, "z"), emit.number(1.5))
    try:
        emit.expression(op.z, operands)
        for text in op.partials:
            emit.contribution(op, text, emit.number(1.5), operands)
    except Unsupported:
        return False
    return True
