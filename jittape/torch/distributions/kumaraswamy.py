"""The Kumaraswamy distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.gumbel import _Inside
from jittape.torch.distributions.transformed_distribution import TransformedDistribution
from jittape.torch.distributions.transforms import AffineTransform, PowerTransform
from jittape.torch.distributions.utils import broadcast_all, euler_constant


def _moment(a: Any, b: Any, n: int) -> Any:
    """E[x ** n] = b B(1 + n / a, b)."""
    at = 1 + n / a
    return (b.log() + at.lgamma() + b.lgamma() - (at + b).lgamma()).exp()


class Kumaraswamy(TransformedDistribution):
    """Numbers of (0, 1) with distribution function 1 - (1 - x ** a) ** b, a and b the concentrations 1 and 0.

    Args:
        concentration1: a; positive.
        concentration0: b; positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import Kumaraswamy
        >>> Kumaraswamy(1.0, 1.0).mean.item()
        0.5
    """

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        base = _Inside(self.concentration0.detach() * 0, self.concentration0.detach() * 0 + 1, validate_args=validate_args)
        made = [PowerTransform(self.concentration0.reciprocal()), AffineTransform(1.0, -1.0), PowerTransform(self.concentration1.reciprocal())]
        super().__init__(base, made, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return _moment(self.concentration1, self.concentration0, 1)

    @property
    def mode(self) -> Any:
        a, b = self.concentration1, self.concentration0
        return torch.where((a < 1) | (b < 1), float("nan"), ((a - 1) / (a * b - 1)) ** a.reciprocal())

    @property
    def variance(self) -> Any:
        return _moment(self.concentration1, self.concentration0, 2) - self.mean.pow(2)

    def entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        harmonic = (b + 1).digamma() + euler_constant
        return (1 - b.reciprocal()) + (1 - a.reciprocal()) * harmonic - a.log() - b.log()
