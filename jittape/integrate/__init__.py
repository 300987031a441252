"""What jittape works together with.

`executor` shares batches out, `scipy` and `ipopt` hand exact derivatives to optimisers, and `Lagrangian` is what the latter ask for.
"""

import importlib
import typing

from jittape.integrate import executor
from jittape.integrate.lagrangian import Lagrangian

if typing.TYPE_CHECKING:  # what is loaded when it is asked for
    from jittape.integrate import ipopt, scipy

__all__ = ["Lagrangian", "executor", "ipopt", "scipy"]


if not typing.TYPE_CHECKING:  # a name that does not exist is an error for type checkers

    def __getattr__(name: str) -> typing.Any:
        """`jittape.integrate.scipy`, which imports scipy.optimize, and `jittape.integrate.ipopt`."""
        if name in ("ipopt", "scipy"):
            return importlib.import_module(f"jittape.integrate.{name}")
        raise AttributeError(f"module 'jittape.integrate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
