"""Functions that are called before and after a module's `forward`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

Hook = tuple[Callable[..., Any], bool]
"""A function, and whether it is given the named arguments, too."""


class Handle:
    """Of a hook: `remove()` takes it away, and so does the end of a `with` block."""

    def __init__(self, hooks: OrderedDict[object, Hook]) -> None:
        self._hooks = hooks

    def remove(self) -> None:
        self._hooks.pop(self, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class Listeners(OrderedDict[object, Hook]):
    """The hooks of one place, in the order in which they are called."""

    def add(self, hook: Callable[..., Any], first: bool, named: bool) -> Handle:
        handle = Handle(self)
        self[handle] = (hook, named)
        if first:
            self.move_to_end(handle, last=False)
        return handle

    def __reduce__(self) -> Any:
        return Listeners, ()  # hooks are not saved


class Hooks:
    """The hooks of a module."""

    def __init__(self) -> None:
        self.before, self.after = Listeners(), Listeners()

    def around(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call `forward` with what is to be called before and after it."""
        for hook, named in list(self.before.values()):
            new = hook(module, args, kwargs) if named else hook(module, args)
            if new is not None:
                if named:
                    args, kwargs = new
                else:
                    args = new if isinstance(new, tuple) else (new,)
        out = module.forward(*args, **kwargs)
        for hook, named in list(self.after.values()):
            new = hook(module, args, kwargs, out) if named else hook(module, args, out)
            out = out if new is None else new
        return out
