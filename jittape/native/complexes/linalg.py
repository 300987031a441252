"""np.linalg of recorded complex matrices: systems by real ones of twice as many rows, decompositions by the tape's own instructions."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from jittape.array.array import Array
from jittape.array.complexes import ComplexArray, split
from jittape.array.complexes import joined as complex_values
from jittape.native.complexes.products import complex_product, joined
from jittape.native.numpy.linalg import check, matrices, power_of, square
from jittape.native.numpy.small_matrices import ROWS
from jittape.native.recording.callbacks import call_operation, operand, operation
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import complex_dtype, var_dtype
from jittape.native.vars.var import replayed, value_of


def _due(name, *arrays):
    return matrices(name, complex_product(*arrays), *arrays)


@register_jitable
def _blocks(a):
    """The real matrix [[re, -im], [im, re]]."""
    n = a.shape[0]
    out = np.empty((2 * n, 2 * n), var_dtype)
    out[:n, :n] = np.real(a)
    out[n:, n:] = np.real(a)
    out[n:, :n] = np.imag(a)
    for i in range(n):
        for j in range(n):
            out[i, n + j] = -out[n + i, j]
    return out


@register_jitable
def _stacked(b):
    """The real right-hand side of a complex one."""
    n = b.shape[0]
    out = np.zeros((2 * n,) + b.shape[1:], var_dtype)
    out[:n] = np.real(b)
    out[n:] = np.imag(b)
    return out


@overload(np.linalg.solve)
def _solve(a, b):
    if not _due("solve", a, b):
        return None

    def solve(a, b):
        square(a)
        if a.shape[0] != b.shape[0]:
            raise np.linalg.LinAlgError("Incompatible array sizes, system is not dimensionally valid.")
        n = a.shape[0]
        found = np.linalg.solve(_blocks(a), _stacked(b))
        return joined(found[:n], found[n:])

    return solve


@overload(np.linalg.inv)
def _inv(a):
    if not _due("inv", a):
        return None

    def inv(a):
        square(a)
        n = a.shape[0]
        found = np.linalg.inv(_blocks(a))
        return joined(found[:n, :n], found[n:, :n])

    return inv


# --- by Python's rules ---------------------------------------------------------------------------------------------------------


def _operation(f, *complex_results):
    """The instructions that the Python front end records for a function of a complex matrix.

    Args:
        complex_results: of each result, whether it is complex, so that its parts are two results of native code.
    """

    def parts(re, im):
        z = ComplexArray.of_parts(re, im) if isinstance(re, Array) or isinstance(im, Array) else complex_values(re, im)
        found = f(z)
        out = []
        for x, kind in zip(found if isinstance(found, tuple) else (found,), complex_results, strict=True):
            out += split(x) if kind else [x]
        return tuple(out)

    return operation(f"complex {f.__name__}", parts)


def det(a):
    return np.linalg.det(a)


def slogdet(a):
    return tuple(np.linalg.slogdet(a))


def eigh(a):
    return tuple(np.linalg.eigh(a))


def svd(a):
    return tuple(np.linalg.svd(a, full_matrices=False))


def qr(a):
    return tuple(np.linalg.qr(a))


def eig(a):
    return tuple(np.linalg.eig(a))


DET, SLOGDET, EIGH, SVD, QR, EIG = _operation(det, True), _operation(slogdet, True, False), _operation(eigh, False, True), _operation(svd, True, False, True), _operation(qr, True, True), _operation(eig, True, True)
EIGVALSH, EIGVALS, CHOLESKY, PINV = _operation(np.linalg.eigvalsh, False), _operation(np.linalg.eigvals, True), _operation(np.linalg.cholesky, True), _operation(np.linalg.pinv, True)


@register_jitable
def _operands(a):
    return operand(np.real(a)), operand(np.imag(a))


@register_jitable
def _small(a):
    """Whether a matrix is eliminated by its elements, whose pivots are chosen by size: nothing of it is replayed."""
    for x in a.flat:
        if replayed(x.real) or replayed(x.imag):
            return False
    return 0 < a.shape[0] <= ROWS


@register_jitable
def _size(z):
    return np.hypot(value_of(z.real), value_of(z.imag))


@register_jitable
def _eliminated(a):
    """The determinant, and whether no pivot was zero."""
    n, lu = a.shape[0], a.copy()
    found = lu[0, 0]
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if _size(lu[i, k]) > _size(lu[p, k]):
                p = i
        if _size(lu[p, k]) == 0.0:
            return found, False
        pivot = lu[p, k]
        found = pivot if k == 0 else found * pivot
        if p != k:
            found = -found
            for j in range(n):
                x = lu[k, j]
                lu[k, j] = lu[p, j]
                lu[p, j] = x
        for i in range(k + 1, n):
            factor = lu[i, k] / pivot
            for j in range(k + 1, n):
                lu[i, j] = lu[i, j] - factor * lu[k, j]
    return found, True


@overload(np.linalg.det)
def _det(a):
    if not _due("det", a):
        return None

    def det(a):
        square(a)
        if _small(a):
            found, regular = _eliminated(a)
            if regular:
                return found
        re, im = np.empty(1, var_dtype), np.empty(1, var_dtype)
        check(call_operation(DET, _operands(a), (re.reshape(()), im.reshape(()))), "Singular matrix")
        return joined(re[0], im[0])

    return det


@overload(np.linalg.slogdet)
def _slogdet(a):
    if not _due("slogdet", a):
        return None

    def slogdet(a):
        square(a)
        re, im, log = np.empty(1, var_dtype), np.empty(1, var_dtype), np.empty(1, var_dtype)
        check(call_operation(SLOGDET, _operands(a), (re.reshape(()), im.reshape(()), log.reshape(()))), "Singular matrix")
        return joined(re[0], im[0]), log[0]

    return slogdet


@overload(np.linalg.eigh)
def _eigh(a):
    if not _due("eigh", a):
        return None

    def eigh(a):
        square(a)
        w, re, im = np.empty(a.shape[0], var_dtype), np.empty(a.shape, var_dtype), np.empty(a.shape, var_dtype)
        check(call_operation(EIGH, _operands(a), (w, re, im)), "Eigenvalues did not converge")
        return w, joined(re, im)

    return eigh


@overload(np.linalg.eigvalsh)
def _eigvalsh(a):
    if not _due("eigvalsh", a):
        return None

    def eigvalsh(a):
        square(a)
        w = np.empty(a.shape[0], var_dtype)
        check(call_operation(EIGVALSH, _operands(a), (w,)), "Eigenvalues did not converge")
        return w

    return eigvalsh


@overload(np.linalg.eigvals)
def _eigvals(a):
    if not _due("eigvals", a):
        return None

    def eigvals(a):
        square(a)
        re, im = np.empty(a.shape[0], var_dtype), np.empty(a.shape[0], var_dtype)
        check(call_operation(EIGVALS, _operands(a), (re, im)), "Eigenvalues did not converge")
        return joined(re, im)

    return eigvals


@overload(np.linalg.eig)
def _eig(a):
    if not _due("eig", a):
        return None

    def eig(a):
        square(a)
        n = a.shape[0]
        re, im, p, q = np.empty(n, var_dtype), np.empty(n, var_dtype), np.empty(a.shape, var_dtype), np.empty(a.shape, var_dtype)
        check(call_operation(EIG, _operands(a), (re, im, p, q)), "Eigenvalues did not converge")
        return joined(re, im), joined(p, q)

    return eig


@overload(np.linalg.svd)
def _svd(a, full_matrices=1):
    if not _due("svd", a):
        return None

    def svd(a, full_matrices=1):
        m, n = a.shape
        if full_matrices and m != n:
            raise ValueError("np.linalg.svd with full_matrices has no derivative; pass full_matrices=False")
        k = min(m, n)
        p, q, s, r, t = np.empty((m, k), var_dtype), np.empty((m, k), var_dtype), np.empty(k, var_dtype), np.empty((k, n), var_dtype), np.empty((k, n), var_dtype)
        check(call_operation(SVD, _operands(a), (p, q, s, r, t)), "SVD did not converge")
        return joined(p, q), s, joined(r, t)

    return svd


@overload(np.linalg.qr)
def _qr(a):
    if not _due("qr", a):
        return None

    def qr(a):
        m, n = a.shape
        k = min(m, n)
        p, q, r, t = np.empty((m, k), var_dtype), np.empty((m, k), var_dtype), np.empty((k, n), var_dtype), np.empty((k, n), var_dtype)
        check(call_operation(QR, _operands(a), (p, q, r, t)), "the matrix has no QR factorisation")
        return joined(p, q), joined(r, t)

    return qr


@overload(np.linalg.cholesky)
def _cholesky(a):
    if not _due("cholesky", a):
        return None

    def cholesky(a):
        square(a)
        re, im = np.empty(a.shape, var_dtype), np.empty(a.shape, var_dtype)
        check(call_operation(CHOLESKY, _operands(a), (re, im)), "Matrix is not positive definite.")
        return joined(re, im)

    return cholesky


@overload(np.linalg.pinv)
def _pinv(a):
    if not _due("pinv", a):
        return None

    def pinv(a):
        re, im = np.empty((a.shape[1], a.shape[0]), var_dtype), np.empty((a.shape[1], a.shape[0]), var_dtype)
        check(call_operation(PINV, _operands(a), (re, im)), "SVD did not converge")
        return joined(re, im)

    return pinv


@overload(np.linalg.matrix_power)
def _matrix_power(a, n):
    return power_of(complex_dtype) if _due("matrix_power", a) else None
