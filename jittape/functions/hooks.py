"""Hooks by which rooms above take part in a primitive, which does not know them and is imported when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CALLERS: list[tuple[type, Callable[..., Any]]] = []
"""(class, call) of arguments that are recorded in their own way: call(f, *args) hands `f` recorded arrays in their place."""
COMPILED: list[Callable[[Any], Callable[..., Any]]] = []
"""Of a function of numba.njit: makes one that records natively, and can be called with recorded arrays."""


def recordable(f: Any) -> Any:
    """A function that takes recorded arrays: one of Python itself, of one of numba.njit what records natively."""
    if hasattr(f, "py_func"):
        for wrap in COMPILED:
            return wrap(f)
    return f
