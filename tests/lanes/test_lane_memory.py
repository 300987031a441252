"""How much memory lane programs take, and how many records: values and adjoints that nobody needs any more give their place back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lane_runs
import numpy as np
import pytest

import jittape as jt

N = 8


def program(f: Callable[[Any], Any], gradients: bool = True, n: int = N) -> Any:
    return lane_runs.of(jt.record(f, np.ones(n)), gradients=gradients).program


def chain(step: Callable[[Any], Any], count: int) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        for _ in range(count):
            x = step(x)
        return np.sum(x)

    return f


@pytest.mark.parametrize("step", [np.sin, np.negative, np.square, lambda x: x + 1.0, np.cumsum, lambda x: x[::-1] * 2.0])
def test_values_of_a_chain_take_the_place_of_one_another(step: Any) -> None:
    assert len({program(chain(step, count), gradients=False).size for count in (5, 10, 20)}) == 1


def test_adjoints_of_a_chain_take_the_place_of_one_another() -> None:
    """The gradient needs all values of sines and squares, none of sums, and the adjoints of one or two steps."""
    for step in (np.sin, np.square):
        sizes = [program(chain(step, count)).size for count in (5, 10, 20)]
        assert np.diff(sizes).tolist() == [5 * N, 10 * N]
    for step in (np.negative, lambda x: x + 1.0, lambda x: x[::-1] - 1.0):
        assert len({program(chain(step, count)).size for count in (5, 10, 20)}) == 1


def test_what_a_gradient_does_not_need_is_not_kept_for_it() -> None:
    """A long computation beside the result, whose derivative is zero."""

    def f(x: Any) -> Any:
        y = x
        for _ in range(20):
            y = np.sin(y)
        return np.sum(x * x + np.floor(y))

    def short(x: Any) -> Any:
        return np.sum(x * x + np.floor(np.sin(x)))

    assert program(f).size <= program(short).size + N


def test_what_nobody_needs_is_not_computed() -> None:
    def f(x: Any) -> Any:
        np.cumsum(np.exp(x))
        return np.sum(np.sin(x))

    assert len(program(f).forward) == len(program(lambda x: np.sum(np.sin(x))).forward) == 2


def test_elements_in_a_row_are_one_record() -> None:
    p = program(lambda x: np.sum(np.sin(x)) + np.sum(np.cos(x[2:6])))
    sines = [r for r in p.forward if r.what[0] == "forward" and r.what[1].name in ("sin", "cos")]
    assert sorted(r.size for r in sines) == [4, N]


def test_a_result_that_depends_on_no_argument_has_no_adjoint() -> None:
    p = program(lambda x: (np.sum(x * x), np.sum(np.floor(x))))
    assert p.reverse[1] == [] and p.seeds[1] == -1 and p.seeds[0] >= 0 and p.reverse[0]


@pytest.mark.parametrize("start", [0, 1, 10, 17])
def test_operands_that_overlap(start: int) -> None:
    """A product of an array with itself, moved by less than its length."""

    def f(x: Any) -> Any:
        return np.sum(x[start : start + 30] * x[start + 1 : start + 31])

    X = np.random.default_rng(start).normal(size=(5, 64))
    wanted = np.zeros_like(X)
    wanted[:, start : start + 30] += X[:, start + 1 : start + 31]
    wanted[:, start + 1 : start + 31] += X[:, start : start + 30]
    np.testing.assert_allclose(jt.record(f, np.ones(64)).batch_grad(X), wanted, rtol=1e-15)


def test_elements_of_two_results_in_a_row_are_two_records() -> None:
    def f(x: Any) -> Any:
        y, z = x * 2.0, x * 3.0
        return np.sum(np.sin(np.concatenate([y, z])))

    sines = [r.size for r in program(f).forward if r.what[0] == "forward" and r.what[1].name == "sin"]
    assert sines == [N, N]


def test_an_adjoint_that_is_passed_on_as_it_is_takes_no_memory() -> None:
    for step in (np.negative, lambda x: x + 1.0):
        assert program(chain(step, 5)).size == program(chain(step, 5), gradients=False).size
