"""W8: the likelihood of a Gaussian process over 200 and 600 points by three hyperparameters: `python -m bench.w8`."""

from __future__ import annotations

from bench import matrices

SIZES = (200, 600)

if __name__ == "__main__":
    matrices.run("w8", __doc__, matrices.likelihood_problem, SIZES)
