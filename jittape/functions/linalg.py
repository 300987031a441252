"""Linear algebra: solve, inv, det, slogdet, pinv, lstsq and what follows from them. Factorisations have a module of their own.

Each operation is a call (instructions/calls/operations.py) whose rules are written with NumPy's functions, so that they can be differentiated
again. All of them take stacks of matrices, [..., n, n], as NumPy's do. A matrix that LAPACK refuses raises NumPy's
LinAlgError where the function is called, and leaves the recording as it was.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from jittape.array.append import Shape
from jittape.array.array import Array, apply
from jittape.array.protocols import implements
from jittape.array.state import complexly
from jittape.functions import decisions
from jittape.functions.lift import stacked
from jittape.functions.products import as_array, computed, operand_slots, recorded, stack
from jittape.instructions import calls, decompositions, determinant
from jittape.instructions import solve as solving
from jittape.instructions.calls.operations import Call, named, register
from jittape.instructions.references import Slots
from jittape.ops._generated import opcodes as ops
from jittape.ops.layout import MAX_SLOTS
from jittape.tape.tape import Tape

SlogdetResult = type(np.linalg.slogdet(np.eye(1)))


def record_call(call: Call, operands: Sequence[Any], results: Sequence[Shape], attributes: Sequence[int] = (), stacks: bool = True) -> list[Any]:
    """Record a call and compute it at once: see `record`."""
    tape, described = operand_slots(*operands)
    return record(tape, call.name, described, lambda: calls.INSTRUCTION.append(tape, call, attributes, described, results), results, stacks)


def record(tape: Tape, name: str, described: Sequence[tuple[Slots, bool]], append: Callable[[], list[int]], results: Sequence[Shape], stacks: bool = True) -> list[Any]:
    """Record an operation and compute it at once, so that what LAPACK refuses raises here; returns its results.

    Args:
        described: the operands as (slots, whether constant).
        append: appends the instructions, and returns the first slot of each result.
        stacks: the operands are stacks of matrices, and the results are laid out as NumPy does that.
    """
    try:
        bases = computed(tape, append)
    except Exception:
        if tape.replayable:  # the function may catch the error and go another way
            failed = next((s for s, plain in described if s.size and not plain), None)
            if failed is not None:
                decisions.never(tape, int(failed.flat[0]), f"the error of {name}")
        raise
    found = [Array.of_run(tape, base, shape) if math.prod(shape) else Array.of(tape, np.empty(shape, np.int32)) for base, shape in zip(bases, results, strict=True)]
    matrices = [(s, 2) for s, _ in described if s.ndim > 2] if stacks else []
    return [stacked(x, *matrices) for x in found] if matrices else found


def decomposition(which: int, operands: Sequence[Any], attribute: int = 0, batch: Shape = ()) -> list[Any]:
    """Record a decomposition (instructions/decompositions) of matrices with elements, of which one is recorded; returns its results."""
    tape, described = operand_slots(*operands)
    kind = decompositions.KINDS[which]
    shapes = [slots.shape[-2:] for slots, _ in described]
    if kind.work(shapes, attribute) > MAX_SLOTS:
        call = named(kind.call)
        assert call is not None
        given = [x[..., 0, 0] if e in kind.numbers else x for e, x in enumerate(operands)]
        return record_call(call, given, [(*batch, *shape) for shape in kind.results(shapes, attribute)], (attribute,) if kind.attributes else ())
    append = functools.partial(decompositions.INSTRUCTION.append, tape, which, attribute, [(stack(slots, batch), constant) for slots, constant in described])
    return record(tape, kind.call, described, append, [(*batch, *shape) for shape in kind.results(shapes, attribute)])


def square(name: str, a: Any) -> Any:
    """`a` as a stack of square matrices, or NumPy's error."""
    a = as_array(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise LinAlgError(f"{name} takes square matrices [..., n, n], not an array of shape {a.shape}")
    return a


def matrices(name: str, a: Any) -> Any:
    a = as_array(a)
    if a.ndim < 2:
        raise LinAlgError(f"{name} takes matrices [..., m, n], not an array of shape {a.shape}")
    return a


def from_triangle(a: Any, uplo: str) -> Any:
    """The symmetric matrices that the lower ("L") or upper triangle of recorded matrices names."""
    if not isinstance(a, Array):
        return a
    mask = np.tri(a.shape[-1], dtype=bool)
    slots = a.slots
    return Array.of(a.tape, np.where(mask if uplo == "L" else mask.T, slots, slots.mT))


def unbroadcast(g: Any, like: Any) -> Any:
    """Sum an adjoint over the axes along which the operand `like` was broadcast."""
    extra = g.ndim - len(like.shape)
    if extra:
        g = np.sum(g, axis=tuple(range(extra)))
    stretched = tuple(i for i, n in enumerate(like.shape) if n == 1 and g.shape[i] != 1)
    return np.sum(g, axis=stretched, keepdims=True) if stretched else g


def times(g: Any, partial: Any) -> Any:
    """An adjoint times a partial that may be infinite: a zero gives zero."""
    if recorded(g, partial):
        return apply(ops.MULZ, g, partial)
    with np.errstate(invalid="ignore"):
        return np.where(g == 0, 0, g * partial)


def divide(a: Any, b: Any) -> Any:
    """a / b, infinite in silence where b is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return a / b


def idle(g: Any, like: Any) -> Any:
    """Which matrices of a stack have an adjoint of zero, as [..., 1, 1]; None if none, or if that is not known yet."""
    if recorded(g) or g.shape[:-2] != like.shape[:-2]:
        return None
    zero = ~g.any(axis=(-2, -1), keepdims=True)
    return zero if zero.any() else None


def eye(x: Any) -> Any:
    """The identity of the size of the matrices x."""
    return np.eye(x.shape[-1], dtype=x.dtype)


def rows_in_order(pivots: Any, m: int) -> Any:
    """The order of the m rows that LAPACK's exchanges, counted from 0, make, [..., m]."""
    order = np.broadcast_to(np.arange(m), (*pivots.shape[:-1], m)).copy()
    for where in np.ndindex(pivots.shape[:-1]):
        one = order[where]
        for i, j in enumerate(pivots[where]):
            one[i], one[j] = one[j], one[i]
    return order


# --- solve and inv ----------------------------------------------------------------------------------------------------------


def _solve_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    a, b = operands
    x, zero = z[0], idle(g[0], a)
    if zero is not None:
        a, x = np.where(zero, eye(a), a), np.where(zero, 0, x)
    gb = np.linalg.solve(a.mT, g[0])
    return unbroadcast(-(gb @ x.mT), a), unbroadcast(gb, b)


def _solve_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    return (np.linalg.solve(operands[0], t[1] - t[0] @ z[0]),)


SOLVE = register("solve", lambda a, b: (np.linalg.solve(a, b),), _solve_vjp, _solve_jvp)
def _inv_vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    zero = idle(g[0], z[0])
    b = z[0].mT if zero is None else np.where(zero, 0, z[0].mT)
    return (-(b @ g[0] @ b),)


INV = register(
    "inv",
    lambda a: (np.linalg.inv(a),),
    _inv_vjp,
    lambda t, z, _, __: (-(z[0] @ t[0] @ z[0]),),
)


@implements(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    a, b = square("solve", a), as_array(b)
    if b.ndim == 0:
        raise LinAlgError("solve takes a vector or matrices on the right, not a number")
    right = b[:, None] if b.ndim == 1 else b
    if right.shape[-2] != a.shape[-1]:
        raise ValueError(f"solve: the matrices have {a.shape[-1]} rows and the right-hand sides {right.shape[-2]}; the shapes are {a.shape} and {b.shape}")
    try:
        batch = np.broadcast_shapes(a.shape[:-2], right.shape[:-2])
    except ValueError:
        raise ValueError(f"solve: the leading axes of shapes {a.shape} and {b.shape} cannot be broadcast together") from None
    x = solution(a, right, batch)
    return x[..., 0] if b.ndim == 1 else x


def solution(a: Any, b: Any, batch: Shape) -> Any:
    """The solution of a x = b for stacks of matrices, of which one is recorded."""
    shape = (*batch, *b.shape[-2:])
    if not math.prod(shape):
        return record_call(SOLVE, (a, b), [shape])[0]
    tape, described = operand_slots(a, b)
    (left, a_constant), (right, b_constant) = described
    append = functools.partial(solving.INSTRUCTION.append, tape, stack(left, batch), stack(right, batch), a_constant, b_constant, not recorded(a))
    return record(tape, "solve", described, lambda: [append()], [shape])[0]


@implements(np.linalg.inv)
def inv(a: Any) -> Any:
    a = square("inv", a)
    return solution(a, np.eye(a.shape[-1]), a.shape[:-2]) if a.size else record_call(INV, (a,), [a.shape])[0]


# --- determinants -------------------------------------------------------------------------------------------------------------
# The derivative of det is the matrix of cofactors, which is finite for singular matrices too, and so is the derivative of
# that. Where a matrix is well conditioned both follow from its inverse; else from an SVD, A = U S V': in the bases U and V
# the cofactors of S + E are products of all but one, or all but two, singular values.


def _well_conditioned(a: Any) -> Any:
    """The inverse of `a`, or None where a matrix of the stack has so large a condition number that an SVD is worth it."""
    try:
        b = np.linalg.inv(a)
    except LinAlgError:
        return None
    with np.errstate(all="ignore"):
        norms = np.abs(a).sum(-1).max(-1) * np.abs(b).sum(-1).max(-1)
        fine = norms * np.finfo(a.dtype).eps ** 0.25 < 1
    return b if fine.all() or not np.isfinite(a).all() else None


def _svd_bases(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a)
    return u, s, vh, (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]


def _cofactor(a: Any) -> Any:
    if not a.size:
        return np.zeros_like(a)
    b = _well_conditioned(a)
    if b is not None:
        return np.linalg.det(a)[..., None, None] * b.mT
    u, s, vh, sign = _svd_bases(a)
    return sign * (u * _others(s)[..., None, :]) @ vh


def _others(s: Any) -> Any:
    """The product of all elements but each one, along the last axis."""
    n = s.shape[-1]
    out = np.ones_like(s)
    out[..., 1:] = np.cumprod(s[..., :-1], -1)
    tail = np.ones_like(s)
    if n > 1:
        tail[..., : n - 1] = np.cumprod(s[..., :0:-1], -1)[..., ::-1]
    return out * tail


def _other_pairs(s: Any) -> Any:
    """The product of all elements but the i-th and the j-th; zero where i is j."""
    n = s.shape[-1]
    out = np.zeros((*s.shape, n), s.dtype)
    for i in range(n):
        rest = np.concatenate([s[..., :i], s[..., i + 1 :]], -1)
        out[..., i, [j for j in range(n) if j != i]] = _others(rest)
    return out


def _cofactor_derivative(a: Any, e: Any) -> Any:
    if not a.size:
        return np.zeros_like(a)
    b = _well_conditioned(a)
    if b is not None:
        be = b @ e
        trace = np.trace(be, axis1=-2, axis2=-1)[..., None, None]
        return np.linalg.det(a)[..., None, None] * (trace * b - be @ b).mT
    u, s, vh, sign = _svd_bases(a)
    pairs = _other_pairs(s)
    inner = u.mT @ e @ vh.mT
    diagonal = pairs @ np.diagonal(inner, axis1=-2, axis2=-1)[..., None]
    return sign * (u @ (eye(a) * diagonal - pairs * inner.mT) @ vh)


def _third_derivative(a: Any, e: Any, f: Any) -> Any:
    """The gradient of x -> D3 det(a)[e, f, x], for regular matrices."""
    b = np.linalg.inv(a)
    p, q = b @ e, b @ f
    te, tf, tef = (np.trace(x, axis1=-2, axis2=-1)[..., None, None] for x in (p, q, p @ q))
    pb, qb = p @ b, q @ b
    return np.linalg.det(a)[..., None, None] * ((te * tf - tef) * b - te * qb - tf * pb + p @ qb + q @ pb).mT


def cofactor(a: Any) -> Any:
    """The matrix of cofactors: the gradient of det, [..., n, n]."""
    return record_call(COFACTOR, (a,), [a.shape])[0] if recorded(a) else _cofactor(a)


def cofactor_derivative(a: Any, e: Any) -> Any:
    """The derivative of `cofactor` in the direction e. It is symmetric: that of the direction f, times e, is the same."""
    return record_call(COFACTOR_DERIVATIVE, (a, e), [a.shape])[0] if recorded(a, e) else _cofactor_derivative(a, e)


def _sum(x: Any) -> Any:
    return np.sum(x, axis=(-2, -1))


DET = register(
    "det",
    lambda a: (np.linalg.det(a),),
    lambda g, _, a, __: (times(g[0][..., None, None], cofactor(a[0])),),
    lambda t, _, a, __: (_sum(cofactor(a[0]) * t[0]),),
)
COFACTOR = register(
    "cofactor",
    lambda a: (_cofactor(a),),
    lambda g, _, a, __: (cofactor_derivative(a[0], g[0]),),
    lambda t, _, a, __: (cofactor_derivative(a[0], t[0]),),
    stacks=True,
)
COFACTOR_DERIVATIVE = register(
    "cofactor_derivative",
    lambda a, e: (_cofactor_derivative(a, e),),
    lambda g, _, x, __: (_third_derivative(x[0], x[1], g[0]), cofactor_derivative(x[0], g[0])),
    lambda t, _, x, __: (cofactor_derivative(x[0], t[1]) + _third_derivative(x[0], x[1], t[0]),),
    stacks=True,
)


def _slogdet_vjp(g: Any, _: Any, operands: Any, __: Any) -> Any:
    a, adjoint = operands[0], g[1][..., None, None]
    zero = idle(adjoint, a)
    if zero is not None:
        a = np.where(zero, eye(a), a)
    return (times(adjoint, np.linalg.inv(a).mT),)


SLOGDET = register(
    "slogdet",
    lambda a: tuple(np.linalg.slogdet(a)),
    _slogdet_vjp,
    lambda t, z, a, __: (0.0 * z[0], np.trace(np.linalg.solve(a[0], t[0]), axis1=-2, axis2=-1)),
)


@implements(np.linalg.det)
def det(a: Any) -> Any:
    a = square("det", a)
    return determinants(a, 0)[0] if a.size else record_call(DET, (a,), [a.shape[:-2]])[0]


def determinants(a: Any, logarithms: int) -> list[Any]:
    """Determinants of recorded matrices, or their signs and logarithms."""
    tape, described = operand_slots(a)
    slots, constant = described[0]
    batch = a.shape[:-2]

    def append() -> list[int]:
        base = determinant.INSTRUCTION.append(tape, stack(slots, batch), constant, logarithms)
        return [base, base + math.prod(batch)][: 1 + logarithms]

    return record(tape, "slogdet" if logarithms else "det", described, append, [batch] * (1 + logarithms))


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    a = square("slogdet", a)
    return SlogdetResult(*(determinants(a, 1) if a.size else record_call(SLOGDET, (a,), [a.shape[:-2]] * 2)))


# --- pinv and least squares -----------------------------------------------------------------------------------------------------
# Golub and Pereyra (1973): valid where the rank is locally constant.


def bounded(a: Any, message: str = "SVD did not converge") -> Any:
    """Matrices without infinities, with which LAPACK's singular value decomposition may go on for ever."""
    if np.isinf(a).any():
        raise LinAlgError(message)
    return a


def _pinv_gradient(g: Any, a: Any, p: Any) -> Any:
    ph, gh = p.mT, g.mT
    y = gh @ (p @ ph)
    x = (ph @ p) @ gh
    return (y - a @ (p @ y)) + (x - (x @ p) @ a) - ph @ g @ ph


def _pinv_tangent(t: Any, a: Any, p: Any) -> Any:
    th = t.mT
    y = (p @ p.mT) @ th
    x = th @ (p.mT @ p)
    return (y - (y @ a) @ p) + (x - p @ (a @ x)) - p @ t @ p


PINV = register(
    "pinv",
    lambda a, cutoff: (np.linalg.pinv(bounded(a), rcond=cutoff),),
    lambda g, z, x, _: (_pinv_gradient(g[0], x[0], z[0]), None),
    lambda t, z, x, _: (_pinv_tangent(t[0], x[0], z[0]),),
)


def _lstsq_vjp(g: Any, z: Any, operands: Any, _: Any) -> Any:
    a, b, cutoff = operands
    p = np.linalg.pinv(a, rcond=cutoff)
    x, gx = z[0], g[0]
    gb = p.mT @ gx
    residual = b - a @ x
    beyond = gx - a.mT @ gb  # what of the adjoint the rows of a do not span: zero for full column rank
    return residual @ (p @ gb).mT - gb @ x.mT + (p.mT @ x) @ beyond.mT, gb, None


def _lstsq_jvp(t: Any, z: Any, operands: Any, _: Any) -> Any:
    a, b, cutoff = operands
    p = np.linalg.pinv(a, rcond=cutoff)
    x, ta = z[0], t[0]
    y = ta.mT @ (p.mT @ x)
    return (p @ (t[1] - ta @ x) + (p @ p.mT) @ (ta.mT @ (b - a @ x)) + (y - p @ (a @ y)),)


def _lstsq(a: Any, b: Any, cutoff: Any) -> Any:
    message = "SVD did not converge in Linear Least Squares"
    return (np.linalg.lstsq(bounded(a, message), bounded(b, message), rcond=float(cutoff))[0],)


LSTSQ = register("lstsq", _lstsq, _lstsq_vjp, _lstsq_jvp)


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    a = matrices("pinv", a)
    if hermitian:
        a = from_triangle(square("pinv", a), "L")
    if rcond is None:
        rcond = 1e-15 if rtol is None else rtol
    (m, n), batch = a.shape[-2:], a.shape[:-2]
    cutoff = as_array(rcond)
    if not a.size or cutoff.ndim > len(batch):
        return record_call(PINV, (a, rcond), [(*batch, n, m)])[0]
    return decomposition(decompositions.PINV, (a, cutoff[..., None, None]), batch=batch)[0]


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise LinAlgError(f"lstsq takes a matrix [m, n] and a vector [m] or matrix [m, k], not shapes {a.shape} and {b.shape}")
    m, n = a.shape
    right = b[:, None] if b.ndim == 1 else b
    if rcond is None:
        rcond = np.finfo(next(x.dtype for x in (a, b) if isinstance(x, Array))).eps * max(m, n)
    elif rcond < 0:
        rcond = float(np.finfo(np.float64).eps)
    if a.size and right.size:
        x = decomposition(decompositions.LSTSQ, (a, right, np.full((1, 1), rcond) if not isinstance(rcond, Array) else rcond.reshape(1, 1)))[0]
    else:
        x = record_call(LSTSQ, (a, right, rcond), [(n, right.shape[1])])[0]
    values = np.linalg.svd(a, compute_uv=False)
    rank = 0
    if values.size:
        singular = values if decisions.guarded(values) or not isinstance(values, Array) else values.value()
        found = np.sum(singular > rcond * np.max(singular))
        rank = int(found.decide("the rank that lstsq returns") if isinstance(found, Array) else found)
    residuals = np.sum((right - a @ x) ** 2, axis=0) if rank == n and m > n else np.zeros(0)
    return (x[:, 0] if b.ndim == 1 else x), residuals, rank, values


# --- what follows from them ---------------------------------------------------------------------------------------------------------


@implements(np.linalg.matrix_rank)
def matrix_rank(a: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    options = {} if rtol is None else {"rtol": rtol}
    plain = np.linalg.matrix_rank(a.value(), tol, hermitian, **options)
    if not decisions.guarded(a) or not a.size:
        return plain
    what = "the rank"
    if a.ndim < 2:
        return int(np.any(a).decide(what))  # type: ignore[attr-defined]
    values = np.linalg.svd(a, compute_uv=False, hermitian=hermitian)
    if tol is None:
        relative = max(a.shape[-2:]) * np.finfo(a.dtype).eps if rtol is None else np.asarray(rtol)[..., None]
        tol = np.max(values, -1, keepdims=True) * relative
    else:
        tol = np.asarray(tol)[..., None]
    found = np.sum(values > tol, -1).decide(what).astype(int)
    return found if found.ndim else found[()]


@implements(np.linalg.cond)
def cond(a: Any, p: Any = None) -> Any:
    a = matrices("cond", a)
    if p in (None, 2, -2):
        s = np.linalg.svd(a, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    a = square("cond", a)
    return np.linalg.norm(a, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(a), p, axis=(-2, -1))


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    if axes is not None:
        moved = [i % a.ndim for i in axes]
        a = a.transpose(*(i for i in range(a.ndim) if i not in moved), *moved)
    shape = a.shape[b.ndim :]
    size = math.prod(shape)
    if a.size != size * size or b.size != size:
        raise LinAlgError(f"tensorsolve: an array of shape {a.shape} does not map shape {shape} onto shape {b.shape}")
    return np.linalg.solve(a.reshape(size, size), b.reshape(size)).reshape(shape)


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    a = as_array(a)
    if ind <= 0:
        raise ValueError(f"tensorinv: ind is a positive number of axes, not {ind}")
    size = math.prod(a.shape[ind:])
    if a.size != size * size:
        raise LinAlgError(f"tensorinv: the first {ind} axes of shape {a.shape} do not have as many elements as the others")
    return np.linalg.inv(a.reshape(size, size)).reshape(*a.shape[ind:], *a.shape[:ind])


for _function in (np.linalg.eig, np.linalg.eigvals):  # of real matrices they are complex, too
    implements(_function)(lambda a, f=_function: complexly().by_function(a.tape, f, (a,), {}))
