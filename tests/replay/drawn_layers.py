"""Loops in loops that Hypothesis draws: for each of some rows all columns of one matrix, with a state that goes from column to column."""

from __future__ import annotations

from typing import Any

import numpy as np
from drawn_loops import BINARY, UNARY, drawn_steps, follow
from hypothesis import strategies as st

ARITHMETIC = ["neg", "square", "abs", "sqrt", "relu", "add", "sub", "mul", "div", "max", "where"]
"""Steps that call no function."""
CARRIED = {
    "largest": lambda past, y: np.maximum(past[0], y),
    "least": lambda past, y: np.minimum(past[0], y),
    "decay": lambda past, y: 0.5 * past[0] - y,
    "two back": lambda past, y: 0.25 * past[1] + past[0] * y,
    "if": lambda past, y: np.where(past[0] > y, past[0] - 0.5, y),
    "sum": lambda past, y: past[0] + y,
}
DEEP = 8


class Layers:
    """A function of a matrix by columns, and of some numbers besides."""

    def __init__(self, steps: Any, carried: str, columns: int, rows: int, begins: str, follows: str, meets: bool) -> None:
        self.steps, self.carried, self.columns, self.rows, self.begins, self.follows, self.meets = steps, carried, columns, rows, begins, follows, meets
        self.size, self.deep = columns * DEEP + rows, DEEP
        self.__name__ = "layers"

    def __call__(self, x: Any, data: Any) -> Any:
        total = x[0] * 0.0
        for r in range(self.rows):
            own = x[self.columns * DEEP + r]
            past = [{"constant": 0.125, "given": own, "shared": x[0]}[self.begins]] * 2
            found = []
            for i in range(self.columns):
                y = 0.5 * own
                for j in range(DEEP):
                    y = y + x[i * DEEP + j] * data[r * DEEP + j]
                known = [y, x[i * DEEP], x[i * DEEP + DEEP - 1], own]
                follow(self.steps, known)
                found.append(known[-1])
                past = [CARRIED[self.carried](past, known[-1] * 0.25), past[0]]
            total = total + past[0] * own
            if self.follows:
                for y in found:
                    total = total + UNARY[self.follows](y - past[0])
            if self.meets:  # what is between loops reads a column, too
                total = total * x[3]
        return total

    def __repr__(self) -> str:
        return f"Layers({self.steps}, {self.carried!r}, {self.columns}, {self.rows}, {self.begins!r}, {self.follows!r}, {self.meets})"


@st.composite
def layers(draw: Any) -> Layers:
    return Layers(draw(drawn_steps(ARITHMETIC, 1, 5)), draw(st.sampled_from([*CARRIED])), draw(st.sampled_from([15, 16, 17, 24, 35])), draw(st.integers(3, 7)),
                  draw(st.sampled_from(["constant", "given", "shared"])), draw(st.sampled_from(["", "exp", "log", "square"])), draw(st.booleans()))  # fmt: skip


assert set(ARITHMETIC) <= {*UNARY, *BINARY}
