"""Points and directions as lanes of compiled loops: what other lanes give, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn_loops import Grid, Loop, grids, loops
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.lanes import fusing
from jittape.replay import batch, entries, hessians

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e200, 1e-300]
KINDS = {"gradient": "batch_value_and_grad", "values": "batch_value", "jacobian": "batch_jacobian"}


@pytest.fixture(autouse=True, scope="module")
def unfused() -> Any:
    """Short functions are not compiled into one kernel, which would come before their loops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusing, "MOST", 0)
        patch.setattr(batch, "LONG", 0)
        yield


def by_loops(F: Any, *key: Any) -> bool:
    found = [path.lanes.get(key) for path in F.paths]
    return any(lanes is not None and lanes[0].by_loops for lanes in found)


def same(F: Any, G: Any, X: np.ndarray, method: str, math: str) -> None:
    """Whether a function that is not compiled gives what one that is does, both with and without a change of a parameter's value."""
    for parameters in ({}, {"data": F._parameters["data"] * 0.5}):
        got, want = (getattr(f, method)(X, math=math, threads=1, **parameters) for f in (G, F))
        for a, b in zip(_arrays(got), _arrays(want), strict=True):
            np.testing.assert_array_equal(a, b)


def _arrays(found: Any) -> list[Any]:
    return [a for part in found for a in _arrays(part)] if isinstance(found, (tuple, list)) else [found]


@examples(12)
@given(loops(), st.integers(0, 2**32 - 1), st.sampled_from([np.float64, np.float32]), st.sampled_from(["fast", "precise"]))
@pytest.mark.filterwarnings("ignore")
def test_drawn_loops(loop: Loop, seed: int, dtype: Any, math: str) -> None:
    rng = np.random.default_rng(seed)
    kind = "jacobian" if loop.everything else str(rng.choice(["gradient", "values"]))
    x, data = loop.point(rng, dtype), rng.normal(size=loop.turns).astype(dtype)
    X = np.stack([loop.point(rng, dtype) for _ in range(37)])
    X[3, rng.integers(0, x.size, 3)] = rng.choice(SPECIAL, 3).astype(dtype)
    with np.errstate(all="ignore"):
        F, G = jt.record(loop, x, data=data, compile=False), jt.record(loop, x, data=data).compile()
        same(F, G, X, KINDS[kind], math)
    report = G.paths[0].report
    if loop.turns > 20 and not loop.guarded and not report.dropped:  # dead code is dropped at one point only
        assert by_loops(G, kind, math) == any("turns of" in line for line in report.lines)


@examples(6)
@given(grids(), st.integers(0, 2**32 - 1))
@pytest.mark.filterwarnings("ignore")
def test_drawn_grids(grid: Grid, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, data = rng.normal(size=5), rng.normal(size=7)
    with np.errstate(all="ignore"):
        F, G = jt.record(grid, x, data=data, compile=False), jt.record(grid, x, data=data).compile()
        same(F, G, rng.normal(size=(20, 5)), "batch_value_and_grad", "fast")


def lotka(p: Any, n: int = 60) -> Any:
    x, y = p[0], p[1]
    for _ in range(n):
        dx, dy = p[2] * x - p[3] * x * y, p[4] * x * y - p[5] * np.sin(y)
        x, y = x + 0.01 * dx, y + 0.01 * dy
    return x * x + y * y if x > 0.5 else x - y


POINT = np.array([1.0, 1.0, 1.1, 0.4, 0.4, 0.1])


def test_points_take_their_own_paths() -> None:
    X = POINT * np.random.default_rng(0).uniform(0.3, 1.5, (200, 6))
    F, G = jt.record(lotka, POINT, compile=False), jt.record(lotka, POINT).compile()
    for threads in (1, 2):
        for got, want in zip(G.batch_value_and_grad(X, threads=threads), F.batch_value_and_grad(X, threads=threads), strict=True):
            np.testing.assert_array_equal(got, want)
    assert by_loops(G, "gradient", "fast") and len(G.paths) == 2


def test_directions_go_through_loops_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "entries", lambda function: None)
    monkeypatch.setattr(hessians, "by_blocks", lambda function, leaves, named: None)  # else the gradient has a linear program
    F, G = jt.record(lotka, POINT, compile=False), jt.record(lotka, POINT)
    G.hvp(POINT, POINT)
    G.compile()
    for count, key in ((2, None), (6, ("values", "precise", 8)), (12, ("values", "precise"))):
        V = np.random.default_rng(1).normal(size=(count, 6))
        for x in (POINT, 1.1 * POINT, 0.3 * POINT):
            np.testing.assert_array_equal(G.hvp(x, V), [F.hvp(x, v) for v in V])
            G.hvp(POINT, POINT)
        assert [k for k in G._products.paths[0].lanes if by_loops(G._products, *k)][-1:] == [key] * (key is not None)


MATRIX = np.random.default_rng(5).normal(size=(4, 4))
AROUND = {
    "sums": lambda v: np.cumsum(v)[1] * np.sum(v * v),
    "products": lambda v: np.sum(np.tanh(MATRIX @ v) * v[::-1]),
    "of one array": lambda v: np.sum(np.outer(v, v) @ v),
    "extremes": lambda v: np.max(v) * np.sort(v)[2] + np.prod(v),
    "solutions": lambda v: np.linalg.solve(np.outer(v, v) + 4.0 * np.eye(4), v)[1] + np.log(np.linalg.det(np.outer(v, v) + np.eye(4))),
    "slices": lambda v: np.sum(np.sin(v)[:-1] * v[1:]) + 2.0 * v[0] + v[[1, 1, 3]].sum(),
}


@pytest.mark.parametrize("name", AROUND)
@pytest.mark.parametrize("method", ["batch_value_and_grad", "batch_jacobian"])
def test_what_is_around_loops(name: str, method: str) -> None:
    around = AROUND[name]

    def f(x: Any) -> Any:
        a, b = around(x[:4]), x[4]
        for _ in range(60):
            a, b = a + 0.01 * np.sin(b), b - 0.01 * a * b
        c = around(np.stack([a, b, a * b, x[5]]))
        return c * a if method == "batch_value_and_grad" else np.stack([c, a * b])

    X = np.random.default_rng(0).uniform(0.5, 1.5, (35, 6))
    F, G = jt.record(f, X[0], compile=False), jt.record(f, X[0]).compile()
    got, want = (getattr(H, method)(X) for H in (G, F))
    for a, b in zip(got, want, strict=True):  # values and gradients, or point by point
        np.testing.assert_array_equal(a, b)
    assert by_loops(G, "gradient" if method == "batch_value_and_grad" else "jacobian", "fast")


def test_loops_are_not_compiled_unless_they_may_be() -> None:
    X = POINT * np.random.default_rng(0).uniform(0.9, 1.1, (40, 6))
    F = jt.record(lotka, POINT, compile=False)
    F.batch_grad(X)
    F._path.lanes["gradient", "fast"][0].seconds = 1e9
    F.batch_grad(X)
    assert not by_loops(F, "gradient", "fast")


def test_a_result_that_is_an_argument_goes_elsewhere() -> None:
    def f(p: Any) -> Any:
        return lotka(p), p[2]

    F, G = jt.record(f, POINT, compile=False), jt.record(f, POINT).compile()
    X = POINT * np.random.default_rng(0).uniform(0.9, 1.1, (20, 6))
    for got, want in zip(G.batch_jacobian(X), F.batch_jacobian(X), strict=True):
        np.testing.assert_array_equal(got, want)
    assert not by_loops(G, "jacobian", "fast")
