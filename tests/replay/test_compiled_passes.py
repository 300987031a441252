"""Passes before compiling leave every number what it is, by every route, and the recording too."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from drawn_repeats import Repeats, repeats
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.passes.switches import COMMON, DEAD, FOLDING, SUMS, SWITCHED

SPECIAL = [0.0, -0.0, np.inf, np.nan, 1e200, 1e-300]


def same(a: Any, b: Any) -> bool:
    """Whether numbers are the same, bit for bit but for what a NaN holds."""
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True) and bool((np.signbit(a) == np.signbit(b))[~np.isnan(a)].all())


def both(f: Any, *args: Any, **parameters: Any) -> tuple[Any, Any]:
    """The same recording twice: interpreted, and compiled after all passes."""
    F, G = (jt.record(f, *args, compile=False, **parameters) for _ in range(2))
    return F, G.compile()


@pytest.fixture(autouse=True)
def all_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCHED, f"{FOLDING},{DEAD},{COMMON},{SUMS}")


@examples(20)
@given(repeats(), st.integers(0, 2**32 - 1), st.sampled_from([np.float64, np.float32]))
@pytest.mark.filterwarnings("ignore")
def test_drawn_programs(program: Repeats, seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    x, data = rng.normal(size=program.n).astype(dtype), rng.normal(size=program.n).astype(dtype)
    with np.errstate(all="ignore"):
        F, G = both(program, x, data=data)
        seeds = (dtype(1.5), dtype(-0.5)) if program.everything else dtype(-0.5)
        for k in range(4):
            y = rng.normal(size=program.n).astype(dtype)
            if k > 1:
                y[rng.integers(0, y.size, 2)] = rng.choice(SPECIAL, 2).astype(dtype)
            f, g = F.vjp(y), G.vjp(y)
            assert all(map(same, np.atleast_1d(f[0]), np.atleast_1d(g[0])))
            assert same(f[1](seeds)[0], g[1](seeds)[0])
            assert all(map(same, np.atleast_1d(F.jvp((y,), (x,))[1]), np.atleast_1d(G.jvp((y,), (x,))[1])))
            if not program.everything:
                assert same(F.grad(y), G.grad(y)) and same(F(y), G(y))
            if k == 1:
                F.bind(data=data[::-1].copy())
                G.bind(data=data[::-1].copy())


def diagnosed(x: Any, y: Any) -> Any:
    r = np.tanh(x[1:] - x[:-1] ** 2) * y[1:]
    np.sqrt(np.mean((r - np.mean(r)) ** 2)), np.exp(-r * r)
    np.sum(x[::2] * 3.0)
    total = x[0]
    for _ in range(30):
        np.cos(total) + x[1]
        total = total - 0.1 * np.sin(total)
    return np.sum(r * r) + total


def test_every_route_after_dead_code_is_dropped() -> None:
    x = np.linspace(0.1, 0.9, 40)
    F, G = both(diagnosed, x, y=x)
    assert " and 72 dropped in " in str(G.compile(report=True)[0])
    v = np.cos(x)
    for k in range(3):
        z = x + 0.1 * k
        assert same(F.grad(z), G.grad(z)) and same(F(z), G(z))
        assert same(F.jacobian(z), G.jacobian(z)) and same(F.hvp(z, v), G.hvp(z, v)) and same(F.hessian(z), G.hessian(z))
        assert same(F.jvp((z,), (v,))[1], G.jvp((z,), (v,))[1]) and same(F.jacobian(z), G.jacobian(z))
        assert same(F.batch_grad(np.stack([z, x])), G.batch_grad(np.stack([z, x])))
        assert same(F.batch_grad(np.stack([z, x]), math="precise"), G.batch_grad(np.stack([z, x]), math="precise"))
        assert same(F.sparse_hessian(z).toarray(), G.sparse_hessian(z).toarray())
        assert same(F.grad(z), G.grad(z))


def test_the_recording_is_left_alone(tmp_path: Any) -> None:
    x = np.linspace(0.1, 0.9, 40)
    F, G = both(diagnosed, x, y=x)
    G.grad(x + 1.0)
    assert F.tape == G.tape and jt.record(diagnosed, x, y=x).tape.listing() == G.tape.listing()
    bad = x.copy()
    bad[3] = np.nan
    assert str(F.explain_nan(bad)) == str(G.explain_nan(bad))
    G.save(tmp_path / "f.jt")
    for H in (jt.load(tmp_path / "f.jt"), pickle.loads(pickle.dumps(G))):
        assert same(H.compile().grad(x), F.grad(x))


def test_infinite_derivatives_of_what_cancels_are_no_zeros() -> None:
    def f(x: Any, y: Any) -> Any:
        a = np.sum(np.sqrt(x * y[1]) * y)
        b = np.sum(np.sqrt(x * y[1]) * y)
        return a - b + x[0] * a * b  # adjoints of one root, added up, would be zero where the other's slope is infinite

    x, y = np.array([0.0, 1.0, 2.0] * 10), np.ones(30)
    F, G = both(f, x, y=y)
    with np.errstate(all="ignore"):
        assert same(F.grad(x), G.grad(x)) and np.isnan(G.grad(x)).any()


def test_what_may_raise_is_carried_out() -> None:
    def f(x: Any) -> Any:
        np.linalg.solve(x.reshape(2, 2), x[:2])  # nobody reads it
        total = x[0]
        for _ in range(60):
            total = total + 0.01 * total * x[1]
        return total

    F, G = both(f, np.array([1.0, 2.0, 3.0, 4.0]))
    for H in (F, G):
        with pytest.raises(np.linalg.LinAlgError):
            H.grad(np.ones(4))
    assert same(F.grad(np.array([2.0, 1.0, 1.0, 3.0])), G.grad(np.array([2.0, 1.0, 1.0, 3.0])))


def test_parameters_are_no_constants() -> None:
    def f(x: Any, c: Any) -> Any:
        total = x[0]
        for k in range(30):
            total = total * np.exp(-c[0] * c[1]) + x[k % 3] * (c[1] + c[0])
        return total

    x = np.arange(3.0)
    F, G = both(f, x, c=np.array([0.1, 0.2]))
    for c in ([0.1, 0.2], [-0.3, 0.4]):
        for H in (F, G):
            H.bind(c=np.array(c))
        assert same(F.grad(x), G.grad(x)) and same(F(x), G(x))


def test_paths_without_loops_are_replayed_without_what_nobody_reads() -> None:
    def f(x: Any) -> Any:
        known = list(x)
        for k in range(3000):
            known.append(np.sin(known[(7 * k * k) % len(known)]) + known[(k * 31 + k * k) % len(known)])
        return known[-1] * known[len(known) // 2]

    x = np.linspace(0.1, 0.9, 5)
    F, G = both(f, x)
    (report,) = G.compile(report=True)
    assert report.dropped > 0.5 * report.instructions and G.paths[0].replayed.loops is not None
    for k in range(3):
        y = x + 0.1 * k
        assert same(F.grad(y), G.grad(y)) and same(F(y), G(y)) and same(F.jvp((y,), (x,))[1], G.jvp((y,), (x,))[1])
        assert same(F.hessian(y), G.hessian(y)) and same(F.jacobian(y), G.jacobian(y))


def test_paths_without_loops_of_which_little_is_dropped_are_replayed_as_they_are() -> None:
    """Leaves in the places of a few instructions would take longer to go through than these."""

    def f(x: Any) -> Any:
        rng, known = np.random.default_rng(3), list(x)
        for code, a, b in rng.integers(0, (4, 6, 6), (4000, 3)).tolist():
            y, z = known[-1 - a], known[-1 - b]
            known.append(y * z if code == 0 else np.sin(y) if code == 1 else y - z if code == 2 else y / z)
        return sum(known[-40:])

    x = np.linspace(0.1, 0.9, 5)
    F, G = both(f, x)
    (report,) = G.compile(report=True)
    assert report.compiled == report.dropped == 0 and G.paths[0].replayed.loops is None
    assert same(F.grad(x), G.grad(x))


@pytest.mark.parametrize("n", [2, 7, 8, 9, 17, 32])
def test_short_sums_are_part_of_a_body(n: int, rng: np.random.Generator) -> None:
    def f(x: Any, y: Any) -> Any:
        a = np.sum(x[1:] * y[1:])
        return np.sum(np.sqrt(x * x)) * a + np.sum(x) + np.mean(y) * np.sum(x[::-1])

    x = rng.normal(size=n)
    F, G = both(f, x, y=x)
    assert len(G.paths[0].replayed.loops.rows) <= 2
    for special in [None, *SPECIAL]:
        z = rng.normal(size=n) * 10.0 ** rng.integers(-3, 4, n)
        if special is not None:
            z[n // 2] = special
        with np.errstate(all="ignore"):
            assert same(F.grad(z), G.grad(z)) and same(F(z), G(z))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_runs_stay_apart_that_only_dead_code_parted(dtype: Any) -> None:
    """Swept together, they would add to the adjoints of x[0] and of its neighbours chunk by chunk."""

    def f(x: Any) -> Any:
        y = np.sin(x[1:]) * x[0]
        z = y * x[:-1]
        np.exp(y[::-1])  # reads the runs before it in another order: nobody reads it
        w = x[1:] * x[0]
        return np.sum(w * x[:-1] * z)

    rng = np.random.default_rng(0)
    F, G = both(f, rng.normal(size=1301).astype(dtype))
    assert " and 1 dropped in " in str(G.compile(report=True)[0])
    for _ in range(5):
        x = rng.normal(size=1301).astype(dtype)
        assert same(F.grad(x), G.grad(x))
