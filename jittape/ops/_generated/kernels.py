"""Block kernels: m contiguous values of one operation. Arrays an operation lacks are null.

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


def add_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x + y


def add_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r


def add_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r


def add_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r


def add_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r


def add_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = txs[k] + tys[k]


def sub_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x - y


def sub_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r


def sub_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r


def sub_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += -r


def sub_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = -r


def sub_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = txs[k] + -tys[k]


def mul_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x * y


def mul_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] += (r * (y) if r != 0.0 else 0.0)


def mul_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] = (r * (y) if r != 0.0 else 0.0)


def mul_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (x) if r != 0.0 else 0.0)


def mul_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (x) if r != 0.0 else 0.0)


def mul_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = product(txs[k], y) + product(tys[k], x)


def div_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x / y


def div_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] += (r * (1 / y) if r != 0.0 else 0.0)


def div_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] = (r * (1 / y) if r != 0.0 else 0.0)


def div_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (-z / y) if r != 0.0 else 0.0)


def div_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (-z / y) if r != 0.0 else 0.0)


def div_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        y = ys[k]
        z = zs[k]
        tzs[k] = product(txs[k], 1 / y) + product(tys[k], -z / y)


def floor_divide_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x // y


def floor_divide_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def mod_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x % y


def mod_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r


def mod_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r


def mod_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r * (-(x // y)) if r != 0.0 else 0.0)


def mod_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r * (-(x // y)) if r != 0.0 else 0.0)


def mod_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = txs[k] + product(tys[k], -(x // y))


def fmod_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = np.fmod(x, y)


def fmod_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r


def fmod_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r


def fmod_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r * (-np.trunc(x / y)) if r != 0.0 else 0.0)


def fmod_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r * (-np.trunc(x / y)) if r != 0.0 else 0.0)


def fmod_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = txs[k] + product(tys[k], -np.trunc(x / y))


def pow_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x ** y


def pow_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += ((0.0 if y == 0 else (r * (y * x ** (y - 1)) if r != 0.0 else 0.0)) if x == 0 else (r * (y * x ** (y - 1)) if r != 0.0 else 0.0))


def pow_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = ((0.0 if y == 0 else (r * (y * x ** (y - 1)) if r != 0.0 else 0.0)) if x == 0 else (r * (y * x ** (y - 1)) if r != 0.0 else 0.0))


def pow_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        z = zs[k]
        r = rs[k]
        gs[k] += ((0.0 if y >= 0 else (r * (-inf) if r != 0.0 else 0.0)) if x == 0 else (r * (z * math.log(x)) if r != 0.0 else 0.0))


def pow_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        z = zs[k]
        r = rs[k]
        gs[k] = ((0.0 if y >= 0 else (r * (-inf) if r != 0.0 else 0.0)) if x == 0 else (r * (z * math.log(x)) if r != 0.0 else 0.0))


def pow_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        z = zs[k]
        tzs[k] = ((0.0 if y == 0 else product(txs[k], y * x ** (y - 1))) if x == 0 else product(txs[k], y * x ** (y - 1))) + ((0.0 if y >= 0 else product(tys[k], -inf)) if x == 0 else product(tys[k], z * math.log(x)))


def powc_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x ** y


def powc_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (0.0 if y == 0 else (r * (y * x ** (y - 1)) if r != 0.0 else 0.0))


def powc_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (0.0 if y == 0 else (r * (y * x ** (y - 1)) if r != 0.0 else 0.0))


def powc_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (0.0 if y == 0 else product(txs[k], y * x ** (y - 1)))


def neg_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = -x


def neg_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += -r


def neg_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = -r


def neg_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = -txs[k]


def pos_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = x


def pos_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r


def pos_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r


def pos_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = txs[k]


def stop_gradient_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = x


def stop_gradient_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def abs_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = abs(x)


def abs_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (np.sign(x) + 0.0) if r != 0.0 else 0.0)


def abs_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (np.sign(x) + 0.0) if r != 0.0 else 0.0)


def abs_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], np.sign(x) + 0.0)


def sign_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = np.sign(x) + 0.0


def sign_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def sqrt_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.sqrt(x)


def sqrt_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (0.5 / z) if r != 0.0 else 0.0)


def sqrt_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (0.5 / z) if r != 0.0 else 0.0)


def sqrt_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        z = zs[k]
        tzs[k] = product(txs[k], 0.5 / z)


def square_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = x * x


def square_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (2 * x) if r != 0.0 else 0.0)


def square_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (2 * x) if r != 0.0 else 0.0)


def square_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 2 * x)


def reciprocal_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = 1 / x


def reciprocal_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (-z * z) if r != 0.0 else 0.0)


def reciprocal_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (-z * z) if r != 0.0 else 0.0)


def reciprocal_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        z = zs[k]
        tzs[k] = product(txs[k], -z * z)


def mulz_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x * y if x != 0 else 0 * x


def mulz_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] += product(r, y)


def mulz_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] = product(r, y)


def mulz_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += product(r, x)


def mulz_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = product(r, x)


def mulz_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = product(txs[k], y) + product(tys[k], x)


def product_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = product(x, y)


def product_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] += product(r, y)


def product_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] = product(r, y)


def product_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += product(r, x)


def product_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = product(r, x)


def product_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = product(txs[k], y) + product(tys[k], x)


def exp_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.exp(x)


def exp_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (z) if r != 0.0 else 0.0)


def exp_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (z) if r != 0.0 else 0.0)


def exp_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        z = zs[k]
        tzs[k] = product(txs[k], z)


def exp2_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = np.exp2(x)


def exp2_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (z * 0.6931471805599453) if r != 0.0 else 0.0)


def exp2_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (z * 0.6931471805599453) if r != 0.0 else 0.0)


def exp2_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        z = zs[k]
        tzs[k] = product(txs[k], z * 0.6931471805599453)


def expm1_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.expm1(x)


def expm1_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (math.exp(x)) if r != 0.0 else 0.0)


def expm1_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (math.exp(x)) if r != 0.0 else 0.0)


def expm1_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], math.exp(x))


def log_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.log(x)


def log_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / x) if r != 0.0 else 0.0)


def log_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / x) if r != 0.0 else 0.0)


def log_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / x)


def log2_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = np.log2(x)


def log2_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / (x * 0.6931471805599453)) if r != 0.0 else 0.0)


def log2_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / (x * 0.6931471805599453)) if r != 0.0 else 0.0)


def log2_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / (x * 0.6931471805599453))


def log10_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.log10(x)


def log10_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / (x * 2.302585092994046)) if r != 0.0 else 0.0)


def log10_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / (x * 2.302585092994046)) if r != 0.0 else 0.0)


def log10_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / (x * 2.302585092994046))


def log1p_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.log1p(x)


def log1p_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / (1 + x)) if r != 0.0 else 0.0)


def log1p_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / (1 + x)) if r != 0.0 else 0.0)


def log1p_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / (1 + x))


def logaddexp_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = logaddexp(x, y)


def logaddexp_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (((r * (expit(x - y)) if r != 0.0 else 0.0) if x - y == 0 else r * 0.5) if x == y else (r * (expit(x - y)) if r != 0.0 else 0.0))


def logaddexp_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (((r * (expit(x - y)) if r != 0.0 else 0.0) if x - y == 0 else r * 0.5) if x == y else (r * (expit(x - y)) if r != 0.0 else 0.0))


def logaddexp_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (((r * (expit(y - x)) if r != 0.0 else 0.0) if x - y == 0 else r * 0.5) if x == y else (r * (expit(y - x)) if r != 0.0 else 0.0))


def logaddexp_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (((r * (expit(y - x)) if r != 0.0 else 0.0) if x - y == 0 else r * 0.5) if x == y else (r * (expit(y - x)) if r != 0.0 else 0.0))


def logaddexp_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = ((product(txs[k], expit(x - y)) if x - y == 0 else txs[k] * 0.5) if x == y else product(txs[k], expit(x - y))) + ((product(tys[k], expit(y - x)) if x - y == 0 else tys[k] * 0.5) if x == y else product(tys[k], expit(y - x)))


def logaddexp2_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = logaddexp2(x, y)


def logaddexp2_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (((r * (expit((x - y) * 0.6931471805599453)) if r != 0.0 else 0.0) if x - y == 0 else r * 0.5) if x == y else (r * (expit((x - y) * 0.6931471805599453)) if r != 0.0 else 0.0))


def logaddexp2_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (((r * (expit((x - y) * 0.6931471805599453)) if r != 0.0 else 0.0) if x - y == 0 else r * 0.5) if x == y else (r * (expit((x - y) * 0.6931471805599453)) if r != 0.0 else 0.0))


def logaddexp2_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (((r * (expit((y - x) * 0.6931471805599453)) if r != 0.0 else 0.0) if x - y == 0 else r * 0.5) if x == y else (r * (expit((y - x) * 0.6931471805599453)) if r != 0.0 else 0.0))


def logaddexp2_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (((r * (expit((y - x) * 0.6931471805599453)) if r != 0.0 else 0.0) if x - y == 0 else r * 0.5) if x == y else (r * (expit((y - x) * 0.6931471805599453)) if r != 0.0 else 0.0))


def logaddexp2_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = ((product(txs[k], expit((x - y) * 0.6931471805599453)) if x - y == 0 else txs[k] * 0.5) if x == y else product(txs[k], expit((x - y) * 0.6931471805599453))) + ((product(tys[k], expit((y - x) * 0.6931471805599453)) if x - y == 0 else tys[k] * 0.5) if x == y else product(tys[k], expit((y - x) * 0.6931471805599453)))


def sin_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.sin(x)


def sin_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (math.cos(x)) if r != 0.0 else 0.0)


def sin_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (math.cos(x)) if r != 0.0 else 0.0)


def sin_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], math.cos(x))


def cos_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.cos(x)


def cos_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (-math.sin(x)) if r != 0.0 else 0.0)


def cos_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (-math.sin(x)) if r != 0.0 else 0.0)


def cos_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], -math.sin(x))


def tan_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.tan(x)


def tan_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (1 + z * z) if r != 0.0 else 0.0)


def tan_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (1 + z * z) if r != 0.0 else 0.0)


def tan_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        z = zs[k]
        tzs[k] = product(txs[k], 1 + z * z)


def arcsin_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.asin(x)


def arcsin_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / math.sqrt((1 - x) * (1 + x))) if r != 0.0 else 0.0)


def arcsin_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / math.sqrt((1 - x) * (1 + x))) if r != 0.0 else 0.0)


def arcsin_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / math.sqrt((1 - x) * (1 + x)))


def arccos_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.acos(x)


def arccos_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (-1 / math.sqrt((1 - x) * (1 + x))) if r != 0.0 else 0.0)


def arccos_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (-1 / math.sqrt((1 - x) * (1 + x))) if r != 0.0 else 0.0)


def arccos_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], -1 / math.sqrt((1 - x) * (1 + x)))


def arctan_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.atan(x)


def arctan_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / (1 + x * x)) if r != 0.0 else 0.0)


def arctan_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / (1 + x * x)) if r != 0.0 else 0.0)


def arctan_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / (1 + x * x))


def arctan2_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = math.atan2(x, y)


def arctan2_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += ((r * (product(inf - inf, x + y)) if r != 0.0 else 0.0) if abs(x) + abs(y) == 0 else (r * (y / math.hypot(x, y) / math.hypot(x, y)) if r != 0.0 else 0.0))


def arctan2_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = ((r * (product(inf - inf, x + y)) if r != 0.0 else 0.0) if abs(x) + abs(y) == 0 else (r * (y / math.hypot(x, y) / math.hypot(x, y)) if r != 0.0 else 0.0))


def arctan2_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += ((r * (product(inf - inf, x + y)) if r != 0.0 else 0.0) if abs(x) + abs(y) == 0 else (r * (-(x / math.hypot(x, y)) / math.hypot(x, y)) if r != 0.0 else 0.0))


def arctan2_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = ((r * (product(inf - inf, x + y)) if r != 0.0 else 0.0) if abs(x) + abs(y) == 0 else (r * (-(x / math.hypot(x, y)) / math.hypot(x, y)) if r != 0.0 else 0.0))


def arctan2_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (product(txs[k], product(inf - inf, x + y)) if abs(x) + abs(y) == 0 else product(txs[k], y / math.hypot(x, y) / math.hypot(x, y))) + (product(tys[k], product(inf - inf, x + y)) if abs(x) + abs(y) == 0 else product(tys[k], -(x / math.hypot(x, y)) / math.hypot(x, y)))


def hypot_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = math.hypot(x, y)


def hypot_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        z = zs[k]
        r = rs[k]
        gs[k] += ((r * (product(inf - inf, x + y)) if r != 0.0 else 0.0) if z == 0 else (r * (x / z) if r != 0.0 else 0.0))


def hypot_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        z = zs[k]
        r = rs[k]
        gs[k] = ((r * (product(inf - inf, x + y)) if r != 0.0 else 0.0) if z == 0 else (r * (x / z) if r != 0.0 else 0.0))


def hypot_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        z = zs[k]
        r = rs[k]
        gs[k] += ((r * (product(inf - inf, x + y)) if r != 0.0 else 0.0) if z == 0 else (r * (y / z) if r != 0.0 else 0.0))


def hypot_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        z = zs[k]
        r = rs[k]
        gs[k] = ((r * (product(inf - inf, x + y)) if r != 0.0 else 0.0) if z == 0 else (r * (y / z) if r != 0.0 else 0.0))


def hypot_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        z = zs[k]
        tzs[k] = (product(txs[k], product(inf - inf, x + y)) if z == 0 else product(txs[k], x / z)) + (product(tys[k], product(inf - inf, x + y)) if z == 0 else product(tys[k], y / z))


def sinh_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.sinh(x)


def sinh_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (math.cosh(x)) if r != 0.0 else 0.0)


def sinh_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (math.cosh(x)) if r != 0.0 else 0.0)


def sinh_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], math.cosh(x))


def cosh_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.cosh(x)


def cosh_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (math.sinh(x)) if r != 0.0 else 0.0)


def cosh_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (math.sinh(x)) if r != 0.0 else 0.0)


def cosh_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], math.sinh(x))


def tanh_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.tanh(x)


def tanh_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (1 - z * z) if r != 0.0 else 0.0)


def tanh_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (1 - z * z) if r != 0.0 else 0.0)


def tanh_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        z = zs[k]
        tzs[k] = product(txs[k], 1 - z * z)


def arcsinh_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.asinh(x)


def arcsinh_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / math.hypot(1, x)) if r != 0.0 else 0.0)


def arcsinh_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / math.hypot(1, x)) if r != 0.0 else 0.0)


def arcsinh_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / math.hypot(1, x))


def arccosh_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.acosh(x)


def arccosh_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / (math.sqrt(x - 1) * math.sqrt(x + 1))) if r != 0.0 else 0.0)


def arccosh_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / (math.sqrt(x - 1) * math.sqrt(x + 1))) if r != 0.0 else 0.0)


def arccosh_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / (math.sqrt(x - 1) * math.sqrt(x + 1)))


def arctanh_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.atanh(x)


def arctanh_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / ((1 - x) * (1 + x))) if r != 0.0 else 0.0)


def arctanh_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / ((1 - x) * (1 + x))) if r != 0.0 else 0.0)


def arctanh_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / ((1 - x) * (1 + x)))


def sinc_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = sinc(x)


def sinc_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (sincn(1, x)) if r != 0.0 else 0.0)


def sinc_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (sincn(1, x)) if r != 0.0 else 0.0)


def sinc_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], sincn(1, x))


def sincn_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = sincn(x, y)


def sincn_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r * (sincn(x + 1, y)) if r != 0.0 else 0.0)


def sincn_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r * (sincn(x + 1, y)) if r != 0.0 else 0.0)


def sincn_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = product(tys[k], sincn(x + 1, y))


def deg2rad_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = x * 0.017453292519943295


def deg2rad_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r * 0.017453292519943295


def deg2rad_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r * 0.017453292519943295


def deg2rad_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = txs[k] * 0.017453292519943295


def rad2deg_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = x * 57.29577951308232


def rad2deg_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r * 57.29577951308232


def rad2deg_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r * 57.29577951308232


def rad2deg_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = txs[k] * 57.29577951308232


def maximum_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x if x > y or x != x else y


def maximum_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if x > y else (r * 0.5 if x == y else 0.0))


def maximum_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if x > y else (r * 0.5 if x == y else 0.0))


def maximum_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if y > x else (r * 0.5 if x == y else 0.0))


def maximum_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if y > x else (r * 0.5 if x == y else 0.0))


def maximum_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (txs[k] if x > y else (txs[k] * 0.5 if x == y else 0.0)) + (tys[k] if y > x else (tys[k] * 0.5 if x == y else 0.0))


def minimum_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x if x < y or x != x else y


def minimum_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if x < y else (r * 0.5 if x == y else 0.0))


def minimum_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if x < y else (r * 0.5 if x == y else 0.0))


def minimum_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if y < x else (r * 0.5 if x == y else 0.0))


def minimum_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if y < x else (r * 0.5 if x == y else 0.0))


def minimum_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (txs[k] if x < y else (txs[k] * 0.5 if x == y else 0.0)) + (tys[k] if y < x else (tys[k] * 0.5 if x == y else 0.0))


def fmax_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x if x >= y or y != y else y


def fmax_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if x > y else (r * 0.5 if x == y else (0.0 if y == y else r)))


def fmax_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if x > y else (r * 0.5 if x == y else (0.0 if y == y else r)))


def fmax_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if y > x else (r * 0.5 if x == y else (0.0 if x == x else r)))


def fmax_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if y > x else (r * 0.5 if x == y else (0.0 if x == x else r)))


def fmax_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (txs[k] if x > y else (txs[k] * 0.5 if x == y else (0.0 if y == y else txs[k]))) + (tys[k] if y > x else (tys[k] * 0.5 if x == y else (0.0 if x == x else tys[k])))


def fmin_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = x if x <= y or y != y else y


def fmin_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if x < y else (r * 0.5 if x == y else (0.0 if y == y else r)))


def fmin_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if x < y else (r * 0.5 if x == y else (0.0 if y == y else r)))


def fmin_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if y < x else (r * 0.5 if x == y else (0.0 if x == x else r)))


def fmin_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if y < x else (r * 0.5 if x == y else (0.0 if x == x else r)))


def fmin_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (txs[k] if x < y else (txs[k] * 0.5 if x == y else (0.0 if y == y else txs[k]))) + (tys[k] if y < x else (tys[k] * 0.5 if x == y else (0.0 if x == x else tys[k])))


def where_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        zs[k] = y if x != 0 else w


def where_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r if x != 0 else 0.0)


def where_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r if x != 0 else 0.0)


def where_reverse2(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (0.0 if x != 0 else r)


def where_store2(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (0.0 if x != 0 else r)


def where_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = (tys[k] if x != 0 else 0.0) + (0.0 if x != 0 else tws[k])


def clip_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        zs[k] = x + y if x != x or y != y else (x if x > y else y) if (x if x > y else y) <= w else w


def clip_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        r = rs[k]
        gs[k] += (0.0 if x < y else (0.0 if x > w else r))


def clip_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        r = rs[k]
        gs[k] = (0.0 if x < y else (0.0 if x > w else r))


def clip_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        r = rs[k]
        gs[k] += (0.0 if y > w else (r if x < y else 0.0))


def clip_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        r = rs[k]
        gs[k] = (0.0 if y > w else (r if x < y else 0.0))


def clip_reverse2(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        r = rs[k]
        gs[k] += (r if y > w else (r if x > w else 0.0))


def clip_store2(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        r = rs[k]
        gs[k] = (r if y > w else (r if x > w else 0.0))


def clip_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        w = ws[k]
        tzs[k] = (0.0 if x < y else (0.0 if x > w else txs[k])) + (0.0 if y > w else (tys[k] if x < y else 0.0)) + (tws[k] if y > w else (tws[k] if x > w else 0.0))


def heaviside_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = heaviside(x, y)


def heaviside_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r if x == 0 else 0.0)


def heaviside_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r if x == 0 else 0.0)


def heaviside_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = (tys[k] if x == 0 else 0.0)


def copysign_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = math.copysign(x, y)


def copysign_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (0.0 if x == 0 else (r if (1 if math.copysign(1.0, x) < 0 else 0) == (1 if math.copysign(1.0, y) < 0 else 0) else -r))


def copysign_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (0.0 if x == 0 else (r if (1 if math.copysign(1.0, x) < 0 else 0) == (1 if math.copysign(1.0, y) < 0 else 0) else -r))


def copysign_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (0.0 if x == 0 else (txs[k] if (1 if math.copysign(1.0, x) < 0 else 0) == (1 if math.copysign(1.0, y) < 0 else 0) else -txs[k]))


def floor_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = np.floor(x)


def floor_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def ceil_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = np.ceil(x)


def ceil_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def rint_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = np.rint(x)


def rint_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def trunc_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = np.trunc(x)


def trunc_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def erf_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.erf(x)


def erf_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (2 / 1.7724538509055159 * math.exp(-x * x)) if r != 0.0 else 0.0)


def erf_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (2 / 1.7724538509055159 * math.exp(-x * x)) if r != 0.0 else 0.0)


def erf_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 2 / 1.7724538509055159 * math.exp(-x * x))


def erfc_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.erfc(x)


def erfc_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (-2 / 1.7724538509055159 * math.exp(-x * x)) if r != 0.0 else 0.0)


def erfc_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (-2 / 1.7724538509055159 * math.exp(-x * x)) if r != 0.0 else 0.0)


def erfc_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], -2 / 1.7724538509055159 * math.exp(-x * x))


def lgamma_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.lgamma(x)


def lgamma_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (digamma(x)) if r != 0.0 else 0.0)


def lgamma_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (digamma(x)) if r != 0.0 else 0.0)


def lgamma_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], digamma(x))


def gamma_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.gamma(x)


def gamma_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (z * digamma(x)) if r != 0.0 else 0.0)


def gamma_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (z * digamma(x)) if r != 0.0 else 0.0)


def gamma_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        tzs[k] = product(txs[k], z * digamma(x))


def digamma_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = digamma(x)


def digamma_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (polygamma(1, x)) if r != 0.0 else 0.0)


def digamma_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (polygamma(1, x)) if r != 0.0 else 0.0)


def digamma_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], polygamma(1, x))


def polygamma_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = polygamma(x, y)


def polygamma_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r * (polygamma(x + 1, y)) if r != 0.0 else 0.0)


def polygamma_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r * (polygamma(x + 1, y)) if r != 0.0 else 0.0)


def polygamma_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = product(tys[k], polygamma(x + 1, y))


def sigmoid_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = expit(x)


def sigmoid_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (0.25 * (2 * math.exp(-abs(0.5 * x)) / (1 + math.exp(-abs(0.5 * x)) * math.exp(-abs(0.5 * x))) * (2 * math.exp(-abs(0.5 * x)) / (1 + math.exp(-abs(0.5 * x)) * math.exp(-abs(0.5 * x)))))) if r != 0.0 else 0.0)


def sigmoid_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (0.25 * (2 * math.exp(-abs(0.5 * x)) / (1 + math.exp(-abs(0.5 * x)) * math.exp(-abs(0.5 * x))) * (2 * math.exp(-abs(0.5 * x)) / (1 + math.exp(-abs(0.5 * x)) * math.exp(-abs(0.5 * x)))))) if r != 0.0 else 0.0)


def sigmoid_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 0.25 * (2 * math.exp(-abs(0.5 * x)) / (1 + math.exp(-abs(0.5 * x)) * math.exp(-abs(0.5 * x))) * (2 * math.exp(-abs(0.5 * x)) / (1 + math.exp(-abs(0.5 * x)) * math.exp(-abs(0.5 * x))))))


def softplus_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = softplus(x)


def softplus_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (expit(x)) if r != 0.0 else 0.0)


def softplus_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (expit(x)) if r != 0.0 else 0.0)


def softplus_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], expit(x))


def log_sigmoid_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = -softplus(-x)


def log_sigmoid_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (expit(-x)) if r != 0.0 else 0.0)


def log_sigmoid_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (expit(-x)) if r != 0.0 else 0.0)


def log_sigmoid_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], expit(-x))


def logit_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = logit(x)


def logit_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (1 / (x * (1 - x))) if r != 0.0 else 0.0)


def logit_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (1 / (x * (1 - x))) if r != 0.0 else 0.0)


def logit_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], 1 / (x * (1 - x)))


def relu_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = x if x > 0 or x != x else 0.0


def relu_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r if x > 0 else 0.0)


def relu_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r if x > 0 else 0.0)


def relu_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = (txs[k] if x > 0 else 0.0)


def xlogy_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = xlogy(x, y)


def xlogy_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += ((0.0 if x == 0 else (r * (-inf) if r != 0.0 else 0.0)) if y == 0 else (r * (math.log(y)) if r != 0.0 else 0.0))


def xlogy_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = ((0.0 if x == 0 else (r * (-inf) if r != 0.0 else 0.0)) if y == 0 else (r * (math.log(y)) if r != 0.0 else 0.0))


def xlogy_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += ((0.0 if x == 0 else (r * (x / y) if r != 0.0 else 0.0)) if y == 0 else (r * (x / y) if r != 0.0 else 0.0))


def xlogy_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = ((0.0 if x == 0 else (r * (x / y) if r != 0.0 else 0.0)) if y == 0 else (r * (x / y) if r != 0.0 else 0.0))


def xlogy_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = ((0.0 if x == 0 else product(txs[k], -inf)) if y == 0 else product(txs[k], math.log(y))) + ((0.0 if x == 0 else product(tys[k], x / y)) if y == 0 else product(tys[k], x / y))


def xlog1py_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = xlog1py(x, y)


def xlog1py_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] += (r * (math.log1p(y)) if r != 0.0 else 0.0)


def xlog1py_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        y = ys[k]
        r = rs[k]
        gs[k] = (r * (math.log1p(y)) if r != 0.0 else 0.0)


def xlog1py_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += ((0.0 if x == 0 else (r * (x / (1 + y)) if r != 0.0 else 0.0)) if 1 + y == 0 else (r * (x / (1 + y)) if r != 0.0 else 0.0))


def xlog1py_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = ((0.0 if x == 0 else (r * (x / (1 + y)) if r != 0.0 else 0.0)) if 1 + y == 0 else (r * (x / (1 + y)) if r != 0.0 else 0.0))


def xlog1py_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = product(txs[k], math.log1p(y)) + ((0.0 if x == 0 else product(tys[k], x / (1 + y))) if 1 + y == 0 else product(tys[k], x / (1 + y)))


def less_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if x < y else 0


def less_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def less_equal_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if x <= y else 0


def less_equal_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def greater_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if x > y else 0


def greater_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def greater_equal_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if x >= y else 0


def greater_equal_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def equal_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if x == y else 0


def equal_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def not_equal_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if x != y else 0


def not_equal_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def logical_and_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if x != 0 and y != 0 else 0


def logical_and_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def logical_or_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if x != 0 or y != 0 else 0


def logical_or_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def logical_xor_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = 1 if (x != 0) != (y != 0) else 0


def logical_xor_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def logical_not_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = 0 if x != 0 else 1


def logical_not_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def isnan_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = 1 if x != x else 0


def isnan_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def isinf_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = 1 if x == inf or x == -inf else 0


def isinf_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def isfinite_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = 1 if x - x == 0 else 0


def isfinite_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def signbit_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = 1 if math.copysign(1.0, x) < 0 else 0


def signbit_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = 0.0


def root_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = math.sqrt(x)


def root_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        r = rs[k]
        gs[k] += ((r * (product(inf - inf, x)) if r != 0.0 else 0.0) if z == 0 else (r * (0.5 / z) if r != 0.0 else 0.0))


def root_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        r = rs[k]
        gs[k] = ((r * (product(inf - inf, x)) if r != 0.0 else 0.0) if z == 0 else (r * (0.5 / z) if r != 0.0 else 0.0))


def root_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        tzs[k] = (product(txs[k], product(inf - inf, x)) if z == 0 else product(txs[k], 0.5 / z))


def corner_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = x


def corner_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] += r


def corner_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        r = rs[k]
        gs[k] = r


def corner_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        tzs[k] = txs[k]


def first_max_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = y if y > x else x


def first_max_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (0.0 if y > x else r)


def first_max_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (0.0 if y > x else r)


def first_max_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if y > x else 0.0)


def first_max_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if y > x else 0.0)


def first_max_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (0.0 if y > x else txs[k]) + (tys[k] if y > x else 0.0)


def first_min_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        zs[k] = y if y < x else x


def first_min_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (0.0 if y < x else r)


def first_min_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (0.0 if y < x else r)


def first_min_reverse1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] += (r if y < x else 0.0)


def first_min_store1(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        r = rs[k]
        gs[k] = (r if y < x else 0.0)


def first_min_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        y = ys[k]
        tzs[k] = (0.0 if y < x else txs[k]) + (tys[k] if y < x else 0.0)


def sech_squared_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = 2 * math.exp(-abs(x)) / (1 + math.exp(-abs(x)) * math.exp(-abs(x))) * (2 * math.exp(-abs(x)) / (1 + math.exp(-abs(x)) * math.exp(-abs(x))))


def sech_squared_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        r = rs[k]
        gs[k] += (r * (-2 * math.tanh(x) * z) if r != 0.0 else 0.0)


def sech_squared_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        r = rs[k]
        gs[k] = (r * (-2 * math.tanh(x) * z) if r != 0.0 else 0.0)


def sech_squared_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        z = zs[k]
        tzs[k] = product(txs[k], -2 * math.tanh(x) * z)


def unit_gap_forward(xs, ys, ws, zs, m):
    for k in range(m):
        x = xs[k]
        zs[k] = (1 - x) * (1 + x)


def unit_gap_reverse0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] += (r * (-2 * x) if r != 0.0 else 0.0)


def unit_gap_store0(xs, ys, ws, zs, rs, gs, m):
    for k in range(m):
        x = xs[k]
        r = rs[k]
        gs[k] = (r * (-2 * x) if r != 0.0 else 0.0)


def unit_gap_tangent(xs, ys, ws, zs, txs, tys, tws, tzs, m):
    for k in range(m):
        x = xs[k]
        tzs[k] = product(txs[k], -2 * x)
