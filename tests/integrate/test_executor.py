"""`jittape.integrate.executor`: a batch that others compute is the batch, whatever becomes of them."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import executor_functions as functions
import numpy as np
import pytest

import jittape as jt
from jittape.errors import BranchChanged, GradientError
from jittape.integrate.executor import (
    chunks,
    map_grad,
    map_jacobian,
    map_value,
    map_value_and_grad,
    sum_grad,
    sum_value,
    sum_value_and_grad,
    worker,
)

WAY = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def processes(count: int = 2) -> ProcessPoolExecutor:
    context = multiprocessing.get_context(WAY)
    if WAY == "forkserver":
        context.set_forkserver_preload(["jittape.integrate.executor.worker"])
    return ProcessPoolExecutor(count, context)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with processes() as executor:
        yield executor


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture
def forgetful() -> Iterator[None]:
    """This process was sent nothing yet."""
    worker.functions._items.clear()
    worker.values._items.clear()
    yield


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Nothing is computed in this process for want of an executor: that would be told in a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def one_by_one(F: jt.Function, X: Any) -> tuple[Any, Any]:
    """Values and gradients by recording anew at every point."""
    pairs = [jt.value_and_grad(F._f)(x) for x in X]
    return np.array([v for v, _ in pairs]), np.array([g for _, g in pairs])


def data(rng: np.random.Generator, points: int) -> tuple[dict[str, Any], Any, Any]:
    p = {"w": rng.normal(size=3), "b": [0.25], "scale": 1.5}
    return p, rng.normal(size=(points, 3)), rng.normal(size=points)


def recorded_loss() -> jt.Function:
    return jt.record(functions.loss, {"w": np.ones(3), "b": [0.5], "scale": 1.0}, np.ones(3), 1.0)


# --- maps ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000, None])
def test_a_map_is_the_batch(chunk: int | None, threads: ThreadPoolExecutor, rng: np.random.Generator) -> None:
    F = jt.record(functions.smooth, np.ones(4))
    X = rng.normal(size=(150, 4))
    Y, G = F.batch_value_and_grad(X)
    for executor in (None, threads, functions.Postman()):
        options = {"executor": executor, "chunk": chunk}
        assert np.array_equal(map_grad(F, X, **options), G)
        assert np.array_equal(map_value(F, X, **options), Y)
        y, g = map_value_and_grad(F, X, **options)
        assert np.array_equal(y, Y) and np.array_equal(g, G)


def test_in_processes(pool: ProcessPoolExecutor, rng: np.random.Generator) -> None:
    F = jt.record(functions.smooth, np.ones(4))
    X = rng.normal(size=(500, 4))
    Y, G = one_by_one(F, X)
    with silent():
        y, g = map_value_and_grad(F, X, executor=pool, chunk=90)
    np.testing.assert_allclose(y, Y, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(g, G, rtol=1e-13, atol=1e-14)


def test_structures_parameters_and_float32(threads: ThreadPoolExecutor, rng: np.random.Generator) -> None:
    def f(x: Any, more: Any, a: Any = 2.0) -> Any:
        return {"y": a * x * more["k"], "size": np.sum(x**2), "big": x > 0}

    F = jt.record(f, np.ones(2, np.float32), {"k": np.float32(1)}, a=np.float32(2))
    x, more = rng.normal(size=(20, 2)).astype(np.float32), {"k": rng.normal(size=20).astype(np.float32)}
    for executor in (threads, functions.Postman()):
        got = map_value(F, x, more, executor=executor, chunk=6, a=np.float32(3))
        want = F.batch_value(x, more, a=np.float32(3))
        assert list(got) == ["y", "size", "big"] and got["big"].dtype == bool and got["y"].dtype == np.float32
        for key in got:
            assert np.array_equal(got[key], want[key])
        np.testing.assert_allclose(got["y"], 3 * x * more["k"][:, None], rtol=1e-6)
        J, want = (
            map_jacobian(F, x, more, executor=executor, chunk=6),
            F.batch_jacobian(x, more),
        )
        assert np.array_equal(J["y"][0], want["y"][0]) and J["y"][1]["k"].shape == (20, 2)
        F.bind(a=np.float32(5))
        np.testing.assert_allclose(map_value(F, x, more, executor=executor)["y"], 5 * x * more["k"][:, None], rtol=1e-6)


def test_no_points(threads: ThreadPoolExecutor) -> None:
    F = jt.record(functions.smooth, np.ones(4))
    for executor in (None, threads, functions.Postman()):
        y, g = map_value_and_grad(F, np.empty((0, 4)), executor=executor)
        assert y.shape == (0,) and g.shape == (0, 4)
        p, x, t = data(np.random.default_rng(1), 0)
        value, total = sum_value_and_grad(recorded_loss(), p, x, t, executor=executor)
        assert value == 0.0 and total["w"].tolist() == [0.0, 0.0, 0.0] and total["b"] == [0.0]


# --- branches ------------------------------------------------------------------------------------------------------------


def test_other_paths_are_recorded_where_they_are_met(pool: ProcessPoolExecutor, rng: np.random.Generator) -> None:
    F = jt.record(functions.branchy, np.array([0.1, 1.0]))
    X = rng.uniform(-1, 1, size=(300, 2))
    Y, G = one_by_one(F, X)
    with silent():
        y, g = map_value_and_grad(F, X, executor=pool, chunk=50)
    np.testing.assert_allclose(y, Y, rtol=1e-14)
    np.testing.assert_allclose(g, G, rtol=1e-14)
    assert F.statistics["recorded"] == 1  # not here


@pytest.mark.parametrize("sums", [False, True])
def test_paths_that_workers_cannot_record_are_recorded_here(
    sums: bool, monkeypatch: pytest.MonkeyPatch, pool: ProcessPoolExecutor, rng: np.random.Generator
) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    if sums:
        w, x = rng.normal(size=3), rng.normal(size=(400, 3))
        F = jt.record(lambda w, x: functions.branchy_loss(w, x), np.zeros(3), np.ones(3))
        want = sum(jt.grad(functions.branchy_loss)(w, row) for row in x)
        np.testing.assert_allclose(sum_grad(F, w, x, executor=pool, chunk=64), want, rtol=1e-12)
    else:
        F = jt.record(lambda x: functions.branchy(x), np.array([0.1, 1.0]))
        X = rng.uniform(-1, 1, size=(300, 2))
        Y, G = one_by_one(F, X)
        y, g = map_value_and_grad(F, X, executor=pool, chunk=50)
        np.testing.assert_allclose(y, Y, rtol=1e-14)
        np.testing.assert_allclose(g, G, rtol=1e-14)
    assert F.statistics["recorded"] > 1


def test_precise_batches_are_the_same_to_the_last_bit(rng: np.random.Generator) -> None:
    F = jt.record(functions.branchy, np.array([0.1, 1.0]))
    X = rng.uniform(-1, 1, size=(1000, 2))
    G = F.batch_grad(X, math="precise")
    for chunk in (1, 64, 333):
        fresh = jt.record(functions.branchy, X[chunk])
        assert np.array_equal(map_grad(fresh, X, executor=functions.Postman(), chunk=chunk, math="precise"), G)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # JAX warns
def test_forked_processes(rng: np.random.Generator) -> None:
    F = jt.record(lambda x: functions.branchy(x), np.array([0.1, 1.0]))
    X = rng.uniform(-1, 1, size=(300, 2))
    F.batch_grad(X[:5], threads=2)
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as executor, silent():
        G = map_grad(F, X, executor=executor, chunk=50)
    np.testing.assert_allclose(G, one_by_one(F, X)[1], rtol=1e-14)


def test_paths_that_return_a_plain_number(threads: ThreadPoolExecutor) -> None:
    F = jt.record(lambda x: 0 if x < 0 else 1.5 * x, -1.0)
    X = np.array([-1.0, 1.0, 3.0, -2.0])
    assert map_value(F, X, executor=threads, chunk=1).tolist() == [0.0, 1.5, 4.5, 0.0]
    assert map_grad(F, X, executor=threads, chunk=3).tolist() == [0.0, 1.5, 1.5, 0.0]
    first = jt.record(lambda a, x: 0 if x < 0 else a * x, 1.0, -1.0)
    assert sum_value_and_grad(first, 3.0, X, executor=threads, chunk=1) == (12.0, 4.0)


# --- sums ----------------------------------------------------------------------------------------------------------------


def test_a_sum_is_the_sum(pool: ProcessPoolExecutor, threads: ThreadPoolExecutor, rng: np.random.Generator) -> None:
    F = recorded_loss()
    p, x, y = data(rng, 1000)
    pairs = [jt.value_and_grad(functions.loss)(p, a, b) for a, b in zip(x, y, strict=True)]
    value = math.fsum(v for v, _ in pairs)
    w = [math.fsum(g["w"][i] for _, g in pairs) for i in range(3)]
    scale, b = math.fsum(g["scale"] for _, g in pairs), math.fsum(g["b"][0] for _, g in pairs)
    results = []
    for executor in (None, threads, pool, functions.Postman()):
        got, g = sum_value_and_grad(F, p, x, y, executor=executor, chunk=96)
        assert got == pytest.approx(value, rel=1e-13) and list(g) == ["w", "b", "scale"]
        np.testing.assert_allclose([*g["w"], g["scale"], g["b"][0]], [*w, scale, b], rtol=1e-11)
        assert sum_value(F, p, x, y, executor=executor, chunk=96) == got
        assert sum_grad(F, p, x, y, executor=executor, chunk=96)["w"].tolist() == g["w"].tolist()
        results.append((got, *g["w"], g["scale"], *g["b"]))
    assert all(r == results[0] for r in results)


def test_a_sum_does_not_depend_on_who_is_first(rng: np.random.Generator) -> None:
    F = recorded_loss()
    p, x, y = data(rng, 700)
    want = sum_grad(F, p, x, y, executor=None, chunk=10)["w"]
    # a sum in another order has other last digits, so that equality means something
    assert not np.array_equal(sum_grad(F, p, x[::-1], y[::-1], executor=None, chunk=10)["w"], want)
    for seed in range(5):
        postman = functions.Postman(8, "any")
        postman.rng = np.random.default_rng(seed)
        stop = threading.Event()

        def deliver(postman: Any = postman, stop: threading.Event = stop) -> None:
            while not stop.wait(0.01):
                postman.flush()

        helper = threading.Thread(target=deliver)
        helper.start()
        try:
            assert np.array_equal(sum_grad(F, p, x, y, executor=postman, chunk=10)["w"], want)
        finally:
            stop.set()
            helper.join()
        assert postman.swapped > 20


def test_sums_of_float32_are_formed_in_float64() -> None:
    F = jt.record(lambda a, x: a * x, np.float32(1), np.float32(1))
    x = np.concatenate([np.full(10_000, 1e8), np.ones(10_000), np.full(10_000, -1e8)]).astype(np.float32)
    for chunk in (100, 30_000):
        value, g = sum_value_and_grad(F, np.float32(1), x, executor=None, chunk=chunk)
        assert g.dtype == value.dtype == np.float32 and g == value == 10_000  # in float32, 1e8 + 1 is 1e8


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 64, 100])
def test_vectors_are_added_as_a_tree(count: int) -> None:
    rows = np.arange(2.0 * count).reshape(count, 2)
    total = worker.Sum()
    for row in rows:
        total.add(row.copy())
    if not count:
        assert total.result() is None
        return
    assert np.array_equal(total.result(), rows.sum(0))
    assert np.array_equal(worker.pairwise(rows.copy()), rows.sum(0))
    assert len(total._parts) == bin(count).count("1")


# --- bytes ---------------------------------------------------------------------------------------------------------------


def chain(x: Any, n: int = 400) -> Any:
    s = x[0]
    for i in range(n):
        s = np.sin(s) * x[1] + 0.001 * i
    return s


def test_a_function_pickles_small() -> None:
    F = jt.record(chain, np.ones(2))
    F.batch_grad(np.ones((1000, 2)))  # what it has in memory by now does not travel
    least = len(pickle.dumps(jt.record(lambda x: x[0], np.ones(2))))
    count = F.tape.count
    constants = 400
    assert len(pickle.dumps(F)) - least < 10 * count + 8 * constants + 200
    assert len(chunks.pack_function(F)[1]) - least < 5 * count


def test_the_function_is_sent_once_a_worker(forgetful: None, rng: np.random.Generator) -> None:
    F = jt.record(chain, np.ones(2))
    X = rng.normal(size=(400, 2))
    size = len(chunks.pack_function(F)[1])
    assert size > chunks.INLINE  # or it is sent with every chunk
    postman = functions.Postman(2)
    map_grad(F, X, executor=postman, chunk=10)
    assert len(postman.bytes) == 40 and sum(b > size for b in postman.bytes) == 2
    assert max(postman.bytes[2:]) < 2000
    again = functions.Postman(2)  # another call: as others may do the work, it is sent again
    map_grad(F, X, executor=again, chunk=10)
    assert sum(b > size for b in again.bytes) == 2


def test_a_worker_that_lacks_the_function_gets_it(forgetful: None, rng: np.random.Generator) -> None:
    F = jt.record(chain, np.ones(2))
    X = rng.normal(size=(60, 2))
    postman = functions.Postman(1, forget=lambda: worker.functions._items.clear())
    assert np.array_equal(map_grad(F, X, executor=postman, chunk=10), F.batch_grad(X))
    assert len(postman.bytes) == 1 + 2 * 5


def test_a_process_keeps_a_bounded_number_of_functions(forgetful: None) -> None:
    for i in range(worker.FUNCTIONS_KEPT + 5):
        F = jt.record(lambda x: x[0] * (2.0 + i), np.ones(1))
        assert map_grad(F, np.ones((3, 1)), executor=functions.Postman()).tolist() == [[2.0 + i]] * 3
    assert len(worker.functions) == worker.FUNCTIONS_KEPT and len(worker.values) <= worker.VALUES_KEPT


# --- workers that die ----------------------------------------------------------------------------------------------------

FAR = np.column_stack([np.linspace(-1, 1, 200), np.linspace(2, 3, 200)])
"""Points of which the last quarter is beyond a half."""


def deadly_gradient() -> Any:
    return np.where(FAR[:, :1] > 0.5, FAR[:, ::-1], np.column_stack([2 * FAR[:, 0], np.zeros(200)]))


def test_no_chunk_is_lost_with_a_process(tmp_path: Path) -> None:
    flag = tmp_path / "died"
    F = jt.record(functions.dies_once, np.zeros(2), flag=str(flag))
    with processes() as executor:
        with pytest.warns(RuntimeWarning, match="of 20 chunks in this process.*BrokenProcessPool") as caught:
            G = map_grad(F, FAR, executor=executor, chunk=10)
        with pytest.raises(BrokenProcessPool):
            executor.submit(int)
    assert flag.exists() and caught[0].filename == __file__
    np.testing.assert_allclose(G, deadly_gradient(), rtol=1e-14)


def test_a_new_executor_takes_the_place_of_a_broken_one(tmp_path: Path) -> None:
    flag = tmp_path / "died"
    F = jt.record(functions.dies_once, np.zeros(2), flag=str(flag))
    made = []

    def make() -> ProcessPoolExecutor:
        made.append(processes(1))
        return made[-1]

    with silent():
        G = map_grad(F, FAR, executor=make, chunk=10)
    np.testing.assert_allclose(G, deadly_gradient(), rtol=1e-14)
    assert flag.exists() and len(made) == 2
    with pytest.raises(RuntimeError, match="shutdown"):
        made[-1].submit(int)


def test_chunks_that_kill_each_worker_end_here() -> None:
    F = jt.record(functions.dies_always, np.zeros(2))
    with pytest.warns(RuntimeWarning, match="in this process"):
        G = map_grad(F, FAR, executor=lambda: processes(1), chunk=10, retries=1)
    np.testing.assert_allclose(G, deadly_gradient(), rtol=1e-14)
    F = jt.record(functions.dies_always, np.zeros(2))  # one that knows nothing of the other path
    with pytest.raises(RuntimeError, match="did not compute chunk") as caught:
        map_grad(F, FAR, executor=lambda: processes(1), chunk=10, retries=0, local=False)
    assert isinstance(caught.value.__cause__, BrokenProcessPool)


class Failing(functions.Postman):
    """Every third future fails, as those of some executors do."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__()
        self.error, self.count, self.failures = error, 0, 0

    def deliver(self, future: Future[Any], letter: bytes) -> None:
        self.count += 1
        if self.count % 3:
            super().deliver(future, letter)
            return
        self.failures += 1
        if self.error is None:
            future.cancel()
        else:
            future.set_exception(self.error)


@pytest.mark.parametrize("error", [None, OSError("a line broke"), ValueError("no letter"), MemoryError()], ids=repr)
def test_futures_that_fail_are_chunks_to_compute_again(error: BaseException | None) -> None:
    F = jt.record(functions.smooth, np.ones(4))
    X = np.random.default_rng(3).normal(size=(100, 4))
    executor = Failing(error)
    with silent():
        assert np.array_equal(map_grad(F, X, executor=executor, chunk=5, retries=20), F.batch_grad(X))
    assert executor.failures > 5 and len(executor.back) == 20


def test_executors_that_take_nothing() -> None:
    F = jt.record(functions.smooth, np.ones(4))
    X = np.random.default_rng(3).normal(size=(100, 4))
    made = 0

    def make() -> ThreadPoolExecutor:
        nonlocal made
        made += 1
        if made > 10:
            raise AssertionError("too many")
        executor = ThreadPoolExecutor(1)
        executor.shutdown()
        return executor

    with pytest.warns(RuntimeWarning, match="20 of 20 chunks.*after shutdown"):
        assert np.array_equal(map_grad(F, X, executor=make, chunk=5, retries=3), F.batch_grad(X))
    assert made == 4
    made = 9
    with pytest.warns(RuntimeWarning, match="20 of 20 chunks.*too many"):
        map_grad(F, X, executor=make, chunk=5, retries=3)


def test_an_executor_that_was_shut_down() -> None:
    F = jt.record(functions.smooth, np.ones(4))
    X = np.random.default_rng(3).normal(size=(100, 4))
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.warns(RuntimeWarning, match="20 of 20 chunks"):
        assert np.array_equal(map_grad(F, X, executor=executor, chunk=5), F.batch_grad(X))
    with pytest.warns(RuntimeWarning, match="sum_grad computed 4 of 4") as caught:
        assert sum_grad(jt.record(lambda a, x: a * x, 1.0, 1.0), 1.0, np.ones(8), executor=executor, chunk=2) == 8.0
    assert caught[0].filename == __file__


# --- errors --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["here", "threads", "processes"])
def test_errors_of_the_function_name_the_point(
    where: str, pool: ProcessPoolExecutor, threads: ThreadPoolExecutor
) -> None:
    executor = {"here": None, "threads": threads, "processes": pool}[where]
    F = jt.record(functions.refuses, np.zeros(2))
    X = np.column_stack([np.zeros(200), np.arange(200.0)])
    X[[57, 58, 120, 199], 0] = 1.0
    for chunk in (1, 10, 500):
        with pytest.raises(ValueError, match="no value beyond a half, at 57") as caught:
            map_grad(F, X, executor=executor, chunk=chunk)
        assert caught.value.__notes__ == ["at point 57 of the batch"]
    strict = jt.record(functions.branchy, np.array([0.1, 1.0]), on_branch="raise")
    with pytest.raises(BranchChanged, match="executor_functions.py") as other:
        map_grad(strict, np.array([[0.2, 1.0], [0.3, 1.0], [0.9, 1.0]]), executor=executor, chunk=2)
    assert other.value.__notes__ == ["at point 2 of the batch"]
    F.batch_grad(np.zeros((3, 2)))  # as usable as before


def test_an_error_in_a_sum_names_the_point(threads: ThreadPoolExecutor) -> None:
    F = jt.record(lambda a, x: functions.refuses(x) * a, 1.0, np.zeros(2))
    X = np.column_stack([np.zeros(200), np.arange(200.0)])
    X[[57, 58, 120, 199], 0] = 1.0
    for executor in (None, threads, functions.Postman()):
        with pytest.raises(ValueError, match="no value beyond a half, at 57") as caught:
            sum_grad(F, 2.0, X, executor=executor, chunk=50)
        assert caught.value.__notes__ == ["at point 57 of the batch"]


class Odd(Exception):
    def __init__(self, a: int, b: int) -> None:
        super().__init__("two arguments")
        self.lock = threading.Lock()  # libraries have errors of several arguments travel


def test_errors_that_cannot_travel_are_told() -> None:
    error = worker.portable(Odd(1, 2))
    assert type(error) is RuntimeError and str(error) == "Odd: two arguments"
    assert str(worker.portable(ValueError("as it is"))) == "as it is"


def test_wrong_arguments() -> None:
    F, two = jt.record(functions.smooth, np.ones(4)), recorded_loss()
    p, x, y = data(np.random.default_rng(1), 5)
    X = np.ones((3, 4))
    cases: list[tuple[type[Exception], str, Any]] = [
        (TypeError, "recorded function", lambda: map_grad(functions.smooth, X, executor=None)),  # type: ignore[arg-type]
        (TypeError, "executor is a concurrent.futures", lambda: map_grad(F, X, executor=3)),
        (TypeError, "no method submit", lambda: map_grad(F, X, executor=dict)),
        (ValueError, "chunk is a number", lambda: map_grad(F, X, executor=None, chunk=0)),
        (ValueError, "retries", lambda: map_grad(F, X, executor=None, retries=-1)),
        (ValueError, "math is", lambda: map_grad(F, X, executor=None, math="slow")),
        (ValueError, "shape", lambda: map_grad(F, np.ones((3, 5)), executor=None)),
        (GradientError, "one recorded scalar", lambda: map_grad(jt.record(lambda x: x, np.ones(4)), X, executor=None)),
        (GradientError, "added up", lambda: sum_value(jt.record(lambda a, x: x, 1.0, np.ones(4)), 1.0, X, executor=None)),
        (TypeError, "at least two arguments", lambda: sum_grad(F, np.ones(4), executor=None)),
        (TypeError, "recorded with 3 arguments, called with 2", lambda: sum_grad(two, p, x, executor=None)),
        (ValueError, "different lengths", lambda: sum_grad(two, p, x, y[:3], executor=None)),
        (ValueError, "first argument", lambda: sum_grad(two, {"w": np.ones(3)}, x, y, executor=None)),
        (ValueError, "math is", lambda: sum_grad(two, p, x, y, executor=None, math="slow")),
    ]  # fmt: skip
    for kind, message, call in cases:
        with pytest.raises(kind, match=message):
            call()


# --- progress and Ctrl-C -------------------------------------------------------------------------------------------------


def test_progress(threads: ThreadPoolExecutor) -> None:
    F = jt.record(functions.smooth, np.ones(4))
    told: list[tuple[int, int]] = []
    map_grad(F, np.ones((55, 4)), executor=threads, chunk=10, progress=lambda *a: told.append(a))
    assert (
        len(told) == 6 and told[-1] == (55, 55) and all(a < b for (a, _), (b, _) in zip(told, told[1:], strict=False))
    )
    told.clear()
    p, x, y = data(np.random.default_rng(1), 25)
    sum_grad(recorded_loss(), p, x, y, executor=threads, chunk=10, progress=lambda *a: told.append(a))
    assert len(told) == 3 and told[-1] == (25, 25)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises; a shell starts what runs in the background with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("way", ["callback", "signal"])
def test_an_interrupt_cancels_what_is_not_begun(way: str, threads: ThreadPoolExecutor) -> None:
    F = jt.record(functions.smooth, np.ones(4))
    gate = threading.Event()
    held: list[Future[Any]] = []

    class Held(ThreadPoolExecutor):
        """The second chunk waits, and with it those behind it."""

        def submit(self, f: Any, /, *args: Any, **kwargs: Any) -> Any:
            second = len(held) == 1
            future = super().submit(lambda: (second and gate.wait(20), f(*args))[1])
            held.append(future)
            return future

    def interrupt(done: int, total: int) -> None:
        while not (held[1].running() or held[1].done()):
            time.sleep(0.001)
        if way == "callback":
            raise KeyboardInterrupt
        threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()

    with Held(1) as executor:
        with pytest.raises(KeyboardInterrupt):
            map_grad(F, np.ones((100, 4)), executor=executor, chunk=10, progress=interrupt)
        waited = not held[1].done()
        gate.set()
    cancelled = [f.cancelled() for f in held]
    assert waited and cancelled == [False, False] + [True] * (len(held) - 2) and 4 <= len(held) < 10
    assert map_grad(F, np.ones((100, 4)), executor=threads, chunk=10).shape == (100, 4)


# --- Dask ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    import dask

    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.worker.multiprocessing-method": WAY,
                "distributed.admin.log-length": 0}  # fmt: skip
    with (
        dask.config.set(settings),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
                                 host="127.0.0.1", silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        yield client


def test_dask(client: Any, rng: np.random.Generator) -> None:
    F = jt.record(functions.branchy, np.array([0.1, 1.0]))
    X = rng.uniform(-1, 1, size=(300, 2))
    Y, G = one_by_one(F, X)
    with silent():
        y, g = map_value_and_grad(F, X, executor=client, chunk=50)
    assert F.statistics["recorded"] == 1
    np.testing.assert_allclose(y, Y, rtol=1e-14)
    np.testing.assert_allclose(g, G, rtol=1e-14)
    p, x, t = data(rng, 500)
    F = recorded_loss()
    assert np.array_equal(
        sum_grad(F, p, x, t, executor=client, chunk=64)["w"], sum_grad(F, p, x, t, executor=None, chunk=64)["w"]
    )


def test_no_chunk_is_lost_with_a_dask_worker(client: Any, tmp_path: Path) -> None:
    flag = tmp_path / "died"
    F = jt.record(functions.dies_once, np.zeros(2), flag=str(flag))
    with silent():
        G = map_grad(F, FAR, executor=client, chunk=10)
    assert flag.exists()
    np.testing.assert_allclose(G, deadly_gradient(), rtol=1e-14)


def test_chunks_that_kill_each_dask_worker_end_here(client: Any) -> None:
    F = jt.record(functions.dies_always, np.zeros(2))
    with pytest.warns(RuntimeWarning, match="of 4 chunks in this process.*KilledWorker"):
        G = map_grad(F, FAR, executor=client, chunk=50, retries=0)
    np.testing.assert_allclose(G, deadly_gradient(), rtol=1e-14)


PAGE = Path(__file__).parents[2] / "docs" / "parallel.md"


@pytest.mark.parametrize(
    "title, printed", [("Processes", r"gradients \(10000, 2\) as here: True"), ("A cluster, with Dask", "step 4 loss")]
)
def test_programs_of_the_page(title: str, printed: str, tmp_path: Path) -> None:
    if "Dask" in title:
        pytest.importorskip("distributed")
    section = PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    program = tmp_path / "program.py"
    program.write_text(re.findall(r"```python\n(.*?)```", section, re.S)[0], encoding="utf-8")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=120, check=False)
    assert re.search(printed, done.stdout), done.stderr
    assert "RuntimeWarning" not in done.stderr
    losses = [float(x) for x in re.findall(r"loss (\S+)", done.stdout)]
    assert losses == sorted(losses, reverse=True)


def test_the_package_has_it() -> None:
    assert jt.integrate.executor.map_grad is map_grad
