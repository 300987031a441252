"""CasADi, called with buffers: `mapaccum` over recurrences, `map` over points, and forms of its own of some problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import casadi
import numpy as np

from bench.common import Contender
from bench.engines.casadi import DISTRIBUTION as DISTRIBUTION
from bench.engines.casadi import _filled
from bench.engines.casadi import start as start
from bench.models import Points, Problem, Recurrence

POINTS = SimpleNamespace(
    exp=casadi.exp, log=casadi.log, sqrt=casadi.sqrt, erf=casadi.erf, where=casadi.if_else, maximum=casadi.fmax
)


def _reshape(x: Any, shape: tuple[int, int]) -> Any:
    """By rows, as NumPy does."""
    return casadi.reshape(x, shape[1], shape[0]).T


def _roll(x: Any, shift: int) -> Any:
    return casadi.vertcat(x[-shift:], x[:-shift])


def _sum(x: Any, axis: int | None = None) -> Any:
    return casadi.sum1(casadi.vec(x)) if axis is None else (casadi.sum1, casadi.sum2)[axis](x)


MODULE = SimpleNamespace(
    exp=casadi.exp, log=casadi.log, sqrt=casadi.sqrt, sin=casadi.sin, tanh=casadi.tanh, sum=_sum, roll=_roll, reshape=_reshape, diag=casadi.diag,
    zeros=casadi.DM.zeros, eye=casadi.DM.eye, asarray=casadi.DM, linalg=SimpleNamespace(solve=casadi.solve),
)  # fmt: skip
"""What is called with NumPy's names."""


def _recurrence(steps: Recurrence, x: Any) -> Any:
    """The value as an expression: steps are one function, accumulated."""
    first = [casadi.MX(v) for v in steps.start(MODULE, steps.unpack(MODULE, x))]
    p, s = casadi.MX.sym("p", x.numel()), casadi.MX.sym("s", sum(v.numel() for v in first))
    count = steps.rows if isinstance(steps.rows, int) else len(steps.rows)
    width = 0 if isinstance(steps.rows, int) else np.size(steps.rows[0])
    row = casadi.MX.sym("row", width)

    def split(s: Any) -> list[Any]:
        ends = np.cumsum([0, *(v.numel() for v in first)])
        return [casadi.reshape(s[int(a) : int(b)], *v.shape) for a, b, v in zip(ends, ends[1:], first)]

    new = steps.step(MODULE, steps.unpack(MODULE, p), split(s), row)
    step = casadi.Function("step", [s, p, row], [casadi.vertcat(*(casadi.vec(casadi.MX(v)) for v in new))])
    rows = casadi.DM(np.zeros((0, count))) if width == 0 else casadi.DM(np.reshape(steps.rows, (count, -1)).T)
    all_states = step.mapaccum(count)(casadi.vertcat(*(casadi.vec(v) for v in first)), casadi.repmat(x, 1, count), rows)
    return steps.end(MODULE, split(all_states[:, -1]))


def _bodies(p: Problem, x: Any) -> Any:
    """W15: all pairs as scalars."""
    masses, eps = np.asarray(p.data[0]), float(p.data[1])
    total = 0.0
    for i in range(len(masses)):
        for j in range(i):
            d = [x[3 * i + k] - x[3 * j + k] for k in range(3)]
            total -= masses[i, j] / casadi.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + eps * eps)
    return total


def _sum_of(p: Problem, x: Any) -> Any:
    n = p.x.shape[1]
    return p.whole(MODULE, [x[:n], x[n:]])


def _recursive(p: Problem, x: Any) -> Any:
    """W15's recursive filter: what it takes of the signal is computed at once, the recursion is accumulated."""
    driven = x[0] * x[7:] + x[1] * x[6:-1] + x[2] * x[5:-2]
    s, c, u = casadi.MX.sym("s", 3), casadi.MX.sym("c", 2), casadi.MX.sym("u")
    y = u - c[0] * s[0] - c[1] * s[1]
    step = casadi.Function("step", [s, c, u], [casadi.vertcat(y, s[0], s[2] + 0.5 * y * y)])
    count = driven.numel()
    return step.mapaccum(count)(casadi.DM.zeros(3), casadi.repmat(x[3:5], 1, count), driven.T)[2, -1]


FORMS: dict[str, tuple[Any, Callable[..., Any]]] = {"bodies": (casadi.SX, _bodies), "sums": (casadi.MX, _sum_of), "recursive": (casadi.MX, _recursive)}
"""Functions that are written for CasADi: (SX or MX, (problem, x) -> the value)."""


def _expression(p: Problem, wanted: str) -> tuple[str, Callable[[], tuple[Any, Any]]] | None:
    """(name, what gives a vector of symbols and the value)."""
    if not p.asks("casadi", wanted):
        return None
    if p.kind in FORMS:
        kind, write = FORMS[p.kind]
        name = kind.__name__
    elif p.steps is not None:
        kind, write, name = casadi.MX, lambda p, x: _recurrence(p.steps, x), "MX, mapaccum"
    else:
        return None

    def make() -> tuple[Any, Any]:
        x = kind.sym("x", p.x.size)
        return x, write(p, x)

    return name, make


def gradient(p: Problem) -> Iterator[Contender]:
    found = _expression(p, "gradient")
    if found is None:
        return
    name, make = found

    def filled() -> Any:
        x, f = make()
        return _filled(casadi.Function("g", [x], [casadi.densify(casadi.gradient(f, x))]), p.x)

    yield Contender(f"CasADi {name}, buffer call", filled, "", lambda got: got.reshape(p.x.shape))


def hessian(p: Problem) -> Iterator[Contender]:
    found = _expression(p, "hessian")
    if found is None:
        return
    name, make = found

    def filled() -> Any:
        x, f = make()
        return _filled(casadi.Function("h", [x], [casadi.densify(casadi.hessian(f, x)[0])]), p.x)

    yield Contender(f"CasADi {name}, buffer call", filled, "", lambda got: got.reshape(p.x.size, -1))


def points(p: Points) -> Iterator[Contender]:
    count, inputs = p.X.shape

    def make() -> Any:
        x = casadi.SX.sym("x", inputs)
        g = casadi.Function("g", [x], [casadi.densify(casadi.gradient(p.whole(POINTS, [x[i] for i in range(inputs)]), x))])
        return _filled(g.map(count), p.X)

    yield Contender("CasADi SX, map, buffer call", make, "", lambda got: got.reshape(count, inputs))
