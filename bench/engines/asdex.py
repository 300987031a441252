"""asdex: sparse Hessians in JAX, by pattern and star colouring. Jitted, which its documentation asks for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import asdex
import jax
import numpy as np
from scipy.sparse import coo_array

from bench.common import Contender
from bench.engines.jax import _rosenbrock
from bench.problems import bands

DISTRIBUTION = "asdex"


def start() -> None:
    x = np.ones(3)
    np.asarray(jax.jit(asdex.hessian(_rosenbrock, x))(x).data)
    asdex.hessian(_rosenbrock, x, output_format="scipy_csr")(x)


def w4_sparse(x: Any) -> Iterator[Contender]:
    def jitted(mode: str) -> Any:
        h = jax.jit(asdex.hessian(_rosenbrock, x, mode=mode))

        def call() -> Any:
            found = h(x)
            return np.asarray(found.data), found

        return call

    def values() -> Any:
        """The nonzeros alone: indices do not leave the compiled function."""
        pattern = asdex.hessian_coloring(_rosenbrock, x)
        compressed = asdex.compressed_hessian_from_coloring(_rosenbrock, pattern)
        h = jax.jit(lambda x: asdex.decompress_data(compressed(x), pattern))
        return lambda: (np.asarray(h(x)), pattern)

    def matrix(got: Any) -> Any:
        data, found = got
        rows, cols = np.asarray(found.indices).T
        return bands(coo_array((data, (rows, cols)), found.shape))

    def of_pattern(got: Any) -> Any:
        data, pattern = got
        where = np.asarray(pattern.sparsity.rows), np.asarray(pattern.sparsity.cols)
        return bands(coo_array((data, where), pattern.sparsity.shape))

    for mode in ("fwd_over_rev", "rev_over_rev"):
        yield Contender(f"asdex, jit, BCOO, {mode}", partial(jitted, mode), "its data as a NumPy array", matrix)
    yield Contender("asdex, jit, values only", values, "the nonzeros in the order of its pattern", of_pattern)
    yield Contender("asdex, scipy_csr", lambda: partial(asdex.hessian(_rosenbrock, x, output_format="scipy_csr"), x),
                    "cannot be jitted", bands)  # fmt: skip
