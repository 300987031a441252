"""Fixtures and settings that every test shares, and how the tests are spread over processes; see docs/testing.md."""

from __future__ import annotations

import gc
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import draws  # noqa: F401  (settles what Hypothesis draws, before a test module is imported)
import numpy as np
import pytest
from recycled import Recycling, memory, wanted

import jittape as jt
from jittape.compiler.jit import cache_dir
from jittape.eager.defaults import defaults


class NotInstalled:
    """Says that there is no PyTorch: tests/torch, which is on the path with the other folders of tests, would pass for a package of that name."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name=name)


found = importlib.util.find_spec("torch")
if found is not None and found.origin is None:
    sys.meta_path.insert(0, NotInstalled)  # type: ignore[arg-type]

WARM = """
import sys
from jittape.tools.warmup import sweeps
dtype, rest = sys.argv[1:]
for name, job in sweeps((dtype,)):
    if rest or name.endswith(dtype):
        job()
"""
MOST_MEMORY = os.environ.get("JITTAPE_TEST_MEMORY", "")
"""Bytes that no test process may exceed; without it, memory is reported only."""


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)


@pytest.fixture(autouse=True)
def defaults_of_jittape() -> Iterator[None]:
    """A test starts with jittape's own defaults, though a module of tests has imported jittape.torch, which sets PyTorch's for the process."""
    defaults.torch, defaults.real = False, np.dtype(np.float64)
    yield


@pytest.fixture
def defaults_of_torch(defaults_of_jittape: None) -> None:
    """What importing jittape.torch sets."""
    defaults.torch, defaults.real = True, np.dtype(np.float32)


@pytest.fixture
def torch_in_float64() -> Iterator[None]:
    """PyTorch's default dtype is jittape's."""
    torch = pytest.importorskip("torch")
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(default)


@pytest.fixture
def memory_limit() -> Iterator[None]:
    """Takes the limit that a test sets away again."""
    yield
    jt.set_memory_limit(None)


# --- processes ---------------------------------------------------------------------------------------------------------------

peaks: dict[str, float] = {}
"""The most memory of each test process."""
RECYCLING = pytest.StashKey[Recycling]()


def pytest_configure(config: pytest.Config) -> None:
    if wanted(config) and not spreads(config):
        config.stash[RECYCLING] = Recycling()
        config.pluginmanager.register(config.stash[RECYCLING], "recycling")


def spreads(config: pytest.Config) -> bool:
    """Whether this process only hands the tests out."""
    return config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if spreads(session.config):
        if not session.config.getoption("collectonly"):
            warm()
    else:
        # Numba makes objects by the million and frees few of them: looking for garbage takes a seventh of the time.
        gc.set_threshold(20_000, 20, 20)


def warm() -> None:
    """Compile the sweeps of both dtypes once, before the test processes start, which would all compile the same ones."""
    kept = cache_dir()
    if kept is None or (kept / "warm").exists():
        return
    shares = (("float64", ""), ("float32", "and what has no dtype"))
    running = [subprocess.Popen([sys.executable, "-c", WARM, *share]) for share in shares]
    failures = [process.wait() for process in running]
    if not any(failures) and kept.is_dir():
        (kept / "warm").touch()


def pytest_sessionfinish(session: pytest.Session) -> None:
    recycling = session.config.stash.get(RECYCLING, None)
    found = {"": memory()} if recycling is None else {"": memory(), " (recycled)": recycling.peak}
    if hasattr(session.config, "workerinput"):
        session.config.workeroutput["memory"] = found  # type: ignore[attr-defined]
    elif not spreads(session.config):
        peaks.update({f"main{part}": used for part, used in found.items()})
    if MOST_MEMORY and any(used > float(MOST_MEMORY) for used in peaks.values()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    output = getattr(node, "workeroutput", {})
    peaks.update({f"{node.gateway.id}{part}": used for part, used in output.get("memory", {}).items()})


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for process, used in sorted(peaks.items()):
        if MOST_MEMORY and used > float(MOST_MEMORY):
            terminalreporter.write_line(f"ERROR: {process} took {used / 1e9:.2f} GB of memory, more than {float(MOST_MEMORY) / 1e9:.2f} GB", red=True)
    text = ", ".join(f"{process} {used / 1e9:.2f} GB" for process, used in sorted(peaks.items()) if used)
    terminalreporter.write_line(f"memory: {text}")
