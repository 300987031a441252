"""Differences, slopes, integrals and interpolation along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.array.array import Array
from jittape.array.layout import axes_of
from jittape.array.protocols import REASONS, implements
from jittape.array.state import complexly
from jittape.errors import RecordingError
from jittape.functions.decisions import bracket, guarded
from jittape.functions.lift import fresh, join, lift, lift_all, normal_axis, select, settle, stop, tape_of
from jittape.functions.reductions import sum as total
from jittape.functions.scans import running_sum
from jittape.ops._generated import opcodes as ops


def part(axis: int, ndim: int, piece: Any) -> tuple[Any, ...]:
    """The index that takes `piece` along an axis."""
    return (*(slice(None),) * axis, piece, *(slice(None),) * (ndim - axis - 1))


# --- differences -------------------------------------------------------------------------------------------------------------


@implements(np.diff, view=True)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    given = [x for x in (prepend, a, append) if x is not None and x is not np._NoValue]
    tape = tape_of(*given)
    assert tape is not None
    x = lift(tape, a)
    if x.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    if n == 0:
        return x
    axis = normal_axis(axis, x.ndim)
    if len(given) > 1:
        edge = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
        parts = [p if p is a else lift(tape, p) for p in given]
        parts = [p.view(np.broadcast_to(p.slots, edge)) if isinstance(p, Array) and p.ndim == 0 else p for p in parts]
        x = join(parts, axis)
    for _ in range(n):
        later, earlier = x[part(axis, x.ndim, slice(1, None))], x[part(axis, x.ndim, slice(None, -1))]
        x = later ^ earlier if x.is_mask else later - earlier
    return x


@implements(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    x, *_ = lift_all(ary, *(e for e in (to_end, to_begin) if e is not None))
    x = x.reshape(-1)
    steps = x[1:] - x[:-1]
    ends = [None if e is None else lift(x.tape, e).reshape(-1) for e in (to_begin, to_end)]
    parts = [p for p in (ends[0], steps, ends[1]) if p is not None]
    return steps if len(parts) == 1 else join(parts)


def _spacings(f: Array, axes: tuple[int, ...], given: tuple[Any, ...]) -> list[Any]:
    """One spacing an axis: a number, or the differences of the coordinates."""
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and np.ndim(given[0]) == 0:
        return list(given) * len(axes)
    if len(given) != len(axes):
        raise TypeError(f"np.gradient takes no spacing, one for all axes, or one an axis: got {len(given)} for {len(axes)} axes")
    out = []
    for axis, x in zip(axes, given, strict=True):
        if np.ndim(x) == 0:
            out.append(x)
            continue
        if np.ndim(x) != 1:
            raise ValueError("distances must be either scalars or 1d")
        if len(x) != f.shape[axis]:
            raise ValueError(f"when 1d, distances must match the length of the corresponding dimension: {len(x)} and {f.shape[axis]}")
        steps = np.diff(settle(x))
        out.append(steps[0] if not isinstance(steps, Array) and (steps == steps[0]).all() else steps)
    return out


def _slopes(f: Any, axis: int, h: Any, edge_order: int) -> Any:
    """The derivative of f along an axis: second order inside, `edge_order` at both ends."""

    def at(piece: Any) -> Any:
        return f[part(axis, f.ndim, piece)]

    uniform = np.ndim(h) == 0
    if uniform:
        inside = (at(slice(2, None)) - at(slice(None, -2))) / (2.0 * h)
    else:
        h1, h2 = (np.reshape(s, part(axis, f.ndim, -1)[:0] + tuple(-1 if a == axis else 1 for a in range(f.ndim))) for s in (h[:-1], h[1:]))
        inside = (
            -h2 / (h1 * (h1 + h2)) * at(slice(None, -2))
            + (h2 - h1) / (h1 * h2) * at(slice(1, -1))
            + h1 / (h2 * (h1 + h2)) * at(slice(2, None))
        )
    if edge_order == 1:
        first = (at(slice(1, 2)) - at(slice(0, 1))) / (h if uniform else h[0])
        last = (at(slice(-1, None)) - at(slice(-2, -1))) / (h if uniform else h[-1])
    else:
        p, q = (h, h) if uniform else (h[0], h[1])
        first = (
            -(2.0 * p + q) / (p * (p + q)) * at(slice(0, 1))
            + (p + q) / (p * q) * at(slice(1, 2))
            - p / (q * (p + q)) * at(slice(2, 3))
        )
        p, q = (h, h) if uniform else (h[-2], h[-1])
        last = (
            q / (p * (p + q)) * at(slice(-3, -2))
            - (q + p) / (p * q) * at(slice(-2, -1))
            + (2.0 * q + p) / (q * (p + q)) * at(slice(-1, None))
        )
    return join([first, inside, last], axis)


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    tape = tape_of(f, *varargs)
    assert tape is not None
    f = lift(tape, f)
    axes = tuple(range(f.ndim)) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, f.ndim)
    if edge_order not in (1, 2):
        raise ValueError(f"'edge_order' must be 1 or 2, not {edge_order}")
    for a in axes:
        if f.shape[a] < edge_order + 1:
            raise ValueError("Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.")
    out = tuple(fresh(_slopes(f, a, h, edge_order), axes_of(f.slots)) for a, h in zip(axes, _spacings(f, axes, varargs), strict=True))
    return out[0] if len(out) == 1 else out


# --- integrals ---------------------------------------------------------------------------------------------------------------


@implements(np.trapezoid, getattr(np, "trapz", None))
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    tape = tape_of(y, x, dx)
    assert tape is not None
    y = lift(tape, y)
    along = normal_axis(axis, y.ndim)
    if x is not None:
        x = settle(x)
        if x.ndim == 1:
            dx = np.reshape(np.diff(x), tuple(-1 if a == along else 1 for a in range(y.ndim)))
        else:
            dx = np.diff(x, axis=axis)  # x may have more axes than y, and axis then counts from their last one
    left, right = y[part(along, y.ndim, slice(None, -1))], y[part(along, y.ndim, slice(1, None))]
    return total((left + right) * (dx / 2.0), axis)


# --- interpolation -----------------------------------------------------------------------------------------------------------


@implements(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Piecewise linear; the interval of each x is data, and the derivative at a node is that of the interval to its right."""
    tape = tape_of(x, xp, fp, left, right)
    assert tape is not None, "np.interp of recorded values takes a plain period"
    what = "the interval in which np.interp finds x"
    x, xp = settle(x), settle(xp)
    fp = lift(tape, fp)
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if xp.shape != fp.shape:
        raise ValueError(f"fp and xp are not of the same length: {fp.shape[0]} and {xp.shape[0]}")
    if not xp.size:
        raise ValueError("array of sample points is empty")
    if period is not None:
        if isinstance(period, Array):
            raise RecordingError("np.interp of recorded values takes a plain period; pass jittape.stop_gradient(period)")
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period, left, right = abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = lift(tape, xp[order]), fp[order]
        xp, fp = join([xp[-1:] - period, xp, xp[:1] + period]), join([fp[-1:], fp, fp[:1]])
    points, nodes = (v.value() if isinstance(v, Array) else v for v in (x, xp))
    _guard_intervals(x, xp, points, nodes, what)
    return _interpolate(x, xp, fp, lift(tape, fp[0] if left is None else left), lift(tape, fp[-1] if right is None else right), points, nodes)


def _guard_intervals(x: Any, xp: Any, points: NDArray[Any], nodes: NDArray[Any], what: str) -> None:
    """Guard the interval of each point, and which points are the last node."""
    tape = guarded(x, xp)
    if tape is None:
        return
    at, ends = lift(tape, x).slots, lift(tape, xp).slots[-2:]
    last, beyond = at[points == nodes[-1]], at[points > nodes[-1]]
    more = [(ops.EQUAL, last, np.repeat(ends[-1:], last.size)), (ops.GREATER, beyond, np.repeat(ends[-1:], beyond.size))]
    if last.size:  # which of two nodes at the same place
        more.append((ops.EQUAL if nodes[-2:][0] == nodes[-1] else ops.LESS, ends[:1], ends[-1:]))
    bracket(xp, x, np.searchsorted(nodes, points, "right"), "right", what, more)


def _interpolate(x: Any, xp: Any, fp: Array, left: Array, right: Array, points: NDArray[Any], nodes: NDArray[Any]) -> Any:
    n = nodes.size
    j = np.clip(np.searchsorted(nodes, points, "right") - 1, 0, max(n - 2, 0))
    flat = (points == nodes[-1]) & (nodes[j] == nodes[-1])  # at the end of a jump, or the only node
    slots = fp.slots[np.where(flat, n - 1, j)]
    inside = ((points >= nodes[0]) & (points <= nodes[-1]) & ~flat) | np.isnan(points)
    if n > 1 and inside.any():
        k = j[inside]
        x0, y0 = xp[k], fp[k]
        slope = (fp[k + 1] - y0) / (xp[k + 1] - x0)
        values = slope * (x[inside] - x0) + y0
        slots = np.array(slots)
        slots[inside] = values.slots
    slots = np.where(points < nodes[0], left.slots, np.where(points > nodes[-1], right.slots, slots)).astype(np.int32)
    return Array.of(fp.tape, slots) if slots.ndim else Array(fp.tape, int(slots))


@implements(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    axis = normal_axis(axis, p.ndim)
    step = stop(diff(p, axis=axis))
    half = period / 2
    wrapped = np.mod(step + half, period) - half
    wrapped = select((wrapped == -half) & (step > 0), half, wrapped)
    turns = select(np.abs(step) < (half if discont is None else discont), 0.0, wrapped - step)
    rest = p[part(axis, p.ndim, slice(1, None))] + running_sum(turns, axis)
    return fresh(join([p[part(axis, p.ndim, slice(0, 1))], rest], axis), axes_of(p.slots))


REASONS[np.polyfit] = "solve the least squares problem itself: A = np.vander(x, degree + 1); np.linalg.solve(A.T @ A, A.T @ y)"
REASONS[np.poly] = "multiply the factors with np.convolve"
implements(np.roots)(lambda p: complexly().by_function(p.tape, np.roots, (p,), {}))


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Of real numbers 0, or pi below zero."""
    found = np.arctan2(0.0, z)
    return found * (180.0 / np.pi) if deg else found
