"""Functions of an array that native differentiation takes as they are: the language that Numba compiles."""

from __future__ import annotations

import math
import operator
from typing import NamedTuple

import numpy as np
from native_features import t
from numba import float64, int64, literal_unroll, njit, prange, typed


class Point(NamedTuple):
    x: float
    y: float


class Model(NamedTuple):
    weights: np.ndarray
    scale: float
    steps: int
    name: str


RATES = (0.1, 0.5, 2.0)
TABLE = np.array([[1.0, 2.0], [3.0, 4.0], [0.5, 0.25]])
FACTOR = 3
MODEL = Model(np.array([0.5, 1.5, 2.5]), 2.0, 3, "m")
KINDS = np.array([(1, 0.5), (2, 1.5)], dtype=[("n", "i8"), ("w", "f8")])
FLAG = True


@njit
def scaled(a, factor=2.0, shift=0.0): return a * factor + shift
@njit
def variadic(a, *rest):
    s = a
    for r in rest: s = s + r
    return s
@njit
def pieces(x, n):
    for i in range(n): yield x[i] * x[0]
@njit
def even(x, n):
    if n == 0: return x * 1.0
    return odd(x, n - 1) + 0.0
@njit
def odd(x, n):
    if n == 0: return x * 2.0
    return odd(x, n - 1) * x
@njit
def fibonacci(x, n):
    if n < 2: return x
    return fibonacci(x, n - 1) + fibonacci(x, n - 2) * x
@njit
def into(out, x):
    for i in range(out.size): out[i] = x[i] * out[i]
@njit
def nothing(x): x[0] * 2.0
@njit
def pair(x): return Point(x[0] * x[1], x[2])
@njit
def array_and_number(x): return x * 2.0, x[0], 3, "text"
@njit(inline="always")
def inlined(a, b): return a * b + 1.0
@njit(fastmath=True)
def fast(x): return np.sum(x * x) / x[0]
@njit(boundscheck=True)
def checked(x): return x[x.size - 1] * x[0]
@njit(error_model="numpy")
def numpy_errors(a, b): return a / b
@njit(parallel=True)
def parallel(x):
    s = 0.0
    for i in prange(x.size): s += x[i] ** 2
    return s
@njit
def apply_twice(f, a): return f(f(a))
@njit
def squares(a): return a * a
@njit
def zeros_like_of(a):
    y = np.zeros(2)
    y[1] = a
    return y.sum()
@njit(nogil=True)
def free(x): return x[0] * x[1]
@njit
def by_model(m, x): return np.sum(m.weights * x) ** m.steps * m.scale
@njit(inline="always")
def inlined_array(a):
    y = np.zeros(2)
    y[0] = a
    return y
@njit
def raises(x):
    if x[0] > 1000.0: raise ValueError("too large")
    return x[0] * x[1]


FUNCTIONS = (squares, zeros_like_of)


# ---------------- control flow
@t
def f_while_else(x):
    k, s = 0, 0.0
    while k < 3:
        s += x[k] * k
        k += 1
        if s > 1e9: break
    else:
        s *= 2.0
    return s
@t
def f_for_else(x):
    s = 0.0
    for v in x:
        if v > 100.0: break
        if v < 1.4: continue
        s += v * v
    else:
        s += x[0]
    return s
@t
def f_nested_loops(x):
    s = 0.0
    for i in range(3):
        for j in range(i, 3):
            if i == j: continue
            s += x[i] * x[j] ** i
    return s
@t
def f_chained(x):
    if 1.0 < x[0] < 2.0 <= x[2]: return x[0] * x[2]
    return x[1]
@t
def f_boolean(x):
    big = x[0] > 1.0 or x[1] > 100.0
    both = big and not x[2] < 0.0
    return x[0] * both + x[1] * (not both) + x[2]
@t
def f_bisection(x):
    a, b = 0.0, 10.0
    for _ in range(60):
        m = 0.5 * (a + b)
        if m * m - 2.0 > 0.0: b = m
        else: a = m
    return a * x[0] + x[1]
@t
def f_early(x):
    for i in range(x.size):
        if x[i] < 1.4: return x[i] * x[0]
    return 0.0
@t
def f_pass_none(x):
    nothing(x)
    return x[0] * 3.0
@t
def f_range_step(x):
    s = 0.0
    for i in range(2, -1, -1): s = s * x[0] + x[i]
    for i in range(0, 3, 2): s += x[i]
    return s
@t
def f_match_string(x):
    mode = "exp"
    if mode == "exp": return math.exp(x[0])
    return x[1]
# ---------------- calls
@t
def f_defaults(x): return scaled(x[0]) + scaled(x[1], 3.0) + scaled(x[2], shift=x[0]) + scaled(factor=x[1], a=x[0])
@t
def f_variadic(x): return variadic(x[0], x[1], x[2]) * variadic(x[1], x[0])
@t
def f_star(x):
    p = (x[0], 3.0)
    return scaled(*p)
@t
def f_recursion_two(x): return fibonacci(x[0], 6) + even(x[1], 3)
@t
def f_out_argument(x):
    out = np.ones(3)
    into(out, x); into(out, x)
    return out[0] + out[2]
@t
def f_function_argument(x): return apply_twice(squares, x[0])
@t
def f_closure_write(x):
    total = np.zeros(1)
    def add(v): total[0] += v * v
    for v in x: add(v)
    return total[0]
@t
def f_lambda(x):
    g = lambda a, b=2.0: a * b + x[2]
    return g(x[0]) * g(x[1], 3.0)
@t
def f_inner_two(x):
    def outer(a):
        def inner(b): return a * b
        return inner(a) + inner(x[1])
    return outer(x[0])
@t
def f_inline(x): return inlined(x[0], x[1]) * inlined(x[2], 2.0) + inlined_array(x[1])[0]
@t
def f_fastmath(x): return fast(x)
@t
def f_boundscheck(x): return checked(x)
@t
def f_error_model(x): return numpy_errors(x[0], x[1])
@t
def f_parallel(x): return parallel(x) * x[0]
@t
def f_prange(x):
    s = 0.0
    for i in prange(3): s += x[i] * i
    return s
@t
def f_nogil(x): return free(x)
@t
def f_raises(x): return raises(x)
@t
def f_try(x):
    s = x[0]
    try:
        s = s * x[1]
        if s > 0.0: raise ValueError("caught")
        s = s * 100.0
    except Exception:
        s = s + x[2]
    return s
@t
def f_assert(x):
    assert x[0] > 0.0, "positive"
    return x[0] ** 2
@t
def f_function_tuple(x): return FUNCTIONS[0](x[0]) * FUNCTIONS[1](x[1])
@t
def f_closure_arrays(x):
    def grid(a):
        out = np.zeros((2, 2))
        out[0, 1] = a * a
        return out
    return np.sum(grid(x[0]) + grid(x[1]) * 2.0)
@t
def f_generator(x):
    s = 0.0
    for v in pieces(x, 3): s += v * v
    return s
@t
def f_sum_list(x): return sum([v for v in x if v > 1.4])
# ---------------- containers
@t
def f_named_tuple(x):
    p = pair(x)
    q = Point(p.y * 2.0, 1.0)
    return p.x * q.x + q.y * p[0]
@t
def f_model(x): return by_model(MODEL, x) + by_model(Model(x, 1.5, 2, "n"), x)
@t
def f_tuple_result(x):
    a, b, c, d = array_and_number(x)
    return np.sum(a) * b * c + len(d)
@t
def f_tuple_swap(x):
    a, b = x[0], x[1]
    a, b = b, a * b
    return a + b * b
@t
def f_tuple_nested(x):
    p = ((x[0], x[1]), x[2])
    return p[0][1] * p[1] + p[0][0]
@t
def f_tuple_add(x):
    p = (x[0], x[1]) + (2.0, x[2])
    return p[0] * p[3] + p[2] * len(p)
@t
def f_unroll(x):
    s = 0.0
    for v in literal_unroll((1, 2.5, x[1])): s += v * x[0]
    return s
@t
def f_unpack_array(x):
    a, b, c = x[0], x[1], x[2]
    [first, second] = [a, b]
    return first * second - c
@t
def f_list_comprehension(x):
    values = [v * v for v in x if v > 1.4]
    return sum(values) + len(values) * x[0]
@t
def f_list_nested(x):
    rows = [[x[i] * x[j] for j in range(2)] for i in range(3)]
    return rows[2][1] + rows[0][0] * rows[1][1]
@t
def f_list_methods(x):
    values = [x[0], x[1]]
    values.append(x[2]); values.insert(0, x[0] * x[1]); values.extend([1.0 * x[0]])
    last = values.pop()
    values.reverse()
    return last * values[0] + values[-1] * len(values) + values[1:3][0]
@t
def f_list_sort(x):
    values = [v * 2.0 for v in x]
    values.sort()
    return values[0] * x[2] + sorted(values)[2]
@t
def f_list_arrays(x):
    parts = [x * 2.0, x + 1.0]
    parts.append(x * x)
    s = 0.0
    for p in parts: s += p[1] * p[0]
    return s
@t
def f_typed_list(x):
    values = typed.List()
    for v in x: values.append(v * v)
    values[0] = values[0] * x[1]
    s = 0.0
    for v in values: s += v
    return s
@t
def f_dict_of_floats(x):
    d = {0: 0.5, 1: 1.5, 2: 2.5}
    s = 0.0
    for i in range(3): s += d[i] * x[i]
    return s
@t
def f_dict_of_vars(x):
    d = {}
    for i in range(3): d[i] = x[i] * i
    return d[1] * d[2]
@t
def f_optional(x):
    best = None
    for v in x:
        if best is None or v > best: best = v
    return best * x[0] if best is not None else 0.0
@t
def f_builtins(x): return sum([x[0], x[1]]) + min(x[0], x[1]) * max(x[1], x[2], 0.5) + abs(-x[0]) + sum((x[0], x[2])) + pow(x[0], 2.0)
@t
def f_divmod(x):
    q, r = divmod(x[0] * 10.3, 3.0)
    return q * x[1] + r * x[2] + round(x[2]) * x[0] + round(x[1], 1) * x[2]
@t
def f_len_range(x):
    s = 0.0
    for i in range(len(x)): s += x[i] / len(x)
    return s + x.shape[0] * x.size * x.ndim * x[0]
@t
def f_enumerate_start(x):
    s = 0.0
    for i, v in enumerate(x, 1): s += v ** i
    return s
@t
def f_map_filter(x):
    s = 0.0
    for v in map(lambda a: a * a, x): s += v
    for v in filter(lambda a: a > 1.4, x): s += v
    return s
@t
def f_operator(x): return operator.add(x[0], operator.mul(x[1], x[2])) - operator.neg(x[0]) + operator.truediv(x[0], x[1])
@t
def f_iterator(x):
    it = iter([x[0], x[1]])
    return next(it) * next(it)
@t
def f_nditer(x):
    s = 0.0
    for i, v in np.ndenumerate(np.outer(x, x)): s += v * (i[0] + 2 * i[1])
    for i in np.ndindex(3): s += x[i]
    for v in np.nditer(x): s += x[0]
    return s
# ---------------- globals and arguments that are no floats
@t
def f_globals(x): return x[0] * RATES[1] + x[1] * TABLE[1, 1] * FACTOR + (x[2] if FLAG else 0.0) + math.pi * x[0] + np.e
@t
def f_global_tuple_loop(x):
    s = 0.0
    for r in RATES: s += math.exp(-r * x[0])
    for row in TABLE: s += row[0] * x[1]
    return s
@t
def f_global_records(x): return KINDS[1]["w"] * x[0] + KINDS[0]["n"] * x[1]
@t
def f_global_copy(x):
    w = TABLE.copy()
    total = x[0] * w[0, 0]
    v = w[:, 0] * x
    return total + v[2]
@t
def f_integers(x):
    n = int(x[2]); m = n // 2 + n % 2 + (n << 1) + (n & 3)
    return x[0] * m + x[1] ** n
@t
def f_int_array(x):
    counts = np.zeros(3, np.int64)
    for i in range(3): counts[i] += i
    return np.sum(counts * x)
@t
def f_bool_array(x):
    keep = np.zeros(3, np.bool_)
    keep[1] = True
    s = 0.0
    for i in range(3):
        if keep[i]: s += x[i] * x[0]
    return s
@t
def f_float_types(x): return float64(x[0]) * np.float64(x[1]) + float(2) * float(x[2]) + int64(3) * x[0] + np.int64(x[2]) * x[1] + int64(x[1]) * x[0]
@t
def f_astype(x):
    a = x.astype(np.float64)
    return a[0] * a[1] + x.astype(np.int64)[2] * x[0]
@t
def f_augmented(x):
    s = 2
    s *= x[0]; s //= 1.0; s += x[1] % 1.0; s **= 2.0; s -= x[2]
    return s
@t
def f_int_power(x):
    s = 0.0
    for n in range(-2, 4): s += x[0] ** n
    return s + x[1] ** 1.5 + 2.0 ** x[2] + (-x[0]) ** 3
@t
def f_math_all(x):
    a, b = x[0] * 0.3, x[1]
    s = math.sin(a) + math.cos(a) + math.tan(a) + math.asin(a) + math.acos(a) + math.atan(a) + math.atan2(a, b)
    s += math.sinh(a) + math.cosh(a) + math.tanh(a) + math.asinh(a) + math.acosh(b) + math.atanh(a)
    s += math.exp(a) + math.expm1(a) + math.log(b) + math.log1p(a) + math.log2(b) + math.log10(b) + math.sqrt(a)
    s += math.pow(a, b) + math.hypot(a, b) + math.fabs(-a) + math.copysign(a, -b) + math.fmod(b, 0.7) + math.degrees(a) + math.radians(b)
    return s + math.floor(b) * a + math.ceil(b) * a + math.trunc(b) * a
@t
def f_math_tests(x):
    if math.isfinite(x[0]) and not math.isinf(x[1]) and not math.isnan(x[2]): return x[0] * x[1]
    return x[2]
@t
def f_numpy_scalars(x):
    a = x[0] * 0.3
    s = np.sin(a) + np.arctan2(a, x[1]) + np.exp2(a) + np.cbrt(a) + np.square(a) + np.reciprocal(a) + np.sign(a) * a + np.logaddexp(a, x[1])
    return s + np.hypot(a, x[2]) + np.power(a, 2) + np.maximum(a, x[1]) + np.fmin(a, 0.9) + np.heaviside(a, 0.5) * a + np.deg2rad(a) + np.floor(x[1]) * a
@t
def f_views(x):
    a = np.zeros((2, 3))
    row = a[1]
    row[:] = x
    col = a[:, 2]
    col[0] = x[0] * 2.0
    a[0, 1:][0] += x[1]
    return np.sum(a * a)
@t
def f_four_axes(x):
    a = np.zeros((2, 2, 2, 2))
    a[0, 1, :, 1] = x[:2]
    a[..., 0] += x[2]
    return np.sum(a[0, 1] ** 2) + a[1, 1, 1, 0] * a[0, 1, 1, 1]
@t
def f_matrix_loop(x):
    a = np.empty((3, 3)); b = np.eye(3)
    for i in range(3):
        for j in range(3): a[i, j] = x[i] / (1 + j)
    for i in range(3):
        for j in range(i): b[i, j] -= a[i, j] * b[j, j]
    return np.sum(b @ a)
@t
def f_fill(x):
    a = np.empty(3); a.fill(x[0])
    a[1:].fill(2.0)
    return a[0] * a[1] + x[1]
@t
def f_runge_kutta(x):
    y, h = np.array([x[0], x[1]]), 0.1
    def rate(y): return np.array([y[1], -x[2] * math.sin(y[0])])
    for _ in range(5):
        k1 = rate(y); k2 = rate(y + 0.5 * h * k1); k3 = rate(y + 0.5 * h * k2); k4 = rate(y + h * k3)
        y = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y[0] * y[1]
@t
def f_likelihood(x):
    data = np.array([0.3, 1.2, 2.1, 0.7])
    s = 0.0
    for d in data: s += -0.5 * ((d - x[0]) / x[1]) ** 2 - math.log(x[1]) - math.lgamma(x[2] + d)
    return s
