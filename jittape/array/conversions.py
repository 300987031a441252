"""Errors where a recorded value would become a plain one: what converts it, and what to write in its place.

Whoever converts is seldom the line that the user wrote: a library does, many calls further in. So the frames are gone through for the
first function beyond the user's code, which is the one to be named; where that is no function of Python, the call is read off the line.
"""

from __future__ import annotations

import sys

import numpy as np

from jittape.array.replacements import replacement
from jittape.array.state import lost
from jittape.tape.callers import Call, converting_call
from jittape.tape.tape import Tape

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


def _under_way() -> Call | None:
    """The call that converts; nothing that goes wrong in looking for it takes the place of the error."""
    try:
        return converting_call()
    except Exception:
        return None


def _takes_arrays(name: str) -> bool:
    """Whether a function of NumPy asks recorded arrays what to do, so that it was given a list of them."""
    module, _, last = name.rpartition(".")
    return module.partition(".")[0] == "numpy" and isinstance(getattr(sys.modules.get(module), last, None), (type(np.sum), np.ufunc))


def _of_library(call: Call | None, given: str = "a recorded array", made: str = "a plain ndarray") -> str:
    """What is said of a function that converts its argument; empty where arrays are made or filled, or nobody knows what converts.

    Args:
        given, made: what the argument is, and what it would become.
    """
    if call is None or call.store or call.name in (*BUILDERS, "float"):
        return ""
    at = _at(call)
    if _takes_arrays(call.name):
        return (
            f"{call.name} was given a list with recorded values{at}, and would make a plain ndarray of it, which loses the derivative. It takes arrays: give it "
            "np.stack(...) of the values, or `import jittape.numpy as np`, whose functions take lists of recorded values, too; pass jittape.stop_gradient(x) where the "
            "derivative is not wanted"
        )
    what = f"`{call.text}`, {call.name}," if " of " in call.name and call.text else call.name
    return f"{what} was given {given}{at}, and would convert it to {made}, which loses the derivative. {replacement(call.name)}; or {OTHERWISE}"


def _at(call: Call | None) -> str:
    return f" at {call.place}" if call is not None and call.place else ""


def _shown(call: Call) -> str:
    return (f", by the assignment to `{call.text}`" if call.text else "") + _at(call)


def _built(call: Call | None) -> str:
    """What makes an array or a float of what it is given, where the user's line says so."""
    return f", by `{call.text}`{_at(call)}" if call is not None and call.text else _at(call)


def library() -> str:
    """What is to be said of the function of a library that a recorded array was given to; empty where none is under way."""
    return _of_library(_under_way())


def lost_array() -> str:
    """What is said where an ndarray is made of a recorded array; the error is made by `state.lost`."""
    call = _under_way()
    if call is not None and call.store:
        return f"a recorded array would be stored into a plain ndarray and lose its derivative{_shown(call)}. {BUILD}"
    return _of_library(call) or f"a recorded array would become a plain ndarray and lose its derivative{_built(call)}. {BUILD}"


def foreign(name: str, made: str) -> str:
    """What is said where another library's function is given a recorded array and asks it.

    Args:
        name: what is named where the call cannot be told.
        made: what the array would become.
    """
    call = _under_way()
    if call is None or call.store or call.name.partition(".")[0] != name.partition(".")[0]:
        call = Call(name, place=call.place if call is not None else "")
    return _of_library(call, made=made)


def no_length(tape: Tape | None) -> TypeError:
    """The error where a length is asked of a recorded number of a tape."""
    call = _under_way()
    if call is not None and call.name.startswith(("torch", "jax")):  # which take what they are given apart
        return lost(tape, _of_library(call, made="a tensor"))
    return TypeError("len() of a recorded scalar")


def lost_number() -> str:
    """What is said where a float is made of a recorded value, likewise."""
    call = _under_way()
    if call is not None and call.store:
        return f"a recorded value would be stored into a plain array and lose its derivative{_shown(call)}. {BUILD}"
    return _of_library(call, "a recorded number", "a float") or f"float() of a recorded value would drop its derivative in silence{_at(call)}. {NUMBER}"
