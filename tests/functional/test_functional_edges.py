"""Drivers at the edges: layouts of arguments, results that are no arrays, errors that are the user's, arrays that are kept."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.array.array import Array
from jittape.errors import TapeMismatchError
from jittape.functional import again
from jittape.tape.tape import Tape


@pytest.mark.parametrize(
    "x",
    [
        np.broadcast_to(np.array([1.0, 2.0, 3.0]), (2, 3)), np.arange(600.0).reshape(2, 300)[:, ::100], np.arange(6.0).reshape(3, 2).T,
        np.arange(6.0).reshape(2, 3)[::-1, ::-1], np.broadcast_to(4.0, (2, 3)), np.arange(12.0).reshape(2, 6)[:, ::-2],
    ],
    ids=["rows", "far apart", "transposed", "reversed", "one number", "every second"],
)  # fmt: skip
def test_an_argument_of_any_layout(x: np.ndarray) -> None:
    c = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert jt.grad(lambda x: np.sum(c * x))(x).tolist() == c.tolist()
    value, g = jt.value_and_grad(lambda x: np.sum(x.ravel() * c.ravel()) + np.sum(x[::-1] ** 2))(x)
    assert value == np.sum(x * c) + np.sum(x**2) and g.tolist() == (c + 2.0 * x).tolist()


def test_an_error_of_the_function_is_left_as_it_is() -> None:
    class Mine(ValueError):
        pass

    def f(x: float) -> float:
        raise Mine("of the user")

    for driver in (jt.grad(f), jt.hessian(f), lambda x: jt.record(f, x)):
        with pytest.raises(Mine, match="^of the user$"):
            driver(1.0)


def test_results_that_are_no_arrays_have_no_tangent() -> None:
    def f(y: float) -> tuple[float, float, np.ndarray]:
        return y * y, 3.0, np.ones(2)

    out, tangents = jt.jvp(f, (2.0,), (1.0,))
    assert tangents[0] == 4.0 and tangents[1] == 0.0 and tangents[2].tolist() == [0.0, 0.0]
    assert [type(v) for v in (tangents[0], tangents[1])] == [np.float64] * 2

    def nested(x: float) -> float:
        tangent = jt.jvp(f, (x,), (1.0,))[1]
        assert tangent[1] == 0.0 and tangent[2].tolist() == [0.0, 0.0]
        return tangent[0] * x

    assert jt.grad(nested)(2.0) == 8.0


def test_a_nested_derivative_by_a_number_is_a_number() -> None:
    def f(x: float) -> float:
        value, g = jt.value_and_grad(lambda y: y)(2.0)
        assert not isinstance(value, Array) and not isinstance(g, Array) and value == 2.0 and g == 1.0
        return x * value

    assert jt.grad(f)(3.0) == 2.0


def test_seeds_of_another_structure_are_refused() -> None:
    _, vjp_fn = jt.vjp(lambda x: (x, 2.0 * x), 3.0)
    assert vjp_fn((1.0, 1.0)) in (3.0, (3.0,))
    for seed in ([1.0, 1.0], (1.0,), (1.0, (1.0,)), 1.0):
        with pytest.raises(ValueError, match="structure"):
            vjp_fn(seed)


@pytest.mark.parametrize("driver", [jt.grad, jt.jacobian, jt.hessian, jt.value_and_grad, lambda f: lambda x: jt.hvp(f)(x, x), lambda f: lambda x: jt.jvp(f, (x,), (x,))])
def test_a_recorded_array_that_is_kept_is_of_no_use(driver) -> None:
    kept = []

    def f(x):
        kept.append(x)
        return x * x

    driver(f)(3.0)
    for x in kept:
        with pytest.raises(TapeMismatchError, match="ended"):
            x + 1.0


def test_nested_results_of_one_repeated_number_may_be_stored_into() -> None:
    def f(x: Any) -> Any:
        g = jt.grad(lambda t: np.sum(t) * x[1])(x * 1.0)
        g[0] = 0.5
        d = jt.jvp(lambda t: t * 2.0, (x * 1.0,), (np.ones(3),))[1]
        d[1:] += x[0]
        return np.sum(g * d * x)

    x = np.array([0.5, -0.7, 1.1])
    want = [1.0 - 0.7 * (-0.7 + 1.1), 2.5 * 0.4 - 0.7 * 2.5, -0.7 * 2.5]
    np.testing.assert_allclose(jt.grad(f)(x), want, rtol=1e-12)


@pytest.mark.parametrize("driver", [jt.grad, jt.hessian, jt.jacobian, lambda f: lambda x: jt.hvp(f)(x, x), lambda f: lambda x: jt.grad(lambda y: np.sum(jt.grad(f)(y) ** 2))(x)])
def test_tapes_do_not_wait_for_the_garbage_collector(driver, monkeypatch):
    made = []
    begin = Tape.__init__

    def noted(self, *args, **kwargs):
        begin(self, *args, **kwargs)
        made.append(weakref.ref(self))

    g = driver(lambda x: np.sum(np.sin(x) * x))
    g(np.linspace(0.3, 1.0, 5))
    monkeypatch.setattr(Tape, "__init__", noted)
    gc.disable()
    try:
        g(np.linspace(0.3, 1.0, 6))
        again._known.recordings.clear()  # those that are recorded on again
        assert made and not any(ref() for ref in made)
    finally:
        gc.enable()
