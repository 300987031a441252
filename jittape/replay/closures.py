"""Recorded values that a function refers to without being given them: as arguments of a function of the same code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

from jittape import tree
from jittape.array.array import Array
from jittape.compiler.dispatchers import is_dispatcher
from jittape.functions.hooks import CALLERS


def is_recorded(x: Any) -> bool:
    """Whether a value is recorded: by an array of a recording, or in its own way (tensors)."""
    return isinstance(x, Array) or any(isinstance(x, kind) for kind, _ in CALLERS)


def opened(f: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """(recorded values in the closure of a function, or bound by `functools.partial`; what makes the function that has others there).

    The function that is made refers to what f refers to now, whatever is assigned to its variables later.
    """
    if isinstance(f, functools.partial):
        given, rebuild = _arrays((f.args, f.keywords))
        inner, remake = opened(f.func)
        count = len(given)

        def bound(values: list[Any]) -> Any:
            args, keywords = rebuild(values[:count])
            return functools.partial(remake(values[count:]), *args, **keywords)

        return [*given, *inner], bound
    cells = (f.__closure__ or ()) if isinstance(f, FunctionType) else ()
    if not cells:
        return [], lambda values: f
    found = [_arrays(_contents(cell)) for cell in cells]
    kept = [cell if _contents(cell) is f or _unassigned(cell) else None for cell in cells]
    makers = [(len(given), rebuild) for given, rebuild in found]
    described, keywords = (f.__code__, f.__globals__, f.__name__, f.__defaults__), f.__kwdefaults__

    def closed(values: list[Any]) -> Any:  # it does not keep f, whose closure may hold the recording
        rest, new = list(values), []
        for cell, (count, rebuild) in zip(kept, makers, strict=True):
            mine, rest = rest[:count], rest[count:]
            new.append(CellType(rebuild(mine)) if cell is None else cell)
        g = FunctionType(*described, tuple(new))
        g.__kwdefaults__ = keywords
        return g

    return [x for given, _ in found for x in given], closed


def _unassigned(cell: Any) -> bool:
    try:
        return cell.cell_contents is None
    except ValueError:
        return True


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return None


def _arrays(x: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The recorded values among the leaves of a tree, and the way back."""
    leaves, rebuild = tree.flatten(x)
    places = [i for i, leaf in enumerate(leaves) if is_recorded(leaf)]
    plain = [None if is_recorded(leaf) else leaf for leaf in leaves]

    def back(values: list[Any]) -> Any:
        full = list(plain)
        for i, value in zip(places, values, strict=True):
            full[i] = value
        return rebuild(full)

    return [leaves[i] for i in places], back


class Same:
    """An object, equal to itself alone, which lives as long as it is compared."""

    __slots__ = ("of",)

    def __init__(self, of: Any) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.of is other.of

    def __hash__(self) -> int:
        return id(self.of)


def identity(f: Any) -> Any:
    """What a function is, for comparing: its code and what it refers to, but for recorded values."""
    if isinstance(f, functools.partial):
        return (identity(f.func), *map(same, f.args), *((name, same(x)) for name, x in f.keywords.items()))
    code = None if is_dispatcher(f) else getattr(f, "__code__", None)
    if code is None:
        return Same(f)
    bound = [*map(_contents, getattr(f, "__closure__", None) or ()), *(getattr(f, "__defaults__", None) or ())]
    return (code, Same(getattr(f, "__self__", None)), *map(same, bound))


def same(x: Any) -> Any:
    """A value for comparing: numbers and texts by value, recorded ones as any other, which they are given as."""
    if is_recorded(x):
        return Array
    if isinstance(x, (tuple, list)):
        return (type(x), *map(same, x))
    if isinstance(x, dict):
        return (dict, *((same(name), same(value)) for name, value in x.items()))
    return (type(x), repr(x)) if x is None or isinstance(x, (bool, int, float, complex, str, bytes)) else Same(x)
