"""W4: second derivatives: a dense Hessian, a sparse Hessian, a Hessian-vector product: `python -m bench.w4`."""

from __future__ import annotations

from functools import partial

import numpy as np

from bench import common
from bench.problems import many_hessian, many_points, move, rosenbrock_bands, rosenbrock_point, rosenbrock_product

SPARSE = 10_000
PRODUCT = 100_000
RTOL = 1e-12
"""Largest difference allowed, relative to the largest entry of the answer by hand."""
DENSE_CASE, SPARSE_CASE, PRODUCT_CASE = (
    "dense Hessian n=20",
    f"sparse Hessian n={SPARSE}",
    f"Hessian-vector product n={PRODUCT}",
)
BARS = ((DENSE_CASE, "F.hessian", 4), (SPARSE_CASE, "F.sparse_hessian", 90), (PRODUCT_CASE, "F.hvp", 600))
SET_UP = 0.1
"""Seconds that a sparse Hessian may take after recording: pattern, colours, first evaluation."""


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    point, x, y = many_points(1)[0], rosenbrock_point(SPARSE), rosenbrock_point(PRODUCT)
    v = np.cos(np.arange(PRODUCT))
    rows: list[common.Row] = []
    for workload, case, args, expected, moved in (
        ("w4_dense", DENSE_CASE, (point,), partial(many_hessian, point), point),
        ("w4_sparse", SPARSE_CASE, (x,), partial(rosenbrock_bands, x), x),
        ("w4_hvp", PRODUCT_CASE, (y, v), partial(rosenbrock_product, y, v), y),
    ):
        contenders, absent = common.collect(
            workload, case, *args, only=options.only, engines=common.ENGINES + common.HESSIANS
        )
        block = common.run_case("w4", case, contenders, expected, RTOL, clock, partial(move, moved)) + absent
        common.show(block)
        rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w4", rows).relative_to(common.ROOT))

    print()
    for case, method, limit in BARS:
        # with out= where the method has that option
        mine = [r for r in rows if r.case == case and method in r.engine and r.median_us]
        given = [r for r in mine if r.engine.endswith("out=")]
        for r in given or mine:
            common.bar(f"W4 {case}, {r.engine.removeprefix('jittape ')}", r.median_us, limit, "us")
            if case == SPARSE_CASE:
                common.bar("     its set-up after recording", float(r.note.split()[0]), SET_UP, "s")
        best = min((r for r in rows if r.case == case and r.median_us and not r.engine.startswith(("jittape", "by hand"))),
                   key=lambda r: r.median_us, default=None)  # fmt: skip
        if best and (given or mine):
            us = min(r.median_us for r in given or mine)
            print(f"     beside the best other ({best.engine}): {best.median_us / us:.2f} times as fast", flush=True)


if __name__ == "__main__":
    main()
