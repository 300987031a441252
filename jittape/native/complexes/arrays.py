"""Arrays of recorded complex numbers: their parts, methods, and NumPy's functions of them.

What moves elements (indexing, views, copies, joins) is Numba's own, and much else is what native/numpy has for any numbers.
"""

from __future__ import annotations

import cmath
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import lower_getattr, overload_method, register_jitable
from numba.np import arrayobj

from jittape.native.compile.replaced import REPLACED
from jittape.native.complexes import conversions, linalg, products  # noqa: F401 (they add overloads)
from jittape.native.complexes.operations import NUMERIC
from jittape.native.numpy.allocation import copied, is_complex_dtype
from jittape.native.numpy.arrays import methods_first
from jittape.native.numpy.composite import array, composite, method
from jittape.native.numpy.operations import length
from jittape.native.vars.complex_vars import ComplexVarArrays, make_complex
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import complex_dtype, is_complex_array
from jittape.native.vars.var import RECORD, ComplexVarType, VarType, var

# --- parts --------------------------------------------------------------------------------------------------------------------


@infer_getattr
class _Parts(AttributeTemplate):  # type: ignore[misc]
    key = ComplexVarArrays

    def resolve_real(self, z):
        return types.Array(var, z.ndim, "A", readonly=not z.mutable)

    resolve_imag = resolve_real


def _view(offset):
    def lowered(context, b, typ, value):
        """The Vars at an offset in every element, a view."""
        z = arrayobj.make_array(typ)(context, b, value)
        kind = types.Array(var, typ.ndim, "A", readonly=not typ.mutable)
        out = arrayobj.make_array(kind)(context, b)
        word = ir.IntType(8).as_pointer()
        data = b.bitcast(b.gep(b.bitcast(z.data, word), [ir.Constant(ir.IntType(64), offset)]), out.data.type)
        size = context.get_constant(types.intp, RECORD.itemsize)
        arrayobj.populate_array(out, data=data, shape=z.shape, strides=z.strides, itemsize=size, meminfo=z.meminfo, parent=z.parent)
        return arrayobj.impl_ret_borrowed(context, b, kind, out._getvalue())

    return lowered


lower_getattr(ComplexVarArrays, "real")(_view(0))
lower_getattr(ComplexVarArrays, "imag")(_view(RECORD.itemsize))


def _complex(x):
    return isinstance(x, ComplexVarType) or is_complex_array(x)


@overload(np.real)
def _real(val):
    return (lambda val: val.real) if _complex(val) else None


@overload(np.imag)
def _imag(val):
    return (lambda val: val.imag) if _complex(val) else None


@overload(np.angle)
def _angle(z, deg=False):
    if _complex(z):
        return lambda z, deg=False: np.arctan2(z.imag, z.real) * (180.0 / np.pi if deg else 1.0)
    return None


def _conjugate(z):
    return (lambda z: np.conjugate(z)) if _complex(z) else None


for _name in ("conj", "conjugate"):
    overload_method(ComplexVarType, _name)(_conjugate)
    overload_method(ComplexVarArrays, _name)(_conjugate)


@overload_method(ComplexVarArrays, "astype")
def _astype(a, dtype):
    if is_complex_dtype(dtype):
        return lambda a, dtype: copied(a, complex_dtype)
    raise TypingError("jittape: astype of a differentiated complex array to a real dtype would drop the imaginary part; take z.real")


@overload_method(ComplexVarArrays, "view")
def _viewed(a, dtype):
    if is_complex_dtype(dtype):
        return lambda a, dtype: a[:]
    raise TypingError("jittape: x.view of another type reads the bits of what is differentiated; take z.real and z.imag")


# --- questions ------------------------------------------------------------------------------------------------------------------


@overload(np.isrealobj)
def _isrealobj(x):
    return (lambda x: False) if _complex(x) else None


@overload(np.iscomplexobj)
def _iscomplexobj(x):
    return (lambda x: True) if _complex(x) else None


@overload(np.isreal)
def _isreal(x):
    return (lambda x: x.imag == 0.0) if _complex(x) else None


@overload(np.iscomplex)
def _iscomplex(x):
    return (lambda x: x.imag != 0.0) if _complex(x) else None


def _isscalar(element): ...
@overload(_isscalar)
def _isscalar_overload(element):
    return (lambda element: True) if isinstance(element, (VarType, ComplexVarType)) else lambda element: np.isscalar(element)


REPLACED[np.isscalar] = _isscalar

# --- cmath --------------------------------------------------------------------------------------------------------------------


@overload(cmath.polar)
def _polar(x):
    return (lambda x: (abs(x), cmath.phase(x))) if isinstance(x, (VarType, ComplexVarType)) else None


@overload(cmath.rect)
def _rect(r, phi):
    if any(isinstance(t, VarType) for t in (r, phi)) and all(isinstance(t, NUMERIC) and not isinstance(t, (types.Complex, ComplexVarType)) for t in (r, phi)):
        return lambda r, phi: make_complex(r * np.cos(phi), r * np.sin(phi))
    return None


# --- reductions -----------------------------------------------------------------------------------------------------------------


@composite(np.var, when=is_complex_array, complexes=True)
def _var(a):
    m = np.sum(a) / a.size
    s = 0.0
    for x in a.flat:
        d = x - m
        s = s + (d.real * d.real + d.imag * d.imag)
    return s / a.size


@composite(np.std, when=is_complex_array, complexes=True)
def _std(a):
    return length(np.var(a))


@composite(np.correlate, when=lambda a, v, mode="valid": array(a) and array(v), complexes=True)
def _correlate(a, v, mode="valid"):
    if len(v) > len(a):
        return np.conjugate(np.convolve(v, np.conjugate(a[::-1]), mode)[::-1])
    return np.convolve(a, np.conjugate(v[::-1]), mode)


_f: Any
for _f in (np.prod, np.mean, np.var, np.std, np.cumprod):
    method(_f.__name__, _f, of=ComplexVarArrays)
for _f in (np.sum, np.cumsum):
    method(_f.__name__, _f, "a, axis=None, dtype=None", of=ComplexVarArrays)

# --- order ----------------------------------------------------------------------------------------------------------------------


@register_jitable
def _before(x, y):
    """NumPy's order: by real parts, then by imaginary ones, NaN last. Its answers are decisions."""
    if np.isnan(y):
        return not np.isnan(x)
    return x.real < y.real or (x.real == y.real and x.imag < y.imag)


@register_jitable
def _order(z):
    """The places of the elements of a vector in NumPy's order, by merging."""
    n = z.size
    order, merged = np.arange(n), np.empty(n, np.int64)
    width = 1
    while width < n:
        for first in range(0, n, 2 * width):
            middle, end = min(first + width, n), min(first + 2 * width, n)
            i, j = first, middle
            for k in range(first, end):
                if i < middle and (j >= end or not _before(z[order[j]], z[order[i]])):
                    merged[k] = order[i]
                    i += 1
                else:
                    merged[k] = order[j]
                    j += 1
        order, merged = merged, order
        width *= 2
    return order


@overload(np.argsort)
def _argsort(a, kind="quicksort"):
    return (lambda a, kind="quicksort": _order(a)) if is_complex_array(a) and a.ndim == 1 else None


@overload(np.sort)
def _sort(a):
    return (lambda a: a[_order(a)]) if is_complex_array(a) and a.ndim == 1 else None


@overload_method(ComplexVarArrays, "sort")
def _sort_in_place(arr):
    def sort(arr):
        arr[:] = np.sort(arr)

    return sort if arr.ndim == 1 else None


def _extreme(f, place):
    def reduce(a):
        def found(a):
            if a.size == 0:
                raise ValueError("zero-size array to reduction operation not possible")
            flat = a.ravel()
            return flat[_order(flat)[place]]

        return found if is_complex_array(a) else None

    overload(f)(reduce)
    method(f.__name__.removeprefix("a"), f, of=ComplexVarArrays)


_extreme(np.max, -1)
_extreme(np.min, 0)


def register() -> None:
    """Make Numba know them before its own; once a process."""
    methods_first(ComplexVarArrays)
