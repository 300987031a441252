"""Transforms of each number for itself."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.nn import functional as F
from jittape.torch.distributions import constraints
from jittape.torch.distributions.transforms.base import Transform
from jittape.torch.distributions.utils import NUMBERS, broadcast_all, lazy_property, sum_rightmost


class ExpTransform(Transform):
    """y = exp(x).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import ExpTransform
        >>> ExpTransform()(torch.tensor(0.0)).tolist()
        1.0
    """

    domain, codomain, bijective, sign = constraints.real, constraints.positive, True, 1

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x


class PowerTransform(Transform):
    """y = x ** exponent.

    Args:
        exponent: the exponent.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import PowerTransform
        >>> t = PowerTransform(torch.tensor(2.0))
        >>> t(torch.tensor(3.0)).item(), t.sign.item()
        (9.0, 1.0)
    """

    domain, codomain, bijective = constraints.positive, constraints.positive, True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def _made_of(self) -> tuple[Any, ...]:
        return (self.exponent,)

    @lazy_property
    def sign(self) -> Any:
        """The sign of the exponent."""
        return self.exponent.sign()

    def _call(self, x: Any) -> Any:
        return x.pow(self.exponent)

    def _inverse(self, y: Any) -> Any:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Any) -> Any:
        return torch.broadcast_shapes(shape, self.exponent.shape)

    inverse_shape = forward_shape


def clipped_sigmoid(x: Any) -> Any:
    limits = torch.finfo(x.dtype)
    return torch.sigmoid(x).clamp(min=float(limits.tiny), max=1 - float(limits.eps))


class SigmoidTransform(Transform):
    """y = 1 / (1 + exp(-x)).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import SigmoidTransform
        >>> SigmoidTransform()(torch.tensor(0.0)).tolist()
        0.5
    """

    domain, codomain, bijective, sign = constraints.real, constraints.unit_interval, True, 1

    def _call(self, x: Any) -> Any:
        return clipped_sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        limits = torch.finfo(y.dtype)
        y = y.clamp(min=float(limits.tiny), max=1 - float(limits.eps))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -F.softplus(-x) - F.softplus(x)


class SoftplusTransform(Transform):
    """y = log(1 + exp(x)).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import SoftplusTransform
        >>> round(SoftplusTransform()(torch.tensor(0.0)).item(), 4)
        0.6931
    """

    domain, codomain, bijective, sign = constraints.real, constraints.positive, True, 1

    def _call(self, x: Any) -> Any:
        return F.softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -F.softplus(-x)


class TanhTransform(Transform):
    """y = tanh(x).

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import TanhTransform
        >>> TanhTransform()(torch.tensor(0.0)).tolist()
        0.0
    """

    domain, codomain, bijective, sign = constraints.real, constraints.interval(-1.0, 1.0), True, 1

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return 2.0 * (math.log(2.0) - x - F.softplus(-2.0 * x))  # log(1 - tanh(x)^2), also where that is zero


class AbsTransform(Transform):
    """y = |x|.

    Args:
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import AbsTransform
        >>> AbsTransform()(torch.tensor(-2.0)).tolist()
        2.0
    """

    domain, codomain = constraints.real, constraints.positive

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Transform):
    """y = loc + scale * x, of events of event_dim dimensions.

    Args:
        loc: what is added.
        scale: what is multiplied by.
        event_dim: the dimensions of events.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import AffineTransform
        >>> AffineTransform(1.0, 2.0)(torch.tensor(3.0)).tolist()
        7.0
    """

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    def _made_of(self) -> tuple[Any, ...]:
        return self.loc, self.scale, self._event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:  # type: ignore[override]
        """Where x lies."""
        return constraints.independent(constraints.real, self._event_dim) if self._event_dim else constraints.real

    codomain = domain

    @property
    def sign(self) -> Any:  # type: ignore[override]
        """Whether it rises (1) or falls (-1)."""
        return (self.scale > 0) - (self.scale < 0) if isinstance(self.scale, NUMBERS) else self.scale.sign()

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        found = (
            torch.full_like(x, math.log(abs(self.scale))) if isinstance(self.scale, NUMBERS) else self.scale.abs().log()
        )
        if not self._event_dim:
            return found.expand(x.shape)
        return sum_rightmost(found.expand(x.shape) if found.dim() < self._event_dim else found, self._event_dim).expand(
            x.shape[: -self._event_dim]
        )

    def forward_shape(self, shape: Any) -> Any:
        return torch.broadcast_shapes(shape, getattr(self.loc, "shape", ()), getattr(self.scale, "shape", ()))

    inverse_shape = forward_shape


class CumulativeDistributionTransform(Transform):
    """y = F(x), the distribution function of a distribution.

    Args:
        distribution: a distribution with `cdf` and `icdf`.
        cache_size: 1 to remember the last pair (x, y).

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions.transforms import CumulativeDistributionTransform
        >>> from jittape.torch.distributions import Normal
        >>> CumulativeDistributionTransform(Normal(0.0, 1.0))(torch.tensor(0.0)).item()
        0.5
    """

    codomain, bijective, sign = constraints.unit_interval, True, 1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    def _made_of(self) -> tuple[Any, ...]:
        return (self.distribution,)

    @property
    def domain(self) -> Any:  # type: ignore[override]
        """The support of the distribution."""
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self.distribution.log_prob(x)


# --- of vectors and matrices -------------------------------------------------------------------------------------------------------
