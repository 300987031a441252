"""Exponential families."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.utils import sum_rightmost


class ExponentialFamily(Distribution):
    """A distribution p(x) = exp(<t(x), theta> - F(theta) + k(x)) of natural parameters theta.

    A subclass says its `_natural_params`, its `_log_normalizer` F and its `_mean_carrier_measure` E[k(x)]; entropy and divergence follow
    from the derivative of F.

    Args:
        batch_shape: of the parameters.
        event_shape: of one sample of one distribution.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import Distribution, ExponentialFamily
        >>> issubclass(ExponentialFamily, Distribution)
        True
    """

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Any:
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> float:
        raise NotImplementedError

    def entropy(self) -> Any:
        """By the Bregman divergence of the log normaliser."""
        with torch.enable_grad():
            parameters = [p.detach().requires_grad_() for p in self._natural_params]
            normalizer = self._log_normalizer(*parameters)
            gradients = torch.autograd.grad(normalizer.sum(), parameters, create_graph=True)
        result = -self._mean_carrier_measure + normalizer
        for p, g in zip(parameters, gradients, strict=True):
            result = result - sum_rightmost(p * g, len(self.event_shape))
        return result


def divergence(p: Any, q: Any) -> Any:
    """KL(p || q) of two distributions of one exponential family.

    Raises:
        NotImplementedError: they are of two.
    """
    if type(p) is not type(q):
        raise NotImplementedError("The cross KL-divergence between different exponential families cannot be computed using Bregman divergences")
    parameters = [x.detach().requires_grad_() for x in p._natural_params]
    normalizer = p._log_normalizer(*parameters)
    gradients = torch.autograd.grad(normalizer.sum(), parameters, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - normalizer
    for mine, other, g in zip(parameters, q._natural_params, gradients, strict=True):
        result = result - sum_rightmost((other - mine) * g, len(q.event_shape))
    return result
