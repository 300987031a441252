"""Bounds of variables and constraints as arrays, and constraints that come with theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


def split(constraints: Any) -> tuple[Any, Any]:
    """The functions of constraints, and the pairs of bounds where they came with them."""
    if constraints is None or callable(constraints):
        return constraints, None
    given = list(constraints)
    if isinstance(constraints, tuple) and len(given) == 3 and callable(given[0]) and not any(map(callable, given[1:])):
        given = [constraints]
    if not any(isinstance(k, tuple) for k in given):
        return given, None
    for k in given:
        if not isinstance(k, tuple) or len(k) != 3:
            raise TypeError(
                f"constraints are functions with cl and cu, or tuples (c, lower, upper) throughout, not {k!r}"
            )
    return [k[0] for k in given], [k[1:] for k in given]


def joined(sides: Sequence[Any], sizes: Sequence[int], k: int) -> Reals:
    """The bounds of each function of the constraints, as one array."""
    name = ("lower", "upper")[k]
    return np.concatenate(
        [
            one_side(s, size, name, "constraints of this function", -np.inf if name == "lower" else np.inf)
            for s, size in zip(sides, sizes, strict=True)
        ]
    )


def one_side(bound: Any, count: int, name: str, what: str, default: float) -> Reals:
    """A bound as an array [count]; None, or None among its numbers, is `default`."""
    if bound is None:
        return np.full(count, default)
    values = np.array(
        [default if b is None else b for b in bound] if isinstance(bound, (list, tuple)) else bound, float
    )
    if values.shape not in ((), (count,)):
        raise ValueError(
            f"{name} is a number or an array of {count} numbers, one for each of the {what}, not of shape {values.shape}"
        )
    return np.array(np.broadcast_to(values, (count,)))


def both_sides(low: Any, high: Any, count: int, first: str, second: str, what: str) -> tuple[Reals, Reals]:
    """Lower and upper bounds as arrays [count], of which each pair leaves something between."""
    a, b = one_side(low, count, first, what, -np.inf), one_side(high, count, second, what, np.inf)
    wrong = np.flatnonzero(~(a <= b))  # NaN, too
    if wrong.size:
        i = int(wrong[0])
        raise ValueError(f"{first}[{i}] = {a[i]} is not at most {second}[{i}] = {b[i]}")
    return a, b
