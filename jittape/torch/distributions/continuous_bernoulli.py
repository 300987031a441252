"""The continuous Bernoulli distribution."""

from __future__ import annotations

from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import ByProbsOrLogits
from jittape.torch.distributions.utils import broadcast_all, clamp_probs, lazy_property, logits_to_probs

SERIES_BELOW = 0.3
"""Of half the log odds: where the closed forms lose digits, series take their place."""


def _series(h: Any, *coefficients: float) -> Any:
    square, total = h * h, coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * square + c
    return total


class ContinuousBernoulli(ByProbsOrLogits):
    """Numbers of [0, 1] with density probs ** x (1 - probs) ** (1 - x), up to a factor (Loaiza-Ganem, Cunningham 2019).

    In the log odds l the density is exp(l x - A) with A = l / 2 + log(sinh(h) / h), h = l / 2.

    Args:
        probs: the parameter, in (0, 1).
        logits: its log odds, in place of `probs`.
        lims: between these `probs` an expansion around 1/2 is used.
        validate_args: check parameters and values; by default while Python checks assertions.

    Example:
        >>> from jittape.torch.distributions import ContinuousBernoulli
        >>> ContinuousBernoulli(0.3).probs.item() < 0.5
        True
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, probs: Any = None, logits: Any = None, lims: tuple[float, float] = (0.499, 0.501), validate_args: bool | None = None) -> None:
        self._hold_one(probs, logits, validate_args)
        if self._given == "probs":
            self.probs = clamp_probs(self.probs)
        self._lims = lims

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._lims = self._lims
        return new

    @lazy_property
    def probs(self) -> Any:
        """The parameter, in (0, 1)."""
        return clamp_probs(logits_to_probs(self.logits, True))

    def _half(self) -> tuple[Any, Any, Any]:
        """(half the log odds, whether they are near zero, the same with 1 where they are)."""
        h = self.logits / 2
        near = h.detach().abs() < SERIES_BELOW
        return h, near, torch.where(near, 1.0, h)

    def _log_normalizer(self) -> Any:
        """A - log(1 + exp(l)), so that log_prob is the Bernoulli one minus this."""
        h, near, far = self._half()
        size = far.abs()
        log_sinhc = torch.where(near, h * h * _series(h, 1 / 6, -1 / 180, 1 / 2835, -1 / 37800, 1 / 467775), size + (-((-2 * size).exp())).log1p() - (2 * size).log())
        return h + log_sinhc

    def _cont_bern_log_norm(self) -> Any:
        """The logarithm of the factor by which the density differs from a Bernoulli probability."""
        return torch.nn.functional.softplus(self.logits) - self._log_normalizer()

    @property
    def mean(self) -> Any:
        h, near, far = self._half()
        langevin = torch.where(near, h * _series(h, 1 / 3, -1 / 45, 2 / 945, -1 / 4725, 2 / 93555), 1 / far.tanh() - 1 / far)
        return 0.5 + 0.5 * langevin

    @property
    def variance(self) -> Any:
        h, near, far = self._half()
        size = far.abs()
        small = (-size).exp()
        sinh2 = ((1 - small * small) / (2 * small)).square()  # infinite, and no NaN, where it is too large for a number
        slope = torch.where(near, _series(h, 1 / 3, -1 / 15, 2 / 189, -1 / 675, 2 / 10395, -1382 / 58046625), 1 / far.square() - 1 / sinh2)
        return slope / 4

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self._param.dtype))

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return logits * value - self._log_normalizer()

    def _away(self) -> tuple[Any, Any]:
        """(whether the log odds are as good as zero, the same with 1 where they are)."""
        even = self.logits.detach().abs() < 1e-6
        return even, torch.where(even, 1.0, self.logits)

    def cdf(self, value: Any) -> Any:
        self._validate_sample(value)
        even, l = self._away()
        rising = (-l.abs() * (1 - value)).exp() * (-l.abs() * value).expm1() / (-l.abs()).expm1()
        falling = (-l.abs() * value).expm1() / (-l.abs()).expm1()
        return torch.where(even, value, torch.where(l.detach() > 0, rising, falling))

    def icdf(self, value: Any) -> Any:
        even, l = self._away()
        return torch.where(even, value, torch.logaddexp((-value).log1p(), value.log() + l) / l)

    def entropy(self) -> Any:
        return self._log_normalizer() - self.mean * self.logits
