"""W9: logistic regression of 20,000 and 200,000 rows of 20 numbers: `python -m bench.w9`."""

from __future__ import annotations

from bench import common, matrices

SIZES = (20_000, 200_000)
SETUP = 0.2
"""Seconds of set-up of the Hessian after the function is recorded, at the largest size."""


def main() -> None:
    case = f"Hessian n={SIZES[1]}"
    for row in matrices.run("w9", __doc__, matrices.logistic_problem, SIZES):
        if row.case == case and row.engine == "jittape record":
            common.bar(f"w9 {case}: set-up", float(row.note.split()[0]) if row.note else None, SETUP, "s")


if __name__ == "__main__":
    main()
