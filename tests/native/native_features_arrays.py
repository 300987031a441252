"""Functions of an array that native differentiation takes as they are: NumPy's functions over arrays of one to four axes."""

from __future__ import annotations

import math

import numpy as np
from native_features import t

C = np.array([0.5, 2.0, 1.5])
"""A closed-over array is a constant."""
M = np.array([[2.0, 0.3, 0.1], [0.2, 1.5, 0.4], [0.7, 0.1, 1.9]])


# ---------------- reductions
@t
def r_axis3(x):
    a = np.outer(x, x).reshape(3, 3, 1) * np.ones((1, 1, 2))
    return np.sum(a, 1)[2, 1] * np.sum(a, axis=0)[1, 0] + a.sum(axis=2)[0, 1] + a.sum(-1)[0, 0]
@t
def r_axis4(x):
    a = np.zeros((2, 3, 2, 2))
    for i in range(2):
        for j in range(3):
            for k in range(2):
                for l in range(2): a[i, j, k, l] = x[j] * (i + 1) + k * x[l]
    return np.sum(np.sum(a, 1) ** 2) + np.sum(a, axis=3)[1, 2, 0]
@t
def r_axis2(x):
    a = np.outer(x, x)
    return np.sum(a, 0)[1] / 3 * np.mean(a) + a[np.argmax(a, axis=0)[1], 1] + np.cumsum(a, 1)[1, 2]
@t
def r_extremes(x):
    a = np.outer(x, x)
    return np.max(a) * np.amin(a) + a.min() + np.ptp(x)
@t
def r_var_std(x):
    return np.var(x) + np.std(x) + x.var() * x.std()
@t
def r_nan(x):
    return np.nansum(x) * np.nanmean(x) + np.nanmax(x) + np.nanmin(x) + np.nanvar(x) + np.nanstd(x) + np.nanprod(x)
@t
def r_cum(x):
    return np.sum(np.cumsum(x) * np.cumprod(x)) + x.cumsum()[1] + x.cumprod()[2]
@t
def r_arg(x):
    return x[np.argmin(x)] * x[x.argmax()]
@t
def r_any_all(x):
    if np.any(x > 2.0) and not np.all(x > 2.0): return x[0] * x[1]
    return x[2]
@t
def r_count(x):
    return x[0] * np.count_nonzero(x > 1.4) + x[1] * np.sum(x > 1.4) + x[2] * (x > 1.4).sum()
@t
def r_average(x):
    return np.average(x) + np.average(x, weights=C)
@t
def r_square_sum(x):
    return np.sqrt(np.sum(np.square(x))) + np.sum(np.reciprocal(x)) + np.sum(np.sign(x) * x) + np.sum(np.exp2(x))
# ---------------- order
@t
def o_sort(x): return np.sum(np.sort(x) * C)
@t
def o_sort_method(x):
    y = x.copy(); y.sort()
    return y[0] * y[2]
@t
def o_argsort(x):
    i = np.argsort(x)
    return x[i[0]] * x[i[2]] + x[x.argsort()[1]]
@t
def o_median(x): return np.median(x) * np.median(np.array([x[0], x[1], x[2], 3.0])) + np.nanmedian(x)
@t
def o_percentile(x): return np.percentile(x, 30.0) + np.quantile(x, 0.6) * x[0]
@t
def o_percentiles(x): return np.sum(np.percentile(x, np.array([10.0, 50.0, 80.0])) * C)
@t
def o_searchsorted(x):
    i = np.searchsorted(np.array([1.0, 1.4, 2.0]), x[0])
    k = np.searchsorted(np.array([1.0, 1.4, 2.0]), x, "right")
    return x[i % 3] * x[k[2] - 3] + k[1] + np.digitize(x, np.array([1.0, 1.4]))[0] * x[1]
@t
def o_interp(x): return np.interp(1.7, np.array([1.0, 1.5, 2.0]), x) + np.interp(x[0], C * np.array([1.0, 0.6, 1.2]), C)
@t
def o_interp_array(x): return np.sum(np.interp(x, np.array([0.0, 1.35, 2.0, 3.0]), np.array([1.0, 4.0, 2.0, 8.0])) * x)
@t
def o_nonzero(x): return np.sum(x[np.nonzero(x > 1.4)[0]]) + np.sum(x[np.where(x > 1.4)[0]]) * x[1]
@t
def o_unique(x): return np.sum(np.unique(x)[1:] ** 2)
@t
def o_partition(x): return np.partition(x, 1)[1] * x[0]
# ---------------- shapes
@t
def s_diff(x): return np.sum(np.diff(x) ** 2) + np.diff(x, 2)[0]
@t
def s_concat(x): return np.sum(np.concatenate((x, C, x[1:])) ** 2)
@t
def s_stack(x): return np.stack((x, C))[1, 1] * np.stack((x, x), 1)[2, 0] + np.vstack((x, x))[1, 2] + np.hstack((x, C))[1]
@t
def s_columns(x): return np.sum(np.column_stack((x, x * x))[1]) + np.sum(np.dstack((x, x)))
@t
def s_append(x): return np.sum(np.append(x, x[0] * x[1]) ** 2) + np.sum(np.append(x, C))
@t
def s_linspace(x): return np.sum(np.linspace(x[0], x[2], 5) ** 2) + np.sum(np.linspace(0.0, x[1], 4)) + np.logspace(x[0], 2.0, 3)[1] * 0.01 + np.geomspace(x[0], 8.0, 4)[2]
@t
def s_arange(x): return np.sum(np.arange(0.0, 3.0, 1.0) * x) + x[np.arange(3)[1]]
@t
def s_repeat(x): return np.sum(np.repeat(x, 2) * np.arange(6))
@t
def s_roll(x): return np.sum(np.roll(x, 1) * x * C)
@t
def s_flip(x): return np.sum(np.flip(x) * C) + np.fliplr(np.outer(x, C))[0, 0] + np.flipud(np.outer(x, C))[0, 0] + x[::-1][0]
@t
def s_rot(x): return np.rot90(np.outer(x, C))[0, 1]
@t
def s_outer(x): return np.sum(np.outer(x, x) * M) + np.outer(C, x)[0, 1]
@t
def s_kron(x): return np.sum(np.kron(x, C) ** 2)
@t
def s_cross(x): return np.sum(np.cross(x, C) * x * C)
@t
def s_diag(x): return np.sum(np.diag(x) @ x) + np.sum(np.diag(np.outer(x, x)) * C)
@t
def s_tri(x): return np.sum(np.tril(np.outer(x, x))) + np.triu(np.outer(x, x), 1)[0, 1]
@t
def s_trace(x): return np.trace(np.outer(x, x) * M)
@t
def s_reshape(x):
    a = np.concatenate((x, x)).reshape(2, 3)
    return a.T[2, 1] * a.ravel()[3] + a.flatten()[1] + a.reshape((3, 2))[2, 0] + np.reshape(a, (6,))[2] + np.ravel(a)[0]
@t
def s_transpose(x):
    a = np.outer(x, C).reshape(3, 3, 1)
    return np.transpose(a)[0, 1, 2] * a.transpose()[0, 0, 1] + np.transpose(a, (1, 0, 2))[2, 0, 0]
@t
def s_expand(x): return np.expand_dims(x, 0)[0, 1] * np.atleast_2d(x)[0, 2] + np.atleast_1d(x)[0]
@t
def s_broadcast_to(x): return np.sum(np.broadcast_to(x, (2, 3)) * np.ones((2, 3)))
@t
def s_swapaxes(x): return np.swapaxes(np.outer(x, C), 0, 1)[0, 2]
@t
def s_delete(x): return np.sum(np.delete(x, 1) ** 2)
@t
def s_take(x): return np.sum(np.take(x, np.array([2, 0])) ** 2) + x.take(1)
@t
def s_split(x):
    a = np.array_split(np.concatenate((x, x)), 2)
    return a[1][0] * a[0][2]
@t
def s_select(x): return np.sum(np.select([x > 2.0, x > 1.4], [x * x, x], 1.0))
@t
def s_vander(x): return np.sum(np.vander(x, 3)) + np.vander(x, increasing=True)[1, 2]
# ---------------- choices
@t
def c_where(x): return np.sum(np.where(x > 1.4, x * x, C)) + np.sum(np.where(C > 1.0, x, 0.0)) + np.where(x[0] > 1.0, x[1], 2.0)
@t
def c_where_broadcast(x): return np.sum(np.where(np.outer(x, x) > 2.5, x, C) * x)
@t
def c_clip(x): return np.sum(np.clip(x, 1.4, 2.0)) + np.clip(x[0], 0.0, 9.0) * np.sum(x.clip(0.0, 2.0)) + np.sum(np.clip(x, x[1], None))
@t
def c_mask_sum(x):
    m = (x > 1.4) & (x < 3.0) | (x == 0.0)
    return np.sum(x[m] ** 2) + np.sum(x[~m])
@t
def c_mask_assign(x):
    y = x * x
    y[x > 1.4] = 0.5
    y[y == 0.5] = x[0]
    return np.sum(y * x)
@t
def c_mask_assign_array(x):
    y = np.zeros(3)
    y[x > 1.4] = x[x > 1.4] * 2.0
    return np.sum(y)
@t
def c_fancy(x): return np.sum(x[np.array([0, 0, 2])] ** 2) + np.outer(x, x)[np.array([1, 2])][0, 2]
@t
def c_fancy_assign(x):
    y = np.zeros(3)
    y[np.array([0, 2])] = x[:2]
    y[1:] += x[1:]
    y[0] -= 1
    return np.sum(y * y)
@t
def c_isclose(x): return x[0] if np.isclose(x[0], 1.5, 0.3) and np.allclose(x, x) else x[1]
@t
def c_maximum(x): return np.sum(np.maximum(x, C) * np.fmin(x, 2.0)) + np.minimum(C, x)[1] + np.sum(np.fmax(x, 0.0))
@t
def c_heaviside(x): return np.sum(np.where(np.isfinite(x) & ~np.isnan(x), x, 0.0))
# ---------------- elementwise
@t
def e_trig(x): return np.sum(np.sin(x) * np.cos(x) + np.tan(x * 0.1) + np.arctan(x) + np.arcsin(x * 0.3) + np.arccos(x * 0.3))
@t
def e_hyper(x): return np.sum(np.sinh(x) + np.cosh(x) * np.tanh(x) + np.arcsinh(x) + np.arccosh(x + 1) + np.arctanh(x * 0.2))
@t
def e_logs(x): return np.sum(np.log(x) + np.log1p(x) + np.log2(x) + np.log10(x) + np.exp(x) + np.expm1(x) + np.exp2(x))
@t
def e_two(x): return np.sum(np.arctan2(x, C) + np.hypot(x, C) + np.logaddexp(x, C) + np.power(x, C) + np.copysign(x, C) + np.fmod(x, C) + np.remainder(x, C))
@t
def e_round(x): return np.sum(x * np.floor(x) + x * np.ceil(x) + np.trunc(x) * x + np.rint(x) * x) + np.sum(np.fabs(x) * np.abs(-x))
@t
def e_degrees(x): return np.sum(np.degrees(x) * np.radians(x) + np.deg2rad(x) + np.rad2deg(x))
@t
def e_expression(x): return np.sum(2.0 / (1.0 + x ** 2) - x / C + (3 - x) ** 2 + (-x) * +x)
@t
def e_reverse(x): return np.sum(C - x) * np.sum(C / x) + np.sum(2 ** x) + np.sum(C ** x) + np.sum(1 - x)
@t
def e_ints(x): return np.sum(x * np.arange(3)) + np.sum(x + np.array([1, 2, 3])) + np.sum(x * True)
@t
def e_in_place(x):
    y = x.copy()
    y += C; y *= x; y -= 1; y /= 2.0; y **= 2
    return np.sum(y)
@t
def e_broadcast3(x):
    a = x.reshape(3, 1, 1) * x.reshape(1, 3, 1) + C
    return a[1, 2, 0] * a[2, 0, 2] + np.sum(a)
@t
def e_special(x):
    s = 0.0
    for v in x: s += math.gamma(v) + math.lgamma(v) + math.erf(v) + math.erfc(v) + np.cbrt(v) + math.ldexp(v, 2)
    return s + np.sum(np.cbrt(x))
@t
def e_special_constants(x):
    y = np.ones(2)
    y[1] = x[0]
    return math.lgamma(y[0] + 2.5) * x[1] + math.gamma(y[1]) * np.cbrt(y[0] * 8.0)
@t
def e_scalar_array(x): return np.sum(x[0] * C + C / x[1] - x[2]) + np.sum(np.maximum(C, x[0])) + np.sum(np.exp(-x[1] * C))
# ---------------- products
@t
def p_dot(x): return np.dot(M, x)[1] * (x @ M)[0] + (M @ x) @ x + np.dot(x, C) + x.dot(x) + np.vdot(x, C)
@t
def p_matmul(x):
    a = np.outer(x, x)
    return (a @ M)[1, 2] * np.dot(M, a)[0, 0] + (a @ a)[2, 1] + np.matmul(a.T, a)[0, 1]
@t
def p_large(x):
    a = np.outer(np.arange(40) * 0.01, x)
    b = np.outer(x, np.arange(40) * 0.02)
    return np.sum(a @ b) + np.sum((np.ones((40, 40)) @ (a @ b) @ np.ones(40)) ** 2) * 1e-6
@t
def p_norm(x): return np.linalg.norm(x) + np.linalg.norm(x, 1) + np.linalg.norm(x, 3) + np.linalg.norm(x, np.inf) + np.linalg.norm(np.outer(x, C)) + np.linalg.norm(np.outer(x, C) + M, 2)
@t
def p_convolve(x): return np.sum(np.convolve(x, C) ** 2) + np.sum(np.correlate(x, C)) + np.convolve(x, C, "same")[1]
@t
def p_cov(x): return np.cov(np.vstack((x, C)))[0, 1] + np.corrcoef(x, C)[0, 1] + np.cov(x, x * x, bias=True)[0, 1] + np.sum(np.cov(x))
@t
def p_trapezoid(x): return np.trapezoid(x) + np.trapezoid(x, C) + np.trapezoid(C, x)
@t
def p_polynomial(x):
    s = 0.0
    for c in x: s = s * x[0] + c
    return s
# ---------------- linear algebra
@t
def l_solve(x):
    a = np.empty((3, 3))
    for i in range(3):
        for j in range(3): a[i, j] = x[i] * j + (5.0 if i == j else math.sin(x[j]))
    return np.sum(np.linalg.solve(a, x * 2.0)) + np.sum(np.linalg.solve(M, x)) + np.linalg.solve(a, M)[0, 1]
@t
def l_inv_det(x):
    a = np.outer(x, x) + np.eye(3)
    s, log = np.linalg.slogdet(a)
    return np.linalg.inv(a)[0, 1] * np.linalg.det(a) + s * log * x[1]
@t
def l_cholesky(x): return np.sum(np.linalg.cholesky(np.outer(x, x) + M @ M.T) * M)
@t
def l_eigen(x):
    a = np.outer(x, x) + np.diag(np.arange(3) * 1.0)
    w, v = np.linalg.eigh(a)
    return np.linalg.eigvalsh(a)[1] + w[0] * abs(v[0, 1])
@t
def l_factors(x):
    a = np.outer(x, x) + np.diag(np.arange(3) * 1.0)
    q, r = np.linalg.qr(a)
    u, s, v = np.linalg.svd(a)
    return r[1, 1] * q[0, 1] + s[1]
@t
def l_least_squares(x):
    a = np.outer(x, np.array([1.0, 2.0])) + np.ones((3, 2)) * np.arange(2)
    return np.linalg.lstsq(a, np.arange(3) * 1.0)[0][0] + np.linalg.pinv(a)[0, 0]
@t
def l_power(x):
    a = np.outer(x, x) + np.diag(np.arange(3) * 1.0)
    return np.linalg.matrix_power(a, 3)[0, 0] + np.linalg.cond(a)
