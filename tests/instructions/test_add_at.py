"""Seeds and parts are added at slots of every kind, also where one stands several times."""

from __future__ import annotations

import numpy as np
import pytest

from jittape.instructions.references import add_at, run_slots

KINDS = {
    "a run": run_slots(3, 12),
    "a matrix": run_slots(3, 12).reshape(3, 4),
    "transposed": run_slots(3, 12).reshape(3, 4).T,
    "backwards": run_slots(3, 12)[::-1],
    "columns": run_slots(3, 12).reshape(3, 4)[:, 1:3],
    "repeated": np.broadcast_to(run_slots(3, 4), (3, 4)),
    "an own array": np.array([[5, 5, 2], [0, 5, 9]], np.int32),
    "one": run_slots(4, 1).reshape(()),
    "one of one axis": run_slots(4, 1),
    "none": run_slots(4, 0),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("whole", [False, True])
def test_numbers_are_added_at_slots(kind: str, whole: bool) -> None:
    slots = KINDS[kind]
    x = np.random.default_rng(0).normal(size=slots.shape if whole else ())
    numbers = np.arange(20.0)
    expected = numbers.copy()
    np.add.at(expected, slots, x)
    add_at(numbers, slots, x)
    np.testing.assert_array_equal(numbers, expected)
