"""Derivatives of the elliptic integrals by their parameter m.

The complete ones are hypergeometric functions, E and K = pi/2 F(-+1/2, 1/2; 1; m): derivatives of every order follow from the power series
near m = 0 and from the hypergeometric equation elsewhere (DLMF 19.5.1, 15.10.1). The incomplete ones are symmetric integrals (DLMF 19.25.5)
in the first order; in the second, integrals by Gauss's rule where the integrand is smooth, and closed forms elsewhere (DLMF 19.4.1).
"""

import math

import numpy as np

from jittape.compiler.jit import part
from jittape.ops.externals import external

ellipk, ellipe = external("ellipk"), external("ellipe")
ellipkinc, ellipeinc, elliprd = external("ellipkinc"), external("ellipeinc"), external("elliprd")
NEAR = 0.4
"""Parameters up to which the power series is summed."""
NODES, WEIGHTS = (np.polynomial.legendre.leggauss(40)[0] + 1.0) / 2.0, np.polynomial.legendre.leggauss(40)[1] / 2.0
"""Gauss's rule on (0, 1)."""


@part
def complete(a, n, m, f, f1):
    """Derivative of order n of pi/2 F(a, 1/2; 1; m), whose value and first derivative are f and f1 where m is not near zero."""
    if abs(m) < NEAR:
        term, k = 0.5 * math.pi, 0.0
        while k < n:
            term *= (a + k) * (0.5 + k) / (1.0 + k)
            k += 1.0
        total, k = 0.0, 0.0
        while abs(term) > 1e-18 * abs(total):
            total += term
            term *= (a + n + k) * (0.5 + n + k) * m / ((1.0 + n + k) * (k + 1.0))
            k += 1.0
        return total
    k = 0.0
    while k < n:  # m (1 - m) F'' + (1 - (a + 3/2) m) F' - a F / 2 = 0, differentiated k times
        f, f1 = f1, ((a + k) * (0.5 + k) * f - (1.0 + k - (a + 1.5 + 2.0 * k) * m) * f1) / (m * (1.0 - m))
        k += 1.0
    return f


@part
def ellipk_n(n, m):
    """Derivative of order n of the complete elliptic integral of the first kind by m."""
    if not m <= 1.0:
        return math.nan
    if m == 1.0:
        return math.inf
    k = ellipk(m)
    return complete(0.5, n, m, k, (ellipe(m) / (1.0 - m) - k) / (2.0 * m) if m != 0.0 else 0.0)


@part
def ellipe_n(n, m):
    """Derivative of order n of the complete elliptic integral of the second kind by m."""
    if not m <= 1.0:
        return math.nan
    e = ellipe(m)
    if m == 1.0:
        return e if n == 0.0 else -math.inf
    return complete(-0.5, n, m, e, (e - ellipk(m)) / (2.0 * m) if m != 0.0 else 0.0)


@part
def reduced(phi):
    """Number of half turns, the rest of an angle between -pi/2 and pi/2, its sine and cosine."""
    k = np.rint(phi / math.pi)
    r = phi - k * math.pi
    return k, r, math.sin(r), math.cos(r)


@part
def moment(r, m, power, exponent):
    """The integral from 0 to r of sin(t)**power (1 - m sin(t)**2)**exponent."""
    total = 0.0
    for i in range(NODES.size):
        s = math.sin(r * NODES[i])
        total += WEIGHTS[i] * s**power * (1.0 - m * s * s) ** exponent
    return r * total


def ellipkinc_dm(phi, m):
    """Derivative of the incomplete integral of the first kind by m: half the integral of sin(t)**2 (1 - m sin(t)**2)**(-3/2)."""
    k, r, s, c = reduced(phi)
    delta = 1.0 - m * s * s
    if not delta >= 0.0:
        return math.nan
    value = s * s * s / 6.0 * elliprd(c * c, 1.0, delta)
    return value if k == 0.0 else value + 2.0 * k * ellipk_n(1.0, m)


def ellipeinc_dm(phi, m):
    """Derivative of the incomplete integral of the second kind by m."""
    k, r, s, c = reduced(phi)
    delta = 1.0 - m * s * s
    if not delta >= 0.0:
        return math.nan
    value = -s * s * s / 6.0 * elliprd(c * c, delta, 1.0)
    return value if k == 0.0 else value + 2.0 * k * ellipe_n(1.0, m)


@part
def smooth(m, s):
    """Whether Gauss's rule is accurate."""
    return m > -0.5 and m * s * s < 0.7


@part
def slope(e, f, s, c, delta, m):
    """Derivative of the incomplete integral of the first kind by m, which is f, where that of the second kind is e (DLMF 19.4.1)."""
    return e / (2.0 * m * (1.0 - m)) - f / (2.0 * m) - s * c / (2.0 * (1.0 - m) * math.sqrt(delta))


def ellipkinc_dmm(phi, m):
    """Second derivative of the incomplete integral of the first kind by m."""
    k, r, s, c = reduced(phi)
    delta, rest = 1.0 - m * s * s, 1.0 - m
    if not delta >= 0.0:
        return math.nan
    if smooth(m, s):
        value = 0.75 * moment(r, m, 4.0, -2.5)
    else:
        e, f = ellipeinc(r, m), ellipkinc(r, m)
        root = math.sqrt(delta)
        f1 = slope(e, f, s, c, delta, m)
        value = (e - f) / (4.0 * m * m * rest) - e * (1.0 - 2.0 * m) / (2.0 * m * m * rest * rest) - f1 / (2.0 * m) + f / (2.0 * m * m)
        value -= 0.5 * s * c * (1.0 / (rest * rest * root) + s * s / (2.0 * rest * root * delta))
    return value if k == 0.0 else value + 2.0 * k * ellipk_n(2.0, m)


def ellipeinc_dmm(phi, m):
    """Second derivative of the incomplete integral of the second kind by m."""
    k, r, s, c = reduced(phi)
    delta = 1.0 - m * s * s
    if not delta >= 0.0:
        return math.nan
    if smooth(m, s):
        value = -0.25 * moment(r, m, 4.0, -1.5)
    else:
        e, f = ellipeinc(r, m), ellipkinc(r, m)
        e1 = (e - f) / (2.0 * m)
        value = (e1 - slope(e, f, s, c, delta, m)) / (2.0 * m) - e1 / m
    return value if k == 0.0 else value + 2.0 * k * ellipe_n(2.0, m)
