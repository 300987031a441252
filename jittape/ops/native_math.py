"""Scalar helpers that the table's `z` expressions may call, for Numba; those that are called by name stand in `externals.py`."""

import math

import numpy as np

from jittape.compiler.jit import part

# The helpers below are inlined into every kernel that calls them, so that a kernel is one function to compile and cache.


@part
def expit(x):
    """1 / (1 + exp(-x)) without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


@part
def softplus(x):
    """log(1 + exp(x)) without overflow."""
    if x > 0.0:
        return x + math.log1p(math.exp(-x))
    return math.log1p(math.exp(x))


@part
def logaddexp(x, y):
    """log(exp(x) + exp(y)); equal infinities add up as NumPy's do."""
    if x == y:
        return x + 0.6931471805599453
    if x > y:
        return x + math.log1p(math.exp(y - x))
    return y + math.log1p(math.exp(x - y))


@part
def logaddexp2(x, y):
    """log2(2**x + 2**y); equal infinities add up as NumPy's do."""
    if x == y:
        return x + 1.0
    if x > y:
        return x + math.log1p(2.0 ** (y - x)) * 1.4426950408889634
    return y + math.log1p(2.0 ** (x - y)) * 1.4426950408889634


@part
def heaviside(x, y):
    if x != x:
        return x
    if x == 0.0:
        return y
    return 1.0 if x > 0.0 else 0.0


@part
def sinc(x):
    t = math.pi * x
    return 1.0 if t == 0.0 else math.sin(t) / t


@part
def sincn(n, x):
    """Derivative of order n of sinc: pi^n times that of s(t) = sin(t) / t at t = pi x.

    Away from zero by t s^(n) + n s^(n-1) = sin(t + n pi / 2), the derivative of t s = sin t; near zero, where that
    cancels, by the power series, sum over k of (-1)^k t^(2k) / (2k + 1)!.
    """
    t = math.pi * x
    if abs(t) > 1.0 + 0.6 * n:
        sine, cosine = math.sin(t), math.cos(t)
        d = sine / t
        order = 1.0
        while order <= n:
            sine, cosine = cosine, -sine  # sin(t + pi / 2) and cos(t + pi / 2)
            d = (sine - order * d) / t
            order += 1.0
        return d * math.pi**n
    k = 2.0 * math.ceil(0.5 * n)  # the first power of t that n derivatives leave over
    term = 1.0 / (k + 1.0) if k % 4.0 == 0.0 else -1.0 / (k + 1.0)
    if k > n:
        term *= t
    total = 0.0
    while abs(term) > 1e-18 * abs(total):
        total += term
        term *= -t * t * (k + 1.0) / ((k + 3.0) * (k + 1.0 - n) * (k + 2.0 - n))
        k += 2.0
    return total * math.pi**n


@part
def logit(x):
    """log(x / (1 - x)), accurate near one half too."""
    if 0.25 < x < 0.75:
        return 2.0 * math.atanh(2.0 * x - 1.0)
    return math.log(x / (1.0 - x))


@part
def product(x, y):
    """x y, zero where either is, though the other is infinite or NaN."""
    return x * y if x != 0.0 and y != 0.0 else 0.0


@part
def xlogy(x, y):
    return 0.0 if x == 0.0 and y == y else x * math.log(y)


@part
def xlog1py(x, y):
    return 0.0 if x == 0.0 and y == y else x * math.log1p(y)


@part
def positive_zeta(s, q):
    """The same for q > 0, by Euler-Maclaurin summation beyond q = 12 (DLMF 25.11.5)."""
    total = 0.0
    while q < 12.0:
        total += q**-s
        q += 1.0
    total += q ** (1.0 - s) / (s - 1.0) + 0.5 * q**-s
    term = s * q ** (-s - 1.0)
    # Bernoulli numbers B(2j) / (2j)!, j = 1 to 10
    for j, c in enumerate((
        8.333333333333333e-2, -1.388888888888889e-3, 3.306878306878307e-5, -8.267195767195768e-7, 2.08767569878681e-8,
        -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13, 8.586062056277845e-15,
        -2.1748686985580617e-16,
    )):  # fmt: skip
        total += c * term
        term *= (s + 2 * j + 1) * (s + 2 * j + 2) / (q * q)
    return total


@part
def hurwitz_zeta(s, q):
    """Sum over k of (k + q)**-s for integer s > 1 and any q but 0, -1, ...

    The terms below zero are those of two sums above it, backwards, so that a large negative q takes no longer.
    """
    if q > 0.0:
        return positive_zeta(s, q)
    g = -q - np.floor(-q)  # without rounding, however near to an integer q is
    below = positive_zeta(s, g) - positive_zeta(s, 1.0 - q)
    return positive_zeta(s, 1.0 - g) + (below if s % 2.0 == 0.0 else -below)


@part
def digamma(x):
    """By the reflection formula below zero, recurrence up to 10, and the asymptotic series (DLMF 5.5.4, 5.5.2, 5.11.2)."""
    if x == 0.0:
        return -1.0 / x  # infinite, of either sign
    if x == -math.inf or x < 0.0 and x == np.floor(x):
        return math.nan
    if x != x or x == math.inf:
        return x
    value = 0.0
    if x < 0.0:
        value = -math.pi / math.tan(math.pi * (x - np.rint(x)))  # without rounding, however near to an integer x is
        x = 1.0 - x
    while x < 10.0:
        value -= 1.0 / x
        x += 1.0
    y = 1.0 / (x * x)
    # Bernoulli numbers B(2j) / (2j), j = 1 to 7
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132 - y * (691 / 32760 - y / 12))))))
    return value + math.log(x) - 0.5 / x - series


@part
def polygamma(n, x):
    """Derivative of order n of digamma: (-1)^(n+1) n! zeta(n + 1, x) for n >= 1 (DLMF 5.15.1, 25.11.12)."""
    if n == 0.0:
        return digamma(x)
    if x <= 0.0 and x == np.floor(x):  # math.floor gives an integer, which infinity has none of
        return math.inf if n % 2.0 == 1.0 else math.nan
    value = math.gamma(n + 1.0) * hurwitz_zeta(n + 1.0, x)
    return value if n % 2.0 == 1.0 else -value
