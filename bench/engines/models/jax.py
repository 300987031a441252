"""JAX under jit, with float64: whole arrays, and `lax.scan` over recurrences (its `unroll` made none of them faster)."""

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



class _SolvesByElements:
    """JAX's NumPy, whose `linalg.solve` of two equations is written out: its own calls LAPACK each time."""

    def __getattr__(self, name: str) -> Any:
        return getattr(jnp, name)

    class linalg:
        @staticmethod
        def solve(S: Any, b: Any) -> Any:
            inverse = jnp.array([[S[1, 1], -S[0, 1]], [-S[1, 0], S[0, 0]]]) / (S[0, 0] * S[1, 1] - S[0, 1] * S[1, 0])
            return inverse @ b


def _scanned(steps: Recurrence, x: Any, rows: Any = None, m: Any = jnp) -> Any:
    unpacked = steps.unpack(m, x)
    state = jax.tree.map(lambda v: jnp.asarray(v, float), steps.start(m, unpacked))
    length = steps.rows if rows is None else None
    state, _ = jax.lax.scan(lambda state, row: (steps.step(m, unpacked, state, row), None), state, rows, length)
    return steps.end(m, state)


def _driven(x: Any) -> Any:
    """What W15's recursive filter takes of the signal, at once."""
    return x[0] * x[7:] + x[1] * x[6:-1] + x[2] * x[5:-2]


def _recursive(x: Any) -> Any:
    def step(state: Any, u: Any) -> Any:
        y = u - x[3] * state[0] - x[4] * state[1]
        return (y, state[0]), y

    y = jax.lax.scan(step, (0.0, 0.0), _driven(x))[1]
    return 0.5 * jnp.sum(y * y)


def _recursive_at_once(x: Any) -> Any:
    u = _driven(x)
    steps = jnp.broadcast_to(jnp.array([[-x[3], -x[4]], [1.0, 0.0]]), (len(u), 2, 2))

    def then(first: Any, second: Any) -> Any:
        return second[0] @ first[0], (second[0] @ first[1][..., None])[..., 0] + second[1]

    y = jax.lax.associative_scan(then, (steps, jnp.stack((u, jnp.zeros_like(u)), axis=1)))[1][:, 0]
    return 0.5 * jnp.sum(y * y)


FORWARD = 10
"""Inputs up to which forward mode is shown, too."""


def _functions(p: Problem) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    if p.kind == "recursive":
        yield "scan", _recursive
        yield "associative_scan", _recursive_at_once
    elif p.steps is not None:
        rows = None if isinstance(p.steps.rows, int) else jnp.asarray(p.steps.rows)
        yield "scan", partial(_scanned, p.steps, rows=rows)
        if p.kind == "solves":
            yield "scan, solve written out", partial(_scanned, p.steps, rows=rows, m=_SolvesByElements())
    else:
        data = [jnp.asarray(d) for d in p.data]
        yield "arrays", lambda x: p.whole(jnp, x, *data)


def _called(derivative: Any, x: Any) -> Any:
    call = jax.jit(derivative)
    return lambda: np.asarray(call(x))


def gradient(p: Problem) -> Iterator[Contender]:
    for name, f in _functions(p):
        yield Contender(f"JAX jit(grad), {name}", lambda f=f: _called(jax.grad(f), p.x))
        if p.x.size <= FORWARD:
            yield Contender(f"JAX jit(jacfwd), {name}", lambda f=f: _called(jax.jacfwd(f), p.x))


def hessian(p: Problem) -> Iterator[Contender]:
    for name, f in _functions(p):
        yield Contender(f"JAX jit(hessian), {name}", lambda f=f: _called(jax.hessian(f), p.x))
        if p.x.size <= FORWARD:
            yield Contender(f"JAX jit(jacfwd(jacfwd)), {name}", lambda f=f: _called(jax.jacfwd(jax.jacfwd(f)), p.x))


def points(p: Points) -> Iterator[Contender]:
    # the adjoints of columns that were split off are joined once; those of single indices are added up as whole arrays
    def one(x: Any) -> Any:
        return p.whole(MODULE, [column[0] for column in jnp.split(x, len(x))])

    def whole(X: Any) -> Any:
        return jnp.sum(p.whole(MODULE, [column[:, 0] for column in jnp.split(X, X.shape[1], axis=1)]))

    yield Contender("JAX jit(vmap(grad))", lambda: _called(jax.vmap(jax.grad(one)), p.X))
    yield Contender("JAX jit(grad), all points at once", lambda: _called(jax.grad(whole), p.X), "written for batches")
