"""A few programs of the wide search, that it finds and shrinks a fault, and that its reasons rest on the documentation."""

from __future__ import annotations

import pathlib

import pytest

pytest.importorskip("torch")

import tensor_reasons
from complex_cases import COMPLEX_REASONS
from complex_tensor_cases import ComplexTensorCase
from float_cases import REASONS as FLOAT_REASONS
from float_cases import FloatCase
from scipy_cases import SCIPY_REASONS
from searching import cases_of, judged

import jittape.numpy

DOCS = pathlib.Path(__file__).parents[2] / "docs"
SEEDS = {"tensors": 80, "arrays": 24, "floats": 24, "complexes": 6, "complextensors": 30, "scipy": 5, "again": 8}
REASONS = [*tensor_reasons.REFUSALS, *tensor_reasons.DIFFERENCES, *COMPLEX_REASONS, *ComplexTensorCase.reasons, *SCIPY_REASONS, *FLOAT_REASONS]


@pytest.mark.parametrize("kind", SEEDS)
def test_a_few_programs(kind: str, request: pytest.FixtureRequest) -> None:
    if kind in ("tensors", "complextensors"):
        request.getfixturevalue("defaults_of_torch")
    programs = 0
    for case in cases_of(kind, range(SEEDS[kind]), native=False):
        small, outcome = judged(case)
        assert not outcome.unexplained, f"{small.text}\n=> {outcome.kind}: {outcome.text}"
        programs += 1
    assert programs > SEEDS[kind] // 2


def test_a_fault_is_found_and_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jittape.numpy, "sin", jittape.numpy.cos)
    lines = ("v1 = np.tanh(x)", "v2 = np.sin(x)", "v3 = v1 * x")
    case = FloatCase(("x",), lines, ("1.00 * x", "1.25 * v1", "1.50 * v2", "1.75 * v3"), ((0.3,), (0.7,)), frozenset())
    small, outcome = judged(case)
    assert outcome.unexplained and outcome.kind == "vjp value"
    assert (small.lines, small.terms) == (lines[1:2], ("1.50 * v2",))


def test_reasons_rest_on_the_documentation() -> None:
    pages: dict[str, str] = {}
    for reason in REASONS:
        if reason.page:
            page = pages.setdefault(reason.page, " ".join((DOCS / reason.page).read_text(encoding="utf-8").split()))
            assert reason.rests_on in page, f"{reason.name}: docs/{reason.page} does not say {reason.rests_on!r}"
