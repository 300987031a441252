"""What the formulas of distributions of several variables share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import Covariance

from jittape.array.array import Array
from jittape.functions.triangles import triangular_solve
from jittape.scipy.stats.arguments import real


def exponential_of(logs: Callable[..., Any]) -> Callable[..., Any]:
    """A density by its logarithm."""
    return lambda *args, **kwds: np.exp(logs(*args, **kwds))


def squeezed(x: Any) -> Any:
    """A result without axes of length one, as SciPy gives it."""
    out = np.squeeze(x)
    return out if np.ndim(out) else out[()]


def current(x: Any) -> Any:
    """The plain value of an argument as it is now."""
    return x.value() if isinstance(x, Array) else x


def log_det(factor: Any) -> Any:
    """The logarithm of the determinant of factor @ factor.T."""
    return 2.0 * np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)


class Spread:
    """A covariance, or scale, of vectors: a number, a diagonal or a matrix, of which the lower triangle is read.

    Raises:
        LinAlgError: the matrix is not positive definite.
        ValueError: its shape does not fit the mean's.
    """

    def __init__(self, name: str, mean: Any, matrix: Any) -> None:
        if isinstance(matrix, Covariance):
            matrix = matrix.covariance
        matrix = real(1.0 if matrix is None else matrix)
        mean = None if mean is None else np.reshape(real(mean), -1)
        shape = np.shape(matrix)
        self.dim = mean.size if mean is not None else (shape[0] if shape else 1)
        self.mean = np.zeros(self.dim) if mean is None else mean
        if len(shape) > 2 or (len(shape) == 2 and shape != (self.dim, self.dim)) or (len(shape) == 1 and shape[0] not in (1, self.dim)):
            raise ValueError(f"scipy.stats.{name}: a covariance of shape {shape} does not fit a mean of length {self.dim}; it is a number, a diagonal or a matrix")
        self.factor = np.linalg.cholesky(matrix) if len(shape) == 2 else np.sqrt(matrix)
        self.shape = shape

    @property
    def log_det(self) -> Any:
        if len(self.shape) == 2:
            return log_det(self.factor)
        return 2.0 * np.sum(np.log(self.factor)) * (self.dim if self.shape in ((), (1,)) and self.dim > 1 else 1.0)

    def points(self, x: Any) -> Any:
        """Points [..., dim]."""
        x = real(x)
        if np.ndim(x) == 0:
            return np.reshape(x, (1,))
        if np.ndim(x) == 1:
            return x[:, None] if self.dim == 1 else x[None]
        return x

    def whitened(self, x: Any) -> Any:
        """factor^-1 (x - mean), of points [..., dim]."""
        d = x - self.mean
        if len(self.shape) < 2:
            return d / self.factor
        flat = np.reshape(d, (-1, self.dim))
        return np.reshape(triangular_solve(self.factor, flat.T, True).T, np.shape(d))

    def coloured(self, z: Any) -> Any:
        """mean + factor z, of points [..., dim]."""
        return self.mean + (z @ self.factor.T if len(self.shape) == 2 else z * self.factor)

    def like_drawn(self, name: str, drawn: Any) -> Any:
        """Points that SciPy has drawn for the present parameters, as they move with the parameters."""
        plain = Spread(name, current(self.mean), current(self.factor) ** 2 if len(self.shape) < 2 else current(self.factor) @ current(self.factor).T)
        z = plain.whitened(np.reshape(np.asarray(drawn), (*np.shape(drawn)[: max(np.ndim(drawn) - 1, 0)], -1)) if self.dim > 1 else np.asarray(drawn)[..., None])
        return squeezed(self.coloured(z))
