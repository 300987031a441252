"""Gradients by one pass over the last group of a plan are those of a forward and a reverse sweep, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.tape.plan import WORTHWHILE, Plan
from jittape.tape.tape import Tape

N = WORTHWHILE // 2 + 77
A = np.random.default_rng(3).normal(size=N)


def taken(run: Callable[[], Any], once: bool) -> tuple[Any, int]:
    """What a call gives, and how often one pass was enough; with `once` False none is."""
    passes = 0
    with pytest.MonkeyPatch.context() as m:
        real = Tape.replay_with_gradient

        def counted(self: Tape, slot: int, *more: bool) -> bool:
            nonlocal passes
            found = once and real(self, slot, *more)
            passes += found
            return found

        m.setattr(Tape, "replay_with_gradient", counted)
        return run(), passes


CASES: dict[str, tuple[Callable[[Any], Any], bool]] = {
    "squares": (lambda x: np.sum(x * x), True),
    "functions that are stored otherwise": (lambda x: np.sum(np.sin(x) * x + np.exp(-x * x) * np.sin(x)), True),
    "neighbours": (lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2), True),
    "a group before": (lambda x: np.sum(np.cos(np.cumsum(x * 1e-3) * x) * A), True),
    "gathers": (lambda x: np.sum(x[::-1] * x[np.arange(N) // 2] + 2.0), True),
    "one number for all": (lambda x: np.sum((x - x[0]) ** 2 * x[3]), True),
    "the mean": (lambda x: np.mean(x * x), False),
    "two sums": (lambda x: np.sum(x * x) + np.sum(np.sin(x)), False),
    "a sum that is wanted twice": (lambda x: np.sum(x * np.sum(x * x)), True),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients(name: str) -> None:
    f, once = CASES[name]
    rng = np.random.default_rng(0)
    x = rng.normal(size=N)
    F, G = jt.record(f, x), jt.record(f, x)
    assert isinstance(F.tape.plan, Plan)
    for _ in range(3):
        (value, gradient), passes = taken(lambda: F.value_and_grad(x), True)
        want, none = taken(lambda: G.value_and_grad(x), False)
        assert passes == once and none == 0
        assert value == want[0]
        np.testing.assert_array_equal(gradient, want[1])
        out = np.full(N, 7.0)
        assert F.grad(x, out=out) is out
        np.testing.assert_array_equal(out, want[1])
        x = rng.normal(size=N)
    for ask in (lambda: jt.value_and_grad(f)(x), lambda: jt.grad(f)(x)):
        found, passes = taken(ask, True)
        expected, _ = taken(ask, False)
        assert passes == once
        np.testing.assert_array_equal(found[-1] if isinstance(found, tuple) else found, expected[-1] if isinstance(expected, tuple) else expected)
    assert F(x) == G(x)
    np.testing.assert_array_equal(F.vjp(x)[1](2.0)[0], G.vjp(x)[1](2.0)[0])
    np.testing.assert_array_equal(F.jvp((x,), (x,))[1], G.jvp((x,), (x,))[1])


def test_several_arguments_and_parameters_in_float32() -> None:
    x, y = np.linspace(0.0, 1.0, N, dtype=np.float32), np.linspace(2.0, 1.0, N, dtype=np.float32)
    F = jt.record(lambda x, y, a: np.sum(a * np.tanh(x) * y), x, y, a=np.float32(2.0))
    for a in (2.0, 3.0):
        got, passes = taken(lambda a=a: F.grad(x, y, a=np.float32(a)), True)
        want, _ = taken(lambda a=a: F.grad(x, y, a=np.float32(a)), False)
        assert passes == 1
        for g, w in zip(got, want, strict=True):
            assert g.dtype == np.float32
            np.testing.assert_array_equal(g, w)


def test_a_gradient_that_nobody_took_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(0.0, 1.0, N)
    F = jt.record(lambda x: np.sum(x * x), x)
    want = F.grad(x)
    with monkeypatch.context() as m:
        m.setattr(type(F.paths[0].pool[0]), "results", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            F.value_and_grad(x)
    F.paths[0].pool[:] = F.paths[0].pool or [F.paths[0].another()]
    for _ in range(2):
        np.testing.assert_array_equal(F.grad(x), want)
    use = F._forward((x,), {}, True)
    assert use.replay.passed
    use.end()
    np.testing.assert_array_equal(F.vjp(x)[1](1.0)[0], want)
    np.testing.assert_array_equal(F.grad(x), want)
