"""Categories as vectors of zeros and a one."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.categorical import ByCategories


class OneHotCategorical(ByCategories):
    """As Categorical; values are vectors with a one at the category.

    Args:
        probs: probabilities of categories along the last dimension, or weights.
        logits: their logarithms, up to a number, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import OneHotCategorical
        >>> OneHotCategorical(torch.tensor([0.0, 1.0])).sample().tolist()
        [0.0, 1.0]
    """

    support = constraints.one_hot
    has_enumerate_support = True

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        return self._vectors(self.probs.argmax(-1))

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def _vectors(self, categories: Any) -> Any:
        return torch.nn.functional.one_hot(categories, self._event_shape[0]).to(self._param.dtype)

    def sample(self, sample_shape: Any = ()) -> Any:
        return self._vectors(self._categorical.sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Any:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Any:
        n = self._event_shape[0]
        values = torch.eye(n, dtype=self._param.dtype).reshape((n, *(1,) * len(self._batch_shape), n))
        return values.expand((n, *self._batch_shape, n)) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """Samples whose derivative is that of the probabilities (Bengio et al. 2013).

    Args:
        probs: probabilities of categories along the last dimension, or weights.
        logits: their logarithms, up to a number, in place of `probs`.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import OneHotCategoricalStraightThrough
        >>> OneHotCategoricalStraightThrough(torch.tensor([0.0, 1.0])).rsample().tolist()
        [0.0, 1.0]
    """

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.sample(sample_shape) + (self.probs - self.probs.detach())
