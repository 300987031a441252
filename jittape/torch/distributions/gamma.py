"""The gamma distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.pathwise import standard_gamma


class Gamma(Distribution):
    """Positive numbers of a shape `concentration` and a `rate`; samples are differentiable by both.

    Args:
        concentration: the shape; positive.
        rate: the rate; positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import Gamma
        >>> Gamma(3.0, 2.0).mean
        tensor(1.5000)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    concentration: Any
    rate: Any

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self._hold(validate_args, concentration=concentration, rate=rate)

    @property
    def mean(self) -> Any:
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Any:
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Any:
        value = standard_gamma(self.concentration.expand(self._extended_shape(sample_shape))) / self.rate
        tiny = float(torch.finfo(value.dtype).tiny)
        return torch.where(value.detach() < tiny, value.detach() * 0 + tiny + (value - value.detach()), value)

    def log_prob(self, value: Any) -> Any:
        value = torch.as_tensor(value, dtype=self.rate.dtype)
        self._validate_sample(value)
        a = self.concentration
        return a.xlogy(self.rate) + (a - 1).xlogy(value) - self.rate * value - a.lgamma()

    def cdf(self, value: Any) -> Any:
        self._validate_sample(value)
        return torch.special.gammainc(self.concentration, self.rate * value)

    def entropy(self) -> Any:
        a = self.concentration
        return a - self.rate.log() + a.lgamma() + (1 - a) * a.digamma()
