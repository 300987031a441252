"""Functions of one array with SciPy's functions, by all routes of jittape, beside SciPy and differences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from array_cases import FURTHER_ROUTES, REASONS, ArrayCase, further_routes
from cases import Reason
from scipy_programs import ScipyProgram, rooms

import jittape.numpy

CHANCES = {route: chance for route, chance in FURTHER_ROUTES.items() if route != "njit"}


@cache
def plain_rooms() -> Any:
    return rooms("scipy")


@cache
def own_rooms() -> Any:
    return rooms("jittape.scipy")


SCIPY_REASONS = [
    *REASONS,
    Reason("solvers that do not converge in a replay", "a replay that does not converge where the recording did is a RuntimeError", text="converged where it was recorded, and not in this replay", page="implicit.md"),
    Reason("solvers that fail", "A solver that fails is a RuntimeError, with SciPy's message", text="Required step size is less than spacing between numbers", page="implicit.md"),
    Reason("integrands with a jump", "the derivative by what moves a jump of the integrand", program=(r"quad\(lambda t: .* if ",), text="too singular to be recorded"),
    Reason("SciPy looks for infinities", "`check_finite=` and `overwrite_*=` do nothing where values are recorded", text=r"for ValueError\('array must not contain infs or NaNs'\)"),
]


@dataclass(frozen=True)
class ScipyCase(ArrayCase):
    reasons = SCIPY_REASONS

    @classmethod
    def drawn(cls, seed: int) -> ScipyCase | None:
        try:
            program = ScipyProgram(seed)
            if not any("S." in line for line in program.lines):
                return None
            case = cls(tuple(program.lines), program.result, program.points, further_routes(seed, CHANCES))
            case.plain(case.points[0].copy())
        except Exception:  # a line that was taken back has left something that NumPy does not take
            return None
        return case

    def names(self, kind: str) -> dict[str, Any]:
        return {"np": jittape.numpy if kind == "recorded" else np, "S": plain_rooms() if kind == "plain" else own_rooms()}
