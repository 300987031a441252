"""The multinomial distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.binomial import Binomial
from jittape.torch.distributions.categorical import Categorical
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.pathwise import drawn


class Multinomial(Distribution):
    """How often each category is found among `total_count`."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs, logits)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._categorical = self._categorical.expand(batch_shape)
        return new

    @property
    def probs(self) -> Any:
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        return self._categorical.logits

    @property
    def param_shape(self) -> Any:
        return self._categorical.param_shape

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
        return drawn("multinomial", batch, self._categorical._param.dtype, self.total_count, probs / probs.sum(-1, keepdim=True))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        logits = torch.where((value == 0) & (self.logits == -float("inf")), 0.0, self.logits)
        return (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1) + (logits * value).sum(-1)

    def entropy(self) -> Any:
        n = torch.tensor(float(self.total_count), dtype=self._categorical._param.dtype)
        binomial = Binomial(self.total_count, probs=self.probs, validate_args=False)
        support = binomial.enumerate_support(expand=False)[1:]
        weight = binomial.log_prob(support).exp()
        return self.total_count * self._categorical.entropy() - (n + 1).lgamma() + (weight * (support + 1).lgamma()).sum((0, -1))
