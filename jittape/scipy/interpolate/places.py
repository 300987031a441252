"""Where points lie among nodes: found by value, and guarded in recordings, so that points in other intervals are recorded anew."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.errors import RecordingError
from jittape.functions import decisions
from jittape.functions.lift import as_zero_d
from jittape.functions.products import as_array

WHAT = "the interval in which an interpolation finds a point"


def value(x: Any) -> Any:
    return x.value() if isinstance(x, Array) else np.asarray(x)


def place(nodes: Any, points: Any, side: str = "right", chosen: bytes = b"") -> Any:
    """The places that np.searchsorted finds; `chosen` tells apart nodes that were chosen by value themselves."""
    found = np.searchsorted(value(nodes), value(points), side)  # type: ignore[call-overload]
    decisions.bracket(nodes, points, found, side, WHAT, chosen=chosen)
    return found


def outside(x: Any, low: Any, high: Any) -> Any:
    """Where points are before the first node or behind the last one, as a mask."""
    return (x < low) | (x > high)


def beyond(own: Any, given: Any) -> Any:
    """How an object goes on outside of its nodes, "periodic", True or False: as a call says, or as it does itself."""
    how = own if given is None else given
    return how if isinstance(how, str) and how == "periodic" else bool(how)


def wrapped(x: Any, low: Any, high: Any) -> Any:
    """Points moved by whole periods into the range of the nodes."""
    return low + (x - low) % (high - low)


def nodes_and_values(name: str, x: Any, y: Any, axis: int, least: int = 2) -> tuple[Any, Any, int]:
    """(x, y with the axis first, the axis) of nodes that increase and values at them.

    Raises:
        ValueError: they do not fit each other, or do not increase.
    """
    x, y = as_array(x), as_array(y)
    if x.ndim != 1 or x.shape[0] < least:
        raise ValueError(f"scipy.interpolate.{name}: x has one dimension and at least {least} elements, not shape {x.shape}")
    if not y.ndim or not -y.ndim <= axis < y.ndim:
        raise ValueError(f"scipy.interpolate.{name}: axis {axis} is none of an array y of shape {y.shape}")
    axis %= y.ndim
    if y.shape[axis] != x.shape[0]:
        raise ValueError(f"scipy.interpolate.{name}: x has {x.shape[0]} elements and y {y.shape[axis]} along axis {axis}")
    if not np.all(np.diff(value(x)) > 0):
        raise ValueError(f"scipy.interpolate.{name}: `x` must be strictly increasing sequence.")
    return x, np.moveaxis(y, axis, 0), axis


def column(x: Any, ndim: int) -> Any:
    """A vector along the first of `ndim` axes."""
    return np.reshape(x, (-1,) + (1,) * (ndim - 1))


def laid_out(out: Any, points: int, axis: int) -> Any:
    """The values at points of so many axes, [*points, ...], with the axes of the points at `axis` of the values."""
    if not axis:
        return as_zero_d(out)  # as SciPy's, which is no number
    order = (*range(points, points + axis), *range(points), *range(points + axis, out.ndim))
    return np.transpose(out, order)


def refused(name: str, method: str) -> RecordingError:
    return RecordingError(f"scipy.interpolate.{name}.{method} of recorded values is not differentiated; call it with the plain values")
