"""Which sources a compiled function is made of: its code in the cache is named by a digest of these, so that a change elsewhere leaves it alone.

What is compiled stands in rooms whose imports run down (docs/architecture.md), which the import contracts hold them to. A function of one of these rooms is
made of that room's sources and of those below. What a function has in its closure, or is written by, counts as well; and where anything of that stands in
another room, all native sources and that module's own.
"""

from __future__ import annotations

import functools
import hashlib
import sys
import types
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
NAME = __name__.partition(".")[0]
ROOMS: dict[str, tuple[str, ...]] = {
    "compiler": ("compiler/**/*.py",),
    "ops": ("ops/*.py", "ops/_generated/kernels.py"),
    "solvers": ("solvers/*.py",),
    "sweep": ("sweep/**/*.py",),
    "instructions": ("instructions/**/*.py",),
}
"""The rooms of what is compiled, and their sources."""
BELOW: dict[str, tuple[str, ...]] = {
    "compiler": (),
    "ops": ("compiler",),
    "solvers": ("compiler",),
    "sweep": ("compiler", "ops"),
    "instructions": ("compiler", "ops", "sweep"),
}
"""What each of them may import."""
NATIVE = tuple(pattern for patterns in ROOMS.values() for pattern in patterns)


@cache
def _room_digests() -> dict[str, bytes]:
    """A digest of the sources of each room; empty where none can be read."""
    found: dict[str, bytes] = {}
    for room, patterns in ROOMS.items():
        digest, some = hashlib.sha256(room.encode()), False
        for pattern in patterns:
            for path in sorted(PACKAGE.glob(pattern)):
                digest.update(path.relative_to(PACKAGE).as_posix().encode() + path.read_bytes())
                some = True
        if some:
            found[room] = digest.digest()
    return found


def source_digest() -> str:
    """A digest of every native source; "" where none can be read."""
    found = _room_digests()
    return hashlib.sha256(b"".join(found.values())).hexdigest() if found else ""


def digest_of(*parts: Any) -> str:
    """A digest of the sources of what is compiled: functions, with what they hold."""
    return _digest(frozenset(modules_of(parts)))


@cache
def _digest(modules: frozenset[str]) -> str:
    digests = _room_digests()
    rooms: set[str] = set()
    others: list[str] = []
    for module in modules:
        room = room_of(module)
        if room is None:
            rooms.update(ROOMS)
            others.append(module)
        else:
            rooms.update((room, *BELOW[room]))
    digest = hashlib.sha256(b"".join(digests.get(room, b"") for room in ROOMS if room in rooms))
    for module in sorted(others):
        digest.update(module.encode() + _source(module))
    return digest.hexdigest()


def room_of(module: str) -> str | None:
    """The room of what is compiled that a module stands in, or None."""
    package, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    return room if package == NAME and room in ROOMS else None


def _source(module: str) -> bytes:
    """The source of a module that is loaded; of one without a file, its name."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return Path(file).read_bytes() if file else module.encode()


def modules_of(x: Any) -> set[str]:
    """The modules that an object's functions come from: its own, those of its closure, of its arguments, of its class."""
    found: set[str] = set()
    _look(x, found, set())
    return found


def _look(x: Any, found: set[str], seen: set[int]) -> None:
    if id(x) in seen or isinstance(x, (str, bytes, int, float, complex, type(None), types.ModuleType)):
        return
    seen.add(id(x))
    inner: Iterable[Any] = ()
    if isinstance(x, functools.partial):
        inner = (x.func, x.args, x.keywords)
    elif isinstance(x, (tuple, list, set, frozenset)):
        inner = x
    elif isinstance(x, dict):
        inner = (*x, *x.values())
    elif isinstance(x, types.MethodType):
        inner = (x.__func__, x.__self__)
    elif isinstance(x, types.FunctionType):
        found.add(x.__module__ or "")
        if x.__globals__.get("__name__") != x.__module__:
            found.add(str(x.__globals__.get("__name__")))
        inner = (*(cell.cell_contents for cell in x.__closure__ or () if _filled(cell)), x.__defaults__, x.__kwdefaults__)
    elif hasattr(x, "py_func"):  # a dispatcher of Numba's
        inner = (x.py_func,)
    elif hasattr(x, "_defn"):  # an intrinsic
        inner = (x._defn,)
    elif isinstance(x, type):
        _add_ours(x.__module__, found)
    else:
        _add_ours(type(x).__module__, found)
    for y in inner:
        _look(y, found, seen)


def _add_ours(module: str, found: set[str]) -> None:
    """Add the module of a class; those of other packages change with their versions."""
    if module.partition(".")[0] == NAME:
        found.add(module)


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
