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
from collections.abc import Iterable, Iterator
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
DEPTH, MOST_ELEMENTS = 3, 64
"""How far containers of functions are looked into, and how many of their elements."""
_known: dict[int, tuple[CodeType, int]] = {}


def caught(f: Any) -> int:
    """What a function, or one that it calls, may catch."""
    if type(f) is FunctionType:
        found = _known.get(id(f.__code__))
        if found is not None and f.__closure__ is None and f.__defaults__ is None and f.__kwdefaults__ is None:
            return found[1]
    return _function(f, set())


def _function(f: Any, seen: set[int]) -> int:
    level = NONE
    while isinstance(f, (MethodType, partial)):
        if isinstance(f, partial):
            level = max([level, *(_function(a, seen) for a in f.args if callable(a))])
            f = f.func
        else:
            level = max(level, _methods(f.__self__, f.__func__, seen))
            f = f.__func__
    if not isinstance(f, FunctionType):
        call = getattr(type(f), "__call__", None)  # noqa: B004
        if not isinstance(call, FunctionType) or is_own(call.__code__.co_filename):
            return level
        level, f = max(level, _methods(f, call, seen)), call
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
    for inside in (*_cells(f), *(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()):
        level = max(level, _held(inside, code.co_names, seen))
    return level


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


def _held(x: Any, names: Iterable[str], seen: set[int], depth: int = DEPTH) -> int:
    """What functions catch that a value is, holds as elements, or has as attributes that are spoken of by `names`."""
    if x is None or isinstance(x, (type, str, bytes, int, float, np.ndarray, np.generic, ModuleType)) or id(x) in seen:
        return NONE
    if isinstance(x, (list, tuple, dict, set, frozenset)):
        if not depth:
            return NONE
        elements = itertools.islice(x.values() if isinstance(x, dict) else x, MOST_ELEMENTS)
        return max((_held(v, names, seen, depth - 1) for v in elements), default=NONE)
    own = {} if isinstance(x, (FunctionType, MethodType, partial)) else _attributes(x)
    inner = own.get("__wrapped__")  # of functools.lru_cache
    if inner is not None or isinstance(x, (FunctionType, MethodType, partial)):
        seen.add(id(x))
        inner = x if inner is None else inner
        return NONE if (getattr(inner, "__module__", None) or "").partition(".")[0] in LIBRARIES else _function(inner, seen)
    cls = type(x)
    if cls.__module__.partition(".")[0] in LIBRARIES or cls.__module__ == "builtins" or not depth:
        return NONE
    seen.add(id(x))
    level = NONE
    for name in names:
        if name in own:
            level = max(level, _held(own[name], names, seen, depth - 1))
        elif isinstance(g := inspect.getattr_static(cls, name, None), FunctionType):
            level = max(level, _of_object(x, g, seen))
    call = inspect.getattr_static(cls, "__call__", None)
    return max(level, _of_object(x, call, seen)) if isinstance(call, FunctionType) else level


def _of_object(x: Any, method: FunctionType, seen: set[int]) -> int:
    """What a method of an object catches, with other methods and what the object holds."""
    if id(method) in seen:
        return NONE
    seen.add(id(method))
    return max(_function(method, seen), _methods(x, method, seen))


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
            level = max(level, _held(g, code.co_names, seen))
    return level


def _methods(x: Any, f: Any, seen: set[int]) -> int:
    """What a method may call on its object: other methods, and functions that the object holds."""
    level = NONE
    cls, own = (x, {}) if isinstance(x, type) else (type(x), _attributes(x))
    names = getattr(getattr(f, "__code__", None), "co_names", ())
    for name in names:
        g = inspect.getattr_static(cls, name, None)
        if isinstance(g, FunctionType) and id(g) not in seen:
            seen.add(id(g))
            level = max(level, _function(g, seen), _methods(x, g, seen))
        elif name in own:
            level = max(level, _held(own[name], names, seen))
    return level


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
        level = max(level, _held(x, (), set()))
    if level == NONE:
        return False
    return level == ARITHMETIC or any(type(x) is float for x in arguments) or "raise" in np.geterr().values()
