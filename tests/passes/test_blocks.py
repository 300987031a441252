"""Jacobians by blocks of seeds: what sweeps of one seed each find, on random programs over arrays, and where those must be taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape import tree
from jittape.instructions.base import Refused
from jittape.passes import blocks, terms


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks are taken whatever they cost, and linear programs never."""
    monkeypatch.setattr(blocks, "SWEEP", 1.0)
    monkeypatch.setattr(terms, "TERMS", 0)


class Used:
    """Counts the Jacobians that blocks found."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = self.backwards = 0
        real = blocks.Blocks.__call__

        def call(own: Any, value: Any) -> Any:
            found = real(own, value)
            self.count += 1
            self.backwards += own.backwards
            return found

        monkeypatch.setattr(blocks.Blocks, "__call__", call)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> Used:
    return Used(monkeypatch)


def by_sweeps(monkeypatch: pytest.MonkeyPatch, find: Callable[[], Any]) -> Any:
    def refuse(*args: Any, **options: Any) -> None:
        raise Refused

    with monkeypatch.context() as patch:
        patch.setattr(blocks.Blocks, "__init__", refuse)
        return find()


def program(seed: int) -> tuple[Callable[[Any], Any], int]:
    """A function of one array: arithmetic, products of matrices, sums, slices, gathers; and its length."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    draws = rng.integers(0, 1 << 30, (int(rng.integers(2, 9)), 4))

    def f(x: Any) -> Any:
        pool = [x, x[::-1], np.concatenate([x[1:], x[:2]])]
        for kind, i, j, own in draws:
            a, b, some = pool[i % len(pool)], pool[j % len(pool)], np.random.default_rng(own)
            m = min(a.size, b.size)
            match kind % 13:
                case 0:
                    y = a[:m] * b[:m]
                case 1:
                    y = np.tanh(a)
                case 2:
                    y = some.normal(size=(int(own % 11) + 1, a.size)) @ a
                case 3:
                    y = a[:m] - b[-m:] ** 2
                case 4:
                    y = a * np.sum(b)
                case 5:
                    y = np.stack([np.sum(a), np.sum(b * b)])
                case 6:
                    y = np.outer(a[:3], b[:2]).ravel()
                case 7:
                    y = (np.outer(a, b[:3]) @ some.normal(size=(min(3, b.size), 2))).ravel()
                case 8:
                    y = np.where(a > 0, a, 2 * a)
                case 9:
                    y = a[some.integers(0, a.size, 7)]
                case 10:
                    y = np.sum(np.outer(a, b), axis=int(own % 2))
                case 11:
                    A = np.outer(np.sin(a), b)
                    y = (A @ A.T).ravel()[:9]
                case _:
                    y = np.exp(-a * a) / (1.0 + a * a)
            pool.append(y)
        return pool[-1] if draws[0, 3] % 3 else (pool[-1] * 1.0, {"a": pool[-2]})

    return f, n


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed: int, monkeypatch: pytest.MonkeyPatch, used: Used) -> None:
    f, n = program(seed)
    x = np.random.default_rng(seed).normal(size=n)
    monkeypatch.setattr(blocks, "MEMORY", int(np.random.default_rng(seed).choice([1, 100, 1 << 23])))

    def both() -> list[Any]:
        F = jt.record(f, x)
        return tree.flatten((jt.jacobian(f)(x), F.jacobian(x), F.jacobian(1.1 * x), F.jacobian(x)))[0]

    found = both()
    assert used.count in (0, 4)  # nothing is looked at where there is one seed
    for a, b in zip(found, by_sweeps(monkeypatch, both), strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13 * np.abs(b).max(initial=1.0))


@pytest.mark.parametrize(("m", "n", "backwards"), [(7, 7, True), (5, 9, True), (9, 5, False)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_products_with_a_matrix(m: int, n: int, backwards: bool, dtype: Any, used: Used, rng: np.random.Generator) -> None:
    A, x = rng.normal(size=(m, n)).astype(dtype), rng.normal(size=n).astype(dtype)
    right = (1.0 - np.tanh(A @ x) ** 2)[:, None] * A
    F = jt.record(lambda x: np.tanh(A @ x), x)
    out = np.empty((m, n), dtype)
    for J in (F.jacobian(x), jt.jacobian(lambda x: np.tanh(A @ x))(x), F.jacobian(x, out=out), F.jacobian(x, out=out.T.copy().T)):
        assert J.dtype == dtype
        np.testing.assert_allclose(J, right, rtol=20 * np.finfo(dtype).eps)
    assert (used.count, used.backwards) == (4, 4 * backwards)
    first = F.jacobian(x)
    F.jacobian(2 * x)
    np.testing.assert_allclose(first, right, rtol=20 * np.finfo(dtype).eps)


def test_a_parameter_may_become_infinite(used: Used) -> None:
    """Zeros of a seed give zero whatever they meet: then sweeps are due, and blocks again afterwards."""
    A, x = np.arange(9.0).reshape(3, 3), np.ones(3)
    F = jt.record(lambda x, A: A @ np.stack([x[0], x[1] * 0.0, x[2]]), x, A=A)
    B = A.copy()
    B[0, 1] = np.inf
    expected = A * np.array([1.0, 0.0, 1.0])
    np.testing.assert_array_equal(F.jacobian(x), expected)
    with np.errstate(invalid="ignore"):
        J = F.jacobian(x, A=B)
    assert np.isnan(J[0, 1])  # infinity times the zero of the program is none of ours
    np.testing.assert_array_equal(J[1:], expected[1:])
    np.testing.assert_array_equal(F.jacobian(x), expected)
    assert used.count == 2


def test_a_partial_that_is_infinite(used: Used, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.array([0.0, 4.0, 0.0])

    def f(x: Any) -> Any:
        return np.concatenate([np.sqrt(x), np.where(x > 0.0, np.sqrt(x), x)])

    def find() -> Any:
        return jt.jacobian(f)(x)

    J = find()
    assert used.count == 1
    np.testing.assert_array_equal(J, by_sweeps(monkeypatch, find))
    assert J[0, 0] == np.inf and J[0, 1] == 0.0 and J[3, 0] == 1.0
    J = jt.jacobian(lambda x: np.where(x > 0.0, np.sqrt(x), x))(x)  # the other way
    np.testing.assert_array_equal(J, np.diag([1.0, 0.25, 1.0]))


def test_results_that_do_not_depend_on_the_arguments(used: Used) -> None:
    F = jt.record(lambda x, y: (np.ones(2), x * 2.0, y > 0.0, np.sum(y) * np.ones(2)), np.ones(3), np.ones(2))
    J = F.jacobian(np.ones(3), np.ones(2))
    assert used.count == 1
    for (a, b), (c, d) in zip(J, ((0.0, 0.0), (2 * np.eye(3), 0.0), (0.0, 0.0), (0.0, 1.0)), strict=True):
        np.testing.assert_array_equal(a, np.broadcast_to(c, a.shape))
        np.testing.assert_array_equal(b, np.broadcast_to(d, b.shape))


def test_what_has_no_rule_goes_by_sweeps(used: Used) -> None:
    x = np.array([1.0, 3.0, 2.0])
    np.testing.assert_allclose(jt.jacobian(np.cumsum)(x), np.tril(np.ones((3, 3))))
    np.testing.assert_allclose(jt.jacobian(lambda x: np.linalg.solve(np.eye(3) * 2.0, x))(x), np.eye(3) / 2.0)
    assert used.count == 0


def test_short_functions_are_not_looked_at(monkeypatch: pytest.MonkeyPatch, used: Used) -> None:
    monkeypatch.setattr(blocks, "SWEEP", 4e-6)
    np.testing.assert_allclose(jt.jacobian(lambda x: x * x)(np.array([1.0, 2.0])), np.diag([2.0, 4.0]))
    assert used.count == 0


def test_long_arrays_go_by_sweeps_unless_products_take_the_time(monkeypatch: pytest.MonkeyPatch, used: Used) -> None:
    monkeypatch.setattr(blocks, "SWEEP", 4e-6)
    x, A = np.linspace(0.1, 1.0, 5000), np.ones((300, 5000)) / 5000
    assert np.allclose(jt.record(lambda x: np.stack([np.sum(np.sin(x) * x), np.sum(np.exp(x))]), x).jacobian(x)[1], np.exp(x)) and not used.count
    assert np.allclose(jt.record(lambda x: np.tanh(A @ x), x).jacobian(x), (1.0 - np.tanh(A @ x) ** 2)[:, None] * A) and used.count == 1


def test_hessians_by_blocks(used: Used, rng: np.random.Generator) -> None:
    A, x = rng.normal(size=(6, 4)), rng.normal(size=4)
    s = 1.0 / np.cosh(A @ x) ** 2
    np.testing.assert_allclose(jt.hessian(lambda x: np.sum(np.log(np.cosh(A @ x))))(x), A.T @ (s[:, None] * A), rtol=1e-12)
    assert used.count == 1


def test_the_same_instructions_with_other_constants(used: Used, rng: np.random.Generator) -> None:
    """How it is done is kept, and nothing of the values: a matrix that was finite may hold infinities the next time."""
    x = rng.normal(size=6)
    for A in (rng.normal(size=(6, 6)), rng.normal(size=(6, 6)), np.full((6, 6), np.inf), np.eye(6)):
        count, J = used.count, jt.jacobian(lambda x, A=A: np.tanh(A @ x))(x)
        with np.errstate(all="ignore"):
            want = (1.0 - np.tanh(A @ x) ** 2)[:, None] * A
        assert (used.count > count) is bool(np.isfinite(A).all())
        if np.isfinite(A).all():
            np.testing.assert_allclose(J, want, rtol=1e-13, atol=1e-15)
    y = rng.normal(size=7)
    np.testing.assert_allclose(jt.jacobian(lambda y: np.tanh(np.ones((6, 7)) @ y))(y), np.tile(1.0 - np.tanh(y.sum()) ** 2, (6, 7)), rtol=1e-12)
