"""Arithmetic of truth values: NumPy's "or" and "and" between its own, the numbers 0 and 1 between those of Python's floats.

A comparison of Python's floats is a bool, and two of them add up to 2. A recorded one is such a bool if it is computed from
arguments that are Python's floats, and from constants, by Python's operators; NumPy's functions give NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, Mask, apply
from jittape.array.careful import OPERATORS
from jittape.array.operators import append_unary
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CONSTANT, FIRST_OPERATION, RUN
from jittape.tape.decode import lengths, operands
from jittape.tape.tape import Tape

BY_PYTHON = OPERATORS.keys() | {ops.RINT}
"""What Python's operators and `round` record; what NumPy's functions do is noted as theirs."""


def are_pythons(tape: Tape, slots: NDArray[Any]) -> bool:
    """Whether numbers are Python's in the plain run, as far as can be told."""
    count = tape.count
    first = np.concatenate([[0], np.cumsum(lengths(tape.opcode[:count], tape.arg1[:count]))])
    seen: set[int] = set()
    asked = [slots]
    while asked:
        slots = asked.pop()
        known = [tape.pythons.get(s) for s in slots.tolist()]
        if False in known:
            return False
        for k in np.unique(np.searchsorted(first, slots, "right") - 1).tolist():
            op = int(tape.opcode[k]) % RUN
            if k in seen or op == CONSTANT or tape.pythons.get(int(first[k])):
                continue
            if op < FIRST_OPERATION or tape.opcode[k] >= RUN or op not in BY_PYTHON:
                return False
            asked += [x.slots.reshape(-1) for x in operands(tape, k)]
            seen.add(k)
    return True


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

    def operator(self: Any, other: Any) -> Any:
        kind = type(other)
        if kind is Array or kind is float or not (kind is bool or kind is Mask or kind is np.bool_ or (kind is np.ndarray and other.dtype == np.bool_)):
            return other_way(self, other)
        return arithmetic(op, other, self) if reflected else arithmetic(op, self, other)

    return operator


def install() -> None:
    """Give recorded truth values their arithmetic."""
    for name, op in {"add": ops.ADD, "sub": ops.SUB, "mul": ops.MUL}.items():
        setattr(Mask, f"__{name}__", _binary(f"__{name}__", op, False))
        setattr(Mask, f"__r{name}__", _binary(f"__r{name}__", op, True))
    Mask.__neg__ = lambda self: append_unary(ops.NEG, Array, arithmetic, self)  # type: ignore[method-assign]
