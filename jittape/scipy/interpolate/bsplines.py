"""B-splines: their evaluation by de Boor's algorithm, derivatives, integrals, and the ones that interpolate.

de Boor (1978), A Practical Guide to Splines. Coefficients, knots and points may be recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.lift import as_zero_d
from jittape.functions.products import as_array, recorded
from jittape.scipy.declare import like, original, recorded_call, recording
from jittape.scipy.interpolate.piecewise import Integrable, recordable
from jittape.scipy.interpolate.places import (
    beyond,
    column,
    laid_out,
    nodes_and_values,
    outside,
    place,
    refused,
    wrapped,
)
from jittape.scipy.linalg.banded import banded_solution


def quotient(a: Any, b: Any) -> Any:
    """a / b, zero where b is, as it is between knots at one place."""
    if recorded(b):
        return np.where(b == 0.0, 0.0, a / np.where(b == 0.0, 1.0, b))
    return a * np.where(b == 0.0, 0.0, 1.0 / np.where(b == 0.0, 1.0, b))


def _intervals(t: Any, n: int, k: int, x: Any) -> Any:
    """The number j of the knots t[j] <= x < t[j + 1] of each point, from k to n - 1."""
    return place(t[k + 1 : n], x) + k


def spline(t: Any, c: Any, k: int, x: Any, nu: int, extrapolate: Any) -> Any:
    """The nu-th derivatives at points x of the spline of degree k with knots t and coefficients c [n, ...]: [*points, ...]."""
    x, n = as_array(x), len(t) - k - 1
    c = c[:n]
    low, high = t[k], t[n]
    if extrapolate == "periodic":
        x = wrapped(x, low, high)
    mask = outside(x, low, high) if extrapolate is False else None
    if nu > k:
        return 0.0 * c[np.zeros(x.shape, int)]
    for _ in range(nu):  # the derivative is a spline of lower degree with the inner knots
        c = k * quotient(np.diff(c, axis=0), column(t[k + 1 : k + len(c)] - t[1 : len(c)], c.ndim))
        t, k = t[1:-1], k - 1
    n = len(t) - k - 1
    j = _intervals(t, n, k, x)
    s = np.reshape(x, (*x.shape, *(1,) * (c.ndim - 1)))
    shaped: Callable[[Any], Any] = lambda v: np.reshape(v, s.shape)
    d = [c[j - k + r] for r in range(k + 1)]
    for r in range(1, k + 1):
        for i in range(k, r - 1, -1):
            left, right = shaped(t[i + j - k]), shaped(t[i + 1 + j - r])
            alpha = (s - left) / (right - left)
            d[i] = (1.0 - alpha) * d[i - 1] + alpha * d[i]
    out = d[k]
    return out if mask is None else np.where(shaped(mask), np.nan, out)


def antiderivative(t: Any, c: Any, k: int) -> tuple[Any, Any, int]:
    """(knots, coefficients, degree) of the antiderivative that is zero at the first knot."""
    n = len(t) - k - 1
    steps = column(t[k + 1 : k + 1 + n] - t[:n], c.ndim)
    sums = np.cumsum(c[:n] * steps, axis=0) / (k + 1.0)
    new = np.concatenate([np.zeros((1, *c.shape[1:])), sums])
    return np.concatenate([t[:1], t, t[-1:]]), new, k + 1


class Spline:
    """A B-spline as SciPy's `BSpline` is one, of recorded knots or coefficients.

    Attributes:
        t, c, k: knots [n + k + 1], coefficients [n, ...], degree.
        extrapolate: whether points outside take the first and last polynomial (else NaN), or "periodic".
        axis: where the axis of the coefficients is among those of the values.
    """

    def __init__(self, t: Any, c: Any, k: int, extrapolate: Any = True, axis: int = 0) -> None:
        self.t, self.c, self.k, self.extrapolate, self.axis = t, c, int(k), beyond(False, extrapolate), axis

    @property
    def tck(self) -> tuple[Any, Any, int]:
        return self.t, self.c, self.k

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        return recorded_call(_at, self.t, self.c, x, k=self.k, nu=nu, extrapolate=beyond(self.extrapolate, extrapolate), axis=self.axis)

    def derivative(self, nu: int = 1) -> Any:
        """What gives the nu-th derivative."""
        return _Derivative(self, nu)

    def antiderivative(self, nu: int = 1) -> Spline:
        """The nu-th antiderivative, which is zero at the first knot."""
        t, c, k = self.tck
        for _ in range(nu):
            t, c = recorded_call(lambda t, c, k=k: antiderivative(t, c, k)[:2], t, c)
            k += 1
        return Spline(t, c, k, self.extrapolate is True, self.axis)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from a to b, which are numbers."""
        extrapolate = beyond(self.extrapolate, extrapolate)
        if extrapolate == "periodic":
            raise refused("BSpline", "integrate(extrapolate='periodic')")
        return recorded_call(_between, self.t, self.c, a, b, k=self.k, extrapolate=extrapolate)


class _Derivative:
    """A derivative of a spline, as a function of the points."""

    def __init__(self, of: Spline, nu: int) -> None:
        self._of, self._nu = of, nu

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        return self._of(x, self._nu + nu, extrapolate)

    def derivative(self, nu: int = 1) -> Any:
        return _Derivative(self._of, self._nu + nu)


def _at(t: Any, c: Any, x: Any, k: int, nu: int, extrapolate: Any, axis: int) -> Any:
    x = as_array(x)
    return laid_out(spline(as_array(t), as_array(c), k, x, nu, extrapolate), x.ndim, axis)


def _between(t: Any, c: Any, a: Any, b: Any, k: int, extrapolate: Any) -> Any:
    t, c = as_array(t), as_array(c)
    knots, new, degree = antiderivative(t, c, k)
    at: Callable[[Any], Any] = lambda x: spline(knots, new, degree, as_array(x), 0, extrapolate)
    return as_zero_d(at(b) - at(a) if extrapolate is not False else at(np.clip(b, t[k], t[-k - 1])) - at(np.clip(a, t[k], t[-k - 1])))


class _OfPlain(Integrable):
    def _recorded(self) -> Spline:
        s: Any = self
        return Spline(np.asarray(s.t), np.asarray(s.c), s.k, s.extrapolate, s.axis)


def _bspline(t: Any, c: Any, k: Any, extrapolate: Any, axis: Any) -> Spline:
    """A B-spline of degree k with knots t [n + k + 1] and coefficients c [n, ...]."""
    t, c = (as_array(x) if isinstance(x, (list, tuple)) else x for x in (t, c))
    if np.ndim(t) != 1 or np.ndim(c) < 1 or np.shape(t)[0] < 2 * (k + 1) or np.shape(c)[axis] < np.shape(t)[0] - k - 1:
        raise ValueError(f"scipy.interpolate.BSpline: knots of shape {np.shape(t)} and coefficients of shape {np.shape(c)} do not fit degree {k}: it takes n + k + 1 knots and n coefficients")
    axis %= np.ndim(c)
    return Spline(t, recorded_call(lambda c: np.moveaxis(c, axis, 0), c) if axis else c, k, extrapolate, axis)


BSpline = recordable("BSpline", _OfPlain, _bspline, "t, c and points")


# --- interpolation ------------------------------------------------------------------------------------------------------------------

ENDS = {"natural": 2, "clamped": 1}
"""Conditions at an end by name: the order of the derivative that is zero there."""


def _conditions(bc_type: Any) -> list[list[tuple[int, Any]]]:
    """The derivatives that are given at both ends."""
    if isinstance(bc_type, str) or bc_type is None:
        bc_type = (bc_type, bc_type)
    found = []
    for bc in bc_type:
        if isinstance(bc, str):
            if bc == "periodic":
                raise RecordingError("scipy.interpolate.make_interp_spline of recorded values has no bc_type='periodic'; CubicSpline has")
            if bc not in ("not-a-knot", *ENDS):
                raise ValueError(f"Unknown boundary condition : {bc}")
            bc = None if bc == "not-a-knot" else [(ENDS[bc], 0.0)]
        found.append([] if bc is None else list(bc))
    return found


def _knots(x: Any, k: int, given: int) -> Any:
    """The knots of a spline that interpolates at x: some of the nodes, or their middles for even degrees."""
    if k == 0:
        return np.concatenate([x, x[-1:]])
    if k == 1 or given:  # all nodes are knots
        inner = x if k % 2 else None
        if inner is None:
            raise RecordingError("scipy.interpolate.make_interp_spline of recorded values takes derivatives at the ends for odd degrees")
        return np.concatenate([np.broadcast_to(x[:1], (k,)), inner, np.broadcast_to(x[-1:], (k,))])
    if k % 2:
        inner = x[(k + 1) // 2 : -(k + 1) // 2]
    else:
        inner = ((x[1:] + x[:-1]) / 2.0)[k // 2 : -k // 2]
    return np.concatenate([np.broadcast_to(x[:1], (k + 1,)), inner, np.broadcast_to(x[-1:], (k + 1,))])


def basis(t: Any, k: int, x: Any, nu: int = 0) -> tuple[Any, Any]:
    """(the nu-th derivatives [points, k + 1] of the B-splines that are not zero at points, the number of the first of these)."""
    n = len(t) - k - 1
    j = _intervals(t, n, k, x)
    one = np.ones(np.shape(x))
    values = [one]
    for r in range(1, k + 1 - nu):
        values = _raised(t, j, r, x, values)
    for r in range(k + 1 - nu, k + 1):  # derivatives of those of one degree more
        parts = [quotient(v, t[j + 1 + i] - t[j + 1 + i - r]) for i, v in enumerate(values)]
        values = [r * ((parts[i - 1] if i else 0.0) - (parts[i] if i < r else 0.0)) + 0.0 * one for i in range(r + 1)]
    return np.stack(values, axis=-1), j - k


def _raised(t: Any, j: Any, r: int, x: Any, values: list[Any]) -> list[Any]:
    """The B-splines of degree r from those of degree r - 1, which are not zero between the knots j and j + 1."""
    parts = [quotient(v, t[j + 1 + i] - t[j + 1 + i - r]) for i, v in enumerate(values)]
    found = []
    for i in range(r + 1):
        rising = (x - t[j + i - r]) * parts[i - 1] if i else 0.0
        falling = (t[j + i + 1] - x) * parts[i] if i < r else 0.0
        found.append(rising + falling)
    return found


def interpolating(x: Any, y: Any, k: int, t: Any, bc_type: Any) -> tuple[Any, Any]:
    """(knots, coefficients) of the spline of degree k with values y at x and derivatives bc_type at the ends."""
    first, last = _conditions(bc_type)
    n = len(x) + len(first) + len(last)
    if t is None:
        t = _knots(x, k, len(first) + len(last))
    if len(t) != n + k + 1:
        raise ValueError(f"scipy.interpolate.make_interp_spline: the number of derivatives at boundaries does not match: expected {len(t) - len(x) - k - 1}, got {len(first)}+{len(last)}")
    if k == 0 or (k == 1 and not first and not last and len(t) == len(x) + 2):
        return t, y
    rows = [basis(t, k, x[:1], order) for order, _ in first] + [basis(t, k, x)] + [basis(t, k, x[-1:], order) for order, _ in last]
    values = np.concatenate([v for v, _ in rows])
    start = np.concatenate([j for _, j in rows])
    i = np.arange(n)[:, None]
    columns = start[:, None] + np.arange(k + 1)
    below, above = max(int(np.max(i - columns)), 0), max(int(np.max(columns - i)), 0)
    places = np.zeros((below + above + 1, n), int)
    places[above + i - columns, columns] = np.arange(1, values.size + 1).reshape(values.shape)
    ab = np.concatenate([np.zeros(1), np.ravel(values)])[places]
    ends = [[np.broadcast_to(as_array(v), y.shape[1:])[None] for _, v in some] for some in (first, last)]
    right = np.concatenate([*ends[0], y, *ends[1]])
    return t, banded_solution(below, above, ab, right.reshape(n, -1)).reshape(right.shape)


def _of_this_class(function: Callable[..., Any]) -> Callable[..., Any]:
    """SciPy's splines of plain data as objects of the class here, which take recorded points."""

    @wraps(function)
    def made(*args: Any, **kwargs: Any) -> Any:
        s = function(*args, **kwargs)
        return s if isinstance(s, Spline) else BSpline.construct_fast(s.t, s.c, s.k, s.extrapolate, s.axis)

    return made


@_of_this_class
@like("scipy.interpolate.make_interp_spline", by="x, y, t, derivatives of bc_type", note="not periodic", always=True)
def make_interp_spline(x: Any, y: Any, k: Any = 3, t: Any = None, bc_type: Any = None, axis: Any = 0, check_finite: Any = True) -> Any:
    """The B-spline of degree k with values y at nodes x, as an object with the methods of SciPy's `BSpline`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import interpolate
        >>> jt.grad(lambda y: interpolate.make_interp_spline(np.arange(4.0), y)(1.5))(np.ones(4)).round(6).tolist()
        [-0.0625, 0.5625, 0.5625, -0.0625]
    """
    made = _knots_and_coefficients(x, y, k, t, bc_type, axis, check_finite)
    return Spline(made[0], made[1], int(k), True, axis % made[1].ndim) if isinstance(made, tuple) else made


def _interpolating(x: Any, y: Any, k: Any = 3, t: Any = None, bc_type: Any = None, axis: Any = 0, check_finite: Any = True) -> Any:
    x, y, _ = nodes_and_values("make_interp_spline", x, y, axis, 1 if k == 0 else 2)
    return interpolating(x, y, int(k), None if t is None else as_array(t), bc_type)


_knots_and_coefficients = recording(_interpolating, original("scipy.interpolate.make_interp_spline"), several=("bc_type",))
"""Of recorded data the knots and coefficients, so that tensors get tensors; of plain data SciPy's spline."""


def cardinal(nodes: Any, x: Any, k: int) -> Any:
    """The weights [points, nodes] of the values in the spline of degree k that interpolates them."""
    t, c = interpolating(nodes, np.eye(len(nodes)), k, None, None)
    return spline(t, c, k, x, 0, True)


KINDS = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3, "quintic": 5}
"""Names of degrees."""
