"""Functions of four numbers that Hypothesis draws, with decisions in them, and points that lie on their ties."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

MATRIX = np.array([[0.5, -1.0, 0.25, 1.0], [1.0, 0.5, -0.5, 0.0], [0.0, 2.0, 1.0, -1.0], [-0.25, 0.0, 1.0, 0.5]])


def branch(v: Any, c: float) -> Any:
    return v * 2.0 if v[0] > c else v[::-1] - v**2


def branches(v: Any, c: float) -> Any:
    if v[1] < -c or (v[0] == v[1] and not v[2] > c):
        return v + 1.0
    return np.sin(v) if v[3] < c else v * v[0]


def shrink(v: Any, c: float) -> Any:
    steps = 0
    while np.sum(np.abs(v)) > 1.0 + abs(c) and steps < 4:
        v = v * 0.375
        steps += 1
    return v * (1.0 + steps)


def count(v: Any, c: float) -> Any:
    for i in range(int(abs(v[0])) % 3):
        v = np.cos(v) * (i + 1.0) + c
    return v


def scalars(v: Any, c: float) -> Any:
    total = v[0] * 0.0
    for i in range(4):
        total = total + (v[i] if v[i] > total else c * v[i])
    return v * 0.5 + total


def masked(v: Any, c: float) -> Any:
    chosen = v[v > c]
    return v + np.sum(chosen**2) / (1.0 + len(chosen))


STEPS: dict[str, Callable[[Any, float], Any]] = {
    "branch": branch,
    "branches": branches,
    "while": shrink,
    "count": count,
    "scalars": scalars,
    "mask": masked,
    "sort": lambda v, c: np.sort(v) * v,
    "argsort": lambda v, c: v[np.argsort(-v)] - c * v,
    "argmax": lambda v, c: v * v[np.argmax(v)] + np.argmin(v),
    "median": lambda v, c: v - np.median(v),
    "run": lambda v, c: np.exp(-v * v) * np.roll(v, 1) + c,
    "choice": lambda v, c: np.where(v > c, v, np.maximum(v, 2.0 * c) - np.abs(v)),
    "reduce": lambda v, c: v / (1.0 + np.max(v) ** 2) + np.cumsum(v) * np.prod(v[:2]),
    "solve": lambda v, c: np.linalg.solve(np.outer(v, v) + 3.0 * np.eye(4), v + c),
    "matmul": lambda v, c: MATRIX @ v - c * (v @ MATRIX),
}


class Program:
    """A function of four numbers: steps after each other, the result of which is summed up, or is a number of them."""

    def __init__(self, steps: list[tuple[str, float]], result: str) -> None:
        self.steps, self.result = steps, result
        self.__name__ = "program"

    def __call__(self, x: Any, scale: Any = 1.0) -> Any:
        v = x * scale
        for name, c in self.steps:
            v = np.arctan(STEPS[name](v, c)) * 2.0
        if self.result == "sum":
            return np.sum(v * x)
        if self.result == "tree":
            return {"v": v[:3], "more": (v[0] * v[1], 2.5)}
        return v

    def __repr__(self) -> str:
        return f"Program({self.steps}, {self.result!r})"


STEP = st.tuples(st.sampled_from(list(STEPS)), st.sampled_from([0.0, 0.5, -0.25]))
GRID = [-2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0]
VALUE = st.sampled_from(GRID) | st.floats(-2, 2, allow_subnormal=False)
POINT = st.lists(VALUE, min_size=4, max_size=4).map(np.array)


def programs(*results: str) -> Any:
    return st.builds(Program, st.lists(STEP, min_size=1, max_size=4), st.sampled_from(results))


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [x for v in tree.values() for x in leaves(v)]
    if isinstance(tree, (tuple, list)):
        return [x for v in tree for x in leaves(v)]
    return [tree]


def equal(a: Any, b: Any) -> None:
    assert len(leaves(a)) == len(leaves(b))
    for x, y in zip(leaves(a), leaves(b), strict=True):  # adjoints of short runs are added up in another order in replays
        np.testing.assert_allclose(x, y, rtol=1e-14, atol=1e-14)

Point = namedtuple("Point", "x y")


def shapes(p: Any) -> Any:
    a, rest = p["a"], p["rest"]
    if a.x > 0:
        return Point(a.x * rest[0], {"s": np.sum(rest[0]) * a.y, "n": 3})
    return Point(rest[0] * a.y, {"s": a.x, "n": 4})
