"""The sweep of coefficients: coefficient k of every block, in the order of the steps, for one k after the other.

A block holds n elements' series in D directions: coefficient k begins at k n D of the block, element after element, each with its directions.
A step is WIDTH numbers: what it does, n, the blocks that it writes and reads (elements before them), the highest coefficient that is
needed, and one more. Where a factor is zero, its product with an infinity is zero, as in sweeps of tangents.
"""

import math

import numpy as np

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, call_forward, i8_pointer, real_pointer
from jittape.ops.layout import K_FORWARD, KINDS
from jittape.ops.native_math import product
from jittape.ops.series import (
    ACCUMULATE,
    ACCUMULATE_CONSTANT,
    ADD,
    COPY,
    DIV,
    DIVIDE,
    EXTREME,
    GATHER,
    MUL,
    NEG,
    NUMBER,
    POWER,
    PRODUCT,
    RUNNING,
    SCALE,
    SELECT,
    STORE,
    STORE_CONSTANT,
    SUB,
    SUMS,
    VALUE,
)

WIDTH = 8
(
    S_STEPS,  # address of the steps
    S_BEGIN,  # the first one, and the end
    S_END,
    S_LISTS,  # address of lists: elements to gather (three numbers each: elements before the block, its length, the place in it), shapes
    S_NUMBERS,  # address of constants
    S_MEMORY,  # address of the blocks
    S_ROOM,  # coefficients that there is room for
    S_DIRECTIONS,
    S_FIRST,  # the first coefficient to compute, and the end
    S_STOP,
    S_KERNELS,  # address of the table of kernels
    *_,
) = range(16)
BLOCK = 16


@part
def total(k, j0, a, b):
    """Sum over j, j0 to k, of a_j b_(k-j), of one series."""
    even, odd = 0.0, 0.0
    j = j0
    while j < k:
        even += a[j] * b[k - j]
        odd += a[j + 1] * b[k - j - 1]
        j += 2
    if j == k:
        even += a[k] * b[0]
    return even + odd


@part
def careful(k, j0, m, i, a, b):
    """The same of element i of m, whatever is zero."""
    s = 0.0
    for j in range(j0, k + 1):
        s += product(a[j * m + i], b[(k - j) * m + i])
    return s


@part
def mul(k, m, a, b, c):
    z = at(c, k * m)
    if m == 1:
        z[0] = total(k, 0, a, b)
    else:
        y = at(b, k * m)
        for i in range(m):
            z[i] = a[i] * y[i]
        for j in range(1, k + 1):
            x, y = at(a, j * m), at(b, (k - j) * m)
            for i in range(m):
                z[i] += x[i] * y[i]
    if k:
        for i in range(m):
            if z[i] != z[i]:
                z[i] = careful(k, 0, m, i, a, b)


@part
def div(k, m, a, b, c):
    x, z = at(a, k * m), at(c, k * m)
    if m == 1:
        s = total(k, 1, b, c) if k else 0.0
        z[0] = (x[0] - s) / b[0]
    else:
        for i in range(m):
            z[i] = x[i]
        for j in range(1, k + 1):
            y, w = at(b, j * m), at(c, (k - j) * m)
            for i in range(m):
                z[i] -= y[i] * w[i]
        for i in range(m):
            z[i] /= b[i]
    if k:
        for i in range(m):
            if z[i] != z[i]:
                s = x[i] - careful(k, 1, m, i, b, c)
                z[i] = s / b[i] if s != 0.0 else 0.0


@part
def is_singular(k, m, i, u, d):
    """Whether element i has no series: its derivative d_0 is infinite, and its argument moves, but not at once (the root of t * t)."""
    if d[i] - d[i] == 0.0 or u[m + i] != 0.0:
        return False
    for j in range(2, k + 1):
        if u[j * m + i] != 0.0:
            return True
    return False


@part
def integrate(k, m, u, d, c, add):
    """k v_k = sum of j u_j d_(k-j), j = 1 to k; NaN of what has no series."""
    z = at(c, k * m)
    r = 1.0 / k
    if m == 1:
        s = 0.0
        for j in range(1, k + 1):
            s += j * product(u[j], d[k - j])
        if is_singular(k, 1, 0, u, d):
            s = math.nan
        z[0] = z[0] + s * r if add else s * r
        return
    if not add:
        for i in range(m):
            z[i] = 0.0
    for j in range(1, k + 1):
        x, y, w = at(u, j * m), at(d, (k - j) * m), j * r
        for i in range(m):
            z[i] += w * product(x[i], y[i])
    for i in range(m):
        if is_singular(k, m, i, u, d):
            z[i] = math.nan


@part
def power(k, m, a, r, c, i):
    """Coefficient k of element i of a**r: with t the first coefficient that is not zero, at p, that of t**p (t + ...)**r."""
    p = 0
    while p <= k and a[p * m + i] == 0.0:
        p += 1
    first = p * r if p else 0.0
    if p > k or r == 0.0:
        return 0.0
    if p and (r < 0.0 or r != np.floor(r)):
        if k < first:
            return 0.0
        if p > 1:
            return math.nan
        sign = a[m + i]  # x**r at x = 0: infinite, with the sign of the binomial coefficient
        value = math.inf if sign > 0.0 or k % 2 == 0 else -math.inf
        for j in range(k):
            if r - j < 0.0:
                value = -value
        return value
    n = k - np.int64(first)
    if n < 0:
        return 0.0
    shift = np.int64(first)
    lead = a[p * m + i]
    if n == 0:
        return lead**r
    s = 0.0
    for j in range(1, n + 1):
        s += (r * j - (n - j)) * product(a[(p + j) * m + i], c[(shift + n - j) * m + i])
    return s / (n * lead)


@part
def gather(k, n, directions, room, memory, places, c):
    z = at(c, k * n * directions)
    for e in range(n):
        source = at(memory, ((places[3 * e]) * room + k * places[3 * e + 1] + places[3 * e + 2]) * directions)
        for d in range(directions):
            z[e * directions + d] = source[d]


@part
def sums(k, n, row, directions, a, c):
    x, z = at(a, k * n * row * directions), at(c, k * n * directions)
    for j in range(n):
        for d in range(directions):
            s, low = 0.0, 0.0  # the sum, and what its rounding left out
            for i in range(row):
                t = x[(j * row + i) * directions + d]
                new = s + t
                back = new - s
                rest = (s - (new - back)) + (t - back)
                low += rest if rest == rest else 0.0
                s = new
            z[j * directions + d] = s + low


@part
def running(k, n, row, directions, a, c):
    x, z = at(a, k * n * directions), at(c, k * n * directions)
    for j in range(n // row):
        for d in range(directions):
            s = 0.0
            for i in range(row):
                s += x[(j * row + i) * directions + d]
                z[(j * row + i) * directions + d] = s


@part
def extreme(k, n, row, sign, directions, a, c):
    """The largest or smallest of each row, by coefficients 0; ties share higher ones."""
    x, z = at(a, k * n * row * directions), at(c, k * n * directions)
    for j in range(n):
        for d in range(directions):
            best, count, s = a[j * row * directions + d], 0, 0.0
            for i in range(row):
                v = a[(j * row + i) * directions + d]
                if sign * v > sign * best or v != v:
                    best = v
                if best != best:
                    break
            for i in range(row):
                if a[(j * row + i) * directions + d] == best:
                    s += x[(j * row + i) * directions + d]
                    count += 1
            z[j * directions + d] = best if k == 0 else s / count if count else math.nan


@part
def matrices(k, shape, directions, a, b, c):
    """Products of stacks of matrices; `shape` is batch, m, inner length, columns, and steps from matrix to matrix and last coefficients of both."""
    batch, m, inner, columns = shape[0], shape[1], shape[2], shape[3]
    sa, sb = shape[4], shape[5]
    na, nb = (sa * (batch - 1) + m * inner) * directions, (sb * (batch - 1) + inner * columns) * directions
    n = batch * m * columns * directions
    z = at(c, k * n)
    for i in range(n):
        z[i] = 0.0
    width = columns * directions
    for j in range(max(0, k - shape[7]), min(k, shape[6]) + 1):
        for q in range(batch):
            x, y, out = at(a, j * na + q * sa * directions), at(b, (k - j) * nb + q * sb * directions), at(z, q * m * width)
            for i in range(m):
                to = at(out, i * width)
                for l in range(inner):
                    line, factor = at(y, l * width), at(x, (i * inner + l) * directions)
                    if directions == 1:
                        f = factor[0]
                        if f != 0.0 or k == 0:
                            for e in range(columns):
                                to[e] += f * line[e] if k == 0 else product(f, line[e])
                    else:
                        for e in range(columns):
                            for d in range(directions):
                                to[e * directions + d] += factor[d] * line[e * directions + d] if k == 0 else product(factor[d], line[e * directions + d])


def sweep(address):
    """Coefficients; returns the first operation whose kernel is missing, or -1."""
    S = i8_pointer(address)
    lists, numbers, memory = i8_pointer(S[S_LISTS]), real_pointer(S[S_NUMBERS], 0.0), real_pointer(S[S_MEMORY], 0.0)
    room, directions, kernels = S[S_ROOM], S[S_DIRECTIONS], i8_pointer(S[S_KERNELS])
    unit = room * directions
    steps = i8_pointer(S[S_STEPS])
    for k in range(S[S_FIRST], S[S_STOP]):
        for p in range(S[S_BEGIN], S[S_END]):
            row = at(steps, p * WIDTH)
            if k > row[6]:
                continue
            what, n, more = row[0], row[1], row[7]
            m = n * directions
            c, a, b = at(memory, row[2] * unit), at(memory, row[3] * unit), at(memory, row[4] * unit)
            if what == VALUE:
                kernel = kernels[more * KINDS + K_FORWARD]
                if kernel == 0:
                    return more
                call_forward(kernel, a, b, at(memory, row[5] * unit), c, m)
            elif what == MUL:
                mul(k, m, a, b, c)
            elif what == STORE or what == ACCUMULATE:
                if k:
                    integrate(k, m, a, b, c, what == ACCUMULATE)
            elif what == DIV:
                div(k, m, a, b, c)
            elif what == STORE_CONSTANT or what == ACCUMULATE_CONSTANT:
                if k:
                    x, z = at(a, k * m), at(c, k * m)
                    for i in range(m):
                        z[i] = (z[i] if what == ACCUMULATE_CONSTANT else 0.0) + product(x[i], b[i])
            elif what == POWER:
                if k:
                    for i in range(m):
                        c[k * m + i] = power(k, m, a, b[i], c, i)
            elif what == GATHER:
                gather(k, n, directions, room, memory, at(lists, more), c)
            elif what == SUMS:
                sums(k, n, more, directions, a, c)
            elif what == RUNNING:
                running(k, n, more, directions, a, c)
            elif what == EXTREME:
                extreme(k, n, more, row[5], directions, a, c)
            elif what == PRODUCT:
                matrices(k, at(lists, more), directions, a, b, c)
            elif what == NUMBER:
                for i in range(m):
                    c[i] = numbers[more]
            else:
                x, y, z = at(a, k * m), at(b, k * m), at(c, k * m)
                if what == ADD:
                    for i in range(m):
                        z[i] = x[i] + y[i]
                elif what == SUB:
                    for i in range(m):
                        z[i] = x[i] - y[i]
                elif what == NEG:
                    for i in range(m):
                        z[i] = -x[i]
                elif what == COPY:
                    for i in range(m):
                        z[i] = x[i]
                elif what == SCALE:
                    for i in range(m):
                        z[i] = x[i] * b[i] if k == 0 else product(x[i], b[i])
                elif what == DIVIDE:
                    for i in range(m):
                        z[i] = x[i] / b[i] if k == 0 or x[i] != 0.0 else 0.0
                elif what == SELECT:
                    w = at(memory, row[5] * unit + k * m)
                    for i in range(m):
                        z[i] = y[i] if a[i] != 0.0 else w[i]
    return -1
