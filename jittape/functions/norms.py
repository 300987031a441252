"""Norms of vectors and matrices; a norm's derivative at zero is zero, and its second derivative there is NaN."""

from __future__ import annotations

from typing import Any

import numpy as np

from jittape.array.array import apply
from jittape.array.protocols import implements
from jittape.functions.lift import normal_axes, normal_axis, safe_sqrt, select
from jittape.ops._generated import opcodes as ops


def largest(x: Any, axis: Any, keepdims: bool = False) -> Any:
    """The largest of numbers that are not negative; 0 where there are none."""
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return np.max(x, axis, keepdims=keepdims, initial=0.0) if 0 in [x.shape[a] for a in axes] else np.max(x, axis, keepdims=keepdims)


def vector(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    """The norm of order `order` of the elements over some axes."""
    if isinstance(order, str):
        raise ValueError(f"Invalid norm order '{order}' for vectors")
    if order is None or order == 2:
        return safe_sqrt(np.sum(np.square(x), axis, keepdims=keepdims))
    size = np.abs(x)
    if order == np.inf:
        return largest(size, axis, keepdims)
    if order == -np.inf:
        return np.min(size, axis, keepdims=keepdims)
    if order == 0:
        return np.sum(x != 0, axis, keepdims=keepdims)
    if order == 1:
        return np.sum(size, axis, keepdims=keepdims)
    # the branches not taken at zero keep infinite partials of the powers away
    powers = select(size == 0, 0.0 if order > 0 else np.inf, size**order)
    total = np.sum(powers, axis, keepdims=keepdims)
    at_zero: Any = 0.0 if order > 0 else np.inf
    if order > 1:
        length = vector(x, 2, axis, keepdims)
        at_zero = select(length == 0, apply(ops.CORNER, length), 0.0)
    return select(total == 0, at_zero, total ** (1 / order))


def matrix(x: Any, order: Any, axes: tuple[int, int], keepdims: bool) -> Any:
    """The norm of the matrices that two axes (rows, columns) hold."""
    row, col = (normal_axis(a, x.ndim) for a in axes)
    if row == col:
        raise ValueError("Duplicate axes given.")
    if order in (None, "fro", "f"):
        return vector(x, 2, (row, col), keepdims)
    if order in (1, -1, np.inf, -np.inf):
        first, second = (row, col) if abs(order) == 1 else (col, row)
        out = (largest if order > 0 else np.min)(np.sum(np.abs(x), first), second - (second > first))
    elif order in (2, -2, "nuc"):
        values = np.linalg.svd(np.moveaxis(x, (row, col), (-2, -1)), compute_uv=False)
        out = np.sum(values, -1) if order == "nuc" else (largest if order == 2 else np.min)(values, -1)
    else:
        raise ValueError("Invalid norm order for matrices." if not isinstance(order, str) else f"Invalid norm order '{order}' for matrices")
    return np.reshape(out, tuple(1 if a in (row, col) else n for a, n in enumerate(x.shape))) if keepdims else out


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None:
        if ord is None:
            return vector(x, 2, None, keepdims)
        axis = tuple(range(x.ndim))
    elif not isinstance(axis, tuple):
        axis = (int(axis),)
    if len(axis) == 1:
        return vector(x, ord, axis, keepdims)
    if len(axis) == 2:
        return matrix(x, ord, axis, keepdims)
    raise ValueError("Improper number of dimensions to norm.")


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return vector(x, ord, normal_axes(axis, x.ndim), keepdims)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return matrix(x, ord, (-2, -1), keepdims)
