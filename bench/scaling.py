"""Sums of gradients over data in files and over scenarios, on two processes: beside one process, threads, and loops by hand.

Three sums: a logistic regression over 2,000,000 rows of 20 numbers in a memory-mapped file of 336 MB, and over the same rows in memory; Heston's model
(`kills.py`) over 200,000 scenarios of 100 steps that are drawn where they are computed. By hand: a pool of `multiprocessing` and Dask's `Client.map`
over chunks of the same size, with the gradient by hand in NumPy (of the regression), or with jittape's batches (of scenarios, whose gradient by hand is
nobody's pleasure). Then what a chunk costs beside its computation: chunks of one row.

Wall time of the best of several turns, as two cores are measured: the machine has to be idle otherwise, and its load stands above the results. Notes have
the processor time of all processes, which others disturb less.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench import CORES, common  # before NumPy
from bench.kills import POINT, SIZE, STEPS, Draw, scenario

ROWS, WIDTH, CHUNK = 2_000_000, 20, 65_536
BLOCK = 200
SCENARIOS = 49 * SIZE
TINY = 500
RTOL = 1e-10


def regression(w: Any, x: Any, y: Any) -> Any:
    """Of one row: minus the logarithm of the likelihood; y is 1 or -1."""
    return np.logaddexp(0.0, -y * (x @ w))


def of_block(w: Any, x: Any, y: Any) -> Any:
    """Of many rows, by one product with a matrix."""
    return np.sum(np.logaddexp(0.0, -y * (x @ w)))


def make_data(folder: Path) -> None:
    rng, w = np.random.default_rng(0), np.linspace(-1.0, 1.0, WIDTH)
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float64, (ROWS, WIDTH))
    y = np.lib.format.open_memmap(folder / "y.npy", "w+", np.float64, (ROWS,))
    for start in range(0, ROWS, 200_000):
        rows = slice(start, start + 200_000)
        x[rows] = rng.standard_normal((len(x[rows]), WIDTH))
        y[rows] = np.where(rng.random(len(x[rows])) < 1.0 / (1.0 + np.exp(-x[rows] @ w)), 1.0, -1.0)
    x.flush()
    y.flush()


def by_hand(w: Any, x: Any, y: Any) -> Any:
    """Value and gradient of a chunk in NumPy."""
    z = -y * (x @ w)
    return np.array([np.logaddexp(0.0, z).sum(), *(-(y / (1.0 + np.exp(-z))) @ x)])


def mapped(folder: str) -> tuple[Any, Any]:
    return np.load(f"{folder}/x.npy", mmap_mode="r"), np.load(f"{folder}/y.npy", mmap_mode="r")


def hand_mapped(w: Any, folder: str, start: int) -> Any:
    x, y = mapped(folder)
    return by_hand(w, x[start : start + CHUNK], y[start : start + CHUNK])


def hand_sent(w: Any, rows: tuple[Any, Any]) -> Any:
    return by_hand(w, *rows)


_functions: dict[str, Any] = {}


def hand_drawn(k: int) -> Any:
    """A piece of scenarios by a batch of jittape's, in a worker that records the function itself."""
    if "F" not in _functions:
        import jittape as jt

        _functions["F"] = jt.record(scenario, POINT, np.zeros((STEPS, 2)))
    z = Draw("", SCENARIOS)(k)
    value, (g, _) = _functions["F"].batch_value_and_grad(np.tile(POINT, (len(z), 1)), z, threads=1)
    return np.array([value.sum(), *g.sum(0)])


def nothing(k: int) -> Any:
    return np.zeros(WIDTH + 1)


@contextlib.contextmanager
def pools() -> Iterator[dict[str, Any]]:
    """Executors of two processes, warm; those that are not installed are not there."""
    from concurrent.futures import ThreadPoolExecutor

    from jittape.integrate.executor import Processes

    with contextlib.ExitStack() as stack:
        found: dict[str, Any] = {"one process": None, "two threads": stack.enter_context(ThreadPoolExecutor(2))}
        found["Processes(1)"] = stack.enter_context(Processes(1))
        found["Processes(2)"] = stack.enter_context(Processes(2))
        with contextlib.suppress(ImportError):
            import dask
            import distributed

            stack.enter_context(dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}))
            cluster = stack.enter_context(distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50))
            found["Dask, 2 workers"] = stack.enter_context(distributed.Client(cluster))
        with contextlib.suppress(ImportError):
            import ray

            os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=50)
            stack.callback(ray.shutdown)
            found["Ray, 2 workers"] = ray
        found["pool"] = stack.enter_context(multiprocessing.get_context("forkserver").Pool(2))
        yield found


def flat(pair: tuple[Any, Any]) -> Any:
    return np.array([pair[0], *pair[1]])


Case = tuple[str, str, Callable[[], Any]]


def cases(made: dict[str, Any], folder: Path) -> Iterator[tuple[str, int, list[Case]]]:
    """(case, gradients a call, (engine, distribution, call))."""
    import bench.scaling as here  # by name, so that workers keep what they made
    import jittape as jt
    from jittape.integrate.executor import Pieces, sum_value_and_grad

    dask = made.get("Dask, 2 workers")
    executors = {name: x for name, x in made.items() if name != "pool"}
    F, w = jt.record(regression, np.zeros(WIDTH), np.ones(WIDTH), 1.0), np.linspace(-0.5, 1.0, WIDTH)
    X, Y = mapped(str(folder))
    starts = range(0, ROWS, CHUNK)
    of_file: list[Case] = [(f"jittape, {name}", "jittape", partial(lambda e: flat(sum_value_and_grad(F, w, X, Y, executor=e, chunk=CHUNK)), e)) for name, e in executors.items()]
    of_file += [
        ("NumPy by hand, one process", "numpy", lambda: sum(here.hand_mapped(w, str(folder), k) for k in starts)),
        ("NumPy by hand, multiprocessing.Pool(2)", "numpy", lambda: sum(made["pool"].imap(partial(here.hand_mapped, w, str(folder)), starts))),
    ]
    if dask:
        of_file.append(("NumPy by hand, Dask's map, 2 workers", "distributed", lambda: sum(dask.gather(dask.map(partial(here.hand_mapped, w, str(folder)), starts, pure=False)))))
    block = jt.record(of_block, np.zeros(WIDTH), np.ones((BLOCK, WIDTH)), np.ones(BLOCK))
    XB, YB = X.reshape(-1, BLOCK, WIDTH), Y.reshape(-1, BLOCK)
    for name in ("one process", "Processes(2)"):
        of_file.append((f"jittape of {BLOCK} rows a point, {name}", "jittape", partial(lambda e: flat(sum_value_and_grad(block, w, XB, YB, executor=e, chunk=CHUNK // BLOCK)), executors[name])))
    yield "regression, file", ROWS, of_file

    x, y = np.array(X), np.array(Y)
    of_memory: list[Case] = [(f"jittape, {name}", "jittape", partial(lambda e: flat(sum_value_and_grad(F, w, x, y, executor=e, chunk=CHUNK)), e)) for name, e in executors.items()]
    of_memory += [
        ("NumPy by hand, one process", "numpy", lambda: sum(by_hand(w, x[k : k + CHUNK], y[k : k + CHUNK]) for k in starts)),
        ("NumPy by hand, multiprocessing.Pool(2)", "numpy", lambda: sum(made["pool"].imap(partial(here.hand_sent, w), ((x[k : k + CHUNK], y[k : k + CHUNK]) for k in starts)))),
    ]
    if dask:
        of_memory.append(("NumPy by hand, Dask's map, 2 workers", "distributed", lambda: sum(dask.gather(dask.map(partial(here.hand_sent, w), [(x[k : k + CHUNK], y[k : k + CHUNK]) for k in starts], pure=False)))))
    yield "regression, memory", ROWS, of_memory

    H, pieces = jt.record(scenario, POINT, np.zeros((STEPS, 2))), range(SCENARIOS // SIZE)
    drawn: list[Case] = [(f"jittape, {name}", "jittape", partial(lambda e: flat(sum_value_and_grad(H, POINT, Pieces(pieces, Draw("", SCENARIOS)), executor=e)), e)) for name, e in executors.items()]
    drawn += [
        ("jittape's batches, a loop in one process", "jittape", lambda: sum(map(here.hand_drawn, pieces))),
        ("jittape's batches, multiprocessing.Pool(2)", "jittape", lambda: sum(made["pool"].imap(here.hand_drawn, pieces))),
    ]
    if dask:
        drawn.append(("jittape's batches, Dask's map, 2 workers", "distributed", lambda: sum(dask.gather(dask.map(here.hand_drawn, pieces, pure=False)))))
    yield "scenarios", SCENARIOS, drawn

    small = x[:TINY], y[:TINY]
    tiny: list[Case] = [(f"jittape, {name}", "jittape", partial(lambda e: flat(sum_value_and_grad(F, w, *small, executor=e, chunk=1)), e)) for name, e in executors.items()]
    tiny.append(("nothing computed, multiprocessing.Pool(2)", "numpy", lambda: sum(made["pool"].imap(here.nothing, range(TINY)))))
    if dask:
        tiny.append(("nothing computed, Dask's map, 2 workers", "distributed", lambda: sum(dask.gather(dask.map(here.nothing, range(TINY), pure=False)))))
    yield "a chunk", TINY, tiny


def processor_seconds() -> float:
    """Of this process and all that it has started and that are alive."""
    try:
        import psutil
    except ImportError:
        return float("nan")
    total = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def main() -> None:
    options = common.arguments(__doc__)
    rows: list[common.Row] = []
    with tempfile.TemporaryDirectory() as folder:
        make_data(Path(folder))
        if CORES:
            os.sched_setaffinity(0, CORES)
        with pools() as made:
            for case, count, contenders in cases(made, Path(folder)):
                block: list[common.Row] = []
                taken: dict[str, list[tuple[float, float]]] = {}
                right = None
                for engine, distribution, call in contenders:
                    if options.only not in engine and engine != contenders[0][0]:
                        continue
                    row = common.Row("scaling", case, engine, common.version(distribution))
                    block.append(row)
                    start = time.perf_counter()
                    got = call()
                    row.setup_s = time.perf_counter() - start
                    right = got if right is None else right
                    row.ok = "yes" if engine.startswith("nothing") else common.close(got, right, RTOL)
                    if engine.startswith("jittape, ") and not np.array_equal(got, right):
                        row.ok = "NO: other bits"
                    if row.ok == "yes":
                        taken[engine] = []
                    common.progress(f"{case}: {engine}: {row.setup_s:.2f} s the first time, equal: {row.ok}")
                of = {engine: call for engine, _, call in contenders}
                for _ in range(2 if options.quick else 4):  # in turns
                    for engine, seconds in taken.items():
                        start, cpu = time.perf_counter(), processor_seconds()
                        of[engine]()
                        seconds.append((time.perf_counter() - start, processor_seconds() - cpu))
                for row in block:
                    if row.engine in taken:
                        best, cpu = (min(x) for x in zip(*taken[row.engine], strict=True))  # of the quietest turn: other programs only add
                        row.median_us = 1e6 * best / count
                        row.note = f"{count / best:,.0f} a second; processor time {1e6 * cpu / count:.3g} us each"
                block = common.rank(block)
                common.show(block, "us each")
                rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("scaling", rows, "two processes; wall time of the best of some turns; set-up is the first call; answers checked equal before timing").relative_to(common.ROOT))
    for case in ("regression, file", "regression, memory", "scenarios"):
        of = {r.engine: r.median_us for r in rows if r.case == case}
        one, two = of.get("jittape, one process"), of.get("jittape, Processes(2)")
        common.bar(f"{case}: two processes beside one", one / two if one and two else None, 1.7, "times", least=True)


if __name__ == "__main__":
    main()
