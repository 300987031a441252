"""Scalar instructions linearized: what derivatives along many directions need of each of them, as a list of edges.

A reverse sweep goes through the tape once, and writes down for each instruction that the result depends on its slots, its partial
derivatives, and its second partial derivatives times its adjoint. Sweeps along directions (directions.py) then go through the list, whatever
the operations were: so a Hessian computes functions and their derivatives once. The list begins with the last instruction.

What has conventions of its own where it is zero (roots, sizes, powers: passes/singular.py, passes/corners.py) and is zero, and
instructions that are no scalar ones, are not linearized: the sweep comes back, and Python finds the derivatives. Zeros that meet infinite
derivatives become NaN here, so that whoever finds a result that is not finite asks Python, too.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.derivatives import second
from jittape.ops.expressions import constant
from jittape.ops.layout import C_EDGES, CALLED, CONSTANT, INPUT, K_FORWARD, KINDS
from jittape.ops.spec import BY_NAME, Op
from jittape.sweep.point.switch import OPCODE, OPERATIONS, Sweep
from jittape.sweep.scalars import ScalarEmitter, active
from jittape.sweep.vectors import INT, LONG, Unsupported

B_EDGES, B_COUNT, B_ROOM, B_REACHED, B_TANGENTS, B_CURVATURES, B_VECTORS = range(7)
"""Of the block at C_EDGES: address and length of the list, instructions that there is room for, address of a byte an instruction
(whether the result depends on it; zeros between sweeps), addresses of the tangents and of the tangents of adjoints (zeros between sweeps) and
how many numbers each of these holds."""
BLOCK = 8
EDGE = 8
"""Words of an edge: slots (result, first operand) and (second operand, kind) as int32, then five numbers."""
E_X, E_Y, E_XX, E_XY, E_YY = range(2, 7)
"""The numbers: partial derivatives, and second ones times the adjoint."""
LEAF, UNARY, BINARY, STRAIGHT, STRAIGHT_UNARY = range(5)
"""Kinds of edges: a constant; of one operand; of two; the same of operations without second derivatives."""
BYTE = ir.IntType(8)
AT_ZERO = ("sqrt", "root", "hypot", "abs")
"""Operations that Python has second derivatives for where they are zero. There are others, which are found by what they read, too."""
AT_TIES = ("maximum", "minimum", "fmax", "fmin")


class _Emitter(ScalarEmitter):
    """Functions that have no scalar form come from their kernels of runs."""

    sweep: Edges

    def call(self, node: ast.Call, args: list[Any]) -> Any:
        try:
            return super().call(node, args)
        except Unsupported:
            op = BY_NAME.get(node.func.id) if isinstance(node.func, ast.Name) else None
            if op is None:
                raise
            return self.sweep.by_kernel(op, args)


class Edges(Sweep):
    """The function (address block, k, end, s, a number) that linearizes instructions k - 1 down to end, or to the first run.

    Args:
        order: 2, or 1: without adjoints, and without second derivatives.
    """

    def __init__(self, module: ir.Module, name: str, order: int) -> None:
        self.order = order
        super().__init__(module, name, np.dtype(np.float64), by=-1)
        self.write(self.linearize, self.constant)

    def emitter(self, b: ir.IRBuilder, dtype: np.dtype[Any]) -> ScalarEmitter:
        emit = _Emitter(b, dtype, nonzero=True)
        emit.sweep = self
        return emit

    def begin(self) -> None:
        b = self.b
        self.block_words = b.inttoptr(b.load(self.word(C_EDGES)), LONG.as_pointer())
        self.edges, self.reached = (b.inttoptr(b.load(self.own(k)), LONG.as_pointer()) for k in (B_EDGES, B_REACHED))
        self.reached = b.bitcast(self.reached, BYTE.as_pointer())
        self.room = [b.alloca(self.real) for _ in range(3)]  # of arguments and value of a kernel

    def own(self, k: int) -> Any:
        return self.b.gep(self.block_words, [ir.Constant(LONG, k)])

    def passed_over(self, s: Any, r: Any) -> Any:
        return self.b.icmp_unsigned("==", self.at(self.reached, s), ir.Constant(BYTE, 0))

    def by_kernel(self, op: Op, args: list[Any]) -> Any:
        (kernel,) = self.kernels([op.code * KINDS + K_FORWARD])
        for place, x in zip(self.room, args, strict=False):
            self.b.store(x, place)
        null = ir.Constant(self.real.as_pointer(), None)
        self.call(kernel, *self.room[: len(args)], *[null] * (3 - len(args)), self.room[2])
        return self.b.load(self.room[2])

    def leave_if(self, condition: Any) -> None:
        """Come back for Python."""
        out, on = self.block("python"), self.block("on")
        self.b.cbranch(condition, out, on)
        self.b.position_at_end(out)
        self.leave(CALLED)
        self.b.position_at_end(on)

    def leave_at_corners(self, op: Op, slots: list[Any]) -> None:
        """Come back where second derivatives have conventions of their own."""
        b, none = self.b, self.emit.number(0.0)
        if op.name not in (*AT_ZERO, *AT_TIES, "powc", "xlogy"):
            return
        corner = b.fcmp_ordered("==", self.at(self.value, self.s), none)
        operands = [self.at(self.value, s) for s in slots]
        if op.name in AT_TIES:
            corner = b.and_(corner, b.fcmp_ordered("==", *operands))
        elif op.name == "powc":
            corner = b.and_(corner, b.fcmp_ordered("<", operands[1], self.emit.number(2.0)))
        elif op.name == "xlogy":
            corner = b.and_(corner, b.and_(*(b.fcmp_ordered("==", x, none) for x in operands)))
        self.leave_if(corner)

    def put_edge(self, slots: list[Any], kind: Any, numbers: list[Any]) -> None:
        """Append an edge to the list: its slots (result, operands), kind, and numbers."""
        b = self.b
        count = b.load(self.own(B_COUNT))
        edge = b.gep(self.edges, [b.mul(count, ir.Constant(LONG, EDGE))])
        narrow = b.bitcast(edge, INT.as_pointer())
        for k, x in enumerate([*(b.trunc(s, INT) for s in slots), kind]):
            self.put(narrow, ir.Constant(LONG, k), x)
        wide = b.bitcast(edge, self.real.as_pointer())
        for k, x in enumerate(numbers):
            self.put(wide, ir.Constant(LONG, E_X + k), x)
        b.store(b.add(count, ir.Constant(LONG, 1)), self.own(B_COUNT))
        self.put(self.reached, self.s, ir.Constant(BYTE, 0))

    def constant(self) -> None:
        given = self.b.icmp_unsigned("==", self.at(self.opcode, self.k), ir.Constant(OPCODE, INPUT))
        nowhere = ir.Constant(LONG, 0)
        with self.b.if_then(self.b.not_(given)):
            if self.order == 2:
                self.put(self.adjoint, self.s, self.emit.number(0.0))
            self.put_edge([self.s, nowhere, nowhere], ir.Constant(INT, LEAF), [])

    def linearize(self, op: Op) -> None:
        b, emit, none, one = self.b, self.emit, self.emit.number(0.0), self.emit.number(1.0)
        slots, which = self.slots(op), active(op)
        curved = [(p, q, text) for p, q, text in second(op) if p in which and q in which] if self.order == 2 else []
        r = b.load(self.adjoint_place) if self.order == 2 else none
        v = self.values(op, [op.partials[p] for p in which] + [text for *_, text in curved], slots)
        if self.order == 2:
            self.leave_at_corners(op, slots)
        first = {p: emit.contribution(op, op.partials[p], one, v) for p in which}
        # contribution's product is zero where its first factor is: of a known one it is the partial derivative itself
        bent = {(p, q): self.times(r, emit, op, text, v) for p, q, text in curved}
        if self.order == 2:
            self.put(self.adjoint, self.s, none)
            for p in which:
                self.put(self.adjoint, slots[p], b.fadd(self.at(self.adjoint, slots[p]), self.times(r, emit, op, op.partials[p], v, first[p])))
        numbers = [first.get(0, none), first.get(1, none), *(bent.get(pq, none) for pq in ((0, 0), (0, 1), (1, 1)))]
        if not which:
            nowhere = ir.Constant(LONG, 0)
            self.put_edge([self.s, nowhere, nowhere], ir.Constant(INT, LEAF), [])
            return
        kind = ir.Constant(INT, (BINARY if curved else STRAIGHT) if len(which) == 2 else UNARY if curved else STRAIGHT_UNARY)
        slots = [slots[p] for p in (which if len(which) == 2 else which * 2)]
        for slot in slots:
            self.put(self.reached, slot, ir.Constant(BYTE, 1))
        if len(which) == 2:  # an operand that is a constant is none, but its adjoint is to be zeroed
            constants = [b.icmp_unsigned("==", self.at(self.opcode, s), ir.Constant(OPCODE, CONSTANT)) for s in slots]
            kind = b.select(b.or_(*constants), ir.Constant(INT, UNARY if curved else STRAIGHT_UNARY), kind)
            swap = constants[0]
            slots[0] = b.select(swap, slots[1], slots[0])
            numbers[0] = b.select(swap, numbers[1], numbers[0])
            numbers[2] = b.select(swap, numbers[4], numbers[2])
        elif which == [1]:
            numbers[0], numbers[2] = numbers[1], numbers[4]
        self.put_edge([self.s, *slots], kind, numbers if curved else numbers[:2])

    def times(self, r: Any, emit: ScalarEmitter, op: Op, text: str, v: dict[str, Any], known: Any = None) -> Any:
        """An adjoint times an expression."""
        value = constant(text)
        if value is not None:
            return r if value == 1.0 else self.b.fneg(r) if value == -1.0 else self.b.fmul(r, emit.number(value))
        return self.b.fmul(r, emit.contribution(op, text, emit.number(1.0), v) if known is None else known)


def kernel(order: int, module: ir.Module, name: str) -> None:
    """Emit the function that linearizes."""
    Edges(module, name, order)


assert all(op.arity <= 2 for op in OPERATIONS)
