"""Distributions of positive definite matrices: Wishart and inverse Wishart."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from jittape.functions.triangles import triangular_solve
from jittape.scipy.special import multigammaln
from jittape.scipy.stats.arguments import real, spoilt
from jittape.scipy.stats.formulas import LOG2
from jittape.scipy.stats.law import Law
from jittape.scipy.stats.several import exponential_of, log_det, squeezed


class _Scale:
    """Degrees of freedom and a scale matrix, of which the lower triangle is read."""

    def __init__(self, name: str, df: Any, scale: Any) -> None:
        scale = real(1.0 if scale is None else scale)
        if np.ndim(scale) == 0:
            scale = np.reshape(scale, (1, 1))
        elif np.ndim(scale) == 1:
            scale = np.diag(scale)
        if np.ndim(scale) != 2 or scale.shape[0] != scale.shape[1]:
            raise ValueError(f"scipy.stats.{name}: scale is a square matrix, not of shape {np.shape(scale)}")
        self.dim, self.matrix = int(scale.shape[0]), scale
        df = real(self.dim if df is None else df)
        self.df = spoilt(df, df > self.dim - 1.0)
        self.factor = np.linalg.cholesky(scale)
        self.log_det = log_det(self.factor)

    def points(self, x: Any) -> Any:
        """Matrices [dim, dim] or [dim, dim, n] as [n, dim, dim]."""
        x = real(x)
        if np.ndim(x) == 0:
            x = x * np.eye(self.dim)[:, :, None]
        elif np.ndim(x) == 1:
            x = x[None, None] if self.dim == 1 else np.diag(x)[:, :, None]
        elif np.ndim(x) == 2:
            x = x[:, :, None]
        if np.shape(x)[:2] != (self.dim, self.dim):
            raise ValueError(f"points of shape {np.shape(x)} do not fit a scale matrix of {self.dim} rows; they are [dim, dim] or [dim, dim, n]")
        return np.transpose(x, (2, 0, 1))


def _ratio(below: Any, above: Any) -> Any:
    """trace((L L')^-1 M M') of the factors L and M."""
    return np.sum(np.square(triangular_solve(below, above, True)), axis=(-2, -1))


def _logpdf(x: Any, df: Any, scale: Any) -> Any:
    s = _Scale("wishart", df, scale)
    of_x = np.linalg.cholesky(s.points(x))
    return squeezed(
        0.5 * (s.df - s.dim - 1.0) * log_det(of_x) - 0.5 * _ratio(s.factor, of_x) - 0.5 * s.df * (s.dim * LOG2 + s.log_det) - multigammaln(0.5 * s.df, s.dim)
    )


def _inverse_logpdf(x: Any, df: Any, scale: Any) -> Any:
    s = _Scale("invwishart", df, scale)
    of_x = np.linalg.cholesky(s.points(x))
    return squeezed(
        0.5 * s.df * (s.log_det - s.dim * LOG2) - multigammaln(0.5 * s.df, s.dim) - 0.5 * (s.df + s.dim + 1.0) * log_det(of_x) - 0.5 * _ratio(of_x, s.factor)
    )


def _digammas(s: _Scale, first: float) -> Any:
    return np.sum(np.stack([special.psi(0.5 * (s.df + first - i)) for i in range(s.dim)]))


def _entropy(df: Any, scale: Any) -> Any:
    s = _Scale("wishart", df, scale)
    return (
        0.5 * (s.dim + 1) * s.log_det + 0.5 * s.dim * (s.dim + 1) * LOG2 + multigammaln(0.5 * s.df, s.dim)
        - 0.5 * (s.df - s.dim - 1.0) * _digammas(s, 0.0) + 0.5 * s.df * s.dim
    )  # fmt: skip


def _inverse_entropy(df: Any, scale: Any) -> Any:
    s = _Scale("invwishart", df, scale)
    return multigammaln(0.5 * s.df, s.dim) + 0.5 * s.dim * s.df + 0.5 * (s.dim + 1) * (s.log_det - LOG2) - 0.5 * (s.df + s.dim + 1.0) * _digammas(s, 0.0)


def _mean(df: Any, scale: Any) -> Any:
    s = _Scale("wishart", df, scale)
    return squeezed(s.df * s.matrix)


def _var(df: Any, scale: Any) -> Any:
    s = _Scale("wishart", df, scale)
    diagonal = np.diagonal(s.matrix)
    return squeezed(s.df * (np.square(s.matrix) + np.outer(diagonal, diagonal)))


def _inverse_mean(df: Any, scale: Any) -> Any:
    s = _Scale("invwishart", df, scale)
    return squeezed(s.matrix / spoilt(s.df - s.dim - 1.0, s.df > s.dim + 1.0))


def _inverse_mode(df: Any, scale: Any) -> Any:
    s = _Scale("invwishart", df, scale)
    return squeezed(s.matrix / (s.df + s.dim + 1.0))


def _inverse_var(df: Any, scale: Any) -> Any:
    s = _Scale("invwishart", df, scale)
    diagonal, d = np.diagonal(s.matrix), spoilt(s.df - s.dim, s.df > s.dim + 3.0)
    return squeezed(((d + 1.0) * np.square(s.matrix) + (d - 1.0) * np.outer(diagonal, diagonal)) / (d * np.square(d - 1.0) * (d - 3.0)))


NOTE = "of scale and x the lower triangle is read; rvs of plain values"
wishart = Law(
    "wishart", "x, df, scale", {"logpdf": _logpdf, "pdf": exponential_of(_logpdf)}, {"mean": _mean, "var": _var, "entropy": _entropy}, NOTE
)
invwishart = Law(
    "invwishart", "x, df, scale", {"logpdf": _inverse_logpdf, "pdf": exponential_of(_inverse_logpdf)},
    {"mean": _inverse_mean, "mode": _inverse_mode, "var": _inverse_var, "entropy": _inverse_entropy}, NOTE,
)  # fmt: skip

__all__ = ["invwishart", "wishart"]
