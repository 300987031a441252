"""Expressions of the operation table written for one number at a time in LLVM's own language, for scalar instructions.

They are those of vectors (sweep/vectors.py) with "precise" functions, so a number is to the last bit what a lane of a precise batch is;
what a choice does not take is not computed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops.expressions import constant
from jittape.ops.spec import Op
from jittape.sweep.vectors import Emitter, Unsupported


class ScalarEmitter(Emitter):
    """Writes expressions over numbers of one dtype with a builder.

    Attributes:
        nonzero: whether the adjoints that are multiplied are known not to be zero.
    """

    def __init__(self, builder: ir.IRBuilder, dtype: np.dtype[Any], nonzero: bool = False) -> None:
        super().__init__(builder, dtype, fast=False, lanes=1)
        self.type = self.real
        self.nonzero = nonzero

    def number(self, x: float) -> Any:
        return ir.Constant(self.real, float(x))

    def intrinsic(self, name: str, *args: Any) -> Any:
        symbol = f"llvm.{name}.f{8 * self.dtype.itemsize}"
        return self.b.call(self.declared(symbol, self.type, [self.type] * len(args)), args)

    def by_lanes(self, name: str, *args: Any) -> Any:
        symbol = name + ("f" if self.dtype.itemsize == 4 else "")
        return self.b.call(self.declared(symbol, self.real, [self.real] * len(args)), args)

    def either(self, node: ast.expr, v: dict[str, Any], yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
        b = self.b
        bit = self.truth(node, v)
        arms, ends = (b.append_basic_block("yes"), b.append_basic_block("no")), []
        after = b.append_basic_block("after")
        b.cbranch(bit, *arms)
        for block, arm in zip(arms, (yes, no), strict=True):
            b.position_at_end(block)
            ends.append((arm(), b.block))
            b.branch(after)
        b.position_at_end(after)
        found = b.phi(self.type)
        for value, block in ends:
            found.add_incoming(value, block)
        return found

    def product(self, r: Any, p: Any, both: bool = False) -> Any:
        return self.b.fmul(r, p) if self.nonzero and not both else super().product(r, p, both)


def active(op: Op) -> list[int]:
    """The operands that have a partial derivative."""
    return [p for p, text in enumerate(op.partials) if p not in op.constant and constant(text) != 0.0]


def _supported(write: Callable[[ScalarEmitter, dict[str, Any]], Any], dtype: np.dtype[Any]) -> bool:
    """Whether expressions have a scalar form."""
    module = ir.Module()
    b = ir.IRBuilder(ir.Function(module, ir.FunctionType(ir.VoidType(), []), "trial").append_basic_block())
    emit = ScalarEmitter(b, dtype)
    try:
        write(emit, dict.fromkeys("xywz", emit.number(0.0)))
    except Unsupported:
        return False
    return True


@cache
def has_value(op: Op, dtype: np.dtype[Any]) -> bool:
    """Whether an operation's value has a scalar form."""
    return _supported(lambda emit, v: emit.expression(op.z, v), dtype)


@cache
def has_partials(op: Op, dtype: np.dtype[Any]) -> bool:
    """Whether all of an operation's partial derivatives have one."""
    return _supported(lambda emit, v: [emit.contribution(op, op.partials[p], emit.number(1.0), v) for p in active(op)], dtype)
