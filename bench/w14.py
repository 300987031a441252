"""W14: gradients at 100000 points: Black-Scholes, Heston's paths, a barrier with branches: `python -m bench.w14`."""

from __future__ import annotations

from bench import models
from bench.problems_points import points

if __name__ == "__main__":
    models.main("w14", __doc__, lambda: ((p, "points") for p in points()))
