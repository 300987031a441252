"""The model of the demonstration: Thurber's electron mobility data, a rational curve, and a normal likelihood.

The derivatives written by hand here are what jittape's are compared with; they work in any floating dtype.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]

NAMES = ("b1", "b2", "b3", "b4", "b5", "b6", "b7", "log sigma")
START = (1000.0, 1000.0, 400.0, 40.0, 0.7, 0.3, 0.03)
"""NIST's first, farther starting point of b1 to b7."""
CERTIFIED = (1.2881396800e03, 1.4910792535e03, 5.8323836877e02, 7.5416644291e01, 9.6629502864e-01, 3.9797285797e-01, 4.9727297349e-02)  # fmt: skip
CERTIFIED_SD = (4.6647963344e00, 3.9571156086e01, 2.8698696102e01, 5.5675370270e00, 3.1333340687e-02, 1.4984928198e-02, 6.5842344623e-03)  # fmt: skip
CERTIFIED_RESIDUAL_SD = 1.3714600784e01
"""NIST's certified least-squares estimates, their standard deviations, and that of the residuals."""


@dataclass(frozen=True)
class Model:
    """y = (b1 + b2 x + b3 x^2 + b4 x^3) / (1 + b5 x + b6 x^2 + b7 x^3) + normal error of standard deviation sigma.

    Parameters are [b1, ..., b7, log sigma], shape [8]; x and y have shape [37].
    """

    x: Values
    y: Values

    @classmethod
    def thurber(cls) -> Model:
        """The model of the data set that ships with the package."""
        with (files("jittape.tools.demo") / "data" / "thurber.csv").open(encoding="utf-8") as file:
            rows = [(float(r["log_density"]), float(r["mobility"])) for r in csv.DictReader(file)]
        x, y = np.array(rows).T
        return cls(x.copy(), y.copy())

    def start(self) -> Values:
        """NIST's starting point, and for sigma the standard deviation of y."""
        return np.array([*START, np.log(np.std(self.y))])

    def curve(self, p: Any) -> Any:
        x = self.x
        above = p[0] + x * (p[1] + x * (p[2] + x * p[3]))
        return above / (1.0 + x * (p[4] + x * (p[5] + x * p[6])))

    def loss(self, p: Any) -> Any:
        """Minus the log-likelihood. This is the function that is differentiated."""
        r = (self.y - self.curve(p)) * np.exp(-p[7])
        return 0.5 * np.sum(r * r) + self.x.size * (p[7] + 0.5 * np.log(2.0 * np.pi))

    # --- by hand -----------------------------------------------------------------------------------------------------------

    def _parts(self, p: Values) -> tuple[Values, Values, Values, Values, Values]:
        powers = self.x.astype(p.dtype)[:, None] ** np.arange(4)
        below = 1 + powers[:, 1:] @ p[4:7]
        m = powers @ p[:4] / below
        scaled = powers / below[:, None]
        slopes = np.hstack((scaled, -m[:, None] * scaled[:, 1:]))
        return scaled, m, slopes, (self.y - m) * np.exp(-2 * p[7]), np.exp(-2 * p[7])

    def gradient_by_hand(self, p: Values) -> Values:
        """Shape [8]."""
        _, m, slopes, weighted, _ = self._parts(p)
        return np.append(-slopes.T @ weighted, self.x.size - np.sum(weighted * (self.y - m)))

    def hessian_by_hand(self, p: Values) -> Values:
        """Shape [8, 8]."""
        scaled, m, slopes, weighted, precision = self._parts(p)
        h = np.empty((8, 8), p.dtype)
        h[:7, :7] = slopes.T @ slopes * precision
        mixed = scaled.T @ (weighted[:, None] * scaled[:, 1:])
        h[:4, 4:7] += mixed
        h[4:7, :4] += mixed.T
        h[4:7, 4:7] -= 2 * scaled[:, 1:].T @ ((weighted * m)[:, None] * scaled[:, 1:])
        h[:7, 7] = h[7, :7] = 2 * slopes.T @ weighted
        h[7, 7] = 2 * np.sum(weighted * (self.y - m))
        return h
