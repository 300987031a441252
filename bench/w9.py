"""W9: logistic regression of 20,000 and 200,000 rows of 20 numbers: `python -m bench.w9`."""

from __future__ import annotations

from typing import Any

from bench import common, matrices

SIZES = (20_000, 200_000)
ONCE = "jittape record"
SETUP = 0.2
"""Seconds of set-up of the Hessian after the function is recorded, at the largest size."""


def bars(rows: Any) -> None:
    matrices.beside("W9", rows, "gradient", SIZES[0], ONCE, "JAX jit", 1.2)
    matrices.at_most("W9", rows, "Hessian", SIZES[0], ONCE, 1500)
    row = rows.get(("Hessian", SIZES[1], ONCE))
    seconds = float(row.note.split()[0]) if row and row.note else None
    common.bar(f"W9, set-up of the Hessian n={SIZES[1]}", seconds, SETUP, "s")


if __name__ == "__main__":
    matrices.run("w9", __doc__, matrices.logistic_problem, SIZES, bars)
