"""W2: gradient through 1000 Newton solves of Kepler's equation, a `while` loop each: `python -m bench.w2`."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bench import common
from bench.problems import kepler_gradient, kepler_loop, kepler_point, move, rosenbrock_gradient, rosenbrock_point

RTOL = 1e-9
"""The last Newton step is below 1e-12, its derivative is what is differentiated."""
PEERS = "the same workload in C and C++, not run here: Adept 321 us, CoDiPack 355 us, Enzyme on C 270 us"
REFERENCE = "jittape record, Python loop over scalars"


def elsewhere(z: Any) -> None:
    """Go to another point, in place: other numbers of Newton steps."""
    z[0] = 0.8 - z[0]
    z[1] = 3.2 - z[1]


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    rows: list[common.Row] = []
    z = kepler_point()
    contenders, _ = common.collect("w2_value", "value", z, only=options.only)
    value = common.run_case("w2", "value only", contenders, lambda: kepler_loop(z), RTOL, clock, partial(elsewhere, z))
    common.show(value)
    z = kepler_point()
    contenders, absent = common.collect("w2", "gradient", z, only=options.only)
    block = common.run_case("w2", "gradient", contenders, partial(kepler_gradient, z), RTOL, clock, partial(elsewhere, z)) + absent
    common.show(block)
    rows += value + block
    x = rosenbrock_point(1000)
    contenders, _ = common.collect("w1_native", "W1 n=1000", x, only=options.only)
    block = common.run_case("w2", "W1 n=1000, njit", contenders, partial(rosenbrock_gradient, x), 1e-12, clock, partial(move, x))
    common.show(block)
    rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w2", rows).relative_to(common.ROOT))

    def median(case: str, engine: str) -> float | None:
        return next((r.median_us for r in rows if r.case == case and r.engine == engine), None)

    print(f"\n{PEERS}")
    for name in ("jittape grad of njit", "jittape native.grad, called in njit"):
        common.bar(f"W2, {name}", median("gradient", name), 350, "us")
        common.bar(f"W1 n=1000, {name}", median("W1 n=1000, njit", name), 40, "us")
    scalar = median("W1 n=1000, njit", REFERENCE)
    common.bar("W1 n=1000, jittape record of njit", median("W1 n=1000, njit", "jittape record of njit"), np.round(1.1 * (scalar or 0.0), 2),
               "us, the Python-recorded Function with a tenth for noise")  # fmt: skip


if __name__ == "__main__":
    main()
