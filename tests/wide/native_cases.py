"""Drawn functions compiled by Numba: gradients of the native function beside those of the Python one.

Odd seeds are functions of floats, even ones of arrays; those that give no number, or that have no axes, are left out. Numba compiles each
of them for some seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np
from array_cases import ArrayCase, compiled
from cases import Case, Outcome, Reason
from differences import agree, attempt, outcome_of
from float_cases import ELEMENTS, FloatCase

import jittape as jt
import jittape.numpy

POINTS = 2
REASONS = [
    Reason("Numba refuses", "Numba compiles a part of Python and NumPy", kinds=("Numba refuses",), page=""),
    Reason("Numba differs", "its value is not Python's", kinds=("Numba differs",), page=""),
    Reason("lists as arrays", "the error says so: an array is to be passed", text=r"a list is one in the function, too", page=""),
    Reason("elements of arrays of Python floats", ELEMENTS, kinds=("native gradient",), program=(r"round\(", r"np\.(array|median|stack|roll|sort)\(")),
]


def copies(arguments: tuple[Any, ...]) -> list[Any]:
    return [argument.copy() if isinstance(argument, np.ndarray) else argument for argument in arguments]


def flat(gradients: Any) -> np.ndarray:
    return np.hstack([np.ravel(gradient) for gradient in (gradients if isinstance(gradients, tuple) else (gradients,))])


@dataclass(frozen=True)
class NativeCase(Case):
    drawn_case: ArrayCase | FloatCase
    reasons = REASONS

    @classmethod
    def drawn(cls, seed: int) -> NativeCase | None:
        case = FloatCase.drawn(seed) if seed % 2 else ArrayCase.drawn(seed)
        if case is None or (isinstance(case, ArrayCase) and case.points[0].ndim == 0):
            return None
        drawn = cls(replace(case, further=frozenset()))
        return drawn if np.ndim(drawn.plain()) == 0 else None

    @property
    def text(self) -> str:
        return self.drawn_case.text

    @property
    def points(self) -> list[tuple[Any, ...]]:
        return [point if isinstance(point, tuple) else (point,) for point in self.drawn_case.points]

    def plain(self) -> Any:
        return self.drawn_case.plain(*copies(self.points[0]))

    @property
    def parts(self) -> int:
        return self.drawn_case.parts

    def without(self, part: int) -> NativeCase | None:
        smaller = self.drawn_case.without(part)
        return smaller and NativeCase(smaller)

    def check(self) -> Outcome:
        program = self.drawn_case.program
        native = numba.njit(compiled(program, {"np": np, "math": math}))
        value = attempt(lambda: native(*copies(self.points[0])))
        if isinstance(value, Exception):
            return Outcome("Numba refuses", str(value), program)
        if not np.allclose(value, self.plain(), rtol=1e-9):
            return Outcome("Numba differs", f"{value} for {self.plain()}", program)
        return outcome_of(lambda: self._gradients(native), program)

    def _gradients(self, native: Any) -> tuple[str, ...]:
        python = compiled(self.drawn_case.program, {"np": jittape.numpy, "math": math})
        every = tuple(range(len(self.points[0]))) if isinstance(self.drawn_case, FloatCase) else 0
        for point in self.points[:POINTS]:
            wanted = attempt(lambda: jt.grad(python, argnums=every)(*copies(point)))
            if isinstance(wanted, Exception):  # of the program, at this point
                attempt(lambda: jt.grad(native, argnums=every)(*copies(point)))
            else:
                agree(flat(jt.grad(native, argnums=every)(*copies(point))), flat(wanted), 1e-7, "native gradient")
        return ("njit",)
