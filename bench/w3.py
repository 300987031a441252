"""W3: gradients of a small function at 100,000 points, one core, and jittape on two: `python -m bench.w3`."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import bench
from bench import bars, common
from bench.problems import many_gradient, many_loop, many_points

POINTS = 100_000
RTOL = 1e-13
"""Largest difference allowed, relative to the largest entry of the gradient by hand."""
SECONDS = 60.0
"""How long to wait for a machine that has two cores for this process; and how many rounds are enough."""
ENOUGH = 15
OTHERS = 0.05
"""Share of the machine that others may use in such a round."""


def move(X: Any) -> None:
    """Go to other points, in place."""
    X[:] = 1.6 - X[::-1]


def busy() -> float | None:
    """Seconds that the processors were busy or taken away since the machine started; None where Linux does not tell."""
    try:
        user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


@dataclass
class Window:
    """Several calls in a row.

    Attributes:
        wall, cpu: seconds a call, and processor seconds of this process.
        others: the share of the cores that everybody else used meanwhile.
    """

    wall: float
    cpu: float
    others: float

    @classmethod
    def of(cls, call: Callable[[], Any], calls: int, cores: int) -> Window:
        before, cpu, start = busy(), time.process_time(), time.perf_counter()
        for _ in range(calls):
            call()
        wall, cpu, after = time.perf_counter() - start, time.process_time() - cpu, busy()
        others = 0.0 if before is None or after is None else (after - before - cpu) / (wall * cores)
        return cls(wall / calls, cpu / calls, others)


def two_threads(X: Any, seconds: float) -> tuple[common.Row, float | None]:
    """jittape with two threads, and what it gains over one thread.

    Both are measured in turns, in windows of several calls on all cores. On a shared machine the second core is often
    somebody else's: only rounds count in which others used little of the machine.
    """
    import jittape as jt

    row = common.Row("w3", CASE, "jittape batch_grad, two threads", common.version("jittape"))
    cores = len(bench.CORES) or os.cpu_count() or 1
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
    rounds = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and sum(r[2] for r in rounds) < ENOUGH:
        one, two = (Window.of(partial(F.batch_grad, X, threads=n), 10, os.cpu_count() or cores) for n in (1, 2))
        rounds.append((one, two, max(one.others, two.others) <= OTHERS))
        time.sleep(0.02)
    if bench.CORES:
        os.sched_setaffinity(0, pinned)
    more = statistics.median(two.cpu / one.cpu for one, two, _ in rounds)
    free = [(one.wall, two.wall) for one, two, alone in rounds if alone]
    note = f"{more:.2f} times the processor time of one thread"
    if len(free) < 3:
        row.note = f"not timed: others used the cores in {len(rounds) - len(free)} of {len(rounds)} rounds; {note}"
        return row, None
    row.median_us = 1e6 * statistics.median(two for _, two in free)
    gain = statistics.median(one / two for one, two in free)
    row.note = f"two cores, so no rival of the others here: {gain:.2f} times one thread in the same rounds, {len(free)} of {len(rounds)} that had both cores to themselves; {note}"
    return row, gain


CASE = f"{POINTS} points"


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.3 if options.quick else 2.0, rounds=2 if options.quick else 8, least=3 if options.quick else 16)
    X = many_points(POINTS)
    contenders, absent = common.collect("w3", CASE, X, only=options.only)
    rows = common.run_case("w3", CASE, contenders, partial(many_gradient, X), RTOL, clock, partial(move, X)) + absent
    gain = None
    if options.only in "jittape batch_grad, two threads":
        row, gain = two_threads(X, 5.0 if options.quick else SECONDS)
        rows.append(row)
    for r in rows:
        if r.median_us:
            r.note = "; ".join(filter(None, (f"{POINTS / r.median_us:.2f} M gradients/s", r.note)))
    common.show(rows, "us a batch")
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w3", rows).relative_to(common.ROOT))

    mine = next((r.median_us for r in rows if r.engine == "jittape batch_grad"), None)
    others = [(r.median_us, r.engine) for r in rows if r.median_us and not r.engine.startswith("jittape")]
    print()
    common.bar("W3, one core", POINTS / mine if mine else None, 3.5, "M gradients/s", least=True)
    if others:
        default = [(us, name) for us, name in others if "libmvec" not in name]
        for which, found in (("the best other", others), ("the best other with the options it comes with", default)):
            if found:
                best, name = min(found)
                common.bar(f"W3, one core, beside {which} ({name})", best / mine if mine else None, 2, "times", least=True)
    common.bar("W3, two threads beside one", gain, 1.7, "times", least=True)
    bars.show("w3", rows)


if __name__ == "__main__":
    main()
