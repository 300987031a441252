"""Long loops by several threads: values, adjoints, tangents and products are those of one thread, to the last bit."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np
import pytest
from compiled_and_not import SPECIAL, same
from drawn_cells import Cells, cells
from draws import examples
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.ops.layout import CHUNK
from jittape.replay import shared_loops, shares
from jittape.replay.compiled import compile_path
from jittape.replay.handles import Native

THREADS = [2, 3, 5, 8]
ROWS = 40
PICKED = np.random.default_rng(8).integers(0, 20_000, 20_000)
UNARY: list[Callable[[Any], Any]] = [np.sin, np.exp, np.square, lambda a: 1.0 / (3.0 + a), lambda a: np.sqrt(a * a), lambda a: np.maximum(a, 0.1), lambda a: 2.0 * a]
BINARY: list[Callable[[Any, Any], Any]] = [np.add, np.subtract, np.multiply, lambda a, b: a / b, lambda a, b: np.where(a > b, a * b, b), np.hypot]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Share whatever can be shared."""
    monkeypatch.setattr(shared_loops, "PIECE", 1)
    monkeypatch.setattr(shared_loops, "KEEPING", 0.0)
    monkeypatch.setattr(shares, "WORTHWHILE", 0.0)
    monkeypatch.setattr(shares, "COPIED", 0.0)
    yield


def shared(F: Any) -> list[Any]:
    found = F.paths[0].replayed.loops
    return [] if found is None or found.shares is None else found.shares._shares


def routes(F: Any, x: Any, v: Any) -> list[Any]:
    """What every sweep gives, twice."""
    out: list[Any] = []
    with np.errstate(all="ignore"):
        for _ in range(2):
            value, pull = F.vjp(x)
            out += [value, pull(np.ones_like(value))[0], F.jvp((x,), (v,))[1]]
            if np.ndim(value) == 0:
                out += [F.grad(x), *F.value_and_grad(x), F.grad(x, out=np.empty_like(x)), F.hvp(x, v)]
    return out


def recorded(f: Any, x: Any, threads: int) -> Any:
    """The function with loops of its sweeps and products compiled."""
    F = jt.record(f, x, compile=False)
    F.jvp((x,), (x,))
    if np.ndim(F(x)) == 0:
        F.hvp(x, x)
    return F.compile(threads=threads)


def agree(f: Any, n: int, dtype: Any, seed: int, threads: int) -> Any:
    rng = np.random.default_rng(seed)
    x, v = rng.normal(size=(2, n)).astype(dtype)
    with np.errstate(all="ignore"):
        F, G = recorded(f, x, 1), recorded(f, x, threads)
    y = x.copy()
    y[rng.integers(0, n, 5)] = rng.choice(SPECIAL, 5).astype(dtype)
    for z in (x, y):
        assert all(map(same, routes(G, z, v), routes(F, z, v)))
    return G


class Arrays:
    """A function of a long array: its elements, neighbours, elements by lists, rows and columns, numbers."""

    def __init__(self, steps: list[tuple[int, int, int, int]], result: int) -> None:
        self.steps, self.result = steps, result
        self.__name__ = "arrays"

    def __repr__(self) -> str:
        return f"Arrays({self.steps}, {self.result})"

    def _moved(self, a: Any, how: int, n: int) -> Any:
        """What of an array of n numbers or so is read."""
        match how % 8:
            case 0:
                return a[PICKED[:n] % len(a)]
            case 1:
                return np.concatenate([a[1:], a[:1]])
            case 2:
                return a[how % len(a)]
            case 3:
                rows = len(a) // ROWS
                return (a[: rows * ROWS].reshape(rows, ROWS) * a[:ROWS]).reshape(-1)
            case 4:
                return a[::-1]
            case _:
                return a[how % 7 : len(a) - how % 5]

    def __call__(self, x: Any) -> Any:
        known: list[Any] = [x]
        for kind, i, j, how in self.steps:
            a, b = known[i % len(known)], self._moved(known[j % len(known)], how, len(x))
            if kind < len(UNARY):
                known.append(UNARY[kind](a))
            else:
                m = len(a) if b.ndim == 0 else min(len(a), len(b))
                known.append(BINARY[kind - len(UNARY)](a[:m], b if b.ndim == 0 else b[:m]))
        a = known[-1]
        return [np.sum(a), np.sum(a * x[: len(a)]) * 2.0 - x[3], a, np.sum(a) * known[1]][self.result % 4]


number = st.integers(0, 10_000)
arrays = st.builds(Arrays, st.lists(st.tuples(st.integers(0, len(UNARY) + len(BINARY) - 1), number, number, number), min_size=2, max_size=7), number)


@examples(20)
@given(arrays, st.integers(2 * CHUNK, 7 * CHUNK), st.sampled_from([np.float64, np.float32]), number, st.sampled_from(THREADS))
def test_drawn_functions_of_arrays(f: Any, n: int, dtype: Any, seed: int, threads: int) -> None:
    agree(f, n, dtype, seed, threads)


def as_array(program: Cells, data: Any) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        found = program(x, data)
        return np.stack(found) if isinstance(found, tuple) else found

    return f


@examples(12)
@given(cells(), st.integers(CHUNK + 20, 3 * CHUNK), st.sampled_from([np.float64, np.float32]), number, st.sampled_from(THREADS))
def test_drawn_cells(program: Cells, n: int, dtype: Any, seed: int, threads: int) -> None:
    program.n, program.times = n, 2
    agree(as_array(program, np.random.default_rng(seed).normal(size=n).astype(dtype)), n, dtype, seed, threads)


def neighbours(x: Any) -> Any:
    return x[1:-1] + 0.1 * np.sin(x[2:] * x[:-2])


def terms(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 7):
        total = total + (x[i + 7] - x[i] * x[i]) * x[i + 2]
    return total


CASES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "functions, no sum": (neighbours, "forward reverse tangent"),
    "summed up": (lambda x: np.sum(neighbours(x)) * 2.0, "forward reverse tangent"),
    "a number read by all": (lambda x: np.exp(x[1:] * x[0]) * x[1:], "forward reverse tangent"),
    "by a list": (lambda x: np.sum(x[PICKED[: len(x)] % len(x)] * x) * x[2], "forward reverse tangent"),
    "rows and columns": (lambda x: np.sum(np.sin(x[:60, None] * x[None, :90]) * x[7]) * x[1], "forward reverse tangent"),
    "reaching far": (lambda x: np.sum(x[1500:] * np.cos(x[:-1500])), "forward reverse tangent"),
    "turns that share slots": (terms, "reverse"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_shared(name: str) -> None:
    f, sweeps = CASES[name]
    for threads in THREADS:
        G = agree(f, 9 * CHUNK + 21, np.float64, threads, threads)
        found = [share.sweeps for share in shared(G)]
        assert set(sweeps.split()) in found


def test_short_loops_start_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    x = np.linspace(0.1, 1.0, 20 * CHUNK)
    for f, _ in CASES.values():
        assert not shared(recorded(f, x, 4))


def test_threads_may_be_asked_for_later_and_no_more() -> None:
    x = np.linspace(0.1, 1.0, 9 * CHUNK)
    F = jt.record(neighbours, x, compile=False)
    wanted = F.vjp(x)[1](x[1:-1])[0]
    for threads in (3, 1, 2, None):
        F.compile(threads=threads)
        assert same(F.vjp(x)[1](x[1:-1])[0], wanted)
        assert bool(shared(F)) == (threads is None and len(os.sched_getaffinity(0)) > 1 or threads in (2, 3))


def test_what_comes_later_has_them_too() -> None:
    x, v = np.random.default_rng(2).normal(size=(2, 3000))

    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x) if x[0] > 0.0 else np.sum(np.exp(np.cos(x)))

    x[0] = 1.0
    F = jt.record(f, x).compile(threads=3)
    other = np.concatenate([[-1.0], x[1:]])
    results = [[F.grad(other), F.hvp(other, v), F.hvp(x, v)]]
    derived = F._products or F._entries
    for path in (*F.paths, *derived._paths):
        compile_path(path)
    assert len(F.paths) == len(derived._paths) == 2
    assert all(path.replayed.loops.shares._shares for path in (*F.paths, *derived._paths))
    results.append([F.grad(other), F.hvp(other, v), F.hvp(x, v)])
    assert all(map(same, *results))


def test_a_guard_that_does_not_hold() -> None:
    def f(x: Any) -> Any:
        y = neighbours(x)
        return np.sum(y) if y[5] > 0.0 else np.sum(y * y)

    x = np.linspace(0.1, 1.0, 9 * CHUNK)
    F, G = recorded(f, x, 1), recorded(f, x, 3)
    for z in (x, -x, x):
        assert all(map(same, routes(G, z, x), routes(F, z, x)))


def test_native_functions_go_on_in_one_thread() -> None:
    f, x = CASES["summed up"][0], np.linspace(-1.0, 1.0, 9 * CHUNK + 5)
    F = recorded(f, x, 3)
    assert shared(F)
    gradient = jt.native.grad(F)
    for z in (x, 0.5 * x):
        assert same(numba.njit(lambda y: gradient(y))(z), F.grad(z))
    handle = Native(F)
    assert handle.taken_in(F.paths[0]) and handle.make(0, 0)  # one native call goes through it


def test_python_threads_at_once() -> None:
    f, x = CASES["summed up"][0], np.linspace(-1.0, 1.0, 9 * CHUNK + 5)
    G = recorded(f, x, 3)
    points = [x * k for k in range(1, 5)]
    wanted = [routes(G, z, x) for z in points]
    wrong: list[Any] = []

    def work(k: int) -> None:
        for _ in range(10):
            if not all(map(same, routes(G, points[k], x), wanted[k])):
                wrong.append(k)

    workers = [threading.Thread(target=work, args=(k,)) for k in range(len(points))]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert not wrong


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("name", ["summed up", "functions, no sum", "turns that share slots"])
def test_an_interrupt_ends_it_and_the_next_call_is_right(name: str, error: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(-1.0, 1.0, 9 * CHUNK + 5)
    F = recorded(CASES[name][0], x, 3)
    wanted = routes(F, x, x)
    real = shared_loops.in_pieces
    for after in range(1, 8):
        calls: list[int] = []

        def interrupted(sweep: Any, *arguments: Any, calls: list[int] = calls, after: int = after) -> None:
            def piece(c: int, end: int) -> None:
                calls.append(c)
                if len(calls) == after:
                    raise error
                sweep(c, end)

            real(piece, *arguments)

        with monkeypatch.context() as m:
            m.setattr(shared_loops, "in_pieces", interrupted)
            try:
                routes(F, x, x)
            except error:
                assert len(calls) >= after
        assert all(map(same, routes(F, x, x), wanted))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore")
def test_a_child_process_has_threads_of_its_own() -> None:
    x = np.linspace(-1.0, 2.0, 9 * CHUNK)
    F = recorded(neighbours, x, 3)
    wanted = F.vjp(x)[1](x[1:-1])[0]
    child = os.fork()
    if child == 0:
        os._exit(0 if same(F.vjp(x)[1](x[1:-1])[0], wanted) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert same(F.vjp(x)[1](x[1:-1])[0], wanted)
