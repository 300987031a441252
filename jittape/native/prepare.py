"""What Numba is taught about Vars, all of it: the modules register most when they are imported, the rest is done before the first
function is compiled."""

from __future__ import annotations

from typing import Any

from numba.core.errors import TypingError

from jittape.compiler.locks import compiling
from jittape.native.compile.replaced import COMPLEX
from jittape.native.numpy import (  # noqa: F401 (they add overloads, operations first)
    arrays,
    callables,
    complex_parts,
    linalg,
    polynomials,
    primitives,
    products,
    random,
    reductions,
    selection,
    shapes,
    sorting,
    special,
    strides,
)
from jittape.native.refused import REFUSED, watch
from jittape.native.vars import boxing, tuples  # noqa: F401
from jittape.native.vars.overloads import overload, refresh

_once = compiling()
_ready = False


def _refuse(f: Any, name: str, way: str) -> None:
    @overload(f)
    def typed(*args: Any, **kwargs: Any) -> Any:
        raise TypingError(f"jittape: {name} cannot be called in a compiled function: {way}")


def _refuse_now(f: Any, name: str, way: str) -> None:
    """The same of a function that is made known while Numba compiles."""
    _refuse(f, name, way)
    refresh()


def _complex() -> None:
    """Teach Numba about recorded complex numbers, in the middle of compiling the first function that has some."""
    from jittape.native.complexes import arrays as complex_arrays  # many overloads, which few programs need

    complex_arrays.register()
    refresh()


def prepare() -> None:
    """Teach Numba about Vars; once a process."""
    global _ready
    with _once:
        if not _ready:
            special.register()
            for refused in REFUSED:
                _refuse(*refused)
            watch(_refuse_now)
            arrays.register()
            COMPLEX.append(_complex)
            _ready = True
