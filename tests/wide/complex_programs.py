"""Draws functions of one complex array `z`, which real arrays are mixed into."""

from __future__ import annotations

from typing import Any, ClassVar

import complex_tables
import numpy as np
from array_programs import LARGEST_NEW, POINTS, ArrayProgram

ARGUMENT = "z = x[0] + 1j * x[1]"
"""The complex array of a real one of its parts."""


class ComplexProgram(ArrayProgram):
    """As an array program: its lines name `z`, the points are those of the real and of the imaginary part."""

    tables: ClassVar[Any] = complex_tables

    def _draw(self) -> None:
        random = self.random
        shape = self.points[0].shape
        points = [np.array([random.uniform(-1.2, 1.2) for _ in range(2 * self.points[0].size)]) for _ in range(POINTS)]
        self.points = tuple(point.reshape(2, *shape) for point in points)
        self.names, self.namespace = ["z"], {"np": np, "z": self.points[0][0] + 1j * self.points[0][1]}
        self.linear_algebra, self.outputs = random.random() < 0.6, False
        super()._draw()
        live = [name for name in self.names if name in self.namespace]
        sums = [self._sum(name, 1 + 0.25 * k) for k, name in enumerate(live)]
        self.result = " + ".join(["0.0", *sums])
        if random.random() < 0.4:
            self.result = f"{random.choice(live)} * 1.0 + ({self.result}) * (0.1 - 0.2j)"
        elif random.random() < 0.3:
            self.result = f"np.abs({random.choice(live)}) + ({self.result}) * 0.1"

    def _sum(self, name: str, factor: float) -> str:
        if np.iscomplexobj(self.namespace[name]):
            return f"{factor:.2f} * np.sum({name}.real) + {0.7 * factor:.2f} * np.sum({name}.imag)"
        return f"{factor:.2f} * np.sum({name})"

    def _serves(self, result: Any) -> bool:
        if isinstance(result, (tuple, list)):
            return False
        array = np.asarray(result)
        if array.dtype.kind not in "fc" or not 0 < array.size <= 40 + 3 * self.points[0].size or array.ndim > 3:
            return False
        return bool(np.all(np.isfinite(array)) and np.max(np.abs(array)) <= LARGEST_NEW)
