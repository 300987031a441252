"""The half-Cauchy distribution."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.torch.distributions.cauchy import Cauchy
from jittape.torch.distributions.folded import Folded
from jittape.torch.distributions.transforms import AbsTransform


class HalfCauchy(Folded):
    """Absolute values of Cauchy numbers around zero.

    Args:
        scale: the half width of the Cauchy numbers; positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import HalfCauchy
        >>> HalfCauchy(1.0).mode.item()
        0.0
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0.0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return torch.full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Any:
        return self.base_dist.variance

    def log_prob(self, value: Any) -> Any:
        return super().log_prob(torch.as_tensor(value, dtype=self.scale.dtype))
