"""Compiled code is named by the sources that it is made of: a change elsewhere leaves it, a change of these drops it."""

from __future__ import annotations

import ast
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from llvmlite import ir
from numba import njit

import jittape
from jittape.compiler import jit, sources
from jittape.compiler.sources import BELOW, ROOMS, digest_of, modules_of
from jittape.instructions.lu import native as factors
from jittape.lanes import lanes
from jittape.ops.spec import BY_NAME
from jittape.sweep.lanes.kernels import forward_kernel
from jittape.sweep.point import drivers

PACKAGE = Path(jittape.__file__).parent
FLOOR = {"errors", "tree"}
"""What any room may import, and holds nothing that is compiled."""


def imported(path: Path) -> set[str]:
    """The rooms that a module imports, within functions, too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("jittape.")}
        assert not (isinstance(node, ast.ImportFrom) and node.level), path
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_what_their_digests_hold(room: str) -> None:
    paths = [p for pattern in ROOMS[room] for p in PACKAGE.glob(pattern)]
    assert paths
    for path in paths:
        assert imported(path) <= {room, *BELOW[room], *FLOOR}, path
    for name in FLOOR:
        assert "njit" not in (PACKAGE / f"{name}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("below", ROOMS)
def test_a_digest_has_a_room_and_those_below(below: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {room: sources._digest(frozenset([f"jittape.{room}.some"])) for room in ROOMS}
    outside = sources._digest(frozenset(["test_sources"]))
    digests = {**sources._room_digests(), below: b"another"}
    monkeypatch.setattr(sources, "_room_digests", lambda: digests)
    sources._digest.cache_clear()
    try:
        changed = {room for room in ROOMS if sources._digest(frozenset([f"jittape.{room}.some"])) != whole[room]}
        assert changed == {room for room in ROOMS if below in (room, *BELOW[room])}
        assert sources._digest(frozenset(["test_sources"])) != outside
    finally:
        sources._digest.cache_clear()


def test_what_a_function_holds_counts() -> None:
    @njit
    def held(x: Any) -> Any:
        return x

    def outer(x: Any) -> Any:
        return held(x) + drivers.forward(x)

    def holding(f: Any) -> Any:
        def inner(x: Any) -> Any:
            return f(x)

        return inner

    here = {__name__}
    assert modules_of(drivers.forward) == {"jittape.sweep.point.drivers"}
    assert modules_of(functools.partial(forward_kernel, BY_NAME["sin"], np.dtype(np.float64), True)) == {"jittape.sweep.lanes.kernels", "jittape.ops.spec"}
    assert modules_of(outer) == here  # what is named in a module is among what it imports
    assert modules_of(holding(factors.forward)) == {*here, "jittape.instructions.lu.native"}
    assert modules_of(holding(held)) == here
    assert modules_of((lanes.Kernels(np.dtype(np.float64), True)._emitted,)) == {"jittape.lanes.lanes"}
    assert len({digest_of(drivers.forward), digest_of(factors.forward), digest_of(outer)}) == 3


def test_kernels_of_lanes_are_of_the_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of instructions, which change more often."""
    asked: list[Any] = []
    monkeypatch.setattr(lanes, "emitted", lambda name, what, emit, plain=False: asked.append(emit) or SimpleNamespace(address=1))
    k = lanes.Kernels(np.dtype(np.float64), True)
    k.forward(BY_NAME["sin"])
    k.reverse(BY_NAME["mul"], (0, 1))
    k.zero()
    assert [{sources.room_of(m) for m in modules_of(emit)} for emit in asked] == [{"sweep", "ops"}, {"sweep", "ops"}, {"sweep"}]


def nothing(module: Any, name: str) -> None:
    """A function that does nothing."""
    ir.IRBuilder(ir.Function(module, ir.FunctionType(ir.VoidType(), ()), name).append_basic_block()).ret_void()


def test_code_of_another_version_is_taken_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JITTAPE_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("JITTAPE_CACHE", raising=False)
    first = jit.cache_dir()
    compiled, loaded = jit.announcer.compiled, jit.announcer.loaded
    jit.emitted("taken", "", nothing)
    monkeypatch.setattr(jit, "source_hash", lambda: "another version")
    second = jit.cache_dir()
    assert first is not None and second is not None and first != second
    jit._versions.cache_clear()
    jit.emitted("taken", "", nothing)
    assert (jit.announcer.compiled - compiled, jit.announcer.loaded - loaded) == (1, 1)
    assert [p.name for p in second.iterdir()] == [p.name for p in first.iterdir()]
    monkeypatch.setattr(jit, "digest_of", lambda *parts: "other sources")
    jit.emitted("taken", "", nothing)
    assert jit.announcer.compiled - compiled == 2 and len(list(second.iterdir())) == 2
    jit._versions.cache_clear()


GRADIENT = """
import numpy as np, jittape as jt
from jittape.compiler.jit import announcer
jt.grad(lambda x: np.sum(np.sin(x) * x) + np.linalg.det(np.outer(x, x) + np.eye(3)))(np.ones(3))
print(announcer.compiled, announcer.loaded)
"""


def test_a_change_of_an_instruction_leaves_the_sweeps(tmp_path: Path) -> None:
    """In a copy of the package."""
    shutil.copytree(PACKAGE, tmp_path / "jittape", ignore=shutil.ignore_patterns("__pycache__"))
    for other in PACKAGE.parent.glob("jittape_numba*"):
        (shutil.copytree if other.is_dir() else shutil.copy)(other, tmp_path / other.name)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "JITTAPE_CACHE_DIR": str(tmp_path / "cache"), "JITTAPE_CACHE": "1"}

    def counts() -> tuple[int, int]:
        out = subprocess.run([sys.executable, "-c", GRADIENT], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert out.returncode == 0, out.stderr
        a, b = out.stdout.split()
        return int(a), int(b)

    def change(name: str) -> None:
        path = tmp_path / "jittape" / name
        path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")

    compiled, loaded = counts()
    assert compiled > 5 and loaded == 0
    assert counts() == (0, compiled)
    change("solvers/many.py")
    assert counts() == (0, compiled)  # taken over
    change("instructions/lu/native.py")
    again, kept = counts()
    assert 0 < again < compiled / 2 and kept == compiled - again
    change("sweep/point/drivers.py")
    again, kept = counts()
    assert again > compiled / 2 and kept == compiled - again
