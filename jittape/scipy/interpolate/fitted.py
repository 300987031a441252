"""FITPACK's splines as functions and as objects, where they interpolate: `splrep`, `splev`, `InterpolatedUnivariateSpline`."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.lift import as_zero_d
from jittape.functions.products import as_array
from jittape.scipy.declare import has_recorded, like, recorded_call
from jittape.scipy.interpolate.bsplines import Spline, antiderivative, interpolating, spline
from jittape.scipy.interpolate.piecewise import OfPlain, recordable
from jittape.scipy.interpolate.places import nodes_and_values, outside


def evaluated(name: str, x: Any, t: Any, c: Any, k: int, der: int, ext: Any) -> Any:
    """The der-th derivatives of a spline at points x; `ext` says what they are outside: the first and last polynomial, zeros, an error, the ends."""
    t, c, x = as_array(t), as_array(c), as_array(x)
    n = len(t) - k - 1
    low, high = t[k], t[n]
    ext = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}.get(ext, ext)
    if ext not in (0, 1, 2, 3):
        raise ValueError(f"scipy.interpolate.{name}: ext is 0, 1, 2 or 3, not {ext!r}")
    if ext == 3:
        return as_zero_d(spline(t, c, k, np.clip(x, low, high), der, True))
    if ext == 2 and np.any(outside(x, low, high)):  # guarded
        raise ValueError(f"scipy.interpolate.{name}: a point is outside the knots (ext=2)")
    out = spline(t, c, k, x, der, True)
    return as_zero_d(np.where(outside(x, low, high), 0.0, out) if ext == 1 else out)


def integral(t: Any, c: Any, k: int, a: Any, b: Any) -> Any:
    """The integral from a to b of a spline that is zero outside its knots."""
    t, c = as_array(t), as_array(c)
    n = len(t) - k - 1
    knots, new, degree = antiderivative(t, c, k)
    at = [spline(knots, new, degree, np.clip(as_array(x), t[k], t[n]), 0, True) for x in (a, b)]
    return at[1] - at[0]


@like("scipy.interpolate.splrep", by="x, y", note="with s=0, which interpolates")
def splrep(
    x: Any, y: Any, w: Any = None, xb: Any = None, xe: Any = None, k: Any = 3, task: Any = 0, s: Any = None, t: Any = None, full_output: Any = 0, per: Any = 0, quiet: Any = 1,
) -> Any:  # fmt: skip
    """(knots, coefficients, degree) of the spline that interpolates y at x, for `splev`."""
    if w is not None or s not in (None, 0, 0.0) or t is not None or per or task or full_output or xb is not None or xe is not None:
        raise RecordingError("scipy.interpolate.splrep of recorded values interpolates: without w, s, t, per, task, xb, xe and full_output")
    x, y, _ = nodes_and_values("splrep", x, y, 0, int(k) + 1)
    knots, c = interpolating(x, y, int(k), None, None)
    return knots, np.concatenate([c, np.zeros(int(k) + 1)]), int(k)


def _tck(name: str, tck: Any) -> tuple[Any, Any, int]:
    t, c, k = tck.tck if isinstance(tck, Spline) else tck
    if isinstance(c, (list, tuple)) and len(c) and np.ndim(c[0]):
        raise RecordingError(f"scipy.interpolate.{name} of recorded values takes one spline; those of a curve one after another")
    return t, c, k


@like("scipy.interpolate.splev", by="x, tck", several=("tck",))
def splev(x: Any, tck: Any, der: Any = 0, ext: Any = 0) -> Any:
    """The der-th derivatives at points x of a spline (knots, coefficients, degree)."""
    return evaluated("splev", x, *_tck("splev", tck), der, ext)


@like("scipy.interpolate.splint", by="a, b, tck", several=("tck",), note="full_output=0")
def splint(a: Any, b: Any, tck: Any, full_output: Any = 0) -> Any:
    """The integral from a to b of a spline (knots, coefficients, degree), which is zero outside its knots."""
    if full_output:
        raise RecordingError("scipy.interpolate.splint of recorded values has no full_output")
    return integral(*_tck("splint", tck), a, b)


class Fitted:
    """What FITPACK's objects are of recorded data, or at recorded points."""

    def __init__(self, t: Any, c: Any, k: int, ext: Any) -> None:
        self.t, self.c, self.k, self.ext = t, c, k, ext

    def __call__(self, x: Any, nu: int = 0, ext: Any = None) -> Any:
        ext = self.ext if ext is None else ext
        return recorded_call(lambda x, t, c: evaluated("UnivariateSpline", x, t, c, self.k, nu, ext), x, self.t, self.c)

    def integral(self, a: Any, b: Any) -> Any:
        """The integral from a to b."""
        return recorded_call(lambda t, c, a, b: integral(t, c, self.k, a, b), self.t, self.c, a, b)

    def derivative(self, n: int = 1) -> Any:
        """The n-th derivative, as a function of the points."""
        return lambda x, nu=0, ext=None: self(x, n + nu, ext)

    def antiderivative(self, n: int = 1) -> Fitted:
        """The n-th antiderivative, which is zero at the first knot."""
        t, c, k = self.t, self.c, self.k
        for _ in range(n):
            t, c = recorded_call(lambda t, c, k=k: antiderivative(as_array(t), as_array(c), k)[:2], t, c)
            k += 1
        return Fitted(t, c, k, self.ext)

    def get_coeffs(self) -> Any:
        return self.c

    def get_residual(self) -> float:
        return 0.0


class _OfPlain(OfPlain):
    """What FITPACK's objects do besides with recorded points and limits."""

    def integral(self, a: Any, b: Any) -> Any:
        """The integral from a to b; the spline is zero outside its knots."""
        return self._recorded().integral(a, b) if has_recorded(a, b) else super().integral(a, b)  # type: ignore[misc]

    def _recorded(self) -> Fitted:
        mine: Any = self
        t, c, k = mine._eval_args
        return Fitted(np.asarray(t), np.asarray(c), int(k), mine.ext)


def _interpolated(x: Any, y: Any, w: Any, bbox: Any, k: Any, ext: Any, check_finite: Any) -> Fitted:
    """The spline of degree k with values y at nodes x."""
    if any(b is not None for b in bbox):
        raise RecordingError("scipy.interpolate.InterpolatedUnivariateSpline of recorded values takes no bbox=")

    def rule(x: Any, y: Any) -> tuple[Any, Any]:
        x, y, _ = nodes_and_values("InterpolatedUnivariateSpline", x, y, 0, int(k) + 1)
        return interpolating(x, y, int(k), None, None)

    t, c = recorded_call(rule, x, y)
    return Fitted(t, c, int(k), ext)


def _univariate(x: Any, y: Any, w: Any, bbox: Any, k: Any, s: Any, ext: Any, check_finite: Any) -> Fitted:
    """The spline of degree k with values y at nodes x, for s=0."""
    if s is None or has_recorded(s) or s != 0:
        raise RecordingError("scipy.interpolate.UnivariateSpline of recorded values interpolates, with s=0; the knots of a smoothing spline jump with the data")
    return _interpolated(x, y, w, bbox, k, ext, check_finite)


InterpolatedUnivariateSpline = recordable("InterpolatedUnivariateSpline", _OfPlain, _interpolated, "x, y and points")
UnivariateSpline = recordable("UnivariateSpline", _OfPlain, _univariate, "x, y and points", "of recorded data with s=0; of plain data by points")
