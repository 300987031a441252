"""Values of native functions while they are translated: what they are to Numba, and what they are to LLVM.

A small integer in memory (`int32`, `uint16`, `uint8`) is an int64 as soon as it is read, and is cut where it is stored. A tuple is its items, which no
memory holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from llvmlite import ir
from numba import types

LONG = types.int64
REAL = types.float64
BOOLEAN = types.boolean
NONE = types.none


class Unsupported(Exception):
    """What is no part of the language that is translated here."""


def refuse(what: str) -> NoReturn:
    raise Unsupported(what)


@dataclass(frozen=True)
class Value:
    """A number, pointer or vector by Numba's type of it; a tuple by those of its items, in a tuple; nothing by `none`."""

    kind: Any
    ir: Any

    @property
    def items(self) -> tuple[Value, ...]:
        """The items of a tuple."""
        if not isinstance(self.kind, tuple):
            refuse(f"items of {self.kind}")
        return tuple(Value(kind, x) for kind, x in zip(self.kind, self.ir, strict=True))


NOTHING = Value(NONE, None)


def together(items: list[Value]) -> Value:
    """A tuple."""
    return Value(tuple(x.kind for x in items), tuple(x.ir for x in items))


def flat(kind: Any) -> list[Any]:
    """The kinds of the numbers that a value of a kind consists of."""
    if isinstance(kind, tuple):
        return [part for item in kind for part in flat(item)]
    return [] if kind == NONE else [kind]


def flat_ir(x: Value) -> list[Any]:
    """These numbers."""
    if isinstance(x.kind, tuple):
        return [part for item in x.items for part in flat_ir(item)]
    return [] if x.kind == NONE else [x.ir]


def built(kind: Any, numbers: Any) -> Value:
    """The value of a kind whose numbers come from an iterator."""
    if isinstance(kind, tuple):
        return together([built(item, numbers) for item in kind])
    return NOTHING if kind == NONE else Value(kind, next(numbers))


def is_integer(kind: Any) -> bool:
    return isinstance(kind, types.Integer)


def is_real(kind: Any) -> bool:
    return isinstance(kind, types.Float)


def is_number(kind: Any) -> bool:
    return is_integer(kind) or is_real(kind) or kind == BOOLEAN


def computed(kind: Any) -> Any:
    """The kind that a number read from memory, or returned by C, is computed with."""
    if is_integer(kind):
        if kind.bitwidth == LONG.bitwidth:
            return kind
        return LONG
    return kind


def unified(a: Any, b: Any) -> Any:
    """The kind that holds values of both, as for Numba; nothing is made of integers and their likes without a sign."""
    if a == b:
        return a
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(unified(x, y) for x, y in zip(a, b, strict=True))
    if not (isinstance(a, types.Type) and isinstance(b, types.Type) and is_number(a) and is_number(b)):
        refuse(f"{a} and {b} in one place")
    if is_real(a) or is_real(b):
        if is_real(a) and is_real(b):
            return REAL
        real, other = (a, b) if is_real(a) else (b, a)
        return real if other == BOOLEAN else REAL
    if a == BOOLEAN or b == BOOLEAN:
        return b if a == BOOLEAN else a
    return refuse(f"{a} and {b} in one place")


def constant(x: Any) -> Value | None:
    """A number of Python, or a tuple of them, as a value; None of anything else."""
    if isinstance(x, bool):
        return Value(BOOLEAN, ir.Constant(ir.IntType(1), int(x)))
    if isinstance(x, int):
        x = int(x)
        if LONG.minval <= x <= LONG.maxval:
            return Value(LONG, ir.Constant(ir.IntType(LONG.bitwidth), x))
        if 0 <= x <= types.uint64.maxval:
            return Value(types.uint64, ir.Constant(ir.IntType(types.uint64.bitwidth), x))
        return None
    if isinstance(x, float):
        return Value(REAL, ir.Constant(ir.DoubleType(), float(x)))
    if isinstance(x, tuple):
        items = [constant(y) for y in x]
        known = [y for y in items if y is not None]
        return together(known) if len(known) == len(items) else None
    return None


def cast(builder: ir.IRBuilder, x: Value, kind: Any) -> Value:
    """A value as one of another kind, as Numba converts arguments and what is stored."""
    if x.kind == kind:
        return x
    if isinstance(kind, tuple):
        if not isinstance(x.kind, tuple) or len(kind) != len(x.kind):
            refuse(f"{x.kind} as {kind}")
        return together([cast(builder, item, k) for item, k in zip(x.items, kind, strict=True)])
    if isinstance(x.kind, tuple) or not (is_number(x.kind) and is_number(kind)):
        refuse(f"{x.kind} as {kind}")
    if kind == BOOLEAN:
        return truth(builder, x)
    return Value(kind, _converted(builder, x, kind))


def _converted(builder: ir.IRBuilder, x: Value, kind: Any) -> Any:
    signed = is_integer(x.kind) and x.kind.signed
    if is_real(kind):
        target = ir.DoubleType() if kind == REAL else ir.FloatType()
        if is_real(x.kind):
            return builder.fpext(x.ir, target) if kind == REAL else builder.fptrunc(x.ir, target)
        return builder.sitofp(x.ir, target) if signed else builder.uitofp(x.ir, target)
    integer = ir.IntType(kind.bitwidth)
    if is_real(x.kind):
        return builder.fptosi(x.ir, integer) if kind.signed else builder.fptoui(x.ir, integer)
    have = 1 if x.kind == BOOLEAN else x.kind.bitwidth
    if have > kind.bitwidth:
        return builder.trunc(x.ir, integer)
    if have == kind.bitwidth:
        return x.ir
    return builder.sext(x.ir, integer) if signed else builder.zext(x.ir, integer)


def truth(builder: ir.IRBuilder, x: Value) -> Value:
    """Whether a number is not zero."""
    if x.kind == BOOLEAN:
        return x
    if isinstance(x.kind, tuple) or not is_number(x.kind):
        refuse(f"whether {x.kind} is true")
    zero = ir.Constant(x.ir.type, 0)
    return Value(BOOLEAN, builder.fcmp_unordered("!=", x.ir, zero) if is_real(x.kind) else builder.icmp_signed("!=", x.ir, zero))
