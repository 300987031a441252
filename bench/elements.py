"""Nanoseconds an element of single functions, value and gradient, in vectors and by libm, beside NumPy: `python -m bench.elements`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bench import common

LENGTHS = (1000, 100_000)
MATHS = ("fast", "precise")
COLUMNS = ("function", "n", "numpy", *(f"{what}_{math}" for what in ("value", "gradient") for math in MATHS), "equal")
RTOL = 1e-13
"""Of fast and precise gradients, relative to the largest entry."""
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "log1p": np.log1p, "expm1": np.expm1, "arctan": np.arctan,
    "sqrt": np.sqrt, "x*x": lambda x: x * x, "1/x": lambda x: 1.0 / x, "x**3": lambda x: x**3, "x**-2": lambda x: x**-2, "x**1.5": lambda x: x**1.5,
    "logistic": lambda x: 1.0 / (1.0 + np.exp(-x)), "softplus": lambda x: np.logaddexp(0.0, x),
}  # fmt: skip


def calls(f: Callable[[Any], Any], x: Any) -> tuple[dict[str, Callable[[], Any]], str]:
    """What is measured of one function, by name, and whether the gradients agree."""
    import jittape as jt

    found: dict[str, Callable[[], Any]] = {"numpy": lambda: np.sum(f(x))}
    gradients = []
    for math in MATHS:
        F, out = jt.record(lambda x: np.sum(f(x)), x, math=math), np.empty_like(x)
        gradients.append(F.grad(x).copy())
        found[f"value_{math}"], found[f"gradient_{math}"] = partial(F, x), partial(F.grad, x, out=out)
    return found, common.close(gradients[0], gradients[1], RTOL)


def main() -> None:
    options = common.arguments(__doc__)
    clock = common.Clock(budget_s=0.05, rounds=2) if options.quick else common.Clock(budget_s=0.3)
    rows = []
    for name, f in FUNCTIONS.items():
        if options.only not in name:
            continue
        for n in LENGTHS:
            found, equal = calls(f, np.random.default_rng(4).uniform(0.1, 2.5, n))
            samples = common.measure(found, clock)
            ns = {what: 1e9 * float(np.median(common.undisturbed(s)[0])) / n for what, s in samples.items()}
            rows.append([name, n, *(f"{ns[what]:.3g}" for what in COLUMNS[2:-1]), equal])
            common.progress(f"elements {name}, n = {n}")
    print(f"\nns an element, the sum included\n{'':<10} {'n':>7} {'NumPy':>7} {'value':>7} {'libm':>7} {'gradient':>9} {'libm':>7}")
    for row in rows:
        print(f"{row[0]:<10} {row[1]:>7} {row[2]:>7} {row[3]:>7} {row[4]:>7} {row[5]:>9} {row[6]:>7}  {row[7]}")
    if not options.no_write and not options.only:
        print("\nwritten to", common.write_table("elements", COLUMNS, rows).relative_to(common.ROOT))


if __name__ == "__main__":
    main()
