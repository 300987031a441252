"""Fourier transforms of the columns of arrays, natively: what is around the passes of stages.py.

A plan (plans.py) is for a length. Columns are gone through some at a time, in a block that stays in the cache. Lengths with larger prime
factors are done by a convolution (Bluestein, 1970). A single column of a length with two factors n1 and n2 is a matrix of n1 rows: its columns
are transformed, multiplied with roots of one and turned, and those of what that makes are transformed (Bailey's four steps), so that
passes go by whole vectors here, too. Real numbers of even length are taken for complex ones of half the length. All are forward: who wants
the other direction exchanges real and imaginary parts of what goes in and of what comes out.

Three routines are compiled when a plan first needs them: `complex_columns`, `real_columns` and `back_to_real`. All take (plan, x and its
imaginary parts, from column to column, from element to element, y and its imaginary parts, steps likewise, how many columns, a factor, one
for what has a conjugate in the half of a spectrum that is not there, memory).
"""

import numpy as np

from jittape.compiler.jit import part, separate
from jittape.compiler.pointers import address_of, at, call_visit, i8_pointer, real_pointer
from jittape.instructions.fourier.stages import (
    ALONE,
    CACHED,
    P_BETWEEN,
    P_FIRST,
    P_KERNEL,
    P_LENGTH,
    P_ROWS,
    P_SECOND,
    P_TABLE,
    WIDEST,
)
from jittape.instructions.fourier.turning import as_in, turned
from jittape.sweep.lanes.memory import add, lanes_of, load, mul, number, store, sub


@part
def padded(n, lanes):
    return (n + lanes - 1) // lanes * lanes


@part
def width(rows, cols, lanes):
    """Columns that a block has."""
    return min(min(max(CACHED // rows, lanes), WIDEST) // lanes * lanes, padded(cols, lanes))


@separate
def copy_in(x, cs, js, n, cols, a, w):
    """Column c of x, whose elements are js apart, to column c of the block."""
    lanes = lanes_of(a)
    if cs == 1:
        for j in range(n):
            row, out = at(x, j * js), at(a, j * w)
            for c in range(cols):
                out[c] = row[c]
    else:
        whole, far = cols - cols % lanes, n - n % lanes if js == 1 else 0
        for c in range(0, whole, lanes):
            for j in range(0, far, lanes):
                turned(at(x, c * cs + j), 2 * cs, cs, at(a, j * w + c), 2 * w, w, as_in(a, 1))
        for c in range(cols):
            for j in range(far if c < whole else 0, n):
                a[j * w + c] = x[c * cs + j * js]
    for j in range(n if cols < w else 0):
        for c in range(cols, w):
            a[j * w + c] = 0.0


@separate
def copy_pairs(x, cs, js, n, cols, a, b, w):
    """Elements of columns in turns to two blocks of n rows."""
    lanes = lanes_of(a)
    if cs != 1 and js == 1:
        whole, far = cols - cols % lanes, 2 * n - 2 * n % lanes
        imaginary = (address_of(b) - address_of(a)) // (address_of(at(a, 1)) - address_of(a))
        for c in range(0, whole, lanes):
            for j in range(0, far, lanes):
                turned(at(x, c * cs + j), 2 * cs, cs, at(a, j // 2 * w + c), w, imaginary, as_in(a, 1))
        for c in range(cols):
            for j in range(far // 2 if c < whole else 0, n):
                a[j * w + c] = x[c * cs + 2 * j]
                b[j * w + c] = x[c * cs + 2 * j + 1]
        for j in range(n if cols < w else 0):
            for c in range(cols, w):
                a[j * w + c] = b[j * w + c] = 0.0
        return
    copy_in(x, cs, 2 * js, n, cols, a, w)
    copy_in(at(x, js), cs, 2 * js, n, cols, b, w)


@separate
def copy_out(a, w, n, cols, y, cs, js, scale):
    """The way back, multiplied with a number."""
    lanes = lanes_of(a)
    if cs == 1:
        for j in range(n):
            row, out = at(a, j * w), at(y, j * js)
            for c in range(cols):
                out[c] = row[c] * scale
    else:
        whole, far = cols - cols % lanes, n - n % lanes if js == 1 else 0
        for c in range(0, whole, lanes):
            for j in range(0, far, lanes):
                turned(at(a, j * w + c), 2 * w, w, at(y, c * cs + j), 2 * cs, cs, scale)
        for c in range(cols):
            for j in range(far if c < whole else 0, n):
                y[c * cs + j * js] = a[j * w + c] * scale


@separate
def copy_pairs_out(a, b, w, n, cols, y, cs, js, scale):
    lanes = lanes_of(a)
    if cs != 1 and js == 1:
        whole, far = cols - cols % lanes, 2 * n - 2 * n % lanes
        imaginary = (address_of(b) - address_of(a)) // (address_of(at(a, 1)) - address_of(a))
        for c in range(0, whole, lanes):
            for j in range(0, far, lanes):
                turned(at(a, j // 2 * w + c), w, imaginary, at(y, c * cs + j), 2 * cs, cs, scale)
        for c in range(cols):
            for j in range(far // 2 if c < whole else 0, n):
                y[c * cs + 2 * j] = a[j * w + c] * scale
                y[c * cs + 2 * j + 1] = b[j * w + c] * scale
        return
    copy_out(a, w, n, cols, y, cs, 2 * js, scale)
    copy_out(b, w, n, cols, at(y, js), cs, 2 * js, scale)


# --- blocks


@separate
def multiplied(a, b, rows, w, re, im, turn):
    """Rows of a block times complex numbers of a table, or of their conjugates where turn is -1."""
    lanes = lanes_of(a)
    for j in range(rows):
        x, y = number(a, re[j]), number(a, im[j] * turn)
        row, other = at(a, j * w), at(b, j * w)
        for c in range(w // lanes):
            p, q = load(row, 0, c), load(other, 0, c)
            store(row, 0, c, sub(mul(p, x), mul(q, y)))
            store(other, 0, c, add(mul(p, y), mul(q, x)))


@part
def passes(plan, a, b, w):
    return call_visit(i8_pointer(plan)[P_KERNEL], plan, address_of(a), address_of(b), w)


@separate
def block(plan, a, b, w):
    """Transform the columns of block a; returns whether they stand in block b then. Both have P_ROWS rows."""
    p = i8_pointer(plan)
    n, rows = p[P_LENGTH], p[P_ROWS]
    if rows == n:
        return passes(plan, a, b, w)
    table = real_pointer(p[P_TABLE], a[0])
    spectrum = at(table, 2 * n)
    for half in range(2):
        for i in range(n * w, rows * w):
            a[half * rows * w + i] = 0.0
    multiplied(a, at(a, rows * w), n, w, table, at(table, n), as_in(a, -1))
    x, y = a, b
    if passes(p[P_FIRST], x, y, w):
        x, y = y, x
    multiplied(x, at(x, rows * w), rows, w, spectrum, at(spectrum, rows), as_in(a, 1))
    # the inverse, by exchanging parts: the block's halves are copied, as its imaginary parts are where they are
    for i in range(rows * w):
        t = x[i]
        x[i] = x[rows * w + i]
        x[rows * w + i] = t
    if passes(p[P_FIRST], x, y, w):
        x, y = y, x
    for i in range(n * w):
        t = x[i]
        x[i] = x[rows * w + i]
        x[rows * w + i] = t
    multiplied(x, at(x, rows * w), n, w, table, at(table, n), as_in(a, -1))
    return np.int64(address_of(x) == address_of(b))


@part
def alone(plan, cols, lanes):
    """Whether columns are transformed one by one."""
    p = i8_pointer(plan)
    return p[P_ROWS] == p[P_LENGTH] and p[P_SECOND] != 0 and (cols < lanes or p[P_LENGTH] > ALONE)


@separate
def single(plan, xr, xi, js, yr, yi, djs, scale, work):
    """One column by two parts."""
    p, lanes = i8_pointer(plan), lanes_of(work)
    first, second = p[P_FIRST], p[P_SECOND]
    n1, n2 = i8_pointer(first)[P_LENGTH], i8_pointer(second)[P_LENGTH]
    across, along = padded(n1, lanes), padded(n2, lanes)
    middle = work  # [n2][across]
    roots = real_pointer(p[P_BETWEEN], work[0])  # [n1][along], and their imaginary parts
    memory = at(work, 2 * n2 * across)
    w = width(n1, n2, lanes)
    a, b = memory, at(memory, 2 * n1 * w)
    one, whole = as_in(work, 1), n1 - n1 % lanes
    for c in range(0, n2, w):
        cols = min(w, n2 - c)
        copy_in(at(xr, c * js), js, n2 * js, n1, cols, a, w)
        copy_in(at(xi, c * js), js, n2 * js, n1, cols, at(a, n1 * w), w)
        found = b if passes(first, a, b, w) else a
        for k in range(n1):
            row, row_i = at(found, k * w), at(found, (n1 + k) * w)
            re, im = at(roots, k * along + c), at(roots, (n1 + k) * along + c)
            for q in range(padded(cols, lanes) // lanes):
                u, v, s, t = load(row, 0, q), load(row_i, 0, q), load(re, 0, q), load(im, 0, q)
                store(row, 0, q, sub(mul(u, s), mul(v, t)))
                store(row_i, 0, q, add(mul(u, t), mul(v, s)))
        for half in range(2):
            x, y = at(found, half * n1 * w), at(middle, half * n2 * across + c * across)
            far = cols - cols % lanes
            for i in range(0, far, lanes):
                for k in range(0, whole, lanes):
                    turned(at(x, k * w + i), 2 * w, w, at(y, i * across + k), 2 * across, across, one)
            for i in range(cols):
                for k in range(whole if i < far else 0, n1):
                    y[i * across + k] = x[k * w + i]
    w = width(n2, n1, lanes)
    a, b = memory, at(memory, 2 * n2 * w)
    for c in range(0, n1, w):
        cols = min(w, n1 - c)
        if w == across:
            a = middle
        else:
            copy_in(at(middle, c), np.int64(1), across, n2, cols, a, w)
            copy_in(at(middle, n2 * across + c), np.int64(1), across, n2, cols, at(a, n2 * w), w)
        found = b if passes(second, a, b, w) else a
        copy_out(found, w, n2, cols, at(yr, c * djs), djs, n1 * djs, scale)
        copy_out(at(found, n2 * w), w, n2, cols, at(yi, c * djs), djs, n1 * djs, scale)


def complex_columns(plan, xr, xi, cs, js, yr, yi, dcs, djs, cols, scale, weight, work):
    """y = scale times the transforms of columns of x, which may stand in the same places."""
    p, lanes = i8_pointer(plan), lanes_of(work)
    if alone(plan, cols, lanes):
        for c in range(cols):
            single(plan, at(xr, c * cs), at(xi, c * cs), js, at(yr, c * dcs), at(yi, c * dcs), djs, scale, work)
        return
    n, rows = p[P_LENGTH], p[P_ROWS]
    w = width(rows, cols, lanes)
    a, b = work, at(work, 2 * rows * w)
    for c in range(0, cols, w):
        here = min(w, cols - c)
        copy_in(at(xr, c * cs), cs, js, n, here, a, w)
        copy_in(at(xi, c * cs), cs, js, n, here, at(a, rows * w), w)
        found = b if block(plan, a, b, w) else a
        copy_out(found, w, n, here, at(yr, c * dcs), dcs, djs, scale)
        copy_out(at(found, rows * w), w, n, here, at(yi, c * dcs), dcs, djs, scale)


# --- real numbers: of even length n, pairs of them are complex numbers z of m = n / 2


@separate
def to_half(zr, zi, m, w, hr, hi, re, im, inner):
    """Rows 0 to m of the spectrum of real numbers by that of pairs; those between are multiplied with `inner`."""
    lanes = lanes_of(zr)
    for k in range(m + 1):
        f = number(zr, as_in(zr, 0.5 if k == 0 or k == m else 0.5 * inner))
        i, j = (0 if k == m else k), (0 if k == 0 else m - k)
        c, s = number(zr, re[k]), number(zr, im[k])
        row, row_i, other, other_i, out, out_i = at(zr, i * w), at(zi, i * w), at(zr, j * w), at(zi, j * w), at(hr, k * w), at(hi, k * w)
        for q in range(w // lanes):
            a, b, u, v = load(row, 0, q), load(row_i, 0, q), load(other, 0, q), load(other_i, 0, q)
            dr, di = add(b, v), sub(u, a)
            store(out, 0, q, mul(f, add(add(a, u), sub(mul(c, dr), mul(s, di)))))
            store(out_i, 0, q, mul(f, add(sub(b, v), add(mul(c, di), mul(s, dr)))))


@separate
def from_half(hr, hi, m, w, zr, zi, re, im, inner):
    """The way back: the spectrum of pairs by rows 0 to m, of which the first and the last are real."""
    lanes = lanes_of(hr)
    for i in range(w):
        hi[i] = hi[m * w + i] = 0.0
    for k in range(m):
        j = m - k
        f = number(hr, as_in(hr, 1.0 if k == 0 else inner))
        c, s = number(hr, re[k]), number(hr, im[k])
        row, row_i, other, other_i, out, out_i = at(hr, k * w), at(hi, k * w), at(hr, j * w), at(hi, j * w), at(zr, k * w), at(zi, k * w)
        for q in range(w // lanes):
            a, b, u, v = load(row, 0, q), load(row_i, 0, q), load(other, 0, q), load(other_i, 0, q)
            dr, di = sub(a, u), add(b, v)
            store(out, 0, q, mul(f, sub(add(a, u), sub(mul(c, di), mul(s, dr)))))
            store(out_i, 0, q, mul(f, add(sub(b, v), add(mul(c, dr), mul(s, di)))))


def real_columns(plan, x, xi, cs, js, yr, yi, dcs, djs, cols, scale, inner, work):
    """y = scale times the first half of the transforms of columns of real numbers; what has a conjugate in the other half, times `inner`."""
    p, lanes = i8_pointer(plan), lanes_of(work)
    n, half = p[P_LENGTH], p[P_FIRST]
    rows = i8_pointer(half)[P_ROWS]
    m = n // 2
    if n % 2:
        w = width(rows, cols, lanes)
        a, b = work, at(work, 2 * rows * w)
        for c in range(0, cols, w):
            here = min(w, cols - c)
            copy_in(at(x, c * cs), cs, js, n, here, a, w)
            for i in range(rows * w, rows * w + n * w):
                a[i] = 0.0
            found = b if block(half, a, b, w) else a
            for i in range(w, (m + 1) * w):
                found[i] *= inner
                found[rows * w + i] *= inner
            copy_out(found, w, m + 1, here, at(yr, c * dcs), dcs, djs, scale)
            copy_out(at(found, rows * w), w, m + 1, here, at(yi, c * dcs), dcs, djs, scale)
        return
    re = real_pointer(p[P_BETWEEN], work[0])
    im = at(re, m + 1)
    if alone(half, cols, lanes):
        z, memory = work, at(work, padded(2 * m, 64))
        for c in range(cols):
            u, v = at(x, c * cs), at(x, c * cs + js)
            single(half, u, v, 2 * js, z, at(z, m), np.int64(1), as_in(work, 1), memory)
            one_to_half(z, at(z, m), m, at(yr, c * dcs), at(yi, c * dcs), djs, re, im, scale, inner)
        return
    w = width(rows + 1, cols, lanes)
    a, b = work, at(work, 2 * (rows + 1) * w)
    for c in range(0, cols, w):
        here = min(w, cols - c)
        copy_pairs(at(x, c * cs), cs, js, m, here, a, at(a, rows * w), w)
        found, other = a, b
        if block(half, a, b, w):
            found, other = b, a
        to_half(found, at(found, rows * w), m, w, other, at(other, (m + 1) * w), re, im, inner)
        copy_out(other, w, m + 1, here, at(yr, c * dcs), dcs, djs, scale)
        copy_out(at(other, (m + 1) * w), w, m + 1, here, at(yi, c * dcs), dcs, djs, scale)


@separate
def one_to_half(zr, zi, m, yr, yi, djs, re, im, scale, inner):
    for k in range(m + 1):
        f = 0.5 * scale if k == 0 or k == m else 0.5 * scale * inner
        i, j = (0 if k == m else k), (0 if k == 0 else m - k)
        a, b, u, v, c, s = zr[i], zi[i], zr[j], zi[j], re[k], im[k]
        yr[k * djs] = f * ((a + u) + (c * (b + v) - s * (u - a)))
        yi[k * djs] = f * ((b - v) + (c * (u - a) + s * (b + v)))


@separate
def one_from_half(xr, xi, js, m, zr, zi, re, im, inner):
    for k in range(m):
        j = m - k
        f = 1.0 if k == 0 else inner
        a, u, c, s = xr[k * js], xr[j * js], re[k], im[k]
        b, v = (xi[k * js], xi[j * js]) if k else (as_in(xi, 0), as_in(xi, 0))
        zr[k] = f * ((a + u) - (c * (b + v) - s * (a - u)))
        zi[k] = f * ((b - v) + (c * (a - u) + s * (b + v)))


def back_to_real(plan, xr, xi, cs, js, y, yi, dcs, djs, cols, scale, inner, work):
    """y = scale times the real columns, backwards, of which x is the first half; what has a conjugate in the other half, times `inner`."""
    p, lanes = i8_pointer(plan), lanes_of(work)
    n, half = p[P_LENGTH], p[P_FIRST]
    rows = i8_pointer(half)[P_ROWS]
    m = n // 2
    if n % 2:
        w = width(rows, cols, lanes)
        a, b = work, at(work, 2 * rows * w)
        for c in range(0, cols, w):
            here = min(w, cols - c)
            z = at(a, rows * w)  # backwards: parts are exchanged
            copy_in(at(xr, c * cs), cs, js, m + 1, here, z, w)
            copy_in(at(xi, c * cs), cs, js, m + 1, here, a, w)
            for q in range(w):
                a[q] = 0.0
            for i in range(w, (m + 1) * w):
                z[i] *= inner
                a[i] *= inner
            for k in range(1, m + 1):
                for q in range(w):
                    z[(n - k) * w + q] = z[k * w + q]
                    a[(n - k) * w + q] = -a[k * w + q]
            found = b if block(half, a, b, w) else a
            copy_out(at(found, rows * w), w, n, here, at(y, c * dcs), dcs, djs, scale)
        return
    re = real_pointer(p[P_BETWEEN], work[0])
    im = at(re, m + 1)
    if alone(half, cols, lanes):
        z, memory = work, at(work, padded(2 * m, 64))
        for c in range(cols):
            one_from_half(at(xr, c * cs), at(xi, c * cs), js, m, z, at(z, m), re, im, inner)
            u, v = at(y, c * dcs), at(y, c * dcs + djs)
            single(half, at(z, m), z, np.int64(1), v, u, 2 * djs, scale, memory)
        return
    w = width(rows + 1, cols, lanes)
    a, b = work, at(work, 2 * (rows + 1) * w)
    for c in range(0, cols, w):
        here = min(w, cols - c)
        copy_in(at(xr, c * cs), cs, js, m + 1, here, b, w)
        copy_in(at(xi, c * cs), cs, js, m + 1, here, at(b, (m + 1) * w), w)
        from_half(b, at(b, (m + 1) * w), m, w, at(a, rows * w), a, re, im, inner)
        found = b if block(half, a, b, w) else a
        copy_pairs_out(at(found, rows * w), found, w, m, here, at(y, c * dcs), dcs, djs, scale)
