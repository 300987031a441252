"""Products of matrices by NumPy's library are those by SciPy's, whatever is transposed, added to or scaled."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest
from numba import types

from jittape.compiler import blas
from jittape.compiler.jit import callback
from jittape.compiler.pointers import blas_letter, real_pointer
from jittape.instructions.matmul.native import N, T, by_numpy, by_scipy


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
