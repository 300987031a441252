"""Small calls: a gradient by one native call takes any argument that the long way takes, and allocates nothing.

And one Function in the hands of several threads, of a child process and of signal handlers.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_programs import POINT, equal, programs
from hypothesis import given
from hypothesis import strategies as st

import jittape as jt
from jittape.compiler import ndarrays
from jittape.errors import GradientError
from jittape.replay import path as paths
from jittape.replay.function import Function

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("JITTAPE_HAMMER_SECONDS", "1"))
"""How long threads hammer a Function."""


def f(x: Any) -> Any:
    return np.sum(np.sin(x) * x[0]) if x[1] > 0 else np.sum(x * x)


def record(native: bool = True, dtype: Any = float, n: int = 3) -> Function:
    """A function that goes the short way, or one that does not."""
    with pytest.MonkeyPatch.context() as m:
        if not native:
            m.setattr(paths, "known", lambda: False)
        F = jt.record(f, np.ones(n, dtype))
        F.grad(np.ones(n, dtype))
        F.grad(np.array([1.0, -1.0, 2.0][:n], dtype))
        assert F.paths[0].quick is native and (F.paths[0].pool[0].quick is not None) is native
    return F


BOTH = pytest.mark.parametrize("native", [True, False])
POINTS = [np.array([0.3, 0.7, -1.5]), np.array([2.0, -0.5, 0.25]), np.array([1.0, np.nan, 2.0]), np.array([np.inf, 1.0, 0.0])]


def misaligned(x: Any) -> Any:
    raw = np.zeros(x.nbytes + 1, np.uint8)
    view = raw[1:].view(x.dtype).reshape(x.shape)
    view[...] = x
    assert not view.flags.aligned
    return view


def read_only(x: Any) -> Any:
    x = x.copy()
    x.flags.writeable = False
    return x


class Plain(np.ndarray):
    """A subclass that computes as its base does."""


class Arrays:
    """Something with __array__."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.x


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda x: x,
    "strided": lambda x: np.repeat(x, 2)[::2],
    "backwards": lambda x: x[::-1].copy()[::-1],
    "read-only": read_only,
    "misaligned": misaligned,
    "byte-swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "broadcast view": lambda x: np.broadcast_to(x, (2, 3))[1],
    "column": lambda x: np.stack([x, x], 1)[:, 0],
    "__array__": Arrays,
    "tensor": lambda x: jt.tensor(x),
    "dtype object of its own": lambda x: x.astype(np.dtype(x.dtype, metadata={"unit": "m"})),
    "memory map": lambda x: np.frombuffer(bytearray(x.tobytes()), x.dtype),
}


@BOTH
@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_layout_of_the_argument(name: str, native: bool, dtype: Any) -> None:
    F = record(native, dtype)
    for x in POINTS:
        x = x.astype(dtype)
        with np.errstate(all="ignore"):
            want = jt.record(f, x).value_and_grad(x)
            given_ = LAYOUTS[name](x)
            value, g = F.value_and_grad(given_)
            equal((value, g), want)
            assert type(value) is dtype and type(g) is np.ndarray and g.dtype == dtype and g.flags.owndata
            out = np.full(3, 9.0, dtype)
            assert F.value_and_grad(given_, out=out)[1] is out
        equal(out, want[1])


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@BOTH
def test_arguments_that_are_refused(native: bool) -> None:
    F = record(native)
    recorded: list[Any] = []
    jt.record(lambda y: recorded.append(y) or np.sum(y), np.ones(3))  # type: ignore[func-returns-value]
    for x, error in (
        (np.zeros(4), ValueError), (np.zeros((3, 1)), ValueError), (np.zeros((1, 3)), ValueError), (np.float64(1.0), ValueError),
        (np.array(1.0), ValueError), (1.0, ValueError), (3, ValueError), (None, ValueError), ([1.0, 2.0, 3.0], ValueError),
        ((1.0, 2.0, 3.0), ValueError), ("abc", ValueError), ({"a": 1}, ValueError), (np.zeros(3, int), GradientError),
        (np.zeros(3, bool), GradientError), (np.zeros(3, complex), GradientError), (np.zeros(3, np.longdouble), GradientError),
        (np.array([1, "a", None], object), GradientError), (np.zeros(3, "U1"), GradientError), (np.zeros(3, "M8[s]"), GradientError),
        (np.asmatrix(np.ones(3)), TypeError), (np.ma.ones(3), TypeError), (np.zeros(0), ValueError), (object(), ValueError),
        (Arrays(np.zeros(2)), ValueError), (Arrays([1.0, 2.0, 3.0]), (TypeError, ValueError)), (Arrays(None), (TypeError, ValueError)),
        (jt.tensor(np.ones(3), requires_grad=True), RuntimeError), (recorded[0], GradientError),
        (np.zeros(3, [("a", float)]), GradientError), (f, ValueError), (F, ValueError), (np.ndarray, ValueError),
    ):  # fmt: skip
        for call in (F.value_and_grad, F.grad, F, lambda a: F.grad(a, out=np.empty(3))):
            with pytest.raises(error):
                call(x)
    equal(F.grad(POINTS[0]), jt.grad(f)(POINTS[0]))


@BOTH
def test_results_that_are_refused_are_not_touched(native: bool) -> None:
    F = record(native)
    x = POINTS[0]
    frozen = read_only(np.full(3, 9.0))
    for out in (np.full(4, 9.0), np.full((3, 1), 9.0), np.full(3, 9.0, np.float32), np.full(3, 9), frozen, np.full(3, 9.0, ">f8"), np.full(3, 9.0, complex), np.broadcast_to(9.0, 3)):  # fmt: skip
        with pytest.raises(ValueError, match="out needs a writable array of float64 and shape"):
            F.value_and_grad(x, out=out)
        assert (out == 9.0).all()
    for out in ([9.0] * 3, (9.0,), {}, 9.0, "abc", object()):
        with pytest.raises(ValueError, match="out"):
            F.value_and_grad(x, out=out)
    equal(F.grad(x), jt.grad(f)(x))


@BOTH
def test_layouts_of_results(native: bool) -> None:
    F = record(native)
    for x in POINTS[:2]:
        want = jt.grad(f)(x)
        column, backwards = np.full((3, 2), 9.0), np.full(3, 9.0)[::-1]
        for out in (column[:, 1], backwards, misaligned(np.zeros(3)), np.zeros(3).view(Plain)):
            assert F.grad(x, out=out) is out
            equal(np.asarray(out), want)
        assert (column[:, 0] == 9.0).all()


@BOTH
def test_argument_and_result_in_one_memory(native: bool) -> None:
    F = record(native)
    for x in POINTS[:2]:
        value, want = jt.value_and_grad(f)(x)
        same = x.copy()
        assert F.value_and_grad(same, out=same)[0] == value
        equal(same, want)
        for shift in (-2, -1, 1, 2):
            memory = np.full(9, 9.0)
            memory[3:6] = x
            out = memory[3 + shift : 6 + shift]
            got, _ = F.value_and_grad(memory[3:6], out=out)
            assert got == value
            equal(out, want)
            assert np.count_nonzero(memory == 9.0) == 9 - 3 - abs(shift)


@BOTH
def test_results_are_nobody_elses_memory(native: bool) -> None:
    F = record(native)
    x = POINTS[0].copy()
    value, g = F.value_and_grad(x)
    kept = value.copy(), g.copy()
    replay = F.paths[0].pool[0]
    for a in (g, np.asarray(value)):
        assert not any(np.shares_memory(a, m) for m in (replay.value, replay.tape.adjoint, x) if m is not None)
    g[:] = 77.0
    x[:] = 5.0
    equal(F.value_and_grad(POINTS[0]), kept)
    F.value_and_grad(POINTS[1])
    assert value == kept[0]


@given(programs("sum"), st.lists(POINT, min_size=2, max_size=5))
def test_the_short_way_is_the_long_way(g: Any, points: list[Any]) -> None:
    F = jt.record(g, points[0])
    with pytest.MonkeyPatch.context() as m:
        m.setattr(paths, "known", lambda: False)
        G = jt.record(g, points[0])
        for x in [*points, *points]:
            equal(F.value_and_grad(x), G.value_and_grad(x))
        assert not any(p.quick for p in G.paths)
    assert [p.hits for p in F.paths] == [p.hits for p in G.paths] and F.statistics == G.statistics


def test_the_layout_of_arrays_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ndarrays.known.__wrapped__()
    right = ndarrays.fields
    for part in range(5):
        monkeypatch.setattr(ndarrays, "fields", lambda x, part=part: tuple(None if i == part else v for i, v in enumerate(right(x))))
        assert not ndarrays.known.__wrapped__()


def test_shapes_with_several_axes() -> None:
    F = jt.record(lambda a: np.sum(a[0] * a[1, ::-1]), np.ones((2, 3)))
    a = np.arange(6.0).reshape(2, 3)
    for _ in range(2):
        for x in (a, np.asfortranarray(a)):
            equal(F.grad(x), np.array([[5.0, 4.0, 3.0], [2.0, 1.0, 0.0]]))
        out = np.empty((2, 3), order="F")
        equal(F.grad(a, out=out), np.array([[5.0, 4.0, 3.0], [2.0, 1.0, 0.0]]))
        for wrong in (np.ones((3, 2)), np.ones(6), np.ones((2, 3, 1)), np.ones((1, 2, 3))):
            with pytest.raises(ValueError, match="shape"):
                F.grad(wrong)
    empty = jt.record(lambda x: np.sum(x) + 2.0, np.ones((0, 3)))
    for _ in range(3):
        value, g = empty.value_and_grad(np.ones((0, 3)))
        assert value == 2.0 and g.shape == (0, 3)


# --- memory --------------------------------------------------------------------------------------------------------------------------


def traced(call: Callable[[], Any]) -> tuple[int, int]:
    """(bytes that a call held at most, bytes that it kept)."""
    call()
    gc.collect()
    tracemalloc.start()
    try:
        call()
        tracemalloc.reset_peak()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        call()
        peak = tracemalloc.get_traced_memory()[1]
        gc.collect()  # what only cycles hold (of exceptions and their frames) is not kept
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return peak - before, after - before


def test_a_replay_allocates_nothing() -> None:
    """But for the NumPy number and the pair that it returns: far less than the 80 kB of a gradient, and the same for any size."""
    peaks = []
    for n in (10, 10_000):
        F = jt.record(lambda x: np.sum(np.sin(x) * x), np.ones(n))
        x, out = np.linspace(0.0, 1.0, n), np.empty(n)

        def calls(F: Any = F, x: Any = x, out: Any = out) -> None:
            for _ in range(1000):
                F.value_and_grad(x, out=out)

        calls()
        peak, kept = traced(calls)
        peaks.append(peak)
        assert peak < 1024 and abs(kept) < 256
    assert peaks[0] == peaks[1]


def test_a_replay_makes_one_array_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy reports the memory of every array: none with out=, without it that of the gradient."""
    F = jt.record(lambda x: np.sum(np.sin(x) * x), np.ones(50))
    x, out = np.linspace(0.0, 1.0, 50), np.empty(50)
    F.value_and_grad(x), F.value_and_grad(x)
    domain = np.lib.tracemalloc_domain
    for keywords, arrays in (({"out": out}, 0), ({}, 1)):
        kept: list[Any] = [None] * 1000
        gc.collect()
        tracemalloc.start()
        try:
            for i in range(1000):
                kept[i] = F.value_and_grad(x, **keywords)
            snapshot = tracemalloc.take_snapshot().filter_traces([tracemalloc.DomainFilter(True, domain)])
        finally:
            tracemalloc.stop()
        sizes = [trace.size for trace in snapshot.traces if trace.size >= 8]
        assert len(sizes) <= 1000 * arrays and sum(sizes) <= 1000 * arrays * out.nbytes
        assert bool(sizes) == bool(arrays)


def test_memory_does_not_grow() -> None:
    F = record()
    out, x = np.empty(3), POINTS[0]

    def many() -> None:
        for _ in range(33_000):
            F.value_and_grad(x, out=out)
            F.value_and_grad(x)
            F.grad(x)

    many()
    tracemalloc.start()
    try:
        F.value_and_grad(x)
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        many()
        tracemalloc.start()
        F.value_and_grad(x)
        assert abs(tracemalloc.get_traced_memory()[0] - before) < 2048
    finally:
        tracemalloc.stop()
    assert len(F.paths[0].pool) == len(F.paths[1].pool) == 1


def test_memory_does_not_grow_over_all_ways() -> None:
    """Missed paths, errors, parameters, batches, pullbacks."""
    F = jt.record(lambda x, a: np.sum(x * a) if x[0] > 0 else np.sum(x**3), np.ones(4), a=1.0)
    low, high, X = -np.ones(4), np.ones(4), np.random.default_rng(0).normal(size=(70, 4))

    def everything() -> None:
        for _ in range(20):
            F.grad(high), F.grad(low), F(high, a=2.0), F.jacobian(low), F.jvp((low,), (high,)), F.vjp(high)[1](1.0)
            F.bind(a=3.0)
            F.batch_grad(X), F.batch_value(X, threads=2, a=2.0)
            for wrong in (np.ones(5), None):
                with pytest.raises(ValueError):
                    F.grad(wrong)

    everything()
    pools = [len(p.pool) for p in F.paths]
    assert min(traced(everything)[1] for _ in range(6)) < 60_000  # a replay or lanes kept by each of 20 rounds would be five times that
    assert [len(p.pool) for p in F.paths] == pools


def test_an_interrupted_pullback_leaves_no_stale_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adjoints that were dropped are not written to by the next native call."""
    F = record()
    x = POINTS[0]
    want = F.grad(x)
    _, pull = F.vjp(x)
    sweep = type(F.tape).reverse

    def interrupted(self: Any, *args: Any, **kwargs: Any) -> None:
        sweep(self, *args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr(type(F.tape), "reverse", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pull(1.0)
    del pull
    gc.collect()
    (replay,) = F._path.pool
    assert replay.quick is None
    equal(F.grad(x), want)
    equal(F.grad(x), want)


def test_a_call_without_memory_for_its_result_leaves_the_replay() -> None:
    F, x = record(), POINTS[0]
    want = F.value_and_grad(x)

    def none(*_: Any) -> None:
        raise MemoryError

    (replay,) = F._path.pool
    quick, replay.quick = replay.quick, [(none, None)] * 3
    for call in (F, F.grad, F.value_and_grad):
        with pytest.raises(MemoryError):
            call(x)
        assert F._path.pool == [replay]
    replay.quick = quick
    equal(F.value_and_grad(x), want)


def test_builtins_do_not_keep_or_lose_what_they_are_given() -> None:
    F = jt.record(lambda x: np.sum(x**3), np.ones(3))
    x, out = POINTS[0].copy(), np.empty(3)
    F.value_and_grad(x), F.hessian(x), F.hvp(x, x), F.hvp(x, x)
    H = F.hessian(x)
    counted, long = (x, out, H, None, x.dtype), np.empty(4)
    before = [sys.getrefcount(a) for a in counted]
    for _ in range(100):
        F(x), F.grad(x), F.grad(x, out=out), F.value_and_grad(x), F.value_and_grad(x, out=out)
        F.hessian(x), F.hessian(x, out=H), F.hvp(x, x), F.hvp(x, x, out=out)
        for wrong in (long, None):
            with pytest.raises(ValueError):
                F.grad(wrong)
    assert all(abs(sys.getrefcount(a) - b) < 50 for a, b in zip(counted, before, strict=True))
    value, g = F.value_and_grad(x)
    numpys = np.empty(3)
    assert sys.getrefcount(g) == sys.getrefcount(numpys) and type(value) is np.float64  # a name counts on some versions of Python only
    assert sys.getrefcount(F.grad(x)) == sys.getrefcount(np.empty(3))


# --- threads ------------------------------------------------------------------------------------------------------------------------------


def hammered(x: Any, a: Any) -> Any:
    """Many ways: a loop, an order, a branch by a parameter."""
    total = np.sum(np.exp(-x * x)) * a
    for i in range(int(abs(x[0]) * 3.0)):
        total = total + np.sin(x[i % 4] * (i + 1.0))
    y = np.sort(x)
    return total + y[0] * y[3] if x[1] > a - 1.0 else total * y[1]


def run_threads(*jobs: Callable[[threading.Event], None]) -> None:
    """Run jobs until the time is over or one fails, and raise its error."""
    stop, errors = threading.Event(), []

    def work(job: Any) -> None:
        try:
            job(stop)
        except BaseException as error:
            errors.append(error)
            stop.set()

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for t in threads:
        t.start()
    stop.wait(SECONDS)
    stop.set()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]


def test_threads_hammer_one_function() -> None:
    rng = np.random.default_rng(11)
    X = rng.uniform(-2.0, 2.0, (60, 4))
    A = [0.5, 1.0, 2.0]
    with np.errstate(all="ignore"):
        want = {a: [jt.record(hammered, x, a=a).value_and_grad(x) for x in X] for a in A}
    F = jt.record(hammered, X[0], a=A[0], max_paths=24)
    calls = np.zeros(5, int)

    def by_parameter(kind: int) -> Callable[[threading.Event], None]:
        def job(stop: threading.Event) -> None:
            rng = np.random.default_rng(kind)
            out = np.empty(4)
            while not stop.is_set():
                i, a = int(rng.integers(len(X))), A[int(rng.integers(3))]
                value, g = want[a][i]
                if kind == 0:
                    assert F(X[i], a=a) == value
                elif kind == 1:
                    got = F.value_and_grad(X[i], out=out, a=a)
                    assert got[0] == value
                    equal(out, g)
                elif kind == 2:
                    threads = int(rng.integers(1, 3))
                    values, gradients = F.batch_value_and_grad(X, a=a, threads=threads, math="precise")
                    equal(values, np.array([v for v, _ in want[a]]))
                    np.testing.assert_allclose(gradients, [g for _, g in want[a]], rtol=1e-12, atol=1e-12)
                else:
                    _, pull = F.vjp(X[i], a=a)
                    equal(pull(1.0)[0], g)
                calls[kind] += 1

        return job

    def bound(stop: threading.Event) -> None:
        """What the others do with parameters of their own leaves the bound ones alone."""
        rng = np.random.default_rng(9)
        while not stop.is_set():
            a = A[int(rng.integers(3))]
            F.bind(a=a)
            for i in rng.integers(len(X), size=20):
                equal(F.value_and_grad(X[i]), want[a][i])
                calls[4] += 1

    run_threads(*(by_parameter(kind) for kind in range(4)), bound)
    print("calls:", calls, F.statistics)
    assert (calls > 0).all()


def test_threads_hammer_the_short_way() -> None:
    """While another thread binds: each result is one of the pairs that were bound at some time, whole."""
    F = jt.record(lambda x, a: np.sum(x * x) * a if x[0] > 0 else np.sum(x) * a, np.ones(5), a=1.0)
    high, low = np.arange(1.0, 6.0), -np.arange(1.0, 6.0)
    calls = np.zeros(3, int)

    def call(kind: int) -> Callable[[threading.Event], None]:
        def job(stop: threading.Event) -> None:
            out = np.empty(5)
            while not stop.is_set():
                x, unit = (high, 55.0) if calls[kind] % (kind + 2) else (low, -15.0)
                value, g = F.value_and_grad(x, out=out)
                a = value / unit
                assert a in (1.0, 2.0, 4.0)
                equal(g, 2.0 * a * x if x is high else np.full(5, a))
                calls[kind] += 1

        return job

    def bind(stop: threading.Event) -> None:
        while not stop.is_set():
            a = (1.0, 2.0, 4.0)[calls[2] % 3]
            F.bind(a=a)
            assert F.value_and_grad(low)[0] == -15.0 * a  # nobody else binds
            calls[2] += 1

    run_threads(call(0), call(1), bind)
    assert (calls > 0).all()


# --- processes and signals -----------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork")
def test_forks_while_threads_work() -> None:
    """A child goes on with all of it, whatever the parent's other threads held at that moment."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-2.0, 2.0, (40, 4))
    F = jt.record(hammered, X[0], a=1.0, max_paths=5)
    want = [jt.record(hammered, x, a=1.0).value_and_grad(x) for x in X]
    F.batch_grad(X, threads=2)  # Python's own locks of imports may stay held in a child
    stop = threading.Event()

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        while not stop.is_set():
            F.grad(X[rng.integers(40)])
            F.batch_grad(X, threads=2)
            F.bind(a=1.0)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for t in threads:
        t.start()
    try:
        for k in range(6):
            time.sleep(0.01 * k)
            pid = os.fork()
            if pid == 0:
                signal.alarm(30)
                try:
                    for i in range(0, 40, 7):
                        equal(F.value_and_grad(X[i]), want[i])
                    np.testing.assert_allclose(F.batch_grad(X, threads=2), [g for _, g in want], rtol=1e-10, atol=1e-10)
                    F.bind(a=1.0)
                    new = jt.record(lambda x: np.sum(np.arctan2(x, 2.0)), X[0])  # compiles
                    new.batch_grad(X, threads=2)
                    os._exit(0)
                except BaseException as error:
                    os.write(2, repr(error).encode())
                    os._exit(1)
            assert os.waitpid(pid, 0)[1] == 0
    finally:
        stop.set()
        for t in threads:
            t.join()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_a_signal_handler_calls_the_function_in_the_midst_of_itself() -> None:
    X = np.random.default_rng(2).uniform(-2.0, 2.0, (50, 4))
    want = [jt.record(hammered, x, a=1.0).value_and_grad(x) for x in X]
    F = jt.record(hammered, X[0], a=1.0, max_paths=6)
    equal(F.value_and_grad(X[0]), want[0])  # modules are imported now, numpy.testing too: not while a handler runs
    F.batch_value(X)
    called, wrong = [], []

    depth = 0

    def handler(number: int, frame: Any) -> None:
        nonlocal depth
        depth += 1
        if depth < 3:
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
        i = len(called) % len(X)
        called.append(i)
        try:
            equal(F.value_and_grad(X[i]), want[i])
            equal(F.batch_value(X[i : i + 2], math="precise"), np.array([v for v, _ in want[i : i + 2]]))
        except BaseException as error:
            wrong.append(error)
        depth -= 1

    old = signal.signal(signal.SIGALRM, handler)
    rng = np.random.default_rng(4)
    try:
        end = time.monotonic() + min(SECONDS, 5.0) / 2
        while time.monotonic() < end:
            i = len(called) % len(X)
            signal.setitimer(signal.ITIMER_REAL, float(rng.uniform(0.0001, 0.005)))
            equal(F.value_and_grad(X[i]), want[i])
            values = F.batch_value(X, math="precise", threads=1 + i % 2)
            equal(values, np.array([v for v, _ in want]))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, old)
    assert called and not wrong, wrong[:1]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_interrupted_calls_leave_a_function_that_works() -> None:
    """Ctrl-C at any place of a call, a recording and a binding."""
    X = np.random.default_rng(2).uniform(-2.0, 2.0, (50, 4))
    want = [jt.record(hammered, x, a=1.0).value_and_grad(x) for x in X]
    F = jt.record(hammered, X[0], a=1.0, max_paths=6)
    rng, interrupted = np.random.default_rng(0), 0

    def press(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, press)
    try:
        end = time.monotonic() + min(SECONDS, 5.0) / 2
        while time.monotonic() < end:
            try:
                signal.setitimer(signal.ITIMER_REAL, float(rng.uniform(0.0001, 0.003)))
                limit = time.monotonic() + 0.05  # Python drops an exception of a handler that runs in a finalizer
                while time.monotonic() < limit:
                    i = int(rng.integers(len(X)))
                    F.bind(a=1.0)
                    equal(F.value_and_grad(X[i]), want[i])
                    equal(F.vjp(X[i], a=1.0)[1](1.0)[0], want[i][1])
                    F(X[i], a=2.0)
            except KeyboardInterrupt:
                interrupted += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0.0)
            for i in rng.integers(len(X), size=3):
                equal(F.value_and_grad(X[i]), want[i])
    finally:
        signal.signal(signal.SIGALRM, old)
    assert interrupted > 10


CHILD = """
import pickle, sys
import numpy as np
F = pickle.load(open(sys.argv[1], "rb"))
X = np.load(sys.argv[2])
values, g = F.batch_value_and_grad(X, threads=2, math="precise")
np.save(sys.argv[3], np.column_stack([values, g, [F(x) for x in X]]))
"""


def test_a_pickle_in_another_process(tmp_path: Path) -> None:
    import pickle

    X = np.random.default_rng(2).uniform(-2.0, 2.0, (30, 4))
    F = jt.record(hammered, X[0], a=1.5)
    (tmp_path / "f").write_bytes(pickle.dumps(F))
    np.save(tmp_path / "x.npy", X)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", CHILD, *(str(tmp_path / name) for name in ("f", "x.npy", "y.npy"))]
    found = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    Y = np.load(tmp_path / "y.npy")
    equal(Y[:, 0], Y[:, 5])
    equal(Y[:, 0], np.array([F(x) for x in X]))
    np.testing.assert_allclose(Y[:, 1:5], [F.grad(x) for x in X], rtol=1e-12, atol=1e-12)
