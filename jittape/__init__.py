"""jittape: exact gradients and Hessians of ordinary Python, NumPy code, at native speed."""

import importlib as _importlib
import sys as _sys
from typing import Any as _Any

from jittape import autograd
from jittape.array.array import stop_gradient
from jittape.autograd import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from jittape.eager import methods as _tensor_methods  # noqa: F401  (gives Tensor its methods)
from jittape.eager.creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    float32,
    float64,
    from_numpy,
    full,
    full_like,
    int32,
    int64,
    linspace,
    manual_seed,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    tensor,
    zeros,
    zeros_like,
)
from jittape.eager.tensor import Size, Tensor
from jittape.functional.drivers import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from jittape.replay.function import Function
from jittape.replay.record import record
from jittape.replay.saving import load
from jittape.tape import methods as _tape_methods  # noqa: F401  (gives Tape its methods)
from jittape.tape.tape import set_memory_limit

__version__ = "0.1.0"

__all__ = [
    "Function", "Size", "Tensor", "arange", "as_tensor", "autograd", "empty", "empty_like", "enable_grad", "eye",
    "float32", "float64", "from_numpy", "full", "full_like", "grad", "hessian", "hvp", "int32", "int64",
    "is_grad_enabled", "jacobian", "jvp", "linspace", "load", "manual_seed", "no_grad", "ones", "ones_like", "primitive",
    "rand", "rand_like", "randint", "randn", "randn_like", "randperm", "record", "set_grad_enabled", "set_memory_limit",
    "stop_gradient", "tensor", "value_and_grad", "vjp", "zeros", "zeros_like",
]  # fmt: skip

# Modules that pickles of version 0.1.0 name, under the names that they had. They are not imported by these, which would set an
# attribute of the package: `jittape.tensor` is the function.
_sys.modules["jittape.saving"] = _sys.modules["jittape.replay.saving"]
_sys.modules["jittape.tensor"] = _sys.modules["jittape.eager.tensor"]
_MOVED = {"differentiate": "jittape.passes.reverse", "explain": "jittape.replay.explain.explain"}
"""Modules that documentation of version 0.1.0 named."""


def __getattr__(name: str) -> _Any:
    """`jittape.integrate`, `jittape.linalg`, `jittape.native`, `jittape.nn`, `.numpy`, `.optim`, `.testing`, PyTorch's functions (`jittape.sin`, `jittape.cat`, ...) and names of dtypes."""
    if name in ("integrate", "linalg", "native", "nn", "numpy", "optim", "testing"):
        return _importlib.import_module(f"jittape.{name}")
    if name in _MOVED:
        return _importlib.import_module(_MOVED[name])
    if name == "primitive":
        return _importlib.import_module("jittape.functions.primitive").primitive
    if name in ("float", "double", "int", "long", "bool"):
        return getattr(_importlib.import_module("jittape.eager.creation"), name)
    functions = _importlib.import_module("jittape.eager.functions").FUNCTIONS
    if name in functions:
        return functions[name]
    raise AttributeError(f"module 'jittape' has no attribute {name!r}")
