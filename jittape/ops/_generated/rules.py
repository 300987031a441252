"""Adjoint times first and second partials over recorded arrays, for nested differentiation.

Generated from jittape/ops/table.py by `python -m jittape.ops.generate`: do not edit."""

# ruff: noqa
# mypy: ignore-errors
inf = float('inf')


def add_0(F, g, x, y, w, z):
    return g


def add_1(F, g, x, y, w, z):
    return g


def sub_0(F, g, x, y, w, z):
    return g


def sub_1(F, g, x, y, w, z):
    return -g


def mul_0(F, g, x, y, w, z):
    return F.mulz(g, y)


def mul_1(F, g, x, y, w, z):
    return F.mulz(g, x)


def div_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / y)


def div_1(F, g, x, y, w, z):
    return F.mulz(g, -z / y)


def mod_0(F, g, x, y, w, z):
    return g


def mod_1(F, g, x, y, w, z):
    return F.mulz(g, -F.floor_divide(x, y))


def fmod_0(F, g, x, y, w, z):
    return g


def fmod_1(F, g, x, y, w, z):
    return F.mulz(g, -F.trunc(x / y))


def pow_0(F, g, x, y, w, z):
    return F.where(x == 0, F.where(y == 0, 0.0, F.mulz(g, y * F.pow(x, y - 1))), F.mulz(g, y * F.pow(x, y - 1)))


def pow_1(F, g, x, y, w, z):
    return F.where(x == 0, F.where(y >= 0, 0.0, F.mulz(g, -inf)), F.mulz(g, z * F.log(x)))


def powc_0(F, g, x, y, w, z):
    return F.where(y == 0, 0.0, F.mulz(g, y * F.powc(x, y - 1)))


def neg_0(F, g, x, y, w, z):
    return -g


def pos_0(F, g, x, y, w, z):
    return g


def abs_0(F, g, x, y, w, z):
    return F.mulz(g, F.sign(x))


def sqrt_0(F, g, x, y, w, z):
    return F.mulz(g, 0.5 / z)


def cbrt_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (3 * z * z))


def square_0(F, g, x, y, w, z):
    return F.product(g, 2 * x)


def reciprocal_0(F, g, x, y, w, z):
    return F.mulz(g, -z * z)


def mulz_0(F, g, x, y, w, z):
    return F.product(g, y)


def mulz_1(F, g, x, y, w, z):
    return F.product(g, x)


def product_0(F, g, x, y, w, z):
    return F.product(g, y)


def product_1(F, g, x, y, w, z):
    return F.product(g, x)


def exp_0(F, g, x, y, w, z):
    return F.mulz(g, z)


def exp2_0(F, g, x, y, w, z):
    return F.mulz(g, z * 0.6931471805599453)


def expm1_0(F, g, x, y, w, z):
    return F.mulz(g, F.exp(x))


def log_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / x)


def log2_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (x * 0.6931471805599453))


def log10_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (x * 2.302585092994046))


def log1p_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (1 + x))


def logaddexp_0(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, F.sigmoid(x - y)), g * 0.5), F.mulz(g, F.sigmoid(x - y)))


def logaddexp_1(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, F.sigmoid(y - x)), g * 0.5), F.mulz(g, F.sigmoid(y - x)))


def logaddexp2_0(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, F.sigmoid((x - y) * 0.6931471805599453)), g * 0.5), F.mulz(g, F.sigmoid((x - y) * 0.6931471805599453)))


def logaddexp2_1(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, F.sigmoid((y - x) * 0.6931471805599453)), g * 0.5), F.mulz(g, F.sigmoid((y - x) * 0.6931471805599453)))


def sin_0(F, g, x, y, w, z):
    return F.mulz(g, F.cos(x))


def cos_0(F, g, x, y, w, z):
    return F.mulz(g, -F.sin(x))


def tan_0(F, g, x, y, w, z):
    return F.mulz(g, 1 + z * z)


def arcsin_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / F.sqrt((1 - x) * (1 + x)))


def arccos_0(F, g, x, y, w, z):
    return F.mulz(g, -1 / F.sqrt((1 - x) * (1 + x)))


def arctan_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (1 + x * x))


def arctan2_0(F, g, x, y, w, z):
    return F.where(F.abs(x) + F.abs(y) == 0, F.mulz(g, F.product(inf - inf, x + y)), F.mulz(g, y / F.hypot(x, y) / F.hypot(x, y)))


def arctan2_1(F, g, x, y, w, z):
    return F.where(F.abs(x) + F.abs(y) == 0, F.mulz(g, F.product(inf - inf, x + y)), F.mulz(g, -(x / F.hypot(x, y)) / F.hypot(x, y)))


def hypot_0(F, g, x, y, w, z):
    return F.where(z == 0, F.mulz(g, F.product(inf - inf, x + y)), F.mulz(g, x / z))


def hypot_1(F, g, x, y, w, z):
    return F.where(z == 0, F.mulz(g, F.product(inf - inf, x + y)), F.mulz(g, y / z))


def sinh_0(F, g, x, y, w, z):
    return F.mulz(g, F.cosh(x))


def cosh_0(F, g, x, y, w, z):
    return F.mulz(g, F.sinh(x))


def tanh_0(F, g, x, y, w, z):
    return F.mulz(g, 1 - z * z)


def arcsinh_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / F.hypot(1, x))


def arccosh_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (F.sqrt(x - 1) * F.sqrt(x + 1)))


def arctanh_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / ((1 - x) * (1 + x)))


def sinc_0(F, g, x, y, w, z):
    return F.mulz(g, F.sincn(1, x))


def sincn_1(F, g, x, y, w, z):
    return F.mulz(g, F.sincn(x + 1, y))


def deg2rad_0(F, g, x, y, w, z):
    return g * 0.017453292519943295


def rad2deg_0(F, g, x, y, w, z):
    return g * 57.29577951308232


def maximum_0(F, g, x, y, w, z):
    return F.where(x > y, g, F.where(x == y, g * 0.5, 0.0))


def maximum_1(F, g, x, y, w, z):
    return F.where(y > x, g, F.where(x == y, g * 0.5, 0.0))


def minimum_0(F, g, x, y, w, z):
    return F.where(x < y, g, F.where(x == y, g * 0.5, 0.0))


def minimum_1(F, g, x, y, w, z):
    return F.where(y < x, g, F.where(x == y, g * 0.5, 0.0))


def fmax_0(F, g, x, y, w, z):
    return F.where(x > y, g, F.where(x == y, g * 0.5, F.where(y == y, 0.0, g)))


def fmax_1(F, g, x, y, w, z):
    return F.where(y > x, g, F.where(x == y, g * 0.5, F.where(x == x, 0.0, g)))


def fmin_0(F, g, x, y, w, z):
    return F.where(x < y, g, F.where(x == y, g * 0.5, F.where(y == y, 0.0, g)))


def fmin_1(F, g, x, y, w, z):
    return F.where(y < x, g, F.where(x == y, g * 0.5, F.where(x == x, 0.0, g)))


def where_1(F, g, x, y, w, z):
    return F.where(x != 0, g, 0.0)


def where_2(F, g, x, y, w, z):
    return F.where(x != 0, 0.0, g)


def clip_0(F, g, x, y, w, z):
    return F.where(x < y, 0.0, F.where(x > w, 0.0, g))


def clip_1(F, g, x, y, w, z):
    return F.where(y > w, 0.0, F.where(x < y, g, 0.0))


def clip_2(F, g, x, y, w, z):
    return F.where(y > w, g, F.where(x > w, g, 0.0))


def heaviside_1(F, g, x, y, w, z):
    return F.where(x == 0, g, 0.0)


def copysign_0(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.where(F.signbit(x) == F.signbit(y), g, -g))


def erf_0(F, g, x, y, w, z):
    return F.mulz(g, 2 / 1.7724538509055159 * F.exp(-x * x))


def erfc_0(F, g, x, y, w, z):
    return F.mulz(g, -2 / 1.7724538509055159 * F.exp(-x * x))


def erfcx_0(F, g, x, y, w, z):
    return F.mulz(g, 2 * x * z - 2 / 1.7724538509055159)


def erfinv_0(F, g, x, y, w, z):
    return F.mulz(g, 1.7724538509055159 / 2 * F.exp(z * z))


def ndtr_0(F, g, x, y, w, z):
    return F.mulz(g, 0.3989422804014327 * F.exp(-0.5 * x * x))


def ndtri_0(F, g, x, y, w, z):
    return F.mulz(g, 2.5066282746310002 * F.exp(0.5 * z * z))


def log_ndtr_0(F, g, x, y, w, z):
    return F.mulz(g, 0.3989422804014327 * F.exp(-0.5 * x * x - z))


def lgamma_0(F, g, x, y, w, z):
    return F.mulz(g, F.digamma(x))


def gamma_0(F, g, x, y, w, z):
    return F.mulz(g, z * F.digamma(x))


def digamma_0(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(1, x))


def polygamma_1(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(x + 1, y))


def sigmoid_0(F, g, x, y, w, z):
    return F.mulz(g, z * F.sigmoid(-x))


def softplus_0(F, g, x, y, w, z):
    return F.mulz(g, F.sigmoid(x))


def log_sigmoid_0(F, g, x, y, w, z):
    return F.mulz(g, F.sigmoid(-x))


def logit_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (x * (1 - x)))


def relu_0(F, g, x, y, w, z):
    return F.where(x > 0, g, 0.0)


def xlogy_0(F, g, x, y, w, z):
    return F.where(y == 0, F.where(x == 0, 0.0, F.mulz(g, -inf)), F.mulz(g, F.log(y)))


def xlogy_1(F, g, x, y, w, z):
    return F.where(y == 0, F.where(x == 0, 0.0, F.mulz(g, x / y)), F.mulz(g, x / y))


def xlog1py_0(F, g, x, y, w, z):
    return F.mulz(g, F.log1p(y))


def xlog1py_1(F, g, x, y, w, z):
    return F.where(1 + y == 0, F.where(x == 0, 0.0, F.mulz(g, x / (1 + y))), F.mulz(g, x / (1 + y)))


def i0_0(F, g, x, y, w, z):
    return F.mulz(g, F.i1(x))


def i1_0(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.i0(x) + F.iv(2, x)))


def j0_0(F, g, x, y, w, z):
    return F.mulz(g, -F.j1(x))


def j1_0(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.j0(x) - F.jv(2, x)))


def iv_1(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.iv(x - 1, y) + F.iv(x + 1, y)))


def jv_1(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.jv(x - 1, y) - F.jv(x + 1, y)))


def gammainc_0(F, g, x, y, w, z):
    return F.mulz(g, F.gammainc_da(x, y))


def gammainc_1(F, g, x, y, w, z):
    return F.where(y == inf, 0.0, F.where(x > 1000, F.where(y == 0, 0.0, F.mulz(g, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x)))), F.mulz(g, F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))))


def gammaincc_0(F, g, x, y, w, z):
    return F.mulz(g, -F.gammainc_da(x, y))


def gammaincc_1(F, g, x, y, w, z):
    return F.mulz(g, -F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))))


def gammainc_da_0(F, g, x, y, w, z):
    return F.mulz(g, F.gammainc_daa(x, y))


def gammainc_da_1(F, g, x, y, w, z):
    return F.where(y == 0, F.where(x > 1, 0.0, F.mulz(g, -inf)), F.where(y == inf, 0.0, F.mulz(g, F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (F.log(y) - F.digamma(x)))))


def stdtr_0(F, g, x, y, w, z):
    return F.mulz(g, F.stdtr_da(x, y))


def stdtr_1(F, g, x, y, w, z):
    return F.where(x > 1000, F.mulz(g, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x))), F.mulz(g, F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)))


def stdtr_da_0(F, g, x, y, w, z):
    return F.mulz(g, F.stdtr_daa(x, y))


def stdtr_da_1(F, g, x, y, w, z):
    return F.mulz(g, F.where(x > 1000, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x)), F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)) * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))))


def owens_t_0(F, g, x, y, w, z):
    return F.mulz(g, -F.exp(-0.5 * x * x) * F.erf(0.7071067811865476 * x * y) * 0.19947114020071635)


def owens_t_1(F, g, x, y, w, z):
    return F.mulz(g, F.exp(-0.5 * x * x * (1 + y * y)) / (6.283185307179586 * (1 + y * y)))


def gammainc_daa_0(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def gammainc_daa_1(F, g, x, y, w, z):
    return F.where(y == 0, F.where(x > 1, 0.0, F.mulz(g, inf)), F.where(y == inf, 0.0, F.mulz(g, F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (F.square(F.log(y) - F.digamma(x)) - F.polygamma(1, x)))))


def stdtr_daa_0(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def stdtr_daa_1(F, g, x, y, w, z):
    return F.mulz(g, F.where(x > 1000, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x)), F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)) * (F.square(0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))) + (0.25 * (F.polygamma(1, 0.5 * x + 0.5) - F.polygamma(1, 0.5 * x)) + 0.5 / (x * x) + y * y / (x * (x + y * y)) - 0.5 * (x + 1) * y * y * (2 * x + y * y) / (x * (x + y * y) * (x * (x + y * y))))))


def root_0(F, g, x, y, w, z):
    return F.where(z == 0, F.mulz(g, F.product(inf - inf, x)), F.mulz(g, 0.5 / z))


def corner_0(F, g, x, y, w, z):
    return g


def first_max_0(F, g, x, y, w, z):
    return F.where(y > x, 0.0, g)


def first_max_1(F, g, x, y, w, z):
    return F.where(y > x, g, 0.0)


def first_min_0(F, g, x, y, w, z):
    return F.where(y < x, 0.0, g)


def first_min_1(F, g, x, y, w, z):
    return F.where(y < x, g, 0.0)


CONTRIBUTIONS = {
    4: (add_0, add_1,),
    5: (sub_0, sub_1,),
    6: (mul_0, mul_1,),
    7: (div_0, div_1,),
    8: (None, None,),
    9: (mod_0, mod_1,),
    10: (fmod_0, fmod_1,),
    11: (pow_0, pow_1,),
    12: (powc_0, None,),
    13: (neg_0,),
    14: (pos_0,),
    15: (None,),
    16: (abs_0,),
    17: (None,),
    18: (sqrt_0,),
    19: (cbrt_0,),
    20: (square_0,),
    21: (reciprocal_0,),
    22: (mulz_0, mulz_1,),
    23: (product_0, product_1,),
    24: (exp_0,),
    25: (exp2_0,),
    26: (expm1_0,),
    27: (log_0,),
    28: (log2_0,),
    29: (log10_0,),
    30: (log1p_0,),
    31: (logaddexp_0, logaddexp_1,),
    32: (logaddexp2_0, logaddexp2_1,),
    33: (sin_0,),
    34: (cos_0,),
    35: (tan_0,),
    36: (arcsin_0,),
    37: (arccos_0,),
    38: (arctan_0,),
    39: (arctan2_0, arctan2_1,),
    40: (hypot_0, hypot_1,),
    41: (sinh_0,),
    42: (cosh_0,),
    43: (tanh_0,),
    44: (arcsinh_0,),
    45: (arccosh_0,),
    46: (arctanh_0,),
    47: (sinc_0,),
    48: (None, sincn_1,),
    49: (deg2rad_0,),
    50: (rad2deg_0,),
    51: (maximum_0, maximum_1,),
    52: (minimum_0, minimum_1,),
    53: (fmax_0, fmax_1,),
    54: (fmin_0, fmin_1,),
    55: (None, where_1, where_2,),
    56: (clip_0, clip_1, clip_2,),
    57: (None, heaviside_1,),
    58: (copysign_0, None,),
    59: (None,),
    60: (None,),
    61: (None,),
    62: (None,),
    63: (erf_0,),
    64: (erfc_0,),
    65: (erfcx_0,),
    66: (erfinv_0,),
    67: (ndtr_0,),
    68: (ndtri_0,),
    69: (log_ndtr_0,),
    70: (lgamma_0,),
    71: (gamma_0,),
    72: (digamma_0,),
    73: (None, polygamma_1,),
    74: (sigmoid_0,),
    75: (softplus_0,),
    76: (log_sigmoid_0,),
    77: (logit_0,),
    78: (relu_0,),
    79: (xlogy_0, xlogy_1,),
    80: (xlog1py_0, xlog1py_1,),
    81: (i0_0,),
    82: (i1_0,),
    83: (j0_0,),
    84: (j1_0,),
    85: (None, iv_1,),
    86: (None, jv_1,),
    87: (None, None,),
    88: (None, None,),
    89: (None, None,),
    90: (None, None,),
    91: (None, None,),
    92: (None, None,),
    93: (None, None,),
    94: (None, None,),
    95: (None, None,),
    96: (None,),
    97: (None,),
    98: (None,),
    99: (None,),
    100: (None,),
    101: (gammainc_0, gammainc_1,),
    102: (gammaincc_0, gammaincc_1,),
    103: (gammainc_da_0, gammainc_da_1,),
    104: (stdtr_0, stdtr_1,),
    105: (stdtr_da_0, stdtr_da_1,),
    106: (owens_t_0, owens_t_1,),
    107: (gammainc_daa_0, gammainc_daa_1,),
    108: (stdtr_daa_0, stdtr_daa_1,),
    109: (root_0,),
    110: (corner_0,),
    111: (first_max_0, first_max_1,),
    112: (first_min_0, first_min_1,),
}
"""Opcode -> for each operand None (zero), or a function of (F, adjoint of z, x, y, w, z)."""


def mul_01(F, g, x, y, w, z):
    return g


def div_01(F, g, x, y, w, z):
    return F.mulz(g, -(1 / y / y))


def div_11(F, g, x, y, w, z):
    return F.mulz(g, -(-z / y) / y - -z / y / y)


def pow_00(F, g, x, y, w, z):
    return F.where(x == 0, F.where(y == 0, 0.0, F.mulz(g, y * F.where(x == 0, F.where(y - 1 == 0, 0, (y - 1) * F.pow(x, y - 1 - 1)), (y - 1) * F.pow(x, y - 1 - 1)))), F.mulz(g, y * F.where(x == 0, F.where(y - 1 == 0, 0, (y - 1) * F.pow(x, y - 1 - 1)), (y - 1) * F.pow(x, y - 1 - 1))))


def pow_01(F, g, x, y, w, z):
    return F.where(x == 0, F.where(y == 0, 0.0, F.mulz(g, F.pow(x, y - 1) + y * F.where(x == 0, F.where(y - 1 >= 0, 0, -inf), F.pow(x, y - 1) * F.log(x)))), F.mulz(g, F.pow(x, y - 1) + y * F.where(x == 0, F.where(y - 1 >= 0, 0, -inf), F.pow(x, y - 1) * F.log(x))))


def pow_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, F.where(x == 0, F.where(y >= 0, 0, -inf), z * F.log(x)) * F.log(x)))


def powc_00(F, g, x, y, w, z):
    return F.where(y == 0, 0.0, F.mulz(g, y * F.where(y - 1 == 0, 0, (y - 1) * F.powc(x, y - 1 - 1))))


def sqrt_00(F, g, x, y, w, z):
    return F.mulz(g, -(0.5 / z * (0.5 / z / z)))


def cbrt_00(F, g, x, y, w, z):
    return F.mulz(g, -((3 * (1 / (3 * z * z)) * z + 3 * z * (1 / (3 * z * z))) * (1 / (3 * z * z) / (3 * z * z))))


def square_00(F, g, x, y, w, z):
    return g * 2.0


def reciprocal_00(F, g, x, y, w, z):
    return F.mulz(g, -(-z * z) * z + -z * (-z * z))


def mulz_01(F, g, x, y, w, z):
    return g


def product_01(F, g, x, y, w, z):
    return g


def exp_00(F, g, x, y, w, z):
    return F.mulz(g, z)


def exp2_00(F, g, x, y, w, z):
    return F.mulz(g, z * 0.6931471805599453 * 0.6931471805599453)


def expm1_00(F, g, x, y, w, z):
    return F.mulz(g, F.exp(x))


def log_00(F, g, x, y, w, z):
    return F.mulz(g, -(1 / x / x))


def log2_00(F, g, x, y, w, z):
    return F.mulz(g, -(0.6931471805599453 * (1 / (x * 0.6931471805599453) / (x * 0.6931471805599453))))


def log10_00(F, g, x, y, w, z):
    return F.mulz(g, -(2.302585092994046 * (1 / (x * 2.302585092994046) / (x * 2.302585092994046))))


def log1p_00(F, g, x, y, w, z):
    return F.mulz(g, -(1 / (1 + x) / (1 + x)))


def logaddexp_00(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, F.sigmoid(x - y) * F.sigmoid(-(x - y))), 0.0), F.mulz(g, F.sigmoid(x - y) * F.sigmoid(-(x - y))))


def logaddexp_01(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, -(F.sigmoid(x - y) * F.sigmoid(-(x - y)))), 0.0), F.mulz(g, -(F.sigmoid(x - y) * F.sigmoid(-(x - y)))))


def logaddexp_11(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, F.sigmoid(y - x) * F.sigmoid(-(y - x))), 0.0), F.mulz(g, F.sigmoid(y - x) * F.sigmoid(-(y - x))))


def logaddexp2_00(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, 0.6931471805599453 * (F.sigmoid((x - y) * 0.6931471805599453) * F.sigmoid(-((x - y) * 0.6931471805599453)))), 0.0), F.mulz(g, 0.6931471805599453 * (F.sigmoid((x - y) * 0.6931471805599453) * F.sigmoid(-((x - y) * 0.6931471805599453)))))


def logaddexp2_01(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, -0.6931471805599453 * (F.sigmoid((x - y) * 0.6931471805599453) * F.sigmoid(-((x - y) * 0.6931471805599453)))), 0.0), F.mulz(g, -0.6931471805599453 * (F.sigmoid((x - y) * 0.6931471805599453) * F.sigmoid(-((x - y) * 0.6931471805599453)))))


def logaddexp2_11(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, 0.6931471805599453 * (F.sigmoid((y - x) * 0.6931471805599453) * F.sigmoid(-((y - x) * 0.6931471805599453)))), 0.0), F.mulz(g, 0.6931471805599453 * (F.sigmoid((y - x) * 0.6931471805599453) * F.sigmoid(-((y - x) * 0.6931471805599453)))))


def sin_00(F, g, x, y, w, z):
    return F.mulz(g, -F.sin(x))


def cos_00(F, g, x, y, w, z):
    return F.mulz(g, -F.cos(x))


def tan_00(F, g, x, y, w, z):
    return F.mulz(g, (1 + z * z) * z + z * (1 + z * z))


def arcsin_00(F, g, x, y, w, z):
    return F.mulz(g, -((-(1 + x) + (1 - x)) * (0.5 / F.sqrt((1 - x) * (1 + x))) * (1 / F.sqrt((1 - x) * (1 + x)) / F.sqrt((1 - x) * (1 + x)))))


def arccos_00(F, g, x, y, w, z):
    return F.mulz(g, -((-(1 + x) + (1 - x)) * (0.5 / F.sqrt((1 - x) * (1 + x))) * (-1 / F.sqrt((1 - x) * (1 + x)) / F.sqrt((1 - x) * (1 + x)))))


def arctan_00(F, g, x, y, w, z):
    return F.mulz(g, -((x + x) * (1 / (1 + x * x) / (1 + x * x))))


def arctan2_00(F, g, x, y, w, z):
    return F.where(F.abs(x) + F.abs(y) == 0, F.mulz(g, inf - inf), F.mulz(g, -(F.where(F.hypot(x, y) == 0, F.product(inf - inf, x + y), x / F.hypot(x, y)) * (y / F.hypot(x, y) / F.hypot(x, y))) / F.hypot(x, y) - F.where(F.hypot(x, y) == 0, F.product(inf - inf, x + y), x / F.hypot(x, y)) * (y / F.hypot(x, y) / F.hypot(x, y) / F.hypot(x, y))))


def arctan2_01(F, g, x, y, w, z):
    return F.where(F.abs(x) + F.abs(y) == 0, F.mulz(g, inf - inf), F.mulz(g, (1 / F.hypot(x, y) - F.where(F.hypot(x, y) == 0, F.product(inf - inf, x + y), y / F.hypot(x, y)) * (y / F.hypot(x, y) / F.hypot(x, y))) / F.hypot(x, y) - F.where(F.hypot(x, y) == 0, F.product(inf - inf, x + y), y / F.hypot(x, y)) * (y / F.hypot(x, y) / F.hypot(x, y) / F.hypot(x, y))))


def arctan2_11(F, g, x, y, w, z):
    return F.where(F.abs(x) + F.abs(y) == 0, F.mulz(g, inf - inf), F.mulz(g, F.where(F.hypot(x, y) == 0, F.product(inf - inf, x + y), y / F.hypot(x, y)) * (x / F.hypot(x, y) / F.hypot(x, y)) / F.hypot(x, y) - F.where(F.hypot(x, y) == 0, F.product(inf - inf, x + y), y / F.hypot(x, y)) * (-(x / F.hypot(x, y)) / F.hypot(x, y) / F.hypot(x, y))))


def hypot_00(F, g, x, y, w, z):
    return F.where(z == 0, F.mulz(g, inf - inf), F.mulz(g, 1 / z - F.where(z == 0, F.product(inf - inf, x + y), x / z) * (x / z / z)))


def hypot_01(F, g, x, y, w, z):
    return F.where(z == 0, F.mulz(g, inf - inf), F.mulz(g, -(F.where(z == 0, F.product(inf - inf, x + y), y / z) * (x / z / z))))


def hypot_11(F, g, x, y, w, z):
    return F.where(z == 0, F.mulz(g, inf - inf), F.mulz(g, 1 / z - F.where(z == 0, F.product(inf - inf, x + y), y / z) * (y / z / z)))


def sinh_00(F, g, x, y, w, z):
    return F.mulz(g, F.sinh(x))


def cosh_00(F, g, x, y, w, z):
    return F.mulz(g, F.cosh(x))


def tanh_00(F, g, x, y, w, z):
    return F.mulz(g, -((1 - z * z) * z + z * (1 - z * z)))


def arcsinh_00(F, g, x, y, w, z):
    return F.mulz(g, -(F.where(F.hypot(1, x) == 0, F.product(inf - inf, 1 + x), x / F.hypot(1, x)) * (1 / F.hypot(1, x) / F.hypot(1, x))))


def arccosh_00(F, g, x, y, w, z):
    return F.mulz(g, -((0.5 / F.sqrt(x - 1) * F.sqrt(x + 1) + F.sqrt(x - 1) * (0.5 / F.sqrt(x + 1))) * (1 / (F.sqrt(x - 1) * F.sqrt(x + 1)) / (F.sqrt(x - 1) * F.sqrt(x + 1)))))


def arctanh_00(F, g, x, y, w, z):
    return F.mulz(g, -((-(1 + x) + (1 - x)) * (1 / ((1 - x) * (1 + x)) / ((1 - x) * (1 + x)))))


def sinc_00(F, g, x, y, w, z):
    return F.mulz(g, F.sincn(1 + 1, x))


def sincn_11(F, g, x, y, w, z):
    return F.mulz(g, F.sincn(x + 1 + 1, y))


def erf_00(F, g, x, y, w, z):
    return F.mulz(g, 2 / 1.7724538509055159 * ((-x + -x) * F.exp(-x * x)))


def erfc_00(F, g, x, y, w, z):
    return F.mulz(g, -2 / 1.7724538509055159 * ((-x + -x) * F.exp(-x * x)))


def erfcx_00(F, g, x, y, w, z):
    return F.mulz(g, 2 * z + 2 * x * (2 * x * z - 2 / 1.7724538509055159))


def erfinv_00(F, g, x, y, w, z):
    return F.mulz(g, 1.7724538509055159 / 2 * ((1.7724538509055159 / 2 * F.exp(z * z) * z + z * (1.7724538509055159 / 2 * F.exp(z * z))) * F.exp(z * z)))


def ndtr_00(F, g, x, y, w, z):
    return F.mulz(g, 0.3989422804014327 * ((-0.5 * x + -0.5 * x) * F.exp(-0.5 * x * x)))


def ndtri_00(F, g, x, y, w, z):
    return F.mulz(g, 2.5066282746310002 * ((0.5 * (2.5066282746310002 * F.exp(0.5 * z * z)) * z + 0.5 * z * (2.5066282746310002 * F.exp(0.5 * z * z))) * F.exp(0.5 * z * z)))


def log_ndtr_00(F, g, x, y, w, z):
    return F.mulz(g, 0.3989422804014327 * ((-0.5 * x + -0.5 * x - 0.3989422804014327 * F.exp(-0.5 * x * x - z)) * F.exp(-0.5 * x * x - z)))


def lgamma_00(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(1, x))


def gamma_00(F, g, x, y, w, z):
    return F.mulz(g, z * F.digamma(x) * F.digamma(x) + z * F.polygamma(1, x))


def digamma_00(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(1 + 1, x))


def polygamma_11(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(x + 1 + 1, y))


def sigmoid_00(F, g, x, y, w, z):
    return F.mulz(g, z * F.sigmoid(-x) * F.sigmoid(-x) + z * -(F.sigmoid(-x) * F.sigmoid(--x)))


def softplus_00(F, g, x, y, w, z):
    return F.mulz(g, F.sigmoid(x) * F.sigmoid(-x))


def log_sigmoid_00(F, g, x, y, w, z):
    return F.mulz(g, -(F.sigmoid(-x) * F.sigmoid(--x)))


def logit_00(F, g, x, y, w, z):
    return F.mulz(g, -((1 - x + -x) * (1 / (x * (1 - x)) / (x * (1 - x)))))


def xlogy_01(F, g, x, y, w, z):
    return F.where(y == 0, 0.0, F.mulz(g, 1 / y))


def xlogy_11(F, g, x, y, w, z):
    return F.where(y == 0, F.where(x == 0, 0.0, F.mulz(g, -(x / y / y))), F.mulz(g, -(x / y / y)))


def xlog1py_01(F, g, x, y, w, z):
    return F.mulz(g, 1 / (1 + y))


def xlog1py_11(F, g, x, y, w, z):
    return F.where(1 + y == 0, F.where(x == 0, 0.0, F.mulz(g, -(x / (1 + y) / (1 + y)))), F.mulz(g, -(x / (1 + y) / (1 + y))))


def i0_00(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.i0(x) + F.iv(2, x)))


def i1_00(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.i1(x) + 0.5 * (F.iv(2 - 1, x) + F.iv(2 + 1, x))))


def j0_00(F, g, x, y, w, z):
    return F.mulz(g, -(0.5 * (F.j0(x) - F.jv(2, x))))


def j1_00(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (-F.j1(x) - 0.5 * (F.jv(2 - 1, x) - F.jv(2 + 1, x))))


def iv_11(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (0.5 * (F.iv(x - 1 - 1, y) + F.iv(x - 1 + 1, y)) + 0.5 * (F.iv(x + 1 - 1, y) + F.iv(x + 1 + 1, y))))


def jv_11(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (0.5 * (F.jv(x - 1 - 1, y) - F.jv(x - 1 + 1, y)) - 0.5 * (F.jv(x + 1 - 1, y) - F.jv(x + 1 + 1, y))))


def gammainc_00(F, g, x, y, w, z):
    return F.mulz(g, F.gammainc_daa(x, y))


def gammainc_01(F, g, x, y, w, z):
    return F.where(y == 0, F.where(x > 1, 0.0, F.mulz(g, -inf)), F.where(y == inf, 0.0, F.mulz(g, F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (F.log(y) - F.digamma(x)))))


def gammainc_11(F, g, x, y, w, z):
    return F.where(y == inf, 0.0, F.where(x > 1000, F.where(y == 0, 0.0, F.mulz(g, -(0.3989422804014327 * F.sqrt(x) / y / y) * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x)) + 0.3989422804014327 * F.sqrt(x) / y * ((x * (1 / x * (1 / (1 + (y - x) / x))) - 1) * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))))), F.mulz(g, (F.where(y == 0, F.where(x - 1 == 0, 0, (x - 1) / y), (x - 1) / y) - 1) * F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))))


def gammaincc_00(F, g, x, y, w, z):
    return F.mulz(g, -F.gammainc_daa(x, y))


def gammaincc_01(F, g, x, y, w, z):
    return F.mulz(g, -F.where(y == 0, F.where(x > 1, 0, -inf), F.where(y == inf, 0, F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (F.log(y) - F.digamma(x)))))


def gammaincc_11(F, g, x, y, w, z):
    return F.mulz(g, -F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, -(0.3989422804014327 * F.sqrt(x) / y / y) * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x)) + 0.3989422804014327 * F.sqrt(x) / y * ((x * (1 / x * (1 / (1 + (y - x) / x))) - 1) * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x)))), (F.where(y == 0, F.where(x - 1 == 0, 0, (x - 1) / y), (x - 1) / y) - 1) * F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))))


def gammainc_da_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def gammainc_da_01(F, g, x, y, w, z):
    return F.where(y == 0, F.where(x > 1, 0.0, F.mulz(g, inf)), F.where(y == inf, 0.0, F.mulz(g, F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (F.square(F.log(y) - F.digamma(x)) - F.polygamma(1, x)))))


def gammainc_da_11(F, g, x, y, w, z):
    return F.where(y == 0, 0.0, F.where(y == inf, 0.0, F.mulz(g, F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, -(0.3989422804014327 * F.sqrt(x) / y / y) * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x)) + 0.3989422804014327 * F.sqrt(x) / y * ((x * (1 / x * (1 / (1 + (y - x) / x))) - 1) * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x)))), (F.where(y == 0, F.where(x - 1 == 0, 0, (x - 1) / y), (x - 1) / y) - 1) * F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (F.log(y) - F.digamma(x)) + F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (1 / y))))


def stdtr_00(F, g, x, y, w, z):
    return F.mulz(g, F.stdtr_daa(x, y))


def stdtr_01(F, g, x, y, w, z):
    return F.mulz(g, F.where(x > 1000, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x)), F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)) * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))))


def stdtr_11(F, g, x, y, w, z):
    return F.where(x > 1000, F.mulz(g, 0.3989422804014327 * (-((0.5 * x + 0.5) * ((y + y) / x * (1 / (1 + y * y / x)))) * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x)))), F.mulz(g, -((0.5 * x + 0.5) * ((y + y) / x * (1 / (1 + y * y / x)))) * F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)))


def stdtr_da_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def stdtr_da_01(F, g, x, y, w, z):
    return F.mulz(g, F.where(x > 1000, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x)), F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)) * (F.square(0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))) + (0.25 * (F.polygamma(1, 0.5 * x + 0.5) - F.polygamma(1, 0.5 * x)) + 0.5 / (x * x) + y * y / (x * (x + y * y)) - 0.5 * (x + 1) * y * y * (2 * x + y * y) / (x * (x + y * y) * (x * (x + y * y))))))


def stdtr_da_11(F, g, x, y, w, z):
    return F.mulz(g, F.where(x > 1000, 0.3989422804014327 * (-((0.5 * x + 0.5) * ((y + y) / x * (1 / (1 + y * y / x)))) * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x))), -((0.5 * x + 0.5) * ((y + y) / x * (1 / (1 + y * y / x)))) * F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)) * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))) + F.where(x > 1000, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x)), F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)) * (0.5 * (-((y + y) / x * (1 / (1 + y * y / x))) + (((x + 1) * y + (x + 1) * y) / (x * (x + y * y)) - x * (y + y) * ((x + 1) * y * y / (x * (x + y * y)) / (x * (x + y * y)))))))


def owens_t_00(F, g, x, y, w, z):
    return F.mulz(g, (-((-0.5 * x + -0.5 * x) * F.exp(-0.5 * x * x)) * F.erf(0.7071067811865476 * x * y) + -F.exp(-0.5 * x * x) * (0.7071067811865476 * y * (2 / 1.7724538509055159 * F.exp(-(0.7071067811865476 * x * y) * (0.7071067811865476 * x * y))))) * 0.19947114020071635)


def owens_t_01(F, g, x, y, w, z):
    return F.mulz(g, -F.exp(-0.5 * x * x) * (0.7071067811865476 * x * (2 / 1.7724538509055159 * F.exp(-(0.7071067811865476 * x * y) * (0.7071067811865476 * x * y)))) * 0.19947114020071635)


def owens_t_11(F, g, x, y, w, z):
    return F.mulz(g, -0.5 * x * x * (y + y) * F.exp(-0.5 * x * x * (1 + y * y)) / (6.283185307179586 * (1 + y * y)) - 6.283185307179586 * (y + y) * (F.exp(-0.5 * x * x * (1 + y * y)) / (6.283185307179586 * (1 + y * y)) / (6.283185307179586 * (1 + y * y))))


def gammainc_daa_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def gammainc_daa_01(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def gammainc_daa_11(F, g, x, y, w, z):
    return F.where(y == 0, 0.0, F.where(y == inf, 0.0, F.mulz(g, F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, -(0.3989422804014327 * F.sqrt(x) / y / y) * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x)) + 0.3989422804014327 * F.sqrt(x) / y * ((x * (1 / x * (1 / (1 + (y - x) / x))) - 1) * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x)))), (F.where(y == 0, F.where(x - 1 == 0, 0, (x - 1) / y), (x - 1) / y) - 1) * F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (F.square(F.log(y) - F.digamma(x)) - F.polygamma(1, x)) + F.where(y == inf, 0, F.where(x > 1000, F.where(y == 0, 0, 0.3989422804014327 * F.sqrt(x) / y * F.exp(x * F.log1p((y - x) / x) - (y - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, y) - y - F.lgamma(x)))) * (1 / y * (2 * (F.log(y) - F.digamma(x)))))))


def stdtr_daa_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def stdtr_daa_01(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def stdtr_daa_11(F, g, x, y, w, z):
    return F.mulz(g, F.where(x > 1000, 0.3989422804014327 * (-((0.5 * x + 0.5) * ((y + y) / x * (1 / (1 + y * y / x)))) * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x))), -((0.5 * x + 0.5) * ((y + y) / x * (1 / (1 + y * y / x)))) * F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)) * (F.square(0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))) + (0.25 * (F.polygamma(1, 0.5 * x + 0.5) - F.polygamma(1, 0.5 * x)) + 0.5 / (x * x) + y * y / (x * (x + y * y)) - 0.5 * (x + 1) * y * y * (2 * x + y * y) / (x * (x + y * y) * (x * (x + y * y))))) + F.where(x > 1000, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(y * y / x)), F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(y * y / x)) / F.sqrt(3.141592653589793 * x)) * (0.5 * (-((y + y) / x * (1 / (1 + y * y / x))) + (((x + 1) * y + (x + 1) * y) / (x * (x + y * y)) - x * (y + y) * ((x + 1) * y * y / (x * (x + y * y)) / (x * (x + y * y))))) * (2 * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y))))) + ((y + y) / (x * (x + y * y)) - x * (y + y) * (y * y / (x * (x + y * y)) / (x * (x + y * y))) - (((0.5 * (x + 1) * y + 0.5 * (x + 1) * y) * (2 * x + y * y) + 0.5 * (x + 1) * y * y * (y + y)) / (x * (x + y * y) * (x * (x + y * y))) - (x * (y + y) * (x * (x + y * y)) + x * (x + y * y) * (x * (y + y))) * (0.5 * (x + 1) * y * y * (2 * x + y * y) / (x * (x + y * y) * (x * (x + y * y))) / (x * (x + y * y) * (x * (x + y * y))))))))


def root_00(F, g, x, y, w, z):
    return F.where(z == 0, F.mulz(g, inf - inf), F.mulz(g, -(F.where(z == 0, F.product(inf - inf, x), 0.5 / z) * (0.5 / z / z))))


SECOND = {
    6: ((0, 1, mul_01),),
    7: ((0, 1, div_01), (1, 1, div_11),),
    11: ((0, 0, pow_00), (0, 1, pow_01), (1, 1, pow_11),),
    12: ((0, 0, powc_00),),
    18: ((0, 0, sqrt_00),),
    19: ((0, 0, cbrt_00),),
    20: ((0, 0, square_00),),
    21: ((0, 0, reciprocal_00),),
    22: ((0, 1, mulz_01),),
    23: ((0, 1, product_01),),
    24: ((0, 0, exp_00),),
    25: ((0, 0, exp2_00),),
    26: ((0, 0, expm1_00),),
    27: ((0, 0, log_00),),
    28: ((0, 0, log2_00),),
    29: ((0, 0, log10_00),),
    30: ((0, 0, log1p_00),),
    31: ((0, 0, logaddexp_00), (0, 1, logaddexp_01), (1, 1, logaddexp_11),),
    32: ((0, 0, logaddexp2_00), (0, 1, logaddexp2_01), (1, 1, logaddexp2_11),),
    33: ((0, 0, sin_00),),
    34: ((0, 0, cos_00),),
    35: ((0, 0, tan_00),),
    36: ((0, 0, arcsin_00),),
    37: ((0, 0, arccos_00),),
    38: ((0, 0, arctan_00),),
    39: ((0, 0, arctan2_00), (0, 1, arctan2_01), (1, 1, arctan2_11),),
    40: ((0, 0, hypot_00), (0, 1, hypot_01), (1, 1, hypot_11),),
    41: ((0, 0, sinh_00),),
    42: ((0, 0, cosh_00),),
    43: ((0, 0, tanh_00),),
    44: ((0, 0, arcsinh_00),),
    45: ((0, 0, arccosh_00),),
    46: ((0, 0, arctanh_00),),
    47: ((0, 0, sinc_00),),
    48: ((1, 1, sincn_11),),
    63: ((0, 0, erf_00),),
    64: ((0, 0, erfc_00),),
    65: ((0, 0, erfcx_00),),
    66: ((0, 0, erfinv_00),),
    67: ((0, 0, ndtr_00),),
    68: ((0, 0, ndtri_00),),
    69: ((0, 0, log_ndtr_00),),
    70: ((0, 0, lgamma_00),),
    71: ((0, 0, gamma_00),),
    72: ((0, 0, digamma_00),),
    73: ((1, 1, polygamma_11),),
    74: ((0, 0, sigmoid_00),),
    75: ((0, 0, softplus_00),),
    76: ((0, 0, log_sigmoid_00),),
    77: ((0, 0, logit_00),),
    79: ((0, 1, xlogy_01), (1, 1, xlogy_11),),
    80: ((0, 1, xlog1py_01), (1, 1, xlog1py_11),),
    81: ((0, 0, i0_00),),
    82: ((0, 0, i1_00),),
    83: ((0, 0, j0_00),),
    84: ((0, 0, j1_00),),
    85: ((1, 1, iv_11),),
    86: ((1, 1, jv_11),),
    101: ((0, 0, gammainc_00), (0, 1, gammainc_01), (1, 1, gammainc_11),),
    102: ((0, 0, gammaincc_00), (0, 1, gammaincc_01), (1, 1, gammaincc_11),),
    103: ((0, 0, gammainc_da_00), (0, 1, gammainc_da_01), (1, 1, gammainc_da_11),),
    104: ((0, 0, stdtr_00), (0, 1, stdtr_01), (1, 1, stdtr_11),),
    105: ((0, 0, stdtr_da_00), (0, 1, stdtr_da_01), (1, 1, stdtr_da_11),),
    106: ((0, 0, owens_t_00), (0, 1, owens_t_01), (1, 1, owens_t_11),),
    107: ((0, 0, gammainc_daa_00), (0, 1, gammainc_daa_01), (1, 1, gammainc_daa_11),),
    108: ((0, 0, stdtr_daa_00), (0, 1, stdtr_daa_01), (1, 1, stdtr_daa_11),),
    109: ((0, 0, root_00),),
}
"""Opcode -> operands p <= q and a function of the same, for each second partial that is not zero everywhere."""
