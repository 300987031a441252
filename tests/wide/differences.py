"""Comparisons of values, and derivatives by differences with the error that they may have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from cases import Disagreement, Outcome

STEP, KINK_STEP = 1e-3, 1e-5
KINK = 1e-3
"""Slopes on both sides, or by large and small steps, that differ by more than this share are those of a kink or a jump."""
KNOWN_TO, AGREES_TO = 1e-5, 1e-4
"""Differences are taken for a derivative where their error is below the first share, and must agree with it to the second one."""


def agree(ours: Any, theirs: Any, tolerance: float, what: str) -> None:
    """Raises Disagreement where two values, or their shapes, differ."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    if ours.shape != theirs.shape:
        raise Disagreement(f"{what}: shape {ours.shape} for {theirs.shape}")
    scale = max(1.0, float(np.max(np.abs(theirs[np.isfinite(theirs)]), initial=0)))
    if not np.allclose(ours, theirs, rtol=tolerance, atol=tolerance * scale, equal_nan=True):
        raise Disagreement(f"{what}: {ours.tolist()} for {theirs.tolist()}")


def agree_with_differences(ours: np.ndarray, function: Callable[[np.ndarray], Any], x: np.ndarray, what: str) -> None:
    """Raises Disagreement where a Jacobian (results, then variables) is not what differences show, as far as they show it."""
    slopes, errors = central_differences(function, x)
    slopes, errors = slopes.reshape(ours.shape), errors.reshape(ours.shape)
    scale = np.maximum(1.0, np.abs(slopes))
    shown = np.isfinite(slopes) & (errors < KNOWN_TO * scale)
    if what.startswith("hessian"):  # second derivatives that do not exist are NaN
        shown &= np.isfinite(ours)
    if np.any(shown & ~(np.abs(slopes - ours) < AGREES_TO * scale + 20 * errors)):
        raise Disagreement(f"{what} beside differences: {ours.tolist()} for {slopes.tolist()}")


def central_differences(function: Callable[[np.ndarray], Any], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Extrapolated differences by three steps, and their errors: infinite at a kink, near jumps and where the function fails nearby."""
    x = np.asarray(x, float)

    def value(point: np.ndarray) -> np.ndarray:
        return np.asarray(function(point), float)

    columns, errors = [], []
    try:
        for k in range(x.size):
            direction = np.eye(x.size)[k].reshape(x.shape)
            slopes = [(value(x + h * direction) - value(x - h * direction)) / (2 * h) for h in (STEP, STEP / 2, STEP / 4)]
            rough, fine = ((4 * slopes[i + 1] - slopes[i]) / 3 for i in (0, 1))
            middle, step = value(x.copy()), KINK_STEP * direction
            right, left = (value(x + step) - middle) / KINK_STEP, (middle - value(x - step)) / KINK_STEP
            # Slopes close by that differ from those farther off: between them are jumps.
            unlike = np.maximum(np.abs(right - left), np.abs((right + left) / 2 - fine)) > KINK * np.maximum(1, np.abs(fine))
            columns.append(fine)
            errors.append(np.where(unlike, np.inf, np.abs(fine - rough)))
        return np.stack(columns, -1), np.stack(errors, -1)
    except Exception:
        shape = (*value(x.copy()).shape, x.size)
        return np.full(shape, np.nan), np.full(shape, np.inf)


def outcome_of(check: Callable[[], tuple[str, ...]], program: str) -> Outcome:
    """Runs a check that returns the routes gone by. The kind of a disagreement is its text up to the first colon or number."""
    try:
        return Outcome("agree", routes=check())
    except Disagreement as disagreement:
        text = str(disagreement)
        return Outcome(re.sub(r"[:\d].*", "", text, flags=re.S).strip(), text, program)
    except Exception as error:
        return Outcome(f"raises {type(error).__name__}", f"{type(error).__name__}: {error}", program)


def attempt(function: Callable[[], Any]) -> Any:
    """The result of the function, or its error."""
    try:
        return function()
    except Exception as error:
        return error


def both_fail(ours: Any, theirs: Any, what: str) -> bool:
    """Whether neither has a value; raises Disagreement where only one of them has."""
    failed = [isinstance(result, Exception) for result in (ours, theirs)]
    if any(failed) and not all(failed):
        raise Disagreement(f"{what}: {ours!r} for {theirs!r}")
    return all(failed)
