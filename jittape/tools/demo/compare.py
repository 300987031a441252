"""The same derivatives by four methods: accuracy and time of each, and how they are made."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from jittape.functional.drivers import grad, hessian
from jittape.replay.record import record
from jittape.tools.demo.model import NAMES, Model, Values

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Row:
    """A method: seconds of preparation, and of each derivative the seconds a call and the largest relative error."""

    method: str
    preparation: float | None = None
    gradient: tuple[float, float] | None = None
    hessian: tuple[float, float] | None = None
    note: str = ""


def central_gradient(f: Callable[[Values], float], p: Values) -> Values:
    """2n values of the function; the step balances truncation against rounding."""
    out = np.empty(p.size)
    for i, h in enumerate(EPS ** (1 / 3) * np.maximum(np.abs(p), 1e-2)):
        above, below = p.copy(), p.copy()
        above[i] += h
        below[i] -= h
        out[i] = (f(above) - f(below)) / (above[i] - below[i])
    return out


def central_jacobian(g: Callable[[Values], Values], p: Values) -> Values:
    """Central differences of a vector function, a column a variable."""
    return np.stack([central_gradient(lambda q, i=i: g(q)[i], p) for i in range(p.size)])  # type: ignore[misc, arg-type]


def central_hessian(f: Callable[[Values], float], p: Values) -> Values:
    """Second differences of the function's values alone."""
    steps = EPS**0.25 * np.maximum(np.abs(p), 1e-2)
    n = p.size
    out = np.empty((n, n))

    def at(i: int, si: int, j: int, sj: int) -> float:
        q = p.copy()
        q[i] += si * steps[i]
        q[j] += sj * steps[j]
        return f(q)

    for i in range(n):
        for j in range(i + 1):
            total = at(i, 1, j, 1) - at(i, 1, j, -1) - at(i, -1, j, 1) + at(i, -1, j, -1)
            out[i, j] = out[j, i] = total / (4 * steps[i] * steps[j])
    return out


def symbolic(model: Model) -> tuple[Callable[[Values], Values], Callable[[Values], Values]] | None:
    """Gradient and Hessian that SymPy derives for one observation and turns into NumPy code; None without SymPy."""
    try:
        import sympy as sp  # optional
    except ImportError:
        return None
    p = sp.symbols("b1:8 s")
    x, y = sp.symbols("x y")
    above = p[0] + x * (p[1] + x * (p[2] + x * p[3]))
    curve = above / (1 + x * (p[4] + x * (p[5] + x * p[6])))
    term = ((y - curve) * sp.exp(-p[7])) ** 2 / 2 + p[7] + sp.log(2 * sp.pi) / 2
    first = [sp.diff(term, v) for v in p]
    pairs = [(i, j) for i in range(8) for j in range(i + 1)]
    second = [sp.diff(first[i], p[j]) for i, j in pairs]
    gradient_terms = sp.lambdify((p, x, y), first, "numpy", cse=True)
    hessian_terms = sp.lambdify((p, x, y), second, "numpy", cse=True)

    def gradient(q: Values) -> Values:
        return np.array([np.sum(np.broadcast_to(t, model.x.shape)) for t in gradient_terms(q, model.x, model.y)])

    def full(q: Values) -> Values:
        out = np.empty((8, 8))
        for (i, j), t in zip(pairs, hessian_terms(q, model.x, model.y), strict=True):
            out[i, j] = out[j, i] = np.sum(np.broadcast_to(t, model.x.shape))
        return out

    return gradient, full


def seconds(call: Callable[[], Any], budget: float = 0.06) -> float:
    """The shortest time of a call, over repetitions that take about `budget` seconds in all."""
    call()
    best = float("inf")
    end = time.perf_counter() + budget
    while (start := time.perf_counter()) < end:
        call()
        best = min(best, time.perf_counter() - start)
    return best


def relative_error(found: Any, exact: Any) -> float:
    """The largest relative error of an element."""
    return float(np.max(np.abs((np.asarray(found) - exact) / exact)))


def compare(model: Model, p: Values) -> list[Row]:
    """A row a method, at the point p of shape [8]. The exact values are those by hand in extended precision."""
    assert p.size == len(NAMES)
    wide = p.astype(np.longdouble)
    exact_gradient, exact_hessian = model.gradient_by_hand(wide), model.hessian_by_hand(wide)

    def row(
        method: str, gradient: Callable[[Values], Values], full: Callable[[Values], Values], preparation: float | None
    ) -> Row:
        return Row(method, preparation,
                   (seconds(lambda: gradient(p)), relative_error(gradient(p), exact_gradient)),
                   (seconds(lambda: full(p)), relative_error(full(p), exact_hessian)))  # fmt: skip

    rows = [
        row("manual", model.gradient_by_hand, model.hessian_by_hand, None),
        row("numerical", lambda q: central_gradient(model.loss, q), lambda q: central_hessian(model.loss, q), None),
    ]
    start = time.perf_counter()
    derived = symbolic(model)
    if derived is None:
        rows.append(Row("symbolic", note="SymPy is not installed (pip install sympy)"))
    else:
        rows.append(row("symbolic", *derived, time.perf_counter() - start))
    rows.append(row("automatic, recorded anew", grad(model.loss), hessian(model.loss), None))
    start = time.perf_counter()
    kept, kept_hessian = record(model.loss, p), record(hessian(model.loss), p)
    rows.append(row("automatic, recorded once", kept.grad, kept_hessian, time.perf_counter() - start))
    return rows
