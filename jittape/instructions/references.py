"""References: how a run instruction names the slots of an operand, and back from a reference to slot numbers.

A recorded array is a NumPy array of slot numbers. Where these are a view of one shared arange, base and strides are read
off without looking at the numbers; only an irregular array pays for a gather list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.ops.layout import BLOCK_REF, GATHER_REF, INACTIVE, KIND, RUN_REF, SCALAR_REF

Slots = NDArray[np.int32]
SHARED_LIMIT = 1 << 26
"""Slots beyond this are named by private arrays instead of views of the shared arange (256 MB)."""

_shared: list[Slots] = [np.empty(0, np.int32)]
"""The arange as far as it is written, read-only."""
_owners: dict[int, Slots] = {}
"""Every shared arange there has been, with the room that it has: views of the smaller ones live on."""
FIRST_ROOM, PIECE = 1 << 12, 1 << 16
"""Numbers that there is room for at first, and that are written at a time."""


def run_slots(base: int, n: int) -> Slots:
    """The slots base to base + n, as a read-only view of the shared arange."""
    shared = _shared[0]
    if base + n > shared.size:
        if base + n > SHARED_LIMIT:
            return np.arange(base, base + n, dtype=np.int32)
        shared = _written(base + n)
    return shared[base : base + n]


def _written(end: int) -> Slots:
    """The shared arange, written up to a number and a quarter beyond; memory that is not written to is not taken.

    Threads that come at the same time write the same numbers.
    """
    known = _shared[0]
    shown: Any = known.base
    if shown is None or end > shown.size:
        size = FIRST_ROOM
        while size < end:
            size *= 4
        memory: Any = np.empty(min(size, SHARED_LIMIT), np.int32)
        shown = np.frombuffer(memoryview(memory), np.int32)  # of which no view may be written
        shown.flags.writeable = False
        _owners[id(shown)] = shown
        known = shown[:0]
    room, stop = np.asarray(shown.base.obj), min(end + end // 4, shown.size)
    for a in range(known.size, stop, PIECE):
        room[a : min(a + PIECE, stop)] = np.arange(a, min(a + PIECE, stop))
    _shared[0] = found = shown[:stop]
    return found  # type: ignore[no-any-return]


_written(FIRST_ROOM)


def is_shared(slots: Slots) -> bool:
    """Whether an array of slots is a view of a shared arange, so that its strides tell its numbers."""
    owner = slots.base
    while owner is not None:
        if id(owner) in _owners:
            return True
        owner = getattr(owner, "base", None)
    return False


def add_at(numbers: NDArray[Any], slots: Slots, x: Any) -> None:
    """Add x, of the shape of the slots or one that is broadcast to it, to the numbers there; a slot may stand there several times."""
    if slots.size == 1:
        numbers[slots] += x
    elif is_shared(slots) and slots.size and collapse(slots.shape, [st // slots.itemsize for st in slots.strides]) == [(slots.size, 1)]:
        base = int(slots.flat[0])
        numbers[base : base + slots.size].reshape(slots.shape)[...] += x
    else:  # raveled it takes a third of the time
        np.add.at(numbers, slots.ravel(), np.broadcast_to(x, slots.shape).ravel())


def collapse(shape: Sequence[int], strides: Sequence[int]) -> list[tuple[int, int]]:
    """Merge axes that can be walked as one: [(length, stride)], outermost first, strides in elements."""
    out: list[tuple[int, int]] = []
    for n, st in zip(shape, strides, strict=True):
        if n == 1:
            continue
        if out and out[-1][1] == st * n:
            out[-1] = (out[-1][0] * n, st)
        elif out and out[-1][1] == 0 and st == 0:
            out[-1] = (out[-1][0] * n, 0)
        else:
            out.append((n, st))
    return out


def reference(tape: Any, slots: Slots, shape: tuple[int, ...]) -> tuple[int, int, int, int, int]:
    """The reference of an operand with these slots, broadcast to `shape`."""
    if not slots.size:
        return RUN_REF, 0, 1, 1, 0
    if slots.size == 1 or not any(slots.strides):
        return SCALAR_REF, int(slots.flat[0]), 0, 0, 1
    if is_shared(slots):
        if slots.shape == shape and slots.flags.c_contiguous:
            return RUN_REF, int(slots.flat[0]), 1, 1, slots.size
        strides = [st // slots.itemsize for st in slots.strides]
        if slots.shape != shape:  # axes that are repeated have no stride
            strides = [0] * (len(shape) - slots.ndim) + [0 if n == 1 else st for n, st in zip(slots.shape, strides, strict=True)]
        axes = collapse(shape, strides)
        base = int(slots.flat[0])
        if len(axes) <= 1:
            n, st = axes[0] if axes else (1, 1)
            return (RUN_REF, base, 1, 1, n) if st == 1 else (BLOCK_REF, base, 0, st, max(n, 1))
        if len(axes) == 2:
            return BLOCK_REF, base, axes[0][1], axes[1][1], axes[1][0]
        slots = np.broadcast_to(slots, shape)
    else:
        found = progression(slots) if slots.shape == shape else None
        if found is None and slots.shape == shape and slots.size >= LISTED:
            grid = lattice(slots.ravel())
            found = grid and (BLOCK_REF, grid[0], grid[2][0], grid[2][1], grid[1][1])
        if found is not None:
            return found
        slots = np.broadcast_to(slots, shape)
    if not slots.size:
        return RUN_REF, 0, 1, 1, 0
    return GATHER_REF, tape.gather_list(slots), int(slots.max()), int(slots.min()), slots.size


def progression(slots: Slots) -> tuple[int, int, int, int, int] | None:
    """The reference of slots that happen to be equally spaced (rows written one by one, say), else None."""
    flat = slots.ravel()
    if flat.size < 2:
        return None
    step = int(flat[1]) - int(flat[0])
    if int(flat[-1]) - int(flat[0]) != step * (flat.size - 1) or not (np.diff(flat) == step).all():
        return None
    base = int(flat[0])
    return (RUN_REF, base, 1, 1, flat.size) if step == 1 else (BLOCK_REF, base, 0, step, flat.size)


LISTED = 64
"""Slots up to which a list of them is not looked at for two axes."""


def lattice(flat: NDArray[Any]) -> tuple[int, tuple[int, int], tuple[int, int]] | None:
    """(first, lengths, steps) of numbers of one axis that are equally spaced along two, like those of a transposed matrix; else None."""
    if flat.size < 4:
        return None
    first, step = int(flat[0]), int(flat[1]) - int(flat[0])
    if int(flat[-1]) - int(flat[-2]) != step:  # so most lists are told at once
        return None
    breaks = flat[1:] - flat[:-1] != step
    inner = int(breaks.argmax()) + 1
    if not breaks[inner - 1] or flat.size % inner:
        return None
    lines = flat.size // inner
    outer = int(flat[inner]) - first
    if int(flat[-1]) != first + outer * (lines - 1) + step * (inner - 1):
        return None
    grid = flat.reshape(lines, inner)
    along = first + outer * np.arange(lines)
    if not ((grid[:, 0] == along).all() and (grid == grid[:, :1] + step * np.arange(inner)).all()):
        return None
    return first, (lines, inner), (outer, step)


def referenced(tape: Any, at: int, n: int) -> Slots:
    """The slots that the reference at `meta[at]` names, n in all."""
    kind, base, s0, s1, n1 = tape.meta[at : at + 5]
    return expand(tape.index, kind, base, s0, s1, n1, n)


def expand(index: Any, kind: int, base: int, s0: int, s1: int, n1: int, n: int) -> Slots:
    kind &= KIND
    if kind == SCALAR_REF:
        return strided(base, (n,), (0,))
    if kind == RUN_REF:
        return run_slots(base, n)
    if kind == GATHER_REF:
        return np.array(index[base : base + n], np.int32)
    if n1 and n % n1 == 0:
        return strided(base, (n // n1, n1), (s0, s1)).reshape(-1)
    i = np.arange(n, dtype=np.int32)
    return base + (i // max(n1, 1)) * np.int32(s0) + (i % max(n1, 1)) * np.int32(s1)


def strided(base: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Slots:
    """The slots base + i0 * strides[0] + i1 * strides[1] + ..., as a view of the shared arange."""
    spans = [st * (n - 1) for n, st in zip(shape, strides, strict=True)]
    if not all(shape):
        return np.empty(shape, np.int32)
    low = base + sum(span for span in spans if span < 0)
    high = base + sum(span for span in spans if span > 0)
    window = run_slots(low, high - low + 1)
    size = window.itemsize
    return np.lib.stride_tricks.as_strided(window[base - low :], shape, [st * size for st in strides], writeable=False)


def shifted(slots: Slots, by: int) -> Slots:
    """The same slots, `by` further on; a view of the shared arange stays one."""
    if not is_shared(slots) or not slots.size:
        return slots + np.int32(by)
    return strided(int(slots.flat[0]) + by, slots.shape, tuple(st // slots.itemsize for st in slots.strides))


def ranges(starts: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """starts[i], starts[i] + 1, ... (counts[i] of them) for each i, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if ends.size else 0
    found: NDArray[np.int64] = np.arange(total) + np.repeat(np.asarray(starts, np.int64) - (ends - counts), counts)
    return found


def inactive(ref: tuple[int, int, int, int, int]) -> tuple[int, int, int, int, int]:
    """The same reference to a constant: no adjoint goes there."""
    return (ref[0] | INACTIVE, *ref[1:])


def computed(ref: tuple[int, int, int, int, int]) -> tuple[int, int, int, int, int]:
    """The same reference to constants that may be computed by the next sweep only.

    One number is not marked: who differentiates a recording takes the value of a marked one from the tape, as it stands.
    """
    return ref if ref[0] == SCALAR_REF else inactive(ref)
