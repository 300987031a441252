"""What an operand of an operation of tensors is known by, so that another one is seen to be the same in the next recording."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.eager.operands import same
from jittape.eager.script import (
    AGAIN,
    GATHERED,
    LEAF,
    NUMBER,
    NUMBER_AGAIN,
    NUMBER_STANDING,
    RECORDED,
    SCALAR,
    STANDING,
    VALUES,
    Event,
    Operand,
)
from jittape.eager.tape import EagerTape
from jittape.eager.tensor import Tensor
from jittape.ops.layout import CONSTANT, INPUT, RUN

COPIES = frozenset((INPUT, CONSTANT, RUN + INPUT, RUN + CONSTANT))
"""Opcodes of what is copied to a tape."""


def plain(t: Any) -> bool:
    """Whether a recorded tensor is its array and nothing else: no view of a leaf, and no memory that was handed out."""
    info = getattr(t, "_info", None)
    return info is None or (info.source is None and info.family is None)


def described(tape: EagerTape, operands: Sequence[Any], before: list[Event], events: list[Event]) -> list[Operand] | None:
    """What operands are known by; None where one cannot be told, or something else was copied to the tape.

    Args:
        before, events: what was appended before the operation, and for it.
    """
    count, slots = (before[-1].count, before[-1].count + before[-1].extra) if before else (0, 0)
    copied = {e.slot: e for e in events if e.code in COPIES}
    found: list[Operand] = []
    for x in operands:
        of: Operand | None = None
        if isinstance(x, Tensor):
            of = _of_tensor(tape, x, count, slots, found)
        elif type(x) in (int, float):
            of = _of_number(tape, x, slots, found)
        elif type(x) is np.ndarray:
            of = _of_values(tape, x)
        if of is None or (of.kind in (LEAF, NUMBER) and copied.pop(of.slot, None) is None):
            return None
        found.append(of)
    for of in found:  # they are copied in their order, after the leaves
        if of.kind == VALUES:
            event = copied.pop(min(copied, default=-1), None)
            if event is None or event.code != RUN + CONSTANT or event.n != math.prod(of.shape):
                return None
            of.slot = event.slot
    return None if copied else found


def numbers_read(tape: EagerTape, events: list[Event], given: list[float]) -> tuple[float, ...]:
    """The constants that some instructions read, besides those that are given: all that may be slots in their records are taken for such."""
    of = {slot: x for x, slot in tape.constants.items()}
    found = {of[s]: None for e in events for s in ((e.slot,) if e.code == CONSTANT else () if e.code in COPIES or e.code == GATHERED else e.record) if s in of}
    return tuple([x for x in found if x not in given])


def _of_values(tape: EagerTape, data: NDArray[Any]) -> Operand | None:
    return Operand(VALUES, None, -1, data.shape) if data.ndim and data.size > 1 and data.dtype is tape.dtype and data.flags.c_contiguous else None


def _of_number(tape: EagerTape, x: float, slots: int, found: list[Operand]) -> Operand | None:
    slot = tape.constants.get(x, -1) if x else -1  # a zero has a sign, which == does not see
    if slot < 0:
        return None
    if slot < slots:
        return Operand(NUMBER_STANDING, x, slot)
    return Operand(NUMBER_AGAIN if any(o.kind == NUMBER and o.slot == slot for o in found) else NUMBER, x, slot)


def _of_tensor(tape: EagerTape, x: Any, count: int, slots: int, found: list[Operand]) -> Operand | None:
    if x.has_parts:
        return None
    if not x.is_leaf:
        if type(x) is not Tensor or x.tape is not tape or not plain(x):
            return None
        if x.slot >= 0:
            return Operand(SCALAR, None, x.slot) if x.slot < slots else None
        array = x._array
        return Operand(RECORDED, array.run, array.run[0]) if type(array) is Array and array.run is not None and array.store is None else None
    data = x._data
    if data.ndim == 0 or data.dtype is not tape.dtype:
        return None
    if not x.requires_grad:
        return _of_values(tape, data) if type(x) is Tensor else None
    imported = x.info.imported
    if imported is None or imported[0].token is not tape.token or imported[1] is None or imported[1].run is None:
        return None
    entry, array = imported
    if any(o.kind == LEAF and o.slot == entry.slot for o in found):
        return Operand(AGAIN, next(k for k, o in enumerate(found) if o.slot == entry.slot), entry.slot)
    if entry.at < count:
        return Operand(STANDING, None, entry.slot)
    return Operand(LEAF, None, entry.slot, data.shape, entry.at, array.run)


def _is_leaf(tape: EagerTape, o: Operand, x: Any) -> bool:
    if not isinstance(x, Tensor) or x.has_parts:
        return False
    data = getattr(x, "_data", None)
    if data is None or data.shape != o.shape or data.dtype is not tape.dtype:
        return False
    info = getattr(x, "_info", None)
    if info is None or not info.requires_grad or info.unrecorded >= 0:
        return False
    imported = info.imported
    return imported is None or imported[0].token is not tape.token


def _stands(tape: EagerTape, o: Operand, x: Any) -> bool:
    data, info = getattr(x, "_data", None), getattr(x, "_info", None)
    if data is None or info is None or not info.requires_grad:
        return False
    imported = info.imported
    return imported is not None and imported[0].token is tape.token and imported[0].slot == o.slot and same(tape, imported[0], info, data)


def _is_again(tape: EagerTape, o: Operand, x: Any) -> bool:
    return True  # `take` has asked, which knows the other operands


def _has_values(tape: EagerTape, o: Operand, x: Any) -> bool:
    if type(x) is np.ndarray:
        return bool(x.shape == o.shape and x.dtype is tape.dtype and x.flags.c_contiguous)
    if type(x) is not Tensor or x.tape is not None:
        return False
    data = getattr(x, "_data", None)
    if data is None or data.shape != o.shape or data.dtype is not tape.dtype or not data.flags.c_contiguous:
        return False
    info = getattr(x, "_info", None)
    return info is None or not info.requires_grad


def _is_recorded(tape: EagerTape, o: Operand, x: Any) -> bool:
    if type(x) is not Tensor or x.tape is not tape or x.slot >= 0:
        return False
    info = getattr(x, "_info", None)
    if info is not None and not plain(x):
        return False
    array = x._array
    return type(array) is Array and array.run == o.known and array.store is None


def _is_scalar(tape: EagerTape, o: Operand, x: Any) -> bool:
    return type(x) is Tensor and x.tape is tape and x.slot == o.slot and plain(x)


def _is_number(tape: EagerTape, o: Operand, x: Any) -> bool:
    return type(x) is type(o.known) and x == o.known and x not in tape.constants


def _number_stands(tape: EagerTape, o: Operand, x: Any) -> bool:
    return type(x) is type(o.known) and x == o.known and tape.constants.get(x) == o.slot


def _number_again(tape: EagerTape, o: Operand, x: Any) -> bool:
    return type(x) is type(o.known) and bool(x == o.known)


FITS = (_is_leaf, _stands, _is_again, _has_values, _is_recorded, _is_scalar, _is_number, _number_stands, _number_again)
"""For each kind whether what is given is what is known."""
