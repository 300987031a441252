"""W16: dense Jacobians through products with a matrix, n x n for n = 50, 500: `python -m bench.w16`."""

from __future__ import annotations

from functools import partial

from bench import bars, common
from bench.problems import DENSE, dense_point, move

SIZES = (50, 500)
RTOL = 1e-12
"""Largest difference allowed, relative to the largest entry of the Jacobian by hand."""


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    rows: list[common.Row] = []
    for n in SIZES:
        for name, (_, jacobian) in DENSE.items():
            A, x = dense_point(n)
            case = f"{name} n={n}"
            contenders, absent = common.collect("w16", case, name, A, x, only=options.only)
            block = common.run_case("w16", case, contenders, partial(jacobian, A, x), RTOL, clock, partial(move, x)) + absent
            common.show(block)
            rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w16", rows).relative_to(common.ROOT))

    print()
    bars.show("w16", rows)


if __name__ == "__main__":
    main()
