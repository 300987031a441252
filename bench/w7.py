"""W7: a network of 8-32-32-1 with tanh, batches of 256 and 2560, by its 1,377 parameters: `python -m bench.w7`."""

from __future__ import annotations

from typing import Any

from bench import matrices

SIZES = (256, 2560)
ONCE = "jittape record"


def bars(rows: Any) -> None:
    matrices.at_most("W7", rows, "gradient", 256, ONCE, 75)
    matrices.at_most("W7", rows, "product", 256, ONCE, 130)
    for engine in (ONCE, "jittape, recorded anew each call"):
        matrices.at_most("W7", rows, "Hessian", 256, engine, 110_000)


if __name__ == "__main__":
    matrices.run("w7", __doc__, matrices.network_problem, SIZES, bars)
