"""Memory kept between calls: it returns when nothing refers to it any more, whatever happened, and what is said to be zero is."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import jittape as jt
from jittape.tape import memory
from jittape.tape.memory import KEPT, LIMIT, clear_memory, idle_bytes, kept

N = KEPT // 8
LONG = 80_000
"""Elements of an argument whose recordings are kept, planned and remembered."""


@pytest.fixture(autouse=True, scope="module")
def little_to_look_through() -> Iterator[None]:
    """What earlier modules left is out of the collector's sight, which takes seconds to look through it, once a test here."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def empty(memory_limit: None) -> Iterator[None]:
    """The pool is empty before each test, and sound after it."""
    gc.collect()
    clear_memory()
    yield
    check()


def check() -> None:
    """Idle memory is within the limit, none of it stands there twice, and what is said to be zero is."""
    idle = memory._pool.idle
    assert idle_bytes() <= memory._pool.limit <= LIMIT
    assert len({b.address for b in idle}) == len(idle)
    assert not any(b.bytes.any() for b in idle if b.zero)


def objective(x: Any) -> Any:
    return np.sum(np.sin(x) * x + 0.5 * x * x)


def gradient(x: Any) -> Any:
    return np.sin(x) + np.cos(x) * x + x


def point(n: int = LONG, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=n)


# --- the pool ------------------------------------------------------------------------------------------------------------------


def test_memory_waits_for_the_next_array() -> None:
    a = kept(N, np.float64)
    where = a.ctypes.data
    a[:] = 1.0
    del a
    assert idle_bytes() >= KEPT
    assert kept(N, np.float64).ctypes.data == where
    assert not kept(N, np.float64, zero=True).any()


def test_an_array_ends_within_its_memory() -> None:
    """Blocks begin at different places of their first page; what is asked for again may be a page longer."""
    for pages in [1, 2, 3, 2, 1] * 8:
        arrays = [kept(N + 512 * (pages + k), np.float64) for k in range(3)]
        for a in arrays:
            block = a.base.block
            start = block.bytes.ctypes.data
            assert start <= a.ctypes.data and a.ctypes.data + a.nbytes <= start + block.bytes.size


def test_short_arrays_are_not_kept() -> None:
    a = kept(N - 1, np.float64)
    assert a.flags.owndata
    assert not kept(7, np.float32, zero=True).any()
    del a
    assert not idle_bytes()


@pytest.mark.parametrize("refer", [lambda a: a[5:7], lambda a: a.reshape(2, -1).T, memoryview, lambda a: a.view(np.int64)[::3], iter])
def test_memory_is_not_idle_while_something_refers_to_it(refer: Callable[[Any], Any]) -> None:
    a = kept(N, np.float64)
    held = refer(a)
    del a
    gc.collect()
    assert not idle_bytes()
    del held
    assert idle_bytes()


def test_zeros_are_zeros_again() -> None:
    a = kept(N, np.float64, zero=True)
    a[3] = 1.0
    del a
    a = kept(N, np.float64, zero=True)
    assert not a.any()
    memory.all_zero(a)
    del a
    assert [b.zero for b in memory._pool.idle] == [True]
    a = kept(N, np.float64, zero=True)
    memory.all_zero(a)
    memory.not_zero(a)
    a[0] = 2.0
    del a
    assert not kept(N, np.float64, zero=True).any()


def test_idle_memory_is_limited() -> None:
    memory.limit_idle(10 * KEPT)
    arrays = [kept(N, np.float64) for _ in range(30)]
    arrays += [kept(100 * N, np.float64)]
    del arrays
    assert 9 * KEPT < idle_bytes() <= 10 * KEPT
    jt.set_memory_limit(2 * KEPT)
    assert 0 < idle_bytes() <= 2 * KEPT
    jt.set_memory_limit(None)
    assert memory._pool.limit > 10 * KEPT


def test_idle_memory_is_not_given_for_much_less() -> None:
    del (a := [kept(64 * N, np.float64)])[:]
    assert a == []
    small = [kept(N, np.float64) for _ in range(3)]
    assert idle_bytes() >= 64 * KEPT
    del small


def test_no_memory_clears_the_pool_first(monkeypatch: pytest.MonkeyPatch) -> None:
    kept(N, np.float64)
    real = memory._Block

    def block(nbytes: int) -> Any:
        if memory._pool.idle:
            raise OSError("cannot allocate memory")
        return real(nbytes)

    monkeypatch.setattr(memory, "_Block", block)
    assert kept(8 * N, np.float64).size == 8 * N
    monkeypatch.setattr(memory, "_Block", lambda nbytes: real(1 << 62))
    with pytest.raises(MemoryError):
        kept(80 * N, np.float64)


def test_a_finaliser_in_the_middle_of_the_pool() -> None:
    """What ends while the pool is at work, in its own thread, waits its turn."""
    a = kept(N, np.float64)
    with memory._pool._lock:
        del a
        b = kept(N, np.float64)  # the lock is held: asked of the system
        assert not memory._pool.idle
    del b
    assert len(memory._pool.idle) == 2


# --- derivatives ---------------------------------------------------------------------------------------------------------------


def test_calls_take_the_same_memory_again() -> None:
    x = point()
    for _ in range(2):
        jt.grad(objective)(x)
    before = sorted((b.address, b.bytes.size) for b in memory._pool.idle)
    assert before
    np.testing.assert_allclose(jt.grad(objective)(x), gradient(x), rtol=1e-12, atol=1e-14)
    assert sorted((b.address, b.bytes.size) for b in memory._pool.idle) == before


def test_results_outlive_later_calls() -> None:
    points = [point(seed=k) for k in range(6)]
    found = [jt.value_and_grad(objective)(x) for x in points]
    outs = [jt.vjp(lambda x: np.sin(x) * 2.0, x) for x in points]
    pulled = [pull(np.ones(LONG))[0] for _, pull in outs]
    for x, (value, g), (out, _), p in zip(points, found, outs, pulled, strict=True):
        assert value == pytest.approx(objective(x), rel=1e-12)
        np.testing.assert_allclose(g, gradient(x), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(out, np.sin(x) * 2.0, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(p, np.cos(x) * 2.0, rtol=1e-12, atol=1e-14)
        assert g.flags.owndata and out.base is None


@pytest.mark.parametrize("size", [0, 1, 300, 20_000, LONG])
def test_huge_and_tiny_in_turns(size: int) -> None:
    for n in (LONG, size, 3 * LONG, size):
        x = point(n)
        value, g = jt.value_and_grad(objective)(x)
        np.testing.assert_allclose(value, objective(x), rtol=1e-11)
        np.testing.assert_allclose(g, gradient(x), rtol=1e-12, atol=1e-14)


def test_exceptions_leave_nothing_behind() -> None:
    x = point()

    def fails(x: Any) -> Any:
        objective(x) * 1.0
        raise ZeroDivisionError

    def fails_late(x: Any) -> Any:
        return np.sum(np.linalg.cholesky(-np.outer(x[:3], x[:3])) * 1.0) + objective(x)

    for f, error in ((fails, ZeroDivisionError), (fails_late, np.linalg.LinAlgError)):
        with pytest.raises(error):
            jt.grad(f)(x)
        gc.collect()
        check()
        np.testing.assert_allclose(jt.grad(objective)(x), gradient(x), rtol=1e-12, atol=1e-14)


def test_an_interrupted_sweep_is_not_taken_for_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    from jittape.tape.tape import Tape

    x = point()
    functions = {"replay_with_gradient": (objective, gradient(x)), "reverse": (lambda x: 2.0 * objective(x), 2.0 * gradient(x))}
    for name, (f, g) in functions.items():
        real = getattr(Tape, name)

        def interrupted(self: Any, *args: Any, real: Any = real, **options: Any) -> None:
            real(self, *args, **options)
            raise KeyboardInterrupt  # the adjoints of the inputs are there

        with monkeypatch.context() as patch:
            patch.setattr(Tape, name, interrupted)
            with pytest.raises(KeyboardInterrupt):
                jt.grad(f)(x)
        gc.collect()
        check()
        np.testing.assert_allclose(jt.grad(f)(x), g, rtol=1e-12, atol=1e-14)


def test_nested_traces_and_generators() -> None:
    x = point()

    def inner(x: Any) -> Any:
        return np.sum(jt.grad(objective)(x) * 0.5)

    def steps() -> Iterator[Any]:
        for k in range(3):
            yield jt.vjp(lambda x: np.cos(x) * float(k), x)

    running = steps()
    pulls = [next(running)]
    np.testing.assert_allclose(jt.grad(inner)(x), 0.5 * (2.0 * np.cos(x) - x * np.sin(x) + 1.0), rtol=1e-11)
    pulls += list(running)
    for k, (out, pull) in enumerate(pulls):
        np.testing.assert_allclose(out, np.cos(x) * k, rtol=1e-12, atol=1e-14)
        for scale in (1.0, 2.0):
            np.testing.assert_allclose(pull(np.full(LONG, scale))[0], -np.sin(x) * k * scale, rtol=1e-12, atol=1e-300)


def test_a_gradient_asked_for_after_a_part_was_computed() -> None:
    """What a branch computed is not computed by a plan once more, and the value is the function's."""
    x = point()

    def branching(x: Any) -> Any:
        y = np.sin(x) * x
        return np.sum(y) + 0.5 * np.sum(x * x) if np.sum(y) > -1e300 else np.sum(y)

    value, g = jt.value_and_grad(branching)(x)
    assert value == pytest.approx(objective(x), rel=1e-12)
    np.testing.assert_allclose(g, gradient(x), rtol=1e-12, atol=1e-14)


def test_a_recorded_array_that_was_kept_holds_its_memory() -> None:
    x, kept_arrays = point(), []

    def f(x: Any) -> Any:
        kept_arrays.append(x * 2.0)
        return np.sum(kept_arrays[-1])

    jt.grad(f)(x)
    held = kept_arrays[0].tape.value
    reference = held[:LONG].copy()
    jt.grad(objective)(point(seed=1))
    np.testing.assert_array_equal(held[:LONG], reference)
    kept_arrays.clear()


def test_functions_that_are_collected_give_their_memory_back() -> None:
    x = point()
    F = jt.record(lambda x: np.sin(x) * 2.0, x)
    F.vjp(x)[1](np.ones(LONG))
    alive, before = weakref.ref(F), idle_bytes()
    del F
    gc.collect()
    assert alive() is None
    assert idle_bytes() > before
    check()
    np.testing.assert_allclose(jt.grad(objective)(x), gradient(x), rtol=1e-12, atol=1e-14)


def test_nothing_waits_for_the_garbage_collector() -> None:
    x = point()
    gc.disable()
    try:
        for _ in range(4):
            jt.value_and_grad(objective)(x)
        assert len(memory._pool.idle) <= 4
    finally:
        gc.enable()


def test_threads() -> None:
    failures: list[Any] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        try:
            for _ in range(12):
                x = point(int(rng.choice([10, 20_000, LONG, 2 * LONG])), seed)
                value, g = jt.value_and_grad(objective)(x)
                np.testing.assert_allclose(g, gradient(x), rtol=1e-12, atol=1e-14)
                np.testing.assert_allclose(value, objective(x), rtol=1e-9)
                if rng.random() < 0.3:
                    clear_memory()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures


def _in_a_child(x: Any, queue: Any) -> None:
    queue.put(bool(np.allclose(jt.grad(objective)(x), gradient(x), rtol=1e-12, atol=1e-14)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_process_has_memory_of_its_own() -> None:
    x = point()
    out, pull = jt.vjp(lambda x: np.sin(x) * 2.0, x)
    jt.grad(objective)(x)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    with memory._pool._lock:  # as another thread may hold it at that moment
        process = context.Process(target=_in_a_child, args=(x * 3.0, queue))
        process.start()
    assert queue.get()
    process.join()
    np.testing.assert_allclose(pull(np.ones(LONG))[0], np.cos(x) * 2.0, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(jt.grad(objective)(x), gradient(x), rtol=1e-12, atol=1e-14)


def test_clear_memory_gives_everything_idle_back() -> None:
    x = point()
    g = jt.grad(objective)(x)
    assert idle_bytes()
    clear_memory()
    assert not idle_bytes()
    np.testing.assert_allclose(g, gradient(x), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(jt.grad(objective)(x), g)


def test_a_signal_handler_may_clear_memory() -> None:
    """Its thread may be in the pool already."""
    a = kept(N, np.float64)
    del a
    with memory._pool._lock:
        clear_memory()
        memory.limit_idle(1)
    assert not idle_bytes()
    memory.limit_idle(None)
