"""What jittape works together with.

`executor` shares batches out, `scipy` and `ipopt` hand exact derivatives to optimisers, and `Lagrangian` is what the latter ask for.
"""

import importlib
from typing import Any

from jittape.integrate import executor
from jittape.integrate.lagrangian import Lagrangian

__all__ = ["Lagrangian", "executor"]


def __getattr__(name: str) -> Any:
    """`jittape.integrate.scipy`, which imports scipy.optimize, and `jittape.integrate.ipopt`."""
    if name in ("ipopt", "scipy"):
        return importlib.import_module(f"jittape.integrate.{name}")
    raise AttributeError(f"module 'jittape.integrate' has no attribute {name!r}")
