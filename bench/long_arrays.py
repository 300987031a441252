"""Gradients of long arrays, recorded anew at each call and once, n = 100000, 1000000: `python -m bench.long_arrays`."""

from __future__ import annotations

from functools import partial

from bench import common
from bench.problems import LARGE, move, rosenbrock_point

SIZES = (100_000, 1_000_000)
RTOL = 1e-12
"""Largest difference allowed, relative to the largest entry of the gradient by hand."""
ANEW, ONCE = "jittape grad, recorded anew each call", "jittape record"
BARS = ((ANEW, "autograd", 1.2), (ONCE, "JAX jit", 1.5))
"""How many times as long as a peer each may take, at the largest size."""


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
    for name in LARGE:
        of = {r.engine: r.median_us for r in rows if r.case == f"{name} n={SIZES[-1]}" and r.median_us}
        for mine, peer, limit in BARS:
            if mine in of and peer in of:
                common.bar(f"Long arrays, {name}, {mine.removeprefix('jittape ')}, beside {peer}", of[mine] / of[peer], limit, "times")


if __name__ == "__main__":
    main()
