"""The scalar switch: one function a sweep, every operation's scalar form in one chain.

Generated from jittape/ops/table.py by `python -m jittape.ops.generate`: do not edit."""

# ruff: noqa
# mypy: ignore-errors
import math

import numpy as np

from jittape.ops.native_math import (
    expit,
    softplus,
    logaddexp,
    logaddexp2,
    heaviside,
    logit,
    sinc,
    sincn,
    xlogy,
    xlog1py,
    digamma,
    polygamma,
    product,
)

inf = np.inf


def forward(opcode, arg0, arg1, v, k, end, s):
    """Values of scalar instructions k to end, or to the first run; returns the instruction and slot reached."""
    while k < end:
        o = opcode[k]
        i = np.int64(arg0[k])
        if o == 4:  # add
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x + y
        elif o == 5:  # sub
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x - y
        elif o == 6:  # mul
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x * y
        elif o == 7:  # div
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x / y
        elif o == 8:  # floor_divide
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x // y
        elif o == 9:  # mod
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x % y
        elif o == 10:  # fmod
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = np.fmod(x, y)
        elif o == 11:  # pow
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x ** y
        elif o == 12:  # powc
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x ** y
        elif o == 13:  # neg
            x = v[i]
            v[s] = -x
        elif o == 14:  # pos
            x = v[i]
            v[s] = x
        elif o == 15:  # stop_gradient
            x = v[i]
            v[s] = x
        elif o == 16:  # abs
            x = v[i]
            v[s] = abs(x)
        elif o == 17:  # sign
            x = v[i]
            v[s] = np.sign(x) + 0.0
        elif o == 18:  # sqrt
            x = v[i]
            v[s] = math.sqrt(x)
        elif o == 20:  # square
            x = v[i]
            v[s] = x * x
        elif o == 21:  # reciprocal
            x = v[i]
            v[s] = 1 / x
        elif o == 22:  # mulz
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x * y if x != 0 else 0 * x
        elif o == 23:  # product
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = product(x, y)
        elif o == 24:  # exp
            x = v[i]
            v[s] = math.exp(x)
        elif o == 25:  # exp2
            x = v[i]
            v[s] = np.exp2(x)
        elif o == 26:  # expm1
            x = v[i]
            v[s] = math.expm1(x)
        elif o == 27:  # log
            x = v[i]
            v[s] = math.log(x)
        elif o == 28:  # log2
            x = v[i]
            v[s] = np.log2(x)
        elif o == 29:  # log10
            x = v[i]
            v[s] = math.log10(x)
        elif o == 30:  # log1p
            x = v[i]
            v[s] = math.log1p(x)
        elif o == 31:  # logaddexp
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = logaddexp(x, y)
        elif o == 32:  # logaddexp2
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = logaddexp2(x, y)
        elif o == 33:  # sin
            x = v[i]
            v[s] = math.sin(x)
        elif o == 34:  # cos
            x = v[i]
            v[s] = math.cos(x)
        elif o == 35:  # tan
            x = v[i]
            v[s] = math.tan(x)
        elif o == 36:  # arcsin
            x = v[i]
            v[s] = math.asin(x)
        elif o == 37:  # arccos
            x = v[i]
            v[s] = math.acos(x)
        elif o == 38:  # arctan
            x = v[i]
            v[s] = math.atan(x)
        elif o == 39:  # arctan2
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = math.atan2(x, y)
        elif o == 40:  # hypot
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = math.hypot(x, y)
        elif o == 41:  # sinh
            x = v[i]
            v[s] = math.sinh(x)
        elif o == 42:  # cosh
            x = v[i]
            v[s] = math.cosh(x)
        elif o == 43:  # tanh
            x = v[i]
            v[s] = math.tanh(x)
        elif o == 44:  # arcsinh
            x = v[i]
            v[s] = math.asinh(x)
        elif o == 45:  # arccosh
            x = v[i]
            v[s] = math.acosh(x)
        elif o == 46:  # arctanh
            x = v[i]
            v[s] = math.atanh(x)
        elif o == 47:  # sinc
            x = v[i]
            v[s] = sinc(x)
        elif o == 48:  # sincn
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = sincn(x, y)
        elif o == 49:  # deg2rad
            x = v[i]
            v[s] = x * 0.017453292519943295
        elif o == 50:  # rad2deg
            x = v[i]
            v[s] = x * 57.29577951308232
        elif o == 51:  # maximum
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x if x > y or x != x else y
        elif o == 52:  # minimum
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x if x < y or x != x else y
        elif o == 53:  # fmax
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x if x >= y or y != y else y
        elif o == 54:  # fmin
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = x if x <= y or y != y else y
        elif o == 57:  # heaviside
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = heaviside(x, y)
        elif o == 58:  # copysign
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = math.copysign(x, y)
        elif o == 59:  # floor
            x = v[i]
            v[s] = np.floor(x)
        elif o == 60:  # ceil
            x = v[i]
            v[s] = np.ceil(x)
        elif o == 61:  # rint
            x = v[i]
            v[s] = np.rint(x)
        elif o == 62:  # trunc
            x = v[i]
            v[s] = np.trunc(x)
        elif o == 63:  # erf
            x = v[i]
            v[s] = math.erf(x)
        elif o == 64:  # erfc
            x = v[i]
            v[s] = math.erfc(x)
        elif o == 70:  # lgamma
            x = v[i]
            v[s] = math.lgamma(x)
        elif o == 71:  # gamma
            x = v[i]
            v[s] = math.gamma(x)
        elif o == 72:  # digamma
            x = v[i]
            v[s] = digamma(x)
        elif o == 73:  # polygamma
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = polygamma(x, y)
        elif o == 74:  # sigmoid
            x = v[i]
            v[s] = expit(x)
        elif o == 75:  # softplus
            x = v[i]
            v[s] = softplus(x)
        elif o == 76:  # log_sigmoid
            x = v[i]
            v[s] = -softplus(-x)
        elif o == 77:  # logit
            x = v[i]
            v[s] = logit(x)
        elif o == 78:  # relu
            x = v[i]
            v[s] = x if x > 0 or x != x else 0.0
        elif o == 79:  # xlogy
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = xlogy(x, y)
        elif o == 80:  # xlog1py
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = xlog1py(x, y)
        elif o == 87:  # less
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if x < y else 0
        elif o == 88:  # less_equal
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if x <= y else 0
        elif o == 89:  # greater
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if x > y else 0
        elif o == 90:  # greater_equal
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if x >= y else 0
        elif o == 91:  # equal
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if x == y else 0
        elif o == 92:  # not_equal
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if x != y else 0
        elif o == 93:  # logical_and
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if x != 0 and y != 0 else 0
        elif o == 94:  # logical_or
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if x != 0 or y != 0 else 0
        elif o == 95:  # logical_xor
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = 1 if (x != 0) != (y != 0) else 0
        elif o == 96:  # logical_not
            x = v[i]
            v[s] = 0 if x != 0 else 1
        elif o == 97:  # isnan
            x = v[i]
            v[s] = 1 if x != x else 0
        elif o == 98:  # isinf
            x = v[i]
            v[s] = 1 if x == inf or x == -inf else 0
        elif o == 99:  # isfinite
            x = v[i]
            v[s] = 1 if x - x == 0 else 0
        elif o == 100:  # signbit
            x = v[i]
            v[s] = 1 if math.copysign(1.0, x) < 0 else 0
        elif o == 109:  # root
            x = v[i]
            v[s] = math.sqrt(x)
        elif o == 110:  # corner
            x = v[i]
            v[s] = x
        elif o == 111:  # first_max
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = y if y > x else x
        elif o == 112:  # first_min
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            v[s] = y if y < x else x
        elif o >= 128:
            return k, s
        k += 1
        s += 1
    return k, s


def reverse(opcode, arg0, arg1, v, g, k, end, s):
    """Adjoints of scalar instructions k - 1 down to end, or to the first run; an adjoint is zeroed when it is used."""
    while k > end:
        k -= 1
        s -= 1
        o = opcode[k]
        r = g[s]
        if r == 0.0:
            if o >= 128:
                return k + 1, s + 1
            continue
        i = np.int64(arg0[k])
        j = np.int64(arg1[k])
        if o == 4:  # add
            g[s] = 0.0
            g[i] += r
            g[j] += r
        elif o == 5:  # sub
            g[s] = 0.0
            g[i] += r
            g[j] += -r
        elif o == 6:  # mul
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += r * (y)
            g[j] += r * (x)
        elif o == 7:  # div
            g[s] = 0.0
            y = v[j]
            z = v[s]
            g[i] += r * (1 / y)
            g[j] += r * (-z / y)
        elif o == 8:  # floor_divide
            g[s] = 0.0
        elif o == 9:  # mod
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += r
            g[j] += r * (-(x // y))
        elif o == 10:  # fmod
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += r
            g[j] += r * (-np.trunc(x / y))
        elif o == 11:  # pow
            g[s] = 0.0
            x = v[i]
            y = v[j]
            z = v[s]
            g[i] += ((0.0 if y == 0 else r * (y * x ** (y - 1))) if x == 0 else r * (y * x ** (y - 1)))
            g[j] += ((0.0 if y >= 0 else r * (-inf)) if x == 0 else r * (z * math.log(x)))
        elif o == 12:  # powc
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (0.0 if y == 0 else r * (y * x ** (y - 1)))
        elif o == 13:  # neg
            g[s] = 0.0
            g[i] += -r
        elif o == 14:  # pos
            g[s] = 0.0
            g[i] += r
        elif o == 15:  # stop_gradient
            g[s] = 0.0
        elif o == 16:  # abs
            g[s] = 0.0
            x = v[i]
            g[i] += r * (np.sign(x) + 0.0)
        elif o == 17:  # sign
            g[s] = 0.0
        elif o == 18:  # sqrt
            g[s] = 0.0
            z = v[s]
            g[i] += r * (0.5 / z)
        elif o == 20:  # square
            g[s] = 0.0
            x = v[i]
            g[i] += r * (2 * x)
        elif o == 21:  # reciprocal
            g[s] = 0.0
            z = v[s]
            g[i] += r * (-z * z)
        elif o == 22:  # mulz
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += product(r, y)
            g[j] += product(r, x)
        elif o == 23:  # product
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += product(r, y)
            g[j] += product(r, x)
        elif o == 24:  # exp
            g[s] = 0.0
            z = v[s]
            g[i] += r * (z)
        elif o == 25:  # exp2
            g[s] = 0.0
            z = v[s]
            g[i] += r * (z * 0.6931471805599453)
        elif o == 26:  # expm1
            g[s] = 0.0
            x = v[i]
            g[i] += r * (math.exp(x))
        elif o == 27:  # log
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / x)
        elif o == 28:  # log2
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / (x * 0.6931471805599453))
        elif o == 29:  # log10
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / (x * 2.302585092994046))
        elif o == 30:  # log1p
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / (1 + x))
        elif o == 31:  # logaddexp
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += ((r * (expit(x - y)) if x - y == 0 else r * 0.5) if x == y else r * (expit(x - y)))
            g[j] += ((r * (expit(y - x)) if x - y == 0 else r * 0.5) if x == y else r * (expit(y - x)))
        elif o == 32:  # logaddexp2
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += ((r * (expit((x - y) * 0.6931471805599453)) if x - y == 0 else r * 0.5) if x == y else r * (expit((x - y) * 0.6931471805599453)))
            g[j] += ((r * (expit((y - x) * 0.6931471805599453)) if x - y == 0 else r * 0.5) if x == y else r * (expit((y - x) * 0.6931471805599453)))
        elif o == 33:  # sin
            g[s] = 0.0
            x = v[i]
            g[i] += r * (math.cos(x))
        elif o == 34:  # cos
            g[s] = 0.0
            x = v[i]
            g[i] += r * (-math.sin(x))
        elif o == 35:  # tan
            g[s] = 0.0
            z = v[s]
            g[i] += r * (1 + z * z)
        elif o == 36:  # arcsin
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / math.sqrt((1 - x) * (1 + x)))
        elif o == 37:  # arccos
            g[s] = 0.0
            x = v[i]
            g[i] += r * (-1 / math.sqrt((1 - x) * (1 + x)))
        elif o == 38:  # arctan
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / (1 + x * x))
        elif o == 39:  # arctan2
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (r * (product(inf - inf, x + y)) if abs(x) + abs(y) == 0 else r * (y / math.hypot(x, y) / math.hypot(x, y)))
            g[j] += (r * (product(inf - inf, x + y)) if abs(x) + abs(y) == 0 else r * (-(x / math.hypot(x, y)) / math.hypot(x, y)))
        elif o == 40:  # hypot
            g[s] = 0.0
            x = v[i]
            y = v[j]
            z = v[s]
            g[i] += (r * (product(inf - inf, x + y)) if z == 0 else r * (x / z))
            g[j] += (r * (product(inf - inf, x + y)) if z == 0 else r * (y / z))
        elif o == 41:  # sinh
            g[s] = 0.0
            x = v[i]
            g[i] += r * (math.cosh(x))
        elif o == 42:  # cosh
            g[s] = 0.0
            x = v[i]
            g[i] += r * (math.sinh(x))
        elif o == 43:  # tanh
            g[s] = 0.0
            z = v[s]
            g[i] += r * (1 - z * z)
        elif o == 44:  # arcsinh
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / math.hypot(1, x))
        elif o == 45:  # arccosh
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / (math.sqrt(x - 1) * math.sqrt(x + 1)))
        elif o == 46:  # arctanh
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / ((1 - x) * (1 + x)))
        elif o == 47:  # sinc
            g[s] = 0.0
            x = v[i]
            g[i] += r * (sincn(1, x))
        elif o == 48:  # sincn
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[j] += r * (sincn(x + 1, y))
        elif o == 49:  # deg2rad
            g[s] = 0.0
            g[i] += r * 0.017453292519943295
        elif o == 50:  # rad2deg
            g[s] = 0.0
            g[i] += r * 57.29577951308232
        elif o == 51:  # maximum
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (r if x > y else (r * 0.5 if x == y else 0.0))
            g[j] += (r if y > x else (r * 0.5 if x == y else 0.0))
        elif o == 52:  # minimum
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (r if x < y else (r * 0.5 if x == y else 0.0))
            g[j] += (r if y < x else (r * 0.5 if x == y else 0.0))
        elif o == 53:  # fmax
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (r if x > y else (r * 0.5 if x == y else (0.0 if y == y else r)))
            g[j] += (r if y > x else (r * 0.5 if x == y else (0.0 if x == x else r)))
        elif o == 54:  # fmin
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (r if x < y else (r * 0.5 if x == y else (0.0 if y == y else r)))
            g[j] += (r if y < x else (r * 0.5 if x == y else (0.0 if x == x else r)))
        elif o == 57:  # heaviside
            g[s] = 0.0
            x = v[i]
            g[j] += (r if x == 0 else 0.0)
        elif o == 58:  # copysign
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (r if (1 if math.copysign(1.0, x) < 0 else 0) == (1 if math.copysign(1.0, y) < 0 else 0) else -r)
        elif o == 59:  # floor
            g[s] = 0.0
        elif o == 60:  # ceil
            g[s] = 0.0
        elif o == 61:  # rint
            g[s] = 0.0
        elif o == 62:  # trunc
            g[s] = 0.0
        elif o == 63:  # erf
            g[s] = 0.0
            x = v[i]
            g[i] += r * (2 / 1.7724538509055159 * math.exp(-x * x))
        elif o == 64:  # erfc
            g[s] = 0.0
            x = v[i]
            g[i] += r * (-2 / 1.7724538509055159 * math.exp(-x * x))
        elif o == 70:  # lgamma
            g[s] = 0.0
            x = v[i]
            g[i] += r * (digamma(x))
        elif o == 71:  # gamma
            g[s] = 0.0
            x = v[i]
            z = v[s]
            g[i] += r * (z * digamma(x))
        elif o == 72:  # digamma
            g[s] = 0.0
            x = v[i]
            g[i] += r * (polygamma(1, x))
        elif o == 73:  # polygamma
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[j] += r * (polygamma(x + 1, y))
        elif o == 74:  # sigmoid
            g[s] = 0.0
            x = v[i]
            z = v[s]
            g[i] += r * (z * expit(-x))
        elif o == 75:  # softplus
            g[s] = 0.0
            x = v[i]
            g[i] += r * (expit(x))
        elif o == 76:  # log_sigmoid
            g[s] = 0.0
            x = v[i]
            g[i] += r * (expit(-x))
        elif o == 77:  # logit
            g[s] = 0.0
            x = v[i]
            g[i] += r * (1 / (x * (1 - x)))
        elif o == 78:  # relu
            g[s] = 0.0
            x = v[i]
            g[i] += (r if x > 0 else 0.0)
        elif o == 79:  # xlogy
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += ((0.0 if x == 0 else r * (-inf)) if y == 0 else r * (math.log(y)))
            g[j] += ((0.0 if x == 0 else r * (x / y)) if y == 0 else r * (x / y))
        elif o == 80:  # xlog1py
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += r * (math.log1p(y))
            g[j] += ((0.0 if x == 0 else r * (x / (1 + y))) if 1 + y == 0 else r * (x / (1 + y)))
        elif o == 87:  # less
            g[s] = 0.0
        elif o == 88:  # less_equal
            g[s] = 0.0
        elif o == 89:  # greater
            g[s] = 0.0
        elif o == 90:  # greater_equal
            g[s] = 0.0
        elif o == 91:  # equal
            g[s] = 0.0
        elif o == 92:  # not_equal
            g[s] = 0.0
        elif o == 93:  # logical_and
            g[s] = 0.0
        elif o == 94:  # logical_or
            g[s] = 0.0
        elif o == 95:  # logical_xor
            g[s] = 0.0
        elif o == 96:  # logical_not
            g[s] = 0.0
        elif o == 97:  # isnan
            g[s] = 0.0
        elif o == 98:  # isinf
            g[s] = 0.0
        elif o == 99:  # isfinite
            g[s] = 0.0
        elif o == 100:  # signbit
            g[s] = 0.0
        elif o == 109:  # root
            g[s] = 0.0
            x = v[i]
            z = v[s]
            g[i] += (r * (product(inf - inf, x)) if z == 0 else r * (0.5 / z))
        elif o == 110:  # corner
            g[s] = 0.0
            g[i] += r
        elif o == 111:  # first_max
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (0.0 if y > x else r)
            g[j] += (r if y > x else 0.0)
        elif o == 112:  # first_min
            g[s] = 0.0
            x = v[i]
            y = v[j]
            g[i] += (0.0 if y < x else r)
            g[j] += (r if y < x else 0.0)
        elif o >= 128:
            return k + 1, s + 1
        elif o != 0:  # an input keeps its adjoint
            g[s] = 0.0
    return k, s


def tangent(opcode, arg0, arg1, v, t, k, end, s):
    """Tangents of scalar instructions k to end, or to the first run."""
    while k < end:
        o = opcode[k]
        i = np.int64(arg0[k])
        if o == 0:  # an input keeps its tangent
            pass
        elif o < 4:
            t[s] = 0.0
        elif o == 4:  # add
            j = np.int64(arg1[k])
            ti = t[i]
            tj = t[j]
            t[s] = ti + tj
        elif o == 5:  # sub
            j = np.int64(arg1[k])
            ti = t[i]
            tj = t[j]
            t[s] = ti + -tj
        elif o == 6:  # mul
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = product(ti, y) + product(tj, x)
        elif o == 7:  # div
            j = np.int64(arg1[k])
            y = v[j]
            z = v[s]
            ti = t[i]
            tj = t[j]
            t[s] = product(ti, 1 / y) + product(tj, -z / y)
        elif o == 8:  # floor_divide
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 9:  # mod
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = ti + product(tj, -(x // y))
        elif o == 10:  # fmod
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = ti + product(tj, -np.trunc(x / y))
        elif o == 11:  # pow
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            z = v[s]
            ti = t[i]
            tj = t[j]
            t[s] = ((0.0 if y == 0 else product(ti, y * x ** (y - 1))) if x == 0 else product(ti, y * x ** (y - 1))) + ((0.0 if y >= 0 else product(tj, -inf)) if x == 0 else product(tj, z * math.log(x)))
        elif o == 12:  # powc
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            t[s] = (0.0 if y == 0 else product(ti, y * x ** (y - 1)))
        elif o == 13:  # neg
            ti = t[i]
            t[s] = -ti
        elif o == 14:  # pos
            ti = t[i]
            t[s] = ti
        elif o == 15:  # stop_gradient
            t[s] = 0.0
        elif o == 16:  # abs
            x = v[i]
            ti = t[i]
            t[s] = product(ti, np.sign(x) + 0.0)
        elif o == 17:  # sign
            t[s] = 0.0
        elif o == 18:  # sqrt
            z = v[s]
            ti = t[i]
            t[s] = product(ti, 0.5 / z)
        elif o == 20:  # square
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 2 * x)
        elif o == 21:  # reciprocal
            z = v[s]
            ti = t[i]
            t[s] = product(ti, -z * z)
        elif o == 22:  # mulz
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = product(ti, y) + product(tj, x)
        elif o == 23:  # product
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = product(ti, y) + product(tj, x)
        elif o == 24:  # exp
            z = v[s]
            ti = t[i]
            t[s] = product(ti, z)
        elif o == 25:  # exp2
            z = v[s]
            ti = t[i]
            t[s] = product(ti, z * 0.6931471805599453)
        elif o == 26:  # expm1
            x = v[i]
            ti = t[i]
            t[s] = product(ti, math.exp(x))
        elif o == 27:  # log
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / x)
        elif o == 28:  # log2
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / (x * 0.6931471805599453))
        elif o == 29:  # log10
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / (x * 2.302585092994046))
        elif o == 30:  # log1p
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / (1 + x))
        elif o == 31:  # logaddexp
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = ((product(ti, expit(x - y)) if x - y == 0 else ti * 0.5) if x == y else product(ti, expit(x - y))) + ((product(tj, expit(y - x)) if x - y == 0 else tj * 0.5) if x == y else product(tj, expit(y - x)))
        elif o == 32:  # logaddexp2
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = ((product(ti, expit((x - y) * 0.6931471805599453)) if x - y == 0 else ti * 0.5) if x == y else product(ti, expit((x - y) * 0.6931471805599453))) + ((product(tj, expit((y - x) * 0.6931471805599453)) if x - y == 0 else tj * 0.5) if x == y else product(tj, expit((y - x) * 0.6931471805599453)))
        elif o == 33:  # sin
            x = v[i]
            ti = t[i]
            t[s] = product(ti, math.cos(x))
        elif o == 34:  # cos
            x = v[i]
            ti = t[i]
            t[s] = product(ti, -math.sin(x))
        elif o == 35:  # tan
            z = v[s]
            ti = t[i]
            t[s] = product(ti, 1 + z * z)
        elif o == 36:  # arcsin
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / math.sqrt((1 - x) * (1 + x)))
        elif o == 37:  # arccos
            x = v[i]
            ti = t[i]
            t[s] = product(ti, -1 / math.sqrt((1 - x) * (1 + x)))
        elif o == 38:  # arctan
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / (1 + x * x))
        elif o == 39:  # arctan2
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (product(ti, product(inf - inf, x + y)) if abs(x) + abs(y) == 0 else product(ti, y / math.hypot(x, y) / math.hypot(x, y))) + (product(tj, product(inf - inf, x + y)) if abs(x) + abs(y) == 0 else product(tj, -(x / math.hypot(x, y)) / math.hypot(x, y)))
        elif o == 40:  # hypot
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            z = v[s]
            ti = t[i]
            tj = t[j]
            t[s] = (product(ti, product(inf - inf, x + y)) if z == 0 else product(ti, x / z)) + (product(tj, product(inf - inf, x + y)) if z == 0 else product(tj, y / z))
        elif o == 41:  # sinh
            x = v[i]
            ti = t[i]
            t[s] = product(ti, math.cosh(x))
        elif o == 42:  # cosh
            x = v[i]
            ti = t[i]
            t[s] = product(ti, math.sinh(x))
        elif o == 43:  # tanh
            z = v[s]
            ti = t[i]
            t[s] = product(ti, 1 - z * z)
        elif o == 44:  # arcsinh
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / math.hypot(1, x))
        elif o == 45:  # arccosh
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / (math.sqrt(x - 1) * math.sqrt(x + 1)))
        elif o == 46:  # arctanh
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / ((1 - x) * (1 + x)))
        elif o == 47:  # sinc
            x = v[i]
            ti = t[i]
            t[s] = product(ti, sincn(1, x))
        elif o == 48:  # sincn
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            tj = t[j]
            t[s] = product(tj, sincn(x + 1, y))
        elif o == 49:  # deg2rad
            ti = t[i]
            t[s] = ti * 0.017453292519943295
        elif o == 50:  # rad2deg
            ti = t[i]
            t[s] = ti * 57.29577951308232
        elif o == 51:  # maximum
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti if x > y else (ti * 0.5 if x == y else 0.0)) + (tj if y > x else (tj * 0.5 if x == y else 0.0))
        elif o == 52:  # minimum
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti if x < y else (ti * 0.5 if x == y else 0.0)) + (tj if y < x else (tj * 0.5 if x == y else 0.0))
        elif o == 53:  # fmax
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti if x > y else (ti * 0.5 if x == y else (0.0 if y == y else ti))) + (tj if y > x else (tj * 0.5 if x == y else (0.0 if x == x else tj)))
        elif o == 54:  # fmin
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti if x < y else (ti * 0.5 if x == y else (0.0 if y == y else ti))) + (tj if y < x else (tj * 0.5 if x == y else (0.0 if x == x else tj)))
        elif o == 57:  # heaviside
            j = np.int64(arg1[k])
            x = v[i]
            tj = t[j]
            t[s] = (tj if x == 0 else 0.0)
        elif o == 58:  # copysign
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            t[s] = (ti if (1 if math.copysign(1.0, x) < 0 else 0) == (1 if math.copysign(1.0, y) < 0 else 0) else -ti)
        elif o == 59:  # floor
            t[s] = 0.0
        elif o == 60:  # ceil
            t[s] = 0.0
        elif o == 61:  # rint
            t[s] = 0.0
        elif o == 62:  # trunc
            t[s] = 0.0
        elif o == 63:  # erf
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 2 / 1.7724538509055159 * math.exp(-x * x))
        elif o == 64:  # erfc
            x = v[i]
            ti = t[i]
            t[s] = product(ti, -2 / 1.7724538509055159 * math.exp(-x * x))
        elif o == 70:  # lgamma
            x = v[i]
            ti = t[i]
            t[s] = product(ti, digamma(x))
        elif o == 71:  # gamma
            x = v[i]
            z = v[s]
            ti = t[i]
            t[s] = product(ti, z * digamma(x))
        elif o == 72:  # digamma
            x = v[i]
            ti = t[i]
            t[s] = product(ti, polygamma(1, x))
        elif o == 73:  # polygamma
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            tj = t[j]
            t[s] = product(tj, polygamma(x + 1, y))
        elif o == 74:  # sigmoid
            x = v[i]
            z = v[s]
            ti = t[i]
            t[s] = product(ti, z * expit(-x))
        elif o == 75:  # softplus
            x = v[i]
            ti = t[i]
            t[s] = product(ti, expit(x))
        elif o == 76:  # log_sigmoid
            x = v[i]
            ti = t[i]
            t[s] = product(ti, expit(-x))
        elif o == 77:  # logit
            x = v[i]
            ti = t[i]
            t[s] = product(ti, 1 / (x * (1 - x)))
        elif o == 78:  # relu
            x = v[i]
            ti = t[i]
            t[s] = (ti if x > 0 else 0.0)
        elif o == 79:  # xlogy
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = ((0.0 if x == 0 else product(ti, -inf)) if y == 0 else product(ti, math.log(y))) + ((0.0 if x == 0 else product(tj, x / y)) if y == 0 else product(tj, x / y))
        elif o == 80:  # xlog1py
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = product(ti, math.log1p(y)) + ((0.0 if x == 0 else product(tj, x / (1 + y))) if 1 + y == 0 else product(tj, x / (1 + y)))
        elif o == 87:  # less
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 88:  # less_equal
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 89:  # greater
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 90:  # greater_equal
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 91:  # equal
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 92:  # not_equal
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 93:  # logical_and
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 94:  # logical_or
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 95:  # logical_xor
            j = np.int64(arg1[k])
            t[s] = 0.0
        elif o == 96:  # logical_not
            t[s] = 0.0
        elif o == 97:  # isnan
            t[s] = 0.0
        elif o == 98:  # isinf
            t[s] = 0.0
        elif o == 99:  # isfinite
            t[s] = 0.0
        elif o == 100:  # signbit
            t[s] = 0.0
        elif o == 109:  # root
            x = v[i]
            z = v[s]
            ti = t[i]
            t[s] = (product(ti, product(inf - inf, x)) if z == 0 else product(ti, 0.5 / z))
        elif o == 110:  # corner
            ti = t[i]
            t[s] = ti
        elif o == 111:  # first_max
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (0.0 if y > x else ti) + (tj if y > x else 0.0)
        elif o == 112:  # first_min
            j = np.int64(arg1[k])
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (0.0 if y < x else ti) + (tj if y < x else 0.0)
        elif o >= 128:
            return k, s
        k += 1
        s += 1
    return k, s
