"""Marks of cached code: that it was made by these sources of jittape, and calls these symbols.

Numba knows that code is stale by the user's file only. Code that has native recording in it carries a mark that cannot be read where
jittape's own sources are others than those it was made from, which Numba takes for a missing file, and compiles.
"""

from __future__ import annotations

import hashlib
import importlib
from functools import cache
from typing import Any

import numba

from jittape.compiler.sources import PACKAGE
from jittape_numba import MODULES

SOURCES = ("compiler/*.py", "functions/complexes/*.py", "functional/native_taylor.py", "instructions/**/*.py", "native/**/*.py", "ops/**/*.py", "sweep/**/*.py")


@cache
def digest() -> str:
    """Of every source that native code is made from."""
    found = hashlib.sha256(numba.__version__.encode())
    for pattern in SOURCES:
        for path in sorted(PACKAGE.glob(pattern)):
            found.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


class StaleCodeError(OSError):
    """Cached code was made by other sources; Numba takes an OSError for a file that is not there."""


class Mark:
    """Carried by cached code that has native recording in it; called when the code is loaded, before it is linked."""

    def __call__(self) -> None:
        for name in MODULES:
            importlib.import_module(name)

    def __reduce__(self) -> Any:
        return read, (digest(),)


MARK = Mark()


def read(made_by: str) -> Mark:
    """What a mark is loaded by."""
    if made_by != digest():
        raise StaleCodeError("compiled by other sources of jittape")
    return MARK


def mark(library: Any) -> None:
    """Code in this library depends on jittape's sources and symbols."""
    library._reload_init.add(MARK)
