"""Stretches of scalar instructions as steps of a sweep (steps.py): one function a sweep that holds every operation's scalar form.

Written in LLVM's own language from the operation table, which takes a tenth of the time that Numba needs. An operation that has no
form there (sweep/scalars.py) is done by its kernel of runs, of one element; where that is not compiled yet, the function comes back.

What an instruction needs (its operands' slots, in a reverse sweep its adjoint) is loaded before the jump to its operation, and the most
frequent operations go on by a jump of their own, which is predicted by what came before: a loop of a few operations takes half the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.expressions import in_switch
from jittape.ops.layout import (
    C_ADJOINT,
    C_ARG0,
    C_ARG1,
    C_AT,
    C_AT_SLOT,
    C_KERNELS,
    C_OPCODE,
    C_STATUS,
    C_TANGENT,
    C_VALUE,
    DONE,
    FREED,
    INPUT,
    K_FORWARD,
    K_REVERSE,
    K_TANGENT,
    KINDS,
    MISSING,
    OPCODES,
    RUN,
)
from jittape.ops.spec import OPS, Op
from jittape.sweep.scalars import ScalarEmitter, active, has_partials, has_value
from jittape.sweep.vectors import INT, LONG, used

OPCODE = ir.IntType(16)
OPERATIONS = [op for op in OPS if in_switch(op)]
FREQUENT = [op for op in OPERATIONS if op.name in ("add", "sub", "mul", "div", "neg", "square")]
"""Operations that go on by a jump of their own."""


class Sweep:
    """A function (address block, k, end, s, a number of the dtype) under construction.

    Instruction, slot, operands and adjoint are in memory, of which LLVM makes registers. In a block that `open` began they are `k` and `s`, and `state` is
    from where the function is to be started again if it comes back before that instruction.

    Attributes:
        by: 1, or -1 of a reverse sweep, whose state is the end of what is left.
    """

    def __init__(self, module: ir.Module, name: str, dtype: np.dtype[Any], by: int = 1) -> None:
        real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONG] * 4 + [real]), name)
        self.function.attributes.add("nounwind")
        address, begin, self.end, slot, _ = self.function.args
        self.by = by
        self.b = b = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.emit = self.emitter(b, dtype)
        self.real, self.dtype = real, dtype
        self.places = b.alloca(LONG), b.alloca(LONG)
        self.operand_places, self.adjoint_place = (b.alloca(LONG), b.alloca(LONG)), b.alloca(real)
        for place, x in zip(self.places, (begin, slot), strict=True):
            b.store(x, place)
        self.control = b.inttoptr(address, LONG.as_pointer())
        self.opcode, self.arg0, self.arg1 = self.array(C_OPCODE, OPCODE), self.array(C_ARG0, INT), self.array(C_ARG1, INT)
        self.value = self.array(C_VALUE, real)
        self.adjoint, self.tangent = self.array(C_ADJOINT, real), self.array(C_TANGENT, real)
        self.table = self.array(C_KERNELS, LONG)
        self.head, self.leaf, self.done = self.block("head"), self.block("leaf"), self.block("done")
        self.blocks = {op: self.block(op.name) for op in OPERATIONS}
        self.jumps = self._jump_table()
        self.begin()
        b.branch(self.head)

    def emitter(self, b: ir.IRBuilder, dtype: np.dtype[Any]) -> ScalarEmitter:
        return ScalarEmitter(b, dtype, self.by < 0)

    def begin(self) -> None:
        """What else is done before the first instruction."""

    def passed_over(self, s: Any, r: Any) -> Any:
        """Whether a reverse sweep has nothing to do for the instruction that writes slot s, whose adjoint is r."""
        return self.b.fcmp_ordered("==", r, self.emit.number(0.0))

    def block(self, name: str) -> Any:
        return self.function.append_basic_block(name)

    def word(self, number: int) -> Any:
        """Where a word of the address block is."""
        return self.b.gep(self.control, [ir.Constant(LONG, number)])

    def array(self, number: int, kind: Any) -> Any:
        return self.b.inttoptr(self.b.load(self.word(number)), kind.as_pointer())

    def at(self, array: Any, i: Any) -> Any:
        return self.b.load(self.b.gep(array, [i]))

    def put(self, array: Any, i: Any, x: Any) -> None:
        self.b.store(x, self.b.gep(array, [i]))

    # --- from one instruction to the next

    def open(self, block: Any) -> None:
        """Begin to write a block about instruction k."""
        self.b.position_at_end(block)
        self.state = tuple(map(self.b.load, self.places))
        self.k, self.s = self.state if self.by > 0 else (self.b.sub(x, ir.Constant(LONG, 1)) for x in self.state)

    def close(self, own: bool = False) -> None:
        """Go on to the next instruction, with a jump of the block's `own` or through the loop's head."""
        for place, x in zip(self.places, self.state, strict=True):
            self.b.store(self.b.add(x, ir.Constant(LONG, self.by)), place)
        if own:
            self.state = tuple(map(self.b.load, self.places))
            self._jump(self.head, self.head)
        else:
            self.b.branch(self.head)

    def _jump(self, done: Any, zero: Any) -> None:
        """To the block of the next instruction, or to `done` where there is none, or to `zero` where it is passed over."""
        b = self.b
        more, some = self.block("more"), self.block("some")
        k, s = self.state
        b.cbranch(b.icmp_signed("<" if self.by > 0 else ">", k, self.end), more, done)
        b.position_at_end(more)
        if self.by < 0:
            k, s = (b.sub(x, ir.Constant(LONG, 1)) for x in self.state)
            r = self.at(self.adjoint, s)
            b.store(r, self.adjoint_place)
            b.cbranch(self.passed_over(s, r), zero, some)
        else:
            b.branch(some)
        b.position_at_end(some)
        code = b.zext(self.at(self.opcode, k), LONG)
        for array, place in zip((self.arg0, self.arg1), self.operand_places, strict=True):
            b.store(b.sext(self.at(array, k), LONG), place)
        jump = b.branch_indirect(b.load(b.gep(self.jumps, [ir.Constant(LONG, 0), code])))
        for block in (self.done, self.leaf, *self.blocks.values()):
            jump.add_destination(block)

    def _jump_table(self) -> Any:
        """For each opcode where its block is; a run ends the stretch."""
        blocks = [self.done] * OPCODES
        blocks[: FREED + 1] = [self.leaf] * (FREED + 1)
        for op, block in self.blocks.items():
            blocks[op.code] = block
        kind = ir.ArrayType(ir.IntType(8).as_pointer(), len(blocks))
        table = ir.GlobalVariable(self.function.module, kind, f"{self.function.name}_jumps")
        table.linkage, table.global_constant = "internal", True
        words = {block: f"i8* {ir.BlockAddress(self.function, block).get_reference()}" for block in {*blocks}}
        table.initializer = ir.FormattedConstant(kind, f"[{', '.join(words[block] for block in blocks)}]")  # most are the same
        return table

    def write(self, operation: Callable[[Op], None], leaf: Callable[[], None]) -> None:
        """Write the whole loop: what is done for an operation, and for a leaf."""
        b = self.b
        zero = self.block("zero")
        self.open(self.head)
        self._jump(self.done, zero)
        self.open(self.done)
        self.leave()
        self.open(zero)  # a reverse sweep has nothing to pass on
        nothing, run = self.block("nothing"), self.block("run")
        b.cbranch(b.icmp_unsigned("<", self.at(self.opcode, self.k), ir.Constant(OPCODE, RUN)), nothing, run)
        b.position_at_end(run)
        self.leave()
        b.position_at_end(nothing)
        self.close()
        self.open(self.leaf)
        leaf()
        self.close()
        for op, block in self.blocks.items():
            self.open(block)
            operation(op)
            self.close(op in FREQUENT)

    def leave(self, status: int = DONE) -> None:
        """Come back: instruction and slot go to the address block."""
        for number, x in zip((C_AT, C_AT_SLOT, C_STATUS), (*self.state, ir.Constant(LONG, status)), strict=True):
            self.b.store(x, self.word(number))
        self.b.ret_void()

    # --- instruction k

    def slots(self, op: Op) -> list[Any]:
        """Slots of the operands."""
        return [self.b.load(place) for place in self.operand_places[: op.arity]]

    def values(self, op: Op, texts: list[str], slots: list[Any]) -> dict[str, Any]:
        """What some expressions read."""
        place = dict(zip((*op.operands, "z"), (*slots, self.s), strict=True))
        needed = {v for text in texts for v in used(op, text)}
        return {v: self.at(self.value, place[v]) for v in sorted(needed)}

    def partials(self, op: Op, slots: list[Any]) -> dict[str, Any]:
        """What the partial derivatives read."""
        return self.values(op, [op.partials[p] for p in active(op)], slots)

    def kernels(self, numbers: list[int]) -> list[Any]:
        """Addresses of kernels of runs; where one is not compiled yet, the function comes back."""
        found = []
        for number in numbers:
            address = self.at(self.table, ir.Constant(LONG, number))
            there, not_there = self.block("there"), self.block("missing")
            self.b.cbranch(self.b.icmp_signed("!=", address, ir.Constant(LONG, 0)), there, not_there)
            self.b.position_at_end(not_there)
            self.leave(MISSING | number << 8)
            self.b.position_at_end(there)
            found.append(address)
        return found

    def elements(self, array: Any, slots: list[Any]) -> list[Any]:
        """Where the operands' elements are, null for those that there are not, and the result's."""
        null = ir.Constant(self.real.as_pointer(), None)
        return [self.b.gep(array, [slot]) for slot in slots] + [null] * (3 - len(slots)) + [self.b.gep(array, [self.s])]

    def call(self, kernel: Any, *elements: Any) -> None:
        """Call a kernel for one element."""
        kind = ir.FunctionType(ir.VoidType(), [self.real.as_pointer()] * len(elements) + [LONG])
        self.b.call(self.b.inttoptr(kernel, kind.as_pointer()), [*elements, ir.Constant(LONG, 1)])


def forward(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the values of scalar instructions k to end, or to the first run."""
    q = Sweep(module, name, dtype)

    def operation(op: Op) -> None:
        slots = q.slots(op)
        if has_value(op, dtype):
            q.put(q.value, q.s, q.emit.expression(op.z, q.values(op, [op.z], slots)))
        else:
            (kernel,) = q.kernels([op.code * KINDS + K_FORWARD])
            q.call(kernel, *q.elements(q.value, slots))

    q.write(operation, lambda: None)


def tangent(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the tangents of scalar instructions k to end, or to the first run."""
    q = Sweep(module, name, dtype)
    b, tangents = q.b, q.tangent

    def operation(op: Op) -> None:
        slots = q.slots(op)
        if not has_partials(op, dtype):
            (kernel,) = q.kernels([op.code * KINDS + K_TANGENT])
            q.call(kernel, *q.elements(q.value, slots), *q.elements(tangents, slots))
            return
        q.put(tangents, q.s, q.emit.tangent(op, active(op), lambda p: q.at(tangents, slots[p]), q.partials(op, slots)))

    def leaf() -> None:
        """An input keeps its tangent."""
        given = b.icmp_unsigned("==", q.at(q.opcode, q.k), ir.Constant(OPCODE, INPUT))
        q.put(tangents, q.s, b.select(given, q.at(tangents, q.s), q.emit.number(0.0)))

    q.write(operation, leaf)


def reverse(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the adjoints of scalar instructions k - 1 down to end, or to the first run; an adjoint is zeroed when it is used.

    An adjoint of zero has nothing to pass on, and an input keeps its adjoint.
    """
    q = Sweep(module, name, dtype, by=-1)
    b, none = q.b, q.emit.number(0.0)

    def operation(op: Op) -> None:
        slots = q.slots(op)
        if has_partials(op, dtype):
            r = b.load(q.adjoint_place)
            q.put(q.adjoint, q.s, none)
            v = q.partials(op, slots)
            for p in active(op):
                part = q.emit.contribution(op, op.partials[p], r, v)
                q.put(q.adjoint, slots[p], b.fadd(q.at(q.adjoint, slots[p]), part))
            return
        values, r = q.elements(q.value, slots), b.gep(q.adjoint, [q.s])
        for p, kernel in zip(active(op), q.kernels([op.code * KINDS + K_REVERSE + p for p in active(op)]), strict=True):
            q.call(kernel, *values, r, b.gep(q.adjoint, [slots[p]]))
        q.put(q.adjoint, q.s, none)

    def leaf() -> None:
        given = b.icmp_unsigned("==", q.at(q.opcode, q.k), ir.Constant(OPCODE, INPUT))
        q.put(q.adjoint, q.s, b.select(given, q.at(q.adjoint, q.s), none))

    q.write(operation, leaf)


def kernel(kind: int, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the step of a kind, K_FORWARD, K_REVERSE or K_TANGENT."""
    {K_FORWARD: forward, K_REVERSE: reverse, K_TANGENT: tangent}[kind](dtype, module, name)
