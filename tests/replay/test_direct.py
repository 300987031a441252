"""Compiled loops that have the argument and the gradient where the caller has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from compiled_and_not import agree, agree_at_drawn_points, pair, same
from numba import njit

import jittape as jt

N = 1300
"""More than two chunks of turns, and a part of one."""
W = np.random.default_rng(5).uniform(0.5, 1.5, N)
PICKED = np.random.default_rng(6).integers(0, N, 2 * N)


@njit
def neighbours(x: Any) -> Any:
    total = 0.0
    for i in range(x.size - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def mean(x: Any) -> Any:
    """Something is left to the interpreter, which does not read the argument."""
    total = 0.0
    for i in range(N - 2):
        total = total + x[i] * x[i + 2] * x[i + 2] - x[i + 1]
    return np.sqrt(1.0 + total * total) / N


@njit
def backwards(x: Any) -> Any:
    total = 0.0
    for i in range(x.size - 1, 0, -1):
        total += x[i] / (1.0 + x[i - 1] * x[i - 1])
    return total


@njit
def with_one(x: Any) -> Any:
    """Every term reads one of the elements as well."""
    total = 0.0
    for i in range(3, x.size):
        total += np.sqrt(1.0 + x[i] * x[i] * x[2] * x[2])
    return total


@njit
def far_apart(x: Any) -> Any:
    """Steps other than one, and not all of the argument."""
    total = 0.0
    for i in range(x.size // 3 - 5):
        total += x[3 * i + 1] * x[3 * i + 9] * x[3 * i + 9]
    return total


@njit
def listed(x: Any, places: Any) -> Any:
    total = 0.0
    for i in range(places.size):
        total += x[places[i]] * x[places[i]] * 0.5
    return total


def filtered(x: Any) -> Any:
    """Each turn depends on the one before."""
    y, total = 0.0, 0.0
    for t in range(N):
        y = 0.9 * y + np.sin(x[t]) * W[t]
        total = total + y * y
    return total


def from_the_argument(x: Any) -> Any:
    """The state begins as an element of the argument."""
    y = x[0]
    for t in range(1, N):
        y = 0.5 * y + x[t] * y
    return y


def two_sums(x: Any) -> Any:
    a, b = 0.0, 0.0
    for i in range(600):
        a = a + x[i] * x[i + 3]
    for i in range(500, 1200):
        b = b + x[i] * x[i] * x[i]
    return a * b


def with_a_result_twice(x: Any) -> Any:
    y = [x[i] * x[i] for i in range(N)]
    total = 0.0
    for i in range(N - 1):
        total = total + y[i] * y[i + 1] + np.maximum(x[i], 0.0)
    return total


DIRECT = [neighbours, mean, backwards, with_one, far_apart, filtered, two_sums, with_a_result_twice]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("f", [*DIRECT, from_the_argument], ids=lambda f: f.__name__)
def test_numbers_are_those_of_the_interpreter(f: Any, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    F, G, _ = pair(f if dtype == np.float64 else getattr(f, "py_func", f), rng.normal(size=N).astype(dtype))
    agree_at_drawn_points(F, G, N, dtype, rng)


def test_lists_of_elements() -> None:
    rng = np.random.default_rng(1)
    F, G, _ = pair(listed, rng.normal(size=N), places=PICKED)
    agree_at_drawn_points(F, G, N, np.float64, rng)


@pytest.mark.parametrize("f", DIRECT, ids=lambda f: f.__name__)
def test_the_argument_is_not_copied(f: Any) -> None:
    """Its values are not written into the tape's memory, but for some that the interpreter reads."""
    x = np.random.default_rng(2).normal(size=N)
    G = jt.record(f, x, compile=False)
    G.compile()
    wanted, out = G.grad(x), np.empty(N)
    (path,) = G._paths
    replay = path.pool[-1]
    replay.tape.value[: path.inputs[0][1]] = np.nan
    assert same(G.grad(x, out=out), wanted)
    value, gradient = G.value_and_grad(x, out=out)
    assert same(gradient, wanted) and np.isfinite(value)
    assert np.isnan(replay.tape.value[: path.inputs[0][1]]).sum() > 0.99 * N and path.pool[-1] is replay


def test_argument_and_gradient_in_the_same_memory() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=N + 1)
    F, G, _ = pair(neighbours, x[1:])
    wanted = F.grad(x[1:])
    y = x.copy()
    assert same(G.grad(y[1:], out=y[:-1]), wanted)
    y = x[1:].copy()
    assert same(G.grad(y, out=y), wanted)


def test_what_is_left_over_is_gone_the_next_time() -> None:
    """A turn that is given to the interpreter, as its adjoint is NaN there, leaves nothing behind."""

    def steep(x: Any) -> Any:
        y, total = x[0] * 1.0, 0.0
        for t in range(N):
            y = 0.5 * y + np.sqrt(x[t])
            total = total + np.where(x[t] > 0.0, y, 0.0)
        return total

    x = np.random.default_rng(4).uniform(0.5, 1.0, N)
    F, G, _ = pair(steep, x)
    for place in (0, 1, 700, N - 1):
        y = x.copy()
        y[place] = 0.0
        agree(F, G, y)
        agree(F, G, x)
