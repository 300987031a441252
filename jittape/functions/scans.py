"""Running sums, products and other accumulations along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array import append
from jittape.array.array import Array
from jittape.array.layout import allocated, axes_of, inverse
from jittape.array.protocols import implements
from jittape.functions.lift import (
    check_dtype,
    fresh,
    join,
    lift,
    normal_axes,
    normal_axis,
    same_layout,
    select,
    takes_out,
)
from jittape.instructions.cumsum import INSTRUCTION
from jittape.instructions.references import run_slots
from jittape.ops._generated import opcodes as ops


def running_sum(x: Array, axis: int) -> Any:
    """One instruction: the running sums along an axis."""
    slots = np.moveaxis(x.slots, axis, -1)
    base = INSTRUCTION.append_scan(x.tape, slots)
    out = np.moveaxis(Array.of_run(x.tape, base, slots.shape).slots, -1, axis)
    order = axes_of(x.slots)
    if out.size and not same_layout(out, allocated(out.shape, order)):  # as NumPy lays it out, by a copy on the tape
        out = out.transpose(order)
        base = append.apply(x.tape, ops.POS, [(out, False)], out.shape)
        out = run_slots(base, out.size).reshape(out.shape).transpose(inverse(order))
    return Array.of(x.tape, out)


def scan(combine: Callable[[Any, Any], Any], x: Any) -> Any:
    """Accumulate along the first axis with an associative operation: 2 n of its elements in 2 log(n) instructions."""
    n = x.shape[0]
    if n < 2:
        return x
    pairs = scan(combine, combine(x[0 : n - 1 : 2], x[1::2]))
    slots = np.empty(x.shape, np.int32)
    slots[0] = x.slots[0]
    slots[1::2] = pairs.slots
    if n > 2:
        slots[2::2] = combine(pairs[: (n - 1) // 2], x[2::2]).slots
    return Array.of(x.tape, slots)


def fold(combine: Callable[[Any, Any], Any], x: Any) -> Any:
    """Accumulate along the first axis with any operation, one instruction an element."""
    rows = [lift(x.tape, x[0])]
    for i in range(1, x.shape[0]):
        rows.append(combine(rows[-1], x[i]))
    return Array.of(x.tape, np.stack([r.slots for r in rows]))


def along(x: Any, axis: int, work: Callable[[Any], Any]) -> Any:
    """Apply `work`, which accumulates along the first axis, to another one."""
    if not x.size:
        return +x
    out = work(Array.of(x.tape, np.moveaxis(x.slots, axis, 0)))
    return fresh(Array.of(x.tape, np.moveaxis(out.slots, 0, axis)), axes_of(x.slots))


def _flat(x: Any, axis: Any) -> tuple[Any, int]:
    if axis is None or x.ndim == 0:
        normal_axes(axis, x.ndim)
        return x.reshape(-1), 0
    return x, normal_axis(axis, x.ndim)


@implements(np.cumsum, method=True)
@takes_out
def cumsum(x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    check_dtype(x, dtype, "np.cumsum")
    return running_sum(*_flat(x, axis))


@implements(np.cumprod, method=True)
@takes_out
def cumprod(x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    check_dtype(x, dtype, "np.cumprod")
    x, axis = _flat(x, axis)
    return along(x, axis, lambda y: scan(np.multiply, y))


@implements(np.nancumsum)
@takes_out
def nancumsum(x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return cumsum(select(np.isnan(x), 0.0, x), axis, dtype)


@implements(np.nancumprod)
@takes_out
def nancumprod(x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    return cumprod(select(np.isnan(x), 1.0, x), axis, dtype)


def _cumulative(rule: Callable[..., Any], first: float, name: str) -> Callable[..., Any]:
    """NumPy 2.1's spelling of a running sum or product."""

    @takes_out
    def cumulative(x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False) -> Any:
        x = x if x.ndim else x.reshape(1)
        if axis is None:
            if x.ndim != 1:
                raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
            axis = 0
        result = rule(x, axis, dtype)
        if not include_initial:
            return result
        shape = list(x.shape)
        shape[axis] = 1
        return join([np.full_like(result.slots, first, float, shape=shape), result], normal_axis(axis, x.ndim))

    return implements(getattr(np, name, None))(cumulative)


cumulative_sum = _cumulative(cumsum, 0.0, "cumulative_sum")
cumulative_prod = _cumulative(cumprod, 1.0, "cumulative_prod")
