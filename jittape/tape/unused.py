"""Whether anything else refers to an object: what nobody looks at any more is used again.

CPython answers exactly: it counts references. Somebody else who holds one (a debugger, a traceback, a cell of a notebook) makes the count higher, and then
the object is not used again. Another Python has no counts: nothing is unused there.
"""

from __future__ import annotations

import sys
from typing import Any

EXACT = sys.implementation.name == "cpython"
"""Whether references are counted."""


def references(things: list[Any], k: int) -> int:
    """How many references there are to an element of a list, those that the question itself makes included."""
    return sys.getrefcount(things[k]) if EXACT else sys.maxsize


ONLY_THE_LIST = references([object()], 0)
"""The answer where nothing but the list refers to the element: asked in the same way, since what a call adds to the count is
the interpreter's affair."""


def unused(things: list[Any], k: int, known: int = 0) -> bool:
    """Whether nothing but this list, and so many others that are known, refers to its element k."""
    return EXACT and references(things, k) <= ONLY_THE_LIST + known
