"""Stretches of scalar instructions as steps of a sweep (steps.py): one function a sweep that holds every operation's scalar form.

Written in LLVM's own language from the operation table, which takes a tenth of the time that Numba needs. An operation that has no
form there (sweep/scalars.py) is done by its kernel of runs, of one element; where that is not compiled yet, the function comes back.
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
    INPUT,
    K_FORWARD,
    K_REVERSE,
    K_TANGENT,
    KINDS,
    MISSING,
    RUN,
)
from jittape.ops.spec import OPS, Op
from jittape.sweep.scalars import ScalarEmitter, active, has_partials, has_value
from jittape.sweep.vectors import INT, LONG, used

BYTE = ir.IntType(8)
OPERATIONS = [op for op in OPS if in_switch(op)]


class _Sweep:
    """A function (address block, k, end, s, a number of the dtype) under construction: a loop with a branch an operation.

    The loop's head is in `head`, where `k`, `s` and `o` are instruction, slot and opcode; branches end in `follow`.
    """

    def __init__(self, module: ir.Module, name: str, dtype: np.dtype[Any], nonzero: bool = False) -> None:
        real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), [LONG] * 4 + [real]), name)
        self.function.attributes.add("nounwind")
        self.address, self.begin, self.end, self.slot, _ = self.function.args
        self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.emit = ScalarEmitter(self.b, dtype, nonzero)
        self.real, self.dtype = real, dtype
        self.control = self.b.inttoptr(self.address, LONG.as_pointer())
        self.opcode, self.arg0, self.arg1 = self.array(C_OPCODE, BYTE), self.array(C_ARG0, INT), self.array(C_ARG1, INT)
        self.value = self.array(C_VALUE, real)
        self.table = self.array(C_KERNELS, LONG)
        self.head, self.follow = self.block("head"), self.block("follow")
        self.k: Any = None
        self.s: Any = None

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

    def operand(self, array: Any) -> Any:
        return self.b.sext(self.at(array, self.k), LONG)

    def slots(self, op: Op) -> list[Any]:
        """Slots of the operands of instruction k."""
        return [self.operand(array) for array in (self.arg0, self.arg1)[: op.arity]]

    def values(self, op: Op, texts: list[str], slots: list[Any]) -> dict[str, Any]:
        """What some expressions read."""
        place = dict(zip((*op.operands, "z"), (*slots, self.s), strict=True))
        needed = {v for text in texts for v in used(op, text)}
        return {v: self.at(self.value, place[v]) for v in sorted(needed)}

    def leave(self, k: Any, s: Any, status: Any = None) -> None:
        """Come back: instruction and slot go to the address block."""
        for number, x in ((C_AT, k), (C_AT_SLOT, s), (C_STATUS, ir.Constant(LONG, DONE) if status is None else status)):
            self.b.store(x, self.word(number))
        self.b.ret_void()

    def kernels(self, numbers: list[int], k: Any, s: Any) -> list[Any]:
        """Addresses of kernels; where one is not compiled yet, the function comes back to be started from k and s again."""
        found = []
        for number in numbers:
            address = self.at(self.table, ir.Constant(LONG, number))
            there, not_there = self.block("there"), self.block("missing")
            self.b.cbranch(self.b.icmp_signed("!=", address, ir.Constant(LONG, 0)), there, not_there)
            self.b.position_at_end(not_there)
            self.leave(k, s, ir.Constant(LONG, MISSING | number << 8))
            self.b.position_at_end(there)
            found.append(address)
        return found

    def call(self, kernel: Any, *arrays: Any) -> None:
        """Call a kernel of runs for one element."""
        kind = ir.FunctionType(ir.VoidType(), [self.real.as_pointer()] * len(arrays) + [LONG])
        self.b.call(self.b.inttoptr(kernel, kind.as_pointer()), [*arrays, ir.Constant(LONG, 1)])

    def places(self, array: Any, slots: list[Any], least: int) -> list[Any]:
        """Where elements are, and null for operands that there are not."""
        found = [self.b.gep(array, [slot]) for slot in slots]
        return found + [ir.Constant(self.real.as_pointer(), None)] * (least - len(found))

    def branches(self, opcode: Any, otherwise: Any, write: Callable[[Op], None]) -> None:
        """A branch for each operation, by `write`."""
        choice = self.b.switch(opcode, otherwise)
        for op in OPERATIONS:
            block = self.block(op.name)
            choice.add_case(ir.Constant(BYTE, op.code), block)
            self.b.position_at_end(block)
            write(op)
            self.b.branch(self.follow)


def _onward(q: _Sweep, otherwise: Any, write: Callable[[Op], None]) -> None:
    """The loop of a sweep from k to end."""
    b = q.b
    entry = b.block
    b.branch(q.head)
    b.position_at_end(q.head)
    q.k, q.s = b.phi(LONG), b.phi(LONG)
    q.k.add_incoming(q.begin, entry)
    q.s.add_incoming(q.slot, entry)
    step, done = q.block("step"), q.block("done")
    b.cbranch(b.icmp_signed("<", q.k, q.end), step, done)
    b.position_at_end(done)
    q.leave(q.k, q.s)
    b.position_at_end(step)
    q.branches(q.at(q.opcode, q.k), otherwise, write)
    b.position_at_end(q.follow)
    one = ir.Constant(LONG, 1)
    q.k.add_incoming(b.add(q.k, one), q.follow)
    q.s.add_incoming(b.add(q.s, one), q.follow)
    b.branch(q.head)


def _others(q: _Sweep, otherwise: Any, k: Any, s: Any, leaf: Callable[[], None]) -> None:
    """What is no operation: a run ends the stretch, of a leaf there is `leaf` to do."""
    b = q.b
    b.position_at_end(otherwise)
    run, other = q.block("run"), q.block("leaf")
    b.cbranch(b.icmp_unsigned(">=", q.at(q.opcode, q.k), ir.Constant(BYTE, RUN)), run, other)
    b.position_at_end(run)
    q.leave(k, s)
    b.position_at_end(other)
    leaf()


def forward(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the values of scalar instructions k to end, or to the first run."""
    q = _Sweep(module, name, dtype)

    def write(op: Op) -> None:
        slots = q.slots(op)
        if has_value(op, dtype):
            q.put(q.value, q.s, q.emit.expression(op.z, q.values(op, [op.z], slots)))
            return
        (kernel,) = q.kernels([op.code * KINDS + K_FORWARD], q.k, q.s)
        q.call(kernel, *q.places(q.value, slots, 3), q.b.gep(q.value, [q.s]))

    otherwise = q.block("otherwise")
    _onward(q, otherwise, write)
    _others(q, otherwise, q.k, q.s, lambda: q.b.branch(q.follow))


def tangent(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the tangents of scalar instructions k to end, or to the first run."""
    q = _Sweep(module, name, dtype)
    tangents = q.array(C_TANGENT, q.real)

    def write(op: Op) -> None:
        slots = q.slots(op)
        if not has_partials(op, dtype):
            (kernel,) = q.kernels([op.code * KINDS + K_TANGENT], q.k, q.s)
            z = [q.b.gep(array, [q.s]) for array in (q.value, tangents)]
            q.call(kernel, *q.places(q.value, slots, 3), z[0], *q.places(tangents, slots, 3), z[1])
            return
        v = q.values(op, [op.partials[p] for p in active(op)], slots)
        total = None
        for p in active(op):
            term = q.emit.contribution(op, op.partials[p], q.at(tangents, slots[p]), v, both=True)
            total = term if total is None else q.b.fadd(total, term)
        q.put(tangents, q.s, q.emit.number(0.0) if total is None else total)

    def leaf() -> None:
        b = q.b
        given, constant_leaf = q.block("input"), q.block("constant")
        b.cbranch(b.icmp_unsigned("==", q.at(q.opcode, q.k), ir.Constant(BYTE, INPUT)), given, constant_leaf)
        b.position_at_end(given)  # an input keeps its tangent
        b.branch(q.follow)
        b.position_at_end(constant_leaf)
        q.put(tangents, q.s, q.emit.number(0.0))
        b.branch(q.follow)

    otherwise = q.block("otherwise")
    _onward(q, otherwise, write)
    _others(q, otherwise, q.k, q.s, leaf)


def reverse(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the adjoints of scalar instructions k - 1 down to end, or to the first run; an adjoint is zeroed when it is used.

    An adjoint of zero has nothing to pass on, and an input keeps its adjoint.
    """
    q = _Sweep(module, name, dtype, nonzero=True)
    b = q.b
    adjoints = q.array(C_ADJOINT, q.real)
    entry = b.block
    b.branch(q.head)
    b.position_at_end(q.head)
    after, after_slot = b.phi(LONG), b.phi(LONG)
    after.add_incoming(q.begin, entry)
    after_slot.add_incoming(q.slot, entry)
    step, done, otherwise, zero, some = (q.block(what) for what in ("step", "done", "otherwise", "zero", "some"))
    b.cbranch(b.icmp_signed(">", after, q.end), step, done)
    b.position_at_end(done)
    q.leave(after, after_slot)
    b.position_at_end(step)
    one = ir.Constant(LONG, 1)
    q.k, q.s = b.sub(after, one), b.sub(after_slot, one)
    r = q.at(adjoints, q.s)
    none = q.emit.number(0.0)
    b.cbranch(b.fcmp_ordered("==", r, none), zero, some)
    b.position_at_end(zero)
    run = q.block("nothing")
    b.cbranch(b.icmp_unsigned(">=", q.at(q.opcode, q.k), ir.Constant(BYTE, RUN)), run, q.follow)
    b.position_at_end(run)
    q.leave(after, after_slot)
    b.position_at_end(some)

    def write(op: Op) -> None:
        slots = q.slots(op)
        if has_partials(op, dtype):
            q.put(adjoints, q.s, none)
            v = q.values(op, [op.partials[p] for p in active(op)], slots)
            for p in active(op):
                part = q.emit.contribution(op, op.partials[p], r, v)
                q.put(adjoints, slots[p], b.fadd(q.at(adjoints, slots[p]), part))
            return
        numbers = [op.code * KINDS + K_REVERSE + p for p in active(op)]
        z = [b.gep(array, [q.s]) for array in (q.value, adjoints)]
        for p, kernel in zip(active(op), q.kernels(numbers, after, after_slot), strict=True):
            q.call(kernel, *q.places(q.value, slots, 3), *z, b.gep(adjoints, [slots[p]]))
        q.put(adjoints, q.s, none)

    q.branches(q.at(q.opcode, q.k), otherwise, write)

    def leaf() -> None:
        given = q.block("constant")
        b.cbranch(b.icmp_unsigned("==", q.at(q.opcode, q.k), ir.Constant(BYTE, INPUT)), q.follow, given)
        b.position_at_end(given)
        q.put(adjoints, q.s, none)
        b.branch(q.follow)

    _others(q, otherwise, after, after_slot, leaf)
    b.position_at_end(q.follow)
    after.add_incoming(q.k, q.follow)
    after_slot.add_incoming(q.s, q.follow)
    b.branch(q.head)


def kernel(kind: int, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the step of a kind, K_FORWARD, K_REVERSE or K_TANGENT."""
    {K_FORWARD: forward, K_REVERSE: reverse, K_TANGENT: tangent}[kind](dtype, module, name)
