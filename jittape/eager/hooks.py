"""Functions that are called with gradients: `Tensor.register_hook`, and `register_post_accumulate_grad_hook`."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jittape.array.state import changes, state
from jittape.eager.lending import recall
from jittape.eager.tensor import Tensor, check_hooked, concrete
from jittape.eager.threads import set_recording


class Handle:
    """Of a hook: `remove()` takes it away, and so does the end of a `with` block."""

    def __init__(self, hooks: OrderedDict[object, Any]) -> None:
        self._hooks = hooks

    def remove(self) -> None:
        self._hooks.pop(self, None)
        changes.note()

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def added(hooks: OrderedDict[object, Any] | None, hook: Callable[..., Any]) -> tuple[OrderedDict[object, Any], Handle]:
    """Hooks with one more, and its handle."""
    hooks = OrderedDict() if hooks is None else hooks
    handle = Handle(hooks)
    hooks[handle] = hook
    changes.note()
    return hooks, handle


class Endings:
    """What is called when the pass that is under way is over.

    Attributes:
        depth: of passes, each in the middle of another.
        calls: what to call, in order.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.calls: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, kind: Any, *error: object) -> None:
        self.depth -= 1
        if not self.depth and self.calls:
            calls, self.calls = self.calls, []
            for call in calls if kind is None else ():
                call()


class _Endings(threading.local):
    def __init__(self) -> None:
        self.of_thread = Endings()


_endings = _Endings()


def endings() -> Endings:
    """Those of this thread."""
    return _endings.of_thread


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
            if new.has_parts:
                check_hooked(hook, new, g)
            if new.shape != g.shape:
                raise RuntimeError(f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value")
            g = new
    finally:
        set_recording(before)
    return g


def accumulate(t: Tensor, g: Tensor, create: bool = False) -> None:
    """Add a gradient to a tensor's `.grad`: in place, so that whoever holds it sees the sum, unless the pass is recorded."""
    info = t.info
    known = info.grad
    if known is None:
        info.grad = g
    elif not (t.is_leaf or create):
        info.grad = concrete(known.values() + g.values())
    elif create or g.requires_grad:
        info.grad = known + g
    elif not known.is_leaf:  # its values change, and its graph stays
        known._overwrite(known.values() + g.values(), ...)  # type: ignore[attr-defined]
    else:
        recall(known)
        np.add(known._data, g._data, out=known._data)
        known._wrote()
    if info.accumulated:
        before = state.grad
        set_recording(create)
        try:
            for hook in list(info.accumulated.values()):
                hook(t)
        finally:
            set_recording(before)
