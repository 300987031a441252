"""The table of rules for complex arrays, which the other modules of this room fill, and rooms above where functions are theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RULES: dict[Any, Callable[..., Any]] = {}
"""NumPy function or ufunc -> its rule, where an argument is complex; it is called with the arguments as they were given."""
METHODS: dict[str, Callable[..., Any]] = {}
"""Method or attribute -> a function whose first argument is the array; of the others, those of real arrays that are the function's of this name."""
PROPERTIES: set[str] = set()
"""Which of these are attributes."""
DATA: dict[Any, tuple[int | str, ...]] = {}
"""NumPy function that is taken by parts -> places or names of the arguments that are split; of the rest every one is handed to both calls as it is."""
EVERY = -1
"""Stands for all places."""
REFUSED: dict[Any, str] = {}
"""NumPy function that is refused for complex numbers -> what to do instead."""


def implements(*functions: Any, method: bool | str = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: this rule takes these NumPy functions, and with `method` the array method of that name, where an argument is complex."""

    def register(rule: Callable[..., Any]) -> Callable[..., Any]:
        RULES.update((f, rule) for f in functions if f is not None)
        if method:
            METHODS[method if isinstance(method, str) else rule.__name__] = rule
        return rule

    return register


def by_parts(*functions: Any, data: tuple[int | str, ...] = (0,)) -> None:
    """These functions move elements, or are linear over real numbers: they are called once for real and once for imaginary parts.

    Args:
        data: places and names of the arguments that have such parts.
    """
    DATA.update((f, data) for f in functions if f is not None)
