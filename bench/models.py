"""What W10 to W15 share: problems in the forms that engines take, and how they are run."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench import bars, common

ENGINES = tuple(f"models.{name}" for name in ("jittape", "hand", "jax", "torch", "autograd", "casadi"))
"""Modules of bench/engines for these workloads."""
SET_UP = 30.0
"""Seconds of processor time that recording, compiling and the first call may take together."""
RTOL = 1e-10
"""Largest difference allowed, relative to the largest entry of the answer by hand."""


@dataclass
class Recurrence:
    """A function that goes on from state to state, written for any module `m` that has NumPy's names.

    Engines that have one compile it as a loop (`lax.scan`, `mapaccum`); the others unroll it.

    Attributes:
        unpack: (m, x) -> whatever the steps need of the point.
        start: (m, unpacked) -> the first state, a tuple of arrays and numbers.
        step: (m, unpacked, state, row) -> the next state.
        end: (m, state) -> the result.
        rows: an array with a row a step, or the number of steps (each is given None).
    """

    unpack: Callable[..., Any]
    start: Callable[..., Any]
    step: Callable[..., Any]
    end: Callable[..., Any]
    rows: Any

    def __call__(self, m: Any, x: Any, rows: Any = None) -> Any:
        unpacked = self.unpack(m, x)
        state = self.start(m, unpacked)
        if rows is None:
            rows = (None,) * self.rows if isinstance(self.rows, int) else self.rows
        for row in rows:
            state = self.step(m, unpacked, state, row)
        return self.end(m, state)


@dataclass
class Problem:
    """A number that depends on one array, in the forms in which engines take it.

    Attributes:
        case: as shown.
        x: the point.
        gradient: by hand, (x, *data) -> an array like x.
        hand: the kind of code that this is.
        whole: f(m, x, *data) for any module `m` that has NumPy's names.
        loops: names and functions f(x, *data) for Numba.
        steps: the same as `whole`, where it is a recurrence.
        data: arrays that are not differentiated.
        hessian: by hand, (x, *data) -> a matrix.
        form: how `whole` is written.
        kind: the key of forms that an engine has of its own.
        leave: engines, or "engine hessian", for which a call would take seconds, or set-up minutes.
    """

    case: str
    x: Any
    gradient: Callable[..., Any]
    hand: str = "NumPy"
    whole: Callable[..., Any] | None = None
    loops: dict[str, Callable[..., Any]] = field(default_factory=dict)
    steps: Recurrence | None = None
    data: tuple[Any, ...] = ()
    hessian: Callable[..., Any] | None = None
    form: str = "arrays"
    kind: str = ""
    leave: tuple[str, ...] = ()

    def asks(self, engine: str, wanted: str = "gradient") -> bool:
        """Whether an engine is asked for a derivative."""
        return engine not in self.leave and f"{engine} {wanted}" not in self.leave


@dataclass
class Points:
    """A function of one point, asked at many: the gradients at the rows of X.

    Attributes:
        case: as shown.
        X: the points.
        gradient: by hand, X -> an array like X.
        whole: f(m, x) without branches; x is one point, or a row an input where there are many.
        branching: the same with Python's branches, for engines that follow them.
    """

    case: str
    X: Any
    gradient: Callable[[Any], Any]
    whole: Callable[..., Any]
    branching: Callable[..., Any] | None = None


@contextmanager
def limited() -> Iterator[None]:
    """Raise TimeoutError when the process has used SET_UP seconds of processor time (or what is left): not before a compiler returns to Python."""
    seconds = min(SET_UP, max(common.Quick.until - time.perf_counter(), 1.0))
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(*_: Any) -> None:
        raise TimeoutError(f"set-up takes over {seconds:.0f} s")

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)  # again each second: what is raised in a callback may be ignored
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def move(x: Any) -> None:
    """Go to another point nearby, in place."""
    x *= 0.98


def run(workload: str, problem: Any, options: argparse.Namespace, wanted: str = "gradient") -> list[common.Row]:
    """Set up, check, time and show every engine's contenders for a problem; `wanted` is gradient, hessian or points."""
    clock = common.Clock(budget_s=0.15 if options.quick else 1.2, least=3 if options.quick else 5)
    x, case = (problem.X, problem.case) if wanted == "points" else (problem.x, f"{problem.case}, {wanted}")
    data = getattr(problem, "data", ())
    by_hand = problem.hessian if wanted == "hessian" else problem.gradient
    contenders, absent = common.collect(wanted, case, problem, only=options.only, engines=ENGINES)
    for row in absent:
        row.workload = workload
    block = common.run_case(workload, case, contenders, partial(by_hand, x, *data), RTOL, clock, partial(move, x), limited) + absent
    common.show(block)
    return block


def main(workload: str, doc: str, jobs: Callable[[], Iterator[tuple[Any, str]]]) -> list[common.Row]:
    """Run the jobs (problem, what is wanted of it) of a workload and write its results down."""
    options = common.arguments(doc)
    rows: list[common.Row] = []
    for problem, wanted in jobs():
        rows += run(workload, problem, options, wanted)
    if not options.no_write and not options.only:
        print("\nwritten to", common.write(workload, rows).relative_to(common.ROOT))
    beside(workload, rows)
    bars.show(workload, rows)
    return rows


def beside(workload: str, rows: list[common.Row]) -> None:
    """Print how jittape's best stands beside the best of the other engines, a line a case."""
    for case in dict.fromkeys(r.case for r in rows):
        timed = [r for r in rows if r.case == case and r.median_us]
        mine = min((r for r in timed if r.engine.startswith("jittape")), key=lambda r: r.median_us or 0.0, default=None)
        others = [r for r in timed if not r.engine.startswith(("jittape", "by hand"))]
        best = min(others, key=lambda r: r.median_us or 0.0, default=None)
        if mine and best:
            print(f"{workload} {case}: {mine.engine} takes {mine.median_us / best.median_us:.2f} times as long as {best.engine}", flush=True)
