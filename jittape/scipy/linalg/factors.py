"""Factorisations: Cholesky, LU, LDL, QR, singular values, polar. Orders of rows and columns are found by value and guarded in recordings."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.lift import select
from jittape.functions.linalg import eye, from_triangle, matrices, rows_in_order, square
from jittape.functions.products import as_array
from jittape.functions.triangles import lower as lower_of
from jittape.functions.triangles import triangular_solve
from jittape.scipy.declare import like
from jittape.scipy.linalg.equations import solve_sylvester
from jittape.scipy.linalg.systems import right_side, vector_like
from jittape.scipy.operations import Operation, integers, over_stack, undifferentiated

# --- Cholesky --------------------------------------------------------------------------------------------------------------------


@like("scipy.linalg.cholesky", by="a")
def cholesky(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """The triangular factor of positive definite matrices [..., n, n], of which one triangle is read.

    Raises:
        LinAlgError: a matrix is not positive definite.
    """
    return np.linalg.cholesky(square("scipy.linalg.cholesky", a), upper=not lower)


@like("scipy.linalg.cho_factor", by="a")
def cho_factor(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """(factor, lower) for `cho_solve`; the other triangle of the factor is that of `a`, as SciPy leaves it."""
    a = square("scipy.linalg.cho_factor", a)
    mask = np.tri(a.shape[-1], dtype=bool)
    return select(mask if lower else mask.T, np.linalg.cholesky(a, upper=not lower), a), bool(lower)


@like("scipy.linalg.cho_solve", by="c_and_lower, b", several=("c_and_lower",))
def cho_solve(c_and_lower: Any, b: Any, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    """The solution of a @ x = b from `cho_factor(a)`.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import linalg
        >>> k = np.array([[4.0, 2.0], [2.0, 5.0]])
        >>> jt.grad(lambda t: linalg.cho_solve(linalg.cho_factor(t * k), np.array([8.0, 12.0]))[0])(1.0)
        np.float64(-1.0)
    """
    factor, lower = c_and_lower
    factor = square("scipy.linalg.cho_solve", factor)
    b, right = right_side("cho_solve", factor, b)
    first, second = (factor, factor.mT) if lower else (factor.mT, factor)
    return vector_like(b, triangular_solve(second, triangular_solve(first, right, True), False))


# --- LU --------------------------------------------------------------------------------------------------------------------------


def _lu(a: Any) -> Any:
    from scipy.linalg import lu_factor  # for start-up

    def one(m: Any) -> Any:
        packed, pivots = lu_factor(m, check_finite=False)
        return packed, pivots.astype(packed.dtype)

    return over_stack(one, a)


def _upper(x: Any) -> Any:
    return x - lower_of(x, -1)


def _parts(packed: Any) -> tuple[Any, Any]:
    """(L [m, k], U [k, n]) of packed factors [m, n], k the smaller."""
    k = min(packed.shape[-2:])
    return lower_of(packed[..., :k], -1) + np.eye(packed.shape[-2], k), _upper(packed[..., :k, :])


def _in_order(x: Any, order: Any) -> Any:
    return np.take_along_axis(x, np.broadcast_to(order[..., None], x.shape), -2)


def _orders(pivots: Any, m: int) -> tuple[Any, Any]:
    order = rows_in_order(integers(pivots, "the exchanges of rows of an LU factorisation"), m)
    return order, np.argsort(order, axis=-1)


def _lu_vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    packed, pivots = z
    (m, n), k = packed.shape[-2:], min(packed.shape[-2:])
    left, upper = _parts(packed)
    gl, gu = lower_of(g[0][..., :k], -1), _upper(g[0][..., :k, :])
    l1, u1 = left[..., :k, :], upper[..., :k]
    ut = u1.mT
    gl1, gu1 = gl[..., :k, :], gu[..., :k]
    below = right = None
    if m > k:  # L2 = A2 inv(U1)
        below = triangular_solve(u1, gl[..., k:, :].mT, False).mT
        gu1 = gu1 - left[..., k:, :].mT @ below
    if n > k:  # U2 = inv(L1) A2
        right = triangular_solve(l1.mT, gu[..., k:], False, True)
        gl1 = gl1 - right @ upper[..., k:].mT
    inner = lower_of(l1.mT @ gl1, -1) + _upper(gu1 @ ut)
    ga = triangular_solve(u1, triangular_solve(l1.mT, inner, False, True).mT, False).mT
    if below is not None:
        ga = np.concatenate([ga, below], axis=-2)
    if right is not None:
        ga = np.concatenate([ga, right], axis=-1)
    return (_in_order(ga, _orders(pivots, m)[1]),)


def _lu_jvp(t: Any, z: Any, _: Any, __: Any) -> Any:
    packed, pivots = z
    (m, n), k = packed.shape[-2:], min(packed.shape[-2:])
    left, upper = _parts(packed)
    ta = _in_order(t[0], _orders(pivots, m)[0])
    l1, u1 = left[..., :k, :], upper[..., :k]

    def by_u(x: Any) -> Any:  # x inv(U1)
        return triangular_solve(u1.mT, x.mT, True).mT

    inner = by_u(triangular_solve(l1, ta[..., :k, :k], True, True))
    tl1, tu1 = l1 @ lower_of(inner, -1), _upper(inner) @ u1
    found = tl1 + tu1
    if m > k:
        found = np.concatenate([found, by_u(ta[..., k:, :] - left[..., k:, :] @ tu1)], axis=-2)
    if n > k:
        found = np.concatenate([found, triangular_solve(l1, ta[..., k:] - tl1 @ upper[..., k:], True, True)], axis=-1)
    return found, 0.0 * pivots


LU = Operation("scipy.linalg.factors.lu", _lu, _lu_vjp, _lu_jvp, lambda s, _: [s[0], (*s[0][:-2], min(s[0][-2:]))])


@like("scipy.linalg.lu_factor", by="a", note="the pivots are plain")
def lu_factor(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """(packed factors, pivots) of matrices [..., m, n], for `lu_solve`."""
    packed, pivots = LU(matrices("scipy.linalg.lu_factor", a))
    return packed, integers(pivots, "the exchanges of rows of an LU factorisation").astype(np.int32)


@like("scipy.linalg.lu_solve", by="lu_and_piv, b", several=("lu_and_piv",))
def lu_solve(lu_and_piv: Any, b: Any, trans: Any = 0, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    """The solution of a @ x = b (trans=1 or 2: of the transpose) from `lu_factor(a)`."""
    packed, pivots = lu_and_piv
    packed = square("scipy.linalg.lu_solve", packed)
    if trans not in (0, 1, 2):
        raise ValueError(f"scipy.linalg.lu_solve: trans is 0, 1 or 2, not {trans!r}")
    b, right = right_side("lu_solve", packed, b)
    order = rows_in_order(np.asarray(pivots), packed.shape[-1])
    batch = np.broadcast_shapes(packed.shape[:-2], right.shape[:-2])
    right, order = np.broadcast_to(right, batch + right.shape[-2:]), np.broadcast_to(order, (*batch, order.shape[-1]))
    if trans:
        x = triangular_solve(packed.mT, triangular_solve(packed.mT, right, True), False, True)
        x = _in_order(x, np.argsort(order, axis=-1))
    else:
        x = triangular_solve(packed, triangular_solve(packed, _in_order(right, order), True, True), False)
    return vector_like(b, x)


@like("scipy.linalg.lu", by="a", note="the permutation is plain")
def lu(a: Any, permute_l: Any = False, overwrite_a: Any = False, check_finite: Any = True, p_indices: Any = False) -> Any:
    """(p, l, u) with a = p @ l @ u for matrices [..., m, n]; (p @ l, u) with permute_l=True."""
    a = matrices("scipy.linalg.lu", a)
    packed, pivots = LU(a)
    left, upper = _parts(packed)
    back = _orders(pivots, a.shape[-2])[1]
    if permute_l:
        return _in_order(left, back), upper
    return (back if p_indices else np.eye(a.shape[-2])[back]), left, upper


# --- LDL -------------------------------------------------------------------------------------------------------------------------


def _ldl(a: Any, is_lower: int) -> Any:
    from scipy.linalg import ldl  # for start-up

    factor, d, order = ldl(a, lower=bool(is_lower), check_finite=False)
    return factor, d, order.astype(factor.dtype)


def _ldl_parts(z: Any, is_lower: int) -> tuple[Any, ...]:
    """(the order of rows, the triangular factor, d, where d has its blocks, where the factor is not constant)."""
    factor, d, order = z
    order = integers(order, "the order of rows of scipy.linalg.ldl")
    blocks = np.eye(d.shape[0], dtype=bool) | (integers(d != 0, "the blocks of scipy.linalg.ldl") != 0)
    side = np.tri(d.shape[0], k=-1, dtype=bool)
    return order, factor[order], d, blocks, (side if is_lower else side.T) & ~blocks


def _ldl_vjp(g: Any, z: Any, _: Any, attributes: Any) -> Any:
    order, t, d, blocks, free = _ldl_parts(z, attributes[0])
    is_lower = bool(attributes[0])
    inner = np.linalg.solve(d, (t.T @ g[0][order]).T).T
    gs = np.where(free, inner, 0.0) + np.where(blocks, g[1], 0.0)
    ga = triangular_solve(t.T, triangular_solve(t.T, gs, not is_lower, True).T, not is_lower, True).T
    back = np.argsort(order)
    return (ga[back][:, back],)


def _ldl_jvp(t_: Any, z: Any, _: Any, attributes: Any) -> Any:
    order, t, d, blocks, free = _ldl_parts(z, attributes[0])
    is_lower = bool(attributes[0])
    ta = t_[0][order][:, order]
    s = triangular_solve(t, triangular_solve(t, ta, is_lower, True).T, is_lower, True).T
    tt = t @ np.where(free, np.linalg.solve(d, s.T).T, 0.0)
    return tt[np.argsort(order)], np.where(blocks, s, 0.0), 0.0 * z[2]


LDL = Operation("scipy.linalg.factors.ldl", _ldl, _ldl_vjp, _ldl_jvp, lambda s, _: [s[0], s[0], s[0][:1]])


@like("scipy.linalg.ldl", by="A", note="the permutation is plain")
def ldl(A: Any, lower: Any = True, hermitian: Any = True, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """(lu, d, perm) of a symmetric matrix [n, n], of which one triangle is read: A = lu @ d @ lu.T, where lu[perm] is triangular."""
    A = square("scipy.linalg.ldl", A)
    if A.ndim != 2:
        raise RecordingError(f"scipy.linalg.ldl of recorded values takes one matrix, not a stack of shape {A.shape}")
    factor, d, order = LDL(from_triangle(A, "L" if lower else "U"), attributes=(int(bool(lower)),))
    return factor, d, integers(order, "the order of rows of scipy.linalg.ldl")


# --- QR --------------------------------------------------------------------------------------------------------------------------


def _columns(a: Any) -> Any:
    from scipy.linalg import qr  # for start-up

    return (over_stack(lambda m: qr(m, mode="r", pivoting=True, check_finite=False)[-1].astype(m.dtype), a),)


COLUMNS = undifferentiated("scipy.linalg.factors.qr_columns", _columns, lambda s, _: [(*s[0][:-2], s[0][-1])])


@like("scipy.linalg.qr", by="a", note="mode 'economic' or 'r', or 'full' where there are no more rows than columns; with independent first columns")
def qr(a: Any, overwrite_a: Any = False, lwork: Any = None, mode: Any = "full", pivoting: Any = False, check_finite: Any = True) -> Any:
    """(q, r) of matrices [..., m, n], (r,) in mode 'r'; with pivoting the plain order of columns besides."""
    a = matrices("scipy.linalg.qr", a)
    m, n = a.shape[-2:]
    if mode not in ("full", "r", "economic"):
        raise RecordingError(f"scipy.linalg.qr of recorded values has mode='economic', 'full' or 'r', not mode={mode!r}")
    if mode == "full" and m > n:
        raise RecordingError(f"scipy.linalg.qr of recorded values with {m} rows and {n} columns needs mode='economic': the derivative of the columns of q beyond the {n}-th is not defined")
    more: tuple[Any, ...] = ()
    if pivoting:
        order = integers(COLUMNS(a)[0], "the order of columns of scipy.linalg.qr")
        a, more = np.take_along_axis(a, np.broadcast_to(order[..., None, :], a.shape), -1), (order.astype(np.int32),)
    q, r = np.linalg.qr(a)
    if mode != "r":
        return q, r, *more
    return np.concatenate([r, np.zeros((*r.shape[:-2], m - r.shape[-2], n))], axis=-2) if m > n else r, *more


# --- singular values -----------------------------------------------------------------------------------------------------------


@like("scipy.linalg.svd", by="a", note="with full_matrices=False unless square")
def svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, overwrite_a: Any = False, check_finite: Any = True, lapack_driver: Any = "gesdd") -> Any:
    """(u, s, vh) of matrices [..., m, n]; the singular values alone with compute_uv=False."""
    found = np.linalg.svd(matrices("scipy.linalg.svd", a), full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


@like("scipy.linalg.svdvals", by="a")
def svdvals(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """The singular values of matrices [..., m, n], in descending order."""
    return np.linalg.svd(matrices("scipy.linalg.svdvals", a), compute_uv=False)


def _polar(a: Any) -> Any:
    from scipy.linalg import polar  # for start-up

    return over_stack(polar, a)


def _polar_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    a, (u, p) = operands[0], z
    gu = np.linalg.solve(p, g[0].mT).mT  # of u = a inv(p)
    s = _symmetric_sylvester(p, g[1] - u.mT @ gu)
    return (gu + a @ (s + s.mT),)


def _polar_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    a, (u, p) = operands[0], z
    half = t[0].mT @ a
    tp = _symmetric_sylvester(p, half + half.mT)
    return np.linalg.solve(p, (t[0] - u @ tp).mT).mT, tp


def _symmetric_sylvester(p: Any, q: Any) -> Any:
    """The solution of p x + x p = q for stacks of matrices."""
    if p.ndim == 2:
        return solve_sylvester(p, p, q)
    flat = [solve_sylvester(x, x, y) for x, y in zip(p.reshape(-1, *p.shape[-2:]), q.reshape(-1, *q.shape[-2:]), strict=True)]
    return np.stack(flat).reshape(q.shape)


POLAR = Operation("scipy.linalg.factors.polar", _polar, _polar_vjp, _polar_jvp, lambda s, _: [s[0], (*s[0][:-2], s[0][-1], s[0][-1])])


@like("scipy.linalg.polar", by="a", note="of full rank, with at least as many rows as columns (side 'left': at most)")
def polar(a: Any, side: Any = "right") -> Any:
    """(u, p) with a = u @ p (side 'left': p @ u), where u has orthonormal columns and p is symmetric, positive definite."""
    a = matrices("scipy.linalg.polar", a)
    if side not in ("left", "right"):
        raise ValueError(f"scipy.linalg.polar: side is 'left' or 'right', not {side!r}")
    m, n = a.shape[-2:] if side == "right" else a.shape[:-3:-1]
    if m < n:
        raise RecordingError(f"scipy.linalg.polar of recorded values: the derivative of p with side={side!r} is not defined for {a.shape[-2]} rows and {a.shape[-1]} columns, as p is singular")
    u, p = POLAR(a if side == "right" else a.mT)
    return (u, p) if side == "right" else (u.mT, p)


@like("scipy.linalg.orthogonal_procrustes", by="A, B")
def orthogonal_procrustes(A: Any, B: Any, check_finite: Any = True) -> Any:
    """(the orthogonal matrix R with the least norm of A @ R - B, the sum of the singular values of A.T @ B), for matrices [m, n]."""
    A, B = as_array(A), as_array(B)
    if A.ndim != 2 or A.shape != B.shape:
        raise ValueError(f"scipy.linalg.orthogonal_procrustes takes two matrices of one shape, not {A.shape} and {B.shape}")
    u, p = POLAR(A.T @ B)
    return u, np.sum(p * eye(p))
