"""Which passes are used before and while the loops of a path are found: all that are worth it, or those that the environment names."""

from __future__ import annotations

import os

SWITCHED = "JITTAPE_PASSES"
"""The environment variable that names the passes to be used, with commas between them."""
DEAD, FOLDING, COMMON, SUMS = "dead", "folding", "common", "sums"
DEFAULT = (DEAD, COMMON, SUMS)


def switched_on(name: str) -> bool:
    """Whether a pass is used."""
    given = os.environ.get(SWITCHED)
    return name in (DEFAULT if given is None else given.split(","))
