"""Functions that are called with gradients: `Tensor.register_hook`, and `register_post_accumulate_grad_hook`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from jittape.array.state import state
from jittape.eager.tensor import Tensor
from jittape.eager.threads import set_recording


class Handle:
    """Of a hook: `remove()` takes it away, and so does the end of a `with` block."""

    def __init__(self, hooks: OrderedDict[object, Any]) -> None:
        self._hooks = hooks

    def remove(self) -> None:
        self._hooks.pop(self, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def added(hooks: OrderedDict[object, Any] | None, hook: Callable[..., Any]) -> tuple[OrderedDict[object, Any], Handle]:
    """Hooks with one more, and its handle."""
    hooks = OrderedDict() if hooks is None else hooks
    handle = Handle(hooks)
    hooks[handle] = hook
    return hooks, handle


def hooked(hooks: Mapping[Any, Callable[[Tensor], Any]] | None, g: Tensor, create: bool) -> Tensor:
    """A gradient after some hooks, if there are any; recorded if the pass is."""
    if not hooks:
        return g
    before = state.grad
    set_recording(create)
    try:
        for hook in list(hooks.values()):
            new = hook(g)
            if new is None:
                continue
            if not isinstance(new, Tensor):
                raise TypeError(f"expected Variable, but hook returned '{type(new).__name__}'")
            if new.shape != g.shape:
                raise RuntimeError(f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value")
            g = new
    finally:
        set_recording(before)
    return g
