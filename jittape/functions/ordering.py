"""Sorting, searching and choosing by value.

An order, an index or a place found is a decision of the program, not an operation: it is made with the present values
(`Array.value`), and what was chosen keeps its derivative. So sorting appends nothing to the tape, but for the comparisons
that a recording which is to be replayed guards (decisions.py).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array, plain_key
from jittape.array.protocols import METHODS, implements
from jittape.functions import decisions
from jittape.functions.lift import lift, normal_axis, settle, tape_of


def ranked(x: Array, order: NDArray[Any], axis: int) -> Any:
    """The elements of `x` in an order along an axis."""
    slots = np.empty_like(x.slots)
    slots[...] = np.take_along_axis(x.slots, order, axis)
    return x.view(slots)


def _operand(x: Array, axis: Any) -> tuple[Array, int]:
    return (x.reshape(-1), 0) if axis is None else (x, normal_axis(axis, x.ndim))


STABLE = ("stable", "mergesort")
"""Kinds that leave equal elements in the order in which they stand."""


@implements(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """By the stable order, whichever was asked for: the values are the same, and equal elements are the same ones at each call."""
    a, axis = _operand(a, axis)
    values = a.value()
    np.sort(values[:0], kind=kind, order=order, stable=stable)  # NumPy's errors
    found = np.argsort(values, axis, "stable")
    decisions.order(a, values, found, axis, "the order that np.sort finds")
    return ranked(a, found, axis)


@implements(np.argsort, method=True)
def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """NumPy's order, that of equal elements included: where it is not a stable one, it is a path's as long as the same are equal."""
    a, axis = _operand(a, axis) if a.ndim else (a.reshape(-1), normal_axis(-1 if axis is None else axis, 1))
    values = a.value()
    found = np.argsort(values, axis, kind=kind, order=order, stable=stable)
    decisions.order(a, values, found, axis, "the order that np.argsort finds", ties=not (stable or kind in STABLE))
    return found


def _arranged(a: Array, axis: int, what: str) -> NDArray[Any]:
    """The values of what NumPy's selections arrange: in the same way wherever all of them compare alike."""
    values = a.value()
    if decisions.guarded(a):
        decisions.order(a, values, np.argsort(values, axis, "stable"), axis, what, ties=True)
    return values


@implements(np.partition)
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """NumPy's arrangement, which on some processors is another one than that of `argpartition`: found by the ranks of what it returns."""
    a, axis = _operand(a, axis)
    values = _arranged(a, axis, "the order that np.partition finds")
    parted = np.partition(values, plain_key(kth), axis, kind, order)
    ranks = np.argsort(np.argsort(parted, axis, "stable"), axis)
    return ranked(a, np.take_along_axis(np.argsort(values, axis, "stable"), ranks, axis), axis)


@implements(np.argpartition, method=True)
def argpartition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    a, axis = _operand(lift(tape_of(a, kth), a), axis)  # type: ignore[arg-type]
    return np.argpartition(_arranged(a, axis, "the order that np.argpartition finds"), plain_key(kth), axis, kind, order)


def _sort_in_place(x: Array, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
    x[...] = sort(x, axis, kind, order)


def _partition_in_place(x: Array, kth: Any, axis: int = -1, kind: Any = "introselect", order: Any = None) -> None:
    x[...] = partition(x, kth, axis, kind, order)


METHODS["sort"] = _sort_in_place
METHODS["partition"] = _partition_in_place


@implements(np.lexsort)
def lexsort(keys: Any, axis: int = -1) -> Any:
    keys = list(keys)
    found = np.lexsort([k.value() if isinstance(k, Array) else k for k in keys], axis)
    if tape := decisions.guarded(*keys):
        slots = np.stack([lift(tape, k).slots for k in reversed(keys)])
        if slots.ndim > 1:
            axis = normal_axis(axis, slots.ndim - 1)
            slots = np.moveaxis(slots, axis + 1, 1)
            decisions.lexicographic(tape, slots, np.moveaxis(found, axis, 0), "the order that np.lexsort finds")
    return found


@implements(np.sort_complex)
def sort_complex(a: Any) -> Any:
    return sort(a).astype(complex)


# --- indices: plain integers --------------------------------------------------------------------------------------------


def _value(x: Any) -> Any:
    return x.value() if isinstance(x, Array) else np.asarray(x)


def _extreme(name: str) -> None:
    """Record np.argmax and its like: plain integers."""
    function = getattr(np, name)
    what = f"the place that np.{name} finds"

    def rule(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        try:
            found = function(a.value(), axis, out, keepdims=keepdims)
        except ValueError:  # of NaN alone
            a.decide(what)
            raise
        axis = None if axis is None else normal_axis(axis, a.ndim)
        decisions.extreme(a, found, axis, name.endswith("max"), what, skip_nan=name.startswith("nan"))
        return found

    rule.__name__ = name
    implements(function, method=False if name.startswith("nan") else name)(rule)


for _name in ("argmax", "argmin", "nanargmax", "nanargmin"):
    _extreme(_name)


def _searched(a: Any, v: Any, side: str, what: str) -> Any:
    found = np.searchsorted(_value(a), _value(v), side)  # type: ignore[call-overload]
    decisions.bracket(a, v, found, side, what)
    return found


@implements(np.searchsorted, method=True)
def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    a, v = settle(a), settle(v)
    return _searched(a if sorter is None else a[plain_key(sorter)], v, side, "the place that np.searchsorted finds")


@implements(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    x, bins = settle(x), settle(bins)
    what, side = "the bin that np.digitize finds", "left" if right else "right"
    try:
        np.digitize(0.0, _value(bins))
    except ValueError:  # they rise and fall
        if isinstance(bins, Array):
            bins.decide(what)
        raise
    if bins.size and bins[0] > bins[-1]:
        return bins.size - _searched(bins[::-1], x, side, what)
    return _searched(bins, x, side, what)


@implements(np.isin)
def isin(element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None) -> Any:
    element, test = settle(element), settle(test_elements).reshape(-1)
    found = np.isin(_value(element), _value(test), assume_unique, invert, kind=kind)
    tape = decisions.guarded(element, test)
    if tape is not None and test.size:
        same = lift(tape, element).reshape(*element.shape, 1) == lift(tape, test)
        same.any(axis=-1).decide("what np.isin finds")
    return found


@implements(np.unique)
def unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: Any = None, *,
           equal_nan: bool = True, sorted: bool = True) -> Any:  # fmt: skip
    """The derivative of a value that occurs several times goes to its first occurrence."""
    values = ar.value()
    find: Any = np.unique
    _, index, *rest = find(values, True, return_inverse, return_counts, axis, equal_nan=equal_nan)
    what = "the order that np.unique finds"
    if decisions.guarded(ar) and axis is not None:
        rows = np.moveaxis(ar.slots, normal_axis(axis, ar.ndim), 0)
        keys = rows.reshape(len(rows), -1).T if rows.size else np.empty((0, len(rows)), np.int32)
        if len(keys):
            decisions.lexicographic(ar.tape, keys, np.lexsort(ar.tape.value[keys[::-1]]), what, ties=True)
    elif decisions.guarded(ar):
        flat = ar.reshape(-1)
        decisions.order(flat, values.reshape(-1), np.argsort(values, None, "stable"), 0, what, ties=True)
    slots = ar.slots.reshape(-1)[index] if axis is None else np.take(ar.slots, index, axis)
    found = (ar.view(slots), *((index,) if return_index else ()), *rest)
    return found if len(found) > 1 else found[0]


@implements(getattr(np, "unique_values", None))
def unique_values(x: Any, /) -> Any:
    return unique(x, equal_nan=False)


def _unique_parts(name: str, **options: bool) -> None:
    function = getattr(np, name, None)
    if function is None:
        return

    def rule(x: Any, /) -> Any:
        plain = function(x.value())  # for its type; `unique` guards what it finds
        return type(plain)(*unique(x, equal_nan=False, **options))

    implements(function)(rule)


_unique_parts("unique_all", return_index=True, return_inverse=True, return_counts=True)
_unique_parts("unique_counts", return_counts=True)
_unique_parts("unique_inverse", return_inverse=True)
