"""Interpolation on rectangular grids: linear, to the nearest node, or by tensor products of splines."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.products import as_array
from jittape.scipy.declare import has_recorded, like, recorded_call
from jittape.scipy.interpolate.bsplines import KINDS, cardinal
from jittape.scipy.interpolate.piecewise import recordable
from jittape.scipy.interpolate.places import outside, place, value

METHODS = ("linear", "nearest", "slinear", "cubic", "quintic")


def _linear(grid: list[Any], values: Any, xi: Any) -> Any:
    """The sum over the corners of each point's cell."""
    lower, shares = [], []
    for axis, x in enumerate(grid):
        i = place(x[1:-1], xi[:, axis])
        lower.append(i)
        shares.append((xi[:, axis] - x[i]) / (x[i + 1] - x[i]))
    total: Any = 0.0
    for corner in np.ndindex(*(2,) * len(grid)):
        weight: Any = 1.0
        for share, far in zip(shares, corner, strict=True):
            weight = weight * (share if far else 1.0 - share)
        at = values[tuple(i + far for i, far in zip(lower, corner, strict=True))]
        total = total + np.reshape(weight, (-1,) + (1,) * (at.ndim - 1)) * at
    return total


def _nearest(grid: list[Any], values: Any, xi: Any) -> Any:
    return values[tuple(place((x[1:] + x[:-1]) / 2.0, xi[:, axis], "left") for axis, x in enumerate(grid))]


def _splines(grid: list[Any], values: Any, xi: Any, degree: int) -> Any:
    """A tensor product: one spline an axis, as the weights of the nodes."""
    out: Any = None
    for axis, x in enumerate(grid):
        weights = cardinal(x, xi[:, axis], degree)
        out = np.tensordot(weights, values, 1) if out is None else np.sum(np.reshape(weights, (*weights.shape, *(1,) * (out.ndim - 2))) * out, axis=1)
    return out


def interpolated(grid: Any, values: Any, xi: Any, method: str, bounds_error: bool, fill_value: Any) -> Any:
    """Values [..., v] at points xi [..., d] in a grid of d axes with values [n1, ..., nd, v]."""
    grid, values, xi = [as_array(x) for x in grid], as_array(values), as_array(xi)
    shape, d = xi.shape[:-1], len(grid)
    for axis, x in enumerate(grid):
        if not np.all(np.diff(value(x)) > 0):
            raise ValueError(f"The points in dimension {axis} must be strictly ascending")
        if values.ndim <= axis or values.shape[axis] != x.shape[0]:
            raise ValueError(f"There are {x.shape[0]} points and values of shape {values.shape} on dimension {axis}")
    if xi.shape[-1] != d:
        raise ValueError(f"The requested sample points xi have dimension {xi.shape[-1]} but this RegularGridInterpolator has dimension {d}")
    xi = np.reshape(xi, (-1, d))
    if bounds_error:
        for axis, x in enumerate(grid):
            if np.any(outside(xi[:, axis], x[0], x[-1])):  # guarded
                raise ValueError(f"One of the requested xi is out of bounds in dimension {axis}")
    out = _nearest(grid, values, xi) if method == "nearest" else _linear(grid, values, xi) if method == "linear" else _splines(grid, values, xi, KINDS[method])
    if not bounds_error and fill_value is not None:
        beyond = reduce(or_, (outside(xi[:, axis], x[0], x[-1]) for axis, x in enumerate(grid)))
        out = np.where(np.reshape(beyond, (-1,) + (1,) * (out.ndim - 1)), fill_value, out)
    return np.reshape(out, (*shape, *values.shape[d:]))


class Grid:
    """What `RegularGridInterpolator` is of recorded data, or at recorded points."""

    def __init__(self, grid: Any, values: Any, method: str, bounds_error: bool, fill_value: Any) -> None:
        self.grid, self.values, self.method, self.bounds_error, self.fill_value = tuple(grid), values, method, bounds_error, fill_value

    def __call__(self, xi: Any, method: Any = None, *, nu: Any = None) -> Any:
        if nu is not None:
            raise RecordingError("scipy.interpolate.RegularGridInterpolator of recorded values takes no nu=; differentiate it")
        xi = _points(xi)
        rule = lambda values, xi, *grid: interpolated(grid, values, xi, _method(method or self.method), self.bounds_error, self.fill_value)
        return recorded_call(rule, self.values, xi, *self.grid)


def _points(xi: Any) -> Any:
    """Points [..., d], given as such or as a tuple of coordinates, which are broadcast."""
    if isinstance(xi, tuple):
        return recorded_call(lambda *x: np.stack(np.broadcast_arrays(*map(as_array, x)), axis=-1), *xi) if has_recorded(*xi) else np.stack(np.broadcast_arrays(*xi), axis=-1)
    return xi if np.ndim(xi) > 1 else recorded_call(lambda x: np.reshape(as_array(x), (1, -1)), xi)


def _method(method: str) -> str:
    if method not in METHODS:
        raise RecordingError(f"scipy.interpolate.RegularGridInterpolator of recorded values has the methods {', '.join(METHODS)}, not {method!r}")
    return method


def _grid(points: Any, values: Any, method: Any = "linear", bounds_error: Any = True, fill_value: Any = np.nan, **_: Any) -> Grid:
    """Interpolation of values [n1, ..., nd, ...] on a grid given by the coordinates of its d axes."""
    return Grid(points, values, _method(method), bool(bounds_error), fill_value)


class _OfPlain:
    """What SciPy's interpolators do besides with recorded points."""

    def __call__(self, xi: Any, method: Any = None, *, nu: Any = None) -> Any:
        if not has_recorded(xi):
            return super().__call__(xi, method, nu=nu)  # type: ignore[misc]
        mine: Any = self
        return Grid(mine.grid, mine.values, _method(method or mine.method), mine.bounds_error, mine.fill_value)(xi, nu=nu)


RegularGridInterpolator = recordable("RegularGridInterpolator", _OfPlain, _grid, "points, values and the points asked for", f"methods {', '.join(METHODS)}")


@like("scipy.interpolate.interpn", by="points, values, xi", note="methods linear, nearest, slinear, cubic, quintic", several=("points", "xi"))
def interpn(points: Any, values: Any, xi: Any, method: Any = "linear", bounds_error: Any = True, fill_value: Any = np.nan) -> Any:
    """Values at points xi [..., d] in a grid of d axes with values [n1, ..., nd, ...]."""
    return interpolated(points, values, _points(xi), _method(method), bool(bounds_error), fill_value)
