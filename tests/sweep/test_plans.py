"""Plans of replays: the same numbers as without one, on random programs over long arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.ops.layout import ADJOINT_SPOT, CHUNK, FIRST_OPERATION, RUN, UNREAD
from jittape.tape import plan


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WORTHWHILE", 0)


def program(seed: int) -> tuple[Callable[[Any], Any], int]:
    """A function of one long array: arithmetic, slices, reductions, scalars used again; and its length."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([CHUNK + 1, 700, 2 * CHUNK, 1500, 2050]))
    constant = rng.normal(size=n)
    draws = rng.integers(0, 1 << 30, (int(rng.integers(3, 14)), 3))

    def f(x: Any) -> Any:
        pool, scalars = [x, x[::-1], np.roll(x, 3)], []
        for kind, i, j in draws:
            a, b = pool[i % len(pool)], pool[j % len(pool)]
            match kind % 13:
                case 0:
                    y = a * b
                case 1:
                    y = a + b * 0.5
                case 2:
                    y = np.sin(a)
                case 3:
                    y = a**2 - b
                case 4:
                    y = np.where(a > 0.2, a, b * 2)
                case 5:
                    y = np.concatenate([a[1:], b[:1]])
                case 6:
                    y = a * constant
                case 7:
                    scalars.append(np.sum(a))
                    y = a - b
                case 8:
                    y = np.exp(-a * a) * b
                case 9:
                    y = a * scalars[-1] * 0.001 if scalars else a + 1.0
                case 10:
                    y = np.cumsum(a) * 0.01
                case 11:
                    scalars.append(np.sum(a * b))
                    y = b / (2.0 + a * a)
                case _:
                    y = np.maximum(a, b)
                    scalars.append(np.max(y))
            pool.append(y)
        total = np.sum(pool[-1] * pool[-2])
        for s in scalars[-3:]:
            total = total + np.tanh(s * 0.01)
        return total, pool[-3][5:10]

    return f, n


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_changes_no_number(seed: int) -> None:
    f, n = program(seed)
    rng = np.random.default_rng(seed + 1000)
    x, y = rng.normal(size=n), rng.normal(size=n)
    both = jt.record(f, x)
    F = jt.record(lambda x: f(x)[0], x)
    for point in (y, x, y):
        value, g = jt.value_and_grad(lambda x: f(x)[0])(point)
        np.testing.assert_allclose(F(point), value, rtol=1e-13)
        np.testing.assert_allclose(F.grad(point), g, rtol=1e-11, atol=1e-12)
        for found, expected in zip(both(point), f(point), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def test_chained_rosenbrock_is_one_group() -> None:
    x = np.linspace(-1.0, 1.0, 2000)
    f = lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    F = jt.record(f, x)
    assert F.tape.plan is not None
    assert F(x) == jt.value_and_grad(f)(x)[0]  # to the last bit
    np.testing.assert_array_equal(F.grad(x), jt.grad(f)(x))
    places = F.tape.plan.arrays[2]
    hidden = places[places >= 0]
    assert hidden.size == 7  # every run but the sum's
    assert (hidden & UNREAD != 0).sum() == 4  # only x**2, x[1:] - x**2 and 1 - x are needed again
    assert np.unique(hidden >> ADJOINT_SPOT).size == 5  # what is added up has the adjoints of its sum


def test_values_that_were_not_kept_are_computed_when_asked_for() -> None:
    x = np.linspace(-1.0, 1.0, 2000)
    F = jt.record(lambda x: np.sum((x * 2.0 + 1.0) ** 2), x)
    y = x + 0.5
    F.grad(y)
    assert F.tape.partial
    F.tape.evaluate()
    product = next(s for _, s, op, _, n in F.tape.instructions() if n == 2000 and op >= RUN + FIRST_OPERATION)
    np.testing.assert_array_equal(F.tape.value[product : product + 2000], y * 2.0)
    np.testing.assert_allclose(F.grad(y), 4.0 * (2.0 * y + 1.0), rtol=1e-15)


def test_a_run_whose_derivatives_are_all_zero_gets_no_adjoints() -> None:
    x = np.linspace(-1.0, 1.0, 2000)

    def f(x: Any) -> Any:
        y = x * 3.0
        return np.sum(np.exp(-(y**2)) + np.floor(y)) + np.sum(np.sin(y + 1.0))  # two groups share the local memory

    F = jt.record(f, x)
    for point in (x, x + 0.3):
        np.testing.assert_allclose(F.grad(point), -18.0 * point * np.exp(-9.0 * point**2) + 3.0 * np.cos(3.0 * point + 1.0), rtol=1e-11, atol=1e-13)
    G = jt.record(lambda x: np.sum(np.floor(x * 2.0) + x), x)
    np.testing.assert_array_equal(G.grad(x), np.ones(2000))


def test_a_short_recording_has_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WORTHWHILE", 50_000)
    assert jt.record(lambda x: np.sum(x * x + x), np.zeros(2000)).tape.plan is None
    assert jt.record(lambda x: np.sum(x * x + x), np.zeros(30_000)).tape.plan is not None


def test_an_exception_in_a_planned_sweep_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(0.0, 1.0, 2000)
    F = jt.record(lambda x: np.sum((x + 1.0) ** 2 * x), x)
    expected = F.grad(x)
    real = type(F.tape).sweep

    def fail(self: Any, name: str, *args: int) -> None:
        real(self, name, *args)
        if name == "reverse":
            raise KeyboardInterrupt

    monkeypatch.setattr(type(F.tape), "sweep", fail)
    with pytest.raises(KeyboardInterrupt):
        F.grad(x)
    monkeypatch.undo()
    np.testing.assert_array_equal(F.grad(x), expected)
