"""A look at the benchmarks in three minutes, in one process: `python -m bench --quick`, or of some workloads; nothing is written.

Each workload gets an equal share of the time that is left. When it is over no further contender of it is set up, so that a case may lack
the engines that come last, and a workload its larger cases: on a busy machine more of them. Engines of which each case takes seconds, or that few
know, are not asked.
"""

from __future__ import annotations

import runpy
import sys
import time
import traceback

import bench  # noqa: F401  (before NumPy)
from bench import common

SECONDS = 180.0
LEAST = 2.0
"""Seconds that a workload must have."""
WORKLOADS = (
    "w1", "w3", "w4", "w10", "w14", "adbench", "w2", "w16", "w9", "w8", "w7", "w5", "w12", "w13", "w15", "w17", "w18", "w11", "collocation", "sparse_operands",
)  # fmt: skip
"""Those of `python -m bench` that compare with other engines by themselves, what is asked first in front; the others take minutes or processes of their own."""


def table(rows: list[common.Row]) -> list[str]:
    """A line a case: the best of jittape, of the other engines, and by hand."""

    def best(case: tuple[str, str], *starts: str, other: bool = False) -> str:
        found = [r for r in rows if (r.workload, r.case) == case and r.median_us and r.engine.startswith(starts) != other]
        row = min(found, key=lambda r: r.median_us or 0.0, default=None)
        return f"{common.number(row.median_us, 3):>9} {row.engine[:34]:<34}" if row else f"{'':>9} {'':<34}"

    lines = [f"{'us a call':<54} {'jittape':>9} {'':<34} {'others':>9} {'':<34} {'by hand':>9}"]
    for case in dict.fromkeys((r.workload, r.case) for r in rows):
        lines.append(f"{' '.join(case)[:54]:<54} {best(case, 'jittape')} {best(case, 'jittape', 'by hand', other=True)} {best(case, 'by hand')}".rstrip())
    return lines


def main() -> int:
    begin, failed, late = time.perf_counter(), [], []
    chosen = sys.argv[1:] or WORKLOADS
    common.Quick.without = ("ddx", "autograd", "xad", "asdex", "sparsediff")
    for done, workload in enumerate(chosen):
        now = time.perf_counter()
        share = (SECONDS - (now - begin)) / (len(chosen) - done)
        if share < LEAST:
            late.append(workload)
            continue
        print(f"== {workload}, {done + 1} of {len(chosen)}, {SECONDS - (now - begin):.0f} s left", flush=True)
        common.Quick.until = now + share
        sys.argv = [workload, "--quick"]
        try:
            runpy.run_module(f"bench.{workload}", run_name="__main__")
        except Exception:
            traceback.print_exc()
            failed.append(workload)
    print("", *table(common.Quick.rows), sep="\n")
    wrong = [f"{r.workload} {r.case}: {r.engine}: {r.ok}" for r in common.Quick.rows if r.engine.startswith("jittape") and r.ok.startswith("NO") and "TimeoutError" not in r.ok]
    left = sum(r.ok == common.LATE for r in common.Quick.rows)
    print(f"\n{time.perf_counter() - begin:.0f} s; {left} contenders of the cases above were left out" + (f", and all of {', '.join(late)}" if late else ""))
    for line in (*wrong, *(f"failed: {name}" for name in failed)):
        print(line, file=sys.stderr)
    return 1 if failed or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
