"""Derivatives of Numba functions: features of the language and of NumPy, and what is refused."""

from __future__ import annotations

import native_features_arrays
import native_features_language
import numpy as np
import pytest
from native_features import FEATURES
from numba import njit

import jittape as jt

POINT = np.array([1.52, 1.31, 2.23])
OTHER = np.array([1.49, 1.33, 2.31])
"""The same branches are taken here."""

assert native_features_arrays and native_features_language


def differences(f, x, h=1e-6):
    """Central differences of a Python function."""
    g = np.zeros_like(x)
    for i in range(x.size):
        d = np.zeros_like(x)
        d[i] = h
        g[i] = (f(x + d) - f(x - d)) / (2 * h)
    return g


@pytest.mark.parametrize("f", FEATURES, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore::numba.core.errors.NumbaWarning", "ignore::RuntimeWarning")
def test_feature(f):
    # the function is run by Python for the differences; Numba compiles its recording version only
    compiled = njit(f)
    gradient = jt.value_and_grad(compiled)
    for x in (POINT, OTHER, POINT):  # a kept tape is used again
        value, g = gradient(x)
        np.testing.assert_allclose(value, f(x), rtol=1e-10)
        np.testing.assert_allclose(g, differences(f, x), rtol=1e-5, atol=1e-6)
    recorded = jt.record(compiled, POINT)
    np.testing.assert_allclose(recorded(OTHER), f(OTHER), rtol=1e-10)
    np.testing.assert_allclose(np.broadcast_to(recorded.grad(OTHER), 3) if f.__name__ != "ret_float" else 0.0, differences(f, OTHER), rtol=1e-5, atol=1e-6)
