"""Draws functions of one array with SciPy's functions among NumPy's: `S` is SciPy or jittape.scipy."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import scipy_tables as tables
from array_programs import ArrayProgram, replaced

ROOMS = ("integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "spatial", "special", "stats")


def rooms(package: str) -> Any:
    """The rooms of SciPy, or of what stands for it."""
    found = SimpleNamespace(**{name: importlib.import_module(f"{package}.{name}") for name in ROOMS})
    importlib.import_module(f"{package}.spatial.distance")
    return found


class ScipyProgram(ArrayProgram):
    """As an array program, more than half of its lines functions of SciPy."""

    def _names(self) -> dict[str, Any]:
        return super()._names() | {"S": rooms("scipy")}

    def _kinds(self) -> list[tuple[Callable[[], None], float]]:
        return [(self._function, 9), (self._operation, 4), (self._store, 1 if self.stores else 0), (self._decision, 0.8 if self.decides else 0)]

    def _function(self) -> None:
        random = self.random
        v, vector = self._array(lambda array: array.ndim == 1 and 3 <= array.size <= 9)
        m, matrix = self._array(lambda array: array.ndim == 2 and 2 <= array.shape[0] == array.shape[1] <= 5)
        a, array = self._array(lambda array: array.size <= 40)
        if a is None:
            return
        kinds = [(tables.ELEMENTS, 3), (tables.NUMBERS, 2)] + ([(tables.VECTORS, 6)] if v else []) + ([(tables.MATRICES, 6)] if m else [])
        table = random.choices(*zip(*kinds))[0]
        w = v and self._array(lambda other: other.shape == vector.shape)[0]
        e, number = self._array(lambda other: other.size <= 40)
        e = e if number.ndim == 0 else f"{e}[{', '.join(str(random.randrange(n)) for n in number.shape)}]"
        name, k = self._fresh(), len(matrix) if table is tables.MATRICES else len(vector) if v else 0
        words = {"{a}": a, "{v}": v or a, "{w}": w or a, "{m}": m or a, "{e}": e, "{k}": str(k), "{c}": str(self._number())}
        self._add(f"{name} = {replaced(random.choice(table), words)}", name)
