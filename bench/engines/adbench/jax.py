"""JAX under jit with float64: vmap over observations, forward and reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.adbench_bundle import Bundle, residuals
from bench.adbench_hand import Hand
from bench.adbench_hand import residuals as residuals_of_hand
from bench.common import Contender
from bench.engines.jax import DISTRIBUTION as DISTRIBUTION
from bench.engines.jax import start as start


def bundle(p: Bundle) -> Iterator[Contender]:
    camera, point, features = jnp.asarray(p.camera), jnp.asarray(p.point), jnp.asarray(p.features)

    def called(of_rows: Callable[[Any], Any]) -> Any:
        @jax.jit
        def entries(cameras: Any, points: Any, weights: Any) -> Any:
            rows = jnp.concatenate((cameras[camera], points[point], weights[:, None]), axis=1)
            return jnp.concatenate((of_rows(rows).ravel(), -2.0 * weights))

        return lambda: np.asarray(entries(p.cameras, p.points, p.weights))

    def one(v: Any, feature: Any) -> Any:
        return jnp.stack(residuals(jnp, [x[0] for x in jnp.split(v, len(v))], feature))  # adjoints of what was split off are joined once

    def at_once(V: Any) -> Any:
        return jnp.stack([jax.grad(lambda V, k=k: jnp.sum(residuals(jnp, [c[:, 0] for c in jnp.split(V, V.shape[1], axis=1)], features.T)[k]))(V) for k in (0, 1)], axis=1)

    yield Contender("JAX jit(vmap(jacrev))", lambda: called(lambda V: jax.vmap(jax.jacrev(one))(V, features)))
    yield Contender("JAX jit(vmap(jacfwd))", lambda: called(lambda V: jax.vmap(jax.jacfwd(one))(V, features)))
    yield Contender("JAX jit(grad), all observations at once", lambda: called(at_once), "written for batches")


def hand(p: Hand) -> Iterator[Contender]:
    data = [jnp.asarray(d) for d in p.data]

    def called(derivative: Any) -> Any:
        shift = 0 if p.us is None else 2

        @jax.jit
        def J(pose: Any, us: Any) -> Any:
            return derivative(lambda z: residuals_of_hand(jnp, z, us, *data))(jnp.concatenate((jnp.zeros(shift), pose)))

        return lambda: np.asarray(J(p.pose, p.us))

    yield Contender("JAX jit(jacfwd)", lambda: called(jax.jacfwd))
    if len(p.seen) < 1000:  # as many reverse passes as residuals
        yield Contender("JAX jit(jacrev)", lambda: called(jax.jacrev))
