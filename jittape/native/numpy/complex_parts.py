"""What NumPy has for complex numbers, of real ones that are recorded; tests of signs; logic of numbers as truth values."""

from __future__ import annotations

import builtins

import numpy as np
from numba import types
from numba.extending import overload_attribute, overload_method

from jittape.native.compile.replaced import REPLACED
from jittape.native.numpy.composite import array, composite, none, scalar
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import is_var_array
from jittape.native.vars.var import VarArrays, VarType


def _recorded(x):
    return isinstance(x, VarType) or is_var_array(x)


def _same(x):
    return (lambda x: x) if _recorded(x) else None


@overload(np.real)
def _real(val):
    return (lambda val: val) if _recorded(val) else None


@overload(np.imag)
def _imag(val):
    return (lambda val: _zero(val)) if _recorded(val) else None


def _zero(x): ...
@overload(_zero)
def _zero_overload(x):
    return (lambda x: 0.0) if isinstance(x, VarType) else lambda x: np.zeros(x.shape)


for _name in ("conjugate", "conj"):
    overload_method(VarType, _name)(_same)
    overload_method(VarArrays, _name)(_same)
overload_attribute(VarType, "real")(_same)
overload_attribute(VarType, "imag")(lambda x: lambda x: 0.0)


@composite(np.angle, when=lambda z, deg=False: scalar(z))
def _angle(z, deg=False):
    if z >= 0:
        return 0.0
    return 180.0 if deg else np.pi


@composite(np.angle, when=lambda z, deg=False: array(z))
def _angles(z, deg=False):
    out = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        out[i] = np.angle(z[i], deg)
    return out


def _always(f, answer):
    """A question about the type."""

    @overload(f)
    def of_one(x):
        return (lambda x: answer) if _recorded(x) else None


_always(np.isrealobj, True)
_always(np.iscomplexobj, False)


def isscalar(element): ...
@overload(isscalar)
def _isscalar(element):
    if isinstance(element, VarType):
        return lambda element: True
    return lambda element: np.isscalar(element)


REPLACED[np.isscalar] = isscalar  # Numba's own answers for any type


def _everywhere(f, answer):
    """A question about each element, with one answer for real numbers."""

    @overload(f)
    def typed(x):
        if isinstance(x, VarType):
            return lambda x: answer
        return (lambda x: np.full(x.shape, answer)) if is_var_array(x) else None


_everywhere(np.isreal, True)
_everywhere(np.iscomplex, False)


@composite(np.isposinf, when=lambda x, out=None: none(out))
def _isposinf(x, out=None):
    return x == np.inf


@composite(np.isneginf, when=lambda x, out=None: none(out))
def _isneginf(x, out=None):
    return x == -np.inf


@composite(np.signbit)
def _signbit(x):
    return np.copysign(1.0, x) < 0


@composite(np.logical_not)
def _logical_not(x):
    return x == 0


@composite(np.logical_and)
def _logical_and(x, y):
    return (x != 0) & (y != 0)


@composite(np.logical_or)
def _logical_or(x, y):
    return (x != 0) | (y != 0)


@composite(np.logical_xor)
def _logical_xor(x, y):
    return (x != 0) ^ (y != 0)


@overload(np.finfo)
def _finfo(dtype):
    if isinstance(dtype, types.DType) and isinstance(dtype.dtype, VarType):
        return lambda dtype: np.finfo(np.float64)
    return None


def _is_float(kind):
    """Whether a class is one that float64 is of."""
    if isinstance(kind, types.BaseTuple):
        return any(map(_is_float, kind))
    if isinstance(kind, types.NumberClass):
        return kind.dtype == types.float64
    return getattr(kind, "typing_key", None) is float


@overload(builtins.isinstance)
def _isinstance(var, typs):
    if isinstance(var, VarType):
        answer = _is_float(typs)
        return lambda var, typs: answer
    return None
