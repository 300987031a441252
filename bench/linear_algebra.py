"""Functions of a matrix, n x n for n = 4, 20, 200: gradients and products with the Hessian: `python -m bench.linear_algebra`."""

from __future__ import annotations

from functools import partial

from bench import common
from bench.problems import MATRICES, matrix_point, matrix_product, turn

SIZES = (4, 20, 200)
RTOL = {"gradient": 1e-8, "product": 1e-5}
"""Largest difference allowed, relative to the largest entry; products are held against differences of gradients."""


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    rows: list[common.Row] = []
    for n in SIZES:
        for name, (_, gradient) in MATRICES.items():
            a, v = matrix_point(n)
            answers = {"gradient": lambda: gradient(a), "product": lambda: matrix_product(gradient, a, v)}  # noqa: B023
            for what, answer in answers.items():
                case = f"{name} {what} n={n}"
                contenders, absent = common.collect("linear_algebra", case, name, what, a, v, only=options.only)
                block = common.run_case("linear_algebra", case, contenders, answer, RTOL[what], clock, partial(turn, a)) + absent
                common.show(block)
                rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("linear_algebra", rows).relative_to(common.ROOT))


if __name__ == "__main__":
    main()
