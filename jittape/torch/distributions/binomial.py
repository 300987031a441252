"""The binomial distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import ByProbsOrLogits, Distribution
from jittape.torch.distributions.pathwise import drawn
from jittape.torch.distributions.utils import broadcast_all


class Binomial(ByProbsOrLogits):
    """How many of `total_count` experiments succeed.

    Args:
        total_count: the number of experiments.
        probs: the probability of a success, in [0, 1].
        logits: its log odds, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import Binomial
        >>> Binomial(3, 0.5).mean.item()
        1.5
    """

    arg_constraints = {"total_count": constraints.nonnegative_integer, "probs": constraints.unit_interval, "logits": constraints.real}
    has_enumerate_support = True

    def __init__(self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        count, given = broadcast_all(total_count, self._one_of(probs, logits))
        self.total_count = count.type_as(given)
        setattr(self, self._given, given)
        Distribution.__init__(self, given.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:  # type: ignore[override]
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Any:
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        return torch.minimum(((self.total_count + 1) * self.probs).floor(), self.total_count)

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        return drawn("binomial", self._extended_shape(sample_shape), self._param.dtype, self.total_count.to(torch.int64), self.probs)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        n, logits = self.total_count, self.logits
        choices = (n + 1).lgamma() - (value + 1).lgamma() - (n - value + 1).lgamma()
        return value * logits + choices - n * (logits.clamp(min=0) + (-logits.abs()).exp().log1p())

    def _one_count(self, what: str) -> int:
        count = int(self.total_count.max())
        if self.total_count.min() != count:
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{what}`.")
        return count

    def entropy(self) -> Any:
        self._one_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Any:
        return self._all_values(torch.arange(1 + self._one_count("enumerate_support"), dtype=self._param.dtype), expand)
