"""Images, and windows that go over them: how their lengths are said."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.eager.creation import as_tensor
from jittape.eager.tensor import Tensor
from jittape.errors import ShapeError

Sizes = tuple[int, ...]


def sizes(name: str, x: Any, n: int) -> Sizes:
    """An option that is a number for all axes, or one each."""
    if isinstance(x, (int, np.integer)):
        return (int(x),) * n
    given = tuple(x) if hasattr(x, "__iter__") else (x,)
    if not all(hasattr(type(v), "__index__") for v in given):
        raise TypeError(f"argument '{name}' must be an int or {n} ints, not {x!r}")
    found = tuple(int(v) for v in given)
    if len(found) == 1:
        return found * n
    if len(found) != n:
        raise ShapeError(f"{name} is a number or {n} of them, not {tuple(x)}")
    return found


def check_windows(kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes) -> None:
    """Refuse windows that go nowhere, or backwards: native loops go by these numbers."""
    if min(stride, default=1) < 1:
        raise RuntimeError(f"non-positive stride is not supported: {stride}")
    if min(padding, default=0) < 0:
        raise RuntimeError(f"negative padding is not supported: {padding}")
    if min(dilation, default=1) < 1:
        raise RuntimeError(f"dilation should be greater than zero, not {dilation}")
    if min(kernel, default=1) < 1:
        raise RuntimeError(f"kernel size should be greater than zero, not {kernel}")


def images(name: str, x: Any, n: int) -> tuple[Tensor, bool]:
    """An image (N, C, *S), and whether it was given without N."""
    x = as_tensor(x)
    if x.dim() not in (n + 1, n + 2):
        raise ShapeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: {list(x.shape)}")
    return (x, False) if x.dim() == n + 2 else (x.unsqueeze(0), True)
