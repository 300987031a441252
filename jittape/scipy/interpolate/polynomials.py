"""One polynomial through all nodes, as Lagrange's: each value times the product of the distances to the other nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.products import as_array
from jittape.scipy.declare import like, recorded_call
from jittape.scipy.interpolate.piecewise import OfArguments, recordable
from jittape.scipy.interpolate.places import laid_out, value


def _others(x: Any) -> Any:
    """The products of all elements but each one, along the last axis."""
    one = np.ones((*x.shape[:-1], 1))
    before = np.cumprod(np.concatenate([one, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, x[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before * after


def lagrange(xi: Any, yi: Any, x: Any) -> Any:
    """The polynomial with values yi [n, ...] at nodes xi, at points x: [*points, ...]."""
    n = len(xi)
    if len(np.unique(value(xi))) < n:
        raise RecordingError("scipy.interpolate: polynomials of recorded values have distinct nodes; CubicHermiteSpline takes derivatives")
    # distances are divided by a quarter of the range, so that products of many of them do not overflow (Berrut and Trefethen 2004)
    scale = 4.0 / (float(np.ptp(value(xi))) or 1.0)
    between = (xi[:, None] - xi[None, :]) * scale
    weights = np.prod(np.where(np.eye(n, dtype=bool), 1.0, between), axis=1)
    shares = _others((x[..., None] - xi) * scale) / weights
    return np.tensordot(shares, yi, 1)


class Polynomial:
    """What `BarycentricInterpolator` and `KroghInterpolator` are of recorded data, or at recorded points."""

    def __init__(self, xi: Any, yi: Any, axis: int) -> None:
        self.xi, self.yi, self.axis = xi, yi, axis

    def __call__(self, x: Any) -> Any:
        return recorded_call(_at, self.xi, self.yi, x, axis=self.axis)

    def derivative(self, *_: Any, **__: Any) -> Any:
        raise RecordingError("scipy.interpolate: polynomials of recorded values have no derivative(); differentiate them")

    derivatives = derivative


def _at(xi: Any, yi: Any, x: Any, axis: int) -> Any:
    xi, yi, x = map(as_array, (xi, yi, x))
    axis %= yi.ndim
    y = np.moveaxis(yi, axis, 0)
    if xi.ndim != 1 or len(y) != len(xi):
        raise ValueError(f"scipy.interpolate: nodes of shape {xi.shape} do not fit values of shape {yi.shape} along axis {axis}")
    return laid_out(lagrange(xi, y, x), x.ndim, axis)


def _polynomial(xi: Any, yi: Any = None, axis: Any = 0, **_: Any) -> Polynomial:
    """The polynomial with values yi at nodes xi."""
    if yi is None:
        raise RecordingError("scipy.interpolate.BarycentricInterpolator of recorded values takes its values yi when it is made")
    return Polynomial(xi, yi, axis)


class _OfPlain(OfArguments):
    def _recorded(self) -> Polynomial:
        args, kwargs = self._given
        return _polynomial(*args[:3], **{k: v for k, v in kwargs.items() if k in ("xi", "yi", "axis")})


BarycentricInterpolator = recordable("BarycentricInterpolator", _OfPlain, _polynomial, "xi, yi and points")
KroghInterpolator = recordable("KroghInterpolator", _OfPlain, _polynomial, "xi, yi and points", "distinct nodes")


@like("scipy.interpolate.barycentric_interpolate", by="xi, yi, x", note="der=0")
def barycentric_interpolate(xi: Any, yi: Any, x: Any, axis: Any = 0, *, der: Any = 0, rng: Any = None) -> Any:
    """The polynomial with values yi at nodes xi, at points x."""
    if der != 0:
        raise RecordingError("scipy.interpolate.barycentric_interpolate of recorded values takes no der=; differentiate it")
    return _at(xi, yi, x, axis)


