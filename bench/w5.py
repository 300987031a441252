"""W5: one training step of a small net (10-20-1, batch 32, Linear, ReLU, Linear, MSE, SGD): `python -m bench.w5`."""

from __future__ import annotations

import numpy as np

from bench import bars, common
from bench.problems import Net

RTOL = {np.float32: 1e-5, np.float64: 1e-12}
"""Largest difference of the parameters after ten steps, relative to the largest one by hand in float64."""


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.2 if options.quick else 2.0)
    rows: list[common.Row] = []
    for sizes, batch in (((10, 20, 1), 32), ((784, 512, 10), 128)):
        for dtype in (np.float32, np.float64):
            net = Net(sizes, batch, dtype)
            case = f"step {'-'.join(map(str, sizes))} {dtype.__name__}"
            contenders, absent = common.collect("w5", case, net, only=options.only)
            for _, _, c in contenders:
                c.calls_to_check = net.steps
            block = common.run_case("w5", case, contenders, net.expected, RTOL[dtype], clock) + absent
            common.show(block)
            rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w5", rows).relative_to(common.ROOT))
    print()
    bars.show("w5", rows)


if __name__ == "__main__":
    main()
