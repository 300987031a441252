"""JAX: jit of whole-array functions, NumPy in and out, float64 enabled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.common import Contender, Recorder
from bench.matrices import Problem
from bench.problems import DENSE, LARGE, MATRICES, A, B, Net, many_loop
from bench.waves import in_reals

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


def w1_small(x: Any) -> Iterator[Contender]:
    def jitted() -> Any:
        g = jax.jit(jax.value_and_grad(_rosenbrock))

        def call() -> Any:
            value, gradient = g(x)
            return float(value), np.asarray(gradient)

        return call

    yield Contender("JAX jit, vectorised", jitted, "", np.hstack)


def _many(x: Any) -> Any:
    y, z = jnp.roll(x, -1, axis=-1), jnp.roll(x, -7, axis=-1)
    return jnp.sum(jnp.exp(-0.1 * x * y) * jnp.sin(z) + jnp.log(1.0 + x * x) * y)


def w3(X: Any) -> Iterator[Contender]:
    def mapped(f: Any) -> Any:
        g = jax.jit(jax.vmap(jax.grad(f)))
        return lambda: np.asarray(g(X))

    def whole() -> Any:
        g = jax.jit(jax.grad(_many))
        return lambda: np.asarray(g(X))

    yield Contender("JAX jit(vmap(grad)), vectorised", partial(mapped, _many))
    yield Contender("JAX jit(vmap(grad)), scalar by scalar", partial(mapped, partial(many_loop, exp=jnp.exp, sin=jnp.sin, log=jnp.log)))
    yield Contender("JAX jit(grad) of the sum over all points", whole, "written for batches")


def w2(z: Any) -> Iterator[Contender]:
    def solve(e: Any, M: Any) -> Any:
        def body(state: Any) -> Any:
            E, _ = state
            step = (E - e * jnp.sin(E) - M) / (1.0 - e * jnp.cos(E))
            return E - step, step

        return jax.lax.while_loop(lambda state: jnp.abs(state[1]) >= 1e-12, body, (M, jnp.ones_like(M)))[0]

    def make() -> Any:
        g = jax.jit(jax.grad(lambda z: jnp.sum(jax.vmap(solve)(z[0], z[1]))))
        return lambda: np.asarray(g(z))

    yield Contender("JAX jit, while_loop", make)


def w4_dense(x: Any) -> Iterator[Contender]:
    def make(f: Any) -> Any:
        h = jax.jit(jax.hessian(f))
        return lambda: np.asarray(h(x))

    yield Contender("JAX jit(hessian), vectorised", partial(make, _many))
    yield Contender("JAX jit(hessian), scalar by scalar", partial(make, partial(many_loop, exp=jnp.exp, sin=jnp.sin, log=jnp.log)))


def w4_hvp(x: Any, v: Any) -> Iterator[Contender]:
    def make() -> Any:
        h = jax.jit(lambda x, v: jax.jvp(jax.grad(_rosenbrock), (x,), (v,))[1])
        return lambda: np.asarray(h(x, v))

    yield Contender("JAX jit(jvp of grad), vectorised", make)


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


def long_arrays(name: str, x: Any) -> Iterator[Contender]:
    def make() -> Any:
        g = jax.jit(jax.grad(partial(LARGE[name][0], jnp)))
        return lambda: np.asarray(g(x))

    yield Contender("JAX jit", make)


def w16(name: str, A: Any, x: Any) -> Iterator[Contender]:
    def make(jacobian: Any) -> Any:
        J = jax.jit(jacobian(partial(DENSE[name][0], jnp, jnp.asarray(A))))
        return lambda: np.asarray(J(x))

    yield Contender("JAX jit, jacrev", lambda: make(jax.jacrev))
    yield Contender("JAX jit, jacfwd", lambda: make(jax.jacfwd))


def w18(wave: Any) -> Iterator[Contender]:
    def make(f: Any) -> Any:
        g = jax.jit(jax.grad(f))
        return lambda: np.asarray(g(wave.x))

    names = wave.names
    if "infidelity" in names:
        yield Contender("JAX jit, lax.scan over the steps", lambda: make(partial(_control, wave)), answer=in_reals)
    elif "reflectance" in names:
        yield Contender("JAX jit, lax.scan over the layers", lambda: make(partial(_films, wave)), answer=in_reals)
    else:
        yield Contender("JAX jit", lambda: make(lambda x: wave.f(x, jnp)), answer=in_reals)


def _control(wave: Any, path: Any) -> Any:
    """Example 42's function, its loop a scan."""
    (state, target, duration), names = wave.told, wave.names
    dt = duration / path.shape[0]
    kinetic = jnp.exp(-0.5j * dt * names["K"] ** 2)

    def step(state: Any, center: Any) -> Any:
        phase = jnp.exp(-0.5j * dt * names["trap"](names["X"] - center))
        return phase * jnp.fft.ifft(kinetic * jnp.fft.fft(phase * state)), None

    end, _ = jax.lax.scan(step, jnp.asarray(state), path)
    return 1.0 - jnp.abs(jnp.sum(jnp.conj(target) * end)) ** 2 + 1e-4 * jnp.sum((path[1:] - path[:-1]) ** 2)


def _films(wave: Any, thickness: Any) -> Any:
    """Example 41's function likewise."""
    (wavelength,), names = wave.told, wave.names
    index = jnp.where(jnp.arange(thickness.shape[0]) % 2 == 0, names["HIGH"], names["LOW"])

    def layer(field: Any, told: Any) -> Any:
        (a, b), (n, h) = field, told
        phase = (2.0 * jnp.pi * n) * (h / wavelength)
        cosine, sine = jnp.cos(phase), 1j * jnp.sin(phase)
        return (cosine * a + sine * b / n, n * sine * a + cosine * b), None

    one = jnp.ones(wavelength.shape) + 0j
    (a, b), _ = jax.lax.scan(layer, (one, one * names["GLASS"]), (index, thickness), reverse=True)
    return jnp.mean(jnp.abs((a - b) / (a + b)) ** 2)


def linear_algebra(name: str, what: str, a: Any, v: Any) -> Iterator[Contender]:
    def make() -> Any:
        gradient = jax.grad(partial(MATRICES[name][0], jnp, jax.scipy.linalg.expm))
        if what == "gradient":
            g = jax.jit(gradient)
            return lambda: np.asarray(g(a))
        h = jax.jit(lambda a, v: jax.jvp(gradient, (a,), (v,))[1])
        return lambda: np.asarray(h(a, v))

    yield Contender("JAX jit", make)


def matrices(problem: Problem, kind: str, x: Any, v: Any) -> Iterator[Contender]:
    def make() -> Any:
        f = partial(problem.f, jnp, tuple(jnp.asarray(a) for a in problem.data))
        if kind == "product":
            h = jax.jit(lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1])
            return lambda: np.asarray(h(x, v))
        d = jax.jit((jax.grad if kind == "gradient" else jax.hessian)(f))
        return lambda: np.asarray(d(x))

    yield Contender("JAX jit", make)


w7 = w8 = w9 = matrices


def w6() -> Iterator[Recorder]:
    def record(run: Any) -> float:
        jaxpr = jax.make_jaxpr(lambda y, a, b: run(y, a, b, jnp.sin))(1.0, A, B)
        return float(jax.grad(lambda y: jax.core.eval_jaxpr(jaxpr.jaxpr, jaxpr.consts, y, A, B)[0])(1.0))

    yield Recorder("JAX make_jaxpr", record, fewer=200)


COLD = {
    "JAX jit": """
import jax, jax.numpy as jnp, numpy as np
jax.config.update("jax_enable_x64", True)
x = np.array(X)
f = lambda x: jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
g = np.asarray(jax.jit(jax.grad(f))(x)).tolist()
"""
}
