"""Scalar loops that Hypothesis draws: a body of a few operations on a state, on what it was before, on parameters and data."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import jittape as jt

UNARY = {
    "neg": lambda x: -x,
    "square": lambda x: x * x,
    "exp": lambda x: np.exp(-x * x),
    "sin": np.sin,
    "tanh": np.tanh,
    "sqrt": lambda x: np.sqrt(x * x),
    "abs": np.abs,
    "log": lambda x: np.log(x),
    "relu": lambda x: np.maximum(x, 0.0),
}
BINARY = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "max": np.maximum,
    "where": lambda x, y: np.where(x > y, x, 0.5 * y),
}
PARAMETERS = 3
LAGS = 6
PICKED = np.random.default_rng(3).integers(0, 1000, 4000)
Drawn = list[tuple[str, int, int]]
"""Steps: an operation, and which of what is known it reads."""


def drawn_steps(names: Any, least: int = 1, most: int = 6) -> Any:
    return st.lists(st.tuples(st.sampled_from([*names]), st.integers(0, 30), st.integers(0, 30)), min_size=least, max_size=most)


def follow(steps: Drawn, known: list[Any]) -> None:
    """Append what each step makes of what is known before it."""
    for name, a, b in steps:
        y = known[a % len(known)]
        known.append(UNARY[name](y) if name in UNARY else BINARY[name](y, known[b % len(known)]))


class Loop:
    """A function of a few numbers: a state that goes through a body again and again."""

    def __init__(self, steps: Drawn, turns: int, carried: list[int], guarded: bool, everything: bool) -> None:
        self.steps, self.turns, self.carried, self.guarded, self.everything = steps, turns, carried, guarded, everything
        self.__name__ = "loop"

    def __call__(self, x: Any, data: Any) -> Any:
        past = [[x[0] * 0.5, x[1] * 0.5] for _ in range(LAGS)]
        total = x[2] * 0.0
        for t in range(self.turns):
            # what a step may read: parameters, data, states of earlier turns, the steps before
            picked = x[PARAMETERS + int(PICKED[t]) % self.turns]
            known = [x[k] for k in range(PARAMETERS)] + [x[PARAMETERS + t], data[t], picked, *(s for state in past for s in state)]
            follow(self.steps, known)
            state = [known[-1 - c % len(self.steps)] * 0.25 for c in self.carried]
            past = [state, *past[:-1]]
            total = total + state[0] * state[1]
            if self.guarded and total > 1e3:
                break
        return (total, past[0][0]) if self.everything else total + past[-1][1]

    def __repr__(self) -> str:
        return f"Loop({self.steps}, {self.turns}, {self.carried}, {self.guarded}, {self.everything})"

    def point(self, rng: np.random.Generator, dtype: Any = np.float64) -> Any:
        return rng.normal(size=PARAMETERS + self.turns).astype(dtype)


@st.composite
def loops(draw: Any) -> Loop:
    steps = draw(drawn_steps([*UNARY, *BINARY], 2, 8))
    carried = draw(st.lists(st.integers(0, 7), min_size=2, max_size=2))
    return Loop(steps, draw(st.integers(8, 40)), carried, draw(st.booleans()), draw(st.booleans()))


def both(loop: Loop, x: Any, data: Any) -> tuple[Any, Any]:
    """The same recording twice: interpreted, and compiled."""
    F = jt.record(loop, x, data=data)
    G = jt.record(loop, x, data=data)
    G.jvp((x,), (x,))
    G.compile()  # with what tangents need
    assert G.paths[0].replayed.loops is None or G.paths[0].replayed.loops.has_tangents
    return F, G


class Runs:
    """A function of an array: elementwise steps on parts of it, on scalars, on gathered elements, and sums of them."""

    def __init__(self, steps: Drawn, n: int, result: str) -> None:
        self.steps, self.n, self.result = steps, n, result
        self.__name__ = "runs"

    def __call__(self, x: Any, data: Any) -> Any:
        m = self.n - 2
        known = [x[:-2], x[1:-1], x[2:], data[1:-1], x[0], data[3], x[PICKED[:m] % self.n], x[: 2 * m : 2] if self.n > 2 * m else x[1:-1], x[::-1][2:]]
        follow(self.steps, known)
        last = known[-1] * known[1]
        if self.result == "sum":
            return np.sum(last)
        if self.result == "both":
            return np.sum(last) + np.sum(last[1:] * last[:-1])
        return last[0] * last[-1] + np.max(last)

    def __repr__(self) -> str:
        return f"Runs({self.steps}, {self.n}, {self.result!r})"


@st.composite
def runs(draw: Any) -> Runs:
    steps = draw(drawn_steps([*UNARY, *BINARY], most=8))
    return Runs(steps, draw(st.sampled_from([19, 100, 514, 515, 1100])), draw(st.sampled_from(["sum", "both", "element"])))


class Steps:
    """Time steps of a grid that is an array: cells go on from their neighbours, and the next grid is put together of parts."""

    def __init__(self, steps: Drawn, n: int, times: int, ends: str) -> None:
        self.steps, self.n, self.times, self.ends = steps, n, times, ends
        self.__name__ = "steps"

    def neighbours(self, u: Any) -> tuple[Any, Any, Any]:
        if self.ends == "rolled":
            return np.roll(u, 1), u, np.roll(u, -1)
        if self.ends == "padded":
            padded = np.pad(u, 1, mode="edge")
            return padded[:-2], u, padded[2:]
        return u[:-2], u[1:-1], u[2:]

    def __call__(self, x: Any, data: Any) -> Any:
        u = 0.5 * x
        for _ in range(self.times):
            known = [*self.neighbours(u), x[0], data[: self.n] if self.ends in ("rolled", "padded") else data[1 : self.n - 1]]
            follow(self.steps, known)
            inner = known[-1] * 0.25 + known[1]
            if self.ends == "assigned":
                u = u.copy() if isinstance(u, np.ndarray) else u + 0.0
                u[1:-1] = inner
            else:
                u = inner if self.ends in ("rolled", "padded") else np.concatenate([u[:1], inner, u[-1:]])
        return np.sum(u * u * data[: self.n])

    def __repr__(self) -> str:
        return f"Steps({self.steps}, {self.n}, {self.times}, {self.ends!r})"


@st.composite
def array_steps(draw: Any) -> Steps:
    steps = draw(drawn_steps([*UNARY, *BINARY]))
    ends = draw(st.sampled_from(["rolled", "padded", "joined", "assigned"]))
    return Steps(steps, draw(st.sampled_from([40, 200, 514, 1100])), draw(st.integers(2, 5)), ends)


class Strides:
    """A sum over turns that read numbers at several distances from those of the turn before, as columns of matrices are."""

    def __init__(self, places: list[tuple[int, int]], steps: Drawn, turns: int) -> None:
        self.places, self.steps, self.turns = places, steps, turns
        self.size = 20 + 5 * turns
        self.__name__ = "strides"

    def __call__(self, x: Any, data: Any) -> Any:
        total = x[self.size - 1]
        for t in range(self.turns):
            known = [x[first + step * t] for first, step in self.places] + [data[3 * t], x[self.size - 2]]
            follow(self.steps, known)
            total = total + known[-1]
        return total

    def __repr__(self) -> str:
        return f"Strides({self.places}, {self.steps}, {self.turns})"


@st.composite
def strides(draw: Any) -> Strides:
    steps = draw(drawn_steps(["neg", "square", "sqrt", "abs", "relu", *BINARY]))
    same = draw(st.booleans())
    step = draw(st.integers(1, 5))
    places = draw(st.lists(st.tuples(st.integers(0, 17), st.just(step) if same else st.integers(1, 5)), min_size=1, max_size=5))
    return Strides(places, steps, draw(st.sampled_from([16, 19, 40, 530])))


class Grid:
    """Cells inside time steps: each cell goes on from its neighbours, of the step before or of this one."""

    def __init__(self, steps: Drawn, cells: int, times: int, ends: str, swept: bool) -> None:
        self.steps, self.cells, self.times, self.ends, self.swept = steps, cells, times, ends, swept
        self.__name__ = "grid"

    def __call__(self, x: Any, data: Any) -> Any:
        u = [x[i % x.size] * 0.5 for i in range(self.cells)]
        for t in range(self.times):
            v = list(u)
            for i in range(1, self.cells - 1):
                known = [u[i - 1], u[i], u[i + 1], v[i - 1] if self.swept else u[i], x[0], data[i % data.size], data[t % data.size]]
                follow(self.steps, known)
                v[i] = known[-1] * 0.25 + u[i]
            if self.ends == "periodic":
                v[0], v[-1] = v[-2], v[1]
            elif self.ends == "moving":
                v[0] = v[1] * x[1]
            u = v
        total = u[0] * 0.0
        for i in range(self.cells):
            total = total + u[i] * u[i] * data[i % data.size]
        return total

    def __repr__(self) -> str:
        return f"Grid({self.steps}, {self.cells}, {self.times}, {self.ends!r}, {self.swept})"


@st.composite
def grids(draw: Any) -> Grid:
    steps = draw(drawn_steps([name for name in (*UNARY, *BINARY) if name != "where"]))
    ends = draw(st.sampled_from(["fixed", "periodic", "moving"]))
    return Grid(steps, draw(st.integers(8, 20)), draw(st.integers(3, 8)), ends, draw(st.booleans()))
