"""W18: gradients through Fourier transforms and complex matrices, the functions of examples 40 to 43: `python -m bench.w18`."""

from __future__ import annotations

from bench import bars, common
from bench.waves import WAVES

RTOL = 1e-10
"""Largest difference allowed, relative to the largest entry of JAX's gradient, or of the first contender's where it is not installed."""
BAR = 1.5
"""Times of JAX's fastest in the same run."""


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.15 if options.quick else 1.5)
    rows: list[common.Row] = []
    for case, make in WAVES.items():
        wave = make()
        found, absent = common.collect("w18", case, wave, only=options.only, engines=("jittape", "jax"))
        reference = next((c for name, _, c in found if name == "jax"), found[0][2])
        known = reference.answer(reference.make()())
        block = common.run_case("w18", case, found, lambda known=known: known, RTOL, clock) + absent  # type: ignore[misc]
        common.show(block)
        rows += block
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w18", rows).relative_to(common.ROOT))
    print()
    bars.show("w18", rows)


if __name__ == "__main__":
    main()
