"""What is a function of numba.njit: an object of Numba's own class of dispatchers.

An attribute says nothing: `functools.wraps` copies `py_func` and all else to whatever wraps such a function, its gradient for one.
"""

from __future__ import annotations

import sys
from typing import Any


def is_dispatcher(f: Any) -> bool:
    """Whether `f` is what `numba.njit` returned."""
    numba = sys.modules.get("numba.core.dispatcher")  # whoever has one has imported it; the front ends do not, at start-up
    return numba is not None and isinstance(f, numba.Dispatcher)


def python_function(f: Any) -> Any:
    """The function of Python that a dispatcher compiles; any other function itself."""
    return f.py_func if is_dispatcher(f) else f
