"""Lane kernels: one operation over many points, written as vectors (sweep/vectors.py) from the operation table.

A kernel is a C function of (address of the lane memory, record). The record (see `sweep/lanes/driver.py`) tells where in that
memory its operands begin, in lines of 64 bytes, and how many lines there are. All of a group of vectors is loaded before
any of it is stored, so that a result may stand where an operand stood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.spec import Op
from jittape.sweep.vectors import INT, LONG, Emitter, group_of, in_groups, used, vector_bytes

LINE = 64
"""Bytes in which the lane memory is counted: a line of the cache, a vector of AVX-512."""
HEAD = 2
"""Lines at the beginning of the lane memory that hold no slot: the words that sweep/lanes/driver.py names H_..."""
SIGNATURE = ir.FunctionType(ir.VoidType(), [LONG, INT.as_pointer()])

# Fields of a forward record: int32, the first two the kernel's address.
FORWARD = 8
F_Z, F_X, F_Y, F_W, F_LINES, F_AUX = range(2, FORWARD)
# Fields of a reverse record: adjoint of the result, operands, result, adjoints of the operands.
REVERSE = 12
R_R, R_X, R_Y, R_W, R_Z, R_GX, R_GY, R_GW, R_LINES, R_ADD = range(2, REVERSE)
"""In R_ADD bit p says that operand p's adjoints are added to; else they are stored."""


# --- whole kernels --------------------------------------------------------------------------------------------------------


class _Kernel:
    """A function of (memory, record) under construction."""

    def __init__(self, module: ir.Module, name: str, dtype: np.dtype[Any], fast: bool) -> None:
        self.function = ir.Function(module, SIGNATURE, name)
        self.function.attributes.add("nounwind")
        self.base, self.record = self.function.args
        self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.emit = Emitter(self.b, dtype, fast)

    def field(self, k: int) -> Any:
        return self.b.load(self.b.gep(self.record, [ir.Constant(INT, k)]))

    def pointer(self, k: int) -> Any:
        """Where the vectors begin that field k of the record names."""
        lines = self.b.zext(self.field(k), LONG)
        address = self.b.add(self.base, self.b.shl(lines, ir.Constant(LONG, LINE.bit_length() - 1)))
        return self.b.inttoptr(address, self.emit.type.as_pointer())

    def load(self, pointer: Any, i: Any) -> Any:
        x = self.b.load(self.b.gep(pointer, [i]))
        x.align = vector_bytes()
        return x

    def store(self, x: Any, pointer: Any, i: Any) -> None:
        self.b.store(x, self.b.gep(pointer, [i])).align = vector_bytes()

    def loop(self, lines: Any, group: int, body: Callable[[list[Any]], None]) -> None:
        """Call `body` for the indices of all vectors, `group` of them at a time, then one by one."""
        b = self.b
        per_line = LINE // vector_bytes()
        in_groups(b, b.mul(b.zext(lines, LONG), ir.Constant(LONG, per_line)), 1, group, body)
        b.ret_void()


def forward_kernel(op: Op, dtype: np.dtype[Any], fast: bool, module: ir.Module, name: str) -> None:
    """Emit z = op(x, y, w). Raises Unsupported."""
    k = _Kernel(module, name, dtype, fast)
    places = {v: k.pointer({"x": F_X, "y": F_Y, "w": F_W}[v]) for v in used(op, op.z)}
    out = k.pointer(F_Z)

    def body(indices: list[Any]) -> None:
        loaded = [{v: k.load(p, i) for v, p in places.items()} for i in indices]
        results = [k.emit.expression(op.z, values) for values in loaded]
        for z, i in zip(results, indices, strict=True):
            k.store(z, out, i)

    k.loop(k.field(F_LINES), group_of([op.z]), body)


def reverse_kernel(op: Op, operands: tuple[int, ...], dtype: np.dtype[Any], fast: bool, module: ir.Module, name: str) -> None:
    """Emit the contributions of an adjoint to these operands' adjoints. Raises Unsupported."""
    k = _Kernel(module, name, dtype, fast)
    texts = [op.partials[p] for p in operands]
    needed = [v for v in (*op.operands, "z") if any(v in used(op, text) for text in texts)]
    places = {v: k.pointer({"x": R_X, "y": R_Y, "w": R_W, "z": R_Z}[v]) for v in needed}
    adjoint = k.pointer(R_R)
    out = [k.pointer(R_GX + p) for p in operands]
    flags = k.field(R_ADD)
    add = [k.b.icmp_unsigned("!=", k.b.and_(flags, ir.Constant(INT, 1 << p)), ir.Constant(INT, 0)) for p in operands]

    def body(indices: list[Any]) -> None:
        loaded = [{v: k.load(p, i) for v, p in places.items()} for i in indices]
        r = [k.load(adjoint, i) for i in indices]
        parts = [[k.emit.contribution(op, text, a, v) for a, v in zip(r, loaded, strict=True)] for text in texts]
        for q in range(len(operands)):
            with k.b.if_else(add[q]) as (adding, storing):
                with adding:
                    for part, i in zip(parts[q], indices, strict=True):
                        k.store(k.b.fadd(k.load(out[q], i), part), out[q], i)
                with storing:
                    for part, i in zip(parts[q], indices, strict=True):
                        k.store(part, out[q], i)

    k.loop(k.field(R_LINES), min(group_of(texts), 4 if op.arity < 3 else 2), body)


def zero_kernel(dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the reverse record that sets adjoints to zero."""
    k = _Kernel(module, name, dtype, False)
    out = k.pointer(R_R)

    def body(indices: list[Any]) -> None:
        for i in indices:
            k.store(k.emit.number(0.0), out, i)

    k.loop(k.field(R_LINES), 4, body)
