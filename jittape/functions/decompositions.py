"""Factorisations: eigh, qr and svd, and the exponential; cholesky.py has the triangular one.

The derivative of cholesky, eigh and eigvalsh is that of what is computed: LAPACK reads one triangle, so the adjoint of an element of
it is that of both its places in the symmetric matrix, and that of the other triangle is zero. PyTorch and JAX share it between both
places, which is right along symmetric directions only. The factors of eigh and svd have a derivative only where the eigenvalues
(the singular values) that they belong to are distinct; where two are equal it is NaN (functions/gaps.py). The
derivative of functions of the eigenvalues or singular values alone does not need that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from jittape.array.array import Array
from jittape.array.layout import c_steps, merged, steps
from jittape.array.protocols import implements
from jittape.errors import RecordingError
from jittape.functions.gaps import gaps, over, reciprocals, rounding, sums
from jittape.functions.lift import fresh
from jittape.functions.linalg import (
    bounded,
    decomposition,
    eye,
    from_triangle,
    matrices,
    record_call,
    square,
)
from jittape.functions.products import recorded
from jittape.functions.triangles import lower, of_triangle, to_triangle, triangular_solve
from jittape.instructions import decompositions
from jittape.instructions.calls.operations import register

EighResult = type(np.linalg.eigh(np.eye(1)))
QRResult = type(np.linalg.qr(np.eye(1)))
SVDResult = type(np.linalg.svd(np.eye(1)))


# --- eigh ----------------------------------------------------------------------------------------------------------------------


def _diagonal(x: Any) -> Any:
    return np.diagonal(x, axis1=-2, axis2=-1)


def _eigh_vjp(g: Any, z: Any, _: Any, attributes: Any) -> Any:
    (gw, gv), (w, v) = g, z
    m = v.mT @ gv
    turned = over(m, gaps(w, w.shape[-1]))
    inner = (turned + turned.mT) * 0.5 + eye(v) * gw[..., None, :]
    return (to_triangle(v @ inner @ v.mT, attributes[0]),)


def _eigh_jvp(t: Any, z: Any, _: Any, attributes: Any) -> Any:
    w, v = z
    inner = v.mT @ of_triangle(t[0], attributes[0]) @ v
    return _diagonal(inner), v @ over(inner, gaps(w, w.shape[-1]))


EIGH = register("eigh", lambda a, upper: tuple(np.linalg.eigh(a, "U" if upper else "L")), _eigh_vjp, _eigh_jvp)


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of symmetric matrices, of which one triangle is read."""
    return EighResult(*_eigh("eigh", a, UPLO))


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return _eigh("eigvalsh", a, UPLO)[0]


def _eigh(name: str, a: Any, UPLO: str) -> Any:
    a = square(name, a)
    if not isinstance(UPLO, str):
        raise TypeError(f"np.linalg.{name}: UPLO is 'L' or 'U', not {UPLO!r}")
    if UPLO.upper() not in ("L", "U"):
        raise ValueError(f"np.linalg.{name}: UPLO is 'L' or 'U', not {UPLO!r}")
    upper = int(UPLO.upper() == "U")
    if not a.size:
        return record_call(EIGH, (a,), [a.shape[:-1], a.shape], (upper,))
    return decomposition(decompositions.EIGH, (a,), upper, a.shape[:-2])


# --- qr ------------------------------------------------------------------------------------------------------------------------


def _upper(x: Any) -> Any:
    return x - lower(x, -1)


def _independent(r: Any) -> None:
    if not recorded(r) and not _diagonal(r).all():
        raise LinAlgError("np.linalg.qr has no derivative where the first columns of the matrix are not independent: the diagonal of R has a zero")


def _qr_vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    q, r = z
    _independent(r)
    gq, gr = g[0], _upper(g[1])
    m = lower(r @ gr.mT - gq.mT @ q)
    both = gq + q @ (m + lower(m, -1).mT)
    return (triangular_solve(r, both.mT, False).mT,)


def _qr_jvp(t: Any, z: Any, _: Any, __: Any) -> Any:
    q, r = z
    _independent(r)
    c = triangular_solve(r.mT, t[0].mT, True).mT
    x = q.mT @ c
    low = lower(x, -1)
    skew = low - low.mT
    return c - q @ (x - skew), _upper((x - skew) @ r)


QR = register("qr", lambda a: tuple(np.linalg.qr(a)), _qr_vjp, _qr_jvp)


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Orthogonal and triangular factors of matrices [..., m, n] whose first min(m, n) columns are independent."""
    a = matrices("qr", a)
    m, n = a.shape[-2:]
    if mode not in ("reduced", "r", "complete"):
        raise RecordingError(f"np.linalg.qr of recorded values has mode='reduced' or 'r', not mode={mode!r}")
    if mode == "complete" and m > n:
        raise RecordingError(
            f"np.linalg.qr of recorded values has no mode='complete' for {m} rows and {n} columns: the derivative of the "
            "columns of Q beyond the n-th is not defined. Use mode='reduced'"
        )
    if m >= n:
        q, r = _qr(a)
    else:
        q, first = _qr(a[..., :m])
        r = Array.of(a.tape, np.concatenate([first.slots, (q.mT @ a[..., m:]).slots], -1))
    kept = a[..., : min(m, n), :]
    s = kept.slots if isinstance(kept, Array) else kept
    r = fresh(r, merged([c_steps(s.shape[-2:], s.ndim), steps(s.shape, s.strides, s.ndim)], s.ndim))  # as np.triu of a copy makes it
    return r if mode == "r" else QRResult(q, r)


def _qr(a: Any) -> Any:
    if not a.size:
        return record_call(QR, (a,), [a.shape, (*a.shape[:-2], a.shape[-1], a.shape[-1])])
    return decomposition(decompositions.QR, (a,), batch=a.shape[:-2])


# --- svd -----------------------------------------------------------------------------------------------------------------------
# Townsend (2016), "Differentiating the singular value decomposition".


# With P = U' dU and Q = V' dV, (P s_j + s_i Q) / (s_j^2 - s_i^2) is half of (P + Q) / (s_j - s_i) and of (P - Q) / (s_j + s_i), where no digits cancel.


def _svd_vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    (gu, gs, gvh), (u, s, vh) = g, z
    v, gv, row = vh.mT, gvh.mT, s[..., None, :]
    m, n, k = u.shape[-2], v.shape[-2], s.shape[-1]
    mu, mv = u.mT @ gu, vh @ gv
    apart, skew = over(mu + mv, gaps(s, max(m, n))), over(mu - mu.mT - mv + mv.mT, sums(s, max(m, n)))
    inner = (apart + apart.mT + skew) * 0.5 + eye(v[..., :k, :]) * gs[..., None, :]
    out = u @ inner @ vh
    if m > k:
        out = out + over(gu - u @ mu, reciprocals(row, rounding(s, m)), gu) @ vh
    if n > k:
        out = out + u @ over(gv - v @ mv, reciprocals(row, rounding(s, n)), gv).mT
    return (out,)


def _svd_jvp(t: Any, z: Any, _: Any, __: Any) -> Any:
    (ta,), (u, s, vh) = t, z
    v, row = vh.mT, s[..., None, :]
    m, n, k = u.shape[-2], v.shape[-2], s.shape[-1]
    p = u.mT @ ta @ v
    apart, skew = over(p + p.mT, gaps(s, max(m, n))) * 0.5, over(p - p.mT, sums(s, max(m, n))) * 0.5
    tu, tv = u @ (apart + skew), v @ (apart - skew)
    if m > k:
        change = ta @ v
        tu = tu + over(change - u @ p, reciprocals(row, rounding(s, m)), change)
    if n > k:
        change = ta.mT @ u
        tv = tv + over(change - v @ p.mT, reciprocals(row, rounding(s, n)), change)
    return tu, _diagonal(p), tv.mT


SVD = register("svd", lambda a: tuple(np.linalg.svd(bounded(a), full_matrices=False)), _svd_vjp, _svd_jvp)


@implements(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Singular value decomposition of matrices [..., m, n], reduced (full_matrices=False) unless they are square."""
    a = matrices("svd", a)
    if hermitian:
        a = from_triangle(square("svd", a), "L")
    m, n = a.shape[-2:]
    if compute_uv and full_matrices and m != n:
        raise RecordingError(
            f"np.linalg.svd of recorded values with {m} rows and {n} columns needs full_matrices=False: the derivative of "
            "the singular vectors beyond the smaller of these is not defined"
        )
    k, batch = min(m, n), a.shape[:-2]
    if a.size:
        u, s, vh = decomposition(decompositions.SVD, (a,), batch=batch)
    else:
        u, s, vh = record_call(SVD, (a,), [(*batch, m, k), (*batch, k), (*batch, k, n)])
    return SVDResult(u, s, vh) if compute_uv else s


@implements(getattr(np.linalg, "svdvals", None))
def svdvals(a: Any, /) -> Any:
    return svd(a, compute_uv=False)


# --- expm ----------------------------------------------------------------------------------------------------------------------
# The derivative of the exponential in a direction is a block of the exponential of a matrix twice as large (Najfeld and Havel 1995).
# It is linear in the direction, and its adjoint the same of the transpose; so are the derivatives in several directions.


def through_blocks(function: Callable[[Any], Any], a: Any, *directions: Any) -> Any:
    """An analytic function of ndarrays [..., n, n], or its derivative in all of the directions, by one of larger matrices."""
    n = a.shape[-1]
    a, *others = np.broadcast_arrays(a, *directions)  # a direction may be a stack of them
    if not a.size:
        return np.zeros_like(a)
    for i, e in enumerate(others):  # all blocks of the diagonal are moved at once
        e = np.kron(np.eye(2**i, dtype=a.dtype), e)
        a = np.concatenate([np.concatenate([a, e], axis=-1), np.concatenate([a * 0.0, a], axis=-1)], axis=-2)
    return np.asarray(function(a), a.dtype)[..., :n, -n:]


def analytic_rules(function: Callable[..., Any]) -> tuple[Any, Any]:
    """(vjp, jvp) of a call that is an analytic function of a matrix, or its derivative in directions; `function` takes these, recorded or not."""

    def vjp(g: Any, _: Any, operands: Any, __: Any) -> Any:
        a, *directions = (x.mT for x in operands)
        others = [directions[:i] + directions[i + 1 :] for i in range(len(directions))]
        return function(a, *directions, g[0]), *(function(a, *some, g[0]) for some in others)

    def jvp(t: Any, _: Any, operands: Any, __: Any) -> Any:
        a, *directions = operands
        total = function(a, *directions, t[0])
        for i, change in enumerate(t[1:]):
            total = total + function(a, *directions[:i], change, *directions[i + 1 :])
        return (total,)

    return vjp, jvp


def _expm(a: Any, *directions: Any) -> Any:
    from scipy.linalg import expm  # for start-up

    return through_blocks(expm, a, *directions)


def exponential(a: Any, *directions: Any) -> Any:
    """The exponential of matrices, plain or recorded, or its derivative in all of the directions, of the same shape."""
    if not recorded(a, *directions):
        return _expm(a, *directions)
    if not a.size:
        return record_call(EXPM, (a,), [a.shape])[0]
    return decomposition(decompositions.EXPM, (a, *directions), len(directions), a.shape[:-2])[0]


EXPM = register("expm", lambda a, *directions: (_expm(a, *directions),), *analytic_rules(exponential))
