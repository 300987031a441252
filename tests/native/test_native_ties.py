"""Ties and bounds in Numba functions: the derivative is that of the same function in Python, by every route."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

import jittape as jt

POINTS = np.array([[0.0, 1.0, 0.0], [1.0, 1.0, 2.0], [0.0, 0.0, 0.0], [-1.0, 2.0, 2.0]])


def clipped(x):
    return np.sum(np.clip(x, 0.0, 1.0)) + 2.0 * np.sum(x.clip(0.0)) + 3.0 * np.sum(np.clip(x, x[0], 2.0)) + np.sum(np.clip(x, None, x[::-1]))


def chosen(x):
    s = np.max(x) + 2.0 * np.min(x) + 3.0 * np.ptp(x) + np.maximum(x[0], x[2]) + np.sum(np.fmin(x, 0.0)) + np.sort(x)[1] + np.median(x)
    return s + max(x[0], x[1]) + 2.0 * min(x[1], x[2]) + 3.0 * max(0.0, x[0]) + 5.0 * min(x[2], 2.0, x[1]) + x[np.argmax(x)] * x[np.argmin(x)]


@pytest.mark.parametrize("f", [clipped, chosen])
def test_ties_are_settled_as_in_python(f):
    compiled = njit(f)
    want = np.stack([jt.grad(f)(p) for p in POINTS])
    for p, g in zip(POINTS, want, strict=True):
        value, found = jt.value_and_grad(compiled)(p)
        assert value == f(p)
        np.testing.assert_array_equal(found, g)
    for g in (f, compiled) if f is chosen else (f,):
        recorded = jt.record(g, POINTS[0])
        np.testing.assert_array_equal([recorded.grad(p) for p in POINTS], want)
        np.testing.assert_array_equal(recorded.batch_grad(POINTS), want)


def test_maxima_of_a_nan_are_those_of_python():
    f = njit(lambda x: np.array([max(x[0], x[1]), min(x[0], x[1]), max(x[1], x[0])]))
    for p in (np.array([np.nan, 1.0]), np.array([1.0, np.nan])):
        np.testing.assert_array_equal(jt.vjp(f, p)[0], [max(p[0], p[1]), min(p[0], p[1]), max(p[1], p[0])])
    for bounds in ((np.nan, 1.0), (0.0, np.nan)):
        assert np.isnan(jt.value_and_grad(njit(lambda x, low, high: np.sum(np.clip(x, low, high))))(np.ones(2), *bounds)[0])


def test_clipping_of_a_number_and_of_bounds():
    f = njit(lambda x: np.clip(x[0], x[1], x[2]) * 3.0 + np.clip(1.0, x[1], 2))
    plain = lambda x: np.clip(x[0], x[1], x[2]) * 3.0 + np.clip(x[1] * 0.0 + 1.0, x[1], 2)  # noqa: E731
    for p in ([0.0, 0.0, 1.0], [2.0, 0.0, 2.0], [3.0, 0.0, 2.0], [-1.0, 1.0, 2.0], [0.0, 2.0, 1.0], [1.0, 1.0, 1.0]):
        np.testing.assert_array_equal(jt.grad(f)(np.array(p)), jt.grad(plain)(np.array(p)))


NODES = np.array([0.0, 1.0, 1.0, 2.5, 4.0])
HEIGHTS = np.array([1.0, 3.0, -2.0, 0.5, 7.0])


@pytest.mark.parametrize("x", [-1.0, 0.0, 0.4, 1.0, 2.5, 3.0, 4.0, 4.5, np.nan])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_interpolation_at_nodes_is_that_of_python(x: float, n: int) -> None:
    """At a node the derivative is the slope to its right, at the last one that to its left; where two nodes are one, there is a jump."""
    xp, fp = NODES[:n].copy(), HEIGHTS[:n].copy()

    def f(x, xp, fp):
        return np.interp(x, xp, fp)

    native = njit(f)
    assert native(x, xp, fp) == pytest.approx(f(x, xp, fp), abs=0, rel=1e-15, nan_ok=True)
    for argnums in (0, 1, 2):
        value, g = jt.value_and_grad(native, argnums)(x, xp, fp)
        expected, h = jt.value_and_grad(f, argnums)(x, xp, fp)
        assert value == pytest.approx(expected, abs=0, rel=1e-15, nan_ok=True)
        if not np.isnan(x):
            np.testing.assert_allclose(g, h, rtol=1e-14)
