"""Sorting, searching and choosing by value.

An order, an index or a place found is a decision of the program, not an operation: it is made with the present values
(`Array.decide`), and what was chosen keeps its derivative. So sorting appends nothing to the tape.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array import Array
from jittape.functions.dispatch import METHODS, REASONS, implements
from jittape.functions.lift import decided, normal_axis
from jittape.tape.references import Slots


def ranked(x: Array, order: NDArray[Any], axis: int) -> Any:
    """The elements of `x` in an order along an axis."""
    return x.view(np.take_along_axis(x.slots, order, axis))


def _operand(x: Array, axis: Any) -> tuple[Array, int]:
    return (x.reshape(-1), 0) if axis is None else (x, normal_axis(axis, x.ndim))


@implements(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    a, axis = _operand(a, axis)
    return ranked(a, np.argsort(a.decide("the order that np.sort finds"), axis, kind or "stable", order), axis)


@implements(np.partition)
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    a, axis = _operand(a, axis)
    return ranked(a, np.argpartition(a.decide("the order that np.partition finds"), kth, axis, kind, order), axis)


@implements(np.argsort, method=True)
def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    return np.argsort(decided(a, "np.argsort"), axis, kind, order, stable=stable)


@implements(np.argpartition, method=True)
def argpartition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    return np.argpartition(decided(a, "np.argpartition"), kth, axis, kind, order)


def _sort_in_place(x: Array, axis: int = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
    x[...] = sort(x, axis, kind, order)


def _partition_in_place(x: Array, kth: Any, axis: int = -1, kind: Any = "introselect", order: Any = None) -> None:
    x[...] = partition(x, kth, axis, kind, order)


METHODS["sort"] = _sort_in_place
METHODS["partition"] = _partition_in_place


@implements(np.lexsort)
def lexsort(keys: Any, axis: int = -1) -> Any:
    what = "np.lexsort"
    return np.lexsort(decided(keys, what) if isinstance(keys, Array) else tuple(decided(k, what) for k in keys), axis)


REASONS[np.sort_complex] = "it makes complex numbers; use np.sort"


# --- indices: plain integers --------------------------------------------------------------------------------------------


def _index(name: str, *, method: bool = False) -> None:
    """Record np.name, whose result is plain integers or truth values found from the values of its arguments."""
    function = getattr(np, name, None)
    if function is None:
        return

    def rule(*args: Any, **kwargs: Any) -> Any:
        what = f"np.{name}"
        args = tuple(a.decide(what) if isinstance(a, Array) else a for a in args)
        kwargs = {k: v.decide(what) if isinstance(v, Array) else v for k, v in kwargs.items()}
        return function(*args, **kwargs)

    rule.__name__ = name
    implements(function, method=method and name)(rule)


for _name in ("argmax", "argmin", "searchsorted"):
    _index(_name, method=True)
for _name in ("digitize", "isin"):
    _index(_name)


@implements(np.unique)
def unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: Any = None, *,
           equal_nan: bool = True, sorted: bool = True) -> Any:  # fmt: skip
    """The derivative of a value that occurs several times goes to its first occurrence."""
    values = ar.decide("the order that np.unique finds")
    find: Any = np.unique
    _, index, *rest = find(values, True, return_inverse, return_counts, axis, equal_nan=equal_nan)
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
        plain = function(x.decide(f"the order that np.{name} finds"))
        return type(plain)(*unique(x, equal_nan=False, **options))

    implements(function)(rule)


_unique_parts("unique_all", return_index=True, return_inverse=True, return_counts=True)
_unique_parts("unique_counts", return_counts=True)
_unique_parts("unique_inverse", return_inverse=True)


def first_axis_order(slots: Slots, values: NDArray[Any]) -> Slots:
    """Slots in ascending order of their values along the first axis, NaN last."""
    return np.take_along_axis(slots, np.argsort(values, axis=0, kind="stable"), 0)
