"""Overloads that come before Numba's own.

Numba tries the overloads of a function in the order in which they were registered, and its own take many functions of recorded
numbers too: which came first depended on whether anything had been compiled before. Those for a target come before those for any.
"""

from __future__ import annotations

from typing import Any

import numba.extending


def overload(f: Any, **options: Any) -> Any:
    """`numba.extending.overload`, tried before those of Numba."""
    return numba.extending.overload(f, target="cpu", **options)
