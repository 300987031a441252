"""jittape: exact gradients and Hessians of ordinary Python, NumPy code, at native speed."""

import importlib as _importlib
import sys as _sys
import typing as _typing
from contextlib import suppress as _suppress

from jittape import autograd, errors, tree
from jittape.array import replacements as _replacements
from jittape.array.array import stop_gradient
from jittape.autograd import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from jittape.eager import complex_methods as _complex_methods  # noqa: F401  (these give Tensor its methods)
from jittape.eager import inplace as _inplace  # noqa: F401
from jittape.eager import methods as _tensor_methods  # noqa: F401
from jittape.eager import spectra as _spectra  # noqa: F401
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
from jittape.errors import (
    BranchChanged,
    BranchError,
    DerivativeLostError,
    FreedGraphError,
    GradientError,
    JittapeError,
    RecordingError,
    ShapeError,
    TapeLimitError,
    TapeMismatchError,
)
from jittape.functional.drivers import (
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
)
from jittape.instructions.calls import operations as _operations
from jittape.replay.function import Function
from jittape.replay.record import record
from jittape.replay.saving import load
from jittape.tape import methods as _tape_methods  # noqa: F401  (gives Tape its methods)
from jittape.tape.limits import set_memory_limit
from jittape.tape.memory import clear_memory

if _typing.TYPE_CHECKING:  # what is loaded when it is asked for
    from jittape import integrate, linalg, native, nn, numpy, optim, scipy, testing
    from jittape.eager.creation import bool as bool
    from jittape.eager.creation import double, long
    from jittape.eager.creation import float as float
    from jittape.eager.creation import int as int
    from jittape.eager.declared import *
    from jittape.eager.declared import abs as abs
    from jittape.eager.declared import all as all
    from jittape.eager.declared import any as any
    from jittape.eager.declared import max as max
    from jittape.eager.declared import min as min
    from jittape.eager.declared import pow as pow
    from jittape.eager.declared import round as round
    from jittape.eager.declared import sum as sum
    from jittape.functional.custom import custom_jvp, custom_vjp
    from jittape.functional.points import vmap
    from jittape.functional.taylor import derivative_tensors, taylor
    from jittape.functions.primitive import primitive
    from jittape.replay.checkpoint import checkpoint
    from jittape.replay.implicit import implicit
    from jittape.replay.stepped import checkpoint_loop
    from jittape.steps import compile_step
    from jittape.tools.info import show_versions

__version__ = "0.1.0"

__all__ = [
    "BranchChanged", "BranchError", "DerivativeLostError", "FreedGraphError", "Function", "GradientError", "JittapeError",
    "RecordingError", "ShapeError", "Size", "TapeLimitError", "TapeMismatchError", "Tensor", "arange", "as_tensor", "autograd", "checkpoint", "checkpoint_loop", "clear_memory", "compile_step", "custom_jvp", "custom_vjp",
    "derivative_tensors", "double", "elementwise_grad", "empty", "empty_like", "enable_grad", "errors", "eye", "float32", "float64", "from_numpy", "full", "full_like", "grad", "hessian", "hvp", "implicit",
    "int32", "int64", "integrate", "is_grad_enabled", "jacfwd", "jacobian", "jacrev", "jvp", "linalg", "linspace", "load", "long", "manual_seed", "native", "nn",
    "no_grad", "numpy", "ones", "ones_like", "optim", "primitive", "rand", "rand_like", "randint", "randn", "randn_like", "randperm", "record",
    "scipy", "set_grad_enabled", "set_memory_limit", "show_versions", "stop_gradient", "taylor", "tensor", "testing", "tree", "value_and_grad", "vjp", "vmap", "zeros", "zeros_like",
]  # fmt: skip
# Written by `python -m jittape.tools.declare`:
__all__ += [
    "absolute", "acos", "acosh", "add", "allclose", "amax", "amin", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctan2", "arctanh", "argmax", "argmin", "asin", "asinh", "atan", "atan2", "atanh", "bmm", "cat", "ceil", "chunk",
    "clamp", "clip", "clone", "concat", "concatenate", "copysign", "cos", "cosh", "cumprod", "cumsum", "deg2rad",
    "detach", "diag", "diagonal", "digamma", "div", "divide", "dot", "einsum", "eq", "equal", "erf", "erfc", "erfinv",
    "exp", "exp2", "expm1", "fix", "flatten", "flip", "floor", "fmax", "fmin", "fmod", "gather", "ge", "ger", "greater",
    "gt", "hypot", "index_select", "is_floating_point", "is_tensor", "isfinite", "isinf", "isnan", "le", "lerp", "less",
    "lgamma", "log", "log10", "log1p", "log2", "log_softmax", "logaddexp", "logical_not", "logit", "logsumexp", "lt",
    "masked_fill", "matmul", "maximum", "mean", "minimum", "mm", "mul", "multiply", "mv", "ne", "neg", "negative",
    "norm", "numel", "outer", "permute", "positive", "prod", "rad2deg", "reciprocal", "relu", "remainder", "reshape",
    "roll", "rsqrt", "sgn", "sigmoid", "sign", "sin", "sinc", "sinh", "softmax", "softplus", "split", "sqrt", "square",
    "squeeze", "stack", "std", "sub", "subtract", "swapaxes", "t", "tan", "tanh", "tensordot", "trace", "transpose",
    "tril", "triu", "true_divide", "trunc", "unbind", "unsqueeze", "var", "where", "xlogy",
]  # fmt: skip
# End of what it wrote.

# Modules that pickles of version 0.1.0 name, under the names that they had. They are not imported by these, which would set an
# attribute of the package: `jittape.tensor` is the function.
_sys.modules["jittape.saving"] = _sys.modules["jittape.replay.saving"]
_sys.modules["jittape.tensor"] = _sys.modules["jittape.eager.tensor"]
_sys.modules["jittape.differentiate"] = _sys.modules["jittape.passes.reverse"]  # which documentation named


def _load_operations(name: str) -> None:
    """Import the module of jittape.scipy that an operation of a saved recording is named after."""
    if name.startswith("scipy."):
        with _suppress(ModuleNotFoundError):  # a primitive of somebody else's
            _importlib.import_module("jittape." + name.rpartition(".")[0])


_operations.REGISTRARS.append(_load_operations)
_replacements.PROVIDERS.append(lambda name: _importlib.import_module("jittape.scipy").way(name))  # loaded when an error is said

_LATER = {
    "checkpoint": "replay.checkpoint", "checkpoint_loop": "replay.stepped", "compile_step": "steps", "custom_jvp": "functional.custom", "custom_vjp": "functional.custom",
    "derivative_tensors": "functional.taylor", "implicit": "replay.implicit", "primitive": "functions.primitive", "show_versions": "tools.info",
    "taylor": "functional.taylor", "vmap": "functional.points",
}  # fmt: skip
"""Functions that are loaded when they are asked for, and where they are."""

if not _typing.TYPE_CHECKING:  # a name that does not exist is an error for type checkers

    def __getattr__(name: str) -> _typing.Any:
        """`jittape.integrate`, `jittape.linalg`, `jittape.native`, `jittape.nn`, `.numpy`, `.optim`, `.scipy`, `.testing`, PyTorch's functions (`jittape.sin`, `jittape.cat`, ...) and names of dtypes."""
        if name in ("integrate", "linalg", "native", "nn", "numpy", "optim", "scipy", "testing", "torch"):
            return _importlib.import_module(f"jittape.{name}")
        if name in ("differentiate", "explain"):  # names of version 0.1.0
            return _importlib.import_module(f"jittape.{name}")
        if name in _LATER:
            return getattr(_importlib.import_module(f"jittape.{_LATER[name]}"), name)
        if name in ("float", "double", "int", "long", "bool"):
            return getattr(_importlib.import_module("jittape.eager.creation"), name)
        functions = _importlib.import_module("jittape.eager.functions").FUNCTIONS
        if name in functions:
            return functions[name]
        names = _importlib.import_module("jittape.names")
        way = f"recorded functions have it, F = jittape.record(f, x); F.{name}" if not name.startswith("_") and hasattr(Function, name) else ""
        raise AttributeError(names.missing("module 'jittape'", name, lambda: (*__all__, *functions), names.ELSEWHERE, way))

    def __dir__() -> list[str]:
        """What users use: the rooms inside the package are none of it."""
        functions = _importlib.import_module("jittape.eager.functions").FUNCTIONS
        return sorted({*__all__, *functions, "bool", "float", "int", "__version__"})
