"""Recording versions of functions with cache=True, across processes; Numba's entry point; long functions."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

import jittape as jt
import jittape_numba
from jittape.native.compile import retype, versions
from jittape.native.recording import callbacks

ROOT = Path(__file__).parents[2]
MODEL = """
import math, numba, numpy as np, jittape as jt

@numba.njit(cache=True)
def part(a):
    return math.exp(-a * a) + a**1.5

@numba.njit(cache=True)
def f(x, a):
    s = 0.0
    y = np.zeros(x.size)
    for i in range(x.size):
        y[i] += part(x[i]) * a
        if y[i] > 0.3:
            s += np.tanh(y[i])
    y += 1.0
    return s + np.sum(np.sqrt(y))

g = jt.native.grad(f)

@numba.njit(cache=True)
def descend(x, a):
    for _ in range(3):
        x = x - 0.01 * g(x, a)
    return x

@numba.njit(cache=True)
def plain(x):
    return x * 2.0
"""
RUN = """
import json, sys
import numpy as np
if "stale" in sys.argv:
    from jittape.native.vars import marks
    marks.digest = lambda: "another release"
import model, jittape as jt
x = np.linspace(0.2, 1.4, 5)
gradient, descended, _ = jt.grad(model.f)(x, 1.3), model.descend(x, 1.3), model.plain(1.0)
counts = {name: [sum(d.stats.cache_hits.values()), sum(d.stats.cache_misses.values())] for name, d in (
    ("f", jt.native.value_and_grad(model.f, (0,))), ("descend", model.descend), ("plain", model.plain))}
print(json.dumps([counts, gradient.tolist(), descended.tolist()]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    (path / "model.py").write_text(MODEL)
    return path


def process(folder: Path, *arguments: str) -> Any:
    env = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "NUMBA_CACHE_DIR": ""}
    env["JITTAPE_CACHE_DIR"] = os.environ.get("JITTAPE_CACHE_DIR", "")
    done = subprocess.run([sys.executable, "-c", RUN, *arguments], env=env, cwd=folder, capture_output=True, text=True, check=True)
    assert "Cannot cache" not in done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_second_process_loads_what_the_first_compiled(folder: Path) -> None:
    """Hits and misses of the disk: the second process compiles nothing of the user's functions."""
    first, gradient, descended = process(folder)
    assert all(misses == 1 and hits == 0 for hits, misses in first.values())
    second, *answers = process(folder)
    assert second["f"] == second["descend"] == second["plain"] == [1, 0]
    assert answers == [gradient, descended]
    stale, *answers = process(folder, "stale")
    assert stale["f"] == stale["descend"] == [0, 1]
    assert stale["plain"] == [1, 0]  # nothing of jittape in it
    assert answers == [gradient, descended]
    again, *answers = process(folder, "stale")
    assert again["f"] == again["descend"] == [1, 0]
    sys.path.insert(0, str(folder))
    try:
        import model
    finally:
        sys.path.remove(str(folder))
    x, h = np.linspace(0.2, 1.4, 5), 1e-6
    expected = [(model.f(x + h * e, 1.3) - model.f(x - h * e, 1.3)) / (2 * h) for e in np.eye(5)]
    np.testing.assert_allclose(gradient, expected, rtol=1e-7)


def test_numba_calls_a_function_that_does_little_and_never_fails() -> None:
    """It imports nothing of jittape, leaves symbols that are there alone, and its callbacks reach the true ones."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert declared["project"]["entry-points"]["numba_extensions"] == {"init": "jittape_numba:init"}
    assert "jittape_numba.py" in declared["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    check = """
import sys, llvmlite.binding as llvm, ctypes, jittape_numba
assert llvm.address_of_symbol("jittape_grow") is None
jittape_numba.init()
assert not any(m == "jittape" or m.startswith("jittape.") for m in sys.modules)
first = {name: llvm.address_of_symbol(name) for name in jittape_numba.SYMBOLS}
assert all(first.values())
jittape_numba.init()
assert first == {name: llvm.address_of_symbol(name) for name in jittape_numba.SYMBOLS}
table = ctypes.CFUNCTYPE(ctypes.c_int64)(first["jittape_table"])()
from jittape.native.recording import symbols, workspace
assert table == workspace.table.ctypes.data
assert set(symbols.CALLBACKS) == set(jittape_numba.SYMBOLS)
llvm.add_symbol = None
del llvm.address_of_symbol
jittape_numba.init()
"""
    subprocess.run([sys.executable, "-c", check], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)


def test_what_callbacks_answer_without_jittape_is_an_error() -> None:
    assert jittape_numba.SYMBOLS[callbacks.SYMBOL] == (callbacks.FAILED, 3)


def test_marks_of_version_0_1_0_are_read_and_found_stale() -> None:
    """Users' cached code names the function that reads its mark; Numba takes the error for a missing file."""
    mark = b"cjittape.native.cache\n_read\n(Vof other sources\ntR."
    with pytest.raises(OSError, match="other sources"):
        pickle.loads(mark)


def test_long_functions_record_by_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of statements operations are not inlined, which is seen in the code, not in the answer."""

    def f(x):  # type: ignore[no-untyped-def]
        s = 0.0
        for i in range(x.size):
            if x[i] > 0.5:
                s += np.exp(x[i]) * x[i] - 2.0 / x[i]
        return s

    x = np.linspace(0.2, 1.4, 5)
    answers, code = [], []
    for limit in (10_000, 0):
        monkeypatch.setattr(retype, "LONG", limit)
        short = numba.njit(f)
        answers.append(jt.native.grad(short)(x))
        version = versions.recording_version(short, called=True)
        code.append("\n".join(version.inspect_llvm().values()))
    assert "jittape_op_mul_apart" not in code[0]
    assert "jittape_op_mul_apart" in code[1]
    expected = np.where(x > 0.5, np.exp(x) * (1.0 + x) + 2.0 / x**2, 0.0)
    for found in answers:
        np.testing.assert_allclose(found, expected, rtol=1e-14)
