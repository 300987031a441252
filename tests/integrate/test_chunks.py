"""Chunks on executors of one's own: how often one is tried, when an executor is closed, what is packed anew."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import executor_functions as functions
import numpy as np
import pytest

import jittape as jt
from jittape.integrate.executor import chunks
from jittape.integrate.executor.chunks import pack_function
from jittape.integrate.executor.maps import map_grad
from jittape.integrate.executor.pools import Pool


def smooth() -> tuple[jt.Function, Any]:
    return jt.record(functions.smooth, np.ones(4)), np.random.default_rng(3).normal(size=(10, 4))


class Stubborn:
    """No future ever succeeds."""

    _max_workers = 1

    def __init__(self) -> None:
        self.count = 0

    def submit(self, f: Any, /, *args: Any) -> Future[Any]:
        self.count += 1
        future: Future[Any] = Future()
        future.set_exception(OSError("a line broke"))
        return future


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_chunk_is_tried_again_as_often_as_was_said(retries: int) -> None:
    F, X = smooth()
    executor = Stubborn()
    with pytest.warns(RuntimeWarning, match="computed 2 of 2 chunks in this process.*a line broke"):
        assert np.array_equal(map_grad(F, X, executor=executor, chunk=5, retries=retries), F.batch_grad(X))
    assert executor.count == 2 * (retries + 1)
    with pytest.raises(RuntimeError, match=f"chunk 0 in {retries + 1} attempts, and local=False"):
        map_grad(F, X, executor=Stubborn(), chunk=5, retries=retries, local=False)


class Closing:
    """What can be closed, but not shut down."""

    def __init__(self) -> None:
        self.closed = 0
        self.submit = functions.Postman().submit

    def close(self) -> None:
        self.closed += 1


class Old(functions.Postman):
    """Its `shutdown` does not know `cancel_futures`."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[bool] = []

    def shutdown(self, wait: bool = True) -> None:  # type: ignore[override]
        self.waited.append(wait)


class New(Old):
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # type: ignore[override]
        self.waited.append(wait)
        assert cancel_futures is not wait


def test_an_executor_that_was_made_for_the_batch_is_closed() -> None:
    F, X = smooth()
    closing, old, new = Closing(), Old(), New()
    for executor in (closing, old, new):
        assert np.array_equal(map_grad(F, X, executor=lambda made=executor: made, chunk=5), F.batch_grad(X))
    assert closing.closed == 1 and old.waited == new.waited == [True]
    for executor in (closing, old, new):  # these are the caller's
        map_grad(F, X, executor=executor, chunk=5)
    assert closing.closed == 1 and old.waited == new.waited == [True]


def test_one_that_broke_is_not_waited_for() -> None:
    made: list[Old] = []

    def make() -> Old:
        made.append(Old())
        return made[-1]

    pool = Pool(make)
    pool.broken(1)
    assert [x.waited for x in made] == [[False], []] and pool.alive
    pool.broken(1)
    assert len(made) == 2 and not pool.alive
    pool.close(wait=True)
    assert [x.waited for x in made] == [[False], [True]]


class Threads:
    """As a Dask Client tells how many threads its workers have."""

    _max_workers = 7

    def submit(self) -> None: ...

    def nthreads(self) -> dict[str, int]:
        return {"a": 2, "b": 3}


def test_workers_are_counted() -> None:
    assert Pool(Threads()).workers == 5
    assert Pool(Stubborn()).workers == 1
    one = Stubborn()
    one._max_workers = 0
    assert Pool(one).workers >= 1


def test_a_function_is_packed_once() -> None:
    F, _ = smooth()
    first = pack_function(F)
    assert pack_function(F)[1] is first[1]
    F.max_paths += 1
    assert pack_function(F)[1] is not first[1] and pack_function(F)[0] != first[0]


def test_nothing_is_packed_for_threads_of_this_process() -> None:
    """A batch in this process that records a path on its way."""
    F = jt.record(functions.branchy, np.ones(3))
    X = np.concatenate([np.full((4, 3), 1.0), np.full((4, 3), -1.0)])
    G = map_grad(F, X, executor=None, chunk=2)
    np.testing.assert_allclose(G, [jt.grad(functions.branchy)(x) for x in X], rtol=1e-14)


def test_a_cluster_without_workers_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask waits for workers to come; so does this, but not in silence."""

    class Deserted:
        asked = 0

        def nthreads(self) -> dict[str, int]:
            self.asked += 1
            if self.asked == 2:
                for future, letter in self.waiting:
                    future.set_result(letter[0](*letter[1:]))
            return {}

        def get_executor(self, pure: bool) -> Deserted:
            self.waiting: list[Any] = []
            return self

        def submit(self, *letter: Any) -> Future[Any]:
            self.waiting.append((Future(), letter))
            return self.waiting[-1][0]  # type: ignore[no-any-return]

    monkeypatch.setattr(chunks, "LONELY", 0.0)
    monkeypatch.setattr(chunks, "POLL", 0.01)
    F, X = smooth()
    with pytest.warns(RuntimeWarning, match="map_grad waits for workers: the cluster has none"):
        assert np.array_equal(map_grad(F, X, executor=Deserted(), chunk=5), F.batch_grad(X))
