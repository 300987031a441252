"""np.linalg of arrays of Vars, and products of large matrices, by the tape's own instructions."""

from __future__ import annotations

import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import register_jitable

from jittape.errors import GradientError
from jittape.native.numpy.allocation import as_var
from jittape.native.numpy.small_matrices import (
    noted,
    small,
    small_cholesky,
    small_det,
    small_inv,
    small_slogdet,
    small_solve,
)
from jittape.native.recording.callbacks import SINGULAR, call_operation, operand, operation
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import has_complex, var_dtype
from jittape.native.vars.var import VarType


@register_jitable
def check(status, message):
    if status == SINGULAR:
        raise np.linalg.LinAlgError(message)
    if status:
        raise GradientError("an operation on arrays failed while it was recorded; the log of jittape says why")


def has_vars(*arrays):
    """Whether there are Vars among real numbers; complex ones are those of native/complexes."""
    return any(isinstance(a, types.Array) and isinstance(a.dtype, VarType) for a in arrays) and not any(map(has_complex, arrays))


def matrices(name, due, *arrays):
    """Whether an overload is due; an error for arrays that are no matrices."""
    if due and arrays[0].ndim != 2:
        raise TypingError(f"np.linalg.{name} in a Numba function takes matrices (arrays of two axes), not arrays of {arrays[0].ndim}")
    return due


def _matrices(name, *arrays):
    return matrices(name, has_vars(*arrays) and all(isinstance(a, types.Array) for a in arrays), *arrays)


@register_jitable
def square(a):
    if a.shape[0] != a.shape[1]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square.")


@register_jitable
def _as_it_is(a):
    return a


@register_jitable
def _lower(a):
    """The symmetric matrix of a's lower triangle, which is all that LAPACK reads; the upper one may hold anything."""
    out = np.empty(a.shape, var_dtype)
    for i in range(a.shape[0]):
        for j in range(i + 1):
            out[i, j] = a[i, j]
            out[j, i] = a[i, j]
    return out


SOLVE = operation("solve", np.linalg.solve)
INV = operation("inv", np.linalg.inv)
PINV = operation("pinv", np.linalg.pinv)
DET = operation("det", np.linalg.det)
SLOGDET = operation("slogdet", lambda a: tuple(np.linalg.slogdet(a)))
CHOLESKY = operation("cholesky", np.linalg.cholesky)
EIGVALSH = operation("eigvalsh", np.linalg.eigvalsh)
EIGH = operation("eigh", lambda a: tuple(np.linalg.eigh(a)))
QR = operation("qr", lambda a: tuple(np.linalg.qr(a)))
SVD = operation("svd", lambda a: tuple(np.linalg.svd(a, full_matrices=False)))
LSTSQ = operation("lstsq", lambda a, b: np.linalg.lstsq(a, b)[0])
MATMUL = operation("matmul", np.matmul)


@overload(np.linalg.solve)
def _solve(a, b):
    if not _matrices("solve", a, b):
        return None

    def solve(a, b):
        square(a)
        if a.shape[0] != b.shape[0]:
            raise np.linalg.LinAlgError("Incompatible array sizes, system is not dimensionally valid.")
        if small(a) and not noted(b):
            found, regular = small_solve(a, b)
            if not regular:
                raise np.linalg.LinAlgError("Matrix is singular to machine precision.")
            return found.reshape(b.shape)
        out = np.empty(b.shape, var_dtype)
        check(call_operation(SOLVE, (operand(a), operand(b)), (out,)), "Matrix is singular to machine precision.")
        return out

    return solve


def _same_shape(f, name, number, message, of_small, part=_as_it_is):
    @overload(f)
    def typed(a):
        if not _matrices(name, a):
            return None

        def apply(a):
            square(a)
            if small(a):
                found, regular = of_small(a)
                if not regular:
                    raise np.linalg.LinAlgError(message)
                return found
            out = np.empty(a.shape, var_dtype)
            check(call_operation(number, (operand(part(a)),), (out,)), message)
            return out

        return apply


_same_shape(np.linalg.inv, "inv", INV, "Matrix is singular to machine precision.", small_inv)
_same_shape(np.linalg.cholesky, "cholesky", CHOLESKY, "Matrix is not positive definite.", small_cholesky, _lower)


@overload(np.linalg.pinv)
def _pinv(a):
    if not _matrices("pinv", a):
        return None

    def pinv(a):
        out = np.empty((a.shape[1], a.shape[0]), var_dtype)
        check(call_operation(PINV, (operand(a),), (out,)), "SVD did not converge")
        return out

    return pinv


@overload(np.linalg.det)
def _det(a):
    if not _matrices("det", a):
        return None

    def det(a):
        square(a)
        if small(a):
            found, regular = small_det(a)
            if regular:
                return found
        out = np.empty(1, var_dtype)
        check(call_operation(DET, (operand(a),), (out.reshape(()),)), "Singular matrix")
        return out[0]

    return det


@overload(np.linalg.slogdet)
def _slogdet(a):
    if not _matrices("slogdet", a):
        return None

    def slogdet(a):
        square(a)
        if small(a):
            plain, found = small_slogdet(a)
            if plain != 0.0:
                return as_var(plain), found
        sign, log = np.empty(1, var_dtype), np.empty(1, var_dtype)
        check(call_operation(SLOGDET, (operand(a),), (sign.reshape(()), log.reshape(()))), "Singular matrix")
        return sign[0], log[0]

    return slogdet


@overload(np.linalg.eigvalsh)
def _eigvalsh(a):
    if not _matrices("eigvalsh", a):
        return None

    def eigvalsh(a):
        square(a)
        out = np.empty(a.shape[0], var_dtype)
        check(call_operation(EIGVALSH, (operand(_lower(a)),), (out,)), "Eigenvalues did not converge")
        return out

    return eigvalsh


@overload(np.linalg.eigh)
def _eigh(a):
    if not _matrices("eigh", a):
        return None

    def eigh(a):
        square(a)
        w, v = np.empty(a.shape[0], var_dtype), np.empty(a.shape, var_dtype)
        check(call_operation(EIGH, (operand(_lower(a)),), (w, v)), "Eigenvalues did not converge")
        return w, v

    return eigh


@overload(np.linalg.qr)
def _qr(a):
    if not _matrices("qr", a):
        return None

    def qr(a):
        m, n = a.shape
        k = min(m, n)
        q, r = np.empty((m, k), var_dtype), np.empty((k, n), var_dtype)
        check(call_operation(QR, (operand(a),), (q, r)), "the matrix has no QR factorisation")
        return q, r

    return qr


@overload(np.linalg.svd)
def _svd(a, full_matrices=1):
    if not _matrices("svd", a):
        return None

    def svd(a, full_matrices=1):
        m, n = a.shape
        if full_matrices and m != n:
            raise ValueError("np.linalg.svd with full_matrices has no derivative; pass full_matrices=False")
        k = min(m, n)
        u, s, v = np.empty((m, k), var_dtype), np.empty(k, var_dtype), np.empty((k, n), var_dtype)
        check(call_operation(SVD, (operand(a),), (u, s, v)), "SVD did not converge")
        return u, s, v

    return svd


@overload(np.linalg.lstsq)
def _lstsq(a, b, rcond=-1.0):
    if not _matrices("lstsq", a, b):
        return None
    if b.ndim == 1:

        def of_vector(a, b, rcond=-1.0):
            x = np.empty(a.shape[1], var_dtype)
            check(call_operation(LSTSQ, (operand(a), operand(b)), (x,)), "SVD did not converge")
            r = a @ x - b
            left = np.empty(1, var_dtype)
            left[0] = np.sum(r * r)
            return x, left, min(a.shape[0], a.shape[1]), _singular_values(a)

        return of_vector

    def lstsq(a, b, rcond=-1.0):
        x = np.empty((a.shape[1], b.shape[1]), var_dtype)
        check(call_operation(LSTSQ, (operand(a), operand(b)), (x,)), "SVD did not converge")
        r = a @ x - b
        return x, np.sum(r * r, 0), min(a.shape[0], a.shape[1]), _singular_values(a)

    return lstsq


@register_jitable
def _singular_values(a):
    return np.linalg.svd(a, False)[1]


@overload(np.linalg.matrix_power)
def _matrix_power(a, n):
    return power_of(var_dtype) if _matrices("matrix_power", a) else None


def power_of(dtype):
    """np.linalg.matrix_power of matrices of this dtype."""

    def power(a, n):
        square(a)
        if n == 0:
            out = np.zeros(a.shape, dtype)
            for i in range(a.shape[0]):
                out[i, i] = 1.0
            return out
        base = np.linalg.inv(a) if n < 0 else a.copy()
        n = abs(n)
        out = base
        first = True
        while n > 0:
            if n % 2:
                out = base if first else out @ base
                first = False
            n //= 2
            if n:
                base = base @ base
        return out

    return power


@overload(np.linalg.cond)
def _cond(x):
    if not _matrices("cond", x):
        return None

    def cond(x):
        s = np.linalg.svd(x, False)[1]
        return s[0] / s[len(s) - 1]

    return cond
