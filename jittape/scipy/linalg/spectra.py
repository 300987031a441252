"""Eigenvalues and eigenvectors: of symmetric matrices, also generalised and a part of them, and of matrices whose eigenvalues are real.

Of A v = w B v with v' B v = 1, dv_i is the sum over the other vectors of v_j (v_j' (dA - w_i dB) v_i) / (w_i - w_j), less v_i (v_i' dB v_i) / 2
(Magnus 1985). For some of the vectors, that takes all of them; so the rules ask for all, and are differentiated as those.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.errors import RecordingError
from jittape.functions.gaps import over, reciprocals, rounding
from jittape.functions.linalg import from_triangle, square
from jittape.functions.products import as_array, recorded
from jittape.scipy.declare import like
from jittape.scipy.operations import Operation, integers, over_stack

# --- symmetric ------------------------------------------------------------------------------------------------------------------


def _eigh(a: Any, *rest: Any) -> Any:
    from scipy.linalg import eigh  # for start-up

    *b, first, last, n = rest
    subset = None if last - first + 1 == n else [first, last]
    return over_stack(lambda *m: tuple(eigh(*m, check_finite=False, subset_by_index=subset)), a, *b)


def _gaps(some: Any, every: Any, first: int) -> Any:
    """1 / (w[i] - w[j]) for each j of all and i of some, from the one of number `first` on; zero of one with itself."""
    k, n = some.shape[-1], every.shape[-1]
    same = np.eye(n, dtype=bool)[:, first : first + k]
    return np.where(same, 0.0, reciprocals(some[..., None, :] - every[..., :, None], rounding(every, n)))


def _all(z: Any, operands: Any, attributes: Any) -> Any:
    """(eigenvalues, eigenvectors), all of them."""
    first, last, n = attributes
    return z if last - first + 1 == n else EIGH(*operands, attributes=(0, n - 1, n))


def _eigh_vjp(g: Any, z: Any, operands: Any, attributes: Any) -> Any:
    (gw, gv), (w, v) = g, z
    every, vectors = _all(z, operands, attributes)
    inner = over(vectors.mT @ gv, _gaps(w, every, attributes[0]))
    ga = (vectors @ inner + v * gw[..., None, :]) @ v.mT
    ga = 0.5 * (ga + ga.mT)
    if len(operands) == 1:
        return (ga,)
    gb = (vectors @ (inner * w[..., None, :]) + v * (gw * w + 0.5 * np.sum(gv * v, axis=-2))[..., None, :]) @ v.mT
    return ga, -0.5 * (gb + gb.mT)


def _eigh_jvp(t: Any, z: Any, operands: Any, attributes: Any) -> Any:
    w, v = z
    every, vectors = _all(z, operands, attributes)
    change = t[0] @ v
    shrink: Any = 0.0
    if len(operands) > 1:
        by_b = t[1] @ v
        change = change - by_b * w[..., None, :]
        shrink = 0.5 * v * np.sum(v * by_b, axis=-2)[..., None, :]
    return np.sum(v * change, axis=-2), vectors @ over(vectors.mT @ change, _gaps(w, every, attributes[0])) - shrink


EIGH = Operation(
    "scipy.linalg.spectra.eigh",
    _eigh,
    _eigh_vjp,
    _eigh_jvp,
    lambda s, at: [(*s[0][:-2], at[1] - at[0] + 1), (*s[0][:-1], at[1] - at[0] + 1)],
)


def _symmetric(name: str, a: Any, b: Any, lower: bool, type: int, by_index: Any, by_value: Any, vectors: bool) -> Any:
    uplo = "L" if lower else "U"
    a = from_triangle(square(f"scipy.linalg.{name}", a), uplo)
    n = a.shape[-1]
    given: tuple[Any, ...] = (a,)
    if b is not None:
        if type != 1:
            raise RecordingError(f"scipy.linalg.{name} of recorded values has type=1, a @ v = w * b @ v, not type={type!r}")
        b = from_triangle(square(f"scipy.linalg.{name}", b), uplo)
        if b.shape[-1] != n:
            raise ValueError(f"scipy.linalg.{name}: a and b have one size, not shapes {a.shape} and {b.shape}")
        given = (a, b)
    if not n:
        raise ValueError(f"scipy.linalg.{name} of recorded values takes matrices with a row at least, not shape {a.shape}")
    if by_index is not None and by_value is not None:
        raise ValueError(f"scipy.linalg.{name} takes either subset_by_index or subset_by_value")
    if by_value is not None:
        low, high = by_value
        w = EIGH(*given, attributes=(0, n - 1, n))[0]
        if w.ndim != 1:
            raise RecordingError(f"scipy.linalg.{name} of recorded values takes subset_by_value of one matrix, not of a stack")
        inside = np.flatnonzero(integers((w > low) & (w <= high), f"which eigenvalues subset_by_value of scipy.linalg.{name} takes"))
        if not inside.size:
            return (np.zeros(0), np.zeros((n, 0))) if vectors else np.zeros(0)
        by_index = int(inside[0]), int(inside[-1])
    first, last = (0, n - 1) if by_index is None else (int(x) for x in by_index)
    if not 0 <= first <= last < n:
        raise ValueError(f"scipy.linalg.{name}: subset_by_index is two numbers from 0 to {n - 1}, the first at most the second, not {by_index!r}")
    if not vectors and b is None:
        return np.linalg.eigvalsh(a)[..., first : last + 1]
    w, v = EIGH(*given, attributes=(first, last, n))
    return (w, v) if vectors else w


@like("scipy.linalg.eigh", by="a, b", note="vectors where eigenvalues are distinct; type=1")
def eigh(
    a: Any, b: Any = None, *, lower: Any = True, eigvals_only: Any = False, overwrite_a: Any = False, overwrite_b: Any = False, type: Any = 1,
    check_finite: Any = True, subset_by_index: Any = None, subset_by_value: Any = None, driver: Any = None,
) -> Any:  # fmt: skip
    """(eigenvalues in ascending order, eigenvectors as columns) of symmetric matrices, also of a @ v = w * b @ v, or a subset of them.

    Example:
        >>> import numpy as np, jittape as jt
        >>> from jittape.scipy import linalg
        >>> jt.grad(lambda t: linalg.eigh(np.diag([1.0, 2.0]), t * np.eye(2), eigvals_only=True)[1])(1.0)
        np.float64(-2.0)
    """
    return _symmetric("eigh", a, b, bool(lower), type, subset_by_index, subset_by_value, not eigvals_only)


@like("scipy.linalg.eigvalsh", by="a, b", note="type=1")
def eigvalsh(
    a: Any, b: Any = None, *, lower: Any = True, overwrite_a: Any = False, overwrite_b: Any = False, type: Any = 1, check_finite: Any = True,
    subset_by_index: Any = None, subset_by_value: Any = None, driver: Any = None,
) -> Any:  # fmt: skip
    """The eigenvalues of symmetric matrices in ascending order, also of a @ v = w * b @ v, or a subset of them."""
    return _symmetric("eigvalsh", a, b, bool(lower), type, subset_by_index, subset_by_value, False)


# --- real spectra -----------------------------------------------------------------------------------------------------------------


def _eig(a: Any) -> Any:
    from scipy.linalg import eig  # for start-up

    def one(m: Any) -> Any:
        w, v = eig(m, check_finite=False)
        if np.any(w.imag):
            raise RecordingError(f"scipy.linalg.eig of recorded values is for real eigenvalues; those of this matrix are {w}, and complex numbers are not recorded")
        return w.real, v.real

    return over_stack(one, a)


def _eig_vjp(g: Any, z: Any, _: Any, __: Any) -> Any:
    (gw, gv), (w, v) = g, z
    gv = gv - v * np.sum(v * gv, axis=-2)[..., None, :]  # the vectors keep the length one
    inner = over(v.mT @ gv, _gaps(w, w, 0)) + np.eye(w.shape[-1]) * gw[..., None, :]
    return (np.linalg.solve(v.mT, inner @ v.mT),)


def _eig_jvp(t: Any, z: Any, _: Any, __: Any) -> Any:
    w, v = z
    inner = np.linalg.solve(v, t[0] @ v)
    tv = v @ over(inner, _gaps(w, w, 0))
    return np.diagonal(inner, axis1=-2, axis2=-1), tv - v * np.sum(v * tv, axis=-2)[..., None, :]


EIG = Operation("scipy.linalg.spectra.eig", _eig, _eig_vjp, _eig_jvp, lambda s, _: [s[0][:-1], s[0]])


def _general(name: str, a: Any, b: Any, homogeneous: bool) -> Any:
    if homogeneous or recorded(b):
        raise RecordingError(f"scipy.linalg.{name} of recorded values takes no recorded b and no homogeneous_eigvals; write linalg.solve(b, a) for a")
    a = as_array(a)
    if b is not None:
        a = np.linalg.solve(as_array(b), a)
    return EIG(square(f"scipy.linalg.{name}", a))


@like("scipy.linalg.eig", by="a", note="real and distinct eigenvalues, given as real numbers; right vectors")
def eig(
    a: Any, b: Any = None, left: Any = False, right: Any = True, overwrite_a: Any = False, overwrite_b: Any = False, check_finite: Any = True,
    homogeneous_eigvals: Any = False,
) -> Any:  # fmt: skip
    """(eigenvalues, right eigenvectors of length one as columns) of matrices [..., n, n] whose eigenvalues are real.

    Raises:
        RecordingError: an eigenvalue is complex, or the left vectors are asked for.
    """
    if left:
        raise RecordingError("scipy.linalg.eig of recorded values has the right eigenvectors; the left ones are those of a.T")
    w, v = _general("eig", a, b, homogeneous_eigvals)
    return (w, v) if right else w


@like("scipy.linalg.eigvals", by="a", note="real and distinct eigenvalues, given as real numbers")
def eigvals(
    a: Any, b: Any = None, overwrite_a: Any = False, overwrite_b: Any = False, check_finite: Any = True, homogeneous_eigvals: Any = False
) -> Any:
    """The eigenvalues of matrices [..., n, n], where they are real."""
    return _general("eigvals", a, b, homogeneous_eigvals)[0]
