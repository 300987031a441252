"""Integrals of samples: trapezoids, Simpson's rule, Romberg's, and what is cumulated of them. Values, coordinates and steps may be recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.functions.products import as_array, shape_of
from jittape.scipy.declare import like


def _aligned(name: str, y: Any, x: Any, dx: Any, axis: int) -> tuple[Any, Any]:
    """(y with the axis last, the steps between its samples, broadcast with its other axes)."""
    y = as_array(y)
    if not y.ndim:
        raise ValueError(f"scipy.integrate.{name}: y has samples along an axis; it is a number")
    y = np.moveaxis(y, axis, -1)
    if x is None:
        return y, dx if np.ndim(dx) == 0 else np.moveaxis(as_array(dx), axis, -1)
    x = as_array(x)
    if x.ndim > 1:
        if x.ndim != y.ndim:
            raise ValueError(f"scipy.integrate.{name}: x is one-dimensional or has the shape of y, not shape {x.shape}")
        x = np.moveaxis(x, axis, -1)
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"scipy.integrate.{name}: x has {x.shape[-1]} elements along the axis and y {y.shape[-1]}")
    return y, np.diff(x, axis=-1)


def _ratio(a: Any, b: Any) -> Any:
    """a / b, zero where b is, as SciPy takes it between samples at one place."""
    zero = b == 0
    return np.where(zero, 0.0, a / np.where(zero, 1.0, b))


@like("scipy.integrate.trapezoid", by="y, x, dx")
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """The integral of samples by the trapezoidal rule along an axis."""
    return np.trapezoid(y, x, dx, axis)


@like("scipy.integrate.cumulative_trapezoid", by="y, x, dx")
def cumulative_trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None) -> Any:
    """The integrals from the first sample to each later one, and a zero before them with initial=0."""
    if initial is not None and (isinstance(initial, Array) or initial != 0):
        raise ValueError("scipy.integrate.cumulative_trapezoid: initial is None or 0")
    y, steps = _aligned("cumulative_trapezoid", y, x, dx, axis)
    found = np.cumsum(steps * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
    if initial is not None:
        found = np.concatenate([np.zeros((*found.shape[:-1], 1)), found], axis=-1)
    return np.moveaxis(found, -1, axis)


@like("scipy.integrate.simpson", by="y, x, dx")
def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: Any = -1) -> Any:
    """The integral of samples by Simpson's rule along an axis; of an even number of them with a correction for the last interval.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import integrate
        >>> jt.grad(lambda y: integrate.simpson(y, dx=0.5))(np.ones(3)).round(6).tolist()
        [0.166667, 0.666667, 0.166667]
    """
    y, steps = _aligned("simpson", y, x, dx, axis)
    n = y.shape[-1]
    if n == 2:
        return 0.5 * (steps if np.ndim(steps) == 0 else steps[..., -1]) * (y[..., 0] + y[..., 1])
    odd = n - (n % 2 == 0)
    total = _parabolas(y[..., :odd], steps if np.ndim(steps) == 0 or x is None else steps[..., : odd - 1], x is None)
    if odd == n:
        return total
    if x is None:  # Cartwright (2017), equation 8
        step = steps if np.ndim(steps) == 0 else steps[..., 0]
        h0 = h1 = step
    else:
        h0, h1 = steps[..., -2], steps[..., -1]
    last = _ratio(2.0 * h1**2 + 3.0 * h0 * h1, 6.0 * (h0 + h1)) * y[..., -1]
    middle = _ratio(h1**2 + 3.0 * h0 * h1, 6.0 * h0) * y[..., -2]
    return total + last + middle - _ratio(h1**3, 6.0 * h0 * (h0 + h1)) * y[..., -3]


def _parabolas(y: Any, steps: Any, even: bool) -> Any:
    """Simpson's rule for an odd number of samples."""
    first, second, third = y[..., :-2:2], y[..., 1::2], y[..., 2::2]
    if even:
        return np.sum(first + 4.0 * second + third, axis=-1) * ((steps if np.ndim(steps) == 0 else steps[..., 0]) / 3.0)
    h0, h1 = steps[..., ::2], steps[..., 1::2]
    both, ratio = h0 + h1, _ratio(h0, h1)
    return np.sum(both / 6.0 * (first * (2.0 - _ratio(1.0, ratio)) + second * both * _ratio(both, h0 * h1) + third * (2.0 - ratio)), axis=-1)


@like("scipy.integrate.cumulative_simpson", by="y, x, dx, initial")
def cumulative_simpson(y: Any, *, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None) -> Any:
    """The integrals from the first sample to each later one, by the parabola through each interval and the next one."""
    shape = shape_of(y)
    y, steps = _aligned("cumulative_simpson", y, x, dx, axis)
    if x is not None and not np.all(steps > 0):  # guarded
        raise ValueError("scipy.integrate.cumulative_simpson: x increases strictly along the axis")
    if y.shape[-1] < 3:
        found = np.cumsum(steps * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
    else:
        widths = np.broadcast_to(steps, (*y.shape[:-1], y.shape[-1] - 1)) if x is None else steps
        rule = _first_of_equal if x is None else _first_of_two
        forth, back = rule(y, widths), rule(y[..., ::-1], widths[..., ::-1])[..., ::-1]
        n = y.shape[-1] - 1
        take = np.arange(n) % 2 == 0
        take[-1] = False  # of the last interval only the second formula is known
        forth = np.concatenate([forth, forth[..., -1:]], axis=-1)
        back = np.concatenate([back[..., :1], back], axis=-1)
        found = np.cumsum(np.where(take, forth, back), axis=-1)
    if initial is not None:
        initial = as_array(initial)
        if initial.ndim and initial.shape != tuple(1 if a == axis % len(shape) else n for a, n in enumerate(shape)):
            raise ValueError("scipy.integrate.cumulative_simpson: initial is a number, or has the shape of y with length one along the axis")
        start = np.moveaxis(initial, axis, -1) if initial.ndim else np.broadcast_to(initial, (*found.shape[:-1], 1))
        found = np.concatenate([start, found + start], axis=-1)
    return np.moveaxis(found, -1, axis)


def _first_of_equal(y: Any, h: Any) -> Any:
    """The integral over the first of each two intervals of one width."""
    return h[..., :-1] / 3.0 * (1.25 * y[..., :-2] + 2.0 * y[..., 1:-1] - 0.25 * y[..., 2:])


def _first_of_two(y: Any, h: Any) -> Any:
    """The integral over the first of each two intervals (Cartwright 2017, equation 8)."""
    first, second = h[..., :-1], h[..., 1:]
    share = first / (first + second)
    more = share * (first / second)
    return first / 6.0 * ((3.0 - share) * y[..., :-2] + (3.0 + more + share) * y[..., 1:-1] - more * y[..., 2:])


@like("scipy.integrate.romb", by="y, dx")
def romb(y: Any, dx: Any = 1.0, axis: Any = -1, show: Any = False) -> Any:
    """The integral of 2**k + 1 equally spaced samples along an axis by Romberg's rule."""
    y, dx = _aligned("romb", y, None, dx, axis)
    intervals = y.shape[-1] - 1
    if intervals < 1 or intervals & (intervals - 1):
        raise ValueError(f"scipy.integrate.romb: the number of samples is one plus a power of two, not {y.shape[-1]}")
    ends = (y[..., 0] + y[..., -1]) / 2.0
    rows = [[ends * (intervals * dx)]]
    step = intervals
    while step > 1:  # each row halves the step, and is extrapolated from the one before it
        half = step // 2
        row = [0.5 * rows[-1][0] + np.sum(y[..., half::step], axis=-1) * (half * dx)]
        for j, before in enumerate(rows[-1]):
            row.append(row[j] + (row[j] - before) / (4.0 ** (j + 1) - 1.0))
        rows.append(row)
        step = half
    return rows[-1][-1]
