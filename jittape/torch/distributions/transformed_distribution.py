"""Distributions of transformed samples."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.independent import Independent
from jittape.torch.distributions.transforms import ComposeTransform, Transform
from jittape.torch.distributions.utils import sum_rightmost


class TransformedDistribution(Distribution):
    """The distribution of f(X) for X of a base distribution and f a transform or a list of them.

    Args:
        base_distribution: a distribution.
        transforms: a transform, or a list of these, which are applied in order.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        ValueError: `transforms` are none, or do not fit the distribution.

    Example:
        >>> from jittape.torch.distributions import SigmoidTransform, AffineTransform, TransformedDistribution, Uniform
        >>> logistic = TransformedDistribution(Uniform(0.0, 1.0), [SigmoidTransform().inv, AffineTransform(loc=1.0, scale=2.0)])
        >>> logistic.sample((3,)).shape
        torch.Size([3])
    """

    arg_constraints: dict[str, Any] = {}

    def __init__(self, base_distribution: Any, transforms: Any, validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else transforms
        if not isinstance(self.transforms, list):
            raise ValueError(f"transforms must be a Transform or list, but was {transforms}")
        if not all(isinstance(t, Transform) for t in self.transforms):
            raise ValueError("transforms must be a Transform or a list of Transforms")
        base_shape = torch.Size((*base_distribution.batch_shape, *base_distribution.event_shape))
        base_event_dim = len(base_distribution.event_shape)
        transform = ComposeTransform(self.transforms)
        if len(base_shape) < transform.domain.event_dim:
            raise ValueError(f"base_distribution needs to have shape with size at least {transform.domain.event_dim}, but got {base_shape}.")
        shape = transform.forward_shape(base_shape)
        whole = transform.inverse_shape(shape)
        if tuple(base_shape) != tuple(whole):
            base_distribution = base_distribution.expand(whole[: len(whole) - base_event_dim])
        more = transform.domain.event_dim - base_event_dim
        self.base_dist: Any = Independent(base_distribution, more) if more > 0 else base_distribution
        event_dim = max(transform.codomain.event_dim, base_event_dim + transform.codomain.event_dim - transform.domain.event_dim)
        cut = len(shape) - event_dim
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        shape = (*batch_shape, *self.event_shape)
        for t in reversed(self.transforms):
            shape = t.inverse_shape(shape)
        new.base_dist = self.base_dist.expand(torch.Size(shape[: len(shape) - len(self.base_dist.event_shape)]))
        new.transforms = self.transforms
        return new

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:  # type: ignore[override]
        if not self.transforms:
            return self.base_dist.support
        support = self.transforms[-1].codomain
        more = len(self.event_shape) - support.event_dim
        return constraints.independent(support, more) if more > 0 else support

    @property
    def has_rsample(self) -> Any:  # type: ignore[override]
        """The base distribution's."""
        return self.base_dist.has_rsample

    def _transformed(self, x: Any) -> Any:
        for t in self.transforms:
            x = t(x)
        return x

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            return self._transformed(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self._transformed(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        event_dim, found, y = len(self.event_shape), 0.0, value
        for t in reversed(self.transforms):
            x = t.inv(y)
            event_dim += t.domain.event_dim - t.codomain.event_dim
            found = found - sum_rightmost(t.log_abs_det_jacobian(x, y), event_dim - t.domain.event_dim)
            y = x
        return found + sum_rightmost(self.base_dist.log_prob(y), event_dim - len(self.base_dist.event_shape))

    def _monotonize_cdf(self, value: Any) -> Any:
        """value, or 1 - value where the transforms together fall."""
        sign: Any = 1
        for t in self.transforms:
            sign = sign * t.sign
        return value if isinstance(sign, int) and sign == 1 else sign * (value - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        for t in reversed(self.transforms):
            value = t.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._monotonize_cdf(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        return self._transformed(self.base_dist.icdf(self._monotonize_cdf(value)))
