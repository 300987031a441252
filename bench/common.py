"""Timing, checking and writing down: what every workload of the benchmark shares."""

from __future__ import annotations

import argparse
import csv
import gc
import importlib
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).resolve().parent / "results"
ENGINES = ("jittape", "numba_hand", "numpy_hand", "ddx", "casadi", "jax", "torch", "autograd", "xad")
"""Modules of bench/engines, in the order in which they are asked."""
HESSIANS = ("asdex", "sparsediff")
"""More of them, that are for Hessians only."""
COLUMNS = ("workload", "case", "engine", "version", "setup_s", "median_us", "ratio_to_best", "ok", "note")
MISSING = "not installed"
LATE = "left out: out of time"


class Quick:
    """What `python -m bench --quick` (bench/quick.py) sets and reads: until when contenders are set up, by time.perf_counter(); the rows of all cases."""

    until: float = math.inf
    without: tuple[str, ...] = ()
    """Engines that are not asked."""
    rows: ClassVar[list[Row]] = []


@dataclass
class Contender:
    """One way to do a workload's job with one engine.

    Attributes:
        name: engine and variant, as shown.
        make: does all set-up and returns the call that is timed. It is called once; its time is the set-up time, the
            first call of the result (which compiles, with some engines) included.
        note: what a reader must know to compare it, or a function of (the call, its median in us) that says it.
        answer: turns what the call returned into an ndarray, to be checked; not timed.
        calls_to_check: the answer that is checked is that of this call (training steps go on from each other).
    """

    name: str
    make: Callable[[], Callable[[], Any]]
    note: str | Callable[[Callable[[], Any], float], str] = ""
    answer: Callable[[Any], Any] = np.asarray
    calls_to_check: int = 1


@dataclass
class Recorder:
    """One engine's way to record scalar code, for W6.

    Attributes:
        name: as shown.
        record: calls run(y, a, b, sin) with three recorded scalars and the engine's sine while it records, and returns
            the derivative of the result with respect to y.
        fewer: how many times fewer operations to record, with a slow engine.
        tape: where `record` leaves the size of its tape, if it knows it.
    """

    name: str
    record: Callable[[Callable[..., Any]], float]
    fewer: int = 1
    tape: dict[str, int] | None = None


@dataclass
class Row:
    workload: str
    case: str
    engine: str
    version: str = ""
    setup_s: float | None = None
    median_us: float | None = None
    ratio_to_best: float | None = None
    ok: str = ""
    note: str = ""
    samples: list[float] = field(default_factory=list, repr=False)


# --- timing -----------------------------------------------------------------------------------------------------------


@dataclass
class Clock:
    """How long to measure.

    Attributes:
        sample_s: a sample is as many calls as take this long.
        budget_s: samples are taken for about this long a contender, in `rounds` turns.
        least: but at least so many samples in all.
    """

    sample_s: float = 2e-3
    budget_s: float = 1.2
    rounds: int = 4
    least: int = 5


def calibrate(call: Callable[[], Any], clock: Clock) -> int:
    """Calls to a sample; warms up on the way."""
    inner = 1
    while True:
        start = time.perf_counter()
        for _ in range(inner):
            call()
        spent = time.perf_counter() - start
        if spent >= clock.sample_s or inner >= 1 << 22:
            return max(1, round(inner * clock.sample_s / spent)) if spent > 2 * clock.sample_s else inner
        inner = max(inner + 1, int(inner * min(8.0, 1.2 * clock.sample_s / max(spent, 1e-9))))


def sample(call: Callable[[], Any], inner: int) -> tuple[float, float]:
    """(seconds, processor seconds) a call, over `inner` calls."""
    repeat = range(inner)
    cpu, start = time.process_time(), time.perf_counter()
    for _ in repeat:
        call()
    return (time.perf_counter() - start) / inner, (time.process_time() - cpu) / inner


def undisturbed(samples: list[tuple[float, float]]) -> tuple[list[float], bool]:
    """Times a call as on a quiet machine, and whether they are processor times.

    On a shared machine the scheduler takes the core away for milliseconds: wall time passes without processor time, and
    a sample measures the neighbour. Samples in which this process had its core are kept. A call longer than the
    scheduler's turn has none; then processor time stands in for wall time (one thread on one core: the same where
    nothing else runs), as contended wall time would be unfair to whoever is slow.
    """
    kept = [wall for wall, cpu in samples if wall <= 1.05 * cpu]
    return (kept, False) if len(kept) >= min(5, len(samples)) else ([min(wall, cpu) for wall, cpu in samples], True)


def measure(calls: dict[str, Callable[[], Any]], clock: Clock) -> dict[str, list[tuple[float, float]]]:
    """(seconds, processor seconds) a call of each, sampled in turns so that a slow phase of the machine falls on all alike."""
    inner = {name: calibrate(call, clock) for name, call in calls.items()}
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _ in range(clock.rounds):
        for name, call in calls.items():
            end = time.perf_counter() + clock.budget_s / clock.rounds
            while True:
                samples[name].append(sample(call, inner[name]))
                enough = len(samples[name]) >= clock.least or clock.rounds > 1
                if time.perf_counter() > end and enough:
                    break
    for name, call in calls.items():
        while len(samples[name]) < clock.least:
            samples[name].append(sample(call, inner[name]))
    return samples


# --- a case -----------------------------------------------------------------------------------------------------------


def close(answer: Any, expected: Any, rtol: float) -> str:
    """"yes", or what is wrong: the largest difference relative to the largest expected entry."""
    a, e = np.asarray(answer, float), np.asarray(expected, float)
    if a.shape != e.shape:
        return f"NO: shape {a.shape}, not {e.shape}"
    error = float(np.max(np.abs(a - e)) / max(np.max(np.abs(e)), 1e-300)) if e.size else 0.0
    return "yes" if error <= rtol else f"NO: off by {error:.1e}"


def run_case(workload: str, case: str, contenders: Iterable[tuple[str, str, Contender]], expected: Callable[[], Any],
             rtol: float, clock: Clock | None = None, move: Callable[[], None] | None = None,
             limit: Callable[[], AbstractContextManager[None]] = nullcontext) -> list[Row]:  # fmt: skip
    """Set up, check and time the contenders (engine module, version, contender) of one case.

    Each is checked before timing, and again after it at another point: `move` changes the point in place, so a call
    that is no longer doing the work (an answer kept from before, memory that was freed) is found out. A contender whose
    answer is wrong is shown with what is wrong and without a time.

    Args:
        expected: the right answer at the point as it is.
        move: goes to another point; None where the call has a state of its own and cannot be checked twice.
        limit: what set-up and the first call run under.
    """
    rows: list[Row] = []
    calls: dict[str, Callable[[], Any]] = {}
    known: dict[str, Contender] = {}
    if time.perf_counter() > Quick.until:
        return [Row(workload, case, c.name, version, ok=LATE) for _, version, c in contenders]
    right = expected()
    for _, version, c in contenders:
        row = Row(workload, case, c.name, version)
        rows.append(row)
        if time.perf_counter() > Quick.until:
            row.ok = LATE
            continue
        try:
            gc.collect()
            start = time.perf_counter()
            with limit():
                call = c.make()
                got = call()
            row.setup_s = time.perf_counter() - start
            for _ in range(c.calls_to_check - 1):
                got = call()
            row.ok = close(c.answer(got), right, rtol)
        except Exception as error:
            row.ok = f"NO: {_first_line(error)}"
            if os.environ.get("BENCH_TRACE"):
                traceback.print_exc()
            continue
        known[c.name] = c
        if row.ok == "yes":
            calls[c.name] = call
        progress(f"{workload} {case}: {c.name} set up in {row.setup_s:.2f} s, equal: {row.ok}")
    measured = measure(calls, clock or Clock())
    if move is not None:
        move()
        right = expected()
    for name, samples in measured.items():
        row = next(r for r in rows if r.engine == name)
        if move is not None:
            row.ok = close(known[name].answer(calls[name]()), right, rtol)
            if row.ok != "yes":
                row.ok += " after timing"
                continue
        cores = statistics.median(cpu / wall for wall, cpu in samples)
        if cores > 1.1:  # the limit to one thread did not reach this engine: its time is no fair one
            row.ok = f"NO: ran on {cores:.1f} cores"
            continue
        row.samples, stand_in = undisturbed(samples)
        row.median_us = 1e6 * statistics.median(row.samples)
        note = known[name].note
        row.note = note(calls[name], row.median_us) if callable(note) else note
        if stand_in:
            row.note += ("; " if row.note else "") + "processor time"
    Quick.rows += rows
    return rank(rows)


def rank(rows: list[Row]) -> list[Row]:
    """The rows of one case, fastest first, with ratios; what was not timed comes last."""
    timed = [r.median_us for r in rows if r.median_us is not None]
    for r in rows:
        if r.median_us is not None:
            r.ratio_to_best = r.median_us / min(timed)
    return sorted(rows, key=lambda r: (r.median_us is None, r.median_us or 0.0))


@cache
def engine(name: str) -> tuple[Any, str]:
    """A module of bench/engines, started; or None and why not."""
    try:
        module = importlib.import_module(f"bench.engines.{name}")
    except ImportError as error:
        return None, f"{MISSING}: {_first_line(error)}"
    try:
        module.start()
    except Exception as error:
        return None, f"NO: does not start: {_first_line(error)}"
    return module, ""


def collect(workload: str, case: str, *args: Any, only: str = "",
            engines: tuple[str, ...] = ENGINES) -> tuple[list[tuple[str, str, Contender]], list[Row]]:  # fmt: skip
    """Every engine's contenders for a workload, and a row for each engine that is missing.

    An engine module has `DISTRIBUTION`, `start()` (what an engine does once a process: its own start is W6's business)
    and a generator named after the workload. One that cannot be imported is shown as not installed.
    """
    found, absent = [], []
    for name in engines:
        if name.rpartition(".")[2] in Quick.without:
            continue
        module, why = engine(name)
        if module is None:
            if only in name:
                absent.append(Row(workload, case, name.rpartition(".")[2], ok=why))
            continue
        if not hasattr(module, workload):
            continue
        for c in getattr(module, workload)(*args):
            if only in c.name:
                found.append((name, version(module.DISTRIBUTION), c))
    return found, absent


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"[:200]


def version(distribution: str) -> str:
    """An installed distribution's version; jittape's own with its commit."""
    if distribution == "jittape":
        import jittape

        return f"{jittape.__version__}+{_git()}" if _git() else str(jittape.__version__)
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "?"


def _git() -> str:
    try:
        out = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return out.stdout.strip()


# --- showing ----------------------------------------------------------------------------------------------------------


def progress(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


ALONE = "one thread; medians; set-up (recording, compiling, first call) apart; answers checked equal before timing"


def header(how: str = ALONE) -> list[str]:
    """Machine, versions and how it was measured, for the top of a result file."""
    packages = ("numpy", "numba", "scipy", "torch", "jax", "casadi", "autograd", "ddx-ad", "xad", "asdex", "sparsediffpy")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return [
        f"machine: {processor()}, {os.cpu_count()} cores, {cores} used; {platform.system()} {platform.machine()}; load {load:.1f}",
        f"python {platform.python_version()}, jittape {version('jittape')}, " + ", ".join(f"{p} {version(p)}" for p in packages),
        how,
    ]


def number(x: float | None, digits: int = 4) -> str:
    return "" if x is None else f"{x:.{digits}g}"


def write(workload: str, rows: list[Row], how: str = ALONE) -> Path:
    """Write bench/results/<workload>.csv: lines of `#` with machine and versions, then the rows."""
    return write_table(workload, COLUMNS, (
        [r.workload, r.case, r.engine, r.version, number(r.setup_s, 3), number(r.median_us), number(r.ratio_to_best, 3), r.ok, r.note]
        for r in rows
    ), how)  # fmt: skip


def write_table(name: str, columns: Iterable[str], rows: Iterable[Iterable[Any]], how: str = ALONE) -> Path:
    """Write a table to bench/results, machine and versions above it."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.csv"
    with path.open("w", newline="") as file:
        for line in header(how):
            file.write(f"# {line}\n")
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows(rows)
    return path


def show(rows: list[Row], unit: str = "us") -> None:
    """Print rows as a table, a block a case."""
    for case in dict.fromkeys(r.case for r in rows):
        mine = [r for r in rows if r.case == case]
        width = max(len(r.engine) for r in mine)
        print(f"\n{mine[0].workload} {case}")
        print(f"  {'engine':<{width}}  {'set-up s':>9}  {unit:>11}  {'ratio':>7}  equal")
        for r in mine:
            print(f"  {r.engine:<{width}}  {number(r.setup_s, 3):>9}  {_plain(r.median_us):>11}  "
                  f"{number(r.ratio_to_best, 3):>7}  {r.ok}{'  ' + r.note if r.note else ''}")  # fmt: skip
    sys.stdout.flush()


def _plain(x: float | None) -> str:
    if x is None:
        return ""
    return f"{x:,.0f}" if x >= 1000 else f"{x:.3g}"


def bar(text: str, value: float | None, limit: float, unit: str, least: bool = False) -> None:
    """Print a bar of the project (at most `limit`, or at least) and whether it is met."""
    met = value is not None and (value >= limit if least else value <= limit)
    verdict = "not measured" if value is None else ("met" if met else "MISSED")
    print(f"bar: {text}: {number(value, 3)} {unit} (at {'least' if least else 'most'} {limit:g}): {verdict}", flush=True)


def arguments(doc: str) -> argparse.Namespace:
    """The options that every workload takes."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the measuring time, for trying things out; bench/results stays as it is")
    parser.add_argument("--only", default="", help="only contenders whose name contains this")
    parser.add_argument("--no-write", action="store_true", help="print, but leave bench/results as it is")
    options = parser.parse_args()
    options.no_write |= options.quick
    return options
