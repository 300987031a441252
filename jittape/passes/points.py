"""What was recorded of one point, for many: each instruction of a stretch is appended once more, over all points at a time.

A scalar instruction becomes a run of as many elements as there are points, a run of n a run of n a point, one point after another;
structural instructions know themselves (`Instruction.over_points`): products of matrices become one product, systems a stack. What does not
depend on the point stays as it was recorded. So n points cost as many instructions as two, and are swept as arrays are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.instructions import of
from jittape.instructions.matmul import contiguous
from jittape.instructions.references import Slots, inactive, is_shared, reference, run_slots, strided
from jittape.ops.layout import FIRST_OPERATION, FIRST_STRUCTURAL, OPERATION
from jittape.tape.decode import lengths, operands
from jittape.tape.tape import Tape


class Points:
    """The slots of many points, by those of one.

    Args:
        tape: it is appended to.
        count: how many points there are.

    `first[s]` is the first point's slot of what slot s is of the recorded one, and that of the next point is `step[s]` further; where nothing
    depends on the point, these are s and 0.
    """

    def __init__(self, tape: Tape, count: int) -> None:
        self.tape, self.count = tape, count
        self.first: NDArray[np.int64] = np.arange(tape.slots, dtype=np.int64)
        self.step: NDArray[np.int64] = np.zeros(tape.slots, np.int64)
        self.fixed = np.zeros(tape.slots, np.bool_)
        """Numbers of the tape, to which no adjoint goes."""
        self.fixed[list(tape.constants.copy().values())] = True

    def vary(self, slots: Slots, given: Slots) -> None:
        """An argument: the recorded point's slots, and those of all points, [points, *shape]."""
        n = slots.size
        base = contiguous(self.tape, given) if n else 0
        self.first[slots.reshape(-1)] = base + np.arange(n)
        self.step[slots.reshape(-1)] = n

    def spread(self, slots: Slots) -> Slots:
        """The slots of all points, [points, *shape]; [1, *shape] where all have the same."""
        if not slots.size:
            return np.empty((self.count, *slots.shape), np.int32)
        first, step = self.first[slots], self.step[slots]
        if not step.any():
            return slots[None]
        if (step == step.flat[0]).all():
            found = _regular(slots, first, int(step.flat[0]), self.count)
            if found is not None:
                return found
        points = np.arange(self.count).reshape(-1, *(1,) * slots.ndim)
        return (first + points * step).astype(np.int32)

    def append(self, start: int, slot: int, end: int) -> Iterator[int]:
        """Append what instructions start to end compute, the first of which writes to `slot`, for all points.

        Ahead of each that may refuse some values, the first slot that it writes of the recorded point is yielded: those before it are known.
        """
        tape = self.tape
        sizes = lengths(tape.opcode[start:end], tape.arg1[start:end]).tolist()
        for k, n in zip(range(start, end), sizes, strict=True):
            slots = slice(slot, slot + n)
            slot += n
            code = int(tape.opcode[k]) & OPERATION
            if not n or code < FIRST_OPERATION:
                continue
            read = operands(tape, k)
            if not any(self.step[x.slots].any() for x in read):
                continue
            if code >= FIRST_STRUCTURAL and of(code).refuses:
                yield slots.start
            self.first[slots] = self._appended(k, n, read) + np.arange(n)
            self.step[slots] = n

    def _appended(self, k: int, n: int, read: Any) -> int:
        """The first slot of what instruction k computes of all points."""
        tape = self.tape
        code, at = int(tape.opcode[k]) & OPERATION, int(tape.arg0[k])
        given = [self.spread(x.slots) for x in read]
        if code >= FIRST_STRUCTURAL:
            return of(code).over_points(tape, given, self.count, at, n)
        record: list[int] = []
        for slots, of_one in zip(given, read, strict=True):
            ref = reference(tape, slots, (self.count, n))
            record += inactive(ref) if of_one.constant or self.fixed[of_one.slots].all() else ref
        return int(tape.append_run(code, self.count * n, record))


def _regular(slots: Slots, first: NDArray[np.int64], step: int, count: int) -> Slots | None:
    """The slots of all points as a view of the shared ones, where they are laid out by strides; None where they are not."""
    base = int(first.flat[0])
    moved = first - slots
    if is_shared(slots) and (moved == moved.flat[0]).all():
        strides = tuple(st // slots.itemsize for st in slots.strides)
    elif slots.ndim == 1 and (slots.size == 1 or (np.diff(first) == first[1] - first[0]).all()):
        strides = (int(first[-1] - first[0]) // max(slots.size - 1, 1),)
    else:
        return None
    if step == slots.size and strides == _contiguous(slots.shape):
        return run_slots(base, count * step).reshape(count, *slots.shape)
    return strided(base, (count, *slots.shape), (step, *strides))


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of C order, in elements."""
    found, n = [], 1
    for length in shape[::-1]:
        found.append(n)
        n *= length
    return tuple(found[::-1])
