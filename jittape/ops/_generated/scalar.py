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
    sinc,
    dsinc,
    d2sinc,
    xlogy,
    xlog1py,
)

inf = np.inf


def forward(opcode, arg0, arg1, v, k, end, s):
    """Values of scalar instructions k to end, or to the first run; returns the instruction and slot reached."""
    while k < end and opcode[k] < 128:
        o = opcode[k]
        i = np.int64(arg0[k])
        j = np.int64(arg1[k])
        if o == 4:  # add
            x = v[i]
            y = v[j]
            v[s] = x + y
        elif o == 5:  # sub
            x = v[i]
            y = v[j]
            v[s] = x - y
        elif o == 6:  # mul
            x = v[i]
            y = v[j]
            v[s] = x * y
        elif o == 7:  # div
            x = v[i]
            y = v[j]
            v[s] = x / y
        elif o == 8:  # floor_divide
            x = v[i]
            y = v[j]
            v[s] = x // y
        elif o == 9:  # mod
            x = v[i]
            y = v[j]
            v[s] = x % y
        elif o == 10:  # fmod
            x = v[i]
            y = v[j]
            v[s] = np.fmod(x, y)
        elif o == 11:  # pow
            x = v[i]
            y = v[j]
            v[s] = x ** y
        elif o == 12:  # powc
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
            v[s] = np.sign(x)
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
            x = v[i]
            y = v[j]
            v[s] = x * y if x != 0 else 0 * x
        elif o == 23:  # exp
            x = v[i]
            v[s] = math.exp(x)
        elif o == 24:  # exp2
            x = v[i]
            v[s] = np.exp2(x)
        elif o == 25:  # expm1
            x = v[i]
            v[s] = math.expm1(x)
        elif o == 26:  # log
            x = v[i]
            v[s] = math.log(x)
        elif o == 27:  # log2
            x = v[i]
            v[s] = np.log2(x)
        elif o == 28:  # log10
            x = v[i]
            v[s] = math.log10(x)
        elif o == 29:  # log1p
            x = v[i]
            v[s] = math.log1p(x)
        elif o == 30:  # logaddexp
            x = v[i]
            y = v[j]
            v[s] = logaddexp(x, y)
        elif o == 31:  # logaddexp2
            x = v[i]
            y = v[j]
            v[s] = logaddexp2(x, y)
        elif o == 32:  # sin
            x = v[i]
            v[s] = math.sin(x)
        elif o == 33:  # cos
            x = v[i]
            v[s] = math.cos(x)
        elif o == 34:  # tan
            x = v[i]
            v[s] = math.tan(x)
        elif o == 35:  # arcsin
            x = v[i]
            v[s] = math.asin(x)
        elif o == 36:  # arccos
            x = v[i]
            v[s] = math.acos(x)
        elif o == 37:  # arctan
            x = v[i]
            v[s] = math.atan(x)
        elif o == 38:  # arctan2
            x = v[i]
            y = v[j]
            v[s] = math.atan2(x, y)
        elif o == 39:  # hypot
            x = v[i]
            y = v[j]
            v[s] = math.hypot(x, y)
        elif o == 40:  # sinh
            x = v[i]
            v[s] = math.sinh(x)
        elif o == 41:  # cosh
            x = v[i]
            v[s] = math.cosh(x)
        elif o == 42:  # tanh
            x = v[i]
            v[s] = math.tanh(x)
        elif o == 43:  # arcsinh
            x = v[i]
            v[s] = math.asinh(x)
        elif o == 44:  # arccosh
            x = v[i]
            v[s] = math.acosh(x)
        elif o == 45:  # arctanh
            x = v[i]
            v[s] = math.atanh(x)
        elif o == 46:  # sinc
            x = v[i]
            v[s] = sinc(x)
        elif o == 47:  # dsinc
            x = v[i]
            v[s] = dsinc(x)
        elif o == 48:  # d2sinc
            x = v[i]
            v[s] = d2sinc(x)
        elif o == 49:  # deg2rad
            x = v[i]
            v[s] = x * 0.017453292519943295
        elif o == 50:  # rad2deg
            x = v[i]
            v[s] = x * 57.29577951308232
        elif o == 51:  # maximum
            x = v[i]
            y = v[j]
            v[s] = x if x > y or x != x else y
        elif o == 52:  # minimum
            x = v[i]
            y = v[j]
            v[s] = x if x < y or x != x else y
        elif o == 53:  # fmax
            x = v[i]
            y = v[j]
            v[s] = x if x >= y or y != y else y
        elif o == 54:  # fmin
            x = v[i]
            y = v[j]
            v[s] = x if x <= y or y != y else y
        elif o == 57:  # heaviside
            x = v[i]
            y = v[j]
            v[s] = heaviside(x, y)
        elif o == 58:  # copysign
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
        elif o == 73:  # sigmoid
            x = v[i]
            v[s] = expit(x)
        elif o == 74:  # softplus
            x = v[i]
            v[s] = softplus(x)
        elif o == 75:  # log_sigmoid
            x = v[i]
            v[s] = -softplus(-x)
        elif o == 76:  # logit
            x = v[i]
            v[s] = math.log(x / (1 - x))
        elif o == 77:  # relu
            x = v[i]
            v[s] = x if x > 0 or x != x else 0.0
        elif o == 78:  # xlogy
            x = v[i]
            y = v[j]
            v[s] = xlogy(x, y)
        elif o == 79:  # xlog1py
            x = v[i]
            y = v[j]
            v[s] = xlog1py(x, y)
        elif o == 84:  # less
            x = v[i]
            y = v[j]
            v[s] = 1 if x < y else 0
        elif o == 85:  # less_equal
            x = v[i]
            y = v[j]
            v[s] = 1 if x <= y else 0
        elif o == 86:  # greater
            x = v[i]
            y = v[j]
            v[s] = 1 if x > y else 0
        elif o == 87:  # greater_equal
            x = v[i]
            y = v[j]
            v[s] = 1 if x >= y else 0
        elif o == 88:  # equal
            x = v[i]
            y = v[j]
            v[s] = 1 if x == y else 0
        elif o == 89:  # not_equal
            x = v[i]
            y = v[j]
            v[s] = 1 if x != y else 0
        elif o == 90:  # logical_and
            x = v[i]
            y = v[j]
            v[s] = 1 if x != 0 and y != 0 else 0
        elif o == 91:  # logical_or
            x = v[i]
            y = v[j]
            v[s] = 1 if x != 0 or y != 0 else 0
        elif o == 92:  # logical_xor
            x = v[i]
            y = v[j]
            v[s] = 1 if (x != 0) != (y != 0) else 0
        elif o == 93:  # logical_not
            x = v[i]
            v[s] = 0 if x != 0 else 1
        elif o == 94:  # isnan
            x = v[i]
            v[s] = 1 if x != x else 0
        elif o == 95:  # isinf
            x = v[i]
            v[s] = 1 if x == inf or x == -inf else 0
        elif o == 96:  # isfinite
            x = v[i]
            v[s] = 1 if x - x == 0 else 0
        elif o == 97:  # signbit
            x = v[i]
            v[s] = 1 if math.copysign(1.0, x) < 0 else 0
        k += 1
        s += 1
    return k, s


def reverse(opcode, arg0, arg1, v, g, k, end, s):
    """Adjoints of scalar instructions k - 1 down to end, or to the first run; an adjoint is zeroed when it is used."""
    while k > end and opcode[k - 1] < 128:
        k -= 1
        s -= 1
        o = opcode[k]
        if o == 0:  # an input keeps its adjoint
            continue
        r = g[s]
        if r == 0.0:
            continue
        g[s] = 0.0
        i = np.int64(arg0[k])
        j = np.int64(arg1[k])
        if o == 4:  # add
            g[i] += r
            g[j] += r
        elif o == 5:  # sub
            g[i] += r
            g[j] += -r
        elif o == 6:  # mul
            x = v[i]
            y = v[j]
            g[i] += r * (y)
            g[j] += r * (x)
        elif o == 7:  # div
            y = v[j]
            z = v[s]
            g[i] += r * (1 / y)
            g[j] += r * (-z / y)
        elif o == 8:  # floor_divide
            pass
        elif o == 9:  # mod
            x = v[i]
            y = v[j]
            g[i] += r
            g[j] += r * (-(x // y))
        elif o == 10:  # fmod
            x = v[i]
            y = v[j]
            g[i] += r
            g[j] += r * (-np.trunc(x / y))
        elif o == 11:  # pow
            x = v[i]
            y = v[j]
            z = v[s]
            g[i] += r * (0 if y == 0 else y * x ** (y - 1))
            g[j] += r * ((0 if y >= 0 else -inf) if x == 0 else z * math.log(x))
        elif o == 12:  # powc
            x = v[i]
            y = v[j]
            g[i] += r * (0 if y == 0 else y * x ** (y - 1))
        elif o == 13:  # neg
            g[i] += -r
        elif o == 14:  # pos
            g[i] += r
        elif o == 15:  # stop_gradient
            pass
        elif o == 16:  # abs
            x = v[i]
            g[i] += r * (np.sign(x))
        elif o == 17:  # sign
            pass
        elif o == 18:  # sqrt
            z = v[s]
            g[i] += r * (0.5 / z)
        elif o == 20:  # square
            x = v[i]
            g[i] += r * (2 * x)
        elif o == 21:  # reciprocal
            z = v[s]
            g[i] += r * (-z * z)
        elif o == 22:  # mulz
            x = v[i]
            y = v[j]
            g[i] += r * (y)
            g[j] += r * (x)
        elif o == 23:  # exp
            z = v[s]
            g[i] += r * (z)
        elif o == 24:  # exp2
            z = v[s]
            g[i] += r * (z * 0.6931471805599453)
        elif o == 25:  # expm1
            z = v[s]
            g[i] += r * (z + 1)
        elif o == 26:  # log
            x = v[i]
            g[i] += r * (1 / x)
        elif o == 27:  # log2
            x = v[i]
            g[i] += r * (1 / (x * 0.6931471805599453))
        elif o == 28:  # log10
            x = v[i]
            g[i] += r * (1 / (x * 2.302585092994046))
        elif o == 29:  # log1p
            x = v[i]
            g[i] += r * (1 / (1 + x))
        elif o == 30:  # logaddexp
            x = v[i]
            y = v[j]
            g[i] += r * (expit(x - y))
            g[j] += r * (expit(y - x))
        elif o == 31:  # logaddexp2
            x = v[i]
            y = v[j]
            g[i] += r * (expit((x - y) * 0.6931471805599453))
            g[j] += r * (expit((y - x) * 0.6931471805599453))
        elif o == 32:  # sin
            x = v[i]
            g[i] += r * (math.cos(x))
        elif o == 33:  # cos
            x = v[i]
            g[i] += r * (-math.sin(x))
        elif o == 34:  # tan
            z = v[s]
            g[i] += r * (1 + z * z)
        elif o == 35:  # arcsin
            x = v[i]
            g[i] += r * (1 / math.sqrt((1 - x) * (1 + x)))
        elif o == 36:  # arccos
            x = v[i]
            g[i] += r * (-1 / math.sqrt((1 - x) * (1 + x)))
        elif o == 37:  # arctan
            x = v[i]
            g[i] += r * (1 / (1 + x * x))
        elif o == 38:  # arctan2
            x = v[i]
            y = v[j]
            g[i] += r * (y / math.hypot(x, y) / math.hypot(x, y))
            g[j] += r * (-(x / math.hypot(x, y)) / math.hypot(x, y))
        elif o == 39:  # hypot
            x = v[i]
            y = v[j]
            z = v[s]
            g[i] += r * (0 if z == 0 else x / z)
            g[j] += r * (0 if z == 0 else y / z)
        elif o == 40:  # sinh
            x = v[i]
            g[i] += r * (math.cosh(x))
        elif o == 41:  # cosh
            x = v[i]
            g[i] += r * (math.sinh(x))
        elif o == 42:  # tanh
            z = v[s]
            g[i] += r * (1 - z * z)
        elif o == 43:  # arcsinh
            x = v[i]
            g[i] += r * (1 / math.hypot(1, x))
        elif o == 44:  # arccosh
            x = v[i]
            g[i] += r * (1 / (math.sqrt(x - 1) * math.sqrt(x + 1)))
        elif o == 45:  # arctanh
            x = v[i]
            g[i] += r * (1 / ((1 - x) * (1 + x)))
        elif o == 46:  # sinc
            x = v[i]
            g[i] += r * (dsinc(x))
        elif o == 47:  # dsinc
            x = v[i]
            g[i] += r * (d2sinc(x))
        elif o == 48:  # d2sinc
            x = v[i]
            z = v[s]
            g[i] += r * (0 if x == 0 else (-9.869604401089358 * (x * dsinc(x) + sinc(x)) - 3 * z) / x)
        elif o == 49:  # deg2rad
            g[i] += r * 0.017453292519943295
        elif o == 50:  # rad2deg
            g[i] += r * 57.29577951308232
        elif o == 51:  # maximum
            x = v[i]
            y = v[j]
            g[i] += r * (1 if x > y else 0.5 if x == y else 0)
            g[j] += r * (1 if y > x else 0.5 if x == y else 0)
        elif o == 52:  # minimum
            x = v[i]
            y = v[j]
            g[i] += r * (1 if x < y else 0.5 if x == y else 0)
            g[j] += r * (1 if y < x else 0.5 if x == y else 0)
        elif o == 53:  # fmax
            x = v[i]
            y = v[j]
            g[i] += r * (1 if x > y else 0.5 if x == y else 0 if y == y else 1)
            g[j] += r * (1 if y > x else 0.5 if x == y else 0 if x == x else 1)
        elif o == 54:  # fmin
            x = v[i]
            y = v[j]
            g[i] += r * (1 if x < y else 0.5 if x == y else 0 if y == y else 1)
            g[j] += r * (1 if y < x else 0.5 if x == y else 0 if x == x else 1)
        elif o == 57:  # heaviside
            x = v[i]
            g[j] += r * (1 if x == 0 else 0)
        elif o == 58:  # copysign
            x = v[i]
            y = v[j]
            g[i] += r * (1 if (1 if math.copysign(1.0, x) < 0 else 0) == (1 if math.copysign(1.0, y) < 0 else 0) else -1)
        elif o == 59:  # floor
            pass
        elif o == 60:  # ceil
            pass
        elif o == 61:  # rint
            pass
        elif o == 62:  # trunc
            pass
        elif o == 63:  # erf
            x = v[i]
            g[i] += r * (2 / 1.7724538509055159 * math.exp(-x * x))
        elif o == 64:  # erfc
            x = v[i]
            g[i] += r * (-2 / 1.7724538509055159 * math.exp(-x * x))
        elif o == 73:  # sigmoid
            x = v[i]
            z = v[s]
            g[i] += r * (z * expit(-x))
        elif o == 74:  # softplus
            x = v[i]
            g[i] += r * (expit(x))
        elif o == 75:  # log_sigmoid
            x = v[i]
            g[i] += r * (expit(-x))
        elif o == 76:  # logit
            x = v[i]
            g[i] += r * (1 / (x * (1 - x)))
        elif o == 77:  # relu
            x = v[i]
            g[i] += r * (1 if x > 0 else 0)
        elif o == 78:  # xlogy
            x = v[i]
            y = v[j]
            g[i] += r * ((0 if x == 0 else -inf) if y == 0 else math.log(y))
            g[j] += r * (0 if x == 0 else x / y)
        elif o == 79:  # xlog1py
            x = v[i]
            y = v[j]
            g[i] += r * (math.log1p(y))
            g[j] += r * (0 if x == 0 else x / (1 + y))
        elif o == 84:  # less
            pass
        elif o == 85:  # less_equal
            pass
        elif o == 86:  # greater
            pass
        elif o == 87:  # greater_equal
            pass
        elif o == 88:  # equal
            pass
        elif o == 89:  # not_equal
            pass
        elif o == 90:  # logical_and
            pass
        elif o == 91:  # logical_or
            pass
        elif o == 92:  # logical_xor
            pass
        elif o == 93:  # logical_not
            pass
        elif o == 94:  # isnan
            pass
        elif o == 95:  # isinf
            pass
        elif o == 96:  # isfinite
            pass
        elif o == 97:  # signbit
            pass
    return k, s


def tangent(opcode, arg0, arg1, v, t, k, end, s):
    """Tangents of scalar instructions k to end, or to the first run."""
    while k < end and opcode[k] < 128:
        o = opcode[k]
        i = np.int64(arg0[k])
        j = np.int64(arg1[k])
        if o == 0:  # an input keeps its tangent
            pass
        elif o < 4:
            t[s] = 0.0
        elif o == 4:  # add
            t[s] = t[i] + t[j]
        elif o == 5:  # sub
            t[s] = t[i] + -t[j]
        elif o == 6:  # mul
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (y) if ti != 0.0 else 0.0) + (tj * (x) if tj != 0.0 else 0.0)
        elif o == 7:  # div
            y = v[j]
            z = v[s]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (1 / y) if ti != 0.0 else 0.0) + (tj * (-z / y) if tj != 0.0 else 0.0)
        elif o == 8:  # floor_divide
            t[s] = 0.0
        elif o == 9:  # mod
            x = v[i]
            y = v[j]
            tj = t[j]
            t[s] = t[i] + (tj * (-(x // y)) if tj != 0.0 else 0.0)
        elif o == 10:  # fmod
            x = v[i]
            y = v[j]
            tj = t[j]
            t[s] = t[i] + (tj * (-np.trunc(x / y)) if tj != 0.0 else 0.0)
        elif o == 11:  # pow
            x = v[i]
            y = v[j]
            z = v[s]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (0 if y == 0 else y * x ** (y - 1)) if ti != 0.0 else 0.0) + (tj * ((0 if y >= 0 else -inf) if x == 0 else z * math.log(x)) if tj != 0.0 else 0.0)
        elif o == 12:  # powc
            x = v[i]
            y = v[j]
            ti = t[i]
            t[s] = (ti * (0 if y == 0 else y * x ** (y - 1)) if ti != 0.0 else 0.0)
        elif o == 13:  # neg
            t[s] = -t[i]
        elif o == 14:  # pos
            t[s] = t[i]
        elif o == 15:  # stop_gradient
            t[s] = 0.0
        elif o == 16:  # abs
            x = v[i]
            ti = t[i]
            t[s] = (ti * (np.sign(x)) if ti != 0.0 else 0.0)
        elif o == 17:  # sign
            t[s] = 0.0
        elif o == 18:  # sqrt
            z = v[s]
            ti = t[i]
            t[s] = (ti * (0.5 / z) if ti != 0.0 else 0.0)
        elif o == 20:  # square
            x = v[i]
            ti = t[i]
            t[s] = (ti * (2 * x) if ti != 0.0 else 0.0)
        elif o == 21:  # reciprocal
            z = v[s]
            ti = t[i]
            t[s] = (ti * (-z * z) if ti != 0.0 else 0.0)
        elif o == 22:  # mulz
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (y) if ti != 0.0 else 0.0) + (tj * (x) if tj != 0.0 else 0.0)
        elif o == 23:  # exp
            z = v[s]
            ti = t[i]
            t[s] = (ti * (z) if ti != 0.0 else 0.0)
        elif o == 24:  # exp2
            z = v[s]
            ti = t[i]
            t[s] = (ti * (z * 0.6931471805599453) if ti != 0.0 else 0.0)
        elif o == 25:  # expm1
            z = v[s]
            ti = t[i]
            t[s] = (ti * (z + 1) if ti != 0.0 else 0.0)
        elif o == 26:  # log
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / x) if ti != 0.0 else 0.0)
        elif o == 27:  # log2
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / (x * 0.6931471805599453)) if ti != 0.0 else 0.0)
        elif o == 28:  # log10
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / (x * 2.302585092994046)) if ti != 0.0 else 0.0)
        elif o == 29:  # log1p
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / (1 + x)) if ti != 0.0 else 0.0)
        elif o == 30:  # logaddexp
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (expit(x - y)) if ti != 0.0 else 0.0) + (tj * (expit(y - x)) if tj != 0.0 else 0.0)
        elif o == 31:  # logaddexp2
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (expit((x - y) * 0.6931471805599453)) if ti != 0.0 else 0.0) + (tj * (expit((y - x) * 0.6931471805599453)) if tj != 0.0 else 0.0)
        elif o == 32:  # sin
            x = v[i]
            ti = t[i]
            t[s] = (ti * (math.cos(x)) if ti != 0.0 else 0.0)
        elif o == 33:  # cos
            x = v[i]
            ti = t[i]
            t[s] = (ti * (-math.sin(x)) if ti != 0.0 else 0.0)
        elif o == 34:  # tan
            z = v[s]
            ti = t[i]
            t[s] = (ti * (1 + z * z) if ti != 0.0 else 0.0)
        elif o == 35:  # arcsin
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / math.sqrt((1 - x) * (1 + x))) if ti != 0.0 else 0.0)
        elif o == 36:  # arccos
            x = v[i]
            ti = t[i]
            t[s] = (ti * (-1 / math.sqrt((1 - x) * (1 + x))) if ti != 0.0 else 0.0)
        elif o == 37:  # arctan
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / (1 + x * x)) if ti != 0.0 else 0.0)
        elif o == 38:  # arctan2
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (y / math.hypot(x, y) / math.hypot(x, y)) if ti != 0.0 else 0.0) + (tj * (-(x / math.hypot(x, y)) / math.hypot(x, y)) if tj != 0.0 else 0.0)
        elif o == 39:  # hypot
            x = v[i]
            y = v[j]
            z = v[s]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (0 if z == 0 else x / z) if ti != 0.0 else 0.0) + (tj * (0 if z == 0 else y / z) if tj != 0.0 else 0.0)
        elif o == 40:  # sinh
            x = v[i]
            ti = t[i]
            t[s] = (ti * (math.cosh(x)) if ti != 0.0 else 0.0)
        elif o == 41:  # cosh
            x = v[i]
            ti = t[i]
            t[s] = (ti * (math.sinh(x)) if ti != 0.0 else 0.0)
        elif o == 42:  # tanh
            z = v[s]
            ti = t[i]
            t[s] = (ti * (1 - z * z) if ti != 0.0 else 0.0)
        elif o == 43:  # arcsinh
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / math.hypot(1, x)) if ti != 0.0 else 0.0)
        elif o == 44:  # arccosh
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / (math.sqrt(x - 1) * math.sqrt(x + 1))) if ti != 0.0 else 0.0)
        elif o == 45:  # arctanh
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / ((1 - x) * (1 + x))) if ti != 0.0 else 0.0)
        elif o == 46:  # sinc
            x = v[i]
            ti = t[i]
            t[s] = (ti * (dsinc(x)) if ti != 0.0 else 0.0)
        elif o == 47:  # dsinc
            x = v[i]
            ti = t[i]
            t[s] = (ti * (d2sinc(x)) if ti != 0.0 else 0.0)
        elif o == 48:  # d2sinc
            x = v[i]
            z = v[s]
            ti = t[i]
            t[s] = (ti * (0 if x == 0 else (-9.869604401089358 * (x * dsinc(x) + sinc(x)) - 3 * z) / x) if ti != 0.0 else 0.0)
        elif o == 49:  # deg2rad
            t[s] = t[i] * 0.017453292519943295
        elif o == 50:  # rad2deg
            t[s] = t[i] * 57.29577951308232
        elif o == 51:  # maximum
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (1 if x > y else 0.5 if x == y else 0) if ti != 0.0 else 0.0) + (tj * (1 if y > x else 0.5 if x == y else 0) if tj != 0.0 else 0.0)
        elif o == 52:  # minimum
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (1 if x < y else 0.5 if x == y else 0) if ti != 0.0 else 0.0) + (tj * (1 if y < x else 0.5 if x == y else 0) if tj != 0.0 else 0.0)
        elif o == 53:  # fmax
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (1 if x > y else 0.5 if x == y else 0 if y == y else 1) if ti != 0.0 else 0.0) + (tj * (1 if y > x else 0.5 if x == y else 0 if x == x else 1) if tj != 0.0 else 0.0)
        elif o == 54:  # fmin
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (1 if x < y else 0.5 if x == y else 0 if y == y else 1) if ti != 0.0 else 0.0) + (tj * (1 if y < x else 0.5 if x == y else 0 if x == x else 1) if tj != 0.0 else 0.0)
        elif o == 57:  # heaviside
            x = v[i]
            tj = t[j]
            t[s] = (tj * (1 if x == 0 else 0) if tj != 0.0 else 0.0)
        elif o == 58:  # copysign
            x = v[i]
            y = v[j]
            ti = t[i]
            t[s] = (ti * (1 if (1 if math.copysign(1.0, x) < 0 else 0) == (1 if math.copysign(1.0, y) < 0 else 0) else -1) if ti != 0.0 else 0.0)
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
            t[s] = (ti * (2 / 1.7724538509055159 * math.exp(-x * x)) if ti != 0.0 else 0.0)
        elif o == 64:  # erfc
            x = v[i]
            ti = t[i]
            t[s] = (ti * (-2 / 1.7724538509055159 * math.exp(-x * x)) if ti != 0.0 else 0.0)
        elif o == 73:  # sigmoid
            x = v[i]
            z = v[s]
            ti = t[i]
            t[s] = (ti * (z * expit(-x)) if ti != 0.0 else 0.0)
        elif o == 74:  # softplus
            x = v[i]
            ti = t[i]
            t[s] = (ti * (expit(x)) if ti != 0.0 else 0.0)
        elif o == 75:  # log_sigmoid
            x = v[i]
            ti = t[i]
            t[s] = (ti * (expit(-x)) if ti != 0.0 else 0.0)
        elif o == 76:  # logit
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 / (x * (1 - x))) if ti != 0.0 else 0.0)
        elif o == 77:  # relu
            x = v[i]
            ti = t[i]
            t[s] = (ti * (1 if x > 0 else 0) if ti != 0.0 else 0.0)
        elif o == 78:  # xlogy
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * ((0 if x == 0 else -inf) if y == 0 else math.log(y)) if ti != 0.0 else 0.0) + (tj * (0 if x == 0 else x / y) if tj != 0.0 else 0.0)
        elif o == 79:  # xlog1py
            x = v[i]
            y = v[j]
            ti = t[i]
            tj = t[j]
            t[s] = (ti * (math.log1p(y)) if ti != 0.0 else 0.0) + (tj * (0 if x == 0 else x / (1 + y)) if tj != 0.0 else 0.0)
        elif o == 84:  # less
            t[s] = 0.0
        elif o == 85:  # less_equal
            t[s] = 0.0
        elif o == 86:  # greater
            t[s] = 0.0
        elif o == 87:  # greater_equal
            t[s] = 0.0
        elif o == 88:  # equal
            t[s] = 0.0
        elif o == 89:  # not_equal
            t[s] = 0.0
        elif o == 90:  # logical_and
            t[s] = 0.0
        elif o == 91:  # logical_or
            t[s] = 0.0
        elif o == 92:  # logical_xor
            t[s] = 0.0
        elif o == 93:  # logical_not
            t[s] = 0.0
        elif o == 94:  # isnan
            t[s] = 0.0
        elif o == 95:  # isinf
            t[s] = 0.0
        elif o == 96:  # isfinite
            t[s] = 0.0
        elif o == 97:  # signbit
            t[s] = 0.0
        k += 1
        s += 1
    return k, s
