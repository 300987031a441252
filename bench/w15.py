"""W15: whole arrays: 100 bodies, an LSTM, a convolution, a recursive filter, sums over 1000000: `python -m bench.w15`."""

from __future__ import annotations

from bench import models
from bench.problems_arrays import jobs

if __name__ == "__main__":
    models.main("w15", __doc__, jobs)
