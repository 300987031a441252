"""Normal vectors."""

from __future__ import annotations

import math
from typing import Any

import jittape.torch as torch
from jittape.torch.distributions import constraints
from jittape.torch.distributions.distribution import Distribution
from jittape.torch.distributions.utils import lazy_property


def solved(factor: Any, b: Any) -> Any:
    """x with factor x = b, for lower triangular factors."""
    return torch.linalg.solve_triangular(factor, b, upper=False)


def mahalanobis(factor: Any, x: Any) -> Any:
    """The squared length of x in units of L L', L the factor."""
    return solved(factor, x.unsqueeze(-1)).squeeze(-1).pow(2).sum(-1)


def half_log_det(factor: Any) -> Any:
    """log sqrt det L L', L the factor."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _inverse(factor: Any) -> Any:
    return solved(factor, torch.eye(factor.shape[-1], dtype=factor.dtype))


def _factor_of_inverse(precision: Any) -> Any:
    """The Cholesky factor of the inverse, from that of the matrix with rows and columns in reverse order."""
    return _inverse(torch.flip(torch.linalg.cholesky(torch.flip(precision, (-2, -1))), (-2, -1)).mT)


class ByCovariance(Distribution):
    """What is given by a covariance, its inverse, or its Cholesky factor; the others of them are computed when they are asked for.

    Attributes:
        _factor: the Cholesky factor, of the batch that the given matrix has.
    """

    _factor: Any

    def _one_of(self, covariance_matrix: Any, precision_matrix: Any, scale_tril: Any) -> Any:
        """(name, matrix) of the one that is given."""
        given = {"scale_tril": scale_tril, "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix}
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        return next(iter(given.items()))

    def _hold_factor(self, name: str, matrix: Any) -> None:
        if name == "scale_tril":
            self._factor = matrix
        elif name == "covariance_matrix":
            self._factor = torch.linalg.cholesky(matrix)
        else:
            self._factor = _factor_of_inverse(matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._factor = self._factor
        return new

    def _whole(self, matrix: Any) -> Any:
        n = self._event_shape[-1]
        return matrix.expand((*self._batch_shape, n, n))

    @lazy_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance."""
        return self._whole(self._factor)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        return self._whole(self._factor @ self._factor.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        inverse = _inverse(self._factor)
        return self._whole(inverse.mT @ inverse)


class MultivariateNormal(ByCovariance):
    """Normal vectors of a mean `loc` and a covariance, its inverse, or its Cholesky factor.

    Args:
        loc: the mean, (…, n).
        covariance_matrix: the covariance, (…, n, n).
        precision_matrix: its inverse, in place of it.
        scale_tril: its Cholesky factor, in place of it.
        validate_args: check parameters and values; by default while Python checks assertions.

    Raises:
        ValueError: a parameter has too few dimensions, or not one of covariance, inverse and factor is given.

    Example:
        >>> import jittape.torch as torch
        >>> from jittape.torch.distributions import MultivariateNormal
        >>> d = MultivariateNormal(torch.zeros(2), torch.diag(torch.tensor([1.0, 4.0])))
        >>> d.scale_tril.tolist(), d.precision_matrix.tolist()
        ([[1.0, 0.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 0.25]])
        >>> round(d.log_prob(torch.zeros(2)).item(), 4)
        -2.531
        >>> d.covariance_matrix.tolist()
        [[1.0, 0.0], [0.0, 4.0]]
    """

    arg_constraints = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite, "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        name, matrix = self._one_of(covariance_matrix, precision_matrix, scale_tril)
        if matrix.dim() < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        batch = torch.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand((*batch, *matrix.shape[-2:])))
        self.loc = loc.expand((*batch, *loc.shape[-1:]))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        self._hold_factor(name, matrix)

    @property
    def mean(self) -> Any:
        return self.loc

    mode = mean

    @property
    def variance(self) -> Any:
        return self._factor.pow(2).sum(-1).expand((*self._batch_shape, *self._event_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        draw = torch.randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self._factor @ draw.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        self._validate_sample(value)
        square = mahalanobis(self._factor, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + square) - half_log_det(self._factor)

    def entropy(self) -> Any:
        found = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + half_log_det(self._factor)
        return found.expand(self._batch_shape) if self._batch_shape else found
