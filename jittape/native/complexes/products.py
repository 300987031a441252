"""Products and norms of arrays of recorded complex numbers, as real products of their parts."""

from __future__ import annotations

import operator

import numpy as np
from numba import types
from numba.extending import overload_method, register_jitable

from jittape.native.numpy.composite import array, composite, none
from jittape.native.numpy.operations import length
from jittape.native.vars.complex_vars import ComplexVarArrays, make_complex
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import complex_dtype, is_complex_array, is_var_array


def complex_product(*kinds):
    """Whether arrays of these types have a recorded complex product."""
    if not all(isinstance(t, types.Array) for t in kinds):
        return False
    plain = any(isinstance(t.dtype, types.Complex) for t in kinds)
    return any(map(is_complex_array, kinds)) or (plain and any(map(is_var_array, kinds)))


def is_real(t):
    return not is_complex_array(t) and not isinstance(t.dtype, types.Complex)


def joined(re, im): ...
@overload(joined)
def _joined(re, im):
    """The complex number or array of a real and an imaginary part."""
    if not isinstance(re, types.Array):
        return lambda re, im: make_complex(re, im)

    def arrays(re, im):
        out = np.empty(re.shape, complex_dtype)
        for i in np.ndindex(re.shape):
            out[i] = make_complex(re[i], im[i])
        return out

    return arrays


def _dot(a, b):
    if not complex_product(a, b) or a.ndim not in (1, 2) or b.ndim not in (1, 2):
        return None
    if is_real(a):
        return lambda a, b: joined(np.dot(a, b.real), np.dot(a, b.imag))
    if is_real(b):
        return lambda a, b: joined(np.dot(a.real, b), np.dot(a.imag, b))
    return lambda a, b: joined(np.dot(a.real, b.real) - np.dot(a.imag, b.imag), np.dot(a.real, b.imag) + np.dot(a.imag, b.real))


overload(np.dot)(_dot)
overload(operator.matmul)(_dot)
overload_method(ComplexVarArrays, "dot")(_dot)


@composite(np.dot, when=lambda a, b, out: is_complex_array(out), complexes=True)
def _dot_into(a, b, out):
    out[...] = np.dot(a, b)
    return out


@overload(np.vdot)
def _vdot(a, b):
    return (lambda a, b: np.dot(np.conjugate(a.ravel()), b.ravel())) if complex_product(a, b) else None


@overload(np.outer)
def _outer(a, b):
    return (lambda a, b: a.ravel().reshape(-1, 1) * b.ravel().reshape(1, -1)) if complex_product(a, b) else None


@register_jitable
def _squares(x):
    return np.sum(np.square(x.real)) + np.sum(np.square(x.imag))


@composite(np.linalg.norm, when=lambda x, ord=None: array(x) and none(ord), complexes=True)
def _norm(x, ord=None):
    return length(_squares(x))


@composite(np.linalg.norm, when=lambda x, ord=None: array(x) and not none(ord), complexes=True)
def _norm_of_order(x, ord=None):
    return np.linalg.norm(np.abs(x), ord)
