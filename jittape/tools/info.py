"""`python -m jittape info`: versions, processor, libraries and the cache of compiled code."""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import numba

from jittape.compiler.jit import cache_dir, cache_enabled, cache_root, cpu_name
from jittape.ops import table as _table  # noqa: F401  (declares the operations)
from jittape.ops.spec import OPS

PACKAGES = ("numpy", "numba", "llvmlite", "scipy")


def version(package: str, known: str = "") -> str:
    """The version of an installed package, or that which is `known` of one that is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return f"{known} (not installed)" if known else "not installed"


def libmvec() -> str:
    """Whether glibc's vector mathematics library is there, which makes exp, sin and their kin faster."""
    if not sys.platform.startswith("linux"):
        return f"absent ({sys.platform} has none; scalar functions are used)"
    try:
        found = hasattr(ctypes.CDLL("libmvec.so.1"), "_ZGVdN4v_exp")
    except OSError:
        found = False
    return "present" if found else "absent (scalar functions are used)"


def _size(directory: Path) -> tuple[int, int]:
    """(files, bytes) of a directory; (0, 0) where it cannot be read."""
    try:
        sizes = [p.stat().st_size for p in directory.iterdir() if p.is_file()]
    except OSError:
        return 0, 0
    return len(sizes), sum(sizes)


def _cache() -> Iterator[tuple[str, str]]:
    directory, root = cache_dir(), cache_root()
    if directory is None or root is None:
        why = "off: JITTAPE_CACHE=0" if not cache_enabled() else "no home directory; set JITTAPE_CACHE_DIR"
        yield "cache", f"{why} (code is compiled anew in every process)"
        return
    count, nbytes = _size(directory)
    yield "cache", f"{directory}"
    place = next((p for p in (directory, *directory.parents) if p.exists()), Path("/"))
    state = "" if os.access(place, os.W_OK) else "; not writable, so nothing more is kept"
    yield (
        "",
        f"{count} functions, {nbytes / 1e6:.1f} MB{state}"
        + ("" if count else " (`python -m jittape warmup` fills it)"),
    )
    try:
        older = [p for p in root.iterdir() if p.is_dir() and p != directory]
    except OSError:
        older = []
    if older:
        yield (
            "",
            f"{sum(_size(p)[1] for p in older) / 1e6:.1f} MB of {len(older)} other versions beside it may be deleted",
        )


def lines(own: str) -> Iterator[tuple[str, str]]:
    """(label, text) of each line.

    Args:
        own: the version of jittape.
    """
    yield "jittape", version("jittape", own)
    for package in PACKAGES:
        yield package, version(package)
    yield (
        "python",
        f"{platform.python_version()} ({platform.python_implementation()}, {sys.platform}, {platform.machine()})",
    )
    yield "processor", f"{cpu_name()}, {os.cpu_count()} cores"
    yield "threads", f"{numba.config.NUMBA_NUM_THREADS} (NUMBA_NUM_THREADS)"
    yield "libmvec", libmvec()
    yield "operations", f"{len(OPS)} elementwise"
    yield from _cache()


def show_versions() -> None:
    """Print the versions of jittape and of what it stands on, the processor, and where compiled code is kept: for reports of bugs.

    Example:
        >>> import jittape as jt
        >>> jt.show_versions()  # doctest: +ELLIPSIS
        jittape     ...
    """
    main(sys.modules["jittape"].__version__)


def main(own: str) -> int:
    for label, text in lines(own):
        print(f"{label:<12}{text}")
    return 0
