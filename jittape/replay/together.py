"""Roots at many points at once: what a batch asks of a call of scalar equations, in lanes of the residual's recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jittape.lanes.lanes import Lanes
from jittape.replay.parts import Way

if TYPE_CHECKING:
    from jittape.replay.solved import Residual

Reals = NDArray[Any]


class Bracket(NamedTuple):
    """Where a root is, and how exact it is to be: numbers, or an array of points."""

    low: Any
    high: Any
    xtol: float
    rtol: float
    most: int
    """Iterations."""


class Together:
    """A scalar residual of one recorded way at many points."""

    def __init__(self, residual: Residual, way: Way) -> None:
        path = way.part.path
        inputs = np.concatenate([np.arange(a, b, dtype=np.int32) for a, b, _ in path.inputs])
        guards = (path.guard_slots, path.expected) if path.expected.size else None
        self.way, self.dtype = way, path.tape.dtype
        self.lanes = Lanes(path.tape, inputs, path.outputs[0].slots.reshape(-1), guards=guards, math=residual.math)
        self.constants = path.tape.value.copy()
        self.constants[way.part.slots] = way.constants
        self.pool: list[Any] = []

    def __call__(self, X: Reals) -> tuple[Reals, Reals, NDArray[np.bool_]]:
        """(values, derivatives by y and by all other numbers [points, numbers], where the recording holds) at points [points, numbers]."""
        try:
            workspace = self.pool.pop()
        except IndexError:
            workspace = self.lanes.workspace()
            workspace.set_constants(self.constants)
        n, inputs = X.shape
        Y, G, failed = np.empty((n, 1), self.dtype), np.empty((n, 1, inputs), self.dtype), np.empty(n, np.int32)
        workspace.run(X, Y, G, failed)
        self.pool.append(workspace)
        return Y[:, 0], G[:, 0], failed < 0


def points(y: Any, operands: Sequence[Any], count: int, dtype: Any) -> Reals:
    """Rows of y and the numbers of the operands, which have points last."""
    return np.ascontiguousarray(np.concatenate([np.broadcast_to(y, (1, count)), *(np.reshape(x, (-1, count)) for x in operands)]).T, dtype)


def roots(f: Together, operands: Sequence[Any], count: int, bracket: Bracket) -> tuple[Reals, NDArray[np.bool_]]:
    """(the roots, where they were found) by Newton's method, with bisection where a step leaves the bracket or does not get on.

    Where the ends have values of one sign, or the iterations do not suffice, the root is left to the solver itself.
    """
    X = points(0.0, operands, count, f.dtype)
    low, high = (np.array(np.broadcast_to(np.asarray(x, float), (count,))) for x in (bracket.low, bracket.high))

    def at(x: Reals, rows: Any) -> tuple[Reals, Reals]:
        given = X[rows]
        given[:, 0] = x
        value, slopes, held = f(given)
        good[rows] &= held & ~np.isnan(value)
        return value.astype(float), slopes[:, 0].astype(float)

    good = np.ones(count, bool)
    every = np.arange(count)
    at_low, at_high = at(low, every)[0], at(high, every)[0]
    good &= np.sign(at_low) * np.sign(at_high) <= 0.0
    x = np.where(at_low == 0.0, low, np.where(at_high == 0.0, high, 0.5 * (low + high)))
    rising = at_low < 0.0
    rows = every[good & (at_low != 0.0) & (at_high != 0.0)]
    before = np.abs(high - low)
    for _ in range(bracket.most):
        if not rows.size:
            return x, good
        here = x[rows]
        value, slope = at(here, rows)
        below = (value < 0.0) == rising[rows]
        low[rows], high[rows] = np.where(below, here, low[rows]), np.where(below, high[rows], here)
        with np.errstate(all="ignore"):
            step = -value / slope
            ahead = here + step
            inside = (ahead >= np.minimum(low[rows], high[rows])) & (ahead <= np.maximum(low[rows], high[rows]))
        tried = np.abs(step) <= 0.5 * before[rows]
        new = np.where(inside & tried, ahead, 0.5 * (low[rows] + high[rows]))
        near = np.abs(step) <= bracket.xtol + bracket.rtol * np.abs(here)
        new = np.where(value == 0.0, here, np.where(near, ahead, new))  # rounding may have it leave the bracket
        moved = np.abs(new - here)
        before[rows], x[rows] = moved, new
        rows = rows[(moved > bracket.xtol + bracket.rtol * np.abs(new)) & good[rows]]
    good[rows] = False
    return x, good


def pulled(f: Together, y: Any, operands: Sequence[Any], adjoints: Any, count: int) -> tuple[list[Reals], NDArray[np.bool_]]:
    """(the adjoints of the operands, for those of the roots; where they were found)."""
    _, slopes, held = f(points(y, operands, count, f.dtype))
    with np.errstate(all="ignore"):
        factor = -np.reshape(adjoints, -1) / slopes[:, 0]
    rest = (factor[:, None] * slopes[:, 1:]).T
    sizes = [int(np.prod(np.shape(x)[:-1], dtype=np.int64)) for x in operands]
    parts = [part.reshape(np.shape(x)) for part, x in zip(np.split(rest, np.cumsum(sizes)[:-1]), operands, strict=True)]
    return parts, held & (slopes[:, 0] != 0.0)
