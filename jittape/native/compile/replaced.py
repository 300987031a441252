"""What the pass over users' functions replaces, by tables that the modules of native/numpy/ fill: it knows no function of NumPy itself."""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType, ModuleType
from typing import Any

import numpy as np
from numba import types

REPLACED: dict[Any, Any] = {}
"""Functions, mostly allocators, and what stands for them."""
ATTRIBUTES: dict[str, Any] = {}
"""Attributes of arrays, and the functions that stand for them."""
IN_PLACE: dict[Any, Any] = {}
"""Operators in place (operator.iadd), and the functions that stand for them."""
METHODS: dict[str, Any] = {}
"""Methods of numbers, and the functions that stand for them."""
CONTAINERS: dict[tuple[type, str], Any] = {}
"""Class methods of containers, by class and name, and what stands for them."""
CONVERSIONS: dict[Any, Any] = {}
"""Number types that are called in user code, and what stands for them."""
RULES: list[Callable[[Any], Any]] = []
"""Functions value -> what stands for it, or None, which are asked before all else: of functions that have rules of their own."""
STAND_INS: list[Callable[[Any], Any]] = []
"""The same, which are asked last: of things that are called but are no functions of njit."""

COMPLEX: list[Callable[[], None]] = []
"""Makes Numba know the rules of complex numbers, once they are needed; taken out then."""
COMPLEX_NAMES = {"complex", "complex64", "complex128", "csingle", "cdouble", "complexfloating", "c8", "c16", "D", "F", "cmath"}
"""What code that computes with complex numbers names."""


def teach_complex() -> bool:
    """Make Numba know the rules of complex numbers; whether it did not yet."""
    if not COMPLEX:
        return False
    COMPLEX.pop()()
    return True


def complexly(message: str) -> bool:
    """Whether an error of Numba's has to do with complex numbers whose rules it was not taught yet, and now is."""
    return "omplex" in message and teach_complex()


def is_complex(value: Any) -> bool:
    """Whether a constant, a type, a function or a module has to do with complex numbers."""
    if isinstance(value, tuple):
        return any(map(is_complex, value))
    if isinstance(value, (complex, np.ndarray, np.generic)):
        return isinstance(value, complex) or value.dtype.kind == "c"
    if isinstance(value, str):
        return value in COMPLEX_NAMES
    if isinstance(value, BuiltinFunctionType):
        return value.__module__ == "cmath"
    return isinstance(value, (type, ModuleType, types.Complex)) and getattr(value, "__name__", "complex") in COMPLEX_NAMES


def first(functions: list[Callable[[Any], Any]], value: Any) -> Any:
    """The first answer that is not None."""
    return next((found for f in functions if (found := f(value)) is not None), None)


def looked_up(table: dict[Any, Any], value: Any) -> Any:
    """What a table has for a value, None where it has nothing."""
    try:
        return table.get(value)
    except TypeError:  # not hashable, as pointers of ctypes
        return None
