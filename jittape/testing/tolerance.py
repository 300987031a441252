"""What still counts as equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jittape.testing.subject import Values

LONGEST = 1.0
"""The longest step of a difference, relative; shorter ones are a quarter each."""


@dataclass(frozen=True)
class Tolerance:
    """What still counts as equal: a difference of at most atol + rtol * scale.

    Attributes:
        step: of the finite differences, relative to max(1, |x|).
        rtol, atol: of an analytic against a numeric value.
        exact: relative, of two analytic values.
        steps: further steps, where the first one does not do.
    """

    step: float
    rtol: float
    atol: float
    exact: float
    steps: tuple[float, ...] = ()

    @property
    def analytic(self) -> Tolerance:
        """The tolerance of two analytic values."""
        return replace(self, rtol=self.exact, atol=self.exact)


def tolerance_of(dtype: np.dtype[Any], step: float | None, rtol: float | None, atol: float | None) -> Tolerance:
    """Defaults by dtype: the step balances the truncation h**2 against the rounding eps / h of a central difference."""
    eps = float(np.finfo(dtype).eps)
    single = dtype == np.float32
    if rtol is None:
        rtol = 2e-2 if single else 1e-6
    steps = () if step is not None else tuple(LONGEST * 0.25**k for k in range(int(np.log(LONGEST / (8.0 * eps)) / np.log(4.0))))
    return Tolerance(
        2.0 ** np.round(np.log2(eps) / 3) if step is None else step, rtol, 0.1 * rtol if atol is None else atol, 2e-3 if single else 1e-9, steps
    )


def inner(a: Sequence[Values], b: Sequence[Values]) -> float:
    return float(sum(np.sum(x * y) for x, y in zip(a, b, strict=True)))


def magnitude(a: Sequence[Values], b: Sequence[Values]) -> float:
    return float(sum(np.sum(np.abs(x * y)) for x, y in zip(a, b, strict=True)))


def close(a: float, b: float, scale: float, tolerance: Tolerance) -> bool:
    if a == b or (np.isnan(a) and np.isnan(b)):
        return True
    return bool(abs(a - b) <= tolerance.atol + tolerance.rtol * scale)


def first_difference(a: Values, b: Values, tolerance: Tolerance, error: Any = 0.0) -> tuple[int, ...] | None:
    """The index of the worst element that is not equal within the tolerance and what b errs by, or None."""
    a, b = np.asarray(a), np.asarray(b)
    scale = np.max(np.abs(np.where(np.isfinite(b), b, 0.0)), initial=0.0)
    with np.errstate(invalid="ignore"):
        excess = np.abs(a - b) - (tolerance.atol + tolerance.rtol * np.maximum(np.abs(b), 0.1 * scale) + error)
    excess = np.where((a == b) | (np.isnan(a) & np.isnan(b)), -np.inf, np.where(np.isnan(excess), np.inf, excess))
    if not excess.size or not (excess > 0).any():
        return None
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(excess)), excess.shape))
