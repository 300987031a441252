"""Roots, powers, trigonometric and hyperbolic functions of complex numbers and their inverses, with NumPy's branch cuts.

The formulas keep their derivatives on the axes and on the cuts, where those of the side that the zero's sign tells are meant: a magnitude there
is a product with a sign that is no variable. Inverse functions are Kahan's (1987).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.functions.complexes.elementwise import (
    Pair,
    Part,
    apart,
    choose,
    exp,
    less_equal,
    log,
    log_length,
    made,
    multiply,
    nowhere,
    reciprocal,
    size,
    square,
    unary,
)
from jittape.functions.complexes.registry import by_parts, implements

LN2, LN10 = math.log(2.0), math.log(10.0)
MOST = 100
"""Whole exponents below which powers are products, as in NumPy."""


def sqrt(a: Part, b: Part) -> Pair:
    length, right, side = np.hypot(a, b), a >= 0.0, np.copysign(1.0, b)
    t = np.sqrt(0.5 * (choose(right, a, -a) + length))
    u = 0.5 * b / choose(length == 0.0, 1.0, t)
    return choose(right, t, side * u), choose(right, u, side * t)


def expm1(a: Part, b: Part) -> Pair:
    half = np.sin(0.5 * b)
    return np.expm1(a) * np.cos(b) - 2.0 * half * half, np.exp(a) * np.sin(b)


def log1p(a: Part, b: Part) -> Pair:
    near = (a > -0.5) & (np.abs(a) < 1e3) & (np.abs(b) < 1e3)
    x, y = choose(near, a, 0.0), choose(near, b, 0.0)
    far = log_length(choose(near, 1.0, 1.0 + a), choose(near, 0.0, b))
    return choose(near, 0.5 * np.log1p(x * (2.0 + x) + y * y), far), np.arctan2(b, 1.0 + a)


def scaled(f: Callable[[Part, Part], Pair], factor: float) -> Callable[[Part, Part], Pair]:
    def rule(a: Part, b: Part) -> Pair:
        re, im = f(a, b)
        return re * factor, im * factor

    return rule


def turned(f: Callable[[Part, Part], Pair]) -> Callable[[Part, Part], Pair]:
    """-i f(iz) of f."""

    def rule(a: Part, b: Part) -> Pair:
        re, im = f(-b, a)
        return im, -re

    return rule


def sin(a: Part, b: Part) -> Pair:
    return np.sin(a) * np.cosh(b), np.cos(a) * np.sinh(b)


def cos(a: Part, b: Part) -> Pair:
    return np.cos(a) * np.cosh(b), -(np.sin(a) * np.sinh(b))


def sinh(a: Part, b: Part) -> Pair:
    return np.sinh(a) * np.cos(b), np.cosh(a) * np.sin(b)


def cosh(a: Part, b: Part) -> Pair:
    return np.cosh(a) * np.cos(b), np.sinh(a) * np.sin(b)


def tanh(a: Part, b: Part) -> Pair:
    """Near the imaginary axis (sinh a cosh a + i sin b cos b) / (sinh(a)**2 + cos(b)**2), divided by cosh(a)**2: nothing cancels at a pole.

    Farther away +-(1 - 2 E / (1 + E)) of E = exp(-+2 z): no derivative is a difference of large terms, and nothing overflows.
    """
    far = np.abs(a) > 1.0
    x, y = choose(far, 0.0, a), choose(far, 0.0, b)
    t, c, q = np.tanh(x), np.cos(y), 1.0 / np.cosh(x)
    q = q * q
    d = t * t + c * c * q
    re, im = t / d, np.sin(y) * c * q / d
    if nowhere(far):
        return re, im
    x, y = choose(far, a, 1.0), 2.0 * choose(far, b, 0.0)
    e, c = np.exp(-2.0 * np.abs(x)), np.cos(y)
    e2 = e + e
    d = 1.0 + e2 * c + e * e
    return choose(far, np.copysign(1.0, x) * (1.0 - e2 * (c + e) / d), re), choose(far, e2 * np.sin(y) / d, im)


def arcsin(a: Part, b: Part) -> Pair:
    (p, q), (r, t) = sqrt(1.0 - a, -b), sqrt(1.0 + a, b)
    return np.arctan2(a, p * r - q * t), np.arcsinh(p * t - q * r)


def arccos(a: Part, b: Part) -> Pair:
    (p, q), (r, t) = sqrt(1.0 - a, -b), sqrt(1.0 + a, b)
    return 2.0 * np.arctan2(p, r), np.arcsinh(r * q - t * p)


def arccosh(a: Part, b: Part) -> Pair:
    (p, q), (r, t) = sqrt(a - 1.0, b), sqrt(a + 1.0, b)
    return np.arcsinh(p * r + q * t), 2.0 * np.arctan2(q, r)


def arctanh(a: Part, b: Part) -> Pair:
    """Of the half plane of positive real parts, by sinh(2 Re) = 2 |x| / |1 - z**2|: no digits are lost at either pole, and nothing overflows there.

    Of the angle of (1 + z) / (1 - z), a part whose square overflows says no more than its sign does.
    """
    x, rest = size(a), 1.0 - size(a)
    square = b * b
    y = choose(square < math.inf, b, np.copysign(1.0, b))
    return np.copysign(0.5, a) * np.arcsinh(2.0 * x / np.hypot(rest, b) / np.hypot(1.0 + x, b)), 0.5 * np.arctan2(2.0 * y, rest * (1.0 + x) - square)


FUNCTIONS: dict[Any, Callable[[Part, Part], Pair]] = {
    np.sqrt: sqrt, np.expm1: expm1, np.log1p: log1p, np.log2: scaled(log, 1.0 / LN2), np.log10: scaled(log, 1.0 / LN10),
    np.exp2: lambda a, b: exp(a * LN2, b * LN2), np.sin: sin, np.cos: cos, np.tan: turned(tanh), np.sinh: sinh, np.cosh: cosh, np.tanh: tanh,
    np.arcsin: arcsin, np.arccos: arccos, np.arctan: turned(arctanh), np.arcsinh: turned(arcsin), np.arccosh: arccosh, np.arctanh: arctanh,
}  # fmt: skip
for _function, _rule in FUNCTIONS.items():
    implements(_function)(unary(_rule))
by_parts(np.rint, np.round, np.around)
by_parts(np.nan_to_num)

# --- powers ----------------------------------------------------------------------------------------------------------------


def whole_power(a: Part, b: Part, n: int) -> Pair:
    """By products, as in NumPy; a negative exponent by the reciprocal."""
    if n == 0:
        return (a != a) * 0.0 + 1.0, (b != b) * 0.0  # noqa: PLR0124 (of any number, NaN as well)
    re, im, begun, k = a, b, False, abs(n)
    while k:
        if k & 1:
            re, im = multiply(re, im, a, b) if begun else (a, b)
            begun = True
        k >>= 1
        if k:
            a, b = square(a, b)
    return (re, im) if n > 0 else reciprocal(re, im)


def general_power(a: Part, b: Part, c: Part, d: Part) -> Pair:
    """exp(w log z), and of zero what the exponent says: 1 for 0, z for 1, 0 where its real part is positive."""
    none = (a == 0.0) & (b == 0.0)
    if nowhere(none):
        return exp(*multiply(*log(a, b), c, d))
    re, im = exp(*multiply(*log(choose(none, 1.0, a), b), c, d))
    real = d == 0.0
    once = (c == 1.0) & real
    at_zero = choose((c == 0.0) & real, 1.0, choose(c > 0.0, 0.0, math.nan))
    rest = choose((c == 0.0) & real, 0.0, choose(c > 0.0, 0.0, math.nan))
    return choose(none, choose(once, a, at_zero), re), choose(none, choose(once, b, rest), im)


@implements(np.power, np.float_power)
def power(z: Any, w: Any) -> Any:
    (a, b), (c, d) = apart(z), apart(w)
    if not isinstance(c, (Array, np.ndarray)) and isinstance(d, float) and d == 0.0:
        if c == int(c) if math.isfinite(c) else False:
            if abs(int(c)) < MOST:
                return made(z, *whole_power(a, b, int(c)), w)
        if c == 0.5:
            return made(z, *sqrt(a, b), w)
    return made(z, *general_power(a, b, c, d), w)


# --- choices and logic -------------------------------------------------------------------------------------------------------


def _extreme(largest: bool, skip: bool) -> Callable[[Any, Any], Any]:
    def rule(x: Any, y: Any) -> Any:
        (a, b), (c, d) = apart(x), apart(y)
        first = less_equal(c, d, a, b) if largest else less_equal(a, b, c, d)
        first = first | np.isnan(y) if skip else first | np.isnan(x)
        return np.where(first, x, y)

    return rule


implements(np.maximum)(_extreme(True, False))
implements(np.minimum)(_extreme(False, False))
implements(np.fmax)(_extreme(True, True))
implements(np.fmin)(_extreme(False, True))
for _function in (np.logical_and, np.logical_or, np.logical_xor):
    implements(_function)(lambda x, y, f=_function: f(np.not_equal(x, 0), np.not_equal(y, 0)))

