"""torch.autograd.graph: nodes of the graph, hooks of several gradients, and what is done with tensors that functions save.

Operations keep the values that their derivatives need on the tape, where nothing changes them: hooks of saved tensors are called for what
an `autograd.Function` saves, and changing a tensor in place never changes a derivative.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from jittape.eager.custom import saving
from jittape.eager.graph import AccumulateGrad, Node
from jittape.eager.hooks import Handle, endings
from jittape.eager.tensor import Tensor

__all__ = ["AccumulateGrad", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks", "increment_version", "register_multi_grad_hook",
           "save_on_cpu", "saved_tensors_hooks"]  # fmt: skip


class saved_tensors_hooks:  # noqa: N801
    """Context in which functions save pack_hook(tensor) instead of tensors, and are given unpack_hook of it back.

    Example:
        >>> import jittape.torch as torch
        >>> class Square(torch.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x
        ...
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         return 2 * g * ctx.saved_tensors[0]
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy().copy(), lambda a: torch.tensor(a)):
        ...     y = Square.apply(x)
        >>> y.backward()
        >>> x.grad
        tensor(6.)
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if saving.refused is not None:
            raise RuntimeError(saving.refused)
        saving.hooks.append((self.pack_hook, self.unpack_hook))

    def __exit__(self, *error: object) -> None:
        saving.hooks.pop()


class save_on_cpu(saved_tensors_hooks):  # noqa: N801
    """Context of PyTorch's in which saved tensors go to the CPU: they are nowhere else.

    Args:
        pin_memory, device_type: accepted; they do nothing.

    Example:
        >>> import jittape.torch as torch
        >>> with torch.autograd.graph.save_on_cpu():
        ...     (torch.ones(2) ** 2).tolist()
        [1.0, 1.0]
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda t: t, lambda t: t)


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Context in which `saved_tensors_hooks` is an error.

    Args:
        error_message: its text.

    Example:
        >>> import jittape.torch as torch
        >>> with torch.autograd.graph.disable_saved_tensors_hooks("no hooks here"):
        ...     with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        ...         pass
        Traceback (most recent call last):
        RuntimeError: no hooks here
    """
    before, saving.refused = saving.refused, error_message
    try:
        yield
    finally:
        saving.refused = before


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[None]:
    """Context in which functions save copies, so that their tensors may be changed in place. Operations need none.

    Example:
        >>> import jittape.torch as torch
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
        ...     (x * x).backward()
        >>> x.grad.item()
        6.0
    """
    saving.mutable += 1
    try:
        yield
    finally:
        saving.mutable -= 1


def increment_version(tensor: Any) -> None:
    """Count a change that was made behind the tensors' backs.

    Args:
        tensor: a tensor, or several.

    Example:
        >>> import jittape.torch as torch
        >>> x = torch.ones(2)
        >>> before = x._version
        >>> torch.autograd.graph.increment_version(x)
        >>> x._version - before
        1
    """
    several: Any = (tensor,) if isinstance(tensor, Tensor) else tensor
    for t in several:
        t._wrote() if t.is_leaf else t._counted(t._version + 1)


class _Together:
    """One hook of several tensors.

    Attributes:
        found: the gradients of the pass that is under way.
    """

    def __init__(self, tensors: Sequence[Tensor], fn: Callable[..., Any], mode: str) -> None:
        self.fn, self.mode = fn, mode
        self.found: list[Any] = [None] * len(tensors)
        self.handles: list[Any] = [t.register_hook(partial(self.came, k)) for k, t in enumerate(tensors)]  # type: ignore[attr-defined]
        self.waits = False

    def came(self, k: int, g: Tensor) -> None:
        known, first = self.found[k], not self.waits
        self.found[k] = g if known is None else known + g
        if first:
            self.waits = True
            endings().calls.append(self.over)
            if self.mode == "any":
                self.fn(g)

    def over(self) -> None:
        """The pass is over."""
        found, self.found, self.waits = self.found, [None] * len(self.found), False
        if self.mode == "all":
            self.fn(found)


class _Handles(Handle):
    def __init__(self, handles: list[Any]) -> None:
        self._handles = handles

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()


def register_multi_grad_hook(tensors: Sequence[Any], fn: Callable[..., Any], *, mode: str = "all") -> Handle:
    """Call fn with the gradients of several tensors, None for those that a pass does not come by, when the pass is over.

    Args:
        tensors: those whose gradients are given.
        fn: a function of the list of gradients.
        mode: "any" to call fn(gradient) with the first one, when it comes.

    Raises:
        ValueError: another `mode`.

    Example:
        >>> import jittape.torch as torch
        >>> a, b = (torch.tensor(x, requires_grad=True) for x in (2.0, 3.0))
        >>> handle = torch.autograd.graph.register_multi_grad_hook((a, b), lambda gradients: print(gradients))
        >>> (a * b).backward()
        [tensor(3.), tensor(2.)]
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    return _Handles(_Together(tensors, fn, mode).handles)
