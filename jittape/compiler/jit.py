"""How native code is compiled and cached: one place for signatures, options and the cache on disk.

Numba's own cache notices a change of the file a function stands in, not of the functions it calls, and two processes that
save two signatures of one function at once can leave an index that names the other's code. Ours keeps one file a function,
signature and processor, named by a digest of the sources that it is made of (sources.py), and begins each with a digest of its
content. So an upgrade never loads stale code, and takes over what has not changed; a damaged file is never run, and concurrent
writers do no harm. A cache that cannot be read
or written is no error: the code is compiled anew. `JITTAPE_CACHE_DIR` moves it, `JITTAPE_CACHE=0` switches it off.
See docs/decisions/002-compile-cache.md.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
import pickle
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llvmlite
import numba
from llvmlite import ir
from numba.core import config, types
from numba.core.caching import NullCache
from numba.core.ccallback import CFunc
from numba.core.compiler import CompileResult
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.core.runtime import _nrt_python, rtsys
from numba.core.serialize import dumps
from numba.core.typing.templates import Signature

from jittape.compiler import blas
from jittape.compiler.builtins import builtin
from jittape.compiler.garbage import kept
from jittape.compiler.interrupts import postponed
from jittape.compiler.libraries import KernelLibrary, SweepCompiler, SweepLibrary, part, separate
from jittape.compiler.locks import compiling
from jittape.compiler.sources import digest_of, source_digest
from jittape.compiler.translation import Unsupported, translate, translate_for_python

__all__ = ["announcer", "callback", "emitted", "function", "part", "separate"]

log = logging.getLogger("jittape")
OPTIONS = {"nogil": True, "error_model": "numpy"}
CODE_FLAGS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")
"""Numba's settings that change the code it makes."""
LINE = 64
"""Bytes of a line of the cache, and of the longest vectors."""
ANNOUNCE_AFTER = 0.5
"""Seconds of compiling small kernels after which the log says so; a sweep is announced before it is compiled."""


def cache_root() -> Path | None:
    """The directory that holds the caches of every version, whether it exists or not; None where there is no place."""
    environ = os.environ
    try:
        if environ.get("JITTAPE_CACHE_DIR"):
            return Path(environ["JITTAPE_CACHE_DIR"]).expanduser()
        if environ.get("NUMBA_CACHE_DIR"):
            return Path(environ["NUMBA_CACHE_DIR"]) / "jittape"
        if sys.platform == "win32":
            local = environ.get("LOCALAPPDATA")
            return (Path(local) if local else Path.home() / "AppData" / "Local") / "jittape" / "cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "jittape"
        xdg = environ.get("XDG_CACHE_HOME")
        return (Path(xdg) if xdg else Path.home() / ".cache") / "jittape"
    except RuntimeError:  # a user without a home directory
        return None


def cache_dir() -> Path | None:
    """The directory of compiled code, whether it exists or not; None where nothing is kept on disk."""
    root = cache_root() if cache_enabled() else None
    if root is None:
        return None
    return root / f"{source_hash()[:16]}-py{sys.version_info.major}{sys.version_info.minor}"


def kept_in() -> str:
    """Where compiled code is kept, in words that are true."""
    place = cache_dir()
    if place is None:
        return "memory only, as the cache is off"
    found = place
    while not found.exists() and found != found.parent:
        found = found.parent
    if found.is_dir() and os.access(found, os.W_OK):
        return str(place)
    return f"memory only, as {place} cannot be written to"


@functools.cache
def _compiler() -> str:
    """A digest of the versions and settings of the compiler."""
    flags = [getattr(config, flag, None) for flag in CODE_FLAGS]
    return hashlib.sha256(f"{numba.__version__} {llvmlite.__version__} {flags!r} {blas.available()} {blas.available(blas.TURN)}".encode()).hexdigest()


@functools.cache
def source_hash() -> str:
    """A digest of every native source and of the versions and settings of the compiler; "" where none can be read."""
    found = source_digest()
    return hashlib.sha256((_compiler() + found).encode()).hexdigest() if found else ""


def cache_enabled() -> bool:
    return os.environ.get("JITTAPE_CACHE", "1") != "0" and bool(source_hash())


class _Announcer:
    """Says in the log, once a process, that a cold start is going on; counts what was compiled and loaded."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.compiled = 0
        self.loaded = 0
        self.announced = False

    def say(self) -> None:
        if not self.announced:
            self.announced = True
            log.warning(
                "compiling native code that %s: once, for some seconds, half a minute at most where much of it is used (kept in %s; `python -m jittape warmup` does it ahead)",
                "is not in the cache yet, beside what was loaded from it" if self.loaded else "is needed for the first time",
                kept_in(),
            )

    def add(self, seconds: float, name: str) -> None:
        self.seconds += seconds
        self.compiled += 1
        log.debug("compiled %s in %.2f s", name, seconds)
        if self.seconds > ANNOUNCE_AFTER:
            self.say()


announcer = _Announcer()
_lock = compiling()


@functools.cache
def _name_runtime() -> None:
    """Tell LLVM where Numba's runtime functions are, which the wrapper of every dispatcher names.

    `rtsys.initialize` does that, too, and compiles the counting of references, which sweeps do without: 50 ms and 20 MB.
    """
    for name, address in _nrt_python.c_helpers.items():
        llvmlite.binding.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)


class _Cache(NullCache):  # type: ignore[misc]
    """What Numba asks for compiled code and hands it to: one file a function, signature and processor.

    Whatever goes wrong with the files, the answer is "not there", and the code is compiled.
    """

    def __init__(self, fn: Callable[..., Any], slow: bool) -> None:
        self._fn = fn
        self._slow = slow

    @property
    def cache_path(self) -> str | None:
        directory = cache_dir()
        return None if directory is None else str(directory)

    def path(self, sig: Signature) -> Path | None:
        """The file of a signature's code."""
        directory = cache_dir()
        if directory is None:
            return None
        what = (self._fn.__module__, self._fn.__qualname__, str(sig), cpu_target.target_context.codegen().magic_tuple(), _compiler(), digest_of(self._fn))
        return directory / f"{self._fn.__name__}-{hashlib.sha256(repr(what).encode()).hexdigest()[:24]}.code"

    def load_overload(self, sig: Signature, target_context: Any) -> Any:
        # Code that is only loaded and run does without Numba's tables of types and implementations, whose import (with
        # scipy.linalg's) takes longer than everything else from a cold process to a first gradient.
        found = self._load(sig, target_context)
        if found is not None:
            announcer.loaded += 1
            return found
        target_context.refresh()
        if self._slow:
            announcer.say()
        return None

    def _load(self, sig: Signature, target_context: Any) -> Any:
        path = None
        try:
            path = self.path(sig)
            code = None if path is None else _read(path)
            if code is None:
                return None
            if b"NRT_incref" in code or b"NRT_decref" in code:
                rtsys.initialize(target_context)
            else:
                _name_runtime()
            return CompileResult._rebuild(target_context, *pickle.loads(code))
        except Exception as error:
            log.debug("compiled code not loaded from %s: %r", path, error)
            return None

    def save_overload(self, sig: Signature, data: Any) -> None:
        try:
            path = self.path(sig)
            if path is None:
                return
            if data.library.has_dynamic_globals or any(not x.can_cache for x in data.lifted):
                log.debug("%s holds addresses of this process and is not kept", self._fn.__name__)
                return
            _write(path, dumps(data._reduce()))
        except Exception as error:
            log.debug("compiled code of %s not kept: %r", self._fn.__name__, error)


def _read(path: Path) -> bytes | None:
    """The code in a file of the cache; None where there is none or it is damaged."""
    try:
        content = path.read_bytes() if path.exists() else _taken_over(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        log.debug("compiled code not loaded from %s: %r", path, error)
        return None
    digest, code = content[:32], content[32:]
    if _digest(path, code) != digest:
        log.debug("%s is damaged, or another file's content", path)
        return None
    return code


def _taken_over(path: Path) -> bytes:
    """The content of a file that another version of jittape has left, whose name says that it holds the same.

    Raises:
        FileNotFoundError: there is none.
    """
    own = path.parent
    for version in _versions(own.parent, own.name.rpartition("-")[2]):
        other = version / path.name
        if version != own and other.exists():
            content = other.read_bytes()
            _put(path, content)
            return content
    raise FileNotFoundError(path)


@functools.cache
def _versions(root: Path, python: str) -> list[Path]:
    """The directories of other versions, the latest first."""
    found = [p for p in root.glob(f"*-{python}") if p.is_dir()]
    return sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)


def _write(path: Path, code: bytes) -> None:
    """Keep code in a file of the cache, if possible."""
    _put(path, _digest(path, code) + code)


def _digest(path: Path, code: bytes) -> bytes:
    """What a file begins with: it tells what was damaged, and what belongs under another name."""
    return hashlib.sha256(path.name.encode() + code).digest()


def _put(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)  # in one step, so that nobody reads half a file
    except OSError as error:
        log.debug("compiled code not kept in %s: %r", path, error)
        with contextlib.suppress(OSError):
            temporary.unlink()


def _check_compiler() -> None:
    if config.DISABLE_JIT:
        raise RuntimeError(
            "jittape's sweeps are native code, and NUMBA_DISABLE_JIT=1 switches the compiler off; unset it"
        )


def function(fn: Callable[..., Any], signature: Signature) -> Any:
    """`fn` for Python, for this signature, loaded from the cache or compiled now: it releases the interpreter's lock.

    Of numbers it is a builtin; of arrays, a dispatcher of Numba's.
    """
    _check_compiler()
    found = None if any(isinstance(kind, types.Array) for kind in signature.args) else _translated(fn, signature, translate_for_python, slow=True)
    if found is not None:
        _alive.append(found)
        return builtin(fn.__name__, found.address, None)
    dispatcher = numba.njit(pipeline_class=SweepCompiler, **OPTIONS)(fn)
    with postponed(), _lock:
        dispatcher._cache = _Cache(fn, slow=True)
        start, loaded = time.perf_counter(), announcer.loaded
        dispatcher.compile(signature)
        if announcer.loaded == loaded:
            announcer.add(time.perf_counter() - start, fn.__name__)
        dispatcher.disable_compile()
    return dispatcher


_alive: list[Any] = []
"""The code of builtins, which live as long as the process."""


def callback(fn: Callable[..., Any], signature: Signature, slow: bool = False) -> Any:
    """`fn` as a C function, loaded from the cache or compiled now; its address is `.address`.

    Args:
        slow: whether to say in the log, before it is compiled, that this takes a while.
    """
    _check_compiler()
    found = _translated(fn, signature, translate, slow)
    if found is not None:
        return found
    with postponed(), _lock:  # a signal's handler that raises in LLVM's call for code from the cache would leave a function without code
        start, loaded = time.perf_counter(), announcer.loaded
        options = {"nopython": True, **OPTIONS}
        compiled = CFunc(fn, (signature.args, signature.return_type), {}, options, pipeline_class=SweepCompiler)
        compiled._cache = _Cache(fn, slow)  # type: ignore[attr-defined]
        compiled.compile()
        if announcer.loaded == loaded:
            announcer.add(time.perf_counter() - start, fn.__name__)
    return compiled


def _translated(fn: Callable[..., Any], signature: Signature, translation: Callable[..., None], slow: bool) -> Emitted | None:
    """`fn` by way of LLVM's language (compiler/translation); None where it is Numba that compiles it."""
    what = f"{translation.__name__} {fn.__module__}.{fn.__qualname__} {signature}"
    try:
        return emitted(fn.__name__, what, functools.partial(_translate, translation, fn, signature), slow=slow)
    except Unsupported as reason:
        log.debug("%s is compiled by Numba: %s", fn.__name__, reason.args[0])
        return None


def _translate(translation: Callable[..., None], fn: Callable[..., Any], signature: Signature, module: Any, name: str) -> None:
    path = _Cache(fn, slow=False).path(signature)
    if path is not None and path.exists():
        raise Unsupported("it was before")
    translation(fn, signature, module, name)


def _align(module: ir.Module) -> None:
    """Let functions over vectors keep those that find no register in whole lines of the cache.

    Where a stack begins is drawn for each process, in steps of 16 bytes. Vectors across two lines, or across the halves of one, are read back
    late: the derivative of sin(x), which keeps x while a function of libmvec is called, took twice the time in every other process.
    """
    for function in module.functions:
        if any(isinstance(i.type, ir.VectorType) for block in function.blocks for i in block.instructions):
            function.attributes.alignstack = LINE


def emitted(name: str, what: str, emit: Callable[[Any, str], None], plain: bool = False, slow: bool = False) -> Emitted:
    """Code that `emit(module, name)` writes in LLVM's language, loaded from the cache or compiled now.

    Args:
        name: of the function.
        what: everything that the code depends on besides sources and the processor.
        emit: a function, or one with some arguments given, whose sources (compiler/sources.py) the code depends on.
        plain: the code is written as it is to be run, a kernel of one operation say: it is only tidied up, in half the time.
        slow: whether to say in the log, before it is compiled, that this takes a while.

    Returns:
        An object to keep alive; `.address` is the function's.
    """
    _check_compiler()
    with postponed(), _lock, global_compiler_lock, kept():
        _name_runtime()
        codegen = cpu_target.target_context.codegen()
        key = hashlib.sha256(repr((name, what, codegen.magic_tuple(), _compiler(), digest_of(emit))).encode()).hexdigest()[:24]
        directory = cache_dir()
        path = None if directory is None else directory / f"{name}-{key}.code"
        code = None if path is None else _read(path)
        library = None
        if code is not None:
            try:
                library = codegen.unserialize_library(pickle.loads(code))
                announcer.loaded += 1
            except Exception as error:
                log.debug("compiled code not loaded from %s: %r", path, error)
        if library is None:
            start = time.perf_counter()
            library = (KernelLibrary if plain else SweepLibrary)(codegen, f"jittape.{name}.{key}")
            library.enable_object_caching()
            module = library.create_ir_module(name)
            emit(module, f"jittape_{name}_{key}")
            _align(module)
            if slow:
                announcer.say()
            library.add_ir_module(module)
            library.finalize()
            announcer.add(time.perf_counter() - start, name)
            if path is not None:
                _write(path, pickle.dumps(library.serialize_using_object_code()))
        return Emitted(library, library.get_pointer_to_function(f"jittape_{name}_{key}"))


@dataclass(frozen=True)
class Emitted:
    """A compiled function that `emitted` made; it lives as long as `library`."""

    library: Any
    address: int


def cpu_name() -> str:
    """The processor that code is compiled for."""
    return str(cpu_target.target_context.codegen().magic_tuple()[1])
