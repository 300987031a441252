"""Feature functions that functions of published packages asked for."""

from __future__ import annotations

import ctypes
import math
from collections import namedtuple

import numpy as np
import scipy.special as special
from native_features import t
from numba import njit, types, vectorize
from numba.extending import get_cython_function_address, overload
from scipy.special import iv

Result = namedtuple("Result", "root steps")


@vectorize(["float64(float64, float64)"])
def smooth(a, b):
    return a * b + np.sin(a)


@njit
def cosines_or_twice(x, k):
    if k > 0:
        return np.cos(np.arange(3.0))
    return x * 2


@njit
def result(x, k):
    if k == 0:
        return Result(0.0, 1)
    return Result(x * 2, 2)


@njit
def room(n):
    return np.zeros(n)


@njit
def weighted(x, w=None):
    if w is None:
        w = np.ones(3)
    return x[0] * w[0] + w[1] * x[1]


@njit(inline="always")
def inlined(x):
    a = np.empty_like(x)
    a[0] = x[0] * x[1]
    return a[0]


def known_to_numba(f, entry, arity):
    """Make Numba know a function of SciPy's, as packages do (numba-scipy, fluids)."""
    kind = ctypes.CFUNCTYPE(*[ctypes.c_double] * (arity + 1))
    pointer = kind(get_cython_function_address("scipy.special.cython_special", entry))
    each = vectorize(lambda v, x: pointer(v, x)) if arity == 2 else vectorize(lambda x: pointer(x))
    overload(f)((lambda v, x: lambda v, x: each(v, x)) if arity == 2 else (lambda x: lambda x: each(x)))
    return pointer


known_to_numba(special.gamma, "__pyx_fuse_1gamma", 1)
known_to_numba(special.erf, "__pyx_fuse_1erf", 1)
known_to_numba(special.iv, "__pyx_fuse_1iv", 2)
known_to_numba(special.gammainc, "gammainc", 2)
student = known_to_numba(special.stdtr, "__pyx_fuse_0stdtr", 2)
known_to_numba(special.owens_t, "owens_t", 2)


@njit
def put(first, second, x):
    first[0] = x
    second[1] = first[0] * 2.0


@njit("float64(int64, float64)")
def declared(n, x):
    return n * x


@njit(locals={"place": types.int64, "rest": types.float64})
def placed(x, table):
    place = np.floor(x * 1.7)
    rest = x * 1.7 - place
    return table[place] * (1.0 - rest) + table[place + 1] * rest


@t
def p_type_call(x):
    T = type(x[0])
    a = np.zeros(2, T)
    a[0] = T(x[1])
    return T(0.5) * x[0] + a[0] + np.float64(x[2]) * np.float32(3) + T(1) / x[2]


@t
def p_gamma(x):
    return math.lgamma(x[0]) + math.gamma(x[1]) * x[2]


@t
def p_vectorize(x):
    return smooth(x[0], x[1]) * smooth(2.0, x[1]) + smooth(x, x).sum() + smooth(x, 2.0)[1] * smooth(1.0, 2.0)


@t
def p_plain_array_becomes_recorded(x):
    z = np.cos(np.arange(3) * 1.0)
    for _ in range(3):
        z = z - x * z
    return z[0] * z[1]


@t
def p_two_kinds_of_return(x):
    return cosines_or_twice(x, 1)[1] * x[0] + cosines_or_twice(x, 0)[2]


@t
def p_stored_into_expression(x):
    a = np.arange(3) * 0.5
    a[1] = x[0] * x[1]
    return a[1] * a[2]


@t
def p_alias_of_plain_array(x):
    c = np.arange(3.0)
    b = c
    b[0] = 5.0
    if x[0] > 1:
        c = c * x
    return c.sum()


@t
def p_named_tuples_unify(x):
    return result(x[0], 0).root + result(x[1], 1).root ** 2


@t
def p_helper_allocates(x):
    w = room(3)
    w[0] = x[0] * x[1]
    w[2] = 3.0
    return w[0] * w[2] + w[1]


@t
def p_optional_plain_argument(x):
    return weighted(x, np.arange(3.0)) + weighted(x)


@t
def p_inline_always(x):
    return inlined(x) * x[2]


@t
def p_no_axes(x):
    angle = np.asarray(x[0])
    c = np.cos(angle)
    rotation = np.zeros(angle.shape + (2, 2))
    rotation[..., 0, 0] = c
    rotation[..., 0, 1] = -np.sin(angle)
    return rotation[0, 0] * x[1] + rotation[0, 1] * x[2] + angle * 2.0


@t
def p_cross_list(x):
    return np.sum(np.cross([0, 0, 1], x) * x[::-1])


@t
def p_zeros_returned(x):
    return np.concatenate((room(2), x))[0] + x[0] * x[1]


@t
def p_lower_triangle(x):
    a = np.zeros((3, 3))
    for i in range(3):
        a[i, i] = 3.0 + i
        for j in range(i):
            a[i, j] = x[i] * x[j]
    w, v = np.linalg.eigh(a)
    return w[0] * v[1, 1] ** 2 + np.linalg.eigvalsh(a)[2] + np.linalg.cholesky(a)[2, 1]


@t
def p_cholesky_of_argument(x):
    a = np.outer(x, x) + np.diag(x)
    a[0, 1] = x[2]
    return np.linalg.cholesky(a)[1, 0] * x[1]


@t
def p_scipy_functions(x):
    return special.gamma(x[0]) * special.erf(x[1]) + iv(0.0, x[2]) * special.erf(0.3)


@t
def p_scipy_functions_of_two_numbers(x):
    z = special.gammainc(x[0], x[1]) * special.gammainc(2, x[2]) + special.stdtr(x[1], 0.7) + special.gammainc(0.7, 1.3)
    return z * special.owens_t(x[2], x[0]) + special.stdtr(3.0 + x[0], x[2]) * iv(1, x[1])


@t
def p_pointers_of_ctypes(x):
    return student(x[0], 0.7 - x[1]) * student(3.0, 1.2) + student(2.5, x[2])


@t
def p_scipy_functions_of_two_arrays(x):
    orders, m = np.array([0, 1, 2]), np.outer(x, x)
    z = np.sum(special.gammainc(m, x) * m) + special.gammainc(orders + 0.5, m.T)[1, 2] + special.stdtr(x[1], m)[0, 2]
    return z + np.sum(special.stdtr(x, 0.7) * iv(orders, x)) + np.sum(special.owens_t(m[::2, 1], x[0]) ** 2)


@t
def p_list_stored_into(x):
    squares = [0.0] * 3
    other = squares
    for i in range(3):
        other[i] = x[i] ** 2
    return squares[0] * squares[2]


@t
def p_list_of_numbers_or_recorded(x):
    a = [1.0, 2.0, 3.0]
    b = [0.0] * 3
    b.append(x[1])
    if x[0] > 0:
        a = [x[0], x[1], x[2]]
    for i in range(3):
        a[i] *= 2.0
        a, b = b, a
    return a[0] * b[1] + b[2] * a[2] + a[-1] * b[-1]


@t
def p_nested_lists(x):
    rows = [[0.0] * 3 for _ in range(2)]
    for i in range(2):
        for j in range(3):
            rows[i][j] = x[j] * (i + 1)
    zeros = [0.0 for _ in range(3)]
    zeros[1] = x[0]
    return rows[0][1] * rows[1][2] + zeros[1] * x[2]


@t
def p_list_filled_by_a_function(x):
    first, second = [0.0] * 2, [0.0, 0.0]
    put(first, second, x[0])
    third, fourth = np.arange(3.0).copy(), np.ones(3).copy()
    put(third, fourth, x[1])
    return first[0] * second[1] * x[1] + third[0] * fourth[1] * third[2]


@t
def p_reductions_of_one_number(x):
    return np.sum(x[0]) * np.mean(x[1]) + np.prod(x[2]) + np.conj(x)[1]


@t
def p_declared_integers(x):
    return declared(x[0], x[1]) + declared(2.7, x[2]) + declared(2.7, 3.0) * x[0]


@t
def p_declared_variables(x):
    return placed(x[0] / 2.0, x) * x[1]


@t
def p_real_part(x):
    return x[0].real * x[1].conjugate() + x[2].imag + np.real(x[2]) + x.real[1] + x.view(np.float64)[2]
