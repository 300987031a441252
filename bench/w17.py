"""W17: training steps in float32 beside PyTorch, eager and recorded: `python -m bench.w17`, with `--memory` for 5,000 steps of each."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

from bench import bars, common, training

RTOL = 2e-4
"""Largest relative difference of the loss after ten steps from PyTorch's in float32."""


def products() -> Any:
    """The five matrix products of a step of 784-512-10 with a batch of 128, one after the other."""
    draw = np.random.default_rng(0).standard_normal
    x, h, z = (draw(shape).astype(np.float32) for shape in ((128, 784), (128, 512), (128, 10)))
    v, w = (draw(shape).astype(np.float32) for shape in ((512, 784), (10, 512)))

    def call() -> Any:
        return x @ v.T, h @ w.T, z.T @ h, z @ w, h.T @ x

    return call


def main() -> None:
    if "--memory" in sys.argv:
        return watch()
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.4 if options.quick else 2.0)
    rows: list[common.Row] = []
    for case in training.CASES:
        found, absent = common.collect("w17", case, case, only=options.only, engines=("jittape", "torch"))
        reference = next((c for name, _, c in found if name == "torch"), found[0][2])

        def expected(reference: common.Contender = reference) -> Any:
            step = reference.make()
            return reference.answer([step() for _ in range(training.STEPS)][-1])

        block = common.run_case("w17", case, found, expected, RTOL, clock) + absent
        common.show(block)
        rows += block
    case = "784-512-10, batch 128, SGD"
    call = products()
    samples = common.measure({"five products": call}, clock)["five products"]
    five = 1e6 * float(np.median(common.undisturbed(samples)[0]))
    rows.append(common.Row("w17", case, "the five matrix products alone, NumPy", np.__version__, None, five, None, "", "no step"))
    if not options.no_write and not options.only:
        print("\nwritten to", common.write("w17", rows).relative_to(common.ROOT))
    print()
    bars.show("w17", rows)


def watch() -> None:
    """Growth of memory over the second half of 5,000 steps of each case, eager and recorded."""
    parser = argparse.ArgumentParser(description=watch.__doc__)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--steps", type=int, default=training.LONG)
    steps = parser.parse_args().steps
    module, why = common.engine("jittape")
    if module is None:
        print(why)
        return
    table = []
    for case in training.CASES:
        for c in module.w17(case):
            grown = training.growth(c.make(), steps)
            table.append([case, c.name, steps, f"{grown / 2**20:.1f}"])
            print(*table[-1], "MB", flush=True)
    print("written to", common.write_table("w17_memory", ("case", "engine", "steps", "growth_MB"), table).relative_to(common.ROOT))


if __name__ == "__main__":
    main()
