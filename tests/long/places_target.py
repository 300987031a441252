"""Where compiled code cannot be kept, or many come at once: 8 first imports on an empty cache, read-only and full disks, no home, no room for a file.

Each case is a round of programs of their own: eight at once that compile into one empty cache; one with a cache that it cannot write to, one whose disk is full
(a small file system in memory where this process may mount one, else a limit of file sizes), one without HOME and without a user, one with the cache off.
All must end with 0 and the right gradient, without a word but the announcement that code is compiled; what stands in the cache must be whole.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from kills_target import digest_fits
from long_run import Fault

import jittape as jt

AT_ONCE = 8
QUICK = {"AT_ONCE": 3}
NOBODY = 65534
"""A user that may write nowhere and has no home; only a superuser can become it."""
BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
SMALL = """
import sys
from numba import types
from jittape.compiler.jit import callback
from jittape.ops._generated import kernels
import ctypes, numpy as np
for name, wanted in (("neg", -1.5), ("add", 3.0), ("mul", 2.25)):
    f = callback(getattr(kernels, name + "_forward"), types.void(*(types.CPointer(types.float64),) * 4, types.int64))
    a, out = np.full(3, 1.5), np.zeros(3)
    ctypes.CFUNCTYPE(None, *(ctypes.c_void_p,) * 4, ctypes.c_int64)(f.address)(a.ctypes.data, a.ctypes.data, out.ctypes.data, out.ctypes.data, 3)
print("done")
"""
WHOLE = """
import numpy as np, jittape as jt
g = jt.grad(lambda x: np.sum(np.sin(x) * x))(np.ones(3))
F = jt.record(lambda x: np.sum(x * x) if x[0] > 0 else x[1], np.ones(3))
assert np.allclose(g, np.sin(1.0) + np.cos(1.0)) and F.grad(-np.ones(3)).tolist() == [0.0, 1.0, 0.0], g
print("done")
"""
SAVING = """
import os, sys, numpy as np, jittape as jt
path = sys.argv[1]
small, large = jt.record(lambda x: x[0] * 2.0, np.ones(2)), jt.record(lambda x: np.sum(x * np.arange(200_000.0)), np.ones(200_000))
small.save(path)
before = open(path, "rb").read()
for _ in range(3):
    try:
        large.save(path)
    except OSError:
        pass
    else:
        raise SystemExit("the disk was not full")
    assert open(path, "rb").read() == before and os.listdir(os.path.dirname(path)) == [os.path.basename(path)], os.listdir(os.path.dirname(path))
assert jt.load(path)(np.ones(2)) == 2.0
print("done")
"""


def environment(**more: str | None) -> dict[str, str]:
    found: dict[str, str | None] = {**os.environ, "PYTHONPATH": str(Path(jt.__file__).parents[1]), **more}
    return {key: value for key, value in found.items() if value is not None}


def program(code: str, *arguments: str, prepare: Callable[[], None] | None = None, bound: bool = False, **more: str | None) -> subprocess.Popen[str]:
    """A program of its own; `bound`: permissions hold for it, though it is a superuser's."""
    command = [*(BOUND if bound and os.geteuid() == 0 else []), sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=prepare, cwd="/")


def well(process: subprocess.Popen[str], what: str) -> None:
    out, said = process.communicate()
    lines = [line for line in said.splitlines() if not line.startswith("compiling native code that ")]
    if process.returncode or out.strip() != "done" or lines:
        raise Fault(f"{what}: ended with {process.returncode}, {out!r}, {said[-3000:]!r}")


def whole(folder: Path) -> int:
    """How many files stand in a cache; all must be whole."""
    files = [p for p in folder.rglob("*") if p.is_file() and p.name != "warm"]
    for path in files:
        if path.suffix != ".code" or not digest_fits(path):
            raise Fault(f"{path.name} is left in the cache, and not whole")
    return len(files)


def nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


@cache
def runs_as_nobody() -> bool:
    """Whether a user without rights can run this Python."""
    try:
        return os.geteuid() == 0 and subprocess.run([sys.executable, "-c", "import numba"], preexec_fn=nobody, cwd="/", capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextlib.contextmanager
def full_disk(folder: Path, size: int) -> Iterator[tuple[Callable[[], None] | None, str]]:
    """(what a child does before it begins, how the disk is made small)."""
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False) if os.geteuid() == 0 else None
    if made is not None and made.returncode == 0:
        try:
            yield None, "a file system of 128 kB"
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    else:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)), "a limit of file sizes"


def case(seed: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    code = WHOLE if seed % 3 == 0 else SMALL
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)

        def made(which: str) -> str:
            (folder / which).mkdir()
            return str(folder / which)

        together = made("together")
        running = [program(code, JITTAPE_CACHE_DIR=together) for _ in range(AT_ONCE)]
        for process in running:
            well(process, "eight at once")
        counts["files of compiled code, whole"] += whole(folder / "together")
        counts[f"{AT_ONCE} first imports at once, {'of a gradient' if code is WHOLE else 'of three kernels'}"] += 1
        well(program(code, JITTAPE_CACHE_DIR=together), "the next one")

        tried: list[tuple[str, dict[str, Any]]] = [("cache off", {"JITTAPE_CACHE": "0"})]
        nowhere: dict[str, Any] = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "JITTAPE_CACHE_DIR", "NUMBA_CACHE_DIR"))
        if runs_as_nobody():
            tried.append(("no HOME, no user", {"prepare": nobody, **nowhere}))
        tried.append(("no HOME", nowhere))
        if os.geteuid() != 0 or shutil.which("setpriv"):
            tried.append(("read-only cache, empty", {"bound": True, "JITTAPE_CACHE_DIR": made("empty")}))
            tried.append(("read-only cache, filled", {"bound": True, "JITTAPE_CACHE_DIR": together}))
            for path in [folder / "empty", folder / "together", *(folder / "together").rglob("*")]:
                path.chmod(0o500 if path.is_dir() else 0o400)
        (folder / "file").write_text("")
        tried.append(("a file where the cache should be", {"JITTAPE_CACHE_DIR": str(folder / "file" / "cache")}))
        for what, given in tried:
            well(program(code if what == "read-only cache, filled" else SMALL, **given), what)
            counts[what] += 1
        if any(p.is_file() for p in (folder / "empty").rglob("*")):
            raise Fault("a read-only directory was written to")
        for path in (folder / "together").rglob("*"):
            path.chmod(0o700)
        place = folder / "small"
        place.mkdir()
        with full_disk(place, 1 << 17) as (prepare, how):
            well(program(SMALL, prepare=prepare, JITTAPE_CACHE_DIR=str(place / "cache")), "full disk")
            counts[f"a cache on a full disk, by {how}"] += 1
            whole(place)
        saved = folder / "saved"
        saved.mkdir()
        with full_disk(saved, 1 << 17) as (prepare, how):
            well(program(SAVING, str(saved / "f.tape"), prepare=prepare), "saved on a full disk")
            counts[f"saved on a full disk, by {how}"] += 3
    return counts
