"""W1: gradient of the chained Rosenbrock function, n = 10, 1000, 100000, and small calls: `python -m bench.w1`."""

from __future__ import annotations

from functools import partial

import numpy as np

from bench import bars, common
from bench.problems import move, rosenbrock, rosenbrock_gradient, rosenbrock_point

SIZES = (10, 1000, 100_000)
SMALL = 10
"""Value and gradient at once, where the call itself counts."""
RTOL = 1e-12
"""Largest difference allowed, relative to the largest entry of the gradient by hand."""


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    rows: list[common.Row] = []
    small = f"value_and_grad n={SMALL}"
    for n in SIZES:
        x = rosenbrock_point(n)
        case = f"gradient n={n}"
        contenders, absent = common.collect("w1", case, x, only=options.only)
        block = common.run_case("w1", case, contenders, partial(rosenbrock_gradient, x), RTOL, clock, partial(move, x)) + absent
        common.show(block)
        rows += block
    x = rosenbrock_point(SMALL)
    contenders, _ = common.collect("w1_small", small, x, only=options.only)
    block = common.run_case("w1", small, contenders, lambda: np.hstack((rosenbrock(x), rosenbrock_gradient(x))), RTOL, clock,
                            partial(move, x))  # fmt: skip
    common.show(block)
    rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w1", rows).relative_to(common.ROOT))

    print()
    bars.show("w1", rows)


if __name__ == "__main__":
    main()
