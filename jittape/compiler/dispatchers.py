"""What is a function of numba.njit: an object of Numba's own class of dispatchers.

An attribute says nothing: `functools.wraps` copies `py_func` and all else to whatever wraps such a function, its gradient for one.
"""

from __future__ import annotations

from typing import Any

from numba.core.dispatcher import Dispatcher


def is_dispatcher(f: Any) -> bool:
    """Whether `f` is what `numba.njit` returned."""
    return isinstance(f, Dispatcher)


def python_function(f: Any) -> Any:
    """The function of Python that a dispatcher compiles; any other function itself."""
    return f.py_func if is_dispatcher(f) else f
