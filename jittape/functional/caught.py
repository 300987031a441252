"""Whether a function may catch errors of arithmetic, or asks NumPy for them: then each of its operations is computed as it is recorded.

Recorded operations raise nothing: they are computed later, by other code than Python's and NumPy's. A function that says what is to
happen where something is divided by zero (`except ZeroDivisionError`, `np.errstate(all="raise")`, warnings as errors) decides by
that, and its source says so: by the names in its code, and in that of functions that it calls by their names.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable
from functools import partial
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
_known: dict[int, tuple[CodeType, int]] = {}


def caught(f: Any) -> int:
    """What a function, or one that it calls, may catch."""
    if type(f) is FunctionType:
        found = _known.get(id(f.__code__))
        if found is not None and f.__closure__ is None:
            return found[1]
    return _function(f, set())


def _function(f: Any, seen: set[int]) -> int:
    level = NONE
    while isinstance(f, (MethodType, partial)):
        if isinstance(f, partial):
            level = max([level, *(_function(a, seen) for a in f.args if callable(a))])
            f = f.func
        else:
            level = max(level, _methods(type(f.__self__), f.__func__, seen))
            f = f.__func__
    if not isinstance(f, FunctionType):
        call = getattr(type(f), "__call__", None)  # noqa: B004
        if not isinstance(call, FunctionType) or is_own(call.__code__.co_filename):
            return level
        level, f = max(level, _methods(type(f), call, seen)), call
    code = f.__code__
    if code.co_filename and is_own(code.co_filename):  # a driver, which wraps a function
        inner = getattr(f, "__wrapped__", None)
        if inner is None or id(inner) in seen:
            return level
        seen.add(id(inner))
        return max(level, _function(inner, seen))
    known = _known.get(id(code))
    if known is not None:
        level = max(level, known[1])
    elif id(code) not in seen:
        seen.add(id(code))
        found = _code(code, f.__globals__, seen)
        if len(_known) >= MOST:
            _known.clear()
        _known[id(code)] = code, found
        level = max(level, found)
    for cell in f.__closure__ or ():
        try:
            inside = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        if callable(inside) and not isinstance(inside, type) and id(inside) not in seen:
            seen.add(id(inside))
            level = max(level, _function(inside, seen))
    return level


def _code(code: CodeType, scope: dict[str, Any], seen: set[int]) -> int:
    """What the code itself catches, with functions inside it and those that it names."""
    level = ARITHMETIC if not NAMES.isdisjoint(code.co_names) else NONE
    if level == NONE and code.co_exceptiontable and (not WIDE.isdisjoint(code.co_names) or _bare(code)):
        level = ANY
    for part in code.co_consts:
        if isinstance(part, CodeType):
            level = max(level, _code(part, scope, seen))
    for name in code.co_names:
        x = scope.get(name)
        if isinstance(x, ModuleType) and x.__name__.partition(".")[0] not in LIBRARIES:
            more: list[Any] = [vars(x).get(n) for n in code.co_names]
        else:
            more = [x]
        for g in more:
            if isinstance(g, (FunctionType, partial)) and (getattr(g, "__module__", None) or "").partition(".")[0] not in LIBRARIES and id(g) not in seen:
                seen.add(id(g))
                level = max(level, _function(g, seen))
    return level


def _methods(cls: type, f: Any, seen: set[int]) -> int:
    """What the methods catch that a method may call."""
    level = NONE
    for name in getattr(getattr(f, "__code__", None), "co_names", ()):
        g = getattr(cls, name, None)
        if isinstance(g, FunctionType) and id(g) not in seen:
            seen.add(id(g))
            level = max(level, _function(g, seen), _methods(cls, g, seen))
    return level


def _bare(code: CodeType) -> bool:
    """Whether there is an `except:` without a class."""
    names = [i.opname for i in dis.get_instructions(code)]
    return any(a == "PUSH_EXC_INFO" and b == "POP_TOP" for a, b in zip(names, names[1:], strict=False))


def asks_for_errors(f: Any, arguments: Iterable[Any]) -> bool:
    """Whether errors of arithmetic may decide what a function does at these arguments, among which Python's floats raise some."""
    level = caught(f)
    if level == NONE:
        return False
    return level == ARITHMETIC or any(type(x) is float for x in arguments) or "raise" in np.geterr().values()
