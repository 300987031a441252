"""Hooks by which rooms above take part in a primitive, which does not know them and is imported when it is first used."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any

from jittape.compiler.dispatchers import is_dispatcher

CALLERS: list[tuple[type, Callable[..., Any]]] = []
"""(class, call) of arguments that are recorded in their own way: call(f, *args) hands `f` recorded arrays in their place."""
COMPILED: list[Callable[[Any], Callable[..., Any]]] = []
"""Of a function of numba.njit: makes one that records natively, and can be called with recorded arrays."""


def recordable(f: Any) -> Any:
    """A function that takes recorded arrays: one of Python itself, of one of numba.njit what records natively.

    So it is with one whose first arguments are bound, by `functools.partial` or as the method of an object.
    """
    if is_dispatcher(f):
        for wrap in COMPILED:
            return wrap(f)
    if isinstance(f, functools.partial):
        inner = recordable(f.func)
        return f if inner is f.func else _as_bound(f, functools.partial(inner, *f.args, **f.keywords))
    if isinstance(f, MethodType):
        inner = recordable(f.__func__)
        return f if inner is f.__func__ else _as_bound(inner, functools.partial(inner, f.__self__))
    return f


def _as_bound(f: Any, bound: functools.partial[Any]) -> functools.partial[Any]:
    """With the name that messages have."""
    bound.__name__ = name_of(f)  # type: ignore[attr-defined]
    return bound


def name_of(f: Any) -> str:
    """What a function is called in messages."""
    while isinstance(f, functools.partial) and not hasattr(f, "__name__"):
        f = f.func
    return str(getattr(f, "__name__", None) or type(f).__name__)


NATIVE: dict[str, Callable[[], Any]] = {}
"""Names of jittape.native that rooms above it make -> what gives them."""

RECORDED: list[tuple[type, Callable[..., Any]]] = []
"""(class, made) of recorded functions: made(F, argnums, valued) is the gradient of one as native code calls it."""


def made_of_recorded(f: Any) -> Callable[..., Any] | None:
    """The `made` of a recorded function; None of others."""
    return next((made for kind, made in RECORDED if isinstance(f, kind)), None)
