"""Draws functions of one to three Python floats, with decisions, loops, lists and NumPy's functions of numbers."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import float_tables as tables
import numpy as np
from drawing import recent, rounded

GRID = [-2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 0.25, 1.5]
"""Coordinates where numbers are equal, and where they are rounded."""
GRID_SHARE = 0.15
LARGEST = 1e3
POINTS, TRIES = 4, 30


class FloatProgram:
    """The program of a seed: `arguments`, `lines`, the expression `result`, and the `points` at which it is looked at."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.arguments = ["x", "y", "z"][: random.randint(1, 3)]
        self.points = tuple(tuple(self._coordinate() for _ in self.arguments) for _ in range(POINTS))
        self.lines: list[str] = []
        self.names = list(self.arguments)
        self._draw()
        self.result = " + ".join(f"{1 + 0.25 * k:.2f} * {name}" for k, name in enumerate(self.names))

    def _draw(self) -> None:
        random = self.random
        namespace: dict[str, Any] = {"np": np, "math": math, **dict(zip(self.arguments, self.points[0]))}
        wanted = random.randint(2, 8)
        for count in range(1, TRIES + 1):
            name = f"v{count}"
            kind = "{n} = " + random.choice(tables.EXPRESSIONS) if random.random() < 0.8 else random.choice(tables.STATEMENTS)
            a, b = self._name(), self._name()
            c = str(rounded(random, 2)) if random.random() < 0.5 else self._name()
            text, tried = kind.format(n=name, a=a, b=b, c=c), dict(namespace)
            try:
                exec(text, tried)
            except Exception:
                continue
            result = tried.get(name)
            if not serves(result):
                continue
            namespace = tried
            self.lines.append(text)
            if np.asarray(result).dtype.kind == "f":
                self.names.append(name)
            if len(self.lines) >= wanted:
                break

    def _coordinate(self) -> float:
        random = self.random
        return random.choice(GRID) if random.random() < GRID_SHARE else random.uniform(-2, 2)

    def _name(self) -> str:
        return recent(self.random, self.names, 0.5, 0.7)


def serves(result: Any) -> bool:
    """Whether this is a number that is finite and not large."""
    try:
        return np.ndim(result) == 0 and np.asarray(result).dtype.kind in "fiu" and math.isfinite(result) and abs(result) < LARGEST
    except (TypeError, ValueError):
        return False
