"""Programs that Hypothesis draws for the passes before compiling: what is written twice, what nobody reads, what is constant."""

from __future__ import annotations

from typing import Any

import numpy as np
from drawn_loops import BINARY, UNARY
from hypothesis import strategies as st

PARTED = {
    "sum": np.sum,  # these part groups of runs
    "last": lambda y: y[-1],
    "turned": lambda y: y[::-1],
    "a step on": lambda y: np.concatenate((y[1:], y[:1])),
    "square of a product": lambda y: (y @ y) ** 2,
}


class Repeats:
    """Steps over arrays and single numbers; some are done again, some are read by nothing."""

    def __init__(self, steps: list[tuple[str, int, int]], again: list[int], n: int, loop: int, everything: bool) -> None:
        self.steps, self.again, self.n, self.loop, self.everything = steps, again, n, loop, everything
        self.__name__ = "repeats"

    def __call__(self, x: Any, data: Any) -> Any:
        known: list[Any] = [x, x[0], data, x[1], data[2], np.linspace(0.5, 1.0, self.n), np.zeros_like(x) + 0.5]
        for i in [*range(len(self.steps)), *self.again]:
            name, a, b = self.steps[i % len(self.steps)]
            y = known[a % (7 + i % len(self.steps))]
            z = known[b % (7 + i % len(self.steps))]
            if name in PARTED:
                found = PARTED[name](y if np.ndim(y) else y * x)
            else:
                found = UNARY[name](y) if name in UNARY else BINARY[name](y, z)
            known.append(found)
        total = np.sum(known[-1] * known[-2] * x)
        for t in range(self.loop):
            np.exp(total) * known[7]  # nobody reads it
            total = total * 0.5 + np.exp(-x[0] * x[1]) * np.sin(0.1 * t + x[0]) * np.sin(0.1 * t + x[0])
            if total > 1e3:
                total = total * 0.25
        return (total, np.sum(known[len(known) // 2])) if self.everything else total

    def __repr__(self) -> str:
        return f"Repeats({self.steps}, {self.again}, {self.n}, {self.loop}, {self.everything})"


@st.composite
def repeats(draw: Any) -> Repeats:
    names = st.sampled_from([*UNARY, *BINARY, *PARTED])
    steps = draw(st.lists(st.tuples(names, st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=7))
    again = draw(st.lists(st.integers(0, 7), max_size=6))
    return Repeats(steps, again, draw(st.sampled_from([5, 30, 1300])), draw(st.sampled_from([0, 20])), draw(st.booleans()))
