"""Functions of one array by all routes of jittape, beside NumPy and differences."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

import numba
import numpy as np
from array_programs import ArrayProgram, source
from cases import Case, Outcome, Reason
from differences import agree, agree_with_differences, attempt, both_fail, outcome_of
from rounding import decided_by_rounding

import jittape as jt
import jittape.numpy

FURTHER_ROUTES = {"batch": 0.35, "hessian": 0.4, "float32": 0.4, "tensor": 0.4, "njit": 0.02}
"""Beside vjp, jvp, grad and record, which every program is run by: how often they are drawn."""
FEW_VARIABLES = 12
"""Up to so many, whole Jacobians and Hessians are compared with differences."""
STORES = re.compile(
    r"\.std\(|\.var\(|np\.zeros|np\.empty|np\.full|np\.ones|\[[^=\n]*\] *[-+*/]*= |[-+*/]= |out=|np\.put|\.fill|\.sort\(\)|\.at\("
    r"|copyto|putmask|place|\.flat|diagonal\(|\.put\(|partition|\.sort"
)
"""What tensors do otherwise than arrays, or refuse."""

DECIDED = "The plain function rounds by itself: where two results of functions, of sums or of linear algebra are equal but for rounding"
REASONS = [
    Reason("cross of vectors of the plane", "NumPy gives a number, and warns that it will not", text="cross: it takes vectors of length 3", page=""),
    Reason("NumPy writes to a read-only view in ufunc.at", "NumPy does not look", program=(r"\.at\(", "diagonal"), text="read-only", page=""),
    Reason("NumPy copies an array to itself though it is read-only", "NumPy does not look", program=("copyto",), text="read-only", page=""),
    Reason("recorded values in plain arrays", "storing a recorded value into a plain float array would drop the derivative", text="plain ndarray"),
    Reason("an output of more axes than an accumulation has", "NumPy takes it where there is one element, and crashes on others", text="wrong size for the accumulation", page=""),
    Reason("shares in single precision", "Their dtype and class are those of recorded numbers", kinds=("float",), program=(r"round\(float\(np\.mean\(",)),
    Reason("Numba differs", "what Numba computes is not what Python and NumPy do", kinds=("numba itself",), page=""),
    Reason("decided by rounding", DECIDED, kinds=("tried with functions that round otherwise",), page="accuracy.md"),
    Reason("repeat of tensors", "repeat of a tensor is PyTorch's, which is NumPy's tile", kinds=("tensor value", "tensor gradient", "tensor hessian"), program=(r"\.repeat\(",), page=""),
]


def compiled(text: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    """The function of this text, with these names."""
    names = dict(namespace)
    exec(compile(text, "<drawn>", "exec"), names)
    return names["f"]


def further_routes(seed: int, chances: dict[str, float]) -> frozenset[str]:
    random = Random(seed * 7 + 1)
    return frozenset([route for route, chance in chances.items() if random.random() < chance])


@dataclass(frozen=True)
class ArrayCase(Case):
    lines: tuple[str, ...]
    result: str
    points: tuple[np.ndarray, ...]
    further: frozenset[str]
    reasons = REASONS

    @classmethod
    def drawn(cls, seed: int) -> ArrayCase | None:
        try:
            program = ArrayProgram(seed)
            case = cls(tuple(program.lines), program.result, program.points, further_routes(seed, FURTHER_ROUTES))
            case.plain(case.points[0].copy())
        except Exception:  # a line that was taken back has left something that NumPy does not take
            return None
        return case

    @cached_property
    def program(self) -> str:
        return source(self.lines, self.result)

    @property
    def text(self) -> str:
        further = ", ".join(sorted(self.further)) or "no further routes"
        return f"{self.program}# {further}\nx = np.array({self.points[0].tolist()})"

    @cached_property
    def plain(self) -> Callable[..., Any]:
        return compiled(self.program, self.names("plain"))

    def names(self, kind: str) -> dict[str, Any]:
        """What the program names where it is "plain", "recorded", or of "tensors"."""
        return {"np": jittape.numpy if kind == "recorded" else np}

    # --- parts ---

    @property
    def terms(self) -> list[str]:
        terms = self.result.split(" + ")
        return [] if len(terms) == 1 or "(" in self.result.replace("np.sum(", "") else terms

    @property
    def parts(self) -> int:
        return len(self.terms) + len(self.lines)

    def without(self, part: int) -> ArrayCase | None:
        terms = self.terms
        if part < len(terms):
            smaller = replace(self, result=" + ".join(terms[:part] + terms[part + 1 :]))
        else:
            part -= len(terms)
            lines = self.lines[:part] + self.lines[part + 1 :]
            gone = re.findall(r"\b(v\d+)\b(?: =|,)", self.lines[part])
            gone = [name for name in gone if not any(re.search(rf"\b{name} = ", line) for line in lines)]
            kept = [term for term in self.result.split(" + ") if not any(re.search(rf"\b{name}\b", term) for name in gone)]
            smaller = replace(self, lines=lines, result=" + ".join(kept) or "0.0")
        try:
            smaller.plain(self.points[0].copy())
        except Exception:
            return None
        return smaller

    def check(self) -> Outcome:
        return outcome_of(lambda: ArrayRoutes(self).all(), self.program)

    def explained(self, outcome: Outcome) -> Outcome:
        outcome = super().explained(outcome)
        points = [(x,) for x in self.points]
        if outcome.unexplained and not outcome.kind.startswith("raises") and decided_by_rounding(self.program, points, self.names("plain")):
            return replace(outcome, reason="decided by rounding")
        return outcome


class ArrayRoutes:
    """One case by one route after the other; what the first ones find is what later ones are compared with."""

    def __init__(self, case: ArrayCase) -> None:
        self.case = case
        self.points = case.points
        self.plain = case.plain
        self.function = function = compiled(case.program, case.names("recorded"))
        self.x = case.points[0]
        self.truth = np.asarray(self.plain(self.x.copy()))
        self.random = np.random.default_rng(0)
        self.scalar = self.truth.ndim == 0
        self.weights = weights = np.ones(()) if self.scalar else self.random.normal(size=self.truth.shape)
        self.weighted = function if self.scalar else (lambda x: jittape.numpy.sum(function(x) * weights))
        self.grad = jt.grad(self.weighted)
        self.routes: list[str] = []
        self.hessian: np.ndarray | None = None

    def all(self) -> tuple[str, ...]:
        self.first_order()
        self.replays()
        for name, route in {
            "batch": self.batches, "hessian": self.second_order, "float32": self.single_precision, "tensor": self.tensors, "njit": self.native,
        }.items():
            if name in self.case.further:
                route()
        return tuple(self.routes)

    def first_order(self) -> None:
        x, truth = self.x, self.truth
        value, pull = jt.vjp(self.function, x.copy())
        agree(value, truth, 1e-9, "vjp value")
        adjoint = pull(self.weights)
        adjoint = adjoint[0] if isinstance(adjoint, tuple) else adjoint
        jacobian = self.jacobian = np.asarray(jt.jacobian(self.function)(x.copy())).reshape(truth.shape + x.shape)
        agree(np.tensordot(self.weights, jacobian, truth.ndim), adjoint, 1e-7, "vjp beside jacobian")
        tangent = self.random.normal(size=x.shape)
        value, along = jt.jvp(self.function, (x.copy(),), (tangent,))
        agree(value, truth, 1e-9, "jvp value")
        agree(along, np.tensordot(jacobian, tangent, x.ndim), 1e-7, "jvp beside jacobian")
        if x.size > FEW_VARIABLES:
            directions = self.random.normal(size=(3, x.size))
            shown = jacobian.reshape(*truth.shape, x.size) @ directions.T
            agree_with_differences(shown, lambda q: self.plain((x.ravel() + q @ directions).reshape(x.shape)), np.zeros(3), "jacobian")
        else:
            agree_with_differences(jacobian, self.plain, x, "jacobian")
        self.gradient = np.asarray(self.grad(x.copy()))
        agree(self.gradient, adjoint, 1e-7, "grad beside vjp")
        self.routes += ["vjp", "jvp", "grad"]

    def replays(self) -> None:
        """Recorded once, called at all points."""
        self.recorded = jt.record(self.function, self.x.copy())
        self.recorded_weighted = self.recorded if self.scalar else jt.record(self.weighted, self.x.copy())
        again = jt.jacobian(self.function)  # which is known then, and may go another way
        for name, found in (("recorded jacobian", self.recorded.jacobian(self.x.copy())), ("jacobian again", again(self.x.copy()))):
            agree(np.asarray(found).reshape(self.jacobian.shape), self.jacobian, 1e-9, name)
        self.known: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for k, point in enumerate(self.points):
            wanted = attempt(lambda: np.asarray(self.plain(point.copy())))
            found = attempt(lambda: self.recorded(point.copy()))
            if both_fail(found, wanted, f"replay {k}"):
                continue
            agree(found, wanted, 1e-9, f"replay {k}")
            if not self.scalar and wanted.shape != self.truth.shape:
                continue
            gradient = np.asarray(self.grad(point.copy()))
            agree(self.recorded_weighted.grad(point.copy()), gradient, 1e-7, f"replayed gradient {k}")
            if wanted.shape == self.truth.shape:
                self.known.append((point, wanted, gradient))
        self.routes.append("record")

    def batches(self) -> None:
        if len(self.known) < 2:
            return
        points, values, gradients = (np.stack(arrays * 3) for arrays in map(list, zip(*self.known)))
        for mode in ("fast", "precise"):
            agree(self.recorded.batch_value(points.copy(), math=mode), values, 1e-8, f"batch {mode}")
            agree(self.recorded_weighted.batch_grad(points.copy(), math=mode), gradients, 1e-6, f"batch gradient {mode}")
            self.routes.append(f"batch {mode}")

    def second_order(self) -> None:
        n = self.x.size
        if n > FEW_VARIABLES:
            return

        def hessian(differentiate: Callable[[np.ndarray], Any], point: np.ndarray) -> np.ndarray:
            return np.asarray(differentiate(point.copy())).reshape(n, n)

        self.hessian = hessian(jt.hessian(self.weighted), self.x)
        agree_with_differences(self.hessian, lambda point: np.asarray(self.grad(point)).ravel(), self.x, "hessian")
        for k, point in enumerate(self.points[:2]):
            plain = attempt(lambda: self.plain(point.copy()))
            if isinstance(plain, Exception) or np.shape(plain) != self.truth.shape:
                continue
            wanted = hessian(jt.hessian(self.weighted), point) if k else self.hessian
            agree(hessian(self.recorded_weighted.hessian, point), wanted, 1e-6, f"recorded hessian {k}")
        direction = self.random.normal(size=self.x.shape)
        found = np.asarray(self.recorded_weighted.hvp(self.x.copy(), direction)).ravel()
        agree(found, self.hessian @ direction.ravel(), 1e-6, "hvp")
        self.routes += ["hessian", "record hessian", "hvp"]

    def single_precision(self) -> None:
        x = self.x.astype(np.float32)
        wanted = attempt(lambda: np.asarray(self.plain(x.copy())))
        if isinstance(wanted, Exception) or wanted.shape != self.truth.shape or not np.all(np.isfinite(wanted)):
            return
        if not np.allclose(wanted, self.truth, rtol=1e-3, atol=1e-3):
            return
        agree(jt.vjp(self.function, x.copy())[0], self.truth, 3e-3, "float32 value")
        gradient = np.asarray(self.grad(x.copy()))
        if np.max(np.abs(self.gradient), initial=0) < 1e3:
            agree(gradient, self.gradient, 3e-2, "float32 gradient")
        self.routes.append("float32")

    def tensors(self) -> None:
        if STORES.search(self.case.program):
            return
        x = jt.tensor(self.x.copy(), requires_grad=True)
        try:
            result = compiled(self.case.program, self.case.names("tensors"))(x)
        except (jt.JittapeError, TypeError, ValueError, AttributeError, RuntimeError, IndexError, NotImplementedError) as error:
            self.routes.append(f"tensor refused: {type(error).__name__}")
            return
        if not isinstance(result, jt.Tensor) or not result.requires_grad:
            return
        agree(result.detach().numpy(), self.truth, 1e-9, "tensor value")
        total = result if self.scalar else (result * jt.tensor(self.weights)).sum()
        (gradient,) = jt.autograd.grad(total, x, create_graph=True)
        agree(gradient.detach().numpy(), self.gradient, 1e-7, "tensor gradient")
        self.routes.append("tensor")
        if self.hessian is not None and gradient.requires_grad:
            direction = self.random.normal(size=self.x.shape)
            (second,) = jt.autograd.grad((gradient * jt.tensor(direction)).sum(), x, allow_unused=True)
            second = np.zeros(self.x.size) if second is None else second.detach().numpy().ravel()
            agree(second, self.hessian @ direction.ravel(), 1e-6, "tensor hessian")
            self.routes.append("create_graph")

    def native(self) -> None:
        function = numba.njit(compiled(self.case.program, {"np": np}))
        value = attempt(lambda: function(self.x.copy()))
        if isinstance(value, Exception):
            self.routes.append("njit refused by Numba")
        elif self.scalar and isinstance(value, float):
            agree(value, self.truth, 1e-9, "numba itself")
            try:
                gradient = jt.grad(function)(self.x.copy())
            except (jt.RecordingError, TypeError, NotImplementedError) as error:
                self.routes.append(f"njit refused: {type(error).__name__}")
                return
            agree(gradient, self.gradient, 1e-7, "njit gradient")
            self.routes.append("njit")
