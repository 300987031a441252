"""A slow, obvious oracle: a tape read instruction by instruction in plain Python, and finite differences.

Values come from NumPy and SciPy, partials from the text of the operation table, evaluated. Nothing here is native, nothing
goes by chunks, and a reference is followed one element at a time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath as mp
import numpy as np
import scipy.special as sp

from jittape.ops.layout import CUMSUM, INPUT, KIND, MATMUL, MAX, MIN, REF, RUN, SEGMENT_SUM, SUM
from jittape.ops.spec import BY_NAME, OPS, Op

Real = Any
BY_CODE = {op.code: op for op in OPS}


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    u, weights = np.polynomial.legendre.leggauss(60)
    return (u + 1) / 2, weights


@cache
def _compiled(text: str) -> Any:
    return compile(text, text, "eval")


def sinc_derivative(n: float, x: float) -> float:
    """Derivative of order n of sin(pi x) / (pi x), as the integral over u from 0 to 1 of cos(pi x u) differentiated."""
    u, weights = _nodes()
    return float(weights @ ((np.pi * u) ** n * np.cos(np.pi * x * u + n * np.pi / 2)) / 2)


@cache
def gammainc_derivative(order: int, a: float, x: float) -> float:
    return float(mp.diff(lambda v: mp.gammainc(v, 0, x, regularized=True), a, order))


@cache
def stdtr_derivative(order: int, n: float, t: float) -> float:
    return -float(mp.sign(t) * mp.diff(lambda v: mp.betainc(v / 2, 0.5, 0, v / (v + t**2), regularized=True), n, order)) / 2


VALUES: dict[str, Callable[..., Real]] = {
    "powc": np.power,
    "stop_gradient": lambda x: x,
    "mulz": lambda x, y: x * y if x != 0 else 0.0,
    "product": lambda x, y: x * y if x != 0 and y != 0 else 0.0,
    "sincn": sinc_derivative,
    "where": lambda c, a, b: a if c != 0 else b,
    "clip": lambda x, low, high: np.clip(x, low, high),
    "softplus": lambda x: np.logaddexp(x, 0.0),
    "first_max": lambda x, y: y if y > x else x,
    "first_min": lambda x, y: y if y < x else x,
    "relu": lambda x: np.maximum(x, 0.0),
    "polygamma": lambda n, x: float(sp.polygamma(int(n), x)),
    "root": np.sqrt,
    "corner": lambda x: x,
    "gammainc_da": lambda a, x: gammainc_derivative(1, float(a), float(x)),
    "gammainc_daa": lambda a, x: gammainc_derivative(2, float(a), float(x)),
    "stdtr_da": lambda n, t: stdtr_derivative(1, float(n), float(t)),
    "stdtr_daa": lambda n, t: stdtr_derivative(2, float(n), float(t)),
}
"""The value of the operations that no function of NumPy or SciPy stands beside in the table."""


def function(op: Op) -> Callable[..., Real]:
    """The operation's value as a function of floats, by NumPy or SciPy."""
    if op.name in VALUES:
        return VALUES[op.name]
    if not op.numpy:
        from operations import MP  # which imports this package's table

        return cache(lambda *xs: float(MP[op.name](*(mp.mpf(float(x)) for x in xs))))
    package, _, name = op.numpy.rpartition(":")
    return getattr(sp if package else np, name)  # type: ignore[no-any-return]


class _Namespace(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        return function(BY_NAME[name])


def partial(op: Op, p: int, *operands: float) -> float:
    """The partial with respect to operand p, by the table's text."""
    names = _Namespace(zip("xyw", operands, strict=False))
    names["z"] = function(op)(*operands)
    names["inf"] = np.inf
    return float(eval(_compiled(op.partials[p]), {"__builtins__": {}}, names))


def partials(op: Op, operands: tuple[Any, ...], p: int) -> np.ndarray:
    """`partial` for arrays of operands, element by element."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.array([partial(op, p, *map(np.float64, xs)) for xs in zip(*operands, strict=True)])


def slot(tape: Any, ref: int, i: int) -> int:
    """The slot of element i of the reference at meta[ref]."""
    kind, base, s0, s1, n1 = tape.meta[ref : ref + REF]
    kind &= KIND
    if kind == 0:
        return base
    if kind == 1:
        return base + i
    if kind == 2:
        return base + (i // n1) * s0 + (i % n1) * s1
    return tape.index[base + i]


def equations(tape: Any) -> list[tuple[int, Op | str, list[int]]]:
    """Every slot but the leaves' as (slot, operation, slots of its operands), in order."""
    out: list[tuple[int, Op | str, list[int]]] = []
    for _, s, code, a, n in tape.instructions():
        if code < RUN:
            if code in BY_CODE:
                out.append((s, BY_CODE[code], [a, n][: BY_CODE[code].arity]))
            continue
        code -= RUN
        meta = tape.meta
        if code in BY_CODE:
            op = BY_CODE[code]
            out += [(s + i, op, [slot(tape, a + REF * p, i) for p in range(op.arity)]) for i in range(n)]
        elif code in (SUM, MAX, MIN):
            r = meta[a]
            name = {SUM: "sum", MAX: "max", MIN: "min"}[code]
            out += [(s + i, name, [slot(tape, a + 1, i * r + j) for j in range(r)]) for i in range(n)]
        elif code == CUMSUM:
            r = meta[a]
            out += [(s + i, "sum", [slot(tape, a + 1, i - i % r + j) for j in range(i % r + 1)]) for i in range(n)]
        elif code == SEGMENT_SUM:
            offsets, first = meta[a], meta[a + 1]
            for j in range(n):
                start, stop = tape.index[offsets + j], tape.index[offsets + j + 1]
                out.append((s + j, "sum", list(tape.index[first + start : first + stop])))
        elif code == MATMUL:
            batch, m, k, q = meta[a : a + 4]
            left, right = meta[a + 4 : a + 8], meta[a + 9 : a + 13]
            for t in range(batch):
                for i in range(m):
                    for j in range(q):
                        xs = [left[0] + t * left[1] + i * left[2] + h * left[3] for h in range(k)]
                        ys = [right[0] + t * right[1] + h * right[2] + j * right[3] for h in range(k)]
                        out.append((s + (t * m + i) * q + j, "dot", xs + ys))
        elif code > INPUT + 3:
            raise NotImplementedError(f"the oracle does not read instruction {code}")
    return out


def value(op: Op | str, xs: list[float]) -> float:
    if isinstance(op, Op):
        return float(function(op)(*map(np.float64, xs)))
    if op == "dot":
        half = len(xs) // 2
        return sum(a * b for a, b in zip(xs[:half], xs[half:], strict=True))
    return {"sum": sum, "max": max, "min": min}[op](xs)


def slopes(op: Op | str, xs: list[float], z: float) -> list[float]:
    """Partials with respect to every operand."""
    if isinstance(op, Op):
        return [0.0 if p in op.constant else partial(op, p, *map(np.float64, xs)) for p in range(op.arity)]
    if op == "sum":
        return [1.0] * len(xs)
    if op == "dot":
        half = len(xs) // 2
        return xs[half:] + xs[:half]
    ties = [x == z for x in xs]
    return [t / sum(ties) for t in ties]


def forward(tape: Any, leaves: Any) -> np.ndarray:
    """The value of every slot; those of leaves are taken from `leaves`."""
    v = np.array(leaves[: tape.slots], float)
    with np.errstate(all="ignore"):
        for s, op, xs in equations(tape):
            v[s] = value(op, [float(v[x]) for x in xs])
    return v


def reverse(tape: Any, v: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Adjoints of the leaves (and zero elsewhere) for seeds, one a slot."""
    g = np.array(seeds, float)
    with np.errstate(all="ignore"):
        for s, op, xs in reversed(equations(tape)):
            r, g[s] = g[s], 0.0
            if r != 0:
                for x, d in zip(xs, slopes(op, [float(v[x]) for x in xs], v[s]), strict=True):
                    g[x] += r * d
    return g


def tangent(tape: Any, v: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Tangents of every slot for those of the leaves."""
    t = np.array(seeds, float)
    with np.errstate(all="ignore"):
        for s, op, xs in equations(tape):
            t[s] = sum(d * t[x] for x, d in zip(xs, slopes(op, [float(v[x]) for x in xs], v[s]), strict=True) if t[x] != 0 and d != 0)
    return t


def finite_difference(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """The gradient of f at x by central differences."""
    out = np.zeros_like(x, float)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x, float)
        step[i] = h
        out[i] = (f(x + step) - f(x - step)) / (2 * h)
    return out
