"""Expressions of the operation table as single numbers in LLVM's language, rounded as the scalar switch rounds them.

Numba promotes by NumPy's rules: a literal makes a float32 expression one of float64. So does this, and what is stored is rounded once.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops import table as _table  # noqa: F401  (declares the operations)
from jittape.ops._generated import opcodes
from jittape.ops.expressions import constant
from jittape.ops.spec import OPS, Op, by_code
from jittape.sweep.vectors import HELPERS, Emitter, Unsupported

DOUBLE = ir.DoubleType()
LIBM = frozenset("acos acosh asin asinh atan atanh cos cosh erf erfc exp exp2 expm1 log log10 log1p log2 pow sin sinh tan tanh".split())
"""Functions that the switch has from the C library, in float64."""
OTHERWISE = frozenset({"logaddexp2", "floor_divide", "mod", "logit"})
"""Operations that Numba's switch computes by code of its own, or another way round: they are left to it."""


SINGLE = frozenset(op.code for op in OPS if op.arity > 2) & getattr(opcodes, "SAME", frozenset())  # absent while the generator runs on files of an older form
"""Operations of three operands, which are recorded as runs of one element, whose values are the same in vectors and by themselves."""


class Scalars(Emitter):
    """Writes expressions of single numbers with a builder.

    A product of an adjoint and a partial is written without a test for zero: the sweep that uses it looks for NaN in what it
    found, and leaves such turns to the interpreter (see `reverse` of sweep/loops/body.py).
    """

    def __init__(self, builder: ir.IRBuilder, dtype: np.dtype[Any]) -> None:
        super().__init__(builder, dtype, False)
        self.lanes = 1
        self.type = self.real

    def number(self, x: float) -> Any:
        return ir.Constant(DOUBLE, float(x))

    def zero(self) -> Any:
        return ir.Constant(self.real, 0.0)

    def rounded(self, x: Any) -> Any:
        """A number as the tape's dtype holds it."""
        return x if x.type == self.real else self.b.fptrunc(x, self.real)

    def _widened(self, x: Any) -> Any:
        return x if x.type == DOUBLE else self.b.fpext(x, DOUBLE)

    def _alike(self, x: Any, y: Any) -> tuple[Any, Any]:
        return (x, y) if x.type == y.type else (self._widened(x), self._widened(y))

    def add(self, x: Any, y: Any) -> Any:
        """A sum of numbers of the tape, rounded as it is stored."""
        return self.rounded(self.b.fadd(*self._alike(x, y)))

    def intrinsic(self, name: str, *args: Any) -> Any:
        if len({a.type for a in args}) > 1:
            args = tuple(map(self._widened, args))
        kind = args[0].type
        symbol = f"llvm.{name}.{'f64' if kind == DOUBLE else 'f32'}"
        return self.b.call(self.declared(symbol, kind, [kind] * len(args)), args)

    def function(self, name: str, *args: Any) -> Any:
        if name not in LIBM or any(a.type != DOUBLE for a in args):
            raise Unsupported(name)
        return self.b.call(self.declared(name, DOUBLE, [DOUBLE] * len(args)), args)

    def compare(self, op: str, x: Any, y: Any) -> Any:
        return super().compare(op, *self._alike(x, y))

    def choose(self, condition: Any, x: Any, y: Any) -> Any:
        return super().choose(condition, *self._alike(x, y))

    def product(self, r: Any, p: Any, both: bool = False) -> Any:
        if both:
            zero = self.number(0.0)
            some = self.b.and_(self.compare("!=", r, zero), self.compare("!=", p, zero))
            return self.choose(some, self.b.fmul(*self._alike(r, p)), zero)
        return self.b.fmul(*self._alike(r, p))

    def real_value(self, node: ast.expr, v: dict[str, Any]) -> Any:
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Pow):
            x, y = self._alike(self.real_value(node.left, v), self.real_value(node.right, v))
            b = self.b
            emit = {ast.Add: b.fadd, ast.Sub: b.fsub, ast.Mult: b.fmul, ast.Div: b.fdiv}.get(type(node.op))
            if emit is None:
                raise Unsupported(ast.unparse(node))
            return emit(x, y)
        return super().real_value(node, v)

    def call(self, node: ast.Call, args: list[Any]) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id in HELPERS - {"product"} and any(a.type != DOUBLE for a in args):
            raise Unsupported(node.func.id)
        return super().call(node, args)

    def contribution(self, op: Op, partial: str, r: Any, v: dict[str, Any], both: bool = False) -> Any:
        value = constant(partial)
        if value is not None and value not in (0.0, 1.0, -1.0):
            return self.b.fmul(*self._alike(r, self.number(value)))
        return super().contribution(op, partial, r, v, both)


@cache
def has_form(code: int, dtype: np.dtype[Any]) -> bool:
    """Whether an operation of the scalar switch is written here, its value and its partials."""
    if code not in opcodes.SWITCH | SINGLE:
        return False
    op: Op = by_code(code)
    if op.name in OTHERWISE:
        return False
    module = ir.Module()
    real = DOUBLE if dtype.itemsize == 8 else ir.FloatType()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [real] * 5), "tried")
    emit = Scalars(ir.IRBuilder(function.append_basic_block()), dtype)
    r, *numbers = function.args
    operands = dict(zip("xywz", numbers, strict=True))
    try:
        emit.expression(op.z, operands)
        for text in op.partials:
            emit.contribution(op, text, r, operands)
    except Unsupported:
        return False
    return True
