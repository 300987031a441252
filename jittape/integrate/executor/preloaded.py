"""What the server of worker processes does once, before it forks them, so that none of them need: imports, and loading of native code."""

from __future__ import annotations

import contextlib

import numpy as np

from jittape.integrate.executor import worker
from jittape.replay.record import record


def ready() -> None:
    """Sweep a batch, which brings into memory what any batch needs. No thread is started: forks would not have it."""
    function = record(lambda w, x: w * x, 1.0, 1.0)
    job = worker.Job("gradient", True, True, "fast", 1, ((),), (False,))
    worker.compute(function, job, np.ones((2, 1)), worker.Shared([], np.ones(1)), True)


with contextlib.suppress(Exception):  # a worker will say what is wrong
    ready()
