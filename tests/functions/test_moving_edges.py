"""Functions that move elements, where one end or one flag decides."""

from __future__ import annotations

import numpy as np
import pytest
from numpy_oracle import recorded

import jittape as jt


@pytest.mark.parametrize("trim", ["fb", "f", "b", "B"])
def test_zeros_are_trimmed_where_it_was_said(trim):
    x = np.array([0.0, 0.0, 1.0, 0.0, 2.0, 0.0])
    assert np.array_equal(recorded(lambda x: np.trim_zeros(x, trim), x)[0], np.trim_zeros(x, trim))
    assert recorded(lambda x: np.trim_zeros(0.0 * x, trim), x)[0].shape == (0,)


@pytest.mark.parametrize(("copy", "sparse"), [(True, False), (True, True), (False, True)])
def test_grids_that_may_be_stored_into(copy, sparse):
    def f(x, y):
        a, b = np.meshgrid(x, y, copy=copy, sparse=sparse)
        a[0, 0] = 5.0
        return np.sum(a * b)

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    g = jt.grad(f, argnums=(0, 1))(x, y)
    assert g[1].tolist() == ([7.0, 7.0, 7.0] if sparse else [7.0, 3.0, 3.0])


def test_grids_of_one_memory_are_read_only():
    def f(x, y):
        np.meshgrid(x, y, copy=False)[0][0, 0] = 5.0
        return np.sum(x)

    with pytest.raises(ValueError, match="read-only"):
        jt.grad(f)(np.ones(2), np.ones(3))
