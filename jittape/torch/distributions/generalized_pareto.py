"""The generalised Pareto distribution."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import Distribution


class GeneralizedPareto(Distribution):
    """Numbers above `loc`, of width `scale`, with a tail that `concentration` says.

    Args:
        loc: the least number.
        scale: its width; positive.
        concentration: the shape: a heavy tail where positive, a bounded one where negative.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import GeneralizedPareto
        >>> d = GeneralizedPareto(0.0, 1.0, 0.0)
        >>> d.log_survival_function(torch.tensor(1.0)).item()
        -1.0
        >>> round(d.log_cdf(torch.tensor(1.0)).item(), 4)
        -0.4587
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True
    loc: Any
    scale: Any
    concentration: Any

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self._hold(validate_args, loc=loc, scale=scale, concentration=concentration)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        upper = torch.where(self.concentration < 0, self.loc - self.scale / self.concentration, math.inf)
        return constraints.interval(self.loc, upper)

    def _split(self) -> tuple[Any, Any]:
        """(whether the concentration is as good as zero, the same with 1 where it is)."""
        zero = self.concentration.detach().abs() <= 1e-8
        return zero, torch.where(zero, 1.0, self.concentration)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        z = (value - self.loc) / self.scale
        zero, c = self._split()
        return -self.scale.log() - torch.where(zero, z, (1 / c + 1) * (c * z).log1p())

    def log_survival_function(self, value: Any) -> Any:
        """log of the probability of more than a value."""
        self._validate_sample(value)
        z = (value - self.loc) / self.scale
        zero, c = self._split()
        return torch.where(zero, -z, -(c * z).log1p() / c)

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of `cdf`.

        Args:
            value: a tensor whose shape broadcasts with batch_shape.
        """
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Any) -> Any:
        return self.log_cdf(value).exp()

    def icdf(self, value: Any) -> Any:
        zero, c = self._split()
        log = (-value).log1p()
        return torch.where(zero, self.loc - self.scale * log, self.loc + self.scale / c * (-c * log).expm1())

    @property
    def mean(self) -> Any:
        return torch.where(self.concentration < 1, self.loc + self.scale / (1 - self.concentration), math.nan)

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        c = self.concentration
        return torch.where(c < 0.5, self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)), math.nan)

    def entropy(self) -> Any:
        return self.scale.log() + self.concentration + 1
