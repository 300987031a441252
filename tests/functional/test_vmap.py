"""vmap: beside a loop over the points, whatever instructions, decisions and containers there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
import jittape.numpy as jnp
from jittape.scipy.integrate import solve_ivp
from jittape.scipy.optimize import brentq

RNG = np.random.default_rng(0)
X, Z = RNG.standard_normal((2, 23, 4))
W = RNG.standard_normal((4, 4))
S = np.eye(4) * 9 + W @ W.T
LABELS = RNG.integers(0, 3, len(X))


def stored(x: Any) -> Any:
    a = jnp.zeros(3)
    a[0] = x[1]
    a[1:] += x[2:] * x[0]
    return a


def until(x: Any) -> Any:
    """A number of turns that depends on the point."""
    y = x[0] * 0.0 + 1.0
    while y < 3.0 + x[1]:
        y = y * 1.5 + 0.1 * x[2] ** 2
    return y


def root(x: Any) -> Any:
    """The square root, where there is one: a bracket without a sign change is refused."""
    return brentq(lambda z: z**2 - x[0], 0.0, 9.0, xtol=1e-14) * x[1] if x[0] > 0.01 else x[2] ** 2


def decay(x: Any) -> Any:
    """All steps of the solver: as many as the rate wants."""
    return solve_ivp(lambda t, y: -(1 + x[0] ** 2) * y, (0.0, 3.0), x[1:3], rtol=1e-4).y[:, -1]


def factor(x: Any) -> Any:
    """The Cholesky factor, where there is one; decided twice."""
    y = x if x[0] > x[1] else x**2
    return np.linalg.cholesky(np.diag(y[:3]))[2, 2] * x[3] if np.min(y[:3]) > 0.01 else y[0] * x[1]


FUNCTIONS = {
    "scalars": lambda x: x[0] * x[1] + np.exp(x[2]) - x[3] / (1 + x[0] ** 2),
    "arrays": lambda x: np.sin(x) * x[::-1] + x[0],
    "sum": lambda x: np.sum(np.tanh(x)) * x[1],
    "gather": lambda x: x[np.array([0, 0, 2, 1])] * x[::-1],
    "mean, std": lambda x: np.std(x) + np.mean(x),
    "max": lambda x: np.max(x) - np.min(x[:3]),
    "cumsum": lambda x: np.cumsum(x) ** 2,
    "prod": lambda x: np.prod(x),
    "where": lambda x: np.where(x > 0, x, x**2),
    "sort": lambda x: np.sort(x)[:2] * np.array([1.0, 2.0]),
    "branch": lambda x: x[0] ** 2 if x[0] > 0 else np.exp(x[1]),
    "until": until,
    "stored": stored,
    "W x": lambda x: W @ x,
    "x W": lambda x: x @ W,
    "W X": lambda x: W @ np.outer(x, x),
    "X W": lambda x: np.outer(x, x) @ W,
    "X X": lambda x: np.outer(x, x) @ (W * x),
    "stack": lambda x: np.stack([W * x, W + x[:, None]]) @ np.stack([W, W.T]),
    "einsum": lambda x: np.einsum("i,ij,j", x, W, x),
    "solve": lambda x: np.linalg.solve(S + np.outer(x, x), x),
    "solve, one matrix": lambda x: np.linalg.solve(S, x),
    "inv": lambda x: np.linalg.inv(S + np.outer(x, x))[0],
    "det": lambda x: np.linalg.det(S + np.outer(x, x)),
    "slogdet": lambda x: np.linalg.slogdet(S + np.outer(x, x))[1],
    "cholesky": lambda x: np.linalg.cholesky(S + np.outer(x, x)),
    "triangular": lambda x: jt.linalg.solve_triangular(np.tril(S + np.outer(x, x)), x, lower=True),
    "eigh": lambda x: np.linalg.eigh(np.diag([1.0, 5, 9, 14]) + 0.1 * np.outer(x, x))[0],
    "svd": lambda x: np.linalg.svd(S + np.outer(x, x), compute_uv=False),
    "qr": lambda x: np.linalg.qr(S + np.outer(x, x))[1],
    "lstsq": lambda x: np.linalg.lstsq(W[:, :2] + x[:, None] ** 2 * np.ones(2), x, rcond=None)[0],
    "pinv": lambda x: np.linalg.pinv(W[:, :2] + x[:, None]),
    "expm": lambda x: jt.linalg.expm(0.1 * np.outer(x, x)),
    "gradient": lambda x: jt.grad(lambda z: np.sum(z**3) * z[0])(x),
    "hessian": lambda x: jt.hessian(lambda z: np.sum(z**3) * z[0])(x),
    "tangent": lambda x: jt.jvp(lambda z: np.sin(z) * z[0], (x,), (x**2,))[1],
    "root": root,
    "decay": decay,
    "factor": factor,
    "argument": lambda x: x,
    "stored into": lambda x: np.sum(_doubled(x)),
    "stored and kept": lambda x: np.sum(_kept(x)),
    "another vmap": lambda x: jt.vmap(lambda a, b: a * b + a**2, in_axes=(None, 0))(x[0], x),
}


def _doubled(x: Any) -> Any:
    x[0] = 2 * x[1]
    return x * x


def _kept(x: Any) -> Any:
    x[0] = 3.0
    x[1] *= x[2]
    x[2:] += x[1] ** 2
    return x * x[::-1]


def loop(f: Any) -> Any:
    return lambda X: np.stack([f(x.copy()) for x in X])


def test_stores_reach_no_argument() -> None:
    """Neither those that all points share, nor integers."""

    def f(x: Any, w: Any, k: Any) -> Any:
        w[0] += x
        k[0] += 1
        return w[0] * w[1] + k[0]

    x, w, k = np.arange(3.0), np.array([2.0, 5.0]), np.array([[1], [1], [2]])
    many = jt.vmap(f, in_axes=(0, None, 0))
    assert many(x, w, k).tolist() == [12.0, 17.0, 23.0] and k[:, 0].tolist() == [1, 1, 2]
    g = jt.grad(lambda w: np.sum(many(x, w, k)) + w[0])(w)
    assert g.tolist() == [16.0, 9.0] and w.tolist() == [2.0, 5.0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_a_point(name: str) -> None:
    f = FUNCTIONS[name]
    many, one = jt.vmap(f), loop(f)
    expected = one(X.copy())
    np.testing.assert_allclose(many(X), expected, rtol=1e-9, atol=1e-12)
    weights = RNG.standard_normal(expected.shape)
    total, slow = (lambda X, g=g: np.sum(weights * g(X) ** 2) for g in (many, one))
    gradient = jt.grad(slow)(X.copy())
    np.testing.assert_allclose(jt.grad(total)(X), gradient, rtol=1e-8, atol=1e-9)
    if len(X[0]) < 5:
        np.testing.assert_allclose(jt.hvp(total)(X, Z), jt.hvp(slow)(X.copy(), Z), rtol=1e-6, atol=1e-8)
    F = jt.record(total, X)
    np.testing.assert_allclose(F.grad(Z), jt.grad(slow)(Z.copy()), rtol=1e-8, atol=1e-9)


def test_it_takes_as_many_instructions_for_many_points_as_for_few() -> None:
    f = jt.vmap(lambda x: np.sum(np.tanh(W @ x) ** 2) * x[0])
    few, many = (jt.record(lambda X: np.sum(f(X)), np.tile(X[:2], (k, 1))) for k in (1, 100))
    assert few.tape.count == many.tape.count


def test_per_sample_gradients() -> None:
    w, y = np.ones(4), X[:, 0]
    loss = lambda w, x, y: (np.tanh(w @ x) - y) ** 2
    found = jt.vmap(jt.grad(loss), in_axes=(None, 0, 0))(w, X, y)
    np.testing.assert_allclose(found, [jt.grad(loss)(w, a, b) for a, b in zip(X, y)], rtol=1e-12)
    np.testing.assert_allclose(jt.grad(lambda w: np.mean(jt.vmap(loss, in_axes=(None, 0, 0))(w, X, y)))(w), found.mean(0), rtol=1e-12)


def test_integers_choose() -> None:
    f = lambda x, k: np.logaddexp.reduce(x[:3]) - x[k]
    found = jt.vmap(f)(X, LABELS)
    np.testing.assert_allclose(found, [f(x, k) for x, k in zip(X, LABELS)], rtol=1e-12)
    g = jt.grad(lambda X: np.sum(jt.vmap(f)(X, LABELS)))(X)
    np.testing.assert_allclose(g, jt.grad(lambda X: sum(f(X[i], LABELS[i]) for i in range(len(X))))(X), rtol=1e-12)


def test_a_decision_at_each_point_is_guarded() -> None:
    F = jt.record(lambda X: np.sum(jt.vmap(FUNCTIONS["branch"])(X)), X)
    for at in (Z, -X, X):
        assert F(at) == pytest.approx(sum(FUNCTIONS["branch"](x) for x in at))
    with pytest.raises(jt.BranchChanged):
        jt.record(lambda X: np.sum(jt.vmap(FUNCTIONS["branch"])(X)), X, on_branch="raise")(-X)


@pytest.mark.parametrize("f", [root, factor, decay])
def test_points_of_points_that_decide_what_is_refused(f: Any) -> None:
    at, then = X[:6].reshape(3, 2, 4), Z[:6].reshape(3, 2, 4)
    total, slow = (lambda X, g=g: np.sum(g(g(f))(X) ** 2) for g in (jt.vmap, loop))
    F = jt.record(total, at)
    for x in (at, then, -at):
        assert F(x) == pytest.approx(slow(x), rel=1e-9)
        np.testing.assert_allclose(F.grad(x), jt.grad(slow)(x), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("f", [lambda x: x, lambda x: 2 * x, lambda x: x[::-1], lambda x: x if x[0] > 0 else -x, lambda x: W[0] * W[1]])
@pytest.mark.parametrize("n", [1, 7])
def test_results_may_be_stored_into(f: Any, n: int) -> None:
    def total(X: Any, g: Any) -> Any:
        Y = jnp.array(g(f)(X))
        Z = g(f)(X) * 1.0 if g is loop else g(f)(X)
        if isinstance(Z, type(X)):
            Z[0] = Y[-1] * 3.0
            Z[:, 1] += X[:, 0]
        return np.sum(Z**2) + np.sum(X) + np.sum(Y)

    np.testing.assert_allclose(jt.grad(lambda X: total(X, jt.vmap))(X[:n]), jt.grad(lambda X: total(X, loop))(X[:n]), rtol=1e-12)


def test_constants_that_differ_between_points() -> None:
    """Arrays of jittape.numpy, which hold numbers alone: what is computed of these is not recorded."""
    rows = np.array([[1.0, 2.0], [3.0, 1.0], [5.0, 4.0]])

    def row(a: Any, r: Any) -> Any:
        s = np.exp(r)
        s[1] = a
        return a * r[0] + s[0] * s[1] ** 2 + (r[1] if r[0] > 2 else 1.0)

    total = lambda x, g: np.sum(np.sin(g(row)(x, jnp.array(rows))))
    each = lambda f: lambda x, rows: np.stack([f(a, r) for a, r in zip(x, rows)])
    np.testing.assert_allclose(jt.grad(total)(X[0, :3], jt.vmap), jt.grad(total)(X[0, :3], each), rtol=1e-12)
    np.testing.assert_allclose(jt.record(lambda x: total(x, jt.vmap), X[0, :3]).grad(X[1, :3]), jt.grad(total)(X[1, :3], each), rtol=1e-12)


def test_truth_values_that_are_recorded_are_arguments() -> None:
    def f(x: Any, m: Any) -> Any:
        return np.sum(x[m] ** 2) + np.sum(np.where(~m & (x < 0.5), x**3, -x)) + (x[0] if m[1] else x[2] * x[3])

    total, slow = (lambda X, g=g: np.sum(np.sin(g(X, X > 0))) for g in (jt.vmap(f), lambda X, M: np.stack([f(x, m) for x, m in zip(X, M)])))
    F = jt.record(total, X)
    for at in (X, Z):
        np.testing.assert_allclose(jt.grad(total)(at), jt.grad(slow)(at), rtol=1e-10)
        np.testing.assert_allclose(F.grad(at), jt.grad(slow)(at), rtol=1e-10)
    one = jt.vmap(lambda x, m: x**2 if m else np.where(~m, 3 * x, x))
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(one(x, x > 0)))(X[0]), np.where(X[0] > 0, 2 * X[0], 3.0))


def test_what_is_refused_at_a_point_raises() -> None:
    f = jt.vmap(lambda x: np.linalg.cholesky(np.diag(x))[0, 0] if x[0] > 0 else x[0])
    with pytest.raises(np.linalg.LinAlgError):
        f(np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]]))


def test_every_point_decides_otherwise() -> None:
    """After some calls of the function each point is called for by itself."""
    x = np.arange(60.0)
    f = lambda x: x**2 * int(x + 1)
    np.testing.assert_allclose(jt.vmap(f)(x), x**2 * (x + 1).astype(int))


@dataclass
class Model:
    w: Any
    b: Any
    name: str = "linear"


def test_containers_and_axes() -> None:
    model = Model(W[0], 0.5)
    f = lambda m, x: {"y": m.w @ x["x"] + m.b, "twice": (2 * x["x"], None)}
    found = jt.vmap(f, in_axes=(None, {"x": 1}), out_axes={"y": 0, "twice": (-1, None)})(model, {"x": X.T})
    np.testing.assert_allclose(found["y"], X @ W[0] + 0.5)
    np.testing.assert_allclose(found["twice"][0], 2 * X.T)
    np.testing.assert_allclose(jt.vmap(lambda m, x: m.w * x, in_axes=(Model(0, None), None))(Model(X, 1.0), 3.0), 3 * X)
    assert jt.vmap(lambda x, *, y: x + y)(X[:, 0], y=X[:, 1]).shape == (len(X),)
    assert jt.vmap(lambda x, y: y, in_axes=(0, None), out_axes=None)(X, W).shape == W.shape


def test_truth_values_and_constants() -> None:
    assert jt.vmap(lambda x: x > 0)(X).dtype == bool
    assert jt.vmap(lambda x: 3)(X).tolist() == [3] * len(X)
    np.testing.assert_array_equal(jt.vmap(lambda x: x if x[0] > 0 else np.zeros(4))(X), np.where(X[:, :1] > 0, X, 0))
    assert jt.vmap(lambda x: np.sum(x))(X.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: jt.vmap(lambda x, y: x)(X, Z[:3]), ValueError, "leaf 0 has 23 points, leaf 1 has 3 points"),
        (lambda: jt.vmap(lambda x: x, in_axes=2)(X), ValueError, "no axis 2"),
        (lambda: jt.vmap(lambda x: x, in_axes=None)(X), ValueError, "no argument has an axis of points"),
        (lambda: jt.vmap(lambda x, y: x, in_axes=(0,))(X, Z), ValueError, "1 entries for 2"),
        (lambda: jt.vmap(lambda x: x, in_axes="a")(X), ValueError, "does not fit"),
        (lambda: jt.vmap(lambda x: x, out_axes=None)(X), ValueError, "depends on the point"),
        (lambda: jt.vmap(lambda x: x, out_axes=2)(X), ValueError, r"out_axes: no axis 2 .* shape \(4,\)"),
        (lambda: jt.vmap(lambda x: x if x[0] > 0 else x[:2])(X), ValueError, "a result has shape"),
        (lambda: jt.vmap(lambda x: x if x[0] > 0 else (x,))(X), ValueError, "returns .* at point"),
        (lambda: jt.vmap(lambda x: x)(X[:0]), ValueError, "there are no points"),
        (lambda: jt.vmap(lambda x: x)(np.arange(3)), jt.GradientError, "no argument holds real numbers"),
        (lambda: jt.vmap(3), TypeError, "a function is needed"),
    ],
)
def test_bad_input(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


STEPS = {
    "sin": lambda v, x: np.sin(v), "scale": lambda v, x: v * x[0], "add": lambda v, x: v + x, "reverse": lambda v, x: v[::-1] * 0.5,
    "matrix": lambda v, x: 0.3 * (W @ v), "roll": lambda v, x: np.roll(v, 1) - v, "sign": lambda v, x: v if v[1] > 0.1 else -v * x[2],
    "clip": lambda v, x: np.clip(v, -1.0, 1.0), "norm": lambda v, x: v / (1 + np.linalg.norm(v)), "stack": lambda v, x: np.stack([v, x])[1] * v[0],
    "sort": lambda v, x: np.sort(v) + x * 0.1, "cumsum": lambda v, x: np.cumsum(v) * 0.2, "mean": lambda v, x: v - np.mean(v) * x[3],
    "inner": lambda v, x: jt.grad(lambda z: np.sum(np.cos(z) * v))(x), "solve": lambda v, x: np.linalg.solve(S, v), "int": lambda v, x: v * int(2 + v[0]),
}  # fmt: skip


@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_drawn_functions(steps: list[str], seed: int) -> None:
    def f(x: Any) -> Any:
        v = x
        for s in steps:
            v = STEPS[s](v, x)
        return v

    rng = np.random.default_rng(seed)
    at, then, weights = rng.standard_normal((3, 7, 4))
    total, slow = (lambda X, g=g: np.sum(weights * g(X)) for g in (jt.vmap(f), loop(f)))
    assert total(at) == pytest.approx(slow(at), rel=1e-9, abs=1e-12)
    F = jt.record(total, at)
    for X in (at, then):
        expected = jt.grad(slow)(X)
        np.testing.assert_allclose(jt.grad(total)(X), expected, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(F.grad(X), expected, rtol=1e-7, atol=1e-9)
