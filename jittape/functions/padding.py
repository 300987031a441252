"""np.pad in every mode. Modes that copy elements work on slots; the others compute what they put at each end of an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.protocols import implements, tape_of
from jittape.functions.lift import as_zero_d, f_or_c, fresh
from jittape.functions.structural import join

COPYING = frozenset(("edge", "reflect", "symmetric", "wrap"))
STATISTICS: dict[str, Callable[..., Any]] = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def pairs(x: Any, ndim: int) -> list[tuple[Any, Any]]:
    """What NumPy makes of pad_width, constant_values, end_values and stat_length: (before, after) of each axis."""
    if isinstance(x, Array) or (not isinstance(x, (list, tuple)) and np.ndim(x) == 0):
        return [(x, x)] * ndim
    rows = list(x)
    nested = [isinstance(r, (list, tuple)) or np.ndim(r) > 0 for r in rows]
    if not any(nested):
        if len(rows) not in (1, 2):
            raise ValueError(f"np.pad needs one number, or (before, after), for all axes; got {len(rows)} numbers")
        before, after = rows * 2 if len(rows) == 1 else rows
        return [(before, after)] * ndim
    found = [(r[0], r[-1]) for r in rows]
    if len(found) not in (1, ndim):
        raise ValueError(f"np.pad got {len(found)} pairs for an array with {ndim} axes")
    return found * ndim if len(found) == 1 else found


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    return fresh(as_zero_d(_padded(array, pad_width, mode, **kwargs)), f_or_c(array.slots))


def _padded(array: Any, pad_width: Any, mode: Any, **kwargs: Any) -> Any:
    if isinstance(pad_width, dict):
        pad_width = [
            (w, w) if isinstance(w, int) else w
            for w in (pad_width.get(a, pad_width.get(a - array.ndim, 0)) for a in range(array.ndim))
        ]
    if tape_of([pad_width]) is None and np.asarray(pad_width).dtype.kind not in "iu":
        raise TypeError("`pad_width` must be of integral type.")
    if not array.ndim:
        return +array
    widths = [(int(a), int(b)) for a, b in pairs(pad_width, array.ndim)]
    if mode == "constant":
        np.pad(np.empty((0,) * array.ndim), 0, mode, **dict.fromkeys(kwargs, 0))  # refuses unknown keywords
        return _constant(array, widths, pairs(kwargs.get("constant_values", 0.0), array.ndim))
    if callable(mode):
        return _by_function(array, widths, mode, kwargs)
    blank = np.pad(
        np.empty(array.shape, bool), widths, mode, **{k: v for k, v in kwargs.items() if k != "end_values"}
    )  # its errors
    if mode == "empty":
        return _constant(array, widths, [(0.0, 0.0)] * array.ndim)
    if mode in COPYING and kwargs.get("reflect_type", "even") == "even":
        return join(array.tape, np.pad(array.slots, widths, mode), (array,))
    for axis, width in enumerate(widths):
        if mode == "linear_ramp":
            array = _ramp(array, axis, width, pairs(kwargs.get("end_values", 0.0), len(widths))[axis])
        elif mode in STATISTICS:
            array = _statistic(array, axis, width, mode, pairs(kwargs.get("stat_length"), len(widths))[axis])
        else:
            array = _odd(array, axis, width, mode == "symmetric")
    assert array.shape == blank.shape
    return array


def _constant(x: Any, widths: list[tuple[int, int]], values: list[tuple[Any, Any]]) -> Any:
    for axis, ((before, after), (low, high)) in enumerate(zip(widths, values, strict=True)):
        x = np.concatenate([_block(x, axis, before, low), x, _block(x, axis, after, high)], axis)
    return x


def _block(x: Any, axis: int, width: int, value: Any) -> Any:
    shape = [*x.shape[:axis], width, *x.shape[axis + 1 :]]
    return np.broadcast_to(value if isinstance(value, Array) else np.asarray(value, float), shape)


def _cut(x: Any, axis: int, *key: Any) -> Any:
    return x[(slice(None),) * axis + (slice(*key),)]


def _ramp(x: Any, axis: int, width: tuple[int, int], ends: tuple[Any, Any]) -> Any:
    parts = [x]
    for after, (n, end) in enumerate(zip(width, ends, strict=True)):
        if not n:
            continue
        edge = _cut(x, axis, -1, None) if after else _cut(x, axis, 0, 1)
        t = (np.arange(n) / n).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
        ramp = end + (edge - end) * t
        parts = [*parts, np.flip(ramp, axis)] if after else [ramp, *parts]
    return np.concatenate(parts, axis)


def _statistic(x: Any, axis: int, width: tuple[int, int], mode: str, lengths: tuple[Any, Any]) -> Any:
    size = x.shape[axis]
    parts = [x]
    for after, (n, length) in enumerate(zip(width, lengths, strict=True)):
        if not n:
            continue
        length = size if length is None else min(int(length), size)
        if not length and mode in ("maximum", "minimum"):
            raise ValueError("stat_length of 0 yields no value for padding")
        chosen = _cut(x, axis, size - length, None) if after else _cut(x, axis, 0, length)
        value = STATISTICS[mode](chosen, axis=axis, keepdims=True)
        block = np.broadcast_to(value, [n if a == axis else m for a, m in enumerate(x.shape)])
        parts = [*parts, block] if after else [block, *parts]
    return np.concatenate(parts, axis)


def _odd(x: Any, axis: int, width: tuple[int, int], include_edge: bool) -> Any:
    """Reflections about the edge value, one after the other where the padding is longer than the array."""
    before, after = width
    period = x.shape[axis]
    if period == 1:
        return np.concatenate([_cut(x, axis, 0, 1)] * before + [x] + [_cut(x, axis, 0, 1)] * after, axis)
    while before or after:
        size = x.shape[axis]
        if include_edge:
            length, skip = size // period * period, 0
        else:
            length, skip = (size - 1) // (period - 1) * (period - 1), 1
        n = min(length, before)
        if n:
            chunk = 2 * _cut(x, axis, 0, 1) - np.flip(_cut(x, axis, skip, skip + n), axis)
            x = np.concatenate([chunk, x], axis)
            before -= n
        m = min(length, after)
        if m:
            stop = x.shape[axis] - skip
            chunk = 2 * _cut(x, axis, -1, None) - np.flip(_cut(x, axis, stop - m, stop), axis)
            x = np.concatenate([x, chunk], axis)
            after -= m
    return x


def _by_function(x: Any, widths: list[tuple[int, int]], function: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
    """A function of the user's that fills the ends of each vector in place."""
    x = _constant(x, widths, [(0.0, 0.0)] * x.ndim).copy()
    for axis, width in enumerate(widths):
        moved = np.moveaxis(x, axis, -1)
        for i in np.ndindex(moved.shape[:-1]):
            function(moved[i], width, axis, kwargs)
    return x
