"""The warmup compiles whatever a first use may need: its list follows the tables by which code is compiled."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from jittape.instructions import decompositions
from jittape.instructions.base import BY_CODE
from jittape.sweep import engine
from jittape.sweep.lanes import driver
from jittape.sweep.point import call, entries
from jittape.tools import warmup


def names(jobs: object) -> str:
    return "\n".join(name for name, _ in jobs)  # type: ignore[attr-defined]


def test_every_call_of_a_result_is_listed() -> None:
    builtins = {name for name, f in vars(call).items() if inspect.isfunction(f) and "description" in inspect.signature(f).parameters}
    assert builtins == {*warmup.CALLS, *warmup.SELDOM}
    assert set(warmup.ENTRIES) <= {name for name, f in vars(entries).items() if inspect.isfunction(f)}
    listed = names(warmup.sweeps(("float64",)))
    for what in (*warmup.CALLS, *warmup.ENTRIES, "reverse sweeps as instructions", "gradients in native code"):
        assert what in listed


def test_every_kernel_of_lanes_is_listed() -> None:
    listed = names(warmup.lane_jobs(("float64",)))
    found = engine.offered_to_lanes()
    assert found and all(found.values())
    for code, kernels in found.items():
        for kernel in kernels:
            assert f"{BY_CODE[code].name} in lanes: {kernel}, float64" in listed
    assert set(engine.lane_kernels(driver)) == {"scalar_forward", "scalar_reverse"}


def test_every_routine_of_decompositions_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def routine(self: Any, number: int, found: Any) -> int:
        asked.append(number)
        assert callable(found())
        return 0

    monkeypatch.setattr(engine.Engine, "routine", routine)
    calls = {kind.call for kind in decompositions.KINDS}
    for name, job in warmup.jobs(("float64",)):
        if name.split()[0] in calls:
            job()
    assert len(set(asked)) == len(decompositions.KINDS) * len(decompositions.SWEEPS)


def test_what_few_programs_meet_is_left_to_all() -> None:
    few, every = ([*warmup.jobs(("float64",), all), *warmup.lane_jobs(("float64",), all)] for all in (False, True))
    left = {name.split()[0] for name in set(names(every).splitlines()) - set(names(few).splitlines())}
    assert {"gammainc", "jv", "eigh", "svd"} <= left and not left & {"exp", "tanh", "solve", "lu", "batches", "forward"}
