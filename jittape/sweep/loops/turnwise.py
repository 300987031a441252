"""The two kernels of a loop's body, turn by turn: of one point, or of points as lanes of vectors.

Forward, a turn loads what it reads, keeps its results in registers and stores those that others read. In reverse it computes anew what
is cheaper computed than loaded, has the adjoints of its own results in registers, and writes to memory only what goes to other turns
or out of the loop. Contributions are added up in the order of the interpreter, so that sums are the same to the last bit.

An adjoint of zero contributes zero, whatever the partial. The kernel does not test that: it multiplies, and where a turn's outcome is
NaN, which 0 times infinity gives and nothing afterwards takes away, it leaves that turn and those that are left to the interpreter.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.layout import FIRST_OPERATION, K_FORWARD, K_REVERSE, KINDS, SUM
from jittape.ops.spec import OPERANDS, Op, by_code
from jittape.sweep.loops.body import (
    D_OPERANDS,
    D_SLOT,
    D_TABLE,
    D_TURNS,
    FIXED,
    GATHER,
    LAG,
    NEAR,
    STREAM,
    TURN,
    Body,
    Operand,
    contributing,
    data_operands,
    in_memory,
    is_given,
    made_of,
    reads,
    widest,
)
from jittape.sweep.loops.scalars import Scalars, called
from jittape.sweep.loops.wide import Lanes, Wide
from jittape.sweep.vectors import LONG, Unsupported, used, vector_bytes

CELLS = 8
INTERLEAVED = 8
"""Partial sums of a sum."""


class Kernel:
    """What kernels have in common: arguments, operands, the loop over turns."""

    def __init__(self, body: Body, dtype: np.dtype[Any], module: ir.Module, name: str, lanes: Lanes | None = None) -> None:
        self.b = ir.IRBuilder()
        self.emit: Any = Scalars(self.b, dtype) if lanes is None else Wide(self.b, dtype, lanes)
        self.lanes = lanes
        array = self.emit.type.as_pointer()
        own = [array, array, LONG]  # of one point: values of the argument, its adjoints, and a number that vectors look at (independent.py)
        self.function = ir.Function(module, ir.FunctionType(LONG, [array, array, LONG.as_pointer(), array, *(own if lanes is None else ())]), name)
        self.function.attributes.add("nounwind")
        for argument in self.function.args[:4]:
            argument.add_attribute("noalias")
        self.v, self.g, self.data, _ = self.function.args[:4]
        self.x, self.out = self.function.args[4:6] if lanes is None else (self.v, self.g)
        self.body = body
        self.b.position_at_end(self.function.append_basic_block("entry"))
        self.first, self.turns = self.datum(D_SLOT), self.datum(D_TURNS)
        self.fixed: dict[int, Any] = {}
        """Slots of operands of the kind FIXED, and first slots, or lists, of the others."""
        self.steps: dict[int, Any] = {}
        for o in self.named((FIXED, STREAM, GATHER)):
            self.fixed[o.number] = self.datum(D_OPERANDS + 2 * o.number)
            if o.kind == STREAM:
                self.steps[o.number] = self.datum(D_OPERANDS + 2 * o.number + 1)
            elif o.kind == GATHER:
                self.fixed[o.number] = self.b.inttoptr(self.fixed[o.number], LONG.as_pointer())
        self.constants = {o.number: self.load(self.values(o), self.fixed[o.number]) for o in self.named((FIXED,))}
        self.turn: Any = None
        self.places: dict[int, tuple[Any, Any]] = {}
        """Of each result in memory where it stands in the first turn, and the step."""
        self.before: dict[int, list[Any]] = {}
        """Of each result that goes to later turns where it stands in the turns before the first one, the last of them first."""
        if body.loop:
            at = D_OPERANDS + 2 * data_operands(body)
            for j in in_memory(body):
                self.places[j] = self.datum(at), self.datum(at + 1)
                at += 2
            for j, lag in widest(body):
                self.before[j] = [self.datum(at + d) for d in range(lag)]
                at += lag
        self.known: dict[Any, Any] = {}
        """Values of this turn by operand."""
        self.dtype = dtype
        self.cells: list[Any] = []
        """Memory for one number each, that kernels of the interpreter are called with: x, y, w, z and two adjoints, or four tangents."""
        self.kernels: dict[int, Any] = {}

    def named(self, kinds: tuple[str, ...]) -> list[Operand]:
        """The operands of some kinds, each once."""
        found = {(o.kind, o.number, o.lag): o for row in self.body.operands for o in row if o.kind in kinds}
        active = {(o.kind, o.number, o.lag) for row in self.body.operands for o in row if o.active}
        return [Operand(*key, key in active) for key in found]

    def values(self, o: Operand) -> Any:
        """The array that an operand outside of a turn stands in."""
        return self.x if is_given(self.body, o) else self.v

    def adjoints_of(self, o: Operand) -> Any:
        """That of its adjoint."""
        return self.out if is_given(self.body, o) else self.g

    def datum(self, i: int) -> Any:
        return self.b.load(self.b.gep(self.data, [ir.Constant(LONG, i)]))

    def load(self, array: Any, slot: Any) -> Any:
        x = self.b.load(self.b.gep(array, [slot]))
        if self.lanes is not None:
            x.align = vector_bytes()
        return x

    def store(self, x: Any, array: Any, slot: Any) -> None:
        stored = self.b.store(x, self.b.gep(array, [slot]))
        if self.lanes is not None:
            stored.align = vector_bytes()

    def moved(self, slot: Any, by: int) -> Any:
        return self.b.add(slot, ir.Constant(LONG, by)) if by else slot

    def place(self, o: Operand) -> Any:
        """The slot of an operand in this turn."""
        b = self.b
        if o.kind == FIXED:
            return self.fixed[o.number]
        if o.kind == STREAM:
            return b.add(self.fixed[o.number], b.mul(self.steps[o.number], self.turn))
        if o.kind == GATHER:
            return b.load(b.gep(self.fixed[o.number], [self.turn]))
        if o.kind == NEAR:
            return self.moved(self.first, o.number)
        return self.at(o.number, o.lag)

    def at(self, j: int, back: int = 0) -> Any:
        """The slot of instruction j's result, so many turns before this one."""
        if not self.body.loop:
            return self.moved(self.first, j)
        return self.at_turn(j, self.moved(self.turn, -back), back > 0)

    def at_turn(self, j: int, turn: Any, may_be_before: bool = True) -> Any:
        """The slot of instruction j's result in some turn, which may be one before the first one."""
        b, (base, step) = self.b, self.places[j]
        slot = b.add(base, b.mul(step, turn))
        if may_be_before:
            for d, earlier in enumerate(self.before.get(j, ()), 1):
                slot = b.select(b.icmp_signed("==", turn, ir.Constant(LONG, -d)), earlier, slot)
        return slot

    def value(self, o: Operand) -> Any:
        if o.kind == FIXED:
            return self.constants[o.number]
        key = (o.kind, o.number, o.lag)
        if key not in self.known:
            self.known[key] = self.result(o.number) if o.kind == TURN else self.load(self.values(o), self.place(o))
        return self.known[key]

    def result(self, j: int) -> Any:
        """The value of instruction j where it is not known yet: of a leaf, or in the reverse sweep."""
        body = self.body
        if body.codes[j] < FIRST_OPERATION or j in body.kept:
            return self.load(self.v, self.at(j))
        for i in made_of(body, j, lambda i: (TURN, i, 0) in self.known):
            self.known[TURN, i, 0] = self.computed(i)
        return self.computed(j)

    def total(self, x: list[Any]) -> Any:
        """The sum of so many numbers in the order of `total` of sweep/point/operands.py, which adds up single precision in double."""
        add, zero, full = self.b.fadd, self.emit.number(0.0), len(x) - len(x) % INTERLEAVED
        wider = self.lanes is None and self.dtype.itemsize == 4
        if wider:
            zero, x = ir.Constant(ir.DoubleType(), 0.0), [self.b.fpext(y, ir.DoubleType()) for y in x]
        lanes = [functools.reduce(add, x[i:full:INTERLEAVED], zero) for i in range(INTERLEAVED)]
        while len(lanes) > 1:
            lanes = [add(a, b) for a, b in zip(lanes[::2], lanes[1::2], strict=True)]
        total = add(add(lanes[0], functools.reduce(add, x[full:], zero)), zero)
        return self.b.fptrunc(total, self.emit.type) if wider else total

    def computed(self, j: int) -> Any:
        if self.body.codes[j] == SUM:
            return self.total(list(map(self.value, self.body.operands[j])))
        op = by_code(self.body.codes[j])
        operands = {v: self.value(self.body.operands[j][OPERANDS.index(v)]) for v in used(op, op.z)}
        number = op.code * KINDS + K_FORWARD
        if number in called(op.code, self.dtype):
            return self.call(number, [*(operands.get(v) for v in OPERANDS), None], 3)
        return self.emit.expression(op.z, operands)

    def contribution(self, op: Op, p: int, r: Any, values: dict[str, Any]) -> Any:
        """What an instruction's adjoint contributes to that of its operand p."""
        number = op.code * KINDS + K_REVERSE + p
        if number in called(op.code, self.dtype):
            return self.call(number, [*(values.get(v) for v in (*OPERANDS, "z")), r, self.emit.number(0.0)], 5)
        return self.emit.contribution(op, op.partials[p], r, values)

    def call(self, number: int, arguments: list[Any], result: int) -> Any:
        """What a kernel of the interpreter leaves in one of its arguments."""
        if isinstance(self.emit, Wide):
            raise Unsupported("a kernel of the interpreter is for one point")
        b, real = self.b, self.emit.type
        if number not in self.kernels:
            with b.goto_entry_block():
                while len(self.cells) < CELLS:
                    self.cells.append(b.alloca(real))
                table = b.inttoptr(self.datum(D_TABLE), LONG.as_pointer())
                self.kernels[number] = b.load(b.gep(table, [ir.Constant(LONG, number)]))
        cells = self.cells[: len(arguments)]
        for cell, x in zip(cells, arguments, strict=True):
            if x is not None:
                b.store(x, cell)
        kind = ir.FunctionType(ir.VoidType(), [*(real.as_pointer(),) * len(cells), LONG])
        b.call(b.inttoptr(self.kernels[number], kind.as_pointer()), [*cells, ir.Constant(LONG, 1)])
        return b.load(cells[result])


def forward(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str, lanes: Lanes | None = None) -> None:
    """Emit the forward kernel: left = forward(values, adjoints, data, buffers), and where there are no lanes (..., argument, gradient, 0), which hold
    what is `given`, by slots; none are ever left."""
    k = Kernel(body, dtype, module, name, lanes)
    b = k.b
    windows: list[Any] = []
    if body.loop:
        starts = [k.load(k.v, slot) for j, _ in widest(body) for slot in k.before[j]]
        before, inside, after = b.block, b.append_basic_block("turn"), b.append_basic_block("after")
        b.branch(inside)
        b.position_at_end(inside)
        k.turn = b.phi(LONG)
        k.turn.add_incoming(ir.Constant(LONG, 0), before)
        for x in starts:
            windows.append(b.phi(k.emit.type))
            windows[-1].add_incoming(x, before)
        _read_windows(k, windows)
    for j, code in enumerate(body.codes):
        if code >= FIRST_OPERATION:
            k.known[TURN, j, 0] = z = k.computed(j)
            if j in body.kept:
                k.store(z, k.v, k.at(j))
    if body.loop:
        i = 0
        for j, lag in widest(body):
            for d in range(lag):
                windows[i].add_incoming(k.value(Operand(TURN, j)) if d == 0 else windows[i - 1], b.block)
                i += 1
        turn = b.add(k.turn, ir.Constant(LONG, 1))
        k.turn.add_incoming(turn, b.block)
        b.cbranch(b.icmp_signed("<", turn, k.turns), inside, after)
        b.position_at_end(after)
    b.ret(ir.Constant(LONG, 0))


def _read_windows(k: Kernel, windows: list[Any]) -> None:
    """What registers hold of earlier turns is known."""
    i = 0
    for j, lag in widest(k.body):
        for d in range(1, lag + 1):
            k.known[LAG, j, d] = windows[i]
            i += 1


class _Reverse(Kernel):
    """A reverse kernel under construction.

    Attributes:
        adjoints: those of the turn's own results, as far as they are found.
        totals: of operands whose adjoints are in registers from turn to turn: FIXED ones and windows of earlier turns' results.
        posted: (operand, contribution) of those in memory, in order.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.adjoints: dict[int, Any] = {}
        self.totals: dict[Any, Any] = {}
        self.posted: list[tuple[Operand, Any]] = []

    def receive(self, o: Operand, part: Any) -> None:
        """A contribution to an operand's adjoint."""
        if not o.active or (o.kind == TURN and self.body.codes[o.number] < FIRST_OPERATION):
            return
        if o.kind == TURN:
            before = self.adjoints.get(o.number)
            self.adjoints[o.number] = part if before is None else self.b.fadd(before, part)
        elif (o.kind, o.number, o.lag) in self.totals:
            self.totals[o.kind, o.number, o.lag] = self.b.fadd(self.totals[o.kind, o.number, o.lag], part)
        else:
            self.posted.append((o, part))

    def sweep(self) -> None:
        """Contributions of one turn, from its last instruction to its first."""
        body = self.body
        for j in range(body.size - 1, -1, -1):
            r, code = self.adjoints.get(j), body.codes[j]
            if r is None or code < FIRST_OPERATION:
                continue
            if code == SUM:
                for o in body.operands[j]:
                    self.receive(o, r)
                continue
            op: Op = by_code(code)
            targets = [p for p in contributing(code) if body.operands[j][p].active]
            needed = {v for p in targets for v in reads(code, p)}
            values = {v: self.value(Operand(TURN, j) if v == "z" else body.operands[j][OPERANDS.index(v)]) for v in (*op.operands, "z") if v in needed}
            for p in targets:
                self.receive(body.operands[j][p], self.contribution(op, p, r, values))


def reverse(body: Body, dtype: np.dtype[Any], module: ir.Module, name: str, lanes: Lanes | None = None) -> None:
    """Emit the reverse kernel: left = reverse(values, adjoints, data, ...), the number of turns that it has left to the interpreter.

    Of lanes, which test each adjoint for zero, none are ever left.
    """
    k = _Reverse(body, dtype, module, name, lanes)
    b, emit = k.b, k.emit
    zero = emit.number(0.0)
    fixed = [o for o in k.named((FIXED, NEAR)) if o.active]
    starts = [k.load(k.adjoints_of(o), k.place(o)) for o in fixed]
    keys: list[Any] = [(o.kind, o.number, o.lag) for o in fixed]
    windows: list[Any] = []
    if body.loop:
        last = b.sub(k.turns, ir.Constant(LONG, 1))
        for j, lag in widest(body):  # the last turn, and those before it
            for d in range(lag):
                slot = k.at_turn(j, k.moved(last, -d), d > 0)
                starts.append(k.load(k.g, slot))
                k.store(zero, k.g, slot)
                windows.append((j, d))
        before, inside, commit, after = b.block, b.append_basic_block("turn"), b.append_basic_block("commit"), b.append_basic_block("after")
        b.branch(inside)
        b.position_at_end(inside)
        k.turn = b.phi(LONG)
        k.turn.add_incoming(last, before)
        held = []
        for x in starts:
            held.append(b.phi(emit.type))
            held[-1].add_incoming(x, before)
    else:
        commit, after = b.append_basic_block("commit"), b.append_basic_block("after")
        held = starts
    k.totals = dict(zip(keys, held, strict=False))
    entered: list[Any] = []
    """The slots of adjoints that are taken out of memory."""
    i = len(keys)
    for j, lag in widest(body):
        k.adjoints[j] = held[i]
        for d in range(1, lag):
            k.totals[LAG, j, d] = held[i + d]
        slot = k.at(j, lag)
        k.totals[LAG, j, lag] = k.load(k.g, slot)
        if j in body.outside:
            entered.append(slot)
        i += lag
    for j in sorted(body.outside):
        if not body.lags[j]:
            slot = k.at(j)
            k.adjoints[j] = k.load(k.g, slot)
            entered.append(slot)
    k.sweep()
    found = [k.totals[key] for key in keys]
    for j, lag in widest(body):
        found += [k.totals[LAG, j, d] for d in range(1, lag + 1)]
    turn_ends = b.block
    if lanes is None:
        numbers = [*found, *(part for _, part in k.posted)]
        totals = [functools.reduce(b.fadd, numbers[i::INTERLEAVED]) for i in range(min(INTERLEAVED, len(numbers)))]  # where one is NaN, this is
        total = functools.reduce(b.fadd, totals, zero)
        b.cbranch(b.fcmp_ordered("ord", total, total), commit, after)
    else:
        b.branch(commit)
    b.position_at_end(commit)
    for slot in entered:
        k.store(zero, k.g, slot)
    for o, part in k.posted:
        slot = k.place(o)
        k.store(b.fadd(k.load(k.adjoints_of(o), slot), part), k.adjoints_of(o), slot)
    committed = b.block
    if body.loop:
        for phi, x in zip(held, found, strict=True):
            phi.add_incoming(x, committed)
        k.turn.add_incoming(b.sub(k.turn, ir.Constant(LONG, 1)), committed)
        b.cbranch(b.icmp_signed(">", k.turn, ir.Constant(LONG, 0)), inside, after)
    else:
        b.branch(after)
    b.position_at_end(after)
    left, results = ir.Constant(LONG, 0), found
    if lanes is None:
        left = b.phi(LONG)
        one = ir.Constant(LONG, 1)
        b.position_before(turn_ends.terminator)
        undone = b.add(k.turn, one) if body.loop else one
        b.position_at_end(after)
        left.add_incoming(undone, turn_ends)
        left.add_incoming(ir.Constant(LONG, 0), committed)
        results = []
        for old, new in zip(held, found, strict=True):
            x = b.phi(emit.type)
            x.add_incoming(old, turn_ends)
            x.add_incoming(new, committed)
            results.append(x)
    for o, x in zip(fixed, results, strict=False):
        k.store(x, k.adjoints_of(o), k.place(o))
    for (j, d), x in zip(windows, results[len(keys) :], strict=True):
        k.store(x, k.g, k.at_turn(j, k.moved(left, -(d + 1))))
    b.ret(left)
