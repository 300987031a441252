"""Robust losses, by the names of `scipy.optimize.least_squares`: rho(z) of the squared, scaled residual z = (r / f_scale)**2, with two derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[Any]


def _linear(z: Reals) -> tuple[Reals, Reals, Reals]:
    return z, np.ones_like(z), np.zeros_like(z)


def _huber(z: Reals) -> tuple[Reals, Reals, Reals]:
    root, inside = np.sqrt(np.maximum(z, 1.0)), z <= 1.0
    return np.where(inside, z, 2.0 * root - 1.0), np.where(inside, 1.0, 1.0 / root), np.where(inside, 0.0, -0.5 / root**3)


def _soft_l1(z: Reals) -> tuple[Reals, Reals, Reals]:
    t = 1.0 + z
    return 2.0 * z / (np.sqrt(t) + 1.0), t**-0.5, -0.5 * t**-1.5


def _cauchy(z: Reals) -> tuple[Reals, Reals, Reals]:
    t = 1.0 + z
    return np.log1p(z), 1.0 / t, -1.0 / t**2


def _arctan(z: Reals) -> tuple[Reals, Reals, Reals]:
    t = 1.0 + z**2
    return np.arctan(z), 1.0 / t, -2.0 * z / t**2


LOSSES: dict[str, Callable[[Reals], tuple[Reals, Reals, Reals]]] = {
    "linear": _linear, "huber": _huber, "soft_l1": _soft_l1, "cauchy": _cauchy, "arctan": _arctan,
}  # fmt: skip


class Loss:
    """A loss of residuals, sum of C^2 rho((r / C)^2) / 2, its gradient and Hessian by them.

    Args:
        name: one of `LOSSES`.
        scale: C, from which on a residual counts as an outlier.
    """

    def __init__(self, name: str, scale: float) -> None:
        if name not in LOSSES:
            raise ValueError(f"loss is one of {', '.join(map(repr, LOSSES))}, not {name!r}")
        if not (isinstance(scale, (int, float, np.number)) and 0.0 < float(scale) < np.inf):
            raise ValueError(f"f_scale is a positive number, the size of a residual from which on it counts as an outlier; not {scale!r}")
        self.name, self.scale = name, float(scale)

    def cost(self, r: Reals) -> float:
        """The loss of all residuals; for "linear" half their sum of squares."""
        return float(0.5 * self.scale**2 * np.sum(LOSSES[self.name]((r / self.scale) ** 2)[0]))

    def slopes(self, r: Reals) -> tuple[Reals, Reals]:
        """First and second derivative of the loss by each residual."""
        z = (r / self.scale) ** 2
        _, first, second = LOSSES[self.name](z)
        return first * r, first + 2.0 * z * second
