"""What is known of a native function before it is translated: its syntax tree, and what its names stand for."""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

from jittape.compiler.translation.values import refuse


@functools.cache
def _functions(path: str) -> dict[tuple[str, int], ast.FunctionDef]:
    """The functions of a file, by their names and where they begin, decorators included."""
    found = {}
    for node in ast.walk(ast.parse(Path(path).read_bytes())):
        if isinstance(node, ast.FunctionDef):
            line = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            found[node.name, line] = node
    return found


def definition(function: Callable[..., Any]) -> ast.FunctionDef:
    """The syntax tree of a function."""
    code = getattr(function, "__code__", None)
    if not isinstance(function, FunctionType) or code is None:
        refuse(f"{function!r}")
    try:
        found = _functions(code.co_filename).get((function.__name__, code.co_firstlineno))
    except (OSError, SyntaxError, ValueError):
        found = None
    if found is None:
        refuse("a function without its source")
    arguments = found.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        refuse("arguments of other kinds than positional ones")
    return found


def names_read(tree: ast.FunctionDef) -> set[str]:
    """The names that a function reads."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return found | {node.target.id for node in ast.walk(tree) if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)}


class Names:
    """What the names of a function stand for that are none of its variables."""

    def __init__(self, function: FunctionType) -> None:
        self._globals = function.__globals__
        self._cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))

    def __call__(self, name: str) -> Any:
        if name in self._cells:
            try:
                return self._cells[name].cell_contents
            except ValueError:
                refuse(f"the name {name}, which stands for nothing yet")
        if name in self._globals:
            return self._globals[name]
        if hasattr(builtins, name):
            return getattr(builtins, name)
        return refuse(f"the name {name}")
