"""Functions of an array that are drawn, for tests of what is found out about recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

UNARY: list[Callable[[Any], Any]] = [np.sin, np.exp, np.tanh, np.square, np.negative, lambda a: a**3, lambda a: np.log(2.0 + a * a), lambda a: 1.0 / (3.0 + a), lambda a: np.sqrt(1.0 + a * a), lambda a: 2.0 * a, lambda a: np.maximum(a, 0.1), np.abs]
BINARY: list[Callable[[Any, Any], Any]] = [np.add, np.subtract, np.multiply, lambda a, b: a / (2.0 + b * b), np.arctan2, np.hypot, np.minimum, lambda a, b: np.where(a > b, a * b, b), lambda a, b: -a * b]


def arrays(seed: int) -> Callable[[Any], Any]:
    """A function of an array of 6, over slices, gathers, sums, products of matrices and segments of it."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(0, 1 << 30, (rng.integers(3, 9), 6))

    def f(x: Any) -> Any:
        pool = [x, x[1:], x[::-1], x[[0, 2, 2, 5]], np.array([0.3, -0.7, 1.1, 0.2, 0.9, -0.4])]
        for kind, i, j, how, *_ in steps:
            a, b = pool[i % len(pool)], pool[j % len(pool)]
            match kind % 9:
                case 0 | 1 | 2:
                    new = UNARY[how % len(UNARY)](a)
                case 3 | 4 | 5:
                    m = min(len(a), len(b))
                    new = BINARY[how % len(BINARY)](a[:m], b[len(b) - m :])
                case 6:
                    new = a * np.sum(b) if how % 2 else np.cumsum(a) * 0.3
                case 7:
                    new = np.outer(a, b)[: how % 3 + 1].sum(axis=how % 2)
                case _:
                    new = np.outer(a[:3], b[:2]).T @ a[:3] if how % 2 else np.concatenate([a, b[:2] * 0.5])
            pool.append(0.5 * new)
        total = 0.0
        for p in pool[-3:]:
            total = total + np.sum(p * p[::-1])
        return total + (pool[-1][0] * 0.1) ** 2

    return f
