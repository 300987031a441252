"""Relaxed categories."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.categorical import ByCategories
from jittape.torch.distributions.pathwise import uniform
from jittape.torch.distributions.transformed_distribution import TransformedDistribution
from jittape.torch.distributions.transforms import ExpTransform
from jittape.torch.distributions.utils import broadcast_all, clamp_probs


class ExpRelaxedCategorical(ByCategories):
    """Logarithms of relaxed one-hot vectors (Maddison et al. 2017)."""

    support = constraints.real_vector
    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self.temperature = temperature
        super().__init__(probs, logits, validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.temperature = self.temperature
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        u = clamp_probs(uniform(self._extended_shape(sample_shape), self.logits.dtype))
        scores = (self.logits - (-u.log()).log()) / self.temperature
        return scores - scores.logsumexp(-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        k = self._categorical._num_events
        logits, value = broadcast_all(self.logits, value)
        t = torch.as_tensor(self.temperature, dtype=logits.dtype)
        score = logits - value * t
        score = (score - score.logsumexp(-1, keepdim=True)).sum(-1)
        return score + (t.log() * (k - 1) + torch.lgamma(torch.tensor(float(k), dtype=logits.dtype)))


class RelaxedOneHotCategorical(TransformedDistribution):
    """Parts of a whole that come to one-hot vectors as the temperature falls; samples are differentiable.

    Args:
        temperature: how far samples may be from the limit; positive.
        probs: probabilities of categories along the last dimension, or weights.
        logits: their logarithms, up to a number, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import RelaxedOneHotCategorical
        >>> RelaxedOneHotCategorical(torch.tensor(0.5), torch.tensor([0.5, 0.5])).probs.tolist()
        [0.5, 0.5]
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Any:
        """How far samples may be from one-hot vectors."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The probabilities."""
        return self.base_dist.probs
