"""`jittape.record` calls the plain function once and warns where that returns something else."""

from __future__ import annotations

import functools
import random
import warnings
from typing import Any

import numba
import numpy as np
import pytest

import jittape as jt
import jittape.numpy as jnp

X = np.array([1.0, 2.0])
OTHERS = {
    "float": lambda x: x[0] * (2 if isinstance(x[1], float) else 3),
    "ndarray": lambda x: np.sum(x) * (2 if isinstance(x, np.ndarray) else 3),
    "ndarray of jittape.numpy": lambda x: np.sum(x) * (2 if isinstance(jnp.ones(2), np.ndarray) else 3),
    "hasattr": lambda x: np.sum(x) * (2 if hasattr(x, "ctypes") else 3),
    "shape": lambda x: x if isinstance(x, np.ndarray) else x[:1],
    "structure": lambda x: (x, x) if isinstance(x, np.ndarray) else x,
    "an error": lambda x: np.sum(x) if not isinstance(x, np.ndarray) else 1 / 0,
}
SAME = {
    "a number": lambda x: np.sum(np.sin(x) ** 2),
    "a dict": lambda x: {"a": x, "b": [x[0], 3, True]},
    "NaN": lambda x: np.log(x - 1.5),
    "np.isscalar of jittape.numpy": lambda x: x[0] * (2 if jnp.isscalar(x[1]) and not jnp.isscalar(x) and jnp.isscalar(2.0) else 3),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_warning(name: str) -> None:
    with pytest.warns(RuntimeWarning, match=r"(when it is recorded|when it was recorded): it decides by something"):
        jt.record(OTHERS[name], X)


@pytest.mark.parametrize("name", SAME)
def test_no_warning(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="ignore"):
            jt.record(SAME[name], X)


def test_once_and_with_copies() -> None:
    seen: list[Any] = []

    def f(x: Any, a: Any = None) -> Any:
        seen.append(type(x))
        x[0] = a[1]
        return np.sum(x * a)

    x, a = X.copy(), X.copy()
    F = jt.record(f, x, a=a)
    assert len(seen) == 2 and seen[1] is np.ndarray and x.tolist() == a.tolist() == [1.0, 2.0]
    F.grad(x)
    jt.record(jt.grad(f), x, a=a)  # a driver of the package is not asked again
    assert len(seen) == 3


def test_random_numbers_stay() -> None:
    np.random.seed(0), random.seed(0)
    jt.record(lambda x: np.sum(x), X)
    first = np.random.rand(), random.random()
    np.random.seed(0), random.seed(0)
    assert (np.random.rand(), random.random()) == first


@numba.njit
def noise() -> Any:
    return random.random()


@numba.njit
def draws_natively(x: Any) -> Any:
    s = 0.0
    for i in range(len(x)):
        s += x[i] * np.random.normal()
    return s


@numba.njit
def draws_in_another(x: Any) -> Any:
    return x[0] * noise()


@numba.njit
def draws_from_an_argument(x: Any, rng: Any) -> Any:
    return x[0] * rng.standard_normal()


@numba.njit
def seeded(x: Any) -> Any:
    np.random.seed(1)
    return x[0] * np.random.normal()


@numba.njit
def positional(x: Any, scale: Any) -> Any:
    return scale * x[0] * np.random.uniform(1.0, 2.0)


def rng() -> Any:
    return np.random.default_rng(0)


DRAWING = {
    "Python": (lambda x: np.sum(x) * np.random.rand(), {}, r"np\.random\.rand in <lambda> \(test_compare\.py, line \d+\)"),
    "random": (lambda x: np.sum(x) * random.gauss(0.0, 1.0), {}, r"random\.gauss in <lambda>"),
    "a generator": (lambda x, rng: np.sum(x) * rng.normal(), {"rng": rng}, "draws random numbers, "),
    "native": (draws_natively, {}, r"np\.random\.normal in draws_natively \(test_compare\.py, line \d+\).* or jittape\.native\.grad"),
    "native in another": (draws_in_another, {}, r"random\.random in noise"),
    "native by an argument": (draws_from_an_argument, {"rng": rng}, "draws random numbers, "),
    "native in Python": (lambda x: jt.native.wrap(draws_natively)(x), {}, ""),
    "a driver": (jt.grad(draws_natively), {}, ""),
    "bound": (functools.partial(positional, scale=2.0), {}, "np.random.uniform in positional"),
}


@pytest.mark.parametrize("name", DRAWING)
def test_random_numbers_are_frozen_and_told(name: str) -> None:
    f, made, words = DRAWING[name]
    with pytest.warns(RuntimeWarning, match=f"it draws random numbers.*{words}|{words}.*a recording keeps"):
        F = jt.record(f, X, **{k: v() for k, v in made.items()})
    with pytest.warns(RuntimeWarning, match="a recording keeps"):
        jt.record(f, X, argnums=0, **{k: v() for k, v in made.items()})
    assert np.array_equal(F(X), F(X))
    assert np.array_equal(F.batch_value(np.stack([X, X])), np.stack([F(X), F(X)]))


def test_where_the_generators_stand_after_a_recording_that_draws() -> None:
    """They have moved by the recorded call, and not by the plain one."""

    @numba.njit
    def seed() -> None:
        np.random.seed(3), random.seed(3)

    draws_normal = (draws_natively, lambda x: x[0] * draws_natively(X))
    for f in (*draws_normal, draws_in_another):
        seed()
        draws_natively(X), noise()
        expected = draws_natively(X), noise()
        seed()
        noise() if f in draws_normal else draws_natively(X)
        with pytest.warns(RuntimeWarning, match="draws"):
            jt.record(f, X)
        assert (draws_natively(X), noise()) == expected


def test_gradients_draw_anew() -> None:
    for g in (jt.grad(draws_natively), jt.native.grad(draws_natively)):
        assert not np.array_equal(g(X), g(X))


def test_seeded_functions_are_the_same_at_each_call() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F = jt.record(seeded, X)
    assert F(X) == seeded(X)


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("draws", [0, 1, 2, 3])
def test_normal_numbers_stay(draws: int, before: int) -> None:
    """They are drawn in pairs, of which the generator keeps the second: the user's next are those that follow the recorded call."""

    def f(x: Any) -> Any:
        return np.sum(x) + sum(0.0 * np.random.standard_normal() for _ in range(draws))

    np.random.seed(0), np.random.standard_normal(before)
    jt.record(f, X)
    found = np.random.standard_normal(3).tolist()
    np.random.seed(0), np.random.standard_normal(before), f(X)
    assert np.random.standard_normal(3).tolist() == found


def test_check_grad_says_so() -> None:
    with pytest.raises(jt.testing.CheckFailed, match="changes when it is recorded"):
        jt.testing.check_grad(OTHERS["float"], X)
