"""PyTorch's functions of tensors: `jittape.sin(x)` is `x.sin()`, and those that take several tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.eager.calls import call
from jittape.eager.creation import as_tensor
from jittape.eager.methods import ALIASES, BINARY, UNARY, Methods, where
from jittape.eager.shapes import Shapes
from jittape.eager.tensor import Tensor
from jittape.errors import RecordingError

NOT_FUNCTIONS = {"to", "type_as", "double", "float", "long", "int", "bool", "cpu", "new_zeros", "new_ones", "contiguous", "where", "repeat",
                 "expand", "expand_as", "reshape_as", "view", "view_as"}  # fmt: skip
"""Methods that PyTorch has as methods only."""


def _function(name: str) -> Callable[..., Any]:
    def function(x: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(x, Array):
            raise RecordingError(f"jittape.{name} is for tensors; in a function that is differentiated, use NumPy's functions (np.{name}, say)")
        return getattr(x if isinstance(x, Tensor) else as_tensor(x), name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`x.{name}(...)` of a tensor."
    return function


FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: _function(name)
    for name in (*UNARY, *BINARY, *vars(Shapes), *vars(Methods), *ALIASES, "detach", "numel")
    if not name.startswith("_") and not name.endswith("_") and name not in NOT_FUNCTIONS
}


def stack(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Join tensors of one shape along a new dimension."""
    return call(np.stack, list(tensors), axis=dim)  # type: ignore[no-any-return]


def cat(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Join tensors along a dimension."""
    return call(np.concatenate, list(tensors), axis=dim)  # type: ignore[no-any-return]


def einsum(equation: str, *operands: Any) -> Tensor:
    """Sums of products by Einstein's convention."""
    return call(np.einsum, equation, *operands)  # type: ignore[no-any-return]


def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    return call(np.tensordot, a, b, dims)  # type: ignore[no-any-return]


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    return bool(np.allclose(as_tensor(a).values(), as_tensor(b).values(), rtol, atol, equal_nan))


def equal(a: Any, b: Any) -> bool:
    """Whether two tensors have the same shape and elements."""
    return bool(np.array_equal(as_tensor(a).values(), as_tensor(b).values()))


def is_tensor(x: Any) -> bool:
    return isinstance(x, Tensor)


FUNCTIONS |= {"stack": stack, "cat": cat, "concat": cat, "concatenate": cat, "einsum": einsum, "tensordot": tensordot,
              "allclose": allclose, "equal": equal, "is_tensor": is_tensor, "where": where}  # fmt: skip
