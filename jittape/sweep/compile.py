"""How native code is compiled and cached: one place for signatures, options and the cache on disk.

Numba's own cache notices a change of the file a function stands in, not of the functions it calls. Ours is keyed by the
text of every native source and by the version of Numba, so an upgrade can never load stale code; and a cache that cannot
be read or written is no error: the code is compiled anew. `JITTAPE_CACHE_DIR` moves it, `JITTAPE_CACHE=0` switches it off.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.ccallback import CFunc
from numba.core.registry import cpu_target
from numba.core.typing.templates import Signature

log = logging.getLogger("jittape")
PACKAGE = Path(__file__).resolve().parents[1]
NATIVE = ("ops/native_math.py", "ops/_generated/scalar.py", "ops/_generated/kernels.py", "tape/layout.py", "sweep/*.py")
OPTIONS = {"nogil": True, "error_model": "numpy"}
ANNOUNCE_AFTER = 0.5
"""Seconds of compiling after which the log says so."""


def cache_dir() -> Path:
    """The directory of compiled code, whether it exists or not."""
    if os.environ.get("JITTAPE_CACHE_DIR"):
        root = Path(os.environ["JITTAPE_CACHE_DIR"])
    elif os.environ.get("NUMBA_CACHE_DIR"):
        root = Path(os.environ["NUMBA_CACHE_DIR"]) / "jittape"
    elif sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "jittape" / "cache"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches" / "jittape"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "jittape"
    return root / f"{source_hash()[:16]}-py{sys.version_info.major}{sys.version_info.minor}"


@cache
def source_hash() -> str:
    """A digest of every native source and of Numba's version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for pattern in NATIVE:
        for path in sorted(PACKAGE.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_enabled() -> bool:
    return os.environ.get("JITTAPE_CACHE", "1") != "0"


class _Locator(_CacheLocator):  # type: ignore[misc]
    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        self._py_file = py_file
        self._lineno = py_func.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return str(cache_dir())

    def get_source_stamp(self) -> str:
        return source_hash()

    def get_disambiguator(self) -> str:
        return str(self._lineno)

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator:
        return cls(py_func, py_file)


class _Impl(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = [_Locator]


class _Cache(FunctionCache):  # type: ignore[misc]
    """Numba's function cache in our directory; whatever goes wrong with its files, the code is compiled anew."""

    _impl_class = _Impl

    def load_overload(self, sig: Signature, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:
            log.debug("compiled code not loaded from %s: %r", self.cache_path, error)
            return None

    def save_overload(self, sig: Signature, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except Exception as error:
            log.debug("compiled code not kept in %s: %r", self.cache_path, error)


class _Announcer:
    """Says once a process, in the log, that a cold start is going on, and how long it took."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.compiled = 0
        self.announced = False

    def add(self, seconds: float, name: str) -> None:
        self.seconds += seconds
        self.compiled += 1
        log.debug("compiled %s in %.2f s", name, seconds)


announcer = _Announcer()
_lock = threading.RLock()


def _cold(cached: bool, name: str) -> None:
    if not announcer.announced and not cached:
        announcer.announced = True
        log.warning(
            "compiling native sweeps for the first time (kept in %s; `python -m jittape warmup` does it ahead)",
            cache_dir() if cache_enabled() else "memory",
        )


def function(fn: Callable[..., Any], signatures: Iterable[Signature]) -> Any:
    """A Numba dispatcher of `fn` for just these signatures, loaded from the cache or compiled now."""
    dispatcher = numba.njit(**OPTIONS)(fn)
    with _lock:
        if cache_enabled():
            dispatcher._cache = _Cache(fn)
        for signature in signatures:
            start = time.perf_counter()
            index = cache_dir() / dispatcher._cache._impl.filename_base if cache_enabled() else None
            _cold(index is not None and index.with_name(index.name + ".nbi").exists(), fn.__name__)
            dispatcher.compile(signature)
            if not dispatcher._cache_hits[signature.args if hasattr(signature, "args") else signature]:
                announcer.add(time.perf_counter() - start, fn.__name__)
        dispatcher.disable_compile()
    return dispatcher


def callback(fn: Callable[..., Any], signature: Signature) -> Any:
    """`fn` as a C function, loaded from the cache or compiled now; its address is `.address`."""
    with _lock:
        start = time.perf_counter()
        compiled = CFunc(fn, (signature.args, signature.return_type), {}, {"nopython": True, **OPTIONS})
        if cache_enabled():
            compiled._cache = _Cache(fn)
            index = cache_dir() / compiled._cache._impl.filename_base
            _cold(index.with_name(index.name + ".nbi").exists(), fn.__name__)
        compiled.compile()
        if not compiled._cache_hits:
            announcer.add(time.perf_counter() - start, fn.__name__)
    return compiled


def cpu_name() -> str:
    """The processor that code is compiled for."""
    return str(cpu_target.target_context.codegen().magic_tuple()[1])
