"""HIPS/autograd."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import autograd
import autograd.numpy as anp

from bench.common import Contender, Recorder
from bench.matrices import Problem
from bench.problems import DENSE, LARGE, MATRICES, A, B, Net, kepler_loop

DISTRIBUTION = "autograd"


def start() -> None:
    autograd.grad(lambda x: anp.sum(x * x))(anp.ones(2))


def _rosenbrock(x: Any) -> Any:
    return anp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def w1(x: Any) -> Iterator[Contender]:
    def make() -> Any:
        g = autograd.grad(_rosenbrock)
        return lambda: g(x)

    yield Contender("autograd, vectorised", make)


def w2(z: Any) -> Iterator[Contender]:
    yield Contender("autograd, Python loop", lambda: partial(autograd.grad(lambda z: kepler_loop(z, anp.sin, anp.cos)), z))


def w4_dense(x: Any) -> Iterator[Contender]:
    def many(x: Any) -> Any:
        y, z = anp.roll(x, -1), anp.roll(x, -7)
        return anp.sum(anp.exp(-0.1 * x * y) * anp.sin(z) + anp.log(1.0 + x * x) * y)

    yield Contender("autograd hessian", lambda: partial(autograd.hessian(many), x))


def w4_hvp(x: Any, v: Any) -> Iterator[Contender]:
    yield Contender("autograd hessian_vector_product", lambda: partial(autograd.hessian_vector_product(_rosenbrock), x, v))


def w5(net: Net) -> Iterator[Contender]:
    def make() -> Any:
        params = net.parameters()

        def loss(params: Any) -> Any:
            w1, b1, w2, b2 = params
            hidden = anp.maximum(anp.dot(net.x, w1.T) + b1, 0.0)
            return anp.mean((anp.dot(hidden, w2.T) + b2 - net.y) ** 2)

        g = autograd.grad(loss)

        def step() -> Any:
            for p, d in zip(params, g(params), strict=True):
                p -= net.rate * d
            return params

        return step

    yield Contender("autograd", make, "", net.flat)


def long_arrays(name: str, x: Any) -> Iterator[Contender]:
    yield Contender("autograd", lambda: partial(autograd.grad(partial(LARGE[name][0], anp)), x))


def w16(name: str, A: Any, x: Any) -> Iterator[Contender]:
    if len(x) <= 50:  # beyond, seconds
        yield Contender("autograd jacobian", lambda: partial(autograd.jacobian(partial(DENSE[name][0], anp, A)), x))


def linear_algebra(name: str, what: str, a: Any, v: Any) -> Iterator[Contender]:
    f = partial(MATRICES[name][0], anp, None)
    if name == "expm" or name == "qr":  # it has no rules for these
        return
    if what == "gradient":
        yield Contender("autograd", lambda: partial(autograd.grad(f), a))
    else:
        yield Contender("autograd", lambda: partial(autograd.hessian_vector_product(f), a, v))


def matrices(problem: Problem, kind: str, x: Any, v: Any) -> Iterator[Contender]:
    def make() -> Any:
        f = partial(problem.f, anp, problem.data)
        if kind == "product":
            product = autograd.hessian_vector_product(f)
            return lambda: product(x, v)
        return partial((autograd.grad if kind == "gradient" else autograd.hessian)(f), x)

    if kind != "Hessian" or problem.one_by_one:
        yield Contender("autograd", make)


w7 = w8 = w9 = matrices


def w6() -> Iterator[Recorder]:
    def record(run: Any) -> float:
        return float(autograd.grad(lambda v: run(*v, anp.sin))((1.0, A, B))[0])

    yield Recorder("autograd", record, fewer=10)


COLD = {
    "autograd": """
import autograd, autograd.numpy as np
x = np.array(X)
f = lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
g = autograd.grad(f)(x).tolist()
"""
}
