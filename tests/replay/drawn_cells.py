"""Programs that Hypothesis draws whose inner turns do not depend on each other: grids that step in time, with their boundaries, and sums of terms."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

UNARY = [lambda x: -x, lambda x: x * x, lambda x: 0.5 * x + 1.0, np.abs, lambda x: np.maximum(x, 0.0), lambda x: np.sqrt(x * x), lambda x: 1.0 / (x * x + 1.0), np.sin]  # fmt: skip
BINARY = [lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, np.maximum, lambda x, y: x / y, lambda x, y: np.where(x > y, x, 0.5 * y)]
PICKED = np.random.default_rng(5).integers(0, 1000, 4000)
ROWS = 5


class Cells:
    """Cells inside time steps, or terms that are added up.

    Attributes:
        kind: "line" or "plane" of cells, "sum" or "sums" of terms.
        steps: (operation, operand, operand) of a cell or a term.
        ends: what happens at the boundary.
        result: what is made of the last state.
    """

    def __init__(self, kind: str, steps: list[tuple[int, int, int]], n: int, times: int, ends: str, result: str, gathered: bool) -> None:
        self.kind, self.steps, self.n, self.times, self.ends, self.result, self.gathered = kind, steps, n, times, ends, result, gathered
        self.__name__ = "cells"

    def _cell(self, known: list[Any]) -> Any:
        for k, a, b in self.steps:
            x, y = known[a % len(known)], known[b % len(known)]
            known.append(UNARY[k](x) if k < len(UNARY) else BINARY[k - len(UNARY)](x, y))
        return known[-1]

    def _boundary(self, u: list[Any], x: Any) -> None:
        if self.ends == "periodic":
            u[0], u[-1] = u[-2], u[1]
        elif self.ends == "moving":
            u[0] = u[1] * x[1]
        elif self.ends == "reflecting":
            u[0], u[-1] = u[1], u[-2]
        elif self.ends == "given":
            u[0], u[-1] = x[2], x[1] * x[2]

    def __call__(self, x: Any, data: Any) -> Any:
        n = self.n
        if self.kind.startswith("sum"):
            total, other = x[0] * 0.0, x[1]
            for i in range(n - 2):
                picked = x[int(PICKED[i]) % n] if self.gathered else data[i]
                term = self._cell([x[i], x[i + 1], x[i + 2], data[i], data[0], picked])
                total = total + term if self.kind == "sum" else term + total
                if self.kind == "sums":
                    total, other = total - x[i], other + term * data[i]
            return total * other
        if self.kind == "plane":
            grid = [[x[(3 * j + i) % n] for i in range(n)] for j in range(ROWS)]
            for _ in range(self.times):
                new = [list(row) for row in grid]
                for j in range(1, ROWS - 1):
                    for i in range(1, n - 1):
                        new[j][i] = grid[j][i] + 0.2 * self._cell([grid[j][i - 1], grid[j][i + 1], grid[j - 1][i], grid[j + 1][i], grid[j][i], x[0], data[i]])
                    self._boundary(new[j], x)
                grid = new
            return self._result([c for row in grid for c in row], x, data)
        u = [x[i] for i in range(n)]
        for t in range(self.times):
            v = list(u)
            for i in range(1, n - 1):
                v[i] = u[i] + 0.25 * self._cell([u[i - 1], u[i], u[i + 1], x[0], data[i], data[t], u[int(PICKED[i]) % n] if self.gathered else u[i]])
            self._boundary(v, x)
            u = v
        return self._result(u, x, data)

    def _result(self, u: list[Any], x: Any, data: Any) -> Any:
        if self.result == "cells":
            return tuple(u[::3])
        if self.result == "few":
            return u[3] * u[-2] + u[5]
        total = x[0] * 0.0
        for i, c in enumerate(u):
            total = total + data[i % self.n] * c * c
        return (total, u[2]) if self.result == "both" else total

    def __repr__(self) -> str:
        return f"Cells({self.kind!r}, {self.steps}, {self.n}, {self.times}, {self.ends!r}, {self.result!r}, {self.gathered})"


@st.composite
def cells(draw: Any) -> Cells:
    step = st.tuples(st.integers(0, len(UNARY) + len(BINARY) - 1), st.integers(0, 30), st.integers(0, 30))
    steps = draw(st.lists(step, min_size=1, max_size=5))
    kind = draw(st.sampled_from(["line", "line", "plane", "sum", "sums"]))
    ends = draw(st.sampled_from(["fixed", "periodic", "moving", "reflecting", "given"]))
    result = draw(st.sampled_from(["sum", "cells", "few", "both"]))
    return Cells(kind, steps, draw(st.integers(20, 50)), draw(st.integers(2, 8)), ends, result, draw(st.booleans()))
