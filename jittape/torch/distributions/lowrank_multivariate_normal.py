"""Normal vectors whose covariance is a diagonal and a little more."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.multivariate_normal import half_log_det, solved
from jittape.torch.distributions.utils import lazy_property


class LowRankMultivariateNormal(Distribution):
    """Normal vectors of covariance W W' + diag(d), W the `cov_factor` of few columns and d the `cov_diag`.

    Only matrices of as many rows as W has columns are factored: the capacitance I + W' diag(1 / d) W (Woodbury's identity).

    Args:
        loc: the mean, (…, n).
        cov_factor: W, (…, n, m).
        cov_diag: d, (…, n), positive.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        ValueError: parameters have too few dimensions, or do not fit.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import LowRankMultivariateNormal
        >>> d = LowRankMultivariateNormal(torch.zeros(2), torch.zeros(2, 1), torch.ones(2))
        >>> d.covariance_matrix.tolist(), d.precision_matrix.tolist(), d.scale_tril.tolist()
        ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]])
    """

    arg_constraints = {
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2), "cov_diag": constraints.independent(constraints.positive, 1),
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event[0]} x m")
        if cov_diag.shape[-1:] != event:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event}")
        try:
            batch = torch.broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        except (RuntimeError, ValueError):
            raise ValueError(f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}") from None
        self.loc, self.cov_diag = loc.expand((*batch, *event)), cov_diag.expand((*batch, *event))
        self.cov_factor = cov_factor.expand((*batch, *cov_factor.shape[-2:]))
        self._parts = cov_factor, cov_diag
        self._scaled = (cov_factor / cov_diag.unsqueeze(-1)).mT
        self._capacitance_tril = torch.linalg.cholesky(torch.eye(cov_factor.shape[-1], dtype=loc.dtype) + self._scaled @ cov_factor)
        super().__init__(batch, event, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._parts, new._scaled, new._capacitance_tril = self._parts, self._scaled, self._capacitance_tril
        return new

    def _whole(self, matrix: Any) -> Any:
        return matrix.expand((*self._batch_shape, *self._event_shape, *self._event_shape))

    @property
    def mean(self) -> Any:
        return self.loc

    mode = mean

    @lazy_property
    def variance(self) -> Any:
        w, d = self._parts
        return (w.pow(2).sum(-1) + d).expand((*self._batch_shape, *self._event_shape))

    @lazy_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance."""
        w, d = self._parts
        root = d.sqrt().unsqueeze(-1)
        scaled = w / root  # L = root * cholesky(I + scaled scaled'), whose eigenvalues are one at least
        return self._whole(root * torch.linalg.cholesky(scaled @ scaled.mT + torch.eye(self._event_shape[0], dtype=d.dtype)))

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        w, d = self._parts
        return self._whole(w @ w.mT + d.diag_embed())

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        a = solved(self._capacitance_tril, self._scaled)
        return self._whole(self._parts[1].reciprocal().diag_embed() - a.mT @ a)

    def rsample(self, sample_shape: Any = ()) -> Any:
        w, d = self._parts
        shape = self._extended_shape(sample_shape)
        short = torch.randn((*shape[:-1], w.shape[-1]), dtype=self.loc.dtype)
        return self.loc + (w @ short.unsqueeze(-1)).squeeze(-1) + d.sqrt() * torch.randn(shape, dtype=self.loc.dtype)

    def _half_log_det(self) -> Any:
        return half_log_det(self._capacitance_tril) + 0.5 * self._parts[1].log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        d = value - self.loc
        inner = solved(self._capacitance_tril, self._scaled @ d.unsqueeze(-1)).squeeze(-1)
        square = (d.pow(2) / self._parts[1]).sum(-1) - inner.pow(2).sum(-1)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + square) - self._half_log_det()

    def entropy(self) -> Any:
        found = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()
        return found.expand(self._batch_shape) if self._batch_shape else found
