"""W10: gradient of ADBench's Gaussian mixture, d = 10, K = 25, n = 1000, 10000: `python -m bench.w10`."""

from __future__ import annotations

from bench import models
from bench.problems_mixture import problems

if __name__ == "__main__":
    models.main("w10", __doc__, lambda: ((p, "gradient") for p in problems()))
