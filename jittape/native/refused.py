"""What is called outside of compiled code only, so that the error says so where it is called inside.

Whoever offers such a function says so here, from above; Numba is told of it when it is taught about Vars. This module imports nothing,
as the front ends, which are imported with the package, use it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

REFUSED: list[tuple[Any, str, str]] = []
"""Functions, their names for users, and what to do instead."""
FROM_PYTHON = "call it from Python"
_tell: Callable[[Any, str, str], None] | None = None


def refuse(f: Any, name: str, way: str = FROM_PYTHON) -> None:
    """Have the compiler refuse a call of a function, with the way round."""
    REFUSED.append((f, name, way))
    if _tell is not None:
        _tell(f, name, way)


def made_outside(name: str) -> str:
    """The way round for a driver that jittape.native has, too."""
    return f"make g = jittape.native.{name}(f) outside of it, and call g inside"


def watch(tell: Callable[[Any, str, str], None]) -> None:
    """From now on, what is refused is told at once."""
    global _tell
    _tell = tell
