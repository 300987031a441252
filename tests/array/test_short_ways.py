"""The short ways of common operations (runs of one shape, matrix products, linear layers, totals) beside PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.errors import ShapeError

torch = pytest.importorskip("torch")
SHAPES = [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (4, 2, 3), (1, 1, 3), (4, 1, 3), (0, 3)]


def values(shape: Any, seed: int, dtype: Any = np.float64) -> Any:
    return np.random.default_rng(seed).uniform(0.5, 2.0, shape).astype(dtype)


def leaf(t: Any, a: Any) -> Any:
    return t.tensor(a, dtype=getattr(t, a.dtype.name), requires_grad=True)


def compare(program: Any, *arrays: Any, rtol: float = 1e-12) -> None:
    """A program's result and gradients in both libraries."""
    found = []
    for t in (jt, torch):
        leaves = [leaf(t, np.array(a)) for a in arrays]
        out = program(t, *leaves)
        (out * out * 0.5).sum().backward()
        found.append([out, *[x.grad for x in leaves]])
    for a, b in zip(*found, strict=True):
        if a is None:  # no element of an empty result depends on it (docs/limitations.md)
            assert not b.numpy().any()
        else:
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=rtol)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", SHAPES)
def test_broadcasting(a: Any, b: Any) -> None:
    x, y = values(a, 1), values(b, 2)
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ShapeError):
            leaf(jt, x) * leaf(jt, y)
        return
    compare(lambda t, x, y: x * y, x, y)
    compare(lambda t, x, y: (x * 1.5) / (y + 2), x, y)
    compare(lambda t, x, y: t.where(x > 1.0, x * 2.0, y * 3.0), x, y)
    compare(lambda t, x: x * t.tensor(y, dtype=t.float64), x)
    compare(lambda t, y: t.tensor(x, dtype=t.float64) / y, y)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", SHAPES)
def test_broadcasting_of_arrays(a: Any, b: Any) -> None:
    x, y = values(a, 1), values(b, 2)
    try:
        shape = np.broadcast_shapes(a, b)
    except ValueError:
        return
    scale = values(shape, 3)
    g = jt.grad(lambda x: np.sum(scale * ((x + 1.0) * y)))(x)
    full = scale * np.broadcast_to(y, shape)
    axes = tuple(range(len(shape) - len(a)))
    full = full.sum(axes)
    full = full.sum(tuple(k for k, n in enumerate(a) if n == 1 and full.shape[k] != 1), keepdims=True)
    np.testing.assert_allclose(g, full, rtol=1e-12)


@pytest.mark.parametrize("order", ["C", "F"])
def test_constants_in_any_order(order: Any) -> None:
    y = np.array(values((3, 4), 5), order=order)
    compare(lambda t, x: x * t.tensor(np.ascontiguousarray(y)), values((3, 4), 6))
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(x * y))(np.ones((3, 4))), y)
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(x @ y))(np.ones((2, 3))), np.tile(y.sum(1), (2, 1)))
    np.testing.assert_allclose(jt.grad(lambda x: np.sum(y @ x))(np.ones((4, 2))), np.tile(y.sum(0)[:, None], (1, 2)))


def test_runs_that_were_assigned_to() -> None:
    def f(x: Any) -> Any:
        a = x * 2.0
        v = a[1:]
        b = a * 3.0
        a[0] = x[2] * x[2]
        v[1] = 5.0
        return np.sum(a * b) + np.sum(v * x[1:]) + np.sum(a) + np.sum(a.reshape(1, 3) @ b.reshape(3, 1))

    def program(t: Any, x: Any) -> Any:
        first, last = x[2] * x[2], t.tensor(5.0, dtype=t.float64)
        a, b = t.stack([first, x[1] * 2.0, last]), x * 6.0
        v = t.stack([x[1] * 2.0, last])
        return (a * b).sum() + (v * x[1:]).sum() + a.sum() + (a * b).sum()

    x = values(3, 7)
    y = torch.tensor(x, requires_grad=True)
    program(torch, y).backward()
    np.testing.assert_allclose(jt.grad(f)(x), y.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("m", "k", "n"), [(4, 3, 2), (4, 3, 1), (4, 1, 2), (1, 3, 2), (1, 1, 2), (4, 1, 1), (1, 1, 1), (1, 3, 1), (0, 3, 2)])
def test_linear(m: int, k: int, n: int, dtype: Any) -> None:
    rtol = 1e-12 if dtype == np.float64 else 1e-5
    w, b, x = values((n, k), 1, dtype), values((n,), 2, dtype), values((m, k), 3, dtype)
    wide = values((k, m), 4, dtype)

    def linear(t: Any, *args: Any) -> Any:
        return t.nn.functional.linear(*args)

    compare(linear, x, w, b, rtol=rtol)
    compare(lambda t, w, b: linear(t, t.tensor(x), w, b), w, b, rtol=rtol)
    compare(lambda t, w, x: linear(t, x, w, t.tensor(b)), w, x, rtol=rtol)
    compare(lambda t, x, b: linear(t, x, t.tensor(w), b), x, b, rtol=rtol)
    compare(lambda t, x, w: linear(t, x, w), x, w, rtol=rtol)
    compare(lambda t, x, w, b: linear(t, (x * 2.0).T, w * 3.0, b + 1.0), wide, w, b, rtol=rtol)
    compare(lambda t, x, w, b: linear(t, x, w.T, b), x, np.ascontiguousarray(w.T), b, rtol=rtol)
    compare(lambda t, x, w, b: linear(t, x.T @ x, w, b), x, w, b, rtol=rtol)


def test_linear_of_other_shapes() -> None:
    w, b = values((2, 3), 1), values((2,), 2)
    compare(lambda t, x, w, b: t.nn.functional.linear(x, w, b), values((3,), 3), w, b)
    compare(lambda t, x, w, b: t.nn.functional.linear(x, w, b), values((2, 4, 3), 3), w, b)
    compare(lambda t, x, w, b: t.nn.functional.linear(x, w, b[:1]), values((4, 3), 3), w, b)
    with pytest.raises(ShapeError):
        jt.nn.functional.linear(leaf(jt, values((4, 2), 3)), leaf(jt, w), leaf(jt, b))


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (0,)])
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_totals(shape: Any, name: str) -> None:
    if shape == (0,) and name == "mean":
        return
    compare(lambda t, x: getattr(x, name)(), values(shape, 1))
    compare(lambda t, x: getattr(x * x, name)(), values(shape, 1))
    if len(shape) == 2:
        compare(lambda t, x: getattr((x * x).T[1:], name)(), values(shape, 1))
        compare(lambda t, x: getattr(x[:, ::2], name)(), values(shape, 1))


def test_mean_needs_no_values() -> None:
    x = leaf(jt, values(3, 1))
    mean = x.mean()
    mean.backward()
    mean.backward()  # as in PyTorch: nothing that was freed is needed
    np.testing.assert_allclose(x.grad.numpy(), 2 / 3)


def test_slots_beyond_the_shared_ones(monkeypatch: Any) -> None:
    from jittape.instructions import references

    monkeypatch.setattr("jittape.array.array.SHARED_LIMIT", 20)
    monkeypatch.setattr(references, "SHARED_LIMIT", 20)
    monkeypatch.setattr(references, "_shared", [references._shared[0][:20]])
    x = values((3, 4), 1)

    def f(x: Any) -> Any:
        y = x * x
        v = y[1:]
        z = y * 2.0
        v[0, 0] = 7.0
        return np.sum(y * z) + np.sum(z)

    expected = 8 * x**3 + 4 * x
    expected[1, 0] = (7.0 + 1.0) * 4 * x[1, 0]
    np.testing.assert_allclose(jt.grad(f)(x), expected, rtol=1e-12)
