"""How many examples Hypothesis draws, and which: the same ones at every run, or new ones in a wide search.

The suite draws the same examples every time, so that a red is a fault of the change and not of a draw. The search for new
faults is a command of its own, `JITTAPE_DRAWS=wide pytest ...`: thirty times as many examples of every property, drawn anew.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

WIDE = os.environ.get("JITTAPE_DRAWS", "") == "wide"
FACTOR = 30 if WIDE else 1

# Kernels are compiled when they are first used, so the first example of a property can take seconds.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("fixed", max_examples=30, derandomize=True, database=None, **_COMMON)
settings.register_profile("wide", max_examples=30 * FACTOR, print_blob=True, **_COMMON)
settings.load_profile("wide" if WIDE else "fixed")


def examples(n: int) -> settings:
    """Settings of a property that is drawn `n` times, or thirty times as often in a wide search."""
    return settings(max_examples=n * FACTOR)
