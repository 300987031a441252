"""Run every workload, each in a process of its own, write bench/results and the README's drawing: `python -m bench`, or of some of WORKLOADS."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKLOADS = (
    "w1", "w2", "w3", "w4", "growth", "w5", "w6", "w7", "w8", "w9", "w10", "w11", "w12", "w13", "w14", "w15", "w16", "w17", "w18",
    "adbench", "loops", "passes", "collocation", "sparse_operands", "branches", "elements", "long_arrays", "linear_algebra", "many_problems", "scaling", "samplers", "solvers", "memory", "cold",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", help=f"which ones (all: {' '.join(WORKLOADS)})")
    parser.add_argument("--quick", action="store_true", help="a look at what there is in three minutes: a tenth of the measuring time, no new workload or engine when it is over; nothing is written")
    parser.add_argument("--no-write", action="store_true", help="print, but leave bench/results as it is")
    options = parser.parse_args()
    unknown = set(options.workloads) - set(WORKLOADS)
    if unknown:
        parser.error(f"no workload {', '.join(sorted(unknown))}; there are {', '.join(WORKLOADS)}")
    if options.quick:  # in one process, as importing and starting the engines takes longer than many a workload
        return subprocess.run([sys.executable, "-m", "bench.quick", *options.workloads], cwd=ROOT).returncode
    flags = ["--no-write"] * options.no_write
    failed, chosen, begin = [], options.workloads or WORKLOADS, time.perf_counter()
    for done, workload in enumerate(chosen):
        past = time.perf_counter() - begin
        left = f", some {past / done * (len(chosen) - done):.0f} s left" if done else ""
        print(f"== {workload}, {done + 1} of {len(chosen)}{left}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{workload}", *flags], cwd=ROOT).returncode:
            failed.append(workload)
    print(f"== {len(chosen)} workloads took {time.perf_counter() - begin:.0f} s", flush=True)
    if not options.no_write:
        subprocess.run([sys.executable, str(ROOT / "docs/site/performance.py")], check=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
