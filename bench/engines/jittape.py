"""jittape itself: a kept recording, recording anew at each call, and recording scalar by scalar."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numba
import numpy as np

import jittape as jt
from bench.common import Contender, Recorder
from bench.matrices import Problem
from bench.problems import (
    DENSE,
    LARGE,
    MATRICES,
    A,
    B,
    Net,
    bands,
    kepler_loop,
    kepler_njit,
    many_loop,
    many_whole,
    rosenbrock,
    rosenbrock_loop,
)
from bench.training import contenders
from bench.waves import in_reals

DISTRIBUTION = "jittape"


def start() -> None:
    """Load the native sweeps from the cache, as the first use in a process does."""
    jt.grad(lambda x: np.sum(x * x))(np.ones(2))


def per_instruction(F: Any) -> Any:
    """A note with the time an instruction, forward and reverse, of a scalar recording."""
    return lambda call, us: f"{1e3 * us / F.tape.count:.2f} ns an instruction, {F.tape.count:,} instructions"


def w1(x: Any) -> Iterator[Contender]:
    def kept() -> Any:
        F = jt.record(rosenbrock, x)
        return lambda: F.grad(x)

    def kept_value() -> Any:
        F = jt.record(rosenbrock, x)
        return lambda: F.value_and_grad(x)

    def anew() -> Any:
        g = jt.grad(rosenbrock)
        return lambda: g(x)

    yield Contender("jittape record, vectorised", kept)
    yield Contender("jittape record, vectorised, value_and_grad", kept_value, "the value as well", lambda out: out[1])
    yield Contender("jittape grad, recorded anew each call", anew)

    box: dict[str, Any] = {}

    def scalar() -> Any:
        box["F"] = F = jt.record(rosenbrock_loop, x)
        return lambda: F.grad(x)

    yield Contender("jittape record, Python loop over scalars", scalar, lambda call, us: per_instruction(box["F"])(call, us))
    if len(x) <= 1000:

        def loop_anew() -> Any:
            g = jt.grad(rosenbrock_loop)
            return lambda: g(x)

        yield Contender("jittape grad, Python loop, recorded anew", loop_anew)


def w1_small(x: Any) -> Iterator[Contender]:
    def call(f: Any, given: bool) -> Any:
        F, out = jt.record(f, x), np.empty_like(x)
        return (lambda: F.value_and_grad(x, out=out)) if given else (lambda: F.value_and_grad(x))

    for name, f in (("vectorised", rosenbrock), ("Python loop over scalars", rosenbrock_loop)):
        yield Contender(f"jittape record, {name}", partial(call, f, False), "", np.hstack)
        yield Contender(f"jittape record, {name}, out=", partial(call, f, True), "", np.hstack)


def w3(X: Any) -> Iterator[Contender]:
    out = np.empty_like(X)

    def batch(**options: Any) -> Any:
        F = jt.record(many_loop, X[0])
        return lambda: F.batch_grad(X, threads=1, **options)

    def both() -> Any:
        F = jt.record(many_loop, X[0])
        return lambda: F.batch_value_and_grad(X, threads=1)

    def points() -> Any:
        F = jt.record(many_loop, X[0])

        def call() -> Any:
            for x, g in zip(X, out, strict=True):
                F.grad(x, out=g)
            return out

        return call

    yield Contender("jittape batch_grad", batch)
    yield Contender("jittape batch_grad, out=", partial(batch, out=out))
    yield Contender('jittape batch_grad, math="precise"', partial(batch, math="precise"), "functions of libm")
    yield Contender("jittape batch_value_and_grad", both, "the values as well", lambda got: got[1])
    yield Contender("jittape F.grad, point by point", points, "a Python loop of calls")


def takes_out(method: Any) -> bool:
    """Whether a method has the option `out=`."""
    return "out" in inspect.signature(method).parameters


@cache
def second_order() -> None:
    """Load what second derivatives need from the cache, as their first use in a process does."""
    F = jt.record(rosenbrock, np.ones(3))
    F.hessian(np.ones(3)), F.hvp(np.ones(3), np.ones(3)), F.sparse_hessian(np.ones(3))


def ways(*options: str) -> Iterator[tuple[Any, str, bool, bool]]:
    """Rosenbrock's function each way: (the function, the way in words with one of the options, whether its loops are compiled, whether with out=)."""
    for compiled in (False, True):
        for name, f in (("vectorised", rosenbrock), ("Python loop over scalars", rosenbrock_loop)):
            for option in options:
                yield f, f"{name}{', compiled' if compiled else ', interpreted'}{option}", compiled, bool(option)


def after_recording(box: dict[str, float]) -> Any:
    """A note with what set-up takes after the function is recorded."""
    return lambda call, us: f"{box['s']:.3g} s of set-up after recording"


def native(f: Any, x: Any) -> Iterator[Contender]:
    """A Numba function as it is: recorded natively at each call, from Python and in native code, and once."""
    compiled = numba.njit(f)

    def inside() -> Any:
        g = jt.native.grad(compiled)
        return numba.njit(lambda x: 1.0 * g(x))

    yield Contender("jittape grad of njit", lambda: partial(jt.grad(compiled), x), "recorded anew each call")
    yield Contender("jittape native.grad, called in njit", lambda: partial(inside(), x), "recorded anew each call")

    def kept() -> Any:
        F = jt.record(compiled, x)
        return lambda: F.grad(x)

    yield Contender("jittape record of njit", kept)


def w1_native(x: Any) -> Iterator[Contender]:
    yield from native(rosenbrock_loop, x)

    def scalar() -> Any:
        F = jt.record(rosenbrock_loop, x)
        return lambda: F.grad(x)

    yield Contender("jittape record, Python loop over scalars", scalar)


def w2(z: Any) -> Iterator[Contender]:
    yield from native(kepler_njit, z)

    def loop() -> Any:
        g = jt.grad(kepler_loop)
        return lambda: g(z)

    yield Contender("jittape grad, Python loop, recorded anew", loop)


def w4_dense(x: Any) -> Iterator[Contender]:
    second_order()

    def make(f: Any, given: bool) -> Any:
        F = jt.record(f, x)
        return partial(F.hessian, x, out=np.empty((len(x), len(x)))) if given else partial(F.hessian, x)

    for name, f in (("Python loop over scalars", many_loop), ("vectorised", many_whole)):
        yield Contender(f"jittape F.hessian, {name}", partial(make, f, False))
        if takes_out(jt.Function.hessian):
            yield Contender(f"jittape F.hessian, {name}, out=", partial(make, f, True))


def w4_sparse(x: Any) -> Iterator[Contender]:
    second_order()

    def make(f: Any, compiled: bool, given: bool, box: dict[str, float]) -> Any:
        F = jt.record(f, x, compile=compiled)
        start = time.perf_counter()
        H = F.sparse_hessian(x)
        box["s"] = time.perf_counter() - start
        if compiled:
            F.compile()
        return partial(F.sparse_hessian, x, out=H) if given else partial(F.sparse_hessian, x)

    for f, name, compiled, given in ways(", out=", ""):
        box: dict[str, float] = {}
        yield Contender(f"jittape F.sparse_hessian, {name}", partial(make, f, compiled, given, box), after_recording(box), bands)


def w4_hvp(x: Any, v: Any) -> Iterator[Contender]:
    second_order()

    def make(f: Any, compiled: bool, given: bool, box: dict[str, float]) -> Any:
        F = jt.record(f, x, compile=compiled)
        start = time.perf_counter()
        F.hvp(x, v)
        box["s"] = time.perf_counter() - start
        if compiled:
            F.compile()
        return partial(F.hvp, x, v, out=np.empty_like(x)) if given else partial(F.hvp, x, v)

    for f, name, compiled, given in ways("", ", out="):
        box: dict[str, float] = {}
        yield Contender(f"jittape F.hvp, {name}", partial(make, f, compiled, given, box), after_recording(box))


def w5(net: Net) -> Iterator[Contender]:
    rate = net.rate

    def loss(w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
        hidden = np.maximum(net.x @ w1.T + b1, 0.0)
        return np.mean((hidden @ w2.T + b2 - net.y) ** 2)

    def functional() -> Any:
        params = net.parameters()
        both = jt.value_and_grad(loss, argnums=(0, 1, 2, 3))

        def step() -> Any:
            _, gradients = both(*params)
            for p, g in zip(params, gradients, strict=True):
                p -= rate * g
            return params

        return step

    def recorded() -> Any:
        params = net.parameters()
        F = jt.record(loss, *params)

        def step() -> Any:
            _, gradients = F.value_and_grad(*params)
            for p, g in zip(params, gradients, strict=True):
                p -= rate * g
            return params

        return step

    def modules(compiled: bool = False) -> Any:
        from jittape import nn, optim

        model = nn.Sequential(nn.Linear(net.sizes[0], net.sizes[1]), nn.ReLU(), nn.Linear(net.sizes[1], net.sizes[2]))
        if net.dtype == np.float32 and hasattr(model, "float"):
            model.float()
        with jt.no_grad():
            for p, value in zip(model.parameters(), net.parameters(), strict=True):
                p[...] = value
        criterion, optimizer = nn.MSELoss(), optim.SGD(model.parameters(), lr=rate)
        parameters = list(model.parameters())
        x, y = jt.tensor(net.x, dtype=net.dtype), jt.tensor(net.y, dtype=net.dtype)

        def step() -> Any:
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
            return parameters

        recorded = jt.compile_step(lambda x, y: criterion(model(x), y), optimizer)

        def recorded_step() -> Any:
            recorded(x, y)
            return parameters

        return recorded_step if compiled else step

    yield Contender("jittape record", recorded, "the batch is fixed in the recording", net.flat)
    yield Contender("jittape value_and_grad, recorded anew", functional, "", net.flat)
    yield Contender("jittape nn + optim.SGD, eager", modules, "", lambda ps: net.flat([p.detach().numpy() for p in ps]))
    yield Contender("jittape compile_step", partial(modules, True), "", lambda ps: net.flat([p.detach().numpy() for p in ps]))


def long_arrays(name: str, x: Any) -> Iterator[Contender]:
    f = partial(LARGE[name][0], np)

    def kept(compiled: bool, given: bool) -> Any:
        F = jt.record(f, x, compile=compiled)
        if compiled:
            F.compile()
        return partial(F.grad, x, out=np.empty_like(x)) if given else partial(F.grad, x)

    yield Contender("jittape grad, recorded anew each call", lambda: partial(jt.grad(f), x))
    for compiled in (False, True):
        for given in (False, True):
            way = "compiled" if compiled else "interpreted"
            yield Contender(f"jittape record, {way}{', out=' if given else ''}", partial(kept, compiled, given))


def w16(name: str, A: Any, x: Any) -> Iterator[Contender]:
    f = partial(DENSE[name][0], np, A)
    yield Contender("jittape jacobian, recorded anew each call", lambda: partial(jt.jacobian(f), x))
    yield Contender("jittape F.jacobian", lambda: partial(jt.record(f, x).jacobian, x))


def w18(wave: Any) -> Iterator[Contender]:
    def compiled() -> Any:
        F = jt.record(lambda x: wave.f(x, jt.numpy), wave.x)
        F.compile()
        return partial(F.grad, wave.x)

    yield Contender("jittape F.grad", lambda: partial(jt.record(lambda x: wave.f(x, jt.numpy), wave.x).grad, wave.x), answer=in_reals)
    yield Contender("jittape F.grad, compiled", compiled, answer=in_reals)


def linear_algebra(name: str, what: str, a: Any, v: Any) -> Iterator[Contender]:
    f = partial(MATRICES[name][0], np, jt.linalg.expm)
    if what == "gradient":
        yield Contender("jittape grad, recorded anew each call", lambda: partial(jt.grad(f), a))
        yield Contender("jittape F.grad", lambda: partial(jt.record(f, a).grad, a))
    else:
        yield Contender("jittape F.hvp", lambda: partial(jt.record(f, a).hvp, a, v))


def matrices(problem: Problem, kind: str, x: Any, v: Any) -> Iterator[Contender]:
    second_order()
    f = partial(problem.f, np, problem.data)
    box: dict[str, float] = {}

    def kept(given: bool) -> Any:
        F = jt.record(f, x)
        call = {"gradient": partial(F.grad, x), "product": partial(F.hvp, x, v), "Hessian": partial(F.hessian, x)}[kind]
        if given:
            call = partial(call, out=np.empty((x.size,) * (2 if kind == "Hessian" else 1)))
        start = time.perf_counter()
        call()
        box["s"] = time.perf_counter() - start
        return call

    def anew() -> Any:
        return {"gradient": partial(jt.grad(f), x), "product": partial(jt.hvp(f), x, v), "Hessian": partial(jt.hessian(f), x)}[kind]

    yield Contender("jittape record", partial(kept, False), after_recording(box))
    yield Contender("jittape record, out=", partial(kept, True))
    yield Contender("jittape, recorded anew each call", anew)


w7 = w8 = w9 = matrices


def w6() -> Iterator[Recorder]:
    def functional(run: Any) -> float:
        return float(jt.grad(lambda y, a, b: run(y, a, b, np.sin), argnums=(0, 1, 2))(1.0, A, B)[0])

    def recorded(run: Any) -> float:
        F = jt.record(lambda y, a, b: run(y, a, b, np.sin), 1.0, A, B)
        gradient = F.grad(1.0, A, B)
        held["nbytes"], held["instructions"] = F.tape.nbytes, F.tape.count
        return float(gradient[0])

    def eager(run: Any) -> float:
        y, a, b = (jt.tensor(v, requires_grad=True) for v in (1.0, A, B))
        run(y, a, b, np.sin).backward()
        return float(y.grad)

    held: dict[str, int] = {}
    yield Recorder("jittape grad", functional)
    yield Recorder("jittape record", recorded, tape=held)
    if hasattr(jt, "tensor"):
        yield Recorder("jittape tensor", eager)


COLD = {
    "jittape": """
import numpy as np, jittape as jt
x = np.array(X)
f = lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
g = jt.grad(f)(x).tolist()
"""
}


def w17(case: str) -> Iterator[Contender]:
    import jittape.torch as torch

    yield from contenders(torch, "jittape", case, {"eager": {}, "compile_step": {"compile": jt.compile_step}})
