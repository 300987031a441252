"""Elementary functions over vectors, written here: small integer powers everywhere, and where there is no libmvec some functions by
polynomials.

Each is a function of an `Emitter` (sweep/vectors.py) and of vectors that writes instructions. Those of POLYNOMIALS are written in
float64; of float32, too, so that one set of coefficients serves both. The reductions and the coefficients of log, sin and cos are those
of FreeBSD's msun (fdlibm); errors are at most 4 ulp, see docs/accuracy.md and tests/lanes/test_lane_accuracy.py.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

from llvmlite import ir

LEAST, MOST = -4, 5
"""Integer powers that are products; beyond, their errors would be larger than those of other functions."""
LEAST_HALF, MOST_HALF = -1.5, 3.5
"""The same of those with halves, which are products with a root."""


def power(e: Any, x: Any, y: Any, otherwise: Callable[[], Any]) -> Any:
    """x ** y by repeated squaring where y is a small integer, and by a root besides where it is one and a half; else `otherwise()`; each lane by its
    own y alone.

    A negative power whose reciprocal is no normal number is left to `otherwise`, as are edges, and halves of what is not positive.
    """
    b, one = e.b, e.number(1.0)
    size_of_y = e.intrinsic("fabs", y)
    n = e.intrinsic("floor", size_of_y)
    square = b.fmul(x, x)
    fourth = b.fmul(square, square)
    even = e.choose(e.compare(">=", n, e.number(4.0)), fourth, e.choose(e.compare(">=", n, e.number(2.0)), square, one))
    odd = one
    for k in range(1, max(-LEAST, MOST) + 1, 2):
        odd = e.choose(e.compare("==", n, e.number(k)), x, odd)
    raised = b.fmul(even, odd)
    whole = e.compare("==", e.nearest(y), y)
    known = b.and_(whole, b.and_(e.compare(">=", y, e.number(LEAST)), e.compare("<=", y, e.number(MOST))))
    half = b.and_(e.compare("==", b.fsub(size_of_y, n), e.number(0.5)), e.compare(">", x, e.number(0.0)))
    half = b.and_(half, b.and_(e.compare(">=", y, e.number(LEAST_HALF)), e.compare("<=", y, e.number(MOST_HALF))))
    raised = e.where_any(half, raised, lambda: e.choose(half, b.fmul(raised, e.intrinsic("sqrt", x)), raised))
    known = b.or_(known, half)
    below = b.and_(known, e.compare("<", y, e.number(0.0)))
    size = e.intrinsic("fabs", raised)
    normal = b.and_(e.compare(">=", size, e.number(e.tiny)), e.compare("<", size, e.number(math.inf)))
    known = b.and_(known, b.or_(normal, b.xor(below, ir.Constant(below.type, [ir.Constant(ir.IntType(1), 1)] * e.lanes))))
    # a division takes as long as all the rest
    raised = e.where_any(below, raised, lambda: e.choose(below, b.fdiv(one, raised), raised))
    others = b.xor(known, ir.Constant(known.type, [ir.Constant(ir.IntType(1), 1)] * e.lanes))
    return e.where_any(others, raised, lambda: e.choose(known, raised, otherwise()))


# --- by polynomials -------------------------------------------------------------------------------------------------------

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""log(2); 32 bits of the first part are zero, so that its products with exponents are exact."""
EXP = (
    0.16666666666666666, 0.041666666666651246, 0.008333333333332147, 0.0013888888905973543, 0.00019841269854409363,
    2.480153620505534e-05, 2.755727992579576e-06, 2.761390867578486e-07, 2.509563297507093e-08,
)  # fmt: skip
"""(exp(r) - 1 - r - r**2 / 2) / r**3 for |r| up to log(2) / 2, interpolated in Chebyshev's points; error 1e-18 of exp(r)."""
LOG = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01, 1.818357216161805012e-01,
    1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip
SINE = (
    -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04, 2.75573137070700676789e-06,
    -2.50507602534068634195e-08, 1.58969099521155010221e-10,
)  # fmt: skip
COSINE = (
    4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05, -2.75573143513906633035e-07,
    2.08757232129817482790e-09, -1.13596475577881948265e-11,
)  # fmt: skip
HALF_PI = 1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21
"""pi / 2 in three parts, the first two of 33 bits."""
LARGEST_ANGLE = 2.0**15 * math.pi / 2
"""Beyond, the three parts of pi / 2 are not enough, and libm is called."""
OVERFLOW, UNDERFLOW = 710.0, -746.0
"""exp is infinite above the one, and zero below the other."""
ROUNDS_TO_ONE = 22.0
"""From there on tanh is one."""
ROUNDS_TO_MINUS_ONE = -40.0
"""Up to there expm1 is minus one."""
NEGLIGIBLE = 2.0**-54
"""Smaller x are expm1(x)."""
MANTISSA, BIAS = 52, 1023
"""Bits of a float64's mantissa, and what is added to its exponent."""
TINY, SCALE = 2.0**-1022, 54
"""The smallest normal number, and the power of two that makes subnormal ones normal."""


def _bits(x: float) -> int:
    return int(struct.unpack("<q", struct.pack("<d", x))[0])


ROOT_HALF = _bits(math.sqrt(0.5)) & ~0xFFFFFFFF


def _polynomial(e: Any, z: Any, coefficients: tuple[float, ...]) -> Any:
    """By Estrin's rule, whose chain of operations is the shortest."""
    terms = [e.number(c) for c in coefficients]
    while len(terms) > 1:
        pairs = [e.multiply_add(y, z, x) for x, y in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs) :]
        if len(terms) > 1:
            z = e.b.fmul(z, z)
    return terms[0]


def _reduced(e: Any, x: Any) -> tuple[Any, Any]:
    """(k, exp(r) - 1) of x = k log(2) + r, where k is an integer vector."""
    b = e.b
    number, k = e.nearest_integer(b.fmul(x, e.number(1.0 / math.log(2.0))))
    r = b.fsub(b.fsub(x, b.fmul(number, e.number(LN2_HIGH))), b.fmul(number, e.number(LN2_LOW)))
    square = b.fmul(r, r)
    rest = e.multiply_add(_polynomial(e, r, EXP), r, e.number(0.5))
    return k, e.multiply_add(square, rest, r)


def _power_of_two(e: Any, k: Any) -> Any:
    """2 ** k of an integer vector, for normal results."""
    b = e.b
    return b.bitcast(b.shl(b.add(k, e.integer(BIAS)), e.integer(MANTISSA)), e.type)


def exp(e: Any, x: Any) -> Any:
    b = e.b
    x = e.choose(e.compare(">", x, e.number(OVERFLOW)), e.number(OVERFLOW), x)
    x = e.choose(e.compare("<", x, e.number(UNDERFLOW)), e.number(UNDERFLOW), x)
    k, p = _reduced(e, x)
    # in two steps, as 2**k itself may be no normal number
    half = b.sub(b.lshr(b.add(k, e.integer(4 * BIAS)), e.integer(1)), e.integer(2 * BIAS))
    scaled = b.fmul(b.fadd(e.number(1.0), p), _power_of_two(e, half))
    return b.fmul(scaled, _power_of_two(e, b.sub(k, half)))


def expm1(e: Any, x: Any) -> Any:
    """2 (t p + (t - 1/2)) with t = 2**(k - 1), where p = exp(r) - 1."""
    b = e.b
    near = e.choose(e.compare(">", x, e.number(OVERFLOW)), e.number(OVERFLOW), x)
    near = e.choose(e.compare("<", near, e.number(ROUNDS_TO_MINUS_ONE)), e.number(ROUNDS_TO_MINUS_ONE), near)
    k, p = _reduced(e, near)
    t = _power_of_two(e, b.sub(k, e.integer(1)))
    half = b.fadd(b.fmul(t, p), b.fsub(t, e.number(0.5)))
    return e.choose(e.compare("<", e.intrinsic("fabs", x), e.number(NEGLIGIBLE)), x, b.fadd(half, half))


def tanh(e: Any, x: Any) -> Any:
    """t / (t + 2) with t = expm1(2 |x|)."""
    b = e.b
    size = e.intrinsic("fabs", x)
    size = e.choose(e.compare(">", size, e.number(ROUNDS_TO_ONE)), e.number(ROUNDS_TO_ONE), size)
    t = expm1(e, b.fadd(size, size))
    return e.intrinsic("copysign", b.fdiv(t, b.fadd(t, e.number(2.0))), x)


def _split(e: Any, x: Any) -> tuple[Any, Any]:
    """(k, f) of x = 2**k (1 + f), a positive normal number, with 1 + f between sqrt(1/2) and sqrt(2)."""
    b = e.b
    word = b.add(b.bitcast(x, e.integers), e.integer(_bits(1.0) - ROOT_HALF))
    k = b.sub(b.lshr(word, e.integer(MANTISSA)), e.integer(BIAS))
    mantissa = b.add(b.and_(word, e.integer((1 << MANTISSA) - 1)), e.integer(ROOT_HALF))
    return k, b.fsub(b.bitcast(mantissa, e.type), e.number(1.0))


def _logarithm(e: Any, k: Any, f: Any, c: Any) -> Any:
    """k log(2) + log(1 + f) + c, c a small correction or None."""
    b = e.b
    number = e.real_of(k)
    half = b.fmul(e.number(0.5), b.fmul(f, f))
    s = b.fdiv(f, b.fadd(e.number(2.0), f))
    z = b.fmul(s, s)
    rest = b.fmul(z, _polynomial(e, z, LOG))
    low = b.fmul(number, e.number(LN2_LOW))
    small = b.fadd(b.fmul(s, b.fadd(half, rest)), low if c is None else b.fadd(low, c))
    return b.fadd(b.fsub(small, b.fsub(half, f)), b.fmul(number, e.number(LN2_HIGH)))


def _edges(e: Any, x: Any, zero: float, value: Any) -> Any:
    """A logarithm with the edges of its argument: its zero at `zero`, infinity, NaN."""
    value = e.choose(e.compare("<", x, e.number(math.inf)), value, x)  # infinity and NaN are themselves
    value = e.choose(e.compare("<", x, e.number(zero)), e.number(math.nan), value)
    return e.choose(e.compare("==", x, e.number(zero)), e.number(-math.inf), value)


def log(e: Any, x: Any) -> Any:
    b = e.b
    subnormal = e.compare("<", x, e.number(TINY))
    k, f = _split(e, e.choose(subnormal, b.fmul(x, e.number(2.0**SCALE)), x))
    k = b.sub(k, b.select(subnormal, e.integer(SCALE), e.integer(0)))
    return _edges(e, x, 0.0, _logarithm(e, k, f, None))


def log1p(e: Any, x: Any) -> Any:
    """log(u) + c / u, where u = 1 + x as rounded, and c is what rounding took."""
    b, one = e.b, e.number(1.0)
    u = b.fadd(one, x)
    k, f = _split(e, u)
    c = e.choose(e.compare(">", x, one), b.fsub(one, b.fsub(u, x)), b.fsub(x, b.fsub(u, one)))
    near = b.icmp_signed("==", k, e.integer(0))
    f = e.choose(near, x, f)
    c = e.choose(near, e.number(0.0), b.fdiv(c, u))
    value = e.choose(e.compare("==", x, e.number(0.0)), x, _logarithm(e, k, f, c))  # keeps the sign of zero
    return _edges(e, x, -1.0, value)


def _circular(e: Any, name: str, x: Any, quarter: int) -> Any:
    """sin(x + quarter pi / 2)."""
    b = e.b
    number, n = e.nearest_integer(b.fmul(x, e.number(2.0 / math.pi)))
    first, second, third = map(e.number, HALF_PI)
    t = b.fsub(x, b.fmul(number, first))
    w = b.fmul(number, second)
    r = b.fsub(t, w)
    w = b.fsub(b.fmul(number, third), b.fsub(b.fsub(t, r), w))
    y = b.fsub(r, w)
    low = b.fsub(b.fsub(r, y), w)
    z = b.fmul(y, y)
    v = b.fmul(z, y)
    # sin(y + low)
    rest = _polynomial(e, z, SINE[1:])
    inner = b.fsub(b.fmul(z, b.fsub(b.fmul(e.number(0.5), low), b.fmul(v, rest))), low)
    sine = b.fsub(y, b.fsub(inner, b.fmul(v, e.number(SINE[0]))))
    # cos(y + low)
    rest = b.fmul(z, _polynomial(e, z, COSINE))
    half = b.fmul(e.number(0.5), z)
    w = b.fsub(e.number(1.0), half)
    lost = b.fsub(b.fsub(e.number(1.0), w), half)
    cosine = b.fadd(w, b.fadd(lost, b.fsub(b.fmul(z, rest), b.fmul(y, low))))
    n = b.add(n, e.integer(quarter))
    odd = b.icmp_signed("!=", b.and_(n, e.integer(1)), e.integer(0))
    sign = b.shl(b.and_(n, e.integer(2)), e.integer(62))
    value = b.bitcast(b.xor(b.bitcast(e.choose(odd, cosine, sine), e.integers), sign), e.type)
    far = e.compare(">", e.intrinsic("fabs", x), e.number(LARGEST_ANGLE))
    return e.where_any(far, value, lambda: e.choose(far, e.by_lanes(name, x), value))


def sin(e: Any, x: Any) -> Any:
    return _circular(e, "sin", x, 0)


def cos(e: Any, x: Any) -> Any:
    return _circular(e, "cos", x, 1)


POLYNOMIALS: dict[str, Callable[[Any, Any], Any]] = {f.__name__: f for f in (exp, expm1, log, log1p, sin, cos, tanh)}
"""Functions of libm that are written here, of float64."""
