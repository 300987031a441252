"""Nested gradients of a function of one number: the derivative of high order by one sweep of power series.

`grad(grad(grad(f)))` records the passes of inner gradients on the tapes of outer ones, in time that grows exponentially with the depth. Where f is
a function of one float, of operations that have derivatives of every order, the same number is a Taylor coefficient. Everything else goes the
general way.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from jittape.array.array import Array
from jittape.array.state import state
from jittape.errors import GradientError
from jittape.functional.trace import Trace
from jittape.ops.layout import FIRST_OPERATION, FIRST_STRUCTURAL, OPERATION
from jittape.ops.spec import by_code

FROM = 3
"""The least depth: below it, nested recordings are about as fast."""

_chains: weakref.WeakKeyDictionary[Callable[..., Any], tuple[Callable[..., Any], int, str]] = weakref.WeakKeyDictionary()
"""Of gradients of functions by their first argument: the function itself, how often it is differentiated, and by which mathematics. Not an
attribute, which functools.wraps would hand on to functions of users'."""


def link(driver: Callable[..., Any], f: Any, mathematics: str) -> int:
    """Make known that `driver` is the gradient of f; returns how often the function behind it is differentiated."""
    try:
        known = _chains.get(f)
    except TypeError:  # no weak references to such a callable
        known = None
    base, depth = (known[0], known[1] + 1) if known is not None and known[2] == mathematics else (f, 1)
    _chains[driver] = base, depth, mathematics
    return depth


def _is_smooth(tape: Any) -> bool:
    """Whether all that was recorded are elementwise operations without kinks."""
    for code in np.unique(tape.opcode[: tape.count] & OPERATION).tolist():
        if code >= FIRST_OPERATION:
            if code >= FIRST_STRUCTURAL or by_code(code).kinks:
                return False
    return True


def by_series(driver: Callable[..., Any], x: Any) -> Any:
    """The derivative at a float; None where the general way is due."""
    if state.tapes:
        return None
    f, order, mathematics = _chains[driver]
    from jittape.functional.taylor import series_of  # for start-up
    from jittape.passes.series import Series

    trace = Trace(f, (x,), {}, (0,), math=mathematics)
    try:
        out, tape = trace.result, trace.tape
        if not isinstance(out, Array) or out.size != 1 or out.is_mask or trace.out_packing is not None or not _is_smooth(tape):
            return None
        slots = trace.inputs[0][0]
        with np.errstate(all="ignore"):
            found = Series(tape, [slots], order).run(tape.value, series_of([tape.value[slots]], [np.ones((1, 1))], order)).of(out.slots)
        derivative = found.reshape(-1)[order] * math.factorial(order)
    except GradientError:  # an operation without a rule for series
        return None
    finally:
        trace.end()
    return np.float64(derivative) if np.isfinite(found).all() else None
