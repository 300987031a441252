"""W4, growth: second derivatives of the chained Rosenbrock function from n = 1,000 to 1,000,000, and two big Hessians.

Each case runs in a process of its own, which checks its answer against one by hand and reports its times and the peak of
its memory. Run `python -m bench.growth`; the rows go to bench/results/w4_growth.csv.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench import common
from bench.problems import (
    arrowhead,
    arrowhead_hessian,
    bands,
    grid_energy,
    grid_hessian,
    rosenbrock,
    rosenbrock_bands,
    rosenbrock_point,
    rosenbrock_product,
)

SIZES = (1_000, 10_000, 100_000, 1_000_000)
CASES = (*(f"sparse {n}" for n in SIZES), *(f"product {n}" for n in SIZES), "arrowhead 100000", "grid 250000")
COLUMNS = (
    "case",
    "n",
    "colours",
    "record_s",
    "set_up_s",
    "evaluation_us",
    "ns_a_variable",
    "peak_mb",
    "over_start_mb",
    "ok",
    "note",
)
MEMORY = 4000.0
"""Megabytes that a big case may take."""
RTOL = 1e-12


def peak() -> float:
    """The largest resident set of this process so far, in megabytes."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1.024e-3


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def evaluation(call: Callable[[], Any]) -> tuple[float, bool]:
    """Median seconds a call, and whether they are processor time."""
    clock = common.Clock(budget_s=1.0, rounds=1)
    samples, stand_in = common.undisturbed(common.measure({"": call}, clock)[""])
    return float(np.median(samples)), stand_in


def matrix_close(A: Any, B: Any) -> str:
    """ "yes" where two sparse matrices agree, entry for entry."""
    rest = abs(A - B)
    error = (rest.max() if rest.nnz else 0.0) / abs(B).max()
    return "yes" if error <= RTOL and A.shape == B.shape else f"NO: off by {error:.1e}"


def run(what: str, n: int) -> dict[str, Any]:
    """One case, in this process."""
    import jittape as jt
    from bench.engines.jittape import second_order, takes_out

    second_order()
    side = round(n**0.5)
    f = {"arrowhead": arrowhead, "grid": grid_energy}.get(what, rosenbrock)
    x = np.random.default_rng(4).normal(size=(side, side)) if what == "grid" else rosenbrock_point(n)
    v = np.cos(np.arange(n))
    start = peak()
    F, record_s = timed(lambda: jt.record(f, x))
    colours: Any = ""
    if what == "product":
        got, set_up_s = timed(lambda: F.hvp(x, v))
        call = (lambda: F.hvp(x, v, out=got)) if takes_out(F.hvp) else (lambda: F.hvp(x, v))
        seconds, stand_in = evaluation(call)
        high = peak()
        ok = common.close(call(), rosenbrock_product(x, v), RTOL)
    else:
        got, set_up_s = timed(lambda: F.sparse_hessian(x))
        seconds, stand_in = evaluation(lambda: F.sparse_hessian(x, out=got))
        high = peak()
        if what == "sparse":
            ok = common.close(bands(got), rosenbrock_bands(x), RTOL)
        else:
            ok = matrix_close(got, {"arrowhead": arrowhead_hessian, "grid": grid_hessian}[what](x))
        plan = getattr(F._path, "sparse", {}).get("hessian")
        colours = getattr(plan, "count", "")
    return {"case": {"sparse": "sparse Hessian, W1", "product": "Hessian-vector product, W1"}.get(what, f"sparse Hessian, {what}"),
            "n": n, "colours": colours, "record_s": record_s, "set_up_s": set_up_s, "evaluation_us": 1e6 * seconds, "ns_a_variable": 1e9 * seconds / n,
            "peak_mb": high, "over_start_mb": high - start, "ok": ok, "note": "processor time" if stand_in else ""}  # fmt: skip


def main() -> int:
    options = common.arguments(__doc__)
    found = []
    for case in CASES:
        if options.only not in case or (options.quick and int(case.split()[1]) > 100_000):
            continue
        done = subprocess.run(
            [sys.executable, "-m", "bench.growth", "--case", case], capture_output=True, text=True, cwd=common.ROOT
        )
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return 1
        found.append(json.loads(done.stdout.splitlines()[-1]))
        print(
            "  ".join(
                f"{c} {common.number(r, 3) if isinstance(r, float) else r}" for c, r in found[-1].items() if r != ""
            ),
            flush=True,
        )
    if not options.no_write and not options.only and not options.quick:
        rows = ([common.number(r[c], 4) if isinstance(r[c], float) else r[c] for c in COLUMNS] for r in found)
        print("\nwritten to", common.write_table("w4_growth", COLUMNS, rows).relative_to(common.ROOT))
    print()
    for r in found:
        if "W1" not in r["case"]:
            common.bar(
                f"{r['case']}, n={r['n']}, memory of the process",
                r["peak_mb"] if r["ok"] == "yes" else None,
                MEMORY,
                "MB",
            )
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        what, size = sys.argv[2].split()
        print(json.dumps(run(what, int(size))))
    else:
        sys.exit(main())
