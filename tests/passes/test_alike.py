"""Loops that are found to be alike are those that are found one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.passes import alike
from jittape.passes.cutting import made
from jittape.passes.loops import find
from jittape.tape.workspace import workspace


def heat(x: Any) -> Any:
    u = list(x)
    for _ in range(12):
        u = [u[0], *(u[i] + 0.2 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) for i in range(1, len(u) - 1)), u[-1]]
    return sum(v * v for v in u)


def pairs(x: Any) -> Any:
    """Loops of different lengths, which read one element each besides those of a row."""
    total = 0.0
    for i in range(20):
        for j in range(i + 1, 40):
            total = total + (x[i] - x[j]) * (x[i] * 0.5)
    return total


def recurrences(x: Any) -> Any:
    """Some of them read an element that others of their slots come to."""
    total = 0.0
    for k in range(12):
        y = x[3 * k % 7]
        for i in range(20):
            y = 0.5 * y + x[i + k] * x[5 if k % 3 else 30 + k]
        total = total + y * y
    return total


@pytest.mark.parametrize("f", [heat, pairs, recurrences])
def test_they_are_those_that_are_taken_apart(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(size=45)
    tape = jt.record(f, x, compile=False).paths[0].replayed
    like, taken = alike.Alike._like, []

    def checked(self: Any, patterns: Any, first: int, turns: int, shift: int) -> Any:
        found = like(self, patterns, first, turns, shift)
        if found is not None:
            wanted = made(self.columns, first, found.body.size, turns, False, shift, self.constant)
            assert wanted is not None
            assert (found.first, found.slot, found.turns, found.body, found.data.tolist()) == (wanted.first, wanted.slot, wanted.turns, wanted.body, wanted.data.tolist())
            taken.append(found)
        return found

    monkeypatch.setattr(alike.Alike, "_like", checked)
    find(workspace(tape))
    assert len(taken) > 4
