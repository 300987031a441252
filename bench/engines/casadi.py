"""CasADi: MX graphs of whole arrays and SX graphs of scalars, called with buffers (its fastest) and normally."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import casadi
import numpy as np

from bench.common import Contender, Recorder
from bench.problems import A, B

DISTRIBUTION = "casadi"


def start() -> None:
    x = casadi.MX.sym("x")
    casadi.Function("f", [x], [casadi.gradient(x * x, x)])(1.0)


def _gradient(kind: Any, n: int) -> Any:
    x = kind.sym("x", n)
    a, b = x[:-1], x[1:]
    f = casadi.sum1(100 * (b - a**2) ** 2 + (1 - a) ** 2)
    return casadi.Function("g", [x], [casadi.densify(casadi.gradient(f, x))])


def _buffer(g: Any, x: Any) -> Any:
    buffer, trigger = g.buffer()
    given, out = np.empty_like(x), np.empty_like(x)
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(out))

    def call() -> Any:
        given[:] = x
        trigger()
        return out

    call.alive = g, buffer  # type: ignore[attr-defined]  # the buffer does not keep its function alive
    return call


def w1(x: Any) -> Iterator[Contender]:
    n = len(x)

    def normal(kind: Any) -> Any:
        g = _gradient(kind, n)
        return lambda: np.asarray(g(x)).ravel()

    yield Contender("CasADi MX, buffer call", lambda: _buffer(_gradient(casadi.MX, n), x))
    yield Contender("CasADi MX, normal call", lambda: normal(casadi.MX))
    if n <= 1000:
        yield Contender("CasADi SX, buffer call", lambda: _buffer(_gradient(casadi.SX, n), x))
        yield Contender("CasADi SX, normal call", lambda: normal(casadi.SX))


def w6() -> Iterator[Recorder]:
    def record(run: Any) -> float:
        y, a, b = (casadi.SX.sym(name) for name in "yab")
        out = run(y, a, b, casadi.sin)
        return float(casadi.Function("d", [y, a, b], [casadi.gradient(out, y)])(1.0, A, B))

    yield Recorder("CasADi SX", record, fewer=10)


COLD = {
    "CasADi MX": """
import casadi
x = casadi.MX.sym("x", 10)
a, b = x[:-1], x[1:]
f = casadi.sum1(100 * (b - a**2) ** 2 + (1 - a) ** 2)
g = [float(v) for v in casadi.Function("g", [x], [casadi.gradient(f, x)])(X).nonzeros()]
"""
}
