"""The negative binomial distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.nn.functional import logsigmoid
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import ByProbsOrLogits, Distribution
from jittape.torch.distributions.gamma import Gamma
from jittape.torch.distributions.utils import broadcast_all


class NegativeBinomial(ByProbsOrLogits):
    """How often an experiment succeeds before it has failed `total_count` times.

    Args:
        total_count: the number of failures.
        probs: the probability of a success, in [0, 1).
        logits: its log odds, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import NegativeBinomial
        >>> NegativeBinomial(2.0, 0.5).mean.item()
        2.0
    """

    arg_constraints = {"total_count": constraints.greater_than_eq(0), "probs": constraints.half_open_interval(0.0, 1.0), "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        count, given = broadcast_all(total_count, self._one_of(probs, logits))
        self.total_count = count.type_as(given)
        setattr(self, self._given, given)
        Distribution.__init__(self, given.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Any:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Any:
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            rate = Gamma(self.total_count, (-self.logits).exp(), validate_args=False).sample(sample_shape)
            return torch.poisson(torch.where(self.total_count == 0, 0.0, rate))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        n = self.total_count
        choices = (n + value).lgamma() - (1.0 + value).lgamma() - n.lgamma()
        return n * logsigmoid(-self.logits) + value * logsigmoid(self.logits) + choices.masked_fill(n + value == 0.0, 0.0)
