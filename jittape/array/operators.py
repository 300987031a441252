"""Python's operators for classes of recorded values: scalars are appended in three item writes, the rest is passed on."""

from __future__ import annotations

import operator
from collections.abc import Callable
from numbers import Rational
from threading import get_ident
from typing import Any

import numpy as np

from jittape.ops._generated import opcodes as ops

BOOLEAN = {ops.ADD: ops.LOGICAL_OR, ops.MUL: ops.LOGICAL_AND, ops.SUB: -1, ops.NEG: -1}
"""Arithmetic that means something else between truth values."""


def is_boolean(x: Any) -> bool:
    return isinstance(x, bool) or bool(getattr(x, "dtype", None) == np.bool_)


def boolean(op: int, operands: tuple[Any, ...]) -> int:
    """The operation that NumPy makes of arithmetic on truth values alone."""
    if not all(map(is_boolean, operands)):
        return op
    if BOOLEAN[op] < 0:
        raise TypeError("truth values cannot be subtracted or negated; use ^ (np.logical_xor) or ~ (np.logical_not)")
    return BOOLEAN[op]


def truth_values(*operands: Any) -> None:
    """Refuse &, |, ^ and ~ of real numbers, as NumPy does."""
    if not all(map(is_boolean, operands)):
        raise TypeError("&, |, ^ and ~ are for truth values, not for real numbers; compare first: (x > 0) & (x < 1)")


REAL = frozenset((float, int, bool, np.bool_, *(np.dtype(kind).type for kind in "bhilqBHILQefd")))
"""Classes of numbers that may be constants which a tape has; a complex one of the same value, which compares and hashes alike, is another."""


def fast_operator(op: int, cls: Any, slow: Callable[..., Any], reflected: bool = False) -> Callable[[Any, Any], Any]:
    """A binary operator of `cls`: scalars are appended here and now, in three item writes; the rest goes to `slow`."""

    def operator(self: Any, other: Any) -> Any:
        if self.slot >= 0:
            tape = self.tape
            kind = type(other)
            try:
                if kind is float:
                    b = tape.constants[other]
                elif kind is cls and other.tape is tape:
                    b = other.slot
                else:
                    b = tape.constants[other] if kind in REAL else -1
                if b >= 0 and tape.thread == get_ident():
                    k = tape.count  # up to the next count there is no call, so that no signal handler records in between
                    tape.fast_arg0[k] = self.slot
                    tape.fast_arg1[k] = b
                    tape.fast_opcode[k] = op
                    tape.count = k + 1
                    return cls(tape, k + tape.extra)
            except (KeyError, TypeError, IndexError):  # a new constant, an array, no room, or no fast appends here
                pass
        return foreign(op, self, other, False) if type(other) is not cls and defer(other, cls) else slow(op, self, other)

    def reflected_operator(self: Any, other: Any) -> Any:
        if self.slot >= 0:
            tape = self.tape
            kind = type(other)
            try:
                a = tape.constants[other] if kind is float or kind in REAL else -1
                if a >= 0 and tape.thread == get_ident():
                    k = tape.count
                    tape.fast_arg0[k] = a
                    tape.fast_arg1[k] = self.slot
                    tape.fast_opcode[k] = op
                    tape.count = k + 1
                    return cls(tape, k + tape.extra)
            except (KeyError, TypeError, IndexError):
                pass
        return foreign(op, self, other, True) if defer(other, cls) else slow(op, other, self)

    return reflected_operator if reflected else operator


def append_unary(op: int, cls: Any, slow: Callable[..., Any], x: Any) -> Any:
    """An operation on one scalar, appended in three item writes; the rest goes to `slow`."""
    if x.slot >= 0 and type(x) is cls:
        tape = x.tape
        try:
            if tape.thread == get_ident():
                k = tape.count
                tape.fast_arg0[k] = x.slot
                tape.fast_arg1[k] = 0
                tape.fast_opcode[k] = op
                tape.count = k + 1
                return cls(tape, k + tape.extra)
        except IndexError:
            pass
    return slow(op, x)


SCALAR_UFUNCS: dict[Any, int] = {}
"""Ufuncs of one argument that have a scalar instruction; `functions.dispatch` fills it."""


UNDERSTOOD: list[type] = [np.ndarray, np.generic, int, float, list, tuple, complex]
"""Classes of operands that every operator takes (or refuses with a reason); recorded arrays join them."""

def defer(other: Any, cls: Any = object) -> bool:
    """Whether an operand is of a class that knows better what to do with an operand of class `cls`."""
    return not (isinstance(other, tuple(UNDERSTOOD)) or (cls is not object and isinstance(other, cls)))


FOREIGN: dict[Any, Callable[[Any, Any, bool], Any]] = {}
"""Operation, or name of an operator, -> what it makes of a recorded value, an operand that `defer` finds, and whether that stands first."""


def foreign(op: Any, self: Any, other: Any, flip: bool) -> Any:
    """An operation with an operand of a class that knows better, unless somebody here knows the class; constants are NumPy's arrays to it.

    A fraction is a float, as Python makes it beside floats.
    """
    plain = PYTHONS[op] if op in PYTHONS else getattr(operator, f"__{op}__")
    if isinstance(other, Rational):
        return plain(float(other), self) if flip else plain(self, float(other))
    if getattr(self, "constant", False):  # tensors have none
        return plain(other, self.value()) if flip else plain(self.value(), other)
    known = FOREIGN.get(op)
    return NotImplemented if known is None else known(self, other, flip)


POWERS = {2.0: ops.SQUARE, 1.0: ops.POS, 0.5: ops.SQRT, -1.0: ops.RECIPROCAL}
"""Exponents that have an operation of their own."""
FAST = {"add": ops.ADD, "sub": ops.SUB, "mul": ops.MUL, "truediv": ops.DIV}
BINARY = {
    "floordiv": ops.FLOOR_DIVIDE, "mod": ops.MOD, "and": ops.LOGICAL_AND, "or": ops.LOGICAL_OR, "xor": ops.LOGICAL_XOR,
}  # fmt: skip
BITWISE = frozenset((ops.LOGICAL_AND, ops.LOGICAL_OR, ops.LOGICAL_XOR))
COMPARISONS = {
    "lt": ops.LESS, "le": ops.LESS_EQUAL, "gt": ops.GREATER, "ge": ops.GREATER_EQUAL, "eq": ops.EQUAL, "ne": ops.NOT_EQUAL,
}  # fmt: skip
PYTHONS = {op: getattr(operator, f"__{name}__") for table in (FAST, BINARY, COMPARISONS) for name, op in table.items()}
"""Python's operators by the operations that they record."""
UNARY = {
    "neg": ops.NEG, "pos": ops.POS, "abs": ops.ABS, "floor": ops.FLOOR, "ceil": ops.CEIL,
    "trunc": ops.TRUNC,
}  # fmt: skip


def install_operators(
    cls: Any, slow: Callable[..., Any], raise_to: Callable[[Any, Any], Any], matmul: Callable[[Any, Any], Any], become: Callable[[Any, Any], Any]
) -> None:
    """Give a class Python's operators.

    Args:
        slow: slow(op, *operands) of the class and others.
        raise_to, matmul: a power and a matrix product.
        become: become(x, new) ends x += ..., which made `new`: x, or what its name is bound to.
    """

    def binary(op: int, flip: bool) -> Callable[[Any, Any], Any]:
        def operator(self: Any, other: Any) -> Any:
            if defer(other, cls):
                return foreign(op, self, other, flip)
            if op in BITWISE:
                truth_values(self, other)
            return slow(op, other, self) if flip else slow(op, self, other)

        return operator

    def by(name: str, fn: Callable[[Any, Any], Any], flip: bool) -> Callable[[Any, Any], Any]:
        def operator(self: Any, other: Any) -> Any:
            if defer(other, cls):
                return foreign(name, self, other, flip)
            return fn(other, self) if flip else fn(self, other)

        return operator

    def inplace(name: str) -> Callable[[Any, Any], Any]:
        def operator(self: Any, other: Any) -> Any:
            return become(self, getattr(self, f"__{name}__")(other))

        return operator

    for name, op in FAST.items():
        setattr(cls, f"__{name}__", fast_operator(op, cls, slow))
        setattr(cls, f"__r{name}__", fast_operator(op, cls, slow, reflected=True))
    for name, op in BINARY.items():
        setattr(cls, f"__{name}__", binary(op, False))
        setattr(cls, f"__r{name}__", binary(op, True))
    for name, op in COMPARISONS.items():
        setattr(cls, f"__{name}__", binary(op, False))
    for name, op in UNARY.items():
        setattr(cls, f"__{name}__", lambda self, op=op: append_unary(op, cls, slow, self))

    def invert(self: Any) -> Any:
        truth_values(self)
        return slow(ops.LOGICAL_NOT, self)

    cls.__invert__ = invert
    for name, fn in (("pow", raise_to), ("matmul", matmul)):
        setattr(cls, f"__{name}__", by(name, fn, False))
        setattr(cls, f"__r{name}__", by(name, fn, True))
    to_power = fast_operator(ops.POWC, cls, lambda op, x, y: raise_to(x, y))

    def power_of(self: Any, other: Any, modulo: Any = None) -> Any:
        if modulo is not None:
            raise TypeError("pow() with a modulus is for integers, not for recorded real numbers; write x**y % m")
        if type(other) in (int, float):
            if other == 2:
                if type(other) is float and self.tape is None and self.dtype.kind in "iub":
                    return raise_to(self, other)  # a real number makes integers real
                return append_unary(ops.SQUARE, cls, slow, self)
            if other not in POWERS and type(self) is cls:
                return to_power(self, other)
        return foreign("pow", self, other, False) if defer(other, cls) else raise_to(self, other)

    cls.__pow__ = power_of
    def matmul_in_place(self: Any, other: Any) -> Any:
        new = self.__matmul__(other)
        return new if defer(other, cls) else become(self, new)  # NumPy has no such operation in place, and makes another array

    for name in (*FAST, *BINARY, "pow"):
        setattr(cls, f"__i{name}__", inplace(name))
    cls.__imatmul__ = matmul_in_place
    cls.__divmod__ = lambda self, other: (self // other, self % other)
    cls.__rdivmod__ = lambda self, other: (other // self, other % self)
    cls.__round__ = lambda self, digits=0: np.round(self, digits or 0)
