"""`scipy.spatial`, of which `distance` is recorded; every other name is SciPy's own."""

from __future__ import annotations

import importlib
from typing import Any

from jittape.scipy.declare import falling_through

_others, __dir__ = falling_through("scipy.spatial")


def __getattr__(name: str) -> Any:
    return importlib.import_module("jittape.scipy.spatial.distance") if name == "distance" else _others(name)
