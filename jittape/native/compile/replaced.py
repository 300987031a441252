"""What the pass over users' functions replaces, by tables that the modules of native/numpy/ fill: it knows no function of NumPy itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

REPLACED: dict[Any, Any] = {}
"""Functions, mostly allocators, and what stands for them."""
ATTRIBUTES: dict[str, Any] = {}
"""Attributes of arrays, and the functions that stand for them."""
IN_PLACE: dict[Any, Any] = {}
"""Operators in place (operator.iadd), and the functions that stand for them."""
CONTAINERS: dict[tuple[type, str], Any] = {}
"""Class methods of containers, by class and name, and what stands for them."""
CONVERSIONS: dict[Any, Any] = {}
"""Number types that are called in user code, and what stands for them."""
RULES: list[Callable[[Any], Any]] = []
"""Functions value -> what stands for it, or None, which are asked before all else: of functions that have rules of their own."""
STAND_INS: list[Callable[[Any], Any]] = []
"""The same, which are asked last: of things that are called but are no functions of njit."""


def first(functions: list[Callable[[Any], Any]], value: Any) -> Any:
    """The first answer that is not None."""
    return next((found for f in functions if (found := f(value)) is not None), None)


def looked_up(table: dict[Any, Any], value: Any) -> Any:
    """What a table has for a value, None where it has nothing."""
    try:
        return table.get(value)
    except TypeError:  # not hashable, as pointers of ctypes
        return None
