"""Relaxed Bernoulli numbers."""

from __future__ import annotations

from typing import Any

from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import ByProbsOrLogits
from jittape.torch.distributions.pathwise import uniform
from jittape.torch.distributions.transformed_distribution import TransformedDistribution
from jittape.torch.distributions.transforms import SigmoidTransform
from jittape.torch.distributions.utils import broadcast_all, clamp_probs


class LogitRelaxedBernoulli(ByProbsOrLogits):
    """Log odds of relaxed Bernoulli numbers (Maddison et al. 2017)."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self.temperature = temperature
        self._hold_one(probs, logits, validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.temperature = self.temperature
        return new

    def rsample(self, sample_shape: Any = ()) -> Any:
        probs = clamp_probs(self.probs)
        u = uniform(self._extended_shape(sample_shape), probs.dtype)
        return (u.log() - (-u).log1p() + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        d = logits - value * self.temperature
        t = broadcast_all(self.temperature, logits)[0]
        return t.log() + d - 2 * d.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """Numbers of (0, 1) that come to Bernoulli ones as the temperature falls; samples are differentiable.

    Args:
        temperature: how far samples may be from the limit; positive.
        probs: the probability of a one, in [0, 1].
        logits: its log odds, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import RelaxedBernoulli
        >>> RelaxedBernoulli(torch.tensor(0.5), 0.5).temperature.item()
        0.5
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(LogitRelaxedBernoulli(temperature, probs, logits), SigmoidTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Any:
        """How far samples may be from zeros and ones."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """The log odds."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The probability of a one."""
        return self.base_dist.probs
