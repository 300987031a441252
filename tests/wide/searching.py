"""Draws programs by seeds and says what came of each."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from cases import Case, Outcome, judge

KINDS = {
    "tensors": ("tensor_cases", "TensorCase"),
    "arrays": ("array_cases", "ArrayCase"),
    "floats": ("float_cases", "FloatCase"),
    "complexes": ("complex_cases", "ComplexCase"),
    "complextensors": ("complex_tensor_cases", "ComplexTensorCase"),
    "scipy": ("scipy_cases", "ScipyCase"),
    "native": ("native_cases", "NativeCase"),
    "again": ("again_cases", "AgainCase"),
}


@contextmanager
def quiet() -> Iterator[None]:
    """Drawn programs divide by zero, and worse."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def cases_of(kind: str, seeds: Iterable[int], native: bool = True) -> Iterator[Case]:
    """The programs of these seeds; some seeds draw none. Without `native`, none is compiled by Numba, which takes seconds each."""
    module, name = KINDS[kind]
    cases = getattr(importlib.import_module(module), name)
    for seed in seeds:
        with quiet():
            case = cases.drawn(seed)
        if case is not None:
            further = getattr(case, "further", frozenset())
            yield case if native or "njit" not in further else replace(case, further=further - {"njit"})


def judged(case: Case) -> tuple[Case, Outcome]:
    """The outcome of a case; of a disagreement the smallest program found that disagrees in the same way."""
    with quiet():
        return judge(case)


def shown(kind: str, seed: int) -> str:
    """The program of a seed, what came of it, and the smallest program that disagrees in the same way."""
    case = next(cases_of(kind, [seed]), None)
    if case is None:
        return "This seed draws no program."
    small, outcome = judged(case)
    lines = [case.text, "", f"=> {outcome.kind}" + (f" ({outcome.reason})" if outcome.reason else "")]
    if outcome.line:
        lines.append(f"   at {outcome.line}")
    if outcome.text:
        lines.append(f"   {outcome.text}")
    if small != case:
        lines += ["", "smallest program found:", small.text]
    return "\n".join(lines)
