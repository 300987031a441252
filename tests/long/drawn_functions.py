"""Functions of a vector, of a number and of constants that are drawn by a seed, with decisions, loops, stores and nested derivatives; and points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import jittape as jt
import jittape.numpy as jnp

Step = Callable[[Any, float, Any], Any]


def branch(v: Any, c: float, C: Any) -> Any:
    return v * 2.0 if v[0] > c else v[::-1] - v**2


def until(v: Any, c: float, C: Any) -> Any:
    steps = 0
    while np.sum(np.abs(v)) > 1.0 + abs(c) and steps < 5:
        v, steps = v * 0.375, steps + 1
    return v * (1.0 + steps)


def scalars(v: Any, c: float, C: Any) -> Any:
    total = v[0] * 0.0
    for i in range(len(v)):
        total = total + (v[i] if v[i] > total else c * v[i] + C[i])
    return v * 0.5 + total


def recurrence(v: Any, c: float, C: Any) -> Any:
    s, n = v[0], len(v)
    for i in range(40):
        s = s * 0.75 + np.sin(v[i % n] * C[i % n] + c)
    return v - s


def masked(v: Any, c: float, C: Any) -> Any:
    chosen = v[v > c]
    return v + np.sum(chosen**2) / (1.0 + len(chosen))


def stores(v: Any, c: float, C: Any) -> Any:
    w = v.copy()
    w[1:] *= C[1:]
    w[0] = w[-1] * v[0] + c
    w[::2] += v[::2] ** 2
    return w


def filled(v: Any, c: float, C: Any) -> Any:
    w = jnp.zeros(2 * len(v))
    w[: len(v)] = v
    w[len(v) :] = C * v[::-1]
    return w[::2] + w[1::2]


def nested(v: Any, c: float, C: Any) -> Any:
    return jt.grad(lambda w: np.sum(np.sin(w * C) * v))(v * 0.5 + c)


def solve(v: Any, c: float, C: Any) -> Any:
    return np.linalg.solve(np.outer(v, v) + 3.0 * np.eye(len(v)), v + C)


def factored(v: Any, c: float, C: Any) -> Any:
    L = np.linalg.cholesky(np.outer(v, v) + np.diag(2.0 + C * C))
    return L @ v


def spread(v: Any, c: float, C: Any) -> Any:
    return np.linalg.eigvalsh(np.outer(v, C) + np.outer(C, v) + np.diag(3.0 * np.arange(1.0, len(v) + 1)))


def long(v: Any, c: float, C: Any) -> Any:
    w = np.tile(v, 150)
    w = np.exp(-w * w) * w + c
    return np.sum(w.reshape(150, -1) * np.arange(150.0)[:, None] / 150, axis=0)


def counted(v: Any, c: float, C: Any) -> Any:
    for i in range(int(abs(v[0]) * 3) % 3):
        v = np.cos(v) * (i + 1.0) + C
    return v


STEPS: dict[str, Step] = {
    "branch": branch, "until": until, "scalars": scalars, "recurrence": recurrence, "masked": masked, "stores": stores, "filled": filled, "nested": nested,
    "solve": solve, "factored": factored, "spread": spread, "long": long, "counted": counted,
    "sort": lambda v, c, C: np.sort(v) * v,
    "argsort": lambda v, c, C: v[np.argsort(-v)] - c * v,
    "argmax": lambda v, c, C: v * v[np.argmax(v)] + np.argmin(v) * C,
    "median": lambda v, c, C: v - np.median(v),
    "run": lambda v, c, C: np.exp(-v * v) * np.roll(v, 1) + c,
    "choice": lambda v, c, C: np.where(v > c, v, np.maximum(v, 2.0 * C) - np.abs(v)),
    "reduce": lambda v, c, C: v / (1.0 + np.max(v) ** 2) + np.cumsum(v) * np.prod(v[:2]),
    "matmul": lambda v, c, C: np.outer(C, np.arange(len(C))) @ v - c * v,
    "gather": lambda v, c, C: v[np.arange(2 * len(v)) * 3 % len(v)].reshape(2, -1).sum(axis=0) * C,
    "fold": lambda v, c, C: np.concatenate([v[1:], v[:1]]) * np.stack([v, C])[1] + np.einsum("i,j->i", v, C),
    "segments": lambda v, c, C: np.add.reduceat(np.repeat(v, 2), 2 * np.arange(len(v))) * c + C,
}  # fmt: skip
UNSMOOTH = {"counted", "until"}


class Drawn:
    """A function of a vector x (and of a number `scale`): a few steps after each other. `C` are its constants, an array that others may change.

    Attributes:
        result: "sum" (a number), "vector" or "tree".
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.n = int(rng.integers(2, 7))
        names = list(STEPS)
        self.steps = [(names[int(rng.integers(len(names)))], float(rng.choice([0.0, 0.5, -0.25]))) for _ in range(int(rng.integers(1, 6)))]
        self.C = rng.normal(size=self.n)
        self.result = str(rng.choice(["sum", "sum", "sum", "vector", "tree"]))
        self.__name__ = f"drawn_{seed}"

    def __call__(self, x: Any, scale: Any = 1.0) -> Any:
        v = x * scale
        for name, c in self.steps:
            v = np.arctan(STEPS[name](v, c, self.C)) * 2.0
        if self.result == "sum":
            return np.sum(v * x)
        if self.result == "tree":
            return {"v": v[:2], "more": (v[0] * v[1], 2.5)}
        return v

    def __repr__(self) -> str:
        return f"{self.__name__}: {self.steps}, {self.result}, of {self.n} numbers"


def point(rng: np.random.Generator, n: int) -> Any:
    """A point; one in eight lies on a grid, where decisions are ties."""
    return rng.integers(-4, 5, n) / 2.0 if rng.random() < 0.125 else rng.normal(size=n)
