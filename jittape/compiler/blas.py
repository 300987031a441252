"""NumPy's own products of matrices, for native code.

Numba knows those of SciPy. Both packages bring a library, of releases that differ: NumPy's is the later one, as a rule, and products of 128 x 784 x 512
take up to an eighth less time there. It is used where NumPy's wheels have it, whose integers are of 64 bits.
"""

from __future__ import annotations

import ctypes
from functools import cache

import llvmlite.binding
import numpy as np

NAMES = ("scipy_cblas_{}64_", "cblas_{}64_")
"""What the functions are called there, by their names in BLAS."""
ROUTINES = ("sgemm", "dgemm")
TURN = "somatcopy"
"""A copy of a matrix or of its transpose, which OpenBLAS has beyond BLAS."""


def symbol(routine: str) -> str:
    """What LLVM knows a routine by."""
    return f"jittape_numpy_{routine}"


@cache
def available(*routines: str) -> bool:
    """Whether NumPy has these routines (those of ROUTINES where none are named); LLVM is told where."""
    try:
        library = ctypes.CDLL(np._core._multiarray_umath.__file__)  # type: ignore[attr-defined]  # its symbols, and those of what it was linked with
    except (AttributeError, OSError):
        return False
    for name in NAMES:
        try:
            found = {routine: ctypes.cast(getattr(library, name.format(routine)), ctypes.c_void_p).value for routine in routines or ROUTINES}
        except AttributeError:
            continue
        for routine, address in found.items():
            llvmlite.binding.add_symbol(symbol(routine), address)
        return True
    return False
