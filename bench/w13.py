"""W13: likelihood of a Kalman filter, 2 and 4 states, 500 steps, np.linalg.solve in the loop: `python -m bench.w13`."""

from __future__ import annotations

from bench import models
from bench.problems_filters import filters

if __name__ == "__main__":
    models.main("w13", __doc__, lambda: ((p, "gradient") for p in filters()))
