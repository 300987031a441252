"""Tensor programs run with PyTorch and with jittape: values, gradients and flags of all tensors are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from cases import Case, Outcome
from tensor_programs import TensorProgram, copies_of_saved
from tensor_reasons import DIFFERENCES, REFUSALS

import jittape as jt
import jittape.torch as jittape_torch
from jittape.array.state import state

torch.set_num_threads(1)

FLAGS = ("requires_grad", "is_leaf", "retains_grad")
SINGLE = re.compile(r"float32|\.float\(\)|complex64|\.cfloat\(\)")
"""Lines that make numbers of single precision."""
TOLERANCES = {"float32": 3e-4, "float64": 1e-8}
LARGEST_SCALE = 1e3
"""Errors in float64 are compared with values up to this one."""

State = dict[str, Any]
"""Of each tensor its value, gradient and flags, by its name; under LOG what the program kept."""


@dataclass(frozen=True)
class TensorCase(Case):
    lines: tuple[str, ...]
    watched: bool
    """Whether the state is compared after each line; looking at a gradient or a value may change what jittape does later."""
    reasons = DIFFERENCES
    programs: ClassVar[Any] = TensorProgram

    @classmethod
    def drawn(cls, seed: int) -> TensorCase | None:
        try:
            program = cls.programs(seed)
        except RuntimeError:  # PyTorch refuses to say whether a view that it forbids requires grad
            return None
        return cls(tuple(program.lines), program.watched)

    @property
    def text(self) -> str:
        return f"# compared {'after each line' if self.watched else 'at the end'}\n" + "\n".join(self.lines)

    @property
    def parts(self) -> int:
        return len(self.lines)

    def without(self, part: int) -> TensorCase | None:
        lines = self.lines[:part] + self.lines[part + 1 :]
        return replace(self, lines=lines) if lines else None

    def until(self, outcome: Outcome) -> TensorCase:
        return replace(self, lines=self.lines[: outcome.program.count("\n") + 1])

    def check(self) -> Outcome:
        state.eager.clear()
        try:
            theirs, ours = run(self.lines, torch, self.watched), run(self.lines, jittape_torch, self.watched)
            return self._compared(theirs, ours)
        except Exception as error:
            return Outcome("crash", repr(error))

    def explained(self, outcome: Outcome) -> Outcome:
        outcome = super().explained(outcome)
        if outcome.unexplained and outcome.kind in ("value", "grad", "log values") and self._operands_overlap():
            return replace(outcome, reason="overlapping operands")
        return outcome

    def _compared(self, theirs: list[Any], ours: list[Any]) -> Outcome:
        """The first difference of two runs; refusals come with their reasons."""
        tolerance = "float32" if any(SINGLE.search(line) for line in self.lines) else "float64"
        for k, (there, here) in enumerate(zip(theirs, ours)):
            found = difference(there, here, tolerance)
            if found:
                outcome = Outcome(*found, "\n".join(self.lines[: k + 1]), self.lines[k])
                reason = next((reason.name for reason in REFUSALS if reason.explains(outcome)), "")
                return replace(outcome, reason=reason)
        return Outcome("agree")

    def _operands_overlap(self) -> bool:
        """Whether PyTorch agrees where it reads copies: it reads what it has just written where an operand overlaps with the result."""
        copied = tuple(map(with_copies, self.lines))
        if copied == self.lines:
            return False
        theirs = run(copied, torch, self.watched)
        state.eager.clear()
        return self._compared(theirs, run(self.lines, jittape_torch, self.watched)).kind == "agree"


PREFIX = r"(?:with t\.no_grad\(\): )?"
CHANGE = re.compile(
    r"^((?:with t\.no_grad\(\): |for .*?: )?)"
    r"(v\d+(?:\.grad|\.data|\.detach\(\))*(?:\[.*?\])?(?:\.[a-z0-9]+_\(| [+\-*/]*= ))(.*)$"
)
NEW_NAME = re.compile(rf"^{PREFIX}v\d+(?:\.grad)? = ")


def with_copies(line: str) -> str:
    """A line that changes a tensor in place, with copies of its operands."""
    found = CHANGE.match(line)
    if not found or NEW_NAME.match(line) or "backward" in line:
        return line
    operands = re.sub(r"\b(v\d+)(\.grad)?(?!\.dtype|\.shape)\b", lambda name: name[0] + ".clone()", found[3])
    return found[1] + found[2] + operands


def run(lines: Sequence[str], library: Any, watched: bool) -> list[Any]:
    """States after each line (None where it is not watched); an error is the last one."""
    namespace = {"t": library, "np": np, "LOG": []}
    states: list[Any] = []
    with copies_of_saved() if library is torch else nullcontext():
        for line in lines:
            try:
                exec(line, namespace)
                states.append(snapshot(namespace, library) if watched else None)
            except Exception as error:
                states.append(error)
                return states
        try:
            if not watched and states:
                states[-1] = snapshot(namespace, library)
        except Exception as error:
            states[-1] = error
    return states


def snapshot(namespace: dict[str, Any], library: Any) -> State:
    kind = torch.Tensor if library is torch else jt.Tensor

    def copied(tensor: Any) -> np.ndarray:
        if isinstance(tensor, np.ndarray):
            return tensor
        return np.array(tensor.detach().resolve_conj().resolve_neg().numpy(force=True) if library is torch else tensor.values(), copy=True)

    found: State = {}
    for name, tensor in list(namespace.items()):
        if isinstance(tensor, kind) and name.startswith("v"):
            found[name] = {"value": copied(tensor)} | {flag: bool(getattr(tensor, flag)) for flag in FLAGS}
            gradient = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
            found[name]["grad"] = None if gradient is None else copied(gradient)
    return found | {"LOG": [copied(kept) for kept in namespace["LOG"]]}


def difference(there: Any, here: Any, tolerance: str) -> tuple[str, str] | None:
    """The kind and the text of the first difference between PyTorch's state and jittape's."""
    if isinstance(there, Exception):
        text = f"{type(there).__name__}: {there}"
        return ("both refuse", f"{text} || {here!r}") if isinstance(here, Exception) else ("PyTorch refuses", text)
    if isinstance(here, Exception):
        return "jittape refuses", f"{type(here).__name__}: {here}"
    if there is None:
        return None
    for name, theirs in there.items():
        found = log_difference(theirs, here[name], tolerance) if name == "LOG" else tensor_difference(theirs, here.get(name), tolerance)
        if found:
            return found[0], f"{name}: {found[1]}"
    return None


def log_difference(theirs: list[np.ndarray], ours: list[np.ndarray], tolerance: str) -> tuple[str, str] | None:
    if len(theirs) != len(ours):
        return "log", f"PyTorch has {len(theirs)} entries, jittape {len(ours)}"
    unlike = next(((a, b) for a, b in zip(theirs, ours) if not close(b, a, tolerance)), None)
    if unlike is None:
        return None
    rest = list(ours)
    for a in theirs:
        k = next((k for k, b in enumerate(rest) if close(b, a, tolerance)), None)
        if k is None:
            return "log values", f"torch {unlike[0].tolist()} jittape {unlike[1].tolist()}"
        del rest[k]
    return "order of the log", f"torch {unlike[0].tolist()} jittape {unlike[1].tolist()}"


def tensor_difference(theirs: dict[str, Any], ours: dict[str, Any] | None, tolerance: str) -> tuple[str, str] | None:
    if ours is None:
        return "missing", "no tensor in jittape"
    a, b = theirs["value"], ours["value"]
    if a.dtype != b.dtype:
        return "dtype", f"torch {a.dtype} jittape {b.dtype}"
    if not close(b, a, tolerance):
        return "value", f"torch {a.tolist()} jittape {b.tolist()}"
    for flag in FLAGS:
        if theirs[flag] != ours[flag]:
            return flag, f"torch {theirs[flag]} jittape {ours[flag]}"
    a, b = theirs["grad"], ours["grad"]
    if not close(b, a, tolerance):
        shown = [None if gradient is None else gradient.tolist() for gradient in (a, b)]
        return "grad", f"torch {shown[0]} jittape {shown[1]}"
    return None


def close(ours: np.ndarray | None, theirs: np.ndarray | None, precision: str) -> bool:
    """Whether two values or gradients agree; no gradient is one of zeros."""
    if ours is None or theirs is None:
        other = ours if theirs is None else theirs
        return other is None or not np.any(other)
    if ours.shape != theirs.shape:
        return False
    if ours.dtype == theirs.dtype and ours.tobytes() == theirs.tobytes():
        return True
    kind = complex if theirs.dtype.kind == "c" else float
    ours, theirs, tolerance = ours.astype(kind), theirs.astype(kind), TOLERANCES[precision]
    scale = max(1.0, float(np.max(np.abs(theirs[np.isfinite(theirs)]), initial=0)))
    if precision == "float64":
        scale = min(scale, LARGEST_SCALE)
    return np.allclose(ours, theirs, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
