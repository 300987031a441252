"""SparseDiffPy: bindings of SparseDiffEngine, the C library behind CVXPY's nonlinear problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from sparsediffpy import _sparsediffengine as engine

from bench.common import Contender
from bench.problems import bands

DISTRIBUTION = "sparsediffpy"
NONE = np.zeros(0)
"""Multipliers: there are no constraints."""


def start() -> None:
    engine.make_variable(1, 1, 0, 1)


def _problem(n: int) -> Any:
    def constant(value: float, size: int = 1) -> Any:
        return engine.make_parameter(size, 1, -1, n, np.full(size, value))

    x = engine.make_variable(n, 1, 0, n)
    a, b = (engine.make_index(x, n - 1, 1, np.arange(first, first + n - 1, dtype=np.int32)) for first in (0, 1))
    d = engine.make_add(b, engine.make_neg(engine.make_power(a, 2.0)))
    e = engine.make_add(constant(1.0, n - 1), engine.make_neg(a))
    terms = engine.make_add(
        engine.make_param_scalar_mult(constant(100.0), engine.make_power(d, 2.0)), engine.make_power(e, 2.0)
    )
    return engine.make_problem(engine.make_sum(terms, -1), [], False)


def w4_sparse(x: Any) -> Iterator[Contender]:
    def make() -> Any:
        problem = _problem(len(x))
        engine.problem_init_derivatives(problem)
        engine.problem_init_hessian_coo_lower_triangular(problem)
        rows, cols, shape = engine.get_problem_hessian_sparsity_coo(problem)

        def call() -> Any:
            engine.problem_objective_forward(problem, x)
            engine.problem_gradient(problem)  # the Hessian is made of what this leaves behind
            return engine.problem_eval_hessian_vals_coo(problem, 1.0, NONE), rows, cols, shape

        return call

    def whole(got: Any) -> Any:
        data, rows, cols, shape = got
        below = rows != cols
        places = np.concatenate((rows, cols[below])), np.concatenate((cols, rows[below]))
        return bands(coo_array((np.concatenate((data, data[below])), places), shape))

    yield Contender(
        "sparsediffpy, values of the lower triangle", make, "value and gradient as well, which it needs", whole
    )
