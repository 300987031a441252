"""References to slots: whatever the shape and the strides, what is read is what was meant, and of the cheapest kind."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from jittape.instructions import references
from jittape.instructions.references import (
    SHARED_LIMIT,
    collapse,
    inactive,
    is_shared,
    progression,
    ranges,
    reference,
    referenced,
    run_slots,
    strided,
)
from jittape.ops.layout import BLOCK_REF, GATHER_REF, INACTIVE, INPUT, KIND, RUN_REF, SCALAR_REF
from jittape.tape.tape import Tape

S = run_slots(100, 120)
CASES = {
    "nothing": (S[:0], (0,), RUN_REF), "one": (S[3:4], (1,), SCALAR_REF), "one for all": (S[3:4], (2, 3), SCALAR_REF),
    "repeated": (np.broadcast_to(S[7:8], (4,)), (4,), SCALAR_REF), "in a row": (S[5:11], (6,), RUN_REF), "rows": (S[:6].reshape(2, 3), (2, 3), RUN_REF),
    "every second": (S[:12:2], (6,), BLOCK_REF), "backwards": (S[10:4:-1], (6,), BLOCK_REF), "a column": (S[:12].reshape(4, 3)[:, 1:2], (4, 1), BLOCK_REF),
    "columns": (S[:12].reshape(4, 3)[:, :2], (4, 2), BLOCK_REF), "transposed": (S[:12].reshape(4, 3).T, (3, 4), BLOCK_REF),
    "rows for all": (S[:3], (4, 3), BLOCK_REF), "a column for all": (S[:3].reshape(3, 1), (3, 4), BLOCK_REF),
    "a run of ones": (S[:4].reshape(1, 4, 1), (1, 4, 1), RUN_REF), "blocks": (S[:24].reshape(2, 3, 4)[:, :, :2], (2, 3, 2), BLOCK_REF),
    "parts of parts": (S.reshape(4, 5, 6)[:2, :3, :4], (2, 3, 4), GATHER_REF), "three axes for all": (S[:8].reshape(2, 1, 4)[:, :, ::2], (2, 3, 2), GATHER_REF),
    "for all at the front": (S[:6].reshape(2, 3)[:, :2], (5, 2, 2), GATHER_REF), "two axes for all": (S[:4], (2, 3, 4), BLOCK_REF),
    "any": (np.array([3, 1, 4, 1, 5], np.int32), (5,), GATHER_REF), "any for all": (np.array([3, 1, 4], np.int32), (2, 3), GATHER_REF),
    "by chance in a row": (np.array([[3, 4], [5, 6]], np.int32), (2, 2), RUN_REF), "by chance spaced": (np.array([9, 7, 5, 3], np.int32), (4,), BLOCK_REF),
    "nearly spaced": (np.array([9, 7, 6, 3], np.int32), (4,), GATHER_REF), "the same": (np.array([3, 3, 3], np.int32), (3,), BLOCK_REF),
    "two": (np.array([3, 8], np.int32), (2,), BLOCK_REF), "nothing for all": (np.array([[]], np.int32), (3, 0), RUN_REF),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_meant_is_read(name: str) -> None:
    slots, shape, kind = CASES[name]
    tape = Tape()
    tape.append_leaf(np.zeros(300), INPUT)
    found = reference(tape, slots, shape)
    wanted = np.broadcast_to(slots, shape).ravel()
    assert found[0] == kind
    for ref in (found, inactive(found)):
        assert referenced(SimpleNamespace(meta=list(ref), index=tape.index), 0, wanted.size).tolist() == wanted.tolist()
    assert inactive(found)[0] & KIND == kind and inactive(found)[0] & INACTIVE and inactive(found)[1:] == found[1:]
    if kind == GATHER_REF:
        assert (found[3], found[2]) == (wanted.min(), wanted.max())


def test_views_of_the_shared_slots() -> None:
    """Those of smaller ones that there were before, too; they may not be written."""
    before = run_slots(10, 5)
    size = references._shared[0].size
    after = run_slots(size, 5)
    room = references._shared[0].base.size  # numbers are written a quarter beyond, as far as there is room
    assert references._shared[0].size >= min(size + size // 4, room)
    for slots, first in ((before, 10), (after, size), (run_slots(3, size), 3)):
        assert slots.tolist()[:5] == [*range(first, first + 5)] and is_shared(slots) and is_shared(slots[1:].reshape(2, -1) if slots.size == 5 else slots[::2])
        assert not slots.flags.writeable
        with pytest.raises(ValueError):
            slots[0] = 1
        with pytest.raises(ValueError):
            slots.base.flags.writeable = False
            slots.base[0] = 1
    assert not is_shared(before.copy()) and not is_shared(np.arange(5, dtype=np.int32)[1:]) and not is_shared(np.frombuffer(bytes(8), np.int32))
    far = run_slots(SHARED_LIMIT - 1, 3)
    assert far.tolist() == [SHARED_LIMIT - 1, SHARED_LIMIT, SHARED_LIMIT + 1] and not is_shared(far)


@pytest.mark.parametrize(("shape", "strides", "wanted"), [
    ((2, 3), (3, 1), [(6, 1)]), ((2, 3), (4, 1), [(2, 4), (3, 1)]), ((1, 3, 1), (9, 2, 5), [(3, 2)]), ((), (), []), ((1, 1), (4, 2), []),
    ((2, 3), (0, 0), [(6, 0)]), ((2, 3), (0, 1), [(2, 0), (3, 1)]), ((2, 3, 4), (12, 4, 1), [(24, 1)]), ((2, 3, 4), (0, 4, 1), [(2, 0), (12, 1)]),
])  # fmt: skip
def test_axes_that_are_walked_as_one(shape: tuple[int, ...], strides: tuple[int, ...], wanted: list[tuple[int, int]]) -> None:
    assert collapse(shape, strides) == wanted


@pytest.mark.parametrize(("base", "shape", "strides"), [(50, (2, 3), (10, -2)), (9, (4,), (-3,)), (0, (2, 2), (0, 1)), (5, (3, 0), (1, 1)), (7, (), ()), (3, (1, 4), (-100, 2))])
def test_slots_of_strides(base: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
    found = strided(base, shape, strides)
    wanted = [base + sum(i * st for i, st in zip(place, strides, strict=True)) for place in np.ndindex(shape)]
    assert found.shape == shape and found.ravel().tolist() == wanted
    assert found.size == 0 or is_shared(found)


def test_ranges_one_after_the_other() -> None:
    assert ranges(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
    assert ranges(np.empty(0, int), np.empty(0, int)).tolist() == []
    assert ranges(np.array([4]), np.array([0])).tolist() == []


def test_progressions_are_no_more_than_that() -> None:
    rng = np.random.default_rng(0)
    for n in (0, 1, 2, 3, 8):
        for _ in range(20):
            slots = rng.integers(0, 6, n).astype(np.int32)
            steps = {b - a for a, b in pairwise(slots.tolist())}
            assert (progression(slots) is None) == (n < 2 or len(steps) > 1)
