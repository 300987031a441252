"""Filling parameters with first values, in place."""

from __future__ import annotations

from typing import Any

from jittape.autograd import no_grad
from jittape.eager.tensor import Tensor

__all__ = ["constant_", "normal_", "ones_", "uniform_", "zeros_"]


def __dir__() -> list[str]:
    return list(__all__)


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Tensor:
    """Uniform numbers in [a, b)."""
    with no_grad():
        return tensor.uniform_(a, b)  # type: ignore[no-any-return]


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
    with no_grad():
        return tensor.normal_(mean, std)  # type: ignore[no-any-return]


def constant_(tensor: Tensor, value: Any) -> Tensor:
    with no_grad():
        return tensor.fill_(value)  # type: ignore[no-any-return]


def zeros_(tensor: Tensor) -> Tensor:
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    return constant_(tensor, 1.0)
