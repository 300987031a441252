"""Arrays made like recorded ones, and arrays of constants that recorded values can be stored in."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import Array, gather, holds_recorded
from jittape.array.constants import only_constants, plain_values, recordable
from jittape.array.layout import lies_in
from jittape.array.protocols import implements, tape_of
from jittape.array.state import ComplexOperand, complexly
from jittape.array.stores import Store
from jittape.functions.structural import join, leaves
from jittape.instructions.references import Slots
from jittape.tape.arrays import VIEWED
from jittape.tape.tape import Tape


def is_real(dtype: Any) -> bool:
    """Whether arrays of this dtype are recorded real ones: integers, truth values and objects stay plain."""
    return dtype is None or np.dtype(dtype).kind == "f"


def full_of(tape: Tape, shape: Any, value: Any, order: str = "C") -> Array:
    """A recorded array with one number, or one recorded value, everywhere."""
    return filled_with(tape, np.empty(shape, np.int32, order), value)  # type: ignore[call-overload]


def filled_with(tape: Tape, slots: Slots, value: Any) -> Array:
    """A recorded array whose slots are filled with a value."""
    recorded = tape_of([value]) is not None and not (isinstance(value, Array) and value.constant)
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
        return Array.of(a.tape, slots, Store(0, 0, True))

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
    like = a.slots if isinstance(a, Array) else np.asarray(a)
    slots = np.empty_like(like, np.int32, order, shape=shape)  # type: ignore[call-overload]
    return filled_with(tape, slots, fill_value)


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return new_array(a, order=order)


def as_array(x: Any, dtype: Any = None) -> Any:
    """A recorded array, or a nested list with recorded values in it, as a recorded array."""
    if isinstance(x, Array):
        made = x
    else:
        tape = tape_of([x])
        if only_constants(x):
            return recordable(tape, np.array(plain_values(x), dtype))
        try:
            made = join(tape, gather(tape, x), leaves(x))
        except ComplexOperand:
            made = complexly().listed(x)
    return made if dtype is None or (is_real(dtype) and not made.is_mask) else made.astype(dtype)


def new_array(
    x: Any, dtype: Any = None, copy: Any = True, order: str | None = "K", subok: bool = False, ndmin: int = 0
) -> Any:
    """np.array of something recorded; with copy=None a copy is made where the order asks for one, with copy=False never."""
    made = as_array(x, dtype)
    if not isinstance(made, Array):
        return made
    if made.is_complex:
        return complexly().each_part(made, lambda part: new_array(part, None, copy if made is x else None, order, subok, ndmin))
    order = order or "K"
    if made.slot >= 0:
        if copy is False:
            raise ValueError(NO_COPY)
        made = type(made).of(made.tape, np.array(made.slot, np.int32))
    elif made is not x:  # of a list: it is new
        if order in "Ff":
            made = type(made).of(made.tape, np.asfortranarray(made.slots), made.store)
    elif copy or (order not in "KkAa" and (asks(made) or not lies_in(made.slots, order))):
        if copy is False:
            raise ValueError(NO_COPY)
        made = made.copy(order)
    if made.ndim < ndmin:
        made = made.reshape((1,) * (ndmin - made.ndim) + made.shape)
    return made


def asks(x: Array) -> bool:
    """Note that it depends on the layout of an array whether it is copied; False."""
    x.tape.layout |= VIEWED
    return False


NO_COPY = "Unable to avoid copy while creating an array as requested.\nIf using `np.array(obj, copy=False)` replace it with `np.asarray(obj)` to allow a copy when needed"


@implements(np.array)
def array_like(object: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """np.array(..., like=recorded): called for the class, so it does not know a tape unless something is recorded."""
    if isinstance(object, Array) or (isinstance(object, (list, tuple)) and holds_recorded(object)):
        return new_array(object, dtype, **kwargs)
    return np.array(object, dtype, **kwargs)


implements(np.asarray, np.asanyarray, view=True)(
    lambda a, dtype=None, order=None, *, copy=None, **kwargs: (
        new_array(a, dtype, copy, order) if tape_of([a]) is not None else np.asarray(a, dtype, order, copy=copy)
    )
)
implements(getattr(np, "astype", None), view=True)(lambda x, dtype, /, *, copy=True, device=None: x.astype(dtype, copy=copy))


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
