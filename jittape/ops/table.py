"""The operation table: one declaration an elementwise operation, and nothing about it anywhere else.

`z` and the partials are expressions of the operands x, y, w and of the result z. They may use arithmetic, comparisons,
`where(condition, a, b)`, numbers, and the operations of this table by name, so that a partial can be recorded on a tape
and differentiated again. `z` alone may also use the native helpers of `native_math.py`.

To add an operation, add a line and run `python -m jittape.ops.generate`.
"""

from jittape.ops.spec import MASK, POSITIVE, REAL, UNIT, Interval, op

ANY = Interval(-4.0, 4.0, (0.0,))
OFF_INTEGERS = Interval(-2.9, 2.9, (-2.0, -1.0, 0.0, 1.0, 2.0))
OFF_HALVES = Interval(-2.9, 2.9, (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5))
APART = (Interval(-3.0, -0.2), Interval(0.1, 3.0))
DIVISOR = (Interval(0.2, 1.3), Interval(1.5, 3.0))
LN2, LN10, SQRT_PI = "0.6931471805599453", "2.302585092994046", "1.7724538509055159"

PROBABILITY = Interval(0.05, 0.95)
def scaled_slope(exact: str, order: str, at: str, sign: str) -> str:
    """The derivative of a modified Bessel function that is scaled by exp(-|x|) or exp(x): `exact` loses digits where x is large, and there its
    logarithm's derivative is a series whose terms follow from Riccati's equation, of signs that alternate for the second kind (DLMF 10.40)."""
    r = f"abs(1 / {at})"
    b = f"(0.5 * ({order} * {order}) - 0.125)"
    c = f"(1.5 * {b} - 0.5 * ({b} * {b}))"
    series = f"z / {at} * ({sign}{r} * ({b} {sign or '+'} {r} * ({b} {sign or '+'} {r} * ({c} {sign or '+'} {r} * (2 * {c} - {b} * {b})))) - 0.5)"
    return f"where(abs({at}) > 300 * (1 + {order} * {order}), {series}, {exact})"


AIRY_TAIL = (-0.25, 0.15625, -0.234375, 0.53955078125, -1.6552734375, 6.3190460205078125, -28.82080078125, 152.83006727695465, -923.8577842712402, 6271.454028319567, -47242.087572813034)
"""Of s = x d/dx log(exp(2/3 x**1.5) Ai(x)) in powers of t = x**-1.5: s = -1/4 + t/2 (s**2 - s - 1.5 t ds/dt) by Riccati's equation. For Bi t is -t."""
AIRY_PRIME_TAIL = (0.25, -0.21875, 0.328125, -0.71435546875, 2.0712890625, -7.5572357177734375, 33.320068359375, -172.34241998195648, 1022.8064002990723, -6847.7664783634245, 51038.50423836708)
"""The same of Ai': -s / (1 - s t)."""


def airy_slope(exact: str, tail: tuple[float, ...], sign: str) -> str:
    """The derivative of a scaled Airy function: `exact` is a difference, of which nothing is left where x is large."""
    series = str(tail[-1])
    for c in tail[-2::-1]:
        series = f"{c} {sign} t * ({series})"
    return f"where(x > 20, z / x * ({series}), {exact})".replace("t * ", "1 / (x * sqrt(x)) * ")


UNKNOWN = "(inf - inf) * exp(x + y)"
"""A derivative that is not known: NaN, to any order."""

# Densities, with Stirling's series where logarithms of gamma functions would cancel (DLMF 5.11.1).
GAMMA_DENSITY = (
    "where(y == inf, 0, where(x > 1000, where(y == 0, 0, 0.3989422804014327 * sqrt(x) / y * exp(x * log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), "
    "exp(xlogy(x - 1, y) - y - lgamma(x))))"
)
STUDENT_DENSITY = (
    "where(x > 1000, 0.3989422804014327 * exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * log1p(y * y / x)), "
    "exp(lgamma(0.5 * x + 0.5) - lgamma(0.5 * x) - (0.5 * x + 0.5) * log1p(y * y / x)) / sqrt(3.141592653589793 * x))"
)
STUDENT_SLOPE = "(0.5 * (digamma(0.5 * x + 0.5) - digamma(0.5 * x) - 1 / x - log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y))))"
STUDENT_CURVATURE = (
    "(0.25 * (polygamma(1, 0.5 * x + 0.5) - polygamma(1, 0.5 * x)) + 0.5 / (x * x) "
    "+ y * y / (x * (x + y * y)) - 0.5 * (x + 1) * y * y * (2 * x + y * y) / (x * (x + y * y) * (x * (x + y * y))))"
)
"""First and second derivative of the density's logarithm by x."""
# fmt: off
# --- arithmetic -------------------------------------------------------------------------------------------------------
op("add", 2, z="x + y", dx="1", dy="1", doc="Sum.")
op("sub", 2, z="x - y", dx="1", dy="-1", numpy="subtract", doc="Difference.")
op("mul", 2, z="x * y", dx="y", dy="x", numpy="multiply", doc="Product.")
op("div", 2, z="x / y", dx="1 / y", dy="-z / y", numpy="divide", aliases=("true_divide",), domain=(REAL, ANY), doc="Quotient.")
op("floor_divide", 2, z="x // y", domain=DIVISOR, doc="Quotient rounded down; derivative zero.")
op("mod", 2, z="x % y", dx="1", dy="-floor_divide(x, y)", numpy="remainder", aliases=("mod",), domain=DIVISOR, doc="Remainder with the sign of the divisor.")
op("fmod", 2, z="np.fmod(x, y)", dx="1", dy="-trunc(x / y)", domain=DIVISOR, doc="Remainder with the sign of the dividend.")
op("pow", 2, z="x ** y", dx="where(x == 0, where(y == 0, 0, y * pow(x, y - 1)), y * pow(x, y - 1))", dy="where(x == 0, where(y >= 0, 0, -inf), z * log(x))", slopes=("y * z / x", "where(x == 0, where(y >= 0, 0, -inf), z * log(x))"), numpy="power", aliases=("float_power",), domain=(POSITIVE, REAL), kinks=(((0.0, 2.0), (0.0, 0.0)), ((0.0, 1.0), (1.0, 0.0)), ((0.0, 0.0), (0.0, 0.0))), doc="Power; 0**y has derivative zero in y for y >= 0.")
op("powc", 2, z="x ** y", dx="where(y == 0, 0, y * powc(x, y - 1))", numpy="", constant=(1,), domain=(POSITIVE, REAL), kinks=(((0.0, 2.0), (0.0,)), ((0.0, 1.0), (1.0,)), ((0.0, 0.0), (0.0,))), doc="Power with a constant exponent.")
op("neg", 1, z="-x", dx="-1", numpy="negative", doc="Negation.")
op("pos", 1, z="x", dx="1", numpy="positive", aliases=("conjugate",), doc="Copy.")
op("stop_gradient", 1, z="x", numpy="", doc="Copy whose derivative is zero.")
op("abs", 1, z="abs(x)", dx="sign(x)", numpy="absolute", aliases=("fabs",), domain=ANY, kinks=(((0.0,), (0.0,)),), doc="Absolute value; abs'(0) = 0.")
op("sign", 1, z="np.sign(x) + 0.0", domain=ANY, doc="Sign; derivative zero.")
op("sqrt", 1, z="math.sqrt(x)", dx="0.5 / z", domain=POSITIVE, kinks=(((0.0,), (float("inf"),)),), doc="Square root; sqrt'(0) = inf.")
op("cbrt", 1, z="cbrt(x)", dx="0.3333333333333333 * square(1 / z)", aliases=("scipy.special:cbrt",), domain=ANY, doc="Cube root.")
op("square", 1, z="x * x", dx="2 * x", even=True, doc="Square.")
op("reciprocal", 1, z="1 / x", dx="-z * z", domain=ANY, doc="Reciprocal.")
op("mulz", 2, z="x * y if x != 0 else 0 * x", dx="y", dy="x", numpy="", zeros=True, doc="Product of an adjoint x and a partial y that is zero where the adjoint is, whatever the partial.")
op("product", 2, z="product(x, y)", dx="y", dy="x", numpy="", zeros=True, doc="Product that is zero where either factor is, whatever the other.")
# --- exponentials and logarithms (DLMF 4.2 to 4.10) ---------------------------------------------------------------------
op("exp", 1, z="math.exp(x)", dx="z", source="DLMF 4.7.4", doc="Exponential.")
op("exp2", 1, z="np.exp2(x)", dx=f"z * {LN2}", aliases=("scipy.special:exp2",), doc="Power of two.")
op("expm1", 1, z="math.expm1(x)", dx="exp(x)", aliases=("scipy.special:expm1",), doc="exp(x) - 1, accurate near zero.")
op("log", 1, z="math.log(x)", dx="1 / x", domain=POSITIVE, source="DLMF 4.7.1", doc="Natural logarithm.")
op("log2", 1, z="np.log2(x)", dx=f"1 / (x * {LN2})", domain=POSITIVE, doc="Logarithm to base two.")
op("log10", 1, z="math.log10(x)", dx=f"1 / (x * {LN10})", domain=POSITIVE, doc="Logarithm to base ten.")
op("log1p", 1, z="math.log1p(x)", dx="1 / (1 + x)", aliases=("scipy.special:log1p",), domain=Interval(-0.9, 3.0), doc="log(1 + x), accurate near zero.")
op("logaddexp", 2, z="logaddexp(x, y)", dx="where(x == y, where(x - y == 0, sigmoid(x - y), 0.5), sigmoid(x - y))", dy="where(x == y, where(x - y == 0, sigmoid(y - x), 0.5), sigmoid(y - x))", doc="log(exp(x) + exp(y)) without overflow.")
op("logaddexp2", 2, z="logaddexp2(x, y)", dx=f"where(x == y, where(x - y == 0, sigmoid((x - y) * {LN2}), 0.5), sigmoid((x - y) * {LN2}))", dy=f"where(x == y, where(x - y == 0, sigmoid((y - x) * {LN2}), 0.5), sigmoid((y - x) * {LN2}))", doc="log2(2**x + 2**y) without overflow.")
# --- trigonometric and hyperbolic (DLMF 4.20, 4.24, 4.34, 4.38) -----------------------------------------------------------
op("sin", 1, z="math.sin(x)", dx="cos(x)", source="DLMF 4.20.1", doc="Sine.")
op("cos", 1, z="math.cos(x)", dx="-sin(x)", source="DLMF 4.20.2", doc="Cosine.")
op("tan", 1, z="math.tan(x)", dx="1 + z * z", domain=Interval(-1.4, 1.4), source="DLMF 4.20.3", doc="Tangent.")
op("arcsin", 1, z="math.asin(x)", dx="1 / sqrt(unit_gap(x))", aliases=("asin",), domain=UNIT, source="DLMF 4.24.7", doc="Inverse sine.")
op("arccos", 1, z="math.acos(x)", dx="-1 / sqrt(unit_gap(x))", aliases=("acos",), domain=UNIT, source="DLMF 4.24.8", doc="Inverse cosine.")
op("arctan", 1, z="math.atan(x)", dx="1 / (1 + x * x)", aliases=("atan",), source="DLMF 4.24.9", doc="Inverse tangent.")
op("arctan2", 2, z="math.atan2(x, y)", dx="where(abs(x) + abs(y) == 0, product(inf - inf, x + y), (y / hypot(x, y)) / hypot(x, y))", dy="where(abs(x) + abs(y) == 0, product(inf - inf, x + y), -(x / hypot(x, y)) / hypot(x, y))", aliases=("atan2",), domain=ANY, kinks=(((0.0, 0.0), (0.0, 0.0)),), doc="Angle of the point (y, x); derivative zero at the origin, where it has no second one: NaN.")
op("hypot", 2, z="math.hypot(x, y)", dx="where(z == 0, product(inf - inf, x + y), x / z)", dy="where(z == 0, product(inf - inf, x + y), y / z)", domain=ANY, kinks=(((0.0, 0.0), (0.0, 0.0)),), doc="Euclidean length; derivative zero at the origin, where it has no second one: NaN.")
op("sinh", 1, z="math.sinh(x)", dx="cosh(x)", source="DLMF 4.34.1", doc="Hyperbolic sine.")
op("cosh", 1, z="math.cosh(x)", dx="sinh(x)", source="DLMF 4.34.2", doc="Hyperbolic cosine.")
op("tanh", 1, z="math.tanh(x)", dx="1 - z * z", source="DLMF 4.34.3", doc="Hyperbolic tangent.")
op("arcsinh", 1, z="math.asinh(x)", dx="1 / hypot(1, x)", aliases=("asinh",), source="DLMF 4.38.9", doc="Inverse hyperbolic sine.")
op("arccosh", 1, z="math.acosh(x)", dx="1 / (sqrt(x - 1) * sqrt(x + 1))", aliases=("acosh",), domain=Interval(1.1, 4.0), source="DLMF 4.38.10", doc="Inverse hyperbolic cosine.")
op("arctanh", 1, z="math.atanh(x)", dx="1 / unit_gap(x)", aliases=("atanh",), domain=UNIT, source="DLMF 4.38.11", doc="Inverse hyperbolic tangent.")
op("sinc", 1, z="sinc(x)", dx="sincn(1, x)", kinks=(((0.0,), (0.0,)),), doc="sin(pi x) / (pi x).")
op("sincn", 2, z="sincn(x, y)", dy="sincn(x + 1, y)", numpy="", constant=(0,), domain=(Interval(0.0, 6.0), REAL), doc="Derivative of order x of sinc at y.")
op("deg2rad", 1, z="x * 0.017453292519943295", dx="0.017453292519943295", aliases=("radians",), doc="Degrees to radians.")
op("rad2deg", 1, z="x * 57.29577951308232", dx="57.29577951308232", aliases=("degrees",), doc="Radians to degrees.")
# --- choices: kinks as in PyTorch -----------------------------------------------------------------------------------------
op("maximum", 2, z="x if x > y or x != x else y", dx="where(x > y, 1, where(x == y, 0.5, 0))", dy="where(y > x, 1, where(x == y, 0.5, 0))", domain=APART, kinks=(((1.0, 1.0), (0.5, 0.5)),), doc="Larger of two, NaN if either is; ties share halves.")
op("minimum", 2, z="x if x < y or x != x else y", dx="where(x < y, 1, where(x == y, 0.5, 0))", dy="where(y < x, 1, where(x == y, 0.5, 0))", domain=APART, kinks=(((1.0, 1.0), (0.5, 0.5)),), doc="Smaller of two, NaN if either is; ties share halves.")
op("fmax", 2, z="x if x >= y or y != y else y", dx="where(x > y, 1, where(x == y, 0.5, where(y == y, 0, 1)))", dy="where(y > x, 1, where(x == y, 0.5, where(x == x, 0, 1)))", domain=APART, kinks=(((1.0, 1.0), (0.5, 0.5)),), doc="Larger of two, a NaN is passed over; ties share halves.")
op("fmin", 2, z="x if x <= y or y != y else y", dx="where(x < y, 1, where(x == y, 0.5, where(y == y, 0, 1)))", dy="where(y < x, 1, where(x == y, 0.5, where(x == x, 0, 1)))", domain=APART, kinks=(((1.0, 1.0), (0.5, 0.5)),), doc="Smaller of two, a NaN is passed over; ties share halves.")
op("where", 3, z="y if x != 0 else w", dy="where(x != 0, 1, 0)", dw="where(x != 0, 0, 1)", numpy="", domain=(MASK, REAL, REAL), doc="y where x is true, w elsewhere.")
op("clip", 3, z="x + y if x != x or y != y else ((x if x > y else y) if (x if x > y else y) <= w else w)", dx="where(x < y, 0, where(x > w, 0, 1))", dy="where(y > w, 0, where(x < y, 1, 0))", dw="where(y > w, 1, where(x > w, 1, 0))", numpy="", domain=(REAL, Interval(-2.0, -0.5), Interval(0.5, 2.0)), doc="x limited to [y, w]; the derivative at a bound is one, as in PyTorch.", kinks=(((1.0, 0.0, 1.0), (1.0, 0.0, 0.0)),))
op("heaviside", 2, z="heaviside(x, y)", dy="where(x == 0, 1, 0)", domain=(ANY, REAL), doc="Step function with value y at zero; derivative zero in x.")
op("copysign", 2, z="math.copysign(x, y)", dx="where(x == 0, 0, where(signbit(x) == signbit(y), 1, -1))", domain=ANY, kinks=(((0.0, 1.0), (0.0, 0.0)),), doc="Magnitude of x with the sign of y; derivative zero at 0.")
op("floor", 1, z="np.floor(x)", domain=OFF_INTEGERS, doc="Round down; derivative zero.")
op("ceil", 1, z="np.ceil(x)", domain=OFF_INTEGERS, doc="Round up; derivative zero.")
op("rint", 1, z="np.rint(x)", domain=OFF_HALVES, doc="Round half to even; derivative zero.")
op("trunc", 1, z="np.trunc(x)", aliases=("fix",), domain=OFF_INTEGERS, doc="Round towards zero; derivative zero.")
# --- special functions -----------------------------------------------------------------------------------------------------
op("erf", 1, z="math.erf(x)", dx=f"2 / {SQRT_PI} * exp(-x * x)", numpy="scipy.special:erf", source="DLMF 7.2.1", doc="Error function.")
op("erfc", 1, z="math.erfc(x)", dx=f"-2 / {SQRT_PI} * exp(-x * x)", numpy="scipy.special:erfc", source="DLMF 7.2.2", doc="Complementary error function.")
op("erfcx", 1, z="erfcx(x)", dx=f"where(x > 7, gaussian_tail(1, -1, x) / {SQRT_PI}, 2 * x * z - 2 / {SQRT_PI})", numpy="scipy.special:erfcx", source="DLMF 7.2.3", doc="Scaled complementary error function, exp(x**2) erfc(x).")
op("erfinv", 1, z="erfinv(x)", dx=f"{SQRT_PI} / 2 * exp(z * z)", numpy="scipy.special:erfinv", domain=UNIT, source="DLMF 7.17", doc="Inverse error function.")
op("ndtr", 1, z="ndtr(x)", dx="0.3989422804014327 * exp(-0.5 * x * x)", numpy="scipy.special:ndtr", source="DLMF 7.20", doc="Normal distribution function.")
op("ndtri", 1, z="ndtri(x)", dx="2.5066282746310002 * exp(0.5 * z * z)", numpy="scipy.special:ndtri", domain=Interval(0.05, 0.95), doc="Inverse of the normal distribution function.")
op("log_ndtr", 1, z="log_ndtr(x)", dx="where(x > 0, 0.3989422804014327 * exp(-0.5 * x * x - z), where(x < -1000, -x - 1 / x * (1 - 2 * square(1 / x)), 0.7978845608028654 / erfcx(-0.7071067811865476 * where(x > 0, 0, x))))", numpy="scipy.special:log_ndtr", doc="Logarithm of the normal distribution function.")
op("lgamma", 1, z="math.lgamma(x)", dx="digamma(x)", numpy="scipy.special:gammaln", domain=POSITIVE, source="DLMF 5.2.2", doc="Logarithm of the absolute value of the gamma function.")
op("gamma", 1, z="math.gamma(x)", dx="z * digamma(x)", numpy="scipy.special:gamma", domain=POSITIVE, source="DLMF 5.2.2", doc="Gamma function.")
op("digamma", 1, z="digamma(x)", dx="polygamma(1, x)", numpy="scipy.special:psi", aliases=("scipy.special:digamma",), domain=POSITIVE, source="DLMF 5.2.2", doc="Logarithmic derivative of the gamma function.")
op("polygamma", 2, z="polygamma(x, y)", dy="polygamma(x + 1, y)", numpy="", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 5.15", doc="Derivative of order x of digamma at y.")
op("sigmoid", 1, z="expit(x)", dx="0.25 * sech_squared(0.5 * x)", numpy="scipy.special:expit", doc="Logistic function.")
op("softplus", 1, z="softplus(x)", dx="sigmoid(x)", numpy="", doc="log(1 + exp(x)) without overflow.")
op("log_sigmoid", 1, z="-softplus(-x)", dx="sigmoid(-x)", numpy="scipy.special:log_expit", doc="Logarithm of the logistic function.")
op("logit", 1, z="logit(x)", dx="1 / (x * (1 - x))", numpy="scipy.special:logit", domain=Interval(0.05, 0.95), doc="Inverse of the logistic function.")
op("relu", 1, z="x if x > 0 or x != x else 0.0", dx="where(x > 0, 1, 0)", numpy="", domain=ANY, kinks=(((0.0,), (0.0,)),), doc="max(x, 0); relu'(0) = 0.")
op("xlogy", 2, z="xlogy(x, y)", dx="where(y == 0, where(x == 0, 0, -inf), log(y))", dy="where(y == 0, where(x == 0, 0, x / y), x / y)", numpy="scipy.special:xlogy", domain=POSITIVE, doc="x log(y), zero where x is.")
op("xlog1py", 2, z="xlog1py(x, y)", dx="log1p(y)", dy="where(1 + y == 0, where(x == 0, 0, x / (1 + y)), x / (1 + y))", numpy="scipy.special:xlog1py", domain=POSITIVE, doc="x log(1 + y), zero where x is.")
op("i0", 1, z="i0(x)", dx="i1(x)", numpy="scipy.special:i0", aliases=("i0",), source="DLMF 10.25", doc="Modified Bessel function of order zero.")
op("i1", 1, z="i1(x)", dx="0.5 * (i0(x) + iv(2, x))", numpy="scipy.special:i1", domain=ANY, kinks=(((0.0,), (0.5,)),), source="DLMF 10.29", doc="Modified Bessel function of order one.")
op("j0", 1, z="j0(x)", dx="-j1(x)", numpy="scipy.special:j0", source="DLMF 10.6.3", doc="Bessel function of order zero.")
op("j1", 1, z="j1(x)", dx="0.5 * (j0(x) - jv(2, x))", numpy="scipy.special:j1", domain=ANY, kinks=(((0.0,), (0.5,)),), source="DLMF 10.6.2", doc="Bessel function of order one.")
op("iv", 2, z="iv(x, y)", dy="0.5 * (iv(x - 1, y) + iv(x + 1, y))", numpy="scipy.special:iv", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.29.1", doc="Modified Bessel function of order x.")
op("jv", 2, z="jv(x, y)", dy="0.5 * (jv(x - 1, y) - jv(x + 1, y))", numpy="scipy.special:jv", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.6.1", doc="Bessel function of order x.")
# --- truth values: 1 or 0, derivative zero -----------------------------------------------------------------------------------
op("less", 2, z="1 if x < y else 0", mask=True, domain=APART, doc="x < y.")
op("less_equal", 2, z="1 if x <= y else 0", mask=True, domain=APART, doc="x <= y.")
op("greater", 2, z="1 if x > y else 0", mask=True, domain=APART, doc="x > y.")
op("greater_equal", 2, z="1 if x >= y else 0", mask=True, domain=APART, doc="x >= y.")
op("equal", 2, z="1 if x == y else 0", mask=True, domain=APART, doc="x == y.")
op("not_equal", 2, z="1 if x != y else 0", mask=True, domain=APART, doc="x != y.")
op("logical_and", 2, z="1 if x != 0 and y != 0 else 0", mask=True, aliases=("bitwise_and",), domain=MASK, doc="Both are true.")
op("logical_or", 2, z="1 if x != 0 or y != 0 else 0", mask=True, aliases=("bitwise_or",), domain=MASK, doc="Either is true.")
op("logical_xor", 2, z="1 if (x != 0) != (y != 0) else 0", mask=True, aliases=("bitwise_xor",), domain=MASK, doc="Just one is true.")
op("logical_not", 1, z="0 if x != 0 else 1", mask=True, aliases=("invert",), domain=MASK, doc="Is not true.")
op("isnan", 1, z="1 if x != x else 0", mask=True, doc="Is NaN.")
op("isinf", 1, z="1 if x == inf or x == -inf else 0", mask=True, doc="Is infinite.")
op("isfinite", 1, z="1 if x - x == 0 else 0", mask=True, doc="Is finite.")
op("signbit", 1, z="1 if math.copysign(1.0, x) < 0 else 0", mask=True, domain=ANY, doc="Sign bit is set.")
# --- distribution functions (below, as opcodes of saved files keep their numbers). A third derivative by the parameter is not known:
# NaN to any order, which (inf - inf) * exp(x + y) keeps. ---------------------------------------------------------------------------------------
op("gammainc", 2, z="gammainc(x, y)", dx="gammainc_da(x, y)", dy=GAMMA_DENSITY, numpy="scipy.special:gammainc", domain=POSITIVE, source="DLMF 8.2.4", doc="Regularised lower incomplete gamma function P(x, y): the gamma distribution of shape x.")
op("gammaincc", 2, z="gammaincc(x, y)", dx="-gammainc_da(x, y)", dy=f"-{GAMMA_DENSITY}", numpy="scipy.special:gammaincc", domain=POSITIVE, source="DLMF 8.2.4", doc="Regularised upper incomplete gamma function, 1 - P(x, y).")
op("gammainc_da", 2, z="gammainc_da(x, y)", dx="gammainc_daa(x, y)", dy=f"where(y == 0, where(x > 1, 0, -inf), where(y == inf, 0, {GAMMA_DENSITY} * (log(y) - digamma(x))))", numpy="", domain=POSITIVE, source="DLMF 8.7.1, 8.9.2", doc="Derivative of gammainc(x, y) by x.")
op("stdtr", 2, z="stdtr(x, y)", dx="stdtr_da(x, y)", dy=STUDENT_DENSITY, numpy="scipy.special:stdtr", domain=(Interval(0.5, 8.0), REAL), doc="Student's distribution function with x degrees of freedom.")
op("stdtr_da", 2, z="stdtr_da(x, y)", dx="stdtr_daa(x, y)", dy=f"{STUDENT_DENSITY} * {STUDENT_SLOPE}", numpy="", domain=(Interval(0.5, 8.0), REAL), source="DLMF 8.17.22", doc="Derivative of stdtr(x, y) by x.")
op("owens_t", 2, z="owens_t(x, y)", dx="-exp(-0.5 * x * x) * erf(0.7071067811865476 * x * y) * 0.19947114020071635", dy="exp(-0.5 * x * x * (1 + y * y)) / (6.283185307179586 * (1 + y * y))", numpy="scipy.special:owens_t", doc="Owen's T function of x and y: the skew normal distribution.")
op("gammainc_daa", 2, z="gammainc_daa(x, y)", dx=UNKNOWN, dy=f"where(y == 0, where(x > 1, 0, inf), where(y == inf, 0, {GAMMA_DENSITY} * (square(log(y) - digamma(x)) - polygamma(1, x))))", numpy="", domain=POSITIVE, source="DLMF 8.7.1, 8.9.2", doc="Second derivative of gammainc(x, y) by x; its own derivative by x is NaN, not known.")
op("stdtr_daa", 2, z="stdtr_daa(x, y)", dx=UNKNOWN, dy=f"{STUDENT_DENSITY} * (square({STUDENT_SLOPE}) + {STUDENT_CURVATURE})", numpy="", domain=(Interval(0.5, 8.0), REAL), source="DLMF 8.17.22", doc="Second derivative of stdtr(x, y) by x; its own derivative by x is NaN, not known.")
# --- lengths ---------------------------------------------------------------------------------------------------------------
op("root", 1, z="math.sqrt(x)", dx="where(z == 0, product(inf - inf, x), 0.5 / z)", numpy="", domain=POSITIVE, kinks=(((0.0,), (0.0,)),), doc="Square root of a sum of squares (norms, deviations); derivative zero at zero, where it has no second one: NaN.")
op("corner", 1, z="x", dx="1", numpy="", doc="Copy of a length that is not Euclidean: a function of it has a second derivative at zero only if its own is zero there.")
# --- Python's own choices: ties as the comparison decides them --------------------------------------------------------------
op("first_max", 2, z="y if y > x else x", dx="where(y > x, 0, 1)", dy="where(y > x, 1, 0)", numpy="", domain=APART, kinks=(((1.0, 1.0), (1.0, 0.0)),), doc="max(x, y) of Python: the first of equal ones, and of what a NaN is compared with.")
op("first_min", 2, z="y if y < x else x", dx="where(y < x, 0, 1)", dy="where(y < x, 1, 0)", numpy="", domain=APART, kinks=(((1.0, 1.0), (1.0, 0.0)),), doc="min(x, y) of Python: the first of equal ones, and of what a NaN is compared with.")
# --- more of SciPy's functions: of gamma and beta functions -------------------------------------------------------------------
op("rgamma", 1, z="rgamma(x)", dx="where(x < 0.5, gamma(1 - x) * (cos(3.141592653589793 * x) - digamma(1 - x) * sin(3.141592653589793 * x) / 3.141592653589793), -digamma(x) * z)", numpy="scipy.special:rgamma", domain=Interval(-2.9, 4.0), source="DLMF 5.5.3", doc="Reciprocal of the gamma function.")
op("beta", 2, z="beta(x, y)", dx="z * (digamma(x) - digamma(x + y))", dy="z * (digamma(y) - digamma(x + y))", numpy="scipy.special:beta", domain=POSITIVE, source="DLMF 5.12.1", doc="Beta function.")
op("betaln", 2, z="betaln(x, y)", dx="digamma(x) - digamma(x + y)", dy="digamma(y) - digamma(x + y)", numpy="scipy.special:betaln", domain=POSITIVE, source="DLMF 5.12.1", doc="Logarithm of the absolute value of the beta function.")
op("binom", 2, z="binom(x, y)", dx="z * (digamma(x + 1) - digamma(x - y + 1))", dy="z * (digamma(x - y + 1) - digamma(y + 1))", numpy="scipy.special:binom", domain=(Interval(3.1, 6.0), Interval(0.1, 2.9)), source="DLMF 1.2.6", doc="Binomial coefficient of real numbers.")
op("poch", 2, z="poch(x, y)", dx="z * (digamma(x + y) - digamma(x))", dy="z * digamma(x + y)", numpy="scipy.special:poch", domain=POSITIVE, source="DLMF 5.2.5", doc="Pochhammer's symbol, gamma(x + y) / gamma(x).")
op("zeta", 2, z="hurwitz(x, y)", dx="zeta_ds(x, y)", dy="-x * zeta(x + 1, y)", numpy="", domain=(Interval(1.3, 6.0), POSITIVE), source="DLMF 25.11", doc="Hurwitz's zeta function, the sum of (k + y)**-x.")
op("zetac", 1, z="zetac(x)", dx="zeta_ds(x, 1)", numpy="scipy.special:zetac", domain=Interval(1.3, 6.0), source="DLMF 25.2.1", doc="Riemann's zeta function less one.")
op("zeta_ds", 2, z="hurwitz_ds(x, y)", dx="zeta_dss(x, y)", dy="-zeta(x + 1, y) - x * zeta_ds(x + 1, y)", numpy="", domain=(Interval(1.3, 6.0), POSITIVE), source="DLMF 25.11", doc="Derivative of zeta(x, y) by x.")
op("zeta_dss", 2, z="hurwitz_dss(x, y)", dx=UNKNOWN, dy="-2 * zeta_ds(x + 1, y) - x * zeta_dss(x + 1, y)", numpy="", domain=(Interval(1.3, 6.0), POSITIVE), source="DLMF 25.11", doc="Second derivative of zeta(x, y) by x; its own derivative by x is NaN, not known.")
# --- distribution functions and their inverses -----------------------------------------------------------------------------
op("gamma_pdf", 2, z="gamma_density(x, y)", dx="where(z == 0, 0, z * (log(y) - digamma(x)))", dy="where(z == 0, 0, z * ((x - 1) / y - 1))", numpy="", domain=POSITIVE, doc="Density of the gamma distribution of shape x.")
op("gammaincinv", 2, z="gammaincinv(x, y)", dx="where(z == 0, 0, where(z == inf, 0, -gammainc_da(x, z) / gamma_pdf(x, z)))", dy="1 / gamma_pdf(x, z)", numpy="scipy.special:gammaincinv", domain=(POSITIVE, PROBABILITY), source="DLMF 8.2.4", doc="Inverse of gammainc in its second argument.")
op("gammainccinv", 2, z="gammainccinv(x, y)", dx="where(z == 0, 0, where(z == inf, 0, -gammainc_da(x, z) / gamma_pdf(x, z)))", dy="-1 / gamma_pdf(x, z)", numpy="scipy.special:gammainccinv", domain=(POSITIVE, PROBABILITY), source="DLMF 8.2.4", doc="Inverse of gammaincc in its second argument.")
op("beta_pdf", 3, z="exp(xlogy(x - 1, w) + xlog1py(y - 1, -w) - betaln(x, y))", dx="where(z == 0, 0, z * (log(w) - digamma(x) + digamma(x + y)))", dy="where(z == 0, 0, z * (log1p(-w) - digamma(y) + digamma(x + y)))", dw="where(z == 0, 0, z * ((x - 1) / w - (y - 1) / (1 - w)))", numpy="", domain=(POSITIVE, POSITIVE, PROBABILITY), doc="Density of the beta distribution.")
op("betainc", 3, z="betainc(x, y, w)", dx="betainc_da(x, y, w)", dy="betainc_db(x, y, w)", dw="beta_pdf(x, y, w)", numpy="scipy.special:betainc", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.2", doc="Regularised incomplete beta function: the beta distribution.")
op("betaincc", 3, z="betaincc(x, y, w)", dx="-betainc_da(x, y, w)", dy="-betainc_db(x, y, w)", dw="-beta_pdf(x, y, w)", numpy="scipy.special:betaincc", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.2", doc="Its complement, 1 - betainc(x, y, w).")
op("betainc_da", 3, z="betainc_d(1, x, y, w)", dx="betainc_daa(x, y, w)", dy="betainc_dab(x, y, w)", dw="where(w == 0, 0, beta_pdf(x, y, w) * (log(w) - digamma(x) + digamma(x + y)))", numpy="", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.22", doc="Derivative of betainc(x, y, w) by x.")
op("betainc_db", 3, z="betainc_d(2, x, y, w)", dx="betainc_dab(x, y, w)", dy="betainc_dbb(x, y, w)", dw="where(w == 1, 0, beta_pdf(x, y, w) * (log1p(-w) - digamma(y) + digamma(x + y)))", numpy="", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.22", doc="Derivative of betainc(x, y, w) by y.")
op("betainc_daa", 3, z="betainc_d(3, x, y, w)", dx=UNKNOWN, dy=UNKNOWN, dw="where(w == 0, 0, beta_pdf(x, y, w) * (square(log(w) - digamma(x) + digamma(x + y)) - polygamma(1, x) + polygamma(1, x + y)))", numpy="", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.22", doc="Second derivative of betainc(x, y, w) by x; its own by x and y are NaN, not known.")
op("betainc_dab", 3, z="betainc_d(4, x, y, w)", dx=UNKNOWN, dy=UNKNOWN, dw="where(w == 0, 0, where(w == 1, 0, beta_pdf(x, y, w) * ((log(w) - digamma(x) + digamma(x + y)) * (log1p(-w) - digamma(y) + digamma(x + y)) + polygamma(1, x + y))))", numpy="", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.22", doc="Derivative of betainc(x, y, w) by x and y; its own by x and y are NaN, not known.")
op("betainc_dbb", 3, z="betainc_d(5, x, y, w)", dx=UNKNOWN, dy=UNKNOWN, dw="where(w == 1, 0, beta_pdf(x, y, w) * (square(log1p(-w) - digamma(y) + digamma(x + y)) - polygamma(1, y) + polygamma(1, x + y)))", numpy="", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.22", doc="Second derivative of betainc(x, y, w) by y; its own by x and y are NaN, not known.")
op("betaincinv", 3, z="betaincinv(x, y, w)", dx="where(w == 0, 0, where(w == 1, 0, -betainc_da(x, y, z) / beta_pdf(x, y, z)))", dy="where(w == 0, 0, where(w == 1, 0, -betainc_db(x, y, z) / beta_pdf(x, y, z)))", dw="1 / beta_pdf(x, y, z)", numpy="scipy.special:betaincinv", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.2", doc="Inverse of betainc in its third argument.")
op("betainccinv", 3, z="betainccinv(x, y, w)", dx="where(w == 0, 0, where(w == 1, 0, -betainc_da(x, y, z) / beta_pdf(x, y, z)))", dy="where(w == 0, 0, where(w == 1, 0, -betainc_db(x, y, z) / beta_pdf(x, y, z)))", dw="-1 / beta_pdf(x, y, z)", numpy="scipy.special:betainccinv", domain=(POSITIVE, POSITIVE, PROBABILITY), source="DLMF 8.17.2", doc="Inverse of betaincc in its third argument.")
op("student_pdf", 2, z="student_density(x, y)", dx=f"z * {STUDENT_SLOPE}", dy="-(x + 1) * y / (x + y * y) * z", numpy="", domain=(Interval(0.5, 8.0), REAL), doc="Density of Student's distribution with x degrees of freedom.")
op("stdtrit", 2, z="stdtrit(x, y)", dx="where(y == 0, 0, where(y == 1, 0, -stdtr_da(x, z) / student_pdf(x, z)))", dy="1 / student_pdf(x, z)", numpy="scipy.special:stdtrit", domain=(Interval(0.5, 8.0), PROBABILITY), doc="Inverse of stdtr in its second argument.")
op("ndtri_exp", 1, z="ndtri_exp(x)", dx="2.5066282746310002 * exp(x + 0.5 * z * z)", numpy="scipy.special:ndtri_exp", domain=Interval(-4.0, -0.05), doc="ndtri(exp(x)) without underflow.")
op("erfcinv", 1, z="erfcinv(x)", dx=f"-{SQRT_PI} / 2 * exp(z * z)", numpy="scipy.special:erfcinv", domain=Interval(0.05, 1.95), source="DLMF 7.17", doc="Inverse of the complementary error function.")
# --- integrals of exponentials ------------------------------------------------------------------------------------------------
op("dawsn", 1, z="dawsn(x)", dx="where(abs(x) > 8, 0.5 * gaussian_tail(1, 1, x), 1 - 2 * x * z)", numpy="scipy.special:dawsn", source="DLMF 7.2.5", doc="Dawson's integral.")
op("erfi", 1, z="erfi(x)", dx=f"2 / {SQRT_PI} * exp(x * x)", numpy="scipy.special:erfi", source="DLMF 7.2", doc="Imaginary error function, -i erf(i x).")
op("exp1", 1, z="exp1(x)", dx="-exp(-x) / x", numpy="scipy.special:exp1", domain=POSITIVE, source="DLMF 6.2.1", doc="Exponential integral E1.")
op("expi", 1, z="expi(x)", dx="exp(x) / x", numpy="scipy.special:expi", domain=ANY, source="DLMF 6.2.5", doc="Exponential integral Ei.")
op("expn", 2, z="expn(x, y)", dy="where(x == 0, -exp(-y) * (1 + y) / (y * y), -expn(x - 1, y))", numpy="scipy.special:expn", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 8.19.13", doc="Exponential integral of order x.")
op("exprel", 1, z="exprel(x)", dx="exprel_n(1, x)", numpy="scipy.special:exprel", source="DLMF 4.2", doc="(exp(x) - 1) / x, one at zero.")
op("exprel_n", 2, z="expreln(x, y)", dy="exprel_n(x + 1, y)", numpy="", constant=(0,), domain=(Interval(0.0, 3.0), REAL), doc="Derivative of order x of exprel at y.")
op("log1prel", 1, z="log1preln(0, x)", dx="log1prel_n(1, x)", numpy="", domain=Interval(-0.9, 3.0), doc="log(1 + x) / x, one at zero.")
op("log1prel_n", 2, z="log1preln(x, y)", dy="log1prel_n(x + 1, y)", numpy="", constant=(0,), domain=(Interval(0.0, 3.0), Interval(-0.9, 3.0)), doc="Derivative of order x of log1prel at y.")
op("spence", 1, z="spence(x)", dx="where(x < 0.5, log(x) / (1 - x), -log1prel(x - 1))", numpy="scipy.special:spence", domain=POSITIVE, source="DLMF 25.12.3", doc="Spence's function, the dilogarithm of 1 - x.")
op("si", 1, z="sici_si(x)", dx="sinc(0.3183098861837907 * x)", numpy="", domain=POSITIVE, source="DLMF 6.2.9", doc="Sine integral.")
op("ci", 1, z="sici_ci(x)", dx="cos(x) / x", numpy="", domain=POSITIVE, source="DLMF 6.2.13", doc="Cosine integral.")
op("shi", 1, z="shichi_shi(x)", dx="0.5 * (exprel(x) + exprel(-x))", numpy="", domain=REAL, source="DLMF 6.2.15", doc="Hyperbolic sine integral.")
op("chi", 1, z="shichi_chi(x)", dx="cosh(x) / x", numpy="", domain=POSITIVE, source="DLMF 6.2.16", doc="Hyperbolic cosine integral.")
op("fresnel_s", 1, z="fresnel_s(x)", dx="sin(1.5707963267948966 * x * x)", numpy="", source="DLMF 7.2.8", doc="Fresnel's sine integral.")
op("fresnel_c", 1, z="fresnel_c(x)", dx="cos(1.5707963267948966 * x * x)", numpy="", source="DLMF 7.2.7", doc="Fresnel's cosine integral.")
op("lambertw0", 1, z="lambertw0(x)", dx="1 / (x + exp(z))", numpy="", domain=Interval(-0.3, 4.0), source="DLMF 4.13.4", doc="Lambert's W, the principal branch of real numbers.")
op("lambertw1", 1, z="lambertw1(x)", dx="1 / (x + exp(z))", numpy="", domain=Interval(-0.35, -0.05), source="DLMF 4.13.4", doc="Lambert's W, the branch of order -1 of real numbers.")
op("wrightomega", 1, z="wrightomega(x)", dx="z / (1 + z)", numpy="scipy.special:wrightomega", doc="Wright's omega function, W(exp(x)).")
# --- Bessel functions -----------------------------------------------------------------------------------------------------------
op("y0", 1, z="y0(x)", dx="-y1(x)", numpy="scipy.special:y0", domain=POSITIVE, source="DLMF 10.6.3", doc="Bessel function of the second kind of order zero.")
op("y1", 1, z="y1(x)", dx="0.5 * (y0(x) - yv(2, x))", numpy="scipy.special:y1", domain=POSITIVE, source="DLMF 10.6.2", doc="Bessel function of the second kind of order one.")
op("yv", 2, z="yv(x, y)", dy="0.5 * (yv(x - 1, y) - yv(x + 1, y))", numpy="scipy.special:yv", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.6.1", doc="Bessel function of the second kind of order x.")
op("yve", 2, z="yve(x, y)", dy="0.5 * (yve(x - 1, y) - yve(x + 1, y))", numpy="scipy.special:yve", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.6.1", doc="yv(x, y) of real y: scaled by the imaginary part.")
op("jve", 2, z="jve(x, y)", dy="0.5 * (jve(x - 1, y) - jve(x + 1, y))", numpy="scipy.special:jve", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.6.1", doc="jv(x, y) of real y: scaled by the imaginary part.")
op("k0", 1, z="k0(x)", dx="-k1(x)", numpy="scipy.special:k0", domain=POSITIVE, source="DLMF 10.29.3", doc="Modified Bessel function of the second kind of order zero.")
op("k1", 1, z="k1(x)", dx="-0.5 * (k0(x) + kv(2, x))", numpy="scipy.special:k1", domain=POSITIVE, source="DLMF 10.29.1", doc="Modified Bessel function of the second kind of order one.")
op("kv", 2, z="kv(x, y)", dy="-0.5 * (kv(x - 1, y) + kv(x + 1, y))", numpy="scipy.special:kv", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.29.1", doc="Modified Bessel function of the second kind of order x.")
op("i0e", 1, z="i0e(x)", dx=scaled_slope("i1e(x) - sign(x) * z", "0", "x", ""), numpy="scipy.special:i0e", domain=ANY, kinks=(((0.0,), (0.0,)),), source="DLMF 10.29.3", doc="exp(-|x|) i0(x); derivative zero at zero.")
op("i1e", 1, z="i1e(x)", dx=scaled_slope("0.5 * (i0e(x) + ive(2, x)) - sign(x) * z", "1", "x", ""), numpy="scipy.special:i1e", domain=ANY, source="DLMF 10.29.1", doc="exp(-|x|) i1(x).")
op("ive", 2, z="ive(x, y)", dy=scaled_slope("0.5 * (ive(x - 1, y) + ive(x + 1, y)) - sign(y) * z", "x", "y", ""), numpy="scipy.special:ive", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.29.1", doc="exp(-|y|) iv(x, y).")
op("k0e", 1, z="k0e(x)", dx=scaled_slope("z - k1e(x)", "0", "x", "-"), numpy="scipy.special:k0e", domain=POSITIVE, source="DLMF 10.29.3", doc="exp(x) k0(x).")
op("k1e", 1, z="k1e(x)", dx=scaled_slope("z - 0.5 * (k0e(x) + kve(2, x))", "1", "x", "-"), numpy="scipy.special:k1e", domain=POSITIVE, source="DLMF 10.29.1", doc="exp(x) k1(x).")
op("kve", 2, z="kve(x, y)", dy=scaled_slope("z - 0.5 * (kve(x - 1, y) + kve(x + 1, y))", "x", "y", "-"), numpy="scipy.special:kve", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.29.1", doc="exp(y) kv(x, y).")
op("spherical_jn", 2, z="spherical_jn(x, y)", dy="where(x == 0, -spherical_jn(1, y), (x * spherical_jn(x - 1, y) - (x + 1) * spherical_jn(x + 1, y)) / (2 * x + 1))", numpy="", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.51.1", doc="Spherical Bessel function of order x.")
op("spherical_yn", 2, z="spherical_yn(x, y)", dy="where(x == 0, -spherical_yn(1, y), (x * spherical_yn(x - 1, y) - (x + 1) * spherical_yn(x + 1, y)) / (2 * x + 1))", numpy="", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.51.1", doc="Spherical Bessel function of the second kind of order x.")
op("spherical_in", 2, z="spherical_in(x, y)", dy="where(x == 0, spherical_in(1, y), (x * spherical_in(x - 1, y) + (x + 1) * spherical_in(x + 1, y)) / (2 * x + 1))", numpy="", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.51.4", doc="Modified spherical Bessel function of order x.")
op("spherical_kn", 2, z="spherical_kn(x, y)", dy="where(x == 0, -spherical_kn(1, y), -(x * spherical_kn(x - 1, y) + (x + 1) * spherical_kn(x + 1, y)) / (2 * x + 1))", numpy="", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 10.51.4", doc="Modified spherical Bessel function of the second kind of order x.")
op("airy_ai", 1, z="airy_ai(x)", dx="airy_aip(x)", numpy="", source="DLMF 9.2", doc="Airy's function Ai.")
op("airy_aip", 1, z="airy_aip(x)", dx="x * airy_ai(x)", numpy="", source="DLMF 9.2.1", doc="Derivative of Ai.")
op("airy_bi", 1, z="airy_bi(x)", dx="airy_bip(x)", numpy="", source="DLMF 9.2", doc="Airy's function Bi.")
op("airy_bip", 1, z="airy_bip(x)", dx="x * airy_bi(x)", numpy="", source="DLMF 9.2.1", doc="Derivative of Bi.")
op("airye_ai", 1, z="airye_ai(x)", dx=airy_slope("airye_aip(x) + sqrt(x) * z", AIRY_TAIL, "+"), numpy="", domain=POSITIVE, source="DLMF 9.2", doc="exp(2/3 x**1.5) Ai(x), NaN below zero.")
op("airye_aip", 1, z="airye_aip(x)", dx=airy_slope("x * airye_ai(x) + sqrt(x) * z", AIRY_PRIME_TAIL, "+"), numpy="", domain=POSITIVE, source="DLMF 9.2.1", doc="exp(2/3 x**1.5) Ai'(x), NaN below zero.")
op("airye_bi", 1, z="airye_bi(x)", dx=airy_slope("airye_bip(x) - where(x > 0, sqrt(x), 0) * z", AIRY_TAIL, "-"), numpy="", source="DLMF 9.2", doc="exp(-2/3 x**1.5) Bi(x), Bi(x) below zero.")
op("airye_bip", 1, z="airye_bip(x)", dx=airy_slope("x * airye_bi(x) - where(x > 0, sqrt(x), 0) * z", AIRY_PRIME_TAIL, "-"), numpy="", source="DLMF 9.2.1", doc="exp(-2/3 x**1.5) Bi'(x), Bi'(x) below zero.")
# --- elliptic integrals -----------------------------------------------------------------------------------------------------------
op("ellipk", 1, z="ellipk(x)", dx="ellipk_n(1, x)", numpy="scipy.special:ellipk", domain=UNIT, source="DLMF 19.2.8", doc="Complete elliptic integral of the first kind, of the parameter x.")
op("ellipk_n", 2, z="ellipk_n(x, y)", dy="ellipk_n(x + 1, y)", numpy="", constant=(0,), domain=(Interval(0.0, 3.0), UNIT), source="DLMF 15.10.1", doc="Derivative of order x of ellipk at y.")
op("ellipkm1", 1, z="ellipkm1(x)", dx="where(x < 1e-8, 0.25 * (z - 1.5) - 0.5 / x, where(abs(x - 1) < 0.1, -ellipk_n(1, 1 - x), (z - ellipe(1 - x) / x) / (2 * (1 - x))))", numpy="scipy.special:ellipkm1", domain=Interval(0.05, 3.0), source="DLMF 19.4.1", doc="ellipk(1 - x), accurate near x = 0.")
op("ellipe", 1, z="ellipe(x)", dx="ellipe_n(1, x)", numpy="scipy.special:ellipe", domain=UNIT, source="DLMF 19.2.8", doc="Complete elliptic integral of the second kind, of the parameter x.")
op("ellipe_n", 2, z="ellipe_n(x, y)", dy="ellipe_n(x + 1, y)", numpy="", constant=(0,), domain=(Interval(0.0, 3.0), UNIT), source="DLMF 15.10.1", doc="Derivative of order x of ellipe at y.")
op("ellipkinc", 2, z="ellipkinc(x, y)", dx="1 / sqrt(1 - y * square(sin(x)))", dy="ellipkinc_dm(x, y)", numpy="scipy.special:ellipkinc", domain=(REAL, UNIT), source="DLMF 19.2.4", doc="Incomplete elliptic integral of the first kind, of angle x and parameter y.")
op("ellipkinc_dm", 2, z="ellipkinc_dm(x, y)", dx="0.5 * square(sin(x)) / ((1 - y * square(sin(x))) * sqrt(1 - y * square(sin(x))))", dy="ellipkinc_dmm(x, y)", numpy="", domain=(REAL, UNIT), source="DLMF 19.25.5", doc="Derivative of ellipkinc(x, y) by y.")
op("ellipkinc_dmm", 2, z="ellipkinc_dmm(x, y)", dx="0.75 * square(square(sin(x))) / (square(1 - y * square(sin(x))) * sqrt(1 - y * square(sin(x))))", dy=UNKNOWN, numpy="", domain=(REAL, UNIT), source="DLMF 19.4.1", doc="Second derivative of ellipkinc(x, y) by y; its own by y is NaN, not known.")
op("ellipeinc", 2, z="ellipeinc(x, y)", dx="sqrt(1 - y * square(sin(x)))", dy="ellipeinc_dm(x, y)", numpy="scipy.special:ellipeinc", domain=(REAL, UNIT), source="DLMF 19.2.5", doc="Incomplete elliptic integral of the second kind, of angle x and parameter y.")
op("ellipeinc_dm", 2, z="ellipeinc_dm(x, y)", dx="-0.5 * square(sin(x)) / sqrt(1 - y * square(sin(x)))", dy="ellipeinc_dmm(x, y)", numpy="", domain=(REAL, UNIT), source="DLMF 19.25.10", doc="Derivative of ellipeinc(x, y) by y.")
op("ellipeinc_dmm", 2, z="ellipeinc_dmm(x, y)", dx="-0.25 * square(square(sin(x))) / ((1 - y * square(sin(x))) * sqrt(1 - y * square(sin(x))))", dy=UNKNOWN, numpy="", domain=(REAL, UNIT), source="DLMF 19.4.2", doc="Second derivative of ellipeinc(x, y) by y; its own by y is NaN, not known.")
# --- hypergeometric functions and orthogonal polynomials: by their last argument ---------------------------------------------------------
op("hyp0f1", 2, z="hyp0f1(x, y)", dy="hyp0f1(x + 1, y) / x", numpy="scipy.special:hyp0f1", constant=(0,), domain=(Interval(1.0, 4.0), REAL), source="DLMF 16.3.1", doc="Confluent hypergeometric limit function.")
op("hyp1f1", 3, z="hyp1f1(x, y, w)", dw="x / y * hyp1f1(x + 1, y + 1, w)", numpy="scipy.special:hyp1f1", constant=(0, 1), domain=(Interval(1.0, 3.0), Interval(1.0, 4.0), REAL), source="DLMF 13.3.15", doc="Confluent hypergeometric function M(x, y, w).")
op("hyperu", 3, z="hyperu(x, y, w)", dw="-x * hyperu(x + 1, y + 1, w)", numpy="scipy.special:hyperu", constant=(0, 1), domain=(Interval(1.0, 3.0), Interval(1.0, 4.0), POSITIVE), source="DLMF 13.3.22", doc="Confluent hypergeometric function U(x, y, w).")
op("eval_gegenbauer", 3, z="eval_gegenbauer(x, y, w)", dw="where(x == 0, 0, 2 * y * eval_gegenbauer(x - 1, y + 1, w))", numpy="scipy.special:eval_gegenbauer", constant=(0, 1), domain=(Interval(0.0, 5.0), Interval(1.0, 3.0), UNIT), source="DLMF 18.9.19", doc="Gegenbauer polynomial of degree x.")
op("eval_legendre", 2, z="eval_legendre(x, y)", dy="where(x == 0, 0, eval_gegenbauer(x - 1, 1.5, y))", numpy="scipy.special:eval_legendre", constant=(0,), domain=(Interval(0.0, 5.0), UNIT), source="DLMF 18.9.19", doc="Legendre polynomial of degree x.")
op("eval_chebyt", 2, z="eval_chebyt(x, y)", dy="where(x == 0, 0, x * eval_chebyu(x - 1, y))", numpy="scipy.special:eval_chebyt", constant=(0,), domain=(Interval(0.0, 5.0), UNIT), source="DLMF 18.9.21", doc="Chebyshev polynomial of the first kind of degree x.")
op("eval_chebyu", 2, z="eval_chebyu(x, y)", dy="where(x == 0, 0, 2 * eval_gegenbauer(x - 1, 2, y))", numpy="scipy.special:eval_chebyu", constant=(0,), domain=(Interval(0.0, 5.0), UNIT), source="DLMF 18.9.19", doc="Chebyshev polynomial of the second kind of degree x.")
op("eval_genlaguerre", 3, z="eval_genlaguerre(x, y, w)", dw="where(x == 0, 0, -eval_genlaguerre(x - 1, y + 1, w))", numpy="scipy.special:eval_genlaguerre", constant=(0, 1), domain=(Interval(0.0, 5.0), Interval(0.0, 3.0), REAL), source="DLMF 18.9.23", doc="Generalised Laguerre polynomial of degree x.")
op("eval_laguerre", 2, z="eval_laguerre(x, y)", dy="where(x == 0, 0, -eval_genlaguerre(x - 1, 1, y))", numpy="scipy.special:eval_laguerre", constant=(0,), domain=(Interval(0.0, 5.0), REAL), source="DLMF 18.9.23", doc="Laguerre polynomial of degree x.")
op("eval_hermite", 2, z="eval_hermite(x, y)", dy="where(x == 0, 0, 2 * x * eval_hermite(x - 1, y))", numpy="scipy.special:eval_hermite", constant=(0,), domain=(Interval(0.0, 5.0), REAL), source="DLMF 18.9.25", doc="Hermite polynomial of degree x, of physicists.")
op("eval_hermitenorm", 2, z="eval_hermitenorm(x, y)", dy="where(x == 0, 0, x * eval_hermitenorm(x - 1, y))", numpy="scipy.special:eval_hermitenorm", constant=(0,), domain=(Interval(0.0, 5.0), REAL), source="DLMF 18.9.27", doc="Hermite polynomial of degree x, of probabilists.")
op("lpmv", 3, z="lpmv(x, y, w)", dw="((y + 1) * w * z - (y - x + 1) * lpmv(x, y + 1, w)) / (1 - w * w)", numpy="scipy.special:lpmv", constant=(0, 1), domain=(Interval(0.0, 3.0), Interval(2.0, 5.0), UNIT), source="DLMF 14.10.5", doc="Associated Legendre function of order x and degree y.")
# --- transformations and losses ------------------------------------------------------------------------------------------------------
op("boxcox", 2, z="boxcox(x, y)", dx="pow(x, y - 1)", dy="where(x == 0, 1 / square(y), square(log(x)) * exprel_n(1, y * log(x)))", numpy="scipy.special:boxcox", domain=(POSITIVE, REAL), doc="Transformation of Box and Cox, (x**y - 1) / y.")
op("boxcox1p", 2, z="boxcox1p(x, y)", dx="exp((y - 1) * log1p(x))", dy="where(x == -1, 1 / square(y), square(log1p(x)) * exprel_n(1, y * log1p(x)))", numpy="scipy.special:boxcox1p", domain=(POSITIVE, REAL), doc="boxcox(1 + x, y).")
op("inv_boxcox", 2, z="inv_boxcox(x, y)", dx="pow(z, 1 - y)", dy="z * square(x) * log1prel_n(1, x * y)", numpy="scipy.special:inv_boxcox", domain=(Interval(-0.3, 3.0), Interval(0.05, 3.0)), doc="Inverse of boxcox in its first argument.")
op("inv_boxcox1p", 2, z="inv_boxcox1p(x, y)", dx="pow(1 + z, 1 - y)", dy="(1 + z) * square(x) * log1prel_n(1, x * y)", numpy="scipy.special:inv_boxcox1p", domain=(Interval(-0.3, 3.0), Interval(0.05, 3.0)), doc="Inverse of boxcox1p in its first argument.")
op("entr", 1, z="entr(x)", dx="where(x < 0, inf - inf, -1 - log(x))", numpy="scipy.special:entr", domain=POSITIVE, doc="-x log(x), zero at zero and minus infinity below.")
op("rel_entr", 2, z="rel_entr(x, y)", dx="log(x) - log(y) + 1", dy="where(x == 0, 0, -x / y)", numpy="scipy.special:rel_entr", domain=POSITIVE, doc="x log(x / y), zero where x is.")
op("pseudo_huber", 2, z="pseudo_huber(x, y)", dx="where(x == 0, 0, x * square(square(y / x) / (1 + hypot(1, y / x))) / hypot(1, y / x))", dy="where(x == 0, 0, y / hypot(1, y / x))", numpy="scipy.special:pseudo_huber", domain=(POSITIVE, REAL), doc="x**2 (sqrt(1 + (y / x)**2) - 1).")
op("cosm1", 1, z="cosm1(x)", dx="-sin(x)", numpy="scipy.special:cosm1", doc="cos(x) - 1, accurate near zero.")
op("sindg", 1, z="sindg(x)", dx="0.017453292519943295 * cosdg(x)", numpy="scipy.special:sindg", doc="Sine of degrees.")
op("cosdg", 1, z="cosdg(x)", dx="-0.017453292519943295 * sindg(x)", numpy="scipy.special:cosdg", doc="Cosine of degrees.")
op("tandg", 1, z="tandg(x)", dx="0.017453292519943295 * (1 + z * z)", numpy="scipy.special:tandg", doc="Tangent of degrees.")
op("cotdg", 1, z="cotdg(x)", dx="-0.017453292519943295 * (1 + z * z)", numpy="scipy.special:cotdg", domain=POSITIVE, doc="Cotangent of degrees.")
op("exp10", 1, z="exp10(x)", dx=f"{LN10} * z", numpy="scipy.special:exp10", doc="10**x.")
op("sech_squared", 1, z="square(2 * exp(-abs(x)) / (1 + square(exp(-abs(x)))))", dx="-2 * tanh(x) * z", numpy="", source="DLMF 4.34.10", doc="1 / cosh(x)**2, the derivative of tanh: 1 - tanh(x)**2 loses its digits far from zero.")
op("unit_gap", 1, z="(1 - x) * (1 + x)", dx="-2 * x", numpy="", doc="1 - x**2, accurate near one, as is its derivative near zero.")
op("gaussian_tail", 3, z="gaussian_tail(x, y, w)", dw="gaussian_tail(x + 1, y, w)", numpy="", constant=(0, 1), domain=(Interval(0.0, 4.0), Interval(-1.0, 0.0), Interval(25.0, 80.0)), source="DLMF 7.12.1", doc="Derivative of order x of the sum of (2k - 1)!! y**k / (2**k w**(2k + 1)) where w is beyond 6.9, else zero: erfcx(w) times the root of pi, or twice Dawson's integral, for y of -1 or 1.")
# fmt: on
