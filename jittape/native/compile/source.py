"""Functions that are made from source text: the one place where native code comes out of `exec`.

Numba compiles what a function's code says, and some of it is known by type or by table only: how many elements a tuple has, which
parameters NumPy's function has, the expression of an operation. A loop would need one type for all elements, and a closure cannot
have parameters by other names. So the text is written for the case at hand.

Two things make such functions like others. Their module is that of who asks, as Numba's cache imports a function's module. And their
lines are known to `linecache`, so that tracebacks, errors of Numba's compiler and debuggers show them.
"""

from __future__ import annotations

import linecache
import zlib
from collections.abc import Mapping
from typing import Any


def from_source(text: str, module: str, names: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The functions that a text defines.

    Args:
        module: `__name__` of the module that writes the text.
        names: what the functions read from elsewhere: they are their globals.

    Returns:
        The functions' globals, the functions by their names among them.
    """
    path = f"<{module}:{zlib.crc32(text.encode()):08x}>"  # without a space: compile/explain.py looks for places in messages
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)  # no time of change: it is kept
    found: dict[str, Any] = {**(names or {}), "__name__": module}
    exec(compile(text, path, "exec"), found)
    return found
