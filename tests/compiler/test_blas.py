"""Products of matrices by NumPy's library are those by SciPy's, whatever is transposed, added to or scaled, and however they are stored."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import types

from jittape.compiler import blas
from jittape.compiler.jit import callback
from jittape.compiler.pointers import blas_letter, real_pointer
from jittape.instructions.matmul.native import LEAST, ROWS, TERMS, TIMES, N, T, by_blas, by_numpy, by_scipy


def numpys(ta, tb, m, n, k, alpha, a, b, beta, c, one, like):  # type: ignore[no-untyped-def]
    x, y, z, w = real_pointer(a, like), real_pointer(b, like), real_pointer(c, like), real_pointer(one, like)
    by_numpy(blas_letter(like), ta, tb, m, n, k, alpha, x, m if ta == N else k, y, k if tb == N else n, beta, z, m, w)


def scipys(ta, tb, m, n, k, alpha, a, b, beta, c, one, like):  # type: ignore[no-untyped-def]
    x, y, z, w = real_pointer(a, like), real_pointer(b, like), real_pointer(c, like), real_pointer(one, like)
    by_scipy(blas_letter(like), ta, tb, m, n, k, alpha, x, m if ta == N else k, y, k if tb == N else n, beta, z, m, w)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fn", [pytest.param(numpys, marks=pytest.mark.skipif(not blas.available(), reason="NumPy has none of 64 bits")), scipys])
def test_products(fn: Any, dtype: Any) -> None:
    long, real = types.int64, types.float64
    kind = types.float32 if dtype == np.float32 else types.float64
    code = callback(fn, types.none(long, long, long, long, long, real, long, long, real, long, long, kind))
    number = ctypes.c_float if dtype == np.float32 else ctypes.c_double
    integer = ctypes.c_int64
    call = ctypes.CFUNCTYPE(None, *[integer] * 5, ctypes.c_double, integer, integer, ctypes.c_double, integer, integer, number)(code.address)
    rng = np.random.default_rng(0)
    m, n, k = 37, 21, 53
    one = np.zeros(2, dtype)
    for ta in (N, T):
        for tb in (N, T):
            for alpha, beta in ((1.0, 0.0), (1.0, 1.0), (-1.0, 1.0)):
                a = np.asfortranarray(rng.standard_normal((m, k) if ta == N else (k, m)).astype(dtype))
                b = np.asfortranarray(rng.standard_normal((k, n) if tb == N else (n, k)).astype(dtype))
                c = np.asfortranarray(rng.standard_normal((m, n)).astype(dtype))
                if not beta:
                    c[...] = np.nan  # nobody reads it
                expected = alpha * ((a if ta == N else a.T) @ (b if tb == N else b.T)) + (c if beta else 0.0)
                call(ta, tb, m, n, k, alpha, a.ctypes.data, b.ctypes.data, beta, c.ctypes.data, one.ctypes.data, 0.0)
                np.testing.assert_allclose(c, expected, rtol=0, atol=200 * np.finfo(dtype).eps)


def stored(a, ar, ac, b, br, bc, c, cr, m, k, n, beta, one, like):  # type: ignore[no-untyped-def]
    x, y, z, w = real_pointer(a, like), real_pointer(b, like), real_pointer(c, like), real_pointer(one, like)
    by_blas(blas_letter(like), 1.0, x, ar, ac, y, br, bc, z, cr, 1, m, k, n, beta, w)


@functools.cache
def product(dtype: Any) -> Any:
    long = types.int64
    kind, number = (types.float32, ctypes.c_float) if dtype == np.float32 else (types.float64, ctypes.c_double)
    code = callback(stored, types.none(*(long,) * 11, types.float64, long, kind))
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 11, ctypes.c_double, ctypes.c_int64, number)(code.address)


@st.composite
def matrices(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Factors and a result of some type: rows or columns together, lines longer than what is used of them, sizes around those of `turned`."""
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    dtype = draw(st.sampled_from((np.float32, np.float64)))
    m = draw(st.integers(1, 40) | st.integers(ROWS - 1, ROWS + 2))
    n = max(1, TIMES * m + draw(st.integers(-2, 2)) + draw(st.sampled_from((0, 0, 300))))
    k = max(1, draw(st.sampled_from((TERMS, LEAST // n))) + draw(st.integers(-1, 40)))
    more, by_columns = draw(st.integers(0, 3)), draw(st.tuples(st.booleans(), st.booleans()))
    pair = []
    for rows, cols, turn in ((m, k, by_columns[0]), (k, n, by_columns[1])):
        whole = rng.standard_normal((cols, rows + more) if turn else (rows, cols + more)).astype(dtype)
        pair.append(whole[:, :rows].T if turn else whole[:, :cols])
    return pair[0], pair[1], rng.standard_normal((m, n + more)).astype(dtype)


@given(matrices(), st.sampled_from((0.0, 1.0)))
def test_storage(found: tuple[Any, Any, Any], beta: float) -> None:
    a, b, whole = found
    m, k, n, size = len(a), len(b), b.shape[1], a.itemsize
    before, one = whole.copy(), np.zeros(2, a.dtype)
    if not beta:
        whole[:, :n] = np.nan  # nobody reads it
    strides = [(x.strides[0] // size, x.strides[1] // size) for x in (a, b)]
    product(a.dtype.type)(
        a.ctypes.data, *strides[0], b.ctypes.data, *strides[1], whole.ctypes.data, whole.shape[1], m, k, n, beta, one.ctypes.data, 0.0
    )  # fmt: skip
    exact = a.astype(float) @ b.astype(float) + beta * before[:, :n].astype(float)
    np.testing.assert_allclose(whole[:, :n], exact, rtol=0, atol=2 * k * np.finfo(a.dtype).eps)
    np.testing.assert_array_equal(whole[:, n:], before[:, n:])  # what lies between the lines
