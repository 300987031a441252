"""Operators and functions of numbers, with the results that Numba gives them."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from jittape.compiler.pointers import real
from jittape.compiler.translation.values import (
    BOOLEAN,
    LONG,
    REAL,
    Value,
    cast,
    computed,
    is_integer,
    is_number,
    is_real,
    refuse,
    unified,
)

COMPARISONS: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
BITWISE: dict[type[ast.operator], str] = {ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor"}
SUMS: dict[type[ast.operator], tuple[str, str]] = {ast.Add: ("add", "fadd"), ast.Sub: ("sub", "fsub"), ast.Mult: ("mul", "fmul")}
LARGEST_POWER = 64
"""A constant exponent up to which a power is written as products."""
LARGEST_PRODUCT = 0x10000
"""Numba's bound of exponents beyond which a power is C's."""


def both(builder: ir.IRBuilder, x: Value, y: Value) -> tuple[Value, Value]:
    """Two numbers as ones of the kind that an operator computes them with."""
    if not (is_number(x.kind) and is_number(y.kind)):
        refuse(f"an operator of {x.kind} and {y.kind}")
    kind = unified(x.kind, y.kind)
    return cast(builder, x, kind), cast(builder, y, kind)


def binary(builder: ir.IRBuilder, op: ast.operator, x: Value, y: Value) -> Value:
    """The operator's result; a power's exponent is seen to by `power`."""
    x, y = both(builder, x, y)
    which = type(op)
    if which in BITWISE:
        if is_real(x.kind):
            refuse("bits of a real number")
        return Value(x.kind, getattr(builder, BITWISE[which])(x.ir, y.ir))
    if which is ast.Div:
        if not is_real(x.kind):
            x, y = cast(builder, x, REAL), cast(builder, y, REAL)
        return Value(x.kind, builder.fdiv(x.ir, y.ir))
    if x.kind == BOOLEAN:
        x, y = cast(builder, x, LONG), cast(builder, y, LONG)
    if which in SUMS:
        integers, reals = SUMS[which]
        return Value(x.kind, getattr(builder, reals if is_real(x.kind) else integers)(x.ir, y.ir))
    if is_real(x.kind):
        refuse(f"{which.__name__} of real numbers")
    if which is ast.LShift:
        return Value(x.kind, builder.shl(x.ir, y.ir))
    if which is ast.RShift:
        return Value(x.kind, (builder.ashr if x.kind.signed else builder.lshr)(x.ir, y.ir))
    if which in (ast.FloorDiv, ast.Mod):
        return Value(x.kind, _divided(builder, which is ast.Mod, x, y))
    return refuse(f"the operator {which.__name__}")


def _divided(builder: ir.IRBuilder, remainder: bool, x: Value, y: Value) -> Any:
    """Quotient towards minus infinity, or its remainder; 0 of a division by zero or one that overflows."""
    zero = ir.Constant(y.ir.type, 0)
    if not x.kind.signed:
        refuse("a division of integers without sign")
    known = y.ir.constant if isinstance(y.ir, ir.Constant) else 0
    by = y.ir
    bad = None
    if known in (0, -1):
        bad = builder.or_(
            builder.icmp_signed("==", by, zero),
            builder.and_(builder.icmp_signed("==", x.ir, x.ir.type(x.kind.minval)), builder.icmp_signed("==", by, by.type(-1))),
        )
        by = builder.select(bad, by.type(1), by)
    rest = builder.srem(x.ir, by)
    below = builder.and_(builder.icmp_signed("!=", rest, zero), builder.icmp_signed("<", builder.xor(by, rest), zero))
    if remainder:
        found = builder.select(below, builder.add(rest, by), rest)
    else:
        quotient = builder.sdiv(x.ir, by)
        found = builder.select(below, builder.sub(quotient, by.type(1)), quotient)
    return found if bad is None else builder.select(bad, zero, found)


def multiplied_up(x: Any, n: Any) -> Any:
    """A power of a real number with an integer exponent, as Numba multiplies it up; translated itself."""
    left = abs(n)
    if not 0 <= left <= LARGEST_PRODUCT:
        return x ** real(n, x)
    found, square = real(1, x), x
    while left != 0:
        if left & 1 != 0:
            found *= square
        left >>= 1
        square *= square
    return real(1, x) / found if n < 0 else found


def power(builder: ir.IRBuilder, x: Value, exponent: int) -> Value:
    """The same with a small constant exponent, also of an integer."""
    if not (is_real(x.kind) or x.kind == LONG):
        refuse(f"{x.kind} to the power of {exponent}")
    times = builder.fmul if is_real(x.kind) else builder.mul
    found, square = x.ir.type(1), x.ir
    while exponent:
        if exponent & 1:
            found = times(found, square)
        exponent >>= 1
        if exponent:
            square = times(square, square)
    return Value(x.kind, found)


def real_power(builder: ir.IRBuilder, x: Value, y: Value) -> Value:
    """A power whose exponent is a real number."""
    x, y = both(builder, x, y)
    if not is_real(x.kind):
        refuse("a power of an integer")
    return Value(x.kind, builder.call(builder.module.declare_intrinsic("llvm.pow", [x.ir.type]), [x.ir, y.ir]))


def unary(builder: ir.IRBuilder, op: ast.unaryop, x: Value) -> Value:
    if not is_number(x.kind):
        refuse(f"an operator of {x.kind}")
    if isinstance(op, ast.USub):
        if is_real(x.kind):
            return Value(x.kind, builder.fneg(x.ir))
        if not is_integer(x.kind):
            x = cast(builder, x, LONG)
        if isinstance(x.ir, ir.Constant) and x.kind.signed:
            return Value(x.kind, ir.Constant(x.ir.type, -x.ir.constant))
        return Value(x.kind, builder.neg(x.ir))
    if isinstance(op, ast.Invert) and is_integer(x.kind):
        return Value(x.kind, builder.not_(x.ir))
    if isinstance(op, ast.UAdd):
        return x
    return refuse(f"the operator {type(op).__name__} of {x.kind}")


def compared(builder: ir.IRBuilder, op: ast.cmpop, x: Value, y: Value) -> Value:
    sign = COMPARISONS.get(type(op))
    if sign is None:
        refuse(f"the comparison {type(op).__name__}")
    x, y = both(builder, x, y)
    if is_real(x.kind):
        compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
    else:
        compare = builder.icmp_signed if is_integer(x.kind) and x.kind.signed else builder.icmp_unsigned
    return Value(BOOLEAN, compare(sign, x.ir, y.ir))


# --- functions --------------------------------------------------------------------------------------------------------


def extreme(sign: str) -> Callable[..., Value]:
    """`min` ("<") or `max` (">") of numbers: the first of equal ones, and whatever stands before a NaN."""

    def found(builder: ir.IRBuilder, first: Value, *others: Value) -> Value:
        for other in others:
            first, other = both(builder, first, other)
            compare = builder.fcmp_ordered if is_real(first.kind) else builder.icmp_signed if first.kind == LONG else None
            if compare is None:
                refuse(f"extremes of {first.kind}")
            first = Value(first.kind, builder.select(compare(sign, other.ir, first.ir), other.ir, first.ir))
        return first

    return found


def magnitude(builder: ir.IRBuilder, x: Value) -> Value:
    if x.kind == BOOLEAN:
        return cast(builder, x, LONG)
    if is_integer(x.kind):
        if not x.kind.signed:
            return x
        return Value(x.kind, builder.select(builder.icmp_signed("<", x.ir, x.ir.type(0)), builder.neg(x.ir), x.ir))
    return intrinsic("fabs")(builder, x)


def intrinsic(name: str) -> Callable[..., Value]:
    """A function of one real number that LLVM knows by `llvm.name`; of an integer as a real number."""

    def found(builder: ir.IRBuilder, x: Value) -> Value:
        if not is_number(x.kind):
            refuse(f"{name} of {x.kind}")
        if not is_real(x.kind):
            x = cast(builder, x, REAL)
        return Value(x.kind, builder.call(builder.module.declare_intrinsic(f"llvm.{name}", [x.ir.type]), [x.ir]))

    return found


def whole(name: str) -> Callable[..., Value]:
    """The same as an integer."""

    def found(builder: ir.IRBuilder, x: Value) -> Value:
        return cast(builder, intrinsic(name)(builder, x), LONG)

    return found


def external(name: str) -> Callable[..., Value]:
    """A function of one real number by its name in C's library."""

    def found(builder: ir.IRBuilder, x: Value) -> Value:
        if not is_number(x.kind):
            refuse(f"{name} of {x.kind}")
        if not is_real(x.kind):
            x = cast(builder, x, REAL)
        symbol = name if x.kind == REAL else f"{name}f"
        declared = builder.module.globals.get(symbol) or ir.Function(builder.module, ir.FunctionType(x.ir.type, [x.ir.type]), symbol)
        return Value(x.kind, builder.call(declared, [x.ir]))

    return found


def conversion(kind: Any) -> Callable[..., Value]:
    """A type as a function of a number."""

    def found(builder: ir.IRBuilder, x: Value) -> Value:
        return cast(builder, cast(builder, x, kind), computed(kind))

    return found


FUNCTIONS: dict[Any, Callable[..., Value]] = {
    min: extreme("<"),
    max: extreme(">"),
    abs: magnitude,
    bool: conversion(BOOLEAN),
    int: conversion(LONG),
    float: conversion(REAL),
    math.ceil: whole("ceil"),
    math.floor: whole("floor"),
    np.int64: conversion(LONG),
    np.int32: conversion(types.int32),
    np.uint16: conversion(types.uint16),
    np.uint8: conversion(types.uint8),
    np.uint64: conversion(types.uint64),
    np.float64: conversion(REAL),
    np.float32: conversion(types.float32),
    math.sqrt: intrinsic("sqrt"),
    math.exp: intrinsic("exp"),
    math.log: intrinsic("log"),
    math.sin: intrinsic("sin"),
    math.cos: intrinsic("cos"),
    math.fabs: intrinsic("fabs"),
    np.floor: intrinsic("floor"),
    np.rint: intrinsic("rint"),
    np.sqrt: intrinsic("sqrt"),
    math.expm1: external("expm1"),
    math.log1p: external("log1p"),
    math.tan: external("tan"),
    math.lgamma: external("lgamma"),
    math.gamma: external("numba_gamma"),
}
"""Functions of Python and NumPy -> what they write."""
