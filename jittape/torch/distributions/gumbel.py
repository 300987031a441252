"""The Gumbel distribution."""

from __future__ import annotations

import math
from typing import Any

from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.pathwise import uniform
from jittape.torch.distributions.transformed_distribution import TransformedDistribution
from jittape.torch.distributions.transforms import AffineTransform, ExpTransform
from jittape.torch.distributions.uniform import Uniform
from jittape.torch.distributions.utils import all_numbers, broadcast_all, euler_constant


class Gumbel(TransformedDistribution):
    """Largest numbers of many: loc - scale * log(-log(u)) for uniform u.

    Args:
        loc: the mode.
        scale: its width; positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import Gumbel
        >>> Gumbel(0.0, 1.0).mode.item()
        0.0
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        base: Distribution = _Inside(self.loc.detach() * 0, self.loc.detach() * 0 + 1, validate_args=validate_args)
        if all_numbers(loc, scale):
            base = base.expand(())
        made = [ExpTransform().inv, AffineTransform(0, -1), ExpTransform().inv, AffineTransform(self.loc, -self.scale)]
        super().__init__(base, made, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def stddev(self) -> Any:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Any:
        return self.stddev.pow(2)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    def entropy(self) -> Any:
        return self.scale.log() + (1 + euler_constant)


class _Inside(Uniform):
    """Uniform numbers that are never zero or one."""

    def rsample(self, sample_shape: Any = ()) -> Any:
        return uniform(self._extended_shape(sample_shape), self.low.dtype)
