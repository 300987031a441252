"""Products of matrices, natively: BLAS where that pays."""

import numpy as np
from numba import types

from jittape.compiler import blas
from jittape.compiler.jit import part
from jittape.compiler.pointers import (
    address_of,
    allocate,
    at,
    blas_letter,
    i4_pointer,
    i8_pointer,
    real_pointer,
    release,
    u1_pointer,
    void,
)
from jittape.instructions.matmul.record import A_AT, B_AT, SMALL
from jittape.instructions.matrices_native import FLAGS, flag_matrix, matrix_slot
from jittape.ops.layout import (
    ADJOINT,
    C_ADJOINT,
    C_OUTSIDE,
    C_SCRATCH,
    C_TANGENT,
    C_VALUE,
    FIRST,
    INACTIVE,
    O_ADJOINT,
    O_SIZE,
    O_SLOT,
    O_VALUE,
    O_WORDS,
    O_WRITTEN,
)
from jittape.sweep.point.steps import record
from jittape.sweep.sets.sets import (
    FINISHED,
    NODES,
    PAIRS_ROOM,
    POOL,
    REACHES,
    S_AT_ELEMENT,
    S_FLAGS,
    S_LAST,
    S_NEED,
    S_NODE_ROOM,
    S_NODES,
    S_PAIRS,
    S_SETS,
    S_TAPE,
    WANTED,
    ZERO,
    listed,
    note,
    room_for_lists,
    union,
    use,
)

CAREFUL = 1 << 24
"""Multiplications up to which a product with a constant matrix is looked at number by number."""

scipys = types.ExternalFunction(
    "numba_xxgemm",
    types.intc(
        types.char, types.char, types.char, types.intp, types.intp, types.intp, types.voidptr, types.voidptr, types.intp,
        types.voidptr, types.intp, types.voidptr, types.voidptr, types.intp,
    ),
)  # fmt: skip
"""scipys(kind, transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc): Numba's way to SciPy's BLAS, column-major."""

sgemm, dgemm = (
    types.ExternalFunction(
        blas.symbol(name),
        types.none(
            types.intc, types.intc, types.intc, types.int64, types.int64, types.int64, real, types.voidptr, types.int64, types.voidptr, types.int64,
            real, types.voidptr, types.int64,
        ),
    )
    for name, real in zip(blas.ROUTINES, (types.float32, types.float64), strict=True)
)  # fmt: skip
"""sgemm(order, transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc): NumPy's, where it has them."""

gemv = types.ExternalFunction(
    "numba_xxgemv",
    types.intc(
        types.char, types.char, types.intp, types.intp, types.voidptr, types.voidptr, types.intp, types.voidptr, types.voidptr, types.voidptr,
    ),
)  # fmt: skip
"""gemv(kind, trans, m, n, alpha, a, lda, x, beta, y), of vectors whose elements follow each other; for these several times as fast as gemm."""

T, N = ord("T"), ord("N")
SINGLE = ord("s")
COLUMNS, AS_IT_IS, TRANSPOSED = 102, 111, 112
"""What CBLAS calls matrices column by column, and what is done to one."""


@part
def by_scipy(kind, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, one):
    """c = alpha a b + beta c, column by column; `one` points at room for two numbers."""
    one[0] = alpha
    one[1] = beta
    scipys(kind, ta, tb, m, n, k, void(one), void(a), lda, void(b), ldb, void(at(one, 1)), void(c), ldc)


@part
def by_numpy(kind, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, one):
    """The same."""
    left, right = TRANSPOSED if ta == T else AS_IT_IS, TRANSPOSED if tb == T else AS_IT_IS
    if kind == SINGLE:
        sgemm(COLUMNS, left, right, m, n, k, np.float32(alpha), void(a), lda, void(b), ldb, np.float32(beta), void(c), ldc)
    else:
        dgemm(COLUMNS, left, right, m, n, k, np.float64(alpha), void(a), lda, void(b), ldb, np.float64(beta), void(c), ldc)


gemm = by_numpy if blas.available() else by_scipy
TURNING = blas.available() and blas.available(blas.TURN)
LEAST, TIMES, ROWS, TERMS = 1 << 15, 2, 128, 64
"""What `turned` pays for: elements of the right factor, how many times as many columns as rows, rows at most, and terms of a sum."""
somatcopy = types.ExternalFunction(
    blas.symbol(blas.TURN), types.none(types.intc, types.intc, types.int64, types.int64, types.float32, types.voidptr, types.int64, types.voidptr, types.int64)
)
"""somatcopy(order, trans, rows, columns, alpha, a, lda, b, ldb)."""


@part
def turned(a, lda, b, ldb, c, ldc, m, k, n):
    """c = a @ b by the transpose of c, for matrices of float32 whose sums run along the memory of both (b is the transpose of weights, say); was there room?

    OpenBLAS copies its first factor into stripes, and where the sum runs along its memory that copy takes the longer the more rows it has: of the
    128 x 784 numbers and 784 x 512 weights of a layer a tenth of the product's time by its kernels for AVX-512, of 32 x 128 and 512 x 128 a third.
    """
    memory = allocate(4 * m * n)
    if address_of(memory) == 0:
        return False
    sgemm(COLUMNS, TRANSPOSED, AS_IT_IS, m, n, k, np.float32(1.0), void(a), lda, void(b), ldb, np.float32(0.0), memory, m)
    somatcopy(COLUMNS, TRANSPOSED, m, n, np.float32(1.0), memory, m, void(c), ldc)
    release(memory)
    return True


@part
def lead(stride_row, stride_col, rows, cols):
    """(1 if the matrix is stored row by row, else 0; leading dimension) of a matrix with one stride of 1."""
    if stride_col == 1 and (stride_row >= cols or rows == 1):
        return 1, max(stride_row, cols, 1)
    return 0, max(stride_col, rows, 1)


@part
def by_blas(kind, alpha, a, ar, ac, b, br, bc, c, cr, cc, m, k, n, beta, one):
    """c = alpha a @ b + beta c for matrices given by row and column strides; `one` points at room for two numbers."""
    a_rows, lda = lead(ar, ac, m, k)
    b_rows, ldb = lead(br, bc, k, n)
    c_rows, ldc = lead(cr, cc, m, n)
    one[0] = alpha
    one[1] = beta
    if n == 1 and br == 1 and cr == 1:
        if a_rows:
            gemv(kind, T, k, m, void(one), void(a), lda, void(b), void(at(one, 1)), void(c))
        else:
            gemv(kind, N, m, k, void(one), void(a), lda, void(b), void(at(one, 1)), void(c))
    elif m == 1 and ac == 1 and cc == 1:
        if b_rows:
            gemv(kind, N, n, k, void(one), void(b), ldb, void(a), void(at(one, 1)), void(c))
        else:
            gemv(kind, T, k, n, void(one), void(b), ldb, void(a), void(at(one, 1)), void(c))
    elif (
        TURNING and kind == SINGLE and alpha == 1.0 and beta == 0.0 and c_rows and a_rows and not b_rows
        and m <= ROWS and k >= TERMS and n >= TIMES * m and n * k >= LEAST and turned(a, lda, b, ldb, c, ldc, m, k, n)
    ):  # fmt: skip
        pass
    elif c_rows:  # column-major BLAS computes the transpose: c' = b' a'
        gemm(kind, N if b_rows else T, N if a_rows else T, n, m, k, alpha, b, ldb, a, lda, beta, c, ldc, one)
    else:
        gemm(kind, T if a_rows else N, T if b_rows else N, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, one)


@part
def multiply(kind, a, ar, ac, b, br, bc, c, cr, cc, m, k, n, beta, one):
    """c (+)= a @ b, likewise."""
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
    by_blas(kind, 1.0, a, ar, ac, b, br, bc, c, cr, cc, m, k, n, beta, one)


@part
def subtract(kind, a, ar, ac, b, br, bc, c, cr, cc, m, k, n, one):
    """c -= a @ b, likewise."""
    if m * k * n > SMALL:
        by_blas(kind, -1.0, a, ar, ac, b, br, bc, c, cr, cc, m, k, n, 1.0, one)
        return
    for i in range(m):
        for j in range(n):
            acc = 0.0
            for p in range(k):
                acc += a[i * ar + p * ac] * b[p * br + j * bc]
            c[i * cr + j * cc] -= acc


@part
def lines(row, col, rows, cols):
    """(how many lines, how long each is, from line to line, from element to element) of a matrix, along the shorter steps."""
    if col == 1 and cols > 1:
        return rows, cols, row, col
    return cols, rows, col, row


@part
def has_zero(x, row, col, rows, cols):
    many, n, step, one = lines(row, col, rows, cols)
    for i in range(many):
        found = np.int64(0)
        if one == 1:
            line = at(x, i * step)
            for j in range(n):
                found |= np.int64(line[j] == 0.0)
        else:
            for j in range(n):
                found |= np.int64(x[i * step + j * one] == 0.0)
        if found:
            return True
    return False


@part
def finite(x, row, col, rows, cols):
    """Whether every element of a matrix is finite."""
    many, n, step, one = lines(row, col, rows, cols)
    for i in range(many):
        found = np.int64(0)
        if one == 1:
            line = at(x, i * step)
            for j in range(n):
                found |= np.int64(line[j] - line[j] != 0.0)
        else:
            for j in range(n):
                found |= np.int64(x[i * step + j * one] - x[i * step + j * one] != 0.0)
        if found:
            return False
    return True


@part
def careful(r, r0, r1, p, p0, p1, out, o0, o1, m, k, n, flip, beta):
    """out (+)= r @ p (or, with flip, p @ r) where an adjoint r of zero contributes zero whatever p is."""
    for i in range(m):
        for j in range(n):
            acc = 0.0
            for q in range(k):
                a = r[q * r0 + j * r1] if flip else r[i * r0 + q * r1]
                if a != 0.0:
                    acc += a * (p[i * p0 + q * p1] if flip else p[q * p0 + j * p1])
            if beta:
                acc += out[i * o0 + j * o1]
            out[i * o0 + j * o1] = acc


@part
def outside(ctl, base, column):
    """Where the row of memory outside of the tape (see ops/layout.py, O_SLOT) that has an address in this column for a slot begins in their table; 0 without any."""
    if ctl[C_OUTSIDE] != 0:
        table = i8_pointer(ctl[C_OUTSIDE])
        for i in range(table[0]):
            row = at(table, 1 + i * O_WORDS)
            if row[column] != 0 and row[O_SLOT] <= base < row[O_SLOT] + row[O_SIZE]:
                return np.int64(1 + i * O_WORDS)
    return np.int64(0)


@part
def placed(ctl, x, base, found, column, like):
    """A pointer to the value or adjoint of a slot: on the tape, whose array is x, or in the memory whose row `outside` found."""
    if found == 0:
        return at(x, base)
    row = at(i8_pointer(ctl[C_OUTSIDE]), found)
    return at(real_pointer(row[column], like), base - row[O_SLOT])


@part
def value_at(ctl, v, base, like):
    """A pointer to the value of a slot, wherever it is."""
    return placed(ctl, v, base, outside(ctl, base, O_VALUE), O_VALUE, like)


@part
def stores(ctl, meta, ref, found):
    """Whether the first contribution to the adjoints of a factor is due, which is stored; `found` is the row of memory that they are in, if it is not the tape's."""
    if found == 0:
        return meta[ref + FLAGS] & FIRST != 0
    row = at(i8_pointer(ctl[C_OUTSIDE]), found)
    first = row[O_WRITTEN] == 0
    row[O_WRITTEN] = 1
    return first


@part
def matmul_forward(meta, xa, xb, out, at_meta, s, kind, beta, one, a_adjoint, b_adjoint):
    """out[s:] (+)= A @ B with A read from xa on and B from xb on, where zeros of an adjoint (or tangent) give zero."""
    batch, m, k, n = np.int64(meta[at_meta]), np.int64(meta[at_meta + 1]), np.int64(meta[at_meta + 2]), np.int64(meta[at_meta + 3])  # fmt: skip
    a, b = at_meta + A_AT, at_meta + B_AT
    a_r, a_c, b_r, b_c = np.int64(meta[a + 2]), np.int64(meta[a + 3]), np.int64(meta[b + 2]), np.int64(meta[b + 3])
    for q in range(batch):
        x = at(xa, q * np.int64(meta[a + 1]))
        y = at(xb, q * np.int64(meta[b + 1]))
        z = at(out, s + q * m * n)
        left = a_adjoint and has_zero(x, a_r, a_c, m, k) and not finite(y, b_r, b_c, k, n)
        right = not left and b_adjoint and has_zero(y, b_r, b_c, k, n) and not finite(x, a_r, a_c, m, k)
        if left or right:
            if left:
                careful(x, a_r, a_c, y, b_r, b_c, z, n, np.int64(1), m, k, n, False, beta)
            else:
                careful(y, b_r, b_c, x, a_r, a_c, z, n, np.int64(1), m, k, n, True, beta)
        else:
            multiply(kind, x, a_r, a_c, y, b_r, b_c, z, n, np.int64(1), m, k, n, beta, one)


@part
def matmul_value(ctl, meta, v, at_meta, s, like):
    """The values of a product."""
    scratch = real_pointer(ctl[C_SCRATCH], like)
    a, b = at_meta + A_AT, at_meta + B_AT
    a_adjoint, b_adjoint = meta[a + FLAGS] & ADJOINT != 0, meta[b + FLAGS] & ADJOINT != 0
    xa, xb = value_at(ctl, v, np.int64(meta[a]), like), value_at(ctl, v, np.int64(meta[b]), like)
    matmul_forward(meta, xa, xb, v, at_meta, s, blas_letter(like), 0.0, scratch, a_adjoint, b_adjoint)


@part
def matmul_tangent(ctl, meta, v, t, at_meta, s, like):
    """T(A) @ B + A @ T(B), without the term of a constant operand."""
    kind, one = blas_letter(like), real_pointer(ctl[C_SCRATCH], like)
    a, b = at_meta + A_AT, at_meta + B_AT
    beta = 0.0
    if not meta[a + FLAGS] & INACTIVE:
        xb = value_at(ctl, v, np.int64(meta[b]), like)
        matmul_forward(
            meta, at(t, np.int64(meta[a])), xb, t, at_meta, s, kind, 0.0, one, True, meta[b + FLAGS] & ADJOINT != 0
        )
        beta = 1.0
    if not meta[b + FLAGS] & INACTIVE:
        xa = value_at(ctl, v, np.int64(meta[a]), like)
        matmul_forward(
            meta, xa, at(t, np.int64(meta[b])), t, at_meta, s, kind, beta, one, meta[a + FLAGS] & ADJOINT != 0, True
        )
    elif beta == 0.0:
        for i in range(np.int64(meta[at_meta]) * meta[at_meta + 1] * meta[at_meta + 3]):
            t[s + i] = 0.0


@part
def matmul_reverse(ctl, meta, v, g, at_meta, s, like):
    """adjoint of A += G @ B', adjoint of B += A' @ G."""
    kind, one = blas_letter(like), real_pointer(ctl[C_SCRATCH], like)
    batch, m, k, n = np.int64(meta[at_meta]), np.int64(meta[at_meta + 1]), np.int64(meta[at_meta + 2]), np.int64(meta[at_meta + 3])  # fmt: skip
    a, b = at_meta + A_AT, at_meta + B_AT
    a_r, a_c, b_r, b_c = np.int64(meta[a + 2]), np.int64(meta[a + 3]), np.int64(meta[b + 2]), np.int64(meta[b + 3])
    a_active, b_active = not meta[a + FLAGS] & INACTIVE, not meta[b + FLAGS] & INACTIVE
    a_slot, b_slot = np.int64(meta[a]), np.int64(meta[b])
    a_outside, b_outside = outside(ctl, a_slot, O_ADJOINT), outside(ctl, b_slot, O_ADJOINT)
    a_first, b_first = a_active and stores(ctl, meta, a, a_outside), b_active and stores(ctl, meta, b, b_outside)
    va, vb = value_at(ctl, v, a_slot, like), value_at(ctl, v, b_slot, like)
    ga, gb = placed(ctl, g, a_slot, a_outside, O_ADJOINT, like), placed(ctl, g, b_slot, b_outside, O_ADJOINT, like)
    for q in range(batch):
        a_beta = 0.0 if a_first and (q == 0 or meta[a + 1]) else 1.0  # a matrix that serves all gets the sum of all
        b_beta = 0.0 if b_first and (q == 0 or meta[b + 1]) else 1.0
        a_at, b_at = q * np.int64(meta[a + 1]), q * np.int64(meta[b + 1])
        out = at(g, s + q * m * n)
        zeros = has_zero(out, n, np.int64(1), m, n)
        one_ = np.int64(1)
        if a_active:
            x, p = at(ga, a_at), at(vb, b_at)
            if zeros and not finite(p, b_r, b_c, k, n):
                careful(out, n, one_, p, b_c, b_r, x, a_r, a_c, m, n, k, False, a_beta)
            else:
                multiply(kind, out, n, one_, p, b_c, b_r, x, a_r, a_c, m, n, k, a_beta, one)
        if b_active:
            x, p = at(gb, b_at), at(va, a_at)
            if zeros and not finite(p, a_r, a_c, m, k):
                careful(out, n, one_, p, a_c, a_r, x, b_r, b_c, k, m, n, True, b_beta)
            else:
                multiply(kind, p, a_c, a_r, out, n, one_, x, b_r, b_c, k, m, n, b_beta, one)


def forward(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    matmul_value(ctl, meta, real_pointer(ctl[C_VALUE], like), m0, s, like)


def reverse(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    matmul_reverse(ctl, meta, real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_ADJOINT], like), m0, s, like)


def tangent(address, k, end, s, like):
    ctl = i8_pointer(address)
    meta, _, m0, _ = record(ctl, k)
    matmul_tangent(ctl, meta, real_pointer(ctl[C_VALUE], like), real_pointer(ctl[C_TANGENT], like), m0, s, like)


def flags(address, k, flags_address, mode):
    meta, _, m0, _ = record(i8_pointer(address), k)
    found = u1_pointer(flags_address)
    batch, m, r, q = np.int64(meta[m0]), np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), np.int64(meta[m0 + 3])
    for p in range(2):
        rows, cols = (m, r) if p == 0 else (r, q)
        if flag_matrix(meta, found, m0 + (A_AT if p == 0 else B_AT), batch, rows, cols, mode):
            return 1
    return 0


# --- sparsity


def need(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    flags, last = u1_pointer(S[S_FLAGS]), i4_pointer(S[S_LAST])
    batch, m, r, q = np.int64(meta[m0]), np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), np.int64(meta[m0 + 3])
    A, B = m0 + A_AT, m0 + B_AT
    extra = 0 if (meta[A + FLAGS] | meta[B + FLAGS]) & INACTIVE else WANTED
    for b in range(batch):
        out = s + b * m * q
        for p in range(2):
            ref = A if p == 0 else B
            if meta[ref + FLAGS] & INACTIVE:
                continue
            for i in range(m if p == 0 else q):
                what = np.int64(0)
                for j in range(q if p == 0 else m):
                    what |= np.int64(flags[out + (i * q + j if p == 0 else j * q + i)])
                if what & REACHES:
                    what |= extra
                if what:
                    for j in range(r):
                        slot = matrix_slot(meta, ref, b, i if p == 0 else j, j if p == 0 else i)
                        use(flags, last, slot, what, k)
    return 0


@part
def line(S, meta, ref, b, r, i, column):
    """The union of row i (or column i) of r elements of a matrix product's operand."""
    sets = i4_pointer(S[S_SETS])
    x = np.int64(0)
    if meta[ref + FLAGS] & INACTIVE:
        return x
    for j in range(r):
        x = union(S, x, np.int64(sets[matrix_slot(meta, ref, b, j if column else i, i if column else j)]))
    return x


@part
def has_zeros(S, meta, ref, batch, rows, cols):
    """Whether a matrix product's operand is constant and has zeros."""
    flags = u1_pointer(S[S_FLAGS])
    if not meta[ref + FLAGS] & INACTIVE:
        return False
    for b in range(batch if meta[ref + 1] else 1):
        for i in range(rows):
            for j in range(cols):
                if flags[matrix_slot(meta, ref, b, i, j)] & ZERO:
                    return True
    return False


@part
def without_zeros(S, meta, m0, b, s):
    """The sets of a product with a constant matrix, whose zeros leave out what they are multiplied with."""
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    m, r, q = np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), np.int64(meta[m0 + 3])
    A, B = m0 + A_AT, m0 + B_AT
    left = meta[A + FLAGS] & INACTIVE != 0  # the constant one
    for i in range(m):
        for j in range(q):
            if flags[s + i * q + j] & WANTED:
                x = np.int64(0)
                for k in range(r):
                    p, u = matrix_slot(meta, A, b, i, k), matrix_slot(meta, B, b, k, j)
                    if not flags[p if left else u] & ZERO:
                        x = union(S, x, np.int64(sets[u if left else p]))
                sets[s + i * q + j] = x


def spread(address, k, s, _):
    S = i8_pointer(address)
    meta, _, m0, _ = record(i8_pointer(S[S_TAPE]), k)
    sets, flags = i4_pointer(S[S_SETS]), u1_pointer(S[S_FLAGS])
    batch, m, r, q = np.int64(meta[m0]), np.int64(meta[m0 + 1]), np.int64(meta[m0 + 2]), np.int64(meta[m0 + 3])
    A, B = m0 + A_AT, m0 + B_AT
    both = not (meta[A + FLAGS] | meta[B + FLAGS]) & INACTIVE
    most = 2 * m * r + 2 * r * q + m * q
    careful = m * r * q <= CAREFUL and (has_zeros(S, meta, A, batch, m, r) or has_zeros(S, meta, B, batch, r, q))
    if careful:
        most = m * r * q
    for b in range(S[S_AT_ELEMENT], batch):
        S[S_AT_ELEMENT] = b
        out = s + b * m * q
        what = np.int64(0)
        for i in range(m * q):
            what |= np.int64(flags[out + i])
        if what == 0:
            continue
        if S[S_NODES] + most > S[S_NODE_ROOM]:
            S[S_NEED] = most
            return NODES
        if not room_for_lists(S, 3):
            return POOL
        if both and S[S_PAIRS] and what & REACHES:
            for i in range(r):
                x, y = line(S, meta, A, b, m, i, True), line(S, meta, B, b, q, i, False)
                if x and y:
                    if not room_for_lists(S, 3):
                        return POOL
                    if not note(S, listed(S, x), listed(S, y)):
                        return PAIRS_ROOM
        if careful:
            if not both and what & WANTED:
                without_zeros(S, meta, m0, b, out)
        elif what & WANTED:
            for j in range(q):  # the columns' unions wait in the first row of the result
                sets[out + j] = line(S, meta, B, b, r, j, True)
            for i in range(m - 1, -1, -1):
                x = line(S, meta, A, b, r, i, False)
                for j in range(q):
                    sets[out + i * q + j] = (
                        union(S, x, np.int64(sets[out + j])) if flags[out + i * q + j] & WANTED or i == 0 else 0
                    )
    return FINISHED
