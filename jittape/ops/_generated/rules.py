"""Partial derivatives over recorded arrays, for nested differentiation.

Generated from jittape/ops/table.py by `python -m jittape.ops.generate`: do not edit."""

# ruff: noqa
# mypy: ignore-errors
inf = float('inf')


def mul_0(F, x, y, w, z):
    return y


def mul_1(F, x, y, w, z):
    return x


def div_0(F, x, y, w, z):
    return 1 / y


def div_1(F, x, y, w, z):
    return -z / y


def mod_1(F, x, y, w, z):
    return -F.floor_divide(x, y)


def fmod_1(F, x, y, w, z):
    return -F.trunc(x / y)


def pow_0(F, x, y, w, z):
    return F.where(y == 0, 0, y * F.pow(x, y - 1))


def pow_1(F, x, y, w, z):
    return F.where(x == 0, F.where(y >= 0, 0, -inf), z * F.log(x))


def powc_0(F, x, y, w, z):
    return F.where(y == 0, 0, y * F.powc(x, y - 1))


def abs_0(F, x, y, w, z):
    return F.sign(x)


def sqrt_0(F, x, y, w, z):
    return 0.5 / z


def cbrt_0(F, x, y, w, z):
    return 1 / (3 * z * z)


def square_0(F, x, y, w, z):
    return 2 * x


def reciprocal_0(F, x, y, w, z):
    return -z * z


def mulz_0(F, x, y, w, z):
    return y


def mulz_1(F, x, y, w, z):
    return x


def exp_0(F, x, y, w, z):
    return z


def exp2_0(F, x, y, w, z):
    return z * 0.6931471805599453


def expm1_0(F, x, y, w, z):
    return z + 1


def log_0(F, x, y, w, z):
    return 1 / x


def log2_0(F, x, y, w, z):
    return 1 / (x * 0.6931471805599453)


def log10_0(F, x, y, w, z):
    return 1 / (x * 2.302585092994046)


def log1p_0(F, x, y, w, z):
    return 1 / (1 + x)


def logaddexp_0(F, x, y, w, z):
    return F.sigmoid(x - y)


def logaddexp_1(F, x, y, w, z):
    return F.sigmoid(y - x)


def logaddexp2_0(F, x, y, w, z):
    return F.sigmoid((x - y) * 0.6931471805599453)


def logaddexp2_1(F, x, y, w, z):
    return F.sigmoid((y - x) * 0.6931471805599453)


def sin_0(F, x, y, w, z):
    return F.cos(x)


def cos_0(F, x, y, w, z):
    return -F.sin(x)


def tan_0(F, x, y, w, z):
    return 1 + z * z


def arcsin_0(F, x, y, w, z):
    return 1 / F.sqrt((1 - x) * (1 + x))


def arccos_0(F, x, y, w, z):
    return -1 / F.sqrt((1 - x) * (1 + x))


def arctan_0(F, x, y, w, z):
    return 1 / (1 + x * x)


def arctan2_0(F, x, y, w, z):
    return y / F.hypot(x, y) / F.hypot(x, y)


def arctan2_1(F, x, y, w, z):
    return -(x / F.hypot(x, y)) / F.hypot(x, y)


def hypot_0(F, x, y, w, z):
    return F.where(z == 0, 0, x / z)


def hypot_1(F, x, y, w, z):
    return F.where(z == 0, 0, y / z)


def sinh_0(F, x, y, w, z):
    return F.cosh(x)


def cosh_0(F, x, y, w, z):
    return F.sinh(x)


def tanh_0(F, x, y, w, z):
    return 1 - z * z


def arcsinh_0(F, x, y, w, z):
    return 1 / F.hypot(1, x)


def arccosh_0(F, x, y, w, z):
    return 1 / (F.sqrt(x - 1) * F.sqrt(x + 1))


def arctanh_0(F, x, y, w, z):
    return 1 / ((1 - x) * (1 + x))


def sinc_0(F, x, y, w, z):
    return F.dsinc(x)


def dsinc_0(F, x, y, w, z):
    return F.d2sinc(x)


def d2sinc_0(F, x, y, w, z):
    return F.where(x == 0, 0, (-9.869604401089358 * (x * F.dsinc(x) + F.sinc(x)) - 3 * z) / x)


def maximum_0(F, x, y, w, z):
    return F.where(x > y, 1, F.where(x == y, 0.5, 0))


def maximum_1(F, x, y, w, z):
    return F.where(y > x, 1, F.where(x == y, 0.5, 0))


def minimum_0(F, x, y, w, z):
    return F.where(x < y, 1, F.where(x == y, 0.5, 0))


def minimum_1(F, x, y, w, z):
    return F.where(y < x, 1, F.where(x == y, 0.5, 0))


def fmax_0(F, x, y, w, z):
    return F.where(x > y, 1, F.where(x == y, 0.5, F.where(y == y, 0, 1)))


def fmax_1(F, x, y, w, z):
    return F.where(y > x, 1, F.where(x == y, 0.5, F.where(x == x, 0, 1)))


def fmin_0(F, x, y, w, z):
    return F.where(x < y, 1, F.where(x == y, 0.5, F.where(y == y, 0, 1)))


def fmin_1(F, x, y, w, z):
    return F.where(y < x, 1, F.where(x == y, 0.5, F.where(x == x, 0, 1)))


def where_1(F, x, y, w, z):
    return F.where(x != 0, 1, 0)


def where_2(F, x, y, w, z):
    return F.where(x != 0, 0, 1)


def clip_0(F, x, y, w, z):
    return F.where(x < y, 0, F.where(x > w, 0, 1))


def clip_1(F, x, y, w, z):
    return F.where(y > w, 0, F.where(x < y, 1, 0))


def clip_2(F, x, y, w, z):
    return F.where(y > w, 1, F.where(x > w, 1, 0))


def heaviside_1(F, x, y, w, z):
    return F.where(x == 0, 1, 0)


def copysign_0(F, x, y, w, z):
    return F.where(F.signbit(x) == F.signbit(y), 1, -1)


def erf_0(F, x, y, w, z):
    return 2 / 1.7724538509055159 * F.exp(-x * x)


def erfc_0(F, x, y, w, z):
    return -2 / 1.7724538509055159 * F.exp(-x * x)


def erfinv_0(F, x, y, w, z):
    return 1.7724538509055159 / 2 * F.exp(z * z)


def ndtr_0(F, x, y, w, z):
    return 0.3989422804014327 * F.exp(-0.5 * x * x)


def ndtri_0(F, x, y, w, z):
    return 2.5066282746310002 * F.exp(0.5 * z * z)


def log_ndtr_0(F, x, y, w, z):
    return 0.3989422804014327 * F.exp(-0.5 * x * x - z)


def lgamma_0(F, x, y, w, z):
    return F.digamma(x)


def gamma_0(F, x, y, w, z):
    return z * F.digamma(x)


def digamma_0(F, x, y, w, z):
    return F.polygamma(1, x)


def polygamma_1(F, x, y, w, z):
    return F.polygamma(x + 1, y)


def sigmoid_0(F, x, y, w, z):
    return z * F.sigmoid(-x)


def softplus_0(F, x, y, w, z):
    return F.sigmoid(x)


def log_sigmoid_0(F, x, y, w, z):
    return F.sigmoid(-x)


def logit_0(F, x, y, w, z):
    return 1 / (x * (1 - x))


def relu_0(F, x, y, w, z):
    return F.where(x > 0, 1, 0)


def xlogy_0(F, x, y, w, z):
    return F.where(y == 0, F.where(x == 0, 0, -inf), F.log(y))


def xlogy_1(F, x, y, w, z):
    return F.where(x == 0, 0, x / y)


def xlog1py_0(F, x, y, w, z):
    return F.log1p(y)


def xlog1py_1(F, x, y, w, z):
    return F.where(x == 0, 0, x / (1 + y))


def i0_0(F, x, y, w, z):
    return F.i1(x)


def i1_0(F, x, y, w, z):
    return F.where(x == 0, 0.5, F.i0(x) - z / x)


def j0_0(F, x, y, w, z):
    return -F.j1(x)


def j1_0(F, x, y, w, z):
    return F.where(x == 0, 0.5, F.j0(x) - z / x)


PARTIALS = {
    4: (1.0, 1.0,),
    5: (1.0, -1.0,),
    6: (mul_0, mul_1,),
    7: (div_0, div_1,),
    8: (None, None,),
    9: (1.0, mod_1,),
    10: (1.0, fmod_1,),
    11: (pow_0, pow_1,),
    12: (powc_0, None,),
    13: (-1.0,),
    14: (1.0,),
    15: (None,),
    16: (abs_0,),
    17: (None,),
    18: (sqrt_0,),
    19: (cbrt_0,),
    20: (square_0,),
    21: (reciprocal_0,),
    22: (mulz_0, mulz_1,),
    23: (exp_0,),
    24: (exp2_0,),
    25: (expm1_0,),
    26: (log_0,),
    27: (log2_0,),
    28: (log10_0,),
    29: (log1p_0,),
    30: (logaddexp_0, logaddexp_1,),
    31: (logaddexp2_0, logaddexp2_1,),
    32: (sin_0,),
    33: (cos_0,),
    34: (tan_0,),
    35: (arcsin_0,),
    36: (arccos_0,),
    37: (arctan_0,),
    38: (arctan2_0, arctan2_1,),
    39: (hypot_0, hypot_1,),
    40: (sinh_0,),
    41: (cosh_0,),
    42: (tanh_0,),
    43: (arcsinh_0,),
    44: (arccosh_0,),
    45: (arctanh_0,),
    46: (sinc_0,),
    47: (dsinc_0,),
    48: (d2sinc_0,),
    49: (0.017453292519943295,),
    50: (57.29577951308232,),
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
    65: (erfinv_0,),
    66: (ndtr_0,),
    67: (ndtri_0,),
    68: (log_ndtr_0,),
    69: (lgamma_0,),
    70: (gamma_0,),
    71: (digamma_0,),
    72: (None, polygamma_1,),
    73: (sigmoid_0,),
    74: (softplus_0,),
    75: (log_sigmoid_0,),
    76: (logit_0,),
    77: (relu_0,),
    78: (xlogy_0, xlogy_1,),
    79: (xlog1py_0, xlog1py_1,),
    80: (i0_0,),
    81: (i1_0,),
    82: (j0_0,),
    83: (j1_0,),
    84: (None, None,),
    85: (None, None,),
    86: (None, None,),
    87: (None, None,),
    88: (None, None,),
    89: (None, None,),
    90: (None, None,),
    91: (None, None,),
    92: (None, None,),
    93: (None,),
    94: (None,),
    95: (None,),
    96: (None,),
    97: (None,),
}
"""Opcode -> for each operand None (zero), a number, or a function of (F, x, y, w, z)."""
