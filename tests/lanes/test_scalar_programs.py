"""Programs of scalar operations that are made natively are those that are made record by record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from lane_runs import of, run

import jittape as jt
from jittape.array.array import Array
from jittape.lanes import lanes as module
from jittape.lanes import scalars
from jittape.lanes.lanes import Lanes
from jittape.lanes.widths import LONG
from jittape.replay import hessians

STEPS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - b,
    lambda a, b: a / (1.0 + b * b),
    lambda a, b: a + a,
    lambda a, b: a * a,
    lambda a, b: -a,
    lambda a, b: 3.0 - 0.25 * a,
    lambda a, b: np.sin(a),
    lambda a, b: np.exp(-a * a) * b,
    lambda a, b: np.maximum(a, b),
    lambda a, b: abs(a) + 0.5,
    lambda a, b: a * 1.5 if a > b else b,
    lambda a, b: np.arctan2(a, b),
    lambda a, b: 2.0,
]
PROGRAMS = st.lists(st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=25)


def function(program: list[tuple[int, int, int]]) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        values = [x[i] for i in range(4)]
        for step, i, j in program:
            values.append(STEPS[step](values[-1 - i % len(values)], values[j % len(values)]))
        return values[-1] + x[1] * values[len(values) // 2]

    return f


def both(make: Callable[[], Lanes]) -> tuple[Lanes, Lanes]:
    """Lanes whose program is made natively, however short it is, and record by record."""
    with pytest.MonkeyPatch.context() as m:
        m.setattr(scalars, "LONG", 1)
        m.setattr(scalars, "FEW", 0)
        natively = make()
        m.setattr(module, "scalar_program", lambda *_: None)
        return natively, make()


def same(lanes: tuple[Lanes, Lanes], X: Any, gradients: bool) -> None:
    natively, plain = lanes
    assert plain.program.rows is None
    for a, b in zip(run(natively, X, gradients), run(plain, X, gradients), strict=True):
        np.testing.assert_array_equal(a, b)


@examples(40)
@given(PROGRAMS, st.integers(0, 2**31), st.booleans())
def test_random_programs(program: list[tuple[int, int, int]], seed: int, gradients: bool) -> None:
    rng = np.random.default_rng(seed)
    F = jt.record(function(program), rng.uniform(-1.0, 1.0, 4))
    guards = (F._path.guard_slots, F._path.expected) if F._path.expected.size else None
    lanes = both(lambda: of(F, gradients=gradients, guards=guards))
    assert lanes[0].program.rows is not None and lanes[0].program.size <= lanes[1].program.size
    same(lanes, rng.uniform(-1.0, 1.0, (70, 4)), gradients)


@examples(15)
@given(PROGRAMS, st.integers(0, 2**31))
def test_products_with_the_hessian(program: list[tuple[int, int, int]], seed: int) -> None:
    """They hold some short runs, which become operations of their own."""
    rng = np.random.default_rng(seed)
    path = hessians.derived(jt.record(function(program), rng.uniform(-1.0, 1.0, 4)))._path
    inputs = np.concatenate([np.arange(a, b, dtype=np.int32) for a, b, _ in path.inputs])
    outputs = np.concatenate([o.slots.ravel() for o in path.outputs if isinstance(o, Array)])
    lanes = both(lambda: Lanes(path.tape, inputs, outputs, math="precise", gradients=False))
    same(lanes, rng.uniform(-1.0, 1.0, (20, 8)), False)


def chain(x: Any, steps: int = LONG) -> Any:
    total = x[0]
    for i in range(steps):
        total = total * x[i % 3] + 0.01 * x[1]
    return total


def test_long_programs_are_made_natively() -> None:
    X = np.random.default_rng(0).uniform(0.1, 0.9, (40, 3))
    F = jt.record(chain, X[0])
    lanes = of(F)
    assert lanes.program.rows is not None and not lanes.fusable
    Y, G, failures = run(lanes, X)
    assert (failures == -1).all()
    for row in range(3):
        value, gradient = F.value_and_grad(X[row])
        assert Y[row, 0] == value
        np.testing.assert_array_equal(G[row, 0], gradient)


def test_what_has_no_kernel_of_vectors_is_made_record_by_record() -> None:
    F = jt.record(lambda x: np.cbrt(x[0] * x[1]) + x[2], np.array([2.0, 1.5, 0.5]))
    natively, plain = both(lambda: of(F, math="precise"))
    assert natively.program.rows is None
    same((natively, plain), np.array([[2.0, 1.5, 0.5], [3.25, 2.0, 1.0]]), True)


def test_products_go_by_lanes_where_these_pay() -> None:
    """Long paths and few directions: one by one. It depends on the path and on the number of directions only."""
    short = hessians.derived(jt.record(lambda x: chain(x, 20), np.full(3, 0.5)))
    long = hessians.derived(jt.record(lambda x: chain(x, 300), np.full(3, 0.5)))
    vectors = hessians.derived(jt.record(lambda x: np.sum(np.tanh(x * x) * x), np.linspace(0.0, 1.0, 500)))
    for of_ in (short, long, vectors):
        assert not hessians.lanes_pay(of_._path, 0) and not hessians.lanes_pay(of_._path, 1)
    assert hessians.lanes_pay(short._path, 60) and not hessians.lanes_pay(short._path, 2)
    assert hessians.lanes_pay(long._path, 60) and not hessians.lanes_pay(long._path, 2)
    assert not hessians.lanes_pay(vectors._path, 60)
    x = np.full(3, 0.5)
    few = [short.along([x], [np.eye(3)[:k]], None)[0] for k in (2, 3)]
    assert not short._path.lanes
    np.testing.assert_array_equal(few[0], few[1][:2])
    many = short.along([x], [np.tile(np.eye(3), (20, 1))], None)[0]
    assert short._path.lanes
    np.testing.assert_array_equal(many[:3], few[1])
