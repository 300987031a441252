"""Expressions of the operation table in compiled scalar loops: as the scalar switch has them (sweep/scalars.py), but without branches."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

from jittape.ops import table as _table  # noqa: F401  (declares the operations)
from jittape.ops._generated import opcodes
from jittape.ops.layout import K_FORWARD, K_REVERSE, KINDS
from jittape.ops.spec import OPS, by_code
from jittape.sweep.scalars import ScalarEmitter, active, has_partials, has_value
from jittape.sweep.vectors import Emitter

CHOICES = frozenset(op.code for op in OPS if op.arity > 2) & getattr(opcodes, "SAME", frozenset())  # absent while the generator runs on files of an older form
"""Operations of three operands whose values are the same in vectors and by themselves."""
SINGLE = CHOICES | frozenset(op.code for op in OPS if op.code not in opcodes.SWITCH and (op.arity <= 2 or op.code in getattr(opcodes, "EXTERNALS", ())))
"""Operations of single numbers that are recorded as runs of one element."""


class Scalars(ScalarEmitter):
    """Writes expressions of single numbers with a builder.

    A product of an adjoint and a partial is written without a test for zero: the sweep that uses it looks for NaN in what it
    found, and leaves such turns to the interpreter (see `reverse` of sweep/loops/turnwise.py).
    """

    def __init__(self, builder: ir.IRBuilder, dtype: np.dtype[Any]) -> None:
        super().__init__(builder, dtype, nonzero=True)

    def either(self, node: ast.expr, v: dict[str, Any], yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
        return Emitter.either(self, node, v, yes, no)


@cache
def has_form(code: int, dtype: np.dtype[Any]) -> bool:
    """Whether an operation can stand in a compiled loop."""
    return code in opcodes.SWITCH | SINGLE - CHOICES or (code in CHOICES and not called(code, dtype))


@cache
def called(code: int, dtype: np.dtype[Any]) -> tuple[int, ...]:
    """The numbers of the kernels that are called for an operation, as the interpreter calls them: of what is not written here, SciPy's
    functions, say, and of what is recorded as a run, which vectors may round otherwise."""
    op = by_code(code)
    as_run = code in SINGLE - CHOICES
    kinds = [K_FORWARD] if as_run or not has_value(op, dtype) else []
    kinds += [K_REVERSE + p for p in active(op)] if as_run or not has_partials(op, dtype) else []
    return tuple(code * KINDS + kind for kind in kinds)
