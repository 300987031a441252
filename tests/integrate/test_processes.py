"""`Processes`: a worker that dies takes one call with it; Ctrl-C is not its business; it ends with who made it."""

from __future__ import annotations

import concurrent.futures.process
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import executor_functions as functions
import numpy as np
import pytest

import jittape as jt
from jittape.integrate.executor import Pieces, Processes, map_grad, sum_value_and_grad

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@pytest.fixture(scope="module")
def pool() -> Iterator[Processes]:
    with Processes(2) as executor:
        yield executor


def children() -> list[Any]:
    """Numbers of the processes that this one started."""
    return [p.pid for p in multiprocessing.active_children()]


def test_a_death_costs_one_call(pool: Processes) -> None:
    before = pool.deaths
    futures = [pool.submit(functions.dies)] + [pool.submit(functions.waits, k) for k in range(20)]
    errors = [f.exception() for f in futures]
    assert isinstance(errors[0], BrokenProcessPool) and errors[1:] == [None] * 20
    assert [f.result()[0] for f in futures[1:]] == list(range(20))
    assert pool.deaths == before + 1


def test_a_death_is_told_of_under_the_lock_of_the_workers_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python has it from 3.12 on: what is told may ask nothing of that executor, and wait for nobody who does."""
    manager = concurrent.futures.process._ExecutorManagerThread
    if sys.version_info < (3, 12):
        broken, join = manager.terminate_broken, manager.join_executor_internals

        def tell(self: Any, cause: Any) -> None:
            self.shutdown_lock.acquire()
            self.telling = True
            broken(self, cause)

        def joined(self: Any) -> None:
            if getattr(self, "telling", False):
                self.shutdown_lock.release()
            join(self)

        monkeypatch.setattr(manager, "terminate_broken", tell)
        monkeypatch.setattr(manager, "join_executor_internals", joined)
    executor = Processes(2)
    futures = [executor.submit(functions.dies)] + [executor.submit(functions.waits, k) for k in range(4)]
    assert isinstance(futures[0].exception(timeout=60), BrokenProcessPool) and [f.result(timeout=60)[0] for f in futures[1:]] == list(range(4))
    executor.shutdown()  # which would wait for ever, too, had that failed


def test_a_worker_that_dies_idle_costs_nothing(pool: Processes) -> None:
    pids = {pool.submit(functions.waits, k, 0.05).result()[1] for k in range(4)} | {f.result()[1] for f in [pool.submit(functions.waits, k, 0.1) for k in range(4)]}
    for pid in pids:
        os.kill(pid, KILL)
    futures = [pool.submit(functions.waits, k) for k in range(8)]  # of which the pool may not know of the deaths yet
    found = [f.exception() or f.result() for f in futures]
    assert sum(isinstance(x, BrokenProcessPool) for x in found) <= len(pids)
    assert pool.submit(pow, 2, 5).result() == 32


def test_errors_and_what_cannot_be_pickled_come_back(pool: Processes) -> None:
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 1, 0).result()
    with pytest.raises(Exception, match="pickle"):
        pool.submit(lambda: 1).result()
    assert pool.submit(divmod, 7, 2).result() == (3, 1)


def test_shutting_down() -> None:
    executor = Processes(1)
    futures = [executor.submit(functions.waits, k, 0.1) for k in range(6)]
    executor.shutdown(cancel_futures=True)
    outcomes = Counter("cancelled" if f.cancelled() else "done" for f in futures)
    assert outcomes["cancelled"] >= 3 and outcomes["done"] >= 1 and all(f.done() for f in futures)
    with pytest.raises(CancelledError):
        futures[-1].result()
    with pytest.raises(RuntimeError, match="was shut down"):
        executor.submit(pow, 1, 1)
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="workers is a number of processes"):
            Processes(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        Processes(1, "teleport")


def disturbed(
    pool: Any, kills: int, pieces: int, size: int, folder: Path, between: float, workers: Callable[[], list[Any]] = children
) -> tuple[Any, Counter[str], int]:
    """(a sum while workers are killed, how often each piece was begun, how many were killed)."""
    F = jt.record(functions.bent, np.ones(2), np.ones(2))
    rng, stop, done = np.random.default_rng(5), threading.Event(), 0
    log = folder / "log"

    def kill() -> None:
        nonlocal done
        while done < kills and not stop.wait(rng.uniform(0.2, 1.8) * between):
            pids = workers()
            if pids:
                os.kill(pids[int(rng.integers(len(pids)))], KILL)
                done += 1

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        got = sum_value_and_grad(F, np.array([0.3, 1.2]), Pieces(range(pieces), functions.Load(str(log), size)), executor=pool, retries=kills)
    finally:
        stop.set()
        killer.join()
    return got, Counter(log.read_text().split()), done


def test_workers_that_are_killed_lose_nothing(pool: Processes, tmp_path: Path) -> None:
    F, pieces, size = jt.record(functions.bent, np.ones(2), np.ones(2)), 300, 4000
    want = sum_value_and_grad(F, np.array([0.3, 1.2]), Pieces(range(pieces), functions.Load("", size)), executor=None)
    before = pool.deaths
    got, begun, kills = disturbed(pool, 3, pieces, size, tmp_path, 0.1)
    assert kills and pool.deaths > before
    assert got[0] == want[0] and np.array_equal(got[1], want[1])
    assert len(begun) == pieces and sum(begun.values()) - pieces <= kills  # one that was under way, for each


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_a_million_points_and_twenty_kills(kind: str, pool: Processes, tmp_path: Path) -> None:
    F, pieces, size = jt.record(functions.bent, np.ones(2), np.ones(2)), 250, 4000
    want = sum_value_and_grad(F, np.array([0.3, 1.2]), Pieces(range(pieces), functions.Load("", size)), executor=None)
    if kind == "processes":
        kills, found = 0, []
        for k in range(50):
            (tmp_path / str(k)).mkdir()
            got, begun, done = disturbed(pool, 20 - kills, pieces, size, tmp_path / str(k), 0.1)
            found.append(got)
            assert sum(begun.values()) - pieces <= done
            kills += done
            if kills == 20:
                break
        assert kills == 20
    else:
        distributed = pytest.importorskip("distributed")
        import dask

        with (
            dask.config.set({"distributed.worker.multiprocessing-method": "forkserver", "distributed.scheduler.allowed-failures": 20}),
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50) as cluster,
            distributed.Client(cluster) as client,
        ):
            cluster.adapt(minimum=2, maximum=2, interval="200 ms")  # for nannies that give up
            at_work = lambda: [n.pid for n in list(cluster.workers.values()) if getattr(n, "worker_address", None) in cluster.scheduler.workers and n.pid]
            kills, found = 0, []
            for k in range(50):
                (tmp_path / str(k)).mkdir()
                got, _, done = disturbed(client, 20 - kills, pieces, size, tmp_path / str(k), 0.2, at_work)
                found.append(got)
                kills += done
                if kills == 20:
                    break
            assert kills == 20
    for got in found:
        assert got[0] == want[0] and np.array_equal(got[1], want[1])


PROGRAM = """
import multiprocessing, os, signal, sys, threading, time
import executor_functions as functions
import numpy as np
import jittape as jt
from jittape.integrate.executor import Processes, map_grad

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background with it ignored
    F, X = jt.record(functions.smooth, np.ones(4)), np.ones((5000, 4))
    executor = Processes(2)
    first = map_grad(F, X, executor=executor, chunk=1000)
    pids = [p.pid for p in multiprocessing.active_children()]
    threading.Timer(0.3, lambda: os.killpg(os.getpgrp(), signal.SIGINT)).start()
    try:
        for k in range(10 ** 6):
            map_grad(F, X, executor=executor, chunk=50)
    except KeyboardInterrupt:
        print("interrupted")
    again = map_grad(F, X, executor=executor, chunk=1000)
    print("same", np.array_equal(first, again), executor.deaths, pids == [p.pid for p in multiprocessing.active_children()])
    print(*pids, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups of processes here")
def test_ctrl_c_leaves_the_workers_and_they_end_with_the_program(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])}
    program = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)
    try:
        assert program.stdout is not None
        assert program.stdout.readline().strip() == "interrupted"
        assert program.stdout.readline().strip() == "same True 0 True"
        pids = [int(x) for x in program.stdout.readline().split()]
    finally:
        program.kill()
        program.wait()
        program.stdout.close()  # type: ignore[union-attr]
    assert len(pids) == 2
    end = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether it runs; one that nobody waited for does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_maps_by_processes(pool: Processes) -> None:
    F, X = jt.record(functions.smooth, np.ones(4)), np.random.default_rng(3).normal(size=(300, 4))
    assert np.array_equal(map_grad(F, X, executor=pool, chunk=40), F.batch_grad(X))
