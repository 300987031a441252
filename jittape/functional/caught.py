"""Whether a function may catch errors of arithmetic, or asks NumPy for them: then each of its operations is computed as it is recorded.

Recorded operations raise nothing: they are computed later, by other code than Python's and NumPy's. A function that says what is to
happen where something is divided by zero (`except ZeroDivisionError`, `np.errstate(all="raise")`, warnings as errors) decides by
that, and its source says so: by the names in its code, and in that of functions that it can reach: by their names, as elements of lists
and dicts, in what objects hold, as defaults and arguments.
"""

from __future__ import annotations

import contextlib
import dis
import inspect
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from operator import is_
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from jittape.tape.lines import is_own

NONE, ANY, ARITHMETIC = range(3)
"""What a function catches: nothing; whatever is raised; errors of arithmetic by their names."""
NAMES = frozenset((
    "FloatingPointError", "ZeroDivisionError", "OverflowError", "ArithmeticError", "RuntimeWarning", "Warning",
    "errstate", "seterr", "seterrcall", "simplefilter", "filterwarnings",
))  # fmt: skip
WIDE = frozenset(("Exception", "BaseException"))
LIBRARIES = frozenset(("numpy", "scipy", "numba", "jittape", "matplotlib", "pandas", "torch", "jax")) | sys.stdlib_module_names
MOST = 4096
"""Code objects that are remembered."""
DEPTH, MOST_ELEMENTS = 3, 64
"""How far containers of functions are looked into, and how many of their elements."""
PLAIN = (type(None), type, str, bytes, int, float, np.ndarray, np.generic)
"""Values that call nothing."""
_known: dict[int, tuple[CodeType, dict[str, Any], int, list[_Names]]] = {}
"""Code -> its globals, what it catches with all that it reaches, and what its names stood for then: any of them may be given another value."""


def caught(f: Any) -> int:
    """What a function, or one that it calls, may catch."""
    if type(f) is FunctionType and f.__closure__ is None and f.__defaults__ is None and f.__kwdefaults__ is None:
        known = _known_of(f.__code__, f.__globals__)
        if known is not None:
            return known[2]
    search = _Search()
    search.function(f)
    return search.level


class _Names:
    """What names stand for: functions and modules, and values of plain types, which may be large and are not kept."""

    __slots__ = ("others", "plain", "scope", "types", "values")

    def __init__(self, scope: dict[str, Any], names: dict[str, Any]) -> None:
        self.scope = scope
        self.plain = [n for n, x in names.items() if isinstance(x, PLAIN)]
        self.types = [type(names[n]) for n in self.plain]
        self.others = [n for n, x in names.items() if not isinstance(x, PLAIN)]
        self.values = [names[n] for n in self.others]

    def more(self, other: _Names) -> None:
        """Add names of the same globals."""
        for n, t in zip(other.plain, other.types, strict=True):
            if n not in self.plain:
                self.plain.append(n)
                self.types.append(t)
        for n, x in zip(other.others, other.values, strict=True):
            if n not in self.others:
                self.others.append(n)
                self.values.append(x)

    def hold(self) -> bool:
        """Whether they still do."""
        get = self.scope.get
        return all(map(is_, map(get, self.others), self.values)) and list(map(type, map(get, self.plain))) == self.types


def _together(names: list[_Names]) -> list[_Names]:
    """One for all names of a scope."""
    found: dict[int, _Names] = {}
    for n in names:
        known = found.setdefault(id(n.scope), n)
        if known is not n:
            known.more(n)
    return list(found.values())


def _known_of(code: CodeType, scope: dict[str, Any]) -> tuple[CodeType, dict[str, Any], int, list[_Names]] | None:
    """What is known of some code, if all that it rests on is as it was."""
    known = _known.get(id(code))
    if known is None or known[1] is not scope:
        return None
    for names in known[3]:
        if not names.hold():
            return None
    return known


class _Search:
    """Goes through all that a function reaches, each once.

    Attributes:
        level: what any of it catches.
        names: what the names that were met stand for; None where something was met that may change otherwise (a list, an object, a closure).
    """

    def __init__(self) -> None:
        self.level = NONE
        self.names: list[_Names] | None = []
        self.seen: set[int] = set()

    def function(self, f: Any) -> None:
        while isinstance(f, (MethodType, partial)):
            self.names = None
            if isinstance(f, partial):
                for a in f.args:
                    if callable(a):
                        self.function(a)
                f = f.func
            else:
                self.methods(f.__self__, f.__func__)
                f = f.__func__
        if not isinstance(f, FunctionType):
            self.names = None
            call = getattr(type(f), "__call__", None)  # noqa: B004
            if not isinstance(call, FunctionType) or is_own(call.__code__.co_filename):
                return
            self.methods(f, call)
            f = call
        code = f.__code__
        if code.co_filename and is_own(code.co_filename):  # a driver, which wraps a function
            self.names = None
            inner = getattr(f, "__wrapped__", None)
            if inner is not None and id(inner) not in self.seen:
                self.seen.add(id(inner))
                self.function(inner)
            return
        self.reached(code, f.__globals__)
        inside = (*_cells(f), *(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values())
        if inside:
            self.names = None
            for x in inside:
                self.held(x, code.co_names)

    def reached(self, code: CodeType, scope: dict[str, Any]) -> None:
        """Code and what its names stand for."""
        if id(code) in self.seen:
            return
        known = _known_of(code, scope)
        if known is not None:
            self.seen.add(id(code))
            self.level = max(self.level, known[2])
            if self.names is not None:
                self.names += known[3]
        elif self.seen:  # what has led here may be reached from here, too: only what is asked for is known whole
            self.seen.add(id(code))
            self.code(code, scope)
        else:
            own = _Search()
            own.seen.add(id(code))
            own.code(code, scope)
            self.seen |= own.seen
            self.level = max(self.level, own.level)
            self.names = own.names
            if own.names is not None:
                if len(_known) >= MOST:
                    _known.clear()
                _known[id(code)] = code, scope, own.level, _together(own.names)

    def held(self, x: Any, names: Iterable[str], depth: int = DEPTH) -> None:
        """What a value is, holds as elements, or has as attributes that are spoken of by `names`."""
        if isinstance(x, (*PLAIN, ModuleType)) or id(x) in self.seen:
            return
        if isinstance(x, (list, tuple, dict, set, frozenset)):
            self.names = None
            if depth:
                for v in itertools.islice(x.values() if isinstance(x, dict) else x, MOST_ELEMENTS):
                    self.held(v, names, depth - 1)
            return
        own = {} if isinstance(x, (FunctionType, MethodType, partial)) else _attributes(x)
        inner = own.get("__wrapped__")  # of functools.lru_cache
        if inner is not None or isinstance(x, (FunctionType, MethodType, partial)):
            self.seen.add(id(x))
            inner = x if inner is None else inner
            if (getattr(inner, "__module__", None) or "").partition(".")[0] not in LIBRARIES:
                self.function(inner)
            return
        cls = type(x)
        if cls.__module__.partition(".")[0] in LIBRARIES or cls.__module__ == "builtins" or not depth:
            return
        self.names = None
        self.seen.add(id(x))
        for name in names:
            if name in own:
                self.held(own[name], names, depth - 1)
            elif isinstance(g := inspect.getattr_static(cls, name, None), FunctionType):
                self.of_object(x, g)
        call = inspect.getattr_static(cls, "__call__", None)
        if isinstance(call, FunctionType):
            self.of_object(x, call)

    def of_object(self, x: Any, method: FunctionType) -> None:
        """A method of an object, with other methods and what the object holds."""
        if id(method) not in self.seen:
            self.seen.add(id(method))
            self.function(method)
            self.methods(x, method)

    def code(self, code: CodeType, scope: dict[str, Any]) -> None:
        """The code itself, with functions inside it and those that it names."""
        self.level = max(self.level, _own(code))
        for part in code.co_consts:
            if isinstance(part, CodeType):
                self.code(part, scope)
        for x in self.looked_up(scope, code.co_names):
            more = [x]
            if isinstance(x, ModuleType) and x.__name__.partition(".")[0] not in LIBRARIES:
                more = self.looked_up(vars(x), code.co_names)
            for g in more:
                self.held(g, code.co_names)

    def looked_up(self, scope: dict[str, Any], names: Sequence[str]) -> list[Any]:
        """What names stand for, which is noted."""
        found = {n: scope.get(n) for n in names}
        if self.names is not None:
            self.names.append(_Names(scope, found))
        return list(found.values())

    def methods(self, x: Any, f: Any) -> None:
        """What a method may call on its object: other methods, and functions that the object holds."""
        cls, own = (x, {}) if isinstance(x, type) else (type(x), _attributes(x))
        names = getattr(getattr(f, "__code__", None), "co_names", ())
        for name in names:
            g = inspect.getattr_static(cls, name, None)
            if isinstance(g, FunctionType) and id(g) not in self.seen:
                self.seen.add(id(g))
                self.function(g)
                self.methods(x, g)
            elif name in own:
                self.held(own[name], names)


def _own(code: CodeType) -> int:
    """What code catches by itself."""
    if not NAMES.isdisjoint(code.co_names):
        return ARITHMETIC
    return ANY if code.co_exceptiontable and (not WIDE.isdisjoint(code.co_names) or _bare(code)) else NONE


def _cells(f: FunctionType) -> Iterator[Any]:
    for cell in f.__closure__ or ():
        with contextlib.suppress(ValueError):  # not filled yet
            yield cell.cell_contents


def _attributes(x: Any) -> dict[str, Any]:
    """An object's own attributes; nothing of the user's is called, as `getattr` does (of a proxy, which may raise)."""
    try:
        found = object.__getattribute__(x, "__dict__")
    except AttributeError:  # one without
        return {}
    return found if isinstance(found, dict) else {}


def _bare(code: CodeType) -> bool:
    """Whether there is an `except:` without a class."""
    names = [i.opname for i in dis.get_instructions(code)]
    return any(a == "PUSH_EXC_INFO" and b == "POP_TOP" for a, b in zip(names, names[1:], strict=False))


def asks_for_errors(f: Any, arguments: Iterable[Any], others: Iterable[Any] = ()) -> bool:
    """Whether errors of arithmetic may decide what a function does at these arguments, among which Python's floats raise some.

    Args:
        others: arguments that are not differentiated, which may be functions, or hold some.
    """
    level = caught(f)
    for x in others:
        search = _Search()
        search.held(x, ())
        level = max(level, search.level)
    if level == NONE:
        return False
    return level == ARITHMETIC or any(type(x) is float for x in arguments) or "raise" in np.geterr().values()
