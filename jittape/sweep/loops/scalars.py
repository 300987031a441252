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
from jittape.ops.spec import OPS, by_code
from jittape.sweep.scalars import ScalarEmitter, has_partials, has_value
from jittape.sweep.vectors import Emitter

SINGLE = frozenset(op.code for op in OPS if op.arity > 2) & getattr(opcodes, "SAME", frozenset())  # absent while the generator runs on files of an older form
"""Operations of three operands, which are recorded as runs of one element, whose values are the same in vectors and by themselves."""


class Scalars(ScalarEmitter):
    """Writes expressions of single numbers with a builder.

    A product of an adjoint and a partial is written without a test for zero: the sweep that uses it looks for NaN in what it
    found, and leaves such turns to the interpreter (see `reverse` of sweep/loops/body.py).
    """

    def __init__(self, builder: ir.IRBuilder, dtype: np.dtype[Any]) -> None:
        super().__init__(builder, dtype, nonzero=True)

    def either(self, node: ast.expr, v: dict[str, Any], yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
        return Emitter.either(self, node, v, yes, no)


@cache
def has_form(code: int, dtype: np.dtype[Any]) -> bool:
    """Whether an operation is written here, its value and its partials."""
    return code in opcodes.SWITCH | SINGLE and has_value(by_code(code), dtype) and has_partials(by_code(code), dtype)
