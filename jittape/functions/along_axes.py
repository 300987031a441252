"""np.apply_along_axis and np.apply_over_axes: a user's function called with pieces of a recorded array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import implements
from jittape.functions.lift import lift, normal_axis


@implements(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    axis = normal_axis(axis, arr.ndim)
    rest = arr.shape[:axis] + arr.shape[axis + 1 :]
    if not arr.size:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    places = [(*i[:axis], slice(None), *i[axis:]) for i in np.ndindex(rest)]
    results = [lift(arr.tape, func1d(arr[place], *args, **kwargs)) for place in places]
    shape = results[0].shape
    for r in results:
        if r.shape != shape:
            raise ValueError(f"apply_along_axis: the function returned arrays of shapes {shape} and {r.shape}")
    stacked = np.stack([r.slots for r in results]).reshape(rest + shape)
    order = (*range(axis), *range(len(rest), len(rest) + len(shape)), *range(axis, len(rest)))
    return Array.of(arr.tape, stacked.transpose(order))


@implements(np.apply_over_axes, view=True)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    for axis in np.atleast_1d(axes):
        axis = normal_axis(axis, a.ndim) if a.ndim else int(axis)
        result = func(a, axis)
        if result.ndim == a.ndim:
            a = result
        elif result.ndim == a.ndim - 1:
            a = np.expand_dims(result, axis)
        else:
            raise ValueError("function is not returning an array of the correct shape")
    return a
