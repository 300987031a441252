"""What jittape works together with: executors that share batches out (`executor`), and SciPy's optimisers (`scipy`)."""

import importlib
from typing import Any

from jittape.integrate import executor

__all__ = ["executor"]


def __getattr__(name: str) -> Any:
    """`jittape.integrate.scipy`, which imports scipy.optimize."""
    if name == "scipy":
        return importlib.import_module("jittape.integrate.scipy")
    raise AttributeError(f"module 'jittape.integrate' has no attribute {name!r}")
