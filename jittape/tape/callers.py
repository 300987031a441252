"""Which call of the user's code is converting a recorded value: the first function of a library that is on the way there.

As in tape/lines.py, frames of the interpreter say it. A function written in C has none; then the source of the user's line does.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import itertools
import linecache
import opcode
import os
import sys
from dataclasses import dataclass
from types import BuiltinFunctionType, ModuleType
from typing import Any

from jittape.tape.lines import PACKAGE, folder

STORES = ("STORE_SUBSCR", "STORE_SLICE")
OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "matmul": "@", "pow": "**", "mod": "%", "floordiv": "//", "lt": "<", "le": "<=", "gt": ">",
    "ge": ">=", "eq": "==", "ne": "!=", "setitem": "[]", "getitem": "[]",
}  # fmt: skip
RECORDING = "Trace.__init__"
"""What calls the function that is differentiated."""
LONGEST = 60
"""Characters of the user's source that a message shows."""


@dataclass(frozen=True)
class Call:
    """A call that converts a recorded value.

    Attributes:
        name: of the function, as users import it: "scipy.stats.norm.logpdf".
        text: how the user's line names it, where that can be read.
        store: whether it is no call, but an assignment to an element of a plain array.
        place: file, line and function of the user's code that calls, "model.py:12 in loss"; empty where it is not known.
    """

    name: str
    text: str = ""
    store: bool = False
    place: str = ""


@functools.cache
def _libraries() -> tuple[str, ...]:
    """Folders of modules that are nobody's own."""
    return tuple({folder(os.__file__), os.path.join(sys.base_prefix, "lib") + os.sep, os.path.join(sys.prefix, "lib") + os.sep})


@functools.cache
def _kind(filename: str) -> str:
    """Whose a file is: of this "package", of a "library", or the "user"'s."""
    if filename.startswith(PACKAGE):
        return "package"
    of_library = filename.startswith(("<frozen", "<__array_function__", *_libraries())) or "site-packages" in filename or "dist-packages" in filename
    return "library" if of_library else "user"


def converting_call() -> Call | None:
    """The call by which the user's code has a recorded value converted; None where it cannot be told."""
    frames: list[Any] = []
    frame: Any = sys._getframe(1)
    while frame is not None and _kind(frame.f_code.co_filename) == "package":  # what asks
        frame = frame.f_back
    while frame is not None:
        filename = frame.f_code.co_filename
        if frame.f_code.co_qualname == RECORDING and frames:  # what called it is a library's function that somebody differentiates
            break
        frames.append(frame)
        if _kind(filename) == "user":
            break
        frame = frame.f_back
    if not frames:
        return None
    own = frames[-1]
    called = [f for f in reversed(frames) if _kind(f.f_code.co_filename) == "library"]
    node, text, store = _source(own)
    place = _place(own)
    if store:
        return Call("", text, True, place)
    name = next((n for f in called if (n := _of_frame(f))), "") or _resolved(node, own)
    if not name and called:  # a package that shows none of it: the function that was called first
        name = f"{called[0].f_globals.get('__name__', '')}.{called[0].f_code.co_qualname}"
    if name.endswith(".__setitem__"):
        return Call("", text, True, place)
    return Call(name, text, place=place) if name else None


def _place(frame: Any) -> str:
    """File, line and function, where they are known."""
    if not frame.f_lineno:
        return ""
    name = frame.f_code.co_name
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" + ("" if name.startswith("<") else f" in {name}")


def _of_frame(frame: Any) -> str:
    """The public name of a function of Python that is running; empty of what is none, a wrapper or a part of one."""
    code = frame.f_code
    parts = code.co_qualname.split(".")
    if "<locals>" in parts or "<" in parts[-1]:
        return ""
    owner = frame.f_locals.get("self") if len(parts) > 1 else None
    last = parts[-1]
    if owner is not None and last.startswith("__") and last.strip("_").removeprefix("r") in OPERATORS and type(owner).__qualname__:
        return f"{OPERATORS[last.strip('_').removeprefix('r')]} of {_class(type(owner))}"
    if last in ("__init__", "__call__", "__new__"):
        parts = [*type(owner).__qualname__.split(".")] if owner is not None else parts[:-1]
    elif last.startswith("_"):
        return ""
    elif owner is not None:
        return f"{_distribution(owner) or _class(type(owner))}.{last}"
    return _public(frame.f_globals.get("__name__", ""), ".".join(parts), code)


def _distribution(owner: Any) -> str:
    """The name of a distribution of scipy.stats, which is an object there."""
    module = sys.modules.get("scipy.stats")
    if module is None or not type(owner).__module__.startswith("scipy.stats"):
        return ""
    owner = getattr(owner, "dist", None) or getattr(owner, "_dist", None) or owner  # of a frozen one
    kinds = [name for name, value in vars(module).copy().items() if value is owner or (type(value) is type(owner) and not name.startswith("_"))]
    return f"scipy.stats.{kinds[0]}" if kinds else ""


def _class(kind: type) -> str:
    return _public(kind.__module__, kind.__qualname__) or f"{kind.__module__}.{kind.__qualname__}"


def _public(module: str, name: str, code: Any = None) -> str:
    """The shortest name by which something can be imported: scipy.stats.norm of scipy.stats._continuous_distns; empty where there is none.

    Args:
        code: of a function that is running; another function of the same name is another one.
    """
    if module == "builtins":
        return name
    first = name.partition(".")[0]
    parts = module.split(".")
    for k in range(1, len(parts) + 1):
        if any(p.startswith("_") for p in parts[:k]):
            break
        place = sys.modules.get(".".join(parts[:k]))
        found = vars(place).get(first) if place is not None else None
        if found is None or (isinstance(found, ModuleType) and first == name):
            continue
        if code is not None and first == name and getattr(inspect.unwrap(found), "__code__", code) is not code:
            continue
        return ".".join([*parts[:k], name])
    return ""


def _source(frame: Any) -> tuple[Any, str, bool]:
    """(syntax of the call that is under way in a frame, its function's text, whether it is a store instead)."""
    code, at = frame.f_code, frame.f_lasti
    store = opcode.opname[code.co_code[at]] in STORES
    start, end, first, last = next(itertools.islice(code.co_positions(), at // 2, None), (None,) * 4)
    if start is None or end is None or first is None or last is None:
        return None, "", store
    lines = [linecache.getline(code.co_filename, n, frame.f_globals) for n in range(start, end + 1)]
    if not lines or not lines[-1]:
        return None, "", store
    raw = [line.encode() for line in lines]
    raw[-1] = raw[-1][:last]
    raw[0] = raw[0][first:]
    text = b"".join(raw).decode(errors="replace")
    try:
        node = ast.parse(f"({text})", mode="eval").body
    except SyntaxError:
        return None, "", store
    if isinstance(node, ast.Call):
        node = node.func
        text = ast.unparse(node)
    return node, " ".join(text.split()) if len(text) <= LONGEST else "", store


def _resolved(node: Any, frame: Any) -> str:
    """The name of what an expression in a frame stands for, without evaluating what might run code."""
    if isinstance(node, ast.Name):
        for scope in (frame.f_locals, frame.f_globals, vars(builtins)):
            if node.id in scope:
                return _named(scope[node.id])
    elif isinstance(node, ast.Attribute):
        owner = _value(node.value, frame)
        if isinstance(owner, (ModuleType, type)):
            return _named(vars(owner).get(node.attr)) or f"{_named(owner)}.{node.attr}"
        if owner is not None:
            return f"{_named(type(owner))}.{node.attr}"
        made = _resolved(node.value.func, frame) if isinstance(node.value, ast.Call) else ""
        return f"{made}().{node.attr}" if made else ""
    return ""


def _value(node: Any, frame: Any) -> Any:
    """What a name, an attribute of a module or in an object's own dict, or an element of a list or dict, stands for."""
    if isinstance(node, ast.Name):
        return next((scope[node.id] for scope in (frame.f_locals, frame.f_globals, vars(builtins)) if node.id in scope), None)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, frame)
        try:
            return object.__getattribute__(owner, "__dict__").get(node.attr)
        except AttributeError:  # one without
            return None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, (ast.Constant, ast.Name)):
        owner = _value(node.value, frame)
        key = node.slice.value if isinstance(node.slice, ast.Constant) else _value(node.slice, frame)
        if type(owner) in (list, tuple, dict) and type(key) in (int, str):
            try:
                return owner[key]
            except LookupError:
                return None
    return None


def _named(value: Any) -> str:
    """The name of a module, a class or a function; empty of others."""
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, type):
        return _class(value)
    if isinstance(value, BuiltinFunctionType) and value.__self__ is not None and not isinstance(value.__self__, ModuleType):
        return f"{_named(type(value.__self__))}.{value.__name__}"  # a method of an object
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    return _public(module, name) if isinstance(module, str) and isinstance(name, str) else ""
