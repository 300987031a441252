"""Recording versions on disk: what Numba keeps for a function with cache=True, kept for its recording version, too.

Numba knows that code is stale by the user's file only. Here it is also stale where jittape's own sources are others than those it
was made from: the index of recording versions names them, and a user's function that calls a native gradient carries a
mark that cannot be read then, which Numba takes for a missing file, and compiles.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile

from jittape.compiler.jit import PACKAGE
from jittape.functions.primitive import REGISTERED

SOURCES = ("compiler/*.py", "instructions/**/*.py", "native/**/*.py", "ops/**/*.py", "sweep/**/*.py")


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
        import jittape.native.recording.callbacks  # noqa: F401
        import jittape.native.recording.recursion  # noqa: F401 (the symbols that the code calls)
        import jittape.native.recording.workspace  # noqa: F401

    def __reduce__(self) -> Any:
        return _read, (digest(),)


MARK = Mark()


def _read(made_by: str) -> Mark:
    if made_by != digest():
        raise StaleCodeError("compiled by other sources of jittape")
    return MARK


def mark(library: Any) -> None:
    """Code in this library depends on jittape's sources and symbols."""
    library._reload_init.add(MARK)


class Cache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of a function, under another name, and stale with jittape's sources."""

    def __init__(self, py_func: Any, name: str) -> None:
        super().__init__(py_func)
        rules = tuple(sorted(p.path for p in REGISTERED.values()))  # code that was compiled before a function had a rule does without it
        stamp = (self._impl.locator.get_source_stamp(), digest(), rules)
        self._cache_file = IndexDataCacheFile(self._cache_path, f"{name}.{self._impl.filename_base}", stamp)


def keep(dispatcher: Any, of: Any, name: str = "jittape") -> None:
    """Cache what is made of a function on disk, under a name of its own, where Numba caches the function itself."""
    if isinstance(of._cache, FunctionCache):
        dispatcher._cache = Cache(of.py_func, name)
