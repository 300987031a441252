"""CasADi: MX graphs of whole arrays and SX graphs of scalars, called with buffers (its fastest) and normally."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import casadi
import numpy as np
from scipy.sparse import csc_array

from bench.common import Contender, Recorder
from bench.problems import DENSE, A, B, bands, kepler_loop, many_loop

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


def w1_small(x: Any) -> Iterator[Contender]:
    def both(kind: Any) -> Any:
        v = kind.sym("x", len(x))
        f = casadi.sum1(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2)
        return casadi.Function("g", [v], [f, casadi.densify(casadi.gradient(f, v))])

    def buffered(kind: Any) -> Any:
        g = both(kind)
        buffer, trigger = g.buffer()
        given, value, gradient = np.empty_like(x), np.empty(1), np.empty_like(x)
        buffer.set_arg(0, memoryview(given))
        buffer.set_res(0, memoryview(value))
        buffer.set_res(1, memoryview(gradient))

        def call() -> Any:
            given[:] = x
            trigger()
            return value, gradient

        call.alive = g, buffer  # type: ignore[attr-defined]
        return call

    def normal(kind: Any) -> Any:
        g = both(kind)

        def call() -> Any:
            value, gradient = g(x)
            return float(value), np.asarray(gradient).ravel()

        return call

    for name, kind in (("MX", casadi.MX), ("SX", casadi.SX)):
        yield Contender(f"CasADi {name}, buffer call", partial(buffered, kind), "", np.hstack)
        yield Contender(f"CasADi {name}, normal call", partial(normal, kind), "", np.hstack)


def w3(X: Any) -> Iterator[Contender]:
    def gradient() -> Any:
        x = casadi.SX.sym("x", X.shape[1])
        f = many_loop([x[i] for i in range(X.shape[1])], casadi.exp, casadi.sin, casadi.log)
        return casadi.Function("g", [x], [casadi.densify(casadi.gradient(f, x))])

    def compiled() -> Any:
        with tempfile.TemporaryDirectory() as directory:
            library = Path(directory) / "g.so"
            source = casadi.CodeGenerator("g.c")
            source.add(gradient())
            source.generate(f"{directory}/")
            options = ["-O3", "-march=native", "-ffast-math", "-fPIC", "-shared"]
            subprocess.run(["gcc", *options, f"{directory}/g.c", "-o", str(library), "-lm"], check=True)
            return casadi.external("g", str(library))

    def mapped(make: Any) -> Any:
        # a matrix of CasADi has its columns one after the other: rows of X are columns of it
        return _buffer(make().map(len(X)), X)

    yield Contender("CasADi SX, map", partial(mapped, gradient), "buffer call")
    if shutil.which("gcc"):
        yield Contender("CasADi SX, generated C, map", partial(mapped, compiled), "needs a C compiler on the user's machine")


def _filled(g: Any, *given: Any) -> Any:
    """A buffer call: (what is called after the buffers are filled, the buffer of the nonzeros of the result)."""
    buffer, trigger = g.buffer()
    held = [np.empty_like(x) for x in given]
    out = np.empty(g.nnz_out(0))
    for k, h in enumerate(held):
        buffer.set_arg(k, memoryview(h))
    buffer.set_res(0, memoryview(out))

    def call() -> Any:
        for h, x in zip(held, given, strict=True):
            h[:] = x
        trigger()
        return out

    call.alive = g, buffer  # type: ignore[attr-defined]
    return call


def w2(z: Any) -> Iterator[Contender]:
    def make() -> Any:
        v = casadi.SX.sym("z", *z.shape)
        rows = [[v[i, j] for j in range(z.shape[1])] for i in range(z.shape[0])]
        g = casadi.Function("g", [v], [casadi.gradient(kepler_loop(rows, casadi.sin, casadi.cos), v)])
        return lambda: np.asarray(g(z))

    yield Contender("CasADi SX, Python loop", make)


def w4_dense(x: Any) -> Iterator[Contender]:
    def hessian() -> Any:
        v = casadi.SX.sym("x", len(x))
        f = many_loop([v[i] for i in range(len(x))], casadi.exp, casadi.sin, casadi.log)
        return casadi.Function("h", [v], [casadi.densify(casadi.hessian(f, v)[0])])

    def whole() -> Any:
        v = casadi.MX.sym("x", len(x))
        y, z = (casadi.vertcat(v[k:], v[:k]) for k in (1, 7))
        f = casadi.sum1(casadi.exp(-0.1 * v * y) * casadi.sin(z) + casadi.log(1 + v * v) * y)
        return casadi.Function("h", [v], [casadi.densify(casadi.hessian(f, v)[0])])

    def normal(make: Any) -> Any:
        h = make()
        return lambda: np.asarray(h(x))

    for name, make in (("SX", hessian), ("MX", whole)):
        yield Contender(f"CasADi {name}, buffer call", lambda make=make: _filled(make(), x), "", lambda got: got.reshape(len(x), -1))
        yield Contender(f"CasADi {name}, normal call", partial(normal, make))


def w4_sparse(x: Any) -> Iterator[Contender]:
    n = len(x)
    patterns = {}

    def hessian(kind: Any) -> Any:
        v = kind.sym("x", n)
        a, b = v[:-1], v[1:]
        h = casadi.hessian(casadi.sum1(100 * (b - a**2) ** 2 + (1 - a) ** 2), v)[0]
        patterns[kind] = h.sparsity()
        return casadi.Function("h", [v], [h])

    def normal(kind: Any) -> Any:
        h = hessian(kind)
        return lambda: h(x).sparse()

    def matrix(kind: Any, got: Any) -> Any:
        pattern = patterns[kind]
        return bands(csc_array((got, pattern.row(), pattern.colind()), pattern.shape))

    for name, kind in (("MX", casadi.MX), ("SX", casadi.SX)):
        yield Contender(f"CasADi {name}, buffer call", lambda kind=kind: _filled(hessian(kind), x), "", partial(matrix, kind))
        yield Contender(f"CasADi {name}, normal call", partial(normal, kind), "a scipy matrix", bands)


def w4_hvp(x: Any, v: Any) -> Iterator[Contender]:
    def product(kind: Any) -> Any:
        p, d = kind.sym("x", len(x)), kind.sym("v", len(x))
        a, b = p[:-1], p[1:]
        f = casadi.sum1(100 * (b - a**2) ** 2 + (1 - a) ** 2)
        return casadi.Function("hv", [p, d], [casadi.densify(casadi.jtimes(casadi.gradient(f, p), p, d, True))])

    def normal() -> Any:
        h = product(casadi.MX)
        return lambda: np.asarray(h(x, v)).ravel()

    yield Contender("CasADi MX, buffer call", lambda: _filled(product(casadi.MX), x, v))
    yield Contender("CasADi MX, normal call", normal)
    if len(x) <= 10_000:
        yield Contender("CasADi SX, buffer call", lambda: _filled(product(casadi.SX), x, v))


def w16(name: str, A: Any, x: Any) -> Iterator[Contender]:
    def make() -> Any:
        v = casadi.MX.sym("x", len(x))
        y = DENSE[name][0](casadi, casadi.DM(A), v)
        return _filled(casadi.Function("J", [v], [casadi.densify(casadi.jacobian(y, v))]), x)

    yield Contender("CasADi MX, buffer call", make, "", lambda got: got.reshape(len(x), -1, order="F"))


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
