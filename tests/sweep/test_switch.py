"""The scalar switch: remainders to the sign of zero, and operations that it has by the kernels of runs, compiled on the way."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import digamma, polygamma, psi

import jittape as jt
from jittape.ops.layout import K_FORWARD, K_REVERSE, K_TANGENT, KINDS
from jittape.ops.spec import BY_NAME
from jittape.sweep.engine import Engine
from jittape.tape.tape import Tape

NUMBERS = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 0.1, -0.3, 7.0, 3.0, 5e-324, 1e308, math.inf, -math.inf, math.nan]
REMAINDERS = {"mod": lambda x, y: x % y, "floor_divide": lambda x, y: x // y}


@pytest.mark.parametrize("name", REMAINDERS)
def test_remainders_are_numpys(name):
    """As numbers and in batches of both maths, signs of zeros and what is divided by zero included."""
    f = REMAINDERS[name]
    rng = np.random.default_rng(0)
    drawn = np.stack([rng.normal(size=500) * 10.0 ** rng.uniform(-5, 5, 500), rng.normal(size=500)], 1)
    points = np.concatenate([np.array(list(itertools.product(NUMBERS, repeat=2))), drawn])
    with np.errstate(all="ignore"):
        expected = f(points[:, 0], points[:, 1])
    recorded = jt.record(lambda x: f(x[0], x[1]), np.ones(2))
    for found in (
        np.array([recorded(p) for p in points]),
        recorded.batch_value(points, math="fast"),
        recorded.batch_value(points, math="precise"),
    ):
        np.testing.assert_array_equal(found, expected)
        ordinary = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(found[ordinary]), np.signbit(expected[ordinary]))


def test_kernels_that_the_switch_needs_are_compiled_when_they_are_met(monkeypatch):
    """digamma has no form in the switch: sweeps with a fresh engine come back for its kernels, among other instructions."""
    fresh = Engine(np.dtype(np.float64), True)
    monkeypatch.setattr(Tape, "engine", property(lambda tape: fresh))
    kernels = [BY_NAME["digamma"].code * KINDS + kind for kind in (K_FORWARD, K_REVERSE, K_TANGENT)]
    assert not any(fresh.table[k] for k in kernels)
    slope = psi(6.25) + 2.5 * 5.0 * polygamma(1, 6.25)
    f = lambda x: 3 * digamma(x * x) * x  # noqa: E731
    assert jt.grad(f)(2.5) == pytest.approx(3 * slope)
    assert jt.jvp(f, (2.5,), (2.0,)) == pytest.approx((7.5 * psi(6.25), 6 * slope))
    assert all(fresh.table[k] for k in kernels)
