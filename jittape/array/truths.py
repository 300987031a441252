"""What Python's floats do otherwise than NumPy's numbers: arithmetic of their truth values, and rounding to decimals.

A comparison of Python's floats is a bool, and two of them add up to 2; NumPy's are "or" and "and" of each other. A recorded one is such
a bool if it is computed from arguments that are Python's floats, and from constants, by Python's operators; NumPy's functions give NumPy's.
`round(x, 1)` of Python's float is decided by x itself, of NumPy's by the rounded product 10 x.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, Mask, apply
from jittape.array.careful import OPERATORS
from jittape.array.operators import append_unary
from jittape.errors import RecordingError
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, RUN
from jittape.tape.decode import lengths, operands
from jittape.tape.tape import Tape

BY_PYTHON = OPERATORS.keys() | {ops.RINT}
"""What Python's operators and `round` record; what NumPy's functions do is noted as theirs."""


def are_pythons(tape: Tape, slots: NDArray[Any]) -> bool:
    """Whether numbers are Python's in the plain run, as far as can be told. What was found is noted, so that a loop asks about new ones only."""
    answer = _follow(tape, slots)
    for slot in slots.tolist():
        tape.pythons.setdefault(slot, answer)
    return answer


def _follow(tape: Tape, slots: NDArray[Any]) -> bool:
    first, start = np.zeros(1, np.int64), tape.count
    seen: set[int] = set()
    asked = [slots]
    while asked:
        slots = asked.pop()
        known = [tape.pythons.get(s) for s in slots.tolist()]
        if False in known:
            return False
        slots = slots[[k is None for k in known]]
        if not slots.size:
            continue
        if start == tape.count or slots.min() < first[0]:
            first, start = _last_instructions(tape, int(slots.min()))
        for k in (start + np.unique(np.searchsorted(first, slots, "right") - 1)).tolist():
            op = int(tape.opcode[k]) % RUN
            if op == CONSTANT:
                tape.pythons[int(first[k - start])] = True
                continue
            if k in seen:
                continue
            if op < FIRST_OPERATION or tape.opcode[k] >= RUN or op not in BY_PYTHON:
                return False
            asked += [x.slots.reshape(-1) for x in operands(tape, k)]
            seen.add(k)
    return True


def _last_instructions(tape: Tape, slot: int) -> tuple[NDArray[np.int64], int]:
    """The first slots of the last instructions, back to one that writes this slot or an earlier one, and which instruction they begin with."""
    count = tape.count
    start = count
    while True:
        start = max(0, count - 2 * (count - start) - 64)
        written = lengths(tape.opcode[start:count], tape.arg1[start:count])
        first = tape.slots - np.cumsum(written[::-1])[::-1]
        if start == 0 or first[0] <= slot:
            return first, start


def arithmetic(op: int, *given: Any) -> Any:
    """Arithmetic of truth values alone."""
    masks = [x for x in given if isinstance(x, Mask)]
    tape = masks[0].tape
    scalars = all(type(x) is bool or (isinstance(x, Mask) and x.slot >= 0 and x.tape is tape) for x in given)
    if scalars and tape.pythons and are_pythons(tape, np.array([x.slot for x in masks])):
        given = tuple(Array(tape, x.slot) if isinstance(x, Mask) else int(x) for x in given)
    return apply(op, *given)


def _binary(name: str, op: int, reflected: bool) -> Callable[[Any, Any], Any]:
    other_way = getattr(Array, name)

    def arithmetic_of(self: Any, other: Any) -> Any:
        kind = type(other)
        if kind is Array or kind is float or not (kind is bool or kind is Mask or kind is np.bool_ or (kind is np.ndarray and other.dtype == np.bool_)):
            return other_way(self, other)
        return arithmetic(op, other, self) if reflected else arithmetic(op, self, other)

    return arithmetic_of


MOST_DIGITS = 22
"""10**22 is a float, 10**23 is not."""
HALVES = 2.0**27 + 1.0
WHOLE = 2.0**53
"""Numbers from here on are whole."""


def _split(x: Any) -> tuple[Any, Any]:
    """The upper and the lower half of a number's digits."""
    above = HALVES * x - (HALVES * x - x)
    return above, x - above


def _lost_by_product(x: Any, y: Any, product: Any) -> Any:
    """What rounding took from a product, exactly (Dekker 1971)."""
    (x1, x2), (y1, y2) = _split(x), _split(y)
    return x2 * y2 - (((product - x1 * y1) - x2 * y1) - x1 * y2)


def rounded_to(x: Any, digits: int) -> Any:
    """x rounded to decimals as Python rounds floats: half to even by x itself, not by a product or quotient that is rounded before."""
    x = apply(ops.STOP_GRADIENT, x)
    scale = 10.0 ** abs(digits)
    moved = x * scale if digits > 0 else x / scale
    whole = np.rint(moved)
    beyond = moved - whole
    lost = _lost_by_product(x, scale, moved)
    if digits < 0:
        back = moved * scale
        lost = (x - back) - _lost_by_product(moved, scale, back)
    whole = np.where((abs(beyond) == 0.5) & (lost * beyond > 0.0), whole + 2.0 * beyond, whole)
    return np.where(abs(moved) < WHOLE, whole / scale if digits > 0 else whole * scale, x)[()]


def _round(by_numpy: Callable[..., Any]) -> Callable[..., Any]:
    def round_(self: Any, digits: Any = None) -> Any:
        tape = self.tape
        if not tape.pythons or digits is None or self.slot < 0 or type(self) is not Array or tape.dtype != float:
            return by_numpy(self, digits)
        places = operator.index(digits)
        if not places or not are_pythons(tape, np.array([self.slot])):
            return by_numpy(self, digits)
        if abs(places) > MOST_DIGITS:
            raise RecordingError(f"round(x, {places}) of a recorded number: it takes up to {MOST_DIGITS} digits before or after the point")
        if tape.careful is None or tape.busy:
            out = rounded_to(self, places)
        else:
            out = tape.careful.call(tape, round, lambda: rounded_to(self, places), (self, places), {})
        tape.pythons[out.slot] = True
        return out

    return round_


def install() -> None:
    """Give recorded truth values their arithmetic, and numbers `round`."""
    for name, op in {"add": ops.ADD, "sub": ops.SUB, "mul": ops.MUL}.items():
        setattr(Mask, f"__{name}__", _binary(f"__{name}__", op, False))
        setattr(Mask, f"__r{name}__", _binary(f"__r{name}__", op, True))
    Mask.__neg__ = lambda self: append_unary(ops.NEG, Array, arithmetic, self)  # type: ignore[method-assign]
    Array.__round__ = _round(Array.__round__)  # type: ignore[method-assign]
