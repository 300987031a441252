"""A gradient written by hand and compiled by Numba: the practical limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from bench.common import Contender
from bench.problems import bands, kepler_njit

DISTRIBUTION = "numba"


def start() -> None:
    njit(lambda x: x + 1.0)(1.0)


def _gradient(x, g):  # type: ignore[no-untyped-def]
    n = len(x)
    g[n - 1] = 0.0
    carried = 0.0
    for i in range(n - 1):
        d = x[i + 1] - x[i] * x[i]
        g[i] = carried - 400.0 * d * x[i] - 2.0 * (1.0 - x[i])
        carried = 200.0 * d
    g[n - 1] = carried


def w1(x: Any) -> Iterator[Contender]:
    def make() -> Any:
        gradient = njit(_gradient)

        def call() -> Any:
            g = np.empty_like(x)
            gradient(x, g)
            return g

        return call

    yield Contender("by hand, njit", make, "the practical limit")


def _many(X, G):  # type: ignore[no-untyped-def]
    n = X.shape[1]
    for row in range(X.shape[0]):
        x, g = X[row], G[row]
        for i in range(n):
            g[i] = 0.0
        for i in range(n):
            j, k = i + 1, i + 7
            if j >= n:
                j -= n
            if k >= n:
                k -= n
            a, b = x[i], x[j]
            e, d = math.exp(-0.1 * a * b), 1.0 + a * a
            es = -0.1 * e * math.sin(x[k])
            g[i] += es * b + 2.0 * a * b / d
            g[j] += es * a + math.log(d)
            g[k] += e * math.cos(x[k])


def w3(X: Any) -> Iterator[Contender]:
    def make() -> Any:
        gradient = njit(error_model="numpy")(_many)

        def call() -> Any:
            G = np.empty_like(X)
            gradient(X, G)
            return G

        return call

    yield Contender("by hand, njit loop", make, "functions of libm")


def _many_hessian(x, H):  # type: ignore[no-untyped-def]
    n = x.size
    H[:] = 0.0
    for i in range(n):
        j, k = i + 1, i + 7
        if j >= n:
            j -= n
        if k >= n:
            k -= n
        a, b = x[i], x[j]
        e, d = math.exp(-0.1 * a * b), 1.0 + a * a
        es, ec = e * math.sin(x[k]), e * math.cos(x[k])
        H[i, i] += 0.01 * b * b * es + b * (2.0 / d - 4.0 * a * a / (d * d))
        H[j, j] += 0.01 * a * a * es
        H[k, k] -= es
        ij, ik, jk = (0.01 * a * b - 0.1) * es + 2.0 * a / d, -0.1 * b * ec, -0.1 * a * ec
        H[i, j] += ij
        H[j, i] += ij
        H[i, k] += ik
        H[k, i] += ik
        H[j, k] += jk
        H[k, j] += jk


def w2_value(z: Any) -> Iterator[Contender]:
    yield Contender("njit function", lambda: partial(njit(kepler_njit), z), "no derivative")


def w2(z: Any) -> Iterator[Contender]:
    @njit
    def gradient(z: Any) -> Any:
        out = np.empty_like(z)
        for i in range(z.shape[1]):
            e, M = z[0, i], z[1, i]
            E, dE_e, dE_M = M, 0.0, 1.0
            while True:
                s, c = np.sin(E), np.cos(E)
                f, d = E - e * s - M, 1.0 - e * c
                f_e, f_M = d * dE_e - s, d * dE_M - 1.0
                step = f / d
                dE_e -= (f_e - step * (e * s * dE_e - c)) / d
                dE_M -= (f_M - step * (e * s * dE_M)) / d
                E -= step
                if abs(step) < 1e-12:
                    break
            out[0, i], out[1, i] = dE_e, dE_M
        return out

    yield Contender("by hand, njit, forward mode", lambda: partial(gradient, z), "the loop differentiated by hand")


def w4_dense(x: Any) -> Iterator[Contender]:
    def make() -> Any:
        hessian, H = njit(error_model="numpy")(_many_hessian), np.empty((len(x), len(x)))

        def call() -> Any:
            hessian(x, H)
            return H

        return call

    yield Contender("by hand, njit loop", make, "functions of libm")


def _bands(x, data):  # type: ignore[no-untyped-def]
    n = len(x)
    carried = 0.0
    at = 0
    for i in range(n - 1):
        above = -400.0 * x[i]
        data[at] = carried + 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0
        data[at + 1] = above
        data[at + 2] = above
        at += 3
        carried = 200.0
    data[at] = carried


def w4_sparse(x: Any) -> Iterator[Contender]:
    def make() -> Any:
        n = len(x)
        fill = njit(_bands)
        indices = np.concatenate(([0, 1], (np.arange(1, n - 1)[:, None] + [-1, 0, 1]).ravel(), [n - 2, n - 1])).astype(np.int32)
        indptr = np.concatenate(([0], np.arange(2, 3 * n - 3, 3), [3 * n - 2])).astype(np.int32)
        H = csr_array((np.empty(3 * n - 2), indices, indptr), shape=(n, n))

        def call() -> Any:
            fill(x, H.data)
            return H

        return call

    yield Contender("by hand, njit", make, "the practical limit", bands)


def _product(x, v, out):  # type: ignore[no-untyped-def]
    n = len(x)
    carried = 0.0
    for i in range(n - 1):
        above = -400.0 * x[i]
        out[i] = carried + (1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0) * v[i] + above * v[i + 1]
        carried = 200.0 * v[i + 1] + above * v[i]
    out[n - 1] = carried


def w4_hvp(x: Any, v: Any) -> Iterator[Contender]:
    def make() -> Any:
        product = njit(_product)

        def call() -> Any:
            out = np.empty_like(x)
            product(x, v, out)
            return out

        return call

    yield Contender("by hand, njit", make, "the practical limit")


COLD = {
    "a first njit function, by hand": """
import numpy as np
from numba import njit
@njit
def gradient(x, g):
    carried = 0.0
    for i in range(len(x) - 1):
        d = x[i + 1] - x[i] * x[i]
        g[i] = carried - 400.0 * d * x[i] - 2.0 * (1.0 - x[i])
        carried = 200.0 * d
    g[-1] = carried
x, g = np.array(X), np.empty(10)
gradient(x, g)
g = g.tolist()
"""
}
