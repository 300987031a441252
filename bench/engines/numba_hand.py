"""A gradient written by hand and compiled by Numba: the practical limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import njit

from bench.common import Contender

DISTRIBUTION = "numba"


def start() -> None:
    njit(lambda x: x + 1.0)(1.0)


def _gradient(x, g):  # type: ignore[no-untyped-def]
    n = len(x)
    g[n - 1] = 0.0
    carried = 0.0
    for i in range(n - 1):
        d = x[i + 1] - x[i] * x[i]
        g[i] = carried - 400.0 * d * x[i] - 2.0 * (1.0 - x[i])
        carried = 200.0 * d
    g[n - 1] = carried


def w1(x: Any) -> Iterator[Contender]:
    def make() -> Any:
        gradient = njit(_gradient)

        def call() -> Any:
            g = np.empty_like(x)
            gradient(x, g)
            return g

        return call

    yield Contender("by hand, njit", make, "the practical limit")


def _many(X, G):  # type: ignore[no-untyped-def]
    n = X.shape[1]
    for row in range(X.shape[0]):
        x, g = X[row], G[row]
        for i in range(n):
            g[i] = 0.0
        for i in range(n):
            j, k = i + 1, i + 7
            if j >= n:
                j -= n
            if k >= n:
                k -= n
            a, b = x[i], x[j]
            e, d = math.exp(-0.1 * a * b), 1.0 + a * a
            es = -0.1 * e * math.sin(x[k])
            g[i] += es * b + 2.0 * a * b / d
            g[j] += es * a + math.log(d)
            g[k] += e * math.cos(x[k])


def w3(X: Any) -> Iterator[Contender]:
    def make() -> Any:
        gradient = njit(error_model="numpy")(_many)

        def call() -> Any:
            G = np.empty_like(X)
            gradient(X, G)
            return G

        return call

    yield Contender("by hand, njit loop", make, "functions of libm")


COLD = {
    "a first njit function, by hand": """
import numpy as np
from numba import njit
@njit
def gradient(x, g):
    carried = 0.0
    for i in range(len(x) - 1):
        d = x[i + 1] - x[i] * x[i]
        g[i] = carried - 400.0 * d * x[i] - 2.0 * (1.0 - x[i])
        carried = 200.0 * d
    g[-1] = carried
x, g = np.array(X), np.empty(10)
gradient(x, g)
g = g.tolist()
"""
}
