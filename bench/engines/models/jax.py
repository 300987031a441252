"""JAX under jit, with float64: whole arrays, and `lax.scan` over recurrences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.common import Contender
from bench.engines.jax import DISTRIBUTION as DISTRIBUTION
from bench.engines.jax import start as start
from bench.models import Points, Problem, Recurrence

MODULE = SimpleNamespace(exp=jnp.exp, log=jnp.log, sqrt=jnp.sqrt, erf=jax.scipy.special.erf, where=jnp.where, maximum=jnp.maximum)


def _scanned(steps: Recurrence, x: Any, rows: Any = None) -> Any:
    unpacked = steps.unpack(jnp, x)
    state = jax.tree.map(lambda v: jnp.asarray(v, float), steps.start(jnp, unpacked))
    length = steps.rows if rows is None else None
    state, _ = jax.lax.scan(lambda state, row: (steps.step(jnp, unpacked, state, row), None), state, rows, length)
    return steps.end(jnp, state)


def _function(p: Problem) -> tuple[str, Callable[[Any], Any]]:
    if p.steps is not None:
        rows = () if isinstance(p.steps.rows, int) else (jnp.asarray(p.steps.rows),)
        return "scan", lambda x: _scanned(p.steps, x, *rows)
    data = [jnp.asarray(d) for d in p.data]
    return "arrays", lambda x: p.whole(jnp, x, *data)


def _called(derivative: Any, x: Any) -> Any:
    call = jax.jit(derivative)
    return lambda: np.asarray(call(x))


def gradient(p: Problem) -> Iterator[Contender]:
    name, f = _function(p)
    yield Contender(f"JAX jit(grad), {name}", lambda: _called(jax.grad(f), p.x))
    if p.x.size <= 10 and p.steps is not None:
        yield Contender(f"JAX jit(jacfwd), {name}", lambda: _called(jax.jacfwd(f), p.x))


def hessian(p: Problem) -> Iterator[Contender]:
    name, f = _function(p)
    yield Contender(f"JAX jit(hessian), {name}", lambda: _called(jax.hessian(f), p.x))
    if p.x.size <= 10 and p.steps is not None:
        yield Contender(f"JAX jit(jacfwd(jacfwd)), {name}", lambda: _called(jax.jacfwd(jax.jacfwd(f)), p.x))


def points(p: Points) -> Iterator[Contender]:
    yield Contender("JAX jit(vmap(grad))", lambda: _called(jax.vmap(jax.grad(partial(p.whole, MODULE))), p.X))
    yield Contender("JAX jit(grad), all points at once", lambda: _called(jax.grad(lambda X: jnp.sum(p.whole(MODULE, X.T))), p.X))
