"""Callbacks that native code calls by symbols: no address of this process is written into compiled code, so that it can be cached.

What symbols there are is declared in `jittape_numba`, for which see there.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm

from jittape_numba import prototype

CALLBACKS: dict[str, Any] = {}
"""By symbols, the C functions behind them, which live as long as the process."""


def symbol(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: native code calls this function of integers by a symbol. Nothing that it raises may reach native code."""

    def add(f: Callable[..., Any]) -> Callable[..., Any]:
        CALLBACKS[name] = found = prototype(name)(f)
        llvm.add_symbol(name, ctypes.cast(found, ctypes.c_void_p).value)
        return f

    return add
