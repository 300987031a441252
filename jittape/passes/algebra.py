"""Recorded arithmetic that is simplified as it is written: what derivative rules are evaluated with.

A derivative that is written out by rules is full of factors of one, sums with zero, products of constants and expressions
that occur twice. `Algebra` leaves them out before they reach the tape: numbers are folded, signs are moved outwards and
absorbed by sums, and an operation that was recorded before with the same operands is not recorded again. Nothing is
reordered that would round otherwise: constant factors are joined only where one of them is a power of two.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from jittape.array.array import Array, apply
from jittape.array.protocols import numpy_function
from jittape.instructions.references import is_shared
from jittape.ops._generated import opcodes as ops
from jittape.ops.spec import BY_NAME, OPS
from jittape.tape.tape import Tape

OP = {op.code: op for op in OPS}
_PRODUCTS = (ops.MUL, ops.MULZ, ops.PRODUCT)
_COMMUTE = (ops.ADD, ops.MUL, ops.PRODUCT)
Key = Any


class Value:
    """An operand of a rule: a number that is known, or a recorded array, and how that was recorded.

    Attributes:
        number: the number, or None.
        array: the recorded array, or None.
        op, operands: the operation that gave it, -1 and () where that is not known.
    """

    __slots__ = ("_key", "algebra", "array", "number", "op", "operands")

    def __init__(self, algebra: Algebra, number: float | None, array: Array | None = None, op: int = -1, operands: tuple[Value, ...] = ()) -> None:
        self.algebra, self.number, self.array = algebra, number, array
        self.op, self.operands = op, operands
        self._key: Key = None

    @property
    def key(self) -> Key:
        """Equal for values that are known to be the same."""
        if self._key is None:
            self._key = (self.number, math.copysign(1.0, self.number)) if self.array is None else _key(self.array)  # type: ignore[arg-type]
        return self._key

    def is_power(self) -> bool:
        """Whether it is a power of two, whose products are exact."""
        return self.number is not None and self.number != 0.0 and abs(math.frexp(self.number)[0]) == 0.5

    def __neg__(self) -> Value:
        return self.algebra.apply(ops.NEG, self)

    if TYPE_CHECKING:  # made below, like the comparisons

        def __add__(self, other: Any) -> Value: ...
        def __sub__(self, other: Any) -> Value: ...
        def __mul__(self, other: Any) -> Value: ...
        def __truediv__(self, other: Any) -> Value: ...
        def __radd__(self, other: Any) -> Value: ...
        def __rmul__(self, other: Any) -> Value: ...
        def __gt__(self, other: Any) -> Value: ...
        def __eq__(self, other: Any) -> Value: ...  # type: ignore[override]
        def __ne__(self, other: Any) -> Value: ...  # type: ignore[override]


def _operator(name: str, op: int) -> None:
    def forward(self: Value, other: Any) -> Value:
        return self.algebra.apply(op, self, other)

    def backward(self: Value, other: Any) -> Value:
        return self.algebra.apply(op, other, self)

    setattr(Value, f"__{name}__", forward)
    setattr(Value, f"__r{name}__", backward)


for _name, _op in (("add", ops.ADD), ("sub", ops.SUB), ("mul", ops.MUL), ("truediv", ops.DIV)):
    _operator(_name, _op)
for _name, _op in (("eq", ops.EQUAL), ("ne", ops.NOT_EQUAL), ("lt", ops.LESS), ("le", ops.LESS_EQUAL), ("gt", ops.GREATER), ("ge", ops.GREATER_EQUAL)):
    _operator(_name, _op)
Value.__hash__ = None  # type: ignore[assignment]


def _key(a: Array) -> Key:
    if a.slot >= 0:
        return a.slot
    if a.run is not None and (a.store is None or a.store.private is None):
        return a.run
    slots = a.slots
    if slots.size and is_shared(slots):
        first = int(slots.flat[0])
        return (first, slots.size, slots.shape) if slots.flags.c_contiguous else (first, slots.shape, slots.strides)
    return (slots.shape, slots.tobytes())


def _operation(op: int, operands: tuple[Value, ...]) -> Key:
    """Equal for operations whose results are known to be the same."""
    keys = [x.key for x in operands]
    if op in _COMMUTE and hash(keys[0]) > hash(keys[1]):
        keys.reverse()
    return (op, *keys)


class Algebra:
    """The namespace F of the rules in `ops/_generated/rules.py`, over one tape."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.zero = Value(self, 0.0)
        self._known: dict[Key, Value] = {}
        self._made: dict[Key, Value] = {}
        """The same values by their own keys."""
        self._slots: dict[float | tuple[float], int] = {}

    def value(self, x: Any) -> Value:
        """A number or a recorded array as an operand."""
        if isinstance(x, Value):
            return x
        return Value(self, None, x) if isinstance(x, Array) else Value(self, float(x))

    def slot(self, number: float) -> int:
        """The slot of a constant."""
        key = number or (math.copysign(1.0, number),)  # 0.0 and -0.0 are equal as keys, and are two constants
        found = self._slots.get(key)
        if found is None:
            found = self._slots[key] = self.tape.constant(number)
        return found

    def recorded(self, x: Value) -> Array:
        """A value as a recorded array."""
        return x.array if x.array is not None else Array(self.tape, self.slot(x.number))  # type: ignore[arg-type]

    def note(self, op: int, operands: tuple[Value, ...], result: Array) -> None:
        """An operation that stands on the tape already; of numbers that are repeated, one of its results."""
        if result.shape and all(x.array is None or not x.array.shape for x in operands):
            result = Array(self.tape, int(result.slots.flat[0]))
        self._known.setdefault(_operation(op, operands), Value(self, None, result, op, operands))

    def apply(self, op: int, *operands: Any) -> Value:
        """An elementwise operation of the table."""
        args = tuple(self.value(x) for x in operands)
        if all(a.array is None for a in args):
            if OP[op].numpy or op in (ops.MULZ, ops.PRODUCT, ops.WHERE):
                return Value(self, _evaluate(op, [a.number for a in args]))
            args = (Value(self, None, self.recorded(args[0])), *args[1:])
        found = self._simpler(op, args)
        if found is not None:
            return found
        key = _operation(op, args)
        found = self._known.get(key)
        if found is None:
            given = [a.number if a.array is None else a.array for a in args]
            found = self._known[key] = Value(self, None, apply(op, *given), op, args)
            self._made[found.key] = found
        return found

    def known(self, a: Array) -> Value:
        """A recorded array as an operand, with the operation that gave it where that was recorded here."""
        new = Value(self, None, a)
        return self._made.get(new.key, new)

    def _simpler(self, op: int, args: tuple[Value, ...]) -> Value | None:
        if op == ops.NEG:
            return self._negative(args[0])
        if op == ops.ADD:
            return self._sum(*args)
        if op == ops.SUB:
            return self._difference(*args)
        if op in _PRODUCTS:
            return self._product(op, *args)
        if op == ops.DIV and args[1].number == 1.0:
            return args[0]
        if op == ops.DIV and args[0].op == ops.NEG:
            return -(args[0].operands[0] / args[1])
        return None

    def _negative(self, x: Value) -> Value | None:
        if x.op == ops.NEG:
            return x.operands[0]
        if x.op == ops.SUB:
            return x.operands[1] - x.operands[0]
        if x.op in _PRODUCTS and x.operands[0].number is not None:
            return self.apply(x.op, -x.operands[0].number, x.operands[1])
        return None

    def _sum(self, x: Value, y: Value) -> Value | None:
        if x.number == 0.0:
            return y
        if y.number == 0.0:
            return x
        if y.op == ops.NEG:
            return x - y.operands[0]
        return y - x.operands[0] if x.op == ops.NEG else None

    def _difference(self, x: Value, y: Value) -> Value | None:
        if y.number == 0.0:
            return x
        if x.number == 0.0:
            return -y
        return x + y.operands[0] if y.op == ops.NEG else None

    def _product(self, op: int, x: Value, y: Value) -> Value | None:
        """Products: a number comes first, and an adjoint that is a number other than zero needs no rule for zeros."""
        for a, b in ((x, y), (y, x)):
            if a.op == ops.NEG:
                return -self.apply(op, *((a.operands[0], b) if a is x else (b, a.operands[0])))
            c = a.number
            if c is None:
                continue
            if c == 0.0:
                return self.zero
            if not math.isfinite(c):  # infinite or NaN: against a zero, the rule decides
                return None
            if c == 1.0:
                return b
            if c == -1.0:
                return -b
            if op != ops.MUL or a is y:
                return self.apply(ops.MUL, a, b)
            if b.op == ops.MUL:
                inner = b.operands[0]
                if inner.number is not None and (inner.is_power() or a.is_power()):
                    joined = c * inner.number
                    if math.isfinite(joined) and abs(joined) > 1e-290:
                        return self.apply(ops.MUL, joined, b.operands[1])
        return None

    def mulz(self, g: Any, partial: Any) -> Value:
        """An adjoint times a partial, where an adjoint of zero gives zero."""
        return self.apply(ops.MULZ, g, partial)

    def where(self, condition: Any, a: Any, b: Any) -> Value:
        c = self.value(condition)
        if c.array is None:
            return self.value(a if c.number else b)
        a, b = self.value(a), self.value(b)
        return a if a.array is None and b.array is None and a.key == b.key else self.apply(ops.WHERE, c, a, b)

    def __getattr__(self, name: str) -> Callable[..., Value]:
        code = BY_NAME[name].code

        def call(self: Algebra, *args: Any) -> Value:
            return self.apply(code, *args)

        setattr(Algebra, name, call)  # of the class: an object that held it would hold itself, and its tape
        return getattr(self, name)  # type: ignore[no-any-return]


def _evaluate(op: int, numbers: list[Any]) -> float:
    """An operation of numbers that are known."""
    if op in (ops.MULZ, ops.PRODUCT):
        x, y = numbers
        return 0.0 if x == 0.0 or (op == ops.PRODUCT and y == 0.0) else float(np.float64(x) * y)
    if op == ops.WHERE:
        return float(numbers[1] if numbers[0] else numbers[2])
    return float(numpy_function(OP[op].numpy)(*(np.float64(x) for x in numbers)))
