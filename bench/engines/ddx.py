"""ddx-ad: a graph built at run time, interpreted or compiled through LLVM. Buffer calls, its fastest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ddx

from bench.common import Contender, Recorder
from bench.problems import A, B

DISTRIBUTION = "ddx-ad"


def start() -> None:
    ddx.equation("x * x").jacobian([1.0])


def _scalars(n: int) -> Any:
    def model() -> Any:
        v = [ddx.var(f"x{i}") for i in range(n)]
        s = 0.0
        for i in range(n - 1):
            d, e = v[i + 1] - v[i] * v[i], 1.0 - v[i]
            s += 100.0 * (d * d) + e * e
        return s

    return model


def _vector(n: int) -> Any:
    def model() -> Any:
        v = ddx.vec("x", n)
        elements = [v[i] for i in range(n)]
        a, b = ddx.pack(elements[:-1]), ddx.pack(elements[1:])
        d, e = b - a * a, 1.0 - a
        return ddx.sum(100.0 * (d * d) + e * e)

    return model


def _buffered(equation: Any, x: Any) -> Any:
    bound = equation.buffer(x.copy(), want=ddx.Want.GRADIENT)

    def call() -> Any:
        bound.x[:] = x
        bound()
        return bound.jacobian

    return call


def w1(x: Any) -> Iterator[Contender]:
    n = len(x)
    yield Contender("ddx-ad interpreter, buffer call", lambda: _buffered(ddx.equation(_scalars(n)), x))
    if n <= 1000:
        yield Contender("ddx-ad interpreter, ddx.vec", lambda: _buffered(ddx.equation(_vector(n)), x))

    def compiled() -> Any:
        equation = ddx.equation(_scalars(n))
        equation.options = ddx.Options(backend=ddx.Backend.COMPILE, points=1, cache_dir="")
        equation.wait_for_kernel(want=ddx.Want.GRADIENT)
        return _buffered(equation, x)

    if ddx.has_jit and n <= 1000:
        yield Contender("ddx-ad JIT, buffer call", compiled)


def w6() -> Iterator[Recorder]:
    def record(run: Any) -> float:
        equation = ddx.equation(lambda: run(ddx.var("y"), ddx.var("a"), ddx.var("b"), ddx.sin))
        point = dict(zip(equation.symbols, (values[s] for s in equation.symbols), strict=True))
        return float(equation.gradient(point)[equation.symbols.index("y")])

    values = {"y": 1.0, "a": A, "b": B}
    yield Recorder("ddx-ad", record)


COLD = {
    "ddx-ad": """
import ddx
def model():
    v = [ddx.var(f"x{i}") for i in range(10)]
    s = 0.0
    for i in range(9):
        s = s + 100.0 * (v[i + 1] - v[i] * v[i]) ** 2 + (1.0 - v[i]) ** 2
    return s
g = ddx.equation(model).gradient(X)
"""
}
