"""Sums of rows of a few numbers that stand side by side, and what is repeated a few numbers at a time: numbers and signs of zeros are those of one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt

SPECIAL = [0.0, -0.0, np.inf, np.nan, 1e300]


def same(a: Any, b: Any) -> bool:
    return np.array_equal(a, b, equal_nan=True) and bool((np.signbit(a) == np.signbit(b))[~np.isnan(a)].all())


def drawn(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Any:
    x = rng.normal(size=shape).astype(dtype)
    x.ravel()[rng.integers(0, x.size, x.size // 6)] = rng.choice(SPECIAL, x.size // 6).astype(dtype)
    return x


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("r", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("m", [1, 7, 600])
def test_sums_of_rows(r: int, m: int, dtype: Any) -> None:
    rng = np.random.default_rng(10 * r + m)
    x, seed = drawn(rng, (m, r), dtype), drawn(rng, (m,), dtype)
    F = jt.record(lambda x: np.sum(x * dtype(1.0), axis=1), x, compile=False)
    value, pull = F.vjp(x)
    wanted = np.zeros(m)
    with np.errstate(all="ignore"):
        for i in range(r):
            wanted = wanted + x[:, i]  # single precision is added up in double
        if r < 8:
            assert same(value, wanted.astype(dtype))
    assert same(pull(seed)[0], np.where(seed[:, None] == 0.0, dtype(0.0), seed[:, None]) * np.ones(r, dtype))


@pytest.mark.parametrize("r", [2, 3, 4])
def test_adjoints_are_added_to_what_is_there(r: int) -> None:
    """An adjoint of zero contributes nothing: the other one, a zero of either sign, stays what it is."""
    rng = np.random.default_rng(r)
    x, a, b = drawn(rng, (40, r), np.float64), drawn(rng, (40,), np.float64), drawn(rng, (40, r), np.float64)

    def f(x: Any) -> Any:
        y = x * 1.0
        return np.sum(y, axis=1), y * 1.0

    _, pull = jt.record(f, x, compile=False).vjp(x)
    with np.errstate(all="ignore"):
        first = 0.0 + np.where(b == 0.0, 0.0, b)  # the later operation contributes first
        wanted = np.where(a[:, None] == 0.0, first, first + a[:, None])
    assert same(pull((a, b))[0], wanted)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", range(1, 12))
def test_contributions_to_what_is_repeated(size: int, dtype: Any) -> None:
    """Each number gets them one after the other, from the first repetition to the last."""
    rng = np.random.default_rng(size)
    times = 130
    x, w = rng.normal(size=(5, size)).astype(dtype), rng.normal(size=(5, times, size)).astype(dtype)
    F, G = (jt.record(lambda x: np.sum(np.sin(x[:, None, :] * w) * w), x, compile=False) for _ in range(2))
    G.compile()
    g = F.grad(x)
    assert same(g, G.grad(x))
    with np.errstate(all="ignore"):
        parts = np.cos((x[:, None, :] * w).astype(np.float64)) * w.astype(np.float64) ** 2
    np.testing.assert_allclose(g, parts.sum(axis=1), rtol=2e-5 if dtype == np.float32 else 1e-13, atol=1e-4 if dtype == np.float32 else 1e-12)
    ones = jt.record(lambda x: np.sum((x[:, None, :] + w) * w), x, compile=False)
    for function in (ones, jt.record(lambda x: np.sum((x[:, None, :] + w) * w), x).compile()):
        wanted = np.zeros((5, size), dtype)
        for t in range(times):
            wanted = wanted + w[:, t]
        if function is ones or size > 1:
            np.testing.assert_allclose(function.grad(x), wanted, rtol=1e-6 if dtype == np.float32 else 1e-15, atol=1e-5 if dtype == np.float32 else 1e-14)
