"""Formulas of complex numbers that native code has for itself: values and derivatives as Numba's plain functions have them."""

import math

import numpy as np

from jittape.functions.complexes.analytic import MOST, general_power, sqrt, whole_power
from jittape.functions.complexes.elementwise import choose, exp, log, minus, plus, times
from jittape.native.vars.var import own_tape, replayed, value_of


def quotient(a, b, c, d):
    """By Smith's method, as Numba does; in a replay, where the larger part may be another one, by the length, which no zero part makes infinite."""
    if replayed(a) or replayed(b) or replayed(c) or replayed(d):
        r = np.hypot(c, d)
        u, v = c / r, d / r
        return (a * u + b * v) / r, (b * u - a * v) / r
    if value_of(c) == 0.0 and value_of(d) == 0.0:
        return a / abs(c), b / abs(c)
    if abs(value_of(c)) >= abs(value_of(d)):
        ratio = d / c
        scale = plus(c, times(d, ratio))
        return plus(a, times(b, ratio)) / scale, minus(b, times(a, ratio)) / scale
    ratio = c / d
    scale = plus(times(c, ratio), d)
    return plus(times(a, ratio), b) / scale, minus(times(b, ratio), a) / scale


def power(a, b, c, d):
    if own_tape(c) == 0 and own_tape(d) == 0 and value_of(d) == 0.0:
        n = value_of(c)
        if abs(n) < MOST and n == math.floor(n):
            return whole_power(a, b, int(n))
        if n == 0.5:
            return sqrt(a, b)
        return real_power(a, b, c)
    return general_power(a, b, c, d)


def real_power(a, b, c):
    """By a real exponent that is known: a zero angle keeps its sign, as in Numba, which a product with (c, 0) gives another."""
    none = (a == 0.0) & (b == 0.0)
    p, q = log(choose(none, 1.0, a), b)
    re, im = exp(p * c, q * c)
    at_zero = choose(c > 0.0, 0.0, math.nan)
    return choose(none, at_zero, re), choose(none, at_zero, im)


def log_base(a, b, c, d):
    p, q = log(a, b)
    r, s = log(c, d)
    return quotient(p, q, r, s)


def negative(a, b):
    return -a, -b


def same(a, b):
    return a, b


def conjugate(a, b):
    return a, -b


def sign(a, b):
    """At zero constant, as of real numbers."""
    none = (a == 0.0) & (b == 0.0)
    length = np.hypot(choose(none, 1.0, a), b)
    return choose(none, 0.0, a / length), choose(none, 0.0, b / length)


def absolute(a, b):
    return np.hypot(a, b)


def phase(a, b):
    return np.arctan2(b, a)


# --- questions, whose answers decide -----------------------------------------------------------------------------------------


def equal(a, b, c, d):
    return a == c and b == d


def not_equal(a, b, c, d):
    return a != c or b != d


def truth(a, b):
    return a != 0.0 or b != 0.0


def no_truth(a, b):
    return a == 0.0 and b == 0.0


def is_real(a, b):
    return b == 0.0


def is_complex(a, b):
    return b != 0.0


def isnan(a, b):
    return np.isnan(a) or np.isnan(b)


def isinf(a, b):
    return np.isinf(a) or np.isinf(b)


def isfinite(a, b):
    return np.isfinite(a) and np.isfinite(b)
