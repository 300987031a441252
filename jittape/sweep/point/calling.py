"""Kernels of runs whose operation calls functions by name (ops/externals.py): element by element, in double precision throughout.

They have the arguments of the kernels in sweep/point/runs.py. There is one form of them for all kinds of functions ("fast" and "precise").
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.externals import callee, symbol
from jittape.ops.layout import K_FORWARD, K_REVERSE, K_STORE, K_TANGENT
from jittape.ops.spec import Op
from jittape.sweep.point.runs import ADJOINT, CONTRIBUTION, PLACES, TANGENT, TANGENTS
from jittape.sweep.scalars import ScalarEmitter, active
from jittape.sweep.vectors import LONG, used, used_by_partials

DOUBLE = np.dtype(np.float64)


class CallingEmitter(ScalarEmitter):
    """Writes expressions of single doubles, which may call functions by name."""

    def call(self, node: ast.Call, args: list[Any]) -> Any:
        name = callee(node)
        if not name:
            return super().call(node, args)
        return self.b.call(self.declared(symbol(name), self.real, [self.real] * len(args)), args)


class _Kernel:
    """A function of (arrays, number of elements) under construction."""

    def __init__(self, module: ir.Module, name: str, dtype: np.dtype[Any], arrays: int) -> None:
        self.real = ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [self.real.as_pointer()] * arrays + [LONG]), name)
        function.attributes.add("nounwind")
        *self.arrays, self.size = function.args
        self.b = ir.IRBuilder(function.append_basic_block("entry"))
        self.emit = CallingEmitter(self.b, DOUBLE)
        self.i: Any = None
        """The element."""

    def load(self, k: int) -> Any:
        x = self.b.load(self.b.gep(self.arrays[k], [self.i]))
        return x if x.type == self.emit.real else self.b.fpext(x, self.emit.real)

    def store(self, x: Any, k: int) -> None:
        self.b.store(x if x.type == self.real else self.b.fptrunc(x, self.real), self.b.gep(self.arrays[k], [self.i]))

    def values(self, names: list[str]) -> dict[str, Any]:
        return {v: self.load(PLACES[v]) for v in names}

    def loop(self, body: Callable[[], None]) -> None:
        """Call `body` for every element."""
        b = self.b
        before = b.block
        head, inside, done = (b.append_basic_block(name) for name in ("head", "inside", "done"))
        b.branch(head)
        b.position_at_end(head)
        self.i = b.phi(LONG)
        self.i.add_incoming(ir.Constant(LONG, 0), before)
        b.cbranch(b.icmp_signed("<", self.i, self.size), inside, done)
        b.position_at_end(inside)
        body()
        self.i.add_incoming(b.add(self.i, ir.Constant(LONG, 1)), b.block)
        b.branch(head)
        b.position_at_end(done)
        b.ret_void()


def kernel(op: Op, kind: int, dtype: np.dtype[Any], module: ir.Module, name: str) -> None:
    """Emit the kernel of an operation for a kind of the kernel table, K_FORWARD and so on."""
    if kind == K_FORWARD:
        k = _Kernel(module, name, dtype, len(PLACES))
        k.loop(lambda: k.store(k.emit.expression(op.z, k.values(used(op, op.z))), PLACES["z"]))
    elif kind == K_TANGENT:
        k = _Kernel(module, name, dtype, TANGENT + 1)
        k.loop(lambda: k.store(_tangent(k, op), TANGENT))
    else:
        store = kind >= K_STORE
        k = _Kernel(module, name, dtype, CONTRIBUTION + 1)
        k.loop(lambda: _reverse(k, op.partials[kind - (K_STORE if store else K_REVERSE)], op, store))


def _reverse(k: _Kernel, text: str, op: Op, store: bool) -> None:
    part = k.emit.contribution(op, text, k.load(ADJOINT), k.values(used(op, text)))
    k.store(part if store else k.b.fadd(k.load(CONTRIBUTION), part), CONTRIBUTION)


def _tangent(k: _Kernel, op: Op) -> Any:
    which = active(op)
    return k.emit.tangent(op, which, lambda p: k.load(TANGENTS + p), k.values(used_by_partials(op, which)))
