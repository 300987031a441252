"""The schedule of states that are kept: it reverses every step once, in order, and advances as few as any."""

from __future__ import annotations

import pytest

from jittape.replay.schedule import advances, enough, reach, repetitions, schedule


@pytest.mark.parametrize("room", [1, 2, 3, 5, 8, 20, 400])
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 10, 17, 50, 100, 333])
def test_a_schedule_is_right_and_optimal(steps: int, room: int) -> None:
    rows, left, advanced = {0: 0}, steps, 0
    times = [0] * steps
    for action in schedule(steps, room):
        assert rows[action.row] == action.first
        if action.what == "advance":
            rows[action.row + 1] = action.end
            moved = range(action.first, action.end)
        else:
            assert action.end == left
            left = action.first
            moved = range(action.first, action.end - 1)
            for i, t in enumerate(range(action.first, action.end)):
                rows[action.row + i] = t
        advanced += len(moved)
        for t in moved:
            times[t] += 1
        assert max(rows) <= room
    assert left == 0
    assert advanced == advances(steps, room)
    assert max(times) <= repetitions(steps, room)


def test_figures_of_the_paper() -> None:
    assert reach(3, 2) == 10
    assert advances(10, 3) == 15
    assert repetitions(10**6, 1000) == 3
    assert enough(10**6, 2) == 1413
    assert reach(1413, 2) >= 10**6 > reach(1412, 2)
