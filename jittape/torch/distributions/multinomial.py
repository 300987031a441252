"""The multinomial distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.binomial import Binomial
from jittape.torch.distributions.categorical import ByCategories
from jittape.torch.distributions.pathwise import drawn


class Multinomial(ByCategories):
    """How often each category is found among `total_count`.

    Args:
        total_count: the number of experiments.
        probs: probabilities of categories along the last dimension, or weights.
        logits: their logarithms, up to a number, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        NotImplementedError: `total_count` is a tensor.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import Multinomial
        >>> Multinomial(4, torch.tensor([0.5, 0.5])).mean.tolist()
        [2.0, 2.0]
    """

    def __init__(self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        super().__init__(probs, logits, validate_args)

    @property
    def mean(self) -> Any:
        return self.probs * self.total_count

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:  # type: ignore[override]
        return constraints.multinomial(self.total_count)

    def sample(self, sample_shape: Any = ()) -> Any:
        probs = self.probs.detach().double()
        batch = self._extended_shape(sample_shape)[:-1]
        return drawn("multinomial", batch, self._param.dtype, self.total_count, probs / probs.sum(-1, keepdim=True))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        logits = torch.where((value == 0) & (self.logits == -float("inf")), 0.0, self.logits)
        return (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1) + (logits * value).sum(-1)

    def entropy(self) -> Any:
        n = torch.tensor(float(self.total_count), dtype=self._param.dtype)
        binomial = Binomial(self.total_count, probs=self.probs, validate_args=False)
        support = binomial.enumerate_support(expand=False)[1:]
        weight = binomial.log_prob(support).exp()
        return self.total_count * self._categorical.entropy() - (n + 1).lgamma() + (weight * (support + 1).lgamma()).sum((0, -1))
