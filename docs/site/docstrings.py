"""Our docstrings say `Example:` where Griffe knows `Examples:`, which it shows as code; those of modules that have a function for a twin are made when asked for."""

import importlib
import inspect
import re
from typing import Any

import griffe


class Extension(griffe.Extension):
    """Renames the section in every docstring, and asks for those that are made."""

    def on_class_instance(self, *, cls: griffe.Class, **_: Any) -> None:
        if cls.docstring and any(str(d.value).startswith("twin(") for d in cls.decorators):
            try:
                made = getattr(importlib.import_module(cls.module.path), cls.name)
            except ImportError:  # the site is built without the package's dependencies
                return
            cls.docstring.value = renamed(inspect.getdoc(made) or "")

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = renamed(obj.docstring.value)


def renamed(doc: str) -> str:
    return re.sub(r"^( *)Example:$", r"\1Examples:", doc, flags=re.M)
