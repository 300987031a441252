"""Recorded functions that between them use every kind of instruction and reference, for tests of tapes and files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import jittape as jt
from jittape.array.array import Array, apply
from jittape.instructions.calls import INSTRUCTION
from jittape.instructions.calls import operations as calls
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import CHUNK
from jittape.replay.function import Function

X = np.array([0.3, -1.2, 2.5, 0.7, -0.1, 1.9])
A = np.linspace(-1.0, 2.0, 24).reshape(4, 6)

SCALED = calls.BY_NAME.get("test.scaled_outer") or calls.register(
    "test.scaled_outer",
    lambda a, b, factor: (np.outer(a, b) * factor, np.dot(a, a)),
    lambda g, z, x, attributes: (g[0] @ x[1] * attributes[0] + 2 * g[1] * x[0], x[0] @ g[0] * attributes[0]),
    lambda t, z, x, attributes: (
        (np.outer(t[0], x[1]) + np.outer(x[0], t[1])) * attributes[0],
        2 * np.dot(x[0], t[0]),
    ),
)
"""A call of two results and an attribute: (factor * a b', a'a)."""


def scaled_outer(a: Array, b: Array, factor: int) -> tuple[Array, Array]:
    shapes = [(a.size, b.size), ()]
    bases = INSTRUCTION.append(a.tape, SCALED, (factor,), [(a.slots, False), (b.slots, False)], shapes)
    return Array.of_run(a.tape, bases[0], shapes[0]), Array(a.tape, bases[1])


def scalars(x: Any, y: Any) -> Any:
    z = x * y + 2.5
    for _ in range(5):
        z = np.tanh(z) - x / (1.0 + y * y)
    return z


def strided(x: Any, a: Any) -> Any:
    rows = a[:, 1::2] * a[:, ::-1][:, :3] + a[2, 0]
    return np.sum(rows.T * x[:3, None] - a[1, 1:4, None]) + np.sum(x[::-2])


def reductions(x: Any, a: Any) -> Any:
    return np.sum(np.max(a * x, axis=1) - np.min(a.T, axis=1)[:4]) + np.sum(np.cumsum(a, axis=0)[2] * np.cumsum(x[::-1])) + np.sum(a[:, None] * x)


def matmul(a: Any, b: Any) -> Any:
    return np.sum((a @ b.T) ** 2) + np.sum((a.T @ a)[0]) + np.sum(np.stack([a, 2 * a]) @ b[:, :3].T.reshape(1, 3, 4)[:, :, :2].repeat(2, axis=1))


def segments(x: Any) -> Any:
    inner = jt.grad(lambda y: np.sum(y[np.array([0, 0, 3, 1, 0])] ** 3 * y[1]))
    return np.sum(inner(x) ** 2)


def results(p: Any) -> Any:
    x, (a, _) = p["x"], p["rest"]
    return {"y": [x[::2] * a, x > 0.5, None], 3: (np.sum(x), x[[1, 1, 0]]), "plain": [1, 2.5, 1 - 2j, np.arange(3), np.float32(2), True], "x": x}


def calling(x: Any, a: Any) -> Any:
    outer, square = scaled_outer(x, a[1], 3)
    return np.sum(np.sin(outer)) * square


def long_runs(x: Any) -> Any:
    y = np.exp(-x * x) * x[::-1] + apply(ops.WHERE, x > 0, x, 0.5)
    return np.sum(y * np.sin(y)) + np.sum(x[::3])


def linear_algebra(a: Any, b: Any) -> Any:
    m = a @ a.T + 3.0 * np.eye(4)
    x = np.linalg.solve(m, b)
    return np.sum(np.linalg.inv(m) * x) + np.linalg.slogdet(m)[1] + np.sum(np.linalg.cholesky(m)) + np.sum(np.linalg.eigh(m)[0] ** 2)


def decisions(x: Any) -> Any:
    y = np.sort(x)[::2] * np.sum(x[x > 0])
    for i in range(int(x[2])):
        y = y * x[np.argmax(x) - i]
    return np.median(y) if y[0] < 0 else np.sum(y)


LONG = np.linspace(-2.0, 2.0, 2 * CHUNK + 12)
CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "scalars": (scalars, (0.7, -1.3)),
    "runs": (lambda x: np.sum(np.exp(x) * x + apply(ops.CLIP, x, -1.0, 1.0)) * x[0], (X,)),
    "float32": (lambda x: np.sum(np.sin(x) / (2 + x[0])), (X.astype(np.float32),)),
    "strided": (strided, (X, A)),
    "gather": (lambda x: np.sum(x[[5, 0, 0, 2]] ** 2 * x[[1, 4, 3, 3]]) + np.max(x[[2, 0, 4]]), (X,)),
    "reductions": (reductions, (X, A)),
    "matmul": (matmul, (A, A + 0.5)),
    "large matmul": (lambda a, b: np.sum(np.sin(a @ b.T)) + np.sum((a.T @ b)[2]), (np.ones((9, 12)), np.ones((9, 12)) / 7)),
    "segments": (segments, (X,)),
    "results": (results, ({"x": X, "rest": [2.0, np.array([[1.0]])]},)),
    "calls": (calling, (X, A)),
    "linear algebra": (linear_algebra, (A, A[:, :4] - 0.3)),
    "decisions": (decisions, (X,)),
    "long": (long_runs, (LONG,)),
    "empty": (lambda x, e: np.sum(x) + np.sum(e) + np.sum(np.exp(e)), (X, np.zeros((0, 3)))),
}


def recorded(name: str, *, source: bool = False) -> tuple[Function, tuple[Any, ...]]:
    """(the recorded function, the arguments it was recorded with)."""
    f, args = CASES[name]
    return jt.record(f, *args, source=source), args
