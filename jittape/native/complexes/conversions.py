"""Conversions to complex numbers that users call, and methods of numbers, as the pass replaces them in functions that compute with complex ones."""

from __future__ import annotations

import numpy as np
from numba import types

from jittape.native.compile.replaced import CONVERSIONS, METHODS
from jittape.native.complexes.operations import NUMERIC
from jittape.native.numpy.allocation import as_recorded
from jittape.native.vars.complex_vars import make_complex
from jittape.native.vars.overloads import overload
from jittape.native.vars.types import complex_dtype
from jittape.native.vars.var import ComplexVarType, VarType

ABSENT = (int, types.Omitted)
"""What Numba gives an overload for an argument that is left out, and has a default number."""


def _complex(kind):
    """Recorded complex numbers are of double precision: nothing is rounded."""

    def number(real=0, imag=0): ...

    @overload(number)
    def convert(real=0, imag=0):
        if isinstance(real, (VarType, ComplexVarType)) or isinstance(imag, VarType):
            if isinstance(imag, ABSENT):
                return lambda real=0, imag=0: as_recorded(real, complex_dtype)
            return lambda real=0, imag=0: make_complex(real, imag)
        if isinstance(real, ABSENT):
            return lambda real=0, imag=0: kind(0)
        return (lambda real=0, imag=0: kind(real)) if isinstance(imag, ABSENT) else lambda real=0, imag=0: kind(real, imag)

    return number


CONVERSIONS |= {kind: _complex(kind) for kind in (complex, np.complex128, np.complex64, types.complex128, types.complex64)}


def _conjugated(method):
    """A method of numbers and arrays; of other objects their own."""

    def conjugated(x): ...

    @overload(conjugated)
    def typed(x):
        return (lambda x: np.conjugate(x)) if isinstance(x.dtype if isinstance(x, types.Array) else x, NUMERIC) else method

    return conjugated


METHODS |= {"conjugate": _conjugated(lambda x: x.conjugate()), "conj": _conjugated(lambda x: x.conj())}
