"""The geometric distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.nn.functional import binary_cross_entropy_with_logits
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import ByProbsOrLogits
from jittape.torch.distributions.pathwise import uniform
from jittape.torch.distributions.utils import broadcast_all


class Geometric(ByProbsOrLogits):
    """How often an experiment fails before it succeeds.

    Args:
        probs: the probability of a success, in (0, 1].
        logits: its log odds, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        ValueError: a probability is zero.

    Example:
        >>> from jittape.torch.distributions import Geometric
        >>> Geometric(0.25).mean.item()
        3.0
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._hold_one(probs, logits, validate_args)
        if self._validate_args and self._given == "probs" and not (self.probs > 0).all():
            wrong = self.probs.detach()[~(self.probs > 0)]
            raise ValueError(
                f"Expected parameter probs ({type(self.probs).__name__} of shape {tuple(self.probs.shape)}) of distribution {self!r} to be "
                f"positive but found invalid values:\n{wrong}"
            )

    @property
    def mean(self) -> Any:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Any:
        return torch.zeros_like(self.probs)

    @property
    def variance(self) -> Any:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            return (uniform(self._extended_shape(sample_shape), self.probs.dtype).log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        return torch.special.xlog1py(value.to(probs.dtype), -probs) + probs.log()

    def entropy(self) -> Any:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs
