"""Snippets in new processes, with empty caches where that is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from bench import common

EMPTY = {"JITTAPE_CACHE_DIR": "{empty}", "NUMBA_CACHE_DIR": "{empty}"}
"""Environment variables of a process with nothing compiled; `{empty}` is a new folder."""


def python(*args: str, **environment: str) -> str:
    """Standard output of a new interpreter, which may write and read compiled Python files as a user's does."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | environment
    done = subprocess.run([sys.executable, *args], cwd=common.ROOT, env=env, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}")
    return done.stdout


def spent(snippet: str, **environment: str) -> tuple[float, float, Any]:
    """(seconds, processor seconds, what the snippet calls `g`) of a snippet in a new process, whose interpreter's start does not count."""
    code = (
        f"import time\nstart, cpu = time.perf_counter(), time.process_time()\n{snippet}\n"
        "spent = [time.perf_counter() - start, time.process_time() - cpu]\n"
        "import json\nprint(json.dumps([*spent, g]))"
    )
    with tempfile.TemporaryDirectory() as empty:
        fresh = {k: v.format(empty=empty) for k, v in environment.items()}
        wall, processor, g = json.loads(python("-c", code, **fresh).splitlines()[-1])
    return wall, processor, g
