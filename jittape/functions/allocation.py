"""Arrays made like recorded ones, and arrays of constants that recorded values can be stored in."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.append import constant_operand
from jittape.array.array import Array, gather, holds_recorded, loosen
from jittape.array.protocols import implements, tape_of
from jittape.array.stores import Store
from jittape.functions.structural import join, leaves
from jittape.tape.tape import Tape


def is_real(dtype: Any) -> bool:
    """Whether arrays of this dtype are recorded: integers, truth values, complex numbers and objects stay plain."""
    return dtype is None or np.dtype(dtype).kind == "f"


def constants(tape: Tape, values: Any) -> Array:
    """A recorded array that holds these numbers, to be assigned to."""
    values = np.asarray(values)
    slots = constant_operand(tape, values)[0]
    return Array.of(tape, slots.copy(order="K"), Store(0, 0, True))


def full_of(tape: Tape, shape: Any, value: Any, order: str = "C") -> Array:
    """A recorded array with one number, or one recorded value, everywhere."""
    recorded = isinstance(value, Array) and not value.constant
    slots = np.empty(shape, np.int32, order="F" if order == "F" else "C")
    slots[...] = gather(tape, value)
    return Array.of(tape, slots, None if recorded else Store(0, 0, True))


def _like(name: str, value: float) -> None:
    function = getattr(np, name)

    def rule(
        a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
    ) -> Any:
        dtype = a.dtype if dtype is None else np.dtype(dtype)
        shape = a.shape if shape is None else shape
        if not is_real(dtype):
            return np.full(shape, value, dtype)
        slots = np.full_like(a.slots, a.tape.constant(value), order=order, shape=shape)  # type: ignore[call-overload]
        return loosen(Array.of(a.tape, slots, Store(0, 0, True)), (a,))

    rule.__name__ = name
    implements(function)(rule)


for _name, _value in (("zeros_like", 0.0), ("ones_like", 1.0), ("empty_like", 0.0)):
    _like(_name, _value)


@implements(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    tape = tape_of([a, fill_value])
    dtype = a.dtype if dtype is None else np.dtype(dtype)
    shape = np.shape(a) if shape is None else shape
    if not is_real(dtype) and not isinstance(fill_value, Array):
        return np.full(shape, fill_value, dtype)
    if not is_real(dtype):
        return np.full(shape, fill_value.astype(dtype))
    return full_of(tape, shape, fill_value)


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return a.copy(order)


def as_array(x: Any, dtype: Any = None) -> Any:
    """A recorded array, or a nested list with recorded values in it, as a recorded array."""
    if isinstance(x, Array):
        made = x
    else:
        tape = tape_of([x])
        made = join(tape, gather(tape, x), leaves(x))
    return made if is_real(dtype) else made.astype(dtype)


def new_array(
    x: Any, dtype: Any = None, copy: Any = True, order: str = "K", subok: bool = False, ndmin: int = 0
) -> Any:
    """np.array of something recorded."""
    made = as_array(x, dtype)
    if isinstance(made, Array):
        if made.slot >= 0:
            made = type(made).of(made.tape, np.array(made.slot, np.int32))
        elif made is x and copy:
            made = made.copy()
        if made.ndim < ndmin:
            made = made.reshape((1,) * (ndmin - made.ndim) + made.shape)
    return made


@implements(np.array)
def array_like(object: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """np.array(..., like=recorded): called for the class, so it does not know a tape unless something is recorded."""
    if isinstance(object, Array) or (isinstance(object, (list, tuple)) and holds_recorded(object)):
        return new_array(object, dtype, **kwargs)
    return np.array(object, dtype, **kwargs)


implements(np.asarray, np.asanyarray)(
    lambda a, dtype=None, *args, **kwargs: as_array(a, dtype) if tape_of([a]) is not None else np.asarray(a, dtype)
)
implements(getattr(np, "astype", None))(lambda x, dtype, /, *, copy=True, device=None: x.astype(dtype))


@implements(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """As np.linspace, of recorded ends."""
    delta = np.subtract(stop, start)
    t = np.linspace(0.0, 1.0, num, endpoint).reshape((-1,) + (1,) * delta.ndim)
    points = np.moveaxis(start + delta * t, 0, axis)
    intervals = num - 1 if endpoint else num
    return (points, delta / intervals if intervals > 0 else delta * np.nan) if retstep else points


@implements(np.logspace)
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    """As np.logspace, of recorded ends."""
    exponents = (
        linspace(start, stop, num, endpoint, axis=axis)
        if tape_of([start, stop]) is not None
        else np.linspace(start, stop, num, endpoint, axis=axis)
    )
    return np.power(base, exponents)


@implements(np.geomspace)
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """As np.geomspace, of recorded ends of one sign."""
    ratio = np.divide(stop, start)
    return start * np.exp(linspace(0.0, np.log(ratio), num, endpoint, axis=axis))
