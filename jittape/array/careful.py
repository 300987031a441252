"""Operations that are computed as they are recorded, for functions that catch errors of arithmetic.

After an operation was recorded, NumPy (or Python, between its own floats) computes it from the present values, under the user's
`np.errstate` and filters of warnings, and raises what it raises in the plain function. In a recording that is to be replayed it is
guarded what that depended on: which operands and results are finite, or NaN, or too small for a normal number.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.ops._generated import opcodes as ops

OPERATORS: dict[int, Callable[..., Any]] = {
    ops.ADD: operator.add, ops.SUB: operator.sub, ops.MUL: operator.mul, ops.DIV: operator.truediv, ops.FLOOR_DIVIDE: operator.floordiv,
    ops.MOD: operator.mod, ops.POW: pow, ops.POWC: pow, ops.SQUARE: lambda x: x**2, ops.RECIPROCAL: lambda x: x**-1,
    ops.SQRT: lambda x: x**0.5, ops.NEG: operator.neg, ops.POS: operator.pos, ops.ABS: abs, ops.LESS: operator.lt, ops.LESS_EQUAL: operator.le,
    ops.GREATER: operator.gt, ops.GREATER_EQUAL: operator.ge, ops.EQUAL: operator.eq, ops.NOT_EQUAL: operator.ne,
    ops.FLOOR: math.floor, ops.CEIL: math.ceil, ops.TRUNC: math.trunc,
}  # fmt: skip
"""What Python's operators record, as functions of plain numbers."""
NUMBERS = (float, int, bool)
"""Python's own numbers, which raise where NumPy's give infinity."""
ERROR = "an error of arithmetic"


class Careful:
    """What a recording whose operations are computed at once knows.

    Attributes:
        numbers: slot -> which of `NUMBERS` it is in the plain function; absent where it is NumPy's.
    """

    def __init__(self, apply: Callable[..., Any], kind: type) -> None:
        self.apply, self.kind = apply, kind
        self.numbers: dict[int, type] = {}

    def value(self, x: Any) -> Any:
        """What stands for an operand in the plain function."""
        if isinstance(x, self.kind):
            v = x.value()  # type: ignore[attr-defined]
            if v.dtype.kind == "c":
                return v[()]
            slot = x.slot  # type: ignore[attr-defined]
            return v if slot < 0 else self.numbers[slot](v) if slot in self.numbers else v[()]
        if isinstance(x, (tuple, list)) and not hasattr(x, "_fields"):
            return type(x)(map(self.value, x))
        if type(x) is np.ndarray:  # a function may store into it, which is done once
            return x.copy("K")
        return {k: self.value(v) for k, v in x.items()} if isinstance(x, dict) else x

    def operator(self, tape: Any, op: int, operands: Sequence[Any]) -> Any:
        """An operation that one of Python's operators records."""
        return self.call(tape, OPERATORS.get(op), lambda: self.apply(op, *operands), operands, {})

    def call(self, tape: Any, plain: Callable[..., Any] | None, record: Callable[[], Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The result of record(); or the error that plain(*args, **kwargs) raises for the present values."""
        tape.busy += 1  # what the operation consists of is no operation of the function's
        try:
            given, named = [self.value(x) for x in args], self.value(kwargs)
            result = record()
            error: Exception | None = None
            found: Any = None
            if plain is not None:
                try:
                    found = plain(*given, **named)
                except (ArithmeticError, RuntimeWarning) as e:
                    error = e
                except Exception:  # not one of arithmetic: what is recorded has raised its own
                    plain = None
            if plain is not None and tape.replayable and type(found) is not bool:  # comparisons raise nothing
                self.guard(tape, [*args, *(result if isinstance(result, tuple) else (result,))])
        finally:
            tape.busy -= 1
        if error is not None:
            raise error
        if type(found) in NUMBERS and isinstance(result, self.kind) and not result.is_complex:  # type: ignore[attr-defined]
            self.numbers[result.slot] = type(found)  # type: ignore[attr-defined]
        return result

    def guard(self, tape: Any, values: Sequence[Any]) -> None:
        parts = [p for x in values for p in ((x.re, x.im) if getattr(x, "is_complex", False) else (x,))]
        for x in parts:
            if isinstance(x, self.kind) and not x.is_mask and not x.constant and x.size:  # type: ignore[attr-defined]
                self.apply(ops.ISFINITE, x).decide(ERROR)
                if not np.isfinite(x.value()).all():  # type: ignore[attr-defined]
                    self.apply(ops.ISNAN, x).decide(ERROR)
                if np.geterr()["under"] != "ignore":
                    self.apply(ops.LESS, self.apply(ops.ABS, x), float(np.finfo(tape.dtype).tiny)).decide(ERROR)
