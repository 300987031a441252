"""Structural functions: NumPy's own, applied to slot numbers. They append nothing to the tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jittape.array.array import Array, Mask, gather, listed, plain_key
from jittape.array.operators import is_boolean
from jittape.array.protocols import IN_STEPS, METHODS, implements, tape_of
from jittape.array.stores import Store
from jittape.functions.lift import as_zero_d
from jittape.instructions.references import Slots
from jittape.tape.arrays import READ, VIEWED
from jittape.tape.tape import Tape

READ_ONLY = frozenset(("broadcast_to", "diagonal"))
"""Functions whose result is a view that NumPy does not let be assigned to."""


def join(tape: Tape, slots: Any, parts: Sequence[Any]) -> Any:
    """The recorded array that a function made of several parts: of truth values or constant if all parts are."""
    kind = Mask if parts and all(map(is_boolean, parts)) else Array
    if not isinstance(slots, np.ndarray):
        return kind(tape, int(slots))
    constant = all(p.constant if isinstance(p, Array) else True for p in parts)
    return kind.of(tape, slots, Store(0, 0, True) if constant else None)


def leaves(x: Any) -> list[Any]:
    """The elements of a nested list."""
    return [leaf for v in x for leaf in leaves(v)] if isinstance(x, (list, tuple)) else [x]


def filled(function: Callable[..., Any], x: Array, *args: Any) -> Array:
    """A function that moves elements and fills the rest with zeros, applied to slots."""
    moved = function(x.slots + 1, *args)
    return join(x.tape, np.where(moved == 0, x.tape.constant(0.0), moved - 1).astype(np.int32), (x,))  # type: ignore[no-any-return]


def asks(x: Array, *given: Any) -> None:
    """Note that it depends on the layout of an array whether a result is a view, and for some orders what it holds."""
    if x.slot < 0:
        x.tape.layout |= READ if any(isinstance(order, str) and order in "KkAa" for order in given) else VIEWED


def slots_of(x: Array) -> Any:
    """The slots of an array; of a number a number, of which NumPy's functions make what they make of numbers."""
    return np.int32(x.slot) if x.slot >= 0 else x.slots


def result_of(x: Array, result: Any, read_only: bool = False) -> Any:
    if isinstance(result, (list, tuple)):
        return type(result)(x.view(r, read_only) for r in result)
    return x.view(result, read_only)


def _one(name: str, *, method: bool = False) -> None:
    """Record np.name, which rearranges its first argument, by applying it to the slots."""
    function = getattr(np, name, None)
    if function is None:
        return

    def rule(x: Any, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = plain_key(args), {k: plain_key(v) for k, v in kwargs.items()}
        if not isinstance(x, Array):
            return function(x, *args, **kwargs)
        if name in ("ravel", "reshape"):
            asks(x, *args, kwargs.get("order"))
        return result_of(x, function(slots_of(x), *args, **kwargs), name in READ_ONLY)

    rule.__name__ = name
    implements(function, method=method and name, view=name not in ("repeat", "take", "roll", "tile", "delete"))(rule)


for _name in ("ravel", "reshape", "transpose", "swapaxes", "squeeze", "repeat", "diagonal", "take"):
    _one(_name, method=True)
for _name in ("broadcast_to", "moveaxis", "rollaxis", "expand_dims", "flip", "fliplr", "flipud", "rot90", "roll", "tile",
              "split", "array_split", "hsplit", "vsplit", "dsplit", "delete", "matrix_transpose", "permute_dims",
              "unstack"):  # fmt: skip
    _one(_name)



def flatten(x: Array, order: str = "C") -> Any:
    asks(x, order)
    return x.view(slots_of(x).flatten(order))


def reshape(x: Array, *shape: Any, **kwargs: Any) -> Any:
    asks(x, kwargs.get("order"))
    return x.view(slots_of(x).reshape(*plain_key(shape), **kwargs))


METHODS["flatten"] = flatten
METHODS["reshape"] = implements(view=True)(reshape)
METHODS["transpose"] = implements(view=True)(lambda x, *axes: x.view(slots_of(x).transpose(*axes)))


@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    return x.view(np.fft.fftshift(x.slots, axes))


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    return x.view(np.fft.ifftshift(x.slots, axes))


@implements(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    if not a.size:
        return join(a.tape, np.full(new_shape, a.tape.constant(0.0), np.int32), (a,))
    return a.view(np.resize(a.slots, plain_key(new_shape)))


@implements(np.lib.stride_tricks.sliding_window_view, view=True)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    windows = np.lib.stride_tricks.sliding_window_view(x.slots, window_shape, axis)
    return x.view(windows, True)


# --- several arrays to one --------------------------------------------------------------------------------------------


def _joining(name: str) -> None:
    """Record np.name, which joins a sequence of arrays, by applying it to their slots."""
    function = getattr(np, name, None)
    if function is None:
        return

    def rule(arrays: Any, *args: Any, dtype: Any = None, casting: Any = None, **kwargs: Any) -> Any:
        if isinstance(arrays, Array):
            return real(join(arrays.tape, function(arrays.slots, *args, **kwargs), (arrays,)), dtype)
        arrays = list(arrays)
        tape = tape_of(arrays)
        return real(join(tape, function([gather(tape, a) for a in arrays], *args, **kwargs), leaves(arrays)), dtype)

    rule.__name__ = name
    implements(function)(rule)


def _stored_in_turn(out: Any, arrays: Any, axis: Any = 0, **_: Any) -> None:
    """Store what is joined part by part, as NumPy does: a part that looks at `out` is read when those before it stand there."""
    parts = [np.ravel(a) for a in arrays] if axis is None else list(arrays)
    axis, start = (axis or 0) % out.ndim, 0
    for part in parts:
        n = np.shape(part)[axis]
        out[(*(slice(None),) * axis, slice(start, start + n))] = part
        start += n


def _stacked_in_turn(out: Any, arrays: Any, axis: Any = 0, **_: Any) -> None:
    for k, part in enumerate(arrays):
        out[(*(slice(None),) * (axis % out.ndim), k)] = part


IN_STEPS.update({np.concatenate: _stored_in_turn, np.stack: _stacked_in_turn})


def real(x: Any, dtype: Any) -> Any:
    """The array in the dtype that was asked for."""
    return x if dtype is None or np.dtype(dtype).kind == "f" else x.astype(dtype)


for _name in ("concatenate", "stack", "hstack", "vstack", "row_stack", "dstack", "column_stack"):
    if _name in np.__all__:
        _joining(_name)


@implements(np.block)
def block(arrays: Any) -> Any:
    tape = tape_of([arrays])

    def deep(x: Any) -> Any:
        return [deep(v) for v in x] if isinstance(x, list) else gather(tape, x)

    return join(tape, np.block(deep(arrays)), leaves(arrays))


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    tape = tape_of([arr, values])
    return join(tape, np.append(gather(tape, arr), gather(tape, values), axis), leaves([arr, values]))


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    tape = tape_of([arr, values])
    if tape is None:
        return np.insert(arr, plain_key(obj), values, axis)
    return join(tape, np.insert(gather(tape, arr), plain_key(obj), gather(tape, values), axis), leaves([arr, values]))


@implements(np.choose)
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    tape = tape_of([choices])
    if tape is None:
        return np.choose(plain_key(a), choices, mode=mode)  # type: ignore[call-overload]
    parts = choices if isinstance(choices, (list, tuple)) else list(choices)
    return join(tape, np.choose(plain_key(a), [gather(tape, c) for c in parts], mode=mode), leaves(parts))  # type: ignore[call-overload]


METHODS["choose"] = choose

# --- several arrays to as many ------------------------------------------------------------------------------------------


def _arrays(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments that are arrays each, lists of recorded values among them."""
    tape = tape_of(args)
    return tuple(listed(tape, a) if isinstance(a, (list, tuple)) else a for a in args)


@implements(np.broadcast_arrays, view=True)
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    args = _arrays(args)
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(as_zero_d(a) if np.shape(a) == shape and isinstance(a, Array) else np.broadcast_to(a, shape) for a in args)


@implements(np.meshgrid, view=True)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    xi = _arrays(xi)
    grids = np.meshgrid(  # type: ignore[call-overload]
        *(x.slots if isinstance(x, Array) else x for x in xi), copy=copy, sparse=sparse, indexing=indexing
    )
    return type(grids)(
        x.view(g, not copy and not sparse) if isinstance(x, Array) else g for x, g in zip(xi, grids, strict=True)
    )


for _function in (np.tril_indices_from, np.triu_indices_from, np.diag_indices_from):
    implements(_function)(lambda arr, *args, f=_function, **kwargs: f(np.broadcast_to(0.0, arr.shape), *args, **kwargs))


@implements(np.ix_)
def ix_(*args: Any) -> tuple[Any, ...]:
    return np.ix_(*plain_key(args))


def _atleast(name: str) -> None:
    function = getattr(np, name)

    def rule(*arys: Any) -> Any:
        arys = _arrays(arys)
        found = tuple(a.view(function(a.slots)) if isinstance(a, Array) else function(a) for a in arys)
        return found[0] if len(found) == 1 else found

    implements(function, view=True)(rule)


for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    _atleast(_name)

# --- what fills with zeros ----------------------------------------------------------------------------------------------


@implements(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    return filled(np.tril, m, k)


@implements(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    return filled(np.triu, m, k)


@implements(np.diag, view=True)
def diag(v: Any, k: int = 0) -> Any:
    return filled(np.diag, v, k) if v.ndim == 1 else v.view(np.diag(v.slots, k), True)


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    return filled(np.diagflat, v, k)


# --- selection ------------------------------------------------------------------------------------------------------------


def _select(x: Any, function: Callable[[Any], Any]) -> Any:
    return x.view(function(x.slots)) if isinstance(x, Array) else function(x)


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    return _select(a, lambda s: np.compress(_truth(condition), s, axis))


METHODS["compress"] = lambda x, condition, axis=None: compress(condition, x, axis)


def _truth(condition: Any) -> Any:
    return (
        condition.truth("a condition") if isinstance(condition, Array) else np.asarray(plain_key(condition)) != 0
    )


@implements(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    return _select(arr, lambda s: np.extract(_truth(condition), s))


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    return _select(arr, lambda s: np.take_along_axis(s, plain_key(indices), axis))


@implements(np.nonzero, method=True)
def nonzero(a: Any) -> tuple[Any, ...]:
    return np.nonzero(a.truth("what np.nonzero finds"))


@implements(np.flatnonzero)
def flatnonzero(a: Any) -> Any:
    return np.flatnonzero(a.truth("what np.flatnonzero finds"))


@implements(np.argwhere)
def argwhere(a: Any) -> Any:
    return np.argwhere(a.truth("what np.argwhere finds"))


@implements(np.trim_zeros, view=True)
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    if trim.lower() not in ("f", "b", "fb", "bf"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    axes = range(filt.ndim) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, filt.ndim)
    if not len(axes):
        return filt
    places = np.argwhere(filt.truth("what np.trim_zeros finds"))
    nothing = not len(places)  # then NumPy leaves nothing, whichever end was to be trimmed
    first, last = (np.zeros(filt.ndim, int),) * 2 if nothing else (places.min(0), places.max(0) + 1)
    front, back = nothing or "f" in trim.lower(), nothing or "b" in trim.lower()
    return filt[tuple(slice(first[a] if front else None, last[a] if back else None) if a in axes else slice(None) for a in range(filt.ndim))]


# --- properties ---------------------------------------------------------------------------------------------------------


class Flat:
    """What `x.flat` is: the elements in C order, to be read, assigned to and iterated."""

    __array_ufunc__ = None

    def __init__(self, x: Array) -> None:
        self.x = x

    def __len__(self) -> int:
        return self.x.size

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        return self.x.view(self._slots().flat[plain_key(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        slots, new = self.x.storing(_elements(value))
        slots.flat[plain_key(key)] = new

    def fill(self, value: Any) -> None:
        """Store values in all elements: repeated, or as many as there is room for."""
        slots, new = self.x.storing(_elements(value))
        slots.flat = new  # type: ignore[assignment, misc]

    def copy(self) -> Any:
        return self[:]

    def _slots(self) -> Slots:
        return self.x.slots


def _elements(value: Any) -> Any:
    """What NumPy makes of `x.flat` that is to be stored: a view where there is one."""
    return value.x.reshape(-1) if isinstance(value, Flat) else value


def _property(name: str, rule: Any) -> None:
    rule.is_property = True
    METHODS[name] = rule


_property("T", lambda x: x.view(x.slots.T) if x.ndim else x)
_property("mT", lambda x: x.view(x.slots.mT))
_property("flat", lambda x: Flat(x))
_property("real", lambda x: x)


def _strides(x: Any) -> tuple[int, ...]:
    x.tape.layout |= READ
    return tuple(st // x.slots.itemsize * x.itemsize for st in x.slots.strides)


_property("strides", _strides)
_property("device", lambda x: "cpu")


@implements(np.shape)
def shape(x: Any) -> tuple[int, ...]:
    return x.shape  # type: ignore[no-any-return]


@implements(np.ndim)
def ndim(x: Any) -> int:
    return x.ndim  # type: ignore[no-any-return]


@implements(np.size)
def size(x: Any, axis: Any = None) -> int:
    if axis is None:
        return x.size  # type: ignore[no-any-return]
    return int(np.prod([x.shape[a] for a in (axis if isinstance(axis, tuple) else (axis,))]))
