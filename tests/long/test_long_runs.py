"""A case or two of each long run, and that what is wrong is found: a fault, a process that dies, one that hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import long_run
import numpy as np
import pytest

import jittape as jt
from jittape.replay.function import Function

HERE = Path(__file__).parent
CASES = {"programs": 2, "threads": 1, "files": 1, "tensors": 1, "interrupts": 1, "kills": 1, "soak": 2}
SLOW = {"native": 2, "handles": 1, "memory": 1, "exits": 1, "processes": 1, "places": 1}
NEEDS = {"tensors": "torch"}


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(jt.__file__).parents[1])}
    return subprocess.run([sys.executable, str(HERE), *arguments], env=env, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("name", [*CASES, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_a_few_cases(name: str, tmp_path: Path) -> None:
    if name in ("memory", "places") and not sys.platform.startswith("linux"):
        pytest.skip("limits of memory and small disks are Linux's")
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    log, count = tmp_path / "log", {**CASES, **SLOW}[name]
    done = ran(name, "--quick", "--count", str(count), "--minutes", "60", "--log", str(log))
    assert done.returncode == 0, done.stdout + done.stderr
    last = json.loads(log.read_text().splitlines()[-1])
    assert (last["cases"], last["faults"], last["next"]) == (count, 0, count)


def test_every_target_has_a_case_and_is_described() -> None:
    assert set(CASES) | set(SLOW) == set(long_run.TARGETS)
    listed = ran()
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(long_run.TARGETS)


CHILD = """
import json, os, signal, sys
first, count = (int(sys.argv[sys.argv.index(name) + 1]) for name in ("--seed", "--count"))
for seed in range(first, first + count):
    print(json.dumps({"seed": seed}), flush=True)
    if seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if seed == 3:
        while True:
            pass
    found = {"fault": "wrong", "where": "here"} if seed == 4 else {"counts": {"good": 1, "now: seed": seed}}
    print(json.dumps(found), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such signals here")
def test_faults_deaths_and_hanging_are_counted_and_gone_past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "__main__.py").write_text(CHILD)
    monkeypatch.setattr(long_run, "HERE", tmp_path)
    log = str(tmp_path / "log")
    assert long_run.run("programs", 10.0, 0, 3, log, 2.0) == 1
    assert long_run.run("programs", 10.0, 0, 3, log, 2.0) == 1  # goes on where it ended
    said = capsys.readouterr().out
    assert "seed 1: the process ended with -9" in said and "seed 3: no word for 2.0 seconds" in said and "seed 4: wrong\nhere" in said
    last = json.loads(Path(log).read_text().splitlines()[-1])
    assert (last["cases"], last["faults"], last["next"]) == (4, 3, 6)
    assert last["counts"] == {"good": 3, "now: seed": 5}


def test_a_wrong_number_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    case = long_run.target("programs").case
    hvp = Function.hvp

    def wrong(self: Any, *args: Any, **more: Any) -> Any:
        return np.asarray(hvp(self, *args, **more)) * 1.001 + 1e-3

    monkeypatch.setattr(Function, "hvp", wrong)
    with pytest.raises(long_run.Fault, match="Hessian"):
        for seed in range(5):
            case(seed)
