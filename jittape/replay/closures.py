"""Recorded values that a function refers to without being given them: as arguments of a function of the same code."""

from __future__ import annotations

import copy
import functools
import operator
from collections.abc import Callable
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

from jittape import tree
from jittape.array.array import Array
from jittape.compiler.dispatchers import is_dispatcher
from jittape.functions.hooks import CALLERS


def is_recorded(x: Any) -> bool:
    """Whether a value is recorded: by an array of a recording, or in its own way (tensors)."""
    return isinstance(x, Array) or any(isinstance(x, kind) for kind, _ in CALLERS)


def opened(f: Any, inside: tuple[Any, ...] = ()) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """(recorded values that a function refers to, what makes the function that has others there).

    They are found in its closure, among the global variables that it names, where `functools.partial` bound them, in the attributes of the object
    whose method it is, and likewise in functions that its closure or such an object holds. The function that is made refers to what f refers to now, whatever is assigned to its variables later.

    Args:
        inside: functions that f stands in, which are not gone into again.
    """
    inside = (*inside, f)
    if isinstance(f, functools.partial):
        given, rebuild = _arrays((f.args, f.keywords), inside)
        inner, remake = opened(f.func, inside)
        count = len(given)

        def bound(values: list[Any]) -> Any:
            args, keywords = rebuild(values[:count])
            return functools.partial(remake(values[count:]), *args, **keywords)

        return [*given, *inner], bound
    if isinstance(f, MethodType) and isinstance(f.__func__, FunctionType):
        given, rebuild = _arrays(dict(getattr(f.__self__, "__dict__", {})), inside)
        inner, remake = opened(f.__func__, inside)
        if not given and not inner:
            return [], lambda values: f

        def method(values: list[Any]) -> Any:
            of = f.__self__
            if given:
                of = copy.copy(of)
                of.__dict__.update(rebuild(values[: len(given)]))
            return MethodType(remake(values[len(given) :]), of)

        return [*given, *inner], method
    if not isinstance(f, FunctionType):
        return [], lambda values: f
    cells, whole = f.__closure__ or (), f.__globals__
    names = [name for name in _names(f.__code__) if name in whole and is_recorded(whole[name])]
    if not cells and not names:
        return [], lambda values: f
    found = [_arrays(_contents(cell), inside) for cell in cells]
    kept = [cell if _contents(cell) is f or _unassigned(cell) else None for cell in cells]
    makers = [(len(given), rebuild) for given, rebuild in found]
    code, described, keywords, attributes = f.__code__, (f.__name__, f.__defaults__), f.__kwdefaults__, dict(f.__dict__)

    def closed(values: list[Any]) -> Any:  # it does not keep f, whose closure may hold the recording
        rest, new = list(values), []
        for cell, (count, rebuild) in zip(kept, makers, strict=True):
            mine, rest = rest[:count], rest[count:]
            new.append(CellType(rebuild(mine)) if cell is None else cell)
        g = FunctionType(code, {**whole, **dict(zip(names, rest, strict=True))} if names else whole, *described, tuple(new) or None)
        g.__kwdefaults__ = keywords
        g.__dict__.update(attributes)
        return g

    return [*(x for given, _ in found for x in given), *(whole[name] for name in names)], closed


@functools.cache
def _names(code: CodeType) -> tuple[str, ...]:
    """The global variables, and the attributes, that code names, and what is defined in it does."""
    inner = [name for constant in code.co_consts if isinstance(constant, CodeType) for name in _names(constant)]
    return tuple(dict.fromkeys([*code.co_names, *inner]))


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


def _arrays(x: Any, inside: tuple[Any, ...]) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The recorded values among the leaves of a tree, and those that functions among them refer to; and the way back."""
    leaves, rebuild = tree.flatten(x)
    found: list[Any] = []
    places: list[tuple[int, int, Callable[[list[Any]], Any]]] = []
    plain = list(leaves)
    for i, leaf in enumerate(leaves):
        if is_recorded(leaf):
            values, remake = [leaf], ONLY
        elif isinstance(leaf, (FunctionType, MethodType, functools.partial)) and not any(leaf is f for f in inside):
            values, remake = opened(leaf, inside)
        else:
            continue
        if values:
            plain[i] = None
            places.append((i, len(values), remake))
            found += values

    if not found:  # the object itself, which others may refer to
        return [], lambda values: x

    def back(values: list[Any]) -> Any:
        full, at = list(plain), 0
        for i, count, remake in places:
            full[i] = remake(values[at : at + count])
            at += count
        return rebuild(full)

    return found, back


ONLY: Callable[[list[Any]], Any] = operator.itemgetter(0)


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
