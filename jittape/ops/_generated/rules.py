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
    return F.mulz(g, 0.3333333333333333 * F.square(1 / z))


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
    return F.mulz(g, 1 / F.sqrt(F.unit_gap(x)))


def arccos_0(F, g, x, y, w, z):
    return F.mulz(g, -1 / F.sqrt(F.unit_gap(x)))


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
    return F.mulz(g, 1 / F.unit_gap(x))


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
    return F.where(x > 7, F.mulz(g, F.gaussian_tail(1, -1, x) / 1.7724538509055159), F.mulz(g, 2 * x * z - 2 / 1.7724538509055159))


def erfinv_0(F, g, x, y, w, z):
    return F.mulz(g, 1.7724538509055159 / 2 * F.exp(z * z))


def ndtr_0(F, g, x, y, w, z):
    return F.mulz(g, 0.3989422804014327 * F.exp(-0.5 * x * x))


def ndtri_0(F, g, x, y, w, z):
    return F.mulz(g, 2.5066282746310002 * F.exp(0.5 * z * z))


def log_ndtr_0(F, g, x, y, w, z):
    return F.where(x > 0, F.mulz(g, 0.3989422804014327 * F.exp(-0.5 * x * x - z)), F.where(x < -1000, F.mulz(g, -x - 1 / x * (1 - 2 * F.square(1 / x))), F.mulz(g, 0.7978845608028654 / F.erfcx(-0.7071067811865476 * F.where(x > 0, 0, x)))))


def lgamma_0(F, g, x, y, w, z):
    return F.mulz(g, F.digamma(x))


def gamma_0(F, g, x, y, w, z):
    return F.mulz(g, z * F.digamma(x))


def digamma_0(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(1, x))


def polygamma_1(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(x + 1, y))


def sigmoid_0(F, g, x, y, w, z):
    return F.mulz(g, 0.25 * F.sech_squared(0.5 * x))


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


def rgamma_0(F, g, x, y, w, z):
    return F.where(x < 0.5, F.mulz(g, F.gamma(1 - x) * (F.cos(3.141592653589793 * x) - F.digamma(1 - x) * F.sin(3.141592653589793 * x) / 3.141592653589793)), F.mulz(g, -F.digamma(x) * z))


def beta_0(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x) - F.digamma(x + y)))


def beta_1(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(y) - F.digamma(x + y)))


def betaln_0(F, g, x, y, w, z):
    return F.mulz(g, F.digamma(x) - F.digamma(x + y))


def betaln_1(F, g, x, y, w, z):
    return F.mulz(g, F.digamma(y) - F.digamma(x + y))


def binom_0(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x + 1) - F.digamma(x - y + 1)))


def binom_1(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x - y + 1) - F.digamma(y + 1)))


def poch_0(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x + y) - F.digamma(x)))


def poch_1(F, g, x, y, w, z):
    return F.mulz(g, z * F.digamma(x + y))


def zeta_0(F, g, x, y, w, z):
    return F.mulz(g, F.zeta_ds(x, y))


def zeta_1(F, g, x, y, w, z):
    return F.mulz(g, -x * F.zeta(x + 1, y))


def zetac_0(F, g, x, y, w, z):
    return F.mulz(g, F.zeta_ds(x, 1))


def zeta_ds_0(F, g, x, y, w, z):
    return F.mulz(g, F.zeta_dss(x, y))


def zeta_ds_1(F, g, x, y, w, z):
    return F.mulz(g, -F.zeta(x + 1, y) - x * F.zeta_ds(x + 1, y))


def zeta_dss_0(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def zeta_dss_1(F, g, x, y, w, z):
    return F.mulz(g, -2 * F.zeta_ds(x + 1, y) - x * F.zeta_dss(x + 1, y))


def gamma_pdf_0(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, z * (F.log(y) - F.digamma(x))))


def gamma_pdf_1(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, z * ((x - 1) / y - 1)))


def gammaincinv_0(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.where(z == inf, 0.0, F.mulz(g, -F.gammainc_da(x, z) / F.gamma_pdf(x, z))))


def gammaincinv_1(F, g, x, y, w, z):
    return F.mulz(g, 1 / F.gamma_pdf(x, z))


def gammainccinv_0(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.where(z == inf, 0.0, F.mulz(g, -F.gammainc_da(x, z) / F.gamma_pdf(x, z))))


def gammainccinv_1(F, g, x, y, w, z):
    return F.mulz(g, -1 / F.gamma_pdf(x, z))


def beta_pdf_0(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, z * (F.log(w) - F.digamma(x) + F.digamma(x + y))))


def beta_pdf_1(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, z * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y))))


def beta_pdf_2(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, z * ((x - 1) / w - (y - 1) / (1 - w))))


def betainc_0(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_da(x, y, w))


def betainc_1(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_db(x, y, w))


def betainc_2(F, g, x, y, w, z):
    return F.mulz(g, F.beta_pdf(x, y, w))


def betaincc_0(F, g, x, y, w, z):
    return F.mulz(g, -F.betainc_da(x, y, w))


def betaincc_1(F, g, x, y, w, z):
    return F.mulz(g, -F.betainc_db(x, y, w))


def betaincc_2(F, g, x, y, w, z):
    return F.mulz(g, -F.beta_pdf(x, y, w))


def betainc_da_0(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_daa(x, y, w))


def betainc_da_1(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_dab(x, y, w))


def betainc_da_2(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * (F.log(w) - F.digamma(x) + F.digamma(x + y))))


def betainc_db_0(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_dab(x, y, w))


def betainc_db_1(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_dbb(x, y, w))


def betainc_db_2(F, g, x, y, w, z):
    return F.where(w == 1, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y))))


def betainc_daa_0(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_daa_1(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_daa_2(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * (F.square(F.log(w) - F.digamma(x) + F.digamma(x + y)) - F.polygamma(1, x) + F.polygamma(1, x + y))))


def betainc_dab_0(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dab_1(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dab_2(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * ((F.log(w) - F.digamma(x) + F.digamma(x + y)) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) + F.polygamma(1, x + y)))))


def betainc_dbb_0(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dbb_1(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dbb_2(F, g, x, y, w, z):
    return F.where(w == 1, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * (F.square(F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) - F.polygamma(1, y) + F.polygamma(1, x + y))))


def betaincinv_0(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -F.betainc_da(x, y, z) / F.beta_pdf(x, y, z))))


def betaincinv_1(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))))


def betaincinv_2(F, g, x, y, w, z):
    return F.mulz(g, 1 / F.beta_pdf(x, y, z))


def betainccinv_0(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -F.betainc_da(x, y, z) / F.beta_pdf(x, y, z))))


def betainccinv_1(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))))


def betainccinv_2(F, g, x, y, w, z):
    return F.mulz(g, -1 / F.beta_pdf(x, y, z))


def student_pdf_0(F, g, x, y, w, z):
    return F.mulz(g, z * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))))


def student_pdf_1(F, g, x, y, w, z):
    return F.mulz(g, -(x + 1) * y / (x + y * y) * z)


def stdtrit_0(F, g, x, y, w, z):
    return F.where(y == 0, 0.0, F.where(y == 1, 0.0, F.mulz(g, -F.stdtr_da(x, z) / F.student_pdf(x, z))))


def stdtrit_1(F, g, x, y, w, z):
    return F.mulz(g, 1 / F.student_pdf(x, z))


def ndtri_exp_0(F, g, x, y, w, z):
    return F.mulz(g, 2.5066282746310002 * F.exp(x + 0.5 * z * z))


def erfcinv_0(F, g, x, y, w, z):
    return F.mulz(g, -1.7724538509055159 / 2 * F.exp(z * z))


def dawsn_0(F, g, x, y, w, z):
    return F.where(F.abs(x) > 8, F.mulz(g, 0.5 * F.gaussian_tail(1, 1, x)), F.mulz(g, 1 - 2 * x * z))


def erfi_0(F, g, x, y, w, z):
    return F.mulz(g, 2 / 1.7724538509055159 * F.exp(x * x))


def exp1_0(F, g, x, y, w, z):
    return F.mulz(g, -F.exp(-x) / x)


def expi_0(F, g, x, y, w, z):
    return F.mulz(g, F.exp(x) / x)


def expn_1(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, -F.exp(-y) * (1 + y) / (y * y)), F.mulz(g, -F.expn(x - 1, y)))


def exprel_0(F, g, x, y, w, z):
    return F.mulz(g, F.exprel_n(1, x))


def exprel_n_1(F, g, x, y, w, z):
    return F.mulz(g, F.exprel_n(x + 1, y))


def log1prel_0(F, g, x, y, w, z):
    return F.mulz(g, F.log1prel_n(1, x))


def log1prel_n_1(F, g, x, y, w, z):
    return F.mulz(g, F.log1prel_n(x + 1, y))


def spence_0(F, g, x, y, w, z):
    return F.where(x < 0.5, F.mulz(g, F.log(x) / (1 - x)), F.mulz(g, -F.log1prel(x - 1)))


def si_0(F, g, x, y, w, z):
    return F.mulz(g, F.sinc(0.3183098861837907 * x))


def ci_0(F, g, x, y, w, z):
    return F.mulz(g, F.cos(x) / x)


def shi_0(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.exprel(x) + F.exprel(-x)))


def chi_0(F, g, x, y, w, z):
    return F.mulz(g, F.cosh(x) / x)


def fresnel_s_0(F, g, x, y, w, z):
    return F.mulz(g, F.sin(1.5707963267948966 * x * x))


def fresnel_c_0(F, g, x, y, w, z):
    return F.mulz(g, F.cos(1.5707963267948966 * x * x))


def lambertw0_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (x + F.exp(z)))


def lambertw1_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / (x + F.exp(z)))


def wrightomega_0(F, g, x, y, w, z):
    return F.mulz(g, z / (1 + z))


def y0_0(F, g, x, y, w, z):
    return F.mulz(g, -F.y1(x))


def y1_0(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.y0(x) - F.yv(2, x)))


def yv_1(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.yv(x - 1, y) - F.yv(x + 1, y)))


def yve_1(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.yve(x - 1, y) - F.yve(x + 1, y)))


def jve_1(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.jve(x - 1, y) - F.jve(x + 1, y)))


def k0_0(F, g, x, y, w, z):
    return F.mulz(g, -F.k1(x))


def k1_0(F, g, x, y, w, z):
    return F.mulz(g, -0.5 * (F.k0(x) + F.kv(2, x)))


def kv_1(F, g, x, y, w, z):
    return F.mulz(g, -0.5 * (F.kv(x - 1, y) + F.kv(x + 1, y)))


def i0e_0(F, g, x, y, w, z):
    return F.where(F.abs(x) > 300 * (1 + 0 * 0), F.mulz(g, z / x * (F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5)), F.mulz(g, F.i1e(x) - F.sign(x) * z))


def i1e_0(F, g, x, y, w, z):
    return F.where(F.abs(x) > 300 * (1 + 1 * 1), F.mulz(g, z / x * (F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5)), F.mulz(g, 0.5 * (F.i0e(x) + F.ive(2, x)) - F.sign(x) * z))


def ive_1(F, g, x, y, w, z):
    return F.where(F.abs(y) > 300 * (1 + x * x), F.mulz(g, z / y * (F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) - 0.5)), F.mulz(g, 0.5 * (F.ive(x - 1, y) + F.ive(x + 1, y)) - F.sign(y) * z))


def k0e_0(F, g, x, y, w, z):
    return F.where(F.abs(x) > 300 * (1 + 0 * 0), F.mulz(g, z / x * (-F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5)), F.mulz(g, z - F.k1e(x)))


def k1e_0(F, g, x, y, w, z):
    return F.where(F.abs(x) > 300 * (1 + 1 * 1), F.mulz(g, z / x * (-F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5)), F.mulz(g, z - 0.5 * (F.k0e(x) + F.kve(2, x))))


def kve_1(F, g, x, y, w, z):
    return F.where(F.abs(y) > 300 * (1 + x * x), F.mulz(g, z / y * (-F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) - 0.5)), F.mulz(g, z - 0.5 * (F.kve(x - 1, y) + F.kve(x + 1, y))))


def spherical_jn_1(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, -F.spherical_jn(1, y)), F.mulz(g, (x * F.spherical_jn(x - 1, y) - (x + 1) * F.spherical_jn(x + 1, y)) / (2 * x + 1)))


def spherical_yn_1(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, -F.spherical_yn(1, y)), F.mulz(g, (x * F.spherical_yn(x - 1, y) - (x + 1) * F.spherical_yn(x + 1, y)) / (2 * x + 1)))


def spherical_in_1(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, F.spherical_in(1, y)), F.mulz(g, (x * F.spherical_in(x - 1, y) + (x + 1) * F.spherical_in(x + 1, y)) / (2 * x + 1)))


def spherical_kn_1(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, -F.spherical_kn(1, y)), F.mulz(g, -(x * F.spherical_kn(x - 1, y) + (x + 1) * F.spherical_kn(x + 1, y)) / (2 * x + 1)))


def airy_ai_0(F, g, x, y, w, z):
    return F.mulz(g, F.airy_aip(x))


def airy_aip_0(F, g, x, y, w, z):
    return F.mulz(g, x * F.airy_ai(x))


def airy_bi_0(F, g, x, y, w, z):
    return F.mulz(g, F.airy_bip(x))


def airy_bip_0(F, g, x, y, w, z):
    return F.mulz(g, x * F.airy_bi(x))


def airye_ai_0(F, g, x, y, w, z):
    return F.where(x > 20, F.mulz(g, z / x * (-0.25 + 1 / (x * F.sqrt(x)) * (0.15625 + 1 / (x * F.sqrt(x)) * (-0.234375 + 1 / (x * F.sqrt(x)) * (0.53955078125 + 1 / (x * F.sqrt(x)) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034))))))))))), F.mulz(g, F.airye_aip(x) + F.sqrt(x) * z))


def airye_aip_0(F, g, x, y, w, z):
    return F.where(x > 20, F.mulz(g, z / x * (0.25 + 1 / (x * F.sqrt(x)) * (-0.21875 + 1 / (x * F.sqrt(x)) * (0.328125 + 1 / (x * F.sqrt(x)) * (-0.71435546875 + 1 / (x * F.sqrt(x)) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708))))))))))), F.mulz(g, x * F.airye_ai(x) + F.sqrt(x) * z))


def airye_bi_0(F, g, x, y, w, z):
    return F.where(x > 20, F.mulz(g, z / x * (-0.25 - 1 / (x * F.sqrt(x)) * (0.15625 - 1 / (x * F.sqrt(x)) * (-0.234375 - 1 / (x * F.sqrt(x)) * (0.53955078125 - 1 / (x * F.sqrt(x)) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034))))))))))), F.mulz(g, F.airye_bip(x) - F.where(x > 0, F.sqrt(x), 0) * z))


def airye_bip_0(F, g, x, y, w, z):
    return F.where(x > 20, F.mulz(g, z / x * (0.25 - 1 / (x * F.sqrt(x)) * (-0.21875 - 1 / (x * F.sqrt(x)) * (0.328125 - 1 / (x * F.sqrt(x)) * (-0.71435546875 - 1 / (x * F.sqrt(x)) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708))))))))))), F.mulz(g, x * F.airye_bi(x) - F.where(x > 0, F.sqrt(x), 0) * z))


def ellipk_0(F, g, x, y, w, z):
    return F.mulz(g, F.ellipk_n(1, x))


def ellipk_n_1(F, g, x, y, w, z):
    return F.mulz(g, F.ellipk_n(x + 1, y))


def ellipkm1_0(F, g, x, y, w, z):
    return F.where(x < 1e-08, F.mulz(g, 0.25 * (z - 1.5) - 0.5 / x), F.where(F.abs(x - 1) < 0.1, F.mulz(g, -F.ellipk_n(1, 1 - x)), F.mulz(g, (z - F.ellipe(1 - x) / x) / (2 * (1 - x)))))


def ellipe_0(F, g, x, y, w, z):
    return F.mulz(g, F.ellipe_n(1, x))


def ellipe_n_1(F, g, x, y, w, z):
    return F.mulz(g, F.ellipe_n(x + 1, y))


def ellipkinc_0(F, g, x, y, w, z):
    return F.mulz(g, 1 / F.sqrt(1 - y * F.square(F.sin(x))))


def ellipkinc_1(F, g, x, y, w, z):
    return F.mulz(g, F.ellipkinc_dm(x, y))


def ellipkinc_dm_0(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * F.square(F.sin(x)) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))))


def ellipkinc_dm_1(F, g, x, y, w, z):
    return F.mulz(g, F.ellipkinc_dmm(x, y))


def ellipkinc_dmm_0(F, g, x, y, w, z):
    return F.mulz(g, 0.75 * F.square(F.square(F.sin(x))) / (F.square(1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))))


def ellipkinc_dmm_1(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def ellipeinc_0(F, g, x, y, w, z):
    return F.mulz(g, F.sqrt(1 - y * F.square(F.sin(x))))


def ellipeinc_1(F, g, x, y, w, z):
    return F.mulz(g, F.ellipeinc_dm(x, y))


def ellipeinc_dm_0(F, g, x, y, w, z):
    return F.mulz(g, -0.5 * F.square(F.sin(x)) / F.sqrt(1 - y * F.square(F.sin(x))))


def ellipeinc_dm_1(F, g, x, y, w, z):
    return F.mulz(g, F.ellipeinc_dmm(x, y))


def ellipeinc_dmm_0(F, g, x, y, w, z):
    return F.mulz(g, -0.25 * F.square(F.square(F.sin(x))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))))


def ellipeinc_dmm_1(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def hyp0f1_1(F, g, x, y, w, z):
    return F.mulz(g, F.hyp0f1(x + 1, y) / x)


def hyp1f1_2(F, g, x, y, w, z):
    return F.mulz(g, x / y * F.hyp1f1(x + 1, y + 1, w))


def hyperu_2(F, g, x, y, w, z):
    return F.mulz(g, -x * F.hyperu(x + 1, y + 1, w))


def eval_gegenbauer_2(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, 2 * y * F.eval_gegenbauer(x - 1, y + 1, w)))


def eval_legendre_1(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, F.eval_gegenbauer(x - 1, 1.5, y)))


def eval_chebyt_1(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, x * F.eval_chebyu(x - 1, y)))


def eval_chebyu_1(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, 2 * F.eval_gegenbauer(x - 1, 2, y)))


def eval_genlaguerre_2(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, -F.eval_genlaguerre(x - 1, y + 1, w)))


def eval_laguerre_1(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, -F.eval_genlaguerre(x - 1, 1, y)))


def eval_hermite_1(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, 2 * x * F.eval_hermite(x - 1, y)))


def eval_hermitenorm_1(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, x * F.eval_hermitenorm(x - 1, y)))


def lpmv_2(F, g, x, y, w, z):
    return F.mulz(g, ((y + 1) * w * z - (y - x + 1) * F.lpmv(x, y + 1, w)) / (1 - w * w))


def boxcox_0(F, g, x, y, w, z):
    return F.mulz(g, F.pow(x, y - 1))


def boxcox_1(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, 1 / F.square(y)), F.mulz(g, F.square(F.log(x)) * F.exprel_n(1, y * F.log(x))))


def boxcox1p_0(F, g, x, y, w, z):
    return F.mulz(g, F.exp((y - 1) * F.log1p(x)))


def boxcox1p_1(F, g, x, y, w, z):
    return F.where(x == -1, F.mulz(g, 1 / F.square(y)), F.mulz(g, F.square(F.log1p(x)) * F.exprel_n(1, y * F.log1p(x))))


def inv_boxcox_0(F, g, x, y, w, z):
    return F.mulz(g, F.pow(z, 1 - y))


def inv_boxcox_1(F, g, x, y, w, z):
    return F.mulz(g, z * F.square(x) * F.log1prel_n(1, x * y))


def inv_boxcox1p_0(F, g, x, y, w, z):
    return F.mulz(g, F.pow(1 + z, 1 - y))


def inv_boxcox1p_1(F, g, x, y, w, z):
    return F.mulz(g, (1 + z) * F.square(x) * F.log1prel_n(1, x * y))


def entr_0(F, g, x, y, w, z):
    return F.where(x < 0, F.mulz(g, inf - inf), F.mulz(g, -1 - F.log(x)))


def rel_entr_0(F, g, x, y, w, z):
    return F.mulz(g, F.log(x) - F.log(y) + 1)


def rel_entr_1(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, -x / y))


def pseudo_huber_0(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, x * F.square(F.square(y / x) / (1 + F.hypot(1, y / x))) / F.hypot(1, y / x)))


def pseudo_huber_1(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, y / F.hypot(1, y / x)))


def cosm1_0(F, g, x, y, w, z):
    return F.mulz(g, -F.sin(x))


def sindg_0(F, g, x, y, w, z):
    return F.mulz(g, 0.017453292519943295 * F.cosdg(x))


def cosdg_0(F, g, x, y, w, z):
    return F.mulz(g, -0.017453292519943295 * F.sindg(x))


def tandg_0(F, g, x, y, w, z):
    return F.mulz(g, 0.017453292519943295 * (1 + z * z))


def cotdg_0(F, g, x, y, w, z):
    return F.mulz(g, -0.017453292519943295 * (1 + z * z))


def exp10_0(F, g, x, y, w, z):
    return F.mulz(g, 2.302585092994046 * z)


def sech_squared_0(F, g, x, y, w, z):
    return F.mulz(g, -2 * F.tanh(x) * z)


def unit_gap_0(F, g, x, y, w, z):
    return F.mulz(g, -2 * x)


def gaussian_tail_2(F, g, x, y, w, z):
    return F.mulz(g, F.gaussian_tail(x + 1, y, w))


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
    113: (rgamma_0,),
    114: (beta_0, beta_1,),
    115: (betaln_0, betaln_1,),
    116: (binom_0, binom_1,),
    117: (poch_0, poch_1,),
    118: (zeta_0, zeta_1,),
    119: (zetac_0,),
    120: (zeta_ds_0, zeta_ds_1,),
    121: (zeta_dss_0, zeta_dss_1,),
    122: (gamma_pdf_0, gamma_pdf_1,),
    123: (gammaincinv_0, gammaincinv_1,),
    124: (gammainccinv_0, gammainccinv_1,),
    125: (beta_pdf_0, beta_pdf_1, beta_pdf_2,),
    126: (betainc_0, betainc_1, betainc_2,),
    127: (betaincc_0, betaincc_1, betaincc_2,),
    128: (betainc_da_0, betainc_da_1, betainc_da_2,),
    129: (betainc_db_0, betainc_db_1, betainc_db_2,),
    130: (betainc_daa_0, betainc_daa_1, betainc_daa_2,),
    131: (betainc_dab_0, betainc_dab_1, betainc_dab_2,),
    132: (betainc_dbb_0, betainc_dbb_1, betainc_dbb_2,),
    133: (betaincinv_0, betaincinv_1, betaincinv_2,),
    134: (betainccinv_0, betainccinv_1, betainccinv_2,),
    135: (student_pdf_0, student_pdf_1,),
    136: (stdtrit_0, stdtrit_1,),
    137: (ndtri_exp_0,),
    138: (erfcinv_0,),
    139: (dawsn_0,),
    140: (erfi_0,),
    141: (exp1_0,),
    142: (expi_0,),
    143: (None, expn_1,),
    144: (exprel_0,),
    145: (None, exprel_n_1,),
    146: (log1prel_0,),
    147: (None, log1prel_n_1,),
    148: (spence_0,),
    149: (si_0,),
    150: (ci_0,),
    151: (shi_0,),
    152: (chi_0,),
    153: (fresnel_s_0,),
    154: (fresnel_c_0,),
    155: (lambertw0_0,),
    156: (lambertw1_0,),
    157: (wrightomega_0,),
    158: (y0_0,),
    159: (y1_0,),
    160: (None, yv_1,),
    161: (None, yve_1,),
    162: (None, jve_1,),
    163: (k0_0,),
    164: (k1_0,),
    165: (None, kv_1,),
    166: (i0e_0,),
    167: (i1e_0,),
    168: (None, ive_1,),
    169: (k0e_0,),
    170: (k1e_0,),
    171: (None, kve_1,),
    172: (None, spherical_jn_1,),
    173: (None, spherical_yn_1,),
    174: (None, spherical_in_1,),
    175: (None, spherical_kn_1,),
    176: (airy_ai_0,),
    177: (airy_aip_0,),
    178: (airy_bi_0,),
    179: (airy_bip_0,),
    180: (airye_ai_0,),
    181: (airye_aip_0,),
    182: (airye_bi_0,),
    183: (airye_bip_0,),
    184: (ellipk_0,),
    185: (None, ellipk_n_1,),
    186: (ellipkm1_0,),
    187: (ellipe_0,),
    188: (None, ellipe_n_1,),
    189: (ellipkinc_0, ellipkinc_1,),
    190: (ellipkinc_dm_0, ellipkinc_dm_1,),
    191: (ellipkinc_dmm_0, ellipkinc_dmm_1,),
    192: (ellipeinc_0, ellipeinc_1,),
    193: (ellipeinc_dm_0, ellipeinc_dm_1,),
    194: (ellipeinc_dmm_0, ellipeinc_dmm_1,),
    195: (None, hyp0f1_1,),
    196: (None, None, hyp1f1_2,),
    197: (None, None, hyperu_2,),
    198: (None, None, eval_gegenbauer_2,),
    199: (None, eval_legendre_1,),
    200: (None, eval_chebyt_1,),
    201: (None, eval_chebyu_1,),
    202: (None, None, eval_genlaguerre_2,),
    203: (None, eval_laguerre_1,),
    204: (None, eval_hermite_1,),
    205: (None, eval_hermitenorm_1,),
    206: (None, None, lpmv_2,),
    207: (boxcox_0, boxcox_1,),
    208: (boxcox1p_0, boxcox1p_1,),
    209: (inv_boxcox_0, inv_boxcox_1,),
    210: (inv_boxcox1p_0, inv_boxcox1p_1,),
    211: (entr_0,),
    212: (rel_entr_0, rel_entr_1,),
    213: (pseudo_huber_0, pseudo_huber_1,),
    214: (cosm1_0,),
    215: (sindg_0,),
    216: (cosdg_0,),
    217: (tandg_0,),
    218: (cotdg_0,),
    219: (exp10_0,),
    220: (sech_squared_0,),
    221: (unit_gap_0,),
    222: (None, None, gaussian_tail_2,),
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
    return F.mulz(g, 0.3333333333333333 * (-(0.3333333333333333 * F.square(1 / z) * (1 / z / z)) * (2 * (1 / z))))


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
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, 0.25 * F.sech_squared(0.5 * (x - y))), 0.0), F.mulz(g, 0.25 * F.sech_squared(0.5 * (x - y))))


def logaddexp_01(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, -(0.25 * F.sech_squared(0.5 * (x - y)))), 0.0), F.mulz(g, -(0.25 * F.sech_squared(0.5 * (x - y)))))


def logaddexp_11(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, 0.25 * F.sech_squared(0.5 * (y - x))), 0.0), F.mulz(g, 0.25 * F.sech_squared(0.5 * (y - x))))


def logaddexp2_00(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, 0.6931471805599453 * (0.25 * F.sech_squared(0.5 * ((x - y) * 0.6931471805599453)))), 0.0), F.mulz(g, 0.6931471805599453 * (0.25 * F.sech_squared(0.5 * ((x - y) * 0.6931471805599453)))))


def logaddexp2_01(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, -0.6931471805599453 * (0.25 * F.sech_squared(0.5 * ((x - y) * 0.6931471805599453)))), 0.0), F.mulz(g, -0.6931471805599453 * (0.25 * F.sech_squared(0.5 * ((x - y) * 0.6931471805599453)))))


def logaddexp2_11(F, g, x, y, w, z):
    return F.where(x == y, F.where(x - y == 0, F.mulz(g, 0.6931471805599453 * (0.25 * F.sech_squared(0.5 * ((y - x) * 0.6931471805599453)))), 0.0), F.mulz(g, 0.6931471805599453 * (0.25 * F.sech_squared(0.5 * ((y - x) * 0.6931471805599453)))))


def sin_00(F, g, x, y, w, z):
    return F.mulz(g, -F.sin(x))


def cos_00(F, g, x, y, w, z):
    return F.mulz(g, -F.cos(x))


def tan_00(F, g, x, y, w, z):
    return F.mulz(g, (1 + z * z) * z + z * (1 + z * z))


def arcsin_00(F, g, x, y, w, z):
    return F.mulz(g, -(-2 * x * (0.5 / F.sqrt(F.unit_gap(x))) * (1 / F.sqrt(F.unit_gap(x)) / F.sqrt(F.unit_gap(x)))))


def arccos_00(F, g, x, y, w, z):
    return F.mulz(g, -(-2 * x * (0.5 / F.sqrt(F.unit_gap(x))) * (-1 / F.sqrt(F.unit_gap(x)) / F.sqrt(F.unit_gap(x)))))


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
    return F.mulz(g, -(-2 * x * (1 / F.unit_gap(x) / F.unit_gap(x))))


def sinc_00(F, g, x, y, w, z):
    return F.mulz(g, F.sincn(1 + 1, x))


def sincn_11(F, g, x, y, w, z):
    return F.mulz(g, F.sincn(x + 1 + 1, y))


def erf_00(F, g, x, y, w, z):
    return F.mulz(g, 2 / 1.7724538509055159 * ((-x + -x) * F.exp(-x * x)))


def erfc_00(F, g, x, y, w, z):
    return F.mulz(g, -2 / 1.7724538509055159 * ((-x + -x) * F.exp(-x * x)))


def erfcx_00(F, g, x, y, w, z):
    return F.where(x > 7, F.mulz(g, F.gaussian_tail(1 + 1, -1, x) / 1.7724538509055159), F.mulz(g, 2 * z + 2 * x * F.where(x > 7, F.gaussian_tail(1, -1, x) / 1.7724538509055159, 2 * x * z - 2 / 1.7724538509055159)))


def erfinv_00(F, g, x, y, w, z):
    return F.mulz(g, 1.7724538509055159 / 2 * ((1.7724538509055159 / 2 * F.exp(z * z) * z + z * (1.7724538509055159 / 2 * F.exp(z * z))) * F.exp(z * z)))


def ndtr_00(F, g, x, y, w, z):
    return F.mulz(g, 0.3989422804014327 * ((-0.5 * x + -0.5 * x) * F.exp(-0.5 * x * x)))


def ndtri_00(F, g, x, y, w, z):
    return F.mulz(g, 2.5066282746310002 * ((0.5 * (2.5066282746310002 * F.exp(0.5 * z * z)) * z + 0.5 * z * (2.5066282746310002 * F.exp(0.5 * z * z))) * F.exp(0.5 * z * z)))


def log_ndtr_00(F, g, x, y, w, z):
    return F.where(x > 0, F.mulz(g, 0.3989422804014327 * ((-0.5 * x + -0.5 * x - F.where(x > 0, 0.3989422804014327 * F.exp(-0.5 * x * x - z), F.where(x < -1000, -x - 1 / x * (1 - 2 * F.square(1 / x)), 0.7978845608028654 / F.erfcx(-0.7071067811865476 * F.where(x > 0, 0, x))))) * F.exp(-0.5 * x * x - z))), F.where(x < -1000, F.mulz(g, -1 - (-(1 / x / x) * (1 - 2 * F.square(1 / x)) + 1 / x * -(2 * (-(1 / x / x) * (2 * (1 / x)))))), F.mulz(g, -(-0.7071067811865476 * F.where(x > 0, 0, 1) * F.where(-0.7071067811865476 * F.where(x > 0, 0, x) > 7, F.gaussian_tail(1, -1, -0.7071067811865476 * F.where(x > 0, 0, x)) / 1.7724538509055159, 2 * (-0.7071067811865476 * F.where(x > 0, 0, x)) * F.erfcx(-0.7071067811865476 * F.where(x > 0, 0, x)) - 2 / 1.7724538509055159) * (0.7978845608028654 / F.erfcx(-0.7071067811865476 * F.where(x > 0, 0, x)) / F.erfcx(-0.7071067811865476 * F.where(x > 0, 0, x)))))))


def lgamma_00(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(1, x))


def gamma_00(F, g, x, y, w, z):
    return F.mulz(g, z * F.digamma(x) * F.digamma(x) + z * F.polygamma(1, x))


def digamma_00(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(1 + 1, x))


def polygamma_11(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(x + 1 + 1, y))


def sigmoid_00(F, g, x, y, w, z):
    return F.mulz(g, 0.25 * (0.5 * (-2 * F.tanh(0.5 * x) * F.sech_squared(0.5 * x))))


def softplus_00(F, g, x, y, w, z):
    return F.mulz(g, 0.25 * F.sech_squared(0.5 * x))


def log_sigmoid_00(F, g, x, y, w, z):
    return F.mulz(g, -(0.25 * F.sech_squared(0.5 * -x)))


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


def rgamma_00(F, g, x, y, w, z):
    return F.where(x < 0.5, F.mulz(g, -(F.gamma(1 - x) * F.digamma(1 - x)) * (F.cos(3.141592653589793 * x) - F.digamma(1 - x) * F.sin(3.141592653589793 * x) / 3.141592653589793) + F.gamma(1 - x) * (3.141592653589793 * -F.sin(3.141592653589793 * x) - (-F.polygamma(1, 1 - x) * F.sin(3.141592653589793 * x) + F.digamma(1 - x) * (3.141592653589793 * F.cos(3.141592653589793 * x))) / 3.141592653589793)), F.mulz(g, -F.polygamma(1, x) * z + -F.digamma(x) * F.where(x < 0.5, F.gamma(1 - x) * (F.cos(3.141592653589793 * x) - F.digamma(1 - x) * F.sin(3.141592653589793 * x) / 3.141592653589793), -F.digamma(x) * z)))


def beta_00(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x) - F.digamma(x + y)) * (F.digamma(x) - F.digamma(x + y)) + z * (F.polygamma(1, x) - F.polygamma(1, x + y)))


def beta_01(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(y) - F.digamma(x + y)) * (F.digamma(x) - F.digamma(x + y)) + z * -F.polygamma(1, x + y))


def beta_11(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(y) - F.digamma(x + y)) * (F.digamma(y) - F.digamma(x + y)) + z * (F.polygamma(1, y) - F.polygamma(1, x + y)))


def betaln_00(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(1, x) - F.polygamma(1, x + y))


def betaln_01(F, g, x, y, w, z):
    return F.mulz(g, -F.polygamma(1, x + y))


def betaln_11(F, g, x, y, w, z):
    return F.mulz(g, F.polygamma(1, y) - F.polygamma(1, x + y))


def binom_00(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x + 1) - F.digamma(x - y + 1)) * (F.digamma(x + 1) - F.digamma(x - y + 1)) + z * (F.polygamma(1, x + 1) - F.polygamma(1, x - y + 1)))


def binom_01(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x - y + 1) - F.digamma(y + 1)) * (F.digamma(x + 1) - F.digamma(x - y + 1)) + z * F.polygamma(1, x - y + 1))


def binom_11(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x - y + 1) - F.digamma(y + 1)) * (F.digamma(x - y + 1) - F.digamma(y + 1)) + z * (-F.polygamma(1, x - y + 1) - F.polygamma(1, y + 1)))


def poch_00(F, g, x, y, w, z):
    return F.mulz(g, z * (F.digamma(x + y) - F.digamma(x)) * (F.digamma(x + y) - F.digamma(x)) + z * (F.polygamma(1, x + y) - F.polygamma(1, x)))


def poch_01(F, g, x, y, w, z):
    return F.mulz(g, z * F.digamma(x + y) * (F.digamma(x + y) - F.digamma(x)) + z * F.polygamma(1, x + y))


def poch_11(F, g, x, y, w, z):
    return F.mulz(g, z * F.digamma(x + y) * F.digamma(x + y) + z * F.polygamma(1, x + y))


def zeta_00(F, g, x, y, w, z):
    return F.mulz(g, F.zeta_dss(x, y))


def zeta_01(F, g, x, y, w, z):
    return F.mulz(g, -F.zeta(x + 1, y) - x * F.zeta_ds(x + 1, y))


def zeta_11(F, g, x, y, w, z):
    return F.mulz(g, -x * (-(x + 1) * F.zeta(x + 1 + 1, y)))


def zetac_00(F, g, x, y, w, z):
    return F.mulz(g, F.zeta_dss(x, 1))


def zeta_ds_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def zeta_ds_01(F, g, x, y, w, z):
    return F.mulz(g, -2 * F.zeta_ds(x + 1, y) - x * F.zeta_dss(x + 1, y))


def zeta_ds_11(F, g, x, y, w, z):
    return F.mulz(g, -(-(x + 1) * F.zeta(x + 1 + 1, y)) - x * (-F.zeta(x + 1 + 1, y) - (x + 1) * F.zeta_ds(x + 1 + 1, y)))


def zeta_dss_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def zeta_dss_01(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def zeta_dss_11(F, g, x, y, w, z):
    return F.mulz(g, -2 * (-F.zeta(x + 1 + 1, y) - (x + 1) * F.zeta_ds(x + 1 + 1, y)) - x * (-2 * F.zeta_ds(x + 1 + 1, y) - (x + 1) * F.zeta_dss(x + 1 + 1, y)))


def gamma_pdf_00(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * (F.log(y) - F.digamma(x))) * (F.log(y) - F.digamma(x)) + z * -F.polygamma(1, x)))


def gamma_pdf_01(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * ((x - 1) / y - 1)) * (F.log(y) - F.digamma(x)) + z * (1 / y)))


def gamma_pdf_11(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * ((x - 1) / y - 1)) * ((x - 1) / y - 1) + z * -((x - 1) / y / y)))


def gammaincinv_00(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.where(z == inf, 0.0, F.mulz(g, -(F.gammainc_daa(x, z) + F.where(z == 0, 0, F.where(z == inf, 0, -F.gammainc_da(x, z) / F.gamma_pdf(x, z))) * F.where(z == 0, F.where(x > 1, 0, -inf), F.where(z == inf, 0, F.where(z == inf, 0, F.where(x > 1000, F.where(z == 0, 0, 0.3989422804014327 * F.sqrt(x) / z * F.exp(x * F.log1p((z - x) / x) - (z - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, z) - z - F.lgamma(x)))) * (F.log(z) - F.digamma(x))))) / F.gamma_pdf(x, z) - (F.where(F.gamma_pdf(x, z) == 0, 0, F.gamma_pdf(x, z) * (F.log(z) - F.digamma(x))) + F.where(z == 0, 0, F.where(z == inf, 0, -F.gammainc_da(x, z) / F.gamma_pdf(x, z))) * F.where(F.gamma_pdf(x, z) == 0, 0, F.gamma_pdf(x, z) * ((x - 1) / z - 1))) * (-F.gammainc_da(x, z) / F.gamma_pdf(x, z) / F.gamma_pdf(x, z)))))


def gammaincinv_01(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.where(z == inf, 0.0, F.mulz(g, -(1 / F.gamma_pdf(x, z) * F.where(z == 0, F.where(x > 1, 0, -inf), F.where(z == inf, 0, F.where(z == inf, 0, F.where(x > 1000, F.where(z == 0, 0, 0.3989422804014327 * F.sqrt(x) / z * F.exp(x * F.log1p((z - x) / x) - (z - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, z) - z - F.lgamma(x)))) * (F.log(z) - F.digamma(x))))) / F.gamma_pdf(x, z) - 1 / F.gamma_pdf(x, z) * F.where(F.gamma_pdf(x, z) == 0, 0, F.gamma_pdf(x, z) * ((x - 1) / z - 1)) * (-F.gammainc_da(x, z) / F.gamma_pdf(x, z) / F.gamma_pdf(x, z)))))


def gammaincinv_11(F, g, x, y, w, z):
    return F.mulz(g, -(1 / F.gamma_pdf(x, z) * F.where(F.gamma_pdf(x, z) == 0, 0, F.gamma_pdf(x, z) * ((x - 1) / z - 1)) * (1 / F.gamma_pdf(x, z) / F.gamma_pdf(x, z))))


def gammainccinv_00(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.where(z == inf, 0.0, F.mulz(g, -(F.gammainc_daa(x, z) + F.where(z == 0, 0, F.where(z == inf, 0, -F.gammainc_da(x, z) / F.gamma_pdf(x, z))) * F.where(z == 0, F.where(x > 1, 0, -inf), F.where(z == inf, 0, F.where(z == inf, 0, F.where(x > 1000, F.where(z == 0, 0, 0.3989422804014327 * F.sqrt(x) / z * F.exp(x * F.log1p((z - x) / x) - (z - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, z) - z - F.lgamma(x)))) * (F.log(z) - F.digamma(x))))) / F.gamma_pdf(x, z) - (F.where(F.gamma_pdf(x, z) == 0, 0, F.gamma_pdf(x, z) * (F.log(z) - F.digamma(x))) + F.where(z == 0, 0, F.where(z == inf, 0, -F.gammainc_da(x, z) / F.gamma_pdf(x, z))) * F.where(F.gamma_pdf(x, z) == 0, 0, F.gamma_pdf(x, z) * ((x - 1) / z - 1))) * (-F.gammainc_da(x, z) / F.gamma_pdf(x, z) / F.gamma_pdf(x, z)))))


def gammainccinv_01(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.where(z == inf, 0.0, F.mulz(g, -(-1 / F.gamma_pdf(x, z) * F.where(z == 0, F.where(x > 1, 0, -inf), F.where(z == inf, 0, F.where(z == inf, 0, F.where(x > 1000, F.where(z == 0, 0, 0.3989422804014327 * F.sqrt(x) / z * F.exp(x * F.log1p((z - x) / x) - (z - x) - (1 - 1 / (30 * x * x)) / (12 * x))), F.exp(F.xlogy(x - 1, z) - z - F.lgamma(x)))) * (F.log(z) - F.digamma(x))))) / F.gamma_pdf(x, z) - -1 / F.gamma_pdf(x, z) * F.where(F.gamma_pdf(x, z) == 0, 0, F.gamma_pdf(x, z) * ((x - 1) / z - 1)) * (-F.gammainc_da(x, z) / F.gamma_pdf(x, z) / F.gamma_pdf(x, z)))))


def gammainccinv_11(F, g, x, y, w, z):
    return F.mulz(g, -(-1 / F.gamma_pdf(x, z) * F.where(F.gamma_pdf(x, z) == 0, 0, F.gamma_pdf(x, z) * ((x - 1) / z - 1)) * (-1 / F.gamma_pdf(x, z) / F.gamma_pdf(x, z))))


def beta_pdf_00(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * (F.log(w) - F.digamma(x) + F.digamma(x + y))) * (F.log(w) - F.digamma(x) + F.digamma(x + y)) + z * (-F.polygamma(1, x) + F.polygamma(1, x + y))))


def beta_pdf_01(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y))) * (F.log(w) - F.digamma(x) + F.digamma(x + y)) + z * F.polygamma(1, x + y)))


def beta_pdf_02(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * ((x - 1) / w - (y - 1) / (1 - w))) * (F.log(w) - F.digamma(x) + F.digamma(x + y)) + z * (1 / w)))


def beta_pdf_11(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y))) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) + z * (-F.polygamma(1, y) + F.polygamma(1, x + y))))


def beta_pdf_12(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * ((x - 1) / w - (y - 1) / (1 - w))) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) + z * -(1 / (1 + -w))))


def beta_pdf_22(F, g, x, y, w, z):
    return F.where(z == 0, 0.0, F.mulz(g, F.where(z == 0, 0, z * ((x - 1) / w - (y - 1) / (1 - w))) * ((x - 1) / w - (y - 1) / (1 - w)) + z * (-((x - 1) / w / w) - (y - 1) / (1 - w) / (1 - w))))


def betainc_00(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_daa(x, y, w))


def betainc_01(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_dab(x, y, w))


def betainc_02(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * (F.log(w) - F.digamma(x) + F.digamma(x + y))))


def betainc_11(F, g, x, y, w, z):
    return F.mulz(g, F.betainc_dbb(x, y, w))


def betainc_12(F, g, x, y, w, z):
    return F.where(w == 1, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y))))


def betainc_22(F, g, x, y, w, z):
    return F.where(F.beta_pdf(x, y, w) == 0, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * ((x - 1) / w - (y - 1) / (1 - w))))


def betaincc_00(F, g, x, y, w, z):
    return F.mulz(g, -F.betainc_daa(x, y, w))


def betaincc_01(F, g, x, y, w, z):
    return F.mulz(g, -F.betainc_dab(x, y, w))


def betaincc_02(F, g, x, y, w, z):
    return F.mulz(g, -F.where(w == 0, 0, F.beta_pdf(x, y, w) * (F.log(w) - F.digamma(x) + F.digamma(x + y))))


def betaincc_11(F, g, x, y, w, z):
    return F.mulz(g, -F.betainc_dbb(x, y, w))


def betaincc_12(F, g, x, y, w, z):
    return F.mulz(g, -F.where(w == 1, 0, F.beta_pdf(x, y, w) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y))))


def betaincc_22(F, g, x, y, w, z):
    return F.mulz(g, -F.where(F.beta_pdf(x, y, w) == 0, 0, F.beta_pdf(x, y, w) * ((x - 1) / w - (y - 1) / (1 - w))))


def betainc_da_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_da_01(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_da_02(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * (F.square(F.log(w) - F.digamma(x) + F.digamma(x + y)) - F.polygamma(1, x) + F.polygamma(1, x + y))))


def betainc_da_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_da_12(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * ((F.log(w) - F.digamma(x) + F.digamma(x + y)) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) + F.polygamma(1, x + y)))))


def betainc_da_22(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.mulz(g, F.where(F.beta_pdf(x, y, w) == 0, 0, F.beta_pdf(x, y, w) * ((x - 1) / w - (y - 1) / (1 - w))) * (F.log(w) - F.digamma(x) + F.digamma(x + y)) + F.beta_pdf(x, y, w) * (1 / w)))


def betainc_db_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_db_01(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_db_02(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * ((F.log(w) - F.digamma(x) + F.digamma(x + y)) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) + F.polygamma(1, x + y)))))


def betainc_db_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_db_12(F, g, x, y, w, z):
    return F.where(w == 1, 0.0, F.mulz(g, F.beta_pdf(x, y, w) * (F.square(F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) - F.polygamma(1, y) + F.polygamma(1, x + y))))


def betainc_db_22(F, g, x, y, w, z):
    return F.where(w == 1, 0.0, F.mulz(g, F.where(F.beta_pdf(x, y, w) == 0, 0, F.beta_pdf(x, y, w) * ((x - 1) / w - (y - 1) / (1 - w))) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) + F.beta_pdf(x, y, w) * -(1 / (1 + -w))))


def betainc_daa_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_daa_01(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_daa_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_daa_22(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.mulz(g, F.where(F.beta_pdf(x, y, w) == 0, 0, F.beta_pdf(x, y, w) * ((x - 1) / w - (y - 1) / (1 - w))) * (F.square(F.log(w) - F.digamma(x) + F.digamma(x + y)) - F.polygamma(1, x) + F.polygamma(1, x + y)) + F.beta_pdf(x, y, w) * (1 / w * (2 * (F.log(w) - F.digamma(x) + F.digamma(x + y))))))


def betainc_dab_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dab_01(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dab_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dab_22(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, F.where(F.beta_pdf(x, y, w) == 0, 0, F.beta_pdf(x, y, w) * ((x - 1) / w - (y - 1) / (1 - w))) * ((F.log(w) - F.digamma(x) + F.digamma(x + y)) * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) + F.polygamma(1, x + y)) + F.beta_pdf(x, y, w) * (1 / w * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) + (F.log(w) - F.digamma(x) + F.digamma(x + y)) * -(1 / (1 + -w))))))


def betainc_dbb_00(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dbb_01(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dbb_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def betainc_dbb_22(F, g, x, y, w, z):
    return F.where(w == 1, 0.0, F.mulz(g, F.where(F.beta_pdf(x, y, w) == 0, 0, F.beta_pdf(x, y, w) * ((x - 1) / w - (y - 1) / (1 - w))) * (F.square(F.log1p(-w) - F.digamma(y) + F.digamma(x + y)) - F.polygamma(1, y) + F.polygamma(1, x + y)) + F.beta_pdf(x, y, w) * (-(1 / (1 + -w)) * (2 * (F.log1p(-w) - F.digamma(y) + F.digamma(x + y))))))


def betaincinv_00(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(F.betainc_daa(x, y, z) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_da(x, y, z) / F.beta_pdf(x, y, z))) * F.where(z == 0, 0, F.beta_pdf(x, y, z) * (F.log(z) - F.digamma(x) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - (F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * (F.log(z) - F.digamma(x) + F.digamma(x + y))) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_da(x, y, z) / F.beta_pdf(x, y, z))) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z)))) * (-F.betainc_da(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betaincinv_01(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(F.betainc_dab(x, y, z) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))) * F.where(z == 0, 0, F.beta_pdf(x, y, z) * (F.log(z) - F.digamma(x) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - (F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * (F.log1p(-z) - F.digamma(y) + F.digamma(x + y))) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z)))) * (-F.betainc_da(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betaincinv_02(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(1 / F.beta_pdf(x, y, z) * F.where(z == 0, 0, F.beta_pdf(x, y, z) * (F.log(z) - F.digamma(x) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - 1 / F.beta_pdf(x, y, z) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z))) * (-F.betainc_da(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betaincinv_11(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(F.betainc_dbb(x, y, z) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))) * F.where(z == 1, 0, F.beta_pdf(x, y, z) * (F.log1p(-z) - F.digamma(y) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - (F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * (F.log1p(-z) - F.digamma(y) + F.digamma(x + y))) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z)))) * (-F.betainc_db(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betaincinv_12(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(1 / F.beta_pdf(x, y, z) * F.where(z == 1, 0, F.beta_pdf(x, y, z) * (F.log1p(-z) - F.digamma(y) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - 1 / F.beta_pdf(x, y, z) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z))) * (-F.betainc_db(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betaincinv_22(F, g, x, y, w, z):
    return F.mulz(g, -(1 / F.beta_pdf(x, y, z) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z))) * (1 / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z))))


def betainccinv_00(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(F.betainc_daa(x, y, z) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_da(x, y, z) / F.beta_pdf(x, y, z))) * F.where(z == 0, 0, F.beta_pdf(x, y, z) * (F.log(z) - F.digamma(x) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - (F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * (F.log(z) - F.digamma(x) + F.digamma(x + y))) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_da(x, y, z) / F.beta_pdf(x, y, z))) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z)))) * (-F.betainc_da(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betainccinv_01(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(F.betainc_dab(x, y, z) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))) * F.where(z == 0, 0, F.beta_pdf(x, y, z) * (F.log(z) - F.digamma(x) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - (F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * (F.log1p(-z) - F.digamma(y) + F.digamma(x + y))) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z)))) * (-F.betainc_da(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betainccinv_02(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(-1 / F.beta_pdf(x, y, z) * F.where(z == 0, 0, F.beta_pdf(x, y, z) * (F.log(z) - F.digamma(x) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - -1 / F.beta_pdf(x, y, z) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z))) * (-F.betainc_da(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betainccinv_11(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(F.betainc_dbb(x, y, z) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))) * F.where(z == 1, 0, F.beta_pdf(x, y, z) * (F.log1p(-z) - F.digamma(y) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - (F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * (F.log1p(-z) - F.digamma(y) + F.digamma(x + y))) + F.where(w == 0, 0, F.where(w == 1, 0, -F.betainc_db(x, y, z) / F.beta_pdf(x, y, z))) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z)))) * (-F.betainc_db(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betainccinv_12(F, g, x, y, w, z):
    return F.where(w == 0, 0.0, F.where(w == 1, 0.0, F.mulz(g, -(-1 / F.beta_pdf(x, y, z) * F.where(z == 1, 0, F.beta_pdf(x, y, z) * (F.log1p(-z) - F.digamma(y) + F.digamma(x + y)))) / F.beta_pdf(x, y, z) - -1 / F.beta_pdf(x, y, z) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z))) * (-F.betainc_db(x, y, z) / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z)))))


def betainccinv_22(F, g, x, y, w, z):
    return F.mulz(g, -(-1 / F.beta_pdf(x, y, z) * F.where(F.beta_pdf(x, y, z) == 0, 0, F.beta_pdf(x, y, z) * ((x - 1) / z - (y - 1) / (1 - z))) * (-1 / F.beta_pdf(x, y, z) / F.beta_pdf(x, y, z))))


def student_pdf_00(F, g, x, y, w, z):
    return F.mulz(g, z * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))) * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))) + z * (0.5 * (0.5 * F.polygamma(1, 0.5 * x + 0.5) - 0.5 * F.polygamma(1, 0.5 * x) - -(1 / x / x) - -(y * y / x / x) * (1 / (1 + y * y / x)) + (y * y / (x * (x + y * y)) - (x + y * y + x) * ((x + 1) * y * y / (x * (x + y * y)) / (x * (x + y * y)))))))


def student_pdf_01(F, g, x, y, w, z):
    return F.mulz(g, -(x + 1) * y / (x + y * y) * z * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(y * y / x) + (x + 1) * y * y / (x * (x + y * y)))) + z * (0.5 * (-((y + y) / x * (1 / (1 + y * y / x))) + (((x + 1) * y + (x + 1) * y) / (x * (x + y * y)) - x * (y + y) * ((x + 1) * y * y / (x * (x + y * y)) / (x * (x + y * y)))))))


def student_pdf_11(F, g, x, y, w, z):
    return F.mulz(g, (-(x + 1) / (x + y * y) - (y + y) * (-(x + 1) * y / (x + y * y) / (x + y * y))) * z + -(x + 1) * y / (x + y * y) * (-(x + 1) * y / (x + y * y) * z))


def stdtrit_00(F, g, x, y, w, z):
    return F.where(y == 0, 0.0, F.where(y == 1, 0.0, F.mulz(g, -(F.stdtr_daa(x, z) + F.where(y == 0, 0, F.where(y == 1, 0, -F.stdtr_da(x, z) / F.student_pdf(x, z))) * (F.where(x > 1000, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(z * z / x)), F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(z * z / x)) / F.sqrt(3.141592653589793 * x)) * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(z * z / x) + (x + 1) * z * z / (x * (x + z * z)))))) / F.student_pdf(x, z) - (F.student_pdf(x, z) * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(z * z / x) + (x + 1) * z * z / (x * (x + z * z)))) + F.where(y == 0, 0, F.where(y == 1, 0, -F.stdtr_da(x, z) / F.student_pdf(x, z))) * (-(x + 1) * z / (x + z * z) * F.student_pdf(x, z))) * (-F.stdtr_da(x, z) / F.student_pdf(x, z) / F.student_pdf(x, z)))))


def stdtrit_01(F, g, x, y, w, z):
    return F.where(y == 0, 0.0, F.where(y == 1, 0.0, F.mulz(g, -(1 / F.student_pdf(x, z) * (F.where(x > 1000, 0.3989422804014327 * F.exp((1 / (24 * x * x) - 0.25) / x - (0.5 * x + 0.5) * F.log1p(z * z / x)), F.exp(F.lgamma(0.5 * x + 0.5) - F.lgamma(0.5 * x) - (0.5 * x + 0.5) * F.log1p(z * z / x)) / F.sqrt(3.141592653589793 * x)) * (0.5 * (F.digamma(0.5 * x + 0.5) - F.digamma(0.5 * x) - 1 / x - F.log1p(z * z / x) + (x + 1) * z * z / (x * (x + z * z)))))) / F.student_pdf(x, z) - 1 / F.student_pdf(x, z) * (-(x + 1) * z / (x + z * z) * F.student_pdf(x, z)) * (-F.stdtr_da(x, z) / F.student_pdf(x, z) / F.student_pdf(x, z)))))


def stdtrit_11(F, g, x, y, w, z):
    return F.mulz(g, -(1 / F.student_pdf(x, z) * (-(x + 1) * z / (x + z * z) * F.student_pdf(x, z)) * (1 / F.student_pdf(x, z) / F.student_pdf(x, z))))


def ndtri_exp_00(F, g, x, y, w, z):
    return F.mulz(g, 2.5066282746310002 * ((1 + (0.5 * (2.5066282746310002 * F.exp(x + 0.5 * z * z)) * z + 0.5 * z * (2.5066282746310002 * F.exp(x + 0.5 * z * z)))) * F.exp(x + 0.5 * z * z)))


def erfcinv_00(F, g, x, y, w, z):
    return F.mulz(g, -1.7724538509055159 / 2 * ((-1.7724538509055159 / 2 * F.exp(z * z) * z + z * (-1.7724538509055159 / 2 * F.exp(z * z))) * F.exp(z * z)))


def dawsn_00(F, g, x, y, w, z):
    return F.where(F.abs(x) > 8, F.mulz(g, 0.5 * F.gaussian_tail(1 + 1, 1, x)), F.mulz(g, -(2 * z + 2 * x * F.where(F.abs(x) > 8, 0.5 * F.gaussian_tail(1, 1, x), 1 - 2 * x * z))))


def erfi_00(F, g, x, y, w, z):
    return F.mulz(g, 2 / 1.7724538509055159 * ((x + x) * F.exp(x * x)))


def exp1_00(F, g, x, y, w, z):
    return F.mulz(g, F.exp(-x) / x - -F.exp(-x) / x / x)


def expi_00(F, g, x, y, w, z):
    return F.mulz(g, F.exp(x) / x - F.exp(x) / x / x)


def expn_11(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, (F.exp(-y) * (1 + y) + -F.exp(-y)) / (y * y) - (y + y) * (-F.exp(-y) * (1 + y) / (y * y) / (y * y))), F.mulz(g, -F.where(x - 1 == 0, -F.exp(-y) * (1 + y) / (y * y), -F.expn(x - 1 - 1, y))))


def exprel_00(F, g, x, y, w, z):
    return F.mulz(g, F.exprel_n(1 + 1, x))


def exprel_n_11(F, g, x, y, w, z):
    return F.mulz(g, F.exprel_n(x + 1 + 1, y))


def log1prel_00(F, g, x, y, w, z):
    return F.mulz(g, F.log1prel_n(1 + 1, x))


def log1prel_n_11(F, g, x, y, w, z):
    return F.mulz(g, F.log1prel_n(x + 1 + 1, y))


def spence_00(F, g, x, y, w, z):
    return F.where(x < 0.5, F.mulz(g, 1 / x / (1 - x) - -(F.log(x) / (1 - x) / (1 - x))), F.mulz(g, -F.log1prel_n(1, x - 1)))


def si_00(F, g, x, y, w, z):
    return F.mulz(g, 0.3183098861837907 * F.sincn(1, 0.3183098861837907 * x))


def ci_00(F, g, x, y, w, z):
    return F.mulz(g, -F.sin(x) / x - F.cos(x) / x / x)


def shi_00(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.exprel_n(1, x) + -F.exprel_n(1, -x)))


def chi_00(F, g, x, y, w, z):
    return F.mulz(g, F.sinh(x) / x - F.cosh(x) / x / x)


def fresnel_s_00(F, g, x, y, w, z):
    return F.mulz(g, (1.5707963267948966 * x + 1.5707963267948966 * x) * F.cos(1.5707963267948966 * x * x))


def fresnel_c_00(F, g, x, y, w, z):
    return F.mulz(g, (1.5707963267948966 * x + 1.5707963267948966 * x) * -F.sin(1.5707963267948966 * x * x))


def lambertw0_00(F, g, x, y, w, z):
    return F.mulz(g, -((1 + 1 / (x + F.exp(z)) * F.exp(z)) * (1 / (x + F.exp(z)) / (x + F.exp(z)))))


def lambertw1_00(F, g, x, y, w, z):
    return F.mulz(g, -((1 + 1 / (x + F.exp(z)) * F.exp(z)) * (1 / (x + F.exp(z)) / (x + F.exp(z)))))


def wrightomega_00(F, g, x, y, w, z):
    return F.mulz(g, z / (1 + z) / (1 + z) - z / (1 + z) * (z / (1 + z) / (1 + z)))


def y0_00(F, g, x, y, w, z):
    return F.mulz(g, -(0.5 * (F.y0(x) - F.yv(2, x))))


def y1_00(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (-F.y1(x) - 0.5 * (F.yv(2 - 1, x) - F.yv(2 + 1, x))))


def yv_11(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (0.5 * (F.yv(x - 1 - 1, y) - F.yv(x - 1 + 1, y)) - 0.5 * (F.yv(x + 1 - 1, y) - F.yv(x + 1 + 1, y))))


def yve_11(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (0.5 * (F.yve(x - 1 - 1, y) - F.yve(x - 1 + 1, y)) - 0.5 * (F.yve(x + 1 - 1, y) - F.yve(x + 1 + 1, y))))


def jve_11(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (0.5 * (F.jve(x - 1 - 1, y) - F.jve(x - 1 + 1, y)) - 0.5 * (F.jve(x + 1 - 1, y) - F.jve(x + 1 + 1, y))))


def k0_00(F, g, x, y, w, z):
    return F.mulz(g, -(-0.5 * (F.k0(x) + F.kv(2, x))))


def k1_00(F, g, x, y, w, z):
    return F.mulz(g, -0.5 * (-F.k1(x) + -0.5 * (F.kv(2 - 1, x) + F.kv(2 + 1, x))))


def kv_11(F, g, x, y, w, z):
    return F.mulz(g, -0.5 * (-0.5 * (F.kv(x - 1 - 1, y) + F.kv(x - 1 + 1, y)) + -0.5 * (F.kv(x + 1 - 1, y) + F.kv(x + 1 + 1, y))))


def i0e_00(F, g, x, y, w, z):
    return F.where(F.abs(x) > 300 * (1 + 0 * 0), F.mulz(g, (F.where(F.abs(x) > 300 * (1 + 0 * 0), z / x * (F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5), F.i1e(x) - F.sign(x) * z) / x - z / x / x) * (F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5) + z / x * (-(1 / x / x) * F.sign(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) + F.abs(1 / x) * (-(1 / x / x) * F.sign(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)))) + F.abs(1 / x) * (-(1 / x / x) * F.sign(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) + F.abs(1 / x) * (-(1 / x / x) * F.sign(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))))), F.mulz(g, F.where(F.abs(x) > 300 * (1 + 1 * 1), F.i1e(x) / x * (F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5), 0.5 * (F.i0e(x) + F.ive(2, x)) - F.sign(x) * F.i1e(x)) - F.sign(x) * F.where(F.abs(x) > 300 * (1 + 0 * 0), z / x * (F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5), F.i1e(x) - F.sign(x) * z)))


def i1e_00(F, g, x, y, w, z):
    return F.where(F.abs(x) > 300 * (1 + 1 * 1), F.mulz(g, (F.where(F.abs(x) > 300 * (1 + 1 * 1), z / x * (F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5), 0.5 * (F.i0e(x) + F.ive(2, x)) - F.sign(x) * z) / x - z / x / x) * (F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5) + z / x * (-(1 / x / x) * F.sign(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) + F.abs(1 / x) * (-(1 / x / x) * F.sign(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)))) + F.abs(1 / x) * (-(1 / x / x) * F.sign(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) + F.abs(1 / x) * (-(1 / x / x) * F.sign(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))))), F.mulz(g, 0.5 * (F.where(F.abs(x) > 300 * (1 + 0 * 0), F.i0e(x) / x * (F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5), F.i1e(x) - F.sign(x) * F.i0e(x)) + F.where(F.abs(x) > 300 * (1 + 2 * 2), F.ive(2, x) / x * (F.abs(1 / x) * (0.5 * (2 * 2) - 0.125 + F.abs(1 / x) * (0.5 * (2 * 2) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (2 * 2) - 0.125) - 0.5 * ((0.5 * (2 * 2) - 0.125) * (0.5 * (2 * 2) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (2 * 2) - 0.125) - 0.5 * ((0.5 * (2 * 2) - 0.125) * (0.5 * (2 * 2) - 0.125))) - (0.5 * (2 * 2) - 0.125) * (0.5 * (2 * 2) - 0.125))))) - 0.5), 0.5 * (F.ive(2 - 1, x) + F.ive(2 + 1, x)) - F.sign(x) * F.ive(2, x))) - F.sign(x) * F.where(F.abs(x) > 300 * (1 + 1 * 1), z / x * (F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 + F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) + F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5), 0.5 * (F.i0e(x) + F.ive(2, x)) - F.sign(x) * z)))


def ive_11(F, g, x, y, w, z):
    return F.where(F.abs(y) > 300 * (1 + x * x), F.mulz(g, (F.where(F.abs(y) > 300 * (1 + x * x), z / y * (F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) - 0.5), 0.5 * (F.ive(x - 1, y) + F.ive(x + 1, y)) - F.sign(y) * z) / y - z / y / y) * (F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) - 0.5) + z / y * (-(1 / y / y) * F.sign(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) + F.abs(1 / y) * (-(1 / y / y) * F.sign(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)))) + F.abs(1 / y) * (-(1 / y / y) * F.sign(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) + F.abs(1 / y) * (-(1 / y / y) * F.sign(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))))), F.mulz(g, 0.5 * (F.where(F.abs(y) > 300 * (1 + (x - 1) * (x - 1)), F.ive(x - 1, y) / y * (F.abs(1 / y) * (0.5 * ((x - 1) * (x - 1)) - 0.125 + F.abs(1 / y) * (0.5 * ((x - 1) * (x - 1)) - 0.125 + F.abs(1 / y) * (1.5 * (0.5 * ((x - 1) * (x - 1)) - 0.125) - 0.5 * ((0.5 * ((x - 1) * (x - 1)) - 0.125) * (0.5 * ((x - 1) * (x - 1)) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * ((x - 1) * (x - 1)) - 0.125) - 0.5 * ((0.5 * ((x - 1) * (x - 1)) - 0.125) * (0.5 * ((x - 1) * (x - 1)) - 0.125))) - (0.5 * ((x - 1) * (x - 1)) - 0.125) * (0.5 * ((x - 1) * (x - 1)) - 0.125))))) - 0.5), 0.5 * (F.ive(x - 1 - 1, y) + F.ive(x - 1 + 1, y)) - F.sign(y) * F.ive(x - 1, y)) + F.where(F.abs(y) > 300 * (1 + (x + 1) * (x + 1)), F.ive(x + 1, y) / y * (F.abs(1 / y) * (0.5 * ((x + 1) * (x + 1)) - 0.125 + F.abs(1 / y) * (0.5 * ((x + 1) * (x + 1)) - 0.125 + F.abs(1 / y) * (1.5 * (0.5 * ((x + 1) * (x + 1)) - 0.125) - 0.5 * ((0.5 * ((x + 1) * (x + 1)) - 0.125) * (0.5 * ((x + 1) * (x + 1)) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * ((x + 1) * (x + 1)) - 0.125) - 0.5 * ((0.5 * ((x + 1) * (x + 1)) - 0.125) * (0.5 * ((x + 1) * (x + 1)) - 0.125))) - (0.5 * ((x + 1) * (x + 1)) - 0.125) * (0.5 * ((x + 1) * (x + 1)) - 0.125))))) - 0.5), 0.5 * (F.ive(x + 1 - 1, y) + F.ive(x + 1 + 1, y)) - F.sign(y) * F.ive(x + 1, y))) - F.sign(y) * F.where(F.abs(y) > 300 * (1 + x * x), z / y * (F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (0.5 * (x * x) - 0.125 + F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) + F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) - 0.5), 0.5 * (F.ive(x - 1, y) + F.ive(x + 1, y)) - F.sign(y) * z)))


def k0e_00(F, g, x, y, w, z):
    return F.where(F.abs(x) > 300 * (1 + 0 * 0), F.mulz(g, (F.where(F.abs(x) > 300 * (1 + 0 * 0), z / x * (-F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5), z - F.k1e(x)) / x - z / x / x) * (-F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5) + z / x * (-(-(1 / x / x) * F.sign(1 / x)) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) + -F.abs(1 / x) * -(-(1 / x / x) * F.sign(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)))) + F.abs(1 / x) * -(-(1 / x / x) * F.sign(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) + F.abs(1 / x) * -(-(1 / x / x) * F.sign(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))))), F.mulz(g, F.where(F.abs(x) > 300 * (1 + 0 * 0), z / x * (-F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5), z - F.k1e(x)) - F.where(F.abs(x) > 300 * (1 + 1 * 1), F.k1e(x) / x * (-F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5), F.k1e(x) - 0.5 * (F.k0e(x) + F.kve(2, x)))))


def k1e_00(F, g, x, y, w, z):
    return F.where(F.abs(x) > 300 * (1 + 1 * 1), F.mulz(g, (F.where(F.abs(x) > 300 * (1 + 1 * 1), z / x * (-F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5), z - 0.5 * (F.k0e(x) + F.kve(2, x))) / x - z / x / x) * (-F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5) + z / x * (-(-(1 / x / x) * F.sign(1 / x)) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) + -F.abs(1 / x) * -(-(1 / x / x) * F.sign(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)))) + F.abs(1 / x) * -(-(1 / x / x) * F.sign(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) + F.abs(1 / x) * -(-(1 / x / x) * F.sign(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))))), F.mulz(g, F.where(F.abs(x) > 300 * (1 + 1 * 1), z / x * (-F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (0.5 * (1 * 1) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (1 * 1) - 0.125) - 0.5 * ((0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))) - (0.5 * (1 * 1) - 0.125) * (0.5 * (1 * 1) - 0.125))))) - 0.5), z - 0.5 * (F.k0e(x) + F.kve(2, x))) - 0.5 * (F.where(F.abs(x) > 300 * (1 + 0 * 0), F.k0e(x) / x * (-F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (0.5 * (0 * 0) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (0 * 0) - 0.125) - 0.5 * ((0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))) - (0.5 * (0 * 0) - 0.125) * (0.5 * (0 * 0) - 0.125))))) - 0.5), F.k0e(x) - F.k1e(x)) + F.where(F.abs(x) > 300 * (1 + 2 * 2), F.kve(2, x) / x * (-F.abs(1 / x) * (0.5 * (2 * 2) - 0.125 - F.abs(1 / x) * (0.5 * (2 * 2) - 0.125 - F.abs(1 / x) * (1.5 * (0.5 * (2 * 2) - 0.125) - 0.5 * ((0.5 * (2 * 2) - 0.125) * (0.5 * (2 * 2) - 0.125)) - F.abs(1 / x) * (2 * (1.5 * (0.5 * (2 * 2) - 0.125) - 0.5 * ((0.5 * (2 * 2) - 0.125) * (0.5 * (2 * 2) - 0.125))) - (0.5 * (2 * 2) - 0.125) * (0.5 * (2 * 2) - 0.125))))) - 0.5), F.kve(2, x) - 0.5 * (F.kve(2 - 1, x) + F.kve(2 + 1, x))))))


def kve_11(F, g, x, y, w, z):
    return F.where(F.abs(y) > 300 * (1 + x * x), F.mulz(g, (F.where(F.abs(y) > 300 * (1 + x * x), z / y * (-F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) - 0.5), z - 0.5 * (F.kve(x - 1, y) + F.kve(x + 1, y))) / y - z / y / y) * (-F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) - 0.5) + z / y * (-(-(1 / y / y) * F.sign(1 / y)) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) + -F.abs(1 / y) * -(-(1 / y / y) * F.sign(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)))) + F.abs(1 / y) * -(-(1 / y / y) * F.sign(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) + F.abs(1 / y) * -(-(1 / y / y) * F.sign(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))))), F.mulz(g, F.where(F.abs(y) > 300 * (1 + x * x), z / y * (-F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (0.5 * (x * x) - 0.125 - F.abs(1 / y) * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * (x * x) - 0.125) - 0.5 * ((0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))) - (0.5 * (x * x) - 0.125) * (0.5 * (x * x) - 0.125))))) - 0.5), z - 0.5 * (F.kve(x - 1, y) + F.kve(x + 1, y))) - 0.5 * (F.where(F.abs(y) > 300 * (1 + (x - 1) * (x - 1)), F.kve(x - 1, y) / y * (-F.abs(1 / y) * (0.5 * ((x - 1) * (x - 1)) - 0.125 - F.abs(1 / y) * (0.5 * ((x - 1) * (x - 1)) - 0.125 - F.abs(1 / y) * (1.5 * (0.5 * ((x - 1) * (x - 1)) - 0.125) - 0.5 * ((0.5 * ((x - 1) * (x - 1)) - 0.125) * (0.5 * ((x - 1) * (x - 1)) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * ((x - 1) * (x - 1)) - 0.125) - 0.5 * ((0.5 * ((x - 1) * (x - 1)) - 0.125) * (0.5 * ((x - 1) * (x - 1)) - 0.125))) - (0.5 * ((x - 1) * (x - 1)) - 0.125) * (0.5 * ((x - 1) * (x - 1)) - 0.125))))) - 0.5), F.kve(x - 1, y) - 0.5 * (F.kve(x - 1 - 1, y) + F.kve(x - 1 + 1, y))) + F.where(F.abs(y) > 300 * (1 + (x + 1) * (x + 1)), F.kve(x + 1, y) / y * (-F.abs(1 / y) * (0.5 * ((x + 1) * (x + 1)) - 0.125 - F.abs(1 / y) * (0.5 * ((x + 1) * (x + 1)) - 0.125 - F.abs(1 / y) * (1.5 * (0.5 * ((x + 1) * (x + 1)) - 0.125) - 0.5 * ((0.5 * ((x + 1) * (x + 1)) - 0.125) * (0.5 * ((x + 1) * (x + 1)) - 0.125)) - F.abs(1 / y) * (2 * (1.5 * (0.5 * ((x + 1) * (x + 1)) - 0.125) - 0.5 * ((0.5 * ((x + 1) * (x + 1)) - 0.125) * (0.5 * ((x + 1) * (x + 1)) - 0.125))) - (0.5 * ((x + 1) * (x + 1)) - 0.125) * (0.5 * ((x + 1) * (x + 1)) - 0.125))))) - 0.5), F.kve(x + 1, y) - 0.5 * (F.kve(x + 1 - 1, y) + F.kve(x + 1 + 1, y))))))


def spherical_jn_11(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, -F.where(1 == 0, -F.spherical_jn(1, y), (1 * F.spherical_jn(1 - 1, y) - (1 + 1) * F.spherical_jn(1 + 1, y)) / (2 * 1 + 1))), F.mulz(g, (x * F.where(x - 1 == 0, -F.spherical_jn(1, y), ((x - 1) * F.spherical_jn(x - 1 - 1, y) - (x - 1 + 1) * F.spherical_jn(x - 1 + 1, y)) / (2 * (x - 1) + 1)) - (x + 1) * F.where(x + 1 == 0, -F.spherical_jn(1, y), ((x + 1) * F.spherical_jn(x + 1 - 1, y) - (x + 1 + 1) * F.spherical_jn(x + 1 + 1, y)) / (2 * (x + 1) + 1))) / (2 * x + 1)))


def spherical_yn_11(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, -F.where(1 == 0, -F.spherical_yn(1, y), (1 * F.spherical_yn(1 - 1, y) - (1 + 1) * F.spherical_yn(1 + 1, y)) / (2 * 1 + 1))), F.mulz(g, (x * F.where(x - 1 == 0, -F.spherical_yn(1, y), ((x - 1) * F.spherical_yn(x - 1 - 1, y) - (x - 1 + 1) * F.spherical_yn(x - 1 + 1, y)) / (2 * (x - 1) + 1)) - (x + 1) * F.where(x + 1 == 0, -F.spherical_yn(1, y), ((x + 1) * F.spherical_yn(x + 1 - 1, y) - (x + 1 + 1) * F.spherical_yn(x + 1 + 1, y)) / (2 * (x + 1) + 1))) / (2 * x + 1)))


def spherical_in_11(F, g, x, y, w, z):
    return F.where(x == 0, F.where(1 == 0, F.mulz(g, F.spherical_in(1, y)), F.mulz(g, (1 * F.spherical_in(1 - 1, y) + (1 + 1) * F.spherical_in(1 + 1, y)) / (2 * 1 + 1))), F.mulz(g, (x * F.where(x - 1 == 0, F.spherical_in(1, y), ((x - 1) * F.spherical_in(x - 1 - 1, y) + (x - 1 + 1) * F.spherical_in(x - 1 + 1, y)) / (2 * (x - 1) + 1)) + (x + 1) * F.where(x + 1 == 0, F.spherical_in(1, y), ((x + 1) * F.spherical_in(x + 1 - 1, y) + (x + 1 + 1) * F.spherical_in(x + 1 + 1, y)) / (2 * (x + 1) + 1))) / (2 * x + 1)))


def spherical_kn_11(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, -F.where(1 == 0, -F.spherical_kn(1, y), -(1 * F.spherical_kn(1 - 1, y) + (1 + 1) * F.spherical_kn(1 + 1, y)) / (2 * 1 + 1))), F.mulz(g, -(x * F.where(x - 1 == 0, -F.spherical_kn(1, y), -((x - 1) * F.spherical_kn(x - 1 - 1, y) + (x - 1 + 1) * F.spherical_kn(x - 1 + 1, y)) / (2 * (x - 1) + 1)) + (x + 1) * F.where(x + 1 == 0, -F.spherical_kn(1, y), -((x + 1) * F.spherical_kn(x + 1 - 1, y) + (x + 1 + 1) * F.spherical_kn(x + 1 + 1, y)) / (2 * (x + 1) + 1))) / (2 * x + 1)))


def airy_ai_00(F, g, x, y, w, z):
    return F.mulz(g, x * F.airy_ai(x))


def airy_aip_00(F, g, x, y, w, z):
    return F.mulz(g, F.airy_ai(x) + x * F.airy_aip(x))


def airy_bi_00(F, g, x, y, w, z):
    return F.mulz(g, x * F.airy_bi(x))


def airy_bip_00(F, g, x, y, w, z):
    return F.mulz(g, F.airy_bi(x) + x * F.airy_bip(x))


def airye_ai_00(F, g, x, y, w, z):
    return F.where(x > 20, F.mulz(g, (F.where(x > 20, z / x * (-0.25 + 1 / (x * F.sqrt(x)) * (0.15625 + 1 / (x * F.sqrt(x)) * (-0.234375 + 1 / (x * F.sqrt(x)) * (0.53955078125 + 1 / (x * F.sqrt(x)) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))))), F.airye_aip(x) + F.sqrt(x) * z) / x - z / x / x) * (-0.25 + 1 / (x * F.sqrt(x)) * (0.15625 + 1 / (x * F.sqrt(x)) * (-0.234375 + 1 / (x * F.sqrt(x)) * (0.53955078125 + 1 / (x * F.sqrt(x)) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))))) + z / x * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (0.15625 + 1 / (x * F.sqrt(x)) * (-0.234375 + 1 / (x * F.sqrt(x)) * (0.53955078125 + 1 / (x * F.sqrt(x)) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034))))))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-0.234375 + 1 / (x * F.sqrt(x)) * (0.53955078125 + 1 / (x * F.sqrt(x)) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (0.53955078125 + 1 / (x * F.sqrt(x)) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034))))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034)))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034)))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034)) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * -47242.087572813034))))))))))), F.mulz(g, F.where(x > 20, F.airye_aip(x) / x * (0.25 + 1 / (x * F.sqrt(x)) * (-0.21875 + 1 / (x * F.sqrt(x)) * (0.328125 + 1 / (x * F.sqrt(x)) * (-0.71435546875 + 1 / (x * F.sqrt(x)) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))))), x * F.airye_ai(x) + F.sqrt(x) * F.airye_aip(x)) + (0.5 / F.sqrt(x) * z + F.sqrt(x) * F.where(x > 20, z / x * (-0.25 + 1 / (x * F.sqrt(x)) * (0.15625 + 1 / (x * F.sqrt(x)) * (-0.234375 + 1 / (x * F.sqrt(x)) * (0.53955078125 + 1 / (x * F.sqrt(x)) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))))), F.airye_aip(x) + F.sqrt(x) * z))))


def airye_aip_00(F, g, x, y, w, z):
    return F.where(x > 20, F.mulz(g, (F.where(x > 20, z / x * (0.25 + 1 / (x * F.sqrt(x)) * (-0.21875 + 1 / (x * F.sqrt(x)) * (0.328125 + 1 / (x * F.sqrt(x)) * (-0.71435546875 + 1 / (x * F.sqrt(x)) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))))), x * F.airye_ai(x) + F.sqrt(x) * z) / x - z / x / x) * (0.25 + 1 / (x * F.sqrt(x)) * (-0.21875 + 1 / (x * F.sqrt(x)) * (0.328125 + 1 / (x * F.sqrt(x)) * (-0.71435546875 + 1 / (x * F.sqrt(x)) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))))) + z / x * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-0.21875 + 1 / (x * F.sqrt(x)) * (0.328125 + 1 / (x * F.sqrt(x)) * (-0.71435546875 + 1 / (x * F.sqrt(x)) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708))))))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (0.328125 + 1 / (x * F.sqrt(x)) * (-0.71435546875 + 1 / (x * F.sqrt(x)) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-0.71435546875 + 1 / (x * F.sqrt(x)) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708))))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708)))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708))))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708)))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708))) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708)) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708) + 1 / (x * F.sqrt(x)) * (-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * 51038.50423836708))))))))))), F.mulz(g, F.airye_ai(x) + x * F.where(x > 20, F.airye_ai(x) / x * (-0.25 + 1 / (x * F.sqrt(x)) * (0.15625 + 1 / (x * F.sqrt(x)) * (-0.234375 + 1 / (x * F.sqrt(x)) * (0.53955078125 + 1 / (x * F.sqrt(x)) * (-1.6552734375 + 1 / (x * F.sqrt(x)) * (6.3190460205078125 + 1 / (x * F.sqrt(x)) * (-28.82080078125 + 1 / (x * F.sqrt(x)) * (152.83006727695465 + 1 / (x * F.sqrt(x)) * (-923.8577842712402 + 1 / (x * F.sqrt(x)) * (6271.454028319567 + 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))))), F.airye_aip(x) + F.sqrt(x) * F.airye_ai(x)) + (0.5 / F.sqrt(x) * z + F.sqrt(x) * F.where(x > 20, z / x * (0.25 + 1 / (x * F.sqrt(x)) * (-0.21875 + 1 / (x * F.sqrt(x)) * (0.328125 + 1 / (x * F.sqrt(x)) * (-0.71435546875 + 1 / (x * F.sqrt(x)) * (2.0712890625 + 1 / (x * F.sqrt(x)) * (-7.5572357177734375 + 1 / (x * F.sqrt(x)) * (33.320068359375 + 1 / (x * F.sqrt(x)) * (-172.34241998195648 + 1 / (x * F.sqrt(x)) * (1022.8064002990723 + 1 / (x * F.sqrt(x)) * (-6847.7664783634245 + 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))))), x * F.airye_ai(x) + F.sqrt(x) * z))))


def airye_bi_00(F, g, x, y, w, z):
    return F.where(x > 20, F.mulz(g, (F.where(x > 20, z / x * (-0.25 - 1 / (x * F.sqrt(x)) * (0.15625 - 1 / (x * F.sqrt(x)) * (-0.234375 - 1 / (x * F.sqrt(x)) * (0.53955078125 - 1 / (x * F.sqrt(x)) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))))), F.airye_bip(x) - F.where(x > 0, F.sqrt(x), 0) * z) / x - z / x / x) * (-0.25 - 1 / (x * F.sqrt(x)) * (0.15625 - 1 / (x * F.sqrt(x)) * (-0.234375 - 1 / (x * F.sqrt(x)) * (0.53955078125 - 1 / (x * F.sqrt(x)) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))))) + z / x * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (0.15625 - 1 / (x * F.sqrt(x)) * (-0.234375 - 1 / (x * F.sqrt(x)) * (0.53955078125 - 1 / (x * F.sqrt(x)) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034))))))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-0.234375 - 1 / (x * F.sqrt(x)) * (0.53955078125 - 1 / (x * F.sqrt(x)) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (0.53955078125 - 1 / (x * F.sqrt(x)) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034))))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034)))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034)))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034)) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * -47242.087572813034))))))))))), F.mulz(g, F.where(x > 20, F.airye_bip(x) / x * (0.25 - 1 / (x * F.sqrt(x)) * (-0.21875 - 1 / (x * F.sqrt(x)) * (0.328125 - 1 / (x * F.sqrt(x)) * (-0.71435546875 - 1 / (x * F.sqrt(x)) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))))), x * F.airye_bi(x) - F.where(x > 0, F.sqrt(x), 0) * F.airye_bip(x)) - (F.where(x > 0, 0.5 / F.sqrt(x), 0) * z + F.where(x > 0, F.sqrt(x), 0) * F.where(x > 20, z / x * (-0.25 - 1 / (x * F.sqrt(x)) * (0.15625 - 1 / (x * F.sqrt(x)) * (-0.234375 - 1 / (x * F.sqrt(x)) * (0.53955078125 - 1 / (x * F.sqrt(x)) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))))), F.airye_bip(x) - F.where(x > 0, F.sqrt(x), 0) * z))))


def airye_bip_00(F, g, x, y, w, z):
    return F.where(x > 20, F.mulz(g, (F.where(x > 20, z / x * (0.25 - 1 / (x * F.sqrt(x)) * (-0.21875 - 1 / (x * F.sqrt(x)) * (0.328125 - 1 / (x * F.sqrt(x)) * (-0.71435546875 - 1 / (x * F.sqrt(x)) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))))), x * F.airye_bi(x) - F.where(x > 0, F.sqrt(x), 0) * z) / x - z / x / x) * (0.25 - 1 / (x * F.sqrt(x)) * (-0.21875 - 1 / (x * F.sqrt(x)) * (0.328125 - 1 / (x * F.sqrt(x)) * (-0.71435546875 - 1 / (x * F.sqrt(x)) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))))) + z / x * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-0.21875 - 1 / (x * F.sqrt(x)) * (0.328125 - 1 / (x * F.sqrt(x)) * (-0.71435546875 - 1 / (x * F.sqrt(x)) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708))))))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (0.328125 - 1 / (x * F.sqrt(x)) * (-0.71435546875 - 1 / (x * F.sqrt(x)) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-0.71435546875 - 1 / (x * F.sqrt(x)) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708))))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708)))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708))))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708)))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708))) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708)) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708) + 1 / (x * F.sqrt(x)) * -(-((F.sqrt(x) + x * (0.5 / F.sqrt(x))) * (1 / (x * F.sqrt(x)) / (x * F.sqrt(x)))) * 51038.50423836708))))))))))), F.mulz(g, F.airye_bi(x) + x * F.where(x > 20, F.airye_bi(x) / x * (-0.25 - 1 / (x * F.sqrt(x)) * (0.15625 - 1 / (x * F.sqrt(x)) * (-0.234375 - 1 / (x * F.sqrt(x)) * (0.53955078125 - 1 / (x * F.sqrt(x)) * (-1.6552734375 - 1 / (x * F.sqrt(x)) * (6.3190460205078125 - 1 / (x * F.sqrt(x)) * (-28.82080078125 - 1 / (x * F.sqrt(x)) * (152.83006727695465 - 1 / (x * F.sqrt(x)) * (-923.8577842712402 - 1 / (x * F.sqrt(x)) * (6271.454028319567 - 1 / (x * F.sqrt(x)) * -47242.087572813034)))))))))), F.airye_bip(x) - F.where(x > 0, F.sqrt(x), 0) * F.airye_bi(x)) - (F.where(x > 0, 0.5 / F.sqrt(x), 0) * z + F.where(x > 0, F.sqrt(x), 0) * F.where(x > 20, z / x * (0.25 - 1 / (x * F.sqrt(x)) * (-0.21875 - 1 / (x * F.sqrt(x)) * (0.328125 - 1 / (x * F.sqrt(x)) * (-0.71435546875 - 1 / (x * F.sqrt(x)) * (2.0712890625 - 1 / (x * F.sqrt(x)) * (-7.5572357177734375 - 1 / (x * F.sqrt(x)) * (33.320068359375 - 1 / (x * F.sqrt(x)) * (-172.34241998195648 - 1 / (x * F.sqrt(x)) * (1022.8064002990723 - 1 / (x * F.sqrt(x)) * (-6847.7664783634245 - 1 / (x * F.sqrt(x)) * 51038.50423836708)))))))))), x * F.airye_bi(x) - F.where(x > 0, F.sqrt(x), 0) * z))))


def ellipk_00(F, g, x, y, w, z):
    return F.mulz(g, F.ellipk_n(1 + 1, x))


def ellipk_n_11(F, g, x, y, w, z):
    return F.mulz(g, F.ellipk_n(x + 1 + 1, y))


def ellipkm1_00(F, g, x, y, w, z):
    return F.where(x < 1e-08, F.mulz(g, 0.25 * F.where(x < 1e-08, 0.25 * (z - 1.5) - 0.5 / x, F.where(F.abs(x - 1) < 0.1, -F.ellipk_n(1, 1 - x), (z - F.ellipe(1 - x) / x) / (2 * (1 - x)))) - -(0.5 / x / x)), F.where(F.abs(x - 1) < 0.1, F.mulz(g, F.ellipk_n(1 + 1, 1 - x)), F.mulz(g, (F.where(x < 1e-08, 0.25 * (z - 1.5) - 0.5 / x, F.where(F.abs(x - 1) < 0.1, -F.ellipk_n(1, 1 - x), (z - F.ellipe(1 - x) / x) / (2 * (1 - x)))) - (-F.ellipe_n(1, 1 - x) / x - F.ellipe(1 - x) / x / x)) / (2 * (1 - x)) - -2 * ((z - F.ellipe(1 - x) / x) / (2 * (1 - x)) / (2 * (1 - x))))))


def ellipe_00(F, g, x, y, w, z):
    return F.mulz(g, F.ellipe_n(1 + 1, x))


def ellipe_n_11(F, g, x, y, w, z):
    return F.mulz(g, F.ellipe_n(x + 1 + 1, y))


def ellipkinc_00(F, g, x, y, w, z):
    return F.mulz(g, -(-(y * (F.cos(x) * (2 * F.sin(x)))) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))) * (1 / F.sqrt(1 - y * F.square(F.sin(x))) / F.sqrt(1 - y * F.square(F.sin(x))))))


def ellipkinc_01(F, g, x, y, w, z):
    return F.mulz(g, -(-F.square(F.sin(x)) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))) * (1 / F.sqrt(1 - y * F.square(F.sin(x))) / F.sqrt(1 - y * F.square(F.sin(x))))))


def ellipkinc_11(F, g, x, y, w, z):
    return F.mulz(g, F.ellipkinc_dmm(x, y))


def ellipkinc_dm_00(F, g, x, y, w, z):
    return F.mulz(g, 0.5 * (F.cos(x) * (2 * F.sin(x))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) - (-(y * (F.cos(x) * (2 * F.sin(x)))) * F.sqrt(1 - y * F.square(F.sin(x))) + (1 - y * F.square(F.sin(x))) * (-(y * (F.cos(x) * (2 * F.sin(x)))) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))))) * (0.5 * F.square(F.sin(x)) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x))))))


def ellipkinc_dm_01(F, g, x, y, w, z):
    return F.mulz(g, -((-F.square(F.sin(x)) * F.sqrt(1 - y * F.square(F.sin(x))) + (1 - y * F.square(F.sin(x))) * (-F.square(F.sin(x)) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))))) * (0.5 * F.square(F.sin(x)) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))))))


def ellipkinc_dm_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def ellipkinc_dmm_00(F, g, x, y, w, z):
    return F.mulz(g, 0.75 * (F.cos(x) * (2 * F.sin(x)) * (2 * F.square(F.sin(x)))) / (F.square(1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) - (-(y * (F.cos(x) * (2 * F.sin(x)))) * (2 * (1 - y * F.square(F.sin(x)))) * F.sqrt(1 - y * F.square(F.sin(x))) + F.square(1 - y * F.square(F.sin(x))) * (-(y * (F.cos(x) * (2 * F.sin(x)))) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))))) * (0.75 * F.square(F.square(F.sin(x))) / (F.square(1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) / (F.square(1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x))))))


def ellipkinc_dmm_01(F, g, x, y, w, z):
    return F.mulz(g, -((-F.square(F.sin(x)) * (2 * (1 - y * F.square(F.sin(x)))) * F.sqrt(1 - y * F.square(F.sin(x))) + F.square(1 - y * F.square(F.sin(x))) * (-F.square(F.sin(x)) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))))) * (0.75 * F.square(F.square(F.sin(x))) / (F.square(1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) / (F.square(1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))))))


def ellipkinc_dmm_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def ellipeinc_00(F, g, x, y, w, z):
    return F.mulz(g, -(y * (F.cos(x) * (2 * F.sin(x)))) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))))


def ellipeinc_01(F, g, x, y, w, z):
    return F.mulz(g, -F.square(F.sin(x)) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))))


def ellipeinc_11(F, g, x, y, w, z):
    return F.mulz(g, F.ellipeinc_dmm(x, y))


def ellipeinc_dm_00(F, g, x, y, w, z):
    return F.mulz(g, -0.5 * (F.cos(x) * (2 * F.sin(x))) / F.sqrt(1 - y * F.square(F.sin(x))) - -(y * (F.cos(x) * (2 * F.sin(x)))) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))) * (-0.5 * F.square(F.sin(x)) / F.sqrt(1 - y * F.square(F.sin(x))) / F.sqrt(1 - y * F.square(F.sin(x)))))


def ellipeinc_dm_01(F, g, x, y, w, z):
    return F.mulz(g, -(-F.square(F.sin(x)) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))) * (-0.5 * F.square(F.sin(x)) / F.sqrt(1 - y * F.square(F.sin(x))) / F.sqrt(1 - y * F.square(F.sin(x))))))


def ellipeinc_dm_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def ellipeinc_dmm_00(F, g, x, y, w, z):
    return F.mulz(g, -0.25 * (F.cos(x) * (2 * F.sin(x)) * (2 * F.square(F.sin(x)))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) - (-(y * (F.cos(x) * (2 * F.sin(x)))) * F.sqrt(1 - y * F.square(F.sin(x))) + (1 - y * F.square(F.sin(x))) * (-(y * (F.cos(x) * (2 * F.sin(x)))) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))))) * (-0.25 * F.square(F.square(F.sin(x))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x))))))


def ellipeinc_dmm_01(F, g, x, y, w, z):
    return F.mulz(g, -((-F.square(F.sin(x)) * F.sqrt(1 - y * F.square(F.sin(x))) + (1 - y * F.square(F.sin(x))) * (-F.square(F.sin(x)) * (0.5 / F.sqrt(1 - y * F.square(F.sin(x)))))) * (-0.25 * F.square(F.square(F.sin(x))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))) / ((1 - y * F.square(F.sin(x))) * F.sqrt(1 - y * F.square(F.sin(x)))))))


def ellipeinc_dmm_11(F, g, x, y, w, z):
    return F.mulz(g, (inf - inf) * F.exp(x + y))


def hyp0f1_11(F, g, x, y, w, z):
    return F.mulz(g, F.hyp0f1(x + 1 + 1, y) / (x + 1) / x)


def hyp1f1_22(F, g, x, y, w, z):
    return F.mulz(g, x / y * ((x + 1) / (y + 1) * F.hyp1f1(x + 1 + 1, y + 1 + 1, w)))


def hyperu_22(F, g, x, y, w, z):
    return F.mulz(g, -x * (-(x + 1) * F.hyperu(x + 1 + 1, y + 1 + 1, w)))


def eval_gegenbauer_22(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, 2 * y * F.where(x - 1 == 0, 0, 2 * (y + 1) * F.eval_gegenbauer(x - 1 - 1, y + 1 + 1, w))))


def eval_legendre_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.where(x - 1 == 0, 0.0, F.mulz(g, 2 * 1.5 * F.eval_gegenbauer(x - 1 - 1, 1.5 + 1, y))))


def eval_chebyt_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, x * F.where(x - 1 == 0, 0, 2 * F.eval_gegenbauer(x - 1 - 1, 2, y))))


def eval_chebyu_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, 2 * F.where(x - 1 == 0, 0, 2 * 2 * F.eval_gegenbauer(x - 1 - 1, 2 + 1, y))))


def eval_genlaguerre_22(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, -F.where(x - 1 == 0, 0, -F.eval_genlaguerre(x - 1 - 1, y + 1 + 1, w))))


def eval_laguerre_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, -F.where(x - 1 == 0, 0, -F.eval_genlaguerre(x - 1 - 1, 1 + 1, y))))


def eval_hermite_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, 2 * x * F.where(x - 1 == 0, 0, 2 * (x - 1) * F.eval_hermite(x - 1 - 1, y))))


def eval_hermitenorm_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, x * F.where(x - 1 == 0, 0, (x - 1) * F.eval_hermitenorm(x - 1 - 1, y))))


def lpmv_22(F, g, x, y, w, z):
    return F.mulz(g, ((y + 1) * z + (y + 1) * w * (((y + 1) * w * z - (y - x + 1) * F.lpmv(x, y + 1, w)) / (1 - w * w)) - (y - x + 1) * (((y + 1 + 1) * w * F.lpmv(x, y + 1, w) - (y + 1 - x + 1) * F.lpmv(x, y + 1 + 1, w)) / (1 - w * w))) / (1 - w * w) - -(w + w) * (((y + 1) * w * z - (y - x + 1) * F.lpmv(x, y + 1, w)) / (1 - w * w) / (1 - w * w)))


def boxcox_00(F, g, x, y, w, z):
    return F.where(x == 0, F.where(y - 1 == 0, 0.0, F.mulz(g, (y - 1) * F.pow(x, y - 1 - 1))), F.mulz(g, (y - 1) * F.pow(x, y - 1 - 1)))


def boxcox_01(F, g, x, y, w, z):
    return F.where(x == 0, F.where(y - 1 >= 0, 0.0, F.mulz(g, -inf)), F.mulz(g, F.pow(x, y - 1) * F.log(x)))


def boxcox_11(F, g, x, y, w, z):
    return F.where(x == 0, F.mulz(g, -(2 * y * (1 / F.square(y) / F.square(y)))), F.mulz(g, F.square(F.log(x)) * (F.log(x) * F.exprel_n(1 + 1, y * F.log(x)))))


def boxcox1p_00(F, g, x, y, w, z):
    return F.mulz(g, (y - 1) * (1 / (1 + x)) * F.exp((y - 1) * F.log1p(x)))


def boxcox1p_01(F, g, x, y, w, z):
    return F.mulz(g, F.log1p(x) * F.exp((y - 1) * F.log1p(x)))


def boxcox1p_11(F, g, x, y, w, z):
    return F.where(x == -1, F.mulz(g, -(2 * y * (1 / F.square(y) / F.square(y)))), F.mulz(g, F.square(F.log1p(x)) * (F.log1p(x) * F.exprel_n(1 + 1, y * F.log1p(x)))))


def inv_boxcox_00(F, g, x, y, w, z):
    return F.mulz(g, F.pow(z, 1 - y) * F.where(z == 0, F.where(1 - y == 0, 0, (1 - y) * F.pow(z, 1 - y - 1)), (1 - y) * F.pow(z, 1 - y - 1)))


def inv_boxcox_01(F, g, x, y, w, z):
    return F.mulz(g, z * F.square(x) * F.log1prel_n(1, x * y) * F.where(z == 0, F.where(1 - y == 0, 0, (1 - y) * F.pow(z, 1 - y - 1)), (1 - y) * F.pow(z, 1 - y - 1)) + -F.where(z == 0, F.where(1 - y >= 0, 0, -inf), F.pow(z, 1 - y) * F.log(z)))


def inv_boxcox_11(F, g, x, y, w, z):
    return F.mulz(g, z * F.square(x) * F.log1prel_n(1, x * y) * F.square(x) * F.log1prel_n(1, x * y) + z * F.square(x) * (x * F.log1prel_n(1 + 1, x * y)))


def inv_boxcox1p_00(F, g, x, y, w, z):
    return F.mulz(g, F.pow(1 + z, 1 - y) * F.where(1 + z == 0, F.where(1 - y == 0, 0, (1 - y) * F.pow(1 + z, 1 - y - 1)), (1 - y) * F.pow(1 + z, 1 - y - 1)))


def inv_boxcox1p_01(F, g, x, y, w, z):
    return F.mulz(g, (1 + z) * F.square(x) * F.log1prel_n(1, x * y) * F.where(1 + z == 0, F.where(1 - y == 0, 0, (1 - y) * F.pow(1 + z, 1 - y - 1)), (1 - y) * F.pow(1 + z, 1 - y - 1)) + -F.where(1 + z == 0, F.where(1 - y >= 0, 0, -inf), F.pow(1 + z, 1 - y) * F.log(1 + z)))


def inv_boxcox1p_11(F, g, x, y, w, z):
    return F.mulz(g, (1 + z) * F.square(x) * F.log1prel_n(1, x * y) * F.square(x) * F.log1prel_n(1, x * y) + (1 + z) * F.square(x) * (x * F.log1prel_n(1 + 1, x * y)))


def entr_00(F, g, x, y, w, z):
    return F.where(x < 0, 0.0, F.mulz(g, -(1 / x)))


def rel_entr_00(F, g, x, y, w, z):
    return F.mulz(g, 1 / x)


def rel_entr_01(F, g, x, y, w, z):
    return F.mulz(g, -(1 / y))


def rel_entr_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, -(-x / y / y)))


def pseudo_huber_00(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, (F.square(F.square(y / x) / (1 + F.hypot(1, y / x))) + x * ((-(y / x / x) * (2 * (y / x)) / (1 + F.hypot(1, y / x)) - -(y / x / x) * F.where(F.hypot(1, y / x) == 0, F.product(inf - inf, 1 + y / x), y / x / F.hypot(1, y / x)) * (F.square(y / x) / (1 + F.hypot(1, y / x)) / (1 + F.hypot(1, y / x)))) * (2 * (F.square(y / x) / (1 + F.hypot(1, y / x)))))) / F.hypot(1, y / x) - -(y / x / x) * F.where(F.hypot(1, y / x) == 0, F.product(inf - inf, 1 + y / x), y / x / F.hypot(1, y / x)) * (x * F.square(F.square(y / x) / (1 + F.hypot(1, y / x))) / F.hypot(1, y / x) / F.hypot(1, y / x))))


def pseudo_huber_01(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, x * ((1 / x * (2 * (y / x)) / (1 + F.hypot(1, y / x)) - 1 / x * F.where(F.hypot(1, y / x) == 0, F.product(inf - inf, 1 + y / x), y / x / F.hypot(1, y / x)) * (F.square(y / x) / (1 + F.hypot(1, y / x)) / (1 + F.hypot(1, y / x)))) * (2 * (F.square(y / x) / (1 + F.hypot(1, y / x))))) / F.hypot(1, y / x) - 1 / x * F.where(F.hypot(1, y / x) == 0, F.product(inf - inf, 1 + y / x), y / x / F.hypot(1, y / x)) * (x * F.square(F.square(y / x) / (1 + F.hypot(1, y / x))) / F.hypot(1, y / x) / F.hypot(1, y / x))))


def pseudo_huber_11(F, g, x, y, w, z):
    return F.where(x == 0, 0.0, F.mulz(g, 1 / F.hypot(1, y / x) - 1 / x * F.where(F.hypot(1, y / x) == 0, F.product(inf - inf, 1 + y / x), y / x / F.hypot(1, y / x)) * (y / F.hypot(1, y / x) / F.hypot(1, y / x))))


def cosm1_00(F, g, x, y, w, z):
    return F.mulz(g, -F.cos(x))


def sindg_00(F, g, x, y, w, z):
    return F.mulz(g, 0.017453292519943295 * (-0.017453292519943295 * F.sindg(x)))


def cosdg_00(F, g, x, y, w, z):
    return F.mulz(g, -0.017453292519943295 * (0.017453292519943295 * F.cosdg(x)))


def tandg_00(F, g, x, y, w, z):
    return F.mulz(g, 0.017453292519943295 * (0.017453292519943295 * (1 + z * z) * z + z * (0.017453292519943295 * (1 + z * z))))


def cotdg_00(F, g, x, y, w, z):
    return F.mulz(g, -0.017453292519943295 * (-0.017453292519943295 * (1 + z * z) * z + z * (-0.017453292519943295 * (1 + z * z))))


def exp10_00(F, g, x, y, w, z):
    return F.mulz(g, 2.302585092994046 * (2.302585092994046 * z))


def sech_squared_00(F, g, x, y, w, z):
    return F.mulz(g, -2 * (1 - F.tanh(x) * F.tanh(x)) * z + -2 * F.tanh(x) * (-2 * F.tanh(x) * z))


def unit_gap_00(F, g, x, y, w, z):
    return g * -2.0


def gaussian_tail_22(F, g, x, y, w, z):
    return F.mulz(g, F.gaussian_tail(x + 1 + 1, y, w))


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
    113: ((0, 0, rgamma_00),),
    114: ((0, 0, beta_00), (0, 1, beta_01), (1, 1, beta_11),),
    115: ((0, 0, betaln_00), (0, 1, betaln_01), (1, 1, betaln_11),),
    116: ((0, 0, binom_00), (0, 1, binom_01), (1, 1, binom_11),),
    117: ((0, 0, poch_00), (0, 1, poch_01), (1, 1, poch_11),),
    118: ((0, 0, zeta_00), (0, 1, zeta_01), (1, 1, zeta_11),),
    119: ((0, 0, zetac_00),),
    120: ((0, 0, zeta_ds_00), (0, 1, zeta_ds_01), (1, 1, zeta_ds_11),),
    121: ((0, 0, zeta_dss_00), (0, 1, zeta_dss_01), (1, 1, zeta_dss_11),),
    122: ((0, 0, gamma_pdf_00), (0, 1, gamma_pdf_01), (1, 1, gamma_pdf_11),),
    123: ((0, 0, gammaincinv_00), (0, 1, gammaincinv_01), (1, 1, gammaincinv_11),),
    124: ((0, 0, gammainccinv_00), (0, 1, gammainccinv_01), (1, 1, gammainccinv_11),),
    125: ((0, 0, beta_pdf_00), (0, 1, beta_pdf_01), (0, 2, beta_pdf_02), (1, 1, beta_pdf_11), (1, 2, beta_pdf_12), (2, 2, beta_pdf_22),),
    126: ((0, 0, betainc_00), (0, 1, betainc_01), (0, 2, betainc_02), (1, 1, betainc_11), (1, 2, betainc_12), (2, 2, betainc_22),),
    127: ((0, 0, betaincc_00), (0, 1, betaincc_01), (0, 2, betaincc_02), (1, 1, betaincc_11), (1, 2, betaincc_12), (2, 2, betaincc_22),),
    128: ((0, 0, betainc_da_00), (0, 1, betainc_da_01), (0, 2, betainc_da_02), (1, 1, betainc_da_11), (1, 2, betainc_da_12), (2, 2, betainc_da_22),),
    129: ((0, 0, betainc_db_00), (0, 1, betainc_db_01), (0, 2, betainc_db_02), (1, 1, betainc_db_11), (1, 2, betainc_db_12), (2, 2, betainc_db_22),),
    130: ((0, 0, betainc_daa_00), (0, 1, betainc_daa_01), (1, 1, betainc_daa_11), (2, 2, betainc_daa_22),),
    131: ((0, 0, betainc_dab_00), (0, 1, betainc_dab_01), (1, 1, betainc_dab_11), (2, 2, betainc_dab_22),),
    132: ((0, 0, betainc_dbb_00), (0, 1, betainc_dbb_01), (1, 1, betainc_dbb_11), (2, 2, betainc_dbb_22),),
    133: ((0, 0, betaincinv_00), (0, 1, betaincinv_01), (0, 2, betaincinv_02), (1, 1, betaincinv_11), (1, 2, betaincinv_12), (2, 2, betaincinv_22),),
    134: ((0, 0, betainccinv_00), (0, 1, betainccinv_01), (0, 2, betainccinv_02), (1, 1, betainccinv_11), (1, 2, betainccinv_12), (2, 2, betainccinv_22),),
    135: ((0, 0, student_pdf_00), (0, 1, student_pdf_01), (1, 1, student_pdf_11),),
    136: ((0, 0, stdtrit_00), (0, 1, stdtrit_01), (1, 1, stdtrit_11),),
    137: ((0, 0, ndtri_exp_00),),
    138: ((0, 0, erfcinv_00),),
    139: ((0, 0, dawsn_00),),
    140: ((0, 0, erfi_00),),
    141: ((0, 0, exp1_00),),
    142: ((0, 0, expi_00),),
    143: ((1, 1, expn_11),),
    144: ((0, 0, exprel_00),),
    145: ((1, 1, exprel_n_11),),
    146: ((0, 0, log1prel_00),),
    147: ((1, 1, log1prel_n_11),),
    148: ((0, 0, spence_00),),
    149: ((0, 0, si_00),),
    150: ((0, 0, ci_00),),
    151: ((0, 0, shi_00),),
    152: ((0, 0, chi_00),),
    153: ((0, 0, fresnel_s_00),),
    154: ((0, 0, fresnel_c_00),),
    155: ((0, 0, lambertw0_00),),
    156: ((0, 0, lambertw1_00),),
    157: ((0, 0, wrightomega_00),),
    158: ((0, 0, y0_00),),
    159: ((0, 0, y1_00),),
    160: ((1, 1, yv_11),),
    161: ((1, 1, yve_11),),
    162: ((1, 1, jve_11),),
    163: ((0, 0, k0_00),),
    164: ((0, 0, k1_00),),
    165: ((1, 1, kv_11),),
    166: ((0, 0, i0e_00),),
    167: ((0, 0, i1e_00),),
    168: ((1, 1, ive_11),),
    169: ((0, 0, k0e_00),),
    170: ((0, 0, k1e_00),),
    171: ((1, 1, kve_11),),
    172: ((1, 1, spherical_jn_11),),
    173: ((1, 1, spherical_yn_11),),
    174: ((1, 1, spherical_in_11),),
    175: ((1, 1, spherical_kn_11),),
    176: ((0, 0, airy_ai_00),),
    177: ((0, 0, airy_aip_00),),
    178: ((0, 0, airy_bi_00),),
    179: ((0, 0, airy_bip_00),),
    180: ((0, 0, airye_ai_00),),
    181: ((0, 0, airye_aip_00),),
    182: ((0, 0, airye_bi_00),),
    183: ((0, 0, airye_bip_00),),
    184: ((0, 0, ellipk_00),),
    185: ((1, 1, ellipk_n_11),),
    186: ((0, 0, ellipkm1_00),),
    187: ((0, 0, ellipe_00),),
    188: ((1, 1, ellipe_n_11),),
    189: ((0, 0, ellipkinc_00), (0, 1, ellipkinc_01), (1, 1, ellipkinc_11),),
    190: ((0, 0, ellipkinc_dm_00), (0, 1, ellipkinc_dm_01), (1, 1, ellipkinc_dm_11),),
    191: ((0, 0, ellipkinc_dmm_00), (0, 1, ellipkinc_dmm_01), (1, 1, ellipkinc_dmm_11),),
    192: ((0, 0, ellipeinc_00), (0, 1, ellipeinc_01), (1, 1, ellipeinc_11),),
    193: ((0, 0, ellipeinc_dm_00), (0, 1, ellipeinc_dm_01), (1, 1, ellipeinc_dm_11),),
    194: ((0, 0, ellipeinc_dmm_00), (0, 1, ellipeinc_dmm_01), (1, 1, ellipeinc_dmm_11),),
    195: ((1, 1, hyp0f1_11),),
    196: ((2, 2, hyp1f1_22),),
    197: ((2, 2, hyperu_22),),
    198: ((2, 2, eval_gegenbauer_22),),
    199: ((1, 1, eval_legendre_11),),
    200: ((1, 1, eval_chebyt_11),),
    201: ((1, 1, eval_chebyu_11),),
    202: ((2, 2, eval_genlaguerre_22),),
    203: ((1, 1, eval_laguerre_11),),
    204: ((1, 1, eval_hermite_11),),
    205: ((1, 1, eval_hermitenorm_11),),
    206: ((2, 2, lpmv_22),),
    207: ((0, 0, boxcox_00), (0, 1, boxcox_01), (1, 1, boxcox_11),),
    208: ((0, 0, boxcox1p_00), (0, 1, boxcox1p_01), (1, 1, boxcox1p_11),),
    209: ((0, 0, inv_boxcox_00), (0, 1, inv_boxcox_01), (1, 1, inv_boxcox_11),),
    210: ((0, 0, inv_boxcox1p_00), (0, 1, inv_boxcox1p_01), (1, 1, inv_boxcox1p_11),),
    211: ((0, 0, entr_00),),
    212: ((0, 0, rel_entr_00), (0, 1, rel_entr_01), (1, 1, rel_entr_11),),
    213: ((0, 0, pseudo_huber_00), (0, 1, pseudo_huber_01), (1, 1, pseudo_huber_11),),
    214: ((0, 0, cosm1_00),),
    215: ((0, 0, sindg_00),),
    216: ((0, 0, cosdg_00),),
    217: ((0, 0, tandg_00),),
    218: ((0, 0, cotdg_00),),
    219: ((0, 0, exp10_00),),
    220: ((0, 0, sech_squared_00),),
    221: ((0, 0, unit_gap_00),),
    222: ((2, 2, gaussian_tail_22),),
}
"""Opcode -> operands p <= q and a function of the same, for each second partial that is not zero everywhere."""
