"""Compiled loops: values, gradients and products are those of the interpreter, to the last bit."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from drawn_loops import Grid, Loop, Runs, Steps, Strides, array_steps, both, grids, loops, runs, strides
from draws import examples
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

import jittape as jt
from jittape.replay import compiled as compiling
from jittape.replay import path as paths

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e200, 1e-300]


def equal(a: Any, b: Any) -> bool:
    """Whether numbers are the same, bit for bit but for what a NaN holds."""
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True) and bool((np.signbit(a) == np.signbit(b))[~np.isnan(a)].all())


def points(rng: np.random.Generator, size: int, dtype: Any, plain: int, special: int) -> Iterator[Any]:
    """So many points of plain numbers, and so many with special ones among theirs."""
    for k in range(plain + special):
        y = rng.normal(size=size).astype(dtype)
        if k >= plain:
            y[rng.integers(0, size, 3)] = rng.choice(SPECIAL, 3).astype(dtype)
        yield y


def lotka(p: Any, n: int = 40) -> Any:
    x, y = p[0], p[1]
    for _ in range(n):
        dx, dy = p[2] * x - p[3] * x * y, p[4] * x * y - p[5] * y
        x, y = x + 0.01 * dx, y + 0.01 * dy
    return x * x + y * y


POINT = np.array([1.0, 1.0, 1.1, 0.4, 0.4, 0.1])


def compiled(f: Any, *args: Any, **parameters: Any) -> tuple[Any, Any]:
    F, G = jt.record(f, *args, **parameters), jt.record(f, *args, **parameters)
    assert G.compile() is G
    assert G.paths[0].replayed.loops is not None
    return F, G


@examples(12)
@given(loops(), st.integers(0, 2**32 - 1), st.sampled_from([np.float64, np.float32]))
@pytest.mark.filterwarnings("ignore")
def test_drawn_loops(loop: Loop, seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    x, data = loop.point(rng, dtype), rng.normal(size=loop.turns).astype(dtype)
    with np.errstate(all="ignore"):
        F, G = both(loop, x, data)
        for k in range(5):
            y = loop.point(rng, dtype)
            if k > 2:
                y[rng.integers(0, y.size, 3)] = rng.choice(SPECIAL, 3).astype(dtype)
            f, g = F.vjp(y), G.vjp(y)
            assert all(map(equal, np.atleast_1d(f[0]), np.atleast_1d(g[0])))
            seeds = (dtype(1.5), dtype(-0.5)) if loop.everything else dtype(1.0)
            assert equal(f[1](seeds)[0], g[1](seeds)[0])
            if not loop.everything:
                assert equal(F.grad(y), G.grad(y)) and equal(F(y), G(y))
            assert all(map(equal, np.atleast_1d(F.jvp((y,), (x,))[1]), np.atleast_1d(G.jvp((y,), (x,))[1])))
        F.bind(data=data[::-1].copy())
        G.bind(data=data[::-1].copy())
        assert equal(F.vjp(x)[1](seeds)[0], G.vjp(x)[1](seeds)[0])


@examples(25)
@given(runs(), st.integers(0, 2**32 - 1), st.sampled_from([np.float64, np.float32]))
@pytest.mark.filterwarnings("ignore")
def test_drawn_runs(program: Runs, seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    x, data = rng.normal(size=program.n).astype(dtype), rng.normal(size=program.n).astype(dtype)
    with np.errstate(all="ignore"):
        F, G = both(program, x, data)
        for y in points(rng, program.n, dtype, 2, 2):
            assert equal(F.grad(y), G.grad(y)) and equal(F(y), G(y))
            assert equal(F.vjp(y)[1](dtype(-0.75))[0], G.vjp(y)[1](dtype(-0.75))[0])
            assert equal(F.jvp((y,), (x,))[1], G.jvp((y,), (x,))[1])


@examples(25)
@given(strides(), st.integers(0, 2**32 - 1), st.sampled_from([np.float64, np.float32]))
@pytest.mark.filterwarnings("ignore")
def test_drawn_strides(program: Strides, seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    x, data = rng.normal(size=program.size).astype(dtype), rng.normal(size=3 * program.turns).astype(dtype)
    with np.errstate(all="ignore"):
        F, G = both(program, x, data)
        for y in points(rng, program.size, dtype, 2, 1):
            assert equal(F.grad(y), G.grad(y)) and equal(F(y), G(y))
            assert equal(F.jvp((y,), (x,))[1], G.jvp((y,), (x,))[1])


def test_columns_of_a_matrix_are_swept_as_vectors() -> None:
    def f(x: Any) -> Any:
        total = 0.0
        for i in range(50):
            total = total + (x[i, 0] - x[i, 1]) * x[i, 2]
        return total

    x = np.random.default_rng(0).normal(size=(50, 3))
    F, G = compiled(f, x)
    assert "as vectors" in F.tape.listing(loops=True)
    assert equal(F.grad(x), G.grad(x))


@examples(16)
@given(array_steps(), st.integers(0, 2**32 - 1), st.sampled_from([np.float64, np.float32]))
@pytest.mark.filterwarnings("ignore")
def test_drawn_steps_of_arrays(program: Steps, seed: int, dtype: Any) -> None:
    """Also without going through lists of slots piece by piece."""
    rng = np.random.default_rng(seed)
    x, data = rng.normal(size=program.n).astype(dtype), rng.normal(size=1100).astype(dtype)
    with np.errstate(all="ignore"):
        F, G = both(program, x, data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(paths, "pieced", lambda tape: None)
            H, K = both(program, x, data)
        for y in points(rng, program.n, dtype, 1, 2):
            for other in (G, H, K):
                assert equal(F.grad(y), other.grad(y)) and equal(F(y), other(y))
                assert equal(F.vjp(y)[1](dtype(-0.75))[0], other.vjp(y)[1](dtype(-0.75))[0])
                assert equal(F.jvp((y,), (x,))[1], other.jvp((y,), (x,))[1])


@examples(12)
@given(grids(), st.integers(0, 2**32 - 1))
@pytest.mark.filterwarnings("ignore")
def test_drawn_grids(grid: Grid, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, data = rng.normal(size=7), rng.normal(size=5)
    with np.errstate(all="ignore"):
        F, G = both(grid, x, data)
        for k in range(4):
            y = rng.normal(size=7)
            if k > 1:
                y[rng.integers(0, 7)] = rng.choice(SPECIAL)
            assert equal(F.grad(y), G.grad(y)) and equal(F(y), G(y))
            assert equal(F.jvp((y,), (x,))[1], G.jvp((y,), (x,))[1])


def test_cells_at_the_ends_are_turns_of_the_same_body() -> None:
    def heat(x: Any, cells: int = 30, steps: int = 10) -> Any:
        u = [x[0] * (i + 1.0) for i in range(cells)]
        for _ in range(steps):
            u = [u[0], *(u[i] + x[1] * (u[i - 1] - 2.0 * u[i] + u[i + 1]) for i in range(1, cells - 1)), u[-1]]
        return sum(v * v for v in u)

    F, G = compiled(heat, np.array([0.5, 0.1]))
    (report,) = G.compile(report=True)
    assert report.compiled > 0.95 * report.instructions and report.bodies < 8
    assert equal(F.grad(np.array([0.3, 0.2])), G.grad(np.array([0.3, 0.2])))


SUMS: list[Any] = [
    lambda x, y: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
    lambda x, y: np.sum(((x * 0.5 + 1.0) * x - 2.0) * x * y + 0.1 * x),
    lambda x, y: np.sum(np.sqrt(x[3:]) * np.exp(-(x[3:] ** 2)) * y[1:-2]),
    lambda x, y: np.sum(np.maximum(x[:-4], x[4:]) * -0.0 + y[2:-2]),
    lambda x, y: np.sum(np.floor(x) * y),  # nothing is found for the argument
    lambda x, y: np.sum(np.sign(x[1:]) * x[:-1] * y[1:]),
]


@pytest.mark.parametrize("f", SUMS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.filterwarnings("ignore")
def test_sums_over_the_argument_take_one_pass(f: Any, dtype: Any, rng: np.random.Generator) -> None:
    for n in (30, 513, 1600):
        data = rng.normal(size=n).astype(dtype)
        F, G = jt.record(f, data, y=data, compile=False), jt.record(f, data, y=data).compile()
        assert G.paths[0].replayed.loops.whole
        for k in range(5):
            x = rng.normal(size=n).astype(dtype)
            if k > 2:
                x[rng.integers(0, n, 4)] = rng.choice(SPECIAL, 4).astype(dtype)
            value, gradient = F.value_and_grad(x)
            found = G.value_and_grad(x)
            assert equal(found[0], value) and equal(found[1], gradient)
            out = x.copy()
            assert G.grad(out, out=out) is out and equal(out, gradient)  # the same memory
            assert equal(G(x), value) and equal(G.vjp(x)[1](dtype(2.0))[0], F.vjp(x)[1](dtype(2.0))[0])
        for H in (F, G):
            H.bind(y=data[::-1].copy())
        assert equal(F.grad(x), G.grad(x))


LAYERS = np.random.default_rng(5).normal(size=(700, 6))
ENDINGS: list[Any] = [
    lambda x, y: np.sum(np.log(1.0 + np.exp(LAYERS @ x)) - y * (LAYERS @ x)),
    lambda x, y: np.mean((LAYERS @ x - y) ** 2 * x[1]) * 2.0 + 1.0,
    lambda x, y: -np.sum(np.tanh(LAYERS @ x) * np.tile(x[:5], 140)),  # operands that are fetched, and those that overlap
    lambda x, y: 3.0 - np.sum(np.floor(LAYERS @ x) * y) / 7.0,  # nothing is found
    lambda x, y: np.mean(np.maximum((h := LAYERS @ x)[1:], h[:-1]) * y[1:]),
]


@pytest.mark.parametrize("f", ENDINGS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.filterwarnings("ignore")
def test_the_group_that_a_path_ends_with_is_swept_once(f: Any, dtype: Any, rng: np.random.Generator) -> None:
    x, y = rng.normal(size=6).astype(dtype), rng.normal(size=700).astype(dtype)
    F, G = compiled(f, x, y=y)
    assert G.paths[0].replayed.loops.ending
    for k in range(5):
        x = rng.normal(size=6).astype(dtype)
        if k > 2:
            x[rng.integers(0, 6, 2)] = rng.choice(SPECIAL, 2).astype(dtype)
        value, gradient = F.value_and_grad(x)
        assert equal(G.grad(x), gradient)  # without the value
        found = G.value_and_grad(x)
        assert equal(found[0], value) and equal(found[1], gradient) and equal(G(x), value)
        assert equal(G.vjp(x)[1](dtype(2.0))[0], F.vjp(x)[1](dtype(2.0))[0])
        assert equal(G.value_and_grad(x, y=2.0 * y)[1], F.value_and_grad(x, y=2.0 * y)[1])
        assert not G.paths[0].pool[0].tape.adjoints().any()
    for H in (F, G):
        H.bind(y=y[::-1].copy())
    assert equal(F.grad(x), G.grad(x))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.sin(LAYERS @ x)) * x[0],
        lambda x: np.exp(np.sum(np.sin(LAYERS @ x))),
        lambda x: np.sum(np.sin(LAYERS @ x)) + x[0],
        lambda x: 2.0 / np.sum(np.sin(LAYERS @ x)),
        lambda x: np.sum(z := np.sin(LAYERS @ x) * 2.0) + z[3],
        lambda x: (s := np.sum(np.sin(LAYERS @ x))) * s,
    ],
)
def test_what_depends_on_the_sum_otherwise_is_not(f: Any) -> None:
    x = np.linspace(0.1, 0.2, 6)
    F, G = compiled(f, x)
    assert not G.paths[0].replayed.loops.ending
    for k in range(3):
        assert equal(F.grad(x * k), G.grad(x * k)) and equal(F(x * k), G(x * k))


@pytest.mark.parametrize("n", [60_000, 4_000])
def test_runs_with_and_without_a_plan(n: int) -> None:
    def f(x: Any) -> Any:
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + np.exp(1.0 - x[:-1]) ** 2 * x[0]) * x[1]

    x = np.linspace(-1.0, 1.0, n)
    F, G = compiled(f, x)
    assert (F.paths[0].tape.plan is not None) is (n > 50_000)
    for k in range(3):
        y = x + 0.1 * k
        assert equal(F.grad(y), G.grad(y)) and equal(F(y), G(y))
        assert equal(F.jvp((y,), (x,))[1], G.jvp((y,), (x,))[1])
    assert G.paths[0].native and not G.paths[0].pool[0].tape.adjoints()[n:].any()


def test_precise_batches_of_long_paths_do_not_take_fast_kernels() -> None:
    for n in (60_000, 300):
        x = np.linspace(-1.0, 1.0, n)
        F, G = compiled(lambda x: np.sum(np.exp(x[1:]) * np.sin(x[:-1]) * x[1:]) + x[0], x)
        X = np.array([x, 2.0 * x])
        for math in ("precise", "fast"):
            assert equal(F.batch_grad(X, math=math), G.batch_grad(X, math=math))
            assert equal(F.batch_value(X, math=math), G.batch_value(X, math=math))


def test_methods_agree_after_each_other() -> None:
    F, G = compiled(lotka, POINT)
    for k in range(3):
        p = POINT * (1.0 + 0.01 * k)
        assert equal(F.grad(p), G.grad(p))
        assert equal(F(p), G(p))
        assert equal(F.jvp((p,), (POINT,))[1], G.jvp((p,), (POINT,))[1])
        value, gradient = G.value_and_grad(p, out=(out := np.empty(6)))
        assert gradient is out and equal(out, F.grad(p)) and equal(value, F(p))
        assert equal(F.hvp(p, POINT), G.hvp(p, POINT))
        assert equal(F.hessian(p), G.hessian(p))
        assert equal(F.batch_grad(np.array([p, POINT])), G.batch_grad(np.array([p, POINT])))
        assert equal(F.jacobian(p), G.jacobian(p))


def test_the_tape_shows_values_of_one_point() -> None:
    F, G = compiled(lotka, POINT)
    F.grad(POINT * 1.5), G.grad(POINT * 1.5)
    assert G.tape.listing() == jt.record(lotka, POINT).tape.listing()


def test_guards_are_checked_and_other_paths_recorded() -> None:
    def f(x: Any) -> Any:
        total = x[0] * 0.0
        for _ in range(60):
            total = total + (x[0] * total if total < 3.0 else x[1]) + 1.0
        return total

    F, G = compiled(f, np.array([0.1, 0.2]))
    for x in ([0.1, 0.2], [0.11, 0.3], [0.5, 0.5], [0.1, 0.25], [2.0, 0.0]):
        assert equal(F.grad(np.array(x)), G.grad(np.array(x)))
    assert len(G.paths) == len(F.paths) > 1
    G.compile()
    for x in ([0.1, 0.2], [0.5, 0.5], [2.0, 0.0]):
        assert equal(F.grad(np.array(x)), G.grad(np.array(x)))


def test_an_adjoint_of_zero_contributes_zero() -> None:
    def f(x: Any) -> Any:
        total = x[0]
        for k in range(50):  # where the root is not taken, its infinite derivative does not show
            total = total + np.maximum(np.sqrt(x[2] - x[2] * 1.0), x[1] + k)
        return total

    F, G = compiled(f, np.array([1.0, 2.0, 3.0]))
    x = np.array([1.0, 2.0, 3.0])
    assert equal(F.grad(x), G.grad(x)) and np.isfinite(G.grad(x)).all()
    x = np.array([1.0, -20.5, 3.0])
    assert equal(F.grad(x), G.grad(x))
    assert not G.paths[0].pool[0].tape.adjoints()[3:].any()


CALLED: dict[str, Any] = {
    "sinc": lambda x: np.sinc(x),
    "gammaln": lambda x: special.gammaln(x * x + 0.5),
    "ndtri": lambda x: special.ndtri(1.0 / (2.0 + x * x)),  # recorded as runs of one element, with partials that have a form
    "cbrt": lambda x: np.cbrt(x * x + 1.0),
    "jv": lambda x: special.jv(2, x),
}


@pytest.mark.parametrize("name", CALLED)
@pytest.mark.parametrize("math", ["fast", "precise"])
def test_functions_that_are_not_written_in_loops_are_called(name: str, math: str, rng: np.random.Generator) -> None:
    def f(x: Any) -> Any:
        state = x[0]
        for _ in range(20):
            state = 0.5 * state + x[1] * CALLED[name](state + x[2])
        return state * state

    x = np.array([0.3, 0.2, 0.1])
    F, G = jt.record(f, x, math=math, compile=False), jt.record(f, x, math=math, compile=False)
    G.jvp((x,), (x,))
    (report,) = G.compile(report=True)
    assert report.compiled > 0.8 * report.instructions
    for k in range(4):
        y = rng.normal(size=3)
        if k == 3:
            y[1] = np.inf
        with np.errstate(all="ignore"):
            assert equal(F.grad(y), G.grad(y)) and equal(F(y), G(y)) and equal(F.jvp((y,), (x,))[1], G.jvp((y,), (x,))[1])


def test_short_functions_are_one_body() -> None:
    F, G = compiled(lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2), np.ones(10))
    assert len(G.paths[0].replayed.loops.rows) == 1
    for x in (np.linspace(-1, 1, 10), np.ones(10), np.full(10, np.inf)):
        assert equal(F.grad(x), G.grad(x)) and equal(F(x), G(x))


def test_a_kernel_serves_every_number_of_turns() -> None:
    from jittape.compiler.jit import announcer

    jt.record(lambda p: lotka(p, 30), POINT).compile()
    before = announcer.compiled
    F, G = compiled(lambda p: lotka(p, 90), POINT)
    assert announcer.compiled == before
    assert equal(F.grad(POINT), G.grad(POINT))


def test_the_environment_switches_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JITTAPE_LOOPS", "0")
    F = jt.record(lotka, POINT)
    assert F.compile() is F and F.compile(report=True) == [] and F.paths[0].replayed.loops is None


def test_the_report_says_what_became_a_loop() -> None:
    (report,) = jt.record(lotka, POINT).compile(report=True)
    assert report.compiled > 0.9 * report.instructions and report.bodies >= 1
    assert "39 turns of 12" in str(report) and "left to the interpreter" in str(report)


def test_what_llvm_refuses_is_left_to_the_interpreter(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from jittape.replay import compiled as module

    def refuse(*_: Any) -> Any:
        raise RuntimeError("LLVM ERROR")

    monkeypatch.setattr(module, "_kernels", refuse)
    F = jt.record(lotka, POINT)
    g = F.grad(POINT)
    (report,) = F.compile(report=True)
    assert report.compiled == 0 and "LLVM ERROR" in str(report) and "left to the interpreter" in caplog.text
    assert equal(F.grad(POINT), g)


# --- by itself -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are due after a few replays."""
    monkeypatch.setattr(paths, "COMPILED_AFTER", 0.0)


def wait_for_threads() -> None:
    for thread in threading.enumerate():
        if thread.name == "jittape-compile":
            thread.join()


def test_often_replayed_paths_are_compiled(soon: None) -> None:
    F = jt.record(lotka, POINT, compile=False)
    G, H = jt.record(lotka, POINT), jt.record(lambda x: (x[0] * 2.0, lotka(x)), POINT)  # the latter goes the long way
    for k in range(paths.FEWEST + 5):
        p = POINT * (1.0 + 0.01 * k)
        assert equal(F.grad(p), G.grad(p)) and equal(F(p), H(p)[1])
    wait_for_threads()
    assert F.paths[0].replayed.loops is None
    assert G.paths[0].replayed.loops is not None and H.paths[0].replayed.loops is not None
    for k in range(5):
        assert equal(F.grad(POINT * k), G.grad(POINT * k)) and equal(F(POINT * k), H(POINT * k)[1])


def test_tangents_are_compiled_by_themselves(soon: None) -> None:
    F, G = jt.record(lotka, POINT, compile=False), jt.record(lotka, POINT)
    for i in range(60):
        v = np.cos(np.arange(6.0) + i)
        assert equal(F.jvp((POINT,), (v,))[1], G.jvp((POINT,), (v,))[1])
        assert equal(F.jacobian(POINT), G.jacobian(POINT)) and equal(F.grad(POINT), G.grad(POINT))
        if (loops := G.paths[0].replayed.loops) is not None and loops.has_tangents:
            break
        wait_for_threads()
    assert loops is not None and loops.has_tangents
    assert equal(F.jvp((POINT,), (v,))[1], G.jvp((POINT,), (v,))[1])


def test_tangents_go_on_behind_an_operation_of_python() -> None:
    @jt.primitive(jvp=lambda t, out, a: 2.0 * a * t[0], vjp=lambda g, out, a: (2.0 * a * g,))
    def square(a: Any) -> Any:
        return a**2

    def f(x: Any) -> Any:
        state, speed = x[0], x[1]
        for _ in range(2):
            for _ in range(40):
                state, speed = state + 0.01 * speed * x[2], speed - 0.01 * state
            state = square(state)
        return state * speed

    F, G = (jt.record(f, POINT[:3], compile=False) for _ in range(2))
    G.jvp((POINT[:3],), (POINT[:3],))
    G.compile()
    assert len(G.paths[0].replayed.loops.rows) > 1 and G.paths[0].replayed.loops.has_tangents
    for k in range(1, 4):
        y = POINT[:3] * k
        assert equal(F.jvp((y,), (POINT[:3],))[1], G.jvp((y,), (POINT[:3],))[1]) and equal(F.grad(y), G.grad(y))


def test_the_environment_switches_that_off_too(soon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JITTAPE_LOOPS", "0")
    F = jt.record(lotka, POINT)
    for _ in range(paths.FEWEST + 5):
        F.grad(POINT)
    wait_for_threads()
    assert F.paths[0].replayed.loops is None


def test_second_derivatives_are_compiled_with_the_function(soon: None) -> None:
    F, G = jt.record(lotka, POINT, compile=False), jt.record(lotka, POINT)
    v = np.linspace(-1.0, 1.0, 6)
    G.hvp(POINT, v)
    reports = G.compile(report=True)
    assert len(reports) == 2 and all(report.compiled > 0.8 * report.instructions for report in reports)
    for k in range(3):
        p = POINT * (1.0 + 0.1 * k)
        assert equal(F.hvp(p, v), G.hvp(p, v)) and equal(F.hessian(p), G.hessian(p))


def test_threads_replay_while_code_is_swapped(soon: None) -> None:
    F, G = jt.record(lotka, POINT, compile=False), jt.record(lotka, POINT)
    points = [POINT * (1.0 + 0.01 * k) for k in range(8)]
    wanted = [F.grad(p) for p in points]
    wrong: list[int] = []

    def work(seed: int) -> None:
        for i in np.random.default_rng(seed).integers(0, 8, 300).tolist():
            if not equal(G.grad(points[i]), wanted[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for_threads()
    work(5)
    assert not wrong and G.paths[0].replayed.loops is not None


def test_a_failure_in_the_background_is_one_line_in_the_log(soon: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: Any) -> Any:
        raise OSError("disk full")

    monkeypatch.setattr(compiling, "_compile", fail)
    F, G = jt.record(lotka, POINT, compile=False), jt.record(lotka, POINT)
    for _ in range(paths.FEWEST + 5):
        assert equal(F.grad(POINT), G.grad(POINT))
    wait_for_threads()
    assert equal(F.grad(POINT), G.grad(POINT))
    assert [r.message for r in caplog.records if "disk full" in r.message] == ["the loops of a function stay interpreted: OSError('disk full')"]


def test_copies_of_a_compiled_function_are_interpreted_until_they_are_compiled() -> None:
    F, G = compiled(lotka, POINT)
    H = pickle.loads(pickle.dumps(G))
    assert H.paths[0].replayed.loops is None and equal(H.grad(POINT), F.grad(POINT))
    assert H.compile().paths[0].replayed.loops is not None and equal(H.grad(POINT * 2), F.grad(POINT * 2))


def test_what_is_not_to_be_compiled_by_itself_is_remembered(soon: None, tmp_path: Any) -> None:
    F = jt.record(lotka, POINT, compile=False)
    F.save(tmp_path / "f.jt")
    for H in (F, pickle.loads(pickle.dumps(F)), jt.load(tmp_path / "f.jt")):
        for _ in range(paths.FEWEST + 5):
            H.grad(POINT), H.hvp(POINT, POINT)
        wait_for_threads()
        derived = [d for d in (H._products, H._entries) if d]
        assert derived and all(path.replayed.loops is None for d in (H, *derived) for path in d._paths)


@pytest.mark.parametrize("readonly", ["0", "nowhere"])
def test_without_a_cache_on_disk(readonly: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JITTAPE_CACHE_DIR", str(tmp_path / "file" / readonly))  # no directory can be made there
    F, G = compiled(lambda p: lotka(p, 31) + p[0] * p[1] * p[2], POINT)
    assert equal(F.grad(POINT), G.grad(POINT))


def test_what_else_a_function_can_do_is_the_same(tmp_path: Any) -> None:
    def f(x: Any) -> Any:
        total = x[0] * 0.0
        for k in range(40):
            total = total * 0.5 + np.log(x[k % 4] + 0.1 * k) * x[(k + 1) % 4]
        return total

    x = np.array([0.5, 1.0, 1.5, 2.0])
    F, G = compiled(f, x)
    F.grad(x), G.grad(x)
    bad = np.array([0.5, 1.0, -1.0, 2.0])
    with np.errstate(all="ignore"):
        assert equal(F.grad(bad), G.grad(bad))
        assert str(F.explain_nan(bad)) == str(G.explain_nan(bad))
    assert equal(F.sparse_hessian(x).toarray(), G.sparse_hessian(x).toarray())
    assert equal(F.batch_value_and_grad(np.array([x, x + 1.0]))[1], G.batch_value_and_grad(np.array([x, x + 1.0]))[1])
    G.save(tmp_path / "f.jt")
    assert equal(jt.load(tmp_path / "f.jt").compile().grad(x), F.grad(x))
    assert F.tape == G.tape


def test_a_listing_of_loops() -> None:
    lines = jt.record(lotka, POINT).tape.listing(loops=True).splitlines()
    assert any("39 turns of 12" in line for line in lines) and "of 1 turn before" in lines[-2]
    assert lines[-1].startswith("left to the interpreter: ")


def test_a_child_process_replays_on(soon: None) -> None:
    import os

    F = jt.record(lotka, POINT)
    for _ in range(paths.FEWEST + 1):
        wanted = F.grad(POINT)
    if not hasattr(os, "fork"):
        pytest.skip("no fork here")
    child = os.fork()
    if not child:
        os._exit(0 if equal(F.grad(POINT), wanted) else 1)
    assert os.waitpid(child, 0)[1] == 0
    wait_for_threads()


def test_equations_that_are_written_alike_are_one_body() -> None:
    def system(p: Any) -> Any:
        x, y, z = p[0], p[1], p[2]
        for _ in range(60):
            x, y, z = x + 0.01 * (p[3] * y - z * x), y + 0.01 * (p[4] * z - x * y), z + 0.01 * (p[5] * x - y * z)
        return x * y + z

    F, G = compiled(system, POINT)
    assert any("turns of 15" in line for line in G.paths[0].report.lines)
    assert equal(F.grad(1.1 * POINT), G.grad(1.1 * POINT))
