"""The logistic normal distribution."""

from __future__ import annotations

from typing import Any

from jittape.torch.distributions import constraints
from jittape.torch.distributions.normal import Normal
from jittape.torch.distributions.transformed_distribution import TransformedDistribution
from jittape.torch.distributions.transforms import StickBreakingTransform


class LogisticNormal(TransformedDistribution):
    """Parts of a whole, by breaking sticks where normal numbers say.

    Args:
        loc: the means of the normal numbers, (…, n); samples have n + 1 parts.
        scale: their standard deviations, positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import LogisticNormal
        >>> LogisticNormal(torch.zeros(2), torch.ones(2)).sample().shape[-1]
        3
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        super().__init__(base if base.batch_shape else base.expand((1,)), StickBreakingTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Any:
        """The means of the normal numbers."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Any:
        """Their standard deviations."""
        return self.base_dist.base_dist.scale
