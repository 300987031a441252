"""Random covariance matrices."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.chi2 import Chi2
from jittape.torch.distributions.multivariate_normal import ByCovariance, half_log_det, solved


class Wishart(ByCovariance):
    """Covariances, times `df`, of as many normal vectors of a given covariance, inverse or Cholesky factor.

    Args:
        df: the degrees of freedom, above n - 1.
        covariance_matrix: the covariance, (…, n, n).
        precision_matrix: its inverse, in place of it.
        scale_tril: its Cholesky factor, in place of it.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        ValueError: a parameter has too few dimensions, `df` is too small, or not one of covariance, inverse and factor is given.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import Wishart
        >>> Wishart(torch.tensor(3.0), torch.eye(2)).mean.tolist()
        [[3.0, 0.0], [0.0, 3.0]]
    """

    arg_constraints = {
        "covariance_matrix": constraints.positive_definite, "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky, "df": constraints.greater_than(0),
    }  # fmt: skip
    support = constraints.positive_definite
    has_rsample = True

    def __init__(self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None, validate_args: bool | None = None) -> None:
        name, matrix = self._one_of(covariance_matrix, precision_matrix, scale_tril)
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        df = torch.as_tensor(df, dtype=matrix.dtype)
        batch = torch.broadcast_shapes(df.shape, matrix.shape[:-2])
        n = matrix.shape[-1]
        if (df <= n - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
        self.df = df.expand(batch)
        setattr(self, name, matrix.expand((*batch, n, n)))
        super().__init__(batch, (n, n), validate_args=validate_args)
        self._hold_factor(name, matrix)

    def _counts(self) -> Any:
        return self.df.reshape((*self._batch_shape, 1, 1))

    @property
    def mean(self) -> Any:
        return self._counts() * self.covariance_matrix

    @property
    def mode(self) -> Any:
        factor = self._counts() - self._event_shape[-1] - 1
        return torch.where(factor <= 0, math.nan, factor) * self.covariance_matrix

    @property
    def variance(self) -> Any:
        v = self.covariance_matrix
        diagonal = v.diagonal(dim1=-2, dim2=-1)
        return self._counts() * (v.pow(2) + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def rsample(self, sample_shape: Any = ()) -> Any:
        n, dtype = self._event_shape[-1], self.df.dtype  # Bartlett's decomposition
        roots = Chi2(self.df.unsqueeze(-1) - torch.arange(n, dtype=dtype)).rsample(sample_shape).sqrt()
        lower = torch.randn(self._extended_shape(sample_shape), dtype=dtype).tril(-1) + roots.diag_embed()
        root = self._factor @ lower
        return root @ root.mT

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        df, n = self.df, self._event_shape[-1]
        inner = solved(self._factor, torch.linalg.cholesky(value)).pow(2).sum((-2, -1))
        return (
            -df * (n * math.log(2.0) / 2 + half_log_det(self._factor)) - torch.special.multigammaln(df / 2, n)
            + (df - n - 1) / 2 * torch.linalg.slogdet(value)[1] - inner / 2
        )  # fmt: skip

    def entropy(self) -> Any:
        df, n = self.df, self._event_shape[-1]
        digammas = ((df.unsqueeze(-1) - torch.arange(n, dtype=df.dtype)) / 2).digamma().sum(-1)
        return (
            (n + 1) * (n * math.log(2.0) / 2 + half_log_det(self._factor)) + torch.special.multigammaln(df / 2, n)
            - (df - n - 1) / 2 * digammas + df * n / 2
        )  # fmt: skip
