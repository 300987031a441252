"""W11: heat equation with a cubic term, 200 and 2000 cells, 500 steps, gradient by the initial state: `python -m bench.w11`."""

from __future__ import annotations

from bench import models
from bench.problems_dynamics import heat

if __name__ == "__main__":
    models.main("w11", __doc__, lambda: ((p, "gradient") for p in heat()))
