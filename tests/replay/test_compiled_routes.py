"""What a function gives by every route while its paths are replayed, compiled in the background, and replayed again."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.replay import path as paths

A = np.random.default_rng(3).normal(size=(700, 6))


def logistic(x: Any) -> Any:
    z = A @ x
    return np.sum(np.log(1.0 + np.exp(z)) - 0.3 * z)


def layers(x: Any) -> Any:
    return np.mean(np.tanh(np.tanh(A @ x.reshape(6, 1) @ np.ones((1, 4))) @ np.ones(4)) ** 2)


def steps(x: Any) -> Any:
    for _ in range(40):
        x = x - 0.05 * x * x + 0.01 * np.sin(x[::-1])
    return np.sum(x * x) + x[0] * x[1]


def scalars(x: Any) -> Any:
    a, b = x[0], x[1]
    for _ in range(60):
        a, b = a + 0.01 * (a - a * b), b - 0.01 * (b - a * b)
    return a * a + b * x[2]


@pytest.mark.parametrize("f", [logistic, layers, steps, scalars], ids=lambda f: f.__name__)
def test_every_route_is_the_same_before_and_after(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "COMPILED_AFTER", 0.0)
    monkeypatch.setattr(paths, "FEWEST", 2)
    x = 0.3 + 0.1 * np.arange(6.0)
    F = jt.record(f, x)
    J = jt.record(lambda x: jt.grad(f)(x), x)
    rng = np.random.default_rng(0)
    for k in range(8):
        for thread in threading.enumerate():
            if thread.name == "jittape-compile":
                thread.join()
        y, v = x + 0.05 * k, rng.normal(size=(3, 6))
        g, H = jt.grad(f)(y), jt.hessian(f)(y)
        close = {"rtol": 1e-9, "atol": 1e-11}
        np.testing.assert_allclose(F(y), f(y), **close)
        np.testing.assert_allclose(F.grad(y), g, **close)
        np.testing.assert_allclose(F.value_and_grad(y)[1], g, **close)
        np.testing.assert_allclose(F.hessian(y), H, **close)
        np.testing.assert_allclose(F.hvp(y, v[0]), H @ v[0], **close)
        np.testing.assert_allclose(F.hvp(y, v), v @ H, **close)
        np.testing.assert_allclose(F.sparse_hessian(y).toarray(), H, **close)
        np.testing.assert_allclose(F.jvp((y,), (v[0],))[1], g @ v[0], **close)
        np.testing.assert_allclose(F.batch_grad(np.stack([y, y])), [g, g], **close)
        np.testing.assert_allclose(J(y), g, **close)
        np.testing.assert_allclose(J.jacobian(y), H, **close)
        np.testing.assert_allclose(J.vjp(y)[1](v[0])[0], v[0] @ H, **close)
