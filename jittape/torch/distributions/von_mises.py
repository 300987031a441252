"""The von Mises distribution."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.pathwise import drawn


class VonMises(Distribution):
    """Angles around `loc`; mean and variance are the circular ones.

    Args:
        loc: where it is centred.
        concentration: how narrow it is; positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import VonMises
        >>> VonMises(0.0, 1.0).mean.item()
        0.0
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    loc: Any
    concentration: Any

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self._hold(validate_args, loc=loc, concentration=concentration)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        k = self.concentration
        return k * ((value - self.loc).cos() - 1) - math.log(2 * math.pi) - torch.special.i0e(k).log()

    def sample(self, sample_shape: Any = ()) -> Any:
        return drawn("vonmises", self._extended_shape(sample_shape), self.loc.dtype, self.loc, self.concentration)

    @property
    def mean(self) -> Any:
        return self.loc

    mode = mean

    @property
    def variance(self) -> Any:
        return 1 - torch.special.i1e(self.concentration) / torch.special.i0e(self.concentration)
