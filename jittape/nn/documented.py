"""Docstrings of modules that are functions of `jittape.nn.functional` with their options kept: what the function's says, said of the module."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

C = TypeVar("C", bound=type)

OLD = "size_average, reduce: PyTorch's old way to say the reduction."


def twin(function: Callable[..., Any], **more: str) -> Callable[[C], C]:
    """Decorator: a module whose docstring has one sentence, and takes options, errors and example from the function's. It is made when it is asked for.

    Args:
        function: of `jittape.nn.functional`; its example gives options by name.
        more: what to say of options that the function does not have.
    """

    def decorate(cls: C) -> C:
        type.__setattr__(cls, "__doc__", _Docstring(cls, function, cls.__doc__ or "", more))
        return cls

    return decorate


class _Docstring:
    """What stands for the docstring of a class until somebody reads it."""

    def __init__(self, cls: type, function: Callable[..., Any], sentence: str, more: dict[str, str]) -> None:
        self.cls, self.function, self.sentence, self.more = cls, function, sentence, more

    def __get__(self, instance: Any, owner: type | None = None) -> str:
        doc = inspect.cleandoc(self.function.__doc__ or "")
        name, module = self.function.__name__, self.cls.__name__
        options = [p for p in inspect.signature(self.cls).parameters if p not in ("args", "kwargs")]
        parts = [inspect.cleandoc(self.sentence), f"The function is `jittape.nn.functional.{name}`."]
        entries = list(_options(_section(doc, "Args"), options))
        if "size_average" in options and not any(entry.startswith("size_average") for entry in entries):
            entries.append(OLD)
        entries += [f"{option}: {text}" for option, text in self.more.items()]
        if entries:
            parts.append("\n".join(["Args:", *(f"    {entry}" for entry in entries)]))
        if errors := _section(doc, "Raises"):
            parts.append("\n".join(["Raises:", *(f"    {line}" for line in errors)]))
        parts.append("\n".join(["Example:", *(f"    {line}" for line in _of_module(_section(doc, "Example"), name, module, options))]))
        return "\n\n".join(parts)


def _section(doc: str, title: str) -> list[str]:
    """The lines of a section of a docstring, without its title and its margin."""
    found = re.search(rf"^{title}:\n((?:    .*\n?|\n(?=    ))*)", doc, re.M)
    return [line[4:] for line in found[1].rstrip().splitlines()] if found else []


def _options(lines: list[str], options: list[str]) -> Iterator[str]:
    """The entries of arguments that a module has as options; those that it shares with others in a line alone."""
    kept = False
    for line in lines:
        if line.startswith(" "):  # goes on
            if kept:
                yield line
            continue
        names, colon, text = line.partition(":")
        mine = [n for n in names.split(", ") if n in options]
        kept = bool(mine)
        if kept:
            yield ", ".join(mine) + colon + text


def _of_module(lines: list[str], name: str, module: str, options: list[str]) -> list[str]:
    """An example of a function as one of the module: options in the first brackets, the rest in the second."""
    out = []
    for line in lines:
        if line == ">>> F = jt.nn.functional":
            continue
        prompt, code = line[:4], line[4:]
        if prompt == ">>> " and f"F.{name}(" in code:
            for call in ast.walk(ast.parse(code)):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == f"F.{name}":
                    given = ", ".join(_text(code, a) for a in call.args)
                    kept = ", ".join(f"{k.arg}={_text(code, k.value)}" for k in call.keywords if k.arg in options)
                    code = code[: call.col_offset] + f"jt.nn.{module}({kept})({given})" + code[call.end_col_offset :]
                    break
        elif "F." in code:
            code = re.sub(r"\bF\.", "jt.nn.functional.", code)
        out.append(prompt + code)
    return out


def _text(code: str, node: ast.expr) -> str:
    """An expression as it is written."""
    return ast.get_source_segment(code, node) or ""
