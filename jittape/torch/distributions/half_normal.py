"""The half-normal distribution."""

from __future__ import annotations

import math
from typing import Any

from jittape.torch.distributions.folded import Folded
from jittape.torch.distributions.normal import Normal
from jittape.torch.distributions.transforms import AbsTransform


class HalfNormal(Folded):
    """Absolute values of normal numbers around zero.

    Args:
        scale: the standard deviation of the normal numbers; positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import HalfNormal
        >>> HalfNormal(1.0).mode.item()
        0.0
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0.0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        return self.scale.pow(2) * (1 - 2 / math.pi)
