"""Reductions over axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape import recording
from jittape.array import Array
from jittape.functions.dispatch import implements
from jittape.tape.layout import SUM


def normal_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes of a reduction as sorted non-negative numbers; None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(sorted(np.lib.array_utils.normalize_axis_tuple(axis, ndim)))


def reduce_axes(op: int, x: Array, axis: Any, keepdims: bool) -> Any:
    """Record a reduction instruction over some axes."""
    axes = normal_axes(axis, x.ndim)
    if not axes:
        return +x
    slots = x.slots
    rest = [a for a in range(slots.ndim) if a not in axes]
    base, shape = recording.reduce_run(x.tape, op, slots.transpose(*rest, *axes), len(axes))
    out = Array.of_run(x.tape, base, shape)
    if keepdims:
        out = out.reshape(tuple(1 if a in axes else n for a, n in enumerate(slots.shape)))
    return out


@implements(np.sum, method=True)
def sum(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    if where is not True:
        x = np.where(where, x, 0.0)
    total = reduce_axes(SUM, x, axis, keepdims)
    return total if initial is None else total + initial
