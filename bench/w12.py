"""W12: Lotka-Volterra by Runge-Kutta, 1000 and 10000 steps: gradient and Hessian by four parameters: `python -m bench.w12`."""

from __future__ import annotations

from bench import models
from bench.problems_dynamics import populations

if __name__ == "__main__":
    models.main("w12", __doc__, lambda: ((p, wanted) for p in populations() for wanted in ("gradient", "hessian")))
