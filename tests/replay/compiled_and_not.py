"""A function interpreted and with compiled loops: numbers are the same to the last bit, and so are signs of zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

import jittape as jt

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e200, 1e-300]


def same(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True) and bool((np.signbit(a) == np.signbit(b))[~np.isnan(a)].all())


def pair(f: Any, x: Any, **parameters: Any) -> tuple[Any, Any, Any]:
    """The function interpreted and compiled, and what became of it."""
    F, G = (jt.record(f, x, compile=False, **parameters) for _ in range(2))
    (report,) = G.compile(report=True)
    return F, G, report


def agree(F: Any, G: Any, x: Any) -> None:
    """By every sweep, with several pulls after one forward sweep."""
    (f, pull_f), (g, pull_g) = F.vjp(x), G.vjp(x)
    several = isinstance(f, tuple)
    assert all(map(same, f if several else (f,), g if several else (g,)))
    for scale in (1.0, -0.5, 0.0):
        seeds = tuple(x.dtype.type(scale * (k + 1)) for k in range(len(f))) if several else x.dtype.type(scale)
        assert same(pull_f(seeds)[0], pull_g(seeds)[0])
    if not several:
        assert same(F.grad(x), G.grad(x)) and same(F.grad(x), G.grad(x, out=np.empty_like(x)))
        (value, gradient), found = F.value_and_grad(x), G.value_and_grad(x)
        assert same(found[0], value) and same(found[1], gradient) and same(G(x), value)


def agree_at_drawn_points(F: Any, G: Any, size: int, dtype: Any, rng: np.random.Generator) -> Any:
    """At four points, two of which have infinities, NaN and the like; the last one is returned."""
    for k in range(4):
        y = rng.normal(size=size).astype(dtype)
        if k > 1:
            y[rng.integers(0, size, 2)] = rng.choice(SPECIAL, 2).astype(dtype)
        agree(F, G, y)
    return y
