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
    results = [func1d(arr[*i[:axis], slice(None), *i[axis:]], *args, **kwargs) for i in np.ndindex(rest)]
    if isinstance(arr, Array):
        results = [lift(arr.tape, r) for r in results]
    shape = np.shape(results[0])
    if other := next((np.shape(r) for r in results if np.shape(r) != shape), None):
        raise ValueError(f"apply_along_axis: the function returned arrays of shapes {shape} and {other}")
    order = (*range(axis), *range(len(rest), len(rest) + len(shape)), *range(axis, len(rest)))
    return np.transpose(np.stack(results).reshape(rest + shape), order)


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
