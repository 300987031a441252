"""Each change of Numba's insides is still needed: without it, something fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from jittape.native.compile import patches

ROOT = Path(__file__).parents[2]
NEEDED_FOR = {
    "array_expressions": "(numba.njit(lambda x: np.sum(np.sin(x) * x[0])), jt.grad)",
    "boxing_of_arrays": "(numba.njit(lambda x: 2.0 * x), jt.jacobian)",
    "named_tuples": "(numba.njit(lambda x: (R(x[0] * x[1], True) if x[0] > 0 else R(1.0, False)).a), jt.grad)",
    "methods_first": "(numba.njit(lambda x: x.sum() + x.max()), jt.grad)",
}
"""A function of the user's that the patch is for, and a driver."""
OF_SOME_RELEASES = {"methods_first": (0, 68)}
"""Patches that were seen to be needed by some of the supported releases only, and one of these."""
RUN = """
import sys, numba, numpy as np, jittape as jt
from collections import namedtuple
from jittape.native.compile import patches
from jittape.native.numpy import arrays
R = namedtuple("R", "a b")
if len(sys.argv) > 1:
    if sys.argv[1] == "methods_first":
        arrays._methods_first = lambda: None
    else:
        patches.PATCHES = [p for p in patches.PATCHES if p.__name__ != sys.argv[1]]
f, driver = {0}
try:
    found = driver(f)(np.array([0.5, 1.5]))
except Exception as error:
    print("FAILS", type(error).__name__)
else:
    print(np.allclose(found, driver(f.py_func)(np.array([0.5, 1.5])), rtol=1e-14))
"""


def outcome(name: str, *without: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    code = RUN.replace("{0}", NEEDED_FOR[name])
    return subprocess.run([sys.executable, "-c", code, *without], env=env, capture_output=True, text=True, check=True).stdout.strip()


def test_every_patch_has_its_case() -> None:
    assert {p.__name__ for p in patches.PATCHES} == set(NEEDED_FOR) - {"methods_first"}


@pytest.mark.slow  # two processes each, and what they find changes with a release of Numba only
@pytest.mark.parametrize("name", NEEDED_FOR)
def test_patch_is_needed(name: str) -> None:
    """Should the second line fail: this release of Numba does without the patch; drop it once the oldest one does."""
    assert outcome(name) == "True"
    if OF_SOME_RELEASES.get(name, numba.version_info.short) == numba.version_info.short:
        assert outcome(name, name) != "True"
