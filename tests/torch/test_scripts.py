"""Scripts written for PyTorch, after the patterns of its tutorials and of public code, train with their import lines changed and print the
same: losses, tensors, models. PyTorch draws jittape's random numbers for this (streams.py)."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.py"))
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?")
NAMES = re.compile(r"grad_fn=<\w+>|torch\.(?=float|int|bool)|dtype\('(\w+)'\)")
"""Which operation a tensor comes from, and how dtypes are named, is told otherwise (docs/torch.md)."""
RTOL, ATOL = 2e-3, 2e-4
"""Of numbers at the end of a training in float32."""


@functools.cache
def printed(engine: str) -> dict[str, str]:
    out = subprocess.run([sys.executable, str(HERE / "running.py"), engine, *map(str, SCRIPTS)], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


@pytest.mark.parametrize("name", [p.stem for p in SCRIPTS])
def test_script_prints_what_it_prints_with_pytorch(name: str) -> None:
    expected, found = (NAMES.sub(r"\1", printed(engine)[name]) for engine in ("torch", "jittape"))
    assert "Traceback" not in expected
    a, b = (" ".join(NUMBER.sub("#", text).split()) for text in (expected, found))
    assert b == a
    numbers = [[float(x) for x in NUMBER.findall(text)] for text in (expected, found)]
    assert numbers[1] == pytest.approx(numbers[0], rel=RTOL, abs=ATOL)
