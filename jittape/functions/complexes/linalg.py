"""Linear algebra of complex matrices.

What a real matrix twice as large has, too, is taken from that: A + iB as the blocks [[A, -B], [B, A]], of which products, inverses and
pseudo-inverses are of this form again; with the parts of each number side by side, triangular matrices and Cholesky's factors are. So
these have the instructions, the lanes and the derivatives of any order of real ones. Determinants, spectra and singular value decompositions are
calls of LAPACK's complex routines with rules of their own.

In the rules a pair of real adjoints (g, h) stands for the complex number g + ih, so that the derivative of a function is Re(conj(adjoint) tangent).
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from jittape.array.array import Array
from jittape.array.complexes import is_complex, joined, pair, split
from jittape.array.protocols import tape_of
from jittape.functions.complexes.products import operand
from jittape.functions.complexes.registry import REFUSED, implements
from jittape.functions.decompositions import EighResult, QRResult, SVDResult
from jittape.functions.gaps import gaps, over, reciprocals, rounding, sums
from jittape.functions.lift import safe_sqrt
from jittape.functions.linalg import divide, record_call, times
from jittape.functions.norms import largest
from jittape.functions.products import recorded
from jittape.instructions.calls.operations import register

EigResult = type(np.linalg.eig(np.eye(1)))
SlogdetResult = type(np.linalg.slogdet(np.eye(1)))


def matrices(name: str, a: Any, square: bool = False) -> Any:
    """An operand as matrices [..., m, n], square ones where that is due."""
    a = operand(a)
    if a.ndim < 2:
        raise LinAlgError(f"np.linalg.{name} takes matrices, not an array of shape {a.shape}")
    if square and a.shape[-1] != a.shape[-2]:
        raise LinAlgError(f"np.linalg.{name} takes square matrices, not an array of shape {a.shape}")
    return a


def parts(a: Any) -> tuple[Any, Any]:
    """(real part, imaginary part) of one shape."""
    re, im = split(a)
    return re, im if is_complex(a) else np.zeros(a.shape)


def adjoint(a: Any) -> Any:
    """The conjugate transpose of matrices."""
    return np.conj(np.swapaxes(a, -1, -2))


# --- by real matrices --------------------------------------------------------------------------------------------------------


def blocks(a: Any) -> Any:
    """[[A, -B], [B, A]] of A + iB; of a real matrix, too."""
    re, im = parts(a)
    return np.concatenate([np.concatenate([re, -im], -1), np.concatenate([im, re], -1)], -2)


def column(b: Any) -> Any:
    """[[C], [D]] of C + iD."""
    return np.concatenate(list(parts(b)), -2)


def of_column(x: Any, like: Any) -> Any:
    """C + iD of [[C], [D]]."""
    n = x.shape[-2] // 2
    return pair(tape_of((x, like)), x[..., :n, :], x[..., n:, :])


def woven(a: Any) -> Any:
    """A matrix of [[re, -im], [im, re]] in the place of each number."""
    re, im = parts(a)
    cells = np.stack([np.stack([re, -im], -1), np.stack([im, re], -1)], -2)
    m, n = re.shape[-2:]
    lead = tuple(range(re.ndim - 2))
    k = len(lead)
    return np.transpose(cells, (*lead, k, k + 2, k + 1, k + 3)).reshape(*re.shape[:-2], 2 * m, 2 * n)


def unwoven(x: Any, like: Any) -> Any:
    return pair(tape_of((x, like)), x[..., 0::2, 0::2], x[..., 1::2, 0::2])


def by_blocks(function: Any, a: Any) -> Any:
    """An analytic function of matrices, of the real ones that stand for complex ones."""
    n = a.shape[-1]
    found = function(blocks(a))
    return pair(tape_of((found, a)), found[..., :n, :n], found[..., n:, :n])


@implements(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    a, b = matrices("solve", a, True), operand(b)
    vector = b.ndim == 1
    found = of_column(np.linalg.solve(blocks(a), column(b[:, None] if vector else b)), a)
    return found[..., 0] if vector else found


@implements(np.linalg.inv)
def inv(a: Any) -> Any:
    a = matrices("inv", a, True)
    n = a.shape[-1]
    return of_column(np.linalg.solve(blocks(a), np.broadcast_to(np.eye(2 * n, n), (*a.shape[:-2], 2 * n, n))), a)


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    a = matrices("pinv", a)
    cutoff = rcond if rcond is not None else rtol if rtol is not None else 1e-15 if a.dtype.itemsize > 8 else 1e-7
    m = a.shape[-2]
    found = np.linalg.pinv(blocks(a), cutoff)
    return pair(tape_of((found, a)), found[..., : a.shape[-1], :m], found[..., a.shape[-1] :, :m])


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    a, b = matrices("lstsq", a), operand(b)
    vector = b.ndim == 1
    if rcond is None:
        rcond = float(np.finfo(a.dtype).eps) * max(a.shape)
    x, residuals, rank, s = np.linalg.lstsq(blocks(a), column(b[:, None] if vector else b), rcond)
    x = of_column(x, a)
    return x[:, 0] if vector else x, residuals, rank // 2, s[::2]


@implements(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    a = matrices("cholesky", a, True)
    if upper:
        return adjoint(cholesky(adjoint(a)))
    re, im = parts(a)
    found = np.linalg.cholesky(woven(pair(tape_of((a,)), re, np.tril(im, -1))))
    return unwoven(found, a)


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    a = matrices("qr", a)
    m, n = a.shape[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise TypeError(f"np.linalg.qr of complex recorded values has mode='reduced' or 'r', not mode={mode!r}")
    q = unwoven(np.linalg.qr(woven(a[..., : min(m, n)]))[0], a)
    r = np.triu(adjoint(q) @ a)
    return r if mode == "r" else QRResult(q, r)


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = operand(a), operand(b)
    if axes is not None:
        moved = [i for i in range(a.ndim) if i not in axes]
        a = np.transpose(a, (*moved, *axes))
    shape = a.shape[b.ndim :]
    return np.linalg.solve(a.reshape(b.size, math.prod(shape)), b.reshape(-1)).reshape(shape)


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    shape = a.shape[ind:] + a.shape[:ind]
    return np.linalg.inv(a.reshape(math.prod(a.shape[:ind]), -1)).reshape(shape)


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Any:
    a, n = matrices("matrix_power", a, True), operator.index(n)
    if n == 0:
        return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape).copy()
    if n < 0:
        a, n = np.linalg.inv(a), -n
    found = a if n & 1 else None
    while n := n >> 1:
        a = a @ a
        if n & 1:
            found = a if found is None else found @ a
    return found  # of the power 1 the matrix itself, as in NumPy


# --- norms ---------------------------------------------------------------------------------------------------------------------


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = operand(x)
    own = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if (ord is None and axis is None) or (len(own) == 1 and ord in (None, 2)) or (len(own) == 2 and ord in (None, "fro", "f")):
        re, im = split(x)
        return safe_sqrt(np.sum(re * re + im * im, own, keepdims=keepdims))
    if len(own) == 2 and ord in (2, -2, "nuc"):
        values = svd(np.moveaxis(x, own, (-2, -1)), compute_uv=False)
        out = np.sum(values, -1) if ord == "nuc" else (largest if ord == 2 else np.min)(values, -1)
        return np.reshape(out, tuple(1 if a in [o % x.ndim for o in own] else n for a, n in enumerate(x.shape))) if keepdims else out
    return np.linalg.norm(np.abs(x), ord, axis, keepdims)


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return np.linalg.vector_norm(np.abs(x), axis=axis, keepdims=keepdims, ord=ord)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return norm(x, ord, (-2, -1), keepdims)


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        s = svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return norm(x, p, (-2, -1)) * norm(np.linalg.inv(x), p, (-2, -1))


# --- by LAPACK's complex routines ------------------------------------------------------------------------------------------------


def whole(re: Any, im: Any) -> Any:
    """The complex array, plain or recorded, that two arrays of a rule stand for."""
    if isinstance(re, Array) or isinstance(im, Array):
        return pair(tape_of((re, im)), re, im)
    return joined(np.asarray(re), np.asarray(im))


def halves(z: Any) -> tuple[Any, Any]:
    re, im = split(z)
    return re, im


def trace(a: Any) -> Any:
    return np.trace(a, axis1=-2, axis2=-1)


def diagonal(a: Any) -> Any:
    return np.diagonal(a, axis1=-2, axis2=-1)


def matrix_of(d: Any, like: Any) -> Any:
    """Diagonal matrices of [..., n]."""
    return np.eye(d.shape[-1], dtype=like.real.dtype) * d[..., None, :]


def weighted(m: Any, reciprocal: Any, size: Any = None) -> Any:
    """A complex matrix times real reciprocals (functions/gaps.py)."""
    re, im = split(m)
    size = None if recorded(re, im) else np.abs(m if size is None else size)
    return whole(over(re, reciprocal, size), over(im, reciprocal, size))


def _adjugate(a: Any, d: Any) -> Any:
    """det(A) A^-1; of a singular matrix by its singular vectors."""
    try:
        return d[..., None, None] * np.linalg.inv(a)
    except LinAlgError:
        if isinstance(a, Array):
            raise
    u, s, vh = np.linalg.svd(a)
    others = np.stack([np.prod(np.delete(s, i, -1), -1) for i in range(s.shape[-1])], -1)
    return (np.linalg.det(u) * np.linalg.det(vh))[..., None, None] * (adjoint(vh) * others[..., None, :]) @ adjoint(u)


def _det_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    return halves(whole(*g)[..., None, None] * adjoint(_adjugate(whole(*operands), whole(*z))))


def _det_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    return halves(trace(_adjugate(whole(*operands), whole(*z)) @ whole(*t)))


DET = register("complex_det", lambda re, im: halves(np.asarray(np.linalg.det(joined(re, im)))), _det_vjp, _det_jvp)


def _slogdet(re: Any, im: Any) -> Any:
    sign, size = np.linalg.slogdet(joined(re, im))
    return (*halves(np.asarray(sign)), size)


def _slogdet_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    turn = np.imag(np.conj(whole(z[0], z[1])) * whole(g[0], g[1]))  # of the sign, which only turns
    return halves(whole(g[2], turn)[..., None, None] * adjoint(np.linalg.inv(whole(*operands))))


def _slogdet_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    change = trace(np.linalg.solve(whole(*operands), whole(*t)))
    return (*halves(whole(z[0], z[1]) * np.imag(change) * 1j), np.real(change))


SLOGDET = register("complex_slogdet", _slogdet, _slogdet_vjp, _slogdet_jvp)


@implements(np.linalg.det)
def det(a: Any) -> Any:
    a = matrices("det", a, True)
    return pair(a.tape, *record_call(DET, parts(a), [a.shape[:-2]] * 2))


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    a = matrices("slogdet", a, True)
    re, im, size = record_call(SLOGDET, parts(a), [a.shape[:-2]] * 3)
    return SlogdetResult(pair(a.tape, re, im), size)


def _eigh(re: Any, im: Any) -> Any:
    w, v = np.linalg.eigh(joined(re, im))
    return (w, *halves(v))


def _eigh_vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    v = whole(z[1], z[2])
    m = adjoint(v) @ whole(g[1], g[2])
    turned = weighted(m, gaps(z[0], z[0].shape[-1]))
    inner = (turned + adjoint(turned)) * 0.5 + matrix_of(g[0], v)
    return halves(v @ inner @ adjoint(v))


def _eigh_jvp(t: Any, z: Any, _: Any, __: Any) -> Any:
    v = whole(z[1], z[2])
    inner = adjoint(v) @ whole(*t) @ v
    return (np.real(diagonal(inner)), *halves(v @ weighted(inner, gaps(z[0], z[0].shape[-1]))))


EIGH = register("complex_eigh", _eigh, _eigh_vjp, _eigh_jvp)


def hermitian(name: str, a: Any, uplo: str) -> Any:
    """The Hermitian matrix of which one triangle is read, and of the diagonal the real parts."""
    a = matrices(name, a, True)
    if uplo.upper() not in ("L", "U"):
        raise ValueError(f"np.linalg.{name}: UPLO is 'L' or 'U', not {uplo!r}")
    below = np.tri(a.shape[-1], k=-1, dtype=bool)
    other = below.T if uplo.upper() == "L" else below
    re, im = parts(a)
    im = np.where(np.eye(a.shape[-1], dtype=bool), 0.0, im)
    return np.where(other, np.swapaxes(re, -1, -2), re), np.where(other, -np.swapaxes(im, -1, -2), im)


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    re, im = hermitian("eigh", a, UPLO)
    w, v_re, v_im = record_call(EIGH, (re, im), [re.shape[:-1], re.shape, re.shape])
    return EighResult(w, pair(tape_of((w,)), v_re, v_im))


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return eigh(a, UPLO)[0]


def _svd(re: Any, im: Any) -> Any:
    u, s, vh = np.linalg.svd(joined(re, im), full_matrices=False)
    return (*halves(u), s, *halves(vh))


def _svd_vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    """As of real matrices (functions/decompositions.py)."""
    u, s, vh = whole(z[0], z[1]), z[2], whole(z[3], z[4])
    gu, gs, gv = whole(g[0], g[1]), g[2], adjoint(whole(g[3], g[4]))
    v, row = adjoint(vh), s[..., None, :]
    m, n, k = u.shape[-2], v.shape[-2], s.shape[-1]
    mu, mv = adjoint(u) @ gu, vh @ gv
    turn = times(np.imag(diagonal(mu)), divide(1.0, s))  # the phase of a pair of vectors goes with the left one
    apart, skew = weighted(mu + mv, gaps(s, max(m, n))), weighted(mu - adjoint(mu) - mv + adjoint(mv), sums(s, max(m, n)))
    inner = (apart + adjoint(apart) + skew) * 0.5 + matrix_of(whole(gs, turn), u)
    out = u @ inner @ vh
    if m > k:
        out = out + weighted(gu - u @ mu, reciprocals(row, rounding(s, m)), gu) @ vh
    if n > k:
        out = out + u @ adjoint(weighted(gv - v @ mv, reciprocals(row, rounding(s, n)), gv))
    return halves(out)


def _svd_jvp(t: Any, z: Any, _: Any, __: Any) -> Any:
    u, s, vh, ta = whole(z[0], z[1]), z[2], whole(z[3], z[4]), whole(*t)
    v, row = adjoint(vh), s[..., None, :]
    m, n, k = u.shape[-2], v.shape[-2], s.shape[-1]
    p = adjoint(u) @ ta @ v
    apart, skew = weighted(p + adjoint(p), gaps(s, max(m, n))) * 0.5, weighted(p - adjoint(p), sums(s, max(m, n))) * 0.5
    turn = times(np.imag(diagonal(p)), divide(1.0, s))
    tu, tv = u @ (apart + skew + matrix_of(turn, u) * 1j), v @ (apart - skew)
    if m > k:
        change = ta @ v
        tu = tu + weighted(change - u @ p, reciprocals(row, rounding(s, m)), change)
    if n > k:
        change = adjoint(ta) @ u
        tv = tv + weighted(change - v @ adjoint(p), reciprocals(row, rounding(s, n)), change)
    return (*halves(tu), np.real(diagonal(p)), *halves(adjoint(tv)))


SVD = register("complex_svd", _svd, _svd_vjp, _svd_jvp)


@implements(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    a = matrices("svd", a)
    m, n = a.shape[-2:]
    if compute_uv and full_matrices and m != n:
        raise TypeError(f"np.linalg.svd of recorded values with {m} rows and {n} columns needs full_matrices=False")
    k, batch = min(m, n), a.shape[:-2]
    u, u_im, s, vh, vh_im = record_call(SVD, parts(a), [(*batch, m, k), (*batch, m, k), (*batch, k), (*batch, k, n), (*batch, k, n)])
    return SVDResult(pair(a.tape, u, u_im), s, pair(a.tape, vh, vh_im)) if compute_uv else s


@implements(getattr(np.linalg, "svdvals", None))
def svdvals(a: Any, /) -> Any:
    return svd(a, compute_uv=False)


def _eig(re: Any, im: Any) -> Any:
    w, v = np.linalg.eig(joined(re, im))
    return (*halves(w), *halves(v))


def _apart(w: Any) -> Any:
    """w[j] - w[i], one on the diagonal."""
    return w[..., None, :] - w[..., :, None] + np.eye(w.shape[-1])


def _eig_vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    w, v, gw, gv = whole(z[0], z[1]), whole(z[2], z[3]), whole(g[0], g[1]), whole(g[2], g[3])
    vh = adjoint(v)
    m = vh @ gv
    inner = (m - vh @ v * np.real(diagonal(m))[..., None, :]) / np.conj(_apart(w))
    inner = inner - matrix_of(diagonal(inner), v) + matrix_of(gw, v)
    return halves(np.linalg.solve(vh, inner @ vh))


def _eig_jvp(t: Any, z: Any, _: Any, __: Any) -> Any:
    w, v = whole(z[0], z[1]), whole(z[2], z[3])
    p = np.linalg.solve(v, whole(*t) @ v)
    x = p / _apart(w)
    x = x - matrix_of(diagonal(x), v)
    x = x - matrix_of(np.real(diagonal(adjoint(v) @ v @ x)), v)
    return (*halves(diagonal(p)), *halves(v @ x))


EIG = register("complex_eig", _eig, _eig_vjp, _eig_jvp)


@implements(np.linalg.eig)
def eig(a: Any) -> Any:
    a = matrices("eig", a, True)
    re, im, v, v_im = record_call(EIG, parts(a), [a.shape[:-1], a.shape[:-1], a.shape, a.shape])
    return EigResult(pair(a.tape, re, im), pair(a.tape, v, v_im))


@implements(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    return eig(a)[0]


@implements(np.roots)
def roots(p: Any) -> Any:
    """Eigenvalues of the companion matrix, as NumPy finds them."""
    p = np.atleast_1d(operand(p))
    places = np.flatnonzero(p)
    if not places.size:
        return np.zeros(0)
    zeros = len(p) - 1 - int(places[-1])
    p = p[int(places[0]) : int(places[-1]) + 1]
    if len(p) < 2:
        return np.zeros(zeros)
    a = np.concatenate([np.reshape(-p[1:] / p[0], (1, -1)), np.eye(len(p) - 2, len(p) - 1)])
    found = eigvals(a)
    return np.concatenate([found, np.zeros(zeros)]) if zeros else found


REFUSED[np.linalg.matrix_rank] = "a rank is a decision by the singular values; take np.linalg.svd(a, compute_uv=False) and compare"

