"""Arrays that are known to be constant go NumPy's own way: functions, methods and attributes of constants alone are computed at once.

What comes out is as in the plain run, whatever the dtype; arrays of floats are recordable again, so that recorded values can be stored in
them. Views and functions that store into their arguments stay with the rules, which know of the memory that arrays share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.append import constant_operand
from jittape.array.array import Array
from jittape.array.copies import FLOATS
from jittape.array.stores import Store, Window, span
from jittape.errors import RecordingError
from jittape.instructions.references import is_shared
from jittape.ops.layout import CONSTANT
from jittape.tape.tape import Tape

BY_MEMORY = frozenset((np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, np.shares_memory, np.may_share_memory))
"""Functions that store into an argument, or ask for its memory."""
OTHERS: list[Callable[[Tape, Any], Any]] = []
"""What arrays of other dtypes become, such as complex ones."""
IN_PLACE = frozenset(("fill", "sort", "partition", "put", "resize", "setfield", "setflags"))
"""Methods that change their array."""


def constants(tape: Tape, values: Any) -> Array:
    """A recorded array that holds these numbers, to be assigned to."""
    values = np.asarray(values)
    slots = constant_operand(tape, values)[0]
    return Array.of(tape, slots.copy(order="K"), Store(0, 0, True))


def recordable(tape: Tape, made: Any) -> Any:
    """What NumPy made of constants, its arrays of floats such that recorded values can be stored in them."""
    if type(made) is np.ndarray:
        if made.dtype not in FLOATS:
            for other in OTHERS:
                made = other(tape, made)
            return made
        if made.size < 2 or not made.flags.c_contiguous or 0 in made.strides:
            return constants(tape, made)
        base = tape.append_leaf(made, CONSTANT)  # the common case
        new = Array.of_run(tape, base, made.shape)
        new.store = Store(base, made.size, True)
        return new
    if isinstance(made, (tuple, list)):
        items = [recordable(tape, x) for x in made]
        return type(made)(*items) if hasattr(made, "_fields") else type(made)(items)
    return made


def only_constants(x: Any) -> bool:
    """Whether the recorded arrays in nested arguments are all known to be constant."""
    if isinstance(x, (tuple, list, dict)):
        return all(map(only_constants, x.values() if isinstance(x, dict) else x))
    return not isinstance(x, Array) or x.constant


def plain_values(x: Any) -> Any:
    """Nested arguments with the values of recorded arrays in their place."""
    if isinstance(x, (tuple, list)):
        items = map(plain_values, x)
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if isinstance(x, dict):
        return {k: plain_values(v) for k, v in x.items()}
    return x.value() if isinstance(x, Array) else x


def takes_functions(x: Any) -> bool:
    """Whether nested arguments hold a function of the user's, whose results may be recorded."""
    if isinstance(x, (tuple, list, dict)):
        return any(map(takes_functions, x.values() if isinstance(x, dict) else x))
    return callable(x) and not isinstance(x, type)


def plainly(tape: Tape, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """NumPy's result for constants."""
    return recordable(tape, function(*plain_values(args), **plain_values(kwargs)))


def like_in_memory(x: Array) -> Any:
    """The values of an array, read-only where it is, and as contiguous as it is; what is written to them is not seen by it."""
    v = np.asarray(x.value())
    x = x.re if x.is_complex else x  # type: ignore[attr-defined]
    if x.slot < 0:
        own = x.slots.flags
        if not own.c_contiguous and not own.f_contiguous:
            spread = np.empty(tuple(2 * n for n in v.shape), v.dtype)[tuple([slice(None, None, 2)] * v.ndim)]
            spread[...] = v
            v = spread
        v.flags.writeable = (is_shared(x.slots) or own.writeable) and (x.store is None or not x.store.read_only)
    return v


def attribute(x: Array, name: str) -> Any:
    """An attribute or method of ndarray that no rule has, of a constant: of its values, which it is not to change."""
    v = like_in_memory(x)
    if name != "flags":
        v.flags.writeable = False
    return getattr(v, name)


def set_flags(x: Array, write: bool | None = None, align: Any = None, uic: Any = None) -> None:
    """As ndarray.setflags: whether elements may be assigned."""
    if write is None or x.slot >= 0:
        return
    slots = x.slots
    store = x.store or (Store(*span(slots)) if is_shared(slots) else Store(0, 0))
    x.store = store.root if write else Window(store)


def resize(x: Array, *shape: Any, refcheck: bool = True) -> None:
    """As ndarray.resize, of a constant: its elements, and zeros beyond them, in another shape."""
    if not x.constant:
        raise RecordingError(
            "the method resize of a recorded array is not supported: an array's shape and memory are not changed in place; "
            "bind the name anew: x = np.resize(x, shape)"
        )
    values = x.value()
    values.resize(*shape, refcheck=False)
    new = constants(x.tape, values)
    x.rename(new.slots)
    x.store = new.store


resize.is_refused = True  # type: ignore[attr-defined]
"""Of recorded values."""

Array._recordable = staticmethod(recordable)  # type: ignore[method-assign]
