"""`interp1d`: interpolation in a table, linear, by neighbours, or by a spline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.functions.lift import as_zero_d
from jittape.functions.products import as_array
from jittape.scipy.declare import has_recorded, recorded_call
from jittape.scipy.interpolate.bsplines import KINDS, interpolating, spline
from jittape.scipy.interpolate.piecewise import OfArguments, polynomial, recordable
from jittape.scipy.interpolate.places import column, laid_out, nodes_and_values, outside, place, value

NEIGHBOURS = ("nearest", "nearest-up", "previous", "next")


def _neighbour(kind: str, x: Any, points: Any) -> Any:
    """The number of the node whose value is taken at each point."""
    if kind == "previous":
        found = place(x, points, "right") - 1
    elif kind == "next":
        found = place(x, points, "left")
    else:
        found = place((x[1:] + x[:-1]) / 2.0, points, "left" if kind == "nearest" else "right")
    return np.clip(found, 0, len(x) - 1)


def lookup(x: Any, y: Any, points: Any, kind: Any) -> Any:
    """The values at points in a table of y [n, ...] at x: [*points, ...]."""
    if kind in NEIGHBOURS:
        return y[_neighbour(kind, x, points)]
    if kind == "linear":
        slopes = np.diff(y, axis=0) / column(np.diff(x), y.ndim)
        return polynomial(np.stack([slopes, y[:-1] + 0.0 * slopes]), x, points, 0, True)
    degree = KINDS.get(kind, kind)
    t, c = interpolating(x, y, degree, None, None)
    return spline(t, c, degree, points, 0, True)


class Table:
    """What `interp1d` is of recorded data, or at recorded points."""

    def __init__(self, x: Any, y: Any, kind: Any, axis: int, bounds_error: Any, fill_value: Any, assume_sorted: bool) -> None:
        self.x, self.y, self.kind, self.axis = x, y, kind, axis
        self.bounds_error, self.fill_value, self.assume_sorted = bounds_error, fill_value, assume_sorted

    def __call__(self, x: Any) -> Any:
        ends = self.fill_value if isinstance(self.fill_value, tuple) else (self.fill_value, self.fill_value)
        return recorded_call(self._at, self.x, self.y, x, *([] if isinstance(ends[0], str) else ends))

    def _at(self, x: Any, y: Any, points: Any, *ends: Any) -> Any:
        x, y, points = as_array(x), as_array(y), as_array(points)
        if not self.assume_sorted:
            order = np.argsort(x)
            x, y = x[order], np.take(y, order, axis=self.axis)
        x, y, axis = nodes_and_values("interp1d", x, y, self.axis)
        out = laid_out(lookup(x, y, points, self.kind), points.ndim, axis)
        if not ends:
            return out
        mask = outside(points, x[0], x[-1])
        if self.bounds_error or (self.bounds_error is None and _is_nan(ends)):
            if np.any(mask):  # guarded
                low, high = value(x)[0], value(x)[-1]
                raise ValueError(f"scipy.interpolate.interp1d: a point is outside the interpolation range, {low} to {high}")
            return out
        aligned: Callable[[Any], Any] = lambda m: np.reshape(m, (*(1,) * axis, *points.shape, *(1,) * (out.ndim - axis - points.ndim)))
        below, above = (np.reshape(e, e.shape if not e.ndim else (*e.shape[:axis], *(1,) * points.ndim, *e.shape[axis:])) for e in map(as_array, ends))
        return as_zero_d(np.where(aligned(mask), np.where(aligned(points < x[0]), below, above), out))


def _is_nan(ends: Any) -> bool:
    return not has_recorded(*ends) and bool(np.all(np.isnan(np.asarray(ends[0], float)))) and bool(np.all(np.isnan(np.asarray(ends[1], float))))


def _table(x: Any, y: Any, kind: Any, axis: Any, copy: Any, bounds_error: Any, fill_value: Any, assume_sorted: Any) -> Table:
    """A table of values y at nodes x along an axis, looked up in the way `kind` says; extrapolated with fill_value="extrapolate"."""
    if kind not in (*NEIGHBOURS, "linear", *KINDS) and not isinstance(kind, int):
        raise NotImplementedError(f"{kind} is unsupported: Use fitpack routines for other types.")
    if isinstance(fill_value, str) and bounds_error:
        raise ValueError("Cannot extrapolate and raise at the same time.")
    return Table(x, y, kind, axis, bounds_error, fill_value, bool(assume_sorted))


class _OfPlain(OfArguments):
    def _recorded(self) -> Table:
        bound = interp1d.__signature__.bind(*self._given[0], **self._given[1])
        bound.apply_defaults()
        return _table(**bound.arguments)


interp1d = recordable("interp1d", _OfPlain, _table, "x, y, fill_value and points", "kinds linear, nearest, nearest-up, previous, next, zero, slinear, quadratic, cubic, an odd or even degree")
