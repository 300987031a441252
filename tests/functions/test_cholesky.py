"""Cholesky factors of large matrices: the adjoint as one operation gives what the operations that it is made of give, to every order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.functions import cholesky

ROWS = 5
RNG = np.random.default_rng(0)
MATRICES = [(a @ a.T + ROWS * np.eye(ROWS)) for a in RNG.normal(size=(2, ROWS, ROWS))]
PARTS = [a + a.T for a in RNG.normal(size=(2, ROWS, ROWS))]
WEIGHTS = RNG.normal(size=(ROWS, ROWS))


def covariance(x: Any, base: Any = MATRICES[0]) -> Any:
    return base + np.sin(x[0]) * PARTS[0] + x[0] * x[1] * PARTS[1]


FUNCTIONS = {
    "determinant": lambda x: np.sum(np.log(np.diagonal(np.linalg.cholesky(covariance(x))))),
    "all": lambda x: np.sum(np.sin(np.linalg.cholesky(covariance(x))) * WEIGHTS),
    "upper": lambda x: np.sum(np.linalg.cholesky(covariance(x), upper=True) ** 2 * WEIGHTS),
    "diagonal that changes below": lambda x: np.sum(np.linalg.cholesky(covariance(x)) * np.diag(x[1] * np.ones(ROWS)) + x[0] ** 2 * np.tril(np.linalg.cholesky(covariance(x)))),
    "stack": lambda x: np.sum(np.linalg.cholesky(np.stack([covariance(x), covariance(x, MATRICES[1])])) ** 3 * WEIGHTS),
}


def derivatives(f: Any, x: Any) -> list[Any]:
    """Second ones by blocks, by products and one by one, in a batch, and a third one."""
    F = jt.record(f, x)
    third = jt.grad(lambda p: jt.grad(lambda q: jt.grad(f)(q)[0])(p)[1])
    return [F.hessian(x), jt.hessian(f)(x), F.hvp(x, np.ones_like(x)), F.batch_hessian(np.stack([x, 0.5 * x])), third(x)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_adjoint_as_one_operation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    f, x = FUNCTIONS[name], np.array([0.2, -0.3])
    expected = derivatives(f, x)
    monkeypatch.setattr(cholesky, "LARGE", 1)
    recorded = jt.record(lambda p: jt.grad(f)(p), x)
    assert "cholesky_adjoint" in recorded.tape.listing()
    for a, b in zip(derivatives(f, x), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * np.abs(b).max())


def test_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cholesky, "LARGE", 1)
    x = np.array([0.2, -0.3])
    for f in FUNCTIONS.values():
        found = jt.record(f, x.astype(np.float32)).hessian(x.astype(np.float32))
        exact = jt.hessian(f)(x)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, exact, rtol=2e-4, atol=2e-4 * np.abs(exact).max())


def test_only_the_lower_triangle_counts() -> None:
    """Tangents of what nobody reads may be anything."""
    x = np.array([0.2, -0.3])
    above = np.triu(np.full((ROWS, ROWS), np.inf), 1)
    with np.errstate(all="ignore"):
        t = jt.jvp(lambda a: np.linalg.cholesky(a), (covariance(x),), (PARTS[0],))[1]
        other = jt.jvp(lambda a: np.linalg.cholesky(a), (covariance(x),), (PARTS[0] + above,))[1]
    assert np.array_equal(t, other)
