"""Mixtures of distributions of one family."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.categorical import Categorical
from jittape.torch.distributions.distribution import Distribution


class MixtureSameFamily(Distribution):
    """A mixture: the last dimension of the component distribution's batch are the components, which a Categorical chooses.

    Args:
        mixture_distribution: a Categorical of the components.
        component_distribution: a distribution, with one component more in the batch's last dimension.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        ValueError: these are no Categorical and no distribution, or do not fit.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import Categorical, MixtureSameFamily, Normal
        >>> mixture = MixtureSameFamily(Categorical(torch.ones(2)), Normal(torch.tensor([-1.0, 1.0]), torch.ones(2)))
        >>> mixture.mean
        tensor(0.)
    """

    arg_constraints: dict[str, Any] = {}

    def __init__(self, mixture_distribution: Any, component_distribution: Any, validate_args: bool | None = None) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(" The Mixture distribution needs to be an  instance of torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("The Component distribution needs to be an instance of torch.distributions.Distribution")
        batch = component_distribution.batch_shape[:-1]
        for mine, theirs in zip(reversed(mixture_distribution.batch_shape), reversed(batch), strict=False):
            if 1 not in (mine, theirs) and mine != theirs:
                raise ValueError(
                    f"`mixture_distribution.batch_shape` ({mixture_distribution.batch_shape}) is not compatible with "
                    f"`component_distribution.batch_shape` ({component_distribution.batch_shape})"
                )
        chosen, there = mixture_distribution.logits.shape[-1], component_distribution.batch_shape[-1]
        if chosen != there:
            raise ValueError(f"`mixture_distribution component` ({chosen}) does not equal `component_distribution.batch_shape[-1]` ({there})")
        self._mixture_distribution, self._component_distribution = mixture_distribution, component_distribution
        super().__init__(batch, component_distribution.event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._component_distribution = self._component_distribution.expand((*batch_shape, self._component_distribution.batch_shape[-1]))
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        return new

    @property
    def mixture_distribution(self) -> Any:
        """The Categorical of the components."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """The distribution of the components."""
        return self._component_distribution

    @constraints.dependent_property
    def support(self) -> Any:  # type: ignore[override]
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def _at(self) -> int:
        """The dimension of the components."""
        return -1 - len(self._event_shape)

    def _padded(self, x: Any) -> Any:
        """A value, beside the components."""
        return x.unsqueeze(self._at)

    def _weights(self) -> Any:
        """The probabilities of the components, beside events."""
        probs = self._mixture_distribution.probs
        return probs.reshape((*probs.shape, *(1,) * len(self._event_shape)))

    @property
    def mean(self) -> Any:
        return (self._weights() * self._component_distribution.mean).sum(self._at)

    @property
    def variance(self) -> Any:
        means, weights = self._component_distribution.mean, self._weights()
        apart = means - self._padded(self.mean)
        return (weights * (self._component_distribution.variance + apart.pow(2))).sum(self._at)

    def log_prob(self, x: Any) -> Any:
        self._validate_sample(x)
        found = self._component_distribution.log_prob(self._padded(x))
        return (found + torch.log_softmax(self._mixture_distribution.logits, -1)).logsumexp(-1)

    def cdf(self, x: Any) -> Any:
        return (self._component_distribution.cdf(self._padded(x)) * self._mixture_distribution.probs).sum(-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            samples = self._component_distribution.sample(sample_shape)
            chosen = self._mixture_distribution.sample(sample_shape)
            whole = samples.shape[: samples.dim() + self._at]
            chosen = chosen.expand(whole).reshape((*whole, 1, *(1,) * len(self._event_shape)))
            return samples.gather(self._at, chosen.expand((*whole, 1, *self._event_shape))).squeeze(self._at)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
