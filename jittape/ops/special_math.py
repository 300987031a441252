"""Functions and derivatives that SciPy's compiled code does not have: zeta functions and their derivatives, derivatives of quotients that
are smooth at zero, Lambert's W, spherical Bessel functions. Native code calls them by name (`externals.py`)."""

import math

import numpy as np

from jittape.compiler.jit import part
from jittape.ops import native_math
from jittape.ops.externals import external
from jittape.ops.native_math import hurwitz_zeta

jv, iv, kv = external("jv"), external("iv"), external("kv")


def digamma(x):
    return native_math.digamma(x)


def polygamma(n, x):
    return native_math.polygamma(n, x)


def lgamma(x):
    return math.lgamma(x)


def gamma(x):
    return math.gamma(x)


# --- the zeta function of Hurwitz -------------------------------------------------------------------------------------------

LEAST = -8.0
"""The smallest exponent for which the sum below is accurate."""


@part
def zeta_jet(s, q):
    """The sum over k of (k + q)**-s and its two derivatives by s, for q > 0, by Euler-Maclaurin summation (DLMF 25.11.5)."""
    v, d, dd = 0.0, 0.0, 0.0
    far = 12.0 + 0.5 * max(s, 0.0)
    while q < far:
        term, log = q**-s, math.log(q)
        v += term
        d -= term * log
        dd += term * log * log
        q += 1.0
        if q > 3.0 and term * log * log < 1e-18 * v:
            break
    log, power, r = math.log(q), q**-s, 1.0 / (s - 1.0)
    tail = q * power * r
    v += tail + 0.5 * power
    d -= tail * (log + r) + 0.5 * power * log
    dd += tail * ((log + r) * (log + r) + r * r) + 0.5 * power * log * log
    # factors s (s + 1) ... of the terms, and their derivatives; the power has those by the logarithm
    f, g, h = s, 1.0, 0.0
    power /= q
    j = 0.0
    # Bernoulli numbers B(2j) / (2j)!, j = 1 to 10
    for c in (
        8.333333333333333e-2, -1.388888888888889e-3, 3.306878306878307e-5, -8.267195767195768e-7, 2.08767569878681e-8,
        -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13, 8.586062056277845e-15,
        -2.1748686985580617e-16,
    ):  # fmt: skip
        j += 2.0
        v += c * power * f
        d += c * power * (g - log * f)
        dd += c * power * (h - 2.0 * log * g + log * log * f)
        a, b = s + j - 1.0, s + j
        h = h * a * b + 2.0 * g * (a + b) + 2.0 * f
        g = g * a * b + f * (a + b)
        f *= a * b
        power /= q * q
    return v, d, dd


def hurwitz(s, q):
    """Hurwitz's zeta function, continued to s < 1 where q is positive; as SciPy's for s > 1."""
    if s != s or q != q or s < LEAST:
        return math.nan
    if s == 1.0:
        return math.inf
    if q <= 0.0:
        if q == np.floor(q):
            return math.inf
        return hurwitz_zeta(s, q) if s == np.floor(s) and s > 1.0 else math.nan
    if s == math.inf:
        return 0.0 if q > 1.0 else 1.0 if q == 1.0 else math.inf
    if q == math.inf:
        return 0.0 if s > 1.0 else math.nan
    return zeta_jet(s, q)[0]


def hurwitz_ds(s, q):
    """Its derivative by s; NaN where q is not positive."""
    if not (q > 0.0 and LEAST <= s < math.inf) or s == 1.0:
        return math.nan
    return zeta_jet(s, q)[1]


def hurwitz_dss(s, q):
    """Its second derivative by s, likewise."""
    if not (q > 0.0 and LEAST <= s < math.inf) or s == 1.0:
        return math.nan
    return zeta_jet(s, q)[2]


# --- quotients that are smooth at zero -----------------------------------------------------------------------------------------


def expreln(n, x):
    """Derivative of order n of f(x) = (exp(x) - 1) / x: by x f^(k) + k f^(k-1) = exp(x) away from zero, by the power series near it."""
    if x != x:
        return x
    if abs(x) > 1.0 + 0.6 * n:
        e = math.exp(x)
        if e == math.inf:
            return e
        f, k = math.expm1(x) / x, 1.0
        while k <= n:
            f = (e - k * f) / x
            k += 1.0
        return f
    k, term, total = 0.0, 1.0, 0.0
    while abs(term) > 1e-18 * abs(total):
        total += term / (k + n + 1.0)
        k += 1.0
        term *= x / k
    return total


def log1preln(n, x):
    """Derivative of order n of f(x) = log(1 + x) / x: by x f^(k) + k f^(k-1) = (-1)^(k-1) (k-1)! / (1 + x)^k, or by the power series."""
    if not x >= -1.0:
        return math.nan
    if abs(x) > 0.5:
        f, k, right = math.log1p(x) / x, 1.0, 1.0 / (1.0 + x)
        while k <= n:
            f = (right - k * f) / x
            right *= -k / (1.0 + x)
            k += 1.0
        return f
    factor = 1.0
    k = 1.0
    while k <= n:
        factor *= -k
        k += 1.0
    k, total = 0.0, 0.0
    while abs(factor) > 1e-18 * abs(total):
        total += factor / (k + n + 1.0)
        k += 1.0
        factor *= -x * (k + n) / k
    return total


# --- Lambert's W ------------------------------------------------------------------------------------------------------------------

BRANCH = -0.36787944117144233


@part
def halley(w, x):
    """The solution of w exp(w) = x near w."""
    for _ in range(30):
        e = math.exp(w)
        f = w * e - x
        step = f / (e * (w + 1.0) - (w + 2.0) * f / (2.0 * w + 2.0))
        w -= step
        if not abs(step) > 1e-16 * abs(w):
            break
    return w


def lambertw0(x):
    """The principal branch of Lambert's W, for x >= -1 / e (DLMF 4.13)."""
    if not x >= BRANCH:
        return math.nan
    if x == 0.0 or x == math.inf:
        return x
    if x == BRANCH:
        return -1.0
    if x < -0.25:
        p = math.sqrt(2.0 * (math.e * x + 1.0))
        return halley(-1.0 + p * (1.0 - p * (1.0 / 3.0 - p * 11.0 / 72.0)), x)
    if x < 3.0:
        return halley(math.log1p(x) * (1.0 - math.log1p(math.log1p(x)) / (2.0 + math.log1p(x))), x)
    log = math.log(x)
    return halley(log - math.log(log) * (1.0 - 1.0 / log), x)


def lambertw1(x):
    """The branch of order -1, for -1 / e <= x < 0."""
    if not BRANCH <= x <= 0.0:
        return math.nan
    if x == 0.0:
        return -math.inf
    if x == BRANCH:
        return -1.0
    if x < -0.25:
        p = -math.sqrt(2.0 * (math.e * x + 1.0))
        return halley(-1.0 + p * (1.0 - p * (1.0 / 3.0 - p * 11.0 / 72.0)), x)
    log = math.log(-x)
    log2 = math.log(-log)
    return halley(log - log2 + log2 / log, x)


# --- spherical Bessel functions, by recurrence in the order where that is stable (DLMF 10.51.1, 10.47.3) --------------------------------


def spherical_jn(n, x):
    if x != x or not n >= 0.0 or n != np.floor(n):
        return math.nan
    if x < 0.0:
        value = spherical_jn_positive(n, -x)
        return value if n % 2.0 == 0.0 else -value
    return spherical_jn_positive(n, x)


@part
def spherical_jn_positive(n, x):
    if x == math.inf:
        return 0.0
    if x == 0.0:
        return 1.0 if n == 0.0 else 0.0
    if n > 0.0 and n >= x:
        return math.sqrt(0.5 * math.pi / x) * jv(n + 0.5, x)
    before = math.sin(x) / x
    if n == 0.0:
        return before
    value = (before - math.cos(x)) / x
    k = 1.0
    while k < n:
        before, value = value, (2.0 * k + 1.0) * value / x - before
        k += 1.0
    return value


def spherical_yn(n, x):
    if x != x or not n >= 0.0 or n != np.floor(n):
        return math.nan
    sign = 1.0
    if x < 0.0:
        x = -x
        sign = -1.0 if n % 2.0 == 0.0 else 1.0
    if x == math.inf:
        return 0.0
    if x == 0.0:
        return -math.inf
    before = -math.cos(x) / x
    if n == 0.0:
        return sign * before
    value = (before - math.sin(x)) / x
    k = 1.0
    while k < n and value != -math.inf:
        before, value = value, (2.0 * k + 1.0) * value / x - before
        k += 1.0
    return sign * value


def spherical_in(n, x):
    if x != x or not n >= 0.0 or n != np.floor(n):
        return math.nan
    if x == 0.0:
        return 1.0 if n == 0.0 else 0.0
    size = abs(x)
    value = math.inf if size == math.inf else math.sqrt(0.5 * math.pi / size) * iv(n + 0.5, size)
    return value if x > 0.0 or n % 2.0 == 0.0 else -value


def spherical_kn(n, x):
    if x != x or not n >= 0.0 or n != np.floor(n):
        return math.nan
    if x == 0.0:
        return math.inf
    if x < 0.0:
        if x == -math.inf:
            return x
        before = 0.5 * math.pi * math.exp(-x) / x
        if n == 0.0:
            return before
        value = before * (1.0 + 1.0 / x)
        k = 1.0
        while k < n:
            before, value = value, before + (2.0 * k + 1.0) * value / x
            k += 1.0
        return value
    return 0.0 if x == math.inf else math.sqrt(0.5 * math.pi / x) * kv(n + 0.5, x)


@part
def gaussian_tail(n, s, x):
    """Derivative of order n of the sum over k of (2k - 1)!! s**k / (2**k x**(2k + 1)) where |x| > 6.9, so that 28 terms are enough; else zero.

    Formulas that cancel there (2 x erfcx(x) - 2 / sqrt(pi), 1 - 2 x dawsn(x)) are right below.
    """
    if not abs(x) > 6.9:
        return 0.0 * x
    r = 1.0 / x
    term = r
    for j in range(1, np.int64(n) + 1):
        term *= -j * r
    u = 0.5 * s * r * r
    total = 0.0
    for k in range(28):
        total += term
        if abs(term) < 1e-18 * abs(total):
            break
        term *= u * (2.0 * k + 1.0 + n) * (2.0 * k + 2.0 + n) / (2.0 * k + 2.0)
    return total
