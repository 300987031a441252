"""What holds for every function of jittape.scipy: `check` compares values with SciPy's own, derivatives of first and second order with
differences, and the routes with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import jittape as jt

STEP = 1e-3


def slope(f: Callable[[Any], Any], x: np.ndarray, v: np.ndarray, h: float = STEP) -> Any:
    """The derivative of f along v by central differences of the eighth order."""
    weights = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
    return sum(w * (np.asarray(f(x + k * h * v)) - np.asarray(f(x - k * h * v))) for k, w in weights) / h


def joined(parts: Any) -> Any:
    """The elements of several results, plain or recorded, as one vector."""
    import jittape.numpy as jnp

    return jnp.concatenate([jnp.ravel(p) for p in parts])


def check(
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    points: Sequence[Sequence[Any]],
    *,
    by: Sequence[int] | None = None,
    order: int = 2,
    value: float = 1e-12,
    first: float = 1e-8,
    second: float = 1e-6,
    h: float = STEP,
    batch: bool = True,
    float32: bool = True,
    tensors: bool = True,
) -> None:
    """Check a function by every route.

    Args:
        ours, theirs: the function of jittape.scipy and SciPy's, of the same arguments, numbers or arrays of floats.
        points: argument lists of the same shapes; it is recorded at the first one and replayed at all of them.
        by: the arguments that it is differentiated by; all of them unless given.
        order: how many orders of derivatives are checked, 0 to 2.
        value, first, second: tolerances, relative to the largest number.
        h: the step of the differences.
        batch, float32, tensors: whether the route is tried.
    """
    rng = np.random.default_rng(1)
    by = range(len(points[0])) if by is None else by
    shapes = [np.shape(points[0][i]) for i in by]
    sizes = [int(np.prod(s)) for s in shapes]
    cuts = np.cumsum(sizes)[:-1]

    def flat(args: Sequence[Any]) -> np.ndarray:
        return np.concatenate([np.ravel(np.asarray(args[i], float)) for i in by])

    def whole(f: Callable[..., Any], args: Sequence[Any]) -> Callable[[Any], Any]:
        def g(z: Any) -> Any:
            given = list(args)
            for i, part, shape in zip(by, np.split(z, cuts), shapes):
                given[i] = part.reshape(shape) if shape else part[0]
            return f(*given)

        return g

    at = [flat(p) for p in points]
    mine, plain = whole(ours, points[0]), whole(theirs, points[0])
    expected = [np.asarray(plain(z), float) for z in at]
    close(ours(*points[0]), theirs(*points[0]), 0.0)
    weights = rng.standard_normal(expected[0].shape)
    total = lambda z: np.sum(weights * mine(z))
    F = jt.record(lambda z: mine(z), at[0])
    for z, e in zip(at, expected):
        close(F(z), e, value)
    if order == 0:
        return
    G = jt.record(total, at[0])
    for z in at:
        v = rng.standard_normal(z.size)
        g = jt.grad(total)(z)
        close(g @ v, slope(lambda y: np.sum(weights * plain(y)), z, v, h), first)
        close(G.grad(z), g, 1e-10)
        close(jt.jvp(total, (z,), (v,))[1], g @ v, 1e-10, np.abs(g) @ np.abs(v))
        if order > 1:
            Hv = jt.hvp(total)(z, v)
            close(Hv, slope(jt.grad(total), z, v, h), second)
            close(G.hvp(z, v), Hv, 1e-8)
    gradients = np.stack([jt.grad(total)(z) for z in at])
    if batch:
        close(G.batch_grad(np.stack(at)), gradients, 1e-8)
    if float32:
        small = jt.grad(total)(at[0].astype(np.float32))
        assert small.dtype == np.float32
        close(small, gradients[0], 2e-3)
    if tensors:
        t = jt.tensor(at[0], requires_grad=True)
        out = mine(t)
        (out * weights).sum().backward()
        close(t.grad.numpy(), gradients[0], 1e-10)


def close(found: Any, expected: Any, relative: float, scale: float = 0.0) -> None:
    """Equal to within `relative` times the largest number, or `scale` where that is larger."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    scale = max(scale, np.max(np.abs(expected[np.isfinite(expected)]), initial=1e-300))
    np.testing.assert_allclose(found, expected, rtol=relative, atol=relative * scale)
