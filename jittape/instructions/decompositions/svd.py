"""Singular values and vectors, as many as there are singular values. Townsend (2016), "Differentiating the singular value decomposition"."""

import numpy as np

from jittape.compiler.pointers import at, blas_letter
from jittape.instructions.decompositions.kinds import BLAS, MARGIN
from jittape.instructions.decompositions.lapack import into_rows, largest, over, reciprocal, singular
from jittape.instructions.decompositions.record import COLUMNS, HEAD
from jittape.instructions.factors_native import all_zero, rounding
from jittape.instructions.matmul.native import multiply, subtract


def forward(x, z, _, __, head, work):
    m, n = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    k = min(m, n)
    s, u = at(z, m * k), at(work, BLAS)
    vh, vt = at(s, k), at(u, m * k)
    if not singular(x, m, n, s, u, vt, at(vt, k * n)):
        return 0
    for i in range(m):
        for j in range(k):
            z[i * k + j] = u[j * m + i]
    for i in range(k):
        for j in range(n):
            vh[i * n + j] = vt[j * k + i]
    return 1


def reverse(x, z, g, out, head, work):
    kind, one = blas_letter(x[0]), np.int64(1)
    m, n = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    k = min(m, n)
    u, s, gu, gs = z, at(z, m * k), g, at(g, m * k)
    vh, gvh = at(s, k), at(gs, k)
    mu = at(work, BLAS)
    mv = at(mu, k * k)
    inner = at(mv, k * k)
    left = at(inner, k * k)
    right = at(left, m * k)
    if all_zero(g, m * k) and all_zero(gvh, k * n):
        for i in range(2 * k * k):
            mu[i] = 0.0
    else:
        into_rows(kind, u, one, k, gu, k, one, mu, k, m, k, work)
        into_rows(kind, vh, n, one, gvh, one, n, mv, k, n, k, work)
    unit = rounding(x[0]) * max(m, n)
    hidden, least = MARGIN * unit * largest(s, k), unit * (largest(mu, k * k) + largest(mv, k * k))
    for i in range(k):
        inner[i * k + i] = gs[i]
        for j in range(i):  # as functions/decompositions.py has it
            gap, total = reciprocal(s[j] - s[i], hidden), reciprocal(s[j] + s[i], hidden)
            a, b = mu[i * k + j], mu[j * k + i]
            c, d = mv[i * k + j], mv[j * k + i]
            apart = over(a + c, gap, least) - over(b + d, gap, least)
            skew = over(a - b - c + d, total, least)
            inner[i * k + j], inner[j * k + i] = (apart + skew) * 0.5, (apart - skew) * 0.5
    into_rows(kind, u, k, one, inner, k, one, left, m, k, k, work)
    if m > k:  # what of the adjoints the columns of U do not span
        into_rows(kind, u, k, one, mu, k, one, out, m, k, k, work)
        some = unit * largest(gu, m * k)
        for i in range(m):
            for j in range(k):
                left[i * k + j] += over(gu[i * k + j] - out[i * k + j], reciprocal(s[j], hidden), some)
    into_rows(kind, left, k, one, vh, n, one, out, m, k, n, work)
    if n > k:
        for i in range(k * n):
            right[i] = gvh[i]
        subtract(kind, mv, one, k, vh, n, one, right, n, one, k, k, n, work)
        some = unit * largest(gvh, k * n)
        for i in range(k):
            for j in range(n):
                right[i * n + j] = over(right[i * n + j], reciprocal(s[i], hidden), some)
        multiply(kind, u, k, one, right, n, one, out, n, one, m, k, n, 1.0, work)
    return 1


def tangent(x, z, t, out, head, work):
    kind, one = blas_letter(x[0]), np.int64(1)
    m, n = np.int64(head[HEAD]), np.int64(head[HEAD + COLUMNS])
    k = min(m, n)
    u, s, tu, ts = z, at(z, m * k), out, at(out, m * k)
    vh, tvh = at(s, k), at(ts, k)
    p = at(work, BLAS)
    inner = at(p, k * k)
    other = at(inner, k * k)
    left = at(other, k * k)
    right = at(left, m * k)
    into_rows(kind, t, n, one, vh, one, n, left, m, n, k, work)
    into_rows(kind, u, one, k, left, k, one, p, k, m, k, work)
    unit = rounding(x[0]) * max(m, n)
    hidden, least = MARGIN * unit * largest(s, k), unit * largest(p, k * k)
    for i in range(k):
        ts[i] = p[i * k + i]
        for j in range(k):
            if i == j:
                inner[i * k + j] = other[i * k + j] = 0.0
            else:
                apart = over(p[i * k + j] + p[j * k + i], reciprocal(s[j] - s[i], hidden), least)
                skew = over(p[i * k + j] - p[j * k + i], reciprocal(s[j] + s[i], hidden), least)
                inner[i * k + j], other[i * k + j] = (apart + skew) * 0.5, (apart - skew) * 0.5
    into_rows(kind, u, k, one, inner, k, one, tu, m, k, k, work)
    into_rows(kind, other, one, k, vh, n, one, tvh, k, k, n, work)
    if m > k:
        subtract(kind, u, k, one, p, k, one, left, k, one, m, k, k, work)
        for i in range(m):
            for j in range(k):
                tu[i * k + j] += over(left[i * k + j], reciprocal(s[j], hidden), least)
    if n > k:
        into_rows(kind, u, one, k, t, n, one, right, k, m, n, work)
        subtract(kind, p, k, one, vh, n, one, right, n, one, k, k, n, work)
        for i in range(k):
            for j in range(n):
                tvh[i * n + j] += over(right[i * n + j], reciprocal(s[i], hidden), least)
    return 1
