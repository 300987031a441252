"""Numbers that kernels of lanes bring along do not come from the lane memory, whose first line holds addresses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import jittape as jt

SPARSE = scipy.sparse.csr_array(np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 4.0]]))


def positive(x: Any) -> Any:
    return np.outer(x, x) + 3.0 * np.eye(3)


FUNCTIONS = {
    "sum": lambda x: np.sum(x**2) * x,
    "max": lambda x: np.max(x) * x,
    "min": lambda x: np.min(x) * x,
    "cumsum": lambda x: np.cumsum(x) * x,
    "matmul": lambda x: (np.outer(x, x) @ np.outer(x, x)) @ x,
    "sparse": lambda x: SPARSE @ x,
    "solve": lambda x: np.linalg.solve(positive(x), x),
    "determinant": lambda x: np.linalg.det(positive(x)) * x,
    "cholesky": lambda x: np.linalg.cholesky(positive(x)) @ x,
    "triangular": lambda x: jt.linalg.solve_triangular(positive(x), x, lower=True),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_addresses_that_look_like_nan_change_nothing(name: str, dtype: Any) -> None:
    f = FUNCTIONS[name]
    F = jt.record(lambda x: np.sum(f(x) * x), np.array([1.0, 0.5, 2.0], dtype))
    X = np.random.default_rng(0).uniform(0.5, 2.0, (40, 3)).astype(dtype)
    Y, G = F.batch_value(X), F.batch_grad(X)
    assert np.isfinite(Y).all() and np.isfinite(G).all()
    idle = 0
    for lanes, pool in F._path.lanes.values():
        assert not lanes.table.size  # nobody looks at the address
        for workspace in pool:
            workspace._memory[: np.dtype(dtype).itemsize].view(dtype)[0] = np.nan
            idle += 1
    assert idle >= 2
    np.testing.assert_array_equal(F.batch_value(X), Y)
    np.testing.assert_array_equal(F.batch_grad(X), G)
