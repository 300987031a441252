"""Piecewise polynomials: their evaluation, derivatives, antiderivatives and integrals, of recorded coefficients, nodes and points.

What SciPy has as classes of these is here a class as well: one of plain data is SciPy's own object, which also takes recorded points;
one of recorded data is a `Piecewise`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.functions.lift import as_zero_d
from jittape.functions.products import as_array
from jittape.scipy.declare import declare, has_recorded, original, recorded_call
from jittape.scipy.interpolate.places import beyond, column, laid_out, outside, place, refused, wrapped


def polynomial(c: Any, x: Any, points: Any, nu: int, extrapolate: Any) -> Any:
    """The nu-th derivatives of the polynomials c [k, m, ...] between the nodes x [m + 1], at points: [*points, ...]."""
    points = as_array(points)
    if extrapolate == "periodic":
        points = wrapped(points, x[0], x[-1])
    j = place(x[1:-1], points)
    s = np.reshape(points - x[j], (*points.shape, *(1,) * (c.ndim - 2)))
    order = len(c) - 1
    total: Any = None
    for i in range(order + 1 - nu):
        factor = float(np.prod(np.arange(order - i - nu + 1, order - i + 1)))
        term = c[i][j] if factor == 1.0 else factor * c[i][j]
        total = term if total is None else total * s + term
    if total is None:
        total = 0.0 * (s + c[0][j])
    if extrapolate is False:
        mask = outside(points, x[0], x[-1])
        total = np.where(np.reshape(mask, s.shape) if s.ndim > mask.ndim else mask, np.nan, total)
    return total


def differentiated(c: Any, nu: int) -> Any:
    """The coefficients of the nu-th derivative."""
    for _ in range(nu):
        k = len(c)
        c = c[:-1] * column(np.arange(k - 1.0, 0.0, -1.0), c.ndim) if k > 1 else 0.0 * c
    return c


def integrated(c: Any, x: Any, nu: int) -> Any:
    """The coefficients of the nu-th antiderivative, which is zero at the first node and continuous."""
    for _ in range(nu):
        k = len(c)
        higher = c / column(np.arange(float(k), 0.0, -1.0), c.ndim)
        widths = column(np.diff(x), c.ndim - 1)
        pieces: Any = 0.0
        for i in range(k):
            pieces = (pieces + higher[i]) * widths
        start = np.concatenate([np.zeros((1, *c.shape[2:])), np.cumsum(pieces, axis=0)[:-1]])
        c = np.concatenate([higher, start[None]])
    return c


def between(c: Any, x: Any, a: Any, b: Any, extrapolate: Any) -> Any:
    """The integral from a to b of piecewise polynomials."""
    whole = integrated(c, x, 1)

    def up_to(z: Any) -> Any:
        if extrapolate != "periodic":
            return polynomial(whole, x, z, 0, extrapolate)
        period = x[-1] - x[0]
        turns = np.floor((z - x[0]) / period)
        return turns * polynomial(whole, x, x[-1], 0, True) + polynomial(whole, x, z - turns * period, 0, True)

    return as_zero_d(up_to(as_array(b)) - up_to(as_array(a)))


class Piecewise:
    """A piecewise polynomial as SciPy's `PPoly` is one, of recorded coefficients or nodes.

    Attributes:
        c: coefficients [k, m, ...], the highest power first.
        x: nodes [m + 1], in ascending order.
        extrapolate: whether points outside take the first and last polynomial (else NaN), or "periodic".
        axis: where the axis of the nodes is among those of the values.
    """

    def __init__(self, c: Any, x: Any, extrapolate: Any = True, axis: int = 0) -> None:
        self.c, self.x, self.extrapolate, self.axis = c, x, beyond(False, extrapolate), axis

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        return recorded_call(_at, self.c, self.x, x, nu=nu, extrapolate=beyond(self.extrapolate, extrapolate), axis=self.axis)

    def derivative(self, nu: int = 1) -> Piecewise:
        """The nu-th derivative; of negative nu an antiderivative."""
        if nu < 0:
            return self.antiderivative(-nu)
        return Piecewise(recorded_call(differentiated, self.c, nu), self.x, self.extrapolate, self.axis)

    def antiderivative(self, nu: int = 1) -> Piecewise:
        """The nu-th antiderivative, which is zero at the first node."""
        if nu <= 0:
            return self.derivative(-nu)
        return Piecewise(recorded_call(integrated, self.c, self.x, nu), self.x, self.extrapolate is True, self.axis)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from a to b, which are numbers."""
        return recorded_call(between, self.c, self.x, a, b, extrapolate=beyond(self.extrapolate, extrapolate))

    def solve(self, *_: Any, **__: Any) -> Any:
        raise refused("PPoly", "solve")

    def roots(self, *_: Any, **__: Any) -> Any:
        raise refused("PPoly", "roots")


def _at(c: Any, x: Any, points: Any, nu: int, extrapolate: Any, axis: int) -> Any:
    points = as_array(points)
    return laid_out(polynomial(c, x, points, nu, extrapolate), points.ndim, axis)


class OfPlain:
    """What objects of SciPy's classes do besides with recorded points: what the object of recorded data does that `_recorded` makes of them."""

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        return self._recorded()(x, *args, **kwargs) if has_recorded(x) else super().__call__(x, *args, **kwargs)  # type: ignore[misc]

    def _recorded(self) -> Any:
        raise NotImplementedError


class OfArguments(OfPlain):
    """Those that are made again, of the arguments that they were made of."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._given = args, kwargs


class Integrable(OfPlain):
    """Those that have integrals, which take recorded limits."""

    def integrate(self, a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        """The integral from a to b, which are numbers."""
        return self._recorded().integrate(a, b, *args, **kwargs) if has_recorded(a, b) else super().integrate(a, b, *args, **kwargs)  # type: ignore[misc]


class _OfPlain(Integrable):
    def _recorded(self) -> Piecewise:
        p: Any = self
        return Piecewise(np.asarray(p.c), np.asarray(p.x), p.extrapolate, p.axis)


def recordable(name: str, mixin: type, build: Callable[..., Any], by: str, note: str = "") -> Any:
    """The class of scipy.interpolate of this name, whose objects also take recorded points, and are what `build` makes of recorded data.

    `build` takes SciPy's arguments by name.
    """
    path = f"scipy.interpolate.{name}"
    base = original(path)
    signature = inspect.signature(base)

    def new(cls: type, *args: Any, **kwargs: Any) -> Any:
        if not has_recorded(*args, *kwargs.values()):
            return base.__new__(cls)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return build(**bound.arguments)

    declare(path, by, note)
    return type(name, (mixin, base), {"__new__": new, "__doc__": build.__doc__, "__module__": "jittape.scipy.interpolate", "__signature__": signature})


def _ppoly(c: Any, x: Any, extrapolate: Any, axis: Any) -> Piecewise:
    """A piecewise polynomial of coefficients c [k, m, ...] and nodes x [m + 1]."""
    extrapolate = True if extrapolate is None else extrapolate
    if np.ndim(c) < 2 or np.ndim(x) != 1 or np.shape(c)[1] != np.shape(x)[0] - 1:
        raise ValueError(f"scipy.interpolate.PPoly takes c [k, m, ...] and x [m + 1], not shapes {np.shape(c)} and {np.shape(x)}")
    return Piecewise(c, x, extrapolate, axis)


def piecewise(name: str, build: Callable[..., Any], by: str, note: str = "") -> Any:
    """A class of SciPy's whose objects are piecewise polynomials."""
    return recordable(name, _OfPlain, build, by, note)


PPoly = piecewise("PPoly", _ppoly, "c, x and points", "x in ascending order")
