"""Recording versions on disk: what Numba keeps for a function with cache=True, kept for its recording version, too.

The index of recording versions names the sources that they were made by (vars/marks.py), and the functions that had rules then.
"""

from __future__ import annotations

from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

from jittape.functions.primitive import REGISTERED
from jittape.native.vars import marks


class Cache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of a function, under another name, and stale with jittape's sources."""

    def __init__(self, py_func: Any, name: str) -> None:
        super().__init__(py_func)
        rules = tuple(sorted(p.path for p in REGISTERED.values()))  # code that was compiled before a function had a rule does without it
        stamp = (self._impl.locator.get_source_stamp(), marks.digest(), rules)
        self._cache_file = IndexDataCacheFile(self._cache_path, f"{name}.{self._impl.filename_base}", stamp)


def keep(dispatcher: Any, of: Any, name: str = "jittape") -> None:
    """Cache what is made of a function on disk, under a name of its own, where Numba caches the function itself."""
    if isinstance(of._cache, FunctionCache):
        dispatcher._cache = Cache(of.py_func, name)
