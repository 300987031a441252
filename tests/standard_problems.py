"""Problems of minimisation that everybody tries (Moré, Garbow and Hillstrom 1981): residuals as tuples of numbers, so that Numba takes them, too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def rosenbrock(x: Any) -> Any:
    return 10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]


def powell_singular(x: Any) -> Any:
    return x[0] + 10.0 * x[1], math.sqrt(5.0) * (x[2] - x[3]), (x[1] - 2.0 * x[2]) ** 2, math.sqrt(10.0) * (x[0] - x[3]) ** 2


def beale(x: Any) -> Any:
    return 1.5 - x[0] * (1.0 - x[1]), 2.25 - x[0] * (1.0 - x[1] ** 2), 2.625 - x[0] * (1.0 - x[1] ** 3)


def wood(x: Any) -> Any:
    return (
        10.0 * (x[1] - x[0] ** 2), 1.0 - x[0], math.sqrt(90.0) * (x[3] - x[2] ** 2), 1.0 - x[2],
        math.sqrt(10.0) * (x[1] + x[3] - 2.0), (x[1] - x[3]) / math.sqrt(10.0),
    )  # fmt: skip


def freudenstein_roth(x: Any) -> Any:
    return -13.0 + x[0] + ((5.0 - x[1]) * x[1] - 2.0) * x[1], -29.0 + x[0] + ((x[1] + 1.0) * x[1] - 14.0) * x[1]


def brown_badly_scaled(x: Any) -> Any:
    return x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2.0


def powell_badly_scaled(x: Any) -> Any:
    return 1e4 * x[0] * x[1] - 1.0, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001


def box(x: Any) -> Any:
    return (
        np.exp(-0.1 * x[0]) - np.exp(-0.1 * x[1]) - x[2] * (math.exp(-0.1) - math.exp(-1.0)), np.exp(-0.5 * x[0]) - np.exp(-0.5 * x[1]) - x[2] * (math.exp(-0.5) - math.exp(-5.0)),
        np.exp(-x[0]) - np.exp(-x[1]) - x[2] * (math.exp(-1.0) - math.exp(-10.0)), np.exp(-2.0 * x[0]) - np.exp(-2.0 * x[1]) - x[2] * (math.exp(-2.0) - math.exp(-20.0)),
    )  # fmt: skip


PROBLEMS = {
    "rosenbrock": (rosenbrock, [-1.2, 1.0], [0.0]),
    "powell_singular": (powell_singular, [3.0, -1.0, 0.0, 1.0], [0.0]),
    "beale": (beale, [1.0, 1.0], [0.0]),
    "wood": (wood, [-3.0, -1.0, -3.0, -1.0], [0.0]),
    "freudenstein_roth": (freudenstein_roth, [0.5, -2.0], [0.0, 48.98425]),
    "brown_badly_scaled": (brown_badly_scaled, [1.0, 1.0], [0.0]),
    "powell_badly_scaled": (powell_badly_scaled, [0.0, 1.0], [0.0]),
    "box": (box, [0.0, 10.0, 20.0], [0.0]),
}
"""Name -> (residuals, first guess, sums of squares at minima)."""

MISRA1A = np.array([
    [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
    [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78],
])  # fmt: skip
"""NIST's Misra1a, y = b1 (1 - exp(-b2 x)): x and y."""
MISRA1A_STARTS = np.array([[500.0, 1e-4], [250.0, 5e-4]])
MISRA1A_CERTIFIED = ([2.3894212918e02, 5.5015643181e-04], [2.7070075241e00, 7.2668688436e-06], 1.2455138894e-01)
"""Estimates, their standard deviations, and the residual sum of squares, as certified."""
