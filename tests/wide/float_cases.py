"""Functions of Python floats by all routes of jittape, beside Python itself and differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numba
import numpy as np
from array_cases import DECIDED, compiled, further_routes
from array_programs import source
from cases import Case, Outcome, Reason
from differences import agree, agree_with_differences, attempt, both_fail, outcome_of
from float_programs import FloatProgram
from rounding import decided_by_rounding

import jittape as jt
import jittape.numpy

FURTHER_ROUTES = {"batch": 0.4, "hessian": 0.4, "njit": 0.02}
"""Beside vjp, grad, jvp and record, which every program is run by: how often they are drawn."""

ELEMENTS = "array that was made of Python floats (`np.array([x, y])[0]`) counts as Python's"
REASONS = [
    Reason("elements of arrays of Python floats", ELEMENTS, kinds=("replay", "vjp value"), program=(r"> [-0-9.v]+\) \+ \(", r"np\.(array|median|stack|roll|sort)\(")),
    Reason("Numba differs", "what Numba computes is not what Python and NumPy do", kinds=("numba itself",), page=""),
    Reason("squeeze, real and atleast_1d of a Python float", "`np.squeeze` of a Python float is a number", program=(r"np\.(squeeze|real|atleast_1d)\(",)),
    Reason("deviation of equal numbers, zero but for rounding", "Second derivatives where a length is zero", kinds=("recorded hessian", "hessian beside differences"), program=(r"np\.std",)),
    Reason("decided by rounding", DECIDED, kinds=("tried with functions that round otherwise",), page="accuracy.md"),
    Reason("elements of arrays of Python floats", ELEMENTS, kinds=("replay", "replayed gradient"), program=(r"np\.array\(\[", r"\A(?!(?s:.*)\]\)\))", r"> [-0-9.v]+\) \+")),
]

Point = tuple[float, ...]


def vector(numbers: Any) -> np.ndarray:
    """A gradient as an array: one number, or a tuple of them."""
    return np.array([float(number) for number in (numbers if isinstance(numbers, tuple) else (numbers,))])


def matrix(rows: Any) -> np.ndarray:
    return np.array([vector(row) for row in (rows if isinstance(rows, tuple) else (rows,))])


@dataclass(frozen=True)
class FloatCase(Case):
    arguments: tuple[str, ...]
    lines: tuple[str, ...]
    terms: tuple[str, ...]
    points: tuple[Point, ...]
    further: frozenset[str]
    reasons = REASONS

    @classmethod
    def drawn(cls, seed: int) -> FloatCase | None:
        drawn = FloatProgram(seed)
        terms = tuple(drawn.result.split(" + "))
        case = cls(tuple(drawn.arguments), tuple(drawn.lines), terms, drawn.points, further_routes(seed, FURTHER_ROUTES))
        return None if isinstance(attempt(lambda: case.plain(*case.points[0])), Exception) else case

    @cached_property
    def program(self) -> str:
        return source(self.lines, " + ".join(self.terms), ", ".join(self.arguments))

    @property
    def text(self) -> str:
        return f"{self.program}# {', '.join(sorted(self.further)) or 'no further routes'}\npoints = {list(self.points)}"

    @cached_property
    def plain(self) -> Callable[..., Any]:
        return compiled(self.program, {"np": np, "math": math})

    @property
    def parts(self) -> int:
        return len(self.terms) + len(self.lines)

    def without(self, part: int) -> FloatCase | None:
        if part < len(self.terms):
            smaller = replace(self, terms=self.terms[:part] + self.terms[part + 1 :])
        else:
            part -= len(self.terms)
            smaller = replace(self, lines=self.lines[:part] + self.lines[part + 1 :])
        if not smaller.terms or isinstance(attempt(lambda: smaller.plain(*smaller.points[0])), Exception):
            return None
        return smaller

    def check(self) -> Outcome:
        return outcome_of(lambda: FloatRoutes(self).all(), self.program)

    def explained(self, outcome: Outcome) -> Outcome:
        outcome = super().explained(outcome)
        if outcome.unexplained and not outcome.kind.startswith("raises") and decided_by_rounding(self.program, self.points, {"math": math}):
            return replace(outcome, reason="decided by rounding")
        return outcome


class FloatRoutes:
    """One case by one route after the other; what the first ones find is what later ones are compared with."""

    def __init__(self, case: FloatCase) -> None:
        self.case = case
        self.plain = case.plain
        self.function = compiled(case.program, {"np": jittape.numpy, "math": math})
        self.every = tuple(range(len(case.arguments)))
        self.point = case.points[0]
        self.truth = self.plain(*self.point)
        self.routes: list[str] = []

    def all(self) -> tuple[str, ...]:
        self.first_order()
        self.replays()
        for name, route in {"batch": self.batches, "hessian": self.second_order, "njit": self.native}.items():
            if name in self.case.further:
                route()
        return tuple(self.routes)

    def grad(self, point: Any, function: Callable[..., Any] | None = None) -> np.ndarray:
        return vector(jt.grad(function or self.function, argnums=self.every)(*map(float, point)))

    def first_order(self) -> None:
        value, pull = jt.vjp(self.function, *self.point)
        agree(float(value), self.truth, 1e-10, "vjp value")
        self.gradient = self.grad(self.point)
        agree(self.gradient, vector(pull(1.0)), 1e-9, "grad beside vjp")
        agree_with_differences(self.gradient, lambda point: self.plain(*map(float, point)), np.array(self.point), "gradient")
        tangent = np.random.default_rng(0).normal(size=len(self.point))
        along = jt.jvp(self.function, self.point, tuple(map(float, tangent)))[1]
        agree(float(along), self.gradient @ tangent, 1e-9, "jvp")
        self.routes += ["vjp", "grad", "jvp"]

    def replays(self) -> None:
        """Recorded once, called at all points."""
        self.recorded = jt.record(self.function, *self.point)
        self.known: list[tuple[Point, float, np.ndarray]] = []
        for k, point in enumerate(self.case.points):
            wanted = attempt(lambda: self.plain(*point))
            found = attempt(lambda: self.recorded(*point))
            if both_fail(found, wanted, f"replay {k}"):
                continue
            agree(float(found), wanted, 1e-10, f"replay {k}")
            gradient = self.grad(point)
            agree(vector(self.recorded.grad(*point)), gradient, 1e-8, f"replayed gradient {k}")
            self.known.append((point, float(wanted), gradient))
        self.routes.append("record")

    def batches(self) -> None:
        if len(self.known) < 2:
            return
        points, values, gradients = (np.stack(rows * 3) for rows in map(list, zip(*self.known)))
        columns = [column.copy() for column in points.T]
        for mode in ("fast", "precise"):
            agree(self.recorded.batch_value(*columns, math=mode), values, 1e-8, f"batch {mode}")
            found = self.recorded.batch_grad(*columns, math=mode)
            found = np.stack([np.asarray(part) for part in (found if isinstance(found, tuple) else (found,))], -1)
            agree(found, gradients, 1e-7, f"batch gradient {mode}")
            self.routes.append(f"batch {mode}")

    def second_order(self) -> None:
        hessian = matrix(jt.hessian(self.function, argnums=self.every)(*self.point))
        agree_with_differences(hessian, self.grad, np.array(self.point), "hessian")
        agree(matrix(self.recorded.hessian(*self.point)), hessian, 1e-7, "recorded hessian")
        self.routes += ["hessian", "record hessian"]

    def native(self) -> None:
        function = numba.njit(compiled(self.case.program, {"np": np, "math": math}))
        value = attempt(lambda: function(*self.point))
        if isinstance(value, Exception):
            self.routes.append("njit refused by Numba")
        elif isinstance(value, float):
            agree(value, self.truth, 1e-9, "numba itself")
            try:
                gradient = self.grad(self.point, function)
            except (jt.RecordingError, NotImplementedError):
                self.routes.append("njit refused")
                return
            agree(gradient, self.gradient, 1e-8, "njit gradient")
            self.routes.append("njit")
