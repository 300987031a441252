"""Kernels of loops for tangents, after a forward sweep: a turn's values are loaded or computed anew, and its tangents go on beside them.

They are those of the interpreter to the last bit: a tangent or a partial derivative of zero contributes zero. Turns that are swept as vectors
otherwise (independent.py) are gone through one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.layout import CHUNK, FIRST_OPERATION, K_REVERSE, K_TANGENT, KINDS, SUM
from jittape.ops.spec import OPERANDS, by_code
from jittape.sweep.loops.body import FIXED, LAG, STREAM, TURN, Body, Operand, widest
from jittape.sweep.loops.elements import Chunk, fetched
from jittape.sweep.loops.scalars import called
from jittape.sweep.loops.turnwise import Kernel
from jittape.sweep.scalars import active
from jittape.sweep.vectors import LONG, used_by_partials


def by_kernel(code: int, dtype: np.dtype[Any]) -> bool:
    """Whether an operation's tangent in a scalar loop is found by the interpreter's kernel."""
    return any(number % KINDS >= K_REVERSE for number in called(code, dtype))


def turns(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the kernel of a loop of scalar instructions: left = kernel(values, tangents, data, buffers, ...); none are ever left."""
    k = Kernel(body, dtype, module, name)
    b, emit = k.b, k.emit
    zero = emit.number(0.0)
    known: dict[Any, Any] = {(o.kind, o.number, o.lag): k.load(k.g, k.place(o)) for o in k.named((FIXED,)) if o.active}
    """Tangents of this turn by operand."""
    windows: list[Any] = []

    def tangent(o: Operand) -> Any:
        if not o.active or (o.kind == TURN and body.codes[o.number] < FIRST_OPERATION):
            return zero
        key = o.kind, o.number, o.lag
        if key not in known:
            known[key] = k.load(k.g, k.place(o))
        return known[key]

    def computed(j: int) -> Any:
        code, row = body.codes[j], body.operands[j]
        if code == SUM:
            return k.total([tangent(o) for o in row])
        op = by_code(code)
        if by_kernel(code, dtype):
            given = [*map(k.value, row), *(None,) * (3 - len(row)), k.value(Operand(TURN, j))]
            return k.call(code * KINDS + K_TANGENT, [*given, *map(tangent, row), *(None,) * (3 - len(row)), None], 7)
        which = active(op)
        values = {v: k.value(Operand(TURN, j) if v == "z" else row[OPERANDS.index(v)]) for v in used_by_partials(op, which)}
        return emit.tangent(op, which, lambda p: tangent(row[p]), values)

    def turn() -> None:
        for j, code in enumerate(body.codes):
            if code >= FIRST_OPERATION:
                known[TURN, j, 0] = computed(j)
                if j in body.kept:
                    k.store(known[TURN, j, 0], k.g, k.at(j))

    if not body.loop:
        turn()
        b.ret(ir.Constant(LONG, 0))
        return
    lags = [(j, d) for j, lag in widest(body) for d in range(1, lag + 1)]
    starts = [k.load(k.g, k.before[j][d - 1]) for j, d in lags]
    before, inside, after = b.block, b.append_basic_block("turn"), b.append_basic_block("after")
    b.branch(inside)
    b.position_at_end(inside)
    k.turn = b.phi(LONG)
    k.turn.add_incoming(ir.Constant(LONG, 0), before)
    for (j, d), x in zip(lags, starts, strict=True):
        windows.append(b.phi(emit.type))
        windows[-1].add_incoming(x, before)
        known[LAG, j, d] = windows[-1]
    turn()
    for i, (j, d) in enumerate(lags):
        windows[i].add_incoming(known.get((TURN, j, 0), zero) if d == 1 else windows[i - 1], b.block)  # a leaf has none
    following = b.add(k.turn, ir.Constant(LONG, 1))
    k.turn.add_incoming(following, b.block)
    b.cbranch(b.icmp_signed("<", following, k.turns), inside, after)
    b.position_at_end(after)
    b.ret(ir.Constant(LONG, 0))


def elements(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the kernel of a chunk of runs: kernel(values, values, tangents, data, buffers, first element, elements).

    Tangents of fetched operands stand in buffers after those of their values; those of what is summed up are left in the first buffer.
    """
    c = Chunk(body, dtype, module, name)
    b, emit, t = c.b, c.k.emit, c.g
    count = len(fetched(body))
    buffer = {n: b.gep(c.buffers, [ir.Constant(LONG, (1 + count + q) * CHUNK)]) for q, n in enumerate(fetched(body))}
    named = {o.number: o for row in body.operands for o in row if o.kind != TURN and o.active}
    fixed = {n: emit.splat(b.load(c.at(t, c.place(n)))) for n, o in named.items() if o.kind == FIXED}
    known: dict[Any, Any] = {}

    def tangent(o: Operand, i: Any) -> Any:
        if not o.active:
            return emit.number(0.0)
        if o.kind == FIXED:
            return fixed[o.number]
        key = o.kind == TURN, o.number
        if key not in known:
            if o.kind == TURN:
                known[key] = computed(o.number, i)
            else:
                known[key] = c.k.load(c.at(t, c.bases[o.number]) if o.kind == STREAM else buffer[o.number], i)
        return known[key]

    def computed(j: int, i: Any) -> Any:
        op, row = by_code(body.codes[j]), body.operands[j]
        which = active(op)
        values = {v: c.value(Operand(TURN, j) if v == "z" else row[OPERANDS.index(v)], i) for v in used_by_partials(op, which)}
        return emit.tangent(op, which, lambda p: tangent(row[p], i), values)

    def turn(indices: list[Any]) -> None:
        (i,) = indices
        c.known = {}
        known.clear()
        for j in range(body.size):
            if j in body.kept or j == body.summed:
                x = tangent(Operand(TURN, j), i)
                if j in body.kept:
                    c.k.store(x, c.at(t, c.results[j]), i)
                if j == body.summed:
                    c.k.store(x, c.buffers, i)

    c.k.loop(1, turn)
    b.ret_void()
