"""Lanes as one kernel give what the lanes of records give, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from lane_runs import BINARY, UNARY, of, run
from recordings import CASES, recorded

import jittape as jt
from jittape.lanes import fusing
from jittape.lanes.fusing import Unfusable, fused
from jittape.replay import batch


def same(lanes: Any, X: np.ndarray) -> bool:
    """Whether lanes could be fused; if so, they give the same."""
    try:
        other = fused(lanes)
    except Unfusable:
        return False
    for rows in (0, 1, 31, len(X)):
        for got, want in zip(run(other, X[:rows], lanes.gradients), run(lanes, X[:rows], lanes.gradients), strict=True):
            if want is not None:
                np.testing.assert_array_equal(got, want)
    return True


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_instruction(name: str) -> None:
    F, _ = recorded(name)
    lanes = of(F, gradients=len(of(F).outputs) == 1)
    at = lanes.tape.value[lanes.inputs]
    X = (at * np.random.default_rng(0).uniform(0.8, 1.2, (70, at.size))).astype(lanes.dtype)
    same(lanes, X)


steps = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=10)


@examples(30)
@given(steps, st.integers(0, 2**31), st.booleans())
def test_random_programs(program: list[tuple[int, int, int]], seed: int, gradients: bool) -> None:
    unary, binary = UNARY[:8], BINARY[:8]

    def f(x: Any) -> Any:
        values = [x]
        for op, i, j in program:
            a, b = values[-1 - i % min(len(values), 3)], values[j % len(values)]
            op %= len(unary) + len(binary)
            values.append(unary[op](a) if op < len(unary) else binary[op - len(unary)](a, b))
        return np.sum(values[-1] * values[len(values) // 2])

    lanes = of(jt.record(f, np.array([0.3, -0.4, 0.9, 1.3])), gradients=gradients)
    assert same(lanes, np.random.default_rng(seed).uniform(-1.0, 1.0, (70, 4)))


def loop(x: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        total = total + np.exp(-0.1 * x[i] * x[i - 1]) * np.sin(x[i - 2]) + np.log(1 + x[i] ** 2)
    return total if x[0] > 0.5 else total * x[1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_batches_are_compiled_once_that_pays(dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).uniform(0.1, 1.5, (3000, 6)).astype(dtype)
    F = jt.record(loop, X[0])
    want = F.batch_value_and_grad(X)
    plain = [p.lanes["gradient", "fast"][0] for p in F.paths]
    monkeypatch.setattr(batch, "FUSING", 0.0)
    for threads in (1, 2):
        got = F.batch_value_and_grad(X, threads=threads)
        np.testing.assert_array_equal(got[0], want[0])
        np.testing.assert_array_equal(got[1], want[1])
    after = [p.lanes["gradient", "fast"][0] for p in F.paths]
    assert len(F.paths) == 2 and all(a is not b and len(a.forward) == 1 for a, b in zip(after, plain, strict=True))
    np.testing.assert_array_equal(F.batch_value(X), want[0])
    np.testing.assert_array_equal(F.batch_grad(X, math="precise"), jt.record(loop, X[0]).batch_grad(X, math="precise"))


def test_parameters_reach_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "FUSING", 0.0)
    X = np.random.default_rng(0).uniform(0.1, 1.5, (100, 3))
    F = jt.record(lambda x, a: np.sum(a * x**2), X[0], a=np.ones(3))
    for a in (np.ones(3), np.array([1.0, 2.0, 3.0])):
        np.testing.assert_allclose(F.batch_grad(X, a=a), 2 * a * X)


def test_what_cannot_be_fused(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).uniform(0.1, 1.5, (100, 3))
    solve = of(jt.record(lambda x: np.sum(np.linalg.solve(np.eye(3) + np.outer(x, x), x)), X[0]))
    with pytest.raises(Unfusable):
        fused(solve)
    monkeypatch.setattr(fusing, "MOST", 2)
    with pytest.raises(Unfusable, match="too long"):
        fused(of(jt.record(loop, np.ones(6))))
    monkeypatch.setattr(batch, "FUSING", 0.0)
    F = jt.record(loop, np.ones(6))
    F.batch_grad(np.ones((10, 6)))
    assert F._path.lanes["gradient", "fast"][0].settled


@pytest.mark.parametrize("math", ["fast", "precise"])
@pytest.mark.parametrize("op", ["ndtr", "cbrt", "erfinv", "gammaln", "mod"])
def test_a_batch_that_is_swept_often_and_holds_what_has_no_form_in_vectors(op: str, math: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scipy_special = pytest.importorskip("scipy.special")
    f = {"mod": lambda x: x % 0.7, "cbrt": np.cbrt}.get(op) or getattr(scipy_special, op)
    X = np.random.default_rng(0).uniform(0.1, 0.6, (70, 3))
    F = jt.record(lambda x: np.sum(x * f(x)), X[0])
    want = F.batch_value_and_grad(X, math=math)
    monkeypatch.setattr(batch, "FUSING", 0.0)
    for _ in range(2):
        for got, expected in zip(F.batch_value_and_grad(X, math=math), want, strict=True):
            np.testing.assert_array_equal(got, expected)


def test_what_is_found_once_follows_the_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partial derivatives such as 1 / y for a parameter y are kept from block to block."""
    monkeypatch.setattr(batch, "FUSING", 0.0)

    def f(x: Any, *, scale: Any) -> Any:
        return np.sum(np.exp(x / scale) / (scale * 3.0)) + np.sum(np.log(scale) * x)

    one, other = np.array([1.5, 2.5, 3.5]), np.array([0.7, 5.0, 2.0])
    X = np.random.default_rng(0).normal(size=(70, 3))
    F = jt.record(f, X[0], scale=one)
    for scale in (one, other, one):
        np.testing.assert_allclose(F.batch_grad(X, scale=scale), np.exp(X / scale) / (3.0 * scale**2) + np.log(scale), rtol=1e-13, atol=1e-13)
    F.bind(scale=other)
    np.testing.assert_allclose(F.batch_grad(X), np.exp(X / other) / (3.0 * other**2) + np.log(other), rtol=1e-13, atol=1e-13)
    assert F._path.lanes["gradient", "fast"][0].whole
