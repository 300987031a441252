"""Gradients of long arrays, recorded anew at each call and once, n = 100000, 1000000: `python -m bench.long_arrays`."""

from __future__ import annotations

from functools import partial

from bench import bars, common
from bench.problems import LARGE, move, rosenbrock_point

SIZES = (100_000, 1_000_000)
RTOL = 1e-12
"""Largest difference allowed, relative to the largest entry of the gradient by hand."""


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    rows: list[common.Row] = []
    for n in SIZES:
        for name, (_, gradient) in LARGE.items():
            x = rosenbrock_point(n)
            case = f"{name} n={n}"
            contenders, absent = common.collect("long_arrays", case, name, x, only=options.only)
            block = common.run_case("long_arrays", case, contenders, partial(gradient, x), RTOL, clock, partial(move, x)) + absent
            common.show(block)
            rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("long_arrays", rows).relative_to(common.ROOT))

    print()
    bars.show("long_arrays", rows)


if __name__ == "__main__":
    main()
