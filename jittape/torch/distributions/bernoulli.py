"""The Bernoulli distribution."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.nn.functional import binary_cross_entropy_with_logits
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import ByProbsOrLogits
from jittape.torch.distributions.utils import broadcast_all


class Bernoulli(ByProbsOrLogits):
    """Zeros and ones, by the probability of a one or by its log odds.

    Args:
        probs: the probability of a one, in [0, 1].
        logits: its log odds, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import Bernoulli
        >>> Bernoulli(torch.tensor(0.25)).log_prob(torch.tensor(1.0))
        tensor(-1.3863)
        >>> Bernoulli(logits=torch.tensor(0.0)).probs, Bernoulli(torch.tensor(0.5)).logits
        (tensor(0.5000), tensor(0.))
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._hold_one(probs, logits, validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        return torch.where(self.probs == 0.5, math.nan, (self.probs >= 0.5).to(self.probs.dtype))

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            return torch.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value.to(logits.dtype), reduction="none")

    def entropy(self) -> Any:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        return self._all_values(torch.arange(2, dtype=self._param.dtype), expand)
