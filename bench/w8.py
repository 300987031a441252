"""W8: the likelihood of a Gaussian process over 200 and 600 points by three hyperparameters: `python -m bench.w8`."""

from __future__ import annotations

from typing import Any

from bench import matrices

SIZES = (200, 600)


def bars(rows: Any) -> None:
    matrices.beside("W8", rows, "gradient", 200, "jittape record", "JAX jit", 1.1)
    matrices.beside("W8", rows, "Hessian", 200, "jittape record", "JAX jit", 0.8)


if __name__ == "__main__":
    matrices.run("w8", __doc__, matrices.likelihood_problem, SIZES, bars)
