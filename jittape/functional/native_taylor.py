"""Taylor coefficients inside native code: `jittape.native.taylor` and `taylor_flow` make functions of numba.njit.

The function is recorded once, and the steps of its power series (passes/series.py) are swept natively at each call, in memory of that call. What it
decided by values is checked; where another decision is due, it is recorded anew at that point, by way of Python.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numba import njit

from jittape.array.array import Array
from jittape.compiler.pointers import call_visit
from jittape.errors import GradientError
from jittape.functional.taylor import check_order, undefined_after
from jittape.functional.trace import Trace
from jittape.native.refused import made_outside, refuse
from jittape.passes.series import Series
from jittape.sweep.series.driver import (
    BLOCK,
    S_DIRECTIONS,
    S_END,
    S_FIRST,
    S_KERNELS,
    S_LISTS,
    S_MEMORY,
    S_NUMBERS,
    S_ROOM,
    S_STEPS,
    S_STOP,
)

log = logging.getLogger("jittape")
FAILED = "the Taylor coefficients of a native function failed where another path was due; the log of jittape says why"


class _Recorded:
    """A function of one float64 array, or number, recorded at a point: its steps, and where everything stands."""

    def __init__(self, f: Callable[..., Any], x: Any, order: int, flow: bool) -> None:
        x = np.asarray(x, float)[()] if np.ndim(x) == 0 else np.ascontiguousarray(x, float)
        self.trace = trace = Trace(f, (float(x) if np.ndim(x) == 0 else x,), {}, (0,), replayable=True)
        if trace.nested:
            raise GradientError("jittape.native.taylor makes functions of numba.njit: call it outside of a recorded function")
        if len(trace.outputs) != 1 or isinstance(trace.result, (tuple, list, dict)):
            raise GradientError("jittape.native.taylor is for functions that return one number or array; np.stack several")
        self.shape, self.out_shape = np.shape(x), np.shape(trace.outputs[0]) if not isinstance(trace.outputs[0], Array) else trace.outputs[0].shape
        if flow and self.shape != self.out_shape:
            raise GradientError(f"a field has as many results as the point has numbers; this one maps shape {self.shape} to {self.out_shape}")
        (slots, _), tape = trace.inputs[0], trace.tape
        tape.evaluate()
        self.tape = tape
        self.series = series = Series(tape, [slots], order)
        out = trace.outputs[0]
        self.constant = not isinstance(out, Array)
        self.plain = np.zeros(0) if isinstance(out, Array) else np.asarray(out, float).reshape(-1)
        self.inputs = series.inputs[0]
        self.outputs = np.ascontiguousarray(series._rows(out.slots.reshape(-1))) if isinstance(out, Array) else np.zeros((order + 1, 0), np.int64)
        guards = tape.guards
        slots_ = np.empty(0, np.int64) if guards is None else np.asarray(guards.slots, np.int64)
        self.guards = np.ascontiguousarray(series._rows(slots_)[0])
        self.expected = np.empty(0) if guards is None else np.asarray(guards.expected, float)
        room = order + 1
        self.leaf_rows = np.concatenate([np.empty(0, np.int64), *(np.arange(b.n) + b.first * room for _, b in series.leaves)])
        self.leaf_values = np.concatenate([np.empty(0), *(np.asarray(tape.value[s : s + b.n], float) for s, b in series.leaves)])
        trace.end()

    def coefficients(self, given: Any, flow: bool) -> Any:
        """[order + 1, numbers] of the result, or of the flow, by way of Python: as far as each coefficient of the input needs those before."""
        order = self.series.order
        series = given.reshape(order + 1, 1, -1).copy()
        for k in range(order + 1 if flow else 1):
            found = self.series.run(self.tape.value, [series])
            out = found.memory[self.outputs, 0]
            undefined_after(out[None, 1:])
            if self.constant:
                out = np.zeros((order + 1, self.plain.size))
                out[0] = self.plain
            if flow and k < order:
                series[k + 1, 0] = out[k] / (k + 1)
        return series[:, 0] if flow else out


def _fallback(f: Callable[..., Any], shape: tuple[int, ...], order: int, flow: bool) -> Any:
    """A C function (address of the input's coefficients, of the result's) -> 0, which records f anew at the point; 1 where that fails."""
    size = prod(shape)

    def record(given: int, out: int) -> int:
        try:
            x = np.ctypeslib.as_array(ctypes.cast(given, ctypes.POINTER(ctypes.c_double)), (order + 1, size))
            found = _Recorded(f, x[0].reshape(shape), order, flow).coefficients(x, flow)
            np.ctypeslib.as_array(ctypes.cast(out, ctypes.POINTER(ctypes.c_double)), found.shape)[...] = found
            return 0
        except BaseException:
            log.exception("Taylor coefficients of a native function")
            return 1

    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(record)


def _compiled(f: Callable[..., Any], x: Any, order: int, flow: bool) -> Any:
    order = check_order(order)
    made = _Recorded(f, x, order, flow)
    series = made.series
    if series.breaks:
        raise GradientError("native Taylor coefficients are for elementwise operations, sums, extremes and products of matrices; solve, det, cholesky and their kin go by way of Python: jittape.taylor")
    fallback = _fallback(f, made.shape, order, flow)
    steps, lists, numbers, kernels, sweep = series.prepared()
    steps_at, lists_at, numbers_at, count = steps.ctypes.data, lists.ctypes.data, numbers.ctypes.data, len(series.steps)
    size, width, room, elements = prod(made.shape), prod(made.out_shape), order + 1, series.elements
    inputs, outputs, guards, expected = made.inputs, made.outputs, made.guards, made.expected
    leaf_rows, leaf_values, constant, plain = made.leaf_rows, made.leaf_values, made.constant, made.plain

    @njit(nogil=True)
    def swept(given: Any, out: Any) -> Any:
        """Coefficients of the result for those of the input, or, of a flow, both for coefficient 0 of the input; whether the path held."""
        memory = np.zeros(elements * room + 1)
        control = np.zeros(BLOCK, np.int64)
        control[S_STEPS], control[S_END], control[S_LISTS], control[S_NUMBERS] = steps_at, count, lists_at, numbers_at
        control[S_MEMORY], control[S_ROOM], control[S_DIRECTIONS], control[S_KERNELS] = memory.ctypes.data, room, 1, kernels
        for i in range(leaf_rows.size):
            memory[leaf_rows[i]] = leaf_values[i]
        for i in range(size):
            memory[inputs[0, i]] = given[0, i]
        for k in range(room):
            if not flow:
                for i in range(size):
                    memory[inputs[k, i]] = given[k, i]
            control[S_FIRST], control[S_STOP] = k, k + 1
            call_visit(sweep, control.ctypes.data, 0, 0, 0)
            if k == 0:
                for i in range(guards.size):
                    if memory[guards[i]] != expected[i]:
                        return False
            if flow:
                for i in range(size):
                    out[k, i] = memory[inputs[k, i]]
                    if k + 1 < room:
                        value = (plain[i] if k == 0 else 0.0) if constant else memory[outputs[k, i]]
                        lost = k > 0 and not np.isfinite(memory[inputs[k, i]]) and np.isfinite(value)
                        memory[inputs[k + 1, i]] = np.nan if lost else value / (k + 1)
            else:
                for i in range(width):
                    value = (plain[i] if k == 0 else 0.0) if constant else memory[outputs[k, i]]
                    lost = k > 1 and not np.isfinite(out[k - 1, i]) and np.isfinite(value)
                    out[k, i] = np.nan if lost else value  # as `undefined_after` of taylor.py says
        return True

    shape, out_shape, FAILED_, error = made.shape, (room, *made.out_shape), FAILED, GradientError
    message = f"native Taylor coefficients were made for {'a point' if flow else f'the {room} coefficients of a point'} of shape {made.shape}"

    @njit(nogil=True)
    def run(given: Any) -> Any:
        out = np.zeros((room, size if flow else width))
        if not swept(given, out) and fallback(given.ctypes.data, out.ctypes.data) != 0:
            raise error(FAILED_)
        return out.reshape(out_shape)

    if flow and shape == ():

        @njit(nogil=True)
        def number(x: Any) -> Any:
            given = np.zeros((room, 1))
            given[0, 0] = x
            return run(given)

        return _kept(number, (series, fallback, steps, lists, numbers), f)
    if flow:

        @njit(nogil=True)
        def point(x: Any) -> Any:
            if x.shape != shape:
                raise ValueError(message)
            given = np.zeros((room, size))
            given[0] = x.copy().reshape(size)
            return run(given)

        return _kept(point, (series, fallback, steps, lists, numbers), f)
    whole = (room, *shape)

    @njit(nogil=True)
    def curve(c: Any) -> Any:
        if c.shape != whole:
            raise ValueError(message)
        given = np.zeros((room, size))
        given[:] = c.copy().reshape((room, size))
        return run(given)

    return _kept(curve, (series, fallback, steps, lists, numbers), f)


def _kept(dispatcher: Any, what: Any, f: Any) -> Any:
    """The function, which holds what native code reads by its address."""
    dispatcher._jittape_kept = what
    dispatcher.__name__ = f"taylor_of_{getattr(getattr(f, 'py_func', f), '__name__', 'f')}"
    return dispatcher


def taylor(f: Callable[..., Any], x: Any, order: int) -> Any:
    """A function of numba.njit that gives Taylor coefficients of f along a curve, to be called in native code (and from Python, too).

    f is recorded at x, once; each call sweeps its power series natively, without Python, in `prange` and by several threads at once, too. Where
    it decides otherwise than it did at x (a branch), it is recorded at that point, each time, which takes Python and its lock.

    Args:
        f: a function of one float, or float64 array, that returns one number or array: of Python, or what `numba.njit` returned.
        x: a point to record it at; its shape is that of all points.
        order: the highest coefficient.

    Returns:
        A function: coefficients [order + 1, *shape of x] of a curve -> those of f along it, [order + 1, *shape of the result].

    Raises:
        GradientError: f returns a container, or does something that has no native steps (jittape.taylor has more).

    Example:
        >>> import numpy as np, numba, jittape as jt
        >>> @numba.njit
        ... def f(x):
        ...     return x[0] * np.exp(x[1])
        >>> c = jt.native.taylor(f, np.ones(2), 3)
        >>> curve = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])  # (1, t)
        >>> numba.njit(lambda curve: c(curve))(curve).round(4).tolist()
        [1.0, 1.0, 0.5, 0.1667]
    """
    return _compiled(f, x, order, False)


def taylor_flow(f: Callable[..., Any], y: Any, order: int) -> Any:
    """A function of numba.njit that gives the Taylor coefficients of the solution of y' = f(y), for integrators of high order.

    All coefficients come from one sweep over the recorded field: coefficient k + 1 of y is coefficient k of f(y), divided by k + 1.

    Args:
        f: the field, of a float or a float64 array; time is a component of it, whose derivative is 1, where f depends on it.
        y: a point to record it at; its shape is that of all points.
        order: the highest coefficient.

    Returns:
        A function: point -> coefficients [order + 1, *shape of y] of the solution through it, in powers of time.

    Raises:
        GradientError: as for `taylor`; f has another shape than y.

    Example:
        >>> import numpy as np, jittape as jt
        >>> flow = jt.native.taylor_flow(lambda y: np.stack([y[1], -y[0]]), np.ones(2), 4)
        >>> flow(np.array([0.0, 1.0]))[:, 0].round(4).tolist()  # sine
        [0.0, 1.0, -0.0, -0.1667, 0.0]
    """
    return _compiled(f, y, order, True)


for _f in (taylor, taylor_flow):
    refuse(_f, f"jittape.native.{_f.__name__}", made_outside(_f.__name__))
