"""The exponential of a matrix, differentiated in some directions (the attribute says how many).

It is that of a jet: with directions E1, E2, ... the coefficients of exp(A + e1 E1 + e2 E2 + ...) where squares of the e are zero, one for each
set of directions. That of all of them is the result, and its own derivatives are coefficients of a jet with one direction more.
The algorithm is that of Al-Mohy and Higham (2009), doi:10.1137/09074721X, with Pade approximants of orders 7 and 13.
"""

import math

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import address_of, at, blas_letter
from jittape.instructions.decompositions.kinds import BLAS
from jittape.instructions.decompositions.record import ATTRIBUTE, HEAD
from jittape.instructions.factors_native import factor, regular, rounding, solve_factored
from jittape.instructions.matmul.native import multiply, subtract

SEVEN = (17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0, 1.0)
THIRTEEN = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0, 10559470521600.0, 670442572800.0,
    33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
"""Coefficients of the Pade approximants' numerators."""
REACH_7, REACH_13 = 0.783, 4.25
"""Norms up to which they, and their derivatives, are as good as rounding allows."""
ERROR_7, ERROR_13 = math.log2(4487938430976000.0), math.log2(113250775606021113483283660800000000.0)
"""Logarithms of the reciprocals of the first coefficients of their errors."""
UNIT = 53
"""Bits of a number's mantissa."""


@part
def product(kind, x, y, z, directions, n, one):
    """z = x y, of jets."""
    size, unit = n * n, np.int64(1)
    for whole in range(unit << directions):
        some = np.int64(whole)
        beta = 0.0
        while True:
            multiply(kind, at(x, some * size), n, unit, at(y, (whole ^ some) * size), n, unit, at(z, whole * size), n, unit, n, n, n, beta, one)
            if some == 0:
                break
            some, beta = (some - 1) & whole, 1.0


@part
def combine(a2, a4, a6, b2, b4, b6, out, size, kept):
    """b2 a2 + b4 a4 + b6 a6, added to `out` or instead of it."""
    for i in range(size):
        x = b2 * a2[i] + b4 * a4[i] + b6 * a6[i]
        out[i] = out[i] + x if kept else x


@part
def add_identity(x, n, b):
    for i in range(n):
        x[i * n + i] += b


@part
def scale(x, size, f):
    for i in range(size):
        x[i] *= f


@part
def norm(x, n, sums):
    """The largest sum of magnitudes of a column; NaN where one is not a number."""
    for j in range(n):
        sums[j] = 0.0
    for i in range(n):
        for j in range(n):
            sums[j] += abs(x[i * n + j])
    largest = sums[0]
    for j in range(1, n):
        if not sums[j] <= largest:
            largest = sums[j]
    return largest


@part
def power_norm(x, n, p, sums):
    """The logarithm of the norm of a power of the matrix of magnitudes, less that of the norm of that matrix."""
    other, total, first = at(sums, n), 0.0, 0.0
    for j in range(n):
        sums[j] = 1.0
    for k in range(p):
        for j in range(n):
            other[j] = 0.0
        for i in range(n):
            row, a = at(x, i * n), sums[i]
            for j in range(n):
                other[j] += a * abs(row[j])
        largest = other[0]
        for j in range(n):
            largest = max(largest, other[j])
        if not largest > 0.0:
            return -math.inf
        total += math.log2(largest)
        if k == 0:
            first = total
        for j in range(n):
            sums[j] = other[j] / largest
    return total - first


@part
def halvings(x, n, order, error, sums):
    """How often a matrix is to be halved so that rounding does not show in what the approximant leaves out."""
    excess = (power_norm(x, n, 2 * order + 1, sums) - error + UNIT) / (2 * order)
    return np.int64(math.ceil(excess)) if excess > 0.0 else np.int64(0)


@part
def exponential(kind, work, n, directions, one):
    """The jet of the exponential of that at `work`: where it stands among the jets there, or -1 where it is not finite."""
    size = (n * n) << directions
    a, a2, a4, a6 = work, at(work, size), at(work, 2 * size), at(work, 3 * size)
    u, v, t, lu = at(work, 4 * size), at(work, 5 * size), at(work, 6 * size), at(work, 7 * size)
    sums = at(lu, n * n + n)
    product(kind, a, a, a2, directions, n, one)
    product(kind, a2, a2, a4, directions, n, one)
    product(kind, a4, a2, a6, directions, n, one)
    reach = math.sqrt(math.sqrt(norm(a4, n, sums)))
    sixth = norm(a6, n, sums) ** (1.0 / 6.0)
    reach = reach if reach >= sixth else sixth
    if not reach < math.inf:
        return -1
    halved = np.int64(0)
    if reach < REACH_7 and halvings(a, n, 7, ERROR_7, sums) == 0:
        combine(a2, a4, a6, SEVEN[3], SEVEN[5], SEVEN[7], u, size, False)
        add_identity(u, n, SEVEN[1])
        combine(a2, a4, a6, SEVEN[2], SEVEN[4], SEVEN[6], v, size, False)
        add_identity(v, n, SEVEN[0])
    else:
        if reach > REACH_13:
            halved = np.int64(math.ceil(math.log2(reach / REACH_13)))
        f = 0.5**halved
        scale(a, size, f)
        more = halvings(a, n, 13, ERROR_13, sums)
        scale(a, size, 0.5**more)
        halved += more
        f = 0.5**halved
        scale(a2, size, f**2)
        scale(a4, size, f**4)
        scale(a6, size, f**6)
        combine(a2, a4, a6, THIRTEEN[8], THIRTEEN[10], THIRTEEN[12], t, size, False)
        product(kind, a6, t, v, directions, n, one)
        combine(a2, a4, a6, THIRTEEN[2], THIRTEEN[4], THIRTEEN[6], v, size, True)
        add_identity(v, n, THIRTEEN[0])
        combine(a2, a4, a6, THIRTEEN[9], THIRTEEN[11], THIRTEEN[13], t, size, False)
        product(kind, a6, t, u, directions, n, one)
        combine(a2, a4, a6, THIRTEEN[3], THIRTEEN[5], THIRTEEN[7], u, size, True)
        add_identity(u, n, THIRTEEN[1])
    product(kind, a, u, t, directions, n, one)
    for i in range(size):
        u[i] = v[i] + t[i]
        v[i] -= t[i]
    unit = np.int64(1)
    factor(v, n, unit, n, lu, address_of(lu), kind, rounding(one[0]))
    if not regular(lu, n):
        return -1
    for whole in range(unit << directions):
        right, some = at(u, whole * n * n), np.int64(whole)
        while some != 0:
            subtract(kind, at(v, some * n * n), n, unit, at(u, (whole ^ some) * n * n), n, unit, right, n, unit, n, n, n, one)
            some = (some - 1) & whole
        solve_factored(kind, lu, n, False, right, n, one)
    for _ in range(halved):
        product(kind, u, u, t, directions, n, one)
        for i in range(size):
            u[i] = t[i]
    acc = one[0] * 0.0
    for i in range(size):
        acc += u[i] * 0.0
    return 4 * size if acc == 0.0 else -1


@part
def put(x, out, n, transposed):
    for i in range(n):
        for j in range(n):
            out[i * n + j] = x[j * n + i] if transposed else x[i * n + j]


@part
def begin(x, work, n, directions, given, transposed):
    """The jet of matrices x: the first, and so many directions of it; other coefficients are zero."""
    size = n * n
    for i in range(size << directions):
        work[i] = 0.0
    put(x, work, n, transposed)
    for e in range(given):
        put(at(x, (e + 1) * size), at(work, size << e), n, transposed)


@part
def copy(x, size, out):
    for i in range(size):
        out[i] = x[i]


def forward(x, z, _, __, head, work):
    n, directions = np.int64(head[HEAD]), np.int64(head[ATTRIBUTE])
    size, jets = n * n, at(work, BLAS)
    work[0] = 0.0
    begin(x, jets, n, directions, directions, False)
    place = exponential(blas_letter(x[0]), jets, n, directions, work)
    if place < 0:
        return 0
    copy(at(jets, place + ((np.int64(1) << directions) - 1) * size), size, z)
    return 1


def reverse(x, z, g, out, head, work):
    """The adjoint of the matrix is the derivative of the transposed one in the adjoint's direction too; that of a direction leaves it out."""
    n, directions = np.int64(head[HEAD]), np.int64(head[ATTRIBUTE])
    size, jets = n * n, at(work, BLAS)
    work[0] = 0.0
    begin(x, jets, n, directions + 1, directions, True)
    put(g, at(jets, size << directions), n, False)
    place = exponential(blas_letter(x[0]), jets, n, directions + 1, work)
    if place < 0:
        return 0
    whole = (np.int64(2) << directions) - 1
    copy(at(jets, place + whole * size), size, out)
    for e in range(directions):
        copy(at(jets, place + (whole ^ (np.int64(1) << e)) * size), size, at(out, (e + 1) * size))
    return 1


def tangent(x, z, t, out, head, work):
    n, directions = np.int64(head[HEAD]), np.int64(head[ATTRIBUTE])
    size, jets = n * n, at(work, BLAS)
    work[0] = 0.0
    begin(x, jets, n, directions + 1, directions, False)
    last = np.int64(1) << directions
    put(t, at(jets, last * size), n, False)
    for e in range(directions):
        put(at(t, (e + 1) * size), at(jets, (last | (np.int64(1) << e)) * size), n, False)
    place = exponential(blas_letter(x[0]), jets, n, directions + 1, work)
    if place < 0:
        return 0
    copy(at(jets, place + (2 * last - 1) * size), size, out)
    return 1
