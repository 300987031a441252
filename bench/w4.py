"""W4: second derivatives: a dense Hessian, a sparse Hessian, a Hessian-vector product: `python -m bench.w4`."""

from __future__ import annotations

from functools import partial

import numpy as np

from bench import bars, common
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
    bars.show("w4", rows)
    for r in rows:
        if r.case == SPARSE_CASE and r.engine.startswith("jittape") and r.median_us:
            common.bar(f"w4 {SPARSE_CASE}: {r.engine.removeprefix('jittape ')}, set-up after recording", float(r.note.split()[0]), SET_UP, "s")


if __name__ == "__main__":
    main()
