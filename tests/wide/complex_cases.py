"""Functions of one complex array by the routes of arrays, as functions of real and imaginary parts, and those of complex arguments beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from array_cases import FURTHER_ROUTES, REASONS, ArrayCase, ArrayRoutes, compiled, further_routes
from array_programs import source
from cases import Outcome, Reason
from complex_programs import ARGUMENT, ComplexProgram
from differences import agree, attempt, outcome_of

import jittape as jt
import jittape.numpy

COMPLEX_REASONS = [
    *REASONS,
    Reason("orders of complex numbers", "and others that need an order are refused", text=r"searchsorted is not supported for complex", page="complex.md"),
    Reason("complex numbers stored in real arrays", "takes no complex values, as in NumPy", text=r"complex recorded values are not taken here", page="complex.md"),
    Reason("a tangent or an adjoint of zero", "An adjoint of exactly zero contributes zero even where the partial is infinite or NaN", kinds=("jvp beside jacobian",), text=r"for (nan|\[.*nan)"),
]
CHANCES = {route: chance for route, chance in FURTHER_ROUTES.items() if route not in ("njit", "tensor")}


def parts(z: Any) -> np.ndarray:
    return np.stack([np.real(z), np.imag(z)])


def joined(pair: np.ndarray, sign: int = 1) -> Any:
    """The complex numbers of these parts, by the sign -1 their conjugates: gradients are of these."""
    return (pair[0] + 1j * (sign * pair[1]))[()]


@dataclass(frozen=True)
class ComplexCase(ArrayCase):
    """The function is of `z`; `plain` and what is asked as of arrays takes the array `x` of both parts, and gives both parts of complex results."""

    complexly: bool = False
    """Whether the result is complex."""
    reasons = COMPLEX_REASONS

    @classmethod
    def drawn(cls, seed: int) -> ComplexCase | None:
        try:
            program = ComplexProgram(seed)
            result = eval(program.result, dict(program.namespace))
            case = cls(tuple(program.lines), program.result, program.points, further_routes(seed, CHANCES), np.iscomplexobj(result))
            case.plain(case.points[0].copy())
            of_complex = compiled(case.of_complex, case.names("plain"))
            results = [attempt(lambda x=x: of_complex(joined(x))) for x in case.points]
            kinds = {np.iscomplexobj(r) for r in results if not isinstance(r, Exception)}
        except Exception:  # a line that was taken back has left something that NumPy does not take
            return None
        return case if len(kinds) == 1 else None  # a complex number has no gradient

    @property
    def of_parts(self) -> str:
        if not self.complexly:
            return source([ARGUMENT, *self.lines], self.result)
        return source([ARGUMENT, *self.lines, f"r = {self.result}"], "np.stack([np.real(r), np.imag(r)])")

    @cached_property
    def program(self) -> str:
        return self.of_parts

    @cached_property
    def of_complex(self) -> str:
        return source(self.lines, self.result, "z")

    @property
    def text(self) -> str:
        further = ", ".join(sorted(self.further)) or "no further routes"
        return f"{self.of_complex}# {further}; result {'complex' if self.complexly else 'real'}\nz = np.array({joined(self.points[0]).tolist()})"

    @property
    def terms(self) -> list[str]:
        return [] if re.search(r"\(0\.1 |^np\.abs\(", self.result) else super().terms

    def check(self) -> Outcome:
        return outcome_of(lambda: ComplexRoutes(self).all(), self.program)


class ComplexRoutes(ArrayRoutes):
    """The routes of arrays, then those of complex arguments beside what these have found."""

    case: ComplexCase

    def all(self) -> tuple[str, ...]:
        super().all()
        self.z = joined(self.x)
        self.of_complex = compiled(self.case.of_complex, {"np": jittape.numpy})
        self.weighted_complex = self.of_complex if self.scalar else self.weighing
        self.complex_first_order()
        self.complex_replays()
        if "batch" in self.case.further:
            self.complex_batches()
        if "hessian" in self.case.further:
            self.complex_second_order()
        if "float32" in self.case.further:
            self.complex_single_precision()
        return tuple(self.routes)

    def weighing(self, z: Any) -> Any:
        w = self.of_complex(z)
        if self.case.complexly:
            w = jittape.numpy.stack([jittape.numpy.real(w), jittape.numpy.imag(w)])
        return jittape.numpy.sum(w * self.weights)

    def complex_first_order(self) -> None:
        value, pull = jt.vjp(self.of_complex, np.copy(self.z)[()])
        self.agree_result(value, self.truth, 1e-9, "complex vjp value")
        weights = joined(self.weights, -1) if self.case.complexly else self.weights
        adjoint = pull(weights)
        agree(parts(adjoint[0] if isinstance(adjoint, tuple) else adjoint), parts(joined(self.gradient, -1)), 1e-7, "complex vjp")
        tangent = self.random.normal(size=self.x.shape)
        value, along = jt.jvp(self.of_complex, (np.copy(self.z)[()],), (joined(tangent),))
        self.agree_result(value, self.truth, 1e-9, "complex jvp value")
        self.agree_result(along, jt.jvp(self.function, (self.x.copy(),), (tangent,))[1], 1e-7, "complex jvp")
        self.agree_gradient(jt.grad(self.weighted_complex)(np.copy(self.z)[()]), self.gradient, 1e-7, "complex grad")
        self.routes += ["complex vjp", "complex jvp", "complex grad"]

    def complex_replays(self) -> None:
        self.complex_recorded = jt.record(self.of_complex, np.copy(self.z)[()])
        self.complex_weighted = self.complex_recorded if self.scalar else jt.record(self.weighing, np.copy(self.z)[()])
        for k, (point, wanted, gradient) in enumerate(self.known):
            z = joined(point)
            self.agree_result(self.complex_recorded(z), wanted, 1e-9, f"complex replay {k}")
            self.agree_gradient(self.complex_weighted.grad(z), gradient, 1e-7, f"complex replayed gradient {k}")
        self.routes.append("complex record")

    def complex_batches(self) -> None:
        if len(self.known) < 2:
            return
        points, values, gradients = (np.stack(arrays * 3) for arrays in map(list, zip(*self.known)))
        points = points[:, 0] + 1j * points[:, 1]
        for mode in ("fast", "precise"):
            found = self.complex_recorded.batch_value(points.copy(), math=mode)
            agree(np.stack([found.real, found.imag], 1) if self.case.complexly else found, values, 1e-8, f"complex batch {mode}")
            found = self.complex_weighted.batch_grad(points.copy(), math=mode)
            agree(np.stack([found.real, -found.imag], 1), gradients, 1e-6, f"complex batch gradient {mode}")
            self.routes.append(f"complex batch {mode}")

    def complex_second_order(self) -> None:
        if self.hessian is None:
            return
        direction = self.random.normal(size=self.x.shape)
        wanted = (self.hessian @ direction.ravel()).reshape(self.x.shape)
        self.agree_gradient(jt.hvp(self.weighted_complex)(np.copy(self.z)[()], joined(direction)), wanted, 1e-6, "complex hvp")
        self.agree_gradient(self.complex_weighted.hvp(np.copy(self.z)[()], joined(direction)), wanted, 1e-6, "complex recorded hvp")
        self.routes.append("complex hvp")

    def complex_single_precision(self) -> None:
        if "float32" not in self.routes:
            return
        z = np.asarray(self.z, np.complex64)[()]
        value = jt.record(self.of_complex, np.copy(z)[()])(np.copy(z)[()])
        self.agree_result(value, self.truth, 3e-3, "complex64 value")
        if np.max(np.abs(self.gradient), initial=0) < 1e3:
            self.agree_gradient(jt.grad(self.weighted_complex)(np.copy(z)[()]), self.gradient, 3e-2, "complex64 gradient")
        self.routes.append("complex64")

    def agree_result(self, ours: Any, theirs: Any, tolerance: float, what: str) -> None:
        """A complex result beside both parts of it."""
        agree(parts(ours) if self.case.complexly else ours, theirs, tolerance, what)

    def agree_gradient(self, ours: Any, theirs: np.ndarray, tolerance: float, what: str) -> None:
        """A complex gradient beside that by both parts."""
        ours = ours[0] if isinstance(ours, tuple) else ours
        agree(parts(np.conj(ours)), theirs, tolerance, what)
