"""`jittape.record` calls the plain function once and warns where that returns something else."""

from __future__ import annotations

import random
import warnings
from typing import Any

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
    "random": lambda x: np.sum(x) * np.random.rand(),
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
