"""Derivatives of distribution functions by their parameters, which no closed form and no function of SciPy gives.

The series and continued fractions that the functions themselves are computed by are differentiated term by term, each in the half
of its domain where it converges fast and its terms do not cancel (DLMF 8.7.1, 8.9.2, 8.17.22; the method is that of
R. J. Moore, Algorithm AS 187, Applied Statistics 31, 1982).
"""

import math

from jittape.compiler.jit import part
from jittape.ops.native_math import digamma, polygamma

SMALL = 1e-17
TINY = 1e-300
TERMS = 100_000
"""Most terms: parameters of 1e6 take some ten thousand."""
LARGEST, NORMAL = 1e7, 20_000.0
"""Parameters beyond which the series of the gamma distribution take too many terms, and Student's is next to the normal one."""


@part
def gamma_front(a, x):
    """x^a exp(-x) / gamma(a): by Stirling's series (DLMF 5.11.1) for large a, where the three logarithms would cancel."""
    if a > 1000.0:
        series = 1.0 / (12.0 * a) * (1.0 - 1.0 / (30.0 * a * a))
        return 0.3989422804014327 * math.sqrt(a) * math.exp(a * math.log1p((x - a) / a) - (x - a) - series)
    return math.exp(a * math.log(x) - x - math.lgamma(a))


def gamma_density(a, x):
    """The density of the gamma distribution of shape a."""
    if not (a > 0.0 and x >= 0.0):
        return math.nan
    if x == 0.0:
        return math.inf if a < 1.0 else 1.0 if a == 1.0 else 0.0
    return 0.0 if x == math.inf else gamma_front(a, x) / x


def student_density(n, t):
    """The density of Student's distribution with n degrees of freedom; for many, by Stirling's series."""
    log = (0.5 * n + 0.5) * math.log1p(t * t / n)
    if n > 1000.0:
        return 0.3989422804014327 * math.exp((1.0 / (24.0 * n * n) - 0.25) / n - log)
    return math.exp(math.lgamma(0.5 * n + 0.5) - math.lgamma(0.5 * n) - log) / math.sqrt(math.pi * n)


@part
def gamma_edge(a, x):
    """What every derivative of P(a, x) by a is at the edges of its domain; one inside, where it is to be computed."""
    if not (a > 0.0 and x >= 0.0) or a > LARGEST:
        return math.nan
    return 0.0 if x == 0.0 or x == math.inf else 1.0


@part
def gammainc_da(a, x):
    """Derivative of the regularised incomplete gamma function P(a, x) by a; NaN for a > 1e7, where it would take too many terms."""
    edge = gamma_edge(a, x)
    if edge != 1.0:
        return edge
    log_x = math.log(x)
    if x <= a + 1.0:
        # P = x^a exp(-x) / gamma(a + 1) sum of x^n / ((a + 1) ... (a + n))
        n, term, dterm, total, dtotal = a, 1.0, 0.0, 1.0, 0.0
        for _ in range(TERMS):
            n += 1.0
            term *= x / n
            dterm = dterm * x / n - term / n
            total += term
            dtotal += dterm
            if term < SMALL * total and -dterm <= -SMALL * dtotal:
                break
        return gamma_front(a, x) / a * (total * (log_x - digamma(a + 1.0)) + dtotal)
    # 1 - P = x^a exp(-x) / gamma(a) times a continued fraction, by Lentz's method
    b = x + 1.0 - a
    c, dc = 1.0 / TINY, 0.0
    d = 1.0 / b
    dd = d * d
    h, dh = d, dd
    for i in range(1, TERMS):
        numerator = -i * (i - a)
        b += 2.0
        dd = i * d + numerator * dd - 1.0
        d = numerator * d + b
        dc = -1.0 + i / c - numerator * dc / (c * c)
        c = b + numerator / c
        d = 1.0 / d
        dd *= -d * d
        delta, ddelta = c * d, dc * d + c * dd
        dh = dh * delta + h * ddelta
        h *= delta
        if abs(delta - 1.0) < 1e-16 and abs(h * ddelta) <= 1e-16 * abs(dh):
            break
    return -gamma_front(a, x) * (h * (log_x - digamma(a)) + dh)


@part
def beta_fraction(a, b, x, da, db):
    """The continued fraction of the incomplete beta function, and its derivative along (da, db)."""
    c, dc = 1.0, 0.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    dd = -x * ((da + db) / (a + 1.0) - (a + b) * da / ((a + 1.0) * (a + 1.0)))
    d = 1.0 / d
    dd *= -d * d
    h, dh = d, dd
    for m in range(1, TERMS):
        delta, ddelta = 1.0, 0.0
        k = a + 2.0 * m
        for half in range(2):
            if half == 0:
                numerator = m * (b - m) * x / ((k - 1.0) * k)
                dn = m * db * x / ((k - 1.0) * k) - numerator * da * (1.0 / (k - 1.0) + 1.0 / k)
            else:
                numerator = -(a + m) * (a + b + m) * x / (k * (k + 1.0))
                dn = -(da * (a + b + m) + (a + m) * (da + db)) * x / (k * (k + 1.0)) - numerator * da * (1.0 / k + 1.0 / (k + 1.0))
            dd = dn * d + numerator * dd
            d = 1.0 + numerator * d
            dc = dn / c - numerator * dc / (c * c)
            c = 1.0 + numerator / c
            d = 1.0 / d
            dd *= -d * d
            ddelta = ddelta * c * d + delta * (dc * d + c * dd)
            delta *= c * d
        dh = dh * delta + h * ddelta
        h *= delta
        if abs(delta - 1.0) < 1e-16 and abs(h * ddelta) <= 1e-16 * abs(dh):
            break
    return h, dh


@part
def student_edge(n, t):
    """What every derivative of Student's distribution function by n is at the edges of its domain; one inside."""
    if not (n > 0.0) or t != t:
        return math.nan
    return 0.0 if t == 0.0 or t == math.inf or t == -math.inf or n == math.inf else 1.0


@part
def fisher(t):
    """The normal density, and the terms of Fisher's expansion about it: it stands where those of the fraction cancel."""
    t2 = t * t
    first = t * (t2 + 1.0) / 4.0
    second = t * (((3.0 * t2 - 7.0) * t2 - 5.0) * t2 - 3.0) / 48.0
    third = t * (((((t2 - 11.0) * t2 + 14.0) * t2 + 6.0) * t2 - 3.0) * t2 - 15.0) / 128.0
    return 0.3989422804014327 * math.exp(-0.5 * t2), first, second, third


@part
def student_front(n, t):
    """Half of the incomplete beta function I_w(a, b), a = n / 2, b = 1 / 2, w = n / (n + t^2), lies beyond |t|.

    Returns a, b, w, 1 - w, the factor before its continued fraction, and the logarithmic derivative of that by a.
    """
    a, b, tt = 0.5 * n, 0.5, t * t
    w, rest = n / (n + tt), tt / (n + tt)
    log_w = -math.log1p(tt / n)
    front = math.exp(a * log_w + b * math.log(rest) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))
    return a, b, w, rest, front, log_w - digamma(a) + digamma(a + b)


@part
def stdtr_da(n, t):
    """Derivative of Student's distribution function by its degrees of freedom n."""
    edge = student_edge(n, t)
    if edge != 1.0:
        return edge
    if n > NORMAL:
        density, first, second, third = fisher(t)
        return density * (first + (second + third / n) / n) / (n * n)
    a, b, w, rest, front, dfront = student_front(n, t)
    if w < (a + 1.0) / (a + b + 2.0):
        h, dh = beta_fraction(a, b, w, 1.0, 0.0)
        di = front / a * (h * (dfront - 1.0 / a) + dh)
    else:
        h, dh = beta_fraction(b, a, rest, 0.0, 1.0)
        di = -front / b * (h * dfront + dh)
    tail = 0.5 * (0.5 * di + front / n)
    return -tail if t > 0.0 else tail


# --- second derivatives by the parameter -----------------------------------------------------------------------------------------
# The same series and fractions, whose terms are (value, first, second derivative).


@part
def times(u, v):
    return u[0] * v[0], u[0] * v[1] + u[1] * v[0], u[0] * v[2] + 2.0 * u[1] * v[1] + u[2] * v[0]


@part
def inverse(u):
    r = 1.0 / u[0]
    first = -u[1] * r * r
    return r, first, -u[2] * r * r - 2.0 * u[1] * r * first


@part
def over(u, v):
    return times(u, inverse(v))


@part
def settled(h, delta):
    """Whether a factor does not change a product, nor its derivatives."""
    small = abs(h[0] * delta[1]) <= 1e-16 * abs(h[1]) and abs(h[0] * delta[2]) + 2.0 * abs(h[1] * delta[1]) <= 1e-16 * abs(h[2])
    return abs(delta[0] - 1.0) < 1e-16 and small


@part
def curvature(front, l1, l2, h):
    """The second derivative of front times h, where front has the logarithmic derivatives l1 and l2."""
    return front * (h[0] * (l1 * l1 + l2) + 2.0 * l1 * h[1] + h[2])


@part
def gammainc_daa(a, x):
    """Second derivative of the regularised incomplete gamma function P(a, x) by a; NaN for a > 1e7."""
    edge = gamma_edge(a, x)
    if edge != 1.0:
        return edge
    log_x = math.log(x)
    if x <= a + 1.0:
        n, term, dterm, ddterm, total, dtotal, ddtotal = a, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
        for _ in range(TERMS):
            n += 1.0
            term *= x / n
            dterm = dterm * x / n - term / n
            ddterm = ddterm * x / n - 2.0 * dterm / n
            total += term
            dtotal += dterm
            ddtotal += ddterm
            if term < SMALL * total and -dterm <= -SMALL * dtotal and ddterm <= SMALL * ddtotal:
                break
        return curvature(gamma_front(a, x) / a, log_x - digamma(a + 1.0), -polygamma(1.0, a + 1.0), (total, dtotal, ddtotal))
    b = x + 1.0 - a
    c = (1.0 / TINY, 0.0, 0.0)
    d = inverse((b, -1.0, 0.0))
    h = d
    for i in range(1, TERMS):
        numerator = (-i * (i - a), 1.0 * i, 0.0)
        b += 2.0
        d = times(numerator, d)
        d = inverse((d[0] + b, d[1] - 1.0, d[2]))
        c = over(numerator, c)
        c = (c[0] + b, c[1] - 1.0, c[2])
        delta = times(c, d)
        last = h
        h = times(h, delta)
        if settled(last, delta):
            break
    return -curvature(gamma_front(a, x), log_x - digamma(a), -polygamma(1.0, a), h)


@part
def beta_fraction_jet(a, b, x, da, db):
    """The continued fraction of the incomplete beta function, and its two derivatives along (da, db)."""
    c = (1.0, 0.0, 0.0)
    d = over(((a + b) * x, (da + db) * x, 0.0), (a + 1.0, da, 0.0))
    d = inverse((1.0 - d[0], -d[1], -d[2]))
    h = d
    for m in range(1, TERMS):
        k = a + 2.0 * m
        delta = (1.0, 0.0, 0.0)
        for half in range(2):
            if half == 0:
                above = (m * (b - m) * x, m * db * x, 0.0)
                below = times((k - 1.0, da, 0.0), (k, da, 0.0))
            else:
                above = times((-(a + m) * x, -da * x, 0.0), (a + b + m, da + db, 0.0))
                below = times((k, da, 0.0), (k + 1.0, da, 0.0))
            numerator = over(above, below)
            d = times(numerator, d)
            d = inverse((1.0 + d[0], d[1], d[2]))
            c = over(numerator, c)
            c = (1.0 + c[0], c[1], c[2])
            delta = times(delta, times(c, d))
        last = h
        h = times(h, delta)
        if settled(last, delta):
            break
    return h


@part
def stdtr_daa(n, t):
    """Second derivative of Student's distribution function by its degrees of freedom n."""
    edge = student_edge(n, t)
    if edge != 1.0:
        return edge
    if n > NORMAL:
        density, first, second, third = fisher(t)
        return -density * (2.0 * first + (3.0 * second + 4.0 * third / n) / n) / (n * n * n)
    # With w = n / (n + t^2): d/dn of I_w(a, b) is half of its derivative by a, and that along w, front / n, is elementary.
    a, b, w, rest, front, l1 = student_front(n, t)
    l2 = polygamma(1.0, a + b) - polygamma(1.0, a)
    if w < (a + 1.0) / (a + b + 2.0):
        h = beta_fraction_jet(a, b, w, 1.0, 0.0)
        by_a = curvature(front, l1, l2, over(h, (a, 1.0, 0.0)))
    else:
        h = beta_fraction_jet(b, a, rest, 0.0, 1.0)
        by_a = -curvature(front, l1, l2, h) / b
    # dI_w/dn = I_a / 2 + front / n; I_a's own derivative along w is that of front / n by a
    along_w = rest / n * (a / w - b / rest) * w - 1.0 / n
    tail = 0.5 * (0.25 * by_a + front / n * (0.5 * l1 + 0.5 * l1 + along_w))
    return -tail if t > 0.0 else tail
