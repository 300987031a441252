"""Nested gradients that are recorded alike again and again: what is copied is what the rules write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.functional.trace import Trace
from jittape.passes import repeated


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Whether each recorded pullback of a test was copied; nothing is known at its beginning."""
    monkeypatch.setattr(repeated, "_known", type(repeated._known)())
    monkeypatch.setattr(repeated, "_held", [0])
    found: list[bool] = []
    write, asked = repeated.Match.write, Trace._asked

    def counted(self: Trace, *args: Any) -> Any:
        found.append(False)
        return asked(self, *args)

    def copied(self: Any) -> Any:
        result = write(self)
        found[-1] = result is not None
        return result

    monkeypatch.setattr(Trace, "_asked", counted)
    monkeypatch.setattr(repeated.Match, "write", copied)
    yield found


def drawn(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def net(w: Any, x: Any) -> Any:
    return np.sum(np.tanh(x @ w) @ w.T * x)


FUNCTIONS: dict[str, Callable[[Any, Any, int], Any]] = {
    "a Hessian's diagonal": lambda x, w, step: np.sum(np.sin(jt.grad(lambda x: net(w, x))(x))),
    "the third order": lambda x, w, step: np.sum(jt.grad(lambda x: np.sum(jt.grad(lambda x: net(w, x))(x) ** 2))(x) * x),
    "an outer variable": lambda x, w, step: np.sum(jt.grad(lambda v: net(v * x[0], x))(w) ** 2),
    "a root": lambda x, w, step: np.sum(jt.grad(lambda x: np.sqrt(np.sum((x @ w) ** 2)))(x) ** 3),
    "a vjp with an array": lambda x, w, step: np.sum(jt.vjp(lambda x: np.exp(-x * x) @ w, x)[1](drawn(5, 4, seed=step))[0] ** 2),
    "a jvp": lambda x, w, step: np.sum(jt.jvp(lambda x: np.cos(x @ w), (x,), (drawn(5, 4, seed=step),))[1] ** 2),
    "a factor that changes": lambda x, w, step: np.sum(jt.grad(lambda x: (1.0 + step) * net(w, x))(x) ** 2),
    "an exponent that changes": lambda x, w, step: np.sum(jt.grad(lambda x: np.sum((1.0 + x * x) ** (0.5 + step)))(x) ** 2),
    "an order that changes": lambda x, w, step: np.sum(jt.grad(lambda x: np.sum(np.sort(x * np.cos(step), axis=0) * np.arange(4.0) * x))(x) ** 2),
    "a branch": lambda x, w, step: np.sum(jt.grad(lambda x: net(w, x) if x[0, 0] > 0 else np.sum(x**3))(x) ** 2),
    "maps of points": lambda x, w, step: np.sum(jt.vmap(lambda r: jt.grad(lambda r: np.sum(np.sin(r @ w) * r))(r))(x) ** 2),
}  # fmt: skip
ALIKE = {"a Hessian's diagonal", "the third order", "an outer variable", "a root", "a vjp with an array", "a jvp"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_those_of_the_rules(copies: list[bool], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    f = FUNCTIONS[name]
    arguments = [(drawn(5, 4, seed=k), drawn(4, 4, seed=k + 10), k) for k in range(4)]
    found = [jt.grad(f, (0, 1))(*a) for a in arguments]
    if name in ALIKE:
        assert sum(copies) >= len(copies) - len(copies) // 4
    monkeypatch.setattr(Trace, "_asked", lambda *_: None)
    for a, gradients in zip(arguments, found, strict=True):
        for mine, rules in zip(gradients, jt.grad(f, (0, 1))(*a), strict=True):
            np.testing.assert_array_equal(mine, rules)


def test_numbers_of_python_are_written_by_the_rules(copies: list[bool]) -> None:
    """What such a number meets may depend on whether it is one of Python's."""
    f = jt.grad(jt.grad(lambda x: x**3 / (1.0 + x)))
    for x in (0.5, 1.5, -3.0):
        assert f(x) == pytest.approx(2.0 - 2.0 / (1.0 + x) ** 3, rel=1e-12)
    assert not any(copies)


def test_a_root_that_is_zero_is_looked_at(copies: list[bool]) -> None:
    """The curvature of |x|**2 at zero comes of a limit, of a sweep of its own."""
    def f(x: Any) -> Any:
        return np.sum(jt.grad(lambda x: np.sqrt(np.sum(x * x)) ** 2)(x) * np.arange(1.0, 4.0))

    for x in (np.ones(3), np.ones(3), np.zeros(3), np.ones(3)):
        np.testing.assert_allclose(jt.grad(f)(x), 2.0 * np.arange(1.0, 4.0))
    assert copies == [False, True, False, True]


def test_what_is_stored_into_a_gradient_is_not_copied(copies: list[bool]) -> None:
    def stored(x: Any, z: Any) -> Any:
        value, gradient = jt.value_and_grad(lambda x, z: np.sum(np.sin(x) * x) * z)(x, z)
        v = np.ravel(gradient)
        v[-1] += 10.0
        return value + np.sum(gradient) + np.sum(v)

    x = np.array([0.125])
    for _ in range(2):
        for z in (1.5, 2.5):
            value, _ = jt.value_and_grad(lambda y: stored(y, 1.5) + stored(y, 1.5))(x)
            np.testing.assert_allclose(value, 2.0 * stored(x, 1.5), rtol=1e-12)
            value, _ = jt.value_and_grad(lambda z: stored(x, z) + stored(x, z))(z)
            np.testing.assert_allclose(value, 2.0 * stored(x, z), rtol=1e-12)
    assert any(copies)
