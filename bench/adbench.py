"""ADBench's LSTM, bundle adjustment and hand tracking (its mixture is W10): `python -m bench.adbench`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench import adbench_bundle, adbench_hand, adbench_lstm, common, models

ENGINES = tuple(f"adbench.{name}" for name in ("jittape", "hand", "jax", "torch", "autograd", "casadi"))
RTOL = 1e-10
"""Largest difference allowed, relative to the largest entry of the answer by hand."""


def jacobians() -> Iterator[tuple[str, Any]]:
    yield from (("bundle", p) for p in adbench_bundle.bundles())
    yield from (("hand", p) for p in adbench_hand.hands())


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5, least=3 if options.quick else 5)
    rows: list[common.Row] = []
    for problem in adbench_lstm.problems():
        rows += models.run("adbench", problem, options)
    for kind, p in jacobians():
        case = f"{p.case}, Jacobian"
        p.by_hand()  # compiled for the reference, so that its set-up is none
        contenders, absent = common.collect(kind, case, p, only=options.only, engines=ENGINES)
        for row in absent:
            row.workload = "adbench"
        block = common.run_case("adbench", case, contenders, p.by_hand, RTOL, clock, p.move, models.limited) + absent
        common.show(block)
        rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("adbench", rows).relative_to(common.ROOT))
    models.beside("adbench", rows)


if __name__ == "__main__":
    main()
