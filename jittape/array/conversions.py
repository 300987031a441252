"""Errors where a recorded value would become a plain one: what converts it, and what to write in its place.

Whoever converts is seldom the line that the user wrote: a library does, many calls further in. So the frames are gone through for the
first function beyond the user's code, which is the one to be named; where that is no function of Python, the call is read off the line.
"""

from __future__ import annotations

from jittape.array.replacements import replacement
from jittape.errors import DerivativeLostError
from jittape.tape.callers import Call, converting_call

BUILD = (
    "If you build or fill an array from recorded values, use `import jittape.numpy as np` (np.array, np.zeros, ...) or np.stack; pass "
    "jittape.stop_gradient(x) where the derivative is not wanted"
)
OTHERWISE = (
    "give a function of yours that calls it a derivative by jittape.primitive, or pass it jittape.stop_gradient(x) where the derivative is "
    "not wanted"
)
NUMBER = (
    "Use the value as it is; to fill an array with recorded values, make it with `import jittape.numpy as np`; the functions of `math` call "
    "float(), use NumPy's; where the derivative is not wanted, call float(jittape.stop_gradient(x))"
)
BUILDERS = {f"numpy.{name}" for name in (
    "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "asarray_chkfinite", "fromiter", "float64", "float32", "require",
)}  # fmt: skip
"""What makes arrays of what is given."""


def _of_library(call: Call | None) -> str:
    """What is said of a function that converts its argument; empty where arrays are made or filled, or nobody knows what converts."""
    if call is None or call.store or call.name in (*BUILDERS, "float"):
        return ""
    what = f"`{call.text}` calls {call.name}, which" if call.text and call.text != call.name.rpartition(".")[2] else call.name
    way = replacement(call.name)
    return f"{what} converts its argument, so that it cannot be recorded. {way}; or {OTHERWISE}"


def lost_array() -> DerivativeLostError:
    """The error where an ndarray is made of a recorded array."""
    call = converting_call()
    return DerivativeLostError(f"a recorded array would become a plain ndarray here and lose its derivative. {_of_library(call) or BUILD}")


def lost_number() -> DerivativeLostError:
    """The error where a float is made of a recorded value."""
    call = converting_call()
    return DerivativeLostError(f"float() of a recorded value would drop its derivative in silence. {_of_library(call) or NUMBER}")
