"""W3: gradients of a small function at 100,000 points, one core, and jittape on two: `python -m bench.w3`."""

from __future__ import annotations

import hashlib
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import bench
from bench import common
from bench.problems import many_gradient, many_loop, many_points

POINTS = 100_000
RTOL = 1e-13
"""Largest difference allowed, relative to the largest entry of the gradient by hand."""
ROUNDS = 60
"""Rounds of one thread and two at most, and how many are enough."""
ENOUGH = 15
FREE = 1.8
"""What the control gains by two threads where the second core is free."""


def move(X: Any) -> None:
    """Go to other points, in place."""
    X[:] = 1.6 - X[::-1]


def rate(call: Any, us: float) -> str:
    return f"{POINTS / us:.2f} M gradients/s"


def wall(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def two_threads(X: Any, rounds: int) -> tuple[common.Row, float | None]:
    """jittape with two threads, and what it gains over one thread.

    One thread, two threads and a control (hashing that releases the GIL, alone and in two threads) are measured in turns,
    on all cores. On a shared machine the second core is often somebody else's: only rounds count in which the control,
    before and after the call, gained nearly two.
    """
    import jittape as jt

    row = common.Row("w3", CASE, "jittape batch_grad, two threads", common.version("jittape"))
    cores = os.cpu_count() or 1 if not bench.CORES else len(bench.CORES)
    if cores < 2:
        row.ok = "not measured: one core"
        return row, None
    pinned = os.sched_getaffinity(0) if bench.CORES else set()
    if bench.CORES:
        os.sched_setaffinity(0, bench.CORES)
    start = time.perf_counter()
    F = jt.record(many_loop, X[0])
    got = F.batch_grad(X, threads=2)
    row.setup_s = time.perf_counter() - start
    row.ok = common.close(got, many_gradient(X), RTOL)
    data = bytes(4 << 20)
    with ThreadPoolExecutor(2) as pool:

        def hashed() -> None:
            hashlib.sha256(data).digest()

        def control() -> float:
            """What the two threads gain now."""
            alone = min(wall(hashed), wall(hashed))
            both = wall(lambda: [f.result() for f in [pool.submit(hashed) for _ in range(2)]])
            return 2 * alone / both

        one: list[float] = []
        two: list[float] = []
        for _ in range(rounds):
            if len(two) >= ENOUGH:
                break
            before = control()
            pair = [wall(partial(F.batch_grad, X, threads=n)) for n in (1, 2)]
            if before >= FREE and control() >= FREE:
                one.append(pair[0])
                two.append(pair[1])
    if bench.CORES:
        os.sched_setaffinity(0, pinned)
    if len(two) < 3:
        row.ok = "not measured: the second core was not free" if row.ok == "yes" else row.ok
        return row, None
    row.median_us = 1e6 * statistics.median(two)
    gain = statistics.median(a / b for a, b in zip(one, two, strict=True))
    row.note = (
        f"{rate(None, row.median_us)}; two cores, no rival of those on one: {gain:.2f} times one thread "
        f"in the same rounds ({len(two)} rounds with a free second core)"
    )
    return row, gain


CASE = f"{POINTS} points"


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.3 if options.quick else 2.0, rounds=2 if options.quick else 8, least=3 if options.quick else 16)
    X = many_points(POINTS)
    contenders, absent = common.collect("w3", CASE, X, only=options.only)
    rows = common.run_case("w3", CASE, contenders, partial(many_gradient, X), RTOL, clock, partial(move, X)) + absent
    for r in rows:
        if r.median_us:
            r.note = "; ".join(filter(None, (rate(None, r.median_us), r.note)))
    gain = None
    if options.only in "jittape batch_grad, two threads":
        row, gain = two_threads(X, 10 if options.quick else ROUNDS)
        rows.append(row)
    common.show(rows, "us a batch")
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w3", rows).relative_to(common.ROOT))

    mine = next((r.median_us for r in rows if r.engine == "jittape batch_grad"), None)
    others = [(r.median_us, r.engine) for r in rows if r.median_us and not r.engine.startswith("jittape")]
    print()
    common.bar("W3, one core", POINTS / mine if mine else None, 3.5, "M gradients/s", least=True)
    if others:
        best, name = min(others)
        common.bar(f"W3, one core, beside the best other ({name})", best / mine if mine else None, 2, "times", least=True)
    common.bar("W3, two threads beside one", gain, 1.7, "times", least=True)


if __name__ == "__main__":
    main()
