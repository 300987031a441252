"""Structural operations of the tape, natively: sum, max and min, cumsum, matmul, segment sum.

A reduction's record is (r, reference): its operand is read as rows of r elements. The reference of a block has s0 from
row to row and s1 within one, whatever its n1; a gather list is row after row.
"""

import numpy as np
from numba import types

from jittape.compiler.jit import part
from jittape.compiler.pointers import at, void
from jittape.ops.layout import ADJOINT, BLOCK_REF, CHUNK, GATHER_REF, INACTIVE, KIND, RUN_REF
from jittape.sweep.point.operands import total

LEAF = CHUNK
"""Elements that are summed without halving: a chunk, so that a sum taken chunk by chunk is the same to the last bit."""


@part
def row_slot(meta, index, ref, r, j, i):
    """The slot of element i of row j."""
    kind = meta[ref] & KIND
    base = np.int64(meta[ref + 1])
    if kind == BLOCK_REF:
        return base + j * meta[ref + 2] + i * meta[ref + 3]
    if kind == RUN_REF:
        return base + j * r + i
    if kind == GATHER_REF:
        return np.int64(index[base + j * r + i])
    return base


@part
def strides(meta, ref, r):
    """(row stride, element stride) of a reference that is no gather list."""
    kind = meta[ref] & KIND
    if kind == BLOCK_REF:
        return np.int64(meta[ref + 2]), np.int64(meta[ref + 3])
    if kind == RUN_REF:
        return np.int64(r), np.int64(1)
    return np.int64(0), np.int64(0)


@part
def push(stack, depth, leaves, part):
    """Add the sum of one more leaf to partial sums that are combined like a binary counter; returns the new depth."""
    while leaves % 2 == 0:
        depth -= 1
        part = stack[depth] + part
        leaves //= 2
    stack[depth] = part
    return depth + 1


@part
def combine(stack, depth):
    """The sum of what is left on the stack."""
    result = 0.0
    while depth > 0:
        depth -= 1
        result = stack[depth] + result
    return result


@part
def pairwise(v, base, step, n, stack):
    """Pairwise sum of n values, `step` apart."""
    depth = 0
    leaves = 0
    i = 0
    while i < n:
        m = min(LEAF, n - i)
        if step == 1:
            part = total(at(v, base + i), m)
        else:
            part = 0.0
            for k in range(m):
                part += v[base + (i + k) * step]
        i += m
        leaves += 1
        depth = push(stack, depth, leaves, part)
    return combine(stack, depth)


@part
def sum_forward(meta, index, v, at_meta, s, m, stack):
    r = np.int64(meta[at_meta])
    ref = at_meta + 1
    base = np.int64(meta[ref + 1])
    if meta[ref] & KIND == GATHER_REF:
        for j in range(m):
            acc = 0.0
            for i in range(r):
                acc += v[np.int64(index[base + j * r + i])]
            v[s + j] = acc
        return
    so, si = strides(meta, ref, r)
    if so == 1 and si != 1 and m > 4:  # columns side by side: row after row
        for j in range(m):
            v[s + j] = 0.0
        for i in range(r):
            row = at(v, base + i * si)
            out = at(v, s)
            for j in range(m):
                out[j] += row[j]
        return
    for j in range(m):
        v[s + j] = pairwise(v, base + j * so, si, r, stack)


@part
def sum_reverse(meta, index, g, at_meta, s, m):
    r = np.int64(meta[at_meta])
    ref = at_meta + 1
    if meta[ref] & INACTIVE:
        return
    base = np.int64(meta[ref + 1])
    if meta[ref] & KIND == GATHER_REF:
        for j in range(m):
            a = g[s + j]
            for i in range(r):
                g[np.int64(index[base + j * r + i])] += a
        return
    so, si = strides(meta, ref, r)
    if so == 1 and si != 1:
        for i in range(r):
            row = at(g, base + i * si)
            adjoint = at(g, s)
            for j in range(m):
                row[j] += adjoint[j]
        return
    for j in range(m):
        a = g[s + j]
        first = base + j * so
        if a == 0.0:
            continue
        if si == 1:
            row = at(g, first)
            for i in range(r):
                row[i] += a
        else:
            for i in range(r):
                g[first + i * si] += a


@part
def extreme_forward(meta, index, v, at_meta, s, m, sign):
    """Largest (sign 1) or smallest (sign -1) of each row; NaN if one is."""
    r = np.int64(meta[at_meta])
    for j in range(m):
        best = v[row_slot(meta, index, at_meta + 1, r, j, 0)]
        for i in range(1, r):
            x = v[row_slot(meta, index, at_meta + 1, r, j, i)]
            if sign * x > sign * best or x != x:
                best = x
            if best != best:
                break
        v[s + j] = best


@part
def ties(meta, index, v, at_meta, s, j):
    """How many elements of row j equal its extreme value."""
    r = np.int64(meta[at_meta])
    count = 0
    for i in range(r):
        if v[row_slot(meta, index, at_meta + 1, r, j, i)] == v[s + j]:
            count += 1
    return count


@part
def extreme_reverse(meta, index, v, g, at_meta, s, m):
    """Ties share an adjoint evenly; a row whose extreme is NaN passes NaN to all its elements."""
    r = np.int64(meta[at_meta])
    for j in range(m):
        if g[s + j] == 0.0:
            continue
        count = ties(meta, index, v, at_meta, s, j)
        share = g[s + j] / count
        for i in range(r):
            slot = row_slot(meta, index, at_meta + 1, r, j, i)
            if count == 0 or v[slot] == v[s + j]:
                g[slot] += share if count else np.nan


@part
def extreme_tangent(meta, index, v, t, at_meta, s, m):
    r = np.int64(meta[at_meta])
    for j in range(m):
        count = ties(meta, index, v, at_meta, s, j)
        acc = 0.0
        for i in range(r):
            slot = row_slot(meta, index, at_meta + 1, r, j, i)
            if v[slot] == v[s + j]:
                acc += t[slot]
        t[s + j] = acc / count if count else np.nan


@part
def cumsum_forward(meta, index, v, at_meta, s, n):
    r = np.int64(meta[at_meta])
    for j in range(n // max(r, 1)):
        acc = 0.0
        for i in range(r):
            acc += v[row_slot(meta, index, at_meta + 1, r, j, i)]
            v[s + j * r + i] = acc


@part
def cumsum_reverse(meta, index, g, at_meta, s, n):
    r = np.int64(meta[at_meta])
    for j in range(n // max(r, 1)):
        acc = 0.0
        for i in range(r - 1, -1, -1):
            acc += g[s + j * r + i]
            g[row_slot(meta, index, at_meta + 1, r, j, i)] += acc


@part
def segment_forward(meta, index, v, at_meta, s, m):
    """Sum j is over the slots of gather list elements offsets[j] to offsets[j + 1]."""
    offsets, first = np.int64(meta[at_meta]), np.int64(meta[at_meta + 1])
    for j in range(m):
        acc = 0.0
        for i in range(index[offsets + j], index[offsets + j + 1]):
            acc += v[np.int64(index[first + i])]
        v[s + j] = acc


@part
def segment_reverse(meta, index, g, at_meta, s, m):
    offsets, first = np.int64(meta[at_meta]), np.int64(meta[at_meta + 1])
    for j in range(m):
        a = g[s + j]
        if a != 0.0:
            for i in range(index[offsets + j], index[offsets + j + 1]):
                g[np.int64(index[first + i])] += a


# --- matmul: C[b] = A[b] @ B[b], C contiguous ----------------------------------------------------------------------------
# The record: batch, M, K, N, then for A and for B: base, batch stride, row stride, column stride, flags. One stride of a
# matrix is 1 and the other at least the length of a line, or the matrix is small and any strides will do.

SMALL = 512
"""Products of fewer multiplications are done by loops: a call of BLAS costs more."""

gemm = types.ExternalFunction(
    "numba_xxgemm",
    types.intc(
        types.char, types.char, types.char, types.intp, types.intp, types.intp, types.voidptr, types.voidptr, types.intp,
        types.voidptr, types.intp, types.voidptr, types.voidptr, types.intp,
    ),
)  # fmt: skip
"""gemm(kind, transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc): Numba's way to SciPy's BLAS, column-major."""

T, N = 84, 78
"""ord("T"), ord("N")."""


@part
def lead(stride_row, stride_col, rows, cols):
    """(1 if the matrix is stored row by row, else 0; leading dimension) of a matrix with one stride of 1."""
    if stride_col == 1 and (stride_row >= cols or rows == 1):
        return 1, max(stride_row, cols, 1)
    return 0, max(stride_col, rows, 1)


@part
def multiply(kind, a, ar, ac, b, br, bc, c, cr, cc, m, k, n, beta, one):
    """c (+)= a @ b for matrices given by row and column strides; `one` points at (1.0, beta)."""
    if m * k * n <= SMALL:
        for i in range(m):
            for j in range(n):
                acc = 0.0
                for p in range(k):
                    acc += a[i * ar + p * ac] * b[p * br + j * bc]
                if beta:
                    c[i * cr + j * cc] += acc
                else:
                    c[i * cr + j * cc] = acc
        return
    a_rows, lda = lead(ar, ac, m, k)
    b_rows, ldb = lead(br, bc, k, n)
    c_rows, ldc = lead(cr, cc, m, n)
    one[0] = 1.0
    one[1] = beta
    if c_rows:  # column-major BLAS computes the transpose: c' = b' a'
        gemm(kind, N if b_rows else T, N if a_rows else T, n, m, k, void(one), void(b), ldb, void(a), lda, void(at(one, 1)), void(c), ldc)  # fmt: skip
    else:
        gemm(kind, T if a_rows else N, T if b_rows else N, m, n, k, void(one), void(a), lda, void(b), ldb, void(at(one, 1)), void(c), ldc)  # fmt: skip


@part
def has_zero(x, row, col, rows, cols):
    for i in range(rows):
        for j in range(cols):
            if x[i * row + j * col] == 0.0:
                return True
    return False


@part
def finite(x, row, col, rows, cols):
    """Whether every element of a matrix is finite."""
    for i in range(rows):
        acc = 0.0
        for j in range(cols):
            acc += x[i * row + j * col] * 0.0
        if acc != 0.0:
            return False
    return True


@part
def careful(r, r0, r1, p, p0, p1, out, o0, o1, m, k, n, flip):
    """out += r @ p (or, with flip, p @ r) where an adjoint r of zero contributes zero whatever p is."""
    for i in range(m):
        for j in range(n):
            acc = 0.0
            for q in range(k):
                a = r[q * r0 + j * r1] if flip else r[i * r0 + q * r1]
                if a != 0.0:
                    acc += a * (p[i * p0 + q * p1] if flip else p[q * p0 + j * p1])
            out[i * o0 + j * o1] += acc


@part
def matmul_forward(meta, va, vb, out, at_meta, s, kind, beta, one, a_adjoint, b_adjoint):
    """out[s:] (+)= A @ B with A read from va and B from vb, where zeros of an adjoint (or tangent) give zero."""
    batch, m, k, n = np.int64(meta[at_meta]), np.int64(meta[at_meta + 1]), np.int64(meta[at_meta + 2]), np.int64(meta[at_meta + 3])  # fmt: skip
    a, b = at_meta + 4, at_meta + 9
    a_r, a_c, b_r, b_c = np.int64(meta[a + 2]), np.int64(meta[a + 3]), np.int64(meta[b + 2]), np.int64(meta[b + 3])
    for q in range(batch):
        x = at(va, meta[a] + q * np.int64(meta[a + 1]))
        y = at(vb, meta[b] + q * np.int64(meta[b + 1]))
        z = at(out, s + q * m * n)
        left = a_adjoint and has_zero(x, a_r, a_c, m, k) and not finite(y, b_r, b_c, k, n)
        right = not left and b_adjoint and has_zero(y, b_r, b_c, k, n) and not finite(x, a_r, a_c, m, k)
        if left or right:
            if beta == 0.0:
                for i in range(m * n):
                    z[i] = 0.0
            if left:
                careful(x, a_r, a_c, y, b_r, b_c, z, n, np.int64(1), m, k, n, False)
            else:
                careful(y, b_r, b_c, x, a_r, a_c, z, n, np.int64(1), m, k, n, True)
        else:
            multiply(kind, x, a_r, a_c, y, b_r, b_c, z, n, np.int64(1), m, k, n, beta, one)


@part
def matmul_value(meta, v, at_meta, s, kind, one):
    """The values of a product."""
    a_adjoint, b_adjoint = meta[at_meta + 8] & ADJOINT != 0, meta[at_meta + 13] & ADJOINT != 0
    matmul_forward(meta, v, v, v, at_meta, s, kind, 0.0, one, a_adjoint, b_adjoint)


@part
def matmul_tangent(meta, v, t, at_meta, s, kind, one):
    """T(A) @ B + A @ T(B), without the term of a constant operand."""
    beta = 0.0
    if not meta[at_meta + 8] & INACTIVE:
        matmul_forward(meta, t, v, t, at_meta, s, kind, 0.0, one, True, meta[at_meta + 13] & ADJOINT != 0)
        beta = 1.0
    if not meta[at_meta + 13] & INACTIVE:
        matmul_forward(meta, v, t, t, at_meta, s, kind, beta, one, meta[at_meta + 8] & ADJOINT != 0, True)
    elif beta == 0.0:
        for i in range(np.int64(meta[at_meta]) * meta[at_meta + 1] * meta[at_meta + 3]):
            t[s + i] = 0.0


@part
def matmul_reverse(meta, v, g, at_meta, s, kind, one):
    """adjoint of A += G @ B', adjoint of B += A' @ G."""
    batch, m, k, n = np.int64(meta[at_meta]), np.int64(meta[at_meta + 1]), np.int64(meta[at_meta + 2]), np.int64(meta[at_meta + 3])  # fmt: skip
    a, b = at_meta + 4, at_meta + 9
    a_r, a_c, b_r, b_c = np.int64(meta[a + 2]), np.int64(meta[a + 3]), np.int64(meta[b + 2]), np.int64(meta[b + 3])
    for q in range(batch):
        a_at = meta[a] + q * np.int64(meta[a + 1])
        b_at = meta[b] + q * np.int64(meta[b + 1])
        out = at(g, s + q * m * n)
        zeros = has_zero(out, n, np.int64(1), m, n)
        one_ = np.int64(1)
        if not meta[a + 4] & INACTIVE:
            x, p = at(g, a_at), at(v, b_at)
            if zeros and not finite(p, b_r, b_c, k, n):
                careful(out, n, one_, p, b_c, b_r, x, a_r, a_c, m, n, k, False)
            else:
                multiply(kind, out, n, one_, p, b_c, b_r, x, a_r, a_c, m, n, k, 1.0, one)
        if not meta[b + 4] & INACTIVE:
            x, p = at(g, b_at), at(v, a_at)
            if zeros and not finite(p, a_r, a_c, m, k):
                careful(out, n, one_, p, a_c, a_r, x, b_r, b_c, k, m, n, True)
            else:
                multiply(kind, p, a_c, a_r, out, n, one_, x, b_r, b_c, k, m, n, 1.0, one)
