"""The public names of the package, and what the docstring of each says.

A name is public where a public module has it in `__all__` (or shows it in `dir`), and where a class that is public has it without
an underscore. An object that has several names stands under the first of them. What is NumPy's or SciPy's own is none of ours.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

ROOMS = (
    "", "autograd", "errors", "integrate", "integrate.batch", "integrate.executor", "integrate.fits", "integrate.ipopt", "integrate.jax", "integrate.scipy",
    "integrate.torch", "linalg", "native", "nn.functional", "nn", "nn.init", "nn.utils", "nn.utils.rnn", "optim", "optim.lr_scheduler", "testing", "tree",
    "numpy", "scipy.fft", "scipy.integrate", "scipy.interpolate", "scipy.linalg", "scipy.ndimage", "scipy.optimize", "scipy.signal", "scipy.sparse",
    "scipy.sparse.linalg", "scipy.spatial.distance", "scipy.special", "scipy.stats", "torch", "torch.autograd", "torch.autograd.forward_ad",
    "torch.autograd.functional", "torch.autograd.graph", "torch.distributions", "torch.func", "torch.linalg", "torch.nn", "torch.nn.functional", "torch.optim", "torch.special",
    "torch.testing", "torch.utils.data",
)  # fmt: skip
"""The modules that users import from, ours before those that show the same objects under other people's names."""


def spelled(room: str) -> str:
    return f"jittape.{room}".rstrip(".")


def members(cls: type) -> Iterator[tuple[str, Any, type]]:
    """(name, what stands there, the class that says so first) of a class, parts that other packages gave it left out."""
    seen = set()
    for base in cls.__mro__:
        if not base.__module__.startswith("jittape"):
            continue
        for name, member in vars(base).items():
            if name.startswith("_") or name in seen:
                continue
            seen.add(name)
            if isinstance(member, (types.FunctionType, classmethod, staticmethod, property, cached_property)) or hasattr(member, "__wrapped__"):
                first = next((b for b in reversed(cls.__mro__) if b.__module__.startswith("jittape") and name in vars(b) and not name_is_data(vars(b)[name])), base)
                yield name, member, first


def name_is_data(member: Any) -> bool:
    return not (callable(member) or isinstance(member, (classmethod, staticmethod, property, cached_property)))


@dataclass
class Name:
    """A public object.

    Attributes:
        path: its name, `jittape.nn.Linear.forward`.
        object: the function, class, property or other thing itself.
        room: the module that shows it first, without `jittape.`.
        owner: the public class that it is a member of, or None.
        others: further names of the same object.
    """

    path: str
    object: Any
    room: str = ""
    owner: type | None = None
    others: list[str] = field(default_factory=list)

    @property
    def function(self) -> Any:
        """The Python function behind it, decorators taken off; None of a class, a property or an object."""
        f = self.object
        if isinstance(f, (classmethod, staticmethod)):
            f = f.__func__
        f = inspect.unwrap(f) if not isinstance(f, type) else f
        return f if isinstance(f, types.FunctionType) else None

    @property
    def kind(self) -> str:
        if isinstance(self.object, type):
            return "class"
        if isinstance(self.object, (property, cached_property)):
            return "property"
        return "method" if self.owner else "function" if self.function else "object"

    @cached_property
    def doc(self) -> str:
        if isinstance(self.object, (property, cached_property)):
            return inspect.cleandoc(self.object.__doc__ or "")
        if isinstance(self.object, type):
            return inspect.cleandoc(self.object.__doc__ or "")
        found = self.object.__func__ if isinstance(self.object, (classmethod, staticmethod)) else self.object
        return inspect.cleandoc(getattr(found, "__doc__", None) or "")

    @property
    def parameters(self) -> list[str]:
        """The parameters that a user gives."""
        f = self.object
        try:
            if isinstance(f, type):
                if f.__init__ is object.__init__ and "__signature__" not in vars(f) and not hasattr(f, "__dataclass_fields__"):
                    return []
                found = list(inspect.signature(f).parameters)
            elif isinstance(f, (classmethod, staticmethod)):
                found = list(inspect.signature(f.__func__).parameters)[isinstance(f, classmethod) :]
            elif self.kind == "property" or not callable(f):
                return []
            else:
                found = list(inspect.signature(f).parameters)[self.owner is not None :]
        except (TypeError, ValueError):
            return []
        return [p for p in found if not p.startswith("_") and p not in ("self", "args", "kwargs")]

    @property
    def raised(self) -> set[str]:
        """The errors that the body itself raises; those of functions that it calls are not seen."""
        sources = [self.function] if not isinstance(self.object, type) else [vars(self.object).get("__init__")]
        if self.kind == "property":
            sources = [getattr(self.object, "fget", None) or getattr(self.object, "func", None)]
        found: set[str] = set()
        for f in sources:
            if not isinstance(f, types.FunctionType):
                continue
            try:
                tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(f))))
            except (OSError, SyntaxError, TypeError):
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Raise) and node.exc is not None:
                    made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                    text = ast.unparse(made).rpartition(".")[2]
                    if re.fullmatch(r"[A-Z]\w+", text) and not text.isupper():
                        found.add(text)
        return found


def public(module: types.ModuleType) -> list[str]:
    names = list(getattr(module, "__all__", ())) if "__dir__" not in vars(module) else dir(module)
    return sorted(n for n in names if not n.startswith("_"))


def names(rooms: tuple[str, ...] = ROOMS) -> list[Name]:
    """Every public object, once."""
    known: dict[int, Name] = {}
    kept = []  # so that no identity comes twice
    for room in rooms:
        try:
            module = importlib.import_module(spelled(room))
        except ImportError:  # a bridge to a package that is not installed
            continue
        for name in public(module):
            try:
                found = getattr(module, name)
            except ImportError:
                continue
            if isinstance(found, types.ModuleType) or not is_ours(found):
                continue
            path = f"{spelled(room)}.{name}"
            if id(found) in known:
                known[id(found)].others.append(path)
                continue
            kept.append(found)
            known[id(found)] = Name(path, found, room)
            if isinstance(found, type):
                for part, member, first in members(found):
                    original = vars(first)[part]
                    kept.append(original)
                    if id(original) not in known:
                        owner = next((b for b in (first, *reversed(found.__mro__)) if vars(module).get(b.__name__) is b and hasattr(b, part)), found)
                        known[id(original)] = Name(f"{spelled(room)}.{owner.__name__}.{part}", original, room, owner)
    return list(known.values())


def is_ours(found: Any) -> bool:
    """Whether it is of jittape, and something that can have a docstring of its own."""
    if isinstance(found, (str, bytes, int, float, tuple, list, dict, type(None))):
        return False
    module = getattr(found, "__module__", None) or type(found).__module__
    return module.startswith("jittape") and bool(callable(found) or isinstance(found, type))
