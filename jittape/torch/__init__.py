"""PyTorch's namespace: `import jittape.torch as torch` runs scripts that train small and middle-sized networks on a CPU.

Names, defaults (float32), printing and errors are PyTorch's; the engine is that of `jittape`, whose tensors these are. Importing it sets, for
the whole process, how tensors are printed and the dtype that integers take among real numbers (`torch.get_default_dtype()`).
"""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

import numpy as _np

from jittape.autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from jittape.eager.creation import from_numpy
from jittape.eager.defaults import defaults as _defaults
from jittape.eager.drawing import bernoulli, multinomial
from jittape.eager.printing import options as _options
from jittape.eager.tensor import Size
from jittape.errors import page as _page
from jittape.nn.module import Parameter as _Parameter  # noqa: F401  (unpickled by this name)
from jittape.torch.creation import (
    arange,
    as_tensor,
    asarray,
    bartlett_window,
    blackman_window,
    block_diag,
    cartesian_prod,
    empty,
    empty_like,
    empty_strided,
    eye,
    full,
    full_like,
    hamming_window,
    hann_window,
    kaiser_window,
    linspace,
    logspace,
    meshgrid,
    ones,
    ones_like,
    scalar_tensor,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)
from jittape.torch.creation import range_ as range
from jittape.torch.devices import (
    GradScaler,
    accelerator,
    amp,
    autocast,
    backends,
    cuda,
    device,
    get_default_device,
    mps,
    set_default_device,
    version,
    xpu,
)
from jittape.torch.dtypes import (
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
    bfloat16,
    bool,
    cdouble,
    cfloat,
    complex64,
    complex128,
    double,
    dtype,
    finfo,
    float,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    iinfo,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    set_default_dtype,
    set_default_tensor_type,
    short,
    uint8,
)
from jittape.torch.dtypes import TensorFace as Tensor
from jittape.torch.functions import NAMESPACE as _FUNCTIONS
from jittape.torch.random import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    normal,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)
from jittape.torch.serialization import load, save

_defaults.torch = True
_defaults.real = _np.dtype(_np.float32)

set_printoptions = _options.set
inf, nan, pi, e = _np.inf, _np.nan, _np.pi, _np.e
newaxis = None
strided, contiguous_format, preserve_format, channels_last = (f"torch.{_format}" for _format in ("strided", "contiguous_format", "preserve_format", "channels_last"))

ROOMS = ("autograd", "distributions", "fft", "func", "linalg", "nn", "optim", "return_types", "special", "testing", "utils")
"""Sub-packages, which are loaded when they are asked for."""

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Generator", "GradScaler", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor",
    "accelerator", "amp", "arange", "as_tensor", "asarray", "autocast", "backends", "bartlett_window", "bernoulli", "bfloat16", "blackman_window", "block_diag", "bool",
    "cartesian_prod", "cdouble", "cfloat", "channels_last", "complex128", "complex64", "contiguous_format", "cuda", "default_generator", "device", "double", "dtype", "e", "empty", "empty_like",
    "empty_strided", "enable_grad", "eye", "finfo", "float", "float16", "float32", "float64", "from_numpy", "full", "full_like", "get_default_device",
    "get_default_dtype", "get_rng_state", "half", "hamming_window", "hann_window", "iinfo", "inf", "inference_mode", "initial_seed", "int", "int16", "int32", "int64", "int8",
    "is_grad_enabled", "kaiser_window", "linspace", "load", "logspace", "long", "manual_seed", "meshgrid", "mps", "multinomial", "nan", "newaxis", "no_grad", "normal", "ones",
    "ones_like", "pi", "poisson", "preserve_format", "promote_types", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm",
    "range", "save", "scalar_tensor", "seed", "set_default_device", "set_default_dtype", "set_default_tensor_type", "set_grad_enabled",
    "set_printoptions", "set_rng_state", "short", "strided", "tensor", "tril_indices", "triu_indices", "uint8", "version", "xpu", "zeros", "zeros_like",
]  # fmt: skip


def get_num_threads() -> _typing.Any:
    """Threads that one operation uses: one.

    Example:
        >>> import jittape.torch as torch
        >>> torch.get_num_threads()
        1
    """
    return 1


def set_num_threads(n: _typing.Any) -> None:
    """Accepted; one thread computes.

    Args:
        n: does nothing.
    """


def use_deterministic_algorithms(mode: _typing.Any, *, warn_only: _typing.Any = False) -> None:
    """Accepted; there are no others.

    Args:
        mode, warn_only: do nothing.
    """


def set_float32_matmul_precision(precision: _typing.Any) -> None:
    """Accepted; products are computed in full precision.

    Args:
        precision: does nothing.
    """


def get_float32_matmul_precision() -> str:
    """How products of float32 are computed: in full precision.

    Example:
        >>> import jittape.torch as torch
        >>> torch.get_float32_matmul_precision()
        'highest'
    """
    return "highest"


def get_num_interop_threads() -> _typing.Any:
    """Threads between operations: one.

    Example:
        >>> import jittape.torch as torch
        >>> torch.get_num_interop_threads()
        1
    """
    return 1


def set_num_interop_threads(n: _typing.Any) -> None:
    """Accepted; one thread computes.

    Args:
        n: does nothing.
    """


def set_flush_denormal(mode: _typing.Any) -> _typing.Any:
    """Accepted; small numbers are kept, and False says so.

    Args:
        mode: does nothing.
    """
    return False


def are_deterministic_algorithms_enabled() -> _typing.Any:
    """Whether results are the same each time: True, there are no other algorithms.

    Example:
        >>> import jittape.torch as torch
        >>> torch.are_deterministic_algorithms_enabled()
        True
    """
    return True


def is_inference_mode_enabled() -> _typing.Any:
    """Whether nothing is recorded: `inference_mode` is `no_grad` here.

    Example:
        >>> import jittape.torch as torch
        >>> with torch.inference_mode():
        ...     torch.is_inference_mode_enabled()
        True
    """
    return not is_grad_enabled()


SETTINGS = ("compile", "get_num_threads", "set_num_threads", "use_deterministic_algorithms", "set_float32_matmul_precision", "get_float32_matmul_precision",
            "get_num_interop_threads", "set_num_interop_threads", "set_flush_denormal", "are_deterministic_algorithms_enabled", "is_inference_mode_enabled")  # fmt: skip


def __getattr__(name: str) -> _typing.Any:
    if name in ROOMS:
        return _importlib.import_module(f"jittape.torch.{name}")
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    if name == "compile":
        return _importlib.import_module("jittape.torch.compiling").compile
    if name == "vmap":
        return _importlib.import_module("jittape.torch.func").vmap
    if name == "__version__":
        return _importlib.import_module("jittape").__version__
    raise AttributeError(f"jittape.torch has no {name!r}; what differs from PyTorch is listed at {_page('torch')}")


def __dir__() -> list[str]:
    return sorted({*__all__, *ROOMS, *_FUNCTIONS, *SETTINGS})
