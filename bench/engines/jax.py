"""JAX: jit of whole-array functions, NumPy in and out, float64 enabled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.common import Contender
from bench.problems import Net

jax.config.update("jax_enable_x64", True)
DISTRIBUTION = "jax"


def start() -> None:
    jax.jit(jax.grad(lambda x: jnp.sum(x * x)))(np.ones(2))


def _rosenbrock(x: Any) -> Any:
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def w1(x: Any) -> Iterator[Contender]:
    def jitted() -> Any:
        g = jax.jit(jax.grad(_rosenbrock))
        return lambda: np.asarray(g(x))

    def plain() -> Any:
        g = jax.grad(_rosenbrock)
        return lambda: np.asarray(g(x))

    yield Contender("JAX jit, vectorised", jitted)
    yield Contender("JAX without jit, vectorised", plain)


def w5(net: Net) -> Iterator[Contender]:
    def loss(params: Any, x: Any, y: Any) -> Any:
        w1, b1, w2, b2 = params
        hidden = jax.nn.relu(x @ w1.T + b1)
        return jnp.mean((hidden @ w2.T + b2 - y) ** 2)

    def make() -> Any:
        x, y = jnp.asarray(net.x), jnp.asarray(net.y)
        held = [[jnp.asarray(p) for p in net.parameters()]]

        @partial(jax.jit, donate_argnums=0)
        def update(params: Any, x: Any, y: Any) -> Any:
            gradients = jax.grad(loss)(params, x, y)
            return [p - net.rate * g for p, g in zip(params, gradients, strict=True)]

        def step() -> Any:
            held[0] = jax.block_until_ready(update(held[0], x, y))
            return held[0]

        return step

    yield Contender("JAX jit", make, "parameters stay JAX arrays, donated", net.flat)


def chain(count: int, recorded: bool) -> float:
    import time

    spent = 0.0

    def f(y: Any, a: Any, b: Any) -> Any:
        nonlocal spent
        if not recorded:
            a, b = 0.999, 0.001
        start = time.perf_counter()
        for _ in range(count // 2):
            y = y * a + b
        spent = time.perf_counter() - start
        return y

    jax.make_jaxpr(f)(1.0, 0.999, 0.001)
    return spent
