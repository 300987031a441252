"""Radial basis functions: kernels of the squared distance, which have derivatives where the distance is zero, too."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.lift import safe_sqrt
from jittape.functions.products import as_array
from jittape.scipy.declare import recorded_call
from jittape.scipy.interpolate.piecewise import OfArguments, recordable
from jittape.scipy.interpolate.places import value


def _thin_plate(s: Any) -> Any:
    zero = s == 0.0
    return 0.5 * s * np.log(np.where(zero, 1.0, s))


KERNELS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda s: -safe_sqrt(s),
    "thin_plate_spline": _thin_plate,
    "cubic": lambda s: s * safe_sqrt(s),
    "quintic": lambda s: -(s**2) * safe_sqrt(s),
    "multiquadric": lambda s: -np.sqrt(s + 1.0),
    "inverse_multiquadric": lambda s: 1.0 / np.sqrt(s + 1.0),
    "inverse_quadratic": lambda s: 1.0 / (s + 1.0),
    "gaussian": lambda s: np.exp(-s),
}
"""SciPy's kernels of r as functions of r squared."""
LEAST = {"multiquadric": 0, "linear": 0, "thin_plate_spline": 1, "cubic": 1, "quintic": 2}
"""The least degree of the polynomial for which the system has a solution."""
SCALED = ("linear", "thin_plate_spline", "cubic", "quintic")
"""Kernels for which epsilon does not matter."""


def _squared(x: Any, y: Any) -> Any:
    d = x[:, None, :] - y[None, :, :]
    return np.sum(d * d, axis=-1)


def _monomials(x: Any, degree: int) -> Any:
    """The monomials up to a degree at points [n, d], as columns."""
    found = [np.ones(len(x))]
    for k in range(1, degree + 1):
        for chosen in combinations_with_replacement(range(x.shape[1]), k):
            column: Any = 1.0
            for axis in chosen:
                column = column * x[:, axis]
            found.append(column)
    return np.stack(found, axis=1)


def radial(y: Any, d: Any, x: Any, smoothing: Any, epsilon: Any, kernel: str, degree: int) -> Any:
    """The interpolant of values d [n, ...] at nodes y [n, dimensions], at points x [m, dimensions]."""
    f, n = KERNELS[kernel], len(y)
    low, high = np.min(value(y), axis=0), np.max(value(y), axis=0)
    shift, scale = (high + low) / 2.0, np.where(high == low, 1.0, (high - low) / 2.0)
    lhs = f(_squared(y * epsilon, y * epsilon)) + smoothing * np.eye(n)
    right = np.reshape(d, (n, -1))
    at = f(_squared(x * epsilon, y * epsilon))
    if degree >= 0:
        p = _monomials((y - shift) / scale, degree)
        r = p.shape[1]
        if r > n:
            raise ValueError(f"At least {r} data points are required when `degree` is {degree} and the number of dimensions is {y.shape[1]}.")
        lhs = np.concatenate([np.concatenate([lhs, p], axis=1), np.concatenate([p.T, np.zeros((r, r))], axis=1)])
        right = np.concatenate([right, np.zeros((r, right.shape[1]))])
        at = np.concatenate([at, _monomials((x - shift) / scale, degree)], axis=1)
    return np.reshape(at @ np.linalg.solve(lhs, right), (len(x), *np.shape(d)[1:]))


class Radial:
    """What `RBFInterpolator` is of recorded data, or at recorded points."""

    def __init__(self, y: Any, d: Any, smoothing: Any, kernel: str, epsilon: Any, degree: int) -> None:
        self.y, self.d, self.smoothing, self.kernel, self.epsilon, self.degree = y, d, smoothing, kernel, epsilon, degree

    def __call__(self, x: Any) -> Any:
        return recorded_call(self._at, self.y, self.d, x, self.smoothing, self.epsilon)

    def _at(self, y: Any, d: Any, x: Any, smoothing: Any, epsilon: Any) -> Any:
        y, d, x = map(as_array, (y, d, x))
        if y.ndim != 2 or d.ndim < 1 or len(d) != len(y):
            raise ValueError(f"scipy.interpolate.RBFInterpolator takes nodes [n, dimensions] and values [n, ...], not shapes {y.shape} and {d.shape}")
        if x.ndim != 2 or x.shape[1] != y.shape[1]:
            raise ValueError(f"scipy.interpolate.RBFInterpolator: points [m, {y.shape[1]}] are asked for, not shape {x.shape}")
        return radial(y, d, x, smoothing, epsilon, self.kernel, self.degree)


def _rbf(y: Any, d: Any, neighbors: Any = None, smoothing: Any = 0.0, kernel: Any = "thin_plate_spline", epsilon: Any = None, degree: Any = None) -> Radial:
    """The radial basis function interpolant of values d [n, ...] at nodes y [n, dimensions]."""
    if neighbors is not None:
        raise RecordingError("scipy.interpolate.RBFInterpolator of recorded values takes all nodes, not neighbors=")
    if kernel not in KERNELS:
        raise ValueError(f"`kernel` must be one of {set(KERNELS)}.")
    if epsilon is None:
        if kernel not in SCALED:
            raise ValueError(f"`epsilon` must be specified if `kernel` is not one of {set(SCALED)}.")
        epsilon = 1.0
    return Radial(y, d, smoothing, kernel, epsilon, int(max(LEAST.get(kernel, -1), 0) if degree is None else degree))


class _OfPlain(OfArguments):
    def _recorded(self) -> Radial:
        return _rbf(*self._given[0], **self._given[1])


RBFInterpolator = recordable("RBFInterpolator", _OfPlain, _rbf, "y, d, smoothing, epsilon and points", "all nodes; degrees of the kernels linear, cubic and the like")
