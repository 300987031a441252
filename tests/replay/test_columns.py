"""Results of compiled loops in columns, and independent turns as vectors: numbers are those of the interpreter, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from compiled_and_not import agree, agree_at_drawn_points, pair, same
from drawn_cells import Cells, cells
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.replay import compiled as compiling


@examples(14)
@given(cells(), st.integers(0, 2**32 - 1), st.sampled_from([np.float64, np.float32]))
@pytest.mark.filterwarnings("ignore")
def test_drawn_cells(program: Cells, seed: int, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    x, data = rng.normal(size=program.n).astype(dtype), rng.normal(size=program.n).astype(dtype)
    with np.errstate(all="ignore"):
        F, G, _ = pair(program, x, data=data)
        y = agree_at_drawn_points(F, G, program.n, dtype, rng)
        assert all(map(same, np.atleast_1d(F.jvp((x,), (y,))[1]), np.atleast_1d(G.jvp((x,), (y,))[1])))


def stepped(z: Any) -> Any:
    rate, u = z[0], list(z[1:])
    for _ in range(9):
        v = list(u)
        for i in range(1, len(u) - 1):
            v[i] = u[i] + rate * (u[i - 1] - 2.0 * u[i] + u[i + 1]) - 0.01 * u[i] * u[i] * u[i]
        u = v
    return sum(c * c for c in u)


@pytest.fixture(scope="module")
def grid() -> tuple[Any, Any, Any]:
    return pair(stepped, np.linspace(0.1, 1.0, 71))


def test_cells_of_a_time_step_are_vectors(grid: tuple[Any, Any, Any]) -> None:
    F, G, report = grid
    assert sum("as vectors" in line for line in report.lines) >= 6
    for k in range(3):
        agree(F, G, np.linspace(0.1, 1.0 + k, 71))


def test_what_cells_store_stands_side_by_side(grid: tuple[Any, Any, Any]) -> None:
    _, G, _ = grid
    G.grad(np.linspace(0.1, 1.0, 71))
    replay = G.paths[0].pool[0].tape
    slots, turns, size, columns, _ = replay.loops._stretches[0][:5].tolist()
    assert columns == 1 and size == 9 and turns > 68 * 6
    replay.value[slots + turns : slots + turns * size] = np.nan  # nobody reads the rest
    assert np.isfinite(G.grad(np.linspace(0.1, 1.0, 71))).all()


def test_turns_that_are_nan_leave_the_sweep_to_the_interpreter(grid: tuple[Any, Any, Any]) -> None:
    F, G, _ = grid
    with np.errstate(all="ignore"):
        for place, x in ((3, np.inf), (70, np.nan), (0, np.inf), (40, 1e200)):
            z = np.linspace(0.1, 1.0, 71)
            z[place] = x
            agree(F, G, z)
            agree(F, G, np.linspace(0.2, 0.8, 71))


def test_turns_that_depend_on_much_earlier_ones_are_vectors() -> None:
    def echo(x: Any) -> Any:
        y = [x[i] for i in range(40)]
        for t in range(40, 300):
            y.append(y[t - 40] * 0.5 + x[t % 40] * y[t - 30])
        return y[-1] * sum(y[-40:])

    def rings(x: Any) -> Any:
        y = [x[i] for i in range(40)]
        for t in range(40, 300):
            y.append(y[t - 40] * 0.5 + y[t - 30] * y[t - 40])
        return y[-1] * sum(y[-40:])

    x = np.linspace(0.5, 1.5, 40)
    for f in (echo, rings):
        F, G, report = pair(f, x)
        agree(F, G, x)
        agree(F, G, 1.1 * x)
    assert any("as vectors" in line for line in report.lines)


def terms(x: Any) -> Any:
    total = 0.0
    for i in range(x.size - 1):
        total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradients_of_sums_of_terms_take_no_forward_sweep(dtype: Any) -> None:
    x = np.linspace(0.5, 1.5, 600).astype(dtype)
    F, G, _ = pair(terms, x)
    assert G.paths[0].replayed.loops.gradient_alone
    with np.errstate(all="ignore"):
        for k in range(6):
            y = (x + 0.1 * k).astype(dtype)
            if k > 2:
                y[[3, 300]] = np.inf, -np.inf
            assert same(F.grad(y), G.grad(y))  # at once, and after others
            agree(F, G, y)


def test_a_gradient_alone_goes_to_the_interpreter_where_a_turn_is_nan() -> None:
    def f(x: Any) -> Any:
        total = x[0] * 0.0
        for i in range(40):
            total = total + np.maximum(x[i], 0.0) * 0.5 / x[i + 1] + np.sqrt(x[i] * x[i]) * 0.0
        return total

    F, G, _ = pair(f, np.ones(41))
    with np.errstate(all="ignore"):
        for place in (3, 40, 0):
            x = np.linspace(0.5, 1.0, 41)
            x[place] = 0.0
            assert same(F.grad(x), G.grad(x)) and same(F.grad(x + 1.0), G.grad(x + 1.0))


def test_what_is_refused_reads_slots_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = compiling._kernels

    def some(loop: Any, *arguments: Any) -> Any:
        if loop.emitted.order is not None:
            raise RuntimeError("LLVM ERROR")
        return kernels(loop, *arguments)

    monkeypatch.setattr(compiling, "_kernels", some)
    F, G, report = pair(stepped, np.linspace(0.1, 1.0, 71))
    assert "LLVM ERROR" in str(report)
    agree(F, G, np.linspace(0.1, 1.0, 71))


def test_rows_of_blocks_reach_kernels() -> None:
    """Operands of the Hessian's entries that follow each other within a row of a block, as long as a chunk and more."""
    n = 727
    program = Cells("plane", [(13, 15, 9), (3, 16, 17), (3, 18, 18)], n, 2, "given", "sum", True)
    x, v, data = np.random.default_rng(14).normal(size=(3, n))
    F, G = (jt.record(lambda x: program(x, data), x, compile=False) for _ in range(2))
    G.hvp(x, x)
    G.compile()
    for _ in range(2):
        assert np.array_equal(F.hvp(x, v), G.hvp(x, v))


def test_tangents_of_leaves_that_go_from_turn_to_turn() -> None:
    n = 897
    program = Cells("sums", [(8, 2, 22), (12, 26, 26), (0, 7, 15)], n, 2, "moving", "both", True)
    x, v, data = np.random.default_rng(14).normal(size=(3, n))
    F, G = (jt.record(lambda x: program(x, data), x, compile=False) for _ in range(2))
    G.jvp((x,), (v,))
    G.compile()
    for _ in range(2):
        np.testing.assert_array_equal(F.jvp((x,), (v,)), G.jvp((x,), (v,)))
