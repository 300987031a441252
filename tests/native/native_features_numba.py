"""Functions of an array that native differentiation takes as they are: what Numba's documentation lists beside the common."""

from __future__ import annotations

import heapq
import math

import numpy as np
from native_features import t
from numba import cfunc, float64, guvectorize, njit, typed, types
from numpy.lib.stride_tricks import as_strided
from numpy.polynomial import polynomial

C = np.array([0.5, 2.0, 1.5])
FLOATS = types.float64[::1]


@guvectorize([(float64[:], float64[:], float64[:])], "(n),(n)->(n)")
def products(a, b, out):
    for i in range(a.shape[0]): out[i] = a[i] * b[i] + 1.0
@cfunc("float64(float64)")
def squared(a): return a * a
@njit
def sum_of(*values):
    s = 0.0
    for v in values: s += v
    return s


# ---------------- lists and dicts of floats that recorded numbers are stored into
@t
def u_list_of_zeros(x):
    values = [0.0] * 3
    same = values
    same[0] = x[0]
    values[1] += x[1]
    return values[0] * same[1] + same[2]
@t
def u_list_rows(x):
    rows = [[0.0] * 2 for _ in range(2)]
    rows[0][1] = x[0]
    rows[1][0] = x[1]
    shared = [[0.0] * 2] * 2
    shared[0][1] = x[2]
    return rows[0][1] * rows[1][0] + shared[1][1] * x[0]
@t
def u_list_named_row(x):
    row = [0.0 for _ in range(2)]
    rows = [row, row]
    rows[0][1] = x[0]
    return rows[1][1] * x[1] + row[1]
@t
def u_row_of_plain_arrays(x):
    a, b = C * 2.0, C + 1.0
    parts = [a, b]
    parts[0][1] = x[0]
    return a[1] * x[1] + parts[1][0]
@t
def u_heap_of_pairs(x):
    heap = [(0.0, 0)]
    heapq.heappush(heap, (x[0], 1))
    heapq.heappush(heap, (x[1], 2))
    s = 0.0
    while len(heap) > 0:
        distance, i = heapq.heappop(heap)
        s += distance * i
    return s
@t
def u_typed_containers(x):
    table = typed.Dict.empty(types.int64, types.float64)
    rows = typed.List.empty_list(FLOATS)
    table[1] = x[0]
    rows.append(x)
    return table[1] * rows[0][1]
@t
def u_dict_of_floats(x):
    memo = {0: 1.0}
    for i in range(1, 4): memo[i] = memo[i - 1] * x[i - 1] + 1.0
    return memo[3]
@t
def u_global_on_one_way(x):
    if x[0] > 1.5: y = C
    else: y = x
    return np.sum(y * x)
# ---------------- tuples, numbers and types
@t
def u_mixed_tuples(x):
    pair, s = (1.0, x[0]), 0.0
    for v in pair: s += v * x[1]
    for i in range(2): s += pair[i] * x[i]
    return s + sum_of(x[0], 1.0, x[2])
@t
def u_largest_of_many(x): return max(x[0], 1.6, x[1], 2, x[2]) * min(x[0], x[1], 3.0, x[2]) + min(1, x[0], 2.0, x[1])
@t
def u_whole_numbers(x):
    s = x[math.floor(x[0])] * math.trunc(x[1])
    for i in range(math.ceil(x[0])): s += x[i] * i
    return s
@t
def u_kinds(x):
    s = x[0] * isinstance(x[0], float) + x[1] * isinstance(x[0], (int, np.float64)) + x[2] * isinstance(x[1], int)
    if x.dtype == np.ones(3).dtype: s *= 2.0
    return s + np.finfo(x.dtype).eps + np.float32(2.0) * x[0]
@t
def u_integer_arrays(x): return np.array([x[0], x[1]], dtype=np.int64)[1] * x[2] + np.sum(x, dtype=np.int64) * x[0] + np.int16(x[2]) * x[1]
@t
def u_no_axes(x):
    a, b = np.array(x[0]), np.zeros(())
    b[()] = x[1]
    return a[()] * b[()] + a.item() + np.sum(b * x)
@t
def u_compiled_in_other_ways(x):
    out = np.empty(3)
    products(x, C, out)
    return np.sum(out * out) + squared(x[0]) * squared(2.0)
@t
def u_layout(x):
    a = np.outer(x, C)
    s = np.sum(as_strided(x, (2, 2), (8, 8)) ** 2) + np.sum(as_strided(a, (3,), (a.strides[0] + a.strides[1],)) * C)
    return s + x[0] * x.itemsize + x[1] * x.nbytes
# ---------------- NumPy
@t
def u_parts(x):
    s = np.real(x)[0] * np.conjugate(x)[1] + np.imag(x)[0] + x[0].real * x[1].conjugate() + x[2].imag + np.angle(x[0]) + np.angle(-x)[1]
    if np.isrealobj(x) and np.isscalar(x[0]) and not np.iscomplex(x)[0] and not np.signbit(x[0]) and not np.isneginf(x[0]): s *= 2.0
    return s
@t
def u_logic(x):
    s = x[0] if np.logical_not(x[1]) else x[2]
    for v in np.logical_and(x, x > 1.4): s *= 2.0 if v else x[1]
    return s + (x[0] if np.logical_xor(x[0], x[1]) else x[1])
@t
def u_polynomials(x): return polynomial.polymul(x, C)[2] * polynomial.polyadd(x, C)[1] + polynomial.polyval(x[0], x) + polynomial.polyint(x)[2]
@t
def u_order(x): return x[np.nanargmin(x)] * x[np.nanargmax(x)] + np.extract(x > 1.4, x)[1] * np.percentile(x, [10.0, 60.0])[1]
@t
def u_histograms(x):
    counts, edges = np.histogram(x, 4)
    return counts[0] * edges[1] + np.histogram(x, 4, (0.0, 4.0))[0][1] * x[0]
@t
def u_joined(x): return np.sum(np.diff(np.outer(x, x)[:, ::2])**2) * np.ediff1d(x, C, x)[3] * np.insert(C, 1, x[0])[1] + np.repeat(x[1], 3)[2] * x[2]
@t
def u_steps(x): return np.sum(np.arange(x[0], x[0] + 2.2, 0.5) ** 2) + np.sum(np.unwrap(np.cumsum(x) * 3.0) ** 2)
@t
def u_filled(x):
    a = np.outer(x, x)
    np.fill_diagonal(a, x[0])
    out = np.empty(3)
    np.dot(a, C, out)
    return np.sum(out * x) + np.sum(np.select([x > 2.0, x > 1.4], [x * x, x], x[0]))
@t
def u_two_axes(x): return np.sum(x.reshape(1, 3), axis=(0, 1)) * np.cross(x, C.reshape(1, 3))[0, 2]
@t
def u_elementwise(x):
    a = x * 3.0
    a %= 2.0
    a //= 0.7
    return np.sum(np.sinc(x) * a) + np.sum(np.positive(x)) + np.divmod(x[0], 0.7)[1] * np.ldexp(x[1], 2) + np.nan_to_num(x[2])


@t
def n_rotation(x):
    c, s = np.cos(x[0]), np.sin(x[0])
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return (turn @ np.array([x[0], x[1], 1.0]))[0] * x[2] + turn[2, 2]


@t
def n_rows_of_lists(x):
    rows = [[x[0], 1.0], [0.5, 1.0]]
    for i in range(2):
        rows.append([x[1] * i, 2.0])
    rows.append([0.0, 3.0])
    cube = np.array([[[x[0], 0.0], [0.0, x[2]]], [[0.0, 0.0], [0.5, 1.0]]])
    return rows[0][0] * rows[1][0] + rows[3][0] * rows[4][1] + np.sum(cube * cube[0])


@t
def n_array_of_tuples(x):
    table = np.array(((x[0], 1.0), (0.0, 2.0), (x[1] * x[2], 0.5)))
    return np.sum(table[:, 0] * table[:, 1]) * x[0]
