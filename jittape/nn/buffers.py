"""Buffers that register themselves when they are assigned to an attribute of a module."""

from __future__ import annotations

from typing import Any

from jittape.eager.creation import empty, tensor
from jittape.eager.tensor import Tensor


class Buffer(Tensor):
    """A tensor that a module registers as a buffer when it is assigned to one of its attributes.

    Args:
        data: a tensor, whose memory is shared, or what `jittape.tensor` takes; empty by default.
        persistent: whether it is part of the module's state dict.

    Example:
        >>> import jittape as jt
        >>> net = jt.nn.Module()
        >>> net.mean = jt.nn.Buffer(jt.zeros(2))
        >>> [name for name, _ in net.named_buffers()]
        ['mean']
    """

    __slots__ = ("persistent",)

    def __init__(self, data: Any = None, *, persistent: bool = True) -> None:
        data = empty(0) if data is None else data
        self.share_memory_of(data.detach() if isinstance(data, Tensor) else tensor(data))
        self.persistent = persistent

    def __reduce__(self) -> Any:
        return _made, (self.values(), self.persistent)


def _made(data: Any, persistent: bool) -> Buffer:
    return Buffer(tensor(data), persistent=persistent)
