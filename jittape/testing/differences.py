"""Finite differences, of one step and extrapolated, and analytic derivatives compared with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jittape.testing.subject import Subject, Values
from jittape.testing.tolerance import LONGEST, Tolerance, close, first_difference, inner, magnitude

SURE, KNOWN = 3.0, 1e-3
"""Errors of an extrapolated difference that an analytic value may be off; relative, the largest error of one that says anything."""
LEAST = 1e-9
"""Values below this are rounding errors: they make no tolerance smaller."""


def finite_difference(
    f: Callable[..., Any], leaves: Sequence[Any], directions: Sequence[Any], step: float
) -> list[Values]:
    """Central difference of the outputs (a list) of `f(leaves)` along directions, one a leaf.

    Args:
        f: leaves -> list of arrays.
        leaves: the point, a list of arrays or numbers.
        directions: of the shapes of the leaves.
        step: the points are leaves +- step * directions.

    Returns:
        A list of arrays, of the shapes of the outputs.

    Raises:
        ValueError: the step is too small for the dtype: both points round to the same number.

    Example:
        >>> from jittape.testing import finite_difference
        >>> finite_difference(lambda x: [x[0] ** 2], [3.0], [1.0], 1e-4)[0].round(6).item()
        6.0
    """
    above, below = (
        [np.asarray(x + h * d, np.asarray(x).dtype) for x, d in zip(leaves, directions, strict=True)]
        for h in (step, -step)
    )
    # The points are rounded to their dtype, so the distance between them is measured.
    moved = [np.asarray(a, np.float64) - np.asarray(b, np.float64) for a, b in zip(above, below, strict=True)]
    squared = inner(directions, directions)
    distance = inner(moved, directions) / squared if squared else 2 * step
    if distance == 0.0:
        raise ValueError(f"a step of {step!r} is too small for {above[0].dtype}: both points round to the same number")
    return [
        (np.asarray(a, np.float64) - np.asarray(b, np.float64)) / distance
        for a, b in zip(f(above), f(below), strict=True)
    ]


def extrapolated(
    f: Callable[..., Any], leaves: Sequence[Any], directions: Sequence[Any], steps: Sequence[float], small: float = 0.0
) -> tuple[list[Values], list[Values]]:
    """Central differences extrapolated to a step of zero, and their errors: of several steps, for each number the one that errs least
    beside what it gives.

    The error is how far the extrapolation of one step is from those of the next longer ones, and what rounding makes of the values.

    Args:
        f, leaves, directions: those of `finite_difference`.
        steps: each a quarter of the one before.
        small: errors of this size count little.

    Example:
        >>> import numpy as np
        >>> from jittape.testing import extrapolated
        >>> found, error = extrapolated(lambda x: [np.sin(x[0])], [1e8], [1.0], [4.0**-k for k in range(12)])
        >>> bool(abs(found[0] - np.cos(1e8)) < 1e-9), bool(error[0] < 1e-9)
        (True, True)
    """
    rows: list[list[Values]] = []
    eps = max(np.finfo(x.dtype if (x := np.asarray(leaf)).dtype.kind == "f" else np.float64).eps for leaf in leaves)
    with np.errstate(all="ignore"):
        sizes = [np.abs(o) for o in f(leaves)]
        for h in steps:
            try:
                rows.append(finite_difference(f, leaves, directions, h))
            except (ArithmeticError, ValueError, np.linalg.LinAlgError):  # out of the domain, or both points are one
                rows.append([np.full(o.shape, np.nan) for o in sizes])
        best, errors = [], []
        for k, size in enumerate(sizes):
            D = np.stack([row[k] for row in rows])
            R = D[1:] + (D[1:] - D[:-1]) / 15.0
            rounding = eps * size / np.reshape(steps[3:], (-1, *(1,) * size.ndim))
            error = np.maximum(np.abs(R[2:] - R[1:-1]), np.abs(R[2:] - R[:-2])) + rounding
            error = np.where(np.isfinite(error), error, np.inf)
            relative = error / np.maximum(np.abs(R[2:]) + small, np.finfo(float).tiny)
            least = np.argmin(np.where(np.isfinite(relative), relative, np.inf), axis=0)[None]
            best.append(np.take_along_axis(R[2:], least, axis=0)[0])
            errors.append(np.take_along_axis(error, least, axis=0)[0])
    return best, errors


class Differences:
    """Differences of a subject's results, as analytic derivatives are compared with them.

    A difference of one step decides where it agrees. Where it does not, the step may be too long or too short: those of many
    steps are extrapolated, and err by what is found.

    Args:
        outputs: the results at the point.
        directions: some direction.
    """

    def __init__(self, subject: Subject, tolerance: Tolerance, outputs: list[Values], directions: list[Values]) -> None:
        self.subject, self.directions = subject, directions
        sizes = [np.max(np.abs(o), initial=0.0) for o in outputs]
        with np.errstate(all="ignore"):
            try:
                near = subject.outputs([np.asarray(x + LONGEST * d, x.dtype) for x, d in zip(subject.leaves, directions, strict=True)])
                sizes = [max(size, np.max(np.abs(o), initial=0.0)) if np.isfinite(o).all() else size for size, o in zip(sizes, near, strict=True)]
            except Exception:  # out of the domain; the function says it in its own way
                pass
        finite = [size for size in sizes if 0.0 < size < np.inf]
        self.tolerance = replace(tolerance, atol=tolerance.atol * min(1.0, max([*finite, LEAST] if finite else [1.0])))

    def off(self, analytic: list[Values], directions: list[Values]) -> tuple[list[tuple[int, ...] | None], list[Values]]:
        """For each result the index of what is wrong, or None; and the numeric derivatives along a direction."""
        t, subject = self.tolerance, self.subject
        numeric = finite_difference(subject.outputs, subject.leaves, directions, t.step)
        found = [first_difference(a, d, t) for a, d in zip(analytic, numeric, strict=True)]
        if all(bad is None for bad in found) or not t.steps:
            return found, numeric
        best, errors = extrapolated(subject.outputs, subject.leaves, directions, t.steps, t.atol)
        for k, bad in enumerate(found):
            if bad is None:
                continue
            a, d, e = analytic[k], best[k], errors[k]
            known = e <= KNOWN * np.abs(d) + SURE * t.atol
            d = np.where(known, d, numeric[k])
            nothing = np.isnan(a) & self.undefined[k]
            found[k] = first_difference(np.where(nothing, d, a), d, t, np.where(known, SURE * e, 0.0))
            numeric[k] = d
        return found, numeric

    def wrong(self, analytic: float, weights: list[Values], directions: list[Values], length: float) -> float | None:
        """The numeric derivative of a combination of the results, where the analytic one is off."""
        t, subject = self.tolerance, self.subject
        parts = finite_difference(subject.outputs, subject.leaves, directions, t.step)
        numeric, analytic = inner(weights, parts), analytic * length
        if close(analytic, numeric, magnitude(weights, parts) + abs(analytic), t):
            return None
        if t.steps:
            best, errors = extrapolated(subject.outputs, subject.leaves, directions, t.steps, t.atol)
            scale, error = magnitude(weights, best), magnitude(weights, errors)
            if error <= KNOWN * scale + SURE * t.atol:
                numeric = inner(weights, best)
                if close(analytic, numeric, scale + abs(analytic) + (SURE * error / t.rtol if t.rtol else 0.0), t):
                    return None
            if np.isnan(analytic) and any((u & (w != 0.0)).any() for u, w in zip(self.undefined, weights, strict=True)):
                return None
        return numeric / length

    @cached_property
    def undefined(self) -> list[NDArray[np.bool_]]:
        """For each number of the results whether it has no derivative here: differences on both sides, or of two directions and of their sum,
        do not come together with shorter steps. Then NaN is right."""
        subject, step = self.subject, self.tolerance.step
        one = self.directions
        two = [np.where(np.arange(d.size).reshape(d.shape) % 2, -d, 0.5 * d) for d in one]
        both = [d + e for d, e in zip(one, two, strict=True)]

        def gaps(h: float) -> list[tuple[Values, Values]]:
            here = subject.outputs(subject.leaves)
            found = []
            ahead, behind = (subject.outputs([np.asarray(x + s * d, x.dtype) for x, d in zip(subject.leaves, one, strict=True)]) for s in (h, -h))
            along = [finite_difference(subject.outputs, subject.leaves, d, h) for d in (one, two, both)]
            for k, o in enumerate(here):
                right, left = (ahead[k] - o) / h, (o - behind[k]) / h
                jump = np.abs(right - left) / (np.abs(right) + np.abs(left))
                a, b, c = (D[k] for D in along)
                found.append((jump, np.abs(a + b - c) / (np.abs(a) + np.abs(b) + np.abs(c))))
            return found

        with np.errstate(all="ignore"):
            return [
                np.logical_or(*(np.isfinite(new) & (new > KNOWN) & (new > 0.5 * old) for old, new in zip(far, near, strict=True)))
                for far, near in zip(gaps(step), gaps(step / 16.0), strict=True)
            ]
