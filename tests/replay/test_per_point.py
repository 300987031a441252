"""Batches whose parameters differ between points, and whose arguments do not: beside a loop over the points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt

N = 70
RNG = np.random.default_rng(0)
X, D = RNG.standard_normal((2, N, 3))
Y = RNG.standard_normal(N)


def recurrence(x: Any, y: Any, d: Any) -> Any:
    """A long tape of scalars, whose loops are compiled."""
    a, b = x[0] * 0.1, x[1] * 0.1
    for _ in range(300):
        a, b = a + 0.01 * (b * d[0] - a * y), b - 0.01 * a * x[2] * d[1]
    return a * b


FUNCTIONS = {
    "arrays": lambda x, y, d: np.sum(np.tanh(x * d)) - y * x[0],
    "branch": lambda x, y, d: (np.tanh(x @ d) - y) ** 2 if x @ d > 0 else np.exp(x[0]) * y,
    "by the datum": lambda x, y, d: x[0] ** 2 * y if y > 0 else x[1] * d[2],
    "scalars": recurrence,
    "matrix": lambda x, y, d: np.linalg.slogdet(np.eye(3) * 4 + np.outer(x, d))[1] * y,
    "order": lambda x, y, d: np.sort(x * d)[1] * y,
    "unused": lambda x, y, d: x[0] ** 2,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_data_of_points(name: str) -> None:
    f = FUNCTIONS[name]
    values = np.array([f(*p) for p in zip(X, Y, D)])
    gradients = np.array([jt.grad(f)(*p) for p in zip(X, Y, D)])
    F = jt.record(f, X[0], y=Y[0], d=D[0])
    G = jt.record(f, X[0], Y[0], D[0], argnums=0)
    for math in ("fast", "precise"):
        np.testing.assert_allclose(F.batch_value(X, y=Y, d=D, math=math), values, rtol=1e-9, atol=1e-12)
        value, g = G.batch_value_and_grad(X, Y, D, math=math)
        np.testing.assert_allclose(value, values, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(g, gradients, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(F.batch_grad(X, y=0.5, d=D), [jt.grad(f)(x, 0.5, d) for x, d in zip(X, D)], rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(F.grad(X[1]), jt.grad(f)(X[1], Y[0], D[0]), rtol=1e-9, err_msg="what was bound stays")
    np.testing.assert_allclose(F.batch_hessian(X[:3], y=Y[:3], d=D[:3]), [jt.hessian(f)(*p) for p in zip(X[:3], Y, D)], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(F.batch_jacobian(X, y=Y, d=D), gradients, rtol=1e-8, atol=1e-11)
    F.compile()
    np.testing.assert_allclose(F.batch_grad(X, y=Y, d=D), gradients, rtol=1e-8, atol=1e-11)


def test_lanes_that_are_one_kernel() -> None:
    F = jt.record(FUNCTIONS["arrays"], X[0], y=Y[0], d=D[0])
    before = F.batch_grad(X, y=Y, d=D)
    (lanes, _), = (found for found in F._path.lanes.values() if found)
    lanes.seconds = 1e9
    np.testing.assert_allclose(F.batch_grad(X, y=Y, d=D), before, rtol=1e-12)
    assert F._path.lanes["gradient", "fast", (0, 1)][0].settled


def test_containers_float32_and_out() -> None:
    f = lambda x, data: np.sum(x * data["w"]) * data["b"]
    F = jt.record(f, X[0].astype(np.float32), data={"w": D[0].astype(np.float32), "b": np.float32(1.0)})
    out = np.empty((N, 3), np.float32)
    given = {"b": Y.astype(np.float32), "w": D.astype(np.float32)}
    assert F.batch_grad(X.astype(np.float32), data=given, out=out) is out
    np.testing.assert_allclose(out, D * Y[:, None], rtol=1e-5)
    np.testing.assert_allclose(F.batch_grad(X.astype(np.float32), data={**given, "b": np.float32(2.0)}), 2 * D, rtol=1e-5)


def test_arguments_that_all_points_share() -> None:
    F = jt.record(lambda w, x: np.sum(np.sin(w * x)), X[0], D[0])
    g = F.batch_grad(X[0], D)
    assert [a.shape for a in g] == [(N, 3), (N, 3)]
    np.testing.assert_allclose(g[0], np.cos(X[0] * D) * D, rtol=1e-9)


def test_no_points() -> None:
    F = jt.record(FUNCTIONS["arrays"], X[0], y=Y[0], d=D[0])
    assert F.batch_grad(X[:0], y=Y[:0], d=D[:0]).shape == (0, 3) and F.batch_value(X[:0], d=D[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda F: F.batch_grad(X, y=Y[:3]), r"a parameter of shape \(\), called with shape \(3,\).*one value a point"),
        (lambda F: F.batch_grad(X[0], y=Y), r"has shape \(points, 3\), not \(3,\)"),
        (lambda F: F(X[0], y=Y), "one value a point is for batches"),
        (lambda F: jt.record(lambda a, b: a @ b, X[0], D[0]).batch_grad(X[0], D[0]), "none of the arguments has an axis of points"),
    ],
)
def test_bad_shapes(call: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call(jt.record(FUNCTIONS["arrays"], X[0], y=Y[0], d=D[0]))
