"""ddx-ad: a graph built at run time, interpreted or compiled through LLVM. Buffer calls, its fastest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ddx

from bench.common import Contender

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


def chain(count: int, recorded: bool) -> float:
    import time

    spent = 0.0

    def model() -> Any:
        nonlocal spent
        y = ddx.var("y")
        a, b = (ddx.var("a"), ddx.var("b")) if recorded else (0.999, 0.001)
        start = time.perf_counter()
        for _ in range(count // 2):
            y = y * a + b
        spent = time.perf_counter() - start
        return y

    ddx.equation(model)
    return spent
