"""Intervals by profiles: where the likelihood, the other parameters fitted anew, has fallen as far as the level says (Bates and Watts, ch. 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[Any]
WIDEST = 60
"""Steps outwards before the interval is called open."""
CLOSE = 1e-9
"""How exactly an end is found, of the reach of the interval."""


@dataclass(frozen=True)
class Profile:
    """A profile: see `Fit.profile`."""

    name: str
    lower: float
    upper: float
    values: Reals
    tau: Reals


def profile(fit: Any, i: int, level: float) -> Profile:
    """The profile of parameter i of a `Fit`."""
    goal = fit.quantile(level)
    best, error = float(fit.x[i]), float(fit.errors[i])
    if not np.isfinite(error) or error == 0.0:
        raise ValueError(f"{fit.names[i]} has no standard error ({'it lies on a bound' if np.isnan(error) else 'the data do not determine it'}), and so no profile")
    seen: dict[float, float] = {best: 0.0}
    ends = []
    for side in (-1.0, 1.0):
        ends.append(_end(fit, i, side, goal, best, error, seen))
    values = np.array(sorted(seen))
    return Profile(fit.names[i], ends[0], ends[1], values, np.array([seen[v] for v in values.tolist()]))


def _end(fit: Any, i: int, side: float, goal: float, best: float, error: float, seen: dict[float, float]) -> float:
    others = np.delete(fit.x, i)
    start = others

    def tau(value: float, start: Reals) -> tuple[float, Reals]:
        fall, found = fit._fall(i, value, start)
        t = float(np.sqrt(max(fall, 0.0))) if not np.isnan(fall) else np.inf
        seen[value] = side * t if np.isfinite(t) else np.nan
        return t, found

    limit = float(fit._limit(i, side))
    inner, low = best, 0.0
    step = side * goal * error
    outer = best
    for n in range(WIDEST):
        outer = best + step
        if side * (outer - limit) > 0:
            outer = limit
        high, found = tau(outer, start)
        if high >= goal:
            break
        inner, low, start = outer, high, found
        if outer == limit:
            return limit
        step *= 1.3 if n < 10 else 2.0
    else:
        return side * np.inf
    f_low, f_high = low - goal, high - goal
    for _ in range(100):  # false position of tau, which is nearly straight; the end that stays is weakened (Illinois)
        if not np.isfinite(f_high):
            new = 0.5 * (inner + outer)
        else:
            new = inner - f_low * (outer - inner) / (f_high - f_low)
        if not min(inner, outer) < new < max(inner, outer):
            new = 0.5 * (inner + outer)
        t, found = tau(new, start)
        f = t - goal
        if abs(f) <= CLOSE * goal or abs(outer - inner) <= CLOSE * error:
            return float(new)
        if f < 0:
            inner, f_low, start = new, f, found
            f_high *= 0.5
        else:
            outer, f_high = new, f
            f_low *= 0.5
    return float(0.5 * (inner + outer))
