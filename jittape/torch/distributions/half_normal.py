"""The half-normal distribution."""

from __future__ import annotations

import math
from typing import Any

from jittape.torch.distributions.folded import Folded
from jittape.torch.distributions.normal import Normal
from jittape.torch.distributions.transforms import AbsTransform


class HalfNormal(Folded):
    """Absolute values of normal numbers around zero."""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0.0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        return self.scale.pow(2) * (1 - 2 / math.pi)
