"""W6: recording one scalar operation from Python; import + first gradient; memory: `python -m bench.w6`."""

from __future__ import annotations

import itertools
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench import common, fresh
from bench.common import Recorder, Row
from bench.problems import A, B, rosenbrock_gradient, rosenbrock_point

OPERATIONS = 200_000
MEMORY_OPERATIONS = 1_000_000
AFTER_DOUBLING = 1_100_000
"""A count that makes jittape's arrays double shortly before the end (2**20 is passed): its worst case."""
REPEATS = 7
RTOL = 1e-9

Blocks = list[tuple[float, float]]
"""(seconds, processor seconds) an operation, of each block of a loop."""
Loop = Callable[..., tuple[Blocks, Any]]


# --- what is recorded ---------------------------------------------------------------------------------------------------

BLOCK = 1000
"""Iterations between two looks at the clock: long beside the clock, short beside the scheduler's turns."""


def chain_of_floats(n: int, y: Any, a: Any, b: Any, sin: Any) -> tuple[Blocks, Any]:
    """n operations y = y * A + B with plain Python floats."""
    return chain_of_recorded(n, y, A, B, sin)


def chain_of_recorded(n: int, y: Any, a: Any, b: Any, sin: Any) -> tuple[Blocks, Any]:
    """n operations y = y * a + b with recorded a and b."""
    blocks: Blocks = []
    size = min(BLOCK, n // 2)
    repeat = range(size)
    for _ in range(n // 2 // size):
        cpu, start = time.process_time(), time.perf_counter()
        for _ in repeat:
            y = y * a + b
        blocks.append(((time.perf_counter() - start) / (2 * size), (time.process_time() - cpu) / (2 * size)))
    return blocks, y


def _one(body: Callable[[Any, Any, Any], Any]) -> Loop:
    """n times the same operation; the empty loop and call around it are taken off."""

    def loop(n: int, y: Any, a: Any, b: Any, sin: Any) -> tuple[Blocks, Any]:
        size = min(BLOCK, n)
        repeat = range(size)
        empty = min(common.sample(lambda: _empty(repeat, y, a, sin), 1) for _ in range(5))
        blocks: Blocks = []
        for _ in range(n // size):
            cpu, start = time.process_time(), time.perf_counter()
            for _ in repeat:
                body(y, a, sin)
            wall = time.perf_counter() - start - empty[0]
            blocks.append((wall / size, (time.process_time() - cpu - empty[1]) / size))
        return blocks, y * 1.0

    return loop


def _nothing(y: Any, a: Any, sin: Any) -> Any:
    return y


def _empty(repeat: range, y: Any, a: Any, sin: Any) -> None:
    for _ in repeat:
        _nothing(y, a, sin)


NEW = itertools.count(0.5)
"""Floats that no tape has met: what a loop over data records."""
FACTOR = np.float64(2.5)

CHAINS: dict[str, Loop] = {
    "record one operation of y*a + b, Python floats a, b": chain_of_floats,
    "record one operation of y*a + b, recorded a, b": chain_of_recorded,
}
SINGLE: dict[str, Loop] = {
    "record y * 2.5": _one(lambda y, a, sin: y * 2.5),
    "record 2.5 * y": _one(lambda y, a, sin: 2.5 * y),
    "record 1.0 - y": _one(lambda y, a, sin: 1.0 - y),
    "record -y": _one(lambda y, a, sin: -y),
    "record y ** 2": _one(lambda y, a, sin: y**2),
    "record y / a": _one(lambda y, a, sin: y / a),
    "record sin(y)": _one(lambda y, a, sin: sin(y)),
    "record y + 0.0": _one(lambda y, a, sin: y + 0.0),
    "record y + a float not met before": _one(lambda y, a, sin: y + next(NEW)),
    "record np.float64 * y": _one(lambda y, a, sin: FACTOR * y),
}
SLOPE = {chain_of_floats: True, chain_of_recorded: True}


def derivative(loop: Loop, n: int) -> float:
    """What a loop's result has as derivative with respect to y."""
    return A ** (n // 2) if loop in SLOPE else 1.0


def seconds_an_operation(blocks: Blocks) -> float:
    """Their mean (growth of the tape counts), over the blocks in which no other process took the core."""
    return statistics.fmean(common.undisturbed(blocks)[0])


def recorders() -> tuple[list[tuple[str, Recorder]], list[tuple[str, str]]]:
    """(version, recorder) of every engine, and (name, why) of those that are missing."""
    found, absent = [], []
    for name in common.ENGINES:
        module, why = common.engine(name)
        if module is None:
            absent.append((name, why))
        elif hasattr(module, "w6"):
            found += [(common.version(module.DISTRIBUTION), r) for r in module.w6()]
    return found, absent


def record_cost(case: str, loop: Loop, quick: bool, only: str) -> list[Row]:
    """Microseconds an operation, for every engine; the derivative of what was recorded is checked."""
    found, absent = recorders()
    found = [(v, r) for v, r in found if only in r.name]
    rows = {r.name: Row("w6", case, r.name, v) for v, r in found}
    repeats = 3 if quick else REPEATS
    seconds: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(repeats + 1):  # the first round warms up
        for _, r in found:
            row = rows[r.name]
            if row.ok.startswith("NO"):
                continue
            n = (OPERATIONS if loop in SLOPE else OPERATIONS // 10) // r.fewer
            try:
                spent: list[float] = []

                def run(y: Any, a: Any, b: Any, sin: Any, n: int = n, spent: list[float] = spent) -> Any:
                    took, out = loop(n, y, a, b, sin)
                    spent.append(seconds_an_operation(took))
                    return out

                start = time.perf_counter()
                got = r.record(run)
                whole = time.perf_counter() - start
                row.ok = common.close(got, derivative(loop, n), RTOL)
                seconds[r.name].append(spent[0])
                if loop in SLOPE:
                    row.note = f"{n:,} operations; {1e6 * whole / n:.3g} us an operation with the gradient"
            except Exception as error:
                row.ok = f"NO: {type(error).__name__}: {str(error).partition(chr(10))[0]}"[:160]
    for name, row in rows.items():
        if row.ok == "yes":
            row.median_us = 1e6 * statistics.median(seconds[name][1:])
    out = common.rank(list(rows.values()))
    if loop in SLOPE and not only:
        floats = [seconds_an_operation(loop(OPERATIONS, 1.0, A, B, math.sin)[0]) for _ in range(repeats)]
        out.append(Row("w6", case, "Python floats, nothing recorded", median_us=1e6 * statistics.median(floats), ok="yes", note="for scale; not ranked"))
    return out + [Row("w6", case, name, ok=why) for name, why in absent if only in name]


# --- cold processes -------------------------------------------------------------------------------------------------------


def cold_seconds(snippet: str, repeats: int, **environment: str) -> tuple[Blocks, str]:
    """Seconds and processor seconds that a snippet takes in new processes; is it right?"""
    x = rosenbrock_point(10)
    seconds: Blocks = []
    ok = ""
    for _ in range(repeats):
        *spent, got = fresh.spent(f"X = {x.tolist()}\n{snippet}\ng = list(g)", **environment)
        ok = common.close(got, rosenbrock_gradient(x), RTOL)
        seconds.append((spent[0], spent[1]))
    return seconds, ok


def cold_start(quick: bool, only: str) -> list[Row]:
    """Import + first gradient (W1, n = 10) in new processes."""
    case = "import + first gradient, new process"
    rows = []
    for name in common.ENGINES:
        module, why = common.engine(name)
        if module is None:
            rows.append(Row("w6", case, name, ok=why))
            continue
        for title, snippet in getattr(module, "COLD", {}).items():
            ways: list[tuple[str, dict[str, str], int]] = [(title, {}, 3 if quick else REPEATS)]
            if name == "jittape":
                ways = [(f"{title}, warm cache", *ways[0][1:]), (f"{title}, cold cache", fresh.EMPTY, 1 if quick else 3)]
            for way, environment, repeats in ways:
                if only not in way:
                    continue
                row = Row("w6", case, way, common.version(module.DISTRIBUTION))
                rows.append(row)
                try:
                    if not environment:
                        cold_seconds(snippet, 1)  # compiled Python files, disk cache
                    seconds, row.ok = cold_seconds(snippet, repeats, **environment)
                    if row.ok == "yes":
                        row.median_us = 1e6 * statistics.median(wall for wall, _ in seconds)
                        row.note = f"{statistics.median(cpu for _, cpu in seconds):.2f} s of processor time"
                except Exception as error:
                    row.ok = f"NO: {error}"[:160]
    return common.rank(rows)


# --- memory -----------------------------------------------------------------------------------------------------------------


def memory_of(name: str, n: int) -> None:
    """In a process of its own: print the peak of resident memory over that before the gradient of n operations."""
    found = {r.name: r for _, r in recorders()[0]}
    recorder = found[name]
    for _ in range(2):
        recorder.record(lambda *scalars: chain_of_floats(200, *scalars)[1])
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    recorder.record(lambda *scalars: chain_of_floats(n, *scalars)[1])
    print(json.dumps({"before": before, "peak": _resident("VmHWM"), **(recorder.tape or {})}))


def _resident(what: str) -> int:
    """Bytes of resident memory, now (VmRSS) or at most (VmHWM)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what + ":"))
    return 1024 * int(line.split()[1])


def memory(only: str) -> Iterator[dict[str, Any]]:
    """Bytes an operation that the gradient of a recorded chain takes, each engine in a process of its own."""
    found, absent = recorders()
    for v, r in found:
        if only not in r.name:
            continue
        for n in (MEMORY_OPERATIONS // r.fewer, *([AFTER_DOUBLING] if r.name.startswith("jittape") else [])):
            row: dict[str, Any] = {"workload": "w6", "engine": r.name, "version": v, "operations": n}
            try:
                got = json.loads(fresh.python("-m", "bench.w6", "--memory", r.name, str(n)).splitlines()[-1])
                peak = got["peak"] - got["before"]
                row |= {"ok": "yes", "peak_mb": round(peak / 1e6, 1), "bytes_per_op": round(peak / n, 1)}
                if "nbytes" in got:
                    row["tape_bytes_per_op"] = round(got["nbytes"] / got["instructions"], 1)
            except Exception as error:
                row["ok"] = f"NO: {error}"[:160]
            yield row
    for name, why in absent:
        yield {"workload": "w6", "engine": name, "ok": why}


MEMORY_COLUMNS = ("workload", "engine", "version", "operations", "peak_mb", "bytes_per_op", "tape_bytes_per_op", "ratio_to_best", "ok")


def main() -> None:
    if len(sys.argv) == 4 and sys.argv[1] == "--memory":
        return memory_of(sys.argv[2], int(sys.argv[3]))
    options = common.arguments(__doc__)
    rows: list[Row] = []
    for case, loop in (CHAINS | SINGLE).items():
        block = record_cost(case, loop, options.quick, options.only)
        common.show(block, "us an operation")
        rows += block
    block = cold_start(options.quick, options.only)
    common.show(block)
    rows += block
    held = sorted(memory(options.only), key=lambda r: r.get("bytes_per_op", math.inf))
    least = min((r["bytes_per_op"] for r in held if "bytes_per_op" in r), default=1.0)
    print("\nw6 memory of the gradient of a scalar chain\n  " + "  ".join(MEMORY_COLUMNS[1:]))
    for r in held:
        if "bytes_per_op" in r:
            r["ratio_to_best"] = round(r["bytes_per_op"] / max(least, 1e-9), 2)
        print("  " + "  ".join(str(r.get(c, "")) for c in MEMORY_COLUMNS[1:]))
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w6", rows).relative_to(common.ROOT), "and",
              common.write_table("w6_memory", MEMORY_COLUMNS, ([r.get(c, "") for c in MEMORY_COLUMNS] for r in held)).relative_to(common.ROOT))  # fmt: skip

    print()
    names = ("jittape record", "jittape grad", "jittape tensor")
    for case in CHAINS:
        for name in names:
            cost = next((r.median_us for r in rows if r.case == case and r.engine == name), None)
            common.bar(f"{case}, {name}", cost, 0.6, "us")
    starts = {r.engine: r.median_us for r in rows if r.case.startswith("import")}
    for way, limit in (("warm", 0.7), ("cold", 15.0)):
        spent = starts.get(f"jittape, {way} cache")
        note = next((r.note for r in rows if r.engine == f"jittape, {way} cache"), "")
        common.bar(f"import + first gradient, {way} cache ({note})", spent / 1e6 if spent else None, limit, "s")
    for r in held:
        if r["engine"].startswith("jittape"):
            what = f"of {r.get('operations', 0):,} operations, {r['engine']}"
            if "tape_bytes_per_op" in r:
                common.bar(f"bytes a scalar operation, tape.nbytes, {what}", r["tape_bytes_per_op"], 30, "bytes")
            common.bar(f"bytes a scalar operation, peak resident memory, {what}", r.get("bytes_per_op"), 30, "bytes")
            common.bar(f"peak memory of a gradient {what}", r.get("peak_mb"), 60, "MB")


if __name__ == "__main__":
    main()
