"""Derivatives of the regularised incomplete beta function I_x(a, b) by its parameters, to the second order.

Its continued fraction is differentiated term by term in the half of the domain where it converges fast; the other half follows from
I_x(a, b) = 1 - I_(1-x)(b, a) (DLMF 8.17.4, 8.17.22).
"""

import math

from jittape.compiler.jit import part
from jittape.ops.incomplete import beta_fraction_jet, curvature, over
from jittape.ops.native_math import digamma, polygamma


@part
def edge(a, b, x):
    """What every derivative by a parameter is at the edges of the domain; one inside, where it is to be computed."""
    if not (a > 0.0 and b > 0.0 and 0.0 <= x <= 1.0) or a == math.inf or b == math.inf:
        return math.nan
    return 0.0 if x == 0.0 or x == 1.0 else 1.0


@part
def along(a, b, x, da, db):
    """The first and second derivative of I_x(a, b) along (da, db)."""
    log_x, log_rest, s = math.log(x), math.log1p(-x), a + b
    front = math.exp(a * log_x + b * log_rest + math.lgamma(s) - math.lgamma(a) - math.lgamma(b))
    l1 = da * (log_x - digamma(a)) + db * (log_rest - digamma(b)) + (da + db) * digamma(s)
    l2 = (da + db) * (da + db) * polygamma(1.0, s) - da * da * polygamma(1.0, a) - db * db * polygamma(1.0, b)
    if x < (a + 1.0) / (s + 2.0):
        h = over(beta_fraction_jet(a, b, x, da, db), (a, da, 0.0))
        sign = 1.0
    else:
        h = over(beta_fraction_jet(b, a, 1.0 - x, db, da), (b, db, 0.0))
        sign = -1.0
    return sign * front * (h[0] * l1 + h[1]), sign * curvature(front, l1, l2, h)


A, B, AA, AB, BB = range(1, 6)


def betainc_d(which, a, b, x):
    """A derivative of I_x(a, b): by a, b, a twice, a and b, b twice, as `which` is 1 to 5. One function, as it takes long to compile."""
    found = edge(a, b, x)
    if found != 1.0:
        return found
    if which == A or which == AA:
        da, db = 1.0, 0.0
    elif which == B or which == BB:
        da, db = 0.0, 1.0
    else:
        da, db = 1.0, 1.0
    total = 0.0
    for sign in (1.0, -1.0):
        first, second = along(a, b, x, da, sign * db)
        if which != AB:
            return first if which <= B else second
        total += sign * second
    return 0.25 * total
