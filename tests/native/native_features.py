"""Functions of an array that native differentiation takes as they are: features of Numba, one or a few each."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

FEATURES: list[Callable[[Any], Any]] = []


def t(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    FEATURES.append(f)
    return f


@njit
def helper(a, b=2.0): return a * b + math.sin(a)
@njit
def fact(a, n):
    if n == 0: return a * 1.0
    return a * fact(a, n - 1)
@njit
def tup(a, b): return a * b, a + b
# ---------------- scalars
@t
def float_start(x):
    s = 0.0
    for i in range(x.size): s += x[i] * x[i]
    return s
@t
def int_start(x):
    s = 0
    for i in range(x.size): s += x[i] * x[i]
    return s
@t
def prod_int(x):
    p = 1
    for v in x: p = p * v
    return p
@t
def if_join(x):
    if x[0] > 0: a = x[0] * 2
    else: a = 1.0
    return a * x[1]
@t
def ternary(x): return (x[0] if x[0] > x[1] else 3.0) * x[2]
@t
def max0(x): return max(x[0], 0.0) * x[1] + max(x[1], x[0]) + min(x[0], x[1], x[2]) + max(0, x[2])
@t
def while_exit(x):
    y = x[0]; k = 0
    while y < 50.0 and k < 100:
        y = y * y + x[1]; k += 1
    return y
@t
def newton(x):
    y = x[0]
    while True:
        d = (y * y - x[1]) / (2.0 * y)
        y -= d
        if abs(d) < 1e-14: break
    return y
@t
def tuples(x):
    a, b = tup(x[0], x[1]); t = (a, b, 1.0)
    return t[0] * t[1] + t[2]
@t
def tuple_loop(x):
    s = 0.0
    for v in (x[0], x[1], x[2]): s += v * v
    return s
@t
def nested(x): return helper(x[0]) + helper(x[1], x[2]) + helper(x[0], 3) + helper(1.5)*x[0]
@t
def recursion(x): return fact(x[0], 3) + x[1]
@t
def closure(x):
    k = 3.0
    def g(a): return a * k + x[1]
    return g(x[0]) * g(2.0)
@t
def ret_float(x): return 3.0
@t
def ret_mixed(x):
    if x[0] > 100: return 0.0
    return x[0] * x[1]
@t
def pows(x): return x[0] ** 2 + x[1] ** 3 + x[2] ** 0.5 + x[0] ** x[1] + 2.0 ** x[0] + x[0] ** -1 + pow(x[0], 2) + 2 ** x[1]
@t
def pow_var_int(x):
    s = 0.0
    for k in range(4): s += x[0] ** k
    return s
@t
def maths(x): return math.exp(x[0]) + math.log(x[1]) + np.sin(x[2]) + np.sqrt(x[0]) + np.exp(x[1]) + abs(x[0]) + np.abs(x[1]) + math.fabs(x[0]) + np.tanh(x[0])
@t
def inplace(x):
    a = x[0]; a += 1; a *= x[1]; a -= 2.0; a /= x[2]; a **= 2
    return -a + (+a) * 2
@t
def floatconv(x): return float(x[0]) * x[1] + int(x[2])
@t
def compare(x):
    s = 0.0
    if x[0] >= 1 and x[1] != x[2] and not (x[0] == 0): s = x[0]
    if x[0]: s += x[1]
    return s
@t
def isnan(x): return x[0] if not math.isnan(x[0]) and not np.isinf(x[1]) else x[1]
@t
def listvars(x):
    L = [x[0], x[1]]; L.append(x[2] * 2.0)
    s = 0.0
    for v in L: s += v * v
    return s
@t
def list_mixed(x):
    L = [0.0, 1.0]
    L.append(x[0])
    return L[2] * x[1]
@t
def floordiv_mod(x): return x[0] % 2.0 + x[1]
@t
def builtin_sum(x): return sum(x)
@t
def zip_enum(x):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, x[1:])): s += a * b * i
    return s
@t
def opt_none(x):
    y = None
    if x[0] > 0: y = x[0] * 2.0
    if y is None: return x[1]
    return y * x[1]
@t
def npminmax_scalar(x): return np.maximum(x[0], 0.0) + np.minimum(x[1], x[0])
@t
def atan2_hypot(x): return math.atan2(x[0], x[1]) + math.hypot(x[0], x[1])
# ---------------- arrays
@t
def slices(x):
    s = 0.0
    for v in x[1:]: s += v * v
    return s + x[::2][1] + x[-1]
@t
def a_empty_like(x):
    y = np.empty_like(x)
    for i in range(x.size): y[i] = x[i] * x[i]
    return y[0] + y[1]
@t
def a_zeros_like(x):
    y = np.zeros_like(x)
    for i in range(x.size): y[0] += x[i] * x[i]
    return y[0] * y[1] + y[0]
@t
def a_zeros_dtype(x):
    y = np.zeros(x.size, dtype=x.dtype)
    for i in range(x.size): y[i] += x[i] * x[i]
    return y[0] + y[1]
@t
def a_empty_dtype2(x):
    y = np.empty((2, 3), x.dtype)
    for i in range(2):
        for j in range(3): y[i, j] = x[j] * i + 1.0
    return y[1, 1] * y[0, 2]
@t
def a_ones_dtype(x):
    y = np.ones(3, dtype=x.dtype); y[0] = x[0]
    return y[0] * y[1] + x[1]
@t
def a_full_dtype(x):
    y = np.full(3, 2.0, dtype=x.dtype); y[0] = x[0]
    return y[0] * y[1] + x[1]
@t
def a_setfloat(x):
    y = np.empty_like(x); y[0] = 2.0; y[1] = 3; y[:] = 4.0
    return y[0] * x[0]
@t
def a_setslice(x):
    y = np.empty_like(x); y[:] = x; y[1:] = x[:-1]
    return y[0] * y[1] + y[2]
@t
def a_msum(x): return x.sum() * 2.0
@t
def a_npsum(x): return np.sum(x) * x[0]
@t
def a_prod(x): return np.prod(x)
@t
def a_mean(x): return x.mean()
@t
def a_dot(x): return np.dot(x, x)
@t
def a_matmul(x): return x @ x
@t
def a_max(x): return x.max() + np.min(x)
@t
def a_argmax(x): return x[np.argmax(x)]
@t
def a_cumsum(x): return np.cumsum(x)[2]
@t
def a_binop(x):
    y = x * x
    return y[0] + y[1]
@t
def a_expr(x):
    y = x * x + 1.0 - 2 * x / x[0]
    return y[0] * y[1]
@t
def a_ufunc(x): return np.exp(x)[0] + (np.sin(x) * x)[1]
@t
def a_expr_mixed(x):
    c = np.arange(x.size) * 1.0
    y = c * x + c
    return y[1] + y[2]
@t
def a_pow(x): return (x ** 2)[0] + (x ** 3)[1]
@t
def a_neg(x): return (-x)[0] * x[1]
@t
def a_iadd(x):
    y = x.copy(); y += x; y *= 2.0
    return y[0] * y[1]
@t
def a_sumexpr(x): return np.sum((x - 1.0) ** 2)
@t
def a_rosen_np(x): return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
@t
def a_broadcast(x):
    y = x.reshape(3, 1) * x
    return y[0, 1] + y[2, 1]
@t
def a_T(x):
    y = x[:3].reshape(3, 1).T
    return y[0, 1] * y.shape[1]
@t
def a_newaxis(x):
    y = x[:, None] * x[None, :]
    return y[0, 1]
@t
def a_copy(x):
    y = x.copy(); y[0] = x[1]
    return y[0] * x[0]
@t
def a_where(x): return np.sum(np.where(x > 1.0, x, 0.0))
@t
def a_where3(x): return np.sum(np.where(x > 1.0, x, x * x))
@t
def a_maximum(x): return np.sum(np.maximum(x, 1.0))
@t
def a_cmp(x):
    m = x > 1.0
    return x[0] if m[0] else x[1]
@t
def a_fancy(x): return x[np.array([0, 2])].sum()
@t
def a_bool(x): return x[x > 1.0][0]
@t
def a_flat(x):
    s = 0.0
    for v in x.reshape(1, 3).flat: s += v
    return s
@t
def a_ravel(x): return x.reshape(1, 3).ravel()[1] * x[0]
@t
def a_nparray(x):
    y = np.array([x[0], x[1] * 2.0])
    return y[0] * y[1]
@t
def a_listcomp(x):
    y = np.array([v * v for v in x])
    return y[0] + y[2]
@t
def a_concat(x): return np.concatenate((x, x))[4]
@t
def a_stack(x): return np.stack((x, x))[1, 1]
@t
def a_diff(x): return np.diff(x)[0]
@t
def a_linalg_norm(x): return np.linalg.norm(x)
@t
def a_solve(x): return np.linalg.solve(np.eye(3), x)[0]
@t
def a_ret_arr(x):
    y = arrhelper(x)
    return y[0] * y[1]
@njit
def arrhelper(x): return x * 2.0
@t
def a_dot2d(x):
    A = np.ones((3, 3))
    return np.dot(A, x)[0]
@t
def a_vdot_outer(x): return np.outer(x, x)[0, 1]
@t
def a_sort(x): return np.sort(x)[0]
@t
def a_interp_lin(x): return np.clip(x, 0.0, 1.4).sum()
# ---------------- float64 allocations in user code
@t
def z_zeros(x):
    y = np.zeros(x.size)
    for i in range(x.size): y[i] = x[i] * x[i]
    return y[0] + y[1]
@t
def z_empty2(x):
    y = np.empty((x.size, 2))
    for i in range(x.size):
        y[i, 0] = x[i]; y[i, 1] = x[i] * i
    return y[0, 0] * y[2, 1]
@t
def z_ones_full(x):
    y = np.ones(3); z = np.full(3, 2.0); y[0] = x[0]; z[1] = x[1]
    return y[0] * z[1] * z[0]
@t
def z_zeros_f8(x):
    y = np.zeros(3, dtype=np.float64); y[0] = x[0]
    return y[0] * x[1]
@t
def z_expr(x):
    y = np.zeros(x.size); y[:] = x * 2.0
    return y[0] * y[1]
@t
def z_nested(x): return zhelper(x)
@njit
def zhelper(x):
    y = np.zeros(2); y[0] = x[0] * x[1]
    return y[0]
@t
def z_indexarr(x):
    idx = np.zeros(3, np.int64); w = np.zeros(3)
    for i in range(3): idx[i] = 2 - i; w[i] = i
    s = 0.0
    for i in range(3): s += w[i] * x[idx[i]]
    return s

