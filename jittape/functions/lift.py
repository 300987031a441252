"""Small helpers that the rules for NumPy's functions share."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from jittape.array.array import Array, Mask, apply, gather
from jittape.array.layout import Axes, allocated, ascending, axes_of, merged, steps, without
from jittape.array.protocols import into
from jittape.array.protocols import tape_of as _tape_of
from jittape.array.stores import Store
from jittape.errors import RecordingError
from jittape.instructions.references import Slots, is_shared
from jittape.ops._generated import opcodes as ops
from jittape.tape.tape import Tape


def tape_of(*operands: Any) -> Tape | None:
    """The tape of the first recorded operand, or None."""
    return _tape_of(operands)  # type: ignore[no-any-return]


def lift(tape: Tape, x: Any) -> Any:
    """`x` as a recorded array: itself, a nested list of recorded values, or a constant of the tape."""
    if isinstance(x, Array):
        return x
    slots = gather(tape, x)
    return Array.of(tape, slots) if slots.ndim else Array(tape, int(slots))


def settle(x: Any) -> Any:
    """`x` as an array: recorded if it is or if it is a list of recorded values, else an ndarray."""
    if isinstance(x, Array):
        return x
    if isinstance(x, (list, tuple)) and (tape := tape_of(x)) is not None:
        return lift(tape, x)
    return np.asarray(x)


def lift_all(*operands: Any) -> list[Any]:
    """All operands as recorded arrays of the tape of the first that is one."""
    tape = tape_of(*operands)
    assert tape is not None, "no operand is recorded"
    return [lift(tape, x) for x in operands]


def select(condition: Any, a: Any, b: Any) -> Any:
    """`np.where(condition, a, b)`; a condition that is not recorded picks slots and appends nothing."""
    if isinstance(condition, Array):
        return apply(ops.WHERE, condition, a, b)
    tape = tape_of(a, b)
    if tape is None:
        return np.where(condition, a, b)
    chosen = np.where(condition, lift(tape, a).slots, lift(tape, b).slots)
    return Array.of(tape, chosen) if chosen.ndim else Array(tape, int(chosen))


def join(parts: list[Any], axis: int = 0) -> Array:
    """Concatenate arrays, recorded or not; appends nothing."""
    lifted = lift_all(*parts)
    return Array.of(lifted[0].tape, np.concatenate([p.slots for p in lifted], axis))


def chosen(where: Any, x: Any, neutral: Any) -> Any:
    """The elements that a reduction's `where` chooses, and in place of the others one that changes nothing."""
    if np.broadcast_shapes(np.shape(where), x.shape) != x.shape:
        raise ValueError(f"non-broadcastable operand: where= has shape {np.shape(where)}, and what is reduced {x.shape}")
    return select(where, x, neutral)


def stop(x: Any) -> Any:
    """`x` without its derivative; it stays recorded, so a replay computes it anew."""
    return apply(ops.STOP_GRADIENT, x) if isinstance(x, Array) else x


def as_mask(x: Any) -> Any:
    """Zeros and ones as truth values."""
    return Mask(x.tape, x.slot) if x.slot >= 0 else Mask.of(x.tape, x.slots)


def fresh(x: Any, axes: Axes | None = None) -> Any:
    """A result that nobody else has, in memory of its own with its axes in this order, by default C order."""
    if not isinstance(x, Array) or x.slot >= 0:  # an element of a constant is a number
        return x
    s = x.slots
    own = allocated(s.shape, tuple(range(s.ndim)) if axes is None else axes)
    if x.store is None and is_shared(s) and same_layout(s, own):
        return x
    own[...] = s
    return type(x).of(x.tape, own, Store(0, 0, True) if x.constant else None)


def stacked(out: Any, *operands: tuple[Any, int]) -> Any:
    """The result of a function of stacks, whose leading axes lie in the order of those of its operands (an array, its axes that are none)."""
    ndim = max(x.ndim - own for x, own in operands)
    if ndim < 2:
        return out
    found = []
    for x, own in operands:
        s = x.slots if isinstance(x, Array) else x
        found.append(steps(s.shape[: s.ndim - own], s.strides[: s.ndim - own], ndim))
    order = merged(found, ndim)
    return out if ascending(order) else fresh(out, (*order, *range(ndim, out.ndim)))


def f_or_c(s: Slots) -> Axes:
    """Fortran's order for what is made of an array in that order, C's for that of any other."""
    axes = tuple(range(s.ndim))
    return axes[::-1] if s.flags.fnc else axes


def same_layout(s: Slots, t: Slots) -> bool:
    """Whether arrays of one shape lie alike in memory; along axes of one element nobody steps."""
    return all(a == b for n, a, b in zip(s.shape, s.strides, t.strides, strict=True) if n > 1) or not s.size


def reduced(out: Any, x: Slots, axes: tuple[int, ...], keepdims: bool = False) -> Any:
    """The result of a reduction over some axes, new, laid out in the order of what was reduced, as NumPy does."""
    if not isinstance(out, Array) or out.slot >= 0:  # an element of constants is a plain number
        return out
    if keepdims:
        order = axes_of(x)
        return fresh(out, (*(a for a in order if a not in axes), *axes))
    return fresh(out, without(axes_of(x), axes))


def as_zero_d(x: Any) -> Any:
    """A recorded number as an array without axes, where NumPy gives one: it can be stored into."""
    return type(x).of(x.tape, np.array(x.slot, np.int32)) if isinstance(x, Array) and x.slot >= 0 else x


def safe_sqrt(x: Any) -> Any:
    """Square root whose derivative at zero is zero, for lengths and deviations."""
    return apply(ops.ROOT, x) if isinstance(x, Array) else np.sqrt(x)


def leading(slots: Slots, axes: tuple[int, ...]) -> Slots:
    """Slots with the given axes merged into the first."""
    rest = [a for a in range(slots.ndim) if a not in axes]
    moved = slots.transpose(*axes, *rest)
    return moved.reshape(-1 if slots.size else int(np.prod(moved.shape[: len(axes)])), *moved.shape[len(axes) :])


def normal_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes of a reduction as sorted non-negative numbers; None is all of them."""
    if axis is None or (ndim == 0 and axis in (0, -1)):  # NumPy lets a scalar be reduced over its only "axis"
        return tuple(range(ndim))
    return _several(axis, ndim)


def _several(axis: Any, ndim: int) -> tuple[int, ...]:
    if not isinstance(axis, (tuple, list)):
        axis = operator.index(axis)  # its error is clear
    return tuple(sorted(np.lib.array_utils.normalize_axis_tuple(axis, ndim)))


def strict_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The same, for functions that refuse an axis of an array without axes."""
    return tuple(range(ndim)) if axis is None else _several(axis, ndim)


def normal_axis(axis: Any, ndim: int) -> int:
    """One axis as a non-negative number."""
    return int(np.lib.array_utils.normalize_axis_index(axis, ndim))


def kept_shape(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a reduction over `axes` with keepdims."""
    return tuple(1 if a in axes else n for a, n in enumerate(shape))


def check_dtype(x: Any, dtype: Any, name: str) -> None:
    """Refuse a dtype= other than the recording's own."""
    if dtype is not None and np.dtype(dtype) != x.tape.dtype:
        raise RecordingError(
            f"{name} of recorded values takes no dtype={np.dtype(dtype)}: the recording holds {x.tape.dtype}. Leave dtype= "
            "away, or convert the arguments before they are differentiated"
        )


def takes_out(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: `out=`, by name or by place, receives the result of a rule that has a parameter of this name."""
    position = list(inspect.signature(rule).parameters).index("out")

    @wraps(rule)
    def with_out(*args: Any, **kwargs: Any) -> Any:
        if len(args) > position:
            out = args[position]
            args = (*args[:position], None, *args[position + 1 :])
        else:
            out = kwargs.pop("out", None)
        result = rule(*args, **kwargs)
        return result if out is None else into(result, out, rule)

    return with_out
