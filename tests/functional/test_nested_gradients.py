"""Gradients nested three deep or more, of a float: one sweep of power series gives what nested recordings give."""

from __future__ import annotations

import functools
import math
from typing import Any

import mpmath
import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
import jittape.numpy as jnp
from jittape.functional import nesting

UNARY = {
    "sin": np.sin, "exp": lambda x: np.exp(0.3 * x), "tanh": np.tanh, "square": lambda x: x * x, "cube": lambda x: x**3, "shift": lambda x: x + 0.5,
    "abs": abs, "sqrt": lambda x: np.sqrt(x * x), "root": lambda x: np.sqrt(x + 2.0), "relu": lambda x: np.maximum(x, 0.0), "where": lambda x: np.where(x > 0.2, x * x, -x),
    "branch": lambda x: x * 2.0 if x > 0.0 else x - 1.0, "quotient": lambda x: x / (1.0 + x * x), "log": lambda x: np.log1p(x * x), "power": lambda x: (x + 2.5) ** 1.5,
    "hypot": lambda x: np.hypot(x, 0.0), "sum": lambda x: np.sum(jnp.array([x, 2.0 * x]) ** 2), "norm": lambda x: np.linalg.norm(jnp.array([x, x])),
}  # fmt: skip


def deep(f: Any, depth: int) -> Any:
    for _ in range(depth):
        f = jt.grad(f)
    return f


def general(f: Any, depth: int) -> Any:
    """The same by nested recordings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nesting, "FROM", 99)
        return deep(f, depth)


@given(st.lists(st.tuples(st.sampled_from(sorted(UNARY)), st.booleans()), min_size=1, max_size=4), st.sampled_from([0.0, 0.3, -0.7, 1.0, 0.2]), st.integers(3, 4))
@examples(60)
def test_drawn_functions(steps: list[tuple[str, bool]], x: float, depth: int) -> None:
    def f(x: Any) -> Any:
        y = x
        for name, times in steps:
            z = UNARY[name](y)
            y = z * x if times else z
        return y

    with np.errstate(all="ignore"):
        found, expected = deep(f, depth)(x), general(f, depth)(x)
    assert type(found) is type(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * max(1.0, abs(np.nan_to_num(expected))))


def test_it_goes_the_short_way_and_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    f = deep(lambda x: np.sin(x * x) * np.exp(-x), 7)
    with mpmath.workdps(40):
        expected = mpmath.diff(lambda x: mpmath.sin(x * x) * mpmath.exp(-x), mpmath.mpf("0.7"), 7)
    monkeypatch.setattr(nesting, "Trace", None)  # the general way does without this module's
    with pytest.raises(TypeError):
        f(0.7)
    monkeypatch.undo()
    assert math.isclose(f(0.7), expected, rel_tol=1e-12)
    assert f(np.float64(0.7)) == f(0.7) and f(np.array(0.7)) == pytest.approx(f(0.7))


def test_inside_recordings_it_depends_on_outer_variables() -> None:
    def outer(a: Any) -> Any:
        return deep(lambda x: a * x**5, 3)(2.0)

    assert jt.grad(outer)(1.5) == pytest.approx(60.0 * 4.0)
    assert jt.grad(deep(lambda x: x**6, 3))(2.0) == pytest.approx(360.0 * 4.0)
    F = jt.record(deep(lambda x: x**5, 3), 2.0)
    assert F(3.0) == pytest.approx(60.0 * 9.0)


def test_wrapped_gradients_are_functions_of_their_own() -> None:
    g = jt.grad(jt.grad(lambda x: x**4))

    @functools.wraps(g)
    def twice(x: Any) -> Any:
        return 2.0 * g(x)

    assert jt.grad(twice)(1.5) == pytest.approx(2 * 24 * 1.5)
    assert jt.grad(jt.grad(twice))(1.5) == pytest.approx(48.0)


def test_errors_are_those_of_gradients() -> None:
    with pytest.raises(jt.GradientError, match="returns a scalar"):
        deep(lambda x: jnp.array([x, x]), 3)(1.0)
    with pytest.raises(jt.GradientError, match="truth value"):
        deep(lambda x: x > 0, 3)(1.0)
    assert deep(lambda x: 2.0, 3)(1.0) == 0.0
    with pytest.raises(ZeroDivisionError):
        deep(lambda x: x * (1 / 0), 3)(1.0)
    assert deep(lambda x, y=2.0: x**4 * y, 3)(1.0) == 48.0
    assert deep(lambda x, y: x**4 * y, 3)(1.0, 3.0) == pytest.approx(72.0)


def test_series_of_what_has_none_are_nan() -> None:
    c = jt.taylor(lambda x: np.sqrt(x * x), 0.0, 3)
    assert c[:2].tolist() == [0.0, 0.0] and np.isnan(c[2:]).all()
    c = jt.taylor(lambda x: np.sqrt(x * x), np.array([0.0, 2.0, 0.0]), 2, np.array([1.0, 1.0, 0.0]))
    assert np.isnan(c[2, 0]) and c[:, 1].tolist() == [2.0, 1.0, 0.0] and not c[:, 2].any()
    assert np.isinf(jt.taylor(np.sqrt, 0.0, 3)[1:]).all()
