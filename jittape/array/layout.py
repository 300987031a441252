"""The order in which NumPy lays out the axes of new arrays: whether `ravel` and `reshape` copy or give views depends on it.

The slots of a recorded array have the strides that the elements of NumPy's array have, so NumPy's own functions on slots copy
where they copy on values. What is computed has to be laid out as NumPy would: in the order of its operands (`order="K"`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Axes = tuple[int, ...]
"""The axes of an array, that with the longest steps in memory first."""


def in_order(s: NDArray[Any]) -> bool:
    """Whether NumPy lays out the result of arithmetic on an array of this layout in C order."""
    if s.ndim < 2 or s.flags.c_contiguous:
        return True
    strides = [abs(st) for n, st in zip(s.shape, s.strides, strict=True) if n > 1 and st]
    return all(a >= b for a, b in zip(strides, strides[1:], strict=False))


def steps(shape: Sequence[int], strides: Sequence[int], ndim: int) -> list[int]:
    """Strides of an operand along the axes that it is broadcast to: 0 along those that it is repeated along."""
    return [0] * (ndim - len(shape)) + [0 if n == 1 else abs(st) for n, st in zip(shape, strides, strict=True)]


def c_steps(shape: Sequence[int], ndim: int) -> list[int]:
    """The same of an array in C order."""
    found = [0] * ndim
    step = 1
    for i in range(1, len(shape) + 1):
        if shape[-i] != 1:
            found[-i] = step
        step *= shape[-i]
    return found


def merged(operands: Sequence[Sequence[int]], ndim: int) -> Axes:
    """`_merged`, which see, of operands that were met before from memory."""
    return _merged(tuple(map(tuple, operands)), ndim)


@lru_cache(maxsize=1024)
def _merged(operands: tuple[tuple[int, ...], ...], ndim: int) -> Axes:
    """The order of axes in which NumPy's iterators go through operands, and lay out what they allocate.

    A stable insertion of axes from the innermost outwards, as in `npyiter_find_best_axis_ordering`: an axis goes inwards past those
    of longer steps; operands that disagree leave it where C order has it, steps of 0 say nothing.

    Args:
        operands: `steps` of each operand.
    """
    inner = [ndim - 1] if ndim else []
    for axis in range(ndim - 2, -1, -1):
        place = len(inner)
        for at in range(len(inner) - 1, -1, -1):
            other = inner[at]
            decided, inwards = False, False
            for op in operands:
                mine, its = op[axis], op[other]
                if mine and its:
                    if its <= mine:
                        inwards = False
                    elif not decided:
                        inwards = True
                    decided = True
            if decided:
                if not inwards:
                    break
                place = at
        inner.insert(place, axis)
    return tuple(reversed(inner))


@lru_cache(maxsize=4096)
def turned(layouts: tuple[tuple[tuple[int, ...], tuple[int, ...] | None] | None, ...], ndim: int) -> tuple[Axes, Axes] | None:
    """The order of axes in which NumPy lays out what is made of operands, and its inverse; None where it is C order.

    Args:
        layouts: (shape, strides) of each operand, None for strides in C order; None for numbers.
    """
    found = [c_steps(shape, ndim) if strides is None else steps(shape, strides, ndim) for shape, strides in (x for x in layouts if x is not None)]
    axes = merged(found, ndim)
    return None if ascending(axes) else (axes, tuple(inverse(axes)))


@lru_cache(maxsize=4096)
def turned_by_first(layouts: tuple[tuple[tuple[int, ...], tuple[int, ...] | None] | None, ...], ndim: int) -> tuple[Axes, Axes] | None:
    """As `turned`, where PyTorch lays out what is made of tensors: the first operand that tells two axes apart decides about them.

    The insertion of `TensorIteratorBase::reorder_dimensions`, where steps of 0 say nothing.
    """
    found = [c_steps(shape, ndim) if strides is None else steps(shape, strides, ndim) for shape, strides in (x for x in layouts if x is not None)]
    shape = np.broadcast_shapes(*[x[0] for x in layouts if x is not None])

    def comes_later(axis: int, other: int) -> int:
        for op in found:
            mine, its = op[axis], op[other]
            if mine and its:
                if mine != its:
                    return 1 if mine > its else -1
                if shape[axis] > shape[other]:
                    return 1
        return 0

    inner = list(reversed(range(ndim)))  # the innermost first
    for i in range(1, ndim):
        place = i
        for at in range(i - 1, -1, -1):
            order = comes_later(inner[at], inner[place])
            if order < 0:
                break
            if order > 0:
                inner[at], inner[place] = inner[place], inner[at]
                place = at
    axes = tuple(reversed(inner))
    return None if ascending(axes) else (axes, tuple(inverse(axes)))


def form(x: Any) -> Any:
    """What of an argument decides where NumPy copies and where it gives views: None of a number, () of C order, else strides."""
    if not isinstance(x, np.ndarray):
        return None
    if x.flags.c_contiguous:
        return ()
    found = tuple(st // x.itemsize for n, st in zip(x.shape, x.strides, strict=True) if n > 1)
    return found if len(found) > 1 else (max(-1, min(found[0], 2)),)


def axes_of(s: NDArray[Any]) -> Axes:
    """The order of axes in which an array lies in memory."""
    return merged([steps(s.shape, s.strides, s.ndim)], s.ndim)


def ascending(axes: Axes) -> bool:
    return all(a < b for a, b in zip(axes, axes[1:], strict=False))


def inverse(axes: Sequence[int]) -> list[int]:
    """Where each axis stands after a transposition by `axes`."""
    found = [0] * len(axes)
    for i, a in enumerate(axes):
        found[a] = i
    return found


def allocated(shape: Sequence[int], axes: Axes, dtype: Any = np.int32) -> NDArray[Any]:
    """Memory of a shape whose axes lie in this order."""
    return np.empty([shape[a] for a in axes], dtype).transpose(inverse(axes))


def copied_along(s: NDArray[Any], axes: Axes) -> NDArray[Any]:
    """A copy that lies in the order of these axes."""
    return s.transpose(axes).copy().transpose(inverse(axes))


def without(axes: Axes, dropped: Sequence[int]) -> Axes:
    """The order of the axes that are left when some are reduced away, renumbered."""
    rest = sorted(a for a in axes if a not in dropped)
    return tuple(rest.index(a) for a in axes if a not in dropped)


def lies_in(slots: NDArray[Any], order: str) -> bool:
    """Whether an array need not be copied to have an order in memory."""
    flags = slots.flags
    if order in "Cc":
        return flags.c_contiguous
    if order in "Ff":
        return flags.f_contiguous
    return order in "Kk" or flags.c_contiguous or flags.f_contiguous


def laid_out(out: NDArray[Any], values: Sequence[Any]) -> NDArray[Any]:
    """The result of a function of elements, laid out as PyTorch's is: as its first operand where they lie differently."""
    if out.ndim < 2 or len(values) < 2 or not any(isinstance(v, np.ndarray) and v.ndim > 1 and not v.flags.c_contiguous for v in values):
        return out
    order = turned_by_first(tuple([(v.shape, v.strides) for v in values if isinstance(v, np.ndarray)]), out.ndim)
    if order is None:
        return np.ascontiguousarray(out)
    axes, back = order
    return np.ascontiguousarray(out.transpose(axes)).transpose(back)
