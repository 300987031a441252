"""The arguments of a distribution's methods, as SciPy reads them: shapes, loc and scale, and which of them are valid."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import tape_of
from jittape.functions.lists import unlist


class Parameters(NamedTuple):
    """What a method was given besides its points."""

    shapes: tuple[Any, ...]
    loc: Any
    scale: Any
    spoil: Any = None
    """Of a discrete distribution: 0, or NaN where a parameter is not valid, to be added to what is found; None where all are valid."""

    def spoilt(self, found: Any) -> Any:
        return found if self.spoil is None else found + self.spoil


def real(x: Any) -> Any:
    """An argument as a recorded array, or as an ndarray or number of floats."""
    x = unlist(x)
    return x if isinstance(x, Array) else np.asarray(x, float)[()]


def is_number(x: Any, value: float) -> bool:
    """Whether an argument is this plain number, so that nothing need be recorded for it."""
    return not isinstance(x, Array) and np.ndim(x) == 0 and bool(x == value)


def infinite(x: Any, end: float) -> Any:
    """Which of plain points lie at an infinite end; None where there is none."""
    if tape_of([x]) is not None:
        return None
    found = np.asarray(x, float) == end
    return found if found.any() else None


def spoilt(x: Any, valid: Any) -> Any:
    """`x`, NaN where it is not valid; recorded only where `valid` is."""
    if isinstance(valid, Array):
        return np.where(valid, x, np.nan)
    return x if np.all(valid) else np.where(valid, x, np.nan)[()]


def choose(condition: Any, x: Any, otherwise: Any) -> Any:
    """np.where that records nothing where a plain condition holds nowhere or everywhere and the shapes are those of the result."""
    if not isinstance(condition, Array):
        shape = np.broadcast_shapes(np.shape(condition), np.shape(x), np.shape(otherwise))
        if np.shape(x) == shape and np.all(condition):
            return x
        if np.shape(otherwise) == shape and not np.any(condition):
            return otherwise
    return np.where(condition, x, otherwise)


def every(*conditions: Any) -> Any:
    """All conditions at once; True ones of Python's are left out."""
    left = [c for c in conditions if c is not True]
    out: Any = True
    for c in left:
        out = c if out is True else np.logical_and(out, c)
    return out


def positive(*shapes: Any) -> Any:
    """Whether all of them are positive."""
    return every(*(s > 0.0 for s in shapes))
