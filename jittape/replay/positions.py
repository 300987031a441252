"""Recorded functions that are differentiated by some of their positional arguments (`argnums=`); the others are parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from jittape.compiler.dispatchers import python_function
from jittape.functional.callables import REFUSED
from jittape.functions.hooks import name_of, recordable
from jittape.replay.function import Function

_MISSING: Any = object()
_METHODS = ("self", "x", "v", "X", "V", "primals", "tangents")
"""Names of what methods take, which parameters may not have."""


class Rearranged:
    """A function of the differentiated arguments, in their order, and of the others by name.

    Attributes:
        f: the function as it is.
        numbers: the positions of the differentiated arguments.
        names: position -> name of every other one.
    """

    def __init__(self, f: Callable[..., Any], numbers: tuple[int, ...], names: dict[int, str]) -> None:
        self.f, self.numbers, self.names = f, numbers, names
        self.__name__ = name_of(f)

    @property
    def __signature__(self) -> inspect.Signature:
        known = list(inspect.signature(python_function(self.f)).parameters.values())
        return inspect.Signature([known[i].replace(kind=inspect.Parameter.POSITIONAL_ONLY, default=inspect.Parameter.empty) for i in self.numbers])

    def __call__(self, *chosen: Any, **named: Any) -> Any:
        args: list[Any] = [None] * (len(self.numbers) + len(self.names))
        for i, name in self.names.items():
            args[i] = named.pop(name)
        for i, x in zip(self.numbers, chosen, strict=True):
            args[i] = x
        return recordable(self.f)(*args, **named)


def other_names(f: Callable[..., Any], numbers: tuple[int, ...], n: int, taken: Sequence[str]) -> dict[int, str]:
    """A name for every positional argument that is not differentiated: its own, if it has one that is free."""
    try:
        known = list(inspect.signature(python_function(f)).parameters.values())
    except (TypeError, ValueError):
        known = []
    names = {}
    for i in range(n):
        if i not in numbers:
            p = known[i] if i < len(known) else None
            own = p is not None and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.name not in (*taken, *_METHODS)
            names[i] = p.name if own and p is not None else f"argument {i}"
    return names


class Selected(Function):
    """A `Function` that was recorded with `argnums=`.

    It is called with all positional arguments, as the function is, or with the differentiated ones alone; then the others are those
    of the recording, or of `bind`. Its derivatives are by the differentiated ones.
    """

    def __init__(self, *args: Any, numbers: tuple[int, ...], names: dict[int, str], single: bool, **options: Any) -> None:
        super().__init__(*args, single=single, **options)
        self._numbers, self._names = numbers, names

    def _split(self, args: Sequence[Any], parameters: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """(differentiated arguments, parameters) of a call."""
        n = len(self._numbers) + len(self._names)
        if len(args) == len(self._numbers) and n > len(args):
            return tuple(args), parameters
        if len(args) != n:
            raise TypeError(
                f"{self.name} was recorded with {n} positional arguments, {len(self._numbers)} of which are differentiated (argnums=), "
                f"and is called with all of them or with those alone, not with {len(args)}"
            )
        more = {}
        for i, name in self._names.items():
            if name in parameters:
                raise TypeError(f"{self.name} got two values for its argument {i}: by position, and as {name}=")
            more[name] = args[i]
        return tuple(args[i] for i in self._numbers), {**parameters, **more}

    def value_and_grad(self, x: Any = _MISSING, /, *more: Any, out: Any = None, **parameters: Any) -> tuple[Any, Any]:
        args, parameters = self._split(() if x is _MISSING else (x, *more), parameters)
        return super().value_and_grad(*args, out=out, **parameters)

    def grad(self, x: Any = _MISSING, /, *more: Any, out: Any = None, **parameters: Any) -> Any:
        return self.value_and_grad(x, *more, out=out, **parameters)[1]

    def jvp(self, primals: Sequence[Any], tangents: Sequence[Any], **parameters: Any) -> tuple[Any, Any]:
        if isinstance(primals, (tuple, list)):
            primals, parameters = self._split(primals, parameters)
        return super().jvp(primals, tangents, **parameters)

    def hvp(self, x: Any, v: Any, out: Any = None, **parameters: Any) -> Any:
        if not self._single and isinstance(x, (tuple, list)):
            x, parameters = self._split(x, parameters)
        return super().hvp(x, v, out, **parameters)


def _of_all(name: str) -> None:
    method = getattr(Function, name)

    def selected(self: Selected, *args: Any, **options: Any) -> Any:
        args, options = self._split(args, options)
        return method(self, *args, **options)

    selected.__name__, selected.__qualname__, selected.__doc__ = name, f"Function.{name}", method.__doc__
    setattr(Selected, name, selected)


for _name in ("__call__", "jacobian", "vjp", "hessian", "sparse_hessian", "sparse_jacobian", "explain_nan", "batch_value", "batch_grad",
              "batch_value_and_grad", "batch_jacobian", "batch_hessian"):  # fmt: skip
    _of_all(_name)
Selected.__name__ = Selected.__qualname__ = "Function"
REFUSED[Selected] = REFUSED[Function]
