"""Cubic polynomials between nodes, from values and slopes: splines (de Boor 1978), PCHIP (Fritsch and Butland 1984), Akima (1970)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.functions.products import as_array, shape_of
from jittape.scipy.declare import recorded_call
from jittape.scipy.interpolate.piecewise import Piecewise, piecewise
from jittape.scipy.interpolate.places import column, nodes_and_values
from jittape.scipy.linalg.banded import banded_solution


def hermite(x: Any, y: Any, slopes: Any) -> Any:
    """The coefficients [4, n - 1, ...] of the cubics with these values and slopes [n, ...] at the nodes."""
    h = column(np.diff(x), y.ndim)
    chord = np.diff(y, axis=0) / h
    t = (slopes[:-1] + slopes[1:] - 2.0 * chord) / h
    return np.stack([t / h, (chord - slopes[:-1]) / h - t, slopes[:-1] + 0.0 * chord, y[:-1] + 0.0 * chord])


def _by_slopes(name: str, slopes: Callable[..., Any], x: Any, y: Any, axis: int, extrapolate: Any, **options: Any) -> Piecewise:
    def rule(x: Any, y: Any, **options: Any) -> Any:
        x, y, _ = nodes_and_values(name, x, y, axis)
        return hermite(x, y, slopes(x, y, **options))

    c = recorded_call(rule, x, y, **options)
    return Piecewise(c, as_array(x) if isinstance(x, (list, tuple)) else x, extrapolate, axis % (c.ndim - 1))


# --- given slopes ----------------------------------------------------------------------------------------------------------------


def _hermite_spline(x: Any, y: Any, dydx: Any, axis: Any, extrapolate: Any) -> Piecewise:
    """Cubics with values y and slopes dydx at nodes x."""

    def slopes(x: Any, y: Any, dydx: Any) -> Any:
        d = np.moveaxis(as_array(dydx), axis, 0)
        if d.shape != y.shape:
            raise ValueError(f"scipy.interpolate.CubicHermiteSpline: y and dydx have one shape, not {shape_of(y)} and {shape_of(dydx)}")
        return d

    return _by_slopes("CubicHermiteSpline", slopes, x, y, axis, True if extrapolate is None else extrapolate, dydx=dydx)


CubicHermiteSpline = piecewise("CubicHermiteSpline", _hermite_spline, "x, y, dydx and points")


# --- PCHIP -----------------------------------------------------------------------------------------------------------------------


def monotone(x: Any, y: Any) -> Any:
    """Slopes with which the cubics are monotone where the values are: harmonic means of the chords' slopes, zero at their turns."""
    h = column(np.diff(x), y.ndim)
    m = np.diff(y, axis=0) / h
    if len(y) == 2:
        return np.concatenate([m, m])
    before, after = m[:-1], m[1:]
    w1, w2 = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
    turns = (np.sign(after) != np.sign(before)) | (after == 0.0) | (before == 0.0)
    mean = (w1 / np.where(turns, 1.0, before) + w2 / np.where(turns, 1.0, after)) / (w1 + w2)
    inner = np.where(turns, 0.0, 1.0 / np.where(turns, 1.0, mean))
    ends = [_end_slope(h[i], h[j], m[i], m[j])[None] for i, j in ((0, min(1, len(h) - 1)), (-1, max(-2, -len(h))))]
    return np.concatenate([ends[0], inner, ends[1]])


def _end_slope(h0: Any, h1: Any, m0: Any, m1: Any) -> Any:
    """The one-sided formula of three points, kept to the sign of the chord and three times its slope (Moler 2004)."""
    d = ((2.0 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    steep = (np.sign(m0) != np.sign(m1)) & (np.abs(d) > 3.0 * np.abs(m0))
    return np.where(np.sign(d) != np.sign(m0), 0.0, np.where(steep, 3.0 * m0, d))


def _pchip(x: Any, y: Any, axis: Any, extrapolate: Any) -> Piecewise:
    """The monotone piecewise cubic of values y at nodes x."""
    return _by_slopes("PchipInterpolator", monotone, x, y, axis, True if extrapolate is None else extrapolate)


PchipInterpolator = piecewise("PchipInterpolator", _pchip, "x, y and points")


# --- Akima -----------------------------------------------------------------------------------------------------------------------

FLAT = 1e-9
"""Relative size of the differences of slopes up to which Akima's weights are not defined."""


def akima(x: Any, y: Any, method: str) -> Any:
    """Akima's slopes: means of the chords' ones, weighted by how much those beyond differ."""
    m = np.diff(y, axis=0) / column(np.diff(x), y.ndim)
    if len(y) == 2:
        return np.concatenate([m, m])
    first, last = 2.0 * m[:1] - m[1:2], 2.0 * m[-1:] - m[-2:-1]
    m = np.concatenate([2.0 * first - m[:1], first, m, last, 2.0 * last - m[-1:]])
    change = np.abs(np.diff(m, axis=0))
    f1, f2 = change[2:], change[:-2]
    if method == "makima":
        level = np.abs(m[1:] + m[:-1])
        f1, f2 = f1 + 0.5 * level[2:], f2 + 0.5 * level[:-2]
    both = f1 + f2
    flat = both <= FLAT * np.max(both)
    weighted = m[1:-2] + f2 / np.where(flat, 1.0, both) * (m[2:-1] - m[1:-2])
    return np.where(flat, 0.5 * (m[3:] + m[:-3]), weighted)


def _akima(x: Any, y: Any, axis: Any, method: Any = "akima", extrapolate: Any = None) -> Piecewise:
    """Akima's piecewise cubic of values y at nodes x."""
    if method not in ("akima", "makima"):
        raise NotImplementedError(f"`method`={method} is unsupported.")
    return _by_slopes("Akima1DInterpolator", akima, x, y, axis, False if extrapolate is None else extrapolate, method=method)


Akima1DInterpolator = piecewise("Akima1DInterpolator", _akima, "x, y and points")


# --- splines ---------------------------------------------------------------------------------------------------------------------


def _ends(bc_type: Any) -> tuple[list[Any], list[Any]]:
    """What both ends ask for, names or orders of derivatives, and the derivatives there (None where a name says all)."""
    if isinstance(bc_type, str):
        bc_type = (bc_type, bc_type)
    elif len(bc_type) != 2:
        raise ValueError("scipy.interpolate.CubicSpline: `bc_type` must contain 2 elements to specify start and end conditions")
    elif any(isinstance(b, str) and b == "periodic" for b in bc_type):
        raise ValueError("scipy.interpolate.CubicSpline: 'periodic' `bc_type` is defined for both curve ends and cannot be used with other boundary conditions")
    pairs = [(bc, None) if isinstance(bc, str) else bc for bc in bc_type]
    return [kind for kind, _ in pairs], [given for _, given in pairs]


def _conditions(kinds: list[Any], derivatives: list[Any], y: Any) -> list[Any]:
    """The conditions at both ends: "not-a-knot", "periodic", or (order, value)."""
    if kinds[0] == "periodic" and not np.allclose(y[0], y[-1], rtol=1e-15, atol=1e-15):
        raise ValueError("scipy.interpolate.CubicSpline: the first and last `y` must be identical when bc_type='periodic'")
    found: list[Any] = []
    for bc, given in zip(kinds, derivatives, strict=True):
        if isinstance(bc, str):
            if bc not in ("clamped", "natural", "not-a-knot", "periodic"):
                raise ValueError(f"scipy.interpolate.CubicSpline: bc_type={bc} is not allowed")
            found.append({"clamped": (1, 0.0), "natural": (2, 0.0)}.get(bc, bc))
            continue
        if bc not in (1, 2):
            raise ValueError("scipy.interpolate.CubicSpline: the specified derivative order must be 1 or 2")
        if shape_of(given) != y.shape[1:]:
            raise ValueError(f"scipy.interpolate.CubicSpline: a derivative of shape {shape_of(given)} at an end, where the values have {y.shape[1:]}")
        found.append((bc, as_array(given)))
    return found


def spline_slopes(x: Any, y: Any, kinds: list[Any], first: Any, last: Any) -> Any:
    """The slopes at the nodes of the cubic spline, which has two continuous derivatives."""
    n = len(y)
    bc = _conditions(kinds, [first, last], y)
    dx = np.diff(x)
    h = column(dx, y.ndim)
    chord = np.diff(y, axis=0) / h
    if n == 2:
        bc = [(1, chord[0]) if isinstance(b, str) else b for b in bc]
    if n == 3 and bc == ["periodic", "periodic"]:
        mean = np.sum(chord / h, axis=0) / np.sum(1.0 / h, axis=0)
        return np.broadcast_to(mean[None], y.shape)
    if n == 3 and bc == ["not-a-knot", "not-a-knot"]:  # both ask for one parabola
        bend = (chord[1] - chord[0]) / (h[0] + h[1])
        middle = chord[0] + bend * h[0]
        return np.stack([chord[0] - bend * h[0], middle, chord[1] + bend * h[1]])
    inner = 3.0 * (h[1:] * chord[:-1] + h[:-1] * chord[1:])
    if bc[0] == "periodic":
        return _periodic(dx, h, chord, inner)
    top = _end(bc[0], dx[0], dx[1] if n > 2 else None, chord[0], chord[1] if n > 2 else None, 1.0)
    bottom = _end(bc[1], dx[-1], dx[-2] if n > 2 else None, chord[-1], chord[-2] if n > 2 else None, -1.0)
    one: Callable[[Any], Any] = lambda v: np.reshape(v, (1,))
    ab = np.stack([
        np.concatenate([np.zeros(1), one(top[1]), dx[:-1]]),
        np.concatenate([one(top[0]), 2.0 * (dx[:-1] + dx[1:]), one(bottom[0])]),
        np.concatenate([dx[1:], one(bottom[1]), np.zeros(1)]),
    ])
    right = [np.broadcast_to(v, y.shape[1:])[None] for v in (top[2], bottom[2])]
    return _solved(ab, np.concatenate([right[0], inner, right[1]]))


def _end(bc: Any, h: Any, beyond: Any, chord: Any, next_chord: Any, sign: float) -> tuple[Any, Any, Any]:
    """The row of an end: (the factor of its slope, that of the neighbour's, the right-hand side)."""
    if isinstance(bc, str):  # the third derivative is continuous at the next node
        d = h + beyond
        return beyond, d, ((h + 2.0 * d) * beyond * chord + h**2 * next_chord) / d
    order, given = bc
    if order == 1:
        return 1.0, 0.0, given
    return 2.0 * h, h, -0.5 * sign * given * h**2 + 3.0 * chord * h


def _periodic(dx: Any, h: Any, chord: Any, inner: Any) -> Any:
    """The slopes of a periodic spline: the system of a ring, whose last unknown is taken out and found afterwards."""
    n = len(dx) + 1
    right = np.concatenate([3.0 * (h[:1] * chord[-1:] + h[-1:] * chord[:1]), inner])
    upper = np.concatenate([np.zeros(1), dx[-1:], dx[: n - 4]])
    main = np.concatenate([2.0 * (dx[-1:] + dx[:1]), 2.0 * (dx[: n - 3] + dx[1 : n - 2])])
    lower = np.concatenate([dx[1 : n - 2], np.zeros(1)])
    ab = np.stack([upper[: n - 2], main, lower])
    corners = np.zeros(n - 2)
    s1 = _solved(ab, right[:-1])
    edge = -dx[0] * _unit(corners, 0) - dx[-3] * _unit(corners, -1)
    s2 = column(banded_solution(1, 1, ab, edge[:, None])[:, 0], right.ndim)
    last = (right[-1] - dx[-2] * s1[0] - dx[-1] * s1[-1]) / (2.0 * (dx[-1] + dx[-2]) + dx[-2] * s2[0] + dx[-1] * s2[-1])
    s = np.concatenate([s1 + last * s2, last[None]])
    return np.concatenate([s, s[:1]])


def _unit(zeros: Any, i: int) -> Any:
    out = zeros.copy()
    out[i] = 1.0
    return out


def _solved(ab: Any, right: Any) -> Any:
    return banded_solution(1, 1, ab, right.reshape(len(right), -1)).reshape(right.shape)


def _cubic_spline(x: Any, y: Any, axis: Any, bc_type: Any, extrapolate: Any) -> Piecewise:
    """The cubic spline of values y at nodes x, with conditions `bc_type` at its ends, whose values may be recorded."""
    if extrapolate is None:
        extrapolate = "periodic" if isinstance(bc_type, str) and bc_type == "periodic" else True
    kinds, (first, last) = _ends(bc_type)
    return _by_slopes("CubicSpline", spline_slopes, x, y, axis, extrapolate, kinds=kinds, first=first, last=last)


CubicSpline = piecewise("CubicSpline", _cubic_spline, "x, y, derivatives of bc_type and points")
