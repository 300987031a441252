"""Which callables are recorded: Python's functions, and those of Numba natively; what cannot be is refused, with the way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jittape.errors import GradientError
from jittape.functions.hooks import COMPILED, recordable

REFUSED: dict[type, str] = {}
"""Classes of callables that are not to be recorded again, with what is done instead: rooms above add theirs."""


def check_callable(f: Any) -> Any:
    """A function that can be recorded; a Numba function as one that records natively. What cannot is refused, with the way round."""
    if not callable(f):
        raise TypeError(f"a function is needed, not {type(f).__name__}; it is the first argument")
    if type(f) in REFUSED:
        raise GradientError(REFUSED[type(f)])
    return recordable(f)


def _natively(f: Any) -> Callable[..., Any]:
    from jittape.native import wrap  # for start-up: few programs have functions of numba.njit

    return wrap(f)


COMPILED.append(_natively)
