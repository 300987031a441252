"""A million scenarios whose workers are killed at random: what is lost, what is computed twice, what it costs.

The value of an option under Heston's model and its sensitivities, summed over scenarios that are drawn where they are computed, a piece a seed. While
the sum is formed, workers are killed by SIGKILL at random times (`--kills`); and in a second run the whole program is, with all its workers, and
begun again with the same checkpoint (`--driver-kills`). Each loading of a piece is written to a log, which tells what was computed twice.

Nothing was lost where value and sensitivities are to the last bit those of one process that nobody disturbed, and the derivative by a number that is added to each
scenario adds up to how many there are.

    python -m bench.kills --executor processes --scenarios 1000000 --kills 20
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench import CORES

STEPS, SIZE = 100, 4096
"""Time steps of a scenario, scenarios of a piece."""
POINT = np.array([0.04, 1.5, 0.04, 0.3, -0.6, 1.0])
"""Variance at the beginning, its pull, its mean, its volatility, the correlation; and what counts scenarios: the derivative by it is one."""
COLUMNS = ("executor", "scenarios", "kills", "bits_equal", "counted", "pieces", "begun", "begun_again", "computed_here", "seconds", "seconds_undisturbed", "note")


def scenario(p: Any, z: Any) -> Any:
    """Mean over the time steps of the price, less the strike where it is above; z are normal numbers, [STEPS, 2]."""
    dt = 1.0 / STEPS
    s, v, mean = 0.0, p[0], 0.0
    for i in range(STEPS):
        root = np.sqrt(np.abs(v) + 1e-12) * dt**0.5
        s = s - 0.5 * v * dt + root * z[i, 0]
        v = v + p[1] * (p[2] - v) * dt + p[3] * root * (p[4] * z[i, 0] + np.sqrt(1.0 - p[4] * p[4]) * z[i, 1])
        mean = mean + np.exp(s)
    return np.maximum(mean / STEPS - 1.0, 0.0) + (p[5] - 1.0)


class Draw:
    """Scenarios of a piece by its number, which is noted as begun."""

    def __init__(self, log: str, scenarios: int) -> None:
        self.log, self.scenarios = log, scenarios

    def __call__(self, k: int) -> Any:
        if self.log:
            with open(self.log, "a") as file:
                file.write(f"{k} {os.getpid()}\n")
        count = min(SIZE, self.scenarios - k * SIZE)
        return np.random.default_rng(k).standard_normal((count, STEPS, 2))


def total(executor: Any, scenarios: int, log: str = "", checkpoint: Any = None) -> Any:
    import jittape as jt
    from jittape.integrate.executor import Pieces, sum_value_and_grad

    F = jt.record(scenario, POINT, np.zeros((STEPS, 2)))
    pieces = Pieces(range(-(-scenarios // SIZE)), Draw(log, scenarios))
    value, gradient = sum_value_and_grad(F, POINT, pieces, executor=executor, checkpoint=checkpoint, retries=20)
    return np.array([value, *gradient])


@contextlib.contextmanager
def executors(name: str) -> Iterator[tuple[Any, Any]]:
    """(an executor of two processes, what tells the numbers of its processes)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, CORES)
    if name == "processes":
        from jittape.integrate.executor import Processes

        with Processes(2) as made:
            made.submit(int).result()
            yield made, lambda: [p.pid for p in multiprocessing.active_children()]
    elif name == "pool":
        from concurrent.futures import ProcessPoolExecutor

        yield lambda: ProcessPoolExecutor(2, multiprocessing.get_context("forkserver")), lambda: [p.pid for p in multiprocessing.active_children()]
    elif name == "dask":
        import distributed

        settings = {"distributed.scheduler.allowed-failures": 20, "distributed.worker.multiprocessing-method": "forkserver", "distributed.worker.preload": ["jittape.integrate.executor.preloaded"]}
        with (
            distributed.worker.dask.config.set(settings),
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
            distributed.Client(cluster) as client,
        ):
            cluster.adapt(minimum=2, maximum=2, interval="200 ms")  # a nanny whose worker dies while it starts gives up; here another one comes
            yield client, lambda: [n.pid for n in list(cluster.workers.values()) if getattr(n, "worker_address", None) in cluster.scheduler.workers]
    else:
        import ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=50)
        yield ray, ray_processes
        ray.shutdown()


def ray_processes() -> list[int]:
    """Those that compute."""
    import psutil

    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.name() == "ray::_call":  # and not its agents, whose deaths end a node
                found.append(process.pid)
    return found


def killed(name: str, scenarios: int, kills: int, seed: int, log: str) -> tuple[Any, int, float, float, int]:
    """(the sum, how many workers were killed, seconds, seconds without, chunks that this process computed)."""
    import warnings

    rng = random.Random(seed)
    with executors(name) as (executor, processes):
        total(executor, 2 * SIZE)
        start = time.perf_counter()
        total(executor, scenarios)
        calm = time.perf_counter() - start
        done, stop = 0, threading.Event()

        def kill() -> None:
            nonlocal done
            while done < kills and not stop.wait(rng.uniform(0.2, 1.8) * 0.8 * calm / max(kills, 1)):
                with contextlib.suppress(Exception):
                    os.kill(rng.choice(processes()), signal.SIGKILL)
                    done += 1

        killer = threading.Thread(target=kill)
        start = time.perf_counter()
        killer.start()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = total(executor, scenarios, log)
        spent = time.perf_counter() - start
        stop.set()
        killer.join()
    here = sum("in this process" in str(w.message) for w in caught)
    return found, done, spent, calm, here


def restarted(scenarios: int, kills: int, seed: int, log: str, folder: Path) -> tuple[Any, int, float]:
    """The same by a program that is killed with all its workers, and begun again."""
    rng, done, spent = random.Random(seed), 0, 0.0
    out = folder / "sum.npy"
    command = [sys.executable, "-m", "bench.kills", "--whole", str(out), "--checkpoint", str(folder / "checkpoint"), "--log", log, "--scenarios", str(scenarios)]
    pieces = -(-scenarios // SIZE)

    def begun() -> int:
        return len(Path(log).read_text().splitlines()) if Path(log).exists() else 0

    while True:
        start, last = time.perf_counter(), begun() + rng.uniform(0.2, 1.8) * 0.8 * pieces / (kills + 1)
        program = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[1])
        while program.poll() is None and (done == kills or begun() < last):
            time.sleep(0.01)
        ended = program.poll() is not None
        program.kill()
        code = program.wait()
        spent += time.perf_counter() - start
        if ended:
            if code:
                raise RuntimeError(f"the program ended with {code}")
            return np.load(out), done, spent
        done += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--executor", default="processes,dask", help="processes, dask, ray, pool (concurrent.futures alone), separated by commas")
    parser.add_argument("--scenarios", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--driver-kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--no-write", action="store_true")
    parser.add_argument("--whole", help=argparse.SUPPRESS)
    parser.add_argument("--checkpoint", help=argparse.SUPPRESS)
    parser.add_argument("--log", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.whole:  # the program that is killed
        with executors("processes") as (executor, _):
            np.save(options.whole, total(executor, options.scenarios, options.log, options.checkpoint))
        return
    total(None, SIZE)
    start = time.perf_counter()
    want = total(None, options.scenarios)
    alone = time.perf_counter() - start
    pieces = -(-options.scenarios // SIZE)
    print(f"one process: {alone:.1f} s, {options.scenarios / alone:,.0f} gradients a second, value {want[0] / options.scenarios:.6f}; seed {options.seed}", flush=True)
    rows, failed = [], False
    for name in options.executor.split(","):
        for of in ("workers", "program"):
            if of == "program" and (name != "processes" or not options.driver_kills):
                continue
            with tempfile.TemporaryDirectory() as folder:
                log = str(Path(folder) / "log")
                here = 0
                if of == "workers":
                    found, kills, spent, calm, here = killed(name, options.scenarios, options.kills, options.seed, log)
                    note = "workers killed"
                else:
                    found, kills, spent = restarted(options.scenarios, options.driver_kills, options.seed, log, Path(folder))
                    note = "program and workers killed, begun again with the checkpoint"
                begun = Counter(int(line.split()[0]) for line in Path(log).read_text().splitlines())
            equal, counted = np.array_equal(found, want), float(found[6])
            again = sum(begun.values()) - len(begun)
            failed |= not equal
            row = (name, options.scenarios, kills, equal, f"{counted:.0f}", pieces, sum(begun.values()), again, here, f"{spent:.1f}", f"{calm:.1f}", note)
            print(", ".join(f"{c} {x}" for c, x in zip(COLUMNS, row, strict=True)), flush=True)
            rows.append(row)
    if not options.no_write:
        from bench.common import ROOT, write_table

        print("written to", write_table("kills", COLUMNS, rows, "two processes; wall time of one run each").relative_to(ROOT))
    sys.exit(failed)


if __name__ == "__main__":
    main()
