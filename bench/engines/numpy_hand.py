"""Gradients written by hand in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.common import Contender
from bench.matrices import Problem, by_hand
from bench.problems import DENSE, LARGE, MATRICES, Net, many_gradient, rosenbrock_gradient

DISTRIBUTION = "numpy"


def start() -> None:
    pass


def w1(x: Any) -> Iterator[Contender]:
    yield Contender("by hand, NumPy", lambda: lambda: rosenbrock_gradient(x))


def w3(X: Any) -> Iterator[Contender]:
    yield Contender("by hand, NumPy, all points at once", lambda: lambda: many_gradient(X))


def long_arrays(name: str, x: Any) -> Iterator[Contender]:
    yield Contender("by hand, NumPy", lambda: lambda: LARGE[name][1](x))


def w16(name: str, A: Any, x: Any) -> Iterator[Contender]:
    yield Contender("by hand, NumPy", lambda: lambda: np.array(DENSE[name][1](A, x)))


def linear_algebra(name: str, what: str, a: Any, v: Any) -> Iterator[Contender]:
    if what == "gradient":
        yield Contender("by hand, NumPy", lambda: lambda: MATRICES[name][1](a))


def matrices(problem: Problem, kind: str, x: Any, v: Any) -> Iterator[Contender]:
    yield Contender("by hand, NumPy", lambda: by_hand(problem, kind, x, v))


w7 = w8 = w9 = matrices


def w5(net: Net) -> Iterator[Contender]:
    def make() -> Any:
        params = net.parameters()
        w1, b1, w2, b2 = params
        x, y = net.x, net.y
        scale, rate = net.dtype(2.0 / y.size), net.dtype(net.rate)

        def step() -> Any:
            before = x @ w1.T + b1
            hidden = np.maximum(before, 0)
            error = hidden @ w2.T + b2 - y
            seed = scale * error
            back = (seed @ w2) * (before > 0)
            w2[...] -= rate * (seed.T @ hidden)
            b2[...] -= rate * seed.sum(0)
            w1[...] -= rate * (back.T @ x)
            b1[...] -= rate * back.sum(0)
            return params

        return step

    yield Contender("by hand, NumPy", make, "the loss itself is not computed", net.flat)
