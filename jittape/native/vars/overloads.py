"""Overloads that come before Numba's own, and that are known at once.

Numba tries the overloads of a function in the order in which they were registered, and its own take many functions of recorded
numbers too: which came first depended on whether anything had been compiled before. Those for a target come before those for any.
"""

from __future__ import annotations

from typing import Any

import numba.extending
from numba.core.registry import cpu_target


def overload(f: Any, **options: Any) -> Any:
    """`numba.extending.overload`, tried before those of Numba."""
    return numba.extending.overload(f, target="cpu", **options)


def refresh() -> None:
    """What is registered while a function is compiled is known to Numba at once."""
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
