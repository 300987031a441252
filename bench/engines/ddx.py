"""ddx-ad: a graph built at run time, interpreted or compiled through LLVM. Buffer calls, its fastest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import ddx
import numpy as np
from scipy.sparse import coo_array

from bench.common import Contender, Recorder
from bench.problems import A, B, bands, kepler_loop, many_loop

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


def w1_small(x: Any) -> Iterator[Contender]:
    def call(**options: Any) -> Any:
        equation = ddx.equation(_scalars(len(x)))
        if options:
            equation.options = ddx.Options(backend=ddx.Backend.COMPILE, points=1, cache_dir="", **options)
            equation.wait_for_kernel(want=ddx.Want.JACOBIAN)
        bound = equation.buffer(x.copy(), want=ddx.Want.JACOBIAN)

        def run() -> Any:
            bound.x[:] = x
            bound()
            return bound.value, bound.jacobian

        return run

    yield Contender("ddx-ad interpreter, buffer call", call, "", np.hstack)
    if ddx.has_jit:
        yield Contender("ddx-ad JIT, buffer call", partial(call, opt_level=ddx.OptLevel.O3), "", np.hstack)


def w3(X: Any) -> Iterator[Contender]:
    def model() -> Any:
        return many_loop([ddx.var(f"x{i}") for i in range(X.shape[1])], ddx.exp, ddx.sin, ddx.log)

    def batch(rows: int, **options: Any) -> Any:
        """Pieces of `rows` points through one buffer; ddx-ad has points in columns, so both ways are transposed."""
        equation = ddx.equation(model)
        if options:
            equation.options = ddx.Options(backend=ddx.Backend.COMPILE, points=rows, cache_dir="", **options)
            equation.wait_for_kernel(want=ddx.Want.GRADIENT)
        bound = equation.buffer(np.ascontiguousarray(X[:rows].T), want=ddx.Want.GRADIENT)
        given, found = bound.x, bound.jacobian

        def call() -> Any:
            out = np.empty_like(X)
            for at in range(0, len(X), rows):
                given[...] = X[at : at + rows].T
                bound()
                out[at : at + rows] = found.T
            return out

        return call

    def columns(**options: Any) -> Any:
        """The same points in columns from the start, and the answer left so: no transposition at all."""
        equation = ddx.equation(model)
        equation.options = ddx.Options(backend=ddx.Backend.COMPILE, points=PIECE, cache_dir="", **options)
        equation.wait_for_kernel(want=ddx.Want.GRADIENT)
        bound = equation.buffer(np.ascontiguousarray(X[:PIECE].T), want=ddx.Want.GRADIENT)
        given, found = bound.x, bound.jacobian
        pieces = [np.ascontiguousarray(X[at : at + PIECE].T) for at in range(0, len(X), PIECE)]
        held = X[0].copy()

        def call() -> Any:
            if X[0, 0] != held[0]:  # the point was moved, for the check after timing
                held[:] = X[0]
                for at, piece in enumerate(pieces):
                    piece[...] = X[at * PIECE : (at + 1) * PIECE].T
            out = np.empty((len(pieces), *given.shape))
            for piece, g in zip(pieces, out, strict=True):
                given[...] = piece
                bound()
                g[...] = found
            return out

        return call

    yield Contender("ddx-ad interpreter", partial(batch, PIECE))
    if ddx.has_jit:
        yield Contender("ddx-ad JIT", partial(batch, PIECE, lanes=1), "as it comes: functions of libm")
        best = {"veclib": ddx.VecLib.AUTO, "lanes": 4}
        yield Contender("ddx-ad JIT, libmvec", partial(batch, PIECE, **best), f"pieces of {PIECE} points")
        yield Contender("ddx-ad JIT, libmvec, all points in one call", partial(batch, len(X), **best))
        yield Contender("ddx-ad JIT, libmvec, points in columns", partial(columns, **best), "not transposed: its own layout",
                        lambda got: np.concatenate([g.T for g in got]))  # fmt: skip


def w2(z: Any) -> Iterator[Contender]:
    def make() -> Any:
        def model() -> Any:
            rows = [[ddx.var(f"{name}{i}") for i in range(z.shape[1])] for name in ("e", "M")]
            return kepler_loop(rows, ddx.sin, ddx.cos)

        return _buffered(ddx.equation(model), z)

    yield Contender("ddx-ad, Python loop", make)


def w4_dense(x: Any) -> Iterator[Contender]:
    def call(**options: Any) -> Any:
        equation = ddx.equation(lambda: many_loop([ddx.var(f"x{i}") for i in range(len(x))], ddx.exp, ddx.sin, ddx.log))
        order = [int(name[1:]) for name in equation.symbols]
        if options:
            equation.options = ddx.Options(backend=ddx.Backend.COMPILE, points=1, cache_dir="", **options)
            equation.wait_for_kernel(want=ddx.Want.HESSIAN)
        bound = equation.buffer(x[order], want=ddx.Want.HESSIAN)
        place = np.argsort(order)
        sorted_ = order == sorted(order)

        def run() -> Any:
            bound.x[:] = x if sorted_ else x[order]
            bound()
            return bound.hessian if sorted_ else bound.hessian[np.ix_(place, place)]

        return run

    yield Contender("ddx-ad interpreter, buffer call", call, "value and gradient as well")
    if ddx.has_jit:
        yield Contender("ddx-ad JIT, buffer call", partial(call, opt_level=ddx.OptLevel.O3), "value and gradient as well")


def w4_sparse(x: Any) -> Iterator[Contender]:
    def call() -> Any:
        bound = ddx.equation(_scalars(len(x))).buffer(x.copy(), want=ddx.Want.HESSIAN)

        def run() -> Any:
            bound.x[:] = x
            bound()
            return bound.hessian

        return run

    yield Contender("ddx-ad interpreter, buffer call", call, "coloured, but handed over as a dense matrix of n x n",
                    lambda H: bands(coo_array(H)))  # fmt: skip


def w4_hvp(x: Any, v: Any) -> Iterator[Contender]:
    def call() -> Any:
        equation = ddx.equation(_scalars(len(x)))
        return lambda: equation.hvp(v, x)[2]

    yield Contender("ddx-ad interpreter", call, "value and gradient as well; has no buffer call of it")


PIECE = 1000
"""W3: points that are handed to a compiled graph at once, which keeps them in the processor's cache: its fastest."""


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
