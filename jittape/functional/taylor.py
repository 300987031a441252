"""Taylor coefficients of functions along directions: sweeps of truncated power series over what was recorded (passes/series.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import combinations_with_replacement, product
from math import comb, prod
from operator import index
from typing import Any

import numpy as np

from jittape import tree
from jittape.array.array import Array
from jittape.errors import GradientError
from jittape.functional.trace import Trace
from jittape.passes.series import Series

MOST_RAYS = 200_000
"""Directions of a tensor of derivatives beyond which it is refused."""


def check_order(order: Any) -> int:
    """The order as an integer, or an error."""
    try:
        found = index(order)
    except TypeError:
        raise TypeError(f"taylor: order is an integer of 0 or more, not {order!r}") from None
    if isinstance(order, (bool, np.bool_)) or found < 0:
        raise ValueError(f"taylor: order is an integer of 0 or more, not {order!r}")
    return found


def check_directions(x: Any, shapes: Sequence[tuple[int, ...]], direction: Any, directions: Any) -> tuple[list[Any], bool]:
    """The directions [directions, *shape] of each leaf of x, and whether several were asked for.

    Args:
        x: the point in its structure; `shapes` are those of its leaves.
    """
    if direction is not None and directions is not None:
        raise TypeError("taylor takes direction= or directions=, not both")
    if direction is None and directions is None:
        if len(shapes) != 1 or prod(shapes[0]) != 1:
            raise ValueError(f"taylor needs a direction of the structure of x, {tree.describe(x)}: jittape.taylor(f, x, order, direction), or directions= for several")
        return [np.ones((1, *shapes[0]))], False
    many = directions is not None
    what = directions if many else direction
    found = tree.aligned(what, x)
    if found is None or len(found) != len(shapes):
        raise ValueError(f"taylor: {'directions have' if many else 'a direction has'} the structure of x, {tree.describe(x)}; got {tree.describe(what)}")
    given: list[Any] = []
    for k, (v, shape) in enumerate(zip(found, shapes, strict=True)):
        if not isinstance(v, Array):
            v = np.asarray(v)
            if v.dtype.kind not in "fiu":
                raise GradientError(f"taylor: a direction is of real numbers, not of dtype {v.dtype}")
            v = v.astype(np.float64)
        lead = v.shape[: v.ndim - len(shape)] if many else ()
        if v.shape != (*lead, *shape) or len(lead) != many:
            need = ("directions", *shape) if many else shape
            raise ValueError(f"taylor: {'directions' if many else 'the direction'} of leaf {k} of x must have shape ({', '.join(map(str, need))}), not {v.shape}")
        given.append(v if many else v.reshape(1, *shape))
    if len({len(v) for v in given}) > 1 or not len(given[0]):
        raise ValueError(f"taylor: directions= holds as many directions for each leaf, at least one; these are {[len(v) for v in given]}")
    return given, many


def series_of(values: Sequence[Any], directions: Sequence[Any], order: int) -> list[Any]:
    """The coefficients [order + 1, directions, numbers] of each input, x + t v."""
    found = []
    for value, v in zip(values, directions, strict=True):
        c = np.zeros((order + 1, len(v), v[0].size))
        c[0] = np.reshape(value, -1)
        if order:
            c[1] = v.reshape(len(v), -1)
        found.append(c)
    return found


def output(found: Any, out: Any, order: int, directions: int, many: bool, dtype: Any) -> Any:
    """The coefficients of a leaf of the result, for the user.

    Args:
        found: a `passes.series.Coefficients`.
        out: the leaf, a recorded array or a constant.
    """
    if isinstance(out, Array):
        c = found.of(out.slots)
    else:
        c = np.zeros((directions, order + 1, *np.shape(out)))
        c[:, 0] = out
    undefined_after(c[:, 1:])
    c = c.astype(dtype, copy=False)
    return c if many else c[0]


def undefined_after(c: Any) -> None:
    """Coefficients [directions, order, ...] from the first on: none that follows one that is not finite is a number, whatever the rules of products with zeros make of it."""
    lost = np.logical_or.accumulate(~np.isfinite(c), axis=1)[:, :-1] & np.isfinite(c[:, 1:])
    if lost.any():
        c[:, 1:][lost] = np.nan


def taylor(f: Callable[..., Any], x: Any, order: int, direction: Any = None, *, directions: Any = None, math: str = "fast") -> Any:
    """Taylor coefficients of t -> f(x + t v) at t = 0, by one sweep of truncated power series.

    Coefficient k is the derivative of order k along v, divided by k!. A sweep takes time in proportion to the square of the order, where
    nested derivatives grow exponentially with it; several directions are swept together.

    Args:
        f: a function of one argument: a float, an array, or nested tuples, lists and dicts of them. It returns numbers or arrays, or
            containers of them.
        x: the point.
        order: the highest coefficient.
        direction: v, of the structure and shapes of x; 1 where x is one number.
        directions: several, with an axis of directions before the axes of every leaf.
        math: as in `grad`.

    Returns:
        For each leaf of f's result, in its structure, an array of shape (order + 1, *shape); of shape (directions, order + 1, *shape)
        where `directions` is given. Coefficients are computed in float64 and returned in the dtype of x.

    Raises:
        ValueError: a direction has another structure or shape than x, or the order is negative.
        GradientError: f does something that has no rule for power series (an eigenvalue decomposition, say).

    Example:
        >>> import numpy as np, jittape as jt
        >>> jt.taylor(np.exp, 0.0, 4).round(6).tolist()
        [1.0, 1.0, 0.5, 0.166667, 0.041667]
        >>> c = jt.taylor(lambda x: x[0] ** 2 * x[1], np.array([1.0, 2.0]), 3, np.array([1.0, 1.0]))
        >>> c.tolist()
        [2.0, 5.0, 4.0, 1.0]
    """
    order = check_order(order)
    trace = Trace(f, (x,), {}, (0,), math=math)
    given, many = check_directions(x, [shape for _, shape in trace.inputs], direction, directions)
    if trace.nested:
        return _recorded(trace, x, order, given, many)
    tape = trace.tape
    series = series_of([tape.value[slots] for slots, _ in trace.inputs], given, order)
    found = Series(tape, [slots for slots, _ in trace.inputs], order).run(tape.value, series)
    result = trace.rebuild_output([output(found, out, order, len(given[0]), many, tape.dtype) for out in trace.outputs])
    trace.end()
    return result


def _recorded(trace: Trace, x: Any, order: int, given: list[Any], many: bool) -> Any:
    """The same on the tape of an outer recording."""
    from jittape.functional.taylor_recorded import Recorded  # for start-up

    tape, slots = trace.tape, [s for s, _ in trace.inputs]
    series = Series(tape, slots, order, trace.start, trace.start_slot)
    count = len(given[0])
    rows = [[None, v.reshape(count, -1), *[None] * order][: order + 1] for v in given]
    found = Recorded(series, slots, rows)
    outputs = []
    for out in trace.outputs:
        if isinstance(out, Array):
            c: Any = found.of(out.slots, count)
        else:
            c = np.zeros((count, order + 1, *np.shape(out)))
            c[:, 0] = out
        outputs.append(c if many else c[0])
    recorded = [c for c in outputs if isinstance(c, Array)]
    delivered = iter(trace.deliver(recorded))
    return trace.rebuild_output([next(delivered) if isinstance(c, Array) else c for c in outputs])


# --- mixed derivatives ------------------------------------------------------------------------------------------------------------


def _indices(n: int, d: int) -> Iterator[tuple[int, ...]]:
    """The multi-indices of n numbers whose sum is d."""
    for places in combinations_with_replacement(range(n), d):
        yield tuple(places.count(i) for i in range(n))


@cache
def _weights(i: tuple[int, ...], d: int) -> tuple[tuple[tuple[int, ...], float], ...]:
    """(multi-index j of degree d, weight of the coefficient of degree |i| along j) of the derivative i: Griewank, Utke and Walther (2000), (13).

    The multi-indices are those of the variables that i has.
    """
    from fractions import Fraction

    size = sum(i)
    found: dict[tuple[int, ...], Fraction] = {}
    for k in product(*(range(m + 1) for m in i)):
        total = sum(k)
        if not total:
            continue
        sign = (-1) ** (size - total)
        base = sign * prod(map(comb, i, k)) * Fraction(total, d) ** size
        for j in _indices(len(i), d):
            binomial = Fraction(1)
            for m, top in zip(j, k, strict=True):
                a = Fraction(d * top, total)
                for step in range(m):
                    binomial *= (a - step) / (step + 1)
            if binomial:
                found[j] = found.get(j, Fraction(0)) + base * binomial
    return tuple((j, float(w)) for j, w in found.items() if w)


def derivative_tensors(f: Callable[..., Any], x: Any, order: int, *, math: str = "fast") -> tuple[Any, ...]:
    """All partial derivatives up to an order, mixed ones included: (value, gradient, Hessian, third derivatives, ...).

    They are put together from Taylor coefficients along several directions, swept together (Griewank, Utke and Walther, Evaluating
    higher derivative tensors by forward propagation of univariate Taylor series, 2000). For n variables there are (n + order - 1)! /
    ((n - 1)! order!) directions.

    Args:
        f: a function of one float or array, returning one number or array.
        x: the point.
        order: of the last tensor, 1 or more.
        math: as in `grad`.

    Returns:
        order + 1 arrays, for a result of shape s and x of shape t of the shapes s, s + t, s + t + t, ..., symmetric in the axes of x.

    Raises:
        GradientError: x or the result is a container, or f does something that has no rule for power series.
        ValueError: the order is less than 1, or there would be too many directions.

    Example:
        >>> import numpy as np, jittape as jt
        >>> *_, third = jt.derivative_tensors(lambda x: x[0] ** 2 * x[1], np.array([1.0, 2.0]), 3)
        >>> third.round(9).tolist()
        [[[0.0, 2.0], [2.0, 0.0]], [[2.0, 0.0], [0.0, 0.0]]]
    """
    order = check_order(order)
    if order < 1:
        raise ValueError("derivative_tensors: order is 1 or more")
    if isinstance(x, (tuple, list, dict)):
        raise GradientError("derivative_tensors takes one float or array; put the leaves of a container into one array")
    shape = np.shape(x)
    n = prod(shape)
    if not n:
        raise GradientError("derivative_tensors: x has no elements")
    rays = comb(n + order - 1, order)
    if rays > MOST_RAYS:
        raise ValueError(f"derivative_tensors of order {order} by {n} variables takes {rays:,} directions, more than {MOST_RAYS:,}: ask for a lower order, or for jittape.taylor along some directions")
    places = {j: k for k, j in enumerate(_indices(n, order))}
    S = np.array([*places], float).reshape(len(places), *shape)
    c = taylor(f, x, order, directions=S, math=math)
    if isinstance(c, (tuple, list, dict)):
        raise GradientError("derivative_tensors is for functions that return one number or array")
    out_shape = c.shape[2:]
    tensors = [c[0, 0]]
    for size in range(1, order + 1):
        T: Any = np.zeros((*(n,) * size, *out_shape))
        for axes in combinations_with_replacement(range(n), size):
            used = sorted(set(axes))
            i = tuple(axes.count(v) for v in used)
            value: Any = 0.0
            for j, w in _weights(i, order):
                full = [0] * n
                for v, m in zip(used, j, strict=True):
                    full[v] = m
                value = value + w * c[places[tuple(full)], size]
            for permuted in set(_permutations(axes)):
                T[permuted] = value
        axes_out = tuple(range(size, size + len(out_shape)))
        T = np.transpose(T, (*axes_out, *range(size)))
        tensors.append(T.reshape((*out_shape, *shape * size)).astype(c.dtype, copy=False)[()])
    return tuple(tensors)


def _permutations(axes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    from itertools import permutations

    return permutations(axes)
