"""What jittape works together with.

`executor` shares batches out, `batch` minimises many small problems at a time, `scipy` and `ipopt` hand exact derivatives to optimisers, and `Lagrangian` is what the latter ask for. `fits` fits curves and likelihoods, with
statistics. `torch` and `jax` make functions of PyTorch and JAX of recorded ones.
"""

import importlib
import typing

from jittape.integrate import executor
from jittape.integrate.lagrangian import Lagrangian

if typing.TYPE_CHECKING:  # what is loaded when it is asked for
    from jittape.integrate import batch, fits, ipopt, jax, scipy, torch

__all__ = ["Lagrangian", "batch", "executor", "fits", "ipopt", "jax", "scipy", "torch"]


if not typing.TYPE_CHECKING:  # a name that does not exist is an error for type checkers

    def __getattr__(name: str) -> typing.Any:
        """`jittape.integrate.scipy`, which imports scipy.optimize, `jittape.integrate.ipopt`, `.batch`, and `.torch` and `.jax`, which import these."""
        if name in ("batch", "fits", "ipopt", "jax", "scipy", "torch"):
            return importlib.import_module(f"jittape.integrate.{name}")
        from jittape.names import missing  # nobody needs it whose names are right

        raise AttributeError(missing("module 'jittape.integrate'", name, lambda: __all__, {}))


def __dir__() -> list[str]:
    return list(__all__)
