"""Newton's method for a smooth function of a few variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


@dataclass(frozen=True)
class Fit:
    """Where Newton's method ended.

    Attributes:
        x, value, gradient, hessian: the point and what was found there.
        history: (value, Newton decrement) at each iteration.
        converged: the decrement fell below the tolerance.
    """

    x: Values
    value: float
    gradient: Values
    hessian: Values
    history: list[tuple[float, float]]
    converged: bool


def newton(value_and_grad: Callable[[Values], tuple[float, Values]], hessian: Callable[[Values], Values], x: Values,
           tolerance: float = 1e-14, iterations: int = 100) -> Fit:  # fmt: skip
    """Minimise a function by Newton steps with a backtracking line search.

    Where the Hessian is not positive definite its eigenvalues are replaced by their magnitudes, in coordinates scaled by
    its diagonal (Nocedal and Wright, Numerical Optimization, section 3.4), so that each step goes downhill.

    Args:
        value_and_grad, hessian: of the function, at a point of the shape of `x`.
        tolerance: on the decrement g' H^-1 g, about twice the fall of the function that is still possible, relative to
            max(1, |value|).
    """
    history: list[tuple[float, float]] = []
    for _ in range(iterations):
        value, g = value_and_grad(x)
        h = hessian(x)
        step, decrement = _direction(g, h)
        history.append((float(value), decrement))
        if decrement <= tolerance * max(1.0, abs(value)):
            return Fit(x, float(value), g, h, history, True)
        length = 1.0
        while True:
            trial = x + length * step
            if value_and_grad(trial)[0] <= value - 1e-4 * length * decrement:
                break
            length *= 0.5
            if length < 1e-12:  # rounding hides any further fall
                return Fit(x, float(value), g, h, history, False)
        x = trial
    return Fit(x, float(value), g, h, history, False)


def _direction(g: Values, h: Values) -> tuple[Values, float]:
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(h)), np.finfo(float).tiny))
    eigenvalues, vectors = np.linalg.eigh(h * scale[:, None] * scale)
    inverse = vectors / np.maximum(np.abs(eigenvalues), 1e-12)
    step = -scale * (inverse @ (vectors.T @ (scale * g)))
    return step, float(-g @ step)
