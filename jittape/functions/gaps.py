"""Reciprocals of differences of eigenvalues or singular values, and what is multiplied by them.

An adjoint or tangent of vectors goes by 1 / (w[j] - w[i]). Of values that are equal to within rounding nobody knows the difference: what the vectors'
choice and the function's dependence on both values come to is no number that the adjoints hold, not even where the function itself has a derivative
(exp(A) by V exp(w) V', of a multiple of the identity). So the reciprocal is NaN, and what is multiplied by it is NaN unless it is zero to within rounding:
then those vectors do not count.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.functions.linalg import divide, times
from jittape.functions.products import recorded
from jittape.instructions.decompositions.kinds import MARGIN


def rounding(w: Any, n: int) -> Any:
    """The error of eigenvalues or singular values [..., k] of matrices with n rows or columns, as [..., 1, 1]."""
    return np.max(np.abs(w), axis=-1)[..., None, None] * (MARGIN * n * float(np.finfo(w.dtype).eps))


def reciprocals(differences: Any, least: Any) -> Any:
    """1 / differences, NaN of those that are no larger than `least`."""
    unknown = np.abs(differences) <= least
    return np.where(unknown, np.nan, divide(1.0, np.where(unknown, 1.0, differences)))


def gaps(w: Any, n: int) -> Any:
    """1 / (w[j] - w[i]) of values [..., k]; zero of one with itself."""
    return _others(reciprocals(w[..., None, :] - w[..., :, None], rounding(w, n)), w)


def sums(s: Any, n: int) -> Any:
    """1 / (s[j] + s[i]) likewise."""
    return _others(reciprocals(s[..., None, :] + s[..., :, None], rounding(s, n)), s)


def _others(reciprocal: Any, w: Any) -> Any:
    return np.where(np.eye(w.shape[-1], dtype=bool), 0.0, reciprocal)


def over(m: Any, reciprocal: Any, size: Any = None) -> Any:
    """Matrices times reciprocals, where what is zero to within rounding of the largest element (of `size`, if it is given) is zero."""
    if not recorded(m, reciprocal):
        least = np.max(np.abs(m if size is None else size), axis=(-2, -1), keepdims=True, initial=0.0) * (m.shape[-1] * np.finfo(m.dtype).eps)
        m = np.where(np.isnan(reciprocal) & (np.abs(m) <= least), 0.0, m)
    return times(m, reciprocal)
