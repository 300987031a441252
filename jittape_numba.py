"""What Numba runs when it starts (entry point `numba_extensions`): the symbols that jittape's native code calls are there, whoever
loads that code from a cache. jittape itself is imported when one of them is called first.

This file is outside the package, as importing any of it would import jittape whenever Numba starts. So the symbols are declared
here, and the modules that make them are named as text; jittape reads both from here.
"""

from __future__ import annotations

import ctypes
import importlib
from typing import Any

SYMBOLS: dict[str, tuple[int | None, int]] = {
    "jittape_grow": (None, 1),
    "jittape_table": (0, 0),
    "jittape_new": (0, 0),
    "jittape_room": (None, 2),
    "jittape_finish": (None, 1),
    "jittape_drop": (None, 1),
    "jittape_stack": (None, 1),
    "jittape_whole": (2, 3),  # 2: the operation failed
    "jittape_append": (0, 0),
    "jittape_second": (0, 0),
    "jittape_directions": (None, 3),
    "jittape_kernel": (None, 2),
    "jittape_by_python": (None, 7),
    "jittape_pull": (0, 7),
    "jittape_judge": (0, 0),
}
"""Name -> what it answers where jittape cannot be imported (None where it has no result), number of arguments; all of them are int64."""
MODULES = (
    "jittape.native.recording.workspace",
    "jittape.native.recording.callbacks",
    "jittape.native.recording.recursion",
    "jittape.native.recording.second",
    "jittape.native.recording.nesting",
    "jittape.native.recording.judge",
    "jittape.native.prepare",
)
"""Modules that make the callbacks behind the symbols, and the operations that these are asked for."""
_kept: list[Any] = []


def prototype(name: str) -> Any:
    """The type of C function that a symbol stands for."""
    answer, arguments = SYMBOLS[name]
    return ctypes.CFUNCTYPE(None if answer is None else ctypes.c_int64, *[ctypes.c_int64] * arguments)


def _later(name: str) -> Any:
    def call(*arguments: int) -> Any:
        try:
            for module in MODULES:
                importlib.import_module(module)
            from jittape.native.recording.symbols import CALLBACKS

            return CALLBACKS[name](*arguments)
        except BaseException:  # nothing may reach native code
            return SYMBOLS[name][0]

    return call


def init() -> None:
    try:
        import llvmlite.binding as llvm

        for name in SYMBOLS:
            if llvm.address_of_symbol(name) is None:
                _kept.append(prototype(name)(_later(name)))
                llvm.add_symbol(name, ctypes.cast(_kept[-1], ctypes.c_void_p).value)
    except Exception:  # Numba works without it
        pass
