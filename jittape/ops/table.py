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
op("pow", 2, z="x ** y", dx="where(x == 0, where(y == 0, 0, y * pow(x, y - 1)), y * pow(x, y - 1))", dy="where(x == 0, where(y >= 0, 0, -inf), z * log(x))", numpy="power", aliases=("float_power",), domain=(POSITIVE, REAL), kinks=(((0.0, 2.0), (0.0, 0.0)), ((0.0, 1.0), (1.0, 0.0)), ((0.0, 0.0), (0.0, 0.0))), doc="Power; 0**y has derivative zero in y for y >= 0.")
op("powc", 2, z="x ** y", dx="where(y == 0, 0, y * powc(x, y - 1))", numpy="", constant=(1,), domain=(POSITIVE, REAL), kinks=(((0.0, 2.0), (0.0,)), ((0.0, 1.0), (1.0,)), ((0.0, 0.0), (0.0,))), doc="Power with a constant exponent.")
op("neg", 1, z="-x", dx="-1", numpy="negative", doc="Negation.")
op("pos", 1, z="x", dx="1", numpy="positive", aliases=("conjugate",), doc="Copy.")
op("stop_gradient", 1, z="x", numpy="", doc="Copy whose derivative is zero.")
op("abs", 1, z="abs(x)", dx="sign(x)", numpy="absolute", aliases=("fabs",), domain=ANY, kinks=(((0.0,), (0.0,)),), doc="Absolute value; abs'(0) = 0.")
op("sign", 1, z="np.sign(x) + 0.0", domain=ANY, doc="Sign; derivative zero.")
op("sqrt", 1, z="math.sqrt(x)", dx="0.5 / z", domain=POSITIVE, kinks=(((0.0,), (float("inf"),)),), doc="Square root; sqrt'(0) = inf.")
op("cbrt", 1, z="cbrt(x)", dx="1 / (3 * z * z)", aliases=("scipy.special:cbrt",), domain=ANY, doc="Cube root.")
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
op("arcsin", 1, z="math.asin(x)", dx="1 / sqrt((1 - x) * (1 + x))", aliases=("asin",), domain=UNIT, source="DLMF 4.24.7", doc="Inverse sine.")
op("arccos", 1, z="math.acos(x)", dx="-1 / sqrt((1 - x) * (1 + x))", aliases=("acos",), domain=UNIT, source="DLMF 4.24.8", doc="Inverse cosine.")
op("arctan", 1, z="math.atan(x)", dx="1 / (1 + x * x)", aliases=("atan",), source="DLMF 4.24.9", doc="Inverse tangent.")
op("arctan2", 2, z="math.atan2(x, y)", dx="where(abs(x) + abs(y) == 0, product(inf - inf, x + y), (y / hypot(x, y)) / hypot(x, y))", dy="where(abs(x) + abs(y) == 0, product(inf - inf, x + y), -(x / hypot(x, y)) / hypot(x, y))", aliases=("atan2",), domain=ANY, kinks=(((0.0, 0.0), (0.0, 0.0)),), doc="Angle of the point (y, x); derivative zero at the origin, where it has no second one: NaN.")
op("hypot", 2, z="math.hypot(x, y)", dx="where(z == 0, product(inf - inf, x + y), x / z)", dy="where(z == 0, product(inf - inf, x + y), y / z)", domain=ANY, kinks=(((0.0, 0.0), (0.0, 0.0)),), doc="Euclidean length; derivative zero at the origin, where it has no second one: NaN.")
op("sinh", 1, z="math.sinh(x)", dx="cosh(x)", source="DLMF 4.34.1", doc="Hyperbolic sine.")
op("cosh", 1, z="math.cosh(x)", dx="sinh(x)", source="DLMF 4.34.2", doc="Hyperbolic cosine.")
op("tanh", 1, z="math.tanh(x)", dx="1 - z * z", source="DLMF 4.34.3", doc="Hyperbolic tangent.")
op("arcsinh", 1, z="math.asinh(x)", dx="1 / hypot(1, x)", aliases=("asinh",), source="DLMF 4.38.9", doc="Inverse hyperbolic sine.")
op("arccosh", 1, z="math.acosh(x)", dx="1 / (sqrt(x - 1) * sqrt(x + 1))", aliases=("acosh",), domain=Interval(1.1, 4.0), source="DLMF 4.38.10", doc="Inverse hyperbolic cosine.")
op("arctanh", 1, z="math.atanh(x)", dx="1 / ((1 - x) * (1 + x))", aliases=("atanh",), domain=UNIT, source="DLMF 4.38.11", doc="Inverse hyperbolic tangent.")
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
op("erfcx", 1, z="erfcx(x)", dx=f"2 * x * z - 2 / {SQRT_PI}", numpy="scipy.special:erfcx", source="DLMF 7.2.3", doc="Scaled complementary error function, exp(x**2) erfc(x).")
op("erfinv", 1, z="erfinv(x)", dx=f"{SQRT_PI} / 2 * exp(z * z)", numpy="scipy.special:erfinv", domain=UNIT, source="DLMF 7.17", doc="Inverse error function.")
op("ndtr", 1, z="ndtr(x)", dx="0.3989422804014327 * exp(-0.5 * x * x)", numpy="scipy.special:ndtr", source="DLMF 7.20", doc="Normal distribution function.")
op("ndtri", 1, z="ndtri(x)", dx="2.5066282746310002 * exp(0.5 * z * z)", numpy="scipy.special:ndtri", domain=Interval(0.05, 0.95), doc="Inverse of the normal distribution function.")
op("log_ndtr", 1, z="log_ndtr(x)", dx="0.3989422804014327 * exp(-0.5 * x * x - z)", numpy="scipy.special:log_ndtr", doc="Logarithm of the normal distribution function.")
op("lgamma", 1, z="math.lgamma(x)", dx="digamma(x)", numpy="scipy.special:gammaln", domain=POSITIVE, source="DLMF 5.2.2", doc="Logarithm of the absolute value of the gamma function.")
op("gamma", 1, z="math.gamma(x)", dx="z * digamma(x)", numpy="scipy.special:gamma", domain=POSITIVE, source="DLMF 5.2.2", doc="Gamma function.")
op("digamma", 1, z="digamma(x)", dx="polygamma(1, x)", numpy="scipy.special:psi", aliases=("scipy.special:digamma",), domain=POSITIVE, source="DLMF 5.2.2", doc="Logarithmic derivative of the gamma function.")
op("polygamma", 2, z="polygamma(x, y)", dy="polygamma(x + 1, y)", numpy="", constant=(0,), domain=(Interval(0.0, 4.0), POSITIVE), source="DLMF 5.15", doc="Derivative of order x of digamma at y.")
op("sigmoid", 1, z="expit(x)", dx="z * sigmoid(-x)", numpy="scipy.special:expit", doc="Logistic function.")
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
op("gammainc_daa", 2, z="gammainc_daa(x, y)", dx="(inf - inf) * exp(x + y)", dy=f"where(y == 0, where(x > 1, 0, inf), where(y == inf, 0, {GAMMA_DENSITY} * (square(log(y) - digamma(x)) - polygamma(1, x))))", numpy="", domain=POSITIVE, source="DLMF 8.7.1, 8.9.2", doc="Second derivative of gammainc(x, y) by x; its own derivative by x is NaN, not known.")
op("stdtr_daa", 2, z="stdtr_daa(x, y)", dx="(inf - inf) * exp(x + y)", dy=f"{STUDENT_DENSITY} * (square({STUDENT_SLOPE}) + {STUDENT_CURVATURE})", numpy="", domain=(Interval(0.5, 8.0), REAL), source="DLMF 8.17.22", doc="Second derivative of stdtr(x, y) by x; its own derivative by x is NaN, not known.")
# --- lengths ---------------------------------------------------------------------------------------------------------------
op("root", 1, z="math.sqrt(x)", dx="where(z == 0, product(inf - inf, x), 0.5 / z)", numpy="", domain=POSITIVE, kinks=(((0.0,), (0.0,)),), doc="Square root of a sum of squares (norms, deviations); derivative zero at zero, where it has no second one: NaN.")
op("corner", 1, z="x", dx="1", numpy="", doc="Copy of a length that is not Euclidean: a function of it has a second derivative at zero only if its own is zero there.")
# --- Python's own choices: ties as the comparison decides them --------------------------------------------------------------
op("first_max", 2, z="y if y > x else x", dx="where(y > x, 0, 1)", dy="where(y > x, 1, 0)", numpy="", domain=APART, kinks=(((1.0, 1.0), (1.0, 0.0)),), doc="max(x, y) of Python: the first of equal ones, and of what a NaN is compared with.")
op("first_min", 2, z="y if y < x else x", dx="where(y < x, 0, 1)", dy="where(y < x, 1, 0)", numpy="", domain=APART, kinks=(((1.0, 1.0), (1.0, 0.0)),), doc="min(x, y) of Python: the first of equal ones, and of what a NaN is compared with.")
# fmt: on
