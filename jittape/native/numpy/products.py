"""Products and norms of arrays of Vars. Large ones are one instruction of the tape."""

from __future__ import annotations

import math
import operator

import numpy as np
from numba import types
from numba.extending import overload_method

from jittape.native.compile.replaced import REPLACED
from jittape.native.numpy.composite import array, composite, none
from jittape.native.numpy.linalg import MATMUL, check
from jittape.native.numpy.operations import corner, length
from jittape.native.recording.callbacks import call_operation, operand
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import has_complex, is_var_array, var_dtype
from jittape.native.vars.var import VarArrays

LARGE = 1 << 13
"""Multiplications from which on a product is one instruction: below, single ones are faster than a call of Python."""


def _product(a, b):
    if a.shape[0] != b.shape[0]:
        raise ValueError("incompatible array sizes for a product of vectors")
    out = np.zeros(1, var_dtype)
    if a.shape[0] > 0:
        s = a[0] * b[0]
        for i in range(1, a.shape[0]):
            s = s + a[i] * b[i]
        out[0] = s
    return out[0]


def _inner(a, b): ...
@overload(_inner)  # np.dot would be tried for numbers first, and warn that columns are slower than rows
def _inner_overload(a, b):
    return _product


def _dot(a, b):
    if not (isinstance(a, types.Array) and isinstance(b, types.Array)) or not (is_var_array(a) or is_var_array(b)) or has_complex(a) or has_complex(b):
        return None
    if a.ndim == 1 and b.ndim == 1:
        return _product
    if a.ndim == 2 and b.ndim == 1:

        def right(a, b):
            if a.shape[1] != b.shape[0]:
                raise ValueError("incompatible array sizes for a product of a matrix and a vector")
            out = np.empty(a.shape[0], var_dtype)
            if a.size >= LARGE:
                check(call_operation(MATMUL, (operand(a), operand(b)), (out,)), "")
                return out
            for i in range(a.shape[0]):
                out[i] = _inner(a[i], b)
            return out

        return right
    if a.ndim == 1 and b.ndim == 2:

        def left(a, b):
            if a.shape[0] != b.shape[0]:
                raise ValueError("incompatible array sizes for a product of a vector and a matrix")
            out = np.empty(b.shape[1], var_dtype)
            if b.size >= LARGE:
                check(call_operation(MATMUL, (operand(a), operand(b)), (out,)), "")
                return out
            for j in range(b.shape[1]):
                out[j] = _inner(a, b[:, j])
            return out

        return left
    if a.ndim == 2 and b.ndim == 2:

        def both(a, b):
            if a.shape[1] != b.shape[0]:
                raise ValueError("incompatible array sizes for a product of matrices")
            out = np.empty((a.shape[0], b.shape[1]), var_dtype)
            if a.size * b.shape[1] >= LARGE:
                check(call_operation(MATMUL, (operand(a), operand(b)), (out,)), "")
                return out
            for i in range(a.shape[0]):
                for j in range(b.shape[1]):
                    out[i, j] = _inner(a[i], b[:, j])
            return out

        return both
    return None


overload(np.dot)(_dot)
overload(operator.matmul)(_dot)
overload_method(VarArrays, "dot")(_dot)


@composite(np.dot, when=lambda a, b, out: is_var_array(out))
def _dot_into(a, b, out):
    out[...] = np.dot(a, b)
    return out


def _matmul(a, b): ...
@overload(_matmul)
def _matmul_overload(a, b):
    return lambda a, b: a @ b


REPLACED[np.matmul] = _matmul  # a ufunc, which Numba would apply element by element



@overload(np.vdot)
def _vdot(a, b):
    return (lambda a, b: np.dot(a.ravel(), b.ravel())) if (is_var_array(a) or is_var_array(b)) and not has_complex(a) and not has_complex(b) else None


@overload(np.outer)
def _outer(a, b):
    if is_var_array(a) or is_var_array(b):
        return lambda a, b: a.ravel().reshape(-1, 1) * b.ravel().reshape(1, -1)
    return None


def _vector_norm(x, ord=None):
    return array(x) and x.ndim == 1 and isinstance(ord, (types.Integer, types.Float))


@composite(np.linalg.norm, when=_vector_norm)
def _norm(x, ord=None):
    if ord == 2:
        return np.linalg.norm(x)
    if ord == 1:
        return np.sum(np.abs(x))
    if ord == np.inf:
        return np.max(np.abs(x))
    if ord == -np.inf:
        return np.min(np.abs(x))
    if ord == 0:
        n = 0.0 * np.sum(x)
        for v in x:
            if v != 0:
                n = n + 1.0
        return n
    s = np.sum(np.abs(x) ** ord)
    if ord > 1 and s == 0.0:
        return corner(np.linalg.norm(x))
    return s ** (1.0 / ord)


@composite(np.linalg.norm, when=lambda x, ord=None: array(x) and none(ord))
def _norm_two(x, ord=None):
    return length(np.sum(np.square(x)))


@composite(np.linalg.norm, when=lambda x, ord=None: array(x) and x.ndim == 2 and isinstance(ord, (types.UnicodeType, types.StringLiteral)))
def _norm_named(x, ord=None):
    if ord == "fro":
        return length(np.sum(np.square(x)))
    if ord == "nuc":
        return np.sum(np.linalg.svd(x, False)[1])
    raise ValueError("Invalid norm order for matrices.")


@composite(np.linalg.norm, when=lambda x, ord=None: array(x) and x.ndim == 2 and isinstance(ord, (types.Integer, types.Float)))
def _norm_matrix(x, ord=None):
    if ord == 2:
        return np.max(np.linalg.svd(x, False)[1])
    if ord == -2:
        return np.min(np.linalg.svd(x, False)[1])
    if ord == 1:
        return np.max(np.sum(np.abs(x), 0))
    if ord == np.inf:
        return np.max(np.sum(np.abs(x), 1))
    if ord == -1:
        return np.min(np.sum(np.abs(x), 0))
    if ord == -np.inf:
        return np.min(np.sum(np.abs(x), 1))
    raise ValueError("Invalid norm order for matrices.")


@overload(math.fsum)
def _fsum(seq):
    return (lambda seq: sum(seq)) if is_var_array(seq) else None
