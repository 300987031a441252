"""Numba functions that users hand in where functions of recorded arrays belong. How they record is known to native/, which says so here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_wrap: Callable[[Any], Any] | None = None


def set_wrap(wrap: Callable[[Any], Any]) -> None:
    """Say what makes a function of numba.njit one that takes recorded arrays."""
    global _wrap
    _wrap = wrap


def recordable(f: Any) -> Any:
    """A function that takes recorded arrays; None stays."""
    return _wrap(f) if _wrap is not None and hasattr(f, "py_func") else f
